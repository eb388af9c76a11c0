/* What the files of the room share: clusters in memory and on disk. Internal to the room. */
#ifndef IMJIN_CLUSTER_INSIDE_H
#define IMJIN_CLUSTER_INSIDE_H

#include "cluster/cluster.h"

/* An address, 12 bytes, as on disk. `up` is never above its own number, so that every way up ends; a root is its own. In a
 * saved set `up` is the root. `next` makes a ring of each cluster. */
struct cluster_node {
    uint32_t up, next;
    uint32_t
        mark; /* a root: how many addresses; 0 when its lock can be anybody's. Else: the link by which it stopped being one */
};
_Static_assert(sizeof(struct cluster_node) == 12, "12 bytes an address");

struct cluster_head {
    char magic[8];
    uint32_t version, head_bytes;
    uint64_t scripts, txs, links, refused_kept, refused;
    uint64_t coinjoins[COINJOIN_KINDS];
    uint64_t clusters;
    uint32_t change_rules, change_votes, guard, ignore_coinjoins;
    uint32_t height, height_first;
    uint8_t block_hash[32]; /* of `height`: says of which chain */
    uint64_t data_hash;     /* of what follows */
    uint64_t head_hash;     /* of the head up to here */
};
#define CLUSTER_MAGIC "imjinCLU"
/* Raised by every change of a rule or of the bytes: what other rules made is not continued, but made anew. */
enum { CLUSTER_VERSION = 1 };
_Static_assert(sizeof(struct cluster_head) == 200, "the head has no holes");

struct clusters {
    struct cluster_head head;
    struct cluster_counts counts;
    struct cluster_options options;
    const struct cluster_node *nodes;
    const struct cluster_link *links;
    const struct cluster_refused *refused;
    /* what owns them: one of the two */
    struct mapping file;
    struct cluster_node *own_nodes;
    struct buffer own_links, own_refused;
};

/* The root of a script of a saved or finished set, checked: IMJIN_BAD_INPUT when the file is damaged there. */
enum imjin_status cluster_root(const struct clusters *c, uint32_t script, uint32_t *ret, struct error *err);
enum imjin_status cluster_fail_damaged(struct error *err);
/* The head's part that says of which chain it is. */
[[nodiscard]] bool cluster_belongs(const struct clusters *c, const struct utxo *u);
void cluster_fill_counts(struct clusters *c);
struct cluster_options cluster_options_full(struct cluster_options given);

/* What an output rule needs to know of the chain before a transaction. */
struct change_past {
    uint64_t seen; /* scripts that had appeared before */
};
enum imjin_status change_lead_of(struct change_lead *ret, const struct utxo *u, const struct coin_tx *tx, uint32_t rules,
                                 struct change_past past, struct error *err);

#endif
