/* Hexadecimal and decimal digits: the vector versions against the plain ones, and against known values. */
#include "../unit.h"

#include "codec/codec.h"

/* A fixed sequence: the same in every run. */
static uint64_t random_state = 1;
static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void test_known(void **state) {
    (void)state;
    uint8_t bytes[20];
    assert_int_equal(hex_decode(bytes, "098B716B8Aaf21512996dC57EB0615e2383E2f96", 20), HEX_LOWER | HEX_UPPER | HEX_NONZERO);
    assert_memory_equal(bytes, "\x09\x8b\x71\x6b\x8a\xaf\x21\x51\x29\x96\xdc\x57\xeb\x06\x15\xe2\x38\x3e\x2f\x96", 20);
    assert_int_equal(hex_decode(bytes, "0000000000000000000000000000000000000000", 20), 0);
    assert_int_equal(hex_decode(bytes, "00ff", 2), HEX_LOWER | HEX_NONZERO);
    assert_memory_equal(bytes, "\x00\xff", 2);
    assert_int_equal(hex_decode(bytes, "00000000000000000000000000000000000000FF", 20), HEX_UPPER | HEX_NONZERO);
    assert_true(hex_decode(bytes, "000000000000000000000000000000000000000g", 20) & HEX_BAD);
}

/* Every byte at every place of 20 and of 32. */
static void test_every_byte(void **state) {
    (void)state;
    for (unsigned bytes = 1; bytes <= 33; bytes++)
        for (unsigned place = 0; place < 2 * bytes; place++)
            for (unsigned c = 0; c < 256; c++) {
                char digits[66];
                uint8_t fast[33], plain[33];
                memset(digits, '7', sizeof digits);
                digits[place] = (char)c;
                unsigned a = hex_decode(fast, digits, bytes), b = hex_decode_portable(plain, digits, bytes);
                assert_int_equal(a & HEX_BAD, b & HEX_BAD);
                assert_true(a == b || a & HEX_BAD);
                if (!(a & HEX_BAD))
                    assert_memory_equal(fast, plain, bytes);
            }
}

static void test_random_hex(void **state) {
    (void)state;
    static const char letters[] = "0123456789abcdefABCDEF0123456789abcdefg@G`/:";
    for (unsigned round = 0; round < 20000; round++) {
        char digits[128];
        uint8_t fast[64], plain[64];
        uint64_t bytes = next_random() % 65;
        unsigned kinds = round % 3 ? 22 : sizeof letters - 1;
        for (unsigned i = 0; i < sizeof digits; i++)
            digits[i] = letters[next_random() % kinds];
        unsigned a = hex_decode(fast, digits, bytes), b = hex_decode_portable(plain, digits, bytes);
        assert_int_equal(a & HEX_BAD, b & HEX_BAD);
        assert_true(a == b || a & HEX_BAD);
        if (!(a & HEX_BAD))
            assert_memory_equal(fast, plain, bytes);
    }
}

static void compare_digits(const char *text, uint64_t count) {
    struct span s = {text, count};
    uint64_t a = 1, b = 1;
    struct u256 c = {{1}}, d = {{1}};
    assert_int_equal(digits_u64(s, &a), u64_parse(text, count, &b));
    assert_true(a == b);
    assert_int_equal(digits_u256(s, &c), u256_parse(text, count, &d));
    assert_int_equal(u256_compare(c, d), 0);
}

static void test_digits(void **state) {
    (void)state;
    static const char *const edges[] = {
        "",
        "0",
        "9",
        "00000000",
        "99999999",
        "18446744073709551615",
        "18446744073709551616",
        "09999999999999999999",
        "00000000000000000000000000000001",
        "340282366920938463463374607431768211455",
        "340282366920938463463374607431768211456",
        "115792089237316195423570985008687907853269984665640564039457584007913129639935",
        "115792089237316195423570985008687907853269984665640564039457584007913129639936",
        "1157920892373161954235709850086879078532699846656405640394575840079131296399350",
        "0115792089237316195423570985008687907853269984665640564039457584007913129639935",
        "-1",
        "+1",
        "1 ",
        "0x1",
        "1e3",
        "1.0",
        "1234567:",
        "1234567/",
        "12345678a",
    };
    for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++)
        compare_digits(edges[i], strlen(edges[i]));
    struct u256 v;
    assert_true(digits_u256(span_of("340282366920938463463374607431768211456"), &v));
    assert_true(v.word[0] == 0 && v.word[1] == 0 && v.word[2] == 1 && v.word[3] == 0);
}

static void test_random_digits(void **state) {
    (void)state;
    for (unsigned round = 0; round < 50000; round++) {
        char text[90];
        uint64_t count = next_random() % sizeof text;
        for (uint64_t i = 0; i < count; i++)
            text[i] = (char)('0' + next_random() % 10);
        if (round % 4 == 0 && count)
            text[next_random() % count] = (char)next_random();
        compare_digits(text, count);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),  cmocka_unit_test(test_every_byte),    cmocka_unit_test(test_random_hex),
        cmocka_unit_test(test_digits), cmocka_unit_test(test_random_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
