#include "cli/follow.h"

#include "cli/request.h"

enum { FOLLOW_NOTES_SHOWN = 20 }; /* a terminal's worth; the documents have all */

static enum imjin_status open_case(struct following *f, struct session *s, const char *path, struct error *err) {
    if (f->has_case)
        return fail(err, IMJIN_USAGE, "more than one case was named; a trace has one");
    TRY(case_open(&f->case_file, path, err));
    f->has_case = true;
    if (s->desk.chain_name == NULL)
        s->desk.chain_name = case_chain(&f->case_file);
    return IMJIN_OK;
}

/* Options stand above what the case says, so the case is asked first. */
static enum imjin_status make_request(struct following *f, const struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    struct trace_request said = trace_defaults();
    f->request = request_from_arguments(s);
    if (!f->has_case)
        return IMJIN_OK;
    TRY(case_set_request(&f->case_file, &said, err));
    if (!arguments_has(a, OPTION_POLICY))
        f->request.policy = said.policy;
    if (!arguments_has(a, OPTION_UNTIL))
        f->request.time_until = said.time_until;
    if (!arguments_has(a, OPTION_HOPS))
        f->request.hops_max = said.hops_max;
    if (!arguments_has(a, OPTION_MIN_CLAIM))
        f->request.claim_min = said.claim_min;
    return IMJIN_OK;
}

enum imjin_status follow_open(struct following *f, struct session *s, const char *const *specs, unsigned spec_count,
                              struct error *err) {
    spec_list_begin(&f->spec);
    TRY(request_check(&s->arguments, err));
    for (unsigned i = 0; i < spec_count; i++)
        if (case_is(specs[i]))
            TRY(open_case(f, s, specs[i], err));
    TRY(desk_ledger(&s->desk, err));
    TRY(make_request(f, s, err));
    for (unsigned i = 0; i < spec_count; i++) {
        enum imjin_status status = case_is(specs[i]) ? case_add_sources(&f->case_file, &f->spec, s->desk.ledger, err)
                                                     : spec_add(&f->spec, s->desk.ledger, span_of(specs[i]), err);
        if (status == IMJIN_NOT_FOUND && !case_is(specs[i]) && spec_count > 1) /* of several, the others are followed */
            status = spec_add_missing(&f->spec, span_of(specs[i]), err);
        TRY(status);
    }
    return IMJIN_OK;
}

enum imjin_status follow_add_file(struct following *f, struct session *s, const char *path, struct error *err) {
    return spec_add_file(&f->spec, s->desk.ledger, path, err);
}

/* Loudly: what was not there, or not as asked. The result has all of it. */
static enum imjin_status say_notes(const struct following *f, struct session *s, struct error *err) {
    struct text text = {0};
    for (uint64_t i = 0; i < f->result->note_count && i < FOLLOW_NOTES_SHOWN; i++) {
        text_clear(&text);
        enum imjin_status status = trace_note_print(s->desk.ledger, &f->result->notes[i], &text, err);
        if (status == IMJIN_OK)
            status = text_status(&text, err);
        if (status == IMJIN_OK)
            screen_note(&s->screen, "imjin: warning: %s", text.bytes);
        else
            i = f->result->note_count;
    }
    text_done(&text);
    if (f->result->note_count > FOLLOW_NOTES_SHOWN)
        screen_note(&s->screen, "imjin: warning: and %llu more of this kind",
                    (unsigned long long)(f->result->note_count - FOLLOW_NOTES_SHOWN));
    return IMJIN_OK;
}

enum imjin_status follow_run(struct following *f, struct session *s, follow_engine *engine, struct error *err) {
    struct trace_input input;
    if (f->spec.missing)
        screen_note(&s->screen, "imjin: the ledger of %s has no movement of %llu of the sources", s->desk.chain.name,
                    (unsigned long long)f->spec.missing);
    if (f->spec.sources.count == 0 && f->has_case)
        return fail(err, IMJIN_BAD_INPUT, "%.200s does not say what was stolen: add a line such as \"from = ADDRESS,1000 ETH\"",
                    f->case_file.conf.name);
    if (f->spec.sources.count == f->spec.missing)
        return fail(err, IMJIN_NOT_FOUND, "nothing to follow: the ledger of %s has none of the sources", s->desk.chain.name);
    if (f->request.engine == ENGINE_FOLLOW)
        TRY(desk_compiled(&s->desk, f->request.rules, err));
    TRY(desk_trace_input(&s->desk, &input, err));
    f->request.sources = f->spec.sources.items;
    f->request.source_count = (uint32_t)f->spec.sources.count;
    TRY(engine(&input, &f->request, &s->progress, &f->result, err));
    return say_notes(f, s, err);
}

struct report_input follow_input(const struct following *f, const struct session *s) {
    struct report_input in = session_input(s);
    in.request = &f->request;
    in.result = f->result;
    in.facts = f->has_case ? &f->case_file.head : NULL;
    return in;
}

enum imjin_status follow_verdict(const struct following *f, struct error *err) {
    for (uint64_t i = 0; i < f->result->theft_count; i++)
        if (f->result->thefts[i].stolen)
            return IMJIN_OK;
    return fail(err, IMJIN_NOT_FOUND, "nothing was stolen by what was asked: the sources received nothing");
}

void follow_done(struct following *f) {
    trace_result_free(f->result);
    spec_list_done(&f->spec);
    if (f->has_case)
        case_done(&f->case_file);
}
