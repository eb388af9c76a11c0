#include "../unit.h"

#include "name/name.h"

/* Words are changed letter by letter in ways that cost much and little, so that many pairs lie about the floor. */
static uint64_t next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static void change(char *word, uint64_t *state) {
    static const char letters[] = "aeiouyhjlltbpgkcszfvwmnrdx1103458972";
    size_t count = strlen(word), at = next(state) % count;
    char c = letters[next(state) % (sizeof letters - 1)];
    switch (next(state) % 5) {
    case 0:
        word[at] = c;
        return;
    case 1:
        if (count > 2)
            memmove(word + at, word + at + 1, count - at);
        return;
    case 2:
        memmove(word + at + 1, word + at, count - at + 1);
        word[at] = c;
        return;
    case 3:
        memmove(word + at + 1, word + at, count - at + 1);
        return;
    default:
        if (at + 1 < count) {
            c = word[at];
            word[at] = word[at + 1];
            word[at + 1] = c;
        }
    }
}

enum { WORDS_MAX = 700 };
static struct name_token words[WORDS_MAX];
static unsigned word_count;

static void add_words(const char *text, struct arena *a) {
    const struct name *n = NULL;
    assert_int_equal(name_parse(&n, span_of(text), NAME_ANY, a, NULL), IMJIN_OK);
    for (unsigned i = 0; i < n->token_count && word_count < WORDS_MAX; i++)
        words[word_count++] = n->tokens[i];
}

static int setup(void **state) {
    static const char *const seeds[] = {"mohammad", "abdulrahman",   "lillian",    "hannah", "vladimir",
                                        "sechin",   "alexandrovich", "christophe", "jaafar", "bb",
                                        "al",       "wei",           "yekaterina", "illyich"};
    static const char *const others[] = {"محمد علي حسين",
                                         "عبد الرحمن يوسف خديجة فاطمة",
                                         "القاعدة هبة وليد",
                                         "אברהם יצחק",
                                         "金正恩",
                                         "Brigade 44 forty-four 7th",
                                         "abdulrahmanalexandrovichchristophermohammad",
                                         "Mohammed Aly Husain Yusuf Khadija Fatima Heba Walid Avraham Isaac"};
    struct arena a = {0};
    uint64_t random = 7;
    (void)state;
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        add_words(others[i], &a);
    for (unsigned i = 0; i < sizeof seeds / sizeof *seeds; i++)
        for (unsigned k = 0; k < 34; k++) {
            char word[64] = "";
            memcpy(word, seeds[i], strlen(seeds[i]));
            for (unsigned n = 0; n < k % 5; n++)
                change(word, &random);
            add_words(word, &a);
        }
    arena_done(&a);
    return word_count > 400 ? 0 : 1;
}

/* What the steps of an index leave of a pair: 0 where one of them leaves it out. */
static unsigned found(const struct name_probe *p, const struct name_token *t, unsigned floor, bool vowelless) {
    uint8_t codes[NAME_TOKEN_LETTERS], counts[1][NAME_COUNTS];
    uint32_t places[2] = {0};
    uint16_t wide[NAME_LANES] = {0}, narrow[NAME_LANES] = {0};
    static struct name_lanes lanes;
    uint64_t trace = name_token_trace(t);
    name_token_codes(codes, t);
    name_token_counts(counts[0], t);
    if (vowelless) {
        if (name_probe_scan_vowelless(places, p, &trace, 0, 1) == 0)
            return 0;
    } else if (t->cheap < name_probe_cheap(p, t->count, floor) ||
               name_probe_scan(places, p, &trace, 0, 1, t->count, floor) == 0 ||
               name_probe_narrow(places, 1, p, counts, t->count, floor) == 0) {
        return 0;
    }
    name_lanes_fill(&lanes, codes, t->count, places, 1);
    uint32_t reached = name_lanes_compare(wide, p, &lanes, floor, vowelless, false);
    assert_int_equal(reached, name_lanes_compare(narrow, p, &lanes, floor, vowelless, true));
    assert_int_equal(wide[0], narrow[0]);
    return reached & 1 ? wide[0] : 0;
}

