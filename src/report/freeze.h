/* Inside the room: who can stop what is at rest or at a service, and the request to them. */
#ifndef IMJIN_REPORT_FREEZE_H
#define IMJIN_REPORT_FREEZE_H

#include "codec/json.h"
#include "report/html.h"

/* What one party can freeze in one account: rests of one asset, of thefts that are neither suspected nor folded. */
struct freeze_action {
    const struct token_issuer *issuer; /* null: a service, which `service` names */
    struct span party;                 /* "Circle", "binance"; outside text when it is a service */
    const char *contact;               /* whom to ask there; may be empty */
    struct account_id account, service;
    struct asset_id asset;
    struct u256 units;
    uint64_t first, count; /* of freeze_list.rests */
    uint8_t stop;
};
struct freeze_list {
    struct freeze_action *actions; /* by party, account's address, asset */
    const struct trace_rest **rests;
    uint64_t action_count, rest_count;
};
enum imjin_status freeze_list_make(const struct report_input *in, struct arena *a, struct freeze_list *ret, struct error *err);
/* Actions [first, return value) are of one party. */
uint64_t freeze_party_end(const struct freeze_list *l, uint64_t first);
/* The whole letter to the party of actions [first, end). */
enum imjin_status freeze_letter(struct text *t, const struct report_input *in, const struct freeze_list *l, uint64_t first,
                                uint64_t end, struct error *err);
/* For a terminal: a heading and the first REPORT_TEXT_STOPS actions; nothing when there is none. */
enum imjin_status freeze_text(struct text *t, const struct report_input *in, struct arena *a, struct error *err);
/* "actions": [...], all of them. */
enum imjin_status json_freeze(struct json_writer *w, const struct report_input *in, struct arena *a, struct error *err);
/* The part of the HTML report. */
enum imjin_status page_freeze(struct page *p, struct error *err);

#endif
