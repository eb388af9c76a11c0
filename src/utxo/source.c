#include "utxo/source.h"

#include "codec/hex.h"
#include "utxo/source_json.h"
#include "utxo/utxo.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { RECORD_HEAD = 8, MAGIC_BYTES = 4, SNIFF_BYTES = 4096, ZEROS_AT_ONCE = 65536 };

/* What a file's first bytes say it is. */
enum shape { SHAPE_NONE, SHAPE_RECORDS, SHAPE_RAW, SHAPE_HEX, SHAPE_JSON };

/* ---- reading ---- */

static bool has_key(const struct source_file *f) {
    static const uint8_t none[SOURCE_KEY_BYTES];
    return memcmp(f->key, none, sizeof none) != 0;
}

static enum imjin_status open_file(struct sources *s, uint32_t file, struct error *err) {
    struct source_file *files = s->files.items;
    if (s->open_file == file)
        return IMJIN_OK;
    if (s->open_file != ID_NONE) {
        close(files[s->open_file].descriptor);
        files[s->open_file].descriptor = -1;
        s->open_file = ID_NONE;
    }
    int descriptor = open(files[file].path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return fail_errno(err, "cannot open", files[file].path);
    files[file].descriptor = descriptor;
    s->open_file = file;
    return IMJIN_OK;
}

static enum imjin_status read_plain(const struct source_file *f, uint64_t offset, uint8_t *bytes, uint64_t count,
                                    struct error *err) {
    for (uint64_t done = 0; done < count;) {
        ssize_t got = pread(f->descriptor, bytes + done, count - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno(err, "cannot read", f->path);
        if (got == 0)
            return fail(err, IMJIN_BAD_INPUT, "%s became shorter while it was read", f->path);
        done += (uint64_t)got;
    }
    return IMJIN_OK;
}

static enum imjin_status read_at(struct sources *s, uint32_t file, uint64_t offset, uint8_t *bytes, uint64_t count,
                                 struct error *err) {
    const struct source_file *f = (const struct source_file *)s->files.items + file;
    if (f->held) {
        INVARIANT(offset <= f->held_bytes && count <= f->held_bytes - offset);
        memcpy(bytes, f->held + offset, count);
        return IMJIN_OK;
    }
    TRY(open_file(s, file, err));
    TRY(read_plain(f, offset, bytes, count, err));
    if (has_key(f))
        for (uint64_t i = 0; i < count; i++)
            bytes[i] ^= f->key[(offset + i) % SOURCE_KEY_BYTES];
    return IMJIN_OK;
}

enum imjin_status sources_read(struct sources *s, const struct source_block *b, struct buffer *room, struct error *err) {
    room->count = 0;
    TRY(buffer_reserve(room, b->bytes, err));
    TRY(read_at(s, b->file, b->offset, room->items, b->bytes, err));
    room->count = b->bytes;
    s->bytes_read += b->bytes;
    return IMJIN_OK;
}

enum imjin_status sources_at(const struct sources *s, const struct source_block *b, enum imjin_status status,
                             struct error *err) {
    const struct source_file *f = (const struct source_file *)s->files.items + b->file;
    if (status != IMJIN_BAD_INPUT || err == NULL || err->file[0])
        return status;
    char what[ERROR_TEXT_MAX];
    snprintf(what, sizeof what, "%s", err->text);
    status = fail(err, status, "byte %" PRIu64 ": %s", b->offset, what);
    error_at(err, f->path, 0);
    return status;
}

/* ---- finding blocks ---- */

static enum imjin_status add_block(struct sources *s, const struct output_chain *chain, uint32_t file, uint64_t offset,
                                   uint32_t count, uint32_t height, struct error *err) {
    uint8_t head[BLOCK_HEAD_BYTES_MAX];
    struct source_block b = {.file = file, .bytes = count, .offset = offset, .height = height};
    uint64_t head_bytes = count < sizeof head ? count : sizeof head;
    enum imjin_status status = read_at(s, file, offset, head, head_bytes, err);
    if (status == IMJIN_OK)
        status = block_head_parse(&b.head, chain, (struct span){(const char *)head, head_bytes}, err);
    if (status != IMJIN_OK)
        return sources_at(s, &b, status, err);
    return buffer_push(&s->blocks, &b, NULL, err);
}

/* The first byte at or behind `at` that is not 0; the file's end when there is none. */
static enum imjin_status pass_zeros(struct sources *s, uint32_t file, uint64_t *at, uint64_t end, struct error *err) {
    uint8_t *bytes = memory_new(ZEROS_AT_ONCE, 1);
    enum imjin_status status = bytes ? IMJIN_OK : fail_memory(err, "a file's zeros");
    while (status == IMJIN_OK && *at < end) {
        uint64_t count = end - *at < ZEROS_AT_ONCE ? end - *at : ZEROS_AT_ONCE, zeros = 0;
        status = read_at(s, file, *at, bytes, count, err);
        while (status == IMJIN_OK && zeros < count && bytes[zeros] == 0)
            zeros++;
        *at += status == IMJIN_OK ? zeros : 0;
        if (zeros < count)
            break;
    }
    memory_free(bytes);
    return status;
}

static enum imjin_status fail_record(const struct sources *s, uint32_t file, uint64_t at, const char *what, struct error *err) {
    struct source_block b = {.file = file, .offset = at};
    return sources_at(s, &b, fail(err, IMJIN_BAD_INPUT, "%s", what), err);
}

/* Records: magic, length, block. Behind the last a node keeps zeros, or a block that it is still writing. */
static enum imjin_status find_records(struct sources *s, const struct output_chain *chain, uint32_t file, struct error *err) {
    const struct source_file *f = (const struct source_file *)s->files.items + file;
    uint64_t end = f->held ? f->held_bytes : f->bytes, at = 0;
    while (at < end) {
        uint8_t head[RECORD_HEAD];
        uint32_t count;
        TRY(read_at(s, file, at, head, end - at < RECORD_HEAD ? end - at : RECORD_HEAD, err));
        if (head[0] == 0) {
            TRY(pass_zeros(s, file, &at, end, err));
            continue;
        }
        if (end - at < RECORD_HEAD)
            break;
        if (memcmp(head, chain->magic, MAGIC_BYTES) != 0)
            return fail_record(s, file, at, "no block of this chain begins here", err);
        memcpy(&count, head + MAGIC_BYTES, sizeof count);
        if (count > UTXO_BLOCK_BYTES_MAX)
            return fail_record(s, file, at, "the block's length is more than a block can have", err);
        if (count > end - at - RECORD_HEAD)
            break;
        TRY(add_block(s, chain, file, at + RECORD_HEAD, count, ID_NONE, err));
        at += RECORD_HEAD + count;
    }
    s->bytes_unfinished += end - at;
    return IMJIN_OK;
}

/* ---- text ---- */

static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/* Decodes the digits up to the next white space; passes that too. */
static enum imjin_status next_digits(struct source_file *f, struct span text, uint64_t *at, uint64_t *line, struct error *err) {
    uint64_t end = *at;
    while (end < text.count && !is_space(text.bytes[end]))
        end++;
    uint64_t digits = end - *at;
    if (digits % 2 || hex_decode(f->held + f->held_bytes, text.bytes + *at, digits / 2) & HEX_BAD)
        return fail_value(err, f->path, *line, NULL, text.bytes + *at, digits, "is not a block in hex digits");
    f->held_bytes += digits / 2;
    for (*at = end; *at < text.count && is_space(text.bytes[*at]); ++*at)
        *line += text.bytes[*at] == '\n';
    return IMJIN_OK;
}

/* A block a line; or, when the first line is not a whole block, one block over all of them. */
static enum imjin_status find_hex(struct sources *s, const struct output_chain *chain, uint32_t file, struct span text,
                                  struct error *err) {
    struct source_file *f = (struct source_file *)s->files.items + file;
    uint64_t line = 1, begin = 0, at = 0;
    f->held = memory_new(text.count / 2 + 1, 1);
    if (f->held == NULL)
        return fail_memory(err, "a block in hex");
    while (at < text.count && is_space(text.bytes[at]))
        line += text.bytes[at++] == '\n';
    TRY(next_digits(f, text, &at, &line, err));
    bool lines = block_is_whole(chain, (struct span){(const char *)f->held, f->held_bytes});
    for (;;) {
        if (lines || at == text.count) {
            if (f->held_bytes - begin > UTXO_BLOCK_BYTES_MAX)
                return fail_record(s, file, begin, "the block is longer than a block can be", err);
            TRY(add_block(s, chain, file, begin, (uint32_t)(f->held_bytes - begin), ID_NONE, err));
            begin = f->held_bytes;
        }
        if (at == text.count)
            return IMJIN_OK;
        TRY(next_digits(f, text, &at, &line, err));
    }
}

static enum imjin_status find_json(struct sources *s, const struct output_chain *chain, uint32_t file, struct span text,
                                   struct error *err) {
    struct source_file *f = (struct source_file *)s->files.items + file;
    struct buffer places = {.item_bytes = sizeof(struct json_block), .items_max = UTXO_IMPORT_BLOCKS_MAX, .what = "blocks"};
    struct buffer bytes = {.item_bytes = 1, .items_max = UTXO_TEXT_BYTES_MAX, .what = "bytes of blocks in JSON"};
    enum imjin_status status = json_blocks(f->path, text, &bytes, &places, err);
    f->held = bytes.items;
    f->held_bytes = bytes.count;
    const struct json_block *blocks = places.items;
    for (uint64_t i = 0; i < places.count && status == IMJIN_OK; i++)
        status = add_block(s, chain, file, blocks[i].offset, blocks[i].bytes, blocks[i].height, err);
    buffer_done(&places);
    return status;
}

/* ---- what a file is ---- */

/* The key that a node keeps beside its block files. Its absence is the rule in older ones. */
static enum imjin_status key_beside(const char *path, uint8_t ret_key[SOURCE_KEY_BYTES], struct error *err) {
    char beside[PATH_BYTES_MAX], *bytes;
    uint64_t count;
    snprintf(beside, sizeof beside, "%s", path);
    char *slash = strrchr(beside, '/'), *name = slash ? slash + 1 : beside;
    if ((size_t)(name - beside) + sizeof "xor.dat" > sizeof beside)
        return IMJIN_OK;
    memcpy(name, "xor.dat", sizeof "xor.dat");
    if (!file_exists(beside))
        return IMJIN_OK;
    TRY(file_read(beside, SNIFF_BYTES, &bytes, &count, err));
    if (count == SOURCE_KEY_BYTES)
        memcpy(ret_key, bytes, SOURCE_KEY_BYTES);
    memory_free(bytes);
    return count == SOURCE_KEY_BYTES ? IMJIN_OK : fail(err, IMJIN_BAD_INPUT, "%s is not a key of 8 bytes", beside);
}

/* Without xor.dat the key shows where we know what stands: the magic, and the length and parent of a first block. */
static bool key_guess(const struct output_chain *chain, const uint8_t *bytes, uint64_t count, uint64_t file_bytes,
                      uint8_t ret_key[SOURCE_KEY_BYTES]) {
    enum { PARENT_HIGH = 36, VERSION = 8, GENESIS_BYTES = 285 }; /* the parent's highest bytes are 0: it has work behind it */
    uint8_t key[SOURCE_KEY_BYTES];
    if (count < 96)
        return false;
    for (unsigned i = 0; i < MAGIC_BYTES; i++)
        key[i] = bytes[i] ^ chain->magic[i];
    memcpy(key + MAGIC_BYTES, bytes + PARENT_HIGH, MAGIC_BYTES);
    uint32_t length = 0;
    for (unsigned i = 0; i < MAGIC_BYTES; i++)
        length |= (uint32_t)(uint8_t)(bytes[MAGIC_BYTES + i] ^ key[MAGIC_BYTES + i]) << (8 * i);
    if (length < 81 || length > file_bytes - RECORD_HEAD || length > UTXO_BLOCK_BYTES_MAX)
        return false;
    uint8_t head[80];
    struct block_head parsed;
    for (unsigned i = 0; i < sizeof head; i++)
        head[i] = bytes[VERSION + i] ^ key[i % SOURCE_KEY_BYTES];
    if (block_head_parse(&parsed, chain, (struct span){(const char *)head, sizeof head}, NULL) != IMJIN_OK)
        return false;
    memcpy(ret_key, key, sizeof key);
    return true;
}

static bool is_hex(const uint8_t *bytes, uint64_t count) {
    uint64_t digits = 0;
    for (uint64_t i = 0; i < count; i++) {
        char c = (char)bytes[i];
        bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!digit && !is_space(c))
            return false;
        digits += digit;
    }
    return digits >= 160;
}

/* A header that could be, and behind it a coinbase. */
static bool is_raw(const struct output_chain *chain, const uint8_t *bytes, uint64_t count) {
    struct block_head head;
    struct wire_header header;
    struct wire_cursor c = {bytes, bytes + count};
    if (block_head_parse(&head, chain, (struct span){(const char *)bytes, count}, NULL) != IMJIN_OK ||
        wire_header_parse(&c, chain->wire, &header, NULL) != IMJIN_OK)
        return false;
    return header.version != 0;
}

static enum shape shape_of(const struct output_chain *chain, const uint8_t *bytes, uint64_t count) {
    uint64_t at = 0;
    if (count == 0)
        return SHAPE_RECORDS;
    if (bytes[0] == 0 || (count >= MAGIC_BYTES && memcmp(bytes, chain->magic, MAGIC_BYTES) == 0))
        return SHAPE_RECORDS;
    while (at < count && is_space((char)bytes[at]))
        at++;
    if (at < count && (bytes[at] == '{' || bytes[at] == '['))
        return SHAPE_JSON;
    if (is_hex(bytes, count))
        return SHAPE_HEX;
    return is_raw(chain, bytes, count) ? SHAPE_RAW : SHAPE_NONE;
}

static enum imjin_status sniff(const char *path, struct source_file *f, const struct output_chain *chain, enum shape *ret,
                               struct error *err) {
    struct mapping m;
    uint8_t bytes[SNIFF_BYTES], key[SOURCE_KEY_BYTES] = {0};
    TRY(key_beside(path, key, err));
    TRY(mapping_open(&m, path, err));
    uint64_t count = m.count < sizeof bytes ? m.count : sizeof bytes;
    for (uint64_t i = 0; i < count; i++)
        bytes[i] = m.bytes[i];
    f->bytes = m.count;
    *ret = shape_of(chain, bytes, count);
    for (uint64_t i = 0; i < count; i++)
        bytes[i] ^= key[i % SOURCE_KEY_BYTES];
    if (count && memcmp(bytes, m.bytes, count) != 0 && shape_of(chain, bytes, count) == SHAPE_RECORDS) {
        memcpy(f->key, key, sizeof key);
        *ret = SHAPE_RECORDS;
    } else if (*ret == SHAPE_NONE && key_guess(chain, m.bytes, count, m.count, f->key)) {
        *ret = SHAPE_RECORDS;
    }
    mapping_close(&m);
    return IMJIN_OK;
}

static enum imjin_status find_text(struct sources *s, const struct output_chain *chain, uint32_t file, enum shape shape,
                                   struct error *err) {
    const struct source_file *f = (const struct source_file *)s->files.items + file;
    char *text;
    uint64_t count;
    TRY(file_read(f->path, UTXO_TEXT_BYTES_MAX, &text, &count, err));
    struct span span = {text, count};
    enum imjin_status status = shape == SHAPE_HEX ? find_hex(s, chain, file, span, err) : find_json(s, chain, file, span, err);
    memory_free(text);
    return status;
}

static enum imjin_status add_file(struct sources *s, const struct output_chain *chain, const char *path, struct error *err) {
    struct source_file f = {.descriptor = -1};
    enum shape shape = SHAPE_NONE;
    uint32_t file = (uint32_t)s->files.count;
    TRY(sniff(path, &f, chain, &shape, err));
    if (shape == SHAPE_NONE) {
        enum imjin_status status = fail(err, IMJIN_BAD_INPUT, "there are no blocks of this chain in it (wrong --chain?)");
        error_at(err, path, 0);
        return status;
    }
    f.path = memory_text(path, strlen(path));
    if (f.path == NULL)
        return fail_memory(err, "a file's name");
    enum imjin_status status = buffer_push(&s->files, &f, NULL, err);
    if (status != IMJIN_OK) {
        memory_free(f.path);
        return status;
    }
    if (shape == SHAPE_RECORDS)
        return find_records(s, chain, file, err);
    if (shape == SHAPE_RAW && f.bytes <= UTXO_BLOCK_BYTES_MAX)
        return add_block(s, chain, file, 0, (uint32_t)f.bytes, ID_NONE, err);
    return shape == SHAPE_RAW ? fail_record(s, file, 0, "the block is longer than a block can be", err)
                              : find_text(s, chain, file, shape, err);
}

/* ---- directories ---- */

static bool is_block_file(const char *name) {
    size_t count = strlen(name);
    return count > 7 && strncmp(name, "blk", 3) == 0 && strcmp(name + count - 4, ".dat") == 0;
}

/* A node's directory holds a directory "blocks"; either may be named. */
static enum imjin_status blocks_directory(char ret[PATH_BYTES_MAX], const char *path, struct error *err) {
    char inside[PATH_BYTES_MAX];
    TRY(path_join(inside, err, path, "blocks"));
    snprintf(ret, PATH_BYTES_MAX, "%s", directory_exists(inside) ? inside : path);
    return IMJIN_OK;
}

static enum imjin_status add_directory(struct sources *s, const struct output_chain *chain, const char *path,
                                       const struct progress *p, struct error *err) {
    char directory[PATH_BYTES_MAX], file[PATH_BYTES_MAX], **names;
    size_t count;
    TRY(blocks_directory(directory, path, err));
    TRY(directory_list(directory, &names, &count, err));
    enum imjin_status status = IMJIN_OK;
    uint64_t before = s->files.count;
    for (size_t i = 0; i < count; i++) {
        if (status == IMJIN_OK && is_block_file(names[i])) {
            status = path_join(file, err, directory, names[i]);
            if (status == IMJIN_OK)
                status = add_file(s, chain, file, err);
            if (status == IMJIN_OK)
                status = progress_step(p, "finding blocks", "files", i, count, err);
        }
        memory_free(names[i]);
    }
    memory_free(names);
    if (status == IMJIN_OK && s->files.count == before)
        return fail(err, IMJIN_BAD_INPUT, "%s: no blk*.dat there", path);
    return status;
}

static bool has_block_files(const char *path) {
    char directory[PATH_BYTES_MAX], **names;
    size_t count;
    bool found = false;
    if (blocks_directory(directory, path, NULL) != IMJIN_OK || directory_list(directory, &names, &count, NULL) != IMJIN_OK)
        return false;
    for (size_t i = 0; i < count; i++) {
        found |= is_block_file(names[i]);
        memory_free(names[i]);
    }
    memory_free(names);
    return found;
}

/* Blocks all the same: reading them will say that the chain is another. */
static bool is_of_another_chain(const char *path) {
    struct mapping m;
    unsigned count;
    const struct output_chain *chains = output_chains(&count);
    bool found = false;
    if (mapping_open(&m, path, NULL) != IMJIN_OK)
        return false;
    for (unsigned i = 0; i < count && m.count >= MAGIC_BYTES; i++)
        found |= memcmp(m.bytes, chains[i].magic, MAGIC_BYTES) == 0;
    mapping_close(&m);
    return found;
}

bool utxo_is_source(const char *path, const struct chain *chain) {
    const struct output_chain *c = output_chain_find(chain->name);
    struct source_file f = {0};
    enum shape shape = SHAPE_NONE;
    if (c == NULL)
        return false;
    if (directory_exists(path))
        return has_block_files(path);
    if (!file_exists(path) || sniff(path, &f, c, &shape, NULL) != IMJIN_OK)
        return false;
    if (shape == SHAPE_JSON)
        return json_is_block(path);
    return (shape != SHAPE_NONE && f.bytes > 0) || is_of_another_chain(path);
}

/* ---- opening ---- */

static enum imjin_status add_paths(struct sources *s, const struct output_chain *chain, const char *const *paths,
                                   uint64_t path_count, const struct progress *p, struct error *err) {
    for (uint64_t i = 0; i < path_count; i++) {
        TRY(directory_exists(paths[i]) ? add_directory(s, chain, paths[i], p, err) : add_file(s, chain, paths[i], err));
        TRY(progress_step(p, "finding blocks", "files", i, path_count, err));
    }
    return IMJIN_OK;
}

enum imjin_status sources_open(struct sources *ret, const struct output_chain *chain, const char *const *paths,
                               uint64_t path_count, const struct progress *p, struct error *err) {
    struct sources s = {.files = {.item_bytes = sizeof(struct source_file), .items_max = 1 << 20, .what = "block files"},
                        .blocks = {.item_bytes = sizeof(struct source_block),
                                   .items_max = UTXO_IMPORT_BLOCKS_MAX,
                                   .what = "blocks of one import"},
                        .open_file = ID_NONE};
    enum imjin_status status = add_paths(&s, chain, paths, path_count, p, err);
    if (status != IMJIN_OK) {
        sources_done(&s);
        return status == IMJIN_NOT_FOUND ? IMJIN_BAD_INPUT : status;
    }
    *ret = s;
    return IMJIN_OK;
}

void sources_done(struct sources *s) {
    struct source_file *files = s->files.items;
    for (uint64_t i = 0; i < s->files.count; i++) {
        memory_free(files[i].path);
        memory_free(files[i].held);
    }
    if (s->open_file != ID_NONE)
        close(files[s->open_file].descriptor);
    buffer_done(&s->files);
    buffer_done(&s->blocks);
    s->open_file = ID_NONE;
}
