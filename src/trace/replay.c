#include "trace/replay.h"

#include <stdlib.h>

#include "trace/replay_line.h"

/* The state of a holding is one cell of 128 bits: its balance (of assets that can be traced, below 2^126), or, with the top
 * bit, the number of its taint. */
#define CELL_TAINTED ((u128)1 << 127)

/* A piece of a theft at a holding. FIFO, LIFO: a stretch of the in-line with the claim it came with. Haircut, poison: one a
 * theft, `claim` what stands there, positions unused. */
struct lot {
    u128 from, units, claim;
    uint32_t theft, tx;
    uint16_t hops;
};
struct stretch {
    u128 from, to;
};
/* The queues of a holding that stolen money reached. Positions count from where it was first reached, at sources from the
 * beginning: parts of a piece are measured on the piece, so the zero does not matter. */
struct taint {
    uint32_t account, asset;
    uint32_t theft_first; /* + 1: first theft whose source this is; then along replay.theft_next */
    u128 received, spent;
    struct buffer lots;  /* struct lot, by from */
    struct buffer stack; /* struct stretch: LIFO, unspent units, the newest last */
};
/* A claim on its way from a draw to a gain of the same transaction. */
struct pending {
    struct trace_edge edge;
    uint32_t gain;
    u128 in_from; /* in the gain */
};

/* A holding of the transaction at hand, and what it gives and gets there. */
struct place {
    uint32_t account, asset, holding;
};
struct net {
    uint32_t holding;
    u128 fee, sent, got;
};

struct replay {
    struct tracer *t;
    const struct progress *progress;
    struct account_lines lines;
    struct replay_index *index, own_index;
    u128 *cells;              /* the index's */
    struct buffer taints;     /* struct taint */
    struct buffer free;       /* uint32_t: taints without a holding */
    struct buffer theft_next; /* uint32_t: theft + 1, chains of thefts of one source holding */
    struct buffer theft_at;   /* uint64_t: the next origin of a theft */
    struct buffer pendings, edges;
    struct spread spread;
    struct buffer places, nets, awaited; /* struct place, struct net, bool by gain: of the transaction at hand */
    struct buffer bases;                 /* u128: where the gains of a transaction begin on their in-lines */
    /* at hand */
    uint64_t first_theft;
    const struct settled *settled;
    const struct lot *lot;
    const struct taint *giver;
    uint64_t first; /* movements of the transaction: [first, first + count) */
    uint32_t count, tx;
};

enum { AHEAD = 24, PROGRESS_EACH = 1 << 20, SMALL_TX = 16 };

static struct taint *taint_at(struct replay *r, uint32_t i) { return (struct taint *)r->taints.items + i; }

static struct taint *cell_taint(struct replay *r, u128 cell) { return taint_at(r, (uint32_t)cell); }

static u128 taint_balance(const struct taint *t) { return t->received - t->spent; }

static enum imjin_status taint_new(struct replay *r, uint32_t holding, uint32_t account, uint32_t asset, struct error *err) {
    u128 balance = r->cells[holding];
    struct taint t = {
        .account = account,
        .asset = asset,
        .received = balance,
        .lots = {.item_bytes = sizeof(struct lot), .items_max = TRACE_ITEMS_MAX, .what = "lots of a holding"},
        .stack = {.item_bytes = sizeof(struct stretch), .items_max = TRACE_ITEMS_MAX, .what = "stretches of a holding"},
    };
    struct stretch before = {0, balance};
    uint32_t number = (uint32_t)r->taints.count;
    if (r->free.count) {
        number = ((uint32_t *)r->free.items)[--r->free.count];
        t.lots = taint_at(r, number)->lots;
        t.stack = taint_at(r, number)->stack;
        t.lots.count = t.stack.count = 0;
        *taint_at(r, number) = t;
    } else {
        TRY(buffer_push(&r->taints, &t, NULL, err));
    }
    r->cells[holding] = CELL_TAINTED | number;
    if (balance && r->t->request->policy == POLICY_LIFO)
        TRY(buffer_push(&taint_at(r, number)->stack, &before, NULL, err));
    return IMJIN_OK;
}

/* Nothing stolen is left, and nothing will begin here: an ordinary holding again. */
static enum imjin_status taint_release(struct replay *r, u128 *cell, struct error *err) {
    uint32_t number = (uint32_t)*cell;
    struct taint *t = taint_at(r, number);
    if (t->lots.count || t->theft_first)
        return IMJIN_OK;
    TRY(buffer_push(&r->free, &number, NULL, err));
    *cell = taint_balance(t);
    return IMJIN_OK;
}

