/* settle: one transaction at a time: nets, exchangers, links from what was given to what was got; and the compiled ledger made
 * of them (docs/tracing.md, sections 3 and 5). Settling does not depend on which coins are stolen.
 * Thread-safety: a settler belongs to one thread; an open compiled ledger is immutable and safe on any thread. */
#ifndef IMJIN_SETTLE_SETTLE_H
#define IMJIN_SETTLE_SETTLE_H

#include "ledger/ledger.h"

/* Why money went from one holding to another. The names are part of the JSON schema. */
enum settle_rule {
    RULE_TRANSFER = 0, /* plain payment, also through any number of pass-through accounts */
    RULE_FEE,          /* to FEES */
    RULE_MINT,         /* from VOID */
    RULE_BURN,         /* to VOID, with nothing got for it */
    RULE_SWAP,         /* an exchanger's give to its own get */
    RULE_SWAP_TO,      /* displaced to vacant: the recipient of a swap is not its sender */
    RULE_WRAP,         /* native coin to a token of the same amount issued by the receiver, and back */
    RULE_UNWRAP,
    RULE_DEPOSIT, /* a give for a freshly minted token: liquidity, lending, staking share */
    RULE_REDEEM,  /* a burnt token for what it stood for */
    RULE_UNKNOWN, /* missing history: spent but never seen to arrive */
    SETTLE_RULES,
};
const char *settle_rule_name(enum settle_rule rule);
/* A bit per rule; a rule that is switched off is settled as a plain transfer (SWAP, SWAP_TO, WRAP, UNWRAP, DEPOSIT, REDEEM; the
 * others have no bit to switch). */
#define SETTLE_RULES_ALL ((1u << SETTLE_RULES) - 1)

/* What an account gave (draw) or got (gain) of one asset in one transaction after netting. Fees are draws of their own, first,
 * each with its gain of FEES; they aside, an account never has both a draw and a gain of one asset. VOID's draws are mints,
 * VOID's gains are burns. Draws of VOID and FEES touch no holding: what they give is clean. */
struct settle_side {
    struct account_id account;
    struct asset_id asset;
    u128 units; /* > 0 */
};
/* Units [draw_from, draw_from + draw_units) of a draw became units [gain_from, gain_from + gain_units) of a gain. For
 * transfers both counts are equal. When one stretch of a draw has several links (it bought several assets), the claims on it
 * are split by shares: this link takes the claims from floor(C * share_from / share_total) to floor(C * share_to /
 * share_total). Gains may be covered by more than one link, or by none (then what arrived is clean). Every unit of every draw
 * of an account other than VOID and FEES is covered by links whose shares add up to the whole. Links of VOID's draws (`mint`)
 * carry nothing. */
struct settle_link {
    uint32_t draw, gain; /* indexes */
    u128 draw_from, draw_units, gain_from, gain_units;
    uint32_t share_from, share_to, share_total;
    uint8_t rule;
    bool weighed_equally; /* several assets, no price: said on the edge */
    uint32_t movement;    /* number of the movement that delivered the gain (the last of its route) */
};
/* A settled transaction; arrays belong to the settler and live until its next call. */
struct settled {
    const struct settle_side *draws, *gains;
    const struct settle_link *links; /* by draw, then draw_from, then share_from */
    uint32_t draw_count, gain_count, link_count;
    bool untraceable; /* some movement's asset is untraceable: those movements were left out */
};

struct settler;
enum imjin_status settler_new(struct settler **ret, const struct ledger *l, uint32_t rules, struct error *err);
void settler_free(struct settler *s);
/* Settles the movements [first, first + count) of one transaction. Deterministic; cost linear up to sorting. settler_new reads
 * the whole ledger once to find untraceable assets. */
enum imjin_status settle_tx(struct settler *s, uint64_t first, uint32_t count, struct settled *ret, struct error *err);

/* An asset is untraceable when any movement of it is wide or the sum of all its movements reaches 2^126. */

/* ---- the compiled ledger ---- */

