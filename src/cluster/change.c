#include <stdlib.h>

#include "cluster/inside.h"

/* Confidences: precision on the chain with known owners of tests/property/clusters.py, rounded down to fives; docs/clusters.md.
 */
static const struct change_rule_row rows[CHANGE_RULES] = {
    [CHANGE_REUSE] = {"reuse", "it goes back to an address that was spent from", 95},
    [CHANGE_ONE_TIME] = {"one-time", "it alone goes to an address never seen before", 80},
    [CHANGE_SCRIPT_TYPE] = {"script-type", "it alone is locked in the way the inputs were", 85},
    [CHANGE_ROUND_VALUE] = {"round-value", "all other outputs are round amounts", 70},
    [CHANGE_OPTIMAL] = {"optimal", "it alone is smaller than every input, each of which was needed then", 50},
    [CHANGE_LOCKTIME] = {"locktime", "its spender alone uses the locktime as this transaction does", 55},
    [CHANGE_PEEL] = {"peel", "one input, two outputs, and it alone is spent in that way again", 60},
};

const struct change_rule_row *change_rule(enum change_rule rule) { return &rows[rule < CHANGE_RULES ? rule : 0]; }

static bool parse_word(struct span word, uint32_t *rules) {
    if (span_is(word, "all")) {
        *rules |= (1u << CHANGE_RULES) - 1;
        return true;
    }
    for (unsigned i = 0; i < CHANGE_RULES; i++)
        if (span_is(word, rows[i].name)) {
            *rules |= 1u << i;
            return true;
        }
    return false;
}

bool change_rules_parse(struct span text, uint32_t *ret_rules) {
    uint32_t rules = 0;
    uint64_t begin = 0;
    for (uint64_t i = 0; i <= text.count; i++) {
        if (i < text.count && text.bytes[i] != ',')
            continue;
        if (!parse_word(span_trim((struct span){text.bytes + begin, i - begin}), &rules))
            return false;
        begin = i + 1;
    }
    *ret_rules = rules;
    return true;
}

/* What the rules look at. */
struct question {
    const struct utxo *u;
    const struct utxo_counts *counts;
    const struct coin_tx *tx;
    struct change_past past;
    uint64_t output_first; /* its number in the store */
    uint32_t *spent_from;  /* scripts of the inputs, ascending */
    uint64_t spent_count;
    uint64_t least_input;
    bool values_known;
};

static bool is_payment(const struct coin *o) { return o->kind != SCRIPT_DATA && o->value > 0; }

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool fits_reuse(const struct question *q, uint64_t i) {
    return bsearch(&q->tx->outputs[i].script, q->spent_from, q->spent_count, sizeof *q->spent_from, compare_u32) != NULL;
}

static bool fits_one_time(const struct question *q, uint64_t i) { return q->tx->outputs[i].script >= q->past.seen; }

static bool fits_script_type(const struct question *q, uint64_t i) { return q->tx->outputs[i].kind == q->tx->inputs[0].kind; }

/* 0.001 of a coin: what people pay is round in coins or in money, and seldom finer than this in coins. */
enum { ROUND_UNITS = 100000 };
static bool fits_round_value(const struct question *q, uint64_t i) { return q->tx->outputs[i].value % ROUND_UNITS != 0; }

static bool fits_optimal(const struct question *q, uint64_t i) { return q->tx->outputs[i].value < q->least_input; }

static uint32_t spender_of(const struct question *q, uint64_t i) {
    const struct utxo_output *o = &utxo_outputs(q->u)[q->output_first + i];
    return utxo_is_spent(q->counts, o) ? o->spender : CLUSTER_NONE;
}

static bool fits_locktime(const struct question *q, uint64_t i) {
    uint32_t spender = spender_of(q, i);
    return spender != CLUSTER_NONE && (utxo_txs(q->u)[spender].locktime > 0) == (q->tx->locktime > 0);
}

