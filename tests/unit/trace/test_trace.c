#include <stdatomic.h>

#include "trace_fixture.h"

#include "trace/inside.h"
#include "trace/stacks.h"

static struct trace_request ask(const struct trace_source *sources, uint32_t count) {
    struct trace_request r = trace_defaults();
    r.sources = sources;
    r.source_count = count;
    return r;
}

/* Both engines, the same answer; the caller frees. */
static struct trace_result *both(const struct world *w, const struct trace_request *request) {
    struct trace_request second = *request;
    struct world bare = *w; /* replay needs nothing that was compiled */
    struct trace_result *a = run(w, request), *b;
    second.engine = ENGINE_REPLAY;
    bare.in.compiled = NULL;
    b = run(&bare, &second);
    check_conserved(a);
    check_same(a, b);
    trace_result_free(b);
    return a;
}

/* A gets 10 clean, then 5 stolen, and pays 12 on: FIFO passes 2 stolen on, LIFO 5, haircut 12/15 of 5. */
static void test_policies(void **state) {
    (void)state;
    static const uint64_t passed[] = {[POLICY_FIFO] = 2, [POLICY_LIFO] = 5, [POLICY_HAIRCUT] = 4};
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, X, 10);
    pay(&w, 2, 0, T, 5);
    pay(&w, 3, X, A, 10);
    pay(&w, 4, T, A, 5);
    pay(&w, 5, A, B, 12);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source(&w, T);
    struct trace_request request = ask(&s, 1);
    for (int p = POLICY_FIFO; p <= POLICY_HAIRCUT; p++) {
        request.policy = (enum trace_policy)p;
        struct trace_result *r = both(&w, &request);
        assert_int_equal(r->thefts[0].stolen, 5);
        assert_int_equal(held(&w, r, B, 0), passed[p]);
        assert_int_equal(held(&w, r, A, 0), 5 - passed[p]);
        assert_int_equal(reached(&w, r, A)->claim_peak, 5);
        assert_int_equal(reached(&w, r, A)->hops, 1);
        assert_int_equal(reached(&w, r, B)->hops, 2);
        trace_result_free(r);
    }
    request.policy = POLICY_POISON;
    struct trace_result *r = both(&w, &request);
    assert_int_equal(r->edge_count, 2);
    assert_int_equal(r->edges[1].claim, 12);
    assert_int_equal(r->rest_count, 0);
    trace_result_free(r);
    world_end(&w);
}

/* Two thieves pay one account; first in is first out. */
static void test_two_thieves(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, T, 30);
    pay(&w, 2, 0, U, 50);
    pay(&w, 3, T, M, 30);
    pay(&w, 4, U, M, 50);
    pay(&w, 5, M, B, 40);
    pay(&w, 6, M, C, 40);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s[] = {source(&w, T), source(&w, U)};
    struct trace_request request = ask(s, 2);
    struct trace_result *r = both(&w, &request);
    assert_int_equal(r->theft_count, 2);
    assert_int_equal(held(&w, r, B, 0), 40);
    assert_int_equal(held(&w, r, C, 0), 40);
    assert_int_equal(r->edge_count, 5);
    assert_int_equal(r->edges[2].claim, 30); /* theft 0 to B */
    assert_int_equal(r->edges[3].claim, 10); /* theft 1 to B */
    assert_int_equal(r->edges[4].claim, 40); /* theft 1 to C */
    assert_int_equal(reached(&w, r, M)->claim_peak, 80);
    assert_int_equal(r->overlap_count, 0);
    trace_result_free(r);
    world_end(&w);
}

/* Payments cut a stretch, merging accounts bring it together again. */
static void test_cut_and_merge(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, T, 100);
    pay(&w, 2, T, B, 30);
    pay(&w, 3, T, C, 70);
    pay(&w, 4, B, D, 30);
    pay(&w, 5, C, D, 65);
    pay(&w, 6, D, E, 95);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source(&w, T);
    struct trace_request request = ask(&s, 1);
    for (int p = POLICY_FIFO; p <= POLICY_HAIRCUT; p++) {
        request.policy = (enum trace_policy)p;
        struct trace_result *r = both(&w, &request);
        assert_int_equal(held(&w, r, E, 0), 95);
        assert_int_equal(held(&w, r, C, 0), 5);
        assert_int_equal(reached(&w, r, D)->claim_peak, 95);
        assert_int_equal(reached(&w, r, E)->hops, 3);
        trace_result_free(r);
    }
    world_end(&w);
}

/* 100 coins become 3,000 tokens at a pool and 90 coins again: the claim stays 100, at T. The pool's coins are clean. */
static void test_swap_there_and_back(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    add(&w, 1, 0, P, 0, 1000);
    add(&w, 2, X, P, G, 50000); /* G: the token's contract */
    pay(&w, 3, 0, T, 100);
    add(&w, 4, T, P, 0, 100);
    add(&w, 4, P, T, G, 3000);
    add(&w, 5, T, P, G, 3000);
    add(&w, 5, P, T, 0, 90);
    add(&w, 6, T, B, 0, 45);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source_units(&w, T, 0, 100);
    struct trace_request request = ask(&s, 1);
    for (int p = POLICY_FIFO; p <= POLICY_HAIRCUT; p++) {
        request.policy = (enum trace_policy)p;
        struct trace_result *r = both(&w, &request);
        assert_int_equal(held(&w, r, B, 0), 50);
        assert_int_equal(held(&w, r, T, 0), 50);
        assert_null(reached(&w, r, P));
        assert_int_equal(r->edges[0].rule, RULE_SWAP);
        assert_int_equal(r->edges[0].hops, 0);
        assert_int_equal(reached(&w, r, B)->hops, 1);
        trace_result_free(r);
    }
    world_end(&w);
}

/* A router that passes on in the same transaction, and a payment written as two movements, change nothing. */
static void test_router_and_split(void **state) {
    (void)state;
    for (int shape = 0; shape < 3; shape++) {
        struct world w;
        world_begin(&w);
        pay(&w, 1, 0, T, 100);
        pay(&w, 2, 0, R, 7);
        if (shape == 0) {
            pay(&w, 3, T, B, 61);
        } else if (shape == 1) {
            pay(&w, 3, T, R, 61);
            pay(&w, 3, R, B, 61);
        } else {
            pay(&w, 3, T, B, 40);
            pay(&w, 3, T, B, 21);
        }
        pay(&w, 4, B, C, 11);
        world_open(&w, SETTLE_RULES_ALL);
        struct trace_source s = source(&w, T);
        struct trace_request request = ask(&s, 1);
        struct trace_result *r = both(&w, &request);
        assert_int_equal(held(&w, r, T, 0), 39);
        assert_int_equal(held(&w, r, B, 0), 50);
        assert_int_equal(held(&w, r, C, 0), 11);
        assert_null(reached(&w, r, R));
        trace_result_free(r);
        world_end(&w);
    }
}

