/* Plain tables: our own `movements`, a query service's export of native transfers, and token sheets without transaction hashes.
 */
#include <inttypes.h>
#include <stdio.h>

#include "ingest/reader.h"

/* ---- movements ---- */

enum { M_TIME, M_BLOCK, M_TX, M_FROM, M_TO, M_ASSET, M_AMOUNT, M_KIND, M_INDEX, M_POSITION };
static const struct column movement_columns[] = {
    [M_TIME] = {{"time"}, true},          [M_BLOCK] = {{"block"}, true}, [M_TX] = {{"tx"}, true},
    [M_FROM] = {{"from"}, true},          [M_TO] = {{"to"}, true},       [M_ASSET] = {{"asset"}, true},
    [M_AMOUNT] = {{"amount"}, true},      [M_KIND] = {{"kind"}, false},  [M_INDEX] = {{"tx_index"}, false},
    [M_POSITION] = {{"position"}, false},
};

/* A contract, or "0x...#id". */
static enum imjin_status contract_asset(const struct reading *r, struct span text, struct asset_key *ret, struct error *err) {
    struct address contract;
    const char *mark = memchr(text.bytes, '#', text.count);
    uint64_t count = mark ? (uint64_t)(mark - text.bytes) : text.count;
    TRY(in_field(r, M_ASSET, address_parse(&contract, r->chain, (struct span){text.bytes, count}, err), err));
    if (contract.form != ADDRESS_EVM)
        return bad_field(r, M_ASSET, err, "is not a token contract");
    *ret = token_of(&contract);
    if (mark == NULL)
        return IMJIN_OK;
    ret->form = ASSET_ITEM;
    if (!digits_u256((struct span){mark + 1, text.count - count - 1}, &ret->item))
        return bad_field(r, M_ASSET, err, "is not an item: what stands behind # must be decimal digits up to 256 bits");
    return IMJIN_OK;
}

static enum imjin_status read_asset(const struct reading *r, struct asset_key *ret, struct error *err) {
    struct span text = r->fields[M_ASSET];
    if (text.count == 0 && r->options->asset)
        text = span_of(r->options->asset);
    *ret = (struct asset_key){.form = ASSET_NATIVE};
    if (asset_is_native(text, r->chain))
        return IMJIN_OK;
    if (text.count >= 2 && text.bytes[0] == '0' && (text.bytes[1] == 'x' || text.bytes[1] == 'X'))
        return contract_asset(r, text, ret, err);
    if (!is_opaque(text))
        return bad_field(r, M_ASSET, err,
                         "is not an asset: empty, a contract (0x...), an item (0x...#id), or a name of printable ASCII");
    ret->form = ASSET_NAMED;
    ret->contract = (struct address){.form = ADDRESS_OPAQUE, .count = (uint8_t)text.count, .text = text.bytes};
    return IMJIN_OK;
}

static enum imjin_status movement_tx(struct reading *r, struct error *err) {
    struct span text = r->fields[M_TX];
    bool hexadecimal = text.count >= 2 && text.bytes[0] == '0' && text.bytes[1] == 'x';
    r->base.tx_form = text.count ? TX_HASH : TX_NONE;
    if (text.count == 0)
        return IMJIN_OK;
    if (hexadecimal || r->chain->evm_only)
        return read_hash(r, M_TX, r->base.tx_hash, err);
    for (uint64_t i = 0; i < text.count; i++)
        if (text.bytes[i] < ' ' || text.bytes[i] > '~')
            return bad_field(r, M_TX, err, "is not a transaction id (a character that is not printable ASCII)");
    if (text.count > INGEST_TX_TEXT_MAX)
        return bad_field(r, M_TX, err, "is a transaction id of more than %d characters", INGEST_TX_TEXT_MAX);
    r->base.tx_form = TX_TEXT;
    r->base.tx_text = text;
    return IMJIN_OK;
}

/* Blocks that are numbers and blocks that stand for times cannot be put in one order. */
static enum imjin_status movement_block(struct reading *r, struct error *err) {
    bool blockless = !given(r, M_BLOCK);
    if (r->block_seen && blockless != r->blockless)
        return bad_field(r, M_BLOCK, err, "is %s here, unlike in the rows before: give every row a block, or none",
                         blockless ? "empty" : "given");
    TRY(blockless ? block_from_time(r, M_TIME, err) : read_u32(r, M_BLOCK, &r->base.block, err));
    r->block_seen = true;
    r->blockless = blockless;
    return IMJIN_OK;
}

