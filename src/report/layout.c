/* Places the boxes of the flow picture in columns. The method is the usual one for layered graphs (Sugiyama, Tagawa, Toda
 * 1981): long lines get a place in each column that they pass, columns are ordered by the mean place of their neighbours, and
 * then each box is moved as near to that mean as its neighbours in the column allow. All in integers. */
#include <stdlib.h>

#include "report/flow.h"

enum {
    BOX_PADDING = 130,
    BOX_GAP = 170,
    DUMMY_GAP = 110,
    WIDTH_MOST = 100,
    WIDTH_LEAST = 12,
    WIDTH_PER_BIT = 7,
    SWEEPS = 24,
    SETTLING = 40,
    MARGIN_RIGHT = 320,
    FOOT = 100,
};

struct column {
    uint32_t *nodes; /* from top to bottom */
    uint32_t count;
};
struct plan {
    struct flow *f;
    struct column columns[PICTURE_LAYERS_MAX];
    int64_t *wanted, *offset, *mean;
    uint32_t *weight, *best, *block;
    uint32_t *ports;
    uint64_t pieces_max;
    int32_t room; /* height of the highest column */
};

/* log2 with eight bits behind the point, straight between powers of two. */
static int32_t log2_256(uint64_t v) {
    int32_t whole = 63 - __builtin_clzll(v | 1);
    uint64_t rest = v - ((uint64_t)1 << whole);
    return whole * 256 + (int32_t)(whole >= 8 ? rest >> (whole - 8) : rest << (8 - whole));
}

static int32_t line_width(uint64_t weight) {
    int32_t below = FLOW_WHOLE_BITS * 256 - log2_256(weight);
    int32_t width = WIDTH_MOST - (int32_t)((int64_t)below * WIDTH_PER_BIT / 256);
    return width < WIDTH_LEAST ? WIDTH_LEAST : width > WIDTH_MOST ? WIDTH_MOST : width;
}

static uint32_t dummy_at(struct flow *f, uint32_t target, uint32_t layer, bool backward) {
    for (uint32_t i = f->box_count; i < f->node_count; i++)
        if (f->nodes[i].target == target && f->nodes[i].layer == layer && f->nodes[i].is_chain == backward)
            return i;
    f->nodes[f->node_count] = (struct flow_node){.layer = layer, .target = target, .is_chain = backward};
    return f->node_count++;
}

static void piece_add(struct flow *f, uint32_t left, uint32_t right, uint32_t link) {
    const struct flow_link *l = f->links + link;
    for (uint32_t i = 0; i < f->piece_count; i++) {
        struct flow_piece *p = f->pieces + i;
        if (p->left == left && p->right == right && p->backward == l->backward) {
            p->weight = p->weight + l->weight < p->weight ? UINT64_MAX : p->weight + l->weight;
            p->link = ID_NONE;
            return;
        }
    }
    f->pieces[f->piece_count++] =
        (struct flow_piece){.left = left, .right = right, .weight = l->weight, .link = link, .backward = l->backward};
}

static void cut_link(struct flow *f, uint32_t link) {
    const struct flow_link *l = f->links + link;
    if (l->sideways)
        return;
    uint32_t left = l->backward ? l->to : l->from, right = l->backward ? l->from : l->to;
    uint32_t before = left;
    for (uint32_t layer = f->nodes[left].layer + 1; layer < f->nodes[right].layer; layer++) {
        uint32_t dummy = dummy_at(f, l->to, layer, l->backward);
        piece_add(f, before, dummy, link);
        before = dummy;
    }
    piece_add(f, before, right, link);
}

