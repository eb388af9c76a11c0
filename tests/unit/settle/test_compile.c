#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "random_tx.h"
#include "settle/format.h"
#include "settle/limits.h"

#include <cmocka.h>

/* Many small files are synced: in memory, where there is such a place, no disk is waited for. */
static void make_directory(char ret_path[PATH_BYTES_MAX]) {
    const char *parent = getenv("TMPDIR"), *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(ret_path, PATH_BYTES_MAX, "%s/imjin-compile-XXXXXX", parent ? parent : memory);
    assert_non_null(mkdtemp(ret_path));
}

static struct compiled *compile(const char *directory, const struct ledger *l) {
    struct compiled *c;
    struct error err = {0};
    if (compiled_update(directory, l, SETTLE_RULES_ALL, 0, NULL, &err) != IMJIN_OK ||
        compiled_open(&c, directory, l, SETTLE_RULES_ALL, &err) != IMJIN_OK) {
        print_error("%s\n", err.text);
        assert_true(false);
    }
    return c;
}

/* ---- everything a compiled ledger says, as text ---- */

static void say_number(struct text *t, u128 v) {
    char digits[U128_DIGITS_MAX];
    u128_print(v, digits);
    text_add_format(t, " %s", digits);
}

static void say_edges(struct text *t, const struct compiled *c, struct holding_id h, enum direction d) {
    struct edge_cursor cursor;
    assert_int_equal(edges_at(c, h, d, 0, &cursor, NULL), IMJIN_OK);
    for (;;) {
        struct flow_edge e;
        bool more;
        assert_int_equal(edges_next(&cursor, &e, &more, NULL), IMJIN_OK);
        if (!more)
            return;
        text_add_format(t, " %s %d>%d tx%u m%u %s %u-%u/%u%s", d == DIRECTION_OUT ? "out" : "in", (int)e.from.n, (int)e.to.n,
                        e.tx.n, e.movement, settle_rule_name(e.rule), e.share_from, e.share_to, e.share_total,
                        e.weighed_equally ? " equally" : "");
        say_number(t, e.from.n == ID_NONE ? 0 : e.out_from);
        say_number(t, e.out_units);
        say_number(t, e.in_from);
        say_number(t, e.in_units);
        text_add_string(t, "\n");
    }
}

static void say_all(struct text *t, const struct compiled *c) {
    for (uint32_t i = 0; i < compiled_holding_count(c); i++) {
        struct holding h;
        struct holding_id found;
        assert_int_equal(compiled_holding(c, (struct holding_id){i}, &h, NULL), IMJIN_OK);
        assert_int_equal(compiled_holding_find(c, h.account, h.asset, &found, NULL), IMJIN_OK);
        assert_int_equal(found.n, i);
        text_add_format(t, "%c%c", fake_account_letter(h.account.n), fake_asset_letter(h.asset.n));
        say_number(t, h.received);
        say_number(t, h.spent);
        say_number(t, h.unknown);
        text_add_string(t, "\n");
        say_edges(t, c, (struct holding_id){i}, DIRECTION_OUT);
        say_edges(t, c, (struct holding_id){i}, DIRECTION_IN);
    }
    assert_int_equal(text_status(t, NULL), IMJIN_OK);
}

static void expect_compiled(const char *const *txs, const char *expected) {
    char directory[PATH_BYTES_MAX];
    struct fake_ledger *f = fake_new();
    struct text t = {0};
    make_directory(directory);
    for (; *txs; txs++)
        fake_tx(f, *txs);
    struct compiled *c = compile(directory, fake_seal(f));
    say_all(&t, c);
    assert_string_equal(t.bytes, expected);
    assert_int_equal(compiled_verify(c, NULL, NULL), IMJIN_OK);
    compiled_close(c);
    text_done(&t);
    fake_free(f);
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
}

