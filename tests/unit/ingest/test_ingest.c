/* Whole imports: detection, order, repetition, resumption, threads, stop requests, failing memory. */
#include "ingest_fixture.h"

#include <unistd.h>
#include <zlib.h>

#include "ingest/limits.h"

#define MOVEMENTS "time,block,tx,from,to,asset,amount\n"

/* ---- formats ---- */

static void test_formats(void **state) {
    (void)state;
    assert_int_equal(ingest_format_count(), 11);
    for (unsigned i = 0; i < ingest_format_count(); i++) {
        const struct ingest_format *f = ingest_format_at(i);
        assert_ptr_equal(ingest_format_find(f->name), f);
        assert_true(strlen(f->description) > 10);
        if (i)
            assert_true(strcmp(ingest_format_at(i - 1)->name, f->name) < 0);
    }
    assert_null(ingest_format_at(ingest_format_count()));
    assert_null(ingest_format_find("parquet"));
}

static void test_detect(void **state) {
    (void)state;
    struct ingest_detection d;
    struct error err = {0};
    struct ingest_options o = options();
    assert_int_equal(ingest_detect(&d, put("plain", MOVEMENTS), &o, &err), IMJIN_OK);
    assert_string_equal(d.format->name, "movements");
    assert_string_equal(d.syntax, "CSV");
    assert_string_equal(d.compression, "plain");
    assert_non_null(strstr(d.reason, "time, block"));
    assert_int_equal(ingest_detect(&d, put("s", "Time;Block; TX ;from;to;asset;amount\n"), &o, &err), IMJIN_OK);
    assert_string_equal(d.syntax, "CSV (semicolons)");
    gzFile f = gzopen(in_directory("t.gz"), "wb");
    assert_non_null(f);
    gzputs(f, "kind\tpool_eth\tblock\tutc_ts\ttx_hash\tleaf_index\tto\tfee_wei\n");
    gzclose(f);
    assert_int_equal(ingest_detect(&d, in_directory("t.gz"), &o, &err), IMJIN_OK);
    assert_string_equal(d.format->name, "tornado-events");
    assert_string_equal(d.compression, "gzip");
    o.format = "explorer";
    assert_int_equal(ingest_detect(&d, in_directory("plain"), &o, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "not in the format explorer: missing hash"));
    o.format = "none";
    assert_int_equal(ingest_detect(&d, in_directory("plain"), &o, &err), IMJIN_USAGE);
    o.format = "auto";
    assert_int_equal(ingest_detect(&d, in_directory("absent"), &o, &err), IMJIN_NOT_FOUND);
}

/* An export of nothing is an empty file; that is fine when its format is said. */
static void test_empty(void **state) {
    (void)state;
    struct ingest_options o = options();
    o.format = "etl-traces";
    struct ingest_file f = import_text("l", "ethereum", "", o);
    assert_int_equal(f.rows, 0);
    o.format = "explorer";
    f = import_text("l", "ethereum", "", o);
    assert_int_equal(f.rows, 0);
}

static void test_decimals(void **state) {
    (void)state;
    struct error err = {0};
    struct ingest_options o = options();
    const char *path = put("plain", MOVEMENTS);
    o.decimals = 78;
    assert_int_equal(import_with("bad", "ethereum", &path, 1, o, NULL, &err), IMJIN_USAGE);
}

/* ---- one ledger whatever the way ---- */

enum { ROWS = 3000 };

/* Rows of a small economy in an order of its own: blocks go up and down, times with them. */
static void add_row(struct text *t, unsigned i) {
    unsigned n = i * 1664525u + 1013904223u, block = 100 + (n >> 9) % 50;
    text_add_format(t, "%u,%u,0x%064x,0x%040x,0x%040x,%s,%u\n", 1600000000 + block, block, (block << 8) + (n >> 16) % 5,
                    1 + (n >> 5) % 40, 1 + (n >> 12) % 40, n % 3 ? "" : "USD", n % 7);
}

