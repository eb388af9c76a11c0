#include "chain/chain.h"

#include "codec/base58.h"
#include "codec/bech32.h"

#include <openssl/evp.h>
#include <stdio.h>

enum {
    OP_0 = 0x00,
    OP_1 = 0x51,
    OP_16 = 0x60,
    OP_RETURN = 0x6a,
    OP_DUP = 0x76,
    OP_EQUAL = 0x87,
    OP_EQUALVERIFY = 0x88,
    OP_HASH160 = 0xa9,
    OP_HASH256 = 0xaa,
    OP_CHECKSIG = 0xac,
    OP_CHECKMULTISIG = 0xae,
    TOKEN_PREFIX = 0xef,
    KEY_SHORT = 33,
    KEY_LONG = 65,
    PROGRAM_MAX = 40,
    HASH160_BYTES = 20,
};

static const struct {
    const char *name, *text; /* text: what begins the printed form of a script that has no address */
} kinds[SCRIPT_KINDS] = {
    [SCRIPT_NONSTANDARD] = {"nonstandard", "script:"},
    [SCRIPT_PUBKEY] = {"pubkey", "pubkey:"},
    [SCRIPT_PUBKEY_HASH] = {"pubkey-hash", NULL},
    [SCRIPT_SCRIPT_HASH] = {"script-hash", NULL},
    [SCRIPT_MULTISIG] = {"multisig", "multisig:"},
    [SCRIPT_WITNESS_PUBKEY_HASH] = {"witness-pubkey-hash", NULL},
    [SCRIPT_WITNESS_SCRIPT_HASH] = {"witness-script-hash", NULL},
    [SCRIPT_TAPROOT] = {"taproot", NULL},
    [SCRIPT_WITNESS_OTHER] = {"witness-other", NULL},
    [SCRIPT_DATA] = {"data", "data"},
};

const char *script_kind_name(enum script_kind kind) { return kinds[kind].name; }

/* ---- from bytes ---- */

static const uint8_t *raw(struct span s) { return (const uint8_t *)s.bytes; }

static struct script script_with(enum script_kind kind, const uint8_t *payload, uint64_t count) {
    struct script s = {.kind = (uint8_t)kind, .count = (uint8_t)count};
    memcpy(s.payload, payload, count);
    return s;
}

static enum imjin_status hash160(const uint8_t *bytes, uint64_t count, uint8_t ret[HASH160_BYTES], struct error *err) {
    struct sha256 once;
    uint8_t hash[HASH160_BYTES];
    TRY(sha256_of(bytes, count, &once, err));
    if (EVP_Digest(once.bytes, sizeof once.bytes, hash, NULL, EVP_ripemd160(), NULL) != 1)
        return fail(err, IMJIN_MACHINE, "RIPEMD-160 is not available from OpenSSL");
    memcpy(ret, hash, sizeof hash);
    return IMJIN_OK;
}

static bool is_key(const uint8_t *key, uint64_t count) {
    return (count == KEY_SHORT && (key[0] == 2 || key[0] == 3)) ||
           (count == KEY_LONG && (key[0] == 4 || key[0] == 6 || key[0] == 7));
}

static bool is_pubkey(struct span s) {
    const uint8_t *p = raw(s);
    return (s.count == KEY_SHORT + 2 || s.count == KEY_LONG + 2) && p[0] == s.count - 2 && p[s.count - 1] == OP_CHECKSIG &&
           is_key(p + 1, s.count - 2);
}

static bool is_pubkey_hash(struct span s) {
    const uint8_t *p = raw(s);
    return s.count == 25 && p[0] == OP_DUP && p[1] == OP_HASH160 && p[2] == HASH160_BYTES && p[23] == OP_EQUALVERIFY &&
           p[24] == OP_CHECKSIG;
}

static bool is_script_hash(struct span s) {
    const uint8_t *p = raw(s);
    return s.count == 23 && p[0] == OP_HASH160 && p[1] == HASH160_BYTES && p[22] == OP_EQUAL;
}

/* Of 32 bytes, as Bitcoin Cash has it. */
static bool is_long_script_hash(const struct output_chain *c, struct span s) {
    const uint8_t *p = raw(s);
    return c->cash_prefix && s.count == 35 && p[0] == OP_HASH256 && p[1] == 32 && p[34] == OP_EQUAL;
}

