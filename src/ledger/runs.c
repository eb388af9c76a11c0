#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/import.h"

enum { READ_ROWS = 2048 };

enum imjin_status import_path(const struct ledger_writer *w, const char *name, char ret[PATH_BYTES_MAX], struct error *err) {
    char directory[PATH_BYTES_MAX];
    TRY(path_join(directory, err, w->directory, "import"));
    return path_join(ret, err, directory, name);
}

static enum imjin_status run_path(const struct ledger_writer *w, size_t number, char ret[PATH_BYTES_MAX], struct error *err) {
    char name[32];
    snprintf(name, sizeof name, "run-%06zu", number);
    return import_path(w, name, ret, err);
}

/* ---- sorting in memory: by block, then by arrival ---- */

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static enum imjin_status sorted_order(const struct ledger_writer *w, uint64_t **ret, struct error *err) {
    const struct import_row *rows = w->rows.items;
    uint64_t *order = memory_new(w->rows.count, sizeof *order);
    bool sorted = true;
    if (order == NULL)
        return fail_memory(err, "sorting");
    for (uint64_t i = 0; i < w->rows.count; i++) {
        order[i] = (uint64_t)rows[i].block << 32 | i;
        sorted = sorted && (i == 0 || order[i - 1] < order[i]);
    }
    if (!sorted)
        qsort(order, w->rows.count, sizeof *order, by_value);
    *ret = order;
    return IMJIN_OK;
}

enum imjin_status run_write(struct ledger_writer *w, struct error *err) {
    char path[PATH_BYTES_MAX];
    uint64_t *order;
    struct file_writer *f;
    const struct run run = {w->rows.count};
    if (w->rows.count == 0)
        return IMJIN_OK;
    if (w->runs.count == LEDGER_RUNS_MAX)
        return fail(err, IMJIN_MACHINE, "over %d sorted runs: give the import more memory", LEDGER_RUNS_MAX);
    TRY(run_path(w, w->runs.count, path, err));
    TRY(buffer_reserve(&w->runs, 1, err));
    TRY(sorted_order(w, &order, err));
    enum imjin_status status = file_writer_open(&f, path, FILE_CREATE, 0, false, err);
    if (status == IMJIN_OK) {
        for (uint64_t i = 0; i < run.rows; i++)
            file_write(f, (struct import_row *)w->rows.items + (uint32_t)order[i], sizeof(struct import_row));
        status = file_writer_close(f, NULL, err);
    }
    memory_free(order);
    TRY(status);
    TRY(buffer_push(&w->runs, &run, NULL, err));
    w->rows.count = 0;
    return IMJIN_OK;
}

/* ---- reading ---- */

/* One sorted run: a file with a window, or (descriptor -1) the rows in memory through `order`. */
struct cursor {
    int descriptor;
    struct import_row *window;
    const struct import_row *rows;
    uint64_t *order;
    uint64_t at, count; /* of the whole run */
    uint64_t window_from, window_count;
};
struct run_reader {
    struct ledger_writer *w;
    struct cursor *cursors;
    size_t count;
};

static const struct import_row *cursor_row(const struct cursor *c) {
    return c->order ? &c->rows[(uint32_t)c->order[c->at]] : &c->window[c->at - c->window_from];
}

static enum imjin_status cursor_fill(struct cursor *c, struct error *err) {
    if (c->order || c->at == c->count || (c->at >= c->window_from && c->at < c->window_from + c->window_count))
        return IMJIN_OK;
    uint64_t rows = c->count - c->at < READ_ROWS ? c->count - c->at : READ_ROWS;
    uint64_t wanted = rows * sizeof *c->window, offset = c->at * sizeof *c->window;
    for (uint64_t got = 0; got < wanted;) {
        ssize_t some = pread(c->descriptor, (uint8_t *)c->window + got, wanted - got, (off_t)(offset + got));
        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            return fail_errno(err, "cannot read", "a sorted run");
        if (some == 0)
            return fail(err, IMJIN_MACHINE, "a sorted run of the import was cut; import again");
        got += (uint64_t)some;
    }
    c->window_from = c->at;
    c->window_count = rows;
    return IMJIN_OK;
}