static struct text rows_between(unsigned first, unsigned last) {
    struct text t = {0};
    text_add_string(&t, MOVEMENTS);
    for (unsigned i = first; i < last; i++)
        add_row(&t, i);
    return t;
}

static void write_rows(const char *name, unsigned first, unsigned last) {
    struct text t = rows_between(first, last);
    put_bytes(name, t.bytes, t.count);
    text_done(&t);
}

static void import_named(const char *ledger, const char *const *names, unsigned count, unsigned threads) {
    const char *paths[8];
    char kept[8][160];
    struct error err = {0};
    struct ingest_options o = options();
    o.threads = threads;
    for (unsigned i = 0; i < count; i++) {
        snprintf(kept[i], sizeof kept[i], "%s", in_directory(names[i]));
        paths[i] = kept[i];
    }
    assert_good(import_with(ledger, "ethereum", paths, count, o, NULL, &err), &err);
}

static void pack(const char *name) {
    struct error err = {0};
    char *bytes, packed[160];
    uint64_t count;
    assert_int_equal(file_read(in_directory(name), 1 << 24, &bytes, &count, &err), IMJIN_OK);
    snprintf(packed, sizeof packed, "%s.gz", in_directory(name));
    gzFile f = gzopen(packed, "wb");
    assert_non_null(f);
    assert_int_equal(gzwrite(f, bytes, (unsigned)count), (int)count);
    gzclose(f);
    memory_free(bytes);
}

static void assert_same(const char *a, const char *b) {
    struct sha256 first = identity_of(a), second = identity_of(b);
    assert_memory_equal(&first, &second, sizeof first);
}

/* Blocks unsorted, times backwards, files in any order, the same rows in two files, packed or not, twice: the same bytes. */
static void test_same_ledger(void **state) {
    (void)state;
    write_rows("all", 0, ROWS);
    write_rows("left", 0, 1800);
    write_rows("right", 1800, ROWS);
    write_rows("middle", 1000, 2000);
    pack("all");
    import_named("whole", (const char *[]){"all"}, 1, 1);
    import_named("packed", (const char *[]){"all.gz"}, 1, 2);
    assert_same("whole", "packed");
    import_named("twice", (const char *[]){"all"}, 1, 1);
    import_named("twice", (const char *[]){"all.gz"}, 1, 2);
    assert_same("whole", "twice");
    import_named("order", (const char *[]){"left", "right"}, 2, 1);
    import_named("other", (const char *[]){"right", "left"}, 2, 1);
    assert_same("order", "other");
    import_named("later", (const char *[]){"right"}, 1, 1);
    import_named("later", (const char *[]){"left"}, 1, 1);
    import_named("later", (const char *[]){"middle"}, 1, 1);
    import_named("overlap", (const char *[]){"left", "middle", "right"}, 3, 1);
    assert_same("later", "overlap");
}

/* ---- stopped and resumed ---- */

struct stopper {
    atomic_bool stop;
    uint64_t after;
};

static void stop_after(void *context, const char *what, const char *unit, uint64_t done, uint64_t total) {
    struct stopper *s = context;
    (void)what, (void)total;
    if (strcmp(unit, "bytes") == 0 && done >= s->after)
        atomic_store(&s->stop, true);
}

/* Starts an import that is asked to stop; what it had read is kept in the journal. */
static void import_interrupted(const char *ledger, const char *name, uint64_t after) {
    struct stopper stopper = {.after = after};
    const struct progress p = {stop_after, &stopper, &stopper.stop};
    struct error err = {0};
    struct chain chain;
    struct ledger_writer *w;
    struct ingest_result result;
    struct ingest_options o = options();
    const char *path = in_directory(name);
    assert_int_equal(chain_find(&chain, "ethereum", NULL), IMJIN_OK);
    assert_good(ledger_writer_open(&w, in_directory(ledger), &chain, (struct ledger_writer_options){.threads = 1}, NULL, &err),
                &err);
    assert_int_equal(ingest_files(w, &result, &chain, &path, 1, &o, &p, &err), IMJIN_MACHINE);
    ledger_writer_abandon(w, true);
}

