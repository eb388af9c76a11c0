#include "taint/inside.h"

#include <stdlib.h>

/* A fee's taint on its way to the coinbase. Units [at, at + count) of the fee of `tx`; haircut: `count`. */
struct fee_piece {
    uint32_t tx, theft;
    uint64_t at, count;
};

struct run {
    const struct utxo *u;
    const struct utxo_counts *counts;
    const struct utxo_output *outputs;
    const struct taint_request *request;
    struct taint_source *sources; /* by output, theft, at */
    struct bits pending;          /* transactions */
    struct places places;
    struct bench bench;
    struct buffer on_output; /* struct piece: what comes to lie on the output at hand */
    struct buffer rests;     /* struct taint_rest */
    struct buffer fees;      /* struct fee_piece: of the block at hand */
    struct taint_theft *thefts;
    uint64_t block;                  /* number of the block at hand; UINT64_MAX: none */
    uint64_t block_first, block_end; /* its transactions */
    bool coinbase_waits;             /* its coinbase has sources */
    uint64_t tx_limit;               /* transactions from here on are behind the horizon */
    uint32_t data_script;            /* of every output that cannot be spent; UINT32_MAX: there is none */
    struct taint_result result;
};

static bool by_units(const struct run *r) { return r->request->policy != TAINT_HAIRCUT && r->request->policy != TAINT_POISON; }

/* ---- where taint ends ---- */

static uint64_t *account_of(struct taint_theft *t, enum taint_end end) {
    switch (end) {
    case TAINT_STOPPED:
        return &t->stopped;
    case TAINT_MIXED:
        return &t->mixed;
    case TAINT_BURNT:
        return &t->burnt;
    default:
        return &t->held;
    }
}

static void book(struct run *r, uint64_t *account, uint64_t count) {
    if (r->request->policy != TAINT_POISON)
        *account += count;
}

static enum imjin_status end_here(struct run *r, uint64_t output, uint32_t tx, enum taint_end end, const struct piece *pieces,
                                  uint64_t count, struct error *err) {
    for (uint64_t i = 0; i < count; i++) {
        const struct piece *p = &pieces[i];
        struct taint_rest rest = {.output = output,
                                  .at = by_units(r) ? p->at : 0,
                                  .count = p->count,
                                  .theft = p->theft,
                                  .tx = tx,
                                  .end = (uint8_t)end};
        book(r, account_of(&r->thefts[p->theft], end), p->count);
        TRY(buffer_push(&r->rests, &rest, NULL, err));
    }
    return IMJIN_OK;
}

/* ---- what comes to lie on an output ---- */

/* Lays the source's units that nobody has yet between the pieces of `on_output`. */
static enum imjin_status claim_units(struct run *r, const struct taint_source *s, uint64_t end, struct error *err) {
    struct taint_theft *theft = &r->thefts[s->theft];
    uint64_t at = s->at, known = r->on_output.count;
    for (uint64_t i = 0; i <= known && at < end; i++) {
        const struct piece *next = i < known ? (const struct piece *)r->on_output.items + i : NULL;
        uint64_t free_end = next && next->at < end ? next->at : end;
        if (free_end > at) {
            struct piece mine = {.at = at, .count = free_end - at, .theft = s->theft};
            theft->stolen += mine.count;
            TRY(buffer_push(&r->on_output, &mine, NULL, err));
            next = i < known ? (const struct piece *)r->on_output.items + i : NULL;
            at = free_end;
        }
        if (next && next->at + next->count > at && next->at < end) {
            uint64_t over = (next->at + next->count < end ? next->at + next->count : end) - at;
            theft->overlap += over;
            at += over;
        }
    }
    return IMJIN_OK;
}

static int by_place(const void *a, const void *b) {
    const struct piece *p = a, *q = b;
    if (p->at != q->at)
        return p->at < q->at ? -1 : 1;
    return (p->theft > q->theft) - (p->theft < q->theft);
}

