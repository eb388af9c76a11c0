/* Inside the room: the working memory of a search. */
#ifndef IMJIN_SCREEN_FINDER_H
#define IMJIN_SCREEN_FINDER_H

#include "screen/set.h"

/* What speaks for a name so far: see tally.c. */
struct tally {
    uint32_t round;                     /* of the query it is about */
    uint32_t value;                     /* sum of weight * worth */
    uint16_t query_weight, name_weight; /* of words that may have a partner */
    uint16_t best;                      /* the worth that `word` was counted with */
    uint8_t word;                       /* the query's word that was counted last */
    bool wanted;                        /* to be compared whatever the sum */
};
struct likeness {
    uint32_t token; /* of the vocabulary */
    uint16_t score;
};
/* What one word of a query is like; remembered, since words come again. */
struct remembered {
    struct name_token token;
    struct likeness *items;
    uint32_t count;
    bool used;
};
enum { REMEMBERED = 1 << 12, REMEMBERED_LIKES_MAX = 1 << 10 /* of one word: 32 MiB at most for all */ };

struct screen_finder {
    const struct screen_set *set;
    const struct name **parsed; /* by number of the name; null: not parsed yet */
    struct arena names;         /* what `parsed` points to */
    struct arena scratch;       /* parsed when `names` is full */
    struct buffer hits;         /* struct screen_hit */
    struct buffer touched;      /* uint32: names that something speaks for */
    struct buffer candidates;   /* uint32: names to compare with */
    struct buffer places;       /* uint32: tokens that a profile lets through */
    struct buffer likes;        /* struct likeness of one token */
    struct buffer marked;       /* uint32: tokens that have a mark */
    uint16_t *marks;            /* by token: the best worth of a pair with it */
    struct name_probe probe;
    struct name_lanes lanes;
    struct name *composed; /* a name put together from its parts, without its text */
    struct tally *tallies; /* by name */
    struct remembered *memory;
    uint32_t round;
};

/* A name of the set, parsed. A listed name above the limits of the room name, which a good list does not have, is one without
 * parts and matches nothing. Lives until finder_forget() or the finder ends. */
enum imjin_status finder_name(struct screen_finder *f, uint32_t number, const struct name **ret, struct error *err);
/* The same from its prepared words, without its text, for name_compare() without parts; until the next call. A name that a
 * damaged file says nonsense of has no parts. */
const struct name *finder_compose(struct screen_finder *f, uint32_t number);
/* Drops what did not fit what is kept. */
void finder_forget(struct screen_finder *f);

/* Appends to f->candidates every name that may score `threshold`, each once. */
enum imjin_status finder_candidates(struct screen_finder *f, const struct name *query, uint16_t threshold, struct error *err);

#endif
