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

#endif
