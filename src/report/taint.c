/* A trace through outputs: for terminals, as JSON and as CSV. */
#include <inttypes.h>
#include <stdlib.h>

#include "cluster/cluster.h"
#include "report/jsonify.h"
#include "report/terminal.h"

const char *report_taint_end(enum taint_end end, bool backwards) {
    static const char *const forwards_names[TAINT_ENDS] = {"held", "service", "mixer", "burn"};
    static const char *const backwards_names[TAINT_ENDS] = {"mined", "service", "mixer", "missing"};
    return backwards ? backwards_names[end] : forwards_names[end];
}

/* ---- names ---- */

struct place_name {
    char text[SCRIPT_PRINT_MAX];
    struct address address; /* points at text */
    struct tag tag;
    bool tagged, conflict;
};

static enum imjin_status script_name(const struct taint_report *in, uint32_t script, struct place_name *ret,
                                     struct error *err) {
    TRY(utxo_script_print(in->store, (struct script_id){script}, ret->text, err));
    ret->address = (struct address){.form = ADDRESS_OPAQUE, .count = (uint8_t)strlen(ret->text), .text = ret->text};
    ret->conflict = false;
    ret->tagged =
        in->labels && label_role_of(in->labels, utxo_chain(in->store)->name, &ret->address, &ret->tag, &ret->conflict);
    return IMJIN_OK;
}

static enum imjin_status output_name(const struct taint_report *in, uint64_t output, struct place_name *ret,
                                     struct error *err) {
    if (output == UTXO_OUTPUT_NONE) {
        *ret = (struct place_name){.text = ""};
        return IMJIN_OK;
    }
    return script_name(in, utxo_outputs(in->store)[output].script, ret, err);
}

struct output_place {
    char tx[65];
    uint32_t index; /* of the output in its transaction */
    struct utxo_tx row;
};

static enum imjin_status output_place(const struct taint_report *in, uint64_t output, struct output_place *ret,
                                      struct error *err) {
    struct tx_id tx;
    TRY(utxo_output_tx(in->store, output, &tx, err));
    TRY(utxo_tx(in->store, tx, &ret->row, err));
    utxo_hash_print(ret->row.hash, ret->tx);
    ret->index = (uint32_t)(output - ret->row.output_first);
    return IMJIN_OK;
}

static void add_coins(struct text *t, const struct taint_report *in, uint64_t units) {
    const struct chain *c = utxo_chain(in->store);
    char amount[AMOUNT_PRINT_MAX];
    amount_print(wide(units), c->native_decimals, amount);
    text_add_format(t, "%s %s", amount, c->native_symbol);
}

/* ---- for a terminal ---- */

static const struct {
    const char *forwards, *backwards;
    size_t at;
} sums[] = {
    {"at services", "from services", offsetof(struct taint_theft, stopped)},
    {"into mixers", NULL, offsetof(struct taint_theft, mixed)},
    {"at rest", "mined", offsetof(struct taint_theft, held)},
    {"burnt", "missing history", offsetof(struct taint_theft, burnt)},
    {"fees", NULL, offsetof(struct taint_theft, fees)},
    {"cut off", "cut off", offsetof(struct taint_theft, cut_off)},
};

static uint64_t sum_at(const struct taint_theft *theft, size_t at) {
    uint64_t value;
    memcpy(&value, (const char *)theft + at, sizeof value);
    return value;
}

static void add_theft(struct text *t, const struct taint_report *in, uint32_t number) {
    const struct taint_theft *theft = &in->result->thefts[number];
    struct text head = {0};
    add_coins(&head, in, theft->stolen);
    text_add_format(t, "\n%s %s: ", head.bytes ? head.bytes : "", in->backwards ? "asked about" : "stolen");
    text_fold(t, &head);
    add_visible(t, span_of(in->names[number]), REPORT_OUTSIDE_TEXT_MAX);
    text_add_string(t, "\n");
    for (unsigned i = 0; i < sizeof sums / sizeof *sums; i++) {
        const char *name = in->backwards ? sums[i].backwards : sums[i].forwards;
        uint64_t value = sum_at(theft, sums[i].at);
        struct cell label = {0}, amount = {0}, share = {0};
        if (name == NULL || value == 0)
            continue;
        text_add_format(&label.text, "  %s", name);
        cell_end(t, &label, 20);
        add_coins(&amount.text, in, value);
        cell_end_right(t, &amount, 26);
        add_percent(&share.text, wide(value), wide(theft->stolen));
        cell_end_right(t, &share, 12);
        end_line(t);
    }
    if (theft->overlap) {
        text_add_string(t, "  not stolen twice: ");
        add_coins(t, in, theft->overlap);
        text_add_string(t, " was another theft's already\n");
    }
    text_add_string(t, "  ");
    add_counted(t, theft->outputs, "output", "outputs");
    text_add_string(t, " reached\n");
}

