/* Writes a made-up but valid chain of blocks (bitcoin-regtest) as a node keeps them, and who owns which address.
 * usage: generate_blocks DIRECTORY TRANSACTIONS [SEED [OWNERS.csv]]
 * Owners of power-law activity pay each other from several outputs with change, in batches, and in joint transactions of equal
 * outputs. Signatures are random bytes; hashes, work and commitments are right. The same arguments give the same bytes. */
#include <stdio.h>
#include <stdlib.h>

#include "chain/chain.h"

enum {
    BLOCK_TXS = 2000,
    MATURITY = 100,
    HALVING = 150,
    FILE_BYTES_MAX = 128 << 20,
    BLOCK_BYTES_MAX = 8 << 20,
    OUTPUTS_MAX = 12,
    INPUTS_MAX = 12,
    PAYLOAD_MAX = 32,
    JOINT = 5, /* owners in a joint transaction */
    JOINT_EVERY = 256,
    BATCH_EVERY = 24,
    FEE = 500,
    DUST = 2000,
    REUSE_OF_16 = 4, /* payments to an address that was used before */
    NONE = UINT32_MAX,
};

struct coin {
    uint8_t id[32];
    uint32_t place, address, next;
    uint64_t value;
};
struct address_of {
    uint32_t owner;
    uint8_t kind, payload[PAYLOAD_MAX];
};
struct owner {
    uint32_t coins, address; /* newest of each */
    uint8_t kind;
};
struct payment {
    uint32_t address;
    uint64_t value;
};

struct generator {
    uint64_t random, txs, txs_max;
    struct owner *owners;
    uint32_t owner_count, coin_free;
    struct buffer coins, addresses, ids, witness_ids, pending;
    uint8_t *block, *at;
    uint8_t previous[32];
    uint32_t height, time;
    FILE *file;
    const char *directory;
    unsigned file_number;
    uint64_t file_bytes;
};

static const char genesis_coinbase[] = "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04f"
                                       "fff001d0104455468652054696d65732030332f"
                                       "4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6"
                                       "f757420666f722062616e6b73ffffffff0100f2"
                                       "052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6b"
                                       "c3f4cef38c4f35504e51ec112de5c384df7ba0b"
                                       "8d578a4c702b6bf11d5fac00000000";

