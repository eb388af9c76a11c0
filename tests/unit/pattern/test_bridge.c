#include "../unit.h"

#include "pattern/bridge_inside.h"

static struct error problem;
#define GOOD(call) assert_int_equal((problem = (struct error){0}, (call)), IMJIN_OK)

static const char heading[] = "side,protocol,chain,time,tx,log,id,sender,recipient,asset,amount,other_chain\n";
static const char story[] = "side,protocol,chain,time,tx,log,id,sender,recipient,asset,amount,other_chain\n"
                            "deposit,celer,ethereum,1000,0x01,,7,,0x00000000000000000000000000000000000000aa,native,500,42161\n"
                            "withdrawal,celer,arbitrum,1100,0x02,,7,,0x00000000000000000000000000000000000000aa,native,490,1\n"
                            "deposit,celer,ethereum,2000,0x03,,,,0x00000000000000000000000000000000000000bb,native,900,42161\n"
                            "withdrawal,celer,arbitrum,2100,0x04,,,,0x00000000000000000000000000000000000000bb,native,900,1\n";

static struct bridge_store *parsed(const char *text) {
    struct bridge_store *s = NULL;
    GOOD(bridge_store_new(&s, &problem));
    GOOD(bridge_store_parse(s, "test", span_of(text), &problem));
    bridge_store_sort(s);
    return s;
}

static struct bridge_result *matched(const struct bridge_store *s, unsigned rung) {
    struct bridge_result *r = NULL;
    GOOD(bridge_match(s, rung, NULL, &r, &problem));
    return r;
}

static struct bridge_row row_of(const char *side, const char *chain, const char *transaction) {
    struct bridge_row row = {0};
    row.fields[BRIDGE_SIDE] = span_of(side);
    row.fields[BRIDGE_CHAIN] = span_of(chain);
    row.fields[BRIDGE_TX] = span_of(transaction);
    return row;
}

/* Selectors as the bridges' contracts have them. */
static void test_selectors(void **state) {
    (void)state;
    static const struct {
        const char *digits, *protocol, *side;
    } known[] = {{"0175b1c4", "multichain", "withdrawal"}, {"825bb13c", "multichain", "withdrawal"},
                 {"edbdf5e2", "multichain", "deposit"},    {"a5e56571", "multichain", "deposit"},
                 {"a5977fbb", "celer", "deposit"},         {"3f2e5fc3", "celer", "deposit"},
                 {"84a6d055", "poly", "deposit"},          {"0f5287b0", "wormhole", "deposit"},
                 {"9981509f", "wormhole", "deposit"},      {"9fbf10fc", "stargate", "deposit"},
                 {"1114cd2a", "stargate", "deposit"},      {"7b939232", "across", "deposit"},
                 {"8aac16ba", "connext", "deposit"}};
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
        struct bridge_function f;
        uint8_t selector[4];
        assert_false(hex_decode(selector, known[i].digits, 4) & HEX_BAD);
        if (!bridge_function_find((struct span){0}, selector, &f))
            fail_msg("no function has the selector %s", known[i].digits);
        assert_true(span_is(f.protocol, known[i].protocol));
        assert_true(span_is(f.side, known[i].side));
    }
}

/* Every row of the functions has as many roles as arguments, and every protocol's numbering has chains or names them. */
static void test_tables(void **state) {
    (void)state;
    struct span name;
    assert_true(bridge_chain_find(span_of("wormhole"), span_of("4"), &name) && span_is(name, "bsc"));
    assert_true(bridge_chain_find(span_of("nomad"), span_of("1650811245"), &name) && span_is(name, "moonbeam"));
    assert_false(bridge_chain_find(span_of("eip155"), span_of("999999"), &name));
    assert_true(span_is(bridge_short_name(span_of("b")), "BTC.BTC"));
    assert_true(span_is(bridge_short_name(span_of("ETH.ETH")), "ETH.ETH"));
    assert_true(bridge_protocol_find(span_of("thorchain")).pays_often);
    assert_int_equal(bridge_protocol_find(span_of("unheard-of")).fee_ppm, 30000);
    for (unsigned rung = 1; rung <= 4; rung++)
        assert_in_range(bridge_confidence(rung, 0), 1, 999999);
    assert_true(bridge_confidence(4, 100) < bridge_confidence(4, 0));
}

static void test_match(void **state) {
    (void)state;
    struct bridge_store *s = parsed(story);
    struct bridge_result *r = matched(s, BRIDGE_RUNG_AMOUNT);
    assert_int_equal(r->match_count, 2);
    assert_int_equal(r->chosen[BRIDGE_RUNG_IDENTIFIER], 1);
    assert_int_equal(r->chosen[BRIDGE_RUNG_NAMED], 1);
    assert_int_equal(r->matches[0].loss_ppm, 20000);
    assert_int_equal(r->matches[0].delay, 100);
    assert_int_equal(r->doubts[BRIDGE_SOUND], 1);
    assert_int_equal(r->doubts[BRIDGE_NO_ID], 1);
    bridge_result_free(r);
    bridge_store_free(s);
}

