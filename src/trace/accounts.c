#include <stdlib.h>

#include "trace/inside.h"

/* A change of what stands at an account. */
struct change {
    uint32_t account, tx;
    __int128 claim; /* more or, negative, less */
    u128 in;        /* arrived from others */
    uint16_t hops;
    bool suspected;
};
struct held {
    uint32_t account, asset;
};
struct ranked {
    struct address address;
    uint32_t account, row;
};
struct maker {
    const struct plan *plan;
    struct collector *collector;
    struct verdicts *verdicts;
    const struct unknown_reader *unknown;
    struct buffer changes, accounts, held, ranked;
};

static int change_compare(const void *left, const void *right) {
    const struct change *a = left, *b = right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    return a->tx < b->tx ? -1 : a->tx > b->tx;
}

static enum imjin_status add_change(struct maker *m, uint32_t account, uint32_t tx, u128 in, u128 out, uint16_t hops,
                                    bool suspected, struct error *err) {
    struct change c = {account, tx, (__int128)in - (__int128)out, in, hops, suspected};
    return account == ACCOUNT_FEES.n ? IMJIN_OK : buffer_push(&m->changes, &c, NULL, err);
}

static enum imjin_status collect_changes(struct maker *m, enum result_kind kind, struct error *err) {
    bool poison = kind == RESULT_REACH;
    const struct trace_edge *edges = m->collector->edges.items;
    for (size_t i = 0; i < m->collector->edges.count; i++) {
        const struct trace_edge *e = &edges[i];
        bool suspected = plan_theft(m->plan, e->theft)->suspected;
        u128 claim = poison || e->from.n == e->to.n ? 0 : e->claim;
        if (kind == RESULT_BACKWARDS) {
            TRY(add_change(m, e->from.n, e->tx.n, claim, 0, e->hops, suspected, err));
            TRY(add_change(m, e->to.n, e->tx.n, 0, 0, TRACE_HOPS_MAX, suspected, err));
            continue;
        }
        TRY(add_change(m, e->to.n, e->tx.n, claim, 0, e->hops, suspected, err));
        TRY(add_change(m, e->from.n, e->tx.n, 0, claim, TRACE_HOPS_MAX, suspected, err));
    }
    for (size_t i = 0; i < m->plan->thefts.count; i++) {
        const struct theft_plan *t = plan_theft(m->plan, i);
        for (uint64_t k = t->origin_first; k < t->origin_first + t->origin_count; k++) {
            const struct origin *o = plan_origin(m->plan, k);
            u128 units = poison ? 0 : o->units;
            TRY(add_change(m, t->account.n, o->tx, units, 0, t->suspected ? TRACE_HOPS_MAX : 0, t->suspected, err));
        }
    }
    if (m->changes.count)
        qsort(m->changes.items, m->changes.count, sizeof(struct change), change_compare);
    return IMJIN_OK;
}

/* The changes of one account, in order of time, from index `i` on; returns where they end. */
static size_t sum_account(const struct change *c, size_t count, size_t i, struct trace_account *a) {
    __int128 stands = 0, peak = 0;
    *a = (struct trace_account){.account = {c[i].account},
                                .first_tx = {c[i].tx},
                                .hops = TRACE_HOPS_MAX,
                                .tag = UINT64_MAX,
                                .service = {ID_NONE},
                                .suspected = true};
    size_t k = i;
    for (; k < count && c[k].account == c[i].account; k++) {
        stands += c[k].claim;
        if (k + 1 == count || c[k + 1].account != c[k].account || c[k + 1].tx != c[k].tx)
            peak = stands > peak ? stands : peak;
        a->claim_in += c[k].in;
        a->hops = c[k].hops < a->hops ? c[k].hops : a->hops;
        a->suspected &= c[k].suspected;
        a->last_tx.n = c[k].tx;
    }
    a->claim_peak = (u128)peak;
    return k;
}

static bool cut_off_reason(unsigned stop) { return stop == STOP_HORIZON || stop == STOP_DUST || stop == STOP_LIMIT; }

