/* Sorts of withdrawals: coarse on purpose, so that what strangers do can be counted for each. */
#include "pattern/mixer_inside.h"

#include <stdlib.h>

const uint32_t mixer_size_begins[SIZE_KINDS] = {1, 2, 3, 4, 6, 9, 14, 24, 48};
const uint32_t mixer_size_doubled[SIZE_KINDS] = {2, 4, 6, 9, 14, 22, 36, 68, 140};
static const int64_t pace_begins[PACE_KINDS - 1] = {0, 300, 900, 3600, 21600, 86400, 604800};

unsigned mixer_size_kind(uint64_t notes) {
    unsigned kind = 0;
    while (kind + 1 < SIZE_KINDS && notes >= mixer_size_begins[kind + 1])
        kind++;
    return kind;
}

static unsigned pace_kind(int64_t pause) {
    unsigned kind = 0;
    while (kind < PACE_KINDS - 1 && pause >= pace_begins[kind])
        kind++;
    return kind;
}

/* A relayer whose gas price is a whole number of gwei asks for a round fee, one that reads it off an oracle for a ragged one: a
 * pools' withdrawal is charged some 500,000 gas, so whole gwei come out as multiples of 10^14 wei. */
static const uint64_t round_fee = 100000000000000;

unsigned mixer_fee_kind(u128 fee, u128 note) {
    if (fee == 0)
        return 0;
    u128 step = mul_div_u128(fee, 2000, note);
    if (step >= FEE_STEPS)
        step = FEE_STEPS - 1;
    return 1 + 2 * (unsigned)step + (fee % round_fee == 0);
}

int64_t mixer_lag_begin(unsigned kind) { return kind ? (int64_t)60 << kind : 0; }

static int compare_times(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The middle pause between an account's notes. */
static enum imjin_status median_pause(const struct mixer_note_out *out, uint32_t count, int64_t *ret, struct error *err) {
    int64_t few[64], *pauses = few;
    if (count - 1 > 64 && (pauses = memory_new(count - 1, sizeof *pauses)) == NULL)
        return fail_memory(err, "the pauses between withdrawals");
    for (uint32_t i = 1; i < count; i++)
        pauses[i - 1] = out[i].time - out[i - 1].time;
    qsort(pauses, count - 1, sizeof *pauses, compare_times);
    *ret = pauses[(count - 1) / 2];
    if (pauses != few)
        memory_free(pauses);
    return IMJIN_OK;
}

enum imjin_status mixer_group_make(const struct mixer_events *e, uint64_t first, uint32_t count, struct mixer_group *ret,
                                   struct error *err) {
    unsigned pace = 0;
    if (count > 1) {
        int64_t pause;
        TRY(median_pause(e->out + first, count, &pause, err));
        pace = pace_kind(pause);
    }
    *ret = (struct mixer_group){.first = first, .count = count, .time = e->out[first].time};
    ret->form = (uint8_t)(mixer_size_kind(count) * PACE_KINDS + pace);
    return IMJIN_OK;
}

unsigned mixer_count_kinds(const struct mixer_events *e, const struct mixer_group *g, u128 note,
                           uint64_t ret_kinds[FEE_KINDS]) {
    unsigned different = 0;
    for (uint64_t i = g->first; i < g->first + g->count; i++)
        different += ret_kinds[mixer_fee_kind(e->out[i].fee, note)]++ == 0;
    return different;
}

void mixer_count_fees(const struct mixer_events *e, const struct mixer_group *g, u128 note, uint64_t weight,
                      uint64_t ret_kinds[FEE_KINDS]) {
    uint64_t notes[FEE_KINDS] = {0};
    unsigned different = mixer_count_kinds(e, g, note, notes);
    for (unsigned k = 0; k < FEE_KINDS; k++)
        if (notes[k])
            ret_kinds[k] += weight / different;
}
