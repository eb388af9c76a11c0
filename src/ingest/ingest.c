#include "ingest/ingest.h"

#include <inttypes.h>
#include <stdio.h>

#include "ingest/reader.h"

/* One file on its way into the writer. */
struct job {
    struct reading reading;
    struct rows *rows;
    struct sha256 fingerprint;
    const struct progress *progress;
    char what[ERROR_FILE_MAX + 16];
    bool in_source;
    char section[INGEST_SECTION_MAX];
    uint64_t section_count;
    struct error seen; /* a row's; here, since clearing it row by row would show */
};

/* What a full group and the widest row make together. */
enum { MOVEMENTS_IN_BATCH_MAX = INGEST_GROUP_ROWS_MAX + CSV_ROW_BYTES_MAX / 64 };

/* ---- handing over ---- */

enum imjin_status reading_flush(struct reading *r, uint64_t offset, uint64_t line, struct error *err) {
    if (r->search)
        fork_look(r->search, r->rows.items, r->rows.count);
    if (r->writer)
        TRY(ledger_writer_add(r->writer, r->rows.items, r->rows.count, offset, line, err));
    r->rows.count = 0;
    arena_done(&r->texts);
    return IMJIN_OK;
}

enum imjin_status reading_group(struct reading *r, struct error *err) {
    if (r->rows.count < INGEST_BATCH_ROWS)
        return IMJIN_OK;
    return reading_flush(r, r->offset_before, r->line_before, err);
}

static enum imjin_status tell_progress(const struct job *j, struct error *err) {
    const struct input *in = j->rows->input;
    return progress_step(j->progress, j->what, "bytes", input_done(in), input_total(in), err);
}

static enum imjin_status flush_when_full(struct job *j, struct error *err) {
    struct reading *r = &j->reading;
    size_t full = r->format->grouped ? INGEST_GROUP_ROWS_MAX : INGEST_BATCH_ROWS;
    if (r->rows.count >= full)
        TRY(reading_flush(r, j->rows->offset_after, j->rows->line_after, err));
    return IMJIN_OK;
}

/* ---- rows ---- */

static void count_row(struct reading *r) {
    struct ingest_file *f = r->file;
    f->movements += r->emitted;
    f->notes += r->noted;
    if (r->zero_kept || (r->emitted == 0 && r->noted == 0 && r->zero))
        f->zero++;
    else if (r->emitted == 0 && r->noted == 0)
        f->other++;
}

/* A row that fails leaves nothing behind. */
static enum imjin_status convert_row(struct reading *r, struct error *err) {
    r->base = (struct place){.tx_index = ID_NONE, .position = ID_NONE, .time = TIME_UNKNOWN};
    r->emitted = r->noted = 0;
    r->zero = r->zero_kept = false;
    enum imjin_status status = r->format->convert(r, err);
    if (status != IMJIN_OK) {
        r->rows.count -= r->emitted;
        return status;
    }
    count_row(r);
    return IMJIN_OK;
}

/* Keeps an error of a row under INGEST_SKIP. Everything but a bad row ends the reading. */
static enum imjin_status judge(struct job *j, enum imjin_status status, struct error *err) {
    struct ingest_file *f = j->reading.file;
    if (status == IMJIN_OK)
        return IMJIN_OK;
    if (status != IMJIN_BAD_INPUT || j->reading.options->on_error == INGEST_STOP || rows_broken(j->rows)) {
        if (err)
            *err = j->seen;
        return status;
    }
    f->bad++;
    if (f->errors_kept < INGEST_ERRORS_KEPT_MAX)
        f->errors[f->errors_kept++] = j->seen;
    return IMJIN_OK;
}

/* ---- sources ---- */

static enum imjin_status end_source(struct job *j, struct error *err) {
    struct reading *r = &j->reading;
    if (!j->in_source)
        return IMJIN_OK;
    TRY(reading_flush(r, r->offset_before, r->line_before, err));
    j->in_source = false;
    return r->writer ? ledger_writer_source_end(r->writer, err) : IMJIN_OK;
}

/* Offers the writer a source; *ret_offset 0 or where an import that was killed had got to in it. */
static enum imjin_status begin_source(struct job *j, const struct sha256 *fingerprint, uint64_t *ret_offset, uint64_t *ret_line,
                                      struct error *err) {
    *ret_offset = *ret_line = 0;
    if (j->reading.writer)
        TRY(ledger_writer_source(j->reading.writer, j->reading.name, fingerprint, ret_offset, ret_line, err));
    j->in_source = true;
    if (*ret_offset && j->reading.file->resumed_line == 0)
        j->reading.file->resumed_line = *ret_line;
    return IMJIN_OK;
}

