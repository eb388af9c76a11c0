#include "list/format.h"

#include <stddef.h>
#include <stdlib.h>

/* Rows in the order of the file. */
struct order {
    uint32_t *entities;     /* numbers of entities, by id */
    uint32_t *places;       /* where each entity stands */
    uint32_t *value_firsts; /* by place, one more than entities */
    struct build_value *values;
    uint32_t entity_count, value_count; /* without what a delta took out */
};

static int by_id(const void *a, const void *b, void *context) {
    const struct build *build = context;
    const struct build_entity *e = build->entities.items;
    return span_compare(build_string(build, e[*(const uint32_t *)a].id), build_string(build, e[*(const uint32_t *)b].id));
}

enum { KEYS = 2 * LIST_PROPERTIES };

/* Within an entity by property, the primary name first, otherwise in the order in which they came. */
static unsigned key_of(const struct build_value *v) { return 2U * v->property + !(v->flags >> 2 & 1); }

static uint32_t sort_by_key(const struct build *b, uint32_t *ret_order) {
    const struct build_value *values = b->values.items;
    uint32_t firsts[KEYS + 1] = {0}, count = (uint32_t)b->values.count;
    for (uint32_t i = 0; i < count; i++)
        if (values[i].property < LIST_PROPERTIES)
            firsts[key_of(&values[i]) + 1]++;
    for (unsigned k = 0; k < KEYS; k++)
        firsts[k + 1] += firsts[k];
    uint32_t kept = firsts[KEYS];
    for (uint32_t i = 0; i < count; i++)
        if (values[i].property < LIST_PROPERTIES)
            ret_order[firsts[key_of(&values[i])]++] = i;
    return kept;
}

static void sort_values(const struct build *b, struct order *o, uint32_t *by_key) {
    const uint32_t *of = b->value_entities.items;
    const struct build_value *values = b->values.items;
    o->value_count = sort_by_key(b, by_key);
    for (uint32_t i = 0; i < o->value_count; i++)
        o->value_firsts[o->places[of[by_key[i]]] + 1]++;
    for (uint32_t i = 0; i < o->entity_count; i++)
        o->value_firsts[i + 1] += o->value_firsts[i];
    for (uint32_t i = 0; i < o->value_count; i++)
        o->values[o->value_firsts[o->places[of[by_key[i]]]]++] = values[by_key[i]];
    for (uint32_t i = o->entity_count; i > 0; i--)
        o->value_firsts[i] = o->value_firsts[i - 1];
    o->value_firsts[0] = 0;
}

static enum imjin_status order_begin(struct order *o, struct build *b, struct error *err) {
    uint32_t entities = (uint32_t)b->entities.count;
    o->entities = memory_new(entities, sizeof *o->entities);
    o->places = memory_new(entities, sizeof *o->places);
    o->value_firsts = memory_new((size_t)entities + 1, sizeof *o->value_firsts);
    o->values = memory_new(b->values.count, sizeof *o->values);
    if (!o->entities || !o->places || !o->value_firsts || !o->values)
        return fail_memory(err, "a list");
    uint32_t *by_key = memory_new(b->values.count, sizeof *by_key);
    if (by_key == NULL)
        return fail_memory(err, "a list");
    for (uint32_t i = 0; i < entities; i++)
        if (!((const struct build_entity *)b->entities.items)[i].gone)
            o->entities[o->entity_count++] = i;
    qsort_r(o->entities, o->entity_count, sizeof *o->entities, by_id, b);
    for (uint32_t i = 0; i < o->entity_count; i++)
        o->places[o->entities[i]] = i;
    sort_values(b, o, by_key);
    memory_free(by_key);
    return IMJIN_OK;
}

static void order_done(struct order *o) {
    memory_free(o->entities);
    memory_free(o->places);
    memory_free(o->value_firsts);
    memory_free(o->values);
}

static void count_fills(struct file_header *h, const struct build *b, const struct order *o) {
    const struct build_entity *entities = b->entities.items;
    for (uint32_t i = 0; i < o->entity_count; i++) {
        uint64_t has = 0;
        for (uint32_t v = o->value_firsts[i]; v < o->value_firsts[i + 1]; v++)
            has |= (uint64_t)1 << o->values[v].property;
        for (unsigned p = 0; p < LIST_PROPERTIES; p++)
            h->filled[p] += (uint32_t)(has >> p & 1);
        h->of_schema[entities[o->entities[i]].schema]++;
    }
}