static enum imjin_status lot_add(struct taint *t, struct lot lot, struct error *err) {
    TRY(buffer_push(&t->lots, &lot, NULL, err));
    struct lot *lots = t->lots.items;
    size_t i = t->lots.count - 1;
    for (; i > 0 && lots[i - 1].from > lot.from; i--)
        lots[i] = lots[i - 1];
    lots[i] = lot;
    return IMJIN_OK;
}

/* A claim begins to stand at a holding. */
static enum imjin_status claim_add(struct replay *r, struct taint *t, struct lot lot, struct error *err) {
    enum trace_policy policy = r->t->request->policy;
    if (policy == POLICY_FIFO || policy == POLICY_LIFO)
        return lot_add(t, lot, err);
    struct lot *lots = t->lots.items;
    for (size_t i = 0; i < t->lots.count; i++)
        if (lots[i].theft == lot.theft) {
            lots[i].claim = policy == POLICY_POISON ? 1 : lots[i].claim + lot.claim;
            lots[i].hops = lot.hops < lots[i].hops ? lot.hops : lots[i].hops;
            lots[i].tx = lot.tx;
            return IMJIN_OK;
        }
    lot.claim = policy == POLICY_POISON ? 1 : lot.claim;
    return buffer_push(&t->lots, &lot, NULL, err);
}

/* `units` arrive; at a source, what of them is stolen begins here. */
static enum imjin_status receive(struct replay *r, struct taint *t, u128 units, struct error *err) {
    u128 from = t->received, to = from + units;
    t->received = to;
    if (r->t->request->policy == POLICY_LIFO) {
        struct stretch *stack = t->stack.items, fresh = {from, to};
        if (t->stack.count && stack[t->stack.count - 1].to == from)
            stack[t->stack.count - 1].to = to;
        else
            TRY(buffer_push(&t->stack, &fresh, NULL, err));
    }
    for (uint32_t k = t->theft_first; k; k = ((uint32_t *)r->theft_next.items)[k - 1]) {
        const struct theft_plan *theft = plan_theft(r->t->plan, k - 1);
        uint64_t *at = (uint64_t *)r->theft_at.items + (k - 1), end = theft->origin_first + theft->origin_count;
        for (; *at < end && plan_origin(r->t->plan, *at)->from < to; ++*at) {
            const struct origin *o = plan_origin(r->t->plan, *at);
            INVARIANT(o->from >= from && o->from + o->units <= to);
            TRY(claim_add(r, t, (struct lot){o->from, o->units, o->units, k - 1, r->tx, 0}, err));
        }
    }
    return IMJIN_OK;
}

/* ---- draws ---- */

static enum imjin_status land(void *context, const struct landing *l, struct error *err) {
    struct replay *r = context;
    uint32_t gain = l->edge->to.n;
    const struct settle_side *to = &r->settled->gains[gain];
    struct pending p = {
        .edge =
            {
                .theft = r->lot->theft,
                .tx = {r->tx},
                .movement = l->edge->movement,
                .from = {r->giver->account},
                .to = to->account,
                .asset_out = {r->giver->asset},
                .asset_in = to->asset,
                .units_out = l->units_out,
                .units_in = l->in_to - l->in_from,
                .claim = l->claim,
                .hops = hops_after(r->lot->hops, to->account.n == r->giver->account),
                .rule = l->edge->rule,
                .weighed_equally = l->edge->weighed_equally,
            },
        .gain = gain,
        .in_from = l->in_from,
    };
    return buffer_push(&r->pendings, &p, NULL, err);
}

/* The links of one draw, placed on the giver's out-line; gains are numbered, not yet placed. */
static enum imjin_status place_links(struct replay *r, uint32_t draw, uint32_t *link, u128 spent, struct error *err) {
    const struct settled *s = r->settled;
    r->edges.count = 0;
    while (*link < s->link_count && s->links[*link].draw < draw)
        ++*link;
    for (; *link < s->link_count && s->links[*link].draw == draw; ++*link) {
        const struct settle_link *l = &s->links[*link];
        struct flow_edge e = {
            .to = {l->gain},
            .out_from = spent + l->draw_from,
            .out_units = l->draw_units,
            .in_from = l->gain_from,
            .in_units = l->gain_units,
            .share_from = l->share_from,
            .share_to = l->share_to,
            .share_total = l->share_total,
            .movement = l->movement,
            .tx = {r->tx},
            .rule = l->rule,
            .weighed_equally = l->weighed_equally,
        };
        TRY(buffer_push(&r->edges, &e, NULL, err));
    }
    return IMJIN_OK;
}

