#include "utxo/batch.h"

#include "utxo/limits.h"
#include "utxo/undo.h"

#include <inttypes.h>
#include <stdlib.h>

/* An input and an output of the block that is being added, between the passes over them. */
struct in {
    const uint8_t *previous;
    uint64_t hash, output;
    uint32_t place, sequence, tx; /* place: of the output in its transaction; tx: that transaction */
};
struct out {
    uint64_t value, hash;
    struct span bytes;
    struct script script;
    uint32_t candidate;
};

static const char *const whats[UTXO_FILES] = {"blocks",  "transactions", "transactions",   "inputs",       "outputs",
                                              "scripts", "script bytes", "unknown inputs", "data outputs", "data bytes"};

void batch_init(struct batch *b, const struct output_chain *chain, const struct utxo *base, const struct utxo_rows *begin) {
    *b = (struct batch){.chain = chain, .base = base, .begin = *begin};
    for (unsigned i = 0; i < UTXO_FILES; i++)
        b->columns[i] = (struct buffer){.item_bytes = utxo_file_row_bytes(i), .items_max = UINT32_MAX, .what = whats[i]};
    b->columns[UTXO_FILE_PAYLOADS].items_max = b->columns[UTXO_FILE_DATA].items_max = UTXO_INPUT_MASK;
    b->patches = (struct buffer){.item_bytes = sizeof(struct patch), .items_max = UINT32_MAX, .what = "spent outputs"};
    b->ins = (struct buffer){.item_bytes = sizeof(struct in), .items_max = UTXO_BLOCK_BYTES_MAX, .what = "inputs of a block"};
    b->outs =
        (struct buffer){.item_bytes = sizeof(struct out), .items_max = UTXO_BLOCK_BYTES_MAX, .what = "outputs of a block"};
}

void batch_done(struct batch *b) {
    for (unsigned i = 0; i < UTXO_FILES; i++)
        buffer_done(&b->columns[i]);
    buffer_done(&b->patches);
    buffer_done(&b->ins);
    buffer_done(&b->outs);
    table_done(&b->txs);
    table_done(&b->scripts);
}

uint64_t batch_bytes(const struct batch *b) {
    uint64_t bytes = table_bytes(&b->txs) + table_bytes(&b->scripts) + b->patches.room * sizeof(struct patch);
    for (unsigned i = 0; i < UTXO_FILES; i++)
        bytes += b->columns[i].room * b->columns[i].item_bytes;
    return bytes;
}

/* ---- rows, whether they are held already or added ---- */

static struct utxo_tx_row *new_tx(const struct batch *b, uint64_t tx) {
    return (struct utxo_tx_row *)b->columns[UTXO_FILE_TXS].items + (tx - b->begin.of[UTXO_FILE_TXS]);
}

static const struct utxo_tx_row *tx_row(const struct batch *b, uint64_t tx) {
    return tx < b->begin.of[UTXO_FILE_TXS] ? &b->base->txs[tx] : new_tx(b, tx);
}

static uint64_t outputs_end(const struct batch *b, uint64_t tx) {
    return tx + 1 < batch_rows(b, UTXO_FILE_TXS) ? tx_row(b, tx + 1)->output_first : batch_rows(b, UTXO_FILE_OUTPUTS);
}

static uint64_t inputs_end(const struct batch *b, uint64_t tx) {
    return tx + 1 < batch_rows(b, UTXO_FILE_TXS) ? tx_row(b, tx + 1)->input_first : batch_rows(b, UTXO_FILE_INPUTS);
}

static const uint8_t *tx_id_at(const struct batch *b, uint64_t tx) {
    return tx < b->begin.of[UTXO_FILE_TXS]
               ? b->base->ids[tx]
               : ((const uint8_t(*)[32])b->columns[UTXO_FILE_TX_IDS].items)[tx - b->begin.of[UTXO_FILE_TXS]];
}

static struct utxo_output *new_output(const struct batch *b, uint64_t output) {
    return (struct utxo_output *)b->columns[UTXO_FILE_OUTPUTS].items + (output - b->begin.of[UTXO_FILE_OUTPUTS]);
}

static const struct utxo_output *output_row(const struct batch *b, uint64_t output) {
    return output < b->begin.of[UTXO_FILE_OUTPUTS] ? &b->base->outputs[output] : new_output(b, output);
}

