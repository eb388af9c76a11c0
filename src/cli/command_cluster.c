#include "cli/cluster.h"

enum { ROWS_OF_TEXT = 20 /* what fits a screen, without --limit */ };

/* How many rows of `count` are shown. */
static uint64_t rows_shown(const struct session *s, uint64_t count) {
    uint64_t limit = arguments_count(&s->arguments, OPTION_LIMIT, s->json ? count : ROWS_OF_TEXT);
    return count < limit ? count : limit;
}

static void add_rest(struct session *s, uint64_t shown, uint64_t count) {
    if (shown < count)
        text_add_format(&s->out, "  ... and %llu more (--limit)\n", (unsigned long long)(count - shown));
}

static struct json_writer begin_json(struct session *s, const char *schema) {
    struct json_writer w = {.out = &s->out};
    json_object_begin(&w);
    result_word(&w, "schema", schema);
    result_word(&w, "chain", s->desk.chain.name);
    return w;
}

static enum imjin_status end_json(struct session *s, struct json_writer *w, struct error *err) {
    json_object_end(w);
    text_add_string(&s->out, "\n");
    return text_status(&s->out, err);
}

/* ---- build ---- */

static void put_rules(struct json_writer *w, uint32_t rules) {
    json_put_key(w, "change_rules");
    json_array_begin(w);
    for (unsigned i = 0; i < CHANGE_RULES; i++)
        if (rules >> i & 1)
            json_put_text(w, change_rule((enum change_rule)i)->name);
    json_array_end(w);
}

static enum imjin_status write_counts_json(struct session *s, const struct clusters *c, struct error *err) {
    const struct cluster_counts *n = cluster_counts(c);
    struct json_writer w = begin_json(s, "imjin.cluster-build/1");
    result_number(&w, "height", n->height);
    result_number(&w, "transactions", n->txs);
    result_number(&w, "addresses", n->scripts);
    result_number(&w, "clusters", n->clusters);
    result_number(&w, "merges", n->links);
    result_number(&w, "refused", n->refused);
    result_number(&w, "guard", cluster_options(c)->guard);
    result_number(&w, "votes", cluster_options(c)->change_votes);
    put_rules(&w, cluster_options(c)->change_rules);
    json_put_key(&w, "coinjoins");
    json_object_begin(&w);
    for (unsigned k = 1; k < COINJOIN_KINDS; k++)
        result_number(&w, coinjoin_rule((enum coinjoin_kind)k)->name, n->coinjoins[k]);
    json_object_end(&w);
    return end_json(s, &w, err);
}

static enum imjin_status write_counts(struct session *s, const struct clusters *c, struct error *err) {
    const struct cluster_counts *n = cluster_counts(c);
    if (s->json)
        return write_counts_json(s, c, err);
    text_add_format(&s->out, "%s to height %u: ", s->desk.chain.name, n->height);
    result_counted(&s->out, n->scripts, "address", "addresses");
    text_add_string(&s->out, ", ");
    result_counted(&s->out, n->clusters, "cluster of two and more", "clusters of two and more");
    text_add_string(&s->out, ", ");
    result_counted(&s->out, n->links, "merge\n", "merges\n");
    for (unsigned k = 1; k < COINJOIN_KINDS; k++)
        if (n->coinjoins[k])
            text_add_format(&s->out, "  %-16s %llu transactions, inputs %s\n", coinjoin_rule((enum coinjoin_kind)k)->name,
                            (unsigned long long)n->coinjoins[k],
                            coinjoin_rule((enum coinjoin_kind)k)->many_owners ? "not joined" : "joined");
    if (n->refused)
        text_add_format(&s->out,
                        "  %llu merges of two clusters of %u addresses and more were refused (imjin cluster refused)\n",
                        (unsigned long long)n->refused, cluster_options(c)->guard);
    return text_status(&s->out, err);
}

/* Runs one command on the clusters that the options mean. */
static enum imjin_status with_clusters(struct session *s,
                                       enum imjin_status (*run)(struct session *, const struct clusters *, struct error *),
                                       struct error *err) {
    struct clusters *c;
    TRY(cluster_desk(s, &c, err));
    enum imjin_status status = run(s, c, err);
    cluster_close(c);
    return status;
}

