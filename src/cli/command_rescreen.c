#include "cli/commands.h"
#include "cli/screening.h"

enum { SUBJECTS_AT_ONCE = 256 };

enum event { EVENT_OPENED = 0, EVENT_CLOSED, EVENT_SCORED, EVENTS };
static const char *const event_names[EVENTS] = {"opened", "closed", "scored otherwise"};

/* One batch being screened again. The new state of it is collected and saved at the end, all at once. */
struct again {
    struct session *session;
    struct screening *screening;
    const char *name;
    uint16_t threshold;
    struct screen_saved_list lists[SCREEN_LISTS_MAX];
    unsigned list_count;
    uint64_t *only; /* records that were added or modified */
    struct screen_change change;
    struct screen_saved_match *before;
    uint64_t before_count, before_at;
    struct buffer subjects, matches; /* struct screen_query, struct screen_saved_match: the new state */
    struct screen_finder *finder;
    struct arena arena;
    struct json_writer json;
    uint64_t events[EVENTS];
};

/* ---- what changed ---- */

static enum imjin_status changed_since(struct again *g, unsigned source, struct screen_change *ret, struct error *err) {
    char directory[PATH_BYTES_MAX], name[LIST_NAME_MAX + 1];
    const struct screen_source *sources;
    struct list *old = NULL;
    screen_set_sources(g->screening->set, &sources);
    struct span list = sources[source].name;
    TRY(workspace_lists(g->session->desk.workspace, directory, err));
    if (list.count > LIST_NAME_MAX)
        return fail(err, IMJIN_BAD_INPUT, "a list with too long a name");
    memcpy(name, list.bytes, list.count);
    name[list.count] = '\0';
    for (unsigned i = 0; i < g->list_count; i++)
        if (span_equal(g->lists[i].name, list))
            TRY(list_open_version(&old, directory, name, g->lists[i].number, err));
    enum imjin_status status = screen_changed(g->screening->set, source, old, g->only, ret, err);
    list_close(old);
    return status;
}

static enum imjin_status find_changes(struct again *g, struct error *err) {
    uint32_t entities = screen_set_entities(g->screening->set);
    g->only = arena_new(&g->arena, entities / 64 + 1, sizeof *g->only);
    if (g->only == NULL)
        return fail_memory(err, "changes");
    for (unsigned i = 0; i < g->screening->count; i++) {
        struct screen_change c;
        TRY(changed_since(g, i, &c, err));
        g->change.added += c.added;
        g->change.modified += c.modified;
        g->change.deleted += c.deleted;
    }
    return IMJIN_OK;
}

/* ---- events ---- */

static void put(struct json_writer *j, const char *key, struct span value) {
    json_put_key(j, key);
    json_put_string(j, value);
}

static struct span first_value(const struct screen_query *q) {
    for (uint32_t i = 0; i < q->value_count; i++)
        if (q->values[i].field == SCREEN_NAME)
            return q->values[i].text;
    return q->value_count ? q->values[0].text : (struct span){"", 0};
}

static void tell(struct again *g, enum event event, const struct screen_query *q, struct span entity, uint16_t score) {
    struct text *t = &g->session->out;
    uint32_t number;
    bool known = screen_entity_find(g->screening->set, entity, &number);
    struct span name = known ? screen_entity_name(g->screening->set, number) : (struct span){"", 0};
    g->events[event]++;
    if (!g->session->json) {
        text_add_format(t, "%s: %s row %llu ", g->name, event_names[event], (unsigned long long)q->row);
        report_add_outside(t, q->reference);
        text_add_string(t, q->reference.count ? " \"" : "\"");
        report_add_outside(t, first_value(q));
        text_add_string(t, "\": ");
        report_add_outside(t, entity);
        text_add_string(t, " ");
        report_add_outside(t, name);
        text_add_format(t, known ? " %u.%03u\n" : " (not listed any more)\n", score / 1000u, score % 1000u);
        return;
    }
    json_object_begin(&g->json);
    put(&g->json, "event", span_of(event_names[event]));
    json_put_key(&g->json, "row");
    json_put_unsigned(&g->json, q->row);
    put(&g->json, "ref", q->reference);
    put(&g->json, "subject", first_value(q));
    put(&g->json, "id", entity);
    put(&g->json, "name", name);
    json_put_key(&g->json, "listed");
    json_put_bool(&g->json, known);
    json_put_key(&g->json, "score");
    json_put_thousandths(&g->json, score);
    json_object_end(&g->json);
}

