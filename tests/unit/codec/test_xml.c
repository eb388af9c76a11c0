#include "../unit.h"
#include "codec/codec.h"

/* Root is entered; each child is handed over and written down. */
struct seen {
    struct text text, unseen;
};

static enum xml_take take(void *context, struct xml_node *e) {
    (void)context;
    return e->depth == 0 ? XML_ENTER : XML_TREE;
}

static void told(void *context, const char *path) {
    struct seen *s = context;
    text_add_format(&s->unseen, "%s ", path);
}

static enum imjin_status tree(void *context, struct xml_node *r, struct error *err) {
    struct seen *s = context;
    if (span_is(r->name, "stop"))
        return fail(err, IMJIN_BAD_INPUT, "stopped");
    struct span id = xml_attribute(r, "id"), name = xml_text(r, "name");
    text_add_format(&s->text, "%.*s=%.*s@%u;", (int)id.count, id.bytes ? id.bytes : "", (int)name.count,
                    name.bytes ? name.bytes : "", (unsigned)r->line);
    xml_unseen(r, told, s);
    return IMJIN_OK;
}

static enum imjin_status parse(struct seen *s, const char *bytes, uint64_t count, struct error *err) {
    struct input *in;
    struct xml_handler handler = {s, take, tree};
    TRY(input_open_memory(&in, "x.xml", bytes, count, 1, err));
    enum imjin_status status = xml_read(in, &handler, err);
    input_close(in);
    return status;
}

static void done(struct seen *s) {
    text_done(&s->text);
    text_done(&s->unseen);
}

static void test_records(void **state) {
    (void)state;
    struct seen s = {0};
    static const char text[] = "<?xml version='1.0'?><!-- c --><a:list xmlns:a='u'>\n<r id='1'><name> Ada &amp; "
                               "<![CDATA[Co]]>\n</name><x y='2'>z</x></r>\n"
                               "<r><name>B</name><name w='1'>C</name></r></a:list>";
    assert_int_equal(parse(&s, text, sizeof text - 1, NULL), IMJIN_OK);
    assert_string_equal(s.text.bytes, "1=Ada & Co@2;=B@4;");
    assert_string_equal(s.unseen.bytes, "/x /name ");
    done(&s);
}

static void test_latin_1_becomes_utf8(void **state) {
    (void)state;
    struct seen s = {0};
    static const char text[] = "<?xml version='1.0' encoding='ISO-8859-1'?><l><r id='1'><name>\xe9</name></r></l>";
    assert_int_equal(parse(&s, text, sizeof text - 1, NULL), IMJIN_OK);
    assert_string_equal(s.text.bytes, "1=\xc3\xa9@1;");
    done(&s);
}

static void refused(const char *text, uint64_t count, const char *why, uint64_t line) {
    struct seen s = {0};
    struct error err = {0};
    assert_int_equal(parse(&s, text, count, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, why));
    assert_int_equal(err.line, line);
    assert_string_equal(err.file, "x.xml");
    done(&s);
}

static void test_refusals(void **state) {
    (void)state;
    static const struct {
        const char *text, *why;
        uint64_t line;
    } rows[] = {
        {"<!DOCTYPE l [<!ENTITY a 'b'>]><l/>", "DOCTYPE", 1},
        {"<!DOCTYPE l [<!ENTITY a '0'><!ENTITY b '&a;&a;'>]><l>&b;</l>", "DOCTYPE", 1},
        {"<l>\n<r><name>x</name></r>", "not well-formed", 2},
        {"<l><r><name>x</nam></r></l>", "not well-formed", 1},
        {"<l>\n<r id='1'><name>\xff</name></r></l>", "not well-formed", 2},
        {"<?xml version='1.0' encoding='EBCDIC-CP-US'?><l/>", "encoding", 1},
        {"<l>\n\ntext</l>", "text stands", 3},
        {"<l>&nbsp;</l>", "not well-formed", 1},
        {"", "not well-formed", 1},
        {"<l>\n<stop/></l>", "stopped", 2},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        refused(rows[i].text, strlen(rows[i].text), rows[i].why, rows[i].line);
}

static void test_limits(void **state) {
    (void)state;
    struct text t = {0};
    text_add_string(&t, "<l>");
    for (unsigned i = 0; i < XML_DEPTH_MAX; i++)
        text_add_string(&t, "<d>");
    refused(t.bytes, t.count, "deeper than 64", 1);
    text_clear(&t);
    text_add_string(&t, "<l><r");
    for (unsigned i = 0; i <= XML_ATTRIBUTES_MAX; i++)
        text_add_format(&t, " a%u=''", i);
    text_add_string(&t, "/></l>");
    refused(t.bytes, t.count, "256 attributes", 1);
    text_clear(&t);
    text_add_string(&t, "<l><r a='");
    for (unsigned i = 0; i < XML_TOKEN_BYTES_MAX / 16 + 8192; i++)
        text_add_string(&t, "0123456789abcdef");
    refused(t.bytes, t.count, "larger than 4 MB", 1);
    text_done(&t);
}

static void test_memory_fails(void **state) {
    (void)state;
    static const char text[] = "<l><r id='1'><name>A</name></r><r id='2'><name>B</name></r></l>";
    for (uint64_t n = 1;; n++) {
        struct seen s = {0};
        struct error err = {0};
        memory_fail_at(n, false);
        enum imjin_status status = parse(&s, text, sizeof text - 1, &err);
        uint64_t failed = text_status(&s.text, NULL) != IMJIN_OK;
        memory_fail_at(0, false);
        done(&s);
        if (status == IMJIN_OK && !failed && n > 30)
            break;
        assert_true(status == IMJIN_OK || status == IMJIN_MACHINE || err.text[0]);
        assert_true(n < 1000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records), cmocka_unit_test(test_latin_1_becomes_utf8), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_memory_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
