/* From batches to leads: who could it be, how likely is each, and which notes are left for whom. */
#include "pattern/mixer_inside.h"

#include <stdlib.h>

#define DAY ((int64_t)86400)

/* How long after its window a batch's exits are looked for: the shortest in which half of the notes are found, since every day
 * adds strangers. */
static const int64_t reaches[] = {DAY, 3 * DAY, 10 * DAY, 30 * DAY};
enum { REACHES = sizeof reaches / sizeof *reaches };
/* How long a thief is taken to keep to one habit. */
static const int64_t week = 7 * DAY;
/* Relayers and their prices change with the months. */
static const int64_t season = 30 * DAY;
enum { LISTED = WEIGHT_ONE / 100 /* chance from which a candidate is told */ };

/* The batches of one pool, and what comes of them. */
struct pool_work {
    struct mixer_model model;
    struct buffer weeks; /* struct mixer_week */
    int64_t reach;
    uint64_t linked;
};
struct linking {
    const struct mixer_pool *pools;
    const struct mixer_batches *batches;
    const struct progress *progress;
    struct mixer_events events;
    bool *named;     /* of each pool: whether a batch names it */
    uint32_t *given; /* of each note of events.out: the batch of the request that it is stood by for, or ID_NONE */
    struct mixer_result *result;
    struct buffer leads;
    uint32_t pool;
    struct pool_work work;
};

/* ---- who it could be ---- */

static uint64_t account_end(const struct mixer_events *e, uint64_t first) {
    uint64_t end = first + 1;
    while (end < e->out_count && e->out[end].account == e->out[first].account)
        end++;
    return end;
}

static uint64_t pool_end(const struct mixer_events *e, uint64_t first, uint64_t end) {
    uint64_t after = first + 1;
    while (after < end && e->out[after].pool == e->out[first].pool)
        after++;
    return after;
}

static enum imjin_status count_lags(struct linking *k, struct mixer_candidate *c, struct buffer *pairs, struct error *err) {
    const struct mixer_model *m = &k->work.model;
    const struct mixer_note_in *in = k->events.in[k->pool];
    uint64_t in_count = k->events.in_count[k->pool];
    int64_t time = c->group.time;
    for (uint32_t b = 0; b < m->batch_count; b++) {
        const struct mixer_week *batch = &m->weeks[b];
        struct mixer_pair pair = {.group = (uint32_t)m->candidate_count, .batch = b};
        if (time < batch->first || time > batch->last + k->work.reach)
            continue;
        uint64_t low = mixer_notes_until(in, in_count, batch->first - 1), seen = 0;
        for (unsigned lag = LAG_KINDS; lag-- > 0;) {
            int64_t until = time - mixer_lag_begin(lag);
            uint64_t notes = mixer_notes_until(in, in_count, until < batch->last ? until : batch->last);
            notes = notes > low ? notes - low : 0;
            pair.lags[lag] = (uint32_t)(notes - seen);
            seen = notes;
        }
        if (seen == 0)
            continue;
        TRY(buffer_push(pairs, &pair, NULL, err));
        c->pair_count++;
    }
    return IMJIN_OK;
}

/* Adds what one account drew from the pool: to the habits of strangers, and as a candidate when it was never seen before the
 * first batch. */
static enum imjin_status add_group(struct linking *k, uint64_t first, uint64_t end, int64_t seen_first, bool elsewhere,
                                   struct buffer *candidates, struct buffer *pairs, struct error *err) {
    struct mixer_model *m = &k->work.model;
    const struct mixer_note_out *out = k->events.out;
    int64_t begin = m->begin, last = m->end;
    struct mixer_candidate c = {.first_pair = pairs->count};
    TRY(mixer_group_make(&k->events, first, (uint32_t)(end - first), &c.group, err));
    m->form_counts[c.group.form]++;
    m->form_total++;
    m->elsewhere_count += elsewhere;
    if (c.group.time >= begin - season && c.group.time <= last + season) {
        mixer_count_fees(&k->events, &c.group, m->note, WEIGHT_ONE, m->fee_weights);
        m->fee_total += WEIGHT_ONE;
    }
    while (end > first && out[end - 1].time > last + k->work.reach)
        end--;
    if (end == first || seen_first < begin)
        return IMJIN_OK;
    TRY(mixer_group_make(&k->events, first, (uint32_t)(end - first), &c.group, err));
    c.group.elsewhere = elsewhere;
    m->candidate_count = candidates->count;
    TRY(count_lags(k, &c, pairs, err));
    return buffer_push(candidates, &c, NULL, err);
}

