/* Finds the bytes that give a table its shape: separators and line ends outside quotes, 64 bytes at a time. The plain C version
 * is the oracle of the vector one. */
#ifndef IMJIN_CODEC_SCAN_H
#define IMJIN_CODEC_SCAN_H

#include "base/base.h"

/* Carried from one stretch of text to the next. Zero-initialise where a row begins. */
struct scan {
    uint64_t quoted; /* all ones inside quotes, else 0 */
    bool special;    /* the last stretch held a quote or a NUL */
    char separator;
};

/* Writes where `separator`, LF and CR stand outside quotes in bytes[0, count), each plus `base`, ascending; returns how many.
 * A quote always turns quoting on or off: whether it may stand there is for the reader of the fields to judge. `ret_places` has
 * room for `count`. */
uint64_t scan_table(uint32_t *ret_places, struct scan *s, const char *bytes, uint64_t count, uint32_t base);
uint64_t scan_table_portable(uint32_t *ret_places, struct scan *s, const char *bytes, uint64_t count, uint32_t base);

#endif
