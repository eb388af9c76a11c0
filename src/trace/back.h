/* What going backwards by pieces and by shares have in common. */
#ifndef IMJIN_TRACE_BACK_H
#define IMJIN_TRACE_BACK_H

#include "trace/inside.h"

struct stretch {
    u128 from, to;
};
/* Units [p, q) of an edge's in-stretch came from this stretch of its out-line. */
struct stretch back_stretch(const struct flow_edge *e, u128 p, u128 q);
/* Books an edge with the hops of its giver; ret_follow: its own past is looked at too. */
enum imjin_status back_arrive(struct tracer *t, const struct trace_edge *e, bool *ret_follow, struct error *err);
/* Books units with no past: a mint, or missing history. */
enum imjin_status back_origin(struct tracer *t, uint32_t theft, const struct holding *h, const struct flow_edge *e, u128 units,
                              u128 claim, uint16_t hops, struct error *err);
enum imjin_status back_pieces(struct tracer *t, uint64_t thefts, const struct progress *p, struct error *err); /* FIFO, LIFO */
enum imjin_status back_shares(struct tracer *t, uint64_t thefts, const struct progress *p,
                              struct error *err); /* haircut, poison */

#endif
