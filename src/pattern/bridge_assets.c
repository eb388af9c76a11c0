/* Which asset of the other chain stands for an asset: learned from the pairs that identifiers make. data/bridges/assets.csv
 * knows some tens of assets; a bridge's own pairs tell the rest, and a pair that pays another asset than all the others is
 * forged. */
#include "pattern/bridge_inside.h"

#include <stdlib.h>

enum {
    ALIKE_MIN = 3,       /* pairs that agree: one or two could be somebody's own making */
    DISSENT_PERCENT = 10 /* of the pairs at most: forgeries come after many real ones */
};

struct sighting {
    uint32_t class, chain, other_class, count; /* class on the deposit's side, paid out on `chain` as other_class */
};

static int compare_routes(const struct sighting *x, const struct sighting *y) {
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    return (x->chain > y->chain) - (x->chain < y->chain);
}

static int compare_sightings(const void *a, const void *b) {
    const struct sighting *x = a, *y = b;
    int order = compare_routes(x, y);
    return order ? order : (x->other_class > y->other_class) - (x->other_class < y->other_class);
}

static int compare_route_keys(const void *a, const void *b) { return compare_routes(a, b); }

/* Adds equal sightings up, then keeps of each route the asset that nearly all pairs agree on, or nothing. */
static uint64_t agree(struct sighting *s, uint64_t count) {
    uint64_t kept = 0, out = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (kept && compare_sightings(&s[kept - 1], &s[i]) == 0)
            s[kept - 1].count++;
        else
            s[kept++] = s[i];
    }
    for (uint64_t i = 0; i < kept;) {
        uint64_t end = i, all = 0, most = i;
        for (; end < kept && compare_routes(&s[i], &s[end]) == 0; end++) {
            all += s[end].count;
            most = s[end].count > s[most].count ? end : most;
        }
        if (s[most].count >= ALIKE_MIN && (all - s[most].count) * 100 <= all * DISSENT_PERCENT)
            s[out++] = s[most];
        i = end;
    }
    return out;
}

static const struct sighting *find(const struct sighting *s, uint64_t count, uint32_t class, uint32_t chain) {
    struct sighting key = {.class = class, .chain = chain};
    return count ? bsearch(&key, s, count, sizeof key, compare_route_keys) : NULL;
}

static bool can_teach(const struct bridge_matching *m, const struct bridge_pair *p) {
    const struct bridge_measure *d = &m->measures[p->deposit], *w = &m->measures[p->withdrawal];
    return d->class && w->class && !d->other_class && bridge_record_of(m, p->withdrawal)->side == BRIDGE_WITHDRAWAL &&
           !bridge_protocol_of(m, p->deposit)->swaps;
}

/* Drops pairs of the wrong asset, and notes the right one on all others. */
static uint64_t apply(struct bridge_matching *m, struct bridge_pair *pairs, uint64_t count, const struct sighting *learned,
                      uint64_t learned_count) {
    uint64_t kept = 0;
    for (uint64_t i = 0; i < count; i++) {
        const struct bridge_record *w = bridge_record_of(m, pairs[i].withdrawal);
        const struct sighting *s = NULL;
        if (can_teach(m, &pairs[i]))
            s = find(learned, learned_count, m->measures[pairs[i].deposit].class, w->chain);
        if (s && s->other_class != m->measures[pairs[i].withdrawal].class) {
            m->doubts[pairs[i].withdrawal] = BRIDGE_WRONG_TARGET;
            continue;
        }
        if (s)
            pairs[i].evidence |= BRIDGE_SAME_ASSET;
        pairs[kept++] = pairs[i];
    }
    for (uint64_t i = 0; i < kept; i++) /* a withdrawal that kept one pair is sound after all */
        m->doubts[pairs[i].withdrawal] = BRIDGE_SOUND;
    return kept;
}

enum imjin_status bridge_learn_assets(struct bridge_matching *m, struct bridge_pair *pairs, uint64_t *count,
                                      struct error *err) {
    struct sighting *s = memory_new(*count, sizeof *s);
    uint64_t seen = 0;
    if (s == NULL)
        return fail_memory(err, "assets of bridges");
    for (uint64_t i = 0; i < *count; i++)
        if (can_teach(m, &pairs[i]))
            s[seen++] = (struct sighting){m->measures[pairs[i].deposit].class, bridge_record_of(m, pairs[i].withdrawal)->chain,
                                          m->measures[pairs[i].withdrawal].class, 1};
    if (seen)
        qsort(s, seen, sizeof *s, compare_sightings);
    seen = agree(s, seen);
    *count = apply(m, pairs, *count, s, seen);
    for (uint32_t i = 0; i < bridge_store_count(m->store); i++) {
        const struct bridge_record *d = bridge_record_of(m, i);
        struct bridge_measure *measure = &m->measures[i];
        if (d->side != BRIDGE_DEPOSIT || !measure->class || measure->other_class || !d->other_chain ||
            bridge_protocol_of(m, i)->swaps)
            continue;
        const struct sighting *found = find(s, seen, measure->class, d->other_chain);
        if (found && found->other_class != measure->class)
            measure->other_class = found->other_class;
    }
    memory_free(s);
    return IMJIN_OK;
}
