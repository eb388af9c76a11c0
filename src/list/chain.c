#include "list/store.h"

#include <stdio.h>

enum { LINK_DIGITS = 64 };

enum imjin_status check_list_name(const char *name, struct error *err) {
    uint64_t count = strlen(name);
    bool sound = count > 0 && count <= LIST_NAME_MAX;
    for (uint64_t i = 0; i < count; i++)
        sound = sound && ((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') || (name[i] == '-' && i));
    return sound ? IMJIN_OK
                 : fail(err, IMJIN_USAGE, "\"%.80s\" is no name for a list: 1 to %d of a-z, 0-9 and - inside", name,
                        LIST_NAME_MAX);
}

enum imjin_status version_path(char *ret_path, const char *directory, const char *name, uint32_t number, const char *file,
                               struct error *err) {
    char base[PATH_BYTES_MAX], version[24], inside[PATH_BYTES_MAX];
    snprintf(version, sizeof version, "v%06u", number);
    TRY(path_join(base, err, directory, name));
    TRY(path_join(inside, err, base, version));
    if (file)
        return path_join(ret_path, err, inside, file);
    memcpy(ret_path, inside, sizeof inside);
    return IMJIN_OK;
}

void raw_file_name(char ret_name[16], uint32_t index) { snprintf(ret_name, 16, "raw-%02u.zst", index + 1); }

/* ---- reading ---- */

static void copy_text(char *ret, uint64_t room, struct span text) {
    uint64_t count = text.count < room - 1 ? text.count : room - 1;
    memcpy(ret, text.bytes, count);
    ret[count] = 0;
}

static bool take_text(struct list_version *v, struct span key, struct span text) {
    const struct {
        const char *key;
        char *to;
        uint64_t room;
    } rows[] = {{"format", v->format, sizeof v->format},
                {"publisher", v->publisher, sizeof v->publisher},
                {"source", v->source, sizeof v->source},
                {"etag", v->etag, sizeof v->etag},
                {"accepted", v->accepted, sizeof v->accepted}};
    const struct {
        const char *key;
        struct sha256 *to;
    } hashes[] = {{"previous", &v->previous}, {"content", &v->content}, {"file", &v->file}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (span_is(key, rows[i].key)) {
            copy_text(rows[i].to, rows[i].room, text);
            return true;
        }
    for (unsigned i = 0; i < sizeof hashes / sizeof *hashes; i++)
        if (span_is(key, hashes[i].key))
            return text.count == LINK_DIGITS && sha256_parse(text.bytes, hashes[i].to);
    return false;
}

static bool take_number(struct list_version *v, struct span key, struct span text) {
    uint64_t n;
    bool minus = text.count && text.bytes[0] == '-';
    if (!u64_parse(text.bytes + minus, text.count - minus, &n) || n > INT64_MAX)
        return false;
    int64_t value = minus ? -(int64_t)n : (int64_t)n;
    if (span_is(key, "number"))
        v->number = (uint32_t)value;
    else if (span_is(key, "fetched_at"))
        v->fetched_at = value;
    else if (span_is(key, "published"))
        v->published = (int32_t)value;
    else if (span_is(key, "in_force"))
        v->in_force = (int32_t)value;
    else if (span_is(key, "raw_bytes"))
        v->raw_bytes = n;
    else if (span_is(key, "entities"))
        v->entities = n;
    else if (span_is(key, "values"))
        v->values = n;
    else
        return false;
    return true;
}

static enum imjin_status bad_line(const struct json_reader *r, uint64_t offset, struct error *err) {
    return json_fail(r, offset, err, "this line of the chain is not as the program writes it");
}

/* {"name":...,"sha256":...,"bytes":...} */
static enum imjin_status read_raw(struct json_reader *r, struct buffer *raws, uint32_t version, struct error *err) {
    struct raw_file raw = {.version = version};
    struct json_event e;
    for (;;) {
        TRY(json_next(r, &e, err));
        if (e.kind == JSON_OBJECT_END)
            return buffer_push(raws, &raw, NULL, err);
        bool name = span_is(e.text, "name"), hash = span_is(e.text, "sha256");
        TRY(json_next(r, &e, err));
        if (name)
            copy_text(raw.name, sizeof raw.name, e.text);
        else if (hash ? e.text.count != LINK_DIGITS || !sha256_parse(e.text.bytes, &raw.hash)
                      : e.kind != JSON_NUMBER || !u64_parse(e.text.bytes, e.text.count, &raw.bytes))
            return bad_line(r, e.offset, err);
    }
}

static enum imjin_status read_raws(struct json_reader *r, struct buffer *raws, uint32_t version, struct error *err) {
    struct json_event e;
    for (;;) {
        TRY(json_next(r, &e, err));
        if (e.kind == JSON_ARRAY_END)
            return IMJIN_OK;
        if (e.kind != JSON_OBJECT_BEGIN)
            return bad_line(r, e.offset, err);
        TRY(read_raw(r, raws, version, err));
    }
}

static enum imjin_status read_members(struct json_reader *r, struct list_version *v, struct buffer *raws, uint32_t number,
                                      struct error *err) {
    struct json_event e;
    char key[32];
    TRY(json_next(r, &e, err));
    if (e.kind != JSON_OBJECT_BEGIN)
        return bad_line(r, e.offset, err);
    for (;;) {
        TRY(json_next(r, &e, err));
        if (e.kind == JSON_OBJECT_END)
            return IMJIN_OK;
        copy_text(key, sizeof key, e.text);
        TRY(json_next(r, &e, err));
        bool known = (e.kind == JSON_STRING && take_text(v, span_of(key), e.text)) ||
                     (e.kind == JSON_NUMBER && take_number(v, span_of(key), e.text));
        if (e.kind == JSON_ARRAY_BEGIN && strcmp(key, "raw") == 0)
            TRY(read_raws(r, raws, number, err));
        else if (!known)
            return bad_line(r, e.offset, err);
    }
}

static enum imjin_status read_line(struct chain_of_versions *c, struct span line, struct json_reader *r, const char *path,
                                   struct error *err) {
    struct list_version *v = &c->versions[c->count];
    struct sha256 said, real;
    uint32_t number = c->count + 1;
    if (line.count <= LINK_DIGITS + 1 || line.bytes[LINK_DIGITS] != ' ' || !sha256_parse(line.bytes, &said))
        return fail_value(err, path, number, NULL, NULL, 0, "the chain is damaged: no link stands here");
    struct span body = text_after(line, LINK_DIGITS + 1);
    TRY(sha256_of(body.bytes, body.count, &real, err));
    if (memcmp(&said, &real, sizeof said) != 0)
        return fail_value(err, path, number, NULL, NULL, 0, "the chain is damaged: this line is not what its hash says");
    v->published = v->in_force = LIST_DAY_NONE;
    json_start(r, path, body, number);
    TRY(read_members(r, v, &c->raws, number, err));
    v->link = said;
    struct sha256 before = {{0}};
    if (c->count)
        before = c->versions[c->count - 1].link;
    if (v->number != number || memcmp(&v->previous, &before, sizeof before) != 0)
        return fail_value(err, path, number, NULL, NULL, 0, "the chain is broken: this line does not follow the one before");
    c->count++;
    return IMJIN_OK;
}

static uint32_t lines_in(const struct text *t) {
    uint32_t lines = 0;
    for (uint64_t i = 0; i < t->count; i++)
        lines += t->bytes[i] == '\n';
    return lines;
}

static enum imjin_status read_lines(struct chain_of_versions *c, const char *path, struct error *err) {
    struct json_reader *r = memory_new(1, sizeof *r);
    struct span rest = {c->text.bytes, c->text.count};
    uint32_t lines = lines_in(&c->text);
    enum imjin_status status = IMJIN_OK;
    c->versions = memory_new((size_t)lines + 1, sizeof *c->versions);
    if (r == NULL || c->versions == NULL)
        status = fail_memory(err, "the chain of a list");
    while (status == IMJIN_OK && rest.count) {
        const char *end = memchr(rest.bytes, '\n', rest.count);
        uint64_t count = end ? (uint64_t)(end - rest.bytes) : rest.count;
        if (end == NULL)
            status = fail_value(err, path, c->count + 1, NULL, NULL, 0, "the chain is damaged: its last line is cut");
        else
            status = read_line(c, (struct span){rest.bytes, count}, r, path, err);
        rest = text_after(rest, count + 1);
    }
    if (r)
        json_reader_done(r);
    memory_free(r);
    return status;
}

enum imjin_status chain_read(struct chain_of_versions *ret, const char *directory, const char *name, struct error *err) {
    struct chain_of_versions c = {.raws = {.item_bytes = sizeof(struct raw_file),
                                           .items_max = (size_t)LIST_VERSIONS_MAX * LIST_FILES_MAX,
                                           .what = "files"}};
    char base[PATH_BYTES_MAX], path[PATH_BYTES_MAX];
    char *bytes = NULL;
    uint64_t count = 0;
    TRY(check_list_name(name, err));
    TRY(path_join(base, err, directory, name));
    TRY(path_join(path, err, base, CHAIN_FILE));
    enum imjin_status status = file_exists(path) ? file_read(path, LIST_CHAIN_BYTES_MAX, &bytes, &count, err) : IMJIN_OK;
    c.text.bytes_max = LIST_CHAIN_BYTES_MAX;
    if (bytes)
        text_add(&c.text, bytes, count);
    memory_free(bytes);
    if (status == IMJIN_OK)
        status = text_status(&c.text, err);
    if (status == IMJIN_OK)
        status = read_lines(&c, path, err);
    if (status == IMJIN_OK)
        *ret = c;
    else
        chain_done(&c);
    return status;
}

void chain_done(struct chain_of_versions *c) {
    memory_free(c->versions);
    buffer_done(&c->raws);
    text_done(&c->text);
    *c = (struct chain_of_versions){0};
}

/* ---- writing ---- */

static void put_hash(struct json_writer *w, const char *key, const struct sha256 *h) {
    char hex[65];
    sha256_print(h, hex);
    json_put_key(w, key);
    json_put_text(w, hex);
}

static void put_raws(struct json_writer *w, const struct raw_file *raws, uint32_t count) {
    json_put_key(w, "raw");
    json_array_begin(w);
    for (uint32_t i = 0; i < count; i++) {
        json_object_begin(w);
        json_put_key(w, "name");
        json_put_text(w, raws[i].name);
        put_hash(w, "sha256", &raws[i].hash);
        json_put_key(w, "bytes");
        json_put_unsigned(w, raws[i].bytes);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_version(struct text *t, const struct list_version *v, const struct raw_file *raws, uint32_t raw_count) {
    struct json_writer w = {.out = t};
    const struct {
        const char *key, *text;
    } texts[] = {{"format", v->format},
                 {"publisher", v->publisher},
                 {"source", v->source},
                 {"etag", v->etag},
                 {"accepted", v->accepted}};
    const struct {
        const char *key;
        int64_t value;
        bool there;
    } numbers[] = {{"fetched_at", v->fetched_at, true},      {"published", v->published, v->published != LIST_DAY_NONE},
                   {"in_force", v->in_force, true},          {"raw_bytes", (int64_t)v->raw_bytes, true},
                   {"entities", (int64_t)v->entities, true}, {"values", (int64_t)v->values, true}};
    json_object_begin(&w);
    json_put_key(&w, "number");
    json_put_unsigned(&w, v->number);
    put_hash(&w, "previous", &v->previous);
    put_hash(&w, "content", &v->content);
    put_hash(&w, "file", &v->file);
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_put_key(&w, texts[i].key);
        json_put_text(&w, texts[i].text);
    }
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].there) {
            json_put_key(&w, numbers[i].key);
            json_put_signed(&w, numbers[i].value);
        }
    put_raws(&w, raws, raw_count);
    json_object_end(&w);
}

enum imjin_status chain_append(struct chain_of_versions *c, struct list_version *v, const struct raw_file *raws,
                               uint32_t raw_count, struct error *err) {
    struct text body = {0};
    char hex[65];
    int32_t day = (int32_t)(v->fetched_at / 86400);
    const struct list_version *last = c->count ? &c->versions[c->count - 1] : NULL;
    if (c->count == LIST_VERSIONS_MAX)
        return fail(err, IMJIN_BAD_INPUT, "a list cannot have more than %d versions", LIST_VERSIONS_MAX);
    v->number = c->count + 1;
    v->previous = last ? last->link : (struct sha256){{0}};
    v->in_force = v->published != LIST_DAY_NONE ? v->published : day;
    if (last && v->in_force < last->in_force)
        v->in_force = day > last->in_force ? day : last->in_force;
    put_version(&body, v, raws, raw_count);
    enum imjin_status status = text_status(&body, err);
    if (status == IMJIN_OK)
        status = sha256_of(body.bytes, body.count, &v->link, err);
    if (status == IMJIN_OK) {
        sha256_print(&v->link, hex);
        text_add(&c->text, hex, LINK_DIGITS);
        text_add(&c->text, " ", 1);
        text_add(&c->text, body.bytes, body.count);
        text_add(&c->text, "\n", 1);
        status = text_status(&c->text, err);
    }
    text_done(&body);
    return status;
}
