#include "../unit.h"
#include "screen/evidence.h"
#include "screen/screen.h"

static struct evidence_value born(const char *date) {
    struct evidence_value v = {.kind = EVIDENCE_BIRTH, .text = span_of(date)};
    const char *what;
    assert_true(screen_date_parse(v.text, &v.day_from, &v.day_to, &what));
    return v;
}

static struct evidence_value text(enum evidence_kind kind, const char *value) {
    return (struct evidence_value){.kind = kind, .text = span_of(value)};
}

static struct evidence weigh(uint16_t names, struct evidence_value q, struct evidence_value c) {
    struct evidence e;
    evidence_weigh(&e, names, &q, 1, &c, 1);
    return e;
}

static void check(const char *q, const char *c, int points, const char *rule) {
    struct evidence e = weigh(800, born(q), born(c));
    assert_int_equal(e.part_count, 1);
    assert_string_equal(e.parts[0].rule, rule);
    assert_int_equal(e.parts[0].points, points);
}

static void births(void **state) {
    (void)state;
    check("1944-10-13", "1944-10-13", 40, "same birth date");
    check("1944", "1944-10-13", 20, "birth dates overlap");
    check("1950-03-04", "1950-04-03", -20, "day and month of birth swapped");
    check("1950-03-04", "1950-03-05", -30, "one part of the birth date differs");
    check("1950-03-04", "1951-03-04", -30, "one part of the birth date differs");
    check("1950-03-04", "1950-11-27", -120, "other birth date");
    check("1951", "1950-12-31", -60, "next birth year");
    check("1944", "1965-08-07", -250, "other birth year");
}

/* Two whole birth dates with nothing in common are two people, whatever their names. */
static void another_birth_is_another_person(void **state) {
    struct evidence e = weigh(1000, born("1944-10-13"), born("1965-08-07"));
    (void)state;
    assert_int_equal(e.score, 500);
    assert_int_equal(e.parts[0].points, -400);
}

static void the_best_of_several_counts(void **state) {
    struct evidence_value q[] = {born("1944-10-13"), born("1950-01-01")}, c[] = {born("1999-12-31"), born("1950-01-01")};
    struct evidence e;
    (void)state;
    evidence_weigh(&e, 800, q, 2, c, 2);
    assert_int_equal(e.part_count, 1);
    assert_int_equal(e.score, 840);
    evidence_weigh(&e, 800, q, 2, NULL, 0);
    assert_int_equal(e.score, 800);
    assert_int_equal(e.part_count, 0);
}

static void identifiers_decide(void **state) {
    struct evidence e = weigh(0, text(EVIDENCE_IDENTIFIER, "IMO 9116498"), text(EVIDENCE_IDENTIFIER, "9116498"));
    (void)state;
    assert_int_equal(e.score, 1000);
    assert_string_equal(e.parts[0].rule, "same identifier");
    assert_int_equal(weigh(100, text(EVIDENCE_IDENTIFIER, "a-123.456"), text(EVIDENCE_IDENTIFIER, "A123456")).score, 1000);
    assert_int_equal(weigh(100, text(EVIDENCE_IDENTIFIER, "AGRIRUMMXXX"), text(EVIDENCE_IDENTIFIER, "AGRIRUMM")).score, 1000);
    assert_int_equal(weigh(100, text(EVIDENCE_IDENTIFIER, "123"), text(EVIDENCE_IDENTIFIER, "123")).score, 100);
    assert_int_equal(weigh(100, text(EVIDENCE_IDENTIFIER, ""), text(EVIDENCE_IDENTIFIER, "")).score, 100);
    assert_int_equal(weigh(900, text(EVIDENCE_IDENTIFIER, "1234567"), text(EVIDENCE_IDENTIFIER, "1234568")).score, 900);
}

static void a_long_identifier_is_none(void **state) {
    char longest[200];
    (void)state;
    memset(longest, '7', sizeof longest);
    struct evidence_value v = {.kind = EVIDENCE_IDENTIFIER, .text = {longest, sizeof longest}};
    assert_int_equal(weigh(100, v, v).score, 100);
    v.text.count = 128;
    assert_int_equal(weigh(100, v, v).score, 1000);
}

static void countries_and_genders(void **state) {
    (void)state;
    assert_int_equal(weigh(800, text(EVIDENCE_COUNTRY, "KP"), text(EVIDENCE_COUNTRY, "kp")).score, 810);
    assert_int_equal(weigh(800, text(EVIDENCE_COUNTRY, "KP"), text(EVIDENCE_COUNTRY, "RU")).score, 760);
    assert_int_equal(weigh(800, text(EVIDENCE_GENDER, "male"), text(EVIDENCE_GENDER, "F")).score, 650);
    assert_int_equal(weigh(800, text(EVIDENCE_GENDER, "male"), text(EVIDENCE_GENDER, "M")).score, 800);
    assert_int_equal(weigh(800, text(EVIDENCE_GENDER, ""), text(EVIDENCE_GENDER, "M")).score, 800);
}

/* However a country is written, its code is compared; what is no country that is known speaks neither way. */
static void countries_by_code(void **state) {
    static const char *const north[] = {
        "kp", "KP", " kp ", "Korea, North", "North Korea", "DPRK", "Democratic People's Republic of Korea"};
    struct evidence e;
    (void)state;
    for (size_t i = 0; i < sizeof north / sizeof *north; i++)
        for (size_t k = 0; k < sizeof north / sizeof *north; k++) {
            e = weigh(800, text(EVIDENCE_COUNTRY, north[i]), text(EVIDENCE_COUNTRY, north[k]));
            assert_int_equal(e.score, 810);
            assert_string_equal(e.parts[0].rule, "same country");
        }
    e = weigh(800, text(EVIDENCE_COUNTRY, "North Korea"), text(EVIDENCE_COUNTRY, "Republic of Korea"));
    assert_int_equal(e.score, 760);
    assert_string_equal(e.parts[0].rule, "other country");
    e = weigh(800, text(EVIDENCE_COUNTRY, "Atlantis"), text(EVIDENCE_COUNTRY, "kp"));
    assert_int_equal(e.score, 800);
    assert_string_equal(e.parts[0].rule, "country not known");
    assert_int_equal(weigh(800, text(EVIDENCE_COUNTRY, "Atlantis"), text(EVIDENCE_COUNTRY, "ATLANTIS")).score, 810);
    assert_int_equal(weigh(800, text(EVIDENCE_COUNTRY, ""), text(EVIDENCE_COUNTRY, "kp")).score, 800);
}

/* A birthday shared by chance makes no match of other names. */
static void evidence_makes_no_match(void **state) {
    (void)state;
    assert_int_equal(weigh(690, born("1944-10-13"), born("1944-10-13")).score, 690);
    assert_int_equal(weigh(990, born("1944-10-13"), born("1944-10-13")).score, 1000);
    assert_int_equal(weigh(20, text(EVIDENCE_GENDER, "m"), text(EVIDENCE_GENDER, "f")).score, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(births),
        cmocka_unit_test(another_birth_is_another_person),
        cmocka_unit_test(the_best_of_several_counts),
        cmocka_unit_test(identifiers_decide),
        cmocka_unit_test(a_long_identifier_is_none),
        cmocka_unit_test(countries_and_genders),
        cmocka_unit_test(countries_by_code),
        cmocka_unit_test(evidence_makes_no_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