static enum imjin_status claim_amount(struct run *r, const struct taint_source *s, uint64_t value, uint64_t end,
                                      struct error *err) {
    const struct piece *pieces = r->on_output.items;
    uint64_t wanted = end - s->at, tainted = 0;
    for (uint64_t i = 0; i < r->on_output.count; i++)
        tainted += pieces[i].count;
    uint64_t room = tainted < value ? value - tainted : 0, count = wanted < room ? wanted : room;
    if (r->request->policy == TAINT_POISON)
        count = value;
    r->thefts[s->theft].overlap += wanted > count ? wanted - count : 0;
    if (count == 0)
        return IMJIN_OK;
    book(r, &r->thefts[s->theft].stolen, count);
    return buffer_push(&r->on_output, &(struct piece){.count = count, .theft = s->theft}, NULL, err);
}

/* Joins the amounts of one theft, for policies without places. */
static void join_thefts(struct run *r) {
    struct piece *pieces = r->on_output.items;
    uint64_t kept = 0;
    if (r->on_output.count)
        qsort(pieces, r->on_output.count, sizeof *pieces, by_place); /* at is 0: by theft */
    for (uint64_t i = 0; i < r->on_output.count; i++) {
        if (kept && pieces[kept - 1].theft == pieces[i].theft) {
            if (r->request->policy == TAINT_HAIRCUT)
                pieces[kept - 1].count += pieces[i].count;
        } else {
            pieces[kept++] = pieces[i];
        }
    }
    r->on_output.count = kept;
}