/* A stop of the account itself outweighs pieces that were cut off there; and those count only when nothing was followed. */
static void note_rest(struct trace_account *a, const struct trace_rest *r, bool *held) {
    if (r->stop == STOP_NONE) {
        a->claim_held += r->claim;
        *held = true;
    } else if (a->stop == STOP_NONE || (cut_off_reason(a->stop) && (!cut_off_reason(r->stop) || r->stop < a->stop))) {
        a->stop = r->stop;
    }
}

static int rest_by_account(const void *left, const void *right) {
    const struct trace_rest *const *a = left, *const *b = right;
    if ((*a)->account.n != (*b)->account.n)
        return (*a)->account.n < (*b)->account.n ? -1 : 1;
    return *a < *b ? -1 : *a > *b;
}

/* Which accounts gave on what they got: those were not cut off, whatever some piece was. */
static enum imjin_status note_rests(struct maker *m, struct error *err) {
    const struct trace_rest *rests = m->collector->rests.items;
    size_t count = m->collector->rests.count, k = 0;
    const struct trace_rest **order = memory_new(count, sizeof *order);
    if (order == NULL)
        return fail_memory(err, "resting claims");
    for (size_t i = 0; i < count; i++)
        order[i] = &rests[i];
    qsort(order, count, sizeof *order, rest_by_account);
    struct trace_account *accounts = m->accounts.items;
    for (size_t i = 0; i < m->accounts.count; i++) {
        bool held = false;
        while (k < count && order[k]->account.n < accounts[i].account.n)
            k++;
        for (; k < count && order[k]->account.n == accounts[i].account.n; k++)
            note_rest(&accounts[i], order[k], &held);
        if (cut_off_reason(accounts[i].stop) && held)
            accounts[i].stop = STOP_NONE;
    }
    memory_free(order);
    return IMJIN_OK;
}

static void note_givers(struct maker *m, const uint32_t *givers, size_t count) {
    struct trace_account *accounts = m->accounts.items;
    size_t k = 0;
    for (size_t i = 0; i < m->accounts.count; i++) {
        while (k < count && givers[k] < accounts[i].account.n)
            k++;
        bool gives = k < count && givers[k] == accounts[i].account.n;
        if ((gives || plan_is_source(m->plan, accounts[i].account)) && cut_off_reason(accounts[i].stop))
            accounts[i].stop = STOP_NONE;
    }
}

static int u32_compare(const void *left, const void *right) {
    uint32_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return a < b ? -1 : a > b;
}

static enum imjin_status clear_followed(struct maker *m, struct error *err) {
    const struct trace_edge *edges = m->collector->edges.items;
    size_t count = m->collector->edges.count;
    uint32_t *givers = memory_new(count, sizeof *givers);
    if (givers == NULL)
        return fail_memory(err, "accounts reached");
    for (size_t i = 0; i < count; i++)
        givers[i] = edges[i].from.n;
    qsort(givers, count, sizeof *givers, u32_compare);
    note_givers(m, givers, count);
    memory_free(givers);
    return IMJIN_OK;
}

static int held_compare(const void *left, const void *right) {
    const struct held *a = left, *b = right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    return a->asset < b->asset ? -1 : a->asset > b->asset;
}

static enum imjin_status collect_held(struct maker *m, struct error *err) {
    const struct trace_edge *edges = m->collector->edges.items;
    for (size_t i = 0; i < m->collector->edges.count; i++) {
        struct held h = {edges[i].to.n, edges[i].asset_in.n};
        TRY(buffer_push(&m->held, &h, NULL, err));
    }
    for (size_t i = 0; i < m->plan->thefts.count; i++) {
        struct held h = {plan_theft(m->plan, i)->account.n, plan_theft(m->plan, i)->asset.n};
        TRY(buffer_push(&m->held, &h, NULL, err));
    }
    if (m->held.count)
        qsort(m->held.items, m->held.count, sizeof(struct held), held_compare);
    return IMJIN_OK;
}

