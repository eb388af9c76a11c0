#include <stdio.h>

#include "screen/set.h"

enum { TOKENS_MAX = 32 };

/* ---- chance: the same for the same seed, record and mutation ---- */

static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}
static uint32_t pick(uint64_t *state, uint32_t count) { return (uint32_t)(next_random(state) % count); }

/* ---- a name in tokens ---- */

struct tokens {
    struct span items[TOKENS_MAX];
    uint32_t count;
};
struct work {
    struct span name;
    struct tokens tokens;
    enum list_schema schema;
    uint64_t random;
    struct text *out;
};
typedef bool mutation_function(struct work *w); /* false: nothing to change */

static void split_tokens(struct span name, struct tokens *t) {
    t->count = 0;
    for (uint64_t i = 0, from; i < name.count && t->count < TOKENS_MAX;) {
        while (i < name.count && name.bytes[i] == ' ')
            i++;
        for (from = i; i < name.count && name.bytes[i] != ' ';)
            i++;
        if (i > from)
            t->items[t->count++] = (struct span){name.bytes + from, i - from};
    }
}

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }
static char lower(char c) { return is_upper(c) ? (char)(c - 'A' + 'a') : c; }

static bool is_person(const struct work *w) { return w->schema == LIST_PERSON; }

/* All tokens but `without` (none: count), each as it is. */
static void put_tokens(struct work *w, const struct tokens *t, uint32_t without) {
    for (uint32_t i = 0; i < t->count; i++) {
        if (i == without)
            continue;
        if (w->out->count)
            text_add(w->out, " ", 1);
        text_add(w->out, t->items[i].bytes, t->items[i].count);
    }
}

/* The name with `count` bytes at `at` replaced. */
static bool put_replaced(struct work *w, uint64_t at, uint64_t count, const char *by, uint64_t by_count) {
    text_add(w->out, w->name.bytes, at);
    text_add(w->out, by, by_count);
    text_add(w->out, w->name.bytes + at + count, w->name.count - at - count);
    return true;
}

/* A place chosen among those that `fits`; false when there is none. */
static bool choose(struct work *w, bool (*fits)(struct span name, uint64_t at), uint64_t *ret) {
    uint32_t places = 0, chosen;
    for (uint64_t i = 0; i < w->name.count; i++)
        places += fits(w->name, i);
    if (places == 0)
        return false;
    chosen = pick(&w->random, places);
    for (uint64_t i = 0;; i++)
        if (fits(w->name, i) && chosen-- == 0) {
            *ret = i;
            return true;
        }
}

/* ---- parts ---- */

static bool token_swap(struct work *w) {
    struct tokens t = w->tokens;
    if (t.count < 2)
        return false;
    uint32_t at = pick(&w->random, t.count - 1);
    struct span first = t.items[at];
    t.items[at] = t.items[at + 1];
    t.items[at + 1] = first;
    put_tokens(w, &t, t.count);
    return true;
}

static bool missing_part(struct work *w) {
    if (w->tokens.count < 3)
        return false;
    put_tokens(w, &w->tokens, pick(&w->random, w->tokens.count));
    return true;
}

static bool extra_part(struct work *w) {
    static const char *const parts[] = {"Ali", "Maria", "Ivan", "Chol", "Abdul", "Jose", "Anna", "Li"};
    static const char *const words[] = {"Group", "Trading", "International", "General"};
    if (w->tokens.count < 2)
        return false;
    put_tokens(w, &w->tokens, w->tokens.count);
    text_add_string(w->out, " ");
    text_add_string(w->out, is_person(w) ? parts[pick(&w->random, 8)] : words[pick(&w->random, 4)]);
    return true;
}

static bool initials(struct work *w) {
    struct tokens t = w->tokens;
    if (!is_person(w) || t.count < 3)
        return false;
    uint32_t at = pick(&w->random, t.count);
    if (t.items[at].count < 3 || !is_letter(t.items[at].bytes[0]))
        return false;
    t.items[at].count = 1;
    put_tokens(w, &t, t.count);
    return true;
}

static bool joined(struct work *w) {
    struct tokens t = w->tokens;
    if (t.count < 2)
        return false;
    uint32_t at = pick(&w->random, t.count - 1);
    for (uint32_t i = 0; i < t.count; i++) {
        if (i && i != at + 1)
            text_add(w->out, " ", 1);
        text_add(w->out, t.items[i].bytes, t.items[i].count);
    }
    return true;
}

