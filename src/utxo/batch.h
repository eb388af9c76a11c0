/* What one part of an import adds to the columns, in memory until it is committed. Internal to the room. */
#ifndef IMJIN_UTXO_BATCH_H
#define IMJIN_UTXO_BATCH_H

#include "utxo/block.h"
#include "utxo/store.h"
#include "utxo/table.h"

/* An output of the store that the batch spends. */
struct patch {
    uint64_t output;
    uint32_t spender;
};

struct batch {
    const struct output_chain *chain;
    const struct utxo *base; /* null: nothing is held yet */
    struct utxo_rows begin;  /* how much of the base stays */
    bool partial;
    uint32_t height; /* of the next block */
    u128 work;       /* up to the last block */
    struct buffer columns[UTXO_FILES];
    struct buffer patches;
    struct table txs, scripts;
    struct buffer ins, outs; /* of the block that is being added */
};

void batch_init(struct batch *b, const struct output_chain *chain, const struct utxo *base, const struct utxo_rows *begin);
void batch_done(struct batch *b);
uint64_t batch_bytes(const struct batch *b);
static inline uint64_t batch_rows(const struct batch *b, enum utxo_file file) {
    return b->begin.of[file] + b->columns[file].count;
}

/* `undo`: what a node keeps of the outputs that the block spends; bytes null: nothing. After a failure the batch may only be
 * freed.
 */
enum imjin_status batch_add(struct batch *b, const struct block *block, const struct block_head *head, struct span undo,
                            struct error *err);
/* Sorts the patches; refuses an output that is spent twice. */
enum imjin_status batch_finish(struct batch *b, struct error *err);

#endif
