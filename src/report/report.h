/* report: turns results into text for terminals, JSON, CSV, GraphML, SVG and HTML. It prints nothing, reads no clock and knows
 * no arguments: the same results give the same bytes.
 *
 * All functions append to `struct text`, whose errors stick; each returns text_status() at its end, so a caller checks one
 * status. Functions that list everything also take a file (null: keep it all in `t`): when given, `t` is emptied into it each
 * time it has grown past a megabyte and at the end, so memory stays bounded whatever the length.
 *
 * Outside text (labels, symbols, notes) is escaped for each format; control, bidirectional and invalid bytes are shown as
 * \u{...} and \xHH. Cells of CSV that a spreadsheet would take for a formula get a leading apostrophe. Amounts in JSON and CSV
 * are decimal strings of base units; "amount" next to "units" has the decimal point placed. JSON is described by docs/json.md
 * and docs/schema/. No function keeps state; all are safe on any thread. */
#ifndef IMJIN_REPORT_REPORT_H
#define IMJIN_REPORT_REPORT_H

#include "pattern/pattern.h"
#include "price/price.h"
#include "report/limits.h"
#include "report/outputs.h"
#include "report/taint.h"
#include "trace/trace.h"

/* What a case file says, for the head of a report. All text is the caller's and NUL-ended; null and empty mean "not given". */
struct report_fact {
    const char *name, *value; /* "Victim", "Ronin Network bridge" */
};
struct report_case {
    const char *title;
    const struct report_fact *facts;
    const char *const *notes;    /* paragraphs */
    const char *const *commands; /* the command lines that make this report again */
    uint32_t fact_count, note_count, command_count;
};

/* Claims that crossed bridges. Trace 0 is the one reported on; the others are `parts`, from 1. */
#define REPORT_CROSSING_NOWHERE UINT32_MAX
struct report_crossing {
    struct bridge_crossing crossing;
    uint32_t from, to; /* traces; REPORT_CROSSING_NOWHERE: the workspace has no ledger that holds the withdrawal */
};
struct report_crossed;
struct report_crossings {
    const struct bridge_store *store;
    const struct bridge_result *matches;
    const struct report_crossing *items;
    const struct report_crossed *parts;
    uint64_t count, part_count;
};

struct report_mixer;

/* Everything a report may need; what a function does not use may be null. */
struct report_input {
    const struct ledger *ledger;              /* needed by all but labels and verify */
    const struct label_store *labels;         /* null: none */
    const struct price_store *prices;         /* null: no values are shown */
    const struct compiled *compiled;          /* null: no balances, and missing history only as the trace counted it */
    const struct trace_request *request;      /* trace and sources: what was asked */
    const struct trace_result *result;        /* trace and sources: what came out */
    const struct report_case *facts;          /* report: null for a bare trace */
    const char *program_version;              /* "0.1.0" */
    const struct report_crossings *crossings; /* trace: null when nothing crossed a bridge */
    const struct report_mixer *mixer;         /* trace: null when nothing is known of what left the pools it reached */
    const char *edges_file;              /* where the whole list of edges is, for notes in the HTML; null: "the CSV of edges" */
    const struct abi_witness *witnesses; /* tx: events and calls of the transaction, from outside; null: none */
    uint32_t witness_count;
    bool colour; /* text only: ANSI colours */
};
/* A trace behind a bridge; in.result null: it could not be followed. */
struct report_crossed {
    struct report_input in;
    const char *chain;
    uint32_t round; /* bridges between it and the theft */
};

/* ---- trace (needs ledger, request, result) ---- */

/* For a terminal: totals by theft, the largest stops with whom to ask, what is at rest, what is unexplained. */
enum imjin_status report_trace_text(struct text *t, const struct report_input *in, struct error *err);
/* imjin.trace/1: complete. */
enum imjin_status report_trace_json(struct text *t, struct file_writer *file, const struct report_input *in, struct error *err);
/* One row an edge, a header first. */
enum imjin_status report_edges_csv(struct text *t, struct file_writer *file, const struct report_input *in, struct error *err);
/* One row for each place where claims lie or stopped. */
enum imjin_status report_rests_csv(struct text *t, struct file_writer *file, const struct report_input *in, struct error *err);
/* address,claim,stop: one row an account reached, by address; the claim is the peak, stop is empty or the reason's name. */
enum imjin_status report_reached_csv(struct text *t, struct file_writer *file, const struct report_input *in,
                                     struct error *err);
