#include "codec/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum packing { PACKING_PLAIN, PACKING_GZIP, PACKING_ZSTD };
enum { BLOCKS = 3, BLOCK_BYTES = 1 << 20, WINDOW_ROOM_FIRST = 1 << 18 };

/* One stretch of unpacked bytes on its way from the unpacking thread to the reader. count 0: the end. */
struct block {
    uint64_t count;
    char *bytes;
};

struct input {
    char name[ERROR_FILE_MAX];
    int descriptor; /* -1: memory */
    bool owned, seekable;
    struct sha256 prefix; /* of what stands first, for a stream that cannot be sought */
    enum packing packing;
    /* stored bytes */
    const char *memory; /* what memory still has to give */
    uint64_t memory_count;
    char *raw;
    uint64_t raw_at, raw_count, raw_room, total;
    _Atomic uint64_t done;
    bool raw_ended;
    /* unpacking */
    z_stream gzip;
    bool gzip_ready;
    ZSTD_DStream *zstd;
    bool inside; /* a member or frame has begun and not ended */
    /* the thread, when there is one: block number n stands in blocks[n % BLOCKS] */
    bool threaded, stop;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct block blocks[BLOCKS];
    uint64_t filled, taken, block_at;
    enum imjin_status thread_status;
    struct error thread_error;
};

/* ---- stored bytes ---- */

static enum imjin_status read_stored(struct input *in, char *ret_bytes, uint64_t room, uint64_t *ret_count, struct error *err) {
    if (in->descriptor < 0) {
        uint64_t some = in->memory_count < room ? in->memory_count : room;
        if (some)
            memcpy(ret_bytes, in->memory, some);
        in->memory += some;
        in->memory_count -= some;
        *ret_count = some;
        return IMJIN_OK;
    }
    for (;;) {
        ssize_t got = read(in->descriptor, ret_bytes, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(err, "cannot read", in->name);
        *ret_count = (uint64_t)got;
        return IMJIN_OK;
    }
}

/* Fills the raw buffer as far as the stream gives, so that a pipe's first bytes are the same whatever its rhythm. */
static enum imjin_status fill_raw(struct input *in, struct error *err) {
    uint64_t count = 0, some = 0;
    while (count < in->raw_room) {
        TRY(read_stored(in, in->raw + count, in->raw_room - count, &some, err));
        if (some == 0) {
            in->raw_ended = true;
            break;
        }
        count += some;
    }
    in->raw_at = 0;
    in->raw_count = count;
    return IMJIN_OK;
}

static void count_done(struct input *in, uint64_t some) { atomic_fetch_add_explicit(&in->done, some, memory_order_relaxed); }

/* Makes sure that a stored byte is at hand unless there is none left. */
static enum imjin_status want_raw(struct input *in, struct error *err) {
    if (in->raw_at < in->raw_count || in->raw_ended)
        return IMJIN_OK;
    return fill_raw(in, err);
}

/* ---- unpacking ---- */

static enum imjin_status damaged(const struct input *in, struct error *err, const char *what) {
    return fail_value(err, in->name, 0, NULL, NULL, 0, "%s", what);
}

static enum imjin_status plain_read(struct input *in, char *ret_bytes, uint64_t room, uint64_t *ret_count, struct error *err) {
    if (in->raw_at == in->raw_count && !in->raw_ended) {
        uint64_t got = 0;
        TRY(read_stored(in, ret_bytes, room, &got, err));
        in->raw_ended = got == 0;
        count_done(in, got);
        *ret_count = got;
        return IMJIN_OK;
    }
    uint64_t some = in->raw_count - in->raw_at < room ? in->raw_count - in->raw_at : room;
    if (some)
        memcpy(ret_bytes, in->raw + in->raw_at, some);
    in->raw_at += some;
    count_done(in, some);
    *ret_count = some;
    return IMJIN_OK;
}

/* Tapes and some tools pad gzip files with zeros; anything else behind a member must be another member. */
static void pass_zeros(struct input *in) {
    while (in->raw_at < in->raw_count && in->raw[in->raw_at] == '\0') {
        in->raw_at++;
        count_done(in, 1);
    }
}

static enum imjin_status gzip_step(struct input *in, struct error *err) {
    z_stream *z = &in->gzip;
    z->next_in = (unsigned char *)in->raw + in->raw_at;
    z->avail_in = (uInt)(in->raw_count - in->raw_at);
    if (z->avail_in)
        in->inside = true;
    int came = inflate(z, Z_NO_FLUSH);
    uint64_t used = in->raw_count - in->raw_at - z->avail_in;
    in->raw_at += used;
    count_done(in, used);
    if (came == Z_STREAM_END) {
        in->inside = false;
        return inflateReset(z) == Z_OK ? IMJIN_OK : damaged(in, err, "gzip data cannot be unpacked");
    }
    if (came == Z_MEM_ERROR)
        return fail_memory(err, "unpacking gzip");
    if (came != Z_OK && came != Z_BUF_ERROR)
        return damaged(in, err, "the gzip data is damaged; fetch the file again");
    return IMJIN_OK;
}

static enum imjin_status gzip_read(struct input *in, char *ret_bytes, uint64_t room, uint64_t *ret_count, struct error *err) {
    in->gzip.next_out = (unsigned char *)ret_bytes;
    in->gzip.avail_out = (uInt)(room < BLOCK_BYTES ? room : BLOCK_BYTES);
    const uInt wanted = in->gzip.avail_out;
    while (in->gzip.avail_out == wanted) {
        TRY(want_raw(in, err));
        if (!in->inside)
            pass_zeros(in);
        if (in->raw_at == in->raw_count && in->raw_ended) {
            if (in->inside)
                return damaged(in, err, "the gzip data ends too early; fetch the file again");
            break;
        }
        if (in->raw_at < in->raw_count)
            TRY(gzip_step(in, err));
    }
    *ret_count = wanted - in->gzip.avail_out;
    return IMJIN_OK;
}

static enum imjin_status zstd_step(struct input *in, ZSTD_outBuffer *out, struct error *err) {
    ZSTD_inBuffer from = {in->raw + in->raw_at, in->raw_count - in->raw_at, 0};
    size_t left = ZSTD_decompressStream(in->zstd, out, &from);
    in->raw_at += from.pos;
    count_done(in, from.pos);
    if (ZSTD_isError(left)) {
        if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation)
            return fail_memory(err, "unpacking zstd");
        if (ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge)
            return damaged(in, err, "the zstd data demands too much memory; pack it with a window of at most 128 MB");
        return damaged(in, err, "the zstd data is damaged; fetch the file again");
    }
    in->inside = left != 0;
    return IMJIN_OK;
}

