#include "codec/bech32.h"

static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
enum { BECH32_M_CONSTANT = 0x2bc830a3, CHECKSUM_SYMBOLS = 6 };

static int symbol_of(char c) {
    const char *at = c ? strchr(charset, c) : NULL;
    return at ? (int)(at - charset) : -1;
}

static uint32_t push(uint32_t sum, unsigned value) {
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++)
        sum ^= top >> i & 1 ? generator[i] : 0;
    return sum;
}

static uint32_t push_prefix(const char *prefix, unsigned count) {
    uint32_t sum = 1;
    for (unsigned i = 0; i < count; i++)
        sum = push(sum, (unsigned char)prefix[i] >> 5);
    sum = push(sum, 0);
    for (unsigned i = 0; i < count; i++)
        sum = push(sum, prefix[i] & 31);
    return sum;
}

/* Copies in lower case; false when cases are mixed or a byte is not printable ASCII. */
static bool lower_case(char *ret, struct span text) {
    bool upper = false, lower = false;
    for (uint64_t i = 0; i < text.count; i++) {
        char c = text.bytes[i];
        if (c < 33 || c > 126)
            return false;
        upper = upper || (c >= 'A' && c <= 'Z');
        lower = lower || (c >= 'a' && c <= 'z');
        ret[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    return !(upper && lower);
}

enum bech32_kind bech32_decode(char ret_prefix[BECH32_PREFIX_MAX + 1], uint8_t ret_data[BECH32_TEXT_MAX], uint32_t *ret_count,
                               struct span text) {
    char lower[BECH32_TEXT_MAX];
    uint8_t data[BECH32_TEXT_MAX];
    unsigned count = 0, one = 0;
    if (text.count > BECH32_TEXT_MAX || !lower_case(lower, text))
        return BECH32_BAD;
    for (unsigned i = 0; i < text.count; i++)
        one = lower[i] == '1' ? i : one;
    if (one == 0 || one > BECH32_PREFIX_MAX || text.count < one + 1 + CHECKSUM_SYMBOLS)
        return BECH32_BAD;
    uint32_t sum = push_prefix(lower, one);
    for (unsigned i = one + 1; i < text.count; i++) {
        int symbol = symbol_of(lower[i]);
        if (symbol < 0)
            return BECH32_BAD;
        data[count++] = (uint8_t)symbol;
        sum = push(sum, (unsigned)symbol);
    }
    if (sum != 1 && sum != BECH32_M_CONSTANT)
        return BECH32_BAD;
    if (ret_prefix) {
        memcpy(ret_prefix, lower, one);
        ret_prefix[one] = 0;
    }
    if (ret_data) {
        memcpy(ret_data, data, count - CHECKSUM_SYMBOLS);
        *ret_count = count - CHECKSUM_SYMBOLS;
    }
    return sum == 1 ? BECH32_PLAIN : BECH32_M;
}

/* Groups of five bits to bytes; the bits left over must be fewer than five, and zero. */
static bool to_bytes(uint8_t *ret, uint32_t *ret_count, uint32_t room, const uint8_t *data, uint32_t count) {
    uint32_t bits = 0, held = 0, made = 0;
    for (uint32_t i = 0; i < count; i++) {
        held = (held << 5 | data[i]) & 0xfff;
        bits += 5;
        if (bits >= 8) {
            if (made == room)
                return false;
            bits -= 8;
            ret[made++] = (uint8_t)(held >> bits);
        }
    }
    *ret_count = made;
    return bits < 5 && (held & ((1U << bits) - 1)) == 0;
}

bool segwit_decode(uint8_t *ret_version, uint8_t ret_program[40], uint32_t *ret_count, struct span text, const char *prefix) {
    char found[BECH32_PREFIX_MAX + 1];
    uint8_t data[BECH32_TEXT_MAX], program[40];
    uint32_t count, bytes;
    enum bech32_kind kind = text.count > 90 ? BECH32_BAD : bech32_decode(found, data, &count, text);
    if (kind == BECH32_BAD || count == 0 || strcmp(found, prefix) != 0 || data[0] > 16 ||
        !to_bytes(program, &bytes, sizeof program, data + 1, count - 1))
        return false;
    bool fits = bytes >= 2 && (data[0] != 0 || bytes == 20 || bytes == 32);
    if (!fits || kind != (data[0] == 0 ? BECH32_PLAIN : BECH32_M))
        return false;
    *ret_version = data[0];
    memcpy(ret_program, program, bytes);
    *ret_count = bytes;
    return true;
}

unsigned segwit_encode(char ret_text[BECH32_TEXT_MAX + 1], const char *prefix, uint8_t version, const uint8_t *program,
                       uint32_t count) {
    unsigned length = (unsigned)strlen(prefix), held = 0, bits = 0;
    if (length == 0 || length > BECH32_PREFIX_MAX || version > 16 || count < 2 || count > 40)
        return 0;
    memcpy(ret_text, prefix, length);
    uint32_t sum = push(push_prefix(prefix, length), version);
    ret_text[length++] = '1';
    ret_text[length++] = charset[version];
    for (uint32_t i = 0; i < count; i++) {
        held = (held << 8 | program[i]) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5) {
            unsigned symbol = held >> (bits - 5) & 31;
            sum = push(sum, symbol);
            ret_text[length++] = charset[symbol];
        }
    }
    if (bits) {
        unsigned symbol = held << (5 - bits) & 31;
        sum = push(sum, symbol);
        ret_text[length++] = charset[symbol];
    }
    for (unsigned i = 0; i < CHECKSUM_SYMBOLS; i++)
        sum = push(sum, 0);
    sum ^= version == 0 ? 1 : BECH32_M_CONSTANT;
    for (unsigned i = 0; i < CHECKSUM_SYMBOLS; i++)
        ret_text[length++] = charset[sum >> (5 * (5 - i)) & 31];
    ret_text[length] = 0;
    return length;
}

enum { CASH_CHECKSUM_SYMBOLS = 8 };
/* By the size code in the version byte. */
static const uint8_t cash_hash_bytes[8] = {20, 24, 28, 32, 40, 48, 56, 64};

/* The 40-bit code of CashAddr. */
static uint64_t push_cash(uint64_t sum, unsigned value) {
    static const uint64_t generator[5] = {0x98f2bc8e61, 0x79b76d99e2, 0xf33e5fb3c4, 0xae2eabe2a8, 0x1e4f43e470};
    uint64_t top = sum >> 35;
    sum = (sum & 0x07ffffffff) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++)
        sum ^= top >> i & 1 ? generator[i] : 0;
    return sum;
}