/* A pays 30 but got only 10 stolen ones: 20 are of unknown origin. */
static void test_missing_history(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, T, 10);
    pay(&w, 2, T, A, 10);
    pay(&w, 3, A, B, 30);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source(&w, T), from_a = source_units(&w, A, 0, 25);
    struct trace_request request = ask(&s, 1);
    struct trace_result *r = both(&w, &request);
    assert_int_equal(held(&w, r, B, 0), 10);
    assert_true(reached(&w, r, A)->incomplete);
    assert_int_equal(reached(&w, r, A)->unknown_spent, 20);
    assert_false(reached(&w, r, B)->incomplete);
    trace_result_free(r);

    request.follow_unknown = true;
    r = both(&w, &request);
    assert_int_equal(r->theft_count, 2);
    assert_false(r->thefts[0].suspected);
    assert_true(r->thefts[1].suspected);
    assert_int_equal(r->thefts[1].stolen, 20);
    assert_int_equal(held(&w, r, B, 0), 30);
    assert_false(reached(&w, r, B)->suspected);
    trace_result_free(r);

    /* missing history of a source counts as received, and is not suspected a second time */
    request.sources = &from_a;
    r = both(&w, &request);
    assert_int_equal(r->theft_count, 2);
    assert_int_equal(r->thefts[0].stolen, 25);
    assert_int_equal(r->thefts[1].stolen, 5);
    assert_int_equal(held(&w, r, B, 0), 30);
    trace_result_free(r);
    world_end(&w);
}

static void test_stops(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, T, 100);
    pay(&w, 2, T, A, 10); /* exchange */
    pay(&w, 3, T, B, 10); /* mixer */
    pay(&w, 4, T, C, 10); /* bridge */
    pay(&w, 5, T, D, 10); /* DeFi */
    pay(&w, 6, T, E, 10); /* burn address */
    pay(&w, 7, T, F, 10); /* deposit address of A */
    pay(&w, 8, F, A, 10);
    pay(&w, 9, T, 0, 10); /* burnt */
    fee(&w, 10, T, 3);
    pay(&w, 10, T, G, 7);
    pay(&w, 11, A, H, 10);
    world_open(&w, SETTLE_RULES_ALL);
    label_close(w.label_store);
    tag(&w, A, "exchange", "binance");
    tag(&w, B, "mixing_service", "");
    tag(&w, C, "bridge", "");
    tag(&w, D, "defi", "");
    tag(&w, E, "burn", "");
    world_labels(&w);
    w.in.labels = w.label_store;
    struct trace_source s = source(&w, T);
    struct trace_request request = ask(&s, 1);
    struct trace_result *r = both(&w, &request);
    const struct trace_theft *t = &r->thefts[0];
    assert_int_equal(t->stopped_by[STOP_SERVICE], 10);
    assert_int_equal(t->stopped_by[STOP_MIXER], 10);
    assert_int_equal(t->stopped_by[STOP_BRIDGE], 10);
    assert_int_equal(t->stopped_by[STOP_DEFI], 10);
    assert_int_equal(t->stopped_by[STOP_BURN], 20);
    assert_int_equal(t->stopped_by[STOP_DEPOSIT], 10);
    assert_int_equal(t->fees, 3);
    assert_int_equal(t->held, 27);
    assert_int_equal(reached(&w, r, F)->service.n, account(&w, A).n);
    assert_int_equal(reached(&w, r, F)->stop, STOP_DEPOSIT);
    assert_null(reached(&w, r, H));
    trace_result_free(r);

    request.stop_at_deposits = false;
    r = both(&w, &request);
    assert_int_equal(r->thefts[0].stopped_by[STOP_DEPOSIT], 0);
    assert_int_equal(r->thefts[0].stopped_by[STOP_SERVICE], 20);
    trace_result_free(r);

    request.stop_at_labels = false;
    r = both(&w, &request);
    assert_int_equal(r->thefts[0].stopped, 10); /* what was burnt at VOID */
    assert_int_equal(held(&w, r, H, 0), 10);
    trace_result_free(r);
    world_end(&w);
}

static const uint64_t coin_hundredth = 10000000000000000u; /* 0.01 of 18 decimals */

/* Each account pays exchange A in one way that is or is not a deposit address's. Returns what stopped there as such. */
static uint64_t deposit_stopped(void (*fill)(struct world *)) {
    struct world w;
    world_begin(&w);
    w.chain = "ethereum";
    tag(&w, A, "exchange", "one");
    tag(&w, B, "exchange", "one");
    tag(&w, C, "exchange", "two");
    pay(&w, 1, 0, T, 900 * coin_hundredth);
    pay(&w, 2, T, F, 100 * coin_hundredth);
    fill(&w);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source(&w, T);
    struct trace_request request = ask(&s, 1);
    struct trace_result *r = both(&w, &request);
    uint64_t at_f = stopped(&w, r, F, STOP_DEPOSIT);
    trace_result_free(r);
    world_end(&w);
    return at_f;
}
static void forwards_in_time(struct world *w) { pay(w, 3202, F, A, 100 * coin_hundredth); }
static void forwards_late(struct world *w) { pay(w, 3203, F, A, 100 * coin_hundredth); }
static void keeps_a_hundredth(struct world *w) { pay(w, 3, F, A, 99 * coin_hundredth); }
static void keeps_more(struct world *w) { pay(w, 3, F, A, 99 * coin_hundredth - 1); }
static void pays_one_actor(struct world *w) {
    pay(w, 3, F, A, 50 * coin_hundredth);
    pay(w, 4, F, B, 50 * coin_hundredth);
}
static void pays_two_actors(struct world *w) {
    pay(w, 3, F, A, 50 * coin_hundredth);
    pay(w, 4, F, C, 50 * coin_hundredth);
}
static void pays_somebody(struct world *w) {
    pay(w, 3, F, A, 99 * coin_hundredth);
    pay(w, 4, F, D, coin_hundredth);
}
static void keeps_a_token(struct world *w) {
    add(w, 3, 0, F, G, 5);
    add(w, 4, F, A, G, 4);
    pay(w, 5, F, A, 100 * coin_hundredth);
}
static void ignores_spam(struct world *w) {
    add(w, 3, 0, F, G, 5);
    add(w, 4, D, F, G, 0);
    pay(w, 5, F, A, 100 * coin_hundredth);
}
static void pays(struct world *w, uint32_t times) {
    for (uint32_t i = 0; i < times; i++)
        pay(w, 3 + i, F, A, i + 1 < times ? 1 : 100 * coin_hundredth - times + 1);
}
static void pays_1000_times(struct world *w) { pays(w, TRACE_DEPOSIT_PAYMENTS_MAX); }
static void pays_1001_times(struct world *w) { pays(w, TRACE_DEPOSIT_PAYMENTS_MAX + 1); }
static void is_paid(struct world *w, uint32_t times) {
    for (uint32_t i = 0; i < times; i++)
        add(w, 2, D, F, G, 1);
    pay(w, 3, F, A, 100 * coin_hundredth);
}
static void is_paid_10000_times(struct world *w) { is_paid(w, TRACE_DEPOSIT_ARRIVALS_MAX - 1); }
static void is_paid_10001_times(struct world *w) { is_paid(w, TRACE_DEPOSIT_ARRIVALS_MAX); }
static void has_100001_movements(struct world *w) {
    for (uint32_t i = 0; i <= TRACE_DEPOSIT_READS_MAX; i++)
        add(w, 2, D, F, G, 0);
    pay(w, 3, F, A, 100 * coin_hundredth);
}

