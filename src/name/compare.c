#include "name/inside.h"

/* How a pair of words is chosen and what it is worth. */
enum {
    MISSING = NAME_OPEN_TENTHS,
    CONFLICT = NAME_CONFLICT_TENTHS, /* tenths: words without partner on one side, on both */
    INITIAL_SCORE = 800,
    SURE = 900,
    SHORT_SCORE = 650, /* one letter of three */
    LONE_WORD_LETTERS = NAME_LONE_LETTERS,
    LONE_WORD_SCORE = 715, /* one word that is one of several */
    NUMBERS_DIFFER = 550,
    PINYIN_PARTLY = 650,
    ONE_WORD_LISTED = 690,                /* a listed name of one word in a longer query */
    OTHER_KIND = NAME_OTHER_KIND_TENTHS,  /* tenths that are left of a score */
    DOUBTS = 11,                          /* tenths: words without partner beside another that is only alike */
    JOINED_MIN = NAME_JOINED_FLOOR,       /* a short joined word is to be nearly the other */
    JOINED_LETTERS = NAME_JOINED_LETTERS, /* of a short one */
    JOINED_CONSONANTS = 3,
    INITIAL_LOOSE = 400, /* an initial for one of several words that it may stand for */
    HEAVY = 30,          /* a word above this weight says something by itself */
};
enum { PAIRS_MAX = NAME_WORDS_MAX * NAME_WORDS_MAX }; /* a name without joined words has most */

/* What an index was told in name.h. */
_Static_assert(10 * (NAME_SCORE_MAX - NAME_INITIAL_WORTH) <= 15 * (NAME_SCORE_MAX - INITIAL_SCORE), "initials");
_Static_assert(10 * (NAME_SCORE_MAX - NAME_SHORT_WORTH) <= 15 * (NAME_SCORE_MAX - SHORT_SCORE), "short words");
_Static_assert((int)DOUBTS >= (int)NAME_OPEN_TENTHS && (int)CONFLICT >= (int)NAME_OPEN_TENTHS, "open words");

struct pair {
    uint8_t a, b, rule;
    uint16_t score, weight;
};
struct side {
    const struct name *name;
    const struct name_form *form;
    const struct name_token *tokens;
    uint64_t used; /* words that have a partner */
};
struct matching {
    struct side a, b;
    struct pair pairs[PAIRS_MAX];
    unsigned pair_count;
    struct pair chosen[NAME_WORDS_MAX];
    unsigned chosen_count;
};

static uint64_t words_of(const struct name_token *t) { return (((uint64_t)1 << t->span) - 1) << t->first; }

/* A short word of two must be nearly the other, or any two that are near in sound would be one. */
static bool holds_joined(const struct name_token *x, const struct name_token *y, uint16_t score, enum token_rule rule) {
    unsigned longest = x->count > y->count ? x->count : y->count,
             most = x->consonants > y->consonants ? x->consonants : y->consonants;
    return score >= JOINED_MIN || (rule == TOKEN_VOWELS ? most > JOINED_CONSONANTS : longest > JOINED_LETTERS);
}

static void find_pairs(struct matching *m) {
    m->pair_count = 0;
    for (unsigned i = 0; i < m->a.form->tokens; i++) {
        const struct name_token *x = &m->a.tokens[i];
        for (unsigned j = 0; j < m->b.form->tokens && m->pair_count < PAIRS_MAX; j++) {
            const struct name_token *y = &m->b.tokens[j];
            enum token_rule rule;
            if (x->span > 1 && y->span > 1)
                continue;
            uint16_t score = token_compare(x, y, &rule);
            if (score && (x->span + y->span == 2 || holds_joined(x, y, score, rule)))
                m->pairs[m->pair_count++] =
                    (struct pair){(uint8_t)i, (uint8_t)j, (uint8_t)rule, score, (uint16_t)(x->weight + y->weight)};
        }
    }
}

static bool better(const struct pair *x, const struct pair *y) {
    return x->score != y->score ? x->score > y->score : x->weight > y->weight;
}

