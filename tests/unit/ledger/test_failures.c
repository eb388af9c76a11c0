/* Memory gone, disk full, lock taken, a journal of other files: nothing of the last commit changes, and the next import works.
 */
#include "ledger_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/limits.h"

enum { ROWS = 300 };
static char dir[PATH_BYTES_MAX];
static struct ledger_row rows[ROWS], later[ROWS];

static int begin(void **state) {
    (void)state;
    uint64_t seed = 5;
    make_directory(dir);
    for (uint32_t i = 0; i < ROWS; i++) {
        uint64_t r = next_random(&seed);
        rows[i] = token(10 + i / 9, i, i, (uint32_t)r % 50, (uint32_t)(r >> 8) % 50, 70 + (uint32_t)(r >> 16) % 3, i + 1);
        later[i] = token(50 + i / 9, 1000 + i, i, (uint32_t)(r >> 20) % 60, (uint32_t)(r >> 28) % 60, 71, i + 1);
        if (i % 40 == 0)
            later[i].from = opaque("somebody");
        if (i % 50 == 0)
            later[i].tx_form = TX_NONE;
    }
    return 0;
}
static int end(void **state) {
    (void)state;
    GOOD(directory_remove(dir, &err_for_good));
    return 0;
}

static struct sha256 identity(void) {
    struct ledger *l = open_ledger(dir);
    struct sha256 h = *ledger_identity(l);
    ledger_close(l);
    return h;
}

static void assert_identity(struct sha256 expected) {
    struct sha256 now = identity();
    assert_memory_equal(&now, &expected, sizeof now);
}

/* One import that may fail anywhere. */
static enum imjin_status try_import(const struct ledger_row *r, uint64_t run_rows, struct error *err) {
    struct ledger_writer *w;
    struct ledger_commit c;
    struct chain chain = test_chain();
    struct sha256 h = print_of(3);
    uint64_t offset, line;
    struct ledger_asset_note note = {.key = r[0].asset, .symbol = span_of("TOK"), .decimals = 3};
    struct ledger_writer_options options = {
        .run_rows = run_rows, .checkpoint_rows = 64, .addresses_max = run_rows ? 0 : 30, .threads = 2};
    TRY(ledger_writer_open(&w, dir, &chain, options, NULL, err));
    enum imjin_status status = ledger_writer_source(w, "source", &h, &offset, &line, err);
    for (uint64_t at = offset; at < ROWS && status == IMJIN_OK; at += 50)
        status = ledger_writer_add(w, r + at, ROWS - at < 50 ? ROWS - at : 50, at + 50, at + 50, err);
    if (status == IMJIN_OK)
        status = ledger_writer_note_asset(w, &note, err);
    if (status == IMJIN_OK)
        status = ledger_writer_source_end(w, err);
    if (status == IMJIN_OK)
        return ledger_writer_commit(w, &c, err);
    ledger_writer_abandon(w, true);
    return status;
}

static void fail_each_allocation(const struct ledger_row *r, uint64_t run_rows) {
    struct error err;
    import_rows(dir, rows, ROWS);
    struct sha256 before = identity();
    enum imjin_status status = IMJIN_MACHINE;
    unsigned failures = 0;
    for (uint64_t nth = 1; status != IMJIN_OK; nth++) {
        memory_fail_at(nth, nth % 2);
        status = try_import(r, run_rows, &err);
        memory_fail_at(0, false);
        if (status == IMJIN_OK)
            break;
        assert_int_equal(status, IMJIN_MACHINE);
        assert_identity(before);
        failures++;
    }
    assert_true(failures > 30);
    GOOD(ledger_verify(dir, 1, NULL, &err_for_good));
    struct sha256 got = identity();
    GOOD(directory_remove(dir, &err_for_good));
    import_rows(dir, rows, ROWS);
    assert_int_equal(try_import(r, 0, &err), IMJIN_OK);
    assert_identity(got);
}

static void test_allocations_append(void **state) {
    (void)state;
    fail_each_allocation(later, 0);
}

static void test_allocations_merge(void **state) {
    (void)state;
    for (uint32_t i = 0; i < ROWS; i += 2) { /* out of order and between the rows that stand */
        later[i].block = 11;
        later[i].tx_form = TX_HASH;
    }
    fail_each_allocation(later, 70);
}

