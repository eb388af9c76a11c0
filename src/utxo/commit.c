#include "utxo/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- hashes ---- */

/* Outputs without their spenders: these follow from the inputs, and change after the row was written. */
static const void *hashed_bytes(enum utxo_file file, const uint8_t *bytes, uint64_t count, struct utxo_output *room) {
    if (file != UTXO_FILE_OUTPUTS)
        return bytes;
    memcpy(room, bytes, count);
    for (uint64_t i = 0; i < count / sizeof *room; i++)
        room[i].spender = 0;
    return room;
}

enum imjin_status hash_chunks(enum utxo_file file, const struct mapping *m, uint64_t bytes, uint64_t first, struct sha256 *ret,
                              struct error *err) {
    uint64_t count = utxo_chunks(bytes);
    uint8_t *room = file == UTXO_FILE_OUTPUTS && first < count ? memory_new(2, UTXO_CHUNK_BYTES) : NULL;
    enum imjin_status status = IMJIN_OK;
    if (file == UTXO_FILE_OUTPUTS && first < count && room == NULL)
        return fail_memory(err, "a column's hashes");
    for (uint64_t i = first; i < count && status == IMJIN_OK;) {
        uint64_t at = i * UTXO_CHUNK_BYTES, lanes = at + 2 * (uint64_t)UTXO_CHUNK_BYTES <= bytes ? 2 : 1;
        struct hash_job jobs[2];
        for (uint64_t lane = 0; lane < lanes; lane++, at += UTXO_CHUNK_BYTES) {
            uint64_t length = bytes - at < UTXO_CHUNK_BYTES ? bytes - at : UTXO_CHUNK_BYTES;
            void *place = room ? room + lane * UTXO_CHUNK_BYTES : NULL;
            jobs[lane] = (struct hash_job){hashed_bytes(file, m->bytes + at, length, place), length};
        }
        status = sha256_of_each(jobs, lanes, ret + (i - first), err);
        i += lanes;
    }
    memory_free(room);
    return status;
}

/* The hashes of a manifest that has `kept` rows in common with what `m` counts now. */
static enum imjin_status set_hashes(struct utxo_manifest *m, const struct utxo *u, const struct utxo_rows *kept,
                                    struct error *err) {
    for (unsigned i = 0; i < UTXO_FILES; i++) {
        uint64_t bytes = utxo_bytes(&m->rows, i), chunks = utxo_chunks(bytes), first = utxo_bytes(kept, i) / UTXO_CHUNK_BYTES;
        struct sha256 *hashes = memory_resize(m->hashes[i], chunks + 1, sizeof *hashes);
        if (hashes == NULL)
            return fail_memory(err, "a column's hashes");
        m->hashes[i] = hashes;
        m->hash_counts[i] = chunks;
        TRY(hash_chunks(i, &u->files[i], bytes, first, hashes + first, err));
    }
    return IMJIN_OK;
}

/* ---- indexes ---- */

static void range_end(const struct utxo_rows *rows, struct segment_range *r) {
    r->txs = rows->of[UTXO_FILE_TXS] - r->tx;
    r->outputs = rows->of[UTXO_FILE_OUTPUTS] - r->output;
    r->scripts = rows->of[UTXO_FILE_SCRIPTS] - r->script;
}

/* One more index over everything behind those that `m` names. It takes in the last of them as long as that is no larger, so
 * that their number grows with the logarithm of the chain's length and none is written more often than that. */
static enum imjin_status add_segment(struct utxo_manifest *m, const struct utxo *u, const char *directory,
                                     uint64_t memory_bytes, struct error *err) {
    enum { BYTES_AN_OUTPUT = 48 }; /* what building takes, roughly */
    struct manifest_segment s = {.number = m->next_segment};
    const struct manifest_segment *last = m->segment_count ? &m->segments[m->segment_count - 1] : NULL;
    if (last)
        s.range = (struct segment_range){.tx = last->range.tx + last->range.txs,
                                         .output = last->range.output + last->range.outputs,
                                         .script = last->range.script + last->range.scripts};
    range_end(&m->rows, &s.range);
    if (s.range.txs == 0)
        return IMJIN_OK;
    while (m->segment_count > 0) {
        const struct segment_range *before = &m->segments[m->segment_count - 1].range;
        bool full = m->segment_count >= UTXO_SEGMENTS_MAX - 1;
        bool fits = (before->outputs + s.range.outputs) * BYTES_AN_OUTPUT <= memory_bytes;
        if (!full && (before->txs > s.range.txs || !fits))
            break;
        s.range = *before;
        range_end(&m->rows, &s.range);
        m->segment_count--;
    }
    TRY(segment_write(u, directory, &s, err));
    m->next_segment++;
    m->segments[m->segment_count++] = s;
    return IMJIN_OK;
}

