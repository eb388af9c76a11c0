/* Events and calls of one transaction, out of the files that hold them; and what wrappers do without saying. */
#include "ingest_fixture.h"

#include "codec/abi.h"
#include "codec/hex.h"
#include "ingest/limits.h"

#define WETH_ADDRESS "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
#define SWAP_TOPIC   "0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"
#define TRANSFER     "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
#define WORD0        "0000000000000000000000000000000000000000000000000000000000000000"
#define TOPIC0       "0x" WORD0

static struct abi_witness *found;
static uint32_t found_count;

static enum imjin_status listen(const char *text, const char *hash, struct error *err) {
    struct chain chain;
    uint8_t bytes[32];
    struct ingest_options o = options();
    const char *path = put("input", text);
    memory_free(found);
    found = NULL;
    found_count = 99;
    assert_int_equal(hex_decode(bytes, hash + 2, sizeof bytes) & HEX_BAD, 0);
    TRY(chain_find(&chain, "ethereum", err));
    return ingest_witnesses(&found, &found_count, bytes, &chain, &path, 1, &o, err);
}

static void heard(const char *text, const char *hash) {
    struct error err = {0};
    assert_good(listen(text, hash, &err), &err);
}

#define LOG_HEADER "log_index,transaction_hash,transaction_index,block_number,address,data,topics\n"

static void test_logs(void **state) {
    (void)state;
    static const char text[] = LOG_HEADER "7," HASH("0001") ",0,100," ADDRESS(
        "000b") ",0x" WORD0 WORD0 WORD0 WORD0 ","
                "\"" SWAP_TOPIC "," TOPIC0 "," TOPIC0 "\"\n"
                "3," HASH("0001") ",0,100," ADDRESS("000a") ",0x" WORD0 ","
                                                            "\"" TRANSFER "," TOPIC0 "," TOPIC0 "\"\n"
                                                            "4," HASH("0001") ",0,100," ADDRESS(
                                                                "000b") ",0x" WORD0 WORD0 WORD0 ","
                                                                        "\"" SWAP_TOPIC "," TOPIC0 "," TOPIC0 "\"\n" /* short */
                                                                        "5," HASH("0001") ",0,100," ADDRESS(
                                                                            "000b") ",0x" WORD0 ","
                                                                                    "\"" TOPIC0 "\"\n" /* unknown */
                                                                                    "9," HASH("0002") ",0,100," ADDRESS(
                                                                                        "000b") ",0x" WORD0 WORD0 WORD0 WORD0
                                                                                                ","
                                                                                                "\"" SWAP_TOPIC "," TOPIC0
                                                                                                "," TOPIC0 "\"\n";
    heard(text, HASH("0001"));
    assert_int_equal(found_count, 2);
    assert_int_equal(found[0].signature->meaning, ABI_TRANSFER);
    assert_int_equal(found[1].signature->meaning, ABI_SWAP);
    assert_int_equal(found[1].contract[19], 0x0b);
    assert_false(found[1].call);
    heard(text, HASH("0003"));
    assert_int_equal(found_count, 0);
}

static void test_calls(void **state) {
    (void)state;
    heard("hash,block_number,from_address,to_address,value,input\n" HASH("0001") ",100," ADDRESS("0001") "," ADDRESS(
              "0002") ",5,0xa9059cbb" WORD0 WORD0
                      "\n" HASH("0002") ",100," ADDRESS("0001") "," ADDRESS("0002") ",5,0xa9059cbb" WORD0 "\n",
          HASH("0001"));
    assert_int_equal(found_count, 1);
    assert_true(found[0].call);
    assert_string_equal(found[0].signature->name, "transfer");
    /* an explorer gives the selector alone; the same row in two accounts' exports is one call */
    static const char
        text[] =
            "hacker_address,tx_type,hash,blockNumber,timeStamp,from,to,value,gasPrice,gasUsed,methodId,"
            "contractAddress,tokenID\n" ADDRESS("0001") ",normal," HASH("0001") ",100,1600000000," ADDRESS("0001") "," ADDRESS(
                "000"
                "2") ",5,1,1,0xd0e30db0,,\n" ADDRESS("0002") ",normal," HASH("0001") ",100,1600000000," ADDRESS("0001") "," ADDRESS("0002") ",5,1,1,0xd0e30db0,,\n" ADDRESS("0001") ",internal," HASH("0001") ",100,"
                                                                                                                                                                                                              "1600000000"
                                                                                                                                                                                                              "," ADDRESS(
                                                                                                                                                                                                                  "000"
                                                                                                                                                                                                                  "2") "," ADDRESS("0001") ",5"
                                                                                                                                                                                                                                           ",,"
                                                                                                                                                                                                                                           ",0"
                                                                                                                                                                                                                                           "xd"
                                                                                                                                                                                                                                           "0e"
                                                                                                                                                                                                                                           "30"
                                                                                                                                                                                                                                           "db"
                                                                                                                                                                                                                                           "0,"
                                                                                                                                                                                                                                           ","
                                                                                                                                                                                                                                           "\n" ADDRESS("0001") ",normal," HASH("0002") ",100,1600000000," ADDRESS(
                                                                                                                                                                                                                                               "0001") "," ADDRESS("0002") ",5,1,1,0x,,\n";
    heard(text, HASH("0001"));
    assert_int_equal(found_count, 1);
    assert_int_equal(found[0].signature->meaning, ABI_WRAP);
    heard(text, HASH("0002"));
    assert_int_equal(found_count, 0);
}

