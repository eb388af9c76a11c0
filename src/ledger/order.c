/* Causal order of the transactions of one time: whoever pays a holding comes before whoever spends from it. */
#include "ledger/block.h"

/* One side of a movement: transaction `rank` (its place in the given order) pays or spends the holding. */
struct touch {
    uint64_t holding; /* account << 32 | asset; later the holding's number */
    uint32_t rank;
    bool pays;
};
/* A holding waits for `payers` transactions to be placed; `payer_sum` adds up the ranks of those, so that the last one is
 * known without a search. Its touches are [first, end): spenders first, each rank once a side. */
struct holding_wait {
    uint32_t first, payers_first, end, payers;
    uint64_t payer_sum;
};
struct tx_wait {
    uint32_t first, end; /* its touches, by rank */
    uint32_t waits;      /* holdings it spends from that others still pay */
    bool placed;
};

void order_init(struct block_work *w) {
    const size_t max = (size_t)LEDGER_BLOCK_ROWS_MAX * 4;
    w->touches = (struct buffer){.item_bytes = sizeof(struct touch), .items_max = max, .what = "rows in a block"};
    w->holdings = (struct buffer){.item_bytes = sizeof(struct holding_wait), .items_max = max, .what = "rows in a block"};
    w->waits = (struct buffer){.item_bytes = sizeof(struct tx_wait), .items_max = max, .what = "rows in a block"};
}

static bool holds(uint32_t account) { return account >= ACCOUNTS_RESERVED; }

static bool moves(const struct import_row *row) {
    const struct u256 u = row->units;
    return row->from != row->to && (u.word[0] | u.word[1] | u.word[2] | u.word[3]);
}

static enum imjin_status collect_touches(struct block_work *w, const uint32_t *order, uint32_t count, struct error *err) {
    const struct block_tx *txs = w->txs.items;
    const struct block_movement *movements = w->movements.items;
    w->touches.count = 0;
    for (uint32_t rank = 0; rank < count; rank++) {
        const struct block_tx *tx = &txs[order[rank]];
        TRY(buffer_reserve(&w->touches, (size_t)tx->count * 2, err));
        struct touch *out = (struct touch *)w->touches.items + w->touches.count;
        for (uint32_t i = 0; i < tx->count; i++) {
            const struct import_row *row = &w->rows[movements[tx->first + i].row];
            if (moves(row) && holds(row->from))
                *out++ = (struct touch){(uint64_t)row->from << 32 | row->asset, rank, false};
            if (moves(row) && holds(row->to))
                *out++ = (struct touch){(uint64_t)row->to << 32 | row->asset, rank, true};
        }
        w->touches.count = (size_t)(out - (struct touch *)w->touches.items);
    }
    return IMJIN_OK;
}

static int by_side_and_rank(const struct block_work *w, uint32_t a, uint32_t b) {
    const struct touch *touches = w->touches.items;
    const struct touch *x = &touches[a], *y = &touches[b];
    if (x->pays != y->pays)
        return x->pays ? 1 : -1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

/* Groups the touches by holding; w->entries then holds each (holding, side, rank) once, w->holdings the groups. */
static enum imjin_status group_holdings(struct block_work *w, struct error *err) {
    uint32_t count = (uint32_t)w->touches.count, kept = 0;
    struct touch *touches = w->touches.items;
    TRY(work_room(&w->entries, count, err));
    struct sort_entry *entries = w->entries.items;
    for (uint32_t i = 0; i < count; i++)
        entries[i] = (struct sort_entry){touches[i].holding, i};
    TRY(sort_entries(w, entries, count, by_side_and_rank, err));
    w->holdings.count = 0;
    struct holding_wait *h = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const struct touch *t = &touches[entries[i].item];
        bool same = i && entries[i].key == entries[kept - 1].key;
        const struct touch *before = same ? &touches[entries[kept - 1].item] : NULL;
        if (before && before->pays == t->pays && before->rank == t->rank)
            continue;
        if (!same) {
            TRY(buffer_push(&w->holdings, &(struct holding_wait){kept, kept, kept, 0, 0}, &h, err));
        }
        entries[kept++] = entries[i];
        h->end = kept;
        h->payers_first += !t->pays;
        h->payers += t->pays;
        h->payer_sum += t->pays ? t->rank : 0;
    }
    w->entries.count = kept;
    return IMJIN_OK;
}

static uint32_t rank_of(const struct block_work *w, uint32_t entry) {
    return ((const struct touch *)w->touches.items)[((const struct sort_entry *)w->entries.items)[entry].item].rank;
}

