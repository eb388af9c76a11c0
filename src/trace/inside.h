/* What the files of the room trace share. No other room includes this. */
#ifndef IMJIN_TRACE_INSIDE_H
#define IMJIN_TRACE_INSIDE_H

#include "trace/limits.h"
#include "trace/trace.h"

/* ---- what is traced: thefts as stretches of one holding's in-line (source.c, replay_source.c) ---- */

/* When a stretch of a source's in-line arrives within its transaction. */
enum origin_order { ORIGIN_BEFORE_FEE, ORIGIN_BEFORE_DRAW, ORIGIN_GAIN };
struct origin {
    u128 from, units;
    uint32_t tx;
    uint8_t order;
};
struct theft_plan {
    struct account_id account;
    struct asset_id asset;
    struct holding_id holding;           /* of the compiled ledger; ID_NONE without one */
    uint64_t origin_first, origin_count; /* in plan.origins, by position */
    u128 units;
    bool suspected;
};
/* What of the in-lines is stolen already (taken.c). */
struct taken {
    struct taken_slot *slots; /* by (account, asset) */
    uint64_t room, count;
    struct buffer stretches;
};
void taken_init(struct taken *t);
void taken_done(struct taken *t);
/* How many units of the holding are taken. */
u128 taken_units(const struct taken *t, struct account_id account, struct asset_id asset);
/* Whether unit `at` of the holding's in-line is taken; ret_until is where that changes. */
bool taken_at(const struct taken *t, struct account_id account, struct asset_id asset, u128 at, u128 *ret_until);
/* Takes a stretch that is free. */
enum imjin_status taken_add(struct taken *t, struct account_id account, struct asset_id asset, u128 from, u128 units,
                            struct error *err);
/* A stretch of a theft of the request; none overlaps another. */
struct stolen {
    uint32_t account, asset, theft;
    u128 from, to;
};
struct plan {
    struct buffer thefts;   /* struct theft_plan */
    struct buffer origins;  /* struct origin */
    struct buffer accounts; /* uint32_t: accounts of the request's sources, sorted, each once */
    struct buffer stolen;   /* struct stolen: of thefts that are not suspected, by account, asset, from */
    struct buffer notes;    /* struct trace_note */
    struct taken taken;     /* by the thefts of the request */
    uint32_t horizon_tx;    /* transactions at or behind it are past the time limit */
};
void plan_init(struct plan *p);
void plan_done(struct plan *p);
static inline const struct theft_plan *plan_theft(const struct plan *p, uint64_t i) {
    return (const struct theft_plan *)p->thefts.items + i;
}
static inline const struct origin *plan_origin(const struct plan *p, uint64_t i) {
    return (const struct origin *)p->origins.items + i;
}
/* Opens a theft without origins; plan_add_origin() adds to the last theft. A theft of nothing is taken out again by
 * plan_end_theft(). */
enum imjin_status plan_add_theft(struct plan *p, struct account_id account, struct asset_id asset, struct holding_id holding,
                                 bool suspected, struct error *err);
enum imjin_status plan_add_origin(struct plan *p, struct origin o, struct error *err);
bool plan_end_theft(struct plan *p);
/* Sorts the tables that look-ups need; after the last theft of the request. */
enum imjin_status plan_index(struct plan *p, struct error *err);
bool plan_is_source(const struct plan *p, struct account_id a);
/* Which other thefts' stolen stretches units [from, to) of the holding's in-line touch: adds a trace_overlap each. */
enum imjin_status plan_overlaps(const struct plan *p, uint32_t theft, struct account_id account, struct asset_id asset,
                                u128 from, u128 to, struct buffer *overlaps, struct error *err);

struct receiver {
    uint32_t account, asset;
};
/* Where the in-lines of sources are read from: the compiled ledger, or transactions settled anew. */
struct inflow_reader {
    void *context;
    /* Assets that `account` ever received, ascending. */
    enum imjin_status (*assets)(void *context, struct account_id account, struct buffer *ret_assets, struct error *err);
    /* The in-line of (account, asset) in the transactions from tx_first to tx_last, until at least `units` are there. */
    enum imjin_status (*inflows)(void *context, struct account_id account, struct asset_id asset, uint32_t tx_first,
                                 uint32_t tx_last, u128 units, struct buffer *ret_origins, struct error *err);
    /* (account, asset) pairs of the accounts that only got something in a transaction, fees aside. */
    enum imjin_status (*receivers)(void *context, const struct ledger_tx *tx, struct buffer *ret, struct error *err);
    struct holding_id (*holding)(void *context, struct account_id account, struct asset_id asset);
};
enum imjin_status plan_make(struct plan *p, const struct trace_input *in, const struct trace_request *request,
                            const struct inflow_reader *reader, struct error *err);
