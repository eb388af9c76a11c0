#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake_ledger.h"
#include "settle/limits.h"

#include <cmocka.h>

/* ---- a settled transaction as text: "Ae[0,100) Be[0,100) transfer @0", one line a link ---- */

static void print_stretch(struct text *t, const struct settle_side *side, u128 from, u128 units) {
    char low[U128_DIGITS_MAX], high[U128_DIGITS_MAX];
    u128_print(from, low);
    u128_print(from + units, high);
    text_add_format(t, "%c%c[%s,%s) ", fake_account_letter(side->account.n), fake_asset_letter(side->asset.n), low, high);
}

static void print_link(struct text *t, const struct settled *s, const struct settle_link *l) {
    print_stretch(t, &s->draws[l->draw], l->draw_from, l->draw_units);
    print_stretch(t, &s->gains[l->gain], l->gain_from, l->gain_units);
    text_add_string(t, settle_rule_name(l->rule));
    if (l->share_total != 1)
        text_add_format(t, " %u-%u/%u", l->share_from, l->share_to, l->share_total);
    text_add_format(t, "%s @%u\n", l->weighed_equally ? " equally" : "", l->movement);
}

static void settle_to_text(const char *tx, uint32_t rules, struct text *t) {
    struct fake_ledger *f = fake_new();
    fake_tx(f, tx);
    const struct ledger *l = fake_seal(f);
    struct settler *s;
    struct settled settled;
    assert_int_equal(settler_new(&s, l, rules, NULL), IMJIN_OK);
    assert_int_equal(settle_tx(s, 0, (uint32_t)f->movements.count, &settled, NULL), IMJIN_OK);
    for (uint32_t i = 0; i < settled.link_count; i++)
        print_link(t, &settled, &settled.links[i]);
    if (settled.untraceable)
        text_add_string(t, "untraceable\n");
    assert_int_equal(text_status(t, NULL), IMJIN_OK);
    settler_free(s);
    fake_free(f);
}

static void expect_rules(const char *tx, uint32_t rules, const char *links) {
    struct text t = {0};
    settle_to_text(tx, rules, &t);
    assert_string_equal(t.bytes ? t.bytes : "", links);
    text_done(&t);
}
static void expect(const char *tx, const char *links) { expect_rules(tx, SETTLE_RULES_ALL, links); }

static void test_plain(void **state) {
    (void)state;
    expect("A>B 100e", "Ae[0,100) Be[0,100) transfer @0\n");
    expect("A>$ 3e, A>B 100e", "Ae[0,3) $e[0,3) fee @0\nAe[0,100) Be[0,100) transfer @1\n");
    expect("A>$ 3e", "Ae[0,3) $e[0,3) fee @0\n");
    expect("A>$ 3e, A>$ 4e", "Ae[0,7) $e[0,7) fee @1\n");
    expect("A>A 5e", "");
    expect("A>B 0e", "");
    expect("A>A 5e, A>B 0x, A>B 7e", "Ae[0,7) Be[0,7) transfer @2\n");
    expect("0>A 5e", "0e[0,5) Ae[0,5) mint @0\n");
    expect("0>A 5x", "0x[0,5) Ax[0,5) mint @0\n");
    expect("A>0 5x", "Ax[0,5) 0x[0,5) burn @0\n");
    expect("A>0 5e", "Ae[0,5) 0e[0,5) burn @0\n");
    /* an issuer that mints to itself is an exchanger of its own: what it got is clean */
    expect("0>X 5x", "");
    expect("X>0 5x", "Xx[0,5) 0x[0,5) redeem @0\n");
}

static void test_payouts(void **state) {
    (void)state;
    expect("A>B 1e, A>C 2e, A>D 3e", "Ae[0,1) Be[0,1) transfer @0\n"
                                     "Ae[1,3) Ce[0,2) transfer @1\n"
                                     "Ae[3,6) De[0,3) transfer @2\n");
    expect("A>C 1e, B>C 2e", "Ae[0,1) Ce[0,1) transfer @0\nBe[0,2) Ce[1,3) transfer @1\n");
    expect("0>A 1x, 0>B 2x", "0x[0,1) Ax[0,1) mint @0\n0x[1,3) Bx[0,2) mint @1\n");
}

