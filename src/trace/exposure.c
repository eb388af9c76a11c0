#include <stdlib.h>

#include "trace/inside.h"

/* One counterparty's part of one row: what it is, whose, how much. */
struct part {
    uint32_t account, asset;
    uint8_t direction, direct, stop;
    const struct label_category *category;
    u128 units;
    uint32_t counterparty;
};
struct exposer {
    const struct trace_input *in;
    const struct trace_request *request;
    const struct progress *progress;
    struct verdicts verdicts;
    struct buffer parts, rows;
};

static enum imjin_status add_part(struct exposer *x, struct part p, struct error *err) {
    struct verdict v;
    struct account_id who = {p.counterparty};
    TRY(verdict_full(&x->verdicts, who, &v, err));
    if (v.role != LABEL_ROLE_NONE || v.tag != UINT64_MAX) {
        struct tag tag;
        bool conflict;
        struct address address;
        TRY(ledger_address(x->in->ledger, who, &address, err));
        const char *chain = ledger_chain(x->in->ledger)->name;
        if (!label_role_of(x->in->labels, chain, &address, &tag, &conflict))
            tag = label_at(x->in->labels, v.tag);
        p.category = tag.category;
    }
    if (p.direct)
        p.stop = v.stop;
    return buffer_push(&x->parts, &p, NULL, err);
}

/* What came or went over the holding's own edges. */
static enum imjin_status direct_holding(struct exposer *x, struct holding_id id, enum direction d, struct error *err) {
    struct holding own, other;
    struct edge_cursor cursor;
    u128 reach = 0;
    TRY(compiled_holding(x->in->compiled, id, &own, err));
    TRY(edges_at(x->in->compiled, id, d, 0, &cursor, err));
    for (;;) {
        struct flow_edge e;
        bool more;
        TRY(edges_next(&cursor, &e, &more, err));
        if (!more)
            return IMJIN_OK;
        u128 from = d == DIRECTION_OUT ? e.out_from : e.in_from, end = from + (d == DIRECTION_OUT ? e.out_units : e.in_units);
        if (end <= reach)
            continue;
        u128 units = end - (from > reach ? from : reach);
        reach = end;
        uint32_t peer = d == DIRECTION_OUT ? e.to.n : e.from.n;
        struct part p = {.account = own.account.n,
                         .asset = own.asset.n,
                         .direction = (uint8_t)d,
                         .direct = true,
                         .units = units,
                         .counterparty = e.rule == RULE_UNKNOWN ? own.account.n : ACCOUNT_VOID.n};
        if (peer != ID_NONE) {
            TRY(compiled_holding(x->in->compiled, (struct holding_id){peer}, &other, err));
            p.counterparty = other.account.n;
        }
        TRY(add_part(x, p, err));
    }
}

static enum imjin_status add_rests(struct exposer *x, const struct trace_result *r, enum direction d, struct error *err) {
    for (uint64_t i = 0; i < r->rest_count; i++) {
        const struct trace_rest *rest = &r->rests[i];
        const struct trace_theft *t = &r->thefts[rest->theft];
        bool unspent = d == DIRECTION_OUT && rest->stop == STOP_NONE && rest->account.n == t->source.n;
        if (t->suspected || unspent)
            continue;
        TRY(add_part(x,
                     (struct part){.account = t->source.n,
                                   .asset = t->asset.n,
                                   .direction = (uint8_t)d,
                                   .stop = rest->stop,
                                   .units = rest->claim,
                                   .counterparty = rest->account.n},
                     err));
    }
    for (uint64_t i = 0; i < r->theft_count; i++) {
        const struct trace_theft *t = &r->thefts[i];
        if (!t->suspected && t->fees)
            TRY(add_part(x,
                         (struct part){.account = t->source.n,
                                       .asset = t->asset.n,
                                       .direction = (uint8_t)d,
                                       .units = t->fees,
                                       .counterparty = ACCOUNT_FEES.n},
                         err));
    }
    return IMJIN_OK;
}

static enum imjin_status indirect(struct exposer *x, struct account_id account, enum direction d, struct error *err) {
    struct trace_source source = {.account = account};
    struct trace_request request = *x->request;
    struct trace_result *result;
    request.sources = &source;
    request.source_count = 1;
    request.follow_unknown = false;
    enum imjin_status status = d == DIRECTION_IN ? trace_back(x->in, &request, x->progress, &result, err)
                                                 : trace_run(x->in, &request, x->progress, &result, err);
    if (status != IMJIN_OK)
        return status;
    status = add_rests(x, result, d, err);
    trace_result_free(result);
    return status;
}

