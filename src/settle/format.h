/* The compiled ledger on disk; docs/compiled.md says every byte. */
#ifndef IMJIN_SETTLE_FORMAT_H
#define IMJIN_SETTLE_FORMAT_H

#include "settle/core.h"
#include "settle/limits.h"
#include "settle/table.h"

enum { COMPILED_VERSION = 4, COMPILED_SEGMENTS_MAX = 32, COMPILED_FILE_NAME_MAX = 32 };
#define COMPILED_MAGIC 0x3130706d6f6a6d69u /* "imjmop01" as bytes */

/* An edge in full: what is not plain. In order of transactions. Amounts have 96 bits, low word first; where one needs more
 * (SIDE_WIDE), the upper 32 bits of the four stand in the first four words of the next row. */
struct side_record {
    uint32_t out_from[3], out_units[3], in_from[3], in_units[3];
    uint32_t from, to, movement;
    uint8_t share_from, share_to, share_total, rule; /* and the SIDE_ bits */
};
_Static_assert(sizeof(struct side_record) == 64, "one cache line an edge in full");
enum { SIDE_WIDE = 0x40, SIDE_WEIGHED = 0x80, SIDE_RULE = 0x3f };
_Static_assert((int)SETTLE_RULES <= (int)SIDE_RULE && (int)GOT_LINES_MAX <= UINT8_MAX, "rules and shares fit a byte");

/* Missing history: what a holding spent and was never seen to receive. */
struct missing_record {
    uint32_t units[3]; /* 96 bits */
    uint32_t movement; /* of the draw */
};
_Static_assert(sizeof(struct missing_record) == 16, "16 bytes a shortage");

/* The list of a holding has an entry of 32 bits for each edge on its line, in the order of the line: the movement that is the
 * whole edge (a plain payment from its `from` to its `to`), or a place in the side table or in the table of missing history.
 * Before every block of LIST_BLOCK entries stand four words: how far the line has got there (128 bits). A segment that begins
 * with the ledger's first movement leaves out those of the first block, where nothing has come before. */
#define ENTRY_SIDE    0x80000000u
#define ENTRY_MISSING 0xc0000000u
#define ENTRY_KIND    0xc0000000u
enum { LIST_BLOCK = 8, REACH_WORDS = 4, BLOCK_WORDS = LIST_BLOCK + REACH_WORDS };
#define COMPILED_MOVEMENTS_MAX ENTRY_SIDE
#define COMPILED_SIDES_MAX     0x40000000u
/* Lines get longer than this only by edges of the side table, which says positions in full. */
#define LINE_LIMIT ((u128)1 << 96)

struct holding_record {
    uint32_t account, asset;
    uint64_t received, spent, unknown; /* any of them all ones: see the wide table */
};
_Static_assert(sizeof(struct holding_record) == 32, "32 bytes a holding");
struct wide_record { /* by holding */
    uint64_t received[2], spent[2], unknown[2];
    uint32_t holding, zero[3];
};
_Static_assert(sizeof(struct wide_record) == 64, "64 bytes a wide holding");

enum segment_file { FILE_OUT, FILE_IN, FILE_OUT_INDEX, FILE_IN_INDEX, FILE_SIDE, FILE_MISSING, SEGMENT_FILES };
enum common_file { FILE_HOLDINGS, FILE_WIDE, FILE_ACCOUNT_STARTS, FILE_ACCOUNT_HOLDINGS, FILE_ASSETS, COMMON_FILES };
/* All units of an asset that ever moved: all ones for one that is untraceable. */
struct asset_record {
    uint64_t units[2];
};
#define UNITS_UNTRACEABLE (~(u128)0)

/* Index of a list file: when key_count is INDEX_DENSE, u32 starts[holdings + 1]; else u32 keys[key_count], then u32
 * starts[key_count + 1]. */
#define INDEX_DENSE UINT32_MAX
enum { INDEX_DENSE_RATIO = 8 }; /* dense unless there are so many times more holdings than words */
struct manifest_segment {
    uint64_t number; /* in file names */
    uint64_t movement_from, movement_to;
    uint64_t words[2]; /* of the lists, by enum direction */
    uint64_t side_count, missing_count;
    uint32_t holdings; /* that there were when it was written */
    uint32_t key_count[2];
    uint32_t zero;
    uint64_t checksums[SEGMENT_FILES]; /* settle_checksum */
};
struct compiled_manifest {
    uint64_t magic;
    uint32_t version, rules;
    struct sha256 ledger; /* identity */
    struct sha256 sample; /* of rows at both ends of what is compiled: told apart from another ledger of the same generation */
    uint64_t generation, movements, next_number, common_number;
    uint32_t accounts, assets, holdings, wide, segment_count, zero;
    uint64_t checksums[COMMON_FILES];
    struct manifest_segment segments[COMPILED_SEGMENTS_MAX];
    struct sha256 self; /* of all bytes before it */
};

