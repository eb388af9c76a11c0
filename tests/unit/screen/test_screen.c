#include "../unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "screen/screen.h"

/* A small list of OFAC's table form, in which every kind of thing stands that a query may be about. */
static const char sdn[] =
    "101,\"KIM, Chol Su\",\"individual\",\"DPRK3\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 16 Apr 1965; nationality Korea, "
    "North; "
    "Gender Male; Passport 472220033 (Korea, North).\"\n"
    "102,\"BLUE WAY\",\"vessel\",\"DPRK3\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"Vessel Registration Identification IMO "
    "8606094.\"\n"
    "103,\"RED OCEAN TRADING COMPANY LIMITED\",-0- ,\"IRAN\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n"
    "104,\"GHORBANIYAN, Mohammad\",\"individual\",\"CYBER2\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 09 Mar 1987; Digital "
    "Currency "
    "Address - XBT 1AjZPMsnmpdK2Rv9KQNfMurTXinscVro9V; Gender Male.\"\n"
    "105,\"LAZARUS GROUP\",-0- ,\"DPRK3\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"Digital Currency Address - ETH "
    "0x098B716B8Aaf21512996dC57EB0615e2383E2f96.\"\n"
    "106,\"PETROV, Ivan Sergeyevich\",\"individual\",\"UKRAINE\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 1970.\"\n";

struct fixture {
    char directory[64];
    struct list *list;
    struct screen_source source;
    struct screen_set *set;
    struct screen_finder *finder;
    struct arena arena;
};

