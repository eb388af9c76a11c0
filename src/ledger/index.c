#define XXH_INLINE_ALL
#include <stdlib.h>
#include <xxhash.h>

#include "ledger/column.h"
#include "ledger/store.h"

enum { CROWD = 48, FORGET_ROWS = 1 << 20, KEYS_BATCH = 256, TX_BUCKET_LOAD = 8, ACCOUNT_BUCKET_LOAD = 4 };

/* ---- reading ---- */

static bool words_fit(const struct segment *s, uint64_t at, uint64_t count) {
    return at % 4 == 0 && at <= s->map.count && count <= (s->map.count - at) / 4;
}

static bool table_fits(const struct segment *s, const struct index_table *t, uint64_t count) {
    return t->buckets && t->buckets <= (uint64_t)1 << 32 && (t->buckets & (t->buckets - 1)) == 0 &&
           words_fit(s, t->offsets_at, t->buckets + 1) && words_fit(s, t->ids_at, count);
}

/* The first lists of a file begin at its offset 0, where 0 as the place of the keys says nothing; but keys stand right before
 * the offsets, and those of dense lists never do. */
static bool is_sparse(const struct index_lists *lists) { return lists->keys_at + 4 * lists->keys == lists->offsets_at; }

static bool lists_fit(const struct segment *s, const struct index_lists *lists, uint64_t movements) {
    return lists->keys <= UINT32_MAX && (!is_sparse(lists) || words_fit(s, lists->keys_at, lists->keys)) &&
           words_fit(s, lists->offsets_at, lists->keys + 1) && words_fit(s, lists->list_at, movements);
}

static bool range_fits(uint64_t first, uint64_t count, uint64_t max) { return first <= max && count <= max - first; }

static bool header_good(const struct segment *s, const struct ledger_counts *c) {
    const struct index_header *h = s->header;
    return memcmp(h->magic, INDEX_MAGIC, sizeof h->magic) == 0 && h->version == INDEX_VERSION &&
           h->file_bytes == s->map.count && range_fits(h->first_movement, h->movement_count, c->movements) &&
           range_fits(h->first_tx, h->tx_count, c->txs) && range_fits(h->first_account, h->account_count, c->accounts) &&
           range_fits(h->first_asset, h->asset_count, c->assets) && lists_fit(s, &h->lists[0], h->movement_count) &&
           lists_fit(s, &h->lists[1], h->movement_count) && table_fits(s, &h->txs, h->tx_count) &&
           table_fits(s, &h->accounts, h->account_count) && table_fits(s, &h->assets, h->asset_count);
}

enum imjin_status segment_open(struct segment *ret, const char *path, uint64_t bytes, const struct ledger_counts *counts,
                               struct error *err) {
    struct segment s = {0};
    if (bytes < sizeof *s.header || bytes % 8)
        return fail(err, IMJIN_BAD_INPUT, "the ledger's index %s has an impossible length", path);
    TRY(mapping_open_prefix(&s.map, path, bytes, err));
    s.header = (const void *)(s.map.bytes + bytes - sizeof *s.header);
    if (!header_good(&s, counts)) {
        mapping_close(&s.map);
        return fail(err, IMJIN_BAD_INPUT, "the ledger's index %s is damaged", path);
    }
    *ret = s;
    return IMJIN_OK;
}

/* Entry of `account` among the keys; false when it has none. */
static bool find_key(const struct segment *s, const struct index_lists *lists, uint32_t account, uint64_t *ret) {
    if (!is_sparse(lists)) {
        *ret = account;
        return account < lists->keys;
    }
    const uint32_t *keys = segment_words(s, lists->keys_at);
    uint64_t low = 0, high = lists->keys;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (keys[middle] < account)
            low = middle + 1;
        else
            high = middle;
    }
    *ret = low;
    return low < lists->keys && keys[low] == account;
}

