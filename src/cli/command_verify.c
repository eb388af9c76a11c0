#include "cli/commands.h"

enum { CHECK_NAME_MAX = 96 };

struct verified {
    char name[CHECK_NAME_MAX];
    struct error fault;
    struct sha256 identity;
};

/* A fault is what verifying is for: it becomes a row. What the machine could not do, or a stop, ends the command. */
static enum imjin_status record(struct report_check *check, struct verified *v, enum imjin_status status) {
    check->what = v->name;
    check->status = status;
    check->fault = status == IMJIN_OK ? NULL : &v->fault;
    return status == IMJIN_MACHINE ? status : IMJIN_OK;
}

static enum imjin_status verify_ledger(struct session *s, const char *path, struct report_check *check, struct verified *v) {
    struct ledger *l;
    enum imjin_status status = ledger_verify(path, s->desk.threads, &s->progress, &v->fault);
    if (status == IMJIN_OK)
        status = ledger_open(&l, path, &v->fault);
    if (status == IMJIN_OK) {
        v->identity = *ledger_identity(l);
        check->identity = &v->identity;
        check->movements = ledger_counts(l)->movements;
        ledger_close(l);
    }
    return record(check, v, status);
}

static enum imjin_status verify_store(struct session *s, const char *path, struct report_check *check, struct verified *v) {
    struct utxo *u;
    enum imjin_status status = utxo_verify(path, &s->progress, &v->fault);
    if (status == IMJIN_OK)
        status = utxo_open(&u, path, &v->fault);
    if (status == IMJIN_OK) {
        v->identity = *utxo_identity(u);
        check->identity = &v->identity;
        utxo_close(u);
    }
    return record(check, v, status);
}

/* *ret_there false: nothing compiled for this ledger, which is no fault. */
static enum imjin_status verify_compiled(struct session *s, const char *chain, uint32_t rules, struct report_check *check,
                                         struct verified *v, bool *ret_there, struct error *err) {
    char ledger[PATH_BYTES_MAX], compiled[PATH_BYTES_MAX];
    struct ledger *l;
    struct compiled *c = NULL;
    *ret_there = false;
    TRY(workspace_ledger(s->desk.workspace, chain, ledger, err));
    TRY(desk_compiled_path(&s->desk, compiled, chain, rules, err));
    if (ledger_open(&l, ledger, &v->fault) != IMJIN_OK)
        return IMJIN_OK; /* said by the ledger's own row */
    enum imjin_status status = compiled_open(&c, compiled, l, rules, &v->fault);
    *ret_there = status != IMJIN_NOT_FOUND;
    if (status == IMJIN_OK)
        status = compiled_verify(c, &s->progress, &v->fault);
    check->movements = ledger_counts(l)->movements;
    compiled_close(c);
    ledger_close(l);
    status = record(check, v, status);
    if (status != IMJIN_OK)
        *err = v->fault;
    return status;
}

/* The rules of a copy that was compiled with some of them switched off, from its name; 0: it is not one of the chain. */
static uint32_t copy_rules(const char *name, const char *chain) {
    size_t count = strlen(chain);
    const char mark[] = ".rules-", *digits = name + count + sizeof mark - 1;
    uint64_t rules = 0;
    if (strncmp(name, chain, count) != 0 || strncmp(name + count, mark, sizeof mark - 1) != 0)
        return 0;
    for (; (*digits >= '0' && *digits <= '9') || (*digits >= 'a' && *digits <= 'f'); digits++)
        rules = rules < SETTLE_RULES_ALL ? rules * 16 + (uint64_t)(*digits <= '9' ? *digits - '0' : *digits - 'a' + 10) : rules;
    return *digits == '\0' && rules < SETTLE_RULES_ALL ? (uint32_t)rules : 0;
}

