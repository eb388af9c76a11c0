/* The public library, used as a caller would: results known by hand, and every allocation failing in turn. Also what the
 * program shares with it: assets, amounts, thefts and cases as people write them. */
#include "../unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "imjin/imjin.h"

#define VOID_ADDRESS "0x0000000000000000000000000000000000000000"
#define THIEF        "0x00000000000000000000000000000000000000a1"
#define HELPER       "0x00000000000000000000000000000000000000a2"
#define TOKEN        "0x00000000000000000000000000000000000000c1"
#define TX_1         "0x0000000000000000000000000000000000000000000000000000000000000001"
#define TX_2         "0x0000000000000000000000000000000000000000000000000000000000000002"

static const char story[] = "time,block,tx,from,to,asset,amount\n"
                            "1000,10," TX_1 "," VOID_ADDRESS "," THIEF ",USD,1000\n"
                            "1010,11," TX_2 "," THIEF "," HELPER ",USD,600\n";

struct place {
    char directory[64], workspace[128], movements[128], sources[128], output[128];
};

static void put(const char *path, const char *text) {
    struct error err;
    assert_int_equal(file_replace(path, text, strlen(text), &err), IMJIN_OK);
}

static int begin(void **state) {
    static struct place p;
    const char *parent = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    snprintf(p.directory, sizeof p.directory, "%.40s/imjin-api-XXXXXX", parent);
    if (mkdtemp(p.directory) == NULL)
        return -1;
    snprintf(p.workspace, sizeof p.workspace, "%s/w", p.directory);
    snprintf(p.movements, sizeof p.movements, "%s/movements.csv", p.directory);
    snprintf(p.sources, sizeof p.sources, "%s/sources.csv", p.directory);
    snprintf(p.output, sizeof p.output, "%s/output", p.directory);
    put(p.movements, story);
    put(p.sources, "address,amount\n" THIEF ",1000\n0x00000000000000000000000000000000000000ff,5\n");
    *state = &p;
    return 0;
}

static int end(void **state) {
    const struct place *p = *state;
    return directory_remove(p->directory, NULL) == IMJIN_OK ? 0 : -1;
}

static struct imjin_workspace *opened(const struct place *p) {
    struct imjin_workspace *w = NULL;
    struct imjin_error error;
    struct imjin_import_result result;
    const char *files[] = {p->movements};
    if (!directory_exists(p->workspace))
        assert_int_equal(imjin_workspace_create(p->workspace, &error), IMJIN_OK);
    assert_int_equal(imjin_workspace_open(&w, p->workspace, "test", &error), IMJIN_OK);
    assert_int_equal(imjin_import(w, files, 1, NULL, &result, &error), IMJIN_OK);
    return w;
}

static void test_follow(void **state) {
    struct imjin_workspace *w = opened(*state);
    struct imjin_trace *trace;
    struct imjin_result *result;
    struct imjin_theft theft;
    struct imjin_reached reached;
    struct imjin_edge edge;
    struct imjin_error error;
    assert_int_equal(imjin_trace_new(&trace, w, &error), IMJIN_OK);
    assert_int_equal(imjin_trace_run(trace, &result, &error), IMJIN_NOT_FOUND); /* nothing asked yet */
    assert_int_equal(imjin_trace_from(trace, THIEF ",1000", &error), IMJIN_OK);
    assert_int_equal(imjin_trace_run(trace, &result, &error), IMJIN_OK);
    imjin_trace_free(trace);
    assert_int_equal(imjin_result_theft_count(result), 1);
    assert_int_equal(imjin_result_theft(result, 0, &theft, &error), IMJIN_OK);
    assert_string_equal(theft.source, THIEF);
    assert_string_equal(theft.stolen, "1000");
    assert_string_equal(theft.held, "1000");
    assert_string_equal(theft.stopped, "0");
    assert_int_equal(imjin_result_reached_count(result), 2);
    assert_int_equal(imjin_result_reached(result, 1, &reached, &error), IMJIN_OK);
    assert_string_equal(reached.address, HELPER);
    assert_string_equal(reached.claim_peak, "600");
    assert_string_equal(reached.stop, "");
    assert_int_equal(imjin_result_edge_count(result), 1);
    assert_int_equal(imjin_result_edge(result, 0, &edge, &error), IMJIN_OK);
    assert_string_equal(edge.transaction, TX_2);
    assert_string_equal(edge.from, THIEF);
    assert_string_equal(edge.claim, "600");
    assert_string_equal(edge.rule, "transfer");
    assert_int_equal(edge.time, 1010);
    assert_int_equal(imjin_result_edge(result, 1, &edge, &error), IMJIN_USAGE);
    imjin_result_free(result);
    imjin_workspace_close(w);
}

