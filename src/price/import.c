#include "price/format.h"

#include "codec/codec.h"

#include <stdio.h>
#include <stdlib.h>

enum column { COLUMN_ASSET, COLUMN_TIME, COLUMN_USD, COLUMN_CHAIN, COLUMN_SOURCE, COLUMNS };
static const char *const headings[COLUMNS] = {"asset", "time", "usd", "chain", "source"};

/* What is on its way into the store. Assets and sources are numbered in order of first appearance until all is sorted. */
struct importing {
    const char *path, *chain; /* chain "": of rows that name none */
    struct buffer assets, sources, rows;
    uint32_t *table; /* open-addressed: asset number + 1 */
    uint64_t table_count;
    uint32_t last_source;
    uint8_t meaning[COLUMNS];
    struct price_import_result result;
};

static struct price_asset *assets(const struct importing *m) { return m->assets.items; }
static struct price_source *sources(const struct importing *m) { return m->sources.items; }
static struct price_record *rows(const struct importing *m) { return m->rows.items; }

/* ---- numbering ---- */

static uint64_t slot_of(const struct importing *m, const struct price_asset *a) {
    uint64_t slot = hash_bytes(a, offsetof(struct price_asset, first), 0) & (m->table_count - 1);
    while (m->table[slot] != 0 && price_asset_compare(&assets(m)[m->table[slot] - 1], a) != 0)
        slot = (slot + 1) & (m->table_count - 1);
    return slot;
}

static enum imjin_status grow_table(struct importing *m, struct error *err) {
    if (2 * (m->assets.count + 1) <= m->table_count)
        return IMJIN_OK;
    uint64_t count = m->table_count ? 2 * m->table_count : 64;
    uint32_t *table = memory_new(count, sizeof *table);
    if (table == NULL)
        return fail_memory(err, "prices");
    memory_free(m->table);
    m->table = table;
    m->table_count = count;
    for (uint32_t i = 0; i < m->assets.count; i++)
        table[slot_of(m, &assets(m)[i])] = i + 1;
    return IMJIN_OK;
}

static enum imjin_status number_asset(struct importing *m, const struct price_asset *a, uint32_t *ret, struct error *err) {
    TRY(grow_table(m, err));
    uint64_t slot = slot_of(m, a);
    if (m->table[slot] == 0) {
        TRY(buffer_push(&m->assets, a, NULL, err));
        m->table[slot] = (uint32_t)m->assets.count;
    }
    *ret = m->table[slot] - 1;
    return IMJIN_OK;
}

static enum imjin_status number_source(struct importing *m, const struct price_source *source, uint32_t *ret,
                                       struct error *err) {
    uint32_t number = m->last_source;
    if (number >= m->sources.count || memcmp(&sources(m)[number], source, sizeof *source) != 0)
        for (number = 0; number < m->sources.count; number++)
            if (memcmp(&sources(m)[number], source, sizeof *source) == 0)
                break;
    if (number == m->sources.count)
        TRY(buffer_push(&m->sources, source, NULL, err));
    *ret = m->last_source = number;
    return IMJIN_OK;
}

/* ---- reading ---- */

static enum imjin_status read_headings(struct importing *m, const struct csv_row *row, struct error *err) {
    uint32_t seen = 0;
    for (uint32_t i = 0; i < row->count; i++) {
        struct span heading = span_trim(row->fields[i]);
        unsigned column = 0;
        while (column < COLUMNS && !span_is(heading, headings[column]))
            column++;
        if (column == COLUMNS || seen & 1u << column)
            return fail_value(err, m->path, row->line, NULL, heading.bytes, heading.count,
                              column == COLUMNS ? "is no column of a price file (asset, time, usd, chain, source)"
                                                : "stands twice in the heading");
        seen |= 1u << column;
        m->meaning[i] = (uint8_t)column;
    }
    for (unsigned column = 0; column <= COLUMN_USD; column++)
        if (!(seen & 1u << column))
            return fail_value(err, m->path, row->line, NULL, NULL, 0, "the column \"%s\" is missing (asset, time, usd)",
                              headings[column]);
    return IMJIN_OK;
}

