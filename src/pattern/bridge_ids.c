/* Rung 1: what both sides call by one identifier. An identifier alone is not enough: replayed and forged messages carry a real
 * one, so chain, target, asset, amount and time must not speak against it. */
#include "pattern/bridge_inside.h"

#include <stdlib.h>

enum { KEPT = 4 /* deposits kept for one withdrawal: batches put several into one transaction */ };

/* A deposit under one of its names. */
struct name {
    uint32_t text, protocol, deposit;
    bool is_tx;
};

static int compare_names(const void *a, const void *b) {
    const struct name *x = a, *y = b;
    if (x->text != y->text)
        return x->text < y->text ? -1 : 1;
    if (x->protocol != y->protocol)
        return x->protocol < y->protocol ? -1 : 1;
    return (x->deposit > y->deposit) - (x->deposit < y->deposit);
}

/* When deposits of a protocol from one chain to another are known; source 0: from any. */
struct cover {
    uint32_t protocol, source, target;
    int64_t first, last;
};

static int compare_routes(const struct cover *x, const struct cover *y) {
    if (x->protocol != y->protocol)
        return x->protocol < y->protocol ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return (x->target > y->target) - (x->target < y->target);
}
static int compare_covers(const void *a, const void *b) { return compare_routes(a, b); }

struct naming {
    struct bridge_matching *m;
    struct name *names;
    struct cover *covers;
    struct bridge_pair *pairs; /* of the withdrawal at hand: the best, best first */
    uint64_t name_count, cover_count, pair_count;
    struct buffer taken; /* struct bridge_pair */
};

static void add_cover(struct naming *n, uint32_t protocol, uint32_t source, const struct bridge_record *d) {
    n->covers[n->cover_count++] = (struct cover){protocol, source, d->other_chain, d->time, d->time};
}

static void merge_covers(struct naming *n) {
    uint64_t kept = 0;
    if (n->cover_count)
        qsort(n->covers, n->cover_count, sizeof *n->covers, compare_covers);
    for (uint64_t i = 0; i < n->cover_count; i++) {
        struct cover *c = &n->covers[i], *last = kept ? &n->covers[kept - 1] : NULL;
        if (last == NULL || compare_routes(last, c) != 0) {
            n->covers[kept++] = *c;
            continue;
        }
        last->first = c->first < last->first ? c->first : last->first;
        last->last = c->last > last->last ? c->last : last->last;
    }
    n->cover_count = kept;
}

static enum imjin_status index_deposits(struct naming *n, struct error *err) {
    uint64_t count = bridge_store_count(n->m->store);
    n->names = memory_new(2 * count, sizeof *n->names);
    n->covers = memory_new(2 * count, sizeof *n->covers);
    if (!n->names || !n->covers)
        return fail_memory(err, "deposits of bridges");
    for (uint32_t i = 0; i < count; i++) {
        const struct bridge_record *d = bridge_record_of(n->m, i);
        if (d->side != BRIDGE_DEPOSIT || d->no_such_chain)
            continue;
        if (d->id)
            n->names[n->name_count++] = (struct name){d->id, d->protocol, i, false};
        if (d->tx != d->id)
            n->names[n->name_count++] = (struct name){d->tx, d->protocol, i, true};
        if (d->time != TIME_UNKNOWN && (d->id || bridge_protocol_of(n->m, i)->ids_are_txs)) {
            add_cover(n, d->protocol, d->chain, d);
            add_cover(n, d->protocol, 0, d);
        }
    }
    if (n->name_count)
        qsort(n->names, n->name_count, sizeof *n->names, compare_names);
    merge_covers(n);
    return IMJIN_OK;
}

static bool route_covers(const struct naming *n, uint32_t protocol, uint32_t source, uint32_t target, int64_t time,
                         int64_t window) {
    struct cover wanted = {.protocol = protocol, .source = source, .target = target};
    const struct cover *c = n->cover_count ? bsearch(&wanted, n->covers, n->cover_count, sizeof wanted, compare_covers) : NULL;
    return c && c->first <= time - window && time <= c->last + window;
}

/* Whether a deposit for this withdrawal would be known, had there been one: deposits of its protocol are, from a window before
 * it on. */
static bool is_covered(const struct naming *n, uint32_t withdrawal) {
    const struct bridge_record *w = bridge_record_of(n->m, withdrawal);
    int64_t window = bridge_protocol_of(n->m, withdrawal)->window;
    if (w->time == TIME_UNKNOWN)
        return false;
    return route_covers(n, w->protocol, w->other_chain, w->chain, w->time, window) ||
           route_covers(n, w->protocol, w->other_chain, 0, w->time, window);
}