/* What lies at one address for one reason, of all thefts together. */
struct lying {
    uint32_t script;
    uint8_t end;
    uint64_t count, outputs, first_output;
};

static int by_script(const void *a, const void *b) {
    const struct lying *p = a, *q = b;
    if (p->script != q->script)
        return p->script < q->script ? -1 : 1;
    if (p->end != q->end)
        return p->end < q->end ? -1 : 1;
    return (p->first_output > q->first_output) - (p->first_output < q->first_output);
}

static int by_count_down(const void *a, const void *b) {
    const struct lying *p = a, *q = b;
    if (p->count != q->count)
        return p->count > q->count ? -1 : 1;
    return (p->first_output > q->first_output) - (p->first_output < q->first_output);
}

/* Joins the rests by address and end. */
static enum imjin_status gather(const struct taint_report *in, struct lying **ret, uint64_t *ret_count, struct error *err) {
    uint64_t count = 0, kept = 0;
    struct lying *rows = memory_new(in->result->rest_count, sizeof *rows);
    if (rows == NULL)
        return fail_memory(err, "the addresses");
    for (uint64_t i = 0; i < in->result->rest_count; i++) {
        const struct taint_rest *r = &in->result->rests[i];
        if (r->output != UTXO_OUTPUT_NONE)
            rows[count++] = (struct lying){.script = utxo_outputs(in->store)[r->output].script,
                                           .end = r->end,
                                           .count = r->count,
                                           .outputs = 1,
                                           .first_output = r->output};
    }
    if (count)
        qsort(rows, count, sizeof *rows, by_script);
    for (uint64_t i = 0; i < count; i++) {
        if (kept && rows[kept - 1].script == rows[i].script && rows[kept - 1].end == rows[i].end) {
            rows[kept - 1].count += rows[i].count;
            rows[kept - 1].outputs++;
        } else {
            rows[kept++] = rows[i];
        }
    }
    if (kept)
        qsort(rows, kept, sizeof *rows, by_count_down);
    *ret = rows;
    *ret_count = kept;
    return IMJIN_OK;
}

static enum imjin_status add_lying(struct text *t, const struct taint_report *in, const struct lying *row, struct error *err) {
    struct place_name name;
    struct output_place place;
    struct cell end = {0}, amount = {0};
    TRY(script_name(in, row->script, &name, err));
    TRY(output_place(in, row->first_output, &place, err));
    text_add_string(t, "  ");
    text_add_string(&end.text, report_taint_end(row->end, in->backwards));
    cell_end(t, &end, 10);
    add_coins(&amount.text, in, row->count);
    cell_end_right(t, &amount, 24);
    text_add_format(t, "  %s", name.text);
    if (name.tagged) {
        text_add_string(t, "  [");
        add_visible(t, name.tag.label, REPORT_OUTSIDE_TEXT_MAX);
        text_add_string(t, name.conflict ? "; labels disagree]" : "]");
    }
    text_add_string(t, "  since ");
    add_time(t, place.row.time);
    if (row->outputs > 1) {
        text_add_string(t, " in ");
        add_counted(t, row->outputs, "stretch", "stretches");
    }
    text_add_string(t, "\n");
    return IMJIN_OK;
}

