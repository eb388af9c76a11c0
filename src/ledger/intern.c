#define XXH_INLINE_ALL
#include <xxhash.h>

#include "ledger/intern.h"

#include <sys/random.h>

enum { PIECES_MAX = 1 << 20, SLOT_BITS_MIN = 12, SLOT_BITS_MAX = 32 };

/* ---- stash ---- */

void stash_init(struct stash *s, uint32_t item_bytes, uint32_t piece_shift) {
    *s = (struct stash){.item_bytes = item_bytes,
                        .piece_shift = piece_shift,
                        .pieces = {.item_bytes = sizeof(uint8_t *), .items_max = PIECES_MAX, .what = "pieces of memory"}};
}

static size_t piece_bytes(const struct stash *s) { return (size_t)s->item_bytes << s->piece_shift; }

void stash_done(struct stash *s) {
    for (size_t i = 0; i < s->pieces.count; i++)
        memory_free_pages(((uint8_t **)s->pieces.items)[i], piece_bytes(s));
    buffer_done(&s->pieces);
    s->count = 0;
}

enum imjin_status stash_grow(struct stash *s, struct error *err) {
    TRY(buffer_reserve(&s->pieces, 1, err));
    uint8_t *piece = memory_new_pages(piece_bytes(s));
    if (piece == NULL)
        return fail_memory(err, "addresses");
    return buffer_push(&s->pieces, &piece, NULL, err);
}

enum imjin_status stash_take(struct stash *s, uint64_t count, uint64_t *ret_first, struct error *err) {
    uint64_t room = (uint64_t)1 << s->piece_shift, first = s->count;
    INVARIANT(count <= room);
    if ((first & (room - 1)) + count > room)
        first = (first | (room - 1)) + 1;
    if (first + count > s->pieces.count << s->piece_shift)
        TRY(stash_grow(s, err));
    s->count = first + count;
    *ret_first = first;
    return IMJIN_OK;
}

/* ---- slots ---- */

static uint64_t slot_index(const struct slots *t, uint32_t tag) { return (uint64_t)tag >> (32 - t->bits); }

static enum imjin_status slots_new(struct slots *t, unsigned bits, struct error *err) {
    t->slots = memory_new_pages(sizeof(uint64_t) << bits);
    if (t->slots == NULL)
        return fail_memory(err, "a table of addresses (give it more memory, or import in parts)");
    t->bits = bits;
    return IMJIN_OK;
}

static void slots_done(struct slots *t) {
    if (t->slots)
        memory_free_pages(t->slots, sizeof(uint64_t) << t->bits);
    *t = (struct slots){0};
}

static void slots_put(struct slots *t, uint32_t tag, uint64_t slot) {
    uint64_t mask = ((uint64_t)1 << t->bits) - 1, i = slot_index(t, tag);
    while (t->slots[i])
        i = (i + 1) & mask;
    t->slots[i] = slot;
}

/* Keeps the table at most two thirds full with `more` items to come. Slots are in order of their tags, so the old table and
 * the new one are both walked in order. */
static enum imjin_status slots_reserve(struct slots *t, uint64_t more, uint64_t memory_max, struct error *err) {
    while ((t->used + more) * 3 > (uint64_t)2 << t->bits) {
        struct slots bigger = {.used = t->used};
        if (t->bits == SLOT_BITS_MAX || (uint64_t)sizeof(uint64_t) << (t->bits + 1) > memory_max)
            return fail(err, IMJIN_MACHINE, "too many addresses for the memory of an import; raise its budget");
        TRY(slots_new(&bigger, t->bits + 1, err));
        for (uint64_t i = 0; i < (uint64_t)1 << t->bits; i++) {
            if (t->slots[i])
                slots_put(&bigger, (uint32_t)(t->slots[i] >> 32), t->slots[i]);
        }
        slots_done(t);
        *t = bigger;
    }
    return IMJIN_OK;
}

/* ---- accounts ---- */

struct wanted {
    struct account_row row;
    const char *text; /* opaque and names */
    uint32_t tag;
};

