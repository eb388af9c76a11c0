#include "cli/commands.h"

#include "cli/request.h"

static enum imjin_status tx_of_outputs(struct session *s, struct error *err) {
    struct tx_id id;
    TRY(desk_store(&s->desk, err));
    TRY(utxo_tx_find(s->desk.store, span_trim(span_of(s->arguments.operands[0])), &id, err));
    struct report_outputs in = session_outputs(s);
    return s->json ? report_outputs_tx_json(&s->out, &in, id, err) : report_outputs_tx_text(&s->out, &in, id, err);
}

/* Events and calls of the transaction, out of the files that hold them. */
static enum imjin_status read_evidence(const struct session *s, struct tx_id tx, struct abi_witness **ret, uint32_t *ret_count,
                                       struct error *err) {
    const struct arguments *a = &s->arguments;
    const struct ingest_options options = {.on_error = INGEST_SKIP, .decimals = DECIMALS_UNKNOWN, .threads = 1};
    struct ledger_tx about;
    uint64_t count = 0;
    TRY(ledger_tx(s->desk.ledger, tx, &about, err));
    const char **paths = memory_new(a->given_count + 1, sizeof *paths);
    if (paths == NULL)
        return fail_memory(err, "the files");
    for (unsigned i = 0; i < a->given_count; i++)
        if (a->given[i].id == OPTION_EVIDENCE)
            paths[count++] = a->given[i].value;
    enum imjin_status status =
        count ? ingest_witnesses(ret, ret_count, about.hash, &s->desk.chain, paths, count, &options, err) : IMJIN_OK;
    memory_free(paths);
    return status;
}

static enum imjin_status show_tx(struct session *s, struct tx_id tx, struct error *err) {
    uint32_t rules = request_rules(&s->arguments);
    struct abi_witness *witnesses = NULL;
    struct report_input in = session_input(s);
    enum imjin_status status = read_evidence(s, tx, &witnesses, &in.witness_count, err);
    in.witnesses = witnesses;
    if (status == IMJIN_OK)
        status = s->json ? report_tx_json(&s->out, &in, tx, rules, err) : report_tx_text(&s->out, &in, tx, rules, err);
    memory_free(witnesses);
    return status;
}

enum imjin_status command_tx(struct session *s, struct error *err) {
    const char *named = s->arguments.operands[0];
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
    return show_tx(s, tx, err);
}
