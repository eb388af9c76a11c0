#include "trace/stacks.h"

#include <stdlib.h>

struct stretch {
    u128 from, to;
};
struct stack_slot {
    uint32_t holding_plus_one;
    uint64_t first, count;
};

enum { SLOTS_FIRST = 64 };

enum imjin_status draws_open(struct draw_reader *r, const struct trace_input *in, struct holding_id h, uint32_t tx_from,
                             struct buffer *edges, struct error *err) {
    r->edges = edges;
    TRY(edges_since(in, h, DIRECTION_OUT, tx_from, &r->cursor, err));
    return edges_next(&r->cursor, &r->next, &r->more, err);
}

static enum imjin_status unknown_in_tx(const struct compiled *c, struct holding_id h, struct tx_id tx, u128 *ret,
                                       struct error *err) {
    struct edge_cursor cursor;
    struct flow_edge e;
    bool more;
    u128 units = 0;
    TRY(edges_from_tx(c, h, DIRECTION_IN, tx, &cursor, err));
    for (;;) {
        TRY(edges_next(&cursor, &e, &more, err));
        if (!more || e.tx.n != tx.n)
            break;
        units += e.rule == RULE_UNKNOWN ? e.in_units : 0;
    }
    *ret = units;
    return IMJIN_OK;
}

/* The compiled ledger tells the in-line's length with all missing history of the transaction; a fee drawn before the rest saw
 * only its own. */
static enum imjin_status fee_room(const struct draw_reader *r, struct draws *d, struct error *err) {
    u128 unknown;
    d->received_fee = d->received;
    if (d->fee_to == d->from || d->fee_to == d->to || d->received != d->to)
        return IMJIN_OK;
    TRY(unknown_in_tx(r->cursor.compiled, r->cursor.holding, (struct tx_id){d->tx}, &unknown, err));
    d->received_fee = d->received - unknown > d->fee_to ? d->received - unknown : d->fee_to;
    return IMJIN_OK;
}

enum imjin_status draws_next(struct draw_reader *r, struct draws *ret, struct error *err) {
    struct draws d = {.tx = r->next.tx.n, .from = r->next.out_from, .fee_to = r->next.out_from, .to = r->next.out_from};
    r->edges->count = 0;
    while (r->more && r->next.tx.n == d.tx) {
        u128 end = r->next.out_from + r->next.out_units;
        if (r->next.rule == RULE_FEE) {
            d.fee_to = end;
            d.fee_edges++;
        }
        d.to = end > d.to ? end : d.to;
        TRY(buffer_push(r->edges, &r->next, NULL, err));
        TRY(edges_next(&r->cursor, &r->next, &r->more, err));
    }
    TRY(compiled_received_before(r->cursor.compiled, r->cursor.holding, (struct tx_id){d.tx}, &d.received, err));
    if (d.received < d.to)
        return fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged: more spent than received");
    TRY(fee_room(r, &d, err));
    *ret = d;
    return IMJIN_OK;
}

void stacks_init(struct stacks *s, const struct trace_input *in, bool by_out) {
    *s = (struct stacks){
        .in = in,
        .by_out = by_out,
        .runs = {.item_bytes = sizeof(struct lifo_run), .items_max = TRACE_ITEMS_MAX, .what = "LIFO runs"},
        .stack = {.item_bytes = sizeof(struct stretch), .items_max = TRACE_ITEMS_MAX, .what = "LIFO stack"},
    };
}

void stacks_done(struct stacks *s) {
    buffer_done(&s->runs);
    buffer_done(&s->stack);
    memory_free(s->slots);
    s->slots = NULL;
    s->room = s->count = 0;
}

void stacks_trim(struct stacks *s) {
    if (s->runs.room * sizeof(struct lifo_run) > TRACE_STACK_BYTES_KEPT)
        stacks_done(s);
}

static enum imjin_status stack_receive(struct stacks *s, u128 *received, u128 upto, struct error *err) {
    struct stretch *stack = s->stack.items;
    if (upto <= *received)
        return IMJIN_OK;
    if (s->stack.count && stack[s->stack.count - 1].to == *received) {
        stack[s->stack.count - 1].to = upto;
    } else {
        struct stretch fresh = {*received, upto};
        TRY(buffer_push(&s->stack, &fresh, NULL, err));
    }
    *received = upto;
    return IMJIN_OK;
}

