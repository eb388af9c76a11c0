#include "ledger/block.h"

#include <stdlib.h>

enum { INSERTION_MAX = 12 };

enum imjin_status row_content_hash(const struct row_content *row, struct sha256 *ret, struct error *err) {
    uint8_t bytes[512];
    size_t at = 0;
    const struct address *addresses[] = {&row->from, &row->to, &row->asset.contract};
    bool has_contract = row->asset.form != ASSET_NATIVE;
    memcpy(bytes, "imjin row\0\0", 12);
    memcpy(bytes + 12, &row->block, 4);
    memcpy(bytes + 16, &row->time, 8);
    bytes[24] = row->kind;
    bytes[25] = row->asset.form;
    at = 26;
    for (int i = 0; i < 2 + has_contract; i++) {
        const struct address *a = addresses[i];
        uint8_t count = a->form == ADDRESS_EVM ? sizeof a->evm : a->form == ADDRESS_OPAQUE ? a->count : 0;
        bytes[at++] = a->form;
        bytes[at++] = count;
        if (count)
            memcpy(bytes + at, a->form == ADDRESS_EVM ? (const void *)a->evm : (const void *)a->text, count);
        at += count;
    }
    if (row->asset.form == ASSET_ITEM) {
        u256_to_be(row->asset.item, bytes + at);
        at += 32;
    }
    u256_to_be(row->units, bytes + at);
    return sha256_of(bytes, at + 32, ret, err);
}

/* ---- sorting ---- */

enum imjin_status work_room(struct buffer *b, uint64_t count, struct error *err) {
    b->count = 0;
    TRY(buffer_reserve(b, count ? count : 1, err));
    b->count = count;
    return IMJIN_OK;
}

static inline bool entry_after(const struct block_work *w, struct sort_entry a, struct sort_entry b, compare_fn *compare) {
    if (a.key != b.key)
        return a.key > b.key;
    return compare ? compare(w, a.item, b.item) > 0 : a.item > b.item;
}

static void sort_few(const struct block_work *w, struct sort_entry *e, uint64_t count, compare_fn *compare) {
    for (uint64_t i = 1; i < count; i++) {
        struct sort_entry moved = e[i];
        uint64_t k = i;
        for (; k > 0 && entry_after(w, e[k - 1], moved, compare); k--)
            e[k] = e[k - 1];
        e[k] = moved;
    }
}

static void merge(const struct block_work *w, const struct sort_entry *a, const struct sort_entry *a_end,
                  const struct sort_entry *b, const struct sort_entry *b_end, struct sort_entry *out, compare_fn *compare) {
    while (a < a_end && b < b_end)
        *out++ = entry_after(w, *a, *b, compare) ? *b++ : *a++;
    memcpy(out, a, (size_t)(a_end - a) * sizeof *a);
    memcpy(out + (a_end - a), b, (size_t)(b_end - b) * sizeof *b);
}

static bool in_order(const struct block_work *w, const struct sort_entry *e, uint64_t count, compare_fn *compare) {
    for (uint64_t i = 1; i < count; i++) {
        if (entry_after(w, e[i - 1], e[i], compare))
            return false;
    }
    return true;
}

enum imjin_status sort_entries(struct block_work *w, struct sort_entry *entries, uint64_t count, compare_fn *compare,
                               struct error *err) {
    if (count <= INSERTION_MAX) {
        sort_few(w, entries, count, compare);
        return IMJIN_OK;
    }
    if (in_order(w, entries, count, compare))
        return IMJIN_OK;
    TRY(work_room(&w->scratch, count, err));
    struct sort_entry *from = entries, *to = w->scratch.items;
    for (uint64_t at = 0; at < count; at += INSERTION_MAX)
        sort_few(w, from + at, count - at < INSERTION_MAX ? count - at : INSERTION_MAX, compare);
    for (uint64_t width = INSERTION_MAX; width < count; width *= 2) {
        for (uint64_t at = 0; at < count; at += 2 * width) {
            uint64_t middle = count - at < width ? count : at + width;
            uint64_t end = count - at < 2 * width ? count : at + 2 * width;
            merge(w, from + at, from + middle, from + middle, from + end, to + at, compare);
        }
        struct sort_entry *swap = from;
        from = to;
        to = swap;
    }
    if (from != entries)
        memcpy(entries, from, count * sizeof *entries);
    return IMJIN_OK;
}

