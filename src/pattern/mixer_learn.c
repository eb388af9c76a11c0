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
        if (mixer_size_doubled[k] <= 2 * m->notes)
            all += 2 * SHARE_ONE / mixer_size_doubled[k];
    for (unsigned f = 0; f < FORM_KINDS; f++) {
        unsigned k = f / PACE_KINDS;
        bool possible = mixer_size_doubled[k] <= 2 * m->notes && (k == 0) == (f % PACE_KINDS == 0);
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

static void begin(struct learning *a) {
    const struct mixer_model *m = a->m;
    guess_forms(a);
    guess_fees(a);
    memcpy(a->form, a->form_guess, sizeof a->form);
    for (unsigned k = 0; k < LAG_KINDS; k++)
        a->lag[k] = SHARE_ONE / LAG_KINDS;
    a->elsewhere = a->elsewhere_strangers = share(2 * m->elsewhere_count + 1, 2 * m->form_total + 2);
    a->strangers = (m->candidate_count + 1) * WEIGHT_ONE;
    for (uint32_t b = 0; b < m->batch_count; b++) {
        struct habit *h = &a->habits[b];
        memcpy(h->form, a->form_guess, sizeof h->form);
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
    rate = (rate >> 20) * a->m->share_of_window[pair->batch];
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

static const struct habit *likeliest_habit(const struct learning *a, const struct mixer_candidate *c, uint64_t *ret_form) {
    const struct mixer_pair *pairs = a->m->pairs + c->first_pair;
    uint32_t best = 0;
    u128 form = 0;
    for (uint32_t i = 0; i < c->pair_count; i++) {
        form += (u128)pairs[i].part * a->habits[pairs[i].batch].form[c->group.form];
        if (pairs[i].part > pairs[best].part)
            best = i;
    }
    *ret_form = (uint64_t)(form >> 20);
    return &a->habits[pairs[best].batch];
}

/* The fees of one account count once, as one witness: they nearly always come from the same relayer. */
static int64_t weigh_fees(const struct learning *a, const struct mixer_candidate *c, const struct habit *h) {
    const struct mixer_note_out *out = a->m->events->out + c->group.first;
    int64_t sum = 0;
    for (uint32_t i = 0; i < c->group.count; i++) {
        unsigned kind = mixer_fee_kind(out[i].fee, a->m->note);
        sum += log_share(h->fee[kind]) - a->log_fee_strangers[kind];
    }
    return sum / (int64_t)c->group.count;
}

static void weigh(const struct learning *a, struct mixer_candidate *c, const uint64_t *lag_rates) {
    u128 rate = weigh_batches(a, c, lag_rates);
    int64_t log_odds = 0;
    if (rate == 0) {
        c->chance = 0;
        return;
    }
    uint64_t form;
    const struct habit *h = likeliest_habit(a, c, &form);
    int64_t strangers = mixer_log2(a->strangers) - (20 << LOG_BITS) - mixer_log2(a->m->seconds);
    c->evidence[MIXER_TIMING] = mixer_log2(rate) - (60 << LOG_BITS) - strangers;
    c->evidence[MIXER_SIZE] = log_share(form ? form : 1) - a->form_strangers[c->group.form];
    c->evidence[MIXER_FEES] = weigh_fees(a, c, h);
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

static void add_lessons(struct learning *a, const struct mixer_candidate *c) {
    uint64_t lesson = lesson_of(c);
    for (uint32_t i = 0; i < c->pair_count; i++) {
        const struct mixer_pair *pair = &a->m->pairs[c->first_pair + i];
        struct lessons *l = &a->lessons[pair->batch];
        l->notes += (c->chance * pair->part >> 20) * c->group.count;
        uint64_t weight = lesson * pair->part >> 20;
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
    u128 still_in = (u128)h->still_in * ((a->m->capacity[batch] + 1) * WEIGHT_ONE) / (l->notes + WEIGHT_ONE);
    h->still_in = still_in > SHARE_ONE ? SHARE_ONE : still_in ? (uint64_t)still_in : 1;
}

static void learn_once(struct learning *a) {
    struct mixer_model *m = a->m;
    struct lessons *all = &a->lessons[m->batch_count];
    uint64_t lags[LAG_KINDS] = {0}, fees[FEE_KINDS] = {0}, elsewhere = 0, chances = 0, lag_sum = 0;
    memset(a->lessons, 0, (m->batch_count + (size_t)1) * sizeof *a->lessons);
    for (uint64_t i = 0; i < m->candidate_count; i++) {
        const struct mixer_candidate *c = &m->candidates[i];
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

enum imjin_status mixer_learn(struct mixer_model *m, const struct progress *p, struct error *err) {
    struct learning a = {.m = m};
    enum imjin_status status = IMJIN_OK;
    a.habits = memory_new(m->batch_count, sizeof *a.habits);
    a.lessons = memory_new(m->batch_count + (size_t)1, sizeof *a.lessons);
    if (a.habits && a.lessons) {
        begin(&a);
        weigh_all(&a);
        for (unsigned round = 1; round < MIXER_ROUNDS && status == IMJIN_OK; round++) {
            learn_once(&a);
            weigh_all(&a);
            status = progress_step(p, "learning", "rounds", round, MIXER_ROUNDS, err);
        }
    } else {
        status = fail_memory(err, "the batches' habits");
    }
    memory_free(a.habits);
    memory_free(a.lessons);
    return status;
}