/* Is `rank` among the spenders of `h`? They are in order of rank. */
static bool spends(const struct block_work *w, const struct holding_wait *h, uint32_t rank) {
    uint32_t low = h->first, high = h->payers_first;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (rank_of(w, middle) < rank)
            low = middle + 1;
        else
            high = middle;
    }
    return low < h->payers_first && rank_of(w, low) == rank;
}

static void heap_push(struct buffer *heap, uint32_t rank) {
    uint32_t *items = heap->items;
    size_t at = heap->count++;
    for (; at && items[(at - 1) / 2] > rank; at = (at - 1) / 2)
        items[at] = items[(at - 1) / 2];
    items[at] = rank;
}

static uint32_t heap_pop(struct buffer *heap) {
    uint32_t *items = heap->items;
    uint32_t top = items[0], last = items[--heap->count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && items[child + 1] < items[child])
            child++;
        if (items[child] >= last)
            break;
        items[at] = items[child];
        at = child;
    }
    items[at] = last;
    return top;
}

static void release(struct block_work *w, uint32_t rank) {
    struct tx_wait *tx = (struct tx_wait *)w->waits.items + rank;
    if (--tx->waits == 0 && !tx->placed)
        heap_push(&w->heap, rank);
}

/* One payer of `h` has been placed. A spender waits as long as anyone but itself still pays. */
static void payer_placed(struct block_work *w, struct holding_wait *h, uint32_t payer) {
    h->payers--;
    h->payer_sum -= payer;
    if (h->payers == 1 && spends(w, h, (uint32_t)h->payer_sum))
        release(w, (uint32_t)h->payer_sum);
    if (h->payers)
        return;
    for (uint32_t i = h->first; i < h->payers_first; i++) {
        uint32_t rank = rank_of(w, i);
        if (rank != payer) /* the last payer was released above, or never waited for itself */
            release(w, rank);
    }
}

/* Counts what each transaction waits for and notes, by rank, the holdings it pays in touches (whose work is done). */
static enum imjin_status count_waits(struct block_work *w, uint32_t count, struct error *err) {
    TRY(work_room(&w->waits, count, err));
    TRY(work_room(&w->heap, count, err));
    TRY(work_room(&w->positions, w->entries.count, err));
    w->heap.count = 0;
    struct tx_wait *waits = w->waits.items;
    struct holding_wait *holdings = w->holdings.items;
    uint32_t *paid = w->positions.items, total = 0;
    memset(waits, 0, count * sizeof *waits);
    for (uint32_t k = 0; k < w->holdings.count; k++) {
        const struct holding_wait *h = &holdings[k];
        for (uint32_t i = h->first; i < h->payers_first; i++) {
            uint32_t rank = rank_of(w, i);
            bool only_itself = h->payers == 1 && h->payer_sum == rank;
            waits[rank].waits += h->payers != 0 && !only_itself;
        }
        for (uint32_t i = h->payers_first; i < h->end; i++)
            waits[rank_of(w, i)].end++;
    }
    for (uint32_t rank = 0; rank < count; rank++) {
        waits[rank].first = total;
        total += waits[rank].end;
        waits[rank].end = waits[rank].first;
    }
    for (uint32_t k = 0; k < w->holdings.count; k++) {
        for (uint32_t i = holdings[k].payers_first; i < holdings[k].end; i++)
            paid[waits[rank_of(w, i)].end++] = k;
    }
    return IMJIN_OK;
}

static void place(struct block_work *w, uint32_t rank) {
    struct tx_wait *tx = (struct tx_wait *)w->waits.items + rank;
    const uint32_t *paid = w->positions.items;
    tx->placed = true;
    for (uint32_t i = tx->first; i < tx->end; i++)
        payer_placed(w, (struct holding_wait *)w->holdings.items + paid[i], rank);
}

enum imjin_status order_causally(struct block_work *w, uint32_t *order, uint32_t count, struct error *err) {
    if (count < 2)
        return IMJIN_OK;
    TRY(collect_touches(w, order, count, err));
    TRY(group_holdings(w, err));
    TRY(count_waits(w, count, err));
    struct tx_wait *waits = w->waits.items;
    uint32_t *placed;
    TRY(work_room(&w->scratch, count, err)); /* the sorts are over: its room serves for the new order */
    placed = w->scratch.items;
    for (uint32_t rank = 0; rank < count; rank++) {
        if (waits[rank].waits == 0)
            heap_push(&w->heap, rank);
    }
    for (uint32_t at = 0, smallest = 0; at < count; at++) {
        uint32_t rank;
        if (w->heap.count) {
            rank = heap_pop(&w->heap);
        } else { /* a cycle leaves none free: the smallest of all goes next */
            while (waits[smallest].placed)
                smallest++;
            rank = smallest;
        }
        placed[at] = order[rank];
        place(w, rank);
    }
    memcpy(order, placed, count * sizeof *order);
    return IMJIN_OK;
}