static bool inside_token(struct span n, uint64_t at) {
    return at >= 2 && at + 2 <= n.count && is_letter(n.bytes[at - 2]) && is_letter(n.bytes[at - 1]) && is_letter(n.bytes[at]) &&
           (at + 1 == n.count || is_letter(n.bytes[at + 1]));
}
static bool split(struct work *w) {
    uint64_t at;
    return choose(w, inside_token, &at) && put_replaced(w, at, 0, " ", 1);
}

static bool at_space(struct span n, uint64_t at) {
    return n.bytes[at] == ' ' && at > 0 && at + 1 < n.count && is_letter(n.bytes[at - 1]) && is_letter(n.bytes[at + 1]);
}
static bool at_hyphen(struct span n, uint64_t at) { return n.bytes[at] == '-'; }
static bool hyphen(struct work *w) {
    uint64_t at;
    if (choose(w, at_hyphen, &at))
        return put_replaced(w, at, 1, " ", 1);
    return choose(w, at_space, &at) && put_replaced(w, at, 1, "-", 1);
}

static bool at_apostrophe(struct span n, uint64_t at) { return n.bytes[at] == '\'' || n.bytes[at] == '`'; }
static bool after_initial(struct span n, uint64_t at) {
    return at >= 1 && at + 2 < n.count && (at == 1 || n.bytes[at - 2] == ' ') && is_letter(n.bytes[at - 1]) &&
           is_letter(n.bytes[at]) && is_letter(n.bytes[at + 1]) && is_letter(n.bytes[at + 2]);
}
static bool apostrophe(struct work *w) {
    uint64_t at;
    if (choose(w, at_apostrophe, &at))
        return pick(&w->random, 2) ? put_replaced(w, at, 1, "", 0) : put_replaced(w, at, 1, "\u2019", 3);
    return choose(w, after_initial, &at) && put_replaced(w, at, 0, "'", 1);
}

static bool spaces(struct work *w) {
    uint64_t at;
    return choose(w, at_space, &at) && put_replaced(w, at, 1, "\u00a0 ", 3);
}

/* ---- letters ---- */

static bool any_letter(struct span n, uint64_t at) {
    return is_letter(n.bytes[at]) && at > 0 && is_letter(n.bytes[at - 1]); /* not the first of a part */
}
static bool two_letters(struct span n, uint64_t at) {
    return any_letter(n, at) && at + 1 < n.count && is_letter(n.bytes[at + 1]) && lower(n.bytes[at]) != lower(n.bytes[at + 1]);
}
static char cased(char like, char c) { return is_upper(like) ? (char)(c - 'a' + 'A') : c; }

static bool doubled(struct work *w) {
    uint64_t at;
    return choose(w, any_letter, &at) && put_replaced(w, at, 0, w->name.bytes + at, 1);
}
static bool dropped(struct work *w) {
    uint64_t at;
    return w->name.count >= 6 && choose(w, any_letter, &at) && put_replaced(w, at, 1, "", 0);
}
static bool transposed(struct work *w) {
    uint64_t at;
    if (!choose(w, two_letters, &at))
        return false;
    char other[2] = {w->name.bytes[at + 1], w->name.bytes[at]};
    return put_replaced(w, at, 2, other, 2);
}
static bool substituted(struct work *w) {
    uint64_t at;
    if (w->name.count < 6 || !choose(w, any_letter, &at))
        return false;
    char old = w->name.bytes[at], other = (char)('a' + pick(&w->random, 26));
    if (other == lower(old))
        other = other == 'z' ? 'a' : (char)(other + 1);
    other = cased(old, other);
    return put_replaced(w, at, 1, &other, 1);
}

