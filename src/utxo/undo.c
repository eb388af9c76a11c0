#include "utxo/undo.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>

enum {
    FORM_PUBKEY_HASH = 0,
    FORM_SCRIPT_HASH = 1,
    FORM_KEY_EVEN = 2, /* a short key, its first byte 2 or 3 */
    FORM_KEY_ODD = 3,
    FORM_LONG_KEY_EVEN = 4, /* a long key, of which only x is kept */
    FORM_LONG_KEY_ODD = 5,
    FORMS = 6, /* behind them: the length of a script, plus this */
    KEY_X_BYTES = 32,
    SCRIPT_BYTES_MAX = 10000, /* consensus: a longer one cannot be spent and is not kept */
};

static uint64_t left(const struct wire_cursor *c) { return (uint64_t)(c->end - c->at); }

/* Seven bits a byte, most significant first; each but the last has its top bit set and counts one more. */
static enum imjin_status varint(struct wire_cursor *c, uint64_t *ret, struct error *err) {
    uint64_t value = 0;
    for (const uint8_t *at = c->at; at < c->end; at++) {
        if (value > UINT64_MAX >> 7)
            return fail(err, IMJIN_BAD_INPUT, "a number of the undo data is larger than 64 bits");
        value = value << 7 | (*at & 0x7f);
        if (!(*at & 0x80)) {
            c->at = at + 1;
            *ret = value;
            return IMJIN_OK;
        }
        if (value == UINT64_MAX)
            return fail(err, IMJIN_BAD_INPUT, "a number of the undo data is larger than 64 bits");
        value++;
    }
    return fail(err, IMJIN_BAD_INPUT, "the undo data ends inside a number");
}

/* Amounts are kept as last digit, trailing zeros and the rest. */
static bool amount_of(uint64_t packed, uint64_t *ret) {
    uint64_t value = 0;
    if (packed == 0) {
        *ret = 0;
        return true;
    }
    packed--;
    unsigned zeros = (unsigned)(packed % 10);
    packed /= 10;
    if (zeros < 9) {
        unsigned digit = (unsigned)(packed % 9) + 1;
        packed /= 9;
        if (!mul_u64(packed, 10, &value) || !add_u64(value, digit, &value))
            return false;
    } else if (!add_u64(packed, 1, &value)) {
        return false;
    }
    for (; zeros > 0; zeros--)
        if (!mul_u64(value, 10, &value))
            return false;
    *ret = value;
    return true;
}

static struct span hash_script(uint8_t room[UNDO_SCRIPT_MAX], bool of_script, const uint8_t hash[20]) {
    static const uint8_t pubkey_hash[] = {0x76, 0xa9, 20}, pubkey_hash_end[] = {0x88, 0xac}, script_hash[] = {0xa9, 20};
    uint64_t head = of_script ? sizeof script_hash : sizeof pubkey_hash;
    memcpy(room, of_script ? script_hash : pubkey_hash, head);
    memcpy(room + head, hash, 20);
    if (of_script) {
        room[head + 20] = 0x87;
        return (struct span){(const char *)room, head + 21};
    }
    memcpy(room + head + 20, pubkey_hash_end, sizeof pubkey_hash_end);
    return (struct span){(const char *)room, head + 22};
}

/* The long form of a key of which x and the parity of y are known (secp256k1). */
static enum imjin_status unpack_key(const uint8_t short_key[33], uint8_t ret_key[65], struct error *err) {
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp256k1);
    EC_POINT *point = group ? EC_POINT_new(group) : NULL;
    enum imjin_status status = point ? IMJIN_OK : fail(err, IMJIN_MACHINE, "secp256k1 is not available from OpenSSL");
    if (status == IMJIN_OK && (EC_POINT_oct2point(group, point, short_key, 33, NULL) != 1 ||
                               EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, ret_key, 65, NULL) != 65))
        status = fail(err, IMJIN_BAD_INPUT, "a key of the undo data is no point of the curve");
    EC_POINT_free(point);
    EC_GROUP_free(group);
    return status;
}

