/* What is refused: where, and in which words; what a failure leaves behind; what is skipped when asked to. */
#include "ingest_fixture.h"

#include <zlib.h>

#include "ingest/limits.h"

#define MOVEMENTS "time,block,tx,from,to,asset,amount\n"
#define GOOD_ROW  "1600000000,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5\n"
#define TRANSFERS "token_address,from_address,to_address,value,transaction_hash,log_index,block_number\n"

struct bad {
    const char *text;
    uint64_t line;
    const char *column; /* null: of the row, not of a field */
    const char *value;  /* null: none */
    const char *says;
};

static void assert_bad(const char *chain, const struct bad *b) {
    struct error err = {0};
    const char *path = put("bad.csv", b->text);
    enum imjin_status status = import_with("bad", chain, &path, 1, options(), NULL, &err);
    if (status != IMJIN_BAD_INPUT || strstr(err.text, b->says) == NULL || err.line != b->line ||
        strcmp(err.column, b->column ? b->column : "") != 0 || (b->value && strcmp(err.value, b->value) != 0))
        fail_msg("%s\nstatus %d line %d column %s value %s: %s", b->text, status, (int)err.line, err.column, err.value,
                 err.text);
    assert_string_equal(err.file, path);
    assert_false(file_exists(in_directory("bad/manifest")));
}

