#include <inttypes.h>
#include <stdio.h>

#include "utxo/format.h"

static const struct {
    const char *name;
    uint64_t row_bytes;
} files[UTXO_FILES] = {
    [UTXO_FILE_BLOCKS] = {"blocks", sizeof(struct utxo_block)},
    [UTXO_FILE_TXS] = {"txs", sizeof(struct utxo_tx_row)},
    [UTXO_FILE_TX_IDS] = {"tx-ids", 32},
    [UTXO_FILE_INPUTS] = {"inputs", sizeof(uint64_t)},
    [UTXO_FILE_OUTPUTS] = {"outputs", sizeof(struct utxo_output)},
    [UTXO_FILE_SCRIPTS] = {"scripts", sizeof(uint64_t)},
    [UTXO_FILE_PAYLOADS] = {"payloads", 1},
    [UTXO_FILE_UNKNOWN] = {"unknown", sizeof(struct unknown_row)},
    [UTXO_FILE_DATA_ROWS] = {"data-rows", sizeof(struct data_row)},
    [UTXO_FILE_DATA] = {"data", 1},
};
static const char first_word[] = "imjin-utxo";

const char *utxo_file_name(enum utxo_file file) { return files[file].name; }
uint64_t utxo_file_row_bytes(enum utxo_file file) { return files[file].row_bytes; }

enum imjin_status utxo_segment_path(char ret_path[PATH_BYTES_MAX], const char *directory, uint64_t number, struct error *err) {
    char name[40];
    snprintf(name, sizeof name, "index-%" PRIu64, number);
    return path_join(ret_path, err, directory, name);
}

void utxo_manifest_done(struct utxo_manifest *m) {
    for (unsigned i = 0; i < UTXO_FILES; i++)
        memory_free(m->hashes[i]);
    memset(m->hashes, 0, sizeof m->hashes);
}

enum imjin_status utxo_manifest_copy(struct utxo_manifest *ret, const struct utxo_manifest *m, struct error *err) {
    struct utxo_manifest copy = *m;
    memset(copy.hashes, 0, sizeof copy.hashes);
    for (unsigned i = 0; i < UTXO_FILES; i++) {
        if (m->hash_counts[i] == 0)
            continue;
        copy.hashes[i] = memory_new(m->hash_counts[i], sizeof(struct sha256));
        if (copy.hashes[i] == NULL) {
            utxo_manifest_done(&copy);
            return fail_memory(err, "a manifest");
        }
        memcpy(copy.hashes[i], m->hashes[i], m->hash_counts[i] * sizeof(struct sha256));
    }
    *ret = copy;
    return IMJIN_OK;
}

/* ---- printing ---- */

static void print_hash(struct text *t, const char *word, const struct sha256 *hash) {
    char hex[65];
    sha256_print(hash, hex);
    text_add_format(t, "%s %s\n", word, hex);
}

/* What the identity covers: the chain and the data, not how they are indexed. */
static void print_data(const struct utxo_manifest *m, struct text *t) {
    text_add_format(t, "chain %s\nheight-first %" PRIu64 "\npartial %" PRIu64 "\n", m->chain.name, m->height_first, m->partial);
    for (unsigned i = 0; i < UTXO_FILES; i++) {
        text_add_format(t, "file-%s %" PRIu64 "\n", files[i].name, m->rows.of[i]);
        for (uint64_t n = 0; n < m->hash_counts[i]; n++)
            print_hash(t, "chunk", &m->hashes[i][n]);
    }
}

static enum imjin_status set_identity(struct utxo_manifest *m, struct error *err) {
    struct text t = {.bytes_max = UTXO_MANIFEST_BYTES_MAX};
    print_data(m, &t);
    enum imjin_status status = text_status(&t, err);
    if (status == IMJIN_OK)
        status = sha256_of(t.bytes, t.count, &m->identity, err);
    text_done(&t);
    return status;
}

/* The numbers of a segment, in their order. */
enum { SEGMENT_NUMBERS = 8 };
static void segment_numbers(struct manifest_segment *s, uint64_t *ret[SEGMENT_NUMBERS]) {
    uint64_t *numbers[SEGMENT_NUMBERS] = {&s->number,        &s->range.tx,     &s->range.txs,     &s->range.output,
                                          &s->range.outputs, &s->range.script, &s->range.scripts, &s->bytes};
    memcpy(ret, numbers, sizeof numbers);
}

static void print_segment(struct manifest_segment s, struct text *t) {
    uint64_t *numbers[SEGMENT_NUMBERS];
    segment_numbers(&s, numbers);
    text_add_string(t, "segment");
    for (unsigned i = 0; i < SEGMENT_NUMBERS; i++)
        text_add_format(t, " %" PRIu64, *numbers[i]);
    print_hash(t, "", &s.hash);
}

