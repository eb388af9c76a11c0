/* Everything a ledger says is derived again from its rows: the columns by merging them alone, the index from the columns.
 * What comes out must have the hashes that the manifest names. */
#include <inttypes.h>
#include <sys/stat.h>

#include "ledger/import.h"

struct piece {
    const struct manifest_file *file;
    const uint8_t *bytes;
    uint64_t number;
};
struct hashing {
    const struct manifest *manifest;
    const struct progress *progress;
    struct buffer pieces; /* struct piece */
};

static enum imjin_status add_pieces(struct hashing *h, const struct manifest_file *file, const uint8_t *bytes,
                                    struct error *err) {
    for (uint64_t i = 0; i < chunk_count(file->bytes); i++)
        TRY(buffer_push(&h->pieces, &(struct piece){file, bytes, i}, NULL, err));
    return IMJIN_OK;
}

static enum imjin_status check_piece(void *context, uint64_t number, struct error *err) {
    const struct hashing *h = context;
    const struct piece *p = (const struct piece *)h->pieces.items + number;
    const struct sha256 *said = (const struct sha256 *)h->manifest->hashes.items + p->file->first_hash + p->number;
    uint64_t from = p->number * LEDGER_CHUNK_BYTES, left = p->file->bytes - from;
    struct sha256 own;
    TRY(sha256_of(p->bytes + from, left < LEDGER_CHUNK_BYTES ? left : LEDGER_CHUNK_BYTES, &own, err));
    if (memcmp(&own, said, sizeof own) != 0)
        return fail(err, IMJIN_BAD_INPUT, "%s is damaged in the %d bytes from %" PRIu64 " on: their hash is another one",
                    p->file->path, LEDGER_CHUNK_BYTES, from);
    return progress_step(h->progress, "hashing", "pieces", number, h->pieces.count, err);
}

static enum imjin_status check_hashes(const struct ledger *l, unsigned threads, const struct progress *p, struct error *err) {
    struct hashing h = {.manifest = &l->manifest,
                        .progress = threads > 1 ? NULL : p, /* watchers are not asked to be safe on many threads */
                        .pieces = {.item_bytes = sizeof(struct piece), .items_max = UINT32_MAX, .what = "pieces of a ledger"}};
    enum imjin_status status = IMJIN_OK;
    for (unsigned i = 0; i < DATA_FILES && status == IMJIN_OK; i++)
        status = add_pieces(&h, &l->manifest.files[i], l->files[i].bytes, err);
    for (unsigned i = 0; i < l->segment_count && status == IMJIN_OK; i++)
        status = add_pieces(&h, &l->manifest.segments[i], l->segments[i].map.bytes, err);
    if (status == IMJIN_OK)
        status = parallel_for(threads ? threads : 1, h.pieces.count, check_piece, &h, err);
    buffer_done(&h.pieces);
    return status;
}

static enum imjin_status same_hashes(const struct manifest *a, const struct manifest_file *x, const struct manifest *b,
                                     const struct manifest_file *y, struct error *err) {
    const struct sha256 *p = a->hashes.items, *q = b->hashes.items;
    if (x->bytes == y->bytes &&
        (x->bytes == 0 || memcmp(p + x->first_hash, q + y->first_hash, chunk_count(x->bytes) * sizeof *p) == 0))
        return IMJIN_OK;
    return fail(err, IMJIN_BAD_INPUT, "%s does not hold what its ledger's rows come to", x->path);
}

static enum imjin_status check_columns(const struct ledger *l, const struct progress *p, struct error *err) {
    struct ledger_writer *w;
    struct manifest again;
    TRY(writer_new(&w, "", &l->manifest.chain, (struct ledger_writer_options){.memory_bytes = UINT64_MAX / 8}, p, err));
    manifest_init(&again, &l->manifest.chain);
    enum imjin_status status = merge_columns(w, l, &again, NULL, UINT64_MAX, err);
    for (unsigned i = 0; i < DATA_COLUMNS && status == IMJIN_OK; i++)
        status = same_hashes(&l->manifest, &l->manifest.files[i], &again, &again.files[i], err);
    if (status == IMJIN_OK &&
        (memcmp(&again.counts, &l->manifest.counts, sizeof again.counts) != 0 || again.ascending != l->manifest.ascending))
        status = fail(err, IMJIN_BAD_INPUT, "the ledger's manifest has other counts than its rows");
    manifest_done(&again);
    writer_free(w);
    return status;
}

