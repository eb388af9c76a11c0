/* Makes valid blocks of bitcoin-regtest, one by one, as a node's block file holds them. */
#ifndef IMJIN_TESTS_MADE_BLOCKS_H
#define IMJIN_TESTS_MADE_BLOCKS_H

#include "../unit.h"
#include "utxo/utxo.h"

enum { MADE_TX_MAX = 4096, MADE_FILE_MAX = 1 << 18, MADE_OUT_MAX = 4, MADE_IN_MAX = 4, COINBASE_VALUE = 5000 };
#define COIN ((uint64_t)100000000)

struct made_out {
    uint64_t value;
    uint8_t kind; /* 0: P2PKH of `who`; 1: P2WPKH; 2: OP_RETURN with two bytes; 3: P2TR */
    uint8_t who;
};
struct made_in {
    uint8_t id[32];
    uint32_t place;
};
struct made_tx {
    uint8_t bytes[MADE_TX_MAX], id[32];
    unsigned count;
};
struct made_file {
    uint8_t bytes[MADE_FILE_MAX];
    unsigned count;
};
/* Where a block is put: behind this hash. */
struct made_tip {
    uint8_t hash[32], coinbase[32];
    uint32_t height;
};

static inline void made_hash(const void *bytes, uint64_t count, uint8_t ret[32]) {
    struct sha256 once, twice;
    assert_int_equal(sha256_of(bytes, count, &once, NULL), IMJIN_OK);
    assert_int_equal(sha256_of(once.bytes, 32, &twice, NULL), IMJIN_OK);
    memcpy(ret, twice.bytes, 32);
}

static inline uint8_t *made_put(uint8_t *at, const void *bytes, unsigned count) {
    memcpy(at, bytes, count);
    return at + count;
}

static inline uint8_t *made_put_out(uint8_t *at, const struct made_out *o) {
    uint8_t payload[32];
    memset(payload, o->who, sizeof payload);
    at = made_put(at, &o->value, 8);
    if (o->kind == 0) {
        at = made_put(made_put(at, "\x19\x76\xa9\x14", 4), payload, 20);
        return made_put(at, "\x88\xac", 2);
    }
    if (o->kind == 1)
        return made_put(made_put(at, "\x16\x00\x14", 3), payload, 20);
    if (o->kind == 3)
        return made_put(made_put(at, "\x22\x51\x20", 3), payload, 32);
    return made_put(at, "\x04\x6a\x02hi", 5);
}

/* `ins` null: a coinbase of `height`. */
static inline void made_tx(struct made_tx *t, const struct made_in *ins, unsigned in_count, const struct made_out *outs,
                           unsigned out_count, uint32_t height) {
    uint8_t *at = made_put(t->bytes, "\x02\x00\x00\x00", 4);
    *at++ = (uint8_t)in_count;
    for (unsigned i = 0; i < in_count; i++) {
        static const uint8_t nowhere[32];
        at = made_put(made_put(at, ins ? ins[i].id : nowhere, 32), ins ? &ins[i].place : &(uint32_t){UINT32_MAX}, 4);
        if (ins)
            *at++ = 0;
        else
            at = made_put(made_put(made_put(at, "\x06\x03", 2), &height, 3), "\x00\x00", 2);
        at = made_put(at, &(uint32_t){UINT32_MAX}, 4);
    }
    *at++ = (uint8_t)out_count;
    for (unsigned i = 0; i < out_count; i++)
        at = made_put_out(at, &outs[i]);
    at = made_put(at, "\x00\x00\x00\x00", 4);
    t->count = (unsigned)(at - t->bytes);
    made_hash(t->bytes, t->count, t->id);
}

