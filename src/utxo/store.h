/* The open store, as the files of this room see it. */
#ifndef IMJIN_UTXO_STORE_H
#define IMJIN_UTXO_STORE_H

#include "utxo/format.h"

struct segment {
    struct mapping map;
    struct segment_range range;
    uint64_t tx_slot_count, script_slot_count, lists;
    const uint32_t *tx_slots, *script_slots, *scripts, *ends, *numbers; /* scripts null: list i is of script i */
};

struct utxo {
    struct utxo_manifest manifest;
    const struct output_chain *outputs_chain;
    struct utxo_counts counts;
    struct mapping files[UTXO_FILES];
    struct segment segments[UTXO_SEGMENTS_MAX];
    unsigned segment_count;
    const struct utxo_block *blocks;
    const struct utxo_tx_row *txs;
    const uint8_t (*ids)[32];
    const uint64_t *inputs;
    const struct utxo_output *outputs;
    const uint64_t *scripts;
    const uint8_t *payloads;
    const struct unknown_row *unknown;
    const struct data_row *data_rows;
    const uint8_t *data;
};

/* Maps the columns that `m` counts, without its segments; takes over `m`, on failure too. */
enum imjin_status store_map(struct utxo **ret, const char *directory, struct utxo_manifest *m, struct error *err);
enum imjin_status store_map_segments(struct utxo *u, const char *directory, struct error *err);
enum imjin_status store_damaged(struct error *err, const char *what, uint64_t number);
/* By id in the order of the wire, the last of several; false when there is none. */
bool store_find_tx(const struct utxo *u, const uint8_t id[32], uint32_t *ret);
bool store_find_script(const struct utxo *u, const struct script *s, uint64_t hash, uint32_t *ret);
/* The block that holds transaction `tx`, of counts.blocks. */
uint64_t store_block_of(const struct utxo *u, uint32_t tx);
/* The row of an input whose output lies before the history; null: it is not there. */
const struct unknown_row *store_unknown(const struct utxo *u, uint64_t input);

/* ---- segments (segment.c) ---- */

enum imjin_status utxo_segment_open(struct segment *ret, const char *directory, const struct manifest_segment *m,
                                    struct error *err);
void segment_close(struct segment *s);
/* Writes the segment of a range of the mapped columns of `u`; sets bytes and hash of `m`. */
enum imjin_status segment_write(const struct utxo *u, const char *directory, struct manifest_segment *m, struct error *err);
/* Searches one segment. */
bool segment_find_tx(const struct utxo *u, const struct segment *s, const uint8_t id[32], uint64_t hash, uint32_t *ret);
bool segment_find_script(const struct utxo *u, const struct segment *s, const struct script *key, uint64_t hash, uint32_t *ret);
/* The outputs of a script in the segment; false when it is damaged there. None: count 0. */
bool segment_outputs(const struct segment *s, uint32_t script, struct utxo_list *ret);
/* Whether script number `id` of the columns is this one. */
bool store_script_is(const struct utxo *u, uint64_t id, const struct script *s);

#endif
