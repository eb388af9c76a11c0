#include "name/inside.h"

/* Costs of edits in tenths of a letter. */
enum {
    COST_EDIT = 10,
    COST_SWAP = 7,
    COST_LIKE = 5, /* also of a vowel for a vowel */
    COST_DIGIT = 2,
    COST_DOUBLE = 3,
    COST_H = 5,
    COST_VOWEL_GONE = 7,
    COST_ALIF = 3,
    COST_LONG_LOST = 7
};
enum {
    VOWELLESS_LOST_MAX = 200,
    CUT_MOST = 900,
    VOWELLESS_SHORT = 800,
    VOWELLESS_LONG = 900,
    CLASS_SHIFT = 36,
    CLASS_OF_W = 6,
    CLASS_OF_L = 8
};
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

static unsigned cost_of_digit(char a, char b) {
    return letter_of_digit(is_digit(a) ? a : b) == (is_digit(a) ? b : a) ? COST_DIGIT : COST_EDIT;
}

static inline unsigned cost_of_change(char a, char b) {
    unsigned class = classes[(uint8_t)a & 127];
    if (a == b)
        return 0;
    if (class == classes[(uint8_t)b & 127])
        return class == 0 ? COST_EDIT : class == 3 && (a == 'g' || b == 'g') ? COST_EDIT - 2 : COST_LIKE;
    return is_digit(a) != is_digit(b) ? cost_of_digit(a, b) : COST_EDIT;
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
static int least_of(int a, int b) { return a < b ? a : b; }

static unsigned loss_at(const struct name_token *t, unsigned i) {
    return cost_of_loss(t->letters[i], i ? t->letters[i - 1] : 0, i + 1 < t->count ? t->letters[i + 1] : 0);
}

enum { OUT_OF_REACH = 200, NONE_IN_REACH = -2 };
/* The cells of a row that are in reach. */
struct reach {
    int first, last;
};

/* One row of the edit distance; cells above `most` are OUT_OF_REACH and are not looked at again. */
static struct reach next_row(uint8_t *now, const uint8_t *last, const uint8_t *before, struct reach r1, struct reach r2,
                             const struct name_token *a, unsigned i, const struct name_token *b, unsigned most) {
    const char *x = a->letters + i, *y = b->letters;
    int first = least_of(r1.first, r2.first + 2), end = r2.last + 2 > r1.last + 1 ? r2.last + 2 : r1.last + 1;
    struct reach ret = {NAME_TOKEN_LETTERS, NONE_IN_REACH};
    unsigned lost = loss_at(a, i), left = OUT_OF_REACH;
    memset(now, OUT_OF_REACH, NAME_TOKEN_LETTERS + 1);
    for (int j = first; j <= b->count; j++) {
        unsigned cost = last[j] + lost;
        if (j > 0 && last[j - 1] <= most)
            cost = least(cost, last[j - 1] + cost_of_change(*x, y[j - 1]));
        if (left + COST_DOUBLE <= most)
            cost = least(cost, left + loss_at(b, (unsigned)j - 1));
        if (i && j > 1 && *x == y[j - 2] && x[-1] == y[j - 1])
            cost = least(cost, before[j - 2] + COST_SWAP);
        left = OUT_OF_REACH;
        if (cost <= most) {
            left = now[j] = (uint8_t)cost;
            ret.first = least_of(ret.first, j);
            ret.last = j;
        } else if (j >= end) {
            break;
        }
    }
    return ret;
}

/* Edit distance with swaps of neighbours, in three rows of which only what is in reach is computed; something above `most` when
 * it is more than that. */
static unsigned distance(const struct name_token *a, const struct name_token *b, unsigned most) {
    uint8_t rows[3][NAME_TOKEN_LETTERS + 1];
    struct reach last = {0, 0}, before = {NAME_TOKEN_LETTERS, NONE_IN_REACH};
    most = least(most, OUT_OF_REACH - 1);
    memset(rows[0], OUT_OF_REACH, sizeof rows[0]);
    memset(rows[2], OUT_OF_REACH, sizeof rows[2]);
    rows[0][0] = 0;
    for (unsigned j = 0; j < b->count && rows[0][j] + loss_at(b, j) <= most; j++) {
        rows[0][j + 1] = (uint8_t)(rows[0][j] + loss_at(b, j));
        last.last = (int)j + 1;
    }
    for (unsigned i = 0; i < a->count; i++) {
        struct reach now = next_row(rows[(i + 1) % 3], rows[i % 3], rows[(i + 2) % 3], last, before, a, i, b, most);
        if (now.last < 0 && last.last < 0)
            return most + 1; /* a swap looks two rows back */
        before = last;
        last = now;
    }
    return rows[a->count % 3][b->count];
}

struct bits {
    unsigned all, classes;
};
/* Bits of a profile and of the classes in it, without an instruction that not every processor has. */
static inline struct bits count_bits(uint64_t x) {
    const uint64_t pairs = 0x5555555555555555u, nibbles = 0x3333333333333333u, bytes = 0x0f0f0f0f0f0f0f0fu,
                   ones = 0x0101010101010101u;
    x -= x >> 1 & pairs;
    x = (x & nibbles) + (x >> 2 & nibbles);
    uint64_t upper = x >> CLASS_SHIFT;
    return (struct bits){(unsigned)(((x + (x >> 4)) & bytes) * ones >> 56),
                         (unsigned)(((upper + (upper >> 4)) & bytes) * ones >> 56)};
}
_Static_assert(CLASS_SHIFT % 4 == 0, "classes begin with a nibble");

/* The least that turning one into the other costs, and the letters that it is a share of. A profile has a bit for each letter
 * and each class of letters. A letter for another of its class costs 5 and changes a bit on both sides; for one of another
 * class 10, and a class on both sides too; a letter lost 5, and with its class 10, but for a "k" before "h", which takes its
 * class with it for 5, and doubled letters, of which both are lost for 6. So many letters of the longer word must go as it has
 * more. */
static unsigned least_cost(const struct name_token *a, const struct name_token *b, unsigned *ret_letters) {
    const uint64_t k_and_h = 1 << 10 | 1 << 7;
    const struct name_token *longer = a->count > b->count ? a : b, *shorter = a->count > b->count ? b : a;
    struct bits gone = count_bits(a->profile & ~b->profile), come = count_bits(b->profile & ~a->profile);
    unsigned letters = gone.all - gone.classes > come.all - come.classes ? gone.all - gone.classes : come.all - come.classes;
    unsigned of_classes = gone.classes > come.classes ? gone.classes : come.classes;
    bool kh = (a->profile & k_and_h) == k_and_h || (b->profile & k_and_h) == k_and_h;
    unsigned slack = COST_H * kh + 2u * (a->cheap + b->cheap), cost = COST_LIKE * (letters + of_classes);
    unsigned lost = longer->count - shorter->count, cheap = least(lost, longer->cheap);
    unsigned lengths = cheap * COST_DOUBLE + (lost - cheap) * COST_VOWEL_GONE;
    unsigned loose = (gone.all + come.all) * COST_EDIT / 4, loose_classes = (gone.classes + come.classes) * COST_EDIT / 2;
    cost = cost > slack ? cost - slack : 0;
    cost = cost > lengths ? cost : lengths;
    cost = cost > loose ? cost : loose;
    *ret_letters = longer->count;
    return cost > loose_classes ? cost : loose_classes;
}

/* The same for the consonants alone, which differ by class; "w" is none of them. */
static unsigned least_vowelless_cost(const struct name_token *a, const struct name_token *b, unsigned *ret_letters) {
    uint64_t changed = (a->profile ^ b->profile) >> CLASS_SHIFT & ~((uint64_t)1 << CLASS_OF_W);
    *ret_letters = a->consonants > b->consonants ? a->consonants : b->consonants;
    return count_bits(changed).all / 2 * COST_EDIT;
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
    bool sounds_k = classes[(uint8_t)x & 127] == 3 && x != 'g' && y != 'g';
    return cost >= COST_EDIT ? cost : sounds_k ? 1 : COST_ALIF;
}

/* Edit distance between a word of a script without vowels and one in Latin letters; something above `most` when it is more. */
static unsigned abjad_distance(const struct name_token *x, const struct name_token *y, unsigned most) {
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
        unsigned row_least = now[0] = (uint16_t)(last[0] + lost);
        for (unsigned j = 0; j < y->count; j++) {
            unsigned cost = least(last[j] + abjad_change(x->letters[i], y->letters[j]), last[j + 1] + lost);
            cost = least(cost, now[j] + abjad_loss(y->letters[j], j ? y->letters[j - 1] : 0, false));
            now[j + 1] = (uint16_t)cost;
            row_least = least(row_least, cost);
        }
        if (row_least > most)
            return row_least;
    }
    return rows[x->count % 2][y->count];
}

