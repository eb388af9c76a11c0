#include "utxo/store.h"

#include <inttypes.h>

enum imjin_status store_damaged(struct error *err, const char *what, uint64_t number) {
    return fail(err, IMJIN_BAD_INPUT, "the store is damaged: %s %" PRIu64, what, number);
}

/* ---- opening ---- */

static enum imjin_status map_files(struct utxo *u, const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX];
    for (unsigned i = 0; i < UTXO_FILES; i++) {
        TRY(path_join(path, err, directory, utxo_file_name(i)));
        TRY(mapping_open_prefix(&u->files[i], path, utxo_bytes(&u->manifest.rows, i), err));
    }
    const void *columns[UTXO_FILES];
    for (unsigned i = 0; i < UTXO_FILES; i++)
        columns[i] = u->files[i].bytes;
    u->blocks = columns[UTXO_FILE_BLOCKS];
    u->txs = columns[UTXO_FILE_TXS];
    u->ids = columns[UTXO_FILE_TX_IDS];
    u->inputs = columns[UTXO_FILE_INPUTS];
    u->outputs = columns[UTXO_FILE_OUTPUTS];
    u->scripts = columns[UTXO_FILE_SCRIPTS];
    u->payloads = columns[UTXO_FILE_PAYLOADS];
    u->unknown = columns[UTXO_FILE_UNKNOWN];
    u->data_rows = columns[UTXO_FILE_DATA_ROWS];
    u->data = columns[UTXO_FILE_DATA];
    return IMJIN_OK;
}

static void set_counts(struct utxo *u) {
    const struct utxo_manifest *m = &u->manifest;
    const uint64_t *rows = m->rows.of;
    u->outputs_chain = output_chain_find(m->chain.name);
    u->counts = (struct utxo_counts){
        .txs = rows[UTXO_FILE_TXS],
        .inputs = rows[UTXO_FILE_INPUTS],
        .outputs = rows[UTXO_FILE_OUTPUTS],
        .scripts = rows[UTXO_FILE_SCRIPTS],
        .blocks = rows[UTXO_FILE_BLOCKS],
        .height_first = (uint32_t)m->height_first,
        .height_last = (uint32_t)(m->height_first + rows[UTXO_FILE_BLOCKS] - (rows[UTXO_FILE_BLOCKS] ? 1 : 0)),
        .inputs_unknown = rows[UTXO_FILE_UNKNOWN],
        .partial = m->partial};
}

enum imjin_status store_map(struct utxo **ret, const char *directory, struct utxo_manifest *m, struct error *err) {
    struct utxo *u = memory_new(1, sizeof *u);
    if (u == NULL) {
        utxo_manifest_done(m);
        return fail_memory(err, "a store");
    }
    u->manifest = *m;
    set_counts(u);
    enum imjin_status status = map_files(u, directory, err);
    if (status != IMJIN_OK) {
        utxo_close(u);
        return status;
    }
    *ret = u;
    return IMJIN_OK;
}

enum imjin_status store_map_segments(struct utxo *u, const char *directory, struct error *err) {
    for (unsigned i = 0; i < u->manifest.segment_count; i++) {
        TRY(utxo_segment_open(&u->segments[i], directory, &u->manifest.segments[i], err));
        u->segment_count = i + 1;
    }
    return IMJIN_OK;
}

enum imjin_status utxo_open(struct utxo **ret, const char *directory, struct error *err) {
    struct utxo_manifest m;
    struct utxo *u;
    TRY(utxo_manifest_read(&m, directory, err));
    TRY(store_map(&u, directory, &m, err));
    enum imjin_status status = store_map_segments(u, directory, err);
    if (status != IMJIN_OK) {
        utxo_close(u);
        return status;
    }
    *ret = u;
    return IMJIN_OK;
}

void utxo_close(struct utxo *u) {
    if (u == NULL)
        return;
    for (unsigned i = 0; i < u->segment_count; i++)
        segment_close(&u->segments[i]);
    for (unsigned i = 0; i < UTXO_FILES; i++)
        mapping_close(&u->files[i]);
    utxo_manifest_done(&u->manifest);
    memory_free(u);
}

const struct chain *utxo_chain(const struct utxo *u) { return &u->manifest.chain; }
const struct utxo_counts *utxo_counts(const struct utxo *u) { return &u->counts; }
const struct sha256 *utxo_identity(const struct utxo *u) { return &u->manifest.identity; }
const struct utxo_output *utxo_outputs(const struct utxo *u) { return u->outputs; }
const uint64_t *utxo_inputs(const struct utxo *u) { return u->inputs; }
const struct utxo_tx_row *utxo_txs(const struct utxo *u) { return u->txs; }
const struct utxo_block *utxo_blocks(const struct utxo *u) { return u->blocks; }

/* ---- transactions ---- */

