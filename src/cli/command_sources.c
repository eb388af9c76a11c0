#include "cli/commands.h"

#include "cli/request.h"

static enum imjin_status find_sources(struct session *s, struct spec_list *spec, struct error *err) {
    struct trace_request request = request_from_arguments(s);
    struct trace_input input;
    struct trace_result *result;
    TRY(spec_add(spec, s->desk.ledger, span_of(s->arguments.operands[0]), err));
    TRY(desk_compiled(&s->desk, request.rules, err));
    request.sources = spec->sources.items;
    request.source_count = (uint32_t)spec->sources.count;
    input = (struct trace_input){s->desk.ledger, s->desk.compiled, s->desk.labels};
    TRY(trace_back(&input, &request, &s->progress, &result, err));
    struct report_input in = session_input(s);
    in.request = &request;
    in.result = result;
    enum imjin_status status = s->json ? report_sources_json(&s->out, NULL, &in, err) : report_sources_text(&s->out, &in, err);
    trace_result_free(result);
    return status;
}

enum imjin_status command_sources(struct session *s, struct error *err) {
    struct spec_list spec;
    TRY(desk_ledger(&s->desk, err));
    spec_list_begin(&spec);
    enum imjin_status status = find_sources(s, &spec, err);
    spec_list_done(&spec);
    return status;
}
