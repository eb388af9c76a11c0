#include "../unit.h"
#include "name/name.h"

static const struct name *parse(const char *text, enum name_kind kind, struct arena *a) {
    const struct name *n = NULL;
    struct error err = {0};
    assert_int_equal(name_parse(&n, span_of(text), kind, a, &err), IMJIN_OK);
    return n;
}

static uint16_t score_as(enum name_kind kind, const char *query, const char *candidate) {
    struct arena a = {0};
    uint16_t score = name_compare(parse(query, kind, &a), parse(candidate, kind, &a), NULL);
    arena_done(&a);
    return score;
}

static uint16_t score(const char *query, const char *candidate) { return score_as(NAME_PERSON, query, candidate); }

static void same(const char *query, const char *candidate) {
    if (score(query, candidate) < NAME_THRESHOLD_DEFAULT)
        fail_msg("%s is not %s: %u\n", query, candidate, score(query, candidate));
}

static void different(const char *query, const char *candidate) {
    if (score(query, candidate) >= NAME_THRESHOLD_DEFAULT)
        fail_msg("%s is %s: %u\n", query, candidate, score(query, candidate));
}

/* McCune-Reischauer, Revised Romanization, the North's and the South's habits for the same Hangul, as published. */
static void korean_romanisations(void **state) {
    static const char *const rows[][4] = {
        {"김정은", "Kim Chŏng-ŭn", "Gim Jeong-eun", "KIM JONG UN"},
        {"최룡해", "Ch'oe Ryong-hae", "Choe Ryong-hae", "CHOE RYONG HAE"},
        {"박봉주", "Pak Pong-ju", "Bak Bong-ju", "Park Bong Ju"},
        {"조용원", "Cho Yong-wŏn", "Jo Yong-won", "JO YONG WON"},
        {"리선권", "Ri Sŏn-gwŏn", "I Seon-gwon", "Lee Son Gwon"},
        {"임철웅", "Im Ch'ŏr-ung", "Im Cheol-ung", "RIM CHOL UNG"},
        {"유영철", "Yu Yŏng-ch'ŏl", "Yu Yeong-cheol", "RYU YONG CHOL"},
        {"장성택", "Chang Sŏng-t'aek", "Jang Seong-taek", "JANG SONG THAEK"},
        {"백세봉", "Paek Se-bong", "Baek Se-bong", "PAEK SE BONG"},
    };
    (void)state;
    for (unsigned r = 0; r < sizeof rows / sizeof *rows; r++)
        for (unsigned i = 0; i < 4; i++)
            for (unsigned j = 0; j < 4; j++)
                same(rows[r][i], rows[r][j]);
}

/* Cyrillic after Kontsevich and as Russian newspapers have it, and Japanese Kana. */
static void korean_in_other_scripts(void **state) {
    static const char *const rows[][4] = {
        {"김정은", "Ким Чен Ын", "キム・ジョンウン", "KIM JONG UN"},
        {"최룡해", "Чхве Рён Хэ", "チェ・リョンヘ", "CHOE RYONG HAE"},
        {"장성택", "Чан Сон Тхэк", "チャン・ソンテク", "JANG SONG THAEK"},
        {"황병서", "Хван Бён Со", "ファン・ビョンソ", "HWANG PYONG SO"},
        {"권영진", "Квон Ён Джин", "クォン・ヨンジン", "KWON YONG JIN"},
        {"백세봉", "Пэк Се Бон", "ペク・セボン", "PAEK SE BONG"},
    };
    (void)state;
    for (unsigned r = 0; r < sizeof rows / sizeof *rows; r++) {
        for (unsigned i = 0; i < 4; i++)
            for (unsigned j = 0; j < 4; j++)
                same(rows[r][i], rows[r][j]);
        for (unsigned other = 0; other < sizeof rows / sizeof *rows; other++)
            for (unsigned i = 1; i < 3 && other != r; i++)
                different(rows[r][i], rows[other][3]);
    }
}

