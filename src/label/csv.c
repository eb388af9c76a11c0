#include "label/read.h"

enum { COLUMNS_MAX = 64 };

/* One record at a time; quoted fields are decoded in place of a copy of the document. */
struct table {
    struct label_reading *r;
    char *bytes;
    uint64_t count, at, line, record_line;
    struct span fields[COLUMNS_MAX];
    unsigned field_count;
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

static enum imjin_status fail_csv(const struct table *t, uint64_t line, struct error *err, const char *what) {
    return fail_value(err, t->r->path, line, NULL, NULL, 0, "CSV: %s", what);
}

/* A field in quotes, decoded where it stands: doubled quotes become one. */
static enum imjin_status read_quoted(struct table *t, struct span *ret, struct error *err) {
    char *out = t->bytes + ++t->at;
    *ret = (struct span){out, 0};
    while (t->at < t->count) {
        char c = t->bytes[t->at++];
        if (c == '"') {
            if (t->at == t->count || t->bytes[t->at] != '"') {
                ret->count = (uint64_t)(out - ret->bytes);
                return IMJIN_OK;
            }
            t->at++;
        }
        t->line += c == '\n';
        *out++ = c;
    }
    return fail_csv(t, t->record_line, err, "a quote is never closed");
}

static bool at_field_end(const struct table *t) {
    char c = t->at < t->count ? t->bytes[t->at] : '\n';
    return c == ',' || c == '\n' || (c == '\r' && (t->at + 1 == t->count || t->bytes[t->at + 1] == '\n'));
}

static enum imjin_status read_field(struct table *t, struct span *ret, struct error *err) {
    if (t->at < t->count && t->bytes[t->at] == '"') {
        TRY(read_quoted(t, ret, err));
        return at_field_end(t) ? IMJIN_OK : fail_csv(t, t->record_line, err, "text behind a closing quote");
    }
    uint64_t begin = t->at;
    for (; !at_field_end(t); t->at++)
        if (t->bytes[t->at] == '"')
            return fail_csv(t, t->record_line, err, "a quote inside a field that does not begin with one");
    *ret = (struct span){t->bytes + begin, t->at - begin};
    return IMJIN_OK;
}

/* The next record that is not empty; field_count 0 at the end of the file. */
static enum imjin_status read_record(struct table *t, struct error *err) {
    t->field_count = 0;
    while (t->at < t->count && (t->bytes[t->at] == '\n' || t->bytes[t->at] == '\r'))
        t->line += t->bytes[t->at++] == '\n';
    t->record_line = t->line;
    if (t->at == t->count)
        return IMJIN_OK;
    for (bool more = true; more;) {
        if (t->field_count == COLUMNS_MAX)
            return fail_csv(t, t->record_line, err, "more than 64 columns");
        TRY(read_field(t, &t->fields[t->field_count], err));
        t->fields[t->field_count] = span_trim(t->fields[t->field_count]);
        t->field_count++;
        more = t->at < t->count && t->bytes[t->at] == ',';
        t->at += more;
    }
    return IMJIN_OK;
}

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

static enum imjin_status read_headings(struct table *t, struct error *err) {
    uint32_t seen = 0;
    TRY(read_record(t, err));
    t->column_count = t->field_count;
    for (unsigned i = 0; i < t->column_count; i++) {
        t->meaning[i] = TAG_FIELDS;
        for (size_t k = 0; k < sizeof headings / sizeof headings[0]; k++)
            if (same_heading(t->fields[i], headings[k].heading))
                t->meaning[i] = (uint8_t)headings[k].field;
        if (t->meaning[i] == TAG_FIELDS)
            return fail_value(
                err, t->r->path, t->record_line, NULL, t->fields[i].bytes, t->fields[i].count,
                "is no column of a label file (address, category, label, actor, source, confidence, chain, abuse, "
                "date, ...)");
        if (seen & 1u << t->meaning[i])
            return fail_value(err, t->r->path, t->record_line, NULL, t->fields[i].bytes, t->fields[i].count,
                              "is a second column of the same meaning");
        seen |= 1u << t->meaning[i];
    }
    if (!(seen & 1u << FIELD_ADDRESS))
        return fail_csv(t, t->record_line, err, "the column \"address\" is missing");
    if (!(seen & (1u << FIELD_CATEGORY | 1u << FIELD_LABEL | 1u << FIELD_ACTOR | 1u << FIELD_ABUSE | 1u << FIELD_CONCEPT)))
        return fail_csv(t, t->record_line, err, "a column \"category\" or \"label\" is missing");
    return IMJIN_OK;
}

static enum imjin_status read_rows(struct table *t, struct error *err) {
    TRY(read_headings(t, err));
    for (;;) {
        struct span fields[TAG_FIELDS] = {0};
        TRY(read_record(t, err));
        if (t->field_count == 0)
            return IMJIN_OK;
        if (t->field_count != t->column_count)
            return fail_value(err, t->r->path, t->record_line, NULL, NULL, 0, "CSV: the row has %u columns, the heading %u",
                              t->field_count, t->column_count);
        for (unsigned i = 0; i < t->column_count; i++)
            fields[t->meaning[i]] = t->fields[i];
        TRY(label_add_fields(t->r, fields, LABEL_CONFIDENCE_CSV, t->record_line, err));
    }
}

enum imjin_status label_read_csv(struct label_reading *r, struct span document, struct error *err) {
    struct table t = {.r = r, .count = document.count, .line = 1};
    t.bytes = memory_text(document.bytes, document.count);
    if (t.bytes == NULL)
        return fail_memory(err, r->path);
    enum imjin_status status = read_rows(&t, err);
    memory_free(t.bytes);
    return status;
}