static enum imjin_status spread_all(struct replay *r, const struct lot *lot, struct take take, u128 *claimed,
                                    struct error *err) {
    const struct flow_edge *edges = r->edges.items;
    r->lot = lot;
    spread_begin(&r->spread, take);
    for (size_t i = 0; i < r->edges.count; i++)
        TRY(spread_edge(&r->spread, &edges[i], err));
    return spread_end(&r->spread, claimed, err);
}

static enum imjin_status draw_fifo(struct replay *r, struct taint *t, u128 units, struct error *err) {
    const struct lot *lots = t->lots.items;
    u128 from = t->spent, to = from + units, claimed;
    size_t gone = 0;
    for (size_t i = 0; i < t->lots.count && lots[i].from < to; i++) {
        u128 end = lots[i].from + lots[i].units, x = lots[i].from > from ? lots[i].from : from, y = end < to ? end : to;
        if (x < y)
            TRY(spread_all(r, &lots[i], (struct take){lots[i].units, lots[i].claim, lots[i].from, x, y, false}, &claimed, err));
    }
    while (gone < t->lots.count && lots[gone].from + lots[gone].units <= to)
        gone++;
    if (gone) {
        memmove(t->lots.items, lots + gone, (t->lots.count - gone) * sizeof *lots);
        t->lots.count -= gone;
    }
    return IMJIN_OK;
}

/* Units [x, y) of the in-line leave newest first, from `out` on. */
static enum imjin_status draw_run(struct replay *r, struct taint *t, u128 x, u128 y, u128 out, struct error *err) {
    const struct lot *lots = t->lots.items;
    u128 claimed;
    for (size_t i = t->lots.count; i-- > 0;) {
        u128 end = lots[i].from + lots[i].units, low = lots[i].from > x ? lots[i].from : x, high = end < y ? end : y;
        if (low >= high)
            continue;
        u128 first = out + (y - high);
        struct take take = {lots[i].units, lots[i].claim, first + (high - lots[i].from), first, first + (high - low), true};
        TRY(spread_all(r, &lots[i], take, &claimed, err));
    }
    return IMJIN_OK;
}

static enum imjin_status draw_lifo(struct replay *r, struct taint *t, u128 units, struct error *err) {
    struct stretch *stack = t->stack.items;
    u128 out = t->spent;
    while (units) {
        INVARIANT(t->stack.count > 0);
        struct stretch *top = &stack[t->stack.count - 1];
        u128 part = top->to - top->from < units ? top->to - top->from : units;
        TRY(draw_run(r, t, top->to - part, top->to, out, err));
        out += part;
        units -= part;
        top->to -= part;
        t->stack.count -= top->from == top->to;
    }
    u128 top = t->stack.count ? stack[t->stack.count - 1].to : 0;
    const struct lot *lots = t->lots.items;
    while (t->lots.count && lots[t->lots.count - 1].from >= top)
        t->lots.count--;
    return IMJIN_OK;
}

static enum imjin_status draw_haircut(struct replay *r, struct taint *t, u128 units, u128 balance, struct error *err) {
    struct lot *lots = t->lots.items;
    for (size_t i = 0; i < t->lots.count; i++) {
        u128 taken = units == balance ? lots[i].claim : mul_div_u128(lots[i].claim, units, balance);
        if (taken == 0)
            continue;
        struct take take = {units, taken, t->spent, t->spent, t->spent + units, false};
        TRY(spread_all(r, &lots[i], take, &taken, err));
        lots[i].claim -= taken;
    }
    size_t kept = 0;
    for (size_t i = 0; i < t->lots.count; i++)
        if (lots[i].claim)
            lots[kept++] = lots[i];
    t->lots.count = kept;
    return IMJIN_OK;
}

static enum imjin_status draw_poison(struct replay *r, struct taint *t, struct error *err) {
    const struct flow_edge *edges = r->edges.items;
    const struct lot *lots = t->lots.items;
    for (size_t i = 0; i < t->lots.count; i++)
        for (size_t k = 0; k < r->edges.count; k++) {
            struct landing l = {&edges[k], edges[k].out_units, edges[k].in_from, edges[k].in_from + edges[k].in_units,
                                edges[k].out_units};
            r->lot = &lots[i];
            TRY(land(r, &l, err));
        }
    return IMJIN_OK;
}

static enum imjin_status draw_tainted(struct replay *r, struct taint *t, uint32_t draw, u128 units, uint32_t *link,
                                      struct error *err) {
    if (taint_balance(t) < units)
        TRY(receive(r, t, units - taint_balance(t), err));
    if (t->lots.count || r->t->request->policy == POLICY_LIFO) {
        u128 balance = taint_balance(t);
        r->giver = t;
        TRY(place_links(r, draw, link, t->spent, err));
        switch (r->t->request->policy) {
        case POLICY_FIFO:
            TRY(draw_fifo(r, t, units, err));
            break;
        case POLICY_LIFO:
            TRY(draw_lifo(r, t, units, err));
            break;
        case POLICY_HAIRCUT:
            TRY(draw_haircut(r, t, units, balance, err));
            break;
        default:
            TRY(draw_poison(r, t, err));
            break;
        }
    }
    t->spent += units;
    return IMJIN_OK;
}

