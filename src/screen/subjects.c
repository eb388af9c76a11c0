#include <stdlib.h>

#include "screen/book.h"
#include "screen/query.h"

/* ---- what tells a query again ---- */

static int by_value(const void *a, const void *b) {
    const struct screen_value *x = *(const struct screen_value *const *)a, *y = *(const struct screen_value *const *)b;
    return x->field != y->field ? (x->field > y->field) - (x->field < y->field) : span_compare(x->text, y->text);
}

static enum imjin_status add_value(struct sha256_stream *h, uint32_t field, struct span text, struct error *err) {
    const uint64_t head[] = {field, text.count};
    TRY(sha256_add(h, head, sizeof head, err));
    return sha256_add(h, text.bytes, text.count, err);
}

/* A date is told by its days, so that two spellings of one are the same. */
static enum imjin_status add_values(struct sha256_stream *h, const struct screen_query *q, const struct screen_value **sorted,
                                    struct error *err) {
    char date[SCREEN_DATE_PRINT_MAX];
    for (uint32_t i = 0; i < q->value_count; i++) {
        struct span text = sorted[i]->text;
        if (sorted[i]->field == SCREEN_DOB) {
            screen_date_print(sorted[i]->day_from, sorted[i]->day_to, date);
            text = span_of(date);
        }
        TRY(add_value(h, sorted[i]->field, text, err));
    }
    return add_value(h, SCREEN_TYPE, q->schema < LIST_SCHEMAS ? span_of(list_schema_name(q->schema)) : (struct span){"", 0},
                     err);
}

enum imjin_status screen_subject_key(const struct screen_query *q, struct sha256 *ret, struct error *err) {
    struct sha256_stream *h;
    const struct screen_value **sorted = memory_new(q->value_count + 1, sizeof *sorted);
    if (sorted == NULL)
        return fail_memory(err, "a query");
    for (uint32_t i = 0; i < q->value_count; i++)
        sorted[i] = &q->values[i];
    qsort(sorted, q->value_count, sizeof *sorted, by_value);
    enum imjin_status status = sha256_new(&h, err);
    if (status == IMJIN_OK) {
        status = add_values(h, q, sorted, err);
        if (status == IMJIN_OK)
            status = sha256_end(h, ret, err);
        else
            sha256_free(h);
    }
    memory_free(sorted);
    return status;
}

/* ---- saving ---- */

static enum imjin_status run_with(struct screen_book *b, const char *sql, struct error *err, struct span text, int64_t number) {
    sqlite3_stmt *s;
    TRY(book_prepare(b, &s, sql, err));
    enum imjin_status status = book_bind(b, s, err, sqlite3_bind_parameter_count(s) > 1 ? "ti" : "t", text, number);
    if (status != IMJIN_OK) {
        sqlite3_finalize(s);
        return status;
    }
    return book_finish(b, s, err);
}

static enum imjin_status insert_row(struct screen_book *b, const char *sql, int64_t x, int64_t y, struct span text, int64_t z,
                                    struct error *err) {
    sqlite3_stmt *s;
    TRY(book_prepare(b, &s, sql, err));
    enum imjin_status status = book_bind(b, s, err, "iiti", x, y, text, z);
    if (status != IMJIN_OK) {
        sqlite3_finalize(s);
        return status;
    }
    return book_finish(b, s, err);
}

enum imjin_status screen_save_begin(struct screen_book *b, const char *name, uint16_t threshold,
                                    const struct screen_saved_list *lists, unsigned list_count, struct error *err) {
    if (name[0] == '\0' || strlen(name) > SCREEN_AUTHOR_MAX)
        return fail(err, IMJIN_USAGE, "a saved batch has a name of 1 to %d bytes", SCREEN_AUTHOR_MAX);
    TRY(book_run(b, "BEGIN IMMEDIATE", err));
    b->saving = -1;
    b->saved_rows = 0;
    TRY(run_with(b, "DELETE FROM batch WHERE name=?", err, span_of(name), 0));
    TRY(run_with(b, "INSERT INTO batch(name,threshold) VALUES(?,?)", err, span_of(name), threshold));
    b->saving = sqlite3_last_insert_rowid(b->database);
    for (unsigned i = 0; i < list_count; i++)
        TRY(insert_row(b, "INSERT INTO batch_list(batch,version,list) SELECT ?,?,? WHERE ?", b->saving, lists[i].number,
                       lists[i].name, 1, err));
    return IMJIN_OK;
}

