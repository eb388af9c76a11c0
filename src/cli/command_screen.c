#include "cli/commands.h"
#include "cli/screening.h"

#include <sys/stat.h>

enum { STATE_BYTES_MAX = 256, LINE_VERSION = 2 };

/* Lines on their way out: to standard output, or to FILE.part, which becomes FILE when all are written. */
struct outgoing {
    struct session *session;
    struct screening *screening;
    const char *path; /* null: standard output */
    char part[PATH_BYTES_MAX], key_path[PATH_BYTES_MAX];
    struct file_writer *writer;
    uint64_t rows_before, matches_before; /* of the part that was there */
    bool saves;
};

/* ---- one query ---- */

static struct screen_options options_from(const struct session *s) {
    return (struct screen_options){
        .threshold = (uint16_t)arguments_count(&s->arguments, OPTION_THRESHOLD, NAME_THRESHOLD_DEFAULT),
        .exhaustive = arguments_has(&s->arguments, OPTION_EXHAUSTIVE),
    };
}

static enum imjin_status answer_one(struct session *s, struct screening *g, struct arena *a, struct error *err) {
    const struct screen_match *matches = NULL;
    struct screen_finder *finder;
    struct screen_query q;
    struct screen_options options = options_from(s);
    struct screen_writing writing = {g->set, g->book, g->today, arguments_count(&s->arguments, OPTION_LIMIT, 0)};
    uint32_t count = 0;
    bool nothing = false;
    TRY(query_from_arguments(s, &q, s->arguments.operand_count ? s->arguments.operands[0] : NULL, a, err));
    TRY(screen_finder_new(&finder, g->set, err));
    enum imjin_status status = screen_answer(finder, &q, &options, a, &matches, &count, &nothing, err);
    if (status == IMJIN_OK)
        status = s->json ? screen_write_line(&s->out, &writing, &q, matches, count, nothing, err)
                         : screening_text(&s->out, &writing, &q, matches, count, nothing, err);
    screen_finder_free(finder);
    TRY(status);
    return count ? IMJIN_OK : fail(err, IMJIN_NOT_FOUND, nothing ? "the query holds nothing to look for" : "nothing found");
}

/* ---- a part that was written before ---- */

/* What must be equal for a part to be continued: the input, the set, and everything that shapes a line. */
static enum imjin_status key_of(const struct outgoing *o, const char *input, char ret_hex[65], struct error *err) {
    const struct session *s = o->session;
    struct screen_options options = options_from(s);
    struct screen_reader *reader;
    struct sha256 input_key, key;
    struct text t = {0};
    char hex[65];
    TRY(screen_reader_open(&reader, input, err));
    enum imjin_status status = screen_reader_fingerprint(reader, &input_key, err);
    screen_reader_close(reader);
    TRY(status);
    sha256_print(&input_key, hex);
    text_add_format(&t, "1 %s ", hex);
    sha256_print(screen_set_identity(o->screening->set), hex);
    text_add_format(&t, "%s %u %d %llu %d", hex, options.threshold, o->screening->today,
                    (unsigned long long)arguments_count(&s->arguments, OPTION_LIMIT, 0), LINE_VERSION);
    status = text_status(&t, err);
    if (status == IMJIN_OK)
        status = sha256_of(t.bytes, t.count, &key, err);
    text_done(&t);
    if (status == IMJIN_OK)
        sha256_print(&key, ret_hex);
    return status;
}

/* How many whole lines a part holds, up to where, and how many of them are matches. */
static enum imjin_status count_lines(struct outgoing *o, uint64_t *ret_bytes, struct error *err) {
    static const char matched[] = "\"status\":\"match\"";
    struct mapping m;
    TRY(mapping_open(&m, o->part, err));
    const char *at = (const char *)m.bytes, *end = at + m.count;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (line_end == NULL || *at != '{')
            break;
        o->rows_before++;
        o->matches_before += memmem(at, (size_t)(line_end - at), matched, sizeof matched - 1) != NULL;
        at = line_end + 1;
    }
    *ret_bytes = (uint64_t)(at - (const char *)m.bytes);
    mapping_close(&m);
    return IMJIN_OK;
}

static bool same_key(const struct outgoing *o, const char *key) {
    char *bytes;
    uint64_t count;
    if (!file_exists(o->part) || file_read(o->key_path, STATE_BYTES_MAX, &bytes, &count, NULL) != IMJIN_OK)
        return false;
    bool same = count == 64 && memcmp(bytes, key, 64) == 0;
    memory_free(bytes);
    return same;
}

static enum imjin_status open_part(struct outgoing *o, const char *input, struct error *err) {
    char key[65];
    uint64_t bytes = 0;
    struct text t = {0};
    text_add_format(&t, "%s.part", o->path);
    enum imjin_status status = t.count < PATH_BYTES_MAX - 8 ? text_status(&t, err) : fail(err, IMJIN_USAGE, "path too long");
    if (status == IMJIN_OK) {
        memcpy(o->part, t.bytes, t.count + 1);
        memcpy(o->key_path, t.bytes, t.count);
        memcpy(o->key_path + t.count, ".key", 5);
    }
    text_done(&t);
    TRY(status);
    TRY(key_of(o, input, key, err));
    if (same_key(o, key) && !o->saves && strcmp(input, "-") != 0) {
        TRY(count_lines(o, &bytes, err));
        screen_note(&o->session->screen, "imjin: going on behind the %llu queries that are answered already",
                    (unsigned long long)o->rows_before);
        return file_writer_open(&o->writer, o->part, FILE_APPEND, bytes, false, err);
    }
    TRY(file_replace(o->key_path, key, 64, err));
    return file_writer_open(&o->writer, o->part, FILE_CREATE, 0, false, err);
}