static enum imjin_status zstd_read(struct input *in, char *ret_bytes, uint64_t room, uint64_t *ret_count, struct error *err) {
    ZSTD_outBuffer out = {ret_bytes, room, 0};
    while (out.pos == 0) {
        TRY(want_raw(in, err));
        bool dry = in->raw_at == in->raw_count && in->raw_ended;
        if (dry && !in->inside)
            break;
        uint64_t before = in->raw_at;
        TRY(zstd_step(in, &out, err));
        if (dry && out.pos == 0 && in->raw_at == before && in->inside)
            return damaged(in, err, "the zstd data ends too early; fetch the file again");
    }
    *ret_count = out.pos;
    return IMJIN_OK;
}

static enum imjin_status unpack(struct input *in, char *ret_bytes, uint64_t room, uint64_t *ret_count, struct error *err) {
    switch (in->packing) {
    case PACKING_GZIP:
        return gzip_read(in, ret_bytes, room, ret_count, err);
    case PACKING_ZSTD:
        return zstd_read(in, ret_bytes, room, ret_count, err);
    default:
        return plain_read(in, ret_bytes, room, ret_count, err);
    }
}

/* ---- the unpacking thread ---- */

static bool wait_for_free_block(struct input *in) {
    pthread_mutex_lock(&in->mutex);
    while (!in->stop && in->filled - in->taken == BLOCKS)
        pthread_cond_wait(&in->changed, &in->mutex);
    bool go_on = !in->stop;
    pthread_mutex_unlock(&in->mutex);
    return go_on;
}

