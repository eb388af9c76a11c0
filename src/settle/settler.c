#include <stdlib.h>

#include "settle/core.h"
#include "settle/limits.h"

static const char *const rule_names[SETTLE_RULES] = {
    [RULE_TRANSFER] = "transfer", [RULE_FEE] = "fee",         [RULE_MINT] = "mint",       [RULE_BURN] = "burn",
    [RULE_SWAP] = "swap",         [RULE_SWAP_TO] = "swap-to", [RULE_WRAP] = "wrap",       [RULE_UNWRAP] = "unwrap",
    [RULE_DEPOSIT] = "deposit",   [RULE_REDEEM] = "redeem",   [RULE_UNKNOWN] = "unknown",
};
const char *settle_rule_name(enum settle_rule rule) { return (unsigned)rule < SETTLE_RULES ? rule_names[rule] : "?"; }

enum imjin_status settle_asset_facts_add(struct asset_facts *f, const struct ledger *l, uint64_t from, const struct progress *p,
                                         struct error *err) {
    const struct movement *movements = ledger_movements(l);
    uint64_t count = ledger_counts(l)->movements;
    for (uint64_t i = from; i < count; i++) {
        const struct movement *m = &movements[i];
        if (((i - from) & 0xfffff) == 0)
            TRY(progress_step(p, "adding up assets", "movements", i, count, err));
        if (m->asset >= f->count)
            return fail(err, IMJIN_BAD_INPUT, "the ledger is damaged: movement %llu names asset %u of %u",
                        (unsigned long long)i, m->asset, f->count);
        if (movement_wide(m) || (f->sums[m->asset] += movement_units(m)) >= ASSET_SUM_LIMIT) {
            f->flags[m->asset] |= FACT_UNTRACEABLE;
            f->sums[m->asset] = 0;
        }
    }
    return IMJIN_OK;
}

static enum imjin_status read_assets(struct asset_facts *f, const struct ledger *l, struct error *err) {
    for (uint32_t i = 0; i < f->count; i++) {
        struct ledger_asset asset;
        TRY(ledger_asset(l, (struct asset_id){i}, &asset, err));
        bool token = asset.key.form == ASSET_TOKEN || asset.key.form == ASSET_ITEM;
        f->issuers[i] = token ? asset.issuer.n : ID_NONE;
        f->flags[i] = asset.key.form == ASSET_NATIVE ? FACT_NATIVE : 0;
    }
    return IMJIN_OK;
}

enum imjin_status settle_asset_facts_init(struct asset_facts *ret, const struct ledger *l, struct error *err) {
    struct asset_facts f = {.count = (uint32_t)ledger_counts(l)->assets};
    f.issuers = memory_new(f.count, sizeof *f.issuers);
    f.flags = memory_new(f.count, sizeof *f.flags);
    f.sums = memory_new(f.count, sizeof *f.sums);
    enum imjin_status status =
        f.issuers && f.flags && f.sums ? read_assets(&f, l, err) : fail_memory(err, "the table of assets");
    if (status != IMJIN_OK) {
        settle_asset_facts_done(&f);
        return status;
    }
    *ret = f;
    return IMJIN_OK;
}

void settle_asset_facts_done(struct asset_facts *f) {
    memory_free(f->issuers);
    memory_free(f->flags);
    memory_free(f->sums);
    *f = (struct asset_facts){0};
}

#define BUFFER(type)                                                                                                           \
    ((struct buffer){.item_bytes = sizeof(type), .items_max = UINT32_MAX - 1, .what = "parts of one transaction"})

