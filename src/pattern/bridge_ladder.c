/* Rungs 2 to 4: withdrawals that fit a deposit by target, address, asset, amount and time. Withdrawals lie sorted in buckets
 * (who was paid; or how much, in steps of a thirty-second of an octave), so that a deposit looks at few of them. */
#include "pattern/bridge_inside.h"

#include <stdlib.h>

enum { STEPS = 32, STEP_BITS = 5 };

struct entry {
    uint64_t bucket; /* rungs 2 and 3: recipient and class; rung 4: class and step */
    int64_t time;
    uint32_t withdrawal;
};

struct climbing {
    struct bridge_matching *m;
    unsigned rung;
    struct entry *entries; /* by bucket, time, withdrawal */
    uint64_t entry_count;
    struct bridge_pair best[BRIDGE_CANDIDATES_MAX];
    unsigned best_count;
    uint32_t fits;
    struct buffer pairs;
};

static int compare_entries(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->bucket != y->bucket)
        return x->bucket < y->bucket ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->withdrawal > y->withdrawal) - (x->withdrawal < y->withdrawal);
}

/* floor(32 log2) of an amount, nearly: the length and the five bits behind the first. Never falls. */
static uint32_t step_of(u128 value) {
    unsigned bits = 0;
    for (u128 v = value; v; v >>= 1)
        bits++;
    if (bits <= STEP_BITS)
        return (uint32_t)value;
    return bits * STEPS + (uint32_t)(value >> (bits - 1 - STEP_BITS) & (STEPS - 1));
}

static uint64_t bucket(uint32_t high, uint32_t low) { return (uint64_t)high << 32 | low; }

/* Which amount of a deposit a bucket of rung 4 is about. */
static u128 value_of(const struct bridge_matching *m, uint32_t n) {
    return m->measures[n].scaled ? m->measures[n].value : bridge_record_of(m, n)->units;
}

static bool is_free_withdrawal(const struct bridge_matching *m, uint32_t n) {
    const struct bridge_record *w = bridge_record_of(m, n);
    return w->side == BRIDGE_WITHDRAWAL && !m->used[n] && w->time != TIME_UNKNOWN && w->has_units && m->measures[n].class &&
           (m->doubts[n] == BRIDGE_NO_ID || m->doubts[n] == BRIDGE_NOT_COVERED || m->doubts[n] == BRIDGE_NO_DEPOSIT);
}

static enum imjin_status fill_buckets(struct climbing *c, struct error *err) {
    const struct bridge_matching *m = c->m;
    uint64_t count = bridge_store_count(m->store);
    c->entries = memory_new(count, sizeof *c->entries);
    if (c->entries == NULL)
        return fail_memory(err, "withdrawals of bridges");
    for (uint32_t i = 0; i < count; i++) {
        const struct bridge_record *w = bridge_record_of(m, i);
        if (!is_free_withdrawal(m, i))
            continue;
        uint64_t b = bucket(w->recipient, m->measures[i].class);
        if (c->rung == BRIDGE_RUNG_AMOUNT)
            b = bucket(m->measures[i].class, step_of(value_of(m, i)));
        else if (w->recipient == 0)
            continue;
        c->entries[c->entry_count++] = (struct entry){b, w->time, i};
    }
    if (c->entry_count)
        qsort(c->entries, c->entry_count, sizeof *c->entries, compare_entries);
    return IMJIN_OK;
}

/* An identifier that both carry, and that differs, says that they do not belong together. */
static bool ids_differ(const struct bridge_matching *m, uint32_t deposit, uint32_t withdrawal) {
    const struct bridge_record *d = bridge_record_of(m, deposit), *w = bridge_record_of(m, withdrawal);
    if (w->id == 0 || d->protocol != w->protocol)
        return false;
    if (bridge_protocol_of(m, withdrawal)->ids_are_txs)
        return w->id != d->tx;
    return d->id && d->id != w->id;
}

static void keep(struct climbing *c, const struct bridge_pair *pair) {
    unsigned at = c->best_count < BRIDGE_CANDIDATES_MAX ? c->best_count++ : BRIDGE_CANDIDATES_MAX;
    for (; at > 0 && c->best[at - 1].cost > pair->cost; at--)
        if (at < BRIDGE_CANDIDATES_MAX)
            c->best[at] = c->best[at - 1];
    if (at < BRIDGE_CANDIDATES_MAX)
        c->best[at] = *pair;
}

