/* ethereum-etl's layouts: hand-made rows and what they become. */
#include "ingest_fixture.h"

static void test_transactions(void **state) {
    (void)state;
    static const char text[] =
        "hash,nonce,block_hash,block_number,transaction_index,from_address,to_address,value,gas,gas_"
        "price,input,block_timestamp,"
        "receipt_gas_used,receipt_effective_gas_price,receipt_status,receipt_contract_address\n" HASH(
            "0001") ",1,,100,0," ADDRESS("0001") "," ADDRESS("0002") ",5000,21000,7,0x,1438936285,21000,"
                                                                     ",1,\n" HASH(
                                                                         "0002") ",1,,100,"
                                                                                 "1," ADDRESS("0002") "," ADDRESS(
                                                                                     "0003") ",600,21000,7,0x,1438936285,30000,"
                                                                                             "3,0,\n" /* failed */
        HASH("0003") ",0,,101,0,0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0,,70,21000,,0x,1438936300,,,,\n" HASH(
            "0004") ",9,,101,1," ADDRESS("0001") ",,80,21000,,0x,1438936300,,,1," ADDRESS("cccc") "\n" HASH("0005") ",9,,101,"
                                                                                                                    "2"
                                                                                                                    "," ADDRESS("0001") "," ADDRESS("0002") ",0,21000,,0x,1438936300,,,1,\n" HASH(
                                                                                                                        "0006") ",9,,102,0," ADDRESS("0001") "," ZERO_ADDRESS
                                                                                                                                                             ",9,21000,,0x,1438936313,,,1,\n";
    struct ingest_file f = import_text("l", "ethereum", text, options());
    assert_string_equal(f.detection.format->name, "etl-transactions");
    assert_string_equal(f.detection.syntax, "CSV");
    assert_int_equal(f.rows, 6);
    assert_int_equal(f.movements, 6);
    assert_int_equal(f.zero, 1);
    assert_int_equal(f.bad + f.other, 0);
    assert_int_equal(f.bytes, sizeof text - 1);
    assert_movements("l",
                     "100 0x0001 fee 0x0001 (fees) 147000 native\n"
                     "100 0x0001 native 0x0001 0x0002 5000 native\n"
                     "100 0x0002 fee 0x0002 (fees) 90000 native\n"
                     /* CREATE with nonce 0 of that sender, a published example: 0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d */
                     "101 0x0003 native 0xdbf0 0xcd8d 70 native\n"
                     "101 0x0004 native 0x0001 0xcccc 80 native\n"
                     "102 0x0006 burn 0x0001 (mint/burn) 9 native\n");
}

/* The same rows in the other syntax are the same ledger. */
static void test_transactions_json(void **state) {
    (void)state;
    import_text("l", "ethereum",
                "hash,block_number,transaction_index,from_address,to_address,value,gas_price,receipt_gas_used,block_"
                "timestamp\n" HASH("0001") ",100,0," ADDRESS("0001") "," ADDRESS(
                    "0002") ",123456789012345678901234567890,7,21000,"
                            "1438936285\n" HASH("0002") ",100,1," ADDRESS("0002") "," ADDRESS("0003") ",1,,,"
                                                                                                      "1438936285\n",
                options());
    struct ingest_file f = import_text(
        "j", "ethereum",
        "{\"hash\":\"" HASH("0001") "\",\"block_number\":100,\"transaction_index\":0,\"from_address\":\"" ADDRESS(
            "0001") "\",\"to_address\":\"" ADDRESS("0002") "\",\"value\":123456789012345678901234567890,\"gas_price\":7,"
                                                           "\"receipt_gas_used\":21000,\"access\":{\"any\":[1,{}]},\"block_"
                                                           "timestamp\":1438936285}\n\n"
                                                           " {\"value\":\"1\",\"hash\":\"" HASH(
                                                               "0002") "\",\"block_number\":\"100\",\"transaction_index\":1,"
                                                                       "\"from_address\":\"" ADDRESS(
                                                                           "0002") "\",\"to_address\":"
                                                                                   "\"" ADDRESS("0003") "\","
                                                                                                        "\"gas_"
                                                                                                        "price\""
                                                                                                        ":null,"
                                                                                                        "\"block"
                                                                                                        "_timest"
                                                                                                        "amp\":"
                                                                                                        "\"2015-"
                                                                                                        "08-07 "
                                                                                                        "08:31:"
                                                                                                        "25 "
                                                                                                        "UTC\"}",
        options());
    assert_string_equal(f.detection.syntax, "JSON lines");
    assert_int_equal(f.rows, 2);
    struct sha256 a = identity_of("l"), b = identity_of("j");
    assert_memory_equal(&a, &b, sizeof a);
}

