/* The second engine: one pass in time order over the whole ledger, every transaction settled, real queues at the holdings that
 * stolen money reached. One thread. Memory: 8 bytes a movement, 16 a holding of the
 * ledger. */
#ifndef IMJIN_TRACE_REPLAY_H
#define IMJIN_TRACE_REPLAY_H

#include "trace/replay_index.h"

struct replay;
/* `index` (null: made for this replay alone) may be of another ledger; it is made for this one then. */
enum imjin_status replay_new(struct replay **ret, struct tracer *t, struct replay_index *index, const struct progress *p,
                             struct error *err);
void replay_free(struct replay *r);
/* One pass for the thefts of the plan from `first` on. */
enum imjin_status replay_thefts(struct replay *r, uint64_t first, struct error *err);
struct inflow_reader replay_reader(struct replay *r);
struct shortage_reader replay_shortages(struct replay *r);
struct unknown_reader replay_unknown(struct replay *r);

#endif
