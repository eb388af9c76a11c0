/* What the files of the public interface share. */
#ifndef IMJIN_API_PUBLIC_H
#define IMJIN_API_PUBLIC_H

#include <stdatomic.h>

#include "api/api.h"
#include "imjin/imjin.h"

struct imjin_workspace {
    struct desk desk;
    char directory[PATH_BYTES_MAX]; /* "": the nearest upwards */
    char chain[CHAIN_NAME_MAX];     /* "": not said */
    unsigned threads;
    struct progress progress;
    imjin_progress *told;
    void *told_context;
    atomic_bool stop;
};

/* Gives the caller what went wrong, and the status back. `public` may be null. */
enum imjin_status public_status(enum imjin_status status, const struct error *err, struct imjin_error *public);
/* Clears an earlier request to stop; every call that works long begins so. */
void workspace_begin(struct imjin_workspace *w);

#endif
