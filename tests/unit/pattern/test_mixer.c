#include "../trace/trace_fixture.h"

#include "pattern/mixer_inside.h"

enum { POOL = 900, OTHER_POOL = 901, STRANGERS = 2000, THIEF = 100 };
#define NOTE       ((u128)1000000000 * 1000000000 * 100)
#define ROUND_FEE  ((u128)400000000 * 1000000000)
#define RAGGED_FEE ((u128)51234567 * 1000000000)

static const int64_t hour = 360; /* blocks: the fixture's stand ten seconds apart */

static void note_in(struct world *w, uint32_t block) { add_wide(w, block, 5, POOL, 0, NOTE, MOVEMENT_INTERNAL); }
static void note_out(struct world *w, uint32_t block, uint32_t to, u128 fee, bool timed) {
    add_wide(w, block, POOL, to, 0, NOTE - fee, MOVEMENT_INTERNAL);
    if (!timed)
        ((struct ledger_row *)w->rows.items)[w->rows.count - 1].time = TIME_UNKNOWN;
}

/* 200 strangers, a note each, over forty days. */
static void strangers(struct world *w) {
    for (uint32_t i = 0; i < 200; i++) {
        uint32_t block = 1 + i * 5 * (uint32_t)hour;
        note_in(w, block);
        note_out(w, block + 1 + i * 37 % (60 * (uint32_t)hour) * 2, STRANGERS + i, RAGGED_FEE + i * 1000, false);
    }
}

/* `count` notes in from a block on, out in groups of five two hours later. */
static struct mixer_batch thief(struct world *w, const char *name, uint32_t block, uint32_t count, uint32_t first_account) {
    struct mixer_batch b = {.notes = count, .first = 1000 + block * 10, .last = 1000 + (block + count * 3) * 10};
    snprintf(b.name, sizeof b.name, "%s", name);
    for (uint32_t i = 0; i < count; i++)
        note_in(w, block + i * 3);
    for (uint32_t i = 0; i < count; i++)
        note_out(w, block + 2 * (uint32_t)hour + i * 20 + i / 5 * 100, first_account + i / 5, ROUND_FEE, false);
    return b;
}

static struct mixer_pool pool(const struct world *w) { return (struct mixer_pool){"100", account(w, POOL), NOTE}; }

static struct mixer_result *linked(const struct world *w, struct mixer_batch *batches, uint64_t count) {
    struct mixer_batches all = {batches, count};
    struct mixer_pool p = pool(w);
    struct mixer_result *r = NULL;
    GOOD(mixer_link(w->ledger, &p, 1, &all, NULL, &r, &problem));
    return r;
}

static uint32_t notes_stood_by(const struct mixer_result *r, uint32_t batch) {
    uint32_t count = 0;
    for (uint64_t i = 0; i < r->withdrawal_count; i++)
        count += r->withdrawals[i].lead && r->withdrawals[i].batch == batch;
    return count;
}

static const struct mixer_lead *lead_to(const struct world *w, const struct mixer_result *r, uint32_t number) {
    for (uint64_t i = 0; i < r->lead_count; i++)
        if (r->leads[i].recipient.n == account(w, number).n)
            return &r->leads[i];
    return NULL;
}

static void test_numbers(void **state) {
    (void)state;
    assert_int_equal(mixer_log2(1), 0);
    assert_int_equal(mixer_log2(2), 1 << LOG_BITS);
    assert_int_equal(mixer_log2((u128)1 << 100), 100 << LOG_BITS);
    assert_int_equal(mixer_log2(3), 103872); /* 1.5849625 * 65536 = 103872.1 */
    assert_int_equal(mixer_chance(0), WEIGHT_ONE / 2);
    assert_int_equal(mixer_chance(1 << LOG_BITS), WEIGHT_ONE * 2 / 3);
    assert_int_equal(mixer_chance(-(1 << LOG_BITS)), WEIGHT_ONE - WEIGHT_ONE * 2 / 3);
    assert_int_equal(mixer_chance((int64_t)1 << 40), WEIGHT_ONE);
    assert_int_equal(mixer_chance(-((int64_t)1 << 40)), 0);
    for (int64_t x = -400000, before = 0; x < 400000; x += 100) { /* never falls */
        int64_t now = (int64_t)mixer_chance(x);
        assert_true(now >= before);
        before = now;
    }
}

