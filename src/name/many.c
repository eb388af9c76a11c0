#include "name/inside.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* One word against NAME_LANES words of one length at once: the rows of the edit distances of token.c side by side, a byte each.
 * What an edit costs is asked of token.c when the tables of a word are made, so that there is one place that knows. */

enum {
    LETTERS = 36,
    DIGIT_CODES = 26,
    NO_LETTER = 0xff,
    MOST_CONSONANTS = 31,
    CHEAP_COUNT = NAME_COUNTS - 1,
    AHEAD = 16 /* words that are asked of memory early */,
    EDIT_LOSS = 1000 /* of a letter, divided by the consonants */
};
_Static_assert(NAME_LANES == 32, "a row is two or one vector of the machine");
_Static_assert((int)LETTERS <= (int)NAME_LETTER_CODES, "a cost for each letter");

static const uint64_t profile_mask = ((uint64_t)1 << TOKEN_PROFILE_BITS) - 1;

static const uint64_t consonant_classes = ((uint64_t)1 << TOKEN_PROFILE_BITS) - ((uint64_t)1 << TOKEN_CLASS_SHIFT) -
                                          ((uint64_t)1 << (TOKEN_CLASS_SHIFT + TOKEN_CLASS_W));

#define LETTER(c) ((uint64_t)1 << ((c) - 'a'))
static const uint64_t soft_letters =
    LETTER('a') | LETTER('e') | LETTER('i') | LETTER('o') | LETTER('u') | LETTER('y') | LETTER('j') | LETTER('h');

static uint8_t code_of(char c) { return (uint8_t)(c >= '0' && c <= '9' ? DIGIT_CODES + c - '0' : (c - 'a') & 31); }
static char letter_of(unsigned code) {
    return (char)(code < DIGIT_CODES ? 'a' + (char)code : '0' + (char)(code - DIGIT_CODES));
}

static void make_spelling(struct name_costs *c, const struct name_token *t) {
    c->swap = (uint8_t)token_cost_of_swap();
    c->silent = NO_LETTER;
    c->doubled_ahead = true;
    for (unsigned i = 0; i < t->count; i++) {
        char behind = i + 1 < t->count ? t->letters[i + 1] : 0;
        c->lost[i] = (uint8_t)token_cost_of_loss(t->letters[i], i ? t->letters[i - 1] : 0, behind);
        for (unsigned k = 0; k < LETTERS; k++)
            c->change[i][k] = (uint8_t)token_cost_of_change(t->letters[i], letter_of(k));
    }
    for (unsigned k = 0; k < LETTERS; k++) {
        c->loss[k] = (uint8_t)token_cost_of_loss(letter_of(k), 0, 0);
        c->loss_doubled[k] = (uint8_t)token_cost_of_loss(letter_of(k), letter_of(k), 0);
        c->loss_before_h[k] = (uint8_t)token_cost_of_loss(letter_of(k), 0, 'h');
    }
}

static void make_vowelless(struct name_costs *c, const struct name_token *t) {
    bool foreign = t->flags & NAME_TOKEN_ABJAD;
    c->swap = NO_LETTER;
    c->silent = foreign ? NO_LETTER : code_of('h');
    c->doubled_ahead = false;
    for (unsigned i = 0; i < t->count; i++) {
        bool silent = foreign && i && i + 1 == t->count && t->letters[i] == 'h';
        c->lost[i] = (uint8_t)(silent ? 0 : token_vowelless_loss(t->letters[i], i ? t->letters[i - 1] : 0, foreign));
        for (unsigned k = 0; k < LETTERS; k++)
            c->change[i][k] = (uint8_t)(foreign ? token_vowelless_change(t->letters[i], letter_of(k))
                                                : token_vowelless_change(letter_of(k), t->letters[i]));
    }
    for (unsigned k = 0; k < LETTERS; k++) {
        c->loss[k] = (uint8_t)token_vowelless_loss(letter_of(k), 0, !foreign);
        c->loss_doubled[k] = (uint8_t)token_vowelless_loss(letter_of(k), letter_of(k), !foreign);
        c->loss_before_h[k] = c->loss[k];
    }
}

