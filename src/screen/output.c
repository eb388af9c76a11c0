#include "screen/set.h"

/* ---- values ---- */

static void put_member(struct json_writer *j, const char *key, struct span value) {
    json_put_key(j, key);
    json_put_string(j, value);
}

static void put_optional(struct json_writer *j, const char *key, struct span value) {
    if (value.count)
        put_member(j, key, value);
}

static void put_score(struct json_writer *j, const char *key, uint16_t score) {
    json_put_key(j, key);
    json_put_thousandths(j, score);
}

/* The texts of one property of a record, as a list; no member when there are none. */
static void put_all(struct json_writer *j, const char *key, const struct screen_set *s, uint32_t entity,
                    enum list_property property) {
    uint32_t count = screen_entity_at(s, entity).record.value_count;
    bool any = false;
    for (uint32_t i = 0; i < count; i++) {
        struct list_value v = screen_entity_value(s, entity, i);
        if (v.property != property || v.text.count == 0)
            continue;
        if (!any) {
            json_put_key(j, key);
            json_array_begin(j);
        }
        any = true;
        json_put_string(j, v.text);
    }
    if (any)
        json_array_end(j);
}

static void put_source(struct json_writer *j, const struct screen_set *s, unsigned source) {
    const struct screen_source *sources;
    screen_set_sources(s, &sources);
    put_member(j, "list", sources[source].name);
    put_member(j, "list_version", sources[source].version);
    put_optional(j, "list_published", sources[source].published);
}

/* ---- why ---- */

static const char *basis_name(enum screen_basis basis) {
    static const char *const names[] = {"name", "identifier", "wallet"};
    return names[basis];
}

static const char *strength_name(enum list_strength strength) {
    static const char *const names[] = {"strong", "weak", "former"};
    return names[strength];
}

static void put_part(struct json_writer *j, const struct name_part *p) {
    json_object_begin(j);
    put_member(j, "rule", span_of(p->rule));
    put_member(j, "query", p->query);
    put_member(j, "candidate", p->candidate);
    put_score(j, "score", p->score);
    put_score(j, "weight", p->weight);
    json_object_end(j);
}

/* The parts are computed again for what is shown; searching keeps the score alone. */
static enum imjin_status put_name_parts(struct json_writer *j, const struct screen_set *s, const struct screen_query *q,
                                        const struct screen_match *m, struct arena *a, struct error *err) {
    const struct name *query, *candidate;
    struct name_score *score = arena_new(a, 1, sizeof *score);
    if (score == NULL)
        return fail_memory(err, "the parts of a score");
    TRY(name_parse(&query, m->query_text, set_name_kind(q->schema), a, err));
    TRY(name_parse(&candidate, m->matched.text, set_name_kind(screen_entity_at(s, m->entity).schema), a, err));
    name_compare(query, candidate, score);
    for (unsigned i = 0; i < score->part_count; i++)
        put_part(j, &score->parts[i]);
    return IMJIN_OK;
}

static void put_whole_part(struct json_writer *j, const struct screen_match *m) {
    const struct name_part part = {m->query_text, m->matched.text, SCREEN_SCORE_MAX, SCREEN_SCORE_MAX,
                                   m->basis == SCREEN_BY_WALLET ? "equal wallet" : "equal identifier"};
    put_part(j, &part);
}

static void put_evidence(struct json_writer *j, const struct screen_match *m) {
    json_put_key(j, "evidence");
    json_array_begin(j);
    for (unsigned i = 0; m->evidence && i < m->evidence->part_count; i++) {
        const struct evidence_part *p = &m->evidence->parts[i];
        json_object_begin(j);
        put_member(j, "rule", span_of(p->rule));
        put_member(j, "query", p->query);
        put_member(j, "candidate", p->candidate);
        json_put_key(j, "points");
        json_put_signed(j, p->points);
        json_object_end(j);
    }
    if (m->weak) {
        json_object_begin(j);
        put_member(j, "rule", span_of("weak alias"));
        json_put_key(j, "points");
        json_put_signed(j, -SCREEN_WEAK_LESS);
        json_object_end(j);
    }
    json_array_end(j);
}

