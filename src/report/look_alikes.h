/* Inside the room: look-alike addresses, folded behind a count, and listed for those who ask. */
#ifndef IMJIN_REPORT_LOOK_ALIKES_H
#define IMJIN_REPORT_LOOK_ALIKES_H

#include "codec/json.h"
#include "report/standing.h"

/* Those that showed themselves to accounts of the trace; services and accounts with more movements than the limits are passed
 * over. look_alikes_done() frees them; `a` is for the time of the call. */
enum imjin_status look_alikes_of_trace(const struct report_input *in, struct arena *a, struct look_alikes *ret,
                                       struct error *err);
/* "12 addresses begin and end like 3 counterparties (...): folded away." No line's end. */
void look_alikes_say(struct text *t, const struct look_alikes *r);
/* "look_alikes": {...}, with all of them. */
enum imjin_status json_look_alikes(struct json_writer *w, const struct report_input *in, const struct look_alikes *r,
                                   struct error *err);

#endif