static enum imjin_status expose(struct exposer *x, struct account_id account, struct error *err) {
    const uint32_t *ids;
    uint64_t count;
    TRY(compiled_account_holdings(x->in->compiled, account, &ids, &count, err));
    if (count == 0)
        return IMJIN_OK;
    for (uint64_t i = 0; i < count; i++) {
        TRY(direct_holding(x, (struct holding_id){ids[i]}, DIRECTION_OUT, err));
        TRY(direct_holding(x, (struct holding_id){ids[i]}, DIRECTION_IN, err));
    }
    TRY(indirect(x, account, DIRECTION_OUT, err));
    return indirect(x, account, DIRECTION_IN, err);
}

/* ---- from parts to rows ---- */

#define COMPARE(a, b)                                                                                                          \
    if ((a) != (b))                                                                                                            \
    return (a) < (b) ? -1 : 1

static int group_compare(const struct part *a, const struct part *b) {
    COMPARE(a->account, b->account);
    COMPARE(a->asset, b->asset);
    COMPARE(a->direction, b->direction);
    COMPARE(b->direct, a->direct);
    return 0;
}

/* The table of categories has a fixed order, so its addresses may be compared. */
static int row_compare(const struct part *a, const struct part *b) {
    int order = group_compare(a, b);
    if (order)
        return order;
    COMPARE((uintptr_t)a->category, (uintptr_t)b->category);
    COMPARE(a->stop, b->stop);
    return 0;
}

static int part_compare(const void *left, const void *right) {
    const struct part *a = left, *b = right;
    int order = row_compare(a, b);
    if (order)
        return order;
    COMPARE(a->counterparty, b->counterparty);
    return 0;
}

static enum imjin_status make_rows(struct exposer *x, struct error *err) {
    const struct part *parts = x->parts.items;
    if (x->parts.count)
        qsort(x->parts.items, x->parts.count, sizeof *parts, part_compare);
    for (size_t i = 0; i < x->parts.count;) {
        struct exposure_row row = {.account = {parts[i].account},
                                   .asset = {parts[i].asset},
                                   .direction = (enum direction)parts[i].direction,
                                   .direct = parts[i].direct,
                                   .category = parts[i].category,
                                   .stop = parts[i].stop};
        size_t first = i;
        for (; i < x->parts.count && row_compare(&parts[first], &parts[i]) == 0; i++) {
            row.units += parts[i].units;
            row.counterparties += i == first || parts[i].counterparty != parts[i - 1].counterparty;
        }
        TRY(buffer_push(&x->rows, &row, NULL, err));
    }
    return IMJIN_OK;
}

static int amount_compare(const void *left, const void *right) {
    const struct exposure_row *a = left, *b = right;
    COMPARE(b->units, a->units);
    COMPARE((uintptr_t)a->category, (uintptr_t)b->category);
    COMPARE(a->stop, b->stop);
    return 0;
}

static bool same_group(const struct exposure_row *a, const struct exposure_row *b) {
    return a->account.n == b->account.n && a->asset.n == b->asset.n && a->direction == b->direction && a->direct == b->direct;
}

/* Largest remainder; of equal remainders the row that stands first. */
static void share(struct exposure_row *rows, size_t count) {
    u128 total = 0;
    uint32_t left = 1000000;
    for (size_t i = 0; i < count; i++)
        total += rows[i].units;
    if (total == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        rows[i].share_millionths = (uint32_t)mul_div_u128(rows[i].units, 1000000, total);
        left -= rows[i].share_millionths;
    }
    for (; left; left--) {
        size_t best = 0;
        u128 most = 0;
        for (size_t i = 0; i < count; i++) {
            u128 given = mul_div_u128(total, rows[i].share_millionths, 1000000);
            u128 lacks = rows[i].units > given ? rows[i].units - given : 0;
            if (lacks > most) {
                most = lacks;
                best = i;
            }
        }
        rows[best].share_millionths++;
    }
}

static enum imjin_status rows_result(struct exposer *x, const struct account_id *accounts, uint32_t count,
                                     struct exposure_result **ret, struct error *err);

