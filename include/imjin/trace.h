/** \file
 * Following stolen money forwards. A trace is built (what was stolen, how to follow), run, and read.
 *
 *     struct imjin_trace *trace;
 *     struct imjin_result *result;
 *     imjin_trace_new(&trace, workspace, &error);
 *     imjin_trace_from(trace, "0x098b716b8aaf21512996dc57eb0615e2383e2f96,173600 ETH", &error);
 *     imjin_trace_run(trace, &result, &error);
 *
 * Rules: docs/tracing.md. Amounts are exact: decimal strings of base units (wei), below 2^128. "Claim" is how many units of
 * what was stolen something stands for. For each theft held + stopped + fees + cut_off = stolen, to the unit.
 *
 * Thread-safety: a trace and a result belong to one thread at a time, the one that has the workspace; a result is read-only.
 */
#ifndef IMJIN_TRACE_H
#define IMJIN_TRACE_H

#include <stddef.h>

#include "imjin/workspace.h"

struct imjin_trace;
struct imjin_result;

/** Which of its money an account spends first. */
enum imjin_policy {
    IMJIN_POLICY_FIFO = 0,    /**< the oldest (Clayton's case; Anderson, Shumailov, Ahmed 2018) */
    IMJIN_POLICY_LIFO = 1,    /**< the newest */
    IMJIN_POLICY_HAIRCUT = 2, /**< the same share of all (Moeser, Boehme, Breuker 2014) */
    IMJIN_POLICY_POISON = 3,  /**< everything stays tainted: reach only, totals are not kept */
};

/** A trace that asks for nothing yet. The workspace must outlive it. IMJIN_NOT_FOUND when nothing was imported. */
IMJIN_API enum imjin_status imjin_trace_new(struct imjin_trace **ret_trace, struct imjin_workspace *workspace,
                                            struct imjin_error *error);
/** Null is fine. */
IMJIN_API void imjin_trace_free(struct imjin_trace *trace);

/** Adds a theft: "ADDRESS[,AMOUNT[,ASSET[,TIME]]]", or the id of a transaction, as `imjin trace --from` has it. IMJIN_NOT_FOUND
 * when the ledger does not know it, IMJIN_USAGE when it is empty or the zero address, IMJIN_BAD_INPUT when it cannot be read.
 */
IMJIN_API enum imjin_status imjin_trace_from(struct imjin_trace *trace, const char *spec, struct imjin_error *error);
/** Adds every row of a CSV file with the header address[,amount[,asset[,time]]], plain or packed with gzip or zstd; "-" is
 * standard input. IMJIN_BAD_INPUT with file and line: then none of it is added. Addresses that the ledger does not
 * know are left out; `ret_missing` (may be null) says how many. */
IMJIN_API enum imjin_status imjin_trace_from_file(struct imjin_trace *trace, const char *path, uint64_t *ret_missing,
                                                  struct imjin_error *error);

/** Default: IMJIN_POLICY_FIFO. */
IMJIN_API void imjin_trace_set_policy(struct imjin_trace *trace, enum imjin_policy policy);
/** Cut off what moves more than `hops` hops; 0: no limit (the default). */
IMJIN_API void imjin_trace_set_hops(struct imjin_trace *trace, uint16_t hops);
/** Cut off what moves after `time`, in seconds since 1970-01-01 UTC. */
IMJIN_API void imjin_trace_set_until(struct imjin_trace *trace, int64_t time);
/** Which accounts stop a trace; all do by default. */
IMJIN_API void imjin_trace_set_stops(struct imjin_trace *trace, bool labels, bool deposit_addresses, bool hubs);

/** Follows. Compiles the ledger first when that was not done since the last import.
 * \param ret_result  freed with imjin_result_free(), before the workspace is closed */
IMJIN_API enum imjin_status imjin_trace_run(struct imjin_trace *trace, struct imjin_result **ret_result,
                                            struct imjin_error *error);
/** Null is fine. */
IMJIN_API void imjin_result_free(struct imjin_result *result);

