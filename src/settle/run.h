/* A run: the edges of a stretch of the ledger on their way into a segment. The tables go to disk as they come; entries wait in
 * memory, parted by holding, and are grouped in the end. */
#ifndef IMJIN_SETTLE_RUN_H
#define IMJIN_SETTLE_RUN_H

#include "settle/format.h"

enum {
    PARTITION_BITS = 14, /* holdings of a partition: its counters stay in the cache */
    PARTITION_HOLDINGS = 1 << PARTITION_BITS,
    CHUNK_WORDS = 1024,
    BLOCK_CHUNKS = 1024, /* 6 MiB */
};

/* Words of lists, and to which holding of the partition each belongs. */
struct chunk {
    uint32_t words[CHUNK_WORDS];
    uint16_t holdings[CHUNK_WORDS];
};
struct partition {
    struct chunk *chunk; /* the last one; null: none yet */
    uint32_t used;       /* of it */
    uint32_t chunks;     /* all together */
};
struct entry_store {
    struct partition *partitions;
    uint32_t *firsts, *lasts; /* by partition: chunk numbers */
    uint32_t partition_count;
    struct buffer blocks, after; /* struct chunk *; uint32_t: the chunk after each */
    uint32_t chunk_count;
};
struct run {
    struct entry_store stores[2]; /* by enum direction */
    struct table sides, missing;
    bool fronted;                  /* not the ledger's first segment */
    struct manifest_segment about; /* in the making */
    const char *directory;
};

void settle_run_init(struct run *r, const char *directory);
void settle_run_done(struct run *r);
/* Begins a segment with the movement given. */
enum imjin_status settle_run_begin(struct run *r, uint64_t number, uint64_t movement_from, struct error *err);
/* Add a record to a table; ret_entry stands for it in lists. */
enum imjin_status settle_run_side(struct run *r, const struct flow_edge *edge, uint32_t *ret_entry, struct error *err);
enum imjin_status settle_run_missing(struct run *r, const struct missing_record *record, uint32_t *ret_entry,
                                     struct error *err);
/* Groups everything, writes the other files, and is empty again. */
enum imjin_status settle_run_end(struct run *r, uint64_t movement_to, uint32_t holdings, struct manifest_segment *ret,
                                 struct error *err);
uint64_t settle_run_bytes(const struct run *r);
enum imjin_status settle_run_grow(struct run *r, uint32_t holdings, struct error *err);
enum imjin_status settle_run_chunk(struct entry_store *s, uint32_t partition, struct error *err);
/* The index of a list file and the list itself, written holding by holding. */
struct index_writer {
    struct table file;
    struct buffer keys, starts;
    uint64_t at, holdings_done;
    bool dense;
};
/* `words`: about how many the list will have. */
enum imjin_status settle_index_open(struct index_writer *w, const struct manifest_segment *about, enum direction d,
                                    uint64_t words, const char *directory, struct error *err);
/* The next `count` words are the holding's; holdings come in ascending order. */
enum imjin_status settle_index_add(struct index_writer *w, uint32_t holding, uint64_t count, struct error *err);
enum imjin_status settle_index_close(struct index_writer *w, struct manifest_segment *about, enum direction d,
                                     struct error *err);
void settle_index_abandon(struct index_writer *w);

/* Adds a word to the list of a holding that has been made known by settle_run_grow. */
static inline enum imjin_status run_word(struct run *r, enum direction d, uint32_t holding, uint32_t word, struct error *err) {
    struct partition *p = &r->stores[d].partitions[holding >> PARTITION_BITS];
    if (__builtin_expect(p->used == CHUNK_WORDS || p->chunk == NULL, 0))
        TRY(settle_run_chunk(&r->stores[d], holding >> PARTITION_BITS, err));
    p->chunk->words[p->used] = word;
    p->chunk->holdings[p->used++] = (uint16_t)(holding & (PARTITION_HOLDINGS - 1));
    return IMJIN_OK;
}
/* Adds an edge. `entries`: how many the holding has had in this run; `reach`: how far its line has got before this one. */
static inline enum imjin_status run_entry(struct run *r, enum direction d, uint32_t holding, uint32_t *entries, u128 reach,
                                          uint32_t entry, struct error *err) {
    if (__builtin_expect(*entries % LIST_BLOCK == 0 && (*entries || r->fronted), 0)) {
        uint32_t words[REACH_WORDS];
        words_put(words, REACH_WORDS, reach);
        for (int i = 0; i < REACH_WORDS; i++)
            TRY(run_word(r, d, holding, words[i], err));
    }
    ++*entries;
    return run_word(r, d, holding, entry, err);
}

#endif
