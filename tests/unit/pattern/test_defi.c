/* What a transaction is, on transactions made by hand: one a block. Asset n is the token of account n. */
#include "../trace/trace_fixture.h"

#include "pattern/pattern.h"

enum { COIN = 0, GOLD = 60, TIN = 61, LEAD = 62, POOL = 70, POOL_2 = 71, VAULT = 72, DEBT = 73, LENDER = 74, SINK = 75 };

/* Settles and names the transaction of block `tx`. */
static struct defi_result named_with(const struct world *w, uint32_t tx, const struct abi_witness *witnesses, uint32_t count) {
    uint8_t hash[32] = {0};
    char text[67] = "0x";
    struct tx_id id;
    struct ledger_tx about;
    struct settler *settler;
    struct settled settled;
    struct defi_result r = {0};
    memcpy(hash, &tx, sizeof tx);
    hash[31] = 1;
    for (unsigned i = 0; i < 32; i++)
        snprintf(text + 2 + 2 * i, 3, "%02x", hash[i]);
    GOOD(ledger_tx_find(w->ledger, span_of(text), &id, &problem));
    GOOD(ledger_tx(w->ledger, id, &about, &problem));
    GOOD(settler_new(&settler, w->ledger, SETTLE_RULES_ALL, &problem));
    GOOD(settle_tx(settler, about.first, about.count, &settled, &problem));
    const struct defi_input in = {w->ledger, w->label_store, &settled, witnesses, count, about.first, about.count};
    GOOD(defi_classify(&in, &r, &problem));
    settler_free(settler);
    return r;
}
static struct defi_result named(const struct world *w, uint32_t tx) { return named_with(w, tx, NULL, 0); }

/* "swap", "swap fee-token". */
static const char *kinds(const struct defi_result *r) {
    static char text[512];
    text[0] = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        size_t at = strlen(text);
        snprintf(text + at, sizeof text - at, "%s%s", i ? " " : "", defi_kind_name(r->items[i].kind));
    }
    return text;
}
static void assert_kinds(const struct world *w, uint32_t tx, const char *expected) {
    struct defi_result r = named(w, tx);
    assert_string_equal(kinds(&r), expected);
}
static uint32_t number_of(const struct world *w, struct account_id id) {
    struct address a;
    if (id.n == ID_NONE)
        return ID_NONE;
    GOOD(ledger_address(w->ledger, id, &a, &problem));
    return (uint32_t)a.evm[18] << 8 | a.evm[19];
}

static struct world *begin(void) {
    static struct world w;
    world_begin(&w);
    return &w;
}
static void opened(struct world *w) { world_open(w, SETTLE_RULES_ALL); }

/* ---- plain ---- */

static void test_plain(void **state) {
    (void)state;
    struct world *w = begin();
    fee(w, 1, A, 5);
    fee(w, 2, A, 5);
    pay(w, 2, A, B, 100);
    fee(w, 3, A, 5);
    add(w, 3, POOL, A, GOLD, 7);
    for (uint32_t i = 0; i < 3; i++)
        add(w, 4, A, 300 + i, GOLD, 10 + i);
    for (uint32_t i = 0; i < 10; i++)
        add(w, 5, A, 300 + i, GOLD, 10);
    for (uint32_t i = 0; i < 10; i++)
        pay(w, 6, A, 300 + i, 10); /* of the coin: a payout, like or not */
    fee(w, 7, A, 5);
    add(w, 7, 0, A, GOLD, 50);
    add(w, 8, 0, A, GOLD, 50);
    fee(w, 9, A, 5);
    add(w, 9, A, 0, GOLD, 50);
    pay(w, 10, A, B, 30);
    pay(w, 10, B, A, 30);
    fee(w, 10, A, 1);
    opened(w);
    assert_kinds(w, 1, "call");
    assert_kinds(w, 2, "transfer");
    assert_kinds(w, 3, "transfer");
    assert_kinds(w, 4, "payout");
    assert_kinds(w, 5, "airdrop");
    assert_kinds(w, 6, "payout");
    assert_kinds(w, 7, "mint");
    assert_kinds(w, 8, "airdrop"); /* nobody sent it, as far as is known */
    assert_kinds(w, 9, "burn");
    assert_kinds(w, 10, "call"); /* there and back, by the giver's own doing */
    struct defi_result r = named(w, 2);
    assert_int_equal(number_of(w, r.items[0].who), A);
    assert_int_equal(number_of(w, r.items[0].with), B);
    assert_int_equal(r.items[0].evidence, DEFI_BY_SHAPE);
    r = named(w, 3);
    assert_int_equal(number_of(w, r.items[0].who), A);
    assert_int_equal(r.items[0].traits, DEFI_TRAIT_COLLECTED);
    world_end(w);
}

