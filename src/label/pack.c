#include "label/read.h"

#include "codec/codec.h"

/* Fields as their numbers in the set's pool; 0 is "not given". */
struct raw_tag {
    uint32_t fields[TAG_FIELDS];
    uint64_t line;
};
struct pack {
    struct label_reading *r;
    struct yaml_reader *yaml;
    uint32_t header[TAG_FIELDS];
    struct buffer tags; /* struct raw_tag: they wait for the header, which may stand behind them */
    bool has_tags, has_actors;
};

static const struct {
    const char *key;
    enum tag_field field;
} keys[] = {
    {"address", FIELD_ADDRESS},
    {"label", FIELD_LABEL},
    {"category", FIELD_CATEGORY},
    {"confidence", FIELD_CONFIDENCE},
    {"source", FIELD_SOURCE},
    {"network", FIELD_CHAIN},
    {"currency", FIELD_CURRENCY},
    {"actor", FIELD_ACTOR},
    {"abuse", FIELD_ABUSE},
    {"lastmod", FIELD_DATE},
    {"is_cluster_definer", FIELD_DEFINER},
    {"concepts", FIELD_CONCEPT},
    {"title", FIELD_PACK},
};

/* The field a key names; TAG_FIELDS when it is one we have no use for. */
static enum tag_field field_of(struct span key) {
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (span_is(key, keys[i].key))
            return keys[i].field;
    return TAG_FIELDS;
}

static bool is_null(const struct yaml_event *e) {
    return e->plain && (e->text.count == 0 || span_is(e->text, "~") || span_is(e->text, "null") || span_is(e->text, "Null") ||
                        span_is(e->text, "NULL"));
}

static enum imjin_status intern_event(struct pack *p, const struct yaml_event *e, uint32_t *ret, struct error *err) {
    if (e->text.count > LABEL_TEXT_MAX)
        return yaml_fail(p->yaml, e, err, "longer than %d bytes", LABEL_TEXT_MAX);
    return label_set_intern(p->r->set, e->text, ret, err);
}

/* Of a list of concepts the first that says something about following money, or else the first. */
static enum imjin_status read_concepts(struct pack *p, uint32_t *ret, struct error *err) {
    struct yaml_event e;
    bool decided = false;
    TRY(yaml_next(p->yaml, &e, err));
    while (e.kind != YAML_LIST_END) {
        if (e.kind != YAML_SCALAR)
            return yaml_fail(p->yaml, &e, err, "concepts are a list of words");
        const struct label_category *category = label_category_find(e.text);
        bool decides = category && category->role != LABEL_ROLE_NONE;
        if (*ret == 0 || (decides && !decided))
            TRY(intern_event(p, &e, ret, err));
        decided |= decides;
        TRY(yaml_next(p->yaml, &e, err));
    }
    return IMJIN_OK;
}

/* The value of a key that may name a field; values of other keys are read over. */
static enum imjin_status read_field(struct pack *p, const struct yaml_event *key, enum tag_field field,
                                    uint32_t fields[TAG_FIELDS], uint32_t *seen, struct error *err) {
    struct yaml_event value;
    char name[ERROR_COLUMN_MAX];
    escape_ascii(name, sizeof name, key->text.bytes, key->text.count);
    if (field != TAG_FIELDS && (*seen & 1u << field))
        return yaml_fail(p->yaml, key, err, "the key stands twice");
    TRY(yaml_next(p->yaml, &value, err));
    if (field == TAG_FIELDS)
        return yaml_skip(p->yaml, &value, err);
    *seen |= 1u << field;
    if (field == FIELD_CONCEPT && value.kind == YAML_LIST_BEGIN)
        return read_concepts(p, &fields[field], err);
    if (value.kind != YAML_SCALAR)
        return yaml_fail(p->yaml, &value, err, "%s must be text", name);
    return is_null(&value) ? IMJIN_OK : intern_event(p, &value, &fields[field], err);
}

