#include "settle/holdings.h"

enum { SLOTS_FIRST = 1024 };

enum imjin_status settle_holdings_init(struct holdings *h, struct error *err) {
    *h = (struct holdings){
        .records = {.item_bytes = sizeof(struct holding_record), .items_max = ID_NONE - 1, .what = "holdings"},
        .slots = memory_new_pages(SLOTS_FIRST * sizeof(uint32_t)),
        .slot_count = SLOTS_FIRST};
    return h->slots ? IMJIN_OK : fail_memory(err, "the table of holdings");
}

void settle_holdings_done(struct holdings *h) {
    memory_free_pages(h->slots, h->slot_count * sizeof(uint32_t));
    buffer_done(&h->records);
    h->slots = NULL;
}

static uint64_t slot_of(const struct holdings *h, uint32_t account, uint32_t asset) {
    uint64_t key = (uint64_t)account << 32 | asset;
    key ^= key >> 29;
    key *= 0x9e3779b97f4a7c15u;
    return (key ^ key >> 32) & (h->slot_count - 1);
}

static uint64_t find_slot(const struct holdings *h, uint32_t account, uint32_t asset) {
    const struct holding_record *records = h->records.items;
    uint64_t at = slot_of(h, account, asset);
    while (h->slots[at]) {
        const struct holding_record *r = &records[h->slots[at] - 1];
        if (r->account == account && r->asset == asset)
            break;
        at = (at + 1) & (h->slot_count - 1);
    }
    return at;
}

static enum imjin_status grow(struct holdings *h, uint64_t slot_count, struct error *err) {
    uint32_t *slots = memory_new_pages(slot_count * sizeof *slots);
    if (slots == NULL)
        return fail_memory(err, "the table of holdings");
    memory_free_pages(h->slots, h->slot_count * sizeof *h->slots);
    h->slots = slots;
    h->slot_count = slot_count;
    for (uint32_t i = 0; i < h->records.count; i++)
        slots[find_slot(h, holding_at(h, i)->account, holding_at(h, i)->asset)] = i + 1;
    return IMJIN_OK;
}

enum imjin_status settle_holdings_load(struct holdings *h, const struct holding_record *records, uint32_t count,
                                       struct error *err) {
    uint64_t slot_count = h->slot_count;
    TRY(buffer_reserve(&h->records, count, err));
    if (count)
        memcpy(h->records.items, records, count * sizeof *records);
    h->records.count = count;
    while (slot_count < 2 * (uint64_t)count)
        slot_count *= 2;
    return grow(h, slot_count, err);
}

enum imjin_status settle_holdings_number(struct holdings *h, uint32_t account, uint32_t asset, uint32_t *ret,
                                         struct error *err) {
    uint64_t at = find_slot(h, account, asset);
    if (h->slots[at] == 0) {
        struct holding_record made = {.account = account, .asset = asset};
        if (2 * (h->records.count + 1) > h->slot_count) {
            TRY(grow(h, h->slot_count * 2, err));
            at = find_slot(h, account, asset);
        }
        TRY(buffer_push(&h->records, &made, NULL, err));
        h->slots[at] = (uint32_t)h->records.count;
    }
    *ret = h->slots[at] - 1;
    return IMJIN_OK;
}
