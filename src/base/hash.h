/* SHA-256 (OpenSSL, with SHA-NI where the machine has it) and a fast seeded hash for tables (xxHash). */
#ifndef IMJIN_BASE_HASH_H
#define IMJIN_BASE_HASH_H

#include <stdint.h>

#include "base/error.h"

struct sha256 {
    uint8_t bytes[32];
};

/* Hash of one block of memory. */
enum imjin_status sha256_of(const void *bytes, uint64_t count, struct sha256 *ret, struct error *err);

/* Hashes of two blocks of equal length, at little more than the cost of one where the machine has SHA instructions. */
enum imjin_status sha256_of_pair(const void *const blocks[2], uint64_t count, struct sha256 ret[2], struct error *err);

/* Hashes of many blocks of memory, of any lengths, two at a time where the machine has SHA instructions. `ret` must not overlap
 * what is hashed. */
struct hash_job {
    const void *bytes;
    uint64_t count;
};
enum imjin_status sha256_of_each(const struct hash_job *jobs, uint64_t job_count, struct sha256 *ret, struct error *err);

/* Streaming. sha256_new allocates; sha256_end frees the stream, also on failure. */
struct sha256_stream;
enum imjin_status sha256_new(struct sha256_stream **ret, struct error *err);
enum imjin_status sha256_add(struct sha256_stream *s, const void *bytes, uint64_t count, struct error *err);
enum imjin_status sha256_end(struct sha256_stream *s, struct sha256 *ret, struct error *err);
void sha256_free(struct sha256_stream *s); /* abandon; null is fine */

void sha256_print(const struct sha256 *h, char ret_hex[65]);
[[nodiscard]] bool sha256_parse(const char hex[64], struct sha256 *ret);

/* XXH3 with a seed: for tables on disk the seed is fixed and stored with them; never part of a result. */
uint64_t hash_bytes(const void *bytes, uint64_t count, uint64_t seed);

#endif
