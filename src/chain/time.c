#include "chain/chain.h"

#include <stdio.h>

enum { DAY_SECONDS = 86400, YEAR_MIN = 1970, YEAR_MAX = 9999 };
#define TIME_MAX INT64_C(253402300799) /* 9999-12-31 23:59:59 */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static enum imjin_status fail_time(struct error *err, struct span text, const char *why) {
    return fail_value(err, NULL, 0, NULL, text.bytes, text.count, "is not a time (%s)", why);
}

/* Days since 1970-01-01 of a date of the Gregorian calendar; years are counted from March, so that a leap day comes last. */
static int64_t days_of_date(int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    int64_t era = year / 400, of_era = year % 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of_days(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day) {
    days += 719468;
    int64_t era = days / 146097, of_era = days % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    *ret_day = (unsigned)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (unsigned)(month < 10 ? month + 3 : month - 9);
    *ret_year = year + era * 400 + (*ret_month <= 2);
}

static unsigned month_days(int64_t year, unsigned month) {
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* True when `text` from `at` has the shape of `pattern`, where 'd' stands for a digit. */
static bool has_shape(struct span text, uint64_t at, const char *pattern) {
    uint64_t count = strlen(pattern);
    if (at > text.count || text.count - at < count)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        char c = text.bytes[at + i];
        if (pattern[i] == 'd' ? !is_digit(c) : c != pattern[i])
            return false;
    }
    return true;
}

static unsigned number_at(struct span text, uint64_t at, unsigned count) {
    unsigned v = 0;
    for (unsigned i = 0; i < count; i++)
        v = v * 10 + (unsigned)(text.bytes[at + i] - '0');
    return v;
}

static bool is_utc(struct span zone) {
    return zone.count == 0 || span_is(zone, "Z") || span_is(zone, " UTC") || span_is(zone, "UTC") || span_is(zone, "+00:00") ||
           span_is(zone, " +00:00") || span_is(zone, "+00");
}

static enum imjin_status parse_date(int64_t *ret_days, struct span text, struct error *err) {
    unsigned year = number_at(text, 0, 4), month = number_at(text, 5, 2), day = number_at(text, 8, 2);
    if (year < YEAR_MIN)
        return fail_time(err, text, "before 1970");
    if (month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return fail_time(err, text, "no such day");
    *ret_days = days_of_date(year, month, day);
    return IMJIN_OK;
}

static enum imjin_status parse_clock(int64_t *ret_seconds, struct span text, uint64_t at, struct error *err) {
    unsigned hour = number_at(text, at, 2), minute = number_at(text, at + 3, 2), second = number_at(text, at + 6, 2);
    if (hour > 23 || minute > 59 || second > 59)
        return fail_time(err, text, "no such hour, minute or second");
    at += 8;
    if (has_shape(text, at, ".d"))
        for (at++; at < text.count && is_digit(text.bytes[at]);)
            at++;
    if (!is_utc((struct span){text.bytes + at, text.count - at}))
        return fail_time(err, text, "only UTC is read");
    *ret_seconds = hour * 3600 + minute * 60 + second;
    return IMJIN_OK;
}

static enum imjin_status parse_seconds(int64_t *ret, struct span text, struct error *err) {
    uint64_t seconds;
    if (!u64_parse(text.bytes, text.count, &seconds))
        return fail_time(err, text, "seconds since 1970 or YYYY-MM-DD HH:MM:SS is wanted");
    if (seconds > (uint64_t)TIME_MAX)
        return fail_time(err, text, "after the year 9999; seconds since 1970 are wanted, not milliseconds");
    *ret = (int64_t)seconds;
    return IMJIN_OK;
}

enum imjin_status time_parse(int64_t *ret, struct span text, struct error *err) {
    int64_t days = 0, seconds = 0;
    if (text.count == 0)
        return fail_time(err, text, "empty");
    if (!has_shape(text, 0, "dddd-dd-dd"))
        return parse_seconds(ret, text, err);
    TRY(parse_date(&days, text, err));
    if (text.count > 10) {
        if (!has_shape(text, 10, " dd:dd:dd") && !has_shape(text, 10, "Tdd:dd:dd"))
            return fail_time(err, text, "YYYY-MM-DD HH:MM:SS is wanted");
        TRY(parse_clock(&seconds, text, 11, err));
    }
    *ret = days * DAY_SECONDS + seconds;
    return IMJIN_OK;
}

unsigned time_print(int64_t time, char ret_text[TIME_PRINT_MAX]) {
    int64_t year;
    unsigned month, day;
    if (time < 0 || time > TIME_MAX) {
        memcpy(ret_text, "unknown", 8);
        return 7;
    }
    date_of_days(time / DAY_SECONDS, &year, &month, &day);
    unsigned clock = (unsigned)(time % DAY_SECONDS);
    int count = snprintf(ret_text, TIME_PRINT_MAX, "%04u-%02u-%02u %02u:%02u:%02uZ", (unsigned)year, month, day, clock / 3600,
                         clock / 60 % 60, clock % 60);
    return (unsigned)count;
}