static uint64_t first_source(const struct run *r, uint64_t output) {
    uint64_t low = 0, high = r->request->source_count;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (r->sources[middle].output < output)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds what was stolen at this output; *ret_any when something is said to have been. */
static enum imjin_status add_sources(struct run *r, uint64_t output, bool *ret_any, struct error *err) {
    uint64_t value = r->outputs[output].value, i = first_source(r, output);
    *ret_any = i < r->request->source_count && r->sources[i].output == output;
    for (; i < r->request->source_count && r->sources[i].output == output; i++) {
        const struct taint_source *s = &r->sources[i];
        if (s->at >= value)
            continue;
        uint64_t end = s->count == 0 || s->count > value - s->at ? value : s->at + s->count;
        if (by_units(r)) {
            TRY(claim_units(r, s, end, err));
            if (r->on_output.count)
                qsort(r->on_output.items, r->on_output.count, sizeof(struct piece), by_place);
        } else {
            TRY(claim_amount(r, s, value, end, err));
        }
    }
    return IMJIN_OK;
}

static enum imjin_status cut_off(struct run *r) {
    const struct piece *pieces = r->on_output.items;
    for (uint64_t i = 0; i < r->on_output.count; i++)
        book(r, &r->thefts[pieces[i].theft].cut_off, pieces[i].count);
    return IMJIN_OK;
}

static void count_reached(struct run *r) {
    const struct piece *pieces = r->on_output.items;
    for (uint64_t i = 0; i < r->on_output.count; i++) {
        bool counted = false; /* few thefts lie on one output */
        for (uint64_t k = 0; k < i && !counted; k++)
            counted = pieces[k].theft == pieces[i].theft;
        r->thefts[pieces[i].theft].outputs += !counted;
    }
}

/* Settles what lies on the output at hand: it ends here, or waits for the transaction that spends it. */
static enum imjin_status settle_output(struct run *r, uint32_t tx, uint64_t output, bool is_source, struct error *err) {
    const struct utxo_output *o = &r->outputs[output];
    const struct piece *pieces = r->on_output.items;
    uint64_t count = r->on_output.count;
    count_reached(r);
    if (o->script >= r->counts->scripts)
        return fail(err, IMJIN_BAD_INPUT, "the store of blocks is damaged (output %llu); \"imjin verify\" says more",
                    (unsigned long long)output);
    if (o->script == r->data_script)
        return end_here(r, output, tx, TAINT_BURNT, pieces, count, err);
    if (!is_source && r->request->stops && r->request->stops(r->request->context, o->script))
        return end_here(r, output, tx, TAINT_STOPPED, pieces, count, err);
    if (!utxo_is_spent(r->counts, o))
        return end_here(r, output, tx, TAINT_HELD, pieces, count, err);
    if (o->spender <= tx)
        return fail(err, IMJIN_BAD_INPUT, "the store of blocks is damaged (output %llu is spent before it is made)",
                    (unsigned long long)output);
    if (o->spender >= r->tx_limit || r->places.pieces.count + count > r->places.pieces.items_max)
        return cut_off(r);
    bits_add(&r->pending, o->spender);
    return places_put(&r->places, output, pieces, count, err);
}

/* ---- one transaction ---- */

/* Puts what lies on its inputs on its line. */
static enum imjin_status gather(struct run *r, struct error *err) {
    struct bench *b = &r->bench;
    const uint64_t *words = utxo_inputs(r->u), *values = b->values.items;
    uint64_t line = 0;
    for (uint64_t i = 0; i < b->input_count; line += values[i], i++) {
        uint64_t output = utxo_word_output(words[b->input_first + i]);
        const struct place *place = output == UTXO_OUTPUT_NONE ? NULL : places_find(&r->places, output);
        for (uint32_t k = 0; place && k < place->count; k++) {
            struct piece piece = places_pieces(&r->places, place)[k];
            piece.at = by_units(r) ? line + piece.at : piece.theft;
            piece.input = (uint32_t)i;
            TRY(buffer_push(&b->taken, &piece, NULL, err));
        }
    }
    return IMJIN_OK;
}

static enum imjin_status end_in_mixer(struct run *r, struct error *err) {
    const uint64_t *words = utxo_inputs(r->u);
    for (uint64_t i = 0; i < r->bench.input_count; i++) {
        uint64_t output = utxo_word_output(words[r->bench.input_first + i]);
        const struct place *place = output == UTXO_OUTPUT_NONE ? NULL : places_find(&r->places, output);
        if (place)
            TRY(end_here(r, output, r->bench.tx, TAINT_MIXED, places_pieces(&r->places, place), place->count, err));
    }
    return IMJIN_OK;
}

static enum imjin_status tell(struct run *r, const struct piece *p, uint64_t output, uint64_t count, struct error *err) {
    const struct bench *b = &r->bench;
    if (r->request->moved == NULL || r->request->policy == TAINT_POISON || b->input_count == 0)
        return IMJIN_OK;
    uint64_t from = utxo_word_output(utxo_inputs(r->u)[b->input_first + p->input]);
    return r->request->moved(r->request->context, p->theft, b->tx, from, output, count, err);
}

/* The parts of `given` that fall on [begin, begin + value) of the line, or on output number `number`. */
static enum imjin_status collect_output(struct run *r, uint64_t *cursor, uint64_t begin, uint64_t value, uint64_t number,
                                        uint64_t output, struct error *err) {
    struct bench *b = &r->bench;
    r->on_output.count = 0;
    while (*cursor < b->given.count) {
        struct piece *p = (struct piece *)b->given.items + *cursor;
        struct piece mine = {.count = p->count, .theft = p->theft};
        if (!by_units(r)) {
            if (p->at != number)
                break;
        } else {
            if (p->at >= begin + value)
                break;
            mine.at = p->at - begin;
            mine.count = p->count < begin + value - p->at ? p->count : begin + value - p->at;
        }
        if (mine.count) {
            TRY(tell(r, p, output, mine.count, err));
            TRY(buffer_push(&r->on_output, &mine, NULL, err));
        }
        p->at += by_units(r) ? mine.count : 0;
        p->count -= mine.count;
        if (p->count)
            break;
        ++*cursor;
    }
    return IMJIN_OK;
}

/* What is left of `given` behind the outputs. */
static enum imjin_status collect_fee(struct run *r, uint64_t cursor, uint64_t begin, bool lost, struct error *err) {
    const struct bench *b = &r->bench;
    for (; cursor < b->given.count; cursor++) {
        const struct piece *p = (const struct piece *)b->given.items + cursor;
        if (p->count == 0)
            continue;
        if (lost) {
            book(r, &r->thefts[p->theft].burnt, p->count);
            continue;
        }
        TRY(tell(r, p, UTXO_OUTPUT_NONE, p->count, err));
        if (r->request->fees == TAINT_FEES_STOP) {
            book(r, &r->thefts[p->theft].fees, p->count);
            continue;
        }
        struct fee_piece fee = {.tx = b->tx, .theft = p->theft, .at = by_units(r) ? p->at - begin : 0, .count = p->count};
        TRY(buffer_push(&r->fees, &fee, NULL, err));
    }
    return IMJIN_OK;
}

/* Lays what was spread on the outputs of the transaction, with what was stolen there. `lost`: nobody gets the fee. */
static enum imjin_status lay(struct run *r, bool lost, struct error *err) {
    struct bench *b = &r->bench;
    uint64_t cursor = 0, begin = 0;
    for (uint64_t i = 0; i < b->output_count; i++) {
        uint64_t output = b->output_first + i, value = r->outputs[output].value;
        bool is_source;
        TRY(collect_output(r, &cursor, begin, value, i, output, err));
        TRY(add_sources(r, output, &is_source, err));
        if (!by_units(r))
            join_thefts(r);
        if (r->on_output.count)
            TRY(settle_output(r, b->tx, output, is_source, err));
        begin += value;
    }
    return collect_fee(r, cursor, begin, lost, err);
}

static enum imjin_status work(struct run *r, uint32_t tx, struct error *err) {
    TRY(bench_load(&r->bench, r->u, tx, &r->result.inputs_unknown, err));
    TRY(gather(r, err));
    if (r->bench.taken.count && r->request->mixes && r->request->mixes(r->request->context, tx)) {
        TRY(end_in_mixer(r, err));
        r->bench.taken.count = 0;
    }
    TRY(taint_spread(&r->bench, r->request->policy, r->outputs, err));
    return lay(r, false, err);
}

/* ---- blocks and their coinbases ---- */

/* Places the fees' taint on the line of the block's fees. *ret_total: all fees of the block. */
static enum imjin_status line_up_fees(struct run *r, uint64_t *ret_total, struct error *err) {
    struct fee_piece *fees = r->fees.items;
    uint64_t line = 0, next = 0, unused = 0;
    for (uint64_t tx = r->block_first + 1; tx < r->block_end; tx++) {
        TRY(bench_load(&r->bench, r->u, (uint32_t)tx, &unused, err));
        for (; next < r->fees.count && fees[next].tx == tx; next++)
            fees[next].at += line;
        line += r->bench.fee;
    }
    *ret_total = line;
    return IMJIN_OK;
}

static enum imjin_status pay_coinbase(struct run *r, struct error *err) {
    struct bench *b = &r->bench;
    uint64_t fees = 0, out = 0, unused = 0;
    if (r->fees.count)
        TRY(line_up_fees(r, &fees, err));
    TRY(bench_load(b, r->u, (uint32_t)r->block_first, &unused, err));
    out = b->total;
    uint64_t subsidy = out > fees ? out - fees : 0, begin = r->request->fees == TAINT_FEES_SUBSIDY_FIRST ? subsidy : 0;
    b->total = fees + subsidy;
    b->fee = b->total - out; /* what the miner left lying */
    for (uint64_t i = 0; i < r->fees.count; i++) {
        const struct fee_piece *f = (const struct fee_piece *)r->fees.items + i;
        struct piece piece = {.at = by_units(r) ? begin + f->at : f->theft, .count = f->count, .theft = f->theft};
        TRY(buffer_push(&b->taken, &piece, NULL, err));
    }
    /* the line of fees is read as it stands, whatever the policy of payments */
    enum taint_policy policy = r->request->policy == TAINT_LIFO ? TAINT_FIFO : r->request->policy;
    TRY(taint_spread(b, policy, r->outputs, err));
    return lay(r, true, err);
}

static enum imjin_status end_block(struct run *r, struct error *err) {
    if (r->block == UINT64_MAX || (r->fees.count == 0 && !r->coinbase_waits))
        return IMJIN_OK;
    TRY(pay_coinbase(r, err));
    r->fees.count = 0;
    r->coinbase_waits = false;
    return IMJIN_OK;
}

static void enter_block(struct run *r, uint64_t tx) {
    const struct utxo_block *blocks = utxo_blocks(r->u);
    uint64_t low = 0, high = r->counts->blocks; /* the last that begins at or before tx */
    while (high - low > 1) {
        uint64_t middle = (low + high) / 2;
        if (blocks[middle].txs <= tx)
            low = middle;
        else
            high = middle;
    }
    r->block = low;
    r->block_first = blocks[low].txs;
    r->block_end = low + 1 < r->counts->blocks ? blocks[low + 1].txs : r->counts->txs;
}

/* ---- the whole ---- */

static int by_output(const void *a, const void *b) {
    const struct taint_source *p = a, *q = b;
    if (p->output != q->output)
        return p->output < q->output ? -1 : 1;
    if (p->theft != q->theft)
        return p->theft < q->theft ? -1 : 1;
    return (p->at > q->at) - (p->at < q->at);
}

static enum imjin_status check_request(const struct run *r, struct error *err) {
    const struct taint_request *q = r->request;
    if (q->theft_count > TAINT_THEFTS_MAX)
        return fail(err, IMJIN_USAGE, "%u thefts at once; at most %d", q->theft_count, TAINT_THEFTS_MAX);
    for (uint64_t i = 0; i < q->source_count; i++)
        if (q->sources[i].output >= r->counts->outputs || q->sources[i].theft >= q->theft_count)
            return fail(err, IMJIN_USAGE, "source %llu names an output or a theft that there is not",
                        (unsigned long long)i + 1);
    return IMJIN_OK;
}

static enum imjin_status find_data_script(struct run *r, struct error *err) {
    static const char name[] = "data";
    struct address address = {.form = ADDRESS_OPAQUE, .count = sizeof name - 1, .text = name};
    struct script_id script;
    enum imjin_status status = utxo_script_find(r->u, &address, &script, err);
    r->data_script = status == IMJIN_OK ? script.n : UINT32_MAX;
    return status == IMJIN_NOT_FOUND ? IMJIN_OK : status;
}

static enum imjin_status begin(struct run *r, struct error *err) {
    const struct taint_request *q = r->request;
    uint64_t limit = q->pieces_max && q->pieces_max < TAINT_PIECES_MAX ? q->pieces_max : TAINT_PIECES_MAX;
    TRY(check_request(r, err));
    TRY(bits_init(&r->pending, r->counts->txs, err));
    TRY(places_init(&r->places, limit, err));
    r->thefts = memory_new(q->theft_count, sizeof *r->thefts);
    r->sources = memory_new(q->source_count, sizeof *r->sources);
    if (r->thefts == NULL || r->sources == NULL)
        return fail_memory(err, "the thefts");
    if (q->source_count) {
        memcpy(r->sources, q->sources, q->source_count * sizeof *r->sources);
        qsort(r->sources, q->source_count, sizeof *r->sources, by_output);
    }
    for (uint64_t i = 0; i < q->source_count; i++) {
        struct tx_id tx;
        TRY(utxo_output_tx(r->u, r->sources[i].output, &tx, err));
        bits_add(&r->pending, tx.n);
    }
    TRY(find_data_script(r, err));
    r->tx_limit = r->counts->txs;
    if (q->height_until < r->counts->height_last && q->height_until >= r->counts->height_first)
        r->tx_limit = utxo_blocks(r->u)[q->height_until - r->counts->height_first + 1].txs;
    else if (q->height_until < r->counts->height_first)
        r->tx_limit = 0;
    return IMJIN_OK;
}

static enum imjin_status pass(struct run *r, const struct progress *p, struct error *err) {
    uint64_t tx;
    for (;;) {
        bool more = bits_take_first(&r->pending, &tx);
        if (!more || r->block == UINT64_MAX || tx >= r->block_end) {
            TRY(end_block(r, err)); /* its outputs are spent in later blocks, which are pending only now */
            if (more && r->block != UINT64_MAX) {
                bits_add(&r->pending, tx);
                more = bits_take_first(&r->pending, &tx);
            } else if (!more) {
                more = bits_take_first(&r->pending, &tx);
            }
            if (!more)
                return IMJIN_OK;
            enter_block(r, tx);
        }
        if (tx == r->block_first && r->request->fees != TAINT_FEES_STOP)
            r->coinbase_waits = true;
        else
            TRY(work(r, (uint32_t)tx, err));
        if (r->result.txs++ % 4096 == 0)
            TRY(progress_step(p, "following", "transactions", r->result.txs, 0, err));
    }
}

static int compare_rests(const void *a, const void *b) {
    const struct taint_rest *p = a, *q = b;
    if (p->output != q->output)
        return p->output < q->output ? -1 : 1;
    if (p->theft != q->theft)
        return p->theft < q->theft ? -1 : 1;
    return (p->at > q->at) - (p->at < q->at);
}

void taint_result_take(struct taint_result *result, struct buffer *rests, struct taint_theft **thefts,
                       const struct places *places) {
    if (rests->count)
        qsort(rests->items, rests->count, sizeof(struct taint_rest), compare_rests);
    result->thefts = *thefts;
    result->rests = rests->items;
    result->rest_count = rests->count;
    result->pieces = places->pieces.count;
    *thefts = NULL;
    *rests = (struct buffer){0};
}

static void run_done(struct run *r) {
    bits_done(&r->pending);
    places_done(&r->places);
    bench_done(&r->bench);
    buffer_done(&r->on_output);
    buffer_done(&r->fees);
    buffer_done(&r->rests);
    memory_free(r->sources);
    memory_free(r->thefts);
}

enum imjin_status taint_run(const struct utxo *u, const struct taint_request *request, const struct progress *p,
                            struct taint_result *ret, struct error *err) {
    struct run r = {
        .u = u,
        .counts = utxo_counts(u),
        .outputs = utxo_outputs(u),
        .request = request,
        .block = UINT64_MAX,
        .on_output = {.item_bytes = sizeof(struct piece), .items_max = TAINT_PIECES_MAX, .what = "stretches on an output"},
        .rests = {.item_bytes = sizeof(struct taint_rest), .items_max = TAINT_PIECES_MAX, .what = "ends of taint"},
        .fees = {.item_bytes = sizeof(struct fee_piece), .items_max = TAINT_PIECES_MAX, .what = "tainted fees"},
    };
    bench_init(&r.bench);
    enum imjin_status status = begin(&r, err);
    if (status == IMJIN_OK)
        status = pass(&r, p, err);
    if (status == IMJIN_OK) {
        taint_result_take(&r.result, &r.rests, &r.thefts, &r.places);
        *ret = r.result;
    }
    run_done(&r);
    return status;
}

void taint_result_done(struct taint_result *r) {
    memory_free(r->thefts);
    memory_free(r->rests);
    *r = (struct taint_result){0};
}

const char *taint_policy_name(enum taint_policy p) {
    static const char *const names[TAINT_POLICIES] = {"fifo", "lifo", "haircut", "poison", "tiho"};
    return names[p];
}
