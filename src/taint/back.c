#include "taint/inside.h"

#include <stdlib.h>

struct back {
    const struct utxo *u;
    const struct utxo_counts *counts;
    const struct utxo_output *outputs;
    const struct taint_request *request;
    struct bits pending;
    struct places places; /* what is asked about, on the outputs that it came by */
    struct bench bench;
    struct buffer on_output; /* struct piece: asked about at the output at hand */
    struct buffer rests;
    struct taint_theft *thefts;
    struct taint_result result;
};

static bool by_units(const struct back *b) { return b->request->policy != TAINT_HAIRCUT; }

static enum imjin_status origin(struct back *b, uint64_t output, uint32_t tx, enum taint_end end, const struct piece *p,
                                struct error *err) {
    struct taint_theft *theft = &b->thefts[p->theft];
    struct taint_rest rest = {
        .output = output, .at = by_units(b) ? p->at : 0, .count = p->count, .theft = p->theft, .tx = tx, .end = (uint8_t)end};
    *(end == TAINT_STOPPED ? &theft->stopped : end == TAINT_BURNT ? &theft->burnt : &theft->held) += p->count;
    return buffer_push(&b->rests, &rest, NULL, err);
}

/* Asks what lies in on_output about an output, further back. */
static enum imjin_status ask(struct back *b, uint64_t output, uint32_t spender, struct error *err) {
    const struct utxo_output *o = &b->outputs[output];
    const struct piece *pieces = b->on_output.items;
    struct tx_id tx;
    TRY(utxo_output_tx(b->u, output, &tx, err));
    if (tx.n >= spender || o->script >= b->counts->scripts)
        return fail(err, IMJIN_BAD_INPUT, "the store of blocks is damaged (output %llu); \"imjin verify\" says more",
                    (unsigned long long)output);
    bool stops = b->request->stops && b->request->stops(b->request->context, o->script);
    bool full = b->places.pieces.count + b->on_output.count > b->places.pieces.items_max;
    for (uint64_t i = 0; i < b->on_output.count; i++) {
        b->thefts[pieces[i].theft].outputs++;
        if (stops)
            TRY(origin(b, output, tx.n, TAINT_STOPPED, &pieces[i], err));
        else if (full)
            b->thefts[pieces[i].theft].cut_off += pieces[i].count;
    }
    if (stops || full)
        return IMJIN_OK;
    bits_add(&b->pending, tx.n);
    return places_put(&b->places, output, pieces, b->on_output.count, err);
}

/* ---- one transaction: from the line of its outputs to that of its inputs ---- */

static enum imjin_status add_sources(struct back *b, uint64_t output, uint64_t begin, struct error *err) {
    for (uint64_t i = 0; i < b->request->source_count; i++) { /* what is asked about is short */
        const struct taint_source *s = &b->request->sources[i];
        uint64_t value = b->outputs[output].value;
        if (s->output != output || s->at >= value)
            continue;
        uint64_t count = s->count == 0 || s->count > value - s->at ? value - s->at : s->count;
        struct piece piece = {.at = begin + s->at, .count = count, .theft = s->theft};
        b->thefts[s->theft].stolen += count;
        b->thefts[s->theft].outputs++;
        TRY(buffer_push(&b->bench.taken, &piece, NULL, err));
    }
    return IMJIN_OK;
}

static enum imjin_status gather(struct back *b, struct error *err) {
    struct bench *t = &b->bench;
    uint64_t begin = 0;
    for (uint64_t i = 0; i < t->output_count; i++) {
        uint64_t output = t->output_first + i;
        const struct place *place = places_find(&b->places, output);
        for (uint32_t k = 0; place && k < place->count; k++) {
            struct piece piece = places_pieces(&b->places, place)[k];
            piece.at += begin;
            TRY(buffer_push(&t->taken, &piece, NULL, err));
        }
        TRY(add_sources(b, output, begin, err));
        begin += b->outputs[output].value;
    }
    return IMJIN_OK;
}

