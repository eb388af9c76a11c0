/* Inside the room: where claims lie or stopped, put together by account; and what a trace could not explain. */
#ifndef IMJIN_REPORT_PLACES_H
#define IMJIN_REPORT_PLACES_H

#include "report/names.h"

/* All rests of one account with one reason, of thefts of one asset. */
struct place {
    struct account_id account, service; /* service: of a deposit address, else ID_NONE */
    uint32_t position;                  /* in result->accounts; ID_NONE when it is not there */
    uint32_t total;                     /* index into totals */
    uint8_t stop;
    uint16_t hops;
    struct u256 claim;
    uint64_t weight; /* share of what was stolen of the asset, of 2^40 */
    uint64_t rests;
    struct tx_id first, last;
};
struct places {
    struct place *items; /* by total; in each heaviest first, then by address */
    uint64_t count;
};
enum imjin_status places_make(const struct report_input *in, const struct totals *totals, struct arena *a, struct places *ret,
                              struct error *err);

/* What stays open. */
struct gaps {
    uint64_t incomplete, conflicts; /* accounts */
    uint64_t suspected_thefts;
    bool cut_off;
};
void gaps_count(const struct report_input *in, struct gaps *ret);
/* "12.5 ETH, 3 USDC": the missing history of an account's holdings, at most three assets; "not known" without a compiled
 * ledger. */
enum imjin_status add_missing_history(struct text *t, const struct report_input *in, const struct trace_account *account,
                                      struct error *err);

#endif