static int place_compare(const void *left, const void *right) {
    const struct place *a = left, *b = right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    return a->asset < b->asset ? -1 : a->asset > b->asset;
}

/* In a large transaction the holdings are sorted, so that each side finds its own quickly. */
static enum imjin_status find_places(struct replay *r, struct error *err) {
    const struct movement *m = ledger_movements(r->index->ledger);
    r->places.count = 0;
    for (uint64_t i = r->first; i < r->first + r->count && r->count > SMALL_TX; i++) {
        struct place from = {m[i].from, m[i].asset, r->index->sides[2 * i]};
        struct place to = {m[i].to, m[i].asset, r->index->sides[2 * i + 1]};
        if (from.holding != ID_NONE)
            TRY(buffer_push(&r->places, &from, NULL, err));
        if (to.holding != ID_NONE)
            TRY(buffer_push(&r->places, &to, NULL, err));
    }
    if (r->places.count)
        qsort(r->places.items, r->places.count, sizeof(struct place), place_compare);
    return IMJIN_OK;
}

/* The cell of what an account gives or gets in the transaction at hand. */
static u128 *cell_of(const struct replay *r, const struct settle_side *side) {
    struct place wanted = {side->account.n, side->asset.n, ID_NONE};
    if (r->count > SMALL_TX) {
        const struct place *p = bsearch(&wanted, r->places.items, r->places.count, sizeof wanted, place_compare);
        INVARIANT(p != NULL);
        return &r->cells[p->holding];
    }
    wanted.holding = replay_index_find(r->index, r->first, r->count, wanted.account, wanted.asset);
    INVARIANT(wanted.holding != ID_NONE);
    return &r->cells[wanted.holding];
}

static enum imjin_status draws(struct replay *r, struct error *err) {
    const struct settled *s = r->settled;
    uint32_t link = 0;
    r->pendings.count = 0;
    for (uint32_t i = 0; i < s->draw_count; i++) {
        const struct settle_side *d = &s->draws[i];
        if (d->account.n < ACCOUNTS_RESERVED)
            continue;
        u128 *cell = cell_of(r, d);
        if (*cell & CELL_TAINTED)
            TRY(draw_tainted(r, cell_taint(r, *cell), i, d->units, &link, err));
        else
            *cell = *cell < d->units ? 0 : *cell - d->units;
    }
    return IMJIN_OK;
}

/* ---- gains ---- */

static enum imjin_status arrive(struct replay *r, const struct pending *p, const u128 *bases, struct error *err) {
    bool follow;
    u128 from = bases[p->gain] + p->in_from;
    TRY(tracer_arrive(r->t, &p->edge, from, &follow, err));
    if (!follow)
        return IMJIN_OK;
    struct lot lot = {from, p->edge.units_in, p->edge.claim, p->edge.theft, r->tx, p->edge.hops};
    return claim_add(r, cell_taint(r, *cell_of(r, &r->settled->gains[p->gain])), lot, err);
}

/* Which gains claims are on their way to. */
static enum imjin_status mark_awaited(struct replay *r, struct error *err) {
    const struct pending *pendings = r->pendings.items;
    r->awaited.count = 0;
    TRY(buffer_reserve(&r->awaited, r->settled->gain_count, err));
    memset(r->awaited.items, 0, r->settled->gain_count);
    for (size_t i = 0; i < r->pendings.count; i++)
        ((bool *)r->awaited.items)[pendings[i].gain] = true;
    return IMJIN_OK;
}

static enum imjin_status gain(struct replay *r, uint32_t i, struct error *err) {
    const struct settle_side *g = &r->settled->gains[i];
    if (g->account.n < ACCOUNTS_RESERVED)
        return IMJIN_OK;
    u128 *cell = cell_of(r, g);
    if (!(*cell & CELL_TAINTED) && ((const bool *)r->awaited.items)[i])
        TRY(taint_new(r, (uint32_t)(cell - r->cells), g->account.n, g->asset.n, err));
    if (!(*cell & CELL_TAINTED)) {
        *cell += g->units;
        return IMJIN_OK;
    }
    ((u128 *)r->bases.items)[i] = cell_taint(r, *cell)->received;
    return receive(r, cell_taint(r, *cell), g->units, err);
}

