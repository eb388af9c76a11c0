/* utxo: the store of chains whose money lies in outputs (Bitcoin and its kin): raw blocks in, mapped columns out.
 * Canonical order is (height, position in the block, output or input position); numbers are dense and in that order. The data
 * files are a pure function of the best chain that was imported: the order of files, the number of imports, kills and
 * resumptions change no byte. docs/format-utxo.md gives every byte.
 *
 * Reading: an open store may be used by any number of threads; it keeps seeing the commit it opened. Everything read from disk
 * is checked before it is used. Writing: one writer a store, guarded by a lock file. */
#ifndef IMJIN_UTXO_UTXO_H
#define IMJIN_UTXO_UTXO_H

#include "chain/chain.h"
#include "utxo/limits.h"

/* A script's number, in order of first appearance. All OP_RETURN outputs share one script, of kind SCRIPT_DATA. */
struct script_id {
    uint32_t n;
};

/* One output, 16 bytes, as on disk. `spender` is the number of the transaction that spends it. It may be written while a newer
 * commit is made, so that a number that is not below counts.txs means unspent, as UTXO_UNSPENT does. */
#define UTXO_UNSPENT UINT32_MAX
struct utxo_output {
    uint64_t value; /* smallest units (satoshi) */
    uint32_t script, spender;
};
_Static_assert(sizeof(struct utxo_output) == 16, "16 bytes an output");

/* One input, 8 bytes, as on disk: the number of the output that it spends, and what its sequence number says. A coinbase has no
 * inputs here. */
#define UTXO_OUTPUT_NONE UINT64_MAX
#define UTXO_INPUT_MASK  (((uint64_t)1 << 40) - 1) /* all ones: an output from before a partial history */
enum utxo_sequence {
    UTXO_SEQUENCE_OTHER = 0,       /* may be replaced (BIP 125), or has a relative lock */
    UTXO_SEQUENCE_NO_REPLACE = 1,  /* 0xfffffffe: the locktime counts, not replaceable */
    UTXO_SEQUENCE_FINAL = 2,       /* 0xffffffff: the locktime does not count */
    UTXO_SEQUENCE_REPLACEABLE = 3, /* 0xfffffffd, as wallets write it */
};
static inline uint64_t utxo_word_output(uint64_t word) {
    return (word & UTXO_INPUT_MASK) == UTXO_INPUT_MASK ? UTXO_OUTPUT_NONE : word & UTXO_INPUT_MASK;
}
static inline enum utxo_sequence utxo_word_sequence(uint64_t word) { return (enum utxo_sequence)(word >> 62); }

/* One transaction, 24 bytes, as on disk; where it ends the next begins. Its inputs begin at input_first. */
struct utxo_tx_row {
    uint64_t input_first, output_first;
    uint32_t version, locktime;
};
_Static_assert(sizeof(struct utxo_tx_row) == 24, "24 bytes a transaction");

/* A block, as on disk: where its rows begin in every column. */
struct utxo_block {
    uint8_t hash[32];             /* in the order of the wire */
    uint64_t work_low, work_high; /* of the chain up to and with it */
    uint64_t inputs, outputs, unknown, data_rows, payload_bytes, data_bytes;
    uint32_t txs, scripts;
    uint32_t time, bits; /* as in the header */
};

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
/* Opens the last commit of `directory` (the chain's directory). IMJIN_NOT_FOUND when there is none yet, or when it holds
 * a ledger of movements. */
enum imjin_status utxo_open(struct utxo **ret, const char *directory, struct error *err);
void utxo_close(struct utxo *u); /* null is fine */
/* Whether a store of blocks is (or is being) kept there. */
[[nodiscard]] bool utxo_is_store(const char *directory);
const struct chain *utxo_chain(const struct utxo *u);
const struct utxo_counts *utxo_counts(const struct utxo *u);
/* SHA-256 over the data: equal for stores of equal chains. */
const struct sha256 *utxo_identity(const struct utxo *u);

/* Columns, for passes. Ids inside are unchecked: compare with the counts before use. */
const struct utxo_output *utxo_outputs(const struct utxo *u);
const uint64_t *utxo_inputs(const struct utxo *u);
/* counts.txs rows. Use utxo_tx_outputs_end() and utxo_tx_inputs_end() for the end of the last. */
const struct utxo_tx_row *utxo_txs(const struct utxo *u);
const struct utxo_block *utxo_blocks(const struct utxo *u); /* counts.blocks rows; row 0 is of height_first */
uint64_t utxo_tx_outputs_end(const struct utxo *u, uint32_t tx);
uint64_t utxo_tx_inputs_end(const struct utxo *u, uint32_t tx);
static inline bool utxo_is_spent(const struct utxo_counts *c, const struct utxo_output *o) { return o->spender < c->txs; }