static enum imjin_status add_account(struct linking *k, uint64_t first, uint64_t end, struct buffer *candidates,
                                     struct buffer *pairs, struct error *err) {
    const struct mixer_note_out *out = k->events.out;
    int64_t seen_first = out[first].time;
    bool elsewhere = false;
    for (uint64_t i = first; i < end; i++) {
        seen_first = out[i].time < seen_first ? out[i].time : seen_first;
        elsewhere |= !k->named[out[i].pool];
    }
    for (uint64_t i = first; i < end;) {
        uint64_t after = pool_end(&k->events, i, end);
        if (out[i].pool == k->pool)
            TRY(add_group(k, i, after, seen_first, elsewhere, candidates, pairs, err));
        i = after;
    }
    return IMJIN_OK;
}

/* Cuts a batch into weeks; those without deposits are left out. */
static enum imjin_status add_weeks(struct linking *k, uint32_t batch, struct error *err) {
    const struct mixer_batch *b = &k->batches->items[batch];
    const struct mixer_note_in *in = k->events.in[k->pool];
    uint64_t in_count = k->events.in_count[k->pool], before = mixer_notes_until(in, in_count, b->first - 1);
    uint64_t deposits = mixer_notes_until(in, in_count, b->last) - before;
    struct mixer_week w = {.batch = batch, .owner = (uint32_t)k->work.weeks.count, .capacity = b->notes, .left = b->notes};
    w.share_of_window = b->notes < deposits ? b->notes * WEIGHT_ONE / deposits : WEIGHT_ONE;
    for (w.first = b->first; w.first <= b->last; w.first = w.last + 1) {
        w.last = b->last - w.first < week ? b->last : w.first + week - 1;
        uint64_t until = mixer_notes_until(in, in_count, w.last);
        w.notes = deposits ? b->notes * (until - before) / deposits : 0;
        bool empty = until == before && w.first != b->first;
        before = until;
        if (!empty)
            TRY(buffer_push(&k->work.weeks, &w, NULL, err));
        w.capacity = w.left = 0;
    }
    return IMJIN_OK;
}

static enum imjin_status set_batches(struct linking *k, struct error *err) {
    struct mixer_model *m = &k->work.model;
    k->work.weeks.count = 0;
    m->begin = INT64_MAX;
    m->end = INT64_MIN;
    for (uint32_t i = 0; i < k->batches->count; i++) {
        const struct mixer_batch *b = &k->batches->items[i];
        if (b->pool != k->pool)
            continue;
        TRY(add_weeks(k, i, err));
        m->notes += b->notes;
        m->begin = b->first < m->begin ? b->first : m->begin;
        m->end = b->last > m->end ? b->last : m->end;
    }
    m->weeks = k->work.weeks.items;
    m->batch_count = (uint32_t)k->work.weeks.count;
    m->reach = k->work.reach;
    m->seconds = (uint64_t)(m->end + k->work.reach - m->begin);
    return IMJIN_OK;
}

static enum imjin_status find_candidates(struct linking *k, struct error *err) {
    struct mixer_model *m = &k->work.model;
    struct buffer candidates = {
        .item_bytes = sizeof(struct mixer_candidate), .items_max = MIXER_WITHDRAWALS_MAX, .what = "candidates"};
    struct buffer pairs = {
        .item_bytes = sizeof(struct mixer_pair), .items_max = MIXER_PAIRS_MAX, .what = "pairs of batch and account"};
    enum imjin_status status = IMJIN_OK;
    for (uint64_t i = 0; i < k->events.out_count && status == IMJIN_OK;) {
        uint64_t end = account_end(&k->events, i);
        status = add_account(k, i, end, &candidates, &pairs, err);
        i = end;
    }
    m->candidates = candidates.items;
    m->candidate_count = candidates.count;
    m->pairs = pairs.items;
    m->pair_count = pairs.count;
    return status;
}

