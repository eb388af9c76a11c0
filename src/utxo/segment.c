#include "utxo/store.h"

enum { AHEAD = 16, DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, SLOTS_MIN = 2 };

/* ---- searching ---- */

static uint64_t home_of(uint64_t hash, uint64_t slots) { return (uint64_t)((u128)hash * slots >> 64); }
static uint64_t after(uint64_t at, uint64_t slots) { return at + 1 == slots ? 0 : at + 1; }

bool segment_find_tx(const struct utxo *u, const struct segment *s, const uint8_t id[32], uint64_t hash, uint32_t *ret) {
    uint64_t at = home_of(hash, s->tx_slot_count);
    bool found = false;
    /* all of the run, since of equal ids the last counts */
    for (uint64_t tried = 0; tried < s->tx_slot_count && s->tx_slots[at]; tried++, at = after(at, s->tx_slot_count)) {
        uint64_t n = s->tx_slots[at] - 1;
        if (n >= s->range.txs || memcmp(u->ids[s->range.tx + n], id, 32) != 0)
            continue;
        *ret = (uint32_t)(s->range.tx + n);
        found = true;
    }
    return found;
}

bool store_script_is(const struct utxo *u, uint64_t id, const struct script *s) {
    uint64_t word = u->scripts[id], offset = script_word_offset(word);
    return script_word_kind(word) == s->kind && script_word_count(word) == s->count &&
           offset + s->count <= u->manifest.rows.of[UTXO_FILE_PAYLOADS] &&
           (s->count == 0 || memcmp(u->payloads + offset, s->payload, s->count) == 0);
}

bool segment_find_script(const struct utxo *u, const struct segment *s, const struct script *key, uint64_t hash,
                         uint32_t *ret) {
    uint64_t at = home_of(hash, s->script_slot_count);
    for (uint64_t tried = 0; tried < s->script_slot_count && s->script_slots[at];
         tried++, at = after(at, s->script_slot_count)) {
        uint64_t n = s->script_slots[at] - 1;
        if (n >= s->range.scripts || !store_script_is(u, s->range.script + n, key))
            continue;
        *ret = (uint32_t)(s->range.script + n);
        return true;
    }
    return false;
}

bool segment_outputs(const struct segment *s, uint32_t script, struct utxo_list *ret) {
    uint64_t low = 0, high = s->lists;
    *ret = (struct utxo_list){.base = s->range.output};
    if (s->scripts == NULL)
        low = script;
    while (s->scripts && low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (s->scripts[middle] < script)
            low = middle + 1;
        else
            high = middle;
    }
    if (low >= s->lists || (s->scripts && s->scripts[low] != script))
        return true;
    uint64_t begin = low ? s->ends[low - 1] : 0, end = s->ends[low];
    if (begin > end || end > s->range.outputs)
        return false;
    ret->numbers = s->numbers + begin;
    ret->count = end - begin;
    return true;
}

/* ---- opening ---- */

static bool slots_good(uint64_t n) { return n >= SLOTS_MIN && n <= (uint64_t)1 << 33; }
static uint64_t keys_of(const struct segment_head *h) { return h->is_dense ? 0 : h->lists; }

static enum imjin_status check_head(const struct segment_head *h, const struct manifest_segment *m, struct error *err) {
    bool sound = memcmp(h->magic, SEGMENT_MAGIC, sizeof h->magic) == 0 && h->version == SEGMENT_VERSION &&
                 memcmp(&h->range, &m->range, sizeof m->range) == 0 && slots_good(h->tx_slots) && slots_good(h->script_slots) &&
                 h->lists <= m->range.outputs && h->is_dense <= 1;
    if (!sound || m->bytes != sizeof *h + 4 * (h->tx_slots + h->script_slots + keys_of(h) + h->lists + m->range.outputs))
        return fail(err, IMJIN_BAD_INPUT, "the store is damaged: the head of an index");
    return IMJIN_OK;
}

