/* economy: a made-up economy for benchmarks: users of power-law activity, services with deposit addresses, pools that swap,
 * batch payouts, and thefts that are peeled over fresh accounts, swapped and cashed out at services. The same options give the
 * same rows, on any machine. */
#ifndef IMJIN_BENCH_ECONOMY_H
#define IMJIN_BENCH_ECONOMY_H

#include "chain/chain.h"

enum { ECONOMY_ASSETS = 6, ECONOMY_SERVICES = 64, ECONOMY_POOLS = 64, ECONOMY_TX_ROWS_MAX = 16 };

struct economy_options {
    uint64_t seed, movements, users, thefts;
};
struct economy_row {
    uint64_t tx, units;
    int64_t time;
    uint32_t block, position, from, to, asset;
};
/* What a theft's source was paid, for sources.csv. */
struct economy_theft {
    uint32_t account, asset;
    uint64_t units;
    int64_t time;
};

struct economy;
enum imjin_status economy_new(struct economy **ret, struct economy_options options, struct error *err);
void economy_free(struct economy *e);
/* The rows of the next transaction, in time order; 0 when `movements` rows or a few more have been made. */
unsigned economy_next(struct economy *e, struct economy_row ret_rows[ECONOMY_TX_ROWS_MAX]);
/* The thefts begun so far. */
const struct economy_theft *economy_thefts(const struct economy *e, uint64_t *ret_count);

void economy_address(const struct economy *e, uint32_t account, uint8_t ret_bytes[20]);
void economy_contract(const struct economy *e, uint32_t asset, uint8_t ret_bytes[20]);
void economy_tx_hash(const struct economy *e, uint64_t tx, uint8_t ret_bytes[32]);
[[nodiscard]] bool economy_is_service(uint32_t account);

#endif
