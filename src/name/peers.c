/* The rules of other tools, as their publishers describe them. Fractions are counted in units of 10^-9. */
#include "name/inside.h"

enum { WORDS_MAX = 64, LETTERS_MAX = 512, OFAC_NEAR = 78 /* hundredths */, SHORT_WORD = 3 };
static const uint64_t one = 1000000000;

static uint64_t product(uint64_t a, uint64_t b) { return (a * b + one / 2) / one; }

/* ---- Jaro-Winkler over bytes ---- */

static uint64_t jaro(struct span a, struct span b) {
    bool used_a[LETTERS_MAX] = {false}, used_b[LETTERS_MAX] = {false};
    uint64_t longest = a.count > b.count ? a.count : b.count;
    uint64_t reach = longest / 2 > 0 ? longest / 2 - 1 : 0, matches = 0, moved = 0;
    if (span_equal(a, b))
        return a.count ? one : 0;
    for (uint64_t i = 0; i < a.count; i++) {
        uint64_t end = i + reach < b.count ? i + reach + 1 : b.count;
        for (uint64_t j = i > reach ? i - reach : 0; j < end && !used_a[i]; j++) {
            used_a[i] = !used_b[j] && a.bytes[i] == b.bytes[j];
            used_b[j] |= used_a[i];
        }
        matches += used_a[i];
    }
    if (matches == 0)
        return 0;
    for (uint64_t i = 0, j = 0; i < a.count; i++) {
        if (!used_a[i])
            continue;
        while (!used_b[j])
            j++;
        moved += a.bytes[i] != b.bytes[j++];
    }
    return (matches * one / a.count + matches * one / b.count + (matches - moved / 2) * one / matches) / 3;
}

static uint64_t with_prefix(uint64_t score, struct span a, struct span b) {
    uint64_t prefix = 0;
    while (prefix < 4 && prefix < a.count && prefix < b.count && a.bytes[prefix] == b.bytes[prefix])
        prefix++;
    return score + prefix * (one - score) / 10;
}

static uint64_t jaro_winkler(struct span a, struct span b) {
    uint64_t score = jaro(a, b);
    return score * 10 <= 7 * one ? score : with_prefix(score, a, b);
}

/* ---- best pairs of words ---- */

struct words {
    struct span items[WORDS_MAX];
    unsigned count;
    uint64_t bytes;
};

static enum imjin_status split_words(struct words *ret, struct span text, struct error *err) {
    *ret = (struct words){.count = 0};
    for (uint64_t i = 0; i < text.count;) {
        uint64_t begin = i;
        while (i < text.count && text.bytes[i] != ' ' && text.bytes[i] != '\t')
            i++;
        if (i - begin > LETTERS_MAX || (i > begin && ret->count == WORDS_MAX))
            return fail(err, IMJIN_BAD_INPUT, "a name has at most %d words of %d bytes here; shorten it", WORDS_MAX,
                        LETTERS_MAX);
        if (i > begin) {
            ret->items[ret->count++] = (struct span){text.bytes + begin, i - begin};
            ret->bytes += i - begin;
        }
        i++;
    }
    return IMJIN_OK;
}

/* First letters that sound alike; what is no Latin letter only sounds like itself. */
static char sound_of(struct span word) {
    static const char classes[] = "ABCDABCHACCLMMABCRCDABHCAC"; /* a to z */
    char c = word.bytes[0];
    char l = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    return l >= 'a' && l <= 'z' ? classes[l - 'a'] : c;
}

static uint64_t word_score(struct span indexed, struct span query) {
    uint64_t score = jaro_winkler(indexed, query);
    uint64_t shortest = indexed.count < query.count ? indexed.count : query.count;
    uint64_t longest = indexed.count < query.count ? query.count : indexed.count;
    if (10 * shortest < 9 * longest)
        score = product(score, one - (longest - shortest) * one / longest * 3 / 10);
    return score;
}

/* Each word of the query with the best word that is left, the best pair first; a mean by length, and a little less for what of
 * the candidate found no partner. */
