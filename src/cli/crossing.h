/* Claims that cross bridges: a trace goes on on the chains behind them, as far as the workspace has their ledgers. */
#ifndef IMJIN_CLI_CROSSING_H
#define IMJIN_CLI_CROSSING_H

#include "cli/follow.h"

struct crossing_set {
    struct bridge_store *store; /* null: the workspace knows no bridge, or nothing was to cross */
    struct bridge_result *matches;
    struct buffer items; /* struct report_crossing */
    struct buffer parts; /* struct crossing_part */
    struct buffer views; /* struct report_crossed, one a part */
    struct report_crossings report;
};

/* Follows what crosses from `f`, whose trace has run, by --cross; `in` then says it to the reports. Call crossing_done() in any
 * case. */
enum imjin_status crossing_run(struct crossing_set *c, struct session *s, const struct following *f, struct report_input *in,
                               struct error *err);
void crossing_done(struct crossing_set *c);

#endif
