/* One withdrawal held against one deposit: chains, assets, amounts. */
#include "pattern/bridge_inside.h"

#include <stdlib.h>

enum { COMMON_DECIMALS = 18, MILLION = 1000000 };

/* ---- classes of assets ---- */

/* Assets in the order of first appearance, found by hash. Those of one class in data/bridges/assets.csv share a number; any
 * other asset is a class of its own. */
struct class {
    uint32_t chain, asset, number;
    uint8_t decimals;
    bool known;
    struct span name;
};
struct classes {
    struct buffer items;
    uint32_t *slots;
    uint64_t slot_count;
};

static uint64_t slot_of(const struct classes *c, uint32_t chain, uint32_t asset) {
    const struct class *items = c->items.items;
    uint64_t key = (uint64_t)chain << 32 | asset, slot = hash_bytes(&key, sizeof key, 0) & (c->slot_count - 1);
    while (c->slots[slot] && (items[c->slots[slot] - 1].chain != chain || items[c->slots[slot] - 1].asset != asset))
        slot = (slot + 1) & (c->slot_count - 1);
    return slot;
}

static enum imjin_status grow(struct classes *c, struct error *err) {
    if (2 * (c->items.count + 1) <= c->slot_count)
        return IMJIN_OK;
    uint64_t count = c->slot_count ? 2 * c->slot_count : 256;
    uint32_t *slots = memory_new(count, sizeof *slots);
    if (slots == NULL)
        return fail_memory(err, "assets of bridges");
    memory_free(c->slots);
    c->slots = slots;
    c->slot_count = count;
    const struct class *items = c->items.items;
    for (uint32_t i = 0; i < c->items.count; i++)
        slots[slot_of(c, items[i].chain, items[i].asset)] = i + 1;
    return IMJIN_OK;
}

static struct class make_class(const struct classes *c, const struct bridge_store *s, uint32_t chain, uint32_t asset) {
    const struct class *items = c->items.items;
    struct class new = {chain, asset, (uint32_t)c->items.count + 1, DECIMALS_UNKNOWN, false, {0}};
    struct bridge_asset row;
    if (!bridge_asset_find(span_of(bridge_text(s, chain)), span_of(bridge_text(s, asset)), &row))
        return new;
    new.known = true;
    new.name = row.name;
    new.decimals = (uint8_t)row.decimals;
    for (uint64_t i = 0; i < c->items.count; i++)
        if (items[i].known && span_equal(items[i].name, row.name)) {
            new.number = items[i].number;
            break;
        }
    return new;
}

static enum imjin_status class_of(struct classes *c, const struct bridge_store *s, uint32_t chain, uint32_t asset,
                                  struct class *ret, struct error *err) {
    TRY(grow(c, err));
    uint64_t slot = slot_of(c, chain, asset);
    if (c->slots[slot] == 0) {
        struct class new = make_class(c, s, chain, asset);
        TRY(buffer_push(&c->items, &new, NULL, err));
        c->slots[slot] = (uint32_t)c->items.count;
    }
    *ret = ((const struct class *)c->items.items)[c->slots[slot] - 1];
    return IMJIN_OK;
}

/* ---- measures ---- */

static bool scale(u128 units, unsigned decimals, u128 *ret) {
    if (decimals > COMMON_DECIMALS)
        return false;
    for (; decimals < COMMON_DECIMALS; decimals++) {
        if (units > U128_MAX / 10)
            return false;
        units *= 10;
    }
    *ret = units;
    return true;
}