static enum imjin_status print_all(const struct utxo_manifest *m, struct text *t, struct error *err) {
    struct sha256 own;
    text_add_format(t, "%s %d\n", first_word, UTXO_MANIFEST_VERSION);
    print_data(m, t);
    text_add_format(t, "commit %" PRIu64 "\nnext-segment %" PRIu64 "\nsegments %u\n", m->commit, m->next_segment,
                    m->segment_count);
    for (unsigned i = 0; i < m->segment_count; i++)
        print_segment(m->segments[i], t);
    print_hash(t, "identity", &m->identity);
    TRY(text_status(t, err));
    TRY(sha256_of(t->bytes, t->count, &own, err));
    print_hash(t, "sha256", &own);
    return text_status(t, err);
}

enum imjin_status utxo_manifest_write(struct utxo_manifest *m, const char *directory, struct error *err) {
    struct text t = {.bytes_max = UTXO_MANIFEST_BYTES_MAX};
    char path[PATH_BYTES_MAX];
    m->commit++;
    TRY(set_identity(m, err));
    TRY(path_join(path, err, directory, "manifest"));
    enum imjin_status status = print_all(m, &t, err);
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
    return fail(r->err, IMJIN_BAD_INPUT, "the store's manifest is damaged at line %" PRIu64 ": %s", r->line, what);
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
    struct span s = {"", 0};
    uint64_t value;
    TRY(next_line(r, word, &s));
    if (!u64_parse(s.bytes, s.count, &value) || value > max)
        return damaged(r, word);
    *ret = value;
    return IMJIN_OK;
}

static enum imjin_status next_hash(struct reader *r, const char *word, struct sha256 *ret) {
    struct span s = {"", 0};
    TRY(next_line(r, word, &s));
    return s.count == 64 && sha256_parse(s.bytes, ret) ? IMJIN_OK : damaged(r, word);
}

static uint64_t rows_max(enum utxo_file file) {
    switch (file) {
    case UTXO_FILE_TXS:
    case UTXO_FILE_TX_IDS:
    case UTXO_FILE_SCRIPTS:
    case UTXO_FILE_BLOCKS:
        return UINT32_MAX - 1;
    case UTXO_FILE_PAYLOADS:
        return UINT64_MAX >> 17;
    default:
        return UTXO_INPUT_MASK - 1;
    }
}

static enum imjin_status next_file(struct reader *r, struct utxo_manifest *m, enum utxo_file file) {
    char word[24];
    snprintf(word, sizeof word, "file-%s", files[file].name);
    TRY(next_number(r, word, rows_max(file), &m->rows.of[file]));
    uint64_t chunks = utxo_chunks(utxo_bytes(&m->rows, file));
    /* each chunk has a line of its own, so a length that the text cannot cover is refused before memory is asked for */
    if (chunks > (uint64_t)(r->end - r->at) / 71)
        return damaged(r, "a file's length");
    m->hashes[file] = memory_new(chunks, sizeof(struct sha256));
    if (m->hashes[file] == NULL)
        return fail_memory(r->err, "a manifest");
    m->hash_counts[file] = chunks;
    for (uint64_t i = 0; i < chunks; i++)
        TRY(next_hash(r, "chunk", &m->hashes[file][i]));
    return IMJIN_OK;
}

static enum imjin_status next_segment(struct reader *r, struct manifest_segment *ret) {
    struct span s = {"", 0};
    uint64_t *numbers[SEGMENT_NUMBERS];
    segment_numbers(ret, numbers);
    TRY(next_line(r, "segment", &s));
    for (unsigned i = 0; i < SEGMENT_NUMBERS; i++) {
        const char *space = memchr(s.bytes, ' ', s.count);
        uint64_t count = space ? (uint64_t)(space - s.bytes) : 0;
        if (space == NULL || !u64_parse(s.bytes, count, numbers[i]) || *numbers[i] > UINT64_MAX >> 2)
            return damaged(r, "segment");
        s = (struct span){space + 1, s.count - count - 1};
    }
    return s.count == 64 && sha256_parse(s.bytes, &ret->hash) ? IMJIN_OK : damaged(r, "segment");
}

/* Segments follow each other without a gap and cover everything. */
static enum imjin_status check_segments(struct reader *r, const struct utxo_manifest *m) {
    struct segment_range next = {0};
    for (unsigned i = 0; i < m->segment_count; i++) {
        const struct segment_range *at = &m->segments[i].range;
        if (at->tx != next.tx || at->output != next.output || at->script != next.script ||
            at->txs > m->rows.of[UTXO_FILE_TXS] || at->outputs > UINT32_MAX || at->scripts > m->rows.of[UTXO_FILE_SCRIPTS])
            return damaged(r, "segments that do not follow each other");
        next.tx += at->txs;
        next.output += at->outputs;
        next.script += at->scripts;
    }
    bool whole = next.tx == m->rows.of[UTXO_FILE_TXS] && next.output == m->rows.of[UTXO_FILE_OUTPUTS] &&
                 next.script == m->rows.of[UTXO_FILE_SCRIPTS];
    return whole ? IMJIN_OK : damaged(r, "segments that do not cover everything");
}