void name_probe_make(struct name_probe *ret, const struct name_token *t) {
    ret->token = *t;
    for (unsigned i = 0; i < t->count; i++)
        ret->codes[i] = code_of(t->letters[i]);
    name_token_counts(ret->counts, t);
    make_spelling(&ret->spelling, t);
    make_vowelless(&ret->vowelless, t);
}

uint64_t name_token_trace(const struct name_token *t) {
    uint64_t consonants = t->consonants < MOST_CONSONANTS ? t->consonants : MOST_CONSONANTS;
    if (t->flags & (NAME_TOKEN_NUMBER | NAME_TOKEN_SYLLABLES))
        return UINT64_MAX;
    return t->profile | consonants << TOKEN_PROFILE_BITS;
}

/* Tenths of a letter that a likeness of `floor` may cost. */
static unsigned reach_of(unsigned longest, unsigned floor) { return longest * (NAME_SCORE_MAX - floor) / 100; }

unsigned name_probe_cheap(const struct name_probe *p, unsigned count, unsigned floor) {
    unsigned mine = p->token.count, longest = count > mine ? count : mine, reach = reach_of(longest, floor);
    unsigned lost = count > mine ? count - mine : mine - count, cheap = 0;
    if (count <= mine) {
        cheap = p->token.cheap < lost ? p->token.cheap : lost;
        return cheap * token_cost_of_cheap() + (lost - cheap) * token_cost_of_other() <= reach ? 0 : NAME_TOKEN_LETTERS + 1;
    }
    while (cheap <= lost && cheap * token_cost_of_cheap() + (lost - cheap) * token_cost_of_other() > reach)
        cheap++;
    return cheap <= lost ? cheap : NAME_TOKEN_LETTERS + 1;
}

/* Every bit of a profile that differs stands for a quarter of an edit at least (token.c), every class for a half, and vowels
 * and h, which have no class, for a quarter beside that: a letter for one of another class costs a whole edit and changes two
 * classes, or a class and a vowel; a vowel for a vowel half an edit and two vowels; a letter more or less a class or a vowel.
 */
