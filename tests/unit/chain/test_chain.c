/* Addresses, amounts, times and chains against published examples and values worked out by hand. */
#include "../unit.h"

#include "chain/chain.h"

static struct chain chain_named(const char *name) {
    struct chain c;
    assert_int_equal(chain_find(&c, name, NULL), IMJIN_OK);
    return c;
}

static void test_known_and_generic_chains(void **state) {
    (void)state;
    struct chain c = chain_named("ethereum");
    assert_string_equal(c.native_symbol, "ETH");
    assert_int_equal(c.native_decimals, 18);
    assert_true(c.evm_only);
    c = chain_named("planted");
    assert_string_equal(c.name, "planted");
    assert_string_equal(c.native_symbol, "");
    assert_int_equal(c.native_decimals, DECIMALS_UNKNOWN);
    assert_false(c.evm_only);
    c = chain_named("abcdefghijklmnopqrstuvwxyz-01234"); /* 32, the longest */
    struct error err = {0};
    struct chain untouched = c;
    static const char *const bad[] = {"", "Ethereum", "a/b", "../x", "abcdefghijklmnopqrstuvwxyz-012345", "a b", "caf\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(chain_find(&c, bad[i], &err), IMJIN_USAGE);
        assert_memory_equal(&c, &untouched, sizeof c);
    }
    assert_non_null(strstr(err.text, "caf\\xc3\\xa9"));
}

/* The examples of EIP-55 itself. */
static const char *const eip55[] = {
    "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
};

static void test_eip55_examples(void **state) {
    (void)state;
    struct chain c = chain_named("ethereum");
    for (size_t i = 0; i < sizeof eip55 / sizeof eip55[0]; i++) {
        struct address a;
        char shown[43], lower[ADDRESS_PRINT_MAX];
        assert_int_equal(address_parse(&a, &c, span_of(eip55[i]), NULL), IMJIN_OK);
        assert_int_equal(a.form, ADDRESS_EVM);
        address_checksum_print(a.evm, shown);
        assert_string_equal(shown, eip55[i]);
        assert_int_equal(address_print(&a, lower), 42);
        struct address again;
        assert_int_equal(address_parse(&again, &c, span_of(lower), NULL), IMJIN_OK);
        assert_true(address_equal(&a, &again));
        assert_int_equal(address_compare(&a, &again), 0);
    }
}

static void assert_refused(const char *chain, const char *text, const char *reason) {
    struct chain c = chain_named(chain);
    struct error err = {0};
    struct address a, untouched;
    memset(&a, 0x5a, sizeof a);
    memcpy(&untouched, &a, sizeof a);
    assert_int_equal(address_parse(&a, &c, span_of(text), &err), IMJIN_BAD_INPUT);
    assert_memory_equal(&a, &untouched, sizeof a);
    if (strstr(err.text, reason) == NULL)
        fail_msg("%s: %s", text, err.text);
    assert_string_not_equal(err.value, "");
    assert_int_equal(address_parse(&a, &c, span_of(text), NULL), IMJIN_BAD_INPUT);
}

