#include "settle/core.h"
#include "settle/limits.h"

static struct piece *piece_at(struct settler *s, uint32_t number) { return &ITEMS(struct piece, s->pieces)[number]; }
static struct node *node_at(struct settler *s, uint32_t number) { return &ITEMS(struct node, s->nodes)[number]; }

/* ---- circulations ---- */

struct asset_note {
    uint32_t movements;
    bool given_up;
    uint64_t steps;
};

static void unhang(struct settler *s, uint32_t number) {
    struct piece *p = piece_at(s, number);
    struct node *from = node_at(s, p->from), *to = node_at(s, p->to);
    *(p->out_before == ID_NONE ? &from->out_first : &piece_at(s, p->out_before)->out_after) = p->out_after;
    *(p->out_after == ID_NONE ? &from->out_last : &piece_at(s, p->out_after)->out_before) = p->out_before;
    *(p->in_before == ID_NONE ? &to->in_first : &piece_at(s, p->in_before)->in_after) = p->in_after;
    *(p->in_after == ID_NONE ? &to->in_last : &piece_at(s, p->in_after)->in_before) = p->in_before;
    from->degree--;
    to->degree--;
}

/* The first piece that the node gave, has units left and is not done. What is passed over never comes back. */
static uint32_t leads_on(struct settler *s, uint32_t node) {
    struct node *n = node_at(s, node);
    while (n->walk_at != ID_NONE && (piece_at(s, n->walk_at)->units == 0 || piece_at(s, n->walk_at)->done))
        n->walk_at = piece_at(s, n->walk_at)->out_after;
    return n->walk_at;
}

/* Takes the loop [place, end of the walk) out and cuts the walk back to its start. */
static void take_loop(struct settler *s, uint32_t place) {
    uint32_t *walk = ITEMS(uint32_t, s->walk);
    u128 least = piece_at(s, walk[place])->units;
    for (size_t i = place; i < s->walk.count; i++)
        if (piece_at(s, walk[i])->units < least)
            least = piece_at(s, walk[i])->units;
    for (size_t i = place; i < s->walk.count; i++) {
        piece_at(s, walk[i])->units -= least;
        node_at(s, piece_at(s, walk[i])->to)->walk_place = ID_NONE;
    }
    s->walk.count = place;
}

static void forget_walk(struct settler *s, uint32_t start) {
    node_at(s, start)->walk_place = ID_NONE;
    for (size_t i = 0; i < s->walk.count; i++)
        node_at(s, piece_at(s, ITEMS(uint32_t, s->walk)[i])->to)->walk_place = ID_NONE;
    s->walk.count = 0;
}

/* One walk from the giver of a piece until nothing leads on there. walk_place of a node: pieces walked before it. */
static enum imjin_status walk_from(struct settler *s, uint32_t start, struct error *err) {
    uint32_t at = start;
    struct asset_note *note = &ITEMS(struct asset_note, s->asset_notes)[node_at(s, start)->asset_no];
    node_at(s, start)->walk_place = 0;
    s->walk.count = 0;
    while (!note->given_up) {
        uint32_t next = leads_on(s, at);
        if (next != ID_NONE) {
            note->given_up = ++note->steps > (uint64_t)CIRCULATION_STEPS_A_MOVEMENT * note->movements + CIRCULATION_STEPS_BASE;
            APPEND(uint32_t, s->walk, next, err);
            at = piece_at(s, next)->to;
            uint32_t place = node_at(s, at)->walk_place;
            if (place != ID_NONE)
                take_loop(s, place);
            node_at(s, at)->walk_place = (uint32_t)s->walk.count;
        } else if (s->walk.count) {
            uint32_t last = ITEMS(uint32_t, s->walk)[--s->walk.count];
            piece_at(s, last)->done = true;
            node_at(s, at)->walk_place = ID_NONE;
            at = piece_at(s, last)->from;
        } else {
            break;
        }
    }
    forget_walk(s, start);
    return IMJIN_OK;
}

static enum imjin_status take_circulations(struct settler *s, struct error *err) {
    uint32_t count = (uint32_t)s->pieces.count;
    s->asset_notes.item_bytes = sizeof(struct asset_note);
    s->asset_notes.count = 0;
    for (uint32_t i = 0; i < s->assets.count; i++)
        TRY(buffer_push(&s->asset_notes, NULL, NULL, err));
    struct asset_note *notes = ITEMS(struct asset_note, s->asset_notes);
    for (uint32_t i = 0; i < s->nodes.count; i++)
        node_at(s, i)->walk_at = node_at(s, i)->out_first;
    for (uint32_t i = 0; i < count; i++)
        notes[node_at(s, piece_at(s, i)->from)->asset_no].movements++;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t from = piece_at(s, i)->from;
        if (piece_at(s, i)->units && !piece_at(s, i)->done && !notes[node_at(s, from)->asset_no].given_up)
            TRY(walk_from(s, from, err));
    }
    for (uint32_t i = 0; i < count; i++)
        if (piece_at(s, i)->units == 0)
            unhang(s, i);
    return IMJIN_OK;
}

