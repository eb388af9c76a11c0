/* Reports of a trace: golden outputs of a case small enough to work out by hand, totals read back by another JSON reader,
 * hostile labels, an empty trace, memory that runs out. */
#include "fake_case.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const uint64_t eth = 1000000000;
static const int64_t noon = 1648036800; /* 2022-03-23 12:00:00Z */
#define SOURCE  "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
#define MIDDLE  "0x1111111111111111111111111111111111111111"
#define SERVICE "0x2222222222222222222222222222222222222222"
#define BRIDGE  "0x3333333333333333333333333333333333333333"

/* 10 ETH stolen; 4 go to MIDDLE, of which 1.5 reach a service. */
static struct fake_case *small_case(const char *label) {
    struct fake_case *f = fake_new();
    uint32_t bridge = fake_account(f, BRIDGE + 2), middle = fake_account(f, MIDDLE + 2), service = fake_account(f, SERVICE + 2);
    f->stop[service] = STOP_SERVICE;
    fake_label(f, service, label, "exx", "exchange");
    fake_pay(f, bridge, f->source, 10 * eth, noon);
    fake_pay(f, f->source, middle, 4 * eth, noon + 60);
    fake_pay(f, middle, service, 3 * eth / 2, noon + 120);
    fake_finish(f);
    return f;
}

typedef enum imjin_status report_function(struct text *t, const struct report_input *in, struct error *err);
#define WITHOUT_FILE(name)                                                                                                     \
    static enum imjin_status name##_alone(struct text *t, const struct report_input *in, struct error *err) {                  \
        return report_##name(t, NULL, in, err);                                                                                \
    }
WITHOUT_FILE(trace_json)
WITHOUT_FILE(sources_json)
WITHOUT_FILE(edges_csv)
WITHOUT_FILE(rests_csv)
WITHOUT_FILE(reached_csv)
WITHOUT_FILE(graphml)
static enum imjin_status add_file(void *context, const char *name, struct span bytes, struct error *err) {
    struct text *t = context;
    text_add_format(t, "%s\n", name);
    text_add(t, bytes.bytes, bytes.count);
    return text_status(t, err);
}
static enum imjin_status letters(struct text *t, const struct report_input *in, struct error *err) {
    return report_freeze(in, add_file, t, err);
}
static enum imjin_status watched(struct text *t, const struct report_input *in, struct error *err) {
    struct text now = {0};
    static const char before[] = "imjin-watch 1\tx\t1\nETH of 0x\t0x1\tETH\theld\t18\t5\n";
    enum imjin_status status = report_watch_state(&now, in, err);
    if (status == IMJIN_OK)
        status = report_watch(t, in, span_of(before), (struct span){now.bytes, now.count}, false, err);
    text_done(&now);
    return status;
}
static report_function *const functions[] = {letters,         watched,         report_trace_text,   trace_json_alone,
                                             edges_csv_alone, rests_csv_alone, reached_csv_alone,   graphml_alone,
                                             report_svg,      report_html,     report_sources_text, sources_json_alone};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

static struct text make(report_function *function, const struct fake_case *f) {
    struct text t = {0};
    struct error err = {0};
    if (function(&t, &f->input, &err) != IMJIN_OK)
        fail_msg("%s", err.text);
    assert_non_null(t.bytes);
    return t;
}

static void test_reached(void **state) {
    (void)state;
    struct fake_case *f = small_case("Exx");
    struct text t = make(reached_csv_alone, f);
    assert_string_equal(t.bytes, "address,claim,stop\n" SOURCE ",10000000000000000000,\n" MIDDLE
                                 ",4000000000000000000,\n" SERVICE ",1500000000000000000,service\n");
    text_done(&t);
    fake_free(f);
}

static void test_edges(void **state) {
    (void)state;
    struct fake_case *f = small_case("=cmd(),\"x\"");
    struct text t = make(edges_csv_alone, f);
    const char *last = strstr(t.bytes, "0,2022-03-23 12:02:00Z,14440002,0x");
    assert_non_null(last);
    assert_non_null(strstr(last, ",2,transfer," MIDDLE ",," SERVICE ",\"'=cmd(),\"\"x\"\"\",ETH,1500000000000000000,1.5,ETH,"
                                 "1500000000000000000,1.5,ETH,1500000000000000000,1.5,2,no,,,\n"));
    text_done(&t);
    fake_free(f);
}

