/* The file of a price store, for the room's own files alone. Little-endian: header, assets, sources, rows. */
#ifndef IMJIN_PRICE_FORMAT_H
#define IMJIN_PRICE_FORMAT_H

#include "price/limits.h"
#include "price/price.h"

#define PRICE_FILE  "prices.imjin"
#define PRICE_LOCK  "lock"
#define PRICE_MAGIC "imjprice"
enum { PRICE_VERSION = 1, PRICE_CHECKED_FROM = 16 /* the checksum covers all bytes behind itself */ };

struct price_header {
    char magic[8];
    uint64_t checksum;
    uint32_t version, row_bytes;
    uint64_t assets, sources, rows;
    struct sha256 identity; /* of all bytes behind the header */
};
_Static_assert(sizeof(struct price_header) == 80, "as written");

/* Sorted by chain, then name, by bytes; rows [first, first + count). Texts are filled up with zeros. */
struct price_asset {
    char chain[40];
    char name[PRICE_ASSET_MAX];
    uint32_t first, count;
};
_Static_assert(sizeof(struct price_asset) == 168, "as written");

/* Sorted by bytes, each once. */
struct price_source {
    char text[PRICE_SOURCE_MAX + 1];
};

/* Sorted by asset, time, source. */
struct price_record {
    int64_t time;
    uint64_t usd_low, usd_high;
    uint32_t asset, source;
};
_Static_assert(sizeof(struct price_record) == 32, "as written");

static inline u128 price_record_usd(const struct price_record *r) { return (u128)r->usd_high << 64 | r->usd_low; }

static inline int price_asset_compare(const struct price_asset *a, const struct price_asset *b) {
    int order = memcmp(a->chain, b->chain, sizeof a->chain);
    return order ? order : memcmp(a->name, b->name, sizeof a->name);
}

static inline int price_record_compare(const struct price_record *a, const struct price_record *b) {
    if (a->asset != b->asset)
        return a->asset < b->asset ? -1 : 1;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return (a->source > b->source) - (a->source < b->source);
}

/* The name under which an asset is kept: "native" for a chain's coin where the chain is known, the lower-case address of a
 * contract, else the name as it is. False when it has no price (a single item) or does not fit. */
[[nodiscard]] bool price_asset_name(const struct asset_key *key, char ret_name[PRICE_ASSET_MAX]);

#endif
