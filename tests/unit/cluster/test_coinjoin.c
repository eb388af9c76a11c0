#include "../unit.h"

#include "cluster/cluster.h"

enum { COINS = 400 };
static struct coin in[COINS], out[COINS];
static struct coin_tx tx;

static void begin(void) { tx = (struct coin_tx){.inputs = in, .outputs = out}; }
static void add_in(uint64_t value, uint32_t script, enum script_kind kind) {
    in[tx.input_count++] = (struct coin){value, script, kind};
}
static void add_out(uint64_t value, uint32_t script, enum script_kind kind) {
    out[tx.output_count++] = (struct coin){value, script, kind};
}

static struct coinjoin type(void) {
    struct coinjoin found;
    struct coinjoin_scratch scratch = {0};
    struct error err;
    assert_int_equal(coinjoin_of(&found, &scratch, &tx, &err), IMJIN_OK);
    coinjoin_scratch_done(&scratch);
    return found;
}

/* `sides` notes of a pool in and out; some enter with their miner's fee on top. */
static void whirlpool(unsigned sides, uint64_t note, uint64_t extra) {
    begin();
    for (unsigned i = 0; i < sides; i++)
        add_in(note + (i < 2 ? extra : 0), i, SCRIPT_WITNESS_PUBKEY_HASH);
    for (unsigned i = 0; i < sides; i++)
        add_out(note, 100 + i, SCRIPT_WITNESS_PUBKEY_HASH);
}

static void whirlpool_mix(void **state) {
    (void)state;
    static const uint64_t notes[] = {100000, 1000000, 5000000, 50000000};
    for (unsigned i = 0; i < 4; i++)
        for (unsigned sides = 5; sides <= 10; sides++) {
            whirlpool(sides, notes[i], 6352);
            assert_int_equal(type().kind, COINJOIN_WHIRLPOOL);
            assert_int_equal(type().participants_min, sides);
        }
    whirlpool(4, 1000000, 6000);
    assert_int_not_equal(type().kind, COINJOIN_WHIRLPOOL);
    whirlpool(11, 1000000, 6000);
    assert_int_not_equal(type().kind, COINJOIN_WHIRLPOOL);
    whirlpool(5, 1000001, 6000);
    assert_int_not_equal(type().kind, COINJOIN_WHIRLPOOL);
    whirlpool(5, 1000000, 110001);
    assert_int_not_equal(type().kind, COINJOIN_WHIRLPOOL);
    whirlpool(5, 1000000, 6000);
    in[1].script = in[0].script;
    assert_int_not_equal(type().kind, COINJOIN_WHIRLPOOL);
}

static void whirlpool_tx0(void **state) {
    (void)state;
    begin();
    add_in(2000000, 0, SCRIPT_WITNESS_PUBKEY_HASH);
    add_out(0, 1, SCRIPT_DATA);
    add_out(5000, 2, SCRIPT_WITNESS_PUBKEY_HASH);
    add_out(67648, 3, SCRIPT_WITNESS_PUBKEY_HASH);
    for (unsigned i = 0; i < 6; i++)
        add_out(106352, 4 + i, SCRIPT_WITNESS_PUBKEY_HASH);
    assert_int_equal(type().kind, COINJOIN_WHIRLPOOL_TX0);
    assert_false(coinjoin_rule(type().kind)->many_owners); /* one hand: its inputs belong together */
    out[0].kind = SCRIPT_PUBKEY_HASH;
    assert_int_not_equal(type().kind, COINJOIN_WHIRLPOOL_TX0);
    begin(); /* one note: only with the exact fee */
    add_in(2000000, 0, SCRIPT_WITNESS_PUBKEY_HASH);
    add_out(0, 1, SCRIPT_DATA);
    add_out(50000, 2, SCRIPT_WITNESS_PUBKEY_HASH);
    add_out(479335, 3, SCRIPT_WITNESS_PUBKEY_HASH);
    add_out(1011287, 4, SCRIPT_WITNESS_PUBKEY_HASH);
    assert_int_equal(type().kind, COINJOIN_WHIRLPOOL_TX0);
    out[1].value = 49999;
    assert_int_equal(type().kind, COINJOIN_NONE);
}

