/* Assembled blocks into column files: final ids by first appearance, text, wide amounts. */
#ifndef IMJIN_LEDGER_SINK_H
#define IMJIN_LEDGER_SINK_H

#include "ledger/column.h"
#include "ledger/rows.h"
#include "ledger/store.h"

struct sink {
    const struct interner *interner;
    const struct ledger *base; /* what stands already when appending; null for a new generation */
    const char *standing_text; /* where TX_TEXT_STANDING points into */
    struct column columns[DATA_COLUMNS];
    struct chunks *chunks;
    struct ledger_counts counts;
    struct buffer account_ids, asset_ids; /* uint32_t: final id by interner number; ID_NONE: not seen yet */
    struct block_row last;
    bool any_block, ascending;
    bool open;
};
/* Files as `start` names them (`directory` null: none is written, only hashed). `last`: the last block row that stands in them;
 * null: the files begin anew. `base`: the commit whose accounts and assets are looked up when one appears for the first time;
 * null: none. `threads` above 1: full chunks are written and hashed by another thread. */
enum imjin_status sink_open(struct sink *ret, const char *directory, const struct manifest *start,
                            const struct interner *interner, const struct ledger *base, const struct block_row *last,
                            unsigned threads, struct error *err);
enum imjin_status sink_block(struct sink *s, const struct block_result *block, struct error *err);
/* Makes what was staged durable; `m` gets counts, lengths and hashes (zeros for incomplete pieces), enough for sink_open(). */
enum imjin_status sink_checkpoint(struct sink *s, struct manifest *m, struct error *err);
/* What is known of files that a killed import had staged. */
enum imjin_status sink_know_account(struct sink *s, uint32_t number, uint32_t id, struct error *err);
enum imjin_status sink_know_asset(struct sink *s, uint32_t number, uint32_t id, struct error *err);
/* The interner begins anew, with another `base`: no number is known any more. */
void sink_forget_ids(struct sink *s);
/* Syncs the files and puts counts, lengths and hashes into `m`. */
enum imjin_status sink_finish(struct sink *s, struct manifest *m, struct error *err);
void sink_done(struct sink *s);

#endif
