#include <stdlib.h>

#include "settle/core.h"
#include "settle/limits.h"

#define DRAW(s, i)      ITEMS(struct settle_side, (s)->draws)[i]
#define GAIN(s, i)      ITEMS(struct settle_side, (s)->gains)[i]
#define DRAW_NOTE(s, i) ITEMS(struct side_note, (s)->draw_notes)[i]
#define GAIN_NOTE(s, i) ITEMS(struct side_note, (s)->gain_notes)[i]
#define FLOW(s, i)      ITEMS(struct flow, (s)->flows)[i]

enum imjin_status settle_add_link(struct settler *s, const struct settle_link *link, struct error *err) {
    APPEND(struct settle_link, s->links, *link, err);
    return IMJIN_OK;
}

/* ---- flows by gain ---- */

static int flow_by_gain(const void *a, const void *b) {
    const struct flow *x = *(struct flow *const *)a, *y = *(struct flow *const *)b;
    if (x->gain != y->gain)
        return x->gain < y->gain ? -1 : 1;
    return x->gain_from < y->gain_from ? -1 : x->gain_from > y->gain_from;
}

/* Most transactions have few flows, in order already. */
static void sort_flows(struct flow **flows, uint32_t count) {
    if (count > SMALL_SORT) {
        qsort(flows, count, sizeof *flows, flow_by_gain);
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        struct flow *f = flows[i];
        uint32_t at = i;
        for (; at > 0 && flow_by_gain(&flows[at - 1], &f) > 0; at--)
            flows[at] = flows[at - 1];
        flows[at] = f;
    }
}

static enum imjin_status index_by_gain(struct settler *s, struct error *err) {
    s->flows_by_gain.count = s->gain_starts.count = 0;
    TRY(buffer_reserve(&s->flows_by_gain, s->flows.count, err));
    TRY(buffer_reserve(&s->gain_starts, s->gains.count + 1, err));
    struct flow **sorted = ITEMS(struct flow *, s->flows_by_gain);
    uint32_t *starts = ITEMS(uint32_t, s->gain_starts), count = (uint32_t)s->flows.count, at = 0;
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = &FLOW(s, i);
    sort_flows(sorted, count);
    for (uint32_t g = 0; g <= s->gains.count; g++) {
        while (at < count && sorted[at]->gain < g)
            at++;
        starts[g] = at;
    }
    s->flows_by_gain.count = count;
    s->gain_starts.count = s->gains.count + 1;
    return IMJIN_OK;
}

uint32_t settle_delivered_by(const struct settler *s, uint32_t gain, u128 at) {
    struct flow *const *sorted = ITEMS(struct flow *const, s->flows_by_gain);
    uint32_t low = ITEMS(uint32_t, s->gain_starts)[gain], high = ITEMS(uint32_t, s->gain_starts)[gain + 1];
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        *(sorted[middle]->gain_from <= at ? &low : &high) = middle;
    }
    return sorted[low]->movement;
}

/* ---- roles ---- */

enum settle_rule settle_own_rule(const struct settler *s, uint32_t draw, uint32_t gain) {
    const struct side_note *d = &DRAW_NOTE(s, draw), *g = &GAIN_NOTE(s, gain);
    bool minted = g->minted || d->bodiless, burnt = d->burnt || g->bodiless;
    bool native = (s->facts->flags[DRAW(s, draw).asset.n] ^ s->facts->flags[GAIN(s, gain).asset.n]) & FACT_NATIVE;
    bool wraps = native && DRAW(s, draw).units == GAIN(s, gain).units;
    if (minted)
        return wraps ? RULE_WRAP : RULE_DEPOSIT;
    if (burnt)
        return wraps ? RULE_UNWRAP : RULE_REDEEM;
    return RULE_SWAP;
}

