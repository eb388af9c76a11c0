/* Ledgers that grow, shrink, and are large in one place. */
#include "ledger_fixture.h"

#include "ledger/limits.h"

static char dir[PATH_BYTES_MAX], other[PATH_BYTES_MAX];
static int begin(void **state) {
    (void)state;
    make_directory(dir);
    make_directory(other);
    return 0;
}
static int end(void **state) {
    (void)state;
    GOOD(directory_remove(dir, &err_for_good));
    GOOD(directory_remove(other, &err_for_good));
    return 0;
}

static void assert_same_ledgers(void) {
    struct ledger *a = open_ledger(dir), *b = open_ledger(other);
    assert_memory_equal(ledger_identity(a), ledger_identity(b), sizeof(struct sha256));
    ledger_close(a);
    ledger_close(b);
    GOOD(ledger_verify(dir, 1, NULL, &err_for_good));
    GOOD(ledger_verify(other, 1, NULL, &err_for_good));
}

static unsigned segments(const struct ledger *l, uint64_t *ret_total) {
    struct movement_list lists[LEDGER_SEGMENTS_MAX];
    unsigned count;
    struct address a = evm(1);
    struct account_id id;
    GOOD(ledger_account_find(l, &a, &id, &err_for_good));
    GOOD(ledger_account_movements(l, id, DIRECTION_OUT, lists, &count, &err_for_good));
    *ret_total = 0;
    for (unsigned i = 0; i < count; i++) {
        for (uint64_t k = 0; k < lists[i].count; k++) {
            struct movement m;
            GOOD(ledger_movement(l, lists[i].numbers[k], &m, &err_for_good));
            assert_int_equal(m.from, id.n);
            assert_true(k == 0 || lists[i].numbers[k - 1] < lists[i].numbers[k]);
        }
        *ret_total += lists[i].count;
    }
    return count;
}

enum { COMMITS = 40, EACH = 30 };
static struct ledger_row grown[COMMITS * EACH];

static void fill_grown(void) {
    uint64_t seed = 99;
    for (uint32_t i = 0; i < COMMITS * EACH; i++) {
        uint64_t r = next_random(&seed);
        grown[i] = token(i / 7, i, i, (uint32_t)r % 20 + 1, (uint32_t)(r >> 8) % 20 + 1, 70, 5);
        grown[i].block = i / EACH * 100 + i % EACH / 4; /* no block is cut by a commit */
    }
}

static void test_append_is_one_go(void **state) {
    (void)state;
    uint64_t generation = 0, out = 0, total;
    fill_grown();
    for (uint32_t i = 0; i < COMMITS * EACH; i++)
        out += address_equal(&grown[i].from, &(struct address){.form = ADDRESS_EVM, .count = 20, .evm = {0xaa, [16] = 1}});
    import_rows(other, grown, COMMITS * EACH);
    for (int i = 0; i < COMMITS; i++) {
        import_rows(dir, grown + i * EACH, EACH);
        struct ledger *l = open_ledger(dir);
        assert_true(i == 0 || ledger_generation(l) == generation); /* only grown */
        generation = ledger_generation(l);
        assert_true(segments(l, &total) <= 6); /* a logarithm of the commits */
        ledger_close(l);
    }
    struct ledger *l = open_ledger(dir);
    segments(l, &total);
    assert_int_equal(total, out);
    ledger_close(l);
    assert_same_ledgers();
}

/* A file that begins with blocks the ledger holds, and goes on behind them, is an append all the same. */
static void test_overlap_is_an_append(void **state) {
    (void)state;
    fill_grown();
    import_rows(dir, grown, 600);
    struct ledger *l = open_ledger(dir);
    uint64_t generation = ledger_generation(l);
    ledger_close(l);
    assert_int_equal(import_rows(dir, grown + 300, 600).movements_added, 300);
    l = open_ledger(dir);
    assert_int_equal(ledger_generation(l), generation);
    ledger_close(l);
    import_rows(other, grown, 900);
    assert_same_ledgers();
}

static void test_expand(void **state) {
    (void)state;
    fill_grown();
    for (int i = 0; i < 3; i++)
        import_rows(dir, grown + i * 400, 400 - (i == 2) * 10);
    struct ledger *l = open_ledger(dir);
    const struct movement *all = ledger_movements(l);
    for (uint32_t account = 2; account < ledger_counts(l)->accounts; account++) {
        for (uint64_t from = 0; from < ledger_counts(l)->movements; from += 101) {
            struct movement_list lists[LEDGER_SEGMENTS_MAX];
            uint64_t expected = 0, got = 0;
            unsigned count;
            for (uint64_t i = from; i < ledger_counts(l)->movements; i++)
                expected += all[i].to == account;
            GOOD(ledger_account_movements(l, (struct account_id){account}, DIRECTION_IN, lists, &count, &err_for_good));
            for (unsigned s = 0; s < count; s++)
                for (uint64_t k = 0; k < lists[s].count; k++)
                    got += lists[s].numbers[k] >= from;
            assert_int_equal(got, expected);
        }
    }
    ledger_close(l);
}

