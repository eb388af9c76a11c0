#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/import.h"

/* ---- leftovers ---- */

/* Null: the manifest does not name it. */
static const struct manifest_file *named(const struct manifest *m, const char *generation, const char *file) {
    char path[sizeof m->files[0].path];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", generation, file) >= sizeof path)
        return NULL;
    for (unsigned i = 0; i < DATA_FILES + m->segment_count; i++) {
        const struct manifest_file *f = i < DATA_FILES ? &m->files[i] : &m->segments[i - DATA_FILES];
        if (strcmp(path, f->path) == 0)
            return f;
    }
    return NULL;
}

/* What was staged behind the end goes. */
static enum imjin_status trim(const char *path, uint64_t bytes, struct error *err) {
    struct stat about;
    if (stat(path, &about) != 0 || (uint64_t)about.st_size <= bytes)
        return IMJIN_OK;
    return truncate(path, (off_t)bytes) == 0 ? IMJIN_OK : fail_errno(err, "cannot cut", path);
}

static void free_names(char **names, size_t count) {
    for (size_t i = 0; i < count; i++)
        memory_free(names[i]);
    memory_free(names);
}

static enum imjin_status clean_generation(const struct ledger_writer *w, const char *name, const char *path, bool keep_import,
                                          struct error *err) {
    char **files, file[PATH_BYTES_MAX];
    size_t count;
    TRY(directory_list(path, &files, &count, err));
    enum imjin_status status = IMJIN_OK;
    for (size_t i = 0; i < count && status == IMJIN_OK; i++) {
        const struct manifest_file *f = named(&w->base->manifest, name, files[i]);
        status = path_join(file, err, path, files[i]);
        if (status == IMJIN_OK && f == NULL)
            status = file_remove(file, err);
        else if (status == IMJIN_OK && !keep_import)
            status = trim(file, f->bytes, err);
    }
    free_names(files, count);
    return status;
}

static bool generation_name(const char *name) {
    if (name[0] != 'g' || name[1] == '\0')
        return false;
    for (const char *c = name + 1; *c; c++) {
        if (*c < '0' || *c > '9')
            return false;
    }
    return true;
}

static enum imjin_status clean_entry(const struct ledger_writer *w, const char *name, bool keep_import, struct error *err) {
    char path[PATH_BYTES_MAX], own[32] = "";
    if (w->base)
        snprintf(own, sizeof own, "g%04" PRIu64, w->base->manifest.generation);
    TRY(path_join(path, err, w->directory, name));
    if (strcmp(name, "import") == 0)
        return keep_import ? IMJIN_OK : directory_remove(path, err);
    if (strcmp(name, "manifest.tmp") == 0)
        return file_remove(path, err);
    if (!generation_name(name))
        return IMJIN_OK;
    if (strcmp(name, own) == 0)
        return clean_generation(w, name, path, keep_import, err);
    /* without a commit the first generation holds what a killed import has staged */
    if (keep_import && w->base == NULL && strcmp(name, "g0001") == 0)
        return IMJIN_OK;
    return directory_remove(path, err);
}

enum imjin_status commit_clean(const struct ledger_writer *w, bool keep_import, struct error *err) {
    char **names, journal[PATH_BYTES_MAX];
    size_t count;
    /* first of all: a kill half-way must not leave a journal that promises what is gone */
    if (!keep_import) {
        TRY(import_path(w, "journal", journal, err));
        TRY(file_remove(journal, err));
    }
    TRY(directory_list(w->directory, &names, &count, err));
    enum imjin_status status = IMJIN_OK;
    for (size_t i = 0; i < count && status == IMJIN_OK; i++)
        status = clean_entry(w, names[i], keep_import, err);
    free_names(names, count);
    return status;
}

/* ---- beginning ---- */

enum imjin_status commit_start(const struct ledger_writer *w, uint64_t generation, struct manifest *ret, struct error *err) {
    if (w->base && generation == w->base->manifest.generation)
        return manifest_copy(ret, &w->base->manifest, err);
    manifest_init(ret, &w->chain);
    ret->generation = generation;
    ret->commit = w->base ? w->base->manifest.commit : 0;
    for (unsigned i = 0; i < DATA_COLUMNS; i++)
        snprintf(ret->files[i].path, sizeof ret->files[i].path, "g%04" PRIu64 "/%s", generation, data_file_name(i));
    return IMJIN_OK;
}

