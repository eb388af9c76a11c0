/* The journal of an import: what it has read and where that stands, so that a killed one goes on. It counts only together
 * with the commit it was begun on. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "ledger/import.h"

#define JOURNAL_MAGIC "IMJINJN1"
static const uint64_t journal_bytes_max = (uint64_t)4 << 30;

struct journal_head {
    char magic[8];
    uint64_t base_commit; /* 0: none */
    uint64_t mode, staged_blocks, accounts, assets, texts;
    uint64_t manifest_bytes; /* of the staged columns; 0: nothing staged */
    uint64_t sources, runs, notes;
    struct block_row last;
};

static uint64_t base_commit(const struct ledger_writer *w) { return w->base ? w->base->manifest.commit : 0; }

/* ---- interned items, for the rows in runs ---- */

/* Appends what came since the last time: pieces never change where they are filled. */
static enum imjin_status save_stash(struct ledger_writer *w, struct stash *s, uint64_t *saved, const char *name,
                                    struct error *err) {
    char path[PATH_BYTES_MAX];
    struct file_writer *f;
    const uint64_t piece = (uint64_t)1 << s->piece_shift;
    if (*saved == s->count)
        return IMJIN_OK;
    TRY(import_path(w, name, path, err));
    TRY(file_writer_open(&f, path, *saved ? FILE_APPEND : FILE_CREATE, *saved * s->item_bytes, false, err));
    for (uint64_t at = *saved, some; at < s->count; at += some) {
        some = piece - (at & (piece - 1));
        if (some > s->count - at)
            some = s->count - at;
        file_write(f, stash_at(s, at), some * s->item_bytes);
    }
    TRY(file_writer_close(f, NULL, err));
    *saved = s->count;
    stash_map(s, path, s->count);
    return IMJIN_OK;
}

static enum imjin_status load_stash(struct ledger_writer *w, struct stash *s, uint64_t count, const char *name,
                                    struct error *err) {
    char path[PATH_BYTES_MAX];
    struct mapping m;
    if (count < s->count)
        return fail(err, IMJIN_MACHINE, "the journal of the last import is damaged; import again");
    TRY(import_path(w, name, path, err));
    if (count == 0)
        return IMJIN_OK;
    TRY(mapping_open_prefix(&m, path, count * s->item_bytes, err));
    enum imjin_status status = IMJIN_OK;
    const uint64_t piece = (uint64_t)1 << s->piece_shift;
    while (status == IMJIN_OK && s->pieces.count << s->piece_shift < count)
        status = stash_grow(s, err);
    for (uint64_t at = 0, some; status == IMJIN_OK && at < count; at += some) {
        some = count - at < piece ? count - at : piece;
        memcpy(stash_at(s, at), m.bytes + at * s->item_bytes, some * s->item_bytes);
    }
    if (status == IMJIN_OK)
        s->count = count;
    mapping_close(&m);
    return status;
}

static enum imjin_status save_interner(struct ledger_writer *w, struct error *err) {
    struct interner *t = &w->interner;
    TRY(save_stash(w, &t->accounts, &w->saved_accounts, "accounts", err));
    TRY(save_stash(w, &t->assets, &w->saved_assets, "assets", err));
    return save_stash(w, &t->texts, &w->saved_texts, "texts", err);
}

/* ---- writing ---- */

static enum imjin_status staged_manifest(struct ledger_writer *w, struct text *ret, struct error *err) {
    struct manifest m;
    if (w->staged_blocks == 0)
        return IMJIN_OK;
    TRY(commit_start(w, w->base ? w->base->manifest.generation : 1, &m, err));
    snprintf(m.files[FILE_NOTES].path, sizeof m.files[FILE_NOTES].path, "g0/notes");
    m.files[FILE_NOTES].bytes = 0;
    m.segment_count = 0;
    enum imjin_status status = sink_checkpoint(&w->sink, &m, err);
    if (status == IMJIN_OK)
        status = manifest_identity(&m, &m.identity, err);
    if (status == IMJIN_OK)
        status = manifest_print(&m, ret, err);
    manifest_done(&m);
    return status;
}

