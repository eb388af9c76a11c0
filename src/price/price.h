/* price: what one whole coin of an asset was worth in US dollars at a time, as files of the user say, each price with its
 * source. For showing values; exact claims never come from a price. All numbers are integers. An open store is immutable and
 * safe on any thread. docs/prices.md has the file and the rules. */
#ifndef IMJIN_PRICE_PRICE_H
#define IMJIN_PRICE_PRICE_H

#include "chain/chain.h"

/* 10^-18 US dollars a whole coin. */
enum { PRICE_USD_DIGITS = 18 };
struct price {
    u128 usd;
    int64_t time;       /* of the price, not of the question */
    struct span source; /* points into the store; may be empty */
};

struct price_store;
/* Opens `directory` (the workspace's prices/). Without a file the store is empty. The file may come from a stranger: checksum,
 * sizes, order and references are checked here. */
enum imjin_status price_open(struct price_store **ret, const char *directory, struct error *err);
void price_close(struct price_store *s); /* null is fine */
uint64_t price_count(const struct price_store *s);
/* SHA-256 of what the store holds, whatever the order of imports; zero for an empty one. */
const struct sha256 *price_identity(const struct price_store *s);

/* Every price, by chain, asset, time, source. `chain` "" : of that asset on any chain. */
struct price_row {
    struct span chain, asset;
    struct price price;
};
struct price_row price_at(const struct price_store *s, uint64_t index);

/* The last price of the asset on that chain at or before `time`, unless it is older than PRICE_AGE_SECONDS_MAX; of several
 * of the same time the one whose source comes first by bytes. Prices given for the chain come before those for any chain.
 * False when there is none, and for single items (ERC-721). A token is found by its contract alone, never by its symbol.
 * Two binary searches. `s` may be null: nothing is known. */
[[nodiscard]] bool price_find(const struct price_store *s, const struct chain *c, const struct asset_key *key, int64_t time,
                              struct price *ret);

/* The value of `units` in US cents, rounded down; false when decimals are unknown or it does not fit. */
[[nodiscard]] bool price_value(const struct price *p, struct u256 units, unsigned decimals, u128 *ret_cents);
/* "1,234.56" with NUL; returns the length. */
enum { PRICE_PRINT_MAX = 64 };
unsigned price_print_cents(u128 cents, char ret_text[PRICE_PRINT_MAX]);

/* Imports CSV files with the heading asset,time,usd[,chain][,source] in any order. `asset` is the coin's symbol ("ETH"),
 * "native", a contract address or a name; `chain` (may be null) is for rows that name none. All files or nothing; what is known
 * already adds nothing; the order of files and imports changes no byte. Two prices for one asset, time and source that differ
 * are IMJIN_BAD_INPUT, as is any bad row: with file, line, column and value. One writer at a time. */
struct price_import_result {
    uint64_t rows_read, prices_added, assets;
};
enum imjin_status price_import(const char *directory, const char *const *paths, unsigned path_count, const char *chain,
                               const struct progress *p, struct price_import_result *ret, struct error *err);

#endif