static void test_allocations_read(void **state) {
    (void)state;
    struct error err;
    import_rows(dir, rows, ROWS);
    for (int what = 0; what < 2; what++) {
        enum imjin_status status = IMJIN_MACHINE;
        for (uint64_t nth = 1; status != IMJIN_OK; nth++) {
            struct ledger *l = NULL;
            memory_fail_at(nth, false);
            status = what ? ledger_verify(dir, 1, NULL, &err) : ledger_open(&l, dir, &err);
            memory_fail_at(0, false);
            assert_true(status == IMJIN_OK || status == IMJIN_MACHINE);
            ledger_close(l);
        }
    }
}

/* In a child: no file may grow over `limit` bytes. Returns its status. */
static int import_limited(const struct ledger_row *r, rlim_t limit) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct error err;
        const struct rlimit most = {limit, limit};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &most);
        _exit((int)try_import(r, 0, &err));
    }
    int how;
    waitpid(child, &how, 0);
    assert_true(WIFEXITED(how));
    return WEXITSTATUS(how);
}

static void test_disk_full(void **state) {
    (void)state;
    struct error err;
    char staged[PATH_BYTES_MAX];
    import_rows(dir, rows, ROWS);
    struct sha256 before = identity();
    for (rlim_t limit = 0; limit < 20000; limit += 1500) {
        int status = import_limited(later, limit);
        if (status == IMJIN_OK)
            break;
        assert_int_equal(status, IMJIN_MACHINE);
        assert_identity(before);
        GOOD(path_join(staged, &err_for_good, dir, "import"));
        assert_false(directory_exists(staged));           /* a full disk gets its space back */
        GOOD(ledger_verify(dir, 1, NULL, &err_for_good)); /* nothing stands behind the columns */
    }
    GOOD(ledger_verify(dir, 1, NULL, &err_for_good));
    assert_int_equal(try_import(later, 0, &err), IMJIN_OK);
    GOOD(ledger_verify(dir, 1, NULL, &err_for_good));
}

static void test_two_writers(void **state) {
    (void)state;
    struct ledger_writer *a, *b = NULL;
    struct error err;
    struct chain chain = test_chain(), another;
    GOOD(ledger_writer_open(&a, dir, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
    assert_int_equal(ledger_writer_open(&b, dir, &chain, (struct ledger_writer_options){0}, NULL, &err), IMJIN_MACHINE);
    assert_non_null(strstr(err.text, "another process"));
    assert_null(b);
    ledger_writer_abandon(a, false);
    import_rows(dir, rows, ROWS);
    GOOD(chain_find(&another, "another", &err_for_good));
    assert_int_equal(ledger_writer_open(&b, dir, &another, (struct ledger_writer_options){0}, NULL, &err), IMJIN_USAGE);
}

/* Half of a file is in the journal; then the user imports something else: the half must not come along. */
static void test_journal_of_another_file(void **state) {
    (void)state;
    struct chain chain = test_chain();
    struct ledger_commit c;
    import_rows(dir, later, ROWS);
    struct sha256 alone = identity();
    for (int second = 0; second < 2; second++) {
        struct ledger_writer *w;
        struct sha256 h = print_of(77);
        uint64_t offset, line;
        GOOD(directory_remove(dir, &err_for_good));
        GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){.checkpoint_rows = 20}, NULL, &err_for_good));
        if (second) /* the first file is the same, the second is not */
            add_source(w, 1, later, ROWS, 10);
        for (int i = 0; i < ROWS && second; i++)
            rows[i].block = 1000 + (uint32_t)i;
        GOOD(ledger_writer_source(w, "half", &h, &offset, &line, &err_for_good));
        GOOD(ledger_writer_add(w, rows, 200, 200, 200, &err_for_good));
        ledger_writer_abandon(w, true);
        c = import_rows(dir, later, ROWS);
        assert_int_equal(c.rows_read, ROWS);
        assert_identity(alone);
        GOOD(ledger_verify(dir, 1, NULL, &err_for_good));
    }
}

/* Cleaning removes the journal before what it speaks of: stopped half-way, here by a directory too deep to remove, it leaves
 * nothing that a later import would take up. */