static void test_kinds(void **state) {
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 5, 8, 13, 23, 47, 1000000};
    for (unsigned k = 0; k < SIZE_KINDS; k++) {
        assert_int_equal(mixer_size_kind(sizes[k]), k);
        assert_int_equal(mixer_size_kind(mixer_size_begins[k]), k);
    }
    assert_int_equal(mixer_fee_kind(0, NOTE), 0);
    assert_int_equal(mixer_fee_kind(1, NOTE), 1);
    assert_int_equal(mixer_fee_kind(ROUND_FEE, NOTE), 1 + 2 * 8 + 1); /* 0.4 % in steps of 0.05 % */
    assert_int_equal(mixer_fee_kind(ROUND_FEE + 1, NOTE), 1 + 2 * 8);
    assert_int_equal(mixer_fee_kind(NOTE / 2, NOTE), FEE_KINDS - 1);
    assert_int_equal(mixer_lag_begin(0), 0);
    assert_int_equal(mixer_lag_begin(1), 120);
    assert_int_equal(mixer_lag_begin(LAG_KINDS), 60 << 16);
}

/* Exits of two batches are found, each for its own; their times are interpolated. */
static void test_batches_apart(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    strangers(&w);
    struct mixer_batch b[] = {thief(&w, "a", 100000, 20, THIEF), thief(&w, "b", 140000, 20, THIEF + 10)};
    world_open(&w, SETTLE_RULES_ALL);
    struct mixer_result *r = linked(&w, b, 2);
    assert_int_equal(r->pool_deposits, 240);
    assert_int_equal(r->pool_withdrawals, 240);
    for (uint32_t batch = 0; batch < 2; batch++) {
        assert_int_equal(notes_stood_by(r, batch), 20);
        assert_int_equal(r->crowds[batch].linked, 20);
        assert_int_equal(r->crowds[batch].recipients_left, 4);
        assert_true(r->crowds[batch].recipients > 4);
        for (uint32_t i = 0; i < 4; i++) {
            const struct mixer_lead *lead = lead_to(&w, r, THIEF + batch * 10 + i);
            assert_non_null(lead);
            assert_int_equal(lead->batch, batch);
            assert_int_equal(lead->lead_count, 5);
            assert_true(lead->confidence > 800000 && lead->confidence <= 1000000);
            int64_t first = b[batch].first + 2 * 3600 + i * 2000;
            assert_in_range(r->withdrawals[lead->first].time, first - 10, first + 10);
        }
    }
    mixer_result_free(r);
    world_end(&w);
}

/* Two thieves at once: no batch is given more notes than it had, and no note twice. */
static void test_two_at_once(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    strangers(&w);
    struct mixer_batch b[] = {thief(&w, "a", 100000, 20, THIEF), thief(&w, "b", 100010, 10, THIEF + 10)};
    world_open(&w, SETTLE_RULES_ALL);
    struct mixer_result *r = linked(&w, b, 2);
    assert_int_equal(notes_stood_by(r, 0) + notes_stood_by(r, 1), 30);
    assert_in_range(notes_stood_by(r, 0), 1, 20);
    assert_in_range(notes_stood_by(r, 1), 1, 10);
    mixer_result_free(r);
    /* one of them alone knows nothing of the other, and takes no more than its notes */
    r = linked(&w, &b[1], 1);
    assert_in_range(notes_stood_by(r, 0), 0, 10);
    mixer_result_free(r);
    world_end(&w);
}