static enum imjin_status generation_path(const struct ledger_writer *w, uint64_t generation, char ret[PATH_BYTES_MAX],
                                         struct error *err) {
    char name[32];
    snprintf(name, sizeof name, "g%04" PRIu64, generation);
    return path_join(ret, err, w->directory, name);
}

static enum imjin_status make_generation(const struct ledger_writer *w, uint64_t generation, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(generation_path(w, generation, path, err));
    return directory_make(path, err);
}

enum imjin_status commit_stage(struct ledger_writer *w, struct error *err) {
    const struct block_row *last = NULL;
    struct manifest m;
    if (w->base && w->base->block_row_count)
        last = &w->base->blocks[w->base->block_row_count - 1];
    TRY(make_generation(w, staged_generation(w), err));
    TRY(commit_start(w, staged_generation(w), &m, err));
    enum imjin_status status = sink_open(&w->sink, w->directory, &m, &w->interner, w->base, last, w->options.threads, err);
    manifest_done(&m);
    return status;
}

/* The columns of `m` as a ledger without index. */
enum imjin_status commit_map(const struct ledger_writer *w, const struct manifest *m, struct ledger **ret, struct error *err) {
    struct manifest copy;
    TRY(manifest_copy(&copy, m, err));
    copy.segment_count = 0;
    copy.files[FILE_NOTES].bytes = 0;
    return ledger_open_manifest(ret, w->directory, &copy, err);
}

/* ---- the index ---- */

/* What the new segment covers: everything behind the segments that stay. One that is not over twice as large as what comes
 * is merged into it, so that there are never more than a logarithm of them. */
static void plan_segment(const struct ledger_writer *w, struct manifest *m, struct index_job *job) {
    const struct index_job empty = {
        .memory_bytes = w->options.memory_bytes, .threads = w->options.threads, .progress = w->progress, .older = w->base};
    for (*job = empty; m->segment_count; m->segment_count--) {
        const struct index_header *h = w->base->segments[m->segment_count - 1].header;
        job->first_movement = h->first_movement + h->movement_count;
        job->first_tx = h->first_tx + h->tx_count;
        job->first_account = h->first_account + h->account_count;
        job->first_asset = h->first_asset + h->asset_count;
        if (h->movement_count > 2 * (m->counts.movements - job->first_movement) && m->segment_count < LEDGER_SEGMENTS_MAX)
            break;
        *job = empty;
    }
    job->movement_count = m->counts.movements - job->first_movement;
    job->tx_count = m->counts.txs - job->first_tx;
    job->account_count = m->counts.accounts - job->first_account;
    job->asset_count = m->counts.assets - job->first_asset;
}

static enum imjin_status write_segment(struct ledger_writer *w, struct manifest *m, struct error *err) {
    struct index_job job;
    struct ledger *columns;
    struct buffer hashes = {0};
    struct manifest_file f = {0};
    char path[PATH_BYTES_MAX];
    plan_segment(w, m, &job);
    snprintf(f.path, sizeof f.path, "g%04" PRIu64 "/index.%06" PRIu64, m->generation, m->next_segment++);
    TRY(path_join(path, err, w->directory, f.path));
    TRY(commit_map(w, m, &columns, err));
    enum imjin_status status = index_write(columns, &job, path, &f.bytes, &hashes, err);
    ledger_close(columns);
    TRY(status);
    status = manifest_add_hashes(m, &f, hashes.items, hashes.count, err);
    buffer_done(&hashes);
    if (status == IMJIN_OK)
        m->segments[m->segment_count++] = f;
    return status;
}

/* ---- commit ---- */

static bool same_notes(const struct manifest *a, const struct manifest *b) {
    const struct manifest_file *x = &a->files[FILE_NOTES], *y = &b->files[FILE_NOTES];
    const struct sha256 *of_x = (const struct sha256 *)a->hashes.items + x->first_hash;
    const struct sha256 *of_y = (const struct sha256 *)b->hashes.items + y->first_hash;
    return x->bytes == y->bytes && (x->bytes == 0 || memcmp(of_x, of_y, chunk_count(x->bytes) * sizeof *of_x) == 0);
}

/* Columns stand; now notes, index, and the manifest into place. `rows` false: the movements are those of the base, and when
 * the notes are too, the last commit stands as it is. */
