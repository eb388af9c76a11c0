#include "settle/run.h"

#define BLOCK_BYTES   (BLOCK_CHUNKS * sizeof(struct chunk))
#define NUMBERS(name) ((struct buffer){.item_bytes = sizeof(uint32_t), .items_max = UINT32_MAX, .what = (name)})

void settle_run_init(struct run *r, const char *directory) {
    *r = (struct run){.directory = directory};
    for (int d = 0; d < 2; d++) {
        r->stores[d].blocks =
            (struct buffer){.item_bytes = sizeof(struct chunk *), .items_max = UINT32_MAX / BLOCK_CHUNKS, .what = "edges"};
        r->stores[d].after = NUMBERS("edges");
    }
}

static void store_empty(struct entry_store *s) {
    for (uint32_t p = 0; p < s->partition_count; p++)
        s->partitions[p] = (struct partition){0};
    s->chunk_count = 0;
    s->after.count = 0;
}

void settle_run_done(struct run *r) {
    for (int d = 0; d < 2; d++) {
        struct entry_store *s = &r->stores[d];
        for (size_t b = 0; b < s->blocks.count; b++)
            memory_free_pages(((struct chunk **)s->blocks.items)[b], BLOCK_BYTES);
        buffer_done(&s->blocks);
        buffer_done(&s->after);
        memory_free(s->partitions);
        memory_free(s->firsts);
        memory_free(s->lasts);
        s->partitions = NULL;
        s->firsts = s->lasts = NULL;
    }
    settle_table_abandon(&r->sides);
    settle_table_abandon(&r->missing);
}

static enum imjin_status open_table(const struct run *r, enum segment_file f, struct table *ret, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(settle_segment_path(path, r->directory, r->about.number, f, err));
    return settle_table_open(ret, path, err);
}

enum imjin_status settle_run_begin(struct run *r, uint64_t number, uint64_t movement_from, struct error *err) {
    r->about = (struct manifest_segment){.number = number, .movement_from = movement_from, .movement_to = movement_from};
    r->fronted = movement_from > 0;
    store_empty(&r->stores[0]);
    store_empty(&r->stores[1]);
    TRY(open_table(r, FILE_SIDE, &r->sides, err));
    return open_table(r, FILE_MISSING, &r->missing, err);
}

static enum imjin_status too_many(struct error *err) {
    return fail(err, IMJIN_BAD_INPUT, "more than %u edges that are not plain payments", COMPILED_SIDES_MAX);
}

enum imjin_status settle_run_side(struct run *r, const struct flow_edge *edge, uint32_t *ret_entry, struct error *err) {
    struct side_record rows[2];
    uint32_t count = settle_side_pack(rows, edge);
    if (r->about.side_count + count > COMPILED_SIDES_MAX)
        return too_many(err);
    table_put(&r->sides, &rows[0], sizeof *rows);
    if (count > 1)
        table_put(&r->sides, &rows[1], sizeof *rows);
    *ret_entry = ENTRY_SIDE | (uint32_t)r->about.side_count;
    r->about.side_count += count;
    return IMJIN_OK;
}

enum imjin_status settle_run_missing(struct run *r, const struct missing_record *record, uint32_t *ret_entry,
                                     struct error *err) {
    if (r->about.missing_count == COMPILED_SIDES_MAX)
        return too_many(err);
    table_put(&r->missing, record, sizeof *record);
    *ret_entry = ENTRY_MISSING | (uint32_t)r->about.missing_count++;
    return IMJIN_OK;
}

uint64_t settle_run_bytes(const struct run *r) {
    uint64_t chunks = (uint64_t)r->stores[0].chunk_count + r->stores[1].chunk_count;
    return chunks * sizeof(struct chunk);
}

static enum imjin_status grow_store(struct entry_store *s, uint32_t count, struct error *err) {
    struct partition *partitions = memory_resize(s->partitions, count, sizeof *partitions);
    s->partitions = partitions ? partitions : s->partitions;
    uint32_t *firsts = partitions ? memory_resize(s->firsts, count, sizeof *firsts) : NULL;
    s->firsts = firsts ? firsts : s->firsts;
    uint32_t *lasts = firsts ? memory_resize(s->lasts, count, sizeof *lasts) : NULL;
    s->lasts = lasts ? lasts : s->lasts;
    if (lasts == NULL)
        return fail_memory(err, "the lists of holdings");
    while (s->partition_count < count)
        partitions[s->partition_count++] = (struct partition){0};
    return IMJIN_OK;
}

