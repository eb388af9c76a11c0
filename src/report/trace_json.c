/* imjin.trace/1 and imjin.sources/1. */
#include "report/crossing.h"
#include "report/exits.h"
#include "report/freeze.h"
#include "report/jsonify.h"
#include "report/look_alikes.h"
#include "report/techniques.h"
#include "report/values.h"

struct document {
    struct json_writer w;
    const struct report_input *in;
    struct file_writer *file;
    struct arena arena;
    struct totals totals;
    bool sources;
};

static void add_stopped_by(struct document *d, const char *key, const struct u256 by[STOP_REASONS], bool cut) {
    json_put_key(&d->w, key);
    json_object_begin(&d->w);
    for (unsigned r = 1; r < STOP_REASONS; r++)
        if (stop_is_cut(r) == cut)
            json_key_units(&d->w, stop_reason_name(r), by[r]);
    json_object_end(&d->w);
}

static void add_sums(struct document *d, const struct asset_total *sums, unsigned decimals) {
    const struct {
        const char *key;
        struct u256 units;
    } parts[] = {{"stolen", sums->stolen},
                 {"held", sums->held},
                 {"stopped", sums->stopped},
                 {"fees", sums->fees},
                 {"cut_off", sums->cut_off}};
    for (unsigned i = 0; i < 5; i++)
        json_key_units(&d->w, parts[i].key, parts[i].units);
    json_put_key(&d->w, "amounts");
    json_object_begin(&d->w);
    for (unsigned i = 0; i < 5; i++)
        json_key_amount(&d->w, parts[i].key, parts[i].units, decimals);
    json_object_end(&d->w);
    add_stopped_by(d, "stopped_by", sums->stopped_by, false);
    add_stopped_by(d, "cut_off_by", sums->stopped_by, true);
}

static void add_totals(struct document *d) {
    json_put_key(&d->w, "totals");
    json_array_begin(&d->w);
    for (uint64_t i = 0; i < d->totals.count; i++) {
        const struct asset_total *total = d->totals.items + i;
        json_object_begin(&d->w);
        json_key_text(&d->w, "asset", total->name.full);
        json_key_bool(&d->w, "suspected", total->suspected);
        json_key_unsigned(&d->w, "thefts", total->thefts);
        add_sums(d, total, total->name.decimals);
        json_object_end(&d->w);
    }
    json_array_end(&d->w);
}

static enum imjin_status add_theft(struct document *d, const struct trace_theft *theft, const struct asset_total *total,
                                   struct error *err) {
    struct asset_total sums = {.stolen = wide(theft->stolen),
                               .held = wide(theft->held),
                               .stopped = wide(theft->stopped),
                               .fees = wide(theft->fees),
                               .cut_off = wide(theft->cut_off)};
    for (unsigned r = 0; r < STOP_REASONS; r++)
        sums.stopped_by[r] = wide(theft->stopped_by[r]);
    json_object_begin(&d->w);
    TRY(json_key_address(&d->w, "source", d->in, theft->source, err));
    json_key_text(&d->w, "asset", total->name.full);
    json_key_bool(&d->w, "suspected", theft->suspected);
    TRY(json_key_tx(&d->w, d->in, theft->first_tx, err));
    add_sums(d, &sums, total->name.decimals);
    if (theft->first_tx.n != ID_NONE) {
        struct ledger_tx tx;
        TRY(ledger_tx(d->in->ledger, theft->first_tx, &tx, err));
        json_key_value(&d->w, d->in, &total->name, sums.stolen, tx.time);
    }
    json_object_end(&d->w);
    drain(d->w.out, d->file);
    return IMJIN_OK;
}

