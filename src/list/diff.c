#include "list/build.h"

#include <stdlib.h>

/* A value by its content, whichever file it lies in. */
struct fingerprint {
    uint64_t hash;
    uint64_t index;
};

static uint64_t hash_value(const struct list_value *v) {
    const struct span texts[] = {v->text, v->kind, v->language, v->country};
    const int32_t numbers[] = {
        (int32_t)v->property, (int32_t)v->strength, v->primary, v->checksum, v->share, v->day_from, v->day_to};
    uint64_t hash = hash_bytes(numbers, sizeof numbers, 0);
    for (unsigned i = 0; i < 4; i++)
        hash = hash_bytes(texts[i].bytes, texts[i].count, hash + i);
    return hash;
}

static int by_hash(const void *a, const void *b) {
    const struct fingerprint *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static int by_index(const void *a, const void *b) {
    const struct fingerprint *x = a, *y = b;
    return x->index < y->index ? -1 : x->index > y->index;
}

static struct fingerprint *fingerprints(const struct list *l, const struct list_entity *e) {
    struct fingerprint *f = memory_new(e->value_count, sizeof *f);
    for (uint32_t i = 0; f && i < e->value_count; i++) {
        struct list_value v = list_value_at(l, e->value_first + (uint64_t)i);
        f[i] = (struct fingerprint){hash_value(&v), e->value_first + (uint64_t)i};
    }
    if (f && e->value_count)
        qsort(f, e->value_count, sizeof *f, by_hash);
    return f;
}

/* Keeps of `mine` what `theirs` has not, in the order of the list; returns how many. */
static uint32_t keep_unmatched(struct fingerprint *mine, uint32_t count, const struct fingerprint *theirs,
                               uint32_t their_count) {
    uint32_t kept = 0, t = 0;
    for (uint32_t i = 0; i < count; i++) {
        while (t < their_count && theirs[t].hash < mine[i].hash)
            t++;
        if (t == their_count || theirs[t].hash != mine[i].hash)
            mine[kept++] = mine[i];
    }
    if (kept)
        qsort(mine, kept, sizeof *mine, by_index);
    return kept;
}

typedef enum imjin_status value_told(void *, bool, const struct list_value *, struct error *);

static enum imjin_status tell(const struct list *l, const struct fingerprint *f, uint32_t count, bool added, value_told *told,
                              void *context, struct error *err) {
    for (uint32_t i = 0; i < count; i++) {
        struct list_value v = list_value_at(l, f[i].index);
        TRY(told(context, added, &v, err));
    }
    return IMJIN_OK;
}

enum imjin_status
list_diff_values(const struct list *before, uint64_t before_index, const struct list *after, uint64_t after_index,
                 enum imjin_status (*told)(void *context, bool added, const struct list_value *value, struct error *err),
                 void *context, struct error *err) {
    struct list_entity x = list_entity_at(before, before_index), y = list_entity_at(after, after_index);
    struct fingerprint *b = fingerprints(before, &x), *a = fingerprints(after, &y);
    struct fingerprint *gone = fingerprints(before, &x);
    enum imjin_status status = b && a && gone ? IMJIN_OK : fail_memory(err, "comparing records");
    if (status == IMJIN_OK) {
        uint32_t removed = keep_unmatched(gone, x.value_count, a, y.value_count);
        uint32_t added = keep_unmatched(a, y.value_count, b, x.value_count);
        status = tell(before, gone, removed, false, told, context, err);
        if (status == IMJIN_OK)
            status = tell(after, a, added, true, told, context, err);
    }
    memory_free(b);
    memory_free(a);
    memory_free(gone);
    return status;
}

static enum imjin_status set_changed(void *context, bool added, const struct list_value *value, struct error *err) {
    (void)added, (void)value, (void)err;
    *(bool *)context = true;
    return IMJIN_OK;
}

typedef enum imjin_status change_told(void *, const struct list_change *, struct error *);

static enum imjin_status compare_entities(const struct list *before, uint64_t x, const struct list *after, uint64_t y,
                                          change_told *told, void *context, struct error *err) {
    struct list_entity e = list_entity_at(after, y);
    struct list_change change = {LIST_CHANGED, e.id, x, y};
    bool changed = list_entity_at(before, x).schema != e.schema;
    TRY(list_diff_values(before, x, after, y, set_changed, &changed, err));
    return changed ? told(context, &change, err) : IMJIN_OK;
}

enum imjin_status list_diff(const struct list *before, const struct list *after,
                            enum imjin_status (*told)(void *context, const struct list_change *change, struct error *err),
                            void *context, struct error *err) {
    uint64_t x = 0, y = 0, xs = list_entities(before), ys = list_entities(after);
    while (x < xs || y < ys) {
        struct span a = x < xs ? list_entity_at(before, x).id : (struct span){NULL, 0};
        struct span b = y < ys ? list_entity_at(after, y).id : (struct span){NULL, 0};
        int order = x == xs ? 1 : y == ys ? -1 : span_compare(a, b);
        struct list_change removed = {LIST_REMOVED, a, x, UINT64_MAX}, added = {LIST_ADDED, b, UINT64_MAX, y};
        if (order < 0)
            TRY(told(context, &removed, err));
        else if (order > 0)
            TRY(told(context, &added, err));
        else
            TRY(compare_entities(before, x, after, y, told, context, err));
        x += order <= 0;
        y += order >= 0;
    }
    return IMJIN_OK;
}