static enum imjin_status keep(struct again *g, uint64_t row, struct span entity, uint16_t score, struct error *err) {
    struct screen_saved_match m = {row, entity, score};
    return buffer_push(&g->matches, &m, NULL, err);
}

static bool is_changed(const struct again *g, struct span entity, bool *ret_listed) {
    uint32_t number;
    *ret_listed = screen_entity_find(g->screening->set, entity, &number);
    return *ret_listed && (g->only[number / 64] >> number % 64 & 1);
}

static const struct screen_match *match_of(const struct again *g, const struct screen_match *matches, uint32_t count,
                                           struct span entity) {
    for (uint32_t i = 0; i < count; i++)
        if (span_equal(screen_entity_at(g->screening->set, matches[i].entity).id, entity))
            return &matches[i];
    return NULL;
}

/* What was found before: kept where the record is as it was, closed where it is gone or does not match any more. */
static enum imjin_status settle_before(struct again *g, const struct screen_query *q, const struct screen_saved_match *old,
                                       uint64_t old_count, const struct screen_match *now, uint32_t now_count,
                                       struct error *err) {
    for (uint64_t i = 0; i < old_count; i++) {
        bool listed, changed = is_changed(g, old[i].entity, &listed);
        const struct screen_match *m = match_of(g, now, now_count, old[i].entity);
        if (!listed || (changed && m == NULL)) {
            tell(g, EVENT_CLOSED, q, old[i].entity, old[i].score);
            continue;
        }
        if (changed && m->score != old[i].score)
            tell(g, EVENT_SCORED, q, old[i].entity, m->score);
        TRY(keep(g, q->row, old[i].entity, changed ? m->score : old[i].score, err));
    }
    return IMJIN_OK;
}

static bool was_found(const struct screen_saved_match *old, uint64_t count, struct span entity) {
    for (uint64_t i = 0; i < count; i++)
        if (span_equal(old[i].entity, entity))
            return true;
    return false;
}

static enum imjin_status screen_subject(struct again *g, const struct screen_query *q, struct error *err) {
    struct screen_options options = {.threshold = g->threshold, .only = g->only};
    const struct screen_match *now;
    uint32_t count;
    bool nothing;
    TRY(screen_answer(g->finder, q, &options, &g->arena, &now, &count, &nothing, err));
    while (g->before_at < g->before_count && g->before[g->before_at].row < q->row)
        g->before_at++;
    const struct screen_saved_match *old = g->before + g->before_at;
    uint64_t old_count = 0;
    while (g->before_at + old_count < g->before_count && old[old_count].row == q->row)
        old_count++;
    TRY(settle_before(g, q, old, old_count, now, count, err));
    for (uint32_t i = 0; i < count; i++) {
        struct span id = screen_entity_at(g->screening->set, now[i].entity).id;
        if (was_found(old, old_count, id))
            continue;
        tell(g, EVENT_OPENED, q, id, now[i].score);
        TRY(keep(g, q->row, id, now[i].score, err));
    }
    return buffer_push(&g->subjects, q, NULL, err);
}

static enum imjin_status screen_subjects(struct again *g, struct error *err) {
    struct screen_query *some = arena_new(&g->arena, SUBJECTS_AT_ONCE, sizeof *some);
    uint32_t count = SUBJECTS_AT_ONCE;
    if (some == NULL)
        return fail_memory(err, "saved subjects");
    for (uint64_t after = 0; count == SUBJECTS_AT_ONCE; after = count ? some[count - 1].row : after) {
        TRY(screen_saved_subjects(g->screening->book, g->name, after, some, SUBJECTS_AT_ONCE, &count, &g->arena, err));
        for (uint32_t i = 0; i < count; i++)
            TRY(screen_subject(g, &some[i], err));
        TRY(progress_step(&g->session->progress, "screening again", "subjects", g->subjects.count, 0, err));
    }
    return text_status(&g->session->out, err);
}

/* ---- saving ---- */

static enum imjin_status save_again(struct again *g, struct error *err) {
    struct screen_book *b = g->screening->book;
    const struct screen_query *subjects = g->subjects.items;
    const struct screen_saved_match *matches = g->matches.items;
    struct screen_saved_list lists[SCREEN_LISTS_MAX];
    screening_saved_lists(g->screening, lists);
    TRY(screen_save_begin(b, g->name, g->threshold, lists, g->screening->count, err));
    for (size_t i = 0; i < g->subjects.count; i++)
        TRY(screen_save_subject(b, &subjects[i], err));
    for (size_t i = 0; i < g->matches.count; i++)
        TRY(screen_save_match(b, &matches[i], err));
    return screen_save_end(b, err);
}