static void test_lines_by_hand(void **state) {
    (void)state;
    const char *const missing[] = {"A>B 100e", "B>$ 1e, B>C 30e", "B>C 80e", NULL};
    expect_compiled(missing, "Ae 100 100 100\n"
                             " out 0>1 tx0 m0 transfer 0-1/1 0 100 0 100\n"
                             " in -1>0 tx0 m0 unknown 0-1/1 0 0 0 100\n"
                             "Be 111 111 11\n"
                             " out 1>2 tx1 m1 fee 0-1/1 0 1 0 1\n"
                             " out 1>3 tx1 m2 transfer 0-1/1 1 30 0 30\n"
                             " out 1>3 tx2 m3 transfer 0-1/1 31 80 30 80\n"
                             " in 0>1 tx0 m0 transfer 0-1/1 0 100 0 100\n"
                             " in -1>1 tx2 m3 unknown 0-1/1 0 0 100 11\n"
                             "$e 1 0 0\n"
                             " in 1>2 tx1 m1 fee 0-1/1 0 1 0 1\n"
                             "Ce 110 0 0\n"
                             " in 1>3 tx1 m2 transfer 0-1/1 1 30 0 30\n"
                             " in 1>3 tx2 m3 transfer 0-1/1 31 80 30 80\n");
    const char *const swap[] = {"0>A 10e", "A>W 10e, 0>A 10w", "A>0 4w, W>A 4e", NULL};
    expect_compiled(swap, "Ae 14 10 0\n"
                          " out 0>2 tx1 m2 wrap 0-1/1 0 10 0 10\n"
                          " in -1>0 tx0 m0 mint 0-1/1 0 0 0 10\n"
                          " in 2>0 tx2 m4 unwrap 0-1/1 0 4 10 4\n"
                          "We 10 4 0\n"
                          " out 1>3 tx2 m3 unwrap 0-1/1 0 4 0 4\n"
                          " in -1>1 tx1 m1 mint 0-1/1 0 0 0 10\n"
                          "Aw 10 4 0\n"
                          " out 2>0 tx2 m4 unwrap 0-1/1 0 4 10 4\n"
                          " in 0>2 tx1 m2 wrap 0-1/1 0 10 0 10\n"
                          "0w 4 0 0\n"
                          " in 1>3 tx2 m3 unwrap 0-1/1 0 4 0 4\n");
}

/* A swap with a fee, and batches of payments, have ways of their own; a zero movement sends the same through the common way. */
static void test_short_ways(void **state) {
    (void)state;
    static const char swapped[] = "Ax 15 15 5\n"
                                  " out 0>5 tx2 m4 swap 0-1/1 0 15 0 4\n"
                                  " in -1>0 tx0 m0 mint 0-1/1 0 0 0 10\n"
                                  " in -1>0 tx2 m4 unknown 0-1/1 0 0 10 5\n"
                                  "Py 40 4 0\n"
                                  " out 1>4 tx2 m3 swap 0-1/1 0 4 0 15\n"
                                  " in -1>1 tx1 m1 mint 0-1/1 0 0 0 40\n"
                                  "Ae 1 1 1\n"
                                  " out 2>3 tx2 m2 fee 0-1/1 0 1 0 1\n"
                                  " in -1>2 tx2 m2 unknown 0-1/1 0 0 0 1\n"
                                  "$e 1 0 0\n"
                                  " in 2>3 tx2 m2 fee 0-1/1 0 1 0 1\n"
                                  "Px 15 0 0\n"
                                  " in 1>4 tx2 m3 swap 0-1/1 0 4 0 15\n"
                                  "Ay 4 0 0\n"
                                  " in 0>5 tx2 m4 swap 0-1/1 0 15 0 4\n";
    const char *const swap[] = {"0>A 10x", "0>P 40y", "A>$ 1e, A>P 15x, P>A 4y", NULL};
    const char *const swap_common[] = {"0>A 10x", "0>P 40y", "A>$ 1e, A>P 15x, P>A 4y, B>C 0z", NULL};
    expect_compiled(swap, swapped);
    expect_compiled(swap_common, swapped);
    static const char batched[] = "Se 12 12 2\n"
                                  " out 0>1 tx1 m1 transfer 0-1/1 0 3 0 3\n"
                                  " out 0>2 tx1 m2 transfer 0-1/1 3 4 0 4\n"
                                  " out 0>1 tx1 m3 transfer 0-1/1 7 5 3 5\n"
                                  " in -1>0 tx0 m0 mint 0-1/1 0 0 0 10\n"
                                  " in -1>0 tx1 m1 unknown 0-1/1 0 0 10 2\n"
                                  "Ae 8 0 0\n"
                                  " in 0>1 tx1 m1 transfer 0-1/1 0 3 0 3\n"
                                  " in 0>1 tx1 m3 transfer 0-1/1 7 5 3 5\n"
                                  "Be 4 0 0\n"
                                  " in 0>2 tx1 m2 transfer 0-1/1 3 4 0 4\n";
    const char *const batch[] = {"0>S 10e", "S>A 3e, S>B 4e, S>A 5e", NULL};
    const char *const batch_common[] = {"0>S 10e", "S>A 3e, S>B 4e, S>A 5e, B>C 0z", NULL};
    expect_compiled(batch, batched);
    expect_compiled(batch_common, batched);
    const char *const twice[] = {"S>A 3e, S>A 4e", NULL}; /* one edge */
    expect_compiled(twice, "Se 7 7 7\n"
                           " out 0>1 tx0 m1 transfer 0-1/1 0 7 0 7\n"
                           " in -1>0 tx0 m1 unknown 0-1/1 0 0 0 7\n"
                           "Ae 7 0 0\n"
                           " in 0>1 tx0 m1 transfer 0-1/1 0 7 0 7\n");
}