static enum imjin_status put_parts(struct json_writer *j, const struct screen_set *s, const struct screen_query *q,
                                   const struct screen_match *m, struct error *err) {
    struct arena a = {0};
    enum imjin_status status = IMJIN_OK;
    json_put_key(j, "parts");
    json_array_begin(j);
    if (m->basis == SCREEN_BY_NAME)
        status = put_name_parts(j, s, q, m, &a, err);
    else
        put_whole_part(j, m);
    json_array_end(j);
    put_evidence(j, m);
    arena_done(&a);
    return status;
}

static void put_same(struct json_writer *j, const struct screen_set *s, uint32_t entity) {
    const uint32_t *members;
    uint32_t count;
    screen_same(s, entity, &members, &count);
    put_member(j, "entity", screen_entity_at(s, screen_same_first(s, entity)).id);
    if (count < 2)
        return;
    json_put_key(j, "same_as");
    json_array_begin(j);
    for (uint32_t i = 0; i < count; i++)
        if (members[i] != entity)
            json_put_string(j, screen_entity_at(s, members[i]).id);
    json_array_end(j);
}

static enum imjin_status put_ownership(struct json_writer *j, const struct screen_writing *w, uint32_t entity,
                                       struct error *err) {
    struct screen_ownership o;
    struct arena a = {0};
    enum imjin_status status = screen_ownership_of(&o, w->set, entity, w->today, &a, err);
    if (status == IMJIN_OK && o.count) {
        json_put_key(j, "ownership");
        json_object_begin(j);
        put_member(j, "rule", span_of(screen_ownership_name(o.rule)));
        json_put_key(j, "basis_points");
        json_put_unsigned(j, o.sum);
        json_put_key(j, "owners");
        json_array_begin(j);
        for (uint32_t i = 0; i < o.count; i++) {
            json_object_begin(j);
            put_member(j, "id", screen_entity_at(w->set, o.owners[i].entity).id);
            put_member(j, "name", screen_entity_name(w->set, o.owners[i].entity));
            if (o.owners[i].share != LIST_SHARE_UNKNOWN) {
                json_put_key(j, "basis_points");
                json_put_unsigned(j, o.owners[i].share);
            }
            json_object_end(j);
        }
        json_array_end(j);
        json_object_end(j);
    }
    arena_done(&a);
    return status;
}

/* ---- decisions ---- */

static void put_decision(struct json_writer *j, const struct screen_decision *d, enum screen_standing standing) {
    static const char *const standings[] = {"stands", "expired", "reopened"};
    char date[SCREEN_DATE_PRINT_MAX];
    json_put_key(j, "decision");
    json_object_begin(j);
    put_member(j, "verdict", span_of(d->verdict == SCREEN_DISMISSED ? "dismissed" : "match"));
    put_member(j, "standing", span_of(standings[standing]));
    put_member(j, "reason", d->reason);
    put_member(j, "author", d->author);
    put_member(j, "decided_on", d->decided_on);
    screen_date_print(d->expires, d->expires, date);
    put_optional(j, "expires", span_of(date));
    put_member(j, "list_version", d->version);
    json_object_end(j);
}

enum imjin_status screen_find_decision(const struct screen_writing *w, const struct sha256 *subject, uint32_t entity,
                                       struct screen_decision *ret, enum screen_standing *ret_standing, bool *ret_found,
                                       struct error *err) {
    struct sha256 record;
    *ret_found = false;
    if (w->book == NULL)
        return IMJIN_OK;
    TRY(screen_decided(w->book, subject, screen_entity_at(w->set, entity).id, ret, ret_found, err));
    if (!*ret_found)
        return IMJIN_OK;
    TRY(screen_entity_hash(w->set, entity, &record, err));
    *ret_standing = screen_standing_of(ret, &record, w->today);
    return IMJIN_OK;
}

