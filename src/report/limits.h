/* Limits of the room report, each with its reason. They bound what people are shown, never what is computed; every output says
 * what it left out and where the whole is. */
#ifndef IMJIN_REPORT_LIMITS_H
#define IMJIN_REPORT_LIMITS_H

enum {
    REPORT_OUTSIDE_TEXT_MAX = 200, /* bytes of a label, symbol or note shown: a thief may write a novel into a token's name */
    REPORT_TEXT_STOPS = 12,        /* rows a table of the terminal summary has: one screen */
    REPORT_TEXT_ASSETS = 24,       /* assets of an account on a terminal: one screen */
    REPORT_TEXT_HISTORY = 40,      /* movements of an account on a terminal, the newest last */
    REPORT_TEXT_COUNTERPARTIES = 15,
    REPORT_TABLE_ROWS = 500,       /* rows of one table in the HTML report: about twelve printed pages */
    REPORT_TOTALS_WHOLE = 6,       /* stolen assets with a table each in the HTML report; the rest share one */
    REPORT_PATH_EDGES = 1000,      /* edges listed as evidence in the HTML report: the CSV has them all */
    REPORT_KNOWN_TOKENS = 65536,   /* labelled tokens whose names others may imitate: more labels than anybody checks */
    REPORT_USE_HOLDINGS = 1 << 20, /* holdings read to rank tokens by use: some ten milliseconds */
    REPORT_EXITS = 12,             /* leads of one batch in the HTML report: trace.json has them all */
    REPORT_EXIT_BATCHES = 40,      /* batches there: some forty tables, twenty printed pages */
    REPORT_LOOK_ALIKES = 20,       /* look-alike addresses that nobody fell for, as examples in the HTML report */
    REPORT_LETTERS = 20,           /* letters in the HTML report: the files of --freeze are all */
    REPORT_GRAPH_EDGES = 20000,    /* edges of the GraphML: what graph tools lay out; the CSV has them all */
    REPORT_NOTES_MAX = 64,         /* facts, notes and commands of one case */

    PICTURE_LAYERS_MAX = 6,   /* columns of the flow picture: more become too narrow to read on paper */
    PICTURE_LAYER_NODES = 12, /* boxes in one column before the small ones are folded: a page is that high */
    PICTURE_STOP_NODES = 16,  /* boxes in the column of stops: they are what the reader came for */
    PICTURE_EDGES_MAX = 160,  /* lines drawn after folding: beyond it nothing can be followed by eye */
    TIMELINE_BARS_MAX = 60,   /* bars: days are put together until they fit */
};

#endif
