#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "ledger/import.h"

enum { CHECKPOINT_ROWS = 8 << 20, NOTES_SLACK = 1 << 16 };

/* ---- opening ---- */

void writer_free(struct ledger_writer *w) {
    sink_done(&w->sink);
    ledger_close(w->known);
    ledger_close(w->base);
    interner_done(&w->interner);
    block_work_free(w->work);
    buffer_done(&w->rows);
    buffer_done(&w->notes);
    buffer_done(&w->runs);
    buffer_done(&w->sources);
    manifest_done(&w->staged);
    file_lock_release(&w->lock);
    memory_free(w);
}

static enum imjin_status open_base(struct ledger_writer *w, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(path_join(path, err, w->directory, "manifest"));
    if (!file_exists(path))
        return IMJIN_OK;
    TRY(ledger_open(&w->base, w->directory, err));
    const char *there = w->base->manifest.chain.name;
    if (strcmp(there, w->chain.name) == 0)
        return IMJIN_OK;
    return fail(err, IMJIN_USAGE, "%s holds the chain %s, not %s", w->directory, there, w->chain.name);
}

static enum imjin_status writer_begin(struct ledger_writer *w, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(directory_make(w->directory, err));
    TRY(path_join(path, err, w->directory, "lock"));
    TRY(file_lock_take(&w->lock, path, err));
    TRY(open_base(w, err));
    TRY(journal_look(w, err));
    return commit_clean(w, w->journal_there, err);
}

static struct buffer list_of(size_t item_bytes, size_t items_max, const char *what) {
    return (struct buffer){.item_bytes = item_bytes, .items_max = items_max, .what = what};
}

static void set_options(struct ledger_writer *w, struct ledger_writer_options options) {
    w->options = options;
    if (options.memory_bytes == 0)
        w->options.memory_bytes = LEDGER_MEMORY_DEFAULT;
    /* a quarter of the budget for rows; the rest for addresses and buffers */
    if (options.run_rows == 0)
        w->options.run_rows = w->options.memory_bytes / 4 / (sizeof(struct import_row) + sizeof(uint64_t));
    if (options.addresses_max == 0)
        w->options.addresses_max = known_addresses_max(w->options.memory_bytes);
    if (options.checkpoint_rows == 0)
        w->options.checkpoint_rows = CHECKPOINT_ROWS;
    w->checkpoint_due = w->options.checkpoint_rows;
}

enum imjin_status writer_new(struct ledger_writer **ret, const char *directory, const struct chain *chain,
                             struct ledger_writer_options options, const struct progress *p, struct error *err) {
    if (strlen(directory) >= PATH_BYTES_MAX)
        return fail(err, IMJIN_USAGE, "path too long: %.60s...", directory);
    if (options.memory_bytes && options.memory_bytes < LEDGER_MEMORY_MIN)
        return fail(err, IMJIN_USAGE, "%" PRIu64 " bytes are too little memory for an import; it needs at least %dM",
                    options.memory_bytes, LEDGER_MEMORY_MIN >> 20);
    struct ledger_writer *w = memory_new(1, sizeof *w);
    if (w == NULL)
        return fail_memory(err, "a ledger's writer");
    snprintf(w->directory, sizeof w->directory, "%s", directory);
    w->lock.descriptor = -1;
    w->chain = *chain;
    w->progress = p;
    set_options(w, options);
    w->rows = list_of(sizeof(struct import_row), UINT32_MAX, "rows");
    w->notes = list_of(sizeof(struct import_note), UINT32_MAX, "notes on assets");
    w->runs = list_of(sizeof(struct run), LEDGER_RUNS_MAX, "sorted runs");
    w->sources = list_of(sizeof(struct import_source), LEDGER_SOURCES_MAX, "files in one import");
    enum imjin_status status = interner_init(&w->interner, w->options.memory_bytes, err);
    if (status == IMJIN_OK)
        status = block_work_new(&w->work, &w->interner, err);
    if (status != IMJIN_OK) {
        writer_free(w);
        return status;
    }
    *ret = w;
    return IMJIN_OK;
}

