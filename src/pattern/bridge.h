/* Bridges: what was put in on one chain, what was paid out on another, and which belongs to which. A chapter of pattern.h.
 * docs/bridges.md has the layout of the files, the ladder of evidence and its hit rates. Protocols, chain numbers, functions
 * and assets are rows of data/bridges/. */
#ifndef IMJIN_PATTERN_BRIDGE_H
#define IMJIN_PATTERN_BRIDGE_H

#include "chain/chain.h"
#include "pattern/limits.h"
#include "trace/trace.h"

enum bridge_side {
    BRIDGE_DEPOSIT,
    BRIDGE_WITHDRAWAL,
    BRIDGE_REFUND, /* given back on the chain where it was put in */
    BRIDGE_SIDES,
};
const char *bridge_side_name(enum bridge_side side);

/* One record as a source gives it; everything but side, chain and tx may be empty. What events, `input` (calldata) and `memo`
 * say fills what is empty and never replaces what is given: strangers write them. */
enum bridge_field {
    BRIDGE_SIDE,
    BRIDGE_PROTOCOL,
    BRIDGE_CHAIN, /* where it happened: a chain's name, or its EIP-155 number */
    BRIDGE_TIME,
    BRIDGE_TX,
    BRIDGE_LOG, /* tells the records of one transaction apart */
    BRIDGE_ID,  /* what both sides share: deposit id, nonce, hash of the deposit's transaction */
    BRIDGE_SENDER,
    BRIDGE_RECIPIENT, /* of a deposit: whom it names; of a withdrawal: who was paid */
    BRIDGE_ASSET,
    BRIDGE_AMOUNT, /* base units */
    BRIDGE_DECIMALS,
    BRIDGE_OTHER_CHAIN, /* as the protocol numbers it, or a chain's name */
    BRIDGE_OTHER_ASSET,
    BRIDGE_INPUT,
    BRIDGE_MEMO,
    BRIDGE_CONTRACT, /* a contract event: who raised it, its topics and data */
    BRIDGE_TOPICS,
    BRIDGE_DATA,
    BRIDGE_FIELDS,
};
struct bridge_row {
    struct span fields[BRIDGE_FIELDS];
};

/* The same, read. Texts are numbers of the store's; 0 is "". */
struct bridge_record {
    u128 units;
    int64_t time; /* TIME_UNKNOWN */
    uint32_t protocol, chain, other_chain, tx, id, sender, recipient, asset, other_asset;
    uint32_t log;
    uint8_t side, decimals; /* DECIMALS_UNKNOWN */
    bool has_units;         /* an amount is given and below 2^128 */
    bool no_such_chain;     /* it names a chain that the protocol does not have: matched with nothing */
};

struct bridge_store;
enum imjin_status bridge_store_new(struct bridge_store **ret, struct error *err);
void bridge_store_free(struct bridge_store *s); /* null is fine */
/* IMJIN_BAD_INPUT names column and value (no file, no line) when a given field is not what it must be. */
enum imjin_status bridge_store_add(struct bridge_store *s, const struct bridge_row *row, struct error *err);
/* Puts the records in order and drops repetitions; call after the last bridge_store_add(). */
void bridge_store_sort(struct bridge_store *s);
uint64_t bridge_store_count(const struct bridge_store *s);
/* How many fields of calldata and memos were passed over because they say nothing sound. */
uint64_t bridge_store_passed_over(const struct bridge_store *s);
/* How many rows with topics were left out, since they are no event of a bridge. */
uint64_t bridge_store_left_out(const struct bridge_store *s);
const struct bridge_record *bridge_store_at(const struct bridge_store *s, uint64_t index);
const char *bridge_text(const struct bridge_store *s, uint32_t text);

/* Reads the records kept in `directory` (the workspace's bridges/); without a file the store is empty. Sorted. */
enum imjin_status bridge_store_open(struct bridge_store **ret, const char *directory, struct error *err);
/* Adds the rows of one CSV in the layout of docs/bridges.md. `name` is for messages. */
enum imjin_status bridge_store_parse(struct bridge_store *s, const char *name, struct span bytes, struct error *err);
struct bridge_import_result {
    uint64_t rows_read, records_added, records, passed_over, left_out;
};
/* All files or nothing; what is known already adds nothing, and the order of files and imports changes no byte.
 * `chain` (may be null) is for rows that name none. */
enum imjin_status bridge_import(const char *directory, const char *const *paths, unsigned path_count, const char *chain,
                                const struct progress *p, struct bridge_import_result *ret, struct error *err);

/* ---- matching ---- */

