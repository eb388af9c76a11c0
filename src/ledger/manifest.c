#include <inttypes.h>
#include <stdio.h>

#include "ledger/format.h"

static const struct {
    const char *name;
    uint64_t row_bytes;
} data_files[DATA_FILES] = {
    [FILE_MOVEMENTS] = {"movements", sizeof(struct movement)},
    [FILE_POSITIONS] = {"positions", sizeof(uint32_t)},
    [FILE_TXS] = {"txs", sizeof(struct tx_row)},
    [FILE_TX_IDS] = {"tx-ids", 32},
    [FILE_TX_TEXTS] = {"tx-texts", sizeof(struct tx_text_row)},
    [FILE_BLOCKS] = {"blocks", sizeof(struct block_row)},
    [FILE_ACCOUNTS] = {"accounts", sizeof(struct account_row)},
    [FILE_ASSETS] = {"assets", sizeof(struct asset_row)},
    [FILE_WIDE] = {"wide", sizeof(struct u256)},
    [FILE_TEXT] = {"text", 1},
    [FILE_NOTES] = {"notes", sizeof(struct note_row)},
};

const char *data_file_name(enum data_file file) { return data_files[file].name; }
uint64_t data_file_row_bytes(enum data_file file) { return data_files[file].row_bytes; }

void manifest_init(struct manifest *m, const struct chain *chain) {
    memset(m, 0, sizeof *m);
    m->chain = *chain;
    m->ascending = true;
    m->next_segment = 1;
    m->hashes = (struct buffer){.item_bytes = sizeof(struct sha256),
                                .items_max = LEDGER_MANIFEST_BYTES_MAX / 71,
                                .what = "hashed pieces of a ledger (over its largest size)"};
}

void manifest_done(struct manifest *m) { buffer_done(&m->hashes); }

enum imjin_status manifest_copy(struct manifest *ret, const struct manifest *m, struct error *err) {
    struct manifest copy = *m;
    copy.hashes.items = NULL;
    copy.hashes.count = copy.hashes.room = 0;
    TRY(buffer_reserve(&copy.hashes, m->hashes.count, err));
    if (m->hashes.count)
        memcpy(copy.hashes.items, m->hashes.items, m->hashes.count * sizeof(struct sha256));
    copy.hashes.count = m->hashes.count;
    *ret = copy;
    return IMJIN_OK;
}

enum imjin_status manifest_add_hashes(struct manifest *m, struct manifest_file *file, const struct sha256 *hashes,
                                      uint64_t count, struct error *err) {
    TRY(buffer_reserve(&m->hashes, count, err));
    file->first_hash = m->hashes.count;
    if (count)
        memcpy((struct sha256 *)m->hashes.items + m->hashes.count, hashes, count * sizeof *hashes);
    m->hashes.count += count;
    return IMJIN_OK;
}

/* ---- printing ---- */

static void print_chunks(const struct manifest *m, const struct manifest_file *file, struct text *t) {
    char line[7 + 64 + 1] = "chunk ";
    for (uint64_t i = 0; i < chunk_count(file->bytes); i++) {
        sha256_print((const struct sha256 *)m->hashes.items + file->first_hash + i, line + 6);
        line[70] = '\n';
        text_add(t, line, 71);
    }
}

static void print_file(const struct manifest *m, const struct manifest_file *file, struct text *t) {
    text_add_format(t, "file %s %" PRIu64 "\n", file->path, file->bytes);
    print_chunks(m, file, t);
}

enum imjin_status manifest_identity(const struct manifest *m, struct sha256 *ret, struct error *err) {
    struct text t = {.bytes_max = LEDGER_MANIFEST_BYTES_MAX};
    text_add_format(&t, "chain %s\n", m->chain.name);
    for (unsigned i = 0; i < DATA_FILES; i++) {
        text_add_format(&t, "file %s %" PRIu64 "\n", data_files[i].name, m->files[i].bytes);
        print_chunks(m, &m->files[i], &t);
    }
    enum imjin_status status = text_status(&t, err);
    if (status == IMJIN_OK)
        status = sha256_of(t.bytes, t.count, ret, err);
    text_done(&t);
    return status;
}

static void print_hash_line(struct text *t, const char *word, const struct sha256 *hash) {
    char hex[65];
    sha256_print(hash, hex);
    text_add_format(t, "%s %s\n", word, hex);
}

/* The numbers at the head of a manifest, in their order. */
struct head {
    const char *word;
    uint64_t *value, max;
};
enum { HEAD_LINES = 10 };
static void head_lines(struct manifest *m, uint64_t *ascending, struct head ret[HEAD_LINES]) {
    const struct head lines[HEAD_LINES] = {
        {"generation", &m->generation, 999999999},     {"commit", &m->commit, 999999999},
        {"next-segment", &m->next_segment, 999999999}, {"movements", &m->counts.movements, MOVEMENTS_MAX},
        {"txs", &m->counts.txs, MOVEMENTS_MAX},        {"blocks", &m->counts.blocks, (uint64_t)UINT32_MAX + 1},
        {"accounts", &m->counts.accounts, UINT32_MAX}, {"assets", &m->counts.assets, UINT32_MAX},
        {"wide", &m->counts.wide, MOVEMENTS_MAX},      {"ascending", ascending, 1},
    };
    memcpy(ret, lines, sizeof lines);
}

