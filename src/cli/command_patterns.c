#include "cli/cluster.h"
#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/request.h"

/* --only names what is looked for, --without what is not. */
static enum imjin_status patterns_asked(const struct arguments *a, uint32_t *ret, struct error *err) {
    uint32_t only = 0, without = 0;
    for (unsigned i = 0; i < a->given_count; i++) {
        if (a->given[i].id != OPTION_ONLY && a->given[i].id != OPTION_WITHOUT)
            continue;
        enum pattern_id p = pattern_find(span_of(a->given[i].value));
        if (p == PATTERNS)
            return fail(err, IMJIN_USAGE, "there is no pattern %.60s; \"imjin help patterns\" lists them", a->given[i].value);
        if (a->given[i].id == OPTION_ONLY)
            only |= 1u << p;
        else
            without |= 1u << p;
    }
    *ret = (only ? only : PATTERNS_ALL) & ~without;
    return IMJIN_OK;
}

static enum imjin_status write_patterns(struct session *s, const struct report_input *in, struct report_patterns p,
                                        struct error *err) {
    p.rows_max = arguments_count(&s->arguments, OPTION_LIMIT, 0);
    return s->json ? report_patterns_json(&s->out, in, &p, err) : report_patterns_text(&s->out, in, &p, err);
}

static enum imjin_status of_accounts(struct session *s, uint32_t patterns, struct account_id *accounts, struct error *err) {
    const struct arguments *a = &s->arguments;
    struct trace_input input;
    struct pattern_result *result;
    for (unsigned i = 0; i < a->operand_count; i++)
        TRY(account_by_text(&accounts[i], s->desk.ledger, span_of(a->operands[i]), err));
    TRY(desk_compiled(&s->desk, request_rules(a), err));
    TRY(desk_trace_input(&s->desk, &input, err));
    struct report_input in = session_input(s);
    TRY(report_patterns_find(&in, &input, accounts, a->operand_count, patterns, &s->progress, &result, err));
    enum imjin_status status = write_patterns(s, &in, (struct report_patterns){result, patterns, 0}, err);
    pattern_result_free(result);
    return status;
}

static enum imjin_status of_listed(struct session *s, uint32_t patterns, struct error *err) {
    TRY(desk_ledger(&s->desk, err));
    struct account_id *accounts = memory_new(s->arguments.operand_count, sizeof *accounts);
    if (accounts == NULL)
        return fail_memory(err, "the accounts");
    enum imjin_status status = of_accounts(s, patterns, accounts, err);
    memory_free(accounts);
    return status;
}

/* The accounts that a case's money passed through. */
static enum imjin_status of_case(struct session *s, struct following *f, uint32_t patterns, struct error *err) {
    struct trace_input input;
    struct pattern_result *result;
    TRY(follow_open(f, s, s->arguments.operands, s->arguments.operand_count, err));
    TRY(follow_run(f, s, trace_run, err));
    TRY(desk_trace_input(&s->desk, &input, err));
    struct report_input in = follow_input(f, s);
    TRY(report_patterns_of_trace(&in, &input, patterns, &s->progress, &result, err));
    enum imjin_status status = write_patterns(s, &in, (struct report_patterns){result, patterns, 0}, err);
    pattern_result_free(result);
    return status;
}

enum imjin_status command_patterns(struct session *s, struct error *err) {
    struct following f = {0};
    uint32_t patterns;
    TRY(patterns_asked(&s->arguments, &patterns, err));
    bool blocks = false;
    TRY(desk_has_blocks(&s->desk, &blocks, err));
    if (blocks)
        return cluster_patterns(s, patterns, err);
    if (!case_is(s->arguments.operands[0]))
        return of_listed(s, patterns, err);
    enum imjin_status status = of_case(s, &f, patterns, err);
    follow_done(&f);
    return status;
}
