#include <stdlib.h>

#include "trace/inside.h"

void plan_init(struct plan *p) {
    *p = (struct plan){
        .thefts = {.item_bytes = sizeof(struct theft_plan), .items_max = TRACE_THEFTS_MAX, .what = "thefts"},
        .origins = {.item_bytes = sizeof(struct origin), .items_max = TRACE_ITEMS_MAX, .what = "arrivals at sources"},
        .accounts = {.item_bytes = sizeof(uint32_t), .items_max = TRACE_THEFTS_MAX, .what = "sources"},
        .by_holding = {.item_bytes = sizeof(uint32_t), .items_max = TRACE_THEFTS_MAX, .what = "thefts"},
        .horizon_tx = ID_NONE,
    };
}

void plan_done(struct plan *p) {
    buffer_done(&p->thefts);
    buffer_done(&p->origins);
    buffer_done(&p->accounts);
    buffer_done(&p->by_holding);
}

enum imjin_status plan_add_theft(struct plan *p, struct account_id account, struct asset_id asset, struct holding_id holding,
                                 bool suspected, struct error *err) {
    struct theft_plan theft = {account, asset, holding, p->origins.count, 0, 0, suspected};
    return buffer_push(&p->thefts, &theft, NULL, err);
}

static struct theft_plan *last_theft(struct plan *p) { return (struct theft_plan *)p->thefts.items + p->thefts.count - 1; }

enum imjin_status plan_add_origin(struct plan *p, struct origin o, struct error *err) {
    TRY(buffer_push(&p->origins, &o, NULL, err));
    last_theft(p)->origin_count++;
    last_theft(p)->units += o.units;
    return IMJIN_OK;
}

bool plan_end_theft(struct plan *p) {
    bool empty = last_theft(p)->origin_count == 0;
    p->thefts.count -= empty;
    return !empty;
}

static int u32_compare(const void *left, const void *right) {
    uint32_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return a < b ? -1 : a > b;
}

static int holding_compare(const struct theft_plan *t, struct account_id account, struct asset_id asset) {
    if (t->account.n != account.n)
        return t->account.n < account.n ? -1 : 1;
    return t->asset.n < asset.n ? -1 : t->asset.n > asset.n;
}

static int by_holding_compare(const void *left, const void *right, void *context) {
    const struct plan *p = context;
    uint32_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    int order = holding_compare(plan_theft(p, a), plan_theft(p, b)->account, plan_theft(p, b)->asset);
    return order ? order : a < b ? -1 : a > b;
}

enum imjin_status plan_index(struct plan *p, struct error *err) {
    for (uint32_t i = 0; i < p->thefts.count; i++) {
        TRY(buffer_push(&p->accounts, &plan_theft(p, i)->account.n, NULL, err));
        TRY(buffer_push(&p->by_holding, &i, NULL, err));
    }
    if (p->accounts.count == 0)
        return IMJIN_OK;
    qsort(p->accounts.items, p->accounts.count, sizeof(uint32_t), u32_compare);
    qsort_r(p->by_holding.items, p->by_holding.count, sizeof(uint32_t), by_holding_compare, p);
    return IMJIN_OK;
}

bool plan_is_source(const struct plan *p, struct account_id a) {
    return p->accounts.count && bsearch(&a.n, p->accounts.items, p->accounts.count, sizeof(uint32_t), u32_compare) != NULL;
}

static bool theft_touches(const struct plan *p, const struct theft_plan *t, u128 from, u128 to) {
    for (uint64_t i = t->origin_first; i < t->origin_first + t->origin_count; i++) {
        const struct origin *o = plan_origin(p, i);
        if (o->from >= to)
            return false;
        if (from < o->from + o->units)
            return true;
    }
    return false;
}