/* Accounts and edges for graph tools: at most REPORT_GRAPH_EDGES, those with the largest claims, and its <desc> says so. */
enum imjin_status report_graphml(struct text *t, struct file_writer *file, const struct report_input *in, struct error *err);
/* The flow picture alone, as a file of its own. */
enum imjin_status report_svg(struct text *t, const struct report_input *in, struct error *err);
/* The whole report of a case: one file, no script, no network, printable. */
enum imjin_status report_html(struct text *t, const struct report_input *in, struct error *err);

/* ---- sources of funds: result of trace_back (needs ledger, request, result) ---- */
enum imjin_status report_sources_text(struct text *t, const struct report_input *in, struct error *err);
/* imjin.sources/1 */
enum imjin_status report_sources_json(struct text *t, struct file_writer *file, const struct report_input *in,
                                      struct error *err);

/* ---- exposure (needs ledger) ---- */
enum imjin_status report_exposure_text(struct text *t, const struct report_input *in, const struct exposure_result *result,
                                       struct error *err);
/* imjin.exposure/1 */
enum imjin_status report_exposure_json(struct text *t, const struct report_input *in, const struct exposure_result *result,
                                       struct error *err);

/* ---- one account (needs ledger; compiled for received/spent/held/unknown) ---- */
struct report_account_options {
    uint64_t history_max;        /* movements listed, the newest; 0: REPORT_TEXT_HISTORY for text, none left out for JSON */
    uint64_t counterparties_max; /* by amount, each asset on its own; 0: REPORT_TEXT_COUNTERPARTIES, none left out for JSON */
};
enum imjin_status report_account_text(struct text *t, const struct report_input *in, struct account_id account,
                                      struct report_account_options options, struct error *err);
/* imjin.account/1 */
enum imjin_status report_account_json(struct text *t, const struct report_input *in, struct account_id account,
                                      struct report_account_options options, struct error *err);

/* ---- one transaction, settled and explained (needs ledger); rules: SETTLE_RULES_ALL or fewer ---- */
enum imjin_status report_tx_text(struct text *t, const struct report_input *in, struct tx_id tx, uint32_t rules,
                                 struct error *err);
/* imjin.tx/1 */
enum imjin_status report_tx_json(struct text *t, const struct report_input *in, struct tx_id tx, uint32_t rules,
                                 struct error *err);

/* ---- what a workspace holds ---- */
struct report_chain {
    const struct ledger *ledger;           /* null: a store of blocks */
    const struct utxo *store;              /* null: a ledger of movements */
    const struct compiled *compiled;       /* null: not compiled */
    uint64_t ledger_bytes, compiled_bytes; /* on disk */
};
/* `workspace`: its path, shown in text only, so that JSON is the same wherever it stands. Uses in->labels. */
enum imjin_status report_info_text(struct text *t, const struct report_input *in, const char *workspace,
                                   const struct report_chain *chains, uint32_t chain_count, struct error *err);
/* imjin.info/1 */
enum imjin_status report_info_json(struct text *t, const struct report_input *in, const struct report_chain *chains,
                                   uint32_t chain_count, struct error *err);

/* ---- what verifying found ---- */
struct report_check {
    const char *what;              /* "ledger ethereum" */
    enum imjin_status status;      /* IMJIN_OK: sound */
    const struct error *fault;     /* when not */
    const struct sha256 *identity; /* null: none */
    uint64_t movements;
};
enum imjin_status report_verify_text(struct text *t, const struct report_input *in, const struct report_check *checks,
                                     uint32_t check_count, struct error *err);
/* imjin.verify/1 */
enum imjin_status report_verify_json(struct text *t, const struct report_input *in, const struct report_check *checks,
                                     uint32_t check_count, struct error *err);

/* ---- labels (needs labels; no ledger) ---- */
enum report_labels_kind {
    REPORT_LABELS_LIST,      /* every tag */
    REPORT_LABELS_SHOW,      /* the tags of one address, and which one decides */
    REPORT_LABELS_CONFLICTS, /* addresses whose tags of equal rank name different roles or actors */
};
struct report_labels_query {
    enum report_labels_kind kind;
    const struct address *address; /* SHOW */
    const char *chain;             /* null: all, and "" is asked of the store for verdicts */
    uint64_t rows_max;             /* 0: none left out */
};
enum imjin_status report_labels_text(struct text *t, const struct report_input *in, const struct report_labels_query *query,
                                     struct error *err);