static int by_place(const void *a, const void *b) {
    const struct piece *p = a, *q = b;
    if (p->at != q->at)
        return p->at < q->at ? -1 : 1;
    return (p->theft > q->theft) - (p->theft < q->theft);
}

static int by_theft(const void *a, const void *b) {
    const struct piece *p = a, *q = b;
    return (p->theft > q->theft) - (p->theft < q->theft);
}

static enum imjin_status pass_input(struct back *b, uint64_t input, struct error *err) {
    struct bench *t = &b->bench;
    uint64_t output = utxo_word_output(utxo_inputs(b->u)[t->input_first + input]);
    const struct piece *pieces = b->on_output.items;
    if (b->on_output.count == 0)
        return IMJIN_OK;
    for (uint64_t i = 0; i < b->on_output.count && b->request->moved; i++)
        TRY(b->request->moved(b->request->context, pieces[i].theft, t->tx, output, UTXO_OUTPUT_NONE, pieces[i].count, err));
    for (uint64_t i = 0; i < b->on_output.count && output == UTXO_OUTPUT_NONE; i++)
        TRY(origin(b, output, t->tx, TAINT_BURNT, &pieces[i], err));
    return output == UTXO_OUTPUT_NONE ? IMJIN_OK : ask(b, output, t->tx, err);
}

/* Overlapping questions are each followed: a piece may fall on several inputs, several pieces on one. */
static enum imjin_status back_by_units(struct back *b, struct error *err) {
    struct bench *t = &b->bench;
    const uint64_t *values = t->values.items;
    struct piece *taken = t->taken.items;
    uint64_t line = 0, first = 0;
    if (b->request->policy == TAINT_LIFO)
        for (uint64_t i = 0; i < t->taken.count; i++)
            taken[i].at = t->total - taken[i].at - taken[i].count;
    if (t->taken.count)
        qsort(taken, t->taken.count, sizeof *taken, by_place);
    for (uint64_t i = 0; i < t->input_count; line += values[i], i++) {
        b->on_output.count = 0;
        while (first < t->taken.count && taken[first].at + taken[first].count <= line)
            first++;
        for (uint64_t k = first; k < t->taken.count && taken[k].at < line + values[i]; k++) {
            uint64_t from = taken[k].at > line ? taken[k].at : line, to = taken[k].at + taken[k].count;
            to = to < line + values[i] ? to : line + values[i];
            if (from < to)
                TRY(buffer_push(&b->on_output, &(struct piece){.at = from - line, .count = to - from, .theft = taken[k].theft},
                                NULL, err));
        }
        TRY(pass_input(b, i, err));
    }
    return IMJIN_OK;
}

/* Of each theft, what is asked about over the inputs, by their values. */
static enum imjin_status share_theft(struct back *b, uint64_t whole, uint32_t theft, struct error *err) {
    struct bench *t = &b->bench;
    const uint64_t *values = t->values.items;
    t->parts.count = 0;
    TRY(buffer_reserve(&t->parts, t->input_count, err));
    struct share_part *parts = t->parts.items;
    for (uint64_t i = 0; i < t->input_count; i++)
        parts[i] = (struct share_part){.weight = values[i], .number = (uint32_t)i};
    taint_share(parts, t->input_count, whole, t->total);
    for (uint64_t i = 0; i < t->input_count; i++)
        if (parts[i].share)
            TRY(buffer_push(&t->given, &(struct piece){.at = i, .count = parts[i].share, .theft = theft}, NULL, err));
    return IMJIN_OK;
}

static enum imjin_status back_by_shares(struct back *b, struct error *err) {
    struct bench *t = &b->bench;
    struct piece *taken = t->taken.items;
    if (t->total == 0 || t->taken.count == 0)
        return IMJIN_OK;
    qsort(taken, t->taken.count, sizeof *taken, by_theft);
    for (uint64_t i = 0, end; i < t->taken.count; i = end) {
        uint64_t whole = 0;
        for (end = i; end < t->taken.count && taken[end].theft == taken[i].theft; end++)
            whole += taken[end].count;
        TRY(share_theft(b, whole, taken[i].theft, err));
    }
    if (t->given.count)
        qsort(t->given.items, t->given.count, sizeof(struct piece), by_place);
    const struct piece *given = t->given.items;
    for (uint64_t i = 0, end; i < t->given.count; i = end) {
        b->on_output.count = 0;
        for (end = i; end < t->given.count && given[end].at == given[i].at; end++)
            TRY(buffer_push(&b->on_output, &(struct piece){.count = given[end].count, .theft = given[end].theft}, NULL, err));
        TRY(pass_input(b, given[i].at, err));
    }
    return IMJIN_OK;
}

