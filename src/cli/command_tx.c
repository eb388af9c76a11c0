#include "cli/commands.h"

#include "cli/request.h"

static enum imjin_status tx_of_outputs(struct session *s, struct error *err) {
    struct tx_id id;
    TRY(desk_store(&s->desk, err));
    TRY(utxo_tx_find(s->desk.store, span_trim(span_of(s->arguments.operands[0])), &id, err));
    struct report_outputs in = session_outputs(s);
    return s->json ? report_outputs_tx_json(&s->out, &in, id, err) : report_outputs_tx_text(&s->out, &in, id, err);
}

enum imjin_status command_tx(struct session *s, struct error *err) {
    const char *named = s->arguments.operands[0];
    uint32_t rules = request_rules(&s->arguments);
    struct tx_id tx;
    if (span_trim(span_of(named)).count == 0)
        return fail(err, IMJIN_USAGE, "the transaction is missing");
    bool blocks = false;
    TRY(desk_has_blocks(&s->desk, &blocks, err));
    if (blocks)
        return tx_of_outputs(s, err);
    TRY(desk_ledger(&s->desk, err));
    enum imjin_status status = ledger_tx_find(s->desk.ledger, span_of(named), &tx, err);
    if (status == IMJIN_NOT_FOUND)
        return fail(err, status, "the ledger of %s has no transaction %.100s", s->desk.chain.name, named);
    TRY(status);
    struct report_input in = session_input(s);
    return s->json ? report_tx_json(&s->out, &in, tx, rules, err) : report_tx_text(&s->out, &in, tx, rules, err);
}
