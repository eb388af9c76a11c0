/* Claims from one chain to the next. */
#include "pattern/bridge_inside.h"

#include <stdlib.h>

/* Deposits of the ledger's chain that the ledger knows, by transaction. */
struct put {
    uint32_t tx, deposit;
};
/* Rests of the trace, by transaction and theft. */
struct come {
    uint32_t tx, theft, rest;
};

struct crossing {
    const struct bridge_store *store;
    const struct bridge_result *matches;
    const struct ledger *ledger;
    const struct trace_result *trace;
    unsigned rung_max;
    struct put *puts;
    struct come *comes;
    uint64_t put_count, come_count;
    struct buffer out;
};

static int compare_puts(const void *a, const void *b) {
    const struct put *x = a, *y = b;
    if (x->tx != y->tx)
        return x->tx < y->tx ? -1 : 1;
    return (x->deposit > y->deposit) - (x->deposit < y->deposit);
}

static int compare_comes(const void *a, const void *b) {
    const struct come *x = a, *y = b;
    if (x->tx != y->tx)
        return x->tx < y->tx ? -1 : 1;
    if (x->theft != y->theft)
        return x->theft < y->theft ? -1 : 1;
    return (x->rest > y->rest) - (x->rest < y->rest);
}

static int compare_out(const void *a, const void *b) {
    const struct bridge_crossing *x = a, *y = b;
    if (x->match != y->match)
        return x->match < y->match ? -1 : 1;
    return (x->theft > y->theft) - (x->theft < y->theft);
}

static enum imjin_status collect(struct crossing *c, struct error *err) {
    uint64_t count = bridge_store_count(c->store);
    const char *here = ledger_chain(c->ledger)->name;
    c->puts = memory_new(count, sizeof *c->puts);
    c->comes = memory_new(c->trace->rest_count, sizeof *c->comes);
    if (!c->puts || !c->comes)
        return fail_memory(err, "what crosses bridges");
    for (uint32_t i = 0; i < count; i++) {
        const struct bridge_record *d = bridge_store_at(c->store, i);
        struct tx_id tx;
        if (d->side != BRIDGE_DEPOSIT || strcmp(bridge_text(c->store, d->chain), here) != 0)
            continue;
        enum imjin_status status = ledger_tx_find(c->ledger, span_of(bridge_text(c->store, d->tx)), &tx, err);
        if (status == IMJIN_OK)
            c->puts[c->put_count++] = (struct put){tx.n, i};
        else if (status != IMJIN_NOT_FOUND)
            return status;
    }
    for (uint32_t i = 0; i < c->trace->rest_count; i++) {
        const struct trace_rest *r = &c->trace->rests[i];
        if (r->stop != STOP_HORIZON && r->stop != STOP_DUST && r->stop != STOP_LIMIT)
            c->comes[c->come_count++] = (struct come){r->tx.n, r->theft, i};
    }
    if (c->put_count)
        qsort(c->puts, c->put_count, sizeof *c->puts, compare_puts);
    if (c->come_count)
        qsort(c->comes, c->come_count, sizeof *c->comes, compare_comes);
    return IMJIN_OK;
}

/* "native", or the contract as the store writes it. */
static enum imjin_status asset_text(const struct ledger *l, struct asset_id id, char ret[ADDRESS_PRINT_MAX],
                                    struct error *err) {
    struct ledger_asset asset;
    TRY(ledger_asset(l, id, &asset, err));
    memcpy(ret, "native", sizeof "native");
    if (asset.key.form != ASSET_NATIVE)
        address_print(&asset.key.contract, ret);
    return IMJIN_OK;
}

