#include "cli/screening.h"

/* What lists and queries hold is outside text: shown with its control characters made visible. */
static void outside(struct text *t, struct span s) { report_add_outside(t, s); }

static void score_text(struct text *t, uint16_t score) { text_add_format(t, "%u.%03u", score / 1000u, score % 1000u); }

static void all_of(struct text *t, const char *heading, const struct screen_set *s, uint32_t entity,
                   enum list_property property) {
    uint32_t count = screen_entity_at(s, entity).record.value_count, shown = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct list_value v = screen_entity_value(s, entity, i);
        if (v.property != property || v.text.count == 0)
            continue;
        text_add_string(t, shown++ ? "; " : heading);
        outside(t, v.text);
    }
    if (shown)
        text_add_string(t, "\n");
}

static void source_of(struct text *t, const struct screen_set *s, const struct screen_entity *e) {
    const struct screen_source *sources;
    screen_set_sources(s, &sources);
    text_add_string(t, "       list ");
    outside(t, e->list_name);
    if (sources[e->source].published.count) {
        text_add_string(t, " of ");
        outside(t, sources[e->source].published);
    }
    text_add_format(t, ", version %.12s\n", sources[e->source].version.bytes);
}

static void same_as(struct text *t, const struct screen_set *s, uint32_t entity) {
    const uint32_t *members;
    uint32_t count;
    screen_same(s, entity, &members, &count);
    for (uint32_t i = 0, shown = 0; i < count; i++) {
        if (members[i] == entity)
            continue;
        text_add_string(t, shown++ ? ", " : "       the same as ");
        outside(t, screen_entity_at(s, members[i]).id);
    }
    if (count > 1)
        text_add_string(t, "\n");
}

static void share_text(struct text *t, uint64_t share) {
    text_add_format(t, "%llu.%02llu %%", (unsigned long long)(share / 100), (unsigned long long)(share % 100));
}

static enum imjin_status ownership_text(struct text *t, const struct screen_writing *w, uint32_t entity, struct error *err) {
    struct screen_ownership o;
    struct arena a = {0};
    enum imjin_status status = screen_ownership_of(&o, w->set, entity, w->today, &a, err);
    if (status == IMJIN_OK && o.count) {
        text_add_format(t, "       owned by listed persons, %s, ", screen_ownership_name(o.rule));
        share_text(t, o.sum);
        text_add_string(t, " known: ");
        for (uint32_t i = 0; i < o.count; i++) {
            text_add_string(t, i ? ", " : "");
            outside(t, screen_entity_at(w->set, o.owners[i].entity).id);
            text_add_string(t, " ");
            if (o.owners[i].share == LIST_SHARE_UNKNOWN)
                text_add_string(t, "(share not known)");
            else
                share_text(t, o.owners[i].share);
        }
        text_add_string(t, "\n");
    }
    arena_done(&a);
    return status;
}

void screening_decision_text(struct text *t, const struct screen_decision *d, enum screen_standing standing) {
    static const char *const words[] = {"", " (expired)", " (re-opened: the record has changed since)"};
    char date[SCREEN_DATE_PRINT_MAX];
    text_add_format(t, "%s by ", d->verdict == SCREEN_DISMISSED ? "dismissed" : "accepted as a match");
    outside(t, d->author);
    text_add_string(t, " on ");
    outside(t, d->decided_on);
    screen_date_print(d->expires, d->expires, date);
    if (date[0])
        text_add_format(t, " until %s", date);
    text_add_string(t, ": ");
    outside(t, d->reason);
    text_add_format(t, "%s\n", words[standing]);
}

static void evidence_text(struct text *t, const struct screen_match *m) {
    for (unsigned i = 0; m->evidence && i < m->evidence->part_count; i++) {
        const struct evidence_part *p = &m->evidence->parts[i];
        text_add_format(t, "       %+d  %s: ", p->points, p->rule);
        outside(t, p->query);
        text_add_string(t, " / ");
        outside(t, p->candidate);
        text_add_string(t, "\n");
    }
}

static enum imjin_status match_text(struct text *t, const struct screen_writing *w, const struct sha256 *subject,
                                    const struct screen_match *m, struct error *err) {
    static const char *const bases[] = {"", ", the same number", ", the same wallet"};
    struct screen_entity e = screen_entity_at(w->set, m->entity);
    struct screen_decision d;
    enum screen_standing standing;
    bool found;
    score_text(t, m->score);
    text_add_string(t, "  ");
    outside(t, e.id);
    text_add_string(t, "  ");
    outside(t, screen_entity_name(w->set, m->entity));
    text_add_format(t, "  (%s)\n       matched ", list_schema_name(e.schema));
    outside(t, m->matched.text);
    text_add_format(t, "%s%s\n", bases[m->basis], m->weak ? ", a weak alias" : "");
    evidence_text(t, m);
    source_of(t, w->set, &e);
    all_of(t, "       programme ", w->set, m->entity, LIST_PROGRAM);
    all_of(t, "       legal basis ", w->set, m->entity, LIST_LEGAL_BASIS);
    all_of(t, "       listed on ", w->set, m->entity, LIST_LISTING_DATE);
    all_of(t, "       born ", w->set, m->entity, LIST_BIRTH_DATE);
    same_as(t, w->set, m->entity);
    TRY(ownership_text(t, w, m->entity, err));
    TRY(screen_find_decision(w, subject, m->entity, &d, &standing, &found, err));
    if (found) {
        text_add_string(t, "       ");
        screening_decision_text(t, &d, standing);
    }
    return text_status(t, err);
}

