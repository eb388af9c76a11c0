/* A set of numbers from which the next one is found at once, whichever comes: three levels of bits. Adding and taking touch
 * one word a level. For taint's own files alone; one thread. */
#ifndef IMJIN_TAINT_BITS_H
#define IMJIN_TAINT_BITS_H

#include "base/base.h"

enum { BITS_LEVELS = 6 /* 64^6 numbers */ };
struct bits {
    uint64_t *words[BITS_LEVELS];
    uint64_t counts[BITS_LEVELS]; /* words a level */
    unsigned levels;
};
enum imjin_status bits_init(struct bits *b, uint64_t numbers, struct error *err);
void bits_done(struct bits *b);
void bits_add(struct bits *b, uint64_t number);
/* Takes the smallest (the largest) number out; false when there is none. */
[[nodiscard]] bool bits_take_first(struct bits *b, uint64_t *ret);
[[nodiscard]] bool bits_take_last(struct bits *b, uint64_t *ret);

#endif