static enum imjin_status measure(struct bridge_matching *m, struct classes *c, const struct bridge_record *r,
                                 struct bridge_measure *ret, struct error *err) {
    struct class own, other;
    unsigned decimals = r->decimals;
    *ret = (struct bridge_measure){.value = r->units};
    if (r->asset) {
        TRY(class_of(c, m->store, r->chain, r->asset, &own, err));
        ret->class = own.number;
        ret->known = own.known;
        if (own.decimals != DECIMALS_UNKNOWN)
            decimals = own.decimals;
    }
    if (r->other_asset && r->other_chain) {
        TRY(class_of(c, m->store, r->other_chain, r->other_asset, &other, err));
        ret->other_class = other.number;
        ret->other_known = other.known;
    }
    ret->scaled = r->has_units && decimals != DECIMALS_UNKNOWN && scale(r->units, decimals, &ret->value);
    return IMJIN_OK;
}

static enum imjin_status find_protocol(struct bridge_matching *m, uint32_t n, uint32_t *texts, struct error *err) {
    uint32_t text = bridge_record_of(m, n)->protocol, at = n ? m->protocol_of[n - 1] : 0;
    if (at < m->protocol_count && texts[at] == text) {
        m->protocol_of[n] = at;
        return IMJIN_OK;
    }
    for (at = 0; at < m->protocol_count && texts[at] != text; at++)
        ;
    if (at == m->protocol_count) {
        if (at == BRIDGE_PROTOCOLS_MAX)
            return fail(err, IMJIN_BAD_INPUT, "the records name more than %d protocols", BRIDGE_PROTOCOLS_MAX);
        m->protocols[at] = bridge_protocol_find(span_of(bridge_text(m->store, text)));
        texts[at] = text;
        m->protocol_count++;
    }
    m->protocol_of[n] = at;
    return IMJIN_OK;
}

enum imjin_status bridge_measure_all(struct bridge_matching *m, struct error *err) {
    uint64_t count = bridge_store_count(m->store);
    struct classes c = {
        .items = {.item_bytes = sizeof(struct class), .items_max = 2 * (size_t)BRIDGE_RECORDS_MAX, .what = "assets"}};
    uint32_t *texts = memory_new(BRIDGE_PROTOCOLS_MAX, sizeof *texts);
    enum imjin_status status = texts ? IMJIN_OK : fail_memory(err, "protocols");
    for (uint32_t i = 0; status == IMJIN_OK && i < count; i++) {
        status = measure(m, &c, bridge_record_of(m, i), &m->measures[i], err);
        if (status == IMJIN_OK)
            status = find_protocol(m, i, texts, err);
    }
    memory_free(texts);
    memory_free(c.slots);
    buffer_done(&c.items);
    return status;
}

/* ---- fits ---- */

enum bridge_fit bridge_chain_fit(const struct bridge_matching *m, uint32_t deposit, uint32_t withdrawal) {
    const struct bridge_record *d = bridge_record_of(m, deposit), *w = bridge_record_of(m, withdrawal);
    if (w->side == BRIDGE_REFUND)
        return d->chain == w->chain ? BRIDGE_FIT_YES : BRIDGE_FIT_NO;
    bool there = d->other_chain == w->chain, back = w->other_chain == d->chain;
    if ((d->other_chain && !there) || (w->other_chain && !back))
        return BRIDGE_FIT_NO;
    if (d->chain == w->chain && !bridge_protocol_of(m, deposit)->swaps)
        return BRIDGE_FIT_NO;
    return there || back ? BRIDGE_FIT_YES : BRIDGE_FIT_UNKNOWN;
}

enum bridge_fit bridge_asset_fit(const struct bridge_matching *m, uint32_t deposit, uint32_t withdrawal) {
    const struct bridge_measure *d = &m->measures[deposit], *w = &m->measures[withdrawal];
    bool refund = bridge_record_of(m, withdrawal)->side == BRIDGE_REFUND;
    bool named = d->other_class && !refund;
    uint32_t class = named ? d->other_class : d->class;
    bool known = named ? d->other_known : d->known;
    if (class == 0 || w->class == 0)
        return BRIDGE_FIT_UNKNOWN;
    if (class == w->class)
        return BRIDGE_FIT_YES;
    bool may_differ = !named && !refund && bridge_protocol_of(m, deposit)->swaps;
    return known && w->known && !may_differ ? BRIDGE_FIT_NO : BRIDGE_FIT_UNKNOWN;
}

