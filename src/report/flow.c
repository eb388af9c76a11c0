#include "report/flow.h"

#include <stdlib.h>

#include "base/memory.h"
#include "report/svg.h"

/* The graph over accounts, from which the boxes are made. Positions are those of result->accounts; `group` names the account
 * that leads the box-to-be, at first each its own. */
struct build {
    const struct report_input *in;
    const struct trace_result *r;
    const struct totals *totals;
    struct account_index index;
    struct arena scratch;
    uint32_t count;
    uint64_t *weight_in, *weight_held, *group_weight;
    uint32_t *giver, *getter, *group, *layer, *node_of, *members, *queue;
    bool *is_chain, *shown; /* shown: touched by an edge that is drawn, or a source */
    uint64_t *pairs;        /* giver's group in the upper half, getter's in the lower; ascending, each once */
    uint64_t pair_count;
    uint32_t layer_last; /* of accounts that are no stops */
    bool stops;
};

enum { NONE = UINT32_MAX, MANY = UINT32_MAX - 1 };
enum { RESTING_PART = 10 }; /* an account rests when it holds at least a tenth of what came in */

static uint64_t add_weight(uint64_t a, uint64_t b) { return a + b < a ? UINT64_MAX : a + b; }

static uint64_t weigh(const struct build *b, uint32_t theft, u128 claim) {
    struct u256 stolen = b->totals->items[b->totals->of_theft[theft]].stolen;
    uint64_t weight = share_of(wide(claim), stolen, (uint64_t)1 << FLOW_WHOLE_BITS);
    return weight || claim == 0 ? weight : 1;
}

/* No suspicions, and no thefts of doubtful tokens. */
static bool drawn(const struct build *b, uint32_t theft) {
    return !b->r->thefts[theft].suspected && !b->totals->items[b->totals->of_theft[theft]].folded;
}

/* Positions of both ends of an edge that the picture shows: no fees, nothing inside one account. */
static bool edge_ends(const struct build *b, const struct trace_edge *e, uint32_t *ret_from, uint32_t *ret_to) {
    if (!drawn(b, e->theft) || e->to.n == ACCOUNT_FEES.n || e->from.n == e->to.n)
        return false;
    *ret_from = account_position(&b->index, e->from);
    *ret_to = account_position(&b->index, e->to);
    return *ret_from != ID_NONE && *ret_to != ID_NONE;
}

static bool is_stop(const struct build *b, uint32_t i) {
    return stop_is_end(b->r->accounts[i].stop) && !b->r->accounts[i].is_source;
}

static void *take(struct build *b, size_t count, size_t size, bool *failed) {
    void *block = arena_new(&b->scratch, count + 1, size);
    *failed = *failed || block == NULL;
    return block;
}

static enum imjin_status build_begin(struct build *b, struct error *err) {
    bool failed = false;
    uint32_t n = b->count;
    b->weight_in = take(b, n, sizeof *b->weight_in, &failed);
    b->weight_held = take(b, n, sizeof *b->weight_held, &failed);
    b->group_weight = take(b, n, sizeof *b->group_weight, &failed);
    b->giver = take(b, n, sizeof *b->giver, &failed);
    b->getter = take(b, n, sizeof *b->getter, &failed);
    b->group = take(b, n, sizeof *b->group, &failed);
    b->layer = take(b, n, sizeof *b->layer, &failed);
    b->node_of = take(b, n, sizeof *b->node_of, &failed);
    b->members = take(b, n, sizeof *b->members, &failed);
    b->queue = take(b, n, sizeof *b->queue, &failed);
    b->is_chain = take(b, n, sizeof *b->is_chain, &failed);
    b->shown = take(b, n, sizeof *b->shown, &failed);
    b->pairs = take(b, b->r->edge_count, sizeof *b->pairs, &failed);
    if (failed)
        return fail_memory(err, "flow picture");
    for (uint32_t i = 0; i < n; i++) {
        b->giver[i] = b->getter[i] = NONE;
        b->group[i] = i;
    }
    return IMJIN_OK;
}