enum imjin_status screening_text(struct text *t, const struct screen_writing *w, const struct screen_query *q,
                                 const struct screen_match *matches, uint32_t count, bool nothing, struct error *err) {
    uint32_t shown = w->matches_max && w->matches_max < count ? (uint32_t)w->matches_max : count;
    struct sha256 subject;
    TRY(screen_subject_key(q, &subject, err));
    for (uint32_t i = 0; i < q->note_count; i++) {
        text_add_format(t, "not used: %s ", screen_field_name(q->notes[i].field));
        outside(t, q->notes[i].text);
        text_add_format(t, ": %s\n", q->notes[i].what);
    }
    for (uint32_t i = 0; i < q->value_count; i++) {
        const char *what = screen_value_note(&q->values[i]);
        if (what == NULL)
            continue;
        text_add_format(t, "%s ", screen_field_name(q->values[i].field));
        outside(t, q->values[i].text);
        text_add_format(t, ": %s\n", what);
    }
    for (uint32_t i = 0; i < shown; i++)
        TRY(match_text(t, w, &subject, &matches[i], err));
    if (shown < count)
        text_add_format(t, "and %u more\n", count - shown);
    if (nothing)
        text_add_string(t, "nothing to look for: no name, number or wallet in the query\n");
    return text_status(t, err);
}

/* ---- explanations ---- */

static void part_text(struct text *t, const struct name_part *p) {
    text_add_string(t, "  ");
    if (p->query.count) {
        text_add_string(t, "\"");
        outside(t, p->query);
        text_add_string(t, p->candidate.count ? "\" and \"" : "\" stands in the query alone");
    }
    if (p->candidate.count) {
        text_add_string(t, p->query.count ? "" : "\"");
        outside(t, p->candidate);
        text_add_string(t, p->query.count ? "\"" : "\" stands in the record alone");
    }
    text_add_format(t, ": %s, ", p->rule);
    score_text(t, p->score);
    text_add_format(t, ", %u.%u %% of the whole\n", p->weight / 10u, p->weight % 10u);
}

static void calculation(struct text *t, const struct screen_explanation *e) {
    const struct screen_match *m = &e->match;
    if (m->basis != SCREEN_BY_NAME) {
        text_add_string(t, m->basis == SCREEN_BY_WALLET ? "the wallet is the same: a match by itself\n"
                                                        : "the number is the same: a match by itself\n");
        return;
    }
    text_add_string(t, "parts of \"");
    outside(t, m->query_text);
    text_add_string(t, "\" and \"");
    outside(t, m->matched.text);
    text_add_string(t, "\":\n");
    for (unsigned i = 0; i < e->parts.part_count; i++)
        part_text(t, &e->parts.parts[i]);
    text_add_string(t, "  together ");
    score_text(t, m->name_score);
    text_add_string(t, "\n");
    if (m->weak)
        text_add_format(t, "  -%d  weak alias\n", SCREEN_WEAK_LESS);
    for (unsigned i = 0; m->evidence && i < m->evidence->part_count; i++) {
        const struct evidence_part *p = &m->evidence->parts[i];
        text_add_format(t, "  %+d  %s: ", p->points, p->rule);
        outside(t, p->query);
        text_add_string(t, " / ");
        outside(t, p->candidate);
        text_add_string(t, "\n");
    }
}

enum imjin_status screening_explanation_text(struct text *t, const struct screen_writing *w, uint32_t entity,
                                             uint16_t threshold, const struct screen_explanation *e, struct error *err) {
    struct screen_evidence why;
    uint16_t score = e->any ? e->match.score : 0;
    outside(t, screen_entity_at(w->set, entity).id);
    text_add_string(t, "  ");
    outside(t, screen_entity_name(w->set, entity));
    text_add_string(t, "\nnames of the record, with the query's:\n");
    for (uint32_t i = 0; i < e->name_count; i++) {
        text_add_string(t, "  ");
        score_text(t, e->names[i].score);
        text_add_string(t, "  ");
        outside(t, e->names[i].value.text);
        text_add_string(t, e->names[i].value.strength == LIST_WEAK ? "  (weak alias)\n" : "\n");
    }
    if (e->any)
        calculation(t, e);
    text_add_string(t, "score ");
    score_text(t, score);
    text_add_string(t, score >= threshold ? ": a match at the threshold " : ": no match at the threshold ");
    score_text(t, threshold);
    text_add_string(t, "\n");
    for (uint32_t i = 0; screen_same_why(w->set, entity, i, &why); i++) {
        text_add_string(t, "the same as ");
        outside(t, screen_entity_at(w->set, why.other).id);
        text_add_format(t, " by %s: ", why.rule);
        outside(t, why.mine);
        text_add_string(t, " / ");
        outside(t, why.theirs);
        text_add_string(t, "\n");
    }
    if (e->decided)
        screening_decision_text(t, &e->decision, e->standing);
    return text_status(t, err);
}
