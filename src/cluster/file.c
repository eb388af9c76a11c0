#include <stdio.h>

#include "cluster/inside.h"

enum imjin_status cluster_fail_damaged(struct error *err) {
    return fail(err, IMJIN_BAD_INPUT, "the clusters on disk are damaged; \"imjin cluster build\" makes them anew");
}

struct cluster_options cluster_options_full(struct cluster_options o) {
    o.change_rules &= (1u << CHANGE_RULES) - 1;
    if (o.guard == 0)
        o.guard = CLUSTER_GUARD_DEFAULT;
    if (o.change_rules == 0)
        o.change_votes = 0;
    else if (o.change_votes == 0)
        o.change_votes = 1;
    return o;
}

bool cluster_belongs(const struct clusters *c, const struct utxo *u) {
    const struct utxo_counts *n = utxo_counts(u);
    const struct cluster_head *h = &c->head;
    if (h->height_first != n->height_first || h->height < n->height_first || h->height > n->height_last || n->blocks == 0 ||
        h->scripts > n->scripts || h->txs > n->txs)
        return false;
    uint64_t row = h->height - n->height_first;
    return row < n->blocks && memcmp(utxo_blocks(u)[row].hash, h->block_hash, sizeof h->block_hash) == 0 &&
           h->txs == cluster_txs_as_of(u, h->height);
}

bool cluster_is_current(const struct clusters *c, const struct utxo *u) {
    return cluster_belongs(c, u) && c->head.txs == utxo_counts(u)->txs && c->head.scripts == utxo_counts(u)->scripts;
}

uint32_t cluster_txs_as_of(const struct utxo *u, uint32_t height) {
    const struct utxo_counts *n = utxo_counts(u);
    uint64_t row = height < n->height_first ? 0 : (uint64_t)height - n->height_first + 1;
    return row < n->blocks ? utxo_blocks(u)[row].txs : (uint32_t)n->txs;
}

void cluster_fill_counts(struct clusters *c) {
    const struct cluster_head *h = &c->head;
    c->counts = (struct cluster_counts){.scripts = h->scripts,
                                        .txs = h->txs,
                                        .links = h->links,
                                        .clusters = h->clusters,
                                        .refused = h->refused,
                                        .height = h->height};
    memcpy(c->counts.coinjoins, h->coinjoins, sizeof c->counts.coinjoins);
    c->options = (struct cluster_options){h->change_rules, h->change_votes, h->guard, h->ignore_coinjoins != 0};
}

/* The parts of the file, in order. */
static uint64_t node_bytes(const struct cluster_head *h) { return h->scripts * sizeof(struct cluster_node); }
static uint64_t link_bytes(const struct cluster_head *h) { return h->links * sizeof(struct cluster_link); }
static uint64_t refused_bytes(const struct cluster_head *h) { return h->refused_kept * sizeof(struct cluster_refused); }

static uint64_t data_hash(const struct clusters *c) {
    uint64_t hash = hash_bytes(c->nodes, node_bytes(&c->head), CLUSTER_VERSION);
    hash = hash_bytes(c->links, link_bytes(&c->head), hash);
    return hash_bytes(c->refused, refused_bytes(&c->head), hash);
}

static uint64_t head_hash(const struct cluster_head *h) {
    return hash_bytes(h, offsetof(struct cluster_head, head_hash), CLUSTER_VERSION);
}

enum imjin_status cluster_save(const struct clusters *c, const char *path, struct error *err) {
    char temporary[PATH_BYTES_MAX];
    struct file_writer *w;
    struct cluster_head head = c->head;
    head.data_hash = data_hash(c);
    head.head_hash = head_hash(&head);
    int n = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    if (n < 0 || (size_t)n >= sizeof temporary)
        return fail(err, IMJIN_USAGE, "the path is too long: %.60s...", path);
    TRY(file_writer_open(&w, temporary, FILE_CREATE, 0, false, err));
    file_write(w, &head, sizeof head);
    file_write(w, c->nodes, node_bytes(&head));
    file_write(w, c->links, link_bytes(&head));
    file_write(w, c->refused, refused_bytes(&head));
    enum imjin_status status = file_writer_close(w, NULL, err);
    if (status == IMJIN_OK)
        status = file_rename(temporary, path, err);
    if (status != IMJIN_OK)
        (void)!file_remove(temporary, NULL);
    return status;
}

/* Sizes add up to the file's, with nothing that could overflow. */
static bool sizes_hold(const struct cluster_head *h, uint64_t file_bytes) {
    return h->scripts <= CLUSTER_SCRIPTS_MAX && h->links <= h->scripts && h->refused_kept <= CLUSTER_REFUSED_MAX &&
           h->refused_kept <= h->refused && h->txs <= UINT32_MAX && h->clusters <= h->links && h->height_first <= h->height &&
           sizeof *h + node_bytes(h) + link_bytes(h) + refused_bytes(h) == file_bytes;
}

