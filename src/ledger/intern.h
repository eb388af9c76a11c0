/* Addresses and assets of one import, numbered in order of arrival. These numbers stand in the rows until the commit gives
 * the final ids in canonical order. */
#ifndef IMJIN_LEDGER_INTERN_H
#define IMJIN_LEDGER_INTERN_H

#include "ledger/format.h"

/* Items of fixed size in pieces that never move. */
struct stash {
    uint32_t item_bytes, piece_shift; /* 1 << piece_shift items a piece */
    uint64_t count;
    struct buffer pieces; /* uint8_t * */
    uint64_t mapped;      /* pieces that are a file's by now */
};
void stash_init(struct stash *s, uint32_t item_bytes, uint32_t piece_shift);
void stash_done(struct stash *s);
enum imjin_status stash_grow(struct stash *s, struct error *err); /* one more piece */
static inline void *stash_at(const struct stash *s, uint64_t i) {
    uint8_t *piece = ((uint8_t **)s->pieces.items)[i >> s->piece_shift];
    return piece + (i & (((uint64_t)1 << s->piece_shift) - 1)) * s->item_bytes;
}
/* Memory that no file stands behind. */
static inline uint64_t stash_bytes(const struct stash *s) {
    return ((s->pieces.count - s->mapped) << s->piece_shift) * s->item_bytes;
}
/* The first `count` items stand in a file, in order, and will not change there: full pieces are mapped from it, at the place
 * where they are, and their memory is given back. What cannot be mapped stays. */
void stash_map(struct stash *s, const char *path, uint64_t count);
/* Room for `count` items side by side (a text); the number of the first. */
enum imjin_status stash_take(struct stash *s, uint64_t count, uint64_t *ret_first, struct error *err);

/* Open addressing over a stash: a slot holds 32 bits of hash and the item's number plus one. */
struct slots {
    uint64_t *slots;
    unsigned bits;
    uint64_t used;
};

/* The form of names of NAMED assets among the accounts: never an account. */
enum { FORM_NAME = 4 };

struct asset_item {
    uint32_t form, contract; /* number of the contract's account, or of the name */
    uint8_t item[32];
};

struct interner {
    struct stash accounts; /* struct account_row; opaque: offset into texts */
    struct stash assets;   /* struct asset_item */
    struct stash texts;    /* bytes */
    struct slots account_slots, asset_slots;
    uint64_t keys[3]; /* secret */
    uint64_t memory_max;
};
/* VOID, FEES and the native coin get their fixed numbers. */
enum imjin_status interner_init(struct interner *t, uint64_t memory_max, struct error *err);
void interner_done(struct interner *t);
/* Makes the tables anew from the stashes (which were filled from a file, hence checked). */
enum imjin_status interner_rebuild(struct interner *t, struct error *err);
uint64_t interner_bytes(const struct interner *t);

enum { INTERN_BATCH = 256 };
/* Numbers of up to INTERN_BATCH addresses, new ones added. */
enum imjin_status intern_addresses(struct interner *t, const struct address *const *addresses, unsigned count,
                                   uint32_t *ret_numbers, struct error *err);
/* As above for rows as they stand in a ledger; `text` is the text they point into. */
enum imjin_status intern_asset(struct interner *t, const struct asset_key *key, uint32_t *ret, struct error *err);
/* The asset of a contract that is interned already (TOKEN, ITEM), or of a name. */
enum imjin_status intern_asset_item(struct interner *t, const struct asset_item *item, uint32_t *ret, struct error *err);
enum imjin_status intern_name(struct interner *t, struct span name, uint32_t *ret, struct error *err);

static inline const struct account_row *interned_row(const struct interner *t, uint32_t number) {
    return stash_at(&t->accounts, number);
}
void interned_address(const struct interner *t, uint32_t number, struct address *ret);
static inline const struct asset_item *interned_asset(const struct interner *t, uint32_t number) {
    return stash_at(&t->assets, number);
}
/* Order by content: as address_compare and by form, contract, item. */
int interned_compare(const struct interner *t, uint32_t a, uint32_t b);
int interned_compare_assets(const struct interner *t, uint32_t a, uint32_t b);

#endif
