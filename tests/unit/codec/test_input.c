/* Compressed input: what comes out, with one thread and with two, and every way of being damaged. */
#include "../unit.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "codec/codec.h"

static char *sample(uint64_t count) {
    char *bytes = malloc(count + 1);
    uint64_t state = 42;
    assert_non_null(bytes);
    for (uint64_t i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = "0123456789abcdef,\n"[(state >> 33) % 18];
    }
    bytes[count] = '\0';
    return bytes;
}

/* Adds one gzip member. */
static void add_gzip(struct text *out, const char *bytes, uint64_t count) {
    z_stream z = {0};
    char packed[4096];
    int came;
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)bytes;
    z.avail_in = (uInt)count;
    do {
        z.next_out = (unsigned char *)packed;
        z.avail_out = sizeof packed;
        came = deflate(&z, Z_FINISH);
        text_add(out, packed, sizeof packed - z.avail_out);
    } while (came != Z_STREAM_END);
    deflateEnd(&z);
}

static void add_zstd(struct text *out, const char *bytes, uint64_t count) {
    size_t room = ZSTD_compressBound(count);
    char *packed = malloc(room);
    assert_non_null(packed);
    size_t done = ZSTD_compress(packed, room, bytes, count, 3);
    assert_false(ZSTD_isError(done));
    text_add(out, packed, done);
    free(packed);
}

/* Everything that comes out, in steps of odd size. */
static enum imjin_status read_all(struct input *in, struct text *out, struct error *err) {
    char bytes[40009];
    uint64_t some;
    do {
        TRY(input_read(in, bytes, sizeof bytes, &some, err));
        text_add(out, bytes, some);
    } while (some);
    return IMJIN_OK;
}

static enum imjin_status unpack(const char *bytes, uint64_t count, unsigned threads, struct text *out, struct error *err) {
    struct input *in;
    TRY(input_open_memory(&in, "f", bytes, count, threads, err));
    enum imjin_status status = read_all(in, out, err);
    input_close(in);
    return status;
}

static void assert_unpacks(const struct text *stored, const char *bytes, uint64_t count) {
    for (unsigned threads = 1; threads <= 2; threads++) {
        struct text out = {0};
        assert_int_equal(unpack(stored->bytes, stored->count, threads, &out, NULL), IMJIN_OK);
        assert_int_equal(out.count, count);
        assert_true(count == 0 || memcmp(out.bytes, bytes, count) == 0);
        text_done(&out);
    }
}

static void assert_refused(const char *bytes, uint64_t count, const char *says) {
    for (unsigned threads = 1; threads <= 2; threads++) {
        struct text out = {0};
        struct error err = {0};
        assert_int_equal(unpack(bytes, count, threads, &out, &err), IMJIN_BAD_INPUT);
        if (strstr(err.text, says) == NULL)
            fail_msg("said: %s", err.text);
        assert_string_equal(err.file, "f");
        text_done(&out);
    }
}

static void test_packings(void **state) {
    (void)state;
    enum { COUNT = 5 << 20 };
    char *bytes = sample(COUNT);
    struct text plain = {0}, gzip = {0}, zstd = {0};
    text_add(&plain, bytes, COUNT);
    for (uint64_t at = 0; at < COUNT; at += COUNT / 5)
        add_gzip(&gzip, bytes + at, COUNT / 5); /* several members */
    text_add(&gzip, "\0\0\0\0\0", 5);
    add_zstd(&zstd, bytes, COUNT / 2);
    text_add(&zstd, "\x50\x2a\x4d\x18\x03\0\0\0abc", 11); /* a frame to be skipped */
    add_zstd(&zstd, bytes + COUNT / 2, COUNT / 2);
    assert_unpacks(&plain, bytes, COUNT);
    assert_unpacks(&gzip, bytes, COUNT);
    assert_unpacks(&zstd, bytes, COUNT);
    text_done(&plain);
    text_done(&gzip);
    text_done(&zstd);
    struct text empty = {0};
    add_gzip(&empty, "", 0);
    assert_unpacks(&empty, "", 0);
    text_clear(&empty);
    assert_unpacks(&empty, "", 0);
    text_done(&empty);
    free(bytes);
}

/* Cut anywhere but at nothing: an error, never a short file. */
static void test_cut(void **state) {
    (void)state;
    char *bytes = sample(600);
    struct text gzip = {0}, zstd = {0};
    add_gzip(&gzip, bytes, 300);
    uint64_t first = gzip.count;
    add_gzip(&gzip, bytes + 300, 300);
    add_zstd(&zstd, bytes, 600);
    for (uint64_t count = 2; count < gzip.count; count++)
        if (count != first)
            assert_refused(gzip.bytes, count, "ends too early");
    for (uint64_t count = 4; count < zstd.count; count++)
        assert_refused(zstd.bytes, count, "ends too early");
    text_done(&gzip);
    text_done(&zstd);
    free(bytes);
}

