/* What the cluster commands share: the clusters that the options mean, and how addresses and transactions are written. Belongs
 * to the main thread. */
#ifndef IMJIN_CLI_CLUSTER_H
#define IMJIN_CLI_CLUSTER_H

#include "cli/commands.h"
#include "cli/result.h"
#include "cluster/cluster.h"

/* Opens the store and the clusters of the options given; those that are missing or older than the store are made first. */
enum imjin_status cluster_desk(struct session *s, struct clusters **ret, struct error *err);
/* Where they stand; PATH_BYTES_MAX bytes. */
enum imjin_status cluster_path(struct session *s, const struct cluster_options *options, char *ret_path, struct error *err);
enum imjin_status cluster_options_given(const struct session *s, struct cluster_options *ret, struct error *err);
/* What --height means: transactions below this number. */
uint32_t cluster_txs_given(const struct session *s);

enum imjin_status cluster_address(struct session *s, const char *text, struct script_id *ret, struct error *err);
enum imjin_status cluster_transaction(struct session *s, const char *text, struct tx_id *ret, struct error *err);

/* What --json and the words for people say of an address, its label, a transaction, an amount. `key` null: inside a list. */
enum imjin_status cluster_put_address(struct json_writer *w, const struct session *s, const char *key, struct script_id id,
                                      struct error *err);
enum imjin_status cluster_put_tx(struct json_writer *w, const struct session *s, struct tx_id id, struct error *err);
void cluster_put_units(struct json_writer *w, const struct session *s, const char *key, uint64_t units);
enum imjin_status cluster_add_address(struct session *s, struct script_id id, struct error *err);
enum imjin_status cluster_add_tx(struct session *s, struct tx_id id, struct error *err); /* id, height, day */
void cluster_add_units(struct session *s, uint64_t units);
/* "inputs spent together", or the change rule's name. */
const char *cluster_rule_name(uint32_t rule);
const char *cluster_rule_text(uint32_t rule);

/* imjin patterns, on a chain of outputs: `patterns` are bits of the room pattern's names. */
enum imjin_status cluster_patterns(struct session *s, uint32_t patterns, struct error *err);

#endif
