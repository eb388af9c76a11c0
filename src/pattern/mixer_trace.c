/* Batches from a trace: what was followed into the pools. */
#include "pattern/mixer_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A depositor's pause that ends a batch: who stops for a day begins anew. */
static const int64_t batch_pause = 86400;

struct arrival { /* of stolen notes in one transaction */
    struct account_id from;
    uint32_t pool;
    int64_t time;
    uint64_t notes;
};

static int compare_arrivals(const void *a, const void *b) {
    const struct arrival *x = a, *y = b;
    if (x->pool != y->pool)
        return x->pool < y->pool ? -1 : 1;
    if (x->from.n != y->from.n)
        return x->from.n < y->from.n ? -1 : 1;
    return (x->time > y->time) - (x->time < y->time);
}

static uint32_t pool_of(const struct trace_edge *e, const struct mixer_pool *pools, uint32_t pool_count) {
    for (uint32_t i = 0; e->asset_in.n == ASSET_NATIVE_ID && i < pool_count; i++)
        if (pools[i].account.n != ID_NONE && pools[i].account.n == e->to.n)
            return i;
    return pool_count;
}

static bool same_arrival(const struct trace_edge *a, const struct trace_edge *b) {
    return a->tx.n == b->tx.n && a->movement == b->movement && a->from.n == b->from.n && a->to.n == b->to.n;
}

/* Adds the edges from `first` on that belong to one arrival; *ret_end is behind them. Less than half a note is none. */
static enum imjin_status add_arrival(struct buffer *arrivals, const struct ledger *l, const struct trace_result *r,
                                     uint64_t first, const struct mixer_pool *pools, uint32_t pool_count, uint64_t *ret_end,
                                     struct error *err) {
    const struct trace_edge *e = &r->edges[first];
    struct arrival a = {.from = e->from, .pool = pool_of(e, pools, pool_count)};
    struct ledger_tx tx;
    u128 units = 0;
    uint64_t end = first;
    for (; end < r->edge_count && same_arrival(e, &r->edges[end]); end++)
        units += r->edges[end].units_in;
    *ret_end = end;
    if (a.pool == pool_count)
        return IMJIN_OK;
    u128 notes = (units + pools[a.pool].note / 2) / pools[a.pool].note;
    if (notes == 0)
        return IMJIN_OK;
    TRY(ledger_tx(l, e->tx, &tx, err));
    if (tx.time == TIME_UNKNOWN)
        return IMJIN_OK;
    a.time = tx.time;
    a.notes = notes < MIXER_NOTES_MAX ? (uint64_t)notes : MIXER_NOTES_MAX;
    return buffer_push(arrivals, &a, NULL, err);
}

static enum imjin_status name_batch(struct mixer_batch *b, const struct ledger *l, struct account_id from, unsigned number,
                                    struct error *err) {
    struct address address;
    char text[ADDRESS_PRINT_MAX];
    TRY(ledger_address(l, from, &address, err));
    address_print(&address, text);
    snprintf(b->name, sizeof b->name, "%.48s-%u", text, number);
    return IMJIN_OK;
}

static enum imjin_status make_batches(struct buffer *batches, const struct ledger *l, const struct arrival *a, uint64_t count,
                                      struct error *err) {
    unsigned number = 0;
    for (uint64_t i = 0; i < count;) {
        struct mixer_batch b = {.pool = a[i].pool, .first = a[i].time};
        uint64_t end = i;
        number = i && a[i].from.n == a[i - 1].from.n && a[i].pool == a[i - 1].pool ? number + 1 : 1;
        for (; end < count && a[end].pool == a[i].pool && a[end].from.n == a[i].from.n; end++) {
            if (end > i && a[end].time - a[end - 1].time > batch_pause)
                break;
            b.notes = b.notes + a[end].notes < MIXER_NOTES_MAX ? b.notes + a[end].notes : MIXER_NOTES_MAX;
            b.last = a[end].time;
        }
        TRY(name_batch(&b, l, a[i].from, number, err));
        TRY(buffer_push(batches, &b, NULL, err));
        i = end;
    }
    return IMJIN_OK;
}

static enum imjin_status collect(struct buffer *arrivals, struct buffer *batches, const struct ledger *l,
                                 const struct trace_result *r, const struct mixer_pool *pools, uint32_t pool_count,
                                 struct error *err) {
    for (uint64_t i = 0; i < r->edge_count;)
        TRY(add_arrival(arrivals, l, r, i, pools, pool_count, &i, err));
    if (arrivals->count == 0)
        return fail(err, IMJIN_NOT_FOUND, "nothing of what was stolen went into a pool as whole notes");
    qsort(arrivals->items, arrivals->count, sizeof(struct arrival), compare_arrivals);
    return make_batches(batches, l, arrivals->items, arrivals->count, err);
}

enum imjin_status mixer_batches_from_trace(struct mixer_batches *ret, const struct ledger *l, const struct trace_result *r,
                                           const struct mixer_pool *pools, uint32_t pool_count, struct error *err) {
    struct buffer arrivals = {.item_bytes = sizeof(struct arrival), .items_max = MIXER_WITHDRAWALS_MAX, .what = "deposits"};
    struct buffer batches = {.item_bytes = sizeof(struct mixer_batch), .items_max = MIXER_BATCHES_MAX, .what = "batches"};
    enum imjin_status status = collect(&arrivals, &batches, l, r, pools, pool_count, err);
    buffer_done(&arrivals);
    if (status != IMJIN_OK) {
        buffer_done(&batches);
        return status;
    }
    qsort(batches.items, batches.count, sizeof(struct mixer_batch), mixer_compare_batches);
    *ret = (struct mixer_batches){batches.items, batches.count};
    return IMJIN_OK;
}
