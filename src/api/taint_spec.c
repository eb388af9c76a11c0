#include "api/taint_spec.h"

#include "api/limits.h"
#include "codec/codec.h"

enum spec_field { FIELD_ADDRESS, FIELD_AMOUNT, FIELD_ASSET, FIELD_TIME };
static const char *const headings[API_SPEC_FIELDS_MAX] = {"address", "amount", "asset", "time"};

void taint_spec_begin(struct taint_spec *s) {
    *s = (struct taint_spec){
        .sources = {.item_bytes = sizeof(struct taint_source), .items_max = UINT32_MAX, .what = "stolen outputs"},
        .names = {.item_bytes = sizeof(char *), .items_max = TAINT_THEFTS_MAX, .what = "thefts"}};
}

void taint_spec_done(struct taint_spec *s) {
    buffer_done(&s->sources);
    buffer_done(&s->names);
    arena_done(&s->texts);
}

static enum imjin_status name_theft(struct taint_spec *s, struct span text, struct error *err) {
    const char *name = arena_text(&s->texts, text.bytes, text.count);
    return name ? buffer_push(&s->names, &name, NULL, err) : fail_memory(err, "a source");
}

enum imjin_status taint_spec_add_missing(struct taint_spec *s, struct span text, struct error *err) {
    TRY(name_theft(s, text, err));
    s->missing++;
    return IMJIN_OK;
}

/* ---- transactions ---- */

/* "64 hex digits", or with ":N". */
static bool reads_as_tx(struct span text, struct span *ret_id, struct span *ret_output) {
    uint64_t digits = 0;
    while (digits < text.count && strchr("0123456789abcdefABCDEF", text.bytes[digits]) && text.bytes[digits])
        digits++;
    if (digits != 64 || (text.count > 64 && text.bytes[64] != ':'))
        return false;
    *ret_id = (struct span){text.bytes, 64};
    *ret_output = text.count > 64 ? (struct span){text.bytes + 65, text.count - 65} : (struct span){NULL, 0};
    return true;
}

static enum imjin_status add_tx(struct taint_spec *s, const struct utxo *u, struct span id, struct span output,
                                struct error *err) {
    struct tx_id tx;
    struct utxo_tx row;
    uint64_t wanted = 0;
    TRY(utxo_tx_find(u, id, &tx, err));
    TRY(utxo_tx(u, tx, &row, err));
    if (output.bytes && (!u64_parse(output.bytes, output.count, &wanted) || wanted >= row.output_count))
        return fail(err, IMJIN_USAGE, "the transaction has outputs 0 to %u; \"%.*s\" is none of them", row.output_count - 1,
                    (int)(output.count < 20 ? output.count : 20), output.bytes);
    for (uint64_t i = 0; i < row.output_count; i++) {
        struct taint_source source = {.output = row.output_first + i, .theft = (uint32_t)s->names.count};
        if (output.bytes == NULL || i == wanted)
            TRY(buffer_push(&s->sources, &source, NULL, err));
    }
    return IMJIN_OK;
}

/* ---- addresses ---- */

struct wish {
    uint64_t units; /* 0: all */
    int64_t time_from;
};

static bool ends_with_symbol(struct span text, const char *symbol, struct span *ret_number) {
    size_t count = strlen(symbol);
    if (count == 0 || text.count <= count || memcmp(text.bytes + text.count - count, symbol, count) != 0)
        return false;
    *ret_number = span_trim((struct span){text.bytes, text.count - count});
    return true;
}

static enum imjin_status read_amount(const struct chain *c, struct span text, uint64_t *ret, struct error *err) {
    struct span number = text;
    struct u256 units;
    u128 small;
    bool coins = ends_with_symbol(text, c->native_symbol, &number) || memchr(text.bytes, '.', text.count);
    TRY(coins ? amount_parse_scaled(&units, number, c->native_decimals, false, err) : amount_parse(&units, number, err));
    if (!u256_to_u128(units, &small) || small > UINT64_MAX || small == 0)
        return fail_value(err, NULL, 0, "amount", text.bytes, text.count, "is no amount that an address can hold");
    *ret = (uint64_t)small;
    return IMJIN_OK;
}

