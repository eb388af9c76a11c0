#include "settle/table.h"

enum imjin_status settle_table_open(struct table *t, const char *path, struct error *err) {
    struct table made = {.block = memory_resize(NULL, TABLE_BLOCK_BYTES, 1)};
    if (made.block == NULL)
        return fail_memory(err, "a file's rows");
    enum imjin_status status = file_writer_open(&made.file, path, FILE_CREATE, 0, false, err);
    if (status != IMJIN_OK) {
        settle_table_abandon(&made);
        return status;
    }
    *t = made;
    return IMJIN_OK;
}

static void put_block(struct table *t, const uint8_t *block, uint64_t count) {
    t->checksum = hash_bytes(block, count, t->checksum);
    file_write(t->file, block, count);
}

void settle_table_write(struct table *t, const void *bytes, uint64_t count) {
    const uint8_t *at = bytes;
    while (count) {
        uint64_t room = TABLE_BLOCK_BYTES - t->used, part = count < room ? count : room;
        if (part == TABLE_BLOCK_BYTES) { /* nothing waits: as it stands */
            put_block(t, at, part);
        } else {
            memcpy(t->block + t->used, at, part);
            t->used += part;
        }
        if (t->used == TABLE_BLOCK_BYTES) {
            put_block(t, t->block, t->used);
            t->used = 0;
        }
        at += part;
        count -= part;
    }
}

enum imjin_status settle_table_close(struct table *t, uint64_t *ret_checksum, struct error *err) {
    struct file_writer *file = t->file;
    if (t->used)
        put_block(t, t->block, t->used);
    uint64_t checksum = t->checksum;
    t->file = NULL;
    settle_table_abandon(t);
    TRY(file_writer_close(file, NULL, err));
    *ret_checksum = checksum;
    return IMJIN_OK;
}

void settle_table_abandon(struct table *t) {
    file_writer_abandon(t->file);
    memory_free(t->block);
    *t = (struct table){0};
}

uint64_t settle_checksum(const void *bytes, uint64_t count) {
    const uint8_t *at = bytes;
    uint64_t checksum = 0;
    for (uint64_t done = 0; done < count; done += TABLE_BLOCK_BYTES)
        checksum = hash_bytes(at + done, count - done < TABLE_BLOCK_BYTES ? count - done : TABLE_BLOCK_BYTES, checksum);
    return checksum;
}
