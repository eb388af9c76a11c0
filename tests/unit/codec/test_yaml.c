/* YAML events: what is read, what is refused, limits. */
#include "../unit.h"

#include "codec/codec.h"

static enum imjin_status read_all(const char *document, uint64_t count, struct text *out, struct error *err) {
    static const char letters[] = ".{}[]";
    struct yaml_reader *r;
    struct yaml_event e = {.kind = YAML_SCALAR};
    enum imjin_status status = yaml_reader_open(&r, "x.yaml", (struct span){document, count}, err);
    if (status != IMJIN_OK)
        return status;
    while (status == IMJIN_OK && e.kind != YAML_END) {
        status = yaml_next(r, &e, err);
        if (status != IMJIN_OK || out == NULL)
            continue;
        if (e.kind != YAML_SCALAR) {
            text_add(out, &letters[e.kind], 1);
            continue;
        }
        text_add(out, e.text.bytes, e.text.count);
        text_add_string(out, e.is_key ? ":" : e.plain ? " " : "' ");
    }
    yaml_reader_close(r);
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

static void reads_maps_lists_and_scalars(void **state) {
    (void)state;
    assert_events("", ".");
    assert_events("# only a comment\n", ".");
    assert_events("title: Pack\ntags:\n- address: 0xab\n  label: 'x y'\n- {a: [1, \"2\"], b: {}}\nlast: ~\n",
                  "{title:Pack tags:[{address:0xab label:x y' }{a:[1 2' ]b:{}}]last:~ }.");
    assert_events("text: >-\n  one\n  two\n", "{text:one two' }.");
    assert_events("k: \xea\xb0\x80\n", "{k:\xea\xb0\x80 }.");
    assert_events("---\na: 1\n...\n", "{a:1 }.");
}

static void assert_refused(const char *document, uint64_t line, const char *what) {
    struct error err = {0};
    if (read_all(document, strlen(document), NULL, &err) != IMJIN_BAD_INPUT)
        fail_msg("accepted: %s", document);
    if (strstr(err.text, what) == NULL || err.line != line)
        fail_msg("%s: line %d: %s", document, (int)err.line, err.text);
    assert_string_equal(err.file, "x.yaml");
}

static void refuses_what_can_hide_or_grow(void **state) {
    (void)state;
    assert_refused("a: &x [1]\nb: [*x, *x]\n", 1, "anchors");
    assert_refused("b: *x\n", 1, "aliases");
    assert_refused("a: &x lol\n", 1, "anchors");
    assert_refused("a: 1\nb: !!python/object:os.system rm\n", 2, "tags");
    assert_refused("a: !!str x\n", 1, "tags");
    assert_refused("a: !x {}\n", 1, "tags");
    assert_refused("a: 1\n---\nb: 2\n", 2, "second document");
    assert_refused("? [a]\n: b\n", 1, "a key must be a scalar");
    assert_refused("a: b: c\n", 1, "mapping values");
    assert_refused("a: [1, 2\n", 2, "");
    assert_refused("a: 'never closed\n", 2, "");
    assert_refused("a:\n\t- b\n", 2, "");
    assert_refused("a: \xff\n", 1, "UTF-8");
}

/* Nine levels of nine aliases each: 9^9 nodes when expanded. Refused at the first anchor. */
static void refuses_the_alias_bomb(void **state) {
    (void)state;
    struct text bomb = {0};
    text_add_string(&bomb, "a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n");
    for (unsigned i = 1; i < 10; i++) {
        text_add_format(&bomb, "a%u: &a%u [", i, i);
        for (unsigned j = 0; j < 9; j++)
            text_add_format(&bomb, "%s*a%u", j ? "," : "", i - 1);
        text_add_string(&bomb, "]\n");
    }
    assert_refused(bomb.bytes, 1, "anchors");
    text_done(&bomb);
}

static void meets_its_limits(void **state) {
    (void)state;
    struct text deep = {0}, scalar = {0};
    for (unsigned i = 0; i < YAML_DEPTH_MAX; i++)
        text_add_string(&deep, "[");
    for (unsigned i = 0; i < YAML_DEPTH_MAX; i++)
        text_add_string(&deep, "]");
    assert_int_equal(read_all(deep.bytes, deep.count, NULL, NULL), IMJIN_OK);
    text_clear(&deep);
    for (unsigned i = 0; i < 100 * YAML_DEPTH_MAX; i++)
        text_add_string(&deep, "[");
    assert_refused(deep.bytes, 1, "too deeply");
    for (unsigned i = 0; i < YAML_SCALAR_BYTES_MAX; i++)
        text_add_string(&scalar, "s");
    assert_int_equal(read_all(scalar.bytes, scalar.count, NULL, NULL), IMJIN_OK);
    text_add_string(&scalar, "s");
    assert_refused(scalar.bytes, 1, "too long");
    struct yaml_reader *r;
    assert_int_equal(yaml_reader_open(&r, "x.yaml", (struct span){"", (uint64_t)YAML_BYTES_MAX + 1}, NULL), IMJIN_BAD_INPUT);
    text_done(&deep);
    text_done(&scalar);
}

static void skips_values(void **state) {
    (void)state;
    struct yaml_reader *r;
    struct yaml_event e;
    struct error err = {0};
    assert_int_equal(yaml_reader_open(&r, "x.yaml", span_of("a: {b: [1, {c: d}]}\ne: f\n"), &err), IMJIN_OK);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(yaml_next(r, &e, &err), IMJIN_OK);
    assert_int_equal(e.kind, YAML_MAP_BEGIN);
    assert_int_equal(yaml_skip(r, &e, &err), IMJIN_OK);
    assert_int_equal(yaml_next(r, &e, &err), IMJIN_OK);
    assert_true(e.is_key && span_is(e.text, "e"));
    assert_int_equal(yaml_skip(r, &e, &err), IMJIN_OK);
    assert_int_equal(yaml_next(r, &e, &err), IMJIN_OK);
    assert_true(span_is(e.text, "f"));
    assert_int_equal(yaml_fail(r, &e, &err, "no %s", "f"), IMJIN_BAD_INPUT);
    assert_string_equal(err.text, "YAML, column 4: no f");
    assert_int_equal(err.line, 2);
    yaml_reader_close(r);
}

static void every_failed_allocation_is_reported(void **state) {
    (void)state;
    memory_fail_at(1, true);
    assert_int_equal(read_all("a: b", 4, NULL, NULL), IMJIN_MACHINE);
    memory_fail_at(0, false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_maps_lists_and_scalars),
        cmocka_unit_test(refuses_what_can_hide_or_grow),
        cmocka_unit_test(refuses_the_alias_bomb),
        cmocka_unit_test(meets_its_limits),
        cmocka_unit_test(skips_values),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
