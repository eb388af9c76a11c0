#include "taint/inside.h"

#include <stdlib.h>

/* ---- one transaction's rows ---- */

void bench_init(struct bench *b) {
    *b = (struct bench){
        .values = {.item_bytes = sizeof(uint64_t), .items_max = UINT32_MAX, .what = "inputs of a transaction"},
        .taken = {.item_bytes = sizeof(struct piece), .items_max = TAINT_PIECES_MAX, .what = "stretches of taint"},
        .given = {.item_bytes = sizeof(struct piece), .items_max = TAINT_PIECES_MAX, .what = "stretches of taint"},
        .parts = {.item_bytes = sizeof(struct share_part), .items_max = UINT32_MAX, .what = "outputs of a transaction"},
    };
}

void bench_done(struct bench *b) {
    buffer_done(&b->values);
    buffer_done(&b->taken);
    buffer_done(&b->given);
    buffer_done(&b->parts);
}

static enum imjin_status fail_store(struct error *err, const char *what, uint64_t number) {
    return fail(err, IMJIN_BAD_INPUT, "the store of blocks is damaged (%s %llu); \"imjin verify\" says more", what,
                (unsigned long long)number);
}

/* Values of the inputs in order. What is known nowhere is 0 for now. */
static enum imjin_status load_values(struct bench *b, const struct utxo *u, uint64_t *inputs_unknown, uint64_t *ret_known,
                                     uint64_t *ret_first_unknown, struct error *err) {
    const uint64_t *words = utxo_inputs(u);
    const struct utxo_output *outputs = utxo_outputs(u);
    uint64_t output_count = utxo_counts(u)->outputs, known = 0;
    b->values.count = 0;
    TRY(buffer_reserve(&b->values, b->input_count, err));
    uint64_t *values = b->values.items;
    for (uint64_t i = 0; i < b->input_count; i++) {
        uint64_t output = utxo_word_output(words[b->input_first + i]);
        if (output == UTXO_OUTPUT_NONE) {
            struct script_id unused;
            values[i] = 0;
            enum imjin_status status = utxo_input_value(u, b->input_first + i, &values[i], &unused, err);
            if (status == IMJIN_NOT_FOUND) {
                *ret_first_unknown = *ret_first_unknown == UINT64_MAX ? i : *ret_first_unknown;
                ++*inputs_unknown;
            } else if (status != IMJIN_OK) {
                return status;
            }
        } else if (output >= output_count) {
            return fail_store(err, "input", b->input_first + i);
        } else {
            values[i] = outputs[output].value;
        }
        if (!add_u64(known, values[i], &known))
            return fail_store(err, "input", b->input_first + i);
    }
    b->values.count = b->input_count;
    *ret_known = known;
    return IMJIN_OK;
}

enum imjin_status bench_load(struct bench *b, const struct utxo *u, uint32_t tx, uint64_t *inputs_unknown, struct error *err) {
    const struct utxo_tx_row *row = &utxo_txs(u)[tx];
    const struct utxo_counts *counts = utxo_counts(u);
    uint64_t inputs_end = utxo_tx_inputs_end(u, tx), outputs_end = utxo_tx_outputs_end(u, tx), known = 0, out = 0;
    uint64_t first_unknown = UINT64_MAX;
    if (row->input_first > inputs_end || inputs_end > counts->inputs || row->output_first > outputs_end ||
        outputs_end > counts->outputs)
        return fail_store(err, "transaction", tx);
    b->tx = tx;
    b->input_first = row->input_first;
    b->output_first = row->output_first;
    b->input_count = inputs_end - row->input_first;
    b->output_count = outputs_end - row->output_first;
    b->taken.count = b->given.count = 0;
    TRY(load_values(b, u, inputs_unknown, &known, &first_unknown, err));
    for (uint64_t i = row->output_first; i < outputs_end; i++)
        if (!add_u64(out, utxo_outputs(u)[i].value, &out))
            return fail_store(err, "output", i);
    if (first_unknown != UINT64_MAX && out > known) { /* the least that the unknown ones can have brought */
        ((uint64_t *)b->values.items)[first_unknown] = out - known;
        known = out;
    }
    b->total = known > out ? known : out;
    b->fee = b->total - out;
    return IMJIN_OK;
}

