#include "cli/exits.h"

static const char *const pool_names[EXIT_POOLS] = {"0.1", "1", "10", "100"};

enum imjin_status exits_find_pools(const struct ledger *l, struct mixer_pool ret[EXIT_POOLS], struct error *err) {
    for (unsigned i = 0; i < EXIT_POOLS; i++) {
        const struct ingest_pool *known = ingest_pool_find(span_of(pool_names[i]));
        struct address address = {.form = ADDRESS_EVM, .count = sizeof address.evm};
        memcpy(address.evm, known->address, sizeof address.evm);
        struct mixer_pool pool = {known->name, {ID_NONE}, (u128)known->units_gwei * 1000000000};
        enum imjin_status status = ledger_account_find(l, &address, &pool.account, err);
        if (status != IMJIN_OK && status != IMJIN_NOT_FOUND)
            return status;
        ret[i] = pool;
    }
    return IMJIN_OK;
}

static bool stopped_at_a_pool(const struct exits *x, const struct trace_result *r) {
    for (uint64_t i = 0; i < r->account_count; i++)
        for (unsigned k = 0; r->accounts[i].stop == STOP_MIXER && k < EXIT_POOLS; k++)
            if (x->pools[k].account.n == r->accounts[i].account.n)
                return true;
    return false;
}

static enum imjin_status link_notes(struct exits *x, struct session *s, const struct trace_result *r, struct error *err) {
    TRY(mixer_batches_from_trace(&x->batches, s->desk.ledger, r, x->pools, EXIT_POOLS, err));
    return mixer_link(s->desk.ledger, x->pools, EXIT_POOLS, &x->batches, &s->progress, &x->result, err);
}

enum imjin_status exits_run(struct exits *x, struct session *s, const struct following *f, struct report_input *in,
                            struct error *err) {
    struct error why = {0};
    TRY(exits_find_pools(s->desk.ledger, x->pools, err));
    if (!stopped_at_a_pool(x, f->result))
        return IMJIN_OK;
    enum imjin_status status = link_notes(x, s, f->result, &why);
    if (status == IMJIN_BAD_INPUT)
        screen_note(&s->screen, "imjin: where the notes came out was not looked for: %s", why.text);
    if (status == IMJIN_BAD_INPUT || status == IMJIN_NOT_FOUND)
        return IMJIN_OK;
    if (status != IMJIN_OK) {
        if (err)
            *err = why;
        return status;
    }
    x->report = (struct report_mixer){x->pools, &x->batches, x->result, 0};
    if (x->result->pool_withdrawals)
        in->mixer = &x->report;
    return IMJIN_OK;
}

void exits_done(struct exits *x) {
    mixer_result_free(x->result);
    mixer_batches_done(&x->batches);
    *x = (struct exits){0};
}