static const struct utxo_block *block_row(const struct batch *b, uint64_t block) {
    return block < b->begin.of[UTXO_FILE_BLOCKS]
               ? &b->base->blocks[block]
               : (const struct utxo_block *)b->columns[UTXO_FILE_BLOCKS].items + (block - b->begin.of[UTXO_FILE_BLOCKS]);
}

static bool is_unspent(const struct batch *b, uint64_t output) {
    const struct utxo_output *o = output_row(b, output);
    /* a spender that was cut off counts no more; new ones are all below UTXO_UNSPENT */
    return output < b->begin.of[UTXO_FILE_OUTPUTS] ? o->spender >= b->begin.of[UTXO_FILE_TXS] : o->spender == UTXO_UNSPENT;
}

/* Blocks that were added since the one that made a transaction. */
static uint64_t age_of(const struct batch *b, uint64_t tx) {
    uint64_t low = 0, high = batch_rows(b, UTXO_FILE_BLOCKS), last = high - 1;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (block_row(b, middle)->txs <= tx)
            low = middle;
        else
            high = middle;
    }
    return last - low;
}

static enum imjin_status fail_tx(struct error *err, const uint8_t id[32], const char *what) {
    char text[65];
    utxo_hash_print(id, text);
    return fail(err, IMJIN_BAD_INPUT, "transaction %s %s", text, what);
}

/* ---- the block and its transactions ---- */

static enum imjin_status add_block_row(struct batch *b, const struct block *block, const struct block_head *head,
                                       struct error *err) {
    struct utxo_block row = {.inputs = batch_rows(b, UTXO_FILE_INPUTS),
                             .outputs = batch_rows(b, UTXO_FILE_OUTPUTS),
                             .unknown = batch_rows(b, UTXO_FILE_UNKNOWN),
                             .data_rows = batch_rows(b, UTXO_FILE_DATA_ROWS),
                             .payload_bytes = batch_rows(b, UTXO_FILE_PAYLOADS),
                             .data_bytes = batch_rows(b, UTXO_FILE_DATA),
                             .txs = (uint32_t)batch_rows(b, UTXO_FILE_TXS),
                             .scripts = (uint32_t)batch_rows(b, UTXO_FILE_SCRIPTS),
                             .time = block->header.time,
                             .bits = block->header.bits};
    memcpy(row.hash, head->hash, sizeof row.hash);
    b->work += block_work(head->bits);
    row.work_low = (uint64_t)b->work;
    row.work_high = (uint64_t)(b->work >> 64);
    if (batch_rows(b, UTXO_FILE_TXS) + block->tx_count >= UINT32_MAX - 1 ||
        batch_rows(b, UTXO_FILE_SCRIPTS) + block->output_count >= UINT32_MAX - 1 ||
        batch_rows(b, UTXO_FILE_OUTPUTS) + block->output_count >= UTXO_INPUT_MASK - 1)
        return fail(err, IMJIN_BAD_INPUT, "the chain has more transactions or outputs than a store holds");
    return buffer_push(&b->columns[UTXO_FILE_BLOCKS], &row, NULL, err);
}

static bool find_new_tx(const struct batch *b, const uint8_t id[32], uint64_t hash, uint32_t *ret, uint64_t *at) {
    uint32_t n;
    for (*at = table_home(&b->txs, hash); table_next(&b->txs, hash, at, &n); *at = table_after(&b->txs, *at)) {
        if (memcmp(tx_id_at(b, b->begin.of[UTXO_FILE_TXS] + n), id, 32) != 0)
            continue;
        *ret = (uint32_t)(b->begin.of[UTXO_FILE_TXS] + n);
        return true;
    }
    return false;
}

static bool find_held_tx(const struct batch *b, const uint8_t id[32], uint32_t *ret) {
    return b->base && store_find_tx(b->base, id, ret) && *ret < b->begin.of[UTXO_FILE_TXS];
}

/* BIP 30: an id comes again only when nothing of the first is left, but for the two coinbases before that rule. */
static enum imjin_status check_repeated(const struct batch *b, const uint8_t id[32], uint32_t first, struct error *err) {
    bool exempt = strcmp(b->chain->name, "bitcoin") == 0 && (b->height == 91842 || b->height == 91880);
    for (uint64_t o = tx_row(b, first)->output_first; o < outputs_end(b, first) && !exempt; o++)
        if (is_unspent(b, o))
            return fail_tx(err, id, "comes a second time while outputs of the first are unspent (BIP 30)");
    return IMJIN_OK;
}

