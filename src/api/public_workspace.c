#include <stdio.h>

#include "api/public.h"

enum imjin_status public_status(enum imjin_status status, const struct error *err, struct imjin_error *public) {
    if (status == IMJIN_OK || public == NULL)
        return status;
    *public = (struct imjin_error){.status = status, .line = err->line};
    error_print(err, public->message, sizeof public->message);
    snprintf(public->file, sizeof public->file, "%s", err->file);
    snprintf(public->column, sizeof public->column, "%s", err->column);
    snprintf(public->value, sizeof public->value, "%s", err->value);
    return status;
}

const char *imjin_version(void) { return IMJIN_VERSION; }

enum imjin_status imjin_workspace_create(const char *directory, struct imjin_error *error) {
    struct error err = {0};
    return public_status(workspace_init(directory, &err), &err, error);
}

static void on_progress(void *context, const char *what, const char *unit, uint64_t done, uint64_t total) {
    struct imjin_workspace *w = context;
    if (w->told && !w->told(w->told_context, what, unit, done, total))
        atomic_store(&w->stop, true);
}

/* The desk points into the handle, which never moves. */
static void set_up(struct imjin_workspace *w) {
    w->progress = (struct progress){on_progress, w, &w->stop};
    w->desk = (struct desk){.directory = w->directory[0] ? w->directory : NULL,
                            .chain_name = w->chain[0] ? w->chain : NULL,
                            .threads = w->threads,
                            .progress = &w->progress};
}

static enum imjin_status open_workspace(struct imjin_workspace *w, const char *directory, const char *chain,
                                        struct error *err) {
    if (directory && snprintf(w->directory, sizeof w->directory, "%s", directory) >= (int)sizeof w->directory)
        return fail(err, IMJIN_USAGE, "path too long: %.60s...", directory);
    if (chain && snprintf(w->chain, sizeof w->chain, "%s", chain) >= (int)sizeof w->chain)
        return fail(err, IMJIN_USAGE, "not a chain's name: %.60s", chain);
    set_up(w);
    return desk_chain(&w->desk, err);
}

enum imjin_status imjin_workspace_open(struct imjin_workspace **ret_workspace, const char *directory, const char *chain,
                                       struct imjin_error *error) {
    struct error err = {0};
    struct imjin_workspace *w = memory_new(1, sizeof *w);
    enum imjin_status status = w ? open_workspace(w, directory, chain, &err) : fail_memory(&err, "a workspace");
    if (status == IMJIN_OK)
        *ret_workspace = w;
    else
        imjin_workspace_close(w);
    return public_status(status, &err, error);
}

void imjin_workspace_close(struct imjin_workspace *workspace) {
    if (workspace == NULL)
        return;
    desk_done(&workspace->desk);
    memory_free(workspace);
}

void imjin_workspace_set_threads(struct imjin_workspace *workspace, unsigned threads) {
    unsigned count = threads ? threads : threads_online();
    workspace->threads = workspace->desk.threads = count < THREADS_MAX ? count : THREADS_MAX;
}

void imjin_workspace_watch(struct imjin_workspace *workspace, imjin_progress *progress, void *context) {
    workspace->told = progress;
    workspace->told_context = context;
}

void imjin_workspace_refresh(struct imjin_workspace *workspace) { desk_clear(&workspace->desk); }

void workspace_begin(struct imjin_workspace *w) { atomic_store(&w->stop, false); }

enum imjin_status imjin_workspace_counts(struct imjin_workspace *workspace, struct imjin_counts *ret_counts,
                                         struct imjin_error *error) {
    struct error err = {0};
    enum imjin_status status = desk_ledger(&workspace->desk, &err);
    if (status != IMJIN_OK)
        return public_status(status, &err, error);
    const struct ledger_counts *c = ledger_counts(workspace->desk.ledger);
    struct imjin_counts counts = {
        .movements = c->movements, .transactions = c->txs, .blocks = c->blocks, .accounts = c->accounts, .assets = c->assets};
    sha256_print(ledger_identity(workspace->desk.ledger), counts.identity);
    *ret_counts = counts;
    return IMJIN_OK;
}

enum imjin_status imjin_workspace_verify(struct imjin_workspace *workspace, struct imjin_error *error) {
    struct desk *d = &workspace->desk;
    struct error err = {0};
    char path[PATH_BYTES_MAX];
    workspace_begin(workspace);
    enum imjin_status status = workspace_ledger(d->workspace, d->chain.name, path, &err);
    if (status == IMJIN_OK)
        status = ledger_verify(path, d->threads, d->progress, &err);
    return public_status(status, &err, error);
}
