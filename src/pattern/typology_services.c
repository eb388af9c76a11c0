/* Rules that read labels: chain hopping, mixer use, deposit addresses. */
#include <stdlib.h>

#include "pattern/search.h"

static int compare_steps(const void *a, const void *b) {
    const struct step *const *x = a, *const *y = b;
    if ((*x)->other != (*y)->other)
        return (*x)->other < (*y)->other ? -1 : 1;
    if ((*x)->asset != (*y)->asset)
        return (*x)->asset < (*y)->asset ? -1 : 1;
    return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

/* Payments with one service in one asset. */
static enum imjin_status add_use(struct search *s, const struct history *h, const struct step **steps, uint64_t count,
                                 enum pattern_id pattern, const struct tag *tag, struct error *err) {
    struct pattern_finding f = finding_begin(s, pattern, h->account);
    f.other.n = steps[0]->other;
    f.asset.n = steps[0]->asset;
    f.confidence = tag->confidence * 10000u;
    for (uint64_t i = 0; i < count; i++) {
        if (pattern == PATTERN_CHAIN_HOP && !steps[i]->out)
            continue;
        f.count++;
        f.units += steps[i]->units;
        TRY(finding_show(s, &f, steps[i], err));
    }
    return f.count ? finding_end(s, &f, err) : IMJIN_OK;
}

static enum imjin_status find_uses(struct search *s, const struct history *h, const struct step **order, struct error *err) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < h->count; i++)
        if (h->steps[i].worth == STEP_MONEY)
            order[count++] = &h->steps[i];
    qsort(order, count, sizeof *order, compare_steps);
    for (uint64_t first = 0, end; first < count; first = end) {
        struct tag tag;
        for (end = first; end < count && order[end]->other == order[first]->other && order[end]->asset == order[first]->asset;
             end++)
            ;
        if (!role_of(s, order[first]->other, &tag))
            continue;
        if (tag.category->role == LABEL_ROLE_MIXER && wanted(s, PATTERN_MIXER))
            TRY(add_use(s, h, order + first, end - first, PATTERN_MIXER, &tag, err));
        if (tag.category->role == LABEL_ROLE_BRIDGE && wanted(s, PATTERN_CHAIN_HOP))
            TRY(add_use(s, h, order + first, end - first, PATTERN_CHAIN_HOP, &tag, err));
    }
    return IMJIN_OK;
}

/* ---- deposit addresses ---- */

/* 0.01 of the coin, other assets to the unit. */
static u128 kept_max(const struct search *s, uint32_t asset) {
    unsigned decimals = asset == ASSET_NATIVE_ID ? ledger_chain(s->in->ledger)->native_decimals : DECIMALS_UNKNOWN;
    u128 units = 1;
    if (decimals == DECIMALS_UNKNOWN || decimals < DEPOSIT_KEPT_DECIMALS)
        return 0;
    for (; decimals > DEPOSIT_KEPT_DECIMALS; decimals--)
        units *= 10;
    return units;
}

/* The service that got everything; ID_NONE: there is no such one. */
static uint32_t only_service(const struct search *s, const struct history *h, uint8_t *ret_confidence) {
    uint32_t service = ID_NONE;
    struct tag tag;
    for (uint64_t i = 0; i < h->count; i++) {
        const struct step *step = &h->steps[i];
        if (!step->out || step->worth != STEP_MONEY)
            continue;
        if (service != ID_NONE && step->other != service)
            return ID_NONE;
        service = step->other;
    }
    if (service == ID_NONE || !role_of(s, service, &tag) || tag.category->role != LABEL_ROLE_SERVICE)
        return ID_NONE;
    *ret_confidence = tag.confidence;
    return service;
}

static u128 distance(u128 a, u128 b) { return a > b ? a - b : b - a; }

/* What came since the last payment of the asset is what goes on, soon. */
static bool passes_all_on(const struct search *s, const struct history *h, uint32_t asset) {
    u128 waiting = 0;
    uint32_t since = 0;
    for (uint64_t i = 0; i < h->count; i++) {
        const struct step *step = &h->steps[i];
        if (step->asset != asset || step->worth != STEP_MONEY)
            continue;
        if (!step->out) {
            waiting += step->units;
            since = step->block;
            continue;
        }
        if (waiting == 0 || step->block - since > DEPOSIT_BLOCKS_MAX || distance(waiting, step->units) > kept_max(s, asset))
            return false;
        waiting = 0;
    }
    return true;
}

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static enum imjin_status find_deposit(struct search *s, const struct history *h, uint32_t *payers, struct error *err) {
    uint64_t count = 0, distinct = 0;
    uint8_t confidence = 0;
    struct pattern_finding f = finding_begin(s, PATTERN_DEPOSIT_REUSE, h->account);
    struct tag tag;
    f.other.n = only_service(s, h, &confidence);
    if (f.other.n == ID_NONE || role_of(s, h->account.n, &tag))
        return IMJIN_OK;
    for (uint64_t i = 0; i < h->count; i++) {
        const struct step *step = &h->steps[i];
        if (step->worth != STEP_MONEY)
            continue;
        if (step->out && !passes_all_on(s, h, step->asset))
            return IMJIN_OK;
        if (!step->out)
            payers[count++] = step->other;
    }
    qsort(payers, count, sizeof *payers, compare_u32);
    for (uint64_t i = 0; i < count; i++)
        distinct += i == 0 || payers[i] != payers[i - 1];
    if (distinct < 2)
        return IMJIN_OK;
    for (uint64_t i = 0; i < h->count; i++)
        if (h->steps[i].worth == STEP_MONEY)
            TRY(finding_show(s, &f, &h->steps[i], err));
    f.count = distinct;
    f.confidence = confidence * 10000u;
    return finding_end(s, &f, err);
}

enum { DEPOSIT_STEPS_MAX = 4096 /* each asset is walked for each payment */ };

enum imjin_status search_services(struct search *s, const struct history *h, struct error *err) {
    const struct step **order = memory_new(h->count, sizeof *order);
    uint32_t *payers = memory_new(h->count, sizeof *payers);
    enum imjin_status status = order && payers ? find_uses(s, h, order, err) : fail_memory(err, "payments of an account");
    if (status == IMJIN_OK && wanted(s, PATTERN_DEPOSIT_REUSE) && h->count <= DEPOSIT_STEPS_MAX)
        status = find_deposit(s, h, payers, err);
    memory_free(order);
    memory_free(payers);
    return status;
}
