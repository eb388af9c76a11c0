/* Findings of the typologies: what was looked for, by which rule, where it was found, and the evidence. */
#include <inttypes.h>

#include "report/jsonify.h"
#include "report/look_alikes.h"
#include "report/terminal.h"

enum { FINDINGS_SHOWN = 12 /* of a pattern, on a terminal */ };

enum imjin_status report_patterns_find(const struct report_input *in, const struct trace_input *ledger,
                                       const struct account_id *accounts, uint64_t account_count, uint32_t patterns,
                                       const struct progress *p, struct pattern_result **ret, struct error *err) {
    struct arena arena = {0};
    struct doubts doubts;
    enum imjin_status status = doubts_make(in, &arena, &doubts, err);
    if (status == IMJIN_OK) {
        struct pattern_doubt doubt = doubts_ask(&doubts);
        status = pattern_run(ledger, &doubt, accounts, account_count, patterns, p, ret, err);
    }
    arena_done(&arena);
    return status;
}

enum imjin_status report_patterns_of_trace(const struct report_input *in, const struct trace_input *ledger, uint32_t patterns,
                                           const struct progress *p, struct pattern_result **ret, struct error *err) {
    const struct trace_result *r = in->result;
    uint64_t count = 0;
    struct account_id *accounts = memory_new(r->account_count, sizeof *accounts);
    if (accounts == NULL)
        return fail_memory(err, "accounts of the trace");
    for (uint64_t i = 0; i < r->account_count; i++)
        if (r->accounts[i].stop == STOP_NONE && r->accounts[i].account.n >= ACCOUNTS_RESERVED)
            accounts[count++] = r->accounts[i].account;
    enum imjin_status status = report_patterns_find(in, ledger, accounts, count, patterns, p, ret, err);
    memory_free(accounts);
    return status;
}

static void add_confidence(struct text *t, uint32_t millionths) {
    text_add_format(t, "%u.%02u", millionths / 1000000, millionths / 10000 % 100);
}

/* What the count of a finding counts. */
static const char *counted(enum pattern_id p) {
    switch (p) {
    case PATTERN_PEEL_CHAIN:
    case PATTERN_LAYERING:
        return "accounts in a row";
    case PATTERN_FAN_OUT:
        return "receivers";
    case PATTERN_FAN_IN:
    case PATTERN_CONSOLIDATION:
    case PATTERN_DEPOSIT_REUSE:
        return "payers";
    case PATTERN_DORMANCY:
        return "days still";
    case PATTERN_DUST_SANDWICH:
        return "baits";
    case PATTERN_OUT_OF_REACH:
        return "swaps";
    case PATTERN_LIQUIDITY:
        return "deposits";
    default:
        return "transfers";
    }
}

/* ---- text ---- */

static enum imjin_status add_finding(struct text *t, const struct report_input *in, const struct pattern_finding *f,
                                     struct error *err) {
    struct tx_name first, last;
    struct asset_name asset;
    TRY(tx_name(in, f->first, &first, err));
    TRY(tx_name(in, f->last, &last, err));
    text_add_string(t, "  ");
    TRY(add_account(t, in, f->account, err));
    text_add_string(t, ": ");
    add_count(t, f->count);
    text_add_format(t, " %s", counted(f->pattern));
    if (f->asset.n != ID_NONE) {
        TRY(asset_name(in, f->asset, &asset, err));
        text_add_string(t, ", ");
        add_brief_amount(t, wide(f->units), &asset);
    }
    if (f->other.n != ID_NONE) {
        text_add_string(t, f->pattern == PATTERN_POISONING ? ", by " : ", to or from ");
        TRY(add_account(t, in, f->other, err));
    }
    text_add_string(t, ", confidence ");
    add_confidence(t, f->confidence);
    text_add_string(t, "\n    ");
    add_time(t, first.tx.time);
    text_add_format(t, " %s", first.id);
    if (f->last.n != f->first.n) {
        text_add_string(t, " to ");
        add_time(t, last.tx.time);
        text_add_format(t, " %s", last.id);
    }
    text_add_string(t, "\n");
    return IMJIN_OK;
}

static void add_looked_at(struct text *t, const struct pattern_result *r) {
    text_add_string(t, "Patterns: ");
    add_counted(t, r->looked_at, "account was", "accounts were");
    text_add_string(t, " looked at, ");
    add_counted(t, r->finding_count, "finding", "findings");
    text_add_string(t, ". A pattern is a reason to look, not a proof.");
    if (r->passed_over) {
        text_add_string(t, " Passed over, with more movements than the limit: ");
        add_counted(t, r->passed_over, "account", "accounts");
        text_add_string(t, ".");
    }
    text_add_string(t, "\n");
}

