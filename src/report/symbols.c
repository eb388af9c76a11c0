#include "report/symbols.h"

#include <string.h>
#include <strings.h>

#include "report/write.h"

enum { SIGNS_MAX = ASSET_SYMBOL_MAX };

/* One sign of an escaped symbol. */
struct sign {
    uint32_t point;
    bool broken; /* bytes that are no UTF-8 */
    uint64_t at; /* where it begins in the escaped text */
};

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes \xHH for the byte it stands for; `ret_at` says where each byte began. */
static unsigned unescape(const char *symbol, uint8_t ret_bytes[SIGNS_MAX], uint64_t ret_at[SIGNS_MAX]) {
    unsigned count = 0;
    for (uint64_t i = 0; symbol[i] && count < SIGNS_MAX; count++) {
        bool escaped =
            symbol[i] == '\\' && symbol[i + 1] == 'x' && hex_digit(symbol[i + 2]) >= 0 && hex_digit(symbol[i + 3]) >= 0;
        ret_at[count] = i;
        ret_bytes[count] = (uint8_t)(escaped ? hex_digit(symbol[i + 2]) << 4 | hex_digit(symbol[i + 3]) : symbol[i]);
        i += escaped ? 4 : 1;
    }
    return count;
}

static unsigned read_signs(const char *symbol, struct sign ret_signs[SIGNS_MAX]) {
    uint8_t bytes[SIGNS_MAX];
    uint64_t at[SIGNS_MAX];
    unsigned count = unescape(symbol, bytes, at), signs = 0;
    for (unsigned i = 0; i < count; signs++) {
        uint32_t point = 0;
        unsigned length = utf8_read(bytes + i, count - i, &point);
        ret_signs[signs] = (struct sign){length ? point : bytes[i], length == 0, at[i]};
        i += length ? length : 1;
    }
    return signs;
}

uint64_t symbol_whole_signs(const char *symbol) {
    struct sign signs[SIGNS_MAX];
    uint64_t count = strlen(symbol);
    if (count < 3 || strcmp(symbol + count - 3, "...") != 0)
        return count;
    unsigned kept = read_signs(symbol, signs), cut = 0;
    while (kept && signs[kept - 1].point == '.')
        kept--;
    while (cut < 3 && cut < kept && signs[kept - 1 - cut].broken)
        cut++;
    return cut ? signs[kept - cut].at : count;
}

/* ---- how it looks ---- */

/* The base letters of U+00C0 to U+017F; '-': none. */
static const char latin[] = "aaaaaaaceeeeiiiidnooooo-ouuuuypsaaaaaaaceeeeiiiidnooooo-ouuuuypy"
                            "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
                            "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
_Static_assert(sizeof latin == 0x180 - 0xc0 + 1, "a letter a sign");

static const struct {
    uint16_t point;
    char letter;
} others[] = {{0x391, 'a'},  {0x392, 'b'},  {0x395, 'e'},  {0x396, 'z'},  {0x397, 'h'},  {0x399, 'i'},  {0x39a, 'k'},
              {0x39c, 'm'},  {0x39d, 'n'},  {0x39f, 'o'},  {0x3a1, 'p'},  {0x3a4, 't'},  {0x3a5, 'y'},  {0x3a7, 'x'},
              {0x3b1, 'a'},  {0x3b9, 'i'},  {0x3ba, 'k'},  {0x3bd, 'v'},  {0x3bf, 'o'},  {0x3c1, 'p'},  {0x3c4, 't'},
              {0x3c5, 'u'},  {0x3c7, 'x'},  {0x405, 's'},  {0x406, 'i'},  {0x408, 'j'},  {0x410, 'a'},  {0x412, 'b'},
              {0x415, 'e'},  {0x41a, 'k'},  {0x41c, 'm'},  {0x41d, 'h'},  {0x41e, 'o'},  {0x420, 'p'},  {0x421, 'c'},
              {0x422, 't'},  {0x423, 'y'},  {0x425, 'x'},  {0x42c, 'b'},  {0x430, 'a'},  {0x432, 'b'},  {0x435, 'e'},
              {0x43a, 'k'},  {0x43c, 'm'},  {0x43d, 'h'},  {0x43e, 'o'},  {0x440, 'p'},  {0x441, 'c'},  {0x442, 't'},
              {0x443, 'y'},  {0x445, 'x'},  {0x455, 's'},  {0x456, 'i'},  {0x458, 'j'},  {0x501, 'd'},  {0x51b, 'q'},
              {0x51d, 'w'},  {0x13a0, 'd'}, {0x13a2, 't'}, {0x13aa, 'a'}, {0x13bb, 'h'}, {0x13da, 's'}, {0x13df, 'c'},
              {0x13e2, 'p'}, {0x20ac, 'e'}, {0x20ae, 't'}, {0x20bf, 'b'}, {0x2c9f, 'o'}, {0x39e, 'e'}};

