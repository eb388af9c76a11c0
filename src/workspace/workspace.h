/* workspace: the directory that holds everything about a set of cases: imjin.conf (settings), ledger/<chain>/,
 * compiled/<chain>/, labels/, lists/, prices/, cases/, log/, and bridges/ once there are records. It can be copied, hashed and
 * mounted read-only. Opening changes nothing on disk. An open workspace is immutable and safe on any thread. */
#ifndef IMJIN_WORKSPACE_WORKSPACE_H
#define IMJIN_WORKSPACE_WORKSPACE_H

#include "codec/codec.h"

enum { WORKSPACE_VERSION = 1 };
#define WORKSPACE_CONF "imjin.conf"

/* Makes a workspace in `directory`, which may exist when it is empty or when an earlier attempt was cut short. IMJIN_USAGE when
 * it already is a workspace or holds anything else; nothing is changed then. */
enum imjin_status workspace_init(const char *directory, struct error *err);

/* The nearest directory at or above `start` (null: the working directory) that holds imjin.conf; the search stays on one
 * file system, as git's does. IMJIN_NOT_FOUND says how to make one. */
enum imjin_status workspace_find(char ret_directory[PATH_BYTES_MAX], const char *start, struct error *err);

struct workspace;
/* Reads and checks imjin.conf: IMJIN_BAD_INPUT with file and line for an unknown or repeated setting, a bad value, or a
 * version this program does not know; IMJIN_NOT_FOUND when `directory` is no workspace. */
enum imjin_status workspace_open(struct workspace **ret, const char *directory, struct error *err);
void workspace_close(struct workspace *w); /* null is fine */

const char *workspace_directory(const struct workspace *w);
/* Settings; null, or 0, when not given: `chain` (used where a command is given none), `threads`. */
const char *workspace_default_chain(const struct workspace *w);
unsigned workspace_threads(const struct workspace *w);

/* Paths inside. `ret_path` has PATH_BYTES_MAX bytes. The directories of a chain may not exist yet; `chain` must be a chain's
 * name ([a-z0-9-]{1,32}), else IMJIN_USAGE. */
enum imjin_status workspace_ledger(const struct workspace *w, const char *chain, char *ret_path, struct error *err);
enum imjin_status workspace_compiled(const struct workspace *w, const char *chain, char *ret_path, struct error *err);
enum imjin_status workspace_labels(const struct workspace *w, char *ret_path, struct error *err);
enum imjin_status workspace_lists(const struct workspace *w, char *ret_path, struct error *err);
enum imjin_status workspace_prices(const struct workspace *w, char *ret_path, struct error *err);
enum imjin_status workspace_bridges(const struct workspace *w, char *ret_path, struct error *err);
enum imjin_status workspace_cases(const struct workspace *w, char *ret_path, struct error *err);
enum imjin_status workspace_log(const struct workspace *w, char *ret_path, struct error *err);

/* Names of the chains that have a ledger directory, sorted. Free the array and each name with memory_free. */
enum imjin_status workspace_chains(const struct workspace *w, char ***ret_names, size_t *ret_count, struct error *err);

#endif