/* The output that input `n` spends; UTXO_OUTPUT_NONE for one from before the history (then utxo_input_value may still know the
 * value and script from undo data). */
uint64_t utxo_input_output(const struct utxo *u, uint64_t input);
/* IMJIN_NOT_FOUND when neither the history nor undo data says it. */
enum imjin_status utxo_input_value(const struct utxo *u, uint64_t input, uint64_t *ret_value, struct script_id *ret_script,
                                   struct error *err);
/* What an input names: the id of a transaction (in the order of the wire) and an output's place in it. */
enum imjin_status utxo_input_outpoint(const struct utxo *u, uint64_t input, uint8_t ret_hash[32], uint32_t *ret_index,
                                      struct error *err);
enum imjin_status utxo_tx(const struct utxo *u, struct tx_id id, struct utxo_tx *ret, struct error *err);
/* Of which transaction an output is: a search. */
enum imjin_status utxo_output_tx(const struct utxo *u, uint64_t output, struct tx_id *ret, struct error *err);
/* 64 hex digits, as people see them. IMJIN_NOT_FOUND; IMJIN_BAD_INPUT when it is no id. Of several transactions with one id
 * (BIP 30) the last. */
enum imjin_status utxo_tx_find(const struct utxo *u, struct span id_text, struct tx_id *ret, struct error *err);
/* 64 hex digits and a NUL, reversed as people see them. */
void utxo_hash_print(const uint8_t hash[32], char ret_text[65]);

enum imjin_status utxo_script_find(const struct utxo *u, const struct address *a, struct script_id *ret, struct error *err);
enum imjin_status utxo_script(const struct utxo *u, struct script_id id, struct script *ret, struct error *err);
/* The canonical text (script_print()); returns through ret_text, which has SCRIPT_PRINT_MAX bytes. */
enum imjin_status utxo_script_print(const struct utxo *u, struct script_id id, char ret_text[SCRIPT_PRINT_MAX],
                                    struct error *err);
/* The kind; SCRIPT_NONSTANDARD when the store is damaged there. */
enum script_kind utxo_script_kind(const struct utxo *u, struct script_id id);
/* The outputs locked by a script, ascending, in up to UTXO_SEGMENTS_MAX lists. */
struct utxo_list {
    const uint32_t *numbers; /* output numbers minus `base`; unchecked */
    uint64_t base, count;
};
enum imjin_status utxo_script_outputs(const struct utxo *u, struct script_id id, struct utxo_list ret[UTXO_SEGMENTS_MAX],
                                      unsigned *ret_count, struct error *err);
/* The whole script of an OP_RETURN output (a THORChain memo), OP_RETURN first. IMJIN_NOT_FOUND for other outputs. */
enum imjin_status utxo_output_data(const struct utxo *u, uint64_t output, struct span *ret, struct error *err);

/* Recomputes every hash, count, reference and index. IMJIN_BAD_INPUT names the first fault. */
enum imjin_status utxo_verify(const char *directory, const struct progress *p, struct error *err);

/* ---- writing ---- */

/* Whether a path looks like blocks: a node's directory, block files by their first bytes (also obfuscated), one raw block,
 * hex text, or getblock's JSON. */
[[nodiscard]] bool utxo_is_source(const char *path, const struct chain *chain);

struct utxo_import_options {
    uint64_t memory_bytes; /* budget for tables and rows; beyond it what is there is committed first; 0: the default */
    uint64_t part_blocks;  /* blocks of one such part; 0: as many as the budget allows */
};
struct utxo_import_result {
    uint64_t files, bytes_read;
    uint64_t blocks_added, blocks_known;
    uint64_t blocks_stale;       /* not on the best chain */
    uint64_t blocks_unconnected; /* no way leads from the chain to them */
    uint64_t blocks_removed;     /* off the best chain since: forgotten */
    uint64_t bytes_unfinished;   /* at the ends of files: a block that is still being written, left for the next time */
    uint64_t txs_added, inputs_added, outputs_added, scripts_added;
    uint32_t height_first, height_last;
    bool partial;
};
#define UTXO_MEMORY_DEFAULT ((uint64_t)768 << 20)
/* Reads blocks from files and directories, finds the best chain of them and of what the store holds, and commits. A fault in
 * the blocks changes nothing, or, in an import larger than the memory allowed, nothing behind the last part committed. */
enum imjin_status utxo_import(const char *directory, const struct chain *chain, const char *const *paths, uint64_t path_count,
                              struct utxo_import_options options, const struct progress *p, struct utxo_import_result *ret,
                              struct error *err);
/* Forgets every block above `height`. */
enum imjin_status utxo_truncate(const char *directory, uint32_t height, struct error *err);

#endif