static enum imjin_status fill_block(struct input *in, struct block *b, struct error *err) {
    uint64_t some = 0;
    b->count = 0;
    do {
        TRY(unpack(in, b->bytes + b->count, BLOCK_BYTES - b->count, &some, err));
        b->count += some;
    } while (some && b->count < BLOCK_BYTES);
    return IMJIN_OK;
}

static void *unpack_blocks(void *context) {
    struct input *in = context;
    bool last = false;
    while (!last && wait_for_free_block(in)) {
        struct error err = {0};
        struct block *b = &in->blocks[in->filled % BLOCKS];
        enum imjin_status status = fill_block(in, b, &err);
        last = status != IMJIN_OK || b->count == 0;
        pthread_mutex_lock(&in->mutex);
        if (status != IMJIN_OK) {
            in->thread_status = status;
            in->thread_error = err;
        }
        in->filled++;
        pthread_cond_signal(&in->changed);
        pthread_mutex_unlock(&in->mutex);
    }
    return NULL;
}

static enum imjin_status start_thread(struct input *in, struct error *err) {
    for (int i = 0; i < BLOCKS; i++) {
        in->blocks[i].bytes = memory_new(BLOCK_BYTES, 1);
        if (in->blocks[i].bytes == NULL)
            return fail_memory(err, "unpacking");
    }
    if (pthread_mutex_init(&in->mutex, NULL) != 0)
        return fail(err, IMJIN_MACHINE, "cannot make a lock");
    if (pthread_cond_init(&in->changed, NULL) != 0 || pthread_create(&in->thread, NULL, unpack_blocks, in) != 0) {
        pthread_mutex_destroy(&in->mutex);
        return fail(err, IMJIN_MACHINE, "cannot start a thread");
    }
    in->threaded = true;
    return IMJIN_OK;
}

static void stop_thread(struct input *in) {
    if (!in->threaded)
        return;
    pthread_mutex_lock(&in->mutex);
    in->stop = true;
    pthread_cond_signal(&in->changed);
    pthread_mutex_unlock(&in->mutex);
    pthread_join(in->thread, NULL);
    pthread_cond_destroy(&in->changed);
    pthread_mutex_destroy(&in->mutex);
}

/* What was unpacked before a fault is handed over first, so that the fault comes at its place with any count of threads. */
static enum imjin_status take_from_thread(struct input *in, char *ret_bytes, uint64_t room, uint64_t *ret_count,
                                          struct error *err) {
    struct block *b = &in->blocks[in->taken % BLOCKS];
    pthread_mutex_lock(&in->mutex);
    while (in->filled == in->taken)
        pthread_cond_wait(&in->changed, &in->mutex);
    bool failed = in->thread_status != IMJIN_OK && in->filled == in->taken + 1;
    pthread_mutex_unlock(&in->mutex);
    uint64_t left = b->count - in->block_at, some = left < room ? left : room;
    if (some == 0 && failed) {
        if (err)
            *err = in->thread_error;
        return in->thread_status;
    }
    if (some)
        memcpy(ret_bytes, b->bytes + in->block_at, some);
    in->block_at += some;
    if (in->block_at == b->count && b->count && !failed) {
        in->block_at = 0;
        pthread_mutex_lock(&in->mutex);
        in->taken++;
        pthread_cond_signal(&in->changed);
        pthread_mutex_unlock(&in->mutex);
    }
    *ret_count = some;
    return IMJIN_OK;
}

/* ---- opening ---- */

static bool begins(const struct input *in, const char *magic, uint64_t count) {
    return in->raw_count >= count && memcmp(in->raw, magic, count) == 0;
}

