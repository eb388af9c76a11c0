/* Progress of long work, and how it is asked to stop. The library only counts; the program draws. */
#ifndef IMJIN_BASE_PROGRESS_H
#define IMJIN_BASE_PROGRESS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/error.h"

/* `what` is a short verb phrase ("reading movements.csv"); units are said in `unit` ("rows", "bytes"); total 0: unknown. */
struct progress {
    void (*update)(void *context, const char *what, const char *unit, uint64_t done, uint64_t total);
    void *context;
    const atomic_bool *stop; /* set by a signal handler; null: never */
};

/* Both take null for "nobody watches". Call progress_step often (it is cheap) and propagate its status. */
enum imjin_status progress_step(const struct progress *p, const char *what, const char *unit, uint64_t done, uint64_t total,
                                struct error *err);

#endif
