/* A small pool of POSIX threads for loops whose items are independent. Results never depend on the count of threads. */
#ifndef IMJIN_BASE_THREAD_H
#define IMJIN_BASE_THREAD_H

#include <stdint.h>

#include "base/error.h"

enum { THREADS_MAX = 256 };

/* Calls work(context, i, err) for i in [0, count) on up to `threads` threads (1: in the calling thread). After a failure no
 * new item starts; the failure of the lowest item that failed is returned. */
enum imjin_status parallel_for(unsigned threads, uint64_t count,
                               enum imjin_status (*work)(void *context, uint64_t i, struct error *err), void *context,
                               struct error *err);
unsigned threads_online(void);

#endif