/* A batch of forty days is cut into weeks, which share its notes; its crowd counts every account once. */
static void test_long_window(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    strangers(&w);
    thief(&w, "a", 100000, 20, THIEF);
    thief(&w, "b", 240000, 20, THIEF + 10);
    struct mixer_batch b = {.name = "all", .notes = 40, .first = 1000 + 90000 * 10, .last = 1000 + 250000 * 10};
    world_open(&w, SETTLE_RULES_ALL);
    struct mixer_result *r = linked(&w, &b, 1);
    assert_in_range(notes_stood_by(r, 0), 30, 40);
    assert_int_equal(r->crowds[0].linked, notes_stood_by(r, 0));
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(lead_to(&w, r, THIEF + i)->lead_count, 5);
        assert_int_equal(lead_to(&w, r, THIEF + 10 + i)->lead_count, 5);
    }
    assert_true(r->crowds[0].recipients_left <= r->crowds[0].recipients);
    mixer_result_free(r);
    world_end(&w);
}

/* An account that was there before the theft is nobody's exit; one that drew from before is not stood by. */
static void test_old_accounts(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    strangers(&w);
    note_out(&w, 50000, THIEF, ROUND_FEE, true);
    struct mixer_batch b = thief(&w, "a", 100000, 20, THIEF);
    world_open(&w, SETTLE_RULES_ALL);
    struct mixer_result *r = linked(&w, &b, 1);
    assert_null(lead_to(&w, r, THIEF));
    assert_non_null(lead_to(&w, r, THIEF + 1));
    mixer_result_free(r);
    world_end(&w);
}

static void test_nothing_there(void **state) {
    (void)state;
    struct world w;
    struct mixer_result *r = NULL;
    world_begin(&w);
    strangers(&w);
    world_open(&w, SETTLE_RULES_ALL);
    struct mixer_batch b = {.name = "early", .notes = 5, .first = -5000, .last = 0};
    r = linked(&w, &b, 1); /* before the pool was */
    assert_int_equal(r->lead_count, 0);
    assert_int_equal(r->crowds[0].deposits, 0);
    mixer_result_free(r);
    r = NULL;
    b = (struct mixer_batch){.name = "late", .notes = 5, .first = 9000000000, .last = 9000000000};
    r = linked(&w, &b, 1);
    assert_int_equal(r->lead_count, 0);
    mixer_result_free(r);
    r = NULL;
    struct mixer_batches all = {&b, 1}, none = {&b, 0};
    struct mixer_pool p[] = {{"100", {ID_NONE}, NOTE}, {"1", account(&w, STRANGERS), NOTE}};
    assert_int_equal(mixer_link(w.ledger, p, 1, &all, NULL, &r, &problem), IMJIN_NOT_FOUND); /* not in the ledger */
    b.pool = 1;
    assert_int_equal(mixer_link(w.ledger, p, 2, &all, NULL, &r, &problem), IMJIN_NOT_FOUND); /* took no note */
    assert_int_equal(mixer_link(w.ledger, p, 2, &none, NULL, &r, &problem), IMJIN_BAD_INPUT);
    none.count = MIXER_BATCHES_MAX + 1;
    assert_int_equal(mixer_link(w.ledger, p, 2, &none, NULL, &r, &problem), IMJIN_BAD_INPUT);
    assert_null(r);
    world_end(&w);
}

/* Without any time nothing can be said. */
static void test_no_times(void **state) {
    (void)state;
    struct world w;
    struct mixer_result *r = NULL;
    world_begin(&w);
    strangers(&w);
    for (size_t i = 0; i < w.rows.count; i++)
        ((struct ledger_row *)w.rows.items)[i].time = TIME_UNKNOWN;
    world_open(&w, SETTLE_RULES_ALL);
    struct mixer_batch b = {.name = "x", .notes = 1, .first = 0, .last = 1};
    struct mixer_batches all = {&b, 1};
    struct mixer_pool p = pool(&w);
    assert_int_equal(mixer_link(w.ledger, &p, 1, &all, NULL, &r, &problem), IMJIN_BAD_INPUT);
    world_end(&w);
}

