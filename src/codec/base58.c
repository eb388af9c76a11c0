#include "codec/base58.h"

#include "codec/keccak.h"

static const char alphabets[2][59] = {"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
                                      "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"};

static int digit_of(char c, enum base58_alphabet alphabet) {
    const char *at = c ? strchr(alphabets[alphabet], c) : NULL;
    return at ? (int)(at - alphabets[alphabet]) : -1;
}

/* value = value * 58 + digit, big-endian in the last `*used` bytes of BASE58_BYTES_MAX. */
static bool push_digit(uint8_t value[BASE58_BYTES_MAX], uint32_t *used, unsigned digit) {
    unsigned carry = digit;
    for (uint32_t i = 0; i < *used || carry; i++) {
        if (i == BASE58_BYTES_MAX)
            return false;
        carry += 58U * value[BASE58_BYTES_MAX - 1 - i];
        value[BASE58_BYTES_MAX - 1 - i] = (uint8_t)carry;
        carry >>= 8;
        if (i >= *used)
            *used = i + 1;
    }
    return true;
}

bool base58_decode(uint8_t ret_bytes[BASE58_BYTES_MAX], uint32_t *ret_count, struct span text, enum base58_alphabet alphabet) {
    uint8_t value[BASE58_BYTES_MAX] = {0};
    uint32_t used = 0, zeros = 0;
    if (text.count == 0 || text.count > BASE58_TEXT_MAX)
        return false;
    while (zeros < text.count && text.bytes[zeros] == alphabets[alphabet][0])
        zeros++;
    for (uint64_t i = zeros; i < text.count; i++) {
        int digit = digit_of(text.bytes[i], alphabet);
        if (digit < 0 || !push_digit(value, &used, (unsigned)digit))
            return false;
    }
    if (zeros + used > BASE58_BYTES_MAX)
        return false;
    memset(ret_bytes, 0, zeros);
    memcpy(ret_bytes + zeros, value + BASE58_BYTES_MAX - used, used);
    *ret_count = zeros + used;
    return true;
}

static bool checksum_of(uint8_t ret[4], const uint8_t *bytes, uint32_t count) {
    struct sha256 once, twice;
    if (sha256_of(bytes, count, &once, NULL) != IMJIN_OK || sha256_of(&once, sizeof once, &twice, NULL) != IMJIN_OK)
        return false;
    memcpy(ret, twice.bytes, 4);
    return true;
}

bool base58check_decode(uint8_t ret_bytes[BASE58_BYTES_MAX], uint32_t *ret_count, struct span text,
                        enum base58_alphabet alphabet) {
    uint8_t bytes[BASE58_BYTES_MAX], sum[4];
    uint32_t count;
    if (!base58_decode(bytes, &count, text, alphabet) || count < 5 || !checksum_of(sum, bytes, count - 4) ||
        memcmp(sum, bytes + count - 4, 4) != 0)
        return false;
    memcpy(ret_bytes, bytes, count - 4);
    *ret_count = count - 4;
    return true;
}

/* value = value / 58 with the remainder returned. */
static unsigned pop_digit(uint8_t *value, uint32_t count) {
    unsigned rest = 0;
    for (uint32_t i = 0; i < count; i++) {
        unsigned step = rest * 256 + value[i];
        value[i] = (uint8_t)(step / 58);
        rest = step % 58;
    }
    return rest;
}

unsigned base58check_encode(char ret_text[BASE58_TEXT_MAX + 1], const uint8_t *bytes, uint32_t count) {
    uint8_t value[BASE58_BYTES_MAX];
    char reversed[2 * BASE58_BYTES_MAX];
    unsigned length = 0, zeros = 0;
    if (count > BASE58_BYTES_MAX - 4 || !checksum_of(value + count, bytes, count))
        return 0;
    memcpy(value, bytes, count);
    count += 4;
    while (zeros < count && value[zeros] == 0)
        zeros++;
    for (uint32_t first = zeros; first < count;) {
        reversed[length++] = alphabets[BASE58_BITCOIN][pop_digit(value + first, count - first)];
        while (first < count && value[first] == 0)
            first++;
    }
    for (unsigned i = 0; i < zeros; i++)
        reversed[length++] = alphabets[BASE58_BITCOIN][0];
    if (length > BASE58_TEXT_MAX)
        return 0;
    for (unsigned i = 0; i < length; i++)
        ret_text[i] = reversed[length - 1 - i];
    ret_text[length] = 0;
    return length;
}

/* One block of Monero's base58: `count` characters give exactly `bytes` bytes. */
static bool monero_block(uint8_t *ret, unsigned bytes, const char *text, unsigned count) {
    u128 value = 0;
    for (unsigned i = 0; i < count; i++) {
        int digit = digit_of(text[i], BASE58_BITCOIN);
        if (digit < 0)
            return false;
        value = value * 58 + (unsigned)digit;
    }
    if (value >> (8 * bytes))
        return false;
    for (unsigned i = 0; i < bytes; i++)
        ret[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    return true;
}

bool base58_monero_check(struct span text) {
    uint8_t bytes[80], digest[KECCAK256_BYTES];
    unsigned count = 0;
    if (text.count != 95 && text.count != 106)
        return false;
    for (uint64_t at = 0; at < text.count; at += 11) {
        unsigned left = (unsigned)(text.count - at), taken = left < 11 ? left : 11;
        unsigned made = taken == 11 ? 8 : 5; /* 95 characters end in 7 that are 5 bytes, 106 likewise */
        if (!monero_block(bytes + count, made, text.bytes + at, taken))
            return false;
        count += made;
    }
    keccak256(bytes, count - 4, digest);
    return memcmp(digest, bytes + count - 4, 4) == 0;
}
