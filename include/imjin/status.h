/** \file
 * What a call of the library came to. The program's exit codes are the same numbers.
 *
 * Thread-safety: plain values. Source: none, our own.
 */
#ifndef IMJIN_STATUS_H
#define IMJIN_STATUS_H

/** Result of a call. Only IMJIN_OK leaves outputs set; every other value leaves them untouched. */
enum [[nodiscard]] imjin_status{
    IMJIN_OK = 0,        /**< done */
    IMJIN_NOT_FOUND = 1, /**< asked for something that is not there, or a check failed */
    IMJIN_USAGE = 2,     /**< the caller asked for something that makes no sense */
    IMJIN_BAD_INPUT = 3, /**< an input file, ledger or label is malformed; nothing was changed */
    IMJIN_MACHINE = 4,   /**< memory, disk, a lock held by another process, or a stop request */
};

#endif