/* Puts the name of an asset as price_find() will look for it. */
static enum imjin_status read_asset(struct importing *m, struct span chain_name, struct span text, struct price_asset *ret,
                                    struct error *err) {
    struct chain chain = {0};
    struct error why;
    struct asset_key key = {.form = ASSET_NATIVE};
    char name[CHAIN_NAME_MAX] = "";
    if (chain_name.count >= sizeof name)
        return fail_value(err, m->path, 0, "chain", chain_name.bytes, chain_name.count, "is no name of a chain");
    memcpy(name, chain_name.bytes, chain_name.count);
    if (chain_find(&chain, *name ? name : "any", &why) != IMJIN_OK)
        return fail_value(err, m->path, 0, "chain", chain_name.bytes, chain_name.count, "%s", why.text);
    if (text.count == 0)
        return fail_value(err, m->path, 0, "asset", NULL, 0, "is empty");
    if (!*name || !asset_is_native(text, &chain)) {
        key.form = ASSET_TOKEN;
        if (address_parse(&key.contract, &chain, text, &why) != IMJIN_OK || key.contract.form == ADDRESS_VOID)
            return fail_value(err, m->path, 0, "asset", text.bytes, text.count, "is neither a coin, a contract nor a name");
    }
    if (!price_asset_name(&key, ret->name))
        return fail_value(err, m->path, 0, "asset", text.bytes, text.count, "is longer than %d bytes", PRICE_ASSET_MAX);
    memcpy(ret->chain, name, sizeof name);
    return IMJIN_OK;
}

static enum imjin_status at_column(enum imjin_status status, const char *path, const char *column, struct error *err) {
    if (status == IMJIN_BAD_INPUT && err) {
        error_at(err, path, 0);
        snprintf(err->column, sizeof err->column, "%s", column);
    }
    return status;
}

static enum imjin_status read_fields(struct importing *m, const struct span fields[COLUMNS], struct error *err) {
    struct price_asset asset = {0};
    struct price_source source = {0};
    struct price_record record;
    struct u256 usd;
    u128 small;
    struct span chain = fields[COLUMN_CHAIN].count ? fields[COLUMN_CHAIN] : span_of(m->chain);
    TRY(read_asset(m, chain, fields[COLUMN_ASSET], &asset, err));
    TRY(at_column(time_parse(&record.time, fields[COLUMN_TIME], err), m->path, "time", err));
    TRY(at_column(amount_parse_scaled(&usd, fields[COLUMN_USD], PRICE_USD_DIGITS, true, err), m->path, "usd", err));
    if (!u256_to_u128(usd, &small))
        return fail_value(err, m->path, 0, "usd", fields[COLUMN_USD].bytes, fields[COLUMN_USD].count,
                          "is no price in US dollars (it is above 3 * 10^20)");
    if (fields[COLUMN_SOURCE].count > PRICE_SOURCE_MAX)
        return fail_value(err, m->path, 0, "source", fields[COLUMN_SOURCE].bytes, fields[COLUMN_SOURCE].count,
                          "is longer than %d bytes", PRICE_SOURCE_MAX);
    if (fields[COLUMN_SOURCE].count)
        memcpy(source.text, fields[COLUMN_SOURCE].bytes, fields[COLUMN_SOURCE].count);
    record.usd_low = (uint64_t)small;
    record.usd_high = (uint64_t)(small >> 64);
    TRY(number_asset(m, &asset, &record.asset, err));
    TRY(number_source(m, &source, &record.source, err));
    m->result.rows_read++;
    return buffer_push(&m->rows, &record, NULL, err);
}

static enum imjin_status read_row(struct importing *m, const struct csv_row *row, uint32_t column_count, struct error *err) {
    struct span fields[COLUMNS] = {0};
    if (row->count != column_count)
        return fail_value(err, m->path, row->line, NULL, NULL, 0, "the row has %u columns, the heading %u", row->count,
                          column_count);
    for (uint32_t i = 0; i < column_count; i++)
        fields[m->meaning[i]] = span_trim(row->fields[i]);
    enum imjin_status status = read_fields(m, fields, err);
    if (status == IMJIN_BAD_INPUT && err)
        error_at(err, m->path, row->line);
    return status;
}

static enum imjin_status read_table(struct importing *m, struct csv_reader *csv, struct error *err) {
    const struct csv_row *row;
    TRY(csv_next(csv, &row, err));
    if (row == NULL)
        return fail_value(err, m->path, 0, NULL, NULL, 0, "has no heading (asset,time,usd[,chain][,source])");
    uint32_t column_count = row->count;
    if (column_count > COLUMNS)
        return fail_value(err, m->path, row->line, NULL, NULL, 0, "has %u columns; a price file has %d at most", column_count,
                          COLUMNS);
    TRY(read_headings(m, row, err));
    for (;;) {
        TRY(csv_next(csv, &row, err));
        if (row == NULL)
            return IMJIN_OK;
        TRY(read_row(m, row, column_count, err));
    }
}

