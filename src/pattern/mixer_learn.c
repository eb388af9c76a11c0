/* A thief among strangers. Each account that drew notes in reach is the thief's or a stranger's. What strangers do is counted
 * over the pool's history. What the thief does begins as an open guess and is learned from the accounts that are more likely
 * the thief's than not, for the whole request and for each batch; then all are weighed again. */
#include "pattern/mixer_inside.h"

enum { OPEN_GUESS = 4 /* accounts that a guess counts for: a handful of leads outweighs it, one or two do not */ };
enum { LAG_GUESS = LAG_KINDS / 2 /* the same for how long notes stay in the pool: half an account for each kind */ };

/* What the thief does with one batch. */
struct habit {
    uint64_t form[FORM_KINDS], fee[FEE_KINDS]; /* shares */
    uint64_t still_in;  /* share: how the notes not accounted for hold back further leads; 1 while there are enough */
    uint64_t mean_size; /* twice the notes of an account, as a share */
};
/* Sums of one round. */
struct lessons {
    uint64_t form[FORM_KINDS], fee[FEE_KINDS], accounts, notes; /* weights */
};
struct learning {
    struct mixer_model *m;
    struct habit *habits;    /* of each batch */
    struct lessons *lessons; /* of each batch, then of all */
    uint64_t form_guess[FORM_KINDS], fee_guess[FEE_KINDS];
    uint64_t form[FORM_KINDS], fee[FEE_KINDS]; /* the thief's over all batches */
    uint64_t fee_strangers[FEE_KINDS], lag[LAG_KINDS], elsewhere, elsewhere_strangers;
    uint64_t strangers;                                               /* weight: how many of the candidates */
    bool first_round;                                                 /* nothing learned yet */
    int64_t form_strangers[FORM_KINDS], log_fee_strangers[FEE_KINDS]; /* logarithms */
};

static uint64_t share(u128 part, u128 whole) {
    u128 s = whole ? (part << 30) / whole : 0;
    return s ? (uint64_t)s : 1;
}

static int64_t log_share(uint64_t s) { return mixer_log2(s) - (30 << LOG_BITS); }

/* A share from what was seen (weights) and a guess that counts for `guess_accounts`. */
static uint64_t blend(uint64_t guess, uint64_t guess_accounts, uint64_t seen, uint64_t seen_all) {
    u128 part = (u128)guess * guess_accounts + ((u128)seen << 10), whole = (u128)guess_accounts * WEIGHT_ONE + seen_all;
    uint64_t s = (uint64_t)((part << 20) / whole);
    return s ? s : 1;
}

/* Any note is as likely to come out in an account of one size as of another, up to all notes in one; of that size, paces are
 * those of strangers. */
static void guess_forms(struct learning *a) {
    const struct mixer_model *m = a->m;
    uint64_t all = 0, of_size[SIZE_KINDS] = {0};
    for (unsigned f = 0; f < FORM_KINDS; f++)
        of_size[f / PACE_KINDS] += m->form_counts[f];
    for (unsigned k = 0; k < SIZE_KINDS; k++)
        if (mixer_size_begins[k] <= m->notes)
            all += 2 * SHARE_ONE / mixer_size_doubled[k];
    for (unsigned f = 0; f < FORM_KINDS; f++) {
        unsigned k = f / PACE_KINDS;
        bool possible = mixer_size_begins[k] <= m->notes && (k == 0) == (f % PACE_KINDS == 0);
        uint64_t part = possible ? share(2 * SHARE_ONE / mixer_size_doubled[k], all) : 0;
        uint64_t paces = k == 0 ? 1 : PACE_KINDS - 1;
        a->form_guess[f] = (uint64_t)((u128)part * (paces * m->form_counts[f] + 1) / (paces * (of_size[k] + 1)));
        a->form_strangers[f] = mixer_log2(2 * m->form_counts[f] + 1) - mixer_log2(2 * m->form_total + FORM_KINDS);
    }
}

static void guess_fees(struct learning *a) {
    const struct mixer_model *m = a->m;
    for (unsigned k = 0; k < FEE_KINDS; k++)
        a->fee_guess[k] = a->fee_strangers[k] = a->fee[k] =
            share(2 * m->fee_weights[k] + WEIGHT_ONE, 2 * m->fee_total + FEE_KINDS * WEIGHT_ONE);
}

