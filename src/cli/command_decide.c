#include <stdio.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/screening.h"

enum { DAY_SECONDS = 86400 };

/* The day of a decision is part of what is recorded; it is the one thing here that comes from a clock. */
static void decided_on(const struct arguments *a, char ret_day[SCREEN_DATE_PRINT_MAX]) {
    int32_t day = day_from_arguments(a, OPTION_DATE);
    if (day == LIST_DAY_NONE)
        day = (int32_t)(time(NULL) / DAY_SECONDS);
    screen_date_print(day, day, ret_day);
}

static struct span words_of(const struct arguments *a, enum option_id id) { return span_of(arguments_text(a, id)); }

static enum imjin_status find(const struct screening *g, const char *id, uint32_t *ret, struct error *err) {
    return screen_entity_find(g->set, span_of(id), ret)
               ? IMJIN_OK
               : fail(err, IMJIN_NOT_FOUND, "no record %.100s in the lists; imjin screen shows the ids", id);
}

/* ---- matches ---- */

static enum imjin_status subject_text(struct text *t, const struct screen_query *q, struct error *err) {
    for (uint32_t i = 0; i < q->value_count; i++) {
        if (i)
            text_add_string(t, ", ");
        if (q->values[i].field != SCREEN_NAME)
            text_add_format(t, "%s ", screen_field_name(q->values[i].field));
        text_add(t, q->values[i].text.bytes, q->values[i].text.count);
    }
    return text_status(t, err);
}

static enum imjin_status record(struct session *s, struct screening *g, enum screen_verdict verdict, struct text *subject,
                                struct arena *arena, struct error *err) {
    const struct arguments *a = &s->arguments;
    char day[SCREEN_DATE_PRINT_MAX];
    struct screen_query q;
    uint32_t entity;
    TRY(find(g, a->operands[0], &entity, err));
    TRY(query_from_arguments(s, &q, a->operand_count > 1 ? a->operands[1] : NULL, arena, err));
    TRY(subject_text(subject, &q, err));
    decided_on(a, day);
    struct screen_entity e = screen_entity_at(g->set, entity);
    struct screen_decision d = {.subject_text = {subject->bytes, subject->count},
                                .entity = e.id,
                                .verdict = verdict,
                                .reason = words_of(a, OPTION_REASON),
                                .author = words_of(a, OPTION_AUTHOR),
                                .decided_on = span_of(day),
                                .expires = day_from_arguments(a, OPTION_EXPIRES),
                                .list_name = e.list_name,
                                .version = g->sources[e.source].version};
    for (unsigned i = 0; i < g->count; i++) /* the set sorts its lists */
        if (span_equal(g->sources[i].name, e.list_name))
            d.version = g->sources[i].version;
    TRY(screen_subject_key(&q, &d.subject, err));
    TRY(screen_entity_hash(g->set, entity, &d.record, err));
    return screen_decide(g->book, &d, err);
}

static enum imjin_status decide(struct session *s, enum screen_verdict verdict, struct error *err) {
    struct screening_choice choice = screening_choice_from(s, true);
    struct screening *g;
    struct arena arena = {0};
    struct text subject = {0};
    if (s->arguments.operand_count < 2 && !query_is_given(&s->arguments))
        return fail(err, IMJIN_USAGE, "say about whom: a NAME, --id or --address, as it was screened");
    TRY(screening_open(&g, &s->desk, &choice, err));
    enum imjin_status status = record(s, g, verdict, &subject, &arena, err);
    text_done(&subject);
    arena_done(&arena);
    screening_close(g);
    if (status == IMJIN_OK && !s->quiet && !s->json)
        text_add_string(&s->out, verdict == SCREEN_MATCH ? "accepted as a match\n" : "dismissed\n");
    return status;
}

enum imjin_status command_decide_match(struct session *s, struct error *err) { return decide(s, SCREEN_MATCH, err); }
enum imjin_status command_decide_dismiss(struct session *s, struct error *err) { return decide(s, SCREEN_DISMISSED, err); }

/* ---- records ---- */

static enum imjin_status rule(struct session *s, bool same, struct error *err) {
    const struct arguments *a = &s->arguments;
    struct screening_choice choice = screening_choice_from(s, true);
    struct screening *g;
    char day[SCREEN_DATE_PRINT_MAX];
    uint32_t entity;
    TRY(screening_open(&g, &s->desk, &choice, err));
    struct screen_ruling ruling = {span_of(a->operands[0]), span_of(a->operands[1]), same};
    decided_on(a, day);
    enum imjin_status status = find(g, a->operands[0], &entity, err);
    if (status == IMJIN_OK)
        status = find(g, a->operands[1], &entity, err);
    if (status == IMJIN_OK)
        status = screen_rule(g->book, &ruling, words_of(a, OPTION_REASON), words_of(a, OPTION_AUTHOR), span_of(day), err);
    screening_close(g);
    if (status == IMJIN_OK && !s->quiet && !s->json)
        text_add_string(&s->out, same ? "one entity\n" : "two entities\n");
    return status;
}

enum imjin_status command_decide_merge(struct session *s, struct error *err) { return rule(s, true, err); }
enum imjin_status command_decide_split(struct session *s, struct error *err) { return rule(s, false, err); }

/* ---- listing ---- */

static void put(struct json_writer *j, const char *key, struct span value) {
    json_put_key(j, key);
    json_put_string(j, value);
}

struct listing {
    struct text *out;
    struct json_writer json;
    bool is_json;
    uint64_t count;
};

static enum imjin_status list_one(void *context, const struct screen_decision *d, struct error *err) {
    struct listing *l = context;
    char date[SCREEN_DATE_PRINT_MAX];
    l->count++;
    if (!l->is_json) {
        report_add_outside(l->out, d->entity);
        text_add_string(l->out, "  ");
        report_add_outside(l->out, d->subject_text);
        text_add_string(l->out, "\n  ");
        screening_decision_text(l->out, d, SCREEN_STANDS);
        return text_status(l->out, err);
    }
    json_object_begin(&l->json);
    put(&l->json, "entity", d->entity);
    put(&l->json, "subject", d->subject_text);
    put(&l->json, "verdict", span_of(d->verdict == SCREEN_MATCH ? "match" : "dismissed"));
    put(&l->json, "reason", d->reason);
    put(&l->json, "author", d->author);
    put(&l->json, "decided_on", d->decided_on);
    screen_date_print(d->expires, d->expires, date);
    if (date[0])
        put(&l->json, "expires", span_of(date));
    put(&l->json, "list", d->list_name);
    put(&l->json, "list_version", d->version);
    json_object_end(&l->json);
    return text_status(l->out, err);
}

static enum imjin_status list_all(struct session *s, struct screen_book *b, struct error *err) {
    struct listing l = {.out = &s->out, .json = {.out = &s->out}, .is_json = s->json};
    if (s->json) {
        json_object_begin(&l.json);
        put(&l.json, "schema", span_of("imjin.decisions/1"));
        json_put_key(&l.json, "decisions");
        json_array_begin(&l.json);
    }
    TRY(screen_decisions(b, list_one, &l, err));
    if (s->json) {
        json_array_end(&l.json);
        json_object_end(&l.json);
        text_add_string(&s->out, "\n");
    } else if (l.count == 0) {
        text_add_string(&s->out, "no decision yet\n");
    }
    return text_status(&s->out, err);
}

enum imjin_status command_decide_list(struct session *s, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct screen_book *b;
    TRY(screening_book_path(&s->desk, path, err));
    TRY(screen_book_open(&b, path, false, err));
    enum imjin_status status = list_all(s, b, err);
    screen_book_close(b);
    return status;
}
