#include "taint/inside.h"

enum { SLOTS_FIRST = 1 << 10 };

static uint64_t slot_of(const struct places *p, uint64_t output) {
    uint64_t slot = output & (p->slot_count - 1); /* neighbours on the chain stay neighbours */
    while (p->slots[slot].output_plus_1 != 0 && p->slots[slot].output_plus_1 != output + 1)
        slot = (slot + 1) & (p->slot_count - 1);
    return slot;
}

static enum imjin_status grow(struct places *p, uint64_t slot_count, struct error *err) {
    struct place *old = p->slots, *slots = memory_new(slot_count, sizeof *slots);
    uint64_t old_count = p->slot_count;
    if (slots == NULL)
        return fail_memory(err, "tainted outputs");
    p->slots = slots;
    p->slot_count = slot_count;
    for (uint64_t i = 0; i < old_count; i++)
        if (old[i].output_plus_1)
            slots[slot_of(p, old[i].output_plus_1 - 1)] = old[i];
    memory_free(old);
    return IMJIN_OK;
}

enum imjin_status places_init(struct places *p, uint64_t pieces_max, struct error *err) {
    *p = (struct places){.pieces = {.item_bytes = sizeof(struct piece), .items_max = pieces_max, .what = "stretches of taint"}};
    return grow(p, SLOTS_FIRST, err);
}

void places_done(struct places *p) {
    memory_free(p->slots);
    buffer_done(&p->pieces);
    *p = (struct places){0};
}

struct place *places_find(const struct places *p, uint64_t output) {
    struct place *place = &p->slots[slot_of(p, output)];
    return place->output_plus_1 ? place : NULL;
}

enum imjin_status places_put(struct places *p, uint64_t output, const struct piece *pieces, uint64_t count, struct error *err) {
    if (2 * (p->used + 1) > p->slot_count)
        TRY(grow(p, 2 * p->slot_count, err));
    struct place *place = &p->slots[slot_of(p, output)];
    INVARIANT(place->output_plus_1 == 0);
    TRY(buffer_reserve(&p->pieces, count, err));
    struct place made = {.output_plus_1 = output + 1, .first = (uint32_t)p->pieces.count, .count = (uint32_t)count};
    memcpy((struct piece *)p->pieces.items + p->pieces.count, pieces, count * sizeof *pieces);
    p->pieces.count += count;
    p->used++;
    *place = made;
    return IMJIN_OK;
}
