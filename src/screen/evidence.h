/* What beside the names speaks for or against two parties being one: births, countries, gender, identifiers. Pure functions. */
#ifndef IMJIN_SCREEN_EVIDENCE_H
#define IMJIN_SCREEN_EVIDENCE_H

#include "chain/chain.h"

enum evidence_kind {
    EVIDENCE_BIRTH = 0,  /* day_from, day_to */
    EVIDENCE_COUNTRY,    /* nationality, country, jurisdiction: compared by code, however written */
    EVIDENCE_GENDER,     /* "m...", "f..." */
    EVIDENCE_IDENTIFIER, /* passport, tax, registration, IMO number, e-mail, wallet */
    EVIDENCE_KINDS,
};
struct evidence_value {
    enum evidence_kind kind;
    struct span text;
    int32_t day_from, day_to; /* days since 1970-01-01, both inclusive */
};

/* One line of the calculation: points are added to the score of the names. Spans are those of the values. */
struct evidence_part {
    struct span query, candidate;
    int16_t points;
    const char *rule; /* "same birth date", "day and month swapped", "other birth date", "same identifier", ... (constant) */
};
struct evidence {
    uint16_t score; /* 0..1000 */
    unsigned part_count;
    struct evidence_part parts[EVIDENCE_KINDS];
};
/* What evidence adds at most to a score without being a match by itself. */
enum { SCREEN_EVIDENCE_MOST = 50 };
/* The score of two parties whose best names score `names`. An equal identifier decides by itself; other evidence moves a score
 * and never makes a match of names that are none. Values of a kind that only one side has say nothing. Cost: the product of the
 * counts. */
void evidence_weigh(struct evidence *ret, uint16_t names, const struct evidence_value *query, uint32_t query_count,
                    const struct evidence_value *candidate, uint32_t candidate_count);

#endif
