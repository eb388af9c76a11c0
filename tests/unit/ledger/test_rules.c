/* What the ledger does with rows: canonical order, attributes, amounts, ids, limits. */
#include "ledger_fixture.h"

#include <unistd.h>

#include "ledger/rows.h"

static char dir[PATH_BYTES_MAX];
static int begin(void **state) {
    (void)state;
    make_directory(dir);
    return 0;
}
static int end(void **state) {
    (void)state;
    GOOD(directory_remove(dir, &err_for_good));
    return 0;
}

/* The transactions' first bytes, in order. */
static void assert_txs(const struct ledger *l, const char *expected) {
    char got[64] = "";
    for (uint32_t i = 0; i < ledger_counts(l)->txs; i++) {
        struct ledger_tx tx;
        GOOD(ledger_tx(l, (struct tx_id){i}, &tx, &err_for_good));
        snprintf(got + strlen(got), sizeof got - strlen(got), "%d ", tx.hash[0]);
    }
    assert_string_equal(got, expected);
}

static void import_and_assert(const struct ledger_row *rows, uint64_t count, const char *expected) {
    import_rows(dir, rows, count);
    struct ledger *l = open_ledger(dir);
    assert_txs(l, expected);
    ledger_close(l);
    GOOD(ledger_verify(dir, 2, NULL, &err_for_good));
}

static void test_order_by_index(void **state) {
    (void)state;
    struct ledger_row rows[] = {payment(1, 1, 5, 6, 1), payment(1, 2, 6, 7, 1), payment(1, 3, 7, 8, 1)};
    rows[0].tx_index = 9, rows[1].tx_index = 0, rows[2].tx_index = 4;
    import_and_assert(rows, 3, "2 3 1 ");
}

static void test_order_by_position(void **state) {
    (void)state;
    struct ledger_row rows[] = {token(1, 1, 30, 5, 6, 70, 1), token(1, 2, 20, 6, 7, 70, 1), token(1, 3, 10, 7, 8, 70, 1),
                                token(1, 1, 5, 5, 6, 71, 1)};
    rows[0].tx_index = 1; /* one index alone does not count */
    import_and_assert(rows, 4, "1 3 2 ");
}

static void test_causal_order(void **state) {
    (void)state;
    /* 9 -> 8 (tx 3), 8 -> 7 (tx 1), 7 -> 6 (tx 2): hashes say 1 2 3, money says 3 1 2; tx 4 is of a later time */
    struct ledger_row rows[] = {payment(1, 1, 8, 7, 5), payment(1, 2, 7, 6, 5), payment(1, 3, 9, 8, 5), payment(1, 4, 6, 5, 5)};
    for (int i = 0; i < 4; i++)
        rows[i].time = i == 3 ? 200 : 100;
    import_and_assert(rows, 4, "3 1 2 4 ");
}

static void test_causal_order_of_another_asset(void **state) {
    (void)state;
    struct ledger_row rows[] = {payment(1, 1, 8, 7, 5), token(1, 2, (uint32_t)ID_NONE, 9, 8, 70, 5)};
    import_and_assert(rows, 2, "1 2 "); /* a token paid to 8 does not pay the coins it gives */
}

static void test_causal_cycle(void **state) {
    (void)state;
    /* 1: a pays b, 2: b pays c, 3: c pays a: a cycle. 4 spends what the cycle gives d. */
    struct ledger_row rows[] = {payment(1, 4, 4, 5, 1), payment(1, 1, 1, 2, 1), payment(1, 2, 2, 3, 1), payment(1, 3, 3, 1, 1),
                                payment(1, 3, 3, 4, 1)};
    import_and_assert(rows, 5, "1 2 3 4 ");
}

/* A transaction that pays and spends one holding waits for the other payers only, not for itself. */
static void test_causal_both_sides(void **state) {
    (void)state;
    struct ledger_row rows[] = {payment(1, 1, 2, 3, 1), payment(1, 1, 9, 2, 1), payment(1, 5, 8, 2, 1), payment(1, 2, 2, 4, 1)};
    rows[1].kind = MOVEMENT_INTERNAL;
    import_and_assert(rows, 4, "5 1 2 ");
}

