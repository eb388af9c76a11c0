#include "cli/commands.h"
#include "cli/crossing.h"
#include "cli/exits.h"
#include "cli/limits.h"

static const struct {
    const char *name;
    output_render *render;
} files[] = {
    {"report.html", output_html},        {"flow.svg", output_svg},          {"edges.csv", report_edges_csv},
    {"graph.graphml", report_graphml},   {"trace.json", report_trace_json}, {"rests.csv", report_rests_csv},
    {"reached.csv", report_reached_csv},
};

/* --output, else cases/NAME in the workspace. */
static enum imjin_status report_directory(struct session *s, const struct following *f, char *ret_path, struct error *err) {
    const char *given = arguments_text(&s->arguments, OPTION_OUTPUT);
    const char *name = f->has_case ? f->case_file.name : s->arguments.operands[0];
    char cases[PATH_BYTES_MAX], plain[CASE_NAME_MAX];
    if (given) {
        s->output_is_directory = true;
        int count = snprintf(ret_path, PATH_BYTES_MAX, "%s", given);
        return count < PATH_BYTES_MAX ? IMJIN_OK : fail(err, IMJIN_USAGE, "path too long: %.60s...", given);
    }
    case_name_from_path(plain, name, false);
    TRY(workspace_cases(s->desk.workspace, cases, err));
    return path_join(ret_path, err, cases, plain);
}

/* The tables hold all of it, at a third of the size. What an earlier report left must not pass for a part of this one. */
static bool leaves_out(struct session *s, const struct following *f, unsigned file) {
    const struct trace_result *r = f->result;
    bool out =
        files[file].render == report_trace_json && r->edge_count + r->rest_count + r->account_count > CLI_REPORT_JSON_ROWS_MAX;
    if (out)
        screen_note(&s->screen,
                    "imjin: trace.json is left out: the trace has %llu edges; the CSV files have all of it, and "
                    "\"imjin trace --json\" writes it",
                    (unsigned long long)r->edge_count);
    return out;
}

static enum imjin_status write_into(void *context, const char *name, struct span bytes, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(path_join(path, err, context, name));
    return output_bytes(path, bytes.bytes, bytes.count, err);
}

static enum imjin_status write_freeze(struct session *s, const struct report_input *in, struct error *err) {
    const char *given = arguments_text(&s->arguments, OPTION_FREEZE);
    char directory[PATH_BYTES_MAX];
    if (given == NULL)
        return IMJIN_OK;
    if (snprintf(directory, sizeof directory, "%s", given) >= (int)sizeof directory)
        return fail(err, IMJIN_USAGE, "path too long: %.60s...", given);
    TRY(directory_make(directory, err));
    return report_freeze(in, write_into, directory, err);
}

static enum imjin_status write_files(struct session *s, const struct following *f, struct report_input in, struct error *err) {
    bool out[sizeof files / sizeof *files];
    char directory[PATH_BYTES_MAX], path[PATH_BYTES_MAX];
    in.edges_file = "edges.csv";
    TRY(report_directory(s, f, directory, err));
    TRY(directory_make(directory, err));
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        TRY(path_join(path, err, directory, files[i].name));
        out[i] = leaves_out(s, f, i);
        if (out[i])
            TRY(file_remove(path, err));
        else
            TRY(output_file(path, files[i].render, &in, err));
    }
    TRY(write_freeze(s, &in, err));
    if (s->json)
        return report_trace_json(&s->out, NULL, &in, err);
    if (s->quiet)
        return IMJIN_OK;
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        if (out[i])
            continue;
        report_add_outside(&s->out, span_of(directory));
        text_add_format(&s->out, "/%s\n", files[i].name);
    }
    return text_status(&s->out, err);
}

static enum imjin_status report(struct session *s, struct following *f, struct error *err) {
    TRY(follow_open(f, s, s->arguments.operands, s->arguments.operand_count, err));
    TRY(follow_run(f, s, trace_run, err));
    TRY(follow_verdict(f, err));
    struct report_input in = follow_input(f, s);
    struct crossing_set crossed = {0};
    struct exits exits = {0};
    enum imjin_status status = crossing_run(&crossed, s, f, &in, err);
    if (status == IMJIN_OK)
        status = exits_run(&exits, s, f, &in, err);
    if (status == IMJIN_OK)
        status = write_files(s, f, in, err);
    exits_done(&exits);
    crossing_done(&crossed);
    return status;
}

enum imjin_status command_report(struct session *s, struct error *err) {
    struct following f = {0};
    enum imjin_status status = report(s, &f, err);
    follow_done(&f);
    return status;
}
