#include <stdio.h>

#include "api/public.h"

struct imjin_trace {
    struct imjin_workspace *workspace;
    struct spec_list spec;
    struct trace_request request;
};

/* The request and its sources are copied, so that the trace may be changed, run again, and freed before its result. */
struct imjin_result {
    struct imjin_workspace *workspace;
    struct trace_request request;
    struct trace_result *result;
};

_Static_assert((int)IMJIN_POLICY_FIFO == POLICY_FIFO && (int)IMJIN_POLICY_LIFO == POLICY_LIFO &&
                   (int)IMJIN_POLICY_HAIRCUT == POLICY_HAIRCUT && (int)IMJIN_POLICY_POISON == POLICY_POISON,
               "public and internal policies are the same numbers");
_Static_assert((int)IMJIN_ADDRESS_BYTES >= (int)ADDRESS_PRINT_MAX && (int)IMJIN_ASSET_BYTES >= (int)ASSET_PRINT_MAX &&
                   (int)IMJIN_TRANSACTION_BYTES >= (int)TX_PRINT_MAX && (int)IMJIN_AMOUNT_BYTES >= (int)U128_DIGITS_MAX,
               "every text fits");

/* ---- asking ---- */

enum imjin_status imjin_trace_new(struct imjin_trace **ret_trace, struct imjin_workspace *workspace,
                                  struct imjin_error *error) {
    struct error err = {0};
    enum imjin_status status = desk_ledger(&workspace->desk, &err);
    if (status != IMJIN_OK)
        return public_status(status, &err, error);
    struct imjin_trace *t = memory_new(1, sizeof *t);
    if (t == NULL)
        return public_status(fail_memory(&err, "a trace"), &err, error);
    t->workspace = workspace;
    t->request = trace_defaults();
    spec_list_begin(&t->spec);
    *ret_trace = t;
    return IMJIN_OK;
}

void imjin_trace_free(struct imjin_trace *trace) {
    if (trace == NULL)
        return;
    spec_list_done(&trace->spec);
    memory_free(trace);
}

enum imjin_status imjin_trace_from(struct imjin_trace *trace, const char *spec, struct imjin_error *error) {
    struct error err = {0};
    enum imjin_status status = desk_ledger(&trace->workspace->desk, &err);
    if (status == IMJIN_OK)
        status = spec_add(&trace->spec, trace->workspace->desk.ledger, span_of(spec), &err);
    return public_status(status, &err, error);
}

enum imjin_status imjin_trace_from_file(struct imjin_trace *trace, const char *path, uint64_t *ret_missing,
                                        struct imjin_error *error) {
    struct error err = {0};
    uint64_t before = trace->spec.missing;
    enum imjin_status status = desk_ledger(&trace->workspace->desk, &err);
    if (status == IMJIN_OK)
        status = spec_add_file(&trace->spec, trace->workspace->desk.ledger, path, &err);
    if (status == IMJIN_OK && ret_missing)
        *ret_missing = trace->spec.missing - before;
    return public_status(status, &err, error);
}

void imjin_trace_set_policy(struct imjin_trace *trace, enum imjin_policy policy) {
    trace->request.policy = (enum trace_policy)policy;
}

void imjin_trace_set_hops(struct imjin_trace *trace, uint16_t hops) { trace->request.hops_max = hops; }

void imjin_trace_set_until(struct imjin_trace *trace, int64_t time) { trace->request.time_until = time; }

void imjin_trace_set_stops(struct imjin_trace *trace, bool labels, bool deposit_addresses, bool hubs) {
    trace->request.stop_at_labels = labels;
    trace->request.stop_at_deposits = deposit_addresses;
    trace->request.stop_at_hubs = hubs;
}

