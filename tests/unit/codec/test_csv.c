/* Tables of text: known rows, every kind of damage, limits, and random tables against the slow reader. */
#include "../unit.h"

#include "csv_oracle.h"

struct table {
    struct input *in;
    struct csv_reader *r;
};

static enum imjin_status open_table(struct table *t, const char *bytes, uint64_t count, struct error *err) {
    struct window w;
    TRY(input_open_memory(&t->in, "t.csv", bytes, count, 1, err));
    enum imjin_status status = window_init(&w, t->in, CSV_ROW_BYTES_MAX, err);
    if (status == IMJIN_OK) {
        status = csv_new(&t->r, &w, ',', err);
        window_done(&w);
    }
    if (status != IMJIN_OK)
        input_close(t->in);
    return status;
}

static void close_table(struct table *t) {
    csv_free(t->r);
    input_close(t->in);
}

static struct table good_table(const char *text) {
    struct table t;
    assert_int_equal(open_table(&t, text, strlen(text), NULL), IMJIN_OK);
    return t;
}

/* The row's fields with | between. */
static void assert_row(struct table *t, const char *fields, uint64_t line) {
    const struct csv_row *row = NULL;
    struct text shown = {0};
    struct error err = {0};
    assert_int_equal(csv_next(t->r, &row, &err), IMJIN_OK);
    assert_non_null(row);
    for (uint32_t i = 0; i < row->count; i++) {
        text_add(&shown, "|", i > 0);
        text_add(&shown, row->fields[i].bytes, row->fields[i].count);
    }
    assert_string_equal(shown.bytes, fields);
    assert_int_equal(row->line, line);
    text_done(&shown);
}

static void assert_end(struct table *t) {
    const struct csv_row *row;
    assert_int_equal(csv_next(t->r, &row, NULL), IMJIN_OK);
    assert_null(row);
    assert_int_equal(csv_next(t->r, &row, NULL), IMJIN_OK);
    assert_null(row);
    close_table(t);
}

static void assert_fault(struct table *t, const char *says, uint64_t line) {
    const struct csv_row *row = NULL;
    struct error err = {0};
    assert_int_equal(csv_next(t->r, &row, &err), IMJIN_BAD_INPUT);
    assert_null(row);
    if (strstr(err.text, says) == NULL)
        fail_msg("said: %s", err.text);
    assert_int_equal(err.line, line);
    assert_string_equal(err.file, "t.csv");
}

static void test_rows(void **state) {
    (void)state;
    struct table t = good_table("time,block\n1,2\n\n,\n3,4");
    assert_row(&t, "time|block", 1);
    assert_row(&t, "1|2", 2);
    assert_row(&t, "|", 4);
    assert_row(&t, "3|4", 5);
    assert_end(&t);
    t = good_table("");
    assert_end(&t);
    t = good_table("\n\r\n\n");
    assert_end(&t);
}

static void test_quotes(void **state) {
    (void)state;
    struct table t = good_table("a,\"b,\"\"c\"\"\n\nd\",\"\"\n\"x\"\n");
    assert_row(&t, "a|b,\"c\"\n\nd|", 1);
    assert_row(&t, "x", 4);
    assert_end(&t);
}

static void test_line_ends(void **state) {
    (void)state;
    struct table t = good_table("\xef\xbb\xbf"
                                "a,b\r\n1,2\n\"3\r\n\",4\r\n5,6\r\n");
    assert_row(&t, "a|b", 1);
    assert_row(&t, "1|2", 2);
    assert_row(&t, "3\r\n|4", 3);
    assert_row(&t, "5|6", 5);
    assert_end(&t);
    t = good_table("a,b\n1,2\r3,4\r");
    assert_row(&t, "a|b", 1);
    assert_fault(&t, "carriage return", 2);
    assert_true(csv_broken(t.r));
    close_table(&t);
    t = good_table("a,b\r");
    assert_fault(&t, "carriage return", 1);
    close_table(&t);
}

