#include "ledger/sink.h"

#include <stdio.h>

static inline void put(struct sink *s, enum data_file file, const void *row, uint64_t bytes) {
    column_add(&s->columns[file], row, bytes);
}

/* ---- opening ---- */

static void put_reserved(struct sink *s) {
    struct account_row accounts[ACCOUNTS_RESERVED] = {{.form = ADDRESS_VOID}, {.form = ADDRESS_FEES}};
    struct asset_row native = {.form = ASSET_NATIVE};
    put(s, FILE_ACCOUNTS, accounts, sizeof accounts);
    put(s, FILE_ASSETS, &native, sizeof native);
    s->counts.accounts = ACCOUNTS_RESERVED;
    s->counts.assets = 1;
}

static enum imjin_status open_columns(struct sink *s, const char *directory, const struct manifest *start, bool anew,
                                      struct error *err) {
    char path[PATH_BYTES_MAX];
    for (unsigned i = 0; i < DATA_COLUMNS; i++) {
        const struct manifest_file *f = &start->files[i];
        const struct sha256 *kept = anew ? NULL : (const struct sha256 *)start->hashes.items + f->first_hash;
        if (directory)
            TRY(path_join(path, err, directory, f->path));
        TRY(column_open(&s->columns[i], directory ? path : NULL, anew ? 0 : f->bytes, kept, s->chunks, err));
    }
    return IMJIN_OK;
}

enum imjin_status sink_open(struct sink *ret, const char *directory, const struct manifest *start,
                            const struct interner *interner, const struct ledger *base, const struct block_row *last,
                            unsigned threads, struct error *err) {
    const struct buffer ids = {.item_bytes = sizeof(uint32_t), .items_max = UINT32_MAX, .what = "accounts"};
    bool anew = start->counts.accounts == 0;
    memset(ret, 0, sizeof *ret);
    ret->interner = interner;
    ret->base = base;
    ret->account_ids = ret->asset_ids = ids;
    ret->ascending = start->ascending;
    ret->counts = start->counts;
    ret->open = true;
    for (unsigned i = 0; i < DATA_COLUMNS; i++)
        ret->columns[i].descriptor = -1;
    enum imjin_status status = chunks_new(&ret->chunks, threads, err);
    if (status == IMJIN_OK)
        status = open_columns(ret, directory, start, anew, err);
    if (status != IMJIN_OK) {
        sink_done(ret);
        return status;
    }
    if (anew)
        put_reserved(ret);
    if (last) {
        ret->any_block = true;
        ret->last = *last;
    }
    return IMJIN_OK;
}

/* ---- ids ---- */

static enum imjin_status grow_ids(struct buffer *ids, uint64_t number, uint64_t wanted, struct error *err) {
    if (number < ids->count)
        return IMJIN_OK;
    TRY(buffer_reserve(ids, wanted - ids->count, err));
    memset((uint32_t *)ids->items + ids->count, 0xff, (wanted - ids->count) * sizeof(uint32_t));
    ids->count = wanted;
    return IMJIN_OK;
}

static enum imjin_status new_account(struct sink *s, const struct address *a, uint32_t *ret, struct error *err) {
    struct account_row row = {.form = a->form};
    if (s->counts.accounts >= ID_NONE)
        return fail(err, IMJIN_BAD_INPUT, "more than %u accounts", ID_NONE);
    if (a->form == ADDRESS_EVM) {
        row.count = sizeof a->evm;
        memcpy(row.bytes, a->evm, sizeof a->evm);
    } else {
        uint64_t offset = s->columns[FILE_TEXT].bytes;
        row.count = a->count;
        memcpy(row.bytes, &offset, sizeof offset);
        put(s, FILE_TEXT, a->text, a->count);
    }
    put(s, FILE_ACCOUNTS, &row, sizeof row);
    *ret = (uint32_t)s->counts.accounts++;
    return IMJIN_OK;
}

static enum imjin_status first_account(struct sink *s, uint32_t number, uint32_t *ret, struct error *err) {
    struct address a;
    struct account_id known;
    interned_address(s->interner, number, &a);
    INVARIANT(interned_row(s->interner, number)->form != FORM_NAME);
    if (number < ACCOUNTS_RESERVED) {
        *ret = number;
        return IMJIN_OK;
    }
    if (s->base == NULL)
        return new_account(s, &a, ret, err);
    enum imjin_status status = ledger_account_find(s->base, &a, &known, err);
    if (status == IMJIN_NOT_FOUND)
        return new_account(s, &a, ret, err);
    TRY(status);
    *ret = known.n;
    return IMJIN_OK;
}