bool segment_list(const struct segment *s, enum direction d, uint32_t account, struct movement_list *ret) {
    const struct index_lists *lists = &s->header->lists[d];
    uint64_t entry;
    *ret = (struct movement_list){0};
    if (!find_key(s, lists, account, &entry))
        return true;
    const uint32_t *offsets = segment_words(s, lists->offsets_at) + entry;
    if (offsets[0] > offsets[1] || offsets[1] > s->header->movement_count)
        return false;
    *ret = (struct movement_list){segment_words(s, lists->list_at) + offsets[0], offsets[1] - offsets[0]};
    return true;
}

bool segment_bucket(const struct segment *s, const struct index_table *t, uint64_t count, uint64_t hash,
                    const uint32_t **ret_ids, uint32_t *ret_count) {
    const uint32_t *offsets = segment_words(s, t->offsets_at) + (hash & (t->buckets - 1));
    if (offsets[0] > offsets[1] || offsets[1] > count)
        return false;
    *ret_ids = segment_words(s, t->ids_at) + offsets[0];
    *ret_count = offsets[1] - offsets[0];
    return true;
}

/* ---- writing: items sorted by key, by counting ---- */

/* The items are [0, count); fill() says the keys of some of them, below `keys`, and with `tagged` 32 more bits that equal items
 * have in common. Item i is written as first + i. */
struct sorting {
    uint64_t count, keys, first;
    void (*fill)(const struct sorting *s, uint64_t from, uint64_t count, uint32_t *ret_keys, uint32_t *ret_tags);
    const struct ledger *ledger;
    const struct index_job *job;
    struct column *out;
    uint64_t *ret_offsets_at, *ret_ids_at;
    bool tagged; /* transactions: none may come twice */
};

static void add_words(struct column *out, const uint32_t *words, uint64_t count) { column_add(out, words, count * 4); }

/* The columns are read from end to end: what lies behind need not stay in memory. */
static enum imjin_status step(const struct sorting *s, uint64_t done, struct error *err) {
    if (done % FORGET_ROWS == 0)
        ledger_forget_pages(s->ledger);
    return progress_step(s->job->progress, "indexing", "entries", done, s->count, err);
}

static enum imjin_status count_keys(const struct sorting *s, uint32_t *offsets, struct error *err) {
    uint32_t keys[KEYS_BATCH], tags[KEYS_BATCH];
    for (uint64_t at = 0; at < s->count; at += KEYS_BATCH) {
        uint64_t count = s->count - at < KEYS_BATCH ? s->count - at : KEYS_BATCH;
        s->fill(s, at, count, keys, tags);
        for (uint64_t i = 0; i < count; i++)
            __builtin_prefetch(&offsets[keys[i]], 1);
        for (uint64_t i = 0; i < count; i++) {
            if (keys[i] >= s->keys)
                return ledger_damaged(err, "entry", s->first + at + i);
            offsets[keys[i] + 1]++;
        }
        TRY(step(s, at, err));
    }
    for (uint64_t k = 0; k < s->keys; k++)
        offsets[k + 1] += offsets[k];
    return IMJIN_OK;
}

/* Sorted items of some keys. */
struct sorted {
    uint32_t *ids, *tags; /* tags: null unless asked for */
    uint64_t count;
};

/* Fetches ahead what the items of a batch will touch: first where each key's next item goes, then that place. Inlined, since
 * gcc takes a function that only fetches for one without effect and drops its calls. */
[[gnu::always_inline]] static inline void fetch_places(const uint32_t *keys, uint64_t count, const uint32_t *next,
                                                       uint32_t base, uint32_t low, uint64_t high, const struct sorted *out) {
    for (uint64_t i = 0; i < count; i++)
        __builtin_prefetch(&next[keys[i]], 1);
    for (uint64_t i = 0; i < count; i++) {
        if (keys[i] < low || keys[i] >= high)
            continue;
        __builtin_prefetch(&out->ids[next[keys[i]] - base], 1);
        if (out->tags)
            __builtin_prefetch(&out->tags[next[keys[i]] - base], 1);
    }
}