static enum imjin_status rescreen(struct again *g, struct error *err) {
    TRY(screen_saved(g->screening->book, g->name, &g->threshold, g->lists, &g->list_count, &g->arena, err));
    TRY(screen_saved_matches(g->screening->book, g->name, &g->before, &g->before_count, &g->arena, err));
    TRY(find_changes(g, err));
    TRY(screen_finder_new(&g->finder, g->screening->set, err));
    TRY(screen_subjects(g, err));
    return save_again(g, err);
}

static enum imjin_status rescreen_batch(struct session *s, struct screening *screening, const char *name, struct json_writer *j,
                                        uint64_t *ret_events, struct error *err) {
    struct again g = {.session = s, .screening = screening, .name = name, .json = *j};
    g.subjects = (struct buffer){.item_bytes = sizeof(struct screen_query), .items_max = UINT32_MAX, .what = "saved subjects"};
    g.matches = (struct buffer){.item_bytes = sizeof(struct screen_saved_match), .items_max = UINT32_MAX, .what = "matches"};
    if (s->json) {
        json_object_begin(&g.json);
        put(&g.json, "batch", span_of(name));
        json_put_key(&g.json, "events");
        json_array_begin(&g.json);
    }
    enum imjin_status status = rescreen(&g, err);
    if (s->json && status == IMJIN_OK) {
        json_array_end(&g.json);
        json_put_key(&g.json, "subjects");
        json_put_unsigned(&g.json, g.subjects.count);
        json_put_key(&g.json, "records_added");
        json_put_unsigned(&g.json, g.change.added);
        json_put_key(&g.json, "records_modified");
        json_put_unsigned(&g.json, g.change.modified);
        json_put_key(&g.json, "records_deleted");
        json_put_unsigned(&g.json, g.change.deleted);
        json_object_end(&g.json);
    } else if (status == IMJIN_OK) {
        text_add_format(&s->out,
                        "%s: %zu subjects against %llu records added, %llu changed, %llu deleted: %llu matches opened, "
                        "%llu closed, %llu scored otherwise\n",
                        name, g.subjects.count, (unsigned long long)g.change.added, (unsigned long long)g.change.modified,
                        (unsigned long long)g.change.deleted, (unsigned long long)g.events[EVENT_OPENED],
                        (unsigned long long)g.events[EVENT_CLOSED], (unsigned long long)g.events[EVENT_SCORED]);
    }
    *ret_events += g.events[EVENT_OPENED] + g.events[EVENT_CLOSED] + g.events[EVENT_SCORED];
    *j = g.json;
    screen_finder_free(g.finder);
    buffer_done(&g.subjects);
    buffer_done(&g.matches);
    arena_done(&g.arena);
    return status;
}

/* ---- the command ---- */

static enum imjin_status rescreen_all(struct session *s, struct screening *g, struct error *err) {
    struct json_writer j = {.out = &s->out};
    const char **names = s->arguments.operands;
    uint32_t count = s->arguments.operand_count;
    uint64_t events = 0;
    if (count == 0)
        TRY(screen_saved_names(g->book, &names, &count, &g->arena, err));
    if (count == 0)
        return fail(err, IMJIN_NOT_FOUND, "nothing was saved yet (imjin screen --input FILE --save NAME)");
    if (s->json) {
        json_object_begin(&j);
        put(&j, "schema", span_of("imjin.rescreen/1"));
        json_put_key(&j, "batches");
        json_array_begin(&j);
    }
    for (uint32_t i = 0; i < count; i++)
        TRY(rescreen_batch(s, g, names[i], &j, &events, err));
    if (s->json) {
        json_array_end(&j);
        json_object_end(&j);
        text_add_string(&s->out, "\n");
    }
    TRY(text_status(&s->out, err));
    if (events)
        return IMJIN_OK;
    if (err)
        err->text[0] = '\0'; /* the result says it */
    return IMJIN_NOT_FOUND;
}

enum imjin_status command_rescreen(struct session *s, struct error *err) {
    struct screening_choice choice = screening_choice_from(s, true);
    struct screening *g;
    TRY(screening_open(&g, &s->desk, &choice, err));
    enum imjin_status status = rescreen_all(s, g, err);
    screening_close(g);
    return status;
}
