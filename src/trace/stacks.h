/* LIFO: which units of a holding's in-line each unit of its out-line is. Rebuilt from the holding's edges when it is first
 * reached, kept for the next theft. One thread. */
#ifndef IMJIN_TRACE_STACKS_H
#define IMJIN_TRACE_STACKS_H

#include "trace/inside.h"

/* Units [in_from, in_to) of the in-line left newest first, from out_from on. */
struct lifo_run {
    u128 in_from, in_to, out_from;
};
struct stacks {
    const struct trace_input *in;
    bool by_out;        /* the runs of a holding by out_from, for going backwards; else by in_from */
    struct buffer runs; /* struct lifo_run: those of one holding together */
    struct stack_slot *slots;
    uint64_t room, count;
    struct buffer stack; /* scratch: the unspent stretches, the newest last */
};
void stacks_init(struct stacks *s, const struct trace_input *in, bool by_out);
void stacks_done(struct stacks *s);
/* Between thefts: forgets everything when it has grown too large. */
void stacks_trim(struct stacks *s);
/* The runs of a holding in their order; valid until the next call. */
enum imjin_status stacks_of(struct stacks *s, struct holding_id h, const struct lifo_run **ret, uint64_t *ret_count,
                            struct error *err);

/* The draws of a holding, transaction by transaction. */
struct draw_reader {
    struct edge_cursor cursor;
    struct flow_edge next;
    bool more;
    struct buffer *edges; /* struct flow_edge: those of the transaction, the fee's first; the caller's */
};
/* One transaction's draws: the fee's [from, fee_to), then the others' [fee_to, to). Lengths of the in-line when each is made.
 */
struct draws {
    uint32_t tx;
    u128 from, fee_to, to;
    u128 received_fee, received;
    uint64_t fee_edges; /* how many of the edges are the fee's */
};
enum imjin_status draws_open(struct draw_reader *r, const struct trace_input *in, struct holding_id h, uint32_t tx_from,
                             struct buffer *edges, struct error *err);
/* Only when r->more. */
enum imjin_status draws_next(struct draw_reader *r, struct draws *ret, struct error *err);

#endif
