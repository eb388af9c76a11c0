#include "report/names.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/symbols.h"

enum { BRIEF_PLACES = 4, ITEM_DIGITS = 10 /* of an item's number shown whole */ };

enum imjin_status account_name(const struct report_input *in, struct account_id id, struct account_name *ret,
                               struct error *err) {
    struct address address;
    struct account_name name = {0};
    TRY(ledger_address(in->ledger, id, &address, err));
    address_print(&address, name.address);
    if (in->labels) {
        const char *chain = ledger_chain(in->ledger)->name;
        name.has_role = label_role_of(in->labels, chain, &address, &name.tag, &name.conflict);
        name.tagged = name.has_role;
        uint64_t first, count;
        label_find(in->labels, chain, &address, &first, &count);
        if (!name.tagged && count) {
            name.tag = label_at(in->labels, first);
            name.tagged = true;
        }
    }
    *ret = name;
    return IMJIN_OK;
}

void short_address(const char *address, char ret_short[SHORT_ADDRESS_MAX]) {
    size_t count = strlen(address);
    if (count <= 18)
        snprintf(ret_short, SHORT_ADDRESS_MAX, "%s", address);
    else
        snprintf(ret_short, SHORT_ADDRESS_MAX, "%.8s\u2026%s", address, address + count - 6);
}

void short_tx(const char *id, char ret_short[SHORT_TX_MAX]) {
    size_t count = strlen(id);
    if (count <= 18)
        snprintf(ret_short, SHORT_TX_MAX, "%s", id);
    else
        snprintf(ret_short, SHORT_TX_MAX, "%.10s\u2026%s", id, id + count - 4);
}

void add_category(struct text *t, const struct tag *tag) {
    if (tag->category == NULL) {
        report_add_outside(t, tag->category_text);
        return;
    }
    for (const char *c = tag->category->name; *c; c++)
        text_add(t, *c == '_' ? " " : c, 1);
}

/* Contracts and numbers of items are shown by both ends, since either can be forged. */
static void name_briefly(struct asset_name *name) {
    const struct asset_key *key = &name->asset.key;
    char address[ADDRESS_PRINT_MAX] = "", brief[SHORT_ADDRESS_MAX], number[AMOUNT_PRINT_MAX];
    bool contract = key->form == ASSET_TOKEN || key->form == ASSET_ITEM;
    if (contract)
        address_print(&key->contract, address);
    short_address(address, brief);
    uint64_t whole = symbol_whole_signs(name->asset.symbol);
    if (name->asset.symbol[0])
        snprintf(name->brief, sizeof name->brief, "%.*s%s", (int)whole, name->asset.symbol,
                 name->asset.symbol[whole] ? "..." : "");
    else
        snprintf(name->brief, sizeof name->brief, "%s", contract ? brief : name->full);
    if (key->form != ASSET_ITEM)
        return;
    unsigned digits = amount_print(key->item, 0, number);
    size_t at = strlen(name->brief);
    if (digits <= ITEM_DIGITS)
        snprintf(name->brief + at, sizeof name->brief - at, " #%s", number);
    else
        snprintf(name->brief + at, sizeof name->brief - at, " #%.4s\u2026%s", number, number + digits - 4);
}

enum imjin_status asset_name(const struct report_input *in, struct asset_id id, struct asset_name *ret, struct error *err) {
    struct asset_name name = {0};
    TRY(ledger_asset(in->ledger, id, &name.asset, err));
    TRY(ledger_asset_print(in->ledger, id, name.full, err));
    name.decimals = name.asset.decimals;
    name_briefly(&name);
    *ret = name;
    return IMJIN_OK;
}

void add_brief_amount(struct text *t, struct u256 units, const struct asset_name *asset) {
    report_add_amount(t, units, asset->decimals, asset->brief, BRIEF_PLACES);
}

void add_exact_amount(struct text *t, struct u256 units, const struct asset_name *asset) {
    char exact[AMOUNT_PRINT_MAX];
    text_add(t, exact, amount_print(units, asset->decimals, exact));
    text_add_format(t, " %s", asset->full);
}

enum imjin_status tx_name(const struct report_input *in, struct tx_id id, struct tx_name *ret, struct error *err) {
    struct tx_name name = {0};
    TRY(ledger_tx(in->ledger, id, &name.tx, err));
    TRY(ledger_tx_print(in->ledger, id, name.id, err));
    *ret = name;
    return IMJIN_OK;
}

/* ---- sums ---- */

static void sum(struct u256 *to, u128 units) {
    INVARIANT(u256_add(*to, wide(units), to)); /* at most 2^32 thefts of less than 2^128 units */
}

static void total_add(struct asset_total *total, const struct trace_theft *theft) {
    total->thefts++;
    sum(&total->stolen, theft->stolen);
    sum(&total->held, theft->held);
    sum(&total->stopped, theft->stopped);
    sum(&total->fees, theft->fees);
    sum(&total->cut_off, theft->cut_off);
    for (unsigned r = 0; r < STOP_REASONS; r++)
        sum(&total->stopped_by[r], theft->stopped_by[r]);
}

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint64_t total_key(bool suspected, uint32_t place) { return (uint64_t)suspected << 32 | place; }

/* What a theft's asset is sorted by: its rank, or its id. */
static uint64_t theft_key(const struct ranking *ranking, const struct trace_theft *theft) {
    return total_key(theft->suspected, ranking->count ? ranking_of(ranking, theft->asset)->rank : theft->asset.n);
}

static enum imjin_status rank_stolen(const struct report_input *in, struct arena *a, struct ranking *ret, struct error *err) {
    const struct trace_result *r = in->result;
    uint32_t *ids = arena_new(a, r->theft_count + 1, sizeof *ids);
    if (ids == NULL)
        return fail_memory(err, "order of assets");
    for (uint64_t i = 0; i < r->theft_count; i++)
        ids[i] = r->thefts[i].asset.n;
    return ranking_make(in, ids, r->theft_count, true, a, ret, err);
}