/* ---- swaps ---- */

static void test_swaps(void **state) {
    (void)state;
    struct world *w = begin();
    fee(w, 1, A, 5);
    pay(w, 1, A, POOL, 100);
    add(w, 1, POOL, A, GOLD, 7);
    fee(w, 2, A, 5); /* over a second pool and an asset in between */
    pay(w, 2, A, POOL, 100);
    add(w, 2, POOL, POOL_2, TIN, 20);
    add(w, 2, POOL_2, A, GOLD, 7);
    fee(w, 3, A, 5); /* half at each of two pools */
    add(w, 3, A, POOL, GOLD, 50);
    add(w, 3, A, POOL_2, GOLD, 50);
    pay(w, 3, POOL, A, 9);
    pay(w, 3, POOL_2, A, 9);
    fee(w, 4, A, 5); /* for another */
    pay(w, 4, A, POOL, 100);
    add(w, 4, POOL, B, GOLD, 7);
    fee(w, 5, A, 5); /* two assets got */
    pay(w, 5, A, POOL, 100);
    add(w, 5, POOL, A, GOLD, 7);
    add(w, 5, POOL, A, TIN, 7);
    opened(w);
    static const unsigned traits[] = {DEFI_TRAIT_POOL, DEFI_TRAIT_HOPS, DEFI_TRAIT_SPLIT, DEFI_TRAIT_TO_OTHER,
                                      DEFI_TRAIT_POOL | DEFI_TRAIT_SEVERAL};
    for (uint32_t tx = 1; tx <= 5; tx++) {
        struct defi_result r = named(w, tx);
        assert_string_equal(kinds(&r), "swap");
        assert_int_equal(number_of(w, r.items[0].who), A);
        assert_int_equal(r.items[0].traits, traits[tx - 1]);
        assert_int_equal(defi_technique_of(r.items[0].kind), DEFI_TECHNIQUE_SWAPS);
    }
    world_end(w);
}

static void test_settlement(void **state) {
    (void)state;
    struct world *w = begin();
    fee(w, 1, A, 1); /* both traders send something of their own elsewhere */
    fee(w, 2, B, 1);
    fee(w, 3, S, 5);
    add(w, 3, A, G, GOLD, 50);
    add(w, 3, B, G, TIN, 40);
    add(w, 3, G, A, TIN, 40);
    add(w, 3, G, B, GOLD, 50);
    fee(w, 4, S, 5); /* the same between pools */
    add(w, 4, POOL, G, GOLD, 50);
    add(w, 4, POOL_2, G, TIN, 40);
    add(w, 4, G, POOL, TIN, 40);
    add(w, 4, G, POOL_2, GOLD, 50);
    opened(w);
    assert_kinds(w, 3, "swap settlement");
    assert_kinds(w, 4, "swap");
    world_end(w);
}

/* ---- issued and destroyed ---- */

static void test_shares(void **state) {
    (void)state;
    struct world *w = begin();
    for (uint32_t tx = 1; tx <= 9; tx++)
        fee(w, tx, A, 5);
    pay(w, 1, A, GOLD, 100);
    add(w, 1, 0, A, GOLD, 100);
    add(w, 2, A, 0, GOLD, 100);
    pay(w, 2, GOLD, A, 100);
    add(w, 3, A, VAULT, TIN, 100);
    add(w, 3, 0, A, VAULT, 90);
    add(w, 4, A, 0, VAULT, 90);
    add(w, 4, VAULT, A, TIN, 101);
    add(w, 5, A, POOL, TIN, 100);
    add(w, 5, A, POOL, LEAD, 100);
    add(w, 5, 0, A, POOL, 10);
    add(w, 6, A, POOL, POOL, 10); /* shares to their own contract; that it burns them is not known */
    add(w, 6, POOL, A, TIN, 100);
    add(w, 6, POOL, A, LEAD, 100);
    add(w, 7, A, VAULT, TIN, 100); /* a share that comes from its contract without being new */
    add(w, 7, VAULT, A, VAULT, 90);
    pay(w, 8, LENDER, A, 500);
    add(w, 8, 0, A, DEBT, 500);
    pay(w, 9, A, LENDER, 503);
    add(w, 9, A, 0, DEBT, 500);
    opened(w);
    static const char *const expected[] = {"wrap",    "unwrap", "deposit", "redeem", "add-liquidity", "remove-liquidity",
                                           "deposit", "borrow", "repay"};
    for (uint32_t tx = 1; tx <= 9; tx++)
        assert_kinds(w, tx, expected[tx - 1]);
    world_end(w);
}