static enum imjin_status read_tag(struct pack *p, const struct yaml_event *begin, struct error *err) {
    struct raw_tag tag = {.line = begin->line};
    struct yaml_event key;
    uint32_t seen = 0;
    if (begin->kind != YAML_MAP_BEGIN)
        return yaml_fail(p->yaml, begin, err, "a tag must be a map");
    TRY(yaml_next(p->yaml, &key, err));
    while (key.kind != YAML_MAP_END) {
        enum tag_field field = field_of(key.text);
        TRY(read_field(p, &key, field == FIELD_PACK ? TAG_FIELDS : field, tag.fields, &seen, err));
        TRY(yaml_next(p->yaml, &key, err));
    }
    return buffer_push(&p->tags, &tag, NULL, err);
}

/* ---- actors ---- */

static const char *const actor_keys[ACTOR_REFS] = {"id", "label", "uri", "jurisdictions", "categories"};

/* One text, or a list of them joined by commas. */
static enum imjin_status read_words(struct pack *p, struct text *out, struct error *err) {
    struct yaml_event e;
    TRY(yaml_next(p->yaml, &e, err));
    bool list = e.kind == YAML_LIST_BEGIN;
    if (list)
        TRY(yaml_next(p->yaml, &e, err));
    while (e.kind == YAML_SCALAR) {
        if (!is_null(&e)) {
            text_add(out, ",", out->count > 0);
            text_add(out, e.text.bytes, e.text.count);
        }
        if (!list)
            return text_status(out, err);
        TRY(yaml_next(p->yaml, &e, err));
    }
    return list && e.kind == YAML_LIST_END ? text_status(out, err)
                                           : yaml_fail(p->yaml, &e, err, "text or a list of texts is due");
}

static enum imjin_status read_actor_field(struct pack *p, const struct yaml_event *key, struct text values[ACTOR_REFS],
                                          uint32_t *seen, struct error *err) {
    struct yaml_event value;
    for (unsigned i = 0; i < ACTOR_REFS; i++) {
        if (!span_is(key->text, actor_keys[i]))
            continue;
        if (*seen & 1u << i)
            return yaml_fail(p->yaml, key, err, "the key stands twice");
        *seen |= 1u << i;
        return read_words(p, &values[i], err);
    }
    TRY(yaml_next(p->yaml, &value, err));
    return yaml_skip(p->yaml, &value, err);
}

static enum imjin_status read_actor_map(struct pack *p, const struct yaml_event *begin, struct text values[ACTOR_REFS],
                                        struct error *err) {
    struct yaml_event key;
    struct span parts[ACTOR_REFS];
    uint32_t seen = 0;
    if (begin->kind != YAML_MAP_BEGIN)
        return yaml_fail(p->yaml, begin, err, "an actor must be a map");
    TRY(yaml_next(p->yaml, &key, err));
    while (key.kind != YAML_MAP_END) {
        TRY(read_actor_field(p, &key, values, &seen, err));
        TRY(yaml_next(p->yaml, &key, err));
    }
    for (unsigned i = 0; i < ACTOR_REFS; i++) {
        parts[i] = (struct span){values[i].bytes, values[i].count};
        if (parts[i].count > LABEL_TEXT_MAX)
            return yaml_fail(p->yaml, begin, err, "%s is longer than %d bytes", actor_keys[i], LABEL_TEXT_MAX);
    }
    if (parts[ACTOR_ID].count == 0)
        return yaml_fail(p->yaml, begin, err, "the actor has no id");
    p->r->result.actors_read++;
    return label_set_add_actor(p->r->set,
                               &(struct actor){.id = parts[ACTOR_ID],
                                               .label = parts[ACTOR_LABEL],
                                               .uri = parts[ACTOR_URI],
                                               .jurisdictions = parts[ACTOR_JURISDICTIONS],
                                               .categories = parts[ACTOR_CATEGORIES]},
                               err);
}