enum imjin_status utxo_commit_clean(const struct utxo_manifest *m, const char *directory, struct error *err) {
    char **names, path[PATH_BYTES_MAX];
    size_t count;
    TRY(directory_list(directory, &names, &count, err));
    enum imjin_status status = IMJIN_OK;
    for (size_t i = 0; i < count; i++) {
        bool named = strncmp(names[i], "index-", 6) != 0;
        for (unsigned n = 0; n < m->segment_count && !named; n++) {
            uint64_t number;
            named = u64_parse(names[i] + 6, strlen(names[i] + 6), &number) && number == m->segments[n].number;
        }
        if (status == IMJIN_OK && !named)
            status = path_join(path, err, directory, names[i]);
        if (status == IMJIN_OK && !named)
            status = file_remove(path, err);
        memory_free(names[i]);
    }
    memory_free(names);
    return status;
}

/* ---- columns ---- */

static enum imjin_status write_at(int descriptor, const char *path, const uint8_t *bytes, uint64_t count, uint64_t offset,
                                  struct error *err) {
    for (uint64_t done = 0; done < count;) {
        ssize_t written = pwrite(descriptor, bytes + done, count - done, (off_t)(offset + done));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            errno = written < 0 ? errno : EIO;
            return fail_errno(err, "cannot write", path);
        }
        done += (uint64_t)written;
    }
    /* the disk may begin while the other columns are written */
    sync_file_range(descriptor, (off64_t)offset, (off64_t)count, SYNC_FILE_RANGE_WRITE);
    return IMJIN_OK;
}

/* The spenders of outputs that were held before. Readers of the last commit take them for unspent, since no transaction of
 * theirs has such a number. */
static enum imjin_status write_patches(int descriptor, const char *path, const struct batch *b, struct error *err) {
    const struct patch *patches = b->patches.items;
    uint64_t bytes = utxo_bytes(&b->begin, UTXO_FILE_OUTPUTS);
    if (b->patches.count == 0)
        return IMJIN_OK;
    struct utxo_output *outputs = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (outputs == MAP_FAILED)
        return fail_errno(err, "cannot map", path);
    for (uint64_t i = 0; i < b->patches.count; i++)
        outputs[patches[i].output].spender = patches[i].spender;
    munmap(outputs, bytes);
    return IMJIN_OK;
}

static enum imjin_status open_column(const char *directory, enum utxo_file file, char path[PATH_BYTES_MAX], int *ret,
                                     struct error *err) {
    TRY(path_join(path, err, directory, utxo_file_name(file)));
    *ret = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    return *ret < 0 ? fail_errno(err, "cannot write", path) : IMJIN_OK;
}

static enum imjin_status write_columns(const struct batch *b, const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX];
    for (unsigned i = 0; i < UTXO_FILES; i++) {
        const struct buffer *c = &b->columns[i];
        int descriptor;
        TRY(open_column(directory, i, path, &descriptor, err));
        enum imjin_status status =
            write_at(descriptor, path, c->items, c->count * c->item_bytes, utxo_bytes(&b->begin, i), err);
        if (status == IMJIN_OK && i == UTXO_FILE_OUTPUTS)
            status = write_patches(descriptor, path, b, err);
        close(descriptor);
        TRY(status);
    }
    return IMJIN_OK;
}

static enum imjin_status sync_columns(const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX];
    for (unsigned i = 0; i < UTXO_FILES; i++) {
        int descriptor;
        TRY(open_column(directory, i, path, &descriptor, err));
        bool failed = fsync(descriptor) != 0;
        close(descriptor);
        if (failed)
            return fail_errno(err, "cannot sync", path);
    }
    return directory_sync(directory, err);
}

