#include <stdlib.h>

#include "screen/finder.h"

/* The index rests on what name.h promises: a name that scores NAME_THRESHOLD_MIN against a query shares one of its keys, or has
 * a token that is like one of the query's. Keys and tokens are told apart by the class of their row. */

enum { SHORT_LETTERS = 4 };

struct key_row {
    uint64_t key;
    uint32_t name;
};
struct token_row {
    struct name_token token;
    uint32_t name;
};
struct indexing {
    struct preparing *p;
    struct buffer keys, tokens;
    struct arena arena;
};

/* What a comparison may depend on: where the word stood in its name is no part of it. */
static struct name_token bare(const struct name_token *t) {
    struct name_token b = *t;
    b.text_at = b.text_count = 0;
    b.form = b.first = 0;
    b.span = t->span > 1 ? 2 : 1; /* joined words are compared with words alone */
    memset(b.spare, 0, sizeof b.spare);
    return b;
}

static int by_token(const void *a, const void *b) {
    const struct token_row *x = a, *y = b;
    int order = (x->token.span > y->token.span) - (x->token.span < y->token.span);
    if (order == 0)
        order = (x->token.count > y->token.count) - (x->token.count < y->token.count);
    if (order == 0)
        order = memcmp(&x->token, &y->token, sizeof x->token);
    return order ? order : (x->name > y->name) - (x->name < y->name);
}

static int by_key(const void *a, const void *b) {
    const struct key_row *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->name > y->name) - (x->name < y->name);
}

/* Words that stand twice count once: the second has no partner and is not missed. */
static unsigned different_weight(const struct name *n, const struct name_form *form) {
    const struct name_token *words = n->tokens + form->first_token;
    unsigned weight = 0;
    for (unsigned i = 0; i < form->words; i++) {
        bool again = false;
        for (unsigned j = 0; j < i; j++)
            again |= words[j].hash == words[i].hash;
        weight += again ? 0 : words[i].weight;
    }
    return weight;
}

static unsigned least_weight(const struct name *n) {
    unsigned least = UINT16_MAX;
    for (unsigned i = 0; i < n->form_count; i++) {
        unsigned weight = different_weight(n, &n->forms[i]);
        least = weight < least ? weight : least;
    }
    return least;
}

static unsigned initials_of(const struct name *n) {
    unsigned initials = 0;
    for (unsigned i = 0; i < n->token_count; i++)
        initials += n->tokens[i].span == 1 && n->tokens[i].flags & NAME_TOKEN_INITIAL;
    return initials;
}

static unsigned shorts_of(const struct name *n) {
    unsigned shorts = 0;
    for (unsigned i = 0; i < n->token_count; i++)
        shorts += n->tokens[i].span == 1 && n->tokens[i].count <= SHORT_LETTERS;
    return shorts;
}

static enum imjin_status add_name(struct indexing *x, uint32_t number, struct error *err) {
    struct prepared_name *row = (struct prepared_name *)x->p->sections[PREPARED_NAMES].items + number;
    uint64_t keys[NAME_KEYS_MAX];
    const struct name *n;
    enum name_kind kind = set_name_kind(set_entity(x->p->set, row->entity).schema);
    enum imjin_status status = name_parse(&n, set_value(x->p->set, row->entity, row->value).text, kind, &x->arena, err);
    if (status == IMJIN_BAD_INPUT)
        return IMJIN_OK; /* as search.c takes it: a name without parts */
    TRY(status);
    unsigned count = name_keys(n, keys);
    row->weight = (uint16_t)least_weight(n);
    row->initials = (uint8_t)initials_of(n);
    row->shorts = (uint8_t)shorts_of(n);
    for (unsigned i = 0; i < count; i++) {
        struct key_row key = {keys[i], number};
        TRY(buffer_push(&x->keys, &key, NULL, err));
    }
    for (unsigned i = 0; i < n->token_count; i++) {
        struct token_row token = {bare(&n->tokens[i]), number};
        TRY(buffer_push(&x->tokens, &token, NULL, err));
    }
    arena_done(&x->arena);
    return IMJIN_OK;
}