/* A bad row is passed over and reading goes on behind it. */
static void test_bad_rows(void **state) {
    (void)state;
    struct table t = good_table("a,b\n1,x\"y\"\n2,\"x\"y\n3,\"x\"\"\"y\"\n4,5\n");
    assert_row(&t, "a|b", 1);
    assert_fault(&t, "quote", 2);
    assert_fault(&t, "quote", 3);
    /* the quotes of line 4 are odd: what follows belongs to the field that is never closed */
    assert_fault(&t, "never closed", 4);
    assert_true(csv_broken(t.r));
    close_table(&t);
    struct table z;
    assert_int_equal(open_table(&z, "a\0b,c\nd,e\n", 10, NULL), IMJIN_OK);
    assert_fault(&z, "NUL", 1);
    assert_false(csv_broken(z.r));
    assert_row(&z, "d|e", 2);
    assert_end(&z);
}

static void test_never_closed(void **state) {
    (void)state;
    struct table t = good_table("a,b\n1,\"two\"\n2,\"a \"\"quoted\"\"\nfield\",x\n\"5\n6\",\"7\n8,9\n10\n");
    assert_row(&t, "a|b", 1);
    assert_row(&t, "1|two", 2);
    assert_row(&t, "2|a \"quoted\"\nfield|x", 3);
    assert_fault(&t, "never closed", 6); /* the row begins on line 5 */
    assert_true(csv_broken(t.r));
    close_table(&t);
}

static void test_utf16(void **state) {
    (void)state;
    struct table t;
    struct error err = {0};
    assert_int_equal(open_table(&t,
                                "\xff\xfe"
                                "a\0,\0",
                                6, &err),
                     IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "UTF-16"));
}

/* ---- limits ---- */

static char *filled(uint64_t count, char c) {
    char *bytes = malloc(count + 1);
    assert_non_null(bytes);
    memset(bytes, c, count);
    bytes[count] = '\0';
    return bytes;
}

static void assert_wide_field(uint64_t bytes, bool quoted, const char *says) {
    char *text = filled(bytes + 16, 'x');
    struct table t;
    memcpy(text, quoted ? "1,\"" : "1,y", 3);
    memcpy(text + 2 + bytes + (quoted ? 1 : 0), quoted ? "\"\n3,4\n" : "\n3,4\n", quoted ? 6 : 5);
    uint64_t count = 2 + bytes + (quoted ? 1 + 6 : 5);
    assert_int_equal(open_table(&t, text, count, NULL), IMJIN_OK);
    const struct csv_row *row;
    if (says) {
        assert_fault(&t, says, 1);
    } else {
        assert_int_equal(csv_next(t.r, &row, NULL), IMJIN_OK);
        assert_int_equal(row->fields[1].count, bytes);
    }
    if (!csv_broken(t.r))
        assert_row(&t, "3|4", 2);
    close_table(&t);
    free(text);
}

static void test_field_limit(void **state) {
    (void)state;
    assert_wide_field(CSV_FIELD_BYTES_MAX, false, NULL);
    assert_wide_field(CSV_FIELD_BYTES_MAX, true, NULL);
    assert_wide_field(CSV_FIELD_BYTES_MAX + 1, false, "the limit is 1048576");
    assert_wide_field(CSV_FIELD_BYTES_MAX + 1, true, "the limit is 1048576");
    assert_wide_field(10000000, false, "a field of 10000000 bytes");
    assert_wide_field(CSV_ROW_BYTES_MAX + 1, false, "more than 16 MB");
    assert_wide_field(CSV_ROW_BYTES_MAX + 1, true, "never closed?");
}

