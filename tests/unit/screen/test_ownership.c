#include "../unit.h"

#include "screen/screen.h"

/* Two lists that share a passport: person p of one is person q of the other. */
static const char first[] =
    "{\"id\":\"p\",\"schema\":\"Person\",\"properties\":{\"name\":[\"Pak Chang Ho\"],\"passportNumber\":[\"472220033\"]}}\n"
    "{\"id\":\"r\",\"schema\":\"Person\",\"properties\":{\"name\":[\"Ri Chol Su\"]}}\n"
    "{\"id\":\"gone\",\"schema\":\"Person\",\"properties\":{\"name\":[\"Somebody Delisted\"],\"endDate\":[\"2020-01-01\"]}}\n"
    "{\"id\":\"half\",\"schema\":\"Company\",\"properties\":{\"name\":[\"Half Trading\"]}}\n"
    "{\"id\":\"less\",\"schema\":\"Company\",\"properties\":{\"name\":[\"Less Trading\"]}}\n"
    "{\"id\":\"vague\",\"schema\":\"Company\",\"properties\":{\"name\":[\"Vague Trading\"]}}\n"
    "{\"id\":\"free\",\"schema\":\"Company\",\"properties\":{\"name\":[\"Free "
    "Trading\"],\"registrationNumber\":[\"HR-55512\"]}}\n"
    "{\"id\":\"o1\",\"schema\":\"Ownership\",\"properties\":{\"asset\":[\"half\"],\"owner\":[\"p\"],\"percentage\":[\"25\"]}}\n"
    "{\"id\":\"o2\",\"schema\":\"Ownership\",\"properties\":{\"asset\":[\"half\"],\"owner\":[\"r\"],\"percentage\":[\"25.00 "
    "%\"]}}\n"
    "{\"id\":\"o3\",\"schema\":\"Ownership\",\"properties\":{\"asset\":[\"less\"],\"owner\":[\"p\"],\"percentage\":[\"49.99\"]}"
    "}\n"
    "{\"id\":\"o4\",\"schema\":\"Ownership\",\"properties\":{\"asset\":[\"less\"],\"owner\":[\"gone\"],\"percentage\":[\"50\"]}"
    "}\n"
    "{\"id\":\"o5\",\"schema\":\"Ownership\",\"properties\":{\"asset\":[\"vague\"],\"owner\":[\"p\"],\"percentage\":[\"10\"]}}"
    "\n"
    "{\"id\":\"o6\",\"schema\":\"Ownership\",\"properties\":{\"asset\":[\"vague\"],\"owner\":[\"r\"]}}\n"
    "{\"id\":\"o7\",\"schema\":\"Ownership\",\"properties\":{\"asset\":[\"free\"],\"owner\":[\"free\"],\"percentage\":[\"100\"]"
    "}}\n"
    "{\"id\":\"o8\",\"schema\":\"Ownership\",\"properties\":{\"asset\":[\"free\"],\"owner\":[\"nobody\"],\"percentage\":["
    "\"60\"]}}\n";
static const char second[] =
    "{\"id\":\"q\",\"schema\":\"Person\",\"properties\":{\"name\":[\"Pak Chang-ho\"],\"passportNumber\":[\"472220033\"]}}\n"
    "{\"id\":\"twin\",\"schema\":\"Company\",\"properties\":{\"name\":[\"Free "
    "Trading\"],\"registrationNumber\":[\"HR-55512\"]}}\n"
    "{\"id\":\"o9\",\"schema\":\"Ownership\",\"properties\":{\"asset\":[\"twin\"],\"owner\":[\"q\"],\"percentage\":[\"75\"]}}\n"
    "{\"id\":\"o10\",\"schema\":\"Ownership\",\"properties\":{\"asset\":[\"twin\"],\"owner\":[\"q\"]}}\n";

struct fixture {
    char directory[64];
    struct list *lists[2];
    struct screen_set *set;
    struct arena arena;
};

