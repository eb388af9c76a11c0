#include "settle/edges.h"

#include <stdlib.h>

#define BUFFER(type, name) ((struct buffer){.item_bytes = sizeof(type), .items_max = UINT32_MAX - 1, .what = (name)})

/* Of one draw or gain. */
struct base {
    u128 from;        /* where it begins on its line */
    uint32_t holding; /* ID_NONE: VOID or FEES giving */
};

enum imjin_status settle_edge_maker_init(struct edge_maker *e, const struct ledger *l, const struct asset_facts *facts,
                                         uint32_t rules, const char *directory, struct error *err) {
    *e = (struct edge_maker){.movements = ledger_movements(l),
                             .counts = *ledger_counts(l),
                             .facts = facts,
                             .rules = rules,
                             .bases = BUFFER(struct base, "sides of a transaction"),
                             .entries = BUFFER(uint32_t, "links of a transaction"),
                             .order = BUFFER(uint32_t, "links of a transaction")};
    settle_run_init(&e->run, directory);
    memset(e->guesses, 0xff, sizeof e->guesses);
    TRY(settle_holdings_init(&e->holdings, e->counts.accounts, err));
    return settler_new_facts(&e->settler, facts, rules, err);
}

void settle_edge_maker_done(struct edge_maker *e) {
    settler_free(e->settler);
    settle_holdings_done(&e->holdings);
    settle_run_done(&e->run);
    buffer_done(&e->bases);
    buffer_done(&e->entries);
    buffer_done(&e->order);
}

uint8_t settle_plain_rule(const struct movement *m) {
    if (m->from == ACCOUNT_VOID.n || m->from == ACCOUNT_FEES.n)
        return RULE_MINT;
    return m->to == ACCOUNT_FEES.n ? RULE_FEE : m->to == ACCOUNT_VOID.n ? RULE_BURN : RULE_TRANSFER;
}

static enum imjin_status holding_of(struct edge_maker *e, uint32_t account, uint32_t asset, uint32_t *ret, struct error *err) {
    uint32_t before = e->holdings.count;
    TRY(settle_holdings_number(&e->holdings, account, asset, ret, err));
    return e->holdings.count == before ? IMJIN_OK : settle_run_grow(&e->run, *ret, err);
}

static struct flow_edge arrival(uint32_t to, u128 in_from, u128 units, enum settle_rule rule, uint32_t movement) {
    return (struct flow_edge){.from = {ID_NONE},
                              .to = {to},
                              .in_from = in_from,
                              .in_units = units,
                              .share_to = 1,
                              .share_total = 1,
                              .movement = movement,
                              .rule = (uint8_t)rule};
}

static enum imjin_status add_entry(struct edge_maker *e, enum direction d, uint32_t holding, u128 reach, uint32_t entry,
                                   struct error *err) {
    return run_entry(&e->run, d, holding, &e->holdings.states[holding].entries[d], reach, entry, err);
}

/* A shortage: appended to the in-line of a holding whose line has got to `reach`. */
static enum imjin_status add_missing(struct edge_maker *e, uint32_t holding, u128 reach, u128 units, uint32_t movement,
                                     struct error *err) {
    uint32_t entry = 0;
    if (reach + units < LINE_LIMIT) {
        struct missing_record r = {.movement = movement};
        words_put(r.units, 3, units);
        TRY(settle_run_missing(&e->run, &r, &entry, err));
    } else {
        struct flow_edge r = arrival(holding, reach, units, RULE_UNKNOWN, movement);
        TRY(settle_run_side(&e->run, &r, &entry, err));
    }
    return add_entry(e, DIRECTION_IN, holding, reach, entry, err);
}

/* ---- any transaction ---- */

/* Whether the movement is the whole edge, so that it needs no record. */
static bool is_plain(const struct edge_maker *e, const struct settled *t, const struct settle_link *l, bool joined) {
    const struct movement *m = &e->movements[l->movement];
    const struct settle_side *draw = &t->draws[l->draw], *gain = &t->gains[l->gain];
    const struct base *bases = e->bases.items, *from = &bases[l->draw], *to = &bases[t->draw_count + l->gain];
    u128 units = movement_units(m);
    return l->draw_units == units && l->gain_units == units && l->share_total == 1 && l->rule == settle_plain_rule(m) &&
           !l->weighed_equally && !joined && draw->account.n == m->from && gain->account.n == m->to &&
           draw->asset.n == m->asset && gain->asset.n == m->asset && from->from + l->draw_from + units < LINE_LIMIT &&
           to->from + l->gain_from + units < LINE_LIMIT;
}

