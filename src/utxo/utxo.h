/* utxo: the store of chains whose money lies in outputs (Bitcoin and its kin): raw blocks in, mapped columns out.
 * Canonical order is (height, position in the block, output or input position); numbers are dense and in that order. The data
 * files are a pure function of the best chain that was imported: the order of files, the number of imports, kills and
 * resumptions change no byte. docs/format-utxo.md gives every byte.
 *
 * Reading: an open store is immutable and safe on any thread; it keeps seeing the commit it opened. Everything read from disk
 * is checked before it is used. Writing: one writer a store, guarded by a lock file. */
#ifndef IMJIN_UTXO_UTXO_H
#define IMJIN_UTXO_UTXO_H

#include "chain/chain.h"

/* What locks an output. One identity per script: however the address is encoded, the script is the same. */
enum utxo_script_kind {
    UTXO_SCRIPT_NONSTANDARD = 0, /* identity: SHA-256 of the script */
    UTXO_SCRIPT_PUBKEY,          /* P2PK; same identity as the P2PKH of the key's hash is NOT assumed: a rule of room cluster */
    UTXO_SCRIPT_PUBKEY_HASH,
    UTXO_SCRIPT_SCRIPT_HASH,
    UTXO_SCRIPT_MULTISIG, /* bare */
    UTXO_SCRIPT_WITNESS_PUBKEY_HASH,
    UTXO_SCRIPT_WITNESS_SCRIPT_HASH,
    UTXO_SCRIPT_TAPROOT,
    UTXO_SCRIPT_WITNESS_OTHER, /* later witness versions, MWEB peg */
    UTXO_SCRIPT_DATA,          /* OP_RETURN: unspendable, its bytes are kept */
    UTXO_SCRIPT_KINDS,
};
struct script_id {
    uint32_t n;
};

/* One output, 16 bytes, as on disk. `spender` is the number of the transaction that spends it. */
enum { UTXO_UNSPENT = UINT32_MAX };
struct utxo_output {
    uint64_t value; /* smallest units (satoshi) */
    uint32_t script, spender;
};
_Static_assert(sizeof(struct utxo_output) == 16, "16 bytes an output");

/* A transaction: inputs [input_first, +input_count), outputs likewise. */
struct utxo_tx {
    struct tx_id id;
    uint32_t height, index; /* its block and its place there; index 0 is the coinbase */
    int64_t time;           /* of the block */
    uint64_t input_first, output_first;
    uint32_t input_count, output_count;
    uint32_t version, locktime;
    uint8_t hash[32]; /* in the order of the wire; printed reversed */
};

struct utxo_counts {
    uint64_t txs, inputs, outputs, scripts, blocks;
    uint32_t height_first, height_last;
    uint64_t inputs_unknown; /* spend outputs from before height_first (partial history) */
    bool partial;
};

struct utxo; /* opaque */
enum imjin_status utxo_open(struct utxo **ret, const char *directory, struct error *err);
void utxo_close(struct utxo *u); /* null is fine */
const struct chain *utxo_chain(const struct utxo *u);
const struct utxo_counts *utxo_counts(const struct utxo *u);
const struct sha256 *utxo_identity(const struct utxo *u);

/* Columns, for passes. Ids inside are unchecked: compare with the counts before use. */
const struct utxo_output *utxo_outputs(const struct utxo *u);
/* The output that input `n` spends; UTXO_OUTPUT_NONE for a coinbase and for one from before the history (then
 * utxo_input_value may still know the value and script from undo data). */
#define UTXO_OUTPUT_NONE UINT64_MAX
uint64_t utxo_input_output(const struct utxo *u, uint64_t input);
enum imjin_status utxo_input_value(const struct utxo *u, uint64_t input, uint64_t *ret_value, struct script_id *ret_script,
                                   struct error *err);
enum imjin_status utxo_tx(const struct utxo *u, struct tx_id id, struct utxo_tx *ret, struct error *err);
/* Of which transaction an output is: a search. */
enum imjin_status utxo_output_tx(const struct utxo *u, uint64_t output, struct tx_id *ret, struct error *err);
enum imjin_status utxo_tx_find(const struct utxo *u, struct span id_text, struct tx_id *ret, struct error *err);

enum imjin_status utxo_script_find(const struct utxo *u, const struct address *a, struct script_id *ret, struct error *err);
enum imjin_status utxo_script_address(const struct utxo *u, struct script_id id, struct address *ret, struct error *err);
enum utxo_script_kind utxo_script_kind(const struct utxo *u, struct script_id id);
/* The outputs locked by a script, ascending, in up to UTXO_SEGMENTS_MAX lists. */
struct utxo_list {
    const uint32_t *numbers; /* output numbers minus `base` */
    uint64_t base, count;
};
enum { UTXO_SEGMENTS_MAX = 32 };
enum imjin_status utxo_script_outputs(const struct utxo *u, struct script_id id, struct utxo_list ret[UTXO_SEGMENTS_MAX],
                                      unsigned *ret_count, struct error *err);
/* The bytes of an OP_RETURN output (a THORChain memo). */
enum imjin_status utxo_output_data(const struct utxo *u, uint64_t output, struct span *ret, struct error *err);

#endif
