/* Rules about when things happened: dormancy, payments between dust. */
#include "pattern/search.h"

static enum imjin_status find_dormancy(struct search *s, const struct history *h, struct error *err) {
    const struct step *before = NULL;
    for (uint64_t i = 0; i < h->count; i++) {
        const struct step *now = &h->steps[i];
        if (now->worth != STEP_MONEY || now->time == TIME_UNKNOWN)
            continue;
        int64_t days = before ? (now->time - before->time) / DAY : 0;
        if (now->out && days >= DORMANT_DAYS_MIN) {
            struct pattern_finding f = finding_begin(s, PATTERN_DORMANCY, h->account);
            f.other.n = now->other;
            f.asset.n = now->asset;
            f.units = now->units;
            f.count = (uint64_t)days;
            f.confidence = confidence_beyond((uint64_t)days, DORMANT_DAYS_MIN);
            TRY(finding_show(s, &f, before, err));
            TRY(finding_show(s, &f, now, err));
            TRY(finding_end(s, &f, err));
        }
        before = now;
    }
    return IMJIN_OK;
}

static bool is_bait(const struct step *step, const struct step *payment) {
    return step->worth != STEP_MONEY && step->time != TIME_UNKNOWN && step->other != payment->other;
}

/* The nearest bait before (step -1) or behind (step 1) a payment; null: none within the time. */
static const struct step *nearest_bait(const struct history *h, uint64_t at, int step) {
    const struct step *payment = &h->steps[at];
    for (uint64_t i = at; step < 0 ? i > 0 : i + 1 < h->count;) {
        i += (uint64_t)(int64_t)step;
        const struct step *near = &h->steps[i];
        int64_t pause = step < 0 ? payment->time - near->time : near->time - payment->time;
        if (near->worth == STEP_MONEY && near->out)
            return NULL; /* the next payment has baits of its own */
        if (near->time != TIME_UNKNOWN && pause > SANDWICH_SECONDS)
            return NULL;
        if (is_bait(near, payment) && near->tx != payment->tx)
            return near;
    }
    return NULL;
}

static enum imjin_status find_sandwiches(struct search *s, const struct history *h, struct error *err) {
    for (uint64_t i = 0; i < h->count; i++) {
        const struct step *payment = &h->steps[i];
        if (payment->worth != STEP_MONEY || !payment->out || payment->time == TIME_UNKNOWN)
            continue;
        const struct step *before = nearest_bait(h, i, -1), *after = before ? nearest_bait(h, i, 1) : NULL;
        if (after == NULL)
            continue;
        struct pattern_finding f = finding_begin(s, PATTERN_DUST_SANDWICH, h->account);
        f.other.n = payment->other;
        f.asset.n = payment->asset;
        f.units = payment->units;
        f.count = 2;
        f.confidence = confidence_beyond(1, 1);
        TRY(finding_show(s, &f, before, err));
        TRY(finding_show(s, &f, payment, err));
        TRY(finding_show(s, &f, after, err));
        TRY(finding_end(s, &f, err));
    }
    return IMJIN_OK;
}

enum imjin_status search_times(struct search *s, const struct history *h, struct error *err) {
    if (wanted(s, PATTERN_DORMANCY))
        TRY(find_dormancy(s, h, err));
    return wanted(s, PATTERN_DUST_SANDWICH) ? find_sandwiches(s, h, err) : IMJIN_OK;
}
