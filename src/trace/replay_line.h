/* The lines of single accounts, made by settling the transactions they take part in: what `replay` asks instead of the
 * compiled ledger. One thread. */
#ifndef IMJIN_TRACE_REPLAY_LINE_H
#define IMJIN_TRACE_REPLAY_LINE_H

#include "trace/inside.h"

struct line {
    uint32_t asset;
    u128 received, spent, unknown;
};
struct line_part {
    uint32_t asset;
    struct origin origin; /* a stretch of the in-line */
};
struct account_lines {
    const struct ledger *ledger;
    struct settler *settler;
    uint32_t account;    /* whose lines these are; ID_NONE: nobody's yet */
    struct buffer lines; /* struct line, by asset */
    struct buffer parts; /* struct line_part, by asset, position */
};
void account_lines_init(struct account_lines *a, const struct ledger *l, struct settler *s);
void account_lines_done(struct account_lines *a);
/* Settles everything that `account` took part in, unless these are its lines already. */
enum imjin_status account_lines_of(struct account_lines *a, struct account_id account, struct error *err);

#endif