static void test_positions(void **state) {
    (void)state;
    char directory[PATH_BYTES_MAX];
    struct fake_ledger *f = fake_new();
    make_directory(directory);
    fake_tx(f, "0>A 100x");
    fake_tx(f, "0>P 40y, 0>P 60z");
    fake_tx(f, "A>P 10x, P>A 4y, P>A 6z"); /* two links over the same ten units */
    fake_tx(f, "A>B 20x");
    fake_tx(f, "A>C 90x");
    struct compiled *c = compile(directory, fake_seal(f));
    struct holding_id a;
    struct edge_cursor cursor;
    struct flow_edge e;
    bool more;
    u128 before;
    assert_int_equal(
        compiled_holding_find(c, (struct account_id){fake_account('A')}, (struct asset_id){fake_asset('x')}, &a, NULL),
        IMJIN_OK);
    static const struct { unsigned position, movement; } cases[] = {{0, 4}, {9, 4}, {10, 6}, {29, 6}, {30, 7}, {119, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(edges_at(c, a, DIRECTION_OUT, cases[i].position, &cursor, NULL), IMJIN_OK);
        assert_int_equal(edges_next(&cursor, &e, &more, NULL), IMJIN_OK);
        assert_true(more);
        assert_int_equal(e.movement, cases[i].movement);
    }
    assert_int_equal(edges_at(c, a, DIRECTION_OUT, 120, &cursor, NULL), IMJIN_OK);
    assert_int_equal(edges_next(&cursor, &e, &more, NULL), IMJIN_OK);
    assert_false(more);
    assert_int_equal(edges_from_tx(c, a, DIRECTION_OUT, (struct tx_id){3}, &cursor, NULL), IMJIN_OK);
    assert_int_equal(edges_next(&cursor, &e, &more, NULL), IMJIN_OK);
    assert_true(more && e.movement == 6);
    /* 20 units are missing in transaction 4 and inserted for its own draw */
    assert_int_equal(compiled_received_before(c, a, (struct tx_id){0}, &before, NULL), IMJIN_OK);
    assert_true(before == 0);
    assert_int_equal(compiled_received_before(c, a, (struct tx_id){3}, &before, NULL), IMJIN_OK);
    assert_true(before == 100);
    assert_int_equal(compiled_received_before(c, a, (struct tx_id){4}, &before, NULL), IMJIN_OK);
    assert_true(before == 120);
    compiled_close(c);
    fake_free(f);
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
}

static void test_incremental(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        char one_go[PATH_BYTES_MAX], steps[PATH_BYTES_MAX];
        struct fake_ledger *f = fake_new();
        struct text whole = {0}, stepwise = {0};
        uint64_t random = seed;
        struct compiled *c;
        make_directory(one_go);
        make_directory(steps);
        for (int i = 0; i < 300; i++) {
            random_tx(f, &random, 9);
            if (random_below(&random, 24) == 0) {
                c = compile(steps, fake_seal(f));
                assert_int_equal(compiled_verify(c, NULL, NULL), IMJIN_OK);
                compiled_close(c);
            }
        }
        c = compile(steps, fake_seal(f));
        say_all(&stepwise, c);
        compiled_close(c);
        c = compile(one_go, fake_seal(f));
        say_all(&whole, c);
        assert_int_equal(compiled_verify(c, NULL, NULL), IMJIN_OK);
        compiled_close(c);
        assert_string_equal(whole.bytes, stepwise.bytes);
        text_done(&whole);
        text_done(&stepwise);
        fake_free(f);
        assert_int_equal(directory_remove(one_go, NULL), IMJIN_OK);
        assert_int_equal(directory_remove(steps, NULL), IMJIN_OK);
    }
}

static void test_many_runs(void **state) {
    (void)state;
    char small[PATH_BYTES_MAX], large[PATH_BYTES_MAX];
    struct fake_ledger *f = fake_new();
    struct text a = {0}, b = {0};
    uint64_t random = 77;
    make_directory(small);
    make_directory(large);
    for (int i = 0; i < 6000; i++)
        random_tx(f, &random, 20);
    const struct ledger *l = fake_seal(f);
    assert_int_equal(compiled_update(small, l, SETTLE_RULES_ALL, 1, NULL, NULL), IMJIN_OK); /* the least memory: many runs */
    struct compiled_manifest *m = calloc(1, sizeof *m);
    assert_int_equal(settle_manifest_read(m, small, NULL), IMJIN_OK);
    assert_true(m->next_number > COMPILED_SEGMENTS_MAX && m->segment_count < COMPILED_SEGMENTS_MAX);
    free(m);
    struct compiled *c = compile(small, l);
    say_all(&a, c);
    compiled_close(c);
    c = compile(large, l);
    say_all(&b, c);
    compiled_close(c);
    assert_string_equal(a.bytes, b.bytes);
    text_done(&a);
    text_done(&b);
    fake_free(f);
    assert_int_equal(directory_remove(small, NULL), IMJIN_OK);
    assert_int_equal(directory_remove(large, NULL), IMJIN_OK);
}