enum imjin_status ledger_writer_open(struct ledger_writer **ret, const char *directory, const struct chain *chain,
                                     struct ledger_writer_options options, const struct progress *p, struct error *err) {
    struct ledger_writer *w = NULL;
    TRY(writer_new(&w, directory, chain, options, p, err));
    INVARIANT(w != NULL);
    enum imjin_status status = writer_begin(w, err);
    if (status != IMJIN_OK) {
        writer_free(w);
        return status;
    }
    *ret = w;
    return IMJIN_OK;
}

/* ---- sources ---- */

/* What a killed import had read of files that are not offered again is left out. */
static void drop_rest(struct ledger_writer *w) {
    for (uint32_t i = w->journal_matched; i < w->journal_sources; i++) {
        source_at(w, i)->dropped = true;
        w->rows_read -= source_at(w, i)->at.rows;
        w->mode = IMPORT_SORTED; /* staged blocks can only be left out by merging */
    }
    w->journal_sources = w->journal_matched = 0;
}

/* Is this the source that the journal of a killed import has next? The first one decides whether its state is taken up. */
static enum imjin_status match_journal(struct ledger_writer *w, const struct sha256 *fingerprint, bool *ret,
                                       struct error *err) {
    *ret = false;
    bool same = w->journal_matched < w->journal_sources &&
                memcmp(&source_at(w, w->journal_matched)->fingerprint, fingerprint, sizeof *fingerprint) == 0;
    if (w->journal_there) {
        if (!same)
            return journal_discard(w, err);
        TRY(journal_restore(w, err));
    }
    if (!same) {
        drop_rest(w);
        return IMJIN_OK;
    }
    w->source = w->journal_matched++;
    *ret = true;
    return IMJIN_OK;
}

enum imjin_status ledger_writer_source(struct ledger_writer *w, const char *name, const struct sha256 *fingerprint,
                                       uint64_t *ret_offset, uint64_t *ret_line, struct error *err) {
    bool known;
    if (w->in_source)
        return fail(err, IMJIN_USAGE, "a source is being read already: %s", w->source_name);
    TRY(match_journal(w, fingerprint, &known, err));
    if (!known) {
        struct import_source source = {.fingerprint = *fingerprint};
        TRY(buffer_push(&w->sources, &source, NULL, err));
        w->source = (uint32_t)w->sources.count - 1;
    }
    snprintf(w->source_name, sizeof w->source_name, "%s", name);
    w->in_source = true;
    w->here = source_at(w, w->source)->at;
    w->skip_left = w->here.skip;
    w->here.skip = 0;
    *ret_offset = w->here.offset;
    *ret_line = w->here.line;
    return IMJIN_OK;
}

enum imjin_status ledger_writer_source_end(struct ledger_writer *w, struct error *err) {
    if (!w->in_source)
        return fail(err, IMJIN_USAGE, "no source to end");
    struct import_source *s = source_at(w, w->source);
    s->at = w->here;
    s->ended = true;
    w->in_source = false;
    return IMJIN_OK;
}

/* ---- rows ---- */

static enum imjin_status refuse(const struct ledger_writer *w, const struct ledger_row *row, const char *why,
                                struct error *err) {
    return fail_value(err, w->source_name, row->line, NULL, NULL, 0, "%s", why);
}

static bool address_good(const struct address *a) {
    return a->form <= ADDRESS_EVM || (a->form == ADDRESS_OPAQUE && a->count && a->count <= ADDRESS_TEXT_MAX);
}

static bool asset_good(const struct asset_key *key) {
    if (key->form == ASSET_NAMED)
        return key->contract.form == ADDRESS_OPAQUE && address_good(&key->contract);
    return key->form == ASSET_NATIVE || (key->form <= ASSET_ITEM && address_good(&key->contract));
}

