/* Accounts and transactions of chains whose money lies in outputs. */
#include <inttypes.h>
#include <stdlib.h>

#include "report/jsonify.h"
#include "report/outputs.h"
#include "report/terminal.h"

enum { TEXT_ROWS = 40, AMOUNT_COLUMNS = 22 };

/* What one transaction did to a script. */
struct event {
    uint64_t received, sent;
    uint32_t tx;
};

struct account {
    const struct report_outputs *in;
    struct script_id id;
    char address[SCRIPT_PRINT_MAX];
    struct buffer events; /* by transaction */
    uint64_t received, sent, outputs, unspent;
};

/* ---- what both forms need ---- */

static struct report_input input_of(const struct report_outputs *in) {
    return (struct report_input){.program_version = in->program_version, .labels = in->labels, .colour = in->colour};
}

/* The tag of highest confidence; false when there is none. */
static bool tag_of(const struct report_outputs *in, const char *address, struct tag *ret) {
    struct address a = {.form = ADDRESS_OPAQUE, .count = (uint8_t)strlen(address), .text = address};
    uint64_t first, count = 0;
    if (in->labels)
        label_find(in->labels, utxo_chain(in->store)->name, &a, &first, &count);
    if (count)
        *ret = label_at(in->labels, first);
    return count > 0;
}

static int by_tx(const void *a, const void *b) {
    const struct event *x = a, *y = b;
    return (x->tx > y->tx) - (x->tx < y->tx);
}

static void merge_events(struct account *a) {
    struct event *events = a->events.items;
    uint64_t kept = 0;
    if (a->events.count > 1)
        qsort(events, a->events.count, sizeof *events, by_tx);
    for (uint64_t i = 0; i < a->events.count; i++) {
        if (kept && events[kept - 1].tx == events[i].tx) {
            events[kept - 1].received += events[i].received;
            events[kept - 1].sent += events[i].sent;
        } else {
            events[kept++] = events[i];
        }
    }
    a->events.count = kept;
}

static enum imjin_status add_output(struct account *a, uint64_t number, struct error *err) {
    const struct utxo_counts *counts = utxo_counts(a->in->store);
    struct tx_id tx;
    TRY(utxo_output_tx(a->in->store, number, &tx, err));
    const struct utxo_output *o = &utxo_outputs(a->in->store)[number];
    a->outputs++;
    if (!add_u64(a->received, o->value, &a->received))
        return fail(err, IMJIN_BAD_INPUT, "the store is damaged: more than 2^64 units of one address");
    TRY(buffer_push(&a->events, &(struct event){.tx = tx.n, .received = o->value}, NULL, err));
    if (!utxo_is_spent(counts, o)) {
        a->unspent++;
        return IMJIN_OK;
    }
    a->sent += o->value;
    return buffer_push(&a->events, &(struct event){.tx = o->spender, .sent = o->value}, NULL, err);
}

static enum imjin_status account_read(struct account *a, struct error *err) {
    struct utxo_list lists[UTXO_SEGMENTS_MAX];
    unsigned count = 0;
    a->events = (struct buffer){.item_bytes = sizeof(struct event), .items_max = UINT32_MAX, .what = "outputs of one address"};
    TRY(utxo_script_print(a->in->store, a->id, a->address, err));
    TRY(utxo_script_outputs(a->in->store, a->id, lists, &count, err));
    for (unsigned l = 0; l < count; l++)
        for (uint64_t i = 0; i < lists[l].count; i++)
            TRY(add_output(a, lists[l].base + lists[l].numbers[i], err));
    merge_events(a);
    return IMJIN_OK;
}

static void add_units(struct text *t, const struct report_outputs *in, uint64_t units) {
    const struct chain *chain = utxo_chain(in->store);
    char amount[AMOUNT_PRINT_MAX];
    amount_print(u256_from_u128(units), chain->native_decimals, amount);
    text_add_format(t, "%s %s", amount, chain->native_symbol);
}

static void add_units_cell(struct text *t, const struct report_outputs *in, uint64_t units) {
    struct cell cell = {0};
    add_units(&cell.text, in, units);
    cell_end_right(t, &cell, AMOUNT_COLUMNS);
}

static void add_tag(struct text *t, const struct report_outputs *in, const char *address) {
    struct tag tag;
    if (!tag_of(in, address, &tag))
        return;
    text_add_string(t, " (");
    add_visible(t, tag.label.count ? tag.label : tag.actor, REPORT_OUTSIDE_TEXT_MAX);
    text_add_string(t, ")");
}

static void json_units(struct json_writer *w, const struct report_outputs *in, const char *units_key, const char *amount_key,
                       uint64_t units) {
    struct u256 value = u256_from_u128(units);
    json_key_units(w, units_key, value);
    json_key_amount(w, amount_key, value, utxo_chain(in->store)->native_decimals);
}