struct letter_pair {
    const char *from, *to;
};
/* Replaces one letter, chosen among those that the table has. */
static bool replace_letter(struct work *w, const struct letter_pair *table, unsigned count) {
    uint32_t places = 0, chosen = 0;
    for (unsigned round = 0; round < 2; round++) {
        if (round && places == 0)
            return false;
        chosen = round ? pick(&w->random, places) : UINT32_MAX;
        for (uint64_t i = 0; i < w->name.count; i++)
            for (unsigned j = 0; j < count; j++)
                if (w->name.bytes[i] == table[j].from[0]) {
                    if (round && chosen-- == 0)
                        return put_replaced(w, i, 1, table[j].to, strlen(table[j].to));
                    places += !round;
                }
    }
    return false;
}
static bool homoglyph(struct work *w) {
    static const struct letter_pair table[] = {{"a", "а"}, {"c", "с"}, {"e", "е"}, {"o", "о"}, {"p", "р"}, {"x", "х"},
                                               {"y", "у"}, {"A", "А"}, {"B", "В"}, {"C", "С"}, {"E", "Е"}, {"H", "Н"},
                                               {"K", "К"}, {"M", "М"}, {"O", "О"}, {"P", "Р"}, {"T", "Т"}, {"X", "Х"}};
    return replace_letter(w, table, sizeof table / sizeof *table);
}
static bool digit_for_letter(struct work *w) {
    static const struct letter_pair table[] = {{"o", "0"}, {"O", "0"}, {"l", "1"}, {"I", "1"},
                                               {"e", "3"}, {"E", "3"}, {"S", "5"}};
    return replace_letter(w, table, sizeof table / sizeof *table);
}

/* ---- groups of letters and whole words ---- */

static bool matches(struct span n, uint64_t at, const char *word, bool whole, bool at_end) {
    uint64_t count = strlen(word);
    if (at > n.count || count > n.count - at)
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (lower(n.bytes[at + i]) != word[i])
            return false;
    bool ends = at + count == n.count || !is_letter(n.bytes[at + count]);
    bool begins = at == 0 || !is_letter(n.bytes[at - 1]);
    return whole ? begins && ends : !at_end || ends;
}

/* Replaces one group that the table has, with the case of its first letter, or of all of them. */
static bool replace_group(struct work *w, const struct letter_pair *table, unsigned count, bool whole, bool at_end) {
    for (unsigned tried = 0, j = pick(&w->random, count); tried < count; tried++, j = (j + 1) % count)
        for (uint64_t i = 0; i < w->name.count; i++) {
            char by[32];
            uint64_t old = strlen(table[j].from), by_count = strlen(table[j].to);
            if (!matches(w->name, i, table[j].from, whole, at_end))
                continue;
            bool all = old > 1 && is_upper(w->name.bytes[i + old - 1]);
            for (uint64_t k = 0; k < by_count; k++) {
                char c = table[j].to[k];
                bool up = c >= 'a' && c <= 'z' && (all || (k == 0 && is_upper(w->name.bytes[i])));
                by[k] = up ? cased('A', c) : c;
            }
            return put_replaced(w, i, old, by, by_count);
        }
    return false;
}
#define REPLACE(w, table, whole, at_end) replace_group(w, table, sizeof(table) / sizeof *(table), whole, at_end)

