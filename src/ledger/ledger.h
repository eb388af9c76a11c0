/* ledger: the store on disk of one chain's value movements: append, commit, verify, look up, scan in time order, expand a
 * frontier. docs/format.md gives every byte.
 *
 * Canonical order is (block, transaction, position). The data files are a pure function of the set of rows that were
 * imported: the order of files, the number of imports, kills and resumptions change no byte of them.
 *
 * Reading: an open ledger is immutable and may be used by any number of threads; it keeps seeing the commit it opened, whatever
 * a writer does. Everything read from disk is checked before it is used, since a ledger may come from a stranger.
 * Writing: one writer a ledger, on one thread, guarded by a lock file. */
#ifndef IMJIN_LEDGER_LEDGER_H
#define IMJIN_LEDGER_LEDGER_H

#include "chain/chain.h"

/* What a movement is. Stored in the row. */
enum movement_kind {
    MOVEMENT_NATIVE = 0,   /* the transaction's own value */
    MOVEMENT_INTERNAL = 1, /* native coin moved by a contract call */
    MOVEMENT_TOKEN = 2,    /* a token's transfer event, also of one item */
    MOVEMENT_FEE = 3,      /* sender to FEES */
    MOVEMENT_MINT = 4,     /* from VOID: token created, block reward, coinbase */
    MOVEMENT_BURN = 5,     /* to VOID */
    MOVEMENT_KINDS = 6,
};
const char *movement_kind_name(enum movement_kind kind);

/* One movement, 32 bytes, as on disk. `units_kind` holds the kind in the top 8 bits and, below, 120 bits of amount; when
 * MOVEMENT_WIDE is set in the kind the 120 bits are an index into the wide amounts (amounts of 2^120 and more). */
struct movement {
    uint32_t tx, from, to, asset;
    uint64_t units_low, units_high_kind;
};
_Static_assert(sizeof(struct movement) == 32, "32 bytes a movement");
enum { MOVEMENT_WIDE = 0x80, MOVEMENT_KIND_MASK = 0x7f };

static inline unsigned movement_kind(const struct movement *m) {
    return (unsigned)(m->units_high_kind >> 56) & MOVEMENT_KIND_MASK;
}
static inline bool movement_wide(const struct movement *m) { return m->units_high_kind >> 63; }
/* The amount of a movement that is not wide. */
static inline u128 movement_units(const struct movement *m) {
    return (u128)(m->units_high_kind & (((uint64_t)1 << 56) - 1)) << 64 | m->units_low;
}

struct ledger_counts {
    uint64_t movements, txs, blocks, accounts, assets, wide;
};
enum { MOVEMENTS_MAX = UINT32_MAX - 1 };

struct ledger; /* opaque */

/* Opens the last commit of `directory` (the chain's directory). IMJIN_NOT_FOUND when there is none yet. */
enum imjin_status ledger_open(struct ledger **ret, const char *directory, struct error *err);
void ledger_close(struct ledger *l); /* null is fine */
const struct chain *ledger_chain(const struct ledger *l);
const struct ledger_counts *ledger_counts(const struct ledger *l);
/* SHA-256 over the data: equal for ledgers of equal rows. Names a ledger in reports and compiled files. */
const struct sha256 *ledger_identity(const struct ledger *l);
/* Rewritten from scratch since (generation) or only grown (same generation): what a compiled copy may keep. */
uint64_t ledger_generation(const struct ledger *l);

/* All movements, in canonical order, as one mapped array of counts.movements. Ids inside are NOT yet checked: passes use
 * ledger_movement_check() on each (four compares). */
const struct movement *ledger_movements(const struct ledger *l);
[[nodiscard]] bool ledger_movement_check(const struct ledger *l, const struct movement *m);
/* One movement by number, checked. IMJIN_BAD_INPUT when the ledger is damaged. */
enum imjin_status ledger_movement(const struct ledger *l, uint64_t number, struct movement *ret, struct error *err);
/* The exact amount, wide or not. */
enum imjin_status ledger_units(const struct ledger *l, const struct movement *m, struct u256 *ret, struct error *err);

