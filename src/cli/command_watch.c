#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/limits.h"

/* cases/NAME/watch.tsv in the workspace. */
static enum imjin_status state_path(struct session *s, const struct following *f, char *ret_path, struct error *err) {
    char cases[PATH_BYTES_MAX], directory[PATH_BYTES_MAX], name[CASE_NAME_MAX];
    case_name_from_path(name, f->has_case ? f->case_file.name : s->arguments.operands[0], false);
    TRY(workspace_cases(s->desk.workspace, cases, err));
    TRY(path_join(directory, err, cases, name));
    TRY(directory_make(directory, err));
    return path_join(ret_path, err, directory, "watch.tsv");
}

/* The state is replaced only when the result is whole. */
static enum imjin_status compare_and_keep(struct session *s, const struct following *f, const char *path, struct text *now,
                                          struct error *err) {
    struct report_input in = follow_input(f, s);
    char *before = NULL;
    uint64_t before_count = 0;
    TRY(report_watch_state(now, &in, err));
    enum imjin_status status = file_read(path, CLI_WATCH_BYTES_MAX, &before, &before_count, err);
    if (status != IMJIN_OK && status != IMJIN_NOT_FOUND)
        return status;
    status =
        report_watch(&s->out, &in, (struct span){before, before_count}, (struct span){now->bytes, now->count}, s->json, err);
    memory_free(before);
    TRY(status);
    if (now->count > CLI_WATCH_BYTES_MAX)
        return fail(err, IMJIN_USAGE, "the case has too many places to watch; raise --min-claim");
    return file_replace(path, now->bytes, now->count, err);
}

static enum imjin_status watch(struct session *s, struct following *f, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct text now = {0};
    TRY(follow_open(f, s, s->arguments.operands, s->arguments.operand_count, err));
    TRY(follow_run(f, s, trace_run, err));
    TRY(follow_verdict(f, err));
    TRY(state_path(s, f, path, err));
    enum imjin_status status = compare_and_keep(s, f, path, &now, err);
    text_done(&now);
    return status;
}

enum imjin_status command_watch(struct session *s, struct error *err) {
    struct following f = {0};
    enum imjin_status status = watch(s, &f, err);
    follow_done(&f);
    return status;
}