static enum imjin_status refuse_packing(const struct input *in, struct error *err) {
    static const struct {
        const char *magic;
        uint64_t count;
        const char *name;
    } packings[] = {{"BZh", 3, "bzip2"},
                    {"\xfd"
                     "7zXZ",
                     5, "xz"},
                    {"PK\3\4", 4, "zip"},
                    {"7z\xbc\xaf", 4, "7z"},
                    {"PAR1", 4, "Parquet"}};
    for (unsigned i = 0; i < sizeof packings / sizeof *packings; i++)
        if (begins(in, packings[i].magic, packings[i].count))
            return fail_value(err, in->name, 0, NULL, NULL, 0, "%s is not read; unpack it, or use gzip or zstd",
                              packings[i].name);
    return IMJIN_OK;
}

static void *zlib_new(void *context, uInt count, uInt size) {
    (void)context;
    return memory_new(count, size);
}
static void zlib_free(void *context, void *block) {
    (void)context;
    memory_free(block);
}

static enum imjin_status begin_gzip(struct input *in, struct error *err) {
    in->packing = PACKING_GZIP;
    in->gzip.zalloc = zlib_new;
    in->gzip.zfree = zlib_free;
    if (inflateInit2(&in->gzip, 15 + 16) != Z_OK)
        return fail_memory(err, "unpacking gzip");
    in->gzip_ready = true;
    return IMJIN_OK;
}

static enum imjin_status begin_zstd(struct input *in, struct error *err) {
    in->packing = PACKING_ZSTD;
    in->zstd = ZSTD_createDStream();
    if (in->zstd == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(in->zstd, ZSTD_d_windowLogMax, INPUT_ZSTD_WINDOW_LOG_MAX)))
        return fail_memory(err, "unpacking zstd");
    return IMJIN_OK;
}

static enum imjin_status begin(struct input *in, unsigned threads, struct error *err) {
    bool small = in->total && in->total < INPUT_RAW_BYTES;
    in->raw_room = small ? in->total : INPUT_RAW_BYTES;
    in->raw = memory_new(in->raw_room, 1);
    if (in->raw == NULL)
        return fail_memory(err, "reading a file");
    TRY(fill_raw(in, err));
    TRY(refuse_packing(in, err));
    if (!in->seekable) /* now: a thread would soon overwrite it */
        TRY(sha256_of(in->raw, in->raw_count, &in->prefix, err));
    bool skippable = in->raw_count >= 4 && (in->raw[0] & 0xf0) == 0x50 && memcmp(in->raw + 1, "\x2a\x4d\x18", 3) == 0;
    if (begins(in, "\x1f\x8b", 2))
        TRY(begin_gzip(in, err));
    else if (begins(in, "\x28\xb5\x2f\xfd", 4) || skippable)
        TRY(begin_zstd(in, err));
    return in->packing != PACKING_PLAIN && threads > 1 ? start_thread(in, err) : IMJIN_OK;
}

static enum imjin_status open_path(struct input *in, const char *path, struct error *err) {
    struct stat about;
    in->owned = strcmp(path, "-") != 0;
    in->descriptor = in->owned ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (in->descriptor < 0)
        return fail_errno(err, "cannot open", path);
    if (fstat(in->descriptor, &about) != 0)
        return fail_errno(err, "cannot look at", path);
    if (S_ISDIR(about.st_mode))
        return fail(err, IMJIN_USAGE, "%s is a directory; name the files in it", path);
    in->seekable = in->owned && S_ISREG(about.st_mode);
    in->total = in->seekable ? (uint64_t)about.st_size : 0;
    return IMJIN_OK;
}

static struct input *input_new(const char *name) {
    struct input *in = memory_new(1, sizeof *in);
    if (in == NULL)
        return NULL;
    snprintf(in->name, sizeof in->name, "%s", name);
    in->descriptor = -1;
    return in;
}

enum imjin_status input_open(struct input **ret, const char *path, unsigned threads, struct error *err) {
    struct input *in = input_new(strcmp(path, "-") == 0 ? "standard input" : path);
    if (in == NULL)
        return fail_memory(err, "reading a file");
    enum imjin_status status = open_path(in, path, err);
    if (status == IMJIN_OK)
        status = begin(in, threads, err);
    if (status != IMJIN_OK) {
        input_close(in);
        return status;
    }
    *ret = in;
    return IMJIN_OK;
}

