/* SHA-256 (FIPS 180-4) of two blocks of memory at once, with the processor's SHA instructions: one block alone waits most of
 * its time for the result of the instruction before, so that a second one costs nothing. OpenSSL is the portable way and the
 * oracle. */
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/hash.h"

static enum imjin_status one_by_one(const void *const blocks[2], uint64_t count, struct sha256 ret[2], struct error *err) {
    struct sha256 hashes[2];
    for (unsigned lane = 0; lane < 2; lane++)
        TRY(sha256_of(blocks[lane], count, &hashes[lane], err));
    memcpy(ret, hashes, sizeof hashes);
    return IMJIN_OK;
}

static enum imjin_status each_alone(const struct hash_job *jobs, uint64_t job_count, struct sha256 *ret, struct error *err) {
    for (uint64_t i = 0; i < job_count; i++)
        TRY(sha256_of(jobs[i].bytes, jobs[i].count, &ret[i], err));
    return IMJIN_OK;
}

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>

enum { BLOCK = 64, QUADS = 16, LENGTH_BYTES = 8 };

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* The eight words of a state as the instructions want them: a, b, e, f and c, d, g, h, the first of each highest. */
struct lane {
    __m128i abef, cdgh;
};

static const uint32_t beginning[2][4] = {{0x9b05688c, 0x510e527f, 0xbb67ae85, 0x6a09e667},
                                         {0x5be0cd19, 0x1f83d9ab, 0xa54ff53a, 0x3c6ef372}};

/* Four rounds of one lane; `m` holds the last sixteen words of the message's schedule. */
__attribute__((target("sha,sse4.1"), always_inline)) static inline void four_rounds(struct lane *s, __m128i m[4], unsigned quad,
                                                                                    const uint8_t *bytes) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i *now = &m[quad % 4];
    if (quad < 4)
        *now = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(bytes + (size_t)16 * quad)), swap);
    else
        *now = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(*now, m[(quad + 1) % 4]),
                                                  _mm_alignr_epi8(m[(quad + 3) % 4], m[(quad + 2) % 4], 4)),
                                    m[(quad + 3) % 4]);
    const __m128i words = _mm_add_epi32(*now, _mm_loadu_si128((const __m128i *)(const void *)&constants[(size_t)4 * quad]));
    s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, words);
    s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(words, 0x0e));
}

__attribute__((target("sha,sse4.1"))) static void compress(struct lane lanes[2], const uint8_t *a, const uint8_t *b,
                                                           uint64_t blocks) {
    struct lane x = lanes[0], y = lanes[1];
    for (; blocks; blocks--, a += BLOCK, b += BLOCK) {
        const struct lane x_before = x, y_before = y;
        __m128i m[4], n[4];
#pragma GCC unroll 16
        for (unsigned quad = 0; quad < QUADS; quad++) {
            four_rounds(&x, m, quad, a);
            four_rounds(&y, n, quad, b);
        }
        x = (struct lane){_mm_add_epi32(x.abef, x_before.abef), _mm_add_epi32(x.cdgh, x_before.cdgh)};
        y = (struct lane){_mm_add_epi32(y.abef, y_before.abef), _mm_add_epi32(y.cdgh, y_before.cdgh)};
    }
    lanes[0] = x;
    lanes[1] = y;
}

/* What is left of a block, a one, zeros, and the length in bits. */
static uint64_t end_of(uint8_t ret[2 * BLOCK], const uint8_t *block, uint64_t count) {
    uint64_t left = count % BLOCK, bits = __builtin_bswap64(8 * count);
    uint64_t blocks = left + 1 + LENGTH_BYTES <= BLOCK ? 1 : 2;
    memset(ret, 0, (size_t)2 * BLOCK);
    if (left)
        memcpy(ret, block + count - left, left);
    ret[left] = 0x80;
    memcpy(ret + blocks * BLOCK - LENGTH_BYTES, &bits, sizeof bits);
    return blocks;
}

static void print_state(const struct lane *s, struct sha256 *ret) {
    uint32_t abef[4], cdgh[4];
    memcpy(abef, &s->abef, sizeof abef);
    memcpy(cdgh, &s->cdgh, sizeof cdgh);
    const uint32_t words[8] = {abef[3], abef[2], cdgh[3], cdgh[2], abef[1], abef[0], cdgh[1], cdgh[0]};
    for (unsigned i = 0; i < 8; i++) {
        uint32_t word = __builtin_bswap32(words[i]);
        memcpy(ret->bytes + (size_t)4 * i, &word, sizeof word);
    }
}