static enum imjin_status find_roles(struct settler *s, struct error *err) {
    s->owners.count = 0;
    TRY(buffer_reserve(&s->owners, s->accounts.count, err));
    if (s->accounts.count)
        memset(s->owners.items, 0, s->accounts.count * sizeof(struct owner));
    s->owners.count = s->accounts.count;
    struct owner *owners = ITEMS(struct owner, s->owners);
    for (size_t i = 0; i < s->draws.count; i++)
        if (DRAW_NOTE(s, i).owner != ID_NONE)
            owners[DRAW_NOTE(s, i).owner].role |= ROLE_GIVES;
    for (size_t i = 0; i < s->gains.count; i++)
        if (GAIN_NOTE(s, i).owner != ID_NONE)
            owners[GAIN_NOTE(s, i).owner].role |= ROLE_GETS;
    for (size_t i = 0; i < s->flows.count; i++) {
        struct side_note *d = &DRAW_NOTE(s, FLOW(s, i).draw), *g = &GAIN_NOTE(s, FLOW(s, i).gain);
        g->minted |= d->bodiless && d->owner != ID_NONE;
        d->burnt |= g->bodiless && g->owner != ID_NONE;
    }
    return IMJIN_OK;
}

/* The draws and gains of exchangers, by account: keys are (account, draw or gain, index). */
enum { KEY_GAIN_BIT = 1 };
static uint32_t key_owner(u128 key) { return (uint32_t)(key >> 64); }
static bool key_is_gain(u128 key) { return key >> 32 & KEY_GAIN_BIT; }

static enum imjin_status list_owned(struct settler *s, struct error *err) {
    const struct owner *owners = ITEMS(struct owner, s->owners);
    s->owned.count = 0;
    TRY(buffer_reserve(&s->owned, s->draws.count + s->gains.count, err));
    u128 *keys = ITEMS(u128, s->owned);
    for (uint32_t i = 0; i < s->draws.count; i++) {
        uint32_t owner = DRAW_NOTE(s, i).owner;
        if (owner != ID_NONE && owners[owner].role == ROLE_EXCHANGES)
            keys[s->owned.count++] = (u128)owner << 64 | i;
    }
    for (uint32_t i = 0; i < s->gains.count; i++) {
        uint32_t owner = GAIN_NOTE(s, i).owner;
        if (owner != ID_NONE && owners[owner].role == ROLE_EXCHANGES)
            keys[s->owned.count++] = (u128)owner << 64 | (uint64_t)KEY_GAIN_BIT << 32 | i;
    }
    settle_sort_keys(keys, s->owned.count);
    return IMJIN_OK;
}

static size_t owned_end(const struct settler *s, size_t from) {
    const u128 *keys = ITEMS(u128, s->owned);
    size_t end = from;
    while (end < s->owned.count && key_owner(keys[end]) == key_owner(keys[from]))
        end++;
    return end;
}

/* Whether some pair of the account's draws and gains has a rule that is switched off. */
static bool some_rule_off(const struct settler *s, size_t from, size_t end) {
    const u128 *keys = ITEMS(u128, s->owned);
    size_t gains = from, gains_max = s->movement_count > LARGE_MOVEMENTS ? GOT_LINES_MAX_LARGE : GOT_LINES_MAX;
    while (gains < end && !key_is_gain(keys[gains]))
        gains++;
    for (size_t d = from; d < gains; d++)
        for (size_t g = gains; g < end && g < gains + gains_max; g++)
            if (!(s->rules >> settle_own_rule(s, (uint32_t)keys[d], (uint32_t)keys[g]) & 1))
                return true;
    return false;
}

static void switch_off(struct settler *s) {
    if ((s->rules & SETTLE_RULES_ALL) == SETTLE_RULES_ALL)
        return;
    for (size_t from = 0, end; from < s->owned.count; from = end) {
        end = owned_end(s, from);
        if (some_rule_off(s, from, end))
            ITEMS(struct owner, s->owners)[key_owner(ITEMS(u128, s->owned)[from])].role = ROLE_BOTH_PLAIN;
    }
}

/* ---- classes of flows ---- */

