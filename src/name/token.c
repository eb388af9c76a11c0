#include "name/inside.h"

/* Costs of edits in tenths of a letter. */
enum {
    COST_EDIT = 10,
    COST_SWAP = 7,
    COST_VOWEL = 5,
    COST_LIKE = 5,
    COST_DIGIT = 2,
    COST_DOUBLE = 3,
    COST_H = 5,
    COST_VOWEL_GONE = 7,
    COST_ALIF = 3,
    COST_LONG_LOST = 7
};
enum { VOWELLESS_LOST_MAX = 200, VOWELLESS_SHORT = 800, VOWELLESS_LONG = 900, CLASS_SHIFT = 36, CLASS_OF_W = 6 };
/* Letters written for one another. Vowels are class 1, h is class 0: neither leaves a trace in the profile. */
static const uint8_t classes[128] = {
    ['a'] = 1,  ['e'] = 1,  ['i'] = 1,  ['o'] = 1,  ['u'] = 1,  ['y'] = 1,  ['b'] = 2,  ['p'] = 2,  ['c'] = 3,
    ['k'] = 3,  ['q'] = 3,  ['g'] = 3,  ['d'] = 5,  ['t'] = 5,  ['f'] = 6,  ['v'] = 6,  ['w'] = 6,  ['j'] = 1,
    ['l'] = 8,  ['m'] = 9,  ['n'] = 10, ['r'] = 11, ['s'] = 12, ['z'] = 12, ['x'] = 12, ['0'] = 13, ['1'] = 14,
    ['2'] = 15, ['3'] = 16, ['4'] = 17, ['5'] = 18, ['6'] = 19, ['7'] = 20, ['8'] = 21, ['9'] = 22};