static enum imjin_status post(struct preparing *p, uint32_t name, uint32_t first, uint32_t *count, struct error *err) {
    const uint32_t *rows = p->sections[PREPARED_POSTINGS].items;
    if (*count && rows[first + *count - 1] == name)
        return IMJIN_OK; /* a word that a name has twice */
    ++*count;
    return buffer_push(&p->sections[PREPARED_POSTINGS], &name, NULL, err);
}

static enum imjin_status write_tokens(struct indexing *x, struct error *err) {
    const struct token_row *rows = x->tokens.items;
    for (size_t i = 0; i < x->tokens.count;) {
        struct prepared_token t = {.token = rows[i].token, .posting_first = (uint32_t)x->p->sections[PREPARED_POSTINGS].count};
        for (size_t first = i; i < x->tokens.count && memcmp(&rows[i].token, &rows[first].token, sizeof t.token) == 0; i++)
            TRY(post(x->p, rows[i].name, t.posting_first, &t.postings, err));
        TRY(buffer_push(&x->p->sections[PREPARED_TOKENS], &t, NULL, err));
    }
    return IMJIN_OK;
}

static enum imjin_status write_keys(struct indexing *x, struct error *err) {
    const struct key_row *rows = x->keys.items;
    for (size_t i = 0; i < x->keys.count;) {
        struct prepared_key k = {.key = rows[i].key, .posting_first = (uint32_t)x->p->sections[PREPARED_POSTINGS].count};
        for (; i < x->keys.count && rows[i].key == k.key; i++)
            TRY(post(x->p, rows[i].name, k.posting_first, &k.postings, err));
        TRY(buffer_push(&x->p->sections[PREPARED_KEYS], &k, NULL, err));
    }
    return IMJIN_OK;
}

static enum imjin_status index_names(struct indexing *x, struct error *err) {
    uint32_t names = (uint32_t)x->p->sections[PREPARED_NAMES].count;
    for (uint32_t i = 0; i < names; i++) {
        TRY(add_name(x, i, err));
        if (i % 1024 == 0)
            TRY(progress_step(x->p->progress, "indexing the lists", "names", i, names, err));
    }
    if (x->tokens.count)
        qsort(x->tokens.items, x->tokens.count, sizeof(struct token_row), by_token);
    if (x->keys.count)
        qsort(x->keys.items, x->keys.count, sizeof(struct key_row), by_key);
    TRY(write_tokens(x, err));
    return write_keys(x, err);
}

enum imjin_status screen_index_prepare(struct preparing *p, struct error *err) {
    struct indexing x = {.p = p};
    x.keys = (struct buffer){.item_bytes = sizeof(struct key_row), .items_max = UINT32_MAX, .what = "keys of names"};
    x.tokens = (struct buffer){.item_bytes = sizeof(struct token_row), .items_max = UINT32_MAX, .what = "tokens of names"};
    enum imjin_status status = index_names(&x, err);
    buffer_done(&x.keys);
    buffer_done(&x.tokens);
    arena_done(&x.arena);
    return status;
}

/* ---- looking up ----
 * name_compare() gives 10 * N / (10 * M + f * O), where N sums weight * worth over the words with a partner on both sides, M
 * their weights, O the weights of the words without one, and f is OPEN_TENTHS or more. Weights of different words are W = M + O
 * at least, a worth is 1 at most, so M >= N and the score is at most 10 * N / (9 * W + N), which grows with N. N is at most
 * what is tallied here: each token of the query with its best partner in the name, and each partner with each of the query's.
 * Beside it stand what initials and one short word that differs may be worth, single words, and Korean names, which share a
 * key. */

