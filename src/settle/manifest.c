#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "settle/format.h"

static const char manifest_name[] = "manifest";

enum imjin_status settle_damaged(struct error *err, const char *format, ...) {
    char what[ERROR_TEXT_MAX / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged (%s); mend it with: imjin compile", what);
}

static bool segment_makes_sense(const struct manifest_segment *s, const struct compiled_manifest *m) {
    for (int d = 0; d < 2; d++)
        if (s->words[d] > UINT32_MAX || (s->key_count[d] != INDEX_DENSE && s->key_count[d] > s->holdings))
            return false;
    return s->movement_to >= s->movement_from && s->holdings <= m->holdings && s->side_count <= COMPILED_SIDES_MAX &&
           s->missing_count <= COMPILED_SIDES_MAX;
}

static bool manifest_makes_sense(const struct compiled_manifest *m) {
    uint64_t at = 0;
    if (m->segment_count > COMPILED_SEGMENTS_MAX || m->movements > COMPILED_MOVEMENTS_MAX || m->holdings == ID_NONE)
        return false;
    for (uint32_t i = 0; i < m->segment_count; i++) {
        if (m->segments[i].movement_from != at || !segment_makes_sense(&m->segments[i], m))
            return false;
        at = m->segments[i].movement_to;
    }
    return at == m->movements;
}

/* Magic and version stand in front in every version: only then is anything known of the rest. */
static enum imjin_status check_version(const char *bytes, uint64_t count, const char *directory, struct error *err) {
    struct compiled_manifest m = {0};
    size_t front = offsetof(struct compiled_manifest, rules);
    if (count >= front)
        memcpy(&m, bytes, front);
    if (m.magic != COMPILED_MAGIC)
        return settle_damaged(err, "the manifest in %s", directory);
    if (m.version != COMPILED_VERSION)
        return fail(err, IMJIN_NOT_FOUND, "the compiled ledger in %s is of version %u, this program reads %d", directory,
                    m.version, COMPILED_VERSION);
    return IMJIN_OK;
}

enum imjin_status settle_manifest_read(struct compiled_manifest *ret, const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX], *bytes;
    uint64_t count;
    struct sha256 hash;
    TRY(path_join(path, err, directory, manifest_name));
    TRY(file_read(path, COMPILED_MANIFEST_BYTES_MAX, &bytes, &count, err));
    struct compiled_manifest m = {0};
    enum imjin_status status = check_version(bytes, count, directory, err);
    if (status == IMJIN_OK && count == sizeof m)
        memcpy(&m, bytes, sizeof m);
    memory_free(bytes);
    TRY(status);
    TRY(sha256_of(&m, offsetof(struct compiled_manifest, self), &hash, err));
    if (memcmp(&hash, &m.self, sizeof hash) != 0 || !manifest_makes_sense(&m))
        return settle_damaged(err, "the manifest in %s", directory);
    *ret = m;
    return IMJIN_OK;
}

enum imjin_status settle_manifest_write(struct compiled_manifest *m, const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX];
    INVARIANT(manifest_makes_sense(m));
    TRY(path_join(path, err, directory, manifest_name));
    TRY(sha256_of(m, offsetof(struct compiled_manifest, self), &m->self, err));
    return file_replace(path, m, sizeof *m, err);
}

/* ---- names and sizes ---- */

static void segment_name(char ret_name[COMPILED_FILE_NAME_MAX], uint64_t number, enum segment_file file) {
    static const char *const endings[SEGMENT_FILES] = {"out", "in", "out-index", "in-index", "side", "missing"};
    snprintf(ret_name, COMPILED_FILE_NAME_MAX, "%08llx.%s", (unsigned long long)number, endings[file]);
}

static void common_name(char ret_name[COMPILED_FILE_NAME_MAX], uint64_t number, enum common_file file) {
    static const char *const endings[COMMON_FILES] = {"holdings", "wide", "account-starts", "account-holdings", "assets"};
    snprintf(ret_name, COMPILED_FILE_NAME_MAX, "%08llx.%s", (unsigned long long)number, endings[file]);
}

enum imjin_status settle_segment_path(char *ret_path, const char *directory, uint64_t number, enum segment_file file,
                                      struct error *err) {
    char name[COMPILED_FILE_NAME_MAX];
    segment_name(name, number, file);
    return path_join(ret_path, err, directory, name);
}

enum imjin_status settle_common_path(char *ret_path, const char *directory, uint64_t number, enum common_file file,
                                     struct error *err) {
    char name[COMPILED_FILE_NAME_MAX];
    common_name(name, number, file);
    return path_join(ret_path, err, directory, name);
}

uint64_t settle_segment_file_bytes(const struct manifest_segment *s, enum segment_file file) {
    if (file == FILE_MISSING)
        return s->missing_count * sizeof(struct missing_record);
    if (file == FILE_SIDE)
        return s->side_count * sizeof(struct side_record);
    if (file == FILE_OUT || file == FILE_IN)
        return s->words[file == FILE_IN] * sizeof(uint32_t);
    uint64_t keys = s->key_count[file == FILE_IN_INDEX];
    return sizeof(uint32_t) * (keys == INDEX_DENSE ? (uint64_t)s->holdings + 1 : 2 * keys + 1);
}

uint64_t settle_common_file_bytes(const struct compiled_manifest *m, enum common_file file) {
    switch (file) {
    case FILE_HOLDINGS:
        return m->holdings * sizeof(struct holding_record);
    case FILE_WIDE:
        return m->wide * sizeof(struct wide_record);
    case FILE_ACCOUNT_STARTS:
        return ((uint64_t)m->accounts + 1) * sizeof(uint32_t);
    case FILE_ACCOUNT_HOLDINGS:
        return m->holdings * sizeof(uint32_t);
    default:
        return m->assets * sizeof(struct asset_record);
    }
}

static bool is_named(const struct compiled_manifest *m, const char *name) {
    char wanted[COMPILED_FILE_NAME_MAX];
    if (strcmp(name, manifest_name) == 0 || strcmp(name, "lock") == 0)
        return true;
    for (enum common_file f = 0; m && f < COMMON_FILES; f++) {
        common_name(wanted, m->common_number, f);
        if (strcmp(name, wanted) == 0)
            return true;
    }
    for (uint32_t i = 0; m && i < m->segment_count; i++)
        for (enum segment_file f = 0; f < SEGMENT_FILES; f++) {
            segment_name(wanted, m->segments[i].number, f);
            if (strcmp(name, wanted) == 0)
                return true;
        }
    return false;
}

/* Eight hexadecimal digits and a point: only such names are ours to remove. */
static bool looks_ours(const char *name) {
    size_t digits = strspn(name, "0123456789abcdef");
    return (digits >= 8 && name[digits] == '.') || strcmp(name, "manifest.tmp") == 0;
}

enum imjin_status settle_remove_strays(const struct compiled_manifest *m, const char *directory, struct error *err) {
    char **names, path[PATH_BYTES_MAX];
    size_t count;
    TRY(directory_list(directory, &names, &count, err));
    enum imjin_status status = IMJIN_OK;
    for (size_t i = 0; i < count; i++) {
        if (status == IMJIN_OK && looks_ours(names[i]) && !is_named(m, names[i])) {
            status = path_join(path, err, directory, names[i]);
            if (status == IMJIN_OK)
                status = file_remove(path, err);
        }
        memory_free(names[i]);
    }
    memory_free(names);
    return status;
}