enum imjin_status settle_run_grow(struct run *r, uint32_t holdings, struct error *err) {
    uint32_t needed = (holdings >> PARTITION_BITS) + 1;
    for (int d = 0; d < 2; d++)
        if (r->stores[d].partition_count < needed)
            TRY(grow_store(&r->stores[d], needed + needed / 2, err));
    return IMJIN_OK;
}

static struct chunk *chunk_at(const struct entry_store *s, uint32_t chunk) {
    return ((struct chunk **)s->blocks.items)[chunk / BLOCK_CHUNKS] + chunk % BLOCK_CHUNKS;
}

enum imjin_status settle_run_chunk(struct entry_store *s, uint32_t partition, struct error *err) {
    struct partition *p = &s->partitions[partition];
    uint32_t none = ID_NONE, chunk = s->chunk_count;
    if (chunk / BLOCK_CHUNKS == s->blocks.count) {
        struct chunk *block = memory_new_pages(BLOCK_BYTES);
        enum imjin_status status = block ? buffer_push(&s->blocks, &block, NULL, err) : fail_memory(err, "edges");
        if (status != IMJIN_OK) {
            memory_free_pages(block, BLOCK_BYTES);
            return status;
        }
    }
    TRY(buffer_push(&s->after, &none, NULL, err));
    s->chunk_count++;
    if (p->chunks++ == 0)
        s->firsts[partition] = chunk;
    else
        ((uint32_t *)s->after.items)[s->lasts[partition]] = chunk;
    s->lasts[partition] = chunk;
    p->chunk = chunk_at(s, chunk);
    p->used = 0;
    return IMJIN_OK;
}

/* ---- the index of a list ---- */

enum imjin_status settle_index_open(struct index_writer *w, const struct manifest_segment *about, enum direction d,
                                    uint64_t words, const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX];
    *w = (struct index_writer){.keys = NUMBERS("holdings"), .starts = NUMBERS("holdings")};
    w->dense = about->holdings / INDEX_DENSE_RATIO <= words;
    TRY(settle_segment_path(path, directory, about->number, d == DIRECTION_OUT ? FILE_OUT_INDEX : FILE_IN_INDEX, err));
    return settle_table_open(&w->file, path, err);
}

enum imjin_status settle_index_add(struct index_writer *w, uint32_t holding, uint64_t count, struct error *err) {
    uint32_t start = (uint32_t)w->at;
    if (w->dense) {
        for (; w->holdings_done <= holding; w->holdings_done++)
            table_put(&w->file, &start, sizeof start);
    } else {
        TRY(buffer_push(&w->keys, &holding, NULL, err));
        TRY(buffer_push(&w->starts, &start, NULL, err));
    }
    w->at += count;
    return IMJIN_OK;
}

enum imjin_status settle_index_close(struct index_writer *w, struct manifest_segment *about, enum direction d,
                                     struct error *err) {
    uint32_t end = (uint32_t)w->at;
    enum segment_file f = d == DIRECTION_OUT ? FILE_OUT_INDEX : FILE_IN_INDEX;
    INVARIANT(w->at == about->words[d]);
    about->key_count[d] = w->dense ? INDEX_DENSE : (uint32_t)w->keys.count;
    for (; w->dense && w->holdings_done < about->holdings; w->holdings_done++)
        table_put(&w->file, &end, sizeof end);
    if (w->keys.count) {
        settle_table_write(&w->file, w->keys.items, w->keys.count * sizeof(uint32_t));
        settle_table_write(&w->file, w->starts.items, w->starts.count * sizeof(uint32_t));
    }
    table_put(&w->file, &end, sizeof end);
    return settle_table_close(&w->file, &about->checksums[f], err);
}

void settle_index_abandon(struct index_writer *w) {
    settle_table_abandon(&w->file);
    buffer_done(&w->keys);
    buffer_done(&w->starts);
}

/* ---- grouping ---- */

struct grouping {
    struct index_writer index;
    struct table list;
    uint32_t *words; /* of one partition, in order */
    uint64_t room;
    uint32_t starts[PARTITION_HOLDINGS + 1];
};

