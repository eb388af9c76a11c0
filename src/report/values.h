/* Inside the room: what amounts were worth in US dollars when they moved, each with the price's time and source. Shown, never
 * counted with. Everything is silent where the workspace knows no price. */
#ifndef IMJIN_REPORT_VALUES_H
#define IMJIN_REPORT_VALUES_H

#include "codec/json.h"
#include "report/names.h"

/* False when no price holds at that time. */
[[nodiscard]] bool value_find(const struct report_input *in, const struct asset_name *asset, struct u256 units, int64_t time,
                              u128 *ret_cents, struct price *ret_price);
/* " (1,234.56 USD as of 2022-03-29, source)", or nothing. */
void add_value(struct text *t, const struct report_input *in, const struct asset_name *asset, struct u256 units, int64_t time);
/* "1234.56,2022-03-29 00:00:00Z,source", or two commas: cells of a CSV. */
void add_value_cells(struct text *t, const struct report_input *in, const struct asset_name *asset, struct u256 units,
                     int64_t time);
/* "value": {"usd", "as_of", "source"}; null when no price holds; no member where the workspace knows no price at all. */
void json_key_value(struct json_writer *w, const struct report_input *in, const struct asset_name *asset, struct u256 units,
                    int64_t time);

#endif
