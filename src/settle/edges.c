#include <stdlib.h>

#include "settle/edges.h"

#define BUFFER(type, name) ((struct buffer){.item_bytes = sizeof(type), .items_max = UINT32_MAX - 1, .what = name})

enum imjin_status settle_edge_maker_init(struct edge_maker *e, const struct movement *movements,
                                         const struct asset_facts *facts, uint32_t rules, struct error *err) {
    *e = (struct edge_maker){.movements = movements,
                             .bases = BUFFER(u128, "sides of a transaction"),
                             .side_numbers = BUFFER(uint32_t, "links of a transaction"),
                             .order = BUFFER(uint32_t, "links of a transaction")};
    for (int d = 0; d < 2; d++) {
        e->run.lists[d].records = BUFFER(struct edge_record, "edges of a run");
        e->run.lists[d].owners = BUFFER(uint32_t, "edges of a run");
    }
    e->run.sides = BUFFER(struct side_record, "edges of a run");
    TRY(settle_holdings_init(&e->holdings, err));
    return settler_new_facts(&e->settler, facts, rules, err);
}

void settle_edge_maker_done(struct edge_maker *e) {
    settler_free(e->settler);
    settle_holdings_done(&e->holdings);
    for (int d = 0; d < 2; d++) {
        buffer_done(&e->run.lists[d].records);
        buffer_done(&e->run.lists[d].owners);
    }
    buffer_done(&e->run.sides);
    buffer_done(&e->bases);
    buffer_done(&e->side_numbers);
    buffer_done(&e->order);
}

void settle_run_empty(struct run *r) {
    for (int d = 0; d < 2; d++)
        r->lists[d].records.count = r->lists[d].owners.count = 0;
    r->sides.count = 0;
    r->movement_from = r->movement_to;
}

uint64_t settle_run_bytes(const struct run *r) {
    uint64_t edges = r->lists[0].records.count + r->lists[1].records.count;
    return edges * (sizeof(struct edge_record) + 2 * sizeof(uint32_t)) + r->sides.count * sizeof(struct side_record);
}

uint8_t settle_plain_rule(uint32_t from, const struct movement *m) {
    if (from == ID_NONE)
        return RULE_MINT;
    return m->to == ACCOUNT_FEES.n ? RULE_FEE : m->to == ACCOUNT_VOID.n ? RULE_BURN : RULE_TRANSFER;
}

/* ---- records ---- */

/* Adds the edge to the side table unless a plain record says it all: ID_NONE then. */
static enum imjin_status add_side_record(struct edge_maker *e, const struct side_record *edge, uint32_t *ret,
                                         struct error *err) {
    const struct movement *m = &e->movements[edge->movement];
    u128 out_from = u128_of(edge->out_from), in_from = u128_of(edge->in_from), units = u128_of(edge->in_units);
    bool same_units = units == movement_units(m) && (edge->from == ID_NONE || units == u128_of(edge->out_units));
    if (same_units && edge->share_total == 1 && edge->rule == settle_plain_rule(edge->from, m) && !edge->weighed_equally &&
        out_from < RECORD_POSITION_LIMIT && in_from < RECORD_POSITION_LIMIT) {
        *ret = ID_NONE;
        return IMJIN_OK;
    }
    *ret = (uint32_t)e->run.sides.count;
    return buffer_push(&e->run.sides, edge, NULL, err);
}

static enum imjin_status add_record(struct edge_maker *e, enum direction d, const struct side_record *edge, uint32_t side,
                                    bool joined, struct error *err) {
    bool out = d == DIRECTION_OUT;
    u128 position = u128_of(out ? edge->out_from : edge->in_from), other = u128_of(out ? edge->in_from : edge->out_from);
    uint32_t owner = out ? edge->from : edge->to;
    if (position >= RECORD_POSITION_LIMIT)
        position = RECORD_POSITION_LIMIT;
    if (side != ID_NONE)
        other = side;
    struct edge_record r = {.position_low = (uint64_t)position,
                            .position_high =
                                (uint32_t)(position >> 64) | (side != ID_NONE ? RECORD_SIDE : 0) | (joined ? RECORD_JOINED : 0),
                            .other = out ? edge->to : edge->from,
                            .other_low = (uint64_t)other,
                            .other_high = (uint32_t)(other >> 64),
                            .movement = edge->movement};
    TRY(buffer_push(&e->run.lists[d].records, &r, NULL, err));
    return buffer_push(&e->run.lists[d].owners, &owner, NULL, err);
}

