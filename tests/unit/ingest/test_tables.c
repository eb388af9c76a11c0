/* Explorer exports, plain tables and pool events: hand-made rows and what they become. */
#include "ingest_fixture.h"

#define ALL                                                                                                                    \
    "incident_name,hacker_address,tx_type,hash,blockNumber,timeStamp,from,to,value,gas,gasPrice,gasUsed,methodId,"             \
    "functionName,contractAddress,tokenName,tokenSymbol,tokenDecimal,tokenID\n"

static void test_explorer_all(void **state) {
    (void)state;
    struct ingest_file f = import_text("l", "ethereum",
                                       ALL "case," ADDRESS("0001") ",normal," HASH("0001") ",20,1638369182," ADDRESS(
                                           "0001") "," ADDRESS("0002") ",100,9,5,4,0x,\"f(a, b)\",,,,,\n"
                                                                       "case," ADDRESS("0001") ",normal," HASH(
                                                                           "0002") ",21,1638369190," ADDRESS("0001") ",,0,9,5,"
                                                                                                                     "6,0x,,,,,"
                                                                                                                     ",\n"
                                                                                                                     "case"
                                                                                                                     "," ADDRESS("0001") ",internal," HASH("0002") ",21,1638369190," ADDRESS("0002") "," ADDRESS("0001") ",7,9,,0,,,,,,,\n"
                                                                                                                                                                                                                         "case," ADDRESS("0001") ",erc20," HASH("0002") ",21,1638369190," ADDRESS("0001") "," ADDRESS("0002") ",500,9,5,6,0x,," ADDRESS("dddd") ",Dai Stablecoin,DAI,18,\n"
                                                                                                                                                                                                                                                                                                                                                                "case," ADDRESS("0001") ",erc20," HASH("0002") ",21,"
                                                                                                                                                                                                                                                                                                                                                                                                               "1638369190," ADDRESS("0"
                                                                                                                                                                                                                                                                                                                                                                                                                                     "0"
                                                                                                                                                                                                                                                                                                                                                                                                                                     "0"
                                                                                                                                                                                                                                                                                                                                                                                                                                     "1") "," ADDRESS("0002") ",500,9,5,6,0x,," ADDRESS("dddd") ",Dai "
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "Stablecoin,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "DAI,18,\n" /* twice in one export: two transfers */
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "case"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                "," ADDRESS("0001") ",erc721," HASH(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "0003") ",22,1638369200," ADDRESS("0001") "," ADDRESS("0002") ",0,9,5,6,0x,," ADDRESS("eeee") ",Kitty,CK,0,5759\n"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                  "case," ADDRESS("0002") ",normal," HASH(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      "0001") ",20,1638369182," ADDRESS("0001") "," ADDRESS("0002") ",100,9,5,4,0x,,,,,,\n"
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    "case," ADDRESS(
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        "0002") ",erc20," HASH("0002") ",21,1638369190," ADDRESS("0001") "," ADDRESS("0002") ",500,9,5,6,0x,," ADDRESS("dddd") ",Dai Stablecoin,DAI,18,\n",
                                       options());
    assert_string_equal(f.detection.format->name, "explorer");
    assert_int_equal(f.rows, 8);
    assert_int_equal(f.movements, 10);
    assert_movements("l", "20 0x0001 fee 0x0001 (fees) 20 native\n"
                          "20 0x0001 native 0x0001 0x0002 100 native\n"
                          "21 0x0002 fee 0x0001 (fees) 30 native\n"
                          "21 0x0002 internal 0x0002 0x0001 7 native\n"
                          "21 0x0002 token 0x0001 0x0002 500 0xdddd\n"
                          "21 0x0002 token 0x0001 0x0002 500 0xdddd\n"
                          "22 0x0003 token 0x0001 0x0002 1 0xeeee#5759\n");
    struct ledger *l = open_ledger("l");
    struct ledger_asset asset;
    struct asset_key key = {.form = ASSET_TOKEN};
    struct asset_id id;
    struct chain chain;
    assert_int_equal(chain_find(&chain, "ethereum", NULL), IMJIN_OK);
    assert_int_equal(address_parse(&key.contract, &chain, span_of(ADDRESS("dddd")), NULL), IMJIN_OK);
    assert_int_equal(ledger_asset_find(l, &key, &id, NULL), IMJIN_OK);
    assert_int_equal(ledger_asset(l, id, &asset, NULL), IMJIN_OK);
    assert_string_equal(asset.symbol, "DAI");
    assert_int_equal(asset.decimals, 18);
    ledger_close(l);
}

