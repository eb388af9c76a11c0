/* Inside the room: what the rules of the typologies share. */
#ifndef IMJIN_PATTERN_SEARCH_H
#define IMJIN_PATTERN_SEARCH_H

#include "pattern/history.h"

/* The numbers in the rules; docs/patterns.md says why. */
enum {
    HOUR = 3600,
    DAY = 24 * HOUR,
    FAN_COUNTERPARTIES_MIN = 10,
    EQUAL_PAYMENTS_MIN = 5,
    CONSOLIDATION_PAYERS_MIN = 5,
    DORMANT_DAYS_MIN = 180,
    CHAIN_STATIONS_MIN = 3,
    PASSED_ON_PERCENT_MIN = 90,
    PEELED_PERCENT_MAX = 25,
    DEPOSIT_BLOCKS_MAX = 3200,
    DEPOSIT_KEPT_DECIMALS = 2, /* 0.01 of the coin */
    SANDWICH_SECONDS = HOUR / 2,
};

struct search {
    const struct trace_input *in;
    const struct pattern_doubt *doubt;
    uint32_t patterns;
    struct buffer findings, evidence; /* struct pattern_finding; uint32_t */
    struct buffer stations;           /* uint32_t: accounts inside a chain that was found, by (pattern, account) */
};
static inline bool wanted(const struct search *s, enum pattern_id p) { return s->patterns >> p & 1; }
/* Adds movement numbers to the finding at hand, up to PATTERN_EVIDENCE_EACH; begin with finding_begin(). */
struct pattern_finding finding_begin(const struct search *s, enum pattern_id p, struct account_id account);
enum imjin_status finding_show(struct search *s, struct pattern_finding *f, const struct step *step, struct error *err);
/* Half for evidence at the threshold, more the further it goes beyond. */
uint32_t confidence_beyond(uint64_t count, uint64_t threshold);
enum imjin_status finding_end(struct search *s, const struct pattern_finding *f, struct error *err);
/* The tag that decides what an account is; false: none. */
bool role_of(const struct search *s, uint32_t account, struct tag *ret);
/* part is at least (at most) `percent` of whole; sums stay below 2^126. */
static inline bool at_least(u128 part, u128 whole, unsigned percent) { return part >= whole - whole / 100 * (100 - percent); }
static inline bool at_most(u128 part, u128 whole, unsigned percent) { return part <= whole / 100 * percent; }

/* Each looks at one account's history. */
enum imjin_status search_windows(struct search *s, const struct history *h, struct error *err);
enum imjin_status search_times(struct search *s, const struct history *h, struct error *err);
enum imjin_status search_chains(struct search *s, const struct history *h, struct error *err);
enum imjin_status search_services(struct search *s, const struct history *h, struct error *err);
enum imjin_status search_swaps(struct search *s, const struct history *h, struct error *err);

#endif