static inline __attribute__((always_inline)) uint32_t scan(uint32_t *ret, const uint64_t *traces, uint32_t from, uint32_t to,
                                                           uint64_t profile, int most, int most_of_both) {
    uint32_t count = 0;
    for (uint32_t i = from; i < to; i++) {
        uint64_t changed = (traces[i] ^ profile) & profile_mask;
        int both = 2 * __builtin_popcountll(changed >> TOKEN_CLASS_SHIFT) + __builtin_popcountll(changed & soft_letters);
        ret[count] = i;
        count += (__builtin_popcountll(changed) <= most) & (both <= most_of_both);
    }
    return count;
}
#ifdef __x86_64__
__attribute__((target("avx512f,avx512vl,avx512vpopcntdq,popcnt"))) static uint32_t
scan_wide(uint32_t *ret, const uint64_t *traces, uint32_t from, uint32_t to, uint64_t profile, int most, int most_of_both) {
    const __m512i mine = _mm512_set1_epi64((long long)profile), all = _mm512_set1_epi64((long long)profile_mask);
    const __m512i soft = _mm512_set1_epi64((long long)soft_letters), limit = _mm512_set1_epi64(most);
    const __m512i limit_of_both = _mm512_set1_epi64(most_of_both);
    __m256i places = _mm256_add_epi32(_mm256_set1_epi32((int)from), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    uint32_t count = 0, i = from;
    for (; i + 8 <= to; i += 8) {
        __m512i changed = _mm512_and_si512(_mm512_xor_si512(_mm512_loadu_si512(traces + i), mine), all);
        __m512i classes = _mm512_popcnt_epi64(_mm512_srli_epi64(changed, TOKEN_CLASS_SHIFT));
        __m512i both = _mm512_add_epi64(_mm512_slli_epi64(classes, 1), _mm512_popcnt_epi64(_mm512_and_si512(changed, soft)));
        __mmask8 kept = _mm512_cmple_epi64_mask(_mm512_popcnt_epi64(changed), limit);
        kept = _mm512_mask_cmple_epi64_mask(kept, both, limit_of_both);
        _mm256_mask_compressstoreu_epi32(ret + count, kept, places);
        count += (uint32_t)__builtin_popcount(kept);
        places = _mm256_add_epi32(places, _mm256_set1_epi32(8));
    }
    return count + scan(ret + count, traces, i, to, profile, most, most_of_both);
}
__attribute__((target("popcnt"))) static uint32_t scan_counting(uint32_t *ret, const uint64_t *traces, uint32_t from,
                                                                uint32_t to, uint64_t profile, int most, int most_of_both) {
    return scan(ret, traces, from, to, profile, most, most_of_both);
}
#endif

uint32_t name_probe_scan(uint32_t *ret, const struct name_probe *p, const uint64_t *traces, uint32_t from, uint32_t to,
                         unsigned count, unsigned floor) {
    unsigned reach = reach_of(count > p->token.count ? count : p->token.count, floor);
    int most = (int)((2 * reach + 1) / 5), most_of_both = (int)(2 * reach / 5);
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512vl"))
        return scan_wide(ret, traces, from, to, p->token.profile, most, most_of_both);
    if (__builtin_cpu_supports("popcnt"))
        return scan_counting(ret, traces, from, to, p->token.profile, most, most_of_both);
#endif
    return scan(ret, traces, from, to, p->token.profile, most, most_of_both);
}

void name_token_counts(uint8_t ret[NAME_COUNTS], const struct name_token *t) {
    memset(ret, 0, NAME_COUNTS);
    for (unsigned i = 0; i < t->count; i++) {
        unsigned class = token_class(t->letters[i]);
        ret[class < CHEAP_COUNT ? class : CHEAP_COUNT - 1]++;
    }
    ret[CHEAP_COUNT] = t->cheap;
}

#ifdef __x86_64__
static unsigned difference_of(const uint8_t a[NAME_COUNTS], const uint8_t b[NAME_COUNTS]) {
    const __m128i classes = _mm_srli_si128(_mm_set1_epi8(-1), 1);
    __m128i x = _mm_and_si128(_mm_loadu_si128((const __m128i *)(const void *)a), classes);
    __m128i y = _mm_and_si128(_mm_loadu_si128((const __m128i *)(const void *)b), classes);
    __m128i sums = _mm_sad_epu8(x, y);
    return (unsigned)(_mm_cvtsi128_si32(sums) + _mm_extract_epi16(sums, 4));
}
#else
static unsigned difference_of(const uint8_t a[NAME_COUNTS], const uint8_t b[NAME_COUNTS]) {
    unsigned sum = 0;
    for (unsigned i = 0; i < CHEAP_COUNT; i++)
        sum += a[i] > b[i] ? a[i] - b[i] : b[i] - a[i];
    return sum;
}
#endif

/* Let the counts differ by U and the lengths by D. A letter for one of another class changes two counts for a whole edit; one
 * more or less changes one, for COST_VOWEL_GONE at least or, if it is a cheap one, COST_DOUBLE. With c cheap ones among them
 * that is 5 * U + 2 * (D - c) - 2 * c tenths or more, and c is not above the cheap letters of both words. */
uint32_t name_probe_narrow(uint32_t *places, uint32_t place_count, const struct name_probe *p,
                           const uint8_t (*counts)[NAME_COUNTS], unsigned count, unsigned floor) {
    int mine = p->token.count, its = (int)count, lost = its > mine ? its - mine : mine - its;
    int reach = (int)reach_of(count > p->token.count ? count : p->token.count, floor);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < place_count; i++) {
        if (i + AHEAD < place_count)
            __builtin_prefetch(counts[places[i + AHEAD]]);
        const uint8_t *other = counts[places[i]];
        int differ = (int)difference_of(p->counts, other), cheap = p->counts[CHEAP_COUNT] + other[CHEAP_COUNT];
        cheap = cheap < differ ? cheap : differ;
        int cost = 5 * differ - 2 * cheap + (lost > cheap ? 2 * (lost - cheap) : 0);
        places[kept] = places[i];
        kept += cost <= reach;
    }
    return kept;
}