/* The best pair first, and so on; equal ones in their order. */
static void choose_pairs(struct matching *m) {
    m->chosen_count = 0;
    for (;;) {
        const struct pair *best = NULL;
        for (unsigned i = 0; i < m->pair_count; i++) {
            const struct pair *p = &m->pairs[i];
            if (words_of(&m->a.tokens[p->a]) & m->a.used || words_of(&m->b.tokens[p->b]) & m->b.used)
                continue;
            if (best == NULL || better(p, best))
                best = p;
        }
        if (best == NULL || m->chosen_count == NAME_WORDS_MAX)
            return;
        m->a.used |= words_of(&m->a.tokens[best->a]);
        m->b.used |= words_of(&m->b.tokens[best->b]);
        m->chosen[m->chosen_count++] = *best;
    }
}

static bool is_open(const struct side *s, unsigned word) { return !(s->used >> word & 1); }

/* Two words of three letters are left over, all else is equal, and one letter differs. */
static void choose_short(struct matching *m) {
    int x = -1, y = -1;
    for (unsigned i = 0; i < m->chosen_count; i++)
        if (m->chosen[i].score != NAME_SCORE_MAX)
            return;
    for (unsigned i = 0; i < m->a.form->words; i++)
        if (is_open(&m->a, i) && m->a.tokens[i].weight > 30)
            x = x == -1 ? (int)i : -2;
    for (unsigned i = 0; i < m->b.form->words; i++)
        if (is_open(&m->b, i) && m->b.tokens[i].weight > 30)
            y = y == -1 ? (int)i : -2;
    if (x < 0 || y < 0 || m->chosen_count == NAME_WORDS_MAX)
        return;
    const struct name_token *s = &m->a.tokens[x], *t = &m->b.tokens[y];
    if (!token_one_letter(s, t))
        return;
    m->a.used |= (uint64_t)1 << x;
    m->b.used |= (uint64_t)1 << y;
    m->chosen[m->chosen_count++] =
        (struct pair){(uint8_t)x, (uint8_t)y, TOKEN_SPELLING, SHORT_SCORE, (uint16_t)(s->weight + t->weight)};
}

static bool is_light(const struct name_token *t) { return t->class && t->class != WORD_GIVEN && t->class != WORD_SYMBOL; }

/* Words said twice count once. */
static bool is_repeated(const struct side *s, unsigned word) {
    for (unsigned i = 0; i < s->form->words; i++)
        if (i != word && !is_open(s, i) && s->tokens[i].hash == s->tokens[word].hash)
            return true;
    return false;
}

static unsigned open_weight(const struct side *s) {
    unsigned weight = 0;
    for (unsigned i = 0; i < s->form->words; i++)
        weight += is_open(s, i) && !is_repeated(s, i) ? s->tokens[i].weight : 0;
    return weight;
}

/* An initial adds to a word that is sure, or to two. */
static bool may_add_initials(const struct matching *m) {
    unsigned heavy = 0;
    for (unsigned i = 0; i < m->chosen_count; i++)
        heavy += (m->chosen[i].weight > 2 * HEAVY) + (m->chosen[i].score >= SURE && m->chosen[i].weight > 2 * HEAVY);
    return heavy >= 2;
}

static bool fits_initial(const struct matching *m, unsigned i, unsigned j) {
    const struct name_token *x = &m->a.tokens[i], *y = &m->b.tokens[j];
    bool one = (x->flags ^ y->flags) & NAME_TOKEN_INITIAL;
    return one && is_open(&m->a, i) && is_open(&m->b, j) && x->letters[0] == y->letters[0] && !is_light(x) && !is_light(y) &&
           !((x->flags | y->flags) & NAME_TOKEN_NUMBER) && m->chosen_count < NAME_WORDS_MAX;
}

/* An initial with the first word it may stand for. */
static void choose_initials(struct matching *m) {
    unsigned first = m->chosen_count;
    bool full_a = false, full_b = false;
    if (!may_add_initials(m))
        return;
    for (unsigned i = 0; i < m->a.form->words; i++) {
        for (unsigned j = 0; j < m->b.form->words; j++) {
            if (!fits_initial(m, i, j))
                continue;
            const struct name_token *x = &m->a.tokens[i], *y = &m->b.tokens[j];
            (x->flags & NAME_TOKEN_INITIAL ? &full_b : &full_a)[0] = true;
            m->a.used |= (uint64_t)1 << i;
            m->b.used |= (uint64_t)1 << j;
            m->chosen[m->chosen_count++] =
                (struct pair){(uint8_t)i, (uint8_t)j, TOKEN_INITIAL, INITIAL_SCORE, (uint16_t)(x->weight + y->weight)};
        }
    }
    bool loose = (full_a && open_weight(&m->a) > HEAVY) || (full_b && open_weight(&m->b) > HEAVY);
    for (unsigned i = first; loose && i < m->chosen_count; i++)
        m->chosen[i].score = INITIAL_LOOSE;
}