static uint64_t next_random(struct generator *g) {
    uint64_t z = g->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
static uint64_t below(struct generator *g, uint64_t n) { return next_random(g) % n; }
static void put(struct generator *g, const void *bytes, uint64_t count) {
    INVARIANT((uint64_t)(g->at - g->block) + count < BLOCK_BYTES_MAX);
    memcpy(g->at, bytes, count);
    g->at += count;
}
static void put_byte(struct generator *g, unsigned byte) { put(g, &(uint8_t){(uint8_t)byte}, 1); }
static void put_u32(struct generator *g, uint32_t v) { put(g, &v, sizeof v); }
static void put_u64(struct generator *g, uint64_t v) { put(g, &v, sizeof v); }
static void put_count(struct generator *g, uint64_t count) {
    if (count < 0xfd) {
        put_byte(g, (unsigned)count);
        return;
    }
    put_byte(g, 0xfd);
    put(g, &(uint16_t){(uint16_t)count}, 2);
}
static void put_noise(struct generator *g, unsigned count) {
    for (; count >= 8; count -= 8)
        put_u64(g, next_random(g));
    put(g, &(uint64_t){next_random(g)}, count);
}
static void hash_twice(const void *bytes, uint64_t count, uint8_t ret[32]) {
    struct sha256 once, twice;
    INVARIANT(sha256_of(bytes, count, &once, NULL) == IMJIN_OK && sha256_of(once.bytes, 32, &twice, NULL) == IMJIN_OK);
    memcpy(ret, twice.bytes, 32);
}

/* ---- addresses and coins ---- */

static uint32_t new_address(struct generator *g, uint32_t owner) {
    struct address_of a = {.owner = owner, .kind = g->owners[owner].kind};
    for (unsigned i = 0; i < PAYLOAD_MAX; i += 8)
        memcpy(a.payload + i, &(uint64_t){next_random(g)}, 8);
    INVARIANT(buffer_push(&g->addresses, &a, NULL, NULL) == IMJIN_OK);
    return g->owners[owner].address = (uint32_t)g->addresses.count - 1;
}
static uint32_t address_for_payment(struct generator *g, uint32_t owner) {
    bool again = g->owners[owner].address != NONE && below(g, 16) < REUSE_OF_16;
    return again ? g->owners[owner].address : new_address(g, owner);
}
static struct coin *coin_at(struct generator *g, uint32_t n) { return (struct coin *)g->coins.items + n; }
static struct address_of *address_at(struct generator *g, uint32_t n) { return (struct address_of *)g->addresses.items + n; }
static void give(struct generator *g, const struct coin *c) {
    uint32_t n = g->coin_free, owner = address_at(g, c->address)->owner;
    if (n == NONE) {
        n = (uint32_t)g->coins.count;
        INVARIANT(buffer_push(&g->coins, NULL, NULL, NULL) == IMJIN_OK);
    } else {
        g->coin_free = coin_at(g, n)->next;
    }
    *coin_at(g, n) = *c;
    coin_at(g, n)->next = g->owners[owner].coins;
    g->owners[owner].coins = n;
}
static bool take(struct generator *g, uint32_t owner, struct coin *ret) {
    uint32_t n = g->owners[owner].coins;
    if (n == NONE)
        return false;
    *ret = *coin_at(g, n);
    g->owners[owner].coins = ret->next;
    coin_at(g, n)->next = g->coin_free;
    g->coin_free = n;
    return true;
}
/* Few owners do most: the square of a uniform number. */
static uint32_t some_owner(struct generator *g) {
    uint64_t r = below(g, UINT32_MAX);
    return (uint32_t)((r * r >> 32) * g->owner_count >> 32);
}

/* ---- transactions ---- */

static struct script script_at(struct generator *g, uint32_t address) {
    const struct address_of *a = address_at(g, address);
    struct script s = {.kind = a->kind, .count = a->kind == SCRIPT_TAPROOT ? 32 : 20};
    memcpy(s.payload, a->payload, s.count);
    return s;
}
static void put_lock(struct generator *g, uint32_t address) {
    struct script s = script_at(g, address);
    switch (s.kind) {
    case SCRIPT_PUBKEY_HASH:
        put(g, "\x19\x76\xa9\x14", 4);
        put(g, s.payload, 20);
        put(g, "\x88\xac", 2);
        return;
    case SCRIPT_SCRIPT_HASH:
        put(g, "\x17\xa9\x14", 3);
        put(g, s.payload, 20);
        put_byte(g, 0x87);
        return;
    case SCRIPT_TAPROOT:
        put(g, "\x22\x51\x20", 3);
        put(g, s.payload, 32);
        return;
    default:
        put(g, "\x16\x00\x14", 3);
        put(g, s.payload, 20);
    }
}
static void put_unlock(struct generator *g, unsigned kind) {
    if (kind == SCRIPT_PUBKEY_HASH) {
        put(g, "\x6a\x47", 2);
        put_noise(g, 71);
        put_byte(g, 33);
        put_noise(g, 33);
    } else if (kind == SCRIPT_SCRIPT_HASH) {
        put(g, "\x17\x16\x00\x14", 4); /* a witness program inside */
        put_noise(g, 20);
    } else {
        put_byte(g, 0);
    }
}
static void put_witness(struct generator *g, unsigned kind) {
    if (kind == SCRIPT_PUBKEY_HASH) {
        put_byte(g, 0);
    } else if (kind == SCRIPT_TAPROOT) {
        put(g, "\x01\x40", 2);
        put_noise(g, 64);
    } else {
        put(g, "\x02\x47", 2);
        put_noise(g, 71);
        put_byte(g, 33);
        put_noise(g, 33);
    }
}

static void keep_ids(struct generator *g, const uint8_t *begin, const uint8_t *body, const uint8_t *witnesses) {
    uint8_t id[32], witness_id[32], bytes[8192];
    bool marked = witnesses != NULL;
    uint64_t body_count = (uint64_t)((marked ? witnesses : g->at - 4) - body), count = 4 + body_count + 4;
    INVARIANT(count < sizeof bytes);
    memcpy(bytes, begin, 4);
    memcpy(bytes + 4, body, body_count);
    memcpy(bytes + 4 + body_count, g->at - 4, 4);
    hash_twice(bytes, count, id);
    hash_twice(begin, (uint64_t)(g->at - begin), witness_id);
    INVARIANT(buffer_push(&g->ids, id, NULL, NULL) == IMJIN_OK &&
              buffer_push(&g->witness_ids, witness_id, NULL, NULL) == IMJIN_OK);
}

static void make_tx(struct generator *g, const struct coin *ins, unsigned in_count, const struct payment *outs,
                    unsigned out_count) {
    const uint8_t *begin = g->at, *witnesses = NULL;
    bool marked = false;
    for (unsigned i = 0; i < in_count; i++)
        marked |= address_at(g, ins[i].address)->kind != SCRIPT_PUBKEY_HASH;
    put_u32(g, 2);
    if (marked)
        put(g, "\x00\x01", 2);
    const uint8_t *body = g->at;
    put_count(g, in_count);
    for (unsigned i = 0; i < in_count; i++) {
        put(g, ins[i].id, 32);
        put_u32(g, ins[i].place);
        put_unlock(g, address_at(g, ins[i].address)->kind);
        put_u32(g, UINT32_MAX - 2);
    }
    put_count(g, out_count);
    for (unsigned i = 0; i < out_count; i++) {
        put_u64(g, outs[i].value);
        put_lock(g, outs[i].address);
    }
    if (marked)
        witnesses = g->at;
    for (unsigned i = 0; i < in_count && marked; i++)
        put_witness(g, address_at(g, ins[i].address)->kind);
    put_u32(g, g->height ? g->height - 1 : 0);
    keep_ids(g, begin, body, witnesses);
    for (unsigned i = 0; i < out_count; i++) {
        struct coin c = {.place = i, .address = outs[i].address, .value = outs[i].value};
        memcpy(c.id, (uint8_t *)g->ids.items + (g->ids.count - 1) * 32, 32);
        give(g, &c);
    }
    g->txs++;
}

/* One owner pays others; the change goes to a new address, mostly last. */
static bool pay(struct generator *g) {
    struct coin ins[INPUTS_MAX];
    struct payment outs[OUTPUTS_MAX];
    uint32_t owner = some_owner(g);
    unsigned wanted = 1 + (unsigned)(below(g, 8) < 2 ? 0 : below(g, 5)), in_count = 0, out_count = 0;
    unsigned payees = below(g, BATCH_EVERY) == 0 ? 3 + (unsigned)below(g, 8) : 1;
    uint64_t sum = 0;
    while (in_count < wanted && take(g, owner, &ins[in_count]))
        sum += ins[in_count++].value;
    if (sum < (payees + 1) * (uint64_t)DUST + FEE) {
        for (; in_count; in_count--)
            give(g, &ins[in_count - 1]);
        return false;
    }
    for (uint64_t left = sum - FEE; payees > 0 && left > 2 * DUST; payees--) {
        uint64_t value = DUST / 2 + below(g, left / (payees + 1));
        outs[out_count++] = (struct payment){address_for_payment(g, some_owner(g)), value};
        left -= value;
        if (payees == 1 && left > DUST)
            outs[out_count++] = (struct payment){new_address(g, owner), left};
    }
    if (out_count > 1 && below(g, 4) == 0) {
        struct payment first = outs[0];
        outs[0] = outs[out_count - 1];
        outs[out_count - 1] = first;
    }
    make_tx(g, ins, in_count, outs, out_count);
    return true;
}

/* Several owners put in a coin each and get equal outputs and their change. */
static bool join(struct generator *g) {
    struct coin ins[JOINT];
    struct payment outs[2 * JOINT];
    uint32_t owners[JOINT];
    uint64_t least = UINT64_MAX;
    unsigned count = 0, out_count = 0;
    for (unsigned tries = 0; tries < 64 && count < JOINT; tries++) {
        uint32_t owner = some_owner(g);
        bool there = false;
        for (unsigned i = 0; i < count; i++)
            there |= owners[i] == owner;
        if (there || !take(g, owner, &ins[count]))
            continue;
        owners[count] = owner;
        least = ins[count].value < least ? ins[count].value : least;
        count++;
    }
    if (count < JOINT || least < 4 * DUST) {
        for (; count; count--)
            give(g, &ins[count - 1]);
        return false;
    }
    uint64_t share = least / 2;
    for (unsigned i = 0; i < JOINT; i++)
        outs[out_count++] = (struct payment){new_address(g, owners[i]), share};
    for (unsigned i = 0; i < JOINT; i++)
        outs[out_count++] = (struct payment){new_address(g, owners[i]), ins[i].value - share - FEE};
    make_tx(g, ins, JOINT, outs, out_count);
    return true;
}

/* ---- blocks ---- */

static void root_of(uint8_t (*level)[32], uint64_t count, uint8_t ret[32]) {
    for (; count > 1; count = (count + 1) / 2)
        for (uint64_t i = 0; i < count; i += 2) {
            uint8_t both[64];
            memcpy(both, level[i], 32);
            memcpy(both + 32, level[i + 1 < count ? i + 1 : i], 32);
            hash_twice(both, sizeof both, level[i / 2]);
        }
    memcpy(ret, level[0], 32);
}

static void write_record(struct generator *g, const uint8_t *bytes, uint64_t count) {
    char path[PATH_BYTES_MAX];
    if (g->file && g->file_bytes + count > FILE_BYTES_MAX) {
        INVARIANT(fclose(g->file) == 0);
        g->file = NULL;
    }
    if (g->file == NULL) {
        snprintf(path, sizeof path, "%s/blk%05u.dat", g->directory, g->file_number++);
        g->file = fopen(path, "wb");
        g->file_bytes = 0;
        INVARIANT(g->file != NULL);
    }
    fwrite("\xfa\xbf\xb5\xda", 1, 4, g->file);
    fwrite(&(uint32_t){(uint32_t)count}, 1, 4, g->file);
    fwrite(bytes, 1, count, g->file);
    g->file_bytes += count + 8;
}

/* The coinbase, with the commitment to the others' witnesses; returns its length. Its coin is kept until it is ripe. */
static uint64_t make_coinbase(struct generator *g, uint8_t *ret, uint8_t ret_id[32]) {
    uint8_t *body = g->block, root[64] = {0}, *before = g->at, bytes[512];
    uint32_t owner = some_owner(g);
    struct coin c = {.address = new_address(g, owner), .value = (uint64_t)5000000000 >> (g->height / HALVING)};
    root_of(g->witness_ids.items, g->witness_ids.count, root);
    memset(root + 32, 0, 32);
    g->at = ret;
    g->block = ret;
    put(g, "\x02\x00\x00\x00\x00\x01\x01", 7);
    put(g, (uint8_t[32]){0}, 32);
    put_u32(g, UINT32_MAX);
    put(g, "\x06\x03", 2);
    put(g, &g->height, 3);
    put(g, "\x00\x00", 2);
    put_u32(g, UINT32_MAX);
    put_byte(g, 2);
    put_u64(g, c.value);
    put_lock(g, c.address);
    put_u64(g, 0);
    put(g, "\x26\x6a\x24\xaa\x21\xa9\xed", 7);
    hash_twice(root, sizeof root, g->at);
    g->at += 32;
    uint64_t body_end = (uint64_t)(g->at - ret);
    put(g, "\x01\x20", 2);
    put(g, (uint8_t[32]){0}, 32);
    put_u32(g, 0);
    uint64_t count = (uint64_t)(g->at - ret);
    memcpy(bytes, ret, 4);
    memcpy(bytes + 4, ret + 6, body_end - 6);
    memset(bytes + body_end - 2, 0, 4);
    hash_twice(bytes, body_end + 2, ret_id);
    memcpy(c.id, ret_id, 32);
    INVARIANT(buffer_push(&g->pending, &c, NULL, NULL) == IMJIN_OK);
    g->block = body;
    g->at = before;
    return count;
}

/* Any hash below 2^255 proves the work of regtest. */
static void mine(uint8_t header[80], uint8_t ret_hash[32]) {
    for (uint32_t nonce = 0;; nonce++) {
        memcpy(header + 76, &nonce, 4);
        hash_twice(header, 80, ret_hash);
        if (ret_hash[31] < 0x7f)
            return;
    }
}

static void end_block(struct generator *g) {
    uint8_t coinbase[512], *bytes = malloc(BLOCK_BYTES_MAX + 1024);
    INVARIANT(bytes != NULL);
    uint64_t body = (uint64_t)(g->at - g->block), count = make_coinbase(g, coinbase, g->ids.items), at = 80, txs = g->ids.count;
    memcpy(bytes, &(uint32_t){0x20000000}, 4);
    memcpy(bytes + 4, g->previous, 32);
    root_of(g->ids.items, txs, bytes + 36);
    memcpy(bytes + 68, &g->time, 4);
    memcpy(bytes + 72, &(uint32_t){0x207fffff}, 4);
    mine(bytes, g->previous);
    bytes[at++] = txs < 0xfd ? (uint8_t)txs : 0xfd;
    if (txs >= 0xfd) {
        memcpy(bytes + at, &txs, 2);
        at += 2;
    }
    memcpy(bytes + at, coinbase, count);
    memcpy(bytes + at + count, g->block, body);
    write_record(g, bytes, at + count + body);
    free(bytes);
}

static void write_genesis(struct generator *g) {
    uint8_t block[512] = {1}, id[32];
    uint64_t count = (sizeof genesis_coinbase - 1) / 2;
    block[80] = 1;
    for (uint64_t i = 0; i < count; i++) {
        char digits[3] = {genesis_coinbase[2 * i], genesis_coinbase[2 * i + 1], 0};
        block[81 + i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    hash_twice(block + 81, count, id);
    memcpy(block + 36, id, 32);
    memcpy(block + 68, &g->time, 4);
    memcpy(block + 72, &(uint32_t){0x207fffff}, 4);
    memcpy(block + 76, &(uint32_t){2}, 4);
    hash_twice(block, 80, g->previous);
    write_record(g, block, 81 + count);
}

static void begin_block(struct generator *g) {
    g->height++;
    g->time += 600;
    g->at = g->block;
    g->ids.count = g->witness_ids.count = 0;
    INVARIANT(buffer_push(&g->ids, NULL, NULL, NULL) == IMJIN_OK && buffer_push(&g->witness_ids, NULL, NULL, NULL) == IMJIN_OK);
    if (g->pending.count >= MATURITY)
        give(g, (struct coin *)g->pending.items + (g->pending.count - MATURITY));
}

static void generate(struct generator *g) {
    write_genesis(g);
    while (g->txs < g->txs_max) {
        begin_block(g);
        for (unsigned i = 0; g->height > MATURITY + 1 && i < 4 * BLOCK_TXS && g->ids.count < BLOCK_TXS && g->txs < g->txs_max;
             i++) {
            if (below(g, JOINT_EVERY) == 0)
                join(g);
            else
                pay(g);
        }
        end_block(g);
    }
    INVARIANT(fclose(g->file) == 0);
}

static void write_owners(struct generator *g, const char *path) {
    const struct output_chain *chain = output_chain_find("bitcoin-regtest");
    FILE *out = fopen(path, "wb");
    INVARIANT(out != NULL);
    fputs("address,owner\n", out);
    for (uint32_t i = 0; i < g->addresses.count; i++) {
        struct script s = script_at(g, i);
        char text[SCRIPT_PRINT_MAX];
        script_print(&s, chain, text);
        fprintf(out, "%s,%u\n", text, address_at(g, i)->owner);
    }
    INVARIANT(fclose(out) == 0);
}

static void set_owners(struct generator *g) {
    static const uint8_t kinds[16] = {SCRIPT_WITNESS_PUBKEY_HASH,
                                      SCRIPT_WITNESS_PUBKEY_HASH,
                                      SCRIPT_WITNESS_PUBKEY_HASH,
                                      SCRIPT_WITNESS_PUBKEY_HASH,
                                      SCRIPT_WITNESS_PUBKEY_HASH,
                                      SCRIPT_WITNESS_PUBKEY_HASH,
                                      SCRIPT_WITNESS_PUBKEY_HASH,
                                      SCRIPT_PUBKEY_HASH,
                                      SCRIPT_PUBKEY_HASH,
                                      SCRIPT_PUBKEY_HASH,
                                      SCRIPT_PUBKEY_HASH,
                                      SCRIPT_SCRIPT_HASH,
                                      SCRIPT_SCRIPT_HASH,
                                      SCRIPT_SCRIPT_HASH,
                                      SCRIPT_TAPROOT,
                                      SCRIPT_TAPROOT};
    g->owner_count = (uint32_t)(g->txs_max / 8 < 64 ? 64 : g->txs_max / 8);
    g->owners = calloc(g->owner_count, sizeof *g->owners);
    INVARIANT(g->owners != NULL);
    for (uint32_t i = 0; i < g->owner_count; i++)
        g->owners[i] = (struct owner){.coins = NONE, .address = NONE, .kind = kinds[below(g, 16)]};
}

int main(int count, char **arguments) {
    if (count < 3) {
        fputs("usage: generate_blocks DIRECTORY TRANSACTIONS [SEED [OWNERS.csv]]\n", stderr);
        return 2;
    }
    struct generator g = {
        .random = count > 3 ? strtoull(arguments[3], NULL, 10) : 1,
        .txs_max = strtoull(arguments[2], NULL, 10),
        .coin_free = NONE,
        .coins = {.item_bytes = sizeof(struct coin), .items_max = UINT32_MAX - 1, .what = "coins"},
        .addresses = {.item_bytes = sizeof(struct address_of), .items_max = UINT32_MAX - 1, .what = "addresses"},
        .ids = {.item_bytes = 32, .items_max = 1 << 20, .what = "transactions"},
        .witness_ids = {.item_bytes = 32, .items_max = 1 << 20, .what = "transactions"},
        .pending = {.item_bytes = sizeof(struct coin), .items_max = 1 << 24, .what = "coinbases"},
        .time = 1296688602,
        .directory = arguments[1]};
    g.block = malloc(BLOCK_BYTES_MAX);
    INVARIANT(g.block != NULL && directory_make(arguments[1], NULL) == IMJIN_OK);
    set_owners(&g);
    generate(&g);
    if (count > 4)
        write_owners(&g, arguments[4]);
    printf("{\"transactions\": %llu, \"blocks\": %u, \"addresses\": %zu}\n", (unsigned long long)g.txs, g.height,
           g.addresses.count);
    return 0;
}