/* Nothing and payments to oneself are no cause; a mint is. */
static void test_causal_only_what_moves(void **state) {
    (void)state;
    struct ledger_row rows[] = {payment(1, 1, 8, 7, 5), payment(1, 2, 9, 8, 0), payment(1, 3, 8, 8, 5)};
    import_and_assert(rows, 3, "1 2 3 ");
    struct ledger_row more[] = {payment(2, 11, 8, 7, 5), payment(2, 12, 0, 8, 5)};
    more[1].from = (struct address){.form = ADDRESS_VOID};
    more[1].kind = MOVEMENT_MINT;
    import_and_assert(more, 2, "1 2 3 12 11 ");
}

static void test_order_in_transaction(void **state) {
    (void)state;
    struct ledger_row rows[] = {token(1, 1, (uint32_t)ID_NONE, 1, 2, 72, 1),
                                token(1, 1, 7, 1, 2, 71, 2),
                                token(1, 1, 3, 1, 2, 71, 3),
                                payment(1, 1, 1, 2, 4),
                                payment(1, 1, 1, 2, 5),
                                token(1, 1, (uint32_t)ID_NONE, 1, 2, 70, 6)};
    const uint64_t expected[] = {5, 4, 3, 2, 6, 1};
    rows[4].kind = MOVEMENT_FEE;
    rows[4].to = (struct address){.form = ADDRESS_FEES};
    import_rows(dir, rows, 6);
    struct ledger *l = open_ledger(dir);
    assert_int_equal(ledger_counts(l)->txs, 1);
    for (uint64_t i = 0; i < 6; i++) {
        struct movement m;
        GOOD(ledger_movement(l, i, &m, &err_for_good));
        assert_true(movement_units(&m) == expected[i]);
    }
    ledger_close(l);
}

static void test_counts_of_equal_rows(void **state) {
    (void)state;
    struct ledger_row rows[] = {payment(1, 1, 1, 2, 5), payment(1, 1, 1, 2, 5), payment(1, 1, 1, 2, 5)};
    struct ledger_writer *w;
    struct ledger_commit c;
    struct chain chain = test_chain();
    GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
    add_source(w, 1, rows, 2, 1);
    add_source(w, 2, rows, 3, 1); /* this source saw three: so many there are */
    add_source(w, 3, rows, 1, 1);
    GOOD(ledger_writer_commit(w, &c, &err_for_good));
    assert_int_equal(c.rows_read, 6);
    assert_int_equal(c.movements_added, 3);
    assert_int_equal(c.movements_known, 3);
    c = import_rows(dir, rows, 2);
    assert_int_equal(c.movements_added, 0);
}

static void test_times(void **state) {
    (void)state;
    struct ledger_row rows[] = {payment(5, 1, 1, 2, 1), payment(5, 2, 1, 2, 1), payment(5, 2, 1, 3, 1), payment(6, 3, 1, 2, 1),
                                payment(7, 4, 1, 2, 1)};
    struct ledger_writer *w;
    struct ledger_commit c;
    struct chain chain = test_chain();
    struct sha256 h = print_of(1);
    uint64_t offset, line;
    rows[0].tx_index = 0, rows[1].tx_index = 1;
    rows[1].time = 1005, rows[2].time = 1003;
    GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
    add_source(w, 2, rows, 5, 2);
    GOOD(ledger_writer_source(w, "blocks", &h, &offset, &line, &err_for_good));
    GOOD(ledger_writer_note_block(w, &(struct ledger_block_note){6, 1010}, &err_for_good));
    GOOD(ledger_writer_note_block(w, &(struct ledger_block_note){5, 1001}, &err_for_good));
    GOOD(ledger_writer_source_end(w, &err_for_good));
    GOOD(ledger_writer_commit(w, &c, &err_for_good));
    struct ledger *l = open_ledger(dir);
    const int64_t expected[] = {1001, 1003, 1010, TIME_UNKNOWN};
    for (uint32_t i = 0; i < 4; i++) {
        struct ledger_tx tx;
        GOOD(ledger_tx(l, (struct tx_id){i}, &tx, &err_for_good));
        assert_int_equal(tx.time, expected[i]);
    }
    assert_int_equal(ledger_counts(l)->blocks, 3);
    assert_int_equal(ledger_from_time(l, 1002), 1);
    assert_int_equal(ledger_from_time(l, 1004), 3);
    assert_int_equal(ledger_from_time(l, 2000), 5);
    assert_int_equal(ledger_from_block(l, 6), 3);
    assert_int_equal(ledger_from_block(l, 8), 5);
    ledger_close(l);
    GOOD(ledger_verify(dir, 1, NULL, &err_for_good));
}

