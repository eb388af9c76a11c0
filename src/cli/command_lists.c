#include "cli/commands.h"
#include "cli/limits.h"
#include "cli/result.h"
#include "list/list.h"

#include <stdio.h>
#include <time.h>

static enum imjin_status lists_directory(struct session *s, char *ret_path, struct error *err) {
    TRY(desk_workspace(&s->desk, err));
    return workspace_lists(s->desk.workspace, ret_path, err);
}

/* The day of a value that arguments_parse() has checked; `fallback` when the option was not given. */
static int32_t day_of_option(const struct arguments *a, enum option_id id, int32_t fallback) {
    const char *text = arguments_text(a, id);
    int64_t time;
    if (text == NULL || time_parse(&time, span_of(text), NULL) != IMJIN_OK)
        return fallback;
    return (int32_t)(time / 86400);
}

static void put_day(struct json_writer *w, const char *key, int32_t day) {
    char text[LIST_DAY_PRINT_MAX];
    json_put_key(w, key);
    if (list_day_print(day, text))
        json_put_text(w, text);
    else
        json_put_null(w);
}

static void put_span(struct json_writer *w, const char *key, struct span text) {
    json_put_key(w, key);
    json_put_string(w, text);
}

static void put_version(struct json_writer *w, const struct list_version *v) {
    char hex[65], fetched[TIME_PRINT_MAX];
    time_print(v->fetched_at, fetched);
    fetched[10] = 'T';
    result_number(w, "version", v->number);
    sha256_print(&v->content, hex);
    result_word(w, "sha256", hex);
    sha256_print(&v->link, hex);
    result_word(w, "link", hex);
    result_word(w, "format", v->format);
    result_word(w, "publisher", v->publisher);
    result_word(w, "source", v->source);
    result_word(w, "fetched_at", fetched);
    put_day(w, "published", v->published);
    put_day(w, "in_force", v->in_force);
    result_number(w, "bytes", v->raw_bytes);
    result_number(w, "entities", v->entities);
    result_number(w, "values", v->values);
    if (v->accepted[0])
        result_word(w, "accepted", v->accepted);
}

static void put_notes(struct json_writer *w, const struct list *l) {
    static const char *const keys[LIST_NOTE_KINDS] = {"not_read", "odd"};
    for (unsigned kind = 0; kind < LIST_NOTE_KINDS; kind++) {
        json_put_key(w, keys[kind]);
        json_array_begin(w);
        for (uint32_t i = 0; i < list_info(l)->notes; i++) {
            struct list_note n = list_note_at(l, i);
            if (n.kind != kind)
                continue;
            json_object_begin(w);
            put_span(w, "what", n.text);
            result_number(w, "count", n.count);
            json_object_end(w);
        }
        json_array_end(w);
    }
}

static void put_counts(struct json_writer *w, const struct list *l) {
    const struct list_info *info = list_info(l);
    json_put_key(w, "schemas");
    json_object_begin(w);
    for (unsigned i = 0; i < LIST_SCHEMAS; i++)
        if (info->of_schema[i])
            result_number(w, list_schema_name((enum list_schema)i), info->of_schema[i]);
    json_object_end(w);
    json_put_key(w, "filled");
    json_object_begin(w);
    for (unsigned i = 0; i < LIST_PROPERTIES; i++)
        if (info->filled[i])
            result_number(w, list_property_name((enum list_property)i), info->filled[i]);
    json_object_end(w);
}

static void show_hash(struct text *t, const struct list_version *v) {
    char hex[65];
    sha256_print(&v->content, hex);
    text_add_format(t, "%.16s", hex);
}

static void show_version(struct text *t, const char *name, const struct list_version *v) {
    char day[LIST_DAY_PRINT_MAX];
    list_day_print(v->published != LIST_DAY_NONE ? v->published : v->in_force, day);
    text_add_format(t, "%-14s version %u of %s%s, %s, %llu entities, %llu values, sha256 ", name, v->number, day,
                    v->published == LIST_DAY_NONE ? " (fetched)" : "", v->format, (unsigned long long)v->entities,
                    (unsigned long long)v->values);
    show_hash(t, v);
    text_add_string(t, "\n");
    if (v->accepted[0])
        text_add_format(t, "  taken although it holds far less than the one before: %s\n", v->accepted);
}