static enum imjin_status count_visits(void *context, uint64_t frontier_index, uint64_t number, const struct movement *m) {
    uint64_t *counts = context;
    (void)m;
    counts[frontier_index]++;
    counts[100]++;
    return number == 13 ? IMJIN_USAGE : IMJIN_OK;
}

static void test_expand_from_and_cap(void **state) {
    (void)state;
    struct ledger_row rows[40];
    for (uint32_t i = 0; i < 40; i++) {
        rows[i] = payment(i, i, i % 2 + 1, 9, 5);
        rows[i].tx_index = 0;
    }
    import_rows(dir, rows, 40);
    struct ledger *l = open_ledger(dir);
    struct frontier_item frontier[] = {{{2}, 20}, {{4}, 20}, {{2}, 39}, {{3}, 0}, {{2}, 0}};
    uint64_t counts[101] = {0};
    GOOD(ledger_expand(l, DIRECTION_OUT, frontier, 4, 7, count_visits, counts, &err_for_good));
    assert_int_equal(counts[0], 7); /* movements 20, 22, ... 38 are ten, the cap is seven */
    assert_int_equal(counts[1], 7);
    assert_int_equal(counts[2], 0);
    assert_int_equal(counts[3], 0); /* account 3 only receives */
    assert_int_equal(ledger_expand(l, DIRECTION_IN, frontier + 3, 1, 100, count_visits, counts, NULL), IMJIN_USAGE);
    assert_int_equal(counts[0], 7 + 14); /* stopped by the visitor at movement 13 */
    ledger_close(l);
}

static void test_truncate(void **state) {
    (void)state;
    fill_grown();
    import_rows(dir, grown, COMMITS * EACH);
    uint64_t kept = 0;
    while (kept < COMMITS * EACH && grown[kept].block < 1603)
        kept++;
    import_rows(other, grown, kept);
    struct ledger *before = open_ledger(dir);
    GOOD(ledger_truncate(dir, 1603, NULL, &err_for_good));
    assert_int_equal(ledger_counts(before)->movements, COMMITS * EACH); /* readers keep what they opened */
    struct movement m;
    GOOD(ledger_movement(before, COMMITS * EACH - 1, &m, &err_for_good));
    ledger_close(before);
    assert_same_ledgers();
    GOOD(ledger_truncate(dir, 1603, NULL, &err_for_good)); /* nothing left to forget */
    import_rows(dir, grown + kept, COMMITS * EACH - kept);
    GOOD(directory_remove(other, &err_for_good));
    import_rows(other, grown, COMMITS * EACH);
    assert_same_ledgers();
    GOOD(ledger_truncate(dir, 0, NULL, &err_for_good));
    struct ledger *l = open_ledger(dir);
    assert_int_equal(ledger_counts(l)->movements, 0);
    assert_int_equal(ledger_counts(l)->accounts, 2);
    ledger_close(l);
    assert_int_equal(ledger_truncate("/nonexistent/ledger", 0, NULL, NULL), IMJIN_NOT_FOUND);
}

static void test_nothing_imported(void **state) {
    (void)state;
    struct ledger_commit c = import_rows(dir, NULL, 0);
    assert_int_equal(c.movements_added, 0);
    struct ledger *l = open_ledger(dir);
    assert_int_equal(ledger_counts(l)->movements, 0);
    assert_int_equal(ledger_from_block(l, 0), 0);
    ledger_close(l);
    GOOD(ledger_verify(dir, 1, NULL, &err_for_good));
    struct ledger_row row = payment(1, 1, 1, 2, 5);
    import_rows(dir, &row, 1);
    import_rows(other, &row, 1);
    assert_same_ledgers();
}

enum { MILLION = 1000000 };

/* i pays i + 1, the last pays the first: no transaction is free at first, so the smallest hash goes, then the money leads. */
static void test_million_cycle(void **state) {
    (void)state;
    struct ledger_row *rows = calloc(MILLION, sizeof *rows);
    assert_non_null(rows);
    for (uint32_t i = 0; i < MILLION; i++)
        rows[i] = payment(1, (uint32_t)(((uint64_t)i * 7919 + 1) % MILLION), i + 1, (i + 1) % MILLION + 1, 5);
    import_rows(dir, rows, MILLION);
    struct ledger *l = open_ledger(dir);
    const struct movement *m = ledger_movements(l);
    assert_int_equal(ledger_counts(l)->movements, MILLION);
    for (uint32_t i = 1; i < MILLION; i++)
        assert_true(m[i].from == m[i - 1].to);
    ledger_close(l);
    free(rows);
}

