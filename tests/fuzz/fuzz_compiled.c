/* Compiled ledgers from strangers. A small ledger is made and compiled once. Four bytes of input each change it: file, offset
 * (u16, little-endian), value; file numbers are those of the common files, then of the segment's, then the manifest; with the
 * top bit set the file is cut or lengthened to `offset` bytes. The manifest is then made to agree, so that everything behind
 * its hash is asked and verified.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "settle/format.h"

enum { PARTS = COMMON_FILES + SEGMENT_FILES, PART_BYTES_MAX = 1 << 14, CUT = 0x80 };
static char home[PATH_BYTES_MAX], ledger_path[PATH_BYTES_MAX], compiled_path[PATH_BYTES_MAX];
static struct ledger *ledger;
static struct compiled_manifest sound_manifest;
static struct part {
    char path[PATH_BYTES_MAX];
    uint64_t count;
    uint8_t bytes[PART_BYTES_MAX];
} sound[PARTS], parts[PARTS];

static void must(bool holds) {
    if (!holds)
        abort();
}

/* ---- the ledger ---- */

static const struct made_row {
    uint32_t block;
    const char *from, *to, *asset, *units;
} made_rows[] = {
    {1, "", "A", "", "1000"},    {2, "A", "B", "", "400"},
    {3, "B", "C", "", "900"},    {4, "", "P", "usd", "5000"},
    {5, "C", "P", "", "300"},    {5, "P", "C", "usd", "60"},
    {6, "C", "D", "usd", "50"},  {7, "A", "D", "", "10"},
    {7, "A", "E", "", "20"},     {7, "A", "F", "", "30"},
    {8, "D", "P", "usd", "50"},  {8, "P", "G", "", "7"},
    {9, "E", "F", "", "20"},     {9, "F", "G", "", "40"},
    {10, "G", "", "", "1"},      {11, "B", "A", "big", "300000000000000000000000000000"},
    {12, "A", "P", "big", "77"}, {12, "P", "A", "", "5"},
    {12, "P", "A", "usd", "9"},
};

static struct address address_of(const char *text) {
    uint8_t form = *text ? ADDRESS_OPAQUE : ADDRESS_VOID;
    return (struct address){.form = form, .count = (uint8_t)strlen(text), .text = text};
}

static void make_ledger(void) {
    struct ledger_writer *w;
    struct ledger_commit commit;
    struct chain chain;
    uint64_t offset, line;
    must(chain_find(&chain, "testchain", NULL) == IMJIN_OK);
    must(ledger_writer_open(&w, ledger_path, &chain, (struct ledger_writer_options){.threads = 1}, NULL, NULL) == IMJIN_OK);
    must(ledger_writer_source(w, "rows", &(struct sha256){{1}}, &offset, &line, NULL) == IMJIN_OK);
    for (uint32_t i = 0; i < sizeof made_rows / sizeof *made_rows; i++) {
        const struct made_row *m = &made_rows[i];
        struct ledger_row row = {.block = m->block, .tx_index = 0, .position = i, .time = m->block, .tx_form = TX_TEXT};
        char tx[16];
        snprintf(tx, sizeof tx, "t%u", m->block);
        row.tx_text = span_of(tx);
        row.from = address_of(m->from);
        row.to = address_of(m->to);
        row.asset.form = *m->asset ? ASSET_NAMED : ASSET_NATIVE;
        row.asset.contract = address_of(m->asset);
        row.kind = !*m->from ? MOVEMENT_MINT : !*m->to ? MOVEMENT_BURN : *m->asset ? MOVEMENT_TOKEN : MOVEMENT_NATIVE;
        must(amount_parse(&row.units, span_of(m->units), NULL) == IMJIN_OK);
        must(ledger_writer_add(w, &row, 1, i + 1, i + 1, NULL) == IMJIN_OK);
    }
    must(ledger_writer_source_end(w, NULL) == IMJIN_OK);
    must(ledger_writer_commit(w, &commit, NULL) == IMJIN_OK);
    must(ledger_open(&ledger, ledger_path, NULL) == IMJIN_OK);
}

/* ---- what was compiled of it ---- */

static void remember(void) {
    must(settle_manifest_read(&sound_manifest, compiled_path, NULL) == IMJIN_OK);
    must(sound_manifest.segment_count == 1);
    for (int i = 0; i < PARTS; i++) {
        struct part *p = &sound[i];
        char *bytes;
        must((i < COMMON_FILES
                  ? settle_common_path(p->path, compiled_path, sound_manifest.common_number, (enum common_file)i, NULL)
                  : settle_segment_path(p->path, compiled_path, sound_manifest.segments[0].number,
                                        (enum segment_file)(i - COMMON_FILES), NULL)) == IMJIN_OK);
        must(file_read(p->path, PART_BYTES_MAX, &bytes, &p->count, NULL) == IMJIN_OK);
        memcpy(p->bytes, bytes, p->count);
        memory_free(bytes);
    }
}