static enum imjin_status movement_kind_of(const struct reading *r, bool native, enum movement_kind *ret, struct error *err) {
    *ret = native ? MOVEMENT_NATIVE : MOVEMENT_TOKEN;
    if (!given(r, M_KIND))
        return IMJIN_OK;
    for (unsigned i = 0; i < MOVEMENT_KINDS; i++)
        if (span_is(r->fields[M_KIND], movement_kind_name((enum movement_kind)i))) {
            *ret = (enum movement_kind)i;
            return IMJIN_OK;
        }
    return bad_field(r, M_KIND, err, "is not a kind of movement (native, internal, token, fee, mint, burn)");
}

/* A mint without VOID as its giver, or a burn without it as its getter, would be stored as something else than was said. */
static enum imjin_status check_kind(const struct reading *r, enum movement_kind kind, const struct address *from,
                                    const struct address *to, struct error *err) {
    if (kind == MOVEMENT_MINT && from->form != ADDRESS_VOID)
        return bad_field(r, M_KIND, err, "is a mint, but \"from\" is not empty");
    if (kind == MOVEMENT_BURN && to->form != ADDRESS_VOID)
        return bad_field(r, M_KIND, err, "is a burn, but \"to\" is not empty");
    if (kind == MOVEMENT_FEE && from->form == ADDRESS_VOID)
        return bad_field(r, M_KIND, err, "is a fee, but nobody pays it");
    return IMJIN_OK;
}

static enum imjin_status read_amount(const struct reading *r, unsigned field, struct u256 *ret, struct error *err) {
    if (r->options->decimals == DECIMALS_UNKNOWN)
        return read_units(r, field, ret, err);
    return in_field(r, field, amount_parse_scaled(ret, r->fields[field], r->options->decimals, false, err), err);
}

static enum imjin_status convert_movement(struct reading *r, struct error *err) {
    struct address from, to;
    struct asset_key asset;
    struct u256 units;
    enum movement_kind kind;
    TRY(read_time(r, M_TIME, &r->base.time, err));
    TRY(movement_block(r, err));
    TRY(movement_tx(r, err));
    TRY(read_tx_index(r, M_INDEX, err));
    if (given(r, M_POSITION))
        TRY(read_u32(r, M_POSITION, &r->base.position, err));
    TRY(read_address(r, M_FROM, &from, err));
    TRY(read_address(r, M_TO, &to, err));
    TRY(read_asset(r, &asset, err));
    TRY(read_amount(r, M_AMOUNT, &units, err));
    TRY(movement_kind_of(r, asset.form == ASSET_NATIVE, &kind, err));
    TRY(check_kind(r, kind, &from, &to, err));
    if (kind == MOVEMENT_FEE)
        to = (struct address){.form = ADDRESS_FEES};
    return emit(r, kind, &from, &to, &asset, units, err);
}

const struct format format_movements = {
    .about = {"movements", "our own plain table: time,block,tx,from,to,asset,amount[,kind][,tx_index][,position]"},
    .columns = movement_columns,
    .column_count = sizeof movement_columns / sizeof *movement_columns,
    .section = -1,
    .convert = convert_movement,
};

/* ---- native transfers as a query service exports them ---- */

enum { D_TIME, D_FROM, D_TO, D_AMOUNT };
static const struct column dune_columns[] = {
    [D_TIME] = {{"block_time"}, true},
    [D_FROM] = {{"from"}, true},
    [D_TO] = {{"to"}, true},
    [D_AMOUNT] = {{"total_eth"}, true},
};
enum { ETH_DECIMALS = 18, DUNE_ADDRESS = 42 };

