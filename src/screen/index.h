/* Inside the room: what makes the index and what reads it. */
#ifndef IMJIN_SCREEN_INDEX_H
#define IMJIN_SCREEN_INDEX_H

#include "screen/finder.h"

/* A token by its group or number. */
struct index_pick {
    uint32_t value, token;
};

/* A token without its place in a name. */
struct name_token index_bare(const struct name_token *t);
unsigned index_area(const struct name_token *t); /* enum prepared_area */
/* What tally.c must know of a name, but for its parts' place; `ret` is zeroed by the caller, and its entity and value are left.
 */
void index_describe(struct prepared_name *ret, const struct name *n);

/* The tokens of the vocabulary that a token may be like, with an upper limit of their likeness; a token may come twice. What
 * was found lives until the next call. */
enum imjin_status index_likes(struct screen_finder *f, const struct name_token *t, const struct likeness **ret,
                              uint32_t *ret_count, struct error *err);
/* The names that have a token or key; null where a damaged file says nonsense. */
const uint32_t *index_postings(const struct screen_set *s, uint32_t first, uint32_t count);

#endif
