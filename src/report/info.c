/* What a workspace holds, and what verifying it found. */
#include <inttypes.h>

#include "report/jsonify.h"
#include "report/terminal.h"

static enum imjin_status time_span(const struct ledger *l, int64_t *ret_first, int64_t *ret_last, uint32_t *ret_blocks,
                                   struct error *err) {
    uint64_t count = ledger_counts(l)->txs;
    struct ledger_tx first = {.time = TIME_UNKNOWN}, last = {.time = TIME_UNKNOWN};
    if (count) {
        TRY(ledger_tx(l, (struct tx_id){0}, &first, err));
        TRY(ledger_tx(l, (struct tx_id){(uint32_t)count - 1}, &last, err));
    }
    ledger_time_span(l, ret_first, ret_last);
    ret_blocks[0] = first.block;
    ret_blocks[1] = last.block;
    return IMJIN_OK;
}

static void add_figure(struct text *t, const char *name, uint64_t figure) {
    struct cell cell = {0}, count = {0};
    text_add_format(&cell.text, "  %s", name);
    cell_end(t, &cell, 24);
    add_count(&count.text, figure);
    cell_end_right(t, &count, 18);
    end_line(t);
}

static void add_hash_line(struct text *t, const char *name, const struct sha256 *hash) {
    char hex[65];
    sha256_print(hash, hex);
    text_add_format(t, "  %-23s %s\n", name, hex);
}

static void outputs_span(const struct utxo *u, int64_t *ret_first, int64_t *ret_last) {
    uint64_t blocks = utxo_counts(u)->blocks;
    *ret_first = blocks ? utxo_blocks(u)[0].time : TIME_UNKNOWN;
    *ret_last = blocks ? utxo_blocks(u)[blocks - 1].time : TIME_UNKNOWN;
}

static void add_outputs_chain(struct text *t, const struct report_input *in, const struct report_chain *c) {
    const struct utxo_counts *counts = utxo_counts(c->store);
    int64_t first, last;
    outputs_span(c->store, &first, &last);
    add_heading(t, in, "Blocks of %s%s", utxo_chain(c->store)->name, counts->partial ? " (partial history)" : "");
    add_figure(t, "blocks", counts->blocks);
    add_figure(t, "transactions", counts->txs);
    add_figure(t, "inputs", counts->inputs);
    add_figure(t, "outputs", counts->outputs);
    add_figure(t, "scripts", counts->scripts);
    if (counts->inputs_unknown)
        add_figure(t, "inputs of before", counts->inputs_unknown);
    text_add_string(t, "  time                    ");
    add_time(t, first);
    text_add_string(t, " to ");
    add_time(t, last);
    text_add_format(t, "\n  heights                 %" PRIu32 " to %" PRIu32 "\n", counts->height_first, counts->height_last);
    add_figure(t, "bytes on disk", c->ledger_bytes);
    add_hash_line(t, "identity (SHA-256)", utxo_identity(c->store));
}

static enum imjin_status add_chain(struct text *t, const struct report_input *in, const struct report_chain *c,
                                   struct error *err) {
    const struct ledger_counts *counts = ledger_counts(c->ledger);
    int64_t first, last;
    uint32_t blocks[2];
    TRY(time_span(c->ledger, &first, &last, blocks, err));
    add_heading(t, in, "Ledger %s", ledger_chain(c->ledger)->name);
    add_figure(t, "movements", counts->movements);
    add_figure(t, "transactions", counts->txs);
    add_figure(t, "blocks", counts->blocks);
    add_figure(t, "accounts", counts->accounts - ACCOUNTS_RESERVED);
    add_figure(t, "assets", counts->assets);
    if (counts->wide)
        add_figure(t, "amounts over 120 bits", counts->wide);
    if (counts->txs) {
        text_add_string(t, "  time                    ");
        add_time(t, first);
        text_add_string(t, " to ");
        add_time(t, last);
        text_add_format(t, "\n  block numbers           %" PRIu32 " to %" PRIu32 "\n", blocks[0], blocks[1]);
    }
    add_figure(t, "bytes on disk", c->ledger_bytes);
    if (c->compiled) {
        add_figure(t, "holdings, compiled", compiled_holding_count(c->compiled));
        add_figure(t, "bytes, compiled", c->compiled_bytes);
    } else {
        text_add_string(t, "  not compiled yet: the first trace does it\n");
    }
    add_hash_line(t, "identity (SHA-256)", ledger_identity(c->ledger));
    return IMJIN_OK;
}

enum imjin_status report_info_text(struct text *t, const struct report_input *in, const char *workspace,
                                   const struct report_chain *chains, uint32_t chain_count, struct error *err) {
    if (workspace) {
        text_add_string(t, "Workspace ");
        report_add_outside(t, span_of(workspace));
        text_add_string(t, "\n");
    }
    for (uint32_t i = 0; i < chain_count; i++) {
        if (chains[i].store)
            add_outputs_chain(t, in, chains + i);
        else
            TRY(add_chain(t, in, chains + i, err));
    }
    if (chain_count == 0)
        text_add_string(t, "No ledger yet: import a file first.\n");
    if (in->labels) {
        add_heading(t, in, "Labels");
        add_figure(t, "tags", label_count(in->labels));
        add_hash_line(t, "identity (SHA-256)", label_identity(in->labels));
    }
    return text_status(t, err);
}