static void write_file(const char *directory, const char *name, const char *text) {
    char path[PATH_BYTES_MAX];
    assert_int_equal(path_join(path, NULL, directory, name), IMJIN_OK);
    assert_int_equal(file_replace(path, text, strlen(text), NULL), IMJIN_OK);
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    char path[PATH_BYTES_MAX], lists[PATH_BYTES_MAX];
    const char *paths[] = {path};
    struct list_version version;
    struct error err = {0};
    bool same;
    strcpy(f->directory, "/tmp/imjin-screen-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    write_file(f->directory, "sdn.csv", sdn);
    assert_int_equal(path_join(path, NULL, f->directory, "sdn.csv"), IMJIN_OK);
    assert_int_equal(path_join(lists, NULL, f->directory, "lists"), IMJIN_OK);
    struct list_adding adding = {.name = "ofac", .paths = paths, .path_count = 1, .published = LIST_DAY_NONE};
    if (list_add(&version, &same, lists, &adding, &err) != IMJIN_OK)
        fail_msg("%s", err.text);
    assert_int_equal(list_open(&f->list, lists, "ofac", &err), IMJIN_OK);
    f->source = (struct screen_source){span_of("ofac"), span_of("00"), {"", 0}, f->list};
    assert_int_equal(screen_set_open(&f->set, &f->source, 1, NULL, 0, NULL, NULL, &err), IMJIN_OK);
    assert_int_equal(screen_finder_new(&f->finder, f->set, &err), IMJIN_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    screen_finder_free(f->finder);
    screen_set_close(f->set);
    list_close(f->list);
    arena_done(&f->arena);
    assert_int_equal(directory_remove(f->directory, NULL), IMJIN_OK);
    free(f);
    return 0;
}

/* The ids found for a query, with spaces between. */
static const char *ask(struct fixture *f, enum screen_field field, const char *text, uint16_t threshold) {
    static char found[512];
    const char *texts[SCREEN_FIELDS] = {[SCREEN_NAME] = NULL};
    struct screen_options options = {.threshold = threshold};
    const struct screen_match *matches;
    struct screen_query q;
    uint32_t count;
    bool nothing;
    texts[field] = text;
    found[0] = '\0';
    assert_int_equal(screen_query_make(&q, texts, &f->arena, NULL), IMJIN_OK);
    assert_int_equal(screen_answer(f->finder, &q, &options, &f->arena, &matches, &count, &nothing, NULL), IMJIN_OK);
    for (uint32_t i = 0; i < count; i++) {
        struct span id = screen_entity_at(f->set, matches[i].entity).id;
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%.*s", i ? " " : "", (int)id.count, id.bytes);
    }
    return nothing ? "nothing" : found;
}

static void test_names(void **state) {
    struct fixture *f = *state;
    assert_string_equal(ask(f, SCREEN_NAME, "Kim Chol Su", 700), "ofac:101");
    assert_string_equal(ask(f, SCREEN_NAME, "Chol-su KIM", 700), "ofac:101");
    assert_string_equal(ask(f, SCREEN_NAME, "BLLUE WAY", 700), "ofac:102");
    assert_string_equal(ask(f, SCREEN_NAME, "Ivan Petrof", 700), "ofac:106");
    assert_string_equal(ask(f, SCREEN_NAME, "Somebody Entirely Else", 700), "");
}

static void test_nothing_matches_from_nothing(void **state) {
    struct fixture *f = *state;
    static const char *const empty[] = {"", "   ", " . . . ", "\u200b\u202e\u200d", "---"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        assert_string_equal(ask(f, SCREEN_NAME, empty[i], 700), "nothing");
    assert_string_equal(ask(f, SCREEN_ID, "n/a", 700), "nothing");
    assert_string_equal(ask(f, SCREEN_ID, "0000", 700), "nothing");
}

static void test_identifiers(void **state) {
    struct fixture *f = *state;
    assert_string_equal(ask(f, SCREEN_ID, "47222-0033", 700), "ofac:101");
    assert_string_equal(ask(f, SCREEN_ID, "472220034", 700), "");
    assert_string_equal(ask(f, SCREEN_ADDRESS, "1AjZPMsnmpdK2Rv9KQNfMurTXinscVro9V", 700), "ofac:104");
    assert_string_equal(ask(f, SCREEN_ADDRESS, "USDT 1AjZPMsnmpdK2Rv9KQNfMurTXinscVro9V", 700), "ofac:104");
    assert_string_equal(ask(f, SCREEN_ADDRESS, "1ajZPMsnmpdK2Rv9KQNfMurTXinscVro9V", 700), "");
    assert_string_equal(ask(f, SCREEN_ADDRESS, "0x098b716b8aaf21512996dc57eb0615e2383e2f96", 700), "ofac:105");
    assert_string_equal(ask(f, SCREEN_ADDRESS, "0x098b716b8aaf21512996dc57eb0615e2383e2f9", 700), "nothing");
    assert_string_equal(ask(f, SCREEN_ADDRESS, "0x098b716b8aaf21512996dc57eb0615e2383e2f966", 700), "nothing");
}

static void test_dates(void **state) {
    (void)state;
    static const struct {
        const char *text, *printed;
    } good[] = {{"1965-04-16", "1965-04-16"},
                {"16/04/1965", "1965-04-16"},
                {"16 Apr 1965", "1965-04-16"},
                {"1965-04", "1965-04"},
                {"Apr 1965", "1965-04"},
                {"1965", "1965"},
                {"19650416", "1965-04-16"},
                {"1965-00-00", "1965"},
                {"1963-1967", "1963-01-01/1967-12-31"},
                {"circa 1965", "1963-01-01/1967-12-31"},
                {"2000-02-29", "2000-02-29"}};
    static const char *const bad[] = {"31 February 1970", "1970-02-31", "0000",      "9999",
                                      "1970-13-01",       "1900-02-29", "yesterday", "1-2-3"};
    char text[SCREEN_DATE_PRINT_MAX];
    int32_t from = 7, to = 7;
    const char *what;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!screen_date_parse(span_of(good[i].text), &from, &to, &what))
            fail_msg("%s: %s", good[i].text, what);
        screen_date_print(from, to, text);
        assert_string_equal(text, good[i].printed);
    }
    assert_true(screen_date_parse(span_of("1970-01-01"), &from, &to, &what));
    assert_int_equal(from, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(screen_date_parse(span_of(bad[i]), &from, &to, &what));
        assert_non_null(what);
    }
}

/* Every mutation of every record: the index finds what comparing with every name finds. */
static void test_search_is_lossless(void **state) {
    struct fixture *f = *state;
    struct text texts = {0};
    unsigned asked = 0;
    for (uint32_t e = 0; e < screen_set_entities(f->set); e++)
        for (unsigned m = 0; m < screen_mutation_count(); m++)
            for (uint64_t seed = 0; seed < 4; seed++) {
                struct screen_mutant mutant;
                const struct screen_hit *hits;
                const struct name *query;
                struct screen_hit all[64];
                uint32_t count, all_count;
                bool made;
                assert_int_equal(screen_mutate(f->set, e, m, seed, &mutant, &made, &texts, NULL), IMJIN_OK);
                if (!made || mutant.name.count == 0)
                    continue;
                assert_int_equal(name_parse(&query, mutant.name, NAME_ANY, &f->arena, NULL), IMJIN_OK);
                assert_int_equal(screen_search_exhaustive(f->finder, query, 650, NULL, &hits, &all_count, NULL), IMJIN_OK);
                assert_true(all_count <= 64);
                if (all_count)
                    memcpy(all, hits, all_count * sizeof *hits);
                assert_int_equal(screen_search(f->finder, query, 650, NULL, &hits, &count, NULL), IMJIN_OK);
                if (count != all_count)
                    fail_msg("%.*s: %u of %u", (int)mutant.name.count, mutant.name.bytes, count, all_count);
                for (uint32_t i = 0; i < count; i++) {
                    assert_int_equal(hits[i].name, all[i].name);
                    assert_int_equal(hits[i].score, all[i].score);
                }
                asked++;
            }
    assert_true(asked > 300);
    text_done(&texts);
}

/* A prepared file that is cut or has a bit changed is made again, and the answers are the same. */
static void test_damaged_file(void **state) {
    struct fixture *f = *state;
    char directory[PATH_BYTES_MAX], path[PATH_BYTES_MAX], **names, *bytes;
    size_t count;
    uint64_t size;
    struct screen_set *set;
    assert_int_equal(path_join(directory, NULL, f->directory, "prepared"), IMJIN_OK);
    assert_int_equal(screen_set_open(&set, &f->source, 1, NULL, 0, directory, NULL, NULL), IMJIN_OK);
    screen_set_close(set);
    assert_int_equal(directory_list(directory, &names, &count, NULL), IMJIN_OK);
    assert_int_equal(count, 1);
    assert_int_equal(path_join(path, NULL, directory, names[0]), IMJIN_OK);
    assert_int_equal(file_read(path, 1 << 24, &bytes, &size, NULL), IMJIN_OK);
    for (uint64_t at = 0; at < size; at += 1 + size / 97) {
        bytes[at] ^= 16;
        assert_int_equal(file_replace(path, bytes, at % 2 ? size : at, NULL), IMJIN_OK);
        bytes[at] ^= 16;
        assert_int_equal(screen_set_open(&set, &f->source, 1, NULL, 0, directory, NULL, NULL), IMJIN_OK);
        assert_int_equal(screen_set_names(set), screen_set_names(f->set));
        screen_set_close(set);
    }
    memory_free(bytes);
    memory_free(names[0]);
    memory_free(names);
}

static void test_reader(void **state) {
    struct fixture *f = *state;
    static const struct {
        const char *text;
        const char *name, *reference;
    } files[] = {{"name,dob,ref\nKim Chol Su,1965,c7\n", "Kim Chol Su", "c7"},
                 {"{\"name\":[\"Kim Chol Su\",\"X\"],\"dob\":1965,\"ref\":\"c7\"}\n", "Kim Chol Su", "c7"},
                 {"{\"id\":\"c7\",\"schema\":\"Person\",\"properties\":{\"name\":[\"Kim Chol "
                  "Su\"],\"birthDate\":[\"1965\"],\"weight\":[\"9\"]}}\n",
                  "Kim Chol Su", "c7"}};
    char path[PATH_BYTES_MAX];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct screen_reader *r;
        struct screen_query q;
        bool end;
        write_file(f->directory, "queries", files[i].text);
        assert_int_equal(path_join(path, NULL, f->directory, "queries"), IMJIN_OK);
        assert_int_equal(screen_reader_open(&r, path, NULL), IMJIN_OK);
        assert_int_equal(screen_reader_next(r, &f->arena, &q, &end, NULL), IMJIN_OK);
        assert_false(end);
        assert_int_equal(q.row, 1);
        assert_true(span_is(q.reference, files[i].reference));
        bool seen = false;
        for (uint32_t v = 0; v < q.value_count; v++)
            seen |= q.values[v].field == SCREEN_NAME && span_is(q.values[v].text, files[i].name);
        assert_true(seen);
        assert_int_equal(screen_reader_next(r, &f->arena, &q, &end, NULL), IMJIN_OK);
        assert_true(end);
        screen_reader_close(r);
    }
}