static enum imjin_status read_wish(const struct chain *c, const struct span fields[API_SPEC_FIELDS_MAX], struct wish *ret,
                                   struct error *err) {
    struct wish wish = {.time_from = TIME_UNKNOWN};
    if (fields[FIELD_AMOUNT].count)
        TRY(read_amount(c, fields[FIELD_AMOUNT], &wish.units, err));
    if (fields[FIELD_ASSET].count && !asset_is_native(fields[FIELD_ASSET], c))
        return fail_value(err, NULL, 0, "asset", fields[FIELD_ASSET].bytes, fields[FIELD_ASSET].count,
                          "is not on this chain, whose only asset is %s", c->native_symbol);
    if (fields[FIELD_TIME].count)
        TRY(time_parse(&wish.time_from, fields[FIELD_TIME], err));
    *ret = wish;
    return IMJIN_OK;
}

/* One output of the address; *left is what of the wish is not met yet. */
static enum imjin_status take_output(struct taint_spec *s, const struct utxo *u, uint64_t output, const struct wish *wish,
                                     uint64_t *left, struct error *err) {
    struct taint_source source = {.output = output, .theft = (uint32_t)s->names.count};
    if (output >= utxo_counts(u)->outputs)
        return fail(err, IMJIN_BAD_INPUT, "the store of blocks is damaged; \"imjin verify\" says more");
    uint64_t value = utxo_outputs(u)[output].value;
    if (wish->time_from != TIME_UNKNOWN) {
        struct tx_id tx;
        struct utxo_tx row;
        TRY(utxo_output_tx(u, output, &tx, err));
        TRY(utxo_tx(u, tx, &row, err));
        if (row.time < wish->time_from)
            return IMJIN_OK;
    }
    if (value == 0)
        return IMJIN_OK;
    if (wish->units && *left < value)
        source.count = *left;
    *left -= *left < value ? *left : value;
    return buffer_push(&s->sources, &source, NULL, err);
}

static enum imjin_status add_address(struct taint_spec *s, const struct utxo *u, struct span text, const struct wish *wish,
                                     struct error *err) {
    struct address address = {.form = ADDRESS_OPAQUE, .count = (uint8_t)text.count, .text = text.bytes};
    struct utxo_list lists[UTXO_SEGMENTS_MAX];
    struct script_id script;
    unsigned count;
    uint64_t left = wish->units ? wish->units : UINT64_MAX;
    if (text.count == 0 || text.count > ADDRESS_TEXT_MAX)
        return fail(err, IMJIN_USAGE, "the address is missing or too long");
    TRY(utxo_script_find(u, &address, &script, err));
    TRY(utxo_script_outputs(u, script, lists, &count, err));
    for (unsigned i = 0; i < count; i++)
        for (uint64_t k = 0; k < lists[i].count && left > 0; k++)
            TRY(take_output(s, u, lists[i].base + lists[i].numbers[k], wish, &left, err));
    return IMJIN_OK;
}

static enum imjin_status add_fields(struct taint_spec *s, const struct utxo *u, const struct span fields[API_SPEC_FIELDS_MAX],
                                    struct span said, struct error *err) {
    struct span id, output;
    struct wish wish;
    uint64_t before = s->sources.count;
    TRY(read_wish(utxo_chain(u), fields, &wish, err));
    enum imjin_status status = reads_as_tx(fields[FIELD_ADDRESS], &id, &output)
                                   ? add_tx(s, u, id, output, err)
                                   : add_address(s, u, fields[FIELD_ADDRESS], &wish, err);
    if (status == IMJIN_OK)
        status = name_theft(s, said, err);
    if (status != IMJIN_OK)
        s->sources.count = before;
    return status;
}

