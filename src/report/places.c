#include "report/places.h"

#include <stdlib.h>

enum { WHOLE_BITS = 40, MISSING_ASSETS_MAX = 3 };

static int compare_same(const struct place *x, const struct place *y) {
    if (x->account.n != y->account.n)
        return x->account.n < y->account.n ? -1 : 1;
    if (x->stop != y->stop)
        return x->stop < y->stop ? -1 : 1;
    return (x->total > y->total) - (x->total < y->total);
}

/* Equal places stay together, and inside them the transactions ascend. */
static int compare_kin(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    int order = compare_same(x, y);
    return order ? order : (x->first.n > y->first.n) - (x->first.n < y->first.n);
}

static int compare_weight(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    if (x->total != y->total)
        return x->total < y->total ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return compare_same(x, y);
}

static void read_rest(const struct report_input *in, const struct totals *totals, const struct account_index *index,
                      const struct trace_rest *rest, struct place *ret) {
    uint32_t position = account_position(index, rest->account);
    const struct trace_account *a = position == ID_NONE ? NULL : in->result->accounts + position;
    bool deposit = a && rest->stop == STOP_DEPOSIT;
    *ret = (struct place){.account = rest->account,
                          .service = {deposit ? a->service.n : ID_NONE},
                          .position = position,
                          .total = totals->of_theft[rest->theft],
                          .stop = rest->stop,
                          .hops = a ? a->hops : 0,
                          .claim = wide(rest->claim),
                          .rests = 1,
                          .first = rest->tx,
                          .last = rest->tx};
}

static uint64_t fold_kin(struct place *items, uint64_t count) {
    uint64_t kept = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct place *last = items + kept - 1;
        if (kept == 0 || compare_same(last, items + i) != 0) {
            items[kept++] = items[i];
            continue;
        }
        INVARIANT(u256_add(last->claim, items[i].claim, &last->claim));
        last->rests++;
        last->last = items[i].last;
    }
    return kept;
}

enum imjin_status places_make(const struct report_input *in, const struct totals *totals, struct arena *a, struct places *ret,
                              struct error *err) {
    const struct trace_result *r = in->result;
    struct account_index index;
    struct place *items = arena_new(a, r->rest_count + 1, sizeof *items);
    if (items == NULL)
        return fail_memory(err, "places of the money");
    TRY(account_index_make(r, a, &index, err));
    for (uint64_t i = 0; i < r->rest_count; i++)
        read_rest(in, totals, &index, r->rests + i, items + i);
    qsort(items, r->rest_count, sizeof *items, compare_kin);
    uint64_t count = fold_kin(items, r->rest_count);
    for (uint64_t i = 0; i < count; i++)
        items[i].weight = share_of(items[i].claim, totals->items[items[i].total].stolen, (uint64_t)1 << WHOLE_BITS);
    qsort(items, count, sizeof *items, compare_weight);
    *ret = (struct places){items, count};
    return IMJIN_OK;
}

void gaps_count(const struct report_input *in, struct gaps *ret) {
    const struct trace_result *r = in->result;
    struct gaps gaps = {0};
    for (uint64_t i = 0; i < r->account_count; i++) {
        gaps.incomplete += r->accounts[i].incomplete;
        gaps.conflicts += r->accounts[i].label_conflict;
    }
    for (uint64_t i = 0; i < r->theft_count; i++) {
        gaps.suspected_thefts += r->thefts[i].suspected;
        gaps.cut_off = gaps.cut_off || r->thefts[i].cut_off;
    }
    *ret = gaps;
}

enum imjin_status add_missing_history(struct text *t, const struct report_input *in, const struct trace_account *account,
                                      struct error *err) {
    const uint32_t *ids;
    uint64_t count = 0, shown = 0;
    if (in->compiled)
        TRY(compiled_account_holdings(in->compiled, account->account, &ids, &count, err));
    for (uint64_t i = 0; i < count; i++) {
        struct holding h;
        struct asset_name name;
        TRY(compiled_holding(in->compiled, (struct holding_id){ids[i]}, &h, err));
        if (h.unknown == 0)
            continue;
        if (shown++ == MISSING_ASSETS_MAX) {
            text_add_string(t, " and more");
            return IMJIN_OK;
        }
        TRY(asset_name(in, h.asset, &name, err));
        text_add_string(t, shown > 1 ? ", " : "");
        add_brief_amount(t, wide(h.unknown), &name);
    }
    if (shown == 0)
        text_add_string(t, "amount not known");
    return IMJIN_OK;
}
