/* The holdings while compiling: (account, asset) to number, and the lengths of their lines. */
#ifndef IMJIN_SETTLE_HOLDINGS_H
#define IMJIN_SETTLE_HOLDINGS_H

#include "settle/format.h"

/* One cache line a holding: what a movement touches is fetched ahead in one go. */
struct holding_state {
    _Alignas(64) u128 received;
    u128 spent;
    u128 unknown;
    uint32_t account, asset;
    uint32_t entries[2]; /* in the lists of this run, by enum direction */
};
_Static_assert(sizeof(struct holding_state) == 64, "one cache line");
/* Where a holding is found. The mark is a hash of account and asset and says where in the table it belongs; eight accounts that
 * appeared one after the other share a cache line for each asset, since they are often met together. Equal marks nearly always
 * mean the same holding, and the holding itself says. */
struct holding_slot {
    uint32_t holding_plus_1, mark;
};
enum { SLOT_LINE_BITS = 3 };
struct holdings {
    struct holding_state *states;
    uint32_t count, room;
    struct holding_slot *slots; /* open addressing */
    uint64_t slot_count;
};
/* `accounts`: about how many will have holdings. */
enum imjin_status settle_holdings_init(struct holdings *h, uint64_t accounts, struct error *err);
void settle_holdings_done(struct holdings *h);
/* Finds or makes the holding. */
enum imjin_status settle_holdings_number(struct holdings *h, uint32_t account, uint32_t asset, uint32_t *ret,
                                         struct error *err);
/* Writes the common files of holdings and accounts; sets their counts and hashes in the manifest. */
enum imjin_status settle_holdings_write(const struct holdings *h, const char *directory, struct compiled_manifest *m,
                                        struct error *err);
/* Takes over what was compiled before; h is fresh. */
enum imjin_status settle_holdings_load(struct holdings *h, const struct holding_record *records, const struct wide_record *wide,
                                       const struct compiled_manifest *m, struct error *err);
/* One holding below m->holdings from mapped files, checked. */
enum imjin_status settle_holding_read(const struct holding_record *records, const struct wide_record *wide,
                                      const struct compiled_manifest *m, uint32_t number, struct holding *ret,
                                      struct error *err);

/* ---- looking ahead: first at the slot, then at the holding ---- */

static inline uint32_t holding_mark(uint32_t account, uint32_t asset) {
    uint64_t key = ((uint64_t)asset << 32 | account >> SLOT_LINE_BITS) * 0x9e3779b97f4a7c15u;
    return (uint32_t)((key ^ key >> 29) >> 32) << SLOT_LINE_BITS | (account & ((1u << SLOT_LINE_BITS) - 1));
}
static inline void holdings_prefetch(const struct holdings *h, uint32_t account, uint32_t asset) {
    __builtin_prefetch(&h->slots[holding_mark(account, asset) & (h->slot_count - 1)]);
}
/* The number of the holding, ID_NONE when there is none yet; fetches it. A guess: it must be compared. */
static inline uint32_t holdings_guess(const struct holdings *h, uint32_t account, uint32_t asset) {
    uint32_t mark = holding_mark(account, asset);
    for (uint64_t at = mark;; at++) {
        struct holding_slot slot = h->slots[at & (h->slot_count - 1)];
        if (slot.holding_plus_1 == 0)
            return ID_NONE;
        if (slot.mark == mark) {
            __builtin_prefetch(&h->states[slot.holding_plus_1 - 1], 1);
            return slot.holding_plus_1 - 1;
        }
    }
}
static inline bool holding_is(const struct holdings *h, uint32_t number, uint32_t account, uint32_t asset) {
    return number < h->count && h->states[number].account == account && h->states[number].asset == asset;
}

#endif
