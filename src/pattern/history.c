#include "pattern/history.h"

#include <stdlib.h>

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The account's movements in both directions, ascending; one to itself stands there twice. */
static enum imjin_status read_numbers(const struct ledger *l, struct account_id account, uint32_t **ret, uint64_t *ret_count,
                                      struct error *err) {
    struct movement_list lists[2 * LEDGER_SEGMENTS_MAX];
    unsigned out, in;
    uint64_t count = 0, at = 0;
    TRY(ledger_account_movements(l, account, DIRECTION_OUT, lists, &out, err));
    TRY(ledger_account_movements(l, account, DIRECTION_IN, lists + out, &in, err));
    for (unsigned i = 0; i < out + in; i++)
        count += lists[i].count;
    if (count > PATTERN_STEPS_MAX)
        return IMJIN_NOT_FOUND;
    uint32_t *numbers = memory_new(count, sizeof *numbers);
    if (numbers == NULL)
        return fail_memory(err, "movements of an account");
    for (unsigned i = 0; i < out + in; i++) {
        if (lists[i].count)
            memcpy(numbers + at, lists[i].numbers, lists[i].count * sizeof *numbers);
        at += lists[i].count;
    }
    qsort(numbers, count, sizeof *numbers, compare_u32);
    *ret = numbers;
    *ret_count = count;
    return IMJIN_OK;
}

static bool takes_part(const struct movement *m) {
    unsigned kind = movement_kind(m);
    return m->from != m->to && m->from >= ACCOUNTS_RESERVED && m->to >= ACCOUNTS_RESERVED &&
           (kind == MOVEMENT_NATIVE || kind == MOVEMENT_INTERNAL || kind == MOVEMENT_TOKEN);
}

static enum imjin_status read_step(struct step *ret, const struct ledger *l, const struct pattern_doubt *doubt,
                                   struct account_id account, bool times, uint32_t number, const struct movement *m,
                                   struct error *err) {
    struct ledger_tx tx = {.time = TIME_UNKNOWN};
    bool doubtful = false, out = m->from == account.n;
    if (times)
        TRY(ledger_tx(l, (struct tx_id){m->tx}, &tx, err));
    u128 units = movement_wide(m) ? 0 : movement_units(m);
    if (doubt && units)
        TRY(doubt->ask(doubt->context, (struct asset_id){m->asset}, &doubtful, err));
    *ret = (struct step){.units = units,
                         .time = tx.time,
                         .number = number,
                         .tx = m->tx,
                         .block = tx.block,
                         .other = out ? m->to : m->from,
                         .asset = m->asset,
                         .worth = movement_wide(m) || doubtful ? STEP_FAKE
                                  : units == 0                 ? STEP_ZERO
                                                               : STEP_MONEY,
                         .out = out};
    return IMJIN_OK;
}

struct by_asset {
    uint32_t asset, step;
};

static int compare_assets(const void *a, const void *b) {
    const struct by_asset *x = a, *y = b;
    if (x->asset != y->asset)
        return x->asset < y->asset ? -1 : 1;
    return (x->step > y->step) - (x->step < y->step);
}

/* What arrived and is next to nothing beside the largest movement of its asset. */
static enum imjin_status find_dust(struct history *h, struct error *err) {
    uint64_t count = 0;
    struct by_asset *order = memory_new(h->count, sizeof *order);
    if (order == NULL)
        return fail_memory(err, "movements of an account");
    for (uint64_t i = 0; i < h->count; i++)
        if (h->steps[i].worth == STEP_MONEY)
            order[count++] = (struct by_asset){h->steps[i].asset, (uint32_t)i};
    qsort(order, count, sizeof *order, compare_assets);
    for (uint64_t first = 0, end; first < count; first = end) {
        u128 most = 0;
        for (end = first; end < count && order[end].asset == order[first].asset; end++)
            if (h->steps[order[end].step].units > most)
                most = h->steps[order[end].step].units;
        for (uint64_t i = first; i < end; i++) {
            struct step *s = &h->steps[order[i].step];
            if (!s->out && s->units <= most / PATTERN_DUST_PART)
                s->worth = STEP_DUST;
        }
    }
    memory_free(order);
    return IMJIN_OK;
}

static enum imjin_status read_steps(struct history *h, const struct ledger *l, const struct pattern_doubt *doubt,
                                    const uint32_t *numbers, uint64_t count, bool times, struct error *err) {
    h->steps = memory_new(count, sizeof *h->steps);
    if (h->steps == NULL)
        return fail_memory(err, "movements of an account");
    for (uint64_t i = 0; i < count; i++) {
        struct movement m;
        TRY(ledger_movement(l, numbers[i], &m, err));
        if (!takes_part(&m))
            continue;
        TRY(read_step(&h->steps[h->count], l, doubt, h->account, times, numbers[i], &m, err));
        h->count++;
    }
    return find_dust(h, err);
}

enum imjin_status history_read(struct history *ret, const struct ledger *l, const struct pattern_doubt *doubt,
                               struct account_id account, bool times, struct error *err) {
    struct history h = {.account = account};
    uint32_t *numbers;
    uint64_t count;
    TRY(read_numbers(l, account, &numbers, &count, err));
    enum imjin_status status = read_steps(&h, l, doubt, numbers, count, times, err);
    memory_free(numbers);
    if (status != IMJIN_OK) {
        history_done(&h);
        return status;
    }
    *ret = h;
    return IMJIN_OK;
}

void history_done(struct history *h) {
    memory_free(h->steps);
    *h = (struct history){0};
}
