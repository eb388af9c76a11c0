#include "screen/finder.h"

/* One stretch of the input: read by the caller's thread, answered by several, written in order. */
struct answered {
    struct screen_query query;
    const struct screen_match *matches;
    uint32_t count;
    bool nothing;
};
struct chunk {
    struct answered rows[SCREEN_CHUNK_QUERIES];
    uint32_t count;
};
struct running {
    const struct screen_batch *b;
    struct chunk *chunk;
    unsigned threads;
    struct screen_finder *finders[THREADS_MAX];
    struct arena arenas[THREADS_MAX]; /* of the answers of each thread */
    struct arena queries;
    struct text lines;
    struct screen_batch_result result;
};

/* Thread `worker` answers every nth row: which thread answers what says nothing about the answer. */
static enum imjin_status answer_rows(void *context, uint64_t worker, struct error *err) {
    struct running *r = context;
    for (uint32_t i = (uint32_t)worker; i < r->chunk->count; i += r->threads) {
        struct answered *row = &r->chunk->rows[i];
        struct error why = {0};
        if (row->query.fault.count)
            continue;
        enum imjin_status status = screen_answer(r->finders[worker], &row->query, &r->b->options, &r->arenas[worker],
                                                 &row->matches, &row->count, &row->nothing, &why);
        if (status == IMJIN_BAD_INPUT) {
            const char *text = arena_text(&r->arenas[worker], why.text, strlen(why.text));
            if (text == NULL)
                return fail_memory(err, "an answer");
            row->query.fault = span_of(text);
        } else if (status != IMJIN_OK) {
            if (err)
                *err = why;
            return status;
        }
    }
    return IMJIN_OK;
}

static enum imjin_status write_row(struct running *r, const struct answered *row, struct error *err) {
    r->result.rows++;
    r->result.faults += row->query.fault.count > 0;
    r->result.empty += row->nothing;
    r->result.with_matches += row->count > 0;
    r->result.matches += row->count;
    TRY(screen_write_line(&r->lines, &r->b->writing, &row->query, row->matches, row->count, row->nothing, err));
    return r->b->each ? r->b->each(r->b->context, &row->query, row->matches, row->count, err) : IMJIN_OK;
}

static enum imjin_status read_chunk(struct running *r, struct screen_reader *reader, bool *ret_end, struct error *err) {
    struct screen_query q;
    r->chunk->count = 0;
    *ret_end = false;
    while (r->chunk->count < SCREEN_CHUNK_QUERIES) {
        TRY(screen_reader_next(reader, &r->queries, &q, ret_end, err));
        if (*ret_end)
            break;
        if (q.row > r->b->rows_done)
            r->chunk->rows[r->chunk->count++] = (struct answered){.query = q};
        else if (q.row % SCREEN_CHUNK_QUERIES == 0)
            break; /* answered before: only to be passed over, and not to be kept */
    }
    return IMJIN_OK;
}

static enum imjin_status do_chunk(struct running *r, struct error *err) {
    TRY(parallel_for(r->threads, r->threads, answer_rows, r, err));
    text_clear(&r->lines);
    for (uint32_t i = 0; i < r->chunk->count; i++)
        TRY(write_row(r, &r->chunk->rows[i], err));
    if (r->chunk->count == 0)
        return IMJIN_OK;
    struct span lines = {r->lines.bytes, r->lines.count};
    return r->b->sink(r->b->context, lines, r->chunk->rows[r->chunk->count - 1].query.row, err);
}

static enum imjin_status do_all(struct running *r, struct screen_reader *reader, struct error *err) {
    for (bool end = false; !end;) {
        uint64_t done, total;
        TRY(read_chunk(r, reader, &end, err));
        TRY(do_chunk(r, err));
        arena_done(&r->queries);
        for (unsigned i = 0; i < r->threads; i++)
            arena_done(&r->arenas[i]);
        screen_reader_place(reader, &done, &total);
        TRY(progress_step(r->b->progress, "screening", "bytes", done, total, err));
    }
    return IMJIN_OK;
}

static enum imjin_status begin(struct running *r, struct screen_reader **ret, struct error *err) {
    r->chunk = memory_new(1, sizeof *r->chunk);
    if (r->chunk == NULL)
        return fail_memory(err, "queries");
    r->threads = r->b->threads ? r->b->threads : 1;
    if (r->threads > THREADS_MAX)
        r->threads = THREADS_MAX;
    for (unsigned i = 0; i < r->threads; i++)
        TRY(screen_finder_new(&r->finders[i], r->b->set, err));
    return screen_reader_open(ret, r->b->input, err);
}

enum imjin_status screen_batch_run(const struct screen_batch *b, struct screen_batch_result *ret, struct error *err) {
    struct screen_reader *reader = NULL;
    struct running *r = memory_new(1, sizeof *r);
    if (r == NULL)
        return fail_memory(err, "queries");
    r->b = b;
    enum imjin_status status = begin(r, &reader, err);
    if (status == IMJIN_OK)
        status = do_all(r, reader, err);
    if (status == IMJIN_OK)
        *ret = r->result;
    screen_reader_close(reader);
    for (unsigned i = 0; i < r->threads; i++) {
        screen_finder_free(r->finders[i]);
        arena_done(&r->arenas[i]);
    }
    arena_done(&r->queries);
    text_done(&r->lines);
    memory_free(r->chunk);
    memory_free(r);
    return status;
}