static void test_deposit_addresses(void **state) {
    (void)state;
    uint64_t all = 100 * coin_hundredth;
    assert_int_equal(deposit_stopped(forwards_in_time), all);
    assert_int_equal(deposit_stopped(forwards_late), 0);
    assert_int_equal(deposit_stopped(keeps_a_hundredth), all);
    assert_int_equal(deposit_stopped(keeps_more), 0);
    assert_int_equal(deposit_stopped(pays_one_actor), all);
    assert_int_equal(deposit_stopped(pays_two_actors), 0);
    assert_int_equal(deposit_stopped(pays_somebody), 0);
    assert_int_equal(deposit_stopped(keeps_a_token), 0);
    assert_int_equal(deposit_stopped(ignores_spam), all);
    assert_int_equal(deposit_stopped(pays_1000_times), all);
    assert_int_equal(deposit_stopped(pays_1001_times), 0);
    assert_int_equal(deposit_stopped(is_paid_10000_times), all);
    assert_int_equal(deposit_stopped(is_paid_10001_times), 0);
    assert_int_equal(deposit_stopped(has_100001_movements), 0);
}

/* An account with many counterparties on both sides stops; with one side only it does not. */
static void test_hub(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, T, 100);
    for (uint32_t i = 0; i < 5; i++) {
        pay(&w, 10 + i, 100 + i, A, 1);
        pay(&w, 30 + i, 100 + i, B, 1);
    }
    pay(&w, 40, T, A, 50);
    pay(&w, 41, T, B, 50);
    for (uint32_t i = 0; i < 5; i++)
        pay(&w, 50 + i, A, 200 + i, 11);
    pay(&w, 60, B, C, 55);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source(&w, T);
    struct trace_request request = ask(&s, 1);
    request.hub_counterparties = 4;
    struct trace_result *r = both(&w, &request);
    assert_int_equal(r->thefts[0].stopped_by[STOP_HUB], 50);
    assert_int_equal(held(&w, r, C, 0), 50);
    trace_result_free(r);
    request.hub_counterparties = 5; /* the limit itself is allowed: 5 paid A besides T, 5 were paid */
    r = both(&w, &request);
    assert_int_equal(r->thefts[0].stopped_by[STOP_HUB], 0);
    trace_result_free(r);
    request.hub_counterparties = 4;
    request.stop_at_hubs = false;
    r = both(&w, &request);
    assert_int_equal(r->thefts[0].stopped_by[STOP_HUB], 0);
    trace_result_free(r);
    world_end(&w);
}

/* One thief pays another: the second's stolen stretch holds claims of the first. */
static void test_overlap(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, T, 10);
    pay(&w, 2, T, U, 10);
    pay(&w, 3, U, B, 10);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s[] = {source(&w, T), source(&w, U)};
    struct trace_request request = ask(s, 2);
    struct trace_result *r = both(&w, &request);
    assert_int_equal(r->overlap_count, 1);
    assert_int_equal(r->overlap_rows, 1);
    assert_true(r->overlaps[0].theft == 0 && r->overlaps[0].inside == 1 && r->overlaps[0].count == 1);
    assert_int_equal(r->overlaps[0].units, 10);
    assert_int_equal(held(&w, r, B, 0), 20);
    trace_result_free(r);
    world_end(&w);
}

static void check_note(const struct trace_result *r, uint64_t i, uint32_t source, enum note_kind kind, uint64_t units) {
    assert_true(i < r->note_count);
    assert_int_equal(r->notes[i].source, source);
    assert_int_equal(r->notes[i].kind, kind);
    assert_int_equal(r->notes[i].units, units);
}

/* T gets 10, 20 and 30 and pays 45 on. What one entry took, the next one passes over; nothing is stolen twice. */
static void test_listed_again(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, X, T, 10);
    pay(&w, 2, X, T, 20);
    pay(&w, 3, X, T, 30);
    pay(&w, 4, T, B, 45);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source whole = source(&w, T), five = source_units(&w, T, 0, 5), forty = source_units(&w, T, 0, 40);
    struct trace_source second = {.account = {ID_NONE}, .has_tx = true, .tx = {1}}, again = second;
    again.account = account(&w, T);
    for (int p = 0; p < TRACE_POLICIES; p++) {
        struct trace_request request = ask(NULL, 2);
        request.policy = (enum trace_policy)p;

        request.sources = (struct trace_source[]){whole, whole}; /* the same twice */
        struct trace_result *r = both(&w, &request);
        assert_int_equal(r->theft_count, 1);
        assert_int_equal(r->thefts[0].stolen, 60);
        assert_int_equal(r->note_count, 1);
        check_note(r, 0, 1, NOTE_NOTHING_LEFT, 60);
        trace_result_free(r);

        request.sources = (struct trace_source[]){five, forty}; /* the second takes what comes behind: 5 of 10, 20, 15 of 30 */
        r = both(&w, &request);
        assert_int_equal(r->theft_count, 2);
        assert_int_equal(r->thefts[0].stolen, 5);
        assert_int_equal(r->thefts[1].stolen, 40);
        assert_int_equal(r->note_count, 1);
        check_note(r, 0, 1, NOTE_AGAIN, 5);
        if (p == POLICY_FIFO)
            assert_int_equal(held(&w, r, B, 0), 45);
        if (p == POLICY_LIFO) /* T keeps its oldest 15: 5 and 10 */
            assert_true(r->thefts[0].held == 5 && held(&w, r, T, 0) == 15 && held(&w, r, B, 0) == 30);
        if (p == POLICY_HAIRCUT) /* 45 of 60: 3 of 5, 30 of 40 */
            assert_int_equal(held(&w, r, B, 0), 33);
        trace_result_free(r);

        request.sources = (struct trace_source[]){forty, forty}; /* the second finds 20 of its 40 */
        r = both(&w, &request);
        assert_int_equal(r->thefts[0].stolen, 40);
        assert_int_equal(r->thefts[1].stolen, 20);
        assert_int_equal(r->note_count, 2);
        check_note(r, 0, 1, NOTE_AGAIN, 40);
        check_note(r, 1, 1, NOTE_LESS, 20);
        trace_result_free(r);

        request.sources = (struct trace_source[]){second, forty}; /* a transaction first: 10, then 30 of 30 behind it */
        r = both(&w, &request);
        assert_int_equal(r->theft_count, 2);
        assert_int_equal(r->thefts[0].stolen, 20);
        assert_int_equal(r->thefts[1].stolen, 40);
        check_note(r, 0, 1, NOTE_AGAIN, 20);
        trace_result_free(r);

        request.sources = (struct trace_source[]){forty, again}; /* and last: all of its 20 are gone */
        r = both(&w, &request);
        assert_int_equal(r->theft_count, 1);
        check_note(r, 0, 1, NOTE_NOTHING_LEFT, 20);
        trace_result_free(r);

        request.sources = (struct trace_source[]){source_units(&w, T, 0, 15), second}; /* its first 5 are gone */
        r = both(&w, &request);
        assert_int_equal(r->thefts[1].stolen, 15);
        check_note(r, 0, 1, NOTE_AGAIN, 5);
        trace_result_free(r);
    }
    world_end(&w);
}