static enum imjin_status work(struct back *b, uint32_t tx, struct error *err) {
    struct bench *t = &b->bench;
    TRY(bench_load(t, b->u, tx, &b->result.inputs_unknown, err));
    TRY(gather(b, err));
    if (t->input_count == 0) { /* a coinbase: mined, or fees of the block, which are followed no further */
        const struct piece *taken = t->taken.items;
        for (uint64_t i = 0; i < t->taken.count; i++)
            TRY(origin(b, t->output_first, tx, TAINT_HELD, &taken[i], err));
        return IMJIN_OK;
    }
    return by_units(b) ? back_by_units(b, err) : back_by_shares(b, err);
}

/* ---- the whole ---- */

static enum imjin_status begin(struct back *b, struct error *err) {
    const struct taint_request *q = b->request;
    uint64_t limit = q->pieces_max && q->pieces_max < TAINT_PIECES_MAX ? q->pieces_max : TAINT_PIECES_MAX;
    if (q->policy == TAINT_POISON || q->policy == TAINT_TIHO)
        return fail(err, IMJIN_USAGE, "%s has no way back; take fifo, lifo or haircut", taint_policy_name(q->policy));
    if (q->theft_count > TAINT_THEFTS_MAX)
        return fail(err, IMJIN_USAGE, "%u questions at once; at most %d", q->theft_count, TAINT_THEFTS_MAX);
    TRY(bits_init(&b->pending, b->counts->txs, err));
    TRY(places_init(&b->places, limit, err));
    b->thefts = memory_new(q->theft_count, sizeof *b->thefts);
    if (b->thefts == NULL)
        return fail_memory(err, "the questions");
    for (uint64_t i = 0; i < q->source_count; i++) {
        struct tx_id tx;
        if (q->sources[i].output >= b->counts->outputs || q->sources[i].theft >= q->theft_count)
            return fail(err, IMJIN_USAGE, "source %llu names an output or a theft that there is not",
                        (unsigned long long)i + 1);
        TRY(utxo_output_tx(b->u, q->sources[i].output, &tx, err));
        bits_add(&b->pending, tx.n);
    }
    return IMJIN_OK;
}

static void back_done(struct back *b) {
    bits_done(&b->pending);
    places_done(&b->places);
    bench_done(&b->bench);
    buffer_done(&b->on_output);
    buffer_done(&b->rests);
    memory_free(b->thefts);
}

enum imjin_status taint_back(const struct utxo *u, const struct taint_request *request, const struct progress *p,
                             struct taint_result *ret, struct error *err) {
    struct back b = {
        .u = u,
        .counts = utxo_counts(u),
        .outputs = utxo_outputs(u),
        .request = request,
        .on_output = {.item_bytes = sizeof(struct piece), .items_max = TAINT_PIECES_MAX, .what = "stretches on an output"},
        .rests = {.item_bytes = sizeof(struct taint_rest), .items_max = TAINT_PIECES_MAX, .what = "origins"},
    };
    uint64_t tx;
    bench_init(&b.bench);
    enum imjin_status status = begin(&b, err);
    while (status == IMJIN_OK && bits_take_last(&b.pending, &tx)) {
        status = work(&b, (uint32_t)tx, err);
        if (status == IMJIN_OK && b.result.txs++ % 4096 == 0)
            status = progress_step(p, "following back", "transactions", b.result.txs, 0, err);
    }
    if (status == IMJIN_OK) {
        taint_result_take(&b.result, &b.rests, &b.thefts, &b.places);
        *ret = b.result;
    }
    back_done(&b);
    return status;
}
