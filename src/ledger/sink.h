/* Assembled blocks into column files: final ids by first appearance, text, wide amounts. */
#ifndef IMJIN_LEDGER_SINK_H
#define IMJIN_LEDGER_SINK_H

#include "ledger/column.h"
#include "ledger/rows.h"
#include "ledger/store.h"

struct sink {
    const struct interner *interner;
    const struct ledger *base; /* what stands already when appending; null for a new generation */
    struct column columns[DATA_COLUMNS];
    struct ledger_counts counts;
    struct buffer account_ids, asset_ids; /* uint32_t: final id by interner number; ID_NONE: not seen yet */
    struct block_row last;
    bool any_block, ascending;
    bool open;
};
/* Continues `start` (whose files are in its paths) when `base` is given, else begins the files anew. */
enum imjin_status sink_open(struct sink *ret, const char *directory, const struct manifest *start,
                            const struct interner *interner, const struct ledger *base, struct error *err);
enum imjin_status sink_block(struct sink *s, const struct block_result *block, struct error *err);
/* Syncs the files and puts counts, lengths and hashes into `m`. */
enum imjin_status sink_finish(struct sink *s, struct manifest *m, struct error *err);
void sink_done(struct sink *s);

#endif