/* Entries that meet inside missing history: T pays 15 and a fee of 15, and was seen to get 10 before. */
static void test_listed_again_unknown(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, X, T, 10);
    fee(&w, 2, T, 15);
    pay(&w, 2, T, B, 15);
    pay(&w, 3, X, T, 7);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_request request = ask(NULL, 3);
    request.follow_unknown = true;
    for (int p = 0; p < TRACE_POLICIES; p++) {
        request.policy = (enum trace_policy)p;
        request.sources =
            (struct trace_source[]){source_units(&w, T, 0, 12), source_units(&w, T, 0, 8), source_units(&w, T, 0, 12)};
        struct trace_result *r = both(&w, &request);
        assert_int_equal(r->thefts[0].stolen, 12);
        assert_int_equal(r->thefts[1].stolen, 8);
        assert_int_equal(r->thefts[2].stolen, 12);
        assert_int_equal(r->theft_count, 3); /* all that is missing is stolen, nothing is left to suspect */
        trace_result_free(r);
    }
    world_end(&w);
}

/* T's 5,000 units are 5,000 thefts, a unit each. They go to B and come back: each lands where another, or itself, was stolen.
 */
static void test_many_thefts_of_one_holding(void **state) {
    (void)state;
    enum { THEFTS = 5000 };
    struct world w;
    world_begin(&w);
    pay(&w, 1, X, T, 3000);
    pay(&w, 2, T, B, 2000);
    pay(&w, 3, B, T, 2000);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source *many = memory_new(THEFTS, sizeof *many);
    assert_non_null(many);
    for (uint32_t i = 0; i < THEFTS; i++)
        many[i] = source_units(&w, T, 0, 1);
    struct trace_request request = ask(many, THEFTS);
    struct trace_result *r = both(&w, &request);
    assert_int_equal(r->theft_count, THEFTS);
    assert_int_equal(held(&w, r, T, 0), THEFTS);
    assert_int_equal(r->overlap_count, 2000); /* units 0 to 1,999 arrive as units 3,000 to 4,999 */
    assert_true(r->overlaps[0].theft == 0 && r->overlaps[0].inside == 3000 && r->overlaps[0].units == 1);
    assert_true(r->overlaps[1999].theft == 1999 && r->overlaps[1999].inside == 4999);
    trace_result_free(r);
    memory_free(many);
    world_end(&w);
}

/* Of several sources some are not there: the others are followed, and the notes name those. */
static void test_sources_not_there(void **state) {
    (void)state;
    struct world w;
    struct trace_result *r;
    world_begin(&w);
    pay(&w, 1, X, T, 10);
    pay(&w, 2, T, B, 4);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source missing = {.missing = true, .said = span_of("0xdead")}, empty = source_units(&w, B, 0, 1);
    struct trace_source swapped = {.account = {ID_NONE}, .has_tx = true, .tx = {1}, .has_asset = true, .asset = {77}};
    struct trace_source list[] = {missing, source_units(&w, T, 0, 25), empty, swapped};
    list[2].has_time = true;
    list[2].time_from = 5000;
    struct trace_request request = ask(list, 4);
    for (int p = 0; p < TRACE_POLICIES; p++) {
        request.policy = (enum trace_policy)p;
        r = both(&w, &request);
        assert_int_equal(r->theft_count, 1);
        assert_int_equal(r->thefts[0].stolen, 10);
        assert_int_equal(r->note_count, 4);
        check_note(r, 0, 0, NOTE_MISSING, 0);
        check_note(r, 1, 1, NOTE_LESS, 15);
        check_note(r, 2, 2, NOTE_NOTHING, 0);
        check_note(r, 3, 3, NOTE_NOTHING, 0);
        assert_true(span_is(r->notes[0].said, "0xdead"));
        trace_result_free(r);
    }
    list[1] = list[2];
    assert_int_equal(trace_run(&w.in, &request, NULL, &r, &problem), IMJIN_NOT_FOUND);
    assert_string_equal(problem.text,
                        "nothing to follow: source 1, 0xdead: not found: the ledger of testchain has no movement of it");
    request.engine = ENGINE_REPLAY;
    assert_int_equal(trace_run(&w.in, &request, NULL, &r, &problem), IMJIN_NOT_FOUND);
    world_end(&w);
}

static void test_horizon_and_dust(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, T, 100);
    pay(&w, 2, T, A, 99);
    pay(&w, 3, T, C, 1);
    pay(&w, 4, A, B, 99);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source(&w, T);
    struct trace_request request = ask(&s, 1);
    request.hops_max = 1;
    struct trace_result *r = both(&w, &request);
    assert_int_equal(r->thefts[0].stopped_by[STOP_HORIZON], 99);
    assert_int_equal(stopped(&w, r, B, STOP_HORIZON), 99);
    assert_int_equal(reached(&w, r, B)->stop, STOP_HORIZON);
    trace_result_free(r);
    request.hops_max = 0;
    request.time_until = 1030; /* transaction 3 is the last */
    r = both(&w, &request);
    assert_int_equal(r->thefts[0].cut_off, 99);
    assert_int_equal(held(&w, r, C, 0), 1);
    trace_result_free(r);
    request.time_until = TIME_UNKNOWN;
    request.claim_min = 2;
    r = both(&w, &request);
    assert_int_equal(r->thefts[0].stopped_by[STOP_DUST], 1);
    assert_int_equal(held(&w, r, B, 0), 99);
    trace_result_free(r);
    request.claim_min = 1;
    request.pieces_max = 1;
    r = run(&w, &request);
    check_conserved(r);
    assert_true(r->thefts[0].stopped_by[STOP_LIMIT] > 0);
    trace_result_free(r);
    world_end(&w);
}