static void test_what_is_kept(void **state) {
    (void)state;
    char directory[PATH_BYTES_MAX];
    struct fake_ledger *f = fake_new();
    struct compiled *c;
    uint64_t random = 5;
    make_directory(directory);
    assert_int_equal(compiled_open(&c, directory, fake_seal(f), SETTLE_RULES_ALL, NULL), IMJIN_NOT_FOUND);
    compiled_close(compile(directory, fake_seal(f))); /* an empty ledger compiles */
    for (int i = 0; i < 50; i++)
        random_tx(f, &random, 5);
    assert_int_equal(compiled_open(&c, directory, fake_seal(f), SETTLE_RULES_ALL, NULL), IMJIN_NOT_FOUND);
    compiled_close(compile(directory, fake_seal(f)));
    assert_int_equal(compiled_open(&c, directory, fake_seal(f), 1, NULL), IMJIN_NOT_FOUND); /* other rules */
    f->generation = 2;
    ((struct movement *)f->movements.items)[0].units_low ^= 1; /* rewritten from scratch */
    compiled_close(compile(directory, fake_seal(f)));
    ((struct movement *)f->movements.items)[0].units_low ^= 1; /* another ledger of the same generation */
    struct text a = {0}, b = {0};
    c = compile(directory, fake_seal(f));
    say_all(&a, c);
    compiled_close(c);
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
    c = compile(directory, fake_seal(f));
    say_all(&b, c);
    compiled_close(c);
    assert_string_equal(a.bytes, b.bytes);
    text_done(&a);
    text_done(&b);
    /* an asset that becomes untraceable later starts everything anew */
    fake_tx(f, "A>B ^120x");
    c = compile(directory, fake_seal(f));
    struct holding_id none;
    assert_int_equal(
        compiled_holding_find(c, (struct account_id){fake_account('A')}, (struct asset_id){fake_asset('x')}, &none, NULL),
        IMJIN_NOT_FOUND);
    compiled_close(c);
    struct file_lock lock;
    char path[PATH_BYTES_MAX];
    assert_int_equal(path_join(path, NULL, directory, "lock"), IMJIN_OK);
    assert_int_equal(file_lock_take(&lock, path, NULL), IMJIN_OK);
    assert_int_equal(compiled_update(directory, fake_seal(f), SETTLE_RULES_ALL, 0, NULL, NULL), IMJIN_MACHINE);
    file_lock_release(&lock);
    fake_free(f);
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
}

static void test_allocation_failures(void **state) {
    (void)state;
    char directory[PATH_BYTES_MAX];
    struct fake_ledger *f = fake_new();
    struct text before = {0}, after = {0};
    uint64_t random = 9;
    for (int i = 0; i < 60; i++)
        random_tx(f, &random, 6);
    make_directory(directory);
    struct compiled *c = compile(directory, fake_seal(f));
    say_all(&before, c);
    compiled_close(c);
    uint64_t old_movements = f->counts.movements, old_txs = f->counts.txs;
    for (int i = 0; i < 20; i++)
        random_tx(f, &random, 6);
    for (uint64_t nth = 1;; nth++) {
        const struct ledger *l = fake_seal(f);
        memory_fail_at(nth, false);
        enum imjin_status status = compiled_update(directory, l, SETTLE_RULES_ALL, 0, NULL, NULL);
        memory_fail_at(0, false);
        if (status == IMJIN_OK)
            break;
        assert_int_equal(status, IMJIN_MACHINE);
    }
    c = compile(directory, fake_seal(f));
    say_all(&after, c);
    assert_int_equal(compiled_verify(c, NULL, NULL), IMJIN_OK);
    compiled_close(c);
    for (uint64_t nth = 1; nth < 3; nth++) {
        memory_fail_at(nth, false);
        enum imjin_status status = compiled_open(&c, directory, fake_seal(f), SETTLE_RULES_ALL, NULL);
        memory_fail_at(0, false);
        if (status == IMJIN_OK)
            compiled_close(c);
        else
            assert_int_equal(status, IMJIN_MACHINE);
    }
    assert_true(after.count > before.count && f->counts.movements > old_movements && f->counts.txs > old_txs);
    text_done(&before);
    text_done(&after);
    fake_free(f);
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
}

/* ---- damage ---- */

static void names_done(char **names, size_t count) {
    for (size_t i = 0; i < count; i++)
        memory_free(names[i]);
    memory_free(names);
}

