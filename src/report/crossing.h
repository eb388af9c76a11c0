/* Inside the room: what crossed bridges. Both write nothing where nothing crossed. */
#ifndef IMJIN_REPORT_CROSSING_H
#define IMJIN_REPORT_CROSSING_H

#include "report/jsonify.h"

enum imjin_status crossings_text(struct text *t, const struct report_input *in, struct error *err);
/* The members "crossings" and "behind_bridges" of an open object. */
enum imjin_status crossings_json(struct json_writer *w, const struct report_input *in, struct error *err);

#endif
