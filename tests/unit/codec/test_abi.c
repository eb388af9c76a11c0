/* The tables of data/abi and the reading of events and calls by them. */
#include "../unit.h"

#include "codec/abi.h"
#include "codec/codec.h"

/* ---- the tables ---- */

static void test_hashes(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < 2; kind++) {
        unsigned count;
        const struct abi_signature *table = kind ? abi_functions(&count) : abi_events(&count);
        assert_true(count > 100);
        for (unsigned i = 0; i < count; i++) {
            uint8_t digest[KECCAK256_BYTES];
            const struct abi_signature *s = table + i;
            keccak256(s->canonical, strlen(s->canonical), digest);
            assert_memory_equal(digest, s->hash, kind ? ABI_SELECTOR : ABI_WORD);
            assert_true(s->field_count <= ABI_FIELDS_MAX && s->indexed_count < ABI_TOPICS_MAX);
            assert_in_range(s->meaning, 1, ABI_MEANINGS - 1);
            assert_true(i == 0 || memcmp(table[i - 1].hash, s->hash, kind ? ABI_SELECTOR : ABI_WORD) <= 0);
        }
    }
    for (unsigned m = 0; m < ABI_MEANINGS; m++)
        assert_non_null(abi_meaning_name(m));
}

/* As published in many places: the first topic of ERC-20 transfers, the selectors of approve() and of a Uniswap router. */
static void test_known(void **state) {
    (void)state;
    static const struct {
        uint8_t selector[ABI_SELECTOR];
        const char *name;
    } known[] = {{{0x09, 0x5e, 0xa7, 0xb3}, "approve"},
                 {{0x38, 0xed, 0x17, 0x39}, "swapExactTokensForTokens"},
                 {{0xd0, 0xe3, 0x0d, 0xb0}, "deposit"},
                 {{0xab, 0x83, 0x4b, 0xab}, "atomicMatch_"},
                 {{0x41, 0x4b, 0xf3, 0x89}, "exactInputSingle"}};
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        assert_string_equal(abi_function_find(known[i].selector)->name, known[i].name);
    assert_null(abi_function_find((const uint8_t[]){0xff, 0xff, 0xff, 0xff}));
    assert_null(abi_function_find((const uint8_t[]){0, 0, 0, 0}));
}

/* ---- events ---- */

static const struct abi_signature *event_named(const char *canonical, unsigned indexed) {
    unsigned count;
    const struct abi_signature *table = abi_events(&count);
    for (unsigned i = 0; i < count; i++)
        if (strcmp(table[i].canonical, canonical) == 0 && table[i].indexed_count == indexed)
            return table + i;
    fail_msg("no %s", canonical);
    return NULL;
}

struct made {
    uint8_t topics[ABI_TOPICS_MAX][ABI_WORD], data[16 * ABI_WORD];
    struct abi_event event;
};

static void put(uint8_t word[ABI_WORD], uint64_t v) { u256_to_be(u256_from_u128(v), word); }

static void make(struct made *m, const struct abi_signature *s, unsigned words) {
    *m = (struct made){0};
    memcpy(m->topics[0], s->hash, ABI_WORD);
    for (unsigned i = 0; i < 3; i++)
        put(m->topics[1 + i], 0x1000 + i);
    for (unsigned i = 0; i < words; i++)
        put(m->data + i * ABI_WORD, 100 + i);
    m->event = (struct abi_event){.topics = (const uint8_t(*)[ABI_WORD])m->topics,
                                  .topic_count = s->indexed_count + 1u,
                                  .data = {(char *)m->data, words * ABI_WORD}};
}

static uint64_t low(const struct abi_match *m, const char *name) {
    u128 v;
    assert_true(u256_to_u128(abi_value_of(m, name)->word, &v));
    return (uint64_t)v;
}

static void test_event(void **state) {
    (void)state;
    struct made m;
    struct abi_match match;
    make(&m, event_named("Swap(address,uint256,uint256,uint256,uint256,address)", 2), 4);
    assert_true(abi_match_event(&m.event, &match));
    assert_string_equal(match.signature->protocol, "uniswap-v2");
    assert_int_equal(match.signature->meaning, ABI_SWAP);
    assert_int_equal(low(&match, "sender"), 0x1000);
    assert_int_equal(low(&match, "amount0In"), 100);
    assert_int_equal(low(&match, "amount1Out"), 103);
    assert_int_equal(low(&match, "to"), 0x1001);
    assert_null(abi_value_of(&match, "nothing"));
}

/* The same topic with another count of topics is another event: an item in place of an amount. */
static void test_shape_tells(void **state) {
    (void)state;
    struct made m;
    struct abi_match match;
    make(&m, event_named("Transfer(address,address,uint256)", 2), 1);
    assert_true(abi_match_event(&m.event, &match));
    assert_string_equal(match.signature->protocol, "erc20");
    make(&m, event_named("Transfer(address,address,uint256)", 3), 0);
    assert_true(abi_match_event(&m.event, &match));
    assert_string_equal(match.signature->protocol, "erc721");
    m.event.topic_count = 2;
    assert_false(abi_match_event(&m.event, &match));
    m.event.topic_count = 0;
    assert_false(abi_match_event(&m.event, &match));
}

