/* Accounts, transactions, workspaces, checks, labels and exposure: values worked out by hand, JSON read back by another reader.
 */
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
#define MIDDLE  "0x1111111111111111111111111111111111111111"
#define SERVICE "0x2222222222222222222222222222222222222222"
#define BRIDGE  "0x3333333333333333333333333333333333333333"

struct world {
    struct fake_case *f;
    struct compiled *compiled;
    struct account_id middle, service;
};

static void world_make(struct world *w) {
    struct fake_case *f = w->f = fake_new();
    uint32_t bridge = fake_account(f, BRIDGE + 2), middle = fake_account(f, MIDDLE + 2), service = fake_account(f, SERVICE + 2);
    char path[128];
    fake_label(f, service, "Exx <hot>", "exx", "exchange");
    fake_label(f, service, "Mixxer", "mixx", "mixing_service");
    f->stop[service] = STOP_SERVICE;
    fake_pay(f, bridge, f->source, 10 * eth, noon);
    fake_pay(f, f->source, middle, 4 * eth, noon + 60);
    fake_pay(f, middle, service, 3 * eth / 2, noon + 120);
    fake_finish(f);
    snprintf(path, sizeof path, "%s/compiled", f->directory);
    assert_int_equal(compiled_update(path, f->ledger, SETTLE_RULES_ALL, 0, NULL, NULL), IMJIN_OK);
    assert_int_equal(compiled_open(&w->compiled, path, f->ledger, SETTLE_RULES_ALL, NULL), IMJIN_OK);
    f->input.compiled = w->compiled;
    assert_int_equal(ledger_account_find(f->ledger, f->address + middle, &w->middle, NULL), IMJIN_OK);
    assert_int_equal(ledger_account_find(f->ledger, f->address + service, &w->service, NULL), IMJIN_OK);
}

static void world_done(struct world *w) {
    compiled_close(w->compiled);
    fake_free(w->f);
}

static void check_lines(const struct text *t, const char *const *lines, unsigned count) {
    assert_int_equal(t->status, IMJIN_OK);
    for (unsigned i = 0; i < count; i++)
        if (strstr(t->bytes, lines[i]) == NULL)
            fail_msg("not there: %s in\n%s", lines[i], t->bytes);
}
#define CHECK_LINES(t, ...)                                                                                                    \
    do {                                                                                                                       \
        static const char *const lines[] = {__VA_ARGS__};                                                                      \
        check_lines(t, lines, sizeof lines / sizeof lines[0]);                                                                 \
    } while (0)

static json_t *load(const struct text *t, const char *schema) {
    json_error_t error;
    json_t *document = json_loadb(t->bytes, t->count, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL)
        fail_msg("%s at %d", error.text, error.position);
    assert_string_equal(json_string_value(json_object_get(document, "schema")), schema);
    assert_string_equal(json_string_value(json_object_get(document, "version")), "0.1.0");
    return document;
}

static const char *text_at(const json_t *object, const char *key) { return json_string_value(json_object_get(object, key)); }

/* ---- accounts ---- */

static void test_account_text(void **state) {
    struct world w;
    struct text t = {0};
    (void)state;
    world_make(&w);
    assert_int_equal(report_account_text(&t, &w.f->input, w.middle, (struct report_account_options){0}, NULL), IMJIN_OK);
    CHECK_LINES(&t, "Account " MIDDLE " on ethereum: 2 movements\n",
                "                         4                      1.5                      2.5                        0 ETH\n",
                "                     4 ETH                        - 0x098b716b8aaf21512996dc57eb0615e2383e2f96\n",
                "                         -                  1.5 ETH " SERVICE "  ",
                "  2022-03-23 12:01:00Z in                      4 ETH native    0x098b716b8aaf21512996dc57eb0615e2383e2f96  0x",
                "  2022-03-23 12:02:00Z out                   1.5 ETH native    " SERVICE "  ");
    text_clear(&t);
    assert_int_equal(report_account_text(&t, &w.f->input, w.service, (struct report_account_options){0}, NULL), IMJIN_OK);
    CHECK_LINES(&t, "Labels (they contradict each other)", "Exx <hot>", "Mixxer");
    text_clear(&t);
    struct report_account_options one = {.history_max = 1, .counterparties_max = 1};
    assert_int_equal(report_account_text(&t, &w.f->input, w.middle, one, NULL), IMJIN_OK);
    CHECK_LINES(&t, "Counterparties by amount (1 of 2)", "History (the newest 1 of 2)");
    assert_null(strstr(t.bytes, "12:01:00Z"));
    text_done(&t);
    world_done(&w);
}

