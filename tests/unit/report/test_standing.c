/* What token names look like, and which rows are shown when not all fit. */
#include "../unit.h"

#include "report/names.h"
#include "report/symbols.h"

static void check_look(const char *bytes, const char *expected) {
    char escaped[ASSET_SYMBOL_MAX], look[SYMBOL_LOOK_MAX];
    escape_ascii(escaped, sizeof escaped, bytes, strlen(bytes)); /* as a ledger keeps it */
    symbol_look(escaped, look);
    assert_string_equal(look, expected);
}

static void test_looks(void **state) {
    (void)state;
    check_look("USDT", "usdt");
    check_look("usd\u0442", "usdt");              /* Cyrillic */
    check_look("\u0395\u03a4\u0397", "eth");      /* Greek */
    check_look("\uff24\uff21", "da");             /* full width */
    check_look("\uff35\uff33\uff24\uff23", "us"); /* and cut */
    check_look("U$D\u20ae", "usdt");
    check_look("$USDT", "usdt");
    check_look("U S.D-C ", "usdc");
    check_look("\u00da\u015aD\u010c", "usdc");
    check_look("WETH\u200b", "weth"); /* a sign of no width */
    check_look("1INCH", "llnch");
    check_look("LINK", "llnk");
    check_look("", "");
    check_look("\u74b0\u7403", "");
    check_look("\U0001d414", "u"); /* mathematical */
    check_look("0123456789012345678901234567890123456789", "ol234s6789ol234s6789ol234s67");
}

static bool bait(const char *bytes) {
    char escaped[ASSET_SYMBOL_MAX];
    escape_ascii(escaped, sizeof escaped, bytes, strlen(bytes));
    return symbol_is_bait(escaped);
}

static void test_bait(void **state) {
    static const char *const baits[] = {"$ USDCFree.com - Visit to claim",
                                        "Visit https://aeth.gift to claim rewards",
                                        "KyDy.org",
                                        "Visit website nano-ether .net to claim",
                                        "www.168pools",
                                        "!$ Claim $200K at ETH200k.com",
                                        "Reward Token - Claim at htt",
                                        "(avrc.xyz)",
                                        "\u202eCDSU",
                                        "US\u200bDC",
                                        "\u05d0\u05d1",
                                        "US\x01",
                                        "\xff\xfe",
                                        "ETH\xd0"};
    static const char *const honest[] = {"USDC",  "USDC.e",    "renBTC", "3CRV",   "\u74b0\u7403", "UNI-V2",
                                         "1INCH", "FTX Token", "CLAIM",  "crvUSD", "BTC.b",        "\u0415\u0422\u041d",
                                         "a.b",   "v1.2",      "",       ".com",   "x . y"};
    (void)state;
    for (unsigned i = 0; i < sizeof baits / sizeof baits[0]; i++)
        if (!bait(baits[i]))
            fail_msg("%s", baits[i]);
    for (unsigned i = 0; i < sizeof honest / sizeof honest[0]; i++)
        if (bait(honest[i]))
            fail_msg("%s", honest[i]);
}

static void test_cut_signs(void **state) {
    (void)state;
    assert_int_equal(symbol_whole_signs("USDC"), 4);
    assert_int_equal(symbol_whole_signs("USDC..."), 7);
    assert_int_equal(symbol_whole_signs("a\\xe7\\x8e\\xaf\\xe7..."), 13); /* the second sign lost its end */
    assert_int_equal(symbol_whole_signs("a\\xe7\\x8e..."), 1);
    assert_int_equal(symbol_whole_signs("a\\xe7\\x8e\\xaf..."), 16);
    assert_false(bait("\u74b0\u7403\u80a1\u74b0\u7403\u80a1\u74b0\u7403")); /* cut inside a sign, and no bait for it */
}

static void check_choice(const char *ranks, uint64_t rows_max, const char *expected) {
    struct candidate items[64];
    char shown[64];
    uint64_t count = strlen(ranks);
    for (uint64_t i = 0; i < count; i++)
        items[i] = (struct candidate){.rank = (uint32_t)(ranks[i] - 'a'), .weight = 100 - i, .at = i};
    uint64_t chosen = choose(items, count, rows_max);
    for (uint64_t i = 0; i < chosen; i++)
        shown[i] = (char)('a' + items[i].rank);
    shown[chosen] = '\0';
    assert_string_equal(shown, expected);
    for (uint64_t i = 1; i < chosen; i++)
        assert_true(items[i].rank > items[i - 1].rank || items[i].at > items[i - 1].at); /* the heaviest of each */
}

static void test_choice(void **state) {
    (void)state;
    check_choice("", 12, "");
    check_choice("bab", 12, "abb");
    check_choice("aaaaaaaaaaaaaaaaaabb", 12, "aaaaaaaaaabb"); /* the second asset is not pushed out */
    check_choice("bbbbbbbbbbbbbbbbbbaa", 12, "aabbbbbbbbbb");
    check_choice("abcdefghijklmnop", 12, "abcdefghijkl");
    check_choice("aaabcdefghijklmnop", 12, "aaabcdefghij"); /* half as many assets as rows, and then the next */
    check_choice("aaaabbbb", 5, "aaabb");
    check_choice("aabb", 1, "a");
    check_choice("aabb", 0, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_looks), cmocka_unit_test(test_bait),
                                       cmocka_unit_test(test_cut_signs), cmocka_unit_test(test_choice)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