/* ---- identity: which rows are the same ---- */

static int compare_words(uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }

static int compare_identity(const struct import_row *a, const struct import_row *b) {
    int order = memcmp(a->tx, b->tx, sizeof a->tx);
    if (order == 0)
        order = compare_words(a->kind, b->kind);
    if (order == 0)
        order = compare_words(a->from, b->from);
    if (order == 0)
        order = compare_words(a->to, b->to);
    if (order == 0)
        order = compare_words(a->asset, b->asset);
    return order ? order : u256_compare(a->units, b->units);
}

static int by_identity(const struct block_work *w, uint32_t a, uint32_t b) {
    const struct import_row *x = &w->rows[a], *y = &w->rows[b];
    int order = compare_identity(x, y);
    if (order == 0)
        order = compare_words(x->source, y->source);
    if (order == 0)
        order = compare_words(x->position, y->position);
    return order ? order : compare_words(a, b);
}

static int by_number(const void *a, const void *b) { return compare_words(*(const uint32_t *)a, *(const uint32_t *)b); }

/* Gives the rows without transaction id, [0, count) of entries, all of equal content and source, their ordinals: the k-th
 * smallest position and the k-th smallest index go together, so that any order of the rows gives the same. */
static enum imjin_status number_equals(struct block_work *w, const struct sort_entry *entries, uint64_t count,
                                       struct error *err) {
    struct buffer *b = &w->positions;
    uint8_t bytes[36];
    TRY(work_room(b, count, err));
    uint32_t *indexes = b->items;
    for (uint64_t i = 0; i < count; i++)
        indexes[i] = w->rows[entries[i].item].index;
    qsort(indexes, count, sizeof *indexes, by_number);
    memcpy(bytes, w->rows[entries[0].item].tx, 32);
    for (uint32_t i = 0; i < count; i++) {
        struct import_row *row = &w->rows[entries[i].item];
        struct sha256 id;
        memcpy(bytes + 32, &i, sizeof i);
        TRY(sha256_of(bytes, sizeof bytes, &id, err));
        memcpy(row->tx, id.bytes, sizeof row->tx);
        row->index = indexes[i];
        row->form = TX_NONE;
    }
    return IMJIN_OK;
}

static bool same_content(const struct import_row *a, const struct import_row *b) {
    return a->source == b->source && memcmp(a->tx, b->tx, sizeof a->tx) == 0;
}

static enum imjin_status number_rows(struct block_work *w, struct error *err) {
    uint64_t count = 0;
    TRY(work_room(&w->entries, w->row_count, err));
    struct sort_entry *entries = w->entries.items;
    for (uint32_t i = 0; i < w->row_count; i++) {
        if (w->rows[i].form == (TX_NONE | ROW_UNNUMBERED))
            entries[count++] = (struct sort_entry){id_prefix(w->rows[i].tx), i};
    }
    TRY(sort_entries(w, entries, count, by_identity, err));
    for (uint64_t at = 0, end; at < count; at = end) {
        for (end = at + 1; end < count && same_content(&w->rows[entries[at].item], &w->rows[entries[end].item]);)
            end++;
        TRY(number_equals(w, entries + at, end - at, err));
    }
    return IMJIN_OK;
}

/* ---- union ---- */

/* Equal rows, sorted by source and position: as many as the source with most of them has; the k-th gets the smallest of the
 * sources' k-th positions. */