/* ---- commits ---- */

/* Columns stand: hashes, index, manifest. Takes over `m`. */
static enum imjin_status commit_manifest(struct utxo_manifest *m, const struct utxo_rows *kept, const char *directory,
                                         uint64_t memory_bytes, struct error *err) {
    struct utxo_manifest copy;
    struct utxo *u;
    enum imjin_status status = utxo_manifest_copy(&copy, m, err);
    if (status == IMJIN_OK)
        status = store_map(&u, directory, &copy, err);
    if (status != IMJIN_OK) {
        utxo_manifest_done(m);
        return status;
    }
    status = set_hashes(m, u, kept, err);
    if (status == IMJIN_OK)
        status = add_segment(m, u, directory, memory_bytes, err);
    utxo_close(u);
    if (status == IMJIN_OK)
        status = sync_columns(directory, err);
    if (status == IMJIN_OK)
        status = utxo_manifest_write(m, directory, err);
    if (status == IMJIN_OK)
        status = utxo_commit_clean(m, directory, err);
    utxo_manifest_done(m);
    return status;
}

struct utxo_rows rows_of_blocks(const struct utxo *u, uint64_t blocks) {
    if (blocks >= u->counts.blocks)
        return u->manifest.rows;
    const struct utxo_block *b = &u->blocks[blocks];
    return (struct utxo_rows){.of = {[UTXO_FILE_BLOCKS] = blocks,
                                     [UTXO_FILE_TXS] = b->txs,
                                     [UTXO_FILE_TX_IDS] = b->txs,
                                     [UTXO_FILE_INPUTS] = b->inputs,
                                     [UTXO_FILE_OUTPUTS] = b->outputs,
                                     [UTXO_FILE_SCRIPTS] = b->scripts,
                                     [UTXO_FILE_PAYLOADS] = b->payload_bytes,
                                     [UTXO_FILE_UNKNOWN] = b->unknown,
                                     [UTXO_FILE_DATA_ROWS] = b->data_rows,
                                     [UTXO_FILE_DATA] = b->data_bytes}};
}

/* Drops the indexes that reach behind the rows that stay; what they held of these is indexed anew. */
static void cut_segments(struct utxo_manifest *m) {
    while (m->segment_count > 0) {
        const struct segment_range *r = &m->segments[m->segment_count - 1].range;
        if (r->tx + r->txs <= m->rows.of[UTXO_FILE_TXS])
            return;
        m->segment_count--;
    }
}

enum imjin_status commit_cut(const struct utxo *u, const char *directory, const struct utxo_rows *rows, struct error *err) {
    struct utxo_manifest m;
    for (unsigned i = 0; i < UTXO_FILES; i++)
        if (rows->of[i] > u->manifest.rows.of[i])
            return store_damaged(err, "the block from which it is cut, column", i);
    TRY(utxo_manifest_copy(&m, &u->manifest, err));
    m.rows = *rows;
    cut_segments(&m);
    return commit_manifest(&m, rows, directory, UTXO_MEMORY_DEFAULT, err);
}

enum imjin_status commit_batch(struct batch *b, const struct chain *chain, const char *directory, uint64_t height_first,
                               bool partial, uint64_t memory_bytes, struct error *err) {
    struct utxo_manifest m = {0};
    TRY(batch_finish(b, err));
    /* what is cut goes first, in a commit of its own: its bytes are written over */
    if (b->base && b->begin.of[UTXO_FILE_BLOCKS] < b->base->counts.blocks)
        TRY(commit_cut(b->base, directory, &b->begin, err));
    TRY(write_columns(b, directory, err));
    if (b->base)
        TRY(utxo_manifest_read(&m, directory, err));
    m.chain = *chain;
    m.height_first = height_first;
    m.partial = partial;
    for (unsigned i = 0; i < UTXO_FILES; i++)
        m.rows.of[i] = batch_rows(b, i);
    return commit_manifest(&m, &b->begin, directory, memory_bytes, err);
}
