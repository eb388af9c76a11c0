/* Limits of the room pattern: name, value, reason. Each has a test that hits it, but for that of withdrawals, which would take
 * the test gigabytes. */
#ifndef IMJIN_PATTERN_LIMITS_H
#define IMJIN_PATTERN_LIMITS_H

enum {
    MIXER_BATCHES_MAX = 4096,        /* of one request: far above any theft; each is held against each withdrawal */
    MIXER_WEEKS_MAX = 1 << 14,       /* weeks of all batches: what is learned of each takes 2 KB */
    MIXER_NOTES_MAX = 1 << 20,       /* notes of one batch: more than the largest pool ever took */
    MIXER_NAME_MAX = 64,             /* bytes of a batch's name with its NUL: it is repeated on every lead */
    MIXER_POOLS_MAX = 64,            /* pools of one request: they are looked up one by one */
    MIXER_WITHDRAWALS_MAX = 1 << 25, /* of all pools: 2 GiB in memory; the ETH pools had 120,849 in two and a half years */
    MIXER_PAIRS_MAX = 1 << 20,       /* a batch and a recipient it may have paid: 96 MiB */
    MIXER_SECONDS_MAX = 1000000000,  /* of a batch's window: thirty years, so that no time overflows */
    MIXER_ROUNDS = 25,               /* of learning; the shares stop moving after about fifteen */
};

enum {
    BRIDGE_RECORDS_MAX = 1 << 23,    /* 1 GiB in memory; the largest bridge had three million transfers in its life */
    BRIDGE_TEXT_BYTES_MAX = 1 << 30, /* of all texts: offsets have 32 bits */
    BRIDGE_ID_MAX = 136,             /* bytes of an identifier or a transaction's id: the longest a ledger prints */
    BRIDGE_PROTOCOL_MAX = 32,        /* bytes of a protocol's name */
    BRIDGE_PROTOCOLS_MAX = 256,      /* of one workspace: they are looked up one by one */
    BRIDGE_MEMO_MAX = 250,           /* bytes: THORChain's own limit */
    BRIDGE_CLOCK_SKEW = 60,          /* seconds: clocks of two chains differ by some blocks' slack, never by minutes */
    BRIDGE_SAME_ID_MAX = 64,         /* deposits or withdrawals of one identifier that are weighed; more are hostile */
    BRIDGE_CANDIDATES_MAX = 16,      /* withdrawals kept for one deposit on rungs 2 to 4, the closest */
    BRIDGE_SCAN_MAX = 1024,          /* withdrawals looked at for one deposit and bucket: bounds hostile crowds */
    BRIDGE_PAIRS_MAX = 1 << 26,      /* pairs that wait to be taken: 2.5 GiB; 16 each for four million deposits */
    BRIDGE_LEADS_MAX = 5,            /* shown for one deposit at rung 4 */
};

#endif
