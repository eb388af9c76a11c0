/** \file
 * Files into a workspace: value movements and labels. The formats are those of `imjin import --help` and `imjin label import
 * --help`; each file's format is told by its header, and it may be compressed with gzip or zstd.
 *
 * Thread-safety: as the workspace's. A second writer to one chain, in this process or another, is refused with IMJIN_MACHINE.
 */
#ifndef IMJIN_IMPORT_H
#define IMJIN_IMPORT_H

#include <stddef.h>

#include "imjin/workspace.h"

/** How to import. Set `size`, leave the rest zero for the defaults. */
struct imjin_import_options {
    size_t size;           /**< sizeof(struct imjin_import_options): which fields the caller knows of */
    const char *format;    /**< a format's name; null: told by each file's header */
    const char *asset;     /**< asset of movements rows that name none; null: the chain's coin */
    bool skip_bad_rows;    /**< leave bad rows out and count them, instead of failing at the first */
    uint64_t memory_bytes; /**< for sorting and look-up tables; 0: 768 MiB */
};

struct imjin_import_result {
    uint64_t rows_read, rows_skipped;
    uint64_t movements_added, movements_known; /**< known: were there already */
    uint64_t transactions_added, accounts_added, assets_added;
};

/** Reads files of movements into the chain's ledger. All or nothing; importing the same rows again adds nothing.
 * \param paths       `path_count` names, not null
 * \param options     may be null for the defaults
 * \return IMJIN_BAD_INPUT with file, line and column for a row or file that cannot be read, or is not there: nothing was
 * changed. IMJIN_MACHINE after a stop or a full disk: the same call goes on where it was. */
IMJIN_API enum imjin_status imjin_import(struct imjin_workspace *workspace, const char *const *paths, size_t path_count,
                                         const struct imjin_import_options *options, struct imjin_import_result *ret_result,
                                         struct imjin_error *error);

/** Makes what traces read from the ledger. Not needed: the first trace does it; but it is one pass over everything new. */
IMJIN_API enum imjin_status imjin_compile(struct imjin_workspace *workspace, struct imjin_error *error);

/** Reads files of labels: TagPacks, ActorPacks, CSV. All or nothing. `ret_added` may be null. */
IMJIN_API enum imjin_status imjin_label_import(struct imjin_workspace *workspace, const char *const *paths, size_t path_count,
                                               uint64_t *ret_added, struct imjin_error *error);

#endif
