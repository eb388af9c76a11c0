/** \file
 * imjin: follow stolen crypto through ledgers, offline and exactly. This header includes all others.
 *
 * Handles are opaque. Functions return enum imjin_status and fill a struct imjin_error, which may be null. Nothing is printed,
 * no global state is kept, no signal is touched.
 */
#ifndef IMJIN_IMJIN_H
#define IMJIN_IMJIN_H

#include "imjin/error.h"
#include "imjin/export.h"
#include "imjin/import.h"
#include "imjin/query.h"
#include "imjin/status.h"
#include "imjin/trace.h"
#include "imjin/workspace.h"

/** The library's version, such as "0.1.0". */
IMJIN_API const char *imjin_version(void);

#endif
