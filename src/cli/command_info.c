#include "cli/commands.h"

#include <sys/stat.h>

/* All bytes of the files in a directory; 0 when it is not there. */
static enum imjin_status directory_bytes(const char *path, uint64_t *ret, struct error *err) {
    char **names, file[PATH_BYTES_MAX];
    size_t count;
    uint64_t bytes = 0;
    *ret = 0;
    if (!directory_exists(path))
        return IMJIN_OK;
    TRY(directory_list(path, &names, &count, err));
    enum imjin_status status = IMJIN_OK;
    for (size_t i = 0; i < count && status == IMJIN_OK; i++) {
        struct stat about;
        status = path_join(file, err, path, names[i]);
        if (status == IMJIN_OK && stat(file, &about) == 0 && S_ISREG(about.st_mode))
            bytes += (uint64_t)about.st_size;
    }
    names_free(names, count);
    *ret = bytes;
    return status;
}

static enum imjin_status describe(const struct session *s, struct report_chain *ret, const char *name, struct error *err) {
    char ledger[PATH_BYTES_MAX], compiled[PATH_BYTES_MAX];
    struct ledger *l;
    struct compiled *c = NULL;
    TRY(workspace_ledger(s->desk.workspace, name, ledger, err));
    TRY(desk_compiled_path(&s->desk, compiled, name, SETTLE_RULES_ALL, err));
    TRY(directory_bytes(ledger, &ret->ledger_bytes, err));
    TRY(directory_bytes(compiled, &ret->compiled_bytes, err));
    TRY(ledger_open(&l, ledger, err));
    ret->ledger = l;
    enum imjin_status status = compiled_open(&c, compiled, l, SETTLE_RULES_ALL, err);
    ret->compiled = c;
    return status == IMJIN_NOT_FOUND ? IMJIN_OK : status;
}

static enum imjin_status describe_all(struct session *s, struct report_chain *chains, char *const *names, size_t count,
                                      struct error *err) {
    struct report_input in = session_input(s);
    for (size_t i = 0; i < count; i++)
        TRY(describe(s, &chains[i], names[i], err));
    if (s->json)
        return report_info_json(&s->out, &in, chains, (uint32_t)count, err);
    return report_info_text(&s->out, &in, workspace_directory(s->desk.workspace), chains, (uint32_t)count, err);
}

enum imjin_status command_info(struct session *s, struct error *err) {
    char **names;
    size_t count;
    TRY(desk_labels(&s->desk, err));
    TRY(workspace_chains(s->desk.workspace, &names, &count, err));
    struct report_chain *chains = memory_new(count, sizeof *chains);
    enum imjin_status status = chains ? IMJIN_OK : fail_memory(err, "the chains");
    if (status == IMJIN_OK)
        status = describe_all(s, chains, names, count, err);
    for (size_t i = 0; chains && i < count; i++) {
        compiled_close((struct compiled *)chains[i].compiled);
        ledger_close((struct ledger *)chains[i].ledger);
    }
    memory_free(chains);
    names_free(names, count);
    return status;
}