static void test_memory(void **state) {
    (void)state;
    struct world w;
    world_begin(&w);
    strangers(&w);
    struct mixer_batch b = thief(&w, "a", 100000, 70, THIEF);
    world_open(&w, SETTLE_RULES_ALL);
    struct mixer_batches all = {&b, 1};
    struct mixer_pool p = pool(&w);
    for (uint64_t nth = 1;; nth++) {
        struct mixer_result *r = NULL;
        memory_fail_at(nth, false);
        enum imjin_status status = mixer_link(w.ledger, &p, 1, &all, NULL, &r, &problem);
        memory_fail_at(0, false);
        if (status == IMJIN_OK) {
            mixer_result_free(r);
            assert_true(nth > 20);
            break;
        }
        assert_int_equal(status, IMJIN_MACHINE);
        assert_null(r);
    }
    world_end(&w);
}

static const struct mixer_pool names[] = {{"0.1", {ID_NONE}, 1}, {"100", {ID_NONE}, 1}};

static enum imjin_status parse(const char *text, struct mixer_batches *ret) {
    return mixer_batches_parse(ret, "b.csv", span_of(text), names, 2, &problem);
}

static void test_reading(void **state) {
    (void)state;
    struct mixer_batches b;
    GOOD(parse("batch,first_utc,last_utc,n_deposits_100eth,n_deposits_0.1ETH,x\n"
               "late,2022-04-05T00:00:00Z,2022-04-06,3,0,\nearly,2022-04-04T03:08:00Z,2022-04-05,20,7,y\n",
               &b));
    assert_int_equal(b.count, 3);
    assert_string_equal(b.items[0].name, "early");
    assert_int_equal(b.items[0].pool + b.items[1].pool, 1);
    assert_int_equal(b.items[0].notes + b.items[1].notes, 27);
    assert_int_equal(b.items[0].first, 1649041680);
    assert_int_equal(b.items[0].line, 3);
    assert_string_equal(b.items[2].name, "late");
    assert_int_equal(b.items[2].notes, 3);
    mixer_batches_done(&b);
    static const char good[] = "batch,pool,n_deposits,first_utc,last_utc\nq,100,2,0,10\n";
    for (uint64_t nth = 1;; nth++) {
        memory_fail_at(nth, false);
        enum imjin_status status = parse(good, &b);
        memory_fail_at(0, false);
        if (status == IMJIN_OK)
            break;
        assert_int_equal(status, IMJIN_MACHINE);
    }
    mixer_batches_done(&b);
}

static void test_bad_batches(void **state) {
    (void)state;
    static const struct {
        const char *row, *column;
    } rows[] = {{"q,100,2,0", ""},
                {"q,7,2,0,10", "pool"},
                {"q,100,two,0,10", "n_deposits"},
                {"q,100,-1,0,10", "n_deposits"},
                {"q,100,1048577,0,10", "n_deposits"},
                {"q,100,2,x,10", "first_utc"},
                {"q,100,2,10,9", "last_utc"},
                {"q,100,2,0,1000000001", "last_utc"},
                {",100,2,0,10", "batch"},
                {"\x01,100,2,0,10", "batch"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mixer_batches b = {0};
        struct text text = {0};
        text_add_format(&text, "batch,pool,n_deposits,first_utc,last_utc\nok,100,2,0,10\n%s\n", rows[i].row);
        problem = (struct error){0};
        assert_int_equal(parse(text.bytes, &b), IMJIN_BAD_INPUT);
        assert_string_equal(problem.file, "b.csv");
        assert_int_equal(problem.line, 3);
        assert_string_equal(problem.column, rows[i].column);
        assert_null(b.items);
        text_done(&text);
    }
    static const char *const headings[] = {"",
                                           "batch,pool,n_deposits,first_utc\n",
                                           "batch,n_deposits,first_utc,last_utc\n",
                                           "batch,n_deposits_100eth,n_deposits_100eth,first_utc,last_utc\n",
                                           "batch,n_deposits,pool,n_deposits_100eth,first_utc,last_utc\n",
                                           "batch,n_deposits_5eth,first_utc,last_utc\n",
                                           "batch,batch,n_deposits,pool,first_utc,last_utc\n",
                                           "batch,n_deposits,pool,first_utc,last_utc\n"};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++) {
        struct mixer_batches b;
        assert_int_equal(parse(headings[i], &b), IMJIN_BAD_INPUT);
    }
}

