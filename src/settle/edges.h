/* From settled transactions to edges on the lines of holdings. */
#ifndef IMJIN_SETTLE_EDGES_H
#define IMJIN_SETTLE_EDGES_H

#include "settle/holdings.h"
#include "settle/run.h"

/* Holdings of the giver and the getter of a movement that is soon due, ID_NONE: not known. A guess: what it says is compared.
 */
struct guess {
    uint32_t from, to;
};
enum { GUESSES = 64 }; /* by the lowest bits of the movement's number; more than LOOK_NEAR */

struct edge_maker {
    const struct movement *movements; /* all of the ledger */
    struct ledger_counts counts;
    const struct asset_facts *facts;
    struct settler *settler;
    struct holdings holdings;
    struct run run;
    struct buffer bases, entries, order; /* of one transaction */
    uint32_t rules;
    struct guess guesses[GUESSES];
    uint64_t checked; /* movements before this one name what exists */
};
enum imjin_status settle_edge_maker_init(struct edge_maker *e, const struct ledger *l, const struct asset_facts *facts,
                                         uint32_t rules, const char *directory, struct error *err);
void settle_edge_maker_done(struct edge_maker *e);
/* Settles whole transactions from movement `at` on until `until` is reached or passed, and adds their edges to the run. */
enum imjin_status settle_edges_make(struct edge_maker *e, uint64_t at, uint64_t until, uint64_t *ret_at, struct error *err);
/* The rule of an edge that is a movement. */
uint8_t settle_plain_rule(const struct movement *m);

#endif