static void wasabi_1(void **state) {
    (void)state;
    begin();
    for (unsigned i = 0; i < 50; i++)
        add_in(13000000 + i * 7919, i, SCRIPT_WITNESS_PUBKEY_HASH);
    for (unsigned i = 0; i < 40; i++)
        add_out(10001014, 100 + i, SCRIPT_WITNESS_PUBKEY_HASH);
    for (unsigned i = 0; i < 30; i++)
        add_out(2900000 + i * 104729, 200 + i, SCRIPT_WITNESS_PUBKEY_HASH);
    assert_int_equal(type().kind, COINJOIN_WASABI_1);
    assert_int_equal(type().participants_min, 40);
    for (unsigned i = 0; i < 40; i++)
        out[i].value = 30001014;                           /* not the denomination: the shape still shows several owners */
    assert_int_equal(type().kind, COINJOIN_EQUAL_OUTPUTS); /* 30 changes for 40 */
}

static void wasabi_2(void **state) {
    (void)state;
    static const uint64_t amounts[] = {134217728, 86093442, 43046721, 20000000, 10000000,
                                       5000000,   2097152,  1594323,  531441,   200000};
    begin();
    for (unsigned i = 0; i < 24; i++)
        add_in(amounts[i * 10 / 24] + 1000 - i, i, i % 2 ? SCRIPT_TAPROOT : SCRIPT_WITNESS_PUBKEY_HASH);
    for (unsigned i = 0; i < 30; i++)
        add_out(amounts[i / 3], 100 + i, i % 2 ? SCRIPT_TAPROOT : SCRIPT_WITNESS_PUBKEY_HASH);
    assert_int_equal(type().kind, COINJOIN_WASABI_2);
    struct coin swap = out[0];
    out[0] = out[29];
    out[29] = swap;
    assert_int_not_equal(type().kind, COINJOIN_WASABI_2); /* not in falling order */
    out[29] = out[0];
    out[0] = swap;
    for (unsigned i = 0; i < 24; i++)
        in[i].script = 0; /* one address gathers */
    assert_int_equal(type().kind, COINJOIN_NONE);
    assert_int_equal(type().veto, COINJOIN_VETO_FEW_SPENDERS);
}

static void equal(unsigned count, unsigned changes, unsigned inputs, uint64_t value, enum script_kind kind) {
    begin();
    for (unsigned i = 0; i < inputs; i++)
        add_in(value * 2, i, kind);
    for (unsigned i = 0; i < count; i++)
        add_out(value, 100 + i, kind);
    for (unsigned i = 0; i < changes; i++)
        add_out(value / 3 + i * 1009, 200 + i, kind);
}

static void joinmarket(void **state) {
    (void)state;
    equal(5, 5, 8, 83240446, SCRIPT_WITNESS_PUBKEY_HASH);
    assert_int_equal(type().kind, COINJOIN_JOINMARKET);
    equal(5, 4, 8, 83240446, SCRIPT_SCRIPT_HASH);
    assert_int_equal(type().kind, COINJOIN_JOINMARKET);
    out[6].kind = SCRIPT_PUBKEY_HASH; /* several programs */
    assert_int_equal(type().kind, COINJOIN_EQUAL_OUTPUTS);
    equal(3, 3, 3, 83240446, SCRIPT_PUBKEY_HASH);
    assert_int_equal(type().kind, COINJOIN_JOINMARKET);
}

static void stonewall(void **state) {
    (void)state;
    equal(2, 2, 3, 700000, SCRIPT_WITNESS_PUBKEY_HASH);
    assert_int_equal(type().kind, COINJOIN_STONEWALL);
    assert_int_equal(type().participants_min, 1);
    assert_true(coinjoin_rule(COINJOIN_STONEWALL)->many_owners); /* may be: so it joins nothing */
    equal(2, 1, 3, 700000, SCRIPT_WITNESS_PUBKEY_HASH);
    assert_int_equal(type().kind, COINJOIN_NONE);
}

