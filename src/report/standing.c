#include "report/standing.h"

#include <stdlib.h>

#include "report/symbols.h"

static const char *const names[STANDINGS] = {"native", "known", "plain", "item", "doubtful"};
const char *standing_name(enum standing s) { return (unsigned)s < STANDINGS ? names[s] : "plain"; }

/* ---- what known tokens look like ---- */

struct name_looks {
    char (*items)[SYMBOL_LOOK_MAX]; /* ascending */
    uint64_t count;
};

static int compare_looks(const void *a, const void *b) { return strcmp(a, b); }

static void add_look(struct name_looks *l, const char *symbol) {
    symbol_look(symbol, l->items[l->count]);
    l->count += l->items[l->count][0] != '\0';
}

/* The symbol a label names: what stands before " token contract", as the labels that come with the program say it. */
static void add_labelled_name(struct name_looks *l, struct span label) {
    static const char ending[] = " token contract";
    char symbol[ASSET_SYMBOL_MAX];
    uint64_t count = label.count - (sizeof ending - 1);
    if (label.count < sizeof ending || count >= sizeof symbol || memcmp(label.bytes + count, ending, sizeof ending - 1) != 0)
        return;
    memcpy(symbol, label.bytes, count);
    symbol[count] = '\0';
    add_look(l, symbol);
}

static enum imjin_status add_token(const struct report_input *in, struct name_looks *l, const struct tag *tag,
                                   struct error *err) {
    struct asset_key key = {.form = ASSET_TOKEN, .contract = tag->address};
    struct ledger_asset asset;
    struct asset_id id;
    add_labelled_name(l, tag->label);
    enum imjin_status status = ledger_asset_find(in->ledger, &key, &id, err);
    if (status == IMJIN_NOT_FOUND)
        return IMJIN_OK;
    TRY(status);
    TRY(ledger_asset(in->ledger, id, &asset, err));
    add_look(l, asset.symbol);
    return IMJIN_OK;
}

static bool names_token(const struct tag *tag, const char *chain) {
    return tag->category && tag->category->role == LABEL_ROLE_TOKEN && tag->address.form == ADDRESS_EVM &&
           (tag->chain.count == 0 || span_is(tag->chain, chain));
}

static enum imjin_status looks_make(const struct report_input *in, struct arena *a, struct name_looks *ret, struct error *err) {
    const struct chain *chain = ledger_chain(in->ledger);
    struct name_looks l = {0};
    uint64_t tokens = 0, all = in->labels ? label_count(in->labels) : 0;
    for (uint64_t i = 0; i < all && tokens < REPORT_KNOWN_TOKENS; i++) {
        struct tag tag = label_at(in->labels, i);
        tokens += names_token(&tag, chain->name);
    }
    l.items = arena_new(a, 2 * tokens + 2, sizeof *l.items); /* two names a token, the coin's, and one being written */
    if (l.items == NULL)
        return fail_memory(err, "names of known tokens");
    add_look(&l, chain->native_symbol);
    for (uint64_t i = 0; i < all && tokens; i++) {
        struct tag tag = label_at(in->labels, i);
        if (!names_token(&tag, chain->name))
            continue;
        tokens--;
        TRY(add_token(in, &l, &tag, err));
    }
    qsort(l.items, l.count, sizeof *l.items, compare_looks);
    *ret = l;
    return IMJIN_OK;
}

/* ---- standing ---- */

static bool asked_for(const struct report_input *in, uint32_t asset) {
    for (uint32_t i = 0; in->request && i < in->request->source_count; i++)
        if (in->request->sources[i].has_asset && in->request->sources[i].asset.n == asset)
            return true;
    return false;
}

static bool labelled(const struct report_input *in, const struct address *contract) {
    struct tag tag;
    bool conflict;
    if (in->labels == NULL || !label_role_of(in->labels, ledger_chain(in->ledger)->name, contract, &tag, &conflict))
        return false;
    enum label_role role = tag.category ? tag.category->role : LABEL_ROLE_NONE;
    return role == LABEL_ROLE_TOKEN || role == LABEL_ROLE_DEFI || role == LABEL_ROLE_BRIDGE;
}

/* Whether the symbol looks like the coin or a known token. Signs of other scripts take up to sixteen bytes each of a symbol's
 * 31, so of a name that was cut among them the rest is taken for granted. */