static enum imjin_status cursor_open(struct run_reader *r, size_t number, struct error *err) {
    struct cursor *c = &r->cursors[number];
    char path[PATH_BYTES_MAX];
    if (number == r->w->runs.count) { /* what is still in memory */
        c->rows = r->w->rows.items;
        c->count = r->w->rows.count;
        return sorted_order(r->w, &c->order, err);
    }
    TRY(run_path(r->w, number, path, err));
    c->window = memory_new(READ_ROWS, sizeof *c->window);
    if (c->window == NULL)
        return fail_memory(err, "reading sorted runs");
    c->count = ((const struct run *)r->w->runs.items)[number].rows;
    c->descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (c->descriptor < 0)
        return fail_errno(err, "cannot open", path);
    return cursor_fill(c, err);
}

enum imjin_status run_reader_new(struct run_reader **ret, struct ledger_writer *w, struct error *err) {
    struct run_reader *r = memory_new(1, sizeof *r);
    if (r == NULL)
        return fail_memory(err, "reading sorted runs");
    r->w = w;
    r->count = w->runs.count + 1;
    r->cursors = memory_new(r->count, sizeof *r->cursors);
    if (r->cursors == NULL) {
        memory_free(r);
        return fail_memory(err, "reading sorted runs");
    }
    for (size_t i = 0; i < r->count; i++)
        r->cursors[i].descriptor = -1;
    for (size_t i = 0; i < r->count; i++) {
        enum imjin_status status = cursor_open(r, i, err);
        if (status != IMJIN_OK) {
            run_reader_free(r);
            return status;
        }
    }
    *ret = r;
    return IMJIN_OK;
}

void run_reader_free(struct run_reader *r) {
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++) {
        if (r->cursors[i].descriptor >= 0)
            close(r->cursors[i].descriptor);
        memory_free(r->cursors[i].window);
        memory_free(r->cursors[i].order);
    }
    memory_free(r->cursors);
    memory_free(r);
}

/* Runs come back from the disk: nothing in them may lead outside what is in memory. */
static bool row_sound(const struct ledger_writer *w, const struct import_row *row) {
    const struct interner *t = &w->interner;
    uint64_t text = row->tx_text >> 8;
    if (row->source >= w->sources.count)
        return false;
    if (row->kind == ROW_NOTE)
        return true;
    if (row->kind >= MOVEMENT_KINDS || (row->form & ~ROW_UNNUMBERED) > TX_NONE || row->from >= t->accounts.count ||
        row->to >= t->accounts.count || row->asset >= t->assets.count)
        return false;
    return row->form != TX_TEXT || (text < t->texts.count && (row->tx_text & 0xff) <= t->texts.count - text);
}

uint64_t run_reader_block(const struct run_reader *r) {
    uint64_t block = UINT64_MAX;
    for (size_t i = 0; i < r->count; i++) {
        const struct cursor *c = &r->cursors[i];
        if (c->at < c->count && cursor_row(c)->block < block)
            block = cursor_row(c)->block;
    }
    return block;
}

enum imjin_status run_reader_take(struct run_reader *r, struct buffer *rows, struct error *err) {
    uint64_t block = run_reader_block(r);
    for (size_t i = 0; i < r->count; i++) {
        struct cursor *c = &r->cursors[i];
        while (c->at < c->count && cursor_row(c)->block == block) {
            const struct import_row *row = cursor_row(c);
            if (!row_sound(r->w, row))
                return fail(err, IMJIN_MACHINE, "a sorted run of the import is damaged; remove %s/import and import again",
                            r->w->directory);
            if (!source_at(r->w, row->source)->dropped)
                TRY(buffer_push(rows, row, NULL, err));
            c->at++;
            TRY(cursor_fill(c, err));
        }
    }
    return IMJIN_OK;
}
