#include <stdlib.h>

#include "trace/inside.h"

void plan_init(struct plan *p) {
    *p = (struct plan){
        .thefts = {.item_bytes = sizeof(struct theft_plan), .items_max = TRACE_THEFTS_MAX, .what = "thefts"},
        .origins = {.item_bytes = sizeof(struct origin), .items_max = TRACE_ITEMS_MAX, .what = "arrivals at sources"},
        .accounts = {.item_bytes = sizeof(uint32_t), .items_max = TRACE_THEFTS_MAX, .what = "sources"},
        .stolen = {.item_bytes = sizeof(struct stolen), .items_max = TRACE_ITEMS_MAX, .what = "arrivals at sources"},
        .notes = {.item_bytes = sizeof(struct trace_note), .items_max = TRACE_ITEMS_MAX, .what = "notes on sources"},
        .horizon_tx = ID_NONE,
    };
    taken_init(&p->taken);
}

void plan_done(struct plan *p) {
    buffer_done(&p->thefts);
    buffer_done(&p->origins);
    buffer_done(&p->accounts);
    buffer_done(&p->stolen);
    buffer_done(&p->notes);
    taken_done(&p->taken);
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

/* By holding, then by place: no two overlap. */
static int stolen_compare(const void *left, const void *right) {
    const struct stolen *a = left, *b = right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    if (a->asset != b->asset)
        return a->asset < b->asset ? -1 : 1;
    return a->from < b->from ? -1 : a->from > b->from;
}

static enum imjin_status index_theft(struct plan *p, uint32_t theft, struct error *err) {
    const struct theft_plan *t = plan_theft(p, theft);
    TRY(buffer_push(&p->accounts, &t->account.n, NULL, err));
    for (uint64_t i = t->origin_first; i < t->origin_first + t->origin_count; i++) {
        const struct origin *o = plan_origin(p, i);
        struct stolen part = {t->account.n, t->asset.n, theft, o->from, o->from + o->units};
        TRY(buffer_push(&p->stolen, &part, NULL, err));
    }
    return IMJIN_OK;
}

enum imjin_status plan_index(struct plan *p, struct error *err) {
    for (uint32_t i = 0; i < p->thefts.count; i++)
        TRY(index_theft(p, i, err));
    if (p->accounts.count == 0)
        return IMJIN_OK;
    qsort(p->accounts.items, p->accounts.count, sizeof(uint32_t), u32_compare);
    qsort(p->stolen.items, p->stolen.count, sizeof(struct stolen), stolen_compare);
    return IMJIN_OK;
}

bool plan_is_source(const struct plan *p, struct account_id a) {
    return p->accounts.count && bsearch(&a.n, p->accounts.items, p->accounts.count, sizeof(uint32_t), u32_compare) != NULL;
}

/* The first stolen stretch of the holding that ends behind `from`, or what stands behind all of them. */
static size_t stolen_from(const struct plan *p, struct account_id account, struct asset_id asset, u128 from) {
    const struct stolen *list = p->stolen.items, wanted = {account.n, asset.n, 0, from, from};
    size_t low = 0, high = p->stolen.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stolen_compare(&list[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool before = low > 0 && list[low - 1].account == account.n && list[low - 1].asset == asset.n && list[low - 1].to > from;
    return low - before;
}

enum imjin_status plan_overlaps(const struct plan *p, uint32_t theft, struct account_id account, struct asset_id asset,
                                u128 from, u128 to, struct buffer *overlaps, struct error *err) {
    const struct stolen *list = p->stolen.items;
    if (taken_units(&p->taken, account, asset) == 0)
        return IMJIN_OK;
    for (size_t i = stolen_from(p, account, asset, from);
         i < p->stolen.count && list[i].account == account.n && list[i].asset == asset.n && list[i].from < to; i++) {
        u128 x = list[i].from > from ? list[i].from : from, y = list[i].to < to ? list[i].to : to;
        struct trace_overlap o = {theft, list[i].theft, 1, y - x};
        if (list[i].theft != theft)
            TRY(buffer_push(overlaps, &o, NULL, err));
    }
    return IMJIN_OK;
}

/* ---- from a request to thefts ---- */

/* An entry of the request, and what became of it. */
struct entry {
    const struct trace_source *source;
    uint32_t number;
    bool done; /* something was taken, or a note says why not */
};

static enum imjin_status add_note(struct plan *p, const struct entry *e, enum note_kind kind, struct account_id account,
                                  struct asset_id asset, u128 units, struct error *err) {
    struct trace_note note = {e->number, (uint8_t)kind, account, asset, units, e->source->said};
    return buffer_push(&p->notes, &note, NULL, err);
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

/* Takes what is free of one arrival; `again` grows by what was passed over. */
static enum imjin_status take_free(struct plan *p, struct account_id account, struct asset_id asset, struct origin flow,
                                   u128 *left, u128 *again, struct error *err) {
    u128 end = flow.from + flow.units;
    for (u128 at = flow.from, until; at < end && *left; at = until) {
        bool taken = taken_at(&p->taken, account, asset, at, &until);
        until = until < end ? until : end;
        if (taken) {
            *again += until - at;
            continue;
        }
        struct origin o = {at, until - at < *left ? until - at : *left, flow.tx, flow.order};
        *left -= o.units;
        TRY(plan_add_origin(p, o, err));
    }
    return IMJIN_OK;
}

static enum imjin_status take_flows(struct plan *p, const struct trace_source *s, struct account_id account,
                                    struct asset_id asset, uint32_t tx, const struct inflow_reader *reader,
                                    struct buffer *inflows, u128 *left, u128 *again, struct error *err) {
    u128 passed = taken_units(&p->taken, account, asset), wanted = *left < U128_MAX - passed ? *left + passed : U128_MAX;
    TRY(reader->inflows(reader->context, account, asset, tx, s->has_tx ? tx : ID_NONE, wanted, inflows, err));
    const struct origin *flows = inflows->items;
    for (size_t i = 0; i < inflows->count; i++)
        if (!s->has_tx || (flows[i].tx == s->tx.n && flows[i].order == ORIGIN_GAIN))
            TRY(take_free(p, account, asset, flows[i], left, again, err));
    return IMJIN_OK;
}

/* What the theft planned last took is taken from now on. */
static enum imjin_status close_theft(struct plan *p, struct error *err) {
    const struct theft_plan t = *last_theft(p);
    for (uint64_t i = t.origin_first; i < t.origin_first + t.origin_count; i++)
        TRY(taken_add(&p->taken, t.account, t.asset, plan_origin(p, i)->from, plan_origin(p, i)->units, err));
    return IMJIN_OK;
}

static enum imjin_status plan_holding(struct plan *p, struct entry *e, struct account_id account, struct asset_id asset,
                                      uint32_t tx, const struct inflow_reader *reader, struct error *err) {
    struct buffer inflows = {.item_bytes = sizeof(struct origin), .items_max = TRACE_ITEMS_MAX, .what = "arrivals at a source"};
    u128 asked = e->source->has_units ? e->source->units : U128_MAX, left = asked, again = 0;
    TRY(plan_add_theft(p, account, asset, reader->holding(reader->context, account, asset), false, err));
    enum imjin_status status = take_flows(p, e->source, account, asset, tx, reader, &inflows, &left, &again, err);
    buffer_done(&inflows);
    TRY(status);
    bool any = last_theft(p)->origin_count != 0;
    TRY(close_theft(p, err));
    plan_end_theft(p);
    e->done |= any || again;
    if (again)
        TRY(add_note(p, e, any ? NOTE_AGAIN : NOTE_NOTHING_LEFT, account, asset, again, err));
    if (any && left && e->source->has_units)
        TRY(add_note(p, e, NOTE_LESS, account, asset, left, err));
    return IMJIN_OK;
}

static enum imjin_status plan_account(struct plan *p, const struct trace_input *in, struct entry *e,
                                      const struct inflow_reader *reader, struct error *err) {
    const struct trace_source *s = e->source;
    struct account_id account = s->account;
    struct buffer assets = {.item_bytes = sizeof(uint32_t), .items_max = TRACE_ITEMS_MAX, .what = "assets of a source"};
    uint32_t tx;
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
        status = plan_holding(p, e, account, (struct asset_id){list[i]}, tx, reader, err);
    buffer_done(&assets);
    TRY(status);
    return e->done ? IMJIN_OK : add_note(p, e, NOTE_NOTHING, account, (struct asset_id){ID_NONE}, 0, err);
}

static int receiver_compare(const void *left, const void *right) {
    const struct receiver *a = left, *b = right;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    return a->asset < b->asset ? -1 : a->asset > b->asset;
}

static enum imjin_status plan_receivers(struct plan *p, struct entry *e, struct buffer *receivers,
                                        const struct inflow_reader *reader, struct error *err) {
    const struct trace_source *s = e->source;
    struct receiver *list = receivers->items;
    if (receivers->count)
        qsort(list, receivers->count, sizeof *list, receiver_compare);
    for (size_t i = 0; i < receivers->count; i++) {
        if ((s->has_asset && s->asset.n != list[i].asset) || (i && receiver_compare(&list[i - 1], &list[i]) == 0))
            continue;
        TRY(plan_holding(p, e, (struct account_id){list[i].account}, (struct asset_id){list[i].asset}, s->tx.n, reader, err));
    }
    return e->done ? IMJIN_OK : add_note(p, e, NOTE_NOTHING, (struct account_id){ID_NONE}, (struct asset_id){ID_NONE}, 0, err);
}

/* A transaction alone: who got something for nothing in it. */
static enum imjin_status plan_transaction(struct plan *p, const struct trace_input *in, struct entry *e,
                                          const struct inflow_reader *reader, struct error *err) {
    struct buffer receivers = {.item_bytes = sizeof(struct receiver), .items_max = TRACE_ITEMS_MAX, .what = "receivers"};
    struct ledger_tx tx;
    TRY(ledger_tx(in->ledger, e->source->tx, &tx, err));
    enum imjin_status status = reader->receivers(reader->context, &tx, &receivers, err);
    if (status == IMJIN_OK)
        status = plan_receivers(p, e, &receivers, reader, err);
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

static enum imjin_status plan_entry(struct plan *p, const struct trace_input *in, struct entry *e,
                                    const struct inflow_reader *reader, struct error *err) {
    const struct trace_source *s = e->source;
    if (s->missing)
        return add_note(p, e, NOTE_MISSING, (struct account_id){ID_NONE}, (struct asset_id){ID_NONE}, 0, err);
    if (s->account.n == ID_NONE)
        return s->has_tx ? plan_transaction(p, in, e, reader, err)
                         : fail(err, IMJIN_USAGE, "source %u names neither an account nor a transaction", e->number + 1);
    if (s->account.n < ACCOUNTS_RESERVED || s->account.n >= ledger_counts(in->ledger)->accounts)
        return fail(err, IMJIN_USAGE, "source %u is not an account that holds money", e->number + 1);
    return plan_account(p, in, e, reader, err);
}

/* The first of the notes says why. */
static enum imjin_status nothing_to_follow(const struct plan *p, const struct trace_input *in, struct error *err) {
    struct text text = {0};
    enum imjin_status status = trace_note_print(in->ledger, p->notes.items, &text, err);
    if (status == IMJIN_OK)
        status = text_status(&text, err);
    if (status == IMJIN_OK)
        status = fail(err, IMJIN_NOT_FOUND, "nothing to follow: %.*s", (int)text.count, text.bytes);
    text_done(&text);
    return status;
}

enum imjin_status plan_make(struct plan *p, const struct trace_input *in, const struct trace_request *request,
                            const struct inflow_reader *reader, struct error *err) {
    if (request->source_count == 0 || request->source_count > TRACE_SOURCES_MAX)
        return fail(err, IMJIN_USAGE, "a trace takes 1 to %d sources, not %u", TRACE_SOURCES_MAX, request->source_count);
    TRY(plan_horizon(p, in, request->time_until, err));
    for (uint32_t i = 0; i < request->source_count; i++) {
        struct entry e = {&request->sources[i], i, false};
        TRY(plan_entry(p, in, &e, reader, err));
    }
    return p->thefts.count ? plan_index(p, err) : nothing_to_follow(p, in, err);
}