static enum imjin_status release_sides(struct replay *r, struct error *err) {
    const struct settled *s = r->settled;
    for (uint32_t i = 0; i < s->draw_count + s->gain_count; i++) {
        const struct settle_side *side = i < s->draw_count ? &s->draws[i] : &s->gains[i - s->draw_count];
        u128 *cell = side->account.n < ACCOUNTS_RESERVED ? NULL : cell_of(r, side);
        if (cell && (*cell & CELL_TAINTED))
            TRY(taint_release(r, cell, err));
    }
    return IMJIN_OK;
}

/* A holding that claims will reach gets its queues, and says where its in-line stands, before the units are added. */
static enum imjin_status gains(struct replay *r, struct error *err) {
    const struct settled *s = r->settled;
    TRY(buffer_reserve(&r->bases, s->gain_count, err));
    TRY(mark_awaited(r, err));
    for (uint32_t i = 0; i < s->gain_count; i++)
        TRY(gain(r, i, err));
    for (size_t i = 0; i < r->pendings.count; i++)
        TRY(arrive(r, (const struct pending *)r->pendings.items + i, r->bases.items, err));
    return release_sides(r, err);
}

static enum imjin_status settled_tx(struct replay *r, const struct settled *s, struct error *err) {
    r->settled = s;
    TRY(find_places(r, err));
    TRY(draws(r, err));
    return gains(r, err);
}

/* ---- the pass ---- */

/* Some claim may move: the transaction is settled as a whole. */
static enum imjin_status settle_stolen(struct replay *r, struct error *err) {
    struct settled s;
    TRY(settle_tx(r->index->settler, r->first, r->count, &s, err));
    return settled_tx(r, &s, err);
}

static bool touched(const struct replay *r) {
    u128 any = 0;
    for (uint64_t i = 2 * r->first; i < 2 * (r->first + r->count); i++)
        if (r->index->sides[i] != ID_NONE)
            any |= r->cells[r->index->sides[i]];
    return (any & CELL_TAINTED) != 0;
}

static void net_apply(struct replay *r, const struct net *n) {
    u128 *cell = &r->cells[n->holding], drawn = n->sent > n->got ? n->sent - n->got : 0;
    *cell = *cell < n->fee ? 0 : *cell - n->fee;
    *cell = *cell < drawn ? 0 : *cell - drawn;
    *cell += n->got > n->sent ? n->got - n->sent : 0;
}

static void net_add(struct net *n, const struct net *more) {
    n->fee += more->fee;
    n->sent += more->sent;
    n->got += more->got;
}

/* What each side of the transaction's movements adds; two a movement at most. */
static unsigned net_sides(const struct replay *r, const struct movement *m, uint64_t i, struct net ret[2]) {
    uint32_t from = r->index->sides[2 * i], to = r->index->sides[2 * i + 1];
    u128 units = movement_units(&m[i]);
    bool fee = m[i].to == ACCOUNT_FEES.n;
    unsigned count = 0;
    if (from != ID_NONE)
        ret[count++] = (struct net){.holding = from, .fee = fee ? units : 0, .sent = fee ? 0 : units};
    if (to != ID_NONE)
        ret[count++] = (struct net){.holding = to, .got = units};
    return count;
}

static int net_compare(const void *left, const void *right) {
    const struct net *a = left, *b = right;
    return a->holding < b->holding ? -1 : a->holding > b->holding;
}

static enum imjin_status net_large(struct replay *r, const struct movement *m, struct error *err) {
    struct net sides[2];
    r->nets.count = 0;
    for (uint64_t i = r->first; i < r->first + r->count; i++)
        for (unsigned k = 0, count = net_sides(r, m, i, sides); k < count; k++)
            TRY(buffer_push(&r->nets, &sides[k], NULL, err));
    struct net *nets = r->nets.items;
    if (r->nets.count)
        qsort(nets, r->nets.count, sizeof *nets, net_compare);
    for (size_t i = 0, end; i < r->nets.count; i = end) {
        for (end = i + 1; end < r->nets.count && nets[end].holding == nets[i].holding; end++)
            net_add(&nets[i], &nets[end]);
        net_apply(r, &nets[i]);
    }
    return IMJIN_OK;
}

/* Without claims only balances move, and for those netting is enough: fees first, then what is given or gained in the end. */
static void net_small(struct replay *r, const struct movement *m) {
    struct net nets[2 * SMALL_TX], sides[2];
    unsigned count = 0;
    for (uint64_t i = r->first; i < r->first + r->count; i++)
        for (unsigned k = 0, more = net_sides(r, m, i, sides); k < more; k++) {
            unsigned at = 0;
            while (at < count && nets[at].holding != sides[k].holding)
                at++;
            if (at < count)
                net_add(&nets[at], &sides[k]);
            else
                nets[count++] = sides[k];
        }
    for (unsigned i = 0; i < count; i++)
        net_apply(r, &nets[i]);
}

