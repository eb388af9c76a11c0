/* Inside of the room: what the readers of the single formats share. */
#ifndef IMJIN_INGEST_READER_H
#define IMJIN_INGEST_READER_H

#include "codec/codec.h"
#include "ingest/ingest.h"
#include "ingest/limits.h"

enum { COLUMNS_MAX = 24, COLUMN_NAMES_MAX = 6 };

/* One column that a format knows, by the names that exports give it; the first is the one in messages. */
struct column {
    const char *names[COLUMN_NAMES_MAX];
    bool required;
};

struct reading;
/* A format: a row of the table in formats.c. `columns` in the order of the format's own enum of fields. */
struct format {
    struct ingest_format about;
    const struct column *columns;
    unsigned column_count;
    const char *remark; /* added to the detection's reason; null: nothing to say */
    bool grouped;       /* rows of one transaction are handed over together: convert() calls reading_group() */
    int section;        /* field that names the account whose export a row is from; -1: the file is one export */
    /* Refuses options or a set of columns that make no sense; may be null. */
    enum imjin_status (*begin)(struct reading *r, struct error *err);
    /* One row into movements and notes, by emit() and note_asset(). An error leaves nothing of the row behind. */
    enum imjin_status (*convert)(struct reading *r, struct error *err);
};
extern const struct format *const ingest_formats[];
extern const unsigned ingest_formats_count;

extern const struct format format_etl_transactions, format_etl_token_transfers, format_etl_traces, format_etl_logs,
    format_etl_blocks, format_etl_tokens, format_explorer, format_movements, format_dune, format_token_sheet,
    format_tornado_events;

/* Where in the chain a row stands, and its transaction: the part of a struct ledger_row that a row's movements share. */
struct place {
    uint32_t block, tx_index, position;
    uint8_t tx_form;
    int64_t time;
    uint8_t tx_hash[32];
    struct span tx_text;
};

/* A transaction that is looked for (fork.c). */
struct fork_search;
void fork_look(struct fork_search *f, const struct ledger_row *rows, uint64_t count);

/* Events and calls of one transaction that are looked for (witness.c). A converter that has read its row's transaction hands
 * them over in place of movements. `text` is hex digits, data without and calldata with 0x; calldata may be a selector alone.
 */
struct witness_search;
struct reading;
enum imjin_status witness_event(struct reading *r, const struct address *contract, const uint8_t (*topics)[32],
                                unsigned topic_count, struct span text, struct error *err);
enum imjin_status witness_call(struct reading *r, const struct address *callee, struct span text, struct error *err);

/* A file being read. */
struct reading {
    struct ledger_writer *writer;
    struct fork_search *search;       /* who sees the rows instead of a writer; null: nobody */
    struct witness_search *witnesses; /* null: the rows become movements */
    const struct chain *chain;
    const struct ingest_options *options;
    const struct format *format;
    struct ingest_file *file;
    const char *name;
    /* the row at hand: its fields, empty where the row has none */
    struct span fields[COLUMNS_MAX];
    bool present[COLUMNS_MAX];                    /* CSV: the file has that column; JSON: the object had that key */
    char headings[COLUMNS_MAX][ERROR_COLUMN_MAX]; /* as the file spells them */
    uint64_t line, line_before, offset_before;
    /* what it becomes */
    struct place base;       /* of the row at hand; emit() adds the rest */
    struct buffer rows;      /* struct ledger_row, not handed over yet */
    struct arena texts;      /* what their spans point to */
    uint64_t emitted, noted; /* of the row at hand */
    bool zero, zero_kept;    /* of the row at hand: it moved nothing; and was kept as evidence */
    /* formats' own state */
    uint8_t layout;
    bool block_seen, blockless;
    struct {
        struct place place; /* of the transaction at hand */
        bool begun, failed; /* failed: the call at `path` did, and undid what its children did */
        uint32_t position, path_count;
        char path[INGEST_CALL_PATH_MAX];
    } calls;
    char tx_text[INGEST_TX_TEXT_MAX], role_text[INGEST_TX_TEXT_MAX]; /* made of the row at hand */
    uint64_t noted_assets[256]; /* hashes of notes given lately, so that one a row is not given a million times */
};

/* Hands the rows over; `offset`, `line`: where reading would go on behind them. */
enum imjin_status reading_flush(struct reading *r, uint64_t offset, uint64_t line, struct error *err);
/* A grouped format says that the row at hand begins a new transaction. */
enum imjin_status reading_group(struct reading *r, struct error *err);

/* ---- fields ---- */

