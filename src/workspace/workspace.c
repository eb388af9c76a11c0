#include "workspace/workspace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct workspace {
    char directory[PATH_BYTES_MAX];
    struct conf settings;
    unsigned threads;
};

static const char *const directories[] = {"ledger", "compiled", "labels", "lists", "prices", "cases", "log"};
enum { DIRECTORIES = sizeof directories / sizeof directories[0] };

static const char first_settings[] = "# Settings of this workspace: key = value\n"
                                     "version = 1\n"
                                     "# chain = ethereum    (used where a command is given no --chain)\n"
                                     "# threads = 4         (0 or absent: as many as the machine has)\n";

/* ---- making ---- */

static bool ours(const char *name) {
    for (unsigned i = 0; i < DIRECTORIES; i++)
        if (strcmp(name, directories[i]) == 0)
            return true;
    return strcmp(name, WORKSPACE_CONF ".tmp") == 0;
}

/* The settings are written last, so what an attempt left that was cut short are our own directories alone. */
static enum imjin_status check_room(const char *directory, struct error *err) {
    char **names;
    size_t count, foreign = 0;
    bool already = false;
    if (!directory_exists(directory))
        return IMJIN_OK;
    TRY(directory_list(directory, &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        already |= strcmp(names[i], WORKSPACE_CONF) == 0;
        foreign += !ours(names[i]);
        memory_free(names[i]);
    }
    memory_free(names);
    if (already)
        return fail(err, IMJIN_USAGE, "%s already is a workspace", directory);
    if (foreign)
        return fail(err, IMJIN_USAGE, "%s is not empty; a workspace is made in a new or empty directory", directory);
    return IMJIN_OK;
}

enum imjin_status workspace_init(const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX];
    if (directory[0] == '\0')
        return fail(err, IMJIN_USAGE, "a workspace needs the name of a directory");
    TRY(check_room(directory, err));
    for (unsigned i = 0; i < DIRECTORIES; i++) {
        TRY(path_join(path, err, directory, directories[i]));
        TRY(directory_make(path, err));
    }
    TRY(path_join(path, err, directory, WORKSPACE_CONF));
    return file_replace(path, first_settings, sizeof first_settings - 1, err);
}

/* ---- finding ---- */

static bool holds_settings(const char *directory) {
    char path[PATH_BYTES_MAX];
    return path_join(path, NULL, directory, WORKSPACE_CONF) == IMJIN_OK && file_exists(path);
}

/* Cuts the last part off an absolute path; false at the root. */
static bool go_up(char *path) {
    char *slash = strrchr(path, '/');
    if (slash == NULL || path[1] == '\0')
        return false;
    slash[slash == path] = '\0';
    return true;
}

enum imjin_status workspace_find(char ret_directory[PATH_BYTES_MAX], const char *start, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct stat first, here;
    if (realpath(start ? start : ".", path) == NULL || stat(path, &first) != 0)
        return fail_errno(err, "cannot look for a workspace from", start ? start : "the working directory");
    do {
        if (stat(path, &here) != 0 || here.st_dev != first.st_dev)
            break;
        if (holds_settings(path)) {
            snprintf(ret_directory, PATH_BYTES_MAX, "%s", path);
            return IMJIN_OK;
        }
    } while (go_up(path));
    return fail(err, IMJIN_NOT_FOUND, "no workspace here or in a directory above; make one with: imjin init DIRECTORY");
}

/* ---- opening ---- */