static bool fits_peel(const struct question *q, uint64_t i) {
    uint32_t spender = spender_of(q, i);
    if (spender == CLUSTER_NONE)
        return false;
    const struct utxo_tx_row *t = &utxo_txs(q->u)[spender];
    return utxo_tx_inputs_end(q->u, spender) - t->input_first == 1 && utxo_tx_outputs_end(q->u, spender) - t->output_first == 2;
}

static bool all_spent(const struct question *q) {
    for (uint64_t i = 0; i < q->tx->output_count; i++)
        if (is_payment(&q->tx->outputs[i]) && spender_of(q, i) == CLUSTER_NONE)
            return false;
    return true;
}

static bool has_one_input_kind(const struct question *q) {
    for (uint64_t i = 0; i < q->tx->input_count; i++)
        if (q->tx->inputs[i].kind != q->tx->inputs[0].kind || q->tx->inputs[i].script == CLUSTER_NONE)
            return false;
    return true;
}

/* Whether a rule may speak of this transaction at all. */
static bool applies(const struct question *q, enum change_rule rule) {
    switch (rule) {
    case CHANGE_SCRIPT_TYPE:
        return has_one_input_kind(q) && coin_is_personal(q->tx->inputs[0].kind);
    case CHANGE_OPTIMAL:
        return q->tx->input_count >= 2 && q->values_known;
    case CHANGE_LOCKTIME:
        return all_spent(q);
    case CHANGE_PEEL:
        return q->tx->input_count == 1 && q->tx->output_count == 2;
    case CHANGE_REUSE:
    case CHANGE_ONE_TIME:
    case CHANGE_ROUND_VALUE:
    case CHANGE_RULES:
        break;
    }
    return true;
}

/* The output that alone fits; CLUSTER_NONE when none does, or several. */
static uint32_t ask(const struct question *q, enum change_rule rule) {
    static bool (*const fits[CHANGE_RULES])(const struct question *, uint64_t) = {
        [CHANGE_REUSE] = fits_reuse,
        [CHANGE_ONE_TIME] = fits_one_time,
        [CHANGE_SCRIPT_TYPE] = fits_script_type,
        [CHANGE_ROUND_VALUE] = fits_round_value,
        [CHANGE_OPTIMAL] = fits_optimal,
        [CHANGE_LOCKTIME] = fits_locktime,
        [CHANGE_PEEL] = fits_peel,
    };
    uint32_t found = CLUSTER_NONE;
    if (!applies(q, rule))
        return CLUSTER_NONE;
    for (uint64_t i = 0; i < q->tx->output_count; i++) {
        if (!is_payment(&q->tx->outputs[i]) || !fits[rule](q, i))
            continue;
        if (found != CLUSTER_NONE)
            return CLUSTER_NONE;
        found = (uint32_t)i;
    }
    return found != CLUSTER_NONE && coin_is_personal(q->tx->outputs[found].kind) ? found : CLUSTER_NONE;
}

/* The output that most rules name; of several the one that the surest rule names. */
static void weigh(struct change_lead *lead) {
    unsigned most = 0, surest = 0;
    for (unsigned i = 0; i < CHANGE_RULES; i++) {
        unsigned votes = 0, best = 0;
        for (unsigned k = 0; k < CHANGE_RULES && (lead->rules >> i & 1); k++)
            if (lead->rules >> k & 1 && lead->says[k] == lead->says[i]) {
                votes++;
                best = rows[k].confidence > best ? rows[k].confidence : best;
            }
        if (votes > most || (votes == most && best > surest)) {
            most = votes;
            surest = best;
            lead->output = lead->says[i];
        }
    }
    for (unsigned i = 0; i < CHANGE_RULES; i++)
        if (lead->rules >> i & 1 && lead->says[i] != lead->output)
            lead->conflicts |= 1u << i;
    lead->confidence = lead->conflicts ? 0 : (uint8_t)surest;
}

