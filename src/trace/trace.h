/* trace: follow stolen money forwards, find where money came from, exposure. Policies: FIFO, LIFO, haircut, poison. Two
 * engines give one answer: `follow` reads the compiled ledger, `replay` is one pass over the ledger with real queues.
 * Everything is exact; a result is a pure function of ledger, labels and request. Safe on any thread. */
#ifndef IMJIN_TRACE_TRACE_H
#define IMJIN_TRACE_TRACE_H

#include "label/label.h"
#include "settle/settle.h"

enum trace_policy { POLICY_FIFO, POLICY_LIFO, POLICY_HAIRCUT, POLICY_POISON, TRACE_POLICIES };
enum trace_engine { ENGINE_FOLLOW, ENGINE_REPLAY };
const char *trace_policy_name(enum trace_policy p);

/* Why following ended at an account. The names are part of the JSON schema. */
enum stop_reason {
    STOP_NONE = 0,
    STOP_SERVICE, /* label: exchange, custodian, payment, gambling, pool, ... */
    STOP_DEPOSIT, /* unlabelled, forwards only to one service: that service's deposit address */
    STOP_MIXER,
    STOP_BRIDGE,
    STOP_DEFI,    /* a plain payment to a labelled contract that holds other people's money */
    STOP_BURN,    /* VOID, or a labelled burn address */
    STOP_HUB,     /* unlabelled, counterparties above the limit in both directions */
    STOP_HORIZON, /* behind the time or hop limit: cut off */
    STOP_DUST,    /* below the minimum claim: cut off */
    STOP_LIMIT,   /* the work limit was reached: cut off */
    STOP_REASONS,
};
const char *stop_reason_name(enum stop_reason r);

/* A theft: what `account` received of `asset` from `time_from` (or in `tx`) on, the first first, up to `units`. Without asset:
 * one theft for each asset it received; with units and no asset the account must have received one asset only, or the native
 * coin. No unit is stolen twice: what an earlier source of the request took is passed over. */
struct trace_source {
    struct account_id account; /* ID_NONE with has_tx: every receiver of the transaction */
    bool has_units, has_asset, has_time, has_tx;
    bool missing; /* the ledger has nothing of that name: noted, and left out; only `said` is looked at */
    u128 units;
    struct asset_id asset;
    int64_t time_from;
    struct tx_id tx;
    struct span said; /* as people wrote it, for notes; may be empty. Needed until the trace is done */
};

struct trace_request {
    enum trace_policy policy;
    enum trace_engine engine;
    const struct trace_source *sources;
    uint32_t source_count;
    /* switches: every rule can be off */
    uint32_t rules; /* SETTLE_RULES_ALL, or fewer: the compiled ledger must have been made with the same */
    bool stop_at_labels, stop_at_deposits, stop_at_hubs;
    bool follow_unknown; /* off: money of unknown origin that leaves a reached account is only counted. On: where most of what
                            an account was seen to receive is stolen, it is followed as a suspicion, in a theft of its own
                            (docs/tracing.md, 6). Poison: no effect */
    /* limits */
    uint32_t hub_counterparties; /* default 1,000 in both directions */
    uint32_t hops_max;           /* 0: none */
    int64_t time_until;          /* TIME_UNKNOWN: none */
    u128 claim_min;              /* pieces below are cut off; default 1 */
    uint64_t pieces_max;         /* work limit; default 50 million */
    unsigned threads;
};
struct trace_request trace_defaults(void);

/* All in units of the theft's asset. held + stopped + fees + cut_off = stolen, always. */
struct trace_theft {
    struct account_id source;
    struct asset_id asset;
    struct tx_id first_tx; /* where the first stolen unit arrived */
    bool suspected;        /* made by follow_unknown: not part of what was stolen */
    u128 stolen, held, stopped, fees, cut_off;
    u128 stopped_by[STOP_REASONS];
};
/* One movement of claims. */
struct trace_edge {
    uint32_t theft;
    struct tx_id tx;
    uint32_t movement;
    struct account_id from, to;
    struct asset_id asset_out, asset_in;
    u128 units_out, units_in, claim;
    uint16_t hops; /* of `to`, from the source: the fewest */
    uint8_t rule;
    bool weighed_equally;
};
/* Claims that lie still, or that stopped: where, since when, how much. `stop` STOP_NONE: held. */
struct trace_rest {
    uint32_t theft;
    struct account_id account;
    struct asset_id asset;
    struct tx_id tx; /* in which they arrived */
    u128 units, claim;
    uint8_t stop;
};
/* One account reached. */
struct trace_account {
    struct account_id account;
    u128 claim_peak; /* the most that stood there at any time, all thefts together, in base units */
    u128 claim_in, claim_held;
    struct tx_id first_tx, last_tx;
    uint16_t hops;
    uint8_t stop;
    bool is_source, incomplete; /* incomplete: it spent more than it was seen to receive */
    bool suspected;             /* reached by suspected thefts alone; claims of those count in the fields above too */
    u128 unknown_spent;         /* of the assets the trace saw there: how much missing history (in their own units, summed) */
    uint64_t tag;               /* index into the label store, UINT64_MAX: none */
    bool label_conflict;
    struct account_id service; /* STOP_DEPOSIT: whose */
};
/* What of a request was not done as it was asked. The names are part of the JSON schema. */
enum note_kind {
    NOTE_MISSING,      /* the ledger has nothing of that name */
    NOTE_NOTHING,      /* it received nothing that matches */
    NOTE_LESS,         /* `units` fewer than asked for were there */
    NOTE_AGAIN,        /* an earlier source took `units` of it; this one took what comes behind */
    NOTE_NOTHING_LEFT, /* listed again: earlier sources took all of it, `units` */
    NOTE_KINDS,
};
const char *note_kind_name(enum note_kind kind);
struct trace_note {
    uint32_t source; /* which of the request's, from 0 */
    uint8_t kind;
    struct account_id account; /* ID_NONE: none */
    struct asset_id asset;     /* ID_NONE: none */
    u128 units;
    struct span said; /* the source's; may be empty */
};
/* The note in a sentence, without its end. */
enum imjin_status trace_note_print(const struct ledger *l, const struct trace_note *note, struct text *t, struct error *err);
/* Claims of `theft` that arrived where money of another theft was stolen: these units count in both, since every theft is
 * followed on its own. */