static void test_decisions(void **state) {
    struct fixture *f = *state;
    char path[PATH_BYTES_MAX];
    const char *texts[SCREEN_FIELDS] = {[SCREEN_NAME] = "Kim Chol Su"};
    struct screen_decision d = {.subject_text = span_of("Kim Chol Su"),
                                .entity = span_of("ofac:101"),
                                .verdict = SCREEN_DISMISSED,
                                .reason = span_of("born 1990"),
                                .author = span_of("A"),
                                .decided_on = span_of("2026-01-02"),
                                .expires = 100,
                                .list_name = span_of("ofac"),
                                .version = span_of("00")};
    struct screen_decision found;
    struct screen_query q;
    struct screen_book *b;
    struct sha256 record, other = {{1}};
    bool any;
    assert_int_equal(path_join(path, NULL, f->directory, "book"), IMJIN_OK);
    assert_int_equal(screen_book_open(&b, path, true, NULL), IMJIN_OK);
    assert_int_equal(screen_query_make(&q, texts, &f->arena, NULL), IMJIN_OK);
    assert_int_equal(screen_subject_key(&q, &d.subject, NULL), IMJIN_OK);
    assert_int_equal(screen_entity_hash(f->set, 0, &record, NULL), IMJIN_OK);
    d.record = record;
    assert_int_equal(screen_decide(b, &d, NULL), IMJIN_OK);
    d.reason = span_of("");
    assert_int_equal(screen_decide(b, &d, NULL), IMJIN_USAGE);
    screen_book_close(b);
    assert_int_equal(screen_book_open(&b, path, false, NULL), IMJIN_OK);
    assert_int_equal(screen_decided(b, &d.subject, span_of("ofac:101"), &found, &any, NULL), IMJIN_OK);
    assert_true(any);
    assert_true(span_is(found.reason, "born 1990"));
    assert_int_equal(screen_standing_of(&found, &record, 99), SCREEN_STANDS);
    assert_int_equal(screen_standing_of(&found, &record, 100), SCREEN_EXPIRED);
    assert_int_equal(screen_standing_of(&found, &other, 99), SCREEN_REOPENED);
    assert_int_equal(screen_decided(b, &d.subject, span_of("ofac:102"), &found, &any, NULL), IMJIN_OK);
    assert_false(any);
    screen_book_close(b);
}

/* Each allocation fails in turn: an error, no leak, and no answer. */
static void test_memory(void **state) {
    struct fixture *f = *state;
    enum imjin_status status = IMJIN_MACHINE;
    for (uint64_t nth = 1; status != IMJIN_OK && nth < 4000; nth++) {
        struct screen_set *set = NULL;
        memory_fail_at(nth, true);
        status = screen_set_open(&set, &f->source, 1, NULL, 0, NULL, NULL, NULL);
        memory_fail_at(0, false);
        assert_true(status == IMJIN_OK || status == IMJIN_MACHINE);
        screen_set_close(set);
    }
    assert_int_equal(status, IMJIN_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_matches_from_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_identifiers, setup, teardown),
        cmocka_unit_test(test_dates),
        cmocka_unit_test_setup_teardown(test_search_is_lossless, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(test_decisions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
