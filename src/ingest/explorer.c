/* Block explorers' exports: the layouts of the account interface that Etherscan began and others took over (docs of its
 * "Accounts" endpoints: txlist, txlistinternal, tokentx, tokennfttx, token1155tx), and one table of all four with a column
 * tx_type. */
#include <stdio.h>

#include "codec/abi.h"
#include "ingest/reader.h"

enum {
    X_HASH,
    X_BLOCK,
    X_TIME,
    X_FROM,
    X_TO,
    X_VALUE,
    X_TYPE,
    X_OWNER,
    X_PRICE,
    X_GAS,
    X_ERROR,
    X_STATUS,
    X_CONTRACT,
    X_SYMBOL,
    X_DECIMALS,
    X_ITEM,
    X_ITEM_VALUE,
    X_NONCE,
    X_INDEX,
    X_TRACE,
    X_CALL_TYPE,
    X_INPUT,
    X_METHOD,
};
static const struct column columns[] = {
    [X_HASH] = {{"hash"}, true},
    [X_BLOCK] = {{"blockNumber"}, true},
    [X_TIME] = {{"timeStamp"}, true},
    [X_FROM] = {{"from"}, true},
    [X_TO] = {{"to"}, true},
    [X_VALUE] = {{"value"}, false},
    [X_TYPE] = {{"tx_type"}, false},
    [X_OWNER] = {{"hacker_address"}, false},
    [X_PRICE] = {{"gasPrice"}, false},
    [X_GAS] = {{"gasUsed"}, false},
    [X_ERROR] = {{"isError"}, false},
    [X_STATUS] = {{"txreceipt_status"}, false},
    [X_CONTRACT] = {{"contractAddress"}, false},
    [X_SYMBOL] = {{"tokenSymbol"}, false},
    [X_DECIMALS] = {{"tokenDecimal"}, false},
    [X_ITEM] = {{"tokenID"}, false},
    [X_ITEM_VALUE] = {{"tokenValue"}, false},
    [X_NONCE] = {{"nonce"}, false},
    [X_INDEX] = {{"transactionIndex"}, false},
    [X_TRACE] = {{"traceId"}, false},
    [X_CALL_TYPE] = {{"type"}, false},
    [X_INPUT] = {{"input"}, false},
    [X_METHOD] = {{"methodId"}, false},
};

/* What a row, or the whole of a file, is. */
enum layout { LAYOUT_ALL, LAYOUT_NORMAL, LAYOUT_INTERNAL, LAYOUT_ERC20, LAYOUT_ERC721, LAYOUT_ERC1155, LAYOUTS };
static const char *const layout_names[LAYOUTS] = {"all", "normal", "internal", "erc20", "erc721", "erc1155"};

static enum layout layout_of(const struct reading *r) {
    if (r->present[X_TYPE])
        return LAYOUT_ALL;
    if (r->present[X_ITEM])
        return r->present[X_ITEM_VALUE] ? LAYOUT_ERC1155 : LAYOUT_ERC721;
    if (r->present[X_DECIMALS] || r->present[X_SYMBOL])
        return LAYOUT_ERC20;
    return r->present[X_TRACE] || r->present[X_CALL_TYPE] ? LAYOUT_INTERNAL : LAYOUT_NORMAL;
}

static enum imjin_status begin(struct reading *r, struct error *err) {
    r->layout = (uint8_t)layout_of(r);
    bool tokens = r->layout >= LAYOUT_ERC20;
    if (tokens && !r->present[X_CONTRACT])
        return fail_value(err, r->name, 1, NULL, NULL, 0, "an explorer's token transfers need the column contractAddress");
    if (!r->present[X_VALUE] && r->layout != LAYOUT_ERC721 && r->layout != LAYOUT_ERC1155)
        return fail_value(err, r->name, 1, NULL, NULL, 0, "an explorer's transactions need the column value");
    return IMJIN_OK;
}

static enum imjin_status row_layout(const struct reading *r, enum layout *ret, struct error *err) {
    *ret = r->layout;
    if (r->layout != LAYOUT_ALL)
        return IMJIN_OK;
    for (unsigned i = LAYOUT_NORMAL; i < LAYOUTS; i++)
        if (span_is(r->fields[X_TYPE], layout_names[i])) {
            *ret = (enum layout)i;
            return IMJIN_OK;
        }
    return bad_field(r, X_TYPE, err, "is not normal, internal, erc20, erc721 or erc1155");
}

/* ---- the native coin ---- */

static enum imjin_status recipient(struct reading *r, const struct address *from, enum layout layout, struct address *ret,
                                   struct error *err) {
    uint64_t nonce;
    if (given(r, X_TO))
        return read_address(r, X_TO, ret, err);
    if (given(r, X_CONTRACT))
        return read_address(r, X_CONTRACT, ret, err);
    if (layout == LAYOUT_NORMAL && given(r, X_NONCE) && from->form == ADDRESS_EVM) {
        TRY(read_u64(r, X_NONCE, &nonce, err));
        created_address(from, nonce, ret);
        return IMJIN_OK;
    }
    role_address(r, ret, "created");
    return IMJIN_OK;
}