/* Who holds a service's account can stop what came to it; the coin has no issuer. */
static void test_letters(void **state) {
    (void)state;
    struct fake_case *f = small_case("Exx & Co");
    struct text t = make(letters, f);
    assert_non_null(strstr(t.bytes, "01-exx.txt\nTo: exx ("));
    assert_non_null(strstr(t.bytes, "Account " SERVICE " (Exx & Co)\n  1.5 ETH\n  there since 2022-03-23 12:02:00Z\n"));
    assert_non_null(strstr(t.bytes, "1.5 ETH, which stands for 1.5 ETH of theft 1\n"));
    assert_non_null(strstr(t.bytes, "  theft 1: 10 ETH\n    arrived at " SOURCE));
    assert_non_null(strstr(t.bytes, "\nexx,service,"));
    assert_null(strstr(t.bytes, "issuer"));
    text_done(&t);
    fake_free(f);
}

static void test_watch(void **state) {
    (void)state;
    struct fake_case *f = small_case("Exx");
    struct text t = make(watched, f);
    assert_non_null(strstr(t.bytes, "Watch: 4 places changed since the last run"));
    assert_non_null(strstr(t.bytes, "  left    <0.0001 ETH from 0x1 (held), now 0"));
    assert_non_null(strstr(t.bytes, "  arrived 1.5 ETH at " SERVICE " (service), now 1.5"));
    text_done(&t);
    fake_free(f);
}

static void test_rests(void **state) {
    (void)state;
    struct fake_case *f = small_case("Exx");
    struct text t = make(rests_csv_alone, f);
    assert_non_null(strstr(t.bytes, "0,," SOURCE ",,2022-03-23 12:00:00Z,14440000,"));
    assert_non_null(strstr(t.bytes, ",ETH,6000000000000000000,6,ETH,6000000000000000000,6,,,\n"));
    assert_non_null(strstr(t.bytes, "0,service," SERVICE ",Exx,2022-03-23 12:02:00Z,14440002,"));
    text_done(&t);
    fake_free(f);
}

static void test_text(void **state) {
    (void)state;
    struct fake_case *f = small_case("Exx");
    struct text t = make(report_trace_text, f);
    static const char *const lines[] = {
        "Trace on ethereum, policy fifo: 3 accounts, 2 edges\n",
        "10 ETH stolen\n",
        "  stopped                                 1.5 ETH       15.0 %\n",
        "    service                               1.5 ETH       15.0 %\n",
        "  at rest                                 8.5 ETH       85.0 %\n",
        "  fees                                      0 ETH          0 %\n",
        SERVICE " Exx (exchange); ask: exchange compliance desk\n",
        "At rest\n",
    };
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (strstr(t.bytes, lines[i]) == NULL)
            fail_msg("not there: %s in\n%s", lines[i], t.bytes);
    assert_null(strchr(t.bytes, '\033'));
    text_done(&t);
    f->input.colour = true;
    t = make(report_trace_text, f);
    assert_non_null(strstr(t.bytes, "\033[1mWhere it stopped\033[0m\n"));
    text_done(&t);
    fake_free(f);
}

/* ---- JSON, read back by jansson ---- */

static u128 units_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    u128 units;
    assert_non_null(text);
    assert_true(u128_parse(text, strlen(text), &units));
    return units;
}

static void check_law(const json_t *sums) {
    u128 parts = units_of(sums, "held") + units_of(sums, "stopped") + units_of(sums, "fees") + units_of(sums, "cut_off"),
         by = 0;
    const char *reason;
    json_t *units;
    json_object_foreach(json_object_get(sums, "stopped_by"), reason, units) by +=
        units_of(json_object_get(sums, "stopped_by"), reason);
    assert_true(parts == units_of(sums, "stolen"));
    assert_true(by == units_of(sums, "stopped"));
}

static json_t *load(const struct text *t) {
    json_error_t error;
    json_t *document = json_loadb(t->bytes, t->count, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL)
        fail_msg("%s at %d", error.text, error.position);
    return document;
}

static void check_document(struct fake_case *f, size_t edges) {
    struct text t = make(trace_json_alone, f);
    json_t *document = load(&t), *total = json_array_get(json_object_get(document, "totals"), 0), *rest;
    u128 resting = 0, stopped = 0, cut = 0;
    size_t i;
    assert_string_equal(json_string_value(json_object_get(document, "schema")), "imjin.trace/1");
    check_law(total);
    check_law(json_array_get(json_object_get(document, "thefts"), 0));
    json_array_foreach(json_object_get(document, "rests"), i, rest) {
        const char *stop = json_string_value(json_object_get(rest, "stop"));
        bool is_cut = stop && (!strcmp(stop, "horizon") || !strcmp(stop, "dust") || !strcmp(stop, "limit"));
        *(stop == NULL ? &resting : is_cut ? &cut : &stopped) += units_of(rest, "claim");
    }
    assert_true(resting == units_of(total, "held"));
    assert_true(stopped == units_of(total, "stopped"));
    assert_true(cut == units_of(total, "cut_off"));
    assert_int_equal(json_array_size(json_object_get(document, "edges")), edges);
    json_decref(document);
    text_done(&t);
    fake_free(f);
}

