/* Haircut and poison over the compiled ledger: transaction by transaction, the next draws of the holdings reached. */
#include "trace/inside.h"
#include "trace/stacks.h"

struct taint {
    u128 claim; /* poison: 1 once reached */
    struct holding holding;
    struct draw_reader draws;
    uint32_t id, tx_last;
    uint16_t hops;
    bool queued;
};
struct event {
    uint32_t tx, taint;
};
struct arrival {
    u128 claim;
    uint32_t holding;
    uint16_t hops;
};
struct follow_events {
    struct tracer *t;
    uint32_t theft;
    bool poison;
    struct spread spread;
    struct buffer taints;   /* struct taint */
    struct buffer heap;     /* struct event, the smallest first */
    struct buffer arrivals; /* struct arrival: gains of the transaction at hand */
    struct buffer edges;    /* struct flow_edge: draws of the transaction at hand */
    uint32_t *slots;        /* holding to taint + 1 */
    uint64_t room;
    uint64_t origin, origin_end; /* what of the source has not arrived yet */
    const struct taint *giver;
};

enum { SLOTS_FIRST = 256 };

static struct taint *taint_at(struct follow_events *f, uint32_t i) { return (struct taint *)f->taints.items + i; }
static uint64_t slot_first(uint32_t holding, uint64_t room) { return (holding * (uint64_t)0x9E3779B1 >> 5) & (room - 1); }

static uint32_t *slot_of(struct follow_events *f, uint32_t *slots, uint64_t room, uint32_t holding) {
    uint64_t i = slot_first(holding, room);
    while (slots[i] && taint_at(f, slots[i] - 1)->id != holding)
        i = (i + 1) & (room - 1);
    return &slots[i];
}

static enum imjin_status slots_grow(struct follow_events *f, struct error *err) {
    uint64_t room = f->room ? 2 * f->room : SLOTS_FIRST;
    uint32_t *slots = memory_new(room, sizeof *slots);
    if (slots == NULL)
        return fail_memory(err, "holdings reached");
    for (uint32_t i = 0; i < f->taints.count; i++)
        *slot_of(f, slots, room, taint_at(f, i)->id) = i + 1;
    memory_free(f->slots);
    f->slots = slots;
    f->room = room;
    return IMJIN_OK;
}

static bool event_before(struct event a, struct event b) { return a.tx != b.tx ? a.tx < b.tx : a.taint < b.taint; }

static enum imjin_status heap_push(struct follow_events *f, struct event e, struct error *err) {
    TRY(buffer_push(&f->heap, &e, NULL, err));
    struct event *heap = f->heap.items;
    size_t i = f->heap.count - 1;
    while (i > 0 && event_before(e, heap[(i - 1) / 2])) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = e;
    return IMJIN_OK;
}

static struct event heap_pop(struct follow_events *f) {
    struct event *heap = f->heap.items, top = heap[0], last = heap[--f->heap.count];
    size_t i = 0, count = f->heap.count;
    for (size_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count && event_before(heap[child + 1], heap[child]))
            child++;
        if (!event_before(heap[child], last))
            break;
        heap[i] = heap[child];
    }
    heap[i] = last;
    return top;
}

static enum imjin_status taint_find(struct follow_events *f, uint32_t holding, uint32_t *ret, struct error *err) {
    if (f->slots == NULL || 2 * f->taints.count >= f->room)
        TRY(slots_grow(f, err));
    INVARIANT(f->slots != NULL);
    uint32_t *slot = slot_of(f, f->slots, f->room, holding);
    if (*slot == 0) {
        struct taint fresh = {.id = holding, .hops = TRACE_HOPS_MAX};
        TRY(compiled_holding(f->t->in->compiled, (struct holding_id){holding}, &fresh.holding, err));
        TRY(buffer_push(&f->taints, &fresh, NULL, err));
        *slot = (uint32_t)f->taints.count;
    }
    *ret = *slot - 1;
    return IMJIN_OK;
}

/* Waits for the holding's next draw in or behind `tx_from`. */
static enum imjin_status taint_queue(struct follow_events *f, uint32_t i, uint32_t tx_from, struct error *err) {
    struct taint *t = taint_at(f, i);
    if (t->queued)
        return IMJIN_OK;
    TRY(draws_open(&t->draws, f->t->in, (struct holding_id){t->id}, tx_from, &f->edges, err));
    if (!t->draws.more)
        return IMJIN_OK;
    t->queued = true;
    return heap_push(f, (struct event){t->draws.next.tx.n, i}, err);
}