/* A block is ordered in memory: the budget says how large it may be. */
static void test_block_over_budget(void **state) {
    (void)state;
    struct ledger_row *rows = calloc(MILLION, sizeof *rows);
    struct ledger_writer *w;
    struct ledger_commit c;
    struct error err;
    struct chain chain = test_chain();
    struct ledger_writer_options options = {.memory_bytes = LEDGER_MEMORY_MIN - 1};
    assert_non_null(rows);
    for (uint32_t i = 0; i < MILLION; i++)
        rows[i] = payment(1, i, 1, 2, 5);
    assert_int_equal(ledger_writer_open(&w, dir, &chain, options, NULL, &err), IMJIN_USAGE);
    assert_non_null(strstr(err.text, "at least 64M"));
    options.memory_bytes = LEDGER_MEMORY_MIN;
    GOOD(ledger_writer_open(&w, dir, &chain, options, NULL, &err_for_good));
    add_source(w, 1, rows, MILLION, 1000);
    assert_int_equal(ledger_writer_commit(w, &c, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "rows in one block (give the import more memory)"));
    free(rows);
}

/* More addresses than fit one piece of the interner's memory, last block first: what is full lies in a file meanwhile. */
static void test_many_addresses_out_of_order(void **state) {
    (void)state;
    enum { MANY = 280000 };
    struct ledger_row *rows = calloc(MANY, sizeof *rows);
    struct ledger_writer *w;
    struct ledger_commit c;
    struct chain chain = test_chain();
    struct ledger_writer_options options = {.run_rows = MANY / 4};
    assert_non_null(rows);
    for (uint32_t i = 0; i < MANY; i++)
        rows[i] = payment(i / 8, i, i + 1, i / 2 + 1, 5);
    import_rows(other, rows, MANY);
    for (uint32_t i = 0; i < MANY; i++)
        rows[i] = payment((MANY - 1 - i) / 8, MANY - 1 - i, MANY - i, (MANY - 1 - i) / 2 + 1, 5);
    GOOD(ledger_writer_open(&w, dir, &chain, options, NULL, &err_for_good));
    add_source(w, 1, rows, MANY, 1000);
    GOOD(ledger_writer_commit(w, &c, &err_for_good));
    assert_int_equal(c.accounts_added, MANY);
    assert_same_ledgers();
    free(rows);
}

static void test_million_counterparties(void **state) {
    (void)state;
    struct ledger_row *rows = calloc(MILLION, sizeof *rows);
    assert_non_null(rows);
    for (uint32_t i = 0; i < MILLION; i++) {
        rows[i] = payment(i / 1000, i, i % 2 ? 1 : i + 5, i % 2 ? i + 5 : 1, 5);
        rows[i].tx_index = i % 1000;
    }
    import_rows(dir, rows, MILLION);
    struct ledger *l = open_ledger(dir);
    uint64_t total;
    assert_int_equal(segments(l, &total), 1);
    assert_int_equal(total, MILLION / 2);
    ledger_close(l);
    free(rows);
}

/* Few movements against many accounts: the lists have keys, those by giver from the file's first byte on. */
static void test_sparse_lists(void **state) {
    (void)state;
    struct ledger_row rows[] = {token(1, 1, 0, 1, 2, 70, 5), token(2, 2, 0, 2, 3, 70, 4), token(3, 3, 0, 2, 4, 70, 1)};
    import_rows(dir, rows, 2);
    import_rows(dir, rows + 2, 1);
    struct ledger *l = open_ledger(dir);
    const uint64_t given[] = {1, 2, 0, 0}, got[] = {0, 1, 1, 1};
    for (uint32_t n = 0; n < 4; n++) {
        struct address a = evm(n + 1);
        struct account_id id;
        GOOD(ledger_account_find(l, &a, &id, &err_for_good));
        for (unsigned d = 0; d < 2; d++) {
            struct movement_list lists[LEDGER_SEGMENTS_MAX];
            unsigned count;
            uint64_t total = 0;
            GOOD(ledger_account_movements(l, id, (enum direction)d, lists, &count, &err_for_good));
            for (unsigned i = 0; i < count; i++)
                total += lists[i].count;
            assert_int_equal(total, d == DIRECTION_OUT ? given[n] : got[n]);
        }
    }
    ledger_close(l);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_append_is_one_go),       TEST(test_overlap_is_an_append), TEST(test_expand),
        TEST(test_sparse_lists),           TEST(test_expand_from_and_cap),  TEST(test_truncate),
        TEST(test_nothing_imported),       TEST(test_million_cycle),        TEST(test_many_addresses_out_of_order),
        TEST(test_million_counterparties), TEST(test_block_over_budget),
    };
    return cmocka_run_group_tests_name("ledger growth", tests, NULL, NULL);
}
