/* A table of numbers by hash, for what one import adds: a slot holds the upper half of the hash and the number plus one, so
 * that most look-ups touch one line of memory. Whether what the number stands for is what is sought, the caller compares.
 * Internal to the room; zero-initialise. */
#ifndef IMJIN_UTXO_TABLE_H
#define IMJIN_UTXO_TABLE_H

#include "base/base.h"

struct table {
    uint64_t *slots;
    uint64_t count;
    unsigned bits;
};
enum { TABLE_BITS_MIN = 16, TABLE_BITS_MAX = 31 };

static inline uint64_t table_bytes(const struct table *t) { return t->slots ? sizeof(uint64_t) << t->bits : 0; }
static inline uint64_t table_home(const struct table *t, uint64_t hash) { return hash >> (64 - t->bits); }
static inline void table_prefetch(const struct table *t, uint64_t hash) { __builtin_prefetch(&t->slots[table_home(t, hash)]); }

/* The next slot at or behind `at` whose upper half is that of the hash; false at the end of the run, where `*at` is free. */
static inline bool table_next(const struct table *t, uint64_t hash, uint64_t *at, uint32_t *ret) {
    uint64_t mask = ((uint64_t)1 << t->bits) - 1;
    for (; t->slots[*at]; *at = (*at + 1) & mask) {
        if (t->slots[*at] >> 32 != hash >> 32)
            continue;
        *ret = (uint32_t)t->slots[*at] - 1;
        return true;
    }
    return false;
}
static inline uint64_t table_after(const struct table *t, uint64_t at) { return (at + 1) & (((uint64_t)1 << t->bits) - 1); }
static inline void table_set(struct table *t, uint64_t at, uint64_t hash, uint32_t number) {
    t->count += t->slots[at] == 0;
    t->slots[at] = (hash >> 32) << 32 | (number + 1u);
}

/* Makes room for `more` numbers. */
enum imjin_status table_reserve(struct table *t, uint64_t more, struct error *err);
void table_done(struct table *t);

#endif
