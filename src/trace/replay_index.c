#include "trace/replay_index.h"

struct key {
    uint32_t account, asset;
};
/* The table that numbers holdings: slots hold number + 1, the keys stand by number. */
struct numbering {
    uint32_t *slots;
    uint64_t room;
    struct buffer keys; /* struct key */
    bool *untraceable;  /* by asset */
    u128 *sums;         /* by asset */
};

enum { SLOTS_FIRST = 1 << 12, AHEAD = 16, PROGRESS_EACH = 1 << 20 };

static uint64_t key_hash(uint32_t account, uint32_t asset) {
    uint64_t key = ((uint64_t)asset << 32 | account) * 0x9E3779B97F4A7C15u;
    return key >> 20 ^ key >> 43;
}

static uint32_t *slot_of(const struct numbering *n, uint32_t *slots, uint64_t room, uint32_t account, uint32_t asset) {
    const struct key *keys = n->keys.items;
    uint64_t i = key_hash(account, asset) & (room - 1);
    while (slots[i] && (keys[slots[i] - 1].account != account || keys[slots[i] - 1].asset != asset))
        i = (i + 1) & (room - 1);
    return &slots[i];
}

static enum imjin_status numbering_grow(struct numbering *n, struct error *err) {
    uint64_t room = n->room ? 2 * n->room : SLOTS_FIRST;
    const struct key *keys = n->keys.items;
    uint32_t *slots = memory_new_pages(room * sizeof *slots);
    if (slots == NULL)
        return fail_memory(err, "holdings of the ledger");
    for (uint32_t i = 0; i < n->keys.count; i++) {
        uint64_t k = key_hash(keys[i].account, keys[i].asset) & (room - 1);
        while (slots[k])
            k = (k + 1) & (room - 1);
        slots[k] = i + 1;
    }
    memory_free_pages(n->slots, n->room * sizeof *slots);
    n->slots = slots;
    n->room = room;
    return IMJIN_OK;
}

static enum imjin_status number_of(struct numbering *n, uint32_t account, uint32_t asset, uint32_t *ret, struct error *err) {
    if (2 * n->keys.count >= n->room)
        TRY(numbering_grow(n, err));
    uint32_t *slot = slot_of(n, n->slots, n->room, account, asset);
    if (*slot == 0) {
        struct key key = {account, asset};
        TRY(buffer_push(&n->keys, &key, NULL, err));
        *slot = (uint32_t)n->keys.count;
    }
    *ret = *slot - 1;
    return IMJIN_OK;
}

/* As settle.h has it: wide amounts, or a sum that reaches 2^126. Checks every movement on the way. */
static enum imjin_status find_untraceable(struct numbering *n, const struct ledger *l, struct error *err) {
    const struct movement *m = ledger_movements(l);
    uint64_t count = ledger_counts(l)->movements;
    for (uint64_t i = 0; i < count; i++) {
        if (!ledger_movement_check(l, &m[i]))
            return fail(err, IMJIN_BAD_INPUT, "the ledger is damaged at movement %llu: run verify", (unsigned long long)i);
        if (movement_wide(&m[i]) || (n->sums[m[i].asset] += movement_units(&m[i])) >= (u128)1 << 126) {
            n->untraceable[m[i].asset] = true;
            n->sums[m[i].asset] = 0;
        }
    }
    return IMJIN_OK;
}

static bool settles(const struct numbering *n, const struct movement *m) {
    return m->from != m->to && !n->untraceable[m->asset] && movement_units(m) != 0;
}

static enum imjin_status number_movements(struct replay_index *x, struct numbering *n, const struct ledger *l,
                                          const struct progress *p, struct error *err) {
    const struct movement *m = ledger_movements(l);
    for (uint64_t i = 0; i < x->movements; i++) {
        if (i + AHEAD < x->movements && n->room) {
            const struct movement *next = &m[i + AHEAD];
            __builtin_prefetch(&n->slots[key_hash(next->from, next->asset) & (n->room - 1)]);
            __builtin_prefetch(&n->slots[key_hash(next->to, next->asset) & (n->room - 1)]);
        }
        x->sides[2 * i] = x->sides[2 * i + 1] = ID_NONE;
        if (settles(n, &m[i]) && m[i].from >= ACCOUNTS_RESERVED)
            TRY(number_of(n, m[i].from, m[i].asset, &x->sides[2 * i], err));
        if (settles(n, &m[i]) && m[i].to >= ACCOUNTS_RESERVED)
            TRY(number_of(n, m[i].to, m[i].asset, &x->sides[2 * i + 1], err));
        if (i % PROGRESS_EACH == 0)
            TRY(progress_step(p, "numbering holdings", "movements", i, x->movements, err));
    }
    return IMJIN_OK;
}