static enum imjin_status read_input(struct importing *m, struct input *in, struct error *err) {
    struct window window;
    struct csv_reader *csv;
    TRY(window_init(&window, in, CSV_ROW_BYTES_MAX, err));
    enum imjin_status status = csv_new(&csv, &window, ',', err);
    if (status != IMJIN_OK) {
        window_done(&window);
        return status;
    }
    status = read_table(m, csv, err);
    csv_free(csv);
    return status;
}

static enum imjin_status read_file(struct importing *m, const char *path, struct error *err) {
    struct input *in;
    m->path = path;
    TRY(input_open(&in, path, 1, err));
    enum imjin_status status = read_input(m, in, err);
    input_close(in);
    return status;
}

/* What the store holds already. */
static enum imjin_status add_store(struct importing *m, const struct price_store *s, struct error *err) {
    for (uint64_t i = 0; i < price_count(s); i++) {
        struct price_row known = price_at(s, i);
        struct price_asset asset = {0};
        struct price_source source = {0};
        struct price_record record = {
            .time = known.price.time, .usd_low = (uint64_t)known.price.usd, .usd_high = (uint64_t)(known.price.usd >> 64)};
        memcpy(asset.chain, known.chain.bytes, known.chain.count);
        memcpy(asset.name, known.asset.bytes, known.asset.count);
        memcpy(source.text, known.price.source.bytes, known.price.source.count);
        TRY(number_asset(m, &asset, &record.asset, err));
        TRY(number_source(m, &source, &record.source, err));
        TRY(buffer_push(&m->rows, &record, NULL, err));
    }
    return IMJIN_OK;
}

/* ---- sorting ---- */

static int compare_asset_numbers(const void *a, const void *b, void *m) {
    return price_asset_compare(&assets(m)[*(const uint32_t *)a], &assets(m)[*(const uint32_t *)b]);
}

static int compare_source_numbers(const void *a, const void *b, void *m) {
    return memcmp(&sources(m)[*(const uint32_t *)a], &sources(m)[*(const uint32_t *)b], sizeof(struct price_source));
}

/* Sorts the items of `b` and tells every old number its new one. */
static enum imjin_status sort_numbered(struct importing *m, struct buffer *b, uint32_t **ret_new,
                                       int (*compare)(const void *, const void *, void *), struct error *err) {
    uint32_t *order = memory_new(b->count, sizeof *order), *renumbered = memory_new(b->count, sizeof *renumbered);
    char *sorted = memory_new(b->count, b->item_bytes);
    enum imjin_status status = order && renumbered && sorted ? IMJIN_OK : fail_memory(err, "prices");
    for (uint32_t i = 0; status == IMJIN_OK && i < b->count; i++)
        order[i] = i;
    if (status == IMJIN_OK && b->count)
        qsort_r(order, b->count, sizeof *order, compare, m);
    for (uint32_t i = 0; status == IMJIN_OK && i < b->count; i++) {
        renumbered[order[i]] = i;
        memcpy(sorted + i * b->item_bytes, (const char *)b->items + order[i] * b->item_bytes, b->item_bytes);
    }
    if (status == IMJIN_OK && b->count)
        memcpy(b->items, sorted, b->count * b->item_bytes);
    memory_free(order);
    memory_free(sorted);
    if (status == IMJIN_OK)
        *ret_new = renumbered;
    else
        memory_free(renumbered);
    return status;
}

static int compare_records(const void *a, const void *b) { return price_record_compare(a, b); }

static enum imjin_status fail_conflict(const struct importing *m, const struct price_record *r, struct error *err) {
    const struct price_asset *a = &assets(m)[r->asset];
    char when[TIME_PRINT_MAX];
    time_print(r->time, when);
    return fail(err, IMJIN_BAD_INPUT,
                "two different prices of %.*s at %s from one source (\"%.80s\"); give the right one, or name the sources apart",
                (int)strnlen(a->name, sizeof a->name), a->name, when, sources(m)[r->source].text);
}

/* Sorts rows by their final numbers and drops repetitions. */
static enum imjin_status sort_rows(struct importing *m, const uint32_t *asset_numbers, const uint32_t *source_numbers,
                                   struct error *err) {
    uint64_t kept = 0;
    for (uint64_t i = 0; i < m->rows.count; i++) {
        rows(m)[i].asset = asset_numbers[rows(m)[i].asset];
        rows(m)[i].source = source_numbers[rows(m)[i].source];
    }
    if (m->rows.count)
        qsort(m->rows.items, m->rows.count, sizeof(struct price_record), compare_records);
    for (uint64_t i = 0; i < m->rows.count; i++) {
        struct price_record *last = kept ? &rows(m)[kept - 1] : NULL;
        if (last && price_record_compare(last, &rows(m)[i]) == 0) {
            if (price_record_usd(last) != price_record_usd(&rows(m)[i]))
                return fail_conflict(m, last, err);
            continue;
        }
        rows(m)[kept++] = rows(m)[i];
    }
    m->rows.count = kept;
    for (uint32_t i = 0; i < kept; i++) {
        struct price_asset *a = &assets(m)[rows(m)[i].asset];
        if (a->count++ == 0)
            a->first = i;
    }
    return IMJIN_OK;
}

