#include "label/set.h"

struct set_string {
    uint32_t offset, count;
};
enum { TABLE_FIRST = 1 << 12 };

enum imjin_status label_set_begin(struct label_set *s, struct error *err) {
    uint32_t empty;
    s->pool.bytes_max = LABEL_STRINGS_BYTES_MAX;
    s->strings = (struct buffer){.item_bytes = sizeof(struct set_string), .items_max = UINT32_MAX - 1, .what = "label texts"};
    s->tags = (struct buffer){.item_bytes = sizeof(struct label_row), .items_max = LABEL_TAGS_MAX, .what = "tags"};
    s->actors = (struct buffer){.item_bytes = sizeof(struct label_actor_row), .items_max = LABEL_ACTORS_MAX, .what = "actors"};
    return label_set_intern(s, (struct span){"", 0}, &empty, err);
}

void label_set_done(struct label_set *s) {
    text_done(&s->pool);
    buffer_done(&s->strings);
    buffer_done(&s->tags);
    buffer_done(&s->actors);
    memory_free(s->table);
    *s = (struct label_set){0};
}

struct span label_set_text(const struct label_set *s, uint32_t number) {
    const struct set_string *string = (const struct set_string *)s->strings.items + number;
    return (struct span){s->pool.bytes + string->offset, string->count};
}

static uint64_t hash_span(struct span text) { return hash_bytes(text.bytes, text.count, 0); }

/* The slot of a text: where its number stands or would stand. */
static uint64_t find_slot(const struct label_set *s, struct span text) {
    uint64_t slot = hash_span(text) & (s->table_count - 1);
    while (s->table[slot] != 0 && !span_equal(label_set_text(s, s->table[slot] - 1), text))
        slot = (slot + 1) & (s->table_count - 1);
    return slot;
}

static enum imjin_status grow_table(struct label_set *s, struct error *err) {
    if (s->strings.count < s->table_count / 2)
        return IMJIN_OK;
    uint64_t count = s->table_count ? s->table_count * 2 : TABLE_FIRST;
    uint32_t *table = memory_new(count, sizeof *table);
    if (table == NULL)
        return fail_memory(err, "label texts");
    memory_free(s->table);
    s->table = table;
    s->table_count = count;
    for (uint32_t i = 0; i < s->strings.count; i++)
        s->table[find_slot(s, label_set_text(s, i))] = i + 1;
    return IMJIN_OK;
}

enum imjin_status label_set_intern(struct label_set *s, struct span text, uint32_t *ret, struct error *err) {
    if (text.count > LABEL_TEXT_MAX)
        return fail_value(err, NULL, 0, NULL, text.bytes, text.count, "is longer than %d bytes", LABEL_TEXT_MAX);
    TRY(grow_table(s, err));
    uint64_t slot = find_slot(s, text);
    if (s->table[slot] == 0) {
        struct set_string string = {(uint32_t)s->pool.count, (uint32_t)text.count};
        text_add(&s->pool, text.count ? text.bytes : "", text.count);
        TRY(text_status(&s->pool, err));
        TRY(buffer_push(&s->strings, &string, NULL, err));
        s->table[slot] = (uint32_t)s->strings.count;
    }
    *ret = s->table[slot] - 1;
    return IMJIN_OK;
}

static enum imjin_status intern_row(struct label_set *s, const struct tag *tag, struct label_row *row, struct error *err) {
    const struct label_category *category = tag->category ? tag->category : label_category_find(tag->category_text);
    bool opaque = tag->address.form == ADDRESS_OPAQUE;
    const struct span texts[ROW_REFS] = {
        [ROW_ADDRESS] = {opaque ? tag->address.text : "", opaque ? tag->address.count : 0},
        [ROW_CHAIN] = tag->chain,
        [ROW_LABEL] = tag->label,
        [ROW_ACTOR] = tag->actor,
        [ROW_CATEGORY] = category ? span_of(category->name) : tag->category_text,
        [ROW_ABUSE] = tag->abuse,
        [ROW_SOURCE] = tag->source,
        [ROW_PACK] = tag->pack,
        [ROW_CHANGED] = tag->last_changed,
    };
    for (unsigned i = 0; i < ROW_REFS; i++)
        TRY(label_set_intern(s, texts[i], &row->refs[i], err));
    return IMJIN_OK;
}

enum imjin_status label_set_add(struct label_set *s, const struct tag *tag, struct error *err) {
    struct label_row row = {.form = tag->address.form, .confidence = tag->confidence, .is_definer = tag->is_definer};
    if (row.form == ADDRESS_FEES || row.form > ADDRESS_OPAQUE || row.confidence > 100)
        return fail(err, IMJIN_USAGE, "a tag needs an address, and a confidence of at most 100");
    if (row.form == ADDRESS_EVM)
        memcpy(row.evm, tag->address.evm, sizeof row.evm);
    TRY(intern_row(s, tag, &row, err));
    return buffer_push(&s->tags, &row, NULL, err);
}

enum imjin_status label_set_add_actor(struct label_set *s, const struct actor *actor, struct error *err) {
    const struct span texts[ACTOR_REFS] = {[ACTOR_ID] = actor->id,
                                           [ACTOR_LABEL] = actor->label,
                                           [ACTOR_URI] = actor->uri,
                                           [ACTOR_JURISDICTIONS] = actor->jurisdictions,
                                           [ACTOR_CATEGORIES] = actor->categories};
    struct label_actor_row row;
    for (unsigned i = 0; i < ACTOR_REFS; i++)
        TRY(label_set_intern(s, texts[i], &row.refs[i], err));
    return buffer_push(&s->actors, &row, NULL, err);
}

enum imjin_status label_set_add_store(struct label_set *s, const struct label_store *store, struct error *err) {
    for (uint64_t i = 0; i < label_count(store); i++) {
        struct tag tag = label_at(store, i);
        TRY(label_set_add(s, &tag, err));
    }
    for (uint64_t i = 0; i < label_store_actor_count(store); i++) {
        struct actor actor = label_store_actor(store, i);
        TRY(label_set_add_actor(s, &actor, err));
    }
    return IMJIN_OK;
}
