/* Records from contract events. Told by topic and shape (codec/abi.h), so that a proxy or a copy of a bridge reads like the
 * first; whose contract it was is not looked at: who forges events on a chain of his own forges both sides, or flags himself.
 */
#include "pattern/bridge_inside.h"

#include "codec/abi.h"

enum { EVENT_BYTES_MAX = 1 << 16 /* of an event's data; the longest of a bridge has some hundred */ };

struct event {
    uint8_t topics[ABI_TOPICS_MAX][ABI_WORD];
    unsigned topic_count;
    uint8_t *data;
    uint64_t data_count;
};

/* "0x" and 64 digits each, with commas, spaces, quotes or brackets between. */
static bool read_topics(struct span text, struct event *e) {
    for (uint64_t at = 0; at < text.count;) {
        if (strchr(", []\"'", text.bytes[at]) && text.bytes[at]) {
            at++;
            continue;
        }
        if (e->topic_count == ABI_TOPICS_MAX || text.count - at < 66 || memcmp(text.bytes + at, "0x", 2) != 0 ||
            hex_decode(e->topics[e->topic_count], text.bytes + at + 2, ABI_WORD) & HEX_BAD)
            return false;
        e->topic_count++;
        at += 66;
    }
    return e->topic_count != 0;
}

static bool read_data(struct span text, struct event *e) {
    if (text.count == 0 || span_is(text, "0x"))
        return true;
    if (text.count % 2 || text.count < 2 || text.count > 2 * EVENT_BYTES_MAX || memcmp(text.bytes, "0x", 2) != 0)
        return false;
    e->data_count = (text.count - 2) / 2;
    e->data = memory_new(e->data_count, 1);
    return e->data && !(hex_decode(e->data, text.bytes + 2, e->data_count) & HEX_BAD);
}

static bool is_account(enum bridge_field f) {
    return f == BRIDGE_RECIPIENT || f == BRIDGE_SENDER || f == BRIDGE_ASSET || f == BRIDGE_OTHER_ASSET;
}

static bool starts_with_zeros(const uint8_t *bytes, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (bytes[i])
            return false;
    return true;
}

/* One value of the event as a cell; bytes null when it cannot be one. */
static struct span cell_of(struct bridge_room *room, enum bridge_field f, const struct abi_field *field,
                           const struct abi_value *value) {
    char text[U256_DIGITS_MAX];
    uint8_t word[ABI_WORD];
    u256_to_be(value->word, word);
    switch ((enum abi_kind)field->kind) {
    case ABI_ADDRESS:
        return bridge_keep_hex(room, word + 12, 20);
    case ABI_UINT:
        return bridge_keep(room, text, u256_print(value->word, text));
    case ABI_FIXED:
        if (is_account(f) && field->bits == 256 && starts_with_zeros(word, 12))
            return bridge_keep_hex(room, word + 12, 20);
        return bridge_keep_hex(room, word, field->bits / 8);
    case ABI_BYTES:
        if (is_account(f) && value->bytes.count == 20)
            return bridge_keep_hex(room, (const uint8_t *)value->bytes.bytes, 20);
        if (f == BRIDGE_MEMO && value->bytes.count <= BRIDGE_MEMO_MAX)
            return bridge_keep(room, value->bytes.bytes, value->bytes.count);
        return bridge_plain(value->bytes, ADDRESS_TEXT_MAX) ? bridge_keep(room, value->bytes.bytes, value->bytes.count)
                                                            : (struct span){0};
    default:
        return (struct span){0};
    }
}

/* "id=depositId": the event's field; "other_chain=:10": a word of its own; "asset=@": the contract. */
static bool fill_role(struct bridge_row *row, struct bridge_room *room, const struct abi_match *m, struct span role) {
    struct span name, from = role, value = {0};
    INVARIANT(bridge_cut(&from, '=', &name) && from.count);
    enum bridge_field f = span_is(name, "sender") ? BRIDGE_SENDER : span_is(name, "memo") ? BRIDGE_MEMO : bridge_field_of(name);
    INVARIANT(f != BRIDGE_FIELDS);
    if (from.bytes[0] == ':')
        value = (struct span){from.bytes + 1, from.count - 1};
    else if (from.bytes[0] == '@')
        value = row->fields[BRIDGE_CONTRACT];
    for (unsigned i = 0; value.bytes == NULL && i < m->signature->field_count; i++)
        if (span_is(from, m->signature->fields[i].name))
            value = cell_of(room, f, &m->signature->fields[i], &m->values[i]);
    bridge_fill(row, f, value);
    return value.bytes != NULL;
}

static unsigned read_event(struct bridge_row *row, struct bridge_room *room, const struct event *e) {
    struct abi_event event = {e->topics, e->topic_count, {(const char *)e->data, e->data_count}};
    struct abi_match m;
    struct bridge_function f;
    struct span roles, role;
    unsigned passed_over = 0;
    if (!abi_match_event(&event, &m) || !bridge_event_find(span_of(m.signature->protocol), span_of(m.signature->name), &f))
        return 0;
    if (row->fields[BRIDGE_SIDE].count && !span_equal(row->fields[BRIDGE_SIDE], f.side))
        return 1;
    bridge_fill(row, BRIDGE_PROTOCOL, f.protocol);
    for (roles = f.roles; bridge_cut(&roles, ' ', &role);)
        passed_over += !fill_role(row, room, &m, role);
    /* A refund of THORChain leaves by the same event as a payment; its memo says which. */
    if (row->fields[BRIDGE_MEMO].count == 0 || !span_is(f.protocol, "thorchain"))
        bridge_fill(row, BRIDGE_SIDE, f.side);
    return passed_over;
}

unsigned bridge_read_event(struct bridge_row *row, struct bridge_room *room) {
    struct event e = {0};
    unsigned passed_over = 0;
    if (row->fields[BRIDGE_TOPICS].count == 0)
        return 0;
    if (read_topics(row->fields[BRIDGE_TOPICS], &e) && read_data(row->fields[BRIDGE_DATA], &e))
        passed_over = read_event(row, room, &e);
    memory_free(e.data);
    return passed_over;
}