static enum imjin_status pay_stolen(struct replay *r, const struct movement *m, struct error *err) {
    u128 units = movement_units(m);
    struct settle_side draw = {{m->from}, {m->asset}, units}, gain = {{m->to}, {m->asset}, units};
    struct settle_link link = {0, 0, 0, units, 0, units, 0, 1, 1, RULE_TRANSFER, false, (uint32_t)r->first};
    struct settled s = {&draw, &gain, &link, 1, 1, 1, false};
    return settled_tx(r, &s, err);
}

/* The commonest transaction: one payment. Untouched by any theft it is a load, a test and two adds at each side. */
static inline enum imjin_status pay(struct replay *r, const struct movement *m, struct error *err) {
    const uint32_t *sides = r->index->sides + 2 * r->first;
    u128 units = movement_units(&m[r->first]);
    if (sides[0] != ID_NONE && sides[1] != ID_NONE) {
        u128 from = r->cells[sides[0]], to = r->cells[sides[1]];
        if ((from | to) & CELL_TAINTED)
            return pay_stolen(r, &m[r->first], err);
        r->cells[sides[0]] = from < units ? 0 : from - units;
        r->cells[sides[1]] = to + units;
        return IMJIN_OK;
    }
    if (touched(r))
        return settle_stolen(r, err);
    net_small(r, m);
    return IMJIN_OK;
}

static inline enum imjin_status transaction(struct replay *r, const struct movement *m, struct error *err) {
    if (r->count == 1)
        return pay(r, m, err);
    if (touched(r))
        return settle_stolen(r, err);
    if (r->count > SMALL_TX)
        return net_large(r, m, err);
    net_small(r, m);
    return IMJIN_OK;
}

/* Inlined by order: a function that does nothing but fetch is pure to the compiler, which drops a call of it. */
[[gnu::always_inline]] static inline void prefetch(const struct replay *r, uint64_t number) {
    uint32_t from = r->index->sides[2 * number], to = r->index->sides[2 * number + 1];
    if (from != ID_NONE)
        __builtin_prefetch(&r->cells[from], 1);
    if (to != ID_NONE)
        __builtin_prefetch(&r->cells[to], 1);
}

static enum imjin_status pass(struct replay *r, struct error *err) {
    const struct movement *m = ledger_movements(r->index->ledger);
    uint64_t count = r->index->movements, step = 0;
    for (uint64_t end; r->first < count; r->first = end) {
        r->tx = m[r->first].tx;
        for (end = r->first; end < count && m[end].tx == r->tx; end++)
            if (end + AHEAD < count)
                prefetch(r, end + AHEAD);
        r->count = (uint32_t)(end - r->first);
        TRY(transaction(r, m, err));
        if (r->first >= step) {
            TRY(progress_step(r->progress, "replaying", "movements", r->first, count, err));
            step = r->first + PROGRESS_EACH;
        }
    }
    return IMJIN_OK;
}

/* ---- beginning and end of a pass ---- */

static void taints_free(struct replay *r) {
    for (size_t i = 0; i < r->taints.count; i++) {
        buffer_done(&taint_at(r, (uint32_t)i)->lots);
        buffer_done(&taint_at(r, (uint32_t)i)->stack);
    }
    r->taints.count = r->free.count = 0;
}

static enum imjin_status place_sources(struct replay *r, struct error *err) {
    uint32_t zero = 0;
    for (uint64_t i = 0; i < r->t->plan->thefts.count; i++) {
        const struct theft_plan *theft = plan_theft(r->t->plan, i);
        uint32_t holding;
        TRY(buffer_push(&r->theft_next, &zero, NULL, err));
        TRY(buffer_push(&r->theft_at, &theft->origin_first, NULL, err));
        if (i < r->first_theft)
            continue;
        TRY(replay_index_search(r->index, theft->account, theft->asset, &holding, err));
        INVARIANT(holding != ID_NONE);
        if (!(r->cells[holding] & CELL_TAINTED))
            TRY(taint_new(r, holding, theft->account.n, theft->asset.n, err));
        struct taint *t = cell_taint(r, r->cells[holding]);
        ((uint32_t *)r->theft_next.items)[i] = t->theft_first;
        t->theft_first = (uint32_t)i + 1;
    }
    return IMJIN_OK;
}

static enum imjin_status begin(struct replay *r, struct error *err) {
    taints_free(r);
    r->theft_next.count = r->theft_at.count = 0;
    memset(r->cells, 0, r->index->holdings * sizeof *r->cells);
    r->first = 0;
    return place_sources(r, err);
}

