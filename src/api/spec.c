#include "api/spec.h"

#include "api/amounts.h"
#include "api/limits.h"
#include "codec/input.h"

enum spec_field { FIELD_ADDRESS, FIELD_AMOUNT, FIELD_ASSET, FIELD_TIME };

void spec_list_begin(struct spec_list *s) {
    *s = (struct spec_list){
        .sources = {.item_bytes = sizeof(struct trace_source), .items_max = API_SOURCES_MAX, .what = "sources"}};
}

void spec_list_done(struct spec_list *s) {
    buffer_done(&s->sources);
    arena_done(&s->texts);
}

enum imjin_status spec_add_missing(struct spec_list *s, struct span text, struct error *err) {
    struct trace_source source = {.account = {ID_NONE}, .missing = true, .time_from = TIME_UNKNOWN};
    source.said = (struct span){arena_text(&s->texts, text.bytes, text.count), text.count};
    if (source.said.bytes == NULL)
        return fail_memory(err, "a source");
    TRY(buffer_push(&s->sources, &source, NULL, err));
    s->missing++;
    return IMJIN_OK;
}

enum imjin_status account_by_text(struct account_id *ret, const struct ledger *l, struct span text, struct error *err) {
    struct address address;
    char seen[ADDRESS_PRINT_MAX];
    if (span_trim(text).count == 0)
        return fail(err, IMJIN_USAGE, "the address is missing");
    TRY(address_parse(&address, ledger_chain(l), span_trim(text), err));
    if (address.form == ADDRESS_VOID)
        return fail(err, IMJIN_USAGE,
                    "the zero address is where money is minted and burnt, and holds none: name another address");
    enum imjin_status status = ledger_account_find(l, &address, ret, err);
    address_print(&address, seen);
    if (status == IMJIN_NOT_FOUND)
        return fail(err, IMJIN_NOT_FOUND, "the ledger of %s has no movement of %s", ledger_chain(l)->name, seen);
    return status;
}

/* Fields in one theft. Empty ones say nothing. */
static enum imjin_status source_from_fields(struct trace_source *ret, const struct ledger *l,
                                            const struct span fields[API_SPEC_FIELDS_MAX], struct error *err) {
    struct trace_source source = {.time_from = TIME_UNKNOWN};
    TRY(account_by_text(&source.account, l, fields[FIELD_ADDRESS], err));
    if (fields[FIELD_ASSET].count) {
        TRY(asset_by_name(&source.asset, l, fields[FIELD_ASSET], err));
        source.has_asset = true;
    }
    if (fields[FIELD_AMOUNT].count) {
        struct asset_id unit = {ID_NONE};
        TRY(amount_by_text(&source.units, &unit, l, fields[FIELD_AMOUNT], source.has_asset ? &source.asset : NULL, err));
        source.has_units = true;
        if (unit.n != ID_NONE) {
            source.asset = unit;
            source.has_asset = true;
        }
    }
    if (fields[FIELD_TIME].count) {
        TRY(time_parse(&source.time_from, fields[FIELD_TIME], err));
        source.has_time = true;
    }
    *ret = source;
    return IMJIN_OK;
}

static enum imjin_status split_fields(struct span text, struct span ret_fields[API_SPEC_FIELDS_MAX], struct error *err) {
    struct span fields[API_SPEC_FIELDS_MAX] = {0};
    uint64_t at = 0;
    unsigned field = 0;
    for (;;) {
        const char *comma = at < text.count ? memchr(text.bytes + at, ',', text.count - at) : NULL;
        uint64_t end = comma ? (uint64_t)(comma - text.bytes) : text.count;
        if (field == API_SPEC_FIELDS_MAX)
            return fail(err, IMJIN_USAGE, "too many commas: what was stolen is ADDRESS[,AMOUNT[,ASSET[,TIME]]]");
        fields[field++] = span_trim((struct span){text.bytes + at, end - at});
        if (comma == NULL)
            break;
        at = end + 1;
    }
    memcpy(ret_fields, fields, sizeof fields);
    return IMJIN_OK;
}

/* A whole text that the ledger has as a transaction. */
static enum imjin_status find_tx(struct trace_source *ret, bool *ret_found, const struct ledger *l, struct span text,
                                 struct error *err) {
    struct trace_source source = {.account = {ID_NONE}, .has_tx = true, .time_from = TIME_UNKNOWN};
    enum imjin_status status = ledger_tx_find(l, text, &source.tx, err);
    *ret_found = status == IMJIN_OK;
    if (status == IMJIN_OK)
        *ret = source;
    return status == IMJIN_NOT_FOUND ? IMJIN_OK : status;
}

