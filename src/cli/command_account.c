#include "cli/commands.h"

#include "cli/request.h"

enum imjin_status command_account(struct session *s, struct error *err) {
    uint64_t limit = arguments_count(&s->arguments, OPTION_LIMIT, 0);
    struct report_account_options options = {limit, limit};
    struct account_id account;
    TRY(desk_ledger(&s->desk, err));
    TRY(account_by_text(&account, s->desk.ledger, span_of(s->arguments.operands[0]), err));
    TRY(desk_compiled(&s->desk, request_rules(&s->arguments), err));
    struct report_input in = session_input(s);
    return s->json ? report_account_json(&s->out, &in, account, options, err)
                   : report_account_text(&s->out, &in, account, options, err);
}
