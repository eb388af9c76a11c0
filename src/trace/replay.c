#include "trace/replay.h"
#include "trace/replay_line.h"

/* What every holding of the ledger needs: 32 bytes, so that two share a cache line. */
struct seat {
    u128 balance;
    uint32_t account, asset;
    uint32_t taint; /* 0: none */
    uint32_t used;
};
_Static_assert(sizeof(struct seat) == 32, "two seats a cache line");

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

struct replay {
    struct tracer *t;
    const struct progress *progress;
    struct settler *settler;
    struct account_lines lines;
    struct seat *seats;  /* by account */
    struct seat *others; /* hash table */
    uint64_t seat_count, others_room, others_count;
    struct buffer taints;     /* struct taint; index 0 is none */
    struct buffer theft_next; /* uint32_t: theft + 1, chains of thefts of one source holding */
    struct buffer theft_at;   /* uint64_t: the next origin of a theft */
    struct buffer pendings, edges;
    struct spread spread;
    uint8_t *assets;     /* enum: what is known of each */
    struct buffer bases; /* u128: where the gains of a transaction begin on their in-lines */
    /* at hand */
    uint64_t first_theft, passes;
    const struct settled *settled;
    const struct lot *lot;
    const struct taint *giver;
    uint32_t tx;
};

enum { OTHERS_FIRST = 1 << 12, AHEAD = 24, AHEAD_OTHERS = 12, PROGRESS_EACH = 1 << 20 };

static uint64_t seat_hash(uint32_t account, uint32_t asset) {
    uint64_t key = ((uint64_t)asset << 32 | account) * 0x9E3779B97F4A7C15u;
    return key >> 20 ^ key >> 43;
}

static struct seat *other_slot(struct seat *seats, uint64_t room, uint32_t account, uint32_t asset) {
    uint64_t i = seat_hash(account, asset) & (room - 1);
    while (seats[i].used && (seats[i].account != account || seats[i].asset != asset))
        i = (i + 1) & (room - 1);
    return &seats[i];
}

static enum imjin_status others_grow(struct replay *r, struct error *err) {
    uint64_t room = r->others_room ? 2 * r->others_room : OTHERS_FIRST;
    struct seat *seats = memory_new_pages(room * sizeof *seats);
    if (seats == NULL)
        return fail_memory(err, "holdings of the ledger");
    for (uint64_t i = 0; i < r->others_room; i++)
        if (r->others[i].used)
            *other_slot(seats, room, r->others[i].account, r->others[i].asset) = r->others[i];
    memory_free_pages(r->others, r->others_room * sizeof *r->others);
    r->others = seats;
    r->others_room = room;
    return IMJIN_OK;
}

/* Accounts are numbered by first appearance, so neighbours in time are neighbours in memory; the first asset of each account
 * sits at the account's own place, the others in a hash table. A new seat may move those others. */
static inline enum imjin_status seat_find(struct replay *r, uint32_t account, uint32_t asset, struct seat **ret,
                                          struct error *err) {
    struct seat *seat = &r->seats[account];
    if (seat->used && seat->asset != asset) {
        if (r->others_count * 4 >= r->others_room * 3)
            TRY(others_grow(r, err));
        seat = other_slot(r->others, r->others_room, account, asset);
        r->others_count += !seat->used;
    }
    if (!seat->used)
        *seat = (struct seat){.account = account, .asset = asset, .used = 1};
    *ret = seat;
    return IMJIN_OK;
}

static struct taint *taint_at(struct replay *r, uint32_t i) { return (struct taint *)r->taints.items + i; }