/* Short vowels are not written in Arabic and Hebrew; long ones are. */
static void without_vowels(void **state) {
    static const char *const alike[][2] = {{"محمد حسن", "Mohammed Hassan"}, {"عبد الله الراشد", "Abdullah Al-Rashid"},
                                           {"يوسف خالد", "Yusuf Khaled"},   {"عبدالرحمان زاهد", "Abdul Rahman Zahed"},
                                           {"דוד כהן", "David Cohen"},      {"محمود عباس", "Mahmoud Abbas"}};
    static const char *const apart[][2] = {{"يوسف محمدی", "Aminullah Amin Quddus"}, {"آرش هومن", "Mahan Airways"},
                                           {"مهدي سغیری", "Muhammad Sughayr"},      {"شاكر آل علي", "Zakariya Al-'Ali"},
                                           {"ملیكا نوروزی", "Malik Noorzai"},       {"رضا موسوی", "Raed M. Hijazi"}};
    (void)state;
    for (unsigned i = 0; i < sizeof alike / sizeof *alike; i++)
        same(alike[i][0], alike[i][1]);
    for (unsigned i = 0; i < sizeof apart / sizeof *apart; i++)
        different(apart[i][0], apart[i][1]);
}

/* What made innocent people match. */
static void chance_matches(void **state) {
    (void)state;
    different("Juan Cruz Matias Lopez", "CRUZ, Juan M. de la");
    different("İsmet Karadeniz", "SMT-K");
    different("수빈 박", "JSB SOBINBANK");
    different("ri yong ho", "HOE RYONG");
    different("Mariah Sanchez", "PARRA SANCHEZ, Mario");
    same("Juan Matias Cruz", "CRUZ, Juan M.");
    same("Misha Petrov", "Mikhail Petrov");
    same("LINARES, Pepe", "LINARES, Jose");
    same("Ben Netanyahu", "Benjamin Netanyahu");
    same("R1 PYONG CHOL", "RI PYONG CHOL");
    same("Джамал Хамид", "Jamal Hamid");
    assert_true(score_as(NAME_ORGANISATION, "Parchin Chemical Ind", "Parchin Chemical Industries") >= NAME_THRESHOLD_DEFAULT);
}

static void another_syllable_is_another_name(void **state) {
    static const char *const names[] = {"KIM YONG CHOL", "KIM SONG CHOL", "KIM TONG CHOL", "KIM MUN CHOL",
                                        "KIM KYONG IL",  "RI YONG MU",    "PAEK SE BONG"};
    (void)state;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        for (unsigned j = 0; j < sizeof names / sizeof *names; j++)
            i == j ? same(names[i], names[j]) : different(names[i], names[j]);
}

static void hanja_and_pinyin(void **state) {
    (void)state;
    same("金正恩", "Kim Jong Un");
    same("金鐵三", "KIM CHOL SAM");
    same("Jin Tiesan", "KIM CHOL SAM");
    same("习近平", "Xi Jinping");
    different("王伟", "KIM CHOL SAM");
}

static void spaces_marks_and_order(void **state) {
    (void)state;
    assert_int_equal(score("Vladimir Putin", "PUTIN, Vladimir"), NAME_SCORE_MAX);
    assert_int_equal(score("Al-Qa'ida", "al qaida"), NAME_SCORE_MAX);
    same("Cholmin Kim", "KIM Chol-min");
    same("AlisherUsmanov", "Alisher Usmanov");
    same("van der Bilt", "Vanderbilt");
    same("Recep Tayyip Erdogan", "Recep Tayyip Erdoğan");
    same("Владимир Путин", "Vladimir Putin");
    same("محمد علي", "Mohamed Ali");
    same("V\u043el\u0430dimir Putin", "Voladimir Putin"); /* Cyrillic letters among Latin ones */
    same("0liver Smithson", "Oliver Smithson");
    different("Barack Obama", "Michelle Obama");
    different("Donald Tusk", "Daniel Tusk");
    different("Hans O Friedrich", "Hans Joachim Friedrich");
    same("Hans J Friedrich", "Hans Joachim Friedrich");
    same("Sergei Lavrov", "Sergey Viktorovich Lavrov");
}

