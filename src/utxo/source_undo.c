#include "utxo/source.h"
#include "utxo/undo.h"

#include <inttypes.h>
#include <stdio.h>

enum { RECORD_HEAD = 8, MAGIC_BYTES = 4, CHECKSUM_BYTES = 32 };

struct undo_record {
    uint64_t offset, txs;
    uint32_t bytes;
    bool used;
};

/* Holds the undo file beside one block file at a time. */
struct source_undo {
    const struct sources *sources;
    const struct output_chain *chain;
    uint32_t file; /* the block file's number; ID_NONE: none yet */
    uint8_t *bytes;
    uint64_t count;
    struct buffer records;
};

enum imjin_status source_undo_new(struct source_undo **ret, const struct sources *s, const struct output_chain *chain,
                                  struct error *err) {
    struct source_undo *u = memory_new(1, sizeof *u);
    if (u == NULL)
        return fail_memory(err, "undo data");
    *u = (struct source_undo){
        .sources = s,
        .chain = chain,
        .file = ID_NONE,
        .records = {.item_bytes = sizeof(struct undo_record), .items_max = UTXO_IMPORT_BLOCKS_MAX, .what = "undo records"}};
    *ret = u;
    return IMJIN_OK;
}

void source_undo_free(struct source_undo *u) {
    if (u == NULL)
        return;
    memory_free(u->bytes);
    buffer_done(&u->records);
    memory_free(u);
}

/* blk00012.dat has rev00012.dat beside it; any other block file has a file of that name with rev in place of blk, or none. */
static bool undo_path(const char *path, char ret[PATH_BYTES_MAX]) {
    snprintf(ret, PATH_BYTES_MAX, "%s", path);
    char *slash = strrchr(ret, '/'), *name = slash ? slash + 1 : ret;
    if (strncmp(name, "blk", 3) != 0)
        return false;
    memcpy(name, "rev", 3);
    return file_exists(ret);
}

static enum imjin_status read_undo_file(struct source_undo *u, const char *path, const struct source_file *blocks,
                                        struct error *err) {
    char *bytes;
    TRY(file_read(path, UTXO_TEXT_BYTES_MAX, &bytes, &u->count, err));
    u->bytes = (uint8_t *)bytes;
    for (uint64_t i = 0; i < u->count; i++)
        u->bytes[i] ^= blocks->key[i % SOURCE_KEY_BYTES];
    return IMJIN_OK;
}

/* The last record may be one that is being written: what does not fit is left. */
static enum imjin_status find_records(struct source_undo *u, struct error *err) {
    uint64_t at = 0;
    while (at < u->count && u->count - at >= RECORD_HEAD && memcmp(u->bytes + at, u->chain->magic, MAGIC_BYTES) == 0) {
        struct undo_record r = {.offset = at + RECORD_HEAD};
        memcpy(&r.bytes, u->bytes + at + MAGIC_BYTES, sizeof r.bytes);
        uint64_t left = u->count - r.offset;
        if (left < CHECKSUM_BYTES || r.bytes > left - CHECKSUM_BYTES)
            return IMJIN_OK;
        struct wire_cursor c = {u->bytes + r.offset, u->bytes + r.offset + r.bytes};
        TRY(undo_tx_count(&c, &r.txs, err));
        TRY(buffer_push(&u->records, &r, NULL, err));
        at = r.offset + r.bytes + CHECKSUM_BYTES;
        while (at < u->count && u->bytes[at] == 0)
            at++;
    }
    return IMJIN_OK;
}

static enum imjin_status load(struct source_undo *u, uint32_t file, struct error *err) {
    const struct source_file *blocks = (const struct source_file *)u->sources->files.items + file;
    char path[PATH_BYTES_MAX];
    if (u->file == file)
        return IMJIN_OK;
    memory_free(u->bytes);
    u->bytes = NULL;
    u->count = 0;
    u->records.count = 0;
    u->file = file;
    if (blocks->held || !undo_path(blocks->path, path))
        return IMJIN_OK;
    TRY(read_undo_file(u, path, blocks, err));
    enum imjin_status status = find_records(u, err);
    if (status == IMJIN_BAD_INPUT)
        error_at(err, path, 0);
    return status;
}

/* The records have no name: that of a block is the one whose checksum fits, among those of as many transactions. */
enum imjin_status source_undo_find(struct source_undo *u, const struct source_block *b, const uint8_t previous[32],
                                   uint64_t tx_count, struct span *ret, struct error *err) {
    TRY(load(u, b->file, err));
    struct undo_record *records = u->records.items;
    unsigned tries = 0;
    *ret = (struct span){0};
    for (uint64_t i = 0; i < u->records.count && tries < UTXO_UNDO_TRIES_MAX; i++) {
        struct undo_record *r = &records[i];
        uint8_t hash[32];
        if (r->used || r->txs != tx_count - 1)
            continue;
        struct span data = {(const char *)u->bytes + r->offset, r->bytes};
        tries++;
        TRY(undo_checksum(previous, data, hash, err));
        if (memcmp(hash, u->bytes + r->offset + r->bytes, sizeof hash) != 0)
            continue;
        r->used = true;
        *ret = data;
        return IMJIN_OK;
    }
    return IMJIN_OK;
}
