#include "base/progress.h"

#include <stddef.h>

enum imjin_status progress_step(const struct progress *p, const char *what, const char *unit, uint64_t done, uint64_t total,
                                struct error *err) {
    if (p == NULL)
        return IMJIN_OK;
    if (p->stop && atomic_load_explicit(p->stop, memory_order_relaxed))
        return fail(err, IMJIN_MACHINE, "stopped on request while %s; run the same command again to go on", what);
    if (p->update)
        p->update(p->context, what, unit, done, total);
    return IMJIN_OK;
}
