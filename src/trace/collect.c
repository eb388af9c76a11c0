#include <stdlib.h>

#include "trace/inside.h"

enum { COMPACT_FIRST = 1 << 16 };

#define COMPARE(a, b)                                                                                                          \
    if ((a) != (b))                                                                                                            \
    return (a) < (b) ? -1 : 1

static int edge_compare(const void *left, const void *right) {
    const struct trace_edge *a = left, *b = right;
    COMPARE(a->tx.n, b->tx.n);
    COMPARE(a->movement, b->movement);
    COMPARE(a->theft, b->theft);
    COMPARE(a->from.n, b->from.n);
    COMPARE(a->to.n, b->to.n);
    COMPARE(a->asset_out.n, b->asset_out.n);
    COMPARE(a->asset_in.n, b->asset_in.n);
    COMPARE(a->rule, b->rule);
    COMPARE(a->weighed_equally, b->weighed_equally);
    return 0;
}

static int rest_compare(const void *left, const void *right) {
    const struct trace_rest *a = left, *b = right;
    COMPARE(a->theft, b->theft);
    COMPARE(a->account.n, b->account.n);
    COMPARE(a->asset.n, b->asset.n);
    COMPARE(a->tx.n, b->tx.n);
    COMPARE(a->stop, b->stop);
    return 0;
}

void collector_init(struct collector *c) {
    *c = (struct collector){
        .edges = {.item_bytes = sizeof(struct trace_edge), .items_max = TRACE_ITEMS_MAX, .what = "edges of a trace"},
        .rests = {.item_bytes = sizeof(struct trace_rest), .items_max = TRACE_ITEMS_MAX, .what = "resting claims of a trace"},
        .edges_compact_at = COMPACT_FIRST,
        .rests_compact_at = COMPACT_FIRST,
    };
}

void collector_done(struct collector *c) {
    buffer_done(&c->edges);
    buffer_done(&c->rests);
}

static void edges_compact(struct collector *c) {
    struct trace_edge *edges = c->edges.items;
    uint64_t kept = 0;
    if (c->edges.count == 0)
        return;
    qsort(edges, c->edges.count, sizeof *edges, edge_compare);
    for (uint64_t i = 1; i < c->edges.count; i++) {
        struct trace_edge *last = &edges[kept];
        if (edge_compare(last, &edges[i]) != 0) {
            edges[++kept] = edges[i];
            continue;
        }
        last->units_out += edges[i].units_out;
        last->units_in += edges[i].units_in;
        last->claim += edges[i].claim;
        if (edges[i].hops < last->hops)
            last->hops = edges[i].hops;
    }
    c->edges.count = kept + 1;
}

static void rests_compact(struct collector *c) {
    struct trace_rest *rests = c->rests.items;
    uint64_t kept = 0;
    if (c->rests.count == 0)
        return;
    qsort(rests, c->rests.count, sizeof *rests, rest_compare);
    for (uint64_t i = 1; i < c->rests.count; i++) {
        if (rest_compare(&rests[kept], &rests[i]) != 0) {
            rests[++kept] = rests[i];
            continue;
        }
        rests[kept].units += rests[i].units;
        rests[kept].claim += rests[i].claim;
    }
    c->rests.count = kept + 1;
}

void collector_compact(struct collector *c) {
    edges_compact(c);
    rests_compact(c);
}

/* Joining as it goes bounds memory by what is different, not by how many pieces went over an edge. */
enum imjin_status collector_edge(struct collector *c, const struct trace_edge *e, struct error *err) {
    if (c->edges.count >= c->edges_compact_at) {
        edges_compact(c);
        c->edges_compact_at = c->edges.count > COMPACT_FIRST / 2 ? 2 * c->edges.count : COMPACT_FIRST;
    }
    return buffer_push(&c->edges, e, NULL, err);
}

enum imjin_status collector_rest(struct collector *c, const struct trace_rest *r, struct error *err) {
    if (c->rests.count >= c->rests_compact_at) {
        rests_compact(c);
        c->rests_compact_at = c->rests.count > COMPACT_FIRST / 2 ? 2 * c->rests.count : COMPACT_FIRST;
    }
    return buffer_push(&c->rests, r, NULL, err);
}

static enum imjin_status move_all(struct buffer *to, struct buffer *from, struct error *err) {
    if (to->count == 0) {
        struct buffer empty = *to;
        *to = *from;
        *from = empty;
        return IMJIN_OK;
    }
    if (from->count) {
        TRY(buffer_reserve(to, from->count, err));
        memcpy((char *)to->items + to->count * to->item_bytes, from->items, from->count * from->item_bytes);
        to->count += from->count;
    }
    buffer_done(from);
    return IMJIN_OK;
}

enum imjin_status collector_take(struct collector *c, struct collector *from, struct error *err) {
    TRY(move_all(&c->edges, &from->edges, err));
    return move_all(&c->rests, &from->rests, err);
}
