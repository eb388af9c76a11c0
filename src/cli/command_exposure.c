#include "cli/commands.h"

#include "cli/request.h"

static enum imjin_status find_exposure(struct session *s, struct account_id *accounts, struct error *err) {
    const struct arguments *a = &s->arguments;
    TRY(request_check(a, err));
    struct trace_request request = request_from_arguments(s);
    struct trace_input input;
    struct exposure_result *result;
    for (unsigned i = 0; i < a->operand_count; i++)
        TRY(account_by_text(&accounts[i], s->desk.ledger, span_of(a->operands[i]), err));
    TRY(desk_compiled(&s->desk, request.rules, err));
    TRY(desk_trace_input(&s->desk, &input, err));
    TRY(exposure_run(&input, &request, accounts, a->operand_count, &s->progress, &result, err));
    struct report_input in = session_input(s);
    in.request = &request;
    enum imjin_status status =
        s->json ? report_exposure_json(&s->out, &in, result, err) : report_exposure_text(&s->out, &in, result, err);
    exposure_result_free(result);
    return status;
}

enum imjin_status command_exposure(struct session *s, struct error *err) {
    TRY(desk_ledger(&s->desk, err));
    struct account_id *accounts = memory_new(s->arguments.operand_count, sizeof *accounts);
    if (accounts == NULL)
        return fail_memory(err, "the accounts");
    enum imjin_status status = find_exposure(s, accounts, err);
    memory_free(accounts);
    return status;
}
