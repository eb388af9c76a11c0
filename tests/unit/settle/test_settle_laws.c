/* What must hold for any transaction, on random ones. A failure prints the seed that makes it again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "random_tx.h"

#include <cmocka.h>

enum { TRANSACTIONS = 20000 };

static void settle_last(struct fake_ledger *f, struct settler *s, struct settled *ret) {
    assert_int_equal(settle_movements(s, f->movements.items, 0, (uint32_t)f->movements.count, ret, NULL), IMJIN_OK);
}

static void fake_clear(struct fake_ledger *f) { f->movements.count = f->tx_first.count = 0; }

static u128 units_sum(const struct fake_ledger *f, uint32_t account, uint32_t asset, bool out) {
    const struct movement *m = f->movements.items;
    u128 sum = 0;
    for (size_t i = 0; i < f->movements.count; i++)
        if (m[i].asset == asset && m[i].from != m[i].to && m[i].to != ACCOUNT_FEES.n && (out ? m[i].from : m[i].to) == account)
            sum += movement_units(&m[i]);
    return sum;
}

/* Draws and gains are the nets of the movements, and no side is given twice. */
static void check_sides(const struct fake_ledger *f, const struct settled *t) {
    for (uint32_t i = 0; i < t->draw_count + t->gain_count; i++) {
        bool draw = i < t->draw_count;
        const struct settle_side *side = draw ? &t->draws[i] : &t->gains[i - t->draw_count];
        bool fee = draw ? i < t->gain_count && t->gains[i].account.n == ACCOUNT_FEES.n : side->account.n == ACCOUNT_FEES.n;
        u128 out = units_sum(f, side->account.n, side->asset.n, true), in = units_sum(f, side->account.n, side->asset.n, false);
        assert_true(side->units > 0);
        if (side->account.n == ACCOUNT_VOID.n)
            assert_true(side->units == (draw ? out : in));
        else if (!fee)
            assert_true(side->units == (draw ? out - in : in - out));
    }
}

