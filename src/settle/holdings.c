#include "settle/holdings.h"

enum { ROOM_FIRST = 1024, OTHER_ROOM_FIRST = 1024 };

static enum imjin_status grow_states(struct holdings *h, uint32_t room, struct error *err) {
    struct holding_state *states = memory_new_pages(room * sizeof *states);
    if (states == NULL)
        return fail_memory(err, "the table of holdings");
    if (h->count)
        memcpy(states, h->states, h->count * sizeof *states);
    memory_free_pages(h->states, h->room * sizeof *states);
    h->states = states;
    h->room = room;
    return IMJIN_OK;
}

enum imjin_status settle_holdings_init(struct holdings *h, uint64_t accounts, struct error *err) {
    *h = (struct holdings){.accounts = accounts, .other_room = OTHER_ROOM_FIRST};
    h->first = memory_new_pages(accounts * sizeof *h->first);
    h->others = memory_new_pages(h->other_room * sizeof *h->others);
    if (h->first == NULL || h->others == NULL)
        return fail_memory(err, "the table of holdings");
    uint64_t room = accounts + ROOM_FIRST; /* pages that nobody touches cost nothing */
    return grow_states(h, room < ID_NONE ? (uint32_t)room : ID_NONE - 1, err);
}

void settle_holdings_done(struct holdings *h) {
    memory_free_pages(h->states, h->room * sizeof *h->states);
    memory_free_pages(h->first, h->accounts * sizeof *h->first);
    memory_free_pages(h->others, h->other_room * sizeof *h->others);
    *h = (struct holdings){0};
}

static uint64_t slot_of(const struct holdings *h, uint32_t account, uint32_t asset) {
    uint64_t key = (uint64_t)account << 32 | asset;
    key ^= key >> 29;
    key *= 0x9e3779b97f4a7c15u;
    return (key ^ key >> 32) & (h->other_room - 1);
}

static struct other_holding *find_other(const struct holdings *h, uint32_t account, uint32_t asset) {
    uint64_t at = slot_of(h, account, asset);
    while (h->others[at].holding_plus_1 && (h->others[at].account != account || h->others[at].asset != asset))
        at = (at + 1) & (h->other_room - 1);
    return &h->others[at];
}

void settle_holdings_prefetch_other(const struct holdings *h, uint32_t account, uint32_t asset) {
    __builtin_prefetch(&h->others[slot_of(h, account, asset)]);
}

void settle_holdings_prefetch_state(const struct holdings *h, uint32_t account, uint32_t asset) {
    uint32_t holding_plus_1 = h->others[slot_of(h, account, asset)].holding_plus_1; /* nearly always the one */
    if (holding_plus_1)
        __builtin_prefetch(&h->states[holding_plus_1 - 1]);
}

static enum imjin_status grow_others(struct holdings *h, struct error *err) {
    struct other_holding *old = h->others;
    uint64_t old_room = h->other_room;
    struct other_holding *others = memory_new_pages(2 * old_room * sizeof *others);
    if (others == NULL)
        return fail_memory(err, "the table of holdings");
    h->others = others;
    h->other_room = 2 * old_room;
    for (uint64_t i = 0; i < old_room; i++)
        if (old[i].holding_plus_1)
            *find_other(h, old[i].account, old[i].asset) = old[i];
    memory_free_pages(old, old_room * sizeof *old);
    return IMJIN_OK;
}

static enum imjin_status make_holding(struct holdings *h, uint32_t account, uint32_t asset, struct error *err) {
    if (h->count >= ID_NONE - 1)
        return fail(err, IMJIN_BAD_INPUT, "more than %u holdings", ID_NONE - 1);
    if (h->count == h->room)
        TRY(grow_states(h, h->room < ID_NONE / 2 ? h->room * 2 : ID_NONE - 1, err));
    h->states[h->count++] = (struct holding_state){.account = account, .asset = asset};
    return IMJIN_OK;
}

enum imjin_status settle_holdings_number(struct holdings *h, uint32_t account, uint32_t asset, uint32_t *ret,
                                         struct error *err) {
    struct first_holding *first = &h->first[account];
    if (first->holding_plus_1 == 0) {
        TRY(make_holding(h, account, asset, err));
        *first = (struct first_holding){h->count, asset};
    }
    if (first->asset == asset) {
        *ret = first->holding_plus_1 - 1;
        return IMJIN_OK;
    }
    struct other_holding *other = find_other(h, account, asset);
    if (other->holding_plus_1 == 0) {
        if (2 * (h->other_count + 1) > h->other_room) {
            TRY(grow_others(h, err));
            other = find_other(h, account, asset);
        }
        TRY(make_holding(h, account, asset, err));
        *other = (struct other_holding){account, asset, h->count, 0};
        h->other_count++;
    }
    *ret = other->holding_plus_1 - 1;
    return IMJIN_OK;
}