static void test_sources_file(void **state) {
    const struct place *p = *state;
    struct imjin_workspace *w = opened(p);
    struct imjin_trace *trace;
    struct imjin_result *result;
    struct imjin_error error;
    uint64_t missing = 7;
    char *text;
    uint64_t count;
    assert_int_equal(imjin_trace_new(&trace, w, &error), IMJIN_OK);
    assert_int_equal(imjin_trace_from_file(trace, p->sources, &missing, &error), IMJIN_OK);
    assert_int_equal(missing, 1);
    assert_int_equal(imjin_trace_run(trace, &result, &error), IMJIN_OK);
    assert_int_equal(imjin_result_write(result, IMJIN_FORM_REACHED, p->output, &error), IMJIN_OK);
    assert_int_equal(file_read(p->output, 1 << 20, &text, &count, NULL), IMJIN_OK);
    assert_non_null(strstr(text, HELPER ",600,"));
    memory_free(text);
    for (int form = IMJIN_FORM_TEXT; form <= IMJIN_FORM_HTML; form++)
        assert_int_equal(imjin_result_write(result, (enum imjin_form)form, p->output, &error), IMJIN_OK);
    assert_int_equal(imjin_result_write(result, (enum imjin_form)99, p->output, &error), IMJIN_USAGE);
    imjin_result_free(result);
    imjin_trace_free(trace);
    imjin_workspace_close(w);
}

static void test_questions(void **state) {
    struct imjin_workspace *w = opened(*state);
    struct imjin_error error;
    struct imjin_counts counts;
    struct imjin_text json;
    const char *addresses[] = {THIEF, HELPER};
    assert_int_equal(imjin_workspace_counts(w, &counts, &error), IMJIN_OK);
    assert_int_equal(counts.movements, 2);
    assert_int_equal(strlen(counts.identity), 64);
    assert_int_equal(imjin_workspace_verify(w, &error), IMJIN_OK);
    assert_int_equal(imjin_account(w, HELPER, &json, &error), IMJIN_OK);
    assert_int_equal(strlen(json.text), json.bytes);
    assert_non_null(strstr(json.text, "imjin.account/1"));
    imjin_text_free(&json);
    assert_int_equal(imjin_transaction(w, TX_2, &json, &error), IMJIN_OK);
    assert_non_null(strstr(json.text, "imjin.tx/1"));
    imjin_text_free(&json);
    assert_int_equal(imjin_sources(w, HELPER, &json, &error), IMJIN_OK);
    assert_non_null(strstr(json.text, "imjin.sources/1"));
    imjin_text_free(&json);
    assert_int_equal(imjin_exposure(w, addresses, 2, &json, &error), IMJIN_OK);
    assert_non_null(strstr(json.text, "imjin.exposure/1"));
    imjin_text_free(&json);
    assert_int_equal(imjin_account(w, "0x00000000000000000000000000000000000000ff", &json, &error), IMJIN_NOT_FOUND);
    imjin_workspace_close(w);
}

static void test_failures_say_where(void **state) {
    const struct place *p = *state;
    struct imjin_workspace *w = opened(p);
    struct imjin_import_result result = {.rows_read = 77};
    struct imjin_error error;
    const char *files[] = {p->output}, *absent[] = {"/nowhere/to/be/found.csv"};
    put(p->output, "time,block,tx,from,to,asset,amount\n1000,10," TX_1 "," THIEF "," HELPER ",USD,-5\n");
    assert_int_equal(imjin_import(w, files, 1, NULL, &result, &error), IMJIN_BAD_INPUT);
    assert_int_equal(error.status, IMJIN_BAD_INPUT);
    assert_int_equal(error.line, 2);
    assert_string_equal(error.file, p->output);
    assert_string_equal(error.column, "amount");
    assert_non_null(strstr(error.message, ":2:"));
    assert_int_equal(result.rows_read, 77);
    assert_int_equal(imjin_import(w, absent, 1, NULL, &result, NULL), IMJIN_BAD_INPUT);
    struct imjin_import_options skip = {.size = sizeof skip, .skip_bad_rows = true};
    assert_int_equal(imjin_import(w, files, 1, &skip, &result, &error), IMJIN_OK);
    assert_int_equal(result.rows_skipped, 1);
    imjin_workspace_close(w);
    assert_int_equal(imjin_workspace_open(&w, p->directory, NULL, &error), IMJIN_USAGE);
}

