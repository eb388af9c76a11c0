#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "ingest/reader.h"

enum { HASH_DIGITS = 64, EVM_DIGITS = 40, CREATED_RLP_MAX = 32 };
#define CHAIN_BEGAN ((int64_t)1438214400) /* 2015-07-30 00:00 UTC */

/* ---- faults ---- */

enum imjin_status bad_field(const struct reading *r, unsigned field, struct error *err, const char *format, ...) {
    char text[ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const char *value = r->fields[field].count ? r->fields[field].bytes : NULL;
    return fail_value(err, r->name, r->line, r->headings[field], value, r->fields[field].count, "%s", text);
}

enum imjin_status in_field(const struct reading *r, unsigned field, enum imjin_status status, struct error *err) {
    if (status == IMJIN_OK || err == NULL)
        return status;
    error_at(err, r->name, r->line);
    if (err->column[0] == '\0')
        escape_ascii(err->column, sizeof err->column, r->headings[field], strlen(r->headings[field]));
    return status;
}

/* ---- fields ---- */

void evm_or_void(struct address *a) {
    uint8_t any = 0;
    for (unsigned i = 0; i < sizeof a->evm; i++)
        any |= a->evm[i];
    a->form = any ? ADDRESS_EVM : ADDRESS_VOID;
    a->count = any ? sizeof a->evm : 0;
}

/* The usual spelling at once: all small letters, or none. Everything else is chain's to judge. */
static inline bool quick_address(struct span text, struct address *ret) {
    if (text.count != EVM_DIGITS + 2 || text.bytes[0] != '0' || text.bytes[1] != 'x')
        return false;
    unsigned seen = hex_decode(ret->evm, text.bytes + 2, sizeof ret->evm);
    if (seen & (HEX_BAD | HEX_UPPER))
        return false;
    ret->form = seen ? ADDRESS_EVM : ADDRESS_VOID;
    ret->count = seen ? sizeof ret->evm : 0;
    ret->text = NULL;
    return true;
}

enum imjin_status read_address(const struct reading *r, unsigned field, struct address *ret, struct error *err) {
    if (quick_address(r->fields[field], ret))
        return IMJIN_OK;
    return in_field(r, field, address_parse(ret, r->chain, r->fields[field], err), err);
}

enum imjin_status read_units(const struct reading *r, unsigned field, struct u256 *ret, struct error *err) {
    if (digits_u256(r->fields[field], ret))
        return IMJIN_OK;
    return in_field(r, field, amount_parse(ret, r->fields[field], err), err);
}

enum imjin_status read_u64(const struct reading *r, unsigned field, uint64_t *ret, struct error *err) {
    if (digits_u64(r->fields[field], ret))
        return IMJIN_OK;
    return bad_field(r, field, err, given(r, field) ? "is not a number of decimal digits up to 64 bits" : "is empty");
}

enum imjin_status read_u32(const struct reading *r, unsigned field, uint32_t *ret, struct error *err) {
    uint64_t v;
    TRY(read_u64(r, field, &v, err));
    if (v >= ID_NONE)
        return bad_field(r, field, err, "is too large (the limit is %" PRIu32 ")", (uint32_t)ID_NONE - 1);
    *ret = (uint32_t)v;
    return IMJIN_OK;
}

enum imjin_status read_tx_index(struct reading *r, unsigned field, struct error *err) {
    uint32_t index = ID_NONE;
    if (given(r, field)) {
        TRY(read_u32(r, field, &index, err));
        if (index > INGEST_TX_INDEX_MAX)
            return bad_field(r, field, err, "is too large (the limit is %d)", INGEST_TX_INDEX_MAX);
    }
    r->base.tx_index = index;
    return IMJIN_OK;
}

enum imjin_status read_time(const struct reading *r, unsigned field, int64_t *ret, struct error *err) {
    if (given(r, field))
        return in_field(r, field, time_parse(ret, r->fields[field], err), err);
    *ret = TIME_UNKNOWN;
    return IMJIN_OK;
}

enum imjin_status read_hash(const struct reading *r, unsigned field, uint8_t ret[32], struct error *err) {
    struct span text = r->fields[field];
    uint8_t hash[32];
    if (text.count >= 2 && text.bytes[0] == '0' && text.bytes[1] == 'x')
        text = (struct span){text.bytes + 2, text.count - 2};
    if (text.count != HASH_DIGITS)
        return bad_field(r, field, err, "is not a transaction hash (%" PRIu64 " hex digits, not 64)", text.count);
    if (hex_decode(hash, text.bytes, sizeof hash) & HEX_BAD)
        return bad_field(r, field, err, "is not a transaction hash (something that is no hex digit)");
    memcpy(ret, hash, sizeof hash);
    return IMJIN_OK;
}

bool is_zero(struct u256 v) { return (v.word[0] | v.word[1] | v.word[2] | v.word[3]) == 0; }

bool is_opaque(struct span text) {
    if (text.count == 0 || text.count > ADDRESS_TEXT_MAX)
        return false;
    for (uint64_t i = 0; i < text.count; i++) {
        char c = text.bytes[i];
        if (c <= ' ' || c > '~' || c == ',' || c == '"')
            return false;
    }
    return true;
}

/* ---- results ---- */

static enum imjin_status keep_span(struct reading *r, struct span *s, struct error *err) {
    const char *copy = arena_text(&r->texts, s->bytes, s->count);
    if (copy == NULL)
        return fail_memory(err, "names of a batch");
    s->bytes = copy;
    return IMJIN_OK;
}

static enum imjin_status keep_address(struct reading *r, struct address *a, struct error *err) {
    struct span text = {a->text, a->count};
    if (a->form != ADDRESS_OPAQUE)
        return IMJIN_OK;
    TRY(keep_span(r, &text, err));
    a->text = text.bytes;
    return IMJIN_OK;
}

/* What a row points to lies in the reader's window, which moves on before the batch is handed over. */
static enum imjin_status keep_row(struct reading *r, struct ledger_row *row, struct error *err) {
    TRY(keep_address(r, &row->from, err));
    TRY(keep_address(r, &row->to, err));
    TRY(keep_address(r, &row->asset.contract, err));
    return row->tx_form == TX_TEXT ? keep_span(r, &row->tx_text, err) : IMJIN_OK;
}

static uint8_t kind_between(enum movement_kind kind, const struct address *from, const struct address *to) {
    if (kind == MOVEMENT_FEE)
        return MOVEMENT_FEE;
    if (from->form == ADDRESS_VOID)
        return MOVEMENT_MINT;
    return to->form == ADDRESS_VOID ? MOVEMENT_BURN : (uint8_t)kind;
}

/* A token contract tells of transfers of nothing to whoever calls it, and poisoners of address books live on that: such a
 * transfer moves no money, but shows who was made to look like a counterparty. */
static bool is_evidence(const struct ledger_row *row, enum movement_kind kind) {
    return kind == MOVEMENT_TOKEN && row->asset.form == ASSET_TOKEN && row->from.form == ADDRESS_EVM &&
           row->to.form == ADDRESS_EVM && !address_equal(&row->from, &row->to);
}

enum imjin_status row_begin(struct reading *r, struct ledger_row **ret, struct error *err) {
    if (r->rows.count == r->rows.room)
        TRY(buffer_reserve(&r->rows, 1, err));
    *ret = (struct ledger_row *)r->rows.items + r->rows.count;
    return IMJIN_OK;
}

enum imjin_status row_end(struct reading *r, struct ledger_row *row, enum movement_kind kind, struct error *err) {
    const struct place *at = &r->base;
    if (is_zero(row->units)) {
        r->zero = true;
        if (!is_evidence(row, kind))
            return IMJIN_OK;
        r->zero_kept = true;
    }
    if (row->from.form == ADDRESS_VOID && row->to.form == ADDRESS_VOID)
        return IMJIN_OK;
    row->block = at->block;
    row->tx_index = at->tx_index;
    row->position = at->position;
    row->kind = kind_between(kind, &row->from, &row->to);
    row->tx_form = at->tx_form;
    row->time = at->time;
    row->tx_text = at->tx_text;
    row->line = r->line;
    if (row->from.form == ADDRESS_OPAQUE || row->to.form == ADDRESS_OPAQUE || row->asset.form == ASSET_NAMED ||
        row->tx_form == TX_TEXT)
        TRY(keep_row(r, row, err));
    r->rows.count++;
    r->emitted++;
    return IMJIN_OK;
}

enum imjin_status emit(struct reading *r, enum movement_kind kind, const struct address *from, const struct address *to,
                       const struct asset_key *asset, struct u256 units, struct error *err) {
    struct ledger_row *row;
    TRY(row_begin(r, &row, err));
    memcpy(row->tx_hash, r->base.tx_hash, sizeof row->tx_hash);
    row->from = *from;
    row->to = *to;
    row->asset = *asset;
    row->units = units;
    return row_end(r, row, kind, err);
}

enum imjin_status emit_native(struct reading *r, enum movement_kind kind, const struct address *from, const struct address *to,
                              struct u256 units, struct error *err) {
    return emit(r, kind, from, to, &(struct asset_key){.form = ASSET_NATIVE}, units, err);
}

enum imjin_status emit_fee(struct reading *r, const struct address *from, unsigned gas_field, unsigned price_field,
                           struct error *err) {
    uint64_t gas, price;
    const struct address fees = {.form = ADDRESS_FEES};
    if (!given(r, gas_field) || !given(r, price_field) || from->form == ADDRESS_VOID)
        return IMJIN_OK;
    TRY(read_u64(r, gas_field, &gas, err));
    TRY(read_u64(r, price_field, &price, err));
    bool zero = r->zero;
    TRY(emit_native(r, MOVEMENT_FEE, from, &fees, u256_from_u128((u128)gas * price), err));
    r->zero = zero; /* a free transaction is no transfer of nothing */
    return IMJIN_OK;
}

enum imjin_status note_asset(struct reading *r, const struct asset_key *key, struct span symbol, uint8_t decimals,
                             struct error *err) {
    uint64_t hash = hash_bytes(symbol.count ? symbol.bytes : "", symbol.count, decimals);
    hash = hash_bytes(key->contract.evm, sizeof key->contract.evm, hash ^ key->form);
    hash = hash_bytes(&key->item, sizeof key->item, hash);
    uint64_t *slot = &r->noted_assets[hash % (sizeof r->noted_assets / sizeof *r->noted_assets)];
    if (*slot == hash)
        return IMJIN_OK;
    if (r->writer)
        TRY(ledger_writer_note_asset(r->writer, &(struct ledger_asset_note){*key, symbol, decimals}, err));
    *slot = hash;
    r->noted++;
    return IMJIN_OK;
}

struct asset_key token_of(const struct address *contract) {
    return (struct asset_key){.form = ASSET_TOKEN, .contract = *contract};
}

struct asset_key item_of(const struct address *contract, struct u256 item) {
    return (struct asset_key){.form = ASSET_ITEM, .contract = *contract, .item = item};
}

void role_address(struct reading *r, struct address *ret, const char *role) {
    static const char digits[] = "0123456789abcdef";
    char hash[HASH_DIGITS + 1];
    for (size_t i = 0; i < sizeof r->base.tx_hash; i++) {
        hash[2 * i] = digits[r->base.tx_hash[i] >> 4];
        hash[2 * i + 1] = digits[r->base.tx_hash[i] & 15];
    }
    hash[HASH_DIGITS] = '\0';
    int count = snprintf(r->role_text, sizeof r->role_text, "%s:0x%s", role, hash);
    INVARIANT(count > 0 && count <= ADDRESS_TEXT_MAX);
    *ret = (struct address){.form = ADDRESS_OPAQUE, .count = (uint8_t)count, .text = r->role_text};
}

void created_address(const struct address *sender, uint64_t nonce, struct address *ret) {
    uint8_t list[CREATED_RLP_MAX], digest[KECCAK256_BYTES];
    unsigned count = 1, nonce_bytes = 0;
    list[count++] = 0x80 + sizeof sender->evm;
    memcpy(list + count, sender->evm, sizeof sender->evm);
    count += sizeof sender->evm;
    while (nonce_bytes < 8 && nonce >> (8 * nonce_bytes))
        nonce_bytes++;
    if (nonce == 0 || nonce >= 0x80)
        list[count++] = (uint8_t)(0x80 + nonce_bytes);
    for (unsigned i = nonce_bytes; i > 0; i--)
        list[count++] = (uint8_t)(nonce >> (8 * (i - 1)));
    list[0] = (uint8_t)(0xc0 + count - 1);
    keccak256(list, count, digest);
    *ret = (struct address){0};
    memcpy(ret->evm, digest + KECCAK256_BYTES - sizeof ret->evm, sizeof ret->evm);
    evm_or_void(ret);
}

void tx_from_place(struct reading *r, const char *tail) {
    int count = snprintf(r->tx_text, sizeof r->tx_text, "block-%" PRIu32 "-%s", r->base.block, tail);
    INVARIANT(count > 0 && (size_t)count < sizeof r->tx_text);
    r->base.tx_form = TX_TEXT;
    r->base.tx_text = (struct span){r->tx_text, (uint64_t)count};
}

enum imjin_status block_from_time(struct reading *r, unsigned time_field, struct error *err) {
    int64_t since = r->base.time == TIME_UNKNOWN ? -1 : r->base.time - CHAIN_BEGAN;
    if (since < 0 || since >= ID_NONE)
        return bad_field(r, time_field, err,
                         "a row without a block number needs a time since 2015-07-30, by which it is ordered");
    r->base.block = (uint32_t)since;
    return IMJIN_OK;
}