/* A transaction: its place, and its movements [first, first + count). */
struct ledger_tx {
    struct tx_id id;
    uint32_t block; /* number of the block on the chain */
    uint32_t index; /* position in the block; ID_NONE when no source said */
    int64_t time;   /* TIME_UNKNOWN when no source said */
    uint64_t first;
    uint32_t count;
    bool named;       /* false: the source had no transaction id, and the hash was made from the row */
    uint8_t hash[32]; /* as on the chain; for ids that are not 32 bytes: SHA-256 of the id text */
};
enum imjin_status ledger_tx(const struct ledger *l, struct tx_id id, struct ledger_tx *ret, struct error *err);
enum imjin_status ledger_tx_find(const struct ledger *l, struct span id_text, struct tx_id *ret, struct error *err);
/* The id as its source wrote it: "0x" + 64 hex digits, or the text; "row:" + 64 hex digits when made from the row. */
enum { TX_PRINT_MAX = 136 };
enum imjin_status ledger_tx_print(const struct ledger *l, struct tx_id id, char ret_text[TX_PRINT_MAX], struct error *err);

/* Addresses. ret->text points into the ledger and lives as long as it. ledger_account_find: IMJIN_NOT_FOUND. */
enum imjin_status ledger_address(const struct ledger *l, struct account_id id, struct address *ret, struct error *err);
enum imjin_status ledger_account_find(const struct ledger *l, const struct address *a, struct account_id *ret,
                                      struct error *err);

struct ledger_asset {
    struct asset_key key;
    struct account_id issuer;      /* the contract's own account (it stands for the token's mint and burn); ID_NONE: none */
    uint8_t decimals;              /* DECIMALS_UNKNOWN: no source said */
    char symbol[ASSET_SYMBOL_MAX]; /* escaped to printable ASCII; "" unknown. Never evidence of what a token is. */
    bool conflicting;              /* sources disagree on symbol or decimals; the smallest by bytes is shown */
};
enum imjin_status ledger_asset(const struct ledger *l, struct asset_id id, struct ledger_asset *ret, struct error *err);
enum imjin_status ledger_asset_find(const struct ledger *l, const struct asset_key *key, struct asset_id *ret,
                                    struct error *err);
/* "ETH", "USDC 0xa0b8...", "0x... #42", "USD": name for people and files; unique within a ledger for TOKEN and ITEM because the
 * whole contract is there. */
enum imjin_status ledger_asset_print(const struct ledger *l, struct asset_id id, char ret_text[ASSET_PRINT_MAX],
                                     struct error *err);

/* The movements of one account, ascending; two mapped arrays of movement numbers (UNCHECKED: read each with
 * ledger_movement). More than one segment when the ledger grew by several commits: call with segment = 0, 1, ... until
 * *ret_count_segments. */
enum direction { DIRECTION_OUT, DIRECTION_IN };
struct movement_list {
    const uint32_t *numbers;
    uint64_t count;
};
enum { LEDGER_SEGMENTS_MAX = 32 };
/* Fills up to LEDGER_SEGMENTS_MAX lists, ascending; returns how many through ret_count. */
enum imjin_status ledger_account_movements(const struct ledger *l, struct account_id id, enum direction direction,
                                           struct movement_list ret_lists[LEDGER_SEGMENTS_MAX], unsigned *ret_count,
                                           struct error *err);

/* Frontier expansion: for each (account, from movement number), up to `cap` movements of that direction at or after it,
 * passed in frontier order to `visit`. Returns what visit returns when it is not IMJIN_OK. */
struct frontier_item {
    struct account_id account;
    uint64_t from_number;
};
enum imjin_status ledger_expand(const struct ledger *l, enum direction direction, const struct frontier_item *frontier,
                                uint64_t frontier_count, uint64_t cap,
                                enum imjin_status (*visit)(void *context, uint64_t frontier_index, uint64_t number,
                                                           const struct movement *m),
                                void *context, struct error *err);

/* First movement number of the first block >= block, or with time >= time; counts.movements when none. */
uint64_t ledger_from_block(const struct ledger *l, uint32_t block);
uint64_t ledger_from_time(const struct ledger *l, int64_t time);

/* Times of the first and of the last block that has one; TIME_UNKNOWN when none has. */
void ledger_time_span(const struct ledger *l, int64_t *ret_first, int64_t *ret_last);

