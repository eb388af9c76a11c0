/* What strangers wrote into calldata and memos. Nothing here is trusted: a field that is not sound is passed over, and what is
 * sound fills only what the record does not say itself. */
#include "pattern/bridge_inside.h"

#include <stdio.h>

bool bridge_plain(struct span text, uint64_t bytes_max) {
    if (text.count == 0 || text.count > bytes_max)
        return false;
    for (uint64_t i = 0; i < text.count; i++)
        if (text.bytes[i] <= ' ' || text.bytes[i] > '~' || strchr(",\"'`\\<>&", text.bytes[i]))
            return false;
    return true;
}

struct span bridge_keep(struct bridge_room *room, const char *bytes, uint64_t count) {
    if (count > sizeof room->bytes - room->used)
        return (struct span){0};
    char *place = room->bytes + room->used;
    memcpy(place, bytes, count);
    room->used += (unsigned)count;
    return (struct span){place, count};
}

void bridge_fill(struct bridge_row *row, enum bridge_field field, struct span value) {
    if (row->fields[field].count == 0)
        row->fields[field] = value;
}

/* ---- calldata ---- */

struct calldata {
    struct bridge_row *row;
    struct bridge_room *room;
    const uint8_t *bytes; /* behind the selector */
    uint64_t words;       /* whole ones */
    unsigned passed_over;
};

/* Whether the row says whose account is meant, which asset, and so on; BRIDGE_FIELDS: passed over. */
enum bridge_field bridge_field_of(struct span role) {
    static const struct {
        const char *role;
        enum bridge_field field;
    } fields[] = {{"id", BRIDGE_ID},         {"recipient", BRIDGE_RECIPIENT},     {"asset", BRIDGE_ASSET},
                  {"amount", BRIDGE_AMOUNT}, {"other_chain", BRIDGE_OTHER_CHAIN}, {"other_asset", BRIDGE_OTHER_ASSET}};
    for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++)
        if (span_is(role, fields[i].role))
            return fields[i].field;
    return BRIDGE_FIELDS;
}

static bool is_dynamic(struct span type) {
    return span_is(type, "bytes") || span_is(type, "string") || (type.count > 2 && type.bytes[type.count - 1] == ']') ||
           (type.count && type.bytes[0] == '(');
}

struct span bridge_keep_hex(struct bridge_room *room, const uint8_t *bytes, unsigned count) {
    static const char digits[] = "0123456789abcdef";
    char text[2 + 2 * 32] = "0x";
    INVARIANT(count <= 32);
    for (unsigned i = 0; i < count; i++) {
        text[2 + 2 * i] = digits[bytes[i] >> 4];
        text[3 + 2 * i] = digits[bytes[i] & 15];
    }
    return bridge_keep(room, text, 2 + 2 * (uint64_t)count);
}

static bool zeros(const uint8_t *bytes, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (bytes[i])
            return false;
    return true;
}

/* One word as its type has it; bytes null when it holds what the type cannot. */
static struct span read_word(struct calldata *c, struct span type, enum bridge_field field, const uint8_t *word) {
    char text[U256_DIGITS_MAX];
    bool account = field == BRIDGE_RECIPIENT || field == BRIDGE_ASSET || field == BRIDGE_OTHER_ASSET;
    if (span_is(type, "address") || (span_is(type, "bytes32") && account && zeros(word, 12)))
        return zeros(word, 12) && !zeros(word + 12, 20) ? bridge_keep_hex(c->room, word + 12, 20) : (struct span){0};
    if (span_is(type, "bytes32"))
        return zeros(word, 32) ? (struct span){0} : bridge_keep_hex(c->room, word, 32);
    if (span_is(type, "bytes4"))
        return zeros(word + 4, 28) ? bridge_keep_hex(c->room, word, 4) : (struct span){0};
    if (type.count > 4 && memcmp(type.bytes, "uint", 4) == 0) {
        uint64_t bits = 0;
        if (!u64_parse(type.bytes + 4, type.count - 4, &bits) || bits > 256 || !zeros(word, (unsigned)(32 - bits / 8)))
            return (struct span){0};
        return bridge_keep(c->room, text, u256_print(u256_from_be(word), text));
    }
    return (struct span){0};
}

/* A number that must lie in the calldata: a place in bytes, or a length. */
static bool read_small(const struct calldata *c, uint64_t at_byte, uint64_t *ret) {
    if (at_byte > c->words * 32 || c->words * 32 - at_byte < 32 || !zeros(c->bytes + at_byte, 28))
        return false;
    const uint8_t *b = c->bytes + at_byte + 28;
    *ret = (uint64_t)b[0] << 24 | (uint64_t)b[1] << 16 | (uint64_t)b[2] << 8 | b[3];
    return true;
}