static void test_sources(void **state) {
    (void)state;
    struct world w;
    struct trace_result *r;
    world_begin(&w);
    pay(&w, 1, 0, T, 10);
    pay(&w, 2, X, T, 20);
    add(&w, 3, X, T, G, 500);
    pay(&w, 4, T, B, 30);
    pay(&w, 5, X, C, 9);
    pay(&w, 5, X, D, 4);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source(&w, T);
    struct trace_request request = ask(&s, 1);
    r = both(&w, &request);
    assert_int_equal(r->theft_count, 2); /* each asset */
    assert_int_equal(r->thefts[0].stolen, 30);
    assert_int_equal(r->thefts[1].stolen, 500);
    trace_result_free(r);
    s.has_units = true;
    s.units = 15; /* no asset: the native coin */
    r = both(&w, &request);
    assert_int_equal(r->theft_count, 1);
    assert_int_equal(r->thefts[0].stolen, 15);
    trace_result_free(r);
    s = source_units(&w, T, 0, 100);
    s.has_time = true;
    s.time_from = 1015;
    r = both(&w, &request);
    assert_int_equal(r->thefts[0].stolen, 20);
    assert_int_equal(r->thefts[0].first_tx.n, 1);
    trace_result_free(r);
    s = (struct trace_source){.account = {ID_NONE}, .has_tx = true, .tx = {4}};
    r = both(&w, &request);
    assert_int_equal(r->theft_count, 2);
    assert_int_equal(r->thefts[0].stolen + r->thefts[1].stolen, 13);
    trace_result_free(r);
    s = source_units(&w, B, G, 1);
    assert_int_equal(trace_run(&w.in, &request, NULL, &r, &problem), IMJIN_NOT_FOUND);
    assert_non_null(strstr(problem.text, "received nothing"));
    s = source(&w, T);
    s.has_time = true;
    s.time_from = 99999;
    assert_int_equal(trace_run(&w.in, &request, NULL, &r, &problem), IMJIN_NOT_FOUND);
    s.account = ACCOUNT_VOID;
    assert_int_equal(trace_run(&w.in, &request, NULL, &r, &problem), IMJIN_USAGE);
    request.source_count = 0;
    assert_int_equal(trace_run(&w.in, &request, NULL, &r, &problem), IMJIN_USAGE);
    world_end(&w);
}

/* A path longer than hops are counted keeps the largest number. */
static void test_hops_max(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, 1000, 10);
    for (uint32_t i = 0; i < TRACE_HOPS_MAX + 5u; i++)
        pay(&w, 2 + i, 1000 + i, 1001 + i, 10);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source(&w, 1000);
    struct trace_request request = ask(&s, 1);
    for (int p = 0; p < TRACE_POLICIES; p++) {
        request.policy = (enum trace_policy)p;
        struct trace_result *r = both(&w, &request);
        assert_int_equal(reached(&w, r, 1005)->hops, 5);
        assert_int_equal(reached(&w, r, 1000 + TRACE_HOPS_MAX + 5)->hops, TRACE_HOPS_MAX);
        trace_result_free(r);
    }
    world_end(&w);
}

static void test_limits(void **state) {
    (void)state;
    struct world w;
    struct trace_result *r;
    world_begin(&w);
    pay(&w, 1, 0, T, 10);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source *many = memory_new(TRACE_SOURCES_MAX + 1, sizeof *many);
    struct trace_request request = ask(many, TRACE_SOURCES_MAX + 1);
    assert_int_equal(trace_run(&w.in, &request, NULL, &r, &problem), IMJIN_USAGE);
    struct trace_source s = source(&w, T);
    request = ask(&s, 1);
    request.policy = TRACE_POLICIES;
    assert_int_equal(trace_run(&w.in, &request, NULL, &r, &problem), IMJIN_USAGE);
    request.policy = POLICY_POISON;
    assert_int_equal(trace_back(&w.in, &request, NULL, &r, &problem), IMJIN_USAGE);
    request.policy = POLICY_FIFO;
    w.in.compiled = NULL;
    assert_int_equal(trace_run(&w.in, &request, NULL, &r, &problem), IMJIN_USAGE);
    w.in.compiled = w.compiled;
    memory_free(many);
    world_end(&w);
}

/* ---- where money came from, exposure ---- */

/* Q's 60 units came from exchange A (20, stopped there), a mint (30) and 10 that P spent without having got them. */
static void test_back(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, B, 30);
    pay(&w, 2, 0, A, 100);
    pay(&w, 3, A, P, 20);
    pay(&w, 4, B, P, 30);
    pay(&w, 5, P, Q, 60);
    tag(&w, A, "exchange", "one");
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source(&w, Q);
    struct trace_request request = ask(&s, 1);
    for (int p = POLICY_FIFO; p <= POLICY_HAIRCUT; p++) {
        struct trace_result *r;
        request.policy = (enum trace_policy)p;
        GOOD(trace_back(&w.in, &request, NULL, &r, &problem));
        check_conserved(r);
        assert_int_equal(r->rest_count, 3);
        assert_int_equal(stopped(&w, r, A, STOP_SERVICE), 20);
        assert_int_equal(held(&w, r, P, 0), 10);
        assert_int_equal(held(&w, r, 0, 0), 30);
        assert_int_equal(r->edge_count, 4);
        assert_int_equal(reached(&w, r, P)->hops, 1);
        trace_result_free(r);
    }
    world_end(&w);
}

static const struct exposure_row *row(const struct world *w, const struct exposure_result *r, enum direction d, bool direct,
                                      const char *category) {
    const struct label_category *c = category ? label_category_find(span_of(category)) : NULL;
    for (uint64_t i = 0; i < r->row_count; i++)
        if (r->rows[i].account.n == account(w, P).n && r->rows[i].direction == d && r->rows[i].direct == direct &&
            r->rows[i].category == c)
            return &r->rows[i];
    return NULL;
}

