/* What taint's own files share: the stretches of taint, where they lie, and one transaction on the bench. One thread. */
#ifndef IMJIN_TAINT_INSIDE_H
#define IMJIN_TAINT_INSIDE_H

#include "taint/bits.h"
#include "taint/taint.h"

/* Units [at, at + count) of an output, or of a line, of one theft. Haircut: `count` units, at 0. */
struct piece {
    uint64_t at, count;
    uint32_t theft;
    uint32_t input; /* on a transaction's line: the input it came by; else 0 */
};

/* Outputs and the pieces that lie on them: an open-addressed table. */
struct place {
    uint64_t output_plus_1;
    uint32_t first, count; /* in pieces */
};
struct places {
    struct place *slots;
    uint64_t slot_count, used;
    struct buffer pieces; /* struct piece */
};
enum imjin_status places_init(struct places *p, uint64_t pieces_max, struct error *err);
void places_done(struct places *p);
/* Null when the output has none. Until the next places_put(). */
struct place *places_find(const struct places *p, uint64_t output);
/* Lays pieces on an output that has none yet. */
enum imjin_status places_put(struct places *p, uint64_t output, const struct piece *pieces, uint64_t count, struct error *err);
static inline const struct piece *places_pieces(const struct places *p, const struct place *place) {
    return (const struct piece *)p->pieces.items + place->first;
}

/* A transaction while it is worked on. All arrays are kept from one to the next. */
struct bench {
    uint32_t tx;
    uint64_t input_first, output_first;
    uint64_t input_count, output_count;
    uint64_t total; /* of the line: all inputs, or all outputs where inputs are unknown and it is more */
    uint64_t fee;
    struct buffer values; /* uint64_t: of each input */
    struct buffer taken;  /* struct piece: on the line of inputs, in order */
    struct buffer given;  /* struct piece: on the line of outputs (haircut: `at` is the number of the output), by at */
    struct buffer parts;  /* scratch of the spreading */
};

/* taken -> given, by the policy. */
enum imjin_status taint_spread(struct bench *b, enum taint_policy policy, const struct utxo_output *outputs, struct error *err);

/* Shares `whole` over `count` weights that add up to `total` by largest remainder; ties go to the earlier. Weights are given
 * in parts[i].weight; parts[i].share is the result. */
struct share_part {
    uint64_t weight, share, remainder;
    uint32_t number;
};
void taint_share(struct share_part *parts, uint64_t count, uint64_t whole, uint64_t total);

/* Reads where a transaction's rows stand and its values. IMJIN_BAD_INPUT when the store is damaged. */
enum imjin_status bench_load(struct bench *b, const struct utxo *u, uint32_t tx, uint64_t *inputs_unknown, struct error *err);
void bench_init(struct bench *b);
void bench_done(struct bench *b);

/* Hands over what was found: sorts the rests, takes them and the thefts out of their owners' hands into `result`. */
void taint_result_take(struct taint_result *result, struct buffer *rests, struct taint_theft **thefts,
                       const struct places *places);

#endif