static void weigh_accounts(struct build *b) {
    for (uint64_t k = 0; k < b->r->theft_count; k++) {
        uint32_t source = !drawn(b, (uint32_t)k) ? ID_NONE : account_position(&b->index, b->r->thefts[k].source);
        if (source != ID_NONE)
            b->shown[source] = true;
    }
    for (uint64_t k = 0; k < b->r->edge_count; k++) {
        const struct trace_edge *e = b->r->edges + k;
        uint32_t from, to;
        if (!edge_ends(b, e, &from, &to))
            continue;
        b->shown[from] = b->shown[to] = true;
        b->weight_in[to] = add_weight(b->weight_in[to], weigh(b, e->theft, e->claim));
        b->giver[to] = b->giver[to] == NONE || b->giver[to] == from ? from : MANY;
        b->getter[from] = b->getter[from] == NONE || b->getter[from] == to ? to : MANY;
    }
    for (uint64_t k = 0; k < b->r->rest_count; k++) {
        const struct trace_rest *rest = b->r->rests + k;
        uint32_t at = account_position(&b->index, rest->account);
        if (at != ID_NONE && rest->stop == STOP_NONE && drawn(b, rest->theft))
            b->weight_held[at] = add_weight(b->weight_held[at], weigh(b, rest->theft, rest->claim));
    }
}

static int compare_u64(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void pair_groups(struct build *b) {
    b->pair_count = 0;
    for (uint64_t k = 0; k < b->r->edge_count; k++) {
        uint32_t from, to;
        if (edge_ends(b, b->r->edges + k, &from, &to) && b->group[from] != b->group[to])
            b->pairs[b->pair_count++] = (uint64_t)b->group[from] << 32 | b->group[to];
    }
    qsort(b->pairs, b->pair_count, sizeof *b->pairs, compare_u64);
    uint64_t kept = 0;
    for (uint64_t k = 0; k < b->pair_count; k++)
        if (k == 0 || b->pairs[k] != b->pairs[kept - 1])
            b->pairs[kept++] = b->pairs[k];
    b->pair_count = kept;
}

static uint64_t pairs_from(const struct build *b, uint32_t group) {
    uint64_t low = 0, high = b->pair_count, least = (uint64_t)group << 32;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (b->pairs[middle] < least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Distances from the sources over the drawn edges. Stops have theirs, too, but their column is set later. */
static void measure_layers(struct build *b) {
    uint32_t head = 0, tail = 0;
    b->layer_last = 0;
    b->stops = false;
    for (uint32_t i = 0; i < b->count; i++) {
        bool source = b->r->accounts[i].is_source;
        b->layer[i] = source ? 0 : NONE;
        if (source)
            b->queue[tail++] = i;
    }
    while (head < tail) {
        uint32_t from = b->queue[head++];
        for (uint64_t k = pairs_from(b, from); k < b->pair_count && b->pairs[k] >> 32 == from; k++) {
            uint32_t to = (uint32_t)b->pairs[k];
            if (b->layer[to] != NONE)
                continue;
            b->layer[to] = b->layer[from] + 1;
            b->queue[tail++] = to;
        }
    }
    for (uint32_t i = 0; i < b->count; i++) {
        if (b->group[i] != i || !b->shown[i])
            continue;
        if (b->layer[i] == NONE) /* reached only through what is not drawn */
            b->layer[i] = 1;
        if (is_stop(b, i))
            b->stops = true;
        else if (b->layer[i] > b->layer_last)
            b->layer_last = b->layer[i];
    }
}

/* Passes everything on from one giver to one getter, and nobody knows anything about it. */
static bool thin(const struct build *b, uint32_t i) {
    const struct trace_account *a = b->r->accounts + i;
    return !a->is_source && a->stop == STOP_NONE && a->tag == UINT64_MAX && b->weight_held[i] == 0 && b->giver[i] < MANY &&
           b->getter[i] < MANY && b->giver[i] != b->getter[i];
}

/* Rows of thin accounts become one box. A ring of thin accounts has no beginning and stays as it is. */
static void fold_chains(struct build *b) {
    for (uint32_t i = 0; i < b->count; i++) {
        if (!thin(b, i) || thin(b, b->giver[i]))
            continue;
        for (uint32_t next = b->getter[i]; thin(b, next) && next != i; next = b->getter[next]) {
            b->group[next] = i;
            b->is_chain[i] = true;
        }
    }
}

/* Deposit addresses of one service become one box. */
static enum imjin_status fold_deposits(struct build *b, struct error *err) {
    uint64_t count = 0;
    uint64_t *keys = arena_new(&b->scratch, (size_t)b->count + 1, sizeof *keys);
    if (keys == NULL)
        return fail_memory(err, "flow picture");
    for (uint32_t i = 0; i < b->count; i++)
        if (b->shown[i] && is_stop(b, i) && b->r->accounts[i].stop == STOP_DEPOSIT)
            keys[count++] = (uint64_t)b->r->accounts[i].service.n << 32 | i;
    qsort(keys, count, sizeof *keys, compare_u64);
    uint64_t first = 0;
    for (uint64_t k = 0; k < count; k++) {
        if (keys[k] >> 32 != keys[first] >> 32)
            first = k;
        b->group[(uint32_t)keys[k]] = (uint32_t)keys[first];
    }
    return IMJIN_OK;
}

static uint32_t count_stops(const struct build *b) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < b->count; i++)
        count += b->shown[i] && is_stop(b, i) && b->group[i] == i;
    return count;
}

static void sum_groups(struct build *b) {
    for (uint32_t i = 0; i < b->count; i++) {
        uint32_t g = b->group[i];
        if (!b->shown[i])
            continue;
        b->members[g]++;
        if (!b->is_chain[g] || g == i)
            b->group_weight[g] = add_weight(b->group_weight[g], add_weight(b->weight_in[i], b->weight_held[i]));
    }
}

static enum imjin_status group_accounts(struct build *b, struct error *err) {
    pair_groups(b);
    measure_layers(b);
    bool changed = false;
    if (b->layer_last > PICTURE_LAYERS_MAX - 2) {
        fold_chains(b);
        changed = true;
    }
    if (count_stops(b) > PICTURE_STOP_NODES) {
        TRY(fold_deposits(b, err));
        changed = true;
    }
    if (changed) {
        pair_groups(b);
        measure_layers(b);
    }
    sum_groups(b);
    return IMJIN_OK;
}

/* ---- boxes ---- */

struct ranked {
    uint64_t weight;
    uint32_t group, layer;
};
static int compare_ranked(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->layer != y->layer)
        return x->layer < y->layer ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return (x->group > y->group) - (x->group < y->group);
}