static void test_routers(void **state) {
    (void)state;
    expect("A>R 10e, R>B 10e", "Ae[0,10) Be[0,10) transfer @1\n");
    expect("A>R 10e, R>S 10e, S>T 10e, T>B 10e", "Ae[0,10) Be[0,10) transfer @3\n");
    /* it does not matter that the router pays before it is paid */
    expect("R>B 10e, A>R 10e", "Ae[0,10) Be[0,10) transfer @0\n");
    /* a router that keeps a part and one that adds its own: its own goes first */
    expect("A>R 10e, R>B 8e", "Ae[0,8) Be[0,8) transfer @1\nAe[8,10) Re[0,2) transfer @0\n");
    expect("A>R 10e, R>B 12e", "Ae[0,10) Be[2,12) transfer @1\nRe[0,2) Be[0,2) transfer @1\n");
    /* lots go through in order */
    expect("A>R 10e, B>R 10e, R>C 15e, R>D 5e", "Ae[0,10) Ce[0,10) transfer @2\n"
                                                "Be[0,5) Ce[10,15) transfer @2\n"
                                                "Be[5,10) De[0,5) transfer @3\n");
    /* two movements of the same stretch are one flow */
    expect("A>R 4e, A>R 6e, R>B 7e, R>B 3e", "Ae[0,10) Be[0,10) transfer @3\n");
}

static void test_flash_loans(void **state) {
    (void)state;
    expect("P>A 1000x, A>P 1000x", "");
    expect("P>A 1000x, A>P 1001x", "Ax[0,1) Px[0,1) transfer @1\n");
    /* a tip is paid in between: the loan goes round and the tip comes from the borrower */
    expect("P>A 1000x, A>T 1x, A>P 1000x", "Ax[0,1) Tx[0,1) transfer @1\n");
    /* the loan pays for a swap, and what that earns pays it back */
    expect("P>A 1000x, A>Q 1000x, Q>A 50y, A>S 50y, S>A 1100x, A>P 1001x", "Sx[0,1000) Sy[0,50) swap @3\n"
                                                                           "Sx[1000,1001) Px[0,1) transfer @5\n"
                                                                           "Sx[1001,1100) Ax[0,99) transfer @4\n"
                                                                           "Qy[0,50) Qx[0,1000) swap @1\n");
}

/* Only one account's legs are known: A's. R and Z are contracts it calls, P, Q pairs and pools; x and p are tokens of X and P.
 */