static enum imjin_status add_rest(struct document *d, const struct trace_rest *rest, struct error *err) {
    const struct asset_total *total = d->totals.items + d->totals.of_theft[rest->theft];
    struct asset_name asset;
    TRY(asset_name(d->in, rest->asset, &asset, err));
    json_object_begin(&d->w);
    json_key_unsigned(&d->w, "theft", rest->theft);
    json_key_text(&d->w, "stop", rest->stop ? stop_reason_name(rest->stop) : NULL);
    TRY(json_key_address(&d->w, "account", d->in, rest->account, err));
    TRY(json_key_tx(&d->w, d->in, rest->tx, err));
    json_key_text(&d->w, "asset", asset.full);
    json_key_units(&d->w, "units", wide(rest->units));
    json_key_amount(&d->w, "amount", wide(rest->units), asset.decimals);
    json_key_units(&d->w, "claim", wide(rest->claim));
    json_key_amount(&d->w, "claim_amount", wide(rest->claim), total->name.decimals);
    if (rest->tx.n != ID_NONE) {
        struct ledger_tx tx;
        TRY(ledger_tx(d->in->ledger, rest->tx, &tx, err));
        json_key_value(&d->w, d->in, &asset, wide(rest->units), tx.time);
    }
    json_object_end(&d->w);
    drain(d->w.out, d->file);
    return IMJIN_OK;
}

static enum imjin_status add_account(struct document *d, const struct trace_account *a, struct error *err) {
    struct account_name name;
    TRY(account_name(d->in, a->account, &name, err));
    json_object_begin(&d->w);
    json_account_members(&d->w, &name);
    json_key_text(&d->w, "stop", a->stop ? stop_reason_name(a->stop) : NULL);
    if (a->stop == STOP_DEPOSIT)
        TRY(json_key_address(&d->w, "service", d->in, a->service, err));
    json_key_bool(&d->w, "source", a->is_source);
    json_key_unsigned(&d->w, "hops", a->hops);
    json_key_units(&d->w, "claim_peak", wide(a->claim_peak));
    json_key_units(&d->w, "claim_in", wide(a->claim_in));
    json_key_units(&d->w, "claim_held", wide(a->claim_held));
    json_key_bool(&d->w, "incomplete", a->incomplete);
    json_key_units(&d->w, "unknown_spent", wide(a->unknown_spent));
    json_object_end(&d->w);
    drain(d->w.out, d->file);
    return IMJIN_OK;
}

static enum imjin_status add_edge(struct document *d, const struct trace_edge *e, struct error *err) {
    const struct asset_total *total = d->totals.items + d->totals.of_theft[e->theft];
    struct asset_name out, got;
    struct ledger_tx tx;
    TRY(asset_name(d->in, e->asset_out, &out, err));
    TRY(asset_name(d->in, e->asset_in, &got, err));
    TRY(ledger_tx(d->in->ledger, e->tx, &tx, err));
    json_object_begin(&d->w);
    json_key_unsigned(&d->w, "theft", e->theft);
    TRY(json_key_tx(&d->w, d->in, e->tx, err));
    json_key_unsigned(&d->w, "movement", e->movement);
    json_key_text(&d->w, "rule", settle_rule_name(e->rule));
    TRY(json_key_address(&d->w, "from", d->in, e->from, err));
    TRY(json_key_address(&d->w, "to", d->in, e->to, err));
    json_key_text(&d->w, "asset_out", out.full);
    json_key_units(&d->w, "units_out", wide(e->units_out));
    json_key_amount(&d->w, "amount_out", wide(e->units_out), out.decimals);
    json_key_text(&d->w, "asset_in", got.full);
    json_key_units(&d->w, "units_in", wide(e->units_in));
    json_key_amount(&d->w, "amount_in", wide(e->units_in), got.decimals);
    json_key_units(&d->w, "claim", wide(e->claim));
    json_key_amount(&d->w, "claim_amount", wide(e->claim), total->name.decimals);
    json_key_unsigned(&d->w, "hops", e->hops);
    json_key_bool(&d->w, "weighed_equally", e->weighed_equally);
    json_key_value(&d->w, d->in, &got, wide(e->units_in), tx.time);
    json_object_end(&d->w);
    drain(d->w.out, d->file);
    return IMJIN_OK;
}

/* ---- what was asked ---- */

