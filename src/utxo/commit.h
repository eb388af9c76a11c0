/* From rows in memory to a commit on disk. Internal to the room. */
#ifndef IMJIN_UTXO_COMMIT_H
#define IMJIN_UTXO_COMMIT_H

#include "utxo/batch.h"

/* Writes what the batch adds behind what stays of its base, and the manifest. The base stays open. */
enum imjin_status commit_batch(struct batch *b, const struct chain *chain, const char *directory, uint64_t height_first,
                               bool partial, uint64_t memory_bytes, struct error *err);
/* Cuts the store to its first `rows`. */
enum imjin_status commit_cut(const struct utxo *u, const char *directory, const struct utxo_rows *rows, struct error *err);
/* Where the columns of the first `blocks` blocks end. */
struct utxo_rows rows_of_blocks(const struct utxo *u, uint64_t blocks);
/* Removes indexes that the manifest does not name. */
enum imjin_status utxo_commit_clean(const struct utxo_manifest *m, const char *directory, struct error *err);
/* Hashes of a column's chunks from number `first` on, into `ret`: of outputs all but who spends them, which the inputs say. */
enum imjin_status hash_chunks(enum utxo_file file, const struct mapping *m, uint64_t bytes, uint64_t first, struct sha256 *ret,
                              struct error *err);

#endif
