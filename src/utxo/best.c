#include "utxo/best.h"

/* Where a block's way back to the store, to the first block or to nowhere ends. */
enum root { ROOT_UNKNOWN = 0, ROOT_GENESIS, ROOT_STORE, ROOT_NOWHERE };

struct node {
    u128 work;       /* up to and with it, from its root on */
    uint64_t parent; /* among the found ones; NONE */
    uint32_t fork;   /* ROOT_STORE: blocks of the store below the first of its branch */
    uint8_t root;
    bool known, repeated;
};
#define NONE UINT64_MAX

/* Found blocks, and those of the store behind them, by hash. */
struct finder {
    const struct source_block *found;
    const struct utxo *u;
    uint64_t count, held, slot_count;
    uint64_t *slots; /* 1 + number; the store's follow the found ones */
    struct node *nodes;
};

static const uint8_t *hash_at(const struct finder *f, uint64_t n) {
    return n < f->count ? f->found[n].head.hash : f->u->blocks[n - f->count].hash;
}

/* The slot of a hash: its own, or the empty one where it belongs. */
static uint64_t *slot_of(const struct finder *f, const uint8_t hash[32]) {
    uint64_t at = hash_bytes(hash, 32, UTXO_HASH_SEED) & (f->slot_count - 1);
    while (f->slots[at] && memcmp(hash_at(f, f->slots[at] - 1), hash, 32) != 0)
        at = (at + 1) & (f->slot_count - 1);
    return &f->slots[at];
}

static bool is_nowhere(const uint8_t hash[32]) {
    static const uint8_t nowhere[32];
    return memcmp(hash, nowhere, sizeof nowhere) == 0;
}

static enum imjin_status fill(struct finder *f, struct error *err) {
    f->slot_count = 16;
    while (f->slot_count < 2 * (f->count + f->held))
        f->slot_count *= 2;
    f->slots = memory_new(f->slot_count, sizeof *f->slots);
    f->nodes = memory_new(f->count, sizeof *f->nodes);
    if (f->slots == NULL || f->nodes == NULL)
        return fail_memory(err, "the chain of blocks");
    for (uint64_t i = f->count; i < f->count + f->held; i++)
        *slot_of(f, hash_at(f, i)) = i + 1;
    for (uint64_t i = 0; i < f->count; i++) {
        uint64_t *slot = slot_of(f, f->found[i].head.hash);
        f->nodes[i] = (struct node){.parent = NONE, .known = *slot > f->count, .repeated = *slot && *slot <= f->count};
        if (*slot == 0)
            *slot = i + 1;
    }
    return IMJIN_OK;
}

/* The last block's work in the store's own count is in each of its rows. */
static u128 work_below(const struct utxo *u, uint64_t blocks) {
    return blocks ? (u128)u->blocks[blocks - 1].work_high << 64 | u->blocks[blocks - 1].work_low : 0;
}

/* Sets the root of a block whose parent is no found block, or finds its parent. */
static void set_root(const struct finder *f, struct node *n, const struct block_head *head) {
    uint64_t parent = is_nowhere(head->previous) ? 0 : *slot_of(f, head->previous);
    n->root = is_nowhere(head->previous) ? ROOT_GENESIS
              : parent == 0              ? ROOT_NOWHERE
              : parent > f->count        ? ROOT_STORE
                                         : ROOT_UNKNOWN;
    n->parent = n->root == ROOT_UNKNOWN ? parent - 1 : NONE;
    n->fork = n->root == ROOT_STORE ? (uint32_t)(parent - f->count) : 0;
    n->work = (n->root == ROOT_STORE ? work_below(f->u, n->fork) : 0) + block_work(head->bits);
}

/* From each block back to one that is settled, then forwards again; `path` has room for all of them. */
static void settle(const struct finder *f, uint64_t *path) {
    for (uint64_t i = 0; i < f->count; i++) {
        uint64_t depth = 0;
        for (uint64_t at = i; at != NONE && f->nodes[at].root == ROOT_UNKNOWN && !f->nodes[at].known;) {
            set_root(f, &f->nodes[at], &f->found[at].head);
            path[depth++] = at;
            at = f->nodes[at].parent;
        }
        for (; depth > 0; depth--) {
            struct node *n = &f->nodes[path[depth - 1]];
            if (n->parent == NONE)
                continue;
            const struct node *parent = &f->nodes[n->parent];
            n->root = parent->root;
            n->fork = parent->fork;
            n->work += parent->work;
        }
    }
}

static int compare_hashes(const uint8_t a[32], const uint8_t b[32]) {
    for (unsigned i = 32; i > 0; i--)
        if (a[i - 1] != b[i - 1])
            return a[i - 1] < b[i - 1] ? -1 : 1;
    return 0;
}

