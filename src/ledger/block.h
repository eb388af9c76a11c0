/* The inside of struct block_work, shared by block.c and order.c. */
#ifndef IMJIN_LEDGER_BLOCK_H
#define IMJIN_LEDGER_BLOCK_H

#include "ledger/rows.h"

enum { SEEN_BITS = 12 };

/* What an entry of a sort is: a key that settles most comparisons, and the item. */
struct sort_entry {
    uint64_t key;
    uint32_t item;
};
typedef int compare_fn(const struct block_work *w, uint32_t a, uint32_t b);

struct block_work {
    const struct interner *interner;
    struct import_row *rows;
    uint64_t row_count;
    struct buffer entries, scratch;                             /* struct sort_entry */
    struct buffer movements, txs;                               /* struct block_movement, struct block_tx: by id */
    struct buffer final_movements, final_txs;                   /* in canonical order */
    struct buffer positions;                                    /* uint32_t */
    uint32_t seen[1 << SEEN_BITS];                              /* take_in_order: transactions by id, plus one */
    struct buffer touches, holdings, heap, order, ranks, waits; /* order.c */
};
/* Sorts by key, then by `compare` (null: by item). Entries already in order cost one pass. */
enum imjin_status sort_entries(struct block_work *w, struct sort_entry *entries, uint64_t count, compare_fn *compare,
                               struct error *err);
/* Empties `b` and gives it `count` items, not initialised. */
enum imjin_status work_room(struct buffer *b, uint64_t count, struct error *err);

/* Transactions of equal time: `order` holds indexes into txs, sorted by (index, position, id), and becomes causal order.
 * Linear in the movements but for a logarithm. */
enum imjin_status order_causally(struct block_work *w, uint32_t *order, uint32_t count, struct error *err);
/* Items of the buffers of order.c. */
void order_init(struct block_work *w);

static inline uint64_t id_prefix(const uint8_t id[32]) {
    uint64_t word;
    memcpy(&word, id, sizeof word);
    return __builtin_bswap64(word);
}

#endif
