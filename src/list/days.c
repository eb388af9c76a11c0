#include "list/build.h"

#include <stdio.h>

enum { YEAR_MAX = 9999 };

static bool leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static int days_in(int year, int month) {
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap(year));
}

/* Days of the proleptic Gregorian calendar since 1970; the year begins in March, so that the leap day comes last. */
int32_t day_of(int year, int month, int day) {
    if (year < 1 || year > YEAR_MAX || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return LIST_DAY_NONE;
    int y = month > 2 ? year : year - 1, m = (month + 9) % 12;
    int era = y / 400, of_era = y % 400;
    int of_year = (153 * m + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

unsigned list_day_print(int32_t day, char ret_text[LIST_DAY_PRINT_MAX]) {
    ret_text[0] = 0;
    if (day == LIST_DAY_NONE)
        return 0;
    int z = day + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
    int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int m = (5 * of_year + 2) / 153, month = m < 10 ? m + 3 : m - 9;
    int year = year_of_era + era * 400 + (month <= 2);
    int count = snprintf(ret_text, LIST_DAY_PRINT_MAX, "%04d-%02d-%02d", year, month, of_year - (153 * m + 2) / 5 + 1);
    return (unsigned)count;
}

/* Words and numbers of a date. */
struct token {
    int number, digits; /* digits 0: a word */
    int month;          /* of a word: 1..12, else 0 */
    struct span word;
    char before; /* what stood in front of it */
};
enum { TOKENS_MAX = 12, WORD_MAX = 24 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c < 0; }

static int month_of(struct span word) {
    static const char *const names[12] = {"january", "february", "march",     "april",   "may",      "june",
                                          "july",    "august",   "september", "october", "november", "december"};
    for (int i = 0; i < 12 && word.count >= 3; i++) {
        struct span name = {names[i], word.count};
        if (word.count <= strlen(names[i])) {
            char text[WORD_MAX] = "";
            memcpy(text, name.bytes, name.count);
            if (text_same(word, text))
                return i + 1;
        }
    }
    return word.count == 4 && text_same(word, "sept") ? 9 : 0;
}

static bool tokenize(struct token *ret, int *ret_count, struct span text) {
    int count = 0;
    for (uint64_t i = 0; i < text.count;) {
        char c = text.bytes[i];
        uint64_t end = i;
        if (!is_digit(c) && !is_letter(c)) {
            i++;
            continue;
        }
        if (count == TOKENS_MAX)
            return false;
        struct token *t = &ret[count++];
        *t = (struct token){.before = i ? text.bytes[i - 1] : ' '};
        if (is_digit(c))
            for (; end < text.count && is_digit(text.bytes[end]) && t->digits < 8; end++, t->digits++)
                t->number = t->number * 10 + (text.bytes[end] - '0');
        else
            while (end < text.count && is_letter(text.bytes[end]))
                end++;
        t->word = (struct span){text.bytes + i, end - i};
        t->month = t->digits || t->word.count >= WORD_MAX ? 0 : month_of(t->word);
        i = end;
    }
    *ret_count = count;
    return count > 0;
}

struct interval {
    int32_t from, to;
};

/* All of a year (month 0), of a month (day 0), or one day. */
static bool whole(struct interval *ret, int year, int month, int day) {
    int32_t from = day_of(year, month ? month : 1, day ? day : 1), to = LIST_DAY_NONE;
    if (from != LIST_DAY_NONE)
        to = day ? from : month ? day_of(year, month, days_in(year, month)) : day_of(year, 12, 31);
    *ret = (struct interval){from, to};
    return to != LIST_DAY_NONE;
}

/* "dd" and "mm" stand for what is not known in the United Kingdom's list, as 00 does. */
static bool is_blank(const struct token *t) {
    return (t->digits && t->number == 0 && t->digits <= 2) ||
           (t->digits == 0 && (text_same(t->word, "dd") || text_same(t->word, "mm") || text_same(t->word, "yyyy")));
}

static bool slashed(struct interval *ret, const struct token *t) {
    int day = t[0].number, month = t[1].number;
    if (t[2].digits != 4 || t[0].digits > 2 || t[1].digits > 2)
        return false;
    if (is_blank(&t[0]) || is_blank(&t[1]))
        return whole(ret, t[2].number, is_blank(&t[1]) ? 0 : month, is_blank(&t[0]) || is_blank(&t[1]) ? 0 : day);
    return whole(ret, t[2].number, month, day);
}

/* One date of one to three parts. */
static bool one_date(struct interval *ret, const struct token *t, int count) {
    if (count == 1 && t[0].digits == 4)
        return whole(ret, t[0].number, 0, 0);
    if (count == 1 && t[0].digits == 8)
        return whole(ret, t[0].number / 10000, t[0].number / 100 % 100, t[0].number % 100);
    if (count == 2 && t[0].month && t[1].digits == 4)
        return whole(ret, t[1].number, t[0].month, 0);
    if (count == 2 && t[0].digits == 4 && t[1].digits == 2)
        return whole(ret, t[0].number, t[1].number, 0);
    if (count == 2 && t[1].digits == 4 && t[0].digits && t[0].digits <= 2)
        return whole(ret, t[1].number, t[0].number, 0);
    if (count != 3)
        return false;
    if (t[1].month && t[0].digits && t[0].digits <= 2 && t[2].digits == 4)
        return whole(ret, t[2].number, t[1].month, t[0].number ? t[0].number : -1);
    if (t[0].month && t[1].digits && t[1].digits <= 2 && t[2].digits == 4)
        return whole(ret, t[2].number, t[0].month, t[1].number ? t[1].number : -1);
    if (t[0].digits == 4 && t[1].digits && t[2].digits && t[1].digits <= 2 && t[2].digits <= 2)
        return whole(ret, t[0].number, is_blank(&t[1]) ? 0 : t[1].number, is_blank(&t[2]) || is_blank(&t[1]) ? 0 : t[2].number);
    return slashed(ret, t);
}

static bool same_word(struct span a, struct span b) {
    for (uint64_t i = 0; i < a.count; i++)
        if ((a.bytes[i] | 32) != b.bytes[i])
            return false;
    return true;
}

static bool is_word(const struct token *t, const char *words) {
    struct span rest = span_of(words), word;
    while (t->digits == 0 && text_split(&rest, " ", &word))
        if (word.count == t->word.count && same_word(t->word, word))
            return true;
    return false;
}

/* "1960s": the ten years. */
static bool decade(struct interval *ret, const struct token *t, int count) {
    struct interval last;
    return count == 2 && t[0].digits == 4 && t[0].number % 10 == 0 && t[1].before != ' ' && text_same(t[1].word, "s") &&
           whole(ret, t[0].number, 0, 0) && whole(&last, t[0].number + 9, 0, 0) && (ret->to = last.to, true);
}

/* "1960 to 1963", "between 1960 and 1963", "1960-1963". */
static bool span_of_dates(struct interval *ret, const struct token *t, int count) {
    struct interval first, second;
    for (int i = 1; i < count; i++) {
        bool joined = is_word(&t[i], "to and until");
        int next = i + joined;
        bool years = count == 2 && t[0].digits == 4 && t[1].digits == 4;
        if ((joined || years) && next < count && one_date(&first, t, i) && one_date(&second, t + next, count - next)) {
            *ret = (struct interval){first.from, second.to};
            return first.from <= second.to;
        }
    }
    return false;
}

bool list_day_parse(struct span text, int32_t *ret_from, int32_t *ret_to) {
    struct token tokens[TOKENS_MAX];
    struct interval found, wide;
    const struct token *t = tokens;
    int count;
    bool circa = false;
    text = span_trim(text);
    if (text.count >= 11 && text.bytes[4] == '-' && text.bytes[7] == '-' && strchr("TZ+-", text.bytes[10]))
        text.count = 10; /* behind it stand the time of day and its zone */
    if (text.count > 120 || !tokenize(tokens, &count, text))
        return false;
    for (; count > 1 && is_word(t, "circa ca c approximately approx about between from early late mid"); t++, count--)
        circa = circa || !is_word(t, "between from");
    if (!one_date(&found, t, count) && !decade(&found, t, count) && !span_of_dates(&found, t, count))
        return false;
    wide = found;
    if (circa && count == 1 && t[0].digits == 4 && whole(&wide, t[0].number - 1, 0, 0) && whole(&found, t[0].number + 1, 0, 0))
        found.from = wide.from;
    *ret_from = found.from;
    *ret_to = found.to;
    return true;
}
