#include "list/read.h"

static enum imjin_status check_fields(const struct table *t, struct error *err) {
    uint64_t bad;
    for (uint32_t i = 0; i < t->row->count; i++)
        if (!utf8_check(t->row->fields[i], &bad))
            return fail_value(err, t->b->file, t->row->line, NULL, t->row->fields[i].bytes + bad, 1,
                              "column %u, byte %llu is not UTF-8", i + 1, (unsigned long long)bad + 1);
    return IMJIN_OK;
}

static enum imjin_status read_rows(struct table *t, enum imjin_status (*row)(void *, struct table *, struct error *),
                                   void *context, struct error *err) {
    for (;;) {
        TRY(csv_next(t->csv, &t->row, err));
        if (t->row == NULL)
            return IMJIN_OK;
        if (t->row->count == 1 && span_is(t->row->fields[0], "\x1a"))
            continue;
        TRY(check_fields(t, err));
        enum imjin_status status = row(context, t, err);
        if (status == IMJIN_BAD_INPUT && err)
            error_at(err, t->b->file, t->row->line);
        TRY(status);
    }
}

enum imjin_status table_read(struct build *b, struct input *in, char separator,
                             enum imjin_status (*row)(void *context, struct table *t, struct error *err), void *context,
                             struct error *err) {
    struct table t = {.b = b, .separator = separator};
    struct window window;
    TRY(window_init(&window, in, CSV_ROW_BYTES_MAX, err));
    enum imjin_status status = csv_new(&t.csv, &window, separator, err);
    if (status != IMJIN_OK) {
        window_done(&window);
        return status;
    }
    status = read_rows(&t, row, context, err);
    csv_free(t.csv);
    return status;
}

struct span table_field(const struct table *t, unsigned column) {
    if (column >= t->row->count)
        return (struct span){"", 0};
    struct span field = span_trim(t->row->fields[column]);
    return span_is(field, "-0-") ? (struct span){"", 0} : field;
}