static enum imjin_status make(struct replay_index *x, struct numbering *n, const struct ledger *l, const struct progress *p,
                              struct error *err) {
    uint64_t assets = ledger_counts(l)->assets;
    n->sums = memory_new(assets, sizeof *n->sums);
    n->untraceable = memory_new(assets, sizeof *n->untraceable);
    x->movements = ledger_counts(l)->movements;
    x->sides = memory_new_pages(2 * x->movements * sizeof *x->sides);
    if (n->sums == NULL || n->untraceable == NULL || x->sides == NULL)
        return fail_memory(err, "holdings of the ledger");
    TRY(find_untraceable(n, l, err));
    TRY(number_movements(x, n, l, p, err));
    x->holdings = (uint32_t)n->keys.count;
    x->cells = memory_new_pages(x->holdings * sizeof *x->cells);
    return x->cells ? IMJIN_OK : fail_memory(err, "balances of the ledger");
}

static enum imjin_status make_sides(struct replay_index *x, const struct ledger *l, const struct progress *p,
                                    struct error *err) {
    struct numbering n = {.keys = {.item_bytes = sizeof(struct key), .items_max = ID_NONE - 1, .what = "holdings"}};
    replay_index_done(x);
    enum imjin_status status = make(x, &n, l, p, err);
    memory_free_pages(n.slots, n.room * sizeof *n.slots);
    memory_free(n.untraceable);
    memory_free(n.sums);
    buffer_done(&n.keys);
    if (status == IMJIN_OK)
        x->ledger = l;
    else
        replay_index_done(x);
    return status;
}

enum imjin_status replay_index_make(struct replay_index *x, const struct ledger *l, uint32_t rules, const struct progress *p,
                                    struct error *err) {
    if (x->ledger != l)
        TRY(make_sides(x, l, p, err));
    if (x->settler && x->rules == rules)
        return IMJIN_OK;
    if (x->settler)
        settler_free(x->settler);
    x->settler = NULL;
    x->rules = rules;
    return settler_new(&x->settler, l, rules, err);
}

void replay_index_done(struct replay_index *x) {
    if (x->settler)
        settler_free(x->settler);
    memory_free_pages(x->sides, 2 * x->movements * sizeof *x->sides);
    memory_free_pages(x->cells, x->holdings * sizeof *x->cells);
    *x = (struct replay_index){0};
}

uint32_t replay_index_find(const struct replay_index *x, uint64_t first, uint64_t count, uint32_t account, uint32_t asset) {
    const struct movement *m = ledger_movements(x->ledger);
    for (uint64_t i = first; i < first + count; i++) {
        if (m[i].asset != asset)
            continue;
        if (m[i].from == account && x->sides[2 * i] != ID_NONE)
            return x->sides[2 * i];
        if (m[i].to == account && x->sides[2 * i + 1] != ID_NONE)
            return x->sides[2 * i + 1];
    }
    return ID_NONE;
}

enum imjin_status replay_index_search(const struct replay_index *x, struct account_id account, struct asset_id asset,
                                      uint32_t *ret, struct error *err) {
    *ret = ID_NONE;
    for (int d = DIRECTION_OUT; d <= DIRECTION_IN; d++) {
        struct movement_list lists[LEDGER_SEGMENTS_MAX];
        unsigned count;
        TRY(ledger_account_movements(x->ledger, account, (enum direction)d, lists, &count, err));
        for (unsigned i = 0; i < count; i++)
            for (uint64_t k = 0; k < lists[i].count && *ret == ID_NONE; k++)
                if (lists[i].numbers[k] < x->movements)
                    *ret = replay_index_find(x, lists[i].numbers[k], 1, account.n, asset.n);
    }
    return IMJIN_OK;
}
