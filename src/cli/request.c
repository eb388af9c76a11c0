#include "cli/request.h"

static const struct {
    enum option_id id;
    uint32_t rules;
} switches[] = {
    {OPTION_NO_SWAPS, 1u << RULE_SWAP | 1u << RULE_SWAP_TO},
    {OPTION_NO_SWAP_TO, 1u << RULE_SWAP_TO},
    {OPTION_NO_WRAPS, 1u << RULE_WRAP | 1u << RULE_UNWRAP},
    {OPTION_NO_LIQUIDITY, 1u << RULE_DEPOSIT | 1u << RULE_REDEEM},
};

uint32_t request_rules(const struct arguments *a) {
    uint32_t rules = SETTLE_RULES_ALL;
    for (unsigned i = 0; i < sizeof switches / sizeof *switches; i++)
        if (arguments_has(a, switches[i].id))
            rules &= ~switches[i].rules;
    return rules;
}

enum imjin_status request_check(const struct arguments *a, struct error *err) {
    if (arguments_word(a, OPTION_POLICY) >= TRACE_POLICIES || arguments_has(a, OPTION_FEES))
        return fail(err, IMJIN_USAGE, "--policy tiho and --fees are for chains of outputs (Bitcoin and its kin)");
    return IMJIN_OK;
}

struct trace_request request_from_arguments(const struct session *s) {
    const struct arguments *a = &s->arguments;
    const char *until = arguments_text(a, OPTION_UNTIL), *claim = arguments_text(a, OPTION_MIN_CLAIM);
    struct trace_request r = trace_defaults();
    r.policy = (enum trace_policy)arguments_word(a, OPTION_POLICY); /* words stand in the order of the enumeration */
    r.engine = (enum trace_engine)arguments_word(a, OPTION_ENGINE);
    r.rules = request_rules(a);
    r.stop_at_labels = !arguments_has(a, OPTION_NO_LABELS);
    r.stop_at_deposits = !arguments_has(a, OPTION_NO_DEPOSITS);
    r.stop_at_hubs = !arguments_has(a, OPTION_NO_HUBS);
    r.follow_unknown = arguments_has(a, OPTION_FOLLOW_UNKNOWN);
    r.hub_counterparties = (uint32_t)arguments_count(a, OPTION_HUB_LIMIT, r.hub_counterparties);
    r.hops_max = (uint32_t)arguments_count(a, OPTION_HOPS, r.hops_max);
    r.pieces_max = arguments_count(a, OPTION_WORK_LIMIT, r.pieces_max);
    r.threads = s->desk.threads;
    INVARIANT(until == NULL || time_parse(&r.time_until, span_of(until), NULL) == IMJIN_OK);
    INVARIANT(claim == NULL || u128_parse(claim, strlen(claim), &r.claim_min));
    return r;
}
