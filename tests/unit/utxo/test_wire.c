/* utxo/wire: blocks and transactions as bytes. Facts: the first block of Bitcoin; the signed example of BIP 143. */
#include "../unit.h"

#include "utxo/wire.h"

#define ZEROS32 "0000000000000000000000000000000000000000000000000000000000000000"
#define GENESIS_HEADER                                                                                                         \
    "01000000" ZEROS32 "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
#define GENESIS_TX                                                                                                             \
    "01000000"                                                                                                                 \
    "01" ZEROS32 "ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e"  \
    "6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7" \
    "105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000"
#define BIP143_BODY                                                                                                            \
    "02fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f00000000494830450221008b9d1dc26ba6a9cb62127b02742fa9d7" \
    "54cd3bebf337f7a55d114c8e5cdd30be022040529b194ba3f9281a99f2b1c0a19c0489bc22ede944ccf4ecbab4cc618ef3ed01eeffffffef51e1b804" \
    "cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9148280b37df378db99f66f85" \
    "c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac"
#define BIP143_WITNESS                                                                                                         \
    "000247304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f90300e8f3358f519" \
    "28d43c212a8caed02de67eebee0121025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee6357"
#define BIP143_TX    "010000000001" BIP143_BODY BIP143_WITNESS "11000000"
#define BIP143_PLAIN "01000000" BIP143_BODY "11000000"

enum { BYTES_MAX = 4096 };
struct bytes {
    uint8_t bytes[BYTES_MAX];
    uint64_t count;
};

static struct bytes unhex(const char *hex) {
    struct bytes b = {.count = strlen(hex) / 2};
    assert_true(b.count <= BYTES_MAX);
    for (uint64_t i = 0; i < b.count; i++) {
        unsigned value;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
        b.bytes[i] = (uint8_t)value;
    }
    return b;
}

static struct wire_cursor cursor(const struct bytes *b) { return (struct wire_cursor){b->bytes, b->bytes + b->count}; }

/* Compares a hash with its printed form, which is reversed. */
static void assert_hash(const uint8_t hash[32], const char *printed) {
    char text[65];
    for (int i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[31 - i]);
    assert_string_equal(text, printed);
}

static struct wire_tx parsed(const struct bytes *b, enum wire_format format) {
    struct wire_cursor c = cursor(b);
    struct wire_tx tx;
    struct error err = {0};
    if (wire_tx_parse(&c, format, &tx, &err) != IMJIN_OK)
        fail_msg("%s", err.text);
    assert_ptr_equal(c.at, c.end);
    return tx;
}