/* Recomputes every length, hash, count, order and reference and both indexes. IMJIN_BAD_INPUT names the first fault. */
enum imjin_status ledger_verify(const char *directory, unsigned threads, const struct progress *p, struct error *err);

/* ---- writing ---- */

/* One movement as a source gives it. Pointers inside are the caller's and need to live only during the call.
 * `tx_text` is used when tx_form is TX_TEXT (an id that is not 32 bytes hex). */
enum tx_form { TX_HASH, TX_TEXT, TX_NONE /* no id in the source: made from the row and its ordinal among equal rows */ };
struct ledger_row {
    uint32_t block;
    uint32_t tx_index; /* ID_NONE: unknown */
    uint32_t position; /* order hint inside the transaction (log index, trace order); ID_NONE: unknown */
    uint8_t kind;      /* enum movement_kind */
    uint8_t tx_form;
    int64_t time; /* TIME_UNKNOWN */
    uint8_t tx_hash[32];
    struct span tx_text;
    struct address from, to;
    struct asset_key asset;
    struct u256 units;
    uint64_t line; /* for messages */
};
/* What a source says of an asset. */
struct ledger_asset_note {
    struct asset_key key;
    struct span symbol;
    uint8_t decimals;
};
/* Facts that sources give apart from movements: a block's time, a transaction's index. Order and repetition do not matter. */
struct ledger_block_note {
    uint32_t block;
    int64_t time;
};

struct ledger_writer;
struct ledger_writer_options {
    uint64_t memory_bytes; /* budget for sorting and interning, 64 MB or more; 0: LEDGER_MEMORY_DEFAULT */
    unsigned threads;
    uint64_t checkpoint_rows; /* rows between two entries in the journal; 0: some millions */
    uint64_t run_rows;        /* rows of a sorted run; 0: as many as the budget allows */
    uint64_t addresses_max;   /* addresses held in memory at once; 0: as many as the budget allows */
};
#define LEDGER_MEMORY_DEFAULT ((uint64_t)768 << 20)

/* Takes the lock, creates the directory when needed. A previous import that was killed leaves a journal: the files it had
 * read completely or partly are picked up again when the same source is offered. */
enum imjin_status ledger_writer_open(struct ledger_writer **ret, const char *directory, const struct chain *chain,
                                     struct ledger_writer_options options, const struct progress *p, struct error *err);
/* Begins a source. `fingerprint` is the SHA-256 that tells the same content again (size and content sample, made by ingest).
 * ret_offset: the uncompressed byte offset to start from: 0, or where a killed import had got to. */
enum imjin_status ledger_writer_source(struct ledger_writer *w, const char *name, const struct sha256 *fingerprint,
                                       uint64_t *ret_offset, uint64_t *ret_line, struct error *err);
/* Adds rows of the current source. `offset_after`, `line_after`: where reading would go on behind the last of them; only
 * call at a row's boundary. Rows need not be sorted. */
enum imjin_status ledger_writer_add(struct ledger_writer *w, const struct ledger_row *rows, uint64_t count,
                                    uint64_t offset_after, uint64_t line_after, struct error *err);
enum imjin_status ledger_writer_note_asset(struct ledger_writer *w, const struct ledger_asset_note *note, struct error *err);
enum imjin_status ledger_writer_note_block(struct ledger_writer *w, const struct ledger_block_note *note, struct error *err);
enum imjin_status ledger_writer_source_end(struct ledger_writer *w, struct error *err);

struct ledger_commit {
    uint64_t rows_read, movements_added, movements_known, txs_added, accounts_added, assets_added;
};
/* The column that an error names when the commit fails on a transaction that stands in two blocks; its value is the id. */
#define LEDGER_FORK_COLUMN "transaction"
/* Merges, writes, syncs, renames the manifest into place and frees w. On failure nothing of the last commit has changed; what
 * was staged is kept for a resumption, unless the rows are at fault or the disk is full. */
enum imjin_status ledger_writer_commit(struct ledger_writer *w, struct ledger_commit *ret, struct error *err);
/* Frees w and leaves the journal for a resumption (keep), or removes it. */
void ledger_writer_abandon(struct ledger_writer *w, bool keep_journal);

/* A reorganised chain: forgets every block >= block. */
enum imjin_status ledger_truncate(const char *directory, uint32_t block, const struct progress *p, struct error *err);

#endif