static uint64_t mean_size(const uint64_t *form) {
    uint64_t mean = 0;
    for (unsigned f = 0; f < FORM_KINDS; f++)
        mean += form[f] * mixer_size_doubled[f / PACE_KINDS];
    return mean ? mean : 1;
}

/* Nine in ten accounts of one size, the others as an open guess has them. */
static void start_with(struct learning *a, unsigned size) {
    uint64_t of_size = 0;
    for (unsigned f = 0; f < FORM_KINDS; f++)
        of_size += f / PACE_KINDS == size ? a->form_guess[f] : 0;
    for (unsigned f = 0; f < FORM_KINDS && of_size; f++) {
        uint64_t of_start = f / PACE_KINDS == size ? share(a->form_guess[f], of_size) : 0;
        a->form[f] = (a->form_guess[f] + 9 * of_start) / 10;
    }
}

static void begin(struct learning *a, unsigned start) {
    const struct mixer_model *m = a->m;
    guess_forms(a);
    guess_fees(a);
    memcpy(a->form, a->form_guess, sizeof a->form);
    start_with(a, start);
    for (unsigned k = 0; k < LAG_KINDS; k++)
        a->lag[k] = SHARE_ONE / LAG_KINDS;
    a->elsewhere = a->elsewhere_strangers = share(2 * m->elsewhere_count + 1, 2 * m->form_total + 2);
    a->strangers = (m->candidate_count + 1) * WEIGHT_ONE;
    for (uint32_t b = 0; b < m->batch_count; b++) {
        struct habit *h = &a->habits[b];
        memcpy(h->form, a->form, sizeof h->form);
        memcpy(h->fee, a->fee_guess, sizeof h->fee);
        h->still_in = SHARE_ONE;
        h->mean_size = mean_size(h->form);
    }
}

/* ---- weighing ---- */

/* Accounts of the batch to be expected in the second of the candidate's first note, with 60 bits behind the point. */
static u128 rate_of(const struct learning *a, const struct mixer_pair *pair, const uint64_t *lag_rates) {
    const struct habit *h = &a->habits[pair->batch];
    u128 rate = 0;
    for (unsigned k = 0; k < LAG_KINDS; k++)
        rate += (u128)pair->lags[k] * lag_rates[k];
    rate = (rate >> 20) * a->m->weeks[pair->batch].share_of_window;
    rate = (rate >> 30) * h->still_in;
    return mul_div_u128(rate, 2 * SHARE_ONE, h->mean_size);
}

/* Sets the parts of the batches; returns the sum of their rates. */
static u128 weigh_batches(const struct learning *a, struct mixer_candidate *c, const uint64_t *lag_rates) {
    struct mixer_pair *pairs = a->m->pairs + c->first_pair;
    u128 sum = 0, before = 0;
    for (uint32_t i = 0; i < c->pair_count; i++)
        sum += rate_of(a, &pairs[i], lag_rates);
    for (uint32_t i = 0; i < c->pair_count; i++) {
        u128 after = before + rate_of(a, &pairs[i], lag_rates);
        pairs[i].part = sum ? (uint64_t)(mul_div_u128(after, WEIGHT_ONE, sum) - mul_div_u128(before, WEIGHT_ONE, sum)) : 0;
        before = after;
    }
    return sum;
}

static uint64_t without(uint64_t all, uint64_t own) { return all > own ? all - own : 0; }

/* What the thief does, learned from the other accounts: nobody is a witness of his own guilt. */
static uint64_t form_share(const struct learning *a, const struct mixer_candidate *c, const struct mixer_pair *pair) {
    const struct lessons *all = &a->lessons[a->m->batch_count], *batch = &a->lessons[pair->batch];
    unsigned f = c->group.form;
    uint64_t own = pair->lesson;
    if (a->first_round)
        return a->habits[pair->batch].form[f];
    uint64_t thief = blend(a->form_guess[f], OPEN_GUESS, without(all->form[f], c->lesson), without(all->accounts, c->lesson));
    if (a->m->batch_count == 1)
        return thief;
    return blend((thief + a->form_guess[f]) / 2, OPEN_GUESS, without(batch->form[f], own), without(batch->accounts, own));
}

