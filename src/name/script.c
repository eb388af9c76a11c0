#include "name/script.h"

#include <pthread.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "name/tables.h"

uint32_t script_hash(const char *bytes, uint64_t count) {
    uint64_t h = 0xcbf29ce484222325u;
    for (uint64_t i = 0; i < count; i++)
        h = (h ^ (uint8_t)bytes[i]) * 0x100000001b3u;
    return (uint32_t)(h ^ h >> 32);
}

/* ---- bytes to code points ---- */

static enum imjin_status too_long(struct error *err) {
    return fail(err, IMJIN_BAD_INPUT, "a name has at most %d bytes; shorten it", NAME_BYTES_MAX);
}

static bool is_dropped(uint32_t c) {
    /* Zero-width, direction and soft hyphen marks change nothing that a reader sees. */
    return c == 0xad || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           c == 0xfeff || c == 0x61c || c == 0x640 || (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0000 && c <= 0xe0fff);
}

static uint32_t next_code(struct span text, uint64_t *at) {
    const uint8_t *b = (const uint8_t *)text.bytes + *at;
    unsigned n = utf8_length(text.bytes + *at, text.count - *at);
    static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    if (n == 0) {
        (*at)++;
        return ' ';
    }
    uint32_t c = b[0] & masks[n];
    for (unsigned i = 1; i < n; i++)
        c = c << 6 | (b[i] & 0x3f);
    *at += n;
    return c < 0x20 || c == 0x7f ? ' ' : c;
}

static enum imjin_status append_code(struct script_text *t, uint32_t code, struct error *err) {
    char bytes[4];
    unsigned n = utf8_encode(code, bytes);
    if (t->count == NAME_BYTES_MAX || t->text_count + n > NAME_BYTES_MAX)
        return too_long(err);
    t->codes[t->count] = code;
    t->at[t->count++] = (uint16_t)t->text_count;
    memcpy(t->text + t->text_count, bytes, n);
    t->text_count += n;
    t->at[t->count] = (uint16_t)t->text_count;
    return IMJIN_OK;
}

static enum imjin_status read_plain(struct script_text *t, struct span text, bool *ret_ascii, struct error *err) {
    *ret_ascii = true;
    for (uint64_t at = 0; at < text.count;) {
        uint32_t c = next_code(text, &at);
        *ret_ascii &= c < 0x80;
        if (!is_dropped(c))
            TRY(append_code(t, c, err));
    }
    return IMJIN_OK;
}

/* NFKC of what was read. */
static enum imjin_status compose(struct script_text *t, struct error *err) {
    UChar from[2 * NAME_BYTES_MAX], to[2 * NAME_BYTES_MAX];
    UErrorCode code = U_ZERO_ERROR;
    int32_t count = 0;
    for (uint32_t i = 0; i < t->count; i++)
        U16_APPEND_UNSAFE(from, count, t->codes[i]);
    const UNormalizer2 *nfkc = unorm2_getNFKCInstance(&code);
    if (U_FAILURE(code))
        return fail(err, IMJIN_MACHINE, "the Unicode tables cannot be read (%s)", u_errorName(code));
    if (unorm2_isNormalized(nfkc, from, count, &code) && U_SUCCESS(code))
        return IMJIN_OK;
    code = U_ZERO_ERROR;
    count = unorm2_normalize(nfkc, from, count, to, 2 * NAME_BYTES_MAX, &code);
    if (code == U_BUFFER_OVERFLOW_ERROR)
        return too_long(err);
    if (U_FAILURE(code))
        return fail(err, IMJIN_MACHINE, "the Unicode tables cannot be read (%s)", u_errorName(code));
    t->count = t->text_count = 0;
    for (int32_t i = 0; i < count;) {
        UChar32 c;
        U16_NEXT(to, i, count, c);
        if (!is_dropped((uint32_t)c))
            TRY(append_code(t, U_IS_SURROGATE(c) ? ' ' : (uint32_t)c, err));
    }
    return IMJIN_OK;
}