/* One of the two is written without vowels; where both are, long vowels are letters like others. */
static uint16_t compare_vowelless(const struct name_token *a, const struct name_token *b) {
    unsigned longest = a->consonants > b->consonants ? a->consonants : b->consonants;
    if (a->flags & b->flags & NAME_TOKEN_ABJAD || longest == 0 || is_vowel(a->letters[0]) != is_vowel(b->letters[0]))
        return 0;
    bool first = a->flags & NAME_TOKEN_ABJAD;
    unsigned most = longest * VOWELLESS_LOST_MAX / 100;
    unsigned lost = abjad_distance(first ? a : b, first ? b : a, most) * 100 / longest;
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
    if (longest == 0)
        return 0;
    unsigned cost = distance(a, b, most) * 100 / longest;
    uint16_t score = longest <= 2 || cost >= NAME_SCORE_MAX ? 0 : (uint16_t)(NAME_SCORE_MAX - cost);
    if ((a->flags | b->flags) & NAME_TOKEN_CUT && score > CUT_MOST)
        score = CUT_MOST; /* what is behind the letters kept differs */
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

/* ---- for many.c ---- */

unsigned token_cost_of_change(char a, char b) { return cost_of_change(a, b); }
unsigned token_cost_of_loss(char c, char before, char behind) { return cost_of_loss(c, before, behind); }
unsigned token_cost_of_swap(void) { return COST_SWAP; }
unsigned token_cost_of_cheap(void) { return COST_DOUBLE; }
unsigned token_cost_of_other(void) { return COST_VOWEL_GONE; }
unsigned token_vowelless_change(char foreign, char other) { return abjad_change(foreign, other); }
unsigned token_vowelless_loss(char c, char before, bool foreign) { return abjad_loss(c, before, foreign); }
unsigned token_vowelless_score(unsigned cost, unsigned consonants) {
    unsigned lost = consonants ? cost * 100 / consonants : NAME_SCORE_MAX;
    return lost > VOWELLESS_LOST_MAX ? 0 : (consonants < 3 ? VOWELLESS_SHORT : VOWELLESS_LONG) - lost;
}
unsigned token_class(char c) { return classes[(uint8_t)(letter_of_digit(c) ? letter_of_digit(c) : c) & 127]; }
bool token_is_consonant(char c) { return !is_soft(c); }
bool token_is_vowel(char c) { return is_vowel(c); }

_Static_assert((int)CLASS_SHIFT == (int)TOKEN_CLASS_SHIFT && (int)CLASS_OF_W == (int)TOKEN_CLASS_W, "many.c reads profiles");
