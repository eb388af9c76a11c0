/* pattern: what lies behind the trail's breaks. Works on an open ledger, prints nothing, changes nothing.
 *
 * Mixers: from the batches of notes that a thief put into pools of the Tornado type to the accounts they most likely came out
 * to. docs/mixer.md has the rules and the reason of each constant. */
#ifndef IMJIN_PATTERN_PATTERN_H
#define IMJIN_PATTERN_PATTERN_H

#include "pattern/bridge.h"
#include "pattern/defi.h"
#include "pattern/limits.h"
#include "pattern/typology.h"
#include "trace/trace.h"

/* ---- mixers ---- */

/* A pool takes and gives notes of one fixed amount. The caller names the pools it knows; those that the ledger does not hold
 * have no account (ID_NONE). */
struct mixer_pool {
    const char *name; /* "100", as batches name it */
    struct account_id account;
    u128 note; /* base units of the native coin */
};

/* Notes that one hand put into one pool between two times, both included. */
struct mixer_batch {
    char name[MIXER_NAME_MAX]; /* as the source has it; several rows may share one */
    uint32_t pool;             /* index of its pool */
    uint64_t notes;
    int64_t first, last;
    uint64_t line; /* of the source, for messages; 0: none */
};
struct mixer_batches {
    struct mixer_batch *items; /* by time */
    uint64_t count;
};

/* Reads a CSV with the columns batch, first_utc, last_utc, and either n_deposits_<pool>eth (one or several) or n_deposits with
 * pool; other columns are passed over. A count of zero or an empty one is no batch. IMJIN_BAD_INPUT names file, line and
 * column. */
enum imjin_status mixer_batches_read(struct mixer_batches *ret, const char *path, const struct mixer_pool *pools,
                                     uint32_t pool_count, struct error *err);
/* The same for bytes in memory; `name` is for messages. */
enum imjin_status mixer_batches_parse(struct mixer_batches *ret, const char *name, struct span bytes,
                                      const struct mixer_pool *pools, uint32_t pool_count, struct error *err);
/* What a trace followed into the pools: a batch for each depositor and pool, a new one after a pause of a day, named by the
 * depositor. Less than half a note counts as none. IMJIN_NOT_FOUND when nothing went there. */
enum imjin_status mixer_batches_from_trace(struct mixer_batches *ret, const struct ledger *l, const struct trace_result *r,
                                           const struct mixer_pool *pools, uint32_t pool_count, struct error *err);
void mixer_batches_done(struct mixer_batches *b);

/* What speaks for and against a lead, as logarithms of likelihood ratios: thousandths of a bit, above zero for it. They add up
 * to the odds that the confidence says. */
enum mixer_evidence {
    MIXER_TIMING, /* deposits before it, how long before, and how many notes are not accounted for; against all strangers */
    MIXER_SIZE,   /* how many notes, how fast one after the other */
    MIXER_FEES,   /* which kind of relayer, by fee */
    MIXER_POOLS,  /* whether it also used pools that the thief did not */
    MIXER_EVIDENCES,
};
const char *mixer_evidence_name(enum mixer_evidence e);

/* One note that came out. */
struct mixer_withdrawal {
    struct tx_id tx;
    int64_t time; /* of the ledger, or interpolated between deposits by block */
    uint32_t block;
    uint32_t batch; /* which batch it is given to */
    bool lead;      /* stood by: its account is more likely than not the thief's and the batch has a note left for it */
    u128 fee;
};
/* One account that notes came out to. */
struct mixer_lead {
    struct account_id recipient;
    uint32_t pool, batch; /* batch: the most likely one of the first note */
    uint32_t confidence;  /* millionths */
    uint32_t rivals;      /* accounts that were weighed against it for the same batch */
    uint64_t first;       /* withdrawals [first, first + count) */
    uint32_t count, lead_count;
    int32_t evidence[MIXER_EVIDENCES];
};
/* A batch, and how far its crowd was thinned. */
struct mixer_crowd {
    uint64_t deposits;                          /* of anybody into the pool in the window */
    uint64_t withdrawals, recipients;           /* that could be its notes by time alone: the anonymity set before */
    uint64_t withdrawals_left, recipients_left; /* the fewest that hold 95 % of what is expected of it: after */
    uint64_t linked;                            /* notes given to it by leads that are stood by */
    int64_t until;                              /* how far its exits were looked for */
};
struct mixer_result {
    struct mixer_lead *leads; /* by batch, then confidence, highest first; those of 1 % and more */
    struct mixer_withdrawal *withdrawals;
    struct mixer_crowd *crowds; /* one a batch */
    uint64_t lead_count, withdrawal_count, batch_count;
    uint64_t pool_deposits, pool_withdrawals; /* read from the ledger, of all pools */
};

/* The result depends on the ledger's rows and the request alone. IMJIN_NOT_FOUND when the ledger holds nothing of a pool that a
 * batch names; IMJIN_BAD_INPUT when no movement of the pools has a time, or above the limits. */
enum imjin_status mixer_link(const struct ledger *l, const struct mixer_pool *pools, uint32_t pool_count,
                             const struct mixer_batches *batches, const struct progress *p, struct mixer_result **ret,
                             struct error *err);
void mixer_result_free(struct mixer_result *r); /* null is fine */

#endif