/* Each account's export in a file is a source of its own: a transfer between two of them stands in both, and is one. The ledger
 * keeps of equal rows as many as one source shows. *ret_passed: the row at hand was read by an earlier import. */
static enum imjin_status enter_section(struct job *j, bool *ret_passed, struct error *err) {
    struct reading *r = &j->reading;
    struct span text = r->fields[r->format->section];
    uint8_t bytes[sizeof(struct sha256) + INGEST_SECTION_MAX];
    struct sha256 fingerprint;
    uint64_t offset, line;
    *ret_passed = false;
    if (text.count > sizeof j->section)
        return bad_field(r, (unsigned)r->format->section, err, "is longer than %d characters", INGEST_SECTION_MAX);
    if (j->in_source && span_equal(text, (struct span){j->section, j->section_count}))
        return IMJIN_OK;
    TRY(end_source(j, err));
    if (text.count)
        memcpy(j->section, text.bytes, text.count);
    j->section_count = text.count;
    memcpy(bytes, j->fingerprint.bytes, sizeof j->fingerprint.bytes);
    memcpy(bytes + sizeof j->fingerprint.bytes, j->section, j->section_count);
    TRY(sha256_of(bytes, sizeof j->fingerprint.bytes + j->section_count, &fingerprint, err));
    TRY(begin_source(j, &fingerprint, &offset, &line, err));
    *ret_passed = offset >= j->rows->offset_after;
    return *ret_passed ? rows_forward(j->rows, offset, line, err) : IMJIN_OK;
}

static enum imjin_status begin_file(struct job *j, struct error *err) {
    uint64_t offset, line;
    if (j->reading.format->section >= 0)
        return IMJIN_OK;
    TRY(begin_source(j, &j->fingerprint, &offset, &line, err));
    if (offset == 0)
        return IMJIN_OK;
    return rows_forward(j->rows, offset, line, err);
}

/* ---- a file ---- */

static enum imjin_status one_row(struct job *j, bool *ret_end, struct error *err) {
    struct reading *r = &j->reading;
    bool passed = false;
    r->offset_before = j->rows->offset_after;
    r->line_before = j->rows->line_after;
    enum imjin_status status = rows_next(j->rows, r, ret_end, &j->seen);
    if (status == IMJIN_OK && *ret_end)
        return IMJIN_OK;
    if (status == IMJIN_OK && r->format->section >= 0) {
        status = enter_section(j, &passed, &j->seen);
        if (passed)
            return judge(j, status, err);
    }
    r->file->rows++;
    if (status == IMJIN_OK)
        status = convert_row(r, &j->seen);
    TRY(judge(j, status, err));
    return flush_when_full(j, err);
}

enum { PROGRESS_ROWS = 1024 };

static enum imjin_status all_rows(struct job *j, struct error *err) {
    bool end = false;
    for (uint64_t n = 0; !end; n++) {
        if (n % PROGRESS_ROWS == 0)
            TRY(tell_progress(j, err));
        TRY(one_row(j, &end, err));
    }
    j->reading.file->bytes = j->rows->offset_after;
    TRY(tell_progress(j, err));
    return end_source(j, err);
}

/* What tells a source again: the bytes, and everything that decides which rows they become. */
static enum imjin_status make_fingerprint(struct job *j, struct input *in, struct error *err) {
    const struct ingest_options *o = j->reading.options;
    struct sha256 bytes;
    char hex[65];
    struct text t = {0};
    TRY(input_fingerprint(in, &bytes, err));
    sha256_print(&bytes, hex);
    text_add_format(&t, "%s|%s|%s|%u|%s", hex, j->reading.chain->name, j->reading.format->about.name, o->decimals,
                    o->asset ? o->asset : "");
    enum imjin_status status = text_status(&t, err);
    if (status == IMJIN_OK)
        status = sha256_of(t.bytes, t.count, &j->fingerprint, err);
    text_done(&t);
    return status;
}

static enum imjin_status read_stream(struct job *j, struct input *in, struct error *err) {
    struct reading *r = &j->reading;
    TRY(rows_open(&j->rows, r, in, r->options, &r->file->detection, err));
    TRY(make_fingerprint(j, in, err));
    TRY(begin_file(j, err));
    return all_rows(j, err);
}