static void test_account_json(void **state) {
    struct world w;
    struct text t = {0};
    (void)state;
    world_make(&w);
    assert_int_equal(report_account_json(&t, &w.f->input, w.middle, (struct report_account_options){0}, NULL), IMJIN_OK);
    json_t *d = load(&t, "imjin.account/1"), *balance = json_array_get(json_object_get(d, "balances"), 0);
    assert_string_equal(text_at(balance, "received"), "4000000000000000000");
    assert_string_equal(text_at(balance, "spent"), "1500000000000000000");
    assert_string_equal(text_at(balance, "held"), "2500000000000000000");
    assert_string_equal(text_at(balance, "unknown"), "0");
    assert_string_equal(text_at(balance, "held_amount"), "2.5");
    assert_int_equal(json_array_size(json_object_get(d, "counterparties")), 2);
    assert_int_equal(json_array_size(json_object_get(d, "history")), 2);
    json_decref(d);
    text_clear(&t);
    /* the bridge paid 10 ETH that nobody saw arrive */
    struct account_id bridge;
    struct address address = w.f->address[1];
    assert_int_equal(ledger_account_find(w.f->ledger, &address, &bridge, NULL), IMJIN_OK);
    assert_int_equal(report_account_json(&t, &w.f->input, bridge, (struct report_account_options){0}, NULL), IMJIN_OK);
    d = load(&t, "imjin.account/1");
    assert_string_equal(text_at(json_array_get(json_object_get(d, "balances"), 0), "unknown_amount"), "10");
    json_decref(d);
    text_done(&t);
    world_done(&w);
}

/* ---- one transaction ---- */

static void test_tx(void **state) {
    struct world w;
    struct text t = {0};
    (void)state;
    world_make(&w);
    assert_int_equal(report_tx_text(&t, &w.f->input, (struct tx_id){2}, SETTLE_RULES_ALL, NULL), IMJIN_OK);
    CHECK_LINES(&t, "  block 14440002, 2022-03-23 12:02:00Z\n", "  " MIDDLE " paid 1.5 ETH to " SERVICE " (transfer).\n",
                "  gave                    1.5 ETH " MIDDLE "\n", "  got                     1.5 ETH " SERVICE "  ");
    text_clear(&t);
    assert_int_equal(report_tx_json(&t, &w.f->input, (struct tx_id){2}, SETTLE_RULES_ALL, NULL), IMJIN_OK);
    json_t *d = load(&t, "imjin.tx/1"), *link = json_array_get(json_object_get(d, "links"), 0);
    assert_int_equal(json_array_size(json_object_get(d, "links")), 1);
    assert_string_equal(text_at(link, "rule"), "transfer");
    assert_string_equal(text_at(link, "gain_units"), "1500000000000000000");
    assert_string_equal(text_at(json_array_get(json_object_get(d, "draws"), 0), "account"), MIDDLE);
    assert_int_equal(json_integer_value(json_object_get(d, "block")), 14440002);
    json_decref(d);
    text_done(&t);
    world_done(&w);
}

/* ---- workspaces ---- */

