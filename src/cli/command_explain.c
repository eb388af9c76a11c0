#include "cli/commands.h"
#include "cli/screening.h"

static enum imjin_status explain(struct session *s, const struct screen_writing *w, const struct screen_query *q,
                                 uint32_t entity, struct arena *a, struct error *err) {
    uint16_t threshold = (uint16_t)arguments_count(&s->arguments, OPTION_THRESHOLD, NAME_THRESHOLD_DEFAULT);
    struct screen_explanation *e = arena_new(a, 1, sizeof *e);
    if (e == NULL)
        return fail_memory(err, "an explanation");
    TRY(screen_explain(e, w, q, entity, a, err));
    return s->json ? screen_explain_json(&s->out, w, q, entity, threshold, e, err)
                   : screening_explanation_text(&s->out, w, entity, threshold, e, err);
}

enum imjin_status command_explain(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    struct screening_choice choice = screening_choice_from(s, false);
    struct screening *g;
    struct arena arena = {0};
    struct screen_query q;
    uint32_t entity;
    if (a->operand_count < 2 && !query_is_given(a))
        return fail(err, IMJIN_USAGE, "say what to compare the record with: a NAME, --id or --address");
    TRY(screening_open(&g, &s->desk, &choice, err));
    struct screen_writing writing = {g->set, g->book, g->today, 0};
    enum imjin_status status = query_from_arguments(s, &q, a->operand_count > 1 ? a->operands[1] : NULL, &arena, err);
    if (status == IMJIN_OK && !screen_entity_find(g->set, span_of(a->operands[0]), &entity))
        status = fail(err, IMJIN_NOT_FOUND, "no record %.100s in the lists", a->operands[0]);
    if (status == IMJIN_OK)
        status = explain(s, &writing, &q, entity, &arena, err);
    arena_done(&arena);
    screening_close(g);
    return status;
}