/* ---- routes ---- */

static bool passes_on(const struct node *n) { return n->in_first != ID_NONE && n->out_first != ID_NONE; }

static void heap_up(uint64_t *heap, size_t at) {
    for (; at > 0 && heap[(at - 1) / 2] > heap[at]; at = (at - 1) / 2) {
        uint64_t held = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = held;
    }
}

static void heap_down(uint64_t *heap, size_t count, size_t at) {
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
            if (heap[child] < heap[least])
                least = child;
        if (least == at)
            return;
        uint64_t held = heap[at];
        heap[at] = heap[least];
        heap[least] = held;
        at = least;
    }
}

static enum imjin_status new_piece(struct settler *s, uint32_t *ret, const struct piece *made, struct error *err) {
    uint32_t number = s->spare_piece;
    if (number != ID_NONE) {
        s->spare_piece = piece_at(s, number)->out_after;
        *piece_at(s, number) = *made;
    } else {
        number = (uint32_t)s->pieces.count;
        APPEND(struct piece, s->pieces, *made, err);
    }
    *ret = number;
    return IMJIN_OK;
}

/* Puts a piece of `units` from the giver of `in` to the getter of `out` before both in their lists. */
static enum imjin_status join_pieces(struct settler *s, uint32_t in, uint32_t out, u128 units, struct error *err) {
    struct piece *i = piece_at(s, in), *o = piece_at(s, out);
    struct piece made = {.units = units,
                         .from = i->from,
                         .to = o->to,
                         .movement = o->movement,
                         .out_before = i->out_before,
                         .out_after = in,
                         .in_before = o->in_before,
                         .in_after = out};
    uint32_t number;
    TRY(new_piece(s, &number, &made, err));
    i = piece_at(s, in);
    o = piece_at(s, out);
    struct node *from = node_at(s, made.from), *to = node_at(s, made.to);
    *(made.out_before == ID_NONE ? &from->out_first : &piece_at(s, made.out_before)->out_after) = number;
    *(made.in_before == ID_NONE ? &to->in_first : &piece_at(s, made.in_before)->in_after) = number;
    i->out_before = o->in_before = number;
    from->degree++;
    to->degree++;
    i->units -= units;
    o->units -= units;
    return IMJIN_OK;
}

/* Cuts the first `units` of a given piece off as a piece of their own, before it in both lists. */
static enum imjin_status cut_piece(struct settler *s, uint32_t number, u128 units, struct error *err) {
    struct piece made = *piece_at(s, number);
    uint32_t cut;
    made.units = units;
    made.out_after = made.in_after = number;
    TRY(new_piece(s, &cut, &made, err));
    struct node *from = node_at(s, made.from), *to = node_at(s, made.to);
    *(made.out_before == ID_NONE ? &from->out_first : &piece_at(s, made.out_before)->out_after) = cut;
    *(made.in_before == ID_NONE ? &to->in_first : &piece_at(s, made.in_before)->in_after) = cut;
    struct piece *rest = piece_at(s, number);
    rest->out_before = rest->in_before = cut;
    rest->units -= units;
    from->degree++;
    to->degree++;
    return IMJIN_OK;
}

/* The first piece behind what the node gave of its own: its draw comes first in what it gives. */
static enum imjin_status skip_own(struct settler *s, uint32_t *ret_out, const struct node *n, struct error *err) {
    uint32_t out = n->out_first;
    u128 own = n->sent > n->got ? n->sent - n->got : 0;
    while (own) {
        struct piece *p = piece_at(s, out);
        if (p->units > own) {
            TRY(cut_piece(s, out, own, err));
            break;
        }
        own -= p->units;
        out = p->out_after;
    }
    *ret_out = out;
    return IMJIN_OK;
}

static uint32_t drop_when_used(struct settler *s, uint32_t number, uint32_t after) {
    if (piece_at(s, number)->units)
        return number;
    unhang(s, number);
    piece_at(s, number)->out_after = s->spare_piece;
    s->spare_piece = number;
    return after;
}

/* Takes a node that passes money on out of all routes; what it gains comes last in what it gets. */
static enum imjin_status splice(struct settler *s, uint32_t node, struct error *err) {
    uint32_t out, in = node_at(s, node)->in_first;
    TRY(skip_own(s, &out, node_at(s, node), err));
    while (out != ID_NONE && in != ID_NONE) {
        const struct piece *i = piece_at(s, in), *o = piece_at(s, out);
        uint32_t after_in = i->in_after, after_out = o->out_after;
        TRY(join_pieces(s, in, out, i->units < o->units ? i->units : o->units, err));
        in = drop_when_used(s, in, after_in);
        out = drop_when_used(s, out, after_out);
    }
    return IMJIN_OK;
}