static void test_exposure(void **state) {
    (void)state;
    struct world w;
    struct exposure_result *r;
    world_begin(&w);
    pay(&w, 1, 0, M, 100);
    pay(&w, 2, M, B, 30);
    pay(&w, 3, B, P, 30); /* of the mixer's */
    pay(&w, 4, 0, A, 100);
    pay(&w, 5, A, P, 60);
    pay(&w, 6, A, B, 1);
    pay(&w, 7, P, C, 45);
    pay(&w, 8, C, A, 15);
    pay(&w, 9, C, D, 1);
    tag(&w, A, "exchange", "one");
    tag(&w, M, "mixing_service", "");
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_request request = trace_defaults();
    struct account_id accounts[] = {account(&w, P), account(&w, P)};
    GOOD(exposure_run(&w.in, &request, accounts, 2, NULL, &r, &problem));
    assert_int_equal(row(&w, r, DIRECTION_IN, true, "exchange")->units, 60);
    assert_int_equal(row(&w, r, DIRECTION_IN, true, "exchange")->share_millionths, 666667);
    assert_int_equal(row(&w, r, DIRECTION_IN, true, NULL)->units, 30);
    assert_int_equal(row(&w, r, DIRECTION_IN, true, NULL)->share_millionths, 333333);
    assert_int_equal(row(&w, r, DIRECTION_IN, false, "exchange")->units, 60);
    assert_int_equal(row(&w, r, DIRECTION_IN, false, "mixing_service")->units, 30);
    assert_int_equal(row(&w, r, DIRECTION_IN, false, "mixing_service")->stop, STOP_MIXER);
    assert_int_equal(row(&w, r, DIRECTION_OUT, true, NULL)->units, 45);
    assert_int_equal(row(&w, r, DIRECTION_OUT, false, "exchange")->units, 15);
    assert_int_equal(row(&w, r, DIRECTION_OUT, false, NULL)->units, 30); /* at rest: C, D; not what P still holds */
    assert_int_equal(row(&w, r, DIRECTION_OUT, false, NULL)->counterparties, 2);
    for (uint64_t i = 0, sum = 0; i < r->row_count; i++) {
        sum += r->rows[i].share_millionths;
        if (i + 1 == r->row_count || r->rows[i + 1].direction != r->rows[i].direction ||
            r->rows[i + 1].direct != r->rows[i].direct) {
            assert_int_equal(sum, 1000000);
            sum = 0;
        }
    }
    exposure_result_free(r);
    accounts[0] = account(&w, M); /* labelled, and holds 70 of its 100 */
    GOOD(exposure_run(&w.in, &request, accounts, 1, NULL, &r, &problem));
    for (uint64_t i = 0; i < r->row_count; i++)
        assert_true(r->rows[i].direction == DIRECTION_IN || r->rows[i].category == NULL ||
                    strcmp(r->rows[i].category->name, "mixing_service") != 0);
    exposure_result_free(r);
    request.policy = POLICY_POISON;
    assert_int_equal(exposure_run(&w.in, &request, accounts, 1, NULL, &r, &problem), IMJIN_USAGE);
    world_end(&w);
}

/* ---- random ledgers ---- */

enum { ACCOUNTS = 14, POOL = 40, ROUTER = 41, TOKEN1 = 50, TOKEN2 = 51 };

static uint32_t some(uint64_t *seed, uint32_t count) { return (uint32_t)(next_random(seed) % count); }
static uint32_t asset_at(uint32_t i) { return i == 0 ? 0 : i == 1 ? TOKEN1 : TOKEN2; }

static void random_swap(struct world *w, uint32_t tx, uint64_t *seed) {
    uint32_t trader = 1 + some(seed, ACCOUNTS), give = some(seed, 3), get = (give + 1 + some(seed, 2)) % 3;
    uint32_t recipient = some(seed, 3) ? trader : 1 + some(seed, ACCOUNTS);
    add(w, tx, trader, some(seed, 2) ? POOL : POOL + 2, asset_at(give), 1 + some(seed, 300));
    if (some(seed, 4) == 0)
        add(w, tx, trader, POOL, asset_at((give + 2) % 3), 1 + some(seed, 50));
    add(w, tx, POOL, recipient, asset_at(get), 1 + some(seed, 900));
    if (some(seed, 4) == 0)
        add(w, tx, POOL, 1 + some(seed, ACCOUNTS), asset_at(3 - give - get), 1 + some(seed, 20));
    if (some(seed, 5) == 0)
        add(w, tx, POOL + 2, 1 + some(seed, ACCOUNTS), asset_at(get), 1 + some(seed, 20));
}

static void random_tx(struct world *w, uint32_t tx, uint64_t *seed) {
    uint32_t from = 1 + some(seed, ACCOUNTS), to = 1 + some(seed, ACCOUNTS), what_asset = asset_at(some(seed, 3));
    uint64_t units = 1 + some(seed, 400);
    if (some(seed, 3) == 0)
        fee(w, tx, from, 1 + some(seed, 9));
    switch (some(seed, 11)) {
    case 10: /* more than a handful of movements */
        for (uint32_t i = 0; i < 20; i++)
            add(w, tx, i % 5 ? from : ROUTER, 1 + some(seed, ACCOUNTS), what_asset, 1 + some(seed, 40));
        break;
    case 0:
    case 1:
        random_swap(w, tx, seed);
        break;
    case 2:
        add(w, tx, from, ROUTER, what_asset, units);
        add(w, tx, ROUTER, to, what_asset, units);
        break;
    case 3:
        add(w, tx, 0, to, what_asset, units);
        break;
    case 4:
        add(w, tx, from, 0, what_asset, units);
        break;
    case 5:
        add(w, tx, from, TOKEN1, 0, units);
        add(w, tx, 0, from, TOKEN1, units);
        break;
    case 6:
        add(w, tx, from, to, what_asset, units);
        add(w, tx, from, 1 + some(seed, ACCOUNTS), what_asset, units);
        break;
    default:
        add(w, tx, from, to, what_asset, units);
    }
}

static void random_world(struct world *w, uint64_t seed, uint32_t txs) {
    world_begin(w);
    for (uint32_t i = 0; i < 3; i++) {
        add(w, 1, 0, T, asset_at(i), 1000);
        add(w, 1, X, A + i, 0, 50);
    }
    for (uint32_t tx = 2; tx < txs; tx++)
        random_tx(w, tx, &seed);
    world_open(w, SETTLE_RULES_ALL);
}

/* A stop request ends the trace and leaves nothing behind. */
static void test_stop_request(void **state) {
    (void)state;
    atomic_bool stop = true;
    struct progress p = {.stop = &stop};
    struct world w;
    struct trace_result *r = NULL;
    random_world(&w, 77, 50);
    struct trace_source s = source(&w, T);
    struct trace_request request = ask(&s, 1);
    for (int e = ENGINE_FOLLOW; e <= ENGINE_REPLAY; e++) {
        request.engine = (enum trace_engine)e;
        assert_int_equal(trace_run(&w.in, &request, &p, &r, &problem), IMJIN_MACHINE);
    }
    assert_int_equal(trace_back(&w.in, &request, &p, &r, &problem), IMJIN_MACHINE);
    assert_null(r);
    world_end(&w);
}

