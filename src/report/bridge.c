/* Deposits into bridges, the withdrawals that belong to them, and withdrawals that nothing was put in for. */
#include <inttypes.h>

#include "report/jsonify.h"
#include "report/terminal.h"

enum { MATCHES_SHOWN = 20, FLAGS_SHOWN = 40 /* on a terminal */ };

static const char *const rung_titles[] = {"", "shared identifier", "named destination", "same address", "amount and time"};
static const char *const doubt_titles[BRIDGE_DOUBTS] = {
    [BRIDGE_NOT_COVERED] = "of a time whose deposits are not known",
    [BRIDGE_NO_ID] = "without an identifier",
    [BRIDGE_NO_DEPOSIT] = "of whose identifier no deposit is known, although deposits of that time are",
    [BRIDGE_PAID_BEFORE] = "of a deposit that another withdrawal paid out",
    [BRIDGE_WRONG_TARGET] = "to somebody, or in an asset, that the deposit of that identifier does not name",
    [BRIDGE_PAYS_MORE] = "of more than the deposit of that identifier",
    [BRIDGE_TOO_EARLY] = "before the deposit of that identifier",
    [BRIDGE_NO_SUCH_CHAIN] = "that name a chain which the protocol does not have"};

static void add_millionths(struct text *t, uint32_t n) { text_add_format(t, "%u.%03u", n / 1000000, n / 1000 % 1000); }

static const struct bridge_record *record(const struct report_bridge *b, uint32_t n) { return bridge_store_at(b->store, n); }
static const char *words(const struct report_bridge *b, uint32_t text) { return bridge_text(b->store, text); }

static void add_units(struct text *t, const struct bridge_record *r) {
    char digits[U128_DIGITS_MAX] = "";
    if (r->has_units)
        u128_print(r->units, digits);
    text_add_string(t, digits);
}

/* ---- CSV ---- */

static void add_evidence(struct text *t, unsigned evidence, const char *between) {
    bool more = false;
    for (unsigned bit = 0; bit < BRIDGE_EVIDENCES; bit++)
        if (evidence & 1u << bit) {
            text_add_format(t, "%s%s", more ? between : "", bridge_evidence_name(bit));
            more = true;
        }
}

static void add_place_cells(struct text *t, const struct report_bridge *b, const struct bridge_record *r) {
    const uint32_t cells[] = {r->chain, r->tx};
    for (unsigned i = 0; i < 2; i++) {
        add_cell_string(t, words(b, cells[i]));
        text_add_string(t, ",");
    }
    if (r->time != TIME_UNKNOWN)
        text_add_format(t, "%" PRId64, r->time);
    text_add_string(t, ",");
    add_cell_string(t, words(b, r->asset));
    text_add_string(t, ",");
    add_units(t, r);
    text_add_string(t, ",");
}

enum imjin_status report_bridge_csv(struct text *t, const struct report_bridge *b, struct error *err) {
    text_add_string(
        t, "protocol,deposit_chain,deposit_tx,deposit_time,deposit_asset,deposit_units,withdrawal_chain,withdrawal_tx,"
           "withdrawal_time,withdrawal_asset,withdrawal_units,recipient,rung,confidence,rivals,chosen,evidence,doubt\n");
    for (uint64_t i = 0; i < b->result->match_count; i++) {
        const struct bridge_match *m = &b->result->matches[i];
        const struct bridge_record *d = record(b, m->deposit), *w = record(b, m->withdrawal);
        add_cell_string(t, words(b, d->protocol));
        text_add_string(t, ",");
        add_place_cells(t, b, d);
        add_place_cells(t, b, w);
        add_cell_string(t, words(b, w->recipient));
        text_add_format(t, ",%u,", m->rung);
        if (m->chosen)
            add_millionths(t, m->confidence);
        text_add_format(t, ",%u,%d,", m->rivals, m->chosen);
        add_evidence(t, m->evidence, " ");
        text_add_string(t, ",\n");
    }
    for (uint64_t i = 0; i < b->result->finding_count; i++) {
        const struct bridge_finding *f = &b->result->findings[i];
        const struct bridge_record *w = record(b, f->withdrawal);
        if (!bridge_doubt_is_flag(f->doubt))
            continue;
        add_cell_string(t, words(b, w->protocol));
        text_add_string(t, ",,,,,,");
        add_place_cells(t, b, w);
        add_cell_string(t, words(b, w->recipient));
        text_add_format(t, ",,,,,,%s\n", bridge_doubt_name((enum bridge_doubt)f->doubt));
    }
    return text_status(t, err);
}

