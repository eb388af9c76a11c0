/* Batches of deposits from a table that people write by hand. */
#include "pattern/mixer_inside.h"

#include "codec/codec.h"

#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS_MAX = 128, POOL_NONE = UINT32_MAX };
enum meaning { OTHER, BATCH, NOTES, NOTES_OF_POOL, POOL, FIRST, LAST, MEANINGS };

struct table {
    const char *path;
    const struct mixer_pool *pools;
    uint32_t pool_count;
    struct csv_reader *csv;
    uint8_t meaning[COLUMNS_MAX];
    uint32_t pool_of[COLUMNS_MAX]; /* NOTES_OF_POOL */
    bool seen[MEANINGS];
    unsigned column_count;
    struct buffer batches;
};

static const char *const headings[MEANINGS] = {
    [BATCH] = "batch",     [NOTES] = "n_deposits", [POOL] = "pool",
    [FIRST] = "first_utc", [LAST] = "last_utc",    [NOTES_OF_POOL] = "n_deposits_<pool>eth"};

static uint32_t pool_named(const struct table *t, struct span name) {
    for (uint32_t i = 0; i < t->pool_count; i++)
        if (span_is(name, t->pools[i].name))
            return i;
    return POOL_NONE;
}

/* "100eth", "100 ETH" and "100" name the same pool. */
static struct span without_unit(struct span s) {
    static const char unit[] = "eth";
    if (s.count < 3)
        return s;
    for (unsigned i = 0; i < 3; i++)
        if ((s.bytes[s.count - 3 + i] | 0x20) != unit[i])
            return s;
    return span_trim((struct span){s.bytes, s.count - 3});
}

static enum imjin_status fail_pool(const struct table *t, uint64_t line, const char *column, struct span value,
                                   struct error *err) {
    char known[200] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < t->pool_count && used < sizeof known - 32; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%.24s", i ? ", " : "", t->pools[i].name);
    return fail_value(err, t->path, line, column, value.bytes, value.count, "is not one of the pools (%s)", known);
}

static enum imjin_status read_heading(struct table *t, unsigned column, struct span text, uint64_t line, struct error *err) {
    static const char prefix[] = "n_deposits_";
    enum meaning meaning = OTHER;
    for (unsigned m = 1; m < MEANINGS; m++)
        if (span_is(text, headings[m]))
            meaning = (enum meaning)m;
    if (text.count > sizeof prefix - 1 && memcmp(text.bytes, prefix, sizeof prefix - 1) == 0) {
        struct span name = {text.bytes + sizeof prefix - 1, text.count - (sizeof prefix - 1)};
        meaning = NOTES_OF_POOL;
        t->pool_of[column] = pool_named(t, without_unit(name));
        if (t->pool_of[column] == POOL_NONE)
            return fail_pool(t, line, NULL, text, err);
        for (unsigned i = 0; i < column; i++)
            if (t->meaning[i] == NOTES_OF_POOL && t->pool_of[i] == t->pool_of[column])
                return fail_value(err, t->path, line, NULL, text.bytes, text.count, "is a second column of the same meaning");
    } else if (meaning != OTHER && t->seen[meaning]) {
        return fail_value(err, t->path, line, NULL, text.bytes, text.count, "is a second column of the same meaning");
    }
    t->seen[meaning] = true;
    t->meaning[column] = (uint8_t)meaning;
    return IMJIN_OK;
}

static enum imjin_status fail_missing(const struct table *t, uint64_t line, const char *what, struct error *err) {
    return fail_value(err, t->path, line, NULL, NULL, 0, "the column %s is missing", what);
}

