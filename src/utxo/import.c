#include "utxo/best.h"
#include "utxo/commit.h"
#include "utxo/source.h"

enum { PART_OF_MEMORY = 2 }; /* the rows and tables of a part may take one part in so many: the rest is for indexing it */

struct importing {
    const char *directory;
    const struct chain *chain;
    const struct output_chain *outputs_chain;
    const struct progress *progress;
    uint64_t memory_bytes, part_blocks;
    struct utxo *base;
    struct sources sources;
    struct best best;
    struct batch batch;
    struct block block;
    struct buffer bytes;
    struct source_undo *undo;
    struct utxo_import_result result;
};

static enum imjin_status open_base(struct importing *m, struct error *err) {
    struct error fault = {0};
    enum imjin_status status = utxo_open(&m->base, m->directory, &fault);
    if (status == IMJIN_NOT_FOUND) {
        char path[PATH_BYTES_MAX];
        TRY(path_join(path, err, m->directory, "manifest"));
        if (file_exists(path))
            return fail(err, IMJIN_USAGE,
                        "the workspace holds a ledger of movements of %s: blocks need a workspace of their own",
                        m->chain->name);
        return IMJIN_OK;
    }
    if (status != IMJIN_OK && err)
        *err = fault;
    TRY(status);
    if (strcmp(m->base->manifest.chain.name, m->chain->name) != 0)
        return fail(err, IMJIN_USAGE, "the store is of %s, not of %s", m->base->manifest.chain.name, m->chain->name);
    return utxo_commit_clean(&m->base->manifest, m->directory, err);
}

static void begin_batch(struct importing *m, const struct utxo_rows *begin, u128 work) {
    batch_init(&m->batch, m->outputs_chain, m->base, begin);
    m->batch.partial = m->best.partial;
    m->batch.work = work;
    m->batch.height = (uint32_t)(m->best.height_first + begin->of[UTXO_FILE_BLOCKS]);
}

/* Commits what is there and goes on behind it. */
static enum imjin_status commit_part(struct importing *m, bool last, struct error *err) {
    TRY(commit_batch(&m->batch, m->chain, m->directory, m->best.height_first, m->best.partial, m->memory_bytes, err));
    u128 work = m->batch.work;
    batch_done(&m->batch);
    utxo_close(m->base);
    m->base = NULL;
    TRY(utxo_open(&m->base, m->directory, err));
    if (!last)
        begin_batch(m, &m->base->manifest.rows, work);
    return IMJIN_OK;
}

/* A partial history begins where its first block says. */
static enum imjin_status set_height(struct importing *m, struct error *err) {
    if (m->best.height_first != ID_NONE)
        return IMJIN_OK;
    if (!block_height(&m->block, &m->best.height_first))
        return fail(err, IMJIN_BAD_INPUT,
                    "the history does not begin with the chain's first block, and this block does not say its height (BIP 34)");
    m->batch.height = m->best.height_first;
    return IMJIN_OK;
}

static enum imjin_status add_block(struct importing *m, const struct source_block *found, struct error *err) {
    struct span undo = {0};
    TRY(sources_read(&m->sources, found, &m->bytes, err));
    struct span bytes = {m->bytes.items, m->bytes.count};
    enum imjin_status status = block_parse(&m->block, m->outputs_chain, bytes, err);
    if (status == IMJIN_OK)
        status = set_height(m, err);
    if (status == IMJIN_OK && m->best.partial)
        status = source_undo_find(m->undo, found, m->block.header.previous, m->block.tx_count, &undo, err);
    if (status == IMJIN_OK)
        status = batch_add(&m->batch, &m->block, &found->head, undo, err);
    return sources_at(&m->sources, found, status, err);
}

static enum imjin_status add_blocks(struct importing *m, struct error *err) {
    const struct source_block *found = m->sources.blocks.items;
    struct utxo_rows none = {0};
    struct utxo_rows begin = m->base ? rows_of_blocks(m->base, m->best.keep) : none;
    begin_batch(m, &begin, m->best.work);
    for (uint64_t i = 0; i < m->best.count; i++) {
        TRY(add_block(m, &found[m->best.order[i]], err));
        TRY(progress_step(m->progress, "reading blocks", "blocks", i + 1, m->best.count, err));
        bool full = m->part_blocks && m->batch.columns[UTXO_FILE_BLOCKS].count >= m->part_blocks;
        if (full || batch_bytes(&m->batch) > m->memory_bytes / PART_OF_MEMORY)
            TRY(commit_part(m, i + 1 == m->best.count, err));
    }
    if (m->batch.columns[UTXO_FILE_BLOCKS].count)
        TRY(commit_part(m, true, err));
    return IMJIN_OK;
}

