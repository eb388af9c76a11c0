/* What stands on disk, byte for byte (docs/format.md says it in words). All integers little-endian. Internal to the room. */
#ifndef IMJIN_LEDGER_FORMAT_H
#define IMJIN_LEDGER_FORMAT_H

#include "ledger/ledger.h"
#include "ledger/limits.h"

/* The data files. Their order is the order of the manifest and of the identity. */
enum data_file {
    FILE_MOVEMENTS,
    FILE_POSITIONS,
    FILE_TXS,
    FILE_TX_IDS,
    FILE_TX_TEXTS,
    FILE_BLOCKS,
    FILE_ACCOUNTS,
    FILE_ASSETS,
    FILE_WIDE,
    FILE_TEXT,
    FILE_NOTES,
    DATA_FILES,
    DATA_COLUMNS = FILE_NOTES, /* those that grow; the notes are written anew when they change */
};
const char *data_file_name(enum data_file file);
uint64_t data_file_row_bytes(enum data_file file);

struct tx_row {
    uint32_t index_flags; /* TX_INDEX_MASK: index in the block, all ones: unknown; form; TX_TIME_INHERITED */
    uint32_t first_movement;
};
#define TX_INDEX_MASK     ((uint32_t)0x1fffffff)
#define TX_FORM_SHIFT     29
#define TX_FORM_MASK      ((uint32_t)3)
#define TX_TIME_INHERITED ((uint32_t)1 << 31)
_Static_assert(LEDGER_TX_INDEX_MAX == TX_INDEX_MASK - 1, "the largest index that is not 'unknown'");

struct tx_text_row {
    uint32_t tx, count;
    uint64_t offset;
};
/* One for each run of equal (number, time) in canonical order. */
struct block_row {
    uint32_t number, first_tx;
    int64_t time;
};
/* EVM: 20 address bytes. Opaque: offset in the text file, then zeros. VOID, FEES: zeros. */
struct account_row {
    uint8_t form, count, zero[2];
    uint8_t bytes[20];
};
/* `contract`: account id of the contract (TOKEN, ITEM), else 0. Name: in the text file (NAMED), else 0. Item: big-endian. */
struct asset_row {
    uint8_t form, name_count, zero[2];
    uint32_t contract;
    uint64_t name_offset;
    uint8_t item[32];
};
/* What sources say of an asset, by key: form, contract's form, contract's bytes, item. */
struct note_row {
    uint8_t form, contract_form, contract_count, decimals;
    uint8_t conflicting, symbol_count, zero[2];
    uint8_t contract[ADDRESS_TEXT_MAX];
    uint8_t item[32];
    char symbol[ASSET_SYMBOL_MAX];
};
_Static_assert(sizeof(struct tx_row) == 8 && sizeof(struct tx_text_row) == 16 && sizeof(struct block_row) == 16, "rows");
_Static_assert(sizeof(struct account_row) == 24 && sizeof(struct asset_row) == 48 && sizeof(struct note_row) == 192, "rows");

/* An index segment: one file for the movements, transactions, accounts and assets that one commit added (or several, merged).
 * Lists by account, then three tables of ids by hash, at the byte offsets that the last sizeof(struct index_header) bytes name.
 */
struct index_lists {
    uint64_t keys;    /* accounts with an entry in `offsets` */
    uint64_t keys_at; /* u32[keys], ascending account ids, right before the offsets; 0 when dense: then entry i is account i */
    uint64_t offsets_at; /* u32[keys + 1] into the list */
    uint64_t list_at;    /* u32[movement_count], movement numbers, ascending inside an account */
};
struct index_table {
    uint64_t buckets;    /* power of two */
    uint64_t offsets_at; /* u32[buckets + 1] */
    uint64_t ids_at;     /* u32[count], ascending inside a bucket */
};
struct index_header {
    char magic[8];
    uint64_t version, file_bytes;
    uint64_t first_movement, movement_count;
    uint64_t first_tx, tx_count, first_account, account_count, first_asset, asset_count;
    struct index_lists lists[2]; /* by enum direction */
    struct index_table txs, accounts, assets;
};
#define INDEX_MAGIC "IMJINIX1"
enum { INDEX_VERSION = 1, MANIFEST_VERSION = 1 };

/* Hashes of the tables. The low bits choose the bucket. */
#define INDEX_HASH_SEED UINT64_C(0x494d4a494e)
static inline uint64_t hash_tx(const uint8_t id[32]) { return hash_bytes(id, 32, INDEX_HASH_SEED); }
static inline uint64_t hash_account(uint8_t form, const void *bytes, uint64_t count) {
    return hash_bytes(bytes, count, INDEX_HASH_SEED + 1 + form);
}
/* `contract` is the account id of the contract; for NAMED the hash of the name. */
static inline uint64_t hash_asset(uint8_t form, uint64_t contract, const uint8_t item[32]) {
    uint64_t words[6] = {form, contract};
    memcpy(words + 2, item, 32);
    return hash_bytes(words, sizeof words, INDEX_HASH_SEED + 16);
}
static inline uint64_t hash_name(const void *bytes, uint64_t count) { return hash_bytes(bytes, count, INDEX_HASH_SEED + 17); }

/* ---- manifest ---- */

struct manifest_file {
    char path[64]; /* below the ledger's directory */
    uint64_t bytes;
    uint64_t first_hash; /* in hashes */
};
static inline uint64_t chunk_count(uint64_t bytes) { return (bytes + LEDGER_CHUNK_BYTES - 1) / LEDGER_CHUNK_BYTES; }

struct manifest {
    struct chain chain;
    uint64_t generation, commit, next_segment;
    struct ledger_counts counts; /* blocks: distinct numbers */
    bool ascending;              /* no known time is before the one of an earlier block */
    struct manifest_file files[DATA_FILES];
    struct manifest_file segments[LEDGER_SEGMENTS_MAX];
    unsigned segment_count;
    struct buffer hashes; /* struct sha256: one for each chunk of each file, in order */
    struct sha256 identity;
};
void manifest_init(struct manifest *m, const struct chain *chain);
void manifest_done(struct manifest *m);
enum imjin_status manifest_read(struct manifest *ret, const char *directory, struct error *err);
enum imjin_status manifest_parse(struct manifest *ret, const char *text, uint64_t count, struct error *err);
enum imjin_status manifest_print(const struct manifest *m, struct text *ret, struct error *err);
/* Writes it into place: the commit. Sets the identity. */
enum imjin_status manifest_write(struct manifest *m, const char *directory, struct error *err);
enum imjin_status manifest_identity(const struct manifest *m, struct sha256 *ret, struct error *err);
enum imjin_status manifest_copy(struct manifest *ret, const struct manifest *m, struct error *err);
/* Sets length and hashes of one file: those of its first `keep` chunks stay. */
enum imjin_status manifest_add_hashes(struct manifest *m, struct manifest_file *file, const struct sha256 *hashes,
                                      uint64_t count, struct error *err);
static inline uint64_t block_rows(const struct manifest *m) { return m->files[FILE_BLOCKS].bytes / sizeof(struct block_row); }

#endif