/* Accounts are folded with their like: those that hold, those that passed on, those cut off, and stops by reason. */
static unsigned fold_class(const struct build *b, uint32_t i) {
    const struct trace_account *a = b->r->accounts + i;
    if (a->stop != STOP_NONE)
        return 1 + a->stop;
    return b->weight_held[i] && b->weight_held[i] >= b->weight_in[i] / RESTING_PART ? 1 : 0;
}

static void node_begin(const struct build *b, struct flow_node *n, uint32_t group, uint32_t layer) {
    const struct trace_account *a = b->r->accounts + group;
    *n = (struct flow_node){.account = a->account,
                            .accounts = 0,
                            .is_source = a->is_source,
                            .is_chain = b->is_chain[group],
                            .stop = a->stop,
                            .service = {a->stop == STOP_DEPOSIT ? a->service.n : ID_NONE},
                            .layer = layer,
                            .target = ID_NONE};
}

static uint32_t column_of(const struct build *b, uint32_t group, uint32_t last_plain) {
    if (is_stop(b, group))
        return last_plain + 1;
    return b->layer[group] < last_plain ? b->layer[group] : last_plain;
}

/* Heaviest first in each column; the last column is that of the stops. */
static enum imjin_status rank_groups(struct build *b, uint32_t plain_last, struct ranked **ret, uint32_t *ret_count,
                                     struct error *err) {
    uint32_t count = 0;
    struct ranked *ranked = arena_new(&b->scratch, (size_t)b->count + 1, sizeof *ranked);
    if (ranked == NULL)
        return fail_memory(err, "flow picture");
    for (uint32_t i = 0; i < b->count; i++)
        if (b->group[i] == i && b->shown[i])
            ranked[count++] = (struct ranked){b->group_weight[i], i, column_of(b, i, plain_last)};
    qsort(ranked, count, sizeof *ranked, compare_ranked);
    *ret = ranked;
    *ret_count = count;
    return IMJIN_OK;
}

