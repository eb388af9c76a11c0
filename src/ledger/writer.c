#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/sink.h"

struct ledger_writer {
    char directory[PATH_BYTES_MAX];
    struct file_lock lock;
    struct chain chain;
    struct ledger_writer_options options;
    const struct progress *progress;
    struct ledger *base; /* null: none yet */
    struct interner interner;
    struct block_work *work;
    struct buffer rows;                       /* struct import_row, in order of arrival */
    struct buffer block_rows;                 /* those of one block, gathered */
    struct buffer notes;                      /* struct note_row */
    struct buffer base_accounts, base_assets; /* uint32_t: interner numbers of what stands in the base */
    uint64_t rows_read;
    uint32_t source_count;
    bool in_source;
    char source_name[ERROR_FILE_MAX];
};

static enum imjin_status check_chain(const struct ledger_writer *w, struct error *err) {
    const char *there = w->base->manifest.chain.name;
    if (strcmp(there, w->chain.name) == 0)
        return IMJIN_OK;
    return fail(err, IMJIN_USAGE, "%s holds the chain %s, not %s", w->directory, there, w->chain.name);
}

static struct buffer row_buffer(size_t item_bytes, const char *what) {
    return (struct buffer){.item_bytes = item_bytes, .items_max = UINT32_MAX, .what = what};
}

static void writer_free(struct ledger_writer *w) {
    ledger_close(w->base);
    interner_done(&w->interner);
    block_work_free(w->work);
    buffer_done(&w->rows);
    buffer_done(&w->block_rows);
    buffer_done(&w->notes);
    buffer_done(&w->base_accounts);
    buffer_done(&w->base_assets);
    file_lock_release(&w->lock);
    memory_free(w);
}

static enum imjin_status open_base(struct ledger_writer *w, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(path_join(path, err, w->directory, "manifest"));
    if (!file_exists(path))
        return IMJIN_OK;
    TRY(ledger_open(&w->base, w->directory, err));
    return check_chain(w, err);
}

static enum imjin_status writer_begin(struct ledger_writer *w, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(directory_make(w->directory, err));
    TRY(path_join(path, err, w->directory, "lock"));
    TRY(file_lock_take(&w->lock, path, err));
    TRY(open_base(w, err));
    TRY(interner_init(&w->interner, w->options.memory_bytes, err));
    return block_work_new(&w->work, &w->interner, err);
}

enum imjin_status ledger_writer_open(struct ledger_writer **ret, const char *directory, const struct chain *chain,
                                     struct ledger_writer_options options, const struct progress *p, struct error *err) {
    if (strlen(directory) >= PATH_BYTES_MAX)
        return fail(err, IMJIN_USAGE, "path too long: %.60s...", directory);
    struct ledger_writer *w = memory_new(1, sizeof *w);
    if (w == NULL)
        return fail_memory(err, "a ledger's writer");
    snprintf(w->directory, sizeof w->directory, "%s", directory);
    w->lock.descriptor = -1;
    w->chain = *chain;
    w->options = options;
    if (w->options.memory_bytes == 0)
        w->options.memory_bytes = LEDGER_MEMORY_DEFAULT;
    if (w->options.memory_bytes < LEDGER_MEMORY_MIN)
        w->options.memory_bytes = LEDGER_MEMORY_MIN;
    w->progress = p;
    w->rows = row_buffer(sizeof(struct import_row), "rows");
    w->block_rows = row_buffer(sizeof(struct import_row), "rows in a block");
    w->notes = row_buffer(sizeof(struct note_row), "notes on assets");
    w->base_accounts = w->base_assets = row_buffer(sizeof(uint32_t), "accounts");
    enum imjin_status status = writer_begin(w, err);
    if (status != IMJIN_OK) {
        writer_free(w);
        return status;
    }
    *ret = w;
    return IMJIN_OK;
}

