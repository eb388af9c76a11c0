/* Inside the room: the working memory of a search. */
#ifndef IMJIN_SCREEN_FINDER_H
#define IMJIN_SCREEN_FINDER_H

#include "screen/set.h"

struct screen_finder {
    const struct screen_set *set;
    const struct name **parsed; /* by number of the name; null: not parsed yet */
    struct arena names;         /* what `parsed` points to */
    struct arena scratch;       /* parsed when `names` is full */
    struct buffer hits;         /* struct screen_hit */
    struct buffer candidates;   /* uint32: names to compare with */
    uint32_t *seen;             /* by name: the round in which it became a candidate */
    uint32_t round;
    struct buffer tokens; /* uint32: tokens of the vocabulary that are like one of the query */
};

/* A name of the set, parsed. A listed name above the limits of the room name, which a good list does not have, is one without
 * parts and matches nothing. Lives until finder_forget() or the finder ends. */
enum imjin_status finder_name(struct screen_finder *f, uint32_t number, const struct name **ret, struct error *err);
/* Drops what did not fit what is kept. */
void finder_forget(struct screen_finder *f);

/* Appends to f->candidates every name that may score `threshold`, each once. */
enum imjin_status finder_candidates(struct screen_finder *f, const struct name *query, uint16_t threshold, struct error *err);

#endif
