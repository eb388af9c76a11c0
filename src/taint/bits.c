#include "taint/bits.h"

enum imjin_status bits_init(struct bits *b, uint64_t numbers, struct error *err) {
    *b = (struct bits){0};
    for (uint64_t count = numbers ? numbers : 1; b->levels == 0 || count > 1; b->levels++) {
        INVARIANT(b->levels < BITS_LEVELS);
        count = (count + 63) / 64;
        b->words[b->levels] = memory_new(count, sizeof(uint64_t));
        b->counts[b->levels] = count;
        if (b->words[b->levels] == NULL) {
            bits_done(b);
            return fail_memory(err, "pending transactions");
        }
    }
    return IMJIN_OK;
}

void bits_done(struct bits *b) {
    for (unsigned level = 0; level < BITS_LEVELS; level++)
        memory_free(b->words[level]);
    *b = (struct bits){0};
}

void bits_add(struct bits *b, uint64_t number) {
    for (unsigned level = 0; level < b->levels; level++, number /= 64) {
        uint64_t *word = &b->words[level][number / 64], bit = (uint64_t)1 << number % 64;
        if (*word & bit)
            return;
        *word |= bit;
    }
}

static void drop(struct bits *b, uint64_t number) {
    for (unsigned level = 0; level < b->levels; level++, number /= 64) {
        b->words[level][number / 64] &= ~((uint64_t)1 << number % 64);
        if (b->words[level][number / 64])
            return;
    }
}

bool bits_take_first(struct bits *b, uint64_t *ret) {
    uint64_t number = 0;
    if (b->words[b->levels - 1][0] == 0)
        return false;
    for (unsigned level = b->levels; level > 0; level--)
        number = number * 64 + (unsigned)__builtin_ctzll(b->words[level - 1][number]);
    drop(b, number);
    *ret = number;
    return true;
}

bool bits_take_last(struct bits *b, uint64_t *ret) {
    uint64_t number = 0;
    if (b->words[b->levels - 1][0] == 0)
        return false;
    for (unsigned level = b->levels; level > 0; level--)
        number = number * 64 + 63 - (unsigned)__builtin_clzll(b->words[level - 1][number]);
    drop(b, number);
    *ret = number;
    return true;
}
