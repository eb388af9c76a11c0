/* Tables of text as RFC 4180 has them: quoted fields may hold separators, line ends and doubled quotes. Lines end in LF or
 * CRLF, mixed as they come; a CR that ends no line is refused. A byte order mark of UTF-8 is passed over. Nothing is guessed: a
 * quote inside an unquoted field, text behind a closing quote and a NUL are errors. */
#ifndef IMJIN_CODEC_CSV_H
#define IMJIN_CODEC_CSV_H

#include "codec/input.h"

struct csv_reader;

/* One row. Fields are without their quotes and live until the next call. */
struct csv_row {
    const struct span *fields;
    uint32_t count;
    uint64_t line;         /* where it begins, from 1 */
    uint64_t offset_after; /* of the stream: where the next row begins */
    uint64_t line_after;
};

/* Takes over a window at the beginning of its stream (*w is cleared) unless it fails. `separator` is ',', ';' or a tab. */
enum imjin_status csv_new(struct csv_reader **ret, struct window *w, char separator, struct error *err);
void csv_free(struct csv_reader *r); /* null is fine */

/* The next row that is not empty; *ret null at the end. IMJIN_BAD_INPUT with file and line for
 * - a row that cannot be read: misplaced quote, NUL, a field above CSV_FIELD_BYTES_MAX, more than CSV_COLUMNS_MAX columns. The
 * next call goes on behind it;
 * - a file that cannot be read on, then csv_broken() is true: a quote never closed (with the line that opened it), a row above
 *   CSV_ROW_BYTES_MAX, a lone CR, damaged compression. */
enum imjin_status csv_next(struct csv_reader *r, const struct csv_row **ret, struct error *err);
[[nodiscard]] bool csv_broken(const struct csv_reader *r);

/* Goes on at a place that an earlier row named as offset_after and line_after; never backwards. */
enum imjin_status csv_forward(struct csv_reader *r, uint64_t offset, uint64_t line, struct error *err);

/* The same window for text that is read line by line (JSON lines): the next line that is not blank, without its line end. */
struct line_reader {
    struct window window;
    uint64_t at, line;
    bool broken;
};
struct text_line {
    struct span text;
    uint64_t line, offset_after;
};
/* Takes over the window as csv_new() does. */
enum imjin_status line_reader_init(struct line_reader *r, struct window *w, struct error *err);
void line_reader_done(struct line_reader *r);
/* ret->text.bytes null at the end. A line above CSV_ROW_BYTES_MAX or one that holds a NUL is IMJIN_BAD_INPUT; `broken` as
 * above. */
enum imjin_status line_next(struct line_reader *r, struct text_line *ret, struct error *err);
enum imjin_status line_forward(struct line_reader *r, uint64_t offset, uint64_t line, struct error *err);

#endif