/* Of accounts that were followed; where following stopped nobody asks what was spent. */
static enum imjin_status note_unknown(struct maker *m, struct error *err) {
    TRY(collect_held(m, err));
    struct trace_account *accounts = m->accounts.items;
    const struct held *held = m->held.items;
    size_t k = 0;
    for (size_t i = 0; i < m->accounts.count; i++) {
        struct trace_account *a = &accounts[i];
        for (; k < m->held.count && held[k].account <= a->account.n; k++) {
            u128 unknown;
            if (held[k].account != a->account.n || a->stop != STOP_NONE || (k && held_compare(&held[k - 1], &held[k]) == 0))
                continue;
            TRY(m->unknown->unknown(m->unknown->context, a->account, (struct asset_id){held[k].asset}, &unknown, err));
            a->unknown_spent += unknown;
            a->incomplete |= unknown != 0;
        }
    }
    return IMJIN_OK;
}

static enum imjin_status note_labels(struct maker *m, struct error *err) {
    struct trace_account *accounts = m->accounts.items;
    for (size_t i = 0; i < m->accounts.count; i++) {
        struct trace_account *a = &accounts[i];
        struct verdict v;
        TRY(verdict_label(m->verdicts, a->account, &v, err));
        a->tag = v.tag;
        a->label_conflict = v.conflict;
        a->is_source = plan_is_source(m->plan, a->account);
        if (a->stop == STOP_DEPOSIT) {
            TRY(verdict_full(m->verdicts, a->account, &v, err));
            a->service.n = v.service;
        }
    }
    return IMJIN_OK;
}

static int ranked_compare(const void *left, const void *right) {
    const struct ranked *a = left, *b = right;
    int order = address_compare(&a->address, &b->address);
    return order ? order : a->account < b->account ? -1 : a->account > b->account;
}

static enum imjin_status rank_accounts(struct maker *m, struct error *err) {
    const struct trace_account *accounts = m->accounts.items;
    for (size_t i = 0; i < m->accounts.count; i++) {
        struct ranked r = {.account = accounts[i].account.n, .row = (uint32_t)i};
        TRY(ledger_address(m->verdicts->in->ledger, accounts[i].account, &r.address, err));
        TRY(buffer_push(&m->ranked, &r, NULL, err));
    }
    if (m->ranked.count)
        qsort(m->ranked.items, m->ranked.count, sizeof(struct ranked), ranked_compare);
    return IMJIN_OK;
}

/* Position of an account in the table by account number. */
static size_t row_of(const struct maker *m, uint32_t account) {
    const struct trace_account *accounts = m->accounts.items;
    size_t low = 0, high = m->accounts.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (accounts[middle].account.n < account)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct rest_key {
    struct trace_rest rest;
    uint32_t rank;
};

static int rest_key_compare(const void *left, const void *right) {
    const struct rest_key *a = left, *b = right;
    if (a->rest.theft != b->rest.theft)
        return a->rest.theft < b->rest.theft ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->rest.asset.n != b->rest.asset.n)
        return a->rest.asset.n < b->rest.asset.n ? -1 : 1;
    if (a->rest.tx.n != b->rest.tx.n)
        return a->rest.tx.n < b->rest.tx.n ? -1 : 1;
    return a->rest.stop < b->rest.stop ? -1 : a->rest.stop > b->rest.stop;
}

static enum imjin_status copy_rests(struct trace_result *r, struct maker *m, const uint32_t *ranks, struct error *err) {
    const struct trace_rest *rests = m->collector->rests.items;
    size_t count = r->policy == POLICY_POISON ? 0 : m->collector->rests.count;
    struct rest_key *keys = memory_new(count, sizeof *keys);
    r->rests = arena_new(&r->arena, count, sizeof *r->rests);
    if (keys == NULL || r->rests == NULL) {
        memory_free(keys);
        return fail_memory(err, "resting claims");
    }
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct rest_key){rests[i], ranks[row_of(m, rests[i].account.n)]};
    qsort(keys, count, sizeof *keys, rest_key_compare);
    for (size_t i = 0; i < count; i++)
        r->rests[i] = keys[i].rest;
    r->rest_count = count;
    memory_free(keys);
    return IMJIN_OK;
}

