/** \file
 * What went wrong. Every call that can fail returns enum imjin_status and takes a struct imjin_error, which may be null. On
 * failure it is filled, and the call's outputs (named ret_...) stay as they were. The library prints nothing.
 *
 * Thread-safety: a plain value of the caller's.
 */
#ifndef IMJIN_ERROR_H
#define IMJIN_ERROR_H

#include <stdint.h>

#include "imjin/status.h"

enum {
    IMJIN_ERROR_MESSAGE_BYTES = 1024,
    IMJIN_ERROR_FILE_BYTES = 256,
    IMJIN_ERROR_COLUMN_BYTES = 64,
    IMJIN_ERROR_VALUE_BYTES = 128,
};

/** Details of a failure. All texts end in NUL and are printable ASCII, but for file names, which are as they were given. */
struct imjin_error {
    enum imjin_status status;
    uint64_t line;                           /**< of an input file, from 1; 0: no line */
    char message[IMJIN_ERROR_MESSAGE_BYTES]; /**< one line for people, with file, line, column and value in it */
    char file[IMJIN_ERROR_FILE_BYTES];       /**< the input file at fault; "" when none is */
    char column[IMJIN_ERROR_COLUMN_BYTES];   /**< its column; "" when none is at fault */
    char value[IMJIN_ERROR_VALUE_BYTES];     /**< what stood there, escaped and cut; "" when nothing did */
};

#endif
