/* What the entries of a request have taken of the in-lines so far: a few stretches a holding, joined where they touch. */
#include "trace/inside.h"

struct stretch {
    u128 from, to;
    uint32_t next; /* + 1, by position */
};
struct taken_slot {
    uint32_t account, asset, first; /* first + 1; 0: an empty slot */
    u128 units;
};

enum { SLOTS_FIRST = 256 };

void taken_init(struct taken *t) {
    *t = (struct taken){.stretches = {.item_bytes = sizeof(struct stretch), .items_max = TRACE_ITEMS_MAX, .what = "thefts"}};
}

void taken_done(struct taken *t) {
    memory_free(t->slots);
    buffer_done(&t->stretches);
    taken_init(t);
}

static struct taken_slot *slot_of(struct taken_slot *slots, uint64_t room, uint32_t account, uint32_t asset) {
    uint64_t i = ((uint64_t)asset << 32 | account) * 0x9E3779B97F4A7C15u >> 20 & (room - 1);
    while (slots[i].first && (slots[i].account != account || slots[i].asset != asset))
        i = (i + 1) & (room - 1);
    return &slots[i];
}

static enum imjin_status slots_grow(struct taken *t, struct error *err) {
    uint64_t room = t->room ? 2 * t->room : SLOTS_FIRST;
    struct taken_slot *slots = memory_new(room, sizeof *slots);
    if (slots == NULL)
        return fail_memory(err, "thefts");
    for (uint64_t i = 0; i < t->room; i++)
        if (t->slots[i].first)
            *slot_of(slots, room, t->slots[i].account, t->slots[i].asset) = t->slots[i];
    memory_free(t->slots);
    t->slots = slots;
    t->room = room;
    return IMJIN_OK;
}

static const struct taken_slot *slot_find(const struct taken *t, struct account_id account, struct asset_id asset) {
    if (t->room == 0)
        return NULL;
    const struct taken_slot *slot = slot_of(t->slots, t->room, account.n, asset.n);
    return slot->first ? slot : NULL;
}

u128 taken_units(const struct taken *t, struct account_id account, struct asset_id asset) {
    const struct taken_slot *slot = slot_find(t, account, asset);
    return slot ? slot->units : 0;
}

bool taken_at(const struct taken *t, struct account_id account, struct asset_id asset, u128 at, u128 *ret_until) {
    const struct taken_slot *slot = slot_find(t, account, asset);
    const struct stretch *list = t->stretches.items;
    for (uint32_t k = slot ? slot->first : 0; k; k = list[k - 1].next) {
        if (at < list[k - 1].from) {
            *ret_until = list[k - 1].from;
            return false;
        }
        if (at < list[k - 1].to) {
            *ret_until = list[k - 1].to;
            return true;
        }
    }
    *ret_until = U128_MAX;
    return false;
}

/* Behind the stretch `before` (0: first of its holding); joins with it where they touch. */
static enum imjin_status insert(struct taken *t, struct taken_slot *slot, uint32_t before, u128 from, u128 to,
                                struct error *err) {
    struct stretch *list = t->stretches.items;
    if (before && list[before - 1].to == from) {
        list[before - 1].to = to;
        return IMJIN_OK;
    }
    struct stretch fresh = {from, to, before ? list[before - 1].next : slot->first};
    TRY(buffer_push(&t->stretches, &fresh, NULL, err));
    list = t->stretches.items;
    if (before)
        list[before - 1].next = (uint32_t)t->stretches.count;
    else
        slot->first = (uint32_t)t->stretches.count;
    return IMJIN_OK;
}

enum imjin_status taken_add(struct taken *t, struct account_id account, struct asset_id asset, u128 from, u128 units,
                            struct error *err) {
    if (2 * t->count >= t->room)
        TRY(slots_grow(t, err));
    struct taken_slot *slot = slot_of(t->slots, t->room, account.n, asset.n);
    const struct stretch *list = t->stretches.items;
    uint32_t before = 0;
    bool first = slot->first == 0;
    for (uint32_t k = slot->first; k && list[k - 1].from < from; k = list[k - 1].next)
        before = k;
    TRY(insert(t, slot, before, from, from + units, err));
    slot->account = account.n;
    slot->asset = asset.n;
    slot->units += units;
    t->count += first;
    return IMJIN_OK;
}