static const char *row_fault(const struct ledger_row *row) {
    if (row->kind >= MOVEMENT_KINDS || row->tx_form > TX_NONE)
        return "a movement of unknown kind";
    if (row->tx_index != (uint32_t)ID_NONE && row->tx_index > LEDGER_TX_INDEX_MAX)
        return "transaction index too large";
    if (row->tx_form == TX_TEXT && (row->tx_text.count == 0 || row->tx_text.count > LEDGER_TX_TEXT_MAX))
        return "transaction id empty or too long";
    for (uint64_t i = 0; row->tx_form == TX_TEXT && i < row->tx_text.count; i++) {
        if (row->tx_text.bytes[i] < 0x20 || row->tx_text.bytes[i] > 0x7e)
            return "transaction id holds a character that is not printable ASCII";
    }
    if (!address_good(&row->from) || !address_good(&row->to))
        return "not an address";
    return asset_good(&row->asset) ? NULL : "not an asset";
}

static enum imjin_status set_text_id(struct ledger_writer *w, const struct ledger_row *row, struct import_row *ret,
                                     struct error *err) {
    struct sha256 hash;
    uint64_t offset, last = w->last_tx_text;
    TRY(sha256_of(row->tx_text.bytes, row->tx_text.count, &hash, err));
    memcpy(ret->tx, hash.bytes, sizeof ret->tx);
    if ((last & 0xff) == row->tx_text.count && last &&
        memcmp(stash_at(&w->interner.texts, last >> 8), row->tx_text.bytes, row->tx_text.count) == 0) {
        ret->tx_text = last;
        return IMJIN_OK;
    }
    TRY(stash_take(&w->interner.texts, row->tx_text.count, &offset, err));
    memcpy(stash_at(&w->interner.texts, offset), row->tx_text.bytes, row->tx_text.count);
    ret->tx_text = w->last_tx_text = offset << 8 | row->tx_text.count;
    return IMJIN_OK;
}

static enum imjin_status set_tx(struct ledger_writer *w, const struct ledger_row *row, struct import_row *ret,
                                struct error *err) {
    struct sha256 hash;
    ret->form = row->tx_form;
    if (row->tx_form == TX_HASH) {
        memcpy(ret->tx, row->tx_hash, sizeof ret->tx);
        return IMJIN_OK;
    }
    if (row->tx_form == TX_TEXT)
        return set_text_id(w, row, ret, err);
    const struct row_content content = {.block = row->block,
                                        .time = row->time,
                                        .kind = row->kind,
                                        .from = row->from,
                                        .to = row->to,
                                        .asset = row->asset,
                                        .units = row->units};
    TRY(row_content_hash(&content, &hash, err));
    memcpy(ret->tx, hash.bytes, sizeof ret->tx);
    ret->form |= ROW_UNNUMBERED;
    return IMJIN_OK;
}

/* Tokens come again and again: those met last are found without asking the table. */
static enum imjin_status intern_row_asset(struct ledger_writer *w, const struct asset_key *key, uint32_t *ret,
                                          struct error *err) {
    const uint8_t *evm = key->contract.evm;
    struct recent_token *recent = &w->recent[(evm[19] ^ evm[10] ^ evm[4]) % RECENT_TOKENS];
    if (key->form == ASSET_NATIVE) {
        *ret = ASSET_NATIVE_ID;
        return IMJIN_OK;
    }
    if (key->form != ASSET_TOKEN || key->contract.form != ADDRESS_EVM)
        return intern_asset(&w->interner, key, ret, err);
    if (recent->asset == 0 || memcmp(recent->evm, evm, sizeof recent->evm) != 0) {
        TRY(intern_asset(&w->interner, key, &recent->asset, err));
        memcpy(recent->evm, evm, sizeof recent->evm);
    }
    *ret = recent->asset;
    return IMJIN_OK;
}