static enum imjin_status add_places(struct text *t, const struct taint_report *in, struct error *err) {
    struct lying *rows;
    uint64_t count;
    TRY(gather(in, &rows, &count, err));
    enum imjin_status status = IMJIN_OK;
    if (count)
        text_add_string(t, in->backwards ? "\nWhere it came from\n" : "\nWhere it is\n");
    for (uint64_t i = 0; i < count && i < REPORT_TEXT_STOPS && status == IMJIN_OK; i++)
        status = add_lying(t, in, &rows[i], err);
    if (count > REPORT_TEXT_STOPS) {
        text_add_string(t, "  ... and ");
        add_counted(t, count - REPORT_TEXT_STOPS, "more address", "more addresses");
        text_add_string(t, "; --json has them all\n");
    }
    memory_free(rows);
    return status;
}

enum imjin_status report_taint_text(struct text *t, const struct taint_report *in, struct error *err) {
    bool poison = in->request->policy == TAINT_POISON;
    text_add_format(t, "%s on %s, by %s.\n", in->backwards ? "Sources" : "Trace", utxo_chain(in->store)->name,
                    taint_policy_name(in->request->policy));
    for (uint32_t i = 0; i < in->request->theft_count && i < REPORT_TEXT_STOPS && !poison; i++)
        add_theft(t, in, i);
    if (in->request->theft_count > REPORT_TEXT_STOPS && !poison)
        text_add_format(t, "\n... and %" PRIu64 " more thefts; --json has them all.\n",
                        (uint64_t)in->request->theft_count - REPORT_TEXT_STOPS);
    if (poison)
        text_add_string(t, "Poison says only what was reached: claims are not kept.\n");
    TRY(add_places(t, in, err));
    if (in->result->inputs_unknown) {
        text_add_string(t, "\nThe history is partial: ");
        add_counted(t, in->result->inputs_unknown, "input", "inputs");
        text_add_string(t, " of reached transactions spend outputs from before it.\n");
    }
    return text_status(t, err);
}

/* ---- JSON ---- */

static enum imjin_status json_address(struct json_writer *w, const struct taint_report *in, uint64_t output,
                                      struct error *err) {
    struct place_name name;
    TRY(output_name(in, output, &name, err));
    json_key_text(w, "address", name.text[0] ? name.text : NULL);
    if (name.tagged) {
        json_key_span_value(w, "label", name.tag.label);
        json_key_text(w, "category", name.tag.category ? name.tag.category->name : NULL);
        json_key_bool(w, "label_conflict", name.conflict);
    }
    return IMJIN_OK;
}

/* What a transaction mixes, and where each note may have come out: its equal outputs. */
struct mixing {
    struct coin_view view;
    struct coinjoin_scratch scratch;
    struct coinjoin found;
};

static enum imjin_status mixing_of(struct mixing *m, const struct taint_report *in, uint32_t tx, struct error *err) {
    TRY(coin_view_load(&m->view, in->store, (struct tx_id){tx}, err));
    return coinjoin_of(&m->found, &m->scratch, &m->view.tx, err);
}

static void mixing_done(struct mixing *m) {
    coin_view_done(&m->view);
    coinjoin_scratch_done(&m->scratch);
}

static enum imjin_status json_mixing(struct json_writer *w, const struct taint_report *in, const struct mixing *m,
                                     struct error *err) {
    json_put_key(w, "coinjoin");
    json_object_begin(w);
    json_key_text(w, "kind", coinjoin_rule(m->found.kind)->name);
    json_key_units(w, "value", wide(m->found.value));
    json_key_unsigned(w, "participants_min", m->found.participants_min);
    json_put_key(w, "leads");
    json_array_begin(w);
    for (uint64_t i = 0; i < m->view.tx.output_count; i++) {
        struct place_name name;
        if (m->view.tx.outputs[i].value != m->found.value)
            continue;
        TRY(script_name(in, m->view.tx.outputs[i].script, &name, err));
        json_put_text(w, name.text);
    }
    json_array_end(w);
    json_object_end(w);
    return IMJIN_OK;
}

static enum imjin_status json_leads(struct json_writer *w, const struct taint_report *in, uint32_t tx, struct error *err) {
    struct mixing m = {.found = {.kind = COINJOIN_NONE}};
    enum imjin_status status = mixing_of(&m, in, tx, err);
    if (status == IMJIN_OK)
        status = json_mixing(w, in, &m, err);
    mixing_done(&m);
    return status;
}

