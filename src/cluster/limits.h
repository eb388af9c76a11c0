/* Limits of the cluster room: what a hostile or mistaken input may not exceed. Each has a test. */
#ifndef IMJIN_CLUSTER_LIMITS_H
#define IMJIN_CLUSTER_LIMITS_H

enum {
    /* A transaction of a 32 MB block has fewer inputs or outputs than this; views are held in memory. */
    CLUSTER_COINS_MAX = 1 << 22,
    /* Refused merges that are kept one by one; the rest are only counted. Two giants that meet daily would fill a disk. */
    CLUSTER_REFUSED_MAX = 1 << 16,
    /* Members whose links are searched for an explanation, or listed: 40 bytes each are held. */
    CLUSTER_MEMBERS_MAX = 1 << 26,
    /* Hops of one peel chain. The longest known have some tens of thousands. */
    CLUSTER_PEEL_MAX = 1 << 20,
    /* Transactions of one address that are looked at for patterns; an exchange's has millions. */
    CLUSTER_MOTIF_TXS_MAX = 1 << 16,
    /* A script file of 2^32 - 1 rows would leave no number for "none". */
    CLUSTER_SCRIPTS_MAX = 0xfffffffe,
};

#endif