static enum imjin_status rest_lot(struct replay *r, const struct taint *t, const struct lot *lot, u128 units, u128 claim,
                                  struct error *err) {
    if (claim == 0)
        return IMJIN_OK;
    return tracer_rest(r->t, lot->theft, (struct account_id){t->account}, (struct asset_id){t->asset}, lot->tx, units, claim,
                       STOP_NONE, err);
}

/* What of a lot the holding still has: FIFO all behind what was spent, LIFO what lies on the stack. */
static enum imjin_status rest_queue(struct replay *r, const struct taint *t, const struct lot *lot, struct error *err) {
    struct take whole = {.n = lot->units, .claim = lot->claim, .base = lot->from};
    struct stretch unspent = {t->spent, t->received};
    bool fifo = r->t->request->policy == POLICY_FIFO;
    const struct stretch *stack = fifo ? &unspent : t->stack.items;
    size_t count = fifo ? 1 : t->stack.count;
    u128 units = 0, claim = 0, end = lot->from + lot->units;
    for (size_t i = 0; i < count; i++) {
        u128 x = stack[i].from > lot->from ? stack[i].from : lot->from, y = stack[i].to < end ? stack[i].to : end;
        if (x >= y)
            continue;
        units += y - x;
        claim += take_claim(&whole, x, y);
    }
    return rest_lot(r, t, lot, units, claim, err);
}

static enum imjin_status rests(struct replay *r, struct error *err) {
    enum trace_policy policy = r->t->request->policy;
    for (uint32_t i = 0; i < r->taints.count; i++) {
        const struct taint *t = taint_at(r, i);
        const struct lot *lots = t->lots.items;
        for (size_t k = 0; k < t->lots.count; k++)
            if (policy == POLICY_FIFO || policy == POLICY_LIFO)
                TRY(rest_queue(r, t, &lots[k], err));
            else
                TRY(rest_lot(r, t, &lots[k], t->received - t->spent, lots[k].claim, err));
    }
    return IMJIN_OK;
}

enum imjin_status replay_thefts(struct replay *r, uint64_t first, struct error *err) {
    r->first_theft = first;
    TRY(begin(r, err));
    TRY(pass(r, err));
    return rests(r, err);
}

/* ---- set-up ---- */

enum imjin_status replay_new(struct replay **ret, struct tracer *t, struct replay_index *index, const struct progress *p,
                             struct error *err) {
    struct replay *r = memory_new(1, sizeof *r);
    if (r == NULL)
        return fail_memory(err, "a replay");
    *r = (struct replay){
        .t = t,
        .progress = p,
        .taints = {.item_bytes = sizeof(struct taint), .items_max = TRACE_ITEMS_MAX, .what = "holdings reached"},
        .free = {.item_bytes = sizeof(uint32_t), .items_max = TRACE_ITEMS_MAX, .what = "holdings reached"},
        .theft_next = {.item_bytes = sizeof(uint32_t), .items_max = TRACE_THEFTS_MAX, .what = "thefts"},
        .theft_at = {.item_bytes = sizeof(uint64_t), .items_max = TRACE_THEFTS_MAX, .what = "thefts"},
        .pendings = {.item_bytes = sizeof(struct pending), .items_max = TRACE_ITEMS_MAX, .what = "claims in a transaction"},
        .places = {.item_bytes = sizeof(struct place), .items_max = TRACE_ITEMS_MAX, .what = "holdings of a transaction"},
        .nets = {.item_bytes = sizeof(struct net), .items_max = TRACE_ITEMS_MAX, .what = "holdings of a transaction"},
        .awaited = {.item_bytes = sizeof(bool), .items_max = TRACE_ITEMS_MAX, .what = "gains of a transaction"},
        .bases = {.item_bytes = sizeof(u128), .items_max = TRACE_ITEMS_MAX, .what = "gains of a transaction"},
        .edges = {.item_bytes = sizeof(struct flow_edge), .items_max = TRACE_ITEMS_MAX, .what = "links of a transaction"},
    };
    r->index = index ? index : &r->own_index;
    spread_init(&r->spread, land, r);
    enum imjin_status status = replay_index_make(r->index, t->in->ledger, t->request->rules, p, err);
    account_lines_init(&r->lines, t->in->ledger, r->index->settler);
    r->cells = r->index->cells;
    if (status == IMJIN_OK)
        *ret = r;
    else
        replay_free(r);
    return status;
}

