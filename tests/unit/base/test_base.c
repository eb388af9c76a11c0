/* base: integers against hand-worked and published values, memory limits and failure, files under failure, threads. */
#include "../unit.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/imjin-base-XXXXXX";

static void in_directory(char *ret_path, const char *name) {
    assert_int_equal(path_join(ret_path, NULL, directory, name), IMJIN_OK);
}

static int make_directory(void **state) {
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int drop_directory(void **state) {
    (void)state;
    return directory_remove(directory, NULL) == IMJIN_OK ? 0 : -1;
}

/* 2^128 - 1 and 2^256 - 1, from their definitions */
#define TEXT_2_128 "340282366920938463463374607431768211455"
#define TEXT_2_256 "115792089237316195423570985008687907853269984665640564039457584007913129639935"

static void u256_reads_and_prints_its_limits(void **state) {
    (void)state;
    struct u256 v;
    char text[U256_DIGITS_MAX];
    assert_true(u256_parse(TEXT_2_256, strlen(TEXT_2_256), &v));
    for (int i = 0; i < 4; i++)
        assert_true(v.word[i] == UINT64_MAX);
    assert_int_equal(u256_print(v, text), 78);
    assert_string_equal(text, TEXT_2_256);
    v = (struct u256){{1, 2, 3, 4}};
    const char *above = "115792089237316195423570985008687907853269984665640564039457584007913129639936";
    assert_false(u256_parse(above, strlen(above), &v));
    assert_true(v.word[0] == 1 && v.word[3] == 4); /* untouched on failure */
    assert_false(u256_parse("", 0, &v));
    assert_false(u256_parse("-1", 2, &v));
    assert_false(u256_parse("0x10", 4, &v));
    assert_false(u256_parse("1e3", 3, &v));
    assert_false(u256_parse(" 1", 2, &v));
    assert_true(u256_parse("000", 3, &v));
    u256_print(v, text);
    assert_string_equal(text, "0");
}

static void u256_adds_and_subtracts_with_carry(void **state) {
    (void)state;
    struct u256 one = {{1}}, all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}}, sum = {{7}};
    assert_false(u256_add(all, one, &sum));
    assert_true(sum.word[0] == 7);
    struct u256 low = {{UINT64_MAX, UINT64_MAX, 0, 0}};
    assert_true(u256_add(low, one, &sum));
    assert_true(sum.word[0] == 0 && sum.word[1] == 0 && sum.word[2] == 1 && sum.word[3] == 0);
    assert_true(u256_sub(sum, one, &sum));
    assert_int_equal(u256_compare(sum, low), 0);
    assert_false(u256_sub(one, low, &sum));
    assert_int_equal(u256_compare(one, low), -1);
    assert_int_equal(u256_compare(low, one), 1);
}

static void u256_is_big_endian_outside(void **state) {
    (void)state;
    uint8_t bytes[32] = {0}, back[32];
    bytes[31] = 0x2a;
    bytes[0] = 0x80;
    struct u256 v = u256_from_be(bytes);
    assert_true(v.word[0] == 0x2a && v.word[3] == (uint64_t)1 << 63);
    u256_to_be(v, back);
    assert_memory_equal(bytes, back, 32);
}

static void u128_reads_and_prints_its_limits(void **state) {
    (void)state;
    u128 v = 5;
    char text[U128_DIGITS_MAX];
    assert_true(u128_parse(TEXT_2_128, strlen(TEXT_2_128), &v));
    assert_true(v == U128_MAX);
    assert_int_equal(u128_print(v, text), 39);
    assert_string_equal(text, TEXT_2_128);
    assert_false(u128_parse("340282366920938463463374607431768211456", 39, &v));
    uint64_t small = 9;
    assert_true(u64_parse("18446744073709551615", 20, &small));
    assert_true(small == UINT64_MAX);
    assert_false(u64_parse("18446744073709551616", 20, &small));
}

