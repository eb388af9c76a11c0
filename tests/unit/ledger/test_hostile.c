/* Ledgers that were cut, flipped, or made by somebody who means harm: every answer is an error or a defined value. */
#include "ledger_fixture.h"

#include <unistd.h>

#include "ledger/store.h"

static void write_bytes(const char *path, const char *bytes, uint64_t count) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, count, f), count);
    fclose(f);
}

static void copy_directory(const char *from, const char *to) {
    char **names;
    size_t count;
    GOOD(directory_make(to, &err_for_good));
    GOOD(directory_list(from, &names, &count, &err_for_good));
    for (size_t i = 0; i < count; i++) {
        char a[PATH_BYTES_MAX], b[PATH_BYTES_MAX], *bytes;
        uint64_t size;
        GOOD(path_join(a, &err_for_good, from, names[i]));
        GOOD(path_join(b, &err_for_good, to, names[i]));
        if (directory_exists(a)) {
            copy_directory(a, b);
        } else {
            GOOD(file_read(a, 1 << 24, &bytes, &size, &err_for_good));
            write_bytes(b, bytes, size);
            memory_free(bytes);
        }
        memory_free(names[i]);
    }
    memory_free(names);
}

/* Two commits, so that there are two segments; every form of address, asset, id and amount. */
static void make_ledger(const char *dir) {
    struct ledger_row rows[9];
    for (uint32_t i = 0; i < 9; i++)
        rows[i] = token(10 + i / 2, i, i, i % 3 + 1, i % 4 + 1, 70, 100 + i);
    rows[1].from = opaque("somebody");
    rows[2].asset = (struct asset_key){.form = ASSET_NAMED, .contract = opaque("USD")};
    rows[3].asset = (struct asset_key){.form = ASSET_ITEM, .contract = evm(71), .item = {{7, 0, 0, 1}}};
    rows[4].units = (struct u256){{1, 2, 3, 4}};
    rows[5].tx_form = TX_TEXT;
    rows[5].tx_text = span_of("payment 5");
    rows[6].tx_form = TX_NONE;
    rows[7].block = rows[8].block = 14;
    rows[7].time = 1000;
    rows[8].kind = MOVEMENT_FEE;
    rows[8].to = (struct address){.form = ADDRESS_FEES};
    struct ledger_writer *w;
    struct ledger_commit c;
    struct chain chain = test_chain();
    struct sha256 h = print_of(9);
    uint64_t offset, line;
    import_rows(dir, rows, 7);
    GOOD(ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
    GOOD(ledger_writer_source(w, "source", &h, &offset, &line, &err_for_good));
    struct ledger_asset_note note = {.key = rows[0].asset, .symbol = span_of("TOK"), .decimals = 6};
    GOOD(ledger_writer_note_asset(w, &note, &err_for_good));
    struct ledger_block_note time = {20, 5000};
    GOOD(ledger_writer_add(w, rows + 7, 2, 2, 2, &err_for_good));
    GOOD(ledger_writer_note_block(w, &time, &err_for_good));
    GOOD(ledger_writer_source_end(w, &err_for_good));
    GOOD(ledger_writer_commit(w, &c, &err_for_good));
}

static void defined(enum imjin_status status) {
    assert_true(status == IMJIN_OK || status == IMJIN_BAD_INPUT || status == IMJIN_NOT_FOUND);
}

static enum imjin_status look(void *context, uint64_t frontier_index, uint64_t number, const struct movement *m) {
    (void)frontier_index, (void)number;
    *(uint64_t *)context += m->tx;
    return IMJIN_OK;
}

/* Asks for everything there is. */
static void read_everything(const struct ledger *l) {
    const struct ledger_counts *c = ledger_counts(l);
    struct error err;
    uint64_t sum = 0;
    for (uint64_t i = 0; i <= c->movements && i < 1000; i++) {
        struct movement m;
        struct u256 units;
        enum imjin_status status = ledger_movement(l, i, &m, &err);
        defined(status);
        if (status == IMJIN_OK)
            defined(ledger_units(l, &m, &units, &err));
    }
    for (uint32_t i = 0; i <= c->txs && i < 1000; i++) {
        struct ledger_tx tx;
        struct tx_id found;
        char text[TX_PRINT_MAX];
        defined(ledger_tx(l, (struct tx_id){i}, &tx, &err));
        if (ledger_tx_print(l, (struct tx_id){i}, text, &err) == IMJIN_OK)
            defined(ledger_tx_find(l, span_of(text), &found, &err));
    }
    for (uint32_t i = 0; i <= c->accounts && i < 1000; i++) {
        struct address a;
        struct account_id id;
        struct movement_list lists[LEDGER_SEGMENTS_MAX];
        unsigned count;
        if (ledger_address(l, (struct account_id){i}, &a, &err) == IMJIN_OK)
            defined(ledger_account_find(l, &a, &id, &err));
        for (int d = 0; d < 2; d++) {
            struct frontier_item item = {{i}, i};
            defined(ledger_account_movements(l, (struct account_id){i}, (enum direction)d, lists, &count, &err));
            defined(ledger_expand(l, (enum direction)d, &item, 1, 100, look, &sum, &err));
        }
    }
    for (uint32_t i = 0; i <= c->assets && i < 1000; i++) {
        struct ledger_asset asset;
        struct asset_id id;
        char text[ASSET_PRINT_MAX];
        if (ledger_asset(l, (struct asset_id){i}, &asset, &err) == IMJIN_OK)
            defined(ledger_asset_find(l, &asset.key, &id, &err));
        defined(ledger_asset_print(l, (struct asset_id){i}, text, &err));
    }
    for (uint32_t block = 0; block < 30; block++) {
        assert_true(ledger_from_block(l, block) <= c->movements);
        assert_true(ledger_from_time(l, block * 100) <= c->movements);
    }
}

/* Returns whether verification found fault. */
static bool try_ledger(const char *dir) {
    struct ledger *l;
    struct error err = {0};
    enum imjin_status status = ledger_open(&l, dir, &err);
    assert_true(status == IMJIN_OK || status == IMJIN_BAD_INPUT);
    if (status == IMJIN_OK) {
        read_everything(l);
        ledger_close(l);
    }
    status = ledger_verify(dir, 1, NULL, &err);
    assert_true(status == IMJIN_OK || status == IMJIN_BAD_INPUT);
    assert_true(status == IMJIN_OK || err.text[0]);
    return status != IMJIN_OK;
}

/* Calls `work` for every file of the ledger: its path, its name below the ledger, its bytes. */
static void each_file(const char *dir,
                      void (*work)(const char *dir, const char *name, const char *path, char *bytes, uint64_t count)) {
    char generation[PATH_BYTES_MAX], **names, path[PATH_BYTES_MAX], *bytes;
    size_t count;
    uint64_t size;
    GOOD(path_join(generation, &err_for_good, dir, "g0001"));
    GOOD(directory_list(generation, &names, &count, &err_for_good));
    assert_true(count >= DATA_FILES + 2);
    for (size_t i = 0; i <= count; i++) {
        GOOD(path_join(path, &err_for_good, i < count ? generation : dir, i < count ? names[i] : "manifest"));
        GOOD(file_read(path, 1 << 24, &bytes, &size, &err_for_good));
        work(dir, i < count ? names[i] : "manifest", path, bytes, size);
        write_bytes(path, bytes, size);
        memory_free(bytes);
        if (i < count)
            memory_free(names[i]);
    }
    memory_free(names);
}

static void flip_each(const char *dir, const char *name, const char *path, char *bytes, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        bytes[i] = (char)(bytes[i] ^ 1 << i % 8);
        write_bytes(path, bytes, count);
        if (!try_ledger(dir))
            fprintf(stderr, "%s: byte %d flipped and not noticed\n", name, (int)i), exit(1);
        bytes[i] = (char)(bytes[i] ^ 1 << i % 8);
    }
}

