#include "cluster/cluster.h"

static const char *const end_names[] = {"unspent", "gathered", "spread", "limit"};
const char *peel_end_name(enum peel_end end) { return end_names[end]; }

/* A transaction seen as a hop. */
struct hop {
    uint32_t tx;
    uint64_t input, peel, rest; /* numbers in the store; input: of the output that is spent, UTXO_OUTPUT_NONE when unknown */
    uint64_t value;             /* of the input */
};

static bool can_be_spent(const struct utxo *u, uint64_t output) {
    return coin_is_personal(utxo_script_kind(u, (struct script_id){utxo_outputs(u)[output].script}));
}

/* False when it is none. */
static enum imjin_status read_hop(const struct utxo *u, uint32_t tx, struct hop *ret, bool *ret_is, struct error *err) {
    struct utxo_tx t;
    struct script_id script;
    uint64_t value;
    TRY(utxo_tx(u, (struct tx_id){tx}, &t, err));
    *ret_is = false;
    if (t.input_count != 1 || t.output_count != 2)
        return IMJIN_OK;
    enum imjin_status status = utxo_input_value(u, t.input_first, &value, &script, err);
    if (status == IMJIN_NOT_FOUND)
        return IMJIN_OK;
    TRY(status);
    uint64_t a = t.output_first, b = a + 1;
    const struct utxo_output *o = utxo_outputs(u);
    if (o[a].value == o[b].value || !can_be_spent(u, a) || !can_be_spent(u, b))
        return IMJIN_OK;
    bool a_is_rest = o[a].value > o[b].value;
    *ret = (struct hop){tx, utxo_input_output(u, t.input_first), a_is_rest ? b : a, a_is_rest ? a : b, value};
    *ret_is = value >= o[a].value + o[b].value;
    return IMJIN_OK;
}

/* Goes back while the money came from a hop's rest. */
static enum imjin_status find_first(const struct utxo *u, struct hop *at, struct error *err) {
    for (uint32_t steps = 0; steps < CLUSTER_PEEL_MAX && at->input != UTXO_OUTPUT_NONE; steps++) {
        struct tx_id before;
        struct hop hop;
        bool is;
        TRY(utxo_output_tx(u, at->input, &before, err));
        TRY(read_hop(u, before.n, &hop, &is, err));
        if (!is || hop.rest != at->input)
            return IMJIN_OK;
        *at = hop;
    }
    return IMJIN_OK;
}

static enum imjin_status push_hop(struct buffer *peels, struct peel_chain *chain, const struct utxo *u, const struct hop *hop,
                                  struct error *err) {
    const struct utxo_output *o = utxo_outputs(u);
    struct peel peel = {{hop->tx}, hop->peel, o[hop->peel].value, o[hop->peel].script};
    chain->value_peeled += peel.value;
    chain->value_rest = o[hop->rest].value;
    chain->fees += hop->value - peel.value - chain->value_rest;
    chain->rest_output = hop->rest;
    return buffer_push(peels, &peel, NULL, err);
}

/* Goes on from `at` to the end of the chain. */
static enum imjin_status follow(struct buffer *peels, struct peel_chain *chain, const struct utxo *u, struct hop at,
                                struct error *err) {
    chain->value_first = at.value;
    for (;;) {
        struct hop next;
        bool is;
        TRY(push_hop(peels, chain, u, &at, err));
        const struct utxo_output *rest = &utxo_outputs(u)[at.rest];
        chain->end = PEEL_UNSPENT;
        if (!utxo_is_spent(utxo_counts(u), rest))
            return IMJIN_OK;
        chain->end = PEEL_LIMIT;
        if (peels->count == CLUSTER_PEEL_MAX)
            return IMJIN_OK;
        TRY(read_hop(u, rest->spender, &next, &is, err));
        if (!is || next.input != at.rest) {
            uint64_t inputs = utxo_tx_inputs_end(u, rest->spender) - utxo_txs(u)[rest->spender].input_first;
            chain->end = inputs > 1 ? PEEL_GATHERED : PEEL_SPREAD;
            return IMJIN_OK;
        }
        at = next;
    }
}

enum imjin_status peel_of(struct peel_chain *ret, const struct utxo *u, struct tx_id tx, struct error *err) {
    struct buffer peels = {.item_bytes = sizeof(struct peel), .items_max = CLUSTER_PEEL_MAX, .what = "hops of a peel chain"};
    struct peel_chain chain = {0};
    struct hop at;
    bool is;
    TRY(read_hop(u, tx.n, &at, &is, err));
    if (!is)
        return fail(err, IMJIN_NOT_FOUND, "the transaction is no hop of a peel chain (one input, two outputs)");
    TRY(find_first(u, &at, err));
    enum imjin_status status = follow(&peels, &chain, u, at, err);
    if (status == IMJIN_OK && peels.count < PEEL_HOPS_MIN)
        status =
            fail(err, IMJIN_NOT_FOUND, "the transaction is in no peel chain: only %u alike in a row", (unsigned)peels.count);
    if (status != IMJIN_OK) {
        buffer_done(&peels);
        return status;
    }
    chain.peels = peels.items;
    chain.count = peels.count;
    *ret = chain;
    return IMJIN_OK;
}

void peel_done(struct peel_chain *p) {
    memory_free(p->peels);
    *p = (struct peel_chain){0};
}