static enum imjin_status verify_chain(struct session *s, const char *chain, char *const *copies, size_t copy_count,
                                      struct report_check *checks, struct verified *v, uint32_t *ret_count, struct error *err) {
    char ledger[PATH_BYTES_MAX];
    uint32_t rows = 1;
    bool there;
    TRY(workspace_ledger(s->desk.workspace, chain, ledger, err));
    if (utxo_is_store(ledger)) {
        snprintf(v[0].name, sizeof v[0].name, "blocks %s", chain);
        *ret_count = 1;
        enum imjin_status status = verify_store(s, ledger, &checks[0], &v[0]);
        if (status != IMJIN_OK)
            *err = v[0].fault;
        return status;
    }
    snprintf(v[0].name, sizeof v[0].name, "ledger %s", chain);
    enum imjin_status status = verify_ledger(s, ledger, &checks[0], &v[0]);
    *ret_count = 0;
    if (checks[0].status == IMJIN_NOT_FOUND)
        return IMJIN_OK; /* an import that was cut short has committed nothing yet */
    if (status != IMJIN_OK) {
        *err = v[0].fault;
        return status;
    }
    snprintf(v[rows].name, sizeof v[rows].name, "compiled %s", chain);
    TRY(verify_compiled(s, chain, SETTLE_RULES_ALL, &checks[rows], &v[rows], &there, err));
    rows += there;
    for (size_t i = 0; i < copy_count; i++) {
        uint32_t rules = copy_rules(copies[i], chain);
        if (rules == 0)
            continue;
        snprintf(v[rows].name, sizeof v[rows].name, "compiled %s", copies[i]);
        TRY(verify_compiled(s, chain, rules, &checks[rows], &v[rows], &there, err));
        rows += there;
    }
    *ret_count = rows;
    return IMJIN_OK;
}

/* The labels, when there are any. */
static enum imjin_status verify_labels(struct session *s, struct report_check *check, struct verified *v, uint32_t *ret_count,
                                       struct error *err) {
    char path[PATH_BYTES_MAX];
    struct label_store *labels = NULL;
    TRY(workspace_labels(s->desk.workspace, path, err));
    snprintf(v->name, sizeof v->name, "labels");
    enum imjin_status status = label_open(&labels, path, &v->fault);
    bool empty = status == IMJIN_OK && label_count(labels) == 0;
    if (status == IMJIN_OK)
        status = label_verify(path, &v->fault);
    if (status == IMJIN_OK) {
        v->identity = *label_identity(labels);
        check->identity = &v->identity;
    }
    label_close(labels);
    *ret_count = !empty;
    status = record(check, v, status);
    if (status != IMJIN_OK)
        *err = v->fault;
    return status;
}

struct names {
    char **chains, **copies; /* what stands in the directory of what was compiled */
    size_t chain_count, copy_count;
};

static enum imjin_status verify_all(struct session *s, const struct names *n, struct report_check *checks, struct verified *v,
                                    struct error *err) {
    struct report_input in = session_input(s);
    uint32_t done = 0;
    bool sound = true;
    uint32_t added;
    for (size_t i = 0; i < n->chain_count; i++) {
        TRY(verify_chain(s, n->chains[i], n->copies, n->copy_count, checks + done, v + done, &added, err));
        done += added;
    }
    TRY(verify_labels(s, checks + done, v + done, &added, err));
    done += added;
    for (uint32_t i = 0; i < done; i++)
        sound = sound && checks[i].status == IMJIN_OK;
    TRY(s->json ? report_verify_json(&s->out, &in, checks, done, err) : report_verify_text(&s->out, &in, checks, done, err));
    return sound ? IMJIN_OK : fail(err, IMJIN_NOT_FOUND, "not everything is as it should be");
}

static enum imjin_status list_copies(struct session *s, struct names *n, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(workspace_compiled(s->desk.workspace, "x", path, err));
    *strrchr(path, '/') = '\0';
    return directory_exists(path) ? directory_list(path, &n->copies, &n->copy_count, err) : IMJIN_OK;
}

enum imjin_status command_verify(struct session *s, struct error *err) {
    struct names n = {0};
    TRY(session_chains(s, &n.chains, &n.chain_count, err));
    enum imjin_status status = list_copies(s, &n, err);
    size_t rows = 2 * n.chain_count + n.copy_count + 2;
    struct report_check *checks = memory_new(rows, sizeof *checks);
    struct verified *v = memory_new(rows, sizeof *v);
    if (status == IMJIN_OK)
        status = checks && v ? verify_all(s, &n, checks, v, err) : fail_memory(err, "the checks");
    memory_free(checks);
    memory_free(v);
    names_free(n.chains, n.chain_count);
    names_free(n.copies, n.copy_count);
    return status;
}