static void organisations(void **state) {
    (void)state;
    assert_true(score_as(NAME_ORGANISATION, "OAO Gazprom", "Open Joint Stock Company Gazprom") >= 900);
    assert_true(score_as(NAME_ORGANISATION, "L.X.C. Aviation", "LXC Aviation") >= 900);
    assert_true(score_as(NAME_ORGANISATION, "Brigade Forty-Four", "Brigade 44") >= 900);
    assert_true(score_as(NAME_ORGANISATION, "LXC Aviation", "LAU Aviation") < NAME_THRESHOLD_DEFAULT);
    assert_true(score_as(NAME_ORGANISATION, "Brigade 44", "Brigade 45") < NAME_THRESHOLD_DEFAULT);
    assert_true(score_as(NAME_ORGANISATION, "Siemens AG", "Volkswagen AG") < NAME_THRESHOLD_DEFAULT);
    assert_true(score_as(NAME_VESSEL, "Snow Storm 1", "Snow Storm 2") < NAME_THRESHOLD_DEFAULT);
}

static void nothing_matches_nothing(void **state) {
    static const char *const rows[] = {"", " ", ". . .", "\xe2\x80\x8b\xe2\x80\xae", "\xff\xfe\x80", "---", "'''"};
    struct arena a = {0};
    (void)state;
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(name_is_empty(parse(rows[i], NAME_ANY, &a)));
        assert_int_equal(score(rows[i], rows[i]), 0);
        assert_int_equal(score(rows[i], "Kim Jong Un"), 0);
    }
    arena_done(&a);
}

static void marks_that_nobody_sees(void **state) {
    (void)state;
    assert_int_equal(score("Vla\xe2\x80\x8b"
                           "dimir \xe2\x80\xaePutin",
                           "Vladimir Putin"),
                     NAME_SCORE_MAX);
    assert_int_equal(score("Vladimir\xffPutin", "Vladimir Putin"), NAME_SCORE_MAX);
}

static void limits(void **state) {
    char *text = malloc(1 << 20);
    const struct name *n = NULL;
    struct arena a = {0};
    struct error err = {0};
    (void)state;
    memset(text, 'a', 1 << 20);
    assert_int_equal(name_parse(&n, (struct span){text, 1 << 20}, NAME_ANY, &a, &err), IMJIN_BAD_INPUT);
    assert_non_null(strstr(err.text, "4096 bytes"));
    assert_int_equal(name_parse(&n, (struct span){text, NAME_BYTES_MAX}, NAME_ANY, &a, &err), IMJIN_OK);
    assert_true(name_compare(n, n, NULL) == NAME_SCORE_MAX);
    for (unsigned i = 0; i < NAME_BYTES_MAX; i++)
        text[i] = i % 2 ? ' ' : 'b';
    n = NULL;
    assert_int_equal(name_parse(&n, (struct span){text, 2 * NAME_WORDS_MAX + 1}, NAME_ORGANISATION, &a, &err), IMJIN_BAD_INPUT);
    assert_null(n);
    assert_int_equal(name_parse(&n, (struct span){text, 2 * NAME_WORDS_MAX}, NAME_ORGANISATION, &a, &err), IMJIN_OK);
    arena_done(&a);
    free(text);
}

static void memory_gone(void **state) {
    const struct name *n = NULL;
    struct arena a = {0};
    struct error err = {0};
    (void)state;
    memory_fail_at(1, true);
    enum imjin_status status = name_parse(&n, span_of("Kim Jong Un"), NAME_PERSON, &a, &err);
    memory_fail_at(0, false);
    assert_int_equal(status, IMJIN_MACHINE);
    assert_null(n);
    arena_done(&a);
}

/* What an index is built on, over pairs of all kinds: the bound bounds, words are symmetric, and a match shares a key or has
 * words that are near. */