/* ---- lines ---- */

enum imjin_status screen_write_match(struct json_writer *j, const struct screen_writing *w, const struct screen_query *q,
                                     const struct sha256 *subject, const struct screen_match *m, struct error *err) {
    struct screen_entity e = screen_entity_at(w->set, m->entity);
    struct screen_decision decision;
    enum screen_standing standing;
    bool found;
    put_member(j, "id", e.id);
    put_member(j, "name", screen_entity_name(w->set, m->entity));
    put_score(j, "score", m->score);
    put_member(j, "basis", span_of(basis_name(m->basis)));
    put_member(j, "matched", m->matched.text);
    put_member(j, "matched_with", m->query_text);
    if (m->basis == SCREEN_BY_NAME)
        put_member(j, "alias_strength", span_of(strength_name(m->matched.strength)));
    else
        put_optional(j, "matched_kind", m->matched.kind);
    TRY(put_parts(j, w->set, q, m, err));
    put_source(j, w->set, e.source);
    put_member(j, "schema", span_of(list_schema_name(e.schema)));
    put_all(j, "program", w->set, m->entity, LIST_PROGRAM);
    put_all(j, "legal_basis", w->set, m->entity, LIST_LEGAL_BASIS);
    put_optional(j, "listed_on", screen_entity_property(w->set, m->entity, LIST_LISTING_DATE).text);
    put_optional(j, "delisted_on", screen_entity_property(w->set, m->entity, LIST_END_DATE).text);
    put_all(j, "birth_date", w->set, m->entity, LIST_BIRTH_DATE);
    put_all(j, "nationality", w->set, m->entity, LIST_NATIONALITY);
    put_same(j, w->set, m->entity);
    TRY(put_ownership(j, w, m->entity, err));
    TRY(screen_find_decision(w, subject, m->entity, &decision, &standing, &found, err));
    if (found)
        put_decision(j, &decision, standing);
    return IMJIN_OK;
}

static void put_query(struct json_writer *j, const struct screen_query *q) {
    char date[SCREEN_DATE_PRINT_MAX];
    json_put_key(j, "query");
    json_object_begin(j);
    for (unsigned field = 0; field < SCREEN_FIELDS; field++) {
        bool any = false;
        for (uint32_t i = 0; i < q->value_count; i++) {
            const struct screen_value *v = &q->values[i];
            if (v->field != field)
                continue;
            if (!any) {
                json_put_key(j, screen_field_name((enum screen_field)field));
                json_array_begin(j);
            }
            any = true;
            screen_date_print(v->day_from, v->day_to, date);
            json_put_string(j, field == SCREEN_DOB ? span_of(date) : v->text);
        }
        if (any)
            json_array_end(j);
    }
    if (q->schema < LIST_SCHEMAS)
        put_member(j, "type", span_of(list_schema_name(q->schema)));
    json_object_end(j);
}

/* ---- explanations ---- */

static void put_compared(struct json_writer *j, const struct screen_explanation *e) {
    json_put_key(j, "names");
    json_array_begin(j);
    for (uint32_t i = 0; i < e->name_count; i++) {
        json_object_begin(j);
        put_member(j, "name", e->names[i].value.text);
        put_member(j, "alias_strength", span_of(strength_name(e->names[i].value.strength)));
        put_member(j, "matched_with", e->names[i].query_text);
        put_score(j, "score", e->names[i].score);
        json_object_end(j);
    }
    json_array_end(j);
}

static void put_same_why(struct json_writer *j, const struct screen_set *s, uint32_t entity) {
    struct screen_evidence why;
    json_put_key(j, "same_because");
    json_array_begin(j);
    for (uint32_t i = 0; screen_same_why(s, entity, i, &why); i++) {
        json_object_begin(j);
        put_member(j, "id", screen_entity_at(s, why.other).id);
        put_member(j, "rule", span_of(why.rule));
        put_optional(j, "mine", why.mine);
        put_optional(j, "theirs", why.theirs);
        json_object_end(j);
    }
    json_array_end(j);
}

