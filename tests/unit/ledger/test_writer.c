/* The data files are a function of the set of rows: order, batches, sources, commits, kills change no byte of them. */
#include "ledger_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 600, SOURCES = 3 };

static struct ledger_row random_row(uint64_t *seed) {
    uint64_t r = next_random(seed);
    uint32_t block = 100 + (uint32_t)(r % 24), tx = block * 8 + (uint32_t)(r >> 8) % 5;
    uint32_t from = (uint32_t)(r >> 16) % 9 + 1, to = (uint32_t)(r >> 24) % 9 + 1;
    struct ledger_row row = (r >> 32) % 3
                                ? token(block, tx, (uint32_t)ID_NONE, from, to, 50 + (uint32_t)(r >> 40) % 3, 7 + (r >> 48) % 2)
                                : payment(block, tx, from, to, 7 + (r >> 48) % 2);
    r = next_random(seed);
    if (r % 3 == 0)
        row.position = (uint32_t)(r >> 8) % 40;
    if ((r >> 16) % 3 == 0)
        row.tx_index = (uint32_t)(r >> 24) % 6;
    if ((r >> 32) % 3 == 0)
        row.time = 1000 + block * 10 + (int64_t)((r >> 40) % 3);
    if ((r >> 44) % 5 == 0)
        row.tx_form = TX_NONE;
    if ((r >> 44) % 5 == 1) {
        static const char *const texts[] = {"alpha", "beta", "gamma"};
        row.tx_form = TX_TEXT;
        row.tx_text = span_of(texts[block % 3]);
        row.block = 200 + block % 3;
    }
    if ((r >> 52) % 7 == 0)
        row.from = opaque("somebody");
    if ((r >> 56) % 11 == 0)
        row.units = (struct u256){{1, 2, 3, 4}};
    if ((r >> 58) % 13 == 0)
        row.asset = (struct asset_key){.form = ASSET_NAMED, .contract = opaque("USD")};
    return row;
}

static void shuffle(struct ledger_row *rows, uint64_t count, uint64_t seed) {
    for (uint64_t i = count; i > 1; i--) {
        uint64_t k = next_random(&seed) % i;
        struct ledger_row swap = rows[i - 1];
        rows[i - 1] = rows[k];
        rows[k] = swap;
    }
}

static int by_block(const void *a, const void *b) {
    const struct ledger_row *x = a, *y = b;
    return x->block < y->block ? -1 : x->block > y->block;
}

struct data {
    struct sha256 identity;
    char text[65536]; /* the manifest's lines of data files, without their directory */
};

/* Identity and hashes; the bytes themselves are checked against the hashes by ledger_verify. */
static void read_data(const char *dir, struct data *ret) {
    struct ledger *l = open_ledger(dir);
    char path[PATH_BYTES_MAX], *text;
    uint64_t count;
    GOOD(ledger_verify(dir, 1, NULL, &err_for_good));
    ret->identity = *ledger_identity(l);
    ledger_close(l);
    GOOD(path_join(path, &err_for_good, dir, "manifest"));
    GOOD(file_read(path, 1 << 24, &text, &count, &err_for_good));
    size_t at = 0;
    const char *end = strstr(text, "segments ");
    for (const char *line = strstr(text, "file g"); line < end; line = strchr(line, '\n') + 1) {
        const char *from = line[0] == 'f' ? strchr(line, '/') : line;
        size_t bytes = (size_t)(strchr(line, '\n') + 1 - from);
        if (strncmp(from, "/notes", 6) == 0) {
            from += strcspn(from, " ");
            bytes = (size_t)(strchr(line, '\n') + 1 - from);
        }
        memcpy(ret->text + at, from, bytes);
        at += bytes;
    }
    ret->text[at] = '\0';
    memory_free(text);
}

static void assert_same(const struct data *a, const struct data *b) {
    assert_memory_equal(&a->identity, &b->identity, sizeof a->identity);
    assert_string_equal(a->text, b->text);
}

struct import_plan {
    struct ledger_writer_options options;
    uint64_t batch;
    bool one_commit_a_source, reversed;
};

