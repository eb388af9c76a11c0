#include "api/case.h"

#include <stdio.h>

#define CASE_CONF "case.conf"

static const char *const keys[] = {"title", "chain",  "from",  "from-file", "fact",
                                   "note",  "policy", "until", "hops",      "min-claim"};
static const bool repeatable[] = {false, false, true, true, true, true, false, false, false, false};
_Static_assert(sizeof keys / sizeof *keys == sizeof repeatable / sizeof *repeatable, "a flag a key");

bool case_is(const char *text) {
    char path[PATH_BYTES_MAX];
    size_t count = strlen(text);
    if (directory_exists(text))
        return path_join(path, NULL, text, CASE_CONF) == IMJIN_OK && file_exists(path);
    return count > 5 && strcmp(text + count - 5, ".conf") == 0 && file_exists(text);
}

void case_name_from_path(char ret[CASE_NAME_MAX], const char *path, bool is_file) {
    size_t end = strlen(path), begin, count = 0;
    while (end > 1 && path[end - 1] == '/')
        end--;
    for (begin = end; begin > 0 && path[begin - 1] != '/'; begin--)
        ;
    if (is_file && end - begin > 5)
        end -= 5;
    for (size_t i = begin; i < end && count + 1 < CASE_NAME_MAX; i++) {
        unsigned char c = (unsigned char)path[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                     (c == '.' && count > 0);
        ret[count++] = plain ? (char)c : '-';
    }
    if (count == 0)
        ret[count++] = '-';
    ret[count] = '\0';
}

static uint64_t count_key(const struct conf *c, const char *key) {
    uint64_t count = 0;
    for (const struct conf_entry *e = conf_find(c, key, NULL); e; e = conf_find(c, key, e))
        count++;
    return count;
}

/* "Victim: Ronin Network": the name before the first ": ", NUL put in its place. */
static enum imjin_status read_facts(struct case_file *c, struct error *err) {
    uint32_t at = 0;
    for (const struct conf_entry *e = conf_find(&c->conf, "fact", NULL); e; e = conf_find(&c->conf, "fact", e)) {
        char *colon = strstr((char *)e->value.bytes, ": ");
        if (colon == NULL)
            return conf_fail(&c->conf, e, err, "needs the form \"Name: what is known\"");
        *colon = '\0';
        c->facts[at++] = (struct report_fact){e->value.bytes, colon + 2};
    }
    c->head.facts = c->facts;
    c->head.fact_count = at;
    return IMJIN_OK;
}

static enum imjin_status read_head(struct case_file *c, struct error *err) {
    const struct conf_entry *title = conf_find(&c->conf, "title", NULL);
    uint32_t at = 0;
    TRY(conf_check_keys(&c->conf, keys, repeatable, sizeof keys / sizeof *keys, err));
    c->facts = memory_new(count_key(&c->conf, "fact"), sizeof *c->facts);
    c->notes = memory_new(count_key(&c->conf, "note"), sizeof *c->notes);
    if (c->facts == NULL || c->notes == NULL)
        return fail_memory(err, "a case");
    for (const struct conf_entry *e = conf_find(&c->conf, "note", NULL); e; e = conf_find(&c->conf, "note", e))
        c->notes[at++] = e->value.bytes;
    c->head.title = title ? title->value.bytes : NULL;
    c->head.notes = c->notes;
    c->head.note_count = at;
    return read_facts(c, err);
}

enum imjin_status case_open(struct case_file *ret, const char *path, struct error *err) {
    char file[PATH_BYTES_MAX];
    bool is_file = !directory_exists(path);
    struct case_file opened = {0};
    if (snprintf(opened.directory, sizeof opened.directory, "%s", path) >= PATH_BYTES_MAX)
        return fail(err, IMJIN_USAGE, "path too long: %.60s...", path);
    if (is_file) {
        char *slash = strrchr(opened.directory, '/');
        memcpy(file, path, strlen(path) + 1);
        snprintf(slash ? slash : opened.directory, 2, "%s", slash ? "" : ".");
    } else {
        TRY(path_join(file, err, path, CASE_CONF));
    }
    case_name_from_path(opened.name, path, is_file);
    TRY(conf_read(&opened.conf, file, err));
    enum imjin_status status = read_head(&opened, err);
    if (status != IMJIN_OK)
        case_done(&opened);
    else
        *ret = opened;
    return status;
}

void case_done(struct case_file *c) {
    memory_free(c->facts);
    memory_free(c->notes);
    conf_done(&c->conf);
    *c = (struct case_file){0};
}

static struct span value_of(const struct case_file *c, const char *key) {
    const struct conf_entry *e = conf_find(&c->conf, key, NULL);
    return e ? e->value : (struct span){NULL, 0};
}

const char *case_chain(const struct case_file *c) { return value_of(c, "chain").bytes; }

enum imjin_status case_add_sources(const struct case_file *c, struct spec_list *s, const struct ledger *l, struct error *err) {
    for (const struct conf_entry *e = conf_find(&c->conf, "from", NULL); e; e = conf_find(&c->conf, "from", e)) {
        enum imjin_status status = spec_add(s, l, e->value, err);
        if (status == IMJIN_NOT_FOUND)
            status = spec_add_missing(s, e->value, err);
        if (status != IMJIN_OK)
            error_at(err, c->conf.name, e->line);
        TRY(status);
    }
    for (const struct conf_entry *e = conf_find(&c->conf, "from-file", NULL); e; e = conf_find(&c->conf, "from-file", e)) {
        char path[PATH_BYTES_MAX];
        TRY(path_join(path, err, c->directory, e->value.bytes));
        TRY(spec_add_file(s, l, path, err));
    }
    return IMJIN_OK;
}

static enum imjin_status set_policy(const struct case_file *c, struct trace_request *request, struct error *err) {
    const struct conf_entry *e = conf_find(&c->conf, "policy", NULL);
    for (int p = 0; e && p < TRACE_POLICIES; p++) {
        if (span_is(e->value, trace_policy_name((enum trace_policy)p))) {
            request->policy = (enum trace_policy)p;
            return IMJIN_OK;
        }
    }
    return e ? conf_fail(&c->conf, e, err, "is not one of: fifo lifo haircut poison") : IMJIN_OK;
}

enum imjin_status case_set_request(const struct case_file *c, struct trace_request *request, struct error *err) {
    const struct conf_entry *until = conf_find(&c->conf, "until", NULL), *hops = conf_find(&c->conf, "hops", NULL),
                            *claim = conf_find(&c->conf, "min-claim", NULL);
    uint64_t hops_max = request->hops_max;
    TRY(set_policy(c, request, err));
    if (until && time_parse(&request->time_until, until->value, NULL) != IMJIN_OK)
        return conf_fail(&c->conf, until, err, "is not a time");
    if (hops && (!u64_parse(hops->value.bytes, hops->value.count, &hops_max) || hops_max >= UINT16_MAX))
        return conf_fail(&c->conf, hops, err, "is not a number of hops");
    if (claim && !u128_parse(claim->value.bytes, claim->value.count, &request->claim_min))
        return conf_fail(&c->conf, claim, err, "is not a whole number of base units");
    request->hops_max = (uint32_t)hops_max;
    return IMJIN_OK;
}
