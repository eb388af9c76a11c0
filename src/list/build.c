#include "list/build.h"

#include <stdio.h>

enum { SET_ROOM_FIRST = 1024 };

static void stick(struct build *b, enum imjin_status status) {
    if (b->status == IMJIN_OK)
        b->status = status;
}

static struct buffer buffer_of(size_t item_bytes, size_t items_max, const char *what) {
    return (struct buffer){.item_bytes = item_bytes, .items_max = items_max, .what = what};
}

enum imjin_status build_begin(struct build *b, struct error *err) {
    static const uint32_t end = 0;
    *b = (struct build){.published = LIST_DAY_NONE};
    b->entities = buffer_of(sizeof(struct build_entity), LIST_ENTITIES_MAX, "entities of a list");
    b->values = buffer_of(sizeof(struct build_value), LIST_VALUES_MAX, "values of a list");
    b->value_entities = buffer_of(sizeof(uint32_t), LIST_VALUES_MAX, "values of a list");
    b->notes = buffer_of(sizeof(struct build_note), LIST_NOTES_MAX, "places of a list that are not read");
    b->string_bytes = buffer_of(1, LIST_STRINGS_BYTES_MAX - 1, "bytes of text of a list");
    b->string_ends = buffer_of(sizeof(uint32_t), LIST_VALUES_MAX, "texts of a list");
    b->scratch.bytes_max = (uint64_t)LIST_TEXT_MAX + 1024;
    enum imjin_status status = buffer_push(&b->string_ends, &end, NULL, err); /* string 0 is the empty one */
    if (status != IMJIN_OK)
        build_done(b);
    return status;
}

void build_done(struct build *b) {
    struct buffer *buffers[] = {&b->entities, &b->values, &b->value_entities, &b->notes, &b->string_bytes, &b->string_ends};
    struct build_set *sets[] = {&b->strings, &b->ids, &b->rows, &b->note_set};
    for (unsigned i = 0; i < sizeof buffers / sizeof *buffers; i++)
        buffer_done(buffers[i]);
    for (unsigned i = 0; i < sizeof sets / sizeof *sets; i++) {
        memory_free(sets[i]->places);
        *sets[i] = (struct build_set){0};
    }
    text_done(&b->scratch);
    buffer_done(&b->remarks);
    text_done(&b->remark_text);
}

enum imjin_status build_status(const struct build *b, struct error *err) {
    if (b->status != IMJIN_OK && err)
        *err = b->err;
    return b->status;
}

struct span build_string(const struct build *b, uint32_t number) {
    const uint32_t *ends = b->string_ends.items;
    uint32_t first = number ? ends[number - 1] : 0;
    return (struct span){number ? (const char *)b->string_bytes.items + first : "", ends[number] - first};
}

/* ---- sets of row numbers ---- */

/* The hash of a row again, when a set grows. */
typedef uint64_t rehash(const struct build *b, uint32_t number);

static bool set_grow(struct build *b, struct build_set *s, rehash *hash) {
    uint32_t room = s->room ? s->room * 2 : SET_ROOM_FIRST;
    uint32_t *places = memory_new(room, sizeof *places);
    if (places == NULL) {
        stick(b, fail_memory(&b->err, "a table of texts"));
        return false;
    }
    for (uint32_t i = 0; i < s->room; i++) {
        if (s->places[i] == 0)
            continue;
        uint64_t at = hash(b, s->places[i] - 1) & (room - 1);
        while (places[at])
            at = (at + 1) & (room - 1);
        places[at] = s->places[i];
    }
    memory_free(s->places);
    s->places = places, s->room = room;
    return true;
}

static bool set_ready(struct build *b, struct build_set *s, rehash *hash) {
    return (s->room && (uint64_t)s->count * 4 < (uint64_t)s->room * 3) || set_grow(b, s, hash);
}

static uint64_t hash_string(const struct build *b, uint32_t number) {
    struct span s = build_string(b, number);
    return hash_bytes(s.bytes, s.count, 0);
}

static uint32_t intern(struct build *b, struct span text) {
    if (b->status != IMJIN_OK || text.count == 0)
        return 0;
    if (text.count > LIST_TEXT_MAX) {
        stick(b, fail(&b->err, IMJIN_BAD_INPUT, "a value has more than %d bytes", LIST_TEXT_MAX));
        return 0;
    }
    if (!set_ready(b, &b->strings, hash_string))
        return 0;
    uint64_t at = hash_bytes(text.bytes, text.count, 0) & (b->strings.room - 1);
    for (; b->strings.places[at]; at = (at + 1) & (b->strings.room - 1))
        if (span_equal(build_string(b, b->strings.places[at] - 1), text))
            return b->strings.places[at] - 1;
    stick(b, buffer_reserve(&b->string_bytes, text.count, &b->err));
    uint32_t number = (uint32_t)b->string_ends.count;
    uint32_t end = (uint32_t)(b->string_bytes.count + text.count);
    if (b->status == IMJIN_OK)
        stick(b, buffer_push(&b->string_ends, &end, NULL, &b->err));
    if (b->status != IMJIN_OK)
        return 0;
    memcpy((char *)b->string_bytes.items + b->string_bytes.count, text.bytes, text.count);
    b->string_bytes.count += text.count;
    b->strings.places[at] = number + 1;
    b->strings.count++;
    return number;
}

