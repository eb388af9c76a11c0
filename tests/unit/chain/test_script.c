/* chain/outputs: scripts and addresses. Facts: Bitcoin's first block, BIP 173, BIP 350, the CashAddr specification. */
#include "../unit.h"

#include "chain/chain.h"

#define KEY                                                                                                                    \
    "04678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c70" \
    "2b6bf11d5f"
#define SHORT_KEY "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

static struct span unhex(const char *hex) {
    static char bytes[4096];
    uint64_t count = strlen(hex) / 2;
    for (uint64_t i = 0; i < count; i++) {
        unsigned value;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
        bytes[i] = (char)value;
    }
    return (struct span){bytes, count};
}

static const struct output_chain *chain_of(const char *name) {
    const struct output_chain *c = output_chain_find(name);
    assert_non_null(c);
    return c;
}

static struct script lock(const char *chain, const char *hex) {
    struct script s;
    assert_int_equal(script_of(&s, chain_of(chain), unhex(hex), NULL), IMJIN_OK);
    return s;
}

static struct script parsed(const char *chain, const char *text) {
    struct script s;
    struct error err = {0};
    if (script_parse(&s, chain_of(chain), span_of(text), &err) != IMJIN_OK)
        fail_msg("%s: %s", text, err.text);
    return s;
}

static void assert_same(const struct script *a, const struct script *b) {
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->payload, b->payload, a->count);
}

static const struct {
    const char *chain, *hex, *text;
    enum script_kind kind;
} known[] = {
    {"bitcoin", "41" KEY "ac", "pubkey:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", SCRIPT_PUBKEY},
    {"bitcoin", "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", SCRIPT_PUBKEY_HASH},
    {"bitcoin", "a91476a04053bda0a88bda5177b86a15c3b29f55987387", "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC", SCRIPT_SCRIPT_HASH},
    {"bitcoin", "0014751e76e8199196d454941c45d1b3a323f1433bd6", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
     SCRIPT_WITNESS_PUBKEY_HASH},
    {"bitcoin-testnet", "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
     "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", SCRIPT_WITNESS_SCRIPT_HASH},
    {"bitcoin", "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
     "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", SCRIPT_TAPROOT},
    {"bitcoin", "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6",
     "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y", SCRIPT_WITNESS_OTHER},
    {"bitcoin", "6002751e", "bc1sw50qgdz25j", SCRIPT_WITNESS_OTHER},
    {"bitcoin-cash", "76a91476a04053bda0a88bda5177b86a15c3b29f55987388ac",
     "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", SCRIPT_PUBKEY_HASH},
    {"bitcoin-cash", "a91476a04053bda0a88bda5177b86a15c3b29f55987387", "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq",
     SCRIPT_SCRIPT_HASH},
};

static void known_scripts_have_their_addresses(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char text[SCRIPT_PRINT_MAX];
        struct script s = lock(known[i].chain, known[i].hex), back = parsed(known[i].chain, known[i].text);
        assert_int_equal(s.kind, known[i].kind);
        unsigned count = script_print(&s, chain_of(known[i].chain), text);
        assert_string_equal(text, known[i].text);
        assert_int_equal(count, strlen(text));
        assert_same(&s, &back);
    }
}

