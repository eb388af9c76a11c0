#include "fake_utxo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct utxo {
    struct utxo_counts counts, whole;
    struct utxo_output *outputs;
    uint64_t *inputs;
    struct utxo_tx_row *txs;
    struct utxo_block *blocks;
    uint8_t *kinds;
    uint32_t *found; /* what utxo_script_outputs() gave last */
    uint64_t max;
};

struct utxo *fake_new(uint64_t max) {
    struct utxo *u = calloc(1, sizeof *u);
    assert(u);
    u->max = max;
    u->outputs = calloc(max, sizeof *u->outputs);
    u->inputs = calloc(max, sizeof *u->inputs);
    u->txs = calloc(max, sizeof *u->txs);
    u->blocks = calloc(max, sizeof *u->blocks);
    u->kinds = calloc(max, 1);
    u->found = calloc(max, sizeof *u->found);
    assert(u->found && u->outputs && u->inputs && u->txs && u->blocks && u->kinds);
    return u;
}

void fake_free(struct utxo *u) {
    free(u->outputs);
    free(u->inputs);
    free(u->txs);
    free(u->blocks);
    free(u->kinds);
    free(u->found);
    free(u);
}

void fake_block(struct utxo *u) {
    struct utxo_counts *n = &u->counts;
    assert(n->blocks < u->max);
    struct utxo_block *b = &u->blocks[n->blocks++];
    *b = (struct utxo_block){
        .inputs = n->inputs, .outputs = n->outputs, .txs = (uint32_t)n->txs, .scripts = (uint32_t)n->scripts};
    b->hash[0] = (uint8_t)n->blocks;
    b->hash[1] = (uint8_t)(n->blocks >> 8);
    n->height_last = (uint32_t)n->blocks - 1;
    u->whole = *n;
}

uint32_t fake_tx(struct utxo *u, uint32_t locktime) {
    struct utxo_counts *n = &u->counts;
    assert(n->txs < u->max);
    u->txs[n->txs] = (struct utxo_tx_row){n->inputs, n->outputs, 2, locktime};
    n->txs++;
    u->whole = *n;
    return (uint32_t)n->txs - 1;
}

void fake_in(struct utxo *u, uint64_t output) {
    struct utxo_counts *n = &u->counts;
    assert(n->inputs < u->max);
    u->inputs[n->inputs++] = output == UTXO_OUTPUT_NONE ? UTXO_INPUT_MASK : output;
    if (output < n->outputs)
        u->outputs[output].spender = (uint32_t)n->txs - 1;
    u->whole = *n;
}

uint64_t fake_out(struct utxo *u, uint64_t value, uint32_t script, enum script_kind kind) {
    struct utxo_counts *n = &u->counts;
    assert(n->outputs < u->max && script <= n->scripts && n->scripts < u->max);
    if (script == n->scripts)
        u->kinds[n->scripts++] = (uint8_t)kind;
    u->outputs[n->outputs] = (struct utxo_output){value, script, UTXO_UNSPENT};
    n->outputs++;
    u->whole = *n;
    return n->outputs - 1;
}

void fake_show(struct utxo *u, uint64_t blocks) {
    u->counts = u->whole;
    if (blocks >= u->whole.blocks)
        return;
    const struct utxo_block *b = &u->blocks[blocks];
    struct utxo_counts *n = &u->counts;
    n->blocks = blocks;
    n->txs = b->txs;
    n->inputs = b->inputs;
    n->outputs = b->outputs;
    n->scripts = b->scripts;
    n->height_last = (uint32_t)blocks - 1;
}

struct utxo_output *fake_outputs(struct utxo *u) {
    return u->outputs;
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
uint64_t utxo_input_output(const struct utxo *u, uint64_t input) { return utxo_word_output(u->inputs[input]); }
enum script_kind utxo_script_kind(const struct utxo *u, struct script_id id) {
    return id.n < u->counts.scripts ? u->kinds[id.n] : SCRIPT_NONSTANDARD;
}

enum imjin_status utxo_input_value(const struct utxo *u, uint64_t input, uint64_t *ret_value, struct script_id *ret_script,
                                   struct error *err) {
    uint64_t output = utxo_input_output(u, input);
    if (output >= u->counts.outputs)
        return fail(err, IMJIN_NOT_FOUND, "not known");
    *ret_value = u->outputs[output].value;
    ret_script->n = u->outputs[output].script;
    return IMJIN_OK;
}

enum imjin_status utxo_tx(const struct utxo *u, struct tx_id id, struct utxo_tx *ret, struct error *err) {
    if (id.n >= u->counts.txs)
        return fail(err, IMJIN_BAD_INPUT, "no such transaction");
    const struct utxo_tx_row *t = &u->txs[id.n];
    uint32_t height = 0;
    while (height + 1 < u->counts.blocks && u->blocks[height + 1].txs <= id.n)
        height++;
    *ret = (struct utxo_tx){.id = id,
                            .height = height,
                            .index = id.n - u->blocks[height].txs,
                            .input_first = t->input_first,
                            .output_first = t->output_first,
                            .input_count = (uint32_t)(utxo_tx_inputs_end(u, id.n) - t->input_first),
                            .output_count = (uint32_t)(utxo_tx_outputs_end(u, id.n) - t->output_first),
                            .version = t->version,
                            .locktime = t->locktime};
    return IMJIN_OK;
}

enum imjin_status utxo_output_tx(const struct utxo *u, uint64_t output, struct tx_id *ret, struct error *err) {
    uint64_t low = 0, high = u->counts.txs;
    if (output >= u->counts.outputs)
        return fail(err, IMJIN_BAD_INPUT, "no such output");
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (u->txs[middle].output_first <= output)
            low = middle;
        else
            high = middle;
    }
    ret->n = (uint32_t)low;
    return IMJIN_OK;
}

enum imjin_status utxo_script_outputs(const struct utxo *u, struct script_id id, struct utxo_list ret[UTXO_SEGMENTS_MAX],
                                      unsigned *ret_count, struct error *err) {
    uint64_t count = 0;
    if (id.n >= u->counts.scripts)
        return fail(err, IMJIN_NOT_FOUND, "no such script");
    for (uint64_t o = 0; o < u->counts.outputs; o++)
        if (u->outputs[o].script == id.n)
            u->found[count++] = (uint32_t)o;
    ret[0] = (struct utxo_list){u->found, 0, count};
    *ret_count = 1;
    return IMJIN_OK;
}