enum { BRIDGE_RUNG_IDENTIFIER = 1, BRIDGE_RUNG_NAMED = 2, BRIDGE_RUNG_ADDRESS = 3, BRIDGE_RUNG_AMOUNT = 4 };
enum bridge_evidence {
    BRIDGE_SAME_ID = 1,
    BRIDGE_SAME_TX = 2,        /* the withdrawal names the deposit's transaction */
    BRIDGE_SAME_RECIPIENT = 4, /* as the deposit names it */
    BRIDGE_SAME_ADDRESS = 8,   /* who deposited was paid */
    BRIDGE_SAME_ASSET = 16,
    BRIDGE_SAME_AMOUNT = 32, /* less the protocol's fee at most */
    BRIDGE_SAME_CHAINS = 64, /* one side names the other's chain, or both do */
    BRIDGE_IN_TIME = 128,    /* behind the deposit, within the protocol's window */
    BRIDGE_EVIDENCES = 8,
};
const char *bridge_evidence_name(unsigned bit); /* of bit 0..7 */

struct bridge_match {
    uint32_t deposit, withdrawal; /* records of the store */
    uint32_t confidence;          /* millionths: how often matches of its rung and number of rivals are right */
    uint32_t rivals;              /* other withdrawals that fit the deposit as well by the rules of the rung */
    uint8_t rung, evidence;
    bool chosen;       /* one to one; else a further lead for the same deposit (rung 4 only) */
    uint32_t loss_ppm; /* what was kept back; 0 where amounts cannot be compared */
    int64_t delay;     /* seconds */
};
/* Why a withdrawal has no match at rung 1. Those marked * are how thefts from bridges look. */
enum bridge_doubt {
    BRIDGE_SOUND,
    BRIDGE_NOT_COVERED,   /* no deposits of that protocol are known around that time: nothing follows */
    BRIDGE_NO_ID,         /* it carries no identifier: the other rungs decide */
    BRIDGE_NO_DEPOSIT,    /* * deposits of that time are known and none has its identifier */
    BRIDGE_PAID_BEFORE,   /* * the identifier's deposit was paid out by another withdrawal */
    BRIDGE_WRONG_TARGET,  /* * the identifier's deposit names somebody else, or another asset or chain */
    BRIDGE_PAYS_MORE,     /* * it pays more than the identifier's deposit put in */
    BRIDGE_TOO_EARLY,     /* * it comes before the identifier's deposit */
    BRIDGE_NO_SUCH_CHAIN, /* it names a chain that the protocol does not have */
    BRIDGE_DOUBTS,
};
const char *bridge_doubt_name(enum bridge_doubt d);
static inline bool bridge_doubt_is_flag(unsigned d) { return d >= BRIDGE_NO_DEPOSIT && d <= BRIDGE_TOO_EARLY; }
struct bridge_finding {
    uint32_t withdrawal;
    uint8_t doubt;
};
struct bridge_result {
    struct bridge_match *matches;    /* by deposit, then chosen first, then rank */
    struct bridge_finding *findings; /* withdrawals that are not sound, by record */
    uint64_t match_count, finding_count;
    uint64_t deposits, withdrawals;
    uint64_t chosen[BRIDGE_RUNG_AMOUNT + 1]; /* by rung */
    uint64_t doubts[BRIDGE_DOUBTS];
};
/* `rung_max`: the weakest rung asked for. The result depends on the records alone. */
enum imjin_status bridge_match(const struct bridge_store *s, unsigned rung_max, const struct progress *p,
                               struct bridge_result **ret, struct error *err);
void bridge_result_free(struct bridge_result *r); /* null is fine */

/* ---- crossing ---- */

/* Claims of a theft that were put into a bridge, and what of the withdrawal they stand for: the same share as of the deposit,
 * rounded down. */
struct bridge_crossing {
    uint32_t theft;
    uint32_t match; /* of the result */
    u128 units_in, claim, units_out;
};
struct bridge_crossings {
    struct bridge_crossing *items; /* by match, theft */
    uint64_t count;
};
/* What of a trace crosses by matches of rung `rung_max` or better. Only claims that came to rest or stopped in the deposit's
 * own transaction cross, not behind it, and only where both assets are known to be the same money or the protocol swaps. */
enum imjin_status bridge_cross(const struct bridge_store *s, const struct bridge_result *matches, const struct ledger *l,
                               const struct trace_result *trace, unsigned rung_max, struct bridge_crossings *ret,
                               struct error *err);
void bridge_crossings_done(struct bridge_crossings *c);
/* The withdrawal of a crossing as a source of a trace on its chain. IMJIN_NOT_FOUND when that ledger has no such movement. */
enum imjin_status bridge_crossing_source(const struct bridge_store *s, const struct bridge_result *matches,
                                         const struct bridge_crossing *c, const struct ledger *l, struct trace_source *ret,
                                         struct error *err);

#endif
