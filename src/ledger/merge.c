#include "ledger/import.h"

/* Rows that stand (committed or staged) and rows of the runs, block by block. */
struct merge {
    struct ledger_writer *w;
    const struct ledger *standing;
    uint64_t committed_rows; /* block rows of `standing` that are committed; those behind are staged */
    struct run_reader *runs;
    struct sink *sink;
    struct buffer accounts, assets; /* uint32_t: interner numbers by id in `standing`; ID_NONE: not asked yet */
    struct buffer rows;             /* struct import_row of one block */
    uint64_t at;                    /* block row of `standing` */
    uint64_t done, total;           /* rows, for progress */
    uint64_t forget_at;
    bool pass_over; /* rows of blocks until last_block: they stand already */
    uint64_t last_block;
};
enum { FORGET_ROWS = 1 << 20 };

/* ---- what stands, as rows ---- */

static enum imjin_status standing_account(struct merge *m, uint32_t id, uint32_t *ret, struct error *err) {
    uint32_t *number = (uint32_t *)m->accounts.items + id;
    struct address a;
    const struct address *pointer = &a;
    if (*number == (uint32_t)ID_NONE) {
        TRY(ledger_address(m->standing, (struct account_id){id}, &a, err));
        TRY(intern_addresses(&m->w->interner, &pointer, 1, number, err));
    }
    *ret = *number;
    return IMJIN_OK;
}

static enum imjin_status standing_asset(struct merge *m, uint32_t id, uint32_t *ret, struct error *err) {
    uint32_t *number = (uint32_t *)m->assets.items + id;
    struct ledger_asset asset;
    if (*number == (uint32_t)ID_NONE) {
        TRY(ledger_asset(m->standing, (struct asset_id){id}, &asset, err));
        TRY(intern_asset(&m->w->interner, &asset.key, number, err));
    }
    *ret = *number;
    return IMJIN_OK;
}

/* The source that staged a block alone, or the ledger itself. */
static uint16_t staged_by(const struct merge *m, uint32_t block, uint64_t block_row) {
    if (block_row < m->committed_rows)
        return SOURCE_LEDGER;
    for (uint32_t i = 0; i < m->w->sources.count; i++) {
        const struct import_source *s = source_at(m->w, i);
        if (s->has_blocks && s->first_block <= block && block <= s->last_block)
            return (uint16_t)i;
    }
    return SOURCE_LEDGER;
}

/* A staged row without transaction id gets the hash of its content back: more equal rows of its source may be in the runs,
 * and the ordinals are given over all of them. */
static enum imjin_status unnumber(const struct merge *m, struct import_row *row, const struct movement *stored,
                                  struct error *err) {
    struct row_content content = {.block = row->block, .time = row->time, .kind = row->kind, .units = row->units};
    struct ledger_asset asset;
    struct sha256 hash;
    TRY(ledger_address(m->standing, (struct account_id){stored->from}, &content.from, err));
    TRY(ledger_address(m->standing, (struct account_id){stored->to}, &content.to, err));
    TRY(ledger_asset(m->standing, (struct asset_id){stored->asset}, &asset, err));
    content.asset = asset.key;
    TRY(row_content_hash(&content, &hash, err));
    memcpy(row->tx, hash.bytes, sizeof row->tx);
    row->form |= ROW_UNNUMBERED;
    return IMJIN_OK;
}

static enum imjin_status take_movement(struct merge *m, const struct import_row *tx, uint64_t number, struct error *err) {
    struct import_row *row;
    struct movement stored;
    TRY(ledger_movement(m->standing, number, &stored, err));
    TRY(buffer_push(&m->rows, tx, &row, err));
    row->kind = (uint8_t)movement_kind(&stored);
    row->position = m->standing->positions[number];
    TRY(standing_account(m, stored.from, &row->from, err));
    TRY(standing_account(m, stored.to, &row->to, err));
    TRY(standing_asset(m, stored.asset, &row->asset, err));
    TRY(ledger_units(m->standing, &stored, &row->units, err));
    if (row->form == TX_NONE && row->source != SOURCE_LEDGER)
        TRY(unnumber(m, row, &stored, err));
    return IMJIN_OK;
}

static enum imjin_status take_tx(struct merge *m, uint32_t id, uint16_t source, struct error *err) {
    struct ledger_tx tx;
    struct span text;
    TRY(ledger_tx(m->standing, (struct tx_id){id}, &tx, err));
    uint32_t flags = m->standing->txs[id].index_flags;
    struct import_row row = {.block = tx.block,
                             .index = tx.index,
                             .source = source,
                             .form = flags >> TX_FORM_SHIFT & TX_FORM_MASK,
                             .time = flags & TX_TIME_INHERITED ? TIME_UNKNOWN : tx.time};
    if (row.form > TX_NONE)
        return ledger_damaged(err, "transaction", id);
    memcpy(row.tx, tx.hash, sizeof row.tx);
    if (row.form == TX_TEXT) {
        TRY(ledger_tx_text(m->standing, id, &text, err));
        row.tx_text = TX_TEXT_STANDING | (uint64_t)(text.bytes - m->standing->text) << 8 | text.count;
    }
    for (uint64_t number = tx.first; number < tx.first + tx.count; number++)
        TRY(take_movement(m, &row, number, err));
    m->done += tx.count;
    return IMJIN_OK;
}