/* x = q * d + r is checked by arithmetic of another kind: 256-bit decimal steps */
static void mul_div_is_the_floor(void **state) {
    (void)state;
    assert_true(mul_div_u128(10, 10, 3) == 33);
    assert_true(mul_div_u128(U128_MAX, U128_MAX, U128_MAX) == U128_MAX);
    assert_true(mul_div_u128(U128_MAX, 1, 2) == U128_MAX / 2);
    assert_true(mul_div_u128(U128_MAX - 1, U128_MAX, U128_MAX) == U128_MAX - 1);
    assert_true(mul_div_u128(U128_MAX, 2, 3) == (U128_MAX / 3) * 2); /* 2^128 - 1 is a multiple of 3 */
    u128 half = (u128)1 << 127;
    assert_true(mul_div_u128(half, half, half + 1) == half - 1); /* 2^254 = (2^127+1)(2^127-1) + 1 */
}

static void mul_div_splits_add_up(void **state) {
    (void)state;
    uint64_t seed = 42;
    for (int i = 0; i < 20000; i++) {
        u128 words[2];
        for (int k = 0; k < 2; k++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            words[k] = (u128)seed << 64 | seed * 0x9e3779b97f4a7c15u;
            words[k] >>= seed >> 57;
        }
        u128 n = words[0] + 1 ? words[0] + 1 : 1, claim = words[1], at = n / 3;
        u128 first = mul_div_u128(claim, at, n);
        assert_true(first <= claim && mul_div_u128(claim, n, n) == claim);
        assert_true(mul_div_u128(claim, at / 2, n) <= first);
    }
}

static void error_line_says_where_and_what(void **state) {
    (void)state;
    struct error err;
    char line[1024];
    assert_int_equal(fail_value(&err, "transfers.csv", 1042, "to", "0x09\n", 5, "is not an address (%d hex digits)", 41),
                     IMJIN_BAD_INPUT);
    error_print(&err, line, sizeof line);
    assert_string_equal(line, "transfers.csv:1042: \"to\" is not an address (41 hex digits): 0x09\\x0a");
    error_print(&err, line, 10);
    assert_string_equal(line, "transfers");
    assert_int_equal(fail_value(&err, NULL, 0, NULL, "0x09", 4, "is not an address"), IMJIN_BAD_INPUT);
    error_print(&err, line, sizeof line);
    assert_string_equal(line, "\"0x09\" is not an address");
    assert_int_equal(fail(NULL, IMJIN_USAGE, "nobody listens"), IMJIN_USAGE);
}

static void escape_never_overflows(void **state) {
    (void)state;
    char in[300], out[64];
    memset(in, 0xff, sizeof in);
    for (uint64_t room = 1; room <= sizeof out; room++) {
        memset(out, 'x', sizeof out);
        escape_ascii(out, room, in, sizeof in);
        assert_true(strlen(out) < room);
    }
    escape_ascii(out, sizeof out, "a\0b", 3);
    assert_string_equal(out, "a\\x00b");
}

static void buffer_states_its_maximum(void **state) {
    (void)state;
    struct buffer b = {.item_bytes = sizeof(int), .items_max = 3, .what = "things"};
    struct error err;
    for (int i = 0; i < 3; i++)
        assert_int_equal(buffer_push(&b, &i, NULL, &err), IMJIN_OK);
    assert_int_equal(buffer_push(&b, NULL, NULL, &err), IMJIN_BAD_INPUT);
    assert_string_equal(err.text, "more than 3 things");
    assert_int_equal(((int *)b.items)[2], 2);
    buffer_done(&b);
}

static void arena_keeps_its_budget(void **state) {
    (void)state;
    struct arena a = {.budget_bytes = 100000};
    assert_non_null(arena_new(&a, 1, 70000));
    assert_null(arena_new(&a, 1, 40000));
    assert_null(arena_new(&a, SIZE_MAX, 2));
    char *text = arena_text(&a, "abc", 3);
    assert_string_equal(text, "abc");
    assert_true((uintptr_t)arena_new(&a, 1, 1) % 16 == 0);
    arena_done(&a);
}

static void allocation_failure_comes_when_asked(void **state) {
    (void)state;
    memory_fail_at(2, false);
    void *first = memory_new(1, 1), *second = memory_new(1, 1), *third = memory_new(1, 1);
    memory_fail_at(0, false);
    assert_non_null(first);
    assert_null(second);
    assert_non_null(third);
    memory_free(first);
    memory_free(third);
    assert_null(memory_resize(NULL, SIZE_MAX, 2));
}

