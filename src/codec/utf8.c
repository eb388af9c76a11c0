#include "codec/utf8.h"

/* Count of continuation bytes by first byte and the range of the second; RFC 3629 section 4. */
struct lead {
    uint8_t first_min, first_max, length, second_min, second_max;
};
static const struct lead leads[] = {
    {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf}, {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f},
    {0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static bool follows(const struct lead *l, const uint8_t *bytes, uint64_t count) {
    if (count < l->length || bytes[1] < l->second_min || bytes[1] > l->second_max)
        return false;
    for (unsigned i = 2; i < l->length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return false;
    return true;
}

unsigned utf8_length(const char *text, uint64_t count) {
    const uint8_t *bytes = (const uint8_t *)text;
    if (count == 0)
        return 0;
    if (bytes[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
        if (bytes[0] >= leads[i].first_min && bytes[0] <= leads[i].first_max)
            return follows(&leads[i], bytes, count) ? leads[i].length : 0;
    return 0;
}

bool utf8_check(struct span text, uint64_t *ret_bad) {
    for (uint64_t i = 0; i < text.count;) {
        unsigned length = utf8_length(text.bytes + i, text.count - i);
        if (length == 0) {
            if (ret_bad)
                *ret_bad = i;
            return false;
        }
        i += length;
    }
    return true;
}

unsigned utf8_encode(uint32_t v, char ret_bytes[4]) {
    INVARIANT(v <= 0x10ffff && (v < 0xd800 || v > 0xdfff));
    if (v < 0x80) {
        ret_bytes[0] = (char)v;
        return 1;
    }
    unsigned length = v < 0x800 ? 2 : v < 0x10000 ? 3 : 4;
    for (unsigned i = length - 1; i > 0; i--, v >>= 6)
        ret_bytes[i] = (char)(0x80 | (v & 0x3f));
    ret_bytes[0] = (char)(v | (0xf00u >> length & 0xf0));
    return length;
}