/* Block rows [m->at, ...) of one block into m->rows; m->at moves behind it. */
static enum imjin_status take_standing(struct merge *m, struct error *err) {
    const struct ledger *l = m->standing;
    uint32_t block = l->blocks[m->at].number;
    uint16_t source = staged_by(m, block, m->at);
    uint64_t tx = l->blocks[m->at].first_tx, end = l->manifest.counts.txs;
    int64_t time = TIME_UNKNOWN;
    for (; m->at < l->block_row_count && l->blocks[m->at].number == block; m->at++) {
        int64_t said = l->blocks[m->at].time;
        if (said != TIME_UNKNOWN && (time == TIME_UNKNOWN || said < time))
            time = said;
    }
    if (m->at < l->block_row_count)
        end = l->blocks[m->at].first_tx;
    if (end > l->manifest.counts.txs)
        return ledger_damaged(err, "block", block);
    if (source != SOURCE_LEDGER && source_at(m->w, source)->dropped)
        return IMJIN_OK;
    struct import_row note = {.block = block, .source = source, .time = time, .kind = ROW_NOTE};
    TRY(buffer_push(&m->rows, &note, NULL, err));
    for (; tx < end; tx++)
        TRY(take_tx(m, (uint32_t)tx, source, err));
    return IMJIN_OK;
}

/* ---- beginning and end ---- */

static enum imjin_status numbers_for(struct buffer *numbers, uint64_t count, struct error *err) {
    *numbers = (struct buffer){.item_bytes = sizeof(uint32_t), .items_max = UINT32_MAX, .what = "accounts"};
    TRY(buffer_reserve(numbers, count ? count : 1, err));
    memset(numbers->items, 0xff, count * sizeof(uint32_t));
    numbers->count = count;
    return IMJIN_OK;
}

static enum imjin_status merge_begin(struct merge *m, struct error *err) {
    struct ledger_writer *w = m->w;
    m->rows = (struct buffer){.item_bytes = sizeof(struct import_row),
                              .items_max = w->options.memory_bytes / sizeof(struct import_row),
                              .what = "rows in one block (give the import more memory)"};
    for (size_t i = 0; i < w->runs.count; i++)
        m->total += ((const struct run *)w->runs.items)[i].rows;
    m->total += w->rows.count;
    TRY(run_reader_new(&m->runs, w, err));
    if (m->standing == NULL)
        return IMJIN_OK;
    m->total += m->standing->manifest.counts.movements;
    m->committed_rows = w->base ? w->base->block_row_count : 0;
    TRY(numbers_for(&m->accounts, m->standing->manifest.counts.accounts, err));
    return numbers_for(&m->assets, m->standing->manifest.counts.assets, err);
}

static void merge_end(struct merge *m) {
    run_reader_free(m->runs);
    buffer_done(&m->accounts);
    buffer_done(&m->assets);
    buffer_done(&m->rows);
}

static uint64_t standing_block(const struct merge *m) {
    return m->standing && m->at < m->standing->block_row_count ? m->standing->blocks[m->at].number : UINT64_MAX;
}

/* ---- into columns ---- */

static enum imjin_status merge_block(struct merge *m, uint64_t block, struct error *err) {
    struct block_result result;
    m->rows.count = 0;
    if (standing_block(m) == block)
        TRY(take_standing(m, err));
    if (run_reader_block(m->runs) == block) {
        uint64_t before = m->rows.count;
        TRY(run_reader_take(m->runs, &m->rows, err));
        m->done += m->rows.count - before;
    }
    if (m->rows.count == 0) /* only rows of a dropped source */
        return IMJIN_OK;
    TRY(block_assemble(m->w->work, m->rows.items, m->rows.count, &result, err));
    return sink_block(m->sink, &result, err);
}

/* What stands is read from end to end: it need not stay in memory. */
static void forget_now_and_then(struct merge *m) {
    if (m->standing == NULL || m->done < m->forget_at)
        return;
    ledger_forget_pages(m->standing);
    m->forget_at = m->done + FORGET_ROWS;
}

