/* The command line, help and progress line. What commands do is tested from outside, in tests/e2e. */
#include "../unit.h"

#include "cli/arguments.h"
#include "cli/documentation.h"
#include "cli/screen.h"

static enum imjin_status parse(struct arguments *a, struct error *err, const char *const *words) {
    int count = 0;
    while (words[count])
        count++;
    *a = (struct arguments){0};
    return arguments_parse(a, count, (char *const *)words, err);
}
#define PARSE(a, err, ...) parse(a, err, (const char *const[]){"imjin", __VA_ARGS__, NULL})

static void test_words(void **state) {
    struct arguments a;
    struct error err = {0};
    (void)state;
    assert_int_equal(PARSE(&a, &err, "-w", "dir", "label", "import", "a.csv", "--", "-b"), IMJIN_OK);
    assert_string_equal(a.command->name, "label import");
    assert_int_equal(a.operand_count, 2);
    assert_string_equal(a.operands[0], "a.csv");
    assert_string_equal(a.operands[1], "-b");
    assert_string_equal(arguments_text(&a, OPTION_WORKSPACE), "dir");
    assert_false(arguments_has(&a, OPTION_JSON));
    arguments_done(&a);
    assert_int_equal(PARSE(&a, &err, "import", "-"), IMJIN_OK); /* a dash alone is standard input */
    assert_string_equal(a.operands[0], "-");
    arguments_done(&a);
    assert_int_equal(PARSE(&a, &err, "label"), IMJIN_OK);
    assert_null(a.command);
    assert_string_equal(a.group, "label");
    arguments_done(&a);
}

static void test_values(void **state) {
    struct arguments a;
    struct error err = {0};
    (void)state;
    assert_int_equal(PARSE(&a, &err, "trace", "--from=x,1", "--from", "y", "--policy", "haircut", "--hops=7"), IMJIN_OK);
    assert_int_equal(a.given_count, 4);
    assert_string_equal(a.given[0].value, "x,1");
    assert_string_equal(arguments_text(&a, OPTION_FROM), "y");
    assert_int_equal(arguments_word(&a, OPTION_POLICY), 2);
    assert_int_equal(arguments_word(&a, OPTION_ENGINE), 0);
    assert_int_equal(arguments_count(&a, OPTION_HOPS, 0), 7);
    assert_int_equal(arguments_count(&a, OPTION_HUB_LIMIT, 1000), 1000);
    arguments_done(&a);
    assert_int_equal(PARSE(&a, &err, "import", "--memory", "3M", "f"), IMJIN_OK);
    assert_int_equal(arguments_bytes(&a, OPTION_MEMORY, 0), 3 << 20);
    arguments_done(&a);
    assert_int_equal(PARSE(&a, &err, "import", "--memory", "17179869184G", "f"), IMJIN_USAGE); /* 2^64 */
    assert_int_equal(PARSE(&a, &err, "trace", "--from", "x", "--hops", "65535"), IMJIN_USAGE);
    assert_int_equal(PARSE(&a, &err, "trace", "--from", "x", "--min-claim", "340282366920938463463374607431768211456"),
                     IMJIN_USAGE);
    assert_int_equal(PARSE(&a, &err, "trace", "--from", "x", "--policy", "fif"), IMJIN_USAGE);
    assert_int_equal(PARSE(&a, &err, "trace", "--from", "x", "--policy", "fifo lifo"), IMJIN_USAGE);
}

static void test_failures_leave_the_output(void **state) {
    struct arguments a = {.operand_count = 77};
    const char *words[] = {"imjin", "trace", "--nonsense", NULL};
    (void)state;
    assert_int_equal(arguments_parse(&a, 3, (char *const *)words, NULL), IMJIN_USAGE);
    assert_int_equal(a.operand_count, 77);
    for (uint64_t nth = 1; nth <= 2; nth++) {
        memory_fail_at(nth, true);
        assert_int_equal(arguments_parse(&a, 2, (char *const *)words, NULL), IMJIN_MACHINE);
        memory_fail_at(0, false);
        assert_int_equal(a.operand_count, 77);
    }
}

static void test_suggestions(void **state) {
    const char *const words[] = {"trace", "tx", "import", "verify"};
    (void)state;
    assert_string_equal(suggestion_for("tarce", words, 4), "trace"); /* neighbours swapped */
    assert_string_equal(suggestion_for("trac", words, 4), "trace");
    assert_string_equal(suggestion_for("imporrt", words, 4), "import");
    assert_null(suggestion_for("account", words, 4));
    assert_null(suggestion_for("t", words, 4));
    assert_null(suggestion_for("importimportimportimportimportimp", words, 4)); /* CLI_SUGGESTION_BYTES_MAX + 1 */
}

static void test_table(void **state) {
    unsigned count;
    const struct command *commands = command_table(&count);
    (void)state;
    for (unsigned i = 0; i < count; i++) {
        assert_ptr_equal(command_find(commands[i].name), &commands[i]);
        assert_non_null(commands[i].run);
        assert_true(commands[i].operands_min <= commands[i].operands_max);
        assert_int_equal(commands[i].options & option_set_global, 0);
    }
    for (unsigned i = 0; i < OPTIONS; i++) {
        const struct option *o = option_at(i);
        assert_non_null(o->help);
        assert_int_equal(option_find(o->name, strlen(o->name)), i);
        assert_int_equal(o->kind == VALUE_SWITCH, o->argument == NULL);
        assert_int_equal(o->kind == VALUE_WORD, o->words != NULL);
        if (o->letter)
            assert_int_equal(option_find_letter(o->letter), i);
    }
    assert_true(command_is_group("label"));
    assert_false(command_is_group("lab"));
    assert_false(command_is_group("trace"));
}

static void test_wrapping(void **state) {
    struct text t = {0};
    (void)state;
    text_wrap(&t, "one two\n\nthree", 2, 0);
    assert_string_equal(t.bytes, "  one two\n\n  three\n");
    text_clear(&t);
    text_wrap(&t, "1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 12 x", 0, 0);
    assert_string_equal(t.bytes, "1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 1234567890 12\nx\n");
    text_done(&t);
}

static void test_progress_line(void **state) {
    char line[SCREEN_LINE_MAX];
    (void)state;
    screen_line(line, "reading m.csv", "bytes", 500, 1000, 500, 2000);
    assert_string_equal(line, "reading m.csv  [##########          ] 500 of 1.0 kbytes  250 bytes/s  0:02 left");
    screen_line(line, "sorting", "rows", 12345678, 0, 12345678, 1000);
    assert_string_equal(line, "sorting  12.3 Mrows  12.3 Mrows/s");
    screen_line(line, "reading", "bytes", UINT64_MAX, UINT64_MAX, UINT64_MAX, 1);
    screen_line(line, "reading", "bytes", 1, UINT64_MAX, 1, INT64_MAX);
    screen_line(line, "reading", "bytes", 0, 0, 0, 0);
    assert_string_equal(line, "reading  0 bytes  0 bytes/s");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_failures_leave_the_output),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_suggestions),
        cmocka_unit_test(test_wrapping),
        cmocka_unit_test(test_progress_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
