#include "settle/holdings.h"

/* Pages that nobody touches cost nothing: room for some holdings an account, so that the table seldom moves. */
enum { ROOM_FIRST = 1024, ROOM_AN_ACCOUNT = 4, ROOM_MORE_MAX = 1 << 24, SLOTS_FIRST = 1024 };

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
    *h = (struct holdings){.slot_count = SLOTS_FIRST};
    while (h->slot_count < accounts + accounts / 2)
        h->slot_count *= 2;
    h->slots = memory_new_pages(h->slot_count * sizeof *h->slots);
    if (h->slots == NULL)
        return fail_memory(err, "the table of holdings");
    uint64_t more = (ROOM_AN_ACCOUNT - 1) * accounts;
    uint64_t room = accounts + ROOM_FIRST + (more < ROOM_MORE_MAX ? more : ROOM_MORE_MAX);
    return grow_states(h, room < ID_NONE ? (uint32_t)room : ID_NONE - 1, err);
}

void settle_holdings_done(struct holdings *h) {
    memory_free_pages(h->states, h->room * sizeof *h->states);
    memory_free_pages(h->slots, h->slot_count * sizeof *h->slots);
    *h = (struct holdings){0};
}

/* The slot of the holding, or the empty one where it belongs. */
static struct holding_slot *find_slot(const struct holdings *h, uint32_t account, uint32_t asset) {
    uint32_t mark = holding_mark(account, asset);
    for (uint64_t at = mark;; at++) {
        struct holding_slot *slot = &h->slots[at & (h->slot_count - 1)];
        if (slot->holding_plus_1 == 0 || (slot->mark == mark && holding_is(h, slot->holding_plus_1 - 1, account, asset)))
            return slot;
    }
}

static enum imjin_status grow_slots(struct holdings *h, struct error *err) {
    struct holding_slot *old = h->slots;
    uint64_t old_count = h->slot_count, count = 2 * old_count;
    struct holding_slot *slots = memory_new_pages(count * sizeof *slots);
    if (slots == NULL)
        return fail_memory(err, "the table of holdings");
    for (uint64_t i = 0; i < old_count; i++) {
        uint64_t at = old[i].mark;
        if (old[i].holding_plus_1 == 0)
            continue;
        while (slots[at & (count - 1)].holding_plus_1)
            at++;
        slots[at & (count - 1)] = old[i];
    }
    memory_free_pages(old, old_count * sizeof *old);
    h->slots = slots;
    h->slot_count = count;
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
    struct holding_slot *slot = find_slot(h, account, asset);
    if (slot->holding_plus_1 == 0) {
        if (3 * ((uint64_t)h->count + 1) > 2 * h->slot_count) {
            TRY(grow_slots(h, err));
            slot = find_slot(h, account, asset);
        }
        TRY(make_holding(h, account, asset, err));
        *slot = (struct holding_slot){h->count, holding_mark(account, asset)};
    }
    *ret = slot->holding_plus_1 - 1;
    return IMJIN_OK;
}
