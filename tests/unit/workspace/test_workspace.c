/* workspace: making, finding, settings, paths. */
#include "../unit.h"

#include <sys/stat.h>
#include <unistd.h>

#include "workspace/workspace.h"

static char directory[] = "/tmp/imjin-workspace-XXXXXX";

static int make_directory(void **state) {
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int drop_directory(void **state) {
    (void)state;
    return directory_remove(directory, NULL) == IMJIN_OK ? 0 : -1;
}

static const char *inside(const char *name) {
    static char paths[4][PATH_BYTES_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    assert_int_equal(path_join(path, NULL, directory, name), IMJIN_OK);
    return path;
}

static void makes_opens_and_names_its_parts(void **state) {
    (void)state;
    struct workspace *w;
    struct error err = {0};
    char path[PATH_BYTES_MAX], expected[PATH_BYTES_MAX];
    assert_int_equal(workspace_init(inside("a/b"), &err), IMJIN_OK);
    assert_int_equal(workspace_init(inside("a/b"), &err), IMJIN_USAGE);
    assert_non_null(strstr(err.text, "already is a workspace"));
    assert_int_equal(workspace_open(&w, inside("a/b"), &err), IMJIN_OK);
    assert_string_equal(workspace_directory(w), inside("a/b"));
    assert_null(workspace_default_chain(w));
    assert_int_equal(workspace_threads(w), 0);
    assert_int_equal(workspace_ledger(w, "ethereum", path, &err), IMJIN_OK);
    snprintf(expected, sizeof expected, "%s/a/b/ledger/ethereum", directory);
    assert_string_equal(path, expected);
    assert_int_equal(workspace_compiled(w, "x-1", path, &err), IMJIN_OK);
    snprintf(expected, sizeof expected, "%s/a/b/compiled/x-1", directory);
    assert_string_equal(path, expected);
    assert_int_equal(workspace_labels(w, path, &err), IMJIN_OK);
    assert_true(directory_exists(path));
    assert_int_equal(workspace_cases(w, path, &err), IMJIN_OK);
    assert_true(directory_exists(path));
    assert_int_equal(workspace_log(w, path, &err), IMJIN_OK);
    assert_true(directory_exists(path));
    assert_int_equal(workspace_ledger(w, "../evil", path, &err), IMJIN_USAGE);
    assert_int_equal(workspace_ledger(w, "", path, &err), IMJIN_USAGE);
    workspace_close(w);
}

static void lists_chains(void **state) {
    (void)state;
    struct workspace *w;
    char **names;
    size_t count;
    assert_int_equal(workspace_init(inside("chains"), NULL), IMJIN_OK);
    assert_int_equal(workspace_open(&w, inside("chains"), NULL), IMJIN_OK);
    assert_int_equal(workspace_chains(w, &names, &count, NULL), IMJIN_OK);
    assert_int_equal(count, 0);
    memory_free(names);
    assert_int_equal(directory_make(inside("chains/ledger/ronin"), NULL), IMJIN_OK);
    assert_int_equal(directory_make(inside("chains/ledger/ethereum"), NULL), IMJIN_OK);
    assert_int_equal(directory_make(inside("chains/ledger/.trash"), NULL), IMJIN_OK);
    assert_int_equal(file_replace(inside("chains/ledger/file"), "x", 1, NULL), IMJIN_OK);
    assert_int_equal(workspace_chains(w, &names, &count, NULL), IMJIN_OK);
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "ethereum");
    assert_string_equal(names[1], "ronin");
    memory_free(names[0]);
    memory_free(names[1]);
    memory_free(names);
    assert_int_equal(directory_remove(inside("chains/ledger"), NULL), IMJIN_OK);
    assert_int_equal(workspace_chains(w, &names, &count, NULL), IMJIN_OK);
    assert_int_equal(count, 0);
    memory_free(names);
    workspace_close(w);
}

static void refuses_a_directory_of_somebody_else(void **state) {
    (void)state;
    struct error err = {0};
    assert_int_equal(directory_make(inside("foreign"), NULL), IMJIN_OK);
    assert_int_equal(file_replace(inside("foreign/thesis.txt"), "x", 1, NULL), IMJIN_OK);
    assert_int_equal(workspace_init(inside("foreign"), &err), IMJIN_USAGE);
    assert_non_null(strstr(err.text, "not empty"));
    assert_false(directory_exists(inside("foreign/ledger")));
    /* what an attempt left that was killed before its last step is taken up */
    assert_int_equal(directory_make(inside("cut/ledger"), NULL), IMJIN_OK);
    assert_int_equal(file_replace(inside("cut/imjin.conf.tmp"), "vers", 4, NULL), IMJIN_OK);
    assert_int_equal(workspace_init(inside("cut"), &err), IMJIN_OK);
    assert_true(file_exists(inside("cut/imjin.conf")));
    assert_int_equal(workspace_init("", &err), IMJIN_USAGE);
    struct workspace *w;
    assert_int_equal(workspace_open(&w, inside("foreign"), &err), IMJIN_NOT_FOUND);
    assert_int_equal(workspace_open(&w, inside("nowhere"), &err), IMJIN_NOT_FOUND);
}

static void is_found_from_below(void **state) {
    (void)state;
    struct error err = {0};
    char found[PATH_BYTES_MAX] = "untouched";
    assert_int_equal(workspace_find(found, directory, &err), IMJIN_NOT_FOUND);
    assert_non_null(strstr(err.text, "imjin init"));
    assert_string_equal(found, "untouched");
    assert_int_equal(workspace_find(found, inside("nowhere"), &err), IMJIN_NOT_FOUND);
    assert_int_equal(workspace_init(inside("found"), NULL), IMJIN_OK);
    assert_int_equal(directory_make(inside("found/cases/deep/er"), NULL), IMJIN_OK);
    assert_int_equal(workspace_find(found, inside("found/cases/deep/er"), &err), IMJIN_OK);
    assert_string_equal(found, inside("found"));
    assert_int_equal(workspace_find(found, inside("found"), &err), IMJIN_OK);
    assert_string_equal(found, inside("found"));
    assert_int_equal(chdir(inside("found/cases")), 0);
    assert_int_equal(workspace_find(found, NULL, &err), IMJIN_OK);
    assert_string_equal(found, inside("found"));
    assert_int_equal(chdir("/"), 0);
}

static void assert_settings(const char *settings, enum imjin_status expected, uint64_t line, const char *what) {
    struct workspace *w = NULL;
    struct error err = {0};
    assert_int_equal(file_replace(inside("set/imjin.conf"), settings, strlen(settings), NULL), IMJIN_OK);
    enum imjin_status status = workspace_open(&w, inside("set"), &err);
    char shown[1024];
    error_print(&err, shown, sizeof shown);
    if (status != expected || err.line != line || strstr(shown, what) == NULL)
        fail_msg("%s: %s", settings, shown);
    if (status == IMJIN_OK) {
        assert_string_equal(workspace_default_chain(w), "ethereum");
        assert_int_equal(workspace_threads(w), 3);
    }
    workspace_close(w);
}

static void reads_settings_strictly(void **state) {
    (void)state;
    assert_int_equal(workspace_init(inside("set"), NULL), IMJIN_OK);
    assert_settings("# x\r\nversion=1\r\n chain = ethereum \r\nthreads =3", IMJIN_OK, 0, "");
    assert_settings("chain = ethereum\n", IMJIN_BAD_INPUT, 0, "version = 1");
    assert_settings("version = 2\n", IMJIN_BAD_INPUT, 1, "not one this program knows");
    assert_settings("version = one\n", IMJIN_BAD_INPUT, 1, "not a number");
    assert_settings("version = 1\nversion = 1\n", IMJIN_BAD_INPUT, 2, "\"version\" is given twice");
    assert_settings("version = 1\n\ncolour = red\n", IMJIN_BAD_INPUT, 3,
                    "imjin.conf:3: \"colour\" is not a known setting: red");
    assert_settings("version = 1\nchain = Ether eum\n", IMJIN_BAD_INPUT, 2, "is not a chain name");
    assert_settings("version = 1\nthreads = 1000\n", IMJIN_BAD_INPUT, 2, "from 0 to 256");
    assert_settings("version = 1\nthreads\n", IMJIN_BAD_INPUT, 2, "key = value");
    assert_settings("version = 1\nThreads = 1\n", IMJIN_BAD_INPUT, 2, "not a key");
    assert_settings("version = 1\nchain = \xff\n", IMJIN_BAD_INPUT, 2, "UTF-8");
    assert_settings("version = 1\nchain = a\x01\n", IMJIN_BAD_INPUT, 2, "UTF-8");
}

static void every_failed_allocation_is_reported(void **state) {
    (void)state;
    assert_int_equal(workspace_init(inside("memory"), NULL), IMJIN_OK);
    for (uint64_t nth = 1;; nth++) {
        struct workspace *w = NULL;
        uint64_t before = memory_allocations();
        memory_fail_at(nth, false);
        enum imjin_status status = workspace_open(&w, inside("memory"), NULL);
        bool reached = memory_allocations() - before >= nth;
        memory_fail_at(0, false);
        assert_int_equal(status, reached ? IMJIN_MACHINE : IMJIN_OK);
        workspace_close(w);
        if (!reached)
            break;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_opens_and_names_its_parts),
        cmocka_unit_test(lists_chains),
        cmocka_unit_test(refuses_a_directory_of_somebody_else),
        cmocka_unit_test(is_found_from_below),
        cmocka_unit_test(reads_settings_strictly),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, make_directory, drop_directory);
}
