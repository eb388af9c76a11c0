#include "screen/set.h"

uint32_t screen_set_entities(const struct screen_set *s) { return s->bases[s->source_count]; }
uint32_t screen_set_names(const struct screen_set *s) { return (uint32_t)s->header.counts[PREPARED_NAMES]; }
const struct sha256 *screen_set_identity(const struct screen_set *s) { return &s->header.key; }

unsigned screen_set_sources(const struct screen_set *s, const struct screen_source **ret) {
    *ret = s->sources;
    return s->source_count;
}

struct screen_entity screen_entity_at(const struct screen_set *s, uint32_t entity) {
    INVARIANT(entity < s->bases[s->source_count]);
    unsigned source = set_list_of(s, entity);
    struct list_entity record = list_entity_at(s->sources[source].list, entity - s->bases[source]);
    return (struct screen_entity){record.id, s->sources[source].name, record.schema, source, record};
}

bool screen_entity_find(const struct screen_set *s, struct span id, uint32_t *ret) {
    uint64_t index;
    for (unsigned i = 0; i < s->source_count; i++)
        if (list_find(s->sources[i].list, id, &index)) {
            *ret = s->bases[i] + (uint32_t)index;
            return true;
        }
    return false;
}

struct list_value screen_entity_value(const struct screen_set *s, uint32_t entity, uint32_t nth) {
    return set_value(s, entity, nth);
}

struct span screen_entity_name(const struct screen_set *s, uint32_t entity) {
    struct screen_entity e = screen_entity_at(s, entity);
    struct span best = {"", 0};
    unsigned best_rank = 0;
    for (uint32_t i = 0; i < e.record.value_count; i++) {
        struct list_value v = set_value(s, entity, i);
        unsigned rank = v.primary ? 3 : v.strength == LIST_STRONG ? 2 : 1;
        if (v.property == LIST_NAME && rank > best_rank) {
            best = v.text;
            best_rank = rank;
        }
    }
    return best;
}

struct list_value screen_entity_property(const struct screen_set *s, uint32_t entity, enum list_property property) {
    struct screen_entity e = screen_entity_at(s, entity);
    for (uint32_t i = 0; i < e.record.value_count; i++) {
        struct list_value v = set_value(s, entity, i);
        if (v.property == property)
            return v;
    }
    return set_value(s, entity, UINT32_MAX);
}

static enum imjin_status add_text(struct sha256_stream *h, struct span text, struct error *err) {
    TRY(sha256_add(h, &text.count, sizeof text.count, err));
    return sha256_add(h, text.bytes, text.count, err);
}

static enum imjin_status add_value(struct sha256_stream *h, const struct list_value *v, struct error *err) {
    const int64_t numbers[] = {v->property, v->strength, v->primary, v->share, v->day_from, v->day_to};
    TRY(sha256_add(h, numbers, sizeof numbers, err));
    TRY(add_text(h, v->text, err));
    TRY(add_text(h, v->kind, err));
    TRY(add_text(h, v->language, err));
    return add_text(h, v->country, err);
}

static enum imjin_status add_record(struct sha256_stream *h, const struct list *l, uint64_t index, struct error *err) {
    struct list_entity e = list_entity_at(l, index);
    const int64_t schema = e.schema;
    TRY(sha256_add(h, &schema, sizeof schema, err));
    TRY(add_text(h, e.id, err));
    for (uint32_t i = 0; i < e.value_count; i++) {
        struct list_value v = list_value_at(l, (uint64_t)e.value_first + i);
        TRY(add_value(h, &v, err));
    }
    return IMJIN_OK;
}

static enum imjin_status hash_record(const struct list *l, uint64_t index, struct sha256 *ret, struct error *err) {
    struct sha256_stream *h;
    TRY(sha256_new(&h, err));
    enum imjin_status status = add_record(h, l, index, err);
    if (status != IMJIN_OK) {
        sha256_free(h);
        return status;
    }
    return sha256_end(h, ret, err);
}

