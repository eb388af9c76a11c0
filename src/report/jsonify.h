/* Inside the room: the parts that JSON documents share (docs/json.md). */
#ifndef IMJIN_REPORT_JSONIFY_H
#define IMJIN_REPORT_JSONIFY_H

#include "codec/json.h"
#include "report/names.h"

/* {"schema":...,"version":...; with a ledger: "ledger":{chain, identity, counts}; with labels: "label_set":{tags, identity}. */
void json_head(struct json_writer *w, const struct report_input *in, const char *schema);
/* Closes the document, ends the line. */
enum imjin_status json_foot(struct json_writer *w, struct file_writer *file, struct error *err);

void json_key_text(struct json_writer *w, const char *key, const char *value);
void json_key_span_value(struct json_writer *w, const char *key, struct span value);
void json_key_unsigned(struct json_writer *w, const char *key, uint64_t value);
void json_key_bool(struct json_writer *w, const char *key, bool value);
void json_key_units(struct json_writer *w, const char *key, struct u256 units);
/* "key": "12.5": the same amount with the point placed. */
void json_key_amount(struct json_writer *w, const char *key, struct u256 units, unsigned decimals);
/* "time": "2022-03-23T13:29:09Z", or null. */
void json_key_time(struct json_writer *w, const char *key, int64_t time);
void json_key_hash(struct json_writer *w, const char *key, const struct sha256 *hash);
/* Members of an open object: address, and when tagged label, actor, category, role, contact, confidence, source, conflict. */
void json_account_members(struct json_writer *w, const struct account_name *name);
enum imjin_status json_account(struct json_writer *w, const char *key, const struct report_input *in, struct account_id id,
                               struct error *err);
/* "key": "0x...": the address alone, null for ID_NONE. */
enum imjin_status json_key_address(struct json_writer *w, const char *key, const struct report_input *in, struct account_id id,
                                   struct error *err);
enum imjin_status json_key_tx(struct json_writer *w, const struct report_input *in, struct tx_id id, struct error *err);
enum imjin_status json_key_asset(struct json_writer *w, const char *key, const struct report_input *in, struct asset_id id,
                                 struct error *err);
/* One asset as an object: name, form, symbol, contract, item, decimals, conflicting, standing. */
enum imjin_status json_asset(struct json_writer *w, const struct report_input *in, const struct ranked_asset *asset,
                             struct error *err);
void json_tag(struct json_writer *w, const struct tag *tag);
const char *label_role_name(enum label_role role);

#endif
