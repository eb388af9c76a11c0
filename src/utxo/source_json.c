#include "utxo/source_json.h"

#include "codec/hex.h"
#include "codec/json.h"
#include "utxo/limits.h"

enum { HEADER_BYTES = 80, COUNT_BYTES_MAX = 9, SNIFF_BYTES = 1 << 16 };

enum field { FIELD_VERSION, FIELD_PREVIOUS, FIELD_MERKLE, FIELD_TIME, FIELD_BITS, FIELD_NONCE, FIELD_HEIGHT, FIELDS };
static const char *const field_names[FIELDS] = {"version", "previousblockhash", "merkleroot", "time", "bits", "nonce",
                                                "height"};

/* The block that is being read. */
struct reading {
    struct json_reader json;
    struct buffer *bytes, *blocks;
    uint64_t begin, txs; /* where its transactions begin, less the room for what stands before them */
    uint32_t numbers[FIELDS];
    uint8_t hashes[2][32];
    unsigned seen; /* a bit a field */
};

static enum imjin_status fail_field(struct reading *r, const struct json_event *e, enum field f, struct error *err) {
    return json_fail(&r->json, e->offset, err, "\"%s\" of a block is not what getblock gives", field_names[f]);
}

static bool reversed_hash(struct span text, uint8_t ret[32]) {
    uint8_t shown[32];
    if (text.count != 64 || hex_decode(shown, text.bytes, 32) & HEX_BAD)
        return false;
    for (unsigned i = 0; i < 32; i++)
        ret[i] = shown[31 - i];
    return true;
}

static enum imjin_status read_field(struct reading *r, enum field f, struct error *err) {
    struct json_event e;
    uint64_t number = 0;
    uint8_t bits[4];
    TRY(json_next(&r->json, &e, err));
    bool good = false;
    if (f == FIELD_PREVIOUS || f == FIELD_MERKLE) {
        good = e.kind == JSON_STRING && reversed_hash(e.text, r->hashes[f == FIELD_MERKLE]);
    } else if (f == FIELD_BITS) {
        good = e.kind == JSON_STRING && e.text.count == 8 && !(hex_decode(bits, e.text.bytes, 4) & HEX_BAD);
        number = good ? (uint64_t)bits[0] << 24 | (uint64_t)bits[1] << 16 | (uint64_t)bits[2] << 8 | bits[3] : 0;
    } else if (e.kind == JSON_NUMBER && e.text.count) {
        bool negative = f == FIELD_VERSION && e.text.bytes[0] == '-';
        good = u64_parse(e.text.bytes + negative, e.text.count - negative, &number) && number <= UINT32_MAX;
        number = negative ? (uint32_t)-number : number;
    }
    if (!good)
        return fail_field(r, &e, f, err);
    r->numbers[f] = (uint32_t)number;
    r->seen |= 1u << f;
    return IMJIN_OK;
}

static enum imjin_status add_tx(struct reading *r, const struct json_event *e, struct error *err) {
    uint64_t count = e->text.count / 2;
    TRY(buffer_reserve(r->bytes, count, err));
    uint8_t *to = (uint8_t *)r->bytes->items + r->bytes->count;
    if (e->kind != JSON_STRING || e->text.count % 2 || count == 0 || hex_decode(to, e->text.bytes, count) & HEX_BAD)
        return json_fail(&r->json, e->offset, err, "\"hex\" of a transaction is not hex digits");
    r->bytes->count += count;
    r->txs++;
    return IMJIN_OK;
}

/* A transaction: of its members only "hex" counts. */
static enum imjin_status read_tx(struct reading *r, struct error *err) {
    struct json_event e;
    bool found = false;
    for (;;) {
        TRY(json_next(&r->json, &e, err));
        if (e.kind != JSON_KEY)
            break;
        if (!span_is(e.text, "hex")) {
            TRY(json_skip(&r->json, err));
            continue;
        }
        TRY(json_next(&r->json, &e, err));
        TRY(add_tx(r, &e, err));
        found = true;
    }
    return found ? IMJIN_OK
                 : json_fail(&r->json, e.offset, err, "a transaction has no \"hex\": ask getblock for verbosity 2 or 3");
}

static enum imjin_status read_txs(struct reading *r, struct error *err) {
    struct json_event e;
    TRY(json_next(&r->json, &e, err));
    if (e.kind != JSON_ARRAY_BEGIN)
        return json_fail(&r->json, e.offset, err, "\"tx\" of a block is no list");
    for (;;) {
        TRY(json_next(&r->json, &e, err));
        if (e.kind == JSON_ARRAY_END)
            return IMJIN_OK;
        if (e.kind != JSON_OBJECT_BEGIN)
            return json_fail(&r->json, e.offset, err, "the block holds ids alone: ask getblock for verbosity 2 or 3");
        TRY(read_tx(r, err));
    }
}

static unsigned print_count(uint64_t count, uint8_t ret[COUNT_BYTES_MAX]) {
    unsigned more = count < 0xfd ? 0 : count <= UINT16_MAX ? 2 : 4;
    ret[0] = more == 0 ? (uint8_t)count : more == 2 ? 0xfd : 0xfe;
    memcpy(ret + 1, &count, more);
    return 1 + more;
}