static void show_notes(struct text *t, const struct list *l, bool all) {
    static const char *const words[LIST_NOTE_KINDS] = {"not read", "odd"};
    uint64_t left = 0, shown = 0;
    for (uint32_t i = 0; i < list_info(l)->notes; i++) {
        struct list_note n = list_note_at(l, i);
        if (!all && shown >= CLI_SKIPPED_SHOWN_MAX) {
            left++;
            continue;
        }
        shown++;
        text_add_format(t, "  %s: %.*s, %llu times\n", words[n.kind], (int)n.text.count, n.text.bytes,
                        (unsigned long long)n.count);
    }
    if (left)
        text_add_format(t, "  and %llu more: \"imjin lists show NAME\" has all\n", (unsigned long long)left);
}

static void add_result_json(struct text *t, const char *name, const struct list_version *v, bool same, const struct list *l) {
    struct json_writer w = {.out = t};
    json_object_begin(&w);
    result_word(&w, "schema", "imjin.list-add/1");
    result_word(&w, "list", name);
    json_put_key(&w, "unchanged");
    json_put_bool(&w, same);
    put_version(&w, v);
    put_counts(&w, l);
    put_notes(&w, l);
    json_object_end(&w);
    text_add_string(t, "\n");
}

static enum imjin_status report_added(struct session *s, const char *directory, const char *name, const struct list_version *v,
                                      bool same, struct error *err) {
    struct list *l;
    TRY(list_open_version(&l, directory, name, v->number, err));
    if (s->json) {
        add_result_json(&s->out, name, v, same, l);
    } else if (!s->quiet) {
        show_version(&s->out, name, v);
        if (same)
            text_add_string(&s->out, "  the same bytes as before: nothing was added\n");
        show_notes(&s->out, l, false);
    }
    list_close(l);
    return text_status(&s->out, err);
}

/* Loudly: what goes on serving when a version is refused. */
static void say_what_serves(const char *directory, const char *name, struct error *err) {
    struct list_version *versions;
    uint32_t count;
    char day[LIST_DAY_PRINT_MAX];
    if (err->status != IMJIN_BAD_INPUT || list_history(&versions, &count, directory, name, NULL) != IMJIN_OK)
        return;
    uint64_t at = strlen(err->text);
    list_day_print(versions[count - 1].in_force, day);
    snprintf(err->text + at, sizeof err->text - at, "; refused: version %u of %s goes on serving", count, day);
    memory_free(versions);
}

enum imjin_status command_lists_add(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    char directory[PATH_BYTES_MAX];
    struct list_version version;
    bool same;
    struct list_adding adding = {.name = a->operands[0],
                                 .paths = a->operands + 1,
                                 .path_count = a->operand_count - 1,
                                 .format = arguments_text(a, OPTION_FORMAT),
                                 .accept_shrink = arguments_text(a, OPTION_ACCEPT_SHRINK),
                                 .published = day_of_option(a, OPTION_PUBLISHED, LIST_DAY_NONE),
                                 .now = time(NULL),
                                 .allow_older = arguments_has(a, OPTION_ALLOW_OLDER),
                                 .progress = &s->progress};
    TRY(lists_directory(s, directory, err));
    enum imjin_status status = list_add(&version, &same, directory, &adding, err);
    if (status != IMJIN_OK)
        say_what_serves(directory, adding.name, err);
    TRY(status);
    return report_added(s, directory, adding.name, &version, same, err);
}

static void put_list(struct json_writer *w, const char *name, const struct list *l, bool all) {
    json_object_begin(w);
    result_word(w, "list", name);
    put_version(w, list_version(l));
    put_counts(w, l);
    if (all)
        put_notes(w, l);
    json_object_end(w);
}

static void show_counts(struct text *t, const struct list *l) {
    const struct list_info *info = list_info(l);
    for (unsigned i = 0; i < LIST_SCHEMAS; i++)
        if (info->of_schema[i])
            text_add_format(t, "  %-20s %8u\n", list_schema_name((enum list_schema)i), info->of_schema[i]);
    text_add_string(t, "records with\n");
    for (unsigned i = 0; i < LIST_PROPERTIES; i++)
        if (info->filled[i])
            text_add_format(t, "  %-20s %8u  %3llu %%\n", list_property_name((enum list_property)i), info->filled[i],
                            (unsigned long long)(info->filled[i] * 100ULL / list_entities(l)));
}

