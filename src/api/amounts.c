#include "api/amounts.h"

static enum imjin_status find_key(struct asset_id *ret, const struct ledger *l, struct asset_key key, struct span name,
                                  struct error *err) {
    char seen[ERROR_VALUE_MAX];
    enum imjin_status status = ledger_asset_find(l, &key, ret, err);
    escape_ascii(seen, sizeof seen, name.bytes, name.count);
    if (status == IMJIN_NOT_FOUND)
        return fail(err, IMJIN_NOT_FOUND, "the ledger has no asset %s", seen);
    return status;
}

static enum imjin_status contract_asset(struct asset_id *ret, const struct ledger *l, struct span name, struct error *err) {
    struct asset_key key = {.form = ASSET_TOKEN};
    const char *hash = memchr(name.bytes, '#', name.count);
    struct span contract = {name.bytes, hash ? (uint64_t)(hash - name.bytes) : name.count};
    TRY(address_parse(&key.contract, ledger_chain(l), span_trim(contract), err));
    if (hash) {
        struct span item = {hash + 1, name.count - contract.count - 1};
        key.form = ASSET_ITEM;
        TRY(amount_parse(&key.item, span_trim(item), err));
    }
    return find_key(ret, l, key, name, err);
}

static enum imjin_status token_by_symbol(struct asset_id *ret, const struct ledger *l, struct span name, struct error *err) {
    uint64_t found = 0;
    char seen[ERROR_VALUE_MAX];
    struct asset_id id = {ID_NONE};
    escape_ascii(seen, sizeof seen, name.bytes, name.count);
    for (uint32_t i = 0; i < ledger_counts(l)->assets; i++) {
        struct ledger_asset asset;
        TRY(ledger_asset(l, (struct asset_id){i}, &asset, err));
        if (!span_is(name, asset.symbol))
            continue;
        found++;
        id = (struct asset_id){i};
    }
    if (found == 0)
        return fail(err, IMJIN_NOT_FOUND, "the ledger has no asset called \"%s\"", seen);
    if (found > 1)
        return fail(err, IMJIN_USAGE, "%llu tokens call themselves \"%s\": name the contract", (unsigned long long)found, seen);
    *ret = id;
    return IMJIN_OK;
}

enum imjin_status asset_by_name(struct asset_id *ret, const struct ledger *l, struct span name, struct error *err) {
    struct asset_id id;
    if (name.count > 2 && name.bytes[0] == '0' && name.bytes[1] == 'x')
        return contract_asset(ret, l, name, err);
    if (name.count && asset_is_native(name, ledger_chain(l))) {
        *ret = (struct asset_id){ASSET_NATIVE_ID};
        return IMJIN_OK;
    }
    if (name.count && name.count <= ADDRESS_TEXT_MAX) {
        struct address called = {.form = ADDRESS_OPAQUE, .count = (uint8_t)name.count, .text = name.bytes};
        struct asset_key key = {.form = ASSET_NAMED, .contract = called};
        enum imjin_status status = ledger_asset_find(l, &key, &id, err);
        if (status == IMJIN_OK)
            *ret = id;
        if (status != IMJIN_NOT_FOUND)
            return status;
    }
    return token_by_symbol(ret, l, name, err);
}

/* Splits "1.5 ETH" and "1.5ETH" in number and unit. */
static void split_unit(struct span text, struct span *ret_number, struct span *ret_unit) {
    uint64_t end = 0;
    while (end < text.count && ((text.bytes[end] >= '0' && text.bytes[end] <= '9') || text.bytes[end] == '.'))
        end++;
    bool spaced = end < text.count && text.bytes[end] == ' ';
    bool letter = end < text.count && ((text.bytes[end] | 32) >= 'a' && (text.bytes[end] | 32) <= 'z');
    /* a sign, "0x" or an exponent stay in the number, whose reader says what is wrong with it */
    bool odd = letter && (text.bytes[end] | 32) == 'e' && end + 1 < text.count &&
               (text.bytes[end + 1] == '-' || text.bytes[end + 1] == '+' ||
                (text.bytes[end + 1] >= '0' && text.bytes[end + 1] <= '9'));
    if (end == 0 || odd || (letter && end == 1 && text.bytes[0] == '0' && text.bytes[1] == 'x') || !(spaced || letter))
        end = text.count;
    *ret_number = (struct span){text.bytes, end};
    *ret_unit = span_trim((struct span){text.bytes + end, text.count - end});
}

static enum imjin_status scaled(struct u256 *ret, const struct ledger *l, struct span number, struct asset_id asset,
                                struct error *err) {
    struct ledger_asset about;
    char name[ASSET_PRINT_MAX];
    TRY(ledger_asset(l, asset, &about, err));
    unsigned decimals = asset.n == ASSET_NATIVE_ID ? ledger_chain(l)->native_decimals : about.decimals;
    if (decimals != DECIMALS_UNKNOWN)
        return amount_parse_scaled(ret, number, decimals, false, err);
    TRY(ledger_asset_print(l, asset, name, err));
    return fail(
        err, IMJIN_USAGE,
        asset.n == ASSET_NATIVE_ID
            ? "the coin of this chain has no known %s: write the amount in base units, a whole number"
            : "the decimals of %s are not known: write the amount in base units, a whole number, and the asset behind a comma",
        asset.n == ASSET_NATIVE_ID ? "decimals" : name);
}

enum imjin_status amount_by_text(u128 *ret, struct asset_id *ret_asset, const struct ledger *l, struct span text,
                                 const struct asset_id *asset, struct error *err) {
    struct span number, unit;
    struct u256 units = {0};
    u128 small;
    struct asset_id of = asset ? *asset : (struct asset_id){ASSET_NATIVE_ID};
    split_unit(span_trim(text), &number, &unit);
    if (unit.count) {
        struct asset_id named = of;
        TRY(asset_by_name(&named, l, unit, err));
        if (asset && asset->n != named.n)
            return fail(err, IMJIN_USAGE, "the amount's unit and the asset are not the same");
        of = named;
    }
    if (unit.count || memchr(number.bytes, '.', number.count))
        TRY(scaled(&units, l, number, of, err));
    else
        TRY(amount_parse(&units, number, err));
    if (!u256_to_u128(units, &small))
        return fail_value(err, NULL, 0, NULL, text.bytes, text.count, "is above 2^128 base units, more than can be traced");
    *ret = small;
    if (unit.count)
        *ret_asset = of;
    return IMJIN_OK;
}