/* One flipped bit anywhere: refused, or without effect (time and name in a header). */
static void test_flipped(void **state) {
    (void)state;
    char *bytes = sample(400);
    for (unsigned packing = 0; packing < 2; packing++) {
        struct text stored = {0};
        (packing ? add_zstd : add_gzip)(&stored, bytes, 400);
        for (uint64_t at = 4; at < stored.count; at++) {
            struct text out = {0};
            stored.bytes[at] = (char)(stored.bytes[at] ^ (1 << (at % 8)));
            enum imjin_status status = unpack(stored.bytes, stored.count, 1, &out, NULL);
            /* this zstd frame has no checksum, so that only gzip's content is guarded */
            if (status == IMJIN_OK && packing == 0)
                assert_true(out.count == 400 && memcmp(out.bytes, bytes, 400) == 0);
            assert_true(status == IMJIN_OK || status == IMJIN_BAD_INPUT);
            stored.bytes[at] = (char)(stored.bytes[at] ^ (1 << (at % 8)));
            text_done(&out);
        }
        text_done(&stored);
    }
    free(bytes);
}

static void test_refused(void **state) {
    (void)state;
    struct text stored = {0};
    add_gzip(&stored, "text\n", 5);
    text_add_string(&stored, "more");
    assert_refused(stored.bytes, stored.count, "damaged");
    text_done(&stored);
    assert_refused("BZh91AY&SY", 10, "bzip2");
    assert_refused("\xfd"
                   "7zXZ\0",
                   6, "xz");
    assert_refused("PK\3\4....", 8, "zip");
    assert_refused("PAR1....", 8, "Parquet");
    /* a frame of a single segment that says it holds 2^40 bytes, and so wants as much memory */
    assert_refused("\x28\xb5\x2f\xfd\x00\xf8\x01\x00\x00", 9, "memory");
}

/* 128 MB of zeros in 128 KB: the reader's memory does not grow with it. */
static void test_bomb(void **state) {
    (void)state;
    struct text stored = {0};
    char *zeros = calloc(1, 1 << 24);
    struct input *in;
    uint64_t some, total = 0;
    char bytes[65536];
    assert_non_null(zeros);
    for (int i = 0; i < 8; i++)
        add_gzip(&stored, zeros, 1 << 24);
    uint64_t before = memory_allocations();
    assert_int_equal(input_open_memory(&in, "bomb", stored.bytes, stored.count, 1, NULL), IMJIN_OK);
    do {
        assert_int_equal(input_read(in, bytes, sizeof bytes, &some, NULL), IMJIN_OK);
        total += some;
    } while (some);
    assert_int_equal(total, (uint64_t)8 << 24);
    assert_true(memory_allocations() - before < 10);
    input_close(in);
    free(zeros);
    text_done(&stored);
}

/* ---- files ---- */

static char directory[64];

static const char *put_file(const char *name, const void *bytes, uint64_t count) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, count, f), count);
    assert_int_equal(fclose(f), 0);
    return path;
}

static void test_skip(void **state) {
    (void)state;
    enum { COUNT = 3 << 20 };
    char *bytes = sample(COUNT), some_bytes[10];
    struct text gzip = {0};
    struct error err = {0};
    add_gzip(&gzip, bytes, COUNT);
    for (unsigned packed = 0; packed < 2; packed++) {
        const char *path = packed ? put_file("f.gz", gzip.bytes, gzip.count) : put_file("f", bytes, COUNT);
        static const uint64_t offsets[] = {0, 1, 1 << 20, (1 << 20) + 1, COUNT - 10};
        struct input *in;
        uint64_t some;
        for (unsigned i = 0; i < 5; i++) {
            assert_int_equal(input_open(&in, path, 1 + i % 2, &err), IMJIN_OK);
            assert_int_equal(input_skip(in, offsets[i], &err), IMJIN_OK);
            assert_int_equal(input_read(in, some_bytes, 10, &some, &err), IMJIN_OK);
            assert_true(some > 0 && memcmp(some_bytes, bytes + offsets[i], some) == 0);
            assert_true(input_done(in) <= input_total(in));
            input_close(in);
        }
        assert_int_equal(input_open(&in, path, 1, &err), IMJIN_OK);
        assert_int_equal(input_skip(in, COUNT + 1, &err), IMJIN_BAD_INPUT);
        input_close(in);
    }
    text_done(&gzip);
    free(bytes);
}

static struct sha256 print_of(const char *path) {
    struct input *in;
    struct sha256 hash = {0};
    assert_int_equal(input_open(&in, path, 2, NULL), IMJIN_OK);
    assert_int_equal(input_fingerprint(in, &hash, NULL), IMJIN_OK);
    input_close(in);
    return hash;
}