static enum imjin_status read_actor(struct pack *p, const struct yaml_event *begin, struct error *err) {
    struct text values[ACTOR_REFS] = {0};
    enum imjin_status status = read_actor_map(p, begin, values, err);
    for (unsigned i = 0; i < ACTOR_REFS; i++)
        text_done(&values[i]);
    return status;
}

/* ---- the whole document ---- */

static enum imjin_status read_list(struct pack *p,
                                   enum imjin_status (*read)(struct pack *, const struct yaml_event *, struct error *),
                                   bool *seen, const struct yaml_event *key, struct error *err) {
    struct yaml_event e;
    if (*seen)
        return yaml_fail(p->yaml, key, err, "the key stands twice");
    *seen = true;
    TRY(yaml_next(p->yaml, &e, err));
    if (e.kind == YAML_SCALAR && is_null(&e))
        return IMJIN_OK;
    if (e.kind != YAML_LIST_BEGIN)
        return yaml_fail(p->yaml, &e, err, "a list is due here");
    TRY(yaml_next(p->yaml, &e, err));
    while (e.kind != YAML_LIST_END) {
        TRY(read(p, &e, err));
        TRY(yaml_next(p->yaml, &e, err));
    }
    return IMJIN_OK;
}

static enum imjin_status read_document(struct pack *p, struct error *err) {
    struct yaml_event e;
    uint32_t seen = 0;
    TRY(yaml_next(p->yaml, &e, err));
    if (e.kind != YAML_MAP_BEGIN)
        return fail_value(err, p->r->path, e.line, NULL, NULL, 0, "is no TagPack, ActorPack or CSV with an address column");
    TRY(yaml_next(p->yaml, &e, err));
    while (e.kind != YAML_MAP_END) {
        if (span_is(e.text, "tags"))
            TRY(read_list(p, read_tag, &p->has_tags, &e, err));
        else if (span_is(e.text, "actors"))
            TRY(read_list(p, read_actor, &p->has_actors, &e, err));
        else
            TRY(read_field(p, &e, field_of(e.text), p->header, &seen, err));
        TRY(yaml_next(p->yaml, &e, err));
    }
    TRY(yaml_next(p->yaml, &e, err)); /* what follows the document is refused here */
    if (!p->has_tags && !p->has_actors)
        return fail_value(err, p->r->path, 0, NULL, NULL, 0, "has neither \"tags\" nor \"actors\"");
    return IMJIN_OK;
}

/* A tag has its own fields first and the header's where it has none. Its own category overrules the header's concepts, too. */
static enum imjin_status add_raw(struct pack *p, const struct raw_tag *raw, struct error *err) {
    char copy[TAG_FIELDS * LABEL_TEXT_MAX], *at = copy; /* since the pool moves while the tag is added */
    struct span fields[TAG_FIELDS];
    bool own_kind = raw->fields[FIELD_CATEGORY] || raw->fields[FIELD_CONCEPT];
    for (unsigned i = 0; i < TAG_FIELDS; i++) {
        bool inherits = i != FIELD_ADDRESS && !(own_kind && (i == FIELD_CATEGORY || i == FIELD_CONCEPT));
        struct span text = label_set_text(p->r->set, raw->fields[i] ? raw->fields[i] : inherits ? p->header[i] : 0);
        fields[i] = (struct span){memcpy(at, text.bytes, text.count), text.count};
        at += text.count;
    }
    return label_add_fields(p->r, fields, LABEL_CONFIDENCE_PACK, raw->line, err);
}

enum imjin_status label_read_pack(struct label_reading *r, struct span document, struct error *err) {
    struct pack p = {.r = r, .tags = {.item_bytes = sizeof(struct raw_tag), .items_max = LABEL_TAGS_MAX, .what = "tags"}};
    TRY(yaml_reader_open(&p.yaml, r->path, document, err));
    enum imjin_status status = read_document(&p, err);
    for (uint64_t i = 0; i < p.tags.count && status == IMJIN_OK; i++)
        status = add_raw(&p, (const struct raw_tag *)p.tags.items + i, err);
    yaml_reader_close(p.yaml);
    buffer_done(&p.tags);
    return status;
}
