/* cluster: which addresses of a UTXO chain act together, and which transaction says so. Multi-input union in which CoinJoins do
 * not count; every merge can be explained; change is a lead and merges nothing unless asked to. Also the types of CoinJoins and
 * peel chains.
 *
 * "Consistent with", never "owned by": a cluster is what its transactions say under the rules that are named with it.
 * Sources are named at each rule. Everything is a pure function of the store, the options and the height: threads, the number
 * of builds and what stood on disk before change no byte.
 *
 * Thread-safety: open clusters are immutable, any number of threads may read them. Views and scratch belong to one thread. */
#ifndef IMJIN_CLUSTER_CLUSTER_H
#define IMJIN_CLUSTER_CLUSTER_H

#include "cluster/limits.h"
#include "utxo/utxo.h"

/* ---- one transaction, as the rules see it ---- */

#define CLUSTER_NONE UINT32_MAX

struct coin {
    uint64_t value;
    uint32_t script; /* CLUSTER_NONE: not known (spent from before a partial history) */
    uint32_t kind;   /* enum script_kind */
};
struct coin_tx {
    const struct coin *inputs, *outputs;
    uint64_t input_count, output_count;
    uint32_t tx, locktime;
};
/* Zero-initialise; used again for transaction after transaction. */
struct coin_view {
    struct coin_tx tx; /* points into the buffers */
    struct buffer inputs, outputs;
};
enum imjin_status coin_view_load(struct coin_view *v, const struct utxo *u, struct tx_id tx, struct error *err);
void coin_view_done(struct coin_view *v);
/* False for locks that anybody can open, that say nothing of who does, or that name the keys of several (bare multisig, as
 * GraphSense has it): a spend of one does not show one hand. */
[[nodiscard]] static inline bool coin_is_personal(uint32_t kind) {
    const uint32_t others = 1u << SCRIPT_NONSTANDARD | 1u << SCRIPT_MULTISIG | 1u << SCRIPT_WITNESS_OTHER | 1u << SCRIPT_DATA;
    return kind < SCRIPT_KINDS && (others >> kind & 1) == 0;
}

/* ---- CoinJoins ---- */

enum coinjoin_kind {
    COINJOIN_NONE = 0,
    COINJOIN_WHIRLPOOL_TX0, /* one owner splits into a pool's notes: no CoinJoin, but the next transaction is one */
    COINJOIN_STONEWALL,     /* two equal outputs and two changes: one owner who imitates two, or two */
    COINJOIN_WHIRLPOOL,
    COINJOIN_WASABI_1,
    COINJOIN_WASABI_2,
    COINJOIN_JOINMARKET,
    COINJOIN_EQUAL_OUTPUTS, /* the shape, without the marks of a known program */
    COINJOIN_KINDS,
};
/* Why a transaction with equal outputs is no CoinJoin. */
enum coinjoin_veto {
    COINJOIN_VETO_NONE = 0,
    COINJOIN_VETO_FEW_SPENDERS, /* fewer addresses spend than there are equal outputs: one hand pays many */
    COINJOIN_VETO_DUST,         /* the equal outputs are too small to be money: token protocols */
    COINJOIN_VETO_DATA,         /* carries data: token protocols; no CoinJoin program writes any */
    COINJOIN_VETO_GATHERING,    /* many small inputs a participant: a service gathers deposits and pays */
    COINJOIN_VETO_SAME_PAYEE,   /* equal outputs go to one address again and again */
    COINJOIN_VETO_BATCH,        /* more or fewer changes than participants */
    COINJOIN_VETOES,
};
struct coinjoin_rule {
    const char *name;   /* "wasabi-1" */
    const char *source; /* where the rule comes from */
    bool many_owners;   /* inputs are of several owners, or may be: they join nothing */
    uint8_t confidence; /* 0..100, see docs/clusters.md for what was measured */
};
const struct coinjoin_rule *coinjoin_rule(enum coinjoin_kind kind);
const char *coinjoin_veto_text(enum coinjoin_veto veto);

struct coinjoin {
    enum coinjoin_kind kind;
    enum coinjoin_veto veto; /* set only when kind is COINJOIN_NONE */
    uint64_t value;          /* of the equal outputs (of the largest group) */
    uint32_t equal_count;
    uint32_t participants_min; /* as many owners at least, if the type is right */
};
/* Zero-initialise; for sorting. */
struct coinjoin_scratch {
    struct buffer values, scripts;
};
void coinjoin_scratch_done(struct coinjoin_scratch *s);
/* Cost: sorting inputs and outputs. */
enum imjin_status coinjoin_of(struct coinjoin *ret, struct coinjoin_scratch *s, const struct coin_tx *tx, struct error *err);

/* ---- change: leads ---- */