static void clean_up(void) {
    ledger_close(ledger);
    must(directory_remove(home, NULL) == IMJIN_OK);
}

static void begin(void) {
    const char *base = getenv("TMPDIR");
    if (home[0])
        return;
    snprintf(home, sizeof home, "%s/imjin-fuzz-XXXXXX", base && *base ? base : "/tmp");
    must(mkdtemp(home) != NULL);
    atexit(clean_up);
    must(path_join(ledger_path, NULL, home, "ledger") == IMJIN_OK);
    must(path_join(compiled_path, NULL, home, "compiled") == IMJIN_OK);
    make_ledger();
    must(compiled_update(compiled_path, ledger, SETTLE_RULES_ALL, 0, NULL, NULL) == IMJIN_OK);
    remember();
}

/* In place: some file systems wait for the disk when a file is cut to nothing first. */
static void put_file(const char *path, const void *bytes, uint64_t count) {
    FILE *f = fopen(path, "r+b");
    must(f != NULL && (count == 0 || fwrite(bytes, 1, count, f) == count) && fflush(f) == 0);
    must(ftruncate(fileno(f), (off_t)count) == 0 && fclose(f) == 0);
}

/* As settle_manifest_write, whatever it says, and without the sync. */
static void put_all(struct compiled_manifest *m) {
    char path[PATH_BYTES_MAX];
    for (int i = 0; i < PARTS; i++) {
        uint64_t sum = settle_checksum(parts[i].bytes, parts[i].count);
        *(i < COMMON_FILES ? &m->checksums[i] : &m->segments[0].checksums[i - COMMON_FILES]) = sum;
        put_file(parts[i].path, parts[i].bytes, parts[i].count);
    }
    must(sha256_of(m, offsetof(struct compiled_manifest, self), &m->self, NULL) == IMJIN_OK);
    must(path_join(path, NULL, compiled_path, "manifest") == IMJIN_OK);
    put_file(path, m, sizeof *m);
}

static void change(struct compiled_manifest *m, const uint8_t step[4]) {
    uint32_t file = (step[0] & ~CUT) % (PARTS + 1), offset = step[1] | (uint32_t)step[2] << 8;
    if (file == PARTS) {
        ((uint8_t *)m)[offset % sizeof *m] = step[3];
    } else if (step[0] & CUT) {
        offset %= PART_BYTES_MAX;
        if (offset > parts[file].count)
            memset(parts[file].bytes + parts[file].count, step[3], offset - parts[file].count);
        parts[file].count = offset;
    } else if (parts[file].count) {
        parts[file].bytes[offset % parts[file].count] = step[3];
    }
}

/* ---- asking ---- */

static void ask_line(const struct compiled *c, struct holding_id h, enum direction d) {
    for (u128 position = 0; position < 2000; position = 3 * position + 7) {
        struct edge_cursor cursor;
        struct flow_edge e;
        bool more = edges_at(c, h, d, position, &cursor, NULL) == IMJIN_OK;
        for (int i = 0; i < 64 && more; i++)
            if (edges_next(&cursor, &e, &more, NULL) != IMJIN_OK)
                more = false;
    }
}

static void ask(const struct compiled *c, bool changed) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < 32; i++) {
        const uint32_t *ids;
        struct holding h;
        struct holding_id id = {i};
        u128 before;
        if (compiled_holding(c, id, &h, NULL) == IMJIN_OK)
            must(h.spent <= h.received && h.unknown <= h.received);
        for (uint32_t t = 0; t < 12; t += 3)
            if (compiled_received_before(c, id, (struct tx_id){t}, &before, NULL) == IMJIN_OK)
                count++;
        for (uint32_t a = 0; a < 4; a++)
            if (compiled_holding_find(c, (struct account_id){i}, (struct asset_id){a}, &id, NULL) == IMJIN_OK)
                must(id.n < compiled_holding_count(c));
        must(compiled_account_holdings(c, (struct account_id){i}, &ids, &count, NULL) != IMJIN_MACHINE);
        if (i < compiled_holding_count(c)) {
            ask_line(c, (struct holding_id){i}, DIRECTION_OUT);
            ask_line(c, (struct holding_id){i}, DIRECTION_IN);
        }
    }
    enum imjin_status status = compiled_verify(c, NULL, NULL);
    must(status == IMJIN_OK || (changed && status == IMJIN_BAD_INPUT));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct compiled_manifest m;
    struct compiled *c;
    begin();
    m = sound_manifest;
    memcpy(parts, sound, sizeof parts);
    for (size_t at = 0; at + 4 <= size; at += 4)
        change(&m, data + at);
    put_all(&m);
    if (compiled_open(&c, compiled_path, ledger, SETTLE_RULES_ALL, NULL) != IMJIN_OK)
        return 0;
    ask(c, size >= 4);
    compiled_close(c);
    return 0;
}
