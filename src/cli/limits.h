/* Limits of the room cli: name, value, reason. */
#ifndef IMJIN_CLI_LIMITS_H
#define IMJIN_CLI_LIMITS_H

enum {
    CLI_SUGGESTION_BYTES_MAX = 32, /* longer words get no suggestion: the distance table lives on the stack */
    CLI_REDRAW_MILLISECONDS = 100, /* a progress line drawn more often costs more than it tells */
    CLI_SKIPPED_SHOWN_MAX = 20,    /* tags left out of a label import; as many as import shows of a file's rows */
};

#endif
