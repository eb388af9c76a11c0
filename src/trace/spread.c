#include <stdlib.h>

#include "trace/inside.h"

void spread_init(struct spread *s, enum imjin_status (*land)(void *, const struct landing *, struct error *), void *context) {
    *s = (struct spread){
        .group = {.item_bytes = sizeof(struct flow_edge), .items_max = TRACE_ITEMS_MAX, .what = "edges of one transaction"},
        .bounds = {.item_bytes = sizeof(u128), .items_max = TRACE_ITEMS_MAX, .what = "bounds of edges"},
        .land = land,
        .context = context,
    };
}

void spread_done(struct spread *s) {
    buffer_done(&s->group);
    buffer_done(&s->bounds);
}

void spread_begin(struct spread *s, struct take take) {
    s->take = take;
    s->group.count = 0;
    s->group_end = 0;
    s->covered = take.out_from;
    s->claimed = 0;
}

/* Claim of the piece's first `position` units. Plain payments carry one claim a unit, and need no division. */
static u128 claim_before(const struct take *t, u128 position) {
    return t->claim == t->n ? position : mul_div_u128(t->claim, position, t->n);
}

u128 take_claim(const struct take *t, u128 from, u128 to) {
    if (t->reversed)
        return claim_before(t, t->base - from) - claim_before(t, t->base - to);
    return claim_before(t, to - t->base) - claim_before(t, from - t->base);
}

/* Units [from, to) of the edge's out-stretch, with a claim, arrive. */
static enum imjin_status land(struct spread *s, const struct flow_edge *e, u128 from, u128 to, u128 claim, struct error *err) {
    u128 p = from - e->out_from, q = to - e->out_from, n = e->out_units, got = e->in_units, low = p, high = q;
    if (claim == 0)
        return IMJIN_OK;
    if (n != got) {
        low = mul_div_u128(p, got, n);
        high = got - mul_div_u128(n - q, got, n); /* ceil(q * got / n) */
        if (high <= low)
            high = low + 1;
    }
    s->claimed += claim;
    struct landing l = {e, to - from, e->in_from + low, e->in_from + high, claim};
    return s->land(s->context, &l, err);
}

static u128 max_u128(u128 a, u128 b) { return a > b ? a : b; }
static u128 min_u128(u128 a, u128 b) { return a < b ? a : b; }
static u128 out_end(const struct flow_edge *e) { return e->out_from + e->out_units; }

static int bound_compare(const void *left, const void *right) {
    u128 a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return a < b ? -1 : a > b;
}

static enum imjin_status push_bound(struct spread *s, u128 bound, struct error *err) {
    bound = min_u128(max_u128(bound, s->take.out_from), s->take.out_to);
    return buffer_push(&s->bounds, &bound, NULL, err);
}

static enum imjin_status land_part(struct spread *s, u128 from, u128 to, struct error *err) {
    const struct flow_edge *edges = s->group.items;
    u128 claim = take_claim(&s->take, from, to), shared = 0;
    for (size_t i = 0; i < s->group.count; i++) {
        const struct flow_edge *e = &edges[i];
        if (e->out_from > from || out_end(e) < to)
            continue;
        u128 share = mul_div_u128(claim, e->share_to, e->share_total) - mul_div_u128(claim, e->share_from, e->share_total);
        shared += share;
        TRY(land(s, e, from, to, share, err));
    }
    return shared == claim ? IMJIN_OK : fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged: shares do not add up");
}

static enum imjin_status group_cut(struct spread *s, struct error *err) {
    const struct flow_edge *edges = s->group.items;
    s->bounds.count = 0;
    for (size_t i = 0; i < s->group.count; i++) {
        TRY(push_bound(s, edges[i].out_from, err));
        TRY(push_bound(s, out_end(&edges[i]), err));
    }
    u128 *bounds = s->bounds.items;
    qsort(bounds, s->bounds.count, sizeof *bounds, bound_compare);
    for (size_t i = 1; i < s->bounds.count; i++)
        if (bounds[i - 1] < bounds[i])
            TRY(land_part(s, bounds[i - 1], bounds[i], err));
    return IMJIN_OK;
}

static enum imjin_status group_flush(struct spread *s, struct error *err) {
    const struct flow_edge *e = s->group.items;
    if (s->group.count == 1 && e->share_from == 0 && e->share_to == e->share_total) {
        u128 from = max_u128(e->out_from, s->take.out_from), to = min_u128(out_end(e), s->take.out_to);
        TRY(land(s, e, from, to, take_claim(&s->take, from, to), err));
    } else if (s->group.count) {
        TRY(group_cut(s, err));
    }
    s->group.count = 0;
    return IMJIN_OK;
}

enum imjin_status spread_edge(struct spread *s, const struct flow_edge *e, struct error *err) {
    if (out_end(e) <= s->take.out_from || e->out_from >= s->take.out_to)
        return IMJIN_OK;
    if (s->group.count && e->out_from >= s->group_end)
        TRY(group_flush(s, err));
    if (e->out_from > s->covered)
        return fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged: spent units without an edge");
    if (s->group.count == 0)
        s->group_end = 0;
    s->group_end = max_u128(s->group_end, out_end(e));
    s->covered = max_u128(s->covered, out_end(e));
    return buffer_push(&s->group, e, NULL, err);
}

enum imjin_status spread_end(struct spread *s, u128 *ret_claimed, struct error *err) {
    TRY(group_flush(s, err));
    if (s->covered < s->take.out_to)
        return fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged: spent units without an edge");
    *ret_claimed = s->claimed;
    return IMJIN_OK;
}