enum change_rule {
    CHANGE_REUSE,       /* the output goes back to an address that was spent from */
    CHANGE_ONE_TIME,    /* the only output to an address never seen before (Meiklejohn et al. 2013) */
    CHANGE_SCRIPT_TYPE, /* the only output locked in the way the inputs were */
    CHANGE_ROUND_VALUE, /* all others are round amounts */
    CHANGE_OPTIMAL,     /* the only output smaller than every input: else an input was not needed (BlockSci) */
    CHANGE_LOCKTIME,    /* its spender, alone, sets the locktime as this transaction does (one wallet program) */
    CHANGE_PEEL,        /* one input, two outputs: the one that is peeled again */
    CHANGE_RULES,
};
struct change_rule_row {
    const char *name, *meaning;
    uint8_t confidence; /* 0..100 */
};
const struct change_rule_row *change_rule(enum change_rule rule);
/* Which rules a text means: names with commas between, or "all"; false when a name is unknown. */
[[nodiscard]] bool change_rules_parse(struct span text, uint32_t *ret_rules);

struct change_lead {
    uint32_t rules;              /* that say something, a bit each */
    uint32_t conflicts;          /* those of them that name another output than `output` */
    uint64_t output;             /* place in the transaction that most rules name; a tie: the surest rule's */
    uint8_t confidence;          /* that of the surest rule for it; 0 when rules disagree */
    uint32_t says[CHANGE_RULES]; /* the output that each rule names; CLUSTER_NONE: it says nothing */
};
/* IMJIN_NOT_FOUND when no rule says anything: also for coinbases, CoinJoins and transactions with one output. */
enum imjin_status change_of(struct change_lead *ret, const struct utxo *u, const struct coin_tx *tx, uint32_t rules,
                            struct error *err);

/* ---- clusters ---- */

struct cluster_options {
    uint32_t change_rules; /* 0: change merges nothing */
    uint32_t change_votes; /* rules that must agree, none against; 0: 1 */
    uint32_t guard;        /* no merge of two clusters of at least this many addresses each; 0: the default */
    bool ignore_coinjoins; /* for comparison only: CoinJoins count as if one hand had signed */
};
/* An exchange's cluster passes this; two that do are hardly ever one (Moeser & Narayanan 2022 on cluster collapse). */
enum { CLUSTER_GUARD_DEFAULT = 100000, CLUSTER_GUARD_CHANGE_DEFAULT = 1000 };

struct cluster_counts {
    uint64_t scripts, txs, links, clusters; /* clusters: with two addresses and more */
    uint64_t refused;                       /* merges that the guard refused; the first CLUSTER_REFUSED_MAX are kept */
    uint64_t coinjoins[COINJOIN_KINDS];
    uint32_t height;
};

/* A merge: transaction `tx` joined the cluster of `a` with that of `b`. 16 bytes, as on disk, in order of transactions. */
struct cluster_link {
    uint32_t a, b, tx;
    uint32_t rule; /* 0: a and b are inputs; else 1 + enum change_rule: b is change */
};
struct cluster_refused {
    struct cluster_link link;
    uint32_t size_a, size_b;
};

struct clusters; /* opaque */
/* Builds from the store, in memory. `old` (may be null) is what is already known: it is continued when it belongs to the same
 * chain and options, else ignored. Free with cluster_close(). */
enum imjin_status cluster_build(struct clusters **ret, const struct utxo *u, const struct clusters *old,
                                struct cluster_options options, const struct progress *p, struct error *err);
/* Writes to `path`, whole or not at all. */
enum imjin_status cluster_save(const struct clusters *c, const char *path, struct error *err);
/* Maps `path`. It may come from a stranger: sizes are checked here, every number when it is used. IMJIN_NOT_FOUND when there is
 * none. */
enum imjin_status cluster_open(struct clusters **ret, const char *path, struct error *err);
void cluster_close(struct clusters *c); /* null is fine */
/* Opens `path` and brings it up to date with the store; when that adds anything the file is replaced. */
enum imjin_status cluster_refresh(struct clusters **ret, const struct utxo *u, const char *path, struct cluster_options options,
                                  const struct progress *p, struct error *err);
/* Whether they were made from this store, as it stands now. */
[[nodiscard]] bool cluster_is_current(const struct clusters *c, const struct utxo *u);
/* Recomputes everything from the store and compares. IMJIN_BAD_INPUT says what differs. */
enum imjin_status cluster_verify(const char *path, const struct utxo *u, const struct progress *p, struct error *err);