/* ---- code points to words ---- */

static bool is_apostrophe(uint32_t c) {
    return c == '\'' || c == '`' || c == 0xb4 || c == 0x2018 || c == 0x2019 || c == 0x201b || c == 0x2bb || c == 0x2bc ||
           c == 0x2be || c == 0x2bf || c == 0x2b9 || c == 0x2032 || c == 0xff07 || c == 0x55a || c == 0x5f3 || c == 0x5f4;
}

static bool is_mark(uint32_t c) { return c >= 0x300 && (U_GET_GC_MASK((UChar32)c) & U_GC_M_MASK); }

static bool is_letter(uint32_t c) {
    if (c < 0x80)
        return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
    return (U_GET_GC_MASK((UChar32)c) & (U_GC_L_MASK | U_GC_ND_MASK | U_GC_M_MASK)) != 0 || c == 0x30fc;
}

static enum script script_of(uint32_t c) {
    UErrorCode code = U_ZERO_ERROR;
    if (c < 0x250 || is_apostrophe(c))
        return SCRIPT_LATIN;
    switch (uscript_getScript((UChar32)c, &code)) {
    case USCRIPT_LATIN:
        return SCRIPT_LATIN;
    case USCRIPT_CYRILLIC:
        return SCRIPT_CYRILLIC;
    case USCRIPT_GREEK:
        return SCRIPT_GREEK;
    case USCRIPT_ARABIC:
        return SCRIPT_ARABIC;
    case USCRIPT_HEBREW:
        return SCRIPT_HEBREW;
    case USCRIPT_HAN:
        return SCRIPT_HAN;
    case USCRIPT_HANGUL:
        return SCRIPT_HANGUL;
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
        return SCRIPT_KANA;
    case USCRIPT_COMMON:
        return c == 0x30fc ? SCRIPT_KANA : SCRIPT_LATIN;
    default:
        return SCRIPT_OTHER;
    }
}

/* Scripts written without spaces between words of another script. */
static bool scripts_part(enum script a, enum script b) {
    return a != b && (a == SCRIPT_HAN || a == SCRIPT_KANA || a == SCRIPT_HANGUL || b == SCRIPT_HAN || b == SCRIPT_KANA ||
                      b == SCRIPT_HANGUL);
}