static enum imjin_status prepare(struct question *q, struct error *err) {
    struct utxo_tx t;
    TRY(utxo_tx(q->u, (struct tx_id){q->tx->tx}, &t, err));
    q->output_first = t.output_first;
    q->spent_from = memory_new(q->tx->input_count, sizeof *q->spent_from);
    if (q->spent_from == NULL)
        return fail_memory(err, "the inputs of one transaction");
    q->least_input = UINT64_MAX;
    q->values_known = true;
    for (uint64_t i = 0; i < q->tx->input_count; i++) {
        const struct coin *in = &q->tx->inputs[i];
        q->values_known &= in->script != CLUSTER_NONE;
        q->least_input = in->value < q->least_input ? in->value : q->least_input;
        if (in->script != CLUSTER_NONE)
            q->spent_from[q->spent_count++] = in->script;
    }
    qsort(q->spent_from, q->spent_count, sizeof *q->spent_from, compare_u32);
    return IMJIN_OK;
}

static uint64_t count_payments(const struct coin_tx *tx) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < tx->output_count; i++)
        count += is_payment(&tx->outputs[i]);
    return count;
}

enum imjin_status change_lead_of(struct change_lead *ret, const struct utxo *u, const struct coin_tx *tx, uint32_t rules,
                                 struct change_past past, struct error *err) {
    struct change_lead lead = {0};
    struct question q = {.u = u, .counts = utxo_counts(u), .tx = tx, .past = past};
    if (tx->input_count == 0 || count_payments(tx) < 2)
        return fail(err, IMJIN_NOT_FOUND, "the transaction has no change");
    TRY(prepare(&q, err));
    for (unsigned rule = 0; rule < CHANGE_RULES; rule++) {
        lead.says[rule] = rules >> rule & 1 ? ask(&q, rule) : CLUSTER_NONE;
        if (lead.says[rule] != CLUSTER_NONE)
            lead.rules |= 1u << rule;
    }
    memory_free(q.spent_from);
    if (lead.rules == 0)
        return fail(err, IMJIN_NOT_FOUND, "no rule says which output is change");
    weigh(&lead);
    *ret = lead;
    return IMJIN_OK;
}

/* How many scripts had appeared before a transaction: those before its block, and those of the block's outputs before it. */
static enum imjin_status find_past(const struct utxo *u, uint32_t tx, struct change_past *ret, struct error *err) {
    const struct utxo_counts *n = utxo_counts(u);
    struct utxo_tx t;
    TRY(utxo_tx(u, (struct tx_id){tx}, &t, err));
    uint64_t row = (uint64_t)t.height - n->height_first;
    if (t.height < n->height_first || row >= n->blocks)
        return fail(err, IMJIN_BAD_INPUT, "the store is damaged at transaction %u; \"imjin verify\" says more", tx);
    const struct utxo_block *block = &utxo_blocks(u)[row];
    uint64_t seen = block->scripts;
    for (uint64_t o = block->outputs; o < t.output_first && o < n->outputs; o++)
        if (utxo_outputs(u)[o].script >= seen && utxo_outputs(u)[o].script < n->scripts)
            seen = utxo_outputs(u)[o].script + 1;
    ret->seen = seen;
    return IMJIN_OK;
}

enum imjin_status change_of(struct change_lead *ret, const struct utxo *u, const struct coin_tx *tx, uint32_t rules,
                            struct error *err) {
    struct coinjoin found;
    struct coinjoin_scratch scratch = {0};
    struct change_past past;
    TRY(find_past(u, tx->tx, &past, err));
    enum imjin_status status = coinjoin_of(&found, &scratch, tx, err);
    coinjoin_scratch_done(&scratch);
    TRY(status);
    if (coinjoin_rule(found.kind)->many_owners)
        return fail(err, IMJIN_NOT_FOUND, "it looks like a CoinJoin (%s): whose change is whose cannot be told",
                    coinjoin_rule(found.kind)->name);
    return change_lead_of(ret, u, tx, rules, past, err);
}
