/* A small store of blocks in memory, made by hand: what the room cluster reads of room utxo, for its tests. */
#ifndef IMJIN_TESTS_FAKE_UTXO_H
#define IMJIN_TESTS_FAKE_UTXO_H

#include "utxo/utxo.h"

struct utxo *fake_new(uint64_t rows_max); /* room for so many rows of each kind */
void fake_free(struct utxo *u);
void fake_block(struct utxo *u);
uint32_t fake_tx(struct utxo *u, uint32_t locktime); /* begins a transaction; returns its number */
void fake_in(struct utxo *u, uint64_t output);       /* UTXO_OUTPUT_NONE: from before the history */
/* A script that is not yet known is the next number. Returns the output's number. */
uint64_t fake_out(struct utxo *u, uint64_t value, uint32_t script, enum script_kind kind);
/* Shows only the first `blocks` blocks from now on, as a store does that was imported so far. */
void fake_show(struct utxo *u, uint64_t blocks);
struct utxo_output *fake_outputs(struct utxo *u);

#endif