static enum imjin_status show_one(struct session *s, struct json_writer *w, const char *directory, const char *name, bool all,
                                  struct error *err) {
    struct list *l;
    TRY(list_open_as_of(&l, directory, name, day_of_option(&s->arguments, OPTION_AS_OF, INT32_MAX), err));
    if (s->json) {
        put_list(w, name, l, all);
    } else {
        show_version(&s->out, name, list_version(l));
        if (all) {
            text_add_format(&s->out, "  from %s\n", list_version(l)->source);
            show_counts(&s->out, l);
            show_notes(&s->out, l, true);
        }
    }
    list_close(l);
    return IMJIN_OK;
}

static enum imjin_status show_names(struct session *s, struct json_writer *w, const char *directory, struct error *err) {
    char **names;
    size_t count;
    enum imjin_status status = IMJIN_OK;
    TRY(list_names(directory, &names, &count, err));
    for (size_t i = 0; i < count && status == IMJIN_OK; i++) {
        status = show_one(s, w, directory, names[i], false, err);
        if (status == IMJIN_NOT_FOUND && arguments_has(&s->arguments, OPTION_AS_OF))
            status = IMJIN_OK; /* the list came later */
    }
    names_free(names, count);
    if (status == IMJIN_OK && count == 0 && !s->json)
        text_add_string(&s->out, "no lists; \"imjin lists add NAME FILE\" adds one\n");
    return status;
}

enum imjin_status command_lists_show(struct session *s, struct error *err) {
    char directory[PATH_BYTES_MAX];
    struct json_writer w = {.out = &s->out};
    TRY(lists_directory(s, directory, err));
    if (s->json) {
        json_object_begin(&w);
        result_word(&w, "schema", "imjin.lists/1");
        json_put_key(&w, "lists");
        json_array_begin(&w);
    }
    TRY(s->arguments.operand_count ? show_one(s, &w, directory, s->arguments.operands[0], true, err)
                                   : show_names(s, &w, directory, err));
    if (s->json) {
        json_array_end(&w);
        json_object_end(&w);
        text_add_string(&s->out, "\n");
    }
    return text_status(&s->out, err);
}

enum imjin_status command_lists_history(struct session *s, struct error *err) {
    char directory[PATH_BYTES_MAX];
    const char *name = s->arguments.operands[0];
    struct list_version *versions;
    uint32_t count;
    struct json_writer w = {.out = &s->out};
    TRY(lists_directory(s, directory, err));
    TRY(list_history(&versions, &count, directory, name, err));
    if (s->json) {
        json_object_begin(&w);
        result_word(&w, "schema", "imjin.list-history/1");
        result_word(&w, "list", name);
        json_put_key(&w, "versions");
        json_array_begin(&w);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (s->json) {
            json_object_begin(&w);
            put_version(&w, &versions[i]);
            json_object_end(&w);
        } else {
            show_version(&s->out, name, &versions[i]);
        }
    }
    if (s->json) {
        json_array_end(&w);
        json_object_end(&w);
        text_add_string(&s->out, "\n");
    }
    memory_free(versions);
    return text_status(&s->out, err);
}

static enum imjin_status verify_one(struct session *s, struct json_writer *w, const char *directory, const char *name,
                                    bool *sound, struct error *err) {
    struct error fault = {0};
    char line[ERROR_TEXT_MAX + ERROR_FILE_MAX];
    enum imjin_status status = list_verify(directory, name, &s->progress, &fault);
    if (status == IMJIN_MACHINE) {
        *err = fault;
        return status;
    }
    if (status != IMJIN_OK)
        error_print(&fault, line, sizeof line);
    *sound = *sound && status == IMJIN_OK;
    if (s->json) {
        json_object_begin(w);
        result_word(w, "list", name);
        json_put_key(w, "sound");
        json_put_bool(w, status == IMJIN_OK);
        result_word(w, "reason", status == IMJIN_OK ? NULL : line);
        json_object_end(w);
    } else if (status != IMJIN_OK || !s->quiet) {
        text_add_format(&s->out, "%-8s %s%s%s\n", status == IMJIN_OK ? "sound" : "DAMAGED", name,
                        status == IMJIN_OK ? "" : ": ", status == IMJIN_OK ? "" : line);
    }
    return IMJIN_OK;
}