#define TRANSFERS "token_address,from_address,to_address,value,transaction_hash,log_index,block_number\n"

static void test_token_transfers(void **state) {
    (void)state;
    struct ingest_file
        f =
            import_text(
                "l", "ethereum",
                TRANSFERS ADDRESS("dddd") "," ADDRESS("0001") "," ADDRESS("0002") ",100000," HASH("0001") ",4,483920\n" ADDRESS(
                    "dddd") "," ZERO_ADDRESS
                            "," ADDRESS("0002") ",7," HASH("0001") ",2,483920\n" ADDRESS("dddd") "," ADDRESS(
                                "0002") "," ZERO_ADDRESS
                                        ",8," HASH("0001") ",3,483920\n" ADDRESS("dddd") "," ADDRESS("0002") "," ADDRESS("0001") ",0," HASH("0001") ",5,483920\n" ADDRESS(
                                            "dddd") "," ZERO_ADDRESS "," ZERO_ADDRESS
                                                    ",5," HASH("0001") ",6,483920\n" ADDRESS(
                                                        "eee"
                                                        "e") "," ADDRESS("0001") "," ADDRESS("0002") ",11579208923"
                                                                                                     "731619542357"
                                                                                                     "098500868790"
                                                                                                     "785326998466"
                                                                                                     "564056403945"
                                                                                                     "758400791312"
                                                                                                     "9639935"
                                                                                                     "," HASH(
                                                                                                         "000"
                                                                                                         "2") ",9,483921\n",
                options());
    assert_string_equal(f.detection.format->name, "etl-token-transfers");
    assert_int_equal(f.movements, 5); /* a transfer of nothing by a token contract is kept */
    assert_int_equal(f.zero, 1);
    assert_int_equal(f.other, 1);
    assert_movements("l", "483920 0x0001 mint (mint/burn) 0x0002 7 0xdddd\n"
                          "483920 0x0001 burn 0x0002 (mint/burn) 8 0xdddd\n"
                          "483920 0x0001 token 0x0001 0x0002 100000 0xdddd\n"
                          "483920 0x0001 token 0x0002 0x0001 0 0xdddd\n"
                          "483921 0x0002 token 0x0001 0x0002 "
                          "115792089237316195423570985008687907853269984665640564039457584007913129639935 0xeeee\n");
}

#define TRACES                                                                                                                 \
    "block_number,transaction_hash,transaction_index,from_address,to_address,value,input,output,trace_type,call_type,"         \
    "reward_type,gas,gas_used,subtraces,trace_address,error,status,trace_id\n"
#define TRACE(tx, from, to, value, type, call, path, fault, status)                                                            \
    "7," HASH(tx) ",3," from "," to "," value ",0x,0x," type "," call ",,1,1,0," path "," fault "," status ",\n"