static void test_column_limit(void **state) {
    (void)state;
    char *text = filled(CSV_COLUMNS_MAX + 8, ',');
    struct table t;
    const struct csv_row *row;
    memcpy(text + CSV_COLUMNS_MAX - 1, "\na,b", 4);
    assert_int_equal(open_table(&t, text, CSV_COLUMNS_MAX + 3, NULL), IMJIN_OK);
    assert_int_equal(csv_next(t.r, &row, NULL), IMJIN_OK);
    assert_int_equal(row->count, CSV_COLUMNS_MAX);
    assert_row(&t, "a|b", 2);
    assert_end(&t);
    memset(text, ',', CSV_COLUMNS_MAX);
    memcpy(text + CSV_COLUMNS_MAX, "\na,b", 4);
    assert_int_equal(open_table(&t, text, CSV_COLUMNS_MAX + 4, NULL), IMJIN_OK);
    assert_fault(&t, "1025 columns", 1);
    assert_row(&t, "a|b", 2);
    assert_end(&t);
    free(text);
}

/* ---- going on in the middle ---- */

static void test_forward(void **state) {
    (void)state;
    struct text text = {0};
    for (int i = 0; i < 100000; i++)
        text_add_format(&text, "%d,\"%d\n\"\n", i, i);
    struct table t = good_table(text.bytes);
    const struct csv_row *row;
    uint64_t offset = 0, line = 0;
    for (int i = 0; i < 77777; i++) {
        assert_int_equal(csv_next(t.r, &row, NULL), IMJIN_OK);
        offset = row->offset_after;
        line = row->line_after;
    }
    close_table(&t);
    t = good_table(text.bytes);
    assert_row(&t, "0|0\n", 1);
    assert_int_equal(csv_forward(t.r, offset, line, NULL), IMJIN_OK);
    assert_row(&t, "77777|77777\n", 2 * 77777 + 1);
    assert_int_equal(csv_forward(t.r, 5, 2, NULL), IMJIN_USAGE);
    assert_int_equal(csv_forward(t.r, text.count + 1, 2, NULL), IMJIN_BAD_INPUT);
    close_table(&t);
    text_done(&text);
}

/* ---- random tables ---- */

static uint64_t random_state = 88172645463325252u;
static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void test_random_tables(void **state) {
    (void)state;
    uint64_t rows = 0;
    for (unsigned round = 0; round < 3000; round++) {
        char text[2000];
        uint64_t count = next_random() % sizeof text;
        unsigned odds = 2u + (unsigned)(next_random() % 40);
        const char *marks = round % 3 ? ",,\n\r\n" : round % 2 ? ",,\n\"\"\"" : ",\n\r\"\0";
        unsigned mark_count = round % 3 ? 5 : round % 2 ? 6 : 5;
        for (uint64_t i = 0; i < count; i++)
            text[i] = next_random() % odds ? (char)('a' + next_random() % 26) : marks[next_random() % mark_count];
        for (uint64_t i = 0; i + 1 < count; i++) /* most carriage returns end a line, else few tables would be read far */
            if (text[i] == '\r' && next_random() % 8)
                text[i + 1] = '\n';
        rows += compare_with_oracle(text, count, ',');
    }
    assert_true(rows > 3000);
}

/* Well-formed tables, larger than what is read or scanned at once. */
static void test_large_tables(void **state) {
    (void)state;
    for (unsigned round = 0; round < 4; round++) {
        struct text text = {0};
        uint64_t rows = 0;
        while (text.count < 700000) {
            unsigned fields = 1 + (unsigned)(next_random() % 9);
            for (unsigned i = 0; i < fields; i++) {
                bool quoted = next_random() % 50 < round;
                text_add(&text, ",", i > 0);
                text_add(&text, "\"", quoted);
                text_add_format(&text, "%llu", (unsigned long long)next_random());
                for (uint64_t n = quoted ? next_random() % 300 : 0; n; n--)
                    text_add(&text, n % 7 ? "z" : n % 2 ? "\n" : "\"\"", n % 7 ? 1 : n % 2 ? 1 : 2);
                text_add(&text, "\"", quoted);
            }
            text_add_string(&text, next_random() % 2 ? "\n" : "\r\n");
            rows++;
        }
        assert_int_equal(compare_with_oracle(text.bytes, text.count, ','), rows);
        text_done(&text);
    }
}