static inline void made_root(uint8_t (*level)[32], unsigned count, uint8_t ret[32]) {
    for (; count > 1; count = (count + 1) / 2)
        for (unsigned i = 0; i < count; i += 2) {
            uint8_t both[64];
            memcpy(both, level[i], 32);
            memcpy(both + 32, level[i + 1 < count ? i + 1 : i], 32);
            made_hash(both, 64, level[i / 2]);
        }
    memcpy(ret, level[0], 32);
}

/* Sets the merkle root, does the work, and writes the record. */
static inline void made_record(struct made_file *f, struct made_tip *tip, const struct made_tx *const *txs, unsigned count) {
    uint8_t header[80] = {0}, ids[16][32];
    uint32_t bytes = 81;
    for (unsigned i = 0; i < count; i++) {
        memcpy(ids[i], txs[i]->id, 32);
        bytes += txs[i]->count;
    }
    header[3] = 0x20;
    memcpy(header + 4, tip->hash, 32);
    made_root(ids, count, header + 36);
    memcpy(header + 68, &(uint32_t){1300000000 + tip->height * 600}, 4);
    memcpy(header + 72, &(uint32_t){0x207fffff}, 4);
    for (uint32_t nonce = 0; nonce == 0 || tip->hash[31] >= 0x7f; nonce++) {
        memcpy(header + 76, &nonce, 4);
        made_hash(header, 80, tip->hash);
    }
    assert_true(f->count + bytes + 8 < MADE_FILE_MAX);
    uint8_t *at = made_put(made_put(f->bytes + f->count, "\xfa\xbf\xb5\xda", 4), &bytes, 4);
    at = made_put(at, header, 80);
    *at++ = (uint8_t)count;
    for (unsigned i = 0; i < count; i++)
        at = made_put(at, txs[i]->bytes, txs[i]->count);
    f->count = (unsigned)(at - f->bytes);
}

/* A block on `tip` whose coinbase pays `who`; `tip` becomes it. */
static inline void made_block(struct made_file *f, struct made_tip *tip, uint8_t who, const struct made_tx *others,
                              unsigned count) {
    struct made_tx coinbase;
    const struct made_tx *txs[16] = {&coinbase};
    tip->height++;
    made_tx(&coinbase, NULL, 1, &(struct made_out){50 * COIN, 0, who}, 1, tip->height);
    for (unsigned i = 0; i < count; i++)
        txs[i + 1] = &others[i];
    made_record(f, tip, txs, count + 1);
    memcpy(tip->coinbase, coinbase.id, 32);
}

/* The first block of the chain, as Bitcoin Core has it. */
static inline void made_genesis(struct made_file *f, struct made_tip *tip) {
    static const char digits[] = "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72"
                                 "c3e67768f617fc81bc3888a51323a"
                                 "9fb8aa4b1e5e4adae5494dffff7f20020000000101000000010000000000000000000000000000000000000000000"
                                 "000000000000000000000ffffffff"
                                 "4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e20627"
                                 "2696e6b206f66207365636f6e6420"
                                 "6261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a6713"
                                 "0b7105cd6a828e03909a67962e0ea"
                                 "1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000";
    uint32_t count = (sizeof digits - 1) / 2;
    uint8_t *at = made_put(made_put(f->bytes + f->count, "\xfa\xbf\xb5\xda", 4), &count, 4);
    for (uint32_t i = 0; i < count; i++) {
        char pair[3] = {digits[2 * i], digits[2 * i + 1], 0};
        at[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    made_hash(at, 80, tip->hash);
    tip->height = 0;
    f->count += 8 + count;
}

/* Genesis and blocks up to `height`, each coinbase to its height; ids[h] are their ids. */
static inline void made_chain(struct made_file *f, struct made_tip *tip, uint32_t height, uint8_t (*ids)[32]) {
    f->count = 0;
    made_genesis(f, tip);
    while (tip->height < height) {
        made_block(f, tip, (uint8_t)(tip->height + 1), NULL, 0);
        if (ids)
            memcpy(ids[tip->height], tip->coinbase, 32);
    }
}

#endif