enum imjin_status report_patterns_text(struct text *t, const struct report_input *in, const struct report_patterns *p,
                                       struct error *err) {
    const struct pattern_result *r = p->result;
    uint64_t most = p->rows_max ? p->rows_max : FINDINGS_SHOWN;
    add_looked_at(t, r);
    for (uint64_t first = 0, end; first < r->finding_count; first = end) {
        const struct pattern_kind *kind = pattern_kind_of(r->findings[first].pattern);
        for (end = first; end < r->finding_count && r->findings[end].pattern == r->findings[first].pattern; end++)
            ;
        add_heading(t, in, "%s (%s): %" PRIu64, kind->title, kind->name, end - first);
        text_add_format(t, "  Rule: %s.\n", kind->rule);
        for (uint64_t i = first; i < end && i - first < most; i++)
            TRY(add_finding(t, in, &r->findings[i], err));
        if (end - first > most)
            text_add_format(t, "  ... and %" PRIu64 " more\n", end - first - most);
    }
    return text_status(t, err);
}

/* ---- JSON: imjin.patterns/1 ---- */

static void json_kinds(struct json_writer *w, uint32_t patterns) {
    json_put_key(w, "patterns");
    json_array_begin(w);
    for (unsigned i = 0; i < PATTERNS; i++) {
        const struct pattern_kind *kind = pattern_kind_of((enum pattern_id)i);
        json_object_begin(w);
        json_key_text(w, "pattern", kind->name);
        json_key_text(w, "title", kind->title);
        json_key_text(w, "rule", kind->rule);
        json_key_text(w, "source", kind->source);
        json_key_text(w, "counts", counted((enum pattern_id)i));
        json_key_bool(w, "on", patterns >> i & 1);
        json_object_end(w);
    }
    json_array_end(w);
}

static enum imjin_status json_evidence(struct json_writer *w, const struct report_input *in, const struct pattern_result *r,
                                       const struct pattern_finding *f, struct error *err) {
    json_put_key(w, "evidence");
    json_array_begin(w);
    for (uint32_t i = 0; i < f->evidence_count; i++) {
        struct movement m;
        uint32_t number = r->evidence[f->evidence + i];
        TRY(ledger_movement(in->ledger, number, &m, err));
        json_object_begin(w);
        TRY(json_key_tx(w, in, (struct tx_id){m.tx}, err));
        json_key_unsigned(w, "movement", number);
        json_object_end(w);
    }
    json_array_end(w);
    return IMJIN_OK;
}

static enum imjin_status json_finding(struct json_writer *w, const struct report_input *in, const struct pattern_result *r,
                                      const struct pattern_finding *f, struct error *err) {
    struct asset_name asset;
    json_object_begin(w);
    json_key_text(w, "pattern", pattern_kind_of(f->pattern)->name);
    TRY(json_key_address(w, "account", in, f->account, err));
    TRY(json_key_address(w, "other", in, f->other, err));
    json_key_unsigned(w, "count", f->count);
    if (f->asset.n != ID_NONE) {
        TRY(asset_name(in, f->asset, &asset, err));
        json_key_text(w, "asset", asset.full);
        json_key_units(w, "units", wide(f->units));
        json_key_amount(w, "amount", wide(f->units), asset.decimals);
    }
    json_key_unsigned(w, "confidence_millionths", f->confidence);
    TRY(json_evidence(w, in, r, f, err));
    json_object_end(w);
    return IMJIN_OK;
}

enum imjin_status report_patterns_json(struct text *t, const struct report_input *in, const struct report_patterns *p,
                                       struct error *err) {
    struct json_writer w = {.out = t, .pretty = true};
    const struct pattern_result *r = p->result;
    json_head(&w, in, "imjin.patterns/1");
    json_key_unsigned(&w, "accounts_looked_at", r->looked_at);
    json_key_unsigned(&w, "accounts_passed_over", r->passed_over);
    json_kinds(&w, p->patterns);
    json_put_key(&w, "findings");
    json_array_begin(&w);
    for (uint64_t i = 0; i < r->finding_count; i++)
        TRY(json_finding(&w, in, r, &r->findings[i], err));
    json_array_end(&w);
    return json_foot(&w, NULL, err);
}