/* As edges_from_tx, for any number: behind the last transaction there are no edges. */
enum imjin_status edges_since(const struct trace_input *in, struct holding_id h, enum direction d, uint32_t tx,
                              struct edge_cursor *ret, struct error *err);
/* The compiled ledger as a reader. */
struct inflow_reader compiled_reader(const struct trace_input *in);

/* ---- stops (stops.c) ---- */

struct verdict {
    uint32_t account;
    uint8_t state; /* 0: empty slot, 1: label known, 2: stop known too */
    uint8_t role;  /* enum label_role */
    uint8_t stop;  /* at this account by any payment; DeFi aside */
    bool conflict;
    uint32_t service; /* STOP_DEPOSIT: whose */
    uint64_t tag;
};
struct verdicts {
    const struct trace_input *in;
    const struct trace_request *request;
    struct verdict *slots;
    uint64_t room, count;
    struct buffer seen; /* uint32_t: hash set of counterparties, scratch */
};
void verdicts_init(struct verdicts *v, const struct trace_input *in, const struct trace_request *request);
void verdicts_done(struct verdicts *v);
enum imjin_status verdict_label(struct verdicts *v, struct account_id a, struct verdict *ret, struct error *err);
enum imjin_status verdict_full(struct verdicts *v, struct account_id a, struct verdict *ret, struct error *err);

/* ---- what comes out (collect.c, accounts.c) ---- */

struct collector {
    struct buffer edges, rests; /* struct trace_edge, struct trace_rest: unsorted, equal ones not yet joined */
    uint64_t edges_compact_at, rests_compact_at;
};
void collector_init(struct collector *c);
void collector_done(struct collector *c);
enum imjin_status collector_edge(struct collector *c, const struct trace_edge *e, struct error *err);
enum imjin_status collector_rest(struct collector *c, const struct trace_rest *r, struct error *err);
/* Sorts, joins equal ones. */
void collector_compact(struct collector *c);
/* Moves everything of `from` behind `c`'s own. */
enum imjin_status collector_take(struct collector *c, struct collector *from, struct error *err);

/* How much missing history the holding has; for the accounts' table. */
struct unknown_reader {
    void *context;
    enum imjin_status (*unknown)(void *context, struct account_id account, struct asset_id asset, u128 *ret, struct error *err);
};
struct unknown_reader compiled_unknown(const struct trace_input *in);
/* Forwards with claims, forwards without (poison), or backwards, where an account's claims are those that came through it. */
enum result_kind { RESULT_CLAIMS, RESULT_REACH, RESULT_BACKWARDS };
/* Makes the result out of everything collected: sorted, joined, with the accounts. Copies; the collector stays the caller's. */
enum imjin_status result_make(struct trace_result **ret, const struct plan *p, struct collector *c, struct verdicts *v,
                              const struct trace_theft *thefts, const struct unknown_reader *unknown, enum result_kind kind,
                              struct error *err);

/* ---- one worker (arrive.c) ---- */

struct tracer {
    const struct trace_input *in;
    const struct trace_request *request;
    const struct plan *plan;
    struct trace_theft *thefts; /* shared; a theft belongs to one worker */
    struct verdicts verdicts;
    struct collector collector;
    uint64_t pieces;
    struct buffer overlaps; /* struct trace_overlap */
    struct buffer reached;  /* struct reached: only when unknown origins are followed */
};
/* A holding where stolen money arrived and was followed from: how many units, and the first transaction of that. */
struct reached {
    u128 units;
    uint32_t account, asset, tx;
};
void tracer_init(struct tracer *t, const struct trace_input *in, const struct trace_request *request, const struct plan *plan,
                 struct trace_theft *thefts);