static inline bool given(const struct reading *r, unsigned field) { return r->fields[field].count != 0; }
/* IMJIN_BAD_INPUT on a field of the row at hand. */
enum imjin_status bad_field(const struct reading *r, unsigned field, struct error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds file, line and column to an error that another room raised on a field. */
enum imjin_status in_field(const struct reading *r, unsigned field, enum imjin_status status, struct error *err);

enum imjin_status read_address(const struct reading *r, unsigned field, struct address *ret, struct error *err);
enum imjin_status read_units(const struct reading *r, unsigned field, struct u256 *ret, struct error *err);
enum imjin_status read_u32(const struct reading *r, unsigned field, uint32_t *ret, struct error *err);
enum imjin_status read_u64(const struct reading *r, unsigned field, uint64_t *ret, struct error *err);
/* TIME_UNKNOWN when the field is empty. */
enum imjin_status read_time(const struct reading *r, unsigned field, int64_t *ret, struct error *err);
/* A 32-byte hash in hexadecimal, with or without 0x. */
enum imjin_status read_hash(const struct reading *r, unsigned field, uint8_t ret[32], struct error *err);
/* Into r->base.tx_index; ID_NONE when the field is empty. */
enum imjin_status read_tx_index(struct reading *r, unsigned field, struct error *err);
bool is_zero(struct u256 v);
/* Sets the form of an address whose 20 bytes are filled in: zeros are VOID. */
void evm_or_void(struct address *a);
/* `text` is opaque as chain.h has it: printable ASCII without space, comma, quote, 1..ADDRESS_TEXT_MAX bytes. */
[[nodiscard]] bool is_opaque(struct span text);

/* ---- results ---- */

/* A movement at r->base. Amounts of zero (but transfers of a token contract between two accounts) and movements from VOID to
 * VOID are only noted. What comes from VOID is a mint, what
 * goes there a burn, whatever `kind` says, but a fee is a fee. */
enum imjin_status emit(struct reading *r, enum movement_kind kind, const struct address *from, const struct address *to,
                       const struct asset_key *asset, struct u256 units, struct error *err);
/* The same in two halves, for formats whose rows come by the hundred million: row_begin() gives the place of the next movement,
 * the caller reads addresses, asset, units and transaction hash straight into it, row_end() adds the rest. A row that fails
 * between them leaves nothing. */
enum imjin_status row_begin(struct reading *r, struct ledger_row **ret, struct error *err);
enum imjin_status row_end(struct reading *r, struct ledger_row *row, enum movement_kind kind, struct error *err);
enum imjin_status emit_native(struct reading *r, enum movement_kind kind, const struct address *from, const struct address *to,
                              struct u256 units, struct error *err);
/* gas * price from the sender, when both fields are given. */
enum imjin_status emit_fee(struct reading *r, const struct address *from, unsigned gas_field, unsigned price_field,
                           struct error *err);
enum imjin_status note_asset(struct reading *r, const struct asset_key *key, struct span symbol, uint8_t decimals,
                             struct error *err);
struct asset_key token_of(const struct address *contract);
struct asset_key item_of(const struct address *contract, struct u256 item);
/* An opaque account made of a role and the transaction: "created:0x...". One at a time: its text is overwritten by the next. */
void role_address(struct reading *r, struct address *ret, const char *role);
/* The address of the contract that `sender` makes in its transaction number `nonce`: the last 20 bytes of the Keccak-256 of the
 * RLP list of both (Ethereum yellow paper, section 7). */
void created_address(const struct address *sender, uint64_t nonce, struct address *ret);
/* "block-7-tx-3" as the transaction's id, for sources that give only its place: `tail` is "tx-3". At most 60 bytes. */
void tx_from_place(struct reading *r, const char *tail);
/* Seconds since 2015-07-30, the day Ethereum began, as block number, for sources without blocks. */
enum imjin_status block_from_time(struct reading *r, unsigned time_field, struct error *err);

/* ---- rows of a file ---- */

/* CSV and JSON lines alike. */
struct rows {
    struct input *input;
    struct csv_reader *csv; /* null: JSON lines */
    struct line_reader lines;
    struct json_reader json;
    struct text json_text;
    struct text_line first; /* the line the format was told by, still to be given; text.bytes null: none */
    const struct format *format;
    uint32_t header_count;
    int16_t field_of[CSV_COLUMNS_MAX]; /* of a column; -1: not wanted */
    uint64_t offset_after, line_after;
};
/* Tells the format of a stream (which stays the caller's) and maps its columns: r->format, headings and present. */
enum imjin_status rows_open(struct rows **ret, struct reading *r, struct input *in, const struct ingest_options *options,
                            struct ingest_detection *ret_detection, struct error *err);
/* Fills the fields of `r` with the next row; r->line is set also when it fails. *ret_end true at the end. */
enum imjin_status rows_next(struct rows *s, struct reading *r, bool *ret_end, struct error *err);
/* After a failure: nothing more can be read. */
[[nodiscard]] bool rows_broken(const struct rows *s);
enum imjin_status rows_forward(struct rows *s, uint64_t offset, uint64_t line, struct error *err);
void rows_close(struct rows *s); /* null is fine */

/* One stream past a search; rows that cannot be read are passed over as `options` say. */
enum imjin_status ingest_search(struct fork_search *f, struct ingest_file *ret, const struct chain *chain, struct input *in,
                                const struct ingest_options *options);
/* The same for events and calls. */
enum imjin_status ingest_listen(struct witness_search *s, struct ingest_file *ret, const struct chain *chain, struct input *in,
                                const struct ingest_options *options, struct error *err);
/* One stream into a writer, or only checked when `w` is null. */
enum imjin_status ingest_input(struct ledger_writer *w, struct ingest_file *ret, const struct chain *chain, struct input *in,
                               const struct ingest_options *options, const struct progress *progress, struct error *err);

#endif
