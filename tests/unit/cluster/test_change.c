#include "../unit.h"

#include "cluster/cluster.h"
#include "fake_utxo.h"

#define P2PKH  SCRIPT_PUBKEY_HASH
#define P2WPKH SCRIPT_WITNESS_PUBKEY_HASH
static struct error err;

/* Asks the rules about one transaction. */
static enum imjin_status ask(const struct utxo *u, uint32_t tx, uint32_t rules, struct change_lead *ret) {
    struct coin_view view = {0};
    assert_int_equal(coin_view_load(&view, u, (struct tx_id){tx}, &err), IMJIN_OK);
    enum imjin_status status = change_of(ret, u, &view.tx, rules, &err);
    coin_view_done(&view);
    return status;
}

static struct change_lead lead_of(const struct utxo *u, uint32_t tx, uint32_t rules) {
    struct change_lead lead = {0};
    assert_int_equal(ask(u, tx, rules, &lead), IMJIN_OK);
    return lead;
}

static void assert_says(const struct utxo *u, uint32_t tx, enum change_rule rule, uint32_t output) {
    struct change_lead lead;
    enum imjin_status status = ask(u, tx, 1u << rule, &lead);
    assert_int_equal(status, output == CLUSTER_NONE ? IMJIN_NOT_FOUND : IMJIN_OK);
    if (output != CLUSTER_NONE) {
        assert_int_equal(lead.output, output);
        assert_int_equal(lead.confidence, change_rule(rule)->confidence);
    }
}

/* Block 0 gives 0..3 (two kinds of lock) their coins; then one transaction a motif. */
static struct utxo *motifs(void) {
    struct utxo *u = fake_new(64);
    fake_block(u);
    fake_tx(u, 0);
    fake_out(u, 1000000, 0, P2PKH);
    fake_out(u, 700000, 1, P2PKH);
    fake_out(u, 900000, 2, P2WPKH);
    fake_out(u, 800000, 3, P2WPKH);
    fake_out(u, 55555, 3, P2WPKH);
    fake_block(u);
    fake_tx(u, 0); /* 1: back to 0 */
    fake_in(u, 0);
    fake_out(u, 412345, 4, P2PKH);
    fake_out(u, 512345, 0, P2PKH);
    fake_tx(u, 0); /* 2: 3 is known, 5 is new; 5 is locked as the input is, and alone not round */
    fake_in(u, 2);
    fake_out(u, 100000, 0, P2PKH);
    fake_out(u, 799001, 5, P2WPKH);
    fake_tx(u, 0); /* 3: two inputs, the change below both */
    fake_in(u, 1);
    fake_in(u, 3);
    fake_out(u, 1400000, 6, P2PKH);
    fake_out(u, 99000, 7, P2PKH);
    fake_block(u);
    fake_tx(u, 500); /* 4: peels again in 5, with a locktime as here; 8 is spent without in 6 */
    fake_in(u, 8);
    fake_out(u, 100000, 8, P2WPKH);
    fake_out(u, 690000, 9, P2WPKH);
    fake_tx(u, 501);
    fake_in(u, 12);
    fake_out(u, 100000, 10, P2WPKH);
    fake_out(u, 580000, 11, P2WPKH);
    fake_tx(u, 0);
    fake_in(u, 11);
    fake_in(u, 4);
    fake_out(u, 150000, 12, P2WPKH);
    return u;
}

