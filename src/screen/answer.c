#include <stdlib.h>

#include "screen/finder.h"

/* The answer to one query while it grows: one match an entity, the best of what was found for it. */
struct answering {
    struct screen_finder *f;
    struct evidence_value *values; /* of the query */
    uint32_t value_count;
    const struct screen_query *q;
    const struct screen_options *o;
    struct arena *arena;
    struct buffer matches;
    bool anything; /* the query holds something to look for */
};

bool screen_schema_fits(enum list_schema query, enum list_schema record) {
    enum { PERSON = 1, BODY = 2, VESSEL = 4, AIRPLANE = 8, WALLET = 16, SECURITY = 32 };
    static const unsigned of[LIST_SCHEMAS] = {
        [LIST_LEGAL_ENTITY] = PERSON | BODY,
        [LIST_PERSON] = PERSON,
        [LIST_ORGANIZATION] = BODY,
        [LIST_COMPANY] = BODY,
        [LIST_VESSEL] = VESSEL,
        [LIST_AIRPLANE] = AIRPLANE,
        [LIST_CRYPTO_WALLET] = WALLET,
        [LIST_SECURITY] = SECURITY,
    };
    return query >= LIST_SCHEMAS || record >= LIST_SCHEMAS || (of[query] & of[record]) != 0;
}

static bool is_looked_at(const struct answering *w, uint32_t entity) {
    return w->o->only == NULL || (w->o->only[entity / 64] >> entity % 64 & 1);
}

/* ---- identifiers and wallets ---- */

static enum imjin_status look_up(struct answering *w, const struct screen_value *v, bool wallet, struct error *err) {
    struct screen_id_hit hit;
    struct id_key key;
    uint64_t cursor = 0;
    w->anything |= wallet ? id_key_of_wallet(v->text, &key, NULL) : id_key_of_identifier(v->text, &key);
    while (screen_find_id(w->f->set, v->text, wallet, &cursor, &hit)) {
        struct screen_match m = {.entity = hit.entity,
                                 .score = SCREEN_SCORE_MAX,
                                 .basis = wallet ? SCREEN_BY_WALLET : SCREEN_BY_IDENTIFIER,
                                 .query_text = v->text,
                                 .matched = hit.value};
        if (is_looked_at(w, hit.entity))
            TRY(buffer_push(&w->matches, &m, NULL, err));
    }
    return IMJIN_OK;
}

/* ---- names ---- */

static enum imjin_status add_hits(struct answering *w, const struct screen_value *v, const struct screen_hit *hits,
                                  uint32_t count, struct error *err) {
    for (uint32_t i = 0; i < count; i++) {
        struct screen_match m = {.basis = SCREEN_BY_NAME, .query_text = v->text};
        screen_name_at(w->f->set, hits[i].name, &m.entity, &m.matched);
        if (!screen_schema_fits(w->q->schema, set_entity(w->f->set, m.entity).schema))
            continue;
        m.weak = m.matched.strength == LIST_WEAK;
        m.name_score = hits[i].score;
        m.score = (uint16_t)(m.weak ? m.name_score - SCREEN_WEAK_LESS : m.name_score);
        TRY(buffer_push(&w->matches, &m, NULL, err));
    }
    return IMJIN_OK;
}

/* What evidence may add is looked for below the threshold; it adds nothing to names below NAME_THRESHOLD_DEFAULT. */
static uint16_t search_threshold(const struct answering *w) {
    uint16_t threshold = w->o->threshold;
    if (w->value_count == 0 || threshold <= NAME_THRESHOLD_DEFAULT)
        return threshold;
    return threshold - SCREEN_EVIDENCE_MOST > NAME_THRESHOLD_DEFAULT ? (uint16_t)(threshold - SCREEN_EVIDENCE_MOST)
                                                                     : NAME_THRESHOLD_DEFAULT;
}

static enum imjin_status look_for_name(struct answering *w, const struct screen_value *v, struct error *err) {
    const struct screen_hit *hits;
    const struct name *name;
    uint32_t count;
    TRY(name_parse(&name, v->text, set_name_kind(w->q->schema), w->arena, err));
    w->anything |= !name_is_empty(name);
    if (w->o->exhaustive)
        TRY(screen_search_exhaustive(w->f, name, search_threshold(w), w->o->only, &hits, &count, err));
    else
        TRY(screen_search(w->f, name, search_threshold(w), w->o->only, &hits, &count, err));
    return add_hits(w, v, hits, count, err);
}

/* ---- evidence ---- */

static bool evidence_of_value(const struct list_value *v, struct evidence_value *ret) {
    *ret = (struct evidence_value){EVIDENCE_COUNTRY, v->text, v->day_from, v->day_to};
    if (v->property == LIST_BIRTH_DATE || v->property == LIST_INCORPORATION_DATE)
        ret->kind = EVIDENCE_BIRTH;
    else if (v->property == LIST_GENDER)
        ret->kind = EVIDENCE_GENDER;
    else if (v->property != LIST_NATIONALITY && v->property != LIST_COUNTRY)
        return false;
    return ret->kind != EVIDENCE_BIRTH || v->day_from != LIST_DAY_NONE;
}

