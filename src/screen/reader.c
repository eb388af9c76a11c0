#include "screen/query.h"

enum { MEMBERS_MAX = 64 };

struct screen_reader {
    struct input *input;
    bool is_json, broken;
    struct csv_reader *csv;
    uint8_t meaning[CSV_COLUMNS_MAX]; /* enum screen_field of each column */
    uint32_t column_count;
    struct line_reader lines;
    struct json_reader json;
    uint64_t row;
    struct screen_draft draft;
};

/* ---- opening ---- */

static enum imjin_status read_header(struct screen_reader *r, struct error *err) {
    const struct csv_row *row;
    uint32_t seen = 0;
    TRY(csv_next(r->csv, &row, err));
    if (row == NULL)
        return fail_value(err, input_name(r->input), 0, NULL, NULL, 0,
                          "is empty; a file of queries has a header with a column \"name\"");
    for (uint32_t i = 0; i < row->count; i++) {
        struct span heading = span_trim(row->fields[i]);
        enum screen_field field = screen_field_named(heading);
        if (field == SCREEN_FIELDS)
            return fail_value(err, input_name(r->input), row->line, NULL, heading.bytes, heading.count,
                              "is no column of a file of queries (name, dob, country, id, type, address, gender, ref)");
        if (seen & 1u << field && field != SCREEN_NAME && field != SCREEN_ID)
            return fail_value(err, input_name(r->input), row->line, NULL, heading.bytes, heading.count,
                              "is a second column of the same meaning");
        seen |= 1u << field;
        r->meaning[i] = (uint8_t)field;
    }
    r->column_count = row->count;
    if (!(seen & (1u << SCREEN_NAME | 1u << SCREEN_ID | 1u << SCREEN_ADDRESS)))
        return fail_value(err, input_name(r->input), row->line, NULL, NULL, 0, "the column \"name\" is missing");
    return IMJIN_OK;
}

/* The first byte that is no space tells JSON lines from a table. */
static enum imjin_status begins_with_brace(struct window *w, bool *ret, struct error *err) {
    bool full = false;
    uint64_t at = 0;
    for (;;) {
        for (; at < w->count && (strchr(" \t\r\n\xef\xbb\xbf", w->bytes[at]) != NULL && w->bytes[at]); at++)
            ;
        if (at < w->count || w->ended || full)
            break;
        TRY(window_more(w, 0, &full, err));
    }
    *ret = at < w->count && w->bytes[at] == '{';
    return IMJIN_OK;
}

static enum imjin_status open_window(struct screen_reader *r, struct window *w, struct error *err) {
    TRY(begins_with_brace(w, &r->is_json, err));
    if (r->is_json)
        return line_reader_init(&r->lines, w, err);
    TRY(csv_new(&r->csv, w, ',', err));
    return read_header(r, err);
}

static enum imjin_status begin(struct screen_reader *r, struct error *err) {
    struct window w = {0};
    TRY(window_init(&w, r->input, CSV_ROW_BYTES_MAX, err));
    enum imjin_status status = open_window(r, &w, err);
    window_done(&w);
    return status;
}

enum imjin_status screen_reader_open(struct screen_reader **ret, const char *path, struct error *err) {
    struct screen_reader *r = memory_new(1, sizeof *r);
    if (r == NULL)
        return fail_memory(err, "a reader of queries");
    enum imjin_status status = input_open(&r->input, path, 1, err);
    if (status != IMJIN_OK)
        screen_reader_close(r);
    else
        *ret = r;
    return status;
}

void screen_reader_close(struct screen_reader *r) {
    if (r == NULL)
        return;
    csv_free(r->csv);
    if (r->is_json)
        line_reader_done(&r->lines);
    json_reader_done(&r->json);
    input_close(r->input);
    memory_free(r);
}

void screen_reader_place(const struct screen_reader *r, uint64_t *ret_done, uint64_t *ret_total) {
    *ret_done = input_done(r->input);
    *ret_total = input_total(r->input);
}

enum imjin_status screen_reader_fingerprint(struct screen_reader *r, struct sha256 *ret, struct error *err) {
    return input_fingerprint(r->input, ret, err);
}

/* ---- rows that cannot be read ---- */

static enum imjin_status faulty(struct screen_reader *r, struct arena *a, uint64_t line, const struct error *why,
                                struct screen_query *ret, struct error *err) {
    char text[ERROR_TEXT_MAX + ERROR_COLUMN_MAX + ERROR_VALUE_MAX];
    struct error bare = *why;
    bare.file[0] = '\0';
    bare.line = 0;
    error_print(&bare, text, sizeof text);
    const char *kept = arena_text(a, text, strlen(text));
    if (kept == NULL)
        return fail_memory(err, "a query");
    *ret = (struct screen_query){.row = r->row, .line = line, .reference = {"", 0}, .schema = LIST_SCHEMAS};
    ret->fault = span_of(kept);
    return IMJIN_OK;
}

/* ---- tables ---- */

