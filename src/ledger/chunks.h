/* Full chunks of columns on their way to the disk: written, and hashed two at a time, by a thread of their own where there is
 * one. What is written and hashed is the same with and without it. */
#ifndef IMJIN_LEDGER_CHUNKS_H
#define IMJIN_LEDGER_CHUNKS_H

#include "ledger/format.h"

struct column;
struct chunks;

/* `threads` above 1: with a thread. Belongs to the columns that are opened with it, which belong to one thread. */
enum imjin_status chunks_new(struct chunks **ret, unsigned threads, struct error *err);
/* Takes the chunk of `c`, which is full, and gives it an empty one. Its hash comes to its place in c->hashes, and what goes
 * wrong into c->reason and c->hash_status, by chunks_wait() at the latest. */
void chunks_give(struct chunks *q, struct column *c);
void chunks_wait(struct chunks *q);
void chunks_free(struct chunks *q); /* waits; null is fine */
/* Writes bytes[0, count) at `offset`; errno of what went wrong, or 0. */
int chunk_write(int descriptor, const uint8_t *bytes, uint64_t count, uint64_t offset);

#endif