static enum imjin_status stack_draw(struct stacks *s, u128 from, u128 to, struct error *err) {
    struct stretch *stack = s->stack.items;
    while (from < to) {
        if (s->stack.count == 0)
            return fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged: more spent than received");
        struct stretch *top = &stack[s->stack.count - 1];
        u128 units = top->to - top->from < to - from ? top->to - top->from : to - from;
        struct lifo_run run = {top->to - units, top->to, from};
        TRY(buffer_push(&s->runs, &run, NULL, err));
        from += units;
        top->to -= units;
        s->stack.count -= top->to == top->from;
    }
    return IMJIN_OK;
}

static int run_compare(const void *left, const void *right) {
    const struct lifo_run *a = left, *b = right;
    return a->in_from < b->in_from ? -1 : a->in_from > b->in_from;
}

static enum imjin_status stack_replay(struct stacks *s, struct holding_id h, struct buffer *edges, struct error *err) {
    struct draw_reader reader;
    u128 received = 0;
    s->stack.count = 0;
    TRY(draws_open(&reader, s->in, h, 0, edges, err));
    while (reader.more) {
        struct draws d = {0};
        TRY(draws_next(&reader, &d, err));
        TRY(stack_receive(s, &received, d.received_fee, err));
        TRY(stack_draw(s, d.from, d.fee_to, err));
        TRY(stack_receive(s, &received, d.received, err));
        TRY(stack_draw(s, d.fee_to, d.to, err));
    }
    return IMJIN_OK;
}

static struct stack_slot *slot_of(struct stack_slot *slots, uint64_t room, uint32_t holding) {
    uint64_t i = (holding * (uint64_t)0x9E3779B1 >> 5) & (room - 1);
    while (slots[i].holding_plus_one && slots[i].holding_plus_one != holding + 1)
        i = (i + 1) & (room - 1);
    return &slots[i];
}

static enum imjin_status slots_grow(struct stacks *s, struct error *err) {
    uint64_t room = s->room ? 2 * s->room : SLOTS_FIRST;
    struct stack_slot *slots = memory_new(room, sizeof *slots);
    if (slots == NULL)
        return fail_memory(err, "LIFO stacks");
    for (uint64_t i = 0; i < s->room; i++)
        if (s->slots[i].holding_plus_one)
            *slot_of(slots, room, s->slots[i].holding_plus_one - 1) = s->slots[i];
    memory_free(s->slots);
    s->slots = slots;
    s->room = room;
    return IMJIN_OK;
}

static enum imjin_status stacks_build(struct stacks *s, struct holding_id h, struct stack_slot *slot, struct error *err) {
    struct buffer edges = {.item_bytes = sizeof(struct flow_edge), .items_max = TRACE_ITEMS_MAX, .what = "edges"};
    uint64_t first = s->runs.count;
    enum imjin_status status = stack_replay(s, h, &edges, err);
    buffer_done(&edges);
    if (status != IMJIN_OK) {
        s->runs.count = first;
        return status;
    }
    if (s->runs.count > first && !s->by_out) /* they were made by out_from */
        qsort((struct lifo_run *)s->runs.items + first, s->runs.count - first, sizeof(struct lifo_run), run_compare);
    *slot = (struct stack_slot){h.n + 1, first, s->runs.count - first};
    s->count++;
    return IMJIN_OK;
}

enum imjin_status stacks_of(struct stacks *s, struct holding_id h, const struct lifo_run **ret, uint64_t *ret_count,
                            struct error *err) {
    if (2 * s->count >= s->room)
        TRY(slots_grow(s, err));
    struct stack_slot *slot = slot_of(s->slots, s->room, h.n);
    if (slot->holding_plus_one == 0)
        TRY(stacks_build(s, h, slot, err));
    /* a holding that received nothing has no runs, and perhaps no holding has any yet */
    *ret = slot->count ? (const struct lifo_run *)s->runs.items + slot->first : NULL;
    *ret_count = slot->count;
    return IMJIN_OK;
}