/* IMJIN_BAD_INPUT, with what is wrong and how to mend it. */
enum imjin_status settle_damaged(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* IMJIN_NOT_FOUND when there is none, or one of another version. */
enum imjin_status settle_manifest_read(struct compiled_manifest *ret, const char *directory, struct error *err);
enum imjin_status settle_manifest_write(struct compiled_manifest *m, const char *directory, struct error *err);
enum imjin_status settle_segment_path(char *ret_path, const char *directory, uint64_t number, enum segment_file file,
                                      struct error *err);
enum imjin_status settle_common_path(char *ret_path, const char *directory, uint64_t number, enum common_file file,
                                     struct error *err);
uint64_t settle_segment_file_bytes(const struct manifest_segment *s, enum segment_file file);
uint64_t settle_common_file_bytes(const struct compiled_manifest *m, enum common_file file);
/* Removes every file of ours that the manifest does not name; null: all of them. */
enum imjin_status settle_remove_strays(const struct compiled_manifest *m, const char *directory, struct error *err);

static inline u128 u128_of(const uint64_t words[2]) { return (u128)words[1] << 64 | words[0]; }
static inline void u128_put(uint64_t ret_words[2], u128 v) {
    ret_words[0] = (uint64_t)v;
    ret_words[1] = (uint64_t)(v >> 64);
}
static inline u128 u96_of(const uint32_t words[3]) { return (u128)words[2] << 64 | (uint64_t)words[1] << 32 | words[0]; }
static inline void words_put(uint32_t *ret_words, int count, u128 v) {
    for (int i = 0; i < count; i++)
        ret_words[i] = (uint32_t)(v >> 32 * i);
}

/* Rows that the edge takes: one, or two when it is wide. */
uint32_t settle_side_pack(struct side_record ret[2], const struct flow_edge *e);
/* False when there is no such row, or half of one. */
[[nodiscard]] bool settle_side_unpack(struct flow_edge *ret, const struct side_record *rows, uint64_t count, uint32_t number);

/* A segment mapped for reading. Lists are checked to lie inside when asked for; what an entry names is not. */
struct segment {
    const struct manifest_segment *about;
    struct mapping files[SEGMENT_FILES];
};
struct entry_list {
    const uint32_t *words;
    uint32_t count; /* entries */
    bool fronted;   /* the first block has its reach too */
};
static inline uint32_t list_entry(const struct entry_list *l, uint32_t at) {
    return l->words[(uint64_t)(at / LIST_BLOCK) * BLOCK_WORDS + at % LIST_BLOCK + (l->fronted ? REACH_WORDS : 0)];
}
/* How far the line has got before block number `block`. */
static inline u128 list_reach(const struct entry_list *l, uint32_t block) {
    uint64_t at = (uint64_t)block * BLOCK_WORDS;
    const uint32_t *w = l->words + at - (l->fronted ? 0 : REACH_WORDS);
    return block || l->fronted ? (u128)w[3] << 96 | u96_of(w) : 0;
}
/* Maps a file that must have exactly so many bytes. */
enum imjin_status settle_open_whole(struct mapping *ret, const char *path, uint64_t bytes, struct error *err);
enum imjin_status settle_segment_open(struct segment *ret, const struct manifest_segment *about, const char *directory,
                                      struct error *err);
void settle_segment_close(struct segment *s);
enum imjin_status settle_segment_list(const struct segment *s, uint32_t holding, enum direction direction,
                                      struct entry_list *ret, struct error *err);
/* Where an edge of a list lies on its line, and its movement. `reach`: how far the line has got before it. */
struct entry_place {
    u128 from, to;
    uint32_t movement;
};
enum imjin_status settle_entry_place(const struct segment *s, const struct movement *movements, enum direction d,
                                     uint32_t entry, u128 reach, struct entry_place *ret, struct error *err);
/* Makes one segment of several neighbours in time. */
enum imjin_status settle_segment_merge(struct manifest_segment *ret, const struct manifest_segment *parts, uint32_t count,
                                       uint64_t number, uint32_t holdings, const struct movement *movements,
                                       const char *directory, struct error *err);

#endif
