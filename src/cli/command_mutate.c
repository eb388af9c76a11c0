#include <stdlib.h>

#include "cli/commands.h"
#include "cli/screening.h"

enum { MUTANTS_DEFAULT = 200 };

struct ranked {
    uint64_t rank;
    uint32_t entity;
};
struct exam {
    struct session *session;
    const struct screening *screening;
    struct screen_finder *finder;
    struct ranked *order;
    uint64_t seed, limit, written;
    struct text texts;
    struct arena arena;
    uint64_t *asked, *found; /* by mutation */
};

static int by_rank(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->entity > y->entity) - (x->entity < y->entity);
}

/* ---- writing ---- */

static void add_field(struct text *t, struct span value) {
    bool quoted = false;
    for (uint64_t i = 0; i < value.count; i++)
        quoted |= strchr(",\"\r\n", value.bytes[i]) != NULL;
    if (quoted)
        text_add_string(t, "\"");
    for (uint64_t i = 0; i < value.count; i++) {
        if (value.bytes[i] == '"')
            text_add_string(t, "\"");
        text_add(t, value.bytes + i, 1);
    }
    if (quoted)
        text_add_string(t, "\"");
}

static enum imjin_status write_row(struct exam *e, const struct screen_mutant *m, struct error *err) {
    struct text *t = &e->session->out;
    struct screen_entity about = screen_entity_at(e->screening->set, m->entity);
    text_add_string(t, screen_mutation_at(m->mutation)->name);
    text_add_string(t, "/");
    add_field(t, about.id);
    text_add_string(t, ",");
    add_field(t, m->name);
    text_add_string(t, ",");
    add_field(t, m->dob);
    text_add_string(t, ",");
    add_field(t, m->address);
    text_add_format(t, ",%s\n", list_schema_name(about.schema));
    return text_status(t, err);
}

/* ---- scoring ---- */

/* Found is the record itself, or another list's record of the same entity. */
static bool is_found(const struct screen_set *s, uint32_t entity, const struct screen_match *matches, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (matches[i].entity == entity || screen_same_first(s, matches[i].entity) == screen_same_first(s, entity))
            return true;
    return false;
}

static enum imjin_status score_row(struct exam *e, const struct screen_mutant *m, struct error *err) {
    char *texts[SCREEN_FIELDS] = {0};
    const struct span fields[SCREEN_FIELDS] = {[SCREEN_NAME] = m->name, [SCREEN_DOB] = m->dob, [SCREEN_ADDRESS] = m->address};
    const struct screen_match *matches;
    struct screen_options options = {
        .threshold = (uint16_t)arguments_count(&e->session->arguments, OPTION_THRESHOLD, NAME_THRESHOLD_DEFAULT)};
    struct screen_query q;
    uint32_t count;
    bool nothing;
    for (unsigned i = 0; i < SCREEN_FIELDS; i++) {
        texts[i] = fields[i].count ? arena_text(&e->arena, fields[i].bytes, fields[i].count) : NULL;
        if (fields[i].count && texts[i] == NULL)
            return fail_memory(err, "the test file");
    }
    const char *type = list_schema_name(screen_entity_at(e->screening->set, m->entity).schema);
    texts[SCREEN_TYPE] = arena_text(&e->arena, type, strlen(type));
    if (texts[SCREEN_TYPE] == NULL)
        return fail_memory(err, "the test file");
    TRY(screen_query_make(&q, (const char *const *)texts, &e->arena, err));
    TRY(screen_answer(e->finder, &q, &options, &e->arena, &matches, &count, &nothing, err));
    e->asked[m->mutation]++;
    e->found[m->mutation] += is_found(e->screening->set, m->entity, matches, count);
    arena_done(&e->arena);
    return IMJIN_OK;
}

