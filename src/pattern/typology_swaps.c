/* Rules that read the compiled ledger: swaps out of an issuer's reach, and money parked in pools. */
#include "pattern/search.h"

static enum imjin_status asset_of(const struct search *s, struct holding_id id, struct asset_id *ret_asset,
                                  const struct token_issuer **ret_issuer, struct error *err) {
    struct holding h;
    struct ledger_asset asset;
    TRY(compiled_holding(s->in->compiled, id, &h, err));
    TRY(ledger_asset(s->in->ledger, h.asset, &asset, err));
    *ret_asset = h.asset;
    *ret_issuer = token_issuer_of(ledger_chain(s->in->ledger), &asset.key);
    return IMJIN_OK;
}

static enum imjin_status add_swap(struct search *s, struct pattern_finding *f, const struct flow_edge *e, u128 units,
                                  struct error *err) {
    struct step step = {.number = e->movement, .tx = e->tx.n};
    f->count++;
    f->units += units;
    return finding_show(s, f, &step, err);
}

/* Everything of one holding that went the way of a pattern. */
static enum imjin_status search_holding(struct search *s, const struct history *h, struct holding_id id, struct error *err) {
    struct edge_cursor cursor;
    struct asset_id gave, got;
    const struct token_issuer *issuer, *other;
    struct pattern_finding swaps = finding_begin(s, PATTERN_OUT_OF_REACH, h->account);
    TRY(asset_of(s, id, &gave, &issuer, err));
    TRY(edges_at(s->in->compiled, id, DIRECTION_OUT, 0, &cursor, err));
    for (bool more = true; issuer && wanted(s, PATTERN_OUT_OF_REACH);) {
        struct flow_edge e;
        TRY(edges_next(&cursor, &e, &more, err));
        if (!more)
            break;
        if (e.rule != RULE_SWAP && e.rule != RULE_SWAP_TO)
            continue;
        TRY(asset_of(s, e.to, &got, &other, err));
        if (other == NULL)
            TRY(add_swap(s, &swaps, &e, e.out_units, err));
    }
    swaps.asset = gave;
    swaps.confidence = 1000000;
    return swaps.count ? finding_end(s, &swaps, err) : IMJIN_OK;
}

/* Shares that were minted for what the account gave: the finding names the shares, and how long they lay. */
static enum imjin_status search_shares(struct search *s, const struct history *h, struct holding_id id, struct error *err) {
    struct edge_cursor cursor;
    struct holding shares;
    struct pattern_finding f = finding_begin(s, PATTERN_LIQUIDITY, h->account);
    TRY(compiled_holding(s->in->compiled, id, &shares, err));
    TRY(edges_at(s->in->compiled, id, DIRECTION_IN, 0, &cursor, err));
    for (bool more = true; wanted(s, PATTERN_LIQUIDITY);) {
        struct flow_edge e;
        TRY(edges_next(&cursor, &e, &more, err));
        if (!more)
            break;
        if (e.rule == RULE_DEPOSIT && e.from.n != ID_NONE)
            TRY(add_swap(s, &f, &e, e.in_units, err));
    }
    f.asset = shares.asset;
    f.confidence = 1000000;
    return f.count ? finding_end(s, &f, err) : IMJIN_OK;
}

enum imjin_status search_swaps(struct search *s, const struct history *h, struct error *err) {
    const uint32_t *ids;
    uint64_t count;
    if (s->in->compiled == NULL || (!wanted(s, PATTERN_OUT_OF_REACH) && !wanted(s, PATTERN_LIQUIDITY)))
        return IMJIN_OK;
    enum imjin_status status = compiled_account_holdings(s->in->compiled, h->account, &ids, &count, err);
    if (status == IMJIN_NOT_FOUND)
        return IMJIN_OK;
    TRY(status);
    for (uint64_t i = 0; i < count; i++) {
        TRY(search_holding(s, h, (struct holding_id){ids[i]}, err));
        TRY(search_shares(s, h, (struct holding_id){ids[i]}, err));
    }
    return IMJIN_OK;
}
