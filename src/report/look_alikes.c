#include "report/look_alikes.h"

#include <stdlib.h>

#include "report/jsonify.h"

enum imjin_status look_alikes_of_trace(const struct report_input *in, struct arena *a, struct look_alikes *ret,
                                       struct error *err) {
    const struct trace_result *r = in->result;
    struct doubts doubts;
    uint64_t count = 0;
    struct account_id *accounts = arena_new(a, r->account_count + 1, sizeof *accounts);
    if (accounts == NULL)
        return fail_memory(err, "accounts of the trace");
    for (uint64_t i = 0; i < r->account_count; i++)
        if (r->accounts[i].stop == STOP_NONE && r->accounts[i].account.n >= ACCOUNTS_RESERVED)
            accounts[count++] = r->accounts[i].account;
    TRY(doubts_make(in, a, &doubts, err));
    struct pattern_doubt doubt = doubts_ask(&doubts);
    return look_alikes_find(ret, in->ledger, &doubt, accounts, count, err);
}

static int compare_ids(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* How many different accounts stand in a list, which it sorts. */
static uint64_t distinct(uint32_t *ids, uint64_t count) {
    uint64_t kept = 0;
    qsort(ids, count, sizeof *ids, compare_ids);
    for (uint64_t i = 0; i < count; i++)
        if (i == 0 || ids[i] != ids[i - 1])
            kept++;
    return kept;
}

struct tally {
    uint64_t accounts, imitated, zero, fake, dust, paid;
};

static bool tally_make(const struct look_alikes *r, struct tally *ret) {
    struct tally t = {0};
    uint32_t *ids = memory_new(r->count, sizeof *ids);
    if (ids == NULL)
        return false;
    for (uint64_t i = 0; i < r->count; i++) {
        ids[i] = r->items[i].account.n;
        t.zero += r->items[i].zero;
        t.fake += r->items[i].fake;
        t.dust += r->items[i].dust;
        t.paid += r->items[i].paid != 0;
    }
    t.accounts = distinct(ids, r->count);
    for (uint64_t i = 0; i < r->count; i++)
        ids[i] = r->items[i].imitated.n;
    t.imitated = distinct(ids, r->count);
    memory_free(ids);
    *ret = t;
    return true;
}

void look_alikes_say(struct text *t, const struct look_alikes *r) {
    struct tally sums;
    if (!tally_make(r, &sums)) {
        t->status = IMJIN_MACHINE;
        return;
    }
    add_counted(t, sums.accounts, "address begins and ends", "addresses begin and end");
    text_add_string(t, " like ");
    add_counted(t, sums.imitated, "real counterparty", "real counterparties");
    text_add_string(t, ", known by ");
    add_counted(t, sums.zero, "transfer", "transfers");
    text_add_string(t, " of nothing, ");
    add_count(t, sums.fake);
    text_add_string(t, " of doubtful tokens and ");
    add_count(t, sums.dust);
    text_add_string(t, " of dust (address poisoning). Folded away; copy no address from a history.");
    if (sums.paid) {
        text_add_string(t, " Money went to ");
        add_count(t, sums.paid);
        text_add_string(t, " of them.");
    }
}

static enum imjin_status json_one(struct json_writer *w, const struct report_input *in, const struct look_alike *l,
                                  struct error *err) {
    json_object_begin(w);
    TRY(json_key_address(w, "victim", in, l->victim, err));
    TRY(json_key_address(w, "address", in, l->account, err));
    TRY(json_key_address(w, "imitates", in, l->imitated, err));
    json_key_unsigned(w, "prefix_digits", l->prefix);
    json_key_unsigned(w, "suffix_digits", l->suffix);
    json_key_unsigned(w, "zero_transfers", l->zero);
    json_key_unsigned(w, "doubtful_transfers", l->fake);
    json_key_unsigned(w, "dust_transfers", l->dust);
    json_key_unsigned(w, "paid", l->paid);
    json_key_unsigned(w, "confidence_millionths", l->confidence);
    json_put_key(w, "first");
    json_object_begin(w);
    TRY(json_key_tx(w, in, l->first, err));
    json_object_end(w);
    json_put_key(w, "last");
    json_object_begin(w);
    TRY(json_key_tx(w, in, l->last, err));
    json_object_end(w);
    json_object_end(w);
    return IMJIN_OK;
}

enum imjin_status json_look_alikes(struct json_writer *w, const struct report_input *in, const struct look_alikes *r,
                                   struct error *err) {
    struct tally sums;
    if (!tally_make(r, &sums))
        return fail_memory(err, "look-alike addresses");
    json_put_key(w, "look_alikes");
    json_object_begin(w);
    json_key_unsigned(w, "addresses", sums.accounts);
    json_key_unsigned(w, "imitated", sums.imitated);
    json_key_unsigned(w, "accounts_looked_at", r->looked_at);
    json_key_unsigned(w, "accounts_passed_over", r->passed_over);
    json_put_key(w, "items");
    json_array_begin(w);
    for (uint64_t i = 0; i < r->count; i++)
        TRY(json_one(w, in, &r->items[i], err));
    json_array_end(w);
    json_object_end(w);
    return IMJIN_OK;
}