struct holding_id {
    uint32_t n;
};
struct holding {
    struct account_id account;
    struct asset_id asset;
    u128 received; /* length of the in-line, missing history included */
    u128 spent;    /* length of the out-line; <= received */
    u128 unknown;  /* how much of the in-line is missing history */
};

/* An edge: a link whose draw and gain are stretches of the out-line and in-line of two holdings. */
struct flow_edge {
    struct holding_id from, to; /* from.n is ID_NONE for missing history (rule unknown), mints and other clean
                                   arrivals (rule mint); then out_from and out_units mean nothing */
    u128 out_from, out_units;   /* on from's out-line */
    u128 in_from, in_units;     /* on to's in-line */
    uint32_t share_from, share_to, share_total;
    uint32_t movement;
    struct tx_id tx;
    uint8_t rule;
    bool weighed_equally;
};

struct compiled;
/* Brings the compiled ledger in `directory` up to `l`: continues from where it ends when the ledger only grew, starts anew when
 * its generation changed, when it was made by another version, or when it is seen to be damaged. Atomic like a commit. Cost:
 * one pass over what is new. */
enum imjin_status compiled_update(const char *directory, const struct ledger *l, uint32_t rules, uint64_t memory_bytes,
                                  const struct progress *p, struct error *err);
/* IMJIN_NOT_FOUND when there is none for exactly this ledger, rules included, or one of another version: call compiled_update
 * first. IMJIN_BAD_INPUT when it is damaged: compiled_update mends that. Looks at the manifest's hash and the files' lengths
 * only; damage inside a file shows when it is read (IMJIN_BAD_INPUT from any of the calls below) or verified: compiled_remove,
 * then compiled_update mend that. */
enum imjin_status compiled_open(struct compiled **ret, const char *directory, const struct ledger *l, uint32_t rules,
                                struct error *err);
void compiled_close(struct compiled *c);
/* Forgets what was compiled; a directory that is not there is fine. Readers keep what they have open. */
enum imjin_status compiled_remove(const char *directory, struct error *err);
uint64_t compiled_holding_count(const struct compiled *c);
enum imjin_status compiled_holding(const struct compiled *c, struct holding_id id, struct holding *ret, struct error *err);
/* The holdings of an account, by asset id: ids in a mapped array, unchecked. */
enum imjin_status compiled_account_holdings(const struct compiled *c, struct account_id a, const uint32_t **ret_ids,
                                            uint64_t *ret_count, struct error *err);
enum imjin_status compiled_holding_find(const struct compiled *c, struct account_id account, struct asset_id asset,
                                        struct holding_id *ret, struct error *err); /* IMJIN_NOT_FOUND */

/* A cursor over the edges of one holding, in line order (which is time order). The edge returned is checked. */
struct edge_cursor {
    const struct compiled *compiled;
    struct holding_id holding;
    uint64_t at, end;
    u128 reach; /* how far the line has got before the next edge */
    uint32_t segment;
    enum direction direction;
};
/* Positions on the first edge that covers `position` or lies behind it (OUT: out-line, IN: in-line). */
enum imjin_status edges_at(const struct compiled *c, struct holding_id h, enum direction d, u128 position,
                           struct edge_cursor *ret, struct error *err);
/* Positions on the first edge whose transaction is >= tx. */
enum imjin_status edges_from_tx(const struct compiled *c, struct holding_id h, enum direction d, struct tx_id tx,
                                struct edge_cursor *ret, struct error *err);
/* False through *ret_more at the end. */
enum imjin_status edges_next(struct edge_cursor *cursor, struct flow_edge *ret, bool *ret_more, struct error *err);
/* Length of the in-line right before `tx` draws: everything that arrived in transactions before `tx`, and the missing history
 * that was inserted for `tx`'s own draw. */
enum imjin_status compiled_received_before(const struct compiled *c, struct holding_id h, struct tx_id tx, u128 *ret,
                                           struct error *err);
/* Recomputes every hash and checks every edge. */
enum imjin_status compiled_verify(const struct compiled *c, const struct progress *p, struct error *err);

#endif