static void test_wide_amounts(void **state) {
    (void)state;
    struct ledger_row rows[] = {payment(1, 1, 1, 2, 0), payment(1, 2, 1, 2, 0), payment(1, 3, 1, 2, 0)};
    rows[0].tx_index = 0, rows[1].tx_index = 1, rows[2].tx_index = 2;
    rows[0].units = (struct u256){{UINT64_MAX, UINT64_MAX >> 8, 0, 0}};              /* 2^120 - 1: inline */
    rows[1].units = (struct u256){{0, (uint64_t)1 << 56, 0, 0}};                     /* 2^120: wide */
    rows[2].units = (struct u256){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}}; /* 2^256 - 1 */
    import_rows(dir, rows, 3);
    struct ledger *l = open_ledger(dir);
    assert_int_equal(ledger_counts(l)->wide, 2);
    for (uint64_t i = 0; i < 3; i++) {
        struct movement m;
        struct u256 units;
        GOOD(ledger_movement(l, i, &m, &err_for_good));
        assert_int_equal(movement_wide(&m), i > 0);
        GOOD(ledger_units(l, &m, &units, &err_for_good));
        assert_int_equal(u256_compare(units, rows[i].units), 0);
    }
    ledger_close(l);
}

static void test_ids_that_are_not_hashes(void **state) {
    (void)state;
    struct ledger_row rows[] = {payment(1, 0, 1, 2, 5), payment(1, 0, 1, 2, 5), payment(2, 0, 1, 2, 5)};
    struct tx_id id;
    char text[TX_PRINT_MAX];
    rows[0].tx_form = TX_NONE, rows[1].tx_form = TX_NONE;
    rows[2].tx_form = TX_TEXT, rows[2].tx_text = span_of("payment no. 7");
    rows[2].from = opaque("Mister-X");
    import_rows(dir, rows, 3);
    struct ledger *l = open_ledger(dir);
    assert_int_equal(ledger_counts(l)->txs, 3); /* equal rows without id are two transactions */
    GOOD(ledger_tx_print(l, (struct tx_id){2}, text, &err_for_good));
    assert_string_equal(text, "payment no. 7");
    GOOD(ledger_tx_find(l, span_of("payment no. 7"), &id, &err_for_good));
    assert_int_equal(id.n, 2);
    for (uint32_t i = 0; i < 2; i++) {
        struct ledger_tx tx;
        GOOD(ledger_tx(l, (struct tx_id){i}, &tx, &err_for_good));
        assert_false(tx.named);
        GOOD(ledger_tx_print(l, (struct tx_id){i}, text, &err_for_good));
        assert_int_equal(strncmp(text, "row:", 4), 0);
        GOOD(ledger_tx_find(l, span_of(text), &id, &err_for_good));
        assert_int_equal(id.n, i);
    }
    struct address a = opaque("Mister-X");
    struct account_id account;
    GOOD(ledger_account_find(l, &a, &account, &err_for_good));
    a = opaque("mister-x");
    assert_int_equal(ledger_account_find(l, &a, &account, NULL), IMJIN_NOT_FOUND);
    assert_int_equal(ledger_tx_find(l, span_of("payment no. 8"), &id, NULL), IMJIN_NOT_FOUND);
    ledger_close(l);
    assert_int_equal(import_rows(dir, rows, 3).movements_added, 0);
}

