#include "cli/commands.h"
#include "cli/exits.h"

/* A file of leads is a table; a person at a terminal gets words. */
static enum imjin_status write_leads(struct session *s, const struct report_mixer *m, struct error *err) {
    struct report_input in = session_input(s);
    if (s->json)
        return report_mixer_json(&s->out, &in, m, err);
    if (arguments_text(&s->arguments, OPTION_OUTPUT))
        return report_mixer_csv(&s->out, &in, m, err);
    return report_mixer_text(&s->out, &in, m, err);
}

static enum imjin_status link_batches(struct session *s, const struct mixer_pool *pools, const struct mixer_batches *batches,
                                      struct error *err) {
    struct mixer_result *result;
    TRY(mixer_link(s->desk.ledger, pools, EXIT_POOLS, batches, &s->progress, &result, err));
    struct report_mixer m = {pools, batches, result, arguments_count(&s->arguments, OPTION_LIMIT, 0)};
    enum imjin_status status = write_leads(s, &m, err);
    mixer_result_free(result);
    return status;
}

static enum imjin_status follow_into_pools(struct session *s, struct following *f, const char **specs, struct error *err) {
    const struct arguments *a = &s->arguments;
    struct mixer_pool pools[EXIT_POOLS];
    struct mixer_batches batches;
    unsigned count = 0;
    for (unsigned i = 0; i < a->given_count; i++)
        if (a->given[i].id == OPTION_FROM)
            specs[count++] = a->given[i].value;
    TRY(follow_open(f, s, specs, count, err));
    TRY(exits_find_pools(s->desk.ledger, pools, err));
    TRY(follow_run(f, s, trace_run, err));
    TRY(mixer_batches_from_trace(&batches, s->desk.ledger, f->result, pools, EXIT_POOLS, err));
    enum imjin_status status = link_batches(s, pools, &batches, err);
    mixer_batches_done(&batches);
    return status;
}

static enum imjin_status link_traced(struct session *s, struct error *err) {
    struct following f = {0};
    const char **specs = memory_new(s->arguments.given_count, sizeof *specs);
    if (specs == NULL)
        return fail_memory(err, "the sources");
    enum imjin_status status = follow_into_pools(s, &f, specs, err);
    follow_done(&f);
    memory_free(specs);
    return status;
}

static enum imjin_status link_file(struct session *s, const char *path, struct error *err) {
    struct mixer_pool pools[EXIT_POOLS];
    struct mixer_batches batches;
    TRY(desk_ledger(&s->desk, err));
    TRY(exits_find_pools(s->desk.ledger, pools, err));
    TRY(mixer_batches_read(&batches, path, pools, EXIT_POOLS, err));
    enum imjin_status status = link_batches(s, pools, &batches, err);
    mixer_batches_done(&batches);
    return status;
}

enum imjin_status command_mixer_link(struct session *s, struct error *err) {
    const char *path = arguments_text(&s->arguments, OPTION_BATCHES);
    bool traced = arguments_has(&s->arguments, OPTION_FROM);
    if ((path != NULL) == traced)
        return fail(err, IMJIN_USAGE,
                    "say which deposits are meant: either --batches FILE, or --from SPEC for what was stolen; "
                    "\"imjin mixer link --help\" explains");
    return traced ? link_traced(s, err) : link_file(s, path, err);
}