static enum imjin_status convert(struct ledger_writer *w, const struct ledger_row *row, const uint32_t ends[2],
                                 struct import_row *ret, struct error *err) {
    ret->block = row->block;
    ret->index = row->tx_index;
    ret->position = row->position;
    ret->source = (uint16_t)w->source;
    ret->kind = row->kind;
    ret->time = row->time;
    ret->tx_text = 0;
    ret->from = ends[0];
    ret->to = ends[1];
    ret->zero = 0;
    ret->units = row->units;
    TRY(intern_row_asset(w, &row->asset, &ret->asset, err));
    return set_tx(w, row, ret, err);
}

/* ---- fast path ---- */

enum imjin_status writer_flush_block(struct ledger_writer *w, struct error *err) {
    struct block_result result;
    if (w->rows.count == 0)
        return IMJIN_OK;
    uint32_t block = ((const struct import_row *)w->rows.items)[0].block;
    if (!w->sink.open)
        TRY(commit_stage(w, err));
    TRY(block_assemble(w->work, w->rows.items, w->rows.count, &result, err));
    enum imjin_status status = sink_block(&w->sink, &result, err);
    w->broken = status != IMJIN_OK;
    TRY(status);
    struct import_source *s = source_at(w, w->pending_source);
    if (!s->has_blocks)
        s->first_block = block;
    s->last_block = block;
    s->has_blocks = true;
    w->staged_blocks++;
    w->rows.count = 0;
    return IMJIN_OK;
}

/* A row may go on the fast path when it belongs to the block being read, from the same source, or opens a later block. */
static bool fits_fast(const struct ledger_writer *w, uint32_t block) {
    if (w->rows.count) {
        uint32_t pending = ((const struct import_row *)w->rows.items)[0].block;
        return block > pending || (block == pending && w->pending_source == w->source && w->rows.count < w->options.run_rows);
    }
    if (w->sink.open)
        return !w->sink.any_block || block > w->sink.last.number;
    return w->base == NULL || w->base->block_row_count == 0 || block > w->base->blocks[w->base->block_row_count - 1].number;
}

/* Where reading would go on for the source that owns the rows in memory. */
static enum imjin_status checkpoint(struct ledger_writer *w, struct error *err) {
    w->checkpoint_due = w->options.checkpoint_rows;
    if (w->broken)
        return IMJIN_OK;
    if (w->in_source) {
        source_at(w, w->source)->at = w->here;
        source_at(w, w->source)->at.skip += w->skip_left;
    }
    if (w->mode == IMPORT_FAST && w->rows.count) {
        struct import_source *owner = source_at(w, w->pending_source);
        const struct import_source kept = *owner;
        owner->at = w->pending;
        owner->ended = false;
        enum imjin_status status = journal_write(w, err);
        owner->at = kept.at;
        owner->ended = kept.ended;
        return status;
    }
    return journal_write(w, err);
}

static enum imjin_status begin_fast(struct ledger_writer *w, uint32_t block, struct error *err) {
    if (w->rows.count && ((const struct import_row *)w->rows.items)[0].block != block) {
        TRY(writer_flush_block(w, err));
        TRY(progress_step(w->progress, "writing", "rows", w->rows_read, 0, err));
        known_forget_pages(w);
        if (known_due(w))
            TRY(known_move(w, err));
    }
    if (w->rows.count == 0) {
        w->pending = w->here;
        w->pending_source = w->source;
        if (w->checkpoint_due == 0 && w->staged_blocks)
            TRY(checkpoint(w, err));
    }
    return IMJIN_OK;
}

static enum imjin_status begin_sorted(struct ledger_writer *w, struct error *err) {
    if (w->rows.count < w->options.run_rows)
        return IMJIN_OK;
    char path[PATH_BYTES_MAX];
    TRY(path_join(path, err, w->directory, "import"));
    TRY(directory_make(path, err));
    TRY(run_write(w, err));
    TRY(checkpoint(w, err));
    return progress_step(w->progress, "sorting", "rows", w->rows_read, 0, err);
}

