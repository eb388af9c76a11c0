#include "screen/index.h"

/* Adds up what speaks for each name, and leaves out those that cannot reach the threshold whatever pairs a comparison chooses.
 * name.h says what a score is made of; docs/names.md has the proof. Of a pair of forms, let N be the sum of weight times worth
 * over the pairs, M their weight, O the weight of the open words, W the weight of all different words, so that M + O >= W and M
 * >= N. Each word of the query in a pair counts there with its weight and at most the worth of the best likeness that it, or a
 * joined word that it is part of, has to any word of the name, and so does each word of the name: `value` is no less than N,
 * and `query_weight` and `name_weight` are no less than the weights of the words with a partner. */

enum {
    WORTH_MAX = NAME_SCORE_MAX,
    WEIGHT = NAME_WORD_WEIGHT_MAX,
    WEIGHTS_JOINED_MAX = 2,
    MARK_NONE = 0,
    AHEAD = 8 /* names */
};

struct tallying {
    struct screen_finder *f;
    const struct name *query;
    struct prepared_name described;
    bool lone; /* of one word, which may be enough */
    uint16_t threshold;
};

static enum imjin_status touch(struct screen_finder *f, uint32_t name, struct tally **ret, struct error *err) {
    struct tally *t = &f->tallies[name];
    if (t->round != f->round) {
        *t = (struct tally){.round = f->round, .word = UINT8_MAX};
        TRY(buffer_push(&f->touched, &name, NULL, err));
    }
    *ret = t;
    return IMJIN_OK;
}

/* ---- names that read alike as Korean ---- */