static enum imjin_status taint_add(struct follow_events *f, uint32_t holding, u128 claim, uint16_t hops, uint32_t tx,
                                   uint32_t tx_from, struct error *err) {
    uint32_t i;
    TRY(taint_find(f, holding, &i, err));
    struct taint *t = taint_at(f, i);
    t->claim = f->poison ? 1 : t->claim + claim;
    t->hops = hops < t->hops ? hops : t->hops;
    t->tx_last = tx;
    return taint_queue(f, i, tx_from, err);
}

static enum imjin_status land(void *context, const struct landing *l, struct error *err) {
    struct follow_events *f = context;
    struct holding to;
    bool follow;
    TRY(compiled_holding(f->t->in->compiled, l->edge->to, &to, err));
    struct trace_edge e = {
        .theft = f->theft,
        .tx = l->edge->tx,
        .movement = l->edge->movement,
        .from = f->giver->holding.account,
        .to = to.account,
        .asset_out = f->giver->holding.asset,
        .asset_in = to.asset,
        .units_out = l->units_out,
        .units_in = l->in_to - l->in_from,
        .claim = l->claim,
        .hops = hops_after(f->giver->hops, to.account.n == f->giver->holding.account.n),
        .rule = l->edge->rule,
        .weighed_equally = l->edge->weighed_equally,
    };
    TRY(tracer_arrive(f->t, &e, l->in_from, &follow, err));
    struct arrival arrival = {l->claim, l->edge->to.n, e.hops};
    return follow ? buffer_push(&f->arrivals, &arrival, NULL, err) : IMJIN_OK;
}

static enum imjin_status draw_poison(struct follow_events *f, uint64_t first, uint64_t end, struct error *err) {
    const struct flow_edge *edges = f->edges.items;
    for (uint64_t i = first; i < end; i++) {
        const struct flow_edge *e = &edges[i];
        struct landing l = {e, e->out_units, e->in_from, e->in_from + e->in_units, e->out_units};
        TRY(land(f, &l, err));
    }
    return IMJIN_OK;
}

/* One draw [from, to) with the in-line `received` long; its edges are [first, end). */
static enum imjin_status draw(struct follow_events *f, struct taint *t, u128 from, u128 to, u128 received, uint64_t first,
                              uint64_t end, struct error *err) {
    const struct flow_edge *edges = f->edges.items;
    u128 units = to - from, balance = received - from, taken;
    if (t->claim == 0 || units == 0)
        return IMJIN_OK;
    if (f->poison)
        return draw_poison(f, first, end, err);
    taken = units == balance ? t->claim : mul_div_u128(t->claim, units, balance);
    if (taken == 0)
        return IMJIN_OK;
    spread_begin(&f->spread, (struct take){units, taken, from, from, to, false});
    for (uint64_t i = first; i < end; i++)
        TRY(spread_edge(&f->spread, &edges[i], err));
    TRY(spread_end(&f->spread, &taken, err));
    t->claim -= taken;
    return IMJIN_OK;
}

/* Missing history of the source that counts as stolen comes right before the draw that it serves. */
static void feed(struct follow_events *f, struct taint *t, uint32_t tx, enum origin_order upto) {
    if (t->id != plan_theft(f->t->plan, f->theft)->holding.n)
        return;
    for (; f->origin < f->origin_end; f->origin++) {
        const struct origin *o = plan_origin(f->t->plan, f->origin);
        if (o->tx != tx || o->order > (uint8_t)upto)
            break;
        t->claim = f->poison ? 1 : t->claim + o->units;
        t->hops = 0;
        t->tx_last = tx;
    }
}

static enum imjin_status draws_of(struct follow_events *f, uint32_t index, struct error *err) {
    struct taint *t = taint_at(f, index);
    struct draws d = {0};
    t->queued = false;
    TRY(draws_next(&t->draws, &d, err));
    f->t->pieces++;
    f->giver = t;
    feed(f, t, d.tx, ORIGIN_BEFORE_FEE);
    TRY(draw(f, t, d.from, d.fee_to, d.received_fee, 0, d.fee_edges, err));
    feed(f, t, d.tx, ORIGIN_BEFORE_DRAW);
    TRY(draw(f, t, d.fee_to, d.to, d.received, d.fee_edges, f->edges.count, err));
    if (t->claim == 0)
        t->hops = TRACE_HOPS_MAX;
    if (t->claim == 0 || !t->draws.more)
        return IMJIN_OK;
    t->queued = true;
    return heap_push(f, (struct event){t->draws.next.tx.n, index}, err);
}

