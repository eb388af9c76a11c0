/* Records of bridges in memory: checked, numbered texts, in order. */
#include "pattern/bridge_inside.h"

#include <stdio.h>
#include <stdlib.h>

const char *const bridge_field_names[BRIDGE_FIELDS] = {
    "side",   "protocol", "chain",       "time",        "tx",    "log",  "id",      "sender", "recipient", "asset",
    "amount", "decimals", "other_chain", "other_asset", "input", "memo", "address", "topics", "data"};

static const char *const sides[BRIDGE_SIDES] = {"deposit", "withdrawal", "refund"};
const char *bridge_side_name(enum bridge_side side) { return sides[side]; }

/* A chain of a protocol that has no such chain is kept under this name, so that a reader sees what was said. */
static const char no_such[] = "no-such-chain-";

/* ---- texts ---- */

static enum imjin_status grow_slots(struct bridge_store *s, struct error *err) {
    if (2 * (s->text_count + 1) <= s->slot_count)
        return IMJIN_OK;
    uint64_t count = s->slot_count ? 2 * s->slot_count : 1024;
    uint32_t *slots = memory_new(count, sizeof *slots);
    if (slots == NULL)
        return fail_memory(err, "records of bridges");
    for (uint64_t at = 0; at < s->texts.count;) {
        uint64_t bytes = strlen(s->texts.bytes + at);
        uint64_t slot = hash_bytes(s->texts.bytes + at, bytes, 0) & (count - 1);
        while (slots[slot])
            slot = (slot + 1) & (count - 1);
        slots[slot] = (uint32_t)at + 1;
        at += bytes + 1;
    }
    memory_free(s->slots);
    s->slots = slots;
    s->slot_count = count;
    return IMJIN_OK;
}

enum imjin_status bridge_text_number(struct bridge_store *s, struct span text, uint32_t *ret, struct error *err) {
    TRY(grow_slots(s, err));
    uint64_t slot = hash_bytes(text.bytes, text.count, 0) & (s->slot_count - 1);
    for (; s->slots[slot]; slot = (slot + 1) & (s->slot_count - 1)) {
        const char *known = s->texts.bytes + s->slots[slot] - 1;
        if (strncmp(known, text.bytes ? text.bytes : "", text.count) == 0 && known[text.count] == '\0') {
            *ret = s->slots[slot] - 1;
            return IMJIN_OK;
        }
    }
    uint64_t place = s->texts.count;
    text_add(&s->texts, text.bytes ? text.bytes : "", text.count);
    text_add(&s->texts, "", 1);
    TRY(text_status(&s->texts, err));
    s->slots[slot] = (uint32_t)place + 1;
    s->text_count++;
    *ret = (uint32_t)place;
    return IMJIN_OK;
}

const char *bridge_text(const struct bridge_store *s, uint32_t text) { return s->texts.bytes + text; }

enum imjin_status bridge_store_new(struct bridge_store **ret, struct error *err) {
    struct bridge_store *s = memory_new(1, sizeof *s);
    uint32_t empty;
    if (s == NULL)
        return fail_memory(err, "records of bridges");
    s->records = (struct buffer){
        .item_bytes = sizeof(struct bridge_record), .items_max = BRIDGE_RECORDS_MAX, .what = "records of bridges"};
    s->texts.bytes_max = BRIDGE_TEXT_BYTES_MAX;
    s->protocol = bridge_protocol_find((struct span){0});
    enum imjin_status status = bridge_text_number(s, span_of(""), &empty, err);
    if (status == IMJIN_OK)
        *ret = s;
    else
        bridge_store_free(s);
    return status;
}

void bridge_store_free(struct bridge_store *s) {
    if (s == NULL)
        return;
    buffer_done(&s->records);
    text_done(&s->texts);
    memory_free(s->slots);
    memory_free(s);
}

/* ---- fields ---- */

static enum imjin_status fail_field(enum bridge_field f, struct span value, const char *what, struct error *err) {
    return fail_value(err, NULL, 0, bridge_field_names[f], value.bytes, value.count, "%s", what);
}