static enum imjin_status take_evidence(struct answering *w, struct error *err) {
    static const struct {
        enum screen_field field;
        enum evidence_kind kind;
    } kinds[] = {{SCREEN_DOB, EVIDENCE_BIRTH}, {SCREEN_COUNTRY, EVIDENCE_COUNTRY}, {SCREEN_GENDER, EVIDENCE_GENDER}};
    w->values = arena_new(w->arena, w->q->value_count + 1, sizeof *w->values);
    if (w->values == NULL)
        return fail_memory(err, "evidence");
    for (uint32_t i = 0; i < w->q->value_count; i++) {
        const struct screen_value *v = &w->q->values[i];
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            if (kinds[k].field == v->field)
                w->values[w->value_count++] = (struct evidence_value){kinds[k].kind, v->text, v->day_from, v->day_to};
    }
    return IMJIN_OK;
}

/* Moves the score of a name by what else is known of both. */
static enum imjin_status weigh(struct answering *w, struct screen_match *m, struct error *err) {
    struct list_entity e = set_entity(w->f->set, m->entity);
    struct evidence *evidence = arena_new(w->arena, 1, sizeof *evidence);
    struct evidence_value *theirs = memory_new(e.value_count + 1, sizeof *theirs);
    uint32_t count = 0;
    if (evidence == NULL || theirs == NULL) {
        memory_free(theirs);
        return fail_memory(err, "evidence");
    }
    for (uint32_t i = 0; i < e.value_count; i++) {
        struct list_value v = set_value(w->f->set, m->entity, i);
        count += evidence_of_value(&v, &theirs[count]);
    }
    evidence_weigh(evidence, m->score, w->values, w->value_count, theirs, count);
    memory_free(theirs);
    m->evidence = evidence;
    m->score = evidence->score;
    return IMJIN_OK;
}

/* ---- one match an entity ---- */

static int by_entity(const void *a, const void *b) {
    const struct screen_match *x = a, *y = b;
    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->basis != y->basis)
        return x->basis > y->basis ? -1 : 1; /* an address says more than a name */
    if (x->weak != y->weak)
        return x->weak ? 1 : -1;
    int order = span_compare(x->matched.text, y->matched.text);
    return order ? order : span_compare(x->query_text, y->query_text);
}

static int by_score(const void *a, const void *b) {
    const struct screen_match *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->entity > y->entity) - (x->entity < y->entity);
}

/* The best match of each entity, with its evidence; those that still reach the threshold. */
static enum imjin_status keep_best(struct answering *w, uint32_t *ret_kept, struct error *err) {
    struct screen_match *rows = w->matches.items;
    uint32_t kept = 0, last = UINT32_MAX;
    for (size_t i = 0; i < w->matches.count; i++) {
        struct screen_match m = rows[i];
        if (m.entity == last)
            continue;
        last = m.entity;
        if (m.basis == SCREEN_BY_NAME)
            TRY(weigh(w, &m, err));
        if (m.score >= w->o->threshold)
            rows[kept++] = m;
    }
    *ret_kept = kept;
    return IMJIN_OK;
}

static enum imjin_status finish(struct answering *w, const struct screen_match **ret, uint32_t *ret_count, struct error *err) {
    struct screen_match *rows = w->matches.items, *copy;
    uint32_t kept;
    if (w->matches.count)
        qsort(rows, w->matches.count, sizeof *rows, by_entity);
    TRY(keep_best(w, &kept, err));
    if (kept)
        qsort(rows, kept, sizeof *rows, by_score);
    copy = arena_new(w->arena, kept + 1, sizeof *copy);
    if (copy == NULL)
        return fail_memory(err, "matches");
    if (kept)
        memcpy(copy, rows, kept * sizeof *copy);
    *ret = copy;
    *ret_count = kept;
    return IMJIN_OK;
}

static enum imjin_status look_for_values(struct answering *w, struct error *err) {
    for (uint32_t i = 0; i < w->q->value_count; i++) {
        const struct screen_value *v = &w->q->values[i];
        if (v->field == SCREEN_NAME)
            TRY(look_for_name(w, v, err));
        if (v->field == SCREEN_ID)
            TRY(look_up(w, v, false, err));
        if (v->field == SCREEN_ID || v->field == SCREEN_ADDRESS)
            TRY(look_up(w, v, true, err));
    }
    return IMJIN_OK;
}

enum imjin_status screen_answer(struct screen_finder *f, const struct screen_query *q, const struct screen_options *o,
                                struct arena *a, const struct screen_match **ret, uint32_t *ret_count, bool *ret_nothing,
                                struct error *err) {
    struct answering w = {.f = f, .q = q, .o = o, .arena = a};
    w.matches = (struct buffer){.item_bytes = sizeof(struct screen_match), .items_max = UINT32_MAX, .what = "matches"};
    enum imjin_status status = take_evidence(&w, err);
    if (status == IMJIN_OK)
        status = look_for_values(&w, err);
    if (status == IMJIN_OK)
        status = finish(&w, ret, ret_count, err);
    if (status == IMJIN_OK)
        *ret_nothing = !w.anything;
    buffer_done(&w.matches);
    return status;
}