static void count_result(struct importing *m, const struct utxo_rows *before) {
    struct utxo_import_result *r = &m->result;
    const struct utxo_rows kept = *before;
    r->files = m->sources.files.count;
    r->bytes_read = m->sources.bytes_read;
    r->bytes_unfinished = m->sources.bytes_unfinished;
    r->blocks_added = m->best.count;
    r->blocks_known = m->best.known;
    r->blocks_stale = m->best.stale;
    r->blocks_unconnected = m->best.unconnected;
    if (m->base == NULL)
        return;
    const uint64_t *rows = m->base->manifest.rows.of;
    r->txs_added = rows[UTXO_FILE_TXS] - kept.of[UTXO_FILE_TXS];
    r->inputs_added = rows[UTXO_FILE_INPUTS] - kept.of[UTXO_FILE_INPUTS];
    r->outputs_added = rows[UTXO_FILE_OUTPUTS] - kept.of[UTXO_FILE_OUTPUTS];
    r->scripts_added = rows[UTXO_FILE_SCRIPTS] - kept.of[UTXO_FILE_SCRIPTS];
    r->height_first = m->base->counts.height_first;
    r->height_last = m->base->counts.height_last;
    r->partial = m->base->counts.partial;
}

static enum imjin_status import(struct importing *m, const char *const *paths, uint64_t path_count, struct error *err) {
    struct utxo_rows before = {0};
    TRY(open_base(m, err));
    TRY(sources_open(&m->sources, m->outputs_chain, paths, path_count, m->progress, err));
    TRY(best_find(&m->best, m->outputs_chain, m->base, m->sources.blocks.items, m->sources.blocks.count, err));
    if (m->base == NULL && m->best.count == 0)
        return fail(err, IMJIN_BAD_INPUT, "there is no whole block in these files");
    if (m->base) {
        before = rows_of_blocks(m->base, m->best.keep);
        m->result.blocks_removed = m->base->counts.blocks - m->best.keep;
    }
    TRY(source_undo_new(&m->undo, &m->sources, m->outputs_chain, err));
    if (m->best.count)
        TRY(add_blocks(m, err));
    count_result(m, &before);
    return IMJIN_OK;
}

static void importing_done(struct importing *m) {
    source_undo_free(m->undo);
    batch_done(&m->batch);
    block_done(&m->block);
    buffer_done(&m->bytes);
    best_done(&m->best);
    sources_done(&m->sources);
    utxo_close(m->base);
}

static bool has_manifest(const char *directory) {
    char path[PATH_BYTES_MAX];
    return path_join(path, NULL, directory, "manifest") == IMJIN_OK && file_exists(path);
}

/* One writer at a time. */
static enum imjin_status lock(const char *directory, struct file_lock *ret, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(directory_make(directory, err));
    TRY(path_join(path, err, directory, "lock"));
    return file_lock_take(ret, path, err);
}

enum imjin_status utxo_import(const char *directory, const struct chain *chain, const char *const *paths, uint64_t path_count,
                              struct utxo_import_options options, const struct progress *p, struct utxo_import_result *ret,
                              struct error *err) {
    struct file_lock held;
    struct importing m = {.directory = directory,
                          .chain = chain,
                          .outputs_chain = output_chain_find(chain->name),
                          .progress = p,
                          .memory_bytes = options.memory_bytes ? options.memory_bytes : UTXO_MEMORY_DEFAULT,
                          .part_blocks = options.part_blocks,
                          .sources = {.open_file = ID_NONE},
                          .bytes = {.item_bytes = 1, .items_max = UTXO_BLOCK_BYTES_MAX, .what = "bytes of a block"}};
    if (m.outputs_chain == NULL)
        return fail(err, IMJIN_USAGE, "%s is not a chain whose blocks are read", chain->name);
    if (m.memory_bytes < UTXO_MEMORY_MIN)
        return fail(err, IMJIN_USAGE, "a memory of less than %d MB is too small", UTXO_MEMORY_MIN >> 20);
    bool existed = directory_exists(directory);
    TRY(lock(directory, &held, err));
    enum imjin_status status = import(&m, paths, path_count, err);
    if (status == IMJIN_OK)
        *ret = m.result;
    importing_done(&m);
    file_lock_release(&held);
    /* what was never committed leaves nothing: an empty directory would be taken for a chain */
    if (status != IMJIN_OK && !existed && !has_manifest(directory))
        (void)!directory_remove(directory, NULL);
    return status;
}

enum imjin_status utxo_truncate(const char *directory, uint32_t height, struct error *err) {
    struct file_lock held;
    struct utxo *u;
    TRY(lock(directory, &held, err));
    enum imjin_status status = utxo_open(&u, directory, err);
    if (status == IMJIN_OK) {
        uint64_t keep = height < u->counts.height_first ? 0 : (uint64_t)height - u->counts.height_first + 1;
        struct utxo_rows rows = rows_of_blocks(u, keep);
        if (keep < u->counts.blocks)
            status = commit_cut(u, directory, &rows, err);
        utxo_close(u);
    }
    file_lock_release(&held);
    return status;
}