static void import_sources(const char *dir, struct ledger_row rows[SOURCES][ROWS], struct import_plan plan) {
    struct chain chain = test_chain();
    struct ledger_writer *w = NULL;
    struct ledger_commit c;
    for (int i = 0; i < SOURCES; i++) {
        int source = plan.reversed ? SOURCES - 1 - i : i;
        if (w == NULL)
            GOOD(ledger_writer_open(&w, dir, &chain, plan.options, NULL, &err_for_good));
        add_source(w, (uint32_t)source, rows[source], ROWS, plan.batch);
        if (plan.one_commit_a_source || i == SOURCES - 1) {
            GOOD(ledger_writer_commit(w, &c, &err_for_good));
            w = NULL;
        }
    }
}

static struct ledger_row table[SOURCES][ROWS], changed[SOURCES][ROWS];

static void fill_table(uint64_t seed) {
    for (int i = 0; i < SOURCES; i++) {
        for (int k = 0; k < ROWS; k++) {
            table[i][k] = random_row(&seed);
            if (i && next_random(&seed) % 2)
                table[i][k] = table[0][next_random(&seed) % ROWS]; /* sources repeat each other */
        }
    }
}

static void test_order_changes_nothing(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        char dir[PATH_BYTES_MAX];
        struct data expected, got;
        print_message("seed %d\n", (int)seed);
        fill_table(seed * 7919);
        memcpy(changed, table, sizeof table);
        make_directory(dir);
        import_sources(dir, table, (struct import_plan){.batch = ROWS});
        read_data(dir, &expected);
        /* the same once more adds nothing and keeps the generation */
        struct ledger *l = open_ledger(dir);
        uint64_t generation = ledger_generation(l);
        ledger_close(l);
        import_sources(dir, table, (struct import_plan){.batch = 50});
        read_data(dir, &got);
        assert_same(&expected, &got);
        l = open_ledger(dir);
        assert_int_equal(ledger_generation(l), generation);
        ledger_close(l);
        GOOD(directory_remove(dir, &err_for_good));
        for (int variant = 0; variant < 12; variant++) {
            struct import_plan plan = {.batch = 1 + seed * 13,
                                       .one_commit_a_source = variant & 1,
                                       .reversed = variant & 2,
                                       .options = {.run_rows = variant & 4 ? 37 : 0,
                                                   .checkpoint_rows = 50,
                                                   .addresses_max = variant % 3 == 0 ? 6 : 0,
                                                   .threads = 1 + variant % 2}};
            for (int i = 0; i < SOURCES; i++) {
                shuffle(changed[i], ROWS, seed + (uint64_t)variant);
                if (variant >= 8) /* in block order: the fast path */
                    qsort(changed[i], ROWS, sizeof **changed, by_block);
            }
            make_directory(dir);
            import_sources(dir, changed, plan);
            read_data(dir, &got);
            assert_same(&expected, &got);
            GOOD(directory_remove(dir, &err_for_good));
        }
    }
}

