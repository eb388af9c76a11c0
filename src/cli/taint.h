/* trace and sources on a chain whose money lies in outputs. */
#ifndef IMJIN_CLI_TAINT_H
#define IMJIN_CLI_TAINT_H

#include "cli/session.h"

/* Whether the session's chain is kept as blocks; false when it is not known yet. */
[[nodiscard]] bool taint_applies(struct session *s);
enum imjin_status taint_trace(struct session *s, struct error *err);
enum imjin_status taint_sources(struct session *s, struct error *err);

#endif
