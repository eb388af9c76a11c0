/* JSON: the reader against hand-made cases and against jansson, the writer against the reader. */
#include "../unit.h"

#include "codec/codec.h"

/* The events of a document as text: one letter an event and the text of keys and scalars. */
static enum imjin_status read_all(const char *document, uint64_t count, struct text *out, struct error *err) {
    static const char letters[] = ".{}[]ksntf0";
    struct json_reader r = {0};
    struct json_event e = {.kind = JSON_NULL};
    enum imjin_status status = IMJIN_OK;
    json_start(&r, "x.json", (struct span){document, count}, 1);
    while (status == IMJIN_OK && e.kind != JSON_END) {
        status = json_next(&r, &e, err);
        if (status == IMJIN_OK && out) {
            text_add(out, &letters[e.kind], 1);
            if (e.kind == JSON_KEY || e.kind == JSON_STRING || e.kind == JSON_NUMBER) {
                text_add_string(out, e.kind == JSON_NUMBER && e.integer ? "#" : "");
                text_add(out, e.text.bytes, e.text.count);
                text_add(out, " ", 1);
            }
        }
    }
    json_reader_done(&r);
    return status;
}

static void assert_events(const char *document, const char *expected) {
    struct text out = {0};
    struct error err = {0};
    if (read_all(document, strlen(document), &out, &err) != IMJIN_OK)
        fail_msg("%s: %s", document, err.text);
    assert_string_equal(out.bytes, expected);
    text_done(&out);
}

static void reads_every_kind(void **state) {
    (void)state;
    assert_events(" 1 ", "n#1 .");
    assert_events("{}", "{}.");
    assert_events("[ ]", "[].");
    assert_events("{\"a\":[1,-2.5,3e8,true,false,null],\"b\":{\"c\":\"d\"}}", "{ka [n#1 n-2.5 n3e8 tf0]kb {kc sd }}.");
    assert_events("[[[]],{}]", "[[[]]{}].");
    assert_events("115792089237316195423570985008687907853269984665640564039457584007913129639936",
                  "n#115792089237316195423570985008687907853269984665640564039457584007913129639936 .");
    assert_events("\"\\u0041\\n\\/\\\"\\ud83d\\ude00\"", "sA\n/\"\xf0\x9f\x98\x80 .");
    assert_events("\"\xea\xb0\x80\"", "s\xea\xb0\x80 .");
    assert_events("{\"a\":{\"a\":1},\"b\":{\"a\":2}}", "{ka {ka n#1 }kb {ka n#2 }}.");
}

static void assert_refused(const char *document, uint64_t line, const char *what) {
    struct error err = {0};
    if (read_all(document, strlen(document), NULL, &err) != IMJIN_BAD_INPUT)
        fail_msg("accepted: %s", document);
    if (strstr(err.text, what) == NULL || err.line != line)
        fail_msg("%s: line %d: %s", document, (int)err.line, err.text);
    assert_string_equal(err.file, "x.json");
}

static void refuses_what_the_grammar_refuses(void **state) {
    (void)state;
    assert_refused("", 1, "a value is due");
    assert_refused("{\n \"a\": 1,\n \"a\": 2}", 3, "column 2: the object has this key twice");
    assert_refused("{\"ab\":1,\"\\u0061b\":2}", 1, "twice");
    assert_refused("[1,]", 1, "column 4: not a value");
    assert_refused("{\"a\":1,}", 1, "a key in quotes");
    assert_refused("{'a':1}", 1, "a key in quotes");
    assert_refused("{\"a\" 1}", 1, "colon");
    assert_refused("[1 2]", 1, "comma or ]");
    assert_refused("[1}", 1, "comma or ]");
    assert_refused("{\"a\":1]", 1, "comma or }");
    assert_refused("[1", 1, "comma or ]");
    assert_refused("01", 1, "begin with a zero");
    assert_refused("-", 1, "digit");
    assert_refused("1.", 1, "digit");
    assert_refused("1e+", 1, "digit");
    assert_refused("+1", 1, "not a value");
    assert_refused(".5", 1, "not a value");
    assert_refused("NaN", 1, "not a value");
    assert_refused("nul", 1, "not a value");
    assert_refused("1 2", 1, "behind the end");
    assert_refused("\"a", 1, "never closed");
    assert_refused("\"a\\", 1, "never closed");
    assert_refused("\"a\nb\"", 1, "control character");
    assert_refused("\"\\x41\"", 1, "escape");
    assert_refused("\"\\u12g4\"", 1, "escape");
    assert_refused("\"\\ud800\"", 1, "escape");
    assert_refused("\"\\udc00\"", 1, "escape");
    assert_refused("\"\\ud800\\u0041\"", 1, "escape");
    assert_refused("\"\xc0\xaf\"", 1, "UTF-8");
    assert_refused("\"\xed\xa0\x80\"", 1, "UTF-8");
    assert_refused("\"\xf4\x90\x80\x80\"", 1, "UTF-8");
    assert_refused("\"\xe2\x82\"", 1, "UTF-8");
    assert_refused("\xef\xbb\xbf{}", 1, "byte order mark");
    assert_refused("// x\n1", 1, "not a value");
}