static void test_traces(void **state) {
    (void)state;
    struct ingest_file f = import_text(
        "l", "ethereum",
        TRACES TRACE("0001", ADDRESS("0001"), ADDRESS("0002"), "100", "call", "call", "", "", "")
            TRACE("0001", ADDRESS("0002"), ADDRESS("0003"), "40", "call", "call", "0", "", "")
                TRACE("0001", ADDRESS("0002"), ADDRESS("0004"), "41", "call", "delegatecall", "1", "", "")
                    TRACE("0001", ADDRESS("0002"), ADDRESS("0004"), "42", "call", "callcode", "2", "", "")
                        TRACE("0001", ADDRESS("0002"), ADDRESS("0004"), "0", "call", "staticcall", "3", "", "")
                            TRACE("0001", ADDRESS("0002"), ADDRESS("0005"), "10", "call", "call", "4", "Reverted", "")
                                TRACE("0001", ADDRESS("0005"), ADDRESS("0006"), "11", "call", "call", "\"4,0\"", "",
                                      "")                                                          /* under the failed one */
        TRACE("0001", ADDRESS("0006"), ADDRESS("0007"), "12", "call", "call", "\"4,0,1\"", "", "") /* deeper under it */
        TRACE("0001", ADDRESS("0002"), ADDRESS("0008"), "13", "call", "call", "42", "", "")        /* not under it */
        TRACE("0001", ADDRESS("0002"), ADDRESS("0009"), "14", "create", "", "43", "",
              "") TRACE("0001", ADDRESS("0009"), ADDRESS("0001"), "15", "suicide", "", "\"43,0\"", "", "")
            TRACE("0002", ADDRESS("0001"), ADDRESS("0002"), "16", "call", "call", "", "out of gas", "") /* all of it failed */
        TRACE("0002", ADDRESS("0002"), ADDRESS("0003"), "17", "call", "call", "0", "", "")
            TRACE("0003", ADDRESS("0001"), ADDRESS("0002"), "18", "call", "call", "", "", "0") /* said by status */
        TRACE("0004", ADDRESS("0001"), ADDRESS("00cc"), "19", "create", "", "", "",
              "1") "7,,,," ADDRESS("00bb") ",5000000000000000000,,,reward,,block,,,0,,,1,\n"
                                           "7,,,," ADDRESS("00bc") ",4375000000000000000,,,reward,,uncle,,,0,,,1,\n"
                                                                   "8,,5," ADDRESS("0001") "," ADDRESS(
                                                                       "0002") ",20,0x,,call,call,,1,1,0,,,,\n" /* no hash */
                                                                               "8,,5," ADDRESS("0002") "," ADDRESS(
                                                                                   "0003") ",21,0x,,call,call,,1,1,0,0,,,\n",
        options());
    assert_string_equal(f.detection.format->name, "etl-traces");
    assert_int_equal(f.rows, 19);
    assert_int_equal(f.movements, 10);
    assert_int_equal(f.zero, 0);
    assert_int_equal(f.other, 9);
    assert_movements("l", "7 0x0001 native 0x0001 0x0002 100 native\n"
                          "7 0x0001 internal 0x0002 0x0003 40 native\n"
                          "7 0x0001 internal 0x0002 0x0008 13 native\n"
                          "7 0x0001 internal 0x0002 0x0009 14 native\n"
                          "7 0x0001 internal 0x0009 0x0001 15 native\n"
                          "7 0x0004 native 0x0001 0x00cc 19 native\n"
                          "7 block-7-reward mint (mint/burn) 0x00bb 5000000000000000000 native\n"
                          "7 block-7-reward mint (mint/burn) 0x00bc 4375000000000000000 native\n"
                          "8 block-8-tx-5 native 0x0001 0x0002 20 native\n"
                          "8 block-8-tx-5 internal 0x0002 0x0003 21 native\n");
}

/* The first block's endowments and the fork of 2016, and a trace address as a list. */
static void test_traces_json(void **state) {
    (void)state;
    import_text(
        "l", "ethereum",
        "{\"block_number\":0,\"transaction_hash\":null,\"from_address\":null,\"to_address\":\"" ADDRESS(
            "0001") "\",\"value\":200,\"trace_type\":\"genesis\",\"trace_address\":[]}\n"
                    "{\"block_number\":9,\"transaction_hash\":\"" HASH("0001") "\",\"from_address\":\"" ADDRESS(
                        "0001") "\",\"to_address\":\"" ADDRESS("0002") "\",\"value\":30,\"trace_type\":\"call\",\"call_"
                                                                       "type\":\"call\",\"trace_address\":[0,2],"
                                                                       "\"error\":null,\"status\":1}\n"
                                                                       "{\"block_number\":1920000,\"from_address\":"
                                                                       "\"" ADDRESS("0002") "\",\"to_address\":"
                                                                                            "\"" ADDRESS("0003") "\",\"value\":"
                                                                                                                 "4,\"trace_"
                                                                                                                 "type\":"
                                                                                                                 "\"daofork\","
                                                                                                                 "\"trace_"
                                                                                                                 "address\":[]}"
                                                                                                                 "\n",
        options());
    assert_movements("l", "0 block-0-genesis mint (mint/burn) 0x0001 200 native\n"
                          "9 0x0001 internal 0x0001 0x0002 30 native\n"
                          "1920000 block-1920000-daofork internal 0x0002 0x0003 4 native\n");
}

/* A transaction's own value stands in both exports and is one movement. */
static void test_value_in_two_exports(void **state) {
    (void)state;
    struct error err = {0};
    const char *paths[2] = {
        put("transactions", "hash,block_number,transaction_index,from_address,to_address,value,nonce\n" HASH(
                                "0001") ",7,3," ADDRESS("0001") "," ADDRESS("0002") ",100,1\n"),
        put("traces", TRACES TRACE("0001", ADDRESS("0001"), ADDRESS("0002"), "100", "call", "call", "", "", "")
                          TRACE("0001", ADDRESS("0002"), ADDRESS("0003"), "100", "call", "call", "0", "", "")),
    };
    assert_good(directory_remove(in_directory("l"), &err), &err);
    assert_good(import_with("l", "ethereum", paths, 2, options(), NULL, &err), &err);
    assert_movements("l", "7 0x0001 native 0x0001 0x0002 100 native\n"
                          "7 0x0001 internal 0x0002 0x0003 100 native\n");
}

