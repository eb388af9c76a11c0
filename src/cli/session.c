#include "cli/session.h"

void session_begin(struct session *s, struct arguments arguments) {
    const struct arguments *a = &s->arguments;
    *s = (struct session){.arguments = arguments, .out = {.bytes_max = API_OUTPUT_BYTES_MAX}};
    s->json = arguments_has(a, OPTION_JSON);
    s->quiet = arguments_has(a, OPTION_QUIET);
    s->colour = !s->json && arguments_text(a, OPTION_OUTPUT) == NULL &&
                screen_colour(arguments_has(a, OPTION_COLOR), arguments_has(a, OPTION_NO_COLOR));
    screen_begin(&s->screen, !arguments_has(a, OPTION_NO_PROGRESS), s->quiet);
    s->progress = (struct progress){screen_update, &s->screen, screen_stop_flag()};
    s->desk = (struct desk){.directory = arguments_text(a, OPTION_WORKSPACE),
                            .chain_name = arguments_text(a, OPTION_CHAIN),
                            .threads = (unsigned)arguments_count(a, OPTION_THREADS, 0),
                            .progress = &s->progress};
}

enum imjin_status session_finish(struct session *s, struct error *err) {
    const char *path = s->output_is_directory ? NULL : arguments_text(&s->arguments, OPTION_OUTPUT);
    struct error writing = {0}; /* a command that found nothing keeps its message unless writing fails */
    if (s->desk.mended[0])
        screen_note(&s->screen, "imjin: compiled again: %s", s->desk.mended);
    enum imjin_status status = text_status(&s->out, &writing);
    if (status == IMJIN_OK && path && s->out.count)
        status = output_bytes(path, s->out.bytes, s->out.count, &writing);
    else if (status == IMJIN_OK)
        status = screen_write(s->out.bytes, s->out.count, &writing);
    if (status != IMJIN_OK)
        *err = writing;
    return status;
}

enum imjin_status session_chains(struct session *s, char ***ret_names, size_t *ret_count, struct error *err) {
    const char *wanted = arguments_text(&s->arguments, OPTION_CHAIN);
    char **names;
    size_t count, kept = 0;
    TRY(desk_workspace(&s->desk, err));
    TRY(workspace_chains(s->desk.workspace, &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (wanted == NULL || strcmp(wanted, names[i]) == 0)
            names[kept++] = names[i];
        else
            memory_free(names[i]);
    }
    if (wanted && kept == 0) {
        names_free(names, 0);
        return fail(err, IMJIN_NOT_FOUND, "the workspace has no ledger of %.40s", wanted);
    }
    *ret_names = names;
    *ret_count = kept;
    return IMJIN_OK;
}

void names_free(char **names, size_t count) {
    for (size_t i = 0; i < count; i++)
        memory_free(names[i]);
    memory_free(names);
}

struct report_input session_input(const struct session *s) {
    struct report_input in = desk_report_input(&s->desk);
    in.colour = s->colour;
    return in;
}

struct report_outputs session_outputs(const struct session *s) {
    return (struct report_outputs){.store = s->desk.store,
                                   .labels = s->desk.labels,
                                   .program_version = desk_report_input(&s->desk).program_version,
                                   .limit = arguments_count(&s->arguments, OPTION_LIMIT, 0),
                                   .colour = s->colour};
}

void session_done(struct session *s) {
    desk_done(&s->desk);
    text_done(&s->out);
    arguments_done(&s->arguments);
}
