#include "ledger/chunks.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "ledger/column.h"

enum { JOBS = 4, LANES = 2 /* hashed at once; as many jobs do without a thread */ };

struct job {
    struct column *column;
    uint8_t *bytes; /* LEDGER_CHUNK_BYTES */
    uint64_t offset, written;
    int descriptor;
    size_t hash_number;
    struct sha256 hash;
    enum imjin_status hash_status;
    int reason;
};

/* Job n stands in jobs[n % jobs_max]: [collected, done) wait for the columns' thread, [done, given) for whoever works. */
struct chunks {
    struct job jobs[JOBS];
    uint64_t jobs_max;
    uint64_t given, done, collected; /* given and done: under the lock where there is a thread */
    bool threaded, stop;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

/* ---- the work ---- */

int chunk_write(int descriptor, const uint8_t *bytes, uint64_t count, uint64_t offset) {
    while (count) {
        ssize_t some = pwrite(descriptor, bytes, count, (off_t)offset);
        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0)
            return some < 0 ? errno : EIO;
        bytes += some;
        offset += (uint64_t)some;
        count -= (uint64_t)some;
    }
    return 0;
}

static void write_job(struct job *j) {
    if (j->descriptor < 0 || j->reason)
        return;
    j->reason = chunk_write(j->descriptor, j->bytes + j->written, LEDGER_CHUNK_BYTES - j->written, j->offset + j->written);
    /* the disk begins now, so that the sync at the end waits for less; it is only a hint */
    (void)sync_file_range(j->descriptor, (off_t)j->offset, LEDGER_CHUNK_BYTES, SYNC_FILE_RANGE_WRITE);
}

static void work_on(struct chunks *q, uint64_t from, uint64_t count) {
    struct job *a = &q->jobs[from % q->jobs_max], *b = &q->jobs[(from + 1) % q->jobs_max];
    write_job(a);
    if (count < LANES) {
        a->hash_status = sha256_of(a->bytes, LEDGER_CHUNK_BYTES, &a->hash, NULL);
        return;
    }
    struct sha256 hashes[LANES];
    const void *const blocks[LANES] = {a->bytes, b->bytes};
    write_job(b);
    a->hash_status = b->hash_status = sha256_of_pair(blocks, LEDGER_CHUNK_BYTES, hashes, NULL);
    if (a->hash_status == IMJIN_OK) {
        a->hash = hashes[0];
        b->hash = hashes[1];
    }
}

static void *work(void *context) {
    struct chunks *q = context;
    pthread_mutex_lock(&q->lock);
    for (;;) {
        while (q->done == q->given && !q->stop)
            pthread_cond_wait(&q->changed, &q->lock);
        uint64_t from = q->done, count = q->given - from < LANES ? q->given - from : LANES;
        if (count == 0)
            break;
        pthread_mutex_unlock(&q->lock);
        work_on(q, from, count);
        pthread_mutex_lock(&q->lock);
        q->done += count;
        pthread_cond_signal(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

/* ---- the columns' side ---- */

/* Without a thread a chunk waits for a second one, unless `all` must be done. */
static void wait_until_done(struct chunks *q, uint64_t number, bool all) {
    if (!q->threaded) {
        while (q->done < q->given && (all || q->given - q->done >= LANES)) {
            uint64_t count = q->given - q->done < LANES ? q->given - q->done : LANES;
            work_on(q, q->done, count);
            q->done += count;
        }
        return;
    }
    pthread_mutex_lock(&q->lock);
    while (q->done < number)
        pthread_cond_wait(&q->changed, &q->lock);
    pthread_mutex_unlock(&q->lock);
}

static void collect(struct chunks *q, uint64_t until) {
    for (; q->collected < until; q->collected++) {
        const struct job *j = &q->jobs[q->collected % q->jobs_max];
        struct column *c = j->column;
        ((struct sha256 *)c->hashes.items)[j->hash_number] = j->hash;
        if (j->hash_status != IMJIN_OK)
            c->hash_status = j->hash_status;
        if (c->reason == 0)
            c->reason = j->reason;
    }
}

void chunks_give(struct chunks *q, struct column *c) {
    const struct sha256 later = {{0}};
    if (q->given - q->collected == q->jobs_max) {
        wait_until_done(q, q->collected + 1, false);
        collect(q, q->collected + 1);
    }
    struct job *j = &q->jobs[q->given % q->jobs_max];
    uint8_t *empty = j->bytes;
    *j = (struct job){.column = c,
                      .bytes = c->chunk,
                      .offset = c->bytes - LEDGER_CHUNK_BYTES,
                      .written = c->flushed,
                      .descriptor = c->descriptor,
                      .hash_number = c->hashes.count,
                      .reason = c->reason};
    c->chunk = empty;
    enum imjin_status status = buffer_push(&c->hashes, &later, NULL, NULL);
    if (status != IMJIN_OK) { /* without a place for its hash the chunk is lost, and the column with it */
        c->hash_status = status;
        return;
    }
    if (!q->threaded) {
        q->given++;
        wait_until_done(q, q->given, false);
        return;
    }
    pthread_mutex_lock(&q->lock);
    q->given++;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

void chunks_wait(struct chunks *q) {
    wait_until_done(q, q->given, true);
    collect(q, q->given);
}

/* ---- making and ending ---- */

static void start(struct chunks *q) {
    if (pthread_mutex_init(&q->lock, NULL) != 0)
        return;
    if (pthread_cond_init(&q->changed, NULL) == 0) {
        q->threaded = pthread_create(&q->thread, NULL, work, q) == 0;
        if (q->threaded)
            return;
        pthread_cond_destroy(&q->changed);
    }
    pthread_mutex_destroy(&q->lock); /* no thread: that only costs time */
}

enum imjin_status chunks_new(struct chunks **ret, unsigned threads, struct error *err) {
    struct chunks *q = memory_new(1, sizeof *q);
    if (q == NULL)
        return fail_memory(err, "a column's buffer");
    q->jobs_max = threads > 1 ? JOBS : LANES;
    for (unsigned i = 0; i < q->jobs_max; i++) {
        q->jobs[i].bytes = memory_new_pages(LEDGER_CHUNK_BYTES);
        if (q->jobs[i].bytes == NULL) {
            chunks_free(q);
            return fail_memory(err, "a column's buffer");
        }
    }
    if (threads > 1)
        start(q);
    *ret = q;
    return IMJIN_OK;
}

void chunks_free(struct chunks *q) {
    if (q == NULL)
        return;
    if (q->threaded) {
        pthread_mutex_lock(&q->lock);
        q->stop = true;
        pthread_cond_signal(&q->changed);
        pthread_mutex_unlock(&q->lock);
        pthread_join(q->thread, NULL);
        pthread_cond_destroy(&q->changed);
        pthread_mutex_destroy(&q->lock);
    }
    for (unsigned i = 0; i < JOBS; i++)
        if (q->jobs[i].bytes)
            memory_free_pages(q->jobs[i].bytes, LEDGER_CHUNK_BYTES);
    memory_free(q);
}