static enum imjin_status run(struct imjin_trace *t, struct imjin_result *r, struct error *err) {
    struct desk *d = &t->workspace->desk;
    struct trace_input input;
    if (t->spec.sources.count == 0)
        return fail(err, IMJIN_NOT_FOUND, "nothing to follow: say what was stolen first");
    if (t->spec.sources.count == t->spec.missing)
        return fail(err, IMJIN_NOT_FOUND, "nothing to follow: the ledger has none of the sources");
    TRY(desk_compiled(d, t->request.rules, err));
    struct trace_source *sources = memory_new(t->spec.sources.count, sizeof *sources);
    if (sources == NULL)
        return fail_memory(err, "the sources");
    memcpy(sources, t->spec.sources.items, t->spec.sources.count * sizeof *sources);
    r->workspace = t->workspace;
    r->request = t->request;
    r->request.sources = sources;
    r->request.source_count = (uint32_t)t->spec.sources.count;
    r->request.threads = d->threads;
    TRY(desk_trace_input(d, &input, err));
    enum imjin_status status = trace_run(&input, &r->request, d->progress, &r->result, err);
    for (uint64_t i = 0; i < t->spec.sources.count; i++)
        sources[i].said = (struct span){0}; /* the trace may be freed before its result */
    return status;
}

enum imjin_status imjin_trace_run(struct imjin_trace *trace, struct imjin_result **ret_result, struct imjin_error *error) {
    struct error err = {0};
    workspace_begin(trace->workspace);
    struct imjin_result *r = memory_new(1, sizeof *r);
    enum imjin_status status = r ? run(trace, r, &err) : fail_memory(&err, "a result");
    if (status == IMJIN_OK)
        *ret_result = r;
    else
        imjin_result_free(r);
    return public_status(status, &err, error);
}

void imjin_result_free(struct imjin_result *result) {
    if (result == NULL)
        return;
    trace_result_free(result->result);
    memory_free((void *)result->request.sources);
    memory_free(result);
}

/* ---- reading ---- */

static enum imjin_status put_address(char ret[IMJIN_ADDRESS_BYTES], const struct ledger *l, struct account_id id,
                                     struct error *err) {
    struct address address;
    TRY(ledger_address(l, id, &address, err));
    address_print(&address, ret);
    return IMJIN_OK;
}

static enum imjin_status fail_number(struct error *err, uint64_t number, uint64_t count) {
    return fail(err, IMJIN_USAGE, "there is no number %llu: the result has %llu", (unsigned long long)number,
                (unsigned long long)count);
}

uint64_t imjin_result_theft_count(const struct imjin_result *result) { return result->result->theft_count; }

static enum imjin_status read_theft(const struct imjin_result *r, uint64_t number, struct imjin_theft *ret, struct error *err) {
    const struct ledger *l = r->workspace->desk.ledger;
    if (number >= r->result->theft_count)
        return fail_number(err, number, r->result->theft_count);
    const struct trace_theft *t = &r->result->thefts[number];
    TRY(put_address(ret->source, l, t->source, err));
    TRY(ledger_asset_print(l, t->asset, ret->asset, err));
    u128_print(t->stolen, ret->stolen);
    u128_print(t->held, ret->held);
    u128_print(t->stopped, ret->stopped);
    u128_print(t->fees, ret->fees);
    u128_print(t->cut_off, ret->cut_off);
    ret->suspected = t->suspected;
    return IMJIN_OK;
}

enum imjin_status imjin_result_theft(const struct imjin_result *result, uint64_t number, struct imjin_theft *ret_theft,
                                     struct imjin_error *error) {
    struct error err = {0};
    struct imjin_theft theft = {0};
    enum imjin_status status = read_theft(result, number, &theft, &err);
    if (status == IMJIN_OK)
        *ret_theft = theft;
    return public_status(status, &err, error);
}

uint64_t imjin_result_reached_count(const struct imjin_result *result) { return result->result->account_count; }