static enum imjin_status verify_lists(struct session *s, const char *directory, const char *const *names, size_t count,
                                      struct error *err) {
    struct json_writer w = {.out = &s->out};
    bool sound = true;
    if (s->json) {
        json_object_begin(&w);
        result_word(&w, "schema", "imjin.list-verify/1");
        json_put_key(&w, "lists");
        json_array_begin(&w);
    }
    for (size_t i = 0; i < count; i++)
        TRY(verify_one(s, &w, directory, names[i], &sound, err));
    if (s->json) {
        json_array_end(&w);
        json_put_key(&w, "sound");
        json_put_bool(&w, sound);
        json_object_end(&w);
        text_add_string(&s->out, "\n");
    }
    TRY(text_status(&s->out, err));
    return sound ? IMJIN_OK : fail(err, IMJIN_NOT_FOUND, "not every list is as it should be");
}

enum imjin_status command_lists_verify(struct session *s, struct error *err) {
    char directory[PATH_BYTES_MAX];
    char **names;
    size_t count;
    TRY(lists_directory(s, directory, err));
    if (s->arguments.operand_count)
        return verify_lists(s, directory, s->arguments.operands, s->arguments.operand_count, err);
    TRY(list_names(directory, &names, &count, err));
    enum imjin_status status = verify_lists(s, directory, (const char *const *)names, count, err);
    names_free(names, count);
    return status;
}

/* ---- fetching ---- */

/* Where the list comes from: --url, else where its last version came from, else the table of known sources. */
static enum imjin_status find_url(char ret_url[LIST_SOURCE_MAX + 1], char ret_etag[129], const char *directory,
                                  const char *name, const char *given, struct error *err) {
    struct list_version *versions;
    struct list_source source;
    uint32_t count;
    const char *url = given ? given : "";
    ret_etag[0] = 0;
    ret_url[0] = 0;
    if (list_history(&versions, &count, directory, name, NULL) == IMJIN_OK) {
        const struct list_version *v = &versions[count - 1];
        bool fetched = strstr(v->source, "://") != NULL;
        if (fetched && (given == NULL || strcmp(given, v->source) == 0)) {
            snprintf(ret_url, LIST_SOURCE_MAX + 1, "%s", v->source);
            snprintf(ret_etag, 129, "%s", v->etag);
        }
        memory_free(versions);
    }
    for (unsigned i = 0; given == NULL && ret_url[0] == 0 && list_source_at(i, &source); i++)
        if (span_is(source.name, name))
            snprintf(ret_url, LIST_SOURCE_MAX + 1, "%.*s", (int)source.url.count, source.url.bytes);
    if (given && ret_url[0] == 0)
        snprintf(ret_url, LIST_SOURCE_MAX + 1, "%s", url);
    return ret_url[0] ? IMJIN_OK : fail(err, IMJIN_USAGE, "no source of \"%.64s\" is known; give --url", name);
}

static enum imjin_status add_fetched(struct session *s, const char *directory, const char *name, const char *url,
                                     const struct list_fetched *fetched, const char *path, struct list_version *ret,
                                     bool *ret_same, struct error *err) {
    const struct arguments *a = &s->arguments;
    struct list_adding adding = {.name = name,
                                 .paths = &path,
                                 .path_count = 1,
                                 .source = url,
                                 .etag = fetched->etag,
                                 .accept_shrink = arguments_text(a, OPTION_ACCEPT_SHRINK),
                                 .published = LIST_DAY_NONE,
                                 .now = time(NULL),
                                 .allow_older = arguments_has(a, OPTION_ALLOW_OLDER),
                                 .progress = &s->progress};
    return list_add(ret, ret_same, directory, &adding, err);
}