/* Whether both amounts are of the same money, so that they can be compared at all. */
static bool same_money(const struct bridge_matching *m, uint32_t deposit, uint32_t withdrawal) {
    const struct bridge_measure *d = &m->measures[deposit], *w = &m->measures[withdrawal];
    if (!bridge_record_of(m, deposit)->has_units || !bridge_record_of(m, withdrawal)->has_units)
        return false;
    if (bridge_protocol_of(m, deposit)->swaps && d->class != w->class)
        return false;
    return d->scaled == w->scaled || d->class == w->class;
}

enum bridge_fit bridge_amount_fit(const struct bridge_matching *m, uint32_t deposit, uint32_t withdrawal,
                                  uint32_t *ret_loss_ppm, bool *ret_more) {
    const struct bridge_measure *d = &m->measures[deposit], *w = &m->measures[withdrawal];
    if (!same_money(m, deposit, withdrawal))
        return BRIDGE_FIT_UNKNOWN;
    bool scaled = d->scaled && w->scaled;
    u128 in = scaled ? d->value : bridge_record_of(m, deposit)->units;
    u128 out = scaled ? w->value : bridge_record_of(m, withdrawal)->units;
    bool sure = scaled || (d->class && d->class == w->class);
    if (out > in || in == 0) {
        *ret_more = out > in;
        return !sure ? BRIDGE_FIT_UNKNOWN : out > in ? BRIDGE_FIT_NO : BRIDGE_FIT_UNKNOWN;
    }
    uint32_t loss = (uint32_t)mul_div_u128(in - out, MILLION, in);
    if (loss > bridge_protocol_of(m, deposit)->fee_ppm) {
        *ret_more = false;
        return sure ? BRIDGE_FIT_NO : BRIDGE_FIT_UNKNOWN;
    }
    *ret_loss_ppm = loss;
    return BRIDGE_FIT_YES;
}

/* ---- taking ---- */

static int compare_pairs(const void *a, const void *b) {
    const struct bridge_pair *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    if (x->deposit != y->deposit)
        return x->deposit < y->deposit ? -1 : 1;
    return (x->withdrawal > y->withdrawal) - (x->withdrawal < y->withdrawal);
}

enum imjin_status bridge_take(struct bridge_matching *m, struct bridge_pair *pairs, uint64_t count, unsigned rung,
                              struct error *err) {
    if (count)
        qsort(pairs, count, sizeof *pairs, compare_pairs);
    for (uint64_t i = 0; i < count; i++) {
        const struct bridge_pair *p = &pairs[i];
        bool often = rung == BRIDGE_RUNG_IDENTIFIER && bridge_protocol_of(m, p->deposit)->pays_often;
        bool chosen = !m->used[p->withdrawal] && (often || !m->used[p->deposit]);
        if (!chosen && rung != BRIDGE_RUNG_AMOUNT)
            continue;
        if (chosen)
            m->used[p->deposit] = m->used[p->withdrawal] = (uint8_t)rung;
        int64_t in = bridge_record_of(m, p->deposit)->time, out = bridge_record_of(m, p->withdrawal)->time;
        struct bridge_match match = {.deposit = p->deposit,
                                     .withdrawal = p->withdrawal,
                                     .confidence = chosen ? bridge_confidence(rung, p->rivals) : 0,
                                     .rivals = p->rivals,
                                     .rung = (uint8_t)rung,
                                     .evidence = p->evidence,
                                     .chosen = chosen,
                                     .loss_ppm = p->loss_ppm,
                                     .delay = in == TIME_UNKNOWN || out == TIME_UNKNOWN ? TIME_UNKNOWN : out - in};
        TRY(buffer_push(&m->matches, &match, NULL, err));
    }
    return IMJIN_OK;
}