enum imjin_status manifest_print(const struct manifest *m, struct text *ret, struct error *err) {
    struct manifest copy = *m;
    uint64_t ascending = m->ascending;
    struct head lines[HEAD_LINES];
    struct sha256 own;
    head_lines(&copy, &ascending, lines);
    text_add_format(ret, "imjin-ledger %d\nchain %s\n", MANIFEST_VERSION, m->chain.name);
    for (unsigned i = 0; i < HEAD_LINES; i++)
        text_add_format(ret, "%s %" PRIu64 "\n", lines[i].word, *lines[i].value);
    for (unsigned i = 0; i < DATA_FILES; i++)
        print_file(m, &m->files[i], ret);
    text_add_format(ret, "segments %u\n", m->segment_count);
    for (unsigned i = 0; i < m->segment_count; i++)
        print_file(m, &m->segments[i], ret);
    print_hash_line(ret, "identity", &m->identity);
    TRY(text_status(ret, err));
    TRY(sha256_of(ret->bytes, ret->count, &own, err));
    print_hash_line(ret, "sha256", &own);
    return text_status(ret, err);
}

enum imjin_status manifest_write(struct manifest *m, const char *directory, struct error *err) {
    struct text t = {.bytes_max = LEDGER_MANIFEST_BYTES_MAX};
    char path[PATH_BYTES_MAX];
    TRY(manifest_identity(m, &m->identity, err));
    TRY(path_join(path, err, directory, "manifest"));
    enum imjin_status status = manifest_print(m, &t, err);
    if (status == IMJIN_OK)
        status = file_replace(path, t.bytes, t.count, err);
    text_done(&t);
    return status;
}

/* ---- reading ---- */

struct reader {
    const char *at, *end;
    uint64_t line;
    struct error *err;
};

static enum imjin_status damaged(struct reader *r, const char *what) {
    return fail(r->err, IMJIN_BAD_INPUT, "the ledger's manifest is damaged at line %" PRIu64 ": %s", r->line, what);
}

static enum imjin_status next_line(struct reader *r, const char *word, struct span *ret) {
    const char *end = r->at < r->end ? memchr(r->at, '\n', (size_t)(r->end - r->at)) : NULL;
    size_t count = strlen(word);
    r->line++;
    if (end == NULL || (size_t)(end - r->at) <= count || memcmp(r->at, word, count) != 0 || r->at[count] != ' ')
        return damaged(r, word);
    *ret = (struct span){r->at + count + 1, (uint64_t)(end - r->at) - count - 1};
    r->at = end + 1;
    return IMJIN_OK;
}

static enum imjin_status next_number(struct reader *r, const char *word, uint64_t max, uint64_t *ret) {
    struct span s;
    uint64_t value;
    TRY(next_line(r, word, &s));
    if (!u64_parse(s.bytes, s.count, &value) || value > max)
        return damaged(r, word);
    *ret = value;
    return IMJIN_OK;
}

static enum imjin_status next_hash(struct reader *r, const char *word, struct sha256 *ret) {
    struct span s;
    TRY(next_line(r, word, &s));
    return s.count == 64 && sha256_parse(s.bytes, ret) ? IMJIN_OK : damaged(r, word);
}

