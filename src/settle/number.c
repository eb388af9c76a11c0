#include "settle/core.h"

/* Slots of an older epoch count as empty, so that a small transaction never pays for the table of a large one. */
enum imjin_status settle_id_map_clear(struct id_map *m, uint64_t keys_max, struct error *err) {
    uint64_t room = 64;
    while (room < 2 * keys_max)
        room *= 2;
    if (room > (uint64_t)m->mask + 1 || m->slots == NULL) {
        struct id_slot *slots = memory_new(room, sizeof *slots);
        if (slots == NULL)
            return fail_memory(err, "a large transaction");
        memory_free(m->slots);
        m->slots = slots;
        m->mask = (uint32_t)(room - 1);
        m->epoch = 0;
    }
    m->count = 0;
    if (++m->epoch == 0) {
        memset(m->slots, 0, ((size_t)m->mask + 1) * sizeof *m->slots);
        m->epoch = 1;
    }
    return IMJIN_OK;
}

uint32_t settle_id_map_number(struct id_map *m, uint64_t key) {
    uint64_t mixed = key * 0x9e3779b97f4a7c15u;
    for (uint32_t at = (uint32_t)(mixed >> 32);; at++) {
        struct id_slot *slot = &m->slots[at & m->mask];
        if (slot->epoch != m->epoch) {
            *slot = (struct id_slot){key, m->count, m->epoch};
            return m->count++;
        }
        if (slot->key == key)
            return slot->number;
    }
}

void settle_id_map_done(struct id_map *m) {
    memory_free(m->slots);
    *m = (struct id_map){0};
}