static void classify(struct settler *s) {
    struct owner *owners = ITEMS(struct owner, s->owners);
    for (size_t i = 0; i < s->flows.count; i++) {
        struct flow *f = &FLOW(s, i);
        uint32_t giver = DRAW_NOTE(s, f->draw).owner, getter = GAIN_NOTE(s, f->gain).owner;
        f->class = FLOW_PLAIN;
        if (giver == ID_NONE || getter == ID_NONE)
            continue;
        bool giver_exchanges = owners[giver].role == ROLE_EXCHANGES, getter_exchanges = owners[getter].role == ROLE_EXCHANGES;
        if (giver_exchanges && getter_exchanges) {
            f->class = FLOW_INNER;
            owners[giver].inner_out = true;
        } else if (giver_exchanges) {
            f->class = FLOW_VACANT;
            owners[giver].vacant_out = true;
        } else if (getter_exchanges) {
            f->class = FLOW_DISPLACED;
            owners[getter].displaced_in = true;
        }
    }
}

/* The group in which a displaced or vacant flow is matched: the exchanger's own, or the last one. */
static uint32_t group_of(const struct settler *s, const struct flow *f) {
    uint32_t exchanger = f->class == FLOW_VACANT ? DRAW_NOTE(s, f->draw).owner : GAIN_NOTE(s, f->gain).owner;
    const struct owner *o = &ITEMS(struct owner, s->owners)[exchanger];
    return o->displaced_in && o->vacant_out ? exchanger : ID_NONE;
}

/* What a price may be told by: who got something minted, and which assets any exchanger got. */
static enum imjin_status note_prices(struct settler *s, struct error *err) {
    struct owner *owners = ITEMS(struct owner, s->owners);
    s->exchanged.count = 0;
    TRY(buffer_reserve(&s->exchanged, s->assets.count, err));
    uint8_t *exchanged = ITEMS(uint8_t, s->exchanged);
    if (s->assets.count)
        memset(exchanged, 0, s->assets.count);
    for (size_t i = 0; i < s->gains.count; i++) {
        const struct side_note *g = &GAIN_NOTE(s, i);
        if (g->owner == ID_NONE || owners[g->owner].role != ROLE_EXCHANGES)
            continue;
        exchanged[g->asset_no] = true;
        owners[g->owner].got_minted |= g->minted && !g->bodiless;
    }
    return IMJIN_OK;
}

/* A part of the price of what was minted, or all that was given for what was got, paid to one that passes it on where the data
 * do not reach. */
static bool is_price(const struct settler *s, const struct flow *f) {
    const struct side_note *d = &DRAW_NOTE(s, f->draw);
    if (f->class != FLOW_VACANT)
        return false;
    const struct owner *o = &ITEMS(struct owner, s->owners)[d->owner];
    return (o->got_minted || !o->inner_out) && !ITEMS(uint8_t, s->exchanged)[d->asset_no];
}

/* Flows that find no counterpart are plain payments, or prices. */
static enum imjin_status make_rest_plain(struct settler *s, struct error *err) {
    bool displaced = false, vacant = false, off = !(s->rules >> RULE_SWAP_TO & 1);
    for (size_t i = 0; i < s->flows.count; i++) {
        const struct flow *f = &FLOW(s, i);
        if (f->class != FLOW_DISPLACED && f->class != FLOW_VACANT)
            continue;
        if (group_of(s, f) == ID_NONE)
            *(f->class == FLOW_DISPLACED ? &displaced : &vacant) = true;
    }
    if (vacant && !displaced)
        TRY(note_prices(s, err));
    for (size_t i = 0; i < s->flows.count; i++) {
        struct flow *f = &FLOW(s, i);
        if (f->class != FLOW_DISPLACED && f->class != FLOW_VACANT)
            continue;
        if (off || (group_of(s, f) == ID_NONE && !(displaced && vacant)))
            f->class = !off && is_price(s, f) ? FLOW_INNER : FLOW_PLAIN;
    }
    return IMJIN_OK;
}