static enum imjin_status enter_tx(struct batch *b, const uint8_t id[32], uint64_t hash, uint64_t number, uint64_t block_first,
                                  struct error *err) {
    uint64_t at;
    uint32_t first;
    bool again = find_new_tx(b, id, hash, &first, &at);
    if (again && first >= block_first)
        return fail_tx(err, id, "stands in the block twice");
    /* of the others a second one would spend what the first one spent */
    if (again || (number == block_first && find_held_tx(b, id, &first)))
        TRY(check_repeated(b, id, first, err));
    table_set(&b->txs, at, hash, (uint32_t)(number - b->begin.of[UTXO_FILE_TXS]));
    return IMJIN_OK;
}

static enum imjin_status add_tx_rows(struct batch *b, const struct block *block, struct error *err) {
    struct buffer *ids = &b->columns[UTXO_FILE_TX_IDS], *rows = &b->columns[UTXO_FILE_TXS];
    uint64_t input = batch_rows(b, UTXO_FILE_INPUTS), output = batch_rows(b, UTXO_FILE_OUTPUTS);
    TRY(buffer_reserve(ids, block->tx_count, err));
    TRY(buffer_reserve(rows, block->tx_count, err));
    memcpy((uint8_t *)ids->items + ids->count * 32, block->ids, block->tx_count * 32);
    for (uint64_t i = 0; i < block->tx_count; i++) {
        const struct wire_tx *tx = &block->txs[i];
        ((struct utxo_tx_row *)rows->items)[rows->count + i] = (struct utxo_tx_row){input, output, tx->version, tx->locktime};
        input += i ? tx->input_count : 0;
        output += tx->output_count;
    }
    ids->count += block->tx_count;
    rows->count += block->tx_count;
    return IMJIN_OK;
}

enum { AHEAD = 16 };

static enum imjin_status add_txs(struct batch *b, const struct block *block, struct error *err) {
    uint64_t hashes[AHEAD], first = batch_rows(b, UTXO_FILE_TXS);
    TRY(add_tx_rows(b, block, err));
    TRY(table_reserve(&b->txs, block->tx_count, err));
    for (uint64_t i = 0; i < block->tx_count + AHEAD; i++) {
        if (i >= AHEAD)
            TRY(enter_tx(b, block->ids[i - AHEAD], hashes[i % AHEAD], first + i - AHEAD, first, err));
        if (i >= block->tx_count)
            continue;
        hashes[i % AHEAD] = hash_tx_id(block->ids[i]);
        table_prefetch(&b->txs, hashes[i % AHEAD]);
    }
    return IMJIN_OK;
}

/* ---- outputs and their scripts ---- */

static bool new_script_is(const struct batch *b, uint32_t n, const struct script *s) {
    uint64_t word = ((const uint64_t *)b->columns[UTXO_FILE_SCRIPTS].items)[n];
    const uint8_t *payloads = b->columns[UTXO_FILE_PAYLOADS].items;
    return script_word_kind(word) == s->kind && script_word_count(word) == s->count &&
           (s->count == 0 ||
            memcmp(payloads + (script_word_offset(word) - b->begin.of[UTXO_FILE_PAYLOADS]), s->payload, s->count) == 0);
}

static enum imjin_status add_script(struct batch *b, const struct script *s, uint64_t hash, uint64_t at, uint32_t *ret,
                                    struct error *err) {
    struct buffer *payloads = &b->columns[UTXO_FILE_PAYLOADS], *rows = &b->columns[UTXO_FILE_SCRIPTS];
    uint64_t word = script_word(batch_rows(b, UTXO_FILE_PAYLOADS), s);
    *ret = (uint32_t)batch_rows(b, UTXO_FILE_SCRIPTS);
    table_set(&b->scripts, at, hash, (uint32_t)rows->count);
    TRY(buffer_reserve(payloads, SCRIPT_PAYLOAD_MAX, err));
    memcpy((uint8_t *)payloads->items + payloads->count, s->payload, s->count);
    payloads->count += s->count;
    return buffer_push(rows, &word, NULL, err);
}

static enum imjin_status enter_script(struct batch *b, const struct script *s, uint64_t hash, uint32_t *ret,
                                      struct error *err) {
    uint32_t n;
    uint64_t at = table_home(&b->scripts, hash);
    for (; table_next(&b->scripts, hash, &at, &n); at = table_after(&b->scripts, at)) {
        if (!new_script_is(b, n, s))
            continue;
        *ret = (uint32_t)(b->begin.of[UTXO_FILE_SCRIPTS] + n);
        return IMJIN_OK;
    }
    if (b->base && store_find_script(b->base, s, hash, &n) && n < b->begin.of[UTXO_FILE_SCRIPTS]) {
        *ret = n;
        return IMJIN_OK;
    }
    return add_script(b, s, hash, at, ret, err);
}

