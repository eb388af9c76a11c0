#include "chain/chain.h"

#include "codec/codec.h"

enum { EVM_BYTES = 20, EVM_DIGITS = 40, EVM_TEXT = 42 };

static const char lower_digits[] = "0123456789abcdef";

static int digit_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool is_upper(char c) { return c >= 'A' && c <= 'F'; }
static bool is_lower(char c) { return c >= 'a' && c <= 'f'; }

static void print_lower(const uint8_t evm[EVM_BYTES], char ret_digits[EVM_DIGITS]) {
    for (size_t i = 0; i < EVM_BYTES; i++) {
        ret_digits[2 * i] = lower_digits[evm[i] >> 4];
        ret_digits[2 * i + 1] = lower_digits[evm[i] & 15];
    }
}

void address_checksum_print(const uint8_t evm[20], char ret_text[43]) {
    char digits[EVM_DIGITS];
    uint8_t digest[KECCAK256_BYTES];
    print_lower(evm, digits);
    keccak256(digits, EVM_DIGITS, digest);
    ret_text[0] = '0';
    ret_text[1] = 'x';
    for (unsigned i = 0; i < EVM_DIGITS; i++) {
        unsigned nibble = i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4;
        ret_text[2 + i] = is_lower(digits[i]) && nibble >= 8 ? (char)(digits[i] - 'a' + 'A') : digits[i];
    }
    ret_text[EVM_TEXT] = '\0';
}

bool address_equal(const struct address *a, const struct address *b) {
    if (a->form != b->form)
        return false;
    if (a->form == ADDRESS_EVM)
        return memcmp(a->evm, b->evm, EVM_BYTES) == 0;
    return a->form != ADDRESS_OPAQUE || (a->count == b->count && memcmp(a->text, b->text, a->count) == 0);
}

int address_compare(const struct address *a, const struct address *b) {
    if (a->form != b->form)
        return a->form < b->form ? -1 : 1;
    if (a->form == ADDRESS_EVM)
        return memcmp(a->evm, b->evm, EVM_BYTES);
    if (a->form == ADDRESS_OPAQUE)
        return span_compare((struct span){a->text, a->count}, (struct span){b->text, b->count});
    return 0;
}

static unsigned copy_text(char *ret_text, const char *text, unsigned count) {
    memcpy(ret_text, text, count);
    ret_text[count] = '\0';
    return count;
}

unsigned address_print(const struct address *a, char ret_text[ADDRESS_PRINT_MAX]) {
    static const char void_text[] = "(mint/burn)", fees_text[] = "(fees)";
    switch (a->form) {
    case ADDRESS_EVM:
        copy_text(ret_text, "0x", 2);
        print_lower(a->evm, ret_text + 2);
        ret_text[EVM_TEXT] = '\0';
        return EVM_TEXT;
    case ADDRESS_OPAQUE:
        return copy_text(ret_text, a->text, a->count <= ADDRESS_TEXT_MAX ? a->count : ADDRESS_TEXT_MAX);
    case ADDRESS_FEES:
        return copy_text(ret_text, fees_text, sizeof fees_text - 1);
    default:
        return copy_text(ret_text, void_text, sizeof void_text - 1);
    }
}

/* Why a text that begins with 0x is not 40 hexadecimal digits. */
static enum imjin_status fail_hex(struct span text, struct error *err) {
    for (uint64_t i = 2; i < text.count; i++)
        if (digit_value(text.bytes[i]) < 0)
            return fail_value(err, NULL, 0, NULL, text.bytes, text.count,
                              "is not an Ethereum address (character %llu is not a hex digit)", (unsigned long long)i + 1);
    return fail_value(err, NULL, 0, NULL, text.bytes, text.count, "is not an Ethereum address (%llu hex digits, not 40)",
                      (unsigned long long)text.count - 2);
}

static enum imjin_status check_spelling(const uint8_t evm[EVM_BYTES], struct span text, struct error *err) {
    char correct[EVM_TEXT + 1];
    address_checksum_print(evm, correct);
    if (memcmp(correct + 2, text.bytes + 2, EVM_DIGITS) == 0)
        return IMJIN_OK;
    return fail_value(err, NULL, 0, NULL, text.bytes, text.count,
                      "has a wrong EIP-55 checksum (a mistyped digit, or write it in lower case)");
}

static enum imjin_status parse_evm(struct address *ret, struct span text, struct error *err) {
    struct address a = {.form = ADDRESS_EVM, .count = EVM_BYTES};
    bool upper = false, lower = false;
    uint8_t any = 0;
    if (text.count != EVM_TEXT)
        return fail_hex(text, err);
    for (unsigned i = 0; i < EVM_BYTES; i++) {
        char first = text.bytes[2 + 2 * i], second = text.bytes[3 + 2 * i];
        int high = digit_value(first), low = digit_value(second);
        if (high < 0 || low < 0)
            return fail_hex(text, err);
        upper = upper || is_upper(first) || is_upper(second);
        lower = lower || is_lower(first) || is_lower(second);
        a.evm[i] = (uint8_t)(high << 4 | low);
        any |= a.evm[i];
    }
    if (upper && lower)
        TRY(check_spelling(a.evm, text, err));
    *ret = any ? a : (struct address){.form = ADDRESS_VOID};
    return IMJIN_OK;
}

/* '(' never begins an address, so that the printed forms of VOID and FEES cannot be taken for one. */
static bool opaque_character(char c) { return c > ' ' && c < 0x7f && c != ',' && c != '"'; }

static enum imjin_status parse_opaque(struct address *ret, struct span text, struct error *err) {
    if (text.count > ADDRESS_TEXT_MAX)
        return fail_value(err, NULL, 0, NULL, text.bytes, text.count, "is not an address (%llu bytes, at most %d)",
                          (unsigned long long)text.count, ADDRESS_TEXT_MAX);
    for (uint64_t i = 0; i < text.count; i++)
        if (!opaque_character(text.bytes[i]) || text.bytes[0] == '(')
            return fail_value(err, NULL, 0, NULL, text.bytes, text.count, "is not an address (character %llu is not allowed)",
                              (unsigned long long)i + 1);
    *ret = (struct address){.form = ADDRESS_OPAQUE, .count = (uint8_t)text.count, .text = text.bytes};
    return IMJIN_OK;
}

enum imjin_status address_parse(struct address *ret, const struct chain *c, struct span text, struct error *err) {
    if (text.count == 0) {
        *ret = (struct address){.form = ADDRESS_VOID};
        return IMJIN_OK;
    }
    if (text.count >= 2 && text.bytes[0] == '0' && (text.bytes[1] == 'x' || text.bytes[1] == 'X'))
        return parse_evm(ret, text, err);
    if (c->evm_only)
        return fail_value(err, NULL, 0, NULL, text.bytes, text.count,
                          "is not an Ethereum address (0x and 40 hex digits), as %s needs", c->name);
    return parse_opaque(ret, text, err);
}