static void text_sticks_to_its_first_error(void **state) {
    (void)state;
    struct text t = {.bytes_max = 8};
    text_add_string(&t, "1234567");
    assert_int_equal(t.status, IMJIN_OK);
    text_add_string(&t, "89");
    assert_int_equal(text_status(&t, NULL), IMJIN_BAD_INPUT);
    assert_string_equal(t.bytes, "1234567");
    text_clear(&t);
    text_add_format(&t, "%d", 42);
    assert_string_equal(t.bytes, "42");
    text_done(&t);
    struct text longer = {0};
    text_add_format(&longer, "%0600d", 7);
    assert_int_equal(longer.count, 600);
    text_done(&longer);
}

/* SHA-256 of "abc": FIPS 180-2, appendix B.1 */
static const char abc_hash[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/* Every length around the borders of blocks and of padding, against OpenSSL. */
static void sha256_of_two_blocks_at_once(void **state) {
    (void)state;
    enum { LONGEST = 300 };
    uint8_t bytes[2][LONGEST];
    for (unsigned i = 0; i < LONGEST; i++) {
        bytes[0][i] = (uint8_t)(i * 7 + 1);
        bytes[1][i] = (uint8_t)(i * i + 3);
    }
    for (uint64_t count = 0; count <= LONGEST; count++) {
        const void *const blocks[2] = {bytes[0], bytes[1]};
        struct sha256 both[2], one;
        assert_int_equal(sha256_of_pair(blocks, count, both, NULL), IMJIN_OK);
        for (unsigned i = 0; i < 2; i++) {
            assert_int_equal(sha256_of(blocks[i], count, &one, NULL), IMJIN_OK);
            assert_memory_equal(both[i].bytes, one.bytes, sizeof one.bytes);
        }
    }
}

/* Lengths that differ from one to the next, so that the lanes end at different times; every count of them. */
static void sha256_of_many_lengths(void **state) {
    (void)state;
    enum { LONGEST = 400, JOBS = 37 };
    uint8_t bytes[LONGEST];
    struct hash_job jobs[JOBS];
    for (unsigned i = 0; i < LONGEST; i++)
        bytes[i] = (uint8_t)(i * 11 + 5);
    for (unsigned i = 0; i < JOBS; i++)
        jobs[i] = (struct hash_job){bytes + i, i * 61 % (LONGEST - JOBS)};
    for (unsigned count = 0; count <= JOBS; count++) {
        struct sha256 each[JOBS + 1] = {0}, one;
        assert_int_equal(sha256_of_each(jobs, count, each, NULL), IMJIN_OK);
        for (unsigned i = 0; i < count; i++) {
            assert_int_equal(sha256_of(jobs[i].bytes, jobs[i].count, &one, NULL), IMJIN_OK);
            assert_memory_equal(each[i].bytes, one.bytes, sizeof one.bytes);
        }
        assert_memory_equal(each[count].bytes, &(struct sha256){0}, sizeof one.bytes);
    }
}

static void sha256_of_the_standard_text(void **state) {
    (void)state;
    struct sha256 h, back;
    char hex[65];
    assert_int_equal(sha256_of("abc", 3, &h, NULL), IMJIN_OK);
    sha256_print(&h, hex);
    assert_string_equal(hex, abc_hash);
    assert_true(sha256_parse(hex, &back));
    assert_memory_equal(&h, &back, sizeof h);
    hex[5] = 'G';
    assert_false(sha256_parse(hex, &back));
}

static void writer_hashes_and_appends(void **state) {
    (void)state;
    char path[PATH_BYTES_MAX], hex[65], *bytes;
    uint64_t count;
    struct file_writer *w;
    struct sha256 h;
    in_directory(path, "appended");
    assert_int_equal(file_writer_open(&w, path, FILE_CREATE, 0, false, NULL), IMJIN_OK);
    file_write(w, "0123456789", 10);
    assert_int_equal(file_writer_close(w, NULL, NULL), IMJIN_OK);
    assert_int_equal(file_writer_open(&w, path, FILE_APPEND, 4, true, NULL), IMJIN_OK);
    file_write(w, "a", 1);
    file_write(w, "bc", 2);
    assert_int_equal(file_written(w), 3);
    assert_int_equal(file_writer_close(w, &h, NULL), IMJIN_OK);
    sha256_print(&h, hex);
    assert_string_equal(hex, abc_hash); /* only what this writer wrote */
    assert_int_equal(file_read(path, 100, &bytes, &count, NULL), IMJIN_OK);
    assert_string_equal(bytes, "0123abc");
    memory_free(bytes);
    assert_int_equal(file_read(path, 6, &bytes, &count, NULL), IMJIN_BAD_INPUT);
}

static void writer_takes_blocks_larger_than_its_buffer(void **state) {
    (void)state;
    char path[PATH_BYTES_MAX];
    uint64_t count = ((uint64_t)3 << 20) + 17;
    char *block = memory_new(count, 1);
    struct file_writer *w;
    struct mapping m;
    memset(block, 'z', count);
    in_directory(path, "large");
    assert_int_equal(file_writer_open(&w, path, FILE_CREATE, 0, true, NULL), IMJIN_OK);
    file_write(w, "ab", 2);
    file_write(w, block, count);
    file_write(w, "c", 1);
    assert_int_equal(file_writer_close(w, NULL, NULL), IMJIN_OK);
    assert_int_equal(mapping_open(&m, path, NULL), IMJIN_OK);
    assert_int_equal(m.count, count + 3);
    assert_true(m.bytes[1] == 'b' && m.bytes[2] == 'z' && m.bytes[count + 2] == 'c');
    mapping_close(&m);
    assert_int_equal(mapping_open_prefix(&m, path, count + 4, NULL), IMJIN_BAD_INPUT);
    memory_free(block);
}

static void a_full_disk_is_reported_at_close(void **state) {
    (void)state;
    struct file_writer *w;
    struct error err;
    assert_int_equal(file_writer_open(&w, "/dev/full", FILE_CREATE, 0, false, NULL), IMJIN_OK);
    file_write(w, "x", 1);
    assert_int_equal(file_writer_close(w, NULL, &err), IMJIN_MACHINE);
    assert_non_null(strstr(err.text, "No space left"));
}

static void replacing_leaves_old_or_new(void **state) {
    (void)state;
    char path[PATH_BYTES_MAX], *bytes;
    uint64_t count;
    struct rlimit limit, small = {16, RLIM_INFINITY};
    in_directory(path, "replaced");
    assert_int_equal(file_replace(path, "old", 3, NULL), IMJIN_OK);
    getrlimit(RLIMIT_FSIZE, &limit);
    small.rlim_max = limit.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    enum imjin_status status = file_replace(path, "new and longer than the limit", 29, NULL);
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_int_equal(status, IMJIN_MACHINE);
    assert_int_equal(file_read(path, 100, &bytes, &count, NULL), IMJIN_OK);
    assert_string_equal(bytes, "old");
    memory_free(bytes);
}

static void directories_are_listed_sorted_and_removed(void **state) {
    (void)state;
    char path[PATH_BYTES_MAX], deep[PATH_BYTES_MAX], **names;
    size_t count;
    in_directory(path, "tree");
    in_directory(deep, "tree/b/c");
    assert_int_equal(directory_make(deep, NULL), IMJIN_OK);
    assert_int_equal(directory_make(deep, NULL), IMJIN_OK);
    in_directory(deep, "tree/a");
    assert_int_equal(file_replace(deep, "", 0, NULL), IMJIN_OK);
    assert_int_equal(directory_list(path, &names, &count, NULL), IMJIN_OK);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "a");
    assert_string_equal(names[1], "b");
    for (size_t i = 0; i < count; i++)
        memory_free(names[i]);
    memory_free(names);
    assert_int_equal(directory_remove(path, NULL), IMJIN_OK);
    assert_false(directory_exists(path));
    assert_int_equal(directory_remove(path, NULL), IMJIN_OK);
    assert_int_equal(directory_list(path, &names, &count, NULL), IMJIN_NOT_FOUND);
}

