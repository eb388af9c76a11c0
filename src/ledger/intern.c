#define XXH_INLINE_ALL
#include <xxhash.h>

#include "ledger/intern.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

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
    s->count = s->mapped = 0;
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

void stash_map(struct stash *s, const char *path, uint64_t count) {
    uint8_t **pieces = s->pieces.items;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    while (s->mapped < count >> s->piece_shift && mmap(pieces[s->mapped], piece_bytes(s), PROT_READ, MAP_PRIVATE | MAP_FIXED,
                                                       file, (off_t)(s->mapped * piece_bytes(s))) != MAP_FAILED)
        s->mapped++;
    close(file);
    /* what was looked up in the earlier ones need not stay in memory either */
    for (uint64_t i = 0; i < s->mapped; i++)
        (void)madvise(pieces[i], piece_bytes(s), MADV_DONTNEED);
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

/* A row as three words: put together in registers, since reading back bytes that were just stored would stall. */
struct row_words {
    uint64_t word[3];
};
struct wanted {
    struct row_words row;
    uint32_t tag, slot;
    const char *text; /* opaque and names */
};
_Static_assert(sizeof(struct row_words) == sizeof(struct account_row), "a row is three words");

static bool is_text(uint8_t form) { return form == ADDRESS_OPAQUE || form == FORM_NAME; }

static uint8_t words_form(const struct row_words *w) { return (uint8_t)w->word[0]; }
static uint8_t words_count(const struct row_words *w) { return (uint8_t)(w->word[0] >> 8); }

static inline struct row_words words_of(uint8_t form, uint8_t count) {
    return (struct row_words){{(uint64_t)form | (uint64_t)count << 8}};
}

static inline struct row_words words_of_evm(const uint8_t evm[20]) {
    uint32_t head;
    struct row_words w;
    memcpy(&head, evm, 4);
    memcpy(&w.word[1], evm + 4, 8);
    memcpy(&w.word[2], evm + 12, 8);
    w.word[0] = (uint64_t)ADDRESS_EVM | (uint64_t)20 << 8 | (uint64_t)head << 32;
    return w;
}

static const char *stored_text(const struct interner *t, const struct account_row *row) {
    uint64_t offset;
    memcpy(&offset, row->bytes, sizeof offset);
    return stash_at(&t->texts, offset);
}

static inline bool same_row(const struct interner *t, const struct account_row *row, const struct wanted *w) {
    struct row_words stored;
    memcpy(&stored, row, sizeof stored);
    if (!is_text(words_form(&w->row)))
        return ((stored.word[0] ^ w->row.word[0]) | (stored.word[1] ^ w->row.word[1]) | (stored.word[2] ^ w->row.word[2])) == 0;
    return row->form == words_form(&w->row) && row->count == words_count(&w->row) &&
           memcmp(stored_text(t, row), w->text, row->count) == 0;
}

static inline uint64_t fold(uint64_t a, uint64_t b) {
    u128 product = (u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Multiply and fold, under secret keys. */
static inline void set_tag(const struct interner *t, struct wanted *w) {
    const struct row_words *r = &w->row;
    uint64_t hash = is_text(words_form(r))
                        ? XXH3_64bits_withSeed(w->text, words_count(r), t->keys[0] + words_form(r))
                        : fold(fold(r->word[0] ^ t->keys[0], r->word[1] ^ t->keys[1]) ^ r->word[2], t->keys[2]);
    w->tag = (uint32_t)(hash >> 32);
}

static inline void set_wanted(const struct interner *t, const struct address *a, struct wanted *w) {
    w->text = a->text;
    w->row = a->form == ADDRESS_EVM ? words_of_evm(a->evm) : words_of(a->form, a->form == ADDRESS_OPAQUE ? a->count : 0);
    set_tag(t, w);
}

static enum imjin_status add_account(struct interner *t, struct wanted *w, uint64_t slot, uint32_t *ret, struct error *err) {
    uint64_t number, offset;
    if (t->accounts.count >= ID_NONE - 1)
        return fail(err, IMJIN_BAD_INPUT, "more than %u accounts", ID_NONE - 2);
    uint8_t count = words_count(&w->row);
    if (is_text(words_form(&w->row))) {
        TRY(stash_take(&t->texts, count, &offset, err));
        memcpy(stash_at(&t->texts, offset), w->text, count);
        memcpy((uint8_t *)&w->row + offsetof(struct account_row, bytes), &offset, sizeof offset);
    }
    TRY(stash_take(&t->accounts, 1, &number, err));
    memcpy(stash_at(&t->accounts, number), &w->row, sizeof w->row);
    t->account_slots.slots[slot] = (uint64_t)w->tag << 32 | (number + 1);
    t->account_slots.used++;
    *ret = (uint32_t)number;
    return IMJIN_OK;
}

/* Where the slot of a tag is, or the empty one where it would go; `from` is where to begin. */
static inline uint64_t find_tag(const struct slots *s, uint32_t tag, uint64_t from) {
    uint64_t mask = ((uint64_t)1 << s->bits) - 1;
    while (s->slots[from] && s->slots[from] >> 32 != tag)
        from = (from + 1) & mask;
    return from;
}

static inline enum imjin_status find_or_add(struct interner *t, struct wanted *w, uint32_t *ret, struct error *err) {
    const struct slots *s = &t->account_slots;
    uint64_t i = find_tag(s, w->tag, w->slot);
    while (s->slots[i]) {
        uint32_t number = (uint32_t)s->slots[i] - 1;
        if (same_row(t, stash_at(&t->accounts, number), w)) {
            *ret = number;
            return IMJIN_OK;
        }
        i = find_tag(s, w->tag, (i + 1) & (((uint64_t)1 << s->bits) - 1));
    }
    return add_account(t, w, i, ret, err);
}

/* Three steps for the whole batch, so that its cache misses overlap: hash and fetch the slot; find the slot and fetch the
 * row; compare. */
enum imjin_status intern_addresses(struct interner *t, const struct address *const *addresses, unsigned count,
                                   uint32_t *ret_numbers, struct error *err) {
    struct wanted wanted[INTERN_BATCH];
    struct slots *s = &t->account_slots;
    INVARIANT(count <= INTERN_BATCH);
    TRY(slots_reserve(s, count, t->memory_max, err));
    for (unsigned i = 0; i < count; i++) {
        set_wanted(t, addresses[i], &wanted[i]);
        wanted[i].slot = (uint32_t)slot_index(s, wanted[i].tag);
        __builtin_prefetch(&s->slots[wanted[i].slot]);
    }
    for (unsigned i = 0; i < count; i++) {
        wanted[i].slot = (uint32_t)find_tag(s, wanted[i].tag, wanted[i].slot);
        uint64_t slot = s->slots[wanted[i].slot];
        if (slot) { /* a row may lie across two cache lines */
            const uint8_t *row = stash_at(&t->accounts, (uint32_t)slot - 1);
            __builtin_prefetch(row);
            __builtin_prefetch(row + sizeof(struct account_row) - 1);
        }
    }
    for (unsigned i = 0; i < count; i++)
        TRY(find_or_add(t, &wanted[i], &ret_numbers[i], err));
    return IMJIN_OK;
}

enum imjin_status intern_name(struct interner *t, struct span name, uint32_t *ret, struct error *err) {
    struct wanted w = {.row = words_of(FORM_NAME, (uint8_t)name.count), .text = name.bytes};
    INVARIANT(name.count && name.count <= ADDRESS_TEXT_MAX);
    TRY(slots_reserve(&t->account_slots, 1, t->memory_max, err));
    set_tag(t, &w);
    w.slot = (uint32_t)slot_index(&t->account_slots, w.tag);
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
    uint32_t tag = (uint32_t)(XXH3_64bits_withSeed(item, sizeof *item, t->keys[0]) >> 32);
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
    stash_init(&t->accounts, sizeof(struct account_row), 18);
    stash_init(&t->assets, sizeof(struct asset_item), 10);
    stash_init(&t->texts, 1, 18);
    /* a secret seed: whoever writes the input cannot aim at the table; nothing on disk depends on it */
    if (getrandom(t->keys, sizeof t->keys, 0) != sizeof t->keys)
        memcpy(t->keys, "imjin: no source of randomness", sizeof t->keys);
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
        const struct account_row *row = interned_row(t, (uint32_t)i);
        struct wanted w = {0};
        if (!row_good(t, row))
            return fail(err, IMJIN_MACHINE, "the journal of the last import is damaged; import again");
        memcpy(&w.row, row, sizeof w.row);
        if (is_text(row->form))
            w.text = stored_text(t, row);
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
        uint32_t tag = (uint32_t)(XXH3_64bits_withSeed(item, sizeof *item, t->keys[0]) >> 32);
        if (item->form > ASSET_NAMED || item->contract >= t->accounts.count)
            return fail(err, IMJIN_MACHINE, "the journal of the last import is damaged; import again");
        slots_put(a, tag, (uint64_t)tag << 32 | (i + 1));
    }
    a->used = t->assets.count;
    return IMJIN_OK;
}