/* Whether the ledger's asset is what the record names: itself, or the coin and its wrapped form. */
static enum imjin_status is_asset(const struct crossing *c, const struct bridge_record *d, struct asset_id id, bool *ret,
                                  struct error *err) {
    char text[ADDRESS_PRINT_MAX];
    struct bridge_asset one, other;
    struct span chain = span_of(bridge_text(c->store, d->chain)), named = span_of(bridge_text(c->store, d->asset));
    TRY(asset_text(c->ledger, id, text, err));
    *ret = span_is(named, text) || (bridge_asset_find(chain, named, &one) && bridge_asset_find(chain, span_of(text), &other) &&
                                    span_equal(one.name, other.name) && one.decimals == other.decimals);
    return IMJIN_OK;
}

/* A rest counts when it lies with another than who deposited: what came back to him in that transaction did not cross. */
static enum imjin_status counts(const struct crossing *c, const struct bridge_record *d, const struct trace_rest *r, bool *ret,
                                struct error *err) {
    struct address a;
    char text[ADDRESS_PRINT_MAX];
    TRY(ledger_address(c->ledger, r->account, &a, err));
    address_print(&a, text);
    *ret = false;
    if (d->sender && strcmp(text, bridge_text(c->store, d->sender)) == 0)
        return IMJIN_OK;
    return is_asset(c, d, r->asset, ret, err);
}

/* What a transaction put in of one asset in all its deposits: what rests there is shared between them. */
static u128 put_in_all(const struct crossing *c, const struct put *put) {
    const struct bridge_record *d = bridge_store_at(c->store, put->deposit);
    u128 sum = 0;
    for (uint64_t i = 0; i < c->put_count; i++) {
        const struct bridge_record *other = bridge_store_at(c->store, c->puts[i].deposit);
        if (c->puts[i].tx == put->tx && other->asset == d->asset && !add_u128(sum, other->units, &sum))
            return U128_MAX;
    }
    return sum;
}

static enum imjin_status cross_theft(struct crossing *c, uint32_t match, const struct put *put, uint64_t first, uint64_t end,
                                     struct error *err) {
    const struct bridge_match *m = &c->matches->matches[match];
    const struct bridge_record *d = bridge_store_at(c->store, m->deposit), *w = bridge_store_at(c->store, m->withdrawal);
    struct bridge_crossing x = {.theft = c->comes[first].theft, .match = match};
    u128 all = put_in_all(c, put);
    for (uint64_t i = first; i < end; i++) {
        const struct trace_rest *r = &c->trace->rests[c->comes[i].rest];
        bool taken;
        TRY(counts(c, d, r, &taken, err));
        if (taken && (!add_u128(x.units_in, r->units, &x.units_in) || !add_u128(x.claim, r->claim, &x.claim)))
            return fail(err, IMJIN_BAD_INPUT, "the claims put into a bridge do not fit 128 bits");
    }
    if (x.units_in > all)
        x.units_in = all;
    if (x.units_in == 0 || all == 0)
        return IMJIN_OK;
    x.claim = mul_div_u128(x.claim, d->units, all);
    x.units_in = mul_div_u128(x.units_in, d->units, all);
    x.units_out = mul_div_u128(w->units, x.units_in, d->units);
    return x.units_out ? buffer_push(&c->out, &x, NULL, err) : IMJIN_OK;
}

static bool may_cross(const struct crossing *c, const struct bridge_match *m) {
    const struct bridge_record *d = bridge_store_at(c->store, m->deposit), *w = bridge_store_at(c->store, m->withdrawal);
    struct bridge_protocol p = bridge_protocol_find(span_of(bridge_text(c->store, d->protocol)));
    return m->chosen && m->rung <= c->rung_max && (m->evidence & BRIDGE_SAME_ASSET || p.swaps) && d->has_units &&
           w->has_units && d->units && w->recipient;
}

static uint64_t first_put(const struct crossing *c, uint32_t deposit, const uint64_t *place) {
    return place[deposit] ? place[deposit] - 1 : c->put_count;
}

