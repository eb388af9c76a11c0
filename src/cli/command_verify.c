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

/* *ret_there false: nothing compiled for this ledger, which is no fault. */
static enum imjin_status verify_compiled(struct session *s, const char *ledger, const char *compiled,
                                         struct report_check *check, struct verified *v, bool *ret_there) {
    struct ledger *l;
    struct compiled *c = NULL;
    *ret_there = false;
    if (ledger_open(&l, ledger, &v->fault) != IMJIN_OK)
        return IMJIN_OK; /* said by the ledger's own row */
    enum imjin_status status = compiled_open(&c, compiled, l, SETTLE_RULES_ALL, &v->fault);
    *ret_there = status != IMJIN_NOT_FOUND;
    if (status == IMJIN_OK)
        status = compiled_verify(c, &s->progress, &v->fault);
    check->movements = ledger_counts(l)->movements;
    compiled_close(c);
    ledger_close(l);
    return record(check, v, status);
}

static enum imjin_status verify_chain(struct session *s, const char *chain, struct report_check *checks, struct verified *v,
                                      uint32_t *ret_count, struct error *err) {
    char ledger[PATH_BYTES_MAX], compiled[PATH_BYTES_MAX];
    bool there;
    TRY(workspace_ledger(s->desk.workspace, chain, ledger, err));
    TRY(desk_compiled_path(&s->desk, compiled, chain, SETTLE_RULES_ALL, err));
    snprintf(v[0].name, sizeof v[0].name, "ledger %s", chain);
    snprintf(v[1].name, sizeof v[1].name, "compiled %s", chain);
    enum imjin_status status = verify_ledger(s, ledger, &checks[0], &v[0]);
    *ret_count = 0;
    if (checks[0].status == IMJIN_NOT_FOUND)
        return IMJIN_OK; /* an import that was cut short has committed nothing yet */
    *ret_count = 1;
    if (status != IMJIN_OK) {
        *err = v[0].fault;
        return status;
    }
    status = verify_compiled(s, ledger, compiled, &checks[1], &v[1], &there);
    *ret_count += there;
    if (status != IMJIN_OK)
        *err = v[1].fault;
    return status;
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

static enum imjin_status verify_all(struct session *s, char *const *names, size_t count, struct report_check *checks,
                                    struct verified *v, struct error *err) {
    struct report_input in = session_input(s);
    uint32_t done = 0;
    bool sound = true;
    uint32_t added;
    for (size_t i = 0; i < count; i++) {
        TRY(verify_chain(s, names[i], checks + done, v + done, &added, err));
        done += added;
    }
    TRY(verify_labels(s, checks + done, v + done, &added, err));
    done += added;
    for (uint32_t i = 0; i < done; i++)
        sound = sound && checks[i].status == IMJIN_OK;
    TRY(s->json ? report_verify_json(&s->out, &in, checks, done, err) : report_verify_text(&s->out, &in, checks, done, err));
    return sound ? IMJIN_OK : fail(err, IMJIN_NOT_FOUND, "not everything is as it should be");
}

enum imjin_status command_verify(struct session *s, struct error *err) {
    char **names;
    size_t count;
    TRY(session_chains(s, &names, &count, err));
    struct report_check *checks = memory_new(2 * count + 1, sizeof *checks);
    struct verified *v = memory_new(2 * count + 1, sizeof *v);
    enum imjin_status status;
    if (checks == NULL || v == NULL)
        status = fail_memory(err, "the checks");
    else
        status = verify_all(s, names, count, checks, v, err);
    memory_free(checks);
    memory_free(v);
    names_free(names, count);
    return status;
}
