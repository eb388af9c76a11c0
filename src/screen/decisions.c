#include "screen/book.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    BOOK_APPLICATION = 0x494d4a53, /* "IMJS" */
    BOOK_VERSION = 1,
    BOOK_BUSY_MILLISECONDS = 5000,
    BOOK_VALUE_BYTES_MAX = 4 << 20,
};

static const char schema_sql[] =
    "CREATE TABLE decision(number INTEGER PRIMARY KEY AUTOINCREMENT, subject BLOB NOT NULL CHECK(length(subject)=32),"
    " subject_text TEXT NOT NULL, entity TEXT NOT NULL, verdict INTEGER NOT NULL CHECK(verdict IN (0,1)), reason TEXT NOT NULL,"
    " author TEXT NOT NULL, decided_on TEXT NOT NULL, expires INTEGER, list TEXT NOT NULL, version TEXT NOT NULL,"
    " record BLOB NOT NULL CHECK(length(record)=32)) STRICT;"
    "CREATE INDEX decision_of ON decision(subject, entity, number);"
    "CREATE TABLE ruling(number INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT NOT NULL, b TEXT NOT NULL CHECK(a<b),"
    " same INTEGER NOT NULL CHECK(same IN (0,1)), reason TEXT NOT NULL, author TEXT NOT NULL, decided_on TEXT NOT NULL) STRICT;"
    "CREATE TABLE batch(number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, threshold INTEGER NOT NULL) "
    "STRICT;"
    "CREATE TABLE batch_list(batch INTEGER NOT NULL REFERENCES batch(number) ON DELETE CASCADE, list TEXT NOT NULL,"
    " version INTEGER NOT NULL, PRIMARY KEY(batch, list)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE subject(batch INTEGER NOT NULL REFERENCES batch(number) ON DELETE CASCADE, row INTEGER NOT NULL,"
    " line INTEGER NOT NULL, field INTEGER NOT NULL, nth INTEGER NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(batch, row, nth)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE found(batch INTEGER NOT NULL REFERENCES batch(number) ON DELETE CASCADE, row INTEGER NOT NULL,"
    " entity TEXT NOT NULL, score INTEGER NOT NULL, PRIMARY KEY(batch, row, entity)) STRICT, WITHOUT ROWID;";

/* ---- the database ---- */

enum imjin_status book_fail(const struct screen_book *b, struct error *err) {
    int code = b->database ? sqlite3_errcode(b->database) & 0xff : SQLITE_NOMEM;
    bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR || code == SQLITE_CONSTRAINT ||
                   code == SQLITE_MISMATCH;
    return fail(err, damaged ? IMJIN_BAD_INPUT : IMJIN_MACHINE, "the book of decisions: %.200s",
                b->database ? sqlite3_errmsg(b->database) : "out of memory");
}

enum imjin_status book_run(struct screen_book *b, const char *sql, struct error *err) {
    return sqlite3_exec(b->database, sql, NULL, NULL, NULL) == SQLITE_OK ? IMJIN_OK : book_fail(b, err);
}

enum imjin_status book_prepare(struct screen_book *b, sqlite3_stmt **ret, const char *sql, struct error *err) {
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(b->database, sql, -1, &s, NULL) != SQLITE_OK)
        return book_fail(b, err);
    *ret = s;
    return IMJIN_OK;
}