/* Reads everything; nothing may crash, and nothing wrong may pass compiled_verify. */
static enum imjin_status read_all_of(const char *directory, const struct ledger *l) {
    struct compiled *c;
    TRY(compiled_open(&c, directory, l, SETTLE_RULES_ALL, NULL));
    for (uint32_t i = 0; i < compiled_holding_count(c); i++)
        for (int d = 0; d < 2; d++) {
            struct edge_cursor cursor;
            struct flow_edge e;
            bool more = edges_at(c, (struct holding_id){i}, (enum direction)d, 3, &cursor, NULL) == IMJIN_OK;
            while (more && edges_next(&cursor, &e, &more, NULL) == IMJIN_OK) {
            }
            struct holding h;
            u128 before;
            if (compiled_holding(c, (struct holding_id){i}, &h, NULL) == IMJIN_OK &&
                compiled_received_before(c, (struct holding_id){i}, (struct tx_id){3}, &before, NULL) == IMJIN_OK)
                assert_true(before <= h.received);
        }
    enum imjin_status status = compiled_verify(c, NULL, NULL);
    compiled_close(c);
    return status;
}

/* Without the sync of file_replace, nor the one that some file systems do for a file cut to nothing: thousands of these are
 * made. */
static void overwrite(const char *path, const char *bytes, uint64_t count) {
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, count, f), count);
    assert_int_equal(fflush(f), 0);
    assert_int_equal(ftruncate(fileno(f), (off_t)count), 0);
    assert_int_equal(fclose(f), 0);
}

/* Flips a bit and cuts the file, at `tries` offsets or all of them. */
static void damage_file(const char *directory, const char *name, const struct ledger *l, uint64_t tries) {
    char path[PATH_BYTES_MAX], *bytes;
    uint64_t count;
    assert_int_equal(path_join(path, NULL, directory, name), IMJIN_OK);
    assert_int_equal(file_read(path, 1 << 24, &bytes, &count, NULL), IMJIN_OK);
    uint64_t step = count / tries + 1;
    for (uint64_t at = 0; at < count; at += step) {
        bytes[at] = (char)(bytes[at] ^ (1 << at % 8));
        overwrite(path, bytes, count);
        assert_int_not_equal(read_all_of(directory, l), IMJIN_OK);
        bytes[at] = (char)(bytes[at] ^ (1 << at % 8));
        overwrite(path, bytes, at);
        assert_int_equal(read_all_of(directory, l), IMJIN_BAD_INPUT);
    }
    overwrite(path, bytes, count);
    assert_int_equal(read_all_of(directory, l), IMJIN_OK);
    memory_free(bytes);
}

static void damage_all(int first_txs, int more_txs, uint64_t tries) {
    char directory[PATH_BYTES_MAX], **names;
    size_t count;
    struct fake_ledger *f = fake_new();
    uint64_t random = 21;
    make_directory(directory);
    for (int i = 0; i < first_txs; i++)
        random_tx(f, &random, 6);
    compiled_close(compile(directory, fake_seal(f)));
    for (int i = 0; i < more_txs; i++)
        random_tx(f, &random, 6);
    compiled_close(compile(directory, fake_seal(f)));
    assert_int_equal(directory_list(directory, &names, &count, NULL), IMJIN_OK);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], "lock") != 0)
            damage_file(directory, names[i], fake_seal(f), tries);
        memory_free(names[i]);
    }
    memory_free(names);
    fake_free(f);
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
}

static void test_damage(void **state) {
    (void)state;
    damage_all(40, 6, 97);
    damage_all(4, 1, UINT64_MAX);
}

/* ---- mending ---- */

enum harm { HARM_MISSING, HARM_CUT, HARM_LONGER, HARM_FLIPPED, HARMS };

static void harm_file(const char *path, enum harm harm) {
    char *bytes;
    uint64_t count;
    assert_int_equal(file_read(path, 1 << 24, &bytes, &count, NULL), IMJIN_OK);
    if (count) /* room for one more byte: the reader adds a NUL */
        bytes[count / 2] = (char)(bytes[count / 2] ^ (harm == HARM_FLIPPED));
    if (harm == HARM_MISSING)
        assert_int_equal(file_remove(path, NULL), IMJIN_OK);
    else
        overwrite(path, bytes, harm == HARM_CUT ? count / 2 : count + (harm == HARM_LONGER));
    memory_free(bytes);
}

static void expect_said(const char *directory, const struct ledger *l, const char *expected) {
    struct compiled *c;
    struct text t = {0};
    assert_int_equal(compiled_open(&c, directory, l, SETTLE_RULES_ALL, NULL), IMJIN_OK);
    assert_int_equal(compiled_verify(c, NULL, NULL), IMJIN_OK);
    say_all(&t, c);
    assert_string_equal(t.bytes, expected);
    text_done(&t);
    compiled_close(c);
}