enum {
    IMJIN_AMOUNT_BYTES = 48,       /**< a decimal string below 2^128 with its NUL */
    IMJIN_ADDRESS_BYTES = 128,     /**< an address as text with its NUL */
    IMJIN_ASSET_BYTES = 224,       /**< "ETH", or symbol and contract */
    IMJIN_TRANSACTION_BYTES = 144, /**< a transaction's id as its source wrote it */
    IMJIN_WORD_BYTES = 24,         /**< a rule's or a stop's name, as in docs/json.md */
};

/** One theft and what became of it, in base units of its asset. */
struct imjin_theft {
    char source[IMJIN_ADDRESS_BYTES];
    char asset[IMJIN_ASSET_BYTES];
    char stolen[IMJIN_AMOUNT_BYTES], held[IMJIN_AMOUNT_BYTES], stopped[IMJIN_AMOUNT_BYTES], fees[IMJIN_AMOUNT_BYTES],
        cut_off[IMJIN_AMOUNT_BYTES];
    bool suspected; /**< money of unknown origin, not part of what was stolen */
};
IMJIN_API uint64_t imjin_result_theft_count(const struct imjin_result *result);
/** `number` from 0. IMJIN_USAGE when there is none of that number; IMJIN_BAD_INPUT when the ledger is damaged. */
IMJIN_API enum imjin_status imjin_result_theft(const struct imjin_result *result, uint64_t number,
                                               struct imjin_theft *ret_theft, struct imjin_error *error);

/** One account that stolen money reached. By address. */
struct imjin_reached {
    char address[IMJIN_ADDRESS_BYTES];
    char claim_peak[IMJIN_AMOUNT_BYTES]; /**< the most that stood there at any time, all thefts together */
    char claim_in[IMJIN_AMOUNT_BYTES], claim_held[IMJIN_AMOUNT_BYTES];
    char stop[IMJIN_WORD_BYTES]; /**< why following ended here: "service", "mixer", ...; "" when it did not */
    uint32_t hops;               /**< the fewest from a source */
    bool is_source;
    bool incomplete; /**< it spent more than it was seen to receive */
};
IMJIN_API uint64_t imjin_result_reached_count(const struct imjin_result *result);
IMJIN_API enum imjin_status imjin_result_reached(const struct imjin_result *result, uint64_t number,
                                                 struct imjin_reached *ret_reached, struct imjin_error *error);

/** One movement of stolen money. In the ledger's order. */
struct imjin_edge {
    uint64_t theft; /**< number of the theft */
    int64_t time;   /**< seconds since 1970-01-01 UTC; INT64_MIN: unknown */
    uint32_t block;
    char transaction[IMJIN_TRANSACTION_BYTES];
    char from[IMJIN_ADDRESS_BYTES], to[IMJIN_ADDRESS_BYTES];
    char asset_out[IMJIN_ASSET_BYTES], asset_in[IMJIN_ASSET_BYTES]; /**< what was given, and what was got for it */
    char units_out[IMJIN_AMOUNT_BYTES], units_in[IMJIN_AMOUNT_BYTES], claim[IMJIN_AMOUNT_BYTES];
    char rule[IMJIN_WORD_BYTES]; /**< the rule that drew the edge: "transfer", "swap", ... */
};
IMJIN_API uint64_t imjin_result_edge_count(const struct imjin_result *result);
IMJIN_API enum imjin_status imjin_result_edge(const struct imjin_result *result, uint64_t number, struct imjin_edge *ret_edge,
                                              struct imjin_error *error);

/** Forms in which a whole result can be had. */
enum imjin_form {
    IMJIN_FORM_TEXT = 0,    /**< summary for a terminal */
    IMJIN_FORM_JSON = 1,    /**< imjin.trace/1, see docs/json.md */
    IMJIN_FORM_EDGES = 2,   /**< CSV, a row an edge */
    IMJIN_FORM_REACHED = 3, /**< CSV: address,claim,stop */
    IMJIN_FORM_GRAPHML = 4, /**< for graph tools: the 20,000 edges with the largest claims, if there are more */
    IMJIN_FORM_SVG = 5,     /**< the flow picture */
    IMJIN_FORM_HTML = 6,    /**< a report of one file */
};
/** Writes the result to a file: whole, or not at all. */
IMJIN_API enum imjin_status imjin_result_write(const struct imjin_result *result, enum imjin_form form, const char *path,
                                               struct imjin_error *error);

#endif
