/* Where blocks are read from: a node's files (plain or obfuscated), raw blocks, hex text. Internal to the room. */
#ifndef IMJIN_UTXO_SOURCE_H
#define IMJIN_UTXO_SOURCE_H

#include "utxo/block.h"
#include "utxo/limits.h"

enum { SOURCE_KEY_BYTES = 8 };
struct source_file {
    char *path;
    uint8_t key[SOURCE_KEY_BYTES]; /* each byte is changed by that of its place modulo 8; zeros: plain */
    uint64_t bytes;
    uint8_t *held; /* what hex text and JSON hold, as raw blocks; null: the file itself is read */
    uint64_t held_bytes;
    int descriptor; /* -1: closed */
};

/* A block that was found, by its header. */
struct source_block {
    struct block_head head;
    uint32_t file, bytes;
    uint64_t offset;
    uint32_t height; /* where JSON says it; else ID_NONE */
};

struct sources {
    struct buffer files;  /* struct source_file */
    struct buffer blocks; /* struct source_block */
    uint64_t bytes_unfinished, bytes_read;
    uint32_t open_file; /* whose descriptor is open; ID_NONE: none */
};

/* Files and directories, in any order; finds every block in them. */
enum imjin_status sources_open(struct sources *ret, const struct output_chain *chain, const char *const *paths,
                               uint64_t path_count, const struct progress *p, struct error *err);
void sources_done(struct sources *s);
/* The bytes of a block, into `room`. */
enum imjin_status sources_read(struct sources *s, const struct source_block *b, struct buffer *room, struct error *err);
/* A fault in a block: says where it is. */
enum imjin_status sources_at(const struct sources *s, const struct source_block *b, enum imjin_status status,
                             struct error *err);

/* ---- what a node keeps to undo blocks (source_undo.c) ---- */

struct source_undo; /* opaque: the undo files beside the block files */
enum imjin_status source_undo_new(struct source_undo **ret, const struct sources *s, const struct output_chain *chain,
                                  struct error *err);
void source_undo_free(struct source_undo *u); /* null is fine */
/* The undo data of block `b`, found by its checksum; *ret.bytes null when there is none. Valid until the next call. */
enum imjin_status source_undo_find(struct source_undo *u, const struct source_block *b, const uint8_t previous[32],
                                   uint64_t tx_count, struct span *ret, struct error *err);

#endif
