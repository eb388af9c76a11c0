/* Where money came from, haircut: backwards in time, what is asked about at a holding is shared between its latest arrival and
 * what lay there before, as the amounts were. This is the forward rule read backwards: the part of a balance that one arrival
 * makes up does not change by drawing. */
#include "trace/back.h"

/* What a holding got in one transaction, as gain or as missing history. */
struct group {
    uint64_t first, end; /* in the pool of edges */
    u128 from, to;
    uint32_t tx;
    bool gain;
};
struct asked {
    struct holding holding;
    u128 claim;
    uint32_t id;
    uint64_t group_first, groups_left; /* the next group is the last of those left */
    uint16_t hops;
    bool queued;
};
struct event {
    uint64_t time; /* tx * 2, + 1 for gains, which come last in a transaction */
    uint32_t asked;
};
struct sharer {
    struct tracer *t;
    uint32_t theft;
    struct buffer asked, edges, groups, heap;
    uint32_t *slots;
    uint64_t room;
};

enum { SLOTS_FIRST = 256 };

static struct asked *asked_at(struct sharer *s, uint32_t i) { return (struct asked *)s->asked.items + i; }

static uint32_t *slot_of(struct sharer *s, uint32_t *slots, uint64_t room, uint32_t holding) {
    uint64_t i = (holding * (uint64_t)0x9E3779B1 >> 5) & (room - 1);
    while (slots[i] && asked_at(s, slots[i] - 1)->id != holding)
        i = (i + 1) & (room - 1);
    return &slots[i];
}

static enum imjin_status slots_grow(struct sharer *s, struct error *err) {
    uint64_t room = s->room ? 2 * s->room : SLOTS_FIRST;
    uint32_t *slots = memory_new(room, sizeof *slots);
    if (slots == NULL)
        return fail_memory(err, "holdings asked about");
    for (uint32_t i = 0; i < s->asked.count; i++)
        *slot_of(s, slots, room, asked_at(s, i)->id) = i + 1;
    memory_free(s->slots);
    s->slots = slots;
    s->room = room;
    return IMJIN_OK;
}

static uint64_t group_time(const struct group *g) { return (uint64_t)g->tx * 2 + g->gain; }

/* The latest first. */
static bool event_before(struct event a, struct event b) { return a.time != b.time ? a.time > b.time : a.asked < b.asked; }