enum imjin_status screen_entity_hash(const struct screen_set *s, uint32_t entity, struct sha256 *ret, struct error *err) {
    unsigned source = screen_entity_at(s, entity).source;
    return hash_record(s->sources[source].list, entity - s->bases[source], ret, err);
}

enum imjin_status screen_changed(const struct screen_set *s, unsigned source, const struct list *before, uint64_t *only,
                                 struct screen_change *ret, struct error *err) {
    const struct list *now = s->sources[source].list;
    struct screen_change change = {0};
    for (uint64_t i = 0; i < list_entities(now); i++) {
        uint32_t entity = s->bases[source] + (uint32_t)i;
        struct sha256 new_hash, old_hash;
        uint64_t old;
        bool known = before && list_find(before, list_entity_at(now, i).id, &old);
        if (known) {
            TRY(hash_record(now, i, &new_hash, err));
            TRY(hash_record(before, old, &old_hash, err));
            if (memcmp(&new_hash, &old_hash, sizeof new_hash) == 0)
                continue;
        }
        change.modified += known;
        change.added += !known;
        only[entity / 64] |= (uint64_t)1 << entity % 64;
    }
    for (uint64_t i = 0, found; before && i < list_entities(before); i++)
        change.deleted += !list_find(now, list_entity_at(before, i).id, &found);
    *ret = change;
    return IMJIN_OK;
}

/* ---- the same entity on several lists ---- */

void screen_same(const struct screen_set *s, uint32_t entity, const uint32_t **ret_members, uint32_t *ret_count) {
    uint64_t low = 0, high = s->header.counts[PREPARED_MEMBERS], end;
    uint32_t cluster = s->cluster[entity], entities = screen_set_entities(s);
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        uint32_t member = s->members[middle];
        if (member < entities && s->cluster[member] < cluster)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < s->header.counts[PREPARED_MEMBERS]; end++)
        if (s->members[end] >= entities || s->cluster[s->members[end]] != cluster)
            break;
    *ret_members = s->members + low;
    *ret_count = (uint32_t)(end - low);
}

uint32_t screen_same_first(const struct screen_set *s, uint32_t entity) {
    static const char *const order[] = {"un", "ofac", "uk", "eu"};
    const uint32_t *members;
    uint32_t count, best = entity, best_rank = UINT32_MAX;
    screen_same(s, entity, &members, &count);
    for (uint32_t i = 0; i < count; i++) {
        struct span id = screen_entity_at(s, members[i]).id;
        uint32_t rank = 0;
        for (; rank < sizeof order / sizeof *order; rank++) {
            uint64_t bytes = strlen(order[rank]);
            if (id.count > bytes && id.bytes[bytes] == ':' && memcmp(id.bytes, order[rank], bytes) == 0)
                break;
        }
        if (rank < best_rank) {
            best = members[i];
            best_rank = rank;
        }
    }
    return best;
}

bool screen_same_why(const struct screen_set *s, uint32_t entity, uint32_t nth, struct screen_evidence *ret) {
    static const char *const rules[] = {"identifier", "name and birth date", "decided"};
    uint32_t entities = screen_set_entities(s);
    for (uint64_t i = 0; i < s->header.counts[PREPARED_LINKS]; i++) {
        struct prepared_link l = s->links[i];
        bool first = l.a == entity;
        if ((!first && l.b != entity) || l.a >= entities || l.b >= entities || l.kind > LINK_DECIDED || nth--)
            continue;
        struct span a = l.kind == LINK_DECIDED ? (struct span){"", 0} : set_value(s, l.a, l.value_a).text;
        struct span b = l.kind == LINK_DECIDED ? (struct span){"", 0} : set_value(s, l.b, l.value_b).text;
        *ret = first ? (struct screen_evidence){l.b, rules[l.kind], a, b} : (struct screen_evidence){l.a, rules[l.kind], b, a};
        return true;
    }
    return false;
}
