#include "list/raw.h"

static enum imjin_status verify_raws(const struct chain_of_versions *c, const struct list_version *v, const char *directory,
                                     const char *name, struct error *err) {
    const struct raw_file *raws = c->raws.items;
    struct raw_file of_version[LIST_FILES_MAX];
    struct sha256 content;
    uint32_t count = 0;
    for (size_t i = 0; i < c->raws.count; i++) {
        char file[16], path[PATH_BYTES_MAX];
        if (raws[i].version != v->number)
            continue;
        if (count == LIST_FILES_MAX)
            return fail(err, IMJIN_BAD_INPUT, "version %u of \"%s\" names too many files", v->number, name);
        raw_file_name(file, count);
        TRY(version_path(path, directory, name, v->number, file, err));
        TRY(raw_check(path, &raws[i], err));
        of_version[count++] = raws[i];
    }
    if (count == 0)
        return fail(err, IMJIN_BAD_INPUT, "version %u of \"%s\" names no file that it was read from", v->number, name);
    TRY(raw_content_hash(&content, of_version, count, err));
    if (memcmp(&content, &v->content, sizeof content) != 0)
        return fail(err, IMJIN_BAD_INPUT, "version %u of \"%s\" was not read from the files that it names", v->number, name);
    return IMJIN_OK;
}

static enum imjin_status verify_file(const struct list_version *v, const char *directory, const char *name, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct mapping m;
    struct sha256 real;
    struct list *l;
    TRY(version_path(path, directory, name, v->number, LIST_FILE, err));
    TRY(mapping_open(&m, path, err));
    enum imjin_status status = sha256_of(m.bytes, m.count, &real, err);
    mapping_close(&m);
    TRY(status);
    if (memcmp(&real, &v->file, sizeof real) != 0)
        return fail(err, IMJIN_BAD_INPUT, "%s is not the file that the chain names", path);
    TRY(list_open_file(&l, path, err));
    if (list_entities(l) != v->entities || list_values(l) != v->values || list_info(l)->published != v->published)
        status = fail(err, IMJIN_BAD_INPUT, "%s does not hold what the chain says", path);
    list_close(l);
    return status;
}

enum imjin_status list_verify(const char *directory, const char *name, const struct progress *p, struct error *err) {
    struct chain_of_versions c;
    TRY(chain_read(&c, directory, name, err));
    enum imjin_status status = IMJIN_OK;
    if (c.count == 0)
        status = fail(err, IMJIN_NOT_FOUND, "there is no list \"%s\" in the workspace", name);
    for (uint32_t i = 0; i < c.count && status == IMJIN_OK; i++) {
        status = progress_step(p, "verifying a list", "versions", i, c.count, err);
        if (status == IMJIN_OK)
            status = verify_file(&c.versions[i], directory, name, err);
        if (status == IMJIN_OK)
            status = verify_raws(&c, &c.versions[i], directory, name, err);
        if (status == IMJIN_NOT_FOUND)
            status = err ? err->status = IMJIN_BAD_INPUT : IMJIN_BAD_INPUT; /* what the chain names must be there */
    }
    chain_done(&c);
    return status;
}
