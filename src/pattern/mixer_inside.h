/* Inside the room: pool events, candidate accounts, and the model of a thief among strangers. */
#ifndef IMJIN_PATTERN_MIXER_INSIDE_H
#define IMJIN_PATTERN_MIXER_INSIDE_H

#include "pattern/pattern.h"

/* ---- numbers: shares with 30 bits behind the point, weights with 20, logarithms to base 2 with 16 ---- */

#define SHARE_ONE  ((uint64_t)1 << 30)
#define WEIGHT_ONE ((uint64_t)1 << 20)
enum { LOG_BITS = 16 };

/* log2(v) * 2^16, rounded down; v > 0. */
int64_t mixer_log2(u128 v);
/* WEIGHT_ONE * 2^x / (1 + 2^x), for odds of 2^x. */
uint64_t mixer_chance(int64_t log_odds);

/* Batches by time first, so that the order of their source changes nothing; for qsort. */
int mixer_compare_batches(const void *a, const void *b);

/* ---- events ---- */

struct mixer_note_in {
    int64_t time;
    uint32_t block, tx;
    bool nameless; /* the source did not say who put it in */
};
struct mixer_note_out {
    int64_t time;
    uint32_t account, tx, block, pool;
    uint64_t number; /* of the movement: order among equals */
    u128 fee;
};
struct mixer_clock { /* a block whose time is known */
    uint32_t block;
    int64_t time;
};
struct mixer_events {
    struct mixer_note_in **in; /* for each pool, by time */
    uint64_t *in_count;
    struct mixer_note_out *out; /* of all pools, by account, pool, time, movement */
    uint64_t out_count;
    uint32_t pool_count;
};
enum imjin_status mixer_events_read(struct mixer_events *ret, const struct ledger *l, const struct mixer_pool *pools,
                                    uint32_t pool_count, const struct progress *p, struct error *err);
void mixer_events_done(struct mixer_events *e);
/* Notes that came in at or before `time`. */
uint64_t mixer_notes_until(const struct mixer_note_in *in, uint64_t count, int64_t time);

/* ---- kinds ---- */

enum {
    SIZE_KINDS = 9, /* 1, 2, 3, 4-5, 6-8, 9-13, 14-23, 24-47, 48 and more notes: steps of about one half to two */
    PACE_KINDS = 8, /* median pause: none (one note), up to 5 and 15 minutes, 1 and 6 hours, a day, a week, more */
    FORM_KINDS = SIZE_KINDS * PACE_KINDS,
    FEE_STEPS = 15,                /* of a two-thousandth of the note; the last is open */
    FEE_KINDS = 1 + 2 * FEE_STEPS, /* no fee; each step, with and without whole gas prices */
    LAG_KINDS = 16,                /* up to 2, 4, 8 ... minutes after the deposit, to 45 days */
};
extern const uint32_t mixer_size_begins[SIZE_KINDS];
extern const uint32_t mixer_size_doubled[SIZE_KINDS]; /* twice a typical size of the kind */
unsigned mixer_size_kind(uint64_t notes);
unsigned mixer_fee_kind(u128 fee, u128 note);
int64_t mixer_lag_begin(unsigned kind); /* seconds; kind may be LAG_KINDS */

/* What one account drew from one pool. */
struct mixer_group {
    uint64_t first; /* of events.out */
    uint32_t count;
    uint8_t form;   /* size kind * PACE_KINDS + pace kind */
    bool elsewhere; /* it also drew from pools that the request does not name */
    int64_t time;   /* of the first note */
};
/* Fills all but `elsewhere` from out[first, first + count). The account's notes stand in order of time. */
enum imjin_status mixer_group_make(const struct mixer_events *e, uint64_t first, uint32_t count, struct mixer_group *ret,
                                   struct error *err);

/* Adds the group's notes by kind of fee; returns how many kinds there are. */
unsigned mixer_count_kinds(const struct mixer_events *e, const struct mixer_group *g, u128 note, uint64_t ret_kinds[FEE_KINDS]);
/* Spreads `weight` evenly over the kinds of fee that the group paid. */
void mixer_count_fees(const struct mixer_events *e, const struct mixer_group *g, u128 note, uint64_t weight,
                      uint64_t ret_kinds[FEE_KINDS]);

/* ---- the model ---- */

/* A batch and a candidate that it may have paid. */
struct mixer_pair {
    uint32_t group, batch;    /* positions in the model */
    uint32_t lags[LAG_KINDS]; /* deposits in the batch's window by how long before the candidate's first note */
    uint64_t part;            /* weight: of what is the thief's, how much is this batch's */
    uint64_t lesson;          /* weight: what the candidate taught of the batch in the last round */
};
struct mixer_candidate {
    struct mixer_group group;
    uint64_t first_pair;
    uint32_t pair_count;
    uint64_t chance; /* weight */
    uint64_t lesson; /* weight: what it taught in the last round */
    int64_t evidence[MIXER_EVIDENCES];
};
/* A batch, or a week of a longer one: a thief's habits last about that long. The weeks of a batch share its notes. */
struct mixer_week {
    uint32_t batch, owner; /* of the request; position of the batch's first week */
    int64_t first, last;
    uint64_t notes;           /* to be expected of the week, by deposits */
    uint64_t capacity, left;  /* notes of the batch, and those not given away: of the owner only */
    uint64_t share_of_window; /* weight of one deposit */
};
/* One pool, its batches, the accounts they may have paid, and what strangers do. */
struct mixer_model {
    const struct mixer_events *events;
    u128 note;
    struct mixer_candidate *candidates;
    uint64_t candidate_count;
    struct mixer_pair *pairs;
    uint64_t pair_count;
    struct mixer_week *weeks; /* the batches of the model */
    uint32_t batch_count;
    uint64_t notes;                               /* of all batches */
    int64_t begin, end;                           /* of their windows */
    int64_t reach;                                /* seconds behind a batch's last deposit */
    uint64_t seconds;                             /* from the first deposit to the end of the reach */
    uint64_t form_counts[FORM_KINDS], form_total; /* the pool's whole history, by account */
    uint64_t fee_weights[FEE_KINDS], fee_total;   /* the accounts of the time around, each with weight one */
    uint64_t elsewhere_count;                     /* of form_total */
};
/* Learns what the thief does and what strangers do, and fills chance, evidence and part. `start`: the kind of size that the
 * thief's accounts are first thought to have, SIZE_KINDS for any. *ret_gain: by how much thief and strangers together explain
 * the withdrawals better than strangers alone, as a logarithm. */
enum imjin_status mixer_learn(struct mixer_model *m, unsigned start, int64_t *ret_gain, struct error *err);

#endif