enum imjin_status taint_spec_add(struct taint_spec *s, const struct utxo *u, struct span text, struct error *err) {
    struct span fields[API_SPEC_FIELDS_MAX] = {0};
    uint64_t at = 0;
    for (unsigned field = 0;; field++) {
        const char *comma = at < text.count ? memchr(text.bytes + at, ',', text.count - at) : NULL;
        uint64_t end = comma ? (uint64_t)(comma - text.bytes) : text.count;
        if (field == API_SPEC_FIELDS_MAX)
            return fail(err, IMJIN_USAGE, "too many commas: what was stolen is ADDRESS[,AMOUNT[,ASSET[,TIME]]]");
        fields[field] = span_trim((struct span){text.bytes + at, end - at});
        if (comma == NULL)
            break;
        at = end + 1;
    }
    return add_fields(s, u, fields, span_trim(text), err);
}

/* ---- lists ---- */

static enum imjin_status read_headings(const struct csv_row *row, const char *path, uint8_t meaning[API_SPEC_FIELDS_MAX],
                                       struct error *err) {
    unsigned seen = 0;
    if (row->count > API_SPEC_FIELDS_MAX)
        return fail_value(err, path, row->line, NULL, NULL, 0,
                          "has %u columns; a list of sources has address,amount,asset,time", row->count);
    for (unsigned i = 0; i < row->count; i++) {
        unsigned field = 0;
        while (field < API_SPEC_FIELDS_MAX && !span_is(span_trim(row->fields[i]), headings[field]))
            field++;
        if (field == API_SPEC_FIELDS_MAX || seen & 1u << field)
            return fail_value(err, path, row->line, NULL, row->fields[i].bytes, row->fields[i].count,
                              "is no column of a list of sources (address,amount,asset,time), or stands twice");
        seen |= 1u << field;
        meaning[i] = (uint8_t)field;
    }
    return seen & 1u << FIELD_ADDRESS ? IMJIN_OK
                                      : fail_value(err, path, row->line, NULL, NULL, 0, "the column \"address\" is missing");
}

static enum imjin_status read_list(struct taint_spec *s, const struct utxo *u, struct csv_reader *csv, const char *path,
                                   struct error *err) {
    const struct csv_row *row;
    uint8_t meaning[API_SPEC_FIELDS_MAX];
    TRY(csv_next(csv, &row, err));
    if (row == NULL)
        return fail_value(err, path, 0, NULL, NULL, 0, "is empty: address[,amount[,asset[,time]]] is wanted");
    TRY(read_headings(row, path, meaning, err));
    for (uint32_t columns = row->count;;) {
        struct span fields[API_SPEC_FIELDS_MAX] = {0};
        TRY(csv_next(csv, &row, err));
        if (row == NULL)
            return IMJIN_OK;
        if (row->count > columns)
            return fail_value(err, path, row->line, NULL, NULL, 0, "the row has %u columns, the heading %u", row->count,
                              columns);
        for (unsigned i = 0; i < row->count; i++)
            fields[meaning[i]] = span_trim(row->fields[i]);
        enum imjin_status status = add_fields(s, u, fields, fields[FIELD_ADDRESS], err);
        if (status == IMJIN_NOT_FOUND)
            status = taint_spec_add_missing(s, fields[FIELD_ADDRESS], err);
        if (status == IMJIN_BAD_INPUT || status == IMJIN_USAGE) {
            error_at(err, path, row->line);
            if (err)
                err->status = IMJIN_BAD_INPUT;
            return IMJIN_BAD_INPUT;
        }
        TRY(status);
    }
}

static enum imjin_status read_input(struct taint_spec *s, const struct utxo *u, struct input *in, const char *path,
                                    struct error *err) {
    struct window window;
    struct csv_reader *csv;
    TRY(window_init(&window, in, CSV_ROW_BYTES_MAX, err));
    enum imjin_status status = csv_new(&csv, &window, ',', err);
    if (status != IMJIN_OK) {
        window_done(&window);
        return status;
    }
    status = read_list(s, u, csv, path, err);
    csv_free(csv);
    return status;
}

enum imjin_status taint_spec_add_file(struct taint_spec *s, const struct utxo *u, const char *path, struct error *err) {
    struct input *in;
    TRY(input_open(&in, path, 1, err));
    enum imjin_status status = read_input(s, u, in, path, err);
    input_close(in);
    return status;
}