static void vetoes(void **state) {
    (void)state;
    equal(5, 5, 4, 83240446, SCRIPT_PUBKEY_HASH);
    assert_int_equal(type().veto, COINJOIN_VETO_FEW_SPENDERS);
    equal(5, 5, 8, 546, SCRIPT_PUBKEY_HASH);
    assert_int_equal(type().veto, COINJOIN_VETO_DUST);
    equal(5, 5, 8, 83240446, SCRIPT_PUBKEY_HASH);
    out[9].kind = SCRIPT_DATA;
    assert_int_equal(type().veto, COINJOIN_VETO_DATA);
    equal(5, 5, 26, 83240446, SCRIPT_PUBKEY_HASH);
    assert_int_equal(type().veto, COINJOIN_VETO_GATHERING);
    equal(5, 5, 25, 83240446, SCRIPT_PUBKEY_HASH);
    assert_int_equal(type().kind, COINJOIN_JOINMARKET);
    equal(5, 5, 8, 83240446, SCRIPT_PUBKEY_HASH);
    out[1].script = out[0].script;
    assert_int_equal(type().veto, COINJOIN_VETO_SAME_PAYEE);
    equal(5, 11, 8, 83240446, SCRIPT_PUBKEY_HASH);
    assert_int_equal(type().veto, COINJOIN_VETO_BATCH);
    equal(5, 1, 8, 83240446, SCRIPT_PUBKEY_HASH);
    assert_int_equal(type().veto, COINJOIN_VETO_BATCH);
    equal(1, 3, 8, 83240446, SCRIPT_PUBKEY_HASH);
    assert_int_equal(type().kind, COINJOIN_NONE);
    assert_int_equal(type().veto, COINJOIN_VETO_NONE);
}

static void empty_and_huge(void **state) {
    (void)state;
    begin();
    assert_int_equal(type().kind, COINJOIN_NONE);
    enum { MANY = 20000 };
    struct coin *coins = calloc(MANY, sizeof *coins);
    assert_non_null(coins);
    for (uint32_t i = 0; i < MANY; i++)
        coins[i] = (struct coin){UINT64_MAX - i % 7, i, SCRIPT_TAPROOT};
    tx = (struct coin_tx){coins, coins, MANY, MANY, 0, 0};
    assert_int_equal(type().kind, COINJOIN_NONE);
    free(coins);
    struct coinjoin found = {.value = 7};
    struct coinjoin_scratch scratch = {0};
    struct error err;
    tx = (struct coin_tx){in, out, 1, (uint64_t)CLUSTER_COINS_MAX + 1, 0, 0}; /* refused before anything is read */
    assert_int_not_equal(coinjoin_of(&found, &scratch, &tx, &err), IMJIN_OK);
    assert_int_equal(found.value, 7);
    coinjoin_scratch_done(&scratch);
}

static void no_memory(void **state) {
    (void)state;
    struct coinjoin found = {.value = 7};
    struct coinjoin_scratch scratch = {0};
    struct error err;
    equal(5, 5, 8, 83240446, SCRIPT_PUBKEY_HASH);
    for (uint64_t nth = 1; nth <= 2; nth++) {
        memory_fail_at(nth, true);
        assert_int_equal(coinjoin_of(&found, &scratch, &tx, &err), IMJIN_MACHINE);
        memory_fail_at(0, false);
        coinjoin_scratch_done(&scratch);
        scratch = (struct coinjoin_scratch){0};
        assert_int_equal(found.value, 7);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whirlpool_mix), cmocka_unit_test(whirlpool_tx0),  cmocka_unit_test(wasabi_1),
        cmocka_unit_test(wasabi_2),      cmocka_unit_test(joinmarket),     cmocka_unit_test(stonewall),
        cmocka_unit_test(vetoes),        cmocka_unit_test(empty_and_huge), cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