/* Bytes are written \x and digits there. */
static enum imjin_status read_escaped(const struct reading *r, unsigned field, struct address *ret, struct error *err) {
    struct span text = r->fields[field];
    char usual[DUNE_ADDRESS];
    if (text.count != DUNE_ADDRESS || text.bytes[0] != '\\' || text.bytes[1] != 'x')
        return text.count && text.bytes[0] == '\\'
                   ? bad_field(r, field, err, "is not an address (\\x and 40 hex digits are wanted)")
                   : read_address(r, field, ret, err);
    memcpy(usual, text.bytes, sizeof usual);
    usual[0] = '0';
    return in_field(r, field, address_parse(ret, r->chain, (struct span){usual, sizeof usual}, err), err);
}

static enum imjin_status convert_dune(struct reading *r, struct error *err) {
    struct address from, to;
    struct u256 units;
    r->base.tx_form = TX_NONE;
    TRY(read_time(r, D_TIME, &r->base.time, err));
    TRY(block_from_time(r, D_TIME, err));
    TRY(read_escaped(r, D_FROM, &from, err));
    TRY(read_escaped(r, D_TO, &to, err));
    TRY(in_field(r, D_AMOUNT, amount_parse_scaled(&units, r->fields[D_AMOUNT], ETH_DECIMALS, true, err), err));
    return emit_native(r, MOVEMENT_NATIVE, &from, &to, units, err);
}

const struct format format_dune = {
    .about = {"dune-transfers", "Dune export of ETH transfers: block_time,from,to,total_eth with \\x addresses"},
    .columns = dune_columns,
    .column_count = sizeof dune_columns / sizeof *dune_columns,
    .section = -1,
    .remark = "no blocks: ordered by time (seconds since 2015-07-30 stand for blocks); no transaction ids",
    .convert = convert_dune,
};

/* ---- token sheets ---- */

enum { S_BLOCK, S_INDEX, S_FROM, S_TO, S_CONTRACT, S_VALUE, S_TIME };
static const struct column sheet_columns[] = {
    [S_BLOCK] = {{"block_number"}, true},
    [S_INDEX] = {{"transaction_index"}, true},
    [S_FROM] = {{"from_address"}, true},
    [S_TO] = {{"to_address"}, true},
    [S_CONTRACT] = {{"contract_address", "token_address"}, true},
    [S_VALUE] = {{"value"}, true},
    [S_TIME] = {{"time_stamp", "block_timestamp"}, true},
};

static enum imjin_status read_sheet_value(const struct reading *r, struct u256 *ret, struct error *err) {
    bool fraction = given(r, S_VALUE) && memchr(r->fields[S_VALUE].bytes, '.', r->fields[S_VALUE].count);
    if (r->options->decimals == DECIMALS_UNKNOWN && fraction)
        return bad_field(r, S_VALUE, err, "has a fraction; say with --decimals how many decimals the token has (USDT: 6)");
    return read_amount(r, S_VALUE, ret, err);
}

static enum imjin_status convert_sheet(struct reading *r, struct error *err) {
    struct address from, to, contract;
    struct u256 units;
    char tail[32];
    TRY(read_u32(r, S_BLOCK, &r->base.block, err));
    TRY(read_tx_index(r, S_INDEX, err));
    if (r->base.tx_index == ID_NONE)
        return bad_field(r, S_INDEX, err, "is empty");
    TRY(read_time(r, S_TIME, &r->base.time, err));
    TRY(read_address(r, S_FROM, &from, err));
    TRY(read_address(r, S_TO, &to, err));
    TRY(read_address(r, S_CONTRACT, &contract, err));
    if (contract.form != ADDRESS_EVM)
        return bad_field(r, S_CONTRACT, err, "is not a token contract");
    TRY(read_sheet_value(r, &units, err));
    snprintf(tail, sizeof tail, "tx-%" PRIu32, r->base.tx_index);
    tx_from_place(r, tail);
    const struct asset_key asset = token_of(&contract);
    return emit(r, MOVEMENT_TOKEN, &from, &to, &asset, units, err);
}

const struct format format_token_sheet = {
    .about = {"token-sheet", "token transfers without transaction hashes; decimal values need --decimals"},
    .columns = sheet_columns,
    .column_count = sizeof sheet_columns / sizeof *sheet_columns,
    .section = -1,
    .remark = "no transaction ids: named by block and index, so they do not meet other exports of the same transactions",
    .convert = convert_sheet,
};