/* A group gets a box of its own, or joins that of its like (`fold`, ID_NONE: none yet). */
static void put_in_box(struct build *b, struct flow *f, const struct ranked *r, uint32_t *fold) {
    uint32_t node = fold ? *fold : ID_NONE;
    if (node == ID_NONE) {
        node = f->node_count++;
        node_begin(b, f->nodes + node, r->group, r->layer);
        if (fold)
            *fold = node;
    } else {
        f->nodes[node].is_chain = false;
        f->nodes[node].service.n = ID_NONE;
    }
    b->node_of[r->group] = node;
    f->nodes[node].accounts += b->members[r->group];
}

enum { COLUMN_BOXES_MAX = PICTURE_STOP_NODES + STOP_REASONS + 1, BOXES_MAX = PICTURE_LAYERS_MAX * COLUMN_BOXES_MAX };
_Static_assert(PICTURE_STOP_NODES >= PICTURE_LAYER_NODES, "the column of stops is the longest");

static enum imjin_status make_boxes(struct build *b, struct flow *f, struct arena *a, struct error *err) {
    uint32_t plain_last = b->layer_last < PICTURE_LAYERS_MAX - 2 ? b->layer_last : PICTURE_LAYERS_MAX - 2;
    uint32_t count = 0, rank = 0, folds[STOP_REASONS + 1];
    struct ranked *ranked = NULL;
    TRY(rank_groups(b, plain_last, &ranked, &count, err));
    f->nodes = arena_new(a, (size_t)BOXES_MAX * (1 + 2 * PICTURE_LAYERS_MAX), sizeof *f->nodes); /* and dummies both ways */
    if (f->nodes == NULL)
        return fail_memory(err, "flow picture");
    for (uint32_t k = 0; k < count; k++) {
        bool begins = k == 0 || ranked[k].layer != ranked[k - 1].layer;
        rank = begins ? 0 : rank + 1;
        if (begins)
            memset(folds, 0xff, sizeof folds);
        uint32_t most = ranked[k].layer == plain_last + 1 ? PICTURE_STOP_NODES : PICTURE_LAYER_NODES;
        put_in_box(b, f, ranked + k, rank >= most ? folds + fold_class(b, ranked[k].group) : NULL);
    }
    f->box_count = f->node_count;
    f->layer_count = plain_last + 1 + b->stops;
    f->deeper = b->layer_last > plain_last;
    f->hops_last = plain_last;
    for (uint32_t i = 0; i < f->box_count; i++)
        if (f->nodes[i].accounts > 1) {
            f->folds++;
            f->accounts_folded += f->nodes[i].accounts;
        }
    return IMJIN_OK;
}

/* ---- lines ---- */