static bool is_witness(const struct output_chain *c, struct span s) {
    const uint8_t *p = raw(s);
    if (c->witness_prefix == NULL || s.count < 4 || s.count > PROGRAM_MAX + 2 || p[1] != s.count - 2)
        return false;
    return (p[0] == OP_0 && (s.count == 22 || s.count == 34)) || (p[0] >= OP_1 && p[0] <= OP_16);
}

static struct script witness_of(unsigned version, const uint8_t *program, uint64_t count) {
    if (version == 0)
        return script_with(count == HASH160_BYTES ? SCRIPT_WITNESS_PUBKEY_HASH : SCRIPT_WITNESS_SCRIPT_HASH, program, count);
    if (version == 1 && count == 32)
        return script_with(SCRIPT_TAPROOT, program, count);
    struct script s = {.kind = SCRIPT_WITNESS_OTHER, .count = (uint8_t)(count + 1), .payload = {(uint8_t)version}};
    memcpy(s.payload + 1, program, count);
    return s;
}

bool script_multisig(struct span bytes, unsigned *ret_needed, unsigned *ret_keys) {
    const uint8_t *p = raw(bytes);
    if (bytes.count < 3 || p[bytes.count - 1] != OP_CHECKMULTISIG || p[0] < OP_1 || p[0] > OP_16)
        return false;
    uint64_t at = 1;
    unsigned keys = 0, needed = p[0] - OP_1 + 1u;
    while (at + 2 < bytes.count && (p[at] == KEY_SHORT || p[at] == KEY_LONG)) {
        if (bytes.count - at <= p[at] + 2u || !is_key(p + at + 1, p[at]))
            return false;
        at += p[at] + 1u;
        keys++;
    }
    if (at + 2 != bytes.count || keys == 0 || p[at] != OP_1 + keys - 1 || keys > 16 || needed > keys)
        return false;
    *ret_needed = needed;
    *ret_keys = keys;
    return true;
}

/* A CashToken before the lock: category, a byte that says what follows, a commitment, an amount. What does not read as one is
 * part of the script. */
static struct span without_token(struct span s) {
    enum { HAS_AMOUNT = 0x10, HAS_NFT = 0x20, HAS_COMMITMENT = 0x40, RESERVED = 0x80, AT_LENGTH = 34 };
    const uint8_t *p = raw(s);
    if (s.count < AT_LENGTH || p[0] != TOKEN_PREFIX || p[33] & RESERVED || !(p[33] & (HAS_AMOUNT | HAS_NFT)))
        return s;
    uint64_t at = AT_LENGTH;
    if (p[33] & HAS_COMMITMENT) {
        if (at >= s.count || p[at] == 0 || p[at] > PROGRAM_MAX || s.count - at <= p[at])
            return s;
        at += p[at] + 1u;
    }
    if (p[33] & HAS_AMOUNT) {
        if (at >= s.count)
            return s;
        uint64_t bytes = p[at] < 0xfd ? 1 : p[at] == 0xfd ? 3 : p[at] == 0xfe ? 5 : 9;
        if (s.count - at < bytes)
            return s;
        at += bytes;
    }
    return (struct span){s.bytes + at, s.count - at};
}

static enum imjin_status script_hashed(struct script *ret, enum script_kind kind, struct span s, struct error *err) {
    struct sha256 hash;
    TRY(sha256_of(s.bytes, s.count, &hash, err));
    *ret = script_with(kind, hash.bytes, sizeof hash.bytes);
    return IMJIN_OK;
}

static enum imjin_status script_of_key(struct script *ret, struct span s, struct error *err) {
    struct script made = {.kind = SCRIPT_PUBKEY, .count = HASH160_BYTES};
    TRY(hash160(raw(s) + 1, s.count - 2, made.payload, err));
    *ret = made;
    return IMJIN_OK;
}

enum imjin_status script_of(struct script *ret, const struct output_chain *c, struct span bytes, struct error *err) {
    struct span s = c->has_tokens ? without_token(bytes) : bytes;
    const uint8_t *p = raw(s);
    unsigned needed, keys;
    if (is_pubkey_hash(s))
        *ret = script_with(SCRIPT_PUBKEY_HASH, p + 3, HASH160_BYTES);
    else if (is_script_hash(s))
        *ret = script_with(SCRIPT_SCRIPT_HASH, p + 2, HASH160_BYTES);
    else if (is_witness(c, s))
        *ret = witness_of(p[0] == OP_0 ? 0 : p[0] - OP_1 + 1u, p + 2, s.count - 2);
    else if (s.count > 0 && p[0] == OP_RETURN)
        *ret = (struct script){.kind = SCRIPT_DATA};
    else if (is_long_script_hash(c, s))
        *ret = script_with(SCRIPT_SCRIPT_HASH, p + 2, 32);
    else if (is_pubkey(s))
        return script_of_key(ret, s, err);
    else
        return script_hashed(ret, script_multisig(s, &needed, &keys) ? SCRIPT_MULTISIG : SCRIPT_NONSTANDARD, s, err);
    return IMJIN_OK;
}