/* Items of the keys [low, high) into `out`; `next` holds where each key's next item goes. */
static enum imjin_status scatter(const struct sorting *s, uint32_t *next, uint32_t low, uint64_t high, struct sorted *out,
                                 struct error *err) {
    uint32_t keys[KEYS_BATCH], tags[KEYS_BATCH];
    const uint32_t base = next[low];
    for (uint64_t at = 0; at < s->count; at += KEYS_BATCH) {
        uint64_t count = s->count - at < KEYS_BATCH ? s->count - at : KEYS_BATCH;
        s->fill(s, at, count, keys, tags);
        fetch_places(keys, count, next, base, low, high, out);
        for (uint64_t i = 0; i < count; i++) {
            if (keys[i] < low || keys[i] >= high)
                continue;
            uint32_t place = next[keys[i]]++ - base;
            out->ids[place] = (uint32_t)(s->first + at + i);
            if (out->tags)
                out->tags[place] = tags[i];
        }
        TRY(step(s, at, err));
    }
    return IMJIN_OK;
}

/* Last key (exclusive) so that the items of [low, it) fit `room`; at least one key. */
static uint64_t range_end(const uint32_t *offsets, uint64_t keys, uint64_t low, uint64_t room) {
    uint64_t high = keys, first = low + 1;
    while (first < high) {
        uint64_t middle = first + (high - first + 1) / 2;
        if (offsets[middle] - offsets[low] <= room)
            first = middle;
        else
            high = middle - 1;
    }
    return first;
}

static enum imjin_status tx_twice(const struct ledger *l, uint32_t a, uint32_t b, struct error *err) {
    char id[TX_PRINT_MAX];
    struct ledger_tx x, y;
    TRY(ledger_tx(l, (struct tx_id){a}, &x, err));
    TRY(ledger_tx(l, (struct tx_id){b}, &y, err));
    TRY(ledger_tx_print(l, (struct tx_id){a}, id, err));
    return fail_value(err, NULL, 0, LEDGER_FORK_COLUMN, id, strlen(id),
                      "stands in block %u and in block %u: one of them is of a fork, or wrong; nothing was imported", x.block,
                      y.block);
}

static int by_tx_id(const void *a, const void *b, void *tx_ids) {
    const uint8_t(*ids)[32] = tx_ids;
    return memcmp(ids[*(const uint32_t *)a], ids[*(const uint32_t *)b], 32);
}

/* Many items of one bucket do not come by chance: they are sorted, so that nobody can make this slow. */
static enum imjin_status check_crowd(const struct ledger *l, const uint32_t *ids, uint64_t count, struct error *err) {
    enum imjin_status status = IMJIN_OK;
    uint32_t *sorted = memory_new(count, sizeof *sorted);
    if (sorted == NULL)
        return fail_memory(err, "an index");
    memcpy(sorted, ids, count * sizeof *sorted);
    qsort_r(sorted, count, sizeof *sorted, by_tx_id, (void *)l->tx_ids);
    for (uint64_t i = 1; i < count && status == IMJIN_OK; i++) {
        uint32_t a = sorted[i - 1], b = sorted[i];
        if (memcmp(l->tx_ids[a], l->tx_ids[b], 32) == 0)
            status = tx_twice(l, a < b ? a : b, a < b ? b : a, err);
    }
    memory_free(sorted);
    return status;
}

/* A transaction's rows in one block are united before; so an id that comes twice stands in two blocks. The items of the k-th
 * of `keys` keys end at ends[k], less a constant. */
