#include <stdio.h>

#include "screen/screen.h"

enum { YEAR_MIN = 1800, YEAR_MAX = 2199, CIRCA_YEARS = 2, NUMBERS_MAX = 4 };

/* Days since 1970-01-01; years are counted from March, so that a leap day comes last. */
static int32_t day_of(int year, int month, int day) {
    year -= month <= 2;
    int era = year / 400, of_era = year % 400;
    int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int32_t day, int *ret_year, int *ret_month, int *ret_day) {
    int days = day + 719468, era = days / 146097, of_era = days % 146097;
    int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    *ret_day = of_year - (153 * month + 2) / 5 + 1;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = year + era * 400 + (*ret_month <= 2);
}

static int month_days(int year, int month) {
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* ---- reading ---- */

struct pieces { /* a date taken apart: up to four numbers, one month in words */
    int numbers[NUMBERS_MAX], digits[NUMBERS_MAX];
    int count, month, month_at; /* month_at: how many numbers stand before the word */
    bool circa;
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }
static bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool word_is(const char *word, uint64_t count, const char *full, uint64_t least) {
    if (count < least || count > strlen(full))
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (lower(word[i]) != full[i])
            return false;
    return true;
}

static bool take_word(struct pieces *p, const char *word, uint64_t count) {
    static const char *const months[] = {"january", "february", "march",     "april",   "may",      "june",
                                         "july",    "august",   "september", "october", "november", "december"};
    for (int i = 0; i < 12; i++)
        if (word_is(word, count, months[i], 3) && p->month == 0) {
            p->month = i + 1;
            p->month_at = p->count;
            return true;
        }
    bool circa = word_is(word, count, "circa", 1) || word_is(word, count, "approximately", 6);
    p->circa |= circa;
    return circa;
}

static bool take_number(struct pieces *p, const char *digits, uint64_t count) {
    if (p->count == NUMBERS_MAX || count > 8)
        return false;
    int value = 0;
    for (uint64_t i = 0; i < count; i++)
        value = value * 10 + (digits[i] - '0');
    p->numbers[p->count] = value;
    p->digits[p->count++] = (int)count;
    return true;
}

static bool take_apart(struct span text, struct pieces *p) {
    for (uint64_t i = 0, from; i < text.count;) {
        from = i;
        if (is_digit(text.bytes[i])) {
            while (i < text.count && is_digit(text.bytes[i]))
                i++;
            if (!take_number(p, text.bytes + from, i - from))
                return false;
        } else if (is_letter(text.bytes[i])) {
            while (i < text.count && is_letter(text.bytes[i]))
                i++;
            if (text.bytes[from] == 'T' && i == from + 1 && p->count == 3)
                return true; /* a time of day behind a date says nothing here */
            if (!take_word(p, text.bytes + from, i - from))
                return false;
        } else if (strchr(" -/.,~", text.bytes[i]) == NULL) {
            return false;
        } else {
            p->circa |= text.bytes[i++] == '~';
        }
    }
    return true;
}

struct date {
    int year, month, day; /* 0: not said */
};

/* Which number is which: a year has four digits; of two others the day comes first unless the year does. */
static bool arrange(const struct pieces *p, struct date *d) {
    const int *n = p->numbers;
    bool year_first = p->count && p->digits[0] == 4, year_last = p->count && p->digits[p->count - 1] == 4;
    *d = (struct date){0, p->month, 0};
    if (p->count == 1 && p->digits[0] == 8 && p->month == 0)
        *d = (struct date){n[0] / 10000, n[0] / 100 % 100, n[0] % 100};
    else if (p->count == 1 && year_first)
        d->year = n[0];
    else if (p->count == 2 && p->month && (year_first || year_last))
        *d = year_first ? (struct date){n[0], p->month, n[1]} : (struct date){n[1], p->month, n[0]};
    else if (p->count == 2 && (year_first || year_last))
        *d = year_first ? (struct date){n[0], n[1], 0} : (struct date){n[1], n[0], 0};
    else if (p->count == 3 && !p->month && year_first)
        *d = (struct date){n[0], n[1], n[2]};
    else if (p->count == 3 && !p->month && year_last)
        *d = n[1] > 12 && n[0] <= 12 ? (struct date){n[2], n[0], n[1]} : (struct date){n[2], n[1], n[0]};
    else
        return false;
    return true;
}

static const char *check(const struct date *d, bool month_said, bool day_said) {
    if (d->year < YEAR_MIN || d->year > YEAR_MAX)
        return "no year of birth (1800 to 2199)";
    if (month_said && (d->month < 1 || d->month > 12))
        return "no such month";
    if (day_said && (d->day < 1 || d->day > month_days(d->year, d->month)))
        return "no such day";
    return NULL;
}

static void interval(const struct date *d, bool circa, int32_t *ret_from, int32_t *ret_to) {
    int wide = circa ? CIRCA_YEARS : 0, last = d->month ? d->month : 12;
    if (wide) {
        *ret_from = day_of(d->year - wide, 1, 1);
        *ret_to = day_of(d->year + wide, 12, 31);
        return;
    }
    *ret_from = day_of(d->year, d->month ? d->month : 1, d->day ? d->day : 1);
    *ret_to = day_of(d->year, last, d->day ? d->day : month_days(d->year, last));
}

static bool is_year_range(const struct pieces *p) {
    return p->count == 2 && !p->month && p->digits[0] == 4 && p->digits[1] == 4;
}

bool screen_date_parse(struct span text, int32_t *ret_from, int32_t *ret_to, const char **ret_what) {
    struct pieces p = {0};
    struct date d, until = {0};
    *ret_what = "not understood as a date";
    if (!take_apart(span_trim(text), &p))
        return false;
    if (is_year_range(&p)) {
        d = (struct date){p.numbers[0], 0, 0};
        until = (struct date){p.numbers[1], 0, 0};
        const char *what = check(&d, false, false) ? check(&d, false, false) : check(&until, false, false);
        *ret_what = what ? what : "ends before it begins";
        if (what || until.year < d.year)
            return false;
        *ret_from = day_of(d.year, 1, 1);
        *ret_to = day_of(until.year, 12, 31);
        return true;
    }
    if (!arrange(&p, &d))
        return false;
    /* in a placeholder such as 1965-00-00 the year alone is said */
    bool eight = p.count == 1 && p.digits[0] == 8, whole = p.count == 3 || eight;
    if (whole && d.month == 0 && d.day == 0)
        whole = false;
    *ret_what = check(&d, whole || p.count == 2 || p.month, whole || (p.count == 2 && p.month));
    if (*ret_what)
        return false;
    interval(&d, p.circa, ret_from, ret_to);
    return true;
}

/* ---- printing ---- */

void screen_date_print(int32_t from, int32_t to, char ret_text[SCREEN_DATE_PRINT_MAX]) {
    int year, month, day, year_to, month_to, day_to;
    ret_text[0] = '\0';
    if (from == LIST_DAY_NONE || to == LIST_DAY_NONE || from < -719468 || to < -719468)
        return;
    date_of(from, &year, &month, &day);
    date_of(to, &year_to, &month_to, &day_to);
    bool whole_months = day == 1 && day_to == month_days(year_to, month_to);
    if (from == to)
        snprintf(ret_text, SCREEN_DATE_PRINT_MAX, "%04d-%02d-%02d", year, month, day);
    else if (whole_months && year == year_to && month == month_to)
        snprintf(ret_text, SCREEN_DATE_PRINT_MAX, "%04d-%02d", year, month);
    else if (whole_months && year == year_to && month == 1 && month_to == 12)
        snprintf(ret_text, SCREEN_DATE_PRINT_MAX, "%04d", year);
    else
        snprintf(ret_text, SCREEN_DATE_PRINT_MAX, "%04d-%02d-%02d/%04d-%02d-%02d", year, month, day, year_to, month_to, day_to);
}