/* ---- entities ---- */

static uint64_t hash_number(uint32_t n) { return hash_bytes(&n, sizeof n, 1); }

static uint64_t hash_entity(const struct build *b, uint32_t number) {
    return hash_number(((const struct build_entity *)b->entities.items)[number].id);
}

/* White space as one space; bytes below space are white space too. The text is the builder's until the next call. */
static struct span tidy(struct build *b, struct span text) {
    bool clean = true, space = true;
    for (uint64_t i = 0; i < text.count && clean; i++) {
        bool is_space = (unsigned char)text.bytes[i] <= ' ';
        clean = !(is_space && (space || text.bytes[i] != ' '));
        space = is_space;
    }
    if (clean && !(text.count && space))
        return text;
    if (text.count > LIST_TEXT_MAX)
        return text; /* intern() refuses it */
    text_clear(&b->scratch);
    space = false;
    for (uint64_t i = 0; i < text.count; i++) {
        if ((unsigned char)text.bytes[i] <= ' ') {
            space = b->scratch.count > 0;
            continue;
        }
        if (space)
            text_add(&b->scratch, " ", 1);
        space = false;
        text_add(&b->scratch, text.bytes + i, 1);
    }
    stick(b, text_status(&b->scratch, &b->err));
    return (struct span){b->scratch.bytes, b->scratch.count};
}

static uint32_t intern_tidy(struct build *b, struct span text) { return intern(b, tidy(b, text)); }

uint32_t build_text(struct build *b, const char *text) { return intern_tidy(b, span_of(text)); }

uint32_t build_entity(struct build *b, struct span id) {
    uint32_t text = intern_tidy(b, id);
    if (b->status == IMJIN_OK && text == 0)
        stick(b, fail(&b->err, IMJIN_BAD_INPUT, "a record has no id"));
    if (b->status != IMJIN_OK || !set_ready(b, &b->ids, hash_entity))
        return 0;
    uint64_t at = hash_number(text) & (b->ids.room - 1);
    const struct build_entity *entities = b->entities.items;
    for (; b->ids.places[at]; at = (at + 1) & (b->ids.room - 1))
        if (entities[b->ids.places[at] - 1].id == text)
            return b->ids.places[at] - 1;
    struct build_entity e = {.id = text};
    stick(b, buffer_push(&b->entities, &e, NULL, &b->err));
    if (b->status != IMJIN_OK)
        return 0;
    b->ids.places[at] = (uint32_t)b->entities.count;
    b->ids.count++;
    return (uint32_t)b->entities.count - 1;
}

uint32_t build_record(struct build *b, struct span id, uint64_t line) {
    uint32_t entity = build_entity(b, id);
    if (b->status != IMJIN_OK)
        return 0;
    struct build_entity *e = (struct build_entity *)b->entities.items + entity;
    if (e->described)
        stick(b, fail_value(&b->err, b->file, line, NULL, id.bytes, id.count, "is the id of two records"));
    e->described = true;
    return entity;
}

uint32_t build_numbered(struct build *b, struct span id) {
    char numbered[320];
    struct span tried = id;
    for (unsigned n = 2;; n++) {
        uint32_t entity = build_entity(b, tried);
        if (n > LIST_SAME_ID_MAX)
            stick(b, fail_value(&b->err, b->file, 0, NULL, id.bytes, id.count, "is the id of more than %d records",
                                LIST_SAME_ID_MAX));
        if (b->status != IMJIN_OK)
            return 0;
        struct build_entity *e = (struct build_entity *)b->entities.items + entity;
        if (!e->described) {
            e->described = true;
            return entity;
        }
        int count = snprintf(numbered, sizeof numbered, "%.*s#%u", (int)id.count, id.bytes, n);
        tried = (struct span){numbered, (uint64_t)count};
    }
}

void build_schema(struct build *b, uint32_t entity, enum list_schema schema) {
    if (b->status == IMJIN_OK)
        ((struct build_entity *)b->entities.items)[entity].schema = (uint8_t)schema;
}