static enum imjin_status read_plain(struct bridge_store *s, const struct bridge_row *row, enum bridge_field f, uint64_t max,
                                    uint32_t *ret, struct error *err) {
    struct span v = row->fields[f];
    char lower[BRIDGE_ID_MAX];
    if (v.count == 0) {
        *ret = 0;
        return IMJIN_OK;
    }
    if (!bridge_plain(v, max))
        return fail_field(f, v, "is empty, too long, or holds signs that do not belong there", err);
    /* Hexadecimal is one value however it is spelled. */
    if (v.count <= sizeof lower && v.count > 2 && v.bytes[0] == '0' && (v.bytes[1] | 0x20) == 'x') {
        for (uint64_t i = 0; i < v.count; i++)
            lower[i] = v.bytes[i] >= 'A' && v.bytes[i] <= 'Z' ? (char)(v.bytes[i] | 0x20) : v.bytes[i];
        v.bytes = lower;
    }
    return bridge_text_number(s, v, ret, err);
}

static enum imjin_status read_account(struct bridge_store *s, const struct bridge_row *row, enum bridge_field f, uint32_t *ret,
                                      struct error *err) {
    struct chain any;
    struct address a;
    struct error why;
    char text[ADDRESS_PRINT_MAX];
    struct span v = row->fields[f];
    if (v.count == 0 || (span_is(v, "native") && f != BRIDGE_SENDER && f != BRIDGE_RECIPIENT))
        return bridge_text_number(s, v, ret, err);
    TRY(chain_find(&any, "any", err));
    if (address_parse(&a, &any, v, &why) != IMJIN_OK || (a.form == ADDRESS_OPAQUE && !bridge_plain(v, ADDRESS_TEXT_MAX)))
        return fail_field(f, v, "is not an address", err);
    if (a.form == ADDRESS_VOID) { /* a bridge's way to say "the coin", or "nobody" */
        *ret = 0;
        return f == BRIDGE_ASSET || f == BRIDGE_OTHER_ASSET ? bridge_text_number(s, span_of("native"), ret, err) : IMJIN_OK;
    }
    unsigned count = address_print(&a, text);
    return bridge_text_number(s, (struct span){text, count}, ret, err);
}

