#include "made_blocks.h"

#include "utxo/format.h"
#include "utxo/undo.h"

#include <unistd.h>

/* A directory of its own for each test: the store, and the files that it reads. */
struct place {
    char root[128], store[160], blocks[160];
    struct chain chain;
    struct made_file file;
    struct made_tip tip;
    uint8_t ids[256][32];
};

static void set_up(struct place *p) {
    const char *base = getenv("TMPDIR");
    memset(p, 0, sizeof *p);
    snprintf(p->root, sizeof p->root, "%s/utxo-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(p->root));
    snprintf(p->store, sizeof p->store, "%s/store", p->root);
    snprintf(p->blocks, sizeof p->blocks, "%s/blk00000.dat", p->root);
    assert_int_equal(chain_find(&p->chain, "bitcoin-regtest", NULL), IMJIN_OK);
}

static void tear_down(struct place *p) { assert_int_equal(directory_remove(p->root, NULL), IMJIN_OK); }

static void write_bytes(const char *path, const void *bytes, uint64_t count) {
    assert_int_equal(file_replace(path, bytes, count, NULL), IMJIN_OK);
}

static enum imjin_status import(struct place *p, const void *bytes, uint64_t count, uint64_t part_blocks,
                                struct utxo_import_result *ret, struct error *err) {
    struct utxo_import_options options = {.part_blocks = part_blocks};
    const char *paths[] = {p->blocks};
    write_bytes(p->blocks, bytes, count);
    return utxo_import(p->store, &p->chain, paths, 1, options, NULL, ret, err);
}

static struct utxo_import_result import_good(struct place *p) {
    struct utxo_import_result r;
    struct error err = {0};
    if (import(p, p->file.bytes, p->file.count, 0, &r, &err) != IMJIN_OK)
        fail_msg("%s", err.text);
    return r;
}

static struct sha256 identity(const struct place *p) {
    struct utxo *u;
    assert_int_equal(utxo_open(&u, p->store, NULL), IMJIN_OK);
    struct sha256 id = *utxo_identity(u);
    utxo_close(u);
    return id;
}

static void assert_same(struct sha256 a, struct sha256 b) { assert_memory_equal(a.bytes, b.bytes, 32); }

static void assert_sound(const struct place *p) {
    struct error err = {0};
    if (utxo_verify(p->store, NULL, &err) != IMJIN_OK)
        fail_msg("%s", err.text);
}

/* 104 blocks; block 103 spends the coinbases of 1 and 2 into four outputs, block 104 two of these in one block, one after the
 * other. */
static void make_story(struct place *p) {
    struct made_tx txs[2];
    made_chain(&p->file, &p->tip, 102, p->ids);
    struct made_in first[2] = {{.place = 0}, {.place = 0}};
    memcpy(first[0].id, p->ids[1], 32);
    memcpy(first[1].id, p->ids[2], 32);
    const struct made_out outs[4] = {{30 * COIN, 0, 200}, {20 * COIN, 1, 201}, {0, 2, 0}, {49 * COIN, 3, 202}};
    made_tx(&txs[0], first, 2, outs, 4, 0);
    made_block(&p->file, &p->tip, 103, txs, 1);
    struct made_in second = {.place = 0}, third = {.place = 0};
    memcpy(second.id, txs[0].id, 32);
    made_tx(&txs[0], &second, 1, &(struct made_out){30 * COIN - 7, 0, 203}, 1, 0);
    memcpy(third.id, txs[0].id, 32);
    made_tx(&txs[1], &third, 1, &(struct made_out){30 * COIN - 10, 0, 200}, 1, 0);
    made_block(&p->file, &p->tip, 104, txs, 2);
}

/* ---- what an import gives ---- */

static struct script_id script_of_address(const struct utxo *u, const char *text) {
    struct script_id id = {ID_NONE};
    struct address a = {.form = ADDRESS_OPAQUE, .count = (uint8_t)strlen(text), .text = text};
    assert_int_equal(utxo_script_find(u, &a, &id, NULL), IMJIN_OK);
    return id;
}

static void check_story(const struct utxo *u) {
    const struct utxo_counts *c = utxo_counts(u);
    struct tx_id id;
    struct utxo_tx tx;
    assert_int_equal(c->blocks, 105);
    assert_int_equal(c->txs, 108);
    assert_int_equal(c->inputs, 4);
    assert_int_equal(c->outputs, 105 + 6);
    assert_int_equal(c->height_last, 104);
    assert_false(c->partial);
    /* Bitcoin's first transaction, which regtest shares */
    assert_int_equal(utxo_tx_find(u, span_of("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"), &id, NULL),
                     IMJIN_OK);
    assert_int_equal(id.n, 0);
    /* the last spends the one before it, in the same block */
    assert_int_equal(utxo_tx(u, (struct tx_id){107}, &tx, NULL), IMJIN_OK);
    assert_int_equal(tx.height, 104);
    assert_int_equal(tx.index, 2);
    assert_int_equal(tx.time, 1300000000 + 104 * 600);
    uint64_t output = utxo_input_output(u, tx.input_first);
    assert_int_equal(utxo_outputs(u)[output].value, 30 * COIN - 7);
    assert_int_equal(utxo_outputs(u)[output].spender, 107);
    assert_int_equal(utxo_word_sequence(utxo_inputs(u)[tx.input_first]), UTXO_SEQUENCE_FINAL);
    assert_int_equal(utxo_output_tx(u, output, &id, NULL), IMJIN_OK);
    assert_int_equal(id.n, 106);
    assert_false(utxo_is_spent(c, &utxo_outputs(u)[tx.output_first]));
}

/* The script of bytes 200: received in blocks 103 and 104. */
static void check_script(const struct utxo *u) {
    struct script s = {.kind = SCRIPT_PUBKEY_HASH, .count = 20};
    char text[SCRIPT_PRINT_MAX], again[SCRIPT_PRINT_MAX];
    struct utxo_list lists[UTXO_SEGMENTS_MAX];
    unsigned count = 0;
    uint64_t outputs = 0, value = 0;
    memset(s.payload, 200, 20);
    script_print(&s, output_chain_find("bitcoin-regtest"), text);
    struct script_id id = script_of_address(u, text);
    assert_int_equal(utxo_script_kind(u, id), SCRIPT_PUBKEY_HASH);
    assert_int_equal(utxo_script_print(u, id, again, NULL), IMJIN_OK);
    assert_string_equal(text, again);
    assert_int_equal(utxo_script_outputs(u, id, lists, &count, NULL), IMJIN_OK);
    for (unsigned i = 0; i < count; i++)
        for (uint64_t n = 0; n < lists[i].count; n++, outputs++)
            value += utxo_outputs(u)[lists[i].base + lists[i].numbers[n]].value;
    assert_int_equal(outputs, 2);
    assert_int_equal(value, 60 * COIN - 10);
}

static void check_data(const struct utxo *u) {
    struct span data;
    unsigned found = 0;
    for (uint64_t o = 0; o < utxo_counts(u)->outputs; o++) {
        if (utxo_output_data(u, o, &data, NULL) != IMJIN_OK)
            continue;
        found++;
        assert_memory_equal(data.bytes, "\x6a\x02hi", 4);
        assert_int_equal(data.count, 4);
    }
    assert_int_equal(found, 1);
}

static void test_story(void **state) {
    struct place *p = *state;
    struct utxo *u;
    struct tx_id id;
    set_up(p);
    make_story(p);
    struct utxo_import_result r = import_good(p);
    assert_int_equal(r.blocks_added, 105);
    assert_int_equal(utxo_open(&u, p->store, NULL), IMJIN_OK);
    check_story(u);
    check_script(u);
    check_data(u);
    assert_int_equal(utxo_tx_find(u, span_of("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33c"), &id, NULL),
                     IMJIN_NOT_FOUND);
    assert_int_equal(utxo_tx_find(u, span_of("4a5e"), &id, NULL), IMJIN_BAD_INPUT);
    utxo_close(u);
    assert_sound(p);
    r = import_good(p);
    assert_int_equal(r.blocks_added, 0);
    assert_int_equal(r.blocks_known, 105);
    tear_down(p);
}

/* ---- the same chain by other ways ---- */

static uint64_t record_end(const struct made_file *f, unsigned records) {
    uint64_t at = 0;
    for (; records; records--) {
        uint32_t count;
        memcpy(&count, f->bytes + at + 4, 4);
        at += 8 + count;
    }
    return at;
}

/* Parts, growing files, a node that is still writing, and blocks in reverse: one and the same store. */
static void test_growth(void **state) {
    struct place *p = *state;
    struct utxo_import_result r;
    set_up(p);
    make_story(p);
    import_good(p);
    struct sha256 whole = identity(p);
    for (unsigned part = 1; part < 40; part += 19) {
        assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
        assert_int_equal(import(p, p->file.bytes, p->file.count, part, &r, NULL), IMJIN_OK);
        assert_same(identity(p), whole);
        assert_sound(p);
    }
    assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
    for (unsigned records = 10; records <= 105; records += 19) {
        uint64_t end = record_end(&p->file, records), more = records < 105 ? 57 : 0;
        assert_int_equal(import(p, p->file.bytes, end + more, 0, &r, NULL), IMJIN_OK);
        assert_int_equal(r.bytes_unfinished, more);
        assert_int_equal(r.height_last, records - 1);
        assert_sound(p);
    }
    assert_same(identity(p), whole);
    static struct made_file backwards;
    backwards.count = 0;
    for (unsigned n = 105; n > 0; n--) {
        uint64_t begin = record_end(&p->file, n - 1), end = record_end(&p->file, n);
        memcpy(backwards.bytes + backwards.count, p->file.bytes + begin, end - begin);
        backwards.count += (unsigned)(end - begin);
    }
    assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
    assert_int_equal(import(p, backwards.bytes, backwards.count, 0, &r, NULL), IMJIN_OK);
    assert_same(identity(p), whole);
    tear_down(p);
}

/* Obfuscated with the key beside it; raw with zeros behind; hex; JSON. */
static void test_forms(void **state) {
    struct place *p = *state;
    struct utxo_import_result r;
    char key[200];
    static uint8_t other[2 * MADE_FILE_MAX + 2];
    set_up(p);
    make_story(p);
    import_good(p);
    struct sha256 whole = identity(p);
    assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
    snprintf(key, sizeof key, "%s/xor.dat", p->root);
    write_bytes(key, "\x01\x92\xa3\x04\xf5\x66\x77\x88", 8);
    for (unsigned i = 0; i < p->file.count + 4096; i++)
        other[i] = (uint8_t)((i < p->file.count ? p->file.bytes[i] : 0) ^ "\x01\x92\xa3\x04\xf5\x66\x77\x88"[i % 8]);
    assert_int_equal(import(p, other, p->file.count + 4096, 0, &r, NULL), IMJIN_OK);
    assert_same(identity(p), whole);
    assert_int_equal(r.bytes_unfinished, 0);
    assert_int_equal(file_remove(key, NULL), IMJIN_OK);
    assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
    unsigned count = 0;
    for (unsigned n = 0; n < 105; n++) {
        for (uint64_t i = record_end(&p->file, n) + 8; i < record_end(&p->file, n + 1); i++, count += 2)
            snprintf((char *)other + count, 3, "%02x", p->file.bytes[i]);
        other[count++] = '\n';
    }
    assert_true(utxo_is_source(p->blocks, &p->chain));
    assert_int_equal(import(p, other, count, 0, &r, NULL), IMJIN_OK);
    assert_same(identity(p), whole);
    tear_down(p);
}

static void test_json(void **state) {
    struct place *p = *state;
    struct utxo_import_result r;
    struct text t = {0};
    set_up(p);
    made_chain(&p->file, &p->tip, 0, NULL);
    text_add_string(&t, "{\"result\":{\"hash\":\"x\",\"height\":0,\"version\":1,\"merkleroot\":"
                        "\"4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b\",\"time\":1296688602,\"nonce\":2,"
                        "\"bits\":\"207fffff\",\"tx\":[{\"txid\":\"y\",\"hex\":\"");
    for (unsigned i = 8 + 81; i < p->file.count; i++)
        text_add_format(&t, "%02x", p->file.bytes[i]);
    text_add_string(&t, "\"}]},\"error\":null}");
    assert_int_equal(import(p, t.bytes, t.count, 0, &r, NULL), IMJIN_OK);
    assert_int_equal(r.txs_added, 1);
    assert_true(utxo_is_source(p->blocks, &p->chain));
    for (uint64_t i = 0; i < t.count; i += 7) {
        assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
        assert_int_not_equal(import(p, t.bytes, i, 0, &r, NULL), IMJIN_OK);
    }
    text_done(&t);
    tear_down(p);
}

/* ---- the best chain ---- */

static void test_reorganised(void **state) {
    struct place *p = *state;
    struct utxo_import_result r;
    set_up(p);
    made_chain(&p->file, &p->tip, 110, p->ids);
    struct made_tip fork = p->tip;
    uint64_t common = p->file.count;
    for (unsigned i = 0; i < 3; i++)
        made_block(&p->file, &p->tip, 50, NULL, 0);
    import_good(p);
    uint64_t shorter = p->file.count;
    /* the other branch spends what the first left alone; it is longer by one block */
    struct made_tx spend;
    struct made_in in = {.place = 0};
    memcpy(in.id, p->ids[3], 32);
    made_tx(&spend, &in, 1, &(struct made_out){50 * COIN, 0, 60}, 1, 0);
    for (unsigned i = 0; i < 4; i++)
        made_block(&p->file, &fork, 51, &spend, i == 1);
    r = import_good(p);
    assert_int_equal(r.blocks_removed, 3);
    assert_int_equal(r.blocks_added, 4);
    assert_int_equal(r.height_last, 114);
    assert_sound(p);
    struct sha256 after = identity(p);
    /* at once, and with the stale branch left out */
    assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
    r = import_good(p);
    assert_int_equal(r.blocks_stale, 3);
    assert_same(identity(p), after);
    assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
    memmove(p->file.bytes + common, p->file.bytes + shorter, p->file.count - shorter);
    assert_int_equal(import(p, p->file.bytes, common + p->file.count - shorter, 0, &r, NULL), IMJIN_OK);
    assert_same(identity(p), after);
    assert_int_equal(utxo_truncate(p->store, 110, NULL), IMJIN_OK);
    assert_sound(p);
    assert_int_equal(import(p, p->file.bytes, common + p->file.count - shorter, 2, &r, NULL), IMJIN_OK);
    assert_same(identity(p), after);
    tear_down(p);
}

/* Blocks that nothing leads to are counted; a chain of another kind is refused. */
static void test_unconnected(void **state) {
    struct place *p = *state;
    struct utxo_import_result r;
    set_up(p);
    made_chain(&p->file, &p->tip, 20, NULL);
    uint64_t begin = record_end(&p->file, 10), end = record_end(&p->file, 11);
    memmove(p->file.bytes + begin, p->file.bytes + end, p->file.count - end);
    assert_int_equal(import(p, p->file.bytes, p->file.count - (end - begin), 0, &r, NULL), IMJIN_OK);
    assert_int_equal(r.height_last, 9);
    assert_int_equal(r.blocks_unconnected, 10);
    tear_down(p);
    set_up(p);
    made_chain(&p->file, &p->tip, 2, NULL);
    assert_int_equal(chain_find(&p->chain, "litecoin-regtest", NULL), IMJIN_OK);
    assert_int_equal(import(p, p->file.bytes, p->file.count, 0, &r, NULL), IMJIN_BAD_INPUT);
    assert_int_equal(chain_find(&p->chain, "bitcoin", NULL), IMJIN_OK);
    assert_true(utxo_is_source(p->blocks, &p->chain));
    assert_int_equal(import(p, p->file.bytes, p->file.count, 0, &r, NULL), IMJIN_BAD_INPUT);
    assert_false(directory_exists(p->store));
    tear_down(p);
}

/* ---- a partial history ---- */

static void test_partial(void **state) {
    struct place *p = *state;
    struct utxo_import_result r;
    struct utxo *u;
    uint64_t value;
    struct script_id script;
    char rev[200];
    uint8_t undo[200], *at = undo + 8;
    set_up(p);
    make_story(p);
    uint64_t begin = record_end(&p->file, 103);
    const uint8_t *header = p->file.bytes + begin + 8;
    assert_int_equal(import(p, p->file.bytes + begin, p->file.count - begin, 0, &r, NULL), IMJIN_OK);
    assert_true(r.partial);
    assert_int_equal(r.height_first, 103);
    assert_int_equal(utxo_open(&u, p->store, NULL), IMJIN_OK);
    assert_int_equal(utxo_counts(u)->inputs_unknown, 2);
    assert_int_equal(utxo_input_value(u, 0, &value, &script, NULL), IMJIN_NOT_FOUND);
    utxo_close(u);
    assert_sound(p);
    /* one transaction of two inputs, each 50 coins (packed: 50), of scripts that pay keys (form 0) 1 and 2 */
    at = made_put(at, "\x01\x02", 2);
    for (uint8_t who = 1; who <= 2; who++) {
        at = made_put(at, "\x03\x00\x32\x00", 4);
        memset(at, who, 20);
        at += 20;
    }
    uint32_t count = (uint32_t)(at - undo) - 8;
    uint8_t both[200];
    made_put(made_put(undo, "\xfa\xbf\xb5\xda", 4), &count, 4);
    memcpy(both, header + 4, 32);
    memcpy(both + 32, undo + 8, count);
    made_hash(both, 32 + count, at);
    snprintf(rev, sizeof rev, "%s/rev00000.dat", p->root);
    write_bytes(rev, undo, 8 + count + 32);
    assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
    assert_int_equal(import(p, p->file.bytes + begin, p->file.count - begin, 0, &r, NULL), IMJIN_OK);
    assert_int_equal(utxo_open(&u, p->store, NULL), IMJIN_OK);
    assert_int_equal(utxo_input_value(u, 1, &value, &script, NULL), IMJIN_OK);
    assert_int_equal(value, 50 * COIN);
    assert_int_equal(utxo_script_kind(u, script), SCRIPT_PUBKEY_HASH);
    utxo_close(u);
    assert_sound(p);
    /* the whole history takes its place */
    import_good(p);
    assert_int_equal(utxo_open(&u, p->store, NULL), IMJIN_OK);
    check_story(u);
    utxo_close(u);
    assert_sound(p);
    tear_down(p);
}

/* ---- what is refused ---- */

struct bad {
    const char *what;
    struct made_out out;
    uint32_t spends, place; /* the coinbase of this height */
    unsigned times;
};

static void test_refused(void **state) {
    static const struct bad bads[] = {
        {"gives more than it takes", {50 * COIN + 1, 0, 9}, 1, 0, 1},
        {"that its transaction has not", {1, 0, 9}, 1, 1, 1},
        {"no block before it made", {1, 0, 9}, 250, 0, 1},
        {"spent already", {1, 0, 9}, 1, 0, 2},
        {"coinbase too early", {1, 0, 9}, 90, 0, 1},
        {"more than there can be", {UINT64_MAX, 0, 9}, 1, 0, 1},
    };
    struct place *p = *state;
    struct utxo_import_result r;
    set_up(p);
    made_chain(&p->file, &p->tip, 102, p->ids);
    import_good(p);
    struct sha256 before = identity(p);
    unsigned count = p->file.count;
    struct made_tip tip = p->tip;
    memset(p->ids[250], 7, 32);
    for (unsigned i = 0; i < sizeof bads / sizeof *bads; i++) {
        struct made_tx txs[2];
        struct error err = {0};
        for (unsigned n = 0; n < bads[i].times; n++) {
            struct made_out out = bads[i].out;
            struct made_in in = {.place = bads[i].place};
            memcpy(in.id, p->ids[bads[i].spends], 32);
            out.value += n;
            made_tx(&txs[n], &in, 1, &out, 1, 0);
        }
        p->file.count = count;
        p->tip = tip;
        made_block(&p->file, &p->tip, 1, txs, bads[i].times);
        assert_int_equal(import(p, p->file.bytes, p->file.count, 0, &r, &err), IMJIN_BAD_INPUT);
        if (strstr(err.text, bads[i].what) == NULL)
            fail_msg("not \"%s\": %s", bads[i].what, err.text);
        assert_same(identity(p), before);
    }
    assert_sound(p);
    tear_down(p);
}

/* The same coinbase twice, while the first is unspent (BIP 30). */
static void test_repeated_id(void **state) {
    struct place *p = *state;
    struct utxo_import_result r;
    struct error err = {0};
    set_up(p);
    made_chain(&p->file, &p->tip, 5, NULL);
    struct made_tip tip = p->tip;
    made_block(&p->file, &p->tip, 77, NULL, 0);
    tip.height = 5;
    memcpy(tip.hash, p->tip.hash, 32);
    made_block(&p->file, &tip, 77, NULL, 0); /* says height 6 again */
    assert_int_equal(import(p, p->file.bytes, p->file.count, 0, &r, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "BIP 30"));
    tear_down(p);
}

/* Every byte flipped, and every length: a fault or a shorter chain, never a store that is not sound. */
static void test_damaged(void **state) {
    struct place *p = *state;
    struct utxo_import_result r;
    set_up(p);
    made_chain(&p->file, &p->tip, 3, NULL);
    for (unsigned i = 0; i < p->file.count; i += 13) {
        p->file.bytes[i] ^= (uint8_t)(1 << i % 8);
        if (import(p, p->file.bytes, p->file.count, 0, &r, NULL) == IMJIN_OK)
            assert_sound(p);
        p->file.bytes[i] ^= (uint8_t)(1 << i % 8);
        assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
        if (import(p, p->file.bytes, i, 0, &r, NULL) == IMJIN_OK)
            assert_sound(p);
        assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
    }
    tear_down(p);
}

static void test_lengths(void **state) {
    static const uint8_t lengths[][4] = {{0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0}, {80, 0, 0, 0}, {0, 0, 0, 0x10}};
    struct place *p = *state;
    struct utxo_import_result r;
    set_up(p);
    for (unsigned i = 0; i < 4; i++) {
        made_chain(&p->file, &p->tip, 3, NULL);
        uint64_t at = record_end(&p->file, 2);
        memcpy(p->file.bytes + at + 4, lengths[i], 4);
        enum imjin_status status = import(p, p->file.bytes, p->file.count, 0, &r, NULL);
        assert_true(status == IMJIN_BAD_INPUT || (status == IMJIN_OK && r.height_last == 1));
    }
    tear_down(p);
}

/* ---- stores that are not as they were written ---- */

static void test_store_damaged(void **state) {
    struct place *p = *state;
    set_up(p);
    make_story(p);
    import_good(p);
    char **names, path[400];
    size_t count;
    assert_int_equal(directory_list(p->store, &names, &count, NULL), IMJIN_OK);
    for (size_t i = 0; i < count; i++) {
        char *bytes;
        uint64_t size;
        snprintf(path, sizeof path, "%s/%s", p->store, names[i]);
        assert_int_equal(file_read(path, 1 << 24, &bytes, &size, NULL), IMJIN_OK);
        uint64_t step = size / 11 + 1;
        for (uint64_t at = 0; at < size; at += step) {
            /* any number that is none of a transaction says that an output is unspent */
            if (strcmp(names[i], "outputs") == 0 && at % sizeof(struct utxo_output) >= 12)
                continue;
            bytes[at] ^= 0x10;
            write_bytes(path, bytes, size);
            assert_int_not_equal(utxo_verify(p->store, NULL, NULL), IMJIN_OK);
            bytes[at] ^= 0x10;
            if (strcmp(names[i], "manifest") != 0)
                continue;
            write_bytes(path, bytes, at);
            assert_int_not_equal(utxo_verify(p->store, NULL, NULL), IMJIN_OK);
        }
        write_bytes(path, bytes, size);
        memory_free(bytes);
        memory_free(names[i]);
    }
    memory_free(names);
    assert_sound(p);
    tear_down(p);
}

/* What a killed import leaves behind its last commit is written over. */
static void test_leftovers(void **state) {
    struct place *p = *state;
    struct utxo_import_result r;
    char path[400];
    set_up(p);
    make_story(p);
    import_good(p);
    struct sha256 whole = identity(p);
    assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
    assert_int_equal(import(p, p->file.bytes, record_end(&p->file, 90), 0, &r, NULL), IMJIN_OK);
    for (unsigned i = 0; i < UTXO_FILES; i++) {
        char *bytes;
        uint64_t size;
        snprintf(path, sizeof path, "%s/%s", p->store, utxo_file_name(i));
        assert_int_equal(file_read(path, 1 << 24, &bytes, &size, NULL), IMJIN_OK);
        char *more = memory_new(size + 100, 1);
        assert_non_null(more);
        memcpy(more, bytes, size);
        memset(more + size, 0x5a, 100);
        write_bytes(path, more, size + 100);
        memory_free(more);
        memory_free(bytes);
    }
    snprintf(path, sizeof path, "%s/index-77", p->store);
    write_bytes(path, "left", 4);
    assert_sound(p);
    import_good(p);
    assert_false(file_exists(path));
    assert_same(identity(p), whole);
    assert_sound(p);
    tear_down(p);
}

static void test_memory(void **state) {
    struct place *p = *state;
    struct utxo_import_result r;
    set_up(p);
    make_story(p);
    import_good(p);
    struct sha256 whole = identity(p);
    for (uint64_t nth = 1;; nth++) {
        assert_int_equal(directory_remove(p->store, NULL), IMJIN_OK);
        write_bytes(p->blocks, p->file.bytes, p->file.count);
        const char *paths[] = {p->blocks};
        struct utxo_import_options options = {.part_blocks = 60};
        memory_fail_at(nth, false);
        enum imjin_status status = utxo_import(p->store, &p->chain, paths, 1, options, NULL, &r, NULL);
        memory_fail_at(0, false);
        if (status == IMJIN_OK)
            break;
        assert_int_equal(status, IMJIN_MACHINE);
        assert_true(nth < 2000);
    }
    assert_same(identity(p), whole);
    tear_down(p);
}

static int make_place(void **state) {
    *state = calloc(1, sizeof(struct place));
    return *state ? 0 : 1;
}
static int free_place(void **state) {
    free(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_story),     cmocka_unit_test(test_growth),      cmocka_unit_test(test_forms),
        cmocka_unit_test(test_json),      cmocka_unit_test(test_reorganised), cmocka_unit_test(test_unconnected),
        cmocka_unit_test(test_partial),   cmocka_unit_test(test_refused),     cmocka_unit_test(test_repeated_id),
        cmocka_unit_test(test_damaged),   cmocka_unit_test(test_lengths),     cmocka_unit_test(test_store_damaged),
        cmocka_unit_test(test_leftovers), cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, make_place, free_place);
}