struct span build_id(struct build *b, const char *prefix, struct span text) {
    static _Thread_local char id[256];
    uint64_t count = 0;
    text = span_trim(text);
    if (text.count == 0)
        return (struct span){NULL, 0};
    if (text.count > 200) {
        stick(b, fail(&b->err, IMJIN_BAD_INPUT, "an id has more than 200 bytes"));
        return (struct span){NULL, 0};
    }
    int length = snprintf(id, sizeof id, "%s:", prefix);
    count = (uint64_t)length;
    memcpy(id + count, text.bytes, text.count);
    return (struct span){id, count + text.count};
}

/* ---- values ---- */

static uint64_t hash_row(const struct build *b, uint32_t number) {
    uint32_t entity = ((const uint32_t *)b->value_entities.items)[number];
    return hash_bytes((const struct build_value *)b->values.items + number, sizeof(struct build_value), entity);
}

/* What no property has: a row taken away, which keeps its place so that the table of rows stays right. */
enum { PROPERTY_GONE = 0xff };

static void remove_row(struct build *b, uint32_t entity, const struct build_value *row) {
    struct build_value *values = b->values.items;
    const uint32_t *entities = b->value_entities.items;
    bool found = false;
    for (size_t i = 0; i < b->values.count && b->status == IMJIN_OK; i++)
        if (entities[i] == entity && values[i].property == row->property && values[i].text == row->text) {
            values[i].property = PROPERTY_GONE;
            found = true;
        }
    if (!found)
        build_note(b, LIST_NOTE_ODD, "values that a delta takes away and the version does not hold");
}

static void add_row(struct build *b, uint32_t entity, const struct build_value *row) {
    if (b->status != IMJIN_OK || !set_ready(b, &b->rows, hash_row))
        return;
    const struct build_value *values = b->values.items;
    const uint32_t *entities = b->value_entities.items;
    uint64_t at = hash_bytes(row, sizeof *row, entity) & (b->rows.room - 1);
    for (; b->rows.places[at]; at = (at + 1) & (b->rows.room - 1)) {
        uint32_t n = b->rows.places[at] - 1;
        if (entities[n] == entity && memcmp(values + n, row, sizeof *row) == 0)
            return;
    }
    stick(b, buffer_reserve(&b->value_entities, 1, &b->err));
    if (b->status == IMJIN_OK)
        stick(b, buffer_push(&b->values, row, NULL, &b->err));
    if (b->status != IMJIN_OK)
        return;
    ((uint32_t *)b->value_entities.items)[b->value_entities.count++] = entity;
    b->rows.places[at] = (uint32_t)b->values.count;
    b->rows.count++;
}

static struct span without_spaces(struct span text, char *room, uint64_t room_bytes) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < text.count && count < room_bytes; i++)
        if ((unsigned char)text.bytes[i] > ' ')
            room[count++] = text.bytes[i];
    return (struct span){room, count};
}

void build_add(struct build *b, uint32_t entity, const struct list_value *v) {
    struct build_value row = {.day_from = v->day_from,
                              .day_to = v->day_to,
                              .share = v->share,
                              .property = (uint8_t)v->property,
                              .flags = (uint8_t)(v->strength | v->primary << 2)};
    char wallet[LIST_WALLET_MAX];
    struct span text = v->text;
    if (v->property == LIST_WALLET && text.count <= LIST_WALLET_MAX) {
        text = without_spaces(text, wallet, sizeof wallet);
        row.flags |= (uint8_t)(list_wallet_checksum(text) << 3);
    }
    row.text = intern_tidy(b, text);
    if (row.text == 0 && v->day_from == LIST_DAY_NONE)
        return;
    row.kind = intern_tidy(b, v->kind);
    row.language = intern_tidy(b, v->language);
    row.country = intern_tidy(b, v->country);
    if (b->removing)
        remove_row(b, entity, &row);
    else
        add_row(b, entity, &row);
}

void build_remove(struct build *b, uint32_t entity) {
    struct build_value *values = b->values.items;
    const uint32_t *entities = b->value_entities.items;
    for (size_t i = 0; i < b->values.count; i++)
        if (entities[i] == entity)
            values[i].property = PROPERTY_GONE;
    if (b->status == IMJIN_OK)
        ((struct build_entity *)b->entities.items)[entity].gone = true;
}

void build_load(struct build *b, const struct list *l) {
    for (uint64_t i = 0; i < list_entities(l) && b->status == IMJIN_OK; i++) {
        struct list_entity e = list_entity_at(l, i);
        uint32_t entity = build_record(b, e.id, 0);
        build_schema(b, entity, e.schema);
        for (uint64_t v = e.value_first; v < e.value_first + e.value_count; v++) {
            struct list_value value = list_value_at(l, v);
            build_add(b, entity, &value);
        }
    }
}

