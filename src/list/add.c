#include "list/raw.h"
#include "list/read.h"

#include <stdio.h>

static enum imjin_status read_file_into(struct build *b, const char *path, const struct list_adding *adding,
                                        enum read_format format, const struct list *last, struct error *err) {
    struct input *in;
    enum read_format found = format;
    if (format == READ_FORMATS)
        TRY(format_detect(&found, path, err));
    const struct format_reader *reader = format_reader_at(found);
    if (b->format && strcmp(b->format, reader->format.name) != 0)
        return fail(err, IMJIN_BAD_INPUT, "%s is %s, the file before it %s: one version is read from one format", path,
                    reader->format.name, b->format);
    if (reader->delta && b->format == NULL) {
        if (last == NULL)
            return fail(err, IMJIN_BAD_INPUT, "%s holds changes to a list; add the whole list first", path);
        build_load(b, last);
    }
    b->format = reader->format.name;
    b->publisher = reader->format.publisher;
    b->file = path;
    TRY(progress_step(adding->progress, "reading a list", "files", 0, adding->path_count, err));
    TRY(input_open(&in, path, 1, err));
    enum imjin_status status = reader->read(b, in, err);
    if (status == IMJIN_BAD_INPUT && err)
        error_at(err, path, 0);
    input_close(in);
    return status;
}

static enum imjin_status read_files(struct build *b, const struct list_adding *adding, const struct list *last,
                                    struct error *err) {
    enum read_format format = READ_FORMATS;
    if (adding->format && (format = format_find(adding->format)) == READ_FORMATS)
        return fail(err, IMJIN_USAGE, "\"%.40s\" is no format of a list; \"imjin help lists add\" names them", adding->format);
    for (uint32_t i = 0; i < adding->path_count; i++)
        TRY(read_file_into(b, adding->paths[i], adding, format, last, err));
    build_read_remarks(b);
    build_finish(b);
    return build_status(b, err);
}

/* What adding one version works on. */
struct work {
    const char *directory;
    const struct list_adding *adding;
    struct chain_of_versions chain;
    struct raw_file raws[LIST_FILES_MAX];
    struct list_version version;
    char fresh[PATH_BYTES_MAX]; /* the directory being filled */
    struct list *last;          /* null: there is none yet */
};

static enum imjin_status check_age(const struct work *w, struct error *err) {
    char fresh[LIST_DAY_PRINT_MAX], last[LIST_DAY_PRINT_MAX];
    const struct list_version *v = w->chain.count ? &w->chain.versions[w->chain.count - 1] : NULL;
    if (v == NULL || w->adding->allow_older || w->version.published == LIST_DAY_NONE || v->published == LIST_DAY_NONE ||
        w->version.published >= v->published)
        return IMJIN_OK;
    list_day_print(w->version.published, fresh);
    list_day_print(v->published, last);
    return fail(err, IMJIN_BAD_INPUT,
                "it was published on %s, the version that serves on %s; --allow-older takes it nevertheless", fresh, last);
}

static enum imjin_status build_file(struct work *w, const char *path, struct error *err) {
    struct build *b = memory_new(1, sizeof *b);
    if (b == NULL)
        return fail_memory(err, "a list");
    enum imjin_status status = build_begin(b, err);
    if (status == IMJIN_OK) {
        status = read_files(b, w->adding, w->last, err);
        if (b->published == LIST_DAY_NONE)
            b->published = w->adding->published;
        if (status == IMJIN_OK)
            status = build_write(b, path, &w->version.file, err);
        w->version.published = b->published;
        build_done(b);
    }
    memory_free(b);
    return status;
}

static void describe_version(struct work *w, const struct list *fresh) {
    const struct list_adding *a = w->adding;
    struct list_version *v = &w->version;
    const struct list_info *info = list_info(fresh);
    snprintf(v->format, sizeof v->format, "%.*s", (int)info->format.count, info->format.bytes);
    snprintf(v->publisher, sizeof v->publisher, "%.*s", (int)info->publisher.count, info->publisher.bytes);
    snprintf(v->etag, sizeof v->etag, "%s", a->etag ? a->etag : "");
    snprintf(v->accepted, sizeof v->accepted, "%s", a->accept_shrink ? a->accept_shrink : "");
    uint64_t at = 0;
    for (uint32_t i = 0; i < a->path_count && !a->source && at < LIST_SOURCE_MAX; i++)
        at += (uint64_t)snprintf(v->source + at, sizeof v->source - at, "%s%s", i ? ", " : "", w->raws[i].name);
    if (a->source)
        snprintf(v->source, sizeof v->source, "%s", a->source);
    v->fetched_at = a->now;
    v->entities = list_entities(fresh);
    v->values = list_values(fresh);
    for (uint32_t i = 0; i < a->path_count; i++)
        v->raw_bytes += w->raws[i].bytes;
}