/* Something that arrives from nowhere: missing history, mints. */
static enum imjin_status add_arrival(struct edge_maker *e, uint32_t to, u128 in_from, u128 units, enum settle_rule rule,
                                     uint32_t movement, bool joined, struct error *err) {
    struct side_record edge = {
        .from = ID_NONE, .to = to, .share_to = 1, .share_total = 1, .movement = movement, .rule = (uint8_t)rule};
    uint32_t side;
    u128_put(edge.in_from, in_from);
    u128_put(edge.in_units, units);
    TRY(add_side_record(e, &edge, &side, err));
    return add_record(e, DIRECTION_IN, &edge, side, joined, err);
}

/* ---- one transaction ---- */

struct base {
    uint32_t holding; /* ID_NONE: VOID or FEES giving */
    u128 from;        /* where the draw or gain begins on its line */
};

static enum imjin_status place_draw(struct edge_maker *e, const struct settle_side *draw, uint32_t movement, struct base *ret,
                                    struct error *err) {
    *ret = (struct base){ID_NONE, 0};
    if (draw->account.n == ACCOUNT_VOID.n || draw->account.n == ACCOUNT_FEES.n)
        return IMJIN_OK;
    TRY(settle_holdings_number(&e->holdings, draw->account.n, draw->asset.n, &ret->holding, err));
    struct holding_record *h = holding_at(&e->holdings, ret->holding);
    u128 received = u128_of(h->received), spent = u128_of(h->spent), after = spent + draw->units;
    if (after > received) {
        TRY(add_arrival(e, ret->holding, received, after - received, RULE_UNKNOWN, movement, false, err));
        u128_put(h->unknown, u128_of(h->unknown) + (after - received));
        u128_put(h->received, after);
    }
    u128_put(h->spent, after);
    ret->from = spent;
    return IMJIN_OK;
}

static enum imjin_status place_gain(struct edge_maker *e, const struct settle_side *gain, struct base *ret, struct error *err) {
    TRY(settle_holdings_number(&e->holdings, gain->account.n, gain->asset.n, &ret->holding, err));
    struct holding_record *h = holding_at(&e->holdings, ret->holding);
    ret->from = u128_of(h->received);
    u128_put(h->received, ret->from + gain->units);
    return IMJIN_OK;
}

static enum imjin_status place_sides(struct edge_maker *e, const struct settled *t, uint32_t movement, struct error *err) {
    e->bases.item_bytes = sizeof(struct base);
    e->bases.count = 0;
    TRY(buffer_reserve(&e->bases, (size_t)t->draw_count + t->gain_count, err));
    struct base *bases = e->bases.items;
    uint32_t link = 0;
    for (uint32_t d = 0; d < t->draw_count; d++) {
        while (link < t->link_count && t->links[link].draw < d)
            link++;
        bool linked = link < t->link_count && t->links[link].draw == d;
        TRY(place_draw(e, &t->draws[d], linked ? t->links[link].movement : movement, &bases[d], err));
    }
    for (uint32_t g = 0; g < t->gain_count; g++)
        TRY(place_gain(e, &t->gains[g], &bases[t->draw_count + g], err));
    return IMJIN_OK;
}

static struct side_record edge_of(const struct edge_maker *e, const struct settled *t, const struct settle_link *l) {
    const struct base *bases = e->bases.items, *from = &bases[l->draw], *to = &bases[t->draw_count + l->gain];
    struct side_record edge = {.from = from->holding,
                               .to = to->holding,
                               .share_from = l->share_from,
                               .share_to = l->share_to,
                               .share_total = l->share_total,
                               .movement = l->movement,
                               .rule = l->rule,
                               .weighed_equally = l->weighed_equally};
    u128_put(edge.out_from, from->from + l->draw_from);
    u128_put(edge.out_units, l->draw_units);
    u128_put(edge.in_from, to->from + l->gain_from);
    u128_put(edge.in_units, l->gain_units);
    return edge;
}