static enum imjin_status read_input(struct ledger_writer *w, struct fork_search *search, struct witness_search *witnesses,
                                    struct ingest_file *ret, const struct chain *chain, struct input *in,
                                    const struct ingest_options *options, const struct progress *progress, struct error *err) {
    struct job *j = memory_new(1, sizeof *j);
    if (j == NULL)
        return fail_memory(err, "reading a file");
    j->progress = progress;
    snprintf(j->what, sizeof j->what, "reading %s", input_name(in));
    j->reading.writer = w;
    j->reading.search = search;
    j->reading.witnesses = witnesses;
    j->reading.chain = chain;
    j->reading.options = options;
    j->reading.file = ret;
    j->reading.name = input_name(in);
    j->reading.rows = (struct buffer){
        .item_bytes = sizeof(struct ledger_row), .items_max = MOVEMENTS_IN_BATCH_MAX, .what = "movements in a batch"};
    enum imjin_status status = read_stream(j, in, err);
    error_at(status == IMJIN_BAD_INPUT ? err : NULL, j->reading.name, 0);
    rows_close(j->rows);
    buffer_done(&j->reading.rows);
    arena_done(&j->reading.texts);
    memory_free(j);
    return status;
}

enum imjin_status ingest_input(struct ledger_writer *w, struct ingest_file *ret, const struct chain *chain, struct input *in,
                               const struct ingest_options *options, const struct progress *progress, struct error *err) {
    return read_input(w, NULL, NULL, ret, chain, in, options, progress, err);
}

enum imjin_status ingest_search(struct fork_search *f, struct ingest_file *ret, const struct chain *chain, struct input *in,
                                const struct ingest_options *options) {
    return read_input(NULL, f, NULL, ret, chain, in, options, NULL, NULL);
}

enum imjin_status ingest_listen(struct witness_search *s, struct ingest_file *ret, const struct chain *chain, struct input *in,
                                const struct ingest_options *options, struct error *err) {
    return read_input(NULL, NULL, s, ret, chain, in, options, NULL, err);
}

static enum imjin_status ingest_path(struct ledger_writer *w, struct ingest_file *ret, const struct chain *chain,
                                     const char *path, const struct ingest_options *options, const struct progress *progress,
                                     struct error *err) {
    struct input *in;
    ret->path = path;
    TRY(input_open(&in, path, options->threads, err));
    enum imjin_status status = ingest_input(w, ret, chain, in, options, progress, err);
    input_close(in);
    return status;
}

/* ---- the room's calls ---- */

static enum imjin_status check_options(const struct ingest_options *options, struct error *err) {
    if (options->decimals != DECIMALS_UNKNOWN && options->decimals > DECIMALS_MAX)
        return fail(err, IMJIN_USAGE, "amounts have at most %d decimals", DECIMALS_MAX);
    return IMJIN_OK;
}

static enum imjin_status detect_input(struct ingest_detection *ret, struct input *in, const struct ingest_options *options,
                                      struct error *err) {
    struct rows *rows;
    struct reading *r = memory_new(1, sizeof *r);
    if (r == NULL)
        return fail_memory(err, "reading a file");
    r->name = input_name(in);
    r->options = options;
    enum imjin_status status = rows_open(&rows, r, in, options, ret, err);
    if (status == IMJIN_OK)
        rows_close(rows);
    error_at(status == IMJIN_BAD_INPUT ? err : NULL, r->name, 0);
    memory_free(r);
    return status;
}

enum imjin_status ingest_detect(struct ingest_detection *ret, const char *path, const struct ingest_options *options,
                                struct error *err) {
    struct input *in;
    TRY(input_open(&in, path, 1, err));
    enum imjin_status status = detect_input(ret, in, options, err);
    input_close(in);
    return status;
}

enum imjin_status ingest_files(struct ledger_writer *w, struct ingest_result *ret, const struct chain *chain,
                               const char *const *paths, uint64_t count, const struct ingest_options *options,
                               const struct progress *progress, struct error *err) {
    TRY(check_options(options, err));
    struct ingest_result made = {memory_new(count, sizeof *made.files), count};
    if (made.files == NULL)
        return fail_memory(err, "the results of an import");
    for (uint64_t i = 0; i < count; i++) {
        enum imjin_status status = ingest_path(w, &made.files[i], chain, paths[i], options, progress, err);
        if (status != IMJIN_OK) {
            ingest_result_done(&made);
            return status;
        }
    }
    *ret = made;
    return IMJIN_OK;
}

void ingest_result_done(struct ingest_result *r) {
    memory_free(r->files);
    *r = (struct ingest_result){0};
}
