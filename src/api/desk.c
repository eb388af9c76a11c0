#include "api/desk.h"

#include <stdio.h>

static enum imjin_status find_directory(const struct desk *d, char ret_path[PATH_BYTES_MAX], struct error *err) {
    if (d->directory == NULL)
        return workspace_find(ret_path, NULL, err);
    int count = snprintf(ret_path, PATH_BYTES_MAX, "%s", d->directory);
    return count < PATH_BYTES_MAX ? IMJIN_OK : fail(err, IMJIN_USAGE, "path too long: %.60s...", d->directory);
}

enum imjin_status desk_workspace(struct desk *d, struct error *err) {
    char path[PATH_BYTES_MAX];
    if (d->workspace)
        return IMJIN_OK;
    enum imjin_status status = find_directory(d, path, err);
    if (status == IMJIN_OK)
        status = workspace_open(&d->workspace, path, err);
    if (status == IMJIN_NOT_FOUND) {
        /* asked for nothing yet, so nothing was not found: the call itself was wrong */
        if (err)
            err->status = IMJIN_USAGE;
        return IMJIN_USAGE;
    }
    if (status == IMJIN_OK && d->threads == 0)
        d->threads = workspace_threads(d->workspace) ? workspace_threads(d->workspace) : threads_online();
    return status;
}

/* The name of the only chain there is; "ethereum" when there is none, or several. */
static enum imjin_status only_chain(const struct workspace *w, struct chain *ret, struct error *err) {
    char **names;
    size_t count;
    TRY(workspace_chains(w, &names, &count, err));
    enum imjin_status status = chain_find(ret, count == 1 ? names[0] : "ethereum", err);
    for (size_t i = 0; i < count; i++)
        memory_free(names[i]);
    memory_free(names);
    return status;
}

enum imjin_status desk_chain(struct desk *d, struct error *err) {
    if (d->chain.name[0])
        return IMJIN_OK;
    TRY(desk_workspace(d, err));
    const char *set = workspace_default_chain(d->workspace);
    if (d->chain_name || set)
        return chain_find(&d->chain, d->chain_name ? d->chain_name : set, err);
    return only_chain(d->workspace, &d->chain, err);
}

enum imjin_status desk_labels(struct desk *d, struct error *err) {
    char path[PATH_BYTES_MAX];
    if (d->labels)
        return IMJIN_OK;
    TRY(desk_workspace(d, err));
    TRY(workspace_labels(d->workspace, path, err));
    return label_open(&d->labels, path, err);
}

static enum imjin_status open_prices(struct desk *d, struct error *err) {
    char path[PATH_BYTES_MAX];
    if (d->prices)
        return IMJIN_OK;
    TRY(workspace_prices(d->workspace, path, err));
    return price_open(&d->prices, path, err);
}

enum imjin_status desk_ledger(struct desk *d, struct error *err) {
    char path[PATH_BYTES_MAX];
    if (d->ledger)
        return IMJIN_OK;
    TRY(desk_labels(d, err));
    TRY(open_prices(d, err));
    TRY(desk_chain(d, err));
    TRY(workspace_ledger(d->workspace, d->chain.name, path, err));
    enum imjin_status status = ledger_open(&d->ledger, path, err);
    if (status == IMJIN_NOT_FOUND)
        return fail(err, status, "there is no ledger of %s yet; make one with: imjin import --chain %s FILE...", d->chain.name,
                    d->chain.name);
    TRY(status);
    d->chain = *ledger_chain(d->ledger);
    return IMJIN_OK;
}

enum imjin_status desk_has_blocks(struct desk *d, bool *ret, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(desk_chain(d, err));
    TRY(workspace_ledger(d->workspace, d->chain.name, path, err));
    *ret = utxo_is_store(path);
    return IMJIN_OK;
}

enum imjin_status desk_store(struct desk *d, struct error *err) {
    char path[PATH_BYTES_MAX];
    if (d->store)
        return IMJIN_OK;
    TRY(desk_labels(d, err));
    TRY(desk_chain(d, err));
    TRY(workspace_ledger(d->workspace, d->chain.name, path, err));
    enum imjin_status status = utxo_open(&d->store, path, err);
    if (status == IMJIN_NOT_FOUND)
        return fail(err, status, "there are no blocks of %s yet; read them with: imjin import --chain %s FILE...",
                    d->chain.name, d->chain.name);
    return status;
}

enum imjin_status desk_import_blocks(struct desk *d, struct utxo_import_result *ret, const char *const *paths,
                                     uint64_t path_count, uint64_t memory_bytes, struct error *err) {
    struct utxo_import_options options = {.memory_bytes = memory_bytes};
    char path[PATH_BYTES_MAX];
    TRY(desk_chain(d, err));
    TRY(workspace_ledger(d->workspace, d->chain.name, path, err));
    TRY(utxo_import(path, &d->chain, paths, path_count, options, d->progress, ret, err));
    desk_clear(d);
    return IMJIN_OK;
}

