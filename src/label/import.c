#include "label/read.h"

#include "codec/codec.h"

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* A heading is a line of fields between commas of which one is "address"; no YAML begins so. */
static bool begins_as_csv(struct span document) {
    uint64_t at = 0;
    while (at < document.count && is_space(document.bytes[at]))
        at++;
    for (uint64_t begin = at; document.count > 0 && at <= document.count; at++) {
        char c = at < document.count ? document.bytes[at] : '\n';
        if (c != ',' && c != '\n' && c != '\r')
            continue;
        struct span field = span_trim((struct span){document.bytes + begin, at - begin});
        if (field.count > 1 && field.bytes[0] == '"' && field.bytes[field.count - 1] == '"')
            field = span_trim((struct span){field.bytes + 1, field.count - 2});
        if (field.count == 7 && strncasecmp(field.bytes, "address", 7) == 0)
            return true;
        if (c != ',')
            return false;
        begin = at + 1;
    }
    return false;
}

static enum imjin_status fail_text(const char *path, struct span document, uint64_t bad, struct error *err) {
    uint64_t line = 1;
    for (uint64_t i = 0; i < bad; i++)
        line += document.bytes[i] == '\n';
    return fail_value(err, path, line, NULL, document.bytes + bad, 1, "is not UTF-8 text");
}

static enum imjin_status read_document(struct label_reading *r, struct span document, struct error *err) {
    uint64_t bad;
    const char *nul = document.count ? memchr(document.bytes, '\0', document.count) : NULL;
    if (nul)
        return fail_text(r->path, document, (uint64_t)(nul - document.bytes), err);
    if (!utf8_check(document, &bad))
        return fail_text(r->path, document, bad, err);
    if (document.count >= 3 && memcmp(document.bytes, "\xef\xbb\xbf", 3) == 0)
        document = (struct span){document.bytes + 3, document.count - 3};
    return begins_as_csv(document) ? label_read_csv(r, document, err) : label_read_pack(r, document, err);
}

static enum imjin_status read_all(struct input *in, const char *path, struct text *ret, struct error *err) {
    char block[1 << 14];
    uint64_t count = 1;
    while (count > 0) {
        TRY(input_read(in, block, sizeof block, &count, err));
        if (ret->count + count > LABEL_FILE_BYTES_MAX)
            return fail_value(err, path, 0, NULL, NULL, 0, "is longer than %d bytes", LABEL_FILE_BYTES_MAX);
        text_add(ret, block, count);
    }
    return text_status(ret, err);
}

/* A whole file, unpacked when it is packed. */
static enum imjin_status read_file(struct label_reading *r, const char *path, struct error *err) {
    struct text document = {0};
    struct input *in;
    TRY(input_open(&in, path, 1, err));
    r->path = path;
    enum imjin_status status = read_all(in, path, &document, err);
    input_close(in);
    if (status == IMJIN_OK)
        status = read_document(r, (struct span){document.bytes, document.count}, err);
    text_done(&document);
    return status;
}

static uint64_t count_conflicts(const struct label_store *s) {
    uint64_t cursor = 0, first, count, found = 0;
    while (label_conflicts(s, &cursor, &first, &count))
        found++;
    return found;
}

/* Writes the set beside the store and reads it back; only when that has worked does it take the store's place. */
static enum imjin_status write_beside(struct label_set *set, const char *path, uint64_t known,
                                      struct label_import_result *result, struct error *err) {
    struct label_store *written;
    TRY(label_set_write(set, path, err));
    TRY(label_store_open(&written, path, err));
    result->tags_added = label_count(written) - known;
    result->conflicts = count_conflicts(written);
    label_close(written);
    return IMJIN_OK;
}

/* Adds what the store holds, replaces the store, and says what has changed. */
static enum imjin_status merge(struct label_set *set, const char *directory, struct label_import_result *result,
                               struct error *err) {
    struct label_store *before;
    char path[PATH_BYTES_MAX], beside[PATH_BYTES_MAX];
    TRY(path_join(path, err, directory, LABEL_FILE));
    TRY(path_join(beside, err, directory, LABEL_FILE ".new"));
    TRY(label_open(&before, directory, err));
    uint64_t known = label_count(before);
    enum imjin_status status = label_set_add_store(set, before, err);
    label_close(before);
    TRY(status);
    status = write_beside(set, beside, known, result, err);
    if (status == IMJIN_OK)
        return file_rename(beside, path, err);
    (void)!file_remove(beside, NULL);
    return status;
}

static enum imjin_status read_and_merge(struct label_reading *r, const char *directory, const char *const *paths,
                                        unsigned path_count, const struct progress *p, struct error *err) {
    TRY(label_set_begin(r->set, err));
    for (unsigned i = 0; i < path_count; i++) {
        TRY(progress_step(p, "reading labels", "files", i, path_count, err));
        TRY(read_file(r, paths[i], err));
    }
    return merge(r->set, directory, &r->result, err);
}

static enum imjin_status import_locked(struct label_reading *r, const char *directory, const char *const *paths,
                                       unsigned path_count, const struct progress *p, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct file_lock lock;
    TRY(directory_make(directory, err));
    TRY(path_join(path, err, directory, LABEL_LOCK));
    TRY(file_lock_take(&lock, path, err));
    enum imjin_status status = read_and_merge(r, directory, paths, path_count, p, err);
    file_lock_release(&lock);
    return status;
}

enum imjin_status label_import_skipping(const char *directory, const char *const *paths, unsigned path_count, const char *chain,
                                        const struct progress *p, void (*skip)(void *context, const struct error *why),
                                        void *context, struct label_import_result *ret, struct error *err) {
    struct label_set set = {0};
    struct label_reading r = {.set = &set, .chain = chain ? chain : "", .skip = skip, .context = context};
    enum imjin_status status = import_locked(&r, directory, paths, path_count, p, err);
    label_set_done(&set);
    if (status == IMJIN_OK)
        *ret = r.result;
    return status;
}

enum imjin_status label_import(const char *directory, const char *const *paths, unsigned path_count, const char *chain,
                               const struct progress *p, struct label_import_result *ret, struct error *err) {
    return label_import_skipping(directory, paths, path_count, chain, p, NULL, NULL, ret, err);
}

static enum imjin_status add_and_merge(struct label_set *set, const char *directory, const struct tag *tag, struct error *err) {
    struct label_import_result unused = {0};
    TRY(label_set_begin(set, err));
    TRY(label_set_add(set, tag, err));
    return merge(set, directory, &unused, err);
}

enum imjin_status label_add(const char *directory, const struct tag *tag, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct file_lock lock;
    struct label_set set = {0};
    TRY(directory_make(directory, err));
    TRY(path_join(path, err, directory, LABEL_LOCK));
    TRY(file_lock_take(&lock, path, err));
    enum imjin_status status = add_and_merge(&set, directory, tag, err);
    label_set_done(&set);
    file_lock_release(&lock);
    return status;
}