static bool never(void *context, const char *what, const char *unit, uint64_t done, uint64_t total) {
    (void)what;
    (void)unit;
    (void)done;
    (void)total;
    *(bool *)context = true;
    return false;
}

static void test_stop(void **state) {
    const struct place *p = *state;
    struct imjin_workspace *w = opened(p);
    struct imjin_import_result result;
    struct imjin_error error;
    const char *files[] = {p->movements};
    bool told = false;
    imjin_workspace_watch(w, never, &told);
    enum imjin_status status = imjin_import(w, files, 1, NULL, &result, &error);
    assert_true(told);
    assert_true(status == IMJIN_MACHINE || status == IMJIN_OK); /* a small file may be done before anybody asks */
    imjin_workspace_watch(w, NULL, NULL);
    assert_int_equal(imjin_import(w, files, 1, NULL, &result, &error), IMJIN_OK);
    imjin_workspace_close(w);
}

/* ---- what people write ---- */

static struct desk desk_of(const struct place *p) {
    imjin_workspace_close(opened(p));
    return (struct desk){.directory = p->workspace, .chain_name = "test", .threads = 1};
}

static void test_amounts(void **state) {
    struct desk d = desk_of(*state);
    struct error err = {0};
    struct asset_id asset, unit = {77};
    u128 units = 7;
    assert_int_equal(desk_ledger(&d, &err), IMJIN_OK);
    assert_int_equal(asset_by_name(&asset, d.ledger, span_of("USD"), &err), IMJIN_OK);
    assert_int_equal(asset_by_name(&asset, d.ledger, span_of("EUR"), &err), IMJIN_NOT_FOUND);
    assert_int_equal(asset_by_name(&asset, d.ledger, span_of(TOKEN), &err), IMJIN_NOT_FOUND);
    assert_int_equal(asset_by_name(&asset, d.ledger, span_of("0x12"), &err), IMJIN_BAD_INPUT);
    assert_int_equal(amount_by_text(&units, &unit, d.ledger, span_of(" 340282366920938463463374607431768211455 "), NULL, &err),
                     IMJIN_OK);
    assert_true(units == U128_MAX);
    assert_int_equal(unit.n, 77);
    const char *bad[] = {
        "340282366920938463463374607431768211456", "-1", "0x10", "1e3", "1E+3", "", "1 EUR", "1.5", "1 USD", "1.5USD"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_not_equal(amount_by_text(&units, &unit, d.ledger, span_of(bad[i]), NULL, &err), IMJIN_OK);
    assert_true(units == U128_MAX);
    desk_done(&d);
}

static void test_cases(void **state) {
    const struct place *p = *state;
    struct desk d = desk_of(p);
    struct error err = {0};
    struct case_file c;
    struct spec_list list;
    struct trace_request request = trace_defaults();
    char path[160];
    snprintf(path, sizeof path, "%s/case.conf", p->directory);
    put(path, "title = A theft\nchain = test\nfrom = " THIEF
              ",1000\nfrom-file = sources.csv\nfact = Victim: A: B\nnote = one\nnote = two\n"
              "policy = haircut\nhops = 3\nuntil = 2022-03-23\nmin-claim = 10\n");
    assert_true(case_is(p->directory));
    assert_true(case_is(path));
    assert_false(case_is(p->movements));
    assert_int_equal(case_open(&c, p->directory, &err), IMJIN_OK);
    assert_string_equal(c.head.title, "A theft");
    assert_string_equal(case_chain(&c), "test");
    assert_int_equal(c.head.fact_count, 1);
    assert_string_equal(c.head.facts[0].name, "Victim");
    assert_string_equal(c.head.facts[0].value, "A: B");
    assert_int_equal(c.head.note_count, 2);
    assert_int_equal(desk_ledger(&d, &err), IMJIN_OK);
    spec_list_begin(&list);
    assert_int_equal(case_add_sources(&c, &list, d.ledger, &err), IMJIN_OK);
    assert_int_equal(list.sources.count, 3); /* one of them missing */
    assert_int_equal(list.missing, 1);
    char bad_list[160];
    snprintf(bad_list, sizeof bad_list, "%s/bad.csv", p->directory);
    put(bad_list, "address,amount\n" THIEF ",1\n" THIEF ",x\n");
    assert_int_equal(spec_add_file(&list, d.ledger, bad_list, &err), IMJIN_BAD_INPUT);
    assert_int_equal(err.line, 3);
    assert_int_equal(list.sources.count, 3); /* all of a file or nothing */
    assert_int_equal(spec_add(&list, d.ledger, span_of(""), &err), IMJIN_USAGE);
    assert_int_equal(spec_add(&list, d.ledger, span_of("0x0000000000000000000000000000000000000000"), &err), IMJIN_USAGE);
    assert_int_equal(spec_add(&list, d.ledger, span_of("no/such.conf"), &err), IMJIN_BAD_INPUT);
    assert_int_equal(list.sources.count, 3);
    spec_list_done(&list);
    assert_int_equal(case_set_request(&c, &request, &err), IMJIN_OK);
    assert_int_equal(request.policy, POLICY_HAIRCUT);
    assert_int_equal(request.hops_max, 3);
    assert_int_equal(request.time_until, 1647993600); /* date -u -d 2022-03-23 +%s */
    assert_true(request.claim_min == 10);
    case_done(&c);
    const char *bad[] = {"colour = red\n", "fact = no colon\n", "title = a\ntitle = b\n"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(path, bad[i]);
        assert_int_equal(case_open(&c, path, &err), IMJIN_BAD_INPUT);
    }
    desk_done(&d);
}

static void test_case_names(void **state) {
    char name[CASE_NAME_MAX];
    (void)state;
    case_name_from_path(name, "data/cases/ronin-2022/", false);
    assert_string_equal(name, "ronin-2022");
    case_name_from_path(name, "../a b/c d.conf", true);
    assert_string_equal(name, "c-d");
    case_name_from_path(name, "..", false);
    assert_string_equal(name, "-.");
    case_name_from_path(name, "/", false);
    assert_string_equal(name, "-");
}

/* ---- memory ---- */

static enum imjin_status everything(const struct place *p) {
    struct imjin_workspace *w;
    struct imjin_trace *trace = NULL;
    struct imjin_result *result = NULL;
    struct imjin_text json;
    enum imjin_status status = imjin_workspace_open(&w, p->workspace, "test", NULL);
    if (status != IMJIN_OK)
        return status;
    status = imjin_trace_new(&trace, w, NULL);
    if (status == IMJIN_OK)
        status = imjin_trace_from_file(trace, p->sources, NULL, NULL);
    if (status == IMJIN_OK)
        status = imjin_trace_run(trace, &result, NULL);
    if (status == IMJIN_OK)
        status = imjin_result_write(result, IMJIN_FORM_REACHED, p->output, NULL);
    imjin_result_free(result);
    imjin_trace_free(trace);
    if (status == IMJIN_OK)
        status = imjin_account(w, HELPER, &json, NULL);
    if (status == IMJIN_OK)
        imjin_text_free(&json);
    imjin_workspace_close(w);
    return status;
}

static void test_every_allocation_fails_in_turn(void **state) {
    const struct place *p = *state;
    struct imjin_workspace *w = opened(p);
    assert_int_equal(imjin_compile(w, NULL), IMJIN_OK);
    imjin_workspace_close(w);
    uint64_t before = memory_allocations();
    assert_int_equal(everything(p), IMJIN_OK);
    uint64_t count = memory_allocations() - before;
    assert_true(count > 10);
    for (uint64_t nth = 1; nth <= count; nth++) {
        memory_fail_at(nth, true);
        enum imjin_status status = everything(p);
        memory_fail_at(0, false);
        assert_int_equal(status, IMJIN_MACHINE);
    }
    assert_int_equal(everything(p), IMJIN_OK);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_follow),
        TEST(test_sources_file),
        TEST(test_questions),
        TEST(test_failures_say_where),
        TEST(test_stop),
        TEST(test_amounts),
        TEST(test_cases),
        cmocka_unit_test(test_case_names),
        TEST(test_every_allocation_fails_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