static uint64_t fee_share(const struct learning *a, const struct mixer_candidate *c, const struct mixer_pair *pair,
                          unsigned kind, unsigned kinds) {
    const struct lessons *all = &a->lessons[a->m->batch_count], *batch = &a->lessons[pair->batch];
    uint64_t own = pair->lesson;
    uint64_t thief =
        blend(a->fee_guess[kind], OPEN_GUESS, without(all->fee[kind], c->lesson / kinds), without(all->accounts, c->lesson));
    if (a->m->batch_count == 1)
        return thief;
    return blend(thief, OPEN_GUESS, without(batch->fee[kind], own / kinds), without(batch->accounts, own));
}

static const struct mixer_pair *likeliest_pair(const struct learning *a, const struct mixer_candidate *c) {
    const struct mixer_pair *pairs = a->m->pairs + c->first_pair, *best = pairs;
    for (uint32_t i = 1; i < c->pair_count; i++)
        if (pairs[i].part > best->part)
            best = &pairs[i];
    return best;
}

static int64_t weigh_form(const struct learning *a, const struct mixer_candidate *c) {
    const struct mixer_pair *pairs = a->m->pairs + c->first_pair;
    u128 share_sum = 0;
    for (uint32_t i = 0; i < c->pair_count; i++)
        share_sum += (u128)pairs[i].part * form_share(a, c, &pairs[i]);
    uint64_t s = (uint64_t)(share_sum >> 20);
    return log_share(s ? s : 1) - a->form_strangers[c->group.form];
}

/* The fees of one account count once, as one witness: they nearly always come from the same relayer. */
static int64_t weigh_fees(const struct learning *a, const struct mixer_candidate *c, const struct mixer_pair *pair) {
    uint64_t kinds[FEE_KINDS] = {0};
    int64_t sum = 0;
    unsigned different = mixer_count_kinds(a->m->events, &c->group, a->m->note, kinds);
    for (unsigned k = 0; k < FEE_KINDS; k++)
        if (kinds[k])
            sum += (int64_t)kinds[k] * (log_share(fee_share(a, c, pair, k, different)) - a->log_fee_strangers[k]);
    return sum / (int64_t)c->group.count;
}

static void weigh(const struct learning *a, struct mixer_candidate *c, const uint64_t *lag_rates) {
    u128 rate = c->pair_count ? weigh_batches(a, c, lag_rates) : 0; /* nobody has a pair: there is no array of them */
    int64_t log_odds = 0;
    if (rate == 0) {
        c->chance = 0;
        return;
    }
    int64_t strangers = mixer_log2(a->strangers) - (20 << LOG_BITS) - mixer_log2(a->m->seconds);
    c->evidence[MIXER_TIMING] = mixer_log2(rate) - (60 << LOG_BITS) - strangers;
    c->evidence[MIXER_SIZE] = weigh_form(a, c);
    c->evidence[MIXER_FEES] = weigh_fees(a, c, likeliest_pair(a, c));
    c->evidence[MIXER_POOLS] = c->group.elsewhere
                                   ? log_share(a->elsewhere) - log_share(a->elsewhere_strangers)
                                   : log_share(SHARE_ONE - a->elsewhere) - log_share(SHARE_ONE - a->elsewhere_strangers);
    for (unsigned e = 0; e < MIXER_EVIDENCES; e++)
        log_odds += c->evidence[e];
    c->chance = mixer_chance(log_odds);
}

static void weigh_all(struct learning *a) {
    uint64_t lag_rates[LAG_KINDS];
    for (unsigned k = 0; k < LAG_KINDS; k++)
        lag_rates[k] = (a->lag[k] << 30) / (uint64_t)(mixer_lag_begin(k + 1) - mixer_lag_begin(k));
    for (unsigned k = 0; k < FEE_KINDS; k++)
        a->log_fee_strangers[k] = log_share(a->fee_strangers[k]);
    for (uint64_t i = 0; i < a->m->candidate_count; i++)
        weigh(a, &a->m->candidates[i], lag_rates);
}

/* ---- learning ---- */