/* What opening sees is mended by the next update; what only verifying sees, by removing first. */
static void test_mending(void **state) {
    (void)state;
    char directory[PATH_BYTES_MAX], path[PATH_BYTES_MAX], **names;
    size_t count;
    struct fake_ledger *f = fake_new();
    struct text sound = {0};
    struct compiled *c;
    struct error err;
    uint64_t random = 3;
    make_directory(directory);
    for (int i = 0; i < 30; i++)
        random_tx(f, &random, 6);
    const struct ledger *l = fake_seal(f);
    c = compile(directory, l);
    say_all(&sound, c);
    compiled_close(c);
    for (int file = 0; file < SEGMENT_FILES + COMMON_FILES + 1; file++) /* their numbers change; their order does not */
        for (enum harm harm = 0; harm < HARMS; harm++) {
            assert_int_equal(directory_list(directory, &names, &count, NULL), IMJIN_OK);
            assert_int_equal(count, SEGMENT_FILES + COMMON_FILES + 2);
            bool lock = strcmp(names[file], "lock") == 0;
            assert_int_equal(path_join(path, NULL, directory, names[lock ? count - 1 : (size_t)file]), IMJIN_OK);
            names_done(names, count);
            struct stat about;
            assert_int_equal(stat(path, &about), 0);
            if (about.st_size == 0 && harm != HARM_LONGER && harm != HARM_MISSING)
                continue; /* nothing to harm */
            harm_file(path, harm);
            bool manifest = strstr(path, "/manifest") != NULL;
            enum imjin_status opened = compiled_open(&c, directory, l, SETTLE_RULES_ALL, &err);
            if (harm == HARM_FLIPPED && !manifest) { /* seen by verifying alone */
                assert_int_equal(opened, IMJIN_OK);
                assert_int_equal(compiled_verify(c, NULL, &err), IMJIN_BAD_INPUT);
                compiled_close(c);
                assert_int_equal(compiled_remove(directory, NULL), IMJIN_OK);
                assert_int_equal(compiled_open(&c, directory, l, SETTLE_RULES_ALL, NULL), IMJIN_NOT_FOUND);
            } else {
                assert_int_equal(opened, manifest && harm == HARM_MISSING ? IMJIN_NOT_FOUND : IMJIN_BAD_INPUT);
            }
            if (!(manifest && harm == HARM_MISSING))
                assert_non_null(strstr(err.text, "mend it with: imjin compile"));
            assert_int_equal(compiled_update(directory, l, SETTLE_RULES_ALL, 0, NULL, NULL), IMJIN_OK);
            expect_said(directory, l, sound.bytes);
        }
    assert_int_equal(compiled_remove("/nonexistent/x", NULL), IMJIN_OK);
    text_done(&sound);
    fake_free(f);
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
}

/* An older segment that is gone when newer ones are merged into it, or a holding that is wrong, starts everything anew. */
static void test_mending_while_growing(void **state) {
    (void)state;
    char directory[PATH_BYTES_MAX], clean[PATH_BYTES_MAX], path[PATH_BYTES_MAX], **names;
    static const char *const endings[] = {".out", ".holdings", ".assets"};
    size_t count;
    for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
        struct fake_ledger *f = fake_new();
        struct text sound = {0};
        uint64_t random = 8;
        make_directory(directory);
        make_directory(clean);
        for (int i = 0; i < 20; i++)
            random_tx(f, &random, 6);
        compiled_close(compile(directory, fake_seal(f)));
        assert_int_equal(directory_list(directory, &names, &count, NULL), IMJIN_OK);
        for (size_t i = 0; i < count; i++)
            if (strstr(names[i], endings[e]) && strlen(names[i]) == 8 + strlen(endings[e])) {
                assert_int_equal(path_join(path, NULL, directory, names[i]), IMJIN_OK);
                harm_file(path, HARM_CUT);
            }
        names_done(names, count);
        for (int i = 0; i < 20; i++)
            random_tx(f, &random, 6);
        const struct ledger *l = fake_seal(f);
        assert_int_equal(compiled_update(directory, l, SETTLE_RULES_ALL, 0, NULL, NULL), IMJIN_OK);
        struct compiled *c = compile(clean, l);
        say_all(&sound, c);
        compiled_close(c);
        expect_said(directory, l, sound.bytes);
        text_done(&sound);
        fake_free(f);
        assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
        assert_int_equal(directory_remove(clean, NULL), IMJIN_OK);
    }
}

