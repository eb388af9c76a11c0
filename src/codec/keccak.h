/* Keccak-256 as Ethereum uses it: rate 136, padding byte 0x01 (SHA3-256 of FIPS 202 pads with 0x06 and differs in nothing
 * else). Pure functions, safe on any thread, no allocation.
 * Source: "The Keccak reference", Bertoni, Daemen, Peeters, Van Assche, version 3.0, 2011. */
#ifndef IMJIN_CODEC_KECCAK_H
#define IMJIN_CODEC_KECCAK_H

#include <stdint.h>

enum { KECCAK256_BYTES = 32, KECCAK256_RATE = 136 };

/* Digest of `count` bytes. */
void keccak256(const void *bytes, uint64_t count, uint8_t ret_digest[KECCAK256_BYTES]);

/* The sponge with the padding byte as parameter: 0x01 gives Keccak-256, 0x06 gives SHA3-256. For tests: the second can be
 * compared with another implementation and shares all the rest with the first. */
void keccak256_padded(const void *bytes, uint64_t count, uint8_t padding, uint8_t ret_digest[KECCAK256_BYTES]);

#endif