static enum imjin_status unite_equals(struct block_work *w, const struct sort_entry *entries, uint64_t count,
                                      struct error *err) {
    struct buffer *out = &w->movements;
    uint64_t first = out->count, ordinal = 0;
    TRY(buffer_reserve(out, count, err));
    struct block_movement *united = (struct block_movement *)out->items + first;
    for (uint64_t i = 0; i < count; i++) {
        const struct import_row *row = &w->rows[entries[i].item];
        if (i && row->source != w->rows[entries[i - 1].item].source)
            ordinal = 0;
        if (first + ordinal == out->count)
            united[out->count++ - first] = (struct block_movement){entries[i].item, row->position};
        else if (row->position < united[ordinal].position)
            united[ordinal].position = row->position;
        ordinal++;
    }
    return IMJIN_OK;
}

static void learn(struct block_tx *tx, const struct import_row *row) {
    if (row->index < tx->index)
        tx->index = row->index;
    if (row->position < tx->position)
        tx->position = row->position;
    if (row->form < tx->form) {
        tx->form = row->form;
        tx->tx_text = row->tx_text;
    }
    if (row->time != TIME_UNKNOWN && (tx->time == TIME_UNKNOWN || row->time < tx->time))
        tx->time = row->time;
}

static enum imjin_status unite_tx(struct block_work *w, const struct sort_entry *entries, uint64_t count, struct error *err) {
    const struct import_row *rows = w->rows;
    struct block_tx tx = {.time = TIME_UNKNOWN,
                          .index = (uint32_t)ID_NONE,
                          .position = (uint32_t)ID_NONE,
                          .form = UINT8_MAX,
                          .first = (uint32_t)w->movements.count};
    memcpy(tx.id, rows[entries[0].item].tx, sizeof tx.id);
    for (uint64_t at = 0, end; at < count; at = end) {
        learn(&tx, &rows[entries[at].item]);
        for (end = at + 1; end < count && compare_identity(&rows[entries[at].item], &rows[entries[end].item]) == 0; end++)
            learn(&tx, &rows[entries[end].item]);
        TRY(unite_equals(w, entries + at, end - at, err));
    }
    tx.count = (uint32_t)w->movements.count - tx.first;
    return buffer_push(&w->txs, &tx, NULL, err);
}

static enum imjin_status unite(struct block_work *w, struct error *err) {
    uint64_t count = 0;
    TRY(work_room(&w->entries, w->row_count, err));
    struct sort_entry *entries = w->entries.items;
    for (uint32_t i = 0; i < w->row_count; i++) {
        if (w->rows[i].kind != ROW_NOTE)
            entries[count++] = (struct sort_entry){id_prefix(w->rows[i].tx), i};
    }
    TRY(sort_entries(w, entries, count, by_identity, err));
    w->movements.count = w->txs.count = 0;
    for (uint64_t at = 0, end; at < count; at = end) {
        const uint8_t *id = w->rows[entries[at].item].tx;
        for (end = at + 1; end < count && memcmp(w->rows[entries[end].item].tx, id, 32) == 0;)
            end++;
        TRY(unite_tx(w, entries + at, end - at, err));
    }
    return IMJIN_OK;
}

/* ---- order (docs/tracing.md, section 1) ---- */

/* Ranks for movements inside a transaction: fees, its own value, those with a position, the rest. */
static uint64_t place_in_tx(const struct block_work *w, const struct block_movement *m) {
    uint8_t kind = w->rows[m->row].kind;
    if (kind == MOVEMENT_FEE)
        return 0;
    if (kind == MOVEMENT_NATIVE)
        return 1;
    return (uint64_t)2 + m->position;
}

