/* ingest: outside formats into a ledger. Every format is a row of a table: its name, what it is, which columns it has, and a
 * function that turns one row into movements. CSV (commas, tabs or semicolons) and JSON lines are read alike.
 *
 *     ledger_writer_open(&w, ...);
 *     ingest_files(w, &result, &chain, paths, count, &options, progress, &err);
 *     ledger_writer_commit(w, ...) on success, ledger_writer_abandon(w, status == IMJIN_MACHINE) otherwise
 *
 * What a row becomes (docs/formats.md says it format by format):
 * - Amounts are exact integers of up to 256 bits. No row is rounded, cut or guessed: it is read whole or refused with file,
 * line, column, value and reason.
 * - A row that moves nothing (amount zero, a failed call, an event that is no transfer) becomes no movement and is counted. One
 *   exception: a zero-amount transfer of a token contract between two accounts is counted and kept, as a movement of nothing.
 *   It carries no money, and settling and tracing pass over it, but it is what address poisoning is made of.
 * - Rows of a format without block numbers get as block the seconds since 2015-07-30 00:00 UTC, so that canonical order is the
 *   order of time. ingest_detect() says so in its reason. Keep such rows in a chain of their own: their blocks do not
 *   compare with real ones.
 * Thread-safety: calls on different writers are independent; no global state. */
#ifndef IMJIN_INGEST_INGEST_H
#define IMJIN_INGEST_INGEST_H

#include "codec/abi.h"
#include "ledger/ledger.h"

/* One format that can be read. `name` is what --format takes and what results say. */
struct ingest_format {
    const char *name;        /* "etl-token-transfers" */
    const char *description; /* one line for --help */
};
/* The formats in the order of their listing, name ascending; null from ingest_format_count() on. */
unsigned ingest_format_count(void);
const struct ingest_format *ingest_format_at(unsigned number);
/* Null when there is none of that name. */
const struct ingest_format *ingest_format_find(const char *name);

/* What to do with a row that cannot be read. A fault of the file itself (truncated compression, a quote that is never
 * closed, a row above the limit) always stops. */
enum ingest_policy {
    INGEST_STOP, /* fail with that row's error; nothing is committed */
    INGEST_SKIP, /* leave the row out, count it and keep the first messages */
};

/* Zero-initialise, then set `decimals` to DECIMALS_UNKNOWN unless it is meant. */
struct ingest_options {
    const char *format; /* a format's name; null or "auto": by content */
    enum ingest_policy on_error;
    const char *asset; /* movements rows whose asset is empty: this one instead of the native coin; null: native */
    uint8_t decimals;  /* amounts are decimal numbers of 10^decimals units (movements and sheet formats);
                          DECIMALS_UNKNOWN: as the format has it, whole units */
    unsigned threads;  /* more than 1: compressed files are unpacked on a thread of their own. Changes no result */
};

enum { INGEST_REASON_MAX = 240, INGEST_ERRORS_KEPT_MAX = 20 };

/* Which format a file has, and why: "header has token_address, from_address, ...". */
struct ingest_detection {
    const struct ingest_format *format;
    const char *syntax;      /* "CSV", "JSON lines" */
    const char *compression; /* "plain", "gzip", "zstd" */
    char reason[INGEST_REASON_MAX];
};
/* Looks at the beginning of a file (never "-"). IMJIN_BAD_INPUT when no format fits: the message names the nearest format and
 * the columns that are missing. */
enum imjin_status ingest_detect(struct ingest_detection *ret, const char *path, const struct ingest_options *options,
                                struct error *err);

/* What became of one file. */
struct ingest_file {
    const char *path; /* the caller's */
    struct ingest_detection detection;
    uint64_t rows;         /* rows read, without header and blank lines; after a resumption only those of this run */
    uint64_t movements;    /* rows given to the ledger (one input row may be several: value and fee) */
    uint64_t notes;        /* facts about blocks and tokens given to the ledger */
    uint64_t zero;         /* rows that moved an amount of zero, those kept as evidence too */
    uint64_t other;        /* rows that move nothing by their nature: failed, static calls, events that are no transfer */
    uint64_t bad;          /* rows left out under INGEST_SKIP */
    uint64_t bytes;        /* uncompressed bytes read */
    uint64_t resumed_line; /* 0: from the start; else the line where an import that was killed had got to */
    struct error errors[INGEST_ERRORS_KEPT_MAX]; /* of the first bad rows, file and line set */
    unsigned errors_kept;
};
struct ingest_result {
    struct ingest_file *files; /* count as given to ingest_files */
    uint64_t count;
};
/* After a commit that failed: when that was for a transaction in two blocks, reads the files once more and says in `err` where
 * its rows stand, as far as they are in these files. */
void ingest_find_fork(struct error *err, const struct chain *chain, const char *const *paths, uint64_t count,
                      const struct ingest_options *options);
/* Events and calls of one transaction that the files hold, decoded by the tables of data/abi: from ethereum-etl logs and
 * transactions, and explorers' exports (there a selector is enough). What has no row in the tables or not the shape its row
 * says is passed over. By position, calls first; free with memory_free. */
enum imjin_status ingest_witnesses(struct abi_witness **ret, uint32_t *ret_count, const uint8_t tx_hash[32],
                                   const struct chain *chain, const char *const *paths, uint64_t count,
                                   const struct ingest_options *options, struct error *err);
void ingest_result_done(struct ingest_result *r);

/* Reads `count` files, in the order given, into the writer. A path of "-" is standard input. `progress` counts the bytes of
 * each file as stored. Memory does not grow with the files. The writer is not committed and stays usable after a failure only
 * to be abandoned. Fails with
 * - IMJIN_BAD_INPUT: no format fits, a row is refused (INGEST_STOP), a file is damaged; err has file, line, column, value;
 * - IMJIN_NOT_FOUND: a file does not exist; IMJIN_USAGE: no such format; IMJIN_MACHINE: disk, memory, a stop request. */
enum imjin_status ingest_files(struct ledger_writer *w, struct ingest_result *ret, const struct chain *chain,
                               const char *const *paths, uint64_t count, const struct ingest_options *options,
                               const struct progress *progress, struct error *err);

/* ETH pools of the Tornado type by denomination, as the reader of their events uses them. */
struct ingest_pool {
    const char *name; /* "0.1", as the events write it */
    uint8_t address[20];
    uint64_t units_gwei; /* a note's amount in 10^9 wei */
};
const struct ingest_pool *ingest_pool_find(struct span name);

#endif