/* imjin.labels/1 */
enum imjin_status report_labels_json(struct text *t, struct file_writer *file, const struct report_input *in,
                                     const struct report_labels_query *query, struct error *err);

/* ---- leads through mixers (needs ledger) ---- */
struct report_bridge {
    const struct bridge_store *store;
    const struct bridge_result *result;
    uint64_t rows_max; /* matches listed of a rung, and flags of a kind, text only; 0: what fits a screen */
};
enum imjin_status report_bridge_text(struct text *t, const struct report_input *in, const struct report_bridge *b,
                                     struct error *err);
/* imjin.bridge/1 */
enum imjin_status report_bridge_json(struct text *t, const struct report_input *in, const struct report_bridge *b,
                                     struct error *err);
/* A row a match, then a row a flagged withdrawal. */
enum imjin_status report_bridge_csv(struct text *t, const struct report_bridge *b, struct error *err);

struct report_mixer {
    const struct mixer_pool *pools;
    const struct mixer_batches *batches;
    const struct mixer_result *result;
    uint64_t rows_max; /* leads listed of a batch, text only; 0: what fits a screen */
};
enum imjin_status report_mixer_text(struct text *t, const struct report_input *in, const struct report_mixer *m,
                                    struct error *err);
/* imjin.mixer/1 */
enum imjin_status report_mixer_json(struct text *t, const struct report_input *in, const struct report_mixer *m,
                                    struct error *err);
/* batch,recipient,tx_hash,score,lead: one row a withdrawal. */
enum imjin_status report_mixer_csv(struct text *t, const struct report_input *in, const struct report_mixer *m,
                                   struct error *err);

/* ---- patterns (needs ledger) ---- */
/* What accounts did, or those that the trace in `in` reached and did not stop at. pattern_result_free() frees it. */
enum imjin_status report_patterns_find(const struct report_input *in, const struct trace_input *ledger,
                                       const struct account_id *accounts, uint64_t account_count, uint32_t patterns,
                                       const struct progress *p, struct pattern_result **ret, struct error *err);
enum imjin_status report_patterns_of_trace(const struct report_input *in, const struct trace_input *ledger, uint32_t patterns,
                                           const struct progress *p, struct pattern_result **ret, struct error *err);
struct report_patterns {
    const struct pattern_result *result;
    uint32_t patterns; /* what was looked for: a bit each */
    uint64_t rows_max; /* findings listed of a pattern, text only; 0: what fits a screen */
};
enum imjin_status report_patterns_text(struct text *t, const struct report_input *in, const struct report_patterns *p,
                                       struct error *err);
/* imjin.patterns/1 */
enum imjin_status report_patterns_json(struct text *t, const struct report_input *in, const struct report_patterns *p,
                                       struct error *err);

/* ---- who can freeze what (needs ledger, request, result) ---- */
enum { FREEZE_NAME_MAX = 48 };
/* Gets each file once; `name` has no directory. */
typedef enum imjin_status report_write_file(void *context, const char *name, struct span bytes, struct error *err);
/* A letter to each service and issuer that can freeze what lies somewhere, with the evidence, and actions.csv, the list of all.
 */
enum imjin_status report_freeze(const struct report_input *in, report_write_file *write, void *context, struct error *err);

/* ---- what moved between two runs (needs ledger, request, result) ---- */
/* What is kept of a run: text, to be given to the next report_watch as `before`. */
enum imjin_status report_watch_state(struct text *t, const struct report_input *in, struct error *err);
/* `before` empty: the first run. IMJIN_BAD_INPUT when it is damaged. As text, or imjin.watch/1. */
enum imjin_status report_watch(struct text *t, const struct report_input *in, struct span before, struct span now, bool json,
                               struct error *err);

/* ---- small things the program prints itself ---- */

/* Outside text made safe for a terminal: control, bidirectional and invalid bytes escaped, cut at REPORT_OUTSIDE_TEXT_MAX
 * bytes. */
void report_add_outside(struct text *t, struct span outside);
/* "1,234.5 ETH" for people: grouped, rounded down to at most `places` decimals, "<0.0001 ETH" when nothing would be left. */
void report_add_amount(struct text *t, struct u256 units, unsigned decimals, const char *symbol, unsigned places);

#endif