/* ---- which notes are left for whom ---- */

struct order_key {
    uint64_t chance;
    int64_t time;
    uint32_t account, candidate;
};

static int compare_keys(const void *a, const void *b) {
    const struct order_key *x = a, *y = b;
    if (x->chance != y->chance)
        return x->chance > y->chance ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->account > y->account) - (x->account < y->account);
}

/* The likeliest batch of a candidate that has notes left at `time`; ID_NONE when none has. */
static uint32_t batch_for(const struct linking *k, const struct mixer_candidate *c, int64_t time, bool with_notes_left) {
    const struct mixer_pair *pairs = k->work.model.pairs + c->first_pair;
    uint32_t best = ID_NONE;
    uint64_t part = 0;
    for (uint32_t i = 0; i < c->pair_count; i++) {
        const struct mixer_week *w = &k->work.model.weeks[pairs[i].batch];
        if (w->first > time || (with_notes_left && k->work.model.weeks[w->owner].left == 0))
            continue;
        if (best == ID_NONE || pairs[i].part > part) {
            best = pairs[i].batch;
            part = pairs[i].part;
        }
    }
    return best;
}

static uint64_t *left_of(struct linking *k, uint32_t week_of_batch) {
    return &k->work.model.weeks[k->work.model.weeks[week_of_batch].owner].left;
}

/* Gives the candidate's notes to batches, each while it has some left. A candidate that gets less than half is no lead: then
 * others have better claims to the notes. */
static void give_notes(struct linking *k, const struct mixer_candidate *c) {
    uint64_t end = c->group.first + c->group.count, given = 0;
    for (uint64_t i = c->group.first; i < end; i++) {
        uint32_t batch = batch_for(k, c, k->events.out[i].time, true);
        k->given[i] = batch;
        if (batch == ID_NONE)
            continue;
        *left_of(k, batch) -= 1;
        given++;
    }
    bool enough = 2 * given >= c->group.count;
    for (uint64_t i = c->group.first; i < end && !enough; i++) {
        if (k->given[i] != ID_NONE)
            *left_of(k, k->given[i]) += 1;
        k->given[i] = ID_NONE;
    }
    k->work.linked += enough ? given : 0;
}