static void weigh(struct climbing *c, uint32_t deposit, uint32_t withdrawal) {
    const struct bridge_matching *m = c->m;
    const struct bridge_record *d = bridge_record_of(m, deposit), *w = bridge_record_of(m, withdrawal);
    uint32_t loss = 0;
    bool more;
    if (m->used[withdrawal] || (d->protocol && w->protocol && d->protocol != w->protocol) || ids_differ(m, deposit, withdrawal))
        return;
    enum bridge_fit chains = bridge_chain_fit(m, deposit, withdrawal);
    if (chains == BRIDGE_FIT_NO || bridge_asset_fit(m, deposit, withdrawal) != BRIDGE_FIT_YES)
        return;
    enum bridge_fit amount = bridge_amount_fit(m, deposit, withdrawal, &loss, &more);
    bool named = m->measures[deposit].other_class && bridge_protocol_of(m, deposit)->swaps && c->rung == BRIDGE_RUNG_NAMED;
    if (amount == BRIDGE_FIT_NO || (amount == BRIDGE_FIT_UNKNOWN && !named))
        return;
    unsigned evidence = BRIDGE_SAME_ASSET | BRIDGE_IN_TIME;
    evidence |= amount == BRIDGE_FIT_YES ? BRIDGE_SAME_AMOUNT : 0;
    evidence |= chains == BRIDGE_FIT_YES ? BRIDGE_SAME_CHAINS : 0;
    evidence |= c->rung == BRIDGE_RUNG_NAMED ? BRIDGE_SAME_RECIPIENT : 0;
    evidence |= d->sender && d->sender == w->recipient ? BRIDGE_SAME_ADDRESS : 0;
    if (amount == BRIDGE_FIT_UNKNOWN)
        loss = 100000; /* a swap: as far off as a tenth, so that any pair with a known amount comes first */
    uint64_t delay = w->time > d->time ? (uint64_t)(w->time - d->time) : 0;
    struct bridge_pair pair = {.cost = ((uint64_t)loss + 1) * (delay + 60),
                               .deposit = deposit,
                               .withdrawal = withdrawal,
                               .loss_ppm = amount == BRIDGE_FIT_YES ? loss : 0,
                               .evidence = (uint8_t)evidence};
    c->fits++;
    keep(c, &pair);
}

static void scan(struct climbing *c, uint32_t deposit, uint64_t wanted) {
    const struct bridge_record *d = bridge_record_of(c->m, deposit);
    int64_t from = d->time - BRIDGE_CLOCK_SKEW, until = d->time + bridge_protocol_of(c->m, deposit)->window;
    uint64_t low = 0, high = c->entry_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        const struct entry *e = &c->entries[middle];
        if (e->bucket < wanted || (e->bucket == wanted && e->time < from))
            low = middle + 1;
        else
            high = middle;
    }
    for (unsigned seen = 0; low < c->entry_count && seen < BRIDGE_SCAN_MAX; low++, seen++) {
        const struct entry *e = &c->entries[low];
        if (e->bucket != wanted || e->time > until)
            break;
        weigh(c, deposit, e->withdrawal);
    }
}

/* Every step that the fee leaves open, the nearest amount first. */
static void scan_amounts(struct climbing *c, uint32_t deposit, uint32_t class) {
    u128 value = value_of(c->m, deposit);
    uint32_t keep_ppm = 1000000 - bridge_protocol_of(c->m, deposit)->fee_ppm;
    uint32_t high = step_of(value), low = step_of(mul_div_u128(value, keep_ppm, 1000000));
    for (uint32_t step = high + 1; step-- > low;)
        scan(c, deposit, bucket(class, step));
}

/* Whose account the rung looks for; 0: the deposit says nothing that this rung could use. */
static uint32_t target_of(const struct climbing *c, const struct bridge_record *d) {
    if (c->rung == BRIDGE_RUNG_NAMED)
        return d->recipient;
    return d->recipient ? 0 : d->sender; /* one that names somebody pays him and nobody else */
}

static enum imjin_status climb_from(struct climbing *c, uint32_t deposit, struct error *err) {
    const struct bridge_record *d = bridge_record_of(c->m, deposit);
    const struct bridge_measure *measure = &c->m->measures[deposit];
    uint32_t class = measure->other_class ? measure->other_class : measure->class;
    if (d->side != BRIDGE_DEPOSIT || d->no_such_chain || c->m->used[deposit] || d->time == TIME_UNKNOWN || !d->has_units ||
        !class)
        return IMJIN_OK;
    c->best_count = c->fits = 0;
    if (c->rung == BRIDGE_RUNG_AMOUNT && d->recipient == 0)
        scan_amounts(c, deposit, class);
    else if (c->rung != BRIDGE_RUNG_AMOUNT && target_of(c, d))
        scan(c, deposit, bucket(target_of(c, d), class));
    for (unsigned i = 0; i < c->best_count; i++) {
        c->best[i].rivals = c->fits - 1;
        TRY(buffer_push(&c->pairs, &c->best[i], NULL, err));
    }
    return IMJIN_OK;
}

static enum imjin_status climb(struct climbing *c, struct error *err) {
    uint64_t count = bridge_store_count(c->m->store);
    TRY(fill_buckets(c, err));
    for (uint32_t i = 0; i < count; i++) {
        if ((i & 0xfff) == 0)
            TRY(progress_step(c->m->progress, "matching by amount and time", "records", i, count, err));
        TRY(climb_from(c, i, err));
    }
    return bridge_take(c->m, c->pairs.items, c->pairs.count, c->rung, err);
}

enum imjin_status bridge_match_rest(struct bridge_matching *m, unsigned rung, struct error *err) {
    struct climbing *c = memory_new(1, sizeof *c);
    if (c == NULL)
        return fail_memory(err, "withdrawals of bridges");
    c->m = m;
    c->rung = rung;
    c->pairs =
        (struct buffer){.item_bytes = sizeof(struct bridge_pair), .items_max = BRIDGE_PAIRS_MAX, .what = "pairs of bridges"};
    enum imjin_status status = climb(c, err);
    buffer_done(&c->pairs);
    memory_free(c->entries);
    memory_free(c);
    return status;
}