/* Lengthens the out-line of a holding; what it lacks is missing history. */
static enum imjin_status draw_units(struct edge_maker *e, uint32_t holding, u128 units, uint32_t movement, u128 *ret_from,
                                    struct error *err) {
    struct holding_state *h = &e->holdings.states[holding];
    *ret_from = h->spent;
    h->spent += units;
    if (__builtin_expect(h->spent <= h->received, 1))
        return IMJIN_OK;
    u128 reach = h->received, lacking = h->spent - reach;
    h->received = h->spent;
    h->unknown += lacking;
    return add_missing(e, holding, reach, lacking, movement, err);
}

static u128 gain_units(struct edge_maker *e, uint32_t holding, u128 units) {
    struct holding_state *h = &e->holdings.states[holding];
    u128 from = h->received;
    h->received += units;
    return from;
}

static enum imjin_status place_draw(struct edge_maker *e, const struct settle_side *draw, uint32_t movement, struct base *ret,
                                    struct error *err) {
    *ret = (struct base){.holding = ID_NONE};
    if (draw->account.n == ACCOUNT_VOID.n || draw->account.n == ACCOUNT_FEES.n)
        return IMJIN_OK;
    TRY(holding_of(e, draw->account.n, draw->asset.n, &ret->holding, err));
    return draw_units(e, ret->holding, draw->units, movement, &ret->from, err);
}