static void refuses_nul_outside_strings(void **state) {
    (void)state;
    assert_int_equal(read_all("[1\0]", 4, NULL, NULL), IMJIN_BAD_INPUT);
    assert_int_equal(read_all("1\0", 2, NULL, NULL), IMJIN_BAD_INPUT);
    assert_int_equal(read_all("\"\0\"", 3, NULL, NULL), IMJIN_BAD_INPUT);
}

static void meets_its_limits(void **state) {
    (void)state;
    char deep[2 * JSON_DEPTH_MAX + 3], number[JSON_NUMBER_BYTES_MAX + 2];
    struct error err = {0};
    memset(deep, '[', JSON_DEPTH_MAX);
    memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    assert_int_equal(read_all(deep, 2 * JSON_DEPTH_MAX, NULL, &err), IMJIN_OK);
    memset(deep, '[', sizeof deep);
    assert_int_equal(read_all(deep, sizeof deep, NULL, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "too deeply"));
    memset(number, '7', sizeof number);
    assert_int_equal(read_all(number, JSON_NUMBER_BYTES_MAX, NULL, &err), IMJIN_OK);
    assert_int_equal(read_all(number, JSON_NUMBER_BYTES_MAX + 1, NULL, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "too long"));
}

/* Many keys, so that the table of keys grows; then the first key again. */
static void finds_duplicates_among_many_keys(void **state) {
    (void)state;
    struct text document = {0};
    struct error err = {0};
    text_add_string(&document, "{\"first\":0");
    for (unsigned i = 0; i < 5000; i++)
        text_add_format(&document, ",\"key%u\":{\"first\":%u}", i, i);
    uint64_t count = document.count;
    text_add_string(&document, "}");
    assert_int_equal(read_all(document.bytes, document.count, NULL, &err), IMJIN_OK);
    document.count = count;
    text_add_string(&document, ",\"first\":1}");
    assert_int_equal(read_all(document.bytes, document.count, NULL, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "twice"));
    text_done(&document);
}

static void skips_values_and_names_places(void **state) {
    (void)state;
    static const char text[] = "{\"skip\":[1,{\"x\":[]},\"s\"],\n\"take\":7}";
    struct json_reader r = {0};
    struct json_event e;
    struct error err = {0};
    for (unsigned round = 0; round < 2; round++) {
        json_start(&r, "y.json", span_of(text), 40);
        assert_int_equal(json_next(&r, &e, &err), IMJIN_OK);
        assert_int_equal(json_next(&r, &e, &err), IMJIN_OK);
        assert_true(span_is(e.text, "skip"));
        assert_int_equal(json_skip(&r, &err), IMJIN_OK);
        assert_int_equal(json_next(&r, &e, &err), IMJIN_OK);
        assert_true(span_is(e.text, "take"));
        assert_int_equal(e.depth, 1);
        assert_int_equal(json_fail(&r, e.offset, &err, "no %s here", "take"), IMJIN_BAD_INPUT);
        assert_int_equal(err.line, 41);
        assert_string_equal(err.text, "JSON, column 1: no take here");
    } /* the second round starts anew in the middle of a document */
    json_reader_done(&r);
}