uint64_t utxo_tx_outputs_end(const struct utxo *u, uint32_t tx) {
    return tx + (uint64_t)1 < u->counts.txs ? u->txs[tx + 1].output_first : u->counts.outputs;
}

uint64_t utxo_tx_inputs_end(const struct utxo *u, uint32_t tx) {
    return tx + (uint64_t)1 < u->counts.txs ? u->txs[tx + 1].input_first : u->counts.inputs;
}

uint64_t store_block_of(const struct utxo *u, uint32_t tx) {
    uint64_t low = 0, high = u->counts.blocks;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (u->blocks[middle].txs <= tx)
            low = middle;
        else
            high = middle;
    }
    return low;
}

enum imjin_status utxo_tx(const struct utxo *u, struct tx_id id, struct utxo_tx *ret, struct error *err) {
    if (id.n >= u->counts.txs)
        return store_damaged(err, "a reference to transaction", id.n);
    const struct utxo_tx_row *row = &u->txs[id.n];
    uint64_t block = store_block_of(u, id.n), outputs_end = utxo_tx_outputs_end(u, id.n),
             inputs_end = utxo_tx_inputs_end(u, id.n);
    if (row->output_first > outputs_end || outputs_end > u->counts.outputs || row->input_first > inputs_end ||
        inputs_end > u->counts.inputs || outputs_end - row->output_first > UINT32_MAX ||
        inputs_end - row->input_first > UINT32_MAX || u->blocks[block].txs > id.n)
        return store_damaged(err, "transaction", id.n);
    *ret = (struct utxo_tx){.id = id,
                            .height = (uint32_t)(u->counts.height_first + block),
                            .index = id.n - u->blocks[block].txs,
                            .time = u->blocks[block].time,
                            .input_first = row->input_first,
                            .output_first = row->output_first,
                            .input_count = (uint32_t)(inputs_end - row->input_first),
                            .output_count = (uint32_t)(outputs_end - row->output_first),
                            .version = row->version,
                            .locktime = row->locktime};
    memcpy(ret->hash, u->ids[id.n], 32);
    return IMJIN_OK;
}

enum imjin_status utxo_output_tx(const struct utxo *u, uint64_t output, struct tx_id *ret, struct error *err) {
    uint64_t low = 0, high = u->counts.txs;
    if (output >= u->counts.outputs)
        return store_damaged(err, "a reference to output", output);
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

bool store_find_tx(const struct utxo *u, const uint8_t id[32], uint32_t *ret) {
    uint64_t hash = hash_tx_id(id);
    for (unsigned i = u->segment_count; i > 0; i--)
        if (segment_find_tx(u, &u->segments[i - 1], id, hash, ret))
            return true;
    return false;
}

void utxo_hash_print(const uint8_t hash[32], char ret_text[65]) {
    struct sha256 reversed;
    for (unsigned i = 0; i < 32; i++)
        reversed.bytes[i] = hash[31 - i];
    sha256_print(&reversed, ret_text);
}

enum imjin_status utxo_tx_find(const struct utxo *u, struct span id_text, struct tx_id *ret, struct error *err) {
    struct sha256 shown;
    uint8_t id[32];
    struct tx_id found;
    if (id_text.count != 64 || !sha256_parse(id_text.bytes, &shown))
        return fail_value(err, NULL, 0, NULL, id_text.bytes, id_text.count, "is not the id of a transaction (64 hex digits)");
    for (unsigned i = 0; i < 32; i++)
        id[i] = shown.bytes[31 - i];
    if (!store_find_tx(u, id, &found.n))
        return fail(err, IMJIN_NOT_FOUND, "the chain has no transaction %.64s", id_text.bytes);
    *ret = found;
    return IMJIN_OK;
}

/* ---- inputs ---- */

uint64_t utxo_input_output(const struct utxo *u, uint64_t input) {
    return input < u->counts.inputs ? utxo_word_output(u->inputs[input]) : UTXO_OUTPUT_NONE;
}

const struct unknown_row *store_unknown(const struct utxo *u, uint64_t input) {
    uint64_t low = 0, high = u->counts.inputs_unknown;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (u->unknown[middle].input < input)
            low = middle + 1;
        else
            high = middle;
    }
    return low < u->counts.inputs_unknown && u->unknown[low].input == input ? &u->unknown[low] : NULL;
}

enum imjin_status utxo_input_value(const struct utxo *u, uint64_t input, uint64_t *ret_value, struct script_id *ret_script,
                                   struct error *err) {
    uint64_t output = utxo_input_output(u, input);
    if (output != UTXO_OUTPUT_NONE) {
        if (output >= u->counts.outputs)
            return store_damaged(err, "input", input);
        *ret_value = u->outputs[output].value;
        ret_script->n = u->outputs[output].script;
        return IMJIN_OK;
    }
    const struct unknown_row *row = store_unknown(u, input);
    if (row == NULL || row->value == UTXO_VALUE_UNKNOWN)
        return fail(err, IMJIN_NOT_FOUND, "the history does not reach back to what input %" PRIu64 " spends", input);
    *ret_value = row->value;
    ret_script->n = row->script;
    return IMJIN_OK;
}

