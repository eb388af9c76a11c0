/* The compiled ledger on disk; docs/compiled.md says every byte. */
#ifndef IMJIN_SETTLE_FORMAT_H
#define IMJIN_SETTLE_FORMAT_H

#include "settle/core.h"

enum { COMPILED_VERSION = 1, COMPILED_SEGMENTS_MAX = 32, COMPILED_FILE_NAME_MAX = 32 };
#define COMPILED_MAGIC 0x3130706d6f6a6d69u /* "imjmop01" as bytes */

/* One edge as one of its ends sees it: `position` on the own line, `other_position` on the line of `other`. Edges that do not
 * fit here (RECORD_SIDE) stand in the side table: then other_low is their place in it. */
struct edge_record {
    uint64_t position_low;
    uint32_t position_high; /* 30 bits; above them RECORD_ flags */
    uint32_t other;         /* holding; ID_NONE: clean arrival */
    uint64_t other_low;
    uint32_t other_high;
    uint32_t movement;
};
_Static_assert(sizeof(struct edge_record) == 32, "32 bytes an edge and end");
#define RECORD_SIDE           0x80000000u
#define RECORD_JOINED         0x40000000u /* an edge before it in the list reaches over its position */
#define RECORD_POSITION_MASK  0x3fffffffu
#define RECORD_POSITION_LIMIT (((u128)1 << 94) - 1) /* positions from here on stand in the side table only */
#define RECORD_OTHER_LIMIT    ((u128)1 << 96)

/* An edge in full. Record of the side table. */
struct side_record {
    uint64_t out_from[2], out_units[2], in_from[2], in_units[2]; /* low, high */
    uint32_t from, to, share_from, share_to, share_total, movement;
    uint8_t rule, weighed_equally, zero[6];
};
_Static_assert(sizeof(struct side_record) == 96, "96 bytes an edge in full");

struct holding_record {
    uint32_t account, asset;
    uint64_t received[2], spent[2], unknown[2];
};
_Static_assert(sizeof(struct holding_record) == 56, "56 bytes a holding");

enum segment_file { FILE_OUT, FILE_IN, FILE_OUT_INDEX, FILE_IN_INDEX, FILE_SIDE, SEGMENT_FILES };
enum common_file { FILE_HOLDINGS, FILE_ACCOUNT_STARTS, FILE_ACCOUNT_HOLDINGS, FILE_ASSET_FLAGS, COMMON_FILES };

/* Index of a list file: when key_count is INDEX_DENSE, u32 starts[holdings + 1]; else u32 keys[key_count], then u32
 * starts[key_count + 1]. */
enum { INDEX_DENSE = UINT32_MAX };
struct manifest_segment {
    uint64_t number; /* in file names */
    uint64_t movement_from, movement_to;
    uint64_t records[2]; /* by enum direction: OUT, IN */
    uint64_t side_count;
    uint32_t holdings; /* that there were when it was written */
    uint32_t key_count[2];
    uint32_t zero;
    struct sha256 hashes[SEGMENT_FILES];
};
struct manifest {
    uint64_t magic;
    uint32_t version, rules;
    struct sha256 ledger; /* identity */
    struct sha256 sample; /* of rows at both ends of what is compiled: told apart from another ledger of the same generation */
    uint64_t generation, movements, next_number, common_number;
    uint32_t accounts, assets, holdings, segment_count;
    struct sha256 hashes[COMMON_FILES];
    struct manifest_segment segments[COMPILED_SEGMENTS_MAX];
    struct sha256 self; /* of all bytes before it */
};

enum imjin_status compiled_manifest_read(struct manifest *ret, const char *directory, struct error *err);
enum imjin_status compiled_manifest_write(struct manifest *m, const char *directory, struct error *err);
void settle_segment_file_name(char ret_name[COMPILED_FILE_NAME_MAX], uint64_t number, enum segment_file file);
void settle_common_file_name(char ret_name[COMPILED_FILE_NAME_MAX], uint64_t number, enum common_file file);
uint64_t settle_segment_file_bytes(const struct manifest_segment *s, enum segment_file file);
uint64_t settle_common_file_bytes(const struct manifest *m, enum common_file file);
/* Removes every file of ours that the manifest does not name. */
enum imjin_status settle_remove_strays(const struct manifest *m, const char *directory, struct error *err);

static inline u128 u128_of(const uint64_t words[2]) { return (u128)words[1] << 64 | words[0]; }
static inline void u128_put(uint64_t ret_words[2], u128 v) {
    ret_words[0] = (uint64_t)v;
    ret_words[1] = (uint64_t)(v >> 64);
}

/* A segment mapped for reading. Lists are checked to lie inside when asked for. */
struct list {
    const struct edge_record *records;
    uint64_t from, to;
};
struct segment {
    const struct manifest_segment *about;
    struct mapping files[SEGMENT_FILES];
};
enum imjin_status compiled_segment_open(struct segment *ret, const struct manifest_segment *about, const char *directory,
                                        struct error *err);
void settle_segment_close(struct segment *s);
enum imjin_status compiled_segment_list(const struct segment *s, uint32_t holding, enum direction direction, struct list *ret,
                                        struct error *err);

/* Edges of a run of transactions in time order, to become a segment. */
struct run_list {
    struct buffer records, owners; /* struct edge_record, uint32_t holding */
};
struct run {
    struct run_list lists[2]; /* by enum direction */
    struct buffer sides;      /* struct side_record */
    uint64_t movement_from, movement_to;
};
/* Groups the run by holding and writes its files. */
enum imjin_status settle_segment_write(struct manifest_segment *ret, struct run *r, uint64_t number, uint32_t holdings,
                                       const char *directory, struct error *err);
/* Makes one segment of several neighbours in time. */
enum imjin_status settle_segment_merge(struct manifest_segment *ret, const struct manifest_segment *parts, uint32_t count,
                                       uint64_t number, uint32_t holdings, const char *directory, struct error *err);

#endif
