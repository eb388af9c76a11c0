#include "settle/edges.h"

#include <stdlib.h>

#define BUFFER(type, name) ((struct buffer){.item_bytes = sizeof(type), .items_max = UINT32_MAX - 1, .what = name})

/* Of one draw or gain. */
struct base {
    u128 from;     /* where it begins on its line */
    u128 received; /* of a draw with missing history: where that begins on the in-line */
    u128 missing;
    uint32_t holding; /* ID_NONE: VOID or FEES giving */
};
/* Of one link. */
struct note {
    uint32_t entry;
    bool joined[2];
};
static const struct edge_row no_row = {.from = ID_NONE, .to = ID_NONE};

enum imjin_status settle_edge_maker_init(struct edge_maker *e, const struct ledger *l, const struct asset_facts *facts,
                                         uint32_t rules, const char *directory, struct error *err) {
    *e = (struct edge_maker){.movements = ledger_movements(l),
                             .counts = *ledger_counts(l),
                             .facts = facts,
                             .bases = BUFFER(struct base, "sides of a transaction"),
                             .notes = BUFFER(struct note, "links of a transaction"),
                             .order = BUFFER(uint32_t, "links of a transaction"),
                             .rows = BUFFER(struct edge_row, "movements of a transaction")};
    TRY(settle_run_init(&e->run, directory, err));
    TRY(settle_holdings_init(&e->holdings, e->counts.accounts, err));
    return settler_new_facts(&e->settler, facts, rules, err);
}

void settle_edge_maker_done(struct edge_maker *e) {
    settler_free(e->settler);
    settle_holdings_done(&e->holdings);
    settle_run_done(&e->run);
    buffer_done(&e->bases);
    buffer_done(&e->notes);
    buffer_done(&e->order);
    buffer_done(&e->rows);
}

uint8_t settle_plain_rule(uint32_t from, const struct movement *m) {
    if (from == ID_NONE)
        return RULE_MINT;
    return m->to == ACCOUNT_FEES.n ? RULE_FEE : m->to == ACCOUNT_VOID.n ? RULE_BURN : RULE_TRANSFER;
}

static struct edge_row row_of(uint32_t from, uint32_t to, u128 out_from, u128 in_from) {
    return (struct edge_row){.out_low = (uint64_t)out_from,
                             .in_low = (uint64_t)in_from,
                             .out_high = (uint32_t)(out_from >> 64),
                             .in_high = (uint32_t)(in_from >> 64),
                             .from = from,
                             .to = to};
}

static enum imjin_status holding_of(struct edge_maker *e, uint32_t account, uint32_t asset, uint32_t *ret, struct error *err) {
    uint32_t number = holding_first(&e->holdings, account, asset);
    if (number == ID_NONE) {
        TRY(settle_holdings_number(&e->holdings, account, asset, &number, err));
        TRY(settle_run_grow(&e->run, number, err));
    }
    *ret = number;
    return IMJIN_OK;
}

/* ---- any transaction ---- */

/* The entry of an edge: its movement, when a row says it all, or its place in the side table. */
static enum imjin_status make_entry(struct edge_maker *e, uint64_t first, const struct side_record *edge, uint32_t *ret,
                                    struct error *err) {
    const struct movement *m = &e->movements[edge->movement];
    u128 out_from = u128_of(edge->out_from), in_from = u128_of(edge->in_from), units = u128_of(edge->in_units);
    bool same_units = units == movement_units(m) && (edge->from == ID_NONE || units == u128_of(edge->out_units));
    if (same_units && edge->share_total == 1 && edge->rule == settle_plain_rule(edge->from, m) && !edge->weighed_equally &&
        !edge->joined[0] && !edge->joined[1] && out_from < LINE_LIMIT && in_from < LINE_LIMIT) {
        ((struct edge_row *)e->rows.items)[edge->movement - first] = row_of(edge->from, edge->to, out_from, in_from);
        *ret = edge->movement;
        return IMJIN_OK;
    }
    *ret = ENTRY_SIDE | (uint32_t)e->run.sides.count;
    return buffer_push(&e->run.sides, edge, NULL, err);
}