enum imjin_status utxo_input_outpoint(const struct utxo *u, uint64_t input, uint8_t ret_hash[32], uint32_t *ret_index,
                                      struct error *err) {
    uint64_t output = utxo_input_output(u, input);
    struct tx_id tx;
    if (output == UTXO_OUTPUT_NONE) {
        const struct unknown_row *row = store_unknown(u, input);
        if (row == NULL)
            return store_damaged(err, "input", input);
        memcpy(ret_hash, row->hash, 32);
        *ret_index = row->index;
        return IMJIN_OK;
    }
    TRY(utxo_output_tx(u, output, &tx, err));
    memcpy(ret_hash, u->ids[tx.n], 32);
    *ret_index = (uint32_t)(output - u->txs[tx.n].output_first);
    return IMJIN_OK;
}

/* ---- scripts ---- */

enum imjin_status utxo_script(const struct utxo *u, struct script_id id, struct script *ret, struct error *err) {
    if (id.n >= u->counts.scripts)
        return store_damaged(err, "a reference to script", id.n);
    uint64_t word = u->scripts[id.n], offset = script_word_offset(word), count = script_word_count(word);
    if (script_word_kind(word) >= SCRIPT_KINDS || count > SCRIPT_PAYLOAD_MAX ||
        offset + count > u->manifest.rows.of[UTXO_FILE_PAYLOADS])
        return store_damaged(err, "script", id.n);
    struct script s = {.kind = (uint8_t)script_word_kind(word), .count = (uint8_t)count};
    if (count)
        memcpy(s.payload, u->payloads + offset, count);
    *ret = s;
    return IMJIN_OK;
}

enum script_kind utxo_script_kind(const struct utxo *u, struct script_id id) {
    unsigned kind = id.n < u->counts.scripts ? script_word_kind(u->scripts[id.n]) : SCRIPT_KINDS;
    return kind < SCRIPT_KINDS ? kind : SCRIPT_NONSTANDARD;
}

enum imjin_status utxo_script_print(const struct utxo *u, struct script_id id, char ret_text[SCRIPT_PRINT_MAX],
                                    struct error *err) {
    struct script s;
    TRY(utxo_script(u, id, &s, err));
    script_print(&s, u->outputs_chain, ret_text);
    return IMJIN_OK;
}

bool store_find_script(const struct utxo *u, const struct script *s, uint64_t hash, uint32_t *ret) {
    for (unsigned i = u->segment_count; i > 0; i--)
        if (segment_find_script(u, &u->segments[i - 1], s, hash, ret))
            return true;
    return false;
}

enum imjin_status utxo_script_find(const struct utxo *u, const struct address *a, struct script_id *ret, struct error *err) {
    struct script s;
    struct script_id found;
    if (a->form != ADDRESS_OPAQUE)
        return fail(err, IMJIN_BAD_INPUT, "this is no address of %s", u->manifest.chain.name);
    TRY(script_parse(&s, u->outputs_chain, (struct span){a->text, a->count}, err));
    if (!store_find_script(u, &s, hash_script(s.kind, s.payload, s.count), &found.n))
        return fail(err, IMJIN_NOT_FOUND, "no output of the chain is locked by %.*s", (int)a->count, a->text);
    *ret = found;
    return IMJIN_OK;
}

enum imjin_status utxo_script_outputs(const struct utxo *u, struct script_id id, struct utxo_list ret[UTXO_SEGMENTS_MAX],
                                      unsigned *ret_count, struct error *err) {
    struct utxo_list lists[UTXO_SEGMENTS_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < u->segment_count; i++) {
        if (!segment_outputs(&u->segments[i], id.n, &lists[count]))
            return store_damaged(err, "the outputs of script", id.n);
        count += lists[count].count > 0;
    }
    memcpy(ret, lists, count * sizeof *lists);
    *ret_count = count;
    return IMJIN_OK;
}

enum imjin_status utxo_output_data(const struct utxo *u, uint64_t output, struct span *ret, struct error *err) {
    uint64_t rows = u->manifest.rows.of[UTXO_FILE_DATA_ROWS], bytes = u->manifest.rows.of[UTXO_FILE_DATA];
    uint64_t low = 0, high = rows;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (u->data_rows[middle].output < output)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == rows || u->data_rows[low].output != output)
        return fail(err, IMJIN_NOT_FOUND, "output %" PRIu64 " holds no data", output);
    uint64_t begin = u->data_rows[low].offset, end = low + 1 < rows ? u->data_rows[low + 1].offset : bytes;
    if (begin > end || end > bytes)
        return store_damaged(err, "the data of output", output);
    *ret = (struct span){(const char *)u->data + begin, end - begin};
    return IMJIN_OK;
}
