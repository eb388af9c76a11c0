/* From options to what trace is asked. */
#ifndef IMJIN_CLI_REQUEST_H
#define IMJIN_CLI_REQUEST_H

#include "cli/session.h"

/* The rules that are on: SETTLE_RULES_ALL without what --no-swaps and its like switch off. */
uint32_t request_rules(const struct arguments *a);
/* Everything but the sources. */
/* IMJIN_USAGE when what was asked is for chains of outputs alone. */
enum imjin_status request_check(const struct arguments *a, struct error *err);
struct trace_request request_from_arguments(const struct session *s);

#endif