static void assert_refused(const char *hex, enum wire_format format, const char *says) {
    struct bytes b = unhex(hex);
    struct wire_cursor c = cursor(&b);
    struct wire_tx tx = {.version = 77};
    struct error err = {0};
    assert_int_equal(wire_tx_parse(&c, format, &tx, &err), IMJIN_BAD_INPUT);
    if (strstr(err.text, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, says);
    assert_ptr_equal(c.at, b.bytes);
    assert_int_equal(tx.version, 77);
}

static void reads_the_first_block(void **state) {
    (void)state;
    struct bytes b = unhex(GENESIS_HEADER "01" GENESIS_TX);
    struct wire_cursor c = cursor(&b);
    struct wire_header header;
    struct wire_tx tx;
    struct wire_input input;
    struct wire_output output;
    uint64_t count;
    uint8_t hash[32], root[32];
    bool repeated;
    assert_int_equal(wire_header_parse(&c, WIRE_PLAIN, &header, NULL), IMJIN_OK);
    assert_int_equal(wire_hash(header.bytes, hash, NULL), IMJIN_OK);
    assert_hash(hash, "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
    assert_int_equal(header.time, 1231006505);
    assert_int_equal(header.bits, 0x1d00ffff);
    assert_int_equal(header.nonce, 2083236893);
    assert_int_equal(wire_count_parse(&c, &count, NULL), IMJIN_OK);
    assert_int_equal(count, 1);
    assert_int_equal(wire_tx_parse(&c, WIRE_PLAIN, &tx, NULL), IMJIN_OK);
    assert_ptr_equal(c.at, c.end);
    assert_true(tx.is_coinbase && tx.hashes_as_a_whole && !tx.witnesses && !tx.is_extension);
    assert_int_equal(wire_tx_id(&tx, hash, NULL), IMJIN_OK);
    assert_hash(hash, "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b");
    assert_int_equal(wire_merkle_root(&hash, 1, root, &repeated, NULL), IMJIN_OK);
    assert_memory_equal(root, header.merkle_root, 32);
    const uint8_t *at = tx.inputs;
    wire_input_next(&at, &input);
    assert_int_equal(input.script.count, 77);
    assert_memory_equal(input.script.bytes + 8, "The Times 03/Jan/2009 Chancellor on brink of second bailout for banks", 69);
    assert_int_equal(input.sequence, UINT32_MAX);
    at = tx.outputs;
    wire_output_next(&at, &output);
    assert_true(output.value == 5000000000u);
    assert_int_equal(output.script.count, 67);
    assert_null(wire_witness_commitment(&tx));
}

static void ids_leave_witnesses_out(void **state) {
    (void)state;
    struct bytes with = unhex(BIP143_TX), without = unhex(BIP143_PLAIN);
    struct wire_tx tx = parsed(&with, WIRE_PLAIN), plain = parsed(&without, WIRE_PLAIN);
    uint8_t id[32], other[32];
    struct span item;
    assert_false(tx.is_coinbase);
    assert_int_equal(tx.input_count, 2);
    assert_int_equal(tx.output_count, 2);
    assert_int_equal(tx.locktime, 17);
    assert_int_equal(wire_tx_id(&tx, id, NULL), IMJIN_OK);
    assert_int_equal(wire_tx_id(&plain, other, NULL), IMJIN_OK);
    assert_memory_equal(id, other, 32);
    assert_int_equal(wire_tx_witness_id(&tx, other, NULL), IMJIN_OK);
    assert_memory_not_equal(id, other, 32);
    const uint8_t *at = tx.witnesses;
    assert_int_equal(wire_witness_count(&at), 0); /* the first input has its signature in its script */
    assert_int_equal(wire_witness_count(&at), 2);
    wire_witness_next(&at, &item);
    assert_int_equal(item.count, 71);
    wire_witness_next(&at, &item);
    assert_int_equal(item.count, 33);
    struct wire_output output;
    at = tx.outputs;
    wire_output_next(&at, &output);
    assert_int_equal(output.value, 112340000);
}

static void refuses_every_cut(void **state) {
    (void)state;
    const char *texts[] = {GENESIS_TX, BIP143_TX};
    for (size_t t = 0; t < 2; t++) {
        struct bytes b = unhex(texts[t]);
        for (uint64_t keep = 0; keep < b.count; keep++) {
            uint8_t *exact = memory_new(keep, 1); /* so that a sanitizer sees the end */
            struct wire_cursor c = {exact, exact + keep};
            struct wire_tx tx;
            struct error err = {0};
            memcpy(exact, b.bytes, keep);
            assert_int_equal(wire_tx_parse(&c, WIRE_PLAIN, &tx, &err), IMJIN_BAD_INPUT);
            assert_true(err.text[0]);
            memory_free(exact);
        }
    }
}

static void survives_every_flip(void **state) {
    (void)state;
    struct bytes b = unhex(BIP143_TX);
    for (uint64_t bit = 0; bit < 8 * b.count; bit++) {
        struct wire_cursor c = cursor(&b);
        struct wire_tx tx;
        struct wire_input input;
        struct wire_output output;
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (wire_tx_parse(&c, WIRE_PLAIN, &tx, NULL) == IMJIN_OK) {
            const uint8_t *at = tx.inputs;
            for (uint64_t i = 0; i < tx.input_count; i++)
                wire_input_next(&at, &input);
            at = tx.outputs;
            for (uint64_t i = 0; i < tx.output_count; i++)
                wire_output_next(&at, &output);
            assert_true(at <= c.end);
        }
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void refuses_hostile_counts(void **state) {
    (void)state;
    assert_refused("01000000ffffffffffffffffff", WIRE_PLAIN, "do not fit");
    assert_refused("01000000fd0100", WIRE_PLAIN, "where fewer do");
    assert_refused("01000000fe00000100" ZEROS32, WIRE_PLAIN, "do not fit");
    assert_refused("010000000003" BIP143_BODY "000011000000", WIRE_PLAIN, "unknown mark");
    assert_refused("010000000001" BIP143_BODY "000011000000", WIRE_PLAIN, "has none"); /* witness spend without witness */
    assert_refused("010000000008" BIP143_BODY "0111000000", WIRE_PLAIN, "extension block");
    assert_refused("01000000", WIRE_PLAIN, "a count");
    assert_refused("010000", WIRE_PLAIN, "a transaction");
}

static void reads_litecoins_extension(void **state) {
    (void)state;
    struct bytes marked = unhex("010000000008" BIP143_BODY "0011000000"), plain = unhex(BIP143_PLAIN);
    struct wire_tx tx = parsed(&marked, WIRE_PLAIN), other = parsed(&plain, WIRE_PLAIN);
    uint8_t id[32], other_id[32];
    assert_true(tx.is_extension);
    assert_int_equal(wire_tx_id(&tx, id, NULL), IMJIN_OK);
    assert_int_equal(wire_tx_id(&other, other_id, NULL), IMJIN_OK);
    assert_memory_equal(id, other_id, 32);
}

static void reads_zcashs_transparent_part(void **state) {
    (void)state;
    struct bytes first = unhex(BIP143_PLAIN), overwinter = unhex("030000807082c403" BIP143_BODY "110000000000000000"),
                 sapling = unhex("0400008085202f89" BIP143_BODY "11000000000000000000000000000000000000"),
                 *all[] = {&first, &overwinter, &sapling};
    for (size_t i = 0; i < 3; i++) {
        struct wire_tx tx = parsed(all[i], WIRE_ZCASH);
        assert_int_equal(tx.output_count, 2);
        assert_int_equal(tx.locktime, 17);
        assert_true(tx.hashes_as_a_whole);
    }
    assert_refused("05000080", WIRE_ZCASH, "version 5");
    assert_refused("03000000", WIRE_ZCASH, "version 3");
}

static void passes_over_a_parents_proof(void **state) {
    (void)state;
    struct bytes b = unhex("02016200" ZEROS32 ZEROS32 "000000000000000000000000" /* the header: version 0x620102 */
                           GENESIS_TX ZEROS32 "01" ZEROS32 "00000000"            /* coinbase, hash, branch of one */
                           "0000000000" GENESIS_HEADER);
    struct wire_cursor c = cursor(&b);
    struct wire_header header;
    assert_int_equal(wire_header_parse(&c, WIRE_AUXPOW, &header, NULL), IMJIN_OK);
    assert_ptr_equal(c.at, c.end);
    assert_int_equal(header.bytes.count, 80);
    c = cursor(&b);
    assert_int_equal(wire_header_parse(&c, WIRE_PLAIN, &header, NULL), IMJIN_OK);
    assert_int_equal(c.at - b.bytes, 80);
}

static void merkle_roots_show_repetition(void **state) {
    (void)state;
    uint8_t hashes[4][32] = {{1}, {2}, {3}, {3}}, three[3][32] = {{1}, {2}, {3}}, root[32], other[32];
    bool repeated;
    assert_int_equal(wire_merkle_root(three, 3, root, &repeated, NULL), IMJIN_OK);
    assert_false(repeated);
    assert_int_equal(wire_merkle_root(hashes, 4, other, &repeated, NULL), IMJIN_OK);
    assert_true(repeated);
    assert_memory_equal(root, other, 32); /* which is why it must be told */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_first_block),
        cmocka_unit_test(ids_leave_witnesses_out),
        cmocka_unit_test(refuses_every_cut),
        cmocka_unit_test(survives_every_flip),
        cmocka_unit_test(refuses_hostile_counts),
        cmocka_unit_test(reads_litecoins_extension),
        cmocka_unit_test(reads_zcashs_transparent_part),
        cmocka_unit_test(passes_over_a_parents_proof),
        cmocka_unit_test(merkle_roots_show_repetition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