/* ---- lines ---- */

static void test_lines(void **state) {
    (void)state;
    static const char text[] = "\xef\xbb\xbf{\"a\":1}\r\n\n  \n{}\nx\0y\nlast";
    struct input *in;
    struct window w;
    struct line_reader r;
    struct text_line line;
    struct error err = {0};
    assert_int_equal(input_open_memory(&in, "t.json", text, sizeof text - 1, 1, NULL), IMJIN_OK);
    assert_int_equal(window_init(&w, in, CSV_ROW_BYTES_MAX, NULL), IMJIN_OK);
    assert_int_equal(line_reader_init(&r, &w, NULL), IMJIN_OK);
    assert_int_equal(line_next(&r, &line, NULL), IMJIN_OK);
    assert_true(span_is(line.text, "{\"a\":1}") && line.line == 1 && line.offset_after == 12);
    assert_int_equal(line_next(&r, &line, NULL), IMJIN_OK);
    assert_true(span_is(line.text, "{}") && line.line == 4);
    assert_int_equal(line_next(&r, &line, &err), IMJIN_BAD_INPUT);
    assert_int_equal(err.line, 5);
    assert_false(r.broken);
    assert_int_equal(line_next(&r, &line, NULL), IMJIN_OK);
    assert_true(span_is(line.text, "last") && line.line == 6);
    assert_int_equal(line_next(&r, &line, NULL), IMJIN_OK);
    assert_null(line.text.bytes);
    line_reader_done(&r);
    input_close(in);
}

static void test_line_limit(void **state) {
    (void)state;
    char *text = filled(CSV_ROW_BYTES_MAX + 1, 'x');
    struct input *in;
    struct window w;
    struct line_reader r;
    struct text_line line;
    struct error err = {0};
    assert_int_equal(input_open_memory(&in, "t.json", text, CSV_ROW_BYTES_MAX + 1, 1, NULL), IMJIN_OK);
    assert_int_equal(window_init(&w, in, CSV_ROW_BYTES_MAX, NULL), IMJIN_OK);
    assert_int_equal(line_reader_init(&r, &w, NULL), IMJIN_OK);
    assert_int_equal(line_next(&r, &line, &err), IMJIN_BAD_INPUT);
    assert_true(r.broken && err.line == 1 && strstr(err.text, "16 MB"));
    line_reader_done(&r);
    input_close(in);
    free(text);
}

/* ---- memory ---- */

static enum imjin_status read_table(const char *text) {
    struct table t;
    const struct csv_row *row;
    TRY(open_table(&t, text, strlen(text), NULL));
    enum imjin_status status;
    do
        status = csv_next(t.r, &row, NULL);
    while (status == IMJIN_OK && row);
    close_table(&t);
    return status;
}

static void test_memory(void **state) {
    (void)state;
    char *text = filled(1 << 19, 'x'); /* longer than the first window, so that it grows */
    text[1 << 18] = ',';
    enum imjin_status status = IMJIN_MACHINE;
    for (uint64_t n = 1; status != IMJIN_OK; n++) {
        memory_fail_at(n, false);
        status = read_table(text);
        memory_fail_at(0, false);
        assert_true(status == IMJIN_OK || status == IMJIN_MACHINE);
        assert_true(n < 100);
    }
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),          cmocka_unit_test(test_quotes),       cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_bad_rows),      cmocka_unit_test(test_never_closed), cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_field_limit),   cmocka_unit_test(test_column_limit), cmocka_unit_test(test_forward),
        cmocka_unit_test(test_random_tables), cmocka_unit_test(test_large_tables), cmocka_unit_test(test_lines),
        cmocka_unit_test(test_line_limit),    cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
