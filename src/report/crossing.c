/* Claims that crossed bridges, and the traces behind them. */
#include "report/crossing.h"

#include "report/terminal.h"

static const struct bridge_match *match_of(const struct report_crossings *c, const struct report_crossing *x) {
    return &c->matches->matches[x->crossing.match];
}

static const char *words(const struct report_crossings *c, uint32_t text) { return bridge_text(c->store, text); }

static void add_units(struct text *t, u128 units, const char *asset) {
    char digits[U128_DIGITS_MAX];
    u128_print(units, digits);
    text_add_format(t, "%s %s", digits, *asset ? asset : "units");
}

static void add_line(struct text *t, const struct report_crossings *c, const struct report_crossing *x) {
    const struct bridge_match *m = match_of(c, x);
    const struct bridge_record *d = bridge_store_at(c->store, m->deposit), *w = bridge_store_at(c->store, m->withdrawal);
    text_add_format(t, "  theft %u: ", x->crossing.theft + 1);
    add_units(t, x->crossing.units_in, words(c, d->asset));
    text_add_format(t, " in %s\n    -> %s, ", words(c, d->tx), words(c, w->chain));
    add_units(t, x->crossing.units_out, words(c, w->asset));
    text_add_format(t, " to %s in %s\n       %s%srung %u, %u.%03u", words(c, w->recipient), words(c, w->tx),
                    words(c, d->protocol), d->protocol ? ", " : "", m->rung, m->confidence / 1000000,
                    m->confidence / 1000 % 1000);
    text_add_format(t, "%s\n",
                    x->to == REPORT_CROSSING_NOWHERE ? "; not followed: the workspace has no ledger that holds it" : "");
}

enum imjin_status crossings_text(struct text *t, const struct report_input *in, struct error *err) {
    const struct report_crossings *c = in->crossings;
    if (c == NULL)
        return IMJIN_OK;
    add_heading(t, in, "Crossed bridges");
    for (uint64_t i = 0; i < c->count; i++)
        if (c->items[i].from == 0)
            add_line(t, c, &c->items[i]);
    for (uint32_t p = 0; p < c->part_count; p++) {
        if (c->parts[p].in.result == NULL)
            continue;
        add_heading(t, in, "On %s, behind %u %s", c->parts[p].chain, c->parts[p].round,
                    c->parts[p].round == 1 ? "bridge" : "bridges");
        TRY(report_trace_text(t, &c->parts[p].in, err));
        for (uint64_t i = 0; i < c->count; i++)
            if (c->items[i].from == p + 1)
                add_line(t, c, &c->items[i]);
    }
    return IMJIN_OK;
}

static void json_crossing(struct json_writer *w, const struct report_crossings *c, const struct report_crossing *x) {
    const struct bridge_match *m = match_of(c, x);
    const struct bridge_record *d = bridge_store_at(c->store, m->deposit), *out = bridge_store_at(c->store, m->withdrawal);
    json_object_begin(w);
    json_key_unsigned(w, "from", x->from);
    json_key_unsigned(w, "theft", x->crossing.theft);
    json_key_text(w, "protocol", words(c, d->protocol));
    json_key_unsigned(w, "rung", m->rung);
    json_key_unsigned(w, "confidence_millionths", m->confidence);
    json_key_text(w, "deposit_chain", words(c, d->chain));
    json_key_text(w, "deposit_tx", words(c, d->tx));
    json_key_text(w, "deposit_asset", words(c, d->asset));
    json_key_units(w, "units_in", u256_from_u128(x->crossing.units_in));
    json_key_units(w, "claim", u256_from_u128(x->crossing.claim));
    json_key_text(w, "withdrawal_chain", words(c, out->chain));
    json_key_text(w, "withdrawal_tx", words(c, out->tx));
    json_key_text(w, "withdrawal_asset", words(c, out->asset));
    json_key_text(w, "recipient", words(c, out->recipient));
    json_key_units(w, "units_out", u256_from_u128(x->crossing.units_out));
    json_put_key(w, "to");
    if (x->to == REPORT_CROSSING_NOWHERE)
        json_put_null(w);
    else
        json_put_unsigned(w, x->to);
    json_object_end(w);
}

static enum imjin_status json_theft(struct json_writer *w, const struct report_input *in, const struct trace_theft *theft,
                                    struct error *err) {
    json_object_begin(w);
    TRY(json_key_address(w, "account", in, theft->source, err));
    TRY(json_key_asset(w, "asset", in, theft->asset, err));
    json_key_units(w, "stolen", u256_from_u128(theft->stolen));
    json_key_units(w, "held", u256_from_u128(theft->held));
    json_key_units(w, "stopped", u256_from_u128(theft->stopped));
    json_key_units(w, "fees", u256_from_u128(theft->fees));
    json_key_units(w, "cut_off", u256_from_u128(theft->cut_off));
    json_object_end(w);
    return IMJIN_OK;
}

static enum imjin_status json_rest(struct json_writer *w, const struct report_input *in, const struct trace_rest *rest,
                                   struct error *err) {
    char tx[TX_PRINT_MAX];
    TRY(ledger_tx_print(in->ledger, rest->tx, tx, err));
    json_object_begin(w);
    json_key_unsigned(w, "theft", rest->theft);
    TRY(json_key_address(w, "account", in, rest->account, err));
    TRY(json_key_asset(w, "asset", in, rest->asset, err));
    json_key_text(w, "tx", tx);
    json_key_units(w, "units", u256_from_u128(rest->units));
    json_key_units(w, "claim", u256_from_u128(rest->claim));
    json_key_text(w, "stop", rest->stop ? stop_reason_name((enum stop_reason)rest->stop) : NULL);
    json_object_end(w);
    return IMJIN_OK;
}

static enum imjin_status json_part(struct json_writer *w, const struct report_crossed *p, uint32_t number, struct error *err) {
    const struct trace_result *r = p->in.result;
    json_object_begin(w);
    json_key_unsigned(w, "number", number);
    json_key_text(w, "chain", p->chain);
    json_key_unsigned(w, "bridges", p->round);
    json_put_key(w, "thefts");
    json_array_begin(w);
    for (uint64_t i = 0; r && i < r->theft_count; i++)
        TRY(json_theft(w, &p->in, &r->thefts[i], err));
    json_array_end(w);
    json_put_key(w, "rests");
    json_array_begin(w);
    for (uint64_t i = 0; r && i < r->rest_count; i++)
        TRY(json_rest(w, &p->in, &r->rests[i], err));
    json_array_end(w);
    json_object_end(w);
    return IMJIN_OK;
}

enum imjin_status crossings_json(struct json_writer *w, const struct report_input *in, struct error *err) {
    const struct report_crossings *c = in->crossings;
    if (c == NULL)
        return IMJIN_OK;
    json_put_key(w, "crossings");
    json_array_begin(w);
    for (uint64_t i = 0; i < c->count; i++)
        json_crossing(w, c, &c->items[i]);
    json_array_end(w);
    json_put_key(w, "behind_bridges");
    json_array_begin(w);
    for (uint32_t p = 0; p < c->part_count; p++)
        TRY(json_part(w, &c->parts[p], p + 1, err));
    json_array_end(w);
    return IMJIN_OK;
}