static enum imjin_status json_rest(struct json_writer *w, const struct taint_report *in, const struct taint_rest *r,
                                   struct error *err) {
    struct output_place place;
    struct utxo_tx ended;
    char hash[65];
    json_object_begin(w);
    json_key_unsigned(w, "theft", r->theft);
    TRY(json_address(w, in, r->output, err));
    if (r->output != UTXO_OUTPUT_NONE) {
        TRY(output_place(in, r->output, &place, err));
        json_key_text(w, "tx", place.tx);
        json_key_unsigned(w, "output", place.index);
        json_key_unsigned(w, "height", place.row.height);
        json_key_time(w, "time", place.row.time);
    }
    TRY(utxo_tx(in->store, (struct tx_id){r->tx}, &ended, err));
    utxo_hash_print(ended.hash, hash);
    json_key_text(w, "ended_in", hash);
    json_key_text(w, "end", report_taint_end(r->end, in->backwards));
    json_key_units(w, "at", wide(r->at));
    json_key_units(w, "units", wide(r->count));
    json_key_amount(w, "amount", wide(r->count), utxo_chain(in->store)->native_decimals);
    if (r->end == TAINT_MIXED)
        TRY(json_leads(w, in, r->tx, err));
    json_object_end(w);
    return IMJIN_OK;
}

static void json_theft(struct json_writer *w, const struct taint_report *in, uint32_t number) {
    const struct taint_theft *h = &in->result->thefts[number];
    json_object_begin(w);
    json_key_text(w, "asked", in->names[number]);
    json_key_units(w, "stolen", wide(h->stolen));
    json_key_units(w, "held", wide(h->held));
    json_key_units(w, "stopped", wide(h->stopped));
    json_key_units(w, "mixed", wide(h->mixed));
    json_key_units(w, "burnt", wide(h->burnt));
    json_key_units(w, "fees", wide(h->fees));
    json_key_units(w, "cut_off", wide(h->cut_off));
    json_key_units(w, "overlap", wide(h->overlap));
    json_key_unsigned(w, "outputs", h->outputs);
    json_object_end(w);
}

static void json_request(struct json_writer *w, const struct taint_report *in) {
    static const char *const fees[] = {"stop", "fees-first", "subsidy-first"};
    json_put_key(w, "request");
    json_object_begin(w);
    json_key_text(w, "direction", in->backwards ? "back" : "forward");
    json_key_text(w, "policy", taint_policy_name(in->request->policy));
    json_key_text(w, "fees", fees[in->request->fees]);
    json_object_end(w);
}

static void json_store(struct json_writer *w, const struct taint_report *in) {
    const struct utxo_counts *c = utxo_counts(in->store);
    json_put_key(w, "store");
    json_object_begin(w);
    json_key_text(w, "chain", utxo_chain(in->store)->name);
    json_key_hash(w, "identity", utxo_identity(in->store));
    json_key_unsigned(w, "height_first", c->height_first);
    json_key_unsigned(w, "height_last", c->height_last);
    json_key_bool(w, "partial", c->partial);
    json_object_end(w);
}

enum imjin_status report_taint_json(struct text *t, struct file_writer *file, const struct taint_report *in,
                                    struct error *err) {
    struct json_writer w = {.out = t};
    json_object_begin(&w);
    json_key_text(&w, "schema", "imjin.taint/1");
    json_key_text(&w, "version", in->program_version);
    json_store(&w, in);
    json_request(&w, in);
    json_put_key(&w, "thefts");
    json_array_begin(&w);
    for (uint32_t i = 0; i < in->request->theft_count; i++)
        json_theft(&w, in, i);
    json_array_end(&w);
    json_key_unsigned(&w, "inputs_unknown", in->result->inputs_unknown);
    json_put_key(&w, in->backwards ? "origins" : "rests");
    json_array_begin(&w);
    for (uint64_t i = 0; i < in->result->rest_count; i++) {
        TRY(json_rest(&w, in, &in->result->rests[i], err));
        drain(t, file);
    }
    json_array_end(&w);
    return json_foot(&w, file, err);
}

/* ---- CSV ---- */