static enum imjin_status update_one(struct session *s, const char *directory, const char *name, struct list_version *ret,
                                    bool *ret_same, struct error *err) {
    char url[LIST_SOURCE_MAX + 1], etag[129], file[LIST_NAME_MAX + 16], path[PATH_BYTES_MAX];
    struct list_fetched fetched;
    struct list *l;
    TRY(find_url(url, etag, directory, name, arguments_text(&s->arguments, OPTION_URL), err));
    TRY(directory_make(directory, err));
    snprintf(file, sizeof file, "fetched-%.64s", name);
    TRY(path_join(path, err, directory, file));
    TRY(list_fetch(&fetched, url, etag, path, &s->progress, err));
    if (fetched.unchanged) {
        TRY(list_open(&l, directory, name, err));
        *ret = *list_version(l);
        *ret_same = true;
        list_close(l);
        return IMJIN_OK;
    }
    enum imjin_status status = add_fetched(s, directory, name, url, &fetched, path, ret, ret_same, err);
    (void)file_remove(path, NULL);
    return status;
}

static void put_update(struct session *s, struct json_writer *w, const char *name, const struct list_version *v, bool same,
                       const char *reason) {
    if (s->json) {
        json_object_begin(w);
        result_word(w, "list", name);
        result_word(w, "refused", reason);
        if (reason == NULL) {
            json_put_key(w, "unchanged");
            json_put_bool(w, same);
            put_version(w, v);
        }
        json_object_end(w);
    } else if (reason) {
        text_add_format(&s->out, "%-14s REFUSED %s\n", name, reason);
    } else if (!s->quiet) {
        show_version(&s->out, name, v);
        if (same)
            text_add_string(&s->out, "  unchanged\n");
    }
}

static enum imjin_status update_lists(struct session *s, const char *directory, const char *const *names, size_t count,
                                      struct error *err) {
    struct json_writer w = {.out = &s->out};
    enum imjin_status worst = IMJIN_OK;
    if (s->json) {
        json_object_begin(&w);
        result_word(&w, "schema", "imjin.list-update/1");
        json_put_key(&w, "lists");
        json_array_begin(&w);
    }
    for (size_t i = 0; i < count; i++) {
        struct list_version version;
        struct error fault = {0};
        char line[ERROR_TEXT_MAX + ERROR_FILE_MAX];
        bool same = false;
        enum imjin_status status = update_one(s, directory, names[i], &version, &same, &fault);
        if (status != IMJIN_OK) {
            say_what_serves(directory, names[i], &fault);
            error_print(&fault, line, sizeof line);
            if (status > worst) {
                worst = status;
                *err = fault;
            }
        }
        put_update(s, &w, names[i], &version, same, status == IMJIN_OK ? NULL : line);
    }
    if (s->json) {
        json_array_end(&w);
        json_object_end(&w);
        text_add_string(&s->out, "\n");
    }
    TRY(text_status(&s->out, err));
    return worst;
}

enum imjin_status command_lists_update(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    char directory[PATH_BYTES_MAX];
    char **names;
    size_t count;
    TRY(lists_directory(s, directory, err));
    if (arguments_has(a, OPTION_URL) && a->operand_count != 1)
        return fail(err, IMJIN_USAGE, "--url is the source of one list: name it");
    if (a->operand_count)
        return update_lists(s, directory, a->operands, a->operand_count, err);
    TRY(list_names(directory, &names, &count, err));
    enum imjin_status status =
        count ? update_lists(s, directory, (const char *const *)names, count, err)
              : fail(err, IMJIN_USAGE, "the workspace has no lists: name those to fetch, such as un or eu");
    names_free(names, count);
    return status;
}

/* ---- differences ---- */

struct diffing {
    struct session *s;
    struct json_writer w;
    const struct list *before, *after;
    uint64_t counts[3];
};

static void put_value(struct json_writer *w, const struct list_value *v) {
    json_object_begin(w);
    result_word(w, "property", list_property_name(v->property));
    put_span(w, "value", v->text);
    if (v->kind.count)
        put_span(w, "kind", v->kind);
    json_object_end(w);
}

static enum imjin_status show_value(void *context, bool added, const struct list_value *v, struct error *err) {
    struct diffing *d = context;
    (void)err;
    if (d->s->json) {
        json_object_begin(&d->w);
        json_put_key(&d->w, added ? "added" : "removed");
        put_value(&d->w, v);
        json_object_end(&d->w);
    } else {
        text_add_format(&d->s->out, "    %c %s %.*s\n", added ? '+' : '-', list_property_name(v->property),
                        (int)(v->text.count > 200 ? 200 : v->text.count), v->text.bytes);
    }
    return IMJIN_OK;
}