static void test_one_sided(void **state) {
    (void)state;
    /* liquidity with the coin: its way from the router to the pair is not in the data */
    expect("A>R 10e, A>P 80x, 0>A 40p", "Ae[0,10) Ap[0,20) deposit equally @2\n"
                                        "Ax[0,80) Ap[20,40) deposit equally @2\n");
    /* what the pair got as well is no price: a treasury's part stays a payment */
    expect("A>P 80x, A>T 2x, 0>A 40p", "Ax[0,80) Ap[0,40) deposit @2\nAx[80,82) Tx[0,2) transfer @1\n");
    /* nothing minted: a payment beside a swap stays a payment */
    expect("A>P 80x, P>A 40y, A>T 2e", "Ax[0,80) Ay[0,40) swap @1\nPy[0,40) Px[0,80) swap @0\nAe[0,2) Te[0,2) transfer @2\n");
    /* a zap that is not the issuer */
    expect("A>Z 10e, 0>A 40p", "Ae[0,10) Ap[0,40) deposit @1\n");
    /* liquidity taken out */
    expect("R>A 10e, A>P 40p, R>A 80x", "Re[0,10) Pp[0,20) swap-to equally @1\n"
                                        "Ap[0,40) Ae[0,10) swap 0-1/2 equally @0\n"
                                        "Ap[0,40) Ax[0,80) swap 1-2/2 equally @2\n"
                                        "Rx[0,80) Pp[20,40) swap-to equally @1\n");
    /* change given back by the router */
    expect("A>R 500e, P>A 488e, P>A 3x", "Ae[0,12) Ax[0,3) swap @2\n"
                                         "Pe[0,488) Re[12,500) transfer @0\n"
                                         "Px[0,3) Re[0,12) swap-to @0\n");
    /* one token to two pools, the coin from the router */
    expect("R>A 30e, A>P 10x, A>Q 20x", "Re[0,10) Px[0,10) swap-to @1\n"
                                        "Re[10,30) Qx[0,20) swap-to @2\n"
                                        "Ax[0,30) Ae[0,30) swap @0\n");
    /* logs without traces: the coin's way from the router to its wrapper is not in the data, what the wrapper issued is */
    expect("A>R 10e, 0>R 10w, R>P 10w, P>A 7x", "Ae[0,10) Ax[0,7) swap @3\nPx[0,7) Pw[0,10) deposit @2\n");
    /* what A gave goes to one who traded: that is the price, and the rest a payment */
    expect("A>P 10x, P>A 7y, A>T 3e", "Ax[0,10) Ay[0,7) swap @1\nPy[0,7) Px[0,10) swap @0\nAe[0,3) Te[0,3) transfer @2\n");
    /* liquidity with the rule for it switched off is what the legs say */
    expect_rules("A>R 10e, A>P 80x, 0>A 40p", SETTLE_RULES_ALL & ~(1u << RULE_DEPOSIT),
                 "Ae[0,10) Re[0,10) transfer @0\nAx[0,80) Px[0,80) transfer @1\n0p[0,40) Ap[0,40) mint @2\n");
}

static void test_swaps(void **state) {
    (void)state;
    expect("A>P 100e, P>A 50x", "Ae[0,100) Ax[0,50) swap @1\nPx[0,50) Pe[0,100) swap @0\n");
    /* through a router */
    expect("A>R 100e, R>P 100e, P>R 50x, R>A 50x", "Ae[0,100) Ax[0,50) swap @3\nPx[0,50) Pe[0,100) swap @1\n");
    /* to somebody else: what the payer gave is displaced to the recipient */
    expect("A>P 100e, P>B 50x", "Ae[0,100) Bx[0,50) swap-to @1\nPx[0,50) Pe[0,100) swap @0\n");
    /* a fee makes no exchanger */
    expect("A>$ 1e, P>A 5e, B>P 7x", "Ae[0,1) $e[0,1) fee @0\n"
                                     "Pe[0,5) Px[0,7) swap @2\n"
                                     "Bx[0,7) Ae[0,5) swap-to @1\n");
    expect("A>$ 1e, B>A 5x", "Ae[0,1) $e[0,1) fee @0\nBx[0,5) Ax[0,5) transfer @1\n");
    /* a part of what the trader gives goes to a treasury: nothing displaced, a plain payment; the rest is the swap */
    expect("A>P 97e, A>T 3e, P>A 50x", "Ae[0,97) Ax[0,50) swap @2\n"
                                       "Ae[97,100) Te[0,3) transfer @1\n"
                                       "Px[0,50) Pe[0,97) swap @0\n");
    /* an aggregator with two pools */
    expect("A>R 100e, R>P 60e, R>Q 40e, P>R 30x, Q>R 20x, R>A 50x", "Ae[0,100) Ax[0,50) swap @5\n"
                                                                    "Px[0,30) Pe[0,60) swap @1\n"
                                                                    "Qx[0,20) Qe[0,40) swap @2\n");
    /* two hops over two pools: the coin in between goes from pool to pool */
    expect("A>P 100e, P>Q 50x, Q>A 25y", "Ae[0,100) Ay[0,25) swap @2\n"
                                         "Px[0,50) Pe[0,100) swap @0\n"
                                         "Qy[0,25) Qx[0,50) swap @1\n");
    /* two hops, another recipient: the exchangers on the way have one side each, so they are matched across the transaction */
    expect("A>P 100e, P>Q 50x, Q>B 25y", "Ae[0,100) By[0,25) swap-to @2\n"
                                         "Px[0,50) Pe[0,100) swap @0\n"
                                         "Qy[0,25) Qx[0,50) swap @1\n");
}

