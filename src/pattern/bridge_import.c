/* Records of bridges from files, and the file they are kept in. */
#include "pattern/bridge_inside.h"

#include <inttypes.h>

struct table {
    const char *path, *chain; /* chain null: every row must name one */
    struct bridge_store *store;
    uint8_t meaning[CSV_COLUMNS_MAX]; /* BRIDGE_FIELDS: a column of no meaning */
    uint32_t column_count;
    uint64_t rows;
};

/* What exports of logs and transactions call the same. */
static enum bridge_field field_of_export(struct span heading) {
    static const struct {
        const char *name;
        enum bridge_field field;
    } names[] = {{"transaction_hash", BRIDGE_TX}, {"log_index", BRIDGE_LOG}, {"block_timestamp", BRIDGE_TIME}};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (span_is(heading, names[i].name))
            return names[i].field;
    return BRIDGE_FIELDS;
}

static enum imjin_status read_headings(struct table *t, const struct csv_row *row, struct error *err) {
    uint32_t seen = 0;
    for (uint32_t i = 0; i < row->count; i++) {
        struct span heading = span_trim(row->fields[i]);
        unsigned f = 0;
        while (f < BRIDGE_FIELDS && !span_is(heading, bridge_field_names[f]))
            f++;
        f = f == BRIDGE_FIELDS ? field_of_export(heading) : f;
        if (f < BRIDGE_FIELDS && seen & 1u << f)
            return fail_value(err, t->path, row->line, NULL, heading.bytes, heading.count, "stands twice in the heading");
        if (f < BRIDGE_FIELDS)
            seen |= 1u << f;
        t->meaning[i] = (uint8_t)f;
    }
    for (unsigned f = 0; f < BRIDGE_FIELDS; f++)
        if (!(seen & 1u << f) && ((f == BRIDGE_CHAIN && t->chain == NULL) || f == BRIDGE_TX))
            return fail_value(
                err, t->path, row->line, NULL, NULL, 0,
                "the column \"%s\" is missing: a file of bridge records has side, chain, tx and more (docs/bridges.md)",
                bridge_field_names[f]);
    t->column_count = row->count;
    return IMJIN_OK;
}

static enum imjin_status read_row(struct table *t, const struct csv_row *row, struct error *err) {
    struct bridge_row fields = {0};
    if (row->count != t->column_count)
        return fail_value(err, t->path, row->line, NULL, NULL, 0, "the row has %u columns, the heading %u", row->count,
                          t->column_count);
    for (uint32_t i = 0; i < row->count; i++)
        if (t->meaning[i] < BRIDGE_FIELDS)
            fields.fields[t->meaning[i]] = span_trim(row->fields[i]);
    if (fields.fields[BRIDGE_CHAIN].count == 0 && t->chain)
        fields.fields[BRIDGE_CHAIN] = span_of(t->chain);
    enum imjin_status status = bridge_store_add(t->store, &fields, err);
    if (status == IMJIN_BAD_INPUT && err)
        error_at(err, t->path, row->line);
    t->rows++;
    return status;
}

static enum imjin_status read_table(struct table *t, struct csv_reader *csv, struct error *err) {
    const struct csv_row *row;
    TRY(csv_next(csv, &row, err));
    if (row == NULL)
        return fail_value(err, t->path, 0, NULL, NULL, 0, "has no heading (side,chain,tx and more: docs/bridges.md)");
    TRY(read_headings(t, row, err));
    for (;;) {
        TRY(csv_next(csv, &row, err));
        if (row == NULL)
            return IMJIN_OK;
        TRY(read_row(t, row, err));
    }
}

static enum imjin_status read_input(struct table *t, struct input *in, struct error *err) {
    struct window window;
    struct csv_reader *csv;
    TRY(window_init(&window, in, CSV_ROW_BYTES_MAX, err));
    enum imjin_status status = csv_new(&csv, &window, ',', err);
    if (status != IMJIN_OK) {
        window_done(&window);
        return status;
    }
    status = read_table(t, csv, err);
    csv_free(csv);
    return status;
}

static enum imjin_status read_file(struct bridge_store *s, const char *path, const char *chain, uint64_t *ret_rows,
                                   struct error *err) {
    struct table t = {.path = path, .chain = chain, .store = s};
    struct input *in;
    TRY(input_open(&in, path, 1, err));
    enum imjin_status status = read_input(&t, in, err);
    input_close(in);
    *ret_rows += t.rows;
    return status;
}

