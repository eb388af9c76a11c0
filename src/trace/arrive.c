#include <stdlib.h>

#include "trace/inside.h"

void tracer_init(struct tracer *t, const struct trace_input *in, const struct trace_request *request, const struct plan *plan,
                 struct trace_theft *thefts) {
    *t = (struct tracer){.in = in, .request = request, .plan = plan, .thefts = thefts};
    verdicts_init(&t->verdicts, in, request);
    collector_init(&t->collector);
    t->overlaps = (struct buffer){.item_bytes = sizeof(struct trace_overlap), .items_max = TRACE_ITEMS_MAX, .what = "overlaps"};
    t->reached =
        (struct buffer){.item_bytes = sizeof(struct reached), .items_max = TRACE_ITEMS_MAX, .what = "accounts reached"};
}

void tracer_done(struct tracer *t) {
    verdicts_done(&t->verdicts);
    collector_done(&t->collector);
    buffer_done(&t->reached);
    buffer_done(&t->overlaps);
}

enum imjin_status tracer_rest(struct tracer *t, uint32_t theft, struct account_id account, struct asset_id asset, uint32_t tx,
                              u128 units, u128 claim, enum stop_reason stop, struct error *err) {
    struct trace_rest rest = {theft, account, asset, {tx}, units, claim, (uint8_t)stop};
    if (t->request->policy == POLICY_POISON) {
        rest.claim = 0; /* kept until the accounts are made, for their stops */
        return collector_rest(&t->collector, &rest, err);
    }
    struct trace_theft *total = &t->thefts[theft];
    if (stop == STOP_NONE) {
        total->held += claim;
    } else if (stop == STOP_HORIZON || stop == STOP_DUST || stop == STOP_LIMIT) {
        total->cut_off += claim;
        total->stopped_by[stop] += claim;
    } else {
        total->stopped += claim;
        total->stopped_by[stop] += claim;
    }
    return collector_rest(&t->collector, &rest, err);
}

static enum imjin_status stop_at(struct tracer *t, const struct trace_edge *e, enum stop_reason *ret, struct error *err) {
    const struct trace_request *r = t->request;
    struct verdict v;
    *ret = STOP_NONE;
    if (e->to.n == ACCOUNT_VOID.n)
        *ret = STOP_BURN;
    else if (e->tx.n >= t->plan->horizon_tx || (r->hops_max && e->hops > r->hops_max))
        *ret = STOP_HORIZON;
    else if (r->policy != POLICY_POISON && e->claim < r->claim_min)
        *ret = STOP_DUST;
    if (*ret != STOP_NONE || e->from.n == e->to.n || plan_is_source(t->plan, e->to))
        return IMJIN_OK;
    TRY(verdict_full(&t->verdicts, e->to, &v, err));
    *ret = (enum stop_reason)v.stop;
    if (v.role == LABEL_ROLE_DEFI && e->rule == RULE_TRANSFER && r->stop_at_labels)
        *ret = STOP_DEFI;
    return IMJIN_OK;
}

enum { COMPACT_AT = 1 << 20 };

static int overlap_compare(const void *left, const void *right) {
    const struct trace_overlap *a = left, *b = right;
    if (a->theft != b->theft)
        return a->theft < b->theft ? -1 : 1;
    return a->inside < b->inside ? -1 : a->inside > b->inside;
}

void overlaps_compact(struct buffer *overlaps) {
    struct trace_overlap *list = overlaps->items;
    size_t kept = 0;
    if (overlaps->count == 0)
        return;
    qsort(list, overlaps->count, sizeof *list, overlap_compare);
    for (size_t i = 1; i < overlaps->count; i++) {
        if (overlap_compare(&list[i], &list[kept]) != 0) {
            list[++kept] = list[i];
            continue;
        }
        list[kept].units += list[i].units;
        list[kept].count += list[i].count;
    }
    overlaps->count = kept + 1;
}

static enum imjin_status note_overlaps(struct tracer *t, const struct trace_edge *e, u128 in_from, struct error *err) {
    if (e->to.n < ACCOUNTS_RESERVED || plan_theft(t->plan, e->theft)->suspected)
        return IMJIN_OK;
    if (t->overlaps.count >= COMPACT_AT && (t->overlaps.count & (t->overlaps.count - 1)) == 0)
        overlaps_compact(&t->overlaps);
    return plan_overlaps(t->plan, e->theft, e->to, e->asset_in, in_from, in_from + e->units_in, &t->overlaps, err);
}

static enum imjin_status note_reached(struct tracer *t, const struct trace_edge *e, struct error *err) {
    struct reached r = {e->units_in, e->to.n, e->asset_in.n, e->tx.n};
    if (t->reached.count >= COMPACT_AT && (t->reached.count & (t->reached.count - 1)) == 0)
        reached_compact(&t->reached);
    return buffer_push(&t->reached, &r, NULL, err);
}

enum imjin_status tracer_arrive(struct tracer *t, const struct trace_edge *e, u128 in_from, bool *ret_follow,
                                struct error *err) {
    enum stop_reason stop;
    TRY(collector_edge(&t->collector, e, err));
    *ret_follow = false;
    t->pieces++;
    if (e->to.n == ACCOUNT_FEES.n) {
        if (t->request->policy != POLICY_POISON)
            t->thefts[e->theft].fees += e->claim;
        return IMJIN_OK;
    }
    TRY(stop_at(t, e, &stop, err));
    TRY(note_overlaps(t, e, in_from, err));
    *ret_follow = stop == STOP_NONE;
    if (*ret_follow && t->request->follow_unknown && !plan_theft(t->plan, e->theft)->suspected)
        TRY(note_reached(t, e, err));
    return *ret_follow ? IMJIN_OK : tracer_rest(t, e->theft, e->to, e->asset_in, e->tx.n, e->units_in, e->claim, stop, err);
}