static void test_info(void **state) {
    struct world w;
    struct text t = {0};
    (void)state;
    world_make(&w);
    struct report_chain chain = {.ledger = w.f->ledger, .compiled = w.compiled, .ledger_bytes = 4096, .compiled_bytes = 1024};
    assert_int_equal(report_info_text(&t, &w.f->input, "/cases/\033[31mone", &chain, 1, NULL), IMJIN_OK);
    CHECK_LINES(&t, "Workspace /cases/\\u{1b}[31mone\n", "Ledger ethereum\n", "  movements                               3\n",
                "2022-03-23 12:00:00Z to 2022-03-23 12:02:00Z", "14440000 to 14440002",
                "  tags                                    2\n");
    text_clear(&t);
    assert_int_equal(report_info_json(&t, &w.f->input, &chain, 1, NULL), IMJIN_OK);
    json_t *d = load(&t, "imjin.info/1"), *entry = json_array_get(json_object_get(d, "chains"), 0);
    assert_int_equal(json_integer_value(json_object_get(entry, "accounts")), 4);
    assert_string_equal(text_at(entry, "time_last"), "2022-03-23T12:02:00Z");
    assert_true(json_is_true(json_object_get(entry, "compiled")));
    json_decref(d);
    text_clear(&t);
    assert_int_equal(report_info_text(&t, &w.f->input, NULL, NULL, 0, NULL), IMJIN_OK);
    CHECK_LINES(&t, "No ledger yet: import a file first.\n");
    text_done(&t);
    world_done(&w);
}

static void test_verify(void **state) {
    struct report_input in = {.program_version = "0.1.0"};
    struct error fault = {.status = IMJIN_BAD_INPUT, .text = "hash differs", .file = "movements"};
    struct report_check checks[] = {{"ledger ethereum", IMJIN_OK, NULL, NULL, 1234},
                                    {"labels", IMJIN_BAD_INPUT, &fault, NULL, 0}};
    struct text t = {0};
    (void)state;
    assert_int_equal(report_verify_text(&t, &in, checks, 2, NULL), IMJIN_OK);
    assert_string_equal(t.bytes, "sound   ledger ethereum: 1,234 movements\nDAMAGED labels: movements: hash differs\n");
    text_clear(&t);
    assert_int_equal(report_verify_json(&t, &in, checks, 2, NULL), IMJIN_OK);
    json_t *d = load(&t, "imjin.verify/1");
    assert_true(json_is_false(json_object_get(d, "sound")));
    assert_true(json_is_true(json_object_get(json_array_get(json_object_get(d, "checks"), 0), "sound")));
    assert_string_equal(text_at(json_array_get(json_object_get(d, "checks"), 1), "fault"), "hash differs");
    json_decref(d);
    text_done(&t);
}

/* ---- labels ---- */

static void test_labels(void **state) {
    struct world w;
    struct text t = {0};
    (void)state;
    world_make(&w);
    struct address service = w.f->address[3], source = w.f->address[0];
    struct report_labels_query list = {.kind = REPORT_LABELS_LIST, .rows_max = 1},
                               show = {REPORT_LABELS_SHOW, &service, "ethereum", 0},
                               conflicts = {.kind = REPORT_LABELS_CONFLICTS}, none = {REPORT_LABELS_SHOW, &source, NULL, 0};
    assert_int_equal(report_labels_text(&t, &w.f->input, &list, NULL), IMJIN_OK);
    CHECK_LINES(&t, SERVICE, "... and 1 more\n");
    text_clear(&t);
    assert_int_equal(report_labels_text(&t, &w.f->input, &show, NULL), IMJIN_OK);
    CHECK_LINES(&t, "For following money this counts: ", "labels of equal rank contradict it\n");
    text_clear(&t);
    assert_int_equal(report_labels_text(&t, &w.f->input, &none, NULL), IMJIN_OK);
    assert_string_equal(t.bytes, "No labels.\nNo label says what the address means for following money.\n");
    text_clear(&t);
    assert_int_equal(report_labels_json(&t, NULL, &w.f->input, &conflicts, NULL), IMJIN_OK);
    json_t *d = load(&t, "imjin.labels/1");
    assert_int_equal(json_array_size(json_object_get(d, "tags")), 2);
    assert_int_equal(json_integer_value(json_object_get(d, "tag_count")), 2);
    json_decref(d);
    text_clear(&t);
    assert_int_equal(report_labels_json(&t, NULL, &w.f->input, &show, NULL), IMJIN_OK);
    d = load(&t, "imjin.labels/1");
    assert_true(json_is_true(json_object_get(json_object_get(d, "verdict"), "label_conflict")));
    json_decref(d);
    text_done(&t);
    world_done(&w);
}

/* ---- exposure ---- */