static void set_heights(struct flow *f, const unsigned *line_counts, int64_t *left_sum, int64_t *right_sum) {
    for (uint32_t i = 0; i < f->piece_count; i++) {
        struct flow_piece *p = f->pieces + i;
        p->width = line_width(p->weight);
        right_sum[p->left] += p->width + 8;
        left_sum[p->right] += p->width + 8;
    }
    for (uint32_t i = 0; i < f->node_count; i++) {
        struct flow_node *n = f->nodes + i;
        int64_t lines = n->accounts ? (int64_t)line_counts[i] * FLOW_LINE_HEIGHT + BOX_PADDING : WIDTH_LEAST;
        int64_t sides = left_sum[i] > right_sum[i] ? left_sum[i] : right_sum[i];
        if (n->accounts == 0)
            sides = sides > WIDTH_MOST ? WIDTH_MOST : sides;
        else
            sides += 60;
        n->height = (int32_t)(lines > sides ? lines : sides);
    }
}

static int32_t gap_below(const struct flow *f, uint32_t node) { return f->nodes[node].accounts ? BOX_GAP : DUMMY_GAP; }

static int32_t centre(const struct flow_node *n) { return n->y + n->height / 2; }

/* Mean height of the neighbours on one side (or both), by line width; its own where it has none. */
static void want_places(struct plan *p, bool from_left, bool from_right) {
    struct flow *f = p->f;
    for (uint32_t i = 0; i < f->node_count; i++) {
        p->mean[i] = 0;
        p->weight[i] = 0;
    }
    for (uint32_t i = 0; i < f->piece_count; i++) {
        const struct flow_piece *piece = f->pieces + i;
        if (from_left) {
            p->mean[piece->right] += (int64_t)centre(f->nodes + piece->left) * piece->width;
            p->weight[piece->right] += (uint32_t)piece->width;
        }
        if (from_right) {
            p->mean[piece->left] += (int64_t)centre(f->nodes + piece->right) * piece->width;
            p->weight[piece->left] += (uint32_t)piece->width;
        }
    }
    for (uint32_t i = 0; i < f->node_count; i++)
        p->wanted[i] = p->weight[i] ? p->mean[i] / (int64_t)p->weight[i] : centre(f->nodes + i);
}

/* Places a column in its order as near to the wanted places as fits: pool adjacent violators, then kept inside the room. */
static void place_column(struct plan *p, const struct column *c) {
    struct flow *f = p->f;
    uint32_t blocks = 0;
    int64_t used = 0;
    for (uint32_t k = 0; k < c->count; k++) {
        const struct flow_node *n = f->nodes + c->nodes[k];
        p->offset[k] = used;
        used += n->height + (k + 1 < c->count ? gap_below(f, c->nodes[k]) : 0);
        p->mean[blocks] = p->wanted[c->nodes[k]] - n->height / 2 - p->offset[k];
        p->block[blocks++] = 1;
        while (blocks > 1 && p->mean[blocks - 2] > p->mean[blocks - 1]) {
            uint32_t a = p->block[blocks - 2], b = p->block[blocks - 1];
            p->mean[blocks - 2] = (p->mean[blocks - 2] * a + p->mean[blocks - 1] * b) / (int64_t)(a + b);
            p->block[--blocks - 1] = a + b;
        }
    }
    uint32_t k = 0;
    for (uint32_t b = 0; b < blocks; b++) {
        int64_t top = p->mean[b] > p->room - used ? p->room - used : p->mean[b];
        for (uint32_t in_block = 0; in_block < p->block[b]; in_block++, k++)
            f->nodes[c->nodes[k]].y = (int32_t)((top < 0 ? 0 : top) + p->offset[k]);
    }
}

static void sort_column(struct plan *p, struct column *c) {
    for (uint32_t k = 1; k < c->count; k++) { /* stable; columns are short */
        uint32_t node = c->nodes[k], at = k;
        for (; at && p->wanted[c->nodes[at - 1]] > p->wanted[node]; at--)
            c->nodes[at] = c->nodes[at - 1];
        c->nodes[at] = node;
    }
}