static char divider_of(uint32_t c) {
    if (c == '-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212)
        return '-';
    return c == '.' || c == ',' || c == '(' || c == ')' || c == '/' ? (char)c : c == 0x3001 || c == 0x60c ? ',' : ' ';
}

/* An apostrophe with a space before it and one or two letters behind belongs to the word before: "Cho 'n". */
static bool is_broken_off(const struct script_text *t, uint32_t i) {
    uint32_t letters = 0;
    if (i == 0 || t->codes[i - 1] != ' ')
        return false;
    while (i + 1 + letters < t->count && is_letter(t->codes[i + 1 + letters]))
        letters++;
    return letters >= 1 && letters <= 2 && t->codes[i + 1] == 'n';
}

static enum imjin_status new_word(struct script_text *t, uint32_t i, char before, bool bracketed, struct error *err) {
    if (t->word_count == NAME_WORDS_MAX)
        return fail(err, IMJIN_BAD_INPUT, "a name has at most %d words; shorten it", NAME_WORDS_MAX);
    t->words[t->word_count++] = (struct script_word){.code_first = i,
                                                     .before = before,
                                                     .bracketed = bracketed,
                                                     .script = (uint8_t)script_of(t->codes[i]),
                                                     .text_at = t->at[i]};
    return IMJIN_OK;
}

static enum imjin_status split(struct script_text *t, struct error *err) {
    char divider = ' ';
    bool bracketed = false, inside = false;
    for (uint32_t i = 0; i < t->count; i++) {
        uint32_t c = t->codes[i];
        struct script_word *w = t->word_count ? &t->words[t->word_count - 1] : NULL;
        if (is_apostrophe(c)) {
            inside |= w != NULL && is_broken_off(t, i);
            continue;
        }
        if (is_letter(c)) {
            enum script s = is_mark(c) && inside ? w->script : script_of(c);
            if (!inside || scripts_part(w->script, s)) {
                TRY(new_word(t, i, inside ? '-' : divider, bracketed, err));
                w = &t->words[t->word_count - 1];
            }
            inside = true;
            divider = ' ';
            w->code_count = i + 1 - w->code_first;
            w->text_count = (uint16_t)(t->at[i + 1] - w->text_at);
            continue;
        }
        char d = divider_of(c);
        if (inside && d == '.')
            w->dotted = true;
        inside = false;
        bracketed = d == '(' || (bracketed && d != ')');
        t->comma |= d == ',' && t->word_count > 0;
        if (divider == ' ' || d == ',')
            divider = d;
    }
    return IMJIN_OK;
}

/* ---- words to Latin letters ---- */

static const struct name_letter *find_letter(uint32_t c) {
    uint32_t low = 0, high = name_letters_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (name_letters[middle].code < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low < name_letters_count && name_letters[low].code == c ? &name_letters[low] : NULL;
}

static void add_letters(struct script_word *w, const char *letters, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        w->hash = (w->hash ^ (uint8_t)letters[i]) * 0x01000193u;
        if (w->count < SCRIPT_LETTERS_MAX)
            w->letters[w->count++] = letters[i];
        else
            w->cut = true;
    }
}

static void add_ascii(struct script_word *w, uint32_t c) {
    char l = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (is_letter((uint8_t)l))
        add_letters(w, &l, 1);
}

/* Cyrillic and Greek letters that look like a Latin one. */
static char look_alike(uint32_t c) {
    static const struct {
        uint32_t code;
        char latin;
    } rows[] = {{0x430, 'a'}, {0x435, 'e'}, {0x43e, 'o'}, {0x440, 'p'}, {0x441, 'c'}, {0x443, 'y'}, {0x445, 'x'}, {0x456, 'i'},
                {0x458, 'j'}, {0x455, 's'}, {0x43a, 'k'}, {0x43c, 'm'}, {0x442, 't'}, {0x432, 'b'}, {0x43d, 'h'}, {0x3bf, 'o'},
                {0x3b1, 'a'}, {0x3bd, 'v'}, {0x3c1, 'p'}, {0x3b9, 'i'}, {0x3ba, 'k'}, {0x3c4, 't'}, {0x3c5, 'u'}, {0x3c7, 'x'},
                {0x3b5, 'e'}, {0x4bb, 'h'}, {0x501, 'd'}, {0x51b, 'q'}, {0x51d, 'w'}, {0x261, 'g'}, {0x269, 'i'}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == c)
            return rows[i].latin;
    return 0;
}

/* True when some letters of the word are Latin. */
static bool has_latin(const struct script_text *t, const struct script_word *w) {
    for (uint32_t i = 0; i < w->code_count; i++) {
        uint32_t c = t->codes[w->code_first + i];
        if (is_letter(c) && !is_mark(c) && !(c >= '0' && c <= '9') && !is_apostrophe(c) && script_of(c) == SCRIPT_LATIN)
            return true;
    }
    return false;
}

static void add_decomposed(struct script_word *w, uint32_t c) {
    UErrorCode code = U_ZERO_ERROR;
    UChar parts[32];
    const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&code);
    int32_t count = U_SUCCESS(code) ? unorm2_getDecomposition(nfkd, (UChar32)c, parts, 32, &code) : -1;
    for (int32_t i = 0; i < count && U_SUCCESS(code); i++) {
        const struct name_letter *l = find_letter(parts[i]);
        if (parts[i] < 0x80)
            add_ascii(w, parts[i]);
        else if (l)
            add_letters(w, l->latin, l->count);
    }
}