enum imjin_status command_cluster_build(struct session *s, struct error *err) { return with_clusters(s, write_counts, err); }

/* ---- show ---- */

static enum imjin_status write_members(struct session *s, const struct cluster_members *m, struct error *err) {
    uint64_t shown = rows_shown(s, m->count);
    if (s->json) {
        struct json_writer w = begin_json(s, "imjin.cluster/1");
        TRY(cluster_put_address(&w, s, "cluster", m->scripts[0], err));
        result_number(&w, "addresses", m->count);
        json_put_key(&w, "members");
        json_array_begin(&w);
        for (uint64_t i = 0; i < shown; i++)
            TRY(cluster_put_address(&w, s, NULL, m->scripts[i], err));
        json_array_end(&w);
        return end_json(s, &w, err);
    }
    text_add_string(&s->out, "cluster ");
    TRY(cluster_add_address(s, m->scripts[0], err));
    text_add_string(&s->out, ": ");
    result_counted(&s->out, m->count, "address\n", "addresses that act together\n");
    for (uint64_t i = 0; i < shown; i++) {
        text_add_string(&s->out, "  ");
        TRY(cluster_add_address(s, m->scripts[i], err));
        text_add_string(&s->out, "\n");
    }
    add_rest(s, shown, m->count);
    return text_status(&s->out, err);
}

static enum imjin_status show(struct session *s, const struct clusters *c, struct error *err) {
    struct script_id script;
    struct cluster_members m;
    TRY(cluster_address(s, s->arguments.operands[0], &script, err));
    TRY(cluster_list(c, script, cluster_txs_given(s), &m, err));
    enum imjin_status status = write_members(s, &m, err);
    cluster_members_done(&m);
    return status;
}

enum imjin_status command_cluster_show(struct session *s, struct error *err) { return with_clusters(s, show, err); }

/* ---- why ---- */

static enum imjin_status write_path_json(struct session *s, const struct cluster_path *p, struct script_id a,
                                         struct script_id b, struct error *err) {
    struct json_writer w = begin_json(s, "imjin.cluster-why/1");
    TRY(cluster_put_address(&w, s, "from", a, err));
    TRY(cluster_put_address(&w, s, "to", b, err));
    json_put_key(&w, "steps");
    json_array_begin(&w);
    for (uint64_t i = 0; i < p->count; i++) {
        json_object_begin(&w);
        TRY(cluster_put_address(&w, s, "from", p->steps[i].from, err));
        TRY(cluster_put_address(&w, s, "to", p->steps[i].to, err));
        TRY(cluster_put_tx(&w, s, p->steps[i].tx, err));
        result_word(&w, "rule", cluster_rule_name(p->steps[i].rule));
        json_object_end(&w);
    }
    json_array_end(&w);
    return end_json(s, &w, err);
}

static enum imjin_status write_path(struct session *s, const struct cluster_path *p, struct script_id a, struct script_id b,
                                    struct error *err) {
    if (s->json)
        return write_path_json(s, p, a, b, err);
    TRY(cluster_add_address(s, a, err));
    text_add_string(&s->out, p->count ? "\n" : "\nis the same address\n");
    for (uint64_t i = 0; i < p->count; i++) {
        text_add_string(&s->out, "  in ");
        TRY(cluster_add_tx(s, p->steps[i].tx, err));
        text_add_string(&s->out, " with\n");
        TRY(cluster_add_address(s, p->steps[i].to, err));
        text_add_format(&s->out, "  (%s)\n", cluster_rule_text(p->steps[i].rule));
    }
    return text_status(&s->out, err);
}

static enum imjin_status why(struct session *s, const struct clusters *c, struct error *err) {
    struct script_id a, b;
    struct cluster_path p;
    TRY(cluster_address(s, s->arguments.operands[0], &a, err));
    TRY(cluster_address(s, s->arguments.operands[1], &b, err));
    TRY(cluster_why(c, a, b, cluster_txs_given(s), &p, err));
    enum imjin_status status = write_path(s, &p, a, b, err);
    cluster_path_done(&p);
    return status;
}

enum imjin_status command_cluster_why(struct session *s, struct error *err) { return with_clusters(s, why, err); }