static enum imjin_status read_outputs(struct batch *b, const struct block *block, struct error *err) {
    b->outs.count = 0;
    TRY(buffer_reserve(&b->outs, block->output_count, err));
    struct out *out = b->outs.items;
    for (uint64_t i = 0; i < block->tx_count; i++) {
        const uint8_t *at = block->txs[i].outputs;
        uint64_t sum = 0;
        for (uint64_t n = 0; n < block->txs[i].output_count; n++, out++) {
            struct wire_output o;
            wire_output_next(&at, &o);
            out->value = o.value;
            out->bytes = o.script;
            if (o.value > b->chain->value_max || !add_u64(sum, o.value, &sum) || sum > b->chain->value_max)
                return fail_tx(err, block->ids[i], "has outputs of more than there can be");
            TRY(script_of(&out->script, b->chain, o.script, err));
            out->hash = hash_script(out->script.kind, out->script.payload, out->script.count);
            table_prefetch(&b->scripts, out->hash);
        }
    }
    b->outs.count = block->output_count;
    return IMJIN_OK;
}

/* What the look-ups will read is asked for first: the row of the first candidate, then its payload. */
static void prefetch_scripts(const struct batch *b) {
    struct out *outs = b->outs.items;
    const uint64_t *words = b->columns[UTXO_FILE_SCRIPTS].items;
    const uint8_t *payloads = b->columns[UTXO_FILE_PAYLOADS].items;
    for (uint64_t i = 0; i < b->outs.count; i++) {
        uint64_t at = table_home(&b->scripts, outs[i].hash);
        outs[i].candidate = ID_NONE;
        if (table_next(&b->scripts, outs[i].hash, &at, &outs[i].candidate))
            __builtin_prefetch(&words[outs[i].candidate]);
    }
    for (uint64_t i = 0; i < b->outs.count; i++)
        if (outs[i].candidate != ID_NONE && payloads)
            __builtin_prefetch(payloads + (script_word_offset(words[outs[i].candidate]) - b->begin.of[UTXO_FILE_PAYLOADS]));
}

static enum imjin_status add_data(struct batch *b, uint64_t output, struct span bytes, struct error *err) {
    struct buffer *data = &b->columns[UTXO_FILE_DATA];
    struct data_row row = {output, batch_rows(b, UTXO_FILE_DATA)};
    TRY(buffer_push(&b->columns[UTXO_FILE_DATA_ROWS], &row, NULL, err));
    TRY(buffer_reserve(data, bytes.count, err));
    memcpy((uint8_t *)data->items + data->count, bytes.bytes, bytes.count);
    data->count += bytes.count;
    return IMJIN_OK;
}

static enum imjin_status add_outputs(struct batch *b, const struct block *block, struct error *err) {
    struct buffer *rows = &b->columns[UTXO_FILE_OUTPUTS];
    TRY(table_reserve(&b->scripts, block->output_count, err));
    TRY(read_outputs(b, block, err));
    TRY(buffer_reserve(rows, block->output_count, err));
    prefetch_scripts(b);
    const struct out *outs = b->outs.items;
    for (uint64_t i = 0; i < b->outs.count; i++) {
        struct utxo_output *row = (struct utxo_output *)rows->items + rows->count;
        *row = (struct utxo_output){.value = outs[i].value, .spender = UTXO_UNSPENT};
        TRY(enter_script(b, &outs[i].script, outs[i].hash, &row->script, err));
        if (outs[i].script.kind == SCRIPT_DATA)
            TRY(add_data(b, batch_rows(b, UTXO_FILE_OUTPUTS), outs[i].bytes, err));
        rows->count++;
    }
    return IMJIN_OK;
}

/* ---- inputs ---- */