void tracer_done(struct tracer *t);
/* Books a claim that arrives: the edge, the totals, a rest when it ends here. ret_follow: it is held and followed. `in_from`:
 * where on the in-line it lands. */
enum imjin_status tracer_arrive(struct tracer *t, const struct trace_edge *e, u128 in_from, bool *ret_follow,
                                struct error *err);
/* Sorts, and joins those of the same two thefts. */
void overlaps_compact(struct buffer *overlaps);
/* Books a claim that lies still (stop STOP_NONE) or is cut off where it is (STOP_LIMIT). */
enum imjin_status tracer_rest(struct tracer *t, uint32_t theft, struct account_id account, struct asset_id asset, uint32_t tx,
                              u128 units, u128 claim, enum stop_reason stop, struct error *err);

/* ---- cutting and mapping (spread.c) ---- */

/* Units [out_from, out_to) of an out-line, which carry part of a piece of n units with a claim. Position o of the out-line is
 * position o - base of the piece, or base - o when the newest units go first. */
struct take {
    u128 n, claim, base, out_from, out_to;
    bool reversed;
};
struct landing {
    const struct flow_edge *edge;
    u128 units_out, in_from, in_to, claim;
};
struct spread {
    struct take take;
    struct buffer group, bounds; /* struct flow_edge: edges that overlap; u128 */
    u128 group_end, covered, claimed;
    enum imjin_status (*land)(void *context, const struct landing *l, struct error *err);
    void *context;
};
void spread_init(struct spread *s, enum imjin_status (*land)(void *, const struct landing *, struct error *), void *context);
void spread_done(struct spread *s);
void spread_begin(struct spread *s, struct take take);
/* Edges of the out-line in order; those outside the take are passed over. */
enum imjin_status spread_edge(struct spread *s, const struct flow_edge *e, struct error *err);
/* IMJIN_BAD_INPUT when the edges did not cover the take. ret_claimed: what has left. */
enum imjin_status spread_end(struct spread *s, u128 *ret_claimed, struct error *err);
/* Claim of units [from, to) of the take's out-line. */
u128 take_claim(const struct take *t, u128 from, u128 to);

static inline uint16_t hops_after(uint16_t hops, bool same_account) {
    return same_account || hops == TRACE_HOPS_MAX ? hops : (uint16_t)(hops + 1);
}

/* ---- money of unknown origin (suspect.c) ---- */

/* Where missing history behind a transaction is read from: origins of one account by (asset, position). */
struct shortage {
    uint32_t asset;
    struct holding_id holding;
    struct origin origin;
};
struct shortage_reader {
    void *context;
    enum imjin_status (*shortages)(void *context, struct account_id account, uint32_t tx_behind, struct buffer *ret,
                                   struct error *err);
    /* Units of the in-line that are no missing history. */
    enum imjin_status (*seen)(void *context, struct account_id account, struct asset_id asset, u128 *ret, struct error *err);
};
/* Missing history of one transaction as the parts for its fee and for its other draw; units 0: none. */
enum imjin_status compiled_split_unknown(const struct trace_input *in, struct holding_id h, struct origin unknown,
                                         struct origin ret_parts[2], struct error *err);
struct shortage_reader compiled_shortages(const struct trace_input *in);
/* Sorts by account and asset, and joins those of one holding. */
void reached_compact(struct buffer *reached);
/* Adds suspected thefts to the plan. Call once, after the thefts of the request were traced. */
enum imjin_status plan_suspects(struct plan *p, struct buffer *reached, const struct shortage_reader *reader,
                                struct error *err);

/* ---- engines: one object a worker, used for theft after theft ---- */

struct follow_pieces; /* FIFO, LIFO */
enum imjin_status follow_pieces_new(struct follow_pieces **ret, struct tracer *t, struct error *err);
void follow_pieces_free(struct follow_pieces *p);
enum imjin_status follow_pieces_theft(struct follow_pieces *p, uint32_t theft, struct error *err);

struct follow_events; /* haircut, poison */
enum imjin_status follow_events_new(struct follow_events **ret, struct tracer *t, struct error *err);
void follow_events_free(struct follow_events *p);
enum imjin_status follow_events_theft(struct follow_events *p, uint32_t theft, struct error *err);

#endif