/* Another version is no damage, however long its manifest is. */
static void test_other_version(void **state) {
    (void)state;
    char directory[PATH_BYTES_MAX], path[PATH_BYTES_MAX];
    static const uint32_t version = COMPILED_VERSION + 1;
    static const uint64_t lengths[] = {12, 16, 5000, COMPILED_MANIFEST_BYTES_MAX};
    struct fake_ledger *f = fake_new();
    struct compiled *c;
    char *bytes = calloc(1, COMPILED_MANIFEST_BYTES_MAX + 1);
    assert_non_null(bytes);
    memcpy(bytes, &(uint64_t){COMPILED_MAGIC}, sizeof(uint64_t));
    memcpy(bytes + sizeof(uint64_t), &version, sizeof version);
    make_directory(directory);
    fake_tx(f, "A>B 5e");
    const struct ledger *l = fake_seal(f);
    compiled_close(compile(directory, l));
    assert_int_equal(path_join(path, NULL, directory, "manifest"), IMJIN_OK);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        overwrite(path, bytes, lengths[i]);
        assert_int_equal(compiled_open(&c, directory, l, SETTLE_RULES_ALL, NULL), IMJIN_NOT_FOUND);
    }
    overwrite(path, bytes, 11);
    assert_int_equal(compiled_open(&c, directory, l, SETTLE_RULES_ALL, NULL), IMJIN_BAD_INPUT);
    overwrite(path, bytes, COMPILED_MANIFEST_BYTES_MAX + 1);
    assert_int_equal(compiled_open(&c, directory, l, SETTLE_RULES_ALL, NULL), IMJIN_BAD_INPUT);
    compiled_close(compile(directory, l)); /* made anew */
    free(bytes);
    fake_free(f);
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
}

/* Killed at some moment of an update: the old state stands or the new one, and the next update gives what an undisturbed one
 * gives. The moments differ from run to run; what must hold does not. */
static void test_kill(void **state) {
    (void)state;
    char directory[PATH_BYTES_MAX], clean[PATH_BYTES_MAX];
    struct fake_ledger *f = fake_new();
    struct text a = {0}, b = {0};
    uint64_t random = 33;
    make_directory(directory);
    make_directory(clean);
    for (int round = 0; round < 24; round++) {
        for (int i = 0; i < 50; i++)
            random_tx(f, &random, 6);
        const struct ledger *l = fake_seal(f);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(compiled_update(directory, l, SETTLE_RULES_ALL, 0, NULL, NULL) == IMJIN_OK ? 0 : 1);
        struct timespec wait = {.tv_nsec = round * 400000};
        nanosleep(&wait, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        struct compiled *c;
        enum imjin_status status = compiled_open(&c, directory, l, SETTLE_RULES_ALL, NULL);
        assert_true(status == IMJIN_OK || status == IMJIN_NOT_FOUND);
        if (status == IMJIN_OK) {
            assert_int_equal(compiled_verify(c, NULL, NULL), IMJIN_OK);
            compiled_close(c);
        }
    }
    char stray[PATH_BYTES_MAX];
    assert_int_equal(path_join(stray, NULL, directory, "000000ff.out"), IMJIN_OK);
    assert_int_equal(file_replace(stray, "half", 4, NULL), IMJIN_OK);
    const struct ledger *l = fake_seal(f);
    struct compiled *c = compile(directory, l);
    say_all(&a, c);
    compiled_close(c);
    assert_false(file_exists(stray));
    c = compile(clean, l);
    say_all(&b, c);
    compiled_close(c);
    assert_string_equal(a.bytes, b.bytes);
    text_done(&a);
    text_done(&b);
    fake_free(f);
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
    assert_int_equal(directory_remove(clean, NULL), IMJIN_OK);
}

/* Lines beyond 64 bits go to the wide table, beyond 96 bits to the side table. */
static void test_long_lines(void **state) {
    (void)state;
    char directory[PATH_BYTES_MAX];
    struct fake_ledger *f = fake_new();
    struct text once = {0}, twice = {0};
    make_directory(directory);
    for (int i = 0; i < 40; i++)
        fake_tx(f, i % 2 ? "A>B ^94x, B>C 3x" : "A>B ^94x");
    fake_tx(f, "B>C ^94x, D>C ^95x");
    fake_tx(f, "C>D 5x, D>C 7y");
    struct compiled *c = compile(directory, fake_seal(f));
    assert_int_equal(compiled_verify(c, NULL, NULL), IMJIN_OK);
    say_all(&once, c);
    struct holding_id a;
    struct holding h;
    struct edge_cursor cursor;
    struct flow_edge e;
    bool more;
    u128 unit = (u128)1 << 94;
    assert_int_equal(
        compiled_holding_find(c, (struct account_id){fake_account('A')}, (struct asset_id){fake_asset('x')}, &a, NULL),
        IMJIN_OK);
    assert_int_equal(compiled_holding(c, a, &h, NULL), IMJIN_OK);
    assert_true(h.spent == 40 * unit && h.received == h.spent && h.unknown == h.spent);
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(edges_at(c, a, DIRECTION_OUT, i * unit + 9, &cursor, NULL), IMJIN_OK);
        assert_int_equal(edges_next(&cursor, &e, &more, NULL), IMJIN_OK);
        u128 passed_on = i % 2 ? 3 : 0; /* from B to C */
        assert_true(more && e.out_from == i * unit + passed_on && e.out_units == unit - passed_on && e.tx.n == i);
    }
    compiled_close(c);
    fake_tx(f, "A>B 1x");
    compiled_close(compile(directory, fake_seal(f)));
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
    f->movements.count--;
    f->tx_first.count--;
    make_directory(directory);
    for (size_t txs = 3; txs <= 42; txs += 3) { /* the same step by step */
        size_t all = f->tx_first.count, movements = f->movements.count;
        f->movements.count = txs < all ? ((uint64_t *)f->tx_first.items)[txs] : movements;
        f->tx_first.count = txs;
        compiled_close(compile(directory, fake_seal(f)));
        f->movements.count = movements;
        f->tx_first.count = all;
    }
    c = compile(directory, fake_seal(f));
    say_all(&twice, c);
    compiled_close(c);
    assert_string_equal(once.bytes, twice.bytes);
    text_done(&once);
    text_done(&twice);
    fake_free(f);
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
}

