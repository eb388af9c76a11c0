#include "cli/commands.h"
#include "cli/result.h"

/* What an import did, for the result. */
struct imported {
    struct ingest_result files;
    struct ledger_commit commit;
    bool compiled;
};

static struct ingest_options options_from(const struct session *s) {
    const struct arguments *a = &s->arguments;
    return (struct ingest_options){
        .format = arguments_text(a, OPTION_FORMAT),
        .on_error = arguments_word(a, OPTION_ON_ERROR) ? INGEST_SKIP : INGEST_STOP,
        .asset = arguments_text(a, OPTION_ASSET),
        .decimals = (uint8_t)arguments_count(a, OPTION_DECIMALS, DECIMALS_UNKNOWN),
        .threads = s->desk.threads,
    };
}

static void add_file_text(struct text *t, const struct ingest_file *f) {
    const struct {
        const char *what;
        uint64_t count;
    } others[] = {{"moved nothing", f->zero}, {"failed or no transfer", f->other}, {"skipped", f->bad}};
    report_add_outside(t, span_of(f->path));
    text_add_format(t, ": %s (%s, %s): ", f->detection.format->name, f->detection.syntax, f->detection.compression);
    result_counted(t, f->rows, "row", "rows");
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i].count == 0)
            continue;
        text_add_string(t, ", ");
        result_counted(t, others[i].count, others[i].what, others[i].what);
    }
    if (f->resumed_line)
        text_add_format(t, "; went on at line %llu", (unsigned long long)f->resumed_line);
    text_add_string(t, "\n");
    if (f->detection.reason[0]) {
        text_add_string(t, "  format: ");
        report_add_outside(t, span_of(f->detection.reason));
        text_add_string(t, "\n");
    }
    result_skipped_text(t, f->errors, f->errors_kept, f->bad);
}

static void add_text(struct text *t, const struct session *s, const struct imported *done) {
    const struct ledger_commit *c = &done->commit;
    for (uint64_t i = 0; i < done->files.count; i++)
        add_file_text(t, &done->files.files[i]);
    text_add_format(t, "%s: ", s->desk.chain.name);
    result_counted(t, c->movements_added, "movement added, ", "movements added, ");
    result_counted(t, c->movements_known, "known already; ", "known already; ");
    result_counted(t, c->txs_added, "new transaction, ", "new transactions, ");
    result_counted(t, c->accounts_added, "account, ", "accounts, ");
    result_counted(t, c->assets_added, "asset\n", "assets\n");
    if (!done->compiled)
        text_add_string(t, "not compiled: the first trace will do it\n");
}

static void add_file_json(struct json_writer *w, const struct ingest_file *f) {
    json_object_begin(w);
    result_word(w, "file", f->path);
    result_word(w, "format", f->detection.format->name);
    result_word(w, "syntax", f->detection.syntax);
    result_word(w, "compression", f->detection.compression);
    result_word(w, "reason", f->detection.reason);
    result_number(w, "rows", f->rows);
    result_number(w, "movements", f->movements);
    result_number(w, "zero", f->zero);
    result_number(w, "other", f->other);
    result_number(w, "bad", f->bad);
    result_number(w, "bytes", f->bytes);
    result_number(w, "resumed_line", f->resumed_line);
    result_skipped_json(w, "skipped", f->errors, f->errors_kept);
    json_object_end(w);
}

static void add_json(struct text *t, const struct session *s, const struct imported *done) {
    struct json_writer w = {.out = t};
    json_object_begin(&w);
    result_word(&w, "schema", "imjin.import/1");
    result_word(&w, "chain", s->desk.chain.name);
    json_put_key(&w, "files");
    json_array_begin(&w);
    for (uint64_t i = 0; i < done->files.count; i++)
        add_file_json(&w, &done->files.files[i]);
    json_array_end(&w);
    result_number(&w, "rows_read", done->commit.rows_read);
    result_number(&w, "movements_added", done->commit.movements_added);
    result_number(&w, "movements_known", done->commit.movements_known);
    result_number(&w, "transactions_added", done->commit.txs_added);
    result_number(&w, "accounts_added", done->commit.accounts_added);
    result_number(&w, "assets_added", done->commit.assets_added);
    json_put_key(&w, "compiled");
    json_put_bool(&w, done->compiled);
    json_object_end(&w);
    text_add_string(t, "\n");
}

static enum imjin_status import_and_compile(struct session *s, struct imported *done, struct error *err) {
    const struct arguments *a = &s->arguments;
    struct ingest_options reading = options_from(s);
    uint64_t memory = arguments_bytes(a, OPTION_MEMORY, LEDGER_MEMORY_DEFAULT);
    TRY(desk_import(&s->desk, &done->files, &done->commit, a->operands, a->operand_count, &reading, memory, err));
    if (!arguments_has(a, OPTION_NO_COMPILE)) {
        enum imjin_status status = desk_compiled(&s->desk, SETTLE_RULES_ALL, err);
        if (status != IMJIN_OK)
            screen_note(&s->screen, "imjin: the import itself is complete: %llu movements added; only compiling failed",
                        (unsigned long long)done->commit.movements_added);
        TRY(status);
        done->compiled = true;
    }
    if (s->json)
        add_json(&s->out, s, done);
    else if (!s->quiet)
        add_text(&s->out, s, done);
    return text_status(&s->out, err);
}

enum imjin_status command_import(struct session *s, struct error *err) {
    const char *format = arguments_text(&s->arguments, OPTION_FORMAT);
    struct imported done = {0};
    if (format && strcmp(format, "auto") != 0 && ingest_format_find(format) == NULL)
        return fail(err, IMJIN_USAGE, "no format \"%.60s\"; \"imjin import --help\" lists them", format);
    TRY(desk_chain(&s->desk, err));
    enum imjin_status status = import_and_compile(s, &done, err);
    ingest_result_done(&done.files);
    return status;
}