static uint64_t push_cash_prefix(const char *prefix) {
    uint64_t sum = 1;
    for (unsigned i = 0; prefix[i]; i++)
        sum = push_cash(sum, prefix[i] & 31);
    return push_cash(sum, 0);
}

bool cashaddr_decode(uint8_t *ret_type, uint8_t ret_hash[CASHADDR_HASH_MAX], uint32_t *ret_count, struct span text,
                     const char *prefix) {
    char lower[BECH32_TEXT_MAX];
    uint8_t data[BECH32_TEXT_MAX], bytes[CASHADDR_HASH_MAX + 1];
    uint32_t count = 0, made;
    size_t prefix_count = strlen(prefix), first = 0;
    if (text.count > BECH32_TEXT_MAX || !lower_case(lower, text))
        return false;
    if (text.count > prefix_count && memcmp(lower, prefix, prefix_count) == 0 && lower[prefix_count] == ':')
        first = prefix_count + 1;
    uint64_t sum = push_cash_prefix(prefix);
    for (uint64_t i = first; i < text.count; i++) {
        int symbol = symbol_of(lower[i]);
        if (symbol < 0)
            return false;
        data[count++] = (uint8_t)symbol;
        sum = push_cash(sum, (unsigned)symbol);
    }
    if (sum != 1 || count < CASH_CHECKSUM_SYMBOLS ||
        !to_bytes(bytes, &made, sizeof bytes, data, count - CASH_CHECKSUM_SYMBOLS) || made == 0 || bytes[0] & 0x80 ||
        made - 1 != cash_hash_bytes[bytes[0] & 7])
        return false;
    *ret_type = bytes[0] >> 3;
    *ret_count = made - 1;
    memcpy(ret_hash, bytes + 1, made - 1);
    return true;
}

bool cashaddr_check(struct span text) {
    uint8_t type, hash[CASHADDR_HASH_MAX];
    uint32_t count;
    return cashaddr_decode(&type, hash, &count, text, "bitcoincash");
}

unsigned cashaddr_encode(char ret_text[BECH32_TEXT_MAX + 1], const char *prefix, uint8_t type, const uint8_t *hash,
                         uint32_t count) {
    unsigned size = 0, length = (unsigned)strlen(prefix), held = 0, bits = 0;
    while (size < 8 && cash_hash_bytes[size] != count)
        size++;
    if (size == 8 || type > 15 || length + 1 + (8 * (count + 1) + 4) / 5 + CASH_CHECKSUM_SYMBOLS > BECH32_TEXT_MAX)
        return 0;
    memcpy(ret_text, prefix, length);
    ret_text[length++] = ':';
    uint64_t sum = push_cash_prefix(prefix);
    for (uint32_t i = 0; i <= count; i++) {
        held = (held << 8 | (i == 0 ? (unsigned)type << 3 | size : hash[i - 1])) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5)
            ret_text[length++] = charset[held >> (bits - 5) & 31];
    }
    if (bits)
        ret_text[length++] = charset[held << (5 - bits) & 31];
    for (unsigned i = (unsigned)strlen(prefix) + 1; i < length; i++)
        sum = push_cash(sum, (unsigned)symbol_of(ret_text[i]));
    for (unsigned i = 0; i < CASH_CHECKSUM_SYMBOLS; i++)
        sum = push_cash(sum, 0);
    sum ^= 1;
    for (unsigned i = 0; i < CASH_CHECKSUM_SYMBOLS; i++)
        ret_text[length++] = charset[sum >> (5 * (CASH_CHECKSUM_SYMBOLS - 1 - i)) & 31];
    ret_text[length] = 0;
    return length;
}