static enum imjin_status show_scores(struct exam *e, struct error *err) {
    struct text *t = &e->session->out;
    struct json_writer j = {.out = t};
    bool json = e->session->json;
    if (json) {
        json_object_begin(&j);
        json_put_key(&j, "schema");
        json_put_text(&j, "imjin.mutations/1");
        json_put_key(&j, "mutations");
        json_array_begin(&j);
    }
    for (unsigned i = 0; i < screen_mutation_count(); i++) {
        const struct screen_mutation *m = screen_mutation_at(i);
        uint64_t thousandths = e->asked[i] ? e->found[i] * 1000 / e->asked[i] : 0;
        if (!json) {
            text_add_format(t, "%-22s %6llu of %6llu  %llu.%03llu  %s\n", m->name, (unsigned long long)e->found[i],
                            (unsigned long long)e->asked[i], (unsigned long long)(thousandths / 1000),
                            (unsigned long long)(thousandths % 1000), m->what);
            continue;
        }
        json_object_begin(&j);
        json_put_key(&j, "name");
        json_put_text(&j, m->name);
        json_put_key(&j, "what");
        json_put_text(&j, m->what);
        json_put_key(&j, "asked");
        json_put_unsigned(&j, e->asked[i]);
        json_put_key(&j, "found");
        json_put_unsigned(&j, e->found[i]);
        json_put_key(&j, "share");
        json_put_thousandths(&j, thousandths);
        json_object_end(&j);
    }
    if (json) {
        json_array_end(&j);
        json_object_end(&j);
        text_add_string(t, "\n");
    }
    return text_status(t, err);
}

/* ---- the file ---- */

/* Takes records in the order of their rank until there are enough that can be changed in this way. */
static enum imjin_status do_mutation(struct exam *e, unsigned mutation, bool scores, struct error *err) {
    const struct screen_set *s = e->screening->set;
    uint32_t entities = screen_set_entities(s);
    uint64_t made_count = 0;
    for (uint32_t i = 0; i < entities; i++)
        e->order[i] = (struct ranked){screen_mutation_rank(s, i, mutation, e->seed), i};
    if (entities)
        qsort(e->order, entities, sizeof *e->order, by_rank);
    for (uint32_t i = 0; i < entities && made_count < e->limit; i++) {
        struct screen_mutant m;
        bool made;
        TRY(screen_mutate(s, e->order[i].entity, mutation, e->seed, &m, &made, &e->texts, err));
        if (!made)
            continue;
        made_count++;
        TRY(scores ? score_row(e, &m, err) : write_row(e, &m, err));
    }
    return progress_step(&e->session->progress, "mutating", "ways", mutation + 1, screen_mutation_count(), err);
}

static enum imjin_status make_exam(struct exam *e, struct error *err) {
    bool scores = arguments_has(&e->session->arguments, OPTION_SCORE);
    if (!scores)
        text_add_string(&e->session->out, "ref,name,dob,address,type\n");
    for (unsigned i = 0; i < screen_mutation_count(); i++)
        TRY(do_mutation(e, i, scores, err));
    return scores ? show_scores(e, err) : text_status(&e->session->out, err);
}

enum imjin_status command_mutate(struct session *s, struct error *err) {
    struct screening_choice choice = screening_choice_from(s, false);
    struct screening *g;
    TRY(screening_open(&g, &s->desk, &choice, err));
    struct exam e = {.session = s,
                     .screening = g,
                     .seed = arguments_count(&s->arguments, OPTION_SEED, 1),
                     .limit = arguments_count(&s->arguments, OPTION_LIMIT, MUTANTS_DEFAULT)};
    e.order = memory_new(screen_set_entities(g->set) + 1, sizeof *e.order);
    e.asked = memory_new(screen_mutation_count(), sizeof *e.asked);
    e.found = memory_new(screen_mutation_count(), sizeof *e.found);
    enum imjin_status status = e.order && e.asked && e.found ? IMJIN_OK : fail_memory(err, "the test file");
    if (status == IMJIN_OK)
        status = screen_finder_new(&e.finder, g->set, err);
    if (status == IMJIN_OK)
        status = make_exam(&e, err);
    screen_finder_free(e.finder);
    memory_free(e.order);
    memory_free(e.asked);
    memory_free(e.found);
    text_done(&e.texts);
    arena_done(&e.arena);
    screening_close(g);
    return status;
}