static enum imjin_status journal_text(struct ledger_writer *w, const struct text *manifest, struct text *ret,
                                      struct error *err) {
    struct journal_head head = {.magic = JOURNAL_MAGIC,
                                .base_commit = base_commit(w),
                                .mode = w->mode,
                                .staged_blocks = w->staged_blocks,
                                .accounts = w->saved_accounts,
                                .assets = w->saved_assets,
                                .texts = w->saved_texts,
                                .manifest_bytes = manifest->count,
                                .sources = w->sources.count,
                                .runs = w->runs.count,
                                .notes = w->notes.count,
                                .last = w->sink.last};
    struct sha256 hash;
    text_add(ret, (const char *)&head, sizeof head);
    text_add(ret, manifest->bytes, manifest->count);
    text_add(ret, w->sources.items, w->sources.count * sizeof(struct import_source));
    text_add(ret, w->runs.items, w->runs.count * sizeof(struct run));
    text_add(ret, w->notes.items, w->notes.count * sizeof(struct import_note));
    TRY(text_status(ret, err));
    TRY(sha256_of(ret->bytes, ret->count, &hash, err));
    text_add(ret, (const char *)&hash, sizeof hash);
    return text_status(ret, err);
}

enum imjin_status journal_write(struct ledger_writer *w, struct error *err) {
    char directory[PATH_BYTES_MAX], path[PATH_BYTES_MAX];
    struct text manifest = {.bytes_max = LEDGER_MANIFEST_BYTES_MAX}, text = {.bytes_max = journal_bytes_max};
    TRY(path_join(directory, err, w->directory, "import"));
    TRY(import_path(w, "journal", path, err));
    TRY(directory_make(directory, err));
    if (w->mode == IMPORT_SORTED) {
        TRY(run_write(w, err));
        TRY(save_interner(w, err));
    }
    TRY(notes_unite(w, true, err));
    enum imjin_status status = staged_manifest(w, &manifest, err);
    if (status == IMJIN_OK)
        status = journal_text(w, &manifest, &text, err);
    if (status == IMJIN_OK)
        status = file_replace(path, text.bytes, text.count, err);
    text_done(&manifest);
    text_done(&text);
    return status;
}

/* ---- reading ---- */

struct journal {
    const char *at, *end;
};

static bool take_items(struct journal *j, struct buffer *b, uint64_t count) {
    if (count > (uint64_t)(j->end - j->at) / b->item_bytes || buffer_reserve(b, count, NULL) != IMJIN_OK)
        return false;
    if (count)
        memcpy(b->items, j->at, count * b->item_bytes);
    b->count = count;
    j->at += count * b->item_bytes;
    return true;
}

static bool hash_fits(const char *bytes, uint64_t count) {
    struct sha256 own;
    return count >= sizeof(struct journal_head) + sizeof own && sha256_of(bytes, count - sizeof own, &own, NULL) == IMJIN_OK &&
           memcmp(bytes + count - sizeof own, &own, sizeof own) == 0;
}

/* False: not a sound journal of an import on top of this commit. */
static bool journal_parse(struct ledger_writer *w, const char *bytes, uint64_t count) {
    struct journal_head head;
    if (!hash_fits(bytes, count))
        return false;
    memcpy(&head, bytes, sizeof head);
    struct journal j = {bytes + sizeof head, bytes + count - sizeof(struct sha256)};
    if (memcmp(head.magic, JOURNAL_MAGIC, sizeof head.magic) != 0 || head.base_commit != base_commit(w) ||
        head.mode > IMPORT_SORTED || !head.staged_blocks != !head.manifest_bytes ||
        head.manifest_bytes > (uint64_t)(j.end - j.at) || head.sources == 0)
        return false;
    manifest_init(&w->staged, &w->chain);
    if (head.manifest_bytes && manifest_parse(&w->staged, j.at, head.manifest_bytes, NULL) != IMJIN_OK)
        return false;
    j.at += head.manifest_bytes;
    if (!take_items(&j, &w->sources, head.sources) || !take_items(&j, &w->runs, head.runs) ||
        !take_items(&j, &w->notes, head.notes) || j.at != j.end)
        return false;
    w->mode = (enum import_mode)head.mode;
    w->staged_blocks = head.staged_blocks;
    w->staged_last = head.last;
    w->saved_accounts = head.accounts;
    w->saved_assets = head.assets;
    w->saved_texts = head.texts;
    return true;
}

