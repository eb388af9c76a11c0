/* What each command does: one function a command, in a file of its own (command_<name>.c). Each checks what the table cannot,
 * leaves its result in s->out, and returns the exit status. */
#ifndef IMJIN_CLI_COMMANDS_H
#define IMJIN_CLI_COMMANDS_H

#include "cli/session.h"

enum imjin_status command_init(struct session *s, struct error *err);
enum imjin_status command_import(struct session *s, struct error *err);
enum imjin_status command_compile(struct session *s, struct error *err);
enum imjin_status command_info(struct session *s, struct error *err);
enum imjin_status command_verify(struct session *s, struct error *err);
enum imjin_status command_label_import(struct session *s, struct error *err);
enum imjin_status command_label_add(struct session *s, struct error *err);
enum imjin_status command_label_listed(struct session *s, struct error *err);
enum imjin_status command_label_list(struct session *s, struct error *err);
enum imjin_status command_label_show(struct session *s, struct error *err);
enum imjin_status command_price_import(struct session *s, struct error *err);
enum imjin_status command_price_list(struct session *s, struct error *err);
enum imjin_status command_bridge_import(struct session *s, struct error *err);
enum imjin_status command_bridge_match(struct session *s, struct error *err);
enum imjin_status command_patterns(struct session *s, struct error *err);
enum imjin_status command_mixer_link(struct session *s, struct error *err);
enum imjin_status command_lists_add(struct session *s, struct error *err);
enum imjin_status command_lists_update(struct session *s, struct error *err);
enum imjin_status command_lists_diff(struct session *s, struct error *err);
enum imjin_status command_lists_show(struct session *s, struct error *err);
enum imjin_status command_lists_history(struct session *s, struct error *err);
enum imjin_status command_lists_verify(struct session *s, struct error *err);
enum imjin_status command_compare(struct session *s, struct error *err);
enum imjin_status command_cluster_build(struct session *s, struct error *err);
enum imjin_status command_cluster_show(struct session *s, struct error *err);
enum imjin_status command_cluster_why(struct session *s, struct error *err);
enum imjin_status command_cluster_list(struct session *s, struct error *err);
enum imjin_status command_cluster_tx(struct session *s, struct error *err);
enum imjin_status command_cluster_peel(struct session *s, struct error *err);
enum imjin_status command_cluster_refused(struct session *s, struct error *err);
enum imjin_status command_cluster_merges(struct session *s, struct error *err);
enum imjin_status command_cluster_verify(struct session *s, struct error *err);
enum imjin_status command_account(struct session *s, struct error *err);
enum imjin_status command_tx(struct session *s, struct error *err);
enum imjin_status command_trace(struct session *s, struct error *err);
enum imjin_status command_sources(struct session *s, struct error *err);
enum imjin_status command_exposure(struct session *s, struct error *err);
enum imjin_status command_report(struct session *s, struct error *err);
enum imjin_status command_watch(struct session *s, struct error *err);
enum imjin_status command_screen(struct session *s, struct error *err);
enum imjin_status command_explain(struct session *s, struct error *err);
enum imjin_status command_decide_match(struct session *s, struct error *err);
enum imjin_status command_decide_dismiss(struct session *s, struct error *err);
enum imjin_status command_decide_merge(struct session *s, struct error *err);
enum imjin_status command_decide_split(struct session *s, struct error *err);
enum imjin_status command_decide_list(struct session *s, struct error *err);
enum imjin_status command_rescreen(struct session *s, struct error *err);
enum imjin_status command_mutate(struct session *s, struct error *err);
enum imjin_status command_help(struct session *s, struct error *err);
enum imjin_status command_version(struct session *s, struct error *err);
enum imjin_status command_documentation(struct session *s, struct error *err);

#endif