static char letter_of_digit(char c) {
    switch (c) {
    case '0':
        return 'o';
    case '1':
        return 'i';
    case '3':
        return 'e';
    case '4':
        return 'a';
    case '5':
        return 's';
    case '7':
        return 't';
    case '8':
        return 'b';
    case '9':
        return 'g';
    default:
        return 0;
    }
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Vowels, and letters that stand for long ones or come and go. */
static bool is_soft(char c) {
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'w' || c == 'y' || c == 'h' || c == 'j';
}

void token_set_letters(struct name_token *t, const char *letters, unsigned count, uint32_t hash) {
    t->count = (uint8_t)(count > NAME_TOKEN_LETTERS ? NAME_TOKEN_LETTERS : count);
    t->flags |= count > NAME_TOKEN_LETTERS ? NAME_TOKEN_CUT : 0;
    t->hash = hash;
    memcpy(t->letters, letters, t->count);
    t->profile = 0;
    t->consonants = t->cheap = 0;
    for (unsigned i = 0; i < t->count; i++) {
        char c = letters[i];
        t->consonants = (uint8_t)(t->consonants + !is_soft(c));
        char before = i ? letters[i - 1] : 0, after = i + 1 < t->count ? letters[i + 1] : 0;
        t->cheap = (uint8_t)(t->cheap + (c == 'h' || c == before || c == after || (c == 'k' && after == 'h')));
        char l = letter_of_digit(c) ? letter_of_digit(c) : c;
        unsigned class = classes[(uint8_t)l & 127];
        t->profile |= (uint64_t)1 << (is_digit(l) ? 26 + l - '0' : (l - 'a') & 31);
        if (class > 1)
            t->profile |= (uint64_t)1 << (CLASS_SHIFT + class);
    }
}

static unsigned cost_of_change(char a, char b) {
    if (a == b)
        return 0;
    if (is_digit(a) != is_digit(b)) {
        char d = is_digit(a) ? a : b, l = is_digit(a) ? b : a;
        return letter_of_digit(d) == l ? COST_DIGIT : d == '1' && l == 'l' ? COST_LIKE : COST_EDIT;
    }
    unsigned class = classes[(uint8_t)a & 127];
    if (class == 0 || class != classes[(uint8_t)b & 127])
        return COST_EDIT;
    return class == 1 ? COST_VOWEL : class == 3 && (a == 'g' || b == 'g') ? COST_EDIT - 2 : COST_LIKE;
}

/* Of leaving out `c`, which stands between `before` and `after`. */
static unsigned cost_of_loss(char c, char before, char after) {
    if (c == before || c == after)
        return COST_DOUBLE;
    if (c == 'h' || (c == 'k' && after == 'h'))
        return COST_H;
    return classes[(uint8_t)c & 127] == 1 ? COST_VOWEL_GONE : COST_EDIT;
}

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

static void losses(uint8_t ret[NAME_TOKEN_LETTERS], const struct name_token *t) {
    for (unsigned i = 0; i < t->count; i++)
        ret[i] = (uint8_t)cost_of_loss(t->letters[i], i ? t->letters[i - 1] : 0, i + 1 < t->count ? t->letters[i + 1] : 0);
}

/* Edit distance with swaps of neighbours, in three rows; something above `most` as soon as it is known to be. */
static unsigned distance(const struct name_token *a, const struct name_token *b, unsigned most) {
    uint16_t rows[3][NAME_TOKEN_LETTERS + 1];
    uint8_t lost_a[NAME_TOKEN_LETTERS], lost_b[NAME_TOKEN_LETTERS];
    unsigned last_least = 0;
    losses(lost_a, a);
    losses(lost_b, b);
    rows[0][0] = 0;
    for (unsigned j = 0; j < b->count; j++)
        rows[0][j + 1] = (uint16_t)(rows[0][j] + lost_b[j]);
    for (unsigned i = 0; i < a->count; i++) {
        uint16_t *now = rows[(i + 1) % 3];
        const uint16_t *last = rows[i % 3], *before = rows[(i + 2) % 3];
        unsigned row_least = now[0] = (uint16_t)(last[0] + lost_a[i]);
        for (unsigned j = 0; j < b->count; j++) {
            unsigned cost = last[j] + (a->letters[i] == b->letters[j] ? 0 : cost_of_change(a->letters[i], b->letters[j]));
            cost = least(cost, last[j + 1] + lost_a[i]);
            cost = least(cost, now[j] + lost_b[j]);
            if (i && j && a->letters[i] == b->letters[j - 1] && a->letters[i - 1] == b->letters[j])
                cost = least(cost, before[j - 1] + COST_SWAP);
            now[j + 1] = (uint16_t)cost;
            row_least = least(row_least, cost);
        }
        /* A swap looks two rows back. */
        if (row_least > most && last_least > most)
            return most + 1;
        last_least = row_least;
    }
    return rows[a->count % 3][b->count];
}

/* The least that turning one into the other costs, and the letters that it is a share of. A profile has a bit for each letter
 * and each class of letters. An edit costs at least a quarter of COST_EDIT for every bit that it sets or clears: a letter for
 * another of its class two bits, for one of another class four; a letter more or less at most two; doubled and swapped ones
 * none.
 */
static unsigned least_cost(const struct name_token *a, const struct name_token *b, unsigned *ret_letters) {
    unsigned longest = a->count > b->count ? a->count : b->count;
    unsigned shortest = a->count > b->count ? b->count : a->count;
    const struct name_token *longer = a->count > b->count ? a : b;
    uint64_t changed = a->profile ^ b->profile;
    unsigned cost = (unsigned)__builtin_popcountll(changed) * COST_EDIT / 4;
    /* A class comes or goes with half an edit, and so many letters of the longer word must go as it has more. */
    unsigned of_classes = (unsigned)__builtin_popcountll(changed >> CLASS_SHIFT) * COST_EDIT / 2;
    unsigned lost = longest - shortest, cheap = least(lost, longer->cheap);
    unsigned lengths = cheap * COST_DOUBLE + (lost - cheap) * COST_VOWEL_GONE;
    *ret_letters = longest;
    cost = cost > of_classes ? cost : of_classes;
    return cost > lengths ? cost : lengths;
}

/* The same for the consonants alone, which differ by class; "w" is none of them. */
static unsigned least_vowelless_cost(const struct name_token *a, const struct name_token *b, unsigned *ret_letters) {
    uint64_t changed = (a->profile ^ b->profile) >> CLASS_SHIFT & ~((uint64_t)1 << CLASS_OF_W);
    *ret_letters = a->consonants > b->consonants ? a->consonants : b->consonants;
    return (unsigned)__builtin_popcountll(changed) / 2 * COST_EDIT;
}

static bool within_reach(const struct name_token *a, const struct name_token *b) {
    unsigned letters;
    if (least_cost(a, b, &letters) * 100 <= letters * (NAME_SCORE_MAX - NAME_TOKEN_FLOOR))
        return true;
    return (a->flags | b->flags) & NAME_TOKEN_ABJAD &&
           least_vowelless_cost(a, b, &letters) * 100 <= letters * VOWELLESS_LOST_MAX;
}

static bool is_vowel(char c) { return classes[(uint8_t)c & 127] == 1; }

static bool is_plain_vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

/* What leaving out a letter costs in a word whose script leaves short vowels out: long ones (a, w, y) are written. The letter
 * ain is "e" here and heard as any vowel or none. */
static unsigned abjad_loss(char c, char before, bool foreign) {
    if (c == before)
        return foreign ? COST_LONG_LOST : 0;
    if (is_plain_vowel(c))
        return foreign && c != 'e' ? COST_ALIF : 0;
    return c == 'h' ? COST_ALIF : c == 'w' || c == 'y' ? COST_LONG_LOST : COST_EDIT;
}

/* Of writing `x`, of such a script, as `y`. */
static unsigned abjad_change(char x, char y) {
    if (x == y || (x == 'w' && (y == 'o' || y == 'u' || y == 'v')) || (x == 'y' && (y == 'i' || y == 'e' || y == 'j')) ||
        (x == 'e' && is_plain_vowel(y)) || (x == 'a' && y == 'e'))
        return 0;
    if (x == 'a' && is_plain_vowel(y))
        return COST_ALIF;
    if (is_plain_vowel(x) || is_plain_vowel(y))
        return COST_EDIT;
    unsigned cost = cost_of_change(x, y);
    return cost < COST_EDIT ? COST_ALIF : cost;
}

/* Edit distance between a word of a script without vowels and one in Latin letters. */
static unsigned abjad_distance(const struct name_token *x, const struct name_token *y) {
    uint16_t rows[2][NAME_TOKEN_LETTERS + 1];
    rows[0][0] = 0;
    for (unsigned j = 0; j < y->count; j++)
        rows[0][j + 1] = (uint16_t)(rows[0][j] + abjad_loss(y->letters[j], j ? y->letters[j - 1] : 0, false));
    for (unsigned i = 0; i < x->count; i++) {
        uint16_t *now = rows[(i + 1) % 2];
        const uint16_t *last = rows[i % 2];
        /* The last letter of feminine names is silent. */
        bool silent = x->letters[i] == 'h' && i + 1 == x->count && i;
        unsigned lost = silent ? 0 : abjad_loss(x->letters[i], i ? x->letters[i - 1] : 0, true);
        now[0] = (uint16_t)(last[0] + lost);
        for (unsigned j = 0; j < y->count; j++) {
            unsigned cost = least(last[j] + abjad_change(x->letters[i], y->letters[j]), last[j + 1] + lost);
            now[j + 1] = (uint16_t)least(cost, now[j] + abjad_loss(y->letters[j], j ? y->letters[j - 1] : 0, false));
        }
    }
    return rows[x->count % 2][y->count];
}

/* One of the two is written without vowels; where both are, long vowels are letters like others. */
static uint16_t compare_vowelless(const struct name_token *a, const struct name_token *b) {
    unsigned longest = a->consonants > b->consonants ? a->consonants : b->consonants;
    if (a->flags & b->flags & NAME_TOKEN_ABJAD || longest == 0 || is_vowel(a->letters[0]) != is_vowel(b->letters[0]))
        return 0;
    bool first = a->flags & NAME_TOKEN_ABJAD;
    unsigned lost = abjad_distance(first ? a : b, first ? b : a) * 100 / longest;
    if (lost > VOWELLESS_LOST_MAX)
        return 0;
    return (uint16_t)((longest < 3 ? VOWELLESS_SHORT : VOWELLESS_LONG) - lost);
}

uint16_t token_compare(const struct name_token *a, const struct name_token *b, enum token_rule *ret_rule) {
    *ret_rule = TOKEN_EQUAL;
    if (a->hash == b->hash && a->count == b->count && memcmp(a->letters, b->letters, a->count) == 0)
        return NAME_SCORE_MAX;
    if (a->flags & b->flags & NAME_TOKEN_NUMBER)
        return a->number == b->number ? NAME_SCORE_MAX : 0;
    *ret_rule = TOKEN_SAME_WORD;
    if (a->group && a->group == b->group && a->class == b->class)
        return 950;
    *ret_rule = TOKEN_DIFFERENT;
    if ((a->flags | b->flags) & (NAME_TOKEN_NUMBER | NAME_TOKEN_SYLLABLES) || !within_reach(a, b))
        return 0;
    unsigned longest = a->count > b->count ? a->count : b->count;
    unsigned most = longest * (NAME_SCORE_MAX - NAME_TOKEN_FLOOR) / 100;
    unsigned cost = distance(a, b, most) * 100 / longest;
    uint16_t score = longest <= 2 || cost >= NAME_SCORE_MAX ? 0 : (uint16_t)(NAME_SCORE_MAX - cost);
    *ret_rule = TOKEN_SPELLING;
    if ((a->flags | b->flags) & NAME_TOKEN_ABJAD && score < 900) {
        uint16_t other = compare_vowelless(a, b);
        if (other > score) {
            *ret_rule = TOKEN_VOWELS;
            score = other;
        }
    }
    return score < NAME_TOKEN_FLOOR ? 0 : score;
}

bool token_one_letter(const struct name_token *a, const struct name_token *b) {
    unsigned longest = a->count > b->count ? a->count : b->count, shortest = a->count > b->count ? b->count : a->count;
    if ((a->flags | b->flags) & (NAME_TOKEN_NUMBER | NAME_TOKEN_SYLLABLES) || longest > 4 || longest < 3 || shortest < 2)
        return false;
    return distance(a, b, COST_EDIT) <= COST_EDIT;
}

uint16_t name_token_compare(const struct name_token *a, const struct name_token *b) {
    enum token_rule rule;
    return token_compare(a, b, &rule);
}

static uint16_t bound(unsigned cost, unsigned letters) {
    return (uint16_t)(cost >= letters * COST_EDIT ? 0 : NAME_SCORE_MAX - cost * 100 / letters);
}

uint16_t name_token_bound(const struct name_token *a, const struct name_token *b) {
    unsigned letters;
    if (a->flags & b->flags & NAME_TOKEN_NUMBER || (a->group && a->group == b->group) || a->hash == b->hash)
        return NAME_SCORE_MAX;
    unsigned cost = least_cost(a, b, &letters);
    uint16_t plain = bound(cost, letters);
    if (!((a->flags | b->flags) & NAME_TOKEN_ABJAD))
        return plain;
    cost = least_vowelless_cost(a, b, &letters);
    uint16_t other = bound(cost, letters);
    return plain > other ? plain : other;
}