static void test_fingerprint(void **state) {
    (void)state;
    enum { COUNT = INPUT_FINGERPRINT_WHOLE + 1000 };
    char *bytes = sample(COUNT);
    struct sha256 a = print_of(put_file("a", bytes, 1000)), b = print_of(put_file("b", bytes, 1000));
    assert_memory_equal(&a, &b, sizeof a);
    bytes[500] ^= 1;
    b = print_of(put_file("b", bytes, 1000));
    assert_memory_not_equal(&a, &b, sizeof a);
    a = print_of(put_file("a", bytes, COUNT));
    bytes[COUNT - 1] ^= 1;
    b = print_of(put_file("b", bytes, COUNT));
    assert_memory_not_equal(&a, &b, sizeof a);
    b = print_of(put_file("b", bytes, COUNT - 1));
    assert_memory_not_equal(&a, &b, sizeof a);
    free(bytes);
}

/* Standard input: a pipe that gives a little at a time. */
static void test_standard_input(void **state) {
    (void)state;
    int pipe_ends[2], kept = dup(STDIN_FILENO);
    struct input *in;
    struct text out = {0};
    struct sha256 hash;
    assert_int_equal(pipe(pipe_ends), 0);
    assert_int_equal(write(pipe_ends[1], "time,", 5), 5);
    assert_int_equal(write(pipe_ends[1], "block\n", 6), 6);
    close(pipe_ends[1]);
    assert_int_equal(dup2(pipe_ends[0], STDIN_FILENO), STDIN_FILENO);
    close(pipe_ends[0]);
    assert_int_equal(input_open(&in, "-", 2, NULL), IMJIN_OK);
    assert_string_equal(input_name(in), "standard input");
    assert_int_equal(input_fingerprint(in, &hash, NULL), IMJIN_OK);
    assert_int_equal(read_all(in, &out, NULL), IMJIN_OK);
    assert_string_equal(out.bytes, "time,block\n");
    assert_int_equal(input_total(in), 0);
    input_close(in);
    assert_int_equal(fcntl(STDIN_FILENO, F_GETFD) < 0, 0); /* still open */
    text_done(&out);
    dup2(kept, STDIN_FILENO);
    close(kept);
}

static void test_cannot_open(void **state) {
    (void)state;
    struct input *in = NULL;
    struct error err = {0};
    assert_int_equal(input_open(&in, "/nonexistent/file", 1, &err), IMJIN_NOT_FOUND);
    assert_int_equal(input_open(&in, directory, 1, &err), IMJIN_USAGE);
    assert_non_null(strstr(err.text, "directory"));
    assert_null(in);
}

/* Each allocation in turn; what comes out is all or an error. */
static void test_memory(void **state) {
    (void)state;
    char *bytes = sample(1000);
    for (unsigned packing = 0; packing < 3; packing++)
        for (unsigned threads = 1; threads <= 2; threads++) {
            struct text stored = {0};
            if (packing == 0)
                text_add(&stored, bytes, 1000);
            else
                (packing == 1 ? add_gzip : add_zstd)(&stored, bytes, 1000);
            enum imjin_status status = IMJIN_MACHINE;
            for (uint64_t n = 1; status != IMJIN_OK; n++) {
                struct text out = {0};
                struct input *in;
                memory_fail_at(n, false);
                status = input_open_memory(&in, "f", stored.bytes, stored.count, threads, NULL);
                char unpacked[2000];
                uint64_t some = 0;
                if (status == IMJIN_OK) {
                    status = input_read(in, unpacked, sizeof unpacked, &some, NULL);
                    input_close(in);
                }
                memory_fail_at(0, false);
                assert_true(status == IMJIN_MACHINE || (status == IMJIN_OK && some == 1000));
                assert_true(n < 100);
                text_done(&out);
            }
            text_done(&stored);
        }
    free(bytes);
}

/* Closing while the thread still has much to unpack. */
static void test_close_early(void **state) {
    (void)state;
    enum { COUNT = 20 << 20 };
    char *zeros = calloc(1, COUNT);
    struct text stored = {0};
    struct input *in;
    char bytes[10];
    uint64_t some;
    assert_non_null(zeros);
    add_gzip(&stored, zeros, COUNT);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(input_open_memory(&in, "f", stored.bytes, stored.count, 2, NULL), IMJIN_OK);
        if (i % 2)
            assert_int_equal(input_read(in, bytes, sizeof bytes, &some, NULL), IMJIN_OK);
        input_close(in);
    }
    text_done(&stored);
    free(zeros);
}

static int make_directory(void **state) {
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/imjin-input-XXXXXX");
    return mkdtemp(directory) == NULL;
}
static int remove_directory(void **state) {
    (void)state;
    return directory_remove(directory, NULL) != IMJIN_OK;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packings),    cmocka_unit_test(test_cut),
        cmocka_unit_test(test_flipped),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_bomb),        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_fingerprint), cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_cannot_open), cmocka_unit_test(test_memory),
        cmocka_unit_test(test_close_early),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
