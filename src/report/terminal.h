/* Inside the room: words for terminals. */
#ifndef IMJIN_REPORT_TERMINAL_H
#define IMJIN_REPORT_TERMINAL_H

#include "report/names.h"

/* A heading on a line of its own, after an empty line, bold when colours are on. */
void add_heading(struct text *t, const struct report_input *in, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Columns: what is written between cell_begin and cell_end, padded. */
struct cell {
    struct text text;
};
void cell_end(struct text *t, struct cell *c, unsigned columns);
void cell_end_right(struct text *t, struct cell *c, unsigned columns);
/* Ends a line without the blanks that padding left. */
void end_line(struct text *t);
/* A line that says how many assets were left out, and why; nothing when none were. */
void add_left_out(struct text *t, const struct shown_assets *shown);
/* "Label (category)", or "" when nothing is known. */
void add_label(struct text *t, const struct account_name *name);
/* The address and, when there is one, the label in brackets. */
enum imjin_status add_account(struct text *t, const struct report_input *in, struct account_id id, struct error *err);

#endif