#define LOGS "log_index,transaction_hash,transaction_index,block_hash,block_number,address,data,topics\n"
#define LOG(n, address, data, topics)                                                                                          \
    n "," HASH("0001") ",0,,"                                                                                                  \
                       "9," address "," data ",\"" topics "\"\n"
#define T_TRANSFER   "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
#define T_SINGLE     "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62"
#define T_BATCH      "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb"
#define T_DEPOSIT    "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c"
#define T_WITHDRAWAL "0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65"
#define WORD(four)   H56 "0000" four
#define TOPIC(four)  "0x000000000000000000000000" A36 four
#define NOBODY       "0x" H56 "00000000"
#define WETH         "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"

static void test_logs(void **state) {
    (void)state;
    struct ingest_file f = import_text(
        "l", "ethereum",
        LOGS LOG("0", ADDRESS("dddd"), "0x" WORD("0064"), T_TRANSFER "," TOPIC("0001") "," TOPIC("0002"))
            LOG("1", ADDRESS("dddd"), "0x" WORD("0005"), T_TRANSFER "," NOBODY "," TOPIC("0002"))
                LOG("2", ADDRESS("cccc"), "0x", T_TRANSFER "," TOPIC("0001") "," TOPIC("0002") ",0x" WORD("002a"))
                    LOG("3", ADDRESS("eeee"), "0x" WORD("0007") WORD("0009"),
                        T_SINGLE "," TOPIC("00ff") "," TOPIC("0001") "," TOPIC("0002"))
                        LOG("4", ADDRESS("eeee"),
                            "0x" WORD("0040") WORD("00a0") WORD("0002") WORD("0001") WORD("0002") WORD("0002") WORD("000a")
                                WORD("000b"),
                            T_BATCH "," TOPIC("00ff") "," TOPIC("0001") "," TOPIC("0002"))
                            LOG("5", WETH, "0x" WORD("0010"), T_DEPOSIT "," TOPIC("0001"))
                                LOG("6", WETH, "0x" WORD("0011"), T_WITHDRAWAL "," TOPIC("0001"))
                                    LOG("7", ADDRESS("eeee"), "0x" WORD("0010"), T_DEPOSIT "," TOPIC("0001")) /* no wrapper */
        LOG("8", ADDRESS("eeee"), "0x" WORD("0010"), "0x" WORD("0001")) /* another event */
        LOG("9", ADDRESS("eeee"), "0x" WORD("0010"), "")                /* an anonymous one */
        LOG("10", ADDRESS("dddd"), "0x" WORD("0000"), T_TRANSFER "," TOPIC("0001") "," TOPIC("0002"))
            LOG("11", ADDRESS("dddd"), "0x" WORD("0001") WORD("0001") WORD("0001"), T_TRANSFER) /* nothing indexed: unclear */
        LOG("12", ADDRESS("dddd"), "0x" WORD("0001"),
            T_TRANSFER ",0x"
                       "ff" H56 "000000"
                       "," TOPIC("0002")), /* no address */
        options());
    assert_string_equal(f.detection.format->name, "etl-logs");
    assert_int_equal(f.rows, 13);
    assert_int_equal(f.movements, 9);
    assert_int_equal(f.zero, 1);
    assert_int_equal(f.other, 5);
    assert_movements("l", "9 0x0001 token 0x0001 0x0002 100 0xdddd\n"
                          "9 0x0001 mint (mint/burn) 0x0002 5 0xdddd\n"
                          "9 0x0001 token 0x0001 0x0002 1 0xcccc#42\n"
                          "9 0x0001 token 0x0001 0x0002 9 0xeeee#7\n"
                          "9 0x0001 token 0x0001 0x0002 10 0xeeee#1\n"
                          "9 0x0001 token 0x0001 0x0002 11 0xeeee#2\n"
                          "9 0x0001 mint (mint/burn) 0x0001 16 0x6cc2\n"
                          "9 0x0001 burn 0x0001 (mint/burn) 17 0x6cc2\n"
                          "9 0x0001 token 0x0001 0x0002 0 0xdddd\n");
}