static bool is_text(uint8_t form) { return form == ADDRESS_OPAQUE || form == FORM_NAME; }

static const char *stored_text(const struct interner *t, const struct account_row *row) {
    uint64_t offset;
    memcpy(&offset, row->bytes, sizeof offset);
    return stash_at(&t->texts, offset);
}

static inline bool same_row(const struct interner *t, const struct account_row *row, const struct wanted *w) {
    if (is_text(w->row.form))
        return row->form == w->row.form && row->count == w->row.count && memcmp(stored_text(t, row), w->text, row->count) == 0;
    return memcmp(row, &w->row, sizeof *row) == 0;
}

static inline void set_tag(const struct interner *t, struct wanted *w) {
    uint64_t hash = is_text(w->row.form) ? XXH3_64bits_withSeed(w->text, w->row.count, t->seed + w->row.form)
                                         : XXH3_64bits_withSeed(&w->row, sizeof w->row, t->seed);
    w->tag = (uint32_t)(hash >> 32);
}

static inline void set_wanted(const struct interner *t, const struct address *a, struct wanted *w) {
    memset(&w->row, 0, sizeof w->row);
    w->row.form = a->form;
    w->text = a->text;
    if (a->form == ADDRESS_EVM) {
        w->row.count = sizeof w->row.bytes;
        memcpy(w->row.bytes, a->evm, sizeof w->row.bytes);
    } else if (a->form == ADDRESS_OPAQUE) {
        w->row.count = a->count;
    }
    set_tag(t, w);
}

static enum imjin_status add_account(struct interner *t, struct wanted *w, uint64_t slot, uint32_t *ret, struct error *err) {
    uint64_t number, offset;
    if (t->accounts.count >= ID_NONE - 1)
        return fail(err, IMJIN_BAD_INPUT, "more than %u accounts", ID_NONE - 2);
    if (is_text(w->row.form)) {
        TRY(stash_take(&t->texts, w->row.count, &offset, err));
        memcpy(stash_at(&t->texts, offset), w->text, w->row.count);
        memcpy(w->row.bytes, &offset, sizeof offset);
    }
    TRY(stash_take(&t->accounts, 1, &number, err));
    memcpy(stash_at(&t->accounts, number), &w->row, sizeof w->row);
    t->account_slots.slots[slot] = (uint64_t)w->tag << 32 | (number + 1);
    t->account_slots.used++;
    *ret = (uint32_t)number;
    return IMJIN_OK;
}

static inline enum imjin_status find_or_add(struct interner *t, struct wanted *w, uint32_t *ret, struct error *err) {
    const struct slots *s = &t->account_slots;
    uint64_t mask = ((uint64_t)1 << s->bits) - 1, i = slot_index(s, w->tag);
    for (; s->slots[i]; i = (i + 1) & mask) {
        if (s->slots[i] >> 32 != w->tag)
            continue;
        uint32_t number = (uint32_t)s->slots[i] - 1;
        if (same_row(t, stash_at(&t->accounts, number), w)) {
            *ret = number;
            return IMJIN_OK;
        }
    }
    return add_account(t, w, i, ret, err);
}

/* Three steps for the whole batch, so that its cache misses overlap: hash and fetch the slot, fetch the row, compare. */
enum imjin_status intern_addresses(struct interner *t, const struct address *const *addresses, unsigned count,
                                   uint32_t *ret_numbers, struct error *err) {
    struct wanted wanted[INTERN_BATCH];
    struct slots *s = &t->account_slots;
    INVARIANT(count <= INTERN_BATCH);
    TRY(slots_reserve(s, count, t->memory_max, err));
    for (unsigned i = 0; i < count; i++) {
        set_wanted(t, addresses[i], &wanted[i]);
        __builtin_prefetch(&s->slots[slot_index(s, wanted[i].tag)]);
    }
    for (unsigned i = 0; i < count; i++) {
        uint64_t slot = s->slots[slot_index(s, wanted[i].tag)];
        if (slot >> 32 == wanted[i].tag && slot)
            __builtin_prefetch(stash_at(&t->accounts, (uint32_t)slot - 1));
    }
    for (unsigned i = 0; i < count; i++)
        TRY(find_or_add(t, &wanted[i], &ret_numbers[i], err));
    return IMJIN_OK;
}

