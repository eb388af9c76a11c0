/* Limits of the room taint, each with its reason and a test that meets it. */
#ifndef IMJIN_TAINT_LIMITS_H
#define IMJIN_TAINT_LIMITS_H

enum {
    TAINT_THEFTS_MAX = 1 << 20, /* more thefts than were ever published */
    TAINT_PIECES_MAX = 1 << 28, /* stretches of taint: 6 GB of memory at most; the default work limit */
};

#endif