static void cut_each(const char *dir, const char *name, const char *path, char *bytes, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        write_bytes(path, bytes, i);
        if (!try_ledger(dir))
            fprintf(stderr, "%s: cut to %d bytes and not noticed\n", name, (int)i), exit(1);
    }
}

/* Nothing may stand behind the end of a file either. */
static void extend(const char *dir, const char *name, const char *path, char *bytes, uint64_t count) {
    char *longer = calloc(1, count + 1);
    assert_non_null(longer);
    if (count)
        memcpy(longer, bytes, count);
    write_bytes(path, longer, count + 1);
    if (ledger_verify(dir, 1, NULL, &err_for_good) != IMJIN_BAD_INPUT)
        fprintf(stderr, "%s: a byte behind its end and not noticed\n", name), exit(1);
    free(longer);
}

static void test_flip_and_cut(void **state) {
    (void)state;
    char dir[PATH_BYTES_MAX];
    make_directory(dir);
    make_ledger(dir);
    assert_false(try_ledger(dir));
    each_file(dir, flip_each);
    each_file(dir, cut_each);
    each_file(dir, extend);
    assert_false(try_ledger(dir));
    GOOD(directory_remove(dir, &err_for_good));
}

/* Gives the manifest the hashes of the files as they are now: what somebody does who wants to be believed. */
static void reseal(const char *dir) {
    struct manifest m;
    char path[PATH_BYTES_MAX], *bytes;
    uint64_t count;
    GOOD(manifest_read(&m, dir, &err_for_good));
    for (unsigned i = 0; i < DATA_FILES + m.segment_count; i++) {
        struct manifest_file *f = i < DATA_FILES ? &m.files[i] : &m.segments[i - DATA_FILES];
        if (f->bytes == 0)
            continue;
        GOOD(path_join(path, &err_for_good, dir, f->path));
        GOOD(file_read(path, 1 << 24, &bytes, &count, &err_for_good));
        GOOD(sha256_of(bytes, f->bytes, (struct sha256 *)m.hashes.items + f->first_hash, &err_for_good));
        memory_free(bytes);
    }
    struct text t = {0};
    GOOD(manifest_identity(&m, &m.identity, &err_for_good));
    GOOD(manifest_print(&m, &t, &err_for_good));
    GOOD(path_join(path, &err_for_good, dir, "manifest"));
    write_bytes(path, t.bytes, t.count);
    text_done(&t);
    manifest_done(&m);
}