static bool nickname(struct work *w) {
    static const struct letter_pair table[] = {
        {"alexander", "sasha"}, {"aleksandr", "sasha"}, {"vladimir", "volodya"}, {"mikhail", "misha"}, {"dmitry", "dima"},
        {"sergei", "seryozha"}, {"nikolai", "kolya"},   {"william", "bill"},     {"robert", "bob"},    {"michael", "mike"},
        {"james", "jim"},       {"joseph", "joe"},      {"thomas", "tom"},       {"daniel", "dan"},    {"jose", "pepe"},
        {"francisco", "paco"},  {"richard", "dick"},    {"charles", "charlie"},  {"edward", "ted"},    {"antonio", "tony"},
        {"david", "dave"},      {"samuel", "sam"},      {"benjamin", "ben"},     {"gregory", "greg"},  {"steven", "steve"}};
    return is_person(w) && REPLACE(w, table, true, false);
}
static bool phonetic(struct work *w) {
    static const struct letter_pair table[] = {{"ph", "f"}, {"ck", "k"},  {"ee", "i"}, {"oo", "u"}, {"kh", "h"}, {"qu", "kw"},
                                               {"x", "ks"}, {"tz", "ts"}, {"ou", "u"}, {"dj", "j"}, {"w", "v"}};
    return REPLACE(w, table, false, false);
}
static bool other_transliteration(struct work *w) {
    static const struct letter_pair words[] = {{"mohammed", "muhammad"}, {"mohammad", "muhammad"},
                                               {"muhammad", "mohamed"},  {"ahmed", "ahmad"},
                                               {"ahmad", "ahmed"},       {"hussein", "husayn"},
                                               {"hussain", "hussein"},   {"abdallah", "abdullah"},
                                               {"yusuf", "yousef"},      {"omar", "umar"},
                                               {"sergey", "sergei"},     {"aleksandr", "alexander"},
                                               {"aleksey", "alexei"},    {"dmitriy", "dmitry"},
                                               {"yuriy", "yury"},        {"al", "el"},
                                               {"osama", "usama"},       {"ri", "lee"},
                                               {"chong", "jong"},        {"kim", "gim"},
                                               {"pak", "park"}};
    static const struct letter_pair ends[] = {{"skiy", "sky"}, {"iy", "y"}, {"yev", "ev"}, {"ov", "off"}, {"aya", "aia"}};
    return REPLACE(w, words, true, false) || REPLACE(w, ends, false, true);
}
static bool title(struct work *w) {
    static const char *const titles[] = {"Dr. ", "Mr ", "General ", "Professor ", "H.E. "};
    if (!is_person(w))
        return false;
    text_add_string(w->out, titles[pick(&w->random, 5)]);
    put_tokens(w, &w->tokens, w->tokens.count);
    return true;
}
static bool legal_form(struct work *w) {
    static const struct letter_pair table[] = {{"limited", "ltd"},
                                               {"ltd", "limited"},
                                               {"llc", "l.l.c."},
                                               {"co", "company"},
                                               {"company", "co"},
                                               {"corporation", "corp"},
                                               {"corp", "corporation"},
                                               {"incorporated", "inc"},
                                               {"inc", "incorporated"},
                                               {"gmbh", "g.m.b.h."},
                                               {"s.a", "sa"},
                                               {"pjsc", "pao"},
                                               {"jsc", "ao"}};
    return !is_person(w) && REPLACE(w, table, true, false);
}
static bool ordinal(struct work *w) {
    static const struct letter_pair table[] = {{"first", "1st"}, {"second", "2nd"}, {"third", "3rd"}, {"fourth", "4th"},
                                               {"1st", "first"}, {"2nd", "second"}, {"3rd", "third"}, {"fifth", "5th"},
                                               {"iii", "3"},     {"ii", "2"},       {"no", "number"}, {"tenth", "10th"}};
    return REPLACE(w, table, true, false);
}
static bool abbreviation(struct work *w) {
    static const struct letter_pair table[] = {{"international", "intl"}, {"corporation", "corp"}, {"brothers", "bros"},
                                               {"department", "dept"},    {"general", "gen"},      {"and", "&"},
                                               {"university", "univ"},    {"technology", "tech"},  {"industries", "ind"},
                                               {"industry", "ind"},       {"national", "natl"},    {"committee", "cttee"},
                                               {"association", "assn"},   {"institute", "inst"},   {"center", "ctr"}};
    return !is_person(w) && REPLACE(w, table, true, false);
}

/* ---- scripts ---- */

static bool other_script(struct work *w) {
    static const char *const cyrillic[26] = {"а", "б", "к", "д", "е", "ф", "г", "х", "и", "дж", "к",  "л", "м",
                                             "н", "о", "п", "к", "р", "с", "т", "у", "в", "в",  "кс", "ы", "з"};
    static const struct letter_pair groups[] = {{"shch", "щ"}, {"zh", "ж"}, {"kh", "х"}, {"ts", "ц"}, {"ch", "ч"},
                                                {"sh", "ш"},   {"yu", "ю"}, {"ya", "я"}, {"yo", "ё"}};
    if (!is_person(w))
        return false;
    for (uint64_t i = 0; i < w->name.count;) {
        unsigned j = 0;
        while (j < sizeof groups / sizeof *groups && !matches(w->name, i, groups[j].from, false, false))
            j++;
        char c = lower(w->name.bytes[i]);
        if (j < sizeof groups / sizeof *groups) {
            text_add_string(w->out, groups[j].to);
            i += strlen(groups[j].from);
            continue;
        }
        if ((unsigned char)c >= 0x80)
            return false; /* not Latin letters alone */
        if (is_letter(c))
            text_add_string(w->out, cyrillic[c - 'a']);
        else if (c != '\'')
            text_add(w->out, &c, 1);
        i++;
    }
    return true;
}

/* Latin-1 letters with marks, in the order of their code points from U+00C0. */
static const char bare_letters[] = "AAAAAAACEEEEIIIIDNOOOOO OUUUUYTsaaaaaaaceeeeiiiidnooooo ouuuuyty";
static bool is_marked(struct span n, uint64_t at) { return (unsigned char)n.bytes[at] == 0xc3 && at + 1 < n.count; }

