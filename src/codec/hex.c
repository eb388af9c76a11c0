#include "codec/hex.h"

enum { CHUNK_DIGITS = 19 }; /* the most decimal digits that always fit 64 bits */
#define CHUNK_UNIT ((uint64_t)10000000000000000000u)

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

/* What the digits so far had in common. A class is a set of bits: 1 decimal digit, 2 capital, 4 small letter, 0 no digit. */
struct seen {
    __m256i bad, classes, values;
};

#define LANE(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p
#define BOTH_LANES(...)                                      _mm256_setr_epi8(LANE(__VA_ARGS__), LANE(__VA_ARGS__))

/* 32 digits to 16 bytes. A character is a digit when its halves allow a common class. */
__attribute__((target("avx2"))) static inline void step_avx2(uint8_t *ret, const char *digits, struct seen *seen) {
    const __m256i low_classes = BOTH_LANES(1, 7, 7, 7, 7, 7, 7, 1, 1, 1, 0, 0, 0, 0, 0, 0);
    const __m256i high_classes = BOTH_LANES(0, 0, 0, 1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i high_values = BOTH_LANES(0, 0, 0, 0, 9, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i half = _mm256_set1_epi8(0x0f);
    const __m256i text = _mm256_loadu_si256((const __m256i *)(const void *)digits);
    const __m256i low = _mm256_and_si256(text, half), high = _mm256_and_si256(_mm256_srli_epi16(text, 4), half);
    const __m256i class = _mm256_and_si256(_mm256_shuffle_epi8(low_classes, low), _mm256_shuffle_epi8(high_classes, high));
    const __m256i values = _mm256_add_epi8(low, _mm256_shuffle_epi8(high_values, high));
    const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi16(0x0110));
    const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi16(pairs, pairs), 0x08);
    _mm_storeu_si128((__m128i *)(void *)ret, _mm256_castsi256_si128(packed));
    seen->bad = _mm256_or_si256(seen->bad, _mm256_cmpeq_epi8(class, _mm256_setzero_si256()));
    seen->classes = _mm256_or_si256(seen->classes, class);
    seen->values = _mm256_or_si256(seen->values, values);
}

__attribute__((target("avx2"))) static unsigned decode_avx2(uint8_t *ret, const char *digits, uint64_t bytes) {
    struct seen seen = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    uint64_t at = 0;
    for (; at + STEP_BYTES <= bytes; at += STEP_BYTES)
        step_avx2(ret + at, digits + 2 * at, &seen);
    if (at < bytes) /* the last step overlaps the one before */
        step_avx2(ret + bytes - STEP_BYTES, digits + 2 * (bytes - STEP_BYTES), &seen);
    return (_mm256_testz_si256(seen.bad, seen.bad) ? 0u : HEX_BAD) |
           (_mm256_testz_si256(seen.classes, _mm256_set1_epi8(4)) ? 0u : HEX_LOWER) |
           (_mm256_testz_si256(seen.classes, _mm256_set1_epi8(2)) ? 0u : HEX_UPPER) |
           (_mm256_testz_si256(seen.values, seen.values) ? 0u : HEX_NONZERO);
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

/* v * 10^CHUNK_DIGITS + more. */
static bool push_chunk(struct u256 *v, uint64_t more) {
    u128 carry = more;
    for (int i = 0; i < 4; i++) {
        carry += (u128)v->word[i] * CHUNK_UNIT;
        v->word[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return carry == 0;
}

bool digits_u256(struct span text, struct u256 *ret) {
    uint64_t part, at = text.count ? (text.count - 1) % CHUNK_DIGITS + 1 : 0;
    if (at == 0 || !chunk(text.bytes, at, &part))
        return false;
    u128 two_chunks = part; /* which always fit */
    if (at < text.count) {
        if (!chunk(text.bytes + at, CHUNK_DIGITS, &part))
            return false;
        two_chunks = two_chunks * CHUNK_UNIT + part;
        at += CHUNK_DIGITS;
    }
    struct u256 v = u256_from_u128(two_chunks);
    for (; at < text.count; at += CHUNK_DIGITS)
        if (!chunk(text.bytes + at, CHUNK_DIGITS, &part) || !push_chunk(&v, part))
            return false;
    *ret = v;
    return true;
}