static void one_script_has_one_identity(void **state) {
    (void)state;
    struct script cash = parsed("bitcoin-cash", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"),
                  bare = parsed("bitcoin-cash", "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"),
                  old = parsed("bitcoin-cash", "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu"),
                  token = lock("bitcoin-cash", "ef" SHORT_KEY /* 33 bytes: a category and "nothing" of a token */);
    assert_same(&cash, &bare);
    assert_same(&cash, &old);
    assert_int_equal(token.kind, SCRIPT_NONSTANDARD); /* which is no token, so it is part of the script */
    struct script upper = parsed("bitcoin", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"),
                  lower = parsed("bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4");
    assert_same(&upper, &lower);
    struct script new_form = lock("litecoin", "a91476a04053bda0a88bda5177b86a15c3b29f55987387"),
                  old_form = parsed("litecoin", "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC");
    assert_same(&new_form, &old_form);
    char text[SCRIPT_PRINT_MAX];
    script_print(&new_form, chain_of("litecoin"), text);
    assert_int_equal(text[0], 'M');
}

/* A CashToken in front of a lock: 32 bytes of category, a bit field, a commitment of 2 bytes, an amount. */
static void tokens_are_no_part_of_a_lock(void **state) {
    (void)state;
    static const char lock_hex[] = "76a91476a04053bda0a88bda5177b86a15c3b29f55987388ac",
                      category[] = "aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899";
    char hex[512];
    struct script plain = lock("bitcoin-cash", lock_hex), with;
    snprintf(hex, sizeof hex, "ef%s7202abcdfd0002%s", category, lock_hex); /* commitment and amount */
    with = lock("bitcoin-cash", hex);
    assert_same(&plain, &with);
    snprintf(hex, sizeof hex, "ef%s1005%s", category, lock_hex); /* amount alone */
    with = lock("bitcoin-cash", hex);
    assert_same(&plain, &with);
    with = lock("bitcoin", hex); /* where there are no tokens it is nothing known */
    assert_int_equal(with.kind, SCRIPT_NONSTANDARD);
}

static void what_has_no_address_prints_and_parses(void **state) {
    (void)state;
    static const char *const scripts[] = {"",
                                          "6a",
                                          "6a04deadbeef",
                                          "51",
                                          "5121" SHORT_KEY "51ae",
                                          "5221" SHORT_KEY "41" KEY "52ae",
                                          "0013751e76e8199196d454941c45d1b3a323f1433b",
                                          "ac",
                                          "21" SHORT_KEY "ac"};
    static const enum script_kind want[] = {SCRIPT_NONSTANDARD, SCRIPT_DATA,        SCRIPT_DATA,
                                            SCRIPT_NONSTANDARD, SCRIPT_MULTISIG,    SCRIPT_MULTISIG,
                                            SCRIPT_NONSTANDARD, SCRIPT_NONSTANDARD, SCRIPT_PUBKEY};
    unsigned count;
    const struct output_chain *chains = output_chains(&count);
    for (unsigned c = 0; c < count; c++)
        for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
            char text[SCRIPT_PRINT_MAX];
            struct script s = lock(chains[c].name, scripts[i]), back;
            assert_int_equal(s.kind, want[i]);
            script_print(&s, &chains[c], text);
            back = parsed(chains[c].name, text);
            assert_same(&s, &back);
        }
}

static void every_hash_prints_and_parses_on_every_chain(void **state) {
    (void)state;
    unsigned count;
    const struct output_chain *chains = output_chains(&count);
    static const struct {
        uint8_t kind, count;
    } forms[] = {{SCRIPT_PUBKEY_HASH, 20},         {SCRIPT_SCRIPT_HASH, 20}, {SCRIPT_WITNESS_PUBKEY_HASH, 20},
                 {SCRIPT_WITNESS_SCRIPT_HASH, 32}, {SCRIPT_TAPROOT, 32},     {SCRIPT_PUBKEY, 20}};
    for (unsigned c = 0; c < count; c++)
        for (size_t f = 0; f < sizeof forms / sizeof *forms; f++)
            for (unsigned fill = 0; fill < 256; fill += 15) {
                struct script s = {.kind = forms[f].kind, .count = forms[f].count}, back;
                char text[SCRIPT_PRINT_MAX];
                bool witness = s.kind >= SCRIPT_WITNESS_PUBKEY_HASH && s.kind <= SCRIPT_TAPROOT;
                if (witness && chains[c].witness_prefix == NULL)
                    continue;
                memset(s.payload, (int)fill, s.count);
                unsigned length = script_print(&s, &chains[c], text);
                assert_int_equal(length, strlen(text));
                back = parsed(chains[c].name, text);
                assert_same(&s, &back);
            }
}

static void wrong_addresses_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *chain, *text;
    } wrong[] = {
        {"bitcoin", ""},
        {"bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb"},                             /* checksum */
        {"bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfN"},                              /* cut */
        {"bitcoin", "DDogepartyxxxxxxxxxxxxxxxxxxw1dfzr"},                             /* Dogecoin's */
        {"bitcoin", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"},                     /* testnet's */
        {"bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"},                     /* checksum */
        {"bitcoin", "bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},                     /* mixed case */
        {"bitcoin", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd"}, /* BIP 350: the old checksum */
        {"bitcoin-cash", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6b"},
        {"bitcoin-cash", "bchtest:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"},
        {"dogecoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
        {"zcash", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
        {"bitcoin", "script:12"},
        {"bitcoin", "pubkey:3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC"},
        {"bitcoin", "0x098b716b8aaf21512996dc57eb0615e2383e2f96"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct script s = {.kind = 77};
        struct error err = {0};
        assert_int_equal(script_parse(&s, chain_of(wrong[i].chain), span_of(wrong[i].text), &err), IMJIN_BAD_INPUT);
        assert_int_equal(s.kind, 77);
        assert_non_null(strstr(err.text, "is not an address of"));
    }
    struct script doge = parsed("dogecoin", "DDogepartyxxxxxxxxxxxxxxxxxxw1dfzr");
    assert_int_equal(doge.kind, SCRIPT_PUBKEY_HASH);
}

static void an_address_has_one_spelling(void **state) {
    (void)state;
    static const char *const spellings[][3] = {
        {"bitcoin", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
        {"bitcoin-cash", "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"},
        {"bitcoin", "no-address-of-bitcoin", "no-address-of-bitcoin"},
        {"my-chain", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"},
    };
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        struct chain c;
        struct address a;
        char text[SCRIPT_PRINT_MAX], printed[ADDRESS_PRINT_MAX];
        assert_int_equal(chain_find(&c, spellings[i][0], NULL), IMJIN_OK);
        assert_int_equal(address_parse_canonical(&a, text, &c, span_of(spellings[i][1]), NULL), IMJIN_OK);
        address_print(&a, printed);
        assert_string_equal(printed, spellings[i][2]);
    }
}

static void chains_are_sound(void **state) {
    (void)state;
    unsigned count;
    const struct output_chain *chains = output_chains(&count);
    for (unsigned i = 0; i < count; i++) {
        struct chain c;
        assert_int_equal(chain_find(&c, chains[i].name, NULL), IMJIN_OK);
        assert_int_equal(c.native_decimals, 8);
        assert_false(c.evm_only);
        assert_int_equal(strlen(chains[i].genesis), 64);
        assert_true(i == 0 || strcmp(chains[i - 1].name, chains[i].name) < 0);
    }
    assert_null(output_chain_find("ethereum"));
    for (unsigned kind = 0; kind < SCRIPT_KINDS; kind++)
        assert_true(script_kind_name(kind)[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_scripts_have_their_addresses),
        cmocka_unit_test(one_script_has_one_identity),
        cmocka_unit_test(tokens_are_no_part_of_a_lock),
        cmocka_unit_test(what_has_no_address_prints_and_parses),
        cmocka_unit_test(every_hash_prints_and_parses_on_every_chain),
        cmocka_unit_test(wrong_addresses_are_refused),
        cmocka_unit_test(an_address_has_one_spelling),
        cmocka_unit_test(chains_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
