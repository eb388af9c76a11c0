#include "cli/commands.h"
#include "cli/result.h"

static enum imjin_status bridge_directory(struct session *s, char *ret_path, struct error *err) {
    TRY(desk_workspace(&s->desk, err));
    return workspace_bridges(s->desk.workspace, ret_path, err);
}

static void add_import_json(struct text *t, const struct bridge_import_result *r) {
    struct json_writer w = {.out = t};
    json_object_begin(&w);
    result_word(&w, "schema", "imjin.bridge-import/1");
    result_number(&w, "rows_read", r->rows_read);
    result_number(&w, "records_added", r->records_added);
    result_number(&w, "records", r->records);
    result_number(&w, "passed_over", r->passed_over);
    result_number(&w, "left_out", r->left_out);
    json_object_end(&w);
    text_add_string(t, "\n");
}

enum imjin_status command_bridge_import(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    char directory[PATH_BYTES_MAX];
    struct bridge_import_result r;
    TRY(bridge_directory(s, directory, err));
    enum imjin_status status =
        bridge_import(directory, a->operands, a->operand_count, arguments_text(a, OPTION_CHAIN), &s->progress, &r, err);
    if (status == IMJIN_NOT_FOUND)
        status = err->status = IMJIN_BAD_INPUT; /* a file that was named and is not there */
    TRY(status);
    if (s->json) {
        add_import_json(&s->out, &r);
    } else if (!s->quiet) {
        result_counted(&s->out, r.rows_read, "row", "rows");
        text_add_format(&s->out, " read, %llu records added; %llu are known\n", (unsigned long long)r.records_added,
                        (unsigned long long)r.records);
        if (r.passed_over)
            text_add_format(&s->out, "%llu statements of calldata and memos were passed over: they say nothing sound\n",
                            (unsigned long long)r.passed_over);
    }
    if (!s->json && !s->quiet && r.left_out)
        text_add_format(&s->out, "%llu rows were left out: they are no events of bridges\n", (unsigned long long)r.left_out);
    return text_status(&s->out, err);
}

/* A file of matches is a table; a person at a terminal gets words. */
static enum imjin_status write_matches(struct session *s, const struct report_bridge *b, struct error *err) {
    struct report_input in = session_input(s);
    if (s->json)
        return report_bridge_json(&s->out, &in, b, err);
    if (arguments_text(&s->arguments, OPTION_OUTPUT))
        return report_bridge_csv(&s->out, b, err);
    return report_bridge_text(&s->out, &in, b, err);
}

static enum imjin_status match(struct session *s, const struct bridge_store *store, struct error *err) {
    const struct arguments *a = &s->arguments;
    struct bridge_result *result;
    if (bridge_store_count(store) == 0)
        return fail(err, IMJIN_NOT_FOUND, "no records of bridges are known yet; read some with: imjin bridge import FILE");
    TRY(bridge_match(store, (unsigned)arguments_count(a, OPTION_RUNG, BRIDGE_RUNG_AMOUNT), &s->progress, &result, err));
    struct report_bridge b = {store, result, arguments_count(a, OPTION_LIMIT, 0)};
    enum imjin_status status = write_matches(s, &b, err);
    bridge_result_free(result);
    return status;
}

enum imjin_status command_bridge_match(struct session *s, struct error *err) {
    char directory[PATH_BYTES_MAX];
    struct bridge_store *store;
    TRY(bridge_directory(s, directory, err));
    TRY(bridge_store_open(&store, directory, err));
    enum imjin_status status = match(s, store, err);
    bridge_store_free(store);
    return status;
}