static void add_hangul(struct script_word *w, uint32_t c) {
    static const char initials[19][3] = {"g",  "kk", "n", "d",  "tt", "r", "m", "b", "pp", "s",
                                         "ss", "",   "j", "jj", "ch", "k", "t", "p", "h"};
    static const char medials[21][4] = {"a",  "ae", "ya", "yae", "eo", "e",  "yeo", "ye", "o",  "wa", "wae",
                                        "oe", "yo", "u",  "wo",  "we", "wi", "yu",  "eu", "ui", "i"};
    static const char finals[28][3] = {"",  "k", "k", "k", "n", "n", "n", "t",  "l", "k", "m", "l", "l", "l",
                                       "p", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k", "t", "p", "t"};
    uint32_t n = c - 0xac00;
    const char *parts[] = {initials[n / 588], medials[n / 28 % 21], finals[n % 28]};
    for (unsigned i = 0; i < 3; i++)
        add_letters(w, parts[i], (unsigned)strlen(parts[i]));
}

/* What no table here knows: ICU's rules. Opening them is slow, so each is opened once and kept. */
static enum imjin_status transliterate(struct script_text *t, struct script_word *w, struct error *err) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static UTransliterator *open[2];
    static const char *const rules[2] = {"Any-Latin; Latin-ASCII; Lower", "Han-Latin; Latin-ASCII; Lower"};
    unsigned which = w->script == SCRIPT_HAN;
    UErrorCode code = U_ZERO_ERROR;
    UChar text[8 * SCRIPT_LETTERS_MAX], id[64];
    int32_t count = 0, limit;
    for (uint32_t i = 0; i < w->code_count && count < SCRIPT_LETTERS_MAX; i++)
        U16_APPEND_UNSAFE(text, count, t->codes[w->code_first + i]);
    limit = count;
    pthread_mutex_lock(&lock);
    if (open[which] == NULL) {
        u_uastrcpy(id, rules[which]);
        open[which] = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &code);
    }
    if (U_SUCCESS(code))
        utrans_transUChars(open[which], text, &count, 8 * SCRIPT_LETTERS_MAX, 0, &limit, &code);
    pthread_mutex_unlock(&lock);
    if (code != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(code))
        return fail(err, IMJIN_MACHINE, "the rules of transliteration cannot be opened (%s)", u_errorName(code));
    for (int32_t i = 0; i < count && i < 8 * SCRIPT_LETTERS_MAX; i++)
        if (text[i] < 0x80)
            add_ascii(w, text[i]);
    return IMJIN_OK;
}

/* Small Kana change the vowel before them: "ji" and a small "yo" are "jo", "ki" and a small "yo" "kyo", "chi" and a small "e"
 * "che", "ku" and a small "o" "kwo". Returns what of the small one's letters is left out. */
static unsigned contract(struct script_word *w, uint32_t c, const struct name_letter *l) {
    bool small_y = c == 0x30e3 || c == 0x30e5 || c == 0x30e7;
    bool small_vowel = c == 0x30a1 || c == 0x30a3 || c == 0x30a5 || c == 0x30a7 || c == 0x30a9;
    unsigned n = w->count;
    if (n < 2 || w->cut || !(small_y ? w->letters[n - 1] == 'i' : small_vowel && strchr("aiueo", w->letters[n - 1])))
        return 0;
    bool hissing = w->letters[n - 2] == 'h' || w->letters[n - 2] == 'j';
    bool round = small_vowel && w->letters[n - 1] == 'u' && (w->letters[n - 2] == 'k' || w->letters[n - 2] == 'g');
    w->count--;
    if (round)
        w->letters[w->count++] = 'w';
    w->hash = 0x811c9dc5u;
    for (unsigned i = 0; i < w->count; i++)
        w->hash = (w->hash ^ (uint8_t)w->letters[i]) * 0x01000193u;
    return small_y && hissing && l->count > 1;
}