/* A writer on top: rows in the middle (a merge over everything) and behind (an append). */
static void try_writer(const char *dir) {
    static uint32_t turn;
    struct ledger_row rows[] = {payment(turn % 2 ? 12 : 30, 900, 1, 2, 5), token(turn % 2 ? 13 : 31, 901, 1, 4, 9, 70, 5)};
    struct ledger_writer *w;
    struct chain chain = test_chain();
    struct sha256 h = print_of(5);
    struct ledger_commit c;
    struct error err;
    uint64_t offset, line;
    turn++;
    if (ledger_writer_open(&w, dir, &chain, (struct ledger_writer_options){0}, NULL, &err) != IMJIN_OK)
        return;
    defined(ledger_writer_source(w, "source", &h, &offset, &line, &err));
    defined(ledger_writer_add(w, rows, 2, 2, 2, &err));
    defined(ledger_writer_source_end(w, &err));
    defined(ledger_writer_commit(w, &c, &err));
}

static void flip_and_reseal(const char *dir, const char *name, const char *path, char *bytes, uint64_t count) {
    char again[PATH_BYTES_MAX], *manifest, manifest_path[PATH_BYTES_MAX];
    uint64_t manifest_bytes;
    if (strcmp(name, "manifest") == 0)
        return;
    GOOD(path_join(manifest_path, &err_for_good, dir, "manifest"));
    GOOD(file_read(manifest_path, 1 << 24, &manifest, &manifest_bytes, &err_for_good));
    assert_true((size_t)snprintf(again, sizeof again, "%s-again", dir) < sizeof again);
    for (uint64_t i = 0; i < count; i++) {
        char kept = bytes[i];
        bytes[i] = (char)((unsigned char)kept ^ (i % 3 ? 1u << i % 8 : 0xffu));
        write_bytes(path, bytes, count);
        reseal(dir);
        try_ledger(dir);
        bytes[i] = kept;
        if (i % 12) /* each commit syncs a dozen files: not for every byte */
            continue;
        copy_directory(dir, again);
        try_writer(again);
        GOOD(directory_remove(again, &err_for_good));
    }
    write_bytes(manifest_path, manifest, manifest_bytes);
    memory_free(manifest);
}

static void test_resealed(void **state) {
    (void)state;
    char dir[PATH_BYTES_MAX];
    make_directory(dir);
    make_ledger(dir);
    each_file(dir, flip_and_reseal);
    assert_false(try_ledger(dir));
    GOOD(directory_remove(dir, &err_for_good));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flip_and_cut),
        cmocka_unit_test(test_resealed),
    };
    return cmocka_run_group_tests_name("hostile ledgers", tests, NULL, NULL);
}
