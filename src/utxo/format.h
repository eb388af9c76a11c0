/* What stands on disk, byte for byte (docs/format-utxo.md says it in words). All integers little-endian. Internal to the room.
 */
#ifndef IMJIN_UTXO_FORMAT_H
#define IMJIN_UTXO_FORMAT_H

#include "utxo/utxo.h"

/* The data files, in the order of the manifest and of the identity. Each only grows, or is cut when the chain's tip is. */
enum utxo_file {
    UTXO_FILE_BLOCKS,
    UTXO_FILE_TXS,
    UTXO_FILE_TX_IDS,
    UTXO_FILE_INPUTS,
    UTXO_FILE_OUTPUTS,
    UTXO_FILE_SCRIPTS,
    UTXO_FILE_PAYLOADS,
    UTXO_FILE_UNKNOWN,
    UTXO_FILE_DATA_ROWS,
    UTXO_FILE_DATA,
    UTXO_FILES,
};
const char *utxo_file_name(enum utxo_file file);
uint64_t utxo_file_row_bytes(enum utxo_file file);

/* How many rows each file has. */
struct utxo_rows {
    uint64_t of[UTXO_FILES];
};

/* A script: where its payload begins, its kind, its length. */
static inline uint64_t script_word(uint64_t offset, const struct script *s) {
    return offset | (uint64_t)s->kind << 48 | (uint64_t)s->count << 56;
}
static inline uint64_t script_word_offset(uint64_t word) { return word & (((uint64_t)1 << 48) - 1); }
static inline unsigned script_word_kind(uint64_t word) { return (unsigned)(word >> 48) & 255; }
static inline unsigned script_word_count(uint64_t word) { return (unsigned)(word >> 56); }

/* An input that spends an output from before a partial history. */
struct unknown_row {
    uint64_t input, value;  /* UTXO_VALUE_UNKNOWN, as long as no undo data said it */
    uint8_t hash[32];       /* of the transaction that made the output */
    uint32_t index, script; /* its place there; ID_NONE: unknown */
};
#define UTXO_VALUE_UNKNOWN UINT64_MAX
/* An OP_RETURN output; its bytes end where those of the next begin. */
struct data_row {
    uint64_t output, offset;
};
_Static_assert(sizeof(struct utxo_block) == 112 && sizeof(struct unknown_row) == 56 && sizeof(struct data_row) == 16, "rows");

/* ---- index segments: what finds transactions and scripts of a range of the columns ---- */

struct segment_range {
    uint64_t tx, txs, output, outputs, script, scripts; /* first of each, and how many */
};
/* The head of a segment's file; arrays of u32 follow in this order: tx_slots, script_slots, the scripts of the lists (not when
 * dense: then list i is of script i), where each list ends, the outputs of all lists, as numbers minus the range's first. A
 * slot holds a number minus the range's first, plus one; 0 is empty. The home of a hash is hash * slots / 2^64; what finds it
 * taken stands in the next free slot behind it, around the end. */
struct segment_head {
    char magic[8];
    uint64_t version;
    struct segment_range range;
    uint64_t tx_slots, script_slots;
    uint64_t lists, is_dense; /* scripts with outputs in the range, ascending */
};
#define SEGMENT_MAGIC "IMJINUS1"
enum { SEGMENT_VERSION = 1, UTXO_MANIFEST_VERSION = 1 };

#define UTXO_HASH_SEED UINT64_C(0x7574786f)
static inline uint64_t hash_tx_id(const uint8_t id[32]) { return hash_bytes(id, 32, UTXO_HASH_SEED); }
static inline uint64_t hash_script(unsigned kind, const void *payload, uint64_t count) {
    return hash_bytes(payload, count, UTXO_HASH_SEED + 1 + kind);
}

/* ---- manifest ---- */

struct manifest_segment {
    uint64_t number, bytes;
    struct segment_range range;
    struct sha256 hash;
};
struct utxo_manifest {
    struct chain chain;
    uint64_t height_first, partial, next_segment, commit;
    struct utxo_rows rows;
    struct sha256 *hashes[UTXO_FILES]; /* of each chunk of each file; owned */
    uint64_t hash_counts[UTXO_FILES];
    struct manifest_segment segments[UTXO_SEGMENTS_MAX];
    unsigned segment_count;
    struct sha256 identity;
};
static inline uint64_t utxo_chunks(uint64_t bytes) { return (bytes + UTXO_CHUNK_BYTES - 1) / UTXO_CHUNK_BYTES; }
static inline uint64_t utxo_bytes(const struct utxo_rows *rows, enum utxo_file file) {
    return rows->of[file] * utxo_file_row_bytes(file);
}
void utxo_manifest_done(struct utxo_manifest *m);
enum imjin_status utxo_manifest_copy(struct utxo_manifest *ret, const struct utxo_manifest *m, struct error *err);
/* IMJIN_NOT_FOUND when there is none, or one of a ledger of movements. */
enum imjin_status utxo_manifest_read(struct utxo_manifest *ret, const char *directory, struct error *err);
enum imjin_status utxo_manifest_parse(struct utxo_manifest *ret, const char *text, uint64_t count, struct error *err);
/* Writes it into place: the commit. Sets the identity. */
enum imjin_status utxo_manifest_write(struct utxo_manifest *m, const char *directory, struct error *err);
enum imjin_status utxo_segment_path(char ret_path[PATH_BYTES_MAX], const char *directory, uint64_t number, struct error *err);

#endif
