#include "utxo/block.h"

#include "utxo/limits.h"

enum { TX_BYTES_MIN = 10, TARGET_BYTES = 32 };

static enum imjin_status room_for(struct buffer *b, uint64_t item_bytes, uint64_t count, const char *what, struct error *err) {
    b->item_bytes = item_bytes;
    b->items_max = UTXO_BLOCK_BYTES_MAX;
    b->what = what;
    b->count = 0;
    return buffer_reserve(b, count, err);
}

/* ---- the header ---- */

/* Bits are a number of 3 bytes and how many bytes it is shifted to: as Bitcoin Core's SetCompact. False: negative or too large.
 */
static bool target_of(uint32_t bits, uint8_t ret_target[TARGET_BYTES]) {
    uint32_t size = bits >> 24, number = bits & 0x7fffff;
    if (bits & 0x800000 || number == 0)
        return false;
    memset(ret_target, 0, TARGET_BYTES);
    for (uint32_t i = 0; i < 3; i++) {
        uint8_t byte = (uint8_t)(number >> (8 * i));
        if (size + i < 3)
            continue;
        if (size + i - 3 < TARGET_BYTES)
            ret_target[size + i - 3] = byte;
        else if (byte)
            return false;
    }
    return true;
}

u128 block_work(uint32_t bits) {
    enum { WORK_BITS_MAX = 120 }; /* so that no sum of 2^32 blocks wraps around what is compared */
    uint8_t target[TARGET_BYTES];
    unsigned top = TARGET_BYTES;
    uint64_t leading = 0;
    if (!target_of(bits, target))
        return 0;
    while (top > 0 && target[top - 1] == 0)
        top--;
    if (top == 0)
        return 0;
    for (unsigned i = 0; i < 8; i++)
        leading = leading << 8 | (top > i ? target[top - 1 - i] : 0);
    /* target is leading * 2^(8 * top - 64), so the work is 2^(320 - 8 * top) / leading */
    unsigned shift = 320 - 8 * top;
    if (shift <= 127)
        return ((u128)1 << shift) / leading;
    u128 quotient = ((u128)1 << 127) / leading;
    shift -= 127;
    return shift >= 34 || quotient >> (WORK_BITS_MAX - 24 - shift) ? (u128)1 << (WORK_BITS_MAX - 24) : quotient << shift;
}

static bool hash_meets(const uint8_t hash[32], uint32_t bits) {
    uint8_t target[TARGET_BYTES];
    if (!target_of(bits, target))
        return false;
    for (unsigned i = TARGET_BYTES; i > 0; i--)
        if (hash[i - 1] != target[i - 1])
            return hash[i - 1] < target[i - 1];
    return true;
}

enum imjin_status block_head_parse(struct block_head *ret, const struct output_chain *chain, struct span bytes,
                                   struct error *err) {
    const uint8_t *at = (const uint8_t *)bytes.bytes;
    struct wire_cursor c = {at, at + bytes.count};
    struct wire_header header;
    struct block_head head;
    /* what follows a Dogecoin header is of no matter for its hash */
    TRY(wire_header_parse(&c, chain->wire == WIRE_ZCASH ? WIRE_ZCASH : WIRE_PLAIN, &header, err));
    TRY(wire_hash(header.bytes, head.hash, err));
    memcpy(head.previous, header.previous, sizeof head.previous);
    head.bits = header.bits;
    if (block_work(head.bits) == 0)
        return fail(err, IMJIN_BAD_INPUT, "the block's header has the impossible target %08x", head.bits);
    if (chain->hash_is_proof && !hash_meets(head.hash, head.bits))
        return fail(err, IMJIN_BAD_INPUT, "the block's hash does not prove the work that its header claims");
    *ret = head;
    return IMJIN_OK;
}

/* ---- hashes ---- */

/* Double SHA-256 of each. `ret` must not overlap what is hashed. */
static enum imjin_status hash_twice(struct block *b, struct hash_job *jobs, uint64_t count, uint8_t (*ret)[32],
                                    struct error *err) {
    TRY(room_for(&b->once_buffer, sizeof(struct sha256), count, "hashes of a block", err));
    struct sha256 *once = b->once_buffer.items;
    TRY(sha256_of_each(jobs, count, once, err));
    for (uint64_t i = 0; i < count; i++)
        jobs[i] = (struct hash_job){once[i].bytes, sizeof once[i].bytes};
    return sha256_of_each(jobs, count, (struct sha256 *)(void *)ret, err);
}