/* By the rules of scripts without vowels, a consonant that is changed for one of another class, lost or added costs a whole
 * edit, whether one class comes or goes with it or two. "w" is none of them. */
static inline __attribute__((always_inline)) uint32_t scan_vowelless(uint32_t *ret, const uint64_t *traces, uint32_t from,
                                                                     uint32_t to, const struct name_token *t, unsigned most) {
    uint32_t count = 0;
    for (uint32_t i = from; i < to; i++) {
        unsigned consonants = (unsigned)(traces[i] >> TOKEN_PROFILE_BITS);
        consonants = consonants == MOST_CONSONANTS ? NAME_TOKEN_LETTERS : consonants;
        unsigned longest = consonants > t->consonants ? consonants : t->consonants;
        ret[count] = i;
        unsigned edits = ((unsigned)__builtin_popcountll((traces[i] ^ t->profile) & consonant_classes) + 1) / 2;
        count += edits * EDIT_LOSS < most * longest;
    }
    return count;
}
#ifdef __x86_64__
__attribute__((target("popcnt"))) static uint32_t scan_vowelless_counting(uint32_t *ret, const uint64_t *traces, uint32_t from,
                                                                          uint32_t to, const struct name_token *t,
                                                                          unsigned most) {
    return scan_vowelless(ret, traces, from, to, t, most);
}
#endif

uint32_t name_probe_scan_vowelless(uint32_t *ret, const struct name_probe *p, const uint64_t *traces, uint32_t from,
                                   uint32_t to) {
    unsigned most = token_vowelless_score(0, NAME_TOKEN_LETTERS) + 1 - NAME_TOKEN_FLOOR; /* above what may be lost */
#ifdef __x86_64__
    if (__builtin_cpu_supports("popcnt"))
        return scan_vowelless_counting(ret, traces, from, to, &p->token, most);
#endif
    return scan_vowelless(ret, traces, from, to, &p->token, most);
}

void name_token_codes(uint8_t *ret, const struct name_token *t) {
    for (unsigned i = 0; i < t->count; i++)
        ret[i] = code_of(t->letters[i]);
}

void name_lanes_fill(struct name_lanes *l, const uint8_t *codes, unsigned count, const uint32_t *places, unsigned lanes) {
    l->count = (uint8_t)count;
    l->used = (uint8_t)lanes;
    for (unsigned lane = 0; lane < lanes; lane++) {
        const uint8_t *word = codes + (uint64_t)places[lane] * count;
        for (unsigned i = 0; i < count; i++)
            l->letters[i][lane] = word[i];
    }
    for (unsigned i = 0; i < count && lanes < NAME_LANES; i++)
        memset(l->letters[i] + lanes, 0, NAME_LANES - lanes);
}

/* ---- the distance, row by row ---- */