enum imjin_status desk_compiled_path(const struct desk *d, char *ret_path, const char *chain, uint32_t rules,
                                     struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(workspace_compiled(d->workspace, chain, path, err));
    size_t count = strlen(path);
    if (rules != SETTLE_RULES_ALL &&
        snprintf(path + count, sizeof path - count, ".rules-%x", rules) >= (int)(sizeof path - count))
        return fail(err, IMJIN_USAGE, "path too long: %.60s...", path);
    memcpy(ret_path, path, strlen(path) + 1);
    return IMJIN_OK;
}

static enum imjin_status compile_and_open(struct desk *d, const char *path, uint32_t rules, struct error *err) {
    TRY(compiled_update(path, d->ledger, rules, 0, d->progress, err));
    return compiled_open(&d->compiled, path, d->ledger, rules, err);
}

enum imjin_status desk_compiled(struct desk *d, uint32_t rules, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct error fault = {0};
    if (d->compiled)
        return IMJIN_OK;
    TRY(desk_ledger(d, err));
    TRY(desk_compiled_path(d, path, d->chain.name, rules, err));
    enum imjin_status status = compiled_open(&d->compiled, path, d->ledger, rules, &fault);
    if (status == IMJIN_OK)
        return IMJIN_OK;
    if (status != IMJIN_NOT_FOUND && status != IMJIN_BAD_INPUT) {
        if (err)
            *err = fault;
        return status;
    }
    TRY(compile_and_open(d, path, rules, err));
    if (status == IMJIN_BAD_INPUT)
        memcpy(d->mended, fault.text, sizeof d->mended);
    return IMJIN_OK;
}

enum imjin_status desk_mend(struct desk *d, uint32_t rules, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct error fault = {0};
    TRY(desk_compiled(d, rules, err));
    TRY(desk_compiled_path(d, path, d->chain.name, rules, err));
    enum imjin_status status = compiled_verify(d->compiled, d->progress, &fault);
    if (status != IMJIN_BAD_INPUT) {
        if (err && status != IMJIN_OK)
            *err = fault;
        return status;
    }
    compiled_close(d->compiled);
    d->compiled = NULL;
    TRY(compiled_remove(path, err));
    TRY(compile_and_open(d, path, rules, err));
    memcpy(d->mended, fault.text, sizeof d->mended);
    return IMJIN_OK;
}

enum imjin_status desk_trace_input(struct desk *d, struct trace_input *ret, struct error *err) {
    if (d->memory == NULL)
        TRY(trace_memory_new(&d->memory, err));
    *ret = (struct trace_input){.ledger = d->ledger, .compiled = d->compiled, .labels = d->labels, .memory = d->memory};
    return IMJIN_OK;
}

enum imjin_status desk_import(struct desk *d, struct ingest_result *ret_files, struct ledger_commit *ret_commit,
                              const char *const *paths, uint64_t path_count, const struct ingest_options *reading,
                              uint64_t memory_bytes, struct error *err) {
    struct ledger_writer_options writing = {.memory_bytes = memory_bytes, .threads = d->threads};
    struct ledger_writer *w;
    char path[PATH_BYTES_MAX];
    TRY(desk_chain(d, err));
    TRY(workspace_ledger(d->workspace, d->chain.name, path, err));
    TRY(ledger_writer_open(&w, path, &d->chain, writing, d->progress, err));
    enum imjin_status status = ingest_files(w, ret_files, &d->chain, paths, path_count, reading, d->progress, err);
    if (status != IMJIN_OK) {
        ledger_writer_abandon(w, status == IMJIN_MACHINE);
        if (status == IMJIN_NOT_FOUND && err)
            err->status = IMJIN_BAD_INPUT;
        return status == IMJIN_NOT_FOUND ? IMJIN_BAD_INPUT : status;
    }
    status = ledger_writer_commit(w, ret_commit, err);
    if (status != IMJIN_OK) {
        ingest_find_fork(err, &d->chain, paths, path_count, reading);
        ingest_result_done(ret_files);
        return status;
    }
    desk_clear(d);
    return IMJIN_OK;
}

struct report_input desk_report_input(const struct desk *d) {
    return (struct report_input){.ledger = d->ledger,
                                 .labels = d->labels,
                                 .prices = d->prices,
                                 .compiled = d->compiled,
                                 .program_version = IMJIN_VERSION};
}

void desk_clear(struct desk *d) {
    trace_memory_free(d->memory);
    compiled_close(d->compiled);
    ledger_close(d->ledger);
    utxo_close(d->store);
    label_close(d->labels);
    price_close(d->prices);
    d->memory = NULL;
    d->compiled = NULL;
    d->ledger = NULL;
    d->store = NULL;
    d->labels = NULL;
    d->prices = NULL;
}

void desk_done(struct desk *d) {
    desk_clear(d);
    workspace_close(d->workspace);
    d->workspace = NULL;
}