static void item(struct world *w, uint32_t tx, uint32_t from, uint32_t to, uint32_t contract) {
    add(w, tx, from, to, contract, 1);
    struct ledger_row *r = (struct ledger_row *)w->rows.items + w->rows.count - 1;
    r->asset.form = ASSET_ITEM;
    r->asset.item = u256_from_u128(42);
}

static void test_items(void **state) {
    (void)state;
    struct world *w = begin();
    for (uint32_t tx = 1; tx <= 4; tx++)
        fee(w, tx, A, 5);
    pay(w, 1, A, B, 100);
    item(w, 1, B, A, GOLD);
    item(w, 2, A, B, GOLD);
    pay(w, 2, B, A, 100);
    pay(w, 3, A, TIN, 100); /* new, from its issuer */
    item(w, 3, 0, A, TIN);
    add(w, 4, A, POOL, GOLD, 5); /* a position */
    pay(w, 4, A, POOL, 100);
    item(w, 4, 0, A, LEAD);
    opened(w);
    assert_kinds(w, 1, "nft-purchase");
    assert_kinds(w, 2, "nft-sale");
    assert_kinds(w, 3, "nft-purchase");
    assert_kinds(w, 4, "add-liquidity");
    world_end(w);
}

/* ---- what goes along ---- */

static void test_besides(void **state) {
    (void)state;
    struct world *w = begin();
    fee(w, 1, A, 5); /* a loan of gold, given back with a hundredth on top, and a profit */
    add(w, 1, LENDER, A, GOLD, 1000);
    add(w, 1, A, POOL, GOLD, 1000);
    add(w, 1, POOL, A, GOLD, 1050);
    add(w, 1, A, LENDER, GOLD, 1010);
    fee(w, 2, A, 5); /* too much to be a fee */
    add(w, 2, LENDER, A, GOLD, 1000);
    add(w, 2, A, LENDER, GOLD, 1011);
    fee(w, 3, A, 5); /* three hundredths to the token's contract */
    add(w, 3, A, GOLD, GOLD, 3);
    add(w, 3, A, POOL, GOLD, 97);
    pay(w, 3, POOL, A, 8);
    fee(w, 4, A, 5);
    add(w, 4, A, B, GOLD, 2);
    add(w, 4, A, C, GOLD, 2);
    add(w, 4, A, POOL, GOLD, 96);
    pay(w, 4, POOL, A, 8);
    opened(w);
    struct defi_result r = named(w, 1);
    assert_non_null(strstr(kinds(&r), "flash-loan"));
    r = named(w, 2);
    assert_null(strstr(kinds(&r), "flash-loan"));
    assert_kinds(w, 3, "swap fee-token");
    assert_kinds(w, 4, "swap fee-token");
    world_end(w);
}

/* ---- witnesses and labels ---- */

static const struct abi_signature *signature(const char *canonical, bool call) {
    unsigned count;
    const struct abi_signature *table = call ? abi_functions(&count) : abi_events(&count);
    for (unsigned i = 0; i < count; i++)
        if (strcmp(table[i].canonical, canonical) == 0)
            return table + i;
    fail_msg("no %s", canonical);
    return NULL;
}
static struct abi_witness witness(const char *canonical, bool call, uint32_t contract) {
    struct abi_witness w = {.signature = signature(canonical, call), .call = call};
    const struct address a = who(contract);
    memcpy(w.contract, a.evm, sizeof w.contract);
    return w;
}