static void test_wrapping(void **state) {
    (void)state;
    /* w is minted by W when coins come */
    expect("A>W 5e, 0>A 5w", "Ae[0,5) Aw[0,5) wrap @1\n");
    expect("A>0 5w, W>A 5e", "Aw[0,5) Ae[0,5) unwrap @1\nWe[0,5) 0w[0,5) unwrap @0\n");
    expect("A>W 5e, 0>A 6w", "Ae[0,5) Aw[0,6) deposit @1\n");
    /* through a router, for somebody else */
    expect("A>R 5e, R>W 5e, 0>R 5w, R>B 5w", "Ae[0,5) Bw[0,5) swap-to @3\n");
    /* unwrapped for somebody else */
    expect("A>R 5w, R>0 5w, W>R 5e, R>B 5e", "Aw[0,5) Be[0,5) swap-to @3\nWe[0,5) 0w[0,5) unwrap @1\n");
    /* wrap and swap in one: the wrapper is the router's business */
    expect("A>R 5e, R>W 5e, 0>R 5w, R>P 5w, P>A 9x", "Ae[0,5) Ax[0,9) swap @4\n"
                                                     "Px[0,9) Pw[0,5) deposit @3\n");
}

static void test_liquidity(void **state) {
    (void)state;
    /* the liquidity token is the pair itself */
    expect("A>P 100x, A>P 10e, 0>A 30p", "Ax[0,100) Ap[0,15) deposit equally @2\n"
                                         "Ae[0,10) Ap[15,30) deposit equally @2\n");
    expect("A>P 30p, P>0 30p, P>A 100x, P>A 10e", "Ap[0,30) Ax[0,100) redeem 0-1/2 equally @2\n"
                                                  "Ap[0,30) Ae[0,10) redeem 1-2/2 equally @3\n"
                                                  "Px[0,100) 0p[0,15) redeem equally @1\n"
                                                  "Pe[0,10) 0p[15,30) redeem equally @1\n");
    /* a protocol fee is minted to a treasury meanwhile: the burnt tokens do not go there */
    expect("A>P 30p, 0>T 2p, P>0 30p, P>A 100x", "Ap[0,30) Ax[0,100) redeem @3\n"
                                                 "0p[0,2) Tp[0,2) mint @1\n"
                                                 "Px[0,100) 0p[0,30) redeem @2\n");
    /* the liquidity token is a contract of its own (L), the pool (P) holds the coins */
    expect("A>P 100x, 0>A 30l", "Ax[0,100) Al[0,30) deposit @1\n");
    expect("A>0 30l, P>A 100x", "Al[0,30) Ax[0,100) redeem @1\n"
                                "Px[0,100) 0l[0,30) swap-to @0\n");
}

static void test_lending(void **state) {
    (void)state;
    expect("A>L 100x, 0>A 100l", "Ax[0,100) Al[0,100) deposit @1\n");
    /* borrowing against it: the lender pays, no token is minted */
    expect("L>B 40x", "Lx[0,40) Bx[0,40) transfer @0\n");
    /* redeem with interest */
    expect("A>0 100l, L>A 105x", "Al[0,100) Ax[0,105) redeem @1\nLx[0,105) 0l[0,100) redeem @0\n");
}

