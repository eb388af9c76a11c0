#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set(struct error *err, enum imjin_status status, const char *format, va_list arguments) {
    if (err == NULL)
        return;
    memset(err, 0, sizeof *err);
    err->status = status;
    vsnprintf(err->text, sizeof err->text, format, arguments);
}

enum imjin_status fail(struct error *err, enum imjin_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    set(err, status, format, arguments);
    va_end(arguments);
    return status;
}

enum imjin_status fail_value(struct error *err, const char *file, uint64_t line, const char *column, const char *value,
                             uint64_t value_bytes, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    set(err, IMJIN_BAD_INPUT, format, arguments);
    va_end(arguments);
    if (err == NULL)
        return IMJIN_BAD_INPUT;
    if (file)
        snprintf(err->file, sizeof err->file, "%s", file);
    err->line = line;
    if (column)
        escape_ascii(err->column, sizeof err->column, column, strlen(column));
    if (value)
        escape_ascii(err->value, sizeof err->value, value, value_bytes);
    return IMJIN_BAD_INPUT;
}

enum imjin_status fail_errno(struct error *err, const char *what, const char *path) {
    int reason = errno;
    char text[128];
    /* strerror_r follows the locale; the program never calls setlocale, so messages stay in English */
    const char *said = strerror_r(reason, text, sizeof text);
    enum imjin_status status = reason == ENOENT ? IMJIN_NOT_FOUND : IMJIN_MACHINE;
    status = fail(err, status, "%s %s: %s", what, path, said);
    if (err)
        err->reason = reason;
    return status;
}

void error_at(struct error *err, const char *file, uint64_t line) {
    if (err == NULL)
        return;
    if (err->file[0] == '\0' && file)
        snprintf(err->file, sizeof err->file, "%s", file);
    if (err->line == 0)
        err->line = line;
}

void error_print(const struct error *err, char *ret_line, uint64_t line_bytes) {
    char place[ERROR_FILE_MAX + 32] = "", column[ERROR_COLUMN_MAX + 8] = "", value[ERROR_VALUE_MAX + 4] = "";
    if (err->file[0] && err->line)
        snprintf(place, sizeof place, "%s:%" PRIu64 ": ", err->file, err->line);
    else if (err->file[0])
        snprintf(place, sizeof place, "%s: ", err->file);
    if (err->column[0])
        snprintf(column, sizeof column, "\"%s\" ", err->column);
    bool subject = !err->column[0] && err->value[0] && strncmp(err->text, "is ", 3) == 0; /* who else could it be said of */
    if (err->value[0])
        snprintf(value, sizeof value, subject ? "\"%s\" " : ": %s", err->value);
    snprintf(ret_line, line_bytes, "%s%s%s%s", place, subject ? value : column, err->text, subject ? "" : value);
}

void escape_ascii(char *ret_out, uint64_t out_bytes, const char *bytes, uint64_t count) {
    static const char digits[] = "0123456789abcdef";
    uint64_t at = 0;
    if (out_bytes == 0)
        return;
    for (uint64_t i = 0; i < count; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool plain = c >= 0x20 && c < 0x7f;
        uint64_t need = plain ? 1 : 4;
        uint64_t reserve = i + 1 < count ? 4 : 1; /* room for "..." and NUL, or for NUL alone */
        if (at + need + reserve > out_bytes) {
            for (int dot = 0; dot < 3 && at + 1 < out_bytes; dot++)
                ret_out[at++] = '.';
            break;
        }
        if (plain) {
            ret_out[at++] = (char)c;
        } else {
            ret_out[at++] = '\\';
            ret_out[at++] = 'x';
            ret_out[at++] = digits[c >> 4];
            ret_out[at++] = digits[c & 15];
        }
    }
    ret_out[at] = '\0';
}

_Noreturn void broken(const char *file, int line, const char *what) {
    fprintf(stderr, "imjin: broken invariant at %s:%d: %s\nThis is a defect of the program; nothing was written.\n", file, line,
            what);
    abort();
}
