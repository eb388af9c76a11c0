#include <stdlib.h>

#include "pattern/defi_inside.h"

/* ---- flows ---- */

static int by_ends(const void *left, const void *right) {
    const struct defi_flow *a = left, *b = right;
    if (a->asset != b->asset)
        return a->asset < b->asset ? -1 : 1;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->to != b->to)
        return a->to < b->to ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static void join_flows(struct defi_view *v) {
    uint64_t kept = 0;
    for (uint64_t i = 0; i < v->flow_count; i++) {
        struct defi_flow *last = kept ? v->flows + kept - 1 : NULL, *f = v->flows + i;
        if (last && last->asset == f->asset && last->from == f->from && last->to == f->to)
            last->units += f->units;
        else
            v->flows[kept++] = *f;
    }
    v->flow_count = kept;
}

static enum imjin_status read_flows(struct defi_view *v, struct error *err) {
    v->flows = memory_new(v->in->count ? v->in->count : 1, sizeof *v->flows);
    if (v->flows == NULL)
        return fail_memory(err, "a transaction's movements");
    for (uint32_t i = 0; i < v->in->count; i++) {
        struct movement m;
        TRY(ledger_movement(v->in->ledger, v->in->first + i, &m, err));
        u128 units = movement_wide(&m) ? 0 : movement_units(&m);
        if (units == 0 || m.from == m.to || movement_kind(&m) == MOVEMENT_FEE)
            continue;
        v->flows[v->flow_count++] = (struct defi_flow){m.asset, m.from, m.to, i, units};
    }
    if (v->flow_count)
        qsort(v->flows, v->flow_count, sizeof *v->flows, by_ends);
    join_flows(v);
    return IMJIN_OK;
}

