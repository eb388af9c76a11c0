#include "price/price.h"

#include <stdio.h>

enum { U128_POWER_MAX = 38 /* 10^38 < 2^128 */, CENT_DIGITS = 2 };

static u128 power_of_ten(unsigned exponent) {
    u128 power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

bool price_value(const struct price *p, struct u256 units, unsigned decimals, u128 *ret_cents) {
    u128 whole, product_max;
    if (decimals > DECIMALS_MAX || !u256_to_u128(units, &whole))
        return false;
    unsigned digits = decimals + PRICE_USD_DIGITS - CENT_DIGITS;
    if (digits > U128_POWER_MAX) { /* such units are worth so little that whole steps of them do */
        unsigned drop = digits - U128_POWER_MAX;
        whole = drop > U128_POWER_MAX ? 0 : whole / power_of_ten(drop);
        digits = U128_POWER_MAX;
    }
    u128 divisor = power_of_ten(digits);
    if (__builtin_mul_overflow(whole / divisor + 1, p->usd, &product_max))
        return false;
    *ret_cents = mul_div_u128(whole, p->usd, divisor);
    return true;
}

unsigned price_print_cents(u128 cents, char ret_text[PRICE_PRINT_MAX]) {
    char digits[U128_DIGITS_MAX];
    unsigned count = u128_print(cents / 100, digits), at = 0;
    for (unsigned i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            ret_text[at++] = ',';
        ret_text[at++] = digits[i];
    }
    at += (unsigned)snprintf(ret_text + at, PRICE_PRINT_MAX - at, ".%02u", (unsigned)(cents % 100));
    return at;
}
