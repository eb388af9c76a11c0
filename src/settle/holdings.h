/* The holdings while compiling: (account, asset) to number and lines. */
#ifndef IMJIN_SETTLE_HOLDINGS_H
#define IMJIN_SETTLE_HOLDINGS_H

#include "settle/format.h"

struct holdings {
    struct buffer records; /* struct holding_record */
    uint32_t *slots;       /* open addressing: holding + 1, 0 free */
    uint64_t slot_count;   /* power of two */
};
enum imjin_status settle_holdings_init(struct holdings *h, struct error *err);
void settle_holdings_done(struct holdings *h);
/* Takes over what was compiled before; records must be of different (account, asset). */
enum imjin_status settle_holdings_load(struct holdings *h, const struct holding_record *records, uint32_t count,
                                       struct error *err);
/* Finds or makes the holding. */
enum imjin_status settle_holdings_number(struct holdings *h, uint32_t account, uint32_t asset, uint32_t *ret,
                                         struct error *err);

static inline struct holding_record *holding_at(struct holdings *h, uint32_t number) {
    return (struct holding_record *)h->records.items + number;
}

#endif