static enum imjin_status read_head(struct reader *r, struct utxo_manifest *m) {
    struct span s = {"", 0};
    uint64_t version = 0;
    char name[CHAIN_NAME_MAX];
    TRY(next_number(r, first_word, UINT64_MAX, &version));
    if (version != UTXO_MANIFEST_VERSION)
        return fail(r->err, IMJIN_BAD_INPUT, "store of version %" PRIu64 ": this program reads version %d", version,
                    UTXO_MANIFEST_VERSION);
    TRY(next_line(r, "chain", &s));
    if (s.count >= sizeof name)
        return damaged(r, "chain");
    memcpy(name, s.bytes, s.count);
    name[s.count] = '\0';
    if (strlen(name) != s.count || output_chain_find(name) == NULL || chain_find(&m->chain, name, NULL) != IMJIN_OK)
        return damaged(r, "chain");
    TRY(next_number(r, "height-first", UINT32_MAX - 1, &m->height_first));
    return next_number(r, "partial", 1, &m->partial);
}

static enum imjin_status read_body(struct reader *r, struct utxo_manifest *m, const char *text) {
    uint64_t segments;
    struct sha256 said, own;
    TRY(read_head(r, m));
    for (unsigned i = 0; i < UTXO_FILES; i++)
        TRY(next_file(r, m, i));
    if (m->rows.of[UTXO_FILE_TXS] != m->rows.of[UTXO_FILE_TX_IDS] ||
        m->height_first + m->rows.of[UTXO_FILE_BLOCKS] >= UINT32_MAX ||
        m->rows.of[UTXO_FILE_TXS] < m->rows.of[UTXO_FILE_BLOCKS] ||
        (m->rows.of[UTXO_FILE_TXS] > 0 && m->rows.of[UTXO_FILE_BLOCKS] == 0))
        return damaged(r, "counts that cannot be");
    TRY(next_number(r, "commit", UINT32_MAX, &m->commit));
    TRY(next_number(r, "next-segment", UINT32_MAX, &m->next_segment));
    TRY(next_number(r, "segments", UTXO_SEGMENTS_MAX, &segments));
    for (; m->segment_count < segments; m->segment_count++)
        TRY(next_segment(r, &m->segments[m->segment_count]));
    TRY(check_segments(r, m));
    TRY(next_hash(r, "identity", &m->identity));
    uint64_t hashed = (uint64_t)(r->at - text);
    TRY(next_hash(r, "sha256", &said));
    if (r->at != r->end)
        return damaged(r, "text behind the last line");
    TRY(sha256_of(text, hashed, &own, r->err));
    if (memcmp(&said, &own, sizeof own) != 0)
        return damaged(r, "its own hash does not fit");
    said = m->identity;
    TRY(set_identity(m, r->err));
    return memcmp(&m->identity, &said, sizeof said) == 0 ? IMJIN_OK : damaged(r, "identity");
}

enum imjin_status utxo_manifest_parse(struct utxo_manifest *ret, const char *text, uint64_t count, struct error *err) {
    struct utxo_manifest m = {0};
    struct reader r = {text, text + count, 0, err};
    enum imjin_status status = read_body(&r, &m, text);
    if (status != IMJIN_OK) {
        utxo_manifest_done(&m);
        return status;
    }
    *ret = m;
    return IMJIN_OK;
}

static bool is_ours(const char *text, uint64_t count) {
    return count > sizeof first_word && memcmp(text, first_word, sizeof first_word - 1) == 0;
}

enum imjin_status utxo_manifest_read(struct utxo_manifest *ret, const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX], *text;
    uint64_t count;
    TRY(path_join(path, err, directory, "manifest"));
    if (!file_exists(path))
        return fail(err, IMJIN_NOT_FOUND, "there is no store in %s", directory);
    TRY(file_read(path, UTXO_MANIFEST_BYTES_MAX, &text, &count, err));
    enum imjin_status status = IMJIN_OK;
    if (count > 13 && memcmp(text, "imjin-ledger ", 13) == 0)
        status = fail(err, IMJIN_NOT_FOUND, "%s holds a ledger of movements, not of blocks", directory);
    else
        status = utxo_manifest_parse(ret, text, count, err);
    memory_free(text);
    return status;
}

bool utxo_is_store(const char *directory) {
    char path[PATH_BYTES_MAX];
    struct mapping m;
    if (path_join(path, NULL, directory, "manifest") != IMJIN_OK || mapping_open(&m, path, NULL) != IMJIN_OK)
        return false;
    bool ours = is_ours((const char *)m.bytes, m.count);
    mapping_close(&m);
    return ours;
}