static enum imjin_status read_head(struct clusters *c, struct error *err) {
    if (c->file.count < sizeof c->head)
        return cluster_fail_damaged(err);
    memcpy(&c->head, c->file.bytes, sizeof c->head);
    const struct cluster_head *h = &c->head;
    if (memcmp(h->magic, CLUSTER_MAGIC, sizeof h->magic) != 0 || h->version != CLUSTER_VERSION || h->head_bytes != sizeof *h ||
        head_hash(h) != h->head_hash || !sizes_hold(h, c->file.count))
        return cluster_fail_damaged(err);
    const uint8_t *at = c->file.bytes + sizeof *h;
    c->nodes = (const struct cluster_node *)(const void *)at;
    c->links = (const struct cluster_link *)(const void *)(at + node_bytes(h));
    c->refused = (const struct cluster_refused *)(const void *)(at + node_bytes(h) + link_bytes(h));
    cluster_fill_counts(c);
    return IMJIN_OK;
}

enum imjin_status cluster_open(struct clusters **ret, const char *path, struct error *err) {
    struct clusters *c = memory_new(1, sizeof *c);
    if (c == NULL)
        return fail_memory(err, "the clusters");
    enum imjin_status status = mapping_open(&c->file, path, err);
    if (status == IMJIN_OK)
        status = read_head(c, err);
    if (status != IMJIN_OK) {
        cluster_close(c);
        return status;
    }
    *ret = c;
    return IMJIN_OK;
}

void cluster_close(struct clusters *c) {
    if (c == NULL)
        return;
    mapping_close(&c->file);
    if (c->own_nodes)
        memory_free_pages(c->own_nodes, (c->head.scripts + 1) * sizeof *c->own_nodes);
    buffer_done(&c->own_links);
    buffer_done(&c->own_refused);
    memory_free(c);
}

/* What cannot be read is made anew, as what is missing is. */
static enum imjin_status open_known(struct clusters **ret, const char *path, struct error *err) {
    *ret = NULL;
    enum imjin_status status = cluster_open(ret, path, err);
    return status == IMJIN_NOT_FOUND || status == IMJIN_BAD_INPUT ? IMJIN_OK : status;
}

static bool same_options(const struct cluster_options *a, const struct cluster_options *b) {
    return a->change_rules == b->change_rules && a->change_votes == b->change_votes && a->guard == b->guard &&
           a->ignore_coinjoins == b->ignore_coinjoins;
}

enum imjin_status cluster_refresh(struct clusters **ret, const struct utxo *u, const char *path, struct cluster_options options,
                                  const struct progress *p, struct error *err) {
    struct clusters *old, *made = NULL;
    options = cluster_options_full(options);
    TRY(open_known(&old, path, err));
    if (old && cluster_is_current(old, u) && same_options(&old->options, &options)) {
        *ret = old;
        return IMJIN_OK;
    }
    enum imjin_status status = cluster_build(&made, u, old, options, p, err);
    if (status == IMJIN_BAD_INPUT && old)
        status = cluster_build(&made, u, NULL, options, p, err);
    cluster_close(old);
    if (status == IMJIN_OK)
        status = cluster_save(made, path, err);
    if (status != IMJIN_OK) {
        cluster_close(made);
        return status;
    }
    *ret = made;
    return IMJIN_OK;
}

static bool same_data(const struct clusters *a, const struct clusters *b) {
    const struct cluster_head *x = &a->head, *y = &b->head;
    return x->scripts == y->scripts && x->txs == y->txs && x->links == y->links && x->clusters == y->clusters &&
           x->refused == y->refused && x->refused_kept == y->refused_kept &&
           memcmp(x->coinjoins, y->coinjoins, sizeof x->coinjoins) == 0 &&
           (x->scripts == 0 || memcmp(a->nodes, b->nodes, node_bytes(x)) == 0) &&
           (x->links == 0 || memcmp(a->links, b->links, link_bytes(x)) == 0) &&
           (x->refused_kept == 0 || memcmp(a->refused, b->refused, refused_bytes(x)) == 0);
}

static enum imjin_status compare_anew(const struct clusters *c, const struct utxo *u, const struct progress *p,
                                      struct error *err) {
    struct clusters *made;
    if (data_hash(c) != c->head.data_hash)
        return cluster_fail_damaged(err);
    if (!cluster_is_current(c, u))
        return fail(err, IMJIN_BAD_INPUT,
                    "the clusters are older than the chain; \"imjin cluster build\" brings them up to date");
    TRY(cluster_build(&made, u, NULL, c->options, p, err));
    bool same = same_data(c, made);
    cluster_close(made);
    return same ? IMJIN_OK
                : fail(err, IMJIN_BAD_INPUT,
                       "the clusters on disk are not those of the chain; \"imjin cluster build\" "
                       "makes them anew");
}

enum imjin_status cluster_verify(const char *path, const struct utxo *u, const struct progress *p, struct error *err) {
    struct clusters *c;
    TRY(cluster_open(&c, path, err));
    enum imjin_status status = compare_anew(c, u, p, err);
    cluster_close(c);
    return status;
}

const struct cluster_counts *cluster_counts(const struct clusters *c) { return &c->counts; }
const struct cluster_options *cluster_options(const struct clusters *c) { return &c->options; }

const struct cluster_refused *cluster_refused(const struct clusters *c, uint64_t *ret_count) {
    *ret_count = c->head.refused_kept;
    return c->refused;
}

const struct cluster_link *cluster_links(const struct clusters *c, uint64_t *ret_count) {
    *ret_count = c->head.links;
    return c->links;
}
