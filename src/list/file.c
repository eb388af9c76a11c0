#include "list/format.h"
#include "list/store.h"

#include <stddef.h>

struct list {
    struct mapping mapping;
    const struct file_header *header;
    const struct file_note *notes;
    const struct file_entity *entities;
    const struct file_value *values;
    const uint32_t *string_ends;
    const char *string_bytes;
    struct list_info info;
    struct list_version version;
    bool versioned;
};

static struct span string_at(const struct list *l, uint32_t number) {
    uint32_t first = number ? l->string_ends[number - 1] : 0;
    return (struct span){l->string_bytes + first, l->string_ends[number] - first};
}

static enum imjin_status damaged(struct error *err, const char *path, const char *what) {
    return fail(err, IMJIN_BAD_INPUT, "%s is damaged: %s; \"imjin lists verify\" says more, adding the list again mends it",
                path, what);
}

static bool sizes_fit(const struct file_header *h, uint64_t file_bytes) {
    u128 bytes = sizeof *h + (u128)h->note_count * sizeof(struct file_note) +
                 (u128)h->entity_count * sizeof(struct file_entity) + (u128)h->value_count * sizeof(struct file_value) +
                 (u128)h->string_count * sizeof(uint32_t) + h->string_bytes;
    return bytes == file_bytes && h->file_bytes == file_bytes && h->string_count > 0;
}

static void place(struct list *l) {
    const struct file_header *h = l->header;
    const uint8_t *at = l->mapping.bytes + sizeof *h;
    l->notes = (const struct file_note *)at;
    at += h->note_count * sizeof *l->notes;
    l->entities = (const struct file_entity *)at;
    at += h->entity_count * sizeof *l->entities;
    l->values = (const struct file_value *)at;
    at += h->value_count * sizeof *l->values;
    l->string_ends = (const uint32_t *)at;
    at += h->string_count * sizeof *l->string_ends;
    l->string_bytes = (const char *)at;
}

static bool strings_sound(const struct list *l) {
    const struct file_header *h = l->header;
    bool sound = l->string_ends[0] == 0;
    for (uint32_t i = 1; i < h->string_count; i++)
        sound &= l->string_ends[i] >= l->string_ends[i - 1];
    return sound && l->string_ends[h->string_count - 1] == h->string_bytes;
}

static bool entities_sound(const struct list *l) {
    const struct file_header *h = l->header;
    uint64_t values = 0;
    for (uint32_t i = 0; i < h->entity_count; i++) {
        const struct file_entity *e = &l->entities[i];
        if (e->id >= h->string_count || e->value_first != values || e->schema >= LIST_SCHEMAS)
            return false;
        values += e->value_count;
        if (i && span_compare(string_at(l, l->entities[i - 1].id), string_at(l, e->id)) >= 0)
            return false;
    }
    return values == h->value_count;
}

static bool values_sound(const struct list *l) {
    uint32_t strings = l->header->string_count;
    bool sound = true;
    for (uint32_t i = 0; i < l->header->value_count; i++) {
        const struct file_value *v = &l->values[i];
        sound &= v->text < strings && v->kind < strings && v->language < strings && v->country < strings;
        sound &= v->property < LIST_PROPERTIES && (v->flags & 3) <= LIST_FORMER && v->flags >> 3 <= LIST_CHECKSUM_BAD;
    }
    for (uint32_t i = 0; i < l->header->note_count; i++)
        sound &= l->notes[i].kind < LIST_NOTE_KINDS && l->notes[i].text < strings;
    return sound && l->header->format < strings && l->header->publisher < strings;
}

static enum imjin_status check(struct list *l, const char *path, struct error *err) {
    enum { SUMMED_FROM = offsetof(struct file_header, checksum) + sizeof(uint64_t) };
    const struct file_header *h = l->header = (const struct file_header *)l->mapping.bytes;
    if (l->mapping.count < sizeof *h || memcmp(h->magic, FILE_MAGIC, sizeof h->magic) != 0)
        return damaged(err, path, "it does not begin as a list");
    if (h->version != FILE_VERSION || h->header_bytes != sizeof *h)
        return fail(err, IMJIN_BAD_INPUT, "%s has version %u, this program reads %d: add the list again", path, h->version,
                    FILE_VERSION);
    if (!sizes_fit(h, l->mapping.count))
        return damaged(err, path, "its size is not what its counts ask for");
    if (hash_bytes(l->mapping.bytes + SUMMED_FROM, l->mapping.count - SUMMED_FROM, 0) != h->checksum)
        return damaged(err, path, "its checksum is wrong");
    place(l);
    if (!strings_sound(l) || !entities_sound(l) || !values_sound(l))
        return damaged(err, path, "a reference points outside");
    return IMJIN_OK;
}

static void inform(struct list *l) {
    const struct file_header *h = l->header;
    l->info = (struct list_info){.format = string_at(l, h->format),
                                 .publisher = string_at(l, h->publisher),
                                 .published = h->published,
                                 .parser = h->parser,
                                 .notes = h->note_count};
    memcpy(l->info.filled, h->filled, sizeof l->info.filled);
    memcpy(l->info.of_schema, h->of_schema, sizeof l->info.of_schema);
}

enum imjin_status list_open_file(struct list **ret, const char *path, struct error *err) {
    struct list *l = memory_new(1, sizeof *l);
    if (l == NULL)
        return fail_memory(err, "a list");
    enum imjin_status status = mapping_open(&l->mapping, path, err);
    if (status == IMJIN_OK)
        status = check(l, path, err);
    if (status != IMJIN_OK) {
        list_close(l);
        return status;
    }
    inform(l);
    *ret = l;
    return IMJIN_OK;
}

void list_set_version(struct list *l, const struct list_version *v) {
    l->version = *v;
    l->versioned = true;
}

void list_close(struct list *l) {
    if (l == NULL)
        return;
    mapping_close(&l->mapping);
    memory_free(l);
}

const struct list_version *list_version(const struct list *l) { return l->versioned ? &l->version : NULL; }
const struct list_info *list_info(const struct list *l) { return &l->info; }
uint64_t list_entities(const struct list *l) { return l->header->entity_count; }
uint64_t list_values(const struct list *l) { return l->header->value_count; }

struct list_note list_note_at(const struct list *l, uint32_t index) {
    INVARIANT(index < l->header->note_count);
    const struct file_note *n = &l->notes[index];
    return (struct list_note){(enum list_note_kind)n->kind, string_at(l, n->text), n->count};
}

struct list_entity list_entity_at(const struct list *l, uint64_t index) {
    INVARIANT(index < l->header->entity_count);
    const struct file_entity *e = &l->entities[index];
    return (struct list_entity){string_at(l, e->id), (enum list_schema)e->schema, e->value_first, e->value_count};
}

struct list_value list_value_at(const struct list *l, uint64_t index) {
    INVARIANT(index < l->header->value_count);
    const struct file_value *v = &l->values[index];
    return (struct list_value){.property = (enum list_property)v->property,
                               .strength = (enum list_strength)(v->flags & 3),
                               .primary = v->flags >> 2 & 1,
                               .checksum = v->flags >> 3,
                               .share = v->share,
                               .day_from = v->day_from,
                               .day_to = v->day_to,
                               .text = string_at(l, v->text),
                               .kind = string_at(l, v->kind),
                               .language = string_at(l, v->language),
                               .country = string_at(l, v->country)};
}

bool list_find(const struct list *l, struct span id, uint64_t *ret_index) {
    uint64_t low = 0, high = l->header->entity_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int order = span_compare(string_at(l, l->entities[middle].id), id);
        if (order == 0) {
            *ret_index = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