static void test_assets(void **state) {
    (void)state;
    struct ledger_row rows[] = {token(1, 1, 0, 1, 2, 70, 1), token(1, 2, 1, 1, 2, 70, 1), token(1, 3, 2, 1, 2, 70, 1)};
    struct ledger_asset_note notes[] = {{rows[0].asset, span_of("TOK"), 6}, {rows[0].asset, span_of("AAA"), 6}};
    struct ledger_writer *w;
    struct ledger_commit c;
    struct chain chain = test_chain();
    struct sha256 h = print_of(1);
    uint64_t offset, line;
    rows[1].asset = (struct asset_key){.form = ASSET_ITEM, .contract = evm(70), .item = {{42, 0, 0, 0}}};
    rows[2].asset = (struct asset_key){.form = ASSET_NAMED, .contract = opaque("USD")};
    for (int i = 0; i < 2; i++) { /* the note comes first, in a commit of its own */
        GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
        GOOD(ledger_writer_source(w, "tokens", &h, &offset, &line, &err_for_good));
        GOOD(ledger_writer_note_asset(w, &notes[i], &err_for_good));
        GOOD(ledger_writer_source_end(w, &err_for_good));
        GOOD(ledger_writer_commit(w, &c, &err_for_good));
    }
    import_rows(dir, rows, 3);
    struct ledger *l = open_ledger(dir);
    struct ledger_asset asset;
    struct asset_id id;
    char text[ASSET_PRINT_MAX];
    GOOD(ledger_asset_find(l, &rows[0].asset, &id, &err_for_good));
    assert_int_equal(id.n, 1);
    GOOD(ledger_asset(l, id, &asset, &err_for_good));
    assert_string_equal(asset.symbol, "AAA");
    assert_int_equal(asset.decimals, 6);
    assert_true(asset.conflicting);
    assert_int_equal(asset.issuer.n, 4);
    GOOD(ledger_asset_print(l, id, text, &err_for_good));
    assert_string_equal(text, "AAA 0xaa00000000000000000000000000000046000000");
    GOOD(ledger_asset_print(l, (struct asset_id){2}, text, &err_for_good));
    assert_string_equal(text, "0xaa00000000000000000000000000000046000000 #42");
    GOOD(ledger_asset_print(l, (struct asset_id){3}, text, &err_for_good));
    assert_string_equal(text, "USD");
    GOOD(ledger_asset_print(l, (struct asset_id){0}, text, &err_for_good));
    assert_string_equal(text, "native");
    ledger_close(l);
    GOOD(ledger_verify(dir, 1, NULL, &err_for_good));
}

static void test_transaction_in_two_blocks(void **state) {
    (void)state;
    struct ledger_row rows[] = {payment(1, 1, 1, 2, 5), payment(2, 1, 1, 2, 5)};
    struct ledger_writer *w;
    struct ledger_commit c;
    struct chain chain = test_chain();
    struct error err;
    for (int before = 0; before < 2; before++) {
        if (before)
            import_rows(dir, rows, 1);
        GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
        add_source(w, 1, rows + before, (uint64_t)2 - before, 5);
        assert_int_equal(ledger_writer_commit(w, &c, &err), IMJIN_BAD_INPUT);
        assert_non_null(strstr(err.text, "in block 1 and in block 2"));
    }
    struct ledger *l = open_ledger(dir);
    assert_int_equal(ledger_counts(l)->movements, 1);
    ledger_close(l);
}

/* Ids made so that they all fall into one bucket of the index. */
static void test_crowded_bucket(void **state) {
    (void)state;
    enum { CROWD = 300 };
    static struct ledger_row rows[CROWD + 1];
    struct ledger_writer *w;
    struct ledger_commit c;
    struct chain chain = test_chain();
    struct error err;
    uint32_t id = 0;
    for (uint32_t i = 0; i < CROWD; i++) {
        do
            rows[i] = payment(i, id++, 1, 2, 5);
        while (hash_tx(rows[i].tx_hash) % 64 != 0);
    }
    import_rows(dir, rows, CROWD);
    struct ledger *l = open_ledger(dir);
    struct tx_id found;
    for (uint32_t i = 0; i < CROWD; i++) {
        char text[TX_PRINT_MAX];
        GOOD(ledger_tx_print(l, (struct tx_id){i}, text, &err_for_good));
        GOOD(ledger_tx_find(l, span_of(text), &found, &err_for_good));
        assert_int_equal(found.n, i);
    }
    ledger_close(l);
    GOOD(directory_remove(dir, &err_for_good));
    rows[CROWD] = rows[7];
    rows[CROWD].block = 1000;
    GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
    add_source(w, 1, rows, CROWD + 1, 50);
    assert_int_equal(ledger_writer_commit(w, &c, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "in block 7 and in block 1000"));
}

