#include <stdlib.h>

#include "screen/set.h"

enum { SAME_DAY_MAX = 4096 /* entities born on one day that are compared with each other: a placeholder date has more */ };

struct birth {
    int32_t day;
    uint32_t entity;
};
struct merging {
    struct preparing *p;
    struct buffer births;
    uint32_t *cluster;   /* by entity: another of its cluster, or itself */
    struct buffer apart; /* pairs that people said are two: struct prepared_link */
    struct arena arena;
};

/* ---- what may be one ---- */

static unsigned class_of(enum list_schema schema) {
    static const unsigned classes[LIST_SCHEMAS] = {
        [LIST_LEGAL_ENTITY] = 1 | 2, [LIST_PERSON] = 1,   [LIST_ORGANIZATION] = 2,   [LIST_COMPANY] = 2,
        [LIST_VESSEL] = 4,           [LIST_AIRPLANE] = 8, [LIST_CRYPTO_WALLET] = 16, [LIST_SECURITY] = 32,
    };
    return classes[schema];
}

static bool of_one_class(const struct screen_set *s, uint32_t a, uint32_t b) {
    return set_list_of(s, a) != set_list_of(s, b) &&
           (class_of(set_entity(s, a).schema) & class_of(set_entity(s, b).schema)) != 0;
}

/* True when both have birth dates and no two of them can be the same day. */
static bool born_apart(const struct screen_set *s, uint32_t a, uint32_t b) {
    bool both = false;
    for (uint32_t i = 0; i < set_entity(s, a).value_count; i++) {
        struct list_value x = set_value(s, a, i);
        if (x.property != LIST_BIRTH_DATE || x.day_from == LIST_DAY_NONE)
            continue;
        for (uint32_t j = 0; j < set_entity(s, b).value_count; j++) {
            struct list_value y = set_value(s, b, j);
            if (y.property != LIST_BIRTH_DATE || y.day_from == LIST_DAY_NONE)
                continue;
            if (x.day_from <= y.day_to && y.day_from <= x.day_to)
                return false;
            both = true;
        }
    }
    return both;
}

static enum imjin_status link(struct merging *m, struct prepared_link l, struct error *err) {
    if (l.a > l.b)
        l = (struct prepared_link){l.b, l.a, l.value_b, l.value_a, l.kind};
    return buffer_push(&m->p->sections[PREPARED_LINKS], &l, NULL, err);
}

/* ---- shared identifiers ---- */

/* Wallets are used by several people, and bank codes by every customer. */
static bool tells_apart(const struct list_value *v) { return v->property >= LIST_PASSPORT && v->property <= LIST_IMO_NUMBER; }

static enum imjin_status link_ids(struct merging *m, struct error *err) {
    const struct screen_set *s = m->p->set;
    const struct buffer *ids = &m->p->sections[PREPARED_IDS];
    const struct prepared_id *rows = ids->items;
    for (size_t i = 0; i < ids->count; i++) {
        struct list_value v = set_value(s, rows[i].entity, rows[i].value);
        struct id_key mine, theirs;
        if (!tells_apart(&v) || !id_key_of_value(&v, &mine))
            continue;
        for (size_t j = i + 1; j < ids->count && rows[j].hash == rows[i].hash && j - i < SAME_DAY_MAX; j++) {
            struct list_value w = set_value(s, rows[j].entity, rows[j].value);
            if (!tells_apart(&w) || !id_key_of_value(&w, &theirs) || mine.count != theirs.count ||
                memcmp(mine.bytes, theirs.bytes, mine.count) != 0 || !of_one_class(s, rows[i].entity, rows[j].entity) ||
                born_apart(s, rows[i].entity, rows[j].entity))
                continue;
            TRY(link(m, (struct prepared_link){rows[i].entity, rows[j].entity, rows[i].value, rows[j].value, LINK_IDENTIFIER},
                     err));
        }
    }
    return IMJIN_OK;
}

/* ---- name and day of birth ---- */

static int by_day(const void *a, const void *b) {
    const struct birth *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return (x->entity > y->entity) - (x->entity < y->entity);
}

