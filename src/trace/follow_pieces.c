/* FIFO and LIFO over the compiled ledger: pieces of in-lines, each mapped over the out-edges that cover it, in any order. */
#include "trace/inside.h"
#include "trace/stacks.h"

struct piece {
    u128 from, units, claim;
    uint32_t holding, tx;
    uint16_t hops;
};
struct follower {
    struct tracer *t;
    uint32_t theft;
    struct spread spread;
    struct stacks stacks;
    struct buffer work; /* struct piece: a stack, so that few wait at a time */
    struct piece now;
    struct holding holding;
};

static enum imjin_status land(void *context, const struct landing *l, struct error *err) {
    struct follower *f = context;
    struct holding to;
    bool follow;
    TRY(compiled_holding(f->t->in->compiled, l->edge->to, &to, err));
    bool same = to.account.n == f->holding.account.n;
    struct trace_edge e = {
        .theft = f->theft,
        .tx = l->edge->tx,
        .movement = l->edge->movement,
        .from = f->holding.account,
        .to = to.account,
        .asset_out = f->holding.asset,
        .asset_in = to.asset,
        .units_out = l->units_out,
        .units_in = l->in_to - l->in_from,
        .claim = l->claim,
        .hops = hops_after(f->now.hops, same),
        .rule = l->edge->rule,
        .weighed_equally = l->edge->weighed_equally,
    };
    TRY(tracer_arrive(f->t, &e, l->in_from, &follow, err));
    struct piece piece = {l->in_from, e.units_in, l->claim, l->edge->to.n, e.tx.n, e.hops};
    return follow ? buffer_push(&f->work, &piece, NULL, err) : IMJIN_OK;
}

static enum imjin_status take_part(struct follower *f, struct take take, u128 *claimed, struct error *err) {
    struct edge_cursor cursor;
    u128 part;
    spread_begin(&f->spread, take);
    TRY(edges_at(f->t->in->compiled, (struct holding_id){f->now.holding}, DIRECTION_OUT, take.out_from, &cursor, err));
    for (;;) {
        struct flow_edge e;
        bool more;
        TRY(edges_next(&cursor, &e, &more, err));
        if (!more || e.out_from >= take.out_to)
            break;
        TRY(spread_edge(&f->spread, &e, err));
    }
    TRY(spread_end(&f->spread, &part, err));
    *claimed += part;
    return IMJIN_OK;
}

static enum imjin_status take_fifo(struct follower *f, u128 *units, u128 *claimed, struct error *err) {
    u128 to = f->now.from + f->now.units, spent = f->holding.spent < to ? f->holding.spent : to;
    if (spent <= f->now.from)
        return IMJIN_OK;
    *units = spent - f->now.from;
    return take_part(f, (struct take){f->now.units, f->now.claim, f->now.from, f->now.from, spent, false}, claimed, err);
}

static enum imjin_status take_lifo(struct follower *f, u128 *units, u128 *claimed, struct error *err) {
    const struct lifo_run *runs;
    u128 from = f->now.from, to = from + f->now.units;
    uint64_t count, low = 0, high;
    TRY(stacks_of(&f->stacks, (struct holding_id){f->now.holding}, &runs, &count, err));
    high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (runs[middle].in_to <= from)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && runs[low].in_from < to; low++) {
        u128 x = runs[low].in_from > from ? runs[low].in_from : from, y = runs[low].in_to < to ? runs[low].in_to : to;
        u128 out = runs[low].out_from + (runs[low].in_to - y);
        /* position in the piece p = y - from when out is reached, and falls from there */
        struct take take = {f->now.units, f->now.claim, out + (y - from), out, out + (y - x), true};
        *units += y - x;
        TRY(take_part(f, take, claimed, err));
    }
    return IMJIN_OK;
}

static enum imjin_status follow_piece(struct follower *f, struct error *err) {
    u128 units = 0, claimed = 0;
    TRY(compiled_holding(f->t->in->compiled, (struct holding_id){f->now.holding}, &f->holding, err));
    TRY(f->t->request->policy == POLICY_LIFO ? take_lifo(f, &units, &claimed, err) : take_fifo(f, &units, &claimed, err));
    if (claimed == f->now.claim)
        return IMJIN_OK;
    return tracer_rest(f->t, f->theft, f->holding.account, f->holding.asset, f->now.tx, f->now.units - units,
                       f->now.claim - claimed, STOP_NONE, err);
}

/* The work limit was reached: what waits lies where it is. */
static enum imjin_status cut_off(struct follower *f, struct error *err) {
    while (f->work.count) {
        struct piece p = ((struct piece *)f->work.items)[--f->work.count];
        TRY(compiled_holding(f->t->in->compiled, (struct holding_id){p.holding}, &f->holding, err));
        TRY(tracer_rest(f->t, f->theft, f->holding.account, f->holding.asset, p.tx, p.units, p.claim, STOP_LIMIT, err));
    }
    return IMJIN_OK;
}

static enum imjin_status follow_theft(struct follower *f, struct error *err) {
    const struct theft_plan *theft = plan_theft(f->t->plan, f->theft);
    for (uint64_t i = theft->origin_count; i-- > 0;) {
        const struct origin *o = plan_origin(f->t->plan, theft->origin_first + i);
        struct piece p = {o->from, o->units, o->units, theft->holding.n, o->tx, 0};
        TRY(buffer_push(&f->work, &p, NULL, err));
    }
    uint64_t before = f->t->pieces;
    while (f->work.count) {
        if (f->t->pieces - before >= f->t->request->pieces_max)
            return cut_off(f, err);
        f->now = ((struct piece *)f->work.items)[--f->work.count];
        TRY(follow_piece(f, err));
    }
    return IMJIN_OK;
}

struct follow_pieces {
    struct follower follower;
};

enum imjin_status follow_pieces_new(struct follow_pieces **ret, struct tracer *t, struct error *err) {
    struct follow_pieces *p = memory_new(1, sizeof *p);
    if (p == NULL)
        return fail_memory(err, "a trace");
    p->follower = (struct follower){
        .t = t,
        .work = {.item_bytes = sizeof(struct piece), .items_max = TRACE_ITEMS_MAX, .what = "pieces of a theft"},
    };
    spread_init(&p->follower.spread, land, &p->follower);
    stacks_init(&p->follower.stacks, t->in, false);
    *ret = p;
    return IMJIN_OK;
}

void follow_pieces_free(struct follow_pieces *p) {
    if (p == NULL)
        return;
    spread_done(&p->follower.spread);
    stacks_done(&p->follower.stacks);
    buffer_done(&p->follower.work);
    memory_free(p);
}

enum imjin_status follow_pieces_theft(struct follow_pieces *p, uint32_t theft, struct error *err) {
    p->follower.theft = theft;
    p->follower.work.count = 0;
    stacks_trim(&p->follower.stacks);
    return follow_theft(&p->follower, err);
}
