/* Typologies: what accounts do that launderers, and those who prey on them, do; each by a rule that can be checked by hand.
 * docs/patterns.md has the rules and their sources. A chapter of pattern.h. */
#ifndef IMJIN_PATTERN_TYPOLOGY_H
#define IMJIN_PATTERN_TYPOLOGY_H

#include "pattern/typology_limits.h"
#include "trace/trace.h"

/* ---- address poisoning ---- */

/* Whether a token's name is bait or imitates another's, so that moving it moves no money. */
struct pattern_doubt {
    void *context;
    enum imjin_status (*ask)(void *context, struct asset_id asset, bool *ret, struct error *err);
};

/* An address that begins and ends like that of a counterparty with which `victim` had moved money before, and that showed
 * itself to the victim by transfers of nothing, of dust or of doubtful tokens, never by money. docs/patterns.md has the rule.
 */
enum { LOOK_ALIKE_PREFIX_MIN = 3, LOOK_ALIKE_SUFFIX_MIN = 3, LOOK_ALIKE_DIGITS_MIN = 7 /* both ends together */ };
struct look_alike {
    struct account_id victim, account, imitated;
    struct tx_id first, last;  /* in which it showed itself */
    uint32_t zero, fake, dust; /* transfers */
    uint32_t paid;             /* times that the victim paid it money: the trap worked */
    uint32_t confidence;       /* millionths: that no counterparty is that alike by accident */
    uint8_t prefix, suffix;    /* hexadecimal digits that are equal */
};
struct look_alikes {
    struct look_alike *items; /* by victim, account */
    uint64_t count;
    uint64_t looked_at, passed_over; /* accounts; passed over: with more movements than the limits allow */
};
/* `doubt` null: no token is doubtful. */
enum imjin_status look_alikes_find(struct look_alikes *ret, const struct ledger *l, const struct pattern_doubt *doubt,
                                   const struct account_id *accounts, uint64_t account_count, struct error *err);
[[nodiscard]] bool look_alikes_has(const struct look_alikes *r, struct account_id victim, struct account_id account);
void look_alikes_done(struct look_alikes *r);

/* ---- who can freeze a token ---- */

/* A contract whose issuer can stop an address from moving it. A table. */
struct token_issuer {
    const char *chain, *contract, *symbol;
    const char *issuer;
    const char *power;  /* what the contract lets the issuer do */
    const char *source; /* where that can be read */
};
const struct token_issuer *token_issuers(unsigned *ret_count);
/* By contract alone, never by symbol; null: nobody is known to be able to. */
const struct token_issuer *token_issuer_of(const struct chain *c, const struct asset_key *key);

/* ---- typologies ---- */

/* The names are part of the JSON schema. */
enum pattern_id {
    PATTERN_PEEL_CHAIN,
    PATTERN_FAN_OUT,
    PATTERN_FAN_IN,
    PATTERN_LAYERING,
    PATTERN_STRUCTURING,
    PATTERN_CHAIN_HOP,
    PATTERN_MIXER,
    PATTERN_OUT_OF_REACH,
    PATTERN_LIQUIDITY,
    PATTERN_DORMANCY,
    PATTERN_CONSOLIDATION,
    PATTERN_DEPOSIT_REUSE,
    PATTERN_POISONING,
    PATTERN_FAKE_TOKENS,
    PATTERN_DUST_SANDWICH,
    PATTERNS,
};
#define PATTERNS_ALL ((1u << PATTERNS) - 1)
/* A row of the table: what it is, by which rule, and who described it. */
struct pattern_kind {
    const char *name; /* "peel-chain" */
    const char *title;
    const char *rule;
    const char *source;
};
const struct pattern_kind *pattern_kind_of(enum pattern_id p);
/* PATTERNS when there is none of that name. */
enum pattern_id pattern_find(struct span name);

struct pattern_finding {
    struct account_id account;
    struct account_id other; /* the service, the pool, the address imitated, the end of the chain; ID_NONE: nobody */
    struct asset_id asset;   /* ID_NONE: none, or several */
    struct tx_id first, last;
    u128 units;        /* moved by the evidence, of `asset`; 0 without one */
    uint64_t count;    /* of what the rule counts: payments, counterparties, accounts in a row, days */
    uint64_t evidence; /* first of `evidence_count` movement numbers in the result, ascending for one account */
    uint32_t evidence_count;
    uint32_t confidence; /* millionths; docs/patterns.md says what of */
    uint8_t pattern;
};
struct pattern_result {
    struct pattern_finding *findings; /* by pattern, account's address, first transaction, other, asset */
    uint32_t *evidence;
    uint64_t finding_count, evidence_count;
    uint64_t looked_at, passed_over; /* accounts */
};
/* What accounts did, by the rules whose bit is set in `patterns`. `in->compiled` null: rules that read swaps find nothing. The
 * result depends on ledger, labels and request alone. */
enum imjin_status pattern_run(const struct trace_input *in, const struct pattern_doubt *doubt,
                              const struct account_id *accounts, uint64_t account_count, uint32_t patterns,
                              const struct progress *p, struct pattern_result **ret, struct error *err);
void pattern_result_free(struct pattern_result *r); /* null is fine */

#endif