/* "dzh" is how one letter of other languages is written in Cyrillic, which has none for it. */
static void join_dzh(struct script_word *w) {
    uint8_t kept = 0;
    uint32_t hash = 0x811c9dc5u;
    if (w->cut || memmem(w->letters, w->count, "dzh", 3) == NULL)
        return;
    for (unsigned i = 0; i < w->count; i++) {
        bool one = i + 2 < w->count && memcmp(w->letters + i, "dzh", 3) == 0;
        w->letters[kept] = one ? 'j' : w->letters[i];
        hash = (hash ^ (uint8_t)w->letters[kept++]) * 0x01000193u;
        i += one ? 2 : 0;
    }
    w->count = kept;
    w->hash = hash;
}

static enum imjin_status latinise(struct script_text *t, struct script_word *w, struct error *err) {
    bool mixed = (w->script == SCRIPT_LATIN || w->script == SCRIPT_CYRILLIC || w->script == SCRIPT_GREEK) && has_latin(t, w);
    w->hash = 0x811c9dc5u;
    w->original = script_hash(t->text + w->text_at, w->text_count);
    if (w->script == SCRIPT_HAN || w->script == SCRIPT_OTHER) {
        const struct name_letter *l = find_letter(t->codes[w->code_first]);
        if (l == NULL)
            return transliterate(t, w, err);
    }
    for (uint32_t i = 0; i < w->code_count; i++) {
        uint32_t c = t->codes[w->code_first + i];
        if (c < 0x80) {
            add_ascii(w, c);
            continue;
        }
        if (is_apostrophe(c) || is_mark(c))
            continue;
        c = (uint32_t)u_tolower((UChar32)c);
        if (c >= 0x3041 && c <= 0x3096)
            c += 0x60; /* Hiragana as Katakana */
        char like = mixed ? look_alike(c) : 0;
        const struct name_letter *l = find_letter(c);
        if (like)
            add_letters(w, &like, 1);
        else if (c >= 0xac00 && c < 0xac00 + 11172)
            add_hangul(w, c);
        else if (l) {
            unsigned left_out = w->script == SCRIPT_KANA ? contract(w, c, l) : 0;
            add_letters(w, l->latin + left_out, l->count - left_out);
        } else
            add_decomposed(w, c);
    }
    if (mixed)
        w->script = SCRIPT_LATIN;
    join_dzh(w);
    return IMJIN_OK;
}

/* "金正恩" has no space behind the family name. */
static void part_family(struct script_text *t) {
    for (uint32_t i = 0; i < t->word_count; i++) {
        struct script_word *w = &t->words[i];
        bool lone = (i == 0 || t->words[i - 1].script != w->script) && (i + 1 == t->word_count || w[1].script != w->script);
        if ((w->script != SCRIPT_HAN && w->script != SCRIPT_HANGUL) || !lone || w->code_count < 2 || w->code_count > 4 ||
            t->word_count == NAME_WORDS_MAX)
            continue;
        memmove(w + 1, w, (t->word_count - i) * sizeof *w);
        t->word_count++;
        uint32_t bytes = (uint32_t)(t->at[w->code_first + 1] - w->text_at);
        w[0].code_count = 1;
        w[0].text_count = (uint16_t)bytes;
        w[0].dotted = false;
        w[1].code_first++;
        w[1].code_count--;
        w[1].text_at = (uint16_t)(w[1].text_at + bytes);
        w[1].text_count = (uint16_t)(w[1].text_count - bytes);
        w[1].before = '-';
        i++;
    }
}

enum imjin_status script_read(struct script_text *t, struct span text, bool person, struct error *err) {
    bool ascii;
    t->count = t->text_count = t->word_count = 0;
    t->at[0] = 0;
    t->comma = false;
    TRY(read_plain(t, text, &ascii, err));
    if (!ascii)
        TRY(compose(t, err));
    TRY(split(t, err));
    if (person)
        part_family(t);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->word_count; i++) {
        TRY(latinise(t, &t->words[i], err));
        if (t->words[i].count)
            t->words[kept++] = t->words[i];
    }
    t->word_count = kept;
    return IMJIN_OK;
}