/* The four layouts as the accounts interface gives them, one file each, without tx_type. */
static void test_explorer_four(void **state) {
    (void)state;
    struct error err = {0};
    struct ingest_result result;
    const char *paths[6] = {
        put("normal",
            "blockNumber,timeStamp,hash,nonce,blockHash,transactionIndex,from,to,value,gas,gasPrice,isError,txreceipt_status,"
            "input,"
            "contractAddress,cumulativeGasUsed,gasUsed,confirmations,methodId,functionName\n"
            "20,1638369182," HASH("0001") ",3,0x,5," ADDRESS("0001") "," ADDRESS(
                "0002") ",100,9,5,0,1,0x,,4,4,9,0x,\n"
                        "20,1638369182," HASH("0002") ",4,0x,6," ADDRESS("0001") "," ADDRESS(
                            "0002") ",100,9,5,1,0,0x,,4,4,9,0x,\n"
                                    "20,1638369182," HASH("0003") ",5,0x,7," ADDRESS("0001") ",,60,9,0,0,1,0x," ADDRESS(
                                        "00cc") ",4,4,9,0x,\n"
                                                "20,1638369182," HASH(
                                                    "0004") ",1,0x,8,0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0,,61,9,0,0,1,0x,"
                                                            ",4,4,9,0x,\n"),
        put("internal",
            "blockNumber,timeStamp,hash,from,to,value,contractAddress,input,type,gas,gasUsed,traceId,isError,errCode\n"
            "20,1638369182," HASH("0001") "," ADDRESS("0002") "," ADDRESS(
                "0003") ",40,,,call,1,1,0,0,\n"
                        "20,1638369182," HASH("0001") "," ADDRESS("0002") "," ADDRESS(
                            "0003") ",41,,,call,1,1,1,1,Reverted\n"
                                    "20,1638369182," HASH("0001") "," ADDRESS("0002") ",,42," ADDRESS(
                                        "00cd") ",,create,1,1,2,0,\n"),
        put("erc20",
            "blockNumber,timeStamp,hash,nonce,blockHash,from,contractAddress,to,value,tokenName,tokenSymbol,tokenDecimal,"
            "transactionIndex,gas,gasPrice,gasUsed,cumulativeGasUsed,input,confirmations\n"
            "20,1638369182," HASH("0001") ",3,0x," ADDRESS("0001") "," ADDRESS("dddd") "," ZERO_ADDRESS
                                                                                       ",7,Dai,DAI,18,5,1,1,1,1,x,1\n"),
        put("erc721",
            "blockNumber,timeStamp,hash,nonce,blockHash,from,contractAddress,to,tokenID,tokenName,tokenSymbol,tokenDecimal,"
            "transactionIndex,gas,gasPrice,gasUsed,cumulativeGasUsed,input,confirmations\n"
            "20,1638369182," HASH("0001") ",3,0x," ADDRESS("0001") "," ADDRESS("eeee") "," ADDRESS(
                "0002") ",42,Kitty,CK,0,5,1,1,1,1,x,1\n"),
        put("erc1155",
            "blockNumber,timeStamp,hash,from,contractAddress,to,tokenID,tokenValue,tokenName,tokenSymbol,transactionIndex\n"
            "20,1638369182," HASH("0001") "," ADDRESS("0001") "," ADDRESS("ffff") "," ADDRESS("0002") ",43,9,Thing,TH,5\n"),
        /* the same normal export without the columns that say what failed */
        put("short", "hash,blockNumber,timeStamp,from,to,value,gasPrice,gasUsed,nonce\n" HASH("0001") ",20,1638369182," ADDRESS(
                         "0001") "," ADDRESS("0002") ",100,5,4,3\n"),
    };
    assert_good(directory_remove(in_directory("l"), &err), &err);
    assert_good(import_with("l", "ethereum", paths, 6, options(), &result, &err), &err);
    for (unsigned i = 0; i < 6; i++)
        assert_string_equal(result.files[i].detection.format->name, "explorer");
    assert_int_equal(result.files[0].other, 0); /* the failed one still paid */
    assert_int_equal(result.files[1].other, 1);
    ingest_result_done(&result);
    assert_movements("l", "20 0x0001 fee 0x0001 (fees) 20 native\n"
                          "20 0x0001 native 0x0001 0x0002 100 native\n"
                          "20 0x0001 internal 0x0002 0x0003 40 native\n"
                          "20 0x0001 internal 0x0002 0x00cd 42 native\n"
                          "20 0x0001 token 0x0001 0x0002 1 0xeeee#42\n"
                          "20 0x0001 token 0x0001 0x0002 9 0xffff#43\n"
                          "20 0x0001 burn 0x0001 (mint/burn) 7 0xdddd\n"
                          "20 0x0002 fee 0x0001 (fees) 20 native\n"
                          "20 0x0003 native 0x0001 0x00cc 60 native\n"
                          /* CREATE with nonce 1, published: 0x343c43a37d37dff08ae8c4a11544c718abb4fcf8 */
                          "20 0x0004 native 0xdbf0 0xfcf8 61 native\n");
}