/* ---- by units ---- */

static enum imjin_status give(struct bench *b, struct piece piece, struct error *err) {
    return piece.count ? buffer_push(&b->given, &piece, NULL, err) : IMJIN_OK;
}

/* The line of outputs is the line of inputs. */
static enum imjin_status spread_fifo(struct bench *b, struct error *err) {
    const struct piece *taken = b->taken.items;
    for (uint64_t i = 0; i < b->taken.count; i++)
        TRY(give(b, taken[i], err));
    return IMJIN_OK;
}

/* The line of outputs is the line of inputs from its end. */
static enum imjin_status spread_lifo(struct bench *b, struct error *err) {
    const struct piece *taken = b->taken.items;
    for (uint64_t i = b->taken.count; i > 0; i--) {
        struct piece piece = taken[i - 1];
        piece.at = b->total - piece.at - piece.count;
        TRY(give(b, piece, err));
    }
    return IMJIN_OK;
}

static int by_weight_down(const void *a, const void *b) {
    const struct share_part *p = a, *q = b;
    if (p->weight != q->weight)
        return p->weight > q->weight ? -1 : 1;
    return (p->number > q->number) - (p->number < q->number);
}

static int by_at(const void *a, const void *b) {
    const struct piece *p = a, *q = b;
    if (p->at != q->at)
        return p->at < q->at ? -1 : 1;
    return (p->theft > q->theft) - (p->theft < q->theft);
}

/* One part an output, the fee last; `share` is where it begins on the line. */
static enum imjin_status list_outputs(struct bench *b, const struct utxo_output *outputs, bool with_fee, struct error *err) {
    uint64_t at = 0;
    b->parts.count = 0;
    TRY(buffer_reserve(&b->parts, b->output_count + 1, err));
    struct share_part *parts = b->parts.items;
    for (uint64_t i = 0; i < b->output_count; i++) {
        uint64_t value = outputs[b->output_first + i].value;
        parts[i] = (struct share_part){.weight = value, .share = at, .number = (uint32_t)i};
        at += value;
    }
    b->parts.count = b->output_count;
    if (with_fee)
        parts[b->parts.count++] = (struct share_part){.weight = b->fee, .share = at, .number = (uint32_t)b->output_count};
    return IMJIN_OK;
}

/* Tainted units in their order into the highest outputs; the fee is filled last. */
static enum imjin_status spread_tiho(struct bench *b, const struct utxo_output *outputs, struct error *err) {
    const struct piece *taken = b->taken.items;
    TRY(list_outputs(b, outputs, true, err));
    struct share_part *parts = b->parts.items;
    qsort(parts, b->output_count, sizeof *parts, by_weight_down);
    uint64_t part = 0, used = 0;
    for (uint64_t i = 0; i < b->taken.count; i++) {
        for (uint64_t left = taken[i].count; left > 0;) {
            while (part < b->parts.count && used == parts[part].weight) {
                part++;
                used = 0;
            }
            INVARIANT(part < b->parts.count);
            uint64_t count = parts[part].weight - used < left ? parts[part].weight - used : left;
            struct piece piece = taken[i];
            piece.at = parts[part].share + used;
            piece.count = count;
            TRY(give(b, piece, err));
            used += count;
            left -= count;
        }
    }
    if (b->given.count)
        qsort(b->given.items, b->given.count, sizeof(struct piece), by_at);
    return IMJIN_OK;
}

/* ---- by shares ---- */

static int by_remainder_down(const void *a, const void *b) {
    const struct share_part *p = a, *q = b;
    if (p->remainder != q->remainder)
        return p->remainder > q->remainder ? -1 : 1;
    return (p->number > q->number) - (p->number < q->number);
}

static int by_number(const void *a, const void *b) {
    const struct share_part *p = a, *q = b;
    return (p->number > q->number) - (p->number < q->number);
}

