/* What replay needs to know of a ledger before it can pass over it fast: the holdings that each movement draws on and adds to,
 * numbered in order of first appearance. 8 bytes a movement and 16 a holding; made in one pass, kept from trace to trace. */
#ifndef IMJIN_TRACE_REPLAY_INDEX_H
#define IMJIN_TRACE_REPLAY_INDEX_H

#include "trace/inside.h"

struct replay_index {
    const struct ledger *ledger;
    uint32_t *sides; /* [2 * movement]: holding that gives, + 1: that gets; ID_NONE where none does: VOID, FEES, and both sides
                        of movements that settle nothing (zero, to oneself, of an asset that cannot be traced) */
    uint64_t movements;
    uint32_t holdings;
    struct settler *settler;
    uint32_t rules; /* the settler's */
    u128 *cells;    /* one a holding: the state of a pass (replay.c) */
};
/* Makes only what is of another ledger or of other rules; on failure it is empty. */
enum imjin_status replay_index_make(struct replay_index *x, const struct ledger *l, uint32_t rules, const struct progress *p,
                                    struct error *err);
void replay_index_done(struct replay_index *x);
/* The holding of an account that takes part in movements [first, first + count); ID_NONE when none of them touches it. */
uint32_t replay_index_find(const struct replay_index *x, uint64_t first, uint64_t count, uint32_t account, uint32_t asset);
/* The same, anywhere in the ledger. */
enum imjin_status replay_index_search(const struct replay_index *x, struct account_id account, struct asset_id asset,
                                      uint32_t *ret, struct error *err);

#endif