static void add(struct fixture *f, unsigned which, const char *name, const char *text, struct screen_source *ret) {
    char path[PATH_BYTES_MAX], lists[PATH_BYTES_MAX];
    const char *paths[] = {path};
    struct list_version version;
    struct error err = {0};
    bool same;
    assert_int_equal(path_join(path, NULL, f->directory, "list.jsonl"), IMJIN_OK);
    assert_int_equal(path_join(lists, NULL, f->directory, "lists"), IMJIN_OK);
    assert_int_equal(file_replace(path, text, strlen(text), NULL), IMJIN_OK);
    struct list_adding adding = {.name = name, .paths = paths, .path_count = 1, .published = LIST_DAY_NONE};
    if (list_add(&version, &same, lists, &adding, &err) != IMJIN_OK)
        fail_msg("%s", err.text);
    assert_int_equal(list_open(&f->lists[which], lists, name, &err), IMJIN_OK);
    *ret = (struct screen_source){span_of(name), span_of("00"), {"", 0}, f->lists[which]};
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    struct screen_source sources[2];
    strcpy(f->directory, "/tmp/imjin-owners-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    add(f, 0, "own", first, &sources[0]);
    add(f, 1, "second", second, &sources[1]);
    assert_int_equal(screen_set_open(&f->set, sources, 2, NULL, 0, NULL, NULL, NULL), IMJIN_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    screen_set_close(f->set);
    list_close(f->lists[0]);
    list_close(f->lists[1]);
    arena_done(&f->arena);
    assert_int_equal(directory_remove(f->directory, NULL), IMJIN_OK);
    free(f);
    return 0;
}

static uint32_t number_of(struct fixture *f, const char *id) {
    uint32_t entity = 0;
    if (!screen_entity_find(f->set, span_of(id), &entity))
        fail_msg("%s is not there", id);
    return entity;
}

static struct screen_ownership owned(struct fixture *f, const char *id, int32_t today) {
    struct screen_ownership o;
    assert_int_equal(screen_ownership_of(&o, f->set, number_of(f, id), today, &f->arena, NULL), IMJIN_OK);
    return o;
}

/* Two quarters are half: it is the sum that counts. */
static void shares_add_up(void **state) {
    struct fixture *f = *state;
    struct screen_ownership o = owned(f, "half", LIST_DAY_NONE);
    assert_string_equal(screen_ownership_name(o.rule), "half or more");
    assert_int_equal(o.sum, 5000);
    assert_int_equal(o.count, 2);
    assert_int_equal(o.owners[0].entity, number_of(f, "p"));
    assert_int_equal(o.owners[0].share, 2500);
    assert_int_equal(o.owners[1].entity, number_of(f, "r"));
}

/* One ten-thousandth below half is not half, and who was delisted does not count from that day on. */
static void less_is_not_half(void **state) {
    struct fixture *f = *state;
    int32_t day, to;
    struct screen_ownership o = owned(f, "less", LIST_DAY_NONE);
    assert_int_equal(o.rule, SCREEN_OWNED_LESS);
    assert_int_equal(o.sum, 4999);
    assert_int_equal(o.count, 1);
    assert_true(list_day_parse(span_of("2019-12-31"), &day, &to));
    o = owned(f, "less", day);
    assert_int_equal(o.rule, SCREEN_OWNED_HALF);
    assert_int_equal(o.sum, 9999);
    assert_int_equal(owned(f, "less", day + 1).sum, 4999);
}

static void unknown_shares_are_flagged(void **state) {
    struct screen_ownership o = owned(*state, "vague", LIST_DAY_NONE);
    assert_string_equal(screen_ownership_name(o.rule), "owned or controlled");
    assert_int_equal(o.sum, 1000);
    assert_int_equal(o.count, 2);
    assert_int_equal(o.owners[1].share, LIST_SHARE_UNKNOWN);
}

/* What one list says of its record holds for the same entity on another; an entity does not own itself, and a name without a
 * record is nobody listed. Of two statements about one owner the known share stands. */
static void lists_are_joined(void **state) {
    struct fixture *f = *state;
    static const char *const ids[] = {"free", "twin"};
    for (unsigned i = 0; i < 2; i++) {
        struct screen_ownership o = owned(f, ids[i], LIST_DAY_NONE);
        assert_int_equal(o.rule, SCREEN_OWNED_HALF);
        assert_int_equal(o.sum, 7500);
        assert_int_equal(o.count, 1);
        assert_int_equal(o.owners[0].entity, number_of(f, "q"));
    }
    assert_int_equal(owned(f, "p", LIST_DAY_NONE).rule, SCREEN_NOT_OWNED);
    assert_int_equal(owned(f, "p", LIST_DAY_NONE).count, 0);
}

static void memory_fails_in_turn(void **state) {
    struct fixture *f = *state;
    enum imjin_status status = IMJIN_MACHINE;
    for (uint64_t nth = 1; status != IMJIN_OK && nth < 100; nth++) {
        struct screen_ownership o = {.sum = 7};
        struct arena a = {0};
        memory_fail_at(nth, true);
        status = screen_ownership_of(&o, f->set, number_of(f, "half"), LIST_DAY_NONE, &a, NULL);
        memory_fail_at(0, false);
        assert_true(status == IMJIN_OK ? o.sum == 5000 : status == IMJIN_MACHINE && o.sum == 7);
        arena_done(&a);
    }
    assert_int_equal(status, IMJIN_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_add_up),
        cmocka_unit_test(less_is_not_half),
        cmocka_unit_test(unknown_shares_are_flagged),
        cmocka_unit_test(lists_are_joined),
        cmocka_unit_test(memory_fails_in_turn),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