static void add_claim(const struct flow *f, struct u256 to[FLOW_ASSETS], uint32_t theft, u128 claim) {
    uint32_t asset = f->totals.of_theft[theft];
    if (asset < f->asset_count && !u256_add(to[asset], wide(claim), to + asset))
        to[asset] = (struct u256){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
}

static void sum_boxes(const struct build *b, struct flow *f) {
    INVARIANT(f->nodes != NULL);
    for (uint64_t k = 0; k < b->r->theft_count; k++) {
        const struct trace_theft *theft = b->r->thefts + k;
        uint32_t at = !drawn(b, (uint32_t)k) ? ID_NONE : account_position(&b->index, theft->source);
        if (at == ID_NONE)
            continue;
        struct flow_node *n = f->nodes + b->node_of[b->group[at]];
        add_claim(f, n->in, (uint32_t)k, theft->stolen);
        n->weight = add_weight(n->weight, weigh(b, (uint32_t)k, theft->stolen));
    }
    for (uint64_t k = 0; k < b->r->rest_count; k++) {
        const struct trace_rest *rest = b->r->rests + k;
        uint32_t at = account_position(&b->index, rest->account);
        if (at == ID_NONE || !b->shown[at] || rest->stop != STOP_NONE || !drawn(b, rest->theft))
            continue;
        struct flow_node *n = f->nodes + b->node_of[b->group[at]];
        n->weight_held = add_weight(n->weight_held, weigh(b, rest->theft, rest->claim));
        add_claim(f, n->held, rest->theft, rest->claim);
    }
}

static int compare_links(const void *a, const void *b) {
    const struct flow_link *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

static void link_add(const struct build *b, struct flow *f, struct flow_link *l, const struct trace_edge *e) {
    uint64_t weight = weigh(b, e->theft, e->claim);
    struct flow_node *to = f->nodes + l->to;
    l->weight = add_weight(l->weight, weight);
    l->edges++;
    add_claim(f, l->claim, e->theft, e->claim);
    if (!to->is_source) {
        to->weight = add_weight(to->weight, weight);
        add_claim(f, to->in, e->theft, e->claim);
    }
}

static enum imjin_status make_links(struct build *b, struct flow *f, struct arena *a, struct error *err) {
    uint32_t boxes = f->box_count;
    uint32_t *at = arena_new(&b->scratch, (size_t)boxes * boxes + 1, sizeof *at);
    f->links = arena_new(a, (size_t)boxes * boxes + 1, sizeof *f->links);
    if (at == NULL || f->links == NULL)
        return fail_memory(err, "flow picture");
    for (uint64_t k = 0; k < b->r->edge_count; k++) {
        uint32_t from, to;
        if (!edge_ends(b, b->r->edges + k, &from, &to))
            continue;
        from = b->node_of[b->group[from]];
        to = b->node_of[b->group[to]];
        if (from == to) {
            f->edges_inside++;
            continue;
        }
        uint32_t *found = at + (size_t)from * boxes + to;
        if (*found == 0) {
            *found = ++f->link_count;
            f->links[*found - 1] = (struct flow_link){.from = from,
                                                      .to = to,
                                                      .backward = f->nodes[from].layer > f->nodes[to].layer,
                                                      .sideways = f->nodes[from].layer == f->nodes[to].layer};
        }
        link_add(b, f, f->links + *found - 1, b->r->edges + k);
    }
    qsort(f->links, f->link_count, sizeof *f->links, compare_links);
    for (uint32_t k = PICTURE_EDGES_MAX; k < f->link_count; k++) {
        f->links_hidden++;
        f->weight_hidden = add_weight(f->weight_hidden, f->links[k].weight);
    }
    f->link_count -= (uint32_t)f->links_hidden;
    return IMJIN_OK;
}

static enum imjin_status build_flow(struct build *b, struct flow *f, struct arena *a, struct error *err) {
    TRY(account_index_make(b->r, &b->scratch, &b->index, err));
    TRY(build_begin(b, err));
    weigh_accounts(b);
    TRY(group_accounts(b, err));
    TRY(make_boxes(b, f, a, err));
    sum_boxes(b, f);
    TRY(make_links(b, f, a, err));
    for (uint32_t i = 0; i < f->box_count; i++) /* crumbs left behind do not make a resting place */
        f->nodes[i].resting = f->nodes[i].weight_held >= (f->nodes[i].weight + RESTING_PART - 1) / RESTING_PART;
    return IMJIN_OK;
}

static enum imjin_status layout(const struct report_input *in, struct flow *f, struct arena *a, struct error *err) {
    unsigned *lines = arena_new(a, f->box_count + 1, sizeof *lines);
    if (lines == NULL)
        return fail_memory(err, "flow picture");
    for (uint32_t i = 0; i < f->box_count; i++) {
        struct flow_label label;
        TRY(flow_label_make(in, f, f->nodes + i, &label, err));
        lines[i] = label.count;
        flow_label_done(&label);
    }
    return flow_layout(f, lines, a, err);
}

enum imjin_status flow_make(const struct report_input *in, struct arena *a, struct flow *ret, struct error *err) {
    struct flow f = {0};
    TRY(totals_make(in, true, a, &f.totals, err));
    f.asset_count = f.totals.shown_count < FLOW_ASSETS ? (uint32_t)f.totals.shown_count : FLOW_ASSETS;
    INVARIANT(in->result->account_count < MANY);
    struct build b = {.in = in, .r = in->result, .totals = &f.totals, .count = (uint32_t)in->result->account_count};
    enum imjin_status status = build_flow(&b, &f, a, err);
    arena_done(&b.scratch);
    TRY(status);
    TRY(layout(in, &f, a, err));
    *ret = f;
    return IMJIN_OK;
}

/* ---- what stands in a box ---- */

static struct text *next_line(struct flow_label *l) {
    INVARIANT(l->count < FLOW_LINES_MAX);
    l->line[l->count] = (struct text){0};
    return l->line + l->count++;
}

static void add_amount_lines(const struct flow *f, const struct u256 amounts[FLOW_ASSETS], const char *prefix,
                             unsigned lines_max, struct flow_label *l) {
    unsigned added = 0;
    for (uint32_t k = 0; k < f->asset_count && added < lines_max; k++) {
        if (u256_zero(amounts[k]))
            continue;
        struct text *line = next_line(l);
        text_add_string(line, prefix);
        const struct asset_name *name = &f->totals.items[k].name;
        report_add_amount(line, amounts[k], name->decimals, name->brief, 2);
        added++;
    }
}

static void add_fold_lines(const struct flow_node *n, const struct account_name *service, struct flow_label *l) {
    struct text *first = next_line(l);
    add_count(first, n->accounts);
    if (n->is_chain) {
        text_add_string(first, " in a row");
        text_add_string(next_line(l), "each passed all on");
    } else if (n->stop == STOP_DEPOSIT && n->service.n != ID_NONE) {
        text_add_string(first, " deposit addr.");
        struct text *whose = next_line(l);
        text_add_string(whose, "of ");
        if (service->tagged)
            report_add_outside(whose, service->tag.label);
        else
            text_add_string(whose, "one service");
    } else {
        text_add_string(first, n->is_source ? " more sources" : " more accounts");
        struct text *kind = next_line(l);
        text_add_string(kind, n->stop ? look_of_stop(n->stop)->name : n->resting ? "holding" : "passed on");
    }
}

static void add_single_lines(const struct flow_node *n, const struct account_name *name, const struct account_name *service,
                             struct flow_label *l) {
    char brief[SHORT_ADDRESS_MAX];
    short_address(name->address, brief);
    struct text *first = next_line(l);
    if (name->tagged && name->tag.label.count) {
        report_add_outside(first, name->tag.label);
        text_add_string(next_line(l), brief);
    } else {
        text_add_string(first, brief);
    }
    if (n->stop == STOP_NONE)
        return;
    struct text *kind = next_line(l);
    if (n->stop == STOP_DEPOSIT && service->tagged) {
        text_add_string(kind, "deposit of ");
        report_add_outside(kind, service->tag.label);
    } else if (name->has_role && !stop_is_cut(n->stop) && n->stop != STOP_HUB) {
        add_category(kind, &name->tag);
    } else {
        text_add_string(kind, look_of_stop(n->stop)->name);
    }
}

enum imjin_status flow_label_make(const struct report_input *in, const struct flow *f, const struct flow_node *n,
                                  struct flow_label *ret, struct error *err) {
    struct flow_label label = {0};
    struct account_name name, service;
    TRY(account_name(in, n->account, &name, err));
    TRY(account_name(in, n->service.n != ID_NONE ? n->service : n->account, &service, err));
    if (n->accounts > 1)
        add_fold_lines(n, &service, &label);
    else
        add_single_lines(n, &name, &service, &label);
    add_amount_lines(f, n->in, n->is_source ? "stolen " : "", 2, &label);
    if (n->weight_held && label.count < FLOW_LINES_MAX)
        add_amount_lines(f, n->held, "holds ", 1, &label);
    for (unsigned i = 0; i < label.count; i++) {
        enum imjin_status status = text_status(label.line + i, err);
        if (status == IMJIN_OK)
            continue;
        flow_label_done(&label);
        return status;
    }
    *ret = label;
    return IMJIN_OK;
}

void flow_label_done(struct flow_label *l) {
    for (unsigned i = 0; i < l->count; i++)
        text_done(l->line + i);
    l->count = 0;
}
