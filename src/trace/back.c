/* Where money came from, FIFO and LIFO: the edges of the compiled ledger, read backwards. Claims are units of what is asked
 * about; a piece is a stretch of an in-line, cut at the bounds of the edges that brought it. */
#include "trace/back.h"
#include "trace/stacks.h"

struct piece {
    u128 from, units, claim;
    uint32_t holding, tx; /* tx: where its units were spent on, or arrived when it is the question itself */
    uint16_t hops;
};
struct backer {
    struct tracer *t;
    uint32_t theft;
    struct stacks stacks;
    struct buffer work; /* struct piece */
    struct piece now;
    struct holding holding;
};

enum imjin_status back_origin(struct tracer *t, uint32_t theft, const struct holding *h, const struct flow_edge *e, u128 units,
                              u128 claim, uint16_t hops, struct error *err) {
    bool minted = e->rule == RULE_MINT;
    struct account_id account = minted ? ACCOUNT_VOID : h->account;
    if (claim == 0)
        return IMJIN_OK;
    if (minted) {
        struct trace_edge edge = {.theft = theft,
                                  .tx = e->tx,
                                  .movement = e->movement,
                                  .from = account,
                                  .to = h->account,
                                  .asset_out = h->asset,
                                  .asset_in = h->asset,
                                  .units_out = units,
                                  .units_in = units,
                                  .claim = claim,
                                  .hops = hops_after(hops, false),
                                  .rule = RULE_MINT};
        TRY(collector_edge(&t->collector, &edge, err));
    }
    return tracer_rest(t, theft, account, h->asset, e->tx.n, units, claim, STOP_NONE, err);
}

static enum imjin_status stop_behind(struct tracer *t, const struct trace_edge *e, enum stop_reason *ret, struct error *err) {
    const struct trace_request *r = t->request;
    struct verdict v;
    *ret = STOP_NONE;
    if (r->hops_max && e->hops > r->hops_max)
        *ret = STOP_HORIZON;
    else if (e->claim < r->claim_min)
        *ret = STOP_DUST;
    if (*ret != STOP_NONE || e->from.n == e->to.n)
        return IMJIN_OK;
    TRY(verdict_full(&t->verdicts, e->from, &v, err));
    *ret = (enum stop_reason)v.stop;
    if (v.role == LABEL_ROLE_DEFI && e->rule == RULE_TRANSFER && r->stop_at_labels)
        *ret = STOP_DEFI;
    return IMJIN_OK;
}

enum imjin_status back_arrive(struct tracer *t, const struct trace_edge *e, bool *ret_follow, struct error *err) {
    enum stop_reason stop;
    t->pieces++;
    TRY(collector_edge(&t->collector, e, err));
    TRY(stop_behind(t, e, &stop, err));
    *ret_follow = stop == STOP_NONE;
    return *ret_follow ? IMJIN_OK : tracer_rest(t, e->theft, e->from, e->asset_out, e->tx.n, e->units_out, e->claim, stop, err);
}

struct stretch back_stretch(const struct flow_edge *e, u128 p, u128 q) {
    u128 n = e->out_units, got = e->in_units, low = p, high = q;
    if (n != got) {
        low = mul_div_u128(p, n, got);
        high = n - mul_div_u128(got - q, n, got);
        if (high <= low)
            high = low + 1;
    }
    return (struct stretch){e->out_from + low, e->out_from + high};
}

/* Units [from, to) of the out-line of a holding, with a claim, are units of its in-line. */
static enum imjin_status push_spent(struct backer *b, struct holding_id h, struct stretch out, u128 claim, uint32_t tx,
                                    uint16_t hops, struct error *err) {
    struct piece whole = {out.from, out.to - out.from, claim, h.n, tx, hops};
    const struct lifo_run *runs;
    uint64_t count, low = 0, high;
    if (b->t->request->policy == POLICY_FIFO)
        return buffer_push(&b->work, &whole, NULL, err);
    TRY(stacks_of(&b->stacks, h, &runs, &count, err));
    for (high = count; low < high;) {
        uint64_t middle = low + (high - low) / 2;
        if (runs[middle].out_from + (runs[middle].in_to - runs[middle].in_from) <= out.from)
            low = middle + 1;
        else
            high = middle;
    }
    struct take take = {.n = whole.units, .claim = claim, .base = out.from};
    for (; low < count && runs[low].out_from < out.to; low++) {
        const struct lifo_run *run = &runs[low];
        u128 end = run->out_from + (run->in_to - run->in_from);
        u128 x = run->out_from > out.from ? run->out_from : out.from, y = end < out.to ? end : out.to;
        struct piece part = {run->in_to - (y - run->out_from), y - x, take_claim(&take, x, y), h.n, tx, hops};
        if (part.claim)
            TRY(buffer_push(&b->work, &part, NULL, err));
    }
    return IMJIN_OK;
}

