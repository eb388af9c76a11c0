/** \file
 * A workspace: the directory that holds the ledgers, labels and cases of an investigation.
 *
 * A workspace opened here is meant for one chain. It opens ledger, labels and compiled ledger when they are first needed, keeps
 * them open, and goes on seeing what it opened until imjin_workspace_refresh(), whatever other processes import.
 *
 * Thread-safety: a handle belongs to one thread at a time; different handles, also on one directory, are independent.
 */
#ifndef IMJIN_WORKSPACE_H
#define IMJIN_WORKSPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "imjin/error.h"
#include "imjin/export.h"

struct imjin_workspace;

/** Makes a workspace in `directory`, which is new or empty. IMJIN_USAGE when it is neither. */
IMJIN_API enum imjin_status imjin_workspace_create(const char *directory, struct imjin_error *error);

/** Opens a workspace. Changes nothing on disk.
 * \param ret_workspace  the handle, freed with imjin_workspace_close()
 * \param directory      the workspace; null: the nearest one at or above the working directory
 * \param chain          the chain that is meant, such as "ethereum"; null: the workspace's setting, else the only chain it
 *                       holds, else "ethereum"
 * \return IMJIN_USAGE when there is no workspace, IMJIN_BAD_INPUT when its settings cannot be read */
IMJIN_API enum imjin_status imjin_workspace_open(struct imjin_workspace **ret_workspace, const char *directory,
                                                 const char *chain, struct imjin_error *error);
/** Frees the handle and what it opened; results taken from it must be freed before. Null is fine. */
IMJIN_API void imjin_workspace_close(struct imjin_workspace *workspace);

/** Threads to work with: 0 for as many as there are processors (the default). Results do not depend on it. */
IMJIN_API void imjin_workspace_set_threads(struct imjin_workspace *workspace, unsigned threads);

/** Is called now and then during long work, perhaps from several threads at once. `what` says what is being done, `done` of
 * `total` (0: unknown) `unit`s are. Returning false asks the work to stop: it ends with IMJIN_MACHINE, loses nothing, and the
 * same call goes on from there. */
typedef bool imjin_progress(void *context, const char *what, const char *unit, uint64_t done, uint64_t total);
/** Sets who is told of progress; null: nobody. */
IMJIN_API void imjin_workspace_watch(struct imjin_workspace *workspace, imjin_progress *progress, void *context);

/** Forgets what was opened, so that the next call sees the newest import. Results taken before must be freed before. */
IMJIN_API void imjin_workspace_refresh(struct imjin_workspace *workspace);

/** What a ledger holds. */
struct imjin_counts {
    uint64_t movements, transactions, blocks, accounts, assets;
    char identity[65]; /**< SHA-256 over the data, in hex: equal for ledgers of equal rows */
};
/** IMJIN_NOT_FOUND when nothing was imported yet. */
IMJIN_API enum imjin_status imjin_workspace_counts(struct imjin_workspace *workspace, struct imjin_counts *ret_counts,
                                                   struct imjin_error *error);

/** Recomputes every hash, count, order and reference of the chain's ledger. IMJIN_BAD_INPUT names the first fault. */
IMJIN_API enum imjin_status imjin_workspace_verify(struct imjin_workspace *workspace, struct imjin_error *error);

#endif