static void test_event_length(void **state) {
    (void)state;
    struct made m;
    struct abi_match match = {0};
    make(&m, event_named("Swap(address,uint256,uint256,uint256,uint256,address)", 2), 4);
    for (unsigned bytes = 0; bytes < 6 * ABI_WORD; bytes++) {
        m.event.data.count = bytes;
        assert_int_equal(abi_match_event(&m.event, &match), bytes == 4 * ABI_WORD);
    }
    m.event.data.count = 4 * ABI_WORD;
    m.topics[1][0] = 1; /* an address of more than 20 bytes */
    assert_false(abi_match_event(&m.event, &match));
}

static void test_signed_and_small(void **state) {
    (void)state;
    struct made m;
    struct abi_match match;
    make(&m, event_named("Swap(address,address,int256,int256,uint160,uint128,int24)", 2), 5);
    memset(m.data, 0xff, ABI_WORD);                /* amount0 is -1 */
    memset(m.data + 4 * ABI_WORD, 0xff, ABI_WORD); /* tick is -1 */
    assert_true(abi_match_event(&m.event, &match));
    m.data[4 * ABI_WORD + 29] = 0x7f; /* the sign bit of the 24 is off, those above are on */
    assert_false(abi_match_event(&m.event, &match));
    memset(m.data + 4 * ABI_WORD, 0, ABI_WORD);
    m.data[3 * ABI_WORD] = 1; /* liquidity above 128 bits */
    assert_false(abi_match_event(&m.event, &match));
}

/* deposit(address pool, bytes32 commitment, bytes encryptedNote) */
static unsigned make_call(uint8_t call[12 * ABI_WORD], unsigned note_bytes) {
    memset(call, 0, 12 * ABI_WORD);
    memcpy(call, (const uint8_t[]){0x13, 0xd9, 0x8d, 0x13}, ABI_SELECTOR);
    uint8_t *arguments = call + ABI_SELECTOR;
    put(arguments, 7);
    put(arguments + ABI_WORD, 8);
    put(arguments + 2 * ABI_WORD, 3 * ABI_WORD);
    put(arguments + 3 * ABI_WORD, note_bytes);
    memset(arguments + 4 * ABI_WORD, 0xaa, note_bytes);
    return ABI_SELECTOR + (4 + (note_bytes + ABI_WORD - 1) / ABI_WORD) * ABI_WORD;
}

static void test_call(void **state) {
    (void)state;
    uint8_t call[12 * ABI_WORD];
    struct abi_match match;
    unsigned size = make_call(call, 40);
    assert_true(abi_match_call((struct span){(char *)call, size}, &match));
    assert_int_equal(match.signature->meaning, ABI_MIXER_DEPOSIT);
    assert_int_equal(low(&match, "pool"), 7);
    assert_int_equal(abi_value_of(&match, "encryptedNote")->count, 40);
    assert_false(match.surplus);
    assert_true(abi_match_call((struct span){(char *)call, size + 5}, &match));
    assert_true(match.surplus);
    for (unsigned cut = 0; cut < ABI_SELECTOR + 4 * ABI_WORD + 40; cut++)
        assert_false(abi_match_call((struct span){(char *)call, cut}, &match));
    /* without the zeros that fill the last word */
    assert_true(abi_match_call((struct span){(char *)call, ABI_SELECTOR + 4 * ABI_WORD + 40}, &match));
}

static void test_call_offsets(void **state) {
    (void)state;
    uint8_t call[12 * ABI_WORD];
    struct abi_match match;
    unsigned size = make_call(call, 40);
    uint8_t *offset = call + ABI_SELECTOR + 2 * ABI_WORD, *length = offset + ABI_WORD;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *word = i ? length : offset;
        uint8_t before[ABI_WORD];
        memcpy(before, word, sizeof before);
        memset(word, 0xff, ABI_WORD);
        assert_false(abi_match_call((struct span){(char *)call, size}, &match));
        put(word, UINT64_MAX);
        assert_false(abi_match_call((struct span){(char *)call, size}, &match));
        put(word, size);
        assert_false(abi_match_call((struct span){(char *)call, size}, &match));
        memcpy(word, before, sizeof before);
    }
    put(offset, 3 * ABI_WORD + 1);
    assert_false(abi_match_call((struct span){(char *)call, size}, &match));
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes),      cmocka_unit_test(test_known),        cmocka_unit_test(test_event),
        cmocka_unit_test(test_shape_tells), cmocka_unit_test(test_event_length), cmocka_unit_test(test_signed_and_small),
        cmocka_unit_test(test_call),        cmocka_unit_test(test_call_offsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