static enum imjin_status add_source(struct document *d, const struct trace_source *s, struct error *err) {
    json_object_begin(&d->w);
    TRY(json_key_address(&d->w, "account", d->in, s->account, err));
    if (s->has_asset)
        TRY(json_key_asset(&d->w, "asset", d->in, s->asset, err));
    if (s->has_units)
        json_key_units(&d->w, "units", wide(s->units));
    if (s->has_time)
        json_key_time(&d->w, "time_from", s->time_from);
    if (s->has_tx)
        TRY(json_key_tx(&d->w, d->in, s->tx, err));
    json_object_end(&d->w);
    drain(d->w.out, d->file);
    return IMJIN_OK;
}

static enum imjin_status add_request(struct document *d, struct error *err) {
    const struct trace_request *q = d->in->request;
    json_put_key(&d->w, "request");
    json_object_begin(&d->w);
    json_key_text(&d->w, "policy", trace_policy_name(q->policy));
    json_put_key(&d->w, "sources");
    json_array_begin(&d->w);
    for (uint32_t i = 0; i < q->source_count; i++)
        TRY(add_source(d, q->sources + i, err));
    json_array_end(&d->w);
    json_put_key(&d->w, "rules");
    json_array_begin(&d->w);
    for (unsigned r = 0; r < SETTLE_RULES; r++)
        if (q->rules >> r & 1)
            json_put_text(&d->w, settle_rule_name(r));
    json_array_end(&d->w);
    json_key_bool(&d->w, "stop_at_labels", q->stop_at_labels);
    json_key_bool(&d->w, "stop_at_deposits", q->stop_at_deposits);
    json_key_bool(&d->w, "stop_at_hubs", q->stop_at_hubs);
    json_key_bool(&d->w, "follow_unknown", q->follow_unknown);
    json_key_unsigned(&d->w, "hub_counterparties", q->hub_counterparties);
    json_key_unsigned(&d->w, "hops_max", q->hops_max);
    json_key_time(&d->w, "time_until", q->time_until);
    json_key_units(&d->w, "claim_min", wide(q->claim_min));
    json_key_unsigned(&d->w, "pieces_max", q->pieces_max);
    json_object_end(&d->w);
    return IMJIN_OK;
}

/* ---- the assets that occur ---- */

static enum imjin_status add_assets(struct document *d, struct error *err) {
    const struct trace_result *r = d->in->result;
    struct ranking ranking;
    uint64_t count = 0;
    uint32_t *ids = arena_new(&d->arena, r->theft_count + r->rest_count + 2 * r->edge_count + 1, sizeof *ids);
    if (ids == NULL)
        return fail_memory(err, "assets of the trace");
    for (uint64_t i = 0; i < r->theft_count; i++)
        ids[count++] = r->thefts[i].asset.n;
    for (uint64_t i = 0; i < r->rest_count; i++)
        ids[count++] = r->rests[i].asset.n;
    for (uint64_t i = 0; i < r->edge_count; i++) {
        ids[count++] = r->edges[i].asset_out.n;
        ids[count++] = r->edges[i].asset_in.n;
    }
    TRY(ranking_make(d->in, ids, count, false, &d->arena, &ranking, err));
    json_put_key(&d->w, "assets");
    json_array_begin(&d->w);
    for (uint64_t i = 0; i < ranking.count; i++)
        TRY(json_asset(&d->w, d->in, ranking.items + i, err));
    json_array_end(&d->w);
    return IMJIN_OK;
}

static enum imjin_status add_lists(struct document *d, struct error *err) {
    const struct trace_result *r = d->in->result;
    json_put_key(&d->w, "thefts");
    json_array_begin(&d->w);
    for (uint64_t i = 0; i < r->theft_count; i++)
        TRY(add_theft(d, r->thefts + i, d->totals.items + d->totals.of_theft[i], err));
    json_array_end(&d->w);
    TRY(add_assets(d, err));
    json_put_key(&d->w, "accounts");
    json_array_begin(&d->w);
    for (uint64_t i = 0; i < r->account_count; i++)
        TRY(add_account(d, r->accounts + i, err));
    json_array_end(&d->w);
    json_put_key(&d->w, d->sources ? "origins" : "rests");
    json_array_begin(&d->w);
    for (uint64_t i = 0; i < r->rest_count; i++)
        TRY(add_rest(d, r->rests + i, err));
    json_array_end(&d->w);
    json_put_key(&d->w, "edges");
    json_array_begin(&d->w);
    for (uint64_t i = 0; i < r->edge_count; i++)
        TRY(add_edge(d, r->edges + i, err));
    json_array_end(&d->w);
    return IMJIN_OK;
}