static enum imjin_status judge(struct work *w, const char *path, struct error *err) {
    struct list *fresh;
    TRY(list_open_file(&fresh, path, err));
    enum imjin_status status = check_age(w, err);
    if (status == IMJIN_OK)
        status = floors_check(fresh, w->last, w->adding->name, w->adding->accept_shrink, err);
    if (status == IMJIN_OK)
        describe_version(w, fresh);
    list_close(fresh);
    return status;
}

/* Fills the directory, then moves it into place, then names it in the chain: only the last step counts. */
static enum imjin_status make_version(struct work *w, struct error *err) {
    char file[PATH_BYTES_MAX], place[PATH_BYTES_MAX], base[PATH_BYTES_MAX], chain[PATH_BYTES_MAX];
    const struct list_adding *a = w->adding;
    TRY(directory_make(w->fresh, err));
    TRY(path_join(file, err, w->fresh, LIST_FILE));
    TRY(build_file(w, file, err));
    TRY(judge(w, file, err));
    TRY(raw_keep(w->fresh, a->paths, w->raws, a->path_count, err));
    TRY(directory_sync(w->fresh, err));
    TRY(chain_append(&w->chain, &w->version, w->raws, a->path_count, err));
    TRY(version_path(place, w->directory, a->name, w->version.number, NULL, err));
    TRY(directory_remove(place, err));
    TRY(file_rename(w->fresh, place, err));
    TRY(path_join(base, err, w->directory, a->name));
    TRY(path_join(chain, err, base, CHAIN_FILE));
    return file_replace(chain, w->chain.text.bytes, w->chain.text.count, err);
}

static void forget(struct work *w) {
    char base[PATH_BYTES_MAX], place[PATH_BYTES_MAX];
    (void)directory_remove(w->fresh, NULL);
    if (version_path(place, w->directory, w->adding->name, w->chain.count + 1, NULL, NULL) == IMJIN_OK)
        (void)directory_remove(place, NULL);
    if (w->chain.count == 0 && path_join(base, NULL, w->directory, w->adding->name) == IMJIN_OK)
        (void)directory_remove(base, NULL);
}

static enum imjin_status add(struct work *w, bool *ret_same, struct error *err) {
    const struct list_adding *a = w->adding;
    char base[PATH_BYTES_MAX];
    struct error ignored;
    TRY(raw_describe(w->raws, a->paths, a->path_count, err));
    TRY(raw_content_hash(&w->version.content, w->raws, a->path_count, err));
    const struct list_version *v = w->chain.count ? &w->chain.versions[w->chain.count - 1] : NULL;
    if (v && memcmp(&v->content, &w->version.content, sizeof v->content) == 0) {
        w->version = *v;
        *ret_same = true;
        return IMJIN_OK;
    }
    if (v && list_open(&w->last, w->directory, a->name, &ignored) != IMJIN_OK)
        return fail(err, ignored.status, "the version that serves cannot be read, so nothing can be compared with it: %s",
                    ignored.text);
    TRY(path_join(base, err, w->directory, a->name));
    TRY(path_join(w->fresh, err, base, "new"));
    TRY(directory_remove(w->fresh, err));
    enum imjin_status status = make_version(w, err);
    if (status != IMJIN_OK)
        forget(w);
    *ret_same = false;
    return status;
}

enum imjin_status list_add(struct list_version *ret, bool *ret_same, const char *directory, const struct list_adding *adding,
                           struct error *err) {
    struct file_lock lock;
    char path[PATH_BYTES_MAX];
    TRY(check_list_name(adding->name, err));
    struct work *w = memory_new(1, sizeof *w);
    if (w == NULL)
        return fail_memory(err, "adding a list");
    w->directory = directory, w->adding = adding;
    enum imjin_status status = directory_make(directory, err);
    if (status == IMJIN_OK)
        status = path_join(path, err, directory, "lock");
    if (status == IMJIN_OK)
        status = file_lock_take(&lock, path, err);
    if (status == IMJIN_OK) {
        status = chain_read(&w->chain, directory, adding->name, err);
        if (status == IMJIN_OK)
            status = add(w, ret_same, err);
        file_lock_release(&lock);
    }
    if (status == IMJIN_OK)
        *ret = w->version;
    list_close(w->last);
    chain_done(&w->chain);
    memory_free(w);
    return status;
}
