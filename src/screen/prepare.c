#include "screen/set.h"

#include <stdlib.h>

static enum imjin_status push(struct preparing *p, enum prepared_section section, const void *item, struct error *err) {
    return buffer_push(&p->sections[section], item, NULL, err);
}

static enum imjin_status add_entity(struct preparing *p, uint32_t entity, struct error *err) {
    struct list_entity e = set_entity(p->set, entity);
    uint32_t first = (uint32_t)p->sections[PREPARED_NAMES].count;
    TRY(push(p, PREPARED_NAME_FIRST, &first, err));
    for (uint32_t i = 0; i < e.value_count; i++) {
        struct list_value v = set_value(p->set, entity, i);
        struct prepared_name name = {.entity = entity, .value = i}; /* index.c knows the rest */
        struct id_key key;
        if (v.property == LIST_NAME)
            TRY(push(p, PREPARED_NAMES, &name, err));
        if (!id_key_of_value(&v, &key))
            continue;
        struct prepared_id id = {id_key_hash(&key), entity, i};
        TRY(push(p, PREPARED_IDS, &id, err));
    }
    return IMJIN_OK;
}

static int by_hash(const void *a, const void *b) {
    const struct prepared_id *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

static enum imjin_status make_id_slots(struct preparing *p, struct error *err) {
    struct buffer *ids = &p->sections[PREPARED_IDS], *slots = &p->sections[PREPARED_ID_SLOTS];
    const struct prepared_id *rows = ids->items;
    size_t count = 16;
    while (count < 2 * ids->count)
        count *= 2;
    if (ids->count)
        qsort(ids->items, ids->count, sizeof *rows, by_hash);
    TRY(buffer_reserve(slots, count, err));
    uint32_t *table = slots->items;
    memset(table, 0, count * sizeof *table);
    slots->count = count;
    for (size_t i = 0; i < ids->count; i++) {
        if (i && rows[i].hash == rows[i - 1].hash)
            continue;
        size_t slot = rows[i].hash & (count - 1);
        while (table[slot])
            slot = (slot + 1) & (count - 1);
        table[slot] = (uint32_t)i + 1;
    }
    return IMJIN_OK;
}

enum imjin_status screen_prepare(struct preparing *p, struct error *err) {
    uint32_t entities = p->set->bases[p->set->source_count];
    for (uint32_t i = 0; i < entities; i++) {
        TRY(add_entity(p, i, err));
        if (i % 4096 == 0)
            TRY(progress_step(p->progress, "preparing the lists", "entities", i, entities, err));
    }
    uint32_t end = (uint32_t)p->sections[PREPARED_NAMES].count;
    TRY(push(p, PREPARED_NAME_FIRST, &end, err));
    TRY(make_id_slots(p, err));
    TRY(screen_merge(p, err));
    return screen_index_prepare(p, err);
}