static struct side_record arrival(uint32_t to, u128 in_from, u128 units, enum settle_rule rule, uint32_t movement) {
    struct side_record edge = {
        .from = ID_NONE, .to = to, .share_to = 1, .share_total = 1, .movement = movement, .rule = (uint8_t)rule};
    u128_put(edge.in_from, in_from);
    u128_put(edge.in_units, units);
    return edge;
}

static enum imjin_status place_draw(struct edge_maker *e, const struct settle_side *draw, struct base *ret, struct error *err) {
    *ret = (struct base){.holding = ID_NONE};
    if (draw->account.n == ACCOUNT_VOID.n || draw->account.n == ACCOUNT_FEES.n)
        return IMJIN_OK;
    TRY(holding_of(e, draw->account.n, draw->asset.n, &ret->holding, err));
    struct holding_state *l = &e->holdings.states[ret->holding];
    ret->from = l->spent;
    l->spent += draw->units;
    if (l->spent > l->received) {
        ret->received = l->received;
        ret->missing = l->spent - l->received;
        l->unknown += ret->missing;
        l->received = l->spent;
    }
    return IMJIN_OK;
}

static enum imjin_status place_sides(struct edge_maker *e, const struct settled *t, struct error *err) {
    e->bases.count = 0;
    TRY(buffer_reserve(&e->bases, (size_t)t->draw_count + t->gain_count, err));
    struct base *bases = e->bases.items;
    for (uint32_t d = 0; d < t->draw_count; d++)
        TRY(place_draw(e, &t->draws[d], &bases[d], err));
    for (uint32_t g = 0; g < t->gain_count; g++) {
        struct base *base = &bases[t->draw_count + g];
        *base = (struct base){0};
        TRY(holding_of(e, t->gains[g].account.n, t->gains[g].asset.n, &base->holding, err));
        base->from = e->holdings.states[base->holding].received;
        e->holdings.states[base->holding].received += t->gains[g].units;
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

static enum imjin_status order_by_gain(struct edge_maker *e, const struct settled *t, struct error *err) {
    e->order.count = 0;
    TRY(buffer_reserve(&e->order, t->link_count, err));
    uint32_t *order = e->order.items;
    bool sorted = true;
    for (uint32_t i = 0; i < t->link_count; i++) {
        order[i] = i;
        const struct settle_link *l = &t->links[i], *before = i ? l - 1 : l;
        sorted = sorted && (before->gain < l->gain || (before->gain == l->gain && before->gain_from <= l->gain_from));
    }
    if (!sorted)
        qsort_r(order, t->link_count, sizeof *order, by_gain, (void *)(uintptr_t)t->links);
    return IMJIN_OK;
}

/* Which links begin before an earlier one on the same side has ended. */
static enum imjin_status find_joined(struct edge_maker *e, const struct settled *t, struct error *err) {
    const uint32_t *order = e->order.items;
    u128 out_reach = 0, in_reach = 0;
    e->notes.count = 0;
    TRY(buffer_reserve(&e->notes, t->link_count, err));
    struct note *notes = e->notes.items;
    for (uint32_t i = 0; i < t->link_count; i++) {
        const struct settle_link *l = &t->links[i];
        if (i == 0 || l->draw != l[-1].draw)
            out_reach = 0;
        notes[i].joined[DIRECTION_OUT] = l->draw_from < out_reach;
        if (l->draw_from + l->draw_units > out_reach)
            out_reach = l->draw_from + l->draw_units;
    }
    for (uint32_t i = 0; i < t->link_count; i++) {
        const struct settle_link *l = &t->links[order[i]];
        if (i == 0 || l->gain != t->links[order[i - 1]].gain)
            in_reach = 0;
        notes[order[i]].joined[DIRECTION_IN] = l->gain_from < in_reach;
        if (l->gain_from + l->gain_units > in_reach)
            in_reach = l->gain_from + l->gain_units;
    }
    return IMJIN_OK;
}

static struct side_record edge_of(const struct edge_maker *e, const struct settled *t, uint32_t link) {
    const struct settle_link *l = &t->links[link];
    const struct base *bases = e->bases.items, *from = &bases[l->draw], *to = &bases[t->draw_count + l->gain];
    const struct note *note = &((struct note *)e->notes.items)[link];
    if (from->holding == ID_NONE) {
        struct side_record clean = arrival(to->holding, to->from + l->gain_from, l->gain_units, RULE_MINT, l->movement);
        clean.joined[DIRECTION_IN] = note->joined[DIRECTION_IN];
        return clean;
    }
    struct side_record edge = {.from = from->holding,
                               .to = to->holding,
                               .share_from = l->share_from,
                               .share_to = l->share_to,
                               .share_total = l->share_total,
                               .movement = l->movement,
                               .rule = l->rule,
                               .weighed_equally = l->weighed_equally,
                               .joined = {note->joined[0], note->joined[1]}};
    u128_put(edge.out_from, from->from + l->draw_from);
    u128_put(edge.out_units, l->draw_units);
    u128_put(edge.in_from, to->from + l->gain_from);
    u128_put(edge.in_units, l->gain_units);
    return edge;
}

static enum imjin_status add_outs(struct edge_maker *e, const struct settled *t, uint64_t first, struct error *err) {
    struct note *notes = e->notes.items;
    for (uint32_t i = 0; i < t->link_count; i++) {
        struct side_record edge = edge_of(e, t, i);
        TRY(make_entry(e, first, &edge, &notes[i].entry, err));
        if (edge.from != ID_NONE)
            TRY(run_entry(&e->run, DIRECTION_OUT, edge.from, notes[i].entry, err));
    }
    return IMJIN_OK;
}

/* Missing history stands for itself as the movement whose row ends where it ends; else it gets a record of its own. */
static enum imjin_status add_missing(struct edge_maker *e, const struct base *b, u128 draw_units,
                                     const struct settle_link *last, uint32_t entry, struct error *err) {
    u128 *unknown = &e->holdings.states[b->holding].unknown;
    bool implied = !(entry & ENTRY_SIDE) && last->draw_from + last->draw_units == draw_units && !(*unknown & UNKNOWN_IRREGULAR);
    if (!implied) {
        struct side_record edge = arrival(b->holding, b->received, b->missing, RULE_UNKNOWN, last->movement);
        entry = ENTRY_SIDE | (uint32_t)e->run.sides.count;
        TRY(buffer_push(&e->run.sides, &edge, NULL, err));
        *unknown &= ~UNKNOWN_IRREGULAR;
    }
    return run_entry(&e->run, DIRECTION_IN, b->holding, entry, err);
}

static enum imjin_status add_all_missing(struct edge_maker *e, const struct settled *t, struct error *err) {
    const struct base *bases = e->bases.items;
    const struct note *notes = e->notes.items;
    for (uint32_t i = 0; i < t->link_count; i++) {
        uint32_t draw = t->links[i].draw;
        bool last = i + 1 == t->link_count || t->links[i + 1].draw != draw;
        if (last && bases[draw].missing)
            TRY(add_missing(e, &bases[draw], t->draws[draw].units, &t->links[i], notes[i].entry, err));
    }
    return IMJIN_OK;
}

/* Units [from, to) of a gain that no link reaches arrive clean. */
static enum imjin_status add_clean(struct edge_maker *e, const struct settled *t, uint64_t first, uint32_t gain, u128 from,
                                   u128 to, struct error *err) {
    const struct base *base = &((struct base *)e->bases.items)[t->draw_count + gain];
    uint32_t entry;
    if (from >= to)
        return IMJIN_OK;
    struct side_record edge =
        arrival(base->holding, base->from + from, to - from, RULE_MINT, settle_delivered_by(e->settler, gain, from));
    TRY(make_entry(e, first, &edge, &entry, err));
    return run_entry(&e->run, DIRECTION_IN, base->holding, entry, err);
}

static enum imjin_status add_ins(struct edge_maker *e, const struct settled *t, uint64_t first, struct error *err) {
    const uint32_t *order = e->order.items;
    const struct note *notes = e->notes.items;
    for (uint32_t g = 0, at = 0; g < t->gain_count; g++) {
        u128 reach = 0, last_end = 0;
        uint32_t holding = ((struct base *)e->bases.items)[t->draw_count + g].holding;
        for (; at < t->link_count && t->links[order[at]].gain == g; at++) {
            const struct settle_link *l = &t->links[order[at]];
            TRY(add_clean(e, t, first, g, reach, l->gain_from, err));
            TRY(run_entry(&e->run, DIRECTION_IN, holding, notes[order[at]].entry, err));
            last_end = l->gain_from + l->gain_units;
            if (last_end > reach)
                reach = last_end;
        }
        TRY(add_clean(e, t, first, g, reach, t->gains[g].units, err));
        if (last_end < reach && reach == t->gains[g].units)
            e->holdings.states[holding].unknown |= UNKNOWN_IRREGULAR;
    }
    return IMJIN_OK;
}

static enum imjin_status begin_rows(struct edge_maker *e, uint32_t count, struct error *err) {
    e->rows.count = 0;
    TRY(buffer_reserve(&e->rows, count, err));
    for (uint32_t i = 0; i < count; i++)
        ((struct edge_row *)e->rows.items)[i] = no_row;
    return IMJIN_OK;
}

static enum imjin_status make_any(struct edge_maker *e, uint64_t first, uint32_t count, struct error *err) {
    struct settled t;
    TRY(settle_movements(e->settler, e->movements + first, first, count, &t, err));
    TRY(begin_rows(e, count, err));
    TRY(place_sides(e, &t, err));
    TRY(order_by_gain(e, &t, err));
    TRY(find_joined(e, &t, err));
    TRY(add_outs(e, &t, first, err));
    TRY(add_all_missing(e, &t, err));
    TRY(add_ins(e, &t, first, err));
    for (uint32_t i = 0; i < count; i++)
        run_row(&e->run, &((struct edge_row *)e->rows.items)[i]);
    return IMJIN_OK;
}

/* ---- transactions of one movement, or of a fee and one movement ---- */

/* Whether the movement alone in its transaction is a plain payment between two holdings. */
static inline bool is_simple(const struct edge_maker *e, const struct movement *m) {
    return m->from > ACCOUNT_FEES.n && m->to > ACCOUNT_VOID.n && m->from != m->to && !movement_wide(m) &&
           (m->units_low | m->units_high_kind << 8) != 0 && !(e->facts->flags[m->asset] & FACT_UNTRACEABLE);
}

/* False, and nothing changed, when a line is too long for a row. */
static inline bool make_simple(struct edge_maker *e, const struct movement *m, uint32_t number, enum imjin_status *ret,
                               struct error *err) {
    uint32_t from, to;
    u128 units = movement_units(m);
    *ret = holding_of(e, m->from, m->asset, &from, err);
    if (*ret == IMJIN_OK)
        *ret = holding_of(e, m->to, m->asset, &to, err);
    if (*ret != IMJIN_OK)
        return true;
    struct holding_state *giver = &e->holdings.states[from], *getter = &e->holdings.states[to];
    u128 out_from = giver->spent, out_to = out_from + units, in_from = getter->received;
    if ((out_to | in_from) >> 96)
        return false;
    if (out_to > giver->received) {
        if (giver->unknown & UNKNOWN_IRREGULAR)
            return false;
        giver->unknown += out_to - giver->received;
        giver->received = out_to;
        *ret = run_entry(&e->run, DIRECTION_IN, from, number, err);
    }
    giver->spent = out_to;
    getter->received = in_from + units;
    if (*ret == IMJIN_OK)
        *ret = run_entry(&e->run, DIRECTION_OUT, from, number, err);
    if (*ret == IMJIN_OK)
        *ret = run_entry(&e->run, DIRECTION_IN, to, number, err);
    struct edge_row row = row_of(from, to, out_from, in_from);
    run_row(&e->run, &row);
    return true;
}

/* ---- the pass ---- */

enum { LOOK_FAR = 48, LOOK_NEAR = 24 };

static inline void look_far(const struct edge_maker *e, const struct movement *m) {
    if (m->from < e->counts.accounts)
        __builtin_prefetch(&e->holdings.first[m->from]);
    if (m->to < e->counts.accounts)
        __builtin_prefetch(&e->holdings.first[m->to]);
}

static inline void look_near_at(const struct edge_maker *e, uint32_t account, uint32_t asset) {
    if (account >= e->counts.accounts)
        return;
    uint32_t number = holding_first(&e->holdings, account, asset);
    if (number != ID_NONE)
        __builtin_prefetch(&e->holdings.states[number]);
    else
        settle_holdings_prefetch_other(&e->holdings, account, asset);
}

static inline bool movement_good(const struct edge_maker *e, const struct movement *m) {
    return m->tx < e->counts.txs && m->from < e->counts.accounts && m->to < e->counts.accounts && m->asset < e->counts.assets;
}

static enum imjin_status damaged(uint64_t number, struct error *err) {
    return fail(err, IMJIN_BAD_INPUT, "the ledger is damaged: movement %llu", (unsigned long long)number);
}

/* The end of the transaction that begins at `at`; its movements are checked. */
static inline enum imjin_status tx_end(const struct edge_maker *e, uint64_t at, uint64_t *ret, struct error *err) {
    const struct movement *m = e->movements;
    uint64_t end = at;
    if (at && m[at - 1].tx >= m[at].tx)
        return damaged(at, err);
    do {
        if (!movement_good(e, &m[end]))
            return damaged(end, err);
        end++;
    } while (end < e->counts.movements && m[end].tx == m[at].tx);
    *ret = end;
    return IMJIN_OK;
}

static inline enum imjin_status make_one(struct edge_maker *e, uint64_t at, uint64_t end, struct error *err) {
    const struct movement *m = &e->movements[at];
    enum imjin_status status;
    if (end - at == 2 && m->to == ACCOUNT_FEES.n && m[1].to != ACCOUNT_FEES.n && is_simple(e, m) && is_simple(e, m + 1) &&
        make_simple(e, m, (uint32_t)at, &status, err)) { /* a fee is settled apart: what is left is one movement */
        TRY(status);
        m++;
        at++;
    }
    if (end - at == 1 && is_simple(e, m) && make_simple(e, m, (uint32_t)at, &status, err))
        return status;
    return make_any(e, at, (uint32_t)(end - at), err);
}

enum imjin_status settle_edges_make(struct edge_maker *e, uint64_t at, uint64_t until, uint64_t *ret_at, struct error *err) {
    const struct movement *m = e->movements;
    while (at < until) {
        uint64_t end = at;
        TRY(tx_end(e, at, &end, err));
        for (uint64_t i = at; i < end && i + LOOK_FAR < e->counts.movements; i++) {
            look_far(e, &m[i + LOOK_FAR]);
            look_near_at(e, m[i + LOOK_NEAR].from, m[i + LOOK_NEAR].asset);
            look_near_at(e, m[i + LOOK_NEAR].to, m[i + LOOK_NEAR].asset);
        }
        TRY(make_one(e, at, end, err));
        at = end;
    }
    *ret_at = at;
    return IMJIN_OK;
}