static bool numbers_agree(const struct matching *m) {
    for (unsigned i = 0; i < m->a.form->words; i++)
        for (unsigned j = 0; j < m->b.form->words; j++)
            if (m->a.tokens[i].flags & m->b.tokens[j].flags & NAME_TOKEN_NUMBER && is_open(&m->a, i) && is_open(&m->b, j))
                return false;
    return true;
}

static unsigned worth(const struct pair *p) { return name_pair_worth(p->score); }

/* Two words at most have a partner, and one of them is not sure. */
static bool is_doubtful(const struct matching *m) {
    unsigned heavy = 0, alike = 0;
    for (unsigned i = 0; i < m->chosen_count; i++) {
        const struct pair *p = &m->chosen[i];
        heavy += p->weight > 2 * HEAVY;
        alike += p->weight > 2 * HEAVY && p->score < NAME_SCORE_MAX && p->rule != TOKEN_SAME_WORD;
    }
    return alike && heavy <= 2;
}

/* Total weight of everything: what all parts' shares are of. */
static unsigned total_weight(const struct matching *m, unsigned *ret_factor) {
    unsigned a = open_weight(&m->a), b = open_weight(&m->b), pairs = 0;
    for (unsigned i = 0; i < m->chosen_count; i++)
        pairs += m->chosen[i].weight;
    /* Little words left over on one side do not make a conflict. */
    *ret_factor = a > NAME_CONFLICT_WEIGHT && b > NAME_CONFLICT_WEIGHT ? CONFLICT
                  : a + b > HEAVY && is_doubtful(m)                    ? DOUBTS
                                                                       : MISSING;
    return 10 * pairs + *ret_factor * (a + b);
}

/* Many characters share a syllable of pinyin: some that are equal say little where others are missing. */
static bool only_pinyin(const struct matching *m) {
    for (unsigned i = 0; i < m->chosen_count; i++)
        if (!((m->a.tokens[m->chosen[i].a].flags | m->b.tokens[m->chosen[i].b].flags) & NAME_TOKEN_SYLLABLES))
            return false;
    return m->chosen_count > 0;
}

static unsigned score_of(const struct matching *m) {
    unsigned factor, total = total_weight(m, &factor), sum = 0;
    for (unsigned i = 0; i < m->chosen_count; i++)
        sum += m->chosen[i].weight * worth(&m->chosen[i]) / 100;
    unsigned score = total ? (unsigned)((uint64_t)sum * 1000 * 1000 / 1000 / total) : 0;
    if (!numbers_agree(m) && score > NUMBERS_DIFFER)
        score = NUMBERS_DIFFER;
    if (only_pinyin(m) && (open_weight(&m->a) > 30 || open_weight(&m->b) > 30) && score > PINYIN_PARTLY)
        score = PINYIN_PARTLY;
    if (m->b.form->words == 1 && open_weight(&m->a) > 30 && score > ONE_WORD_LISTED)
        score = ONE_WORD_LISTED;
    return score > NAME_SCORE_MAX ? NAME_SCORE_MAX : score;
}

/* A query of one word that is one of the candidate's: a surname alone, as people type it. */
static bool is_lone_word(const struct matching *m) {
    unsigned words = 0;
    for (unsigned i = 0; i < m->a.form->words; i++)
        words += m->a.tokens[i].class != WORD_TITLE && m->a.tokens[i].class != WORD_LEGAL;
    if (words != 1 || m->chosen_count == 0 || m->b.form->words > 4 || open_weight(&m->a) > 30)
        return false;
    const struct name_token *x = &m->a.tokens[m->chosen[0].a];
    return m->chosen[0].score == NAME_SCORE_MAX && x->count >= LONE_WORD_LETTERS && !(x->flags & NAME_TOKEN_COMMON);
}

