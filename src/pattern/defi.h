/* What a transaction is: swap, loan, liquidity, bridge, mixer and so on. A chapter of pattern.h. docs/defi.md has the
 * definitions.
 *
 * The shape of the settled transaction decides first; events and calls of the contracts, where the caller has them, make the
 * name more exact, but only within what the shape allows, so a contract that tells stories changes nothing; labels come last.
 * No claim depends on any of it. */
#ifndef IMJIN_PATTERN_DEFI_H
#define IMJIN_PATTERN_DEFI_H

#include "codec/abi.h"
#include "label/label.h"
#include "settle/settle.h"

enum defi_kind {
    DEFI_CALL = 0, /* nothing but a fee moved */
    DEFI_TRANSFER,
    DEFI_PAYOUT, /* one payer, three or more receivers */
    DEFI_MINT,
    DEFI_BURN,
    DEFI_SWAP,
    DEFI_WRAP,
    DEFI_UNWRAP,
    DEFI_DEPOSIT, /* one asset for a share that its contract issues: lending, staking or a vault, which the shape does not say
                   */
    DEFI_REDEEM,
    DEFI_ADD_LIQUIDITY,
    DEFI_REMOVE_LIQUIDITY,
    DEFI_LEND,
    DEFI_WITHDRAW, /* what was lent, back */
    DEFI_BORROW,
    DEFI_REPAY,
    DEFI_STAKE,
    DEFI_UNSTAKE,
    DEFI_NFT_PURCHASE,
    DEFI_NFT_SALE,
    DEFI_FLASH_LOAN,
    DEFI_AIRDROP,
    DEFI_FEE_TOKEN,  /* a token that keeps a part of each transfer */
    DEFI_SETTLEMENT, /* of many traders by one solver */
    DEFI_BRIDGE_DEPOSIT,
    DEFI_BRIDGE_WITHDRAWAL,
    DEFI_MIXER_DEPOSIT,
    DEFI_MIXER_WITHDRAWAL,
    DEFI_KINDS,
};
/* "add-liquidity"; part of the JSON schema. */
const char *defi_kind_name(enum defi_kind kind);

/* What a finding rests on; bits. */
enum defi_evidence { DEFI_BY_SHAPE = 1, DEFI_BY_EVENT = 2, DEFI_BY_CALL = 4, DEFI_BY_LABEL = 8 };

/* More about a swap; bits. */
enum defi_trait {
    DEFI_TRAIT_POOL = 1,       /* against one counterparty that took and gave */
    DEFI_TRAIT_SPLIT = 2,      /* given to several at once: an aggregator */
    DEFI_TRAIT_HOPS = 4,       /* over an asset that the trader neither gave nor got */
    DEFI_TRAIT_TO_OTHER = 8,   /* who got is not who gave */
    DEFI_TRAIT_SEVERAL = 16,   /* several assets given or got */
    DEFI_TRAIT_ONE_SIDED = 32, /* what was got, or given, is not in the ledger */
    DEFI_TRAIT_COLLECTED = 64, /* transfer: who got it sent the transaction, and gave nothing */
    DEFI_TRAITS = 7,
};
const char *defi_trait_name(unsigned number);

/* The four ways of laundering through decentralised finance that the US Treasury's risk assessment of April 2023 names. */
enum defi_technique {
    DEFI_TECHNIQUE_NONE,
    DEFI_TECHNIQUE_SWAPS,
    DEFI_TECHNIQUE_BRIDGES,
    DEFI_TECHNIQUE_MIXERS,
    DEFI_TECHNIQUE_POOLS
};
enum defi_technique defi_technique_of(enum defi_kind kind);
const char *defi_technique_name(enum defi_technique t); /* "swaps"; "" for none */

struct defi_finding {
    uint8_t kind, evidence;
    uint8_t traits;
    struct account_id who;  /* whose doing it is; ID_NONE: nobody in particular */
    struct account_id with; /* shape: the counterparty; label: the labelled one; ID_NONE: none */
    uint32_t witness;       /* index; ID_NONE: none */
};
enum { DEFI_FINDINGS_MAX = 32 };
struct defi_result {
    struct defi_finding items[DEFI_FINDINGS_MAX]; /* by kind, each once; never empty */
    uint32_t count;
};

struct defi_input {
    const struct ledger *ledger;
    const struct label_store *labels; /* null: none */
    const struct settled *settled;
    const struct abi_witness *witnesses; /* events and calls of the transaction; null: none */
    uint32_t witness_count;
    uint64_t first; /* the transaction's movements */
    uint32_t count;
};
/* Names what the transaction is. Cost: sorting its movements. */
enum imjin_status defi_classify(const struct defi_input *in, struct defi_result *ret, struct error *err);

#endif
