#include "../trace/trace_fixture.h"

#include "pattern/history.h"

/* Accounts of the fixture are 0xaa, zeros, and the number in the last four bytes: those whose numbers end in the same 28 bits
 * begin and end alike. */
enum { REAL = 0x01234567, NEAR = 0x11234567, SECOND = 0x21234567, OTHER = 0x31234566, TOKEN_ = 900, FAKE_TOKEN = 901 };

static enum imjin_status ask(void *context, struct asset_id asset, bool *ret, struct error *err) {
    (void)err;
    *ret = asset.n == *(uint32_t *)context;
    return IMJIN_OK;
}

static struct look_alikes found_for(const struct world *w, uint32_t victim, uint32_t doubtful) {
    struct look_alikes r;
    struct account_id a = account(w, victim);
    struct pattern_doubt doubt = {&doubtful, ask};
    GOOD(look_alikes_find(&r, w->ledger, &doubt, &a, 1, &problem));
    return r;
}

static uint32_t token(const struct world *w, uint32_t contract) {
    struct asset_key key = what(contract);
    struct asset_id id;
    GOOD(ledger_asset_find(w->ledger, &key, &id, &problem));
    return id.n;
}

static void test_three_kinds(void **state) {
    struct world w;
    (void)state;
    world_begin(&w);
    add(&w, 1, B, A, TOKEN_, 1000000);
    add(&w, 2, A, REAL, TOKEN_, 500000);
    add(&w, 3, A, NEAR, TOKEN_, 0);           /* nothing */
    add(&w, 4, SECOND, A, TOKEN_, 1000);      /* dust: a thousandth of the largest */
    add(&w, 5, A, 0x41234567, FAKE_TOKEN, 5); /* a doubtful token */
    add(&w, 6, 0x51234567, A, TOKEN_, 1001);  /* money: another counterparty */
    add(&w, 7, A, OTHER, TOKEN_, 0);          /* looks like nobody */
    add(&w, 8, A, NEAR, TOKEN_, 7);           /* the trap worked */
    world_open(&w, SETTLE_RULES_ALL);
    struct look_alikes r = found_for(&w, A, token(&w, FAKE_TOKEN));
    assert_int_equal(r.count, 3);
    for (uint64_t i = 0; i < r.count; i++) {
        const struct look_alike *l = &r.items[i];
        assert_int_equal(l->imitated.n, account(&w, REAL).n);
        assert_true(l->prefix + l->suffix >= LOOK_ALIKE_DIGITS_MIN);
        assert_true(l->confidence > 999000);
        bool near = l->account.n == account(&w, NEAR).n, second = l->account.n == account(&w, SECOND).n;
        assert_int_equal(l->zero, near);
        assert_int_equal(l->dust, second);
        assert_int_equal(l->fake, !near && !second);
        assert_int_equal(l->paid, near);
    }
    assert_true(look_alikes_has(&r, account(&w, A), account(&w, NEAR)));
    assert_false(look_alikes_has(&r, account(&w, A), account(&w, REAL)));
    look_alikes_done(&r);
    world_end(&w);
}

/* Whom it imitates must have been there first, and with money. */
static void test_order(void **state) {
    struct world w;
    (void)state;
    world_begin(&w);
    add(&w, 1, A, NEAR, TOKEN_, 0);
    add(&w, 2, B, A, TOKEN_, 1000000);
    add(&w, 3, A, REAL, TOKEN_, 500000);
    add(&w, 4, B, SECOND, TOKEN_, 0);
    world_open(&w, SETTLE_RULES_ALL);
    struct look_alikes r = found_for(&w, A, ID_NONE);
    assert_int_equal(r.count, 0);
    assert_int_equal(r.looked_at, 1);
    look_alikes_done(&r);
    r = found_for(&w, B, ID_NONE);
    assert_int_equal(r.count, 0);
    look_alikes_done(&r);
    world_end(&w);
}

/* An account with more movements than the limit is passed over, and said to be. */
static void test_limits(void **state) {
    struct world w;
    (void)state;
    world_begin(&w);
    for (uint32_t i = 0; i <= PATTERN_STEPS_MAX; i++)
        add(&w, 1 + i / 1000, A, B + i % 5, TOKEN_, 1 + i);
    for (uint32_t i = 0; i <= LOOK_ALIKE_REAL_MAX; i++) /* a bucket with more real counterparties than are compared */
        add(&w, 10000 + i, C, i << 28 | 0x01234567, TOKEN_, 1000);
    world_open(&w, SETTLE_RULES_ALL);
    struct account_id all[2] = {account(&w, A), account(&w, C)};
    struct look_alikes r;
    GOOD(look_alikes_find(&r, w.ledger, NULL, all, 2, &problem));
    assert_int_equal(r.passed_over, 1);
    assert_int_equal(r.looked_at, 1);
    assert_int_equal(r.count, 0);
    look_alikes_done(&r);
    world_end(&w);
}

static void test_memory(void **state) {
    struct world w;
    (void)state;
    world_begin(&w);
    add(&w, 1, B, A, TOKEN_, 1000000);
    add(&w, 2, A, REAL, TOKEN_, 500000);
    add(&w, 3, A, NEAR, TOKEN_, 0);
    world_open(&w, SETTLE_RULES_ALL);
    struct account_id a = account(&w, A);
    for (uint64_t nth = 1;; nth++) {
        struct look_alikes r;
        memory_fail_at(nth, true);
        enum imjin_status status = look_alikes_find(&r, w.ledger, NULL, &a, 1, &problem);
        memory_fail_at(0, false);
        if (status == IMJIN_OK) {
            assert_int_equal(r.count, 1);
            look_alikes_done(&r);
            break;
        }
        assert_int_equal(status, IMJIN_MACHINE);
    }
    world_end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_kinds),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