static enum imjin_status collect_births(struct merging *m, struct error *err) {
    uint32_t entities = m->p->set->bases[m->p->set->source_count];
    for (uint32_t e = 0; e < entities; e++) {
        struct list_entity about = set_entity(m->p->set, e);
        for (uint32_t i = 0; i < about.value_count; i++) {
            struct list_value v = set_value(m->p->set, e, i);
            struct birth birth = {v.day_from, e};
            if (v.property == LIST_BIRTH_DATE && v.day_from != LIST_DAY_NONE && v.day_from == v.day_to)
                TRY(buffer_push(&m->births, &birth, NULL, err));
        }
    }
    if (m->births.count)
        qsort(m->births.items, m->births.count, sizeof(struct birth), by_day);
    return IMJIN_OK;
}

static enum imjin_status parse_strong(struct merging *m, uint32_t entity, uint32_t value, const struct name **ret,
                                      struct error *err) {
    struct list_value v = set_value(m->p->set, entity, value);
    *ret = NULL;
    if (v.property != LIST_NAME || v.strength == LIST_WEAK)
        return IMJIN_OK;
    enum imjin_status status = name_parse(ret, v.text, set_name_kind(set_entity(m->p->set, entity).schema), &m->arena, err);
    return status == IMJIN_BAD_INPUT ? IMJIN_OK : status;
}

static enum imjin_status link_names(struct merging *m, uint32_t a, uint32_t b, struct error *err) {
    uint32_t count_a = set_entity(m->p->set, a).value_count, count_b = set_entity(m->p->set, b).value_count;
    uint16_t best = SCREEN_SAME_NAME_MIN - 1;
    struct prepared_link l = {a, b, 0, 0, LINK_NAME_AND_BIRTH};
    for (uint32_t i = 0; i < count_a; i++) {
        const struct name *mine, *theirs;
        TRY(parse_strong(m, a, i, &mine, err));
        for (uint32_t j = 0; mine && j < count_b; j++) {
            TRY(parse_strong(m, b, j, &theirs, err));
            uint16_t score = theirs ? name_compare(mine, theirs, NULL) : 0;
            if (score > best) {
                best = score;
                l.value_a = i;
                l.value_b = j;
            }
        }
    }
    arena_done(&m->arena);
    return best >= SCREEN_SAME_NAME_MIN ? link(m, l, err) : IMJIN_OK;
}

static enum imjin_status link_births(struct merging *m, struct error *err) {
    TRY(collect_births(m, err));
    const struct birth *rows = m->births.items;
    for (size_t i = 0; i < m->births.count; i++) {
        for (size_t j = i + 1; j < m->births.count && rows[j].day == rows[i].day && j - i < SAME_DAY_MAX; j++)
            if (of_one_class(m->p->set, rows[i].entity, rows[j].entity))
                TRY(link_names(m, rows[i].entity, rows[j].entity, err));
        if (i % 1024 == 0)
            TRY(progress_step(m->p->progress, "joining the lists", "birth dates", i, m->births.count, err));
    }
    return IMJIN_OK;
}

/* ---- what people decided ---- */

static enum imjin_status link_rulings(struct merging *m, struct error *err) {
    for (uint32_t i = 0; i < m->p->ruling_count; i++) {
        const struct screen_ruling *r = &m->p->rulings[i];
        uint32_t a, b;
        if (!screen_entity_find(m->p->set, r->a, &a) || !screen_entity_find(m->p->set, r->b, &b) || a == b)
            continue; /* delisted, or not among the lists chosen */
        struct prepared_link l = {a < b ? a : b, a < b ? b : a, 0, 0, LINK_DECIDED};
        if (r->same)
            TRY(link(m, l, err));
        else
            TRY(buffer_push(&m->apart, &l, NULL, err));
    }
    return IMJIN_OK;
}

static uint32_t root_of(uint32_t *cluster, uint32_t entity) {
    while (cluster[entity] != entity)
        entity = cluster[entity] = cluster[cluster[entity]];
    return entity;
}

