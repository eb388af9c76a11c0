/* Inside the room: outside text made visible and escaped for each format, amounts, shares and times for people. */
#ifndef IMJIN_REPORT_WRITE_H
#define IMJIN_REPORT_WRITE_H

#include "report/report.h"

enum { MARKUP_TEXT_MAX = 20 * REPORT_OUTSIDE_TEXT_MAX /* notes of a case file are paragraphs */ };

/* Length of the UTF-8 sequence at `s` (shortest form, no surrogates), or 0 when it is none. */
unsigned utf8_read(const uint8_t *s, uint64_t count, uint32_t *ret_point);
/* Signs that show nothing or change how others are shown. */
[[nodiscard]] bool sign_is_hidden(uint32_t point);
/* Appends `outside` as visible UTF-8: control, bidirectional, invisible and invalid bytes as \u{...} or \xHH, a third combining
 * mark in a row as well; cut behind `bytes_max` bytes of input with "...". */
void add_visible(struct text *t, struct span outside, uint64_t bytes_max);
/* The same, and & < > " ' as references: for HTML and XML, in text and in quoted attributes. */
void add_markup(struct text *t, struct span outside);
void add_markup_string(struct text *t, const char *string); /* null: nothing */
/* One cell of a CSV for spreadsheets: visible, quoted when needed, no formula. No comma added. */
void add_cell(struct text *t, struct span outside);
void add_cell_string(struct text *t, const char *string);

/* Frees a helper text. Its failure becomes that of `t`: it must not pass for success. */
void text_fold(struct text *t, struct text *part);

/* Columns that visible UTF-8 takes in a fixed-width font: wide East Asian signs and emoji count two. */
unsigned visible_columns(struct span visible);
/* Cuts visible UTF-8 to `columns`, the last of them an ellipsis when something was cut. */
void add_fitted(struct text *t, struct span visible, unsigned columns);
/* Left-aligned and padded (at least one blank follows); for tables on a terminal. */
void add_padded(struct text *t, struct span visible, unsigned columns);
void add_padded_right(struct text *t, struct span visible, unsigned columns);

void add_count(struct text *t, uint64_t n); /* 1,234,567 */
/* "account" or "accounts", with the count before it. */
void add_counted(struct text *t, uint64_t n, const char *one, const char *many);
/* "97.1 %", rounded down; "under 0.1 %" for a small part, "100 %" only for the whole. */
void add_percent(struct text *t, struct u256 part, struct u256 whole);
/* part * scale / whole, rounded down; 0 when whole is 0; part <= whole or the result is scale. */
uint64_t share_of(struct u256 part, struct u256 whole, uint64_t scale);
void add_time(struct text *t, int64_t time);
enum { DAY_PRINT_MAX = 16 };
void day_print(int64_t time, char ret_day[DAY_PRINT_MAX]); /* "2022-03-23", or "unknown" */

/* A growing text that is emptied into a file whenever it passes a megabyte; file null: never. */
void drain(struct text *t, struct file_writer *file);
void drain_all(struct text *t, struct file_writer *file);

static inline struct u256 wide(u128 v) { return u256_from_u128(v); }
static inline bool u256_zero(struct u256 v) { return (v.word[0] | v.word[1] | v.word[2] | v.word[3]) == 0; }
static inline struct span span_of_text(const struct text *t) { return (struct span){t->bytes ? t->bytes : "", t->count}; }

#endif
