/* Checked integers: 128 and 256 bits. Nothing here knows what is counted. Pure functions, no state. */
#ifndef IMJIN_BASE_INTEGER_H
#define IMJIN_BASE_INTEGER_H

#include <stdbool.h>
#include <stdint.h>

typedef unsigned __int128 u128;

#define U128_MAX (~(u128)0)

/* Unsigned 256-bit integer, least significant word first. */
struct u256 {
    uint64_t word[4];
};

enum { U128_DIGITS_MAX = 40, U256_DIGITS_MAX = 79 }; /* decimal digits and a NUL */

/* Each returns false, and leaves *ret, on overflow (or, for subtraction, below zero). */
[[nodiscard]] static inline bool add_u64(uint64_t a, uint64_t b, uint64_t *ret) { return !__builtin_add_overflow(a, b, ret); }
[[nodiscard]] static inline bool mul_u64(uint64_t a, uint64_t b, uint64_t *ret) { return !__builtin_mul_overflow(a, b, ret); }
[[nodiscard]] static inline bool add_u128(u128 a, u128 b, u128 *ret) { return !__builtin_add_overflow(a, b, ret); }
[[nodiscard]] static inline bool sub_u128(u128 a, u128 b, u128 *ret) { return !__builtin_sub_overflow(a, b, ret); }

/* floor(a * b / d) with a 256-bit product. d > 0; the quotient must fit 128 bits (it does when a <= d or b <= d). */
u128 mul_div_u128(u128 a, u128 b, u128 d);

/* floor(a * b / d) and what is left over. d > 0, and a <= d or b <= d. */
static inline uint64_t mul_div_u64(uint64_t a, uint64_t b, uint64_t d, uint64_t *ret_remainder) {
    u128 product = (u128)a * b;
#if defined(__x86_64__)
    uint64_t low = (uint64_t)product, high = (uint64_t)(product >> 64), quotient, remainder;
    if (high < d) { /* else the quotient would not fit, which the instruction does not bear */
        __asm__("divq %4" : "=a"(quotient), "=d"(remainder) : "a"(low), "d"(high), "r"(d) : "cc");
        *ret_remainder = remainder;
        return quotient;
    }
#endif
    *ret_remainder = (uint64_t)(product % d);
    return (uint64_t)(product / d);
}

struct u256 u256_from_u128(u128 v);
/* True when v < 2^128; then *ret is v. */
[[nodiscard]] bool u256_to_u128(struct u256 v, u128 *ret);
int u256_compare(struct u256 a, struct u256 b);
[[nodiscard]] bool u256_add(struct u256 a, struct u256 b, struct u256 *ret);
[[nodiscard]] bool u256_sub(struct u256 a, struct u256 b, struct u256 *ret);
/* v * 10 + digit. */
[[nodiscard]] bool u256_push_digit(struct u256 *v, unsigned digit);
struct u256 u256_from_be(const uint8_t bytes[32]);
void u256_to_be(struct u256 v, uint8_t ret_bytes[32]);

/* Decimal digits only, at least one, no sign, no spaces; false when anything else stands there or it does not fit. */
[[nodiscard]] bool u256_parse(const char *text, uint64_t bytes, struct u256 *ret);
[[nodiscard]] bool u128_parse(const char *text, uint64_t bytes, u128 *ret);
[[nodiscard]] bool u64_parse(const char *text, uint64_t bytes, uint64_t *ret);
/* Decimal with NUL; returns the digits' count. */
unsigned u256_print(struct u256 v, char ret_text[U256_DIGITS_MAX]);
unsigned u128_print(u128 v, char ret_text[U128_DIGITS_MAX]);

#endif
