/* ethereum-etl: transactions, token transfers, traces, blocks and tokens, as CSV or JSON lines. Layouts: the project's own
 * schema documentation (docs/schema.md of blockchain-etl/ethereum-etl) and its public data set. */
#include <inttypes.h>
#include <stdio.h>

#include "ingest/reader.h"

/* Rewards and the like stand behind the transactions of their block. */
enum { INDEX_BEHIND_ALL = INGEST_TX_INDEX_MAX + 1 };

/* ---- transactions ---- */

enum {
    T_HASH,
    T_BLOCK,
    T_FROM,
    T_TO,
    T_VALUE,
    T_INDEX,
    T_TIME,
    T_NONCE,
    T_PRICE,
    T_GAS,
    T_PAID_PRICE,
    T_STATUS,
    T_CREATED,
    T_INPUT
};
static const struct column transaction_columns[] = {
    [T_HASH] = {{"hash"}, true},
    [T_BLOCK] = {{"block_number"}, true},
    [T_FROM] = {{"from_address"}, true},
    [T_TO] = {{"to_address"}, true},
    [T_VALUE] = {{"value"}, true},
    [T_INDEX] = {{"transaction_index"}, false},
    [T_TIME] = {{"block_timestamp"}, false},
    [T_NONCE] = {{"nonce"}, false},
    [T_PRICE] = {{"gas_price"}, false},
    [T_GAS] = {{"receipt_gas_used"}, false},
    [T_PAID_PRICE] = {{"receipt_effective_gas_price"}, false},
    [T_STATUS] = {{"receipt_status"}, false},
    [T_CREATED] = {{"receipt_contract_address"}, false},
    [T_INPUT] = {{"input"}, false},
};

/* A transaction without recipient makes a contract and endows it. */
static enum imjin_status transaction_recipient(struct reading *r, const struct address *from, struct address *ret,
                                               struct error *err) {
    uint64_t nonce;
    if (given(r, T_TO))
        return read_address(r, T_TO, ret, err);
    if (given(r, T_CREATED))
        return read_address(r, T_CREATED, ret, err);
    if (!given(r, T_NONCE) || from->form != ADDRESS_EVM) {
        role_address(r, ret, "created");
        return IMJIN_OK;
    }
    TRY(read_u64(r, T_NONCE, &nonce, err));
    created_address(from, nonce, ret);
    return IMJIN_OK;
}

static enum imjin_status convert_transaction(struct reading *r, struct error *err) {
    struct address from, to;
    struct u256 value;
    bool failed = span_is(r->fields[T_STATUS], "0");
    r->base.tx_form = TX_HASH;
    TRY(read_hash(r, T_HASH, r->base.tx_hash, err));
    TRY(read_u32(r, T_BLOCK, &r->base.block, err));
    TRY(read_tx_index(r, T_INDEX, err));
    TRY(read_time(r, T_TIME, &r->base.time, err));
    TRY(read_address(r, T_FROM, &from, err));
    TRY(transaction_recipient(r, &from, &to, err));
    if (r->witnesses)
        return witness_call(r, &to, r->fields[T_INPUT], err);
    TRY(read_units(r, T_VALUE, &value, err));
    TRY(emit_fee(r, &from, T_GAS, given(r, T_PAID_PRICE) ? T_PAID_PRICE : T_PRICE, err));
    return failed ? IMJIN_OK : emit_native(r, MOVEMENT_NATIVE, &from, &to, value, err);
}

const struct format format_etl_transactions = {
    .about = {"etl-transactions", "ethereum-etl transactions: the native coin and, with receipt columns, fees"},
    .columns = transaction_columns,
    .column_count = sizeof transaction_columns / sizeof *transaction_columns,
    .section = -1,
    .convert = convert_transaction,
};

/* ---- token transfers ---- */

enum { K_TOKEN, K_FROM, K_TO, K_VALUE, K_HASH, K_LOG, K_BLOCK, K_TIME, K_INDEX };
static const struct column transfer_columns[] = {
    [K_TOKEN] = {{"token_address"}, true}, [K_FROM] = {{"from_address"}, true},     [K_TO] = {{"to_address"}, true},
    [K_VALUE] = {{"value"}, true},         [K_HASH] = {{"transaction_hash"}, true}, [K_LOG] = {{"log_index"}, true},
    [K_BLOCK] = {{"block_number"}, true},  [K_TIME] = {{"block_timestamp"}, false}, [K_INDEX] = {{"transaction_index"}, false},
};

