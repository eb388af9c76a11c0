#include "trace/replay_line.h"

#include <stdlib.h>

void account_lines_init(struct account_lines *a, const struct ledger *l, struct settler *s) {
    *a = (struct account_lines){
        .ledger = l,
        .settler = s,
        .account = ID_NONE,
        .lines = {.item_bytes = sizeof(struct line), .items_max = TRACE_ITEMS_MAX, .what = "assets of an account"},
        .parts = {.item_bytes = sizeof(struct line_part), .items_max = TRACE_ITEMS_MAX, .what = "arrivals at an account"},
    };
}

void account_lines_done(struct account_lines *a) {
    buffer_done(&a->lines);
    buffer_done(&a->parts);
}

static enum imjin_status line_find(struct account_lines *a, uint32_t asset, struct line **ret, struct error *err) {
    struct line *lines = a->lines.items, fresh = {.asset = asset};
    size_t low = 0, high = a->lines.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lines[middle].asset < asset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == a->lines.count || lines[low].asset != asset) {
        TRY(buffer_reserve(&a->lines, 1, err));
        lines = a->lines.items;
        memmove(&lines[low + 1], &lines[low], (a->lines.count - low) * sizeof *lines);
        lines[low] = fresh;
        a->lines.count++;
    }
    *ret = &lines[low];
    return IMJIN_OK;
}

static enum imjin_status line_receive(struct account_lines *a, struct line *line, u128 units, uint32_t tx, uint8_t order,
                                      struct error *err) {
    struct line_part part = {line->asset, {line->received, units, tx, order}};
    line->received += units;
    return buffer_push(&a->parts, &part, NULL, err);
}

static enum imjin_status line_draw(struct account_lines *a, const struct settle_side *draw, bool fee, uint32_t tx,
                                   struct error *err) {
    struct line *line;
    TRY(line_find(a, draw->asset.n, &line, err));
    u128 balance = line->received - line->spent;
    if (balance < draw->units) {
        line->unknown += draw->units - balance;
        TRY(line_receive(a, line, draw->units - balance, tx, fee ? ORIGIN_BEFORE_FEE : ORIGIN_BEFORE_DRAW, err));
    }
    line->spent += draw->units;
    return IMJIN_OK;
}

static enum imjin_status settle_one(struct account_lines *a, uint32_t tx, struct error *err) {
    struct ledger_tx t;
    struct settled s;
    TRY(ledger_tx(a->ledger, (struct tx_id){tx}, &t, err));
    TRY(settle_tx(a->settler, t.first, t.count, &s, err));
    for (uint32_t i = 0, link = 0; i < s.draw_count; i++) {
        while (link < s.link_count && s.links[link].draw < i)
            link++;
        bool fee = link < s.link_count && s.links[link].draw == i && s.links[link].rule == RULE_FEE;
        if (s.draws[i].account.n == a->account)
            TRY(line_draw(a, &s.draws[i], fee, tx, err));
    }
    for (uint32_t i = 0; i < s.gain_count; i++) {
        struct line *line;
        if (s.gains[i].account.n != a->account)
            continue;
        TRY(line_find(a, s.gains[i].asset.n, &line, err));
        TRY(line_receive(a, line, s.gains[i].units, tx, ORIGIN_GAIN, err));
    }
    return IMJIN_OK;
}

static int u32_compare(const void *left, const void *right) {
    uint32_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return a < b ? -1 : a > b;
}

static int part_compare(const void *left, const void *right) {
    const struct line_part *a = left, *b = right;
    if (a->asset != b->asset)
        return a->asset < b->asset ? -1 : 1;
    return a->origin.from < b->origin.from ? -1 : a->origin.from > b->origin.from;
}

static enum imjin_status transactions_of(struct account_lines *a, struct buffer *txs, struct error *err) {
    for (int d = DIRECTION_OUT; d <= DIRECTION_IN; d++) {
        struct movement_list lists[LEDGER_SEGMENTS_MAX];
        unsigned count;
        TRY(ledger_account_movements(a->ledger, (struct account_id){a->account}, (enum direction)d, lists, &count, err));
        for (unsigned i = 0; i < count; i++)
            for (uint64_t k = 0; k < lists[i].count; k++) {
                struct movement m;
                TRY(ledger_movement(a->ledger, lists[i].numbers[k], &m, err));
                TRY(buffer_push(txs, &m.tx, NULL, err));
            }
    }
    if (txs->count)
        qsort(txs->items, txs->count, sizeof(uint32_t), u32_compare);
    return IMJIN_OK;
}

/* An issuer takes part in its token's mints and burns without being named in them, but these touch no holding of it. */
static enum imjin_status settle_all(struct account_lines *a, struct buffer *txs, struct error *err) {
    TRY(transactions_of(a, txs, err));
    const uint32_t *list = txs->items;
    for (size_t i = 0; i < txs->count; i++)
        if (i == 0 || list[i] != list[i - 1])
            TRY(settle_one(a, list[i], err));
    if (a->parts.count)
        qsort(a->parts.items, a->parts.count, sizeof(struct line_part), part_compare);
    return IMJIN_OK;
}

enum imjin_status account_lines_of(struct account_lines *a, struct account_id account, struct error *err) {
    struct buffer txs = {.item_bytes = sizeof(uint32_t), .items_max = TRACE_ITEMS_MAX, .what = "transactions of an account"};
    if (a->account == account.n)
        return IMJIN_OK;
    a->account = account.n;
    a->lines.count = a->parts.count = 0;
    enum imjin_status status = settle_all(a, &txs, err);
    buffer_done(&txs);
    if (status != IMJIN_OK)
        a->account = ID_NONE;
    return status;
}
