/* Notes that a trace followed into mixing pools: the accounts they may have come out to. */
#ifndef IMJIN_CLI_EXITS_H
#define IMJIN_CLI_EXITS_H

#include "cli/follow.h"

enum { EXIT_POOLS = 4 };
/* The pools whose events can be imported; those that the ledger does not hold have no account. */
enum imjin_status exits_find_pools(const struct ledger *l, struct mixer_pool ret[EXIT_POOLS], struct error *err);

struct exits { /* zero-initialise */
    struct mixer_pool pools[EXIT_POOLS];
    struct mixer_batches batches;
    struct mixer_result *result;
    struct report_mixer report;
};

/* Links what stopped at a pool in `f`, whose trace has run, where the ledger holds withdrawals of the pools; `in` then says it
 * to the reports, and is left alone otherwise. What cannot be linked is a note on the screen. Call exits_done() in any case. */
enum imjin_status exits_run(struct exits *x, struct session *s, const struct following *f, struct report_input *in,
                            struct error *err);
void exits_done(struct exits *x);

#endif