static enum imjin_status convert_transfer(struct reading *r, struct error *err) {
    struct ledger_row *row;
    TRY(row_begin(r, &row, err));
    r->base.tx_form = TX_HASH;
    row->asset.form = ASSET_TOKEN;
    row->asset.item = (struct u256){0};
    TRY(read_address(r, K_TOKEN, &row->asset.contract, err));
    if (row->asset.contract.form != ADDRESS_EVM)
        return bad_field(r, K_TOKEN, err, "is not a token contract");
    TRY(read_address(r, K_FROM, &row->from, err));
    TRY(read_address(r, K_TO, &row->to, err));
    TRY(read_units(r, K_VALUE, &row->units, err));
    TRY(read_hash(r, K_HASH, row->tx_hash, err));
    TRY(read_u32(r, K_LOG, &r->base.position, err));
    TRY(read_u32(r, K_BLOCK, &r->base.block, err));
    TRY(read_time(r, K_TIME, &r->base.time, err));
    TRY(read_tx_index(r, K_INDEX, err));
    return row_end(r, row, MOVEMENT_TOKEN, err);
}

const struct format format_etl_token_transfers = {
    .about = {"etl-token-transfers",
              "ethereum-etl token_transfers (an ERC-721 row looks like an amount there; its logs do not)"},
    .columns = transfer_columns,
    .column_count = sizeof transfer_columns / sizeof *transfer_columns,
    .section = -1,
    .convert = convert_transfer,
};

/* ---- traces ---- */

enum { C_BLOCK, C_FROM, C_TO, C_VALUE, C_TYPE, C_PATH, C_HASH, C_INDEX, C_CALL, C_REWARD, C_ERROR, C_STATUS, C_TIME };
static const struct column trace_columns[] = {
    [C_BLOCK] = {{"block_number"}, true},     [C_FROM] = {{"from_address"}, true},
    [C_TO] = {{"to_address"}, true},          [C_VALUE] = {{"value"}, true},
    [C_TYPE] = {{"trace_type"}, true},        [C_PATH] = {{"trace_address"}, true},
    [C_HASH] = {{"transaction_hash"}, false}, [C_INDEX] = {{"transaction_index"}, false},
    [C_CALL] = {{"call_type"}, false},        [C_REWARD] = {{"reward_type"}, false},
    [C_ERROR] = {{"error"}, false},           [C_STATUS] = {{"status"}, false},
    [C_TIME] = {{"block_timestamp"}, false},
};

static bool is_call(struct span type) { return span_is(type, "call") || span_is(type, "create") || span_is(type, "suicide"); }

/* What is no call of a transaction: rewards, the first block's endowments, the fork that moved the DAO's money. */
static enum imjin_status trace_outside(struct reading *r, struct error *err) {
    struct address from, to;
    struct u256 value;
    char tail[ERROR_COLUMN_MAX];
    struct span type = r->fields[C_TYPE];
    if (!span_is(type, "reward") && !span_is(type, "genesis") && !span_is(type, "daofork"))
        return bad_field(r, C_TYPE, err, "is not a kind of trace (call, create, suicide, reward, genesis or daofork)");
    TRY(read_address(r, C_FROM, &from, err));
    TRY(read_address(r, C_TO, &to, err));
    TRY(read_units(r, C_VALUE, &value, err));
    r->base.tx_index = INDEX_BEHIND_ALL;
    snprintf(tail, sizeof tail, "%.*s", (int)type.count, type.bytes);
    tx_from_place(r, tail);
    return emit_native(r, MOVEMENT_INTERNAL, &from, &to, value, err);
}

static enum imjin_status trace_tx(struct reading *r, struct error *err) {
    char tail[ERROR_COLUMN_MAX];
    TRY(read_tx_index(r, C_INDEX, err));
    r->base.tx_form = TX_HASH;
    if (given(r, C_HASH))
        return read_hash(r, C_HASH, r->base.tx_hash, err);
    if (!given(r, C_INDEX))
        return bad_field(r, C_HASH, err, "is empty, and there is no transaction_index in its place");
    snprintf(tail, sizeof tail, "tx-%" PRIu32, r->base.tx_index);
    tx_from_place(r, tail);
    return IMJIN_OK;
}

static bool same_tx(const struct reading *r) {
    const struct place *a = &r->calls.place, *b = &r->base;
    if (!r->calls.begun || a->block != b->block || a->tx_form != b->tx_form)
        return false;
    return a->tx_form == TX_HASH ? memcmp(a->tx_hash, b->tx_hash, sizeof a->tx_hash) == 0 : a->tx_index == b->tx_index;
}

static enum imjin_status begin_tx(struct reading *r, struct error *err) {
    if (same_tx(r)) {
        r->calls.position++;
        return IMJIN_OK;
    }
    TRY(reading_group(r, err));
    r->calls.place = r->base;
    r->calls.begun = true;
    r->calls.failed = false;
    r->calls.position = 0;
    return IMJIN_OK;
}

/* Traces stand parent before child, depth first: what is under the last failed call is undone with it. */
static bool under_failed(const struct reading *r) {
    struct span path = r->fields[C_PATH];
    uint64_t count = r->calls.path_count;
    if (!r->calls.failed)
        return false;
    return count == 0 || (path.count > count && path.bytes[count] == ',' && memcmp(path.bytes, r->calls.path, count) == 0);
}