static void forget(struct ledger_writer *w) {
    manifest_done(&w->staged);
    w->sources.count = w->runs.count = w->notes.count = 0;
    w->notes_united = w->staged_blocks = w->rows_read = 0;
    w->saved_accounts = w->saved_assets = w->saved_texts = 0;
    w->journal_sources = w->journal_matched = 0;
    w->journal_there = false;
    w->mode = IMPORT_FAST;
}

enum imjin_status journal_look(struct ledger_writer *w, struct error *err) {
    char path[PATH_BYTES_MAX], *bytes;
    uint64_t count;
    TRY(import_path(w, "journal", path, err));
    if (!file_exists(path))
        return IMJIN_OK;
    TRY(file_read(path, journal_bytes_max, &bytes, &count, err));
    w->journal_there = journal_parse(w, bytes, count);
    memory_free(bytes);
    if (!w->journal_there)
        forget(w);
    w->journal_sources = (uint32_t)w->sources.count;
    return IMJIN_OK;
}

enum imjin_status journal_discard(struct ledger_writer *w, struct error *err) {
    sink_done(&w->sink);
    ledger_close(w->known);
    w->known = NULL;
    w->rows.count = 0;
    forget(w);
    return commit_clean(w, false, err);
}

/* The staged columns' accounts and assets that are not in the base, whose index cannot find them. */
static enum imjin_status learn_staged(struct ledger_writer *w, const struct ledger *staged, struct error *err) {
    uint64_t account = w->base ? w->base->manifest.counts.accounts : ACCOUNTS_RESERVED;
    uint64_t asset = w->base ? w->base->manifest.counts.assets : 1;
    uint32_t number;
    for (; account < staged->manifest.counts.accounts; account++) {
        struct address a;
        const struct address *pointer = &a;
        TRY(ledger_address(staged, (struct account_id){(uint32_t)account}, &a, err));
        TRY(intern_addresses(&w->interner, &pointer, 1, &number, err));
        TRY(sink_know_account(&w->sink, number, (uint32_t)account, err));
    }
    for (; asset < staged->manifest.counts.assets; asset++) {
        struct ledger_asset a;
        TRY(ledger_asset(staged, (struct asset_id){(uint32_t)asset}, &a, err));
        TRY(intern_asset(&w->interner, &a.key, &number, err));
        TRY(sink_know_asset(&w->sink, number, (uint32_t)asset, err));
    }
    return IMJIN_OK;
}

static enum imjin_status restore_staged(struct ledger_writer *w, struct error *err) {
    struct ledger *staged;
    if (w->staged_blocks == 0)
        return IMJIN_OK;
    TRY(sink_open(&w->sink, w->directory, &w->staged, &w->interner, w->base, &w->staged_last, w->options.threads, err));
    if (w->mode == IMPORT_SORTED)
        return IMJIN_OK;
    if (w->staged.counts.accounts - (w->base ? w->base->manifest.counts.accounts : 0) > w->options.addresses_max)
        return known_move(w, err);
    TRY(commit_map(w, &w->staged, &staged, err));
    enum imjin_status status = learn_staged(w, staged, err);
    ledger_close(staged);
    return status;
}

static enum imjin_status restore_interner(struct ledger_writer *w, struct error *err) {
    struct interner *t = &w->interner;
    if (w->mode != IMPORT_SORTED)
        return IMJIN_OK;
    TRY(load_stash(w, &t->accounts, w->saved_accounts, "accounts", err));
    TRY(load_stash(w, &t->assets, w->saved_assets, "assets", err));
    TRY(load_stash(w, &t->texts, w->saved_texts, "texts", err));
    return interner_rebuild(t, err);
}

enum imjin_status journal_restore(struct ledger_writer *w, struct error *err) {
    w->journal_there = false;
    TRY(restore_interner(w, err));
    TRY(restore_staged(w, err));
    manifest_done(&w->staged);
    w->notes_united = w->notes.count;
    for (uint32_t i = 0; i < w->sources.count; i++)
        w->rows_read += source_at(w, i)->at.rows;
    return IMJIN_OK;
}
