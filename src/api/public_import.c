#include "api/public.h"

/* The caller's options as far as it knows of them. */
static struct imjin_import_options known_options(const struct imjin_import_options *options) {
    struct imjin_import_options known = {0};
    if (options)
        memcpy(&known, options, options->size < sizeof known ? options->size : sizeof known);
    return known;
}

static void add_up(struct imjin_import_result *ret, const struct ledger_commit *commit, const struct ingest_result *files) {
    struct imjin_import_result sum = {.rows_read = 0,
                                      .movements_added = commit->movements_added,
                                      .movements_known = commit->movements_known,
                                      .transactions_added = commit->txs_added,
                                      .accounts_added = commit->accounts_added,
                                      .assets_added = commit->assets_added};
    for (uint64_t i = 0; i < files->count; i++) {
        sum.rows_read += files->files[i].rows;
        sum.rows_skipped += files->files[i].bad;
    }
    *ret = sum;
}

enum imjin_status imjin_import(struct imjin_workspace *workspace, const char *const *paths, size_t path_count,
                               const struct imjin_import_options *options, struct imjin_import_result *ret_result,
                               struct imjin_error *error) {
    struct error err = {0};
    struct ingest_result files = {0};
    struct ledger_commit commit;
    struct imjin_import_options known = known_options(options);
    struct ingest_options reading = {.format = known.format,
                                     .on_error = known.skip_bad_rows ? INGEST_SKIP : INGEST_STOP,
                                     .asset = known.asset,
                                     .decimals = DECIMALS_UNKNOWN,
                                     .threads = workspace->desk.threads};
    workspace_begin(workspace);
    enum imjin_status status =
        desk_import(&workspace->desk, &files, &commit, paths, path_count, &reading, known.memory_bytes, &err);
    if (status == IMJIN_OK)
        add_up(ret_result, &commit, &files);
    ingest_result_done(&files);
    return public_status(status, &err, error);
}

enum imjin_status imjin_compile(struct imjin_workspace *workspace, struct imjin_error *error) {
    struct error err = {0};
    workspace_begin(workspace);
    return public_status(desk_compiled(&workspace->desk, SETTLE_RULES_ALL, &err), &err, error);
}

enum imjin_status imjin_label_import(struct imjin_workspace *workspace, const char *const *paths, size_t path_count,
                                     uint64_t *ret_added, struct imjin_error *error) {
    struct desk *d = &workspace->desk;
    struct error err = {0};
    struct label_import_result result = {0};
    char path[PATH_BYTES_MAX];
    workspace_begin(workspace);
    enum imjin_status status = workspace_labels(d->workspace, path, &err);
    if (status == IMJIN_OK)
        status = label_import(path, paths, (unsigned)path_count, NULL, d->progress, &result, &err);
    if (status == IMJIN_OK && ret_added)
        *ret_added = result.tags_added;
    if (status == IMJIN_OK)
        desk_clear(d);
    return public_status(status, &err, error);
}