static void test_settlement(void **state) {
    (void)state;
    /* three traders against each other over a settlement contract S, each for itself */
    expect("A>S 100x, B>S 50y, C>S 70z, S>A 50y, S>B 70z, S>C 100x", "Ax[0,100) Ay[0,50) swap @3\n"
                                                                     "By[0,50) Bz[0,70) swap @4\n"
                                                                     "Cz[0,70) Cx[0,100) swap @5\n");
    /* two payers, two recipients through two pools: each pool matches its own */
    expect("A>P 10x, P>C 20y, B>Q 30x, Q>D 40z", "Ax[0,10) Cy[0,20) swap-to @1\n"
                                                 "Bx[0,30) Dz[0,40) swap-to @3\n"
                                                 "Py[0,20) Px[0,10) swap @0\n"
                                                 "Qz[0,40) Qx[0,30) swap @2\n");
    /* the same pool: in order */
    expect("A>P 10x, B>P 30x, P>C 20y, P>D 20y", "Ax[0,10) Cy[0,10) swap-to @2\n"
                                                 "Bx[0,10) Cy[10,20) swap-to @2\n"
                                                 "Bx[10,30) Dy[0,20) swap-to @3\n"
                                                 "Py[0,40) Px[0,40) swap @0\n");
    /* displaced and nothing vacant: with whoever holds the coins */
    expect("A>P 10x, B>P 5y, P>B 7z", "Ax[0,10) Px[0,10) transfer @0\n"
                                      "By[0,5) Bz[0,7) swap @2\n"
                                      "Pz[0,7) Py[0,5) swap @1\n");
}

static void test_amounts(void **state) {
    (void)state;
    /* what joins in a draw is one stretch, so a share is not cut twice */
    expect("A>P 1x, P>A 3y, P>A 2z", "Ax[0,1) Ay[0,3) swap 0-1/2 equally @1\n"
                                     "Ax[0,1) Az[0,2) swap 1-2/2 equally @2\n"
                                     "Py[0,3) Px[0,1) swap equally @0\n"
                                     "Pz[0,2) Px[0,1) swap equally @0\n");
    expect("A>B ^120x, A>B 5e", "Ae[0,5) Be[0,5) transfer @1\nuntraceable\n");
    expect("A>B ^119x", "Ax[0,664613997892457936451903530140172288) Bx[0,664613997892457936451903530140172288) transfer @0\n");
}

static void test_switched_off(void **state) {
    (void)state;
    uint32_t no_swap = SETTLE_RULES_ALL & ~(1u << RULE_SWAP), no_swap_to = SETTLE_RULES_ALL & ~(1u << RULE_SWAP_TO);
    expect_rules("A>P 100e, P>A 50x", no_swap, "Ae[0,100) Pe[0,100) transfer @0\nPx[0,50) Ax[0,50) transfer @1\n");
    expect_rules("A>P 100e, P>B 50x", no_swap_to, "Ae[0,100) Pe[0,100) transfer @0\nPx[0,50) Bx[0,50) transfer @1\n");
    expect_rules("A>W 5e, 0>A 5w", SETTLE_RULES_ALL & ~(1u << RULE_WRAP),
                 "Ae[0,5) We[0,5) transfer @0\n0w[0,5) Aw[0,5) mint @1\n");
    expect_rules("A>W 5e, 0>A 5w", no_swap, "Ae[0,5) Aw[0,5) wrap @1\n");
}

static void test_untraceable_sum(void **state) {
    (void)state;
    struct fake_ledger *f = fake_new();
    struct text t = {0};
    for (int i = 0; i < 128; i++) {
        fake_tx_begin(f);
        fake_movement(f, 2, 3, 5, (u128)1 << 119);
    }
    struct settler *s;
    struct settled settled;
    assert_int_equal(settler_new(&s, fake_seal(f), SETTLE_RULES_ALL, NULL), IMJIN_OK);
    assert_int_equal(settle_tx(s, 0, 1, &settled, NULL), IMJIN_OK);
    assert_true(settled.untraceable);
    assert_int_equal(settled.link_count, 0);
    settler_free(s);
    f->movements.count = 127; /* 127 * 2^119 < 2^126 */
    f->tx_first.count = 127;
    assert_int_equal(settler_new(&s, fake_seal(f), SETTLE_RULES_ALL, NULL), IMJIN_OK);
    assert_int_equal(settle_tx(s, 0, 1, &settled, NULL), IMJIN_OK);
    assert_false(settled.untraceable);
    assert_int_equal(settled.link_count, 1);
    assert_int_equal(settle_tx(s, 127, 1, &settled, NULL), IMJIN_USAGE);
    settler_free(s);
    text_done(&t);
    fake_free(f);
}