static void rules(void **state) {
    (void)state;
    struct utxo *u = motifs();
    assert_says(u, 1, CHANGE_REUSE, 1);
    assert_says(u, 2, CHANGE_REUSE, CLUSTER_NONE);
    assert_says(u, 1, CHANGE_ONE_TIME, 0);
    assert_says(u, 2, CHANGE_ONE_TIME, 1);
    assert_says(u, 3, CHANGE_ONE_TIME, CLUSTER_NONE); /* both are new */
    assert_says(u, 2, CHANGE_SCRIPT_TYPE, 1);
    assert_says(u, 1, CHANGE_SCRIPT_TYPE, CLUSTER_NONE);
    assert_says(u, 3, CHANGE_SCRIPT_TYPE, CLUSTER_NONE); /* inputs of two kinds */
    assert_says(u, 2, CHANGE_ROUND_VALUE, 1);
    assert_says(u, 1, CHANGE_ROUND_VALUE, CLUSTER_NONE);
    assert_says(u, 3, CHANGE_OPTIMAL, 1);
    assert_says(u, 2, CHANGE_OPTIMAL, CLUSTER_NONE); /* one input says nothing */
    assert_says(u, 4, CHANGE_LOCKTIME, 1);
    assert_says(u, 5, CHANGE_LOCKTIME, CLUSTER_NONE); /* not spent yet */
    assert_says(u, 4, CHANGE_PEEL, 1);
    assert_says(u, 5, CHANGE_PEEL, CLUSTER_NONE);
    assert_says(u, 6, CHANGE_REUSE, CLUSTER_NONE);
    fake_free(u);
}

/* Reuse against one-time: both are said, neither is believed. */
static void conflict(void **state) {
    (void)state;
    struct utxo *u = motifs();
    struct change_lead lead = lead_of(u, 1, 1u << CHANGE_REUSE | 1u << CHANGE_ONE_TIME);
    assert_int_equal(lead.rules, 3);
    assert_int_equal(lead.output, 1); /* the surer rule's */
    assert_int_equal(lead.conflicts, 1u << CHANGE_ONE_TIME);
    assert_int_equal(lead.confidence, 0);
    lead = lead_of(u, 2, (1u << CHANGE_RULES) - 1);
    assert_int_equal(lead.output, 1);
    assert_int_equal(lead.conflicts, 0);
    assert_int_equal(lead.confidence, change_rule(CHANGE_SCRIPT_TYPE)->confidence);
    fake_free(u);
}

static void merges_when_asked(void **state) {
    (void)state;
    struct utxo *u = motifs();
    struct clusters *c;
    uint32_t size;
    static const struct {
        uint32_t rules, votes, size;
    } rows[] = {
        {0, 0, 1},
        {1u << CHANGE_SCRIPT_TYPE, 0, 2},
        {1u << CHANGE_SCRIPT_TYPE | 1u << CHANGE_REUSE, 2, 1},
        {1u << CHANGE_SCRIPT_TYPE | 1u << CHANGE_ROUND_VALUE, 2, 2},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cluster_options options = {.change_rules = rows[i].rules, .change_votes = rows[i].votes};
        assert_int_equal(cluster_build(&c, u, NULL, options, NULL, &err), IMJIN_OK);
        assert_int_equal(cluster_size(c, (struct script_id){5}, &size, &err), IMJIN_OK);
        assert_int_equal(size, rows[i].size);
        if (size == 2) {
            struct cluster_path path;
            assert_int_equal(cluster_why(c, (struct script_id){2}, (struct script_id){5}, UINT32_MAX, &path, &err), IMJIN_OK);
            assert_int_equal(path.count, 1);
            assert_int_equal(path.steps[0].tx.n, 2);
            assert_int_equal(path.steps[0].rule, 1 + CHANGE_SCRIPT_TYPE); /* the merge names its rule */
            cluster_path_done(&path);
        }
        cluster_close(c);
    }
    fake_free(u);
}

static void words(void **state) {
    (void)state;
    uint32_t set = 9;
    assert_true(change_rules_parse(span_of("reuse, one-time"), &set));
    assert_int_equal(set, 1u << CHANGE_REUSE | 1u << CHANGE_ONE_TIME);
    assert_true(change_rules_parse(span_of("all"), &set));
    assert_int_equal(set, (1u << CHANGE_RULES) - 1);
    assert_false(change_rules_parse(span_of("reuse,"), &set));
    assert_false(change_rules_parse(span_of("guess"), &set));
    assert_int_equal(set, (1u << CHANGE_RULES) - 1);
}

