#include <stdlib.h>

#include "cluster/cluster.h"

static const struct {
    const char *name;
    uint8_t confidence; /* of a shape that has other reasons, too; CoinJoins have their own */
} rows[MOTIF_KINDS] = {{"peel-chain", 60}, {"mixer", 0}, {"fan-out", 50}, {"consolidation", 50}};

const char *motif_name(enum motif_kind kind) { return rows[kind].name; }

struct finder {
    const struct utxo *u;
    struct buffer *motifs;
    struct coin_view view;
    struct coinjoin_scratch scratch;
    uint32_t script;
    const uint32_t *txs; /* ascending */
    uint64_t tx_count;
    uint8_t *told; /* per transaction: whether its peel chain was told */
};

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static enum imjin_status push(struct finder *f, struct motif m, struct error *err) {
    return buffer_push(f->motifs, &m, NULL, err);
}

/* A chain would be found from each of its hops: those among the address's transactions are not asked again. */
static void set_told(struct finder *f, const struct peel_chain *p) {
    for (uint64_t i = 0; i < p->count; i++) {
        const uint32_t *at = bsearch(&p->peels[i].tx.n, f->txs, f->tx_count, sizeof *f->txs, compare_u32);
        if (at)
            f->told[at - f->txs] = 1;
    }
}

static enum imjin_status find_peel(struct finder *f, struct tx_id tx, struct error *err) {
    struct peel_chain p;
    enum imjin_status status = peel_of(&p, f->u, tx, err);
    if (status == IMJIN_NOT_FOUND)
        return IMJIN_OK;
    TRY(status);
    struct motif m = {MOTIF_PEEL_CHAIN, p.peels[0].tx, p.count,
                      p.value_peeled,   COINJOIN_NONE, rows[MOTIF_PEEL_CHAIN].confidence};
    set_told(f, &p);
    peel_done(&p);
    return push(f, m, err);
}

static uint64_t sum(const struct coin *coins, uint64_t count, uint64_t *ret_spendable) {
    uint64_t total = 0;
    *ret_spendable = 0;
    for (uint64_t i = 0; i < count; i++) {
        total += coins[i].value;
        *ret_spendable += coins[i].kind != SCRIPT_DATA;
    }
    return total;
}

static bool spends(const struct coin_tx *t, uint32_t script) {
    for (uint64_t i = 0; i < t->input_count; i++)
        if (t->inputs[i].script == script)
            return true;
    return false;
}

/* Fans are of who pays, not of who is paid. */
static enum imjin_status find_fan(struct finder *f, struct tx_id tx, struct error *err) {
    const struct coin_tx *t = &f->view.tx;
    uint64_t paid, spent;
    uint64_t out = sum(t->outputs, t->output_count, &paid), in = sum(t->inputs, t->input_count, &spent);
    if (!spends(t, f->script))
        return IMJIN_OK;
    if (paid >= MOTIF_FAN_MIN && t->input_count < paid)
        return push(f, (struct motif){MOTIF_FAN_OUT, tx, paid, out, COINJOIN_NONE, rows[MOTIF_FAN_OUT].confidence}, err);
    if (spent >= MOTIF_FAN_MIN && paid <= 2)
        return push(f, (struct motif){MOTIF_GATHERING, tx, spent, in, COINJOIN_NONE, rows[MOTIF_GATHERING].confidence}, err);
    return IMJIN_OK;
}

static enum imjin_status look_at(struct finder *f, uint64_t number, struct error *err) {
    struct tx_id tx = {f->txs[number]};
    struct coinjoin found;
    TRY(coin_view_load(&f->view, f->u, tx, err));
    TRY(coinjoin_of(&found, &f->scratch, &f->view.tx, err));
    if (found.kind != COINJOIN_NONE)
        return push(f,
                    (struct motif){MOTIF_COINJOIN, tx, found.equal_count, found.value, found.kind,
                                   coinjoin_rule(found.kind)->confidence},
                    err);
    TRY(find_fan(f, tx, err));
    return f->told[number] ? IMJIN_OK : find_peel(f, tx, err);
}

static enum imjin_status add_output(struct buffer *txs, const struct utxo *u, uint64_t output, struct error *err) {
    struct tx_id tx;
    if (output >= utxo_counts(u)->outputs)
        return fail(err, IMJIN_BAD_INPUT, "the store is damaged; \"imjin verify\" says where");
    const struct utxo_output *o = &utxo_outputs(u)[output];
    TRY(utxo_output_tx(u, output, &tx, err));
    TRY(buffer_push(txs, &tx.n, NULL, err));
    return utxo_is_spent(utxo_counts(u), o) ? buffer_push(txs, &o->spender, NULL, err) : IMJIN_OK;
}

/* The transactions that pay the address or spend from it, each once, in order. */
static enum imjin_status gather_txs(struct buffer *txs, uint64_t *passed_over, const struct utxo *u, struct script_id script,
                                    struct error *err) {
    struct utxo_list lists[UTXO_SEGMENTS_MAX];
    unsigned count;
    TRY(utxo_script_outputs(u, script, lists, &count, err));
    for (unsigned l = 0; l < count; l++)
        for (uint64_t i = 0; i < lists[l].count; i++)
            if (txs->count + 2 > CLUSTER_MOTIF_TXS_MAX)
                ++*passed_over;
            else
                TRY(add_output(txs, u, lists[l].base + lists[l].numbers[i], err));
    uint32_t *n = txs->items;
    uint64_t kept = 0;
    if (txs->count)
        qsort(n, txs->count, sizeof *n, compare_u32);
    for (uint64_t i = 0; i < txs->count; i++)
        if (kept == 0 || n[kept - 1] != n[i])
            n[kept++] = n[i];
    txs->count = kept;
    return IMJIN_OK;
}

static enum imjin_status find_all(struct finder *f, struct buffer *txs, uint64_t *passed_over, struct error *err) {
    TRY(gather_txs(txs, passed_over, f->u, (struct script_id){f->script}, err));
    f->txs = txs->items;
    f->tx_count = txs->count;
    f->told = memory_new(txs->count, 1);
    if (f->told == NULL)
        return fail_memory(err, "patterns of one address");
    for (uint64_t i = 0; i < f->tx_count; i++)
        TRY(look_at(f, i, err));
    return IMJIN_OK;
}

enum imjin_status motif_find(struct buffer *motifs, uint64_t *ret_passed_over, const struct utxo *u, struct script_id script,
                             struct error *err) {
    struct finder f = {.u = u, .motifs = motifs, .script = script.n};
    struct buffer txs = {.item_bytes = sizeof(uint32_t), .items_max = CLUSTER_MOTIF_TXS_MAX, .what = "transactions"};
    uint64_t passed_over = 0;
    motifs->item_bytes = sizeof(struct motif);
    motifs->items_max = 2 * (size_t)CLUSTER_MOTIF_TXS_MAX;
    motifs->what = "patterns of one address";
    enum imjin_status status = find_all(&f, &txs, &passed_over, err);
    buffer_done(&txs);
    memory_free(f.told);
    coin_view_done(&f.view);
    coinjoin_scratch_done(&f.scratch);
    if (status == IMJIN_OK)
        *ret_passed_over = passed_over;
    return status;
}
