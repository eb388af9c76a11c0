#include "../unit.h"
#include "codec/codec.h"

/* Addresses that stand in blocks or in the standards named. */

static void test_base58check(void **state) {
    (void)state;
    uint8_t bytes[BASE58_BYTES_MAX];
    uint32_t count;
    char text[BASE58_TEXT_MAX + 1];
    static const char genesis[] = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"; /* first payee of Bitcoin */
    assert_true(base58check_decode(bytes, &count, span_of(genesis), BASE58_BITCOIN));
    assert_int_equal(count, 21);
    assert_int_equal(bytes[0], 0);
    assert_int_equal(bytes[1], 0x62);
    assert_int_equal(base58check_encode(text, bytes, count), sizeof genesis - 1);
    assert_string_equal(text, genesis);
    assert_false(base58check_decode(bytes, &count, span_of("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"), BASE58_BITCOIN));
    assert_false(base58check_decode(bytes, &count, span_of("1A1zP1eP5QGefi2DMPTfTL5SLmv7Div0Na"), BASE58_BITCOIN));
    assert_false(base58check_decode(bytes, &count, span_of(""), BASE58_BITCOIN));
    assert_true(
        base58check_decode(bytes, &count, span_of("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"), BASE58_RIPPLE)); /* genesis of XRP */
    assert_int_equal(count, 21);
    assert_true(
        base58check_decode(bytes, &count, span_of("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"), BASE58_BITCOIN)); /* USDT on TRON */
    assert_int_equal(bytes[0], 0x41);
}

static void test_base58_zeros_and_limits(void **state) {
    (void)state;
    uint8_t bytes[BASE58_BYTES_MAX];
    uint32_t count;
    char text[BASE58_TEXT_MAX + 2];
    memset(text, '1', sizeof text);
    assert_true(base58_decode(bytes, &count, (struct span){text, 3}, BASE58_BITCOIN));
    assert_int_equal(count, 3);
    assert_false(base58_decode(bytes, &count, (struct span){text, BASE58_BYTES_MAX + 1}, BASE58_BITCOIN));
    assert_false(base58_decode(bytes, &count, (struct span){text, BASE58_TEXT_MAX + 1}, BASE58_BITCOIN));
    memset(text, 'z', sizeof text);
    assert_true(base58_decode(bytes, &count, (struct span){text, BASE58_TEXT_MAX}, BASE58_BITCOIN));
    assert_int_equal(base58check_encode(text, bytes, BASE58_BYTES_MAX - 3), 0);
}

static void test_monero(void **state) {
    (void)state;
    /* the donation address of the project, as getmonero.org has it */
    static const char donation[] =
        "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavup3H";
    char wrong[sizeof donation];
    assert_true(base58_monero_check(span_of(donation)));
    memcpy(wrong, donation, sizeof wrong);
    wrong[40] = wrong[40] == 'B' ? 'C' : 'B';
    assert_false(base58_monero_check(span_of(wrong)));
    assert_false(base58_monero_check((struct span){donation, 94}));
}

/* BIP 173 and BIP 350, test vectors. */
static void test_segwit(void **state) {
    (void)state;
    static const char *const good[] = {"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
                                       "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
                                       "BC1SW50QGDZ25J", "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
                                       "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"};
    static const char *const bad[] = {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
                                      "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
                                      "bc1rw5uspcuh",
                                      "bc1gmk9yu",
                                      "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3",
                                      "bc1QW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
                                      "bc1",
                                      ""};
    uint8_t version, program[40];
    uint32_t count;
    char text[BECH32_TEXT_MAX + 1], lower[BECH32_TEXT_MAX + 1];
    for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(segwit_decode(&version, program, &count, span_of(good[i]), "bc"));
        assert_int_equal(segwit_encode(text, "bc", version, program, count), strlen(good[i]));
        for (unsigned c = 0; c <= strlen(good[i]); c++)
            lower[c] = good[i][c] >= 'A' && good[i][c] <= 'Z' ? (char)(good[i][c] + 32) : good[i][c];
        assert_string_equal(text, lower);
    }
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(segwit_decode(&version, program, &count, span_of(bad[i]), "bc"));
    assert_int_equal(bech32_decode(NULL, NULL, NULL, span_of("A12UEL5L")), BECH32_PLAIN);
    assert_int_equal(bech32_decode(NULL, NULL, NULL, span_of("a1lqfn3a")), BECH32_M);
    assert_int_equal(bech32_decode(NULL, NULL, NULL, span_of("A12UEL5M")), BECH32_BAD);
}

/* The CashAddr specification, first row of its table of examples. */
static void test_cashaddr(void **state) {
    (void)state;
    assert_true(cashaddr_check(span_of("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a")));
    assert_true(cashaddr_check(span_of("qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a")));
    assert_false(cashaddr_check(span_of("qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6q")));
    assert_false(cashaddr_check(span_of("bitcoincash:")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base58check), cmocka_unit_test(test_base58_zeros_and_limits),
        cmocka_unit_test(test_monero),      cmocka_unit_test(test_segwit),
        cmocka_unit_test(test_cashaddr),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
