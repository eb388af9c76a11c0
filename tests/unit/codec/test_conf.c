/* Files of key = value lines. */
#include "../unit.h"

#include "codec/codec.h"

static void keeps_order_repetition_and_values(void **state) {
    (void)state;
    struct conf c;
    struct error err = {0};
    static const char text[] = "name = A # b = c\n\n  # comment\nfile = one.csv\r\nfile=two.csv\nempty =\n\tlast = x";
    assert_int_equal(conf_parse(&c, "case.conf", span_of(text), &err), IMJIN_OK);
    assert_int_equal(c.count, 5);
    assert_string_equal(conf_find(&c, "name", NULL)->value.bytes, "A # b = c");
    const struct conf_entry *file = conf_find(&c, "file", NULL);
    assert_string_equal(file->value.bytes, "one.csv");
    assert_int_equal(file->line, 4);
    file = conf_find(&c, "file", file);
    assert_string_equal(file->value.bytes, "two.csv");
    assert_null(conf_find(&c, "file", file));
    assert_int_equal(conf_find(&c, "empty", NULL)->value.count, 0);
    assert_string_equal(conf_find(&c, "last", NULL)->value.bytes, "x");
    static const char *const keys[] = {"name", "file", "empty", "last"};
    static const bool repeatable[] = {false, true, false, false};
    assert_int_equal(conf_check_keys(&c, keys, repeatable, 4, &err), IMJIN_OK);
    assert_int_equal(conf_check_keys(&c, keys, NULL, 4, &err), IMJIN_BAD_INPUT);
    assert_int_equal(err.line, 5);
    assert_int_equal(conf_check_keys(&c, keys, repeatable, 3, &err), IMJIN_BAD_INPUT);
    assert_int_equal(err.line, 7);
    conf_done(&c);
}

static void meets_its_limits(void **state) {
    (void)state;
    struct conf c;
    struct text lines = {0};
    for (unsigned i = 0; i < CONF_ENTRIES_MAX; i++)
        text_add_string(&lines, "a=\n");
    assert_int_equal(conf_parse(&c, "x", (struct span){lines.bytes, lines.count}, NULL), IMJIN_OK);
    assert_int_equal(c.count, CONF_ENTRIES_MAX);
    conf_done(&c);
    text_add_string(&lines, "a=\n");
    struct error err = {0};
    assert_int_equal(conf_parse(&c, "x", (struct span){lines.bytes, lines.count}, &err), IMJIN_BAD_INPUT);
    assert_int_equal(err.line, CONF_ENTRIES_MAX + 1);
    text_clear(&lines);
    while (lines.count < CONF_BYTES_MAX)
        text_add_string(&lines, "# comment, 16 B\n");
    assert_int_equal(conf_parse(&c, "x", (struct span){lines.bytes, CONF_BYTES_MAX}, NULL), IMJIN_OK);
    conf_done(&c);
    text_add_string(&lines, "#");
    assert_int_equal(conf_parse(&c, "x", (struct span){lines.bytes, CONF_BYTES_MAX + 1}, NULL), IMJIN_BAD_INPUT);
    text_done(&lines);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_order_repetition_and_values), cmocka_unit_test(meets_its_limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