static enum imjin_status save_value(struct screen_book *b, const struct screen_query *q, uint32_t nth, enum screen_field field,
                                    struct span text, struct error *err) {
    sqlite3_stmt *s;
    TRY(book_prepare(b, &s, "INSERT INTO subject(batch,row,line,field,nth,value) VALUES(?,?,?,?,?,?)", err));
    enum imjin_status status =
        book_bind(b, s, err, "iiiiit", b->saving, (int64_t)q->row, (int64_t)q->line, (int64_t)field, (int64_t)nth, text);
    if (status != IMJIN_OK) {
        sqlite3_finalize(s);
        return status;
    }
    return book_finish(b, s, err);
}

enum imjin_status screen_save_subject(struct screen_book *b, const struct screen_query *q, struct error *err) {
    uint32_t nth = 0;
    INVARIANT(b->saving > 0);
    if (q->fault.count)
        return IMJIN_OK;
    TRY(save_value(b, q, nth++, SCREEN_REFERENCE, q->reference, err));
    if (q->schema < LIST_SCHEMAS)
        TRY(save_value(b, q, nth++, SCREEN_TYPE, span_of(list_schema_name(q->schema)), err));
    for (uint32_t i = 0; i < q->value_count; i++)
        TRY(save_value(b, q, nth++, q->values[i].field, q->values[i].text, err));
    return IMJIN_OK;
}

enum imjin_status screen_save_match(struct screen_book *b, const struct screen_saved_match *m, struct error *err) {
    INVARIANT(b->saving > 0);
    return insert_row(b, "INSERT INTO found(batch,row,entity,score) VALUES(?,?,?,?)", b->saving, (int64_t)m->row, m->entity,
                      m->score, err);
}

enum imjin_status screen_save_end(struct screen_book *b, struct error *err) {
    INVARIANT(b->saving > 0);
    TRY(book_run(b, "COMMIT", err));
    b->saving = 0;
    return IMJIN_OK;
}

/* ---- reading what was saved ---- */

static enum imjin_status text_to(struct arena *a, struct span text, struct span *ret, struct error *err) {
    const char *copy = arena_text(a, text.bytes, text.count);
    if (copy == NULL)
        return fail_memory(err, "saved subjects");
    *ret = (struct span){copy, text.count};
    return IMJIN_OK;
}

static enum imjin_status read_lists(struct screen_book *b, sqlite3_stmt *s, uint16_t *ret_threshold,
                                    struct screen_saved_list *ret_lists, unsigned *ret_count, struct arena *a,
                                    struct error *err) {
    bool row, any = false;
    *ret_count = 0;
    for (;;) {
        TRY(book_step(b, s, &row, err));
        if (!row)
            return any ? IMJIN_OK : fail(err, IMJIN_NOT_FOUND, "no saved batch of that name");
        any = true;
        *ret_threshold = (uint16_t)sqlite3_column_int(s, 0);
        if (sqlite3_column_type(s, 1) == SQLITE_NULL || *ret_count == SCREEN_LISTS_MAX)
            continue;
        TRY(text_to(a, book_text(s, 1), &ret_lists[*ret_count].name, err));
        ret_lists[*ret_count].number = (uint32_t)sqlite3_column_int64(s, 2);
        ++*ret_count;
    }
}

enum imjin_status screen_saved(struct screen_book *b, const char *name, uint16_t *ret_threshold,
                               struct screen_saved_list *ret_lists, unsigned *ret_list_count, struct arena *a,
                               struct error *err) {
    sqlite3_stmt *s;
    if (b->database == NULL)
        return fail(err, IMJIN_NOT_FOUND, "nothing was saved yet (imjin screen --input FILE --save NAME)");
    TRY(book_prepare(
        b, &s, "SELECT threshold, list, version FROM batch LEFT JOIN batch_list ON batch=number WHERE name=? ORDER BY list",
        err));
    enum imjin_status status = book_bind(b, s, err, "t", span_of(name));
    if (status == IMJIN_OK)
        status = read_lists(b, s, ret_threshold, ret_lists, ret_list_count, a, err);
    sqlite3_finalize(s);
    return status;
}

/* Rows of values become queries; the values of one follow each other. */
static enum imjin_status read_subjects(struct screen_book *b, sqlite3_stmt *s, struct screen_draft *d, struct screen_query *ret,
                                       uint32_t room, uint32_t *ret_count, struct error *err) {
    uint64_t open_row = 0, open_line = 0;
    uint32_t count = 0;
    for (;;) {
        bool row;
        TRY(book_step(b, s, &row, err));
        uint64_t number = row ? (uint64_t)sqlite3_column_int64(s, 0) : 0;
        if (open_row && number != open_row) {
            TRY(screen_draft_end(d, &ret[count], err));
            ret[count].row = open_row;
            ret[count++].line = open_line;
            open_row = 0;
        }
        if (!row || count == room)
            break;
        if (open_row == 0)
            screen_draft_begin(d, d->arena);
        open_row = number;
        open_line = (uint64_t)sqlite3_column_int64(s, 1);
        int field = sqlite3_column_int(s, 2);
        if (field >= 0 && field < SCREEN_FIELDS)
            TRY(screen_draft_add(d, (enum screen_field)field, book_text(s, 3), err));
    }
    *ret_count = count;
    return IMJIN_OK;
}