static void json_begin(struct json_writer *w, const struct report_outputs *in, const char *schema) {
    struct report_input head = input_of(in);
    head.labels = NULL;
    json_head(w, &head, schema);
    json_key_text(w, "chain", utxo_chain(in->store)->name);
    json_key_hash(w, "identity", utxo_identity(in->store));
    json_key_bool(w, "partial", utxo_counts(in->store)->partial);
}

static void json_hash(struct json_writer *w, const char *key, const uint8_t hash[32]) {
    char text[65];
    utxo_hash_print(hash, text);
    json_key_text(w, key, text);
}

/* "label" and "category" of an address; null without a tag. */
static void json_label(struct json_writer *w, const struct report_outputs *in, const char *address) {
    struct tag tag;
    bool tagged = tag_of(in, address, &tag);
    json_put_key(w, "label");
    if (tagged)
        json_put_string(w, tag.label.count ? tag.label : tag.actor);
    else
        json_put_null(w);
}

/* ---- accounts ---- */

static enum imjin_status add_event(struct text *t, const struct account *a, const struct event *e, struct error *err) {
    struct utxo_tx tx;
    char hash[65];
    TRY(utxo_tx(a->in->store, (struct tx_id){e->tx}, &tx, err));
    utxo_hash_print(tx.hash, hash);
    text_add_string(t, "  ");
    add_time(t, tx.time);
    bool gains = e->received >= e->sent;
    text_add_string(t, gains ? " +" : " -");
    add_units_cell(t, a->in, gains ? e->received - e->sent : e->sent - e->received);
    text_add_format(t, "  %s\n", hash);
    return IMJIN_OK;
}

static void add_sum(struct text *t, const struct account *a, const char *what, uint64_t units) {
    text_add_format(t, "  %-10s", what);
    add_units_cell(t, a->in, units);
    end_line(t);
}

static enum imjin_status account_text(struct text *t, const struct account *a, struct error *err) {
    struct report_input in = input_of(a->in);
    const struct event *events = a->events.items;
    uint64_t most = a->in->limit ? a->in->limit : TEXT_ROWS, shown = a->events.count < most ? a->events.count : most;
    text_add_format(t, "Account %s on %s", a->address, utxo_chain(a->in->store)->name);
    add_tag(t, a->in, a->address);
    text_add_format(t, "\n  locked by  %s\n", script_kind_name(utxo_script_kind(a->in->store, a->id)));
    add_sum(t, a, "received", a->received);
    add_sum(t, a, "spent", a->sent);
    add_sum(t, a, "held", a->received - a->sent);
    text_add_string(t, "  ");
    add_counted(t, a->outputs, "output", "outputs");
    text_add_string(t, ", ");
    add_count(t, a->unspent);
    text_add_string(t, " unspent\n");
    if (utxo_counts(a->in->store)->partial)
        text_add_string(t, "  The history is partial: what was received before it is not counted.\n");
    add_heading(t, &in, shown < a->events.count ? "History (the newest %" PRIu64 " of %" PRIu64 ")" : "History", shown,
                (uint64_t)a->events.count);
    for (uint64_t i = a->events.count - shown; i < a->events.count; i++)
        TRY(add_event(t, a, &events[i], err));
    return text_status(t, err);
}

static enum imjin_status json_event(struct json_writer *w, const struct account *a, const struct event *e, struct error *err) {
    struct utxo_tx tx;
    TRY(utxo_tx(a->in->store, (struct tx_id){e->tx}, &tx, err));
    json_object_begin(w);
    json_hash(w, "tx", tx.hash);
    json_key_unsigned(w, "height", tx.height);
    json_key_time(w, "time", tx.time);
    json_units(w, a->in, "received", "received_amount", e->received);
    json_units(w, a->in, "spent", "spent_amount", e->sent);
    json_object_end(w);
    return IMJIN_OK;
}

static enum imjin_status account_json(struct text *t, const struct account *a, struct error *err) {
    struct json_writer w = {.out = t};
    const struct event *events = a->events.items;
    uint64_t shown = a->in->limit && a->in->limit < a->events.count ? a->in->limit : a->events.count;
    json_begin(&w, a->in, "imjin.outputs-account/1");
    json_key_text(&w, "address", a->address);
    json_key_text(&w, "kind", script_kind_name(utxo_script_kind(a->in->store, a->id)));
    json_label(&w, a->in, a->address);
    json_units(&w, a->in, "received", "received_amount", a->received);
    json_units(&w, a->in, "spent", "spent_amount", a->sent);
    json_units(&w, a->in, "held", "held_amount", a->received - a->sent);
    json_key_unsigned(&w, "outputs", a->outputs);
    json_key_unsigned(&w, "unspent", a->unspent);
    json_key_unsigned(&w, "transactions", a->events.count);
    json_put_key(&w, "history");
    json_array_begin(&w);
    for (uint64_t i = a->events.count - shown; i < a->events.count; i++)
        TRY(json_event(&w, a, &events[i], err));
    json_array_end(&w);
    return json_foot(&w, NULL, err);
}