/* The clocks of two chains may differ by a minute, not by more. */
static void test_clock(void **state) {
    (void)state;
    for (int64_t early = 60; early <= 61; early++) {
        char text[600];
        snprintf(
            text, sizeof text,
            "%sdeposit,celer,ethereum,100000,0x01,,7,,,native,500,42161\nwithdrawal,celer,arbitrum,%d,0x02,,7,,,native,490,1\n",
            heading, (int)(100000 - early));
        struct bridge_store *s = parsed(text);
        struct bridge_result *r = matched(s, BRIDGE_RUNG_IDENTIFIER);
        assert_int_equal(r->match_count, early == BRIDGE_CLOCK_SKEW);
        assert_int_equal(r->doubts[BRIDGE_TOO_EARLY], early > BRIDGE_CLOCK_SKEW);
        bridge_result_free(r);
        bridge_store_free(s);
    }
}

static void expect_refused(struct bridge_store *s, const struct bridge_row *row, const char *column) {
    problem = (struct error){0};
    assert_int_equal(bridge_store_add(s, row, &problem), IMJIN_BAD_INPUT);
    assert_string_equal(problem.column, column);
}

static void test_limits_of_fields(void **state) {
    (void)state;
    struct bridge_store *s = parsed(heading);
    char longest[BRIDGE_ID_MAX + 2], memo[BRIDGE_MEMO_MAX + 2];
    memset(longest, 'a', sizeof longest);
    struct bridge_row row = row_of("deposit", "ethereum", "0x01");
    row.fields[BRIDGE_TX] = (struct span){longest, BRIDGE_ID_MAX};
    GOOD(bridge_store_add(s, &row, &problem));
    row.fields[BRIDGE_TX].count++;
    expect_refused(s, &row, "tx");
    row = row_of("deposit", "ethereum", "0x01");
    row.fields[BRIDGE_PROTOCOL] = (struct span){longest, BRIDGE_PROTOCOL_MAX};
    GOOD(bridge_store_add(s, &row, &problem));
    row.fields[BRIDGE_PROTOCOL].count++;
    expect_refused(s, &row, "protocol");
    /* A memo above THORChain's own limit is no memo. */
    int head = snprintf(memo, sizeof memo, "OUT:%064d:", 7);
    memset(memo + head, 'x', sizeof memo - (size_t)head);
    for (uint64_t more = 0; more < 2; more++) {
        row = row_of(more ? "withdrawal" : "", "ethereum", "0x01");
        row.fields[BRIDGE_MEMO] = (struct span){memo, BRIDGE_MEMO_MAX + more};
        GOOD(bridge_store_add(s, &row, &problem));
        assert_int_equal(bridge_store_at(s, bridge_store_count(s) - 1)->id != 0, !more);
    }
    assert_int_equal(bridge_store_passed_over(s), 1);
    bridge_store_free(s);
}

static void test_limits_of_counts(void **state) {
    (void)state;
    struct bridge_store *s = parsed(heading);
    struct bridge_result *r;
    assert_int_equal(s->records.items_max, BRIDGE_RECORDS_MAX);
    assert_int_equal(s->texts.bytes_max, BRIDGE_TEXT_BYTES_MAX);
    for (unsigned i = 0; i <= BRIDGE_PROTOCOLS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%u", i);
        struct bridge_row row = row_of("deposit", "ethereum", "0x01");
        row.fields[BRIDGE_PROTOCOL] = span_of(name);
        GOOD(bridge_store_add(s, &row, &problem));
    }
    assert_int_equal(bridge_match(s, BRIDGE_RUNG_IDENTIFIER, NULL, &r, &problem), IMJIN_BAD_INPUT);
    s->records.items_max = s->records.count;
    struct bridge_row row = row_of("deposit", "ethereum", "0x02");
    assert_int_not_equal(bridge_store_add(s, &row, &problem), IMJIN_OK);
    s->texts.bytes_max = s->texts.count + 4;
    s->records.items_max = BRIDGE_RECORDS_MAX;
    row = row_of("deposit", "ethereum", "0x0000000003");
    assert_int_not_equal(bridge_store_add(s, &row, &problem), IMJIN_OK);
    bridge_store_free(s);
}

/* `deposits` of one identifier and `withdrawals` of it, or of none. */
static struct bridge_store *crowd(unsigned deposits, unsigned withdrawals, bool named) {
    struct text t = {0};
    text_add_string(&t, heading);
    for (unsigned i = 0; i < deposits; i++)
        text_add_format(&t, "deposit,celer,ethereum,%u,0x%04x,,%s,,,native,500,42161\n", 1000 + i, i, named ? "7" : "");
    for (unsigned i = 0; i < withdrawals; i++)
        text_add_format(&t, "withdrawal,celer,arbitrum,%u,0x1%04x,,%s,,,native,500,1\n", 5000 + i, i, named ? "7" : "");
    GOOD(text_status(&t, &problem));
    struct bridge_store *s = parsed(t.bytes);
    text_done(&t);
    return s;
}