static inline enum imjin_status account_id(struct sink *s, uint32_t number, uint32_t *ret, struct error *err) {
    TRY(grow_ids(&s->account_ids, number, s->interner->accounts.count, err));
    uint32_t *id = (uint32_t *)s->account_ids.items + number;
    if (*id == (uint32_t)ID_NONE)
        TRY(first_account(s, number, id, err));
    *ret = *id;
    return IMJIN_OK;
}

static enum imjin_status new_asset(struct sink *s, const struct asset_item *item, uint32_t contract, struct span name,
                                   uint32_t *ret, struct error *err) {
    struct asset_row row = {.form = (uint8_t)item->form, .contract = contract, .name_count = (uint8_t)name.count};
    memcpy(row.item, item->item, sizeof row.item);
    if (s->counts.assets >= ID_NONE)
        return fail(err, IMJIN_BAD_INPUT, "more than %u assets", ID_NONE);
    if (name.count) {
        row.name_offset = s->columns[FILE_TEXT].bytes;
        put(s, FILE_TEXT, name.bytes, name.count);
    }
    put(s, FILE_ASSETS, &row, sizeof row);
    *ret = (uint32_t)s->counts.assets++;
    return IMJIN_OK;
}

static enum imjin_status first_asset(struct sink *s, uint32_t number, uint32_t *ret, struct error *err) {
    const struct asset_item *item = interned_asset(s->interner, number);
    struct span name = {0};
    uint32_t contract = 0;
    struct asset_id known;
    if (item->form == ASSET_NATIVE) {
        *ret = ASSET_NATIVE_ID;
        return IMJIN_OK;
    }
    if (item->form == ASSET_NAMED) {
        struct address a;
        interned_address(s->interner, item->contract, &a);
        name = (struct span){a.text, a.count};
    } else {
        TRY(account_id(s, item->contract, &contract, err));
    }
    if (s->base == NULL)
        return new_asset(s, item, contract, name, ret, err);
    enum imjin_status status = ledger_find_asset(s->base, (uint8_t)item->form, contract, name, item->item, &known, err);
    if (status == IMJIN_NOT_FOUND)
        return new_asset(s, item, contract, name, ret, err);
    TRY(status);
    *ret = known.n;
    return IMJIN_OK;
}

static inline enum imjin_status asset_id(struct sink *s, uint32_t number, uint32_t *ret, struct error *err) {
    TRY(grow_ids(&s->asset_ids, number, s->interner->assets.count, err));
    uint32_t id = ((uint32_t *)s->asset_ids.items)[number];
    if (id == (uint32_t)ID_NONE) {
        TRY(first_asset(s, number, &id, err));
        ((uint32_t *)s->asset_ids.items)[number] = id;
    }
    *ret = id;
    return IMJIN_OK;
}

/* ---- blocks ---- */

static void put_block(struct sink *s, uint32_t number, int64_t time) {
    struct block_row row = {number, (uint32_t)s->counts.txs, time};
    if (s->any_block && time < s->last.time)
        s->ascending = false;
    put(s, FILE_BLOCKS, &row, sizeof row);
    s->last = row;
    s->any_block = true;
}

static void set_units(struct sink *s, struct movement *m, uint8_t kind, struct u256 units) {
    uint64_t word = (uint64_t)kind << 56;
    if (units.word[3] || units.word[2] || units.word[1] >> 56) {
        m->units_low = s->counts.wide++;
        m->units_high_kind = word | (uint64_t)1 << 63;
        put(s, FILE_WIDE, &units, sizeof units);
        return;
    }
    m->units_low = units.word[0];
    m->units_high_kind = word | units.word[1];
}

static enum imjin_status put_movement(struct sink *s, const struct import_row *row, uint32_t position, struct error *err) {
    struct movement m = {.tx = (uint32_t)s->counts.txs};
    TRY(account_id(s, row->from, &m.from, err));
    TRY(account_id(s, row->to, &m.to, err));
    TRY(asset_id(s, row->asset, &m.asset, err));
    set_units(s, &m, row->kind, row->units);
    put(s, FILE_MOVEMENTS, &m, sizeof m);
    put(s, FILE_POSITIONS, &position, sizeof position);
    s->counts.movements++;
    return IMJIN_OK;
}

