#include "label/read.h"

#include "codec/codec.h"

enum { COLUMNS_MAX = 32 /* more than there are headings, and each may come once */ };

struct table {
    struct label_reading *r;
    struct csv_reader *csv;
    uint8_t meaning[COLUMNS_MAX]; /* enum tag_field of each column */
    unsigned column_count;
};

static const struct {
    const char *heading;
    enum tag_field field;
} headings[] = {
    {"abuse", FIELD_ABUSE},
    {"actor", FIELD_ACTOR},
    {"address", FIELD_ADDRESS},
    {"category", FIELD_CATEGORY},
    {"chain", FIELD_CHAIN},
    {"concept", FIELD_CONCEPT},
    {"confidence", FIELD_CONFIDENCE},
    {"currency", FIELD_CURRENCY},
    {"date", FIELD_DATE},
    {"is_cluster_definer", FIELD_DEFINER},
    {"label", FIELD_LABEL},
    {"last_changed", FIELD_DATE},
    {"lastmod", FIELD_DATE},
    {"name", FIELD_LABEL},
    {"network", FIELD_CHAIN},
    {"pack", FIELD_PACK},
    {"source", FIELD_SOURCE},
};

static bool same_heading(struct span text, const char *heading) {
    uint64_t i = 0;
    for (; i < text.count && heading[i]; i++) {
        char c = text.bytes[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == ' ' || c == '-' ? '_' : c;
        if (c != heading[i])
            return false;
    }
    return i == text.count && heading[i] == '\0';
}

static enum tag_field field_of(struct span heading) {
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        if (same_heading(heading, headings[i].heading))
            return headings[i].field;
    return TAG_FIELDS;
}

static enum imjin_status read_headings(struct table *t, const struct csv_row *row, struct error *err) {
    uint32_t seen = 0;
    for (unsigned i = 0; i < row->count; i++) {
        struct span heading = span_trim(row->fields[i]);
        enum tag_field field = field_of(heading);
        if (field == TAG_FIELDS)
            return fail_value(
                err, t->r->path, row->line, NULL, heading.bytes, heading.count,
                "is no column of a label file (address, category, label, actor, source, confidence, chain, abuse, "
                "date, ...)");
        if (seen & 1u << field || i == COLUMNS_MAX)
            return fail_value(err, t->r->path, row->line, NULL, heading.bytes, heading.count,
                              "is a second column of the same meaning");
        seen |= 1u << field;
        t->meaning[i] = (uint8_t)field;
    }
    t->column_count = row->count;
    if (!(seen & 1u << FIELD_ADDRESS))
        return fail_value(err, t->r->path, row->line, NULL, NULL, 0, "the column \"address\" is missing");
    if (!(seen & (1u << FIELD_CATEGORY | 1u << FIELD_LABEL | 1u << FIELD_ACTOR | 1u << FIELD_ABUSE | 1u << FIELD_CONCEPT)))
        return fail_value(err, t->r->path, row->line, NULL, NULL, 0, "a column \"category\" or \"label\" is missing");
    return IMJIN_OK;
}

static enum imjin_status read_row(struct table *t, const struct csv_row *row, struct error *err) {
    struct span fields[TAG_FIELDS] = {0};
    if (row->count != t->column_count)
        return fail_value(err, t->r->path, row->line, NULL, NULL, 0, "the row has %u columns, the heading %u", row->count,
                          t->column_count);
    for (unsigned i = 0; i < t->column_count; i++)
        fields[t->meaning[i]] = span_trim(row->fields[i]);
    return label_add_fields(t->r, fields, LABEL_CONFIDENCE_CSV, row->line, err);
}

static enum imjin_status read_table(struct table *t, struct error *err) {
    const struct csv_row *row;
    TRY(csv_next(t->csv, &row, err));
    if (row == NULL)
        return fail_value(err, t->r->path, 0, NULL, NULL, 0, "has no heading");
    TRY(read_headings(t, row, err));
    for (;;) {
        TRY(csv_next(t->csv, &row, err));
        if (row == NULL)
            return IMJIN_OK;
        TRY(read_row(t, row, err));
    }
}

static enum imjin_status open_table(struct table *t, struct input *in, struct error *err) {
    struct window window;
    TRY(window_init(&window, in, CSV_ROW_BYTES_MAX, err));
    enum imjin_status status = csv_new(&t->csv, &window, ',', err);
    if (status != IMJIN_OK)
        window_done(&window);
    return status;
}

enum imjin_status label_read_csv(struct label_reading *r, struct span document, struct error *err) {
    struct table t = {.r = r};
    struct input *in;
    TRY(input_open_memory(&in, r->path, document.bytes, document.count, 1, err));
    enum imjin_status status = open_table(&t, in, err);
    if (status == IMJIN_OK)
        status = read_table(&t, err);
    csv_free(t.csv);
    input_close(in);
    return status;
}
