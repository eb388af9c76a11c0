/* Limits of the room cli: name, value, reason. */
#ifndef IMJIN_CLI_LIMITS_H
#define IMJIN_CLI_LIMITS_H

enum {
    CLI_SUGGESTION_BYTES_MAX = 32,     /* longer words get no suggestion: the distance table lives on the stack */
    CLI_REDRAW_MILLISECONDS = 100,     /* a progress line drawn more often costs more than it tells */
    CLI_REPORT_JSON_ROWS_MAX = 200000, /* of edges, rests and accounts; a report leaves out a trace.json above some 200 MB */
    CLI_CROSSING_PARTS_MAX = 64,       /* traces behind bridges: each opens a ledger */
    CLI_CROSSING_ROUNDS_MAX = 8,       /* bridges one after the other; hops between chains are days apart */
    CLI_WATCH_BYTES_MAX = 64 << 20,    /* what a watch keeps between runs: some 400,000 places */
    CLI_SKIPPED_SHOWN_MAX = 20,        /* tags left out of a label import; as many as import shows of a file's rows */
    COMPARE_NAMES_MAX = 256,           /* names of one party of a pair; the most that a list gives one has some 80 */
    COMPARE_VALUES_MAX = 256,          /* dates, countries, identifiers of one party of a pair */
    COMPARE_FLUSH_BYTES = 1 << 20,     /* results held before they go out */
};

#endif