enum imjin_status input_open_memory(struct input **ret, const char *name, const void *bytes, uint64_t count, unsigned threads,
                                    struct error *err) {
    struct input *in = input_new(name);
    if (in == NULL)
        return fail_memory(err, "reading a file");
    in->memory = bytes;
    in->memory_count = in->total = count;
    enum imjin_status status = begin(in, threads, err);
    if (status != IMJIN_OK) {
        input_close(in);
        return status;
    }
    *ret = in;
    return IMJIN_OK;
}

void input_close(struct input *in) {
    if (in == NULL)
        return;
    stop_thread(in);
    for (int i = 0; i < BLOCKS; i++)
        memory_free(in->blocks[i].bytes);
    if (in->gzip_ready)
        inflateEnd(&in->gzip);
    ZSTD_freeDStream(in->zstd);
    if (in->owned && in->descriptor >= 0)
        close(in->descriptor);
    memory_free(in->raw);
    memory_free(in);
}

/* ---- reading ---- */

enum imjin_status input_read(struct input *in, void *ret_bytes, uint64_t room, uint64_t *ret_count, struct error *err) {
    return in->threaded ? take_from_thread(in, ret_bytes, room, ret_count, err) : unpack(in, ret_bytes, room, ret_count, err);
}

/* In a plain file: the buffered bytes first, then the file's own position. Going past the end is found out by the size. */
static enum imjin_status seek_forward(struct input *in, uint64_t count, bool *ret_short, struct error *err) {
    uint64_t buffered = in->raw_count - in->raw_at, rest = count > buffered ? count - buffered : 0;
    uint64_t at = atomic_load_explicit(&in->done, memory_order_relaxed);
    *ret_short = count > in->total - (at < in->total ? at : in->total);
    if (*ret_short)
        return IMJIN_OK;
    in->raw_at += count - rest;
    if (rest && lseek(in->descriptor, (off_t)rest, SEEK_CUR) < 0)
        return fail_errno(err, "cannot seek in", in->name);
    count_done(in, count);
    return IMJIN_OK;
}

static enum imjin_status read_over(struct input *in, uint64_t count, bool *ret_short, struct error *err) {
    char *waste = memory_new(BLOCK_BYTES, 1);
    enum imjin_status status = IMJIN_OK;
    if (waste == NULL)
        return fail_memory(err, "passing over a file's beginning");
    *ret_short = false;
    while (status == IMJIN_OK && count && !*ret_short) {
        uint64_t some = 0;
        status = input_read(in, waste, count < BLOCK_BYTES ? count : BLOCK_BYTES, &some, err);
        *ret_short = status == IMJIN_OK && some == 0;
        count -= some;
    }
    memory_free(waste);
    return status;
}

enum imjin_status input_skip(struct input *in, uint64_t count, struct error *err) {
    bool too_short = false;
    if (in->seekable && in->packing == PACKING_PLAIN)
        TRY(seek_forward(in, count, &too_short, err));
    else if (count)
        TRY(read_over(in, count, &too_short, err));
    return too_short ? damaged(in, err, "is shorter than when it was read last; import it anew") : IMJIN_OK;
}

const char *input_name(const struct input *in) { return in->name; }

const char *input_packing(const struct input *in) {
    static const char *const names[] = {[PACKING_PLAIN] = "plain", [PACKING_GZIP] = "gzip", [PACKING_ZSTD] = "zstd"};
    return names[in->packing];
}

uint64_t input_done(const struct input *in) { return atomic_load_explicit(&in->done, memory_order_relaxed); }
uint64_t input_total(const struct input *in) { return in->total; }

/* ---- telling a file again ---- */