static char ascii_look(uint32_t point, bool first) {
    switch (point) {
    case '0':
        return 'o';
    case '1':
    case '|':
    case '!':
        return 'l';
    case '5':
        return 's';
    case '$':
        return first ? '\0' : 's'; /* "$USDT" is a way to write USDT */
    default:
        break;
    }
    char c = (char)(point >= 'A' && point <= 'Z' ? point + 32 : point);
    if (c == 'i')
        return 'l';
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '\0';
}

static char look_of_sign(uint32_t point, bool first) {
    char letter = '\0';
    if (point < 0x80)
        return ascii_look(point, first);
    if (point >= 0xff01 && point <= 0xff5e) /* full width */
        return ascii_look(point - 0xfee0, first);
    if (point >= 0x1d400 && point <= 0x1d6a3) /* letters of mathematics: thirteen alphabets of 52 */
        letter = (char)('a' + (point - 0x1d400) % 26);
    else if (point >= 0x24b6 && point <= 0x24e9) /* in circles */
        letter = (char)('a' + (point - 0x24b6) % 26);
    else if (point >= 0xc0 && point < 0x180)
        letter = latin[point - 0xc0];
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i].point == point)
            letter = others[i].letter;
    return letter == '-' ? '\0' : letter == 'i' ? 'l' : letter;
}

void symbol_look(const char *symbol, char ret_look[SYMBOL_LOOK_MAX]) {
    struct sign signs[SIGNS_MAX];
    unsigned count = read_signs(symbol, signs), at = 0;
    for (unsigned i = 0; i < count && at + 1 < SYMBOL_LOOK_MAX; i++) {
        char letter = signs[i].broken ? '\0' : look_of_sign(signs[i].point, at == 0);
        if (letter)
            ret_look[at++] = letter;
    }
    ret_look[at] = '\0';
}

/* ---- bait ---- */

static bool right_to_left(uint32_t point) {
    return (point >= 0x590 && point <= 0x8ff) || (point >= 0xfb1d && point <= 0xfdff) || (point >= 0xfe70 && point <= 0xfeff) ||
           (point >= 0x10800 && point <= 0x10fff) || (point >= 0x1e800 && point <= 0x1efff);
}

static bool word_sign(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; }

static uint64_t word_length(const char *text) {
    uint64_t count = 0;
    while (word_sign(text[count]))
        count++;
    return count;
}

static bool word_is_one_of(const char *word, uint64_t count, const char *const *words) {
    for (; *words; words++)
        if (strlen(*words) == count && strncasecmp(word, *words, count) == 0)
            return true;
    return false;
}

/* A dot, a blank before it at most, and a domain that bait uses. A version or a bridge's mark ("USDC.e", "v1.2") is none. */
static bool has_domain(const char *symbol) {
    static const char *const domains[] = {
        "com", "net",  "org",  "io",     "xyz",    "fi",      "finance",  "app",   "site",  "top",
        "vip", "pro",  "gift", "shop",   "club",   "fund",    "trade",    "us",    "me",    "cc",
        "co",  "info", "live", "online", "link",   "click",   "win",      "space", "gg",    "lol",
        "icu", "ru",   "cn",   "cash",   "claims", "cfd",     "store",    "today", "world", "website",
        "ws",  "farm", "life", "dev",    "events", "network", "exchange", "money", NULL};
    for (const char *dot = strchr(symbol, '.'); dot; dot = strchr(dot + 1, '.')) {
        const char *before = dot;
        if (before - symbol >= 2 && before[-1] == ' ')
            before--;
        if (before > symbol && word_sign(before[-1]) && word_is_one_of(dot + 1, word_length(dot + 1), domains))
            return true;
    }
    return false;
}

/* Several words, one of which tells the reader to do something. A single word may be a token's honest name. */
static bool calls_to_act(const char *symbol) {
    static const char *const calls[] = {"visit", "claim", "airdrop", "reward", "rewards", "bonus", "giveaway", "voucher", NULL};
    if (strchr(symbol, ' ') == NULL)
        return false;
    for (const char *at = symbol; *at;) {
        uint64_t count = word_length(at);
        if (count && word_is_one_of(at, count, calls))
            return true;
        at += count ? count : 1;
    }
    return false;
}

bool symbol_is_bait(const char *symbol) {
    struct sign signs[SIGNS_MAX];
    unsigned count = read_signs(symbol, signs);
    uint64_t whole = symbol_whole_signs(symbol);
    for (unsigned i = 0; i < count && signs[i].at < whole; i++)
        if (signs[i].broken || sign_is_hidden(signs[i].point) || right_to_left(signs[i].point))
            return true;
    return strstr(symbol, "://") || strcasestr(symbol, "www.") || has_domain(symbol) || calls_to_act(symbol);
}