static void test_engines_agree(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct world w;
        random_world(&w, seed * 7919, 30 + (uint32_t)seed * 4);
        struct trace_source s[] = {source(&w, T), source(&w, A), source_units(&w, B, 0, 700)};
        s[1].has_time = true;
        s[1].time_from = 1010;
        struct trace_request request = ask(s, seed % 3 == 0 ? 3 : 1);
        request.follow_unknown = seed % 2;
        request.hops_max = seed % 5 == 0 ? 3 : 0;
        request.claim_min = seed % 7 == 0 ? 4 : 1;
        request.hub_counterparties = seed % 4 == 0 ? 6 : 1000;
        for (int p = 0; p < TRACE_POLICIES; p++) {
            request.policy = (enum trace_policy)p;
            print_message("seed %u policy %s\n", (unsigned)seed, trace_policy_name(request.policy));
            trace_result_free(both(&w, &request));
        }
        world_end(&w);
    }
}

/* The tables of a job say when they are full, before they ask for memory. */
static void test_table_limits(void **state) {
    (void)state;
    struct plan p;
    struct collector c;
    struct trace_edge edge = {0};
    struct trace_rest rest = {0};
    plan_init(&p);
    for (int i = 0; i < 2; i++)
        GOOD(plan_add_theft(&p, (struct account_id){9}, (struct asset_id){0}, (struct holding_id){1}, false, &problem));
    size_t really = p.thefts.count;
    p.thefts.count = TRACE_THEFTS_MAX;
    assert_int_equal(plan_add_theft(&p, (struct account_id){9}, (struct asset_id){0}, (struct holding_id){1}, false, &problem),
                     IMJIN_BAD_INPUT);
    assert_non_null(strstr(problem.text, "thefts"));
    p.thefts.count = really;
    plan_done(&p);

    collector_init(&c);
    c.edges_compact_at = c.rests_compact_at = UINT64_MAX;
    c.edges.count = c.rests.count = TRACE_ITEMS_MAX;
    assert_int_equal(collector_edge(&c, &edge, &problem), IMJIN_BAD_INPUT);
    assert_non_null(strstr(problem.text, "edges of a trace"));
    assert_int_equal(collector_rest(&c, &rest, &problem), IMJIN_BAD_INPUT);
    assert_non_null(strstr(problem.text, "resting claims"));
    c.edges.count = c.rests.count = 0;
    collector_done(&c);
}

/* Joining edges as they come bounds memory by what is different: 200,000 claims over three movements stay three rows. */
static void test_collector_joins(void **state) {
    (void)state;
    struct collector c;
    collector_init(&c);
    for (uint32_t i = 0; i < 200000; i++) {
        struct trace_edge edge = {.tx = {i % 3}, .claim = 2, .units_in = 1, .units_out = 1, .hops = (uint16_t)(1 + i % 2)};
        struct trace_rest rest = {.account = {i % 3}, .claim = 2, .units = 1};
        GOOD(collector_edge(&c, &edge, &problem));
        GOOD(collector_rest(&c, &rest, &problem));
    }
    assert_true(c.edges.room < 200000 && c.rests.room < 200000);
    collector_compact(&c);
    assert_int_equal(c.edges.count, 3);
    assert_int_equal(c.rests.count, 3);
    u128 claim = 0;
    for (int i = 0; i < 3; i++) {
        claim += ((const struct trace_edge *)c.edges.items)[i].claim;
        assert_int_equal(((const struct trace_edge *)c.edges.items)[i].hops, 1);
    }
    assert_true(claim == 400000);
    collector_done(&c);
}

/* LIFO stacks are kept from theft to theft up to a size, and made anew beyond it: the same runs. */
static void test_stacks_kept(void **state) {
    (void)state;
    struct world w;
    struct stacks stacks;
    struct holding_id h;
    const struct lifo_run *runs;
    uint64_t count;
    world_begin(&w);
    pay(&w, 1, X, T, 10);
    pay(&w, 2, X, T, 20);
    pay(&w, 3, T, B, 25);
    world_open(&w, SETTLE_RULES_ALL);
    GOOD(compiled_holding_find(w.compiled, account(&w, T), asset(&w, 0), &h, &problem));
    stacks_init(&stacks, &w.in, false);
    size_t limit = TRACE_STACK_BYTES_KEPT / sizeof(struct lifo_run);
    for (int i = 0; i < 3; i++) {
        GOOD(stacks_of(&stacks, h, &runs, &count, &problem));
        assert_int_equal(count, 1); /* the 20 newest and 5 of the oldest lie next to each other: 25 from position 5 on */
        assert_true(runs[0].in_from == 5 && runs[0].in_to == 30 && runs[0].out_from == 0);
        size_t room = stacks.runs.room;
        stacks.runs.room = i == 0 ? limit : limit + 1;
        stacks_trim(&stacks);
        assert_int_equal(stacks.count, i == 0);
        if (i == 0)
            stacks.runs.room = room;
    }
    stacks_done(&stacks);
    world_end(&w);
}

/* The counterparties of the first million payments are counted: A's second payee is the millionth, D's second payer one later.
 */
static void test_hub_reads(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, T, 100);
    pay(&w, 2, C, A, 5);
    pay(&w, 3, T, A, 50);
    for (uint32_t i = 1; i < TRACE_HUB_READS_MAX; i++)
        add(&w, 4 + i / 1000, A, D, G, 1);
    add(&w, 2001, A, E, G, 1);
    add(&w, 2002, A, D, G, 1);
    add(&w, 2003, D, P, G, 1);
    add(&w, 2004, D, Q, G, 1);
    pay(&w, 2005, T, D, 50);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source(&w, T);
    struct trace_request request = ask(&s, 1);
    request.hub_counterparties = 1;
    struct trace_result *r = run(&w, &request);
    assert_int_equal(stopped(&w, r, A, STOP_HUB), 50);
    assert_int_equal(held(&w, r, D, 0), 50);
    trace_result_free(r);
    world_end(&w);
}

/* What is remembered from other traces, other rules and another ledger changes nothing. */
static void test_memory(void **state) {
    (void)state;
    struct trace_memory *memory;
    GOOD(trace_memory_new(&memory, &problem));
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct world w;
        random_world(&w, seed * 65537, 120);
        struct trace_source s[] = {source(&w, T), source(&w, A)};
        struct trace_request request = ask(s, 2);
        for (int round = 0; round < 12; round++) {
            request.policy = (enum trace_policy)(round % TRACE_POLICIES);
            request.hub_counterparties = round % 3 ? 5 : 1000;
            request.threads = 1 + (unsigned)round % 2;
            for (int e = ENGINE_FOLLOW; e <= ENGINE_REPLAY; e++) {
                request.engine = (enum trace_engine)e;
                w.in.memory = NULL;
                struct trace_result *without = run(&w, &request);
                w.in.memory = memory;
                struct trace_result *with = run(&w, &request);
                check_same(without, with);
                trace_result_free(without);
                trace_result_free(with);
            }
        }
        trace_memory_forget(memory);
        world_end(&w);
    }
    trace_memory_free(memory);
}