enum {
    OPEN_TENTHS = 9,
    WORTH_MAX = 1000,
    WEIGHT_MAX = 100,
    LONE_WORDS = 1,
    LITTLE_WEIGHT = 30,
    SHORT_WORTH = 650,
    LIGHT_MOST = 80
};

/* A profile lets through what differs from it in no more bits than the longer word has letters. Numbers and scripts without
 * vowels have likenesses that no profile shows, and so have the words of one group (given names and their short forms). */
static bool is_beyond_profile(const struct name_token *t) { return (t->flags & (NAME_TOKEN_ABJAD | NAME_TOKEN_NUMBER)) != 0; }
static bool is_peculiar(const struct name_token *t) { return t->group != 0 || is_beyond_profile(t); }

enum imjin_status screen_index_open(struct screen_set *s, struct error *err) {
    uint64_t count = s->header.counts[PREPARED_TOKENS];
    s->profiles = memory_new(count + 1, sizeof *s->profiles);
    s->peculiar = memory_new(count + 1, sizeof *s->peculiar);
    if (s->profiles == NULL || s->peculiar == NULL)
        return fail_memory(err, "the index of names");
    for (uint64_t i = 0; i < count; i++) {
        s->profiles[i] = s->tokens[i].token.profile;
        if (is_peculiar(&s->tokens[i].token))
            s->peculiar[s->peculiar_count++] = (uint32_t)i;
    }
    return IMJIN_OK;
}

static enum imjin_status touch(struct screen_finder *f, uint32_t name, struct tally **ret, struct error *err) {
    struct tally *t = &f->tallies[name];
    if (t->round != f->round) {
        *t = (struct tally){.round = f->round, .token = UINT16_MAX};
        TRY(buffer_push(&f->touched, &name, NULL, err));
    }
    *ret = t;
    return IMJIN_OK;
}

/* Postings of a damaged file that passed its checksum: nothing is read outside it. */
static const uint32_t *postings_at(const struct screen_set *s, uint32_t first, uint32_t count) {
    uint64_t total = s->header.counts[PREPARED_POSTINGS];
    return first > total || count > total - first ? NULL : s->postings + first;
}

static enum imjin_status add_key(struct screen_finder *f, uint64_t key, struct error *err) {
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
    const uint32_t *names = postings_at(f->set, row->posting_first, row->postings);
    for (uint32_t i = 0; names && i < row->postings; i++) {
        struct tally *t;
        if (names[i] >= screen_set_names(f->set))
            continue;
        TRY(touch(f, names[i], &t, err));
        t->wanted = true;
    }
    return IMJIN_OK;
}

/* ---- words that are like a word ---- */

__attribute__((target("popcnt"))) static uint32_t scan_counting(uint32_t *ret, const uint64_t *profiles, uint32_t from,
                                                                uint32_t to, uint64_t profile, int most) {
    uint32_t count = 0;
    for (uint32_t i = from; i < to; i++) {
        ret[count] = i;
        count += __builtin_popcountll(profiles[i] ^ profile) <= most;
    }
    return count;
}
static uint32_t scan_portable(uint32_t *ret, const uint64_t *profiles, uint32_t from, uint32_t to, uint64_t profile, int most) {
    uint32_t count = 0;
    for (uint32_t i = from; i < to; i++) {
        ret[count] = i;
        count += __builtin_popcountll(profiles[i] ^ profile) <= most;
    }
    return count;
}

