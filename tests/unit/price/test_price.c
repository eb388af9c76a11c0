/* price: import, merging, look-up, values, damaged files. */
#include "../unit.h"

#include "price/format.h"

static char directory[] = "/tmp/imjin-price-XXXXXX";
static unsigned stores;

static int make_directory(void **state) {
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int drop_directory(void **state) {
    (void)state;
    return directory_remove(directory, NULL) == IMJIN_OK ? 0 : -1;
}

static const char *new_store(void) {
    static char path[PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/store%u", directory, stores++);
    return path;
}

static const char *write_input(const char *text, size_t bytes) {
    static char path[PATH_BYTES_MAX];
    assert_int_equal(path_join(path, NULL, directory, "prices.csv"), IMJIN_OK);
    assert_int_equal(file_replace(path, text, bytes, NULL), IMJIN_OK);
    return path;
}

static enum imjin_status import_bytes(const char *store, const char *text, size_t bytes, const char *chain,
                                      struct price_import_result *result, struct error *err) {
    const char *path = write_input(text, bytes);
    return price_import(store, &path, 1, chain, NULL, result, err);
}

static struct price_import_result import_text(const char *store, const char *text, const char *chain) {
    struct price_import_result result;
    struct error err = {0};
    if (import_bytes(store, text, strlen(text), chain, &result, &err) != IMJIN_OK)
        fail_msg("%s (%s)", err.text, err.value);
    return result;
}

static struct price_store *opened(const char *store) {
    struct price_store *s;
    struct error err = {0};
    if (price_open(&s, store, &err) != IMJIN_OK)
        fail_msg("%s", err.text);
    return s;
}

static struct chain chain_named(const char *name) {
    struct chain c;
    assert_int_equal(chain_find(&c, name, NULL), IMJIN_OK);
    return c;
}

static struct asset_key token(const struct chain *c, const char *contract) {
    struct asset_key key = {.form = ASSET_TOKEN};
    assert_int_equal(address_parse(&key.contract, c, span_of(contract), NULL), IMJIN_OK);
    return key;
}

static int64_t when(const char *text) {
    int64_t time;
    assert_int_equal(time_parse(&time, span_of(text), NULL), IMJIN_OK);
    return time;
}

static const struct asset_key native = {.form = ASSET_NATIVE};
#define USDC "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"

static void finds_the_last_price_before(void **state) {
    (void)state;
    const char *store = new_store();
    struct chain ethereum = chain_named("ethereum");
    struct price p;
    struct price_import_result r = import_text(store,
                                               "asset,time,usd,source\n"
                                               "ETH,2022-03-29,3400.25,exchange a\n"
                                               "ETH,2022-03-28,3300,exchange a\n" USDC ",2022-03-28,0.9999,exchange a\n",
                                               "ethereum");
    assert_int_equal(r.rows_read, 3);
    assert_int_equal(r.prices_added, 3);
    assert_int_equal(r.assets, 2);
    struct price_store *s = opened(store);
    assert_true(price_find(s, &ethereum, &native, when("2022-03-28 23:59:59"), &p));
    assert_true(p.usd == (u128)3300 * 1000000000000000000u);
    assert_int_equal(p.time, when("2022-03-28"));
    assert_true(span_is(p.source, "exchange a"));
    assert_true(price_find(s, &ethereum, &native, when("2022-03-29"), &p));
    assert_true(p.usd == (u128)340025 * 10000000000000000u);
    assert_false(price_find(s, &ethereum, &native, when("2022-03-27 23:59:59"), &p)); /* before the first */
    struct asset_key usdc = token(&ethereum, USDC);
    assert_true(price_find(s, &ethereum, &usdc, when("2022-03-28"), &p));
    assert_true(p.usd == (u128)9999 * 100000000000000u);
    struct asset_key other = token(&ethereum, "0xdac17f958d2ee523a2206206994597c13d831ec7"), item = usdc;
    item.form = ASSET_ITEM;
    assert_false(price_find(s, &ethereum, &other, when("2022-03-28"), &p));
    assert_false(price_find(s, &ethereum, &item, when("2022-03-28"), &p));
    assert_false(price_find(s, &ethereum, &native, TIME_UNKNOWN, &p));
    assert_false(price_find(NULL, &ethereum, &native, when("2022-03-28"), &p));
    price_close(s);
}

static void forgets_what_is_too_old(void **state) {
    (void)state;
    const char *store = new_store();
    struct chain ethereum = chain_named("ethereum");
    struct price p;
    import_text(store, "asset,time,usd\nnative,1000000000,1\n", "ethereum");
    struct price_store *s = opened(store);
    assert_true(price_find(s, &ethereum, &native, 1000000000 + PRICE_AGE_SECONDS_MAX, &p));
    assert_false(price_find(s, &ethereum, &native, 1000000000 + PRICE_AGE_SECONDS_MAX + 1, &p));
    price_close(s);
}

static void prefers_the_chains_own_price(void **state) {
    (void)state;
    const char *store = new_store();
    struct chain ethereum = chain_named("ethereum"), other = chain_named("bsc");
    struct price p;
    import_text(store, "asset,time,usd,chain\nETH,2022-01-01,1,\nETH,2022-01-01,2,ethereum\nGOLD,2022-01-01,5,\n", NULL);
    struct price_store *s = opened(store);
    assert_true(price_find(s, &ethereum, &native, when("2022-01-01"), &p));
    assert_true(p.usd == (u128)2 * 1000000000000000000u);
    assert_false(price_find(s, &other, &native, when("2022-01-01"), &p)); /* its coin is another */
    struct asset_key gold = {.form = ASSET_NAMED, .contract = {.form = ADDRESS_OPAQUE, .count = 4, .text = "GOLD"}};
    assert_true(price_find(s, &other, &gold, when("2022-01-01"), &p));
    assert_true(p.usd == (u128)5 * 1000000000000000000u);
    price_close(s);
}

static void chooses_between_sources_by_bytes(void **state) {
    (void)state;
    const char *store = new_store();
    struct chain ethereum = chain_named("ethereum");
    struct price p;
    import_text(store, "source,usd,time,asset\nb,2,2022-01-01,ETH\na,1,2022-01-01,ETH\n", "ethereum");
    struct price_store *s = opened(store);
    assert_true(price_find(s, &ethereum, &native, when("2022-01-02"), &p));
    assert_true(span_is(p.source, "a"));
    price_close(s);
}

static void order_of_imports_changes_no_byte(void **state) {
    (void)state;
    char first[PATH_BYTES_MAX], second[PATH_BYTES_MAX];
    const char *one = "asset,time,usd,source\nETH,2022-01-01,3700,x\nZ,2022-01-01,1,y\n";
    const char *two = "asset,time,usd,source\nA,2022-01-01,2,z\nETH,2022-01-02,3800,a\n";
    snprintf(first, sizeof first, "%s", new_store());
    snprintf(second, sizeof second, "%s", new_store());
    import_text(first, one, NULL);
    import_text(first, two, NULL);
    assert_int_equal(import_text(first, two, NULL).prices_added, 0);
    import_text(second, two, NULL);
    import_text(second, one, NULL);
    struct price_store *a = opened(first), *b = opened(second);
    assert_int_equal(price_count(a), 4);
    assert_memory_equal(price_identity(a), price_identity(b), sizeof(struct sha256));
    assert_true(span_is(price_at(a, 0).asset, "A"));
    price_close(a);
    price_close(b);
}

static void bad_files_change_nothing(void **state) {
    (void)state;
    static const struct {
        const char *text, *column, *says;
        uint64_t line;
    } cases[] = {
        {"", "", "no heading", 0},
        {"asset,usd\nETH,1\n", "", "\"time\" is missing", 1},
        {"asset,time,usd,colour\n", "", "is no column", 1},
        {"asset,time,usd,usd\n", "", "twice", 1},
        {"asset,time,usd\nETH,2022-01-01\n", "", "2 columns", 2},
        {"asset,time,usd\nETH,2022-01-01,-1\n", "usd", "negative", 2},
        {"asset,time,usd\nETH,2022-01-01,1\nETH,2022-13-01,1\n", "time", "", 3},
        {"asset,time,usd\nETH,2022-01-01,0.0000000000000000001\n", "usd", "", 2},
        {"asset,time,usd\nETH,2022-01-01,400000000000000000000\n", "usd", "above", 2},
        {"asset,time,usd\n,2022-01-01,1\n", "asset", "empty", 2},
        {"asset,time,usd\n0x12,2022-01-01,1\n", "asset", "neither", 2},
        {"asset,time,usd,chain\nETH,2022-01-01,1,No Such\n", "chain", "", 2},
        {"asset,time,usd\nETH,2022-01-01,1\nETH,2022-01-01,2\n", "", "two different prices", 0},
    };
    const char *store = new_store();
    import_text(store, "asset,time,usd\nETH,2021-01-01,730\n", NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct price_import_result result = {.rows_read = 77};
        struct error err = {0};
        assert_int_equal(import_bytes(store, cases[i].text, strlen(cases[i].text), NULL, &result, &err), IMJIN_BAD_INPUT);
        assert_int_equal(result.rows_read, 77);
        assert_int_equal(err.line, cases[i].line);
        assert_string_equal(err.column, cases[i].column);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("case %zu: %s", i, err.text);
        struct price_store *s = opened(store);
        assert_int_equal(price_count(s), 1);
        price_close(s);
    }
}

static void values_are_exact(void **state) {
    (void)state;
    struct price eth = {.usd = (u128)340025 * 10000000000000000u}; /* 3,400.25 */
    struct u256 units;
    u128 cents;
    char text[PRICE_PRINT_MAX];
    assert_true(u256_parse("173600000000000000000000", 24, &units)); /* 173,600 ETH */
    assert_true(price_value(&eth, units, 18, &cents));
    assert_true(cents == (u128)173600 * 340025);
    price_print_cents(cents, text);
    assert_string_equal(text, "590,283,400.00");
    assert_true(price_value(&eth, u256_from_u128(1), 18, &cents)); /* one wei rounds down */
    assert_true(cents == 0);
    price_print_cents(cents, text);
    assert_string_equal(text, "0.00");
    assert_true(price_value(&eth, u256_from_u128(2999999999999), 15, &cents)); /* 0.002999999999999 */
    assert_true(cents == 1020);
    assert_true(price_value(&eth, u256_from_u128(U128_MAX), 30, &cents));
    assert_false(price_value(&eth, u256_from_u128(U128_MAX), 0, &cents)); /* does not fit */
    assert_false(price_value(&eth, u256_from_u128(1), DECIMALS_UNKNOWN, &cents));
    assert_true(price_value(&eth, u256_from_u128(U128_MAX), DECIMALS_MAX, &cents));
    assert_true(cents == 0);
}

static void damaged_files_are_refused(void **state) {
    (void)state;
    const char *store = new_store();
    char path[PATH_BYTES_MAX], *bytes;
    uint64_t count;
    import_text(store, "asset,time,usd,source\nETH,2022-01-01,1,a\nETH,2022-01-02,1,b\nGOLD,2022-01-01,3,a\n", NULL);
    assert_int_equal(path_join(path, NULL, store, PRICE_FILE), IMJIN_OK);
    assert_int_equal(file_read(path, 1 << 20, &bytes, &count, NULL), IMJIN_OK);
    for (uint64_t i = 0; i <= count; i++) {
        struct price_store *s;
        struct error err = {0};
        if (i < count)
            bytes[i] ^= 1;
        assert_int_equal(file_replace(path, bytes, i < count ? count : count - 1, NULL), IMJIN_OK);
        assert_int_equal(price_open(&s, store, &err), IMJIN_BAD_INPUT);
        assert_true(err.text[0] && err.file[0]);
        if (i < count)
            bytes[i] ^= 1;
    }
    /* wrong inside with a right checksum: every order and reference is checked, too */
    for (uint64_t i = PRICE_CHECKED_FROM; i < count; i += 3) {
        struct price_store *s;
        uint64_t checksum;
        bytes[i] = (char)~bytes[i];
        checksum = hash_bytes(bytes + PRICE_CHECKED_FROM, count - PRICE_CHECKED_FROM, 0);
        memcpy(bytes + 8, &checksum, sizeof checksum);
        assert_int_equal(file_replace(path, bytes, count, NULL), IMJIN_OK);
        if (price_open(&s, store, NULL) == IMJIN_OK) {
            for (uint64_t k = 0; k < price_count(s); k++)
                assert_true(price_at(s, k).asset.count <= PRICE_ASSET_MAX);
            price_close(s);
        }
        bytes[i] = (char)~bytes[i];
    }
    memory_free(bytes);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    const char *text = "asset,time,usd,source\nETH,2022-01-01,1,a\nGOLD,2022-01-01,3,b\n";
    const char *store = new_store(), *path = write_input(text, strlen(text));
    for (uint64_t nth = 1;; nth++) {
        struct price_import_result result;
        struct error err = {0};
        memory_fail_at(nth, false);
        enum imjin_status status = price_import(store, &path, 1, NULL, NULL, &result, &err);
        memory_fail_at(0, false);
        if (status == IMJIN_OK)
            break;
        assert_int_equal(status, IMJIN_MACHINE);
        assert_true(err.text[0]);
        struct price_store *s = opened(store);
        assert_int_equal(price_count(s), 0);
        price_close(s);
    }
    struct price_store *s = opened(store);
    assert_int_equal(price_count(s), 2);
    price_close(s);
}

static void limits_hold(void **state) {
    (void)state;
    struct price_import_result result;
    struct error err = {0};
    struct text t = {0};
    const char *store = new_store();
    text_add_string(&t, "asset,time,usd\n");
    for (int i = 0; i <= PRICE_ASSET_MAX; i++)
        text_add_string(&t, "x");
    text_add_string(&t, ",2022-01-01,1\n");
    assert_int_equal(import_bytes(store, t.bytes, t.count, NULL, &result, &err), IMJIN_BAD_INPUT);
    text_clear(&t);
    text_add_string(&t, "asset,time,usd,source\nx,2022-01-01,1,");
    for (int i = 0; i <= PRICE_SOURCE_MAX; i++)
        text_add_string(&t, "s");
    text_add_string(&t, "\n");
    assert_int_equal(import_bytes(store, t.bytes, t.count, NULL, &result, &err), IMJIN_BAD_INPUT);
    assert_string_equal(err.column, "source");
    text_clear(&t);
    text_add_string(&t, "asset,time,usd,source\n");
    for (int i = 0; i <= PRICE_SOURCES_MAX; i++)
        text_add_format(&t, "x,2022-01-01,1,s%d\n", i);
    err = (struct error){0};
    assert_int_not_equal(import_bytes(store, t.bytes, t.count, NULL, &result, &err), IMJIN_OK);
    assert_non_null(strstr(err.text, "sources of prices"));
    text_done(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_last_price_before),
        cmocka_unit_test(forgets_what_is_too_old),
        cmocka_unit_test(prefers_the_chains_own_price),
        cmocka_unit_test(chooses_between_sources_by_bytes),
        cmocka_unit_test(order_of_imports_changes_no_byte),
        cmocka_unit_test(bad_files_change_nothing),
        cmocka_unit_test(values_are_exact),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, make_directory, drop_directory);
}
