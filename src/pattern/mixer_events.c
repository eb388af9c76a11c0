/* Notes that went into pools and came out of them, as the ledger has them. */
#include "pattern/mixer_inside.h"

#include <stdlib.h>

struct reading {
    const struct ledger *l;
    const struct mixer_pool *pools;
    uint32_t pool_count;
    const struct progress *progress;
    uint64_t done;
    struct buffer in, out, clock; /* in: of one pool at a time */
};

static int compare_in(const void *a, const void *b) {
    const struct mixer_note_in *x = a, *y = b;
    return x->time != y->time ? (x->time < y->time ? -1 : 1) : (x->block > y->block) - (x->block < y->block);
}

static int compare_out(const void *a, const void *b) {
    const struct mixer_note_out *x = a, *y = b;
    if (x->account != y->account)
        return x->account < y->account ? -1 : 1;
    if (x->pool != y->pool)
        return x->pool < y->pool ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static int compare_clock(const void *a, const void *b) {
    const struct mixer_clock *x = a, *y = b;
    return x->block != y->block ? (x->block < y->block ? -1 : 1) : (x->time > y->time) - (x->time < y->time);
}

static bool is_role(const struct ledger *l, uint32_t account, const char *prefix) {
    struct address a;
    return ledger_address(l, (struct account_id){account}, &a, NULL) == IMJIN_OK && a.form == ADDRESS_OPAQUE &&
           a.count > strlen(prefix) && memcmp(a.text, prefix, strlen(prefix)) == 0;
}

static enum imjin_status add_note_in(struct reading *r, uint32_t pool, const struct movement *m, const struct ledger_tx *tx,
                                     struct error *err) {
    if (movement_wide(m) || movement_units(m) != r->pools[pool].note)
        return IMJIN_OK;
    return buffer_push(&r->in, &(struct mixer_note_in){tx->time, tx->block, m->tx, is_role(r->l, m->from, "depositor:")}, NULL,
                       err);
}

/* A note leaves as two movements, to its owner and to the relayer. The larger one is the owner's: a relayer asks for a part,
 * not for most. */
static enum imjin_status add_note_out(struct reading *r, uint32_t pool, const struct movement *m, uint64_t number,
                                      const struct ledger_tx *tx, struct error *err) {
    u128 note = r->pools[pool].note, units = movement_units(m);
    if (movement_wide(m) || units > note || units < note - units || m->to < ACCOUNTS_RESERVED ||
        is_role(r->l, m->to, "relayer:"))
        return IMJIN_OK;
    struct mixer_note_out out = {tx->time, m->to, m->tx, tx->block, pool, number, note - units};
    return buffer_push(&r->out, &out, NULL, err);
}

static enum imjin_status read_movement(struct reading *r, uint32_t pool, enum direction direction, uint64_t number,
                                       struct error *err) {
    struct movement m;
    struct ledger_tx tx;
    TRY(ledger_movement(r->l, number, &m, err));
    unsigned kind = movement_kind(&m);
    if (m.asset != ASSET_NATIVE_ID || (kind != MOVEMENT_NATIVE && kind != MOVEMENT_INTERNAL))
        return IMJIN_OK;
    TRY(ledger_tx(r->l, (struct tx_id){m.tx}, &tx, err));
    if (tx.time != TIME_UNKNOWN)
        TRY(buffer_push(&r->clock, &(struct mixer_clock){tx.block, tx.time}, NULL, err));
    return direction == DIRECTION_IN ? add_note_in(r, pool, &m, &tx, err) : add_note_out(r, pool, &m, number, &tx, err);
}

static enum imjin_status read_direction(struct reading *r, uint32_t pool, enum direction direction, struct error *err) {
    struct movement_list lists[LEDGER_SEGMENTS_MAX];
    unsigned count;
    TRY(ledger_account_movements(r->l, r->pools[pool].account, direction, lists, &count, err));
    for (unsigned i = 0; i < count; i++)
        for (uint64_t k = 0; k < lists[i].count; k++) {
            if ((++r->done & 0xfff) == 0)
                TRY(progress_step(r->progress, "reading the pools", "movements", r->done, 0, err));
            TRY(read_movement(r, pool, direction, lists[i].numbers[k], err));
        }
    return IMJIN_OK;
}

static int compare_in_tx(const void *a, const void *b) {
    const struct mixer_note_in *x = a, *y = b;
    return x->tx != y->tx ? (x->tx < y->tx ? -1 : 1) : x->nameless - y->nameless;
}

/* A deposit that a transfer shows and the pool's event as well stands twice, once without its depositor. Of one transaction the
 * larger number of the two is kept. */
static uint64_t drop_doubles(struct mixer_note_in *in, uint64_t count) {
    uint64_t kept = 0;
    if (count)
        qsort(in, count, sizeof *in, compare_in_tx);
    for (uint64_t i = 0, end; i < count; i = end) {
        uint64_t named = 0;
        for (end = i; end < count && in[end].tx == in[i].tx; end++)
            named += !in[end].nameless;
        uint64_t nameless = end - i - named, larger = named > nameless ? named : nameless;
        for (uint64_t n = 0; n < larger; n++)
            in[kept++] = in[i];
    }
    return kept;
}

static enum imjin_status read_pool(struct reading *r, struct mixer_events *e, uint32_t pool, struct error *err) {
    if (r->pools[pool].account.n == ID_NONE)
        return IMJIN_OK;
    TRY(read_direction(r, pool, DIRECTION_IN, err));
    TRY(read_direction(r, pool, DIRECTION_OUT, err));
    e->in[pool] = r->in.items;
    e->in_count[pool] = drop_doubles(r->in.items, r->in.count);
    r->in = (struct buffer){.item_bytes = r->in.item_bytes, .items_max = r->in.items_max, .what = r->in.what};
    return IMJIN_OK;
}

/* The known time of the block, else the time between those of its neighbours, in proportion to the blocks. Beyond the last
 * known block, the pace of all of them. */
static int64_t time_of(const struct mixer_clock *clock, uint64_t count, uint32_t block) {
    uint64_t low = 0, high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (clock[middle].block < block)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < count && clock[low].block == block)
        return clock[low].time;
    const struct mixer_clock *a = &clock[low == count || low == 0 ? 0 : low - 1],
                             *b = &clock[low == 0 || low == count ? count - 1 : low];
    const struct mixer_clock *base = low == count ? b : a;
    int64_t blocks = (int64_t)b->block - a->block, seconds = b->time - a->time;
    int64_t away = (int64_t)block - base->block;
    return blocks == 0 ? base->time : base->time + (int64_t)((__int128)seconds * away / blocks);
}

