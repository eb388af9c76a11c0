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
/* The holding of the asset that the account had first: most accounts have no other. */
struct first_holding {
    uint32_t holding_plus_1, asset;
};
struct other_holding {
    uint32_t account, asset, holding_plus_1, zero;
};
struct holdings {
    struct holding_state *states;
    uint32_t count, room;
    struct first_holding *first; /* by account */
    uint64_t accounts;
    struct other_holding *others; /* open addressing */
    uint64_t other_count, other_room;
};
enum imjin_status settle_holdings_init(struct holdings *h, uint64_t accounts, struct error *err);
void settle_holdings_done(struct holdings *h);
/* Finds or makes the holding, of an account below `accounts`. */
enum imjin_status settle_holdings_number(struct holdings *h, uint32_t account, uint32_t asset, uint32_t *ret,
                                         struct error *err);
/* Fetch ahead: the slot of an account's other asset; then, from the slot, the holding. */
void settle_holdings_prefetch_other(const struct holdings *h, uint32_t account, uint32_t asset);
void settle_holdings_prefetch_state(const struct holdings *h, uint32_t account, uint32_t asset);

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

/* Only for an account's first asset; ID_NONE otherwise. */
static inline uint32_t holding_first(const struct holdings *h, uint32_t account, uint32_t asset) {
    struct first_holding f = h->first[account];
    return f.asset == asset ? f.holding_plus_1 - 1 : ID_NONE;
}

#endif