static void test_json(void **state) {
    (void)state;
    struct fake_case *f = fake_ronin();
    check_document(f, f->result.edge_count);
    f = fake_large(600);
    check_document(f, f->result.edge_count);
    check_document(fake_empty(), 0);
}

static void test_json_values(void **state) {
    (void)state;
    struct fake_case *f = small_case("Exx");
    struct text t = make(trace_json_alone, f);
    json_t *document = load(&t), *total = json_array_get(json_object_get(document, "totals"), 0);
    assert_string_equal(json_string_value(json_object_get(total, "stolen")), "10000000000000000000");
    assert_string_equal(json_string_value(json_object_get(json_object_get(total, "amounts"), "held")), "8.5");
    json_t *edge = json_array_get(json_object_get(document, "edges"), 1);
    assert_string_equal(json_string_value(json_object_get(edge, "to")), SERVICE);
    assert_string_equal(json_string_value(json_object_get(edge, "rule")), "transfer");
    assert_string_equal(json_string_value(json_object_get(edge, "time")), "2022-03-23T12:02:00Z");
    json_t *account = json_array_get(json_object_get(document, "accounts"), 2);
    assert_string_equal(json_string_value(json_object_get(account, "category")), "exchange");
    assert_string_equal(json_string_value(json_object_get(account, "stop")), "service");
    json_decref(document);
    text_done(&t);
    fake_free(f);
}

/* ---- hostile, empty, large ---- */

static void test_hostile_labels(void **state) {
    static char hostile[LABEL_TEXT_MAX + 1];
    (void)state;
    snprintf(hostile, sizeof hostile, "<script>alert(1)</script>\u202e\"'&]]>%300s", "x");
    struct fake_case *f = small_case(hostile);
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        struct text t = make(functions[i], f);
        bool data = functions[i] == trace_json_alone || functions[i] == sources_json_alone ||
                    functions[i] == report_trace_text || functions[i] == report_sources_text ||
                    functions[i] == edges_csv_alone || functions[i] == rests_csv_alone || functions[i] == letters;
        if (!data)
            assert_null(strstr(t.bytes, "<script"));
        if (functions[i] != trace_json_alone && functions[i] != sources_json_alone)
            assert_null(strstr(t.bytes, "\u202e"));
        if (functions[i] != report_trace_text && functions[i] != report_sources_text)
            assert_null(strchr(t.bytes, '\033'));
        text_done(&t);
    }
    fake_free(f);
}

static void test_hostile_case_file(void **state) {
    static char long_note[10241];
    static const char *notes[] = {long_note, "</p><script>x</script>"};
    static const struct report_fact facts[] = {{"<b>", "\" onload=\"x"}, {NULL, NULL}};
    struct report_case hostile = {"<title>\033", facts, notes, notes, 2, 2, 2};
    (void)state;
    memset(long_note, 'y', sizeof long_note - 1);
    struct fake_case *f = small_case("Exx");
    f->input.facts = &hostile;
    struct text t = make(report_html, f);
    assert_null(strstr(t.bytes, "<script"));
    assert_null(strstr(t.bytes, "<b>"));
    assert_null(strstr(t.bytes, "\033"));
    assert_non_null(strstr(t.bytes, "&lt;title&gt;\\u{1b}"));
    assert_true(t.count < 100000);
    text_done(&t);
    fake_free(f);
}

static void test_empty(void **state) {
    (void)state;
    struct fake_case *f = fake_empty();
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        struct text t = make(functions[i], f);
        text_done(&t);
    }
    struct text t = make(report_html, f);
    assert_non_null(strstr(t.bytes, "There are no edges: the stolen money has not moved."));
    text_done(&t);
    fake_free(f);
}

static void test_no_labels_and_poison(void **state) {
    (void)state;
    struct fake_case *f = fake_ronin();
    f->input.labels = NULL;
    f->result.policy = POLICY_POISON;
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        struct text t = make(functions[i], f);
        text_done(&t);
    }
    struct text t = make(report_html, f);
    assert_null(strstr(t.bytes, "What became of it"));
    text_done(&t);
    fake_free(f);
}

static void test_same_bytes(void **state) {
    (void)state;
    struct fake_case *one = fake_large(400), *two = fake_large(400);
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        struct text a = make(functions[i], one), b = make(functions[i], two);
        assert_int_equal(a.count, b.count);
        assert_memory_equal(a.bytes, b.bytes, a.count);
        text_done(&a);
        text_done(&b);
    }
    fake_free(one);
    fake_free(two);
}