static void test_limits(void **state) {
    (void)state;
    struct mixer_batches b;
    struct text text = {0};
    text_add_string(&text, "batch,pool,n_deposits,first_utc,last_utc\n");
    for (unsigned i = 0; i < MIXER_BATCHES_MAX; i++)
        text_add_string(&text, "q,100,2,0,10\n");
    GOOD(parse(text.bytes, &b));
    mixer_batches_done(&b);
    text_add_string(&text, "q,100,2,0,10\n");
    assert_int_equal(parse(text.bytes, &b), IMJIN_BAD_INPUT);
    text_clear(&text);
    text_add_string(&text, "batch,pool,n_deposits,first_utc,last_utc\n");
    for (unsigned i = 0; i < MIXER_NAME_MAX; i++)
        text_add_string(&text, "n");
    text_add_string(&text, ",100,2,0,10\n");
    assert_int_equal(parse(text.bytes, &b), IMJIN_BAD_INPUT);
    assert_string_equal(problem.column, "batch");
    text_done(&text);
}

/* So many overlapping batches that holding each against each account would take too much. */
static void test_too_many_pairs(void **state) {
    (void)state;
    struct world w;
    struct mixer_result *r = NULL;
    world_begin(&w);
    strangers(&w);
    thief(&w, "a", 1000, 1500, 10000);
    world_open(&w, SETTLE_RULES_ALL);
    struct mixer_batch *b = memory_new(MIXER_BATCHES_MAX, sizeof *b);
    assert_non_null(b);
    for (unsigned i = 0; i < MIXER_BATCHES_MAX; i++)
        b[i] = (struct mixer_batch){.name = "q", .notes = 1, .first = 0, .last = 604799};
    struct mixer_batches all = {b, MIXER_BATCHES_MAX};
    struct mixer_pool p = pool(&w), many[MIXER_POOLS_MAX + 1];
    assert_int_equal(mixer_link(w.ledger, &p, 1, &all, NULL, &r, &problem), IMJIN_BAD_INPUT);
    assert_non_null(strstr(problem.text, "pairs"));
    for (unsigned i = 0; i < MIXER_BATCHES_MAX; i++)
        b[i].last = 6 * 604800;
    assert_int_equal(mixer_link(w.ledger, &p, 1, &all, NULL, &r, &problem), IMJIN_BAD_INPUT);
    assert_non_null(strstr(problem.text, "weeks"));
    for (unsigned i = 0; i <= MIXER_POOLS_MAX; i++)
        many[i] = (struct mixer_pool){"x", {ID_NONE}, NOTE};
    all.count = 1;
    assert_int_equal(mixer_link(w.ledger, many, MIXER_POOLS_MAX + 1, &all, NULL, &r, &problem), IMJIN_BAD_INPUT);
    assert_null(r);
    memory_free(b);
    world_end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),        cmocka_unit_test(test_kinds),        cmocka_unit_test(test_batches_apart),
        cmocka_unit_test(test_two_at_once),    cmocka_unit_test(test_old_accounts), cmocka_unit_test(test_long_window),
        cmocka_unit_test(test_nothing_there),  cmocka_unit_test(test_no_times),     cmocka_unit_test(test_memory),
        cmocka_unit_test(test_reading),        cmocka_unit_test(test_bad_batches),  cmocka_unit_test(test_limits),
        cmocka_unit_test(test_too_many_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