enum imjin_status exposure_run(const struct trace_input *in, const struct trace_request *request,
                               const struct account_id *accounts, uint32_t account_count, const struct progress *p,
                               struct exposure_result **ret, struct error *err) {
    struct exposer x = {
        .in = in,
        .request = request,
        .progress = p,
        .parts = {.item_bytes = sizeof(struct part), .items_max = TRACE_ITEMS_MAX, .what = "parts of an exposure"},
        .rows = {.item_bytes = sizeof(struct exposure_row), .items_max = TRACE_ITEMS_MAX, .what = "rows of an exposure"},
    };
    if (in->compiled == NULL)
        return fail(err, IMJIN_USAGE, "exposure needs the compiled ledger: compile it first");
    if (request->policy == POLICY_POISON)
        return fail(err, IMJIN_USAGE, "poison has no amounts, so it gives no exposure: use another policy");
    verdicts_init(&x.verdicts, in, request);
    enum imjin_status status = IMJIN_OK;
    for (uint32_t i = 0; i < account_count && status == IMJIN_OK; i++) {
        if (accounts[i].n < ACCOUNTS_RESERVED || accounts[i].n >= ledger_counts(in->ledger)->accounts)
            status = fail(err, IMJIN_USAGE, "account %u of the request does not hold money", i + 1);
        bool again = false;
        for (uint32_t k = 0; k < i && !again; k++)
            again = accounts[k].n == accounts[i].n;
        if (status == IMJIN_OK && !again)
            status = expose(&x, accounts[i], err);
    }
    if (status == IMJIN_OK)
        status = make_rows(&x, err);
    if (status == IMJIN_OK)
        status = rows_result(&x, accounts, account_count, ret, err);
    verdicts_done(&x.verdicts);
    buffer_done(&x.parts);
    buffer_done(&x.rows);
    return status;
}

struct place {
    struct address address;
    size_t first, count;
};

static int place_compare(const void *left, const void *right) {
    const struct place *a = left, *b = right;
    return address_compare(&a->address, &b->address);
}

/* Rows of one account stand together already; accounts are put in order of address. */
static enum imjin_status places_find(struct exposer *x, struct buffer *places, struct error *err) {
    struct exposure_row *rows = x->rows.items;
    for (size_t i = 0; i < x->rows.count;) {
        struct place p = {.first = i};
        TRY(ledger_address(x->in->ledger, rows[i].account, &p.address, err));
        while (i < x->rows.count && rows[i].account.n == rows[p.first].account.n) {
            size_t group = i;
            while (i < x->rows.count && same_group(&rows[group], &rows[i]))
                i++;
            qsort(rows + group, i - group, sizeof *rows, amount_compare);
            share(rows + group, i - group);
        }
        p.count = i - p.first;
        TRY(buffer_push(places, &p, NULL, err));
    }
    if (places->count)
        qsort(places->items, places->count, sizeof(struct place), place_compare);
    return IMJIN_OK;
}

static enum imjin_status rows_copy(struct exposer *x, const struct buffer *places, struct exposure_result *r,
                                   struct error *err) {
    const struct place *list = places->items;
    const struct exposure_row *rows = x->rows.items;
    r->rows = arena_new(&r->arena, x->rows.count, sizeof *r->rows);
    if (r->rows == NULL)
        return fail_memory(err, "rows of an exposure");
    for (size_t i = 0; i < places->count; i++) {
        memcpy(r->rows + r->row_count, rows + list[i].first, list[i].count * sizeof *rows);
        r->row_count += list[i].count;
    }
    return IMJIN_OK;
}

static enum imjin_status rows_result(struct exposer *x, const struct account_id *accounts, uint32_t count,
                                     struct exposure_result **ret, struct error *err) {
    struct buffer places = {.item_bytes = sizeof(struct place), .items_max = TRACE_ITEMS_MAX, .what = "accounts"};
    struct exposure_result *r = memory_new(1, sizeof *r);
    (void)accounts, (void)count;
    if (r == NULL)
        return fail_memory(err, "an exposure");
    enum imjin_status status = places_find(x, &places, err);
    if (status == IMJIN_OK)
        status = rows_copy(x, &places, r, err);
    buffer_done(&places);
    if (status == IMJIN_OK)
        *ret = r;
    else
        exposure_result_free(r);
    return status;
}

void exposure_result_free(struct exposure_result *r) {
    if (r == NULL)
        return;
    arena_done(&r->arena);
    memory_free(r);
}