/* Through a file the same bytes come out, and memory stays small. */
static void test_files(void **state) {
    enum imjin_status (*const to_file[])(struct text *, struct file_writer *, const struct report_input *, struct error *) = {
        report_trace_json, report_edges_csv, report_reached_csv, report_graphml, report_rests_csv};
    (void)state;
    struct fake_case *f = fake_large(3000);
    for (unsigned i = 0; i < sizeof to_file / sizeof to_file[0]; i++) {
        struct file_writer *w;
        struct text drained = {0}, whole = {0};
        char path[128], *bytes;
        uint64_t count;
        snprintf(path, sizeof path, "%s/out", f->directory);
        assert_int_equal(file_writer_open(&w, path, FILE_CREATE, 0, false, NULL), IMJIN_OK);
        assert_int_equal(to_file[i](&drained, w, &f->input, NULL), IMJIN_OK);
        assert_int_equal(file_writer_close(w, NULL, NULL), IMJIN_OK);
        assert_int_equal(drained.count, 0);
        assert_true(drained.room < 4 << 20);
        assert_int_equal(to_file[i](&whole, NULL, &f->input, NULL), IMJIN_OK);
        assert_int_equal(file_read(path, 1 << 28, &bytes, &count, NULL), IMJIN_OK);
        assert_int_equal(count, whole.count);
        assert_memory_equal(bytes, whole.bytes, count);
        memory_free(bytes);
        text_done(&whole);
        text_done(&drained);
    }
    fake_free(f);
}

/* Each allocation fails in turn: never a success with something missing. */
static void test_memory_runs_out(void **state) {
    (void)state;
    struct fake_case *f = small_case("Exx");
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        struct text whole = make(functions[i], f);
        bool done = false;
        for (uint64_t nth = 1; !done; nth++) {
            struct text t = {0};
            struct error err = {0};
            uint64_t before = memory_allocations();
            memory_fail_at(nth, false);
            enum imjin_status status = functions[i](&t, &f->input, &err);
            done = memory_allocations() - before < nth;
            memory_fail_at(0, false);
            if (status == IMJIN_OK) {
                assert_true(done);
                assert_memory_equal(t.bytes, whole.bytes, whole.count);
            } else {
                assert_int_equal(status, IMJIN_MACHINE);
                assert_int_equal(err.status, IMJIN_MACHINE);
            }
            text_done(&t);
        }
        text_done(&whole);
    }
    fake_free(f);
}

/* A text that may not grow says so instead of ending early. */
static void test_text_limit(void **state) {
    (void)state;
    struct fake_case *f = small_case("Exx");
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        struct text t = {.bytes_max = 100};
        struct error err = {0};
        assert_int_equal(functions[i](&t, &f->input, &err), IMJIN_BAD_INPUT);
        text_done(&t);
    }
    fake_free(f);
}

/* The limits of what people are shown: each says what it left out. */
static void test_limits(void **state) {
    enum { MANY = REPORT_NOTES_MAX + 5 };
    static struct report_fact facts[MANY];
    static const char *notes[MANY];
    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        facts[i] = (struct report_fact){"Fact", i < REPORT_NOTES_MAX ? "kept" : "too many"};
        notes[i] = facts[i].value;
    }
    struct report_case facts_of = {"Many", facts, notes, notes, MANY, MANY, MANY};
    struct fake_case *f = fake_large(3000);
    f->input.facts = &facts_of;
    f->input.edges_file = "all-edges.csv";
    assert_true(f->result.edge_count > REPORT_PATH_EDGES);
    struct text t = make(report_html, f);
    assert_null(strstr(t.bytes, "too many"));
    assert_non_null(strstr(t.bytes, "The 1,000 edges with the largest claims are shown, of "));
    assert_non_null(strstr(t.bytes, "The whole list is in <code>all-edges.csv</code>"));
    assert_non_null(strstr(t.bytes, "<p>The table shows 500 of "));
    uint64_t bars = 0;
    const char *line = strstr(t.bytes, "fl timeline");
    assert_non_null(line);
    const char *end = strstr(line, "</svg>");
    for (const char *at = line; (at = strstr(at, "moved on ")) != NULL && at < end; at++)
        bars++;
    assert_true(bars > 0 && bars <= TIMELINE_BARS_MAX);
    text_done(&t);
    t = make(report_trace_text, f);
    assert_non_null(strstr(t.bytes, "Where it stopped (the largest 12 of "));
    text_done(&t);
    fake_free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reached),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_rests),
        cmocka_unit_test(test_letters),
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_values),
        cmocka_unit_test(test_hostile_labels),
        cmocka_unit_test(test_hostile_case_file),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_no_labels_and_poison),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_text_limit),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
