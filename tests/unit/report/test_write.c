/* Outside text, amounts, shares and times as people and programs see them. */
#include "report/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char *kept(struct text *t) {
    assert_int_equal(t->status, IMJIN_OK);
    return t->bytes ? t->bytes : "";
}

static void check_visible(const char *bytes, uint64_t count, const char *expected) {
    struct text t = {0};
    add_visible(&t, (struct span){bytes, count}, REPORT_OUTSIDE_TEXT_MAX);
    assert_string_equal(kept(&t), expected);
    text_done(&t);
}

static void test_visible(void **state) {
    (void)state;
    check_visible("Binance 14", 10, "Binance 14");
    check_visible("한국", 6, "한국");
    check_visible("a\nb\033[31m", 8, "a\\u{a}b\\u{1b}[31m");
    check_visible("\u202egpj.exe", 10, "\\u{202e}gpj.exe"); /* right-to-left override */
    check_visible("\u200bUSDC\ufeff", 10, "\\u{200b}USDC\\u{feff}");
    check_visible("\xff\xc0\x80", 3, "\\xff\\xc0\\x80"); /* no UTF-8; NUL in two bytes */
    check_visible("\xed\xa0\x80", 3, "\\xed\\xa0\\x80"); /* a surrogate */
    check_visible("a\0b", 3, "a\\u{0}b");
    check_visible("e\u0301\u0302\u0303\u0304", 9, "e\u0301\u0302\\u{303}\\u{304}"); /* a pile of accents */
}

static void test_visible_is_cut(void **state) {
    static char long_text[10240];
    struct text t = {0};
    (void)state;
    memset(long_text, 'x', sizeof long_text);
    report_add_outside(&t, (struct span){long_text, sizeof long_text});
    assert_int_equal(t.count, REPORT_OUTSIDE_TEXT_MAX + 3);
    assert_string_equal(t.bytes + REPORT_OUTSIDE_TEXT_MAX, "...");
    text_clear(&t);
    add_visible(&t, span_of("ab\u20ac"), 4); /* the sign has three bytes: it is not cut through */
    assert_string_equal(kept(&t), "ab...");
    text_done(&t);
}

static void test_markup(void **state) {
    struct text t = {0};
    (void)state;
    add_markup(&t, span_of("<script>alert('1')</script> & \"x\""));
    assert_string_equal(kept(&t), "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;");
    text_done(&t);
}

static void check_cell(const char *text, const char *expected) {
    struct text t = {0};
    add_cell_string(&t, text);
    assert_string_equal(kept(&t), expected);
    text_done(&t);
}

static void test_cells(void **state) {
    (void)state;
    check_cell("plain", "plain");
    check_cell("", "");
    check_cell("a,b", "\"a,b\"");
    check_cell("say \"hi\"", "\"say \"\"hi\"\"\"");
    check_cell("=1+1", "'=1+1");
    check_cell("+1", "'+1");
    check_cell("-1", "'-1");
    check_cell("@SUM(A1)", "'@SUM(A1)");
    check_cell("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
    check_cell("two\r\nlines", "two\\u{d}\\u{a}lines");
    check_cell("\t=1", "\\u{9}=1");
}

static void check_amount(const char *digits, unsigned decimals, unsigned places, const char *expected) {
    struct u256 units;
    struct text t = {0};
    assert_true(u256_parse(digits, strlen(digits), &units));
    report_add_amount(&t, units, decimals, "ETH", places);
    assert_string_equal(kept(&t), expected);
    text_done(&t);
}

static void test_amounts(void **state) {
    (void)state;
    check_amount("173600000000000000000000", 18, 4, "173,600 ETH");
    check_amount("3302500000000000000000", 18, 4, "3,302.5 ETH");
    check_amount("1234567890123456789", 18, 4, "1.2345 ETH"); /* rounded down */
    check_amount("1000099999999999999", 18, 4, "1 ETH");
    check_amount("999", 0, 4, "999 ETH");
    check_amount("1000", DECIMALS_UNKNOWN, 4, "1,000 ETH");
    check_amount("0", 18, 4, "0 ETH");
    check_amount("1", 18, 4, "<0.0001 ETH");
    check_amount("1", 18, 0, "<1 ETH");
    check_amount("115792089237316195423570985008687907853269984665640564039457584007913129639935", 0, 0,
                 "115,792,089,237,316,195,423,570,985,008,687,907,853,269,984,665,640,564,039,457,584,007,913,129,639,935 ETH");
}

static void check_percent(uint64_t part, uint64_t whole, const char *expected) {
    struct text t = {0};
    add_percent(&t, wide(part), wide(whole));
    assert_string_equal(kept(&t), expected);
    text_done(&t);
}

static void test_percent(void **state) {
    (void)state;
    check_percent(0, 10, "0 %");
    check_percent(10, 10, "100 %");
    check_percent(9999999, 10000000, "99.9 %");
    check_percent(1, 10000000, "under 0.1 %");
    check_percent(1, 3, "33.3 %");
    check_percent(0, 0, "0 %");
}

static void test_shares_of_large_numbers(void **state) {
    struct u256 whole = {{0, 0, 0, 1ull << 63}}, half = {{0, 0, 0, 1ull << 62}};
    (void)state;
    assert_int_equal(share_of(half, whole, 1000), 500);
    assert_int_equal(share_of(whole, half, 1000), 1000);
    assert_int_equal(share_of(wide(1), whole, 1000), 0);
}

static void test_columns(void **state) {
    struct text t = {0};
    (void)state;
    assert_int_equal(visible_columns(span_of("abc")), 3);
    assert_int_equal(visible_columns(span_of("한국")), 4);
    assert_int_equal(visible_columns(span_of("e\u0301")), 1);
    add_fitted(&t, span_of("abcdef"), 4);
    assert_string_equal(kept(&t), "abc\u2026");
    text_clear(&t);
    add_fitted(&t, span_of("한국어"), 4); /* a wide sign that does not fit leaves a blank */
    assert_string_equal(kept(&t), "한\u2026");
    text_clear(&t);
    add_padded(&t, span_of("ab"), 4);
    assert_string_equal(kept(&t), "ab   ");
    text_clear(&t);
    add_padded_right(&t, span_of("ab"), 4);
    assert_string_equal(kept(&t), "  ab ");
    text_done(&t);
}

static void test_times(void **state) {
    char day[DAY_PRINT_MAX];
    (void)state;
    day_print(1648042149, day);
    assert_string_equal(day, "2022-03-23");
    day_print(TIME_UNKNOWN, day);
    assert_string_equal(day, "unknown");
}

static void test_short_names(void **state) {
    char address[SHORT_ADDRESS_MAX], tx[SHORT_TX_MAX];
    (void)state;
    short_address("0x098b716b8aaf21512996dc57eb0615e2383e2f96", address);
    assert_string_equal(address, "0x098b71\u20263e2f96");
    short_address("alice", address);
    assert_string_equal(address, "alice");
    short_tx("0xc28fad5e8d5e0ce6a2eaf67b6687be5d58113e16be590824d6cfa1a94467d0b7", tx);
    assert_string_equal(tx, "0xc28fad5e\u2026d0b7");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_visible), cmocka_unit_test(test_visible_is_cut),
        cmocka_unit_test(test_markup),  cmocka_unit_test(test_cells),
        cmocka_unit_test(test_amounts), cmocka_unit_test(test_percent),
        cmocka_unit_test(test_columns), cmocka_unit_test(test_shares_of_large_numbers),
        cmocka_unit_test(test_times),   cmocka_unit_test(test_short_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
