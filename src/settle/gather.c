#include <stdlib.h>

#include "settle/core.h"
#include "settle/limits.h"

static int by_key(const void *a, const void *b) {
    u128 x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

void settle_sort_keys(u128 *keys, uint64_t count) {
    if (count > SMALL_SORT) {
        qsort(keys, count, sizeof *keys, by_key);
        return;
    }
    for (uint64_t i = 1; i < count; i++) {
        u128 key = keys[i];
        uint64_t at = i;
        for (; at > 0 && keys[at - 1] > key; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

static enum imjin_status node_of(struct settler *s, uint32_t *ret, uint32_t account, uint32_t asset, uint8_t kind,
                                 struct error *err) {
    uint32_t account_no = settle_id_map_number(&s->accounts, account);
    uint32_t asset_no = settle_id_map_number(&s->assets, asset);
    uint64_t key = (uint64_t)asset_no << 34 | (uint64_t)account_no << 2 | kind;
    uint32_t number = settle_id_map_number(&s->nodes_by_key, key);
    if (number == s->nodes.count) {
        struct node n = {.account = account,
                         .asset = asset,
                         .account_no = account_no,
                         .asset_no = asset_no,
                         .out_first = ID_NONE,
                         .out_last = ID_NONE,
                         .in_first = ID_NONE,
                         .in_last = ID_NONE,
                         .side = ID_NONE,
                         .walk_at = ID_NONE,
                         .walk_place = ID_NONE,
                         .kind = kind};
        APPEND(struct node, s->nodes, n, err);
    }
    *ret = number;
    return IMJIN_OK;
}

static enum imjin_status add_units(u128 *sum, u128 units, struct error *err) {
    if (!add_u128(*sum, units, sum) || *sum >= ASSET_SUM_LIMIT)
        return fail(err, IMJIN_BAD_INPUT, "amounts of one asset in a transaction add up to more than 2^126");
    return IMJIN_OK;
}

static void hang_piece(struct settler *s, uint32_t number) {
    struct piece *pieces = ITEMS(struct piece, s->pieces), *p = &pieces[number];
    struct node *from = &ITEMS(struct node, s->nodes)[p->from], *to = &ITEMS(struct node, s->nodes)[p->to];
    p->out_before = from->out_last;
    p->in_before = to->in_last;
    p->out_after = p->in_after = ID_NONE;
    if (from->out_last == ID_NONE)
        from->out_first = number;
    else
        pieces[from->out_last].out_after = number;
    if (to->in_last == ID_NONE)
        to->in_first = number;
    else
        pieces[to->in_last].in_after = number;
    from->out_last = to->in_last = number;
    from->degree++;
    to->degree++;
}

static enum imjin_status add_piece(struct settler *s, const struct movement *m, uint32_t number, struct error *err) {
    uint32_t from, to;
    bool source = m->from == ACCOUNT_VOID.n || m->from == ACCOUNT_FEES.n;
    u128 units = movement_units(m);
    TRY(node_of(s, &from, m->from, m->asset, source ? NODE_SOURCE : NODE_ACCOUNT, err));
    TRY(node_of(s, &to, m->to, m->asset, m->to == ACCOUNT_VOID.n ? NODE_BURNER : NODE_ACCOUNT, err));
    struct node *nodes = ITEMS(struct node, s->nodes);
    TRY(add_units(&nodes[from].sent, units, err));
    TRY(add_units(&nodes[to].got, units, err));
    nodes[to].last_in = number;
    struct piece p = {.units = units, .from = from, .to = to, .movement = number};
    APPEND(struct piece, s->pieces, p, err);
    hang_piece(s, (uint32_t)s->pieces.count - 1);
    return IMJIN_OK;
}

static enum imjin_status add_fee(struct settler *s, const struct movement *m, uint32_t number, struct error *err) {
    uint32_t payer;
    TRY(node_of(s, &payer, m->from, m->asset, NODE_FEE, err));
    settle_id_map_number(&s->accounts, m->to);
    struct node *n = &ITEMS(struct node, s->nodes)[payer];
    n->last_in = number;
    return add_units(&n->sent, movement_units(m), err);
}

enum imjin_status settle_gather(struct settler *s, const struct movement *movements, uint64_t first, uint32_t count,
                                struct error *err) {
    s->nodes.count = s->pieces.count = 0;
    s->movement_count = 0;
    s->untraceable = false;
    TRY(settle_id_map_clear(&s->accounts, 3 * (uint64_t)count + 2, err));
    TRY(settle_id_map_clear(&s->assets, count, err));
    TRY(settle_id_map_clear(&s->nodes_by_key, 2 * (uint64_t)count, err));
    for (uint32_t i = 0; i < count; i++) {
        const struct movement *m = &movements[i];
        if (m->asset >= s->facts->count)
            return fail(err, IMJIN_BAD_INPUT, "the ledger is damaged: movement %llu names asset %u of %u",
                        (unsigned long long)first + i, m->asset, s->facts->count);
        if (movement_wide(m) || s->facts->flags[m->asset] & FACT_UNTRACEABLE) {
            s->untraceable = true;
            continue;
        }
        if (m->from == m->to || movement_units(m) == 0)
            continue;
        s->movement_count++;
        if (m->to == ACCOUNT_FEES.n)
            TRY(add_fee(s, m, (uint32_t)(first + i), err));
        else
            TRY(add_piece(s, m, (uint32_t)(first + i), err));
    }
    return IMJIN_OK;
}

static enum imjin_status add_side(struct settler *s, bool draw, uint32_t node, uint32_t account, u128 units,
                                  struct error *err) {
    struct node *n = &ITEMS(struct node, s->nodes)[node];
    struct buffer *sides = draw ? &s->draws : &s->gains, *notes = draw ? &s->draw_notes : &s->gain_notes;
    struct settle_side side = {{account}, {n->asset}, units};
    bool fee = n->kind == NODE_FEE, bodiless = n->kind == NODE_SOURCE || n->kind == NODE_BURNER;
    struct side_note note = {.node = node, .owner = ID_NONE, .asset_no = n->asset_no, .fee = fee, .bodiless = bodiless};
    if (bodiless) {
        uint32_t issuer = n->account == ACCOUNT_VOID.n ? s->facts->issuers[n->asset] : ID_NONE;
        note.owner = issuer == ID_NONE ? ID_NONE : settle_id_map_number(&s->accounts, issuer);
    } else if (!fee) {
        note.owner = n->account_no;
    }
    n->side = (uint32_t)sides->count;
    APPEND(struct settle_side, *sides, side, err);
    APPEND(struct side_note, *notes, note, err);
    return IMJIN_OK;
}

static enum imjin_status add_sides_of(struct settler *s, bool fees, struct error *err) {
    for (size_t i = 0; i < s->order.count; i++) {
        uint32_t node = (uint32_t)ITEMS(u128, s->order)[i];
        const struct node *n = &ITEMS(struct node, s->nodes)[node];
        if ((n->kind == NODE_FEE) != fees)
            continue;
        if (n->sent > n->got)
            TRY(add_side(s, true, node, n->account, n->sent - n->got, err));
        if (fees)
            TRY(add_side(s, false, node, ACCOUNT_FEES.n, n->sent, err));
        else if (n->got > n->sent)
            TRY(add_side(s, false, node, n->account, n->got - n->sent, err));
    }
    return IMJIN_OK;
}

enum imjin_status settle_make_sides(struct settler *s, struct error *err) {
    s->draws.count = s->gains.count = s->draw_notes.count = s->gain_notes.count = s->order.count = 0;
    TRY(buffer_reserve(&s->order, s->nodes.count, err));
    for (uint32_t i = 0; i < s->nodes.count; i++) {
        const struct node *n = &ITEMS(struct node, s->nodes)[i];
        uint64_t place = (uint64_t)n->asset_no << 32 | n->account_no;
        ITEMS(u128, s->order)[i] = (u128)place << 64 | i;
    }
    s->order.count = s->nodes.count;
    settle_sort_keys(ITEMS(u128, s->order), s->order.count);
    TRY(add_sides_of(s, true, err));
    return add_sides_of(s, false, err);
}