/* How long the candidate's notes were in the pool, in proportion to what each length explains. */
static void add_lags(const struct learning *a, const struct mixer_candidate *c, uint64_t *ret) {
    for (uint32_t i = 0; i < c->pair_count; i++) {
        const struct mixer_pair *pair = &a->m->pairs[c->first_pair + i];
        u128 parts[LAG_KINDS], sum = 0;
        for (unsigned k = 0; k < LAG_KINDS; k++)
            sum += parts[k] = (u128)pair->lags[k] * a->lag[k] / (uint64_t)(mixer_lag_begin(k + 1) - mixer_lag_begin(k));
        for (unsigned k = 0; sum && k < LAG_KINDS; k++)
            ret[k] += (uint64_t)(mul_div_u128((u128)c->chance * pair->part, parts[k], sum) >> 20);
    }
}

/* Only what is more likely the thief's than not teaches, the more the surer; else the many doubtful strangers would teach the
 * model to accept them. */
static uint64_t lesson_of(const struct mixer_candidate *c) {
    return 2 * c->chance > WEIGHT_ONE ? 2 * c->chance - WEIGHT_ONE : 0;
}

static void add_lessons(struct learning *a, struct mixer_candidate *c) {
    uint64_t lesson = lesson_of(c);
    c->lesson = 0;
    for (uint32_t i = 0; i < c->pair_count; i++) {
        struct mixer_pair *pair = &a->m->pairs[c->first_pair + i];
        struct lessons *l = &a->lessons[pair->batch];
        l->notes += (c->chance * pair->part >> 20) * c->group.count;
        uint64_t weight = lesson * pair->part >> 20;
        pair->lesson = weight;
        c->lesson += weight;
        if (weight == 0)
            continue;
        l->form[c->group.form] += weight;
        l->accounts += weight;
        mixer_count_fees(a->m->events, &c->group, a->m->note, weight, l->fee);
    }
}

static void sum_lessons(struct learning *a, struct lessons *all) {
    for (uint32_t b = 0; b < a->m->batch_count; b++) {
        const struct lessons *l = &a->lessons[b];
        if (a->m->weeks[b].owner != b)
            a->lessons[a->m->weeks[b].owner].notes += l->notes;
        all->accounts += l->accounts;
        for (unsigned f = 0; f < FORM_KINDS; f++)
            all->form[f] += l->form[f];
        for (unsigned k = 0; k < FEE_KINDS; k++)
            all->fee[k] += l->fee[k];
    }
}

/* One batch's habit is the thief's, bent by what is seen of the batch. A single batch is the whole thief. */
static void set_habit(struct learning *a, uint32_t batch) {
    const struct lessons *l = &a->lessons[batch];
    struct habit *h = &a->habits[batch];
    bool alone = a->m->batch_count == 1;
    for (unsigned f = 0; f < FORM_KINDS; f++)
        h->form[f] = alone ? a->form[f] : blend((a->form[f] + a->form_guess[f]) / 2, OPEN_GUESS, l->form[f], l->accounts);
    for (unsigned k = 0; k < FEE_KINDS; k++)
        h->fee[k] = alone ? a->fee[k] : blend(a->fee[k], OPEN_GUESS, l->fee[k], l->accounts);
    h->mean_size = mean_size(h->form);
    const struct mixer_week *owner = &a->m->weeks[a->m->weeks[batch].owner];
    uint64_t notes = a->lessons[a->m->weeks[batch].owner].notes; /* of all weeks */
    u128 still_in = (u128)h->still_in * ((owner->capacity + 1) * WEIGHT_ONE) / (notes + WEIGHT_ONE);
    h->still_in = still_in > SHARE_ONE ? SHARE_ONE : still_in ? (uint64_t)still_in : 1;
}

