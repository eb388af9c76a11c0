/* taint: stolen money through the outputs of a UTXO chain, exactly, forwards and backwards. What trace is for accounts.
 *
 * A transaction's inputs, end to end, are one line of units; its outputs and, behind them, its fee are another of the same
 * length. FIFO maps the first onto the second unit by unit; LIFO the first read from its end; TIHO puts tainted units into the
 * highest outputs first (Tironsakkul et al.); haircut gives every output, and the fee, its share of each theft, by largest
 * remainder (ties: the earlier output); poison taints every output whole and has no claims.
 *
 * A result is a pure function of the store and the request. Only transactions that taint reaches are looked at, in the order of
 * the chain. Safe on any thread. */
#ifndef IMJIN_TAINT_TAINT_H
#define IMJIN_TAINT_TAINT_H

#include "taint/limits.h"
#include "utxo/utxo.h"

enum taint_policy { TAINT_FIFO, TAINT_LIFO, TAINT_HAIRCUT, TAINT_POISON, TAINT_TIHO, TAINT_POLICIES };
const char *taint_policy_name(enum taint_policy p);

/* Where the taint of fees goes. */
enum taint_fees {
    TAINT_FEES_STOP,  /* spent as fees: followed no further */
    TAINT_FEES_FIRST, /* into the block's coinbase: the fees in the order of the transactions, then the subsidy (TaintChain) */
    TAINT_FEES_SUBSIDY_FIRST, /* into the block's coinbase: the subsidy, then the fees (BlockSci) */
};

/* Units [at, at + count) of an output were stolen in `theft`. count 0: all from `at` on. No unit is stolen twice: what taint of
 * an earlier transaction has reached stays of that theft, and of sources of one output the smaller theft number comes first. */
struct taint_source {
    uint64_t output, at, count;
    uint32_t theft; /* 0 .. theft_count - 1 */
};

enum taint_end {
    TAINT_HELD = 0, /* the output is not spent */
    TAINT_STOPPED,  /* `stops` said so of its script */
    TAINT_MIXED,    /* spent in a transaction of which `mixes` said so */
    TAINT_BURNT,    /* an output that cannot be spent */
    TAINT_ENDS,
};

/* Units of a theft that lie still. For FIFO, LIFO and TIHO they are units [at, at + count) of the output; for haircut `count`
 * of its units, `at` 0; for poison `count` is the output's value. */
struct taint_rest {
    uint64_t output, at, count;
    uint32_t theft;
    uint32_t tx; /* in which they ended: the output's own, or the one that mixed it */
    uint8_t end; /* enum taint_end */
};

/* In units of the chain's coin; held + stopped + mixed + burnt + fees + cut_off = stolen, but for poison, which has none. */
struct taint_theft {
    uint64_t stolen, held, stopped, mixed, burnt, fees, cut_off;
    uint64_t overlap; /* of its sources, units that were tainted already: not stolen twice */
    uint64_t outputs; /* reached, its sources among them */
};

struct taint_request {
    enum taint_policy policy;
    enum taint_fees fees;
    const struct taint_source *sources;
    uint64_t source_count;
    uint32_t theft_count;
    uint32_t height_until; /* taint that moves in a later block is cut off; UINT32_MAX: none */
    uint64_t pieces_max;   /* work limit; 0: TAINT_PIECES_MAX */
    void *context;
    /* all may be null */
    bool (*stops)(void *context, uint32_t script);
    bool (*mixes)(void *context, uint32_t tx);
    /* One stretch of taint on its way, in the order of the chain; output UTXO_OUTPUT_NONE: the fee. Haircut: from_output is the
     * first of the theft's inputs. Not called for poison, nor for fees that reach a coinbase. */
    enum imjin_status (*moved)(void *context, uint32_t theft, uint32_t tx, uint64_t from_output, uint64_t output,
                               uint64_t count, struct error *err);
};

struct taint_result {
    struct taint_theft *thefts;
    struct taint_rest *rests; /* by output, then theft, then at */
    uint64_t rest_count;
    uint64_t txs, pieces;    /* work done */
    uint64_t inputs_unknown; /* of reached transactions: not in the history, their values taken for what is missing */
};
enum imjin_status taint_run(const struct utxo *u, const struct taint_request *request, const struct progress *p,
                            struct taint_result *ret, struct error *err);
void taint_result_done(struct taint_result *r);

/* Backwards: where the units in `sources` came from. The rests are origins: outputs at which following back ended. TAINT_HELD
 * stands for a coinbase, TAINT_BURNT for an output from before the history. Fees take nothing of what arrived. FIFO and LIFO
 * map units back; haircut shares them over the inputs. Poison and TIHO have no way back: IMJIN_USAGE. */
enum imjin_status taint_back(const struct utxo *u, const struct taint_request *request, const struct progress *p,
                             struct taint_result *ret, struct error *err);

#endif
