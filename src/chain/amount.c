#include "chain/chain.h"

/* Exponents beyond this change nothing: a non-zero value is then too large or not whole. */
enum { EXPONENT_MAX = 1000000000 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static enum imjin_status fail_amount(struct error *err, struct span text, const char *why) {
    return fail_value(err, NULL, 0, NULL, text.bytes, text.count, "is not an amount (%s)", why);
}

static bool looks_hexadecimal(struct span text) {
    return text.count >= 2 && text.bytes[0] == '0' && (text.bytes[1] == 'x' || text.bytes[1] == 'X');
}

/* Why the character at `at` cannot stand in an amount. */
static const char *explain(struct span text, uint64_t at) {
    char c = text.bytes[at];
    if (at == 0 && c == '-')
        return "negative";
    if (at == 0 && c == '+')
        return "a sign";
    if (looks_hexadecimal(text))
        return "hexadecimal; decimal digits are wanted";
    if (at > 0 && (c == 'e' || c == 'E'))
        return "scientific notation, which may be rounded; all digits are wanted";
    if (c == '.')
        return "a fraction; whole units are wanted";
    return c == ',' ? "a comma" : "not a decimal digit";
}

enum imjin_status amount_parse(struct u256 *ret, struct span text, struct error *err) {
    if (u256_parse(text.bytes, text.count, ret))
        return IMJIN_OK;
    if (text.count == 0)
        return fail_amount(err, text, "empty");
    for (uint64_t i = 0; i < text.count; i++)
        if (!is_digit(text.bytes[i]))
            return fail_amount(err, text, explain(text, i));
    return fail_amount(err, text, "more than 256 bits");
}

/* The parts of a decimal number: its digits around an optional point, and an exponent. */
struct decimal {
    uint64_t end;         /* of digits and point */
    uint64_t point;       /* where the point stands; `end` when there is none */
    uint64_t digit_count; /* without the point */
    int64_t exponent;
};

static uint64_t fraction_count(const struct decimal *d) { return d->point < d->end ? d->end - d->point - 1 : 0; }

static enum imjin_status parse_exponent(struct decimal *d, struct span text, struct error *err) {
    uint64_t i = d->end + 1;
    bool negative = i < text.count && text.bytes[i] == '-';
    if (i < text.count && (text.bytes[i] == '-' || text.bytes[i] == '+'))
        i++;
    if (i == text.count)
        return fail_amount(err, text, "an exponent without digits");
    for (; i < text.count; i++) {
        if (!is_digit(text.bytes[i]))
            return fail_amount(err, text, "an exponent that is not a number");
        d->exponent = d->exponent * 10 + (text.bytes[i] - '0');
        if (d->exponent > EXPONENT_MAX)
            d->exponent = EXPONENT_MAX;
    }
    if (negative)
        d->exponent = -d->exponent;
    return IMJIN_OK;
}

static enum imjin_status split_decimal(struct decimal *ret, struct span text, bool scientific, struct error *err) {
    struct decimal d = {.point = UINT64_MAX};
    for (; d.end < text.count; d.end++) {
        char c = text.bytes[d.end];
        if (is_digit(c))
            d.digit_count++;
        else if (c == '.' && d.point == UINT64_MAX)
            d.point = d.end;
        else
            break;
    }
    if (d.digit_count == 0)
        return fail_amount(err, text, text.count > 0 ? explain(text, d.end < text.count ? d.end : 0) : "empty");
    if (d.point == UINT64_MAX)
        d.point = d.end;
    if (d.end < text.count) {
        char c = text.bytes[d.end];
        if (c == '.')
            return fail_amount(err, text, "two decimal points");
        if (!scientific || (c != 'e' && c != 'E'))
            return fail_amount(err, text, explain(text, d.end));
        TRY(parse_exponent(&d, text, err));
    }
    *ret = d;
    return IMJIN_OK;
}

enum imjin_status amount_parse_scaled(struct u256 *ret, struct span text, unsigned decimals, bool scientific,
                                      struct error *err) {
    struct decimal d = {0};
    TRY(split_decimal(&d, text, scientific, err));
    int64_t shift = d.exponent + (int64_t)decimals - (int64_t)fraction_count(&d);
    uint64_t dropped = shift < 0 ? (uint64_t)-shift : 0, kept = dropped < d.digit_count ? d.digit_count - dropped : 0;
    struct u256 units = {0};
    for (uint64_t i = 0, nth = 0; i < d.end; i++) {
        if (i == d.point)
            continue;
        unsigned digit = (unsigned)(text.bytes[i] - '0');
        if (nth++ < kept) {
            if (!u256_push_digit(&units, digit))
                return fail_amount(err, text, "more than 256 bits");
        } else if (digit != 0)
            return fail_value(err, NULL, 0, NULL, text.bytes, text.count, "is not a whole number of units at %u decimals",
                              decimals);
    }
    bool zero = u256_compare(units, (struct u256){0}) == 0;
    for (int64_t i = 0; i < shift && !zero; i++)
        if (!u256_push_digit(&units, 0))
            return fail_amount(err, text, "more than 256 bits");
    *ret = units;
    return IMJIN_OK;
}

unsigned amount_print(struct u256 units, unsigned decimals, char ret_text[AMOUNT_PRINT_MAX]) {
    char padded[DECIMALS_MAX + 1 + U256_DIGITS_MAX];
    unsigned fraction = decimals <= DECIMALS_MAX ? decimals : 0;
    /* with that many zeros in front there is always a digit before the point */
    memset(padded, '0', fraction + 1);
    unsigned end = fraction + 1 + u256_print(units, padded + fraction + 1);
    unsigned point = end - fraction, start = 0;
    while (start + 1 < point && padded[start] == '0')
        start++;
    while (end > point && padded[end - 1] == '0')
        end--;
    unsigned count = point - start;
    memcpy(ret_text, padded + start, count);
    if (end > point) {
        ret_text[count++] = '.';
        memcpy(ret_text + count, padded + point, end - point);
        count += end - point;
    }
    ret_text[count] = '\0';
    return count;
}