static enum imjin_status add_sample(const struct input *in, struct sha256_stream *hash, char *bytes, uint64_t at,
                                    uint64_t count, struct error *err) {
    while (count) {
        uint64_t some = count < INPUT_FINGERPRINT_SAMPLE ? count : INPUT_FINGERPRINT_SAMPLE;
        ssize_t got = pread(in->descriptor, bytes, some, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(err, "cannot read", in->name);
        if (got == 0)
            return IMJIN_OK; /* cut meanwhile: reading it will tell */
        TRY(sha256_add(hash, bytes, (uint64_t)got, err));
        at += (uint64_t)got;
        count -= (uint64_t)got;
    }
    return IMJIN_OK;
}

static enum imjin_status add_samples(const struct input *in, struct sha256_stream *hash, char *bytes, struct error *err) {
    if (in->total <= INPUT_FINGERPRINT_WHOLE)
        return add_sample(in, hash, bytes, 0, in->total, err);
    uint64_t last = in->total - INPUT_FINGERPRINT_SAMPLE;
    for (uint64_t i = 0; i < INPUT_FINGERPRINT_SAMPLES; i++) {
        uint64_t at = (uint64_t)((u128)last * i / (INPUT_FINGERPRINT_SAMPLES - 1));
        TRY(add_sample(in, hash, bytes, at, INPUT_FINGERPRINT_SAMPLE, err));
    }
    return IMJIN_OK;
}

static enum imjin_status add_content(const struct input *in, struct sha256_stream *hash, struct error *err) {
    TRY(sha256_add(hash, &in->total, sizeof in->total, err));
    if (!in->seekable)
        return sha256_add(hash, in->prefix.bytes, sizeof in->prefix.bytes, err);
    char *bytes = memory_new(INPUT_FINGERPRINT_SAMPLE, 1);
    enum imjin_status status = bytes ? add_samples(in, hash, bytes, err) : fail_memory(err, "a file's fingerprint");
    memory_free(bytes);
    return status;
}

enum imjin_status input_fingerprint(struct input *in, struct sha256 *ret, struct error *err) {
    struct sha256_stream *hash;
    TRY(sha256_new(&hash, err));
    enum imjin_status status = add_content(in, hash, err);
    if (status == IMJIN_OK)
        return sha256_end(hash, ret, err);
    sha256_free(hash);
    return status;
}

/* ---- windows ---- */

enum imjin_status window_init(struct window *w, struct input *in, uint64_t room_max, struct error *err) {
    uint64_t room = room_max < WINDOW_ROOM_FIRST ? room_max : WINDOW_ROOM_FIRST;
    char *bytes = memory_new(room, 1);
    if (bytes == NULL)
        return fail_memory(err, "reading a file");
    *w = (struct window){.in = in, .bytes = bytes, .room = room, .room_max = room_max};
    return IMJIN_OK;
}

static enum imjin_status window_grow(struct window *w, bool *ret_full, struct error *err) {
    *ret_full = w->room == w->room_max;
    if (*ret_full)
        return IMJIN_OK;
    uint64_t room = w->room < w->room_max / 2 ? 2 * w->room : w->room_max;
    char *bytes = memory_resize(w->bytes, room, 1);
    if (bytes == NULL)
        return fail_memory(err, "a long row");
    w->bytes = bytes;
    w->room = room;
    return IMJIN_OK;
}

enum imjin_status window_more(struct window *w, uint64_t used, bool *ret_full, struct error *err) {
    bool full = false;
    uint64_t got = 0, kept = w->count - used;
    INVARIANT(used <= w->count);
    if (kept == w->room) {
        TRY(window_grow(w, &full, err));
        *ret_full = full;
        if (full)
            return IMJIN_OK;
    }
    if (used && kept)
        memmove(w->bytes, w->bytes + used, kept);
    w->offset += used;
    w->count = kept;
    TRY(input_read(w->in, w->bytes + kept, w->room - kept, &got, err));
    w->count += got;
    w->ended = got == 0;
    *ret_full = false;
    return IMJIN_OK;
}

enum imjin_status window_forward(struct window *w, uint64_t offset, struct error *err) {
    INVARIANT(offset >= w->offset);
    uint64_t ahead = offset - w->offset;
    if (ahead > w->count) {
        TRY(input_skip(w->in, ahead - w->count, err));
        w->count = 0;
    } else if (ahead) {
        memmove(w->bytes, w->bytes + ahead, w->count - ahead);
        w->count -= ahead;
    }
    w->offset = offset;
    return IMJIN_OK;
}

void window_done(struct window *w) {
    memory_free(w->bytes);
    w->bytes = NULL;
}
