/* Chains whose money lies in outputs (Bitcoin and its kin): their parameters, their scripts and how these are written as
 * addresses. Part of chain.h. Sources: each project's chain parameters; BIP 13, 16, 141, 173, 350; CashAddr and CHIP-2022-02
 * (CashTokens). On such a chain an address is ADDRESS_OPAQUE and its text the canonical one of script_print(), so that
 * one script has one identity however it was written. */
#ifndef IMJIN_CHAIN_OUTPUTS_H
#define IMJIN_CHAIN_OUTPUTS_H

#include "base/base.h"

/* How blocks and transactions are written. */
enum wire_format {
    WIRE_PLAIN = 0,  /* Bitcoin, Litecoin (its extension blocks are passed over), Bitcoin Cash */
    WIRE_AUXPOW = 1, /* Dogecoin: a parent block's proof may stand behind the header */
    WIRE_ZCASH = 2,  /* Zcash: long headers; the transparent part of transactions of versions 1 to 4 */
};

/* A row of the table of known chains. */
struct output_chain {
    const char *name;                                           /* "bitcoin"; chain_find() gives symbol and decimals */
    uint8_t magic[4];                                           /* begins each block of a node's files */
    const char *genesis;                                        /* hash of the first block, as people see it */
    uint8_t base58_bytes;                                       /* of the prefixes that follow: 1 or 2 */
    uint8_t pubkey_hash[2], script_hash[2], script_hash_old[2]; /* old: also read, never written; equal where there is none */
    const char *witness_prefix, *cash_prefix;                   /* null: the chain has none */
    enum wire_format wire;
    bool has_tokens;    /* an output's script may begin with a CashToken, which is not part of the lock */
    uint64_t value_max; /* no output and no sum of outputs is more */
    bool hash_is_proof; /* a block's hash itself proves its work (elsewhere scrypt, Equihash or another chain's block does) */
    bool any_order;     /* a transaction may spend one that stands behind it in its block */
};
/* Null when the chain is none of them. */
const struct output_chain *output_chain_find(const char *name);
const struct output_chain *output_chains(unsigned *ret_count);

/* What locks an output. */
enum script_kind {
    SCRIPT_NONSTANDARD = 0,     /* payload: SHA-256 of the script */
    SCRIPT_PUBKEY,              /* P2PK: HASH160 of the key */
    SCRIPT_PUBKEY_HASH,         /* P2PKH: 20 bytes */
    SCRIPT_SCRIPT_HASH,         /* P2SH: 20 bytes, 32 on Bitcoin Cash too */
    SCRIPT_MULTISIG,            /* bare: SHA-256 of the script */
    SCRIPT_WITNESS_PUBKEY_HASH, /* P2WPKH: 20 bytes */
    SCRIPT_WITNESS_SCRIPT_HASH, /* P2WSH: 32 bytes */
    SCRIPT_TAPROOT,             /* P2TR: 32 bytes */
    SCRIPT_WITNESS_OTHER,       /* version and program of a witness that means nothing yet */
    SCRIPT_DATA,                /* OP_RETURN: cannot be spent; no payload */
    SCRIPT_KINDS,
};
const char *script_kind_name(enum script_kind kind); /* "pubkey-hash" */
enum { SCRIPT_PAYLOAD_MAX = 41 };
struct script {
    uint8_t kind, count;
    uint8_t payload[SCRIPT_PAYLOAD_MAX];
};

/* The lock of an output. Any bytes are a script of some kind. */
enum imjin_status script_of(struct script *ret, const struct output_chain *c, struct span bytes, struct error *err);
/* Bare multisig: how many keys of how many; false when it is none. */
[[nodiscard]] bool script_multisig(struct span bytes, unsigned *ret_needed, unsigned *ret_keys);

/* The canonical text, NUL-ended; returns its length. Base58, bech32 and CashAddr as the chain writes them; "pubkey:" and the
 * key's P2PKH address, "multisig:" or "script:" and 64 hex digits, and "data" for what has no address. */
enum { SCRIPT_PRINT_MAX = 128 };
unsigned script_print(const struct script *s, const struct output_chain *c, char ret_text[SCRIPT_PRINT_MAX]);
/* Reads every form that script_print() writes, upper-case bech32, CashAddr without its prefix, and the old base58 forms of
 * Bitcoin Cash. IMJIN_BAD_INPUT says what is wrong: another chain's address, a wrong checksum, a wrong length. */
enum imjin_status script_parse(struct script *ret, const struct output_chain *c, struct span text, struct error *err);

#endif