/* ---- list ---- */

static enum imjin_status write_largest(struct session *s, const struct clusters *c, const struct script_id *ids, uint64_t count,
                                       struct error *err) {
    struct json_writer w = {0};
    if (s->json) {
        w = begin_json(s, "imjin.clusters/1");
        result_number(&w, "clusters", cluster_counts(c)->clusters);
        json_put_key(&w, "largest");
        json_array_begin(&w);
    }
    for (uint64_t i = 0; i < count; i++) {
        uint32_t size;
        TRY(cluster_size(c, ids[i], &size, err));
        if (s->json) {
            json_object_begin(&w);
            TRY(cluster_put_address(&w, s, "cluster", ids[i], err));
            result_number(&w, "addresses", size);
            json_object_end(&w);
            continue;
        }
        text_add_format(&s->out, "%10u  ", size);
        TRY(cluster_add_address(s, ids[i], err));
        text_add_string(&s->out, "\n");
    }
    if (s->json) {
        json_array_end(&w);
        return end_json(s, &w, err);
    }
    add_rest(s, count, cluster_counts(c)->clusters);
    return text_status(&s->out, err);
}

static enum imjin_status list(struct session *s, const struct clusters *c, struct error *err) {
    uint64_t count = rows_shown(s, cluster_counts(c)->clusters);
    struct script_id *ids = memory_new(count, sizeof *ids);
    if (ids == NULL)
        return fail_memory(err, "the largest clusters");
    enum imjin_status status = cluster_largest(c, ids, count, &count, err);
    if (status == IMJIN_OK)
        status = write_largest(s, c, ids, count, err);
    memory_free(ids);
    return status;
}

enum imjin_status command_cluster_list(struct session *s, struct error *err) { return with_clusters(s, list, err); }

/* ---- refused ---- */

static enum imjin_status put_refused(struct session *s, struct json_writer *w, const struct cluster_refused *r,
                                     struct error *err) {
    json_object_begin(w);
    TRY(cluster_put_tx(w, s, (struct tx_id){r->link.tx}, err));
    TRY(cluster_put_address(w, s, "a", (struct script_id){r->link.a}, err));
    TRY(cluster_put_address(w, s, "b", (struct script_id){r->link.b}, err));
    result_number(w, "addresses_a", r->size_a);
    result_number(w, "addresses_b", r->size_b);
    result_word(w, "rule", cluster_rule_name(r->link.rule));
    json_object_end(w);
    return IMJIN_OK;
}

static enum imjin_status add_refused(struct session *s, const struct cluster_refused *r, struct error *err) {
    TRY(cluster_add_tx(s, (struct tx_id){r->link.tx}, err));
    text_add_string(&s->out, "\n  ");
    TRY(cluster_add_address(s, (struct script_id){r->link.a}, err));
    text_add_format(&s->out, " of %u addresses\n  ", r->size_a);
    TRY(cluster_add_address(s, (struct script_id){r->link.b}, err));
    text_add_format(&s->out, " of %u addresses\n  (%s)\n", r->size_b, cluster_rule_text(r->link.rule));
    return IMJIN_OK;
}

static enum imjin_status refused(struct session *s, const struct clusters *c, struct error *err) {
    uint64_t count;
    const struct cluster_refused *rows = cluster_refused(c, &count);
    uint64_t shown = rows_shown(s, count), total = cluster_counts(c)->refused;
    struct json_writer w = {0};
    if (s->json) {
        w = begin_json(s, "imjin.cluster-refused/1");
        result_number(&w, "guard", cluster_options(c)->guard);
        result_number(&w, "refused", total);
        json_put_key(&w, "merges");
        json_array_begin(&w);
    }
    for (uint64_t i = 0; i < shown; i++) {
        if (rows[i].link.rule > CHANGE_RULES)
            return fail(err, IMJIN_BAD_INPUT, "the clusters on disk are damaged; \"imjin cluster verify\" says more");
        TRY(s->json ? put_refused(s, &w, &rows[i], err) : add_refused(s, &rows[i], err));
    }
    if (s->json) {
        json_array_end(&w);
        return end_json(s, &w, err);
    }
    if (total == 0)
        text_add_format(&s->out, "no merge of two clusters of %u addresses and more was refused\n", cluster_options(c)->guard);
    add_rest(s, shown, total);
    return text_status(&s->out, err);
}

