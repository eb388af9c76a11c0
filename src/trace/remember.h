/* What is kept between traces: trace_memory, from inside. */
#ifndef IMJIN_TRACE_REMEMBER_H
#define IMJIN_TRACE_REMEMBER_H

#include "trace/replay_index.h"

/* Takes the memory for one trace; verdicts made under other rules are forgotten. False when there is none or it is taken. */
bool memory_take(struct trace_memory *m, const struct trace_input *in, const struct trace_request *r);
void memory_release(struct trace_memory *m);
/* Exchanges what a worker knows with what the memory has for it. */
void memory_swap_verdicts(struct trace_memory *m, struct verdicts *v, unsigned worker);
struct replay_index *memory_index(struct trace_memory *m);

#endif