/* ---- text ---- */

static void add_side(struct text *t, const struct report_bridge *b, const struct bridge_record *r) {
    char time[TIME_PRINT_MAX];
    time_print(r->time, time);
    text_add_format(t, "%s %s  %s  ", words(b, r->chain), words(b, r->tx), time);
    add_units(t, r);
    text_add_format(t, "%s%s", r->has_units ? " " : "", words(b, r->asset));
}

static void add_match(struct text *t, const struct report_bridge *b, const struct bridge_match *m) {
    const struct bridge_record *d = record(b, m->deposit), *w = record(b, m->withdrawal);
    text_add_string(t, "  ");
    add_side(t, b, d);
    text_add_string(t, "\n    -> ");
    add_side(t, b, w);
    text_add_format(t, " to %s\n       %s%s", words(b, w->recipient), words(b, d->protocol), d->protocol ? "; " : "");
    add_evidence(t, m->evidence, ", ");
    text_add_string(t, m->chosen ? "; " : "; a further lead");
    if (m->chosen)
        add_millionths(t, m->confidence);
    if (m->rivals) {
        text_add_string(t, ", ");
        add_counted(t, m->rivals, "rival", "rivals");
    }
    text_add_string(t, "\n");
}

static void add_rung(struct text *t, const struct report_input *in, const struct report_bridge *b, unsigned rung) {
    uint64_t shown = 0, kept = b->rows_max ? b->rows_max : MATCHES_SHOWN, all = 0;
    if (b->result->chosen[rung] == 0)
        return;
    add_heading(t, in, "Rung %u, %s: %llu deposits matched", rung, rung_titles[rung],
                (unsigned long long)b->result->chosen[rung]);
    for (uint64_t i = 0; i < b->result->match_count; i++)
        if (b->result->matches[i].rung == rung) {
            all++;
            if (shown < kept) {
                add_match(t, b, &b->result->matches[i]);
                shown++;
            }
        }
    if (all > shown)
        text_add_format(t, "  ... and %llu more\n", (unsigned long long)(all - shown));
}

static void add_flags(struct text *t, const struct report_input *in, const struct report_bridge *b) {
    uint64_t kept = b->rows_max ? b->rows_max : FLAGS_SHOWN;
    for (unsigned doubt = BRIDGE_NO_DEPOSIT; doubt <= BRIDGE_TOO_EARLY; doubt++) {
        uint64_t shown = 0;
        if (b->result->doubts[doubt] == 0)
            continue;
        add_heading(t, in, "Flagged: %llu withdrawals %s", (unsigned long long)b->result->doubts[doubt], doubt_titles[doubt]);
        for (uint64_t i = 0; i < b->result->finding_count && shown < kept; i++) {
            const struct bridge_finding *f = &b->result->findings[i];
            const struct bridge_record *w = record(b, f->withdrawal);
            if (f->doubt != doubt)
                continue;
            text_add_string(t, "  ");
            add_side(t, b, w);
            text_add_format(t, " to %s%s%s\n", words(b, w->recipient), w->id ? "  id " : "", words(b, w->id));
            shown++;
        }
        if (b->result->doubts[doubt] > shown)
            text_add_format(t, "  ... and %llu more\n", (unsigned long long)(b->result->doubts[doubt] - shown));
    }
}

enum imjin_status report_bridge_text(struct text *t, const struct report_input *in, const struct report_bridge *b,
                                     struct error *err) {
    static const enum bridge_doubt others[] = {BRIDGE_NOT_COVERED, BRIDGE_NO_ID, BRIDGE_NO_SUCH_CHAIN};
    for (unsigned rung = BRIDGE_RUNG_IDENTIFIER; rung <= BRIDGE_RUNG_AMOUNT; rung++)
        add_rung(t, in, b, rung);
    add_flags(t, in, b);
    text_add_string(t, "\n");
    add_counted(t, b->result->deposits, "deposit", "deposits");
    text_add_string(t, ", ");
    add_counted(t, b->result->withdrawals, "withdrawal", "withdrawals");
    text_add_string(t, ".");
    for (unsigned i = 0; i < 3; i++)
        if (b->result->doubts[others[i]]) {
            text_add_string(t, " ");
            add_counted(t, b->result->doubts[others[i]], "withdrawal", "withdrawals");
            text_add_format(t, " %s.", doubt_titles[others[i]]);
        }
    text_add_string(
        t, "\nThe figure is the chance that a match is right, as matches of its kind were where the answer is known. A match "
           "by amount and time alone is a lead, never a verdict.\n");
    return text_status(t, err);
}