static enum imjin_status taint_new(struct replay *r, struct seat *seat, struct error *err) {
    struct taint t = {
        .account = seat->account,
        .asset = seat->asset,
        .received = seat->balance,
        .lots = {.item_bytes = sizeof(struct lot), .items_max = TRACE_ITEMS_MAX, .what = "lots of a holding"},
        .stack = {.item_bytes = sizeof(struct stretch), .items_max = TRACE_ITEMS_MAX, .what = "stretches of a holding"},
    };
    struct stretch before = {0, seat->balance};
    TRY(buffer_push(&r->taints, &t, NULL, err));
    seat->taint = (uint32_t)r->taints.count - 1;
    if (seat->balance && r->t->request->policy == POLICY_LIFO)
        TRY(buffer_push(&taint_at(r, seat->taint)->stack, &before, NULL, err));
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

static enum imjin_status draw_tainted(struct replay *r, struct seat *seat, uint32_t draw, u128 units, uint32_t *link,
                                      struct error *err) {
    struct taint *t = taint_at(r, seat->taint);
    if (seat->balance < units)
        TRY(receive(r, t, units - seat->balance, err));
    if (t->lots.count || r->t->request->policy == POLICY_LIFO) {
        u128 balance = seat->balance < units ? units : seat->balance;
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

static enum imjin_status draws(struct replay *r, struct error *err) {
    const struct settled *s = r->settled;
    uint32_t link = 0;
    r->pendings.count = 0;
    for (uint32_t i = 0; i < s->draw_count; i++) {
        const struct settle_side *d = &s->draws[i];
        struct seat *seat;
        if (d->account.n < ACCOUNTS_RESERVED)
            continue;
        TRY(seat_find(r, d->account.n, d->asset.n, &seat, err));
        if (seat->taint)
            TRY(draw_tainted(r, seat, i, d->units, &link, err));
        seat->balance = seat->balance < d->units ? 0 : seat->balance - d->units;
    }
    return IMJIN_OK;
}

/* ---- gains ---- */

static enum imjin_status arrive(struct replay *r, const struct pending *p, const u128 *bases, struct error *err) {
    struct seat *seat;
    bool follow;
    u128 from = bases[p->gain] + p->in_from;
    TRY(tracer_arrive(r->t, &p->edge, from, &follow, err));
    if (!follow)
        return IMJIN_OK;
    TRY(seat_find(r, p->edge.to.n, p->edge.asset_in.n, &seat, err));
    struct lot lot = {from, p->edge.units_in, p->edge.claim, p->edge.theft, r->tx, p->edge.hops};
    return claim_add(r, taint_at(r, seat->taint), lot, err);
}

static bool awaited(const struct replay *r, uint32_t gain) {
    const struct pending *pendings = r->pendings.items;
    for (size_t i = 0; i < r->pendings.count; i++)
        if (pendings[i].gain == gain)
            return true;
    return false;
}

static enum imjin_status gain(struct replay *r, uint32_t i, struct error *err) {
    const struct settle_side *g = &r->settled->gains[i];
    struct seat *seat;
    if (g->account.n < ACCOUNTS_RESERVED)
        return IMJIN_OK;
    TRY(seat_find(r, g->account.n, g->asset.n, &seat, err));
    if (seat->taint == 0 && r->pendings.count && awaited(r, i))
        TRY(taint_new(r, seat, err));
    if (seat->taint) {
        ((u128 *)r->bases.items)[i] = taint_at(r, seat->taint)->received;
        TRY(receive(r, taint_at(r, seat->taint), g->units, err));
    }
    seat->balance += g->units;
    return IMJIN_OK;
}

/* A holding that claims will reach gets its queues, and says where its in-line stands, before the units are added. */
static enum imjin_status gains(struct replay *r, struct error *err) {
    const struct settled *s = r->settled;
    TRY(buffer_reserve(&r->bases, s->gain_count, err));
    for (uint32_t i = 0; i < s->gain_count; i++)
        TRY(gain(r, i, err));
    for (size_t i = 0; i < r->pendings.count; i++)
        TRY(arrive(r, (const struct pending *)r->pendings.items + i, r->bases.items, err));
    return IMJIN_OK;
}

static enum imjin_status settled_tx(struct replay *r, const struct settled *s, struct error *err) {
    r->settled = s;
    TRY(draws(r, err));
    return gains(r, err);
}

/* ---- the pass ---- */

enum { ASSET_UNASKED = 0, ASSET_TRACEABLE, ASSET_UNTRACEABLE };

static inline bool is_plain(const struct replay *r, const struct movement *m) {
    return m->from >= ACCOUNTS_RESERVED && m->to >= ACCOUNTS_RESERVED && m->from != m->to && movement_units(m) != 0 &&
           movement_kind(m) != MOVEMENT_FEE && r->assets[m->asset] == ASSET_TRACEABLE;
}

static enum imjin_status pay_stolen(struct replay *r, uint64_t number, const struct movement *m, struct error *err) {
    u128 units = movement_units(m);
    struct settle_side draw = {{m->from}, {m->asset}, units}, gain = {{m->to}, {m->asset}, units};
    struct settle_link link = {0, 0, 0, units, 0, units, 0, 1, 1, RULE_TRANSFER, false, (uint32_t)number};
    struct settled s = {&draw, &gain, &link, 1, 1, 1, false};
    return settled_tx(r, &s, err);
}

/* The commonest transaction: one payment. Untouched by any theft it is a load, a test and two adds at each side. */
static inline enum imjin_status pay(struct replay *r, uint64_t number, const struct movement *m, struct error *err) {
    struct seat *from, *to;
    u128 units = movement_units(m);
    TRY(seat_find(r, m->to, m->asset, &to, err));
    TRY(seat_find(r, m->from, m->asset, &from, err));
    if (to != &r->seats[m->to])
        TRY(seat_find(r, m->to, m->asset, &to, err)); /* it may have moved */
    if (from->taint | to->taint)
        return pay_stolen(r, number, m, err);
    from->balance = from->balance < units ? 0 : from->balance - units;
    to->balance += units;
    return IMJIN_OK;
}

/* The settler knows which assets cannot be traced; a transaction of one movement tells. */
static enum imjin_status settle_any(struct replay *r, const struct movement *m, uint64_t first, uint32_t count,
                                    struct error *err) {
    struct settled s;
    TRY(settle_tx(r->settler, first, count, &s, err));
    if (count == 1)
        r->assets[m[first].asset] = s.untraceable ? ASSET_UNTRACEABLE : ASSET_TRACEABLE;
    return settled_tx(r, &s, err);
}

static inline void prefetch(const struct replay *r, const struct movement *m) {
    const struct movement *far = m + AHEAD, *near = m + AHEAD_OTHERS;
    if (far->from < r->seat_count && far->to < r->seat_count) {
        __builtin_prefetch(&r->seats[far->from], 1);
        __builtin_prefetch(&r->seats[far->to], 1);
    }
    if (near->from >= r->seat_count || near->to >= r->seat_count || r->others_room == 0)
        return;
    if (r->seats[near->from].asset != near->asset)
        __builtin_prefetch(&r->others[seat_hash(near->from, near->asset) & (r->others_room - 1)], 1);
    if (r->seats[near->to].asset != near->asset)
        __builtin_prefetch(&r->others[seat_hash(near->to, near->asset) & (r->others_room - 1)], 1);
}

static inline bool is_sound(const struct ledger_counts *c, const struct movement *m) {
    return m->tx < c->txs && m->from < c->accounts && m->to < c->accounts && m->asset < c->assets &&
           movement_kind(m) < MOVEMENT_KINDS;
}

static enum imjin_status pass(struct replay *r, struct error *err) {
    const struct ledger_counts *counts = ledger_counts(r->t->in->ledger);
    const struct movement *m = ledger_movements(r->t->in->ledger);
    uint64_t count = counts->movements, step = 0;
    for (uint64_t first = 0, end; first < count; first = end) {
        for (end = first; end < count && m[end].tx == m[first].tx; end++) {
            if (!is_sound(counts, &m[end]))
                return fail(err, IMJIN_BAD_INPUT, "the ledger is damaged at movement %llu: run verify",
                            (unsigned long long)end);
            if (end + AHEAD < count)
                prefetch(r, &m[end]);
        }
        r->tx = m[first].tx;
        if (end - first == 1 && is_plain(r, &m[first]))
            TRY(pay(r, first, &m[first], err));
        else
            TRY(settle_any(r, m, first, (uint32_t)(end - first), err));
        if (first >= step) {
            TRY(progress_step(r->progress, "replaying", "movements", first, count, err));
            step = first + PROGRESS_EACH;
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
    r->taints.count = 0;
}

static enum imjin_status place_sources(struct replay *r, struct error *err) {
    uint32_t zero = 0;
    for (uint64_t i = 0; i < r->t->plan->thefts.count; i++) {
        const struct theft_plan *theft = plan_theft(r->t->plan, i);
        struct seat *seat;
        TRY(buffer_push(&r->theft_next, &zero, NULL, err));
        TRY(buffer_push(&r->theft_at, &theft->origin_first, NULL, err));
        if (i < r->first_theft)
            continue;
        TRY(seat_find(r, theft->account.n, theft->asset.n, &seat, err));
        if (seat->taint == 0)
            TRY(taint_new(r, seat, err));
        struct taint *t = taint_at(r, seat->taint);
        ((uint32_t *)r->theft_next.items)[i] = t->theft_first;
        t->theft_first = (uint32_t)i + 1;
    }
    return IMJIN_OK;
}

static enum imjin_status begin(struct replay *r, struct error *err) {
    struct taint none = {0};
    taints_free(r);
    r->theft_next.count = r->theft_at.count = 0;
    if (r->passes++) {
        memset(r->seats, 0, r->seat_count * sizeof *r->seats);
        memset(r->others, 0, r->others_room * sizeof *r->others);
    }
    r->others_count = 0;
    TRY(buffer_push(&r->taints, &none, NULL, err));
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
    for (uint32_t i = 1; i < r->taints.count; i++) {
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

static enum imjin_status seats_new(struct replay *r, struct error *err) {
    const struct ledger_counts *counts = ledger_counts(r->t->in->ledger);
    r->seat_count = counts->accounts;
    r->seats = memory_new_pages(r->seat_count * sizeof *r->seats);
    r->assets = memory_new(counts->assets, sizeof *r->assets);
    if (r->seats == NULL || r->assets == NULL)
        return fail_memory(err, "holdings of the ledger");
    return others_grow(r, err);
}

enum imjin_status replay_new(struct replay **ret, struct tracer *t, const struct progress *p, struct error *err) {
    struct replay *r = memory_new(1, sizeof *r);
    if (r == NULL)
        return fail_memory(err, "a replay");
    *r = (struct replay){
        .t = t,
        .progress = p,
        .taints = {.item_bytes = sizeof(struct taint), .items_max = TRACE_ITEMS_MAX, .what = "holdings reached"},
        .theft_next = {.item_bytes = sizeof(uint32_t), .items_max = TRACE_THEFTS_MAX, .what = "thefts"},
        .theft_at = {.item_bytes = sizeof(uint64_t), .items_max = TRACE_THEFTS_MAX, .what = "thefts"},
        .pendings = {.item_bytes = sizeof(struct pending), .items_max = TRACE_ITEMS_MAX, .what = "claims in a transaction"},
        .bases = {.item_bytes = sizeof(u128), .items_max = TRACE_ITEMS_MAX, .what = "gains of a transaction"},
        .edges = {.item_bytes = sizeof(struct flow_edge), .items_max = TRACE_ITEMS_MAX, .what = "links of a transaction"},
    };
    spread_init(&r->spread, land, r);
    enum imjin_status status = settler_new(&r->settler, t->in->ledger, t->request->rules, err);
    account_lines_init(&r->lines, t->in->ledger, r->settler);
    if (status == IMJIN_OK)
        status = seats_new(r, err);
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
    memory_free_pages(r->seats, r->seat_count * sizeof *r->seats);
    memory_free_pages(r->others, r->others_room * sizeof *r->others);
    memory_free(r->assets);
    if (r->settler)
        settler_free(r->settler);
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
    TRY(settle_tx(r->settler, tx->first, tx->count, &s, err));
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
