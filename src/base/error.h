/* Errors. Every function that can fail returns enum imjin_status and, on failure, fills one struct error; its outputs
 * (named ret_...) are left untouched. Zero is success. The library never prints; only the rooms cli and server do. */
#ifndef IMJIN_BASE_ERROR_H
#define IMJIN_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "imjin/status.h"

enum { ERROR_TEXT_MAX = 480, ERROR_FILE_MAX = 200, ERROR_COLUMN_MAX = 48, ERROR_VALUE_MAX = 80 };

/* What went wrong and where. `text` says what happened and what to do. `file`, `line`, `column` and `value` are set when
 * the fault lies in an input file; line 0 means "no line". `value` is escaped: printable ASCII only. */
struct error {
    enum imjin_status status;
    char text[ERROR_TEXT_MAX];
    char file[ERROR_FILE_MAX];
    uint64_t line;
    char column[ERROR_COLUMN_MAX];
    char value[ERROR_VALUE_MAX];
    int reason; /* errno of a machine failure; 0: none */
};

/* Fills `err` (which may be null) and returns `status`, so that a caller can write `return fail(err, ...)`. */
enum imjin_status fail(struct error *err, enum imjin_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As fail() with IMJIN_BAD_INPUT, for a value in an input file. `column` may be null; `value` need not end in NUL, is cut
 * and escaped. `file` null keeps what a caller further up will add with error_at(). */
enum imjin_status fail_value(struct error *err, const char *file, uint64_t line, const char *column, const char *value,
                             uint64_t value_bytes, const char *format, ...) __attribute__((format(printf, 7, 8)));

/* Adds the operating system's reason (errno) to a machine failure: `what` is "cannot write", `path` the file. */
enum imjin_status fail_errno(struct error *err, const char *what, const char *path);

/* Sets file and line on an error that has none yet; for readers that learn the place later than the fault. */
void error_at(struct error *err, const char *file, uint64_t line);

/* One line for people: `transfers.csv:1042: "to" is not an address (41 hex digits): 0x098b...`. Ends in NUL, cut to fit. */
void error_print(const struct error *err, char *ret_line, uint64_t line_bytes);

/* Copies bytes as printable ASCII (others as \xHH), cut with "..." to fit `out_bytes` including NUL. */
void escape_ascii(char *ret_out, uint64_t out_bytes, const char *bytes, uint64_t count);

/* A broken invariant of our own code: always on, prints to stderr and aborts. Never for bad input. */
_Noreturn void broken(const char *file, int line, const char *what);
#define INVARIANT(holds) ((holds) ? (void)0 : broken(__FILE__, __LINE__, #holds))

/* Returns from the calling function with the status of `call` unless it is IMJIN_OK. */
#define TRY(call)                                                                                                              \
    do {                                                                                                                       \
        enum imjin_status try_status = (call);                                                                                 \
        if (try_status != IMJIN_OK)                                                                                            \
            return try_status;                                                                                                 \
    } while (0)

#endif
