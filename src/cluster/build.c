#include "cluster/inside.h"

/* What is to be joined: scripts of one transaction, in a row. The first is what the others are joined to. */
struct entry {
    uint32_t tx, script, rule;
};
enum {
    BATCH_ENTRIES = 1 << 13,
    TYPED_OUTPUTS_MIN = 4, /* no type has fewer; a Tx0 begins with its data, of no value, as the order of BIP 69 has it */
    OUTPUTS_AHEAD = 32,    /* far enough for memory to answer, near enough to stay in the cache */
    NODES_AHEAD = 32,
};

struct builder {
    const struct utxo *u;
    const struct utxo_counts *counts;
    const struct utxo_output *outputs;
    const uint64_t *inputs;
    const struct utxo_tx_row *txs;
    struct cluster_options options;
    struct clusters *c;
    struct cluster_node *nodes;
    struct buffer batch;
    struct coin_view view;
    struct coinjoin_scratch scratch;
    struct change_past past;
    uint64_t clusters;
};

static uint32_t find_root(struct cluster_node *nodes, uint32_t n) {
    while (nodes[n].up != n) {
        nodes[n].up = nodes[nodes[n].up].up;
        n = nodes[n].up;
    }
    return n;
}

static enum imjin_status refuse(struct builder *b, const struct cluster_link *link, uint32_t size_a, uint32_t size_b,
                                struct error *err) {
    struct buffer *kept = &b->c->own_refused;
    struct cluster_refused refused = {*link, size_a, size_b};
    b->c->head.refused++;
    return kept->count < CLUSTER_REFUSED_MAX ? buffer_push(kept, &refused, NULL, err) : IMJIN_OK;
}

static uint32_t guard_of(const struct builder *b, uint32_t rule) {
    if (rule != 0 && b->options.guard > CLUSTER_GUARD_CHANGE_DEFAULT)
        return CLUSTER_GUARD_CHANGE_DEFAULT;
    return b->options.guard;
}

/* Joins two clusters, the smaller number on top; two rings become one when two of their nodes swap what comes next. */
static enum imjin_status join(struct builder *b, const struct cluster_link *link, struct error *err) {
    struct cluster_node *nodes = b->nodes;
    uint32_t x = find_root(nodes, link->a), y = find_root(nodes, link->b);
    if (x == y || nodes[x].mark == 0 || nodes[y].mark == 0)
        return IMJIN_OK;
    uint32_t guard = guard_of(b, link->rule);
    if (nodes[x].mark >= guard && nodes[y].mark >= guard)
        return refuse(b, link, nodes[x].mark, nodes[y].mark, err);
    uint32_t top = x < y ? x : y, low = x < y ? y : x;
    struct buffer *links = &b->c->own_links;
    if (links->count == links->room)
        TRY(buffer_reserve(links, 1, err));
    b->clusters += (nodes[top].mark == 1) + (nodes[low].mark == 1);
    b->clusters -= 1;
    nodes[top].mark += nodes[low].mark;
    nodes[low].mark = (uint32_t)links->count;
    nodes[low].up = top;
    uint32_t next = nodes[top].next;
    nodes[top].next = nodes[low].next;
    nodes[low].next = next;
    ((struct cluster_link *)links->items)[links->count++] = *link;
    return IMJIN_OK;
}

static enum imjin_status flush(struct builder *b, struct error *err) {
    const struct entry *e = b->batch.items;
    uint64_t count = b->batch.count;
    uint32_t first = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (i + NODES_AHEAD < count)
            __builtin_prefetch(&b->nodes[e[i + NODES_AHEAD].script], 1);
        if (i == 0 || e[i].tx != e[i - 1].tx)
            first = e[i].script;
        else if (e[i].script != first)
            TRY(join(b, &(struct cluster_link){first, e[i].script, e[i].tx, e[i].rule}, err));
    }
    b->batch.count = 0;
    return IMJIN_OK;
}

/* Room for `more` entries; a transaction larger than a batch makes the batch larger. */
static enum imjin_status reserve(struct builder *b, uint64_t more, struct error *err) {
    if (b->batch.count + more > BATCH_ENTRIES)
        TRY(flush(b, err));
    return buffer_reserve(&b->batch, more, err);
}

