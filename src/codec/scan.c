#include "codec/scan.h"

uint64_t scan_table_portable(uint32_t *ret_places, struct scan *s, const char *bytes, uint64_t count, uint32_t base) {
    uint64_t found = 0;
    s->special = false;
    for (uint64_t i = 0; i < count; i++) {
        char c = bytes[i];
        if (c == '"')
            s->quoted = ~s->quoted;
        s->special |= c == '"' || c == '\0';
        if (!s->quoted && (c == s->separator || c == '\n' || c == '\r'))
            ret_places[found++] = base + (uint32_t)i;
    }
    return found;
}

#ifdef __x86_64__
#include <immintrin.h>

enum { BLOCK = 64 };

__attribute__((target("avx2"))) static inline uint64_t mask_of(__m256i low, __m256i high, char c) {
    const __m256i wanted = _mm256_set1_epi8(c);
    const uint32_t first = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
    const uint32_t second = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
    return (uint64_t)second << 32 | first;
}

/* Bit i is the parity of bits 0..i. */
static inline uint64_t parity_up_to(uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

__attribute__((target("avx2,bmi"))) static uint64_t scan_avx2(uint32_t *ret_places, struct scan *s, const char *bytes,
                                                              uint64_t count, uint32_t base) {
    uint64_t found = 0, odd = 0, at = 0;
    for (; at + BLOCK <= count; at += BLOCK) {
        const __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + at));
        const __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + at + 32));
        const uint64_t quotes = mask_of(low, high, '"');
        uint64_t shape = mask_of(low, high, s->separator) | mask_of(low, high, '\n') | mask_of(low, high, '\r');
        odd |= quotes | mask_of(low, high, '\0');
        if (quotes | s->quoted) {
            const uint64_t inside = parity_up_to(quotes) ^ s->quoted;
            shape &= ~inside;
            s->quoted = inside >> 63 ? UINT64_MAX : 0;
        }
        for (; shape; shape &= shape - 1)
            ret_places[found++] = base + (uint32_t)at + (uint32_t)__builtin_ctzll(shape);
    }
    found += scan_table_portable(ret_places + found, s, bytes + at, count - at, base + (uint32_t)at);
    s->special |= odd != 0;
    return found;
}

uint64_t scan_table(uint32_t *ret_places, struct scan *s, const char *bytes, uint64_t count, uint32_t base) {
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        return scan_avx2(ret_places, s, bytes, count, base);
    return scan_table_portable(ret_places, s, bytes, count, base);
}
#else
uint64_t scan_table(uint32_t *ret_places, struct scan *s, const char *bytes, uint64_t count, uint32_t base) {
    return scan_table_portable(ret_places, s, bytes, count, base);
}
#endif