static void test_exposure(void **state) {
    struct world w;
    struct text t = {0};
    (void)state;
    world_make(&w);
    struct exposure_row rows[] = {
        {.account = w.middle,
         .direction = DIRECTION_OUT,
         .direct = true,
         .category = label_category_find(span_of("exchange")),
         .units = (u128)1500000000000000000,
         .share_millionths = 600000,
         .counterparties = 1},
        {.account = w.middle,
         .direction = DIRECTION_OUT,
         .direct = true,
         .units = (u128)1000000000000000000,
         .share_millionths = 400000},
    };
    struct exposure_result result = {.rows = rows, .row_count = 2}, crumbs = {.rows = rows, .row_count = 2};
    assert_int_equal(report_exposure_text(&t, &w.f->input, &result, NULL), IMJIN_OK);
    CHECK_LINES(&t, MIDDLE "\n", "  sent, direct, ETH\n",
                "    exchange                      60.00 %                    1.5 ETH 1 counterparty\n",
                "    at rest                       40.00 %                      1 ETH\n");
    text_clear(&t);
    assert_int_equal(report_exposure_json(&t, &w.f->input, &result, NULL), IMJIN_OK);
    json_t *d = load(&t, "imjin.exposure/1"), *row = json_array_get(json_object_get(d, "rows"), 0);
    assert_string_equal(text_at(row, "category"), "exchange");
    assert_int_equal(json_integer_value(json_object_get(row, "share_millionths")), 600000);
    json_decref(d);
    text_clear(&t);
    rows[0].share_millionths = 1000000;
    rows[1].share_millionths = 0;
    assert_int_equal(report_exposure_text(&t, &w.f->input, &crumbs, NULL), IMJIN_OK);
    CHECK_LINES(&t, "over 99.99 %", "under 0.01 %");
    text_clear(&t);
    assert_int_equal(report_exposure_text(&t, &w.f->input, &(struct exposure_result){0}, NULL), IMJIN_OK);
    assert_string_equal(t.bytes, "Nothing received and nothing sent.\n");
    text_done(&t);
    world_done(&w);
}

/* ---- memory ---- */

static enum imjin_status run(const struct world *w, unsigned which, struct text *t, struct error *err) {
    const struct report_input *in = &w->f->input;
    struct report_account_options all = {0};
    struct report_chain chain = {w->f->ledger, w->compiled, 1, 1};
    struct report_labels_query list = {.kind = REPORT_LABELS_LIST};
    switch (which) {
    case 0:
        return report_account_text(t, in, w->service, all, err);
    case 1:
        return report_account_json(t, in, w->service, all, err);
    case 2:
        return report_tx_text(t, in, (struct tx_id){2}, SETTLE_RULES_ALL, err);
    case 3:
        return report_tx_json(t, in, (struct tx_id){2}, SETTLE_RULES_ALL, err);
    case 4:
        return report_info_text(t, in, "w", &chain, 1, err);
    case 5:
        return report_labels_text(t, in, &list, err);
    case 6:
        return report_labels_json(t, NULL, in, &list, err);
    default:
        return report_info_json(t, in, &chain, 1, err);
    }
}

static void test_memory_runs_out(void **state) {
    struct world w;
    (void)state;
    world_make(&w);
    for (unsigned which = 0; which < 8; which++) {
        struct text whole = {0};
        assert_int_equal(run(&w, which, &whole, NULL), IMJIN_OK);
        bool done = false;
        for (uint64_t nth = 1; !done; nth++) {
            struct text t = {0};
            struct error err = {0};
            uint64_t before = memory_allocations();
            memory_fail_at(nth, false);
            enum imjin_status status = run(&w, which, &t, &err);
            memory_fail_at(0, false);
            done = memory_allocations() - before < nth;
            assert_int_equal(status, done ? IMJIN_OK : IMJIN_MACHINE);
            if (done)
                assert_string_equal(t.bytes, whole.bytes);
            text_done(&t);
        }
        text_done(&whole);
    }
    world_done(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_account_text), cmocka_unit_test(test_account_json),    cmocka_unit_test(test_tx),
        cmocka_unit_test(test_info),         cmocka_unit_test(test_verify),          cmocka_unit_test(test_labels),
        cmocka_unit_test(test_exposure),     cmocka_unit_test(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