static enum imjin_status read_headings(struct table *t, const struct csv_row *row, struct error *err) {
    if (row->count > COLUMNS_MAX)
        return fail_value(err, t->path, row->line, NULL, NULL, 0, "has more than %d columns", COLUMNS_MAX);
    for (unsigned i = 0; i < row->count; i++)
        TRY(read_heading(t, i, span_trim(row->fields[i]), row->line, err));
    t->column_count = row->count;
    for (unsigned m = BATCH; m <= LAST; m++)
        if ((m == BATCH || m == FIRST || m == LAST) && !t->seen[m])
            return fail_missing(t, row->line, headings[m], err);
    if (t->seen[NOTES_OF_POOL] && t->seen[NOTES])
        return fail_value(err, t->path, row->line, NULL, NULL, 0,
                          "has both n_deposits and n_deposits_<pool>eth: the count must stand once");
    if (t->seen[NOTES] && !t->seen[POOL])
        return fail_missing(t, row->line, "pool, or one n_deposits_100eth in place of n_deposits,", err);
    return t->seen[NOTES] || t->seen[NOTES_OF_POOL] ? IMJIN_OK : fail_missing(t, row->line, "n_deposits_100eth", err);
}

static enum imjin_status fail_field(const struct table *t, const struct csv_row *row, unsigned column, const char *name,
                                    struct error *err, const char *why) {
    struct span s = row->fields[column];
    return fail_value(err, t->path, row->line, name, s.bytes, s.count, "%s", why);
}

static enum imjin_status read_name(const struct table *t, const struct csv_row *row, unsigned column, struct mixer_batch *b,
                                   struct error *err) {
    struct span s = span_trim(row->fields[column]);
    if (s.count == 0)
        return fail_field(t, row, column, "batch", err, "is empty");
    if (s.count >= MIXER_NAME_MAX)
        return fail_field(t, row, column, "batch", err, "is longer than 63 bytes");
    for (uint64_t i = 0; i < s.count; i++)
        if ((unsigned char)s.bytes[i] < 0x20 || (unsigned char)s.bytes[i] >= 0x7f)
            return fail_field(t, row, column, "batch", err, "is not plain text");
    memcpy(b->name, s.bytes, s.count);
    b->name[s.count] = '\0';
    return IMJIN_OK;
}

static enum imjin_status read_time_field(const struct table *t, const struct csv_row *row, unsigned column, const char *name,
                                         int64_t *ret, struct error *err) {
    struct error why = {0};
    int64_t time;
    if (time_parse(&time, span_trim(row->fields[column]), &why) != IMJIN_OK)
        return fail_field(t, row, column, name, err, why.text);
    *ret = time;
    return IMJIN_OK;
}

/* The count in a column; zero when there is none. */
static enum imjin_status read_count(const struct table *t, const struct csv_row *row, unsigned column, const char *name,
                                    uint64_t *ret, struct error *err) {
    struct span s = span_trim(row->fields[column]);
    uint64_t count = 0;
    if (s.count && !u64_parse(s.bytes, s.count, &count))
        return fail_field(t, row, column, name, err, "is not a count");
    if (count > MIXER_NOTES_MAX)
        return fail_field(t, row, column, name, err, "is more notes than a pool ever took (1,048,576)");
    *ret = count;
    return IMJIN_OK;
}

static enum imjin_status add_batch(struct table *t, const struct mixer_batch *b, struct error *err) {
    return b->notes ? buffer_push(&t->batches, b, NULL, err) : IMJIN_OK;
}

static enum imjin_status check_window(const struct table *t, const struct csv_row *row, unsigned column,
                                      const struct mixer_batch *b, struct error *err) {
    if (b->last < b->first)
        return fail_field(t, row, column, "last_utc", err, "lies before first_utc");
    if (b->last - b->first > MIXER_SECONDS_MAX)
        return fail_field(t, row, column, "last_utc", err, "lies more than thirty years behind first_utc");
    return IMJIN_OK;
}