/* The header and the count, set right before the transactions. */
static enum imjin_status end_block(struct reading *r, const struct json_event *e, struct error *err) {
    const unsigned needed = (1u << FIELDS) - 1 - (1u << FIELD_PREVIOUS) - (1u << FIELD_HEIGHT);
    uint8_t count[COUNT_BYTES_MAX];
    unsigned count_bytes = print_count(r->txs, count);
    if ((r->seen & needed) != needed || r->txs == 0)
        return json_fail(&r->json, e->offset, err, "this is no block as getblock gives it with verbosity 2 or 3");
    if (!(r->seen & 1u << FIELD_PREVIOUS))
        memset(r->hashes[0], 0, sizeof r->hashes[0]); /* the first block has none */
    struct json_block b = {.offset = r->begin + COUNT_BYTES_MAX - count_bytes,
                           .height = r->seen & 1u << FIELD_HEIGHT ? r->numbers[FIELD_HEIGHT] : ID_NONE};
    uint8_t *to = (uint8_t *)r->bytes->items + b.offset;
    if (r->bytes->count - b.offset > UTXO_BLOCK_BYTES_MAX)
        return json_fail(&r->json, e->offset, err, "the block is longer than a block can be");
    b.bytes = (uint32_t)(r->bytes->count - b.offset);
    memcpy(to, &r->numbers[FIELD_VERSION], 4);
    memcpy(to + 4, r->hashes[0], 32);
    memcpy(to + 36, r->hashes[1], 32);
    memcpy(to + 68, &r->numbers[FIELD_TIME], 4);
    memcpy(to + 72, &r->numbers[FIELD_BITS], 4);
    memcpy(to + 76, &r->numbers[FIELD_NONCE], 4);
    memcpy(to + HEADER_BYTES, count, count_bytes);
    return buffer_push(r->blocks, &b, NULL, err);
}

static enum field field_of(struct span key) {
    enum field f = 0;
    while (f < FIELDS && !span_is(key, field_names[f]))
        f++;
    return f;
}

/* The members of an object that was begun: a block's, or an RPC answer's around one. *ret_result: a "result" begins. */
static enum imjin_status read_block(struct reading *r, bool *ret_result, struct error *err) {
    struct json_event e;
    r->begin = r->bytes->count;
    r->txs = 0;
    r->seen = 0;
    *ret_result = false;
    TRY(buffer_reserve(r->bytes, HEADER_BYTES + COUNT_BYTES_MAX, err));
    memset((uint8_t *)r->bytes->items + r->begin, 0, HEADER_BYTES + COUNT_BYTES_MAX);
    r->bytes->count += HEADER_BYTES + COUNT_BYTES_MAX;
    for (;;) {
        TRY(json_next(&r->json, &e, err));
        if (e.kind != JSON_KEY)
            return end_block(r, &e, err);
        enum field f = field_of(e.text);
        if (span_is(e.text, "result")) {
            *ret_result = true;
            return IMJIN_OK;
        }
        if (span_is(e.text, "tx"))
            TRY(read_txs(r, err));
        else
            TRY(f < FIELDS ? read_field(r, f, err) : json_skip(&r->json, err));
    }
}

/* What stands behind the "result" of an answer. */
static enum imjin_status pass_answer(struct reading *r, struct error *err) {
    struct json_event e;
    for (;;) {
        TRY(json_next(&r->json, &e, err));
        if (e.kind != JSON_KEY)
            return IMJIN_OK;
        TRY(json_skip(&r->json, err));
    }
}

static enum imjin_status read_document(struct reading *r, struct error *err) {
    struct json_event e;
    bool answer = false, inner = false;
    for (;;) {
        TRY(json_next(&r->json, &e, err));
        if (e.kind == JSON_END)
            return IMJIN_OK;
        if (e.kind == JSON_ARRAY_BEGIN || e.kind == JSON_ARRAY_END)
            continue;
        if (e.kind != JSON_OBJECT_BEGIN)
            return json_fail(&r->json, e.offset, err, "this is no block");
        TRY(read_block(r, &answer, err));
        if (!answer)
            continue;
        TRY(json_next(&r->json, &e, err));
        if (e.kind != JSON_OBJECT_BEGIN)
            return json_fail(&r->json, e.offset, err, "the answer's \"result\" is no block: ask getblock for verbosity 2 or 3");
        TRY(read_block(r, &inner, err));
        if (inner)
            return json_fail(&r->json, e.offset, err, "a \"result\" in a \"result\"");
        TRY(pass_answer(r, err));
    }
}

enum imjin_status json_blocks(const char *name, struct span text, struct buffer *bytes, struct buffer *blocks,
                              struct error *err) {
    struct reading *r = memory_new(1, sizeof *r);
    if (r == NULL)
        return fail_memory(err, "a block in JSON");
    r->bytes = bytes;
    r->blocks = blocks;
    json_start(&r->json, name, text, 1);
    enum imjin_status status = read_document(r, err);
    json_reader_done(&r->json);
    memory_free(r);
    return status;
}

bool json_is_block(const char *path) {
    struct mapping m;
    bool found = false;
    if (mapping_open(&m, path, NULL) != IMJIN_OK)
        return false;
    uint64_t count = m.count < SNIFF_BYTES ? m.count : SNIFF_BYTES;
    if (count)
        found = memmem(m.bytes, count, "\"merkleroot\"", 12) != NULL;
    mapping_close(&m);
    return found;
}