const struct cluster_counts *cluster_counts(const struct clusters *c);
const struct cluster_options *cluster_options(const struct clusters *c);
/* A cluster's id is its smallest script: the address that appeared first. It changes only when an older address joins. */
enum imjin_status cluster_of(const struct clusters *c, struct script_id script, struct script_id *ret, struct error *err);
/* How many addresses; 1 for one that joined nothing. */
enum imjin_status cluster_size(const struct clusters *c, struct script_id script, uint32_t *ret, struct error *err);

struct cluster_members {
    struct script_id *scripts; /* ascending; free with cluster_members_done() */
    uint64_t count;
};
/* The members as of transaction number `txs` (those before it count; UINT32_MAX: all). The first is the cluster's id then. */
enum imjin_status cluster_list(const struct clusters *c, struct script_id script, uint32_t txs, struct cluster_members *ret,
                               struct error *err);
void cluster_members_done(struct cluster_members *m);

/* The chain of merges from a to b: step i leads from steps[i].from to steps[i].to. */
struct cluster_step {
    struct script_id from, to;
    struct tx_id tx;
    uint32_t rule; /* as in struct cluster_link */
};
struct cluster_path {
    struct cluster_step *steps; /* free with cluster_path_done() */
    uint64_t count;
};
/* IMJIN_NOT_FOUND when they are not in one cluster (as of `txs`). Equal scripts: no steps. */
enum imjin_status cluster_why(const struct clusters *c, struct script_id a, struct script_id b, uint32_t txs,
                              struct cluster_path *ret, struct error *err);
void cluster_path_done(struct cluster_path *path);

/* The first transaction above a height: what `txs` above means for an as-of. */
uint32_t cluster_txs_as_of(const struct utxo *u, uint32_t height);
/* Every merge, in order of transactions; unchecked: compare with the counts before use. */
const struct cluster_link *cluster_links(const struct clusters *c, uint64_t *ret_count);
/* Kept refused merges, in order; *ret_count of them. */
const struct cluster_refused *cluster_refused(const struct clusters *c, uint64_t *ret_count);
/* The ids of the largest clusters, largest first, equal ones by id; up to `count`. Returns how many. */
enum imjin_status cluster_largest(const struct clusters *c, struct script_id *ret, uint64_t count, uint64_t *ret_count,
                                  struct error *err);

/* ---- peel chains ---- */

/* A hop: one input, two outputs; the smaller is peeled, the larger goes on (Meiklejohn et al. 2013). */
struct peel {
    struct tx_id tx;
    uint64_t output, value; /* what was peeled off: its number in the store */
    uint32_t script;
};
enum peel_end {
    PEEL_UNSPENT,  /* the rest lies still */
    PEEL_GATHERED, /* the rest is spent together with other coins */
    PEEL_SPREAD,   /* the rest is split in more than two, or paid on whole */
    PEEL_LIMIT,
};
struct peel_chain {
    struct peel *peels; /* in order; free with peel_done() */
    uint64_t count;
    uint64_t value_first, value_peeled, value_rest, fees; /* value_first = value_peeled + value_rest + fees */
    uint64_t rest_output;                                 /* its number in the store */
    enum peel_end end;
};
/* A chain is this many hops: two alike happen by chance all the time. */
enum { PEEL_HOPS_MIN = 3 };
/* The whole chain that a transaction is a hop of, from its beginning. IMJIN_NOT_FOUND when it is of none. */
enum imjin_status peel_of(struct peel_chain *ret, const struct utxo *u, struct tx_id tx, struct error *err);
void peel_done(struct peel_chain *p);
const char *peel_end_name(enum peel_end end);

/* ---- what an address took part in ---- */

enum motif_kind {
    MOTIF_PEEL_CHAIN,
    MOTIF_COINJOIN,  /* of several owners, or its preparation */
    MOTIF_FAN_OUT,   /* one transaction pays many */
    MOTIF_GATHERING, /* one transaction gathers many coins into one or two */
    MOTIF_KINDS,
};
struct motif {
    enum motif_kind kind;
    struct tx_id tx; /* a peel chain: its first */
    uint64_t count;  /* hops; equal outputs; outputs; inputs */
    uint64_t value;  /* peeled off; of an equal output; paid; gathered */
    enum coinjoin_kind coinjoin;
    uint8_t confidence;
};
/* "peel-chain", "mixer", "fan-out", "consolidation": as the patterns of ledgers of movements are called. */
const char *motif_name(enum motif_kind kind);
/* So many payments, or coins gathered, make a fan: as on ledgers of movements. */
enum { MOTIF_FAN_MIN = 10 };
/* Appends what the transactions of an address are, in order of transactions, to a buffer of struct motif. *ret_passed_over:
 * transactions above CLUSTER_MOTIF_TXS_MAX, which were not looked at. */
enum imjin_status motif_find(struct buffer *motifs, uint64_t *ret_passed_over, const struct utxo *u, struct script_id script,
                             struct error *err);

#endif
