/* What settling and compiling put up with, and why. Each has a test. */
#ifndef IMJIN_SETTLE_LIMITS_H
#define IMJIN_SETTLE_LIMITS_H

#include "base/base.h"

enum {
    /* Steps that taking circulations out of one asset of one transaction may cost: beyond, its routes are given up. Money that
     * goes round in long overlapping circles would otherwise cost the square of the movements. */
    CIRCULATION_STEPS_A_MOVEMENT = 64,
    CIRCULATION_STEPS_BASE = 4096,
    /* Assets got that one side of a swap is shared out over: links are at most this many times the stretches. */
    GOT_LINES_MAX = 64,
    GOT_LINES_MAX_LARGE = 4, /* ... in transactions of more than LARGE_MOVEMENTS movements */
    LARGE_MOVEMENTS = 10000,
};

/* Memory for edges of a run before it is written as a segment, when the caller says 0; and the least that is taken. */
#define COMPILE_MEMORY_DEFAULT ((uint64_t)2 << 30)
#define COMPILE_MEMORY_MIN     ((uint64_t)16 << 10)

/* The manifest of any version: a larger file is none of ours. */
enum { COMPILED_MANIFEST_BYTES_MAX = 1 << 20 };

/* All movements of an asset together must stay below this, so that lines of holdings never overflow 128 bits: a line also takes
 * what is missing, which is at most what was sent. */
#define ASSET_SUM_LIMIT ((u128)1 << 126)

#endif