static enum imjin_status merge_blocks(struct merge *m, uint64_t until_block, struct error *err) {
    uint64_t before = 0;
    for (; m->pass_over && run_reader_block(m->runs) <= m->last_block; m->rows.count = 0)
        TRY(run_reader_take(m->runs, &m->rows, err));
    for (bool first = true;; first = false) {
        uint64_t block = standing_block(m), run = run_reader_block(m->runs);
        block = run < block ? run : block;
        if (block >= until_block)
            return IMJIN_OK;
        if (!first && block <= before) /* a damaged ledger: its blocks do not ascend */
            return ledger_damaged(err, "block", block);
        before = block;
        TRY(merge_block(m, block, err));
        forget_now_and_then(m);
        TRY(progress_step(m->w->progress, "merging", "rows", m->done, m->total, err));
    }
}

enum imjin_status merge_columns(struct ledger_writer *w, const struct ledger *standing, struct manifest *manifest,
                                const struct ledger *append_to, uint64_t until_block, struct error *err) {
    struct sink sink;
    const struct block_row *last =
        append_to && append_to->block_row_count ? &append_to->blocks[append_to->block_row_count - 1] : NULL;
    struct merge m = {.w = w, .standing = standing, .sink = &sink, .pass_over = last != NULL};
    m.last_block = last ? last->number : 0;
    TRY(sink_open(&sink, w->directory[0] ? w->directory : NULL, manifest, &w->interner, append_to, last, w->options.threads,
                  err));
    sink.standing_text = standing ? standing->text : NULL;
    enum imjin_status status = merge_begin(&m, err);
    if (status == IMJIN_OK)
        status = merge_blocks(&m, until_block, err);
    if (status == IMJIN_OK)
        status = sink_finish(&sink, manifest, err);
    merge_end(&m);
    sink_done(&sink);
    return status;
}

/* ---- does anything change? ---- */

/* Compares the assembled block with block rows [from, m->at) of what stands. Rows are only ever added, and indexes, positions
 * and times only ever become known or smaller: equal counts and equal attributes in the same order mean equal blocks. */
static bool block_same(const struct merge *m, uint64_t from, const struct block_result *r) {
    const struct ledger *l = m->standing;
    uint64_t tx = l->blocks[from].first_tx, end = l->manifest.counts.txs;
    int64_t time = TIME_UNKNOWN;
    if (m->at < l->block_row_count)
        end = l->blocks[m->at].first_tx;
    for (uint64_t i = from; i < m->at; i++) {
        int64_t said = l->blocks[i].time;
        if (said != TIME_UNKNOWN && (time == TIME_UNKNOWN || said < time))
            time = said;
    }
    if (time != r->time || end - tx != r->tx_count)
        return false;
    for (uint32_t i = 0; i < r->tx_count; i++, tx++) {
        const struct block_tx *t = &r->txs[i];
        struct ledger_tx stored;
        uint32_t flags = l->txs[tx].index_flags;
        if (ledger_tx(l, (struct tx_id){(uint32_t)tx}, &stored, NULL) != IMJIN_OK || stored.count != t->count ||
            stored.index != t->index || stored.time != t->time || memcmp(stored.hash, t->id, sizeof t->id) != 0 ||
            (flags >> TX_FORM_SHIFT & TX_FORM_MASK) != t->form || t->inherited != !!(flags & TX_TIME_INHERITED))
            return false;
        for (uint32_t k = 0; k < t->count; k++) {
            if (l->positions[stored.first + k] != r->movements[t->first + k].position)
                return false;
        }
    }
    return true;
}

static uint64_t seek_block(const struct ledger *l, uint64_t block) {
    uint64_t low = 0, high = l->block_row_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (l->blocks[middle].number < block)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum imjin_status find_change(struct merge *m, uint64_t *ret_block, struct error *err) {
    for (uint64_t block; (block = run_reader_block(m->runs)) != UINT64_MAX;) {
        struct block_result result;
        uint64_t from = seek_block(m->standing, block);
        m->at = from;
        m->rows.count = 0;
        *ret_block = block;
        if (standing_block(m) != block)
            return IMJIN_OK;
        TRY(take_standing(m, err));
        TRY(run_reader_take(m->runs, &m->rows, err));
        TRY(block_assemble(m->w->work, m->rows.items, m->rows.count, &result, err));
        if (!block_same(m, from, &result))
            return IMJIN_OK;
        TRY(progress_step(m->w->progress, "comparing", "rows", m->done, m->total, err));
    }
    *ret_block = UINT64_MAX;
    return IMJIN_OK;
}

enum imjin_status merge_first_change(struct ledger_writer *w, const struct ledger *standing, uint64_t *ret_block,
                                     struct error *err) {
    struct merge m = {.w = w, .standing = standing};
    uint64_t block = 0;
    enum imjin_status status = merge_begin(&m, err);
    if (status == IMJIN_OK)
        status = find_change(&m, &block, err);
    merge_end(&m);
    if (status == IMJIN_OK)
        *ret_block = block;
    return status;
}