/* All draws of a transaction come before all its gains. */
static enum imjin_status transaction(struct follow_events *f, uint32_t tx, struct error *err) {
    uint32_t source = plan_theft(f->t->plan, f->theft)->holding.n, index;
    if (f->origin < f->origin_end && plan_origin(f->t->plan, f->origin)->tx == tx &&
        plan_origin(f->t->plan, f->origin)->order != ORIGIN_GAIN) {
        TRY(taint_find(f, source, &index, err));
        TRY(taint_queue(f, index, tx, err));
    }
    f->arrivals.count = 0;
    while (f->heap.count && ((struct event *)f->heap.items)[0].tx == tx)
        TRY(draws_of(f, heap_pop(f).taint, err));
    for (size_t i = 0; i < f->arrivals.count; i++) {
        struct arrival a = ((struct arrival *)f->arrivals.items)[i];
        TRY(taint_add(f, a.holding, a.claim, a.hops, tx, tx + 1, err));
    }
    for (; f->origin < f->origin_end && plan_origin(f->t->plan, f->origin)->tx == tx; f->origin++)
        TRY(taint_add(f, source, plan_origin(f->t->plan, f->origin)->units, 0, tx, tx + 1, err));
    return IMJIN_OK;
}

static enum imjin_status rest_all(struct follow_events *f, enum stop_reason stop, struct error *err) {
    const struct theft_plan *theft = plan_theft(f->t->plan, f->theft);
    for (uint32_t i = 0; i < f->taints.count; i++) {
        const struct taint *t = taint_at(f, i);
        if (t->claim == 0)
            continue;
        TRY(tracer_rest(f->t, f->theft, t->holding.account, t->holding.asset, t->tx_last,
                        t->holding.received - t->holding.spent, t->claim, stop, err));
    }
    for (; f->origin < f->origin_end; f->origin++) {
        const struct origin *o = plan_origin(f->t->plan, f->origin);
        TRY(tracer_rest(f->t, f->theft, theft->account, theft->asset, o->tx, o->units, o->units, STOP_LIMIT, err));
    }
    return IMJIN_OK;
}

enum imjin_status follow_events_theft(struct follow_events *f, uint32_t theft, struct error *err) {
    const struct theft_plan *plan = plan_theft(f->t->plan, theft);
    f->theft = theft;
    f->origin = plan->origin_first;
    f->origin_end = plan->origin_first + plan->origin_count;
    f->heap.count = f->taints.count = 0;
    if (f->room)
        memset(f->slots, 0, f->room * sizeof *f->slots);
    uint64_t before = f->t->pieces;
    while (f->heap.count || f->origin < f->origin_end) {
        uint32_t tx = f->origin < f->origin_end ? plan_origin(f->t->plan, f->origin)->tx : ID_NONE;
        if (f->heap.count && ((struct event *)f->heap.items)[0].tx < tx)
            tx = ((struct event *)f->heap.items)[0].tx;
        if (f->t->pieces - before >= f->t->request->pieces_max)
            return rest_all(f, STOP_LIMIT, err);
        TRY(transaction(f, tx, err));
    }
    return rest_all(f, STOP_NONE, err);
}

enum imjin_status follow_events_new(struct follow_events **ret, struct tracer *t, struct error *err) {
    struct follow_events *f = memory_new(1, sizeof *f);
    if (f == NULL)
        return fail_memory(err, "a trace");
    *f = (struct follow_events){
        .t = t,
        .poison = t->request->policy == POLICY_POISON,
        .taints = {.item_bytes = sizeof(struct taint), .items_max = ID_NONE - 1, .what = "holdings reached"},
        .heap = {.item_bytes = sizeof(struct event), .items_max = TRACE_ITEMS_MAX, .what = "events of a trace"},
        .arrivals = {.item_bytes = sizeof(struct arrival), .items_max = TRACE_ITEMS_MAX, .what = "arrivals"},
        .edges = {.item_bytes = sizeof(struct flow_edge), .items_max = TRACE_ITEMS_MAX, .what = "edges of a transaction"},
    };
    spread_init(&f->spread, land, f);
    *ret = f;
    return IMJIN_OK;
}

void follow_events_free(struct follow_events *f) {
    if (f == NULL)
        return;
    spread_done(&f->spread);
    buffer_done(&f->taints);
    buffer_done(&f->heap);
    buffer_done(&f->arrivals);
    buffer_done(&f->edges);
    memory_free(f->slots);
    memory_free(f);
}