/* Where the tokens of this span and length, or behind them, begin. */
static uint32_t first_token(const struct screen_set *s, unsigned span, unsigned letters) {
    uint32_t low = 0, high = (uint32_t)s->header.counts[PREPARED_TOKENS];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct name_token *t = &s->tokens[middle].token;
        if (t->span < span || (t->span == span && t->count < letters))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum imjin_status try_token(struct screen_finder *f, const struct name_token *t, uint32_t number, struct error *err) {
    const struct name_token *other = &f->set->tokens[number].token;
    struct likeness like = {number, 0};
    if (other->count > NAME_TOKEN_LETTERS || (t->span > 1 && other->span > 1))
        return IMJIN_OK;
    like.score = name_token_compare(t, other);
    return like.score >= NAME_TOKEN_FLOOR ? buffer_push(&f->likes, &like, NULL, err) : IMJIN_OK;
}

static enum imjin_status find_in(struct screen_finder *f, const struct name_token *t, unsigned span, unsigned letters,
                                 struct error *err) {
    uint32_t from = first_token(f->set, span, letters), to = first_token(f->set, span, letters + 1);
    int most = (int)(letters > t->count ? letters : t->count);
    uint32_t found;
    TRY(buffer_reserve(&f->places, to - from + 1, err));
    uint32_t *places = f->places.items;
    if (__builtin_cpu_supports("popcnt"))
        found = scan_counting(places, f->set->profiles, from, to, t->profile, most);
    else
        found = scan_portable(places, f->set->profiles, from, to, t->profile, most);
    for (uint32_t i = 0; i < found; i++)
        if (!is_beyond_profile(&f->set->tokens[places[i]].token) &&
            name_token_bound(t, &f->set->tokens[places[i]].token) >= NAME_TOKEN_FLOOR)
            TRY(try_token(f, t, places[i], err));
    return IMJIN_OK;
}

/* Of the tokens that a profile may hide. Words of a group are met by their profile too, but for those that it hides. */
static enum imjin_status find_peculiar(struct screen_finder *f, const struct name_token *t, struct error *err) {
    for (uint32_t i = 0; i < f->set->peculiar_count; i++) {
        const struct name_token *other = &f->set->tokens[f->set->peculiar[i]].token;
        int differing = __builtin_popcountll(t->profile ^ other->profile);
        bool met = !is_beyond_profile(other) && differing <= (t->count > other->count ? t->count : other->count);
        bool hidden = is_beyond_profile(other) || (t->group && t->group == other->group);
        if (hidden && !met && name_token_bound(t, other) >= NAME_TOKEN_FLOOR)
            TRY(try_token(f, t, f->set->peculiar[i], err));
    }
    return IMJIN_OK;
}

static enum imjin_status find_likes(struct screen_finder *f, const struct name_token *t, struct error *err) {
    f->likes.count = 0;
    if (is_beyond_profile(t)) {
        for (uint32_t i = 0; i < f->set->header.counts[PREPARED_TOKENS]; i++)
            if (name_token_bound(t, &f->set->tokens[i].token) >= NAME_TOKEN_FLOOR)
                TRY(try_token(f, t, i, err));
        return IMJIN_OK;
    }
    for (unsigned span = 1; span <= (t->span > 1 ? 1 : 2); span++)
        for (unsigned letters = 1; letters <= NAME_TOKEN_LETTERS; letters++)
            TRY(find_in(f, t, span, letters, err));
    return find_peculiar(f, t, err);
}

/* The likes of a token, from memory where it came before. */
static enum imjin_status likes_of(struct screen_finder *f, const struct name_token *t, const struct likeness **ret,
                                  uint32_t *ret_count, struct error *err) {
    struct name_token key = bare(t);
    struct remembered *r = &f->memory[hash_bytes(&key, sizeof key, 2) % REMEMBERED];
    if (!r->used || memcmp(&r->token, &key, sizeof key) != 0) {
        TRY(find_likes(f, &key, err));
        struct likeness *items = memory_new(f->likes.count + 1, sizeof *items);
        if (items == NULL)
            return fail_memory(err, "a search");
        if (f->likes.count)
            memcpy(items, f->likes.items, f->likes.count * sizeof *items);
        memory_free(r->items);
        *r = (struct remembered){key, items, (uint32_t)f->likes.count, true};
    }
    *ret = r->items;
    *ret_count = r->count;
    return IMJIN_OK;
}

/* ---- tallies ---- */

static unsigned worth_of(uint16_t score) { return score; /* a word that differs is worth less than its score, never more */ }

static enum imjin_status tally_token(struct screen_finder *f, const struct name *query, uint16_t nth, bool lone,
                                     struct error *err) {
    const struct name_token *t = &query->tokens[nth];
    const struct likeness *likes;
    uint32_t count, names = screen_set_names(f->set);
    TRY(likes_of(f, t, &likes, &count, err));
    for (uint32_t i = 0; i < count; i++) {
        const struct prepared_token *row = &f->set->tokens[likes[i].token];
        const uint32_t *postings = postings_at(f->set, row->posting_first, row->postings);
        unsigned worth = worth_of(likes[i].score);
        for (uint32_t k = 0; postings && k < row->postings; k++) {
            struct tally *tally;
            if (postings[k] >= names)
                continue;
            TRY(touch(f, postings[k], &tally, err));
            unsigned counted = tally->token == nth ? tally->best : 0;
            if (worth > counted) {
                tally->value += t->weight * (worth - counted);
                tally->token = nth;
                tally->best = (uint16_t)worth;
            }
            tally->value += row->token.weight * worth;
            tally->wanted |= lone && likes[i].score == NAME_SCORE_MAX;
        }
    }
    return IMJIN_OK;
}

/* A query that may be one word with titles around it. */
static bool may_be_lone(const struct name *q) {
    unsigned heavy = 0, plain = 0, words = 0, first = 0;
    bool alike = true;
    for (unsigned i = 0; i < q->token_count; i++) {
        const struct name_token *t = &q->tokens[i];
        if (t->span != 1 || t->form != 0)
            continue;
        first = words++ ? first : t->weight;
        heavy += t->weight > LITTLE_WEIGHT;
        plain += t->class == 0;
        alike &= t->weight == first;
    }
    return heavy <= LONE_WORDS || (plain == 0 && alike) || q->form_count > 1;
}

static bool reaches(const struct screen_finder *f, uint32_t name, const struct name *query, unsigned weight,
                    uint16_t threshold) {
    const struct tally *t = &f->tallies[name];
    const struct prepared_name *row = &f->set->names[name];
    uint64_t value = t->value, all = (uint64_t)weight + row->weight;
    unsigned initials = initials_of(query);
    if (initials || row->initials)
        value += (uint64_t)2 * (initials + row->initials) * WEIGHT_MAX * WORTH_MAX;
    /* a short word that differs counts where all else that weighs something is equal */
    if (row->shorts && shorts_of(query) && value + (uint64_t)(2 * WEIGHT_MAX + LIGHT_MOST) * WORTH_MAX >= all * WORTH_MAX)
        value += (uint64_t)2 * WEIGHT_MAX * SHORT_WORTH;
    return t->wanted || 10 * value * NAME_SCORE_MAX >= threshold * (OPEN_TENTHS * all * WORTH_MAX + value);
}

enum imjin_status finder_candidates(struct screen_finder *f, const struct name *query, uint16_t threshold, struct error *err) {
    uint64_t keys[NAME_KEYS_MAX];
    if (++f->round == 0) {
        memset(f->tallies, 0, screen_set_names(f->set) * sizeof *f->tallies);
        f->round = 1;
    }
    f->touched.count = 0;
    unsigned count = name_keys(query, keys), weight = least_weight(query);
    bool lone = may_be_lone(query);
    for (unsigned i = 0; i < count; i++)
        TRY(add_key(f, keys[i], err));
    for (uint16_t i = 0; i < query->token_count; i++)
        TRY(tally_token(f, query, i, lone, err));
    for (size_t i = 0; i < f->touched.count; i++) {
        const uint32_t *name = (const uint32_t *)f->touched.items + i;
        if (reaches(f, *name, query, weight, threshold))
            TRY(buffer_push(&f->candidates, name, NULL, err));
    }
    return IMJIN_OK;
}