enum imjin_status screen_saved_subjects(struct screen_book *b, const char *name, uint64_t after, struct screen_query *ret,
                                        uint32_t room, uint32_t *ret_count, struct arena *a, struct error *err) {
    sqlite3_stmt *s;
    struct screen_draft *d = memory_new(1, sizeof *d);
    if (d == NULL)
        return fail_memory(err, "saved subjects");
    screen_draft_begin(d, a);
    enum imjin_status status = book_prepare(b, &s,
                                            "SELECT row, line, field, value FROM subject JOIN batch ON batch=number "
                                            "WHERE name=? AND row>? ORDER BY row, nth",
                                            err);
    if (status == IMJIN_OK) {
        status = book_bind(b, s, err, "ti", span_of(name), (int64_t)after);
        if (status == IMJIN_OK)
            status = read_subjects(b, s, d, ret, room, ret_count, err);
        sqlite3_finalize(s);
    }
    memory_free(d);
    return status;
}

static enum imjin_status read_matches(struct screen_book *b, sqlite3_stmt *s, struct buffer *rows, struct arena *a,
                                      struct error *err) {
    for (bool row;;) {
        struct screen_saved_match m;
        TRY(book_step(b, s, &row, err));
        if (!row)
            return IMJIN_OK;
        m.row = (uint64_t)sqlite3_column_int64(s, 0);
        m.score = (uint16_t)sqlite3_column_int(s, 2);
        TRY(text_to(a, book_text(s, 1), &m.entity, err));
        TRY(buffer_push(rows, &m, NULL, err));
    }
}

enum imjin_status screen_saved_matches(struct screen_book *b, const char *name, struct screen_saved_match **ret,
                                       uint64_t *ret_count, struct arena *a, struct error *err) {
    struct buffer rows = {.item_bytes = sizeof(struct screen_saved_match), .items_max = UINT32_MAX, .what = "saved matches"};
    sqlite3_stmt *s;
    TRY(book_prepare(b, &s, "SELECT row, entity, score FROM found JOIN batch ON batch=number WHERE name=? ORDER BY row, entity",
                     err));
    enum imjin_status status = book_bind(b, s, err, "t", span_of(name));
    if (status == IMJIN_OK)
        status = read_matches(b, s, &rows, a, err);
    sqlite3_finalize(s);
    struct screen_saved_match *copy = status == IMJIN_OK ? arena_new(a, rows.count + 1, sizeof *copy) : NULL;
    if (status == IMJIN_OK && copy == NULL)
        status = fail_memory(err, "saved matches");
    if (status == IMJIN_OK) {
        if (rows.count)
            memcpy(copy, rows.items, rows.count * sizeof *copy);
        *ret = copy;
        *ret_count = rows.count;
    }
    buffer_done(&rows);
    return status;
}

static enum imjin_status read_names(struct screen_book *b, sqlite3_stmt *s, struct buffer *rows, struct arena *a,
                                    struct error *err) {
    for (bool row;;) {
        struct span text;
        TRY(book_step(b, s, &row, err));
        if (!row)
            return IMJIN_OK;
        TRY(text_to(a, book_text(s, 0), &text, err));
        TRY(buffer_push(rows, &text.bytes, NULL, err));
    }
}

enum imjin_status screen_saved_names(struct screen_book *b, const char ***ret, uint32_t *ret_count, struct arena *a,
                                     struct error *err) {
    struct buffer rows = {.item_bytes = sizeof(char *), .items_max = 1 << 20, .what = "saved batches"};
    sqlite3_stmt *s;
    *ret_count = 0;
    if (b->database == NULL)
        return IMJIN_OK;
    TRY(book_prepare(b, &s, "SELECT name FROM batch ORDER BY name", err));
    enum imjin_status status = read_names(b, s, &rows, a, err);
    sqlite3_finalize(s);
    const char **copy = status == IMJIN_OK ? arena_new(a, rows.count + 1, sizeof *copy) : NULL;
    if (status == IMJIN_OK && copy == NULL)
        status = fail_memory(err, "saved batches");
    if (status == IMJIN_OK) {
        if (rows.count)
            memcpy(copy, rows.items, rows.count * sizeof *copy);
        *ret = copy;
        *ret_count = (uint32_t)rows.count;
    }
    buffer_done(&rows);
    return status;
}