static enum imjin_status give_all(struct linking *k, struct error *err) {
    const struct mixer_model *m = &k->work.model;
    struct order_key *keys = memory_new(m->candidate_count + 1, sizeof *keys);
    uint64_t count = 0;
    if (keys == NULL)
        return fail_memory(err, "the order of candidates");
    for (uint64_t i = 0; i < m->candidate_count; i++) {
        const struct mixer_candidate *c = &m->candidates[i];
        for (uint64_t n = c->group.first; n < c->group.first + c->group.count; n++)
            k->given[n] = ID_NONE;
        if (2 * c->chance > WEIGHT_ONE)
            keys[count++] = (struct order_key){c->chance, c->group.time, k->events.out[c->group.first].account, (uint32_t)i};
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    k->work.linked = 0;
    for (uint64_t i = 0; i < count; i++)
        give_notes(k, &m->candidates[keys[i].candidate]);
    memory_free(keys);
    return IMJIN_OK;
}

/* ---- what comes of it ---- */

/* The model takes its witnesses for independent, which they are not quite: in thefts planted among real withdrawals, odds above
 * one come true at about the power of two thirds. */
static void set_evidence(struct mixer_lead *lead, const struct mixer_candidate *c) {
    int64_t log_odds = 0;
    for (unsigned e = 0; e < MIXER_EVIDENCES; e++)
        log_odds += c->evidence[e];
    int64_t part = log_odds > 0 ? 2 : 3;
    for (unsigned e = 0; e < MIXER_EVIDENCES; e++)
        lead->evidence[e] = (int32_t)(c->evidence[e] * part / 3 * 1000 / (1 << LOG_BITS));
    lead->confidence = (uint32_t)(mixer_chance(log_odds * part / 3) * 1000000 >> 20);
}

static enum imjin_status add_leads(struct linking *k, const uint32_t *rivals, struct error *err) {
    const struct mixer_model *m = &k->work.model;
    for (uint64_t i = 0; i < m->candidate_count; i++) {
        const struct mixer_candidate *c = &m->candidates[i];
        uint32_t batch = c->chance >= LISTED ? batch_for(k, c, c->group.time, false) : ID_NONE;
        if (batch == ID_NONE)
            continue;
        struct mixer_lead lead = {.recipient = {k->events.out[c->group.first].account}, .pool = k->pool};
        lead.first = c->group.first;
        lead.count = c->group.count;
        for (uint32_t n = 0; n < c->group.count; n++)
            lead.lead_count += k->given[c->group.first + n] != ID_NONE;
        for (uint32_t n = 0; lead.lead_count && n < c->group.count; n++)
            if (k->given[c->group.first + n] != ID_NONE) {
                batch = k->given[c->group.first + n];
                break;
            }
        lead.batch = m->weeks[batch].batch;
        lead.rivals = rivals[m->weeks[batch].owner] - 1;
        set_evidence(&lead, c);
        TRY(buffer_push(&k->leads, &lead, NULL, err));
    }
    return IMJIN_OK;
}

struct expected { /* of a batch from one candidate */
    uint32_t batch, notes;
    uint64_t weight;
};

static int compare_expected(const void *a, const void *b) {
    const struct expected *x = a, *y = b;
    if (x->batch != y->batch)
        return x->batch < y->batch ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return (x->notes > y->notes) - (x->notes < y->notes);
}

/* Counts the likeliest candidates of one batch until they hold 95 % of the notes that are expected of it. */
static void thin_crowd(struct mixer_crowd *crowd, const struct expected *items, uint64_t count) {
    u128 sum = 0, held = 0;
    for (uint64_t i = 0; i < count; i++)
        sum += items[i].weight;
    for (uint64_t i = 0; i < count && 100 * held < 95 * sum; i++) {
        held += items[i].weight;
        crowd->recipients_left++;
        crowd->withdrawals_left += items[i].notes;
    }
}

static void count_crowd(const struct linking *k, const struct mixer_batch *batch, struct mixer_crowd *crowd) {
    const struct mixer_note_in *in = k->events.in[k->pool];
    uint64_t in_count = k->events.in_count[k->pool];
    uint32_t account = ID_NONE;
    crowd->until = batch->last + k->work.reach;
    crowd->deposits = mixer_notes_until(in, in_count, batch->last) - mixer_notes_until(in, in_count, batch->first - 1);
    for (uint64_t i = 0; i < k->events.out_count; i++) {
        const struct mixer_note_out *out = &k->events.out[i];
        if (out->pool != k->pool || out->time < batch->first || out->time > crowd->until)
            continue;
        crowd->withdrawals++;
        crowd->recipients += out->account != account;
        account = out->account;
    }
}

/* What each candidate is expected to hold of each batch, its weeks taken together; returns how many rows there are. */
static uint64_t expect(const struct mixer_model *m, struct expected *ret, uint32_t *ret_rivals) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < m->pair_count; i++) {
        const struct mixer_candidate *c = &m->candidates[m->pairs[i].group];
        uint32_t owner = m->weeks[m->pairs[i].batch].owner;
        uint64_t weight = (c->chance * m->pairs[i].part >> 20) * c->group.count;
        bool again = i && m->pairs[i - 1].group == m->pairs[i].group && m->weeks[m->pairs[i - 1].batch].owner == owner;
        if (again) {
            ret[count - 1].weight += weight;
            continue;
        }
        ret[count++] = (struct expected){owner, c->group.count, weight};
        ret_rivals[owner]++;
    }
    return count;
}

static void set_crowds(struct linking *k, struct expected *items, uint64_t count, const uint32_t *rivals) {
    const struct mixer_model *m = &k->work.model;
    uint64_t at = 0;
    qsort(items, count, sizeof *items, compare_expected);
    for (uint32_t b = 0; b < m->batch_count; b++) {
        const struct mixer_week *w = &m->weeks[b];
        if (w->owner != b)
            continue;
        struct mixer_crowd *crowd = &k->result->crowds[w->batch];
        thin_crowd(crowd, items + at, rivals[b]);
        count_crowd(k, &k->batches->items[w->batch], crowd);
        crowd->linked = w->capacity - w->left;
        at += rivals[b];
    }
}