static enum imjin_status next_row(struct screen_reader *r, struct arena *a, struct screen_query *ret, bool *ret_end,
                                  struct error *err) {
    const struct csv_row *row;
    struct error why = {0};
    enum imjin_status status = csv_next(r->csv, &row, &why);
    if (status != IMJIN_OK && (status != IMJIN_BAD_INPUT || csv_broken(r->csv))) {
        if (err)
            *err = why;
        return status;
    }
    *ret_end = status == IMJIN_OK && row == NULL;
    if (*ret_end)
        return IMJIN_OK;
    r->row++;
    if (status == IMJIN_OK && row->count != r->column_count)
        status = fail(&why, IMJIN_BAD_INPUT, "%u fields in a table of %u columns", row->count, r->column_count);
    if (status != IMJIN_OK)
        return faulty(r, a, why.line ? why.line : row->line, &why, ret, err);
    screen_draft_begin(&r->draft, a);
    for (uint32_t i = 0; i < row->count; i++)
        TRY(screen_draft_add(&r->draft, (enum screen_field)r->meaning[i], row->fields[i], err));
    TRY(screen_draft_end(&r->draft, ret, err));
    ret->row = r->row;
    ret->line = row->line;
    return IMJIN_OK;
}

/* ---- JSON lines ---- */

/* A value or a list of values of one member; objects in it are passed over. */
static enum imjin_status read_values(struct screen_reader *r, enum screen_field field, struct error *err) {
    struct json_event e;
    uint32_t depth = 0;
    do {
        TRY(json_next(&r->json, &e, err));
        switch (e.kind) {
        case JSON_ARRAY_BEGIN:
        case JSON_OBJECT_BEGIN:
            depth++;
            break;
        case JSON_ARRAY_END:
        case JSON_OBJECT_END:
            depth--;
            break;
        case JSON_STRING:
        case JSON_NUMBER:
            TRY(screen_draft_add(&r->draft, field, e.text, err));
            break;
        default: /* null, true and false say nothing; keys of objects are no values */
            break;
        }
    } while (depth);
    return IMJIN_OK;
}

/* The `properties` of an entity: unknown ones are no matter of screening. */
static enum imjin_status read_properties(struct screen_reader *r, struct error *err) {
    struct json_event e;
    TRY(json_next(&r->json, &e, err));
    if (e.kind != JSON_OBJECT_BEGIN)
        return json_fail(&r->json, e.offset, err, "\"properties\" is an object");
    for (;;) {
        TRY(json_next(&r->json, &e, err));
        if (e.kind == JSON_OBJECT_END)
            return IMJIN_OK;
        enum screen_field field = screen_field_named(e.text);
        TRY(field < SCREEN_FIELDS ? read_values(r, field, err) : json_skip(&r->json, err));
    }
}

/* In an entity `id` names the entity; in a plain object it is an identifier. Known only at the end of the object. */
static void settle_id(struct screen_draft *d, uint32_t id_at, bool entity) {
    if (!entity || id_at >= d->value_count)
        return;
    d->reference = d->values[id_at].text;
    memmove(d->values + id_at, d->values + id_at + 1, (d->value_count - id_at - 1) * sizeof *d->values);
    d->value_count--;
}

static enum imjin_status read_object(struct screen_reader *r, struct error *err) {
    struct json_event e;
    uint32_t id_at = UINT32_MAX;
    bool entity = false;
    TRY(json_next(&r->json, &e, err));
    if (e.kind != JSON_OBJECT_BEGIN)
        return json_fail(&r->json, e.offset, err, "a query is an object");
    for (;;) {
        TRY(json_next(&r->json, &e, err));
        if (e.kind == JSON_OBJECT_END)
            break;
        bool properties = span_is(e.text, "properties"), id = span_is(e.text, "id");
        enum screen_field field = screen_field_named(e.text);
        entity |= properties;
        if (id)
            id_at = r->draft.value_count;
        if (properties)
            TRY(read_properties(r, err));
        else
            TRY(field < SCREEN_FIELDS ? read_values(r, field, err) : json_skip(&r->json, err));
        if (id && r->draft.value_count == id_at)
            id_at = UINT32_MAX;
    }
    settle_id(&r->draft, id_at, entity);
    return json_next(&r->json, &e, err); /* nothing may stand behind it */
}

static enum imjin_status next_line(struct screen_reader *r, struct arena *a, struct screen_query *ret, bool *ret_end,
                                   struct error *err) {
    struct text_line line;
    struct error why = {0};
    enum imjin_status status = line_next(&r->lines, &line, &why);
    if (status != IMJIN_OK && (status != IMJIN_BAD_INPUT || r->lines.broken)) {
        if (err)
            *err = why;
        return status;
    }
    *ret_end = status == IMJIN_OK && line.text.bytes == NULL;
    if (*ret_end)
        return IMJIN_OK;
    r->row++;
    screen_draft_begin(&r->draft, a);
    if (status == IMJIN_OK) {
        json_start(&r->json, input_name(r->input), line.text, line.line);
        status = read_object(r, &why);
    }
    if (status == IMJIN_BAD_INPUT)
        return faulty(r, a, why.line, &why, ret, err);
    if (status != IMJIN_OK) {
        if (err)
            *err = why;
        return status;
    }
    TRY(screen_draft_end(&r->draft, ret, err));
    ret->row = r->row;
    ret->line = line.line;
    return IMJIN_OK;
}

enum imjin_status screen_reader_next(struct screen_reader *r, struct arena *a, struct screen_query *ret, bool *ret_end,
                                     struct error *err) {
    if (r->row == 0 && r->csv == NULL && !r->is_json)
        TRY(begin(r, err));
    return r->is_json ? next_line(r, a, ret, ret_end, err) : next_row(r, a, ret, ret_end, err);
}