/* NONE when no found block ends a better chain than the store's, whose last is at `u`. */
static uint64_t best_tip(const struct finder *f, enum root root) {
    uint64_t best = NONE;
    u128 work = root == ROOT_STORE ? work_below(f->u, f->held) : 0;
    const uint8_t *hash = root == ROOT_STORE && f->held ? f->u->blocks[f->held - 1].hash : NULL;
    for (uint64_t i = 0; i < f->count; i++) {
        const struct node *n = &f->nodes[i];
        if (n->root != root || n->known || n->work < work)
            continue;
        if (n->work > work || hash == NULL || compare_hashes(f->found[i].head.hash, hash) < 0) {
            best = i;
            work = n->work;
            hash = f->found[i].head.hash;
        }
    }
    return best;
}

static enum imjin_status list_chain(const struct finder *f, uint64_t tip, struct best *b, struct error *err) {
    for (uint64_t at = tip; at != NONE; at = f->nodes[at].parent)
        b->count++;
    b->order = memory_new(b->count, sizeof *b->order);
    if (b->order == NULL)
        return fail_memory(err, "the chain of blocks");
    uint64_t place = b->count;
    for (uint64_t at = tip; at != NONE; at = f->nodes[at].parent)
        b->order[--place] = at;
    return IMJIN_OK;
}

static bool is_first(const struct output_chain *chain, const uint8_t hash[32]) {
    struct sha256 shown, reversed;
    INVARIANT(sha256_parse(chain->genesis, &shown));
    for (unsigned i = 0; i < 32; i++)
        reversed.bytes[i] = shown.bytes[31 - i];
    return memcmp(reversed.bytes, hash, 32) == 0;
}

/* Where the chain that was chosen begins. */
static enum imjin_status set_beginning(const struct finder *f, const struct output_chain *chain, struct best *b,
                                       struct error *err) {
    const struct source_block *first = &f->found[b->order[0]];
    enum root root = f->nodes[b->order[0]].root;
    if (root == ROOT_STORE) {
        b->keep = f->nodes[b->order[0]].fork;
        b->work = work_below(f->u, b->keep);
        b->partial = f->u->counts.partial;
        b->height_first = f->u->counts.height_first;
        return IMJIN_OK;
    }
    b->keep = 0;
    b->partial = root == ROOT_NOWHERE;
    b->height_first = root == ROOT_GENESIS ? 0 : is_first(chain, first->head.previous) ? 1 : first->height;
    if (root == ROOT_GENESIS && !is_first(chain, first->head.hash))
        return fail(err, IMJIN_BAD_INPUT, "the first block is not that of %s: is this another chain's file?", chain->name);
    return IMJIN_OK;
}

static void count_others(const struct finder *f, struct best *b) {
    for (uint64_t i = 0; i < f->count; i++) {
        const struct node *n = &f->nodes[i];
        b->known += n->known;
        b->unconnected += !n->known && !n->repeated && n->root == ROOT_NOWHERE;
        b->stale += !n->known && !n->repeated && n->root != ROOT_NOWHERE;
    }
    if (b->count == 0)
        return;
    if (f->nodes[b->order[0]].root == ROOT_NOWHERE)
        b->unconnected -= b->count;
    else
        b->stale -= b->count;
}

static enum imjin_status choose(struct finder *f, const struct output_chain *chain, struct best *b, struct error *err) {
    uint64_t *path = memory_new(f->count, sizeof *path);
    if (path == NULL)
        return fail_memory(err, "the chain of blocks");
    settle(f, path);
    memory_free(path);
    uint64_t tip = f->held ? best_tip(f, ROOT_STORE) : best_tip(f, ROOT_GENESIS);
    if (f->held == 0 && tip == NONE)
        tip = best_tip(f, ROOT_NOWHERE);
    if (tip != NONE) {
        TRY(list_chain(f, tip, b, err));
        TRY(set_beginning(f, chain, b, err));
    } else {
        b->keep = f->held;
    }
    count_others(f, b);
    return IMJIN_OK;
}

/* A whole history takes the place of a partial one. */
static bool begins_anew(const struct output_chain *chain, const struct utxo *u, const struct source_block *found,
                        uint64_t count) {
    if (!u->counts.partial)
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (is_first(chain, found[i].head.hash))
            return true;
    return false;
}

enum imjin_status best_find(struct best *ret, const struct output_chain *chain, const struct utxo *u,
                            const struct source_block *found, uint64_t count, struct error *err) {
    struct finder f = {.found = found, .count = count, .u = u};
    struct best b = {.height_first = ID_NONE};
    f.held = u && !begins_anew(chain, u, found, count) ? u->counts.blocks : 0;
    enum imjin_status status = fill(&f, err);
    if (status == IMJIN_OK)
        status = choose(&f, chain, &b, err);
    memory_free(f.slots);
    memory_free(f.nodes);
    if (status != IMJIN_OK) {
        best_done(&b);
        return status;
    }
    *ret = b;
    return IMJIN_OK;
}

void best_done(struct best *b) {
    memory_free(b->order);
    b->order = NULL;
}
