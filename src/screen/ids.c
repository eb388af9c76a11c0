#include "screen/set.h"

enum { IDENTIFIER_LEAST = 4, EVM_TEXT = 42, WALLET_LEAST = 25, LABEL_LEAST = 2, LABEL_MOST = 8 };

static char upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return upper(c) >= 'A' && upper(c) <= 'Z'; }
static bool is_hex(char c) { return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'F'); }

/* Letters and digits alone, in upper case; an e-mail address keeps its signs. Texts such as "N/A", "unknown" and "0000" are no
 * identifiers: four characters at least, a digit or an at sign or the eight or eleven letters of a bank's code, not all alike.
 */
bool id_key_of_identifier(struct span text, struct id_key *ret) {
    bool mail = text.count && memchr(text.bytes, '@', text.count) != NULL, digit = false, varied = false;
    struct id_key key = {.count = 0};
    key.bytes[key.count++] = 'I';
    for (uint64_t i = 0; i < text.count; i++) {
        char c = text.bytes[i];
        bool other = (unsigned char)c >= 0x80, sign = mail && c > ' ';
        if (!is_digit(c) && !is_letter(c) && !other && !sign)
            continue;
        if (key.count == sizeof key.bytes)
            return false;
        digit |= is_digit(c);
        key.bytes[key.count++] = upper(c);
        varied |= key.bytes[key.count - 1] != key.bytes[1];
    }
    uint64_t count = key.count - 1;
    if (count < IDENTIFIER_LEAST || !varied || (!digit && !mail && count != 8 && count != 11))
        return false;
    *ret = key;
    return true;
}

static bool is_evm_shape(struct span t) { return t.count >= 2 && t.bytes[0] == '0' && (t.bytes[1] | 32) == 'x'; }

static bool evm_key(struct span text, struct id_key *ret, const char **ret_what) {
    struct address address;
    struct chain chain;
    for (uint64_t i = 2; i < text.count; i++)
        if (!is_hex(text.bytes[i])) {
            *ret_what = "no address: something that is no hexadecimal digit behind 0x";
            return false;
        }
    if (text.count != EVM_TEXT) {
        *ret_what = text.count < EVM_TEXT ? "no address: fewer than 40 hexadecimal digits behind 0x"
                                          : "no address: more than 40 hexadecimal digits behind 0x";
        return false;
    }
    ret->count = 0;
    ret->bytes[ret->count++] = 'W';
    for (uint64_t i = 0; i < text.count; i++)
        ret->bytes[ret->count++] = upper(text.bytes[i]);
    if (chain_find(&chain, "ethereum", NULL) == IMJIN_OK && address_parse(&address, &chain, text, NULL) != IMJIN_OK)
        *ret_what = "its checksum is wrong: is it mistyped? it is looked up all the same";
    return true;
}

static bool has_prefix(struct span text, const char *prefix) {
    uint64_t count = strlen(prefix);
    if (text.count < count)
        return false;
    for (uint64_t i = 0; i < count; i++)
        if ((text.bytes[i] | 32) != prefix[i])
            return false;
    return true;
}

/* Chains whose addresses are written in one case or the other. */
static bool is_caseless(struct span text) {
    static const char *const prefixes[] = {"bc1", "tb1", "ltc1", "addr1", "cosmos1", "bitcoincash:", "zs1", "u1", "one1"};
    for (unsigned i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (has_prefix(text, prefixes[i]))
            return true;
    return false;
}

/* "XBT 12Qt..." and "ETH: 0x09...": what currency somebody takes an address for says nothing about whose it is. */
static struct span without_label(struct span text) {
    uint64_t i = 0;
    while (i < text.count && i <= LABEL_MOST && (is_letter(text.bytes[i]) || is_digit(text.bytes[i])))
        i++;
    if (i < LABEL_LEAST || i > LABEL_MOST || i == text.count || (text.bytes[i] != ' ' && text.bytes[i] != ':'))
        return text;
    uint64_t sign = i;
    while (i < text.count && (text.bytes[i] == ' ' || text.bytes[i] == ':'))
        i++;
    return i > sign + 1 || text.bytes[sign] == ' ' ? (struct span){text.bytes + i, text.count - i} : text;
}

bool id_key_of_wallet(struct span text, struct id_key *ret, const char **ret_what) {
    const char *unused, **what = ret_what ? ret_what : &unused;
    struct id_key key = {.count = 0};
    *what = NULL;
    text = without_label(span_trim(text));
    if (is_evm_shape(text))
        return evm_key(text, ret, what);
    *what = "no wallet; a postal address is kept and does not score";
    if (text.count < WALLET_LEAST || text.count > ADDRESS_TEXT_MAX)
        return false;
    bool caseless = is_caseless(text);
    key.bytes[key.count++] = 'W';
    for (uint64_t i = 0; i < text.count; i++) {
        char c = text.bytes[i];
        if (!is_digit(c) && !is_letter(c) && c != ':' && c != '_' && c != '-')
            return false;
        key.bytes[key.count++] = caseless ? upper(c) : c;
    }
    *what = NULL;
    *ret = key;
    return true;
}

bool id_key_of_value(const struct list_value *v, struct id_key *ret) {
    if (v->property == LIST_WALLET)
        return id_key_of_wallet(v->text, ret, NULL);
    if ((v->property >= LIST_PASSPORT && v->property <= LIST_SWIFT_BIC) || v->property == LIST_EMAIL)
        return id_key_of_identifier(v->text, ret);
    return false;
}

/* The first row of a hash; ids are sorted by it. */
static bool first_row(const struct screen_set *s, uint64_t hash, uint64_t *ret) {
    uint64_t slots = s->header.counts[PREPARED_ID_SLOTS], rows = s->header.counts[PREPARED_IDS];
    for (uint64_t slot = hash & (slots - 1), tried = 0; tried < slots; tried++, slot = (slot + 1) & (slots - 1)) {
        uint32_t row = s->id_slots[slot];
        if (row == 0)
            return false;
        if (row <= rows && s->ids[row - 1].hash == hash) {
            *ret = row - 1;
            return true;
        }
    }
    return false;
}

bool screen_find_id(const struct screen_set *s, struct span text, bool wallet, uint64_t *cursor, struct screen_id_hit *ret) {
    struct id_key wanted, found;
    uint64_t first;
    if (!(wallet ? id_key_of_wallet(text, &wanted, NULL) : id_key_of_identifier(text, &wanted)))
        return false;
    uint64_t hash = id_key_hash(&wanted);
    if (!first_row(s, hash, &first))
        return false;
    for (uint64_t row = first + *cursor; row < s->header.counts[PREPARED_IDS] && s->ids[row].hash == hash; row++) {
        const struct prepared_id *id = &s->ids[row];
        ++*cursor;
        if (id->entity >= s->header.entities)
            continue;
        struct list_value value = set_value(s, id->entity, id->value);
        if (id_key_of_value(&value, &found) && found.count == wanted.count &&
            memcmp(found.bytes, wanted.bytes, found.count) == 0) {
            *ret = (struct screen_id_hit){id->entity, value};
            return true;
        }
    }
    return false;
}

const char *screen_value_note(const struct screen_value *v) {
    struct id_key key;
    const char *what = NULL;
    if (v->field == SCREEN_ADDRESS)
        (void)id_key_of_wallet(v->text, &key, &what);
    if (v->field == SCREEN_ID && !id_key_of_identifier(v->text, &key) && !id_key_of_wallet(v->text, &key, NULL))
        what = "no identifier: too short, or nothing that tells one from another";
    return what;
}
