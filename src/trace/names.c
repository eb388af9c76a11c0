#include "trace/trace.h"

#include "trace/limits.h"

const char *trace_policy_name(enum trace_policy p) {
    static const char *const names[TRACE_POLICIES] = {"fifo", "lifo", "haircut", "poison"};
    return (unsigned)p < TRACE_POLICIES ? names[p] : "?";
}

const char *stop_reason_name(enum stop_reason r) {
    static const char *const names[STOP_REASONS] = {"",     "service", "deposit-address", "mixer",   "bridge", "defi",
                                                    "burn", "hub",     "untraceable",     "horizon", "dust",   "limit"};
    return (unsigned)r < STOP_REASONS ? names[r] : "?";
}

struct trace_request trace_defaults(void) {
    return (struct trace_request){
        .policy = POLICY_FIFO,
        .engine = ENGINE_FOLLOW,
        .rules = SETTLE_RULES_ALL,
        .stop_at_labels = true,
        .stop_at_deposits = true,
        .stop_at_hubs = true,
        .hub_counterparties = TRACE_HUB_COUNTERPARTIES_DEFAULT,
        .time_until = TIME_UNKNOWN,
        .claim_min = 1,
        .pieces_max = TRACE_PIECES_DEFAULT,
        .threads = 1,
    };
}