static bool is_known_otherwise(const struct name_token *a, const struct name_token *b) {
    return a->flags & b->flags & NAME_TOKEN_NUMBER || (a->group && a->group == b->group) ||
           (a->hash == b->hash && a->count == b->count && memcmp(a->letters, b->letters, a->count) == 0);
}

static void steps_lose_nothing(void **state) {
    static struct name_probe p;
    unsigned near = 0, vowelless = 0, edge = 0;
    (void)state;
    for (unsigned i = 0; i < word_count; i++) {
        name_probe_make(&p, &words[i]);
        for (unsigned j = 0; j < word_count; j++) {
            unsigned score = name_token_compare(&words[i], &words[j]), best;
            if (is_known_otherwise(&words[i], &words[j]) || score == 0)
                continue;
            best = found(&p, &words[j], NAME_TOKEN_FLOOR, false);
            if ((words[i].flags ^ words[j].flags) & NAME_TOKEN_ABJAD) {
                unsigned other = found(&p, &words[j], NAME_TOKEN_FLOOR, true);
                vowelless += other > best;
                best = other > best ? other : best;
            }
            if (best != score)
                fail_msg("%.*s %.*s: %u for %u", words[i].count, words[i].letters, words[j].count, words[j].letters, best,
                         score);
            if (score >= NAME_JOINED_FLOOR && !((words[i].flags ^ words[j].flags) & NAME_TOKEN_ABJAD))
                assert_int_equal(found(&p, &words[j], NAME_JOINED_FLOOR, false), score);
            near++;
            edge += score < 770;
        }
    }
    assert_true(near > 2000 && vowelless > 10 && edge > 100);
}

/* Lanes do not see each other. */
static void lanes_are_apart(void **state) {
    static struct name_probe p;
    static struct name_lanes lanes;
    uint8_t codes[WORDS_MAX][NAME_TOKEN_LETTERS];
    uint32_t places[NAME_LANES];
    uint16_t all[NAME_LANES];
    (void)state;
    for (unsigned count = 6; count <= 9; count++) {
        unsigned used = 0, which[NAME_LANES];
        for (unsigned j = 0; j < word_count && used < NAME_LANES - 1; j++)
            if (words[j].count == count) {
                name_token_codes((uint8_t *)codes + (size_t)used * count, &words[j]);
                which[used] = j;
                places[used] = used;
                used++;
            }
        assert_true(used > 20);
        name_lanes_fill(&lanes, (const uint8_t *)codes, count, places, used);
        for (unsigned i = 0; i < word_count; i += 5) {
            name_probe_make(&p, &words[i]);
            uint32_t reached = name_lanes_compare(all, &p, &lanes, NAME_TOKEN_FLOOR, false, false);
            assert_int_equal(reached >> used, 0);
            for (unsigned k = 0; k < used; k++) {
                unsigned score = name_token_compare(&words[i], &words[which[k]]);
                if (score && !is_known_otherwise(&words[i], &words[which[k]]) &&
                    !((words[i].flags | words[which[k]].flags) & NAME_TOKEN_ABJAD))
                    assert_int_equal(reached >> k & 1 ? all[k] : 0, score);
            }
        }
    }
}

/* A scan over many gives what it gives for each alone, whatever steps the machine takes. */
static void scans_agree(void **state) {
    static struct name_probe p;
    static uint64_t traces[WORDS_MAX];
    static uint32_t all[WORDS_MAX + 1];
    uint32_t one[2];
    (void)state;
    for (unsigned j = 0; j < word_count; j++)
        traces[j] = name_token_trace(&words[j]);
    for (unsigned i = 0; i < word_count; i += 3) {
        name_probe_make(&p, &words[i]);
        for (unsigned from = 0; from < 3; from++) {
            uint32_t count = name_probe_scan(all, &p, traces, from, word_count - from, 9, NAME_TOKEN_FLOOR), expected = 0;
            for (uint32_t j = from; j < word_count - from; j++)
                if (name_probe_scan(one, &p, traces, j, j + 1, 9, NAME_TOKEN_FLOOR))
                    assert_int_equal(all[expected++], j);
            assert_int_equal(count, expected);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_lose_nothing), cmocka_unit_test(lanes_are_apart),
                                       cmocka_unit_test(scans_agree)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
