#include <stdlib.h>

#include "trace/inside.h"

static int reached_compare(const void *left, const void *right) {
    const struct reached *a = left, *b = right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    return a->asset < b->asset ? -1 : a->asset > b->asset;
}

void reached_compact(struct buffer *reached) {
    struct reached *list = reached->items;
    size_t kept = 0;
    if (reached->count == 0)
        return;
    qsort(list, reached->count, sizeof *list, reached_compare);
    for (size_t i = 1; i < reached->count; i++) {
        if (reached_compare(&list[i], &list[kept]) != 0) {
            list[++kept] = list[i];
            continue;
        }
        list[kept].units += list[i].units;
        list[kept].tx = list[i].tx < list[kept].tx ? list[i].tx : list[kept].tx;
    }
    reached->count = kept + 1;
}

static enum imjin_status add_sources(const struct plan *p, struct buffer *reached, struct error *err) {
    for (size_t i = 0; i < p->thefts.count; i++) {
        const struct theft_plan *t = plan_theft(p, i);
        for (uint64_t k = t->origin_first; k < t->origin_first + t->origin_count; k++) {
            const struct origin *o = plan_origin(p, k);
            struct reached r = {o->order == ORIGIN_GAIN ? o->units : 0, t->account.n, t->asset.n, o->tx};
            TRY(buffer_push(reached, &r, NULL, err));
        }
    }
    return IMJIN_OK;
}

/* A thief's account rather than a bystander's: of some asset, at least half of what it was seen to receive is stolen. */
static enum imjin_status mostly_stolen(const struct reached *r, const struct shortage_reader *reader, bool *ret,
                                       struct error *err) {
    u128 seen;
    TRY(reader->seen(reader->context, (struct account_id){r->account}, (struct asset_id){r->asset}, &seen, err));
    *ret = r->units >= seen - r->units || r->units >= seen;
    return IMJIN_OK;
}

/* What of the stretch is stolen already stays out: adds the parts between. */
static enum imjin_status add_free_parts(struct plan *p, struct account_id account, const struct shortage *s,
                                        struct error *err) {
    u128 at = s->origin.from, end = at + s->origin.units;
    while (at < end) {
        u128 until;
        bool taken = taken_at(&p->taken, account, (struct asset_id){s->asset}, at, &until);
        until = until < end ? until : end;
        if (!taken)
            TRY(plan_add_origin(p, (struct origin){at, until - at, s->origin.tx, s->origin.order}, err));
        at = until;
    }
    return IMJIN_OK;
}

static enum imjin_status suspect_account(struct plan *p, struct account_id account, const struct buffer *shortages,
                                         struct error *err) {
    const struct shortage *list = shortages->items;
    for (size_t i = 0; i < shortages->count;) {
        uint32_t asset = list[i].asset;
        TRY(plan_add_theft(p, account, (struct asset_id){asset}, list[i].holding, true, err));
        for (; i < shortages->count && list[i].asset == asset; i++)
            TRY(add_free_parts(p, account, &list[i], err));
        plan_end_theft(p);
    }
    return IMJIN_OK;
}

/* The holdings of one account that stolen money reached are those from `first` to `end`. */
static enum imjin_status suspect_reached(struct plan *p, const struct reached *first, const struct reached *end,
                                         const struct shortage_reader *reader, struct buffer *shortages, struct error *err) {
    struct account_id account = {first->account};
    uint32_t tx = first->tx;
    bool suspicious = plan_is_source(p, account);
    for (const struct reached *r = first; r < end; r++) {
        bool mostly;
        TRY(mostly_stolen(r, reader, &mostly, err));
        suspicious |= mostly;
        tx = r->tx < tx ? r->tx : tx;
    }
    if (!suspicious)
        return IMJIN_OK;
    shortages->count = 0;
    TRY(reader->shortages(reader->context, account, tx, shortages, err));
    return suspect_account(p, account, shortages, err);
}

enum imjin_status plan_suspects(struct plan *p, struct buffer *reached, const struct shortage_reader *reader,
                                struct error *err) {
    struct buffer shortages = {.item_bytes = sizeof(struct shortage), .items_max = TRACE_ITEMS_MAX, .what = "missing history"};
    enum imjin_status status = add_sources(p, reached, err);
    if (status == IMJIN_OK)
        reached_compact(reached);
    const struct reached *list = reached->items;
    for (size_t i = 0, end; i < reached->count && status == IMJIN_OK; i = end) {
        for (end = i; end < reached->count && list[end].account == list[i].account; end++)
            ;
        status = suspect_reached(p, &list[i], &list[end], reader, &shortages, err);
    }
    buffer_done(&shortages);
    return status;
}

static enum imjin_status holding_shortages(const struct trace_input *in, struct holding_id id, struct asset_id asset,
                                           uint32_t tx_behind, struct buffer *ret, struct error *err) {
    struct edge_cursor cursor;
    TRY(edges_since(in, id, DIRECTION_IN, tx_behind + 1, &cursor, err));
    for (;;) {
        struct flow_edge e;
        bool more;
        TRY(edges_next(&cursor, &e, &more, err));
        if (!more)
            return IMJIN_OK;
        if (e.rule != RULE_UNKNOWN)
            continue;
        struct origin parts[2];
        TRY(compiled_split_unknown(in, id, (struct origin){e.in_from, e.in_units, e.tx.n, ORIGIN_BEFORE_DRAW}, parts, err));
        for (unsigned i = 0; i < 2; i++) {
            struct shortage s = {asset.n, id, parts[i]};
            if (parts[i].units)
                TRY(buffer_push(ret, &s, NULL, err));
        }
    }
}

static enum imjin_status account_shortages(void *context, struct account_id account, uint32_t tx_behind, struct buffer *ret,
                                           struct error *err) {
    const struct trace_input *in = context;
    const uint32_t *ids;
    uint64_t count;
    TRY(compiled_account_holdings(in->compiled, account, &ids, &count, err));
    for (uint64_t i = 0; i < count; i++) {
        struct holding h;
        TRY(compiled_holding(in->compiled, (struct holding_id){ids[i]}, &h, err));
        if (h.unknown)
            TRY(holding_shortages(in, (struct holding_id){ids[i]}, h.asset, tx_behind, ret, err));
    }
    return IMJIN_OK;
}

static enum imjin_status holding_seen(void *context, struct account_id account, struct asset_id asset, u128 *ret,
                                      struct error *err) {
    const struct trace_input *in = context;
    struct holding_id id;
    struct holding h;
    TRY(compiled_holding_find(in->compiled, account, asset, &id, err));
    TRY(compiled_holding(in->compiled, id, &h, err));
    *ret = h.received - h.unknown;
    return IMJIN_OK;
}

struct shortage_reader compiled_shortages(const struct trace_input *in) {
    return (struct shortage_reader){(void *)(uintptr_t)in, account_shortages, holding_seen};
}