const struct defi_flow *defi_flow_find(const struct defi_view *v, uint32_t asset, uint32_t from, uint32_t to) {
    uint64_t low = 0, high = v->flow_count;
    const struct defi_flow wanted = {.asset = asset, .from = from, .to = to};
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (by_ends(v->flows + middle, &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const struct defi_flow *f = v->flows + low;
    return low < v->flow_count && f->asset == asset && f->from == from && f->to == to ? f : NULL;
}

/* ---- parties ---- */

static int by_account(const void *left, const void *right) {
    const struct defi_party *a = left, *b = right;
    return (a->account > b->account) - (a->account < b->account);
}

struct defi_party *defi_party_find(const struct defi_view *v, uint32_t account) {
    const struct defi_party wanted = {.account = account};
    return v->party_count ? bsearch(&wanted, v->parties, v->party_count, sizeof *v->parties, by_account) : NULL;
}

static enum imjin_status list_parties(struct defi_view *v, struct error *err) {
    const struct settled *s = v->in->settled;
    uint64_t most = (uint64_t)s->draw_count + s->gain_count;
    v->parties = memory_new(most ? most : 1, sizeof *v->parties);
    if (v->parties == NULL)
        return fail_memory(err, "a transaction's accounts");
    for (uint64_t i = 0; i < most; i++)
        v->parties[i] =
            (struct defi_party){.account = (i < s->draw_count ? s->draws[i] : s->gains[i - s->draw_count]).account.n,
                                .draw = ID_NONE,
                                .gain = ID_NONE,
                                .item_draw = ID_NONE,
                                .item_gain = ID_NONE,
                                .gave_to = ID_NONE,
                                .got_from = ID_NONE};
    if (most)
        qsort(v->parties, most, sizeof *v->parties, by_account);
    for (uint64_t i = 0; i < most; i++)
        if (i == 0 || v->parties[i].account != v->parties[v->party_count - 1].account)
            v->parties[v->party_count++] = v->parties[i];
    return IMJIN_OK;
}

enum imjin_status defi_issuer(const struct defi_view *v, uint32_t asset, uint32_t *ret_issuer, bool *ret_item,
                              struct error *err) {
    struct ledger_asset a;
    TRY(ledger_asset(v->in->ledger, (struct asset_id){asset}, &a, err));
    *ret_issuer = a.issuer.n;
    *ret_item = a.key.form == ASSET_ITEM;
    return IMJIN_OK;
}

static enum imjin_status use_draw(struct defi_view *v, struct defi_party *p, uint32_t draw, struct error *err) {
    const struct settle_side *side = v->in->settled->draws + draw;
    uint32_t issuer;
    bool item;
    TRY(defi_issuer(v, side->asset.n, &issuer, &item, err));
    const struct defi_flow *home = issuer == ID_NONE ? NULL : defi_flow_find(v, side->asset.n, p->account, issuer);
    p->draws++;
    p->draw = draw;
    p->handed_in |= home && home->units >= side->units;
    p->native_draw |= side->asset.n == ASSET_NATIVE_ID;
    if (item)
        p->item_draw = draw;
    return IMJIN_OK;
}

static enum imjin_status use_gain(struct defi_view *v, struct defi_party *p, uint32_t gain, struct error *err) {
    const struct settle_side *side = v->in->settled->gains + gain;
    uint32_t issuer;
    bool item;
    TRY(defi_issuer(v, side->asset.n, &issuer, &item, err));
    const struct defi_flow *home = issuer == ID_NONE ? NULL : defi_flow_find(v, side->asset.n, issuer, p->account);
    p->gains++;
    p->gain = gain;
    p->handed_out |= home && home->units >= side->units;
    if (item)
        p->item_gain = gain;
    return IMJIN_OK;
}

enum { EXCHANGE_RULES = 1 << RULE_SWAP | 1 << RULE_WRAP | 1 << RULE_UNWRAP | 1 << RULE_DEPOSIT | 1 << RULE_REDEEM };

static void read_link(struct defi_view *v, const struct settle_link *l, uint8_t *used) {
    const struct settled *s = v->in->settled;
    uint32_t giver = s->draws[l->draw].account.n, getter = s->gains[l->gain].account.n;
    struct defi_party *from = defi_party_find(v, giver), *to = defi_party_find(v, getter);
    if (l->rule == RULE_FEE && v->sender.n == ID_NONE)
        v->sender.n = giver;
    if (l->rule == RULE_SWAP_TO) {
        from->gave_to = from->gave_to == ID_NONE ? l->gain : from->gave_to;
        to->got_from = to->got_from == ID_NONE ? l->draw : to->got_from;
    }
    if (!(EXCHANGE_RULES >> l->rule & 1))
        return;
    from->issuer |= getter == ACCOUNT_VOID.n;
    to->issuer |= giver == ACCOUNT_VOID.n;
    if (giver != getter)
        return;
    from->rules |= 1u << l->rule;
    used[l->draw] = 1;
    used[s->draw_count + l->gain] = 1;
}

static enum imjin_status read_links(struct defi_view *v, uint8_t *used, struct error *err) {
    const struct settled *s = v->in->settled;
    for (uint32_t i = 0; i < s->link_count; i++)
        read_link(v, s->links + i, used);
    for (uint32_t i = 0; i < s->draw_count; i++)
        if (used[i])
            TRY(use_draw(v, defi_party_find(v, s->draws[i].account.n), i, err));
    for (uint32_t i = 0; i < s->gain_count; i++)
        if (used[s->draw_count + i])
            TRY(use_gain(v, defi_party_find(v, s->gains[i].account.n), i, err));
    return IMJIN_OK;
}

enum imjin_status defi_view_make(struct defi_view *v, struct error *err) {
    const struct settled *s = v->in->settled;
    TRY(read_flows(v, err));
    TRY(list_parties(v, err));
    uint8_t *used = memory_new((uint64_t)s->draw_count + s->gain_count + 1, sizeof *used);
    if (used == NULL)
        return fail_memory(err, "a transaction's accounts");
    enum imjin_status status = read_links(v, used, err);
    memory_free(used);
    return status;
}

void defi_view_done(struct defi_view *v) {
    memory_free(v->flows);
    memory_free(v->parties);
}