enum imjin_status ledger_writer_source(struct ledger_writer *w, const char *name, const struct sha256 *fingerprint,
                                       uint64_t *ret_offset, uint64_t *ret_line, struct error *err) {
    (void)fingerprint;
    if (w->in_source)
        return fail(err, IMJIN_USAGE, "a source is being read already: %s", w->source_name);
    if (w->source_count == LEDGER_SOURCES_MAX)
        return fail(err, IMJIN_USAGE, "more than %d files in one import", LEDGER_SOURCES_MAX);
    snprintf(w->source_name, sizeof w->source_name, "%s", name);
    w->source_count++;
    w->in_source = true;
    *ret_offset = 0;
    *ret_line = 0;
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

static const char *row_fault(const struct ledger_row *row) {
    if (row->kind >= MOVEMENT_KINDS || row->tx_form > TX_NONE || row->asset.form > ASSET_NAMED)
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
    if (row->asset.form == ASSET_NAMED ? row->asset.contract.form != ADDRESS_OPAQUE || row->asset.contract.count == 0 ||
                                             row->asset.contract.count > ADDRESS_TEXT_MAX
                                       : row->asset.form != ASSET_NATIVE && !address_good(&row->asset.contract))
        return "not an asset";
    return NULL;
}

static enum imjin_status set_tx(struct ledger_writer *w, const struct ledger_row *row, struct import_row *ret,
                                struct error *err) {
    struct sha256 hash;
    uint64_t offset;
    ret->form = row->tx_form;
    if (row->tx_form == TX_HASH) {
        memcpy(ret->tx, row->tx_hash, sizeof ret->tx);
        return IMJIN_OK;
    }
    if (row->tx_form == TX_NONE) {
        const struct row_content content = {.block = row->block,
                                            .time = row->time,
                                            .kind = row->kind,
                                            .from = row->from,
                                            .to = row->to,
                                            .asset = row->asset,
                                            .units = row->units};
        TRY(row_content_hash(&content, &hash, err));
        ret->form |= ROW_UNNUMBERED;
    } else {
        TRY(sha256_of(row->tx_text.bytes, row->tx_text.count, &hash, err));
        TRY(stash_take(&w->interner.texts, row->tx_text.count, &offset, err));
        memcpy(stash_at(&w->interner.texts, offset), row->tx_text.bytes, row->tx_text.count);
        ret->tx_text = offset << 8 | row->tx_text.count;
    }
    memcpy(ret->tx, hash.bytes, sizeof ret->tx);
    return IMJIN_OK;
}

static enum imjin_status convert(struct ledger_writer *w, const struct ledger_row *row, const uint32_t ends[2],
                                 struct import_row *ret, struct error *err) {
    const char *fault = row_fault(row);
    if (fault)
        return refuse(w, row, fault, err);
    *ret = (struct import_row){.block = row->block,
                               .index = row->tx_index,
                               .position = row->position,
                               .source = (uint16_t)(w->source_count - 1),
                               .kind = row->kind,
                               .time = row->time,
                               .from = ends[0],
                               .to = ends[1],
                               .units = row->units};
    TRY(intern_asset(&w->interner, &row->asset, &ret->asset, err));
    return set_tx(w, row, ret, err);
}

static enum imjin_status add_batch(struct ledger_writer *w, const struct ledger_row *rows, unsigned count, struct error *err) {
    const struct address *addresses[INTERN_BATCH];
    uint32_t numbers[INTERN_BATCH];
    for (unsigned i = 0; i < count; i++) {
        if (!address_good(&rows[i].from) || !address_good(&rows[i].to))
            return refuse(w, &rows[i], "not an address", err);
        addresses[2 * i] = &rows[i].from;
        addresses[2 * i + 1] = &rows[i].to;
    }
    TRY(intern_addresses(&w->interner, addresses, 2 * count, numbers, err));
    TRY(buffer_reserve(&w->rows, count, err));
    struct import_row *out = (struct import_row *)w->rows.items + w->rows.count;
    for (unsigned i = 0; i < count; i++)
        TRY(convert(w, &rows[i], numbers + 2 * i, &out[i], err));
    w->rows.count += count;
    w->rows_read += count;
    return IMJIN_OK;
}

enum imjin_status ledger_writer_add(struct ledger_writer *w, const struct ledger_row *rows, uint64_t count,
                                    uint64_t offset_after, uint64_t line_after, struct error *err) {
    (void)offset_after;
    (void)line_after;
    if (!w->in_source)
        return fail(err, IMJIN_USAGE, "rows without a source");
    for (uint64_t at = 0; at < count; at += INTERN_BATCH / 2) {
        uint64_t some = count - at < INTERN_BATCH / 2 ? count - at : INTERN_BATCH / 2;
        TRY(add_batch(w, rows + at, (unsigned)some, err));
    }
    return IMJIN_OK;
}

enum imjin_status ledger_writer_note_asset(struct ledger_writer *w, const struct ledger_asset_note *note, struct error *err) {
    struct note_row row;
    char symbol[ASSET_SYMBOL_MAX];
    if (note->key.form > ASSET_NAMED || (note->decimals > DECIMALS_MAX && note->decimals != DECIMALS_UNKNOWN))
        return fail(err, IMJIN_BAD_INPUT, "not a note on an asset");
    note_key(&note->key, &row);
    escape_ascii(symbol, sizeof symbol, note->symbol.bytes ? note->symbol.bytes : "", note->symbol.count);
    row.decimals = note->decimals;
    row.symbol_count = (uint8_t)strlen(symbol);
    memcpy(row.symbol, symbol, row.symbol_count);
    return buffer_push(&w->notes, &row, NULL, err);
}

enum imjin_status ledger_writer_note_block(struct ledger_writer *w, const struct ledger_block_note *note, struct error *err) {
    if (note->time == TIME_UNKNOWN)
        return IMJIN_OK;
    return buffer_push(&w->rows, &(struct import_row){.block = note->block, .time = note->time, .kind = ROW_NOTE}, NULL, err);
}

enum imjin_status ledger_writer_source_end(struct ledger_writer *w, struct error *err) {
    if (!w->in_source)
        return fail(err, IMJIN_USAGE, "no source to end");
    w->in_source = false;
    return IMJIN_OK;
}

/* ---- rows of the ledger that stands, for a rewrite ---- */

static enum imjin_status base_account(struct ledger_writer *w, uint32_t id, uint32_t *ret, struct error *err) {
    uint32_t *numbers = w->base_accounts.items;
    struct address a;
    const struct address *pointer = &a;
    if (id >= w->base_accounts.count)
        return ledger_damaged(err, "account", id);
    if (numbers[id] == (uint32_t)ID_NONE) {
        TRY(ledger_address(w->base, (struct account_id){id}, &a, err));
        TRY(intern_addresses(&w->interner, &pointer, 1, &numbers[id], err));
    }
    *ret = numbers[id];
    return IMJIN_OK;
}

static enum imjin_status base_asset(struct ledger_writer *w, uint32_t id, uint32_t *ret, struct error *err) {
    uint32_t *numbers = w->base_assets.items;
    struct ledger_asset asset;
    if (numbers[id] == (uint32_t)ID_NONE) {
        TRY(ledger_asset(w->base, (struct asset_id){id}, &asset, err));
        TRY(intern_asset(&w->interner, &asset.key, &numbers[id], err));
    }
    *ret = numbers[id];
    return IMJIN_OK;
}

static enum imjin_status numbers_for(struct buffer *numbers, uint64_t count, struct error *err) {
    numbers->count = 0;
    TRY(buffer_reserve(numbers, count, err));
    memset(numbers->items, 0xff, count * sizeof(uint32_t));
    numbers->count = count;
    return IMJIN_OK;
}

static enum imjin_status base_movement(struct ledger_writer *w, const struct import_row *tx, uint64_t number,
                                       struct error *err) {
    struct import_row *row;
    struct movement m;
    TRY(ledger_movement(w->base, number, &m, err));
    TRY(buffer_push(&w->block_rows, tx, &row, err));
    row->kind = (uint8_t)movement_kind(&m);
    row->position = w->base->positions[number];
    TRY(base_account(w, m.from, &row->from, err));
    TRY(base_account(w, m.to, &row->to, err));
    TRY(base_asset(w, m.asset, &row->asset, err));
    return ledger_units(w->base, &m, &row->units, err);
}

static enum imjin_status base_tx(struct ledger_writer *w, uint32_t id, struct error *err) {
    struct ledger_tx tx;
    struct span text;
    uint64_t offset;
    TRY(ledger_tx(w->base, (struct tx_id){id}, &tx, err));
    uint32_t flags = w->base->txs[id].index_flags;
    struct import_row row = {.block = tx.block,
                             .index = tx.index,
                             .source = SOURCE_LEDGER,
                             .form = flags >> TX_FORM_SHIFT & TX_FORM_MASK,
                             .time = flags & TX_TIME_INHERITED ? TIME_UNKNOWN : tx.time};
    memcpy(row.tx, tx.hash, sizeof row.tx);
    if (row.form == TX_TEXT) {
        TRY(ledger_tx_text(w->base, id, &text, err));
        TRY(stash_take(&w->interner.texts, text.count, &offset, err));
        memcpy(stash_at(&w->interner.texts, offset), text.bytes, text.count);
        row.tx_text = offset << 8 | text.count;
    }
    for (uint64_t number = tx.first; number < tx.first + tx.count; number++)
        TRY(base_movement(w, &row, number, err));
    return IMJIN_OK;
}

/* Rows of the base's block that begins at block row *at, which moves behind it. */
static enum imjin_status base_block(struct ledger_writer *w, uint64_t *at, struct error *err) {
    const struct ledger *l = w->base;
    uint32_t number = l->blocks[*at].number;
    uint64_t tx = l->blocks[*at].first_tx, end = l->manifest.counts.txs;
    int64_t time = TIME_UNKNOWN;
    for (; *at < l->block_row_count && l->blocks[*at].number == number; ++*at) {
        int64_t said = l->blocks[*at].time;
        if (said != TIME_UNKNOWN && (time == TIME_UNKNOWN || said < time))
            time = said;
    }
    if (*at < l->block_row_count)
        end = l->blocks[*at].first_tx;
    if (time != TIME_UNKNOWN)
        TRY(buffer_push(&w->block_rows, &(struct import_row){.block = number, .time = time, .kind = ROW_NOTE}, NULL, err));
    if (end > l->manifest.counts.txs)
        return ledger_damaged(err, "block", number);
    for (; tx < end; tx++)
        TRY(base_tx(w, (uint32_t)tx, err));
    return IMJIN_OK;
}

/* ---- merging ---- */

struct merge {
    struct ledger_writer *w;
    struct sink sink;
    const uint64_t *order; /* block << 32 | number of the row */
    uint64_t at, count;
    uint64_t base_at; /* block row of the base; its count when appending */
};

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static enum imjin_status merge_block(struct merge *m, struct error *err) {
    struct ledger_writer *w = m->w;
    bool rows = m->at < m->count, base = w->base && m->base_at < w->base->block_row_count;
    uint64_t block = rows ? m->order[m->at] >> 32 : UINT64_MAX;
    struct block_result result;
    if (base && w->base->blocks[m->base_at].number < block)
        block = w->base->blocks[m->base_at].number;
    w->block_rows.count = 0;
    if (base && w->base->blocks[m->base_at].number == block)
        TRY(base_block(w, &m->base_at, err));
    for (; m->at < m->count && m->order[m->at] >> 32 == block; m->at++) {
        const struct import_row *row = (const struct import_row *)w->rows.items + (uint32_t)m->order[m->at];
        TRY(buffer_push(&w->block_rows, row, NULL, err));
    }
    if (w->block_rows.count == 0)
        return ledger_damaged(err, "block", block);
    TRY(block_assemble(w->work, w->block_rows.items, w->block_rows.count, &result, err));
    return sink_block(&m->sink, &result, err);
}

static enum imjin_status merge_all(struct merge *m, struct error *err) {
    while (m->at < m->count || (m->w->base && m->base_at < m->w->base->block_row_count)) {
        TRY(merge_block(m, err));
        TRY(progress_step(m->w->progress, "merging", "rows", m->at, m->count, err));
    }
    return IMJIN_OK;
}

/* ---- notes ---- */

static int by_note(const void *a, const void *b) { return note_compare(a, b); }

static void unite_note(struct note_row *into, const struct note_row *other) {
    if (other->decimals != DECIMALS_UNKNOWN && into->decimals != DECIMALS_UNKNOWN && into->decimals != other->decimals)
        into->conflicting = 1;
    if (other->decimals < into->decimals)
        into->decimals = other->decimals;
    into->conflicting |= other->conflicting;
    if (other->symbol_count == 0)
        return;
    int order =
        span_compare((struct span){other->symbol, other->symbol_count}, (struct span){into->symbol, into->symbol_count});
    if (into->symbol_count && order)
        into->conflicting = 1;
    if (into->symbol_count == 0 || order < 0) {
        into->symbol_count = other->symbol_count;
        memcpy(into->symbol, other->symbol, sizeof into->symbol);
    }
}

/* The notes of the base and the new ones, one for each key, sorted. */
static enum imjin_status unite_notes(struct ledger_writer *w, struct error *err) {
    uint64_t known = w->base ? w->base->note_count : 0, kept = 0;
    TRY(buffer_reserve(&w->notes, known, err));
    struct note_row *notes = w->notes.items;
    if (known)
        memcpy(notes + w->notes.count, w->base->notes, known * sizeof *notes);
    w->notes.count += known;
    if (w->notes.count)
        qsort(notes, w->notes.count, sizeof *notes, by_note);
    for (uint64_t i = 0; i < w->notes.count; i++) {
        if (kept && note_compare(&notes[kept - 1], &notes[i]) == 0)
            unite_note(&notes[kept - 1], &notes[i]);
        else
            notes[kept++] = notes[i];
    }
    w->notes.count = kept;
    return IMJIN_OK;
}

static enum imjin_status write_notes(struct ledger_writer *w, struct manifest *m, struct error *err) {
    struct column c;
    struct manifest_file *f = &m->files[FILE_NOTES];
    char path[PATH_BYTES_MAX];
    TRY(unite_notes(w, err));
    snprintf(f->path, sizeof f->path, "g%04" PRIu64 "/notes.%06" PRIu64, m->generation, m->commit);
    TRY(path_join(path, err, w->directory, f->path));
    TRY(column_open(&c, path, 0, NULL, err));
    column_add(&c, w->notes.items, w->notes.count * sizeof(struct note_row));
    f->bytes = c.bytes;
    enum imjin_status status = column_finish(&c, err);
    if (status == IMJIN_OK)
        status = manifest_add_hashes(m, f, c.hashes.items, c.hashes.count, err);
    column_done(&c);
    return status;
}

/* ---- the index ---- */

/* The movements behind the segments kept; segments not much larger than what comes are merged into it, so that at most a
 * logarithm of them exists. */
static void plan_segment(const struct ledger_writer *w, struct manifest *m, struct index_job *job) {
    *job = (struct index_job){.memory_bytes = w->options.memory_bytes, .threads = w->options.threads, .progress = w->progress};
    while (m->segment_count) {
        const struct index_header *h = w->base->segments[m->segment_count - 1].header;
        job->first_movement = h->first_movement + h->movement_count;
        job->first_tx = h->first_tx + h->tx_count;
        job->first_account = h->first_account + h->account_count;
        job->first_asset = h->first_asset + h->asset_count;
        if (h->movement_count > 2 * (m->counts.movements - job->first_movement) && m->segment_count < LEDGER_SEGMENTS_MAX)
            break;
        m->segment_count--;
        *job = (struct index_job){.memory_bytes = job->memory_bytes, .threads = job->threads, .progress = job->progress};
    }
    job->movement_count = m->counts.movements - job->first_movement;
    job->tx_count = m->counts.txs - job->first_tx;
    job->account_count = m->counts.accounts - job->first_account;
    job->asset_count = m->counts.assets - job->first_asset;
}

static enum imjin_status map_columns(const struct ledger_writer *w, const struct manifest *m, struct ledger **ret,
                                     struct error *err) {
    struct manifest copy;
    TRY(manifest_copy(&copy, m, err));
    copy.segment_count = 0;
    return ledger_open_manifest(ret, w->directory, &copy, err);
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
    TRY(map_columns(w, m, &columns, err));
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

static bool behind_base(const struct ledger_writer *w, const uint64_t *order, uint64_t count) {
    if (w->base == NULL || count == 0)
        return w->base != NULL;
    return w->base->block_row_count == 0 || order[0] >> 32 > w->base->blocks[w->base->block_row_count - 1].number;
}

static enum imjin_status start_manifest(const struct ledger_writer *w, bool append, struct manifest *ret, struct error *err) {
    if (append)
        return manifest_copy(ret, &w->base->manifest, err);
    manifest_init(ret, &w->chain);
    ret->generation = w->base ? w->base->manifest.generation + 1 : 1;
    ret->commit = w->base ? w->base->manifest.commit : 0;
    for (unsigned i = 0; i < DATA_COLUMNS; i++)
        snprintf(ret->files[i].path, sizeof ret->files[i].path, "g%04" PRIu64 "/%s", ret->generation, data_file_name(i));
    return IMJIN_OK;
}

static enum imjin_status make_generation(const struct ledger_writer *w, const struct manifest *m, struct error *err) {
    char name[32], path[PATH_BYTES_MAX];
    snprintf(name, sizeof name, "g%04" PRIu64, m->generation);
    TRY(path_join(path, err, w->directory, name));
    return directory_make(path, err);
}

static enum imjin_status write_columns(struct ledger_writer *w, struct manifest *m, const uint64_t *order, bool append,
                                       struct error *err) {
    struct merge merge = {.w = w, .order = order, .count = w->rows.count};
    if (w->base && !append) {
        TRY(numbers_for(&w->base_accounts, w->base->manifest.counts.accounts, err));
        TRY(numbers_for(&w->base_assets, w->base->manifest.counts.assets, err));
    }
    merge.base_at = append ? w->base->block_row_count : 0;
    TRY(sink_open(&merge.sink, w->directory, m, &w->interner, append ? w->base : NULL, err));
    enum imjin_status status = merge_all(&merge, err);
    if (status == IMJIN_OK)
        status = sink_finish(&merge.sink, m, err);
    sink_done(&merge.sink);
    return status;
}

static enum imjin_status sync_generation(const struct ledger_writer *w, const struct manifest *m, struct error *err) {
    char name[32], path[PATH_BYTES_MAX];
    snprintf(name, sizeof name, "g%04" PRIu64, m->generation);
    TRY(path_join(path, err, w->directory, name));
    return directory_sync(path, err);
}

static enum imjin_status build(struct ledger_writer *w, struct manifest *m, const uint64_t *order, bool append,
                               struct error *err) {
    m->commit++;
    TRY(make_generation(w, m, err));
    TRY(write_columns(w, m, order, append, err));
    TRY(write_notes(w, m, err));
    TRY(write_segment(w, m, err));
    TRY(sync_generation(w, m, err));
    return manifest_write(m, w->directory, err);
}

static void count_commit(const struct ledger_writer *w, const struct manifest *m, struct ledger_commit *ret) {
    struct ledger_counts before = {.accounts = ACCOUNTS_RESERVED, .assets = 1};
    if (w->base)
        before = w->base->manifest.counts;
    uint64_t added = m->counts.movements - before.movements;
    *ret = (struct ledger_commit){.rows_read = w->rows_read,
                                  .movements_added = added,
                                  .movements_known = w->rows_read - added,
                                  .txs_added = m->counts.txs - before.txs,
                                  .accounts_added = m->counts.accounts - before.accounts,
                                  .assets_added = m->counts.assets - before.assets};
}

static enum imjin_status commit(struct ledger_writer *w, struct ledger_commit *ret, struct error *err) {
    struct manifest m;
    uint64_t count = w->rows.count, *order = memory_new(count, sizeof *order);
    const struct import_row *rows = w->rows.items;
    if (order == NULL)
        return fail_memory(err, "sorting");
    for (uint64_t i = 0; i < count; i++)
        order[i] = (uint64_t)rows[i].block << 32 | i;
    qsort(order, count, sizeof *order, by_value);
    bool append = behind_base(w, order, count);
    enum imjin_status status = start_manifest(w, append, &m, err);
    if (status == IMJIN_OK) {
        status = build(w, &m, order, append, err);
        if (status == IMJIN_OK)
            count_commit(w, &m, ret);
        manifest_done(&m);
    }
    memory_free(order);
    return status;
}

enum imjin_status ledger_writer_commit(struct ledger_writer *w, struct ledger_commit *ret, struct error *err) {
    enum imjin_status status = commit(w, ret, err);
    writer_free(w);
    return status;
}

void ledger_writer_abandon(struct ledger_writer *w, bool keep_journal) {
    (void)keep_journal;
    if (w)
        writer_free(w);
}

enum imjin_status ledger_truncate(const char *directory, uint32_t block, const struct progress *p, struct error *err) {
    (void)directory, (void)block, (void)p;
    return fail(err, IMJIN_USAGE, "truncation is not offered yet");
}

enum imjin_status ledger_verify(const char *directory, unsigned threads, const struct progress *p, struct error *err) {
    struct ledger *l;
    (void)threads, (void)p;
    TRY(ledger_open(&l, directory, err));
    ledger_close(l);
    return IMJIN_OK;
}
