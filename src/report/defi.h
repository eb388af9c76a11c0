/* Inside of the room: what a transaction is, in words. */
#ifndef IMJIN_REPORT_DEFI_H
#define IMJIN_REPORT_DEFI_H

#include "report/jsonify.h"
#include "report/terminal.h"

/* A sentence for each finding, with what its account gave and got and what it rests on. */
enum imjin_status add_findings(struct text *t, const struct report_input *in, const struct settled *s,
                               const struct defi_result *found, struct error *err);
/* "kinds": [...]. */
enum imjin_status json_findings(struct json_writer *w, const struct report_input *in, const struct defi_result *found,
                                struct error *err);

#endif