/* ---- to text ---- */

static unsigned print_base58(char *ret_text, const struct output_chain *c, const uint8_t prefix[2], const struct script *s) {
    uint8_t bytes[2 + 32];
    char text[BASE58_TEXT_MAX + 1];
    memcpy(bytes, prefix, c->base58_bytes);
    memcpy(bytes + c->base58_bytes, s->payload, s->count);
    unsigned count = base58check_encode(text, bytes, c->base58_bytes + (uint32_t)s->count);
    memcpy(ret_text, text, count + 1);
    return count;
}

static unsigned print_hash(char *ret_text, const struct output_chain *c, const struct script *s) {
    char text[BECH32_TEXT_MAX + 1];
    bool of_script = s->kind == SCRIPT_SCRIPT_HASH;
    if (c->cash_prefix == NULL)
        return print_base58(ret_text, c, of_script ? c->script_hash : c->pubkey_hash, s);
    unsigned count = cashaddr_encode(text, c->cash_prefix, of_script, s->payload, s->count);
    memcpy(ret_text, text, count + 1);
    return count;
}

static unsigned print_witness(char *ret_text, const struct output_chain *c, const struct script *s) {
    char text[BECH32_TEXT_MAX + 1];
    bool other = s->kind == SCRIPT_WITNESS_OTHER;
    uint8_t version = other ? s->payload[0] : s->kind == SCRIPT_TAPROOT;
    unsigned count = segwit_encode(text, c->witness_prefix, version, s->payload + other, (uint32_t)s->count - other);
    memcpy(ret_text, text, count + 1);
    return count;
}

unsigned script_print(const struct script *s, const struct output_chain *c, char ret_text[SCRIPT_PRINT_MAX]) {
    struct script key_hash = *s;
    struct sha256 hash;
    unsigned count = 0;
    if (kinds[s->kind].text)
        count = (unsigned)snprintf(ret_text, SCRIPT_PRINT_MAX, "%s", kinds[s->kind].text);
    switch ((enum script_kind)s->kind) {
    case SCRIPT_PUBKEY:
        key_hash.kind = SCRIPT_PUBKEY_HASH;
        return count + print_hash(ret_text + count, c, &key_hash);
    case SCRIPT_NONSTANDARD:
    case SCRIPT_MULTISIG:
        memcpy(hash.bytes, s->payload, sizeof hash.bytes);
        sha256_print(&hash, ret_text + count);
        return count + 64;
    case SCRIPT_PUBKEY_HASH:
    case SCRIPT_SCRIPT_HASH:
        return print_hash(ret_text, c, s);
    case SCRIPT_DATA:
        return count;
    default:
        return print_witness(ret_text, c, s);
    }
}

/* ---- from text ---- */

static enum imjin_status fail_address(struct error *err, const struct output_chain *c, struct span text, const char *why) {
    return fail_value(err, NULL, 0, NULL, text.bytes, text.count, "is not an address of %s (%s)", c->name, why);
}

/* The text behind `begins`; false when it does not begin so. */
static bool behind(struct span text, const char *begins, struct span *ret) {
    size_t count = strlen(begins);
    if (text.count < count || memcmp(text.bytes, begins, count) != 0)
        return false;
    *ret = (struct span){text.bytes + count, text.count - count};
    return true;
}