/* A contract made with money, by nobody knows what address. */
static void test_created_unknown(void **state) {
    (void)state;
    import_text("l", "ethereum",
                "hash,blockNumber,timeStamp,from,to,value\n" HASH("0001") ",20,1638369182," ADDRESS("0001") ",,6\n", options());
    assert_movements("l", "20 0x0001 native 0x0001 created:" HASH("0001") " 6 native\n");
}

/* ---- movements ---- */

#define MOVEMENTS "time,block,tx,from,to,asset,amount,kind\n"

static void test_movements(void **state) {
    (void)state;
    struct ingest_file f = import_text(
        "l", "ethereum",
        MOVEMENTS "1600000000,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS(
            "0002") ",,5,\n"
                    "2020-09-13T12:26:40Z,7," HASH("0001") "," ADDRESS("0002") "," ADDRESS(
                        "0003") ",ETH,6,internal\n"
                                "1600000000,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0003") "," ADDRESS(
                                    "dddd") ",7,\n"
                                            "1600000000,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0003") "," ADDRESS(
                                                "dddd") "#9,1,\n"
                                                        "1600000000,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS(
                                                            "0003") ",USD,8,\n"
                                                                    "1600000000,7," HASH("0001") "," ADDRESS(
                                                                        "0001") ",,,2,fee\n"
                                                                                "1600000000,7," HASH("0001") ",," ADDRESS(
                                                                                    "000"
                                                                                    "3") "," ADDRESS("dddd") ",3,mint\n"
                                                                                                             "1600000000,"
                                                                                                             "7," HASH("0001") "," ADDRESS(
                                                                                                                 "0003") "," ZERO_ADDRESS
                                                                                                                         "," ADDRESS(
                                                                                                                             "d"
                                                                                                                             "d"
                                                                                                                             "d"
                                                                                                                             "d") ",4,\n"
                                                                                                                                  ",8,"
                                                                                                                                  "," ADDRESS(
                                                                                                                                      "0001") ",0x098B716B8Aaf21512996dC57EB0615e2383E2f96,,10,\n"
                                                                                                                                              ",8,," ADDRESS(
                                                                                                                                                  "0001") ",0x098B716B8Aaf21512996dC57EB0615e2383E2f96,,0,\n",
        options());
    assert_string_equal(f.detection.format->name, "movements");
    assert_int_equal(f.movements, 9);
    assert_int_equal(f.zero, 1);
    assert_movements("l", "7 0x0001 fee 0x0001 (fees) 2 native\n"
                          "7 0x0001 native 0x0001 0x0002 5 native\n"
                          "7 0x0001 internal 0x0002 0x0003 6 native\n"
                          "7 0x0001 token 0x0001 0x0003 7 0xdddd\n"
                          "7 0x0001 token 0x0001 0x0003 1 0xdddd#9\n"
                          "7 0x0001 token 0x0001 0x0003 8 USD\n"
                          "7 0x0001 mint (mint/burn) 0x0003 3 0xdddd\n"
                          "7 0x0001 burn 0x0003 (mint/burn) 4 0xdddd\n"
                          "8 - native 0x0001 0x2f96 10 native\n");
}

/* A chain of one's own: opaque accounts, ids that are no hashes, tabs, no blocks. */
static void test_movements_generic(void **state) {
    (void)state;
    struct ingest_options o = options();
    o.decimals = 2;
    o.asset = "EUR";
    import_text("l", "planted",
                "time\tblock\ttx\tfrom\tto\tasset\tamount\n"
                "2015-07-30 00:00:10\t\tpayment-2\tbob\tcarol\tUSD\t1.5\n"
                "2015-07-30 00:00:05\t\tpayment-1\talice\tbob\t\t12.34\n"
                "2015-07-30 00:00:11\t\tpayment-3\tcarol\tbob\tnative\t1\n",
                o);
    assert_movements("l", "5 payment-1 token alice bob 1234 EUR\n"
                          "10 payment-2 token bob carol 150 USD\n"
                          "11 payment-3 native carol bob 100 native\n");
}

/* ---- others ---- */