/* One unit more to each of the `left` largest remainders. Few parts, as there mostly are, are searched; many are sorted. */
static void give_left_over(struct share_part *parts, uint64_t count, uint64_t left) {
    enum { FEW = 32 };
    if (count > FEW) {
        qsort(parts, count, sizeof *parts, by_remainder_down);
        for (uint64_t i = 0; i < left; i++)
            parts[i].share++;
        qsort(parts, count, sizeof *parts, by_number);
        return;
    }
    for (; left > 0; left--) {
        uint64_t best = 0;
        for (uint64_t i = 1; i < count; i++)
            if (parts[i].remainder > parts[best].remainder)
                best = i;
        parts[best].share++;
        parts[best].remainder = 0; /* what is left over is less than the parts that have a remainder */
    }
}

void taint_share(struct share_part *parts, uint64_t count, uint64_t whole, uint64_t total) {
    uint64_t given = 0;
    for (uint64_t i = 0; i < count; i++) {
        parts[i].share = mul_div_u64(whole, parts[i].weight, total, &parts[i].remainder);
        given += parts[i].share;
    }
    if (whole > given)
        give_left_over(parts, count, whole - given);
}

/* Puts the taint of the inputs together, theft by theft, in their order. The input kept is the first. */
static void join_taken(struct bench *b) {
    struct piece *taken = b->taken.items;
    uint64_t kept = 0;
    for (uint64_t i = 0; i < b->taken.count; i++) {
        uint64_t at = kept;
        while (at > 0 && taken[at - 1].theft > taken[i].theft)
            at--;
        if (at > 0 && taken[at - 1].theft == taken[i].theft) {
            taken[at - 1].count += taken[i].count;
            continue;
        }
        struct piece piece = taken[i];
        memmove(taken + at + 1, taken + at, (kept - at) * sizeof *taken);
        taken[at] = piece;
        kept++;
    }
    b->taken.count = kept;
}

/* Inputs of many thefts are sorted first, so that joining them stays linear. */
static void order_taken(struct bench *b) {
    enum { FEW = 64 };
    if (b->taken.count > FEW)
        qsort(b->taken.items, b->taken.count, sizeof(struct piece), by_at); /* `at` is the theft here, set by the caller */
    join_taken(b);
}

/* The taint of each theft over the outputs and the fee: `given` is filled output by output, each with its thefts. */
static enum imjin_status spread_haircut(struct bench *b, const struct utxo_output *outputs, struct error *err) {
    if (b->total == 0)
        return IMJIN_OK;
    order_taken(b);
    TRY(list_outputs(b, outputs, true, err));
    const struct piece *taken = b->taken.items;
    struct share_part *parts = b->parts.items;
    uint64_t thefts = b->taken.count, kept = 0;
    TRY(buffer_reserve(&b->given, thefts * b->parts.count, err));
    struct piece *given = b->given.items;
    for (uint64_t i = 0; i < thefts; i++) {
        taint_share(parts, b->parts.count, taken[i].count, b->total);
        for (uint64_t k = 0; k < b->parts.count; k++)
            given[k * thefts + i] =
                (struct piece){.at = k, .count = parts[k].share, .theft = taken[i].theft, .input = taken[i].input};
    }
    for (uint64_t i = 0; i < thefts * b->parts.count; i++)
        if (given[i].count)
            given[kept++] = given[i];
    b->given.count = kept;
    return IMJIN_OK;
}

static enum imjin_status spread_poison(struct bench *b, const struct utxo_output *outputs, struct error *err) {
    struct piece *taken = b->taken.items;
    qsort(taken, b->taken.count, sizeof *taken, by_at);
    for (uint64_t k = 0; k < b->output_count; k++)
        for (uint64_t i = 0; i < b->taken.count; i++)
            if (i == 0 || taken[i].theft != taken[i - 1].theft)
                TRY(give(b, (struct piece){.at = k, .count = outputs[b->output_first + k].value, .theft = taken[i].theft},
                         err));
    return IMJIN_OK;
}

enum imjin_status taint_spread(struct bench *b, enum taint_policy policy, const struct utxo_output *outputs,
                               struct error *err) {
    if (b->taken.count == 0)
        return IMJIN_OK;
    switch (policy) {
    case TAINT_FIFO:
        return spread_fifo(b, err);
    case TAINT_LIFO:
        return spread_lifo(b, err);
    case TAINT_TIHO:
        return spread_tiho(b, outputs, err);
    case TAINT_HAIRCUT:
        return spread_haircut(b, outputs, err);
    default:
        return spread_poison(b, outputs, err);
    }
}
