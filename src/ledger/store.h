/* The open ledger, as the files of this room see it. */
#ifndef IMJIN_LEDGER_STORE_H
#define IMJIN_LEDGER_STORE_H

#include "ledger/format.h"

struct segment {
    struct mapping map;
    const struct index_header *header;
};

struct ledger {
    struct manifest manifest;
    struct mapping files[DATA_FILES];
    struct segment segments[LEDGER_SEGMENTS_MAX];
    unsigned segment_count;
    const struct movement *movements;
    const uint32_t *positions;
    const struct tx_row *txs;
    const uint8_t (*tx_ids)[32];
    const struct tx_text_row *tx_texts;
    const struct block_row *blocks;
    const struct account_row *accounts;
    const struct asset_row *assets;
    const struct u256 *wide;
    const char *text;
    const struct note_row *notes;
    uint64_t tx_text_count, block_row_count, text_bytes, note_count;
};

/* Opens what `m` describes (an uncommitted state of a writer also); takes over `m`, on failure too. Its segments need not cover
 * everything. */
enum imjin_status ledger_open_manifest(struct ledger **ret, const char *directory, struct manifest *m, struct error *err);
/* The mapped files need not stay in memory; they come back when they are read. For long passes. */
void ledger_forget_pages(const struct ledger *l);
enum imjin_status ledger_damaged(struct error *err, const char *what, uint64_t number);
/* The block row that holds a transaction; false when there is none (damaged). */
bool ledger_block_of(const struct ledger *l, uint32_t tx, uint64_t *ret_block_row);
uint64_t ledger_tx_end(const struct ledger *l, uint32_t tx); /* first movement behind it */
enum imjin_status ledger_tx_text(const struct ledger *l, uint32_t tx, struct span *ret, struct error *err);
enum imjin_status ledger_find_tx(const struct ledger *l, const uint8_t id[32], struct tx_id *ret, struct error *err);
/* As ledger_asset_find, by the contract's account id. */
enum imjin_status ledger_find_asset(const struct ledger *l, uint8_t form, uint32_t contract, struct span name,
                                    const uint8_t item[32], struct asset_id *ret, struct error *err);
void asset_item_bytes(const struct asset_key *key, uint8_t ret[32]);
/* The note's key: form, contract's form, contract's bytes, item. */
int note_compare(const struct note_row *a, const struct note_row *b);
void note_key(const struct asset_key *key, struct note_row *ret);

/* ---- index segments (index.c) ---- */

/* Maps and checks the header against the file's length and the ledger's counts. */
enum imjin_status segment_open(struct segment *ret, const char *path, uint64_t bytes, const struct ledger_counts *counts,
                               struct error *err);
static inline const uint32_t *segment_words(const struct segment *s, uint64_t at) {
    return (const uint32_t *)(const void *)(s->map.bytes + at);
}
/* The list of one account; false when the segment is damaged there. */
bool segment_list(const struct segment *s, enum direction d, uint32_t account, struct movement_list *ret);
bool segment_bucket(const struct segment *s, const struct index_table *t, uint64_t count, uint64_t hash,
                    const uint32_t **ret_ids, uint32_t *ret_count);

/* What a new segment covers, and where its columns are found. */
struct index_job {
    uint64_t first_movement, movement_count, first_tx, tx_count, first_account, account_count, first_asset, asset_count;
    uint64_t memory_bytes;
    unsigned threads;
    const struct progress *progress;
    const struct ledger *older; /* whose segments stay before this one; null: none */
};
/* Writes a segment (`path` null: only hashes it) over the mapped columns of `l`. Refuses a transaction that stands in two
 * blocks. Returns length and hashes of its pieces (caller frees the buffer). */
enum imjin_status index_write(const struct ledger *l, const struct index_job *job, const char *path, uint64_t *ret_bytes,
                              struct buffer *ret_hashes, struct error *err);

#endif
