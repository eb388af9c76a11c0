/* The bytes of blocks and transactions, as nodes exchange and keep them (Bitcoin protocol; BIP 141 and 144 for witnesses; the
 * deviations of its kin as `enum wire_format` of room chain says). Everything is read in place: spans point into the block,
 * nothing is copied or allocated. wire_tx_parse() checks every length once; the two walks over inputs and outputs rely on it.
 * Pure functions, safe on any thread. */
#ifndef IMJIN_UTXO_WIRE_H
#define IMJIN_UTXO_WIRE_H

#include "chain/chain.h"

/* What is left to read. After a failure it stands where it stood. */
struct wire_cursor {
    const uint8_t *at, *end;
};

struct wire_header {
    struct span bytes; /* what the block's hash covers */
    int32_t version;
    const uint8_t *previous, *merkle_root; /* 32 bytes each, in the order of the wire */
    uint32_t time, bits, nonce;            /* nonce 0 where it is longer than 4 bytes */
};

struct wire_tx {
    struct span bytes; /* all of it */
    struct span body;  /* inputs and outputs: what a transaction without witness has between version and locktime */
    const uint8_t *inputs, *outputs, *witnesses; /* first of each; witnesses null when there are none */
    uint64_t input_count, output_count;
    uint32_t version, locktime;
    bool is_coinbase;       /* one input, from nowhere */
    bool is_extension;      /* Litecoin: the transaction that stands for the extension block's balance */
    bool hashes_as_a_whole; /* its id covers all bytes (no witness to leave out) */
};

struct wire_input {
    const uint8_t *previous; /* 32 bytes */
    uint32_t previous_output, sequence;
    struct span script;
};
struct wire_output {
    uint64_t value;
    struct span script;
};

/* Each fails with IMJIN_BAD_INPUT and says what is wrong (no place: the caller knows it). */
enum imjin_status wire_header_parse(struct wire_cursor *c, enum wire_format format, struct wire_header *ret, struct error *err);
/* A count as the protocol writes it ("compact size"); 5 where 1 would do is refused. */
enum imjin_status wire_count_parse(struct wire_cursor *c, uint64_t *ret, struct error *err);
enum imjin_status wire_tx_parse(struct wire_cursor *c, enum wire_format format, struct wire_tx *ret, struct error *err);

/* Walks of a parsed transaction: begin with tx->inputs, tx->outputs; call as often as the counts say. */
void wire_input_next(const uint8_t **at, struct wire_input *ret);
void wire_output_next(const uint8_t **at, struct wire_output *ret);
/* The witness items of the next input: their count, then each in turn; begin with tx->witnesses. */
uint64_t wire_witness_count(const uint8_t **at);
void wire_witness_next(const uint8_t **at, struct span *ret);

/* Double SHA-256 in the order of the wire; people see it reversed. */
enum imjin_status wire_hash(struct span bytes, uint8_t ret_hash[32], struct error *err);
/* The transaction's id (without witness), and its id with everything (BIP 141). */
enum imjin_status wire_tx_id(const struct wire_tx *tx, uint8_t ret_hash[32], struct error *err);
enum imjin_status wire_tx_witness_id(const struct wire_tx *tx, uint8_t ret_hash[32], struct error *err);
/* The root over `count` > 0 hashes of 32 bytes each, which are used up. *ret_repeated: two neighbours that are hashed together
 * are equal, by which a block could be given another list of transactions (CVE-2012-2459). */
enum imjin_status wire_merkle_root(uint8_t (*hashes)[32], uint64_t count, uint8_t ret_root[32], bool *ret_repeated,
                                   struct error *err);
/* The witness commitment of a coinbase (BIP 141): the last output that begins with 6a24aa21a9ed; null when there is none. */
const uint8_t *wire_witness_commitment(const struct wire_tx *coinbase);

#endif