static bool imitates(const struct name_looks *l, const char *symbol) {
    char look[SYMBOL_LOOK_MAX];
    symbol_look(symbol, look);
    size_t count = strlen(look), bytes = strlen(symbol);
    bool cut = count > 1 && bytes > 3 && strcmp(symbol + bytes - 3, "...") == 0 && strstr(symbol, "\\x");
    for (uint64_t i = 0; cut && i < l->count; i++)
        if (strncmp(look, l->items[i], count) == 0)
            return true;
    return count && bsearch(look, l->items, l->count, sizeof *l->items, compare_looks);
}

static enum imjin_status stand(const struct report_input *in, const struct name_looks *looks, struct ranked_asset *r,
                               struct error *err) {
    struct ledger_asset asset;
    TRY(ledger_asset(in->ledger, (struct asset_id){r->asset}, &asset, err));
    bool contract = asset.key.form == ASSET_TOKEN || asset.key.form == ASSET_ITEM;
    if (asset.key.form == ASSET_NATIVE)
        r->standing = STANDING_NATIVE;
    else if ((contract && labelled(in, &asset.key.contract)) || asked_for(in, r->asset))
        r->standing = STANDING_KNOWN;
    else if (contract && (symbol_is_bait(asset.symbol) || imitates(looks, asset.symbol)))
        r->standing = STANDING_DOUBTFUL;
    else
        r->standing = asset.key.form == ASSET_ITEM ? STANDING_ITEM : STANDING_PLAIN;
    return IMJIN_OK;
}