/* BRIDGE_SOUND: they belong together, and *ret is the pair. */
static enum bridge_doubt judge(const struct bridge_matching *m, const struct name *name, uint32_t withdrawal,
                               struct bridge_pair *ret) {
    const struct bridge_record *d = bridge_record_of(m, name->deposit), *w = bridge_record_of(m, withdrawal);
    uint32_t wanted = w->side == BRIDGE_REFUND ? d->sender : d->recipient, loss = 0;
    bool more = false;
    enum bridge_fit asset = bridge_asset_fit(m, name->deposit, withdrawal);
    enum bridge_fit amount = bridge_amount_fit(m, name->deposit, withdrawal, &loss, &more);
    bool timed = d->time != TIME_UNKNOWN && w->time != TIME_UNKNOWN;
    if ((wanted && w->recipient && wanted != w->recipient) || asset == BRIDGE_FIT_NO)
        return BRIDGE_WRONG_TARGET;
    if (amount == BRIDGE_FIT_NO && more)
        return BRIDGE_PAYS_MORE;
    if (timed && w->time < d->time - BRIDGE_CLOCK_SKEW)
        return BRIDGE_TOO_EARLY;
    uint64_t delay = timed && w->time > d->time ? (uint64_t)(w->time - d->time) : 0;
    unsigned evidence = name->is_tx ? BRIDGE_SAME_TX : BRIDGE_SAME_ID;
    evidence |= wanted && w->recipient && w->side != BRIDGE_REFUND ? BRIDGE_SAME_RECIPIENT : 0;
    evidence |= d->sender && d->sender == w->recipient ? BRIDGE_SAME_ADDRESS : 0;
    evidence |= asset == BRIDGE_FIT_YES ? BRIDGE_SAME_ASSET : 0;
    evidence |= amount == BRIDGE_FIT_YES ? BRIDGE_SAME_AMOUNT : 0;
    evidence |= bridge_chain_fit(m, name->deposit, withdrawal) == BRIDGE_FIT_YES ? BRIDGE_SAME_CHAINS : 0;
    evidence |= timed && (int64_t)delay <= bridge_protocol_of(m, name->deposit)->window ? BRIDGE_IN_TIME : 0;
    if (amount != BRIDGE_FIT_YES)
        loss = 1000000;
    *ret = (struct bridge_pair){.cost = ((uint64_t)loss + 1) * (delay + 60),
                                .deposit = name->deposit,
                                .withdrawal = withdrawal,
                                .loss_ppm = amount == BRIDGE_FIT_YES ? loss : 0,
                                .evidence = (uint8_t)evidence};
    return BRIDGE_SOUND;
}

static void keep(struct naming *n, const struct bridge_pair *pair) {
    uint64_t at = n->pair_count < KEPT ? n->pair_count++ : KEPT;
    for (; at > 0 && n->pairs[at - 1].cost > pair->cost; at--)
        if (at < KEPT)
            n->pairs[at] = n->pairs[at - 1];
    if (at < KEPT)
        n->pairs[at] = *pair;
}

static uint64_t first_name(const struct naming *n, uint32_t text, uint32_t protocol) {
    uint64_t low = 0, high = n->name_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        const struct name *at = &n->names[middle];
        if (at->text < text || (at->text == text && at->protocol < protocol))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Holds a withdrawal against the deposits of its identifier; returns why it has none. */
static enum bridge_doubt look_up(struct naming *n, uint32_t withdrawal) {
    const struct bridge_record *w = bridge_record_of(n->m, withdrawal);
    bool by_tx = bridge_protocol_of(n->m, withdrawal)->ids_are_txs;
    enum bridge_doubt doubt = BRIDGE_SOUND;
    unsigned rivals = 0, seen = 0;
    n->pair_count = 0;
    for (uint64_t i = first_name(n, w->id, w->protocol); i < n->name_count && seen < BRIDGE_SAME_ID_MAX; i++, seen++) {
        const struct name *name = &n->names[i];
        struct bridge_pair pair;
        if (name->text != w->id || name->protocol != w->protocol)
            break;
        if ((by_tx && !name->is_tx) || bridge_chain_fit(n->m, name->deposit, withdrawal) == BRIDGE_FIT_NO)
            continue;
        enum bridge_doubt against = judge(n->m, name, withdrawal, &pair);
        if (against == BRIDGE_SOUND) {
            rivals++;
            keep(n, &pair);
        } else if (doubt == BRIDGE_SOUND || against < doubt) {
            doubt = against;
        }
    }
    for (uint64_t i = 0; i < n->pair_count; i++)
        n->pairs[i].rivals = rivals - 1;
    if (n->pair_count)
        return BRIDGE_SOUND;
    return doubt != BRIDGE_SOUND ? doubt : is_covered(n, withdrawal) ? BRIDGE_NO_DEPOSIT : BRIDGE_NOT_COVERED;
}

static enum imjin_status look_up_all(struct naming *n, struct error *err) {
    struct bridge_matching *m = n->m;
    struct bridge_pair pairs[KEPT];
    uint64_t count = bridge_store_count(m->store);
    n->pairs = pairs;
    for (uint32_t i = 0; i < count; i++) {
        const struct bridge_record *w = bridge_record_of(m, i);
        if ((i & 0xfff) == 0)
            TRY(progress_step(m->progress, "matching identifiers", "records", i, count, err));
        if (w->side == BRIDGE_DEPOSIT)
            continue;
        if (w->no_such_chain) {
            m->doubts[i] = BRIDGE_NO_SUCH_CHAIN;
            continue;
        }
        m->doubts[i] = (uint8_t)(w->id ? look_up(n, i) : BRIDGE_NO_ID);
        for (uint64_t k = 0; w->id && k < n->pair_count; k++)
            TRY(buffer_push(&n->taken, &n->pairs[k], NULL, err));
    }
    TRY(bridge_learn_assets(m, n->taken.items, &n->taken.count, err));
    TRY(bridge_take(m, n->taken.items, n->taken.count, BRIDGE_RUNG_IDENTIFIER, err));
    for (uint32_t i = 0; i < count; i++)
        if (bridge_record_of(m, i)->side != BRIDGE_DEPOSIT && m->doubts[i] == BRIDGE_SOUND && !m->used[i])
            m->doubts[i] = BRIDGE_PAID_BEFORE;
    return IMJIN_OK;
}

enum imjin_status bridge_match_ids(struct bridge_matching *m, struct error *err) {
    struct naming n = {.m = m};
    n.taken =
        (struct buffer){.item_bytes = sizeof(struct bridge_pair), .items_max = BRIDGE_PAIRS_MAX, .what = "pairs of bridges"};
    enum imjin_status status = index_deposits(&n, err);
    if (status == IMJIN_OK)
        status = look_up_all(&n, err);
    buffer_done(&n.taken);
    memory_free(n.names);
    memory_free(n.covers);
    return status;
}