static bool has_failed(const struct reading *r) {
    return span_is(r->fields[X_ERROR], "1") || span_is(r->fields[X_STATUS], "0");
}

static bool is_silent_wrapper(const struct address *a) {
    const bool *silent = a->form == ADDRESS_EVM ? abi_wrapper_find(a->evm) : NULL;
    return silent && *silent;
}

/* What a wrapper of the coin issues or destroys is in none of an explorer's lists, but follows from the coin it gets or pays.
 */
static enum imjin_status convert_wrapped(struct reading *r, const struct address *from, const struct address *to,
                                         struct u256 value, struct error *err) {
    const struct address nobody = {.form = ADDRESS_VOID};
    bool in = is_silent_wrapper(to), out = is_silent_wrapper(from);
    if (in == out || is_zero(value) || from->form != ADDRESS_EVM || to->form != ADDRESS_EVM)
        return IMJIN_OK;
    struct asset_key token = token_of(in ? to : from);
    return emit(r, MOVEMENT_TOKEN, in ? &nobody : to, in ? from : &nobody, &token, value, err);
}

static enum imjin_status convert_native(struct reading *r, enum layout layout, const struct address *from, struct error *err) {
    struct address to;
    struct u256 value;
    TRY(recipient(r, from, layout, &to, err));
    TRY(read_units(r, X_VALUE, &value, err));
    if (r->witnesses)
        return layout == LAYOUT_NORMAL ? witness_call(r, &to, r->fields[given(r, X_INPUT) ? X_INPUT : X_METHOD], err)
                                       : IMJIN_OK;
    if (layout == LAYOUT_NORMAL)
        TRY(emit_fee(r, from, X_GAS, X_PRICE, err));
    if (has_failed(r))
        return IMJIN_OK;
    TRY(emit_native(r, layout == LAYOUT_NORMAL ? MOVEMENT_NATIVE : MOVEMENT_INTERNAL, from, &to, value, err));
    return convert_wrapped(r, from, &to, value, err);
}

/* ---- tokens ---- */

static uint8_t decimals_of(const struct reading *r) {
    uint64_t v;
    return digits_u64(r->fields[X_DECIMALS], &v) && v <= DECIMALS_MAX ? (uint8_t)v : DECIMALS_UNKNOWN;
}

static enum imjin_status convert_token(struct reading *r, enum layout layout, const struct address *from, struct error *err) {
    struct address to, contract;
    struct u256 units = u256_from_u128(1), item;
    TRY(read_address(r, X_TO, &to, err));
    TRY(read_address(r, X_CONTRACT, &contract, err));
    if (contract.form != ADDRESS_EVM)
        return bad_field(r, X_CONTRACT, err, "is not a token contract");
    struct asset_key asset = token_of(&contract);
    if (layout != LAYOUT_ERC20) {
        TRY(read_units(r, X_ITEM, &item, err));
        asset = item_of(&contract, item);
    }
    if (layout == LAYOUT_ERC20)
        TRY(read_units(r, X_VALUE, &units, err));
    if (layout == LAYOUT_ERC1155)
        TRY(read_units(r, given(r, X_ITEM_VALUE) ? X_ITEM_VALUE : X_VALUE, &units, err));
    TRY(emit(r, MOVEMENT_TOKEN, from, &to, &asset, units, err));
    if (!given(r, X_SYMBOL) && !given(r, X_DECIMALS))
        return IMJIN_OK;
    uint64_t noted = r->noted;
    enum imjin_status status = note_asset(r, &asset, r->fields[X_SYMBOL], decimals_of(r), err);
    if (status == IMJIN_OK && r->emitted == 0)
        r->noted = noted; /* the row still counts as one that moved nothing */
    return status;
}

static enum imjin_status convert(struct reading *r, struct error *err) {
    enum layout layout;
    struct address from;
    TRY(row_layout(r, &layout, err));
    r->base.tx_form = TX_HASH;
    TRY(read_hash(r, X_HASH, r->base.tx_hash, err));
    TRY(read_u32(r, X_BLOCK, &r->base.block, err));
    TRY(read_tx_index(r, X_INDEX, err));
    TRY(read_time(r, X_TIME, &r->base.time, err));
    TRY(read_address(r, X_FROM, &from, err));
    return layout <= LAYOUT_INTERNAL ? convert_native(r, layout, &from, err) : convert_token(r, layout, &from, err);
}

const struct format format_explorer = {
    .about = {"explorer", "block explorers' exports: normal, internal, ERC-20, ERC-721, ERC-1155, in one file or several"},
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .section = X_OWNER,
    .begin = begin,
    .convert = convert,
};