/* The file as one block: it is hashed twice and written once. */
static void fill(char *file, const struct file_header *h, const struct build *b, const struct order *o) {
    const struct build_entity *entities = b->entities.items;
    char *at = file + sizeof *h;
    if (b->notes.count)
        memcpy(at, b->notes.items, b->notes.count * sizeof(struct file_note));
    at += b->notes.count * sizeof(struct file_note);
    for (uint32_t i = 0; i < h->entity_count; i++, at += sizeof(struct file_entity)) {
        const struct build_entity *e = &entities[o->entities[i]];
        struct file_entity row = {.id = e->id,
                                  .value_first = o->value_firsts[i],
                                  .value_count = o->value_firsts[i + 1] - o->value_firsts[i],
                                  .schema = e->schema};
        memcpy(at, &row, sizeof row);
    }
    if (h->value_count)
        memcpy(at, o->values, h->value_count * sizeof(struct file_value));
    at += h->value_count * sizeof(struct file_value);
    memcpy(at, b->string_ends.items, h->string_count * sizeof(uint32_t));
    at += h->string_count * sizeof(uint32_t);
    memcpy(at, b->string_bytes.items, h->string_bytes);
    memcpy(file, h, sizeof *h);
}

static enum imjin_status write_file(const char *path, const struct file_header *h, const struct build *b, const struct order *o,
                                    struct sha256 *ret_hash, struct error *err) {
    enum { SUMMED_FROM = offsetof(struct file_header, checksum) + sizeof(uint64_t) };
    char *file = memory_new_pages(h->file_bytes);
    if (file == NULL)
        return fail_memory(err, "a list");
    fill(file, h, b, o);
    uint64_t checksum = hash_bytes(file + SUMMED_FROM, h->file_bytes - SUMMED_FROM, 0);
    memcpy(file + offsetof(struct file_header, checksum), &checksum, sizeof checksum);
    struct file_writer *w;
    enum imjin_status status = file_writer_open(&w, path, FILE_CREATE, 0, true, err);
    if (status == IMJIN_OK) {
        file_write(w, file, h->file_bytes);
        status = file_writer_close(w, ret_hash, err);
    }
    memory_free_pages(file, h->file_bytes);
    return status;
}

static void fill_header(struct file_header *h, const struct build *b, const struct order *o) {
    memcpy(h->magic, FILE_MAGIC, sizeof h->magic);
    h->note_count = (uint32_t)b->notes.count;
    h->entity_count = o->entity_count;
    h->value_count = o->value_count;
    h->string_count = (uint32_t)b->string_ends.count;
    h->string_bytes = b->string_bytes.count;
    h->published = b->published;
    h->file_bytes = sizeof *h + (uint64_t)h->note_count * sizeof(struct file_note) +
                    (uint64_t)h->entity_count * sizeof(struct file_entity) +
                    (uint64_t)h->value_count * sizeof(struct file_value) + (uint64_t)h->string_count * sizeof(uint32_t) +
                    h->string_bytes;
    count_fills(h, b, o);
}

enum imjin_status build_write(struct build *b, const char *path, struct sha256 *ret_hash, struct error *err) {
    struct order o = {0};
    struct file_header h = {.version = FILE_VERSION, .header_bytes = sizeof h, .parser = LIST_PARSER_VERSION};
    h.format = build_text(b, b->format);
    h.publisher = build_text(b, b->publisher);
    TRY(build_status(b, err));
    if (b->entities.count == 0)
        return fail(err, IMJIN_BAD_INPUT, "no record was found: a list without records is never what its publisher means");
    enum imjin_status status = order_begin(&o, b, err);
    if (status == IMJIN_OK && o.entity_count == 0)
        status = fail(err, IMJIN_BAD_INPUT, "no record is left");
    if (status == IMJIN_OK) {
        fill_header(&h, b, &o);
        status = write_file(path, &h, b, &o, ret_hash, err);
    }
    order_done(&o);
    return status;
}
