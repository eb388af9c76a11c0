/* Rows on their way into a ledger, and the work on one block: union of what the sources say, canonical order. */
#ifndef IMJIN_LEDGER_ROWS_H
#define IMJIN_LEDGER_ROWS_H

#include "ledger/intern.h"

enum {
    ROW_NOTE = 0xff,      /* kind: only says the block's time */
    ROW_UNNUMBERED = 0x80 /* with TX_NONE: `tx` is the hash of the content, the ordinal is still to come */
};
#define TX_TEXT_STANDING ((uint64_t)1 << 63)
/* A row in memory and in a run on disk. from, to, asset: numbers of the import's interner. */
struct import_row {
    uint8_t tx[32];
    uint32_t block, index, position;
    uint16_t source;
    uint8_t kind, form;
    int64_t time;
    uint64_t tx_text; /* TX_TEXT: offset << 8 | count in the interner's texts, or with TX_TEXT_STANDING in the old ledger's */
    uint32_t from, to, asset, zero;
    struct u256 units;
};
_Static_assert(sizeof(struct import_row) == 112, "no hidden bytes");
enum { SOURCE_LEDGER = 0xffff }; /* the rows that the ledger holds already are a source of their own */

/* Hash of what a row without transaction id says: block, time, kind, both addresses, asset, units. */
struct row_content {
    uint32_t block;
    int64_t time;
    uint8_t kind;
    struct address from, to;
    struct asset_key asset;
    struct u256 units;
};
enum imjin_status row_content_hash(const struct row_content *row, struct sha256 *ret, struct error *err);

struct block_tx {
    uint8_t id[32];
    uint64_t tx_text;
    int64_t time; /* its own or inherited */
    uint32_t index;
    uint8_t form;
    bool inherited;
    uint32_t first, count; /* in block_result.rows */
    uint32_t position;     /* the smallest; for the order */
};
struct block_movement {
    uint32_t row; /* any of the equal rows */
    uint32_t position;
};
/* One block in canonical order. Arrays belong to the work and live until its next call. */
struct block_result {
    uint32_t number;
    int64_t time; /* smallest known, notes included; TIME_UNKNOWN */
    const struct block_tx *txs;
    const struct block_movement *movements; /* txs[i] has [first, first + count) */
    const struct import_row *rows;
    uint32_t tx_count, movement_count;
};

struct block_work;
enum imjin_status block_work_new(struct block_work **ret, const struct interner *t, struct error *err);
void block_work_free(struct block_work *w);
/* `rows` all belong to one block; they are changed (ids of rows without one are completed). */
enum imjin_status block_assemble(struct block_work *w, struct import_row *rows, uint64_t count, struct block_result *ret,
                                 struct error *err);

#endif