static void assert_resumes(const char *name, uint64_t after) {
    struct error err = {0};
    assert_good(directory_remove(in_directory("one-go"), &err), &err);
    import_named("one-go", (const char *[]){name}, 1, 1);
    for (unsigned stops = 1; stops <= 3; stops++) {
        assert_good(directory_remove(in_directory("resumed"), &err), &err);
        for (unsigned i = 0; i < stops; i++)
            import_interrupted("resumed", name, after * i + 1);
        import_named("resumed", (const char *[]){name}, 1, 1);
        assert_same("one-go", "resumed");
    }
}

/* Many accounts' exports in one file, each a source of its own; the same transfers stand in several. */
static void write_sections(const char *name) {
    struct text t = {0};
    text_add_string(&t, "hacker_address,tx_type,hash,blockNumber,timeStamp,from,to,value\n");
    for (unsigned section = 0; section < 40; section++)
        for (unsigned i = 0; i < 150; i++)
            text_add_format(&t, "account-%u,internal,0x%064x,%u,1638369182,0x%040x,0x%040x,%u\n", section, section * 100 + i,
                            100 + (section * 100 + i) % 30, 1 + section, 2 + section, i % 50);
    put_bytes(name, t.bytes, t.count);
    text_done(&t);
}

/* Transactions of some calls each, one of which failed with all under it. */
static void write_traces(const char *name) {
    struct text t = {0};
    text_add_string(
        &t, "block_number,transaction_hash,transaction_index,from_address,to_address,value,trace_type,trace_address,error\n");
    for (unsigned tx = 0; tx < 900; tx++)
        for (unsigned i = 0; i < 7; i++)
            text_add_format(&t, "%u,0x%064x,%u,0x%040x,0x%040x,%u,call,%s,%s\n", 1 + tx / 20, 1 + tx, tx % 20, 1 + i, 2 + i,
                            10 + tx, (const char *[]){"", "0", "1", "\"1,0\"", "\"1,0,0\"", "\"1,1\"", "2"}[i],
                            i == 2 ? "Reverted" : "");
    put_bytes(name, t.bytes, t.count);
    text_done(&t);
}

static void test_resumed(void **state) {
    (void)state;
    write_sections("sections");
    write_traces("traces");
    pack("sections");
    assert_resumes("all", 200000);
    assert_resumes("all.gz", 1);
    assert_resumes("sections", 300000);
    assert_resumes("sections.gz", 1);
    assert_resumes("traces", 250000);
    struct ledger *l = open_ledger("one-go");
    assert_int_equal(ledger_counts(l)->movements, 900 * 3); /* of seven calls one failed and three stood under it */
    ledger_close(l);
}

/* The same file read in another way is another source: what an import that was stopped had read is not taken for its beginning.
 */
static void test_resumed_otherwise(void **state) {
    (void)state;
    struct error err = {0};
    struct ingest_options o = options();
    struct ingest_result result;
    char kept[160];
    const char *path = kept;
    snprintf(kept, sizeof kept, "%s", in_directory("all"));
    assert_good(directory_remove(in_directory("resumed"), &err), &err);
    import_interrupted("resumed", "all", 200000);
    o.decimals = 3;
    assert_good(import_with("resumed", "ethereum", &path, 1, o, &result, &err), &err);
    assert_int_equal(result.files[0].resumed_line, 0);
    assert_int_equal(result.files[0].rows, ROWS);
    ingest_result_done(&result);
    assert_good(import_with("otherwise", "ethereum", &path, 1, o, NULL, &err), &err);
    assert_same("resumed", "otherwise");
}

/* ---- standard input ---- */

