#include "ledger_fixture.h"

static void test_round_trip(void **state) {
    (void)state;
    char dir[PATH_BYTES_MAX];
    make_directory(dir);
    struct ledger_row rows[] = {payment(10, 1, 1, 2, 100), token(10, 2, 5, 2, 3, 77, 200), payment(11, 3, 3, 1, 300)};
    rows[0].tx_index = 0;
    rows[1].tx_index = 1;
    rows[2].time = 1000;
    struct ledger_commit c = import_rows(dir, rows, 3);
    assert_int_equal(c.rows_read, 3);
    assert_int_equal(c.movements_added, 3);
    assert_int_equal(c.txs_added, 3);
    assert_int_equal(c.accounts_added, 4);
    assert_int_equal(c.assets_added, 1);
    struct ledger *l = open_ledger(dir);
    const struct ledger_counts *n = ledger_counts(l);
    assert_int_equal(n->movements, 3);
    assert_int_equal(n->blocks, 2);
    struct movement m;
    GOOD(ledger_movement(l, 1, &m, &err_for_good));
    assert_int_equal(m.from, 3); /* VOID, FEES, then 1 and 2 by first appearance */
    assert_int_equal(m.to, 4);
    assert_int_equal(m.asset, 1);
    assert_true(movement_units(&m) == 200);
    struct account_id id;
    struct address a = evm(3);
    GOOD(ledger_account_find(l, &a, &id, &err_for_good));
    assert_int_equal(id.n, 4);
    a = evm(77);
    GOOD(ledger_account_find(l, &a, &id, &err_for_good));
    assert_int_equal(id.n, 5); /* the contract got its id with the asset */
    struct movement_list lists[LEDGER_SEGMENTS_MAX];
    unsigned lists_count;
    GOOD(ledger_account_movements(l, (struct account_id){2}, DIRECTION_IN, lists, &lists_count, &err_for_good));
    assert_int_equal(lists_count, 1);
    assert_int_equal(lists[0].count, 1);
    assert_int_equal(lists[0].numbers[0], 2);
    struct ledger_tx tx;
    GOOD(ledger_tx(l, (struct tx_id){2}, &tx, &err_for_good));
    assert_int_equal(tx.block, 11);
    assert_int_equal(tx.time, 1000);
    assert_true(tx.named);
    char text[TX_PRINT_MAX];
    GOOD(ledger_tx_print(l, (struct tx_id){2}, text, &err_for_good));
    assert_string_equal(text, "0x0300000000000000000000000000000000000000000000000000000000000001");
    struct tx_id found;
    GOOD(ledger_tx_find(l, span_of(text), &found, &err_for_good));
    assert_int_equal(found.n, 2);
    assert_int_equal(ledger_from_block(l, 11), 2);
    ledger_close(l);
    c = import_rows(dir, rows, 3);
    assert_int_equal(c.movements_added, 0);
    GOOD(directory_remove(dir, &err_for_good));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