static int by_content(const struct block_work *w, uint32_t a, uint32_t b) {
    const struct block_movement *movements = w->movements.items;
    const struct block_movement *m = &movements[a], *n = &movements[b];
    const struct import_row *x = &w->rows[m->row], *y = &w->rows[n->row];
    int order = compare_words(x->kind, y->kind);
    if (order == 0)
        order = interned_compare_assets(w->interner, x->asset, y->asset);
    if (order == 0)
        order = interned_compare(w->interner, x->from, y->from);
    if (order == 0)
        order = interned_compare(w->interner, x->to, y->to);
    if (order == 0)
        order = u256_compare(x->units, y->units);
    return order ? order : compare_words(m->position, n->position);
}

static int by_place(const struct block_work *w, uint32_t a, uint32_t b) {
    const struct block_tx *txs = w->txs.items;
    int order = compare_words(txs[a].position, txs[b].position);
    return order ? order : memcmp(txs[a].id, txs[b].id, sizeof txs[a].id);
}

static int by_id(const struct block_work *w, uint32_t a, uint32_t b) {
    const struct block_tx *txs = w->txs.items;
    return memcmp(txs[a].id, txs[b].id, sizeof txs[a].id);
}

static bool all_known(const struct block_work *w, bool index) {
    const struct block_tx *txs = w->txs.items;
    for (uint64_t i = 0; i < w->txs.count; i++) {
        if ((index ? txs[i].index : txs[i].position) == (uint32_t)ID_NONE)
            return false;
    }
    return true;
}

/* Rule 3: by time, and causally among equal times. `entries` are in order of (index, position, id). */
static enum imjin_status order_by_cause(struct block_work *w, struct sort_entry *entries, uint64_t count, struct error *err) {
    const struct block_tx *txs = w->txs.items;
    TRY(work_room(&w->ranks, count, err));
    uint32_t *ranks = w->ranks.items;
    for (uint32_t i = 0; i < count; i++) {
        ranks[i] = entries[i].item;
        /* the sign bit is turned, so that times before 1970 sort as numbers; ties keep the rank */
        entries[i] = (struct sort_entry){(uint64_t)txs[ranks[i]].time ^ (uint64_t)1 << 63, i};
    }
    TRY(sort_entries(w, entries, count, NULL, err));
    TRY(work_room(&w->order, count, err));
    uint32_t *order = w->order.items;
    for (uint64_t i = 0; i < count; i++)
        order[i] = ranks[entries[i].item];
    for (uint64_t at = 0, end; at < count; at = end) {
        for (end = at + 1; end < count && txs[order[end]].time == txs[order[at]].time;)
            end++;
        TRY(order_causally(w, order + at, (uint32_t)(end - at), err));
    }
    return IMJIN_OK;
}

/* Leaves the order of the transactions in w->order. */
static enum imjin_status order_txs(struct block_work *w, struct error *err) {
    const struct block_tx *txs = w->txs.items;
    uint64_t count = w->txs.count;
    bool by_index = all_known(w, true), by_position = !by_index && all_known(w, false);
    TRY(work_room(&w->entries, count, err));
    struct sort_entry *entries = w->entries.items;
    for (uint32_t i = 0; i < count; i++)
        entries[i] = (struct sort_entry){by_position ? txs[i].position : txs[i].index, i};
    TRY(sort_entries(w, entries, count, by_index || by_position ? by_id : by_place, err));
    if (!by_index && !by_position)
        return order_by_cause(w, entries, count, err);
    TRY(work_room(&w->order, count, err));
    for (uint64_t i = 0; i < count; i++)
        ((uint32_t *)w->order.items)[i] = entries[i].item;
    return IMJIN_OK;
}

/* Copies one transaction's movements, in order, behind those that stand already. */
static enum imjin_status order_movements(struct block_work *w, const struct block_tx *tx, struct error *err) {
    const struct block_movement *movements = w->movements.items;
    struct block_movement *out = (struct block_movement *)w->final_movements.items + w->final_movements.count;
    w->final_movements.count += tx->count;
    if (tx->count == 1) {
        *out = movements[tx->first];
        return IMJIN_OK;
    }
    TRY(work_room(&w->entries, tx->count, err));
    struct sort_entry *entries = w->entries.items;
    for (uint32_t i = 0; i < tx->count; i++)
        entries[i] = (struct sort_entry){place_in_tx(w, &movements[tx->first + i]), tx->first + i};
    TRY(sort_entries(w, entries, tx->count, by_content, err));
    for (uint32_t i = 0; i < tx->count; i++)
        out[i] = movements[entries[i].item];
    return IMJIN_OK;
}