/* More events of one transaction than any block holds. */
static void test_limits(void **state) {
    (void)state;
    struct error err = {0};
    struct text t = {0};
    text_add_string(&t, LOG_HEADER);
    for (uint32_t i = 0; i <= INGEST_WITNESSES_MAX; i++)
        text_add_format(
            &t, "%u," HASH("0001") ",0,100," ADDRESS("000a") ",0x" WORD0 ",\"" TRANSFER "," TOPIC0 "," TOPIC0 "\"\n", i);
    assert_int_equal(listen(t.bytes, HASH("0001"), &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "events of a transaction"));
    text_done(&t);
    assert_null(found);
    /* data longer than a transaction can carry is passed over */
    text_add_string(&t, LOG_HEADER "1," HASH("0001") ",0,100," ADDRESS("000a") ",0x");
    for (uint32_t i = 0; i <= INGEST_WITNESS_BYTES_MAX / 32; i++)
        text_add_string(&t, WORD0);
    text_add_string(&t, ",\"" TRANSFER "," TOPIC0 "," TOPIC0 "\"\n");
    heard(t.bytes, HASH("0001"));
    assert_int_equal(found_count, 0);
    text_done(&t);
}

static void test_memory(void **state) {
    (void)state;
    bool whole = false;
    for (uint64_t at = 1; !whole && at < 400; at++) {
        struct error err = {0};
        const char *text =
            LOG_HEADER "3," HASH("0001") ",0,100," ADDRESS("000a") ",0x" WORD0 ",\"" TRANSFER "," TOPIC0 "," TOPIC0 "\"\n";
        put("input", text);
        memory_fail_at(at, false);
        enum imjin_status status = listen(text, HASH("0001"), &err);
        memory_fail_at(0, false);
        whole = status == IMJIN_OK;
        assert_true(whole || (status == IMJIN_MACHINE && found == NULL));
    }
    assert_true(whole);
    assert_int_equal(found_count, 1);
}

/* A copy of WETH9 issues as much as it is paid, and destroys as much as it pays. A failed call does neither. */
static void test_wrappers(void **state) {
    (void)state;
    import_text("l", "ethereum",
                "tx_type,hash,blockNumber,timeStamp,from,to,value,gasPrice,gasUsed,isError,contractAddress,tokenID\n"
                "normal," HASH("0001") ",100,1600000000," ADDRESS(
                    "0001") "," WETH_ADDRESS ",500,,,0,,\n"
                            "internal," HASH("0002") ",101,1600000010," WETH_ADDRESS "," ADDRESS(
                                "0001") ",300,,,0,,\n"
                                        "normal," HASH("0003") ",102,1600000020," ADDRESS(
                                            "0001") "," WETH_ADDRESS ",7,,,1,,\n"
                                                    "normal," HASH("0004") ",103,1600000030," ADDRESS(
                                                        "0001") "," WETH_ADDRESS ",0,,,0,,\n"
                                                                "normal," HASH("0005") ",104,1600000040," ADDRESS(
                                                                    "0001") "," ADDRESS("0002") ",9,,,0,,\n",
                options());
    assert_movements("l", "100 0x0001 native 0x0001 0x6cc2 500 native\n"
                          "100 0x0001 mint (mint/burn) 0x0001 500 0x6cc2\n"
                          "101 0x0002 internal 0x6cc2 0x0001 300 native\n"
                          "101 0x0002 burn 0x0001 (mint/burn) 300 0x6cc2\n"
                          "104 0x0005 native 0x0001 0x0002 9 native\n");
}

static int leave(void **state) {
    memory_free(found);
    return remove_directory(state);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logs),   cmocka_unit_test(test_calls),    cmocka_unit_test(test_limits),
        cmocka_unit_test(test_memory), cmocka_unit_test(test_wrappers),
    };
    return cmocka_run_group_tests(tests, make_directory, leave);
}