static void distances_portable(uint8_t ret[NAME_LANES], const struct name_probe *p, const struct name_costs *c,
                               const struct name_lanes *l) {
    for (unsigned lane = 0; lane < l->used; lane++) {
        uint16_t rows[3][NAME_TOKEN_LETTERS + 1], lost[NAME_TOKEN_LETTERS];
        unsigned n = p->token.count, m = l->count;
        rows[0][0] = 0;
        for (unsigned j = 0; j < m; j++) {
            uint8_t x = l->letters[j][lane];
            uint8_t behind = j + 1 < m ? l->letters[j + 1][lane] : NO_LETTER;
            bool doubled = (j && l->letters[j - 1][lane] == x) || (c->doubled_ahead && behind == x);
            lost[j] = doubled ? c->loss_doubled[x] : behind == code_of('h') ? c->loss_before_h[x] : c->loss[x];
            if (j && j + 1 == m && x == c->silent)
                lost[j] = 0;
            rows[0][j + 1] = (uint16_t)(rows[0][j] + lost[j]);
        }
        for (unsigned i = 0; i < n; i++) {
            uint16_t *now = rows[(i + 1) % 3];
            const uint16_t *last = rows[i % 3], *before = rows[(i + 2) % 3];
            now[0] = (uint16_t)(last[0] + c->lost[i]);
            for (unsigned j = 0; j < m; j++) {
                unsigned cost = last[j] + c->change[i][l->letters[j][lane]], above = last[j + 1] + c->lost[i];
                cost = above < cost ? above : cost;
                cost = (unsigned)(now[j] + lost[j]) < cost ? (unsigned)(now[j] + lost[j]) : cost;
                bool swapped = c->swap != NO_LETTER && i && j && p->codes[i] == l->letters[j - 1][lane] &&
                               p->codes[i - 1] == l->letters[j][lane];
                if (swapped && (unsigned)before[j - 1] + c->swap < cost)
                    cost = (unsigned)before[j - 1] + c->swap;
                now[j + 1] = (uint16_t)cost;
            }
        }
        ret[lane] = (uint8_t)(rows[n % 3][m] > UINT8_MAX ? UINT8_MAX : rows[n % 3][m]);
    }
}

#ifdef __x86_64__
#define WIDE __attribute__((target("avx2")))

/* A letter's place in each third of a table; a place with its highest bit set reads 0. */
struct wide_letter {
    __m256i code, low, middle, high;
};
struct wide {
    struct wide_letter letters[NAME_TOKEN_LETTERS];
    __m256i lost[NAME_TOKEN_LETTERS];
    __m256i rows[3][NAME_TOKEN_LETTERS + 1];
};

WIDE static inline __m256i look_up(const uint8_t table[NAME_LETTER_CODES], const struct wide_letter *l) {
    __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
    __m256i middle = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(table + 16)));
    __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(table + 32)));
    return _mm256_or_si256(_mm256_or_si256(_mm256_shuffle_epi8(low, l->low), _mm256_shuffle_epi8(middle, l->middle)),
                           _mm256_shuffle_epi8(high, l->high));
}

WIDE static void widen(struct wide *w, const struct name_costs *c, const struct name_lanes *l) {
    const __m256i outside = _mm256_set1_epi8(0x70);
    __m256i before = _mm256_set1_epi8((char)NO_LETTER);
    w->rows[0][0] = _mm256_setzero_si256();
    for (unsigned j = 0; j < l->count; j++) {
        struct wide_letter *x = &w->letters[j];
        x->code = _mm256_loadu_si256((const __m256i *)(const void *)l->letters[j]);
        x->low = _mm256_adds_epu8(x->code, outside);
        x->middle = _mm256_adds_epu8(_mm256_sub_epi8(x->code, _mm256_set1_epi8(16)), outside);
        x->high = _mm256_adds_epu8(_mm256_sub_epi8(x->code, _mm256_set1_epi8(32)), outside);
        __m256i behind = j + 1 < l->count ? _mm256_loadu_si256((const __m256i *)(const void *)l->letters[j + 1])
                                          : _mm256_set1_epi8((char)NO_LETTER);
        __m256i doubled = _mm256_cmpeq_epi8(x->code, before);
        if (c->doubled_ahead)
            doubled = _mm256_or_si256(doubled, _mm256_cmpeq_epi8(x->code, behind));
        w->lost[j] = _mm256_blendv_epi8(look_up(c->loss, x), look_up(c->loss_before_h, x),
                                        _mm256_cmpeq_epi8(behind, _mm256_set1_epi8((char)code_of('h'))));
        w->lost[j] = _mm256_blendv_epi8(w->lost[j], look_up(c->loss_doubled, x), doubled);
        if (j && j + 1 == l->count)
            w->lost[j] = _mm256_andnot_si256(_mm256_cmpeq_epi8(x->code, _mm256_set1_epi8((char)c->silent)), w->lost[j]);
        w->rows[0][j + 1] = _mm256_adds_epu8(w->rows[0][j], w->lost[j]);
        before = x->code;
    }
}