static void test_logs_json(void **state) {
    (void)state;
    import_text("l", "ethereum",
                "{\"log_index\":0,\"transaction_hash\":\"" HASH("0001") "\",\"block_number\":9,\"address\":\"" ADDRESS(
                    "dddd") "\",\"data\":\"0x" WORD("0064") "\",\"topics\":[\"" T_TRANSFER
                                                            "\",\"" TOPIC("0001") "\",\"" TOPIC(
                                                                "0002") "\"]}\n"
                                                                        "{\"log_index\":1,\"transaction_hash\":\"" HASH(
                                                                            "0001") "\",\"block_number\":9,\"address\":"
                                                                                    "\"" ADDRESS("dddd") "\",\"data\":\"0x\","
                                                                                                         "\"topics\":[]}\n",
                options());
    assert_movements("l", "9 0x0001 token 0x0001 0x0002 100 0xdddd\n");
}

/* A batch whose arrays lie behind the data, or differ in length. */
static void assert_bad_batch(const char *data, const char *says) {
    char text[4096];
    struct error err = {0};
    snprintf(text, sizeof text, "%s%s%s%s", LOGS "0," HASH("0001") ",0,,9," ADDRESS("eeee") ",0x", data,
             ",\"" T_BATCH "," TOPIC("00ff") "," TOPIC("0001") "," TOPIC("0002") "\"", "\n");
    const char *path = put("batch", text);
    assert_int_equal(import_with("bad", "ethereum", &path, 1, options(), NULL, &err), IMJIN_BAD_INPUT);
    assert_string_equal(err.column, "data");
    assert_int_equal(err.line, 2);
    if (strstr(err.text, says) == NULL)
        fail_msg("said: %s", err.text);
}

static void test_bad_batches(void **state) {
    (void)state;
    assert_bad_batch(WORD("0040") WORD("00a0") WORD("0002") WORD("0001") WORD("0002") WORD("0001") WORD("000a"),
                     "2 items and 1");
    assert_bad_batch(WORD("0040") WORD("00a0") WORD("0002") WORD("0001") WORD("0002"), "behind its end");
    assert_bad_batch(WORD("0040") WORD("0060") WORD("0009") WORD("0001"), "behind its end");
    assert_bad_batch(WORD("0041") WORD("0060") WORD("0001") WORD("0001"), "behind its end");
    assert_bad_batch("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" WORD("0060") WORD("0001"),
                     "behind its end");
    assert_bad_batch(WORD("0040") WORD("0060") "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" WORD("0001"),
                     "behind its end");
}

static void test_notes(void **state) {
    (void)state;
    struct error err = {0};
    const char *paths[3] = {
        put("blocks", "number,hash,parent_hash,miner,timestamp\n483920,0x1,0x0," ADDRESS("0001") ",1446561880\n"),
        put("transfers", TRANSFERS ADDRESS("dddd") "," ADDRESS("0001") "," ADDRESS("0002") ",5," HASH("0001") ",4,483920\n"),
        put("tokens", "address,symbol,name,decimals,total_supply,block_number\n" ADDRESS("dddd") ",DGD,Digix,9,100,1\n"),
    };
    struct ingest_result result;
    assert_good(directory_remove(in_directory("l"), &err), &err);
    assert_good(import_with("l", "ethereum", paths, 3, options(), &result, &err), &err);
    assert_int_equal(result.files[0].notes, 1);
    assert_int_equal(result.files[2].notes, 1);
    assert_string_equal(result.files[2].detection.format->name, "etl-tokens");
    ingest_result_done(&result);
    struct ledger *l = open_ledger("l");
    struct ledger_tx tx;
    struct ledger_asset asset;
    assert_int_equal(ledger_tx(l, (struct tx_id){0}, &tx, NULL), IMJIN_OK);
    assert_int_equal(tx.time, 1446561880);
    assert_int_equal(ledger_asset(l, (struct asset_id){1}, &asset, NULL), IMJIN_OK);
    assert_string_equal(asset.symbol, "DGD");
    assert_int_equal(asset.decimals, 9);
    ledger_close(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transactions),
        cmocka_unit_test(test_transactions_json),
        cmocka_unit_test(test_token_transfers),
        cmocka_unit_test(test_traces),
        cmocka_unit_test(test_traces_json),
        cmocka_unit_test(test_value_in_two_exports),
        cmocka_unit_test(test_logs),
        cmocka_unit_test(test_logs_json),
        cmocka_unit_test(test_bad_batches),
        cmocka_unit_test(test_notes),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