static enum imjin_status read_inputs(struct batch *b, const struct block *block, struct error *err) {
    b->ins.count = 0;
    TRY(buffer_reserve(&b->ins, block->input_count, err));
    struct in *in = b->ins.items;
    for (uint64_t i = 1; i < block->tx_count; i++) {
        const uint8_t *at = block->txs[i].inputs;
        for (uint64_t n = 0; n < block->txs[i].input_count; n++, in++) {
            struct wire_input w;
            wire_input_next(&at, &w);
            *in = (struct in){.previous = w.previous,
                              .hash = hash_tx_id(w.previous),
                              .output = UTXO_OUTPUT_NONE,
                              .place = w.previous_output,
                              .sequence = w.sequence,
                              .tx = ID_NONE};
            table_prefetch(&b->txs, in->hash);
        }
    }
    b->ins.count = block->input_count;
    return IMJIN_OK;
}

static void prefetch_inputs(const struct batch *b) {
    struct in *ins = b->ins.items;
    for (uint64_t i = 0; i < b->ins.count; i++) {
        uint64_t at = table_home(&b->txs, ins[i].hash);
        uint32_t n;
        if (!table_next(&b->txs, ins[i].hash, &at, &n))
            continue;
        __builtin_prefetch(tx_id_at(b, b->begin.of[UTXO_FILE_TXS] + n));
        __builtin_prefetch(new_tx(b, b->begin.of[UTXO_FILE_TXS] + n));
    }
}

/* Which output each input names. */
static enum imjin_status find_outputs(const struct batch *b, const struct block *block, struct error *err) {
    struct in *in = b->ins.items;
    for (uint64_t i = 1; i < block->tx_count; i++) {
        for (uint64_t n = 0; n < block->txs[i].input_count; n++, in++) {
            uint64_t at;
            if (!find_new_tx(b, in->previous, in->hash, &in->tx, &at) && !find_held_tx(b, in->previous, &in->tx)) {
                in->tx = ID_NONE;
                if (b->partial)
                    continue;
                return fail_tx(err, block->ids[i], "spends an output that no block before it made");
            }
            in->output = tx_row(b, in->tx)->output_first + in->place;
            if (in->output >= outputs_end(b, in->tx))
                return fail_tx(err, block->ids[i], "spends an output that its transaction has not");
            __builtin_prefetch(output_row(b, in->output), 1);
        }
    }
    return IMJIN_OK;
}

static uint64_t word_of(const struct in *in) {
    enum utxo_sequence s = in->sequence == UINT32_MAX       ? UTXO_SEQUENCE_FINAL
                           : in->sequence == UINT32_MAX - 1 ? UTXO_SEQUENCE_NO_REPLACE
                           : in->sequence == UINT32_MAX - 2 ? UTXO_SEQUENCE_REPLACEABLE
                                                            : UTXO_SEQUENCE_OTHER;
    return (in->output & UTXO_INPUT_MASK) | (uint64_t)s << 62;
}

/* What undo data says of the outputs that the inputs of one transaction spend, in turn. */
struct undo {
    struct wire_cursor c;
    bool there;
};

static enum imjin_status add_unknown(struct batch *b, const struct in *in, const struct undo_output *o, struct error *err) {
    struct unknown_row row = {
        .input = batch_rows(b, UTXO_FILE_INPUTS), .value = UTXO_VALUE_UNKNOWN, .index = in->place, .script = ID_NONE};
    struct script s;
    memcpy(row.hash, in->previous, sizeof row.hash);
    if (o) {
        TRY(script_of(&s, b->chain, o->script, err));
        TRY(table_reserve(&b->scripts, 1, err));
        TRY(enter_script(b, &s, hash_script(s.kind, s.payload, s.count), &row.script, err));
        row.value = o->value;
    }
    return buffer_push(&b->columns[UTXO_FILE_UNKNOWN], &row, NULL, err);
}

static enum imjin_status spend(struct batch *b, const struct in *in, uint32_t spender, const uint8_t id[32],
                               struct error *err) {
    bool held = in->output < b->begin.of[UTXO_FILE_OUTPUTS];
    if (in->tx == spender || (in->tx > spender && !b->chain->any_order))
        return fail_tx(err, id, "spends an output that stands behind it");
    if (!is_unspent(b, in->output))
        return fail_tx(err, id, "spends an output that is spent already");
    /* only a coinbase has no inputs */
    if (tx_row(b, in->tx)->input_first == inputs_end(b, in->tx) && age_of(b, in->tx) < UTXO_MATURITY)
        return fail_tx(err, id, "spends a coinbase too early");
    if (held)
        return buffer_push(&b->patches, &(struct patch){in->output, spender}, NULL, err);
    new_output(b, in->output)->spender = spender;
    return IMJIN_OK;
}