static uint64_t best_pairs(const struct words *q, const struct words *c) {
    uint64_t used_q = 0, used_c = 0, sum = 0, matched = 0;
    for (;;) {
        uint64_t best = 0;
        unsigned x = WORDS_MAX, y = 0;
        for (unsigned i = 0; i < q->count; i++) {
            for (unsigned j = 0; j < c->count; j++) {
                if (used_q >> i & 1 || used_c >> j & 1 || sound_of(q->items[i]) != sound_of(c->items[j]))
                    continue;
                uint64_t score = word_score(c->items[j], q->items[i]);
                if (x == WORDS_MAX || score > best) {
                    best = score;
                    x = i;
                    y = j;
                }
            }
        }
        if (x == WORDS_MAX)
            break;
        used_q |= (uint64_t)1 << x;
        used_c |= (uint64_t)1 << y;
        sum += best * (q->items[x].count + c->items[y].count);
        matched += c->items[y].count;
    }
    if (q->bytes + matched == 0 || c->bytes == 0)
        return 0;
    return product(sum / (q->bytes + matched), one - (c->bytes - matched) * one / c->bytes * 15 / 100);
}

/* Words of up to three letters are also read as part of the words beside them: joined among themselves, with the word behind
 * them, or with the one before. */
enum joining { JOIN_NONE = 0, JOIN_RUNS, JOIN_BEHIND, JOIN_BEFORE, JOININGS };

static bool joins(const struct words *w, unsigned i, enum joining how) {
    bool last = w->items[i - 1].count <= SHORT_WORD, now = w->items[i].count <= SHORT_WORD;
    return how == JOIN_NONE ? false : how == JOIN_RUNS ? last && now : how == JOIN_BEHIND ? last : now;
}

static void join_words(struct words *ret, char *bytes, const struct words *w, enum joining how) {
    char *at = bytes;
    *ret = (struct words){.bytes = w->bytes};
    for (unsigned i = 0; i < w->count; i++) {
        bool same = i && joins(w, i, how) && ret->items[ret->count - 1].count + w->items[i].count <= LETTERS_MAX;
        memcpy(at, w->items[i].bytes, w->items[i].count);
        if (same)
            ret->items[ret->count - 1].count += w->items[i].count;
        else
            ret->items[ret->count++] = (struct span){at, w->items[i].count};
        at += w->items[i].count;
    }
}

static uint64_t best_joining(const struct words *q, const struct words *c) {
    _Static_assert(WORDS_MAX * LETTERS_MAX <= 1 << 15, "on the stack");
    char query[WORDS_MAX * LETTERS_MAX], candidate[WORDS_MAX * LETTERS_MAX];
    uint64_t best = 0;
    for (unsigned i = 0; i < JOININGS; i++) {
        for (unsigned j = 0; j < JOININGS; j++) {
            struct words x, y;
            join_words(&x, query, q, (enum joining)i);
            join_words(&y, candidate, c, (enum joining)j);
            uint64_t score = best_pairs(&x, &y);
            best = score > best ? score : best;
        }
    }
    return best;
}

/* ---- OFAC's search ---- */

/* Soundex's code of a word: its first letter and the classes of up to three more. */
static uint32_t soundex(struct span word) {
    static const char digits[] = "01230120022455012623010202"; /* a to z */
    uint32_t code = (uint8_t)word.bytes[0] & 31u;
    char last = word.bytes[0] >= 'a' && word.bytes[0] <= 'z' ? digits[word.bytes[0] - 'a'] : '0';
    unsigned count = 1;
    for (uint64_t i = 1; i < word.count && count < 4; i++) {
        char c = word.bytes[i], d = c >= 'a' && c <= 'z' ? digits[c - 'a'] : '0';
        if (d != '0' && d != last) {
            code = code << 4 | (uint32_t)(d - '0');
            count++;
        }
        if (c != 'h' && c != 'w')
            last = d;
    }
    return code << 4 * (4 - count);
}

/* The words without the spaces between. */
static struct span run_together(char ret[LETTERS_MAX], const struct words *w) {
    uint64_t count = 0;
    for (unsigned i = 0; i < w->count && count + w->items[i].count <= LETTERS_MAX; i++) {
        memcpy(ret + count, w->items[i].bytes, w->items[i].count);
        count += w->items[i].count;
    }
    return (struct span){ret, count};
}