/* From the model's batches to the request's. */
static void name_batches(struct linking *k, const struct mixer_group *g) {
    for (uint64_t i = g->first; i < g->first + g->count; i++)
        if (k->given[i] != ID_NONE)
            k->given[i] = k->work.model.weeks[k->given[i]].batch;
}

static enum imjin_status keep_pool(struct linking *k, struct error *err) {
    const struct mixer_model *m = &k->work.model;
    uint32_t *rivals = memory_new(m->batch_count + (size_t)1, sizeof *rivals);
    struct expected *items = memory_new(m->pair_count + 1, sizeof *items);
    enum imjin_status status = rivals && items ? IMJIN_OK : fail_memory(err, "the batches' crowds");
    if (status == IMJIN_OK) {
        set_crowds(k, items, expect(m, items, rivals), rivals);
        status = add_leads(k, rivals, err);
    }
    for (uint64_t i = 0; i < m->candidate_count; i++)
        name_batches(k, &m->candidates[i].group);
    memory_free(rivals);
    memory_free(items);
    return status;
}

/* ---- the steps ---- */

static void clear_model(struct linking *k) {
    struct mixer_model *m = &k->work.model;
    memory_free(m->candidates);
    memory_free(m->pairs);
    struct mixer_model empty = {.events = &k->events, .note = m->note};
    *m = empty;
}

/* Learning finds the habit that is nearest to where it starts. So it starts from each size that the thief's accounts may have,
 * and the one that explains the withdrawals best stands. */
static enum imjin_status learn_best(struct linking *k, struct error *err) {
    struct mixer_model *m = &k->work.model;
    unsigned best = SIZE_KINDS;
    int64_t best_gain = INT64_MIN, gain;
    for (unsigned i = 0; i <= SIZE_KINDS; i++) {
        unsigned start = SIZE_KINDS - i;
        if (start < SIZE_KINDS && mixer_size_begins[start] > m->notes)
            continue;
        TRY(progress_step(k->progress, "learning", "starts", i, SIZE_KINDS + 1, err));
        TRY(mixer_learn(m, start, &gain, err));
        if (gain > best_gain) {
            best = start;
            best_gain = gain;
        }
    }
    return mixer_learn(m, best, &gain, err);
}

static enum imjin_status link_within(struct linking *k, int64_t reach, struct error *err) {
    clear_model(k);
    k->work.reach = reach;
    TRY(set_batches(k, err));
    TRY(find_candidates(k, err));
    TRY(learn_best(k, err));
    return give_all(k, err);
}

static enum imjin_status link_batches(struct linking *k, struct error *err) {
    struct mixer_model *m = &k->work.model;
    m->note = k->pools[k->pool].note;
    for (unsigned i = 0; i < REACHES; i++) {
        TRY(link_within(k, reaches[i], err));
        if (2 * k->work.linked >= m->notes)
            break;
    }
    return keep_pool(k, err);
}

static enum imjin_status link_pool(struct linking *k, uint32_t pool, struct error *err) {
    k->pool = pool;
    k->work = (struct pool_work){0};
    k->work.weeks =
        (struct buffer){.item_bytes = sizeof(struct mixer_week), .items_max = MIXER_WEEKS_MAX, .what = "weeks of batches"};
    enum imjin_status status = link_batches(k, err);
    clear_model(k);
    buffer_done(&k->work.weeks);
    return status;
}