static enum imjin_status heap_push(struct sharer *s, struct event e, struct error *err) {
    TRY(buffer_push(&s->heap, &e, NULL, err));
    struct event *heap = s->heap.items;
    size_t i = s->heap.count - 1;
    for (; i > 0 && event_before(e, heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = e;
    return IMJIN_OK;
}

static struct event heap_pop(struct sharer *s) {
    struct event *heap = s->heap.items, top = heap[0], last = heap[--s->heap.count];
    size_t i = 0, count = s->heap.count;
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

/* Reads all that the holding got up to and in `time`, in groups. */
static enum imjin_status read_groups(struct sharer *s, uint32_t holding, uint64_t time, uint64_t *ret_first,
                                     uint64_t *ret_count, struct error *err) {
    struct edge_cursor cursor;
    uint64_t first = s->groups.count;
    TRY(edges_at(s->t->in->compiled, (struct holding_id){holding}, DIRECTION_IN, 0, &cursor, err));
    for (;;) {
        struct flow_edge e;
        bool more;
        TRY(edges_next(&cursor, &e, &more, err));
        struct group g = {s->edges.count, s->edges.count + 1,    e.in_from, e.in_from + e.in_units,
                          e.tx.n,         e.rule != RULE_UNKNOWN};
        if (!more || group_time(&g) > time)
            break;
        TRY(buffer_push(&s->edges, &e, NULL, err));
        struct group *last = s->groups.count > first ? (struct group *)s->groups.items + s->groups.count - 1 : NULL;
        if (last && last->tx == g.tx && last->gain == g.gain) {
            last->end = g.end;
            last->to = g.to > last->to ? g.to : last->to;
        } else {
            TRY(buffer_push(&s->groups, &g, NULL, err));
        }
    }
    *ret_first = first;
    *ret_count = s->groups.count - first;
    return IMJIN_OK;
}

/* `claim` units of what is asked about stood at the holding after `time`. */
static enum imjin_status ask(struct sharer *s, uint32_t holding, u128 claim, uint16_t hops, uint64_t time, struct error *err) {
    if (s->slots == NULL || 2 * s->asked.count >= s->room)
        TRY(slots_grow(s, err));
    INVARIANT(s->slots != NULL);
    uint32_t *slot = slot_of(s, s->slots, s->room, holding);
    if (*slot == 0) {
        struct asked fresh = {.id = holding, .hops = TRACE_HOPS_MAX};
        TRY(compiled_holding(s->t->in->compiled, (struct holding_id){holding}, &fresh.holding, err));
        TRY(read_groups(s, holding, time, &fresh.group_first, &fresh.groups_left, err));
        TRY(buffer_push(&s->asked, &fresh, NULL, err));
        *slot = (uint32_t)s->asked.count;
    }
    struct asked *a = asked_at(s, *slot - 1);
    const struct group *groups = (const struct group *)s->groups.items + a->group_first;
    a->claim += claim;
    a->hops = hops < a->hops ? hops : a->hops;
    while (!a->queued && a->groups_left && group_time(&groups[a->groups_left - 1]) > time)
        a->groups_left--;
    if (a->queued || a->groups_left == 0 || a->claim == 0)
        return IMJIN_OK;
    a->queued = true;
    return heap_push(s, (struct event){group_time(&groups[a->groups_left - 1]), *slot - 1}, err);
}

static enum imjin_status came_over(struct sharer *s, uint32_t index, const struct flow_edge *e, u128 x, u128 y, u128 claim,
                                   struct error *err) {
    struct asked to = *asked_at(s, index);
    struct holding from;
    bool follow;
    if (claim == 0)
        return IMJIN_OK;
    if (e->from.n == ID_NONE)
        return back_origin(s->t, s->theft, &to.holding, e, y - x, claim, to.hops, err);
    struct stretch out = back_stretch(e, x - e->in_from, y - e->in_from);
    TRY(compiled_holding(s->t->in->compiled, e->from, &from, err));
    struct trace_edge edge = {.theft = s->theft,
                              .tx = e->tx,
                              .movement = e->movement,
                              .from = from.account,
                              .to = to.holding.account,
                              .asset_out = from.asset,
                              .asset_in = to.holding.asset,
                              .units_out = out.to - out.from,
                              .units_in = y - x,
                              .claim = claim,
                              .hops = hops_after(to.hops, from.account.n == to.holding.account.n),
                              .rule = e->rule,
                              .weighed_equally = e->weighed_equally};
    TRY(back_arrive(s->t, &edge, &follow, err));
    return follow ? ask(s, e->from.n, claim, edge.hops, (uint64_t)e->tx.n * 2, err) : IMJIN_OK;
}

/* A claim on units [from, to) of the in-line, which the group's edges brought. */
static enum imjin_status share_out(struct sharer *s, uint32_t index, struct group g, u128 from, u128 to, u128 claim,
                                   struct error *err) {
    struct take whole = {.n = to - from, .claim = claim, .base = from};
    u128 at = from;
    for (uint64_t i = g.first; i < g.end && at < to; i++) {
        struct flow_edge e = ((const struct flow_edge *)s->edges.items)[i];
        u128 end = e.in_from + e.in_units < to ? e.in_from + e.in_units : to;
        if (end <= at)
            continue;
        TRY(came_over(s, index, &e, at, end, take_claim(&whole, at, end), err));
        at = end;
    }
    return at == to ? IMJIN_OK : fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged: units that never arrived");
}

/* Length of the out-line when the group had just arrived. */
static enum imjin_status spent_at(struct sharer *s, const struct asked *a, const struct group *g, u128 *ret,
                                  struct error *err) {
    struct edge_cursor cursor;
    uint32_t tx = g->gain ? g->tx + 1 : g->tx;
    TRY(edges_since(s->t->in, (struct holding_id){a->id}, DIRECTION_OUT, tx, &cursor, err));
    for (;;) {
        struct flow_edge e;
        bool more;
        TRY(edges_next(&cursor, &e, &more, err));
        if (!more) {
            *ret = a->holding.spent;
            return IMJIN_OK;
        }
        if (!g->gain && e.tx.n == g->tx && e.rule == RULE_FEE && e.out_from + e.out_units < g->to)
            continue; /* missing history of the draw behind the fee */
        *ret = e.out_from;
        return IMJIN_OK;
    }
}

static enum imjin_status step(struct sharer *s, uint32_t index, struct error *err) {
    struct asked *a = asked_at(s, index);
    struct group g = ((const struct group *)s->groups.items)[a->group_first + --a->groups_left];
    u128 spent;
    TRY(spent_at(s, a, &g, &spent, err));
    u128 balance = g.to - spent, units = g.to - g.from;
    /* the rest that does not divide goes to what came first, and ends with the first arrival */
    u128 share = units >= balance || a->groups_left == 0 ? a->claim : mul_div_u128(a->claim, units, balance);
    a->claim -= share;
    a->queued = false;
    if (a->claim && a->groups_left) {
        const struct group *next = (const struct group *)s->groups.items + a->group_first + a->groups_left - 1;
        a->queued = true;
        TRY(heap_push(s, (struct event){group_time(next), index}, err));
    }
    return share_out(s, index, g, g.from, g.to, share, err);
}

static enum imjin_status give_up(struct sharer *s, uint64_t origins_left, struct error *err) {
    const struct theft_plan *theft = plan_theft(s->t->plan, s->theft);
    for (uint64_t i = 0; i < origins_left; i++) {
        const struct origin *o = plan_origin(s->t->plan, theft->origin_first + i);
        TRY(tracer_rest(s->t, s->theft, theft->account, theft->asset, o->tx, o->units, o->units, STOP_LIMIT, err));
    }
    for (uint32_t i = 0; i < s->asked.count; i++) {
        const struct asked *a = asked_at(s, i);
        if (a->claim)
            TRY(tracer_rest(s->t, s->theft, a->holding.account, a->holding.asset, 0, a->claim, a->claim, STOP_LIMIT, err));
    }
    return IMJIN_OK;
}

static uint64_t origin_time(const struct origin *o) { return (uint64_t)o->tx * 2 + (o->order == ORIGIN_GAIN); }

/* What is asked about came over its own edges whole, whatever else lay there. The source's groups are the first in the pool. */
static enum imjin_status begin_origin(struct sharer *s, const struct origin *o, uint64_t *group, struct error *err) {
    const struct group *groups = s->groups.items;
    while (*group > 0 && groups[*group - 1].from > o->from)
        --*group;
    INVARIANT(*group > 0);
    return share_out(s, 0, groups[*group - 1], o->from, o->from + o->units, o->units, err);
}

static enum imjin_status share_theft(struct sharer *s, struct error *err) {
    const struct theft_plan *theft = plan_theft(s->t->plan, s->theft);
    uint64_t before = s->t->pieces, left = theft->origin_count;
    s->asked.count = s->edges.count = s->groups.count = s->heap.count = 0;
    if (s->room)
        memset(s->slots, 0, s->room * sizeof *s->slots);
    TRY(ask(s, theft->holding.n, 0, 0, UINT64_MAX, err));
    uint64_t group = s->groups.count;
    while (s->heap.count || left) {
        const struct origin *o = left ? plan_origin(s->t->plan, theft->origin_first + left - 1) : NULL;
        const struct event *top = s->heap.count ? s->heap.items : NULL;
        if (o && (top == NULL || origin_time(o) >= top->time)) {
            left--;
            TRY(begin_origin(s, o, &group, err));
        } else if (s->t->pieces - before >= s->t->request->pieces_max) {
            return give_up(s, left, err);
        } else {
            TRY(step(s, heap_pop(s).asked, err));
        }
    }
    return IMJIN_OK;
}

enum imjin_status back_shares(struct tracer *t, uint64_t thefts, const struct progress *p, struct error *err) {
    struct sharer s = {
        .t = t,
        .asked = {.item_bytes = sizeof(struct asked), .items_max = ID_NONE - 1, .what = "holdings asked about"},
        .edges = {.item_bytes = sizeof(struct flow_edge), .items_max = TRACE_ITEMS_MAX, .what = "arrivals asked about"},
        .groups = {.item_bytes = sizeof(struct group), .items_max = TRACE_ITEMS_MAX, .what = "arrivals asked about"},
        .heap = {.item_bytes = sizeof(struct event), .items_max = TRACE_ITEMS_MAX, .what = "events of a trace"},
    };
    enum imjin_status status = IMJIN_OK;
    for (uint64_t i = 0; i < thefts && status == IMJIN_OK; i++) {
        s.theft = (uint32_t)i;
        status = progress_step(p, "tracing back", "questions", i, thefts, err);
        if (status == IMJIN_OK)
            status = share_theft(&s, err);
    }
    buffer_done(&s.asked);
    buffer_done(&s.edges);
    buffer_done(&s.groups);
    buffer_done(&s.heap);
    memory_free(s.slots);
    return status;
}