static void test_standard_input(void **state) {
    (void)state;
    struct error err = {0};
    const char *paths[1] = {"-"};
    int kept = dup(STDIN_FILENO);
    assert_non_null(freopen(in_directory("all.gz"), "rb", stdin));
    assert_int_equal(lseek(STDIN_FILENO, 0, SEEK_SET), 0);
    assert_good(import_with("stdin", "ethereum", paths, 1, options(), NULL, &err), &err);
    assert_true(dup2(kept, STDIN_FILENO) == STDIN_FILENO);
    close(kept);
    assert_same("whole", "stdin");
}

/* ---- memory ---- */

/* Every allocation of an import fails in turn: nothing is committed, nothing is lost, and it works the next time. */
static void test_memory(void **state) {
    (void)state;
    static const char *const texts[] = {
        MOVEMENTS "1600000000,7,,alice,bob,USD,5\n1600000000,7,t,bob,alice,,6\n",
        "{\"number\":7,\"timestamp\":1,\"miner\":\"\"}\n",
        "hacker_address,tx_type,hash,blockNumber,timeStamp,from,to,value,contractAddress,tokenSymbol,tokenDecimal\n"
        "a,erc20," HASH("0001") ",1,1," ADDRESS("0001") "," ADDRESS("0002") ",1," ADDRESS(
            "dddd") ",DAI,18\n"
                    "b,normal," HASH("0001") ",1,1," ADDRESS("0001") ",,1,,,\n",
    };
    for (unsigned i = 0; i < 3; i++) {
        char kept[160];
        const char *path = kept;
        struct error err = {0};
        snprintf(kept, sizeof kept, "%s", put("memory", texts[i]));
        enum imjin_status status = IMJIN_MACHINE;
        for (uint64_t n = 1; status != IMJIN_OK; n++) {
            assert_good(directory_remove(in_directory("mem"), &err), &err);
            memory_fail_at(n, false);
            status = import_with("mem", "planted", &path, 1, options(), NULL, &err);
            memory_fail_at(0, false);
            if (status != IMJIN_OK) {
                assert_int_equal(status, IMJIN_MACHINE);
                assert_false(file_exists(in_directory("mem/manifest")));
            }
            assert_true(n < 1000);
        }
    }
}

/* One transaction in two blocks: the error names both lines, or the one that is in these files. */
static void test_fork(void **state) {
    (void)state;
    static const char header[] = "time,block,tx,from,to,asset,amount\n", one[] = "2020-01-01,1,first,anna,bert,USD,5\n",
                      other[] = "2020-01-01,2,second,bert,carl,USD,5\n", again[] = "2020-01-02,7,first,anna,bert,USD,5\n";
    char text[1024];
    struct error err = {0};
    snprintf(text, sizeof text, "%s%s%s", header, other, one);
    const char *a = strdup(put("fork-a.csv", text));
    snprintf(text, sizeof text, "%s\n%s", header, again);
    const char *b = strdup(put("fork-b.csv", text)), *both[] = {a, b};
    assert_int_equal(import_with("fork", "planted", both, 2, options(), NULL, &err), IMJIN_BAD_INPUT);
    struct chain chain;
    struct ingest_options o = options();
    assert_int_equal(chain_find(&chain, "planted", NULL), IMJIN_OK);
    ingest_find_fork(&err, &chain, both, 2, &o);
    assert_string_equal(err.file, b);
    assert_int_equal(err.line, 3);
    assert_string_equal(err.value, "first");
    assert_non_null(strstr(err.text, "stands in block 1 (")), assert_non_null(strstr(err.text, "fork-a.csv:3) and in block 7"));
    assert_false(directory_exists(in_directory("fork/g0001")));
    assert_good(import_with("fork", "planted", &a, 1, options(), NULL, &err), &err);
    assert_int_equal(import_with("fork", "planted", &b, 1, options(), NULL, &err), IMJIN_BAD_INPUT);
    ingest_find_fork(&err, &chain, &b, 1, &o);
    assert_int_equal(err.line, 3);
    assert_non_null(strstr(err.text, "(this line says block 7)"));
    free((void *)a), free((void *)b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_detect),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_decimals),
        cmocka_unit_test(test_same_ledger),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_resumed_otherwise),
        cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_fork),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