static void test_witnesses(void **state) {
    (void)state;
    struct world *w = begin();
    fee(w, 1, A, 5);
    add(w, 1, A, VAULT, TIN, 100);
    add(w, 1, 0, A, VAULT, 90);
    fee(w, 2, A, 5);
    pay(w, 2, A, SINK, 100);
    pay(w, 2, C, D, 1);
    opened(w);
    struct abi_witness lend = witness("Deposit(address,address,address,uint256,uint16)", false, VAULT);
    struct defi_result r = named_with(w, 1, &lend, 1);
    assert_string_equal(kinds(&r), "lend");
    assert_int_equal(r.items[0].evidence, DEFI_BY_SHAPE | DEFI_BY_EVENT);
    assert_int_equal(r.items[0].witness, 0);
    lend = witness("Deposit(address,address,address,uint256,uint16)", false,
                   SINK); /* raised by a contract that has nothing to do with it */
    r = named_with(w, 1, &lend, 1);
    assert_string_equal(kinds(&r), "deposit");
    struct abi_witness lie = witness("deposit(bytes32)", true, SINK); /* a mixer's call, where a share was issued */
    r = named_with(w, 1, &lie, 1);
    assert_string_equal(kinds(&r), "deposit");
    r = named_with(w, 2, &lie, 1);
    assert_string_equal(kinds(&r), "mixer-deposit");
    assert_int_equal(r.items[0].evidence, DEFI_BY_SHAPE | DEFI_BY_CALL);
    /* what was bought is not in the ledger */
    struct abi_witness swap = witness("swapExactETHForTokens(uint256,address[],address,uint256)", true, SINK);
    r = named_with(w, 2, &swap, 1);
    assert_string_equal(kinds(&r), "swap");
    assert_int_equal(r.items[0].traits & DEFI_TRAIT_ONE_SIDED, DEFI_TRAIT_ONE_SIDED);
    /* nothing was lent: a loan's repayment changes no more than the name of the payment */
    struct abi_witness both[] = {swap, witness("Settlement(address)", false, SINK)};
    r = named_with(w, 2, both, 2);
    assert_string_equal(kinds(&r), "swap settlement");
    world_end(w);
}

static void test_labels(void **state) {
    (void)state;
    struct world *w = begin();
    tag(w, POOL, "defi_bridge", "");
    tag(w, POOL_2, "mixing_service", "");
    tag(w, SINK, "burn", "");
    for (uint32_t tx = 1; tx <= 6; tx++)
        fee(w, tx, A, 5);
    pay(w, 1, A, POOL, 100);
    pay(w, 2, POOL, A, 100);
    pay(w, 3, A, POOL_2, 100);
    pay(w, 4, POOL_2, A, 100);
    pay(w, 5, A, SINK, 100);
    pay(w, 6, A, POOL, 100); /* a swap at a labelled contract stays one */
    add(w, 6, POOL, A, GOLD, 100);
    opened(w);
    static const char *const expected[] = {
        "bridge-deposit", "bridge-withdrawal", "mixer-deposit", "mixer-withdrawal", "burn", "swap"};
    for (uint32_t tx = 1; tx <= 6; tx++)
        assert_kinds(w, tx, expected[tx - 1]);
    struct defi_result r = named(w, 1);
    assert_int_equal(r.items[0].evidence, DEFI_BY_SHAPE | DEFI_BY_LABEL);
    assert_int_equal(number_of(w, r.items[0].with), POOL);
    assert_int_equal(defi_technique_of(r.items[0].kind), DEFI_TECHNIQUE_BRIDGES);
    world_end(w);
}

static void test_names(void **state) {
    (void)state;
    for (unsigned i = 0; i < DEFI_KINDS; i++)
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(defi_kind_name(i), defi_kind_name(k));
    assert_string_equal(defi_kind_name(DEFI_KINDS), "call");
    assert_string_equal(defi_technique_name(defi_technique_of(DEFI_ADD_LIQUIDITY)), "liquidity pools");
    assert_string_equal(defi_technique_name(defi_technique_of(DEFI_MIXER_WITHDRAWAL)), "mixers");
    assert_string_equal(defi_technique_name(defi_technique_of(DEFI_TRANSFER)), "");
}

static void test_memory(void **state) {
    (void)state;
    struct world *w = begin();
    struct settler *settler;
    struct settled settled;
    fee(w, 1, A, 5);
    pay(w, 1, A, POOL, 100);
    opened(w);
    GOOD(settler_new(&settler, w->ledger, SETTLE_RULES_ALL, &problem));
    GOOD(settle_tx(settler, 0, 2, &settled, &problem));
    const struct defi_input in = {w->ledger, NULL, &settled, NULL, 0, 0, 2};
    bool whole = false;
    for (uint64_t at = 1; !whole && at < 100; at++) {
        struct defi_result r = {.count = 77};
        memory_fail_at(at, false);
        enum imjin_status status = defi_classify(&in, &r, NULL);
        memory_fail_at(0, false);
        whole = status == IMJIN_OK;
        assert_int_equal(r.count, whole ? 1 : 77);
        assert_true(whole || status == IMJIN_MACHINE);
    }
    assert_true(whole);
    settler_free(settler);
    world_end(w);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),     cmocka_unit_test(test_swaps),  cmocka_unit_test(test_settlement),
        cmocka_unit_test(test_shares),    cmocka_unit_test(test_items),  cmocka_unit_test(test_besides),
        cmocka_unit_test(test_witnesses), cmocka_unit_test(test_labels), cmocka_unit_test(test_names),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