static void test_refused_rows(void **state) {
    (void)state;
    struct ledger_row sound = payment(1, 1, 1, 2, 5), bad[6];
    static char long_text[LEDGER_TX_TEXT_MAX + 1];
    struct ledger_writer *w;
    struct chain chain = test_chain();
    struct sha256 h = print_of(1);
    struct error err;
    uint64_t offset, line;
    memset(long_text, 'x', sizeof long_text);
    for (int i = 0; i < 6; i++) {
        bad[i] = sound;
        bad[i].line = 17;
    }
    bad[0].tx_index = LEDGER_TX_INDEX_MAX + 1;
    bad[1].tx_form = TX_TEXT, bad[1].tx_text = (struct span){long_text, sizeof long_text};
    bad[2].tx_form = TX_TEXT, bad[2].tx_text = span_of("a\033b");
    bad[3].kind = MOVEMENT_KINDS;
    bad[4].from.form = 9;
    bad[5].asset.form = ASSET_NAMED;
    GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
    assert_int_equal(ledger_writer_add(w, &sound, 1, 1, 1, &err), IMJIN_USAGE);
    GOOD(ledger_writer_source(w, "file.csv", &h, &offset, &line, &err_for_good));
    for (int i = 0; i < 6; i++) {
        assert_int_equal(ledger_writer_add(w, &bad[i], 1, 1, 1, &err), IMJIN_BAD_INPUT);
        assert_string_equal(err.file, "file.csv");
        assert_int_equal(err.line, 17);
    }
    sound.tx_index = LEDGER_TX_INDEX_MAX;
    GOOD(ledger_writer_add(w, &sound, 1, 1, 1, &err_for_good));
    ledger_writer_abandon(w, false);
    struct ledger *l;
    assert_int_equal(ledger_open(&l, dir, &err), IMJIN_NOT_FOUND);
}

static void test_limits(void **state) {
    (void)state;
    struct ledger_writer *w;
    struct chain chain = test_chain();
    struct sha256 h = print_of(1);
    struct error err;
    uint64_t offset, line;
    GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
    for (uint32_t i = 0; i < LEDGER_SOURCES_MAX; i++) {
        GOOD(ledger_writer_source(w, "source", &h, &offset, &line, &err_for_good));
        GOOD(ledger_writer_source_end(w, &err_for_good));
    }
    assert_int_equal(ledger_writer_source(w, "source", &h, &offset, &line, &err), IMJIN_BAD_INPUT);
    ledger_writer_abandon(w, false);

    struct interner t;
    struct block_work *work;
    struct block_result result;
    struct import_row row = {.block = 7};
    GOOD(interner_init(&t, 1 << 20, &err_for_good));
    GOOD(block_work_new(&work, &t, &err_for_good));
    assert_int_equal(block_assemble(work, &row, (uint64_t)LEDGER_BLOCK_ROWS_MAX + 1, &result, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "block 7 holds more than"));
    block_work_free(work);
    interner_done(&t);
}

static void test_manifest_too_large(void **state) {
    (void)state;
    char path[PATH_BYTES_MAX];
    struct ledger *l;
    struct error err;
    GOOD(path_join(path, &err_for_good, dir, "manifest"));
    GOOD(file_replace(path, "imjin-ledger 1\n", 15, &err_for_good));
    assert_int_equal(truncate(path, (off_t)LEDGER_MANIFEST_BYTES_MAX + 1), 0);
    assert_int_equal(ledger_open(&l, dir, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "larger than the limit"));
}

static void test_too_many_runs(void **state) {
    (void)state;
    struct ledger_writer *w;
    struct chain chain = test_chain();
    struct sha256 h = print_of(1);
    struct error err;
    uint64_t offset, line;
    enum imjin_status status = IMJIN_OK;
    GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){.run_rows = 1}, NULL, &err_for_good));
    GOOD(ledger_writer_source(w, "source", &h, &offset, &line, &err_for_good));
    for (uint32_t i = 0; i < LEDGER_RUNS_MAX + 10 && status == IMJIN_OK; i++) {
        struct ledger_row row = payment(10000 - i, i, 1, 2, 5);
        status = ledger_writer_add(w, &row, 1, i + 1, i + 1, &err);
    }
    assert_int_equal(status, IMJIN_MACHINE);
    assert_non_null(strstr(err.text, "more memory"));
    ledger_writer_abandon(w, false);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_order_by_index),
        TEST(test_order_by_position),
        TEST(test_causal_order),
        TEST(test_causal_order_of_another_asset),
        TEST(test_causal_cycle),
        TEST(test_causal_both_sides),
        TEST(test_causal_only_what_moves),
        TEST(test_order_in_transaction),
        TEST(test_counts_of_equal_rows),
        TEST(test_times),
        TEST(test_wide_amounts),
        TEST(test_ids_that_are_not_hashes),
        TEST(test_assets),
        TEST(test_transaction_in_two_blocks),
        TEST(test_crowded_bucket),
        TEST(test_refused_rows),
        TEST(test_limits),
        TEST(test_manifest_too_large),
        TEST(test_too_many_runs),
    };
    return cmocka_run_group_tests_name("ledger rules", tests, NULL, NULL);
}