static enum imjin_status check_segment(const struct ledger *l, unsigned number, const struct progress *p, struct error *err) {
    const struct index_header *h = l->segments[number].header;
    const struct index_job job = {.first_movement = h->first_movement,
                                  .movement_count = h->movement_count,
                                  .first_tx = h->first_tx,
                                  .tx_count = h->tx_count,
                                  .first_account = h->first_account,
                                  .account_count = h->account_count,
                                  .first_asset = h->first_asset,
                                  .asset_count = h->asset_count,
                                  .memory_bytes = LEDGER_MEMORY_DEFAULT,
                                  .progress = p,
                                  .older = l};
    struct buffer hashes = {0};
    uint64_t bytes;
    TRY(index_write(l, &job, NULL, &bytes, &hashes, err));
    const struct manifest_file *f = &l->manifest.segments[number];
    const struct sha256 *said = (const struct sha256 *)l->manifest.hashes.items + f->first_hash;
    bool same = bytes == f->bytes && memcmp(said, hashes.items, hashes.count * sizeof *said) == 0;
    buffer_done(&hashes);
    return same ? IMJIN_OK : fail(err, IMJIN_BAD_INPUT, "%s is not the index of its ledger's rows", f->path);
}

static bool note_good(const struct note_row *n) {
    static const uint8_t zeros[sizeof n->contract];
    bool contract = n->form == ASSET_NATIVE ? n->contract_form == 0 && n->contract_count == 0
                    : n->contract_form == ADDRESS_EVM
                        ? n->contract_count == 20
                        : n->contract_form <= ADDRESS_OPAQUE && n->contract_count <= sizeof n->contract;
    return n->form <= ASSET_NAMED && contract && n->conflicting <= 1 && n->symbol_count < ASSET_SYMBOL_MAX &&
           (n->decimals <= DECIMALS_MAX || n->decimals == DECIMALS_UNKNOWN) &&
           memcmp(n->contract + n->contract_count, zeros, sizeof n->contract - n->contract_count) == 0;
}

static enum imjin_status check_notes(const struct ledger *l, struct error *err) {
    for (uint64_t i = 0; i < l->note_count; i++) {
        if (!note_good(&l->notes[i]) || (i && note_compare(&l->notes[i - 1], &l->notes[i]) >= 0))
            return ledger_damaged(err, "note", i);
    }
    return IMJIN_OK;
}

static enum imjin_status check_tx_texts(const struct ledger *l, struct error *err) {
    for (uint64_t i = 0; i < l->tx_text_count; i++) {
        const struct tx_text_row *row = &l->tx_texts[i];
        struct span text;
        struct sha256 hash;
        if (row->tx >= l->manifest.counts.txs)
            return ledger_damaged(err, "id text", i);
        TRY(ledger_tx_text(l, row->tx, &text, err));
        TRY(sha256_of(text.bytes, text.count, &hash, err));
        if (memcmp(hash.bytes, l->tx_ids[row->tx], sizeof hash.bytes) != 0)
            return ledger_damaged(err, "id text of transaction", row->tx);
    }
    return IMJIN_OK;
}

/* Behind the end of a column may stand what an import has staged: one that is running, or whose journal is there. */
static bool being_written(const char *directory) {
    char path[PATH_BYTES_MAX];
    struct file_lock lock;
    if (path_join(path, NULL, directory, "import/journal") == IMJIN_OK && file_exists(path))
        return true;
    if (path_join(path, NULL, directory, "lock") != IMJIN_OK || !file_exists(path))
        return false;
    if (file_lock_take(&lock, path, NULL) != IMJIN_OK)
        return true;
    file_lock_release(&lock);
    return false;
}

static enum imjin_status check_length(const char *directory, const struct manifest_file *f, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct stat about;
    TRY(path_join(path, err, directory, f->path));
    if (f->path[0] == '\0' || stat(path, &about) != 0 || (uint64_t)about.st_size <= f->bytes || being_written(directory))
        return IMJIN_OK;
    return fail(err, IMJIN_BAD_INPUT,
                "%s has %" PRIu64 " bytes behind its end: somebody added them, or an import that was killed left them; nothing "
                "reads them, and the next import removes them",
                path, (uint64_t)about.st_size - f->bytes);
}

static enum imjin_status check_lengths(const struct ledger *l, const char *directory, struct error *err) {
    for (unsigned i = 0; i < DATA_FILES; i++)
        TRY(check_length(directory, &l->manifest.files[i], err));
    for (unsigned i = 0; i < l->segment_count; i++)
        TRY(check_length(directory, &l->manifest.segments[i], err));
    return IMJIN_OK;
}

static enum imjin_status verify(const struct ledger *l, const char *directory, unsigned threads, const struct progress *p,
                                struct error *err) {
    TRY(check_lengths(l, directory, err));
    TRY(check_hashes(l, threads, p, err));
    TRY(check_notes(l, err));
    TRY(check_tx_texts(l, err));
    TRY(check_columns(l, p, err));
    for (unsigned i = 0; i < l->segment_count; i++)
        TRY(check_segment(l, i, p, err));
    return IMJIN_OK;
}

enum imjin_status ledger_verify(const char *directory, unsigned threads, const struct progress *p, struct error *err) {
    struct ledger *l;
    TRY(ledger_open(&l, directory, err));
    enum imjin_status status = verify(l, directory, threads, p, err);
    ledger_close(l);
    return status;
}