/* Asked once: a virtual machine takes as long for the question as for many kilobytes of hashing. */
static bool has_sha_instructions(void) {
    static atomic_int known; /* 0: not asked yet */
    int has = atomic_load_explicit(&known, memory_order_relaxed);
    unsigned a, b, c, d;
    if (has == 0) {
        bool sha = __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d) && b >> 29 & 1;
        has = sha ? 1 : -1;
        atomic_store_explicit(&known, has, memory_order_relaxed);
    }
    return has > 0;
}

enum imjin_status sha256_of_pair(const void *const blocks[2], uint64_t count, struct sha256 ret[2], struct error *err) {
    uint8_t ends[2][2 * BLOCK];
    struct lane lanes[2];
    if (!has_sha_instructions())
        return one_by_one(blocks, count, ret, err);
    for (unsigned i = 0; i < 2; i++) {
        memcpy(&lanes[i].abef, beginning[0], sizeof beginning[0]);
        memcpy(&lanes[i].cdgh, beginning[1], sizeof beginning[1]);
    }
    compress(lanes, blocks[0], blocks[1], count / BLOCK);
    end_of(ends[0], blocks[0], count);
    compress(lanes, ends[0], ends[1], end_of(ends[1], blocks[1], count));
    for (unsigned i = 0; i < 2; i++)
        print_state(&lanes[i], &ret[i]);
    return IMJIN_OK;
}

/* What a lane works at: whole blocks of its memory, then the end of it. */
struct turn {
    const uint8_t *at;
    uint64_t blocks, end_blocks, job;
    uint8_t end[2 * BLOCK];
    bool at_end, idle;
};

static void begin_turn(struct turn *t, struct lane *lane, const struct hash_job *jobs, uint64_t job_count, uint64_t *next) {
    t->idle = *next == job_count;
    if (t->idle)
        return;
    const struct hash_job *job = &jobs[*next];
    memcpy(&lane->abef, beginning[0], sizeof beginning[0]);
    memcpy(&lane->cdgh, beginning[1], sizeof beginning[1]);
    t->job = (*next)++;
    t->end_blocks = end_of(t->end, job->bytes, job->count);
    t->blocks = job->count / BLOCK;
    t->at = job->bytes;
    t->at_end = t->blocks == 0;
    if (t->at_end) {
        t->blocks = t->end_blocks;
        t->at = t->end;
    }
}

/* True when the job is done. */
static bool step_turn(struct turn *t, uint64_t blocks) {
    t->at += blocks * BLOCK;
    t->blocks -= blocks;
    if (t->blocks || t->at_end)
        return t->blocks == 0;
    t->at_end = true;
    t->blocks = t->end_blocks;
    t->at = t->end;
    return false;
}

enum imjin_status sha256_of_each(const struct hash_job *jobs, uint64_t job_count, struct sha256 *ret, struct error *err) {
    struct turn turns[2];
    struct lane lanes[2];
    uint64_t next = 0;
    if (!has_sha_instructions())
        return each_alone(jobs, job_count, ret, err);
    for (unsigned i = 0; i < 2; i++)
        begin_turn(&turns[i], &lanes[i], jobs, job_count, &next);
    while (!turns[0].idle && !turns[1].idle) {
        uint64_t blocks = turns[0].blocks < turns[1].blocks ? turns[0].blocks : turns[1].blocks;
        compress(lanes, turns[0].at, turns[1].at, blocks);
        for (unsigned i = 0; i < 2; i++) {
            if (!step_turn(&turns[i], blocks))
                continue;
            print_state(&lanes[i], &ret[turns[i].job]);
            begin_turn(&turns[i], &lanes[i], jobs, job_count, &next);
        }
    }
    for (unsigned i = 0; i < 2; i++)
        if (!turns[i].idle)
            TRY(sha256_of(jobs[turns[i].job].bytes, jobs[turns[i].job].count, &ret[turns[i].job], err));
    return IMJIN_OK;
}
#else
enum imjin_status sha256_of_each(const struct hash_job *jobs, uint64_t job_count, struct sha256 *ret, struct error *err) {
    return each_alone(jobs, job_count, ret, err);
}

enum imjin_status sha256_of_pair(const void *const blocks[2], uint64_t count, struct sha256 ret[2], struct error *err) {
    return one_by_one(blocks, count, ret, err);
}
#endif