static enum imjin_status arrange(struct block_work *w, struct error *err) {
    const struct block_tx *txs = w->txs.items;
    TRY(order_txs(w, err));
    TRY(work_room(&w->final_txs, w->txs.count, err));
    TRY(work_room(&w->final_movements, w->movements.count, err));
    w->final_movements.count = 0;
    for (uint64_t i = 0; i < w->txs.count; i++) {
        const struct block_tx *tx = &txs[((uint32_t *)w->order.items)[i]];
        struct block_tx *out = (struct block_tx *)w->final_txs.items + i;
        *out = *tx;
        out->first = (uint32_t)w->final_movements.count;
        TRY(order_movements(w, tx, err));
    }
    return IMJIN_OK;
}

/* Smallest known time of the block; transactions without a time of their own get it. */
static int64_t inherit_time(struct block_work *w, struct buffer *all) {
    struct block_tx *txs = all->items;
    int64_t time = TIME_UNKNOWN;
    for (uint64_t i = 0; i < w->row_count; i++) {
        int64_t said = w->rows[i].time;
        if (said != TIME_UNKNOWN && (time == TIME_UNKNOWN || said < time))
            time = said;
    }
    for (uint64_t i = 0; i < all->count; i++) {
        txs[i].inherited = txs[i].time == TIME_UNKNOWN;
        if (txs[i].inherited)
            txs[i].time = time;
    }
    return time;
}

/* ---- rows that arrive in their order ---- */

enum { SEEN_TXS_MAX = 1 << (SEEN_BITS - 1) };

/* Has this id come before in the block? Remembers it. */
static bool seen_before(struct block_work *w, const uint8_t id[32], uint32_t tx) {
    uint32_t *seen = w->seen;
    const struct block_tx *txs = w->final_txs.items;
    for (uint64_t i = id_prefix(id) >> (64 - SEEN_BITS);; i = (i + 1) & ((1 << SEEN_BITS) - 1)) {
        if (seen[i] == 0) {
            seen[i] = tx + 1;
            return false;
        }
        if (memcmp(txs[seen[i] - 1].id, id, 32) == 0)
            return true;
    }
}

static void begin_tx(struct block_tx *tx, const struct import_row *row, uint32_t first) {
    memcpy(tx->id, row->tx, sizeof tx->id);
    tx->tx_text = row->tx_text;
    tx->time = row->time;
    tx->index = row->index;
    tx->form = row->form;
    tx->inherited = false;
    tx->first = first;
    tx->count = 1;
    tx->position = row->position;
}

/* Puts a row behind the others; false when that is not its place. */
static bool append_row(struct block_work *w, uint32_t number) {
    const struct import_row *row = &w->rows[number];
    struct block_tx *txs = w->final_txs.items;
    struct block_movement *movements = w->final_movements.items;
    struct block_tx *last = w->final_txs.count ? &txs[w->final_txs.count - 1] : NULL;
    INVARIANT(txs != NULL && movements != NULL);
    movements[number] = (struct block_movement){number, row->position};
    if (row->kind == ROW_NOTE || row->form & ROW_UNNUMBERED || row->source != w->rows[0].source)
        return false;
    if (last && memcmp(last->id, row->tx, sizeof last->id) == 0) {
        learn(last, row);
        last->count++;
        return place_in_tx(w, &movements[number - 1]) < place_in_tx(w, &movements[number]);
    }
    if (w->final_txs.count == SEEN_TXS_MAX || seen_before(w, row->tx, (uint32_t)w->final_txs.count))
        return false;
    begin_tx(&txs[w->final_txs.count++], row, number);
    return true;
}

