/* Random transactions for the property tests: payments, routers, swaps, wraps, mints, fees, circles. Same seed, same bytes. */
#ifndef IMJIN_TESTS_RANDOM_TX_H
#define IMJIN_TESTS_RANDOM_TX_H

#include "fake_ledger.h"

static inline uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}
static inline uint32_t random_below(uint64_t *state, uint32_t limit) { return (uint32_t)(random_next(state) % limit); }

/* Up to 12 movements among `accounts` accounts from A on and a few assets; amounts small enough to collide. */
static inline void random_tx(struct fake_ledger *f, uint64_t *state, uint32_t accounts) {
    static const char assets[] = "eeeenxyzw";
    uint32_t count = 1 + random_below(state, random_below(state, 3) ? 2 : 12), payer = random_below(state, accounts);
    fake_tx_begin(f);
    if (random_below(state, 2))
        fake_movement(f, FAKE_ACCOUNTS_FIRST + payer, ACCOUNT_FEES.n, 0, 1 + random_below(state, 3));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = FAKE_ACCOUNTS_FIRST + random_below(state, accounts),
                 to = FAKE_ACCOUNTS_FIRST + random_below(state, accounts);
        uint32_t asset = fake_asset(assets[random_below(state, sizeof assets - 1)]);
        u128 units = random_below(state, 4) ? random_below(state, 12) : (u128)random_next(state) << random_below(state, 24);
        if (random_below(state, 10) == 0)
            *(random_below(state, 2) ? &from : &to) = ACCOUNT_VOID.n;
        fake_movement(f, from, to, asset, units);
    }
}

#endif
