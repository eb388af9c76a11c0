#include "cli/commands.h"
#include "cli/limits.h"
#include "cli/result.h"

static enum imjin_status label_directory(struct session *s, char *ret_path, struct error *err) {
    TRY(desk_workspace(&s->desk, err));
    return workspace_labels(s->desk.workspace, ret_path, err);
}

/* The first tags that were left out. */
struct left_out {
    struct error errors[CLI_SKIPPED_SHOWN_MAX];
    unsigned count;
};

static void keep_left_out(void *context, const struct error *why) {
    struct left_out *l = context;
    if (l->count < CLI_SKIPPED_SHOWN_MAX)
        l->errors[l->count++] = *why;
}

static void add_import_json(struct text *t, const struct label_import_result *r, const struct left_out *l) {
    const struct {
        const char *name;
        uint64_t count;
    } rows[] = {{"tags_read", r->tags_read}, {"tags_added", r->tags_added}, {"actors_read", r->actors_read},
                {"conflicts", r->conflicts}, {"skipped", r->skipped},       {"outside_taxonomy", r->outside_taxonomy}};
    struct json_writer w = {.out = t};
    json_object_begin(&w);
    result_word(&w, "schema", "imjin.label-import/1");
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        result_number(&w, rows[i].name, rows[i].count);
    result_skipped_json(&w, "skipped_first", l->errors, l->count);
    json_object_end(&w);
    text_add_string(t, "\n");
}

static void add_import_text(struct text *t, const struct label_import_result *r, const struct left_out *l) {
    result_counted(t, r->tags_read, "tag read, ", "tags read, ");
    result_counted(t, r->tags_added, "added", "added");
    if (r->actors_read) {
        text_add_string(t, ", ");
        result_counted(t, r->actors_read, "actor", "actors");
    }
    if (r->skipped) {
        text_add_string(t, ", ");
        result_counted(t, r->skipped, "skipped", "skipped");
    }
    text_add_string(t, "\n");
    result_skipped_text(t, l->errors, l->count, r->skipped);
    if (r->outside_taxonomy) {
        result_counted(t, r->outside_taxonomy, "tag has", "tags have");
        text_add_format(t, " a category that is not in the taxonomy and stops no trace; the first: \"%s\"\n", r->outside_first);
    }
    if (r->conflicts == 0)
        return;
    result_counted(t, r->conflicts, "address has", "addresses have");
    text_add_string(t, " labels that disagree: \"imjin label list --conflicts\" shows them\n");
}

enum imjin_status command_label_import(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    char directory[PATH_BYTES_MAX];
    struct label_import_result result;
    struct left_out left_out = {.count = 0};
    bool skip = arguments_word(a, OPTION_ON_ERROR) != 0;
    TRY(label_directory(s, directory, err));
    enum imjin_status status = label_import_skipping(directory, a->operands, a->operand_count, arguments_text(a, OPTION_CHAIN),
                                                     &s->progress, skip ? keep_left_out : NULL, &left_out, &result, err);
    if (status == IMJIN_NOT_FOUND && err->status == IMJIN_NOT_FOUND)
        status = err->status = IMJIN_BAD_INPUT; /* a file that was named and is not there */
    TRY(status);
    if (s->json)
        add_import_json(&s->out, &result, &left_out);
    else if (!s->quiet)
        add_import_text(&s->out, &result, &left_out);
    return text_status(&s->out, err);
}

static void add_tag_json(struct text *t, const struct tag *tag) {
    char address[ADDRESS_PRINT_MAX];
    struct json_writer w = {.out = t};
    address_print(&tag->address, address);
    json_object_begin(&w);
    result_word(&w, "schema", "imjin.label-add/1");
    result_word(&w, "address", address);
    result_word(&w, "label", tag->label.bytes);
    json_object_end(&w);
    text_add_string(t, "\n");
}

enum imjin_status command_label_add(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    const char *category = arguments_text(a, OPTION_CATEGORY);
    char directory[PATH_BYTES_MAX], address[SCRIPT_PRINT_MAX];
    struct tag tag = {.label = span_of(a->operands[1]),
                      .actor = span_of(arguments_text(a, OPTION_ACTOR)),
                      .source = span_of(arguments_text(a, OPTION_SOURCE)),
                      .pack = span_of("by hand"),
                      .confidence = (uint8_t)arguments_count(a, OPTION_CONFIDENCE, 50)};
    TRY(desk_chain(&s->desk, err));
    TRY(label_directory(s, directory, err));
    TRY(address_parse_canonical(&tag.address, address, &s->desk.chain, span_of(a->operands[0]), err));
    tag.chain = span_of(arguments_text(a, OPTION_CHAIN));
    if (tag.address.form == ADDRESS_VOID)
        return fail(err, IMJIN_USAGE, "the zero address takes no labels: it is where money is minted and burnt");
    if (span_trim(tag.label).count == 0)
        return fail(err, IMJIN_USAGE, "the label is empty; \"imjin label add --help\" explains");
    if (category) {
        tag.category_text = span_of(category);
        tag.category = label_category_find(tag.category_text);
        if (tag.category == NULL)
            return fail(err, IMJIN_USAGE, "\"%.60s\" is no category of the taxonomy, such as exchange or mixing_service",
                        category);
    }
    TRY(label_add(directory, &tag, err));
    if (s->json)
        add_tag_json(&s->out, &tag);
    else if (!s->quiet)
        text_add_string(&s->out, "1 label added\n");
    return text_status(&s->out, err);
}

static enum imjin_status show(struct session *s, struct report_labels_query *query, struct error *err) {
    struct report_input in = session_input(s);
    query->chain = arguments_text(&s->arguments, OPTION_CHAIN);
    query->rows_max = arguments_count(&s->arguments, OPTION_LIMIT, 0);
    return s->json ? report_labels_json(&s->out, NULL, &in, query, err) : report_labels_text(&s->out, &in, query, err);
}

enum imjin_status command_label_list(struct session *s, struct error *err) {
    bool conflicts = arguments_has(&s->arguments, OPTION_CONFLICTS);
    struct report_labels_query query = {.kind = conflicts ? REPORT_LABELS_CONFLICTS : REPORT_LABELS_LIST};
    TRY(desk_labels(&s->desk, err));
    return show(s, &query, err);
}

enum imjin_status command_label_show(struct session *s, struct error *err) {
    struct address address;
    char text[SCRIPT_PRINT_MAX];
    uint64_t first, count;
    struct report_labels_query query = {.kind = REPORT_LABELS_SHOW, .address = &address};
    TRY(desk_chain(&s->desk, err));
    TRY(desk_labels(&s->desk, err));
    TRY(address_parse_canonical(&address, text, &s->desk.chain, span_of(s->arguments.operands[0]), err));
    if (address.form == ADDRESS_VOID)
        return fail(err, IMJIN_USAGE, "the zero address has no labels: it is where money is minted and burnt");
    TRY(show(s, &query, err));
    label_find(s->desk.labels, s->desk.chain.name, &address, &first, &count);
    return count ? IMJIN_OK : fail(err, IMJIN_NOT_FOUND, "no label of %.100s", s->arguments.operands[0]);
}