/* The primary name comes first among the values. */
static struct span name_of(const struct list *l, uint64_t index) {
    struct list_entity e = list_entity_at(l, index);
    return e.value_count ? list_value_at(l, e.value_first).text : (struct span){"", 0};
}

static enum imjin_status show_change(void *context, const struct list_change *c, struct error *err) {
    static const char *const words[] = {"ADD", "DEL", "MOD"};
    struct diffing *d = context;
    struct span name = c->kind == LIST_REMOVED ? name_of(d->before, c->before) : name_of(d->after, c->after);
    d->counts[c->kind]++;
    if (!d->s->json) {
        text_add_format(&d->s->out, "%s %.*s  %.*s\n", words[c->kind], (int)c->id.count, c->id.bytes,
                        (int)(name.count > 200 ? 200 : name.count), name.bytes);
        return c->kind == LIST_CHANGED ? list_diff_values(d->before, c->before, d->after, c->after, show_value, d, err)
                                       : IMJIN_OK;
    }
    json_object_begin(&d->w);
    result_word(&d->w, "change", words[c->kind]);
    put_span(&d->w, "id", c->id);
    put_span(&d->w, "name", name);
    json_put_key(&d->w, "values");
    json_array_begin(&d->w);
    if (c->kind == LIST_CHANGED)
        TRY(list_diff_values(d->before, c->before, d->after, c->after, show_value, d, err));
    json_array_end(&d->w);
    json_object_end(&d->w);
    return IMJIN_OK;
}

static enum imjin_status show_diff(struct diffing *d, const char *name, struct error *err) {
    struct text *t = &d->s->out;
    bool json = d->s->json;
    if (json) {
        json_object_begin(&d->w);
        result_word(&d->w, "schema", "imjin.list-diff/1");
        result_word(&d->w, "list", name);
        result_number(&d->w, "before", list_version(d->before)->number);
        result_number(&d->w, "after", list_version(d->after)->number);
        json_put_key(&d->w, "changes");
        json_array_begin(&d->w);
    }
    TRY(list_diff(d->before, d->after, show_change, d, err));
    if (json) {
        json_array_end(&d->w);
        result_number(&d->w, "added", d->counts[LIST_ADDED]);
        result_number(&d->w, "removed", d->counts[LIST_REMOVED]);
        result_number(&d->w, "changed", d->counts[LIST_CHANGED]);
        json_object_end(&d->w);
        text_add_string(t, "\n");
    } else {
        text_add_format(t, "%llu added, %llu removed, %llu changed\n", (unsigned long long)d->counts[LIST_ADDED],
                        (unsigned long long)d->counts[LIST_REMOVED], (unsigned long long)d->counts[LIST_CHANGED]);
    }
    TRY(text_status(t, err));
    bool any = d->counts[0] + d->counts[1] + d->counts[2] > 0;
    return any ? IMJIN_OK : fail(err, IMJIN_NOT_FOUND, "nothing changed");
}

static enum imjin_status version_number(uint32_t *ret, const char *text, uint32_t fallback, struct error *err) {
    uint64_t n = fallback;
    if (text && (!u64_parse(text, strlen(text), &n) || n == 0 || n > UINT32_MAX))
        return fail(err, IMJIN_USAGE, "\"%.40s\" is no number of a version", text);
    *ret = (uint32_t)n;
    return IMJIN_OK;
}

enum imjin_status command_lists_diff(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    const char *name = a->operands[0];
    char directory[PATH_BYTES_MAX];
    struct list_version *versions;
    uint32_t count, before, after;
    struct list *x, *y;
    TRY(lists_directory(s, directory, err));
    TRY(list_history(&versions, &count, directory, name, err));
    memory_free(versions);
    TRY(version_number(&after, a->operand_count > 2 ? a->operands[2] : NULL, count, err));
    TRY(version_number(&before, a->operand_count > 1 ? a->operands[1] : NULL, count > 1 ? count - 1 : 1, err));
    TRY(list_open_version(&x, directory, name, before, err));
    enum imjin_status status = list_open_version(&y, directory, name, after, err);
    if (status == IMJIN_OK) {
        struct diffing d = {.s = s, .w = {.out = &s->out}, .before = x, .after = y};
        status = show_diff(&d, name, err);
        list_close(y);
    }
    list_close(x);
    return status;
}