static uint64_t count_crossings(const struct flow *f) {
    uint64_t crossings = 0;
    for (uint32_t i = 0; i < f->piece_count; i++)
        for (uint32_t k = i + 1; k < f->piece_count; k++) {
            const struct flow_piece *a = f->pieces + i, *b = f->pieces + k;
            if (f->nodes[a->left].layer != f->nodes[b->left].layer)
                continue;
            int64_t left = (int64_t)f->nodes[a->left].y - f->nodes[b->left].y;
            int64_t right = (int64_t)f->nodes[a->right].y - f->nodes[b->right].y;
            if ((left < 0 && right > 0) || (left > 0 && right < 0))
                crossings += (uint64_t)a->width * (uint64_t)b->width;
        }
    return crossings;
}

static void order_columns(struct plan *p) {
    struct flow *f = p->f;
    uint64_t least = UINT64_MAX;
    for (unsigned sweep = 0; sweep < SWEEPS; sweep++) {
        bool forward = sweep % 2 == 0;
        for (uint32_t k = 0; k < f->layer_count; k++) {
            struct column *c = p->columns + (forward ? k : f->layer_count - 1 - k);
            want_places(p, forward, !forward);
            sort_column(p, c);
            place_column(p, c);
        }
        uint64_t crossings = count_crossings(f);
        if (crossings >= least)
            continue;
        least = crossings;
        uint32_t at = 0;
        for (uint32_t k = 0; k < f->layer_count; k++)
            for (uint32_t i = 0; i < p->columns[k].count; i++)
                p->best[at++] = p->columns[k].nodes[i];
    }
    uint32_t at = 0;
    for (uint32_t k = 0; k < f->layer_count; k++)
        for (uint32_t i = 0; i < p->columns[k].count; i++)
            p->columns[k].nodes[i] = p->best[at++];
}

static void settle_columns(struct plan *p) {
    for (unsigned round = 0; round < SETTLING; round++)
        for (uint32_t k = 0; k < p->f->layer_count; k++) {
            want_places(p, true, true);
            place_column(p, p->columns + (round % 2 ? p->f->layer_count - 1 - k : k));
        }
}

/* Stacks each column in the order the nodes were made (heaviest first) around the middle of the room. */
static void stack_columns(struct plan *p) {
    struct flow *f = p->f;
    int32_t height[PICTURE_LAYERS_MAX] = {0};
    for (uint32_t i = 0; i < f->node_count; i++) {
        struct column *c = p->columns + f->nodes[i].layer;
        INVARIANT(f->nodes[i].layer < PICTURE_LAYERS_MAX && c->nodes != NULL);
        c->nodes[c->count++] = i;
        height[f->nodes[i].layer] += f->nodes[i].height + gap_below(f, i);
    }
    for (uint32_t k = 0; k < f->layer_count; k++)
        p->room = height[k] > p->room ? height[k] : p->room;
    for (uint32_t k = 0; k < f->layer_count; k++) {
        int32_t y = (p->room - height[k]) / 2;
        for (uint32_t i = 0; i < p->columns[k].count; i++) {
            uint32_t node = p->columns[k].nodes[i];
            f->nodes[node].y = y;
            y += f->nodes[node].height + gap_below(f, node);
        }
    }
}

/* ---- where lines touch boxes ---- */

static int32_t other_end(const struct flow *f, const struct flow_piece *p, bool right_side) {
    return centre(f->nodes + (right_side ? p->right : p->left));
}