/* What arrived at an address. */
struct reached {
    uint32_t script;
    uint8_t end; /* the worst that happened there: a stop stands above lying still */
    uint64_t count;
};

static int by_reached_script(const void *a, const void *b) {
    const struct reached *p = a, *q = b;
    return (p->script > q->script) - (p->script < q->script);
}

static enum imjin_status list_reached(const struct taint_report *in, struct buffer *rows, struct error *err) {
    for (uint64_t i = 0; i < in->move_count; i++) {
        struct reached r = {.count = in->moves[i].count};
        if (in->moves[i].output == UTXO_OUTPUT_NONE)
            continue;
        r.script = utxo_outputs(in->store)[in->moves[i].output].script;
        TRY(buffer_push(rows, &r, NULL, err));
    }
    for (uint64_t i = 0; i < in->result->rest_count; i++) {
        const struct taint_rest *rest = &in->result->rests[i];
        if (rest->output == UTXO_OUTPUT_NONE)
            continue;
        struct reached r = {.script = utxo_outputs(in->store)[rest->output].script, .end = rest->end};
        TRY(buffer_push(rows, &r, NULL, err));
    }
    for (uint64_t i = 0; i < in->request->source_count; i++) {
        const struct taint_source *s = &in->request->sources[i];
        const struct utxo_output *o = &utxo_outputs(in->store)[s->output];
        struct reached r = {.script = o->script,
                            .count = s->at >= o->value                         ? 0
                                     : s->count && s->count < o->value - s->at ? s->count
                                                                               : o->value - s->at};
        TRY(buffer_push(rows, &r, NULL, err));
    }
    if (rows->count)
        qsort(rows->items, rows->count, rows->item_bytes, by_reached_script);
    return IMJIN_OK;
}

static enum imjin_status add_reached(struct text *t, struct file_writer *file, const struct taint_report *in,
                                     const struct buffer *rows, struct error *err) {
    const struct reached *r = rows->items;
    text_add_string(t, "address,claim,stop\n");
    for (uint64_t i = 0, end; i < rows->count; i = end) {
        struct place_name name;
        uint64_t count = 0;
        uint8_t worst = 0;
        for (end = i; end < rows->count && r[end].script == r[i].script; end++) {
            if (!add_u64(count, r[end].count, &count))
                count = UINT64_MAX;
            worst = r[end].end > worst ? r[end].end : worst;
        }
        TRY(script_name(in, r[i].script, &name, err));
        add_cell_string(t, name.text);
        text_add_format(t, ",%" PRIu64 ",%s\n", count, worst ? report_taint_end(worst, false) : "");
        drain(t, file);
    }
    drain_all(t, file);
    return text_status(t, err);
}

enum imjin_status report_taint_reached(struct text *t, struct file_writer *file, const struct taint_report *in,
                                       struct error *err) {
    struct buffer rows = {.item_bytes = sizeof(struct reached), .items_max = UINT32_MAX, .what = "addresses reached"};
    enum imjin_status status = list_reached(in, &rows, err);
    if (status == IMJIN_OK)
        status = add_reached(t, file, in, &rows, err);
    buffer_done(&rows);
    return status;
}

enum imjin_status report_taint_edges(struct text *t, struct file_writer *file, const struct taint_report *in,
                                     struct error *err) {
    text_add_string(t, "theft,tx,from,to,units\n");
    for (uint64_t i = 0; i < in->move_count; i++) {
        const struct taint_move *m = &in->moves[i];
        struct place_name from, to;
        struct utxo_tx tx;
        char hash[65];
        TRY(utxo_tx(in->store, (struct tx_id){m->tx}, &tx, err));
        TRY(output_name(in, m->from_output, &from, err));
        TRY(output_name(in, m->output, &to, err));
        utxo_hash_print(tx.hash, hash);
        text_add_format(t, "%" PRIu32 ",%s,", m->theft, hash);
        add_cell_string(t, from.text);
        text_add_string(t, ",");
        add_cell_string(t, to.text[0] ? to.text : "(fees)");
        text_add_format(t, ",%" PRIu64 "\n", m->count);
        drain(t, file);
    }
    drain_all(t, file);
    return text_status(t, err);
}
