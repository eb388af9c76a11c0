/* Rules that count payments within a stretch of time: fan-out, fan-in, structuring, consolidation. */
#include <stdlib.h>

#include "pattern/search.h"

/* Payments of one asset in one direction, by time; and how often each counterparty stands in the window at hand. */
struct window {
    const struct step **steps;
    uint64_t count;
    uint32_t *others; /* ascending, each once */
    uint32_t *times;  /* of each of them */
    uint64_t other_count, distinct;
    u128 units;
};

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void window_others(struct window *w) {
    uint64_t kept = 0;
    for (uint64_t i = 0; i < w->count; i++)
        w->others[i] = w->steps[i]->other;
    qsort(w->others, w->count, sizeof *w->others, compare_u32);
    for (uint64_t i = 0; i < w->count; i++)
        if (i == 0 || w->others[i] != w->others[kept - 1])
            w->others[kept++] = w->others[i];
    w->other_count = kept;
    memset(w->times, 0, w->count * sizeof *w->times);
    w->distinct = 0;
    w->units = 0;
}

static uint32_t *times_of(struct window *w, uint64_t at) {
    uint32_t *found = bsearch(&w->steps[at]->other, w->others, w->other_count, sizeof *w->others, compare_u32);
    INVARIANT(found != NULL);
    return &w->times[found - w->others];
}

static void window_take(struct window *w, uint64_t at) {
    w->distinct += (*times_of(w, at))++ == 0;
    w->units += w->steps[at]->units;
}

static void window_drop(struct window *w, uint64_t at) {
    w->distinct -= --*times_of(w, at) == 0;
    w->units -= w->steps[at]->units;
}

static bool within(const struct window *w, uint64_t first, uint64_t last, int64_t seconds) {
    return w->steps[last]->time - w->steps[first]->time <= seconds;
}

static enum imjin_status add_window(struct search *s, const struct history *h, const struct window *w, enum pattern_id pattern,
                                    uint64_t first, uint64_t end, uint64_t count, uint64_t threshold, struct error *err) {
    struct pattern_finding f = finding_begin(s, pattern, h->account);
    f.asset.n = w->steps[first]->asset;
    f.count = count;
    f.confidence = confidence_beyond(count, threshold);
    for (uint64_t i = first; i < end; i++) {
        f.units += w->steps[i]->units;
        TRY(finding_show(s, &f, w->steps[i], err));
    }
    return finding_end(s, &f, err);
}

/* ---- fans ---- */

static enum imjin_status find_fans(struct search *s, const struct history *h, struct window *w, enum pattern_id pattern,
                                   struct error *err) {
    window_others(w);
    for (uint64_t left = 0, right = 0; w->other_count >= FAN_COUNTERPARTIES_MIN && right < w->count; right++) {
        window_take(w, right);
        for (; !within(w, left, right, DAY); left++)
            window_drop(w, left);
        if (w->distinct < FAN_COUNTERPARTIES_MIN)
            continue;
        while (right + 1 < w->count && within(w, left, right + 1, DAY))
            window_take(w, ++right);
        TRY(add_window(s, h, w, pattern, left, right + 1, w->distinct, FAN_COUNTERPARTIES_MIN, err));
        for (; left <= right; left++)
            window_drop(w, left);
    }
    return IMJIN_OK;
}

/* ---- the same amount again and again ---- */