static void coinbase_and_single(void **state) {
    (void)state;
    struct utxo *u = motifs();
    struct change_lead lead;
    assert_int_equal(ask(u, 0, (1u << CHANGE_RULES) - 1, &lead), IMJIN_NOT_FOUND);
    assert_int_equal(ask(u, 6, (1u << CHANGE_RULES) - 1, &lead), IMJIN_NOT_FOUND);
    memory_fail_at(3, true); /* the views, then the scripts that are spent from */
    struct coin_view view = {0};
    assert_int_equal(coin_view_load(&view, u, (struct tx_id){2}, &err), IMJIN_OK);
    assert_int_equal(change_of(&lead, u, &view.tx, 1, &err), IMJIN_MACHINE);
    memory_fail_at(0, false);
    coin_view_done(&view);
    fake_free(u);
}

/* `hops` transactions, each with one input; 10 are peeled off at each and 1 is the fee. */
static struct utxo *peeling(uint32_t hops) {
    struct utxo *u = fake_new(3 * (uint64_t)hops + 100);
    fake_block(u);
    fake_tx(u, 0);
    uint64_t rest = fake_out(u, 20 + 11 * (uint64_t)hops, 0, P2PKH);
    for (uint32_t i = 0; i < hops; i++) {
        fake_tx(u, 0);
        fake_in(u, rest);
        uint64_t value = 20 + 11 * (uint64_t)(hops - i) - 11;
        if (i % 2) {
            fake_out(u, 10, (uint32_t)utxo_counts(u)->scripts, P2PKH);
            rest = fake_out(u, value, (uint32_t)utxo_counts(u)->scripts, P2PKH);
        } else {
            rest = fake_out(u, value, (uint32_t)utxo_counts(u)->scripts, P2PKH);
            fake_out(u, 10, (uint32_t)utxo_counts(u)->scripts, P2PKH);
        }
    }
    return u;
}

static void peel_chain(void **state) {
    (void)state;
    struct utxo *u = peeling(10);
    for (uint32_t tx = 1; tx <= 10; tx++) { /* from any hop the whole chain */
        struct peel_chain p;
        assert_int_equal(peel_of(&p, u, (struct tx_id){tx}, &err), IMJIN_OK);
        assert_int_equal(p.count, 10);
        assert_int_equal(p.value_first, 130);
        assert_int_equal(p.value_peeled, 100);
        assert_int_equal(p.value_rest, 20);
        assert_int_equal(p.fees, 10);
        assert_int_equal(p.end, PEEL_UNSPENT);
        for (uint32_t i = 0; i < 10; i++) {
            assert_int_equal(p.peels[i].tx.n, 1 + i);
            assert_int_equal(p.peels[i].value, 10);
        }
        peel_done(&p);
    }
    fake_tx(u, 0); /* the rest and the first peel are spent together */
    fake_in(u, 2);
    fake_in(u, 20);
    fake_out(u, 29, 0, P2PKH);
    struct peel_chain p;
    assert_int_equal(peel_of(&p, u, (struct tx_id){4}, &err), IMJIN_OK);
    assert_int_equal(p.end, PEEL_GATHERED);
    peel_done(&p);
    assert_int_equal(peel_of(&p, u, (struct tx_id){0}, &err), IMJIN_NOT_FOUND);
    assert_int_equal(peel_of(&p, u, (struct tx_id){11}, &err), IMJIN_NOT_FOUND);
    fake_free(u);
    u = peeling(2);
    assert_int_equal(peel_of(&p, u, (struct tx_id){1}, &err), IMJIN_NOT_FOUND); /* two are no chain */
    fake_free(u);
}

