#include "report/write.h"

#include <inttypes.h>
#include <stdio.h>

enum { DRAIN_BYTES = 1 << 20 };

unsigned utf8_read(const uint8_t *s, uint64_t count, uint32_t *ret_point) {
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned length = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
    if (length == 0 || length > count)
        return 0;
    uint32_t point = length == 1 ? s[0] : s[0] & (0x7fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if (s[i] >> 6 != 2)
            return 0;
        point = point << 6 | (s[i] & 0x3f);
    }
    if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    *ret_point = point;
    return length;
}

struct range {
    uint32_t first, last;
};
static bool in_ranges(uint32_t point, const struct range *ranges, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return true;
    return false;
}
#define IN(point, ranges) in_ranges(point, ranges, sizeof(ranges) / sizeof(ranges)[0])

bool sign_is_hidden(uint32_t point) {
    static const struct range ranges[] = {
        {0x00, 0x1f},       {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},   {0x61c, 0x61c},   {0x115f, 0x1160},
        {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
        {0xe000, 0xf8ff},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xfffe, 0xffff},
        {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff}};
    return IN(point, ranges) || (point & 0xfffe) == 0xfffe;
}

static bool combining(uint32_t point) {
    static const struct range ranges[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},
                                          {0x64b, 0x65f},   {0xe31, 0xe31},   {0xe34, 0xe3a},   {0xe47, 0xe4e},
                                          {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f}};
    return IN(point, ranges);
}

