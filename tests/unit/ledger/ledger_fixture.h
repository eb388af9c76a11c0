/* Rows, directories and comparisons for the tests of the ledger. */
#ifndef LEDGER_FIXTURE_H
#define LEDGER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's macro hides the function of base */

#include "ledger/ledger.h"

#define GOOD(call) good((call), &err_for_good, __LINE__)
static struct error err_for_good;
static inline void good(enum imjin_status status, const struct error *err, int line) {
    if (status == IMJIN_OK)
        return;
    char text[1024];
    error_print(err, text, sizeof text);
    fprintf(stderr, "line %d: status %d: %s\n", line, status, text);
    assert_int_equal(status, IMJIN_OK);
}

/* A directory of its own for one test. */
static inline void make_directory(char ret_path[PATH_BYTES_MAX]) {
    const char *base = getenv("TMPDIR");
    snprintf(ret_path, PATH_BYTES_MAX, "%s/imjin-ledger-XXXXXX", base && *base ? base : "/tmp");
    assert_non_null(mkdtemp(ret_path));
}

static inline struct chain test_chain(void) {
    struct chain c;
    GOOD(chain_find(&c, "testchain", &err_for_good));
    return c;
}

static inline struct address evm(uint32_t n) {
    struct address a = {.form = ADDRESS_EVM, .count = 20};
    a.evm[0] = 0xaa;
    memcpy(a.evm + 16, &n, sizeof n);
    return a;
}
static inline struct address opaque(const char *text) {
    return (struct address){.form = ADDRESS_OPAQUE, .count = (uint8_t)strlen(text), .text = text};
}

/* A native payment in a transaction of its own. */
static inline struct ledger_row payment(uint32_t block, uint32_t tx, uint32_t from, uint32_t to, uint64_t units) {
    struct ledger_row r = {.block = block,
                           .tx_index = (uint32_t)ID_NONE,
                           .position = (uint32_t)ID_NONE,
                           .kind = MOVEMENT_NATIVE,
                           .tx_form = TX_HASH,
                           .time = TIME_UNKNOWN,
                           .from = evm(from),
                           .to = evm(to),
                           .units = {{units}},
                           .line = 1};
    memcpy(r.tx_hash, &tx, sizeof tx);
    r.tx_hash[31] = 1;
    return r;
}
static inline struct ledger_row token(uint32_t block, uint32_t tx, uint32_t position, uint32_t from, uint32_t to,
                                      uint32_t contract, uint64_t units) {
    struct ledger_row r = payment(block, tx, from, to, units);
    r.kind = MOVEMENT_TOKEN;
    r.position = position;
    r.asset = (struct asset_key){.form = ASSET_TOKEN, .contract = evm(contract)};
    return r;
}

static inline struct sha256 print_of(uint32_t n) {
    struct sha256 h = {{0}};
    memcpy(h.bytes, &n, sizeof n);
    return h;
}

/* Imports `rows` as one source in batches of `batch`. */
static inline void add_source(struct ledger_writer *w, uint32_t print, const struct ledger_row *rows, uint64_t count,
                              uint64_t batch) {
    struct sha256 h = print_of(print);
    uint64_t offset, line;
    GOOD(ledger_writer_source(w, "source", &h, &offset, &line, &err_for_good));
    for (uint64_t at = offset; at < count; at += batch) {
        uint64_t some = count - at < batch ? count - at : batch;
        GOOD(ledger_writer_add(w, rows + at, some, at + some, at + some, &err_for_good));
    }
    GOOD(ledger_writer_source_end(w, &err_for_good));
}
static inline struct ledger_commit import_rows(const char *directory, const struct ledger_row *rows, uint64_t count) {
    struct ledger_writer *w;
    struct ledger_commit c = {0};
    struct chain chain = test_chain();
    GOOD(ledger_writer_open(&w, directory, &chain, (struct ledger_writer_options){0}, NULL, &err_for_good));
    add_source(w, 1, rows, count, 100);
    GOOD(ledger_writer_commit(w, &c, &err_for_good));
    return c;
}
static inline struct ledger *open_ledger(const char *directory) {
    struct ledger *l = NULL;
    GOOD(ledger_open(&l, directory, &err_for_good));
    return l;
}

/* xorshift, so that a seed gives the same rows everywhere */
static inline uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