static void test_crowds(void **state) {
    (void)state;
    struct bridge_store *s = crowd(BRIDGE_SAME_ID_MAX + 20, 1, true);
    struct bridge_result *r = matched(s, BRIDGE_RUNG_IDENTIFIER);
    assert_int_equal(r->match_count, 1);
    assert_int_equal(r->matches[0].rivals, BRIDGE_SAME_ID_MAX - 1);
    bridge_result_free(r);
    bridge_store_free(s);
    s = crowd(1, BRIDGE_CANDIDATES_MAX + 20, false);
    r = matched(s, BRIDGE_RUNG_AMOUNT);
    assert_int_equal(r->match_count, BRIDGE_LEADS_MAX);
    assert_true(r->matches[0].chosen && !r->matches[1].chosen);
    assert_int_equal(r->matches[0].rivals, BRIDGE_CANDIDATES_MAX + 19);
    bridge_result_free(r);
    bridge_store_free(s);
    s = crowd(1, BRIDGE_SCAN_MAX + 20, false);
    r = matched(s, BRIDGE_RUNG_AMOUNT);
    assert_int_equal(r->matches[0].rivals, BRIDGE_SCAN_MAX - 1);
    bridge_result_free(r);
    bridge_store_free(s);
}

/* Three pairs agree on what stands for a token; the fourth, in another asset, is a forgery. */
static void test_learned_assets(void **state) {
    (void)state;
    for (unsigned real = 2; real <= 9; real += 7) {
        struct text t = {0};
        text_add_string(&t, heading);
        for (unsigned i = 0; i <= real; i++) {
            text_add_format(&t, "deposit,celer,ethereum,%u,0x%02x,,%u,,,0x00000000000000000000000000000000000000d1,500,42161\n",
                            1000 + i, i, i);
            text_add_format(&t, "withdrawal,celer,arbitrum,%u,0x1%02x,,%u,,,0x00000000000000000000000000000000000000%s,500,1\n",
                            2000 + i, i, i, i == real ? "ee" : "d2");
        }
        struct bridge_store *s = parsed(t.bytes);
        struct bridge_result *r = matched(s, BRIDGE_RUNG_IDENTIFIER);
        assert_int_equal(r->match_count, real == 2 ? 3 : 9);
        assert_int_equal(r->doubts[BRIDGE_WRONG_TARGET], real == 2 ? 0 : 1);
        assert_int_equal(!!(r->matches[0].evidence & BRIDGE_SAME_ASSET), real != 2);
        bridge_result_free(r);
        bridge_store_free(s);
        text_done(&t);
    }
}

static enum imjin_status whole(struct bridge_result **ret) {
    struct bridge_store *s;
    struct error err;
    TRY(bridge_store_new(&s, &err));
    enum imjin_status status = bridge_store_parse(s, "test", span_of(story), &err);
    if (status == IMJIN_OK) {
        bridge_store_sort(s);
        status = bridge_match(s, BRIDGE_RUNG_AMOUNT, NULL, ret, &err);
    }
    bridge_store_free(s);
    return status;
}

static void test_memory_runs_out(void **state) {
    (void)state;
    struct bridge_result *r = NULL;
    enum imjin_status status = IMJIN_MACHINE;
    for (uint64_t n = 1; status != IMJIN_OK; n++) {
        assert_in_range(n, 1, 500);
        memory_fail_at(n, false);
        status = whole(&r);
        memory_fail_at(0, false);
        assert_true(status == IMJIN_OK || status == IMJIN_MACHINE);
        assert_true(status == IMJIN_OK || r == NULL);
    }
    assert_int_equal(r->match_count, 2);
    bridge_result_free(r);
}

/* Cut anywhere and with any byte flipped: refused with a reason, or records within their limits. */
static void test_damaged(void **state) {
    (void)state;
    char text[sizeof story];
    for (uint64_t i = 0; i < 2 * sizeof story - 2; i++) {
        uint64_t count = i < sizeof story - 1 ? i : sizeof story - 1;
        struct bridge_store *s = NULL;
        memcpy(text, story, sizeof story);
        if (i >= sizeof story - 1)
            text[i - (sizeof story - 1)] ^= 0x15;
        GOOD(bridge_store_new(&s, &problem));
        if (bridge_store_parse(s, "test", (struct span){text, count}, &problem) != IMJIN_OK)
            assert_true(problem.text[0]);
        bridge_store_sort(s);
        struct bridge_result *r = matched(s, BRIDGE_RUNG_AMOUNT);
        assert_true(r->match_count <= 4);
        bridge_result_free(r);
        bridge_store_free(s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selectors), cmocka_unit_test(test_tables),           cmocka_unit_test(test_match),
        cmocka_unit_test(test_clock),     cmocka_unit_test(test_limits_of_fields), cmocka_unit_test(test_limits_of_counts),
        cmocka_unit_test(test_crowds),    cmocka_unit_test(test_learned_assets),   cmocka_unit_test(test_memory_runs_out),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