static void test_bad_rows(void **state) {
    (void)state;
    static const struct bad cases[] = {
        /* addresses */
        {MOVEMENTS "1,7," HASH("0001") ",0x098b716b8aaf21512996dc57eb0615e2383e2f9," ADDRESS("0002") ",,5\n", 2, "from",
         "0x098b716b8aaf21512996dc57eb0615e2383e2f9", "39 hex digits"},
        {MOVEMENTS GOOD_ROW "1,7," HASH("0001") "," ADDRESS("0001") ",0x098b716b8aaf21512996dc57eb0615e2383e2f961,,5\n", 3,
         "to", "0x098b716b8aaf21512996dc57eb0615e2383e2f961", "41 hex digits"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") ",0x098B716B8Aaf21512996dC57EB0615e2383E2f97,,5\n", 2, "to",
         "0x098B716B8Aaf21512996dC57EB0615e2383E2f97", "EIP-55"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") ",0x098g716b8aaf21512996dc57eb0615e2383e2f96,,5\n", 2, "to", NULL,
         "not an Ethereum address"},
        {MOVEMENTS "1,7," HASH("0001") ",bob," ADDRESS("0002") ",,5\n", 2, "from", "bob", "not an Ethereum address"},
        /* amounts */
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,-5\n", 2, "amount", "-5", "negative"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,0x5\n", 2, "amount", "0x5", "hexadecimal"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5e18\n", 2, "amount", "5e18", "scientific"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,1.5\n", 2, "amount", "1.5", "fraction"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,\n", 2, "amount", "", "empty"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS(
             "0002") ",,115792089237316195423570985008687907853269984665640564039457584007913129639936\n",
         2, "amount", NULL, "256 bits"},
        /* hashes, blocks, times, assets, kinds */
        {MOVEMENTS "1,7,0x1234," ADDRESS("0001") "," ADDRESS("0002") ",,5\n", 2, "tx", "0x1234", "4 hex digits, not 64"},
        {MOVEMENTS "1,7,0xg" H56 "0000001," ADDRESS("0001") "," ADDRESS("0002") ",,5\n", 2, "tx", NULL, "no hex digit"},
        {MOVEMENTS "1,-7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5\n", 2, "block", "-7", "decimal digits"},
        {MOVEMENTS "1,4294967295," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5\n", 2, "block", "4294967295",
         "too large"},
        {MOVEMENTS "yesterday,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5\n", 2, "time", "yesterday", "time"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",two words,5\n", 2, "asset", "two words",
         "not an asset"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",0x1234,5\n", 2, "asset", "0x1234",
         "4 hex digits"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") "," ADDRESS("dddd") "#x,5\n", 2, "asset", NULL,
         "not an item"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") "," ZERO_ADDRESS ",5\n", 2, "asset",
         ZERO_ADDRESS, "not a token contract"},
        {MOVEMENTS GOOD_ROW "1600000000,," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5\n", 3, "block", "",
         "every row a block, or none"},
        {MOVEMENTS ",," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5\n", 2, "time", "", "without a block number"},
        {MOVEMENTS "2015-07-29,," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5\n", 2, "time", "2015-07-29",
         "since 2015-07-30"},
        {"time,block,tx,from,to,asset,amount,kind\n1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5,gift\n", 2,
         "kind", "gift", "not a kind"},
        {"time,block,tx,from,to,asset,amount,kind\n1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5,mint\n", 2,
         "kind", "mint", "not empty"},
        {"time,block,tx,from,to,asset,amount,kind\n1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5,burn\n", 2,
         "kind", "burn", "not empty"},
        {"time,block,tx,from,to,asset,amount,kind\n1,7," HASH("0001") ",," ADDRESS("0002") ",,5,fee\n", 2, "kind", "fee",
         "nobody pays"},
        {"time,block,tx,from,to,asset,amount,tx_index\n1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS(
             "0002") ",,5,268435457\n",
         2, "tx_index", "268435457", "limit is 268435456"},
        /* shape */
        {MOVEMENTS GOOD_ROW "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",5\n", 3, NULL, NULL,
         "6 columns under a header of 7"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5,6\n", 2, NULL, NULL,
         "8 columns under a header of 7"},
        {MOVEMENTS "1,7,\"" HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5\n" GOOD_ROW, 2, NULL, NULL,
         "never closed"},
        {MOVEMENTS "1,7,x\"y\"," ADDRESS("0001") "," ADDRESS("0002") ",,5\n", 2, NULL, NULL, "quote"},
        {MOVEMENTS "1,7," HASH("0001") "," ADDRESS("0001") "," ADDRESS("0002") ",,5\r1,8\r", 2, NULL, NULL, "carriage return"},
        {"time,block,tx,from,to,asset,amount,from\n" GOOD_ROW, 1, NULL, "from", "a column twice"},
        /* files of no format */
        {"", 0, NULL, NULL, "is empty"},
        {"\n\n", 0, NULL, NULL, "is empty"},
        {"time,block,tx,from,to,asset\n", 1, NULL, NULL, "nearest is movements: missing amount"},
        {"token_address,from_address,to_address,value,transaction_hash\n", 1, NULL, NULL,
         "nearest is etl-token-transfers: missing log_index, block_number"},
        {"name,colour\nx,y\n", 1, NULL, "name", "no known set of columns"},
        {"[{\"hash\":1}]\n", 1, NULL, NULL, "one JSON array"},
        {"{\"a\":1}\n", 1, NULL, "a", "no known set of columns"},
        {"\xff\xfe"
         "a\1,\1",
         1, NULL, NULL, "UTF-16"},
        /* other formats' own */
        {TRANSFERS ZERO_ADDRESS "," ADDRESS("0001") "," ADDRESS("0002") ",5," HASH("0001") ",4,9\n", 2, "token_address",
         ZERO_ADDRESS, "not a token contract"},
        {TRANSFERS ADDRESS("dddd") "," ADDRESS("0001") "," ADDRESS("0002") ",1e18," HASH("0001") ",4,9\n", 2, "value", "1e18",
         "scientific"},
        {TRANSFERS ADDRESS("dddd") "," ADDRESS("0001") "," ADDRESS("0002") ",1," HASH("0001") ",,9\n", 2, "log_index", "",
         "is empty"},
        {TRANSFERS ADDRESS("dddd") "," ADDRESS("0001") "," ADDRESS("0002") ",1,,4,9\n", 2, "transaction_hash", "",
         "0 hex digits"},
        {"kind\tpool_eth\tblock\tutc_ts\ttx_hash\tleaf_index\tto\tfee_wei\nD\t5\t1\t1\t" H56 "00000001\t0\t\t\n", 2, "pool_eth",
         "5", "not one of the ETH pools"},
        {"kind\tpool_eth\tblock\tutc_ts\ttx_hash\tleaf_index\tto\tfee_wei\nX\t1\t1\t1\t" H56 "00000001\t0\t\t\n", 2, "kind",
         "X", "neither D"},
        {"kind\tpool_eth\tblock\tutc_ts\ttx_hash\tleaf_index\tto\tfee_wei\nW\t1\t1\t\t" H56
         "00000001\t\t" ADDRESS("0001") "\t1000000000000000001\n",
         2, "fee_wei", NULL, "more than the note"},
        {"kind\tpool_eth\tblock\tutc_ts\ttx_hash\tleaf_index\tto\tfee_wei\nW\t1\t1\t\t" H56 "00000001\t\t\t0\n", 2, "to", "",
         "empty in a withdrawal"},
        {"block_time,from,to,total_eth\n2022-03-29,\\x03cf,\\x098b716b8aaf21512996dc57eb0615e2383e2f96,1.0\n", 2, "from",
         "\\x03cf", "\\x and 40 hex digits"},
        {"block_time,from,to,total_eth\n2022-03-29,\\x03cf40b900971561ac6bd997ef1fe939dcbc95e2,"
         "\\x098b716b8aaf21512996dc57eb0615e2383e2f96,1e-19\n",
         2, "total_eth", "1e-19", "not a whole number of units"},
        {"tx_type,hash,blockNumber,timeStamp,from,to,value\nother," HASH("0001") ",1,1," ADDRESS("0001") "," ADDRESS(
             "0002") ",1\n",
         2, "tx_type", "other", "is not normal"},
        {"hash,blockNumber,timeStamp,from,to,tokenSymbol,value\n" HASH("0001") ",1,1," ADDRESS("0001") "," ADDRESS(
             "0002") ",X,1\n",
         1, NULL, NULL, "need the column contractAddress"},
        {"hash,blockNumber,timeStamp,from,to,gasPrice\n" HASH("0001") ",1,1," ADDRESS("0001") "," ADDRESS("0002") ",1\n", 1,
         NULL, NULL, "need the column value"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_bad("ethereum", &cases[i]);
}