/* Bytes and strings that name an account: 20 bytes packed, 32 padded, or text. */
static struct span read_bytes(struct calldata *c, struct span type, uint64_t at) {
    uint64_t place, count;
    if (!read_small(c, at, &place) || !read_small(c, place, &count) || count == 0 || count > ADDRESS_TEXT_MAX ||
        c->words * 32 - place - 32 < count)
        return (struct span){0};
    const uint8_t *bytes = c->bytes + place + 32;
    if (span_is(type, "bytes") && count == 20)
        return bridge_keep_hex(c->room, bytes, 20);
    if (span_is(type, "bytes") && count == 32 && zeros(bytes, 12))
        return bridge_keep_hex(c->room, bytes + 12, 20);
    struct span text = {(const char *)bytes, count};
    return bridge_plain(text, ADDRESS_TEXT_MAX) ? bridge_keep(c->room, text.bytes, text.count) : (struct span){0};
}

/* The type before the next comma that stands in no bracket. */
static bool cut_type(struct span *rest, struct span *ret) {
    unsigned depth = 0;
    for (uint64_t i = 0; i < rest->count; i++) {
        char ch = rest->bytes[i];
        depth += ch == '(';
        depth -= ch == ')' && depth;
        if (ch == ',' && depth == 0) {
            *ret = (struct span){rest->bytes, i};
            *rest = (struct span){rest->bytes + i + 1, rest->count - i - 1};
            return true;
        }
    }
    *ret = *rest;
    *rest = (struct span){0};
    return ret->count != 0;
}

static void read_arguments(struct calldata *c, const struct bridge_function *f) {
    struct span open, types = f->signature, roles = f->roles, type, role;
    INVARIANT(bridge_cut(&types, '(', &open) && types.count);
    types.count--; /* the closing bracket */
    for (uint64_t at = 0; cut_type(&types, &type) && bridge_cut(&roles, ' ', &role); at += 32) {
        enum bridge_field field = bridge_field_of(role);
        if (field == BRIDGE_FIELDS)
            continue;
        struct span value = {0};
        if (at / 32 < c->words)
            value = is_dynamic(type) ? read_bytes(c, type, at) : read_word(c, type, field, c->bytes + at);
        if (value.bytes)
            bridge_fill(c->row, field, value);
        else
            c->passed_over++;
    }
}

/* Decodes in place of the first words only: what lies behind them belongs to dynamic arguments, or to nobody. */
static unsigned read_calldata(struct bridge_row *row, struct bridge_room *room, const uint8_t *bytes, uint64_t count) {
    struct calldata c = {.row = row, .room = room, .bytes = bytes + 4, .words = (count - 4) / 32};
    struct bridge_function f;
    if (!bridge_function_find(row->fields[BRIDGE_PROTOCOL], bytes, &f))
        return 1;
    if (row->fields[BRIDGE_SIDE].count && !span_equal(row->fields[BRIDGE_SIDE], f.side))
        return 1; /* the record itself says that it is something else */
    bridge_fill(row, BRIDGE_PROTOCOL, f.protocol);
    bridge_fill(row, BRIDGE_SIDE, f.side);
    read_arguments(&c, &f);
    return c.passed_over;
}

unsigned bridge_read_input(struct bridge_row *row, struct bridge_room *room) {
    struct span text = row->fields[BRIDGE_INPUT];
    row->fields[BRIDGE_INPUT] = (struct span){0};
    if (text.count == 0 || span_is(text, "0x"))
        return 0;
    if (text.count < 10 || text.count % 2 || memcmp(text.bytes, "0x", 2) != 0)
        return 1;
    uint64_t count = (text.count - 2) / 2;
    uint8_t *bytes = memory_new(count, 1);
    if (bytes == NULL)
        return 1;
    unsigned passed_over = 1;
    if (!(hex_decode(bytes, text.bytes + 2, count) & HEX_BAD))
        passed_over = read_calldata(row, room, bytes, count);
    memory_free(bytes);
    return passed_over;
}

/* ---- memos: =:ASSET:DEST/REFUND:LIMIT/INTERVAL/QUANTITY:AFFILIATE:FEE, OUT:TX, REFUND:TX ---- */

static bool is_word(struct span text, const char *word) {
    if (text.count != strlen(word))
        return false;
    for (uint64_t i = 0; i < text.count; i++) {
        char c = text.bytes[i];
        if ((c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) != word[i])
            return false;
    }
    return true;
}

/* "ETH.USDT-0XDAC1..." to the chain's name and the contract; "BTC.BTC" to "native"; a shortened contract is kept as it is,
 * since it names no asset for sure. '/' and '~' (synths, trade assets) stay on THORChain. */