/* By index when all have one, else by position: strictly ascending? */
static bool txs_ascend(const struct block_work *w) {
    const struct block_tx *txs = w->final_txs.items;
    bool by_index = true, by_position = true, indexes = true;
    for (uint64_t i = 0; i < w->final_txs.count; i++) {
        indexes = indexes && txs[i].index != (uint32_t)ID_NONE;
        by_index = by_index && (i == 0 || txs[i - 1].index < txs[i].index);
        by_position = by_position && txs[i].position != (uint32_t)ID_NONE && (i == 0 || txs[i - 1].position < txs[i].position);
    }
    return indexes ? by_index : by_position;
}

/* Most files give a block's rows in canonical order, from one source: then there is nothing to sort or to unite. */
static enum imjin_status take_in_order(struct block_work *w, bool *ret, struct error *err) {
    TRY(work_room(&w->final_txs, w->row_count, err));
    TRY(work_room(&w->final_movements, w->row_count, err));
    w->final_txs.count = 0;
    *ret = false;
    memset(w->seen, 0, sizeof w->seen);
    for (uint32_t i = 0; i < w->row_count; i++) {
        if (!append_row(w, i))
            return IMJIN_OK;
    }
    *ret = txs_ascend(w);
    return IMJIN_OK;
}

enum imjin_status block_assemble(struct block_work *w, struct import_row *rows, uint64_t count, struct block_result *ret,
                                 struct error *err) {
    INVARIANT(count > 0);
    if (count > LEDGER_BLOCK_ROWS_MAX)
        return fail(err, IMJIN_BAD_INPUT, "block %u holds more than %d rows", rows[0].block, LEDGER_BLOCK_ROWS_MAX);
    w->rows = rows;
    w->row_count = count;
    bool ready;
    int64_t time;
    TRY(take_in_order(w, &ready, err));
    if (ready) {
        time = inherit_time(w, &w->final_txs);
    } else {
        TRY(number_rows(w, err));
        TRY(unite(w, err));
        time = inherit_time(w, &w->txs);
        TRY(arrange(w, err));
    }
    *ret = (struct block_result){.number = rows[0].block,
                                 .time = time,
                                 .txs = w->final_txs.items,
                                 .movements = w->final_movements.items,
                                 .rows = rows,
                                 .tx_count = (uint32_t)w->final_txs.count,
                                 .movement_count = (uint32_t)w->final_movements.count};
    return IMJIN_OK;
}

static struct buffer work_buffer(size_t item_bytes) {
    return (struct buffer){.item_bytes = item_bytes, .items_max = (size_t)LEDGER_BLOCK_ROWS_MAX * 4, .what = "rows in a block"};
}

enum imjin_status block_work_new(struct block_work **ret, const struct interner *t, struct error *err) {
    struct block_work *w = memory_new(1, sizeof *w);
    if (w == NULL)
        return fail_memory(err, "a block");
    w->interner = t;
    w->entries = w->scratch = work_buffer(sizeof(struct sort_entry));
    w->movements = w->final_movements = work_buffer(sizeof(struct block_movement));
    w->txs = w->final_txs = work_buffer(sizeof(struct block_tx));
    w->positions = w->order = w->ranks = w->heap = work_buffer(sizeof(uint32_t));
    order_init(w);
    *ret = w;
    return IMJIN_OK;
}

void block_work_free(struct block_work *w) {
    if (w == NULL)
        return;
    struct buffer *all[] = {&w->entries,   &w->scratch,   &w->movements, &w->final_movements, &w->txs,
                            &w->final_txs, &w->positions, &w->order,     &w->ranks,           &w->heap,
                            &w->touches,   &w->holdings,  &w->waits};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buffer_done(all[i]);
    memory_free(w);
}
