#include "utxo/table.h"

static uint64_t slot_count(unsigned bits) { return (uint64_t)1 << bits; }

/* The home of a slot is in its upper half, so that none is hashed again. */
static void move_slots(const struct table *from, struct table *to) {
    for (uint64_t i = 0; i < slot_count(from->bits); i++) {
        if (from->slots[i] == 0)
            continue;
        uint64_t at = table_home(to, from->slots[i]);
        while (to->slots[at])
            at = table_after(to, at);
        to->slots[at] = from->slots[i];
    }
    to->count = from->count;
}

enum imjin_status table_reserve(struct table *t, uint64_t more, struct error *err) {
    struct table bigger = {.bits = t->slots ? t->bits : TABLE_BITS_MIN};
    while (slot_count(bigger.bits) < (t->count + more) * 3 / 2 && bigger.bits < TABLE_BITS_MAX)
        bigger.bits++;
    if (t->slots && bigger.bits == t->bits)
        return t->count + more < slot_count(t->bits) ? IMJIN_OK : fail(err, IMJIN_BAD_INPUT, "the import's part is too large");
    bigger.slots = memory_new_pages(sizeof(uint64_t) << bigger.bits);
    if (bigger.slots == NULL)
        return fail_memory(err, "a table");
    if (t->slots)
        move_slots(t, &bigger);
    table_done(t);
    *t = bigger;
    return IMJIN_OK;
}

void table_done(struct table *t) {
    memory_free_pages(t->slots, table_bytes(t));
    *t = (struct table){0};
}