static enum imjin_status call_failed(struct reading *r, bool *ret, struct error *err) {
    struct span path = r->fields[C_PATH];
    if (path.count > sizeof r->calls.path)
        return bad_field(r, C_PATH, err, "is too long");
    *ret = given(r, C_ERROR) || span_is(r->fields[C_STATUS], "0");
    if (under_failed(r)) {
        *ret = true;
        return IMJIN_OK;
    }
    r->calls.failed = *ret;
    if (*ret && path.count)
        memcpy(r->calls.path, path.bytes, path.count);
    r->calls.path_count = (uint32_t)path.count;
    return IMJIN_OK;
}

/* callcode, delegatecall and staticcall run another's code on the caller's own money. */
static bool call_moves(const struct reading *r) {
    struct span how = r->fields[C_CALL];
    return !span_is(r->fields[C_TYPE], "call") || how.count == 0 || span_is(how, "call");
}

static enum imjin_status convert_trace(struct reading *r, struct error *err) {
    struct address from, to;
    struct u256 value;
    bool failed = false;
    TRY(read_u32(r, C_BLOCK, &r->base.block, err));
    TRY(read_time(r, C_TIME, &r->base.time, err));
    if (!is_call(r->fields[C_TYPE]))
        return trace_outside(r, err);
    TRY(trace_tx(r, err));
    TRY(begin_tx(r, err));
    r->base.position = r->calls.position;
    TRY(call_failed(r, &failed, err));
    TRY(read_address(r, C_FROM, &from, err));
    TRY(read_address(r, C_TO, &to, err));
    if (given(r, C_VALUE))
        TRY(read_units(r, C_VALUE, &value, err));
    else
        value = (struct u256){0};
    if (failed || !call_moves(r))
        return IMJIN_OK;
    return emit_native(r, given(r, C_PATH) ? MOVEMENT_INTERNAL : MOVEMENT_NATIVE, &from, &to, value, err);
}

const struct format format_etl_traces = {
    .about = {"etl-traces", "ethereum-etl traces: the native coin inside contracts, rewards, the first block"},
    .columns = trace_columns,
    .column_count = sizeof trace_columns / sizeof *trace_columns,
    .section = -1,
    .grouped = true,
    .convert = convert_trace,
};

/* ---- blocks ---- */

enum { B_NUMBER, B_TIME, B_MINER, B_PARENT };
static const struct column block_columns[] = {
    [B_NUMBER] = {{"number"}, true},
    [B_TIME] = {{"timestamp"}, true},
    [B_MINER] = {{"miner"}, true},
    [B_PARENT] = {{"parent_hash"}, false},
};

static enum imjin_status convert_block(struct reading *r, struct error *err) {
    struct ledger_block_note note;
    TRY(read_u32(r, B_NUMBER, &note.block, err));
    TRY(read_time(r, B_TIME, &note.time, err));
    if (note.time == TIME_UNKNOWN)
        return bad_field(r, B_TIME, err, "is empty");
    if (r->writer)
        TRY(ledger_writer_note_block(r->writer, &note, err));
    r->noted++;
    return IMJIN_OK;
}

const struct format format_etl_blocks = {
    .about = {"etl-blocks", "ethereum-etl blocks: the times of blocks"},
    .columns = block_columns,
    .column_count = sizeof block_columns / sizeof *block_columns,
    .section = -1,
    .convert = convert_block,
};

/* ---- tokens ---- */

enum { N_ADDRESS, N_SYMBOL, N_DECIMALS, N_NAME, N_SUPPLY };
static const struct column token_columns[] = {
    [N_ADDRESS] = {{"address"}, true}, [N_SYMBOL] = {{"symbol"}, true},        [N_DECIMALS] = {{"decimals"}, true},
    [N_NAME] = {{"name"}, false},      [N_SUPPLY] = {{"total_supply"}, false},
};

static enum imjin_status convert_token(struct reading *r, struct error *err) {
    struct address contract;
    uint64_t decimals = DECIMALS_UNKNOWN;
    TRY(read_address(r, N_ADDRESS, &contract, err));
    if (contract.form != ADDRESS_EVM)
        return bad_field(r, N_ADDRESS, err, "is not a token contract");
    if (given(r, N_DECIMALS) && (!digits_u64(r->fields[N_DECIMALS], &decimals) || decimals > DECIMALS_MAX))
        decimals = DECIMALS_UNKNOWN; /* contracts say what they like; no amount is read by it */
    const struct asset_key key = token_of(&contract);
    return note_asset(r, &key, r->fields[N_SYMBOL], (uint8_t)decimals, err);
}

const struct format format_etl_tokens = {
    .about = {"etl-tokens", "ethereum-etl tokens: symbols and decimals"},
    .columns = token_columns,
    .column_count = sizeof token_columns / sizeof *token_columns,
    .section = -1,
    .convert = convert_token,
};