static void test_dune(void **state) {
    (void)state;
    struct ingest_file f = import_text("l", "ethereum",
                                       "block_time,from,to,total_eth\n"
                                       "2022-03-29T21:41:18+00:00,\\x03cf40b900971561ac6bd997ef1fe939dcbc95e2,"
                                       "\\x098b716b8aaf21512996dc57eb0615e2383e2f96,0.0\n"
                                       "2022-03-31T17:43:49+00:00,\\x6ae41009c2bfec2601c37a887672959bb77e4aa6,"
                                       "\\x098b716b8aaf21512996dc57eb0615e2383e2f96,1e-05\n"
                                       "2022-03-23T13:31:35+00:00,\\x098b716b8aaf21512996dc57eb0615e2383e2f96,"
                                       "\\x098b716b8aaf21512996dc57eb0615e2383e2f96,0.002120804918497651\n",
                                       options());
    assert_string_equal(f.detection.format->name, "dune-transfers");
    assert_non_null(strstr(f.detection.reason, "ordered by time"));
    assert_int_equal(f.zero, 1);
    /* 2022-03-23 13:31:35 is 1648042295; less 1438214400 */
    assert_movements("l", "209827895 - native 0x2f96 0x2f96 2120804918497651 native\n"
                          "210534229 - native 0x4aa6 0x2f96 10000000000000 native\n");
}

static void test_tornado(void **state) {
    (void)state;
    struct ingest_file f = import_text(
        "l", "ethereum",
        "kind\tpool_eth\tblock\tutc_ts\ttx_hash\tleaf_index\tto\tfee_wei\n"
        "D\t0.1\t30\t1576524070\t" H56 "00000001\t0\t\t\n"
        "D\t0.1\t30\t1576524070\t" H56 "00000001\t1\t\t\n"
        "W\t100\t31\t\t" H56 "00000002\t\t" ADDRESS("0001") "\t1000\n"
                                                            "W\t1\t32\t\t" H56
                                                            "00000003\t\t" ADDRESS("0002") "\t0\n"
                                                                                           "W\t10\t33\t\t" H56
                                                                                           "00000004\t\t" ZERO_ADDRESS "\t0\n",
        options());
    assert_string_equal(f.detection.format->name, "tornado-events");
    assert_string_equal(f.detection.syntax, "tab-separated");
    assert_movements("l",
                     "30 0x0001 internal depositor:" HASH(
                         "0001") " 0xb8fc 100000000000000000 native\n"
                                 "30 0x0001 internal depositor:" HASH(
                                     "0001") " 0xb8fc 100000000000000000 native\n"
                                             "31 0x0002 internal 0xf291 0x0001 99999999999999999000 native\n"
                                             "31 0x0002 internal 0xf291 relayer:" HASH(
                                                 "0002") " 1000 native\n"
                                                         "32 0x0003 internal 0x2936 0x0002 1000000000000000000 native\n"
                                                         "33 0x0004 burn 0x9dbf (mint/burn) 10000000000000000000 native\n");
    /* the pools' addresses against their checksummed spelling */
    static const char *const pools[][2] = {{"0.1", "0x12D66f87A04A9E220743712cE6d9bB1B5616B8Fc"},
                                           {"1", "0x47CE0C6eD5B0Ce3d3A51fdb1C52DC66a7c3c2936"},
                                           {"10", "0x910Cbd523D972eb0a6f4cAe4618aD62622b39DbF"},
                                           {"100", "0xA160cdAB225685dA1d56aa342Ad8841c3b53f291"}};
    for (unsigned i = 0; i < 4; i++) {
        char text[43];
        const struct ingest_pool *pool = ingest_pool_find(span_of(pools[i][0]));
        assert_non_null(pool);
        address_checksum_print(pool->address, text);
        assert_string_equal(text, pools[i][1]);
    }
    assert_null(ingest_pool_find(span_of("1000")));
}

static void test_token_sheet(void **state) {
    (void)state;
    static const char text[] =
        "block_number,transaction_index,from_address,to_address,time_stamp,contract_address,value\n"
        "14669683,7," ADDRESS("0001") "," ADDRESS("0002") ",1651105815," ADDRESS(
            "dddd") ",18.67\n"
                    "14669683,45," ADDRESS("0002") "," ADDRESS("0003") ",1651105815," ADDRESS("dddd") ",10000.0\n";
    struct error err = {0};
    struct ingest_options o = options();
    const char *path = put("sheet", text);
    assert_int_equal(import_with("bad", "ethereum", &path, 1, o, NULL, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "--decimals"));
    assert_int_equal(err.line, 2);
    o.decimals = 6;
    struct ingest_file f = import_text("l", "ethereum", text, o);
    assert_string_equal(f.detection.format->name, "token-sheet");
    assert_movements("l", "14669683 block-14669683-tx-7 token 0x0001 0x0002 18670000 0xdddd\n"
                          "14669683 block-14669683-tx-45 token 0x0002 0x0003 10000000000 0xdddd\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explorer_all), cmocka_unit_test(test_explorer_four),     cmocka_unit_test(test_created_unknown),
        cmocka_unit_test(test_movements),    cmocka_unit_test(test_movements_generic), cmocka_unit_test(test_dune),
        cmocka_unit_test(test_tornado),      cmocka_unit_test(test_token_sheet),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