static bool two_columns(uint32_t point) {
    static const struct range ranges[] = {{0x1100, 0x115f},  {0x2190, 0x2bff},   {0x2e80, 0xa4cf},   {0xa960, 0xa97f},
                                          {0xac00, 0xd7ff},  {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
                                          {0xffe0, 0xffe6},  {0x16fe0, 0x18aff}, {0x1b000, 0x1b2ff}, {0x1f000, 0x1faff},
                                          {0x20000, 0x3fffd}};
    return IN(point, ranges);
}

/* One sign of outside text: returns how many bytes it took; *marks counts combining marks in a row. */
static unsigned add_sign(struct text *t, const uint8_t *s, uint64_t count, unsigned *marks) {
    uint32_t point = 0;
    unsigned length = utf8_read(s, count, &point);
    if (length == 0) {
        text_add_format(t, "\\x%02x", s[0]);
        return 1;
    }
    *marks = combining(point) ? *marks + 1 : 0;
    if (sign_is_hidden(point) || *marks > 2)
        text_add_format(t, "\\u{%" PRIx32 "}", point);
    else
        text_add(t, (const char *)s, length);
    return length;
}

/* How many of the bytes are shown as they are: nearly all of what there is to show. */
static uint64_t plain_run(const uint8_t *s, uint64_t count) {
    uint64_t run = 0;
    while (run < count && s[run] >= 0x20 && s[run] < 0x7f)
        run++;
    return run;
}

void add_visible(struct text *t, struct span outside, uint64_t bytes_max) {
    const uint8_t *s = (const uint8_t *)outside.bytes;
    unsigned marks = 0;
    uint64_t at = 0;
    while (at < outside.count) {
        uint32_t point;
        uint64_t left = outside.count - at, room = bytes_max > at ? bytes_max - at : 0;
        uint64_t run = plain_run(s + at, left < room ? left : room);
        if (run) {
            text_add(t, outside.bytes + at, run);
            marks = 0;
            at += run;
            continue;
        }
        unsigned length = utf8_read(s + at, outside.count - at, &point);
        if (at + (length ? length : 1) > bytes_max) {
            text_add_string(t, "...");
            return;
        }
        at += add_sign(t, s + at, outside.count - at, &marks);
    }
}

void report_add_outside(struct text *t, struct span outside) { add_visible(t, outside, REPORT_OUTSIDE_TEXT_MAX); }

static void add_references(struct text *t, struct span visible) {
    uint64_t done = 0;
    for (uint64_t i = 0; i < visible.count; i++) {
        char c = visible.bytes[i];
        const char *reference = c == '&'    ? "&amp;"
                                : c == '<'  ? "&lt;"
                                : c == '>'  ? "&gt;"
                                : c == '"'  ? "&quot;"
                                : c == '\'' ? "&#39;"
                                            : NULL;
        if (reference == NULL)
            continue;
        text_add(t, visible.bytes + done, i - done);
        text_add_string(t, reference);
        done = i + 1;
    }
    text_add(t, visible.bytes + done, visible.count - done);
}

void text_fold(struct text *t, struct text *part) {
    if (t->status == IMJIN_OK)
        t->status = part->status;
    text_done(part);
}

void add_markup(struct text *t, struct span outside) {
    struct text visible = {0};
    add_visible(&visible, outside, MARKUP_TEXT_MAX);
    add_references(t, span_of_text(&visible));
    text_fold(t, &visible);
}

void add_markup_string(struct text *t, const char *string) {
    if (string)
        add_markup(t, span_of(string));
}

/* Hexadecimal, decimal, words: what most cells hold, and needs nothing done to it. */
static bool is_plain_cell(struct span s) {
    for (uint64_t i = 0; i < s.count; i++) {
        char c = s.bytes[i];
        bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (i && (c == ' ' || c == '.'));
        if (!word)
            return false;
    }
    return s.count < MARKUP_TEXT_MAX;
}

void add_cell(struct text *t, struct span outside) {
    if (is_plain_cell(outside)) {
        text_add(t, outside.bytes, outside.count);
        return;
    }
    struct text visible = {0};
    add_visible(&visible, outside, MARKUP_TEXT_MAX);
    struct span s = span_of_text(&visible);
    bool formula = s.count && strchr("=+-@", s.bytes[0]) != NULL;
    bool quoted = s.count && (memchr(s.bytes, ',', s.count) || memchr(s.bytes, '"', s.count) || s.bytes[0] == ' ');
    if (quoted)
        text_add(t, "\"", 1);
    if (formula)
        text_add(t, "'", 1);
    for (uint64_t i = 0; i < s.count; i++)
        text_add(t, s.bytes[i] == '"' ? "\"\"" : s.bytes + i, s.bytes[i] == '"' ? 2 : 1);
    if (quoted)
        text_add(t, "\"", 1);
    text_fold(t, &visible);
}

void add_cell_string(struct text *t, const char *string) {
    if (string)
        add_cell(t, span_of(string));
}

/* How many bytes of visible text fit in `columns`, and how many columns those take. */
static uint64_t fit(struct span visible, unsigned columns, unsigned *ret_taken) {
    uint64_t at = 0;
    unsigned taken = 0;
    while (at < visible.count) {
        uint32_t point = 0;
        unsigned length = utf8_read((const uint8_t *)visible.bytes + at, visible.count - at, &point);
        unsigned more = combining(point) ? 0 : two_columns(point) ? 2 : 1;
        if (taken + more > columns)
            break;
        taken += more;
        at += length ? length : 1;
    }
    *ret_taken = taken;
    return at;
}

unsigned visible_columns(struct span visible) {
    unsigned taken;
    fit(visible, UINT32_MAX / 2, &taken);
    return taken;
}

void add_fitted(struct text *t, struct span visible, unsigned columns) {
    unsigned taken;
    if (fit(visible, columns, &taken) == visible.count) {
        text_add(t, visible.bytes, visible.count);
        return;
    }
    if (columns == 0)
        return;
    text_add(t, visible.bytes, fit(visible, columns - 1, &taken));
    text_add_string(t, "\u2026");
}

void add_padded(struct text *t, struct span visible, unsigned columns) {
    add_fitted(t, visible, columns);
    unsigned taken = visible_columns(visible);
    text_add_format(t, "%*s", taken < columns ? (int)(columns - taken) + 1 : 1, "");
}

void add_padded_right(struct text *t, struct span visible, unsigned columns) {
    unsigned taken = visible_columns(visible);
    text_add_format(t, "%*s", taken < columns ? (int)(columns - taken) : 0, "");
    add_fitted(t, visible, columns);
    text_add(t, " ", 1);
}

static void add_grouped(struct text *t, const char *digits, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        if (i && (count - i) % 3 == 0)
            text_add(t, ",", 1);
        text_add(t, digits + i, 1);
    }
}