static enum imjin_status link_plain(struct settler *s, struct error *err) {
    for (size_t i = 0; i < s->flows.count; i++) {
        const struct flow *f = &FLOW(s, i);
        const struct side_note *d = &DRAW_NOTE(s, f->draw), *g = &GAIN_NOTE(s, f->gain);
        if (f->class != FLOW_PLAIN)
            continue;
        struct settle_link link = {.draw = f->draw,
                                   .gain = f->gain,
                                   .draw_from = f->draw_from,
                                   .draw_units = f->units,
                                   .gain_from = f->gain_from,
                                   .gain_units = f->units,
                                   .share_to = 1,
                                   .share_total = 1,
                                   .rule = d->fee        ? RULE_FEE
                                           : d->bodiless ? RULE_MINT
                                           : g->bodiless ? RULE_BURN
                                                         : RULE_TRANSFER,
                                   .movement = f->movement};
        TRY(settle_add_link(s, &link, err));
    }
    return IMJIN_OK;
}

/* ---- displaced to vacant ---- */

static enum imjin_status add_stretch(struct buffer *list, uint32_t side, u128 from, u128 units, uint32_t asset_no,
                                     struct error *err) {
    if (list->count) {
        struct stretch *last = &ITEMS(struct stretch, *list)[list->count - 1];
        if (last->side == side && last->from + last->units == from) {
            last->units += units;
            return IMJIN_OK;
        }
    }
    struct stretch made = {from, units, side, asset_no};
    APPEND(struct stretch, *list, made, err);
    return IMJIN_OK;
}

/* Keys (group, rank) of the flows of one class; rank is the flow's place in order of draws, or of gains. */
static enum imjin_status list_groups(struct settler *s, struct buffer *keys, enum flow_class class, struct error *err) {
    struct flow *const *sorted = ITEMS(struct flow *const, s->flows_by_gain);
    keys->count = 0;
    TRY(buffer_reserve(keys, s->flows.count, err));
    for (uint32_t i = 0; i < s->flows.count; i++) {
        const struct flow *f = class == FLOW_VACANT ? sorted[i] : &FLOW(s, i);
        if (f->class == class)
            ITEMS(u128, *keys)[keys->count++] = (u128)group_of(s, f) << 32 | i;
    }
    settle_sort_keys(ITEMS(u128, *keys), keys->count);
    return IMJIN_OK;
}

static enum imjin_status match_group(struct settler *s, const u128 *displaced, size_t displaced_count, const u128 *vacant,
                                     size_t vacant_count, struct error *err) {
    s->given.count = s->got.count = 0;
    for (size_t i = 0; i < displaced_count; i++) {
        const struct flow *f = &FLOW(s, (uint32_t)displaced[i]);
        TRY(add_stretch(&s->given, f->draw, f->draw_from, f->units, DRAW_NOTE(s, f->draw).asset_no, err));
    }
    for (size_t i = 0; i < vacant_count; i++) {
        const struct flow *f = ITEMS(struct flow *, s->flows_by_gain)[(uint32_t)vacant[i]];
        TRY(add_stretch(&s->got, f->gain, f->gain_from, f->units, GAIN_NOTE(s, f->gain).asset_no, err));
    }
    return settle_spread(s, RULE_SWAP_TO, err);
}

static size_t group_end(const u128 *keys, size_t count, size_t from) {
    size_t end = from;
    while (end < count && keys[end] >> 32 == keys[from] >> 32)
        end++;
    return end;
}

/* Both lists hold the same groups: a group with one side only has become plain. */
static enum imjin_status match_groups(struct settler *s, struct error *err) {
    TRY(list_groups(s, &s->displaced, FLOW_DISPLACED, err));
    TRY(list_groups(s, &s->vacant, FLOW_VACANT, err));
    const u128 *displaced = ITEMS(u128, s->displaced), *vacant = ITEMS(u128, s->vacant);
    for (size_t d = 0, v = 0; d < s->displaced.count;) {
        size_t d_end = group_end(displaced, s->displaced.count, d), v_end = group_end(vacant, s->vacant.count, v);
        INVARIANT(v < s->vacant.count && displaced[d] >> 32 == vacant[v] >> 32);
        TRY(match_group(s, displaced + d, d_end - d, vacant + v, v_end - v, err));
        d = d_end;
        v = v_end;
    }
    return IMJIN_OK;
}

