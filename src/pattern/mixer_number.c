#include "pattern/mixer_inside.h"

int64_t mixer_log2(u128 v) {
    unsigned whole = (uint64_t)(v >> 64) ? 127 - (unsigned)__builtin_clzll((uint64_t)(v >> 64))
                                         : 63 - (unsigned)__builtin_clzll((uint64_t)v);
    uint64_t x = (uint64_t)(whole > 31 ? v >> (whole - 31) : v << (31 - whole)); /* [2^31, 2^32) */
    int64_t log = (int64_t)whole << LOG_BITS;
    for (unsigned bit = LOG_BITS; bit-- > 0;) {
        x = x * x >> 31;
        if (x >> 32) {
            x >>= 1;
            log += (int64_t)1 << bit;
        }
    }
    return log;
}

/* 2^(1/2), 2^(1/4), ... with 30 bits behind the point. */
static const uint64_t roots[LOG_BITS] = {1518500250, 1276901417, 1170923762, 1121280436, 1097253708, 1085434106,
                                         1079572136, 1076653033, 1075196443, 1074468888, 1074105294, 1073923544,
                                         1073832680, 1073787251, 1073764537, 1073753181};

/* 2^-x for x >= 0, as a share. */
static uint64_t power_below_one(uint64_t x) {
    uint64_t whole = x >> LOG_BITS, power = SHARE_ONE;
    if (whole > 30)
        return 0;
    for (unsigned bit = 0; bit < LOG_BITS; bit++)
        if (x >> (LOG_BITS - 1 - bit) & 1)
            power = power * roots[bit] >> 30;
    return SHARE_ONE * SHARE_ONE / power >> whole;
}

uint64_t mixer_chance(int64_t log_odds) {
    uint64_t power = power_below_one((uint64_t)(log_odds < 0 ? -log_odds : log_odds));
    uint64_t likelier = (SHARE_ONE << 20) / (SHARE_ONE + power);
    return log_odds < 0 ? WEIGHT_ONE - likelier : likelier;
}