/* A path of ours: nothing that leads out of the ledger's directory. */
static bool path_good(struct span s) {
    if (s.count == 0 || s.count >= sizeof(((struct manifest_file *)0)->path) || s.bytes[0] != 'g')
        return false;
    for (uint64_t i = 0; i < s.count; i++) {
        char c = s.bytes[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '/';
        if (!plain && !(c == '.' && i + 1 < s.count && s.bytes[i + 1] != '.'))
            return false;
    }
    return true;
}

static enum imjin_status next_file(struct reader *r, struct manifest *m, struct manifest_file *ret) {
    struct span s = {"", 0};
    uint64_t bytes;
    TRY(next_line(r, "file", &s));
    const char *space = memchr(s.bytes, ' ', s.count);
    struct span path = {s.bytes, space ? (uint64_t)(space - s.bytes) : 0};
    if (space == NULL || !path_good(path) || !u64_parse(space + 1, s.count - path.count - 1, &bytes))
        return damaged(r, "file");
    /* each piece has a line of its own, so a length that the text cannot cover is refused before memory is asked for */
    if (chunk_count(bytes) > (uint64_t)(r->end - r->at) / 71)
        return damaged(r, "a file's length");
    memset(ret, 0, sizeof *ret);
    memcpy(ret->path, path.bytes, path.count);
    ret->bytes = bytes;
    ret->first_hash = m->hashes.count;
    for (uint64_t i = 0; i < chunk_count(bytes); i++) {
        struct sha256 hash;
        TRY(next_hash(r, "chunk", &hash));
        TRY(buffer_push(&m->hashes, &hash, NULL, r->err));
    }
    return IMJIN_OK;
}

/* Every column must have the length that the counts say. */
static enum imjin_status check_lengths(struct reader *r, const struct manifest *m) {
    const uint64_t rows[DATA_FILES] = {[FILE_MOVEMENTS] = m->counts.movements,
                                       [FILE_POSITIONS] = m->counts.movements,
                                       [FILE_TXS] = m->counts.txs,
                                       [FILE_TX_IDS] = m->counts.txs,
                                       [FILE_ACCOUNTS] = m->counts.accounts,
                                       [FILE_ASSETS] = m->counts.assets,
                                       [FILE_WIDE] = m->counts.wide};
    for (unsigned i = 0; i < DATA_FILES; i++) {
        bool free_length = i == FILE_TX_TEXTS || i == FILE_BLOCKS || i == FILE_TEXT || i == FILE_NOTES;
        if (m->files[i].bytes % data_files[i].row_bytes ||
            (!free_length && m->files[i].bytes / data_files[i].row_bytes != rows[i]))
            return damaged(r, data_files[i].name);
    }
    uint64_t texts = m->files[FILE_TX_TEXTS].bytes / sizeof(struct tx_text_row);
    uint64_t notes = m->files[FILE_NOTES].bytes / sizeof(struct note_row);
    if (m->counts.accounts < ACCOUNTS_RESERVED || m->counts.assets < 1 || m->counts.blocks > block_rows(m) ||
        m->counts.txs > m->counts.movements || texts > m->counts.txs || block_rows(m) > (uint64_t)UINT32_MAX * 2 ||
        notes > UINT32_MAX)
        return damaged(r, "counts that cannot be");
    return IMJIN_OK;
}

static enum imjin_status read_head(struct reader *r, struct manifest *m) {
    struct span s = {"", 0};
    uint64_t version = 0, ascending = 0;
    char name[CHAIN_NAME_MAX];
    struct head lines[HEAD_LINES];
    TRY(next_number(r, "imjin-ledger", UINT64_MAX, &version));
    if (version != MANIFEST_VERSION)
        return fail(r->err, IMJIN_BAD_INPUT, "ledger of version %" PRIu64 ": this program reads version %d", version,
                    MANIFEST_VERSION);
    TRY(next_line(r, "chain", &s));
    if (s.count >= sizeof name)
        return damaged(r, "chain");
    memcpy(name, s.bytes, s.count);
    name[s.count] = '\0';
    if (strlen(name) != s.count || chain_find(&m->chain, name, NULL) != IMJIN_OK)
        return damaged(r, "chain");
    head_lines(m, &ascending, lines);
    for (unsigned i = 0; i < HEAD_LINES; i++)
        TRY(next_number(r, lines[i].word, lines[i].max, lines[i].value));
    m->ascending = ascending;
    return IMJIN_OK;
}

static enum imjin_status read_body(struct reader *r, struct manifest *m, const char *text) {
    uint64_t segments;
    struct sha256 said, own;
    TRY(read_head(r, m));
    for (unsigned i = 0; i < DATA_FILES; i++)
        TRY(next_file(r, m, &m->files[i]));
    TRY(next_number(r, "segments", LEDGER_SEGMENTS_MAX, &segments));
    for (; m->segment_count < segments; m->segment_count++)
        TRY(next_file(r, m, &m->segments[m->segment_count]));
    TRY(next_hash(r, "identity", &m->identity));
    uint64_t hashed = (uint64_t)(r->at - text);
    TRY(next_hash(r, "sha256", &said));
    if (r->at != r->end)
        return damaged(r, "text behind the last line");
    TRY(sha256_of(text, hashed, &own, r->err));
    if (memcmp(&said, &own, sizeof own) != 0)
        return damaged(r, "its own hash does not fit");
    TRY(check_lengths(r, m));
    TRY(manifest_identity(m, &own, r->err));
    return memcmp(&m->identity, &own, sizeof own) == 0 ? IMJIN_OK : damaged(r, "identity");
}

enum imjin_status manifest_parse(struct manifest *ret, const char *text, uint64_t count, struct error *err) {
    struct manifest m;
    struct reader r = {text, text + count, 0, err};
    manifest_init(&m, &(struct chain){0});
    enum imjin_status status = read_body(&r, &m, text);
    if (status != IMJIN_OK) {
        manifest_done(&m);
        return status;
    }
    *ret = m;
    return IMJIN_OK;
}

enum imjin_status manifest_read(struct manifest *ret, const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX], *text;
    uint64_t count;
    TRY(path_join(path, err, directory, "manifest"));
    TRY(file_read(path, LEDGER_MANIFEST_BYTES_MAX, &text, &count, err));
    enum imjin_status status = manifest_parse(ret, text, count, err);
    memory_free(text);
    return status;
}