static enum imjin_status read_reached(const struct imjin_result *r, uint64_t number, struct imjin_reached *ret,
                                      struct error *err) {
    if (number >= r->result->account_count)
        return fail_number(err, number, r->result->account_count);
    const struct trace_account *a = &r->result->accounts[number];
    TRY(put_address(ret->address, r->workspace->desk.ledger, a->account, err));
    u128_print(a->claim_peak, ret->claim_peak);
    u128_print(a->claim_in, ret->claim_in);
    u128_print(a->claim_held, ret->claim_held);
    if (a->stop != STOP_NONE)
        snprintf(ret->stop, sizeof ret->stop, "%s", stop_reason_name((enum stop_reason)a->stop));
    ret->hops = a->hops;
    ret->is_source = a->is_source;
    ret->incomplete = a->incomplete;
    return IMJIN_OK;
}

enum imjin_status imjin_result_reached(const struct imjin_result *result, uint64_t number, struct imjin_reached *ret_reached,
                                       struct imjin_error *error) {
    struct error err = {0};
    struct imjin_reached reached = {0};
    enum imjin_status status = read_reached(result, number, &reached, &err);
    if (status == IMJIN_OK)
        *ret_reached = reached;
    return public_status(status, &err, error);
}

uint64_t imjin_result_edge_count(const struct imjin_result *result) { return result->result->edge_count; }

static enum imjin_status read_edge(const struct imjin_result *r, uint64_t number, struct imjin_edge *ret, struct error *err) {
    const struct ledger *l = r->workspace->desk.ledger;
    struct ledger_tx tx;
    if (number >= r->result->edge_count)
        return fail_number(err, number, r->result->edge_count);
    const struct trace_edge *e = &r->result->edges[number];
    TRY(ledger_tx(l, e->tx, &tx, err));
    TRY(ledger_tx_print(l, e->tx, ret->transaction, err));
    TRY(put_address(ret->from, l, e->from, err));
    TRY(put_address(ret->to, l, e->to, err));
    TRY(ledger_asset_print(l, e->asset_out, ret->asset_out, err));
    TRY(ledger_asset_print(l, e->asset_in, ret->asset_in, err));
    u128_print(e->units_out, ret->units_out);
    u128_print(e->units_in, ret->units_in);
    u128_print(e->claim, ret->claim);
    snprintf(ret->rule, sizeof ret->rule, "%s", settle_rule_name((enum settle_rule)e->rule));
    ret->theft = e->theft;
    ret->time = tx.time;
    ret->block = tx.block;
    return IMJIN_OK;
}

enum imjin_status imjin_result_edge(const struct imjin_result *result, uint64_t number, struct imjin_edge *ret_edge,
                                    struct imjin_error *error) {
    struct error err = {0};
    struct imjin_edge edge = {0};
    enum imjin_status status = read_edge(result, number, &edge, &err);
    if (status == IMJIN_OK)
        *ret_edge = edge;
    return public_status(status, &err, error);
}

/* ---- whole results ---- */

static enum imjin_status render_text(struct text *t, struct file_writer *file, const struct report_input *in,
                                     struct error *err) {
    (void)file;
    return report_trace_text(t, in, err);
}

static output_render *const forms[] = {
    [IMJIN_FORM_TEXT] = render_text,           [IMJIN_FORM_JSON] = report_trace_json, [IMJIN_FORM_EDGES] = report_edges_csv,
    [IMJIN_FORM_REACHED] = report_reached_csv, [IMJIN_FORM_GRAPHML] = report_graphml, [IMJIN_FORM_SVG] = output_svg,
    [IMJIN_FORM_HTML] = output_html,
};

enum imjin_status imjin_result_write(const struct imjin_result *result, enum imjin_form form, const char *path,
                                     struct imjin_error *error) {
    struct error err = {0};
    struct report_input in = desk_report_input(&result->workspace->desk);
    in.request = &result->request;
    in.result = result->result;
    if ((size_t)form >= sizeof forms / sizeof *forms)
        return public_status(fail(&err, IMJIN_USAGE, "there is no form %d", (int)form), &err, error);
    return public_status(output_file(path, forms[form], &in, &err), &err, error);
}
