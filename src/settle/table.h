/* A file of the compiled ledger in the making: rows are gathered into large blocks, each hashed and written whole.
 *
 * The checksum tells damage, not forgery (whoever can write the files can write the manifest too), so it is a fast one: XXH3 of
 * each stretch of TABLE_BLOCK_BYTES, seeded with the checksum of the stretch before it, the first with 0. */
#ifndef IMJIN_SETTLE_TABLE_H
#define IMJIN_SETTLE_TABLE_H

#include "base/base.h"

enum { TABLE_BLOCK_BYTES = 1 << 20 };

struct table {
    struct file_writer *file;
    uint8_t *block;
    uint64_t used; /* bytes of the block */
    uint64_t checksum;
};
/* Zero-initialise before. A table that is not closed is abandoned; abandoning one that is closed does nothing. */
enum imjin_status settle_table_open(struct table *t, const char *path, struct error *err);
/* Rows of any length. What goes wrong comes out of settle_table_close. */
void settle_table_write(struct table *t, const void *bytes, uint64_t count);
enum imjin_status settle_table_close(struct table *t, uint64_t *ret_checksum, struct error *err);
void settle_table_abandon(struct table *t);
/* The checksum of a whole file. */
uint64_t settle_checksum(const void *bytes, uint64_t count);

/* One small row. */
static inline void table_put(struct table *t, const void *row, uint64_t bytes) {
    if (__builtin_expect(TABLE_BLOCK_BYTES - t->used <= bytes, 0)) {
        settle_table_write(t, row, bytes);
        return;
    }
    memcpy(t->block + t->used, row, bytes);
    t->used += bytes;
}

#endif