static void test_journal_goes_first(void **state) {
    (void)state;
    char path[PATH_BYTES_MAX];
    struct chain chain = test_chain();
    const struct ledger_writer_options options = {.run_rows = 50, .checkpoint_rows = 20};
    struct sha256 h = print_of(90), other = print_of(91);
    struct ledger_writer *w;
    struct error err;
    uint64_t offset, line;
    GOOD(ledger_writer_open(&w, dir, &chain, options, NULL, &err_for_good));
    GOOD(ledger_writer_source(w, "half", &h, &offset, &line, &err_for_good));
    GOOD(ledger_writer_add(w, rows, 200, 200, 200, &err_for_good));
    ledger_writer_abandon(w, true);
    GOOD(ledger_writer_open(&w, dir, &chain, options, NULL, &err_for_good));
    GOOD(path_join(path, &err_for_good, dir, "g9999"));
    for (int i = 0; i < 66; i++) {
        GOOD(directory_make(path, &err_for_good));
        GOOD(path_join(path, &err_for_good, path, "d"));
    }
    assert_int_equal(ledger_writer_source(w, "another", &other, &offset, &line, &err), IMJIN_BAD_INPUT);
    ledger_writer_abandon(w, false);
    GOOD(path_join(path, &err_for_good, dir, "import/journal"));
    assert_false(file_exists(path));
    GOOD(path_join(path, &err_for_good, dir, "g9999/d"));
    GOOD(directory_remove(path, &err_for_good));
    import_rows(dir, rows, ROWS);
    GOOD(ledger_verify(dir, 1, NULL, &err_for_good));
}

static void test_resume_offsets(void **state) {
    (void)state;
    struct chain chain = test_chain();
    struct ledger_writer *w;
    struct ledger_commit c;
    struct sha256 h = print_of(8);
    uint64_t offset, line;
    GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
    GOOD(ledger_writer_source(w, "file", &h, &offset, &line, &err_for_good));
    assert_int_equal(offset, 0);
    GOOD(ledger_writer_add(w, rows, 200, 20000, 200, &err_for_good));
    GOOD(ledger_writer_add(w, rows + 200, 10, 21000, 210, &err_for_good));
    ledger_writer_abandon(w, true);
    for (int i = 0; i < 2; i++) { /* also when stopped again before a row was read */
        GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
        GOOD(ledger_writer_source(w, "file", &h, &offset, &line, &err_for_good));
        /* the block of row 207 on is not complete: reading begins at the batch that holds its first row */
        assert_int_equal(offset, 20000);
        assert_int_equal(line, 200);
        if (i == 0)
            ledger_writer_abandon(w, true);
    }
    GOOD(ledger_writer_add(w, rows + 200, 100, 30000, 300, &err_for_good));
    GOOD(ledger_writer_source_end(w, &err_for_good));
    GOOD(ledger_writer_commit(w, &c, &err_for_good));
    assert_int_equal(c.rows_read, ROWS);
    assert_int_equal(c.movements_added, ROWS);
    struct sha256 resumed = identity();
    GOOD(directory_remove(dir, &err_for_good));
    import_rows(dir, rows, ROWS);
    assert_identity(resumed);
}

static void test_leftovers(void **state) {
    (void)state;
    char path[PATH_BYTES_MAX];
    static const char *const litter[] = {"g0009", "import", "g0001/index.000077", "manifest.tmp"};
    import_rows(dir, rows, ROWS);
    for (int i = 0; i < 4; i++) {
        GOOD(path_join(path, &err_for_good, dir, litter[i]));
        if (i < 2)
            GOOD(directory_make(path, &err_for_good));
        else
            GOOD(file_replace(path, "x", 1, &err_for_good));
    }
    struct ledger_writer *w;
    struct chain chain = test_chain();
    GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
    ledger_writer_abandon(w, false);
    for (int i = 0; i < 4; i++) {
        GOOD(path_join(path, &err_for_good, dir, litter[i]));
        assert_false(file_exists(path) || directory_exists(path));
    }
    GOOD(ledger_verify(dir, 1, NULL, &err_for_good));
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_allocations_append), TEST(test_allocations_merge), TEST(test_allocations_read),
        TEST(test_disk_full),          TEST(test_two_writers),       TEST(test_journal_of_another_file),
        TEST(test_journal_goes_first), TEST(test_resume_offsets),    TEST(test_leftovers),
    };
    return cmocka_run_group_tests_name("ledger failures", tests, NULL, NULL);
}
