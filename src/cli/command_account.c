#include "cli/commands.h"

#include "cli/request.h"

static enum imjin_status account_of_outputs(struct session *s, struct error *err) {
    TRY(desk_store(&s->desk, err));
    struct report_outputs in = session_outputs(s);
    struct span named = span_trim(span_of(s->arguments.operands[0]));
    struct address address = {.form = ADDRESS_OPAQUE, .count = (uint8_t)named.count, .text = named.bytes};
    struct script_id id;
    if (named.count == 0 || named.count > ADDRESS_TEXT_MAX)
        return fail(err, IMJIN_BAD_INPUT, "this is no address of %s", s->desk.chain.name);
    TRY(utxo_script_find(s->desk.store, &address, &id, err));
    return s->json ? report_outputs_account_json(&s->out, &in, id, err) : report_outputs_account_text(&s->out, &in, id, err);
}

enum imjin_status command_account(struct session *s, struct error *err) {
    uint64_t limit = arguments_count(&s->arguments, OPTION_LIMIT, 0);
    struct report_account_options options = {limit, limit};
    struct account_id account;
    bool blocks = false;
    TRY(desk_has_blocks(&s->desk, &blocks, err));
    if (blocks)
        return account_of_outputs(s, err);
    TRY(desk_ledger(&s->desk, err));
    TRY(account_by_text(&account, s->desk.ledger, span_of(s->arguments.operands[0]), err));
    TRY(desk_compiled(&s->desk, request_rules(&s->arguments), err));
    struct report_input in = session_input(s);
    return s->json ? report_account_json(&s->out, &in, account, options, err)
                   : report_account_text(&s->out, &in, account, options, err);
}