static enum imjin_status copy_all(struct trace_result *r, struct maker *m, const struct trace_theft *thefts,
                                  struct error *err) {
    const struct ranked *ranked = m->ranked.items;
    const struct trace_account *accounts = m->accounts.items;
    uint32_t *ranks = arena_new(&r->arena, m->accounts.count + 1, sizeof *ranks);
    r->thefts = arena_new(&r->arena, m->plan->thefts.count, sizeof *r->thefts);
    r->edges = arena_new(&r->arena, m->collector->edges.count, sizeof *r->edges);
    r->accounts = arena_new(&r->arena, m->accounts.count, sizeof *r->accounts);
    if (ranks == NULL || r->thefts == NULL || r->edges == NULL || r->accounts == NULL)
        return fail_memory(err, "the result of a trace");
    r->theft_count = m->plan->thefts.count;
    memcpy(r->thefts, thefts, r->theft_count * sizeof *thefts);
    r->edge_count = m->collector->edges.count;
    if (r->edge_count)
        memcpy(r->edges, m->collector->edges.items, r->edge_count * sizeof *r->edges);
    r->account_count = m->accounts.count;
    for (size_t i = 0; i < m->accounts.count; i++) {
        ranks[ranked[i].row] = (uint32_t)i;
        r->accounts[i] = accounts[ranked[i].row];
    }
    return copy_rests(r, m, ranks, err);
}

static enum imjin_status make_accounts(struct maker *m, enum result_kind kind, struct error *err) {
    TRY(collect_changes(m, kind, err));
    const struct change *changes = m->changes.items;
    for (size_t i = 0; i < m->changes.count;) {
        struct trace_account a;
        i = sum_account(changes, m->changes.count, i, &a);
        TRY(buffer_push(&m->accounts, &a, NULL, err));
    }
    TRY(note_rests(m, err));
    TRY(clear_followed(m, err));
    TRY(note_unknown(m, err));
    TRY(note_labels(m, err));
    return rank_accounts(m, err);
}

static void maker_done(struct maker *m) {
    buffer_done(&m->changes);
    buffer_done(&m->accounts);
    buffer_done(&m->held);
    buffer_done(&m->ranked);
}

enum imjin_status result_make(struct trace_result **ret, const struct plan *p, struct collector *c, struct verdicts *v,
                              const struct trace_theft *thefts, const struct unknown_reader *unknown, enum result_kind kind,
                              struct error *err) {
    struct maker m = {
        .plan = p,
        .collector = c,
        .verdicts = v,
        .unknown = unknown,
        .changes = {.item_bytes = sizeof(struct change), .items_max = 4 * TRACE_ITEMS_MAX, .what = "claims at accounts"},
        .accounts = {.item_bytes = sizeof(struct trace_account), .items_max = TRACE_ITEMS_MAX, .what = "accounts reached"},
        .held = {.item_bytes = sizeof(struct held), .items_max = 4 * TRACE_ITEMS_MAX, .what = "holdings reached"},
        .ranked = {.item_bytes = sizeof(struct ranked), .items_max = TRACE_ITEMS_MAX, .what = "accounts reached"},
    };
    struct trace_result *r = memory_new(1, sizeof *r);
    if (r == NULL)
        return fail_memory(err, "the result of a trace");
    r->policy = v->request->policy;
    collector_compact(c);
    enum imjin_status status = make_accounts(&m, kind, err);
    if (status == IMJIN_OK)
        status = copy_all(r, &m, thefts, err);
    maker_done(&m);
    if (status == IMJIN_OK)
        *ret = r;
    else
        trace_result_free(r);
    return status;
}

void trace_result_free(struct trace_result *r) {
    if (r == NULL)
        return;
    arena_done(&r->arena);
    memory_free(r);
}