static enum imjin_status account(struct text *t, const struct report_outputs *in, struct script_id id,
                                 enum imjin_status (*write)(struct text *t, const struct account *a, struct error *err),
                                 struct error *err) {
    struct account a = {.in = in, .id = id};
    enum imjin_status status = account_read(&a, err);
    if (status == IMJIN_OK)
        status = write(t, &a, err);
    buffer_done(&a.events);
    return status;
}

enum imjin_status report_outputs_account_text(struct text *t, const struct report_outputs *in, struct script_id id,
                                              struct error *err) {
    return account(t, in, id, account_text, err);
}

enum imjin_status report_outputs_account_json(struct text *t, const struct report_outputs *in, struct script_id id,
                                              struct error *err) {
    return account(t, in, id, account_json, err);
}

/* ---- transactions ---- */

/* What an input spends, as far as it is known. */
struct spent {
    char tx[65], address[SCRIPT_PRINT_MAX];
    uint32_t place;
    uint64_t value;
    bool known;
};

static enum imjin_status input_read(const struct report_outputs *in, uint64_t input, struct spent *ret, struct error *err) {
    struct spent s = {0};
    struct script_id script;
    uint8_t hash[32];
    TRY(utxo_input_outpoint(in->store, input, hash, &s.place, err));
    utxo_hash_print(hash, s.tx);
    enum imjin_status status = utxo_input_value(in->store, input, &s.value, &script, err);
    if (status == IMJIN_OK)
        TRY(utxo_script_print(in->store, script, s.address, err));
    else if (status != IMJIN_NOT_FOUND)
        return status;
    s.known = status == IMJIN_OK;
    *ret = s;
    return IMJIN_OK;
}

/* False when an input is unknown, when it is a coinbase, or when shielded money makes the difference. */
static enum imjin_status fee_of(const struct report_outputs *in, const struct utxo_tx *tx, uint64_t *ret_in, uint64_t *ret_out,
                                bool *ret_known, struct error *err) {
    uint64_t sum = 0, out = 0;
    *ret_known = tx->input_count > 0;
    for (uint64_t i = 0; i < tx->input_count; i++) {
        struct spent s;
        TRY(input_read(in, tx->input_first + i, &s, err));
        *ret_known = *ret_known && s.known;
        sum += s.value;
    }
    for (uint64_t i = 0; i < tx->output_count; i++)
        out += utxo_outputs(in->store)[tx->output_first + i].value;
    *ret_in = sum;
    *ret_out = out;
    *ret_known = *ret_known && sum >= out;
    return IMJIN_OK;
}

static void hex_of(struct span bytes, struct text *t) {
    for (uint64_t i = 0; i < bytes.count; i++)
        text_add_format(t, "%02x", (uint8_t)bytes.bytes[i]);
}

static enum imjin_status add_output_line(struct text *t, const struct report_outputs *in, uint64_t number, struct error *err) {
    const struct utxo_output *o = &utxo_outputs(in->store)[number];
    char address[SCRIPT_PRINT_MAX];
    struct span data;
    TRY(utxo_script_print(in->store, (struct script_id){o->script}, address, err));
    add_units_cell(t, in, o->value);
    text_add_format(t, "  %s", address);
    add_tag(t, in, address);
    if (utxo_output_data(in->store, number, &data, NULL) == IMJIN_OK) {
        text_add_string(t, " ");
        add_visible(t, data, REPORT_OUTSIDE_TEXT_MAX);
    } else if (!utxo_is_spent(utxo_counts(in->store), o)) {
        text_add_string(t, "  unspent");
    }
    text_add_string(t, "\n");
    return IMJIN_OK;
}

static enum imjin_status add_inputs(struct text *t, const struct report_outputs *in, const struct utxo_tx *tx, uint64_t most,
                                    struct error *err) {
    if (tx->index == 0)
        text_add_string(t, "  coinbase\n");
    for (uint64_t i = 0; i < tx->input_count && i < most; i++) {
        struct spent s;
        TRY(input_read(in, tx->input_first + i, &s, err));
        if (s.known)
            add_units_cell(t, in, s.value);
        else
            text_add_string(t, "  of before the history  ");
        text_add_format(t, "  %s", s.known ? s.address : s.tx);
        if (s.known)
            add_tag(t, in, s.address);
        text_add_string(t, "\n");
    }
    if (tx->input_count > most)
        text_add_format(t, "  and %" PRIu64 " more (--json has them)\n", tx->input_count - most);
    return IMJIN_OK;
}

