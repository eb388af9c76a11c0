#include "screen/set.h"

#include <stdlib.h>

/* ---- the lists ---- */

static int by_name(const void *a, const void *b) {
    return span_compare(((const struct screen_source *)a)->name, ((const struct screen_source *)b)->name);
}

static enum imjin_status take_sources(struct screen_set *s, const struct screen_source *sources, unsigned count,
                                      struct error *err) {
    uint64_t entities = 0;
    if (count > SCREEN_LISTS_MAX)
        return fail(err, IMJIN_USAGE, "more than %d lists at once", SCREEN_LISTS_MAX);
    if (count)
        memcpy(s->sources, sources, count * sizeof *sources);
    qsort(s->sources, count, sizeof *s->sources, by_name);
    s->source_count = count;
    for (unsigned i = 0; i < count; i++) {
        s->bases[i] = (uint32_t)entities;
        entities += list_entities(s->sources[i].list);
        if (entities >= UINT32_MAX)
            return fail(err, IMJIN_BAD_INPUT, "the lists hold more than 4 thousand million entities");
    }
    s->bases[count] = (uint32_t)entities;
    return IMJIN_OK;
}

unsigned set_list_of(const struct screen_set *s, uint32_t entity) {
    unsigned low = 0, high = s->source_count;
    while (low + 1 < high) {
        unsigned middle = (low + high) / 2;
        if (s->bases[middle] <= entity)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct list_entity set_entity(const struct screen_set *s, uint32_t entity) {
    unsigned source = set_list_of(s, entity);
    return list_entity_at(s->sources[source].list, entity - s->bases[source]);
}

struct list_value set_value(const struct screen_set *s, uint32_t entity, uint32_t value) {
    const struct list_value none = {
        .property = LIST_OTHER, .day_from = LIST_DAY_NONE, .day_to = LIST_DAY_NONE, .text = {"", 0}};
    if (entity >= s->bases[s->source_count])
        return none;
    unsigned source = set_list_of(s, entity);
    struct list_entity e = list_entity_at(s->sources[source].list, entity - s->bases[source]);
    return value < e.value_count ? list_value_at(s->sources[source].list, (uint64_t)e.value_first + value) : none;
}

enum name_kind set_name_kind(enum list_schema schema) {
    static const enum name_kind kinds[LIST_SCHEMAS + 1] = {
        [LIST_PERSON] = NAME_PERSON, [LIST_ORGANIZATION] = NAME_ORGANISATION, [LIST_COMPANY] = NAME_ORGANISATION,
        [LIST_VESSEL] = NAME_VESSEL, [LIST_AIRPLANE] = NAME_VESSEL,           [LIST_SCHEMAS] = NAME_ANY,
    };
    return kinds[schema];
}

/* ---- the key ---- */

static enum imjin_status add_span(struct sha256_stream *h, struct span text, struct error *err) {
    uint64_t count = text.count;
    TRY(sha256_add(h, &count, sizeof count, err));
    return sha256_add(h, text.bytes, text.count, err);
}

/* The index holds words as the room name takes names apart; a few names tell whether it still does it in the same way. */
static enum imjin_status add_sample(struct sha256_stream *h, struct error *err) {
    static const char *const samples[] = {"KIM, Chol-su", "Dr. Mohammed abu Ali al-7th", "OOO Blue Way Co., Ltd. 2", "J. Xu"};
    struct arena a = {0};
    enum imjin_status status = IMJIN_OK;
    for (size_t i = 0; i < sizeof samples / sizeof *samples && status == IMJIN_OK; i++) {
        const struct name *n;
        uint64_t keys[NAME_KEYS_MAX];
        status = name_parse(&n, span_of(samples[i]), i == 2 ? NAME_ORGANISATION : NAME_PERSON, &a, err);
        if (status == IMJIN_OK)
            status = sha256_add(h, n->tokens, n->token_count * sizeof *n->tokens, err);
        if (status == IMJIN_OK)
            status = sha256_add(h, keys, name_keys(n, keys) * sizeof *keys, err);
    }
    arena_done(&a);
    return status;
}

static enum imjin_status add_key(struct sha256_stream *h, const struct screen_set *s, const struct screen_ruling *rulings,
                                 uint32_t ruling_count, struct error *err) {
    const uint32_t numbers[] = {PREPARED_VERSION, s->source_count, ruling_count};
    TRY(sha256_add(h, numbers, sizeof numbers, err));
    TRY(add_sample(h, err));
    for (unsigned i = 0; i < s->source_count; i++) {
        TRY(add_span(h, s->sources[i].name, err));
        TRY(add_span(h, s->sources[i].version, err));
    }
    for (uint32_t i = 0; i < ruling_count; i++) {
        TRY(add_span(h, rulings[i].a, err));
        TRY(add_span(h, rulings[i].b, err));
        TRY(sha256_add(h, &rulings[i].same, sizeof rulings[i].same, err));
    }
    return IMJIN_OK;
}

static enum imjin_status key_of(const struct screen_set *s, const struct screen_ruling *rulings, uint32_t ruling_count,
                                struct sha256 *ret, struct error *err) {
    struct sha256_stream *h;
    TRY(sha256_new(&h, err));
    enum imjin_status status = add_key(h, s, rulings, ruling_count, err);
    if (status != IMJIN_OK) {
        sha256_free(h);
        return status;
    }
    return sha256_end(h, ret, err);
}

/* ---- reading ---- */

uint32_t prepared_item_bytes(enum prepared_section section) {
    static const uint32_t bytes[PREPARED_SECTIONS] = {
        [PREPARED_NAMES] = sizeof(struct prepared_name),
        [PREPARED_NAME_FIRST] = 4,
        [PREPARED_CLUSTER] = 4,
        [PREPARED_MEMBERS] = 4,
        [PREPARED_LINKS] = sizeof(struct prepared_link),
        [PREPARED_IDS] = sizeof(struct prepared_id),
        [PREPARED_ID_SLOTS] = 4,
        [PREPARED_TOKENS] = sizeof(struct prepared_token),
        [PREPARED_TRACES] = 8,
        [PREPARED_LETTERS] = 1,
        [PREPARED_COUNTS] = NAME_COUNTS,
        [PREPARED_GROUPS] = 4,
        [PREPARED_NUMBERS] = 4,
        [PREPARED_PARTS] = sizeof(struct prepared_part),
        [PREPARED_KOREAN] = sizeof(struct name_korean),
        [PREPARED_KEYS] = sizeof(struct prepared_key),
        [PREPARED_POSTINGS] = 4,
    };
    return bytes[section];
}

/* Divides the bytes into sections. False when their sizes contradict each other or what the lists hold. */
static bool divide(struct screen_set *s, const uint8_t *bytes, uint64_t count) {
    const uint8_t *at[PREPARED_SECTIONS];
    struct prepared_header *h = &s->header;
    uint64_t offset = sizeof *h;
    for (unsigned i = 0; i < PREPARED_SECTIONS; i++) {
        uint64_t size;
        if (h->counts[i] > count || !mul_u64(h->counts[i], prepared_item_bytes(i), &size) ||
            prepared_section_bytes(size, 1) > count - offset)
            return false;
        at[i] = bytes + offset;
        offset += prepared_section_bytes(size, 1);
    }
    s->names = (const void *)at[PREPARED_NAMES];
    s->name_first = (const void *)at[PREPARED_NAME_FIRST];
    s->cluster = (const void *)at[PREPARED_CLUSTER];
    s->members = (const void *)at[PREPARED_MEMBERS];
    s->links = (const void *)at[PREPARED_LINKS];
    s->ids = (const void *)at[PREPARED_IDS];
    s->id_slots = (const void *)at[PREPARED_ID_SLOTS];
    s->tokens = (const void *)at[PREPARED_TOKENS];
    s->traces = (const void *)at[PREPARED_TRACES];
    s->letters = (const void *)at[PREPARED_LETTERS];
    s->counts = (const void *)at[PREPARED_COUNTS];
    s->groups = (const void *)at[PREPARED_GROUPS];
    s->numbers = (const void *)at[PREPARED_NUMBERS];
    s->korean = (const void *)at[PREPARED_KOREAN];
    s->parts = (const void *)at[PREPARED_PARTS];
    s->postings = (const void *)at[PREPARED_POSTINGS];
    s->keys = (const void *)at[PREPARED_KEYS];
    uint64_t slots = h->counts[PREPARED_ID_SLOTS];
    return offset == count && h->entities == s->bases[s->source_count] && h->lists == s->source_count &&
           h->counts[PREPARED_NAME_FIRST] == h->entities + 1 && h->counts[PREPARED_CLUSTER] == h->entities && slots > 0 &&
           (slots & (slots - 1)) == 0 && h->counts[PREPARED_TRACES] == h->counts[PREPARED_TOKENS] &&
           h->counts[PREPARED_COUNTS] == h->counts[PREPARED_TOKENS] && h->counts[PREPARED_TOKENS] < UINT32_MAX;
}

static uint64_t checksum_of(const uint8_t *bytes, uint64_t count) {
    return hash_bytes(bytes + PREPARED_CHECKED_FROM, count - PREPARED_CHECKED_FROM, 0);
}

static bool use_bytes(struct screen_set *s, const uint8_t *bytes, uint64_t count, const struct sha256 *key) {
    struct prepared_header *h = &s->header;
    if (count < sizeof *h)
        return false;
    memcpy(h, bytes, sizeof *h);
    return memcmp(h->magic, PREPARED_MAGIC, sizeof PREPARED_MAGIC) == 0 && h->version == PREPARED_VERSION &&
           memcmp(&h->key, key, sizeof *key) == 0 && checksum_of(bytes, count) == h->checksum && divide(s, bytes, count) &&
           screen_index_open(s);
}

/* ---- preparing ---- */

static enum imjin_status lay_out(struct screen_set *s, const struct preparing *p, const struct sha256 *key, struct error *err) {
    struct prepared_header h = {.magic = PREPARED_MAGIC,
                                .version = PREPARED_VERSION,
                                .lists = s->source_count,
                                .key = *key,
                                .entities = s->bases[s->source_count]};
    uint64_t total = sizeof h, at = sizeof h;
    for (unsigned i = 0; i < PREPARED_SECTIONS; i++) {
        h.counts[i] = p->sections[i].count;
        total += prepared_section_bytes(h.counts[i], prepared_item_bytes(i));
    }
    uint8_t *block = memory_new(total, 1);
    if (block == NULL)
        return fail_memory(err, "the prepared lists");
    for (unsigned i = 0; i < PREPARED_SECTIONS; i++) {
        uint64_t bytes = h.counts[i] * prepared_item_bytes(i);
        if (bytes)
            memcpy(block + at, p->sections[i].items, bytes);
        at += prepared_section_bytes(bytes, 1);
    }
    memcpy(block, &h, sizeof h);
    h.checksum = checksum_of(block, total);
    memcpy(block, &h, sizeof h);
    s->block = block;
    s->block_bytes = total;
    INVARIANT(use_bytes(s, block, total, key));
    return IMJIN_OK;
}

static enum imjin_status prepare(struct screen_set *s, const struct screen_ruling *rulings, uint32_t ruling_count,
                                 const struct sha256 *key, const struct progress *progress, struct error *err) {
    struct preparing p = {.set = s, .rulings = rulings, .ruling_count = ruling_count, .progress = progress};
    for (unsigned i = 0; i < PREPARED_SECTIONS; i++)
        p.sections[i] =
            (struct buffer){.item_bytes = prepared_item_bytes(i), .items_max = UINT32_MAX - 1, .what = "the prepared lists"};
    enum imjin_status status = screen_prepare(&p, err);
    if (status == IMJIN_OK)
        status = lay_out(s, &p, key, err);
    for (unsigned i = 0; i < PREPARED_SECTIONS; i++)
        buffer_done(&p.sections[i]);
    return status;
}

/* ---- keeping ---- */

static enum imjin_status path_of(const char *directory, const struct sha256 *key, char ret_path[PATH_BYTES_MAX],
                                 struct error *err) {
    char hex[65], name[80] = "prepared-";
    sha256_print(key, hex);
    memcpy(name + 9, hex, 16);
    memcpy(name + 25, ".imjin", 7);
    return path_join(ret_path, err, directory, name);
}

/* Files of choices that nobody asks for any more would pile up. */
static void make_place(const char *directory) {
    char path[PATH_BYTES_MAX], **names;
    size_t count, prepared = 0;
    if (directory_list(directory, &names, &count, NULL) != IMJIN_OK)
        return;
    for (size_t i = 0; i < count; i++)
        prepared += strncmp(names[i], "prepared-", 9) == 0;
    for (size_t i = 0; i < count; i++) {
        if (prepared >= SCREEN_PREPARED_KEPT && strncmp(names[i], "prepared-", 9) == 0 &&
            path_join(path, NULL, directory, names[i]) == IMJIN_OK && file_remove(path, NULL) == IMJIN_OK)
            prepared--;
        memory_free(names[i]);
    }
    memory_free(names);
}

/* What was prepared is a help for the next start; where it cannot be kept, it is made again. */
static void keep(const struct screen_set *s, const char *directory, const char *path) {
    if (directory_make(directory, NULL) != IMJIN_OK)
        return;
    make_place(directory);
    if (file_replace(path, s->block, s->block_bytes, NULL) != IMJIN_OK)
        return;
}

static bool open_kept(struct screen_set *s, const char *path, const struct sha256 *key) {
    if (!file_exists(path) || mapping_open(&s->file, path, NULL) != IMJIN_OK)
        return false;
    if (use_bytes(s, s->file.bytes, s->file.count, key))
        return true;
    mapping_close(&s->file);
    s->file = (struct mapping){0};
    return false;
}

static enum imjin_status open_or_prepare(struct screen_set *s, const struct screen_ruling *rulings, uint32_t ruling_count,
                                         const char *directory, const struct progress *p, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct sha256 key;
    TRY(key_of(s, rulings, ruling_count, &key, err));
    if (directory == NULL)
        return prepare(s, rulings, ruling_count, &key, p, err);
    TRY(path_of(directory, &key, path, err));
    if (open_kept(s, path, &key))
        return IMJIN_OK;
    TRY(prepare(s, rulings, ruling_count, &key, p, err));
    keep(s, directory, path);
    return IMJIN_OK;
}

enum imjin_status screen_set_open(struct screen_set **ret, const struct screen_source *sources, unsigned source_count,
                                  const struct screen_ruling *rulings, uint32_t ruling_count, const char *directory,
                                  const struct progress *p, struct error *err) {
    struct screen_set *s = memory_new(1, sizeof *s);
    if (s == NULL)
        return fail_memory(err, "the set of lists");
    enum imjin_status status = take_sources(s, sources, source_count, err);
    if (status == IMJIN_OK)
        status = open_or_prepare(s, rulings, ruling_count, directory, p, err);
    if (status != IMJIN_OK)
        screen_set_close(s);
    else
        *ret = s;
    return status;
}

void screen_set_close(struct screen_set *s) {
    if (s == NULL)
        return;
    mapping_close(&s->file);
    memory_free(s->block);
    memory_free(s);
}
