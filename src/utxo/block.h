/* One block, read and checked by itself: its parts, its ids, its merkle root, its witness commitment. Internal to the room. */
#ifndef IMJIN_UTXO_BLOCK_H
#define IMJIN_UTXO_BLOCK_H

#include "utxo/wire.h"

/* Zero-initialise; used again for block after block, whose bytes it points into. */
struct block {
    struct wire_header header;
    const struct wire_tx *txs;
    const uint8_t (*ids)[32];
    uint64_t tx_count, input_count, output_count; /* inputs: without the coinbase's */
    bool has_witnesses;
    struct buffer tx_buffer, id_buffer, job_buffer, once_buffer, level_buffer, stripped;
};

/* IMJIN_BAD_INPUT says what is wrong with the block. `hash` is its hash. */
enum imjin_status block_parse(struct block *b, const struct output_chain *chain, struct span bytes, struct error *err);
void block_done(struct block *b);
/* Whether the bytes are one block from first to last, by their lengths alone. */
[[nodiscard]] bool block_is_whole(const struct output_chain *chain, struct span bytes);
/* The height that the coinbase says (BIP 34); false when it says none. */
[[nodiscard]] bool block_height(const struct block *b, uint32_t *ret);

/* The header alone: what finds the block's place in the chain. `bytes` are its first ones. */
struct block_head {
    uint8_t hash[32], previous[32];
    uint32_t bits;
};
enum { BLOCK_HEAD_BYTES_MAX = 2048 };
/* Checks the proof of work too, where it is SHA-256. */
enum imjin_status block_head_parse(struct block_head *ret, const struct output_chain *chain, struct span bytes,
                                   struct error *err);
/* How many tries a hash of these bits takes on average: what chains are compared by. 0: bits that no block can have. */
u128 block_work(uint32_t bits);

#endif