static void learn_once(struct learning *a) {
    struct mixer_model *m = a->m;
    struct lessons *all = &a->lessons[m->batch_count];
    uint64_t lags[LAG_KINDS] = {0}, fees[FEE_KINDS] = {0}, elsewhere = 0, chances = 0, lag_sum = 0;
    memset(a->lessons, 0, (m->batch_count + (size_t)1) * sizeof *a->lessons);
    for (uint64_t i = 0; i < m->candidate_count; i++) {
        struct mixer_candidate *c = &m->candidates[i];
        add_lessons(a, c);
        add_lags(a, c, lags);
        mixer_count_fees(m->events, &c->group, m->note, WEIGHT_ONE - c->chance, fees);
        chances += c->chance;
        elsewhere += c->group.elsewhere ? lesson_of(c) : 0;
    }
    sum_lessons(a, all);
    for (unsigned f = 0; f < FORM_KINDS; f++)
        a->form[f] = blend(a->form_guess[f], OPEN_GUESS, all->form[f], all->accounts);
    a->strangers = (m->candidate_count + 1) * WEIGHT_ONE - chances;
    for (unsigned k = 0; k < FEE_KINDS; k++) {
        a->fee[k] = blend(a->fee_guess[k], OPEN_GUESS, all->fee[k], all->accounts);
        a->fee_strangers[k] = blend(a->fee_guess[k], OPEN_GUESS, fees[k], a->strangers - WEIGHT_ONE);
    }
    for (unsigned k = 0; k < LAG_KINDS; k++)
        lag_sum += lags[k];
    for (unsigned k = 0; k < LAG_KINDS; k++)
        a->lag[k] = blend(SHARE_ONE / LAG_KINDS, LAG_GUESS, lags[k], lag_sum);
    a->elsewhere = blend(a->elsewhere_strangers, OPEN_GUESS, elsewhere, all->accounts);
    for (uint32_t b = 0; b < m->batch_count; b++)
        set_habit(a, b);
}

/* log2(1 + 2^odds), from the chance that the odds give. */
static int64_t log_gain(int64_t log_odds, uint64_t chance) {
    if (log_odds < 0)
        return (20 << LOG_BITS) - mixer_log2(WEIGHT_ONE - chance);
    return log_odds + (20 << LOG_BITS) - mixer_log2(chance);
}

/* Accounts of the thief that were to be expected in reach, as a weight. */
static uint64_t expected_accounts(const struct learning *a) {
    u128 expected = 0;
    uint64_t in_reach = 0;
    for (unsigned k = 0; k < LAG_KINDS; k++) {
        int64_t from = mixer_lag_begin(k), to = mixer_lag_begin(k + 1),
                seen = a->m->reach < to ? a->m->reach - from : to - from;
        in_reach += seen > 0 ? (uint64_t)((u128)a->lag[k] * (uint64_t)seen / (uint64_t)(to - from)) : 0;
    }
    for (uint32_t b = 0; b < a->m->batch_count; b++) {
        u128 notes = (u128)a->m->weeks[b].notes * a->habits[b].still_in >> 10; /* weight */
        expected += mul_div_u128(notes * 2, in_reach, a->habits[b].mean_size);
    }
    return (uint64_t)expected;
}

static int64_t total_gain(const struct learning *a) {
    static const uint64_t nats_to_bits = 94548; /* 2^16 * log2(e) */
    int64_t gain = -(int64_t)((u128)expected_accounts(a) * nats_to_bits >> 20);
    for (uint64_t i = 0; i < a->m->candidate_count; i++) {
        const struct mixer_candidate *c = &a->m->candidates[i];
        int64_t log_odds = 0;
        for (unsigned e = 0; e < MIXER_EVIDENCES; e++)
            log_odds += c->evidence[e];
        gain += c->chance ? log_gain(log_odds, c->chance) : 0;
    }
    return gain;
}

enum imjin_status mixer_learn(struct mixer_model *m, unsigned start, int64_t *ret_gain, struct error *err) {
    struct learning a = {.m = m, .first_round = true};
    a.habits = memory_new(m->batch_count, sizeof *a.habits);
    a.lessons = memory_new(m->batch_count + (size_t)1, sizeof *a.lessons);
    bool whole = a.habits && a.lessons;
    if (whole) {
        begin(&a, start);
        weigh_all(&a);
        a.first_round = false;
        for (unsigned round = 1; round < MIXER_ROUNDS; round++) {
            learn_once(&a);
            weigh_all(&a);
        }
        *ret_gain = total_gain(&a);
    }
    memory_free(a.habits);
    memory_free(a.lessons);
    return whole ? IMJIN_OK : fail_memory(err, "the batches' habits");
}