void add_count(struct text *t, uint64_t n) {
    char digits[U128_DIGITS_MAX];
    add_grouped(t, digits, u128_print(n, digits));
}

void add_counted(struct text *t, uint64_t n, const char *one, const char *many) {
    add_count(t, n);
    text_add_format(t, " %s", n == 1 ? one : many);
}

void report_add_amount(struct text *t, struct u256 units, unsigned decimals, const char *symbol, unsigned places) {
    char exact[AMOUNT_PRINT_MAX];
    unsigned count = amount_print(units, decimals, exact);
    const char *point = memchr(exact, '.', count);
    uint64_t whole = point ? (uint64_t)(point - exact) : count;
    uint64_t kept = point ? count - whole - 1 : 0;
    if (kept > places)
        kept = places;
    while (kept && exact[whole + kept] == '0')
        kept--;
    bool nothing_left = !u256_zero(units) && kept == 0 && whole == 1 && exact[0] == '0';
    if (nothing_left && places) {
        text_add_format(t, "<0.%0*d", (int)places, 1);
    } else if (nothing_left) {
        text_add_string(t, "<1");
    } else {
        add_grouped(t, exact, whole);
        if (kept)
            text_add(t, exact + whole, kept + 1);
    }
    if (symbol && symbol[0])
        text_add_format(t, " %s", symbol);
}

/* Both numbers cut by the same count of low bits until they fit: shares are for people, and drawn or said rounded down. */
uint64_t share_of(struct u256 part, struct u256 whole, uint64_t scale) {
    if (u256_zero(whole))
        return 0;
    if (u256_compare(part, whole) >= 0)
        return scale;
    u128 p, w;
    while (!u256_to_u128(whole, &w)) {
        for (unsigned i = 0; i < 4; i++) {
            part.word[i] = part.word[i] >> 1 | (i < 3 ? part.word[i + 1] << 63 : 0);
            whole.word[i] = whole.word[i] >> 1 | (i < 3 ? whole.word[i + 1] << 63 : 0);
        }
    }
    if (!u256_to_u128(part, &p) || w == 0)
        return scale;
    return (uint64_t)mul_div_u128(p, scale, w);
}

void add_percent(struct text *t, struct u256 part, struct u256 whole) {
    uint64_t tenths = share_of(part, whole, 1000);
    if (tenths == 0)
        text_add_string(t, u256_zero(part) ? "0 %" : "under 0.1 %");
    else if (tenths == 1000)
        text_add_string(t, "100 %");
    else
        text_add_format(t, "%" PRIu64 ".%" PRIu64 " %%", tenths / 10, tenths % 10);
}

void add_time(struct text *t, int64_t time) {
    char text[TIME_PRINT_MAX];
    text_add(t, text, time_print(time, text));
}

void day_print(int64_t time, char ret_day[DAY_PRINT_MAX]) {
    char text[TIME_PRINT_MAX];
    time_print(time, text);
    snprintf(ret_day, DAY_PRINT_MAX, "%.*s", time == TIME_UNKNOWN ? 7 : 10, text);
}

void drain_all(struct text *t, struct file_writer *file) {
    if (file == NULL || t->status != IMJIN_OK || t->count == 0)
        return;
    file_write(file, t->bytes, t->count);
    text_clear(t);
}

void drain(struct text *t, struct file_writer *file) {
    if (t->count > DRAIN_BYTES)
        drain_all(t, file);
}