static enum imjin_status check_txs(const struct ledger *l, const struct sorted *sorted, const uint32_t *ends, uint64_t keys,
                                   struct error *err) {
    const uint32_t *ids = sorted->ids, *tags = sorted->tags;
    uint64_t at = 0, first = ends[keys - 1] - sorted->count;
    for (uint64_t k = 0; k < keys; k++) {
        uint64_t end = ends[k] - first;
        if (end - at > CROWD)
            TRY(check_crowd(l, ids + at, end - at, err));
        for (uint64_t i = at + 1; i < end && end - at <= CROWD; i++) {
            for (uint64_t j = at; j < i; j++) {
                if (tags[i] == tags[j] && memcmp(l->tx_ids[ids[i]], l->tx_ids[ids[j]], 32) == 0)
                    return tx_twice(l, ids[j], ids[i], err);
            }
        }
        at = end;
    }
    return IMJIN_OK;
}

static enum imjin_status sorted_new(struct sorted *ret, uint64_t count, bool tagged, struct error *err) {
    struct sorted s = {.count = count, .ids = memory_new_pages(count * 4)};
    if (tagged)
        s.tags = memory_new_pages(count * 4);
    *ret = s;
    return s.ids && (!tagged || s.tags) ? IMJIN_OK : fail_memory(err, "an index");
}

static void sorted_done(struct sorted *s) {
    memory_free_pages(s->ids, s->count * 4);
    memory_free_pages(s->tags, s->count * 4);
}

static enum imjin_status write_ids(const struct sorting *s, uint32_t *offsets, struct error *err) {
    uint64_t room = s->job->memory_bytes / 16;
    enum imjin_status status = IMJIN_OK;
    /* scatter() moves next[k] to the end of key k, which is the start of key k + 1: the array is shifted, not spoilt */
    for (uint64_t low = 0, high; low < s->keys && status == IMJIN_OK; low = high) {
        struct sorted out;
        high = range_end(offsets, s->keys, low, room);
        status = sorted_new(&out, offsets[high] - offsets[low], s->tagged, err);
        if (status == IMJIN_OK)
            status = scatter(s, offsets, (uint32_t)low, high, &out, err);
        /* now offsets[k] is where the items of key k end */
        if (status == IMJIN_OK && s->tagged)
            status = check_txs(s->ledger, &out, offsets + low, high - low, err);
        if (status == IMJIN_OK)
            add_words(s->out, out.ids, out.count);
        sorted_done(&out);
    }
    return status;
}

/* Writes u32[keys + 1] offsets and the sorted items. */
static enum imjin_status write_sorted(const struct sorting *s, struct error *err) {
    uint64_t bytes = (s->keys + 1) * 4;
    uint32_t *offsets = memory_new_pages(bytes);
    if (offsets == NULL)
        return fail_memory(err, "an index");
    enum imjin_status status = count_keys(s, offsets, err);
    if (status == IMJIN_OK) {
        *s->ret_offsets_at = s->out->bytes;
        add_words(s->out, offsets, s->keys + 1);
        *s->ret_ids_at = s->out->bytes;
        status = write_ids(s, offsets, err);
    }
    memory_free_pages(offsets, bytes);
    return status;
}

static void fill_from(const struct sorting *s, uint64_t from, uint64_t count, uint32_t *ret_keys, uint32_t *ret_tags) {
    (void)ret_tags;
    for (uint64_t i = 0; i < count; i++)
        ret_keys[i] = s->ledger->movements[s->first + from + i].from;
}

static void fill_to(const struct sorting *s, uint64_t from, uint64_t count, uint32_t *ret_keys, uint32_t *ret_tags) {
    (void)ret_tags;
    for (uint64_t i = 0; i < count; i++)
        ret_keys[i] = s->ledger->movements[s->first + from + i].to;
}

static void fill_txs(const struct sorting *s, uint64_t from, uint64_t count, uint32_t *ret_keys, uint32_t *ret_tags) {
    for (uint64_t i = 0; i < count; i++) {
        uint64_t hash =
            XXH3_64bits_withSeed(s->ledger->tx_ids[s->first + from + i], 32, INDEX_HASH_SEED); /* hash_tx(), in line */
        ret_keys[i] = (uint32_t)(hash & (s->keys - 1));
        ret_tags[i] = (uint32_t)(hash >> 32);
    }
}