/* The place of a row of `block` among those in memory; the row counts once it is whole. */
static enum imjin_status row_place(struct ledger_writer *w, uint32_t block, struct import_row **ret, struct error *err) {
    if (w->mode == IMPORT_FAST && !fits_fast(w, block))
        w->mode = IMPORT_SORTED;
    TRY(w->mode == IMPORT_FAST ? begin_fast(w, block, err) : begin_sorted(w, err));
    if (w->rows.count == w->rows.room)
        TRY(buffer_reserve(&w->rows, 1, err));
    *ret = (struct import_row *)w->rows.items + w->rows.count;
    return IMJIN_OK;
}

static void row_taken(struct ledger_writer *w) {
    w->rows.count++;
    if (w->checkpoint_due)
        w->checkpoint_due--;
}

static enum imjin_status add_batch(struct ledger_writer *w, const struct ledger_row *rows, unsigned count, struct error *err) {
    const struct address *addresses[INTERN_BATCH] = {0};
    uint32_t numbers[INTERN_BATCH];
    for (unsigned i = 0; i < count; i++) {
        const char *fault = row_fault(&rows[i]);
        if (fault)
            return refuse(w, &rows[i], fault, err);
        addresses[(size_t)2 * i] = &rows[i].from;
        addresses[(size_t)2 * i + 1] = &rows[i].to;
    }
    TRY(intern_addresses(&w->interner, addresses, 2 * count, numbers, err));
    uint64_t anew = w->interned_anew;
    for (unsigned i = 0; i < count; i++) {
        struct import_row *row;
        TRY(row_place(w, rows[i].block, &row, err));
        if (anew != w->interned_anew) { /* a block has ended, and with it what the numbers meant */
            TRY(intern_addresses(&w->interner, addresses + (size_t)2 * i, 2 * (count - i), numbers + (size_t)2 * i, err));
            anew = w->interned_anew;
        }
        TRY(convert(w, &rows[i], numbers + (size_t)2 * i, row, err));
        row_taken(w);
        w->here.skip++;
        w->here.rows++;
        w->rows_read++;
    }
    return IMJIN_OK;
}

/* A disk that is full stays full as long as what was staged is kept for the next import; so it is not. */
static enum imjin_status note_failure(struct ledger_writer *w, enum imjin_status status, struct error *err) {
    if (status != IMJIN_MACHINE || err == NULL || w->disk_full ||
        (err->reason != ENOSPC && err->reason != EDQUOT && err->reason != EFBIG))
        return status;
    size_t at = strlen(err->text);
    w->disk_full = true;
    snprintf(err->text + at, sizeof err->text - at, "; what was written is removed again: make room, or import in parts");
    return status;
}

static enum imjin_status add_rows(struct ledger_writer *w, const struct ledger_row *rows, uint64_t count, uint64_t offset_after,
                                  uint64_t line_after, struct error *err) {
    if (!w->in_source)
        return fail(err, IMJIN_USAGE, "rows without a source");
    if (w->broken)
        return fail(err, IMJIN_USAGE, "this import has failed; begin it again");
    uint64_t at = w->skip_left < count ? w->skip_left : count;
    w->skip_left -= at;
    w->here.skip += at;
    for (uint64_t some; at < count; at += some) {
        some = count - at < INTERN_BATCH / 2 ? count - at : INTERN_BATCH / 2;
        TRY(add_batch(w, rows + at, (unsigned)some, err));
    }
    w->here.offset = offset_after;
    w->here.line = line_after;
    w->here.skip = 0;
    return IMJIN_OK;
}

enum imjin_status ledger_writer_add(struct ledger_writer *w, const struct ledger_row *rows, uint64_t count,
                                    uint64_t offset_after, uint64_t line_after, struct error *err) {
    return note_failure(w, add_rows(w, rows, count, offset_after, line_after, err), err);
}

/* ---- notes ---- */