static enum imjin_status want_key(struct screen_finder *f, uint64_t key, struct error *err) {
    uint64_t low = 0, high = f->set->header.counts[PREPARED_KEYS];
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (f->set->keys[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == f->set->header.counts[PREPARED_KEYS] || f->set->keys[low].key != key)
        return IMJIN_OK;
    const struct prepared_key *row = &f->set->keys[low];
    const uint32_t *names = index_postings(f->set, row->posting_first, row->postings);
    for (uint32_t i = 0; names && i < row->postings; i++) {
        struct tally *t;
        if (names[i] >= screen_set_names(f->set))
            continue;
        TRY(touch(f, names[i], &t, err));
        t->wanted = true;
    }
    return IMJIN_OK;
}

static enum imjin_status want_keys(struct screen_finder *f, const struct name *query, struct error *err) {
    uint64_t keys[NAME_KEYS_MAX];
    unsigned count = query->korean_count ? name_keys(query, keys) : 0;
    for (unsigned i = 0; i < count; i++)
        TRY(want_key(f, keys[i], err));
    return IMJIN_OK;
}

/* ---- words ---- */

/* What a word of the vocabulary adds to the names that have it beyond what an earlier word of the query did. */
struct gain {
    unsigned worth, value, weight;
    bool wanted;
};

static enum imjin_status gain_of(struct tallying *g, const struct name_token *t, const struct likeness *like, struct gain *ret,
                                 struct error *err) {
    struct screen_finder *f = g->f;
    const struct prepared_token *row = &f->set->tokens[like->token];
    uint16_t *mark = &f->marks[like->token];
    *ret = (struct gain){.worth = name_pair_worth(like->score)};
    /* The weight of three joined words may be cut. */
    ret->wanted = t->span > WEIGHTS_JOINED_MAX || row->token.span > WEIGHTS_JOINED_MAX;
    ret->wanted |= g->lone && like->score == NAME_SCORE_MAX && t->count >= NAME_LONE_LETTERS;
    if (*mark == MARK_NONE) {
        TRY(buffer_push(&f->marked, &like->token, NULL, err));
        ret->weight = row->token.weight;
    }
    if (ret->worth > *mark) {
        ret->value = row->token.weight * (ret->worth - *mark);
        *mark = (uint16_t)ret->worth;
    }
    return IMJIN_OK;
}

/* The word `nth` of the query stands in `t`: it itself, or a joined word. */
static enum imjin_status tally_token(struct tallying *g, unsigned nth, const struct name_token *t, struct error *err) {
    struct screen_finder *f = g->f;
    const struct likeness *likes;
    uint32_t count, names = screen_set_names(f->set);
    unsigned weight = g->query->tokens[nth].weight;
    TRY(index_likes(f, t, &likes, &count, err));
    for (uint32_t i = 0; i < count; i++) {
        const struct prepared_token *row = &f->set->tokens[likes[i].token];
        const uint32_t *postings = index_postings(f->set, row->posting_first, row->postings);
        struct gain gain;
        TRY(gain_of(g, t, &likes[i], &gain, err));
        for (uint32_t k = 0; postings && k < row->postings; k++) {
            struct tally *tally;
            if (k + AHEAD < row->postings && postings[k + AHEAD] < names)
                __builtin_prefetch(&f->tallies[postings[k + AHEAD]]);
            if (postings[k] >= names)
                continue;
            TRY(touch(f, postings[k], &tally, err));
            if (tally->word != nth) {
                tally->word = (uint8_t)nth;
                tally->best = 0;
                tally->query_weight = (uint16_t)(tally->query_weight + weight);
            }
            if (gain.worth > tally->best) {
                tally->value += weight * (gain.worth - tally->best);
                tally->best = (uint16_t)gain.worth;
            }
            tally->value += gain.value;
            tally->name_weight = (uint16_t)(tally->name_weight + gain.weight);
            tally->wanted |= gain.wanted;
        }
    }
    return IMJIN_OK;
}

static bool covers(const struct name_token *t, const struct name_token *word) {
    return t->form == word->form && t->first <= word->first && word->first < t->first + t->span;
}

static enum imjin_status tally_words(struct tallying *g, struct error *err) {
    for (unsigned nth = 0; nth < g->query->token_count; nth++) {
        const struct name_token *word = &g->query->tokens[nth];
        for (unsigned i = nth; i < g->query->token_count && word->span == 1; i++)
            if (i == nth || (g->query->tokens[i].span > 1 && covers(&g->query->tokens[i], word)))
                TRY(tally_token(g, nth, &g->query->tokens[i], err));
    }
    return IMJIN_OK;
}

/* ---- the bound ---- */

struct limit {
    uint64_t value;
    unsigned query_weight, name_weight;
};

/* What pairs may add that no likeness of words shows. */
static struct limit limit_of(const struct tallying *g, const struct tally *t, const struct prepared_name *name) {
    const struct prepared_name *query = &g->described;
    struct limit l = {t->value, t->query_weight, t->name_weight};
    if (query->initials & name->firsts) {
        unsigned partners = query->initial_count * WEIGHT;
        l.value += (uint64_t)(query->initial_weight + partners) * NAME_INITIAL_WORTH;
        l.query_weight += query->initial_weight;
        l.name_weight += partners;
    }
    if (name->initials & query->firsts) {
        unsigned partners = name->initial_count * WEIGHT;
        l.value += (uint64_t)(name->initial_weight + partners) * NAME_INITIAL_WORTH;
        l.name_weight += name->initial_weight;
        l.query_weight += partners;
    }
    if (query->has_short && name->has_short) {
        l.value += (uint64_t)2 * WEIGHT * NAME_SHORT_WORTH;
        l.query_weight += WEIGHT;
        l.name_weight += WEIGHT;
    }
    return l;
}

/* Whether 10 * N / (10 * M + f * O) may reach the threshold. With f at least NAME_OPEN_TENTHS it is at most 10 * N / (9 * W +
 * N), which grows with N. Where more than NAME_CONFLICT_WEIGHT stands open on both sides whatever the pairs, it is at most 10 *
 * N / (25 * W - 15 * M). */
static bool reaches(const struct tallying *g, const struct tally *t, const struct prepared_name *name) {
    struct limit l = limit_of(g, t, name);
    uint64_t all = (uint64_t)g->described.weight + name->weight, threshold = g->threshold;
    bool kinds =
        g->query->kind != NAME_ANY && name->kind != NAME_ANY && (g->query->kind == NAME_PERSON) != (name->kind == NAME_PERSON);
    if (kinds)
        threshold = threshold * 10 / NAME_OTHER_KIND_TENTHS;
    if (t->wanted)
        return true;
    if (10 * l.value * NAME_SCORE_MAX < threshold * (NAME_OPEN_TENTHS * all * WORTH_MAX + (10 - NAME_OPEN_TENTHS) * l.value))
        return false;
    bool conflict =
        g->described.weight > l.query_weight + NAME_CONFLICT_WEIGHT && name->weight > l.name_weight + NAME_CONFLICT_WEIGHT;
    uint64_t paired = l.query_weight + l.name_weight;
    return !conflict || 10 * l.value * NAME_SCORE_MAX >=
                            threshold * (NAME_CONFLICT_TENTHS * all - (NAME_CONFLICT_TENTHS - 10) * paired) * WORTH_MAX;
}

static void forget_marks(struct screen_finder *f) {
    for (size_t i = 0; i < f->marked.count; i++)
        f->marks[((const uint32_t *)f->marked.items)[i]] = MARK_NONE;
    f->marked.count = 0;
}

enum imjin_status finder_candidates(struct screen_finder *f, const struct name *query, uint16_t threshold, struct error *err) {
    struct tallying g = {.f = f, .query = query, .lone = name_may_be_lone(query), .threshold = threshold};
    index_describe(&g.described, query);
    if (++f->round == 0) {
        memset(f->tallies, 0, screen_set_names(f->set) * sizeof *f->tallies);
        f->round = 1;
    }
    f->touched.count = 0;
    forget_marks(f);
    TRY(want_keys(f, query, err));
    TRY(tally_words(&g, err));
    for (size_t i = 0; i < f->touched.count; i++) {
        const uint32_t *number = (const uint32_t *)f->touched.items + i;
        if (reaches(&g, &f->tallies[*number], &f->set->names[*number]))
            TRY(buffer_push(&f->candidates, number, NULL, err));
    }
    return IMJIN_OK;
}
