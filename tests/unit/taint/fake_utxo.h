/* A chain in memory behind the functions of utxo.h that taint uses. */
#ifndef IMJIN_TESTS_FAKE_UTXO_H
#define IMJIN_TESTS_FAKE_UTXO_H

#include "utxo/utxo.h"

enum { FAKE_TXS_MAX = 4096, FAKE_ROWS_MAX = 65536, FAKE_BLOCKS_MAX = 1024, FAKE_SCRIPTS = 100, FAKE_DATA_SCRIPT = 0 };
struct utxo {
    struct utxo_counts counts;
    struct utxo_tx_row txs[FAKE_TXS_MAX];
    struct utxo_output outputs[FAKE_ROWS_MAX];
    uint64_t inputs[FAKE_ROWS_MAX];
    uint64_t unknown_values[FAKE_ROWS_MAX]; /* by input; UINT64_MAX: known nowhere */
    struct utxo_block blocks[FAKE_BLOCKS_MAX];
};

void fake_begin(struct utxo *u);
void fake_block(struct utxo *u);
/* Returns the number of the transaction, which belongs to the last block. */
uint32_t fake_tx(struct utxo *u);
void fake_input(struct utxo *u, uint64_t output); /* of the last transaction */
void fake_input_unknown(struct utxo *u, uint64_t value);
uint64_t fake_output(struct utxo *u, uint64_t value, uint32_t script);

#endif
