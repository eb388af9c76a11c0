#include "api/public.h"

void imjin_text_free(struct imjin_text *text) {
    memory_free(text->text);
    *text = (struct imjin_text){0};
}

/* Hands the text over, or frees it. */
static enum imjin_status give(enum imjin_status status, struct text *t, struct imjin_text *ret, const struct error *err,
                              struct imjin_error *error) {
    if (status == IMJIN_OK)
        *ret = (struct imjin_text){t->bytes, t->count};
    else
        text_done(t);
    return public_status(status, err, error);
}

static enum imjin_status account_json(struct desk *d, struct text *t, const char *address, struct error *err) {
    struct account_id account;
    TRY(desk_ledger(d, err));
    TRY(account_by_text(&account, d->ledger, span_of(address), err));
    TRY(desk_compiled(d, SETTLE_RULES_ALL, err));
    struct report_input in = desk_report_input(d);
    return report_account_json(t, &in, account, (struct report_account_options){0}, err);
}

enum imjin_status imjin_account(struct imjin_workspace *workspace, const char *address, struct imjin_text *ret_json,
                                struct imjin_error *error) {
    struct error err = {0};
    struct text t = {.bytes_max = API_OUTPUT_BYTES_MAX};
    workspace_begin(workspace);
    return give(account_json(&workspace->desk, &t, address, &err), &t, ret_json, &err, error);
}

static enum imjin_status transaction_json(struct desk *d, struct text *t, const char *id, struct error *err) {
    struct tx_id tx;
    TRY(desk_ledger(d, err));
    enum imjin_status status = ledger_tx_find(d->ledger, span_of(id), &tx, err);
    if (status == IMJIN_NOT_FOUND)
        return fail(err, status, "the ledger of %s has no transaction %.100s", d->chain.name, id);
    TRY(status);
    struct report_input in = desk_report_input(d);
    return report_tx_json(t, &in, tx, SETTLE_RULES_ALL, err);
}

enum imjin_status imjin_transaction(struct imjin_workspace *workspace, const char *id, struct imjin_text *ret_json,
                                    struct imjin_error *error) {
    struct error err = {0};
    struct text t = {.bytes_max = API_OUTPUT_BYTES_MAX};
    workspace_begin(workspace);
    return give(transaction_json(&workspace->desk, &t, id, &err), &t, ret_json, &err, error);
}

static enum imjin_status sources_json(struct desk *d, struct text *t, const char *spec, struct spec_list *list,
                                      struct error *err) {
    struct trace_request request = trace_defaults();
    struct trace_input input;
    struct trace_result *result;
    TRY(desk_ledger(d, err));
    TRY(spec_add(list, d->ledger, span_of(spec), err));
    TRY(desk_compiled(d, request.rules, err));
    TRY(desk_trace_input(d, &input, err));
    request.sources = list->sources.items;
    request.source_count = (uint32_t)list->sources.count;
    request.threads = d->threads;
    TRY(trace_back(&input, &request, d->progress, &result, err));
    struct report_input in = desk_report_input(d);
    in.request = &request;
    in.result = result;
    enum imjin_status status = report_sources_json(t, NULL, &in, err);
    trace_result_free(result);
    return status;
}

enum imjin_status imjin_sources(struct imjin_workspace *workspace, const char *spec, struct imjin_text *ret_json,
                                struct imjin_error *error) {
    struct error err = {0};
    struct text t = {.bytes_max = API_OUTPUT_BYTES_MAX};
    struct spec_list list;
    workspace_begin(workspace);
    spec_list_begin(&list);
    enum imjin_status status = sources_json(&workspace->desk, &t, spec, &list, &err);
    spec_list_done(&list);
    return give(status, &t, ret_json, &err, error);
}

static enum imjin_status exposure_json(struct desk *d, struct text *t, const char *const *addresses, uint32_t count,
                                       struct account_id *accounts, struct error *err) {
    struct trace_request request = trace_defaults();
    struct trace_input input;
    struct exposure_result *result;
    for (uint32_t i = 0; i < count; i++)
        TRY(account_by_text(&accounts[i], d->ledger, span_of(addresses[i]), err));
    TRY(desk_compiled(d, request.rules, err));
    TRY(desk_trace_input(d, &input, err));
    request.threads = d->threads;
    TRY(exposure_run(&input, &request, accounts, count, d->progress, &result, err));
    struct report_input in = desk_report_input(d);
    in.request = &request;
    enum imjin_status status = report_exposure_json(t, &in, result, err);
    exposure_result_free(result);
    return status;
}

enum imjin_status imjin_exposure(struct imjin_workspace *workspace, const char *const *addresses, size_t address_count,
                                 struct imjin_text *ret_json, struct imjin_error *error) {
    struct error err = {0};
    struct text t = {.bytes_max = API_OUTPUT_BYTES_MAX};
    workspace_begin(workspace);
    struct account_id *accounts = memory_new(address_count, sizeof *accounts);
    enum imjin_status status = accounts ? desk_ledger(&workspace->desk, &err) : fail_memory(&err, "the accounts");
    if (status == IMJIN_OK && address_count > API_SOURCES_MAX)
        status = fail(&err, IMJIN_USAGE, "at most %d accounts at once", API_SOURCES_MAX);
    if (status == IMJIN_OK)
        status = exposure_json(&workspace->desk, &t, addresses, (uint32_t)address_count, accounts, &err);
    memory_free(accounts);
    return give(status, &t, ret_json, &err, error);
}