static void test_too_many_movements(void **state) {
    (void)state;
    char directory[PATH_BYTES_MAX];
    struct fake_ledger *f = fake_new();
    make_directory(directory);
    fake_tx(f, "A>B 1x");
    const struct ledger *l = fake_seal(f);
    f->counts.movements = (uint64_t)COMPILED_MOVEMENTS_MAX + 1;
    assert_int_equal(compiled_update(directory, l, SETTLE_RULES_ALL, 0, NULL, NULL), IMJIN_USAGE);
    fake_free(f);
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
}

static void stop_soon(void *context, const char *what, const char *unit, uint64_t done, uint64_t total) {
    (void)what, (void)unit, (void)total;
    if (done)
        atomic_store((atomic_bool *)context, true);
}

static void test_stop(void **state) {
    (void)state;
    char directory[PATH_BYTES_MAX];
    struct fake_ledger *f = fake_new();
    atomic_bool stop = false;
    struct progress p = {stop_soon, &stop, &stop};
    struct compiled *c;
    uint64_t random = 4;
    make_directory(directory);
    for (int i = 0; i < 2000; i++)
        random_tx(f, &random, 9);
    const struct ledger *l = fake_seal(f);
    assert_int_equal(compiled_update(directory, l, SETTLE_RULES_ALL, 1, &p, NULL), IMJIN_MACHINE);
    assert_int_equal(compiled_open(&c, directory, l, SETTLE_RULES_ALL, NULL), IMJIN_NOT_FOUND);
    fake_free(f);
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
}

/* A ledger whose rows are wrong is refused, whatever way its transactions are settled. */
static void test_damaged_ledger(void **state) {
    (void)state;
    char directory[PATH_BYTES_MAX];
    static const struct movement wrong[] = {{9, 2, 3, 0, 1, 0}, {1, 99, 3, 0, 1, 0}, {1, 2, 99, 0, 1, 0}, {1, 2, 3, 99, 1, 0}};
    make_directory(directory);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct fake_ledger *f = fake_new();
        fake_tx(f, "A>B 5e");
        fake_tx(f, "A>B 5e");
        ((struct movement *)f->movements.items)[1] = wrong[i];
        assert_int_equal(compiled_update(directory, fake_seal(f), SETTLE_RULES_ALL, 0, NULL, NULL), IMJIN_BAD_INPUT);
        ((struct movement *)f->movements.items)[1] = (struct movement){0, 2, 3, 0, 1, 0};
        ((struct movement *)f->movements.items)[0].tx = 1; /* out of order */
        assert_int_equal(compiled_update(directory, fake_seal(f), SETTLE_RULES_ALL, 0, NULL, NULL), IMJIN_BAD_INPUT);
        fake_free(f);
    }
    assert_int_equal(directory_remove(directory, NULL), IMJIN_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_too_many_movements),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_damaged_ledger),
        cmocka_unit_test(test_lines_by_hand),
        cmocka_unit_test(test_short_ways),
        cmocka_unit_test(test_positions),
        cmocka_unit_test(test_incremental),
        cmocka_unit_test(test_many_runs),
        cmocka_unit_test(test_what_is_kept),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_mending),
        cmocka_unit_test(test_mending_while_growing),
        cmocka_unit_test(test_other_version),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_kill),
    };
    return cmocka_run_group_tests_name("compile", tests, NULL, NULL);
}