/* A damaged reference gives the empty text: its entry is then merely never found. */
static struct span text_of(const struct ledger *l, uint64_t offset, uint64_t count) {
    bool inside = l->text && count <= l->text_bytes && offset <= l->text_bytes - count;
    return inside ? (struct span){l->text + offset, count} : (struct span){"", 0};
}

/* ... also when the other block is covered by a segment that stays. */
static enum imjin_status check_segments(const struct ledger *l, const struct index_job *job, const struct ledger *older,
                                        struct error *err) {
    struct tx_id there;
    for (uint64_t i = 0; older && job->first_tx && i < job->tx_count; i++) {
        uint32_t tx = (uint32_t)(job->first_tx + i);
        enum imjin_status status = ledger_find_tx(older, l->tx_ids[tx], &there, err);
        if (status == IMJIN_OK && there.n < job->first_tx)
            return tx_twice(l, there.n, tx, err);
        if (status != IMJIN_OK && status != IMJIN_NOT_FOUND)
            return status;
    }
    return IMJIN_OK;
}

static void fill_accounts(const struct sorting *s, uint64_t from, uint64_t count, uint32_t *ret_keys, uint32_t *ret_tags) {
    (void)ret_tags;
    const struct ledger *l = s->ledger;
    for (uint64_t i = 0; i < count; i++) {
        const struct account_row *row = &l->accounts[s->first + from + i];
        uint64_t offset;
        memcpy(&offset, row->bytes, sizeof offset);
        struct span bytes = {(const char *)row->bytes, row->form == ADDRESS_EVM ? sizeof row->bytes : 0};
        if (row->form == ADDRESS_OPAQUE)
            bytes = text_of(l, offset, row->count);
        ret_keys[i] = (uint32_t)(hash_account(row->form, bytes.bytes, bytes.count) & (s->keys - 1));
    }
}

static void fill_assets(const struct sorting *s, uint64_t from, uint64_t count, uint32_t *ret_keys, uint32_t *ret_tags) {
    (void)ret_tags;
    const struct ledger *l = s->ledger;
    for (uint64_t i = 0; i < count; i++) {
        const struct asset_row *row = &l->assets[s->first + from + i];
        struct span name = text_of(l, row->name_offset, row->name_count);
        uint64_t who = row->form == ASSET_NAMED ? hash_name(name.bytes, name.count) : row->contract;
        ret_keys[i] = (uint32_t)(hash_asset(row->form, who, row->item) & (s->keys - 1));
    }
}

static uint64_t buckets_for(uint64_t count, uint64_t load) {
    uint64_t buckets = 1;
    while (buckets * load < count)
        buckets *= 2;
    return buckets;
}

static enum imjin_status write_table(struct sorting s, struct index_table *t, uint64_t load, struct error *err) {
    t->buckets = s.keys = buckets_for(s.count, load);
    s.ret_offsets_at = &t->offsets_at;
    s.ret_ids_at = &t->ids_at;
    return write_sorted(&s, err);
}

/* ---- sparse lists: few movements against many accounts ---- */

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void write_pairs(struct column *out, const uint64_t *pairs, uint64_t count, struct index_lists *lists) {
    uint32_t end = (uint32_t)count;
    lists->keys = 0;
    lists->keys_at = out->bytes;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t key = (uint32_t)(pairs[i] >> 32);
        if (i == 0 || key != pairs[i - 1] >> 32) {
            add_words(out, &key, 1);
            lists->keys++;
        }
    }
    lists->offsets_at = out->bytes;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t at = (uint32_t)i;
        if (i == 0 || pairs[i] >> 32 != pairs[i - 1] >> 32)
            add_words(out, &at, 1);
    }
    add_words(out, &end, 1);
    lists->list_at = out->bytes;
    for (uint64_t i = 0; i < count; i++) {
        uint32_t number = (uint32_t)pairs[i];
        add_words(out, &number, 1);
    }
}