static void test_bad_json(void **state) {
    (void)state;
#define BLOCK_ROW "{\"number\":7,\"timestamp\":1,\"miner\":\"\"}\n"
    static const struct bad cases[] = {
        {BLOCK_ROW "{\"number\":7,\"timestamp\":1}\n", 2, NULL, NULL, "without the member \"miner\""},
        {BLOCK_ROW "{\"number\":7,\"timestamp\":1,\"miner\":\"\",\"number\":8}\n", 2, NULL, NULL, "twice"},
        {BLOCK_ROW "{\"number\":7,\"timestamp\":{},\"miner\":\"\"}\n", 2, NULL, NULL, "an object stands"},
        {BLOCK_ROW "{\"number\":[[]],\"timestamp\":1,\"miner\":\"\"}\n", 2, NULL, NULL, "only texts and numbers"},
        {BLOCK_ROW "[]\n", 2, NULL, NULL, "one object a line"},
        {BLOCK_ROW "{\"number\":7,\"timestamp\":1,\"miner\":\"\"} x\n", 2, NULL, NULL, ""},
        {BLOCK_ROW "{\"number\":7,\n", 2, NULL, NULL, ""},
        {BLOCK_ROW "{\"number\":7.5,\"timestamp\":1,\"miner\":\"\"}\n", 2, "number", "7.5", "decimal digits"},
        {BLOCK_ROW "{\"number\":1e3,\"timestamp\":1,\"miner\":\"\"}\n", 2, "number", "1e3", "decimal digits"},
        {BLOCK_ROW "{\"number\":7,\"timestamp\":null,\"miner\":\"\"}\n", 2, "timestamp", "", "is empty"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        const char *path = put("bad.json", cases[i].text);
        enum imjin_status status = import_with("bad", "ethereum", &path, 1, options(), NULL, &err);
        if (status != IMJIN_BAD_INPUT || strstr(err.text, cases[i].says) == NULL || err.line != cases[i].line)
            fail_msg("%s status %d line %d: %s", cases[i].text, status, (int)err.line, err.text);
    }
}

/* NUL bytes and a field of 10 MB. */
static void test_bad_bytes(void **state) {
    (void)state;
    enum { FIELD = 10000000 };
    struct error err = {0};
    static const char with_nul[] = MOVEMENTS "1600000000,7," HASH("0001") ",\0," ADDRESS("0002") ",,5\n";
    const char *path = put_bytes("nul", with_nul, sizeof with_nul - 1);
    assert_int_equal(import_with("bad", "ethereum", &path, 1, options(), NULL, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "NUL"));
    assert_int_equal(err.line, 2);
    struct text t = {0};
    char *field = malloc(FIELD);
    assert_non_null(field);
    memset(field, 'x', FIELD);
    text_add_string(&t, MOVEMENTS GOOD_ROW "1,7,");
    text_add(&t, field, FIELD);
    text_add_string(&t, "," ADDRESS("0001") "," ADDRESS("0002") ",,5\n" GOOD_ROW);
    free(field);
    path = put_bytes("wide", t.bytes, t.count);
    assert_int_equal(import_with("bad", "ethereum", &path, 1, options(), NULL, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "a field of 10000000 bytes; the limit is 1048576"));
    assert_int_equal(err.line, 3);
    text_done(&t);
}

/* A packed file cut anywhere: an error, and nothing in the ledger. */
static void test_truncated_gzip(void **state) {
    (void)state;
    struct error err = {0};
    char *bytes;
    uint64_t count;
    gzFile f = gzopen(in_directory("whole.gz"), "wb");
    assert_non_null(f);
    gzputs(f, MOVEMENTS);
    for (int i = 0; i < 50; i++)
        gzputs(f, GOOD_ROW);
    assert_int_equal(gzclose(f), Z_OK);
    const char *path = in_directory("whole.gz");
    assert_good(directory_remove(in_directory("l"), &err), &err);
    assert_good(import_with("l", "ethereum", &path, 1, options(), NULL, &err), &err);
    assert_int_equal(file_read(path, 1 << 20, &bytes, &count, &err), IMJIN_OK);
    for (unsigned threads = 1; threads <= 2; threads++)
        for (uint64_t cut = 18; cut < count; cut += 7) {
            struct ingest_options o = options();
            o.threads = threads;
            path = put_bytes("cut.gz", bytes, cut);
            assert_int_equal(import_with("bad", "ethereum", &path, 1, o, NULL, &err), IMJIN_BAD_INPUT);
            assert_non_null(strstr(err.text, "ends too early"));
            assert_string_equal(err.file, path);
        }
    assert_false(file_exists(in_directory("bad/manifest")));
    memory_free(bytes);
}

static void test_failed_leaves_ledger(void **state) {
    (void)state;
    struct error err = {0};
    import_text("l", "ethereum", MOVEMENTS GOOD_ROW, options());
    struct sha256 before = identity_of("l");
    const char *paths[2] = {put("good", MOVEMENTS "1,8," HASH("0002") "," ADDRESS("0001") "," ADDRESS("0002") ",,5\n"),
                            put("bad-file", MOVEMENTS "1,8," HASH("0003") "," ADDRESS("0001") "," ADDRESS("0002") ",,x\n")};
    assert_int_equal(import_with("l", "ethereum", paths, 2, options(), NULL, &err), IMJIN_BAD_INPUT);
    struct sha256 after = identity_of("l");
    assert_memory_equal(&before, &after, sizeof before);
}

/* ---- skipping ---- */

static void test_skip(void **state) {
    (void)state;
    struct ingest_options o = options();
    struct text t = {0};
    o.on_error = INGEST_SKIP;
    text_add_string(&t, MOVEMENTS GOOD_ROW "1,7," HASH("0002") "," ADDRESS("0001") "," ADDRESS("0002") ",,x\n");
    text_add_string(&t, "1,7,x\"," ADDRESS("0001") "\",\n");
    for (int i = 0; i < 30; i++)
        text_add_string(&t, "too,short\n");
    text_add_string(&t, "1600000000,7," HASH("0004") "," ADDRESS("0001") "," ADDRESS("0002") ",,6\n");
    struct ingest_file f = import_text("l", "ethereum", t.bytes, o);
    text_done(&t);
    assert_int_equal(f.rows, 34);
    assert_int_equal(f.movements, 2);
    assert_int_equal(f.bad, 32);
    assert_int_equal(f.errors_kept, INGEST_ERRORS_KEPT_MAX);
    assert_int_equal(f.errors[0].line, 3);
    assert_string_equal(f.errors[0].column, "amount");
    assert_int_equal(f.errors[1].line, 4);
    assert_int_equal(f.errors[2].line, 5);
    assert_movements("l", "7 0x0001 native 0x0001 0x0002 5 native\n"
                          "7 0x0004 native 0x0001 0x0002 6 native\n");
}

/* A fault of the file stops even then. */
static void test_skip_has_limits(void **state) {
    (void)state;
    struct ingest_options o = options();
    struct error err = {0};
    o.on_error = INGEST_SKIP;
    const char *path = put("open", MOVEMENTS GOOD_ROW "1,7,\"" HASH("0002") "\n" GOOD_ROW);
    assert_int_equal(import_with("bad", "ethereum", &path, 1, o, NULL, &err), IMJIN_BAD_INPUT);
    assert_int_equal(err.line, 3);
}

/* A row that fails at its second movement leaves not even the first. */
static void test_skip_whole_rows(void **state) {
    (void)state;
    struct ingest_options o = options();
    o.on_error = INGEST_SKIP;
    struct ingest_file f = import_text(
        "l", "ethereum",
        "hash,block_number,from_address,to_address,value,receipt_gas_used,gas_price\n" HASH("0001") ",7," ADDRESS("0001") "," ADDRESS(
            "0002") ",5,21000,99999999999999999999\n" HASH("0002") ",7," ADDRESS("0001") "," ADDRESS("0002") ",5,21000,1\n",
        o);
    assert_int_equal(f.bad, 1);
    assert_string_equal(f.errors[0].column, "gas_price");
    assert_movements("l", "7 0x0002 fee 0x0001 (fees) 21000 native\n"
                          "7 0x0002 native 0x0001 0x0002 5 native\n");
}

/* ---- limits of this room ---- */

static void assert_long(const char *before, char c, uint64_t count, const char *after, const char *chain, const char *says) {
    struct text t = {0};
    struct error err = {0};
    text_add_string(&t, before);
    for (uint64_t i = 0; i < count; i++)
        text_add(&t, &c, 1);
    text_add_string(&t, after);
    const char *path = put_bytes("long", t.bytes, t.count);
    enum imjin_status status = import_with("long-ledger", chain, &path, 1, options(), NULL, &err);
    if (says == NULL)
        assert_good(status, &err);
    else if (status != IMJIN_BAD_INPUT || strstr(err.text, says) == NULL)
        fail_msg("status %d: %s", status, err.text);
    text_done(&t);
    assert_good(directory_remove(in_directory("long-ledger"), &err), &err);
}

static void test_limits(void **state) {
    (void)state;
    assert_long(MOVEMENTS "1,7,", 'x', INGEST_TX_TEXT_MAX, ",a,b,,5\n", "planted", NULL);
    assert_long(MOVEMENTS "1,7,", 'x', INGEST_TX_TEXT_MAX + 1, ",a,b,,5\n", "planted", "more than 128");
    assert_long("hacker_address,tx_type,hash,blockNumber,timeStamp,from,to,value\n", 'x', INGEST_SECTION_MAX,
                ",normal," HASH("0001") ",1,1," ADDRESS("0001") "," ADDRESS("0002") ",1\n", "ethereum", NULL);
    assert_long("hacker_address,tx_type,hash,blockNumber,timeStamp,from,to,value\n", 'x', INGEST_SECTION_MAX + 1,
                ",normal," HASH("0001") ",1,1," ADDRESS("0001") "," ADDRESS("0002") ",1\n", "ethereum", "longer than 128");
#define TRACE_BEFORE                                                                                                           \
    "block_number,transaction_hash,from_address,to_address,value,trace_type,trace_address\n7," HASH("0001") "," ADDRESS(       \
        "0001") "," ADDRESS("0002") ",1,call,"
    assert_long(TRACE_BEFORE, '1', INGEST_CALL_PATH_MAX, "\n", "ethereum", NULL);
    assert_long(TRACE_BEFORE, '1', INGEST_CALL_PATH_MAX + 1, "\n", "ethereum", "too long");
    assert_long("time,", 'x', INGEST_HEADER_BYTES_MAX + 100, ",block\n", "ethereum", "the limit is 1048576");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_bad_json),
        cmocka_unit_test(test_bad_bytes),
        cmocka_unit_test(test_truncated_gzip),
        cmocka_unit_test(test_failed_leaves_ledger),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_skip_has_limits),
        cmocka_unit_test(test_skip_whole_rows),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