static void test_threads(void **state) {
    (void)state;
    struct world w;
    random_world(&w, 12345, 300);
    struct trace_source s[] = {source(&w, T), source(&w, A), source(&w, B), source(&w, C)};
    struct trace_request request = ask(s, 4);
    request.follow_unknown = true;
    for (int p = 0; p < TRACE_POLICIES; p++) {
        request.policy = (enum trace_policy)p;
        request.threads = 1;
        struct trace_result *one = run(&w, &request);
        request.threads = 2;
        struct trace_result *two = run(&w, &request);
        check_same(one, two);
        assert_int_equal(one->pieces, two->pieces);
        trace_result_free(one);
        trace_result_free(two);
    }
    world_end(&w);
}

/* Backwards over plain payments: T's units at X are X's units from T; haircut rounds at each step, once a movement at most. */
static void test_back_agrees(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        for (int policy = POLICY_FIFO; policy <= POLICY_HAIRCUT; policy++) {
            struct world w;
            uint64_t random = seed * 104729;
            world_begin(&w);
            pay(&w, 1, 0, T, 1000);
            for (uint32_t tx = 2; tx < 60; tx++) {
                uint32_t from = some(&random, 4) ? 1 + some(&random, 6) : T;
                pay(&w, tx, from, 1 + some(&random, 6), 1 + some(&random, 200));
            }
            pay(&w, 70, 1 + some(&random, 6), X, 300);
            world_open(&w, SETTLE_RULES_ALL);
            struct trace_source from = source_units(&w, T, 0, 1000), to = source(&w, X);
            struct trace_request request = ask(&from, 1);
            request.policy = (enum trace_policy)policy;
            struct trace_result *forward = run(&w, &request), *back;
            request.sources = &to;
            GOOD(trace_back(&w.in, &request, NULL, &back, &problem));
            check_conserved(back);
            u128 minted = 0;
            for (uint64_t i = 0; i < back->rest_count; i++)
                if (back->rests[i].account.n == ACCOUNT_VOID.n)
                    minted += back->rests[i].claim;
            uint64_t there = held(&w, forward, X, 0), off = policy == POLICY_HAIRCUT ? 60 : 0;
            assert_true(minted <= there + off && there <= minted + off);
            trace_result_free(forward);
            trace_result_free(back);
            world_end(&w);
        }
}

static void test_back_random(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world w;
        random_world(&w, seed * 31337, 150);
        struct trace_source s[] = {source(&w, B), source(&w, C)};
        struct trace_request request = ask(s, 2);
        for (int p = POLICY_FIFO; p <= POLICY_HAIRCUT; p++) {
            struct trace_result *r;
            request.policy = (enum trace_policy)p;
            GOOD(trace_back(&w.in, &request, NULL, &r, &problem));
            check_conserved(r);
            trace_result_free(r);
        }
        world_end(&w);
    }
}

static void test_allocation_failure(void **state) {
    (void)state;
    struct world w;
    random_world(&w, 4242, 60);
    struct trace_source s[] = {source(&w, T), source(&w, A)};
    struct trace_request request = ask(s, 2);
    request.follow_unknown = true;
    for (int p = 0; p < TRACE_POLICIES * 2; p++) {
        request.policy = (enum trace_policy)(p % TRACE_POLICIES);
        request.engine = p < TRACE_POLICIES ? ENGINE_FOLLOW : ENGINE_REPLAY;
        for (uint64_t nth = 1;; nth++) {
            struct trace_result *r = NULL;
            memory_fail_at(nth, false);
            enum imjin_status status = trace_run(&w.in, &request, NULL, &r, &problem);
            memory_fail_at(0, false);
            if (status == IMJIN_OK) {
                trace_result_free(r);
                break;
            }
            assert_int_equal(status, IMJIN_MACHINE);
            assert_null(r);
        }
    }
    world_end(&w);
}

/* A million transfers in a circle, and an account with a million counterparties. */
static void test_cycle(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, T, 1000);
    pay(&w, 2, T, A, 900);
    for (uint32_t i = 0; i < 1000000; i++)
        pay(&w, 3 + i, 1 + i % 3, 1 + (i + 1) % 3, 900);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source(&w, T);
    struct trace_request request = ask(&s, 1);
    struct trace_result *r = both(&w, &request);
    assert_int_equal(r->edge_count, 1000001);
    assert_int_equal(held(&w, r, B, 0), 900);
    assert_int_equal(reached(&w, r, B)->hops, 2);
    trace_result_free(r);
    world_end(&w);
}

static void test_many_counterparties(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    pay(&w, 1, 0, T, 1000000);
    pay(&w, 2, T, A, 1000000);
    for (uint32_t i = 0; i < 1000000; i++)
        pay(&w, 3 + i, A, 1000 + i, 1);
    world_open(&w, SETTLE_RULES_ALL);
    struct trace_source s = source(&w, T);
    struct trace_request request = ask(&s, 1);
    struct trace_result *r = both(&w, &request);
    assert_int_equal(r->account_count, 1000002);
    assert_int_equal(r->thefts[0].held, 1000000);
    trace_result_free(r);
    world_end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_two_thieves),
        cmocka_unit_test(test_cut_and_merge),
        cmocka_unit_test(test_swap_there_and_back),
        cmocka_unit_test(test_router_and_split),
        cmocka_unit_test(test_missing_history),
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_deposit_addresses),
        cmocka_unit_test(test_hub),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_listed_again),
        cmocka_unit_test(test_listed_again_unknown),
        cmocka_unit_test(test_many_thefts_of_one_holding),
        cmocka_unit_test(test_sources_not_there),
        cmocka_unit_test(test_horizon_and_dust),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_hops_max),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_stop_request),
        cmocka_unit_test(test_back),
        cmocka_unit_test(test_exposure),
        cmocka_unit_test(test_engines_agree),
        cmocka_unit_test(test_table_limits),
        cmocka_unit_test(test_collector_joins),
        cmocka_unit_test(test_stacks_kept),
        cmocka_unit_test(test_hub_reads),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_back_agrees),
        cmocka_unit_test(test_back_random),
        cmocka_unit_test(test_allocation_failure),
        cmocka_unit_test(test_cycle),
        cmocka_unit_test(test_many_counterparties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
