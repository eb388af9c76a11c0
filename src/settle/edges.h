/* From settled transactions to edges on the lines of holdings. */
#ifndef IMJIN_SETTLE_EDGES_H
#define IMJIN_SETTLE_EDGES_H

#include "settle/holdings.h"

struct edge_maker {
    const struct movement *movements; /* all of the ledger */
    struct settler *settler;
    struct holdings holdings;
    struct run run;
    struct buffer bases, side_numbers, order; /* of one transaction: line positions, places in the side table, links by gain */
};
/* Settles movements [first, first + count), one transaction, and adds its edges to the run. */
enum imjin_status settle_edges_make(struct edge_maker *e, uint64_t first, uint32_t count, struct error *err);
enum imjin_status settle_edge_maker_init(struct edge_maker *e, const struct movement *movements,
                                         const struct asset_facts *facts, uint32_t rules, struct error *err);
void settle_edge_maker_done(struct edge_maker *e);
void settle_run_empty(struct run *r);
uint64_t settle_run_bytes(const struct run *r);
/* The rule of an edge that has no record in the side table. */
uint8_t settle_plain_rule(uint32_t from, const struct movement *m);

#endif