static bool well_formed_chain(struct span name) {
    for (uint64_t i = 0; i < name.count; i++) {
        char c = name.bytes[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return name.count > 0 && name.count <= 32;
}

static enum imjin_status check_version(const struct conf *settings, struct error *err) {
    const struct conf_entry *version = conf_find(settings, "version", NULL);
    uint64_t number;
    if (version == NULL)
        return fail_value(err, settings->name, 0, NULL, NULL, 0, "the line \"version = %d\" is missing", WORKSPACE_VERSION);
    if (!u64_parse(version->value.bytes, version->value.count, &number))
        return conf_fail(settings, version, err, "is not a number");
    if (number != WORKSPACE_VERSION)
        return conf_fail(settings, version, err, "is not one this program knows (%d)", WORKSPACE_VERSION);
    return IMJIN_OK;
}

static enum imjin_status check_settings(struct workspace *w, struct error *err) {
    static const char *const keys[] = {"version", "chain", "threads"};
    TRY(conf_check_keys(&w->settings, keys, NULL, sizeof keys / sizeof keys[0], err));
    TRY(check_version(&w->settings, err));
    const struct conf_entry *chain = conf_find(&w->settings, "chain", NULL),
                            *threads = conf_find(&w->settings, "threads", NULL);
    if (chain && !well_formed_chain(chain->value))
        return conf_fail(&w->settings, chain, err, "is not a chain name (1 to 32 of a-z, 0-9, '-')");
    uint64_t count = 0;
    if (threads && (!u64_parse(threads->value.bytes, threads->value.count, &count) || count > THREADS_MAX))
        return conf_fail(&w->settings, threads, err, "is not a number from 0 to %d", THREADS_MAX);
    w->threads = (unsigned)count;
    return IMJIN_OK;
}

static enum imjin_status read_settings(struct workspace *w, const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(path_join(path, err, directory, WORKSPACE_CONF));
    if (!file_exists(path))
        return fail(err, IMJIN_NOT_FOUND, "%s is not a workspace (it has no %s); make one with: imjin init %s", directory,
                    WORKSPACE_CONF, directory);
    snprintf(w->directory, sizeof w->directory, "%s", directory);
    TRY(conf_read(&w->settings, path, err));
    return check_settings(w, err);
}

enum imjin_status workspace_open(struct workspace **ret, const char *directory, struct error *err) {
    struct workspace *w = memory_new(1, sizeof *w);
    if (w == NULL)
        return fail_memory(err, "workspace");
    enum imjin_status status = read_settings(w, directory, err);
    if (status != IMJIN_OK)
        workspace_close(w);
    else
        *ret = w;
    return status;
}

void workspace_close(struct workspace *w) {
    if (w == NULL)
        return;
    conf_done(&w->settings);
    memory_free(w);
}

const char *workspace_directory(const struct workspace *w) { return w->directory; }

const char *workspace_default_chain(const struct workspace *w) {
    const struct conf_entry *chain = conf_find(&w->settings, "chain", NULL);
    return chain ? chain->value.bytes : NULL;
}

unsigned workspace_threads(const struct workspace *w) { return w->threads; }

/* ---- paths ---- */

static enum imjin_status chain_path(const struct workspace *w, const char *part, const char *chain, char *ret_path,
                                    struct error *err) {
    char path[PATH_BYTES_MAX];
    if (!well_formed_chain(span_of(chain)))
        return fail(err, IMJIN_USAGE, "not a chain name (1 to 32 of a-z, 0-9, '-'): %.40s", chain);
    TRY(path_join(path, err, w->directory, part));
    return path_join(ret_path, err, path, chain);
}

enum imjin_status workspace_ledger(const struct workspace *w, const char *chain, char *ret_path, struct error *err) {
    return chain_path(w, "ledger", chain, ret_path, err);
}

enum imjin_status workspace_compiled(const struct workspace *w, const char *chain, char *ret_path, struct error *err) {
    return chain_path(w, "compiled", chain, ret_path, err);
}

enum imjin_status workspace_lists(const struct workspace *w, char *ret_path, struct error *err) {
    return path_join(ret_path, err, w->directory, "lists");
}

enum imjin_status workspace_prices(const struct workspace *w, char *ret_path, struct error *err) {
    return path_join(ret_path, err, w->directory, "prices");
}

enum imjin_status workspace_bridges(const struct workspace *w, char *ret_path, struct error *err) {
    return path_join(ret_path, err, w->directory, "bridges");
}

enum imjin_status workspace_labels(const struct workspace *w, char *ret_path, struct error *err) {
    return path_join(ret_path, err, w->directory, "labels");
}

enum imjin_status workspace_cases(const struct workspace *w, char *ret_path, struct error *err) {
    return path_join(ret_path, err, w->directory, "cases");
}

enum imjin_status workspace_log(const struct workspace *w, char *ret_path, struct error *err) {
    return path_join(ret_path, err, w->directory, "log");
}

enum imjin_status workspace_chains(const struct workspace *w, char ***ret_names, size_t *ret_count, struct error *err) {
    char parent[PATH_BYTES_MAX], path[PATH_BYTES_MAX], **names = NULL;
    size_t count = 0, kept = 0;
    TRY(path_join(parent, err, w->directory, "ledger"));
    if (directory_exists(parent))
        TRY(directory_list(parent, &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        bool chain = well_formed_chain(span_of(names[i])) && path_join(path, NULL, parent, names[i]) == IMJIN_OK &&
                     directory_exists(path);
        if (chain)
            names[kept++] = names[i];
        else
            memory_free(names[i]);
    }
    *ret_names = names;
    *ret_count = kept;
    return IMJIN_OK;
}