static void peel_limit(void **state) {
    (void)state;
    struct utxo *u = peeling(CLUSTER_PEEL_MAX + 2);
    struct peel_chain p;
    assert_int_equal(peel_of(&p, u, (struct tx_id){1}, &err), IMJIN_OK);
    assert_int_equal(p.count, CLUSTER_PEEL_MAX);
    assert_int_equal(p.end, PEEL_LIMIT);
    assert_int_equal(p.value_first, p.value_peeled + p.value_rest + p.fees);
    peel_done(&p);
    memory_fail_at(1, true);
    assert_int_equal(peel_of(&p, u, (struct tx_id){1}, &err), IMJIN_MACHINE);
    memory_fail_at(0, false);
    fake_free(u);
}

/* The address that a chain of ten hops begins at, then gathers twelve coins, and pays ten. */
static void motifs_of_address(void **state) {
    (void)state;
    struct utxo *u = peeling(10);
    struct buffer found = {0};
    uint64_t passed_over = 7, coins[12];
    uint32_t fresh = (uint32_t)utxo_counts(u)->scripts;
    fake_tx(u, 0);
    for (unsigned i = 0; i < 12; i++)
        coins[i] = fake_out(u, 100 + i, 0, P2PKH);
    fake_tx(u, 0);
    for (unsigned i = 0; i < 12; i++)
        fake_in(u, coins[i]);
    uint64_t one = fake_out(u, 1200, 0, P2PKH);
    fake_tx(u, 0);
    fake_in(u, one);
    for (unsigned i = 0; i < 10; i++)
        fake_out(u, 100 + i, fresh + i, P2PKH);
    assert_int_equal(motif_find(&found, &passed_over, u, (struct script_id){0}, &err), IMJIN_OK);
    static const struct motif expected[] = {{.kind = MOTIF_PEEL_CHAIN, .tx = {1}, .count = 10, .value = 100},
                                            {.kind = MOTIF_GATHERING, .tx = {12}, .count = 12, .value = 1266},
                                            {.kind = MOTIF_FAN_OUT, .tx = {13}, .count = 10, .value = 1045}};
    assert_int_equal(found.count, 3);
    assert_int_equal(passed_over, 0);
    for (unsigned i = 0; i < 3; i++) {
        const struct motif *m = &((const struct motif *)found.items)[i];
        assert_int_equal(m->kind, expected[i].kind);
        assert_int_equal(m->tx.n, expected[i].tx.n);
        assert_int_equal(m->count, expected[i].count);
        assert_int_equal(m->value, expected[i].value);
    }
    buffer_done(&found);
    for (uint64_t nth = 1; nth < 4; nth++) {
        struct buffer none = {0};
        memory_fail_at(nth, true);
        assert_int_equal(motif_find(&none, &passed_over, u, (struct script_id){0}, &err), IMJIN_MACHINE);
        memory_fail_at(0, false);
        buffer_done(&none);
    }
    fake_free(u);
}

/* An address with more transactions than are looked at: the rest are counted. */
static void motif_limit(void **state) {
    (void)state;
    enum { COINS = CLUSTER_MOTIF_TXS_MAX + 10 };
    struct utxo *u = fake_new(COINS + 10);
    struct buffer found = {0};
    uint64_t passed_over = 0;
    fake_block(u);
    fake_tx(u, 0);
    for (unsigned i = 0; i < COINS; i++)
        fake_out(u, 5000, 0, P2PKH);
    assert_int_equal(motif_find(&found, &passed_over, u, (struct script_id){0}, &err), IMJIN_OK);
    assert_int_equal(passed_over, 11);
    buffer_done(&found);
    fake_free(u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules),       cmocka_unit_test(conflict),
        cmocka_unit_test(words),       cmocka_unit_test(coinbase_and_single),
        cmocka_unit_test(peel_chain),  cmocka_unit_test(merges_when_asked),
        cmocka_unit_test(peel_limit),  cmocka_unit_test(motifs_of_address),
        cmocka_unit_test(motif_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
