/* ethereum-etl logs: transfers told by the first topic and the shape of the rest. */
#include <inttypes.h>

#include "codec/abi.h"
#include "ingest/reader.h"

enum { L_LOG, L_HASH, L_BLOCK, L_ADDRESS, L_DATA, L_TOPICS, L_INDEX, L_TIME };
static const struct column columns[] = {
    [L_LOG] = {{"log_index"}, true},
    [L_HASH] = {{"transaction_hash"}, true},
    [L_BLOCK] = {{"block_number"}, true},
    [L_ADDRESS] = {{"address"}, true},
    [L_DATA] = {{"data"}, true},
    [L_TOPICS] = {{"topics"}, true},
    [L_INDEX] = {{"transaction_index"}, false},
    [L_TIME] = {{"block_timestamp"}, false},
};

enum { TOPICS_MAX = 4, WORD = 32, WORD_DIGITS = 64 };

/* An event with its topics and its data as text of hex digits, without 0x. */
struct event {
    struct address contract;
    uint8_t topics[TOPICS_MAX][WORD];
    unsigned topic_count;
    struct span data;
    uint64_t words; /* of 32 bytes, in the data; what is left over is not looked at */
};

static enum imjin_status read_topic(const struct reading *r, struct span text, struct event *e, struct error *err) {
    text = span_trim(text);
    if (text.count >= 2 && text.bytes[0] == '0' && text.bytes[1] == 'x')
        text = (struct span){text.bytes + 2, text.count - 2};
    if (e->topic_count == TOPICS_MAX)
        return bad_field(r, L_TOPICS, err, "has more than four topics");
    if (text.count != WORD_DIGITS || hex_decode(e->topics[e->topic_count], text.bytes, WORD) & HEX_BAD)
        return bad_field(r, L_TOPICS, err, "holds a topic that is not 32 bytes in hexadecimal");
    e->topic_count++;
    return IMJIN_OK;
}

static enum imjin_status read_topics(const struct reading *r, struct event *e, struct error *err) {
    struct span left = r->fields[L_TOPICS];
    while (left.count) {
        const char *comma = memchr(left.bytes, ',', left.count);
        uint64_t count = comma ? (uint64_t)(comma - left.bytes) : left.count;
        TRY(read_topic(r, (struct span){left.bytes, count}, e, err));
        left = (struct span){left.bytes + count + (comma != NULL), left.count - count - (comma != NULL)};
    }
    return IMJIN_OK;
}

static enum imjin_status read_data(const struct reading *r, struct event *e, struct error *err) {
    struct span text = r->fields[L_DATA];
    if (text.count == 0)
        return IMJIN_OK;
    if (text.count < 2 || text.bytes[0] != '0' || text.bytes[1] != 'x' || text.count % 2)
        return bad_field(r, L_DATA, err, "is not 0x and pairs of hex digits");
    e->data = (struct span){text.bytes + 2, text.count - 2};
    e->words = e->data.count / WORD_DIGITS;
    return IMJIN_OK;
}

static enum imjin_status data_word(const struct reading *r, const struct event *e, uint64_t n, struct u256 *ret,
                                   struct error *err) {
    uint8_t bytes[WORD];
    if (hex_decode(bytes, e->data.bytes + n * WORD_DIGITS, WORD) & HEX_BAD)
        return bad_field(r, L_DATA, err, "holds something that is no hex digit");
    *ret = u256_from_be(bytes);
    return IMJIN_OK;
}

/* An address stands in the last 20 of a topic's 32 bytes; a topic that has more is no address. */
static bool topic_address(const struct event *e, unsigned n, struct address *ret) {
    uint8_t any = 0;
    for (unsigned i = 0; i < 12; i++)
        any |= e->topics[n][i];
    if (any)
        return false;
    *ret = (struct address){0};
    memcpy(ret->evm, e->topics[n] + 12, sizeof ret->evm);
    evm_or_void(ret);
    return true;
}

/* Transfer(address,address,uint256): with the number as data an amount (ERC-20), as fourth topic an item (ERC-721). */
static enum imjin_status on_transfer(struct reading *r, const struct event *e, struct error *err) {
    struct address from, to;
    struct u256 units;
    struct asset_key asset = token_of(&e->contract);
    if (e->topic_count < 3 || !topic_address(e, 1, &from) || !topic_address(e, 2, &to))
        return IMJIN_OK;
    if (e->topic_count == 4 && e->words == 0) {
        asset = item_of(&e->contract, u256_from_be(e->topics[3]));
        return emit(r, MOVEMENT_TOKEN, &from, &to, &asset, u256_from_u128(1), err);
    }
    if (e->topic_count != 3 || e->words != 1)
        return IMJIN_OK;
    TRY(data_word(r, e, 0, &units, err));
    return emit(r, MOVEMENT_TOKEN, &from, &to, &asset, units, err);
}

/* TransferSingle(address operator, address from, address to, uint256 id, uint256 value) of ERC-1155. */
static enum imjin_status on_single(struct reading *r, const struct event *e, struct error *err) {
    struct address from, to;
    struct u256 id, units;
    if (e->topic_count != 4 || e->words != 2 || !topic_address(e, 2, &from) || !topic_address(e, 3, &to))
        return IMJIN_OK;
    TRY(data_word(r, e, 0, &id, err));
    TRY(data_word(r, e, 1, &units, err));
    const struct asset_key asset = item_of(&e->contract, id);
    return emit(r, MOVEMENT_TOKEN, &from, &to, &asset, units, err);
}

