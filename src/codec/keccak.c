#include "codec/keccak.h"

#include <string.h>

enum { LANES = 25, ROUNDS = 24, RATE_LANES = KECCAK256_RATE / 8 };

static const uint64_t round_constants[ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
    0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
    0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};
/* The rho rotation of each step of the pi walk, which visits every lane but the first. */
static const uint8_t rotations[LANES - 1] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                             27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
static const uint8_t pi_walk[LANES - 1] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                           15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};

static inline uint64_t rotate(uint64_t v, unsigned by) { return v << by | v >> (64 - by); }

static void theta(uint64_t lanes[LANES]) {
    uint64_t column[5];
    for (unsigned x = 0; x < 5; x++)
        column[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
    for (unsigned x = 0; x < 5; x++) {
        uint64_t mix = column[(x + 4) % 5] ^ rotate(column[(x + 1) % 5], 1);
        for (unsigned y = 0; y < LANES; y += 5)
            lanes[y + x] ^= mix;
    }
}

static void rho_pi(uint64_t lanes[LANES]) {
    uint64_t carried = lanes[1];
    for (unsigned i = 0; i < LANES - 1; i++) {
        uint64_t next = lanes[pi_walk[i]];
        lanes[pi_walk[i]] = rotate(carried, rotations[i]);
        carried = next;
    }
}

static void chi(uint64_t lanes[LANES]) {
    for (unsigned y = 0; y < LANES; y += 5) {
        uint64_t row[5];
        memcpy(row, lanes + y, sizeof row);
        for (unsigned x = 0; x < 5; x++)
            lanes[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
}

static void permute(uint64_t lanes[LANES]) {
    for (unsigned i = 0; i < ROUNDS; i++) {
        theta(lanes);
        rho_pi(lanes);
        chi(lanes);
        lanes[0] ^= round_constants[i];
    }
}

static void absorb(uint64_t lanes[LANES], const uint8_t block[KECCAK256_RATE]) {
    for (size_t i = 0; i < RATE_LANES; i++) {
        uint64_t lane;
        memcpy(&lane, block + i * 8, sizeof lane);
        lanes[i] ^= lane;
    }
    permute(lanes);
}

void keccak256_padded(const void *bytes, uint64_t count, uint8_t padding, uint8_t ret_digest[KECCAK256_BYTES]) {
    uint64_t lanes[LANES] = {0};
    const uint8_t *next = bytes;
    for (; count >= KECCAK256_RATE; count -= KECCAK256_RATE, next += KECCAK256_RATE)
        absorb(lanes, next);
    uint8_t last[KECCAK256_RATE] = {0};
    if (count > 0)
        memcpy(last, next, count);
    last[count] = padding;
    last[KECCAK256_RATE - 1] |= 0x80;
    absorb(lanes, last);
    memcpy(ret_digest, lanes, KECCAK256_BYTES);
}

void keccak256(const void *bytes, uint64_t count, uint8_t ret_digest[KECCAK256_BYTES]) {
    keccak256_padded(bytes, count, 0x01, ret_digest);
}