static void push(struct builder *b, uint32_t tx, uint32_t script, uint32_t rule) {
    if (script < b->counts->scripts)
        ((struct entry *)b->batch.items)[b->batch.count++] = (struct entry){tx, script, rule};
}

/* The lock of an input from before a partial history, when undo data says it. */
static enum imjin_status script_from_undo(const struct builder *b, uint64_t input, uint32_t *ret, struct error *err) {
    uint64_t value;
    struct script_id script = {CLUSTER_NONE};
    enum imjin_status status = utxo_input_value(b->u, input, &value, &script, err);
    if (status != IMJIN_OK && status != IMJIN_NOT_FOUND)
        return status;
    *ret = status == IMJIN_OK ? script.n : CLUSTER_NONE;
    return IMJIN_OK;
}

static enum imjin_status push_inputs(struct builder *b, uint32_t tx, uint64_t from, uint64_t to, struct error *err) {
    TRY(reserve(b, to - from, err));
    for (uint64_t i = from; i < to; i++) {
        uint64_t output = utxo_word_output(b->inputs[i]);
        uint32_t script = CLUSTER_NONE;
        if (output < b->counts->outputs)
            script = b->outputs[output].script;
        else
            TRY(script_from_undo(b, i, &script, err));
        push(b, tx, script, 0);
    }
    return IMJIN_OK;
}

/* Sets *ret_joins to whether the inputs of a transaction are of one hand. */
static enum imjin_status judge(struct builder *b, uint32_t tx, bool *ret_joins, struct error *err) {
    struct coinjoin found;
    TRY(coin_view_load(&b->view, b->u, (struct tx_id){tx}, err));
    TRY(coinjoin_of(&found, &b->scratch, &b->view.tx, err));
    b->c->head.coinjoins[found.kind]++;
    *ret_joins = b->options.ignore_coinjoins || !coinjoin_rule(found.kind)->many_owners;
    return IMJIN_OK;
}

/* Most transactions have outputs that all differ, and then no more needs asking; the values lie side by side. */
static bool has_equal_outputs(const struct builder *b, uint64_t from, uint64_t to) {
    enum { FEW = 16 };
    if (to - from > FEW)
        return true;
    for (uint64_t i = from; i < to; i++)
        for (uint64_t j = i + 1; j < to; j++)
            if (b->outputs[i].value == b->outputs[j].value)
                return true;
    return false;
}

static enum imjin_status push_change(struct builder *b, uint32_t tx, struct error *err) {
    struct change_lead lead;
    TRY(coin_view_load(&b->view, b->u, (struct tx_id){tx}, err));
    const struct coin_tx *t = &b->view.tx;
    enum imjin_status status = change_lead_of(&lead, b->u, t, b->options.change_rules, b->past, err);
    if (status == IMJIN_NOT_FOUND ||
        (status == IMJIN_OK && (lead.conflicts != 0 || (unsigned)__builtin_popcount(lead.rules) < b->options.change_votes)))
        return IMJIN_OK;
    TRY(status);
    uint32_t surest = 0;
    for (uint32_t rule = 0; rule < CHANGE_RULES; rule++)
        if (lead.rules >> rule & 1 && (lead.rules >> surest & 1) == 0)
            surest = rule;
    TRY(reserve(b, 2, err));
    for (uint64_t i = 0; i < t->input_count; i++)
        if (t->inputs[i].script != CLUSTER_NONE) {
            /* a batch that was flushed in between lost the first script of the transaction: name it again */
            push(b, tx, t->inputs[i].script, 0);
            break;
        }
    push(b, tx, t->outputs[lead.output].script, 1 + surest);
    return IMJIN_OK;
}

static void see_outputs(struct builder *b, uint64_t from, uint64_t to) {
    for (uint64_t o = from; o < to; o++)
        if (b->outputs[o].script >= b->past.seen && b->outputs[o].script < b->counts->scripts)
            b->past.seen = b->outputs[o].script + 1;
}

