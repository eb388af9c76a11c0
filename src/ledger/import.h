/* The inside of a writer, shared by writer.c, runs.c, merge.c, journal.c and commit.c. */
#ifndef IMJIN_LEDGER_IMPORT_H
#define IMJIN_LEDGER_IMPORT_H

#include "ledger/sink.h"

/* Where reading a source has to go on so that no row is lost or doubled: behind `offset`, leaving out `skip` rows. */
struct resume_point {
    uint64_t offset, line, skip, rows; /* rows: read until there */
};
struct import_source {
    struct sha256 fingerprint;
    struct resume_point at;
    uint32_t first_block, last_block; /* of the blocks that it alone filled in the staged columns */
    bool has_blocks, ended;
    bool dropped; /* of a killed import, and not offered again: its rows are left out */
};
struct import_note {
    struct note_row row;
    uint32_t source;
};
struct run {
    uint64_t rows;
};

struct recent_token {
    uint8_t evm[20];
    uint32_t asset; /* 0: none */
};
enum { RECENT_TOKENS = 256 };

/* Rows come in block order behind all that stands: FAST, straight into the columns ("staged" until the commit). Else SORTED:
 * they are gathered, sorted, put on disk in runs, and merged with the staged and committed columns into a new generation. */
enum import_mode { IMPORT_FAST, IMPORT_SORTED };

struct ledger_writer {
    char directory[PATH_BYTES_MAX]; /* "": nothing is written, only hashed */
    struct file_lock lock;
    struct chain chain;
    struct ledger_writer_options options;
    const struct progress *progress;
    struct ledger *base; /* the last commit; null: none yet */
    struct interner interner;
    struct block_work *work;
    enum import_mode mode;
    struct sink sink; /* FAST: open once a block has been staged */
    uint64_t staged_blocks;
    struct buffer rows;  /* struct import_row: FAST: of the block being read; SORTED: of the next run */
    struct buffer notes; /* struct import_note */
    uint64_t notes_united;
    struct buffer runs;    /* struct run */
    struct buffer sources; /* struct import_source */
    uint64_t rows_read;
    bool disk_full;          /* nothing of the import is kept: that would leave the disk full */
    bool broken;             /* a block was staged in part: only what the journal says counts */
    uint64_t checkpoint_due; /* rows until the next entry in the journal */
    /* the source being read */
    bool in_source;
    uint32_t source; /* number */
    char source_name[ERROR_FILE_MAX];
    uint64_t skip_left;
    struct resume_point here;    /* behind the last row taken */
    struct resume_point pending; /* FAST: before the first row of `rows` */
    uint32_t pending_source;
    struct recent_token recent[RECENT_TOKENS];
    uint64_t last_tx_text; /* the reference made last, to be used again by the next row of the transaction */
    uint64_t saved_accounts, saved_assets, saved_texts; /* of the interner, on disk */
    struct manifest staged;                             /* of a killed import, until it is taken up */
    struct block_row staged_last;
    struct ledger *known;   /* FAST: what is staged, with an index of its accounts (known.c); null: all are interned */
    uint64_t known_files;   /* written so far */
    uint64_t forget_at;     /* rows read, when pages are to be forgotten next */
    uint64_t interned_anew; /* how often: numbers from before mean nothing */
    /* a killed import's journal, as long as the sources offered are those it names */
    bool journal_there;
    uint32_t journal_sources, journal_matched;
};
static inline struct import_source *source_at(const struct ledger_writer *w, uint32_t number) {
    return (struct import_source *)w->sources.items + number;
}
static inline uint64_t staged_generation(const struct ledger_writer *w) { return w->base ? w->base->manifest.generation : 1; }
enum imjin_status import_path(const struct ledger_writer *w, const char *name, char ret[PATH_BYTES_MAX], struct error *err);

/* runs.c: the gathered rows into a sorted run on disk. */
enum imjin_status run_write(struct ledger_writer *w, struct error *err);
/* Reads runs side by side. Without any run on disk the rows in memory are read. */
struct run_reader;
enum imjin_status run_reader_new(struct run_reader **ret, struct ledger_writer *w, struct error *err);
void run_reader_free(struct run_reader *r);
/* Block of the next row; UINT64_MAX at the end. */
uint64_t run_reader_block(const struct run_reader *r);
/* Appends all rows of that block to `rows`. */
enum imjin_status run_reader_take(struct run_reader *r, struct buffer *rows, struct error *err);

/* merge.c: `standing` (committed and staged rows, or null) and the runs into the columns of `m`, a new generation, or behind
 * those of `append_to` (then `standing` is null, and rows of blocks it reaches, which change nothing, are passed over). Rows of
 * blocks from `until_block` on are left out (UINT64_MAX: none). */
enum imjin_status merge_columns(struct ledger_writer *w, const struct ledger *standing, struct manifest *m,
                                const struct ledger *append_to, uint64_t until_block, struct error *err);
/* The first block that merging would change; UINT64_MAX: none. Reads only until there. */
enum imjin_status merge_first_change(struct ledger_writer *w, const struct ledger *standing, uint64_t *ret_block,
                                     struct error *err);

/* known.c: for staged columns, between two blocks. */
uint64_t known_addresses_max(uint64_t memory_bytes);
[[nodiscard]] bool known_due(const struct ledger_writer *w); /* the addresses are more than memory is meant for */
/* Gives the staged accounts and assets an index on disk and begins interning anew. */
enum imjin_status known_move(struct ledger_writer *w, struct error *err);
void known_forget_pages(struct ledger_writer *w); /* now and then: what was looked up need not stay in memory */

/* notes.c */
enum imjin_status notes_unite(struct ledger_writer *w, bool per_source, struct error *err);
enum imjin_status notes_write(struct ledger_writer *w, struct manifest *m, struct error *err);

/* journal.c */
enum imjin_status journal_write(struct ledger_writer *w, struct error *err);
/* Reads the journal's head, if there is a sound one that fits the last commit. */
enum imjin_status journal_look(struct ledger_writer *w, struct error *err);
/* Takes up the state it describes. */
enum imjin_status journal_restore(struct ledger_writer *w, struct error *err);
enum imjin_status journal_discard(struct ledger_writer *w, struct error *err);

/* commit.c */
/* Removes what no commit names: other generations, files of the present one. Keeps import/ and staged columns when asked. */
enum imjin_status commit_clean(const struct ledger_writer *w, bool keep_import, struct error *err);
/* A manifest to begin with: a copy of the base's, or an empty one of that generation. */
enum imjin_status commit_start(const struct ledger_writer *w, uint64_t generation, struct manifest *ret, struct error *err);
/* Opens the sink for staging. */
enum imjin_status commit_stage(struct ledger_writer *w, struct error *err);
enum imjin_status commit_map(const struct ledger_writer *w, const struct manifest *m, struct ledger **ret, struct error *err);
enum imjin_status writer_commit(struct ledger_writer *w, uint64_t until_block, struct ledger_commit *ret, struct error *err);
/* writer.c */
/* A writer that holds nothing yet, not even the lock. */
enum imjin_status writer_new(struct ledger_writer **ret, const char *directory, const struct chain *chain,
                             struct ledger_writer_options options, const struct progress *p, struct error *err);
enum imjin_status writer_flush_block(struct ledger_writer *w, struct error *err);
void writer_free(struct ledger_writer *w);

#endif