enum imjin_status utxo_segment_open(struct segment *ret, const char *directory, const struct manifest_segment *m,
                                    struct error *err) {
    struct segment s = {.range = m->range};
    char path[PATH_BYTES_MAX];
    struct segment_head head;
    TRY(utxo_segment_path(path, directory, m->number, err));
    if (m->bytes < sizeof head)
        return fail(err, IMJIN_BAD_INPUT, "the store is damaged: the length of an index");
    TRY(mapping_open_exact(&s.map, path, m->bytes, err));
    memcpy(&head, s.map.bytes, sizeof head);
    enum imjin_status status = check_head(&head, m, err);
    if (status != IMJIN_OK) {
        mapping_close(&s.map);
        return status;
    }
    s.tx_slot_count = head.tx_slots;
    s.script_slot_count = head.script_slots;
    s.lists = head.lists;
    s.tx_slots = (const uint32_t *)(const void *)(s.map.bytes + sizeof head);
    s.script_slots = s.tx_slots + head.tx_slots;
    const uint32_t *keys = s.script_slots + head.script_slots;
    s.scripts = head.is_dense ? NULL : keys;
    s.ends = keys + keys_of(&head);
    s.numbers = s.ends + head.lists;
    *ret = s;
    return IMJIN_OK;
}

void segment_close(struct segment *s) { mapping_close(&s->map); }

/* ---- building ---- */

/* Seven in ten slots are taken. */
static uint64_t slots_for(uint64_t count) { return count + count * 3 / 7 + SLOTS_MIN; }

static uint64_t tx_hash_at(const struct utxo *u, uint64_t n) { return hash_tx_id(u->ids[n]); }

static uint64_t script_hash_at(const struct utxo *u, uint64_t n) {
    uint64_t word = u->scripts[n];
    return hash_script(script_word_kind(word), u->payloads + script_word_offset(word), script_word_count(word));
}

/* Puts `count` numbers from `first` into slots, in their order. */
static void fill_slots(const struct utxo *u, uint64_t (*hash_at)(const struct utxo *u, uint64_t n), uint64_t first,
                       uint64_t count, uint32_t *slots, uint64_t slot_count) {
    uint64_t homes[AHEAD];
    for (uint64_t i = 0; i < count + AHEAD; i++) {
        if (i >= AHEAD) {
            uint64_t at = homes[i % AHEAD];
            while (slots[at])
                at = after(at, slot_count);
            slots[at] = (uint32_t)(i - AHEAD) + 1;
        }
        if (i < count) {
            homes[i % AHEAD] = home_of(hash_at(u, first + i), slot_count);
            __builtin_prefetch(&slots[homes[i % AHEAD]], 1);
        }
    }
}

struct pair {
    uint32_t script, number;
};

/* One pass of a stable sort by one digit. */
static void sort_pass(const struct pair *from, struct pair *to, uint64_t count, unsigned shift) {
    uint64_t places[DIGITS] = {0}, sum = 0;
    for (uint64_t i = 0; i < count; i++)
        places[from[i].script >> shift & (DIGITS - 1)]++;
    for (unsigned d = 0; d < DIGITS; d++) {
        uint64_t here = places[d];
        places[d] = sum;
        sum += here;
    }
    for (uint64_t i = 0; i < count; i++)
        to[places[from[i].script >> shift & (DIGITS - 1)]++] = from[i];
}

/* Pairs by script, and by number within one, since the passes keep the order. Returns where they ended. */
static struct pair *sorted_pairs(const struct utxo *u, const struct segment_range *r, struct pair *a, struct pair *b) {
    uint32_t script_max = 0;
    for (uint64_t i = 0; i < r->outputs; i++) {
        a[i] = (struct pair){u->outputs[r->output + i].script, (uint32_t)i};
        script_max = a[i].script > script_max ? a[i].script : script_max;
    }
    for (unsigned shift = 0; shift < 32 && script_max >> shift; shift += DIGIT_BITS) {
        sort_pass(a, b, r->outputs, shift);
        struct pair *other = a;
        a = b;
        b = other;
    }
    return a;
}

