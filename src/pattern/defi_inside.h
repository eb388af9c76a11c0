/* Inside of the chapter: what one transaction looks like before it has a name. */
#ifndef IMJIN_PATTERN_DEFI_INSIDE_H
#define IMJIN_PATTERN_DEFI_INSIDE_H

#include "pattern/defi.h"

/* All that one account gave another of one asset in the transaction; fees, self-payments and unbounded amounts left out. */
struct defi_flow {
    uint32_t asset, from, to;
    uint32_t at; /* the first movement's place */
    u128 units;
};
/* Sides that trade with their own account, and how. */
struct defi_party {
    uint32_t account;
    uint32_t rules;                          /* bits of enum settle_rule of links from its own draw to its own gain */
    uint32_t draws, gains;                   /* that such links use */
    uint32_t draw, gain;                     /* one of them each */
    uint32_t item_draw, item_gain;           /* one that is an item; ID_NONE: none */
    uint32_t gave_to, got_from;              /* payer and receiver of a swap for another: the side at the other end; ID_NONE */
    bool native_draw, handed_in, handed_out; /* a whole draw to its own contract, a whole gain from it */
    bool issuer;                             /* stands for its token's mint or burn */
};
struct defi_view {
    const struct defi_input *in;
    struct defi_flow *flows; /* by asset, from, to */
    uint64_t flow_count;
    struct defi_party *parties; /* by account */
    uint32_t party_count;
    struct account_id sender; /* who paid the first fee; ID_NONE: not in the ledger */
    struct defi_result *result;
};

/* Fills flows, parties and sender; defi_view_done() frees them. */
enum imjin_status defi_view_make(struct defi_view *v, struct error *err);
void defi_view_done(struct defi_view *v);
const struct defi_flow *defi_flow_find(const struct defi_view *v, uint32_t asset, uint32_t from, uint32_t to);
struct defi_party *defi_party_find(const struct defi_view *v, uint32_t account);
enum imjin_status defi_issuer(const struct defi_view *v, uint32_t asset, uint32_t *ret_issuer, bool *ret_item,
                              struct error *err);
/* Adds to the result; a second finding of the same kind only adds its evidence and traits. */
struct defi_finding *defi_found(struct defi_view *v, enum defi_kind kind, uint32_t who, uint32_t with);
struct defi_finding *defi_finding_of(struct defi_result *r, enum defi_kind kind);

/* From the shape: exchanges; when there are none, plain movements; then what goes along with either. */
enum imjin_status defi_exchanges(struct defi_view *v, struct error *err);
enum imjin_status defi_plain(struct defi_view *v, struct error *err);
enum imjin_status defi_besides(struct defi_view *v, struct error *err);
/* By witnesses and by labels: makes what was found more exact. */
void defi_hear(struct defi_view *v);
enum imjin_status defi_read_labels(struct defi_view *v, struct error *err);

#endif