static enum imjin_status read_row(struct table *t, const struct csv_row *row, struct error *err) {
    struct mixer_batch b = {.line = row->line};
    unsigned last = 0;
    if (row->count != t->column_count)
        return fail_value(err, t->path, row->line, NULL, NULL, 0, "the row has %u columns, the heading %u", row->count,
                          t->column_count);
    for (unsigned i = 0; i < row->count; i++) {
        switch ((enum meaning)t->meaning[i]) {
        case BATCH:
            TRY(read_name(t, row, i, &b, err));
            break;
        case FIRST:
            TRY(read_time_field(t, row, i, "first_utc", &b.first, err));
            break;
        case LAST:
            TRY(read_time_field(t, row, i, "last_utc", &b.last, err));
            last = i;
            break;
        case NOTES:
            TRY(read_count(t, row, i, "n_deposits", &b.notes, err));
            break;
        case POOL:
            b.pool = pool_named(t, without_unit(span_trim(row->fields[i])));
            if (b.pool == POOL_NONE)
                return fail_pool(t, row->line, "pool", row->fields[i], err);
            break;
        default:
            break;
        }
    }
    TRY(check_window(t, row, last, &b, err));
    if (t->seen[NOTES])
        return add_batch(t, &b, err);
    for (unsigned i = 0; i < row->count; i++)
        if (t->meaning[i] == NOTES_OF_POOL) {
            b.pool = t->pool_of[i];
            TRY(read_count(t, row, i, "n_deposits", &b.notes, err));
            TRY(add_batch(t, &b, err));
        }
    return IMJIN_OK;
}

static enum imjin_status read_table(struct table *t, struct error *err) {
    const struct csv_row *row;
    TRY(csv_next(t->csv, &row, err));
    if (row == NULL)
        return fail_value(err, t->path, 0, NULL, NULL, 0, "has no heading");
    TRY(read_headings(t, row, err));
    for (;;) {
        TRY(csv_next(t->csv, &row, err));
        if (row == NULL)
            break;
        TRY(read_row(t, row, err));
    }
    if (t->batches.count == 0)
        return fail_value(err, t->path, 0, NULL, NULL, 0, "holds no deposit");
    return IMJIN_OK;
}

/* Time first, so that the order of the rows in the file changes nothing. */
int mixer_compare_batches(const void *a, const void *b) {
    const struct mixer_batch *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->last != y->last)
        return x->last < y->last ? -1 : 1;
    int name = strcmp(x->name, y->name);
    if (name || x->pool != y->pool)
        return name ? name : x->pool < y->pool ? -1 : 1;
    return x->notes != y->notes ? (x->notes < y->notes ? -1 : 1) : (x->line > y->line) - (x->line < y->line);
}

static enum imjin_status read_input(struct mixer_batches *ret, const char *name, struct input *in,
                                    const struct mixer_pool *pools, uint32_t pool_count, struct error *err) {
    struct table t = {.path = name, .pools = pools, .pool_count = pool_count};
    struct window window;
    t.batches = (struct buffer){.item_bytes = sizeof(struct mixer_batch), .items_max = MIXER_BATCHES_MAX, .what = "batches"};
    TRY(window_init(&window, in, CSV_ROW_BYTES_MAX, err));
    enum imjin_status status = csv_new(&t.csv, &window, ',', err);
    if (status != IMJIN_OK)
        window_done(&window);
    else
        status = read_table(&t, err);
    csv_free(t.csv);
    if (status != IMJIN_OK) {
        buffer_done(&t.batches);
        return status;
    }
    qsort(t.batches.items, t.batches.count, sizeof(struct mixer_batch), mixer_compare_batches);
    *ret = (struct mixer_batches){t.batches.items, t.batches.count};
    return IMJIN_OK;
}

enum imjin_status mixer_batches_read(struct mixer_batches *ret, const char *path, const struct mixer_pool *pools,
                                     uint32_t pool_count, struct error *err) {
    struct input *in;
    TRY(input_open(&in, path, 1, err));
    enum imjin_status status = read_input(ret, path, in, pools, pool_count, err);
    input_close(in);
    return status;
}

enum imjin_status mixer_batches_parse(struct mixer_batches *ret, const char *name, struct span bytes,
                                      const struct mixer_pool *pools, uint32_t pool_count, struct error *err) {
    struct input *in;
    TRY(input_open_memory(&in, name, bytes.bytes, bytes.count, 1, err));
    enum imjin_status status = read_input(ret, name, in, pools, pool_count, err);
    input_close(in);
    return status;
}

void mixer_batches_done(struct mixer_batches *b) {
    memory_free(b->items);
    *b = (struct mixer_batches){0};
}