static int bind_next(sqlite3_stmt *s, int at, char kind, va_list *arguments) {
    if (kind == 'i')
        return sqlite3_bind_int64(s, at, va_arg(*arguments, int64_t));
    if (kind == 'b')
        return sqlite3_bind_blob(s, at, va_arg(*arguments, const struct sha256 *)->bytes, 32, SQLITE_TRANSIENT);
    struct span text = va_arg(*arguments, struct span);
    return sqlite3_bind_text64(s, at, text.count ? text.bytes : "", text.count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

enum imjin_status book_bind(struct screen_book *b, sqlite3_stmt *s, struct error *err, const char *format, ...) {
    va_list arguments;
    int code = SQLITE_OK;
    va_start(arguments, format);
    for (int i = 0; format[i] && code == SQLITE_OK; i++)
        code = bind_next(s, i + 1, format[i], &arguments);
    va_end(arguments);
    return code == SQLITE_OK ? IMJIN_OK : book_fail(b, err);
}

enum imjin_status book_step(struct screen_book *b, sqlite3_stmt *s, bool *ret_row, struct error *err) {
    int code = sqlite3_step(s);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return book_fail(b, err);
    *ret_row = code == SQLITE_ROW;
    return IMJIN_OK;
}

enum imjin_status book_finish(struct screen_book *b, sqlite3_stmt *s, struct error *err) {
    bool row;
    enum imjin_status status = book_step(b, s, &row, err);
    sqlite3_finalize(s);
    return status;
}

struct span book_text(sqlite3_stmt *s, int column) {
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? (struct span){text, (uint64_t)sqlite3_column_bytes(s, column)} : (struct span){"", 0};
}

static enum imjin_status number_of(struct screen_book *b, const char *sql, int64_t *ret, struct error *err) {
    sqlite3_stmt *s;
    bool row;
    TRY(book_prepare(b, &s, sql, err));
    enum imjin_status status = book_step(b, s, &row, err);
    if (status == IMJIN_OK)
        *ret = row ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return status;
}

/* A file may come from a stranger: its triggers and views get no rights, and its values a limit. */
static enum imjin_status be_careful(struct screen_book *b, struct error *err) {
    sqlite3_db_config(b->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(b->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(b->database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(b->database, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    sqlite3_limit(b->database, SQLITE_LIMIT_LENGTH, BOOK_VALUE_BYTES_MAX);
    sqlite3_busy_timeout(b->database, BOOK_BUSY_MILLISECONDS);
    return book_run(b, "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;", err);
}

static enum imjin_status make_tables(struct screen_book *b, struct error *err) {
    struct text sql = {0};
    TRY(book_run(b, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", err));
    text_add_format(&sql, "BEGIN IMMEDIATE; %s PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT;", schema_sql,
                    BOOK_APPLICATION, BOOK_VERSION);
    enum imjin_status status = text_status(&sql, err);
    if (status == IMJIN_OK)
        status = book_run(b, sql.bytes, err);
    text_done(&sql);
    return status;
}

static enum imjin_status check_tables(struct screen_book *b, const char *path, bool write, struct error *err) {
    int64_t application, version, tables;
    TRY(be_careful(b, err));
    TRY(number_of(b, "SELECT count(*) FROM sqlite_schema", &tables, err));
    if (tables == 0 && write)
        return make_tables(b, err);
    TRY(number_of(b, "PRAGMA application_id", &application, err));
    TRY(number_of(b, "PRAGMA user_version", &version, err));
    if (application != BOOK_APPLICATION || version != BOOK_VERSION)
        return fail_value(err, path, 0, NULL, NULL, 0, "is no book of decisions that this program knows (version %lld)",
                          (long long)version);
    return write ? book_run(b, "PRAGMA synchronous=FULL;", err) : IMJIN_OK;
}

/* Reading a write-ahead log needs files beside it; in a directory that cannot be written the file is taken as it stands. */
static enum imjin_status open_database(struct screen_book *b, const char *path, bool write, struct error *err) {
    char parent[PATH_BYTES_MAX];
    struct text uri = {0};
    const char *slash = strrchr(path, '/');
    uint64_t count = slash ? (uint64_t)(slash - path) : 1;
    memcpy(parent, slash ? path : ".", count);
    parent[count] = '\0';
    bool fixed = !write && access(parent, W_OK) != 0;
    text_add_string(&uri, "file:");
    for (const char *c = path; *c; c++) {
        if (strchr("?#%", *c))
            text_add_format(&uri, "%%%02x", *c);
        else
            text_add(&uri, c, 1);
    }
    if (fixed)
        text_add_string(&uri, "?immutable=1");
    enum imjin_status status = text_status(&uri, err);
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                (write   ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                 : fixed ? SQLITE_OPEN_READONLY
                         : SQLITE_OPEN_READWRITE);
    if (status == IMJIN_OK && sqlite3_open_v2(uri.bytes, &b->database, flags, NULL) != SQLITE_OK)
        status = book_fail(b, err);
    text_done(&uri);
    return status == IMJIN_OK ? check_tables(b, path, write, err) : status;
}

enum imjin_status screen_book_open(struct screen_book **ret, const char *path, bool write, struct error *err) {
    struct screen_book *b = memory_new(1, sizeof *b);
    if (b == NULL)
        return fail_memory(err, "the book of decisions");
    enum imjin_status status = write || file_exists(path) ? open_database(b, path, write, err) : IMJIN_OK;
    if (status != IMJIN_OK)
        screen_book_close(b);
    else
        *ret = b;
    return status;
}

void screen_book_close(struct screen_book *b) {
    if (b == NULL)
        return;
    sqlite3_finalize(b->decided);
    if (b->saving)
        (void)book_run(b, "ROLLBACK", NULL);
    sqlite3_close(b->database);
    text_done(&b->kept);
    memory_free(b);
}

/* ---- decisions ---- */

static enum imjin_status check_words(struct span reason, struct span author, struct error *err) {
    if (span_trim(reason).count == 0 || span_trim(author).count == 0)
        return fail(err, IMJIN_USAGE, "a decision needs a reason and an author (--reason, --author)");
    if (reason.count > SCREEN_REASON_MAX || author.count > SCREEN_AUTHOR_MAX)
        return fail(err, IMJIN_USAGE, "a reason has at most %d bytes, an author %d", SCREEN_REASON_MAX, SCREEN_AUTHOR_MAX);
    return IMJIN_OK;
}

enum imjin_status screen_decide(struct screen_book *b, const struct screen_decision *d, struct error *err) {
    sqlite3_stmt *s;
    TRY(check_words(d->reason, d->author, err));
    TRY(book_prepare(b, &s,
                     "INSERT INTO decision(subject,subject_text,entity,verdict,reason,author,decided_on,list,version,record,"
                     "expires) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
                     err));
    enum imjin_status status = book_bind(b, s, err, "bttitttttb", &d->subject, d->subject_text, d->entity, (int64_t)d->verdict,
                                         d->reason, d->author, d->decided_on, d->list_name, d->version, &d->record);
    if (status == IMJIN_OK && d->expires != LIST_DAY_NONE && sqlite3_bind_int64(s, 11, d->expires) != SQLITE_OK)
        status = book_fail(b, err);
    if (status != IMJIN_OK) {
        sqlite3_finalize(s);
        return status;
    }
    return book_finish(b, s, err);
}

#define DECISION_COLUMNS                                                                                                       \
    "subject,subject_text,entity,verdict,reason,author,decided_on,ifnull(expires,-2147483648),list,version,record"

static void read_hash(sqlite3_stmt *s, int column, struct sha256 *ret) {
    const void *bytes = sqlite3_column_blob(s, column);
    if (bytes && sqlite3_column_bytes(s, column) == 32)
        memcpy(ret, bytes, 32);
}

static struct screen_decision read_decision(sqlite3_stmt *s) {
    struct screen_decision d = {.subject_text = book_text(s, 1),
                                .entity = book_text(s, 2),
                                .verdict = sqlite3_column_int(s, 3) ? SCREEN_DISMISSED : SCREEN_MATCH,
                                .reason = book_text(s, 4),
                                .author = book_text(s, 5),
                                .decided_on = book_text(s, 6),
                                .expires = sqlite3_column_int(s, 7),
                                .list_name = book_text(s, 8),
                                .version = book_text(s, 9)};
    read_hash(s, 0, &d.subject);
    read_hash(s, 10, &d.record);
    return d;
}

/* Moves the texts of a decision into the book, since those of a row go with it. */
static enum imjin_status keep_texts(struct screen_book *b, struct screen_decision *d, struct error *err) {
    struct span *texts[] = {&d->subject_text, &d->entity, &d->reason, &d->author, &d->decided_on, &d->list_name, &d->version};
    uint64_t at = 0;
    text_clear(&b->kept);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        text_add(&b->kept, texts[i]->bytes, texts[i]->count);
    TRY(text_status(&b->kept, err));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        texts[i]->bytes = b->kept.bytes + at;
        at += texts[i]->count;
    }
    return IMJIN_OK;
}

enum imjin_status screen_decided(struct screen_book *b, const struct sha256 *subject, struct span entity,
                                 struct screen_decision *ret, bool *ret_found, struct error *err) {
    bool row = false;
    *ret_found = false;
    if (b == NULL || b->database == NULL)
        return IMJIN_OK;
    if (b->decided == NULL)
        TRY(book_prepare(b, &b->decided,
                         "SELECT " DECISION_COLUMNS " FROM decision WHERE subject=? AND entity=? ORDER BY number DESC LIMIT 1",
                         err));
    sqlite3_reset(b->decided);
    TRY(book_bind(b, b->decided, err, "bt", subject, entity));
    TRY(book_step(b, b->decided, &row, err));
    if (row) {
        struct screen_decision d = read_decision(b->decided);
        TRY(keep_texts(b, &d, err));
        *ret = d;
    }
    *ret_found = row;
    sqlite3_reset(b->decided);
    return IMJIN_OK;
}

enum imjin_status screen_decisions(struct screen_book *b,
                                   enum imjin_status (*each)(void *context, const struct screen_decision *d, struct error *err),
                                   void *context, struct error *err) {
    sqlite3_stmt *s;
    bool row = true;
    if (b->database == NULL)
        return IMJIN_OK;
    TRY(book_prepare(b, &s, "SELECT " DECISION_COLUMNS " FROM decision ORDER BY number", err));
    enum imjin_status status = IMJIN_OK;
    while (status == IMJIN_OK && row) {
        status = book_step(b, s, &row, err);
        if (status == IMJIN_OK && row) {
            struct screen_decision d = read_decision(s);
            status = each(context, &d, err);
        }
    }
    sqlite3_finalize(s);
    return status;
}

enum screen_standing screen_standing_of(const struct screen_decision *d, const struct sha256 *record_now, int32_t today) {
    if (memcmp(&d->record, record_now, sizeof *record_now) != 0)
        return SCREEN_REOPENED;
    bool expires = d->expires != LIST_DAY_NONE && today != LIST_DAY_NONE;
    return expires && d->expires <= today ? SCREEN_EXPIRED : SCREEN_STANDS;
}

/* ---- rulings ---- */

enum imjin_status screen_rule(struct screen_book *b, const struct screen_ruling *r, struct span reason, struct span author,
                              struct span decided_on, struct error *err) {
    sqlite3_stmt *s;
    int order = span_compare(r->a, r->b);
    TRY(check_words(reason, author, err));
    if (order == 0)
        return fail(err, IMJIN_USAGE, "a ruling is about two records; both are %.*s", (int)(r->a.count & 0xff), r->a.bytes);
    TRY(book_prepare(b, &s, "INSERT INTO ruling(a,b,same,reason,author,decided_on) VALUES(?,?,?,?,?,?)", err));
    enum imjin_status status = book_bind(b, s, err, "ttittt", order < 0 ? r->a : r->b, order < 0 ? r->b : r->a,
                                         (int64_t)r->same, reason, author, decided_on);
    if (status != IMJIN_OK) {
        sqlite3_finalize(s);
        return status;
    }
    return book_finish(b, s, err);
}

static enum imjin_status read_rulings(struct screen_book *b, sqlite3_stmt *s, struct buffer *rows, struct arena *a,
                                      struct error *err) {
    for (bool row;;) {
        TRY(book_step(b, s, &row, err));
        if (!row)
            return IMJIN_OK;
        struct span x = book_text(s, 0), y = book_text(s, 1);
        struct screen_ruling r = {{arena_text(a, x.bytes, x.count), x.count},
                                  {arena_text(a, y.bytes, y.count), y.count},
                                  sqlite3_column_int(s, 2) != 0};
        if (r.a.bytes == NULL || r.b.bytes == NULL)
            return fail_memory(err, "rulings");
        TRY(buffer_push(rows, &r, NULL, err));
    }
}

enum imjin_status screen_rulings(struct screen_book *b, struct screen_ruling **ret, uint32_t *ret_count, struct arena *a,
                                 struct error *err) {
    struct buffer rows = {.item_bytes = sizeof(struct screen_ruling), .items_max = 1 << 20, .what = "rulings"};
    sqlite3_stmt *s;
    *ret_count = 0;
    *ret = NULL;
    if (b->database == NULL)
        return IMJIN_OK;
    TRY(book_prepare(
        b, &s, "SELECT a,b,same FROM ruling WHERE number IN (SELECT max(number) FROM ruling GROUP BY a,b) ORDER BY a,b", err));
    enum imjin_status status = read_rulings(b, s, &rows, a, err);
    sqlite3_finalize(s);
    struct screen_ruling *copy = status == IMJIN_OK ? arena_new(a, rows.count + 1, sizeof *copy) : NULL;
    if (status == IMJIN_OK && copy == NULL)
        status = fail_memory(err, "rulings");
    if (status == IMJIN_OK) {
        if (rows.count)
            memcpy(copy, rows.items, rows.count * sizeof *copy);
        *ret = copy;
        *ret_count = (uint32_t)rows.count;
    }
    buffer_done(&rows);
    return status;
}
