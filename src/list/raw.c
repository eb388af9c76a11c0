#include "list/raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

enum { PACK_LEVEL = 3, PACK_CHUNK_BYTES = 1 << 20 };

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static enum imjin_status describe(struct raw_file *ret, const char *path, struct error *err) {
    struct mapping m;
    struct raw_file raw = {0};
    enum imjin_status status = mapping_open(&m, path, err);
    if (status == IMJIN_NOT_FOUND && err)
        status = err->status = IMJIN_BAD_INPUT; /* a file that was named and is not there */
    TRY(status);
    raw.bytes = m.count;
    status = m.count ? sha256_of(m.bytes, m.count, &raw.hash, err) : fail(err, IMJIN_BAD_INPUT, "%s is empty", path);
    mapping_close(&m);
    TRY(status);
    snprintf(raw.name, sizeof raw.name, "%.*s", RAW_NAME_MAX, base_name(path));
    if (!utf8_check(span_of(raw.name), NULL))
        return fail(err, IMJIN_BAD_INPUT, "the name of a file is not UTF-8: %s", path);
    *ret = raw;
    return IMJIN_OK;
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

enum imjin_status raw_content_hash(struct sha256 *ret, const struct raw_file *raws, uint32_t count, struct error *err) {
    char lines[LIST_FILES_MAX][RAW_NAME_MAX + 70];
    const char *order[LIST_FILES_MAX];
    struct text all = {0};
    if (count == 1) {
        *ret = raws[0].hash;
        return IMJIN_OK;
    }
    for (uint32_t i = 0; i < count; i++) {
        char hex[65];
        sha256_print(&raws[i].hash, hex);
        snprintf(lines[i], sizeof lines[i], "%s  %s\n", hex, raws[i].name);
        order[i] = lines[i];
    }
    qsort(order, count, sizeof *order, by_text);
    for (uint32_t i = 0; i < count; i++)
        text_add_string(&all, order[i]);
    enum imjin_status status = text_status(&all, err);
    if (status == IMJIN_OK)
        status = sha256_of(all.bytes, all.count, ret, err);
    text_done(&all);
    return status;
}

enum imjin_status raw_describe(struct raw_file *ret, const char *const *paths, uint32_t count, struct error *err) {
    if (count == 0 || count > LIST_FILES_MAX)
        return fail(err, IMJIN_USAGE, "a version of a list is read from 1 to %d files", LIST_FILES_MAX);
    for (uint32_t i = 0; i < count; i++)
        TRY(describe(&ret[i], paths[i], err));
    return IMJIN_OK;
}

static enum imjin_status pack(struct file_writer *w, ZSTD_CCtx *c, void *room, struct span from, struct error *err) {
    ZSTD_inBuffer in = {from.bytes, from.count, 0};
    for (size_t left = 1; left;) {
        ZSTD_outBuffer out = {room, PACK_CHUNK_BYTES, 0};
        left = ZSTD_compressStream2(c, &out, &in, ZSTD_e_end);
        if (ZSTD_isError(left))
            return fail(err, IMJIN_MACHINE, "cannot compress: %s", ZSTD_getErrorName(left));
        file_write(w, room, out.pos);
    }
    return IMJIN_OK;
}

static enum imjin_status pack_file(const char *to, struct span from, struct error *err) {
    struct file_writer *w;
    TRY(file_writer_open(&w, to, FILE_CREATE, 0, false, err));
    void *room = memory_new(PACK_CHUNK_BYTES, 1);
    ZSTD_CCtx *c = ZSTD_createCCtx();
    enum imjin_status status;
    if (room == NULL || c == NULL || ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, PACK_LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1)))
        status = fail_memory(err, "compressing a list");
    else
        status = pack(w, c, room, from, err);
    ZSTD_freeCCtx(c);
    memory_free(room);
    if (status == IMJIN_OK)
        return file_writer_close(w, NULL, err);
    file_writer_abandon(w);
    return status;
}

enum imjin_status raw_keep(const char *directory, const char *const *paths, const struct raw_file *raws, uint32_t count,
                           struct error *err) {
    for (uint32_t i = 0; i < count; i++) {
        char name[16], to[PATH_BYTES_MAX];
        struct mapping m;
        struct sha256 now;
        raw_file_name(name, i);
        TRY(path_join(to, err, directory, name));
        TRY(mapping_open(&m, paths[i], err));
        enum imjin_status status = sha256_of(m.bytes, m.count, &now, err);
        if (status == IMJIN_OK && memcmp(&now, &raws[i].hash, sizeof now) != 0)
            status = fail(err, IMJIN_BAD_INPUT, "%s changed while it was read", paths[i]);
        if (status == IMJIN_OK)
            status = pack_file(to, (struct span){(const char *)m.bytes, m.count}, err);
        mapping_close(&m);
        TRY(status);
    }
    return IMJIN_OK;
}

static enum imjin_status hash_input(struct sha256 *ret, uint64_t *ret_bytes, struct input *in, struct error *err) {
    struct sha256_stream *s;
    uint64_t total = 0, count = 1;
    char *room = memory_new(PACK_CHUNK_BYTES, 1);
    if (room == NULL)
        return fail_memory(err, "reading a list again");
    enum imjin_status status = sha256_new(&s, err);
    if (status != IMJIN_OK) {
        memory_free(room);
        return status;
    }
    while (status == IMJIN_OK && count) {
        status = input_read(in, room, PACK_CHUNK_BYTES, &count, err);
        if (status == IMJIN_OK && count)
            status = sha256_add(s, room, count, err);
        total += status == IMJIN_OK ? count : 0;
    }
    memory_free(room);
    if (status != IMJIN_OK) {
        sha256_free(s);
        return status;
    }
    *ret_bytes = total;
    return sha256_end(s, ret, err);
}

enum imjin_status raw_check(const char *path, const struct raw_file *raw, struct error *err) {
    struct input *in;
    struct sha256 real;
    uint64_t bytes = 0;
    TRY(input_open(&in, path, 1, err));
    enum imjin_status status = hash_input(&real, &bytes, in, err);
    input_close(in);
    TRY(status);
    if (bytes != raw->bytes || memcmp(&real, &raw->hash, sizeof real) != 0)
        return fail(err, IMJIN_BAD_INPUT, "%s does not unpack to what was read (%s)", path, raw->name);
    return IMJIN_OK;
}