static void set_times(struct mixer_events *e, const struct mixer_clock *clock, uint64_t count) {
    for (uint32_t pool = 0; pool < e->pool_count; pool++)
        for (uint64_t i = 0; i < e->in_count[pool]; i++)
            if (e->in[pool][i].time == TIME_UNKNOWN)
                e->in[pool][i].time = time_of(clock, count, e->in[pool][i].block);
    for (uint64_t i = 0; i < e->out_count; i++)
        if (e->out[i].time == TIME_UNKNOWN)
            e->out[i].time = time_of(clock, count, e->out[i].block);
}

static enum imjin_status read_pools(struct reading *r, struct mixer_events *e, struct error *err) {
    for (uint32_t pool = 0; pool < r->pool_count; pool++)
        TRY(read_pool(r, e, pool, err));
    e->out = r->out.items;
    e->out_count = r->out.count;
    r->out.items = NULL;
    uint64_t notes = e->out_count;
    for (uint32_t pool = 0; pool < r->pool_count; pool++)
        notes += e->in_count[pool];
    if (notes && r->clock.count == 0)
        return fail(err, IMJIN_BAD_INPUT, "no movement of the pools has a time: import their deposits with times");
    if (r->clock.count)
        qsort(r->clock.items, r->clock.count, sizeof(struct mixer_clock), compare_clock);
    set_times(e, r->clock.items, r->clock.count);
    for (uint32_t pool = 0; pool < r->pool_count; pool++)
        if (e->in_count[pool])
            qsort(e->in[pool], e->in_count[pool], sizeof **e->in, compare_in);
    if (e->out_count)
        qsort(e->out, e->out_count, sizeof *e->out, compare_out);
    return IMJIN_OK;
}

enum imjin_status mixer_events_read(struct mixer_events *ret, const struct ledger *l, const struct mixer_pool *pools,
                                    uint32_t pool_count, const struct progress *p, struct error *err) {
    struct reading r = {.l = l, .pools = pools, .pool_count = pool_count, .progress = p};
    struct mixer_events e = {.pool_count = pool_count};
    r.in = (struct buffer){.item_bytes = sizeof(struct mixer_note_in), .items_max = MIXER_WITHDRAWALS_MAX, .what = "deposits"};
    r.out =
        (struct buffer){.item_bytes = sizeof(struct mixer_note_out), .items_max = MIXER_WITHDRAWALS_MAX, .what = "withdrawals"};
    r.clock = (struct buffer){
        .item_bytes = sizeof(struct mixer_clock), .items_max = 4 * (size_t)MIXER_WITHDRAWALS_MAX, .what = "times"};
    e.in = memory_new(pool_count, sizeof *e.in);
    e.in_count = memory_new(pool_count, sizeof *e.in_count);
    enum imjin_status status = e.in && e.in_count ? read_pools(&r, &e, err) : fail_memory(err, "the pools");
    buffer_done(&r.in);
    buffer_done(&r.out);
    buffer_done(&r.clock);
    if (status == IMJIN_OK)
        *ret = e;
    else
        mixer_events_done(&e);
    return status;
}

void mixer_events_done(struct mixer_events *e) {
    for (uint32_t pool = 0; e->in && pool < e->pool_count; pool++)
        memory_free(e->in[pool]);
    memory_free(e->in);
    memory_free(e->in_count);
    memory_free(e->out);
    *e = (struct mixer_events){0};
}

uint64_t mixer_notes_until(const struct mixer_note_in *in, uint64_t count, int64_t time) {
    uint64_t low = 0, high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (in[middle].time <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
