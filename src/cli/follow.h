/* What trace, sources and report have in common: read what was stolen, make sure the ledger is compiled, follow. */
#ifndef IMJIN_CLI_FOLLOW_H
#define IMJIN_CLI_FOLLOW_H

#include "cli/session.h"

struct following {
    struct case_file case_file; /* of the last case named; name "" when none was */
    bool has_case;
    struct spec_list spec;
    struct trace_request request;
    struct trace_result *result;
};

/* Zero-initialise. Each takes a SPEC, which may be a case; a case also says its chain and how to follow, where no option does.
 */
enum imjin_status follow_open(struct following *f, struct session *s, const char *const *specs, unsigned spec_count,
                              struct error *err);
/* Adds a list of sources. */
enum imjin_status follow_add_file(struct following *f, struct session *s, const char *path, struct error *err);
/* trace_run or trace_back. */
typedef enum imjin_status follow_engine(const struct trace_input *in, const struct trace_request *request,
                                        const struct progress *p, struct trace_result **ret, struct error *err);
/* Compiles where that is missing, and runs the engine. IMJIN_NOT_FOUND when no source is in the ledger. */
enum imjin_status follow_run(struct following *f, struct session *s, follow_engine *engine, struct error *err);
/* What report needs: request, result and the case's head. Points into `f`. */
struct report_input follow_input(const struct following *f, const struct session *s);
/* IMJIN_NOT_FOUND when nothing was stolen by what was asked. */
enum imjin_status follow_verdict(const struct following *f, struct error *err);
void follow_done(struct following *f);

#endif