static int by_place(const void *a, const void *b) {
    const struct ledger_row *x = a, *y = b;
    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

/* Rows that come in their order take a shorter way through a block. It must lead to the same place. */
static void test_rows_in_order(void **state) {
    (void)state;
    uint64_t seed = 77;
    for (int kind = 0; kind < 6; kind++) {
        char dir[PATH_BYTES_MAX];
        struct data expected, got;
        for (uint32_t i = 0; i < ROWS; i++) {
            uint64_t r = next_random(&seed);
            struct ledger_row *row = &table[0][i];
            *row = token(i / 20, i / 3, i % 20 * 3, (uint32_t)r % 9 + 1, (uint32_t)(r >> 8) % 9 + 1, 50, 7);
            if (i / 20 != i / 3 * 3 / 20) /* a transaction belongs to one block */
                memset(row->tx_hash + 4, (int)(i / 20 + 1), 4);
            row->tx_index = kind % 2 ? i / 3 : (uint32_t)ID_NONE;
            row->time = 1000 + i / 20;
            if (kind == 2 && r % 17 == 0)
                row->position = (uint32_t)ID_NONE;
            if (kind == 3 && r % 17 == 0)
                row->time = TIME_UNKNOWN;
            if (kind == 4 && r % 17 == 0)
                row->kind = r % 2 ? MOVEMENT_NATIVE : MOVEMENT_FEE;
            if (kind == 5 && r % 17 == 0)
                memcpy(row->tx_hash, table[0][i / 20 * 20].tx_hash, 32); /* a transaction's rows apart */
        }
        memcpy(changed[0], table[0], sizeof *table);
        qsort(table[0], ROWS, sizeof **table, by_place);
        shuffle(changed[0], ROWS, seed);
        make_directory(dir);
        import_rows(dir, table[0], ROWS);
        read_data(dir, &expected);
        GOOD(directory_remove(dir, &err_for_good));
        import_rows(dir, changed[0], ROWS);
        read_data(dir, &got);
        assert_same(&expected, &got);
        GOOD(directory_remove(dir, &err_for_good));
    }
}

/* Imports the table in the way a program does that may be killed: offsets are row numbers. */
static void import_again(const char *dir, struct ledger_row rows[SOURCES][ROWS], uint64_t addresses_max,
                         uint64_t *ret_first_offsets) {
    struct chain chain = test_chain();
    struct ledger_writer *w;
    struct ledger_commit c;
    struct ledger_writer_options options = {.run_rows = 61, .checkpoint_rows = 40, .addresses_max = addresses_max};
    GOOD(ledger_writer_open(&w, dir, &chain, options, NULL, &err_for_good));
    for (uint32_t i = 0; i < SOURCES; i++) {
        struct sha256 h = print_of(i);
        uint64_t offset, line;
        GOOD(ledger_writer_source(w, "source", &h, &offset, &line, &err_for_good));
        *ret_first_offsets += offset;
        for (uint64_t at = offset; at < ROWS; at += 17) {
            uint64_t some = ROWS - at < 17 ? ROWS - at : 17;
            GOOD(ledger_writer_add(w, rows[i] + at, some, at + some, at + some, &err_for_good));
        }
        GOOD(ledger_writer_source_end(w, &err_for_good));
    }
    GOOD(ledger_writer_commit(w, &c, &err_for_good));
    assert_int_equal(c.rows_read, SOURCES * ROWS);
}

/* The child is killed right after its nth allocation, which falls everywhere in the work. */
static void kill_child(const char *dir, struct ledger_row rows[SOURCES][ROWS], uint64_t addresses_max, useconds_t after) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        uint64_t offsets = 0;
        import_again(dir, rows, addresses_max, &offsets);
        _exit(0);
    }
    usleep(after);
    kill(child, SIGKILL);
    int how;
    waitpid(child, &how, 0);
}

static void test_kill(void **state) {
    (void)state;
    char dir[PATH_BYTES_MAX];
    struct data expected, got;
    uint64_t resumed = 0, seed = 42;
    fill_table(4711);
    memcpy(changed, table, sizeof table);
    for (int sorted = 0; sorted < 2; sorted++) {
        uint64_t offsets = 0;
        for (int i = 0; i < SOURCES && sorted; i++) {
            qsort(changed[i], ROWS, sizeof **changed, by_block);
            for (int k = 0; k < ROWS; k++)
                changed[i][k].block += (uint32_t)i * 1000; /* one source behind the other: the fast path to the end */
            for (int k = 0; k < ROWS; k++) {
                static const char *const texts[SOURCES][3] = {{"a1", "a2", "a3"}, {"b1", "b2", "b3"}, {"c1", "c2", "c3"}};
                changed[i][k].tx_hash[20] = (uint8_t)i;
                changed[i][k].tx_text = span_of(texts[i][changed[i][k].block % 3]);
            }
        }
        make_directory(dir);
        import_again(dir, changed, 0, &offsets);
        read_data(dir, &expected);
        GOOD(directory_remove(dir, &err_for_good));
        for (int i = 0; i < 25; i++) {
            uint64_t addresses_max = i % 2 ? 5 : 0;
            make_directory(dir);
            for (int kills = 0; kills < 3; kills++)
                kill_child(dir, changed, addresses_max, (useconds_t)(next_random(&seed) % 60000));
            import_again(dir, changed, addresses_max, &resumed);
            read_data(dir, &got);
            assert_same(&expected, &got);
            GOOD(directory_remove(dir, &err_for_good));
        }
    }
    print_message("%d rows were not read again\n", (int)resumed);
    assert_true(resumed > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_changes_nothing),
        cmocka_unit_test(test_rows_in_order),
        cmocka_unit_test(test_kill),
    };
    return cmocka_run_group_tests_name("ledger writer", tests, NULL, NULL);
}