static enum imjin_status json_chain(struct json_writer *w, const struct report_chain *c, struct error *err) {
    const struct ledger_counts *counts = ledger_counts(c->ledger);
    const struct chain *chain = ledger_chain(c->ledger);
    int64_t first, last;
    uint32_t blocks[2];
    TRY(time_span(c->ledger, &first, &last, blocks, err));
    json_object_begin(w);
    json_key_text(w, "chain", chain->name);
    json_key_text(w, "native_symbol", chain->native_symbol);
    json_key_hash(w, "identity", ledger_identity(c->ledger));
    json_key_unsigned(w, "movements", counts->movements);
    json_key_unsigned(w, "transactions", counts->txs);
    json_key_unsigned(w, "blocks", counts->blocks);
    json_key_unsigned(w, "accounts", counts->accounts - ACCOUNTS_RESERVED);
    json_key_unsigned(w, "assets", counts->assets);
    json_key_unsigned(w, "wide_amounts", counts->wide);
    json_key_time(w, "time_first", first);
    json_key_time(w, "time_last", last);
    json_key_unsigned(w, "block_first", blocks[0]);
    json_key_unsigned(w, "block_last", blocks[1]);
    json_key_unsigned(w, "ledger_bytes", c->ledger_bytes);
    json_key_bool(w, "compiled", c->compiled != NULL);
    if (c->compiled) {
        json_key_unsigned(w, "holdings", compiled_holding_count(c->compiled));
        json_key_unsigned(w, "compiled_bytes", c->compiled_bytes);
    }
    json_object_end(w);
    return IMJIN_OK;
}

static void json_outputs_chain(struct json_writer *w, const struct report_chain *c) {
    const struct utxo_counts *counts = utxo_counts(c->store);
    int64_t first, last;
    outputs_span(c->store, &first, &last);
    json_object_begin(w);
    json_key_text(w, "chain", utxo_chain(c->store)->name);
    json_key_text(w, "native_symbol", utxo_chain(c->store)->native_symbol);
    json_key_hash(w, "identity", utxo_identity(c->store));
    json_key_unsigned(w, "movements", 0);
    json_key_unsigned(w, "transactions", counts->txs);
    json_key_unsigned(w, "blocks", counts->blocks);
    json_key_unsigned(w, "accounts", counts->scripts);
    json_key_unsigned(w, "assets", 1);
    json_key_unsigned(w, "wide_amounts", 0);
    json_key_unsigned(w, "inputs", counts->inputs);
    json_key_unsigned(w, "inputs_unknown", counts->inputs_unknown);
    json_key_unsigned(w, "outputs", counts->outputs);
    json_key_bool(w, "partial", counts->partial);
    json_key_time(w, "time_first", first);
    json_key_time(w, "time_last", last);
    json_key_unsigned(w, "block_first", counts->height_first);
    json_key_unsigned(w, "block_last", counts->height_last);
    json_key_unsigned(w, "ledger_bytes", c->ledger_bytes);
    json_key_bool(w, "compiled", false);
    json_object_end(w);
}

enum imjin_status report_info_json(struct text *t, const struct report_input *in, const struct report_chain *chains,
                                   uint32_t chain_count, struct error *err) {
    struct json_writer w = {.out = t};
    struct report_input head = *in;
    head.ledger = NULL; /* the chains say more, one by one */
    json_head(&w, &head, "imjin.info/1");
    json_put_key(&w, "chains");
    json_array_begin(&w);
    for (uint32_t i = 0; i < chain_count; i++) {
        if (chains[i].store)
            json_outputs_chain(&w, chains + i);
        else
            TRY(json_chain(&w, chains + i, err));
    }
    json_array_end(&w);
    return json_foot(&w, NULL, err);
}

/* ---- verify ---- */

enum imjin_status report_verify_text(struct text *t, const struct report_input *in, const struct report_check *checks,
                                     uint32_t check_count, struct error *err) {
    for (uint32_t i = 0; i < check_count; i++) {
        const struct report_check *c = checks + i;
        bool sound = c->status == IMJIN_OK;
        const char *colour = !in->colour ? "" : sound ? "\033[32m" : "\033[31m";
        text_add_format(t, "%s%-7s%s ", colour, sound ? "sound" : "DAMAGED", in->colour ? "\033[0m" : "");
        report_add_outside(t, span_of(c->what));
        if (sound && c->movements) {
            text_add_string(t, ": ");
            add_counted(t, c->movements, "movement", "movements");
        }
        if (!sound && c->fault) {
            char line[ERROR_TEXT_MAX + ERROR_FILE_MAX + ERROR_VALUE_MAX];
            error_print(c->fault, line, sizeof line);
            text_add_string(t, ": ");
            add_visible(t, span_of(line), sizeof line);
        }
        text_add_string(t, "\n");
        if (sound && c->identity)
            add_hash_line(t, "identity (SHA-256)", c->identity);
    }
    if (check_count == 0)
        text_add_string(t, "Nothing to verify.\n");
    return text_status(t, err);
}

enum imjin_status report_verify_json(struct text *t, const struct report_input *in, const struct report_check *checks,
                                     uint32_t check_count, struct error *err) {
    struct json_writer w = {.out = t};
    struct report_input head = {.program_version = in->program_version};
    bool sound = true;
    json_head(&w, &head, "imjin.verify/1");
    json_put_key(&w, "checks");
    json_array_begin(&w);
    for (uint32_t i = 0; i < check_count; i++) {
        const struct report_check *c = checks + i;
        sound = sound && c->status == IMJIN_OK;
        json_object_begin(&w);
        json_key_text(&w, "what", c->what);
        json_key_bool(&w, "sound", c->status == IMJIN_OK);
        if (c->identity)
            json_key_hash(&w, "identity", c->identity);
        json_key_unsigned(&w, "movements", c->movements);
        if (c->status != IMJIN_OK && c->fault) {
            json_key_text(&w, "fault", c->fault->text);
            json_key_text(&w, "file", c->fault->file[0] ? c->fault->file : NULL);
        }
        json_object_end(&w);
    }
    json_array_end(&w);
    json_key_bool(&w, "sound", sound);
    return json_foot(&w, NULL, err);
}