static enum imjin_status add_outs(struct edge_maker *e, const struct settled *t, struct error *err) {
    u128 reach = 0;
    e->side_numbers.count = 0;
    TRY(buffer_reserve(&e->side_numbers, t->link_count, err));
    uint32_t *sides = e->side_numbers.items;
    for (uint32_t i = 0; i < t->link_count; i++) {
        const struct settle_link *l = &t->links[i];
        struct side_record edge = edge_of(e, t, l);
        if (i == 0 || t->links[i - 1].draw != l->draw)
            reach = 0;
        if (edge.from == ID_NONE)
            continue;
        TRY(add_side_record(e, &edge, &sides[i], err));
        TRY(add_record(e, DIRECTION_OUT, &edge, sides[i], l->draw_from < reach, err));
        if (l->draw_from + l->draw_units > reach)
            reach = l->draw_from + l->draw_units;
    }
    return IMJIN_OK;
}

static int by_gain(const void *a, const void *b, void *context) {
    const struct settle_link *links = context, *x = &links[*(const uint32_t *)a], *y = &links[*(const uint32_t *)b];
    if (x->gain != y->gain)
        return x->gain < y->gain ? -1 : 1;
    if (x->gain_from != y->gain_from)
        return x->gain_from < y->gain_from ? -1 : 1;
    return x < y ? -1 : x > y;
}

static enum imjin_status add_in(struct edge_maker *e, const struct settled *t, uint32_t link, bool joined, struct error *err) {
    struct side_record edge = edge_of(e, t, &t->links[link]);
    if (edge.from == ID_NONE)
        return add_arrival(e, edge.to, u128_of(edge.in_from), u128_of(edge.in_units), RULE_MINT, edge.movement, joined, err);
    return add_record(e, DIRECTION_IN, &edge, ((uint32_t *)e->side_numbers.items)[link], joined, err);
}

/* Units [from, to) of a gain that no link reaches arrive clean. */
static enum imjin_status add_clean(struct edge_maker *e, const struct settled *t, uint32_t gain, u128 from, u128 to,
                                   struct error *err) {
    const struct base *base = &((struct base *)e->bases.items)[t->draw_count + gain];
    if (from >= to)
        return IMJIN_OK;
    uint32_t movement = settle_delivered_by(e->settler, gain, from);
    return add_arrival(e, base->holding, base->from + from, to - from, RULE_MINT, movement, false, err);
}

static enum imjin_status add_ins(struct edge_maker *e, const struct settled *t, struct error *err) {
    e->order.count = 0;
    TRY(buffer_reserve(&e->order, t->link_count, err));
    uint32_t *order = e->order.items, at = 0;
    for (uint32_t i = 0; i < t->link_count; i++)
        order[i] = i;
    if (t->link_count > 1)
        qsort_r(order, t->link_count, sizeof *order, by_gain, (void *)(uintptr_t)t->links);
    for (uint32_t g = 0; g < t->gain_count; g++) {
        u128 reach = 0;
        for (; at < t->link_count && t->links[order[at]].gain == g; at++) {
            const struct settle_link *l = &t->links[order[at]];
            TRY(add_clean(e, t, g, reach, l->gain_from, err));
            TRY(add_in(e, t, order[at], l->gain_from < reach, err));
            if (l->gain_from + l->gain_units > reach)
                reach = l->gain_from + l->gain_units;
        }
        TRY(add_clean(e, t, g, reach, t->gains[g].units, err));
    }
    return IMJIN_OK;
}

enum imjin_status settle_edges_make(struct edge_maker *e, uint64_t first, uint32_t count, struct error *err) {
    struct settled t;
    TRY(settle_movements(e->settler, e->movements + first, first, count, &t, err));
    TRY(place_sides(e, &t, (uint32_t)first, err));
    TRY(add_outs(e, &t, err));
    TRY(add_ins(e, &t, err));
    e->run.movement_to = first + count;
    return IMJIN_OK;
}