static void set_ports(struct plan *p, uint32_t node, bool right_side) {
    struct flow *f = p->f;
    const struct flow_node *n = f->nodes + node;
    uint32_t count = 0;
    int64_t sum = 0, at = 0;
    for (uint32_t i = 0; i < f->piece_count; i++) {
        if ((right_side ? f->pieces[i].left : f->pieces[i].right) != node)
            continue;
        uint32_t k = count++;
        int32_t end = other_end(f, f->pieces + i, right_side);
        for (; k && other_end(f, f->pieces + p->ports[k - 1], right_side) > end; k--)
            p->ports[k] = p->ports[k - 1];
        p->ports[k] = i;
        sum += f->pieces[i].width + 8;
    }
    int64_t room = n->accounts && n->height > 60 ? n->height - 60 : n->height;
    int64_t spread = sum < room ? sum : room;
    for (uint32_t k = 0; k < count; k++) {
        struct flow_piece *piece = f->pieces + p->ports[k];
        int32_t y = centre(n) + (int32_t)(spread * (2 * at + piece->width + 8) / (2 * sum) - spread / 2);
        at += piece->width + 8;
        *(right_side ? &piece->y_left : &piece->y_right) = y;
    }
}

static void finish(struct plan *p) {
    struct flow *f = p->f;
    int32_t top = INT32_MAX, bottom = 0;
    for (uint32_t i = 0; i < f->node_count; i++)
        top = f->nodes[i].y < top ? f->nodes[i].y : top;
    for (uint32_t i = 0; i < f->node_count; i++) {
        struct flow_node *n = f->nodes + i;
        n->x = FLOW_LEFT + (int32_t)n->layer * (FLOW_BOX_WIDTH + FLOW_GAP_WIDTH);
        n->y += FLOW_TOP - top;
        bottom = n->y + n->height > bottom ? n->y + n->height : bottom;
    }
    for (uint32_t i = 0; i < f->node_count; i++) {
        set_ports(p, i, false);
        set_ports(p, i, true);
    }
    f->width = FLOW_LEFT + (int32_t)f->layer_count * (FLOW_BOX_WIDTH + FLOW_GAP_WIDTH) - FLOW_GAP_WIDTH + MARGIN_RIGHT;
    f->height = (bottom > FLOW_TOP ? bottom : FLOW_TOP) + FOOT;
}

static enum imjin_status plan_begin(struct plan *p, struct arena *a, struct error *err) {
    struct flow *f = p->f;
    size_t nodes = f->node_count + 1;
    bool held = true;
    for (uint32_t k = 0; k < PICTURE_LAYERS_MAX; k++)
        held = (p->columns[k].nodes = arena_new(a, nodes, sizeof(uint32_t))) != NULL && held;
    p->wanted = arena_new(a, nodes, sizeof *p->wanted);
    p->offset = arena_new(a, nodes, sizeof *p->offset);
    p->mean = arena_new(a, nodes, sizeof *p->mean);
    p->weight = arena_new(a, nodes, sizeof *p->weight);
    p->best = arena_new(a, nodes, sizeof *p->best);
    p->block = arena_new(a, nodes, sizeof *p->block);
    p->ports = arena_new(a, f->piece_count + 1, sizeof *p->ports);
    if (!held || !p->wanted || !p->offset || !p->mean || !p->weight || !p->best || !p->block || !p->ports)
        return fail_memory(err, "layout of the flow picture");
    return IMJIN_OK;
}

enum imjin_status flow_layout(struct flow *f, const unsigned *line_counts, struct arena *a, struct error *err) {
    struct plan p = {.f = f};
    f->pieces = arena_new(a, (size_t)f->link_count * PICTURE_LAYERS_MAX + 1, sizeof *f->pieces);
    if (f->pieces == NULL)
        return fail_memory(err, "layout of the flow picture");
    for (uint32_t i = 0; i < f->link_count; i++)
        cut_link(f, i);
    TRY(plan_begin(&p, a, err));
    int64_t *sums = arena_new(a, 2 * ((size_t)f->node_count + 1), sizeof *sums);
    if (sums == NULL)
        return fail_memory(err, "layout of the flow picture");
    set_heights(f, line_counts, sums, sums + f->node_count);
    stack_columns(&p);
    order_columns(&p);
    settle_columns(&p);
    finish(&p);
    return IMJIN_OK;
}
