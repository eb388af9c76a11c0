#include "utxo/commit.h"

#include <inttypes.h>

enum { BLOCKS_A_STEP = 256 };

/* ---- hashes ---- */

static enum imjin_status verify_hashes(const struct utxo *u, const struct progress *p, struct error *err) {
    for (unsigned i = 0; i < UTXO_FILES; i++) {
        uint64_t bytes = utxo_bytes(&u->manifest.rows, i), count = u->manifest.hash_counts[i];
        struct sha256 *hashes = memory_new(count, sizeof *hashes);
        if (hashes == NULL)
            return fail_memory(err, "a column's hashes");
        enum imjin_status status = hash_chunks(i, &u->files[i], bytes, 0, hashes, err);
        if (status == IMJIN_OK && count && memcmp(hashes, u->manifest.hashes[i], count * sizeof *hashes) != 0)
            status = fail(err, IMJIN_BAD_INPUT, "the store is damaged: the content of %s", utxo_file_name(i));
        memory_free(hashes);
        TRY(status);
        TRY(progress_step(p, "hashing columns", "columns", i, UTXO_FILES, err));
    }
    return IMJIN_OK;
}

/* ---- rows ---- */

/* Each block's rows begin where those before it end, and no block is empty. */
static enum imjin_status verify_block(const struct utxo *u, uint64_t n, struct error *err) {
    const struct utxo_block *b = &u->blocks[n];
    struct utxo_rows ends = rows_of_blocks(u, n + 1);
    bool good = b->txs < ends.of[UTXO_FILE_TXS] && b->inputs <= ends.of[UTXO_FILE_INPUTS] &&
                b->outputs <= ends.of[UTXO_FILE_OUTPUTS] && b->scripts <= ends.of[UTXO_FILE_SCRIPTS] &&
                b->payload_bytes <= ends.of[UTXO_FILE_PAYLOADS] && b->unknown <= ends.of[UTXO_FILE_UNKNOWN] &&
                b->data_rows <= ends.of[UTXO_FILE_DATA_ROWS] && b->data_bytes <= ends.of[UTXO_FILE_DATA];
    if (n == 0)
        good = good && b->txs == 0 && b->inputs == 0 && b->outputs == 0 && b->scripts == 0 && b->payload_bytes == 0;
    if (!good || u->txs[b->txs].input_first != b->inputs || u->txs[b->txs].output_first != b->outputs)
        return store_damaged(err, "block", n);
    return IMJIN_OK;
}

/* An input names an output that was made, and that output names the input's transaction. */
static enum imjin_status verify_tx(const struct utxo *u, uint32_t n, uint64_t *spent, uint64_t *unknown, struct error *err) {
    const struct utxo_tx_row *row = &u->txs[n];
    uint64_t inputs_end = utxo_tx_inputs_end(u, n), outputs_end = utxo_tx_outputs_end(u, n);
    if (row->input_first > inputs_end || inputs_end > u->counts.inputs || row->output_first > outputs_end ||
        outputs_end > u->counts.outputs)
        return store_damaged(err, "transaction", n);
    for (uint64_t i = row->input_first; i < inputs_end; i++) {
        uint64_t output = utxo_input_output(u, i);
        if (output == UTXO_OUTPUT_NONE) {
            uint64_t at = (*unknown)++;
            if (at >= u->counts.inputs_unknown || u->unknown[at].input != i)
                return store_damaged(err, "input", i);
            continue;
        }
        if (output >= u->counts.outputs || u->outputs[output].spender != n)
            return store_damaged(err, "input", i);
        ++*spent;
    }
    return IMJIN_OK;
}

static enum imjin_status verify_outputs(const struct utxo *u, uint64_t spent, struct error *err) {
    uint64_t found = 0;
    for (uint64_t i = 0; i < u->counts.outputs; i++) {
        if (u->outputs[i].script >= u->counts.scripts || u->outputs[i].value > u->outputs_chain->value_max)
            return store_damaged(err, "output", i);
        found += utxo_is_spent(&u->counts, &u->outputs[i]);
    }
    return found == spent ? IMJIN_OK : store_damaged(err, "outputs that no input spends, of", found);
}

static enum imjin_status verify_scripts(const struct utxo *u, struct error *err) {
    for (uint64_t i = 0; i < u->counts.scripts; i++) {
        struct script s;
        uint32_t found;
        TRY(utxo_script(u, (struct script_id){(uint32_t)i}, &s, err));
        if (!store_find_script(u, &s, hash_script(s.kind, s.payload, s.count), &found) || found != i)
            return store_damaged(err, "the index of script", i);
    }
    return IMJIN_OK;
}

/* Every output is in the list of its script, and none in another's. */
static enum imjin_status verify_lists(const struct utxo *u, struct error *err) {
    uint64_t listed = 0;
    for (uint64_t i = 0; i < u->counts.scripts; i++) {
        struct utxo_list lists[UTXO_SEGMENTS_MAX];
        unsigned count = 0;
        TRY(utxo_script_outputs(u, (struct script_id){(uint32_t)i}, lists, &count, err));
        uint64_t before = 0;
        for (unsigned l = 0; l < count; l++) {
            for (uint64_t n = 0; n < lists[l].count; n++) {
                uint64_t output = lists[l].base + lists[l].numbers[n];
                if (output >= u->counts.outputs || u->outputs[output].script != i || output + 1 <= before)
                    return store_damaged(err, "the outputs of script", i);
                before = output + 1;
            }
            listed += lists[l].count;
        }
    }
    return listed == u->counts.outputs ? IMJIN_OK : store_damaged(err, "the lists of outputs, of", listed);
}

static enum imjin_status verify_rows(const struct utxo *u, const struct progress *p, struct error *err) {
    uint64_t spent = 0, unknown = 0;
    for (uint64_t n = 0; n < u->counts.blocks; n++) {
        TRY(verify_block(u, n, err));
        if (n % BLOCKS_A_STEP == 0)
            TRY(progress_step(p, "checking blocks", "blocks", n, u->counts.blocks, err));
    }
    for (uint64_t n = 0; n < u->counts.txs; n++) {
        uint32_t found;
        TRY(verify_tx(u, (uint32_t)n, &spent, &unknown, err));
        if (!store_find_tx(u, u->ids[n], &found) || memcmp(u->ids[found], u->ids[n], 32) != 0)
            return store_damaged(err, "the index of transaction", n);
    }
    if (unknown != u->counts.inputs_unknown)
        return store_damaged(err, "inputs from before the history, of", unknown);
    TRY(verify_outputs(u, spent, err));
    TRY(verify_scripts(u, err));
    return verify_lists(u, err);
}

static enum imjin_status verify_segments(const struct utxo *u, struct error *err) {
    for (unsigned i = 0; i < u->segment_count; i++) {
        struct sha256 own;
        TRY(sha256_of(u->segments[i].map.bytes, u->segments[i].map.count, &own, err));
        if (memcmp(&own, &u->manifest.segments[i].hash, sizeof own) != 0)
            return store_damaged(err, "the content of index", u->manifest.segments[i].number);
    }
    return IMJIN_OK;
}

enum imjin_status utxo_verify(const char *directory, const struct progress *p, struct error *err) {
    struct utxo *u;
    TRY(utxo_open(&u, directory, err));
    enum imjin_status status = verify_hashes(u, p, err);
    if (status == IMJIN_OK)
        status = verify_segments(u, err);
    if (status == IMJIN_OK)
        status = verify_rows(u, p, err);
    utxo_close(u);
    return status;
}