enum imjin_status bridge_store_parse(struct bridge_store *s, const char *name, struct span bytes, struct error *err) {
    struct table t = {.path = name, .store = s};
    struct input *in;
    TRY(input_open_memory(&in, name, bytes.bytes, bytes.count, 1, err));
    enum imjin_status status = read_input(&t, in, err);
    input_close(in);
    return status;
}

/* ---- the kept file ---- */

static void add_cell(struct text *t, const char *text) {
    text_add_string(t, text);
    text_add(t, ",", 1);
}

static void add_record(struct text *t, const struct bridge_store *s, const struct bridge_record *r) {
    char digits[U128_DIGITS_MAX] = "";
    add_cell(t, bridge_side_name((enum bridge_side)r->side));
    add_cell(t, bridge_text(s, r->protocol));
    add_cell(t, bridge_text(s, r->chain));
    if (r->time != TIME_UNKNOWN)
        text_add_format(t, "%" PRId64, r->time);
    text_add(t, ",", 1);
    add_cell(t, bridge_text(s, r->tx));
    text_add_format(t, "%" PRIu32 ",", r->log);
    add_cell(t, bridge_text(s, r->id));
    add_cell(t, bridge_text(s, r->sender));
    add_cell(t, bridge_text(s, r->recipient));
    add_cell(t, bridge_text(s, r->asset));
    if (r->has_units)
        u128_print(r->units, digits);
    add_cell(t, digits);
    if (r->decimals != DECIMALS_UNKNOWN)
        text_add_format(t, "%u", r->decimals);
    text_add(t, ",", 1);
    add_cell(t, bridge_text(s, r->other_chain));
    text_add_string(t, bridge_text(s, r->other_asset));
    text_add(t, "\n", 1);
}

enum imjin_status bridge_store_write(const struct bridge_store *s, const char *path, struct error *err) {
    struct text t = {.bytes_max = UINT64_MAX / 2};
    for (unsigned f = 0; f < BRIDGE_INPUT; f++) {
        text_add_string(&t, bridge_field_names[f]);
        text_add_string(&t, f + 1 < BRIDGE_INPUT ? "," : "\n");
    }
    for (uint64_t i = 0; i < bridge_store_count(s); i++)
        add_record(&t, s, bridge_store_at(s, i));
    enum imjin_status status = text_status(&t, err);
    if (status == IMJIN_OK)
        status = file_replace(path, t.bytes, t.count, err);
    text_done(&t);
    return status;
}

enum imjin_status bridge_store_open(struct bridge_store **ret, const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct bridge_store *s;
    uint64_t rows = 0;
    TRY(path_join(path, err, directory, BRIDGE_FILE));
    TRY(bridge_store_new(&s, err));
    enum imjin_status status = file_exists(path) ? read_file(s, path, NULL, &rows, err) : IMJIN_OK;
    if (status != IMJIN_OK) {
        bridge_store_free(s);
        return status;
    }
    bridge_store_sort(s);
    *ret = s;
    return IMJIN_OK;
}

/* ---- importing ---- */

static enum imjin_status import_files(struct bridge_store *s, const char *directory, const char *const *paths,
                                      unsigned path_count, const char *chain, const struct progress *p,
                                      struct bridge_import_result *result, struct error *err) {
    char path[PATH_BYTES_MAX];
    uint64_t known = bridge_store_count(s);
    for (unsigned i = 0; i < path_count; i++) {
        TRY(progress_step(p, "reading records of bridges", "files", i, path_count, err));
        TRY(read_file(s, paths[i], chain, &result->rows_read, err));
    }
    bridge_store_sort(s);
    result->records = bridge_store_count(s);
    result->records_added = result->records - known;
    result->passed_over = bridge_store_passed_over(s);
    result->left_out = bridge_store_left_out(s);
    TRY(path_join(path, err, directory, BRIDGE_FILE));
    return result->records_added ? bridge_store_write(s, path, err) : IMJIN_OK;
}

enum imjin_status bridge_import(const char *directory, const char *const *paths, unsigned path_count, const char *chain,
                                const struct progress *p, struct bridge_import_result *ret, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct file_lock lock;
    struct bridge_store *s = NULL;
    struct bridge_import_result result = {0};
    TRY(directory_make(directory, err));
    TRY(path_join(path, err, directory, BRIDGE_LOCK));
    TRY(file_lock_take(&lock, path, err));
    enum imjin_status status = bridge_store_open(&s, directory, err);
    if (status == IMJIN_OK)
        status = import_files(s, directory, paths, path_count, chain, p, &result, err);
    bridge_store_free(s);
    file_lock_release(&lock);
    if (status == IMJIN_OK)
        *ret = result;
    return status;
}
