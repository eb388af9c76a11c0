/* utxo/undo: compressed amounts and scripts. Facts: Bitcoin Core's documented forms; the keys of the first block and of the
 * generator of secp256k1. */
#include "../unit.h"

#include "utxo/undo.h"

#define GENERATOR_X "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
#define GENERATOR_Y "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
#define HASH20      "62e907b15cbf27d5425399ebf6f0fb50ebb88f18"

static uint64_t unhex(const char *hex, uint8_t *ret, uint64_t room) {
    uint64_t count = strlen(hex) / 2;
    assert_true(count <= room);
    for (uint64_t i = 0; i < count; i++) {
        unsigned value;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
        ret[i] = (uint8_t)value;
    }
    return count;
}

static void outputs_unpack(void **state) {
    (void)state;
    static const struct {
        const char *packed, *script;
        uint64_t value;
        uint32_t height;
        bool coinbase;
    } cases[] = {
        /* code 2 * 1 + 1; version; 50 coins: digit 5, nine zeros: 1 + 10 * 4 + 9 = 50 = 0x32; a script of 1 byte */
        {"03"
         "00"
         "32"
         "07"
         "51",
         "51", 5000000000u, 1, true},
        /* no height: no version; 0; an empty script */
        {"00"
         "00"
         "06",
         "", 0, 0, false},
        /* height 100,000: 200,000 = 8b9940 in sevens, each but the last one less; 1 unit: 1 + 10 * (0 * 9 + 0) + 0 = 1 */
        {"8b9940"
         "00"
         "01"
         "00" HASH20,
         "76a914" HASH20 "88ac", 1, 100000, false},
        {"02"
         "00"
         "09"
         "01" HASH20,
         "a914" HASH20 "87", 100000000, 1, false}, /* one coin: 9 */
        {"02"
         "00"
         "09"
         "02" GENERATOR_X,
         "2102" GENERATOR_X "ac", 100000000, 1, false},
        {"02"
         "00"
         "09"
         "03" GENERATOR_X,
         "2103" GENERATOR_X "ac", 100000000, 1, false},
        {"02"
         "00"
         "09"
         "04" GENERATOR_X,
         "4104" GENERATOR_X GENERATOR_Y "ac", 100000000, 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t packed[128], script[128];
        uint64_t count = unhex(cases[i].packed, packed, sizeof packed), script_count;
        struct undo_output output;
        struct error err = {0};
        for (uint64_t keep = 0; keep < count; keep++) {
            struct wire_cursor cut = {packed, packed + keep};
            assert_int_equal(undo_output_parse(&cut, &output, &err), IMJIN_BAD_INPUT);
        }
        struct wire_cursor c = {packed, packed + count};
        if (undo_output_parse(&c, &output, &err) != IMJIN_OK)
            fail_msg("case %zu: %s", i, err.text);
        assert_ptr_equal(c.at, c.end);
        assert_true(output.value == cases[i].value);
        assert_int_equal(output.height, cases[i].height);
        assert_int_equal(output.from_coinbase, cases[i].coinbase);
        script_count = unhex(cases[i].script, script, sizeof script);
        assert_int_equal(output.script.count, script_count);
        assert_memory_equal(output.script.bytes, script, script_count);
    }
}

static void hostile_data_is_refused(void **state) {
    (void)state;
    static const char *const cases[] = {
        "ffffffffffffffffffffff00", /* a number beyond 64 bits */
        "0200"
        "80fefefefefefefefe7f"
        "06", /* an amount beyond 64 bits */
        "0200"
        "09"
        "04"
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", /* no point */
        "0200"
        "09"
        "ff7f", /* a script longer than what is left */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[128];
        uint64_t count = unhex(cases[i], bytes, sizeof bytes);
        struct wire_cursor c = {bytes, bytes + count};
        struct undo_output output;
        struct error err = {0};
        assert_int_equal(undo_output_parse(&c, &output, &err), IMJIN_BAD_INPUT);
        assert_true(err.text[0]);
    }
    uint8_t many[] = {0xfe, 0xff, 0xff, 0xff, 0x7f};
    uint64_t count;
    struct wire_cursor c = {many, many + sizeof many};
    assert_int_equal(undo_tx_count(&c, &count, NULL), IMJIN_BAD_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(outputs_unpack), cmocka_unit_test(hostile_data_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
