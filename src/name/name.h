/* name: names of people, organisations and ships in any script: normal forms, transliteration, Korean syllables, comparison.
 * Knows nothing of lists. All scores are integers from 0 to NAME_SCORE_MAX. Pure functions; a parsed name is immutable and safe
 * on any thread. */
#ifndef IMJIN_NAME_NAME_H
#define IMJIN_NAME_NAME_H

#include "codec/codec.h"

enum { NAME_SCORE_MAX = 1000 };
/* The one threshold for all kinds of names; chosen from the curves in docs/accuracy.md. */
enum { NAME_THRESHOLD_DEFAULT = 700 };

enum name_kind { NAME_ANY = 0, NAME_PERSON, NAME_ORGANISATION, NAME_VESSEL };

struct name; /* parsed; lives in the arena it was parsed into */
/* Text as published or typed: UTF-8 (invalid bytes are taken as separators), any script, "LAST, First" understood. A name that
 * normalises to nothing is a name without parts and matches nothing. IMJIN_MACHINE when memory is gone, IMJIN_BAD_INPUT above
 * the limits of name/limits.h. */
enum imjin_status name_parse(const struct name **ret, struct span text, enum name_kind kind, struct arena *a,
                             struct error *err);
bool name_is_empty(const struct name *n);

/* One line of the calculation. Spans point into the two names. */
struct name_part {
    struct span query, candidate; /* the parts compared; empty where one side has no partner */
    uint16_t score;               /* 0..NAME_SCORE_MAX of this part */
    uint16_t weight;              /* its share of the whole, all weights sum to NAME_SCORE_MAX */
    const char *rule;             /* "equal", "korean reading", "initial", "nickname", "spelling", "missing", ... (constant) */
};
enum { NAME_PARTS_MAX = 48 };
struct name_score {
    uint16_t score;
    uint16_t part_count;
    struct name_part parts[NAME_PARTS_MAX];
};
/* Order-free best assignment of parts; deterministic; ret_parts may be null when only the score is wanted. */
uint16_t name_compare(const struct name *query, const struct name *candidate, struct name_score *ret_parts);

/* The public rules of other tools, for users who move over: score 0..NAME_SCORE_MAX. */
enum name_mode { NAME_MODE_IMJIN = 0, NAME_MODE_OFAC, NAME_MODE_JARO_WINKLER };
enum imjin_status name_compare_mode(enum name_mode mode, struct span query, struct span candidate, uint16_t *ret_score,
                                    struct error *err);

#endif