static enum imjin_status arrange(struct importing *m, struct error *err) {
    uint32_t *asset_numbers = NULL, *source_numbers = NULL;
    enum imjin_status status = sort_numbered(m, &m->assets, &asset_numbers, compare_asset_numbers, err);
    if (status == IMJIN_OK)
        status = sort_numbered(m, &m->sources, &source_numbers, compare_source_numbers, err);
    if (status == IMJIN_OK)
        status = sort_rows(m, asset_numbers, source_numbers, err);
    memory_free(asset_numbers);
    memory_free(source_numbers);
    return status;
}

/* ---- writing ---- */

static enum imjin_status write_store(const struct importing *m, const char *path, struct error *err) {
    struct price_header h = {.magic = PRICE_MAGIC,
                             .version = PRICE_VERSION,
                             .row_bytes = sizeof(struct price_record),
                             .assets = m->assets.count,
                             .sources = m->sources.count,
                             .rows = m->rows.count};
    const struct buffer *parts[] = {&m->assets, &m->sources, &m->rows};
    struct text file = {.bytes_max = UINT64_MAX / 2};
    text_add(&file, (const char *)&h, sizeof h);
    for (unsigned i = 0; i < 3; i++)
        if (parts[i]->count)
            text_add(&file, parts[i]->items, parts[i]->count * parts[i]->item_bytes);
    enum imjin_status status = text_status(&file, err);
    if (status == IMJIN_OK)
        status = sha256_of(file.bytes + sizeof h, file.count - sizeof h, &h.identity, err);
    if (status == IMJIN_OK) {
        memcpy(file.bytes, &h, sizeof h);
        h.checksum = hash_bytes(file.bytes + PRICE_CHECKED_FROM, file.count - PRICE_CHECKED_FROM, 0);
        memcpy(file.bytes, &h, sizeof h);
        status = file_replace(path, file.bytes, file.count, err);
    }
    text_done(&file);
    return status;
}

static enum imjin_status merge_and_write(struct importing *m, const char *directory, struct error *err) {
    struct price_store *before;
    char path[PATH_BYTES_MAX];
    TRY(path_join(path, err, directory, PRICE_FILE));
    TRY(price_open(&before, directory, err));
    uint64_t known = price_count(before);
    enum imjin_status status = add_store(m, before, err);
    price_close(before);
    TRY(status);
    TRY(arrange(m, err));
    m->result.prices_added = m->rows.count - known;
    m->result.assets = m->assets.count;
    return m->rows.count ? write_store(m, path, err) : IMJIN_OK;
}

static enum imjin_status import_locked(struct importing *m, const char *directory, const char *const *paths,
                                       unsigned path_count, const struct progress *p, struct error *err) {
    for (unsigned i = 0; i < path_count; i++) {
        TRY(progress_step(p, "reading prices", "files", i, path_count, err));
        TRY(read_file(m, paths[i], err));
    }
    return merge_and_write(m, directory, err);
}

enum imjin_status price_import(const char *directory, const char *const *paths, unsigned path_count, const char *chain,
                               const struct progress *p, struct price_import_result *ret, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct file_lock lock;
    struct importing m = {
        .chain = chain ? chain : "",
        .assets = {.item_bytes = sizeof(struct price_asset), .items_max = PRICE_ASSETS_MAX, .what = "priced assets"},
        .sources = {.item_bytes = sizeof(struct price_source), .items_max = PRICE_SOURCES_MAX, .what = "sources of prices"},
        .rows = {.item_bytes = sizeof(struct price_record), .items_max = PRICE_ROWS_MAX, .what = "prices"},
    };
    TRY(directory_make(directory, err));
    TRY(path_join(path, err, directory, PRICE_LOCK));
    TRY(file_lock_take(&lock, path, err));
    enum imjin_status status = import_locked(&m, directory, paths, path_count, p, err);
    file_lock_release(&lock);
    buffer_done(&m.assets);
    buffer_done(&m.sources);
    buffer_done(&m.rows);
    memory_free(m.table);
    if (status == IMJIN_OK)
        *ret = m.result;
    return status;
}