static bool diacritics_stripped(struct work *w) {
    bool any = false;
    for (uint64_t i = 0; i < w->name.count; i++) {
        if (is_marked(w->name, i)) {
            text_add(w->out, &bare_letters[(unsigned char)w->name.bytes[++i] & 63], 1);
            any = true;
        } else {
            text_add(w->out, w->name.bytes + i, 1);
        }
    }
    return any;
}
/* Read as Latin-1 and written as UTF-8 again. */
static bool diacritics_mangled(struct work *w) {
    uint64_t at;
    if (!choose(w, is_marked, &at))
        return false;
    char by[4] = {(char)0xc3, (char)0x83, (char)0xc2, w->name.bytes[at + 1]};
    return put_replaced(w, at, 2, by, 4);
}
static bool diacritics_added(struct work *w) {
    static const struct letter_pair table[] = {{"a", "á"}, {"e", "é"}, {"i", "í"}, {"o", "ö"},
                                               {"u", "ü"}, {"n", "ñ"}, {"O", "Ö"}};
    return replace_letter(w, table, sizeof table / sizeof *table);
}
static bool lower_case(struct work *w) {
    for (uint64_t i = 0; i < w->name.count; i++) {
        char c = lower(w->name.bytes[i]);
        text_add(w->out, &c, 1);
    }
    return true;
}
static bool unchanged(struct work *w) {
    put_tokens(w, &w->tokens, w->tokens.count);
    return true;
}

/* ---- the catalogue ---- */

enum kind { OF_NAME, OF_DATE, OF_WALLET };
enum date_change { DATE_FLIP = 1, DATE_YEAR, DATE_PLUS, DATE_MINUS };
static const struct {
    struct screen_mutation about;
    mutation_function *change;
    enum kind kind;
    enum date_change date;
} catalogue[] = {
    {{"unchanged", "the listed name as it is"}, unchanged, OF_NAME, 0},
    {{"token_swap", "two neighbouring parts changed about"}, token_swap, OF_NAME, 0},
    {{"missing_part", "one of three or more parts left out"}, missing_part, OF_NAME, 0},
    {{"extra_part", "a part more"}, extra_part, OF_NAME, 0},
    {{"initials", "one of three or more parts as its initial"}, initials, OF_NAME, 0},
    {{"nickname", "a given name as its short form"}, nickname, OF_NAME, 0},
    {{"hyphen", "a hyphen for a space or a space for a hyphen"}, hyphen, OF_NAME, 0},
    {{"apostrophe", "an apostrophe more, less or of another kind"}, apostrophe, OF_NAME, 0},
    {{"spaces", "spaces of other kinds"}, spaces, OF_NAME, 0},
    {{"joined", "two parts written as one"}, joined, OF_NAME, 0},
    {{"split", "one part written as two"}, split, OF_NAME, 0},
    {{"doubled", "a letter doubled"}, doubled, OF_NAME, 0},
    {{"dropped", "a letter left out"}, dropped, OF_NAME, 0},
    {{"transposed", "two neighbouring letters changed about"}, transposed, OF_NAME, 0},
    {{"substituted", "another letter"}, substituted, OF_NAME, 0},
    {{"homoglyph", "a Cyrillic letter that looks the same"}, homoglyph, OF_NAME, 0},
    {{"digit_for_letter", "a digit that looks the same"}, digit_for_letter, OF_NAME, 0},
    {{"phonetic", "spelt as it sounds"}, phonetic, OF_NAME, 0},
    {{"other_transliteration", "another scheme of transliteration"}, other_transliteration, OF_NAME, 0},
    {{"other_script", "in Cyrillic letters"}, other_script, OF_NAME, 0},
    {{"title", "a title in front"}, title, OF_NAME, 0},
    {{"legal_form", "the legal form spelt out or shortened"}, legal_form, OF_NAME, 0},
    {{"ordinal", "ordinals and numerals written in another way"}, ordinal, OF_NAME, 0},
    {{"abbreviation", "a word abbreviated"}, abbreviation, OF_NAME, 0},
    {{"diacritics_stripped", "without marks on letters"}, diacritics_stripped, OF_NAME, 0},
    {{"diacritics_mangled", "a marked letter read in the wrong encoding"}, diacritics_mangled, OF_NAME, 0},
    {{"diacritics_added", "a mark on a letter"}, diacritics_added, OF_NAME, 0},
    {{"lower_case", "all in lower case"}, lower_case, OF_NAME, 0},
    {{"birth_day_month", "day and month of birth changed about"}, unchanged, OF_DATE, DATE_FLIP},
    {{"birth_year_only", "the year of birth alone"}, unchanged, OF_DATE, DATE_YEAR},
    {{"birth_year_plus", "born a year later"}, unchanged, OF_DATE, DATE_PLUS},
    {{"birth_year_minus", "born a year earlier"}, unchanged, OF_DATE, DATE_MINUS},
    {{"wrong_currency", "a wallet under another currency's label"}, NULL, OF_WALLET, 0},
};

