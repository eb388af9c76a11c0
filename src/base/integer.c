#include "base/integer.h"

#include <string.h>

#include "base/error.h"

/* 128 x 128 -> 256 bits, then long division by d, one bit at a time only when the product is really wide. */
u128 mul_div_u128(u128 a, u128 b, u128 d) {
    u128 product;
    INVARIANT(d != 0);
    if (!__builtin_mul_overflow(a, b, &product))
        return product / d;
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    u128 low = (u128)a0 * b0, cross1 = (u128)a0 * b1, cross2 = (u128)a1 * b0, high = (u128)a1 * b1;
    u128 middle = (low >> 64) + (uint64_t)cross1 + (uint64_t)cross2;
    low = (u128)(uint64_t)low | middle << 64;
    high += (cross1 >> 64) + (cross2 >> 64) + (middle >> 64);
    INVARIANT(high < d);
    for (int bit = 0; bit < 128; bit++) {
        bool carry = high >> 127;
        high = high << 1 | low >> 127;
        low <<= 1;
        if (carry || high >= d) {
            high -= d;
            low |= 1;
        }
    }
    return low;
}

struct u256 u256_from_u128(u128 v) {
    return (struct u256){{(uint64_t)v, (uint64_t)(v >> 64), 0, 0}};
}

bool u256_to_u128(struct u256 v, u128 *ret) {
    if (v.word[2] | v.word[3])
        return false;
    *ret = (u128)v.word[1] << 64 | v.word[0];
    return true;
}

int u256_compare(struct u256 a, struct u256 b) {
    for (int i = 3; i >= 0; i--)
        if (a.word[i] != b.word[i])
            return a.word[i] < b.word[i] ? -1 : 1;
    return 0;
}

bool u256_add(struct u256 a, struct u256 b, struct u256 *ret) {
    struct u256 sum;
    bool carry = false;
    for (int i = 0; i < 4; i++) {
        bool first = __builtin_add_overflow(a.word[i], b.word[i], &sum.word[i]);
        bool second = __builtin_add_overflow(sum.word[i], (uint64_t)carry, &sum.word[i]);
        carry = first || second;
    }
    if (!carry)
        *ret = sum;
    return !carry;
}

bool u256_sub(struct u256 a, struct u256 b, struct u256 *ret) {
    if (u256_compare(a, b) < 0)
        return false;
    bool borrow = false;
    for (int i = 0; i < 4; i++) {
        bool first = __builtin_sub_overflow(a.word[i], b.word[i], &ret->word[i]);
        bool second = __builtin_sub_overflow(ret->word[i], (uint64_t)borrow, &ret->word[i]);
        borrow = first || second;
    }
    return true;
}

bool u256_push_digit(struct u256 *v, unsigned digit) {
    struct u256 next;
    u128 carry = digit;
    for (int i = 0; i < 4; i++) {
        carry += (u128)v->word[i] * 10;
        next.word[i] = (uint64_t)carry;
        carry >>= 64;
    }
    if (carry)
        return false;
    *v = next;
    return true;
}

struct u256 u256_from_be(const uint8_t bytes[32]) {
    struct u256 v;
    for (int i = 0; i < 4; i++) {
        uint64_t word;
        memcpy(&word, bytes + 24 - 8 * i, 8);
        v.word[i] = __builtin_bswap64(word);
    }
    return v;
}

void u256_to_be(struct u256 v, uint8_t ret_bytes[32]) {
    for (int i = 0; i < 4; i++) {
        uint64_t word = __builtin_bswap64(v.word[i]);
        memcpy(ret_bytes + 24 - 8 * i, &word, 8);
    }
}

bool u256_parse(const char *text, uint64_t bytes, struct u256 *ret) {
    struct u256 v = {0};
    if (bytes == 0)
        return false;
    for (uint64_t i = 0; i < bytes; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9 || !u256_push_digit(&v, digit))
            return false;
    }
    *ret = v;
    return true;
}

bool u128_parse(const char *text, uint64_t bytes, u128 *ret) {
    u128 v = 0;
    if (bytes == 0)
        return false;
    for (uint64_t i = 0; i < bytes; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(v, (u128)10, &v) || __builtin_add_overflow(v, (u128)digit, &v))
            return false;
    }
    *ret = v;
    return true;
}

bool u64_parse(const char *text, uint64_t bytes, uint64_t *ret) {
    u128 v;
    if (!u128_parse(text, bytes, &v) || v > UINT64_MAX)
        return false;
    *ret = (uint64_t)v;
    return true;
}

unsigned u256_print(struct u256 v, char ret_text[U256_DIGITS_MAX]) {
    char reversed[U256_DIGITS_MAX];
    unsigned count = 0;
    do {
        u128 rest = 0;
        bool more = false;
        for (int i = 3; i >= 0; i--) {
            rest = rest << 64 | v.word[i];
            v.word[i] = (uint64_t)(rest / 10);
            rest %= 10;
            more |= v.word[i] != 0;
        }
        reversed[count++] = (char)('0' + (int)rest);
        if (!more)
            break;
    } while (count < U256_DIGITS_MAX - 1);
    for (unsigned i = 0; i < count; i++)
        ret_text[i] = reversed[count - 1 - i];
    ret_text[count] = '\0';
    return count;
}

unsigned u128_print(u128 v, char ret_text[U128_DIGITS_MAX]) {
    char reversed[U128_DIGITS_MAX];
    unsigned count = 0;
    do {
        reversed[count++] = (char)('0' + (int)(v % 10));
        v /= 10;
    } while (v);
    for (unsigned i = 0; i < count; i++)
        ret_text[i] = reversed[count - 1 - i];
    ret_text[count] = '\0';
    return count;
}
