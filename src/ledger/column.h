/* Writing a file whose every LEDGER_CHUNK_BYTES are hashed for the manifest. */
#ifndef IMJIN_LEDGER_COLUMN_H
#define IMJIN_LEDGER_COLUMN_H

#include "ledger/chunks.h"

/* Errors of writing stick and come out of column_flush() and column_finish(). */
struct column {
    int descriptor;                /* -1: closed */
    int reason;                    /* errno of the first failure */
    uint8_t *chunk;                /* the last, incomplete chunk */
    uint64_t bytes, held, flushed; /* length; bytes in the chunk; of them already on disk */
    struct buffer hashes;          /* of complete chunks, after chunks_wait(); after column_finish() of all */
    struct chunks *chunks;         /* who writes and hashes full ones; null: the column itself */
    enum imjin_status hash_status;
    char path[PATH_BYTES_MAX];
};
/* Continues behind the first `keep` bytes, cutting what follows; `kept` are the hashes of the complete chunks in them. With
 * `path` null nothing is written, only hashed. `chunks` (may be null) must outlive the column, which must not move. */
enum imjin_status column_open(struct column *ret, const char *path, uint64_t keep, const struct sha256 *kept,
                              struct chunks *chunks, struct error *err);
void column_write_out(struct column *c); /* the chunk is full */
void column_add_across(struct column *c, const void *bytes, uint64_t count);
/* Of constant count it is a store or two. */
static inline void column_add(struct column *c, const void *bytes, uint64_t count) {
    if (count >= LEDGER_CHUNK_BYTES - c->held) {
        column_add_across(c, bytes, count);
        return;
    }
    memcpy(c->chunk + c->held, bytes, count);
    c->held += count;
    c->bytes += count;
}
/* Makes what was added readable in the file; not yet durable. */
enum imjin_status column_flush(struct column *c, struct error *err);
enum imjin_status column_sync(struct column *c, struct error *err); /* and durable */
/* Hashes the last chunk, syncs and closes. The hashes stay until column_done(). */
enum imjin_status column_finish(struct column *c, struct error *err);
void column_done(struct column *c); /* also after a failure; zeroed is fine when descriptor is -1 */

#endif