/* A chain as the protocol numbers it, by EIP-155, or by name. */
static enum imjin_status find_chain(struct bridge_store *s, struct span v, enum bridge_field f, bool own,
                                    struct bridge_record *r, uint32_t *ret, struct error *err) {
    char name[CHAIN_NAME_MAX] = "";
    struct chain known;
    struct span found;
    if (!bridge_plain(v, CHAIN_NAME_MAX - 1))
        return fail_field(f, v, "is no name or number of a chain", err);
    bool number = v.bytes[0] >= '0' && v.bytes[0] <= '9';
    if (bridge_chain_find(own ? span_of("eip155") : span_of(s->protocol.numbering), v, &found))
        return bridge_text_number(s, found, ret, err);
    memcpy(name, v.bytes, v.count);
    if (!number && chain_find(&known, name, NULL) == IMJIN_OK &&
        (own || known.native_symbol[0] || bridge_chain_known(v) || strncmp(name, no_such, sizeof no_such - 1) == 0)) {
        r->no_such_chain |= strncmp(name, no_such, sizeof no_such - 1) == 0;
        return bridge_text_number(s, v, ret, err);
    }
    if (own)
        return fail_field(f, v, "is no name or number of a chain", err);
    r->no_such_chain = true;
    char kept[sizeof no_such + CHAIN_NAME_MAX];
    unsigned count = (unsigned)snprintf(kept, sizeof kept, "%s", no_such);
    for (uint64_t i = 0; i < v.count && count < CHAIN_NAME_MAX - 1; i++) {
        char c = v.bytes[i];
        kept[count++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
    }
    return bridge_text_number(s, (struct span){kept, count}, ret, err);
}

/* The tables are small but searched row by row, and a million records name the same few chains. */
static enum imjin_status read_chain(struct bridge_store *s, struct span v, enum bridge_field f, bool own,
                                    struct bridge_record *r, uint32_t *ret, struct error *err) {
    uint32_t protocol = own ? ID_NONE : r->protocol;
    bool before = r->no_such_chain;
    for (unsigned i = 0; i < BRIDGE_CHAIN_MEMOS; i++) {
        const struct bridge_chain_memo *m = &s->memos[i];
        if (m->used && m->protocol == protocol && span_is(v, m->text)) {
            r->no_such_chain |= m->no_such_chain;
            *ret = m->number;
            return IMJIN_OK;
        }
    }
    r->no_such_chain = false;
    TRY(find_chain(s, v, f, own, r, ret, err));
    struct bridge_chain_memo memo = {protocol, *ret, r->no_such_chain, true, {0}};
    memcpy(memo.text, v.bytes, v.count);
    s->memos[s->next_memo++ % BRIDGE_CHAIN_MEMOS] = memo;
    r->no_such_chain |= before;
    return IMJIN_OK;
}

static enum imjin_status read_side(const struct bridge_row *row, struct bridge_record *r, struct error *err) {
    for (unsigned i = 0; i < BRIDGE_SIDES; i++)
        if (span_is(row->fields[BRIDGE_SIDE], sides[i])) {
            r->side = (uint8_t)i;
            return IMJIN_OK;
        }
    return fail_field(BRIDGE_SIDE, row->fields[BRIDGE_SIDE], "is none of deposit, withdrawal, refund", err);
}

static enum imjin_status read_protocol(struct bridge_store *s, const struct bridge_row *row, struct bridge_record *r,
                                       struct error *err) {
    struct span v = row->fields[BRIDGE_PROTOCOL];
    for (uint64_t i = 0; i < v.count; i++)
        if (!(v.bytes[i] >= 'a' && v.bytes[i] <= 'z') && !(v.bytes[i] >= '0' && v.bytes[i] <= '9') && v.bytes[i] != '-')
            return fail_field(BRIDGE_PROTOCOL, v, "is no name of a protocol (1 to 32 of a-z, 0-9, '-')", err);
    if (v.count > BRIDGE_PROTOCOL_MAX)
        return fail_field(BRIDGE_PROTOCOL, v, "is no name of a protocol (1 to 32 of a-z, 0-9, '-')", err);
    TRY(bridge_text_number(s, v, &r->protocol, err));
    if (r->protocol != s->last_protocol) {
        s->last_protocol = r->protocol;
        s->protocol = bridge_protocol_find(v);
    }
    return IMJIN_OK;
}

/* Amounts of 2^128 and more are no money anybody has: the record stands, without an amount. */
static enum imjin_status read_numbers(const struct bridge_row *row, struct bridge_record *r, struct error *err) {
    const struct span *f = row->fields;
    uint64_t number;
    struct u256 units;
    r->time = TIME_UNKNOWN;
    r->decimals = DECIMALS_UNKNOWN;
    if (f[BRIDGE_TIME].count && time_parse(&r->time, f[BRIDGE_TIME], NULL) != IMJIN_OK)
        return fail_field(BRIDGE_TIME, f[BRIDGE_TIME], "is no time", err);
    if (f[BRIDGE_AMOUNT].count) {
        if (amount_parse(&units, f[BRIDGE_AMOUNT], NULL) != IMJIN_OK)
            return fail_field(BRIDGE_AMOUNT, f[BRIDGE_AMOUNT], "is no amount in base units", err);
        r->has_units = u256_to_u128(units, &r->units);
    }
    if (f[BRIDGE_DECIMALS].count) {
        if (!u64_parse(f[BRIDGE_DECIMALS].bytes, f[BRIDGE_DECIMALS].count, &number) || number > DECIMALS_MAX)
            return fail_field(BRIDGE_DECIMALS, f[BRIDGE_DECIMALS], "is no count of decimals (0 to 77)", err);
        r->decimals = (uint8_t)number;
    }
    if (f[BRIDGE_LOG].count) {
        if (!u64_parse(f[BRIDGE_LOG].bytes, f[BRIDGE_LOG].count, &number) || number > UINT32_MAX)
            return fail_field(BRIDGE_LOG, f[BRIDGE_LOG], "is no number of a log", err);
        r->log = (uint32_t)number;
    }
    return IMJIN_OK;
}

static enum imjin_status read_record(struct bridge_store *s, const struct bridge_row *row, struct bridge_record *r,
                                     struct error *err) {
    struct span other = row->fields[BRIDGE_OTHER_CHAIN];
    TRY(read_side(row, r, err));
    TRY(read_protocol(s, row, r, err));
    TRY(read_chain(s, row->fields[BRIDGE_CHAIN], BRIDGE_CHAIN, true, r, &r->chain, err));
    if (row->fields[BRIDGE_TX].count == 0)
        return fail_field(BRIDGE_TX, row->fields[BRIDGE_TX], "is missing", err);
    TRY(read_plain(s, row, BRIDGE_TX, BRIDGE_ID_MAX, &r->tx, err));
    TRY(read_plain(s, row, BRIDGE_ID, BRIDGE_ID_MAX, &r->id, err));
    TRY(read_numbers(row, r, err));
    TRY(read_account(s, row, BRIDGE_SENDER, &r->sender, err));
    TRY(read_account(s, row, BRIDGE_RECIPIENT, &r->recipient, err));
    TRY(read_account(s, row, BRIDGE_ASSET, &r->asset, err));
    TRY(read_account(s, row, BRIDGE_OTHER_ASSET, &r->other_asset, err));
    if (other.count)
        TRY(read_chain(s, other, BRIDGE_OTHER_CHAIN, false, r, &r->other_chain, err));
    return IMJIN_OK;
}

/* What a stranger wrote must not stop the import: it is passed over where a given field would be refused. */
static void drop_unsound(struct bridge_store *s, struct bridge_row *row, const struct bridge_row *given) {
    static const enum bridge_field accounts[] = {BRIDGE_RECIPIENT, BRIDGE_ASSET, BRIDGE_OTHER_ASSET};
    struct chain any;
    struct address a;
    struct error why;
    if (chain_find(&any, "any", &why) != IMJIN_OK)
        return;
    for (unsigned i = 0; i < sizeof accounts / sizeof *accounts; i++) {
        struct span *v = &row->fields[accounts[i]];
        if (given->fields[accounts[i]].count == 0 && v->count && address_parse(&a, &any, *v, &why) != IMJIN_OK) {
            *v = (struct span){0};
            s->passed_over++;
        }
    }
    struct span *chain = &row->fields[BRIDGE_OTHER_CHAIN];
    if (given->fields[BRIDGE_OTHER_CHAIN].count == 0 && chain->count && !bridge_plain(*chain, CHAIN_NAME_MAX - 1))
        *chain = span_of("unreadable"); /* still: it names a chain that does not exist */
}

enum imjin_status bridge_store_add(struct bridge_store *s, const struct bridge_row *given, struct error *err) {
    struct bridge_record r = {0};
    struct bridge_row row = *given;
    struct bridge_room room;
    if (row.fields[BRIDGE_INPUT].count || row.fields[BRIDGE_MEMO].count || row.fields[BRIDGE_TOPICS].count) {
        room.used = 0;
        s->passed_over += bridge_read_event(&row, &room);
        s->passed_over += bridge_read_input(&row, &room);
        s->passed_over += bridge_read_memo(&row, &room);
        drop_unsound(s, &row, given);
    }
    if (row.fields[BRIDGE_SIDE].count == 0 && row.fields[BRIDGE_TOPICS].count) {
        s->left_out++; /* most events of a block are no bridge's */
        return IMJIN_OK;
    }
    TRY(read_record(s, &row, &r, err));
    return buffer_push(&s->records, &r, NULL, err);
}

/* ---- order ---- */

static int compare_texts(const struct bridge_store *s, uint32_t a, uint32_t b) {
    return a == b ? 0 : strcmp(bridge_text(s, a), bridge_text(s, b));
}

/* By place and time first; then by all the rest, so that equal means the same record. */
static int compare_records(const void *a, const void *b, void *context) {
    const struct bridge_store *s = context;
    const struct bridge_record *x = a, *y = b;
    if (x->side != y->side)
        return x->side < y->side ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    const uint32_t pairs[][2] = {{x->chain, y->chain},
                                 {x->tx, y->tx},
                                 {x->protocol, y->protocol},
                                 {x->id, y->id},
                                 {x->recipient, y->recipient},
                                 {x->sender, y->sender},
                                 {x->asset, y->asset},
                                 {x->other_chain, y->other_chain},
                                 {x->other_asset, y->other_asset}};
    for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        int order = compare_texts(s, pairs[i][0], pairs[i][1]);
        if (order)
            return order;
    }
    if (x->log != y->log)
        return x->log < y->log ? -1 : 1;
    if (x->units != y->units)
        return x->units < y->units ? -1 : 1;
    if (x->has_units != y->has_units)
        return x->has_units ? 1 : -1;
    return (x->decimals > y->decimals) - (x->decimals < y->decimals);
}

void bridge_store_sort(struct bridge_store *s) {
    struct bridge_record *r = s->records.items;
    uint64_t kept = 0;
    if (s->records.count)
        qsort_r(r, s->records.count, sizeof *r, compare_records, s);
    for (uint64_t i = 0; i < s->records.count; i++)
        if (kept == 0 || compare_records(&r[kept - 1], &r[i], s) != 0)
            r[kept++] = r[i];
    s->records.count = kept;
}

uint64_t bridge_store_count(const struct bridge_store *s) { return s->records.count; }
uint64_t bridge_store_passed_over(const struct bridge_store *s) { return s->passed_over; }
uint64_t bridge_store_left_out(const struct bridge_store *s) { return s->left_out; }
const struct bridge_record *bridge_store_at(const struct bridge_store *s, uint64_t index) {
    INVARIANT(index < s->records.count);
    return (const struct bridge_record *)s->records.items + index;
}