struct trace_overlap {
    uint32_t theft, inside;
    uint64_t count; /* arrivals at one of its stretches */
    u128 units;     /* of `inside`'s stolen units, where they arrived */
};
struct trace_result {
    enum trace_policy policy;
    struct trace_theft *thefts;
    struct trace_edge *edges;       /* by tx, movement, theft, from, to, asset */
    struct trace_rest *rests;       /* by theft, account (address order), asset, tx */
    struct trace_account *accounts; /* by address */
    struct trace_note *notes;       /* by source */
    struct trace_overlap *overlaps; /* by theft, inside */
    uint64_t theft_count, edge_count, rest_count, account_count, note_count, overlap_rows;
    uint64_t pieces;        /* work done */
    uint64_t overlap_count; /* the overlaps' arrivals in all */
    struct arena arena;     /* owns all of it */
};
/* What is remembered from one trace to the next: which accounts are stops, and for replay the holdings of the ledger (8 bytes a
 * movement, 16 a holding). Worth it for more than one trace; changes no result. Any number of threads may trace with the same
 * memory: one at a time uses it, others do without. Forget before a ledger or label store that it was used with is closed. */
struct trace_memory;
enum imjin_status trace_memory_new(struct trace_memory **ret, struct error *err);
void trace_memory_forget(struct trace_memory *m);
void trace_memory_free(struct trace_memory *m); /* null is fine */
struct trace_input {
    const struct ledger *ledger;
    const struct compiled *compiled;  /* null is allowed for ENGINE_REPLAY */
    const struct label_store *labels; /* null: nobody is labelled */
    struct trace_memory *memory;      /* null: nothing is remembered */
};
/* Sources that are not there, or no longer, are noted in the result; IMJIN_NOT_FOUND when none is left. */
enum imjin_status trace_run(const struct trace_input *in, const struct trace_request *request, const struct progress *p,
                            struct trace_result **ret, struct error *err);
/* Backwards: where the claims in `sources` (here: what is asked about) came from. Edges are those of the forward direction,
 * their hops those of the giver; fees take nothing of what arrived, so none is shown. Rests are origins: accounts where
 * following back ended (stop: why; STOP_NONE: the account spent what it was never seen to receive, or VOID for a mint). An
 * account's claim_in and claim_peak are what of the question came through it. FIFO and LIFO read the edges backwards; haircut
 * shares what is asked about, backwards in time, between a holding's arrivals as they made up its balance, which agrees with
 * the forward direction up to the rounding of each step. Poison has no amounts: IMJIN_USAGE. */
enum imjin_status trace_back(const struct trace_input *in, const struct trace_request *request, const struct progress *p,
                             struct trace_result **ret, struct error *err);
void trace_result_free(struct trace_result *r);

/* Exposure of accounts: share and amount of what they received (in) or sent (out), by category of the counterparty: direct (the
 * neighbour itself) and indirect (found by trace_back / trace_run). What an account still holds was not sent. */
struct exposure_row {
    struct account_id account;
    struct asset_id asset;
    enum direction direction;
    bool direct;
    const struct label_category *category; /* null: see `stop` */
    uint8_t stop;                          /* STOP_NONE with no category: unknown origin (in) or at rest (out) */
    u128 units;
    uint32_t share_millionths; /* largest remainder: rows of one account, asset, direction, directness add up to 1,000,000 */
    uint64_t counterparties;
};
struct exposure_result {
    struct exposure_row *rows; /* by account address, asset, direction, directness, units down */
    uint64_t row_count;
    struct arena arena;
};
enum imjin_status exposure_run(const struct trace_input *in, const struct trace_request *request,
                               const struct account_id *accounts, uint32_t account_count, const struct progress *p,
                               struct exposure_result **ret, struct error *err);
void exposure_result_free(struct exposure_result *r);

#endif
