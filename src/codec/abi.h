/* Contract events and calls by the tables in data/abi: told by first topic or selector and by shape, never by address, so a
 * proxy or a copy of a contract reads like the first. What does not have the shape its signature says is no match. Pure
 * functions, safe on any thread, no allocation.
 * Source: "Contract ABI Specification" of the Solidity documentation. */
#ifndef IMJIN_CODEC_ABI_H
#define IMJIN_CODEC_ABI_H

#include "base/base.h"

enum { ABI_WORD = 32, ABI_TOPICS_MAX = 4, ABI_SELECTOR = 4, ABI_FIELDS_MAX = 16, ABI_HEAD_WORDS_MAX = 64 };

/* What an event or a call says happened. The names in the tables are these in lower case, '-' for '_'. */
enum abi_meaning {
    ABI_NOTHING = 0,
    ABI_TRANSFER,
    ABI_TRANSFER_SINGLE,
    ABI_TRANSFER_BATCH,
    ABI_APPROVE,
    ABI_BATCH, /* a call that holds others */
    ABI_WRAP,
    ABI_UNWRAP,
    ABI_WRAP_SHARE,
    ABI_UNWRAP_SHARE,
    ABI_MINT,
    ABI_SWAP,
    ABI_ADD_LIQUIDITY,
    ABI_REMOVE_LIQUIDITY,
    ABI_LIQUIDITY_CHANGE,
    ABI_VAULT_DEPOSIT,
    ABI_VAULT_WITHDRAWAL,
    ABI_LEND,
    ABI_WITHDRAW,
    ABI_BORROW,
    ABI_REPAY,
    ABI_STAKE,
    ABI_UNSTAKE,
    ABI_CLAIM,
    ABI_NFT_TRADE,
    ABI_FLASH_LOAN,
    ABI_AIRDROP,
    ABI_PAYOUT,
    ABI_SETTLEMENT,
    ABI_BRIDGE_DEPOSIT,
    ABI_BRIDGE_WITHDRAWAL,
    ABI_MIXER_DEPOSIT,
    ABI_MIXER_WITHDRAWAL,
    ABI_MEANINGS,
};
const char *abi_meaning_name(enum abi_meaning m);

enum abi_kind {
    ABI_ADDRESS,
    ABI_UINT,
    ABI_INT,
    ABI_BOOL,
    ABI_FIXED, /* bytesN, on the left of its word */
    ABI_WORDS, /* a struct or array of fixed length: `words` words in place */
    ABI_BYTES, /* bytes and string: behind an offset */
    ABI_ARRAY, /* of elements of fixed size, behind an offset */
    ABI_OTHER_DYNAMIC,
};
struct abi_field {
    const char *name;
    uint8_t kind;
    bool indexed;
    uint8_t words;    /* in the head */
    uint16_t element; /* ABI_BYTES, ABI_ARRAY: bytes of one */
    uint16_t bits;    /* that a value may use */
};
struct abi_signature {
    const char *name, *canonical, *protocol; /* "Swap", "Swap(address,uint256)", "uniswap-v2" */
    const struct abi_field *fields;
    uint8_t field_count, indexed_count, meaning;
    uint8_t hash[ABI_WORD]; /* Keccak-256 of `canonical`; of a function the first ABI_SELECTOR bytes */
};
/* The tables, by hash. Several signatures may have one hash: events that differ in what is indexed. */
const struct abi_signature *abi_events(unsigned *ret_count);
const struct abi_signature *abi_functions(unsigned *ret_count);

/* A field's value: a word, or the bytes of its words, or what its offset leads to: ABI_BYTES the bytes themselves, ABI_ARRAY
 * the elements; ABI_OTHER_DYNAMIC nothing. An indexed dynamic field has only its hash, in `word`. */
struct abi_value {
    struct u256 word;
    struct span bytes;
    uint64_t count; /* elements; of ABI_BYTES: bytes */
};
struct abi_match {
    const struct abi_signature *signature;
    struct abi_value values[ABI_FIELDS_MAX]; /* by field */
    bool surplus;                            /* calls only: bytes stand behind what the signature accounts for */
};
struct abi_event {
    const uint8_t (*topics)[ABI_WORD];
    unsigned topic_count;
    struct span data;
};
/* An event or a call of one transaction, told by its shape or, where a source gives no more, by selector alone. */
struct abi_witness {
    const struct abi_signature *signature;
    uint8_t contract[20]; /* that raised the event, or was called */
    bool call;
};
/* False when no signature of that topic has this number of topics and data that reads as it says, to the byte: shorter or
 * longer data, values above their type's range, offsets and lengths that lead outside are all no match. */
[[nodiscard]] bool abi_match_event(const struct abi_event *e, struct abi_match *ret);
/* The same for calldata with its selector. Bytes behind the arguments are allowed, since callers add marks of their own there;
 * `surplus` tells. */
[[nodiscard]] bool abi_match_call(struct span calldata, struct abi_match *ret);
/* By the first topic alone, whatever the rest is: the first of its rows, or null. */
const struct abi_signature *abi_event_find(const uint8_t topic[ABI_WORD]);
/* By selector alone, for sources that give no more: the first of its rows, or null. */
const struct abi_signature *abi_function_find(const uint8_t selector[ABI_SELECTOR]);
/* A contract that issues a token for the coin it is paid and pays the coin for units it destroys. Null when it is not known as
 * one.
 * `*` is whether it is silent, a copy of WETH9: it issues and pays in no other way, and without an event that explorers list.
 */
const bool *abi_wrapper_find(const uint8_t contract[20]);
/* The value of the field called `name`; null when there is none. */
const struct abi_value *abi_value_of(const struct abi_match *m, const char *name);

#endif
