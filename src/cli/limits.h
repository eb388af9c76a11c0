/* Limits of the room cli: name, value, reason. */
#ifndef IMJIN_CLI_LIMITS_H
#define IMJIN_CLI_LIMITS_H

#include <stdint.h>

enum {
    CLI_SUGGESTION_BYTES_MAX = 32, /* longer words get no suggestion: the distance table lives on the stack */
    CLI_REDRAW_MILLISECONDS = 100, /* a progress line drawn more often costs more than it tells */
};
/* A whole result is held before it is written, so that a failure leaves no half a result; more than this is no result to read.
 */
#define CLI_OUTPUT_BYTES_MAX ((uint64_t)8 << 30)

#endif