enum imjin_status screen_explain_json(struct text *t, const struct screen_writing *w, const struct screen_query *q,
                                      uint32_t entity, uint16_t threshold, const struct screen_explanation *e,
                                      struct error *err) {
    struct json_writer j = {.out = t};
    struct sha256 subject = {0};
    TRY(screen_subject_key(q, &subject, err));
    json_object_begin(&j);
    put_member(&j, "schema", span_of("imjin.explain/1"));
    put_query(&j, q);
    put_score(&j, "threshold", threshold);
    put_score(&j, "score", e->any ? e->match.score : 0);
    json_put_key(&j, "match");
    json_put_bool(&j, e->any && e->match.score >= threshold);
    put_compared(&j, e);
    put_same_why(&j, w->set, entity);
    json_put_key(&j, "record");
    json_object_begin(&j);
    if (e->any)
        TRY(screen_write_match(&j, w, q, &subject, &e->match, err));
    else
        put_member(&j, "id", screen_entity_at(w->set, entity).id);
    json_object_end(&j);
    json_object_end(&j);
    text_add_string(t, "\n");
    return text_status(t, err);
}

/* ---- a query's line ---- */

static void put_note(struct json_writer *j, enum screen_field field, struct span value, const char *what) {
    json_object_begin(j);
    put_member(j, "field", span_of(screen_field_name(field)));
    put_member(j, "value", value);
    put_member(j, "what", span_of(what));
    json_object_end(j);
}

static void put_notes(struct json_writer *j, const struct screen_query *q) {
    json_put_key(j, "notes");
    json_array_begin(j);
    for (uint32_t i = 0; i < q->note_count; i++)
        put_note(j, q->notes[i].field, q->notes[i].text, q->notes[i].what);
    for (uint32_t i = 0; i < q->value_count; i++) {
        const char *what = screen_value_note(&q->values[i]);
        if (what)
            put_note(j, q->values[i].field, q->values[i].text, what);
    }
    json_array_end(j);
}

static const char *status_of(const struct screen_query *q, uint32_t count, bool nothing) {
    return q->fault.count ? "unreadable" : nothing ? "nothing to look for" : count ? "match" : "no match";
}

static enum imjin_status put_matches(struct json_writer *j, const struct screen_writing *w, const struct screen_query *q,
                                     const struct screen_match *matches, uint32_t count, struct error *err) {
    uint32_t shown = w->matches_max && w->matches_max < count ? (uint32_t)w->matches_max : count;
    struct sha256 subject = {0};
    if (count && w->book)
        TRY(screen_subject_key(q, &subject, err));
    json_put_key(j, "matches");
    json_array_begin(j);
    for (uint32_t i = 0; i < shown; i++) {
        json_object_begin(j);
        TRY(screen_write_match(j, w, q, &subject, &matches[i], err));
        json_object_end(j);
    }
    json_array_end(j);
    return IMJIN_OK;
}

enum imjin_status screen_write_line(struct text *t, const struct screen_writing *w, const struct screen_query *q,
                                    const struct screen_match *matches, uint32_t count, bool nothing, struct error *err) {
    struct json_writer j = {.out = t};
    json_object_begin(&j);
    put_member(&j, "schema", span_of("imjin.screen-line/1"));
    json_put_key(&j, "row");
    json_put_unsigned(&j, q->row);
    put_optional(&j, "ref", q->reference);
    put_query(&j, q);
    put_member(&j, "status", span_of(status_of(q, count, nothing)));
    put_optional(&j, "fault", q->fault);
    json_put_key(&j, "match_count");
    json_put_unsigned(&j, count);
    TRY(put_matches(&j, w, q, matches, count, err));
    put_notes(&j, q);
    json_object_end(&j);
    text_add_string(t, "\n");
    return text_status(t, err);
}