/* ---- JSON: imjin.bridge/1 ---- */

static void json_record(struct json_writer *w, const char *key, const struct report_bridge *b, const struct bridge_record *r) {
    if (key)
        json_put_key(w, key);
    json_object_begin(w);
    json_key_text(w, "chain", words(b, r->chain));
    json_key_text(w, "tx", words(b, r->tx));
    json_key_time(w, "time", r->time);
    json_key_unsigned(w, "log", r->log);
    json_key_text(w, "id", r->id ? words(b, r->id) : NULL);
    json_key_text(w, "sender", r->sender ? words(b, r->sender) : NULL);
    json_key_text(w, "recipient", r->recipient ? words(b, r->recipient) : NULL);
    json_key_text(w, "asset", r->asset ? words(b, r->asset) : NULL);
    if (r->has_units)
        json_key_units(w, "units", u256_from_u128(r->units));
    else
        json_key_text(w, "units", NULL);
    json_key_text(w, "other_chain", r->other_chain ? words(b, r->other_chain) : NULL);
    json_key_text(w, "other_asset", r->other_asset ? words(b, r->other_asset) : NULL);
    json_object_end(w);
}

static void json_match(struct json_writer *w, const struct report_bridge *b, const struct bridge_match *m) {
    json_object_begin(w);
    json_key_text(w, "protocol", words(b, record(b, m->deposit)->protocol));
    json_key_unsigned(w, "rung", m->rung);
    json_key_bool(w, "chosen", m->chosen);
    json_put_key(w, "confidence_millionths");
    if (m->chosen)
        json_put_unsigned(w, m->confidence);
    else
        json_put_null(w);
    json_key_unsigned(w, "rivals", m->rivals);
    json_put_key(w, "evidence");
    json_array_begin(w);
    for (unsigned bit = 0; bit < BRIDGE_EVIDENCES; bit++)
        if (m->evidence & 1u << bit)
            json_put_text(w, bridge_evidence_name(bit));
    json_array_end(w);
    json_key_unsigned(w, "loss_ppm", m->loss_ppm);
    json_put_key(w, "delay_seconds");
    if (m->delay == TIME_UNKNOWN)
        json_put_null(w);
    else
        json_put_signed(w, m->delay);
    json_record(w, "deposit", b, record(b, m->deposit));
    json_record(w, "withdrawal", b, record(b, m->withdrawal));
    json_object_end(w);
}

static void json_counts(struct json_writer *w, const struct bridge_result *r) {
    json_key_unsigned(w, "deposits", r->deposits);
    json_key_unsigned(w, "withdrawals", r->withdrawals);
    json_put_key(w, "matched");
    json_object_begin(w);
    for (unsigned rung = BRIDGE_RUNG_IDENTIFIER; rung <= BRIDGE_RUNG_AMOUNT; rung++)
        json_key_unsigned(w, (const char *[]){"", "rung_1", "rung_2", "rung_3", "rung_4"}[rung], r->chosen[rung]);
    json_object_end(w);
    json_put_key(w, "withdrawals_by_finding");
    json_object_begin(w);
    for (unsigned d = 0; d < BRIDGE_DOUBTS; d++)
        json_key_unsigned(w, bridge_doubt_name((enum bridge_doubt)d), r->doubts[d]);
    json_object_end(w);
}

enum imjin_status report_bridge_json(struct text *t, const struct report_input *in, const struct report_bridge *b,
                                     struct error *err) {
    struct json_writer w = {.out = t, .pretty = true};
    json_head(&w, in, "imjin.bridge/1");
    json_counts(&w, b->result);
    json_put_key(&w, "matches");
    json_array_begin(&w);
    for (uint64_t i = 0; i < b->result->match_count; i++)
        json_match(&w, b, &b->result->matches[i]);
    json_array_end(&w);
    json_put_key(&w, "flagged");
    json_array_begin(&w);
    for (uint64_t i = 0; i < b->result->finding_count; i++) {
        const struct bridge_finding *f = &b->result->findings[i];
        if (!bridge_doubt_is_flag(f->doubt))
            continue;
        json_object_begin(&w);
        json_key_text(&w, "finding", bridge_doubt_name((enum bridge_doubt)f->doubt));
        json_key_text(&w, "protocol", words(b, record(b, f->withdrawal)->protocol));
        json_record(&w, "withdrawal", b, record(b, f->withdrawal));
        json_object_end(&w);
    }
    json_array_end(&w);
    return json_foot(&w, NULL, err);
}
