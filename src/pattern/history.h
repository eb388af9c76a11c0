/* Inside the room: what one account did, movement by movement, and what each was worth looking at. */
#ifndef IMJIN_PATTERN_HISTORY_H
#define IMJIN_PATTERN_HISTORY_H

#include "pattern/pattern.h"

enum step_worth {
    STEP_MONEY, /* more than dust, of a token that is not doubtful */
    STEP_DUST,  /* arrived, and at most a PATTERN_DUST_PART-th of the most that the account ever moved of the asset at once */
    STEP_ZERO,  /* an event of a transfer of nothing */
    STEP_FAKE,  /* of a doubtful token, or of more units than any honest one has */
};
struct step {
    u128 units;
    int64_t time;
    uint32_t number, tx, block, other, asset;
    uint8_t worth;
    bool out;
};
/* By movement number. Without fees, self-payments, mints and burns. */
struct history {
    struct account_id account;
    struct step *steps;
    uint64_t count;
};
/* IMJIN_NOT_FOUND, without a message, when the account has more movements than PATTERN_STEPS_MAX. Without `times` the times and
 * blocks of the steps are not looked up, which takes most of reading: they are then TIME_UNKNOWN and 0. */
enum imjin_status history_read(struct history *ret, const struct ledger *l, const struct pattern_doubt *doubt,
                               struct account_id account, bool times, struct error *err);
void history_done(struct history *h);

/* look_alike.c: adds what imitates the account's counterparties. */
enum imjin_status look_alikes_add(struct buffer *found, const struct ledger *l, const struct history *h, struct error *err);

#endif
