#include "cli/commands.h"

#include <sys/stat.h>

enum { LEDGER_DEPTH_MAX = 4 }; /* directories inside directories of a ledger; what lies deeper is not ours */

/* All bytes of the files in a directory and below; 0 when it is not there. */
static enum imjin_status directory_bytes(const char *path, unsigned depth, uint64_t *bytes, struct error *err) {
    char **names, inside[PATH_BYTES_MAX];
    size_t count;
    if (depth == 0 || !directory_exists(path))
        return IMJIN_OK;
    TRY(directory_list(path, &names, &count, err));
    enum imjin_status status = IMJIN_OK;
    for (size_t i = 0; i < count && status == IMJIN_OK; i++) {
        struct stat about;
        status = path_join(inside, err, path, names[i]);
        if (status == IMJIN_OK && stat(inside, &about) == 0 && S_ISREG(about.st_mode))
            *bytes += (uint64_t)about.st_size;
        else if (status == IMJIN_OK)
            status = directory_bytes(inside, depth - 1, bytes, err);
    }
    names_free(names, count);
    return status;
}

static enum imjin_status describe(const struct session *s, struct report_chain *ret, const char *name, struct error *err) {
    char ledger[PATH_BYTES_MAX], compiled[PATH_BYTES_MAX];
    struct ledger *l;
    struct compiled *c = NULL;
    TRY(workspace_ledger(s->desk.workspace, name, ledger, err));
    TRY(desk_compiled_path(&s->desk, compiled, name, SETTLE_RULES_ALL, err));
    TRY(directory_bytes(ledger, LEDGER_DEPTH_MAX, &ret->ledger_bytes, err));
    TRY(directory_bytes(compiled, LEDGER_DEPTH_MAX, &ret->compiled_bytes, err));
    if (utxo_is_store(ledger)) {
        struct utxo *store = NULL;
        TRY(utxo_open(&store, ledger, err));
        ret->store = store;
        return IMJIN_OK;
    }
    TRY(ledger_open(&l, ledger, err));
    ret->ledger = l;
    enum imjin_status status = compiled_open(&c, compiled, l, SETTLE_RULES_ALL, err);
    ret->compiled = c;
    return status == IMJIN_MACHINE ? status : IMJIN_OK; /* what is missing or damaged is made anew when it is needed */
}

static enum imjin_status describe_all(struct session *s, struct report_chain *chains, char *const *names, size_t count,
                                      struct error *err) {
    struct report_input in = session_input(s);
    size_t held = 0;
    for (size_t i = 0; i < count; i++) {
        enum imjin_status status = describe(s, &chains[held], names[i], err);
        if (status == IMJIN_NOT_FOUND)
            continue; /* an import that was cut short has committed nothing yet */
        TRY(status);
        held++;
    }
    if (s->json)
        return report_info_json(&s->out, &in, chains, (uint32_t)held, err);
    return report_info_text(&s->out, &in, workspace_directory(s->desk.workspace), chains, (uint32_t)held, err);
}

enum imjin_status command_info(struct session *s, struct error *err) {
    char **names;
    size_t count;
    TRY(desk_labels(&s->desk, err));
    TRY(session_chains(s, &names, &count, err));
    struct report_chain *chains = memory_new(count, sizeof *chains);
    if (chains == NULL) {
        names_free(names, count);
        return fail_memory(err, "the chains");
    }
    enum imjin_status status = describe_all(s, chains, names, count, err);
    for (size_t i = 0; i < count; i++) {
        compiled_close((struct compiled *)chains[i].compiled);
        ledger_close((struct ledger *)chains[i].ledger);
        utxo_close((struct utxo *)chains[i].store);
    }
    memory_free(chains);
    names_free(names, count);
    return status;
}
