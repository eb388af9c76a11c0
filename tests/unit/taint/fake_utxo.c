#include "fake_utxo.h"

void fake_begin(struct utxo *u) {
    memset(u, 0, sizeof *u);
    u->counts.scripts = FAKE_SCRIPTS;
    u->counts.height_last = UINT32_MAX; /* raised to 0 by the first block */
}

void fake_block(struct utxo *u) {
    u->blocks[u->counts.blocks++].txs = (uint32_t)u->counts.txs;
    u->counts.height_last++;
}

uint32_t fake_tx(struct utxo *u) {
    u->txs[u->counts.txs] = (struct utxo_tx_row){.input_first = u->counts.inputs, .output_first = u->counts.outputs};
    return (uint32_t)u->counts.txs++;
}

void fake_input(struct utxo *u, uint64_t output) {
    u->outputs[output].spender = (uint32_t)u->counts.txs - 1;
    u->inputs[u->counts.inputs++] = output;
}

void fake_input_unknown(struct utxo *u, uint64_t value) {
    u->unknown_values[u->counts.inputs] = value;
    u->inputs[u->counts.inputs++] = UTXO_INPUT_MASK;
}

uint64_t fake_output(struct utxo *u, uint64_t value, uint32_t script) {
    u->outputs[u->counts.outputs] = (struct utxo_output){.value = value, .script = script, .spender = UTXO_UNSPENT};
    return u->counts.outputs++;
}

const struct utxo_counts *utxo_counts(const struct utxo *u) { return &u->counts; }
const struct utxo_output *utxo_outputs(const struct utxo *u) { return u->outputs; }
const uint64_t *utxo_inputs(const struct utxo *u) { return u->inputs; }
const struct utxo_tx_row *utxo_txs(const struct utxo *u) { return u->txs; }
const struct utxo_block *utxo_blocks(const struct utxo *u) { return u->blocks; }

uint64_t utxo_tx_outputs_end(const struct utxo *u, uint32_t tx) {
    return tx + 1 < u->counts.txs ? u->txs[tx + 1].output_first : u->counts.outputs;
}
uint64_t utxo_tx_inputs_end(const struct utxo *u, uint32_t tx) {
    return tx + 1 < u->counts.txs ? u->txs[tx + 1].input_first : u->counts.inputs;
}

enum imjin_status utxo_script_find(const struct utxo *u, const struct address *a, struct script_id *ret, struct error *err) {
    (void)u;
    if (a->count != 4 || memcmp(a->text, "data", 4) != 0)
        return fail(err, IMJIN_NOT_FOUND, "not asked here");
    ret->n = FAKE_DATA_SCRIPT;
    return IMJIN_OK;
}

enum imjin_status utxo_input_value(const struct utxo *u, uint64_t input, uint64_t *ret_value, struct script_id *ret_script,
                                   struct error *err) {
    if (u->unknown_values[input] == UINT64_MAX)
        return fail(err, IMJIN_NOT_FOUND, "the history does not say");
    *ret_value = u->unknown_values[input];
    ret_script->n = 1;
    return IMJIN_OK;
}

enum imjin_status utxo_output_tx(const struct utxo *u, uint64_t output, struct tx_id *ret, struct error *err) {
    (void)err;
    uint32_t tx = 0;
    while (utxo_tx_outputs_end(u, tx) <= output)
        tx++;
    ret->n = tx;
    return IMJIN_OK;
}