enum imjin_status settler_new_facts(struct settler **ret, const struct asset_facts *facts, uint32_t rules, struct error *err) {
    struct settler *s = memory_new(1, sizeof *s);
    if (s == NULL)
        return fail_memory(err, "settling");
    s->facts = facts;
    s->rules = rules;
    s->nodes = BUFFER(struct node);
    s->pieces = BUFFER(struct piece);
    s->order = BUFFER(u128);
    s->heap = BUFFER(uint64_t);
    s->walk = BUFFER(uint32_t);
    s->asset_notes = BUFFER(u128);
    s->draws = BUFFER(struct settle_side);
    s->gains = BUFFER(struct settle_side);
    s->draw_notes = BUFFER(struct side_note);
    s->gain_notes = BUFFER(struct side_note);
    s->flows = BUFFER(struct flow);
    s->flows_by_gain = BUFFER(struct flow *);
    s->gain_starts = BUFFER(uint32_t);
    s->owners = BUFFER(struct owner);
    s->given = BUFFER(struct stretch);
    s->got = BUFFER(struct stretch);
    s->links = BUFFER(struct settle_link);
    s->owned = BUFFER(u128);
    s->displaced = BUFFER(u128);
    s->vacant = BUFFER(u128);
    s->exchanged = BUFFER(uint8_t);
    *ret = s;
    return IMJIN_OK;
}

enum imjin_status settler_new(struct settler **ret, const struct ledger *l, uint32_t rules, struct error *err) {
    struct asset_facts facts;
    struct settler *s = NULL;
    TRY(settle_asset_facts_init(&facts, l, err));
    enum imjin_status status = settle_asset_facts_add(&facts, l, 0, NULL, err);
    if (status == IMJIN_OK)
        status = settler_new_facts(&s, NULL, rules, err);
    if (status != IMJIN_OK) {
        settle_asset_facts_done(&facts);
        return status;
    }
    INVARIANT(s != NULL);
    s->own_facts = facts;
    s->facts = &s->own_facts;
    s->ledger = l;
    *ret = s;
    return IMJIN_OK;
}

void settler_free(struct settler *s) {
    if (s == NULL)
        return;
    settle_asset_facts_done(&s->own_facts);
    settle_id_map_done(&s->accounts);
    settle_id_map_done(&s->assets);
    settle_id_map_done(&s->nodes_by_key);
    struct buffer *const buffers[] = {&s->nodes,       &s->pieces, &s->order,      &s->heap,       &s->walk,  &s->asset_notes,
                                      &s->draws,       &s->gains,  &s->draw_notes, &s->gain_notes, &s->flows, &s->flows_by_gain,
                                      &s->gain_starts, &s->owners, &s->given,      &s->got,        &s->links, &s->owned,
                                      &s->displaced,   &s->vacant, &s->exchanged};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        buffer_done(buffers[i]);
    memory_free(s);
}

enum imjin_status settle_movements(struct settler *s, const struct movement *movements, uint64_t first, uint32_t count,
                                   struct settled *ret, struct error *err) {
    TRY(settle_gather(s, movements, first, count, err));
    TRY(settle_make_sides(s, err));
    TRY(settle_route_flows(s, err));
    TRY(settle_link_flows(s, err));
    *ret = (struct settled){.draws = s->draws.items,
                            .gains = s->gains.items,
                            .links = s->links.items,
                            .draw_count = (uint32_t)s->draws.count,
                            .gain_count = (uint32_t)s->gains.count,
                            .link_count = (uint32_t)s->links.count,
                            .untraceable = s->untraceable};
    return IMJIN_OK;
}

enum imjin_status settle_tx(struct settler *s, uint64_t first, uint32_t count, struct settled *ret, struct error *err) {
    uint64_t total = ledger_counts(s->ledger)->movements;
    const struct movement *movements = ledger_movements(s->ledger);
    if (first > total || count > total - first)
        return fail(err, IMJIN_USAGE, "no movements %llu to %llu: the ledger has %llu", (unsigned long long)first,
                    (unsigned long long)first + count, (unsigned long long)total);
    for (uint32_t i = 0; i < count; i++)
        if (!ledger_movement_check(s->ledger, &movements[first + i]))
            return fail(err, IMJIN_BAD_INPUT, "the ledger is damaged: movement %llu", (unsigned long long)first + i);
    return settle_movements(s, movements + first, first, count, ret, err);
}