static int compare_units(const void *a, const void *b) {
    const struct step *const *x = a, *const *y = b;
    if ((*x)->units != (*y)->units)
        return (*x)->units < (*y)->units ? -1 : 1;
    return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

/* Notes of a mixer are all of one amount; that says nothing. */
static uint64_t without_mixers(const struct search *s, const struct step **steps, uint64_t first, uint64_t end) {
    uint64_t kept = first;
    for (uint64_t i = first; i < end; i++) {
        struct tag tag;
        if (!role_of(s, steps[i]->other, &tag) || tag.category->role != LABEL_ROLE_MIXER)
            steps[kept++] = steps[i];
    }
    return kept;
}

static enum imjin_status find_equal(struct search *s, const struct history *h, struct window *w, struct error *err) {
    qsort(w->steps, w->count, sizeof *w->steps, compare_units);
    for (uint64_t first = 0, next; first < w->count; first = next) {
        for (next = first; next < w->count && w->steps[next]->units == w->steps[first]->units; next++)
            ;
        if (next - first < EQUAL_PAYMENTS_MIN)
            continue;
        uint64_t end = without_mixers(s, w->steps, first, next);
        for (uint64_t i = first; i + EQUAL_PAYMENTS_MIN <= end;) {
            uint64_t last = i + EQUAL_PAYMENTS_MIN - 1;
            if (!within(w, i, last, DAY)) {
                i++;
                continue;
            }
            while (last + 1 < end && within(w, i, last + 1, DAY))
                last++;
            TRY(add_window(s, h, w, PATTERN_STRUCTURING, i, last + 1, last + 1 - i, EQUAL_PAYMENTS_MIN, err));
            i = last + 1;
        }
    }
    return IMJIN_OK;
}

/* ---- many in, one out ---- */

static enum imjin_status add_consolidation(struct search *s, const struct history *h, const struct window *w, uint64_t left,
                                           uint64_t right, const struct step *out, struct error *err) {
    struct pattern_finding f = finding_begin(s, PATTERN_CONSOLIDATION, h->account);
    f.asset.n = out->asset;
    f.other.n = out->other;
    f.units = out->units;
    f.count = w->distinct;
    f.confidence = confidence_beyond(w->distinct, CONSOLIDATION_PAYERS_MIN);
    TRY(finding_show(s, &f, out, err));
    for (uint64_t i = left; i < right; i++)
        TRY(finding_show(s, &f, w->steps[i], err));
    return finding_end(s, &f, err);
}

/* `w`: what came in; `outs`: what went out, both of one asset. */
static enum imjin_status find_consolidations(struct search *s, const struct history *h, struct window *w,
                                             const struct step **outs, uint64_t out_count, struct error *err) {
    uint64_t left = 0, right = 0;
    window_others(w);
    for (uint64_t i = 0; w->other_count >= CONSOLIDATION_PAYERS_MIN && i < out_count; i++) {
        const struct step *out = outs[i];
        for (; right < w->count && w->steps[right]->number < out->number; right++)
            window_take(w, right);
        for (; left < right && out->time - w->steps[left]->time > 7 * DAY; left++)
            window_drop(w, left);
        if (w->distinct < CONSOLIDATION_PAYERS_MIN || out->time - w->steps[right - 1]->time > DAY ||
            !at_least(out->units, w->units, PASSED_ON_PERCENT_MIN))
            continue;
        TRY(add_consolidation(s, h, w, left, right, out, err));
        for (; left < right; left++)
            window_drop(w, left);
    }
    return IMJIN_OK;
}

/* ---- one asset after the other ---- */

static int compare_steps(const void *a, const void *b) {
    const struct step *const *x = a, *const *y = b;
    if ((*x)->asset != (*y)->asset)
        return (*x)->asset < (*y)->asset ? -1 : 1;
    if ((*x)->out != (*y)->out)
        return (*x)->out ? 1 : -1;
    return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

/* [in, out) came in, [out, end) went out, all of one asset. */
static enum imjin_status search_asset(struct search *s, const struct history *h, struct window *w, const struct step **order,
                                      uint64_t in, uint64_t out, uint64_t end, struct error *err) {
    struct window got = *w, gave = *w;
    got.steps = order + in;
    got.count = out - in;
    gave.steps = order + out;
    gave.count = end - out;
    if (wanted(s, PATTERN_FAN_IN))
        TRY(find_fans(s, h, &got, PATTERN_FAN_IN, err));
    if (wanted(s, PATTERN_CONSOLIDATION))
        TRY(find_consolidations(s, h, &got, gave.steps, gave.count, err));
    if (wanted(s, PATTERN_FAN_OUT))
        TRY(find_fans(s, h, &gave, PATTERN_FAN_OUT, err));
    return wanted(s, PATTERN_STRUCTURING) ? find_equal(s, h, &gave, err) : IMJIN_OK;
}

static enum imjin_status search_assets(struct search *s, const struct history *h, struct window *w, const struct step **order,
                                       struct error *err) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < h->count; i++)
        if (h->steps[i].worth == STEP_MONEY && h->steps[i].time != TIME_UNKNOWN)
            order[count++] = &h->steps[i];
    qsort(order, count, sizeof *order, compare_steps);
    for (uint64_t first = 0, out, end; first < count; first = end) {
        for (out = first; out < count && order[out]->asset == order[first]->asset && !order[out]->out; out++)
            ;
        for (end = out; end < count && order[end]->asset == order[first]->asset; end++)
            ;
        TRY(search_asset(s, h, w, order, first, out, end, err));
    }
    return IMJIN_OK;
}

enum imjin_status search_windows(struct search *s, const struct history *h, struct error *err) {
    const struct step **order = memory_new(h->count, sizeof *order);
    struct window w = {.others = memory_new(h->count, sizeof *w.others), .times = memory_new(h->count, sizeof *w.times)};
    enum imjin_status status =
        order && w.others && w.times ? search_assets(s, h, &w, order, err) : fail_memory(err, "payments of an account");
    memory_free(order);
    memory_free(w.others);
    memory_free(w.times);
    return status;
}
