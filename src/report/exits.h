/* Inside the room: where notes that a trace followed into mixers may have come out. Both write nothing where in->mixer is null.
 */
#ifndef IMJIN_REPORT_EXITS_H
#define IMJIN_REPORT_EXITS_H

#include "report/jsonify.h"

enum imjin_status exits_text(struct text *t, const struct report_input *in, struct error *err);
/* The member "mixer_leads" of an open object. */
enum imjin_status exits_json(struct json_writer *w, const struct report_input *in, struct error *err);

void add_millionths(struct text *t, uint32_t millionths); /* "0.970" */
void add_bits(struct text *t, int32_t thousandths);       /* "+3.5" bits */

#endif