static bool is_hex(struct span text) { return text.count >= 2 && memcmp(text.bytes, "0x", 2) == 0; }

/* What was meant as the name of a case: a path, or no address at all. */
static bool names_file(struct span text, enum imjin_status status) {
    bool conf = text.count > 5 && memcmp(text.bytes + text.count - 5, ".conf", 5) == 0;
    bool path = conf || memchr(text.bytes, '/', text.count) || span_is(text, ".") || span_is(text, "..");
    return !is_hex(text) && (path || status == IMJIN_BAD_INPUT);
}

enum imjin_status spec_add(struct spec_list *s, const struct ledger *l, struct span text, struct error *err) {
    struct span fields[API_SPEC_FIELDS_MAX];
    struct trace_source source;
    bool is_tx = false;
    TRY(split_fields(text, fields, err));
    if (memchr(text.bytes, ',', text.count) == NULL)
        TRY(find_tx(&source, &is_tx, l, fields[FIELD_ADDRESS], err));
    if (!is_tx && fields[FIELD_ADDRESS].count == 66 && is_hex(fields[FIELD_ADDRESS]))
        return fail(err, IMJIN_NOT_FOUND, "the ledger of %s has no transaction %.66s", ledger_chain(l)->name,
                    fields[FIELD_ADDRESS].bytes);
    enum imjin_status status = is_tx ? IMJIN_OK : source_from_fields(&source, l, fields, err);
    bool alone = fields[FIELD_ADDRESS].count == span_trim(text).count;
    if (alone && (status == IMJIN_BAD_INPUT || status == IMJIN_NOT_FOUND) && names_file(fields[FIELD_ADDRESS], status))
        return fail_value(err, NULL, 0, NULL, fields[FIELD_ADDRESS].bytes, fields[FIELD_ADDRESS].count,
                          "is no case (a directory that holds case.conf, or a file that ends in .conf), and no address or "
                          "transaction of the ledger");
    TRY(status);
    return buffer_push(&s->sources, &source, NULL, err);
}

/* ---- lists of sources ---- */

/* Takes the next line off `rest`, without its end and a byte order mark. */
static struct span next_line(struct span *rest) {
    const char *end = memchr(rest->bytes, '\n', rest->count);
    struct span line = {rest->bytes, end ? (uint64_t)(end - rest->bytes) : rest->count};
    uint64_t taken = line.count + (end != NULL);
    *rest = (struct span){rest->bytes + taken, rest->count - taken};
    if (line.count && line.bytes[line.count - 1] == '\r')
        line.count--;
    return line;
}

/* A field that a spreadsheet put in quotes. Quotes inside have no meaning here: none of the fields can hold one. */
static struct span unquoted(struct span field) {
    if (field.count >= 2 && field.bytes[0] == '"' && field.bytes[field.count - 1] == '"')
        return (struct span){field.bytes + 1, field.count - 2};
    return field;
}

/* Whatever its case, as in the files that are imported. */
static bool is_column(struct span text, const char *name) {
    return text.count == strlen(name) && strncasecmp(text.bytes, name, text.count) == 0;
}

/* Which field each column holds. */
static enum imjin_status read_header(struct span line, unsigned ret_fields[API_SPEC_FIELDS_MAX], struct error *err) {
    static const char *const names[] = {"address", "amount", "asset", "time"};
    struct span columns[API_SPEC_FIELDS_MAX] = {0};
    unsigned fields[API_SPEC_FIELDS_MAX];
    uint64_t seen = 0;
    if (line.count >= 3 && memcmp(line.bytes, "\xef\xbb\xbf", 3) == 0)
        line = (struct span){line.bytes + 3, line.count - 3};
    if (split_fields(line, columns, NULL) != IMJIN_OK)
        return fail(err, IMJIN_BAD_INPUT, "a list of sources has the columns address[,amount[,asset[,time]]]");
    for (unsigned i = 0; i < API_SPEC_FIELDS_MAX; i++) {
        fields[i] = API_SPEC_FIELDS_MAX;
        for (unsigned n = 0; n < API_SPEC_FIELDS_MAX; n++)
            if (is_column(unquoted(columns[i]), names[n]) && !(seen & 1u << n))
                fields[i] = n;
        if (columns[i].count && fields[i] == API_SPEC_FIELDS_MAX)
            return fail_value(err, NULL, 0, NULL, columns[i].bytes, columns[i].count,
                              "is not a column (or stands twice): a list of sources has address[,amount[,asset[,time]]]");
        seen |= 1u << fields[i];
    }
    if (!(seen & 1u << FIELD_ADDRESS))
        return fail(err, IMJIN_BAD_INPUT,
                    "the column \"address\" is missing: a list of sources has address[,amount[,asset[,time]]]");
    memcpy(ret_fields, fields, sizeof fields);
    return IMJIN_OK;
}