static void every_failed_allocation_is_reported(void **state) {
    (void)state;
    static const char text[] = "{\"a\\n\":1,\"b\\n\":[\"c\\n\"]}";
    for (uint64_t nth = 1;; nth++) {
        memory_fail_at(nth, false);
        uint64_t before = memory_allocations();
        enum imjin_status status = read_all(text, sizeof text - 1, NULL, NULL);
        bool reached = memory_allocations() - before >= nth;
        memory_fail_at(0, false);
        assert_int_equal(status, reached ? IMJIN_MACHINE : IMJIN_OK);
        if (!reached)
            break;
    }
}

bool jansson_accepts(const char *bytes, size_t count);

/* Jansson must agree on what is JSON, for every prefix and many damaged copies of a document. */
static void agrees_with_jansson(void **state) {
    (void)state;
    static const char text[] =
        " {\"a\":[1,-2.50,3e-8,true,false,null,\"\\u00e9\\ud83d\\ude00\xc3\xa9\"],\"\\u1001\":{\"c\":\"d\"},\"e\":[[],{}]} ";
    static const char replacements[] = " \"\\{}[]:,0-+.eEu1tn/\x80\xc3\xff\x1f";
    for (size_t count = 0; count < sizeof text; count++)
        assert_int_equal(read_all(text, count, NULL, NULL) == IMJIN_OK, jansson_accepts(text, count));
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        char damaged[sizeof text];
        memcpy(damaged, text, sizeof text);
        for (size_t j = 0; j + 1 < sizeof replacements; j++) {
            damaged[i] = replacements[j];
            bool ours = read_all(damaged, sizeof text - 1, NULL, NULL) == IMJIN_OK;
            if (ours != jansson_accepts(damaged, sizeof text - 1))
                fail_msg("we %s, byte %zu: %s", ours ? "accept" : "refuse", i, damaged);
        }
    }
}

static void write_sample(struct json_writer *w) {
    json_object_begin(w);
    json_put_key(w, "text");
    json_put_string(w, (struct span){"a\"\\\n\x01\x7f</s>\xff\xe2\x80\xa8\0", 15});
    json_put_key(w, "list");
    json_array_begin(w);
    json_put_unsigned(w, UINT64_MAX);
    json_put_signed(w, INT64_MIN);
    json_put_amount(w, u256_from_u128(U128_MAX));
    json_put_bool(w, true);
    json_put_text(w, NULL);
    json_array_end(w);
    json_put_key(w, "empty");
    json_object_begin(w);
    json_object_end(w);
    json_object_end(w);
}

static void writes_compact_and_pretty(void **state) {
    (void)state;
    struct text out = {0}, events = {0}, again = {0};
    struct json_writer w = {.out = &out};
    write_sample(&w);
    assert_string_equal(out.bytes,
                        "{\"text\":\"a\\\"\\\\\\n\\u0001\\u007f</s>\\ufffd\xe2\x80\xa8\\u0000\",\"list\":[18446744073709551615,"
                        "-9223372036854775808,\"340282366920938463463374607431768211455\",true,null],\"empty\":{}}");
    assert_int_equal(read_all(out.bytes, out.count, &events, NULL), IMJIN_OK);
    text_clear(&out);
    w = (struct json_writer){.out = &out, .pretty = true, .html_safe = true};
    write_sample(&w);
    assert_string_equal(
        out.bytes, "{\n  \"text\": \"a\\\"\\\\\\n\\u0001\\u007f\\u003c/s\\u003e\\ufffd\\u2028\\u0000\",\n  \"list\": [\n"
                   "    18446744073709551615,\n    -9223372036854775808,\n    \"340282366920938463463374607431768211455\",\n"
                   "    true,\n    null\n  ],\n  \"empty\": {}\n}\n");
    assert_int_equal(read_all(out.bytes, out.count, &again, NULL), IMJIN_OK);
    assert_int_equal(events.count, again.count);
    assert_memory_equal(events.bytes, again.bytes, events.count);
    text_done(&out);
    text_done(&events);
    text_done(&again);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind),
        cmocka_unit_test(refuses_what_the_grammar_refuses),
        cmocka_unit_test(refuses_nul_outside_strings),
        cmocka_unit_test(meets_its_limits),
        cmocka_unit_test(finds_duplicates_among_many_keys),
        cmocka_unit_test(skips_values_and_names_places),
        cmocka_unit_test(every_failed_allocation_is_reported),
        cmocka_unit_test(agrees_with_jansson),
        cmocka_unit_test(writes_compact_and_pretty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
