#include <inttypes.h>
#include <stdio.h>

#include "ingest/reader.h"

enum { REASON_NAMES = 4, NAME_MAX = 64 };

/* ---- telling the format by the names of the columns ---- */

struct names {
    struct span items[CSV_COLUMNS_MAX];
    unsigned count;
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

static bool same_name(struct span a, const char *b) {
    a = span_trim(a);
    if (a.count != strlen(b))
        return false;
    for (uint64_t i = 0; i < a.count; i++)
        if (lower(a.bytes[i]) != lower(b[i]))
            return false;
    return true;
}

/* The field of a format that a column of that name holds; -1: none. */
static int field_named(const struct format *f, struct span name) {
    for (unsigned i = 0; i < f->column_count; i++)
        for (unsigned j = 0; j < COLUMN_NAMES_MAX && f->columns[i].names[j]; j++)
            if (same_name(name, f->columns[i].names[j]))
                return (int)i;
    return -1;
}

struct match {
    unsigned known, required, required_found;
    bool found[COLUMNS_MAX];
};

static struct match match_names(const struct format *f, const struct names *n) {
    struct match m = {0};
    for (unsigned i = 0; i < n->count; i++) {
        int field = field_named(f, n->items[i]);
        if (field >= 0)
            m.found[field] = true;
    }
    for (unsigned i = 0; i < f->column_count; i++) {
        m.known += m.found[i];
        m.required += f->columns[i].required;
        m.required_found += f->columns[i].required && m.found[i];
    }
    return m;
}

static void add_missing(struct text *t, const struct format *f, const struct match *m) {
    const char *between = "";
    for (unsigned i = 0; i < f->column_count; i++) {
        if (!f->columns[i].required || m->found[i])
            continue;
        text_add_format(t, "%s%s", between, f->columns[i].names[0]);
        between = ", ";
    }
}

static enum imjin_status fail_missing(const struct reading *r, const struct format *f, const struct match *m, uint64_t line,
                                      const char *what, struct error *err) {
    struct text t = {.bytes_max = ERROR_TEXT_MAX};
    add_missing(&t, f, m);
    enum imjin_status status = text_status(&t, err);
    if (status == IMJIN_OK)
        status = fail_value(err, r->name, line, NULL, NULL, 0, "%s %s: missing %s", what, f->about.name, t.bytes);
    text_done(&t);
    return status;
}

/* The format whose columns are all there; of several the one that knows most of them. */
static const struct format *best_format(const struct names *n) {
    const struct format *best = NULL;
    unsigned best_known = 0;
    for (unsigned i = 0; i < ingest_formats_count; i++) {
        struct match m = match_names(ingest_formats[i], n);
        if (m.required_found == m.required && m.known > best_known) {
            best = ingest_formats[i];
            best_known = m.known;
        }
    }
    return best;
}

static enum imjin_status fail_unknown(const struct reading *r, const struct names *n, uint64_t line, struct error *err) {
    const struct format *near = NULL;
    struct match near_match = {0};
    for (unsigned i = 0; i < ingest_formats_count; i++) {
        struct match m = match_names(ingest_formats[i], n);
        if (m.required_found &&
            (near == NULL || m.required_found * near_match.required > near_match.required_found * m.required)) {
            near = ingest_formats[i];
            near_match = m;
        }
    }
    if (near && 2 * near_match.required_found >= near_match.required)
        return fail_missing(r, near, &near_match, line, "has no known set of columns; nearest is", err);
    struct span first = n->count ? n->items[0] : (struct span){"", 0};
    return fail_value(
        err, r->name, line, NULL, first.bytes, first.count,
        "has no known set of columns (is there a header line?); the formats are listed by imjin import --help, and "
        "the first column here is");
}

static const struct format *format_named(const char *name) {
    for (unsigned i = 0; i < ingest_formats_count; i++)
        if (strcmp(ingest_formats[i]->about.name, name) == 0)
            return ingest_formats[i];
    return NULL;
}

static const char *asked_format(const struct ingest_options *options) {
    return options->format && strcmp(options->format, "auto") != 0 ? options->format : NULL;
}

static void say_reason(const struct format *f, const struct names *n, const char *what, char ret[INGEST_REASON_MAX]) {
    struct match m = match_names(f, n);
    int at = snprintf(ret, INGEST_REASON_MAX, "%s", what);
    unsigned said = 0;
    for (unsigned i = 0; i < f->column_count && said < REASON_NAMES && at < INGEST_REASON_MAX; i++) {
        if (!f->columns[i].required)
            continue;
        at += snprintf(ret + at, (size_t)(INGEST_REASON_MAX - at), "%s%s", said ? ", " : " ", f->columns[i].names[0]);
        said++;
    }
    if (m.known > said && at < INGEST_REASON_MAX)
        at += snprintf(ret + at, (size_t)(INGEST_REASON_MAX - at), ", ... (%u known of %u)", m.known, n->count);
    if (f->remark && at < INGEST_REASON_MAX)
        snprintf(ret + at, (size_t)(INGEST_REASON_MAX - at), "; %s", f->remark);
}

static enum imjin_status choose(struct reading *r, const struct names *n, uint64_t line, const struct ingest_options *options,
                                const char *what, struct ingest_detection *d, struct error *err) {
    const char *asked = asked_format(options);
    const struct format *f = asked ? format_named(asked) : best_format(n);
    if (f == NULL)
        return fail_unknown(r, n, line, err);
    struct match m = match_names(f, n);
    if (m.required_found < m.required)
        return fail_missing(r, f, &m, line, "is not in the format", err);
    r->format = f;
    for (unsigned i = 0; i < f->column_count; i++)
        snprintf(r->headings[i], sizeof r->headings[i], "%s", f->columns[i].names[0]);
    memcpy(r->present, m.found, sizeof m.found);
    d->format = &f->about;
    say_reason(f, n, what, d->reason);
    return IMJIN_OK;
}

/* ---- CSV ---- */

static enum imjin_status map_columns(struct rows *s, struct reading *r, const struct csv_row *header, struct error *err) {
    bool taken[COLUMNS_MAX] = {0};
    s->header_count = header->count;
    for (uint32_t i = 0; i < header->count; i++) {
        int field = field_named(r->format, header->fields[i]);
        s->field_of[i] = (int16_t)field;
        if (field < 0)
            continue;
        if (taken[field])
            return fail_value(err, r->name, header->line, NULL, header->fields[i].bytes, header->fields[i].count,
                              "has a column twice");
        taken[field] = true;
        struct span name = span_trim(header->fields[i]);
        escape_ascii(r->headings[field], sizeof r->headings[field], name.bytes, name.count);
    }
    return IMJIN_OK;
}

static char sniff_separator(const struct window *w) {
    unsigned commas = 0, tabs = 0, semicolons = 0;
    bool quoted = false;
    for (uint64_t i = 0; i < w->count && (quoted || w->bytes[i] != '\n'); i++) {
        char c = w->bytes[i];
        quoted ^= c == '"';
        commas += !quoted && c == ',';
        tabs += !quoted && c == '\t';
        semicolons += !quoted && c == ';';
    }
    if (tabs > commas && tabs >= semicolons)
        return '\t';
    return semicolons > commas ? ';' : ',';
}

static enum imjin_status no_rows(struct reading *r, const struct ingest_options *options, struct ingest_detection *d,
                                 struct error *err) {
    const char *asked = asked_format(options);
    if (asked == NULL)
        return fail_value(err, r->name, 0, NULL, NULL, 0, "is empty, so its format cannot be told; name it with --format");
    r->format = format_named(asked);
    d->format = &r->format->about;
    snprintf(d->reason, sizeof d->reason, "the file is empty");
    return IMJIN_OK;
}

static enum imjin_status open_csv(struct rows *s, struct reading *r, struct window *w, const struct ingest_options *options,
                                  struct ingest_detection *d, struct error *err) {
    const struct csv_row *header;
    struct names *n = memory_new(1, sizeof *n);
    if (n == NULL)
        return fail_memory(err, "a header");
    char separator = sniff_separator(w);
    d->syntax = separator == '\t' ? "tab-separated" : separator == ';' ? "CSV (semicolons)" : "CSV";
    enum imjin_status status = csv_new(&s->csv, w, separator, err);
    if (status == IMJIN_OK)
        status = csv_next(s->csv, &header, err);
    if (status == IMJIN_OK && header == NULL) {
        status = no_rows(r, options, d, err);
    } else if (status == IMJIN_OK) {
        n->count = header->count;
        memcpy(n->items, header->fields, header->count * sizeof *n->items);
        s->offset_after = header->offset_after;
        s->line_after = header->line_after;
        status = choose(r, n, header->line, options, "the header has", d, err);
        if (status == IMJIN_OK)
            status = map_columns(s, r, header, err);
    }
    memory_free(n);
    return status;
}

static enum imjin_status next_csv(struct rows *s, struct reading *r, bool *ret_end, struct error *err) {
    const struct csv_row *row;
    enum imjin_status status = csv_next(s->csv, &row, err);
    if (status != IMJIN_OK)
        return status;
    *ret_end = row == NULL;
    if (row == NULL)
        return IMJIN_OK;
    r->line = row->line;
    s->offset_after = row->offset_after;
    s->line_after = row->line_after;
    if (row->count != s->header_count)
        return fail_value(err, r->name, row->line, NULL, NULL, 0, "a row of %" PRIu32 " columns under a header of %" PRIu32,
                          row->count, s->header_count);
    for (uint32_t i = 0; i < row->count; i++) {
        if (s->field_of[i] < 0)
            continue;
        struct span *field = &r->fields[s->field_of[i]]; /* halves, as they were stored: a load across both would wait */
        field->bytes = row->fields[i].bytes;
        field->count = row->fields[i].count;
    }
    return IMJIN_OK;
}

/* ---- JSON lines ---- */

/* Where a value stands in s->json_text, which may move while it grows. */
struct part {
    uint64_t from, count;
};

static void add_value(struct rows *s, struct part *part, struct span text) {
    if (part->count)
        text_add(&s->json_text, ",", 1);
    text_add(&s->json_text, text.bytes, text.count);
    part->count = s->json_text.count - part->from;
}

/* A list of plain values becomes text with commas between, as CSV exports write it. */
static enum imjin_status read_list(struct rows *s, struct part *part, struct error *err) {
    struct json_event e;
    for (;;) {
        TRY(json_next(&s->json, &e, err));
        if (e.kind == JSON_ARRAY_END)
            return IMJIN_OK;
        if (e.kind != JSON_STRING && e.kind != JSON_NUMBER)
            return json_fail(&s->json, e.offset, err, "only texts and numbers can stand in this list");
        add_value(s, part, e.text);
    }
}

static enum imjin_status read_value(struct rows *s, struct part *part, struct error *err) {
    struct json_event e;
    *part = (struct part){s->json_text.count, 0};
    TRY(json_next(&s->json, &e, err));
    switch (e.kind) {
    case JSON_NULL:
        return IMJIN_OK;
    case JSON_TRUE:
    case JSON_FALSE:
        add_value(s, part, span_of(e.kind == JSON_TRUE ? "1" : "0"));
        return IMJIN_OK;
    case JSON_STRING:
    case JSON_NUMBER:
        add_value(s, part, e.text);
        return IMJIN_OK;
    case JSON_ARRAY_BEGIN:
        return read_list(s, part, err);
    default:
        return json_fail(&s->json, e.offset, err, "an object stands where a plain value is due");
    }
}

static enum imjin_status begin_object(struct rows *s, const struct reading *r, const struct text_line *line,
                                      struct error *err) {
    struct json_event e;
    json_start(&s->json, r->name, line->text, line->line);
    TRY(json_next(&s->json, &e, err));
    if (e.kind != JSON_OBJECT_BEGIN)
        return json_fail(&s->json, e.offset, err, "JSON lines have one object a line");
    return IMJIN_OK;
}

/* The names of the first object's members, copied into s->json_text. */
static enum imjin_status first_names(struct rows *s, const struct reading *r, struct names *n, struct error *err) {
    struct json_event e;
    struct part parts[COLUMNS_MAX * 8] = {0};
    TRY(begin_object(s, r, &s->first, err));
    for (;;) {
        TRY(json_next(&s->json, &e, err));
        if (e.kind != JSON_KEY)
            break;
        if (n->count < sizeof parts / sizeof *parts) {
            parts[n->count] = (struct part){s->json_text.count, e.text.count};
            text_add(&s->json_text, e.text.bytes, e.text.count);
            n->count++;
        }
        TRY(json_skip(&s->json, err));
    }
    TRY(text_status(&s->json_text, err));
    for (unsigned i = 0; i < n->count; i++)
        n->items[i] = (struct span){s->json_text.bytes + parts[i].from, parts[i].count};
    return IMJIN_OK;
}

static enum imjin_status open_json(struct rows *s, struct reading *r, struct window *w, const struct ingest_options *options,
                                   struct ingest_detection *d, struct error *err) {
    struct names *n = memory_new(1, sizeof *n);
    if (n == NULL)
        return fail_memory(err, "a header");
    d->syntax = "JSON lines";
    s->json_text.bytes_max = 2 * (uint64_t)CSV_ROW_BYTES_MAX;
    enum imjin_status status = line_reader_init(&s->lines, w, err);
    if (status == IMJIN_OK)
        status = line_next(&s->lines, &s->first, err);
    if (status == IMJIN_OK)
        status = first_names(s, r, n, err);
    if (status == IMJIN_OK)
        status = choose(r, n, s->first.line, options, "the first object has", d, err);
    memory_free(n);
    return status;
}

static enum imjin_status read_members(struct rows *s, struct reading *r, struct part parts[COLUMNS_MAX], struct error *err) {
    struct json_event e;
    for (;;) {
        TRY(json_next(&s->json, &e, err));
        if (e.kind != JSON_KEY)
            break;
        int field = field_named(r->format, e.text);
        if (field < 0) {
            TRY(json_skip(&s->json, err));
            continue;
        }
        if (r->present[field])
            return json_fail(&s->json, e.offset, err, "the same member twice");
        r->present[field] = true;
        TRY(read_value(s, &parts[field], err));
    }
    TRY(json_next(&s->json, &e, err)); /* nothing may stand behind the object */
    return text_status(&s->json_text, err);
}

static enum imjin_status read_object(struct rows *s, struct reading *r, const struct text_line *line, struct error *err) {
    struct part parts[COLUMNS_MAX] = {0};
    memset(r->present, 0, sizeof r->present);
    memset(r->fields, 0, sizeof r->fields);
    text_clear(&s->json_text);
    TRY(begin_object(s, r, line, err));
    TRY(read_members(s, r, parts, err));
    for (unsigned i = 0; i < r->format->column_count; i++) {
        if (parts[i].count)
            r->fields[i] = (struct span){s->json_text.bytes + parts[i].from, parts[i].count};
        if (r->format->columns[i].required && !r->present[i])
            return fail_value(err, r->name, line->line, NULL, NULL, 0, "an object without the member \"%s\"",
                              r->format->columns[i].names[0]);
    }
    return IMJIN_OK;
}

static enum imjin_status next_json(struct rows *s, struct reading *r, bool *ret_end, struct error *err) {
    struct text_line line = s->first;
    if (line.text.bytes == NULL)
        TRY(line_next(&s->lines, &line, err));
    s->first = (struct text_line){0};
    *ret_end = line.text.bytes == NULL;
    if (*ret_end)
        return IMJIN_OK;
    r->line = line.line;
    s->offset_after = line.offset_after;
    s->line_after = line.line + 1;
    return read_object(s, r, &line, err);
}

/* ---- both ---- */

/* Enough of the beginning to hold the header line or the first object's first byte. */
static enum imjin_status look(struct window *w, struct error *err) {
    bool full;
    while (!w->ended && w->count < INGEST_HEADER_BYTES_MAX && (w->count == 0 || memchr(w->bytes, '\n', w->count) == NULL))
        TRY(window_more(w, 0, &full, err));
    return IMJIN_OK;
}

static char first_byte(const struct window *w) {
    uint64_t at = w->count >= 3 && memcmp(w->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < w->count && (w->bytes[at] == ' ' || w->bytes[at] == '\t' || w->bytes[at] == '\r' || w->bytes[at] == '\n'))
        at++;
    return at < w->count ? w->bytes[at] : '\0';
}

static enum imjin_status open_window(struct rows *s, struct reading *r, struct window *w, const struct ingest_options *options,
                                     struct ingest_detection *d, struct error *err) {
    TRY(look(w, err));
    char first = first_byte(w);
    if (first == '[')
        return fail_value(err, r->name, 1, NULL, NULL, 0,
                          "is one JSON array; JSON lines with one object a line are wanted (jq -c '.[]' makes them)");
    if (first == '{')
        return open_json(s, r, w, options, d, err);
    return open_csv(s, r, w, options, d, err);
}

static enum imjin_status open_stream(struct rows *s, struct reading *r, const struct ingest_options *options,
                                     struct ingest_detection *d, struct error *err) {
    struct window w;
    if (asked_format(options) && format_named(asked_format(options)) == NULL)
        return fail(err, IMJIN_USAGE, "there is no format %.60s; imjin import --help lists them", options->format);
    d->compression = input_packing(s->input);
    TRY(window_init(&w, s->input, CSV_ROW_BYTES_MAX, err));
    enum imjin_status status = open_window(s, r, &w, options, d, err);
    window_done(&w);
    if (status == IMJIN_OK && r->format->begin && (s->header_count || s->first.text.bytes))
        status = r->format->begin(r, err);
    return status;
}

enum imjin_status rows_open(struct rows **ret, struct reading *r, struct input *in, const struct ingest_options *options,
                            struct ingest_detection *ret_detection, struct error *err) {
    struct ingest_detection d = {0};
    struct rows *s = memory_new(1, sizeof *s);
    if (s == NULL)
        return fail_memory(err, "reading a file");
    s->input = in;
    enum imjin_status status = open_stream(s, r, options, &d, err);
    if (status != IMJIN_OK) {
        rows_close(s);
        return status;
    }
    *ret_detection = d;
    *ret = s;
    return IMJIN_OK;
}

enum imjin_status rows_next(struct rows *s, struct reading *r, bool *ret_end, struct error *err) {
    return s->csv ? next_csv(s, r, ret_end, err) : next_json(s, r, ret_end, err);
}

bool rows_broken(const struct rows *s) { return s->csv ? csv_broken(s->csv) : s->lines.broken; }

enum imjin_status rows_forward(struct rows *s, uint64_t offset, uint64_t line, struct error *err) {
    s->first = (struct text_line){0};
    TRY(s->csv ? csv_forward(s->csv, offset, line, err) : line_forward(&s->lines, offset, line, err));
    s->offset_after = offset;
    s->line_after = line;
    return IMJIN_OK;
}

void rows_close(struct rows *s) {
    if (s == NULL)
        return;
    csv_free(s->csv);
    line_reader_done(&s->lines);
    json_reader_done(&s->json);
    text_done(&s->json_text);
    memory_free(s);
}