WIDE static void wide_row(struct wide *w, const struct name_probe *p, const struct name_costs *c, unsigned i, unsigned count) {
    __m256i *now = w->rows[(i + 1) % 3];
    const __m256i *last = w->rows[i % 3], *before = w->rows[(i + 2) % 3];
    const __m256i lost = _mm256_set1_epi8((char)c->lost[i]), swap = _mm256_set1_epi8((char)c->swap);
    const __m256i mine = _mm256_set1_epi8((char)p->codes[i]);
    const __m256i former = _mm256_set1_epi8((char)(i ? p->codes[i - 1] : NO_LETTER));
    now[0] = _mm256_adds_epu8(last[0], lost);
    for (unsigned j = 0; j < count; j++) {
        const struct wide_letter *x = &w->letters[j];
        __m256i cost = _mm256_adds_epu8(last[j], look_up(c->change[i], x));
        cost = _mm256_min_epu8(cost, _mm256_adds_epu8(last[j + 1], lost));
        cost = _mm256_min_epu8(cost, _mm256_adds_epu8(now[j], w->lost[j]));
        if (i && j && c->swap != NO_LETTER) {
            __m256i swapped = _mm256_and_si256(_mm256_cmpeq_epi8(x[-1].code, mine), _mm256_cmpeq_epi8(x->code, former));
            __m256i through = _mm256_adds_epu8(before[j - 1], swap);
            cost = _mm256_min_epu8(cost, _mm256_or_si256(through, _mm256_xor_si256(swapped, _mm256_set1_epi8(-1))));
        }
        now[j + 1] = cost;
    }
}

WIDE static void distances_wide(uint8_t ret[NAME_LANES], const struct name_probe *p, const struct name_costs *c,
                                const struct name_lanes *l) {
    struct wide w;
    widen(&w, c, l);
    for (unsigned i = 0; i < p->token.count; i++)
        wide_row(&w, p, c, i, l->count);
    _mm256_storeu_si256((__m256i *)(void *)ret, w.rows[p->token.count % 3][l->count]);
}
#endif

static unsigned consonants_of(const struct name_lanes *l, unsigned lane) {
    unsigned consonants = 0;
    for (unsigned j = 0; j < l->count; j++)
        consonants += token_is_consonant(letter_of(l->letters[j][lane]));
    return consonants;
}

static unsigned vowelless_score(const struct name_probe *p, const struct name_lanes *l, unsigned lane, unsigned cost) {
    if (p->token.count == 0 || token_is_vowel(letter_of(l->letters[0][lane])) != token_is_vowel(p->token.letters[0]))
        return 0;
    unsigned mine = p->token.consonants, its = consonants_of(l, lane);
    return token_vowelless_score(cost, its > mine ? its : mine);
}

uint32_t name_lanes_compare(uint16_t ret[NAME_LANES], const struct name_probe *p, const struct name_lanes *l, unsigned floor,
                            bool vowelless, bool portable) {
    const struct name_costs *c = vowelless ? &p->vowelless : &p->spelling;
    unsigned longest = l->count > p->token.count ? l->count : p->token.count;
    unsigned most = reach_of(longest, floor) + 1; /* a score is rounded up */
    uint32_t reached = 0;
    uint8_t costs[NAME_LANES];
    if (l->count == 0 || (longest <= 2 && !vowelless))
        return 0;
#ifdef __x86_64__
    if (!portable && __builtin_cpu_supports("avx2"))
        distances_wide(costs, p, c, l);
    else
#endif
        distances_portable(costs, p, c, l);
    for (unsigned i = 0; i < l->used; i++) {
        if (costs[i] > most)
            continue;
        unsigned score = vowelless ? vowelless_score(p, l, i, costs[i]) : NAME_SCORE_MAX - costs[i] * 100u / longest;
        ret[i] = (uint16_t)score;
        reached |= (uint32_t)(score >= floor) << i;
    }
    return reached;
}
