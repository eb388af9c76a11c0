/* Rules that walk from account to account: peel chains and rapid pass-through. */
#include "pattern/search.h"

/* Where the money is on its way: it came to `account` with movement `number`. */
struct station {
    uint32_t account, number, asset;
    int64_t time;
    u128 units;
};

static bool follows(const struct step *step, const struct station *at, int64_t seconds) {
    return step->worth == STEP_MONEY && step->out && step->asset == at->asset && step->number > at->number &&
           step->time != TIME_UNKNOWN && step->time - at->time <= seconds;
}

/* The payment that carried on nearly all; null: none did. */
static const struct step *passed_on(const struct history *h, const struct station *at) {
    for (uint64_t i = 0; i < h->count; i++)
        if (follows(&h->steps[i], at, HOUR) && h->steps[i].units <= at->units &&
            at_least(h->steps[i].units, at->units, PASSED_ON_PERCENT_MIN))
            return &h->steps[i];
    return NULL;
}

/* The payment that carried on the rest when smaller parts had been, or then were, paid to others. */
static const struct step *peeled(const struct history *h, const struct station *at) {
    const struct step *largest = NULL;
    u128 sum = 0;
    unsigned others = 0;
    for (uint64_t i = 0; i < h->count; i++) {
        const struct step *step = &h->steps[i];
        if (!follows(step, at, 30 * (int64_t)DAY) || sum + step->units > at->units)
            continue;
        sum += step->units;
        if (largest == NULL || step->units > largest->units)
            largest = step;
    }
    for (uint64_t i = 0; largest && i < h->count; i++)
        others += follows(&h->steps[i], at, 30 * (int64_t)DAY) && h->steps[i].other != largest->other;
    bool small = largest && others && at_most(sum - largest->units, sum, PEELED_PERCENT_MAX);
    return small && at_least(sum, at->units, PASSED_ON_PERCENT_MIN) ? largest : NULL;
}

static uint64_t station_key(enum pattern_id pattern, uint32_t account) { return (uint64_t)pattern << 32 | account; }

static bool seen_before(const struct search *s, enum pattern_id pattern, uint32_t account) {
    const uint64_t *keys = s->stations.items;
    for (uint64_t i = s->stations.count; i > 0; i--)
        if (keys[i - 1] == station_key(pattern, account))
            return true;
    return false;
}

/* One station on: the step that led there. IMJIN_NOT_FOUND, without a message, at the end of the chain. */
static enum imjin_status next_station(const struct search *s, enum pattern_id pattern, struct station *at, struct step *ret,
                                      struct error *err) {
    struct history h;
    struct movement_list lists[LEDGER_SEGMENTS_MAX];
    unsigned count;
    uint64_t all = 0;
    struct tag tag;
    if (role_of(s, at->account, &tag))
        return IMJIN_NOT_FOUND;
    TRY(ledger_account_movements(s->in->ledger, (struct account_id){at->account}, DIRECTION_OUT, lists, &count, err));
    for (unsigned i = 0; i < count; i++)
        all += lists[i].count;
    if (all > PATTERN_HOP_STEPS_MAX)
        return IMJIN_NOT_FOUND;
    TRY(history_read(&h, s->in->ledger, s->doubt, (struct account_id){at->account}, true, err));
    const struct step *on = pattern == PATTERN_LAYERING ? passed_on(&h, at) : peeled(&h, at);
    if (on) {
        *ret = *on;
        *at = (struct station){on->other, on->number, on->asset, on->time, on->units};
    }
    history_done(&h);
    return on ? IMJIN_OK : IMJIN_NOT_FOUND;
}

/* From one arrival on, as far as the rule holds. */
static enum imjin_status walk(struct search *s, const struct history *h, enum pattern_id pattern, const struct step *arrival,
                              struct error *err) {
    struct step steps[PATTERN_HOPS_MAX];
    uint32_t stations[PATTERN_HOPS_MAX];
    unsigned count = 0;
    struct station at = {h->account.n, arrival->number, arrival->asset, arrival->time, arrival->units};
    while (count < PATTERN_HOPS_MAX) {
        stations[count] = at.account;
        enum imjin_status status = next_station(s, pattern, &at, &steps[count], err);
        if (status == IMJIN_NOT_FOUND)
            break;
        TRY(status);
        count++;
    }
    if (count < CHAIN_STATIONS_MIN)
        return IMJIN_OK;
    struct pattern_finding f = finding_begin(s, pattern, h->account);
    f.other.n = at.account;
    f.asset.n = arrival->asset;
    f.units = arrival->units;
    f.count = count;
    f.confidence = confidence_beyond(count, CHAIN_STATIONS_MIN);
    TRY(finding_show(s, &f, arrival, err));
    for (unsigned i = 0; i < count; i++) {
        uint64_t key = station_key(pattern, stations[i]);
        TRY(finding_show(s, &f, &steps[i], err));
        TRY(buffer_push(&s->stations, &key, NULL, err));
    }
    return finding_end(s, &f, err);
}

/* A chain is told once, from the first of its accounts that is looked at. */
static enum imjin_status search_pattern(struct search *s, const struct history *h, enum pattern_id pattern, struct error *err) {
    struct tag tag;
    if (!wanted(s, pattern) || h->count > PATTERN_HOP_STEPS_MAX || role_of(s, h->account.n, &tag) ||
        seen_before(s, pattern, h->account.n))
        return IMJIN_OK;
    for (uint64_t i = 0; i < h->count; i++) {
        const struct step *step = &h->steps[i];
        struct station at = {h->account.n, step->number, step->asset, step->time, step->units};
        if (step->out || step->worth != STEP_MONEY || step->time == TIME_UNKNOWN)
            continue;
        if ((pattern == PATTERN_LAYERING ? passed_on(h, &at) : peeled(h, &at)) == NULL)
            continue;
        uint64_t before = s->findings.count;
        TRY(walk(s, h, pattern, step, err));
        if (s->findings.count > before)
            break;
    }
    return IMJIN_OK;
}

enum imjin_status search_chains(struct search *s, const struct history *h, struct error *err) {
    TRY(search_pattern(s, h, PATTERN_PEEL_CHAIN, err));
    return search_pattern(s, h, PATTERN_LAYERING, err);
}