/* Units [x, y) of the piece's in-line came over edge e. */
static enum imjin_status came_over(struct backer *b, const struct flow_edge *e, u128 x, u128 y, u128 claim, struct error *err) {
    struct holding from;
    bool follow;
    if (claim == 0)
        return IMJIN_OK;
    if (e->from.n == ID_NONE)
        return back_origin(b->t, b->theft, &b->holding, e, y - x, claim, b->now.hops, err);
    struct stretch out = back_stretch(e, x - e->in_from, y - e->in_from);
    TRY(compiled_holding(b->t->in->compiled, e->from, &from, err));
    struct trace_edge edge = {.theft = b->theft,
                              .tx = e->tx,
                              .movement = e->movement,
                              .from = from.account,
                              .to = b->holding.account,
                              .asset_out = from.asset,
                              .asset_in = b->holding.asset,
                              .units_out = out.to - out.from,
                              .units_in = y - x,
                              .claim = claim,
                              .hops = hops_after(b->now.hops, from.account.n == b->holding.account.n),
                              .rule = e->rule,
                              .weighed_equally = e->weighed_equally};
    TRY(back_arrive(b->t, &edge, &follow, err));
    return follow ? push_spent(b, e->from, out, claim, e->tx.n, edge.hops, err) : IMJIN_OK;
}

/* Edges into one gain may overlap by a unit; what an edge brought first it keeps. */
static enum imjin_status back_piece(struct backer *b, struct error *err) {
    struct take whole = {.n = b->now.units, .claim = b->now.claim, .base = b->now.from};
    struct edge_cursor cursor;
    struct flow_edge e;
    u128 at = b->now.from, to = at + b->now.units;
    TRY(compiled_holding(b->t->in->compiled, (struct holding_id){b->now.holding}, &b->holding, err));
    TRY(edges_at(b->t->in->compiled, (struct holding_id){b->now.holding}, DIRECTION_IN, at, &cursor, err));
    while (at < to) {
        bool more;
        TRY(edges_next(&cursor, &e, &more, err));
        if (!more)
            return fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged: units that never arrived");
        u128 end = e.in_from + e.in_units < to ? e.in_from + e.in_units : to;
        if (end <= at)
            continue;
        if (e.in_from > at) { /* nothing brought these: they are new */
            struct flow_edge clean = {.tx = e.tx, .rule = RULE_TRANSFER, .movement = e.movement};
            u128 until = e.in_from < to ? e.in_from : to;
            TRY(back_origin(b->t, b->theft, &b->holding, &clean, until - at, take_claim(&whole, at, until), b->now.hops, err));
            at = until;
            if (at >= to)
                break;
        }
        TRY(came_over(b, &e, at, end, take_claim(&whole, at, end), err));
        at = end;
    }
    return IMJIN_OK;
}

static enum imjin_status back_theft(struct backer *b, struct error *err) {
    const struct theft_plan *theft = plan_theft(b->t->plan, b->theft);
    uint64_t before = b->t->pieces;
    b->work.count = 0;
    for (uint64_t i = theft->origin_count; i-- > 0;) {
        const struct origin *o = plan_origin(b->t->plan, theft->origin_first + i);
        struct piece p = {o->from, o->units, o->units, theft->holding.n, o->tx, 0};
        TRY(buffer_push(&b->work, &p, NULL, err));
    }
    while (b->work.count) {
        b->now = ((struct piece *)b->work.items)[--b->work.count];
        if (b->t->pieces - before < b->t->request->pieces_max) {
            TRY(back_piece(b, err));
            continue;
        }
        TRY(compiled_holding(b->t->in->compiled, (struct holding_id){b->now.holding}, &b->holding, err));
        TRY(tracer_rest(b->t, b->theft, b->holding.account, b->holding.asset, b->now.tx, b->now.units, b->now.claim, STOP_LIMIT,
                        err));
    }
    return IMJIN_OK;
}

enum imjin_status back_pieces(struct tracer *t, uint64_t thefts, const struct progress *p, struct error *err) {
    struct backer b = {
        .t = t,
        .work = {.item_bytes = sizeof(struct piece), .items_max = TRACE_ITEMS_MAX, .what = "pieces of a theft"},
    };
    enum imjin_status status = IMJIN_OK;
    stacks_init(&b.stacks, t->in, true);
    for (uint64_t i = 0; i < thefts && status == IMJIN_OK; i++) {
        b.theft = (uint32_t)i;
        stacks_trim(&b.stacks);
        status = progress_step(p, "tracing back", "questions", i, thefts, err);
        if (status == IMJIN_OK)
            status = back_theft(&b, err);
    }
    stacks_done(&b.stacks);
    buffer_done(&b.work);
    return status;
}