static uint64_t words_of(const struct partition *p) {
    return p->chunks ? (uint64_t)(p->chunks - 1) * CHUNK_WORDS + p->used : 0;
}

static uint32_t chunk_words(const struct partition *p, const struct chunk *c) { return c == p->chunk ? p->used : CHUNK_WORDS; }

static void count_words(struct grouping *g, const struct entry_store *s, uint32_t number) {
    const struct partition *p = &s->partitions[number];
    memset(g->starts, 0, sizeof g->starts);
    for (uint32_t at = s->firsts[number]; at != ID_NONE; at = ((uint32_t *)s->after.items)[at]) {
        const struct chunk *c = chunk_at(s, at);
        for (uint32_t i = 0, count = chunk_words(p, c); i < count; i++)
            g->starts[c->holdings[i]]++;
    }
}

static void place_words(struct grouping *g, const struct entry_store *s, uint32_t number) {
    const struct partition *p = &s->partitions[number];
    for (uint32_t at = s->firsts[number]; at != ID_NONE; at = ((uint32_t *)s->after.items)[at]) {
        const struct chunk *c = chunk_at(s, at);
        for (uint32_t i = 0, count = chunk_words(p, c); i < count; i++)
            g->words[g->starts[c->holdings[i]]++] = c->words[i];
    }
}

/* A counting sort of one partition; time order stays inside a holding. */
static enum imjin_status group_partition(struct grouping *g, const struct entry_store *s, uint32_t number, struct error *err) {
    uint64_t count = words_of(&s->partitions[number]);
    uint32_t at = 0;
    if (count == 0)
        return IMJIN_OK;
    if (count > g->room) {
        memory_free(g->words);
        g->room = count + count / 4;
        g->words = memory_new(g->room, sizeof *g->words);
        if (g->words == NULL)
            return fail_memory(err, "sorting edges");
    }
    count_words(g, s, number);
    for (uint32_t h = 0; h < PARTITION_HOLDINGS; h++) {
        uint32_t here = g->starts[h];
        g->starts[h] = at;
        at += here;
        if (here)
            TRY(settle_index_add(&g->index, number << PARTITION_BITS | h, here, err));
    }
    place_words(g, s, number);
    settle_table_write(&g->list, g->words, count * sizeof *g->words);
    return IMJIN_OK;
}

static enum imjin_status group(struct grouping *g, struct run *r, enum direction d, struct error *err) {
    char path[PATH_BYTES_MAX];
    enum segment_file f = d == DIRECTION_OUT ? FILE_OUT : FILE_IN;
    const struct entry_store *s = &r->stores[d];
    for (uint32_t p = 0; p < s->partition_count; p++)
        r->about.words[d] += words_of(&s->partitions[p]);
    if (r->about.words[d] > UINT32_MAX)
        return fail(err, IMJIN_BAD_INPUT, "the lists of edges are longer than %u words", UINT32_MAX);
    TRY(settle_index_open(&g->index, &r->about, d, r->about.words[d], r->directory, err));
    TRY(settle_segment_path(path, r->directory, r->about.number, f, err));
    TRY(settle_table_open(&g->list, path, err));
    for (uint32_t p = 0; p < s->partition_count; p++)
        TRY(group_partition(g, s, p, err));
    TRY(settle_table_close(&g->list, &r->about.checksums[f], err));
    return settle_index_close(&g->index, &r->about, d, err);
}

static enum imjin_status group_store(struct run *r, enum direction d, struct error *err) {
    struct grouping *g = memory_new(1, sizeof *g);
    if (g == NULL)
        return fail_memory(err, "sorting edges");
    enum imjin_status status = group(g, r, d, err);
    settle_index_abandon(&g->index);
    settle_table_abandon(&g->list);
    memory_free(g->words);
    memory_free(g);
    return status;
}

enum imjin_status settle_run_end(struct run *r, uint64_t movement_to, uint32_t holdings, struct manifest_segment *ret,
                                 struct error *err) {
    r->about.movement_to = movement_to;
    r->about.holdings = holdings;
    TRY(group_store(r, DIRECTION_OUT, err));
    TRY(group_store(r, DIRECTION_IN, err));
    TRY(settle_table_close(&r->sides, &r->about.checksums[FILE_SIDE], err));
    TRY(settle_table_close(&r->missing, &r->about.checksums[FILE_MISSING], err));
    *ret = r->about;
    return IMJIN_OK;
}
