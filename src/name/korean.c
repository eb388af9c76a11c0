#include "name/inside.h"

enum { SYLLABLES_MAX = 4, SYLLABLE_LETTERS_MAX = 7, WAYS_MAX = 4, LETTERS_MAX = 20 };
enum { MEDIAL_SHIFT = 19, FINAL_SHIFT = 40 };
static const uint64_t initial_bits = ((uint64_t)1 << 19) - 1;
static const uint64_t medial_bits = (((uint64_t)1 << 21) - 1) << 19;
static const uint64_t final_bits = (uint64_t)0xff << 40;

/* Words cut into syllables in one way. */
struct way {
    uint64_t syllables[SYLLABLES_MAX];
    uint8_t count;
};

/* ---- one syllable ---- */

/* Up to seven letters as a number that sorts as they do. */
static uint64_t packed(const char *letters, unsigned count) {
    uint64_t n = 0;
    for (unsigned i = 0; i < 8; i++)
        n = n << 8 | (i < count ? (uint8_t)letters[i] : 0);
    return n;
}

static uint64_t find_letters(const struct korean_letters *rows, uint32_t count, const char *letters, unsigned bytes) {
    uint32_t low = 0, high = count;
    uint64_t wanted = packed(letters, bytes);
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (packed(rows[middle].letters, rows[middle].count) < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && bytes <= SYLLABLE_LETTERS_MAX && packed(rows[low].letters, rows[low].count) == wanted
               ? rows[low].readings
               : 0;
}

static bool holds_legal(uint64_t readings) {
    for (unsigned i = 0; i < 19; i++)
        for (unsigned m = 0; readings >> i & 1 && m < 21; m++)
            if (readings >> (MEDIAL_SHIFT + m) & 1 && korean_legal[i * 21 + m] & (uint8_t)(readings >> FINAL_SHIFT))
                return true;
    return false;
}

static uint64_t rhyme(const struct korean_scheme *s, const char *letters, unsigned count) {
    uint64_t readings = 0;
    for (unsigned cut = 1; cut <= count && cut <= 3; cut++) {
        uint64_t medial = find_letters(s->medials, s->medial_count, letters, cut);
        uint64_t final = medial ? find_letters(s->finals, s->final_count, letters + cut, count - cut) : 0;
        readings |= final ? medial | final : 0;
    }
    return readings;
}

/* All that these letters may be as one syllable; 0: nothing that stands in a name. */
static uint64_t syllable_in(const struct korean_scheme *s, const char *letters, unsigned count) {
    uint64_t readings = find_letters(s->wholes, s->whole_count, letters, count);
    if (readings || count > SYLLABLE_LETTERS_MAX)
        return readings;
    for (unsigned cut = 0; cut < count && cut <= 2; cut++) {
        uint64_t initial = find_letters(s->initials, s->initial_count, letters, cut);
        uint64_t rest = initial ? rhyme(s, letters + cut, count - cut) : 0;
        if (rest && holds_legal(initial | rest))
            readings |= initial | rest;
    }
    return readings;
}

static uint64_t syllable_of(const char *letters, unsigned count) {
    return syllable_in(&korean_schemes[KOREAN_LATIN], letters, count);
}
static uint64_t cyrillic_syllable_of(const char *letters, unsigned count) {
    return syllable_in(&korean_schemes[KOREAN_CYRILLIC], letters, count);
}
static uint64_t kana_syllable_of(const char *letters, unsigned count) {
    return syllable_in(&korean_schemes[KOREAN_KANA], letters, count);
}

static uint64_t hangul_syllable(uint32_t code) {
    static const uint8_t finals[28] = {0, 1, 1, 1, 2, 2, 2, 3, 4, 1, 5, 4, 4, 4, 6, 4, 5, 6, 6, 3, 3, 7, 3, 3, 1, 3, 6, 3};
    uint32_t n = code - 0xac00;
    return (uint64_t)1 << n / 588 | (uint64_t)1 << (MEDIAL_SHIFT + n / 28 % 21) | (uint64_t)1 << (FINAL_SHIFT + finals[n % 28]);
}

static uint64_t hanja_readings(uint32_t code) {
    uint32_t low = 0, high = korean_hanja_table_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (korean_hanja_table[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < korean_hanja_table_count && korean_hanja_table[low].code == code ? korean_hanja_table[low].readings : 0;
}

/* A row of the pinyin table, marked as such; 0 when the letters are none. */
static uint64_t pinyin_of(const char *letters, unsigned count) {
    uint32_t low = 0, high = korean_pinyin_table_count;
    uint64_t wanted = packed(letters, count);
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (packed(korean_pinyin_table[middle].letters, sizeof korean_pinyin_table->letters) < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < korean_pinyin_table_count && count <= SYLLABLE_LETTERS_MAX &&
                 packed(korean_pinyin_table[low].letters, sizeof korean_pinyin_table->letters) == wanted;
    return found ? KOREAN_PINYIN | low : 0;
}

/* ---- words to syllables ---- */

typedef uint64_t syllable_reader(const char *letters, unsigned count);

/* All ways to cut the letters in up to `most` syllables, the fewest first and no more than needed. */
static unsigned cut_letters(struct way ret[WAYS_MAX], const char *l, unsigned n, unsigned most, syllable_reader *read) {
    uint64_t whole = read(l, n);
    unsigned ways = 0;
    if (whole) {
        ret[0] = (struct way){{whole}, 1};
        return 1;
    }
    for (unsigned i = 1; i < n && ways < WAYS_MAX && most >= 2; i++) {
        uint64_t a = read(l, i), b = a ? read(l + i, n - i) : 0;
        if (b)
            ret[ways++] = (struct way){{a, b}, 2};
    }
    for (unsigned i = 1; i + 1 < n && most >= 3 && ways == 0; i++) {
        uint64_t a = read(l, i);
        for (unsigned j = i + 1; j < n && a && ways < WAYS_MAX; j++) {
            uint64_t b = read(l + i, j - i), c = b ? read(l + j, n - j) : 0;
            if (c)
                ret[ways++] = (struct way){{a, b, c}, 3};
        }
    }
    return ways;
}

static unsigned cut_codes(struct way ret[WAYS_MAX], const struct script_text *t, const struct script_word *w) {
    if (w->code_count > SYLLABLES_MAX)
        return 0;
    ret[0].count = (uint8_t)w->code_count;
    for (unsigned i = 0; i < w->code_count; i++) {
        uint32_t code = t->codes[w->code_first + i];
        bool hangul = code >= 0xac00 && code < 0xac00 + 11172;
        ret[0].syllables[i] = hangul ? hangul_syllable(code) : hanja_readings(code);
        if (ret[0].syllables[i] == 0)
            return 0;
    }
    return 1;
}

/* A Cyrillic word with a byte for a letter, as the tables have it. */
static unsigned cut_cyrillic(struct way ret[WAYS_MAX], const struct script_text *t, const struct script_word *w,
                             unsigned most) {
    static const char bytes[] = "abvgdejziwklmnoprstufhcx$#6y8379"; /* from U+0430 on */
    char letters[LETTERS_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < w->code_count; i++) {
        uint32_t c = t->codes[w->code_first + i];
        c = c >= 0x410 && c < 0x430 ? c + 32 : c == 0x401 ? 0x451 : c;
        if (count == LETTERS_MAX || ((c < 0x430 || c > 0x44f) && c != 0x451))
            return 0;
        letters[count++] = c == 0x451 ? 'q' : bytes[c - 0x430];
    }
    return cut_letters(ret, letters, count, most, cyrillic_syllable_of);
}

static unsigned cut_word(struct way ret[WAYS_MAX], const struct script_text *t, const struct script_word *w, unsigned most,
                         syllable_reader *read) {
    if (w->script == SCRIPT_HANGUL || w->script == SCRIPT_HAN)
        return read == syllable_of ? cut_codes(ret, t, w) : 0;
    if (w->script == SCRIPT_CYRILLIC)
        return read == cyrillic_syllable_of ? cut_cyrillic(ret, t, w, most) : 0;
    bool fits = w->script == SCRIPT_KANA ? read == kana_syllable_of
                                         : w->script == SCRIPT_LATIN && (read == syllable_of || read == pinyin_of);
    return fits && w->count <= LETTERS_MAX ? cut_letters(ret, w->letters, w->count, most, read) : 0;
}

/* ---- syllables to names ---- */

static bool meets(uint64_t a, uint64_t b) { return a & b & initial_bits && a & b & medial_bits && a & b & final_bits; }

static bool meets_any(uint64_t pinyin, uint64_t other) {
    const struct korean_pinyin *row = &korean_pinyin_table[pinyin & 0xffff];
    for (unsigned i = 0; i < row->count; i++)
        if (meets(korean_pinyin_readings[row->first + i], other))
            return true;
    return false;
}

static bool same_syllable(uint64_t a, uint64_t b) {
    if ((a & b) & KOREAN_PINYIN)
        return a == b;
    return a & KOREAN_PINYIN ? meets_any(a, b) : b & KOREAN_PINYIN ? meets_any(b, a) : meets(a, b);
}

/* The row of the pinyin table with a final ng for n, or n for ng, which foreigners mix up; the same when there is none. */
static uint64_t other_nasal(uint64_t pinyin) {
    const struct korean_pinyin *row = &korean_pinyin_table[pinyin & 0xffff];
    char letters[sizeof row->letters];
    unsigned count = (unsigned)strlen(row->letters);
    memcpy(letters, row->letters, sizeof letters);
    if (count > 1 && letters[count - 1] == 'g')
        count--;
    else if (letters[count - 1] == 'n' && count + 1 < sizeof letters)
        letters[count++] = 'g';
    uint64_t other = pinyin_of(letters, count);
    return other ? other : pinyin;
}

/* In family names, which are few, a nasal may be the other one. */
static bool same_family(uint64_t a, uint64_t b) {
    return same_syllable(a, b) || (a & KOREAN_PINYIN && same_syllable(other_nasal(a), b)) ||
           (b & KOREAN_PINYIN && same_syllable(a, other_nasal(b)));
}

/* Syllables of the family name at `s`, of `count` syllables in all; 0 when none stands there. */
static unsigned family_at(const uint64_t *s, unsigned count) {
    for (uint32_t i = korean_families_count; i-- > 0;) {
        const struct korean_family *f = &korean_families[i];
        if (f->count < count && same_family(f->syllables[0], s[0]) && (f->count == 1 || same_syllable(f->syllables[1], s[1])))
            return f->count;
    }
    return 0;
}

/* ㄹ at the beginning of a family name is written and spoken away in the South: 리 and 이, 류 and 유, 로 and 노. */
static uint64_t with_initial_law(uint64_t s) {
    if (s & KOREAN_PINYIN)
        return s;
    const uint64_t none = 1 << 11, r = 1 << 5, n = 1 << 2;
    const uint64_t softened = ((uint64_t)1 << 20 | 1 << 6 | 1 << 12 | 1 << 17 | 1 << 7 | 1 << 2)
                              << MEDIAL_SHIFT; /* ㅣㅕㅛㅠㅖㅑ */
    if (s & r)
        s |= s & medial_bits & softened ? none : n;
    if (s & none && s & medial_bits & softened)
        s |= r;
    if (s & n)
        s |= r;
    return s;
}

static void add_name(struct name *n, unsigned form, const uint64_t *syllables, unsigned count, unsigned family) {
    struct name_korean k = {.count = (uint8_t)count, .family = (uint8_t)family, .form = (uint8_t)form};
    for (unsigned i = 0; i < count; i++)
        k.syllables[i] = i < family ? with_initial_law(syllables[i]) : syllables[i];
    for (unsigned i = 0; i < n->korean_count; i++)
        if (memcmp(&n->korean[i], &k, sizeof k) == 0)
            return;
    if (n->korean_count < NAME_KOREAN_MAX)
        n->korean[n->korean_count++] = k;
}

/* The words' syllables in one order, family first. `ways[i]` is the way chosen for word i. */
static void add_order(struct name *n, unsigned form, const struct way *const *ways, unsigned words, unsigned first) {
    uint64_t s[SYLLABLES_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < words; i++) {
        const struct way *w = ways[(first + i) % words];
        if (count + w->count > SYLLABLES_MAX)
            return;
        memcpy(s + count, w->syllables, w->count * sizeof *s);
        count += w->count;
    }
    unsigned family = count >= 2 ? family_at(s, count) : 0;
    if (family == 2 && count == 2)
        family = 0;
    if (family == 1 && count == 4)
        family = 0;
    if (family == 0 || (words > 1 && ways[first]->count > family))
        return;
    add_name(n, form, s, count, family);
}

static void read_with(struct name *n, unsigned form, const struct script_text *t, const struct script_word *const *words,
                      unsigned count, bool family_first, syllable_reader *read) {
    struct way ways[SYLLABLES_MAX][WAYS_MAX];
    unsigned counts[SYLLABLES_MAX], choices = 1;
    if (count == 0 || count > SYLLABLES_MAX)
        return;
    for (unsigned i = 0; i < count; i++) {
        counts[i] = cut_word(ways[i], t, words[i], count == 1 ? 3 : 2, read);
        choices *= counts[i];
    }
    for (unsigned c = 0; c < choices && c < 16; c++) {
        const struct way *chosen[SYLLABLES_MAX];
        unsigned rest = c;
        for (unsigned i = 0; i < count; i++) {
            chosen[i] = &ways[i][rest % counts[i]];
            rest /= counts[i];
        }
        add_order(n, form, chosen, count, 0);
        if (!family_first && count > 1 && read != pinyin_of)
            add_order(n, form, chosen, count, count - 1);
    }
}

void korean_read(struct name *n, unsigned form, const struct script_text *t, const struct script_word *const *words,
                 unsigned count, bool family_first) {
    read_with(n, form, t, words, count, family_first, syllable_of);
    read_with(n, form, t, words, count, true, pinyin_of);
    read_with(n, form, t, words, count, family_first, cyrillic_syllable_of);
    read_with(n, form, t, words, count, family_first, kana_syllable_of);
}

/* ---- comparison ---- */

/* Same but for a vowel that is often misheard or misspelt: a and ae, wa and a, wo and o. */
static bool near_syllable(uint64_t a, uint64_t b) {
    static const uint32_t pairs[] = {1 << 0 | 1 << 1, 1 << 0 | 1 << 9, 1 << 14 | 1 << 4};
    if ((a | b) & KOREAN_PINYIN || !(a & b & initial_bits) || !(a & b & final_bits))
        return false;
    uint32_t x = (uint32_t)((a & medial_bits) >> MEDIAL_SHIFT), y = (uint32_t)((b & medial_bits) >> MEDIAL_SHIFT);
    for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (x & pairs[i] && y & pairs[i])
            return true;
    return false;
}

enum { KOREAN_SAME = 960, KOREAN_PINYIN_SAME = 860, KOREAN_NEAR = 730, KOREAN_OTHER = 300 };

static uint16_t compare_readings(const struct name_korean *a, const struct name_korean *b, bool *ret_comparable) {
    unsigned same = 0, near = 0;
    bool pinyin = (a->syllables[0] | b->syllables[0]) & KOREAN_PINYIN;
    *ret_comparable = a->count == b->count && a->family == b->family && !(a->syllables[0] & b->syllables[0] & KOREAN_PINYIN);
    if (!*ret_comparable)
        return 0;
    for (unsigned i = 0; i < a->count; i++) {
        bool equal =
            i < a->family ? same_family(a->syllables[i], b->syllables[i]) : same_syllable(a->syllables[i], b->syllables[i]);
        same += equal;
        near += !equal && near_syllable(a->syllables[i], b->syllables[i]);
    }
    if (same == a->count)
        return pinyin ? a->count > 2 ? KOREAN_PINYIN_SAME : 0 : KOREAN_SAME;
    if (pinyin) {
        *ret_comparable = false;
        return 0;
    }
    return a->count > 2 && same + near == a->count && near == 1 ? KOREAN_NEAR : KOREAN_OTHER;
}

bool korean_compare(const struct name *a, unsigned form_a, const struct name *b, unsigned form_b, uint16_t *ret_score,
                    bool *ret_different) {
    bool found = false;
    uint16_t best = 0;
    for (unsigned i = 0; i < a->korean_count; i++) {
        for (unsigned j = 0; j < b->korean_count; j++) {
            bool comparable;
            if (a->korean[i].form != form_a || b->korean[j].form != form_b)
                continue;
            uint16_t score = compare_readings(&a->korean[i], &b->korean[j], &comparable);
            found |= comparable;
            best = score > best ? score : best;
        }
    }
    *ret_score = best;
    *ret_different = found && best == KOREAN_OTHER;
    return found;
}
