/* Inside the room: the SQLite file behind a book. */
#ifndef IMJIN_SCREEN_BOOK_H
#define IMJIN_SCREEN_BOOK_H

#include <sqlite3.h>

#include "screen/screen.h"

struct screen_book {
    sqlite3 *database;     /* null: an empty book */
    sqlite3_stmt *decided; /* prepared when first used */
    struct text kept;      /* the texts of the last decision found */
    int64_t saving;        /* the batch that is being saved; 0: none */
    uint64_t saved_rows;
};

/* The database's own message as an error: IMJIN_BAD_INPUT for a damaged file, IMJIN_MACHINE for the rest. */
enum imjin_status book_fail(const struct screen_book *b, struct error *err);
enum imjin_status book_run(struct screen_book *b, const char *sql, struct error *err);
enum imjin_status book_prepare(struct screen_book *b, sqlite3_stmt **ret, const char *sql, struct error *err);
/* Binds in the order of the format: t a text (struct span), b a hash (const struct sha256 *), i an int64_t. */
enum imjin_status book_bind(struct screen_book *b, sqlite3_stmt *s, struct error *err, const char *format, ...);
/* Runs to the end a statement that gives no rows, and ends it. */
enum imjin_status book_finish(struct screen_book *b, sqlite3_stmt *s, struct error *err);
/* The next row: true in *ret_row, false at the end. */
enum imjin_status book_step(struct screen_book *b, sqlite3_stmt *s, bool *ret_row, struct error *err);
/* Texts of a row live until the next step. */
struct span book_text(sqlite3_stmt *s, int column);

#endif
