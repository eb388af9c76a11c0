#include "ledger/column.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static enum imjin_status read_exactly(int descriptor, uint8_t *bytes, uint64_t count, uint64_t offset, const char *path,
                                      struct error *err) {
    while (count) {
        ssize_t got = pread(descriptor, bytes, count, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(err, "cannot read", path);
        if (got == 0)
            return fail(err, IMJIN_BAD_INPUT, "%s was cut", path);
        bytes += got;
        count -= (uint64_t)got;
        offset += (uint64_t)got;
    }
    return IMJIN_OK;
}

static enum imjin_status continue_at(struct column *c, uint64_t keep, const struct sha256 *kept, struct error *err) {
    uint64_t whole = keep / LEDGER_CHUNK_BYTES;
    TRY(buffer_reserve(&c->hashes, whole + 1, err));
    if (whole)
        memcpy(c->hashes.items, kept, whole * sizeof *kept);
    c->hashes.count = whole;
    c->held = c->flushed = keep % LEDGER_CHUNK_BYTES;
    c->bytes = keep;
    c->chunk = memory_new_pages(LEDGER_CHUNK_BYTES);
    if (c->chunk == NULL)
        return fail_memory(err, "a column's buffer");
    if (c->path[0] == '\0')
        return IMJIN_OK;
    c->descriptor = open(c->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (c->descriptor < 0)
        return fail_errno(err, "cannot write", c->path);
    TRY(read_exactly(c->descriptor, c->chunk, c->held, keep - c->held, c->path, err));
    if (ftruncate(c->descriptor, (off_t)keep) != 0)
        return fail_errno(err, "cannot cut", c->path);
    return IMJIN_OK;
}

enum imjin_status column_open(struct column *ret, const char *path, uint64_t keep, const struct sha256 *kept,
                              struct chunks *chunks, struct error *err) {
    if (path && strlen(path) >= PATH_BYTES_MAX)
        return fail(err, IMJIN_USAGE, "path too long: %.60s...", path);
    *ret = (struct column){.descriptor = -1,
                           .chunks = chunks,
                           .hashes = {.item_bytes = sizeof(struct sha256),
                                      .items_max = LEDGER_MANIFEST_BYTES_MAX / 71,
                                      .what = "hashed pieces of a file (over its largest size)"}};
    snprintf(ret->path, sizeof ret->path, "%s", path ? path : "");
    enum imjin_status status = continue_at(ret, keep, kept, err);
    if (status != IMJIN_OK)
        column_done(ret);
    return status;
}

static void write_held(struct column *c) {
    uint64_t start = c->bytes - c->held;
    if (c->descriptor < 0 || c->reason)
        return;
    c->reason = chunk_write(c->descriptor, c->chunk + c->flushed, c->held - c->flushed, start + c->flushed);
    if (c->reason == 0)
        c->flushed = c->held;
}

static void hash_held(struct column *c) {
    struct sha256 hash;
    enum imjin_status status = sha256_of(c->chunk, c->held, &hash, NULL);
    if (status == IMJIN_OK)
        status = buffer_push(&c->hashes, &hash, NULL, NULL);
    if (status != IMJIN_OK)
        c->hash_status = status;
}

void column_write_out(struct column *c) {
    if (c->chunks) {
        chunks_give(c->chunks, c);
    } else {
        write_held(c);
        hash_held(c);
    }
    c->held = c->flushed = 0;
}

void column_add_across(struct column *c, const void *bytes, uint64_t count) {
    while (count) {
        uint64_t room = LEDGER_CHUNK_BYTES - c->held, take = count < room ? count : room;
        memcpy(c->chunk + c->held, bytes, take);
        c->held += take;
        c->bytes += take;
        if (c->held == LEDGER_CHUNK_BYTES)
            column_write_out(c);
        bytes = (const uint8_t *)bytes + take;
        count -= take;
    }
}

enum imjin_status column_flush(struct column *c, struct error *err) {
    if (c->chunks)
        chunks_wait(c->chunks);
    write_held(c);
    if (c->reason) {
        errno = c->reason;
        return fail_errno(err, "cannot write", c->path);
    }
    if (c->hash_status != IMJIN_OK)
        return fail(err, IMJIN_MACHINE, "cannot hash %s", c->path);
    return IMJIN_OK;
}

enum imjin_status column_sync(struct column *c, struct error *err) {
    TRY(column_flush(c, err));
    return fdatasync(c->descriptor) == 0 ? IMJIN_OK : fail_errno(err, "cannot write", c->path);
}

enum imjin_status column_finish(struct column *c, struct error *err) {
    if (c->chunks)
        chunks_wait(c->chunks);
    if (c->held)
        hash_held(c);
    TRY(column_flush(c, err));
    if (c->descriptor < 0)
        return IMJIN_OK;
    if (fsync(c->descriptor) != 0)
        return fail_errno(err, "cannot write", c->path);
    close(c->descriptor);
    c->descriptor = -1;
    return IMJIN_OK;
}

void column_done(struct column *c) {
    if (c->chunks)
        chunks_wait(c->chunks);
    if (c->descriptor >= 0)
        close(c->descriptor);
    c->descriptor = -1;
    memory_free_pages(c->chunk, LEDGER_CHUNK_BYTES);
    c->chunk = NULL;
    buffer_done(&c->hashes);
}