static enum imjin_status seal(struct ledger_writer *w, struct manifest *m, bool rows, struct error *err) {
    char path[PATH_BYTES_MAX];
    m->commit++;
    TRY(notes_write(w, m, err));
    interner_done(&w->interner); /* the index needs the memory */
    if (rows)
        TRY(write_segment(w, m, err));
    else if (same_notes(m, &w->base->manifest))
        return IMJIN_OK;
    TRY(generation_path(w, m->generation, path, err));
    TRY(directory_sync(path, err));
    TRY(directory_sync(w->directory, err));
    return manifest_write(m, w->directory, err);
}

static enum imjin_status commit_staged(struct ledger_writer *w, struct manifest *m, struct error *err) {
    if (w->base && w->staged_blocks == 0) {
        TRY(commit_start(w, staged_generation(w), m, err));
        return seal(w, m, false, err);
    }
    if (!w->sink.open)
        TRY(commit_stage(w, err));
    TRY(commit_start(w, staged_generation(w), m, err));
    TRY(sink_finish(&w->sink, m, err));
    sink_done(&w->sink);
    return seal(w, m, true, err);
}

/* Finishes the staged columns and opens them, with the commit they continue, as what stands. */
static enum imjin_status open_staged(struct ledger_writer *w, struct ledger **ret, struct error *err) {
    struct manifest m;
    TRY(commit_start(w, staged_generation(w), &m, err));
    enum imjin_status status = sink_finish(&w->sink, &m, err);
    if (status == IMJIN_OK)
        status = commit_map(w, &m, ret, err);
    manifest_done(&m);
    sink_done(&w->sink);
    return status;
}

static enum imjin_status merge_over(struct ledger_writer *w, const struct ledger *standing, struct manifest *m,
                                    uint64_t until_block, struct error *err) {
    uint64_t generation = standing ? staged_generation(w) + 1 : 1;
    TRY(make_generation(w, generation, err));
    TRY(commit_start(w, generation, m, err));
    TRY(merge_columns(w, standing, m, NULL, until_block, err));
    return seal(w, m, true, err);
}

static enum imjin_status commit_sorted(struct ledger_writer *w, struct manifest *m, uint64_t until_block, struct error *err) {
    uint64_t first;
    const struct ledger *b = w->base;
    if (w->staged_blocks) {
        struct ledger *standing;
        TRY(open_staged(w, &standing, err));
        enum imjin_status status = merge_over(w, standing, m, until_block, err);
        ledger_close(standing);
        return status;
    }
    if (b == NULL || until_block != UINT64_MAX)
        return merge_over(w, b, m, until_block, err);
    TRY(merge_first_change(w, b, &first, err));
    if (first == UINT64_MAX) {
        TRY(commit_start(w, staged_generation(w), m, err));
        return seal(w, m, false, err);
    }
    if (b->block_row_count == 0 || first > b->blocks[b->block_row_count - 1].number) {
        TRY(commit_start(w, staged_generation(w), m, err));
        TRY(merge_columns(w, NULL, m, b, until_block, err));
        return seal(w, m, true, err);
    }
    return merge_over(w, b, m, until_block, err);
}

static void count_commit(const struct ledger_writer *w, const struct manifest *m, struct ledger_commit *ret) {
    struct ledger_counts before = {.accounts = ACCOUNTS_RESERVED, .assets = 1};
    if (w->base)
        before = w->base->manifest.counts;
    uint64_t added = m->counts.movements - before.movements;
    *ret = (struct ledger_commit){.rows_read = w->rows_read,
                                  .movements_added = added,
                                  .movements_known = w->rows_read > added ? w->rows_read - added : 0,
                                  .txs_added = m->counts.txs - before.txs,
                                  .accounts_added = m->counts.accounts - before.accounts,
                                  .assets_added = m->counts.assets - before.assets};
}

/* After the commit stands: nothing that fails here takes it back, and the next writer cleans again. */
static void clean_after(struct ledger_writer *w) {
    struct ledger *fresh;
    if (ledger_open(&fresh, w->directory, NULL) != IMJIN_OK)
        return;
    ledger_close(w->base);
    w->base = fresh;
    if (commit_clean(w, false, NULL) != IMJIN_OK)
        return;
}

enum imjin_status writer_commit(struct ledger_writer *w, uint64_t until_block, struct ledger_commit *ret, struct error *err) {
    struct manifest m;
    manifest_init(&m, &w->chain);
    enum imjin_status status = w->mode == IMPORT_FAST ? commit_staged(w, &m, err) : commit_sorted(w, &m, until_block, err);
    if (status == IMJIN_OK) {
        if (ret)
            count_commit(w, &m, ret);
        clean_after(w);
    }
    manifest_done(&m);
    return status;
}
