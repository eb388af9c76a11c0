/* Limits of the room pattern: name, value, reason. Each has a test that hits it, but for that of withdrawals, which would take
 * the test gigabytes. */
#ifndef IMJIN_PATTERN_LIMITS_H
#define IMJIN_PATTERN_LIMITS_H

enum {
    MIXER_BATCHES_MAX = 4096,        /* of one request: far above any theft; each is held against each withdrawal */
    MIXER_NOTES_MAX = 1 << 20,       /* notes of one batch: more than the largest pool ever took */
    MIXER_NAME_MAX = 64,             /* bytes of a batch's name with its NUL: it is repeated on every lead */
    MIXER_POOLS_MAX = 64,            /* pools of one request: they are looked up one by one */
    MIXER_WITHDRAWALS_MAX = 1 << 25, /* of all pools: 2 GiB in memory; the ETH pools had 120,849 in two and a half years */
    MIXER_PAIRS_MAX = 1 << 20,       /* a batch and a recipient it may have paid: 96 MiB */
    MIXER_SECONDS_MAX = 1000000000,  /* of a batch's window: thirty years, so that no time overflows */
    MIXER_ROUNDS = 25,               /* of learning; the shares stop moving after about fifteen */
};

#endif