static void index_contract(void **state) {
    static const char *const names[] = {"Kim Jong Un",
                                        "金正恩",
                                        "Gim Jeong-eun",
                                        "Jin Zheng-en",
                                        "KIM Chol-min",
                                        "Vladimir Putin",
                                        "Putin V.",
                                        "Wladimir Poutine",
                                        "محمد علي",
                                        "Mohammed Aly",
                                        "Muhammad Ali",
                                        "J.-C. Juncker",
                                        "Jean-Claude Juncker",
                                        "Usama bin Ladin",
                                        "Osama Ben Laden",
                                        "Li Wei",
                                        "Wie Li",
                                        "Vanderbilt",
                                        "van der Bilt",
                                        "44 Brigade",
                                        "Brigade forty-four",
                                        "Ig0r Sech1n",
                                        "Igor Sechin",
                                        "Saddam Husayn",
                                        "Park Bong Ju",
                                        "Paek Pong Ju"};
    enum { COUNT = sizeof names / sizeof *names };
    const struct name *parsed[COUNT];
    static uint64_t keys[COUNT][NAME_KEYS_MAX];
    unsigned counts[COUNT];
    struct arena a = {0};
    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        parsed[i] = parse(names[i], NAME_ANY, &a);
        counts[i] = name_keys(parsed[i], keys[i]);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        for (unsigned j = 0; j < COUNT; j++) {
            bool linked = false;
            for (unsigned x = 0; x < parsed[i]->token_count; x++) {
                for (unsigned y = 0; y < parsed[j]->token_count; y++) {
                    const struct name_token *s = &parsed[i]->tokens[x], *t = &parsed[j]->tokens[y];
                    uint16_t near = name_token_compare(s, t);
                    assert_int_equal(near, name_token_compare(t, s));
                    assert_true(near <= name_token_bound(s, t));
                    linked |= near >= NAME_TOKEN_FLOOR;
                }
            }
            for (unsigned x = 0; x < counts[i]; x++)
                for (unsigned y = 0; y < counts[j]; y++)
                    linked |= keys[i][x] == keys[j][y];
            if (name_compare(parsed[i], parsed[j], NULL) >= NAME_THRESHOLD_MIN)
                assert_true(linked);
        }
    }
    arena_done(&a);
}

static void parts_explain(void **state) {
    struct name_score s;
    struct arena a = {0};
    unsigned weight = 0;
    (void)state;
    name_compare(parse("Sergei V. Lavrov", NAME_PERSON, &a), parse("LAVROV, Sergey Viktorovich", NAME_PERSON, &a), &s);
    assert_int_equal(s.part_count, 3);
    for (unsigned i = 0; i < s.part_count; i++)
        weight += s.parts[i].weight;
    assert_in_range(weight, NAME_SCORE_MAX - s.part_count, NAME_SCORE_MAX);
    assert_string_equal(s.parts[0].rule, "equal");
    assert_true(span_is(s.parts[0].query, "Lavrov") && span_is(s.parts[0].candidate, "LAVROV"));
    assert_string_equal(s.parts[2].rule, "initial");
    arena_done(&a);
}

/* From the publishers' pages: soundness of the copies, within rounding. */
static void other_tools(void **state) {
    uint16_t s = 0;
    struct error err = {0};
    (void)state;
    assert_int_equal(
        name_compare_mode(NAME_MODE_JARO_WINKLER, span_of("nicolas maduro"), span_of("nicolas moros maduro"), &s, &err),
        IMJIN_OK);
    assert_in_range(s, 948, 968);
    assert_int_equal(name_compare_mode(NAME_MODE_JARO_WINKLER, span_of("ian"), span_of("ian mckinley"), &s, &err), IMJIN_OK);
    assert_in_range(s, 881, 901);
    assert_int_equal(name_compare_mode(NAME_MODE_JARO_WINKLER, span_of(""), span_of("hello"), &s, &err), IMJIN_OK);
    assert_int_equal(s, 0);
    assert_int_equal(name_compare_mode(NAME_MODE_OFAC, span_of("XI JINPING"), span_of("YANG, Jianping"), &s, &err), IMJIN_OK);
    assert_in_range(s, 960, 980);
    assert_int_equal(name_compare_mode(NAME_MODE_OFAC, span_of("BIN LADEN"), span_of("BIN LADEN, Hamza"), &s, &err), IMJIN_OK);
    assert_int_equal(s, 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(korean_romanisations),
        cmocka_unit_test(korean_in_other_scripts),
        cmocka_unit_test(without_vowels),
        cmocka_unit_test(chance_matches),
        cmocka_unit_test(another_syllable_is_another_name),
        cmocka_unit_test(hanja_and_pinyin),
        cmocka_unit_test(spaces_marks_and_order),
        cmocka_unit_test(organisations),
        cmocka_unit_test(nothing_matches_nothing),
        cmocka_unit_test(marks_that_nobody_sees),
        cmocka_unit_test(limits),
        cmocka_unit_test(memory_gone),
        cmocka_unit_test(index_contract),
        cmocka_unit_test(parts_explain),
        cmocka_unit_test(other_tools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
