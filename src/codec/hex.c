#include "codec/hex.h"

enum { CHUNK_DIGITS = 19 }; /* the most decimal digits that always fit 64 bits */

static unsigned digit_of(unsigned char c, unsigned *seen) {
    if (c >= '0' && c <= '9')
        return c - (unsigned)'0';
    if (c >= 'a' && c <= 'f') {
        *seen |= HEX_LOWER;
        return c - (unsigned)'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        *seen |= HEX_UPPER;
        return c - (unsigned)'A' + 10;
    }
    *seen |= HEX_BAD;
    return 0;
}

unsigned hex_decode_portable(uint8_t *ret, const char *digits, uint64_t bytes) {
    unsigned seen = 0;
    for (uint64_t i = 0; i < bytes; i++) {
        unsigned high = digit_of((unsigned char)digits[2 * i], &seen);
        ret[i] = (uint8_t)(high << 4 | digit_of((unsigned char)digits[2 * i + 1], &seen));
        seen |= ret[i] ? HEX_NONZERO : 0;
    }
    return seen;
}

#ifdef __x86_64__
#include <immintrin.h>

enum { STEP_BYTES = 16 };

/* 32 digits to 16 bytes. */
__attribute__((target("avx2"))) static inline unsigned step_avx2(uint8_t *ret, const char *digits) {
    const __m256i text = _mm256_loadu_si256((const __m256i *)(const void *)digits);
    const __m256i folded = _mm256_or_si256(text, _mm256_set1_epi8(0x20));
    const __m256i decimal = _mm256_and_si256(_mm256_cmpgt_epi8(text, _mm256_set1_epi8('0' - 1)),
                                             _mm256_cmpgt_epi8(_mm256_set1_epi8('9' + 1), text));
    const __m256i letter = _mm256_and_si256(_mm256_cmpgt_epi8(folded, _mm256_set1_epi8('a' - 1)),
                                            _mm256_cmpgt_epi8(_mm256_set1_epi8('f' + 1), folded));
    const __m256i values =
        _mm256_add_epi8(_mm256_and_si256(text, _mm256_set1_epi8(0x0f)), _mm256_and_si256(letter, _mm256_set1_epi8(9)));
    const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi16(0x0110));
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi16(pairs, pairs), 0x08);
    _mm_storeu_si128((__m128i *)(void *)ret, _mm256_castsi256_si128(packed));
    const uint32_t letters = (uint32_t)_mm256_movemask_epi8(letter), decimals = (uint32_t)_mm256_movemask_epi8(decimal);
    const uint32_t small = (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(text, 2)); /* bit 5 marks a small letter */
    return ((letters | decimals) != UINT32_MAX ? HEX_BAD : 0u) | (letters & small ? HEX_LOWER : 0u) |
           (letters & ~small ? HEX_UPPER : 0u) | (_mm256_testz_si256(values, values) ? 0u : HEX_NONZERO);
}

__attribute__((target("avx2"))) static unsigned decode_avx2(uint8_t *ret, const char *digits, uint64_t bytes) {
    unsigned seen = 0;
    uint64_t at = 0;
    for (; at + STEP_BYTES <= bytes; at += STEP_BYTES)
        seen |= step_avx2(ret + at, digits + 2 * at);
    if (at < bytes) /* the last step overlaps the one before */
        seen |= step_avx2(ret + bytes - STEP_BYTES, digits + 2 * (bytes - STEP_BYTES));
    return seen;
}

unsigned hex_decode(uint8_t *ret, const char *digits, uint64_t bytes) {
    if (bytes >= STEP_BYTES && __builtin_cpu_supports("avx2"))
        return decode_avx2(ret, digits, bytes);
    return hex_decode_portable(ret, digits, bytes);
}
#else
unsigned hex_decode(uint8_t *ret, const char *digits, uint64_t bytes) { return hex_decode_portable(ret, digits, bytes); }
#endif

/* Eight digits in one word; false when one of them is none. */
static bool eight_digits(const char *text, uint64_t *ret) {
    uint64_t v;
    memcpy(&v, text, 8);
    if (((v & 0xf0f0f0f0f0f0f0f0) | ((v + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4) != 0x3333333333333333)
        return false;
    v = (v & 0x0f0f0f0f0f0f0f0f) * 2561 >> 8;
    v = (v & 0x00ff00ff00ff00ff) * 6553601 >> 16;
    *ret = (v & 0x0000ffff0000ffff) * 42949672960001 >> 32;
    return true;
}

/* Up to CHUNK_DIGITS digits, which always fit. */
static bool chunk(const char *text, uint64_t count, uint64_t *ret) {
    uint64_t v = 0, part, i = 0;
    for (; i + 8 <= count; i += 8) {
        if (!eight_digits(text + i, &part))
            return false;
        v = v * 100000000 + part;
    }
    for (; i < count; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9)
            return false;
        v = v * 10 + digit;
    }
    *ret = v;
    return true;
}

bool digits_u64(struct span text, uint64_t *ret) {
    if (text.count == 0)
        return false;
    if (text.count <= CHUNK_DIGITS)
        return chunk(text.bytes, text.count, ret);
    return u64_parse(text.bytes, text.count, ret);
}

/* v * factor + more. */
static bool push_chunk(struct u256 *v, uint64_t factor, uint64_t more) {
    u128 carry = more;
    for (int i = 0; i < 4; i++) {
        carry += (u128)v->word[i] * factor;
        v->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return carry == 0;
}

bool digits_u256(struct span text, struct u256 *ret) {
    static const uint64_t powers[CHUNK_DIGITS + 1] = {1,
                                                      10,
                                                      100,
                                                      1000,
                                                      10000,
                                                      100000,
                                                      1000000,
                                                      10000000,
                                                      100000000,
                                                      1000000000,
                                                      10000000000,
                                                      100000000000,
                                                      1000000000000,
                                                      10000000000000,
                                                      100000000000000,
                                                      1000000000000000,
                                                      10000000000000000,
                                                      100000000000000000,
                                                      1000000000000000000,
                                                      10000000000000000000u};
    struct u256 v = {0};
    uint64_t part;
    if (text.count == 0)
        return false;
    for (uint64_t at = 0; at < text.count;) {
        uint64_t some = text.count - at < CHUNK_DIGITS ? text.count - at : CHUNK_DIGITS;
        if (!chunk(text.bytes + at, some, &part) || !push_chunk(&v, powers[some], part))
            return false;
        at += some;
    }
    *ret = v;
    return true;
}