void build_put(struct build *b, uint32_t entity, enum list_property property, struct span text, const char *kind) {
    struct list_value v = {.property = property,
                           .share = LIST_SHARE_UNKNOWN,
                           .day_from = LIST_DAY_NONE,
                           .day_to = LIST_DAY_NONE,
                           .text = text,
                           .kind = span_of(kind)};
    build_add(b, entity, &v);
}

void build_date(struct build *b, uint32_t entity, enum list_property property, struct span text, const char *kind) {
    struct list_value v = {.property = property,
                           .share = LIST_SHARE_UNKNOWN,
                           .day_from = LIST_DAY_NONE,
                           .day_to = LIST_DAY_NONE,
                           .text = text,
                           .kind = span_of(kind)};
    if (span_trim(text).count && !list_day_parse(text, &v.day_from, &v.day_to)) {
        char where[96];
        snprintf(where, sizeof where, "%s that is no date", list_property_name(property));
        build_note(b, LIST_NOTE_ODD, where);
    }
    build_add(b, entity, &v);
}

void build_name(struct build *b, uint32_t entity, struct span text, enum list_strength strength, bool primary,
                const char *kind) {
    struct list_value v = {.property = LIST_NAME,
                           .strength = strength,
                           .primary = primary,
                           .share = LIST_SHARE_UNKNOWN,
                           .day_from = LIST_DAY_NONE,
                           .day_to = LIST_DAY_NONE,
                           .text = text,
                           .kind = span_of(kind)};
    build_add(b, entity, &v);
}

/* "Digital Currency Address - XBT" gives "XBT". */
static struct span currency_of(struct span type) {
    uint64_t at = type.count;
    while (at && type.bytes[at - 1] != ' ' && type.bytes[at - 1] != '-')
        at--;
    return (struct span){type.bytes + at, type.count - at};
}

void build_identifier(struct build *b, uint32_t entity, struct span type, struct span number, struct span country) {
    struct list_value v = {.property = property_of_type(type),
                           .share = LIST_SHARE_UNKNOWN,
                           .day_from = LIST_DAY_NONE,
                           .day_to = LIST_DAY_NONE,
                           .text = span_trim(number),
                           .kind = span_trim(type),
                           .country = country_code(country)};
    if (v.property == LIST_WALLET)
        v.kind = currency_of(v.kind);
    if (v.property == LIST_IMO_NUMBER && text_begins(v.text, "IMO"))
        v.text = span_trim(text_after(v.text, 3));
    build_add(b, entity, &v);
}

/* ---- notes ---- */

static uint64_t hash_note(const struct build *b, uint32_t number) {
    const struct build_note *n = (const struct build_note *)b->notes.items + number;
    return hash_number(n->text ^ n->kind << 28);
}

void build_note(struct build *b, enum list_note_kind kind, const char *text) {
    struct build_note note = {.kind = kind, .text = intern_tidy(b, span_of(text)), .count = 1};
    if (b->status != IMJIN_OK || !set_ready(b, &b->note_set, hash_note))
        return;
    struct build_note *notes = b->notes.items;
    uint64_t at = hash_number(note.text ^ note.kind << 28) & (b->note_set.room - 1);
    for (; b->note_set.places[at]; at = (at + 1) & (b->note_set.room - 1)) {
        struct build_note *n = notes + b->note_set.places[at] - 1;
        if (n->kind == kind && n->text == note.text) {
            n->count++;
            return;
        }
    }
    stick(b, buffer_push(&b->notes, &note, NULL, &b->err));
    if (b->status == IMJIN_OK) {
        b->note_set.places[at] = (uint32_t)b->notes.count;
        b->note_set.count++;
    }
}

void build_note_span(struct build *b, enum list_note_kind kind, const char *before, struct span text) {
    char whole[240];
    snprintf(whole, sizeof whole, "%s%.*s", before, (int)(text.count > 120 ? 120 : text.count), text.bytes ? text.bytes : "");
    if (!utf8_check(span_of(whole), NULL))
        escape_ascii(whole, sizeof whole, text.bytes, text.count > 60 ? 60 : text.count);
    build_note(b, kind, whole);
}

struct told {
    struct build *b;
    const char *where;
};

static void note_unseen(void *context, const char *path) {
    const struct told *t = context;
    char whole[400];
    snprintf(whole, sizeof whole, "%s%s", t->where, path);
    build_note(t->b, LIST_NOTE_UNKNOWN, whole);
}

void build_note_unseen(struct build *b, struct xml_node *record, const char *where) {
    struct told t = {b, where};
    xml_unseen(record, note_unseen, &t);
}