unsigned screen_mutation_count(void) { return sizeof catalogue / sizeof *catalogue; }
const struct screen_mutation *screen_mutation_at(unsigned mutation) { return &catalogue[mutation].about; }

uint64_t screen_mutation_rank(const struct screen_set *s, uint32_t entity, unsigned mutation, uint64_t seed) {
    struct span id = screen_entity_at(s, entity).id;
    return hash_bytes(id.bytes, id.count,
                      hash_bytes(catalogue[mutation].about.name, strlen(catalogue[mutation].about.name), seed));
}

/* Writes the changed date; false when the record has no day of birth, or the change gives the same or no date. */
static bool change_date(const struct screen_set *s, uint32_t entity, enum date_change change, struct text *out) {
    struct list_value v = screen_entity_property(s, entity, LIST_BIRTH_DATE);
    char text[SCREEN_DATE_PRINT_MAX];
    if (v.text.count == 0 || v.day_from == LIST_DAY_NONE || v.day_from != v.day_to)
        return false;
    screen_date_print(v.day_from, v.day_to, text);
    struct span date = span_of(text);
    uint64_t year, month, day;
    if (date.count != 10 || !u64_parse(text, 4, &year) || !u64_parse(text + 5, 2, &month) || !u64_parse(text + 8, 2, &day))
        return false;
    if (change == DATE_FLIP && (day > 12 || day == month))
        return false;
    if ((change == DATE_PLUS || change == DATE_MINUS) && month == 2 && day == 29)
        return false;
    if (change == DATE_YEAR)
        text_add(out, text, 4);
    else if (change == DATE_FLIP)
        text_add_format(out, "%.4s-%.2s-%.2s", text, text + 8, text + 5);
    else
        text_add_format(out, "%04u-%.5s", (unsigned)(change == DATE_PLUS ? year + 1 : year - 1), text + 5);
    return true;
}

static bool change_wallet(const struct screen_set *s, uint32_t entity, struct work *w) {
    static const char *const labels[] = {"XBT", "ETH", "USDT", "XMR", "LTC", "TRX"};
    struct list_value v = screen_entity_property(s, entity, LIST_WALLET);
    struct id_key key;
    if (!id_key_of_value(&v, &key))
        return false;
    const char *label = labels[pick(&w->random, 6)];
    if (span_is(v.kind, label))
        label = labels[(pick(&w->random, 5) + 1) % 6];
    text_add_format(w->out, "%s ", label);
    text_add(w->out, v.text.bytes, v.text.count);
    return true;
}

enum imjin_status screen_mutate(const struct screen_set *s, uint32_t entity, unsigned mutation, uint64_t seed,
                                struct screen_mutant *ret, bool *ret_made, struct text *texts, struct error *err) {
    struct screen_entity e = screen_entity_at(s, entity);
    struct work w = {.name = screen_entity_name(s, entity), .schema = e.schema, .out = texts};
    bool made = w.name.count > 0 && w.name.count <= NAME_BYTES_MAX;
    w.random = screen_mutation_rank(s, entity, mutation, seed ^ 1);
    split_tokens(w.name, &w.tokens);
    text_clear(texts);
    if (catalogue[mutation].kind == OF_WALLET)
        made = change_wallet(s, entity, &w);
    else
        made = made && catalogue[mutation].change(&w);
    uint64_t first = texts->count;
    if (made && catalogue[mutation].kind == OF_DATE)
        made = change_date(s, entity, catalogue[mutation].date, texts);
    *ret_made = made;
    if (!made)
        return IMJIN_OK;
    TRY(text_status(texts, err));
    *ret = (struct screen_mutant){.entity = entity, .mutation = mutation};
    struct span whole = {texts->bytes, first}, rest = {texts->bytes + first, texts->count - first}, none = {"", 0};
    bool wallet = catalogue[mutation].kind == OF_WALLET;
    ret->name = wallet ? none : whole;
    ret->address = wallet ? whole : none;
    ret->dob = rest.count ? rest : none;
    return IMJIN_OK;
}