static uint64_t first_come(const struct crossing *c, uint32_t tx) {
    uint64_t low = 0, high = c->come_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (c->comes[middle].tx < tx)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum imjin_status cross_all(struct crossing *c, const uint64_t *place, struct error *err) {
    for (uint32_t i = 0; i < c->matches->match_count; i++) {
        uint64_t at = first_put(c, c->matches->matches[i].deposit, place);
        if (at == c->put_count || !may_cross(c, &c->matches->matches[i]))
            continue;
        const struct put *put = &c->puts[at];
        for (uint64_t k = first_come(c, put->tx); k < c->come_count && c->comes[k].tx == put->tx;) {
            uint64_t end = k;
            while (end < c->come_count && c->comes[end].tx == put->tx && c->comes[end].theft == c->comes[k].theft)
                end++;
            TRY(cross_theft(c, i, put, k, end, err));
            k = end;
        }
    }
    return IMJIN_OK;
}

enum imjin_status bridge_cross(const struct bridge_store *s, const struct bridge_result *matches, const struct ledger *l,
                               const struct trace_result *trace, unsigned rung_max, struct bridge_crossings *ret,
                               struct error *err) {
    struct crossing c = {.store = s, .matches = matches, .ledger = l, .trace = trace, .rung_max = rung_max};
    c.out = (struct buffer){
        .item_bytes = sizeof(struct bridge_crossing), .items_max = BRIDGE_PAIRS_MAX, .what = "claims that cross bridges"};
    uint64_t *place = memory_new(bridge_store_count(s), sizeof *place); /* of a deposit among the puts, + 1 */
    enum imjin_status status = place ? collect(&c, err) : fail_memory(err, "what crosses bridges");
    for (uint64_t i = 0; status == IMJIN_OK && i < c.put_count; i++)
        place[c.puts[i].deposit] = i + 1;
    if (status == IMJIN_OK)
        status = cross_all(&c, place, err);
    memory_free(place);
    memory_free(c.puts);
    memory_free(c.comes);
    if (status != IMJIN_OK) {
        buffer_done(&c.out);
        return status;
    }
    if (c.out.count)
        qsort(c.out.items, c.out.count, sizeof(struct bridge_crossing), compare_out);
    *ret = (struct bridge_crossings){c.out.items, c.out.count};
    return IMJIN_OK;
}

void bridge_crossings_done(struct bridge_crossings *c) {
    memory_free(c->items);
    *c = (struct bridge_crossings){0};
}

static enum imjin_status find_asset(const struct ledger *l, struct span text, struct asset_id *ret, struct error *err) {
    struct asset_key key = {.form = ASSET_TOKEN};
    if (span_is(text, "native")) {
        *ret = (struct asset_id){ASSET_NATIVE_ID};
        return IMJIN_OK;
    }
    TRY(address_parse(&key.contract, ledger_chain(l), text, err));
    return ledger_asset_find(l, &key, ret, err);
}

enum imjin_status bridge_crossing_source(const struct bridge_store *s, const struct bridge_result *matches,
                                         const struct bridge_crossing *c, const struct ledger *l, struct trace_source *ret,
                                         struct error *err) {
    const struct bridge_record *w = bridge_store_at(s, matches->matches[c->match].withdrawal);
    struct trace_source source = {.has_units = true, .has_tx = true, .units = c->units_out};
    struct address a;
    TRY(address_parse(&a, ledger_chain(l), span_of(bridge_text(s, w->recipient)), err));
    TRY(ledger_account_find(l, &a, &source.account, err));
    TRY(ledger_tx_find(l, span_of(bridge_text(s, w->tx)), &source.tx, err));
    if (w->asset) {
        enum imjin_status status = find_asset(l, span_of(bridge_text(s, w->asset)), &source.asset, err);
        if (status != IMJIN_OK && status != IMJIN_NOT_FOUND)
            return status;
        source.has_asset = status == IMJIN_OK; /* wrapped and unwrapped differ: then whatever came in that transaction */
    }
    source.said = span_of(bridge_text(s, w->tx));
    *ret = source;
    return IMJIN_OK;
}