/* The mean over the words of the query of the best word of the candidate that begins with the same letter or sounds alike, if
 * it is near at all; or Jaro-Winkler of the names as wholes, without spaces, when that is more. */
static uint64_t ofac(const struct words *q, const struct words *c) {
    char query[LETTERS_MAX], candidate[LETTERS_MAX];
    uint64_t sum = 0, weighed = 0;
    for (unsigned i = 0; i < q->count; i++) {
        uint64_t best = 0;
        if (q->items[i].count <= 2 && q->count > 1)
            continue; /* "al" and "un" do not count */
        weighed++;
        for (unsigned j = 0; j < c->count; j++) {
            struct span a = q->items[i], b = c->items[j];
            uint64_t score = a.bytes[0] == b.bytes[0] || soundex(a) == soundex(b) ? with_prefix(jaro(a, b), a, b) : 0;
            best = score > best ? score : best;
        }
        sum += 100 * best >= OFAC_NEAR * one ? best : 0;
    }
    uint64_t words = weighed ? sum / weighed : 0;
    struct span x = run_together(query, q), y = run_together(candidate, c);
    uint64_t together = x.count && y.count ? with_prefix(jaro(x, y), x, y) : 0;
    return words > together ? words : together;
}

/* From U+0250 on: what stands before is Latin. */
static bool has_other_script(struct span text) {
    for (uint64_t i = 0; i + 1 < text.count; i++)
        if ((uint8_t)text.bytes[i] > 0xc9 && (uint8_t)text.bytes[i] < 0xe1)
            return true;
    return false;
}

enum imjin_status name_prepare(struct text *ret, struct span text, struct error *err) {
    struct script_text t;
    TRY(script_read(&t, text, false, err));
    text_clear(ret);
    for (uint32_t i = 0; i < t.word_count; i++) {
        if (i)
            text_add(ret, " ", 1);
        text_add(ret, t.words[i].letters, t.words[i].count);
    }
    return text_status(ret, err);
}

static enum imjin_status compare_ofac(struct span query, struct span candidate, uint64_t *ret, struct error *err) {
    struct text a = {0}, b = {0};
    struct words q, c;
    enum imjin_status status = name_prepare(&a, query, err);
    if (status == IMJIN_OK)
        status = name_prepare(&b, candidate, err);
    struct span x = {a.bytes, a.count}, y = {b.bytes, b.count};
    bool foreign = has_other_script(query) || has_other_script(candidate); /* that tool reads Latin letters alone */
    if (status == IMJIN_OK)
        status = split_words(&q, x, err);
    if (status == IMJIN_OK)
        status = split_words(&c, y, err);
    if (status == IMJIN_OK)
        *ret = foreign ? 0 : ofac(&q, &c);
    text_done(&a);
    text_done(&b);
    return status;
}

static enum imjin_status compare_own(struct span query, struct span candidate, uint64_t *ret, struct error *err) {
    const struct name *q, *c;
    struct arena a = {0};
    enum imjin_status status = name_parse(&q, query, NAME_ANY, &a, err);
    if (status == IMJIN_OK)
        status = name_parse(&c, candidate, NAME_ANY, &a, err);
    if (status == IMJIN_OK)
        *ret = name_compare(q, c, NULL) * (one / NAME_SCORE_MAX);
    arena_done(&a);
    return status;
}

enum imjin_status name_compare_mode(enum name_mode mode, struct span query, struct span candidate, uint16_t *ret_score,
                                    struct error *err) {
    struct words q, c;
    uint64_t score = 0;
    if (mode == NAME_MODE_IMJIN) {
        TRY(compare_own(query, candidate, &score, err));
    } else if (mode == NAME_MODE_OFAC) {
        TRY(compare_ofac(query, candidate, &score, err));
    } else {
        TRY(split_words(&q, query, err));
        TRY(split_words(&c, candidate, err));
        score = mode == NAME_MODE_JARO_WINKLER ? best_pairs(&q, &c) : best_joining(&q, &c);
    }
    score = (score + one / NAME_SCORE_MAX / 2) / (one / NAME_SCORE_MAX);
    *ret_score = (uint16_t)(score > NAME_SCORE_MAX ? NAME_SCORE_MAX : score);
    return IMJIN_OK;
}