static int compare_leads(const void *a, const void *b) {
    const struct mixer_lead *x = a, *y = b;
    if (x->batch != y->batch)
        return x->batch < y->batch ? -1 : 1;
    if ((x->lead_count == 0) != (y->lead_count == 0))
        return x->lead_count ? -1 : 1;
    if (x->confidence != y->confidence)
        return x->confidence > y->confidence ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* Copies the notes of the leads out of the events. */
static enum imjin_status finish(struct linking *k, struct error *err) {
    struct mixer_result *r = k->result;
    struct mixer_lead *leads = k->leads.items;
    uint64_t count = 0, at = 0;
    if (k->leads.count)
        qsort(leads, k->leads.count, sizeof *leads, compare_leads);
    for (size_t i = 0; i < k->leads.count; i++)
        count += leads[i].count;
    r->withdrawals = memory_new(count + 1, sizeof *r->withdrawals);
    if (r->withdrawals == NULL)
        return fail_memory(err, "the leads' withdrawals");
    for (size_t i = 0; i < k->leads.count; i++) {
        uint64_t from = leads[i].first;
        leads[i].first = at;
        for (uint32_t n = 0; n < leads[i].count; n++) {
            const struct mixer_note_out *out = &k->events.out[from + n];
            uint32_t given = k->given[from + n];
            r->withdrawals[at++] = (struct mixer_withdrawal){
                {out->tx}, out->time, out->block, given == ID_NONE ? leads[i].batch : given, given != ID_NONE, out->fee};
        }
    }
    r->leads = leads;
    r->lead_count = k->leads.count;
    r->withdrawal_count = count;
    k->leads.items = NULL;
    return IMJIN_OK;
}

static enum imjin_status check_request(const struct linking *k, uint32_t pool_count, struct error *err) {
    if (k->batches->count == 0 || k->batches->count > MIXER_BATCHES_MAX || pool_count > MIXER_POOLS_MAX)
        return fail(err, IMJIN_BAD_INPUT, "from 1 to %d batches and up to %d pools can be linked at once", MIXER_BATCHES_MAX,
                    MIXER_POOLS_MAX);
    for (uint64_t i = 0; i < k->batches->count; i++) {
        const struct mixer_batch *b = &k->batches->items[i];
        INVARIANT(b->pool < pool_count && b->first <= b->last);
        k->named[b->pool] = true;
    }
    for (uint32_t p = 0; p < pool_count; p++)
        if (k->named[p] && k->events.in_count[p] == 0)
            return fail(err, IMJIN_NOT_FOUND, "the ledger holds no deposit into the pool %s: import the pool's events first",
                        k->pools[p].name);
    return IMJIN_OK;
}

static enum imjin_status link_all(struct linking *k, uint32_t pool_count, struct error *err) {
    k->named = memory_new(pool_count + (size_t)1, sizeof *k->named);
    k->given = memory_new(k->events.out_count + 1, sizeof *k->given);
    k->result = memory_new(1, sizeof *k->result);
    if (k->named == NULL || k->given == NULL || k->result == NULL)
        return fail_memory(err, "the result");
    memset(k->given, 0xff, k->events.out_count * sizeof *k->given);
    k->result->crowds = memory_new(k->batches->count + 1, sizeof *k->result->crowds);
    if (k->result->crowds == NULL)
        return fail_memory(err, "the result");
    k->result->batch_count = k->batches->count;
    k->result->pool_withdrawals = k->events.out_count;
    for (uint32_t p = 0; p < pool_count; p++)
        k->result->pool_deposits += k->events.in_count[p];
    TRY(check_request(k, pool_count, err));
    for (uint32_t p = 0; p < pool_count; p++)
        if (k->named[p])
            TRY(link_pool(k, p, err));
    return finish(k, err);
}

enum imjin_status mixer_link(const struct ledger *l, const struct mixer_pool *pools, uint32_t pool_count,
                             const struct mixer_batches *batches, const struct progress *p, struct mixer_result **ret,
                             struct error *err) {
    struct linking k = {.pools = pools, .batches = batches, .progress = p};
    k.leads = (struct buffer){.item_bytes = sizeof(struct mixer_lead), .items_max = MIXER_WITHDRAWALS_MAX, .what = "leads"};
    TRY(mixer_events_read(&k.events, l, pools, pool_count, p, err));
    enum imjin_status status = link_all(&k, pool_count, err);
    mixer_events_done(&k.events);
    memory_free(k.named);
    memory_free(k.given);
    buffer_done(&k.leads);
    if (status == IMJIN_OK)
        *ret = k.result;
    else
        mixer_result_free(k.result);
    return status;
}

void mixer_result_free(struct mixer_result *r) {
    if (r == NULL)
        return;
    memory_free(r->leads);
    memory_free(r->withdrawals);
    memory_free(r->crowds);
    memory_free(r);
}

const char *mixer_evidence_name(enum mixer_evidence e) {
    static const char *const names[MIXER_EVIDENCES] = {"timing", "size", "fees", "pools"};
    return (unsigned)e < MIXER_EVIDENCES ? names[e] : "";
}