static enum imjin_status place_sides(struct edge_maker *e, const struct settled *t, struct error *err) {
    e->bases.count = 0;
    TRY(buffer_reserve(&e->bases, (size_t)t->draw_count + t->gain_count, err));
    struct base *bases = e->bases.items;
    for (uint32_t d = 0, link = 0; d < t->draw_count; d++) {
        while (link < t->link_count && t->links[link].draw < d)
            link++;
        uint32_t movement = link < t->link_count ? t->links[link].movement : 0; /* a draw on a holding has links */
        TRY(place_draw(e, &t->draws[d], movement, &bases[d], err));
    }
    for (uint32_t g = 0; g < t->gain_count; g++) {
        struct base *base = &bases[t->draw_count + g];
        *base = (struct base){0};
        TRY(holding_of(e, t->gains[g].account.n, t->gains[g].asset.n, &base->holding, err));
        base->from = gain_units(e, base->holding, t->gains[g].units);
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

static struct flow_edge edge_of(const struct edge_maker *e, const struct settled *t, const struct settle_link *l) {
    const struct base *bases = e->bases.items, *from = &bases[l->draw], *to = &bases[t->draw_count + l->gain];
    if (from->holding == ID_NONE)
        return arrival(to->holding, to->from + l->gain_from, l->gain_units, RULE_MINT, l->movement);
    return (struct flow_edge){.from = {from->holding},
                              .to = {to->holding},
                              .out_from = from->from + l->draw_from,
                              .out_units = l->draw_units,
                              .in_from = to->from + l->gain_from,
                              .in_units = l->gain_units,
                              .share_from = l->share_from,
                              .share_to = l->share_to,
                              .share_total = l->share_total,
                              .movement = l->movement,
                              .rule = l->rule,
                              .weighed_equally = l->weighed_equally};
}

/* Adds up how far a draw or gain is covered; true when the next stretch does not begin just there. */
static bool cover(u128 *reach, u128 from, u128 units) {
    bool joined = from != *reach;
    if (from + units > *reach)
        *reach = from + units;
    return joined;
}

/* The entry of each link: its movement, or the side table for what is more than a movement. Only a line on which every edge
 * begins where the ones before end may leave positions out. */
static enum imjin_status make_entries(struct edge_maker *e, const struct settled *t, struct error *err) {
    const uint32_t *order = e->order.items;
    e->entries.count = 0;
    TRY(buffer_reserve(&e->entries, t->link_count, err));
    uint32_t *entries = e->entries.items;
    u128 reach = 0;
    for (uint32_t i = 0; i < t->link_count; i++) {
        const struct settle_link *l = &t->links[order[i]];
        if (i == 0 || l->gain != t->links[order[i - 1]].gain)
            reach = 0;
        entries[order[i]] = l->gain_from < reach;
        cover(&reach, l->gain_from, l->gain_units);
    }
    for (uint32_t i = 0; i < t->link_count; i++) {
        const struct settle_link *l = &t->links[i];
        if (i == 0 || l->draw != l[-1].draw)
            reach = 0;
        bool joined = cover(&reach, l->draw_from, l->draw_units) || entries[i];
        entries[i] = l->movement;
        if (is_plain(e, t, l, joined))
            continue;
        struct flow_edge edge = edge_of(e, t, l);
        TRY(settle_run_side(&e->run, &edge, &entries[i], err));
    }
    return IMJIN_OK;
}

static enum imjin_status add_outs(struct edge_maker *e, const struct settled *t, struct error *err) {
    const struct base *bases = e->bases.items;
    u128 reach = 0;
    for (uint32_t i = 0; i < t->link_count; i++) {
        const struct settle_link *l = &t->links[i];
        const struct base *base = &bases[l->draw];
        if (base->holding == ID_NONE)
            continue;
        if (i == 0 || l->draw != l[-1].draw)
            reach = 0;
        TRY(add_entry(e, DIRECTION_OUT, base->holding, base->from + reach, ((uint32_t *)e->entries.items)[i], err));
        cover(&reach, l->draw_from, l->draw_units);
    }
    return IMJIN_OK;
}

/* Units [from, to) of a gain that no link reaches arrive clean. */
static enum imjin_status add_clean(struct edge_maker *e, const struct base *base, uint32_t gain, u128 from, u128 to,
                                   struct error *err) {
    if (from >= to)
        return IMJIN_OK;
    struct flow_edge edge =
        arrival(base->holding, base->from + from, to - from, RULE_MINT, settle_delivered_by(e->settler, gain, from));
    uint32_t entry = 0;
    TRY(settle_run_side(&e->run, &edge, &entry, err));
    return add_entry(e, DIRECTION_IN, base->holding, base->from + from, entry, err);
}

static enum imjin_status add_ins(struct edge_maker *e, const struct settled *t, struct error *err) {
    const uint32_t *order = e->order.items, *entries = e->entries.items;
    for (uint32_t g = 0, at = 0; g < t->gain_count; g++) {
        const struct base *base = &((struct base *)e->bases.items)[t->draw_count + g];
        u128 reach = 0;
        for (; at < t->link_count && t->links[order[at]].gain == g; at++) {
            const struct settle_link *l = &t->links[order[at]];
            TRY(add_clean(e, base, g, reach, l->gain_from, err));
            if (l->gain_from > reach)
                reach = l->gain_from;
            TRY(add_entry(e, DIRECTION_IN, base->holding, base->from + reach, entries[order[at]], err));
            cover(&reach, l->gain_from, l->gain_units);
        }
        TRY(add_clean(e, base, g, reach, t->gains[g].units, err));
    }
    return IMJIN_OK;
}

static enum imjin_status make_any(struct edge_maker *e, uint64_t first, uint32_t count, struct error *err) {
    struct settled t;
    TRY(settle_movements(e->settler, e->movements + first, first, count, &t, err));
    TRY(place_sides(e, &t, err));
    TRY(order_by_gain(e, &t, err));
    TRY(make_entries(e, &t, err));
    TRY(add_outs(e, &t, err));
    return add_ins(e, &t, err);
}

/* ---- the transactions that nearly all are: a payment or a swap between two accounts, with or without a fee; a batch payout
 * ---- */

/* Whether the movement is a payment that takes part, between an account and another one or FEES. */
static inline bool is_simple(const struct edge_maker *e, const struct movement *m) {
    return m->from > ACCOUNT_FEES.n && m->to > ACCOUNT_VOID.n && m->from != m->to && !movement_wide(m) &&
           (m->units_low | m->units_high_kind << 8) != 0 && !(e->facts->flags[m->asset] & FACT_UNTRACEABLE);
}

static inline enum imjin_status guessed(struct edge_maker *e, uint32_t guess, uint32_t account, uint32_t asset, uint32_t *ret,
                                        struct error *err) {
    if (__builtin_expect(!holding_is(&e->holdings, guess, account, asset), 0))
        return holding_of(e, account, asset, ret, err);
    *ret = guess;
    return IMJIN_OK;
}

static inline enum imjin_status giver_of(struct edge_maker *e, uint64_t number, uint32_t *ret, struct error *err) {
    const struct movement *m = &e->movements[number];
    return guessed(e, e->guesses[number % GUESSES].from, m->from, m->asset, ret, err);
}

static inline enum imjin_status getter_of(struct edge_maker *e, uint64_t number, uint32_t *ret, struct error *err) {
    const struct movement *m = &e->movements[number];
    return guessed(e, e->guesses[number % GUESSES].to, m->to, m->asset, ret, err);
}

/* A movement that is the whole edge. False, and nothing changed, when a line gets too long for entries without positions. */
static inline bool make_payment(struct edge_maker *e, uint64_t number, enum imjin_status *ret, struct error *err) {
    uint32_t from = 0, to = 0;
    u128 units = movement_units(&e->movements[number]), out_from = 0;
    *ret = giver_of(e, number, &from, err);
    if (*ret == IMJIN_OK)
        *ret = getter_of(e, number, &to, err);
    if (*ret != IMJIN_OK)
        return true;
    if ((e->holdings.states[from].spent + units) >> 96 || (e->holdings.states[to].received + units) >> 96)
        return false;
    *ret = draw_units(e, from, units, (uint32_t)number, &out_from, err);
    u128 in_from = gain_units(e, to, units);
    if (*ret == IMJIN_OK)
        *ret = add_entry(e, DIRECTION_OUT, from, out_from, (uint32_t)number, err);
    if (*ret == IMJIN_OK)
        *ret = add_entry(e, DIRECTION_IN, to, in_from, (uint32_t)number, err);
    return true;
}

/* Whether two accounts gave each other an asset each: two exchangers, and each got for what it gave. */
static inline bool is_swap(const struct edge_maker *e, const struct movement *m) {
    return m[0].from == m[1].to && m[0].to == m[1].from && m[0].to != ACCOUNT_FEES.n && m[0].asset != m[1].asset &&
           e->rules >> RULE_SWAP & 1 && is_simple(e, &m[0]) && is_simple(e, &m[1]);
}

/* In the order that any transaction has: draws, gains, edges by draw, entries. */
static enum imjin_status make_swap(struct edge_maker *e, uint64_t number, struct error *err) {
    const struct movement *m = &e->movements[number];
    uint32_t first = (uint32_t)number, second = first + 1, given[2] = {0}, got[2] = {0}, entries[2] = {0};
    u128 units[2] = {movement_units(&m[0]), movement_units(&m[1])}, out[2] = {0}, in[2];
    TRY(giver_of(e, first, &given[0], err));
    TRY(draw_units(e, given[0], units[0], second, &out[0], err));
    TRY(giver_of(e, second, &given[1], err));
    TRY(draw_units(e, given[1], units[1], first, &out[1], err));
    TRY(getter_of(e, first, &got[0], err));
    TRY(getter_of(e, second, &got[1], err));
    for (int i = 0; i < 2; i++)
        in[i] = gain_units(e, got[i], units[i]);
    for (int i = 0; i < 2; i++) {
        struct flow_edge edge = {.from = {given[i]},
                                 .to = {got[1 - i]},
                                 .out_from = out[i],
                                 .out_units = units[i],
                                 .in_from = in[1 - i],
                                 .in_units = units[1 - i],
                                 .share_to = 1,
                                 .share_total = 1,
                                 .movement = i ? first : second,
                                 .rule = RULE_SWAP};
        TRY(settle_run_side(&e->run, &edge, &entries[i], err));
    }
    for (int i = 0; i < 2; i++)
        TRY(add_entry(e, DIRECTION_OUT, given[i], out[i], entries[i], err));
    for (int i = 0; i < 2; i++)
        TRY(add_entry(e, DIRECTION_IN, got[i], in[i], entries[1 - i], err));
    return IMJIN_OK;
}

/* Whether one account paid others one asset. Two payments in a row to the same account are one edge: not here. */
static inline bool is_batch(const struct edge_maker *e, const struct movement *m, uint64_t count) {
    for (uint64_t i = 0; i < count; i++)
        if (m[i].from != m[0].from || m[i].asset != m[0].asset || m[i].to == ACCOUNT_FEES.n || !is_simple(e, &m[i]) ||
            (i && m[i].to == m[i - 1].to))
            return false;
    return true;
}

/* One draw, and an edge for each movement. False, and nothing changed, when a line gets too long for that. */
static bool make_batch(struct edge_maker *e, uint64_t first, uint64_t count, enum imjin_status *ret, struct error *err) {
    uint32_t from = 0, to = 0;
    u128 total = 0, out = 0;
    *ret = giver_of(e, first, &from, err);
    for (uint64_t i = 0; i < count; i++)
        if (add_u128(total, movement_units(&e->movements[first + i]), &total) == false || total >= LINE_LIMIT)
            return *ret != IMJIN_OK;
    for (uint64_t i = 0; i < count && *ret == IMJIN_OK; i++) {
        *ret = getter_of(e, first + i, &to, err);
        if (*ret == IMJIN_OK && e->holdings.states[to].received + total >= LINE_LIMIT)
            return false;
    }
    if (*ret == IMJIN_OK && e->holdings.states[from].spent + total >= LINE_LIMIT)
        return false;
    if (*ret == IMJIN_OK)
        *ret = draw_units(e, from, total, (uint32_t)first, &out, err);
    for (uint64_t i = first; i < first + count && *ret == IMJIN_OK; i++) {
        u128 units = movement_units(&e->movements[i]);
        *ret = getter_of(e, i, &to, err);
        if (*ret == IMJIN_OK)
            *ret = add_entry(e, DIRECTION_OUT, from, out, (uint32_t)i, err);
        if (*ret == IMJIN_OK)
            *ret = add_entry(e, DIRECTION_IN, to, gain_units(e, to, units), (uint32_t)i, err);
        out += units;
    }
    return true;
}

/* Decided once a transaction. A fee is settled apart from the rest, which is then a transaction of its own. */
static inline enum imjin_status make_one(struct edge_maker *e, uint64_t at, uint64_t end, struct error *err) {
    const struct movement *m = &e->movements[at];
    enum imjin_status status = IMJIN_OK;
    if (end - at == 1 && is_simple(e, m) && make_payment(e, at, &status, err))
        return status;
    bool fee = end - at > 1 && end - at < 4 && m->to == ACCOUNT_FEES.n && is_simple(e, m);
    if (end - at == (fee ? 3 : 2) && is_swap(e, m + fee)) {
        if (!fee)
            return make_swap(e, at, err);
        if (make_payment(e, at, &status, err))
            return status == IMJIN_OK ? make_swap(e, at + 1, err) : status;
    } else if (fee && end - at == 2 && m[1].to != ACCOUNT_FEES.n && is_simple(e, m + 1) && make_payment(e, at, &status, err)) {
        if (status != IMJIN_OK || make_payment(e, at + 1, &status, err))
            return status;
        at++;
    } else if (!fee && end - at > 1 && is_batch(e, m, end - at) && make_batch(e, at, end - at, &status, err)) {
        return status;
    }
    return make_any(e, at, (uint32_t)(end - at), err);
}

/* ---- the pass ---- */

enum { LOOK_FAR = 32, LOOK_NEAR = 16 };
_Static_assert((int)LOOK_NEAR < (int)GUESSES, "a guess waits until its movement is due");

static inline bool movement_good(const struct edge_maker *e, const struct movement *m) {
    return m->tx < e->counts.txs && m->from < e->counts.accounts && m->to < e->counts.accounts && m->asset < e->counts.assets;
}

/* Fetches what later movements will touch: first where holdings are found, then the holdings. */
static inline void look_ahead(struct edge_maker *e, uint64_t number) {
    uint64_t far = number + LOOK_FAR < e->counts.movements ? number + LOOK_FAR : e->counts.movements;
    for (; e->checked < far && movement_good(e, &e->movements[e->checked]); e->checked++) {
        const struct movement *m = &e->movements[e->checked];
        holdings_prefetch(&e->holdings, m->from, m->asset);
        holdings_prefetch(&e->holdings, m->to, m->asset);
    }
    if (number + LOOK_NEAR < e->checked) {
        const struct movement *m = &e->movements[number + LOOK_NEAR];
        struct guess *g = &e->guesses[(number + LOOK_NEAR) % GUESSES];
        g->from = holdings_guess(&e->holdings, m->from, m->asset);
        g->to = holdings_guess(&e->holdings, m->to, m->asset);
    }
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
        if (end >= e->checked && !movement_good(e, &m[end]))
            return damaged(end, err);
        end++;
    } while (end < e->counts.movements && m[end].tx == m[at].tx);
    *ret = end;
    return IMJIN_OK;
}

enum imjin_status settle_edges_make(struct edge_maker *e, uint64_t at, uint64_t until, uint64_t *ret_at, struct error *err) {
    e->checked = e->checked > at ? e->checked : at;
    while (at < until) {
        uint64_t end = at;
        TRY(tx_end(e, at, &end, err));
        for (uint64_t i = at; i < end; i++)
            look_ahead(e, i);
        TRY(make_one(e, at, end, err));
        at = end;
    }
    *ret_at = at;
    return IMJIN_OK;
}
