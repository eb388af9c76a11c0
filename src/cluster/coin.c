#include "cluster/cluster.h"

static enum imjin_status push_coin(struct buffer *b, const struct utxo *u, uint64_t value, uint32_t script, struct error *err) {
    struct coin coin = {value, script, SCRIPT_NONSTANDARD};
    if (script < utxo_counts(u)->scripts)
        coin.kind = utxo_script_kind(u, (struct script_id){script});
    else
        coin.script = CLUSTER_NONE;
    return buffer_push(b, &coin, NULL, err);
}

static enum imjin_status load_inputs(struct coin_view *v, const struct utxo *u, const struct utxo_tx *t, struct error *err) {
    for (uint64_t i = t->input_first; i < t->input_first + t->input_count; i++) {
        uint64_t value = 0;
        struct script_id script = {CLUSTER_NONE};
        enum imjin_status status = utxo_input_value(u, i, &value, &script, err);
        if (status != IMJIN_OK && status != IMJIN_NOT_FOUND)
            return status;
        TRY(push_coin(&v->inputs, u, value, script.n, err));
    }
    return IMJIN_OK;
}

static void begin_buffer(struct buffer *b, const char *what) {
    b->item_bytes = sizeof(struct coin);
    b->items_max = CLUSTER_COINS_MAX;
    b->what = what;
    b->count = 0;
}

enum imjin_status coin_view_load(struct coin_view *v, const struct utxo *u, struct tx_id tx, struct error *err) {
    struct utxo_tx t;
    const struct utxo_output *outputs = utxo_outputs(u);
    begin_buffer(&v->inputs, "the inputs of one transaction");
    begin_buffer(&v->outputs, "the outputs of one transaction");
    TRY(utxo_tx(u, tx, &t, err));
    TRY(load_inputs(v, u, &t, err));
    for (uint64_t o = t.output_first; o < t.output_first + t.output_count; o++)
        TRY(push_coin(&v->outputs, u, outputs[o].value, outputs[o].script, err));
    v->tx = (struct coin_tx){v->inputs.items, v->outputs.items, v->inputs.count, v->outputs.count, tx.n, t.locktime};
    return IMJIN_OK;
}

void coin_view_done(struct coin_view *v) {
    buffer_done(&v->inputs);
    buffer_done(&v->outputs);
}