static void a_lock_is_held_by_one_process(void **state) {
    (void)state;
    char path[PATH_BYTES_MAX];
    struct file_lock lock, other;
    int code;
    in_directory(path, "lock");
    assert_int_equal(file_lock_take(&lock, path, NULL), IMJIN_OK);
    pid_t child = fork();
    if (child == 0)
        _exit(file_lock_take(&other, path, NULL) == IMJIN_MACHINE ? 0 : 1);
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
    file_lock_release(&lock);
    assert_int_equal(file_lock_take(&lock, path, NULL), IMJIN_OK);
    file_lock_release(&lock);
}

static enum imjin_status mark(void *context, uint64_t i, struct error *err) {
    (void)err;
    ((atomic_int *)context)[i]++;
    return IMJIN_OK;
}

static enum imjin_status fail_from_seven(void *context, uint64_t i, struct error *err) {
    (void)context;
    return i >= 7 ? fail(err, IMJIN_BAD_INPUT, "item %d", (int)i) : IMJIN_OK;
}

static void parallel_work_is_done_once_each(void **state) {
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads++) {
        atomic_int done[100] = {0};
        struct error err;
        assert_int_equal(parallel_for(threads, 100, mark, done, &err), IMJIN_OK);
        for (int i = 0; i < 100; i++)
            assert_int_equal(done[i], 1);
        assert_int_equal(parallel_for(threads, 100, fail_from_seven, NULL, &err), IMJIN_BAD_INPUT);
        assert_string_equal(err.text, "item 7");
    }
    assert_int_equal(parallel_for(2, 0, mark, NULL, NULL), IMJIN_OK);
}