static int compare_ids(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int compare_assets(const void *a, const void *b) {
    const struct ranked_asset *x = a, *y = b;
    return (x->asset > y->asset) - (x->asset < y->asset);
}

static int compare_standing(const void *a, const void *b) {
    const struct ranked_asset *x = a, *y = b;
    if (x->standing != y->standing)
        return x->standing < y->standing ? -1 : 1;
    if (x->use != y->use)
        return x->use > y->use ? -1 : 1;
    return compare_assets(a, b);
}

static enum imjin_status count_use(const struct report_input *in, struct ranking *r, struct error *err) {
    uint64_t count = in->compiled ? compiled_holding_count(in->compiled) : 0;
    if (count > REPORT_USE_HOLDINGS)
        count = REPORT_USE_HOLDINGS;
    for (uint64_t i = 0; i < count; i++) {
        struct holding h;
        TRY(compiled_holding(in->compiled, (struct holding_id){(uint32_t)i}, &h, err));
        struct ranked_asset wanted = {.asset = h.asset.n};
        struct ranked_asset *found = h.spent ? bsearch(&wanted, r->items, r->count, sizeof *r->items, compare_assets) : NULL;
        if (found)
            found->use++;
    }
    return IMJIN_OK;
}

/* Use only matters where at least two stand alike. */
static bool use_decides(const struct ranking *r) {
    unsigned alike[STANDINGS] = {0};
    for (uint64_t i = 0; i < r->count; i++)
        if (r->items[i].standing != STANDING_DOUBTFUL && alike[r->items[i].standing]++)
            return true;
    return false;
}

enum imjin_status ranking_make(const struct report_input *in, uint32_t *ids, uint64_t count, bool by_use, struct arena *a,
                               struct ranking *ret, struct error *err) {
    struct ranking r = {0};
    struct name_looks looks = {0};
    TRY(looks_make(in, a, &looks, err));
    qsort(ids, count, sizeof *ids, compare_ids);
    for (uint64_t i = 0; i < count; i++)
        if (i == 0 || ids[i] != ids[r.count - 1])
            ids[r.count++] = ids[i];
    r.items = arena_new(a, r.count + 1, sizeof *r.items);
    if (r.items == NULL)
        return fail_memory(err, "order of assets");
    for (uint64_t i = 0; i < r.count; i++) {
        r.items[i].asset = ids[i];
        TRY(stand(in, &looks, r.items + i, err));
    }
    if (by_use && use_decides(&r))
        TRY(count_use(in, &r, err));
    qsort(r.items, r.count, sizeof *r.items, compare_standing);
    for (uint64_t i = 0; i < r.count; i++)
        r.items[i].rank = (uint32_t)i;
    qsort(r.items, r.count, sizeof *r.items, compare_assets);
    *ret = r;
    return IMJIN_OK;
}

const struct ranked_asset *ranking_of(const struct ranking *r, struct asset_id asset) {
    struct ranked_asset wanted = {.asset = asset.n};
    const struct ranked_asset *found = bsearch(&wanted, r->items, r->count, sizeof *r->items, compare_assets);
    INVARIANT(found != NULL);
    return found;
}

/* ---- one after the other ---- */

enum { JUDGED_SOUND = 1, JUDGED_DOUBTFUL = 2 };

enum imjin_status doubts_make(const struct report_input *in, struct arena *a, struct doubts *ret, struct error *err) {
    struct doubts d = {.in = in};
    d.looks = arena_new(a, 1, sizeof *d.looks);
    d.judged = arena_new(a, ledger_counts(in->ledger)->assets + 1, 1);
    if (d.looks == NULL || d.judged == NULL)
        return fail_memory(err, "doubtful tokens");
    TRY(looks_make(in, a, d.looks, err));
    *ret = d;
    return IMJIN_OK;
}

static enum imjin_status ask_doubts(void *context, struct asset_id asset, bool *ret, struct error *err) {
    struct doubts *d = context;
    struct ranked_asset r = {.asset = asset.n};
    if (d->judged[asset.n] == 0) {
        TRY(stand(d->in, d->looks, &r, err));
        d->judged[asset.n] = r.standing == STANDING_DOUBTFUL ? JUDGED_DOUBTFUL : JUDGED_SOUND;
    }
    *ret = d->judged[asset.n] == JUDGED_DOUBTFUL;
    return IMJIN_OK;
}

struct pattern_doubt doubts_ask(struct doubts *d) {
    return (struct pattern_doubt){d, ask_doubts};
}

/* ---- what is shown ---- */

struct shown_assets ranking_shown(const struct ranking *r, uint64_t assets_max) {
    uint64_t good = 0;
    for (uint64_t i = 0; i < r->count; i++)
        good += r->items[i].standing != STANDING_DOUBTFUL;
    uint64_t doubtful = good ? r->count - good : 0, listed = r->count - doubtful;
    uint64_t shown = listed < assets_max ? listed : assets_max;
    return (struct shown_assets){(uint32_t)shown, listed - shown, doubtful};
}

static int compare_candidates(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static uint64_t asset_end(const struct candidate *items, uint64_t count, uint64_t first) {
    uint64_t end = first;
    while (end < count && items[end].rank == items[first].rank)
        end++;
    return end;
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Rows that the assets of [first, end) take when each takes at most `each`. */
static uint64_t rows_taken(const struct candidate *items, uint64_t first, uint64_t end, uint64_t each) {
    uint64_t rows = 0;
    for (uint64_t next; first < end; first = next) {
        next = asset_end(items, end, first);
        rows += least(next - first, each);
    }
    return rows;
}

/* Rows of [first, end) to the place `to`; returns how many. The first assets take what is left over after sharing equally. */
static uint64_t share_rows(struct candidate *items, uint64_t to, uint64_t first, uint64_t end, uint64_t rows) {
    uint64_t low = 0, high = rows, moved = 0;
    while (low < high) {
        uint64_t middle = high - (high - low) / 2;
        if (rows_taken(items, first, end, middle) <= rows)
            low = middle;
        else
            high = middle - 1;
    }
    uint64_t over = rows - rows_taken(items, first, end, low);
    for (uint64_t next; first < end; first = next) {
        next = asset_end(items, end, first);
        uint64_t take = least(next - first, low + (over > 0));
        over -= take > low;
        memmove(items + to + moved, items + first, take * sizeof *items);
        moved += take;
    }
    return moved;
}

uint64_t choose(struct candidate *items, uint64_t count, uint64_t rows_max) {
    uint64_t shown = 0;
    qsort(items, count, sizeof *items, compare_candidates);
    if (count <= rows_max)
        return count;
    for (uint64_t first = 0, end = 0; first < count && shown < rows_max; first = end) {
        for (uint64_t assets = 0; end < count && (assets == 0 || assets < rows_max / 2); assets++)
            end = asset_end(items, count, end);
        shown += share_rows(items, shown, first, end, rows_max - shown);
    }
    return shown;
}
