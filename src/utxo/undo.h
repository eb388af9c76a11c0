/* Undo data of a node (rev*.dat): for each transaction of a block but the coinbase, what its inputs spent. Gives values and
 * scripts of inputs when the history before a block is not there. Source: Bitcoin Core's CBlockUndo with its compressed
 * amounts and scripts. Pure functions but for the key that is unpacked into `room`; safe on any thread. */
#ifndef IMJIN_UTXO_UNDO_H
#define IMJIN_UTXO_UNDO_H

#include "utxo/wire.h"

enum { UNDO_SCRIPT_MAX = 67 /* a script that is rebuilt: at most P2PK with a long key */ };
struct undo_output {
    uint64_t value;
    uint32_t height; /* of the transaction that made it */
    bool from_coinbase;
    struct span script; /* points into the block's undo data, or into `room` */
    uint8_t room[UNDO_SCRIPT_MAX];
};

/* How many transactions the block's undo data is of, then for each how many inputs, then for each input what it spent: call
 * in that order. All fail with IMJIN_BAD_INPUT. */
enum imjin_status undo_tx_count(struct wire_cursor *c, uint64_t *ret, struct error *err);
enum imjin_status undo_input_count(struct wire_cursor *c, uint64_t *ret, struct error *err);
enum imjin_status undo_output_parse(struct wire_cursor *c, struct undo_output *ret, struct error *err);

/* The checksum behind the data of a block in a rev*.dat file: double SHA-256 of the previous block's hash and the data. */
enum imjin_status undo_checksum(const uint8_t previous[32], struct span data, uint8_t ret_hash[32], struct error *err);

#endif
