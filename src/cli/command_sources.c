#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/taint.h"

static enum imjin_status find_sources(struct session *s, struct following *f, struct error *err) {
    TRY(follow_open(f, s, s->arguments.operands, s->arguments.operand_count, err));
    TRY(follow_run(f, s, trace_back, err));
    struct report_input in = follow_input(f, s);
    return s->json ? report_sources_json(&s->out, NULL, &in, err) : report_sources_text(&s->out, &in, err);
}

enum imjin_status command_sources(struct session *s, struct error *err) {
    struct following f = {0};
    if (taint_applies(s))
        return taint_sources(s, err);
    enum imjin_status status = find_sources(s, &f, err);
    follow_done(&f);
    return status;
}