static unsigned read_memo_asset(struct bridge_row *row, struct bridge_room *room, struct span text) {
    struct span name = bridge_short_name(text), chain, symbol, chain_name;
    if (!bridge_plain(name, ADDRESS_TEXT_MAX) || memchr(name.bytes, '/', name.count) || memchr(name.bytes, '~', name.count))
        return 1;
    symbol = name;
    if (!bridge_cut(&symbol, '.', &chain) || symbol.count == 0)
        return 1;
    char upper[ADDRESS_TEXT_MAX];
    for (uint64_t i = 0; i < chain.count; i++)
        upper[i] = chain.bytes[i] >= 'a' && chain.bytes[i] <= 'z' ? (char)(chain.bytes[i] - 'a' + 'A') : chain.bytes[i];
    if (!bridge_chain_find(span_of("thorchain"), (struct span){upper, chain.count}, &chain_name)) {
        bridge_fill(row, BRIDGE_OTHER_CHAIN, chain);
        return 1;
    }
    bridge_fill(row, BRIDGE_OTHER_CHAIN, chain_name);
    struct span ticker, contract = symbol;
    (void)bridge_cut(&contract, '-', &ticker);
    if (contract.count == 0) {
        struct chain c;
        char id[CHAIN_NAME_MAX] = "";
        memcpy(id, chain_name.bytes, chain_name.count);
        bool coin = chain_find(&c, id, NULL) == IMJIN_OK && is_word(ticker, c.native_symbol);
        if (coin)
            bridge_fill(row, BRIDGE_OTHER_ASSET, span_of("native"));
        return 0;
    }
    if (contract.count == 42 && (contract.bytes[1] | 0x20) == 'x') {
        char lower[42];
        for (unsigned i = 0; i < 42; i++)
            lower[i] =
                contract.bytes[i] >= 'A' && contract.bytes[i] <= 'Z' ? (char)(contract.bytes[i] | 0x20) : contract.bytes[i];
        bridge_fill(row, BRIDGE_OTHER_ASSET, bridge_keep(room, lower, sizeof lower));
    }
    return 0;
}

static unsigned read_swap(struct bridge_row *row, struct bridge_room *room, struct span rest) {
    struct span asset, target, destination;
    unsigned passed_over = 1;
    bridge_fill(row, BRIDGE_SIDE, span_of("deposit"));
    if (bridge_cut(&rest, ':', &asset))
        passed_over = read_memo_asset(row, room, asset);
    if (bridge_cut(&rest, ':', &target) && target.count) {
        struct span destination_rest = target; /* DEST/REFUND_ADDRESS */
        (void)bridge_cut(&destination_rest, '/', &destination);
        if (bridge_plain(destination, ADDRESS_TEXT_MAX))
            bridge_fill(row, BRIDGE_RECIPIENT, destination);
        else
            passed_over++;
    }
    return passed_over;
}

/* The hash of the transaction that came in; all zeros stands for none. */
static unsigned read_inbound(struct bridge_row *row, struct bridge_room *room, struct span rest, const char *side) {
    struct span hash;
    uint8_t bytes[32];
    bridge_fill(row, BRIDGE_SIDE, span_of(side));
    if (!bridge_cut(&rest, ':', &hash))
        return 1;
    if (hash.count == 66 && (hash.bytes[1] | 0x20) == 'x')
        hash = (struct span){hash.bytes + 2, 64};
    if (hash.count != 64)
        return 1;
    unsigned seen = hex_decode(bytes, hash.bytes, 32);
    if (seen & HEX_BAD || !(seen & HEX_NONZERO))
        return 1;
    bridge_fill(row, BRIDGE_ID, bridge_keep_hex(room, bytes, 32));
    return 0;
}

unsigned bridge_read_memo(struct bridge_row *row, struct bridge_room *room) {
    struct span rest = row->fields[BRIDGE_MEMO], word;
    row->fields[BRIDGE_MEMO] = (struct span){0};
    if (rest.count == 0)
        return 0;
    if (rest.count > BRIDGE_MEMO_MAX || !bridge_cut(&rest, ':', &word))
        return 1;
    bool in = is_word(word, "=") || is_word(word, "S") || is_word(word, "SWAP");
    bool out = is_word(word, "OUT"), back = is_word(word, "REFUND");
    if (!in && !out && !back)
        return 1;
    const char *side = in ? "deposit" : out ? "withdrawal" : "refund";
    if (row->fields[BRIDGE_SIDE].count && !span_is(row->fields[BRIDGE_SIDE], side))
        return 1;
    bridge_fill(row, BRIDGE_PROTOCOL, span_of("thorchain"));
    return in ? read_swap(row, room, rest) : read_inbound(row, room, rest, side);
}
