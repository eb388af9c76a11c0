/* What work on one chain of a workspace needs open: ledger, labels, compiled ledger. Each is opened once, when first asked
 * for, and closed by desk_done(). A desk belongs to one thread at a time. */
#ifndef IMJIN_API_DESK_H
#define IMJIN_API_DESK_H

#include "ingest/ingest.h"
#include "report/report.h"
#include "workspace/workspace.h"

struct desk {
    /* set by the owner, who zero-initialises the rest */
    const char *directory;           /* the workspace; null: the nearest upwards from the working directory */
    const char *chain_name;          /* null: the workspace's setting, the only chain it holds, else ethereum */
    unsigned threads;                /* 0: the workspace's setting, else as many as there are processors */
    const struct progress *progress; /* null: nobody watches */

    struct workspace *workspace; /* null: not opened yet */
    struct chain chain;          /* name "": not chosen yet */
    struct ledger *ledger;
    struct utxo *store; /* of blocks, where the chain is one of outputs */
    struct compiled *compiled;
    struct label_store *labels;
    struct price_store *prices;
    struct trace_memory *memory;
    char mended[ERROR_TEXT_MAX]; /* what was wrong with a compiled ledger that was made anew; "": nothing was */
};

/* IMJIN_USAGE when there is no workspace. */
enum imjin_status desk_workspace(struct desk *d, struct error *err);
enum imjin_status desk_chain(struct desk *d, struct error *err);
enum imjin_status desk_labels(struct desk *d, struct error *err);
/* Ledger, labels and prices. IMJIN_NOT_FOUND when nothing was imported for the chain yet. */
enum imjin_status desk_ledger(struct desk *d, struct error *err);
/* True when the desk's chain is kept as blocks; false also when nothing is kept yet. */
enum imjin_status desk_has_blocks(struct desk *d, bool *ret, struct error *err);
/* Store of blocks and labels, in place of the ledger. */
enum imjin_status desk_store(struct desk *d, struct error *err);
/* Reads blocks into the store of the desk's chain; closes what was open. */
enum imjin_status desk_import_blocks(struct desk *d, struct utxo_import_result *ret, const char *const *paths,
                                     uint64_t path_count, uint64_t memory_bytes, struct error *err);
/* And the compiled ledger for these rules; compiles first when it is missing, older than the ledger, or seen to be damaged
 * (d->mended says so). Damage inside a file shows only later, to who reads it. */
enum imjin_status desk_compiled(struct desk *d, uint32_t rules, struct error *err);
/* The same, and checks all of it; what is damaged is made anew (d->mended). */
enum imjin_status desk_mend(struct desk *d, uint32_t rules, struct error *err);
/* What trace reads, with a memory that makes the next trace of the same desk quicker. Call after desk_ledger(), and after
 * desk_compiled() unless the trace is a replay. */
enum imjin_status desk_trace_input(struct desk *d, struct trace_input *ret, struct error *err);
/* Reads files into the ledger of the desk's chain and commits; closes what was open, since it is not the newest any more. After
 * a stop or a full disk the same call goes on where this one was. A file that is not there is IMJIN_BAD_INPUT. */
enum imjin_status desk_import(struct desk *d, struct ingest_result *ret_files, struct ledger_commit *ret_commit,
                              const char *const *paths, uint64_t path_count, const struct ingest_options *reading,
                              uint64_t memory_bytes, struct error *err);
/* Closes ledger, compiled ledger and labels; the next call opens the newest. */
void desk_clear(struct desk *d);
void desk_done(struct desk *d);

/* Where the ledger of `chain`, compiled with `rules`, stands; PATH_BYTES_MAX bytes. With fewer rules than all it has a
 * directory of its own, so that neither displaces the other. */
enum imjin_status desk_compiled_path(const struct desk *d, char *ret_path, const char *chain, uint32_t rules,
                                     struct error *err);

/* What the room report needs of what is open. */
struct report_input desk_report_input(const struct desk *d);

#endif