static uint64_t find_key(const uint64_t *keys, uint64_t count, uint64_t key) {
    const uint64_t *found = bsearch(&key, keys, count, sizeof *keys, compare_u64);
    INVARIANT(found != NULL);
    return (uint64_t)(found - keys);
}

/* Doubtful assets are folded unless there are no others. */
static void fold_doubtful(struct totals *t) {
    for (uint64_t i = 0; i < t->stolen_count; i++)
        t->shown_count += t->items[i].standing != STANDING_DOUBTFUL;
    if (t->shown_count == 0) {
        t->shown_count = t->stolen_count;
        return;
    }
    for (uint64_t i = 0; i < t->count; i++) {
        t->items[i].folded = t->items[i].standing == STANDING_DOUBTFUL;
        t->folded_count += t->items[i].folded;
        t->folded_thefts += t->items[i].folded ? t->items[i].thefts : 0;
    }
}

enum imjin_status totals_make(const struct report_input *in, bool ranked, struct arena *a, struct totals *ret,
                              struct error *err) {
    const struct trace_result *r = in->result;
    struct totals totals = {0};
    struct ranking ranking = {0};
    uint64_t *keys = arena_new(a, r->theft_count + 1, sizeof *keys);
    totals.of_theft = arena_new(a, r->theft_count + 1, sizeof *totals.of_theft);
    if (keys == NULL || totals.of_theft == NULL)
        return fail_memory(err, "sums of the thefts");
    if (ranked)
        TRY(rank_stolen(in, a, &ranking, err));
    for (uint64_t i = 0; i < r->theft_count; i++)
        keys[i] = theft_key(&ranking, r->thefts + i);
    qsort(keys, r->theft_count, sizeof *keys, compare_u64);
    for (uint64_t i = 0; i < r->theft_count; i++)
        if (i == 0 || keys[i] != keys[totals.count - 1])
            keys[totals.count++] = keys[i];
    totals.items = arena_new(a, totals.count + 1, sizeof *totals.items);
    if (totals.items == NULL)
        return fail_memory(err, "sums of the thefts");
    for (uint64_t i = 0; i < r->theft_count; i++) {
        const struct trace_theft *theft = r->thefts + i;
        uint64_t at = find_key(keys, totals.count, theft_key(&ranking, theft));
        struct asset_total *item = totals.items + at;
        totals.of_theft[i] = (uint32_t)at;
        if (item->thefts == 0) {
            item->asset = theft->asset;
            item->suspected = theft->suspected;
            item->standing = ranked ? ranking_of(&ranking, theft->asset)->standing : STANDING_PLAIN;
            totals.stolen_count += !theft->suspected;
            TRY(asset_name(in, theft->asset, &item->name, err));
        }
        total_add(item, theft);
    }
    fold_doubtful(&totals);
    *ret = totals;
    return IMJIN_OK;
}

/* ---- stops ---- */

static const struct {
    const char *title, *request;
} stop_words[STOP_REASONS] = {
    [STOP_NONE] = {"at rest", ""},
    [STOP_SERVICE] = {"exchange or other service",
                      "Ask to freeze what is left of the credited amount, and to keep account-holder, log-in and withdrawal "
                      "records for these transactions."},
    [STOP_DEPOSIT] =
        {"deposit address of a service",
         "Ask the service whose wallet this address pays into: whose deposit address it is, to freeze what is left, "
         "and to keep the records."},
    [STOP_MIXER] = {"mixer", "Nobody can freeze here. Watch withdrawals after these deposits; ask services that credit them."},
    [STOP_BRIDGE] = {"bridge",
                     "Ask the operator for the destination chain, address and transaction of each of these deposits."},
    [STOP_DEFI] =
        {"contract that holds other people's money",
         "Ask the protocol's operator whether the position can be paused; read the contract for whose position it is."},
    [STOP_BURN] = {"burnt", "Nobody can spend from here."},
    [STOP_HUB] = {"hub",
                  "Not labelled. An account with this many counterparties is run by a business: find out which, then ask it."},
    [STOP_HORIZON] = {"behind the time or hop limit", "Trace again with a later limit."},
    [STOP_DUST] = {"below the least claim", "Trace again with a smaller least claim."},
    [STOP_LIMIT] = {"work limit reached", "Trace again with a higher work limit."},
};

const char *stop_title(enum stop_reason r) { return (unsigned)r < STOP_REASONS ? stop_words[r].title : "unknown"; }
const char *stop_request(enum stop_reason r) { return (unsigned)r < STOP_REASONS ? stop_words[r].request : ""; }

/* ---- where an account stands in the result ---- */

enum imjin_status account_index_make(const struct trace_result *r, struct arena *a, struct account_index *ret,
                                     struct error *err) {
    uint64_t *keys = arena_new(a, r->account_count + 1, sizeof *keys);
    if (keys == NULL)
        return fail_memory(err, "index of accounts");
    for (uint64_t i = 0; i < r->account_count; i++)
        keys[i] = (uint64_t)r->accounts[i].account.n << 32 | i;
    qsort(keys, r->account_count, sizeof *keys, compare_u64);
    *ret = (struct account_index){keys, r->account_count};
    return IMJIN_OK;
}

uint32_t account_position(const struct account_index *index, struct account_id id) {
    uint64_t low = 0, high = index->count, least = (uint64_t)id.n << 32;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (index->keys[middle] < least)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < index->count && index->keys[low] >> 32 == id.n;
    return found ? (uint32_t)index->keys[low] : ID_NONE;
}