enum imjin_status intern_name(struct interner *t, struct span name, uint32_t *ret, struct error *err) {
    struct wanted w = {.row = {.form = FORM_NAME, .count = (uint8_t)name.count}, .text = name.bytes};
    INVARIANT(name.count && name.count <= ADDRESS_TEXT_MAX);
    TRY(slots_reserve(&t->account_slots, 1, t->memory_max, err));
    set_tag(t, &w);
    return find_or_add(t, &w, ret, err);
}

void interned_address(const struct interner *t, uint32_t number, struct address *ret) {
    const struct account_row *row = interned_row(t, number);
    *ret = (struct address){.form = row->form == FORM_NAME ? ADDRESS_OPAQUE : row->form, .count = row->count};
    if (is_text(row->form))
        ret->text = stored_text(t, row);
    else
        memcpy(ret->evm, row->bytes, sizeof ret->evm);
}

int interned_compare(const struct interner *t, uint32_t a, uint32_t b) {
    struct address x, y;
    if (a == b)
        return 0;
    interned_address(t, a, &x);
    interned_address(t, b, &y);
    return address_compare(&x, &y);
}

/* ---- assets ---- */

enum imjin_status intern_asset_item(struct interner *t, const struct asset_item *item, uint32_t *ret, struct error *err) {
    struct slots *s = &t->asset_slots;
    TRY(slots_reserve(s, 1, t->memory_max, err));
    uint32_t tag = (uint32_t)(XXH3_64bits_withSeed(item, sizeof *item, t->seed) >> 32);
    uint64_t mask = ((uint64_t)1 << s->bits) - 1, i = slot_index(s, tag), number;
    for (; s->slots[i]; i = (i + 1) & mask) {
        number = (uint32_t)s->slots[i] - 1;
        if (s->slots[i] >> 32 == tag && memcmp(stash_at(&t->assets, number), item, sizeof *item) == 0) {
            *ret = (uint32_t)number;
            return IMJIN_OK;
        }
    }
    if (t->assets.count >= ID_NONE - 1)
        return fail(err, IMJIN_BAD_INPUT, "more than %u assets", ID_NONE - 2);
    TRY(stash_take(&t->assets, 1, &number, err));
    memcpy(stash_at(&t->assets, number), item, sizeof *item);
    s->slots[i] = (uint64_t)tag << 32 | (number + 1);
    s->used++;
    *ret = (uint32_t)number;
    return IMJIN_OK;
}

enum imjin_status intern_asset(struct interner *t, const struct asset_key *key, uint32_t *ret, struct error *err) {
    struct asset_item item = {.form = key->form};
    const struct address *contract = &key->contract;
    if (key->form == ASSET_NAMED)
        TRY(intern_name(t, (struct span){contract->text, contract->count}, &item.contract, err));
    else if (key->form != ASSET_NATIVE)
        TRY(intern_addresses(t, &contract, 1, &item.contract, err));
    if (key->form == ASSET_ITEM)
        u256_to_be(key->item, item.item);
    return intern_asset_item(t, &item, ret, err);
}

int interned_compare_assets(const struct interner *t, uint32_t a, uint32_t b) {
    const struct asset_item *x = interned_asset(t, a), *y = interned_asset(t, b);
    if (a == b)
        return 0;
    if (x->form != y->form)
        return x->form < y->form ? -1 : 1;
    int order = interned_compare(t, x->contract, y->contract);
    return order ? order : memcmp(x->item, y->item, sizeof x->item);
}

/* ---- the whole ---- */

