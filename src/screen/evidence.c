#include "screen/evidence.h"
#include "list/list.h"

/* Points added to a score of 0..1000. */
enum {
    SAME_DAY = 40,
    SWAPPED = -20,   /* day and month */
    ONE_OFF = -30,   /* one part of the date differs by one */
    SAME_YEAR = -60, /* another day */
    NEXT_YEAR = -60,
    OTHER_YEAR = -250,
    OTHER_DAY = -400, /* two full dates that have nothing in common */
    OTHER_COUNTRY = -40,
    SAME_COUNTRY = 10,
    OTHER_GENDER = -150,
};
enum {
    EQUAL_IDENTIFIER = 1000,
    OTHER_PERSON_MAX = 500,
    IDENTIFIER_LETTERS_MIN = 4,
    IDENTIFIER_LETTERS_MAX = 128,
    CODE_LETTERS = 2
};

struct civil {
    int64_t year;
    unsigned month, day;
};

/* Proleptic Gregorian calendar; years begin in March so that leap days come last. */
static struct civil civil_of(int32_t days) {
    int64_t z = (int64_t)days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned day_of_era = (unsigned)(z - era * 146097);
    unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned m = (5 * day_of_year + 2) / 153;
    unsigned month = m < 10 ? m + 3 : m - 9;
    return (struct civil){(int64_t)year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * m + 2) / 5 + 1};
}

static bool near(unsigned a, unsigned b) { return a > b ? a - b == 1 : b - a == 1; }

static int full_dates(const struct civil *a, const struct civil *b, const char **ret_rule) {
    *ret_rule = "one part of the birth date differs";
    if (a->year == b->year && a->month == b->day && a->day == b->month) {
        *ret_rule = "day and month of birth swapped";
        return SWAPPED;
    }
    unsigned same = (a->year == b->year) + (a->month == b->month) + (a->day == b->day);
    if (same == 2 && (near(a->day, b->day) || near(a->month, b->month) || a->year - b->year == 1 || b->year - a->year == 1))
        return ONE_OFF;
    if (same == 2 && a->year != b->year && a->year - b->year <= 10 && b->year - a->year <= 10)
        return SAME_YEAR;
    if (a->year == b->year && same == 2)
        return SAME_YEAR;
    *ret_rule = "other birth date";
    return a->year == b->year ? 2 * SAME_YEAR : OTHER_DAY;
}

static int compare_births(const struct evidence_value *q, const struct evidence_value *c, const char **ret_rule) {
    bool full = q->day_from == q->day_to && c->day_from == c->day_to;
    struct civil a = civil_of(q->day_from), b = civil_of(c->day_from), a_end = civil_of(q->day_to), b_end = civil_of(c->day_to);
    if (q->day_from <= c->day_to && c->day_from <= q->day_to) {
        *ret_rule = full ? "same birth date" : "birth dates overlap";
        return full ? SAME_DAY : SAME_DAY / 2;
    }
    if (full)
        return full_dates(&a, &b, ret_rule);
    *ret_rule = "next birth year";
    if (a_end.year + 1 >= b.year && b_end.year + 1 >= a.year)
        return NEXT_YEAR;
    *ret_rule = "other birth year";
    return OTHER_YEAR;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

/* Letters and digits alone, in small letters; "IMO" and "SWIFT" before a number are not part of it. */
static unsigned plain(char ret[IDENTIFIER_LETTERS_MAX], struct span s) {
    unsigned count = 0;
    for (uint64_t i = 0; i < s.count; i++) {
        char c = lower(s.bytes[i]);
        bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) || c == '@';
        if (kept && count == IDENTIFIER_LETTERS_MAX)
            return 0;
        if (kept)
            ret[count++] = c;
    }
    if (count > 3 && memcmp(ret, "imo", 3) == 0 && ret[3] >= '0' && ret[3] <= '9') {
        count -= 3;
        memmove(ret, ret + 3, count);
    }
    /* "XXX" behind a bank code means its head office. */
    if (count == 11 && memcmp(ret + 8, "xxx", 3) == 0)
        count = 8;
    return count;
}

static bool same_text(struct span a, struct span b, unsigned least) {
    char x[IDENTIFIER_LETTERS_MAX], y[IDENTIFIER_LETTERS_MAX];
    unsigned m = plain(x, a), n = plain(y, b);
    return m == n && m >= least && memcmp(x, y, m) == 0;
}

/* By code, however the country is written. A text that is no country we know differs from everything and says nothing of it. */
static int compare_countries(struct span q, struct span c, const char **ret_rule) {
    struct span a = country_code(q), b = country_code(c);
    bool same = same_text(a, b, 1), known = a.count == CODE_LETTERS && b.count == CODE_LETTERS;
    *ret_rule = same ? "same country" : known ? "other country" : "country not known";
    return same ? SAME_COUNTRY : known ? OTHER_COUNTRY : 0;
}

static int compare_values(const struct evidence_value *q, const struct evidence_value *c, const char **ret_rule) {
    char x, y;
    switch (q->kind) {
    case EVIDENCE_BIRTH:
        return compare_births(q, c, ret_rule);
    case EVIDENCE_COUNTRY:
        return compare_countries(q->text, c->text, ret_rule);
    case EVIDENCE_GENDER:
        x = q->text.count ? lower(q->text.bytes[0]) : 0;
        y = c->text.count ? lower(c->text.bytes[0]) : 0;
        *ret_rule = (x == 'm' && y == 'f') || (x == 'f' && y == 'm') ? "other gender" : "same gender";
        return (x == 'm' && y == 'f') || (x == 'f' && y == 'm') ? OTHER_GENDER : 0;
    default:
        *ret_rule = "same identifier";
        return same_text(q->text, c->text, IDENTIFIER_LETTERS_MIN) ? EQUAL_IDENTIFIER : 0;
    }
}

/* The pair of values of one kind that speaks most for a match; null rule when a side has none. */
static struct evidence_part weigh_kind(enum evidence_kind kind, const struct evidence_value *q, uint32_t q_count,
                                       const struct evidence_value *c, uint32_t c_count) {
    struct evidence_part best = {.points = INT16_MIN};
    for (uint32_t i = 0; i < q_count; i++) {
        for (uint32_t j = 0; j < c_count && q[i].kind == kind; j++) {
            const char *rule;
            int points = c[j].kind == kind ? compare_values(&q[i], &c[j], &rule) : INT16_MIN;
            if (points > best.points)
                best = (struct evidence_part){q[i].text, c[j].text, (int16_t)points, rule};
        }
    }
    return best;
}

void evidence_weigh(struct evidence *ret, uint16_t names, const struct evidence_value *q, uint32_t q_count,
                    const struct evidence_value *c, uint32_t c_count) {
    int score = names, most = 1000;
    ret->part_count = 0;
    for (enum evidence_kind k = 0; k < EVIDENCE_KINDS; k++) {
        struct evidence_part p = weigh_kind(k, q, q_count, c, c_count);
        if (p.rule == NULL || (k == EVIDENCE_IDENTIFIER && p.points == 0))
            continue;
        /* What speaks for a match adds to names that match. */
        if (p.points > 0 && p.points < EQUAL_IDENTIFIER && names < 700)
            p.points = 0;
        if (p.points == OTHER_DAY)
            most = OTHER_PERSON_MAX;
        score += p.points;
        ret->parts[ret->part_count++] = p;
        if (p.points == EQUAL_IDENTIFIER) {
            ret->score = EQUAL_IDENTIFIER;
            return;
        }
    }
    ret->score = (uint16_t)(score < 0 ? 0 : score > most ? most : score);
}
