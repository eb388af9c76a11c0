/* Hexadecimal and decimal digits to values, fast: the hot path of every import. The plain C versions are the oracle of the
 * vector ones and run where the machine has no AVX2. Pure functions, safe on any thread. */
#ifndef IMJIN_CODEC_HEX_H
#define IMJIN_CODEC_HEX_H

#include "base/base.h"

/* What hex_decode() saw; 0: nothing but the digit 0. */
enum {
    HEX_BAD = 1, /* something that is no digit: *ret and the other bits are then meaningless */
    HEX_LOWER = 2,
    HEX_UPPER = 4,
    HEX_NONZERO = 8, /* the value is not 0 */
};

/* Decodes 2 * `bytes` digits into `bytes` bytes, and says what digits there were. Reads and writes exactly that. */
unsigned hex_decode(uint8_t *ret, const char *digits, uint64_t bytes);
unsigned hex_decode_portable(uint8_t *ret, const char *digits, uint64_t bytes);

/* As u64_parse() and u256_parse() of base: decimal digits only, at least one, false when it does not fit; eight digits at once.
 */
[[nodiscard]] bool digits_u64(struct span text, uint64_t *ret);
[[nodiscard]] bool digits_u256(struct span text, struct u256 *ret);

#endif