/* Money in overlapping circles: the routes of the asset are given up after the stated number of steps. */
static void test_circles_without_end(void **state) {
    (void)state;
    enum { RING = 2000, CIRCLES = 2000 };
    struct movement *m = calloc(RING + CIRCLES + 1, sizeof *m);
    struct asset_facts facts;
    struct settler *s;
    struct settled settled;
    uint32_t count = 0;
    fake_facts(&facts);
    m[count++] = (struct movement){0, 2, 10, 5, 7, 0}; /* A pays the ring's first account */
    for (uint32_t i = 0; i < RING; i++)
        m[count++] = (struct movement){0, 10 + i, 11 + i, 5, CIRCLES, 0};
    for (uint32_t i = 0; i < CIRCLES; i++)
        m[count++] = (struct movement){0, 10 + RING, 10, 5, 1, 0};
    m[count++ - 1].units_low = 1;
    assert_int_equal(settler_new_facts(&s, &facts, SETTLE_RULES_ALL, NULL), IMJIN_OK);
    assert_int_equal(settle_movements(s, m, 0, count - 1, &settled, NULL), IMJIN_OK);
    assert_int_equal(settled.draw_count, 1);
    assert_int_equal(settled.gain_count, 1);
    assert_int_equal(settled.link_count, 1);
    assert_int_equal(settled.gains[0].account.n, 10);
    assert_int_equal(settled.links[0].draw_units, 7);
    assert_int_equal(settled.links[0].movement, RING + CIRCLES); /* the last into the gain */
    settler_free(s);
    settle_asset_facts_done(&facts);
    free(m);
}

/* One transaction of a million movements: payers through a chain of routers to receivers, and a swap for many. */
static void test_a_million_movements(void **state) {
    (void)state;
    enum { PAYERS = 300000, CHAIN = 400000 };
    struct movement *m = calloc(2 * PAYERS + CHAIN, sizeof *m);
    struct asset_facts facts;
    struct settler *s;
    struct settled settled;
    uint32_t count = 0, chain = 2 + PAYERS, receivers = chain + CHAIN + 1;
    fake_facts(&facts);
    for (uint32_t i = 0; i < PAYERS; i++)
        m[count++] = (struct movement){0, 2 + i, chain, 5, 1 + i % 3, 0};
    for (uint32_t i = 0; i < CHAIN; i++)
        m[count++] = (struct movement){0, chain + i, chain + i + 1, 5, 2 * PAYERS, 0};
    for (uint32_t i = 0; i < PAYERS; i++)
        m[count++] = (struct movement){0, chain + CHAIN, receivers + i, 5, 2, 0};
    assert_int_equal(settler_new_facts(&s, &facts, SETTLE_RULES_ALL, NULL), IMJIN_OK);
    assert_int_equal(settle_movements(s, m, 0, count, &settled, NULL), IMJIN_OK);
    assert_int_equal(settled.draw_count, PAYERS);
    assert_int_equal(settled.gain_count, PAYERS);
    u128 total = 0;
    for (uint32_t i = 0; i < settled.link_count; i++)
        total += settled.links[i].draw_units;
    assert_true(total == 2 * PAYERS);
    assert_int_equal(settled.links[0].gain, 0);
    assert_int_equal(settled.links[settled.link_count - 1].gain, PAYERS - 1);
    settler_free(s);
    settle_asset_facts_done(&facts);
    free(m);
}