/* Whether joining two clusters would bring two entities together that are said to be two. */
static bool said_apart(struct merging *m, uint32_t x, uint32_t y) {
    const struct prepared_link *pairs = m->apart.items;
    for (size_t i = 0; i < m->apart.count; i++) {
        uint32_t a = root_of(m->cluster, pairs[i].a), b = root_of(m->cluster, pairs[i].b);
        if ((a == x && b == y) || (a == y && b == x))
            return true;
    }
    return false;
}

static int by_link(const void *a, const void *b) {
    const struct prepared_link *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind > y->kind ? -1 : 1; /* decisions first */
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    if (x->b != y->b)
        return x->b < y->b ? -1 : 1;
    if (x->value_a != y->value_a)
        return x->value_a < y->value_a ? -1 : 1;
    return (x->value_b > y->value_b) - (x->value_b < y->value_b);
}

/* The lower number is the root, so that a cluster is named by its lowest entity. Evidence that is not used is dropped. */
static void join(struct merging *m) {
    struct buffer *links = &m->p->sections[PREPARED_LINKS];
    struct prepared_link *rows = links->items;
    size_t kept = 0;
    if (links->count)
        qsort(rows, links->count, sizeof *rows, by_link);
    for (size_t i = 0; i < links->count; i++) {
        uint32_t a = root_of(m->cluster, rows[i].a), b = root_of(m->cluster, rows[i].b);
        if (a != b && said_apart(m, a, b))
            continue;
        m->cluster[a > b ? a : b] = a < b ? a : b;
        rows[kept++] = rows[i];
    }
    links->count = kept;
}

struct member {
    uint32_t cluster, entity;
};
static int by_cluster(const void *a, const void *b) {
    const struct member *x = a, *y = b;
    if (x->cluster != y->cluster)
        return x->cluster < y->cluster ? -1 : 1;
    return (x->entity > y->entity) - (x->entity < y->entity);
}

static enum imjin_status list_members(struct merging *m, uint32_t entities, struct error *err) {
    struct buffer *out = &m->p->sections[PREPARED_MEMBERS];
    struct buffer rows = {.item_bytes = sizeof(struct member), .items_max = UINT32_MAX, .what = "merged entities"};
    enum imjin_status status = IMJIN_OK;
    for (uint32_t e = 0; e < entities && status == IMJIN_OK; e++) {
        uint32_t root = root_of(m->cluster, e);
        m->cluster[e] = root;
        struct member own = {root, e};
        if (root != e)
            status = buffer_push(&rows, &own, NULL, err);
    }
    size_t joined = rows.count; /* the roots of those follow, each once */
    const struct member *items = rows.items;
    if (joined)
        qsort(rows.items, joined, sizeof *items, by_cluster);
    for (size_t i = 0; i < joined && status == IMJIN_OK; i++) {
        items = rows.items;
        if (i == 0 || items[i - 1].cluster != items[i].cluster)
            status = buffer_push(out, &items[i].cluster, NULL, err);
        if (status == IMJIN_OK)
            status = buffer_push(out, &items[i].entity, NULL, err);
    }
    buffer_done(&rows);
    return status;
}

static enum imjin_status merge(struct merging *m, uint32_t entities, struct error *err) {
    struct buffer *clusters = &m->p->sections[PREPARED_CLUSTER];
    TRY(buffer_reserve(clusters, entities, err));
    clusters->count = entities;
    m->cluster = clusters->items;
    for (uint32_t i = 0; i < entities; i++)
        m->cluster[i] = i;
    TRY(link_rulings(m, err));
    TRY(link_ids(m, err));
    TRY(link_births(m, err));
    join(m);
    return list_members(m, entities, err);
}

enum imjin_status screen_merge(struct preparing *p, struct error *err) {
    struct merging m = {.p = p};
    m.births = (struct buffer){.item_bytes = sizeof(struct birth), .items_max = UINT32_MAX, .what = "birth dates"};
    m.apart = (struct buffer){.item_bytes = sizeof(struct prepared_link), .items_max = UINT32_MAX, .what = "decisions"};
    enum imjin_status status = merge(&m, p->set->bases[p->set->source_count], err);
    buffer_done(&m.births);
    buffer_done(&m.apart);
    arena_done(&m.arena);
    return status;
}