/* Each transaction without its witness stands together in `stripped`; others are hashed where they are. */
static enum imjin_status hash_ids(struct block *b, struct hash_job *jobs, uint8_t (*ret)[32], struct error *err) {
    uint64_t bytes = 0;
    for (uint64_t i = 0; i < b->tx_count; i++)
        bytes += b->txs[i].hashes_as_a_whole ? 0 : b->txs[i].body.count + 8;
    TRY(room_for(&b->stripped, 1, bytes, "bytes of a block", err));
    uint8_t *to = b->stripped.items;
    for (uint64_t i = 0; i < b->tx_count; i++) {
        const struct wire_tx *tx = &b->txs[i];
        jobs[i] = (struct hash_job){tx->bytes.bytes, tx->bytes.count};
        if (tx->hashes_as_a_whole)
            continue;
        jobs[i] = (struct hash_job){to, tx->body.count + 8};
        memcpy(to, &tx->version, 4);
        memcpy(to + 4, tx->body.bytes, tx->body.count);
        memcpy(to + 4 + tx->body.count, &tx->locktime, 4);
        to += tx->body.count + 8;
    }
    return hash_twice(b, jobs, b->tx_count, ret, err);
}

/* The root over `count` hashes in `level`, which has room for one more and is used up. */
static enum imjin_status merkle_root(struct block *b, struct hash_job *jobs, uint8_t (*level)[32], uint64_t count,
                                     uint8_t ret_root[32], bool *ret_repeated, struct error *err) {
    uint8_t(*next)[32] = level + count + 1;
    *ret_repeated = false;
    while (count > 1) {
        uint64_t pairs = (count + 1) / 2;
        for (uint64_t i = 0; i + 1 < count; i += 2)
            *ret_repeated |= memcmp(level[i], level[i + 1], 32) == 0;
        if (count % 2)
            memcpy(level[count], level[count - 1], 32);
        for (uint64_t i = 0; i < pairs; i++)
            jobs[i] = (struct hash_job){level[2 * i], 64};
        TRY(hash_twice(b, jobs, pairs, next, err));
        uint8_t(*other)[32] = level;
        level = next;
        next = other;
        count = pairs;
    }
    memcpy(ret_root, level[0], 32);
    return IMJIN_OK;
}

static enum imjin_status check_merkle_root(struct block *b, struct hash_job *jobs, uint8_t (*level)[32], struct error *err) {
    uint8_t root[32];
    bool repeated;
    memcpy(level, b->ids, b->tx_count * 32);
    TRY(merkle_root(b, jobs, level, b->tx_count, root, &repeated, err));
    if (memcmp(root, b->header.merkle_root, sizeof root) != 0)
        return fail(err, IMJIN_BAD_INPUT, "the block's transactions are not those that its header commits to (merkle root)");
    return repeated ? fail(err, IMJIN_BAD_INPUT, "the block repeats transactions (CVE-2012-2459)") : IMJIN_OK;
}

/* The 32 bytes in the coinbase's witness that the commitment covers with the root. */
static const uint8_t *reserved_value(const struct wire_tx *coinbase) {
    const uint8_t *at = coinbase->witnesses;
    struct span item;
    if (at == NULL || wire_witness_count(&at) != 1)
        return NULL;
    wire_witness_next(&at, &item);
    return item.count == 32 ? (const uint8_t *)item.bytes : NULL;
}

/* The ids with witnesses, into `level`: of a transaction that has none it is its id. */
static enum imjin_status hash_witness_ids(struct block *b, struct hash_job *jobs, uint8_t (*level)[32], struct error *err) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < b->tx_count; i++)
        if (!b->txs[i].hashes_as_a_whole)
            jobs[count++] = (struct hash_job){b->txs[i].bytes.bytes, b->txs[i].bytes.count};
    TRY(hash_twice(b, jobs, count, level, err));
    /* from the last on, so that none is written over before it has been moved */
    for (uint64_t i = b->tx_count; i > 0; i--)
        memmove(level[i - 1], b->txs[i - 1].hashes_as_a_whole ? b->ids[i - 1] : level[--count], 32);
    return IMJIN_OK;
}

/* BIP 141. Without a commitment no transaction may have a witness. */
static enum imjin_status check_commitment(struct block *b, struct hash_job *jobs, uint8_t (*level)[32], struct error *err) {
    const uint8_t *said = wire_witness_commitment(&b->txs[0]), *reserved = reserved_value(&b->txs[0]);
    uint8_t both[64], hash[32];
    bool repeated;
    if (!b->has_witnesses)
        return IMJIN_OK;
    if (said == NULL || reserved == NULL)
        return fail(err, IMJIN_BAD_INPUT, "the block has witnesses and does not commit to them");
    TRY(hash_witness_ids(b, jobs, level, err));
    memset(level[0], 0, 32);
    TRY(merkle_root(b, jobs, level, b->tx_count, both, &repeated, err));
    memcpy(both + 32, reserved, 32);
    TRY(wire_hash((struct span){(const char *)both, sizeof both}, hash, err));
    if (memcmp(hash, said, sizeof hash) != 0)
        return fail(err, IMJIN_BAD_INPUT, "the block's witnesses are not those that its coinbase commits to");
    return IMJIN_OK;
}