enum imjin_status interner_init(struct interner *t, uint64_t memory_max, struct error *err) {
    const struct address reserved[] = {{.form = ADDRESS_VOID}, {.form = ADDRESS_FEES}};
    const struct address *pointers[] = {&reserved[0], &reserved[1]};
    uint32_t numbers[2], native;
    *t = (struct interner){.memory_max = memory_max};
    stash_init(&t->accounts, sizeof(struct account_row), 16);
    stash_init(&t->assets, sizeof(struct asset_item), 10);
    stash_init(&t->texts, 1, 18);
    /* a secret seed: whoever writes the input cannot aim at the table; nothing on disk depends on it */
    if (getrandom(&t->seed, sizeof t->seed, 0) != sizeof t->seed)
        t->seed = INDEX_HASH_SEED;
    enum imjin_status status = slots_new(&t->account_slots, SLOT_BITS_MIN, err);
    if (status == IMJIN_OK)
        status = slots_new(&t->asset_slots, SLOT_BITS_MIN, err);
    if (status == IMJIN_OK)
        status = intern_addresses(t, pointers, 2, numbers, err);
    if (status == IMJIN_OK)
        status = intern_asset(t, &(struct asset_key){.form = ASSET_NATIVE}, &native, err);
    if (status != IMJIN_OK)
        interner_done(t);
    return status;
}

void interner_done(struct interner *t) {
    stash_done(&t->accounts);
    stash_done(&t->assets);
    stash_done(&t->texts);
    slots_done(&t->account_slots);
    slots_done(&t->asset_slots);
}

uint64_t interner_bytes(const struct interner *t) {
    return stash_bytes(&t->accounts) + stash_bytes(&t->assets) + stash_bytes(&t->texts) +
           (sizeof(uint64_t) << t->account_slots.bits) + (sizeof(uint64_t) << t->asset_slots.bits);
}

static bool row_good(const struct interner *t, const struct account_row *row) {
    uint64_t offset, last_piece = ((uint64_t)1 << t->texts.piece_shift) - 1;
    memcpy(&offset, row->bytes, sizeof offset);
    if (!is_text(row->form))
        return row->form <= ADDRESS_EVM;
    return offset < t->texts.count && row->count <= t->texts.count - offset &&
           (offset & last_piece) + row->count <= last_piece + 1;
}

static enum imjin_status rebuild_accounts(struct interner *t, struct error *err) {
    struct slots *s = &t->account_slots;
    for (uint64_t i = 0; i < t->accounts.count; i++) {
        struct wanted w = {.row = *interned_row(t, (uint32_t)i)};
        if (!row_good(t, &w.row))
            return fail(err, IMJIN_MACHINE, "the journal of the last import is damaged; import again");
        if (is_text(w.row.form))
            w.text = stored_text(t, &w.row);
        set_tag(t, &w);
        slots_put(s, w.tag, (uint64_t)w.tag << 32 | (i + 1));
    }
    s->used = t->accounts.count;
    return IMJIN_OK;
}

enum imjin_status interner_rebuild(struct interner *t, struct error *err) {
    struct slots *s = &t->account_slots, *a = &t->asset_slots;
    memset(s->slots, 0, sizeof(uint64_t) << s->bits);
    memset(a->slots, 0, sizeof(uint64_t) << a->bits);
    s->used = a->used = 0;
    TRY(slots_reserve(s, t->accounts.count, t->memory_max, err));
    TRY(slots_reserve(a, t->assets.count, t->memory_max, err));
    TRY(rebuild_accounts(t, err));
    for (uint64_t i = 0; i < t->assets.count; i++) {
        const struct asset_item *item = interned_asset(t, (uint32_t)i);
        uint32_t tag = (uint32_t)(XXH3_64bits_withSeed(item, sizeof *item, t->seed) >> 32);
        if (item->form > ASSET_NAMED || item->contract >= t->accounts.count)
            return fail(err, IMJIN_MACHINE, "the journal of the last import is damaged; import again");
        slots_put(a, tag, (uint64_t)tag << 32 | (i + 1));
    }
    a->used = t->assets.count;
    return IMJIN_OK;
}