/* ---- an exchanger's own ---- */

static enum imjin_status own_draws(struct settler *s, uint32_t draw, size_t *flow, struct error *err) {
    for (; *flow < s->flows.count && FLOW(s, *flow).draw <= draw; ++*flow) {
        const struct flow *f = &FLOW(s, *flow);
        if (f->draw == draw && f->class != FLOW_PLAIN)
            TRY(add_stretch(&s->given, draw, f->draw_from, f->units, DRAW_NOTE(s, draw).asset_no, err));
    }
    return IMJIN_OK;
}

static enum imjin_status own_gains(struct settler *s, uint32_t gain, bool whole, struct error *err) {
    struct flow *const *sorted = ITEMS(struct flow *const, s->flows_by_gain);
    const uint32_t *starts = ITEMS(uint32_t, s->gain_starts);
    for (uint32_t i = starts[gain]; i < starts[gain + 1]; i++)
        if (whole || sorted[i]->class != FLOW_PLAIN)
            TRY(add_stretch(&s->got, gain, sorted[i]->gain_from, sorted[i]->units, GAIN_NOTE(s, gain).asset_no, err));
    return IMJIN_OK;
}

static size_t first_flow(const struct settler *s, uint32_t draw) {
    size_t low = 0, high = s->flows.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (FLOW(s, middle).draw < draw)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum imjin_status link_own(struct settler *s, size_t from, size_t end, struct error *err) {
    const u128 *keys = ITEMS(u128, s->owned);
    s->given.count = s->got.count = 0;
    for (size_t i = from; i < end && !key_is_gain(keys[i]); i++) {
        size_t flow = first_flow(s, (uint32_t)keys[i]);
        TRY(own_draws(s, (uint32_t)keys[i], &flow, err));
    }
    for (int whole = 0; whole < 2 && s->got.count == 0; whole++)
        for (size_t i = from; i < end; i++)
            if (key_is_gain(keys[i]))
                TRY(own_gains(s, (uint32_t)keys[i], whole, err));
    return s->given.count ? settle_spread(s, -1, err) : IMJIN_OK;
}

static enum imjin_status link_all_own(struct settler *s, struct error *err) {
    for (size_t from = 0, end; from < s->owned.count; from = end) {
        end = owned_end(s, from);
        if (ITEMS(struct owner, s->owners)[key_owner(ITEMS(u128, s->owned)[from])].role == ROLE_EXCHANGES)
            TRY(link_own(s, from, end, err));
    }
    return IMJIN_OK;
}

static int by_draw(const void *a, const void *b) {
    const struct settle_link *x = a, *y = b;
    if (x->draw != y->draw)
        return x->draw < y->draw ? -1 : 1;
    if (x->draw_from != y->draw_from)
        return x->draw_from < y->draw_from ? -1 : 1;
    if (x->share_from != y->share_from)
        return x->share_from < y->share_from ? -1 : 1;
    if (x->gain != y->gain)
        return x->gain < y->gain ? -1 : 1;
    return x->gain_from < y->gain_from ? -1 : x->gain_from > y->gain_from;
}

static void sort_links(struct settle_link *links, size_t count) {
    if (count > SMALL_SORT) {
        qsort(links, count, sizeof *links, by_draw);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        size_t at = i;
        while (at > 0 && by_draw(&links[at - 1], &links[i]) > 0)
            at--;
        if (at == i)
            continue;
        struct settle_link link = links[i];
        memmove(&links[at + 1], &links[at], (i - at) * sizeof *links);
        links[at] = link;
    }
}

enum imjin_status settle_link_flows(struct settler *s, struct error *err) {
    s->links.count = 0;
    TRY(index_by_gain(s, err));
    TRY(find_roles(s, err));
    TRY(list_owned(s, err));
    switch_off(s);
    classify(s);
    TRY(make_rest_plain(s, err));
    TRY(link_plain(s, err));
    TRY(match_groups(s, err));
    TRY(link_all_own(s, err));
    sort_links(s->links.items, s->links.count);
    return IMJIN_OK;
}
