/* Keccak-256 against published digests and, with the other padding byte, against OpenSSL's SHA3-256. */
#include "../unit.h"

#include <openssl/evp.h>

#include "codec/keccak.h"

static void assert_digest(const char *message, const char *hex) {
    uint8_t digest[KECCAK256_BYTES];
    char shown[65];
    keccak256(message, strlen(message), digest);
    struct sha256 as_hash;
    memcpy(as_hash.bytes, digest, sizeof digest);
    sha256_print(&as_hash, shown);
    assert_string_equal(shown, hex);
}

/* Digests as Ethereum documents them: the empty account's code hash, and selectors and topics of its standards. */
static void test_published(void **state) {
    (void)state;
    assert_digest("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    assert_digest("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
    assert_digest("Transfer(address,address,uint256)", "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
    assert_digest("Approval(address,address,uint256)", "8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925");
}

static void test_against_sha3(void **state) {
    (void)state;
    uint8_t message[3 * KECCAK256_RATE + 2], ours[KECCAK256_BYTES], theirs[KECCAK256_BYTES];
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i * 167 + 13);
    for (size_t count = 0; count <= sizeof message; count++) {
        unsigned size = 0;
        keccak256_padded(message, count, 0x06, ours);
        assert_int_equal(EVP_Digest(message, count, theirs, &size, EVP_sha3_256(), NULL), 1);
        assert_int_equal(size, KECCAK256_BYTES);
        assert_memory_equal(ours, theirs, KECCAK256_BYTES);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_published), cmocka_unit_test(test_against_sha3)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