static enum imjin_status parse_base58(struct script *ret, const struct output_chain *c, struct span text, struct error *err) {
    uint8_t bytes[BASE58_BYTES_MAX];
    uint32_t count;
    if (!base58check_decode(bytes, &count, text, BASE58_BITCOIN))
        return fail_address(err, c, text, "a mistyped character, or its checksum is wrong");
    if (count != c->base58_bytes + (uint32_t)HASH160_BYTES)
        return fail_address(err, c, text, "of a wrong length");
    if (memcmp(bytes, c->pubkey_hash, c->base58_bytes) == 0)
        *ret = script_with(SCRIPT_PUBKEY_HASH, bytes + c->base58_bytes, HASH160_BYTES);
    else if (memcmp(bytes, c->script_hash, c->base58_bytes) == 0 || memcmp(bytes, c->script_hash_old, c->base58_bytes) == 0)
        *ret = script_with(SCRIPT_SCRIPT_HASH, bytes + c->base58_bytes, HASH160_BYTES);
    else
        return fail_address(err, c, text, "of another chain, or no address at all");
    return IMJIN_OK;
}

static bool parse_cash(struct script *ret, const struct output_chain *c, struct span text) {
    uint8_t type, hash[CASHADDR_HASH_MAX];
    uint32_t count;
    /* types 2 and 3 are those of 0 and 1, with a note that tokens are welcome */
    if (!cashaddr_decode(&type, hash, &count, text, c->cash_prefix) || type > 3 ||
        (count != HASH160_BYTES && !(count == 32 && type % 2 == 1)))
        return false;
    *ret = script_with(type % 2 ? SCRIPT_SCRIPT_HASH : SCRIPT_PUBKEY_HASH, hash, count);
    return true;
}

/* "bc1...": what must be a witness address, since base58 has no such beginning but by chance, and then no right checksum. */
static bool begins_as_witness(const struct output_chain *c, struct span text) {
    size_t count = strlen(c->witness_prefix);
    return text.count > count && text.bytes[count] == '1' && strncasecmp(text.bytes, c->witness_prefix, count) == 0;
}

static enum imjin_status parse_witness(struct script *ret, const struct output_chain *c, struct span text, struct error *err) {
    uint8_t version, program[PROGRAM_MAX];
    uint32_t count;
    if (!segwit_decode(&version, program, &count, text, c->witness_prefix))
        return fail_address(err, c, text, "a mistyped character, or its checksum is wrong");
    *ret = witness_of(version, program, count);
    return IMJIN_OK;
}

enum imjin_status address_parse_canonical(struct address *ret, char text[SCRIPT_PRINT_MAX], const struct chain *c,
                                          struct span written, struct error *err) {
    const struct output_chain *outputs = output_chain_find(c->name);
    struct script script;
    TRY(address_parse(ret, c, written, err));
    if (outputs && ret->form == ADDRESS_OPAQUE && script_parse(&script, outputs, written, NULL) == IMJIN_OK) {
        ret->count = (uint8_t)script_print(&script, outputs, text);
        ret->text = text;
    }
    return IMJIN_OK;
}

static enum imjin_status parse_hashed(struct script *ret, enum script_kind kind, const struct output_chain *c, struct span text,
                                      struct span digits, struct error *err) {
    struct sha256 hash;
    if (digits.count != 64 || !sha256_parse(digits.bytes, &hash))
        return fail_address(err, c, text, "64 hex digits are wanted behind the colon");
    *ret = script_with(kind, hash.bytes, sizeof hash.bytes);
    return IMJIN_OK;
}

enum imjin_status script_parse(struct script *ret, const struct output_chain *c, struct span text, struct error *err) {
    struct span rest;
    struct script key;
    if (span_is(text, "data")) {
        *ret = (struct script){.kind = SCRIPT_DATA};
        return IMJIN_OK;
    }
    if (behind(text, kinds[SCRIPT_NONSTANDARD].text, &rest))
        return parse_hashed(ret, SCRIPT_NONSTANDARD, c, text, rest, err);
    if (behind(text, kinds[SCRIPT_MULTISIG].text, &rest))
        return parse_hashed(ret, SCRIPT_MULTISIG, c, text, rest, err);
    if (behind(text, kinds[SCRIPT_PUBKEY].text, &rest)) {
        if (!(c->cash_prefix && parse_cash(&key, c, rest)))
            TRY(parse_base58(&key, c, rest, err));
        if (key.kind != SCRIPT_PUBKEY_HASH)
            return fail_address(err, c, text, "a key's own address is wanted behind the colon");
        key.kind = SCRIPT_PUBKEY;
        *ret = key;
        return IMJIN_OK;
    }
    if (c->cash_prefix && parse_cash(ret, c, text))
        return IMJIN_OK;
    if (c->witness_prefix && begins_as_witness(c, text))
        return parse_witness(ret, c, text, err);
    return parse_base58(ret, c, text, err);
}
