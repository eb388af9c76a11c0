#include "../trace/trace_fixture.h"

#include "pattern/search.h"

static struct pattern_result *found_in(const struct world *w, uint32_t n, uint32_t patterns) {
    struct pattern_result *r = NULL;
    struct account_id a = account(w, n);
    GOOD(pattern_run(&w->in, NULL, &a, 1, patterns, NULL, &r, &problem));
    return r;
}

static void test_table(void **state) {
    (void)state;
    for (unsigned i = 0; i < PATTERNS; i++) {
        const struct pattern_kind *kind = pattern_kind_of((enum pattern_id)i);
        assert_non_null(kind->name);
        assert_true(kind->title[0] && kind->rule[0] && kind->source[0]);
        assert_int_equal(pattern_find(span_of(kind->name)), i);
    }
    assert_int_equal(pattern_find(span_of("nonsense")), PATTERNS);
    assert_int_equal(confidence_beyond(10, 10), 500000);
    assert_int_equal(confidence_beyond(30, 10), 750000);
}

static void test_issuers(void **state) {
    unsigned count;
    const struct token_issuer *all = token_issuers(&count);
    struct chain ethereum, other;
    (void)state;
    GOOD(chain_find(&ethereum, "ethereum", &problem));
    GOOD(chain_find(&other, "testchain", &problem));
    for (unsigned i = 0; i < count; i++) {
        struct asset_key key = {.form = ASSET_TOKEN};
        GOOD(address_parse(&key.contract, &ethereum, span_of(all[i].contract), &problem));
        assert_ptr_equal(token_issuer_of(&ethereum, &key), &all[i]);
        assert_null(token_issuer_of(&other, &key));
        key.form = ASSET_ITEM;
        assert_null(token_issuer_of(&ethereum, &key));
        assert_true(all[i].issuer[0] && all[i].power[0] && all[i].source[0]);
    }
    assert_null(token_issuer_of(&ethereum, &(struct asset_key){.form = ASSET_NATIVE}));
}

/* A chain longer than the walk is told as far as it was walked; the evidence of a finding is cut, its count is not. */
static void test_limits(void **state) {
    struct world w;
    (void)state;
    world_begin(&w);
    for (uint32_t i = 0; i < PATTERN_HOPS_MAX + 6; i++)
        pay(&w, 1 + i, 100 + i, 101 + i, 1000);
    pay(&w, 100, A, B, 1000000);
    for (uint32_t i = 0; i < PATTERN_EVIDENCE_EACH + 6; i++)
        pay(&w, 101 + i, B, C, 7);
    pay(&w, 200, A, F, 500000);
    for (uint32_t i = 0; i < PATTERN_HOP_STEPS_MAX; i++) /* too busy to be a station */
        pay(&w, 201, F, G, 1);
    pay(&w, 202, F, G, 490000);
    world_open(&w, SETTLE_RULES_ALL);
    struct pattern_result *r = found_in(&w, 101, PATTERNS_ALL);
    assert_int_equal(r->finding_count, 1);
    assert_int_equal(r->findings[0].pattern, PATTERN_LAYERING);
    assert_int_equal(r->findings[0].count, PATTERN_HOPS_MAX);
    assert_int_equal(r->findings[0].evidence_count, PATTERN_EVIDENCE_EACH);
    assert_int_equal(r->findings[0].other.n, account(&w, 101 + PATTERN_HOPS_MAX).n);
    pattern_result_free(r);
    r = found_in(&w, B, PATTERNS_ALL);
    assert_int_equal(r->finding_count, 1);
    assert_int_equal(r->findings[0].pattern, PATTERN_STRUCTURING);
    assert_int_equal(r->findings[0].count, PATTERN_EVIDENCE_EACH + 6);
    assert_int_equal(r->findings[0].evidence_count, PATTERN_EVIDENCE_EACH);
    assert_true(r->findings[0].units == 7 * (PATTERN_EVIDENCE_EACH + 6));
    pattern_result_free(r);
    r = found_in(&w, F, 1u << PATTERN_LAYERING | 1u << PATTERN_PEEL_CHAIN);
    assert_int_equal(r->finding_count, 0);
    assert_int_equal(r->looked_at, 1);
    pattern_result_free(r);
    world_end(&w);
}

static void test_memory(void **state) {
    struct world w;
    (void)state;
    world_begin(&w);
    pay(&w, 1, A, B, 1000000);
    for (uint32_t i = 0; i < 12; i++)
        pay(&w, 2 + i, B, C + i % 2, 100);
    for (uint32_t i = 0; i < 4; i++)
        pay(&w, 50 + i, 200 + i, 201 + i, 900);
    tag(&w, C, "mixing_service", "m");
    world_open(&w, SETTLE_RULES_ALL);
    struct account_id all[] = {account(&w, B), account(&w, 201)};
    struct pattern_result *whole, *r;
    GOOD(pattern_run(&w.in, NULL, all, 2, PATTERNS_ALL, NULL, &whole, &problem));
    assert_int_equal(whole->finding_count, 3); /* mixer, structuring, layering */
    for (uint64_t nth = 1;; nth++) {
        struct error err = {0};
        memory_fail_at(nth, false);
        enum imjin_status status = pattern_run(&w.in, NULL, all, 2, PATTERNS_ALL, NULL, &r, &err);
        memory_fail_at(0, false);
        if (status == IMJIN_OK)
            break;
        assert_int_equal(status, IMJIN_MACHINE);
        assert_int_equal(err.status, IMJIN_MACHINE);
    }
    assert_int_equal(r->finding_count, whole->finding_count);
    for (uint64_t i = 0; i < r->finding_count; i++) {
        const struct pattern_finding *a = &r->findings[i], *b = &whole->findings[i];
        assert_true(a->pattern == b->pattern && a->account.n == b->account.n && a->other.n == b->other.n &&
                    a->asset.n == b->asset.n && a->first.n == b->first.n && a->last.n == b->last.n && a->units == b->units);
        assert_true(a->count == b->count && a->evidence == b->evidence && a->evidence_count == b->evidence_count &&
                    a->confidence == b->confidence);
    }
    pattern_result_free(r);
    pattern_result_free(whole);
    pattern_result_free(NULL);
    world_end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_issuers),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