/* What of the request was not done as it was asked. */
static enum imjin_status add_note(struct document *d, const struct trace_note *note, struct error *err) {
    struct text sentence = {0};
    json_object_begin(&d->w);
    json_key_unsigned(&d->w, "source", note->source);
    json_key_text(&d->w, "kind", note_kind_name((enum note_kind)note->kind));
    json_key_span_value(&d->w, "said", note->said);
    enum imjin_status status = trace_note_print(d->in->ledger, note, &sentence, err);
    if (status == IMJIN_OK)
        status = text_status(&sentence, err);
    if (status == IMJIN_OK)
        json_key_text(&d->w, "text", sentence.bytes);
    text_done(&sentence);
    json_key_units(&d->w, "units", u256_from_u128(note->units));
    json_object_end(&d->w);
    return status;
}

static enum imjin_status add_notes(struct document *d, struct error *err) {
    const struct trace_result *r = d->in->result;
    json_put_key(&d->w, "notes");
    json_array_begin(&d->w);
    for (uint64_t i = 0; i < r->note_count; i++)
        TRY(add_note(d, r->notes + i, err));
    json_array_end(&d->w);
    json_key_unsigned(&d->w, "overlaps", r->overlap_count);
    json_put_key(&d->w, "overlapping");
    json_array_begin(&d->w);
    for (uint64_t i = 0; i < r->overlap_rows; i++) {
        json_object_begin(&d->w);
        json_key_unsigned(&d->w, "theft", r->overlaps[i].theft);
        json_key_unsigned(&d->w, "inside", r->overlaps[i].inside);
        json_key_unsigned(&d->w, "claims", r->overlaps[i].count);
        json_key_units(&d->w, "units", u256_from_u128(r->overlaps[i].units));
        json_object_end(&d->w);
    }
    json_array_end(&d->w);
    return IMJIN_OK;
}

static enum imjin_status add_look_alikes(struct document *d, struct error *err) {
    struct look_alikes found;
    TRY(look_alikes_of_trace(d->in, &d->arena, &found, err));
    enum imjin_status status = json_look_alikes(&d->w, d->in, &found, err);
    look_alikes_done(&found);
    return status;
}

static enum imjin_status add_document(struct document *d, struct error *err) {
    TRY(totals_make(d->in, false, &d->arena, &d->totals, err));
    json_head(&d->w, d->in, d->sources ? "imjin.sources/1" : "imjin.trace/1");
    TRY(add_request(d, err));
    add_totals(d);
    TRY(add_lists(d, err));
    TRY(add_notes(d, err));
    if (!d->sources) {
        TRY(techniques_json(&d->w, d->in, &d->totals, &d->arena, err));
        TRY(crossings_json(&d->w, d->in, err));
        TRY(exits_json(&d->w, d->in, err));
        TRY(json_freeze(&d->w, d->in, &d->arena, err));
        TRY(add_look_alikes(d, err));
    }
    return json_foot(&d->w, d->file, err);
}

static enum imjin_status write_document(struct text *t, struct file_writer *file, const struct report_input *in, bool sources,
                                        struct error *err) {
    struct document d = {.w = {.out = t}, .in = in, .file = file, .sources = sources};
    enum imjin_status status = add_document(&d, err);
    arena_done(&d.arena);
    return status;
}

enum imjin_status report_trace_json(struct text *t, struct file_writer *file, const struct report_input *in,
                                    struct error *err) {
    return write_document(t, file, in, false, err);
}

enum imjin_status report_sources_json(struct text *t, struct file_writer *file, const struct report_input *in,
                                      struct error *err) {
    return write_document(t, file, in, true, err);
}