/* The node with the fewest pieces first: what is moved in all is then near n log n. The order changes no result. */
static enum imjin_status splice_all(struct settler *s, struct error *err) {
    s->heap.count = 0;
    s->spare_piece = ID_NONE;
    const struct asset_note *notes = ITEMS(struct asset_note, s->asset_notes);
    for (uint32_t i = 0; i < s->nodes.count; i++) {
        const struct node *n = node_at(s, i);
        uint64_t key = (uint64_t)n->degree << 32 | i;
        if (!passes_on(n) || notes[n->asset_no].given_up)
            continue;
        TRY(buffer_push(&s->heap, &key, NULL, err));
        heap_up(ITEMS(uint64_t, s->heap), s->heap.count - 1);
    }
    uint64_t *heap = ITEMS(uint64_t, s->heap);
    while (s->heap.count) {
        uint32_t node = (uint32_t)heap[0], degree = node_at(s, node)->degree;
        if (degree > heap[0] >> 32) {
            heap[0] = (uint64_t)degree << 32 | node;
        } else {
            TRY(splice(s, node, err));
            heap[0] = heap[--s->heap.count];
        }
        heap_down(heap, s->heap.count, 0);
    }
    return IMJIN_OK;
}

/* ---- flows ---- */

static enum imjin_status add_flow(struct settler *s, const struct flow *f, struct error *err) {
    if (s->flows.count) {
        struct flow *last = &ITEMS(struct flow, s->flows)[s->flows.count - 1];
        if (last->draw == f->draw && last->gain == f->gain && last->draw_from + last->units == f->draw_from &&
            last->gain_from + last->units == f->gain_from) {
            last->units += f->units;
            last->movement = f->movement;
            return IMJIN_OK;
        }
    }
    APPEND(struct flow, s->flows, *f, err);
    return IMJIN_OK;
}

static enum imjin_status flows_of_routes(struct settler *s, uint32_t draw, uint32_t node, struct error *err) {
    u128 at = 0;
    for (uint32_t i = node_at(s, node)->out_first; i != ID_NONE; i = piece_at(s, i)->out_after) {
        const struct piece *p = piece_at(s, i);
        struct flow f = {.draw_from = at,
                         .gain_from = p->gain_from,
                         .units = p->units,
                         .draw = draw,
                         .gain = node_at(s, p->to)->side,
                         .movement = p->movement};
        TRY(add_flow(s, &f, err));
        at += p->units;
    }
    return IMJIN_OK;
}

/* An asset whose routes were given up: its draws end to end are its gains end to end. */
static enum imjin_status flows_in_order(struct settler *s, uint32_t draw, uint32_t *gain, u128 *gain_at, struct error *err) {
    const struct settle_side *gains = ITEMS(struct settle_side, s->gains);
    const struct side_note *notes = ITEMS(struct side_note, s->gain_notes);
    const struct side_note *of = &ITEMS(struct side_note, s->draw_notes)[draw];
    u128 at = 0, units = ITEMS(struct settle_side, s->draws)[draw].units;
    while (at < units) {
        while (notes[*gain].fee || notes[*gain].asset_no != of->asset_no || *gain_at == gains[*gain].units) {
            ++*gain;
            *gain_at = 0;
        }
        u128 left = gains[*gain].units - *gain_at, part = units - at < left ? units - at : left;
        struct flow f = {at, *gain_at, part, draw, *gain, node_at(s, notes[*gain].node)->last_in, FLOW_PLAIN};
        TRY(add_flow(s, &f, err));
        at += part;
        *gain_at += part;
    }
    return IMJIN_OK;
}

static void place_in_gains(struct settler *s) {
    for (size_t g = 0; g < s->gains.count; g++) {
        const struct side_note *note = &ITEMS(struct side_note, s->gain_notes)[g];
        u128 at = 0;
        if (note->fee)
            continue;
        for (uint32_t i = node_at(s, note->node)->in_first; i != ID_NONE; i = piece_at(s, i)->in_after) {
            piece_at(s, i)->gain_from = at;
            at += piece_at(s, i)->units;
        }
    }
}

static bool any_passes_on(struct settler *s) {
    for (uint32_t i = 0; i < s->nodes.count; i++)
        if (passes_on(node_at(s, i)))
            return true;
    return false;
}

enum imjin_status settle_route_flows(struct settler *s, struct error *err) {
    bool routed = any_passes_on(s);
    s->flows.count = 0;
    if (routed) {
        TRY(take_circulations(s, err));
        TRY(splice_all(s, err));
    }
    place_in_gains(s);
    uint32_t gain = 0;
    u128 gain_at = 0;
    for (uint32_t d = 0; d < s->draws.count; d++) {
        const struct side_note *note = &ITEMS(struct side_note, s->draw_notes)[d];
        const struct node *n = node_at(s, note->node);
        struct flow fee = {0, 0, n->sent, d, d, n->last_in, FLOW_PLAIN};
        if (note->fee)
            TRY(add_flow(s, &fee, err));
        else if (routed && ITEMS(struct asset_note, s->asset_notes)[note->asset_no].given_up)
            TRY(flows_in_order(s, d, &gain, &gain_at, err));
        else
            TRY(flows_of_routes(s, d, note->node, err));
    }
    return IMJIN_OK;
}
