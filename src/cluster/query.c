#include <stdlib.h>

#include "cluster/inside.h"

enum imjin_status cluster_root(const struct clusters *c, uint32_t script, uint32_t *ret, struct error *err) {
    if (script >= c->head.scripts)
        return fail(err, IMJIN_NOT_FOUND, "the address is newer than the clusters");
    uint32_t up = c->nodes[script].up;
    if (up > script || c->nodes[up].up != up)
        return cluster_fail_damaged(err);
    *ret = up;
    return IMJIN_OK;
}

enum imjin_status cluster_of(const struct clusters *c, struct script_id script, struct script_id *ret, struct error *err) {
    return cluster_root(c, script.n, &ret->n, err);
}

enum imjin_status cluster_size(const struct clusters *c, struct script_id script, uint32_t *ret, struct error *err) {
    uint32_t root;
    TRY(cluster_root(c, script.n, &root, err));
    uint32_t size = c->nodes[root].mark;
    *ret = size ? size : 1;
    return IMJIN_OK;
}

/* A cluster spread out: its members, the merges among them, and for each merge its two ends one after another per member. */
struct group {
    uint32_t *members; /* ascending */
    uint64_t count;
    struct cluster_link *links; /* in order of transactions */
    uint64_t link_count;
    uint64_t *first;   /* per member: where its ends begin; count + 1 of them */
    uint32_t *ends;    /* numbers of links */
    uint32_t *came_by; /* per member: 1 + the link by which a walk came; 0: not yet */
    uint32_t *queue;
};

static void group_done(struct group *g) {
    memory_free(g->members);
    memory_free(g->links);
    memory_free(g->first);
    memory_free(g->ends);
    memory_free(g->came_by);
    memory_free(g->queue);
}

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int compare_links(const void *a, const void *b) {
    const struct cluster_link *x = a, *y = b;
    int order = (x->tx > y->tx) - (x->tx < y->tx);
    if (order == 0)
        order = (x->a > y->a) - (x->a < y->a);
    return order ? order : (x->b > y->b) - (x->b < y->b);
}

static enum imjin_status gather_members(const struct clusters *c, uint32_t script, struct group *g, struct error *err) {
    uint32_t root, size;
    TRY(cluster_root(c, script, &root, err));
    TRY(cluster_size(c, (struct script_id){script}, &size, err));
    if (size > CLUSTER_MEMBERS_MAX)
        return fail(err, IMJIN_USAGE, "the cluster has %u addresses: too many to list (%u)", size, CLUSTER_MEMBERS_MAX);
    if (size > c->head.scripts)
        return cluster_fail_damaged(err);
    g->members = memory_new(size, sizeof *g->members);
    if (g->members == NULL)
        return fail_memory(err, "a cluster");
    uint32_t at = script;
    for (uint32_t i = 0; i < size; i++) {
        if (at >= c->head.scripts || c->nodes[at].up != root || (i && at == script))
            return cluster_fail_damaged(err);
        g->members[g->count++] = at;
        at = c->nodes[at].next;
    }
    if (at != script)
        return cluster_fail_damaged(err);
    qsort(g->members, g->count, sizeof *g->members, compare_u32);
    return IMJIN_OK;
}

static enum imjin_status gather_links(const struct clusters *c, struct group *g, uint32_t txs, struct error *err) {
    uint32_t root = g->members[0];
    g->links = memory_new(g->count, sizeof *g->links);
    if (g->links == NULL)
        return fail_memory(err, "a cluster");
    for (uint64_t i = 0; i < g->count; i++) {
        const struct cluster_node *n = &c->nodes[g->members[i]];
        if (n->up == g->members[i])
            continue;
        if (n->mark >= c->head.links)
            return cluster_fail_damaged(err);
        struct cluster_link link = c->links[n->mark];
        if (link.a >= c->head.scripts || link.b >= c->head.scripts || link.tx >= c->head.txs || link.rule > CHANGE_RULES ||
            c->nodes[link.a].up != root || c->nodes[link.b].up != root)
            return cluster_fail_damaged(err);
        if (link.tx < txs)
            g->links[g->link_count++] = link;
    }
    qsort(g->links, g->link_count, sizeof *g->links, compare_links);
    return IMJIN_OK;
}