static const char *rule_name(enum token_rule rule) {
    static const char *const names[] = {[TOKEN_EQUAL] = "equal",
                                        [TOKEN_SAME_WORD] = "same word",
                                        [TOKEN_SPELLING] = "spelling",
                                        [TOKEN_VOWELS] = "written without vowels",
                                        [TOKEN_INITIAL] = "initial"};
    return names[rule];
}

static struct span text_of(const struct side *s, const struct name_token *t) {
    return (struct span){name_text(s->name).bytes + t->text_at, t->text_count};
}

static void add_part(struct name_score *ret, struct span query, struct span candidate, unsigned score, unsigned weight,
                     const char *rule) {
    if (ret->part_count < NAME_PARTS_MAX)
        ret->parts[ret->part_count++] = (struct name_part){query, candidate, (uint16_t)score, (uint16_t)weight, rule};
}

static void add_open(struct name_score *ret, const struct side *s, bool query, unsigned factor, unsigned total) {
    for (unsigned i = 0; i < s->form->words; i++) {
        if (!is_open(s, i))
            continue;
        unsigned weight = is_repeated(s, i) ? 0 : s->tokens[i].weight * factor * NAME_SCORE_MAX / total;
        struct span text = text_of(s, &s->tokens[i]), none = {NULL, 0};
        add_part(ret, query ? text : none, query ? none : text, 0, weight, query ? "extra" : "missing");
    }
}

static void explain(struct name_score *ret, const struct matching *m) {
    unsigned factor, total = total_weight(m, &factor);
    ret->part_count = 0;
    if (total == 0)
        return;
    for (unsigned i = 0; i < m->chosen_count; i++) {
        const struct pair *p = &m->chosen[i];
        add_part(ret, text_of(&m->a, &m->a.tokens[p->a]), text_of(&m->b, &m->b.tokens[p->b]), p->score,
                 10 * p->weight * NAME_SCORE_MAX / total, rule_name(p->rule));
    }
    add_open(ret, &m->a, true, factor, total);
    add_open(ret, &m->b, false, factor, total);
}

/* A person against something else. */
static bool kinds_differ(const struct name *a, const struct name *b) {
    return a->kind != NAME_ANY && b->kind != NAME_ANY && (a->kind == NAME_PERSON) != (b->kind == NAME_PERSON);
}

static void compare_forms(struct name_score *ret, struct matching *m, const struct name *q, unsigned i, const struct name *c,
                          unsigned j, bool explained) {
    uint16_t korean;
    bool different;
    m->a = (struct side){q, &q->forms[i], q->tokens + q->forms[i].first_token, 0};
    m->b = (struct side){c, &c->forms[j], c->tokens + c->forms[j].first_token, 0};
    m->chosen_count = 0;
    ret->score = ret->part_count = 0;
    find_pairs(m);
    if (m->pair_count) {
        choose_pairs(m);
        choose_initials(m);
        choose_short(m);
        ret->score = (uint16_t)score_of(m);
    }
    if (is_lone_word(m) && ret->score < LONE_WORD_SCORE)
        ret->score = LONE_WORD_SCORE;
    if (kinds_differ(q, c))
        ret->score = (uint16_t)(ret->score * OTHER_KIND / 10);
    bool read = korean_compare(q, i, c, j, &korean, &different);
    bool decided = read && ret->score < NAME_SCORE_MAX && (different || korean > ret->score);
    if (decided && (!different || korean < ret->score))
        ret->score = korean;
    else
        decided = false;
    if (!explained)
        return;
    if (decided) {
        ret->part_count = 0;
        add_part(ret, name_text(q), name_text(c), korean, NAME_SCORE_MAX,
                 different ? "korean syllable differs" : "korean reading");
    } else {
        explain(ret, m);
    }
}

uint16_t name_compare(const struct name *q, const struct name *c, struct name_score *ret_parts) {
    struct matching m;
    struct name_score now;
    uint16_t best = 0;
    if (ret_parts)
        ret_parts->score = ret_parts->part_count = 0;
    for (unsigned i = 0; i < q->form_count; i++) {
        for (unsigned j = 0; j < c->form_count; j++) {
            compare_forms(&now, &m, q, i, c, j, ret_parts != NULL);
            if (ret_parts && (now.score > best || (i == 0 && j == 0)))
                *ret_parts = now;
            best = now.score > best ? now.score : best;
        }
    }
    return best;
}
