#include "cli/commands.h"
#include "cli/result.h"
#include "price/price.h"

static enum imjin_status price_directory(struct session *s, char *ret_path, struct error *err) {
    TRY(desk_workspace(&s->desk, err));
    return workspace_prices(s->desk.workspace, ret_path, err);
}

static void add_import_json(struct text *t, const struct price_import_result *r) {
    struct json_writer w = {.out = t};
    json_object_begin(&w);
    result_word(&w, "schema", "imjin.price-import/1");
    result_number(&w, "rows_read", r->rows_read);
    result_number(&w, "prices_added", r->prices_added);
    result_number(&w, "assets", r->assets);
    json_object_end(&w);
    text_add_string(t, "\n");
}

enum imjin_status command_price_import(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    char directory[PATH_BYTES_MAX];
    struct price_import_result result;
    TRY(price_directory(s, directory, err));
    enum imjin_status status =
        price_import(directory, a->operands, a->operand_count, arguments_text(a, OPTION_CHAIN), &s->progress, &result, err);
    if (status == IMJIN_NOT_FOUND)
        status = err->status = IMJIN_BAD_INPUT; /* a file that was named and is not there */
    TRY(status);
    if (s->json)
        add_import_json(&s->out, &result);
    else if (!s->quiet)
        text_add_format(&s->out, "%llu prices read, %llu added; prices of %llu assets are known\n",
                        (unsigned long long)result.rows_read, (unsigned long long)result.prices_added,
                        (unsigned long long)result.assets);
    return text_status(&s->out, err);
}

/* The prices of one asset: rows [first, end) of the store. */
struct priced {
    struct price_row first, last;
    uint64_t count;
};

static struct priced priced_at(const struct price_store *prices, uint64_t first) {
    struct priced p = {.first = price_at(prices, first), .count = 1};
    p.last = p.first;
    for (uint64_t i = first + 1; i < price_count(prices); i++, p.count++) {
        struct price_row row = price_at(prices, i);
        if (!span_equal(row.asset, p.first.asset) || !span_equal(row.chain, p.first.chain))
            break;
        p.last = row;
    }
    return p;
}

static void add_span(struct json_writer *w, const char *key, struct span value) {
    json_put_key(w, key);
    json_put_string(w, value);
}

static void add_time(struct json_writer *w, const char *key, int64_t time) {
    char text[TIME_PRINT_MAX];
    unsigned count = time_print(time, text);
    text[10] = 'T'; /* as everywhere in JSON */
    add_span(w, key, (struct span){text, count});
}

static void add_list_json(struct text *t, const struct price_store *prices) {
    struct json_writer w = {.out = t};
    json_object_begin(&w);
    result_word(&w, "schema", "imjin.prices/1");
    json_put_key(&w, "assets");
    json_array_begin(&w);
    for (uint64_t at = 0; at < price_count(prices);) {
        struct priced p = priced_at(prices, at);
        json_object_begin(&w);
        add_span(&w, "chain", p.first.chain);
        add_span(&w, "asset", p.first.asset);
        add_time(&w, "first", p.first.price.time);
        add_time(&w, "last", p.last.price.time);
        result_number(&w, "prices", p.count);
        json_object_end(&w);
        at += p.count;
    }
    json_array_end(&w);
    json_object_end(&w);
    text_add_string(t, "\n");
}

static void add_list_text(struct text *t, const struct price_store *prices) {
    for (uint64_t at = 0; at < price_count(prices);) {
        struct priced p = priced_at(prices, at);
        char first[TIME_PRINT_MAX], last[TIME_PRINT_MAX], name[ASSET_PRINT_MAX];
        time_print(p.first.price.time, first);
        time_print(p.last.price.time, last);
        escape_ascii(name, sizeof name, p.first.asset.bytes, p.first.asset.count);
        text_add_format(t, "%-16.*s %-44s %s .. %s  %llu prices\n", (int)p.first.chain.count, p.first.chain.bytes, name, first,
                        last, (unsigned long long)p.count);
        at += p.count;
    }
}

enum imjin_status command_price_list(struct session *s, struct error *err) {
    char directory[PATH_BYTES_MAX];
    struct price_store *prices;
    TRY(price_directory(s, directory, err));
    TRY(price_open(&prices, directory, err));
    if (s->json)
        add_list_json(&s->out, prices);
    else
        add_list_text(&s->out, prices);
    bool empty = price_count(prices) == 0;
    price_close(prices);
    TRY(text_status(&s->out, err));
    return empty ? fail(err, IMJIN_NOT_FOUND, "no prices are known yet; read some with: imjin price import FILE") : IMJIN_OK;
}