enum imjin_status report_outputs_tx_text(struct text *t, const struct report_outputs *in, struct tx_id id, struct error *err) {
    struct report_input head = input_of(in);
    struct utxo_tx tx;
    char hash[65];
    uint64_t taken, given, most = in->limit ? in->limit : TEXT_ROWS;
    bool known;
    TRY(utxo_tx(in->store, id, &tx, err));
    TRY(fee_of(in, &tx, &taken, &given, &known, err));
    utxo_hash_print(tx.hash, hash);
    text_add_format(t, "Transaction %s on %s\n  block %" PRIu32 ", place %" PRIu32 ", ", hash, utxo_chain(in->store)->name,
                    tx.height, tx.index);
    add_time(t, tx.time);
    text_add_string(t, "\n");
    add_heading(t, &head, "Inputs");
    TRY(add_inputs(t, in, &tx, most, err));
    add_heading(t, &head, "Outputs");
    for (uint64_t i = 0; i < tx.output_count && i < most; i++)
        TRY(add_output_line(t, in, tx.output_first + i, err));
    if (tx.output_count > most)
        text_add_format(t, "  and %" PRIu64 " more (--json has them)\n", tx.output_count - most);
    if (known) {
        text_add_string(t, "\nFee ");
        add_units(t, in, taken - given);
        text_add_string(t, "\n");
    }
    return text_status(t, err);
}

static enum imjin_status json_input(struct json_writer *w, const struct report_outputs *in, uint64_t input, struct error *err) {
    struct spent s;
    TRY(input_read(in, input, &s, err));
    json_object_begin(w);
    json_key_text(w, "tx", s.tx);
    json_key_unsigned(w, "output", s.place);
    json_key_text(w, "address", s.known ? s.address : NULL);
    if (s.known) {
        json_units(w, in, "value", "amount", s.value);
    } else {
        json_key_text(w, "value", NULL);
        json_key_text(w, "amount", NULL);
    }
    json_label(w, in, s.address);
    json_object_end(w);
    return IMJIN_OK;
}

static enum imjin_status json_output(struct json_writer *w, const struct report_outputs *in, uint64_t number,
                                     struct error *err) {
    const struct utxo_output *o = &utxo_outputs(in->store)[number];
    struct script_id script = {o->script};
    char address[SCRIPT_PRINT_MAX];
    struct span data;
    struct utxo_tx spender;
    TRY(utxo_script_print(in->store, script, address, err));
    json_object_begin(w);
    json_key_text(w, "address", address);
    json_key_text(w, "kind", script_kind_name(utxo_script_kind(in->store, script)));
    json_units(w, in, "value", "amount", o->value);
    json_label(w, in, address);
    if (utxo_is_spent(utxo_counts(in->store), o)) {
        TRY(utxo_tx(in->store, (struct tx_id){o->spender}, &spender, err));
        json_hash(w, "spent_by", spender.hash);
    } else {
        json_key_text(w, "spent_by", NULL);
    }
    if (utxo_output_data(in->store, number, &data, NULL) == IMJIN_OK) {
        struct text hex = {0};
        hex_of(data, &hex);
        json_key_text(w, "script", hex.bytes);
        text_fold(w->out, &hex);
    }
    json_object_end(w);
    return IMJIN_OK;
}

enum imjin_status report_outputs_tx_json(struct text *t, const struct report_outputs *in, struct tx_id id, struct error *err) {
    struct json_writer w = {.out = t};
    struct utxo_tx tx;
    uint64_t taken, given;
    bool known;
    TRY(utxo_tx(in->store, id, &tx, err));
    TRY(fee_of(in, &tx, &taken, &given, &known, err));
    json_begin(&w, in, "imjin.outputs-tx/1");
    json_hash(&w, "tx", tx.hash);
    json_key_unsigned(&w, "height", tx.height);
    json_key_unsigned(&w, "index", tx.index);
    json_key_time(&w, "time", tx.time);
    json_key_unsigned(&w, "version", tx.version);
    json_key_unsigned(&w, "locktime", tx.locktime);
    json_key_bool(&w, "coinbase", tx.index == 0);
    if (known)
        json_units(&w, in, "fee", "fee_amount", taken - given);
    json_put_key(&w, "inputs");
    json_array_begin(&w);
    for (uint64_t i = 0; i < tx.input_count; i++)
        TRY(json_input(&w, in, tx.input_first + i, err));
    json_array_end(&w);
    json_put_key(&w, "outputs");
    json_array_begin(&w);
    for (uint64_t i = 0; i < tx.output_count; i++)
        TRY(json_output(&w, in, tx.output_first + i, err));
    json_array_end(&w);
    return json_foot(&w, NULL, err);
}
