/* Limits of the room api: name, value, reason. */
#ifndef IMJIN_API_LIMITS_H
#define IMJIN_API_LIMITS_H

#include <stdint.h>

enum {
    API_SPEC_FIELDS_MAX = 4,   /* ADDRESS, AMOUNT, ASSET, TIME */
    API_SOURCES_MAX = 1 << 20, /* what one trace takes; keeps the list below 128 MiB */
};
/* A list of sources is written by hand or by a script; more than this is not one. */
#define API_SOURCES_BYTES_MAX ((uint64_t)64 << 20)
/* A whole result is held before it is written, so that a failure leaves no half a result; more than this is no result to read.
 */
#define API_OUTPUT_BYTES_MAX ((uint64_t)8 << 30)

#endif