static enum imjin_status add_line(struct spec_list *s, const struct ledger *l, struct span line,
                                  const unsigned which[API_SPEC_FIELDS_MAX], struct error *err) {
    struct span columns[API_SPEC_FIELDS_MAX] = {0}, fields[API_SPEC_FIELDS_MAX + 1] = {0};
    struct trace_source source;
    struct account_id account;
    TRY(split_fields(line, columns, err));
    for (unsigned i = 0; i < API_SPEC_FIELDS_MAX; i++) {
        if (columns[i].count && which[i] == API_SPEC_FIELDS_MAX)
            return fail_value(err, NULL, 0, NULL, columns[i].bytes, columns[i].count,
                              "is a field more than the header has columns");
        fields[which[i]] = unquoted(columns[i]);
    }
    if (fields[FIELD_ADDRESS].count == 0)
        return fail(err, IMJIN_BAD_INPUT, "the address is missing");
    enum imjin_status status = account_by_text(&account, l, fields[FIELD_ADDRESS], err);
    if (status == IMJIN_NOT_FOUND)
        return spec_add_missing(s, fields[FIELD_ADDRESS], err);
    TRY(status);
    TRY(source_from_fields(&source, l, fields, err));
    return buffer_push(&s->sources, &source, NULL, err);
}

static enum imjin_status add_lines(struct spec_list *s, const struct ledger *l, struct span rest, uint64_t *ret_line,
                                   struct error *err) {
    unsigned fields[API_SPEC_FIELDS_MAX] = {0};
    *ret_line = 1;
    TRY(read_header(next_line(&rest), fields, err));
    while (rest.count) {
        struct span line = next_line(&rest);
        (*ret_line)++;
        if (span_trim(line).count)
            TRY(add_line(s, l, line, fields, err));
    }
    return IMJIN_OK;
}

/* All of a file, unpacked when it is packed. */
static enum imjin_status read_list(const char *path, struct text *ret, struct error *err) {
    static const uint64_t piece_bytes = 1 << 16;
    struct input *in = NULL;
    char *piece = memory_new(piece_bytes, 1);
    if (piece == NULL)
        return fail_memory(err, "a list of sources");
    enum imjin_status status = input_open(&in, path, 1, err);
    uint64_t count = status == IMJIN_OK;
    while (status == IMJIN_OK && count) {
        status = input_read(in, piece, piece_bytes, &count, err);
        if (status == IMJIN_OK && ret->count + count > API_SOURCES_BYTES_MAX)
            status =
                fail(err, IMJIN_BAD_INPUT, "%.300s is longer than %llu bytes", path, (unsigned long long)API_SOURCES_BYTES_MAX);
        if (status == IMJIN_OK)
            text_add(ret, piece, count);
    }
    input_close(in);
    memory_free(piece);
    return status == IMJIN_OK ? text_status(ret, err) : status;
}

enum imjin_status spec_add_file(struct spec_list *s, const struct ledger *l, const char *path, struct error *err) {
    struct text list = {.bytes_max = API_SOURCES_BYTES_MAX + 1};
    uint64_t line = 0;
    enum imjin_status status = read_list(path, &list, err);
    if (status == IMJIN_NOT_FOUND)
        status = fail(err, IMJIN_BAD_INPUT, "%.300s is not there", path);
    if (status != IMJIN_OK) {
        text_done(&list);
        return status;
    }
    uint64_t sources = s->sources.count, missing = s->missing;
    status = add_lines(s, l, (struct span){list.bytes ? list.bytes : "", list.count}, &line, err);
    text_done(&list);
    if (status != IMJIN_OK) { /* all of a file or nothing */
        s->sources.count = sources;
        s->missing = missing;
    }
    if (status == IMJIN_OK || status == IMJIN_MACHINE)
        return status;
    /* whatever a line of a file cannot be read as, the file is what is wrong */
    if (err)
        err->status = IMJIN_BAD_INPUT;
    error_at(err, path, line);
    return IMJIN_BAD_INPUT;
}