enum imjin_status ledger_writer_note_asset(struct ledger_writer *w, const struct ledger_asset_note *note, struct error *err) {
    struct import_note item = {.source = w->source};
    char symbol[ASSET_SYMBOL_MAX];
    if (!w->in_source)
        return fail(err, IMJIN_USAGE, "a note without a source");
    if (!asset_good(&note->key) || (note->decimals > DECIMALS_MAX && note->decimals != DECIMALS_UNKNOWN))
        return fail(err, IMJIN_BAD_INPUT, "not a note on an asset");
    note_key(&note->key, &item.row);
    escape_ascii(symbol, sizeof symbol, note->symbol.bytes ? note->symbol.bytes : "", note->symbol.count);
    item.row.decimals = note->decimals;
    item.row.symbol_count = (uint8_t)strlen(symbol);
    memcpy(item.row.symbol, symbol, item.row.symbol_count);
    TRY(buffer_push(&w->notes, &item, NULL, err));
    return w->notes.count > 2 * w->notes_united + NOTES_SLACK ? notes_unite(w, true, err) : IMJIN_OK;
}

enum imjin_status ledger_writer_note_block(struct ledger_writer *w, const struct ledger_block_note *note, struct error *err) {
    if (!w->in_source)
        return fail(err, IMJIN_USAGE, "a note without a source");
    if (note->time == TIME_UNKNOWN)
        return IMJIN_OK;
    struct import_row *row;
    TRY(note_failure(w, row_place(w, note->block, &row, err), err));
    *row = (struct import_row){.block = note->block, .source = (uint16_t)w->source, .time = note->time, .kind = ROW_NOTE};
    row_taken(w);
    return IMJIN_OK;
}

/* ---- end ---- */

static enum imjin_status finish(struct ledger_writer *w, struct ledger_commit *ret, struct error *err) {
    if (w->in_source)
        return fail(err, IMJIN_USAGE, "a source is still being read: %s", w->source_name);
    if (w->broken)
        return fail(err, IMJIN_USAGE, "this import has failed; begin it again");
    if (w->journal_there)
        TRY(journal_discard(w, err));
    drop_rest(w);
    if (w->mode == IMPORT_FAST)
        TRY(writer_flush_block(w, err));
    return writer_commit(w, UINT64_MAX, ret, err);
}

enum imjin_status ledger_writer_commit(struct ledger_writer *w, struct ledger_commit *ret, struct error *err) {
    enum imjin_status status = note_failure(w, finish(w, ret, err), err);
    if (status == IMJIN_BAD_INPUT || w->disk_full)
        ledger_writer_abandon(w, false);
    else
        writer_free(w);
    return status;
}

void ledger_writer_abandon(struct ledger_writer *w, bool keep_journal) {
    if (w == NULL)
        return;
    keep_journal = keep_journal && !w->disk_full;
    /* what cannot be written down is read again; what cannot be removed the next writer removes */
    enum imjin_status status = IMJIN_OK;
    if (keep_journal && w->sources.count && !w->journal_there)
        status = checkpoint(w, NULL);
    else if (!keep_journal)
        status = journal_discard(w, NULL);
    (void)status;
    writer_free(w);
}

enum imjin_status ledger_truncate(const char *directory, uint32_t block, const struct progress *p, struct error *err) {
    struct ledger_writer *w;
    struct ledger *l;
    TRY(ledger_open(&l, directory, err));
    const struct chain chain = *ledger_chain(l);
    ledger_close(l);
    TRY(ledger_writer_open(&w, directory, &chain, (struct ledger_writer_options){0}, p, err));
    const struct ledger *b = w->base;
    bool behind = b->block_row_count == 0 || b->blocks[b->block_row_count - 1].number < block;
    enum imjin_status status = journal_discard(w, err);
    w->mode = IMPORT_SORTED;
    if (status == IMJIN_OK && !behind)
        status = writer_commit(w, block, NULL, err);
    writer_free(w);
    return status;
}