static enum imjin_status close_part(struct outgoing *o, bool done, struct error *err) {
    if (o->writer == NULL)
        return IMJIN_OK;
    enum imjin_status status = file_writer_close(o->writer, NULL, err);
    if (!done || status != IMJIN_OK)
        return status;
    TRY(file_rename(o->part, o->path, err));
    return file_remove(o->key_path, err);
}

/* ---- a file of queries ---- */

static enum imjin_status send(void *context, struct span lines, uint64_t rows, struct error *err) {
    struct outgoing *o = context;
    (void)rows;
    if (o->path && o->writer == NULL) { /* a device or a pipe: written at the end, as any result */
        text_add(&o->session->out, lines.bytes, lines.count);
        return text_status(&o->session->out, err);
    }
    if (o->writer == NULL)
        return screen_write(lines.bytes, lines.count, err);
    file_write(o->writer, lines.bytes, lines.count);
    return IMJIN_OK;
}

static enum imjin_status save(void *context, const struct screen_query *q, const struct screen_match *matches, uint32_t count,
                              struct error *err) {
    struct outgoing *o = context;
    TRY(screen_save_subject(o->screening->book, q, err));
    for (uint32_t i = 0; i < count; i++) {
        struct screen_saved_match m = {q->row, screen_entity_at(o->screening->set, matches[i].entity).id, matches[i].score};
        TRY(screen_save_match(o->screening->book, &m, err));
    }
    return IMJIN_OK;
}

static enum imjin_status begin_saving(struct outgoing *o, const char *name, uint16_t threshold, struct error *err) {
    struct screen_saved_list lists[SCREEN_LISTS_MAX];
    screening_saved_lists(o->screening, lists);
    return screen_save_begin(o->screening->book, name, threshold, lists, o->screening->count, err);
}

static enum imjin_status run_batch(struct outgoing *o, const char *input, struct screen_batch_result *ret, struct error *err) {
    struct session *s = o->session;
    const char *name = arguments_text(&s->arguments, OPTION_SAVE);
    struct screening *g = o->screening;
    struct screen_batch b = {.set = g->set,
                             .book = g->book,
                             .input = input,
                             .options = options_from(s),
                             .writing = {g->set, g->book, g->today, arguments_count(&s->arguments, OPTION_LIMIT, 0)},
                             .threads = s->desk.threads,
                             .rows_done = o->rows_before,
                             .progress = &s->progress,
                             .sink = send,
                             .context = o,
                             .each = name ? save : NULL};
    if (name)
        TRY(begin_saving(o, name, b.options.threshold, err));
    TRY(screen_batch_run(&b, ret, err));
    return name ? screen_save_end(g->book, err) : IMJIN_OK;
}

static enum imjin_status conclude(const struct outgoing *o, const struct screen_batch_result *r, struct error *err) {
    screen_note(&o->session->screen, "%llu queries, %llu with matches; %llu with nothing to look for, %llu unreadable",
                (unsigned long long)(r->rows + o->rows_before), (unsigned long long)(r->with_matches + o->matches_before),
                (unsigned long long)r->empty, (unsigned long long)r->faults);
    if (r->faults)
        return fail(err, IMJIN_BAD_INPUT, "%llu of %llu queries could not be read and were not screened; their lines say why",
                    (unsigned long long)r->faults, (unsigned long long)r->rows);
    return r->with_matches + o->matches_before ? IMJIN_OK : fail(err, IMJIN_NOT_FOUND, "nothing found");
}

static enum imjin_status answer_file(struct session *s, struct screening *g, const char *input, struct error *err) {
    struct screen_batch_result result = {0};
    struct outgoing o = {.session = s,
                         .screening = g,
                         .path = arguments_text(&s->arguments, OPTION_OUTPUT),
                         .saves = arguments_has(&s->arguments, OPTION_SAVE)};
    struct stat about;
    bool special = o.path && stat(o.path, &about) == 0 && !S_ISREG(about.st_mode);
    s->output_is_directory = !special; /* the lines go out by themselves */
    if (o.path && !special)
        TRY(open_part(&o, input, err));
    enum imjin_status status = run_batch(&o, input, &result, err);
    if (status == IMJIN_NOT_FOUND) /* a file that was named and is not there */
        status = err->status = IMJIN_BAD_INPUT;
    enum imjin_status closed = close_part(&o, status == IMJIN_OK, status == IMJIN_OK ? err : NULL);
    TRY(status != IMJIN_OK ? status : closed);
    return conclude(&o, &result, err);
}

enum imjin_status command_screen(struct session *s, struct error *err) {
    const struct arguments *a = &s->arguments;
    const char *input = arguments_text(a, OPTION_INPUT);
    struct screening_choice choice = screening_choice_from(s, arguments_has(a, OPTION_SAVE));
    struct screening *g;
    struct arena arena = {0};
    if (input && (a->operand_count || query_is_given(a)))
        return fail(err, IMJIN_USAGE, "either --input FILE or one query, not both");
    if (input == NULL && a->operand_count == 0 && !query_is_given(a))
        return fail(err, IMJIN_USAGE, "say who: a NAME, --id, --address, or --input FILE");
    if (input == NULL && arguments_has(a, OPTION_SAVE))
        return fail(err, IMJIN_USAGE, "--save keeps the queries of a file; add --input FILE");
    TRY(screening_open(&g, &s->desk, &choice, err));
    enum imjin_status status = input ? answer_file(s, g, input, err) : answer_one(s, g, &arena, err);
    arena_done(&arena);
    screening_close(g);
    return status;
}
