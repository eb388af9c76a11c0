#include "report/values.h"

#include <stdio.h>

#include "report/jsonify.h"

bool value_find(const struct report_input *in, const struct asset_name *asset, struct u256 units, int64_t time, u128 *ret_cents,
                struct price *ret_price) {
    return in->prices && time != TIME_UNKNOWN &&
           price_find(in->prices, ledger_chain(in->ledger), &asset->asset.key, time, ret_price) &&
           price_value(ret_price, units, asset->decimals, ret_cents);
}

void add_value(struct text *t, const struct report_input *in, const struct asset_name *asset, struct u256 units, int64_t time) {
    u128 cents;
    struct price price;
    char usd[PRICE_PRINT_MAX], day[DAY_PRINT_MAX];
    if (!value_find(in, asset, units, time, &cents, &price))
        return;
    price_print_cents(cents, usd);
    day_print(price.time, day);
    text_add_format(t, " (%s USD as of %s", usd, day);
    if (price.source.count) {
        text_add_string(t, ", ");
        report_add_outside(t, price.source);
    }
    text_add_string(t, ")");
}

/* Without grouping: for programs. */
static void plain_cents(u128 cents, char ret_text[PRICE_PRINT_MAX]) {
    char digits[U128_DIGITS_MAX];
    u128_print(cents / 100, digits);
    snprintf(ret_text, PRICE_PRINT_MAX, "%s.%02u", digits, (unsigned)(cents % 100));
}

void add_value_cells(struct text *t, const struct report_input *in, const struct asset_name *asset, struct u256 units,
                     int64_t time) {
    u128 cents;
    struct price price;
    char usd[PRICE_PRINT_MAX];
    if (!value_find(in, asset, units, time, &cents, &price)) {
        text_add_string(t, ",,");
        return;
    }
    plain_cents(cents, usd);
    text_add_format(t, "%s,", usd);
    add_time(t, price.time);
    text_add_string(t, ",");
    add_cell(t, price.source);
}

void json_key_value(struct json_writer *w, const struct report_input *in, const struct asset_name *asset, struct u256 units,
                    int64_t time) {
    u128 cents;
    struct price price;
    char usd[PRICE_PRINT_MAX];
    if (in->prices == NULL || price_count(in->prices) == 0)
        return;
    if (!value_find(in, asset, units, time, &cents, &price)) {
        json_key_text(w, "value", NULL);
        return;
    }
    plain_cents(cents, usd);
    json_put_key(w, "value");
    json_object_begin(w);
    json_key_text(w, "usd", usd);
    json_key_time(w, "as_of", price.time);
    json_key_span_value(w, "source", price.source);
    json_object_end(w);
}
