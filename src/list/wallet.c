#include "codec/codec.h"
#include "list/build.h"

enum { EVM_DIGITS = 40 };

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
static bool is_hex(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f'); }
static bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z'); }

static bool all(struct span s, bool (*holds)(char)) {
    bool so = true;
    for (uint64_t i = 0; i < s.count; i++)
        so = so && holds(s.bytes[i]);
    return so && s.count;
}

/* The forty digits of an Ethereum-type address, also as XDC's "xdc..." and without a prefix. */
static bool evm_digits(struct span text, struct span *ret_digits) {
    uint64_t first = text_begins(text, "0x") ? 2 : text_begins(text, "xdc") ? 3 : 0;
    struct span digits = {text.bytes + first, text.count - first};
    *ret_digits = digits;
    return text.count == first + EVM_DIGITS && all(digits, is_hex);
}

static bool is_segwit_prefix(struct span text) {
    static const char *const prefixes[] = {"bc1", "ltc1", "tb1", "dgb1", "btg1", "vtc1", "grs1"};
    for (unsigned i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (text_begins(text, prefixes[i]))
            return true;
    return false;
}

/* 42 characters that begin with q or p, with or without the prefix; 34-character Base58 never is that long. */
static bool is_cash_form(struct span text) {
    uint64_t first = text_begins(text, "bitcoincash:") ? 12 : 0;
    char c = first < text.count ? lower(text.bytes[first]) : 0;
    return text.count == first + 42 && (c == 'q' || c == 'p');
}

static struct span squeeze(struct span text, char room[LIST_WALLET_MAX]) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < text.count; i++)
        if ((unsigned char)text.bytes[i] > ' ') {
            if (count == LIST_WALLET_MAX)
                return (struct span){room, 0};
            room[count++] = text.bytes[i];
        }
    return (struct span){room, count};
}

unsigned list_wallet_key(struct span text, char ret_key[LIST_WALLET_MAX + 1]) {
    char room[LIST_WALLET_MAX];
    struct span s = squeeze(text, room), digits;
    bool any_case = false;
    unsigned count = 0;
    if (s.count == 0)
        return 0;
    if (evm_digits(s, &digits)) {
        ret_key[count++] = '0';
        ret_key[count++] = 'x';
        s = digits;
        any_case = true;
    } else if (is_cash_form(s)) {
        s = s.count > 42 ? text_after(s, s.count - 42) : s;
        any_case = true;
    } else {
        any_case = is_segwit_prefix(s) || (text_begins(s, "0x") && s.count > 2 && all(text_after(s, 2), is_hex));
    }
    if (s.count + count > LIST_WALLET_MAX)
        return 0;
    for (uint64_t i = 0; i < s.count; i++)
        ret_key[count++] = any_case ? lower(s.bytes[i]) : s.bytes[i];
    ret_key[count] = 0;
    return count;
}

static enum list_checksum check_evm(struct span text, struct span digits) {
    bool upper = false, lower_case = false;
    uint8_t evm[EVM_DIGITS / 2];
    char right[43];
    for (uint64_t i = 0; i < digits.count; i++) {
        upper = upper || (digits.bytes[i] >= 'A' && digits.bytes[i] <= 'F');
        lower_case = lower_case || (digits.bytes[i] >= 'a' && digits.bytes[i] <= 'f');
    }
    if (!(upper && lower_case) || !text_begins(text, "0x"))
        return LIST_CHECKSUM_NONE;
    (void)hex_decode(evm, digits.bytes, sizeof evm);
    address_checksum_print(evm, right);
    return memcmp(right + 2, digits.bytes, EVM_DIGITS) == 0 ? LIST_CHECKSUM_GOOD : LIST_CHECKSUM_BAD;
}

static enum list_checksum verdict(bool good) { return good ? LIST_CHECKSUM_GOOD : LIST_CHECKSUM_BAD; }

/* Base58 of 25 to 36 characters carries a checksum on every chain that writes addresses so, but for 32 bare bytes (Solana). */
static enum list_checksum check_base58(struct span text) {
    uint8_t bytes[BASE58_BYTES_MAX];
    uint32_t count;
    if (text.count == 95 || text.count == 106)
        return verdict(base58_monero_check(text));
    if (base58check_decode(bytes, &count, text, BASE58_BITCOIN) || base58check_decode(bytes, &count, text, BASE58_RIPPLE))
        return LIST_CHECKSUM_GOOD;
    bool bare_key = base58_decode(bytes, &count, text, BASE58_BITCOIN) && count == 32;
    return text.count >= 25 && text.count <= 36 && !bare_key ? LIST_CHECKSUM_BAD : LIST_CHECKSUM_NONE;
}

enum list_checksum list_wallet_checksum(struct span text) {
    char room[LIST_WALLET_MAX];
    struct span s = squeeze(text, room), digits;
    uint8_t version, program[40];
    uint32_t count;
    if (s.count == 0)
        return LIST_CHECKSUM_NONE;
    if (evm_digits(s, &digits))
        return check_evm(s, digits);
    if (is_cash_form(s))
        return verdict(cashaddr_check(s));
    if (text_begins(s, "bc1"))
        return verdict(segwit_decode(&version, program, &count, s, "bc"));
    if (text_begins(s, "ltc1"))
        return verdict(segwit_decode(&version, program, &count, s, "ltc"));
    if (is_segwit_prefix(s) || bech32_decode(NULL, NULL, NULL, s) != BECH32_BAD)
        return verdict(bech32_decode(NULL, NULL, NULL, s) != BECH32_BAD);
    if (text_begins(s, "0x") || (s.count == 64 && all(s, is_hex)) || !all(s, is_alphanumeric))
        return LIST_CHECKSUM_NONE;
    return check_base58(s);
}
