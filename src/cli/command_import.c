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

/* ---- blocks ---- */

static void add_blocks_text(struct text *t, const struct session *s, const struct utxo_import_result *r) {
    text_add_format(t, "%s: ", s->desk.chain.name);
    result_counted(t, r->blocks_added, "block added", "blocks added");
    const struct {
        uint64_t count;
        const char *what;
    } others[] = {{r->blocks_known, "known already"},
                  {r->blocks_removed, "off the best chain since, and forgotten"},
                  {r->blocks_stale, "not on the best chain"},
                  {r->blocks_unconnected, "not connected to it"}};
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].count) {
            text_add_string(t, ", ");
            result_counted(t, others[i].count, others[i].what, others[i].what);
        }
    text_add_string(t, "; ");
    result_counted(t, r->txs_added, "transaction, ", "transactions, ");
    result_counted(t, r->inputs_added, "input, ", "inputs, ");
    result_counted(t, r->outputs_added, "output, ", "outputs, ");
    result_counted(t, r->scripts_added, "new script\n", "new scripts\n");
    text_add_format(t, "heights %u to %u%s\n", r->height_first, r->height_last,
                    r->partial ? "; a partial history: what was spent from before it is known from undo files alone" : "");
    if (r->bytes_unfinished) {
        result_counted(t, r->bytes_unfinished, "byte", "bytes");
        text_add_string(t, " at the ends of files are blocks still being written: left for the next time\n");
    }
}

static void add_blocks_json(struct text *t, const struct session *s, const struct utxo_import_result *r) {
    struct json_writer w = {.out = t};
    json_object_begin(&w);
    result_word(&w, "schema", "imjin.import-blocks/1");
    result_word(&w, "chain", s->desk.chain.name);
    result_number(&w, "files", r->files);
    result_number(&w, "bytes_read", r->bytes_read);
    result_number(&w, "bytes_unfinished", r->bytes_unfinished);
    result_number(&w, "blocks_added", r->blocks_added);
    result_number(&w, "blocks_known", r->blocks_known);
    result_number(&w, "blocks_stale", r->blocks_stale);
    result_number(&w, "blocks_unconnected", r->blocks_unconnected);
    result_number(&w, "blocks_removed", r->blocks_removed);
    result_number(&w, "transactions_added", r->txs_added);
    result_number(&w, "inputs_added", r->inputs_added);
    result_number(&w, "outputs_added", r->outputs_added);
    result_number(&w, "scripts_added", r->scripts_added);
    result_number(&w, "height_first", r->height_first);
    result_number(&w, "height_last", r->height_last);
    json_put_key(&w, "partial");
    json_put_bool(&w, r->partial);
    json_object_end(&w);
    text_add_string(t, "\n");
}

/* Files of blocks, or none of them: the two kinds of ledger do not mix. */
static enum imjin_status holds_blocks(struct session *s, bool *ret, struct error *err) {
    const struct arguments *a = &s->arguments;
    const char *format = arguments_text(a, OPTION_FORMAT);
    uint64_t count = 0;
    *ret = false;
    if (format && strcmp(format, "auto") != 0)
        return IMJIN_OK;
    for (unsigned i = 0; i < a->operand_count; i++)
        count += utxo_is_source(a->operands[i], &s->desk.chain);
    if (count && count != a->operand_count)
        return fail(err, IMJIN_USAGE, "some of these are files of blocks, some are not: import them one after the other");
    *ret = count > 0;
    /* a chain that is kept as blocks goes on as one */
    return *ret ? IMJIN_OK : desk_has_blocks(&s->desk, ret, err);
}

static enum imjin_status import_blocks(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    struct utxo_import_result r = {0};
    uint64_t memory = arguments_bytes(a, OPTION_MEMORY, UTXO_MEMORY_DEFAULT);
    TRY(desk_import_blocks(&s->desk, &r, a->operands, a->operand_count, memory, err));
    if (s->json)
        add_blocks_json(&s->out, s, &r);
    else if (!s->quiet)
        add_blocks_text(&s->out, s, &r);
    return text_status(&s->out, err);
}

enum imjin_status command_import(struct session *s, struct error *err) {
    const char *format = arguments_text(&s->arguments, OPTION_FORMAT);
    struct imported done = {0};
    if (format && strcmp(format, "auto") != 0 && ingest_format_find(format) == NULL)
        return fail(err, IMJIN_USAGE, "no format \"%.60s\"; \"imjin import --help\" lists them", format);
    bool blocks = false;
    TRY(desk_chain(&s->desk, err));
    TRY(holds_blocks(s, &blocks, err));
    if (blocks)
        return import_blocks(s, err);
    enum imjin_status status = import_and_compile(s, &done, err);
    ingest_result_done(&done.files);
    return status;
}