static enum imjin_status key_script(struct undo_output *o, unsigned form, const uint8_t *x, struct error *err) {
    uint8_t key[33];
    bool is_long = form >= FORM_LONG_KEY_EVEN;
    key[0] = (uint8_t)(2 + (form & 1));
    memcpy(key + 1, x, KEY_X_BYTES);
    uint64_t count = is_long ? 65 : 33;
    o->room[0] = (uint8_t)count;
    if (is_long)
        TRY(unpack_key(key, o->room + 1, err));
    else
        memcpy(o->room + 1, key, sizeof key);
    o->room[1 + count] = 0xac;
    o->script = (struct span){(const char *)o->room, count + 2};
    return IMJIN_OK;
}

static enum imjin_status parse_script(struct wire_cursor *c, struct undo_output *o, struct error *err) {
    uint64_t form;
    TRY(varint(c, &form, err));
    uint64_t bytes = form < FORM_KEY_EVEN ? 20 : form < FORMS ? KEY_X_BYTES : form - FORMS;
    if (bytes > left(c))
        return fail(err, IMJIN_BAD_INPUT, "the undo data ends inside a script of %llu bytes", (unsigned long long)bytes);
    const uint8_t *at = c->at;
    c->at += bytes;
    if (form >= FORMS) {
        if (bytes > SCRIPT_BYTES_MAX)
            return fail(err, IMJIN_BAD_INPUT, "a spent script of %llu bytes cannot be", (unsigned long long)bytes);
        o->script = (struct span){(const char *)at, bytes};
        return IMJIN_OK;
    }
    if (form >= FORM_KEY_EVEN)
        return key_script(o, (unsigned)form, at, err);
    o->script = hash_script(o->room, form == FORM_SCRIPT_HASH, at);
    return IMJIN_OK;
}

enum imjin_status undo_tx_count(struct wire_cursor *c, uint64_t *ret, struct error *err) {
    TRY(wire_count_parse(c, ret, err));
    return *ret <= left(c) ? IMJIN_OK
                           : fail(err, IMJIN_BAD_INPUT, "undo data of %llu transactions does not fit %llu bytes",
                                  (unsigned long long)*ret, (unsigned long long)left(c));
}

enum imjin_status undo_input_count(struct wire_cursor *c, uint64_t *ret, struct error *err) {
    TRY(wire_count_parse(c, ret, err));
    return *ret <= left(c) ? IMJIN_OK
                           : fail(err, IMJIN_BAD_INPUT, "undo data of %llu inputs does not fit %llu bytes",
                                  (unsigned long long)*ret, (unsigned long long)left(c));
}

/* `ret` is filled in place, since its script may point into it. */
enum imjin_status undo_output_parse(struct wire_cursor *c, struct undo_output *ret, struct error *err) {
    uint64_t code, unused, packed;
    TRY(varint(c, &code, err));
    if (code >> 1 > UINT32_MAX)
        return fail(err, IMJIN_BAD_INPUT, "a height of the undo data is larger than 32 bits");
    if (code >> 1 > 0)
        TRY(varint(c, &unused, err)); /* once the transaction's version */
    TRY(varint(c, &packed, err));
    if (!amount_of(packed, &ret->value))
        return fail(err, IMJIN_BAD_INPUT, "an amount of the undo data is larger than 64 bits");
    ret->height = (uint32_t)(code >> 1);
    ret->from_coinbase = code & 1;
    return parse_script(c, ret, err);
}

enum imjin_status undo_checksum(const uint8_t previous[32], struct span data, uint8_t ret_hash[32], struct error *err) {
    struct sha256_stream *s;
    struct sha256 once, twice;
    TRY(sha256_new(&s, err));
    enum imjin_status status = sha256_add(s, previous, 32, err);
    if (status == IMJIN_OK)
        status = sha256_add(s, data.bytes, data.count, err);
    if (status != IMJIN_OK) {
        sha256_free(s);
        return status;
    }
    TRY(sha256_end(s, &once, err));
    TRY(sha256_of(once.bytes, sizeof once.bytes, &twice, err));
    memcpy(ret_hash, twice.bytes, sizeof twice.bytes);
    return IMJIN_OK;
}