static int by_number(const void *a, const void *b) {
    u128 x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

/* Between two neighbouring bounds of its links every unit of a draw has shares that are 0..1 without gap or overlap. */
static void check_covered(const struct settled *t, uint32_t draw) {
    u128 bounds[512];
    size_t bound_count = 0;
    bounds[bound_count++] = 0;
    bounds[bound_count++] = t->draws[draw].units;
    for (uint32_t i = 0; i < t->link_count; i++)
        if (t->links[i].draw == draw) {
            assert_true(bound_count + 2 <= sizeof bounds / sizeof *bounds);
            bounds[bound_count++] = t->links[i].draw_from;
            bounds[bound_count++] = t->links[i].draw_from + t->links[i].draw_units;
        }
    qsort(bounds, bound_count, sizeof *bounds, by_number);
    for (size_t b = 0; b + 1 < bound_count; b++) {
        uint32_t reached = 0, total = 0;
        if (bounds[b] == bounds[b + 1])
            continue;
        for (bool found = true; found && (total == 0 || reached < total);) {
            found = false;
            for (uint32_t i = 0; i < t->link_count; i++) {
                const struct settle_link *l = &t->links[i];
                if (l->draw != draw || l->draw_from > bounds[b] || l->draw_from + l->draw_units <= bounds[b] ||
                    l->share_from != reached || (total && l->share_total != total))
                    continue;
                total = l->share_total;
                reached = l->share_to;
                found = true;
                break;
            }
        }
        assert_true(total && reached == total);
    }
}

static void check_links(const struct settled *t) {
    for (uint32_t i = 0; i < t->link_count; i++) {
        const struct settle_link *l = &t->links[i];
        assert_true(l->draw < t->draw_count && l->gain < t->gain_count && l->draw_units && l->gain_units);
        assert_true(l->draw_from + l->draw_units <= t->draws[l->draw].units);
        assert_true(l->gain_from + l->gain_units <= t->gains[l->gain].units);
        assert_true(l->share_from < l->share_to && l->share_to <= l->share_total);
        if (l->rule == RULE_TRANSFER || l->rule == RULE_BURN || l->rule == RULE_MINT || l->rule == RULE_FEE)
            assert_true(l->draw_units == l->gain_units && t->draws[l->draw].asset.n == t->gains[l->gain].asset.n);
        else if (l->rule != RULE_SWAP_TO)
            assert_true(t->draws[l->draw].account.n != ACCOUNT_VOID.n);
        if (i)
            assert_true(t->links[i - 1].draw <= l->draw);
    }
    for (uint32_t d = 0; d < t->draw_count; d++)
        if (t->draws[d].account.n != ACCOUNT_VOID.n)
            check_covered(t, d);
}

static void test_everything_is_covered(void **state) {
    (void)state;
    struct fake_ledger *f = fake_new();
    struct asset_facts facts;
    fake_facts(&facts);
    for (int rules = 0; rules < 4; rules++) {
        static const uint32_t off[] = {0, 1u << RULE_SWAP, 1u << RULE_SWAP_TO, 1u << RULE_DEPOSIT | 1u << RULE_WRAP};
        struct settler *s;
        assert_int_equal(settler_new_facts(&s, &facts, SETTLE_RULES_ALL & ~off[rules], NULL), IMJIN_OK);
        for (uint64_t seed = 1; seed <= TRANSACTIONS / 4; seed++) {
            struct settled t;
            uint64_t random = seed;
            fake_clear(f);
            random_tx(f, &random, 3 + (uint32_t)seed % 6);
            settle_last(f, s, &t);
            check_sides(f, &t);
            check_links(&t);
        }
        settler_free(s);
    }
    settle_asset_facts_done(&facts);
    fake_free(f);
}

/* ---- what must not change anything ---- */

/* Links without the movements that they name. */
static void say_links(struct text *t, const struct settled *s) {
    text_clear(t);
    for (uint32_t i = 0; i < s->link_count; i++) {
        const struct settle_link *l = &s->links[i];
        const struct settle_side *d = &s->draws[l->draw], *g = &s->gains[l->gain];
        u128 numbers[] = {l->draw_from, l->draw_units, l->gain_from, l->gain_units};
        text_add_format(t, "%u.%u>%u.%u %s %u-%u/%u", d->account.n, d->asset.n, g->account.n, g->asset.n,
                        settle_rule_name(l->rule), l->share_from, l->share_to, l->share_total);
        for (int n = 0; n < 4; n++) {
            char digits[U128_DIGITS_MAX];
            u128_print(numbers[n], digits);
            text_add_format(t, " %s", digits);
        }
        text_add_string(t, "\n");
    }
    assert_int_equal(text_status(t, NULL), IMJIN_OK);
}

static void set_units(struct movement *m, u128 units) {
    m->units_low = (uint64_t)units;
    m->units_high_kind = (m->units_high_kind >> 56 << 56) | (uint64_t)(units >> 64);
}

/* Cuts a random movement in two, or leads it through an account that nobody else uses. */
static void disturb(struct fake_ledger *f, uint64_t *random, bool cut) {
    uint32_t at = random_below(random, (uint32_t)f->movements.count);
    assert_int_equal(buffer_push(&f->movements, NULL, NULL, NULL), IMJIN_OK);
    struct movement *m = f->movements.items;
    memmove(&m[at + 1], &m[at], (f->movements.count - 1 - at) * sizeof *m);
    if (cut) {
        u128 units = movement_units(&m[at]), part = units / (2 + random_below(random, 3));
        set_units(&m[at], part);
        set_units(&m[at + 1], units - part);
    } else if (m[at].to != ACCOUNT_FEES.n && m[at].from != m[at].to) {
        m[at].to = m[at + 1].from = fake_account('Z');
    } else {
        set_units(&m[at], 0);
    }
}

static void test_cuts_and_routers_change_nothing(void **state) {
    (void)state;
    struct fake_ledger *f = fake_new();
    struct asset_facts facts;
    struct settler *s;
    struct text before = {0}, after = {0};
    fake_facts(&facts);
    assert_int_equal(settler_new_facts(&s, &facts, SETTLE_RULES_ALL, NULL), IMJIN_OK);
    for (uint64_t seed = 1; seed <= TRANSACTIONS; seed++) {
        struct settled t;
        uint64_t random = seed;
        fake_clear(f);
        random_tx(f, &random, 3 + (uint32_t)seed % 6);
        settle_last(f, s, &t);
        say_links(&before, &t);
        disturb(f, &random, seed & 1);
        settle_last(f, s, &t);
        say_links(&after, &t);
        if (before.count != after.count || memcmp(before.bytes, after.bytes, before.count) != 0) {
            print_error("seed %llu\n%s---\n%s", (unsigned long long)seed, before.bytes, after.bytes);
            assert_true(false);
        }
    }
    text_done(&before);
    text_done(&after);
    settler_free(s);
    settle_asset_facts_done(&facts);
    fake_free(f);
}

static void test_allocation_failures(void **state) {
    (void)state;
    struct fake_ledger *f = fake_new();
    uint64_t random = 3;
    for (int i = 0; i < 4; i++)
        random_tx(f, &random, 5);
    const struct ledger *l = fake_seal(f);
    for (uint64_t nth = 1;; nth++) {
        struct settler *s = NULL;
        struct settled t;
        memory_fail_at(nth, false);
        enum imjin_status status = settler_new(&s, l, SETTLE_RULES_ALL, NULL);
        if (status == IMJIN_OK)
            status = settle_tx(s, 0, (uint32_t)f->movements.count, &t, NULL);
        memory_fail_at(0, false);
        settler_free(s);
        if (status == IMJIN_OK)
            break;
        assert_int_equal(status, IMJIN_MACHINE);
        assert_true(nth < 200);
    }
    fake_free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_covered),
        cmocka_unit_test(test_cuts_and_routers_change_nothing),
        cmocka_unit_test(test_allocation_failures),
    };
    return cmocka_run_group_tests_name("settle laws", tests, NULL, NULL);
}