/* Of 70 assets bought at once the first 64 take part; of a transaction of more than 10,000 movements the first 4. */
static void test_shared_out_over_many(void **state) {
    (void)state;
    enum { ASSETS = 70, ROWS = 10001 };
    struct movement *m = calloc(ROWS + ASSETS, sizeof *m);
    struct asset_facts facts = {calloc(ASSETS + 1, sizeof(uint32_t)), calloc(ASSETS + 1, 1), ASSETS + 1, NULL};
    struct settler *s;
    struct settled settled;
    for (uint32_t i = 0; i <= ASSETS; i++)
        facts.issuers[i] = ID_NONE;
    assert_int_equal(settler_new_facts(&s, &facts, SETTLE_RULES_ALL, NULL), IMJIN_OK);
    m[0] = (struct movement){0, 2, 3, 0, 1000, 0};
    for (uint32_t i = 0; i < ASSETS; i++)
        m[1 + i] = (struct movement){0, 3, 2, 1 + i, 10, 0};
    assert_int_equal(settle_movements(s, m, 0, 1 + ASSETS, &settled, NULL), IMJIN_OK);
    assert_int_equal(settled.draw_count, 1 + ASSETS);
    for (uint32_t i = 0; i < GOT_LINES_MAX; i++) {
        assert_int_equal(settled.links[i].draw, 0);
        assert_int_equal(settled.links[i].share_total, GOT_LINES_MAX);
        assert_int_equal(settled.links[i].draw_units, 1000);
    }
    assert_int_equal(settled.links[GOT_LINES_MAX].draw, 1);
    assert_int_equal(settled.link_count, GOT_LINES_MAX + ASSETS);
    for (uint32_t i = 1 + ASSETS; i < ROWS; i++)
        m[i] = (struct movement){0, 4, 5, 0, 1, 0};
    assert_int_equal(settle_movements(s, m, 0, ROWS, &settled, NULL), IMJIN_OK);
    for (uint32_t i = 0; i < GOT_LINES_MAX_LARGE; i++)
        assert_int_equal(settled.links[i].share_total, GOT_LINES_MAX_LARGE);
    assert_int_equal(settled.links[GOT_LINES_MAX_LARGE].draw, 1);
    settler_free(s);
    settle_asset_facts_done(&facts);
    free(m);
}

static void test_overflow(void **state) {
    (void)state;
    struct asset_facts facts;
    struct settler *s;
    struct settled settled;
    static struct movement m[200];
    fake_facts(&facts);
    for (uint32_t i = 0; i < 200; i++)
        m[i] = (struct movement){0, 2, 3, 5, 0, (uint64_t)1 << 55};
    assert_int_equal(settler_new_facts(&s, &facts, SETTLE_RULES_ALL, NULL), IMJIN_OK);
    assert_int_equal(settle_movements(s, m, 0, 127, &settled, NULL), IMJIN_OK);
    assert_int_equal(settle_movements(s, m, 0, 128, &settled, NULL), IMJIN_BAD_INPUT);
    m[0].asset = FAKE_ASSETS;
    assert_int_equal(settle_movements(s, m, 0, 1, &settled, NULL), IMJIN_BAD_INPUT);
    settler_free(s);
    settle_asset_facts_done(&facts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_payouts),
        cmocka_unit_test(test_routers),
        cmocka_unit_test(test_flash_loans),
        cmocka_unit_test(test_one_sided),
        cmocka_unit_test(test_swaps),
        cmocka_unit_test(test_wrapping),
        cmocka_unit_test(test_liquidity),
        cmocka_unit_test(test_lending),
        cmocka_unit_test(test_settlement),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_switched_off),
        cmocka_unit_test(test_untraceable_sum),
        cmocka_unit_test(test_circles_without_end),
        cmocka_unit_test(test_a_million_movements),
        cmocka_unit_test(test_shared_out_over_many),
        cmocka_unit_test(test_overflow),
    };
    return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