static enum imjin_status add_input(struct batch *b, const struct in *in, uint32_t spender, const uint8_t id[32],
                                   struct undo *undo, uint64_t *sum, bool *all_known, struct error *err) {
    struct undo_output o;
    uint64_t value = 0, word = word_of(in);
    if (undo->there)
        TRY(undo_output_parse(&undo->c, &o, err));
    if (in->tx != ID_NONE) {
        TRY(spend(b, in, spender, id, err));
        value = output_row(b, in->output)->value;
        if (undo->there && o.value != value)
            return fail_tx(err, id, "spends another amount than the undo data says");
    } else {
        TRY(add_unknown(b, in, undo->there ? &o : NULL, err));
        value = undo->there ? o.value : 0;
        *all_known = *all_known && undo->there;
    }
    if (!add_u64(*sum, value, sum) || *sum > b->chain->value_max)
        return fail_tx(err, id, "has inputs of more than there can be");
    return buffer_push(&b->columns[UTXO_FILE_INPUTS], &word, NULL, err);
}

static uint64_t output_sum(const struct batch *b, uint64_t tx) {
    uint64_t sum = 0;
    for (uint64_t o = tx_row(b, tx)->output_first; o < outputs_end(b, tx); o++)
        sum += output_row(b, o)->value;
    return sum;
}

/* One transaction: its inputs, and that it gives no more than it takes. */
static enum imjin_status add_tx_inputs(struct batch *b, const struct wire_tx *tx, const struct in *ins, uint32_t number,
                                       const uint8_t id[32], struct undo *undo, struct error *err) {
    uint64_t sum = 0, count = tx->input_count;
    bool all_known = true;
    if (undo->there) {
        TRY(undo_input_count(&undo->c, &count, err));
        if (count != tx->input_count)
            return fail_tx(err, id, "has another count of inputs than the undo data says");
    }
    for (uint64_t n = 0; n < tx->input_count; n++)
        TRY(add_input(b, &ins[n], number, id, undo, &sum, &all_known, err));
    /* what comes out of shielded pools and extension blocks is not among the inputs */
    if (all_known && sum < output_sum(b, number) && b->chain->wire != WIRE_ZCASH && !tx->is_extension)
        return fail_tx(err, id, "gives more than it takes");
    return IMJIN_OK;
}

static enum imjin_status add_inputs(struct batch *b, const struct block *block, struct undo *undo, struct error *err) {
    uint64_t number = batch_rows(b, UTXO_FILE_TXS) - block->tx_count;
    TRY(read_inputs(b, block, err));
    prefetch_inputs(b);
    TRY(find_outputs(b, block, err));
    TRY(buffer_reserve(&b->columns[UTXO_FILE_INPUTS], block->input_count, err));
    const struct in *in = b->ins.items;
    for (uint64_t i = 1; i < block->tx_count; i++) {
        TRY(add_tx_inputs(b, &block->txs[i], in, (uint32_t)(number + i), block->ids[i], undo, err));
        in += block->txs[i].input_count;
    }
    return IMJIN_OK;
}

enum imjin_status batch_add(struct batch *b, const struct block *block, const struct block_head *head, struct span undo,
                            struct error *err) {
    const uint8_t *at = (const uint8_t *)undo.bytes;
    struct undo u = {.c = {at, undo.bytes ? at + undo.count : at}, .there = undo.bytes != NULL};
    uint64_t count = block->tx_count - 1;
    if (u.there)
        TRY(undo_tx_count(&u.c, &count, err));
    if (count != block->tx_count - 1)
        return fail(err, IMJIN_BAD_INPUT, "the undo data is of another count of transactions than the block");
    TRY(add_block_row(b, block, head, err));
    TRY(add_txs(b, block, err));
    TRY(add_outputs(b, block, err));
    TRY(add_inputs(b, block, &u, err));
    b->height++;
    return IMJIN_OK;
}

static int by_output(const void *a, const void *b) {
    const struct patch *x = a, *y = b;
    return (x->output > y->output) - (x->output < y->output);
}

enum imjin_status batch_finish(struct batch *b, struct error *err) {
    struct patch *patches = b->patches.items;
    if (b->patches.count > 1)
        qsort(patches, b->patches.count, sizeof *patches, by_output);
    for (uint64_t i = 1; i < b->patches.count; i++)
        if (patches[i].output == patches[i - 1].output)
            return fail_tx(err, tx_id_at(b, patches[i].spender), "spends an output that is spent already");
    return IMJIN_OK;
}
