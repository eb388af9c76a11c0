/* Ledgers from strangers. Text that begins as a manifest does goes to its reader. Anything else is cut into the data files and
 * one index segment (u32 length, bytes, each), under a manifest that agrees with them: then everything is asked and verified.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ledger/store.h"

enum { PARTS = DATA_FILES + 1 };
static char directory[PATH_BYTES_MAX];

static void must(enum imjin_status status) {
    if (status != IMJIN_OK)
        abort();
}

static void remove_directory(void) { must(directory_remove(directory, NULL)); }

static void make_directory(void) {
    const char *base = getenv("TMPDIR");
    char path[PATH_BYTES_MAX];
    if (directory[0])
        return;
    snprintf(directory, sizeof directory, "%s/imjin-fuzz-XXXXXX", base && *base ? base : "/tmp");
    if (mkdtemp(directory) == NULL)
        abort();
    must(path_join(path, NULL, directory, "g0001"));
    must(directory_make(path, NULL));
    atexit(remove_directory);
}

static void write_file(const char *name, const uint8_t *bytes, uint64_t count) {
    char path[PATH_BYTES_MAX];
    must(path_join(path, NULL, directory, name));
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(bytes, 1, count, f) != count || fclose(f) != 0)
        abort();
}

static void add_part(struct manifest *m, struct manifest_file *f, const char *name, const uint8_t *bytes, uint64_t count) {
    struct sha256 hash;
    snprintf(f->path, sizeof f->path, "g0001/%s", name);
    f->bytes = count;
    must(sha256_of(bytes, count, &hash, NULL));
    must(manifest_add_hashes(m, f, &hash, chunk_count(count), NULL));
    write_file(f->path, bytes, count);
}

static void set_counts(struct manifest *m) {
    m->counts = (struct ledger_counts){.movements = m->files[FILE_MOVEMENTS].bytes / sizeof(struct movement),
                                       .txs = m->files[FILE_TXS].bytes / sizeof(struct tx_row),
                                       .blocks = block_rows(m),
                                       .accounts = m->files[FILE_ACCOUNTS].bytes / sizeof(struct account_row),
                                       .assets = m->files[FILE_ASSETS].bytes / sizeof(struct asset_row),
                                       .wide = m->files[FILE_WIDE].bytes / sizeof(struct u256)};
    m->segment_count = 1;
}

/* As manifest_write, without the syncs. */
static void seal(struct manifest *m) {
    struct text t = {0};
    must(manifest_identity(m, &m->identity, NULL));
    must(manifest_print(m, &t, NULL));
    write_file("manifest", (const uint8_t *)t.bytes, t.count);
    text_done(&t);
}

static enum imjin_status look(void *context, uint64_t frontier_index, uint64_t number, const struct movement *m) {
    *(uint64_t *)context += frontier_index + number + m->tx;
    return IMJIN_OK;
}

static void ask(const struct ledger *l) {
    struct movement m;
    struct u256 units;
    struct ledger_tx tx;
    struct ledger_asset asset;
    struct address address;
    struct account_id account;
    struct tx_id found;
    char text[ASSET_PRINT_MAX];
    uint64_t sum = 0;
    for (uint32_t i = 0; i < 64; i++) {
        const struct frontier_item item = {{i}, i / 2};
        if (ledger_movement(l, i, &m, NULL) == IMJIN_OK && ledger_units(l, &m, &units, NULL) == IMJIN_OK)
            sum += units.word[0];
        if (ledger_tx(l, (struct tx_id){i}, &tx, NULL) == IMJIN_OK)
            sum += tx.count;
        if (ledger_tx_print(l, (struct tx_id){i}, text, NULL) == IMJIN_OK &&
            ledger_tx_find(l, span_of(text), &found, NULL) == IMJIN_OK)
            sum += found.n;
        if (ledger_address(l, (struct account_id){i}, &address, NULL) == IMJIN_OK &&
            ledger_account_find(l, &address, &account, NULL) == IMJIN_OK)
            sum += account.n;
        if (ledger_asset(l, (struct asset_id){i}, &asset, NULL) == IMJIN_OK &&
            ledger_asset_print(l, (struct asset_id){i}, text, NULL) == IMJIN_OK)
            sum += asset.decimals;
        for (int d = 0; d < 2; d++) {
            if (ledger_expand(l, (enum direction)d, &item, 1, 50, look, &sum, NULL) != IMJIN_OK)
                sum++;
        }
        sum += ledger_from_block(l, i) + ledger_from_time(l, i);
    }
}

static void try_parts(const uint8_t *data, size_t size) {
    struct manifest m;
    struct chain chain;
    struct ledger *l;
    must(chain_find(&chain, "testchain", NULL));
    manifest_init(&m, &chain);
    m.generation = m.commit = 1;
    for (unsigned i = 0; i < PARTS; i++) {
        uint32_t count = 0;
        if (size >= sizeof count) {
            memcpy(&count, data, sizeof count);
            data += sizeof count;
            size -= sizeof count;
        }
        if (count > size)
            count = (uint32_t)size;
        add_part(&m, i < DATA_FILES ? &m.files[i] : &m.segments[0], i < DATA_FILES ? data_file_name(i) : "index.000001", data,
                 count);
        data += count;
        size -= count;
    }
    set_counts(&m);
    seal(&m);
    manifest_done(&m);
    if (ledger_open(&l, directory, NULL) != IMJIN_OK)
        return;
    ask(l);
    ledger_close(l);
    if (ledger_verify(directory, 1, NULL, NULL) == IMJIN_MACHINE)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct manifest m;
    if (size >= 5 && memcmp(data, "imjin", 5) == 0) {
        if (manifest_parse(&m, (const char *)data, size, NULL) == IMJIN_OK)
            manifest_done(&m);
        return 0;
    }
    make_directory();
    try_parts(data, size);
    return 0;
}