void replay_free(struct replay *r) {
    if (r == NULL)
        return;
    taints_free(r);
    buffer_done(&r->taints);
    buffer_done(&r->theft_next);
    buffer_done(&r->theft_at);
    buffer_done(&r->pendings);
    buffer_done(&r->edges);
    spread_done(&r->spread);
    account_lines_done(&r->lines);
    buffer_done(&r->bases);
    buffer_done(&r->free);
    buffer_done(&r->places);
    buffer_done(&r->nets);
    buffer_done(&r->awaited);
    replay_index_done(&r->own_index);
    memory_free(r);
}

/* ---- what the plan and the accounts ask ---- */

static enum imjin_status line_assets(void *context, struct account_id account, struct buffer *ret, struct error *err) {
    struct replay *r = context;
    TRY(account_lines_of(&r->lines, account, err));
    const struct line *lines = r->lines.lines.items;
    for (size_t i = 0; i < r->lines.lines.count; i++)
        if (lines[i].received != 0)
            TRY(buffer_push(ret, &lines[i].asset, NULL, err));
    return IMJIN_OK;
}

static enum imjin_status line_inflows(void *context, struct account_id account, struct asset_id asset, uint32_t tx_first,
                                      uint32_t tx_last, u128 units, struct buffer *ret, struct error *err) {
    struct replay *r = context;
    u128 total = 0;
    TRY(account_lines_of(&r->lines, account, err));
    const struct line_part *parts = r->lines.parts.items;
    for (size_t i = 0; i < r->lines.parts.count && total < units; i++) {
        if (parts[i].asset != asset.n || parts[i].origin.tx < tx_first || parts[i].origin.tx > tx_last)
            continue;
        total += parts[i].origin.units;
        TRY(buffer_push(ret, &parts[i].origin, NULL, err));
    }
    return IMJIN_OK;
}

static bool only_gains(const struct settled *s, struct account_id a) {
    for (uint32_t i = 0; i < s->link_count; i++)
        if (s->draws[s->links[i].draw].account.n == a.n && s->links[i].rule != RULE_FEE)
            return false;
    return true;
}

static enum imjin_status tx_receivers(void *context, const struct ledger_tx *tx, struct buffer *ret, struct error *err) {
    struct replay *r = context;
    struct settled s;
    TRY(settle_tx(r->index->settler, tx->first, tx->count, &s, err));
    for (uint32_t i = 0; i < s.gain_count; i++) {
        struct receiver receiver = {s.gains[i].account.n, s.gains[i].asset.n};
        if (receiver.account >= ACCOUNTS_RESERVED && only_gains(&s, s.gains[i].account))
            TRY(buffer_push(ret, &receiver, NULL, err));
    }
    return IMJIN_OK;
}

static struct holding_id no_holding(void *context, struct account_id account, struct asset_id asset) {
    (void)context, (void)account, (void)asset;
    return (struct holding_id){ID_NONE};
}

struct inflow_reader replay_reader(struct replay *r) {
    return (struct inflow_reader){r, line_assets, line_inflows, tx_receivers, no_holding};
}

static enum imjin_status line_shortages(void *context, struct account_id account, uint32_t tx_behind, struct buffer *ret,
                                        struct error *err) {
    struct replay *r = context;
    TRY(account_lines_of(&r->lines, account, err));
    const struct line_part *parts = r->lines.parts.items;
    for (size_t i = 0; i < r->lines.parts.count; i++) {
        if (parts[i].origin.order == ORIGIN_GAIN || parts[i].origin.tx <= tx_behind)
            continue;
        struct shortage s = {parts[i].asset, {ID_NONE}, parts[i].origin};
        TRY(buffer_push(ret, &s, NULL, err));
    }
    return IMJIN_OK;
}

static enum imjin_status line_seen(void *context, struct account_id account, struct asset_id asset, u128 *ret,
                                   struct error *err) {
    struct replay *r = context;
    TRY(account_lines_of(&r->lines, account, err));
    const struct line *lines = r->lines.lines.items;
    *ret = 0;
    for (size_t i = 0; i < r->lines.lines.count; i++)
        if (lines[i].asset == asset.n)
            *ret = lines[i].received - lines[i].unknown;
    return IMJIN_OK;
}

struct shortage_reader replay_shortages(struct replay *r) {
    return (struct shortage_reader){r, line_shortages, line_seen};
}

static enum imjin_status line_unknown(void *context, struct account_id account, struct asset_id asset, u128 *ret,
                                      struct error *err) {
    struct replay *r = context;
    TRY(account_lines_of(&r->lines, account, err));
    const struct line *lines = r->lines.lines.items;
    *ret = 0;
    for (size_t i = 0; i < r->lines.lines.count; i++)
        if (lines[i].asset == asset.n)
            *ret = lines[i].unknown;
    return IMJIN_OK;
}

struct unknown_reader replay_unknown(struct replay *r) {
    return (struct unknown_reader){r, line_unknown};
}