/* First of the thefts of a holding in by_holding. */
static uint64_t thefts_of(const struct plan *p, struct account_id account, struct asset_id asset) {
    const uint32_t *index = p->by_holding.items;
    uint64_t low = 0, high = p->by_holding.count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (holding_compare(plan_theft(p, index[middle]), account, asset) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool plan_overlaps(const struct plan *p, uint32_t theft, struct account_id account, struct asset_id asset, u128 from, u128 to) {
    const uint32_t *index = p->by_holding.items;
    if (!plan_is_source(p, account))
        return false;
    for (uint64_t i = thefts_of(p, account, asset);
         i < p->by_holding.count && holding_compare(plan_theft(p, index[i]), account, asset) == 0; i++)
        if (index[i] != theft && theft_touches(p, plan_theft(p, index[i]), from, to))
            return true;
    return false;
}

bool plan_stolen_at(const struct plan *p, struct account_id account, struct asset_id asset, u128 at, u128 *end, u128 *next) {
    const uint32_t *index = p->by_holding.items;
    for (uint64_t i = thefts_of(p, account, asset);
         i < p->by_holding.count && holding_compare(plan_theft(p, index[i]), account, asset) == 0; i++) {
        const struct theft_plan *t = plan_theft(p, index[i]);
        for (uint64_t k = t->origin_first; k < t->origin_first + t->origin_count; k++) {
            const struct origin *o = plan_origin(p, k);
            if (o->from <= at && at < o->from + o->units) {
                *end = o->from + o->units;
                return true;
            }
            if (o->from > at && o->from < *next)
                *next = o->from;
        }
    }
    return false;
}

/* ---- from a request to thefts ---- */

static enum imjin_status nothing_received(const struct trace_input *in, struct account_id account, struct error *err) {
    struct address address;
    char text[ADDRESS_PRINT_MAX];
    TRY(ledger_address(in->ledger, account, &address, err));
    address_print(&address, text);
    return fail(err, IMJIN_NOT_FOUND,
                "the source %s received nothing that matches: check asset, time and transaction, or import more of its history",
                text);
}

/* The source's first transaction that counts. */
static enum imjin_status first_tx_of(const struct trace_input *in, const struct trace_source *s, uint32_t *ret,
                                     struct error *err) {
    *ret = s->has_tx ? s->tx.n : 0;
    if (!s->has_time || s->has_tx)
        return IMJIN_OK;
    uint64_t number = ledger_from_time(in->ledger, s->time_from);
    struct movement m;
    *ret = ID_NONE;
    if (number >= ledger_counts(in->ledger)->movements)
        return IMJIN_OK;
    TRY(ledger_movement(in->ledger, number, &m, err));
    *ret = m.tx;
    return IMJIN_OK;
}

static enum imjin_status plan_holding(struct plan *p, const struct trace_source *s, struct account_id account,
                                      struct asset_id asset, uint32_t tx, const struct inflow_reader *reader, bool *ret_any,
                                      struct error *err) {
    struct buffer inflows = {.item_bytes = sizeof(struct origin), .items_max = TRACE_ITEMS_MAX, .what = "arrivals at a source"};
    u128 left = s->has_units ? s->units : U128_MAX;
    enum imjin_status status = plan_add_theft(p, account, asset, reader->holding(reader->context, account, asset), false, err);
    if (status == IMJIN_OK)
        status = reader->inflows(reader->context, account, asset, tx, s->has_tx ? tx : ID_NONE, left, &inflows, err);
    const struct origin *flows = inflows.items;
    for (size_t i = 0; i < inflows.count && left && status == IMJIN_OK; i++) {
        struct origin o = {flows[i].from, flows[i].units, flows[i].tx, flows[i].order};
        if (s->has_tx && (o.tx != s->tx.n || o.order != ORIGIN_GAIN))
            continue;
        o.units = o.units < left ? o.units : left;
        left -= o.units;
        status = plan_add_origin(p, o, err);
    }
    buffer_done(&inflows);
    if (status == IMJIN_OK)
        *ret_any |= plan_end_theft(p);
    return status;
}

static enum imjin_status plan_account(struct plan *p, const struct trace_input *in, const struct trace_source *s,
                                      struct account_id account, const struct inflow_reader *reader, struct error *err) {
    struct buffer assets = {.item_bytes = sizeof(uint32_t), .items_max = TRACE_ITEMS_MAX, .what = "assets of a source"};
    uint32_t tx;
    bool any = false;
    TRY(first_tx_of(in, s, &tx, err));
    enum imjin_status status = IMJIN_OK;
    if (s->has_asset)
        status = buffer_push(&assets, &s->asset.n, NULL, err);
    else
        status = reader->assets(reader->context, account, &assets, err);
    uint32_t *list = assets.items;
    if (status == IMJIN_OK && !s->has_asset && s->has_units && assets.count > 1) {
        assets.count = 1;
        list[0] = ASSET_NATIVE_ID;
    }
    for (size_t i = 0; i < assets.count && tx != ID_NONE && status == IMJIN_OK; i++)
        status = plan_holding(p, s, account, (struct asset_id){list[i]}, tx, reader, &any, err);
    buffer_done(&assets);
    if (status == IMJIN_OK && !any)
        status = nothing_received(in, account, err);
    return status;
}

static int receiver_compare(const void *left, const void *right) {
    const struct receiver *a = left, *b = right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    return a->asset < b->asset ? -1 : a->asset > b->asset;
}

static enum imjin_status plan_receivers(struct plan *p, const struct trace_source *s, struct buffer *receivers,
                                        const struct inflow_reader *reader, struct error *err) {
    struct receiver *list = receivers->items;
    bool any = false;
    if (receivers->count)
        qsort(list, receivers->count, sizeof *list, receiver_compare);
    for (size_t i = 0; i < receivers->count; i++) {
        if ((s->has_asset && s->asset.n != list[i].asset) || (i && receiver_compare(&list[i - 1], &list[i]) == 0))
            continue;
        TRY(plan_holding(p, s, (struct account_id){list[i].account}, (struct asset_id){list[i].asset}, s->tx.n, reader, &any,
                         err));
    }
    return any ? IMJIN_OK
               : fail(err, IMJIN_NOT_FOUND, "nobody only receives in the transaction: name the account whose money it is");
}

/* A transaction alone: who got something for nothing in it. */
static enum imjin_status plan_transaction(struct plan *p, const struct trace_input *in, const struct trace_source *s,
                                          const struct inflow_reader *reader, struct error *err) {
    struct buffer receivers = {.item_bytes = sizeof(struct receiver), .items_max = TRACE_ITEMS_MAX, .what = "receivers"};
    struct ledger_tx tx;
    TRY(ledger_tx(in->ledger, s->tx, &tx, err));
    enum imjin_status status = reader->receivers(reader->context, &tx, &receivers, err);
    if (status == IMJIN_OK)
        status = plan_receivers(p, s, &receivers, reader, err);
    buffer_done(&receivers);
    return status;
}

static enum imjin_status plan_horizon(struct plan *p, const struct trace_input *in, int64_t until, struct error *err) {
    struct trace_source after = {.has_time = true, .time_from = until};
    if (until == TIME_UNKNOWN || until == INT64_MAX)
        return IMJIN_OK;
    after.time_from = until + 1;
    return first_tx_of(in, &after, &p->horizon_tx, err);
}

enum imjin_status plan_make(struct plan *p, const struct trace_input *in, const struct trace_request *request,
                            const struct inflow_reader *reader, struct error *err) {
    if (request->source_count == 0 || request->source_count > TRACE_SOURCES_MAX)
        return fail(err, IMJIN_USAGE, "a trace takes 1 to %d sources, not %u", TRACE_SOURCES_MAX, request->source_count);
    TRY(plan_horizon(p, in, request->time_until, err));
    for (uint32_t i = 0; i < request->source_count; i++) {
        const struct trace_source *s = &request->sources[i];
        if (s->account.n != ID_NONE) {
            if (s->account.n < ACCOUNTS_RESERVED || s->account.n >= ledger_counts(in->ledger)->accounts)
                return fail(err, IMJIN_USAGE, "source %u is not an account that holds money", i + 1);
            TRY(plan_account(p, in, s, s->account, reader, err));
        } else if (s->has_tx) {
            TRY(plan_transaction(p, in, s, reader, err));
        } else {
            return fail(err, IMJIN_USAGE, "source %u names neither an account nor a transaction", i + 1);
        }
    }
    return plan_index(p, err);
}
