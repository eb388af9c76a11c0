#include <stdlib.h>

#include "screen/finder.h"

static int by_falling_score(const void *a, const void *b) {
    const struct screen_compared_name *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->value.strength != y->value.strength)
        return x->value.strength < y->value.strength ? -1 : 1;
    return span_compare(x->value.text, y->value.text);
}

/* One name of the record against every name of the query: the best. */
static enum imjin_status compare_name(struct screen_compared_name *c, const struct screen_query *q, enum list_schema schema,
                                      struct arena *a, struct error *err) {
    const struct name *mine, *theirs;
    TRY(name_parse(&theirs, c->value.text, set_name_kind(schema), a, err));
    for (uint32_t i = 0; i < q->value_count; i++) {
        if (q->values[i].field != SCREEN_NAME)
            continue;
        TRY(name_parse(&mine, q->values[i].text, set_name_kind(q->schema), a, err));
        uint16_t score = name_compare(mine, theirs, NULL);
        if (score > c->score || c->query_text.count == 0) {
            c->score = score;
            c->query_text = q->values[i].text;
        }
    }
    return IMJIN_OK;
}

static enum imjin_status compare_names(struct screen_explanation *e, const struct screen_set *s, const struct screen_query *q,
                                       uint32_t entity, struct arena *a, struct error *err) {
    struct list_entity record = set_entity(s, entity);
    struct screen_compared_name *names = arena_new(a, record.value_count + 1, sizeof *names);
    if (names == NULL)
        return fail_memory(err, "an explanation");
    for (uint32_t i = 0; i < record.value_count; i++) {
        struct list_value v = set_value(s, entity, i);
        if (v.property != LIST_NAME)
            continue;
        names[e->name_count] = (struct screen_compared_name){.value = v, .query_text = {"", 0}};
        TRY(compare_name(&names[e->name_count++], q, record.schema, a, err));
    }
    qsort(names, e->name_count, sizeof *names, by_falling_score);
    e->names = names;
    return IMJIN_OK;
}

static enum imjin_status name_parts(struct screen_explanation *e, const struct screen_set *s, const struct screen_query *q,
                                    uint32_t entity, struct arena *a, struct error *err) {
    const struct name *mine, *theirs;
    TRY(name_parse(&mine, e->match.query_text, set_name_kind(q->schema), a, err));
    TRY(name_parse(&theirs, e->match.matched.text, set_name_kind(set_entity(s, entity).schema), a, err));
    name_compare(mine, theirs, &e->parts);
    return IMJIN_OK;
}

/* The answer of a search that looks at this record alone and has no threshold. */
static enum imjin_status answer(struct screen_explanation *e, const struct screen_set *s, const struct screen_query *q,
                                uint32_t entity, struct arena *a, struct error *err) {
    uint64_t *only = arena_new(a, screen_set_entities(s) / 64 + 1, sizeof *only);
    const struct screen_match *matches;
    struct screen_finder *f;
    uint32_t count = 0;
    bool nothing;
    if (only == NULL)
        return fail_memory(err, "an explanation");
    only[entity / 64] |= (uint64_t)1 << entity % 64;
    TRY(screen_finder_new(&f, s, err));
    struct screen_options options = {.threshold = 1, .only = only};
    enum imjin_status status = screen_answer(f, q, &options, a, &matches, &count, &nothing, err);
    screen_finder_free(f);
    TRY(status);
    e->any = count > 0;
    if (e->any)
        e->match = matches[0];
    return e->any && e->match.basis == SCREEN_BY_NAME ? name_parts(e, s, q, entity, a, err) : IMJIN_OK;
}

enum imjin_status screen_explain(struct screen_explanation *ret, const struct screen_writing *w, const struct screen_query *q,
                                 uint32_t entity, struct arena *a, struct error *err) {
    struct screen_explanation *e = arena_new(a, 1, sizeof *e);
    struct sha256 subject;
    if (e == NULL)
        return fail_memory(err, "an explanation");
    TRY(compare_names(e, w->set, q, entity, a, err));
    TRY(answer(e, w->set, q, entity, a, err));
    TRY(screen_subject_key(q, &subject, err));
    TRY(screen_find_decision(w, &subject, entity, &e->decision, &e->standing, &e->decided, err));
    *ret = *e;
    return IMJIN_OK;
}
