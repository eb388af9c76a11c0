/* The best chain of the blocks that were found and of those that a store holds: the one with the most work; of several with as
 * much, the one whose last hash is smallest. Internal to the room. */
#ifndef IMJIN_UTXO_BEST_H
#define IMJIN_UTXO_BEST_H

#include "utxo/source.h"
#include "utxo/store.h"

struct best {
    uint64_t keep;   /* blocks of the store that stay */
    uint64_t *order; /* then these of the found ones; freed by best_done() */
    uint64_t count;
    u128 work;             /* of the chain before the first of them */
    bool partial;          /* nothing leads from the first of them to the chain's first block */
    uint32_t height_first; /* of the whole chain; ID_NONE: only the first block itself can say */
    uint64_t known, stale, unconnected;
};
/* `u` null: nothing is held yet. */
enum imjin_status best_find(struct best *ret, const struct output_chain *chain, const struct utxo *u,
                            const struct source_block *found, uint64_t count, struct error *err);
void best_done(struct best *b);

#endif