/* Where the array that the data's word `n` points to begins, and its length. */
static enum imjin_status read_array(const struct reading *r, const struct event *e, uint64_t n, uint64_t *ret_first,
                                    uint64_t *ret_count, struct error *err) {
    struct u256 offset, length;
    u128 at, count;
    TRY(data_word(r, e, n, &offset, err));
    if (!u256_to_u128(offset, &at) || at % WORD || at / WORD >= e->words)
        return bad_field(r, L_DATA, err, "is cut: an array of the event lies behind its end");
    uint64_t head = (uint64_t)(at / WORD);
    TRY(data_word(r, e, head, &length, err));
    if (!u256_to_u128(length, &count) || count > e->words - head - 1)
        return bad_field(r, L_DATA, err, "is cut: an array of the event lies behind its end");
    *ret_first = head + 1;
    *ret_count = (uint64_t)count;
    return IMJIN_OK;
}

/* TransferBatch(address operator, address from, address to, uint256[] ids, uint256[] values) of ERC-1155. */
static enum imjin_status on_batch(struct reading *r, const struct event *e, struct error *err) {
    struct address from, to;
    uint64_t ids = 0, id_count = 0, values = 0, value_count = 0;
    if (e->topic_count != 4 || e->words < 2 || !topic_address(e, 2, &from) || !topic_address(e, 3, &to))
        return IMJIN_OK;
    TRY(read_array(r, e, 0, &ids, &id_count, err));
    TRY(read_array(r, e, 1, &values, &value_count, err));
    if (id_count != value_count)
        return bad_field(r, L_DATA, err, "has %" PRIu64 " items and %" PRIu64 " amounts", id_count, value_count);
    for (uint64_t i = 0; i < id_count; i++) {
        struct u256 id, units;
        TRY(data_word(r, e, ids + i, &id, err));
        TRY(data_word(r, e, values + i, &units, err));
        const struct asset_key asset = item_of(&e->contract, id);
        TRY(emit(r, MOVEMENT_TOKEN, &from, &to, &asset, units, err));
    }
    return IMJIN_OK;
}

/* Contracts that make a token of the native coin and log Deposit and Withdrawal but no Transfer for it. Other contracts log
 * events of the same shape that make no token, so the shape alone is no proof. Source: the contracts as verified on each
 * chain's explorer. */
static enum imjin_status on_wrap(struct reading *r, const struct event *e, bool deposit, struct error *err) {
    struct address who;
    struct u256 units;
    const struct address nobody = {.form = ADDRESS_VOID};
    const struct asset_key asset = token_of(&e->contract);
    if (e->topic_count != 2 || e->words != 1 || !topic_address(e, 1, &who) || !abi_wrapper_find(e->contract.evm))
        return IMJIN_OK;
    TRY(data_word(r, e, 0, &units, err));
    return emit(r, MOVEMENT_TOKEN, deposit ? &nobody : &who, deposit ? &who : &nobody, &asset, units, err);
}

/* Deposit(address,uint256): the wrapper makes tokens. */
static enum imjin_status on_deposit(struct reading *r, const struct event *e, struct error *err) {
    return on_wrap(r, e, true, err);
}

/* Withdrawal(address,uint256): it unmakes them. */
static enum imjin_status on_withdrawal(struct reading *r, const struct event *e, struct error *err) {
    return on_wrap(r, e, false, err);
}

/* By what the table of data/abi says the first topic means; events that move nothing are passed over. */
static enum imjin_status read_event(struct reading *r, const struct event *e, struct error *err) {
    const struct abi_signature *s = e->topic_count ? abi_event_find(e->topics[0]) : NULL;
    switch (s ? s->meaning : ABI_NOTHING) {
    case ABI_TRANSFER:
        return on_transfer(r, e, err);
    case ABI_TRANSFER_SINGLE:
        return on_single(r, e, err);
    case ABI_TRANSFER_BATCH:
        return on_batch(r, e, err);
    case ABI_WRAP:
        return on_deposit(r, e, err);
    case ABI_UNWRAP:
        return on_withdrawal(r, e, err);
    default:
        return IMJIN_OK;
    }
}

static enum imjin_status convert(struct reading *r, struct error *err) {
    struct event e = {0};
    r->base.tx_form = TX_HASH;
    TRY(read_hash(r, L_HASH, r->base.tx_hash, err));
    TRY(read_u32(r, L_LOG, &r->base.position, err));
    TRY(read_u32(r, L_BLOCK, &r->base.block, err));
    TRY(read_tx_index(r, L_INDEX, err));
    TRY(read_time(r, L_TIME, &r->base.time, err));
    TRY(read_address(r, L_ADDRESS, &e.contract, err));
    if (e.contract.form != ADDRESS_EVM)
        return bad_field(r, L_ADDRESS, err, "is not a contract");
    TRY(read_topics(r, &e, err));
    TRY(read_data(r, &e, err));
    if (r->witnesses)
        return witness_event(r, &e.contract, e.topics, e.topic_count, e.data, err);
    return read_event(r, &e, err);
}

const struct format format_etl_logs = {
    .about = {"etl-logs", "ethereum-etl logs: ERC-20, ERC-721, ERC-1155 transfers, wrapped coins"},
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .section = -1,
    .convert = convert,
};