static enum imjin_status write_sparse(const struct ledger *l, const struct index_job *job, enum direction d, struct column *out,
                                      struct index_lists *lists, struct error *err) {
    uint64_t *pairs = memory_new(job->movement_count, sizeof *pairs);
    if (pairs == NULL)
        return fail_memory(err, "an index");
    for (uint64_t i = 0; i < job->movement_count; i++) {
        const struct movement *m = &l->movements[job->first_movement + i];
        pairs[i] = (uint64_t)(d == DIRECTION_OUT ? m->from : m->to) << 32 | (job->first_movement + i);
    }
    qsort(pairs, job->movement_count, sizeof *pairs, by_value);
    write_pairs(out, pairs, job->movement_count, lists);
    memory_free(pairs);
    return IMJIN_OK;
}

static enum imjin_status write_lists(const struct ledger *l, const struct index_job *job, enum direction d, struct column *out,
                                     struct index_lists *lists, struct error *err) {
    uint64_t accounts = job->first_account + job->account_count;
    if (job->movement_count * 2 < accounts)
        return write_sparse(l, job, d, out, lists, err);
    lists->keys = accounts;
    struct sorting s = {.count = job->movement_count,
                        .keys = accounts,
                        .first = job->first_movement,
                        .fill = d == DIRECTION_OUT ? fill_from : fill_to,
                        .ledger = l,
                        .job = job,
                        .out = out,
                        .ret_offsets_at = &lists->offsets_at,
                        .ret_ids_at = &lists->list_at};
    return write_sorted(&s, err);
}

static enum imjin_status write_all(const struct ledger *l, const struct index_job *job, struct column *out, struct error *err) {
    struct index_header h = {.magic = INDEX_MAGIC,
                             .version = INDEX_VERSION,
                             .first_movement = job->first_movement,
                             .movement_count = job->movement_count,
                             .first_tx = job->first_tx,
                             .tx_count = job->tx_count,
                             .first_account = job->first_account,
                             .account_count = job->account_count,
                             .first_asset = job->first_asset,
                             .asset_count = job->asset_count};
    struct sorting s = {.ledger = l, .job = job, .out = out};
    TRY(write_lists(l, job, DIRECTION_OUT, out, &h.lists[DIRECTION_OUT], err));
    TRY(write_lists(l, job, DIRECTION_IN, out, &h.lists[DIRECTION_IN], err));
    s.fill = fill_txs, s.count = job->tx_count, s.first = job->first_tx, s.tagged = true;
    TRY(write_table(s, &h.txs, TX_BUCKET_LOAD, err));
    TRY(check_segments(l, job, job->older, err));
    s.tagged = false;
    s.fill = fill_accounts, s.count = job->account_count, s.first = job->first_account;
    TRY(write_table(s, &h.accounts, ACCOUNT_BUCKET_LOAD, err));
    s.fill = fill_assets, s.count = job->asset_count, s.first = job->first_asset;
    TRY(write_table(s, &h.assets, ACCOUNT_BUCKET_LOAD, err));
    uint32_t zero = 0;
    if (out->bytes % 8)
        add_words(out, &zero, 1);
    h.file_bytes = out->bytes + sizeof h;
    column_add(out, &h, sizeof h);
    return IMJIN_OK;
}

enum imjin_status index_write(const struct ledger *l, const struct index_job *job, const char *path, uint64_t *ret_bytes,
                              struct buffer *ret_hashes, struct error *err) {
    struct column out;
    struct chunks *chunks;
    TRY(chunks_new(&chunks, job->threads, err));
    enum imjin_status status = column_open(&out, path, 0, NULL, chunks, err);
    if (status != IMJIN_OK) {
        chunks_free(chunks);
        return status;
    }
    status = write_all(l, job, &out, err);
    if (status == IMJIN_OK)
        status = column_finish(&out, err);
    if (status == IMJIN_OK) {
        *ret_bytes = out.bytes;
        *ret_hashes = out.hashes;
        out.hashes.items = NULL;
    }
    column_done(&out);
    chunks_free(chunks);
    return status;
}