static void put_tx(struct sink *s, const struct block_tx *tx) {
    uint32_t index = tx->index == (uint32_t)ID_NONE ? TX_INDEX_MASK : tx->index;
    struct tx_row row = {index | (uint32_t)tx->form << TX_FORM_SHIFT | (tx->inherited ? TX_TIME_INHERITED : 0),
                         (uint32_t)s->counts.movements};
    put(s, FILE_TXS, &row, sizeof row);
    put(s, FILE_TX_IDS, tx->id, sizeof tx->id);
    if (tx->form != TX_TEXT)
        return;
    struct tx_text_row text = {(uint32_t)s->counts.txs, (uint32_t)(tx->tx_text & 0xff), s->columns[FILE_TEXT].bytes};
    put(s, FILE_TX_TEXTS, &text, sizeof text);
    uint64_t offset = (tx->tx_text & ~TX_TEXT_STANDING) >> 8;
    put(s, FILE_TEXT, tx->tx_text & TX_TEXT_STANDING ? s->standing_text + offset : stash_at(&s->interner->texts, offset),
        text.count);
}

/* Every row asks for two ids at places of no order: all are on their way before the first is wanted. */
static enum imjin_status fetch_ids(struct sink *s, const struct block_result *b, struct error *err) {
    TRY(grow_ids(&s->account_ids, s->interner->accounts.count - 1, s->interner->accounts.count, err));
    const uint32_t *ids = s->account_ids.items;
    for (uint32_t i = 0; i < b->movement_count; i++) {
        const struct import_row *row = &b->rows[b->movements[i].row];
        __builtin_prefetch(&ids[row->from], 1);
        __builtin_prefetch(&ids[row->to], 1);
    }
    return IMJIN_OK;
}

enum imjin_status sink_block(struct sink *s, const struct block_result *b, struct error *err) {
    bool shown = false;
    TRY(fetch_ids(s, b, err));
    if (s->counts.movements + b->movement_count > MOVEMENTS_MAX)
        return fail(err, IMJIN_BAD_INPUT, "more than %u movements in one ledger", MOVEMENTS_MAX);
    for (uint32_t i = 0; i < b->tx_count && !shown; i++)
        shown = b->txs[i].time == b->time;
    /* a time that no transaction has is kept on a row of its own: later rows without time may need it */
    if (!shown)
        put_block(s, b->number, b->time);
    for (uint32_t i = 0; i < b->tx_count; i++) {
        const struct block_tx *tx = &b->txs[i];
        if (!s->any_block || s->last.number != b->number || s->last.time != tx->time)
            put_block(s, b->number, tx->time);
        put_tx(s, tx);
        for (uint32_t k = tx->first; k < tx->first + tx->count; k++)
            TRY(put_movement(s, &b->rows[b->movements[k].row], b->movements[k].position, err));
        s->counts.txs++;
    }
    s->counts.blocks++;
    return IMJIN_OK;
}

enum imjin_status sink_know_account(struct sink *s, uint32_t number, uint32_t id, struct error *err) {
    TRY(grow_ids(&s->account_ids, number, s->interner->accounts.count, err));
    ((uint32_t *)s->account_ids.items)[number] = id;
    return IMJIN_OK;
}

enum imjin_status sink_know_asset(struct sink *s, uint32_t number, uint32_t id, struct error *err) {
    TRY(grow_ids(&s->asset_ids, number, s->interner->assets.count, err));
    ((uint32_t *)s->asset_ids.items)[number] = id;
    return IMJIN_OK;
}

void sink_forget_ids(struct sink *s) {
    buffer_done(&s->account_ids);
    buffer_done(&s->asset_ids);
}

static void set_counts(const struct sink *s, struct manifest *m) {
    m->counts = s->counts;
    m->ascending = s->ascending;
}

enum imjin_status sink_checkpoint(struct sink *s, struct manifest *m, struct error *err) {
    const struct sha256 incomplete = {{0}};
    for (unsigned i = 0; i < DATA_COLUMNS; i++) {
        struct column *c = &s->columns[i];
        TRY(column_sync(c, err));
        m->files[i].bytes = c->bytes;
        TRY(manifest_add_hashes(m, &m->files[i], c->hashes.items, c->hashes.count, err));
        if (c->held)
            TRY(buffer_push(&m->hashes, &incomplete, NULL, err));
    }
    set_counts(s, m);
    return IMJIN_OK;
}

enum imjin_status sink_finish(struct sink *s, struct manifest *m, struct error *err) {
    for (unsigned i = 0; i < DATA_COLUMNS; i++) {
        struct column *c = &s->columns[i];
        TRY(column_finish(c, err));
        m->files[i].bytes = c->bytes;
        TRY(manifest_add_hashes(m, &m->files[i], c->hashes.items, c->hashes.count, err));
    }
    set_counts(s, m);
    return IMJIN_OK;
}

void sink_done(struct sink *s) {
    if (!s->open)
        return;
    for (unsigned i = 0; i < DATA_COLUMNS; i++)
        column_done(&s->columns[i]);
    chunks_free(s->chunks);
    buffer_done(&s->account_ids);
    buffer_done(&s->asset_ids);
    s->open = false;
}
