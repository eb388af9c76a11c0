/* Limits of the typologies: name, value, reason. Each has a test that hits it, but for those that would take gigabytes. */
#ifndef IMJIN_PATTERN_TYPOLOGY_LIMITS_H
#define IMJIN_PATTERN_TYPOLOGY_LIMITS_H

enum {
    PATTERN_STEPS_MAX = 1 << 18, /* movements of one account: who has more is a service, and no pattern means anything there */
    PATTERN_WORK_MAX = 1 << 22,  /* movements of all accounts of one request: some seconds */
    PATTERN_DUST_PART = 1000,    /* dust is at most that part of the account's largest movement of the asset */
    LOOK_ALIKE_REAL_MAX = 64,    /* counterparties that begin and end alike: two by accident are rare already */
    PATTERN_FINDINGS_MAX = 1 << 20, /* of one request: 100 MiB */
    PATTERN_EVIDENCE_MAX = 1 << 24, /* movements that findings name: 64 MiB */
    PATTERN_EVIDENCE_EACH = 64,     /* of one finding: enough to check it by hand; the count says how many there are */
    PATTERN_HOPS_MAX = 64,          /* accounts in a row that are walked: longer chains are found in pieces */
    PATTERN_HOP_STEPS_MAX = 4096,   /* movements of an account in a chain: one with more is no mere station */
    LOOK_ALIKES_MAX = 1 << 22,      /* of one request: 200 MiB */
};

#endif