static enum imjin_status add_tx(struct builder *b, uint32_t tx, struct error *err) {
    bool joins = true;
    bool last = tx + 1 == b->counts->txs;
    uint64_t in = b->txs[tx].input_first, in_end = last ? b->counts->inputs : b->txs[tx + 1].input_first;
    uint64_t out = b->txs[tx].output_first, out_end = last ? b->counts->outputs : b->txs[tx + 1].output_first;
    if (in > in_end || in_end > b->counts->inputs || out > out_end || out_end > b->counts->outputs)
        return fail(err, IMJIN_BAD_INPUT, "the store is damaged at transaction %u; \"imjin verify\" says more", tx);
    bool possible = out_end - out >= TYPED_OUTPUTS_MIN && in_end > in &&
                    (b->outputs[out].value == 0 || (in_end - in >= 2 && has_equal_outputs(b, out, out_end)));
    if (possible)
        TRY(judge(b, tx, &joins, err));
    if (joins && in_end - in >= 2)
        TRY(push_inputs(b, tx, in, in_end, err));
    if (b->options.change_rules) {
        if (joins && in_end > in && out_end - out >= 2)
            TRY(push_change(b, tx, err));
        see_outputs(b, out, out_end);
    }
    return IMJIN_OK;
}

/* Outputs that inputs further on spend, asked for in time. Only inputs that have a neighbour matter, and most of a block's do.
 */
static inline __attribute__((always_inline)) void prefetch(const struct builder *b, uint32_t tx) {
    const struct utxo_tx_row *t = &b->txs[tx];
    uint64_t from = t[0].input_first, to = t[1].input_first;
    if (t[1].output_first - t[0].output_first >= TYPED_OUTPUTS_MIN)
        __builtin_prefetch(&b->outputs[t[0].output_first]);
    if (to - from < 2 || to - from > 4 * (uint64_t)OUTPUTS_AHEAD)
        return;
    for (uint64_t i = from; i < to && i < b->counts->inputs; i++)
        __builtin_prefetch(&b->outputs[b->inputs[i] & UTXO_INPUT_MASK]);
}

static enum imjin_status add_txs(struct builder *b, uint64_t from, const struct progress *p, struct error *err) {
    enum { STEP = 1 << 16 };
    uint64_t end = b->counts->txs;
    for (uint64_t tx = from; tx < end; tx++) {
        if (tx % STEP == 0)
            TRY(progress_step(p, "joining addresses", "transactions", tx, end, err));
        if (tx + OUTPUTS_AHEAD + 1 < end)
            prefetch(b, (uint32_t)tx + OUTPUTS_AHEAD);
        TRY(add_tx(b, (uint32_t)tx, err));
    }
    return flush(b, err);
}

static void set_buffer(struct buffer *buffer, uint64_t item_bytes, uint64_t items_max, const char *what) {
    buffer->item_bytes = item_bytes;
    buffer->items_max = items_max;
    buffer->what = what;
}

static enum imjin_status copy_into(struct buffer *buffer, const void *items, uint64_t count, struct error *err) {
    TRY(buffer_reserve(buffer, count + 1, err));
    if (count)
        memcpy(buffer->items, items, count * buffer->item_bytes);
    buffer->count = count;
    return IMJIN_OK;
}

/* Every address alone, from number `from` on. */
static void set_alone(struct builder *b, uint64_t from) {
    for (uint64_t i = from; i < b->counts->scripts; i++)
        b->nodes[i] = (struct cluster_node){(uint32_t)i, (uint32_t)i,
                                            coin_is_personal(utxo_script_kind(b->u, (struct script_id){(uint32_t)i}))};
}

static enum imjin_status begin(struct builder *b, const struct clusters *old, struct error *err) {
    struct clusters *c = b->c;
    set_buffer(&c->own_links, sizeof(struct cluster_link), CLUSTER_SCRIPTS_MAX, "merges");
    set_buffer(&c->own_refused, sizeof(struct cluster_refused), CLUSTER_REFUSED_MAX, "refused merges");
    set_buffer(&b->batch, sizeof(struct entry), CLUSTER_COINS_MAX, "inputs of one transaction");
    c->own_nodes = memory_new_pages((b->counts->scripts + 1) * sizeof *c->own_nodes);
    if (c->own_nodes == NULL)
        return fail_memory(err, "the clusters");
    b->nodes = c->own_nodes;
    c->head.scripts = b->counts->scripts; /* from here on cluster_close() knows how many pages there are */
    uint64_t known = old ? old->head.scripts : 0;
    TRY(buffer_reserve(&b->batch, BATCH_ENTRIES, err));
    TRY(copy_into(&c->own_links, old ? old->links : NULL, old ? old->head.links : 0, err));
    TRY(copy_into(&c->own_refused, old ? old->refused : NULL, old ? old->head.refused_kept : 0, err));
    if (old) {
        memcpy(b->nodes, old->nodes, known * sizeof *b->nodes);
        memcpy(c->head.coinjoins, old->head.coinjoins, sizeof c->head.coinjoins);
        c->head.refused = old->head.refused;
        b->clusters = old->head.clusters;
        b->past.seen = known;
    }
    set_alone(b, known);
    return IMJIN_OK;
}

