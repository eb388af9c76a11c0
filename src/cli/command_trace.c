#include "cli/commands.h"
#include "cli/crossing.h"
#include "cli/exits.h"
#include "cli/taint.h"

/* Files that a trace may write beside its result. */
static const struct {
    enum option_id id;
    output_render *render;
} files[] = {
    {OPTION_REACHED, report_reached_csv}, {OPTION_CSV, report_edges_csv},
    {OPTION_GRAPHML, report_graphml},     {OPTION_SVG, output_svg},
    {OPTION_HTML, output_html},
};

/* The values of --from in their order. `ret_specs` has room for every option given. */
static unsigned given_specs(const struct arguments *a, const char **ret_specs) {
    unsigned count = 0;
    for (unsigned i = 0; i < a->given_count; i++)
        if (a->given[i].id == OPTION_FROM)
            ret_specs[count++] = a->given[i].value;
    return count;
}

static enum imjin_status write_results(struct session *s, struct report_input in, struct error *err) {
    in.edges_file = arguments_text(&s->arguments, OPTION_CSV);
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = arguments_text(&s->arguments, files[i].id);
        if (path)
            TRY(output_file(path, files[i].render, &in, err));
    }
    return s->json ? report_trace_json(&s->out, NULL, &in, err) : report_trace_text(&s->out, &in, err);
}

static enum imjin_status trace(struct session *s, struct following *f, const char **specs, struct error *err) {
    const struct arguments *a = &s->arguments;
    TRY(follow_open(f, s, specs, given_specs(a, specs), err));
    for (unsigned i = 0; i < a->given_count; i++)
        if (a->given[i].id == OPTION_FROM_FILE)
            TRY(follow_add_file(f, s, a->given[i].value, err));
    TRY(follow_run(f, s, trace_run, err));
    struct report_input in = follow_input(f, s);
    struct crossing_set crossed = {0};
    struct exits exits = {0};
    enum imjin_status status = crossing_run(&crossed, s, f, &in, err);
    if (status == IMJIN_OK)
        status = exits_run(&exits, s, f, &in, err);
    if (status == IMJIN_OK)
        status = write_results(s, in, err);
    exits_done(&exits);
    crossing_done(&crossed);
    return status == IMJIN_OK ? follow_verdict(f, err) : status;
}

/* A failed trace writes nothing. What an earlier one wrote must not pass for its result. */
static void say_what_is_left(struct session *s) {
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = arguments_text(&s->arguments, files[i].id);
        struct text shown = {0};
        if (path == NULL || !file_exists(path))
            continue;
        report_add_outside(&shown, span_of(path));
        screen_note(&s->screen, "imjin: %s is as it was before", shown.bytes ? shown.bytes : "the file");
        text_done(&shown);
    }
}

enum imjin_status command_trace(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    struct following f = {0};
    if (!arguments_has(a, OPTION_FROM) && !arguments_has(a, OPTION_FROM_FILE))
        return fail(err, IMJIN_USAGE, "say what was stolen: --from SPEC or --from-file FILE; \"imjin trace --help\" explains");
    if (taint_applies(s))
        return taint_trace(s, err);
    const char **specs = memory_new(a->given_count, sizeof *specs);
    if (specs == NULL)
        return fail_memory(err, "the sources");
    enum imjin_status status = trace(s, &f, specs, err);
    if (status != IMJIN_OK && f.result == NULL)
        say_what_is_left(s);
    follow_done(&f);
    memory_free(specs);
    return status;
}