/* The member's place; every script asked for is one. */
static uint64_t place_of(const struct group *g, uint32_t script) {
    uint64_t low = 0, high = g->count;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (g->members[middle] <= script)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static enum imjin_status lay_ends(struct group *g, struct error *err) {
    g->first = memory_new(g->count + 2, sizeof *g->first);
    g->ends = memory_new(2 * g->link_count + 1, sizeof *g->ends);
    g->came_by = memory_new(g->count, sizeof *g->came_by);
    g->queue = memory_new(g->count, sizeof *g->queue);
    if (!g->first || !g->ends || !g->came_by || !g->queue)
        return fail_memory(err, "a cluster");
    for (uint64_t i = 0; i < g->link_count; i++) {
        g->first[place_of(g, g->links[i].a) + 2]++;
        g->first[place_of(g, g->links[i].b) + 2]++;
    }
    for (uint64_t i = 2; i <= g->count + 1; i++)
        g->first[i] += g->first[i - 1];
    for (uint64_t i = 0; i < g->link_count; i++) {
        g->ends[g->first[place_of(g, g->links[i].a) + 1]++] = (uint32_t)i;
        g->ends[g->first[place_of(g, g->links[i].b) + 1]++] = (uint32_t)i;
    }
    return IMJIN_OK;
}

static uint32_t other_end(const struct cluster_link *link, uint32_t script) { return link->a == script ? link->b : link->a; }

/* Visits all that is connected with member number `from`; returns how many, in the queue. The start came by link `count`. */
static uint64_t walk(struct group *g, uint64_t from) {
    uint64_t done = 0, found = 1;
    g->queue[0] = (uint32_t)from;
    g->came_by[from] = UINT32_MAX;
    while (done < found) {
        uint32_t at = g->queue[done++];
        for (uint64_t e = g->first[at]; e < g->first[at + 1]; e++) {
            uint64_t to = place_of(g, other_end(&g->links[g->ends[e]], g->members[at]));
            if (g->came_by[to])
                continue;
            g->came_by[to] = 1 + g->ends[e];
            g->queue[found++] = (uint32_t)to;
        }
    }
    return found;
}

static enum imjin_status gather(const struct clusters *c, uint32_t script, uint32_t txs, struct group *g, struct error *err) {
    TRY(gather_members(c, script, g, err));
    TRY(gather_links(c, g, txs, err));
    return lay_ends(g, err);
}

static enum imjin_status list(const struct clusters *c, uint32_t script, uint32_t txs, struct group *g,
                              struct cluster_members *ret, struct error *err) {
    TRY(gather(c, script, txs, g, err));
    uint64_t found = walk(g, place_of(g, script));
    struct script_id *scripts = memory_new(found, sizeof *scripts);
    if (scripts == NULL)
        return fail_memory(err, "a cluster");
    uint64_t kept = 0;
    for (uint64_t i = 0; i < g->count; i++)
        if (g->came_by[i])
            scripts[kept++] = (struct script_id){g->members[i]};
    *ret = (struct cluster_members){scripts, kept};
    return IMJIN_OK;
}

enum imjin_status cluster_list(const struct clusters *c, struct script_id script, uint32_t txs, struct cluster_members *ret,
                               struct error *err) {
    struct group g = {0};
    enum imjin_status status = list(c, script.n, txs, &g, ret, err);
    group_done(&g);
    return status;
}

void cluster_members_done(struct cluster_members *m) {
    memory_free(m->scripts);
    *m = (struct cluster_members){0};
}

/* Steps from b back to a, turned round; two steps of one transaction are one. */
static enum imjin_status lay_path(const struct group *g, uint32_t a, uint32_t b, struct cluster_path *ret, struct error *err) {
    uint64_t length = 0, kept = 0;
    for (uint32_t at = b; at != a; length++)
        at = other_end(&g->links[g->came_by[place_of(g, at)] - 1], at);
    struct cluster_step *steps = memory_new(length + 1, sizeof *steps);
    if (steps == NULL)
        return fail_memory(err, "an explanation");
    uint32_t at = b;
    for (uint64_t i = length; i-- > 0;) {
        const struct cluster_link *link = &g->links[g->came_by[place_of(g, at)] - 1];
        uint32_t from = other_end(link, at);
        steps[i] = (struct cluster_step){{from}, {at}, {link->tx}, link->rule};
        at = from;
    }
    for (uint64_t i = 0; i < length; i++) {
        struct cluster_step *last = kept ? &steps[kept - 1] : NULL;
        if (last && last->tx.n == steps[i].tx.n && last->rule == steps[i].rule)
            last->to = steps[i].to;
        else
            steps[kept++] = steps[i];
    }
    *ret = (struct cluster_path){steps, kept};
    return IMJIN_OK;
}

static enum imjin_status why(const struct clusters *c, uint32_t a, uint32_t b, uint32_t txs, struct group *g,
                             struct cluster_path *ret, struct error *err) {
    TRY(gather(c, a, txs, g, err));
    walk(g, place_of(g, a));
    if (!g->came_by[place_of(g, b)])
        return fail(err, IMJIN_NOT_FOUND, "they were not in one cluster yet");
    return lay_path(g, a, b, ret, err);
}

enum imjin_status cluster_why(const struct clusters *c, struct script_id a, struct script_id b, uint32_t txs,
                              struct cluster_path *ret, struct error *err) {
    uint32_t root_a, root_b;
    struct group g = {0};
    TRY(cluster_root(c, a.n, &root_a, err));
    TRY(cluster_root(c, b.n, &root_b, err));
    if (root_a != root_b)
        return fail(err, IMJIN_NOT_FOUND, "they are not in one cluster: no transaction joins them");
    enum imjin_status status = why(c, a.n, b.n, txs, &g, ret, err);
    group_done(&g);
    return status;
}

void cluster_path_done(struct cluster_path *path) {
    memory_free(path->steps);
    *path = (struct cluster_path){0};
}

enum imjin_status cluster_largest(const struct clusters *c, struct script_id *ret, uint64_t count, uint64_t *ret_count,
                                  struct error *err) {
    uint64_t kept = 0;
    for (uint64_t i = 0; i < c->head.scripts; i++) {
        const struct cluster_node *n = &c->nodes[i];
        if (n->up > i)
            return cluster_fail_damaged(err);
        if (n->up != i || n->mark < 2 || count == 0)
            continue;
        if (kept == count && c->nodes[ret[kept - 1].n].mark >= n->mark)
            continue;
        uint64_t at = kept < count ? kept++ : kept - 1;
        for (; at > 0 && c->nodes[ret[at - 1].n].mark < n->mark; at--)
            ret[at] = ret[at - 1];
        ret[at] = (struct script_id){(uint32_t)i};
    }
    *ret_count = kept;
    return IMJIN_OK;
}