static void progress_stops_on_request(void **state) {
    (void)state;
    atomic_bool stop = false;
    struct progress p = {.stop = &stop};
    struct error err;
    assert_int_equal(progress_step(NULL, "w", "rows", 1, 2, &err), IMJIN_OK);
    assert_int_equal(progress_step(&p, "w", "rows", 1, 2, &err), IMJIN_OK);
    stop = true;
    assert_int_equal(progress_step(&p, "w", "rows", 1, 2, &err), IMJIN_MACHINE);
}

static void paths_are_bounded(void **state) {
    (void)state;
    char path[PATH_BYTES_MAX] = "kept", name[PATH_BYTES_MAX];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(path_join(path, NULL, "d", name), IMJIN_USAGE);
    assert_string_equal(path, "kept");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(u256_reads_and_prints_its_limits),
        cmocka_unit_test(u256_adds_and_subtracts_with_carry),
        cmocka_unit_test(u256_is_big_endian_outside),
        cmocka_unit_test(u128_reads_and_prints_its_limits),
        cmocka_unit_test(mul_div_is_the_floor),
        cmocka_unit_test(mul_div_splits_add_up),
        cmocka_unit_test(error_line_says_where_and_what),
        cmocka_unit_test(escape_never_overflows),
        cmocka_unit_test(buffer_states_its_maximum),
        cmocka_unit_test(arena_keeps_its_budget),
        cmocka_unit_test(allocation_failure_comes_when_asked),
        cmocka_unit_test(text_sticks_to_its_first_error),
        cmocka_unit_test(sha256_of_the_standard_text),
        cmocka_unit_test(sha256_of_two_blocks_at_once),
        cmocka_unit_test(sha256_of_many_lengths),
        cmocka_unit_test(writer_hashes_and_appends),
        cmocka_unit_test(writer_takes_blocks_larger_than_its_buffer),
        cmocka_unit_test(a_full_disk_is_reported_at_close),
        cmocka_unit_test(replacing_leaves_old_or_new),
        cmocka_unit_test(directories_are_listed_sorted_and_removed),
        cmocka_unit_test(a_lock_is_held_by_one_process),
        cmocka_unit_test(parallel_work_is_done_once_each),
        cmocka_unit_test(progress_stops_on_request),
        cmocka_unit_test(paths_are_bounded),
    };
    return cmocka_run_group_tests(tests, make_directory, drop_directory);
}