static void test_damaged_addresses(void **state) {
    (void)state;
    static const char *const chains[] = {"ethereum", "planted"};
    for (unsigned i = 0; i < 2; i++) {
        assert_refused(chains[i], "0x098b716b8aaf21512996dc57eb0615e2383e2f9", "39 hex digits");
        assert_refused(chains[i], "0x098b716b8aaf21512996dc57eb0615e2383e2f960", "41 hex digits");
        assert_refused(chains[i], "0x", "0 hex digits");
        assert_refused(chains[i], "0x098b716b8aaf21512996dc57eb0615e2383e2f9g", "character 42");
        assert_refused(chains[i], "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "EIP-55");
        assert_refused(chains[i], "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "EIP-55");
        assert_refused(chains[i], "0x098b716b8aaf21512996dc57eb0615e2383e2f9 ", "character 42");
    }
    assert_refused("ethereum", "098b716b8aaf21512996dc57eb0615e2383e2f96", "0x and 40");
    assert_refused("ethereum", "binance", "as ethereum needs");
}

static void test_void_and_upper(void **state) {
    (void)state;
    struct chain c = chain_named("ethereum");
    struct address a, b;
    char shown[ADDRESS_PRINT_MAX];
    assert_int_equal(address_parse(&a, &c, span_of(""), NULL), IMJIN_OK);
    assert_int_equal(a.form, ADDRESS_VOID);
    assert_int_equal(address_parse(&b, &c, span_of("0x0000000000000000000000000000000000000000"), NULL), IMJIN_OK);
    assert_true(address_equal(&a, &b));
    address_print(&a, shown);
    assert_string_equal(shown, "(mint/burn)");
    a.form = ADDRESS_FEES;
    address_print(&a, shown);
    assert_string_equal(shown, "(fees)");
    assert_true(address_compare(&b, &a) < 0);
    assert_false(address_equal(&a, &b));
    assert_int_equal(address_parse(&a, &c, span_of("0x098B716B8AAF21512996DC57EB0615E2383E2F96"), NULL), IMJIN_OK);
    assert_int_equal(address_parse(&b, &c, span_of("0x098b716b8aaf21512996dc57eb0615e2383e2f96"), NULL), IMJIN_OK);
    assert_true(address_equal(&a, &b));
}

static void test_opaque(void **state) {
    (void)state;
    struct chain c = chain_named("planted");
    struct address a, b;
    char longest[ADDRESS_TEXT_MAX + 2];
    assert_int_equal(address_parse(&a, &c, span_of("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"), NULL), IMJIN_OK);
    assert_int_equal(a.form, ADDRESS_OPAQUE);
    assert_int_equal(address_parse(&b, &c, span_of("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdr"), NULL), IMJIN_OK);
    assert_true(address_compare(&a, &b) < 0 && !address_equal(&a, &b));
    memset(longest, 'q', sizeof longest);
    assert_int_equal(address_parse(&a, &c, (struct span){longest, ADDRESS_TEXT_MAX}, NULL), IMJIN_OK);
    char shown[ADDRESS_PRINT_MAX];
    assert_int_equal(address_print(&a, shown), ADDRESS_TEXT_MAX);
    longest[ADDRESS_TEXT_MAX + 1] = '\0';
    assert_refused("planted", longest, "at most 120");
    assert_refused("planted", "a,b", "character 2");
    assert_refused("planted", "a\"b", "character 2");
    assert_refused("planted", "a b", "character 2");
    assert_refused("planted", "caf\xc3\xa9", "character 4");
    assert_refused("planted", "(fees)", "character 1");
}

static void assert_amount(const char *text, const char *expected) {
    struct u256 v;
    char shown[AMOUNT_PRINT_MAX];
    assert_int_equal(amount_parse(&v, span_of(text), NULL), IMJIN_OK);
    amount_print(v, 0, shown);
    assert_string_equal(shown, expected);
}

static void assert_bad_amount(const char *text, const char *reason) {
    struct u256 v = {{1, 2, 3, 4}};
    struct error err = {0};
    assert_int_equal(amount_parse(&v, span_of(text), &err), IMJIN_BAD_INPUT);
    if (strstr(err.text, reason) == NULL)
        fail_msg("%s: %s", text, err.text);
    assert_true(v.word[0] == 1 && v.word[3] == 4);
}

static const char u256_max[] = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

static void test_amounts(void **state) {
    (void)state;
    assert_amount("0", "0");
    assert_amount("0007", "7");
    assert_amount(u256_max, u256_max);
    assert_bad_amount("115792089237316195423570985008687907853269984665640564039457584007913129639936", "256 bits");
    assert_bad_amount("", "empty");
    assert_bad_amount("-1", "negative");
    assert_bad_amount("+1", "a sign");
    assert_bad_amount("0x10", "hexadecimal");
    assert_bad_amount("1e18", "scientific");
    assert_bad_amount("1.5E+18", "fraction");
    assert_bad_amount("1.0", "fraction");
    assert_bad_amount("1,000", "comma");
    assert_bad_amount("1 ", "not a decimal digit");
    assert_bad_amount("nan", "not a decimal digit");
}

static void assert_scaled(const char *text, unsigned decimals, const char *expected) {
    struct u256 v;
    struct error err = {0};
    char shown[AMOUNT_PRINT_MAX];
    if (amount_parse_scaled(&v, span_of(text), decimals, true, &err) != IMJIN_OK)
        fail_msg("%s: %s", text, err.text);
    amount_print(v, 0, shown);
    assert_string_equal(shown, expected);
}

static void assert_bad_scaled(const char *text, unsigned decimals, bool scientific, const char *reason) {
    struct u256 v = {{9}};
    struct error err = {0};
    assert_int_equal(amount_parse_scaled(&v, span_of(text), decimals, scientific, &err), IMJIN_BAD_INPUT);
    if (strstr(err.text, reason) == NULL)
        fail_msg("%s: %s", text, err.text);
    assert_true(v.word[0] == 9);
}

static void test_scaled_amounts(void **state) {
    (void)state;
    assert_scaled("173600", 18, "173600000000000000000000");
    assert_scaled("0.000000000000000001", 18, "1");
    assert_scaled("25500000.5", 6, "25500000500000");
    assert_scaled(".5", 1, "5");
    assert_scaled("5.", 1, "50");
    assert_scaled("1.736e5", 18, "173600000000000000000000");
    assert_scaled("1E-18", 18, "1");
    assert_scaled("1.50", 1, "15");
    assert_scaled("1200e-2", 0, "12");
    assert_scaled("0e999999999999999999999", 18, "0");
    assert_scaled("0.000e-999999999999999999999", 0, "0");
    assert_scaled(u256_max, 0, u256_max);
    assert_bad_scaled("1.25", 1, true, "whole number");
    assert_bad_scaled("1e-19", 18, true, "whole number");
    assert_bad_scaled("1e-9999999999999999999999", 18, true, "whole number");
    assert_bad_scaled("1e99999999999999999999999", 18, true, "256 bits");
    assert_bad_scaled(u256_max, 1, true, "256 bits");
    assert_bad_scaled("1e3", 18, false, "scientific");
    assert_bad_scaled("1e", 18, true, "without digits");
    assert_bad_scaled("1e+", 18, true, "without digits");
    assert_bad_scaled("1ex", 18, true, "not a number");
    assert_bad_scaled("1.2.3", 18, true, "two decimal points");
    assert_bad_scaled("-1", 18, true, "negative");
    assert_bad_scaled("0x1", 18, true, "hexadecimal");
    assert_bad_scaled("", 18, true, "empty");
    assert_bad_scaled(".", 18, true, "fraction");
    assert_bad_scaled("inf", 18, true, "digit");
}

static void assert_printed(const char *units, unsigned decimals, const char *expected) {
    struct u256 v;
    char shown[AMOUNT_PRINT_MAX];
    assert_true(u256_parse(units, strlen(units), &v));
    assert_int_equal(amount_print(v, decimals, shown), strlen(expected));
    assert_string_equal(shown, expected);
}

static void test_amount_printing(void **state) {
    (void)state;
    assert_printed("0", 18, "0");
    assert_printed("1", 18, "0.000000000000000001");
    assert_printed("1000000000000000000", 18, "1");
    assert_printed("1500000000000000000", 18, "1.5");
    assert_printed("173600000000000000000000", 18, "173600");
    assert_printed("100", 0, "100");
    assert_printed("100", DECIMALS_UNKNOWN, "100");
    assert_printed("12345", 5, "0.12345");
    assert_printed("12345", 4, "1.2345");
    assert_printed(u256_max, 77, "1.15792089237316195423570985008687907853269984665640564039457584007913129639935");
    assert_printed("7", 77, "0.00000000000000000000000000000000000000000000000000000000000000000000000000007");
}

static void assert_time(const char *text, int64_t expected) {
    int64_t t = 0;
    struct error err = {0};
    if (time_parse(&t, span_of(text), &err) != IMJIN_OK)
        fail_msg("%s: %s", text, err.text);
    assert_int_equal(t, expected);
}

/* 1648042149 is the time stamp of Ethereum block 14442835, the Ronin bridge's first theft: 2022-03-23 13:29:09 UTC. */
static void test_times(void **state) {
    (void)state;
    assert_time("1648042149", 1648042149);
    assert_time("2022-03-23 13:29:09", 1648042149);
    assert_time("2022-03-23T13:29:09Z", 1648042149);
    assert_time("2022-03-23 13:29:09.000 UTC", 1648042149);
    assert_time("2022-03-23T13:29:09.999999+00:00", 1648042149);
    assert_time("2022-03-23 13:29:09 UTC", 1648042149);
    assert_time("2022-03-23 13:29:09Z", 1648042149);
    assert_time("1970-01-01", 0);
    assert_time("2000-02-29", 951782400);
    assert_time("2024-02-29T23:59:59Z", 1709251199);
    assert_time("9999-12-31 23:59:59", INT64_C(253402300799));
    static const char *const bad[] = {"",
                                      "1969-12-31",
                                      "2022-02-29",
                                      "2100-02-29",
                                      "2022-13-01",
                                      "2022-00-01",
                                      "2022-04-31",
                                      "2022-03-23 24:00:00",
                                      "2022-03-23T13:29",
                                      "2022-03-23 13:29:60",
                                      "2022-03-23T13:29:09+09:00",
                                      "253402300800",
                                      "1648042149000",
                                      "-5",
                                      "1.6e9",
                                      "yesterday",
                                      "2022-03-23 13:29:09 KST",
                                      "2022-3-23"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t t = 77;
        struct error err = {0};
        assert_int_equal(time_parse(&t, span_of(bad[i]), &err), IMJIN_BAD_INPUT);
        assert_int_equal(t, 77);
        assert_non_null(strstr(err.text, "is not a time"));
    }
}

static void test_time_printing_round_trip(void **state) {
    (void)state;
    char shown[TIME_PRINT_MAX];
    time_print(1648042149, shown);
    assert_string_equal(shown, "2022-03-23 13:29:09Z");
    assert_int_equal(time_print(TIME_UNKNOWN, shown), 7);
    assert_string_equal(shown, "unknown");
    time_print(-1, shown);
    assert_string_equal(shown, "unknown");
    /* every day of 530 years, and the last one */
    for (int64_t t = 43199; t < INT64_C(16725225600); t += 86400) {
        int64_t again;
        unsigned count = time_print(t, shown);
        assert_int_equal(time_parse(&again, (struct span){shown, count}, NULL), IMJIN_OK);
        assert_int_equal(again, t);
    }
    time_print(INT64_C(253402300799), shown);
    assert_string_equal(shown, "9999-12-31 23:59:59Z");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_and_generic_chains),
        cmocka_unit_test(test_eip55_examples),
        cmocka_unit_test(test_damaged_addresses),
        cmocka_unit_test(test_void_and_upper),
        cmocka_unit_test(test_opaque),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_scaled_amounts),
        cmocka_unit_test(test_amount_printing),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_time_printing_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