static enum imjin_status check_hashes(struct block *b, struct error *err) {
    TRY(room_for(&b->job_buffer, sizeof(struct hash_job), b->tx_count, "transactions of a block", err));
    TRY(room_for(&b->id_buffer, 32, b->tx_count, "transactions of a block", err));
    TRY(room_for(&b->level_buffer, 32, 2 * b->tx_count + 4, "transactions of a block", err));
    struct hash_job *jobs = b->job_buffer.items;
    TRY(hash_ids(b, jobs, b->id_buffer.items, err));
    b->ids = (const uint8_t(*)[32])b->id_buffer.items;
    TRY(check_merkle_root(b, jobs, b->level_buffer.items, err));
    /* an extension block's balance is hashed in a way of its own, and the block's proof covers its id */
    if (b->txs[b->tx_count - 1].is_extension)
        return IMJIN_OK;
    return check_commitment(b, jobs, b->level_buffer.items, err);
}

/* ---- the transactions ---- */

static enum imjin_status parse_txs(struct block *b, const struct output_chain *chain, struct wire_cursor *c, uint64_t count,
                                   struct error *err) {
    TRY(room_for(&b->tx_buffer, sizeof(struct wire_tx), count, "transactions of a block", err));
    struct wire_tx *txs = b->tx_buffer.items;
    b->txs = txs;
    for (uint64_t i = 0; i < count; i++) {
        struct wire_tx *tx = &txs[i];
        TRY(wire_tx_parse(c, chain->wire, tx, err));
        if (tx->is_coinbase != (i == 0))
            return fail(err, IMJIN_BAD_INPUT,
                        i ? "the block has a second coinbase" : "the block's first transaction is no coinbase");
        if (tx->is_extension && i + 1 != count)
            return fail(err, IMJIN_BAD_INPUT, "the extension block's transaction is not the last");
        b->input_count += i ? tx->input_count : 0;
        b->output_count += tx->output_count;
        b->has_witnesses |= tx->witnesses != NULL && !tx->hashes_as_a_whole;
        b->tx_count = i + 1;
    }
    return IMJIN_OK;
}

enum imjin_status block_parse(struct block *b, const struct output_chain *chain, struct span bytes, struct error *err) {
    const uint8_t *at = (const uint8_t *)bytes.bytes;
    struct wire_cursor c = {at, at + bytes.count};
    uint64_t count;
    b->tx_count = b->input_count = b->output_count = 0;
    b->has_witnesses = false;
    TRY(wire_header_parse(&c, chain->wire, &b->header, err));
    TRY(wire_count_parse(&c, &count, err));
    if (count == 0 || count > (uint64_t)(c.end - c.at) / TX_BYTES_MIN)
        return fail(err, IMJIN_BAD_INPUT, "%llu transactions do not fit the %llu bytes of the block that are left",
                    (unsigned long long)count, (unsigned long long)(c.end - c.at));
    TRY(parse_txs(b, chain, &c, count, err));
    if (c.at != c.end && !b->txs[count - 1].is_extension)
        return fail(err, IMJIN_BAD_INPUT, "%llu bytes stand behind the block's last transaction",
                    (unsigned long long)(c.end - c.at));
    return check_hashes(b, err);
}

void block_done(struct block *b) {
    struct buffer *buffers[] = {&b->tx_buffer, &b->id_buffer, &b->job_buffer, &b->once_buffer, &b->level_buffer, &b->stripped};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        buffer_done(buffers[i]);
}

bool block_height(const struct block *b, uint32_t *ret) {
    enum { OP_1 = 0x51, OP_16 = 0x60, BYTES_MAX = 4 };
    struct wire_input input;
    const uint8_t *at = b->txs[0].inputs;
    wire_input_next(&at, &input);
    const uint8_t *script = (const uint8_t *)input.script.bytes;
    uint32_t height = 0;
    if (b->header.version < 2 || input.script.count == 0)
        return false;
    if (script[0] >= OP_1 && script[0] <= OP_16) {
        *ret = script[0] - OP_1 + 1u;
        return true;
    }
    if (script[0] == 0 || script[0] > BYTES_MAX || input.script.count <= script[0] || script[script[0]] & 0x80)
        return false;
    for (unsigned i = script[0]; i > 0; i--)
        height = height << 8 | script[i];
    *ret = height;
    return height < UINT32_MAX / 2;
}

bool block_is_whole(const struct output_chain *chain, struct span bytes) {
    const uint8_t *at = (const uint8_t *)bytes.bytes;
    struct wire_cursor c = {at, at + bytes.count};
    struct wire_header header;
    struct wire_tx tx = {0};
    uint64_t count;
    if (wire_header_parse(&c, chain->wire, &header, NULL) != IMJIN_OK || wire_count_parse(&c, &count, NULL) != IMJIN_OK)
        return false;
    for (; count > 0; count--)
        if (wire_tx_parse(&c, chain->wire, &tx, NULL) != IMJIN_OK)
            return false;
    return c.at == c.end || tx.is_extension;
}
