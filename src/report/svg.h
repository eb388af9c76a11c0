/* Inside the room: pictures. Each is one <svg> element, the same bytes in a file of its own and inside the HTML. */
#ifndef IMJIN_REPORT_SVG_H
#define IMJIN_REPORT_SVG_H

#include "report/flow.h"

/* The flow picture with headings, legend and what was folded. */
enum imjin_status svg_flow(struct text *t, const struct report_input *in, const struct flow *f, struct error *err);
/* Claims by day: moved and changed above the line, arrivals at stops below. */
enum imjin_status svg_timeline(struct text *t, const struct report_input *in, const struct totals *totals, struct error *err);
/* One bar that adds up to what was stolen of one asset. */
void svg_bar(struct text *t, const struct asset_total *total);

/* Colours by what became of the money; names for legends. stop STOP_NONE: `holding` or passed on. */
struct look {
    const char *name, *strong, *pale;
};
extern const struct look look_source, look_passed, look_holding, look_fees;
const struct look *look_of_stop(unsigned stop);

/* Lengths are tenths of a unit, printed as decimals. */
void add_tenths(struct text *t, int64_t tenths);
/* ` x="1.2"` and the like. */
void add_attribute(struct text *t, const char *name, int64_t tenths);

#endif
