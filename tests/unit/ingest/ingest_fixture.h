/* Files, imports and what stands in the ledger afterwards, as text. */
#ifndef INGEST_FIXTURE_H
#define INGEST_FIXTURE_H

#include "../unit.h"

#include "ingest/ingest.h"

static char directory[64];

static inline int make_directory(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(directory, sizeof directory, "%.30s/imjin-ingest-XXXXXX", base && *base ? base : "/tmp");
    return mkdtemp(directory) == NULL;
}
static inline int remove_directory(void **state) {
    (void)state;
    return directory_remove(directory, NULL) != IMJIN_OK;
}

static inline const char *in_directory(const char *name) {
    static char paths[16][160];
    static unsigned next;
    char *path = paths[next++ % 16];
    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

static inline const char *put_bytes(const char *name, const void *bytes, uint64_t count) {
    const char *path = in_directory(name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, count, f), count);
    assert_int_equal(fclose(f), 0);
    return path;
}
static inline const char *put(const char *name, const char *text) { return put_bytes(name, text, strlen(text)); }

static inline struct ingest_options options(void) {
    return (struct ingest_options){.decimals = DECIMALS_UNKNOWN, .threads = 1};
}

/* Imports files into the ledger of that name and commits; the error and the status when something fails. */
static inline enum imjin_status import_with(const char *ledger, const char *chain_name, const char *const *paths,
                                            uint64_t count, struct ingest_options o, struct ingest_result *ret,
                                            struct error *err) {
    struct chain chain;
    struct ledger_writer *w;
    struct ledger_commit commit;
    struct ingest_result result;
    TRY(chain_find(&chain, chain_name, err));
    TRY(ledger_writer_open(&w, in_directory(ledger), &chain, (struct ledger_writer_options){.threads = 1}, NULL, err));
    enum imjin_status status = ingest_files(w, &result, &chain, paths, count, &o, NULL, err);
    if (status != IMJIN_OK) {
        ledger_writer_abandon(w, false);
        return status;
    }
    status = ledger_writer_commit(w, &commit, err);
    if (status == IMJIN_OK && ret)
        *ret = result;
    else
        ingest_result_done(&result);
    return status;
}

static inline void assert_good(enum imjin_status status, const struct error *err) {
    char line[1024];
    if (status == IMJIN_OK)
        return;
    error_print(err, line, sizeof line);
    fail_msg("status %d: %s", status, line);
}

/* Imports one text on its own and returns what became of it. */
static inline struct ingest_file import_text(const char *ledger, const char *chain, const char *text, struct ingest_options o) {
    struct error err = {0};
    struct ingest_result result;
    const char *path = put("input", text);
    assert_good(directory_remove(in_directory(ledger), &err), &err);
    assert_good(import_with(ledger, chain, &path, 1, o, &result, &err), &err);
    struct ingest_file file = result.files[0];
    ingest_result_done(&result);
    return file;
}

static inline struct ledger *open_ledger(const char *name) {
    struct error err = {0};
    struct ledger *l;
    assert_good(ledger_open(&l, in_directory(name), &err), &err);
    return l;
}

/* Addresses and ids in full are hard to read: "0x" and the last four digits. */
static inline const char *shortened(char *text) {
    size_t count = strlen(text);
    if (strncmp(text, "0x", 2) == 0 && count >= 42)
        memmove(text + 2, text + count - 4, 5);
    return text;
}

static inline void add_end(struct text *t, const struct ledger *l, uint32_t id) {
    struct address a;
    char text[ADDRESS_PRINT_MAX];
    assert_int_equal(ledger_address(l, (struct account_id){id}, &a, NULL), IMJIN_OK);
    address_print(&a, text);
    text_add_string(t, shortened(text));
    text_add(t, " ", 1);
}

static inline void add_movement(struct text *t, const struct ledger *l, uint64_t number) {
    struct movement m;
    struct ledger_tx tx;
    struct ledger_asset asset;
    struct u256 units;
    char text[512], digits[U256_DIGITS_MAX];
    assert_int_equal(ledger_movement(l, number, &m, NULL), IMJIN_OK);
    assert_int_equal(ledger_tx(l, (struct tx_id){m.tx}, &tx, NULL), IMJIN_OK);
    assert_int_equal(ledger_tx_print(l, tx.id, text, NULL), IMJIN_OK);
    text_add_format(t, "%u %s %s ", tx.block, tx.named ? shortened(text) : "-",
                    movement_kind_name((enum movement_kind)movement_kind(&m)));
    add_end(t, l, m.from);
    add_end(t, l, m.to);
    assert_int_equal(ledger_asset(l, (struct asset_id){m.asset}, &asset, NULL), IMJIN_OK);
    assert_int_equal(ledger_units(l, &m, &units, NULL), IMJIN_OK);
    u256_print(units, digits);
    text_add_format(t, "%s ", digits);
    address_print(&asset.key.contract, text);
    text_add_string(t, asset.key.form == ASSET_NATIVE ? "native" : shortened(text));
    if (asset.key.form == ASSET_ITEM) {
        u256_print(asset.key.item, digits);
        text_add_format(t, "#%s", digits);
    }
    text_add(t, "\n", 1);
}

/* Every movement of a ledger: block, transaction, kind, from, to, amount, asset. */
static inline void assert_movements(const char *ledger, const char *expected) {
    struct ledger *l = open_ledger(ledger);
    struct text t = {0};
    text_add(&t, "", 0);
    for (uint64_t i = 0; i < ledger_counts(l)->movements; i++)
        add_movement(&t, l, i);
    ledger_close(l);
    assert_string_equal(t.bytes, expected);
    text_done(&t);
}

static inline struct sha256 identity_of(const char *ledger) {
    struct ledger *l = open_ledger(ledger);
    struct sha256 hash = *ledger_identity(l);
    ledger_close(l);
    return hash;
}

/* Hexadecimal filler, so that hashes and addresses fit on a line. */
#define H56           "00000000000000000000000000000000000000000000000000000000"
#define HASH(four)    "0x" H56 "0000" four
#define A36           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ADDRESS(four) "0x" A36 four
#define ZERO_ADDRESS  "0x0000000000000000000000000000000000000000"

#endif