enum imjin_status command_cluster_refused(struct session *s, struct error *err) { return with_clusters(s, refused, err); }

/* ---- merges ---- */

static enum imjin_status put_merge(struct session *s, struct json_writer *w, const struct cluster_link *link,
                                   struct error *err) {
    json_object_begin(w);
    TRY(cluster_put_address(w, s, "a", (struct script_id){link->a}, err));
    TRY(cluster_put_address(w, s, "b", (struct script_id){link->b}, err));
    TRY(cluster_put_tx(w, s, (struct tx_id){link->tx}, err));
    result_word(w, "rule", cluster_rule_name(link->rule));
    json_object_end(w);
    return IMJIN_OK;
}

/* A row of CSV. No address and no rule has a comma or a quote. */
static enum imjin_status add_merge(struct session *s, const struct cluster_link *link, struct error *err) {
    char a[SCRIPT_PRINT_MAX], b[SCRIPT_PRINT_MAX], hash[65];
    struct utxo_tx t;
    TRY(utxo_script_print(s->desk.store, (struct script_id){link->a}, a, err));
    TRY(utxo_script_print(s->desk.store, (struct script_id){link->b}, b, err));
    TRY(utxo_tx(s->desk.store, (struct tx_id){link->tx}, &t, err));
    utxo_hash_print(t.hash, hash);
    text_add_format(&s->out, "%s,%s,%s,%u,%s\n", a, b, hash, t.height, cluster_rule_name(link->rule));
    return IMJIN_OK;
}

static enum imjin_status merges(struct session *s, const struct clusters *c, struct error *err) {
    uint64_t count;
    const struct cluster_link *links = cluster_links(c, &count);
    uint64_t limit = arguments_count(&s->arguments, OPTION_LIMIT, count), shown = count < limit ? count : limit;
    struct json_writer w = {0};
    if (s->json) {
        w = begin_json(s, "imjin.cluster-merges/1");
        result_number(&w, "merges", count);
        json_put_key(&w, "rows");
        json_array_begin(&w);
    } else {
        text_add_string(&s->out, "a,b,transaction,height,rule\n");
    }
    for (uint64_t i = 0; i < shown; i++) {
        if (links[i].rule > CHANGE_RULES)
            return fail(err, IMJIN_BAD_INPUT, "the clusters on disk are damaged; \"imjin cluster verify\" says more");
        TRY(s->json ? put_merge(s, &w, &links[i], err) : add_merge(s, &links[i], err));
    }
    if (!s->json)
        return text_status(&s->out, err);
    json_array_end(&w);
    return end_json(s, &w, err);
}

enum imjin_status command_cluster_merges(struct session *s, struct error *err) { return with_clusters(s, merges, err); }

/* ---- verify ---- */

enum imjin_status command_cluster_verify(struct session *s, struct error *err) {
    struct cluster_options options;
    struct error fault = {0};
    char path[PATH_BYTES_MAX];
    TRY(cluster_options_given(s, &options, err));
    TRY(desk_store(&s->desk, err));
    TRY(cluster_path(s, &options, path, err));
    enum imjin_status status = cluster_verify(path, s->desk.store, &s->progress, &fault);
    if (status == IMJIN_NOT_FOUND)
        return fail(err, status, "there are no such clusters yet; make them with: imjin cluster build");
    if (status != IMJIN_OK && status != IMJIN_BAD_INPUT) {
        *err = fault;
        return status;
    }
    if (s->json) {
        struct json_writer w = begin_json(s, "imjin.cluster-verify/1");
        json_put_key(&w, "sound");
        json_put_bool(&w, status == IMJIN_OK);
        json_put_key(&w, "fault");
        json_put_text(&w, status == IMJIN_OK ? NULL : fault.text);
        TRY(end_json(s, &w, err));
    } else if (status == IMJIN_OK) {
        text_add_string(&s->out, "sound: the clusters are those of the chain\n");
    }
    return status == IMJIN_OK ? text_status(&s->out, err) : fail(err, IMJIN_NOT_FOUND, "%s", fault.text);
}