static uint64_t count_lists(const struct pair *pairs, uint64_t count) {
    uint64_t lists = 0;
    for (uint64_t i = 0; i < count; i++)
        lists += i == 0 || pairs[i].script != pairs[i - 1].script;
    return lists;
}

/* The arrays of the lists, into `ret`; a dense one needs no keys. */
static void fill_lists(const struct pair *pairs, uint64_t count, const struct segment_head *head, uint32_t *ret) {
    uint32_t *scripts = head->is_dense ? NULL : ret, *ends = ret + keys_of(head), *numbers = ends + head->lists;
    uint64_t n = 0;
    for (uint64_t i = 0; i < count; i++) {
        n += i && pairs[i].script != pairs[i - 1].script;
        ends[n] = (uint32_t)i + 1;
        numbers[i] = pairs[i].number;
        if (scripts)
            scripts[n] = pairs[i].script;
    }
}

static enum imjin_status write_file(const char *path, const void *bytes, uint64_t count, struct manifest_segment *m,
                                    struct error *err) {
    struct file_writer *w;
    TRY(sha256_of(bytes, count, &m->hash, err));
    TRY(file_writer_open(&w, path, FILE_CREATE, 0, false, err));
    file_write(w, bytes, count);
    return file_writer_close(w, NULL, err);
}

struct work {
    uint8_t *file;
    struct pair *pairs;
    uint64_t file_bytes, pair_bytes;
};

static enum imjin_status build(const struct utxo *u, const char *path, struct manifest_segment *m, struct work *w,
                               struct error *err) {
    const struct segment_range *r = &m->range;
    struct segment_head head = {.magic = SEGMENT_MAGIC,
                                .version = SEGMENT_VERSION,
                                .range = *r,
                                .tx_slots = slots_for(r->txs),
                                .script_slots = slots_for(r->scripts)};
    w->pair_bytes = (r->outputs + 1) * 2 * sizeof *w->pairs;
    w->file_bytes = sizeof head + 4 * (head.tx_slots + head.script_slots + 3 * r->outputs);
    w->pairs = memory_new_pages(w->pair_bytes);
    w->file = w->pairs ? memory_new_pages(w->file_bytes) : NULL;
    if (w->file == NULL)
        return fail_memory(err, "an index");
    uint32_t *slots = (uint32_t *)(void *)(w->file + sizeof head);
    fill_slots(u, tx_hash_at, r->tx, r->txs, slots, head.tx_slots);
    fill_slots(u, script_hash_at, r->script, r->scripts, slots + head.tx_slots, head.script_slots);
    const struct pair *pairs = sorted_pairs(u, r, w->pairs, w->pairs + r->outputs);
    head.lists = count_lists(pairs, r->outputs);
    /* the first of a chain has outputs of every script that it names */
    head.is_dense = r->script == 0 && head.lists == r->scripts;
    fill_lists(pairs, r->outputs, &head, slots + head.tx_slots + head.script_slots);
    memcpy(w->file, &head, sizeof head);
    m->bytes = sizeof head + 4 * (head.tx_slots + head.script_slots + keys_of(&head) + head.lists + r->outputs);
    return write_file(path, w->file, m->bytes, m, err);
}

enum imjin_status segment_write(const struct utxo *u, const char *directory, struct manifest_segment *m, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct work w = {0};
    TRY(utxo_segment_path(path, directory, m->number, err));
    enum imjin_status status = build(u, path, m, &w, err);
    if (w.file)
        memory_free_pages(w.file, w.file_bytes);
    if (w.pairs)
        memory_free_pages(w.pairs, w.pair_bytes);
    return status;
}
