#include "utxo/wire.h"

enum {
    HEADER_BYTES = 80,
    ZCASH_HEADER_BYTES = 140,
    AUXPOW_VERSION = 0x100,
    INPUT_BYTES_MIN = 41, /* outpoint, empty script, sequence */
    OUTPUT_BYTES_MIN = 9, /* value, empty script */
    FLAG_WITNESS = 1,
    FLAG_EXTENSION = 8,
};

static uint16_t load16(const uint8_t *p) {
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint32_t load32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t load64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static enum imjin_status fail_short(struct error *err, const char *what) {
    return fail(err, IMJIN_BAD_INPUT, "the bytes end inside %s", what);
}

static uint64_t left(const struct wire_cursor *c) { return (uint64_t)(c->end - c->at); }

static enum imjin_status skip(struct wire_cursor *c, uint64_t count, const char *what, struct error *err) {
    if (count > left(c))
        return fail_short(err, what);
    c->at += count;
    return IMJIN_OK;
}

/* ---- counts ---- */

/* Of a count that was checked before. */
static uint64_t count_next(const uint8_t **at) {
    const uint8_t *p = *at;
    uint64_t count = *p;
    unsigned more = *p == 0xfd ? 2 : *p == 0xfe ? 4 : *p == 0xff ? 8 : 0;
    if (more)
        count = more == 2 ? load16(p + 1) : more == 4 ? load32(p + 1) : load64(p + 1);
    *at = p + 1 + more;
    return count;
}

enum imjin_status wire_count_parse(struct wire_cursor *c, uint64_t *ret, struct error *err) {
    if (left(c) == 0)
        return fail_short(err, "a count");
    unsigned more = *c->at == 0xfd ? 2 : *c->at == 0xfe ? 4 : *c->at == 0xff ? 8 : 0;
    if (left(c) < 1 + more)
        return fail_short(err, "a count");
    const uint8_t *at = c->at;
    uint64_t count = count_next(&at);
    if ((more == 2 && count < 0xfd) || (more == 4 && count <= UINT16_MAX) || (more == 8 && count <= UINT32_MAX))
        return fail(err, IMJIN_BAD_INPUT, "a count of %llu is written in %u bytes where fewer do", (unsigned long long)count,
                    1 + more);
    c->at = at;
    *ret = count;
    return IMJIN_OK;
}

/* A count of things of at least `bytes_min` each, which must still fit what is left. */
static enum imjin_status count_of(struct wire_cursor *c, uint64_t bytes_min, const char *what, uint64_t *ret,
                                  struct error *err) {
    TRY(wire_count_parse(c, ret, err));
    if (*ret > left(c) / bytes_min)
        return fail(err, IMJIN_BAD_INPUT, "%llu %s do not fit the %llu bytes that are left", (unsigned long long)*ret, what,
                    (unsigned long long)left(c));
    return IMJIN_OK;
}

static enum imjin_status skip_counted(struct wire_cursor *c, const char *what, struct error *err) {
    uint64_t count;
    TRY(count_of(c, 1, what, &count, err));
    c->at += count;
    return IMJIN_OK;
}

/* ---- headers ---- */

static enum imjin_status parse_zcash_header(struct wire_cursor *c, struct wire_header *ret, struct error *err) {
    const uint8_t *p = c->at;
    TRY(skip(c, ZCASH_HEADER_BYTES, "a block header", err));
    TRY(skip_counted(c, "bytes of a solution", err));
    ret->time = load32(p + 100);
    ret->bits = load32(p + 104);
    ret->nonce = 0;
    return IMJIN_OK;
}

static enum imjin_status skip_branch(struct wire_cursor *c, struct error *err) {
    uint64_t count;
    TRY(count_of(c, 32, "hashes of a branch", &count, err));
    return skip(c, count * 32 + 4, "a branch", err);
}

/* The parent's coinbase, its block's hash, two branches, its header. */
static enum imjin_status skip_auxpow(struct wire_cursor *c, struct error *err) {
    struct wire_tx coinbase;
    TRY(wire_tx_parse(c, WIRE_PLAIN, &coinbase, err));
    TRY(skip(c, 32, "a parent block's hash", err));
    TRY(skip_branch(c, err));
    TRY(skip_branch(c, err));
    return skip(c, HEADER_BYTES, "a parent block's header", err);
}

static enum imjin_status parse_header(struct wire_cursor *c, enum wire_format format, struct wire_header *ret,
                                      struct error *err) {
    const uint8_t *p = c->at;
    if (left(c) < HEADER_BYTES)
        return fail_short(err, "a block header");
    *ret = (struct wire_header){.version = (int32_t)load32(p), .previous = p + 4, .merkle_root = p + 36};
    if (format == WIRE_ZCASH) {
        TRY(parse_zcash_header(c, ret, err));
    } else {
        c->at += HEADER_BYTES;
        ret->time = load32(p + 68);
        ret->bits = load32(p + 72);
        ret->nonce = load32(p + 76);
    }
    ret->bytes = (struct span){(const char *)p, (uint64_t)(c->at - p)};
    return format == WIRE_AUXPOW && ret->version & AUXPOW_VERSION ? skip_auxpow(c, err) : IMJIN_OK;
}

enum imjin_status wire_header_parse(struct wire_cursor *c, enum wire_format format, struct wire_header *ret,
                                    struct error *err) {
    struct wire_cursor at = *c;
    struct wire_header header;
    TRY(parse_header(&at, format, &header, err));
    *c = at;
    *ret = header;
    return IMJIN_OK;
}

/* ---- transactions ---- */

static enum imjin_status parse_inputs(struct wire_cursor *c, struct wire_tx *tx, struct error *err) {
    TRY(count_of(c, INPUT_BYTES_MIN, "inputs", &tx->input_count, err));
    tx->inputs = c->at;
    for (uint64_t i = 0; i < tx->input_count; i++) {
        TRY(skip(c, 36, "an input", err));
        TRY(skip_counted(c, "bytes of an input's script", err));
        TRY(skip(c, 4, "an input", err));
    }
    return IMJIN_OK;
}

static enum imjin_status parse_outputs(struct wire_cursor *c, struct wire_tx *tx, struct error *err) {
    TRY(count_of(c, OUTPUT_BYTES_MIN, "outputs", &tx->output_count, err));
    tx->outputs = c->at;
    for (uint64_t i = 0; i < tx->output_count; i++) {
        TRY(skip(c, 8, "an output", err));
        TRY(skip_counted(c, "bytes of an output's script", err));
    }
    return IMJIN_OK;
}

static enum imjin_status parse_witnesses(struct wire_cursor *c, struct wire_tx *tx, struct error *err) {
    bool any = false;
    tx->witnesses = c->at;
    for (uint64_t i = 0; i < tx->input_count; i++) {
        uint64_t items;
        TRY(count_of(c, 1, "items of a witness", &items, err));
        any |= items > 0;
        for (; items > 0; items--)
            TRY(skip_counted(c, "bytes of a witness", err));
    }
    return any ? IMJIN_OK : fail(err, IMJIN_BAD_INPUT, "the transaction is marked as having witnesses and has none");
}

/* What stands between version and locktime, with the marks of BIP 144 and Litecoin. */
static enum imjin_status parse_body(struct wire_cursor *c, bool marks, struct wire_tx *tx, struct error *err) {
    uint8_t flags = 0;
    if (marks && left(c) >= 2 && c->at[0] == 0 && c->at[1] != 0) {
        flags = c->at[1];
        c->at += 2;
        if (flags & ~(FLAG_WITNESS | FLAG_EXTENSION))
            return fail(err, IMJIN_BAD_INPUT, "the transaction has the unknown mark %u", flags);
    }
    const uint8_t *body = c->at;
    TRY(parse_inputs(c, tx, err));
    TRY(parse_outputs(c, tx, err));
    tx->body = (struct span){(const char *)body, (uint64_t)(c->at - body)};
    tx->hashes_as_a_whole = flags == 0;
    if (flags & FLAG_WITNESS)
        TRY(parse_witnesses(c, tx, err));
    if (flags & FLAG_EXTENSION) {
        tx->is_extension = true;
        if (left(c) == 0 || *c->at != 0)
            return fail(err, IMJIN_BAD_INPUT, "a transaction of the extension block stands in the block itself");
        c->at++;
    }
    return IMJIN_OK;
}

enum {
    ZCASH_OVERWINTERED = 1u << 31,
    SPEND_BYTES = 384,
    SHIELDED_OUTPUT_BYTES = 948,
    JOIN_BYTES_OLD = 1802,
    JOIN_BYTES = 1698
};

/* Expiry height and the shielded parts of a Zcash transaction, of which nothing is kept. */
static enum imjin_status skip_shielded(struct wire_cursor *c, uint32_t version, bool overwintered, struct error *err) {
    uint64_t spends = 0, outputs = 0, joins = 0;
    if (overwintered)
        TRY(skip(c, 4, "an expiry height", err));
    if (version == 4) {
        TRY(skip(c, 8, "a shielded balance", err));
        TRY(count_of(c, SPEND_BYTES, "shielded spends", &spends, err));
        c->at += spends * SPEND_BYTES;
        TRY(count_of(c, SHIELDED_OUTPUT_BYTES, "shielded outputs", &outputs, err));
        c->at += outputs * SHIELDED_OUTPUT_BYTES;
    }
    if (version >= 2) {
        uint64_t bytes = version == 4 ? JOIN_BYTES : JOIN_BYTES_OLD;
        TRY(count_of(c, bytes, "join-splits", &joins, err));
        c->at += joins * bytes;
        if (joins)
            TRY(skip(c, 32 + 64, "a join-split signature", err));
    }
    return spends + outputs ? skip(c, 64, "a binding signature", err) : IMJIN_OK;
}

static enum imjin_status parse_zcash(struct wire_cursor *c, struct wire_tx *tx, struct error *err) {
    bool overwintered = tx->version & ZCASH_OVERWINTERED;
    uint32_t version = tx->version & ~ZCASH_OVERWINTERED;
    if (version < 1 || version > 4 || overwintered != (version >= 3))
        return fail(err, IMJIN_BAD_INPUT, "transactions of version %u are not read on this chain", version);
    if (overwintered)
        TRY(skip(c, 4, "a version group", err));
    TRY(parse_body(c, false, tx, err));
    if (left(c) < 4)
        return fail_short(err, "a transaction");
    tx->locktime = load32(c->at);
    c->at += 4;
    return skip_shielded(c, version, overwintered, err);
}

static enum imjin_status parse_plain(struct wire_cursor *c, struct wire_tx *tx, struct error *err) {
    TRY(parse_body(c, true, tx, err));
    if (left(c) < 4)
        return fail_short(err, "a transaction");
    tx->locktime = load32(c->at);
    c->at += 4;
    return IMJIN_OK;
}

static bool from_nowhere(const struct wire_tx *tx) {
    static const uint8_t nowhere[32];
    return tx->input_count == 1 && memcmp(tx->inputs, nowhere, sizeof nowhere) == 0 && load32(tx->inputs + 32) == UINT32_MAX;
}

enum imjin_status wire_tx_parse(struct wire_cursor *c, enum wire_format format, struct wire_tx *ret, struct error *err) {
    struct wire_cursor at = *c;
    struct wire_tx tx = {0};
    if (left(&at) < 4)
        return fail_short(err, "a transaction");
    tx.version = load32(at.at);
    at.at += 4;
    TRY(format == WIRE_ZCASH ? parse_zcash(&at, &tx, err) : parse_plain(&at, &tx, err));
    tx.bytes = (struct span){(const char *)c->at, (uint64_t)(at.at - c->at)};
    tx.is_coinbase = from_nowhere(&tx);
    *c = at;
    *ret = tx;
    return IMJIN_OK;
}

/* ---- walks ---- */

static struct span counted_next(const uint8_t **at) {
    uint64_t count = count_next(at);
    struct span s = {(const char *)*at, count};
    *at += count;
    return s;
}

void wire_input_next(const uint8_t **at, struct wire_input *ret) {
    ret->previous = *at;
    ret->previous_output = load32(*at + 32);
    *at += 36;
    ret->script = counted_next(at);
    ret->sequence = load32(*at);
    *at += 4;
}

void wire_output_next(const uint8_t **at, struct wire_output *ret) {
    ret->value = load64(*at);
    *at += 8;
    ret->script = counted_next(at);
}

uint64_t wire_witness_count(const uint8_t **at) { return count_next(at); }
void wire_witness_next(const uint8_t **at, struct span *ret) { *ret = counted_next(at); }

/* ---- hashes ---- */

enum imjin_status wire_hash(struct span bytes, uint8_t ret_hash[32], struct error *err) {
    struct sha256 once, twice;
    TRY(sha256_of(bytes.bytes, bytes.count, &once, err));
    TRY(sha256_of(once.bytes, sizeof once.bytes, &twice, err));
    memcpy(ret_hash, twice.bytes, sizeof twice.bytes);
    return IMJIN_OK;
}

/* Version, body and locktime, without what stands between them. */
static enum imjin_status hash_without_witness(const struct wire_tx *tx, uint8_t ret_hash[32], struct error *err) {
    struct sha256_stream *s;
    struct sha256 once, twice;
    TRY(sha256_new(&s, err));
    enum imjin_status status = sha256_add(s, &tx->version, sizeof tx->version, err);
    if (status == IMJIN_OK)
        status = sha256_add(s, tx->body.bytes, tx->body.count, err);
    if (status == IMJIN_OK)
        status = sha256_add(s, &tx->locktime, sizeof tx->locktime, err);
    if (status != IMJIN_OK) {
        sha256_free(s);
        return status;
    }
    TRY(sha256_end(s, &once, err));
    TRY(sha256_of(once.bytes, sizeof once.bytes, &twice, err));
    memcpy(ret_hash, twice.bytes, sizeof twice.bytes);
    return IMJIN_OK;
}

enum imjin_status wire_tx_id(const struct wire_tx *tx, uint8_t ret_hash[32], struct error *err) {
    return tx->hashes_as_a_whole ? wire_hash(tx->bytes, ret_hash, err) : hash_without_witness(tx, ret_hash, err);
}

enum imjin_status wire_tx_witness_id(const struct wire_tx *tx, uint8_t ret_hash[32], struct error *err) {
    return wire_hash(tx->bytes, ret_hash, err);
}

enum imjin_status wire_merkle_root(uint8_t (*hashes)[32], uint64_t count, uint8_t ret_root[32], bool *ret_repeated,
                                   struct error *err) {
    bool repeated = false;
    INVARIANT(count > 0);
    for (; count > 1; count = (count + 1) / 2) {
        for (uint64_t i = 0; i < count; i += 2) {
            uint8_t pair[64];
            memcpy(pair, hashes[i], 32);
            memcpy(pair + 32, hashes[i + 1 < count ? i + 1 : i], 32);
            repeated |= i + 1 < count && memcmp(pair, pair + 32, 32) == 0;
            TRY(wire_hash((struct span){(const char *)pair, sizeof pair}, hashes[i / 2], err));
        }
    }
    memcpy(ret_root, hashes[0], 32);
    *ret_repeated = repeated;
    return IMJIN_OK;
}

const uint8_t *wire_witness_commitment(const struct wire_tx *coinbase) {
    static const char begins[] = "\x6a\x24\xaa\x21\xa9\xed";
    const uint8_t *at = coinbase->outputs, *found = NULL;
    for (uint64_t i = 0; i < coinbase->output_count; i++) {
        struct wire_output output;
        wire_output_next(&at, &output);
        if (output.script.count >= 38 && memcmp(output.script.bytes, begins, sizeof begins - 1) == 0)
            found = (const uint8_t *)output.script.bytes + sizeof begins - 1;
    }
    return found;
}