/* Every way up becomes one step; numbers above are done already. */
static void flatten(struct cluster_node *nodes, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        if (i + NODES_AHEAD < count)
            __builtin_prefetch(&nodes[nodes[i + NODES_AHEAD].up]);
        nodes[i].up = nodes[nodes[i].up].up;
    }
}

static void finish(struct builder *b) {
    struct clusters *c = b->c;
    struct cluster_head *h = &c->head;
    flatten(b->nodes, b->counts->scripts);
    memcpy(h->magic, CLUSTER_MAGIC, sizeof h->magic);
    h->version = CLUSTER_VERSION;
    h->head_bytes = sizeof *h;
    h->txs = b->counts->txs;
    h->links = c->own_links.count;
    h->refused_kept = c->own_refused.count;
    h->clusters = b->clusters;
    h->change_rules = b->options.change_rules;
    h->change_votes = b->options.change_votes;
    h->guard = b->options.guard;
    h->ignore_coinjoins = b->options.ignore_coinjoins;
    h->height = b->counts->height_last;
    h->height_first = b->counts->height_first;
    if (b->counts->blocks)
        memcpy(h->block_hash, utxo_blocks(b->u)[b->counts->blocks - 1].hash, sizeof h->block_hash);
    c->nodes = c->own_nodes;
    c->links = c->own_links.items;
    c->refused = c->own_refused.items;
    cluster_fill_counts(c);
}

static bool continues(const struct clusters *old, const struct utxo *u, const struct cluster_options *o) {
    const struct cluster_options *was = &old->options;
    return cluster_belongs(old, u) && was->change_rules == o->change_rules && was->change_votes == o->change_votes &&
           was->guard == o->guard && was->ignore_coinjoins == o->ignore_coinjoins &&
           (o->change_rules & (1u << CHANGE_LOCKTIME | 1u << CHANGE_PEEL)) == 0; /* these look at what came later */
}

/* What is continued is written to, so a damaged file must not lead outside. */
static enum imjin_status check_old(const struct clusters *old, struct error *err) {
    for (uint64_t i = 0; i < old->head.scripts; i++) {
        const struct cluster_node *n = &old->nodes[i];
        if (n->up > i || n->next >= old->head.scripts || old->nodes[n->up].up != n->up)
            return cluster_fail_damaged(err);
    }
    return IMJIN_OK;
}

static enum imjin_status build(struct builder *b, const struct clusters *old, const struct progress *p, struct error *err) {
    if (b->counts->scripts > CLUSTER_SCRIPTS_MAX)
        return fail(err, IMJIN_BAD_INPUT, "the chain has more scripts than can be numbered");
    if (old)
        TRY(check_old(old, err));
    TRY(begin(b, old, err));
    TRY(add_txs(b, old ? old->head.txs : 0, p, err));
    finish(b);
    return IMJIN_OK;
}

enum imjin_status cluster_build(struct clusters **ret, const struct utxo *u, const struct clusters *old,
                                struct cluster_options options, const struct progress *p, struct error *err) {
    struct builder b = {.u = u,
                        .counts = utxo_counts(u),
                        .outputs = utxo_outputs(u),
                        .inputs = utxo_inputs(u),
                        .txs = utxo_txs(u),
                        .options = cluster_options_full(options)};
    b.c = memory_new(1, sizeof *b.c);
    if (b.c == NULL)
        return fail_memory(err, "the clusters");
    if (old && !continues(old, u, &b.options))
        old = NULL;
    enum imjin_status status = build(&b, old, p, err);
    buffer_done(&b.batch);
    coin_view_done(&b.view);
    coinjoin_scratch_done(&b.scratch);
    if (status != IMJIN_OK) {
        cluster_close(b.c);
        return status;
    }
    *ret = b.c;
    return IMJIN_OK;
}
