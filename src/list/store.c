#include "list/store.h"

#include <stdio.h>

static enum imjin_status open_numbered(struct list **ret, const struct chain_of_versions *c, uint32_t number,
                                       const char *directory, const char *name, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct list *l;
    TRY(version_path(path, directory, name, number, LIST_FILE, err));
    enum imjin_status status = list_open_file(&l, path, err);
    if (status == IMJIN_NOT_FOUND)
        return fail(err, IMJIN_BAD_INPUT, "%s is missing although the chain names it", path);
    TRY(status);
    list_set_version(l, &c->versions[number - 1]);
    *ret = l;
    return IMJIN_OK;
}

static enum imjin_status absent(const char *name, struct error *err) {
    return fail(err, IMJIN_NOT_FOUND, "there is no list \"%s\" in the workspace; \"imjin lists add %s FILE\" makes it", name,
                name);
}

enum imjin_status list_open_version(struct list **ret, const char *directory, const char *name, uint32_t number,
                                    struct error *err) {
    struct chain_of_versions c;
    TRY(chain_read(&c, directory, name, err));
    enum imjin_status status;
    if (c.count == 0)
        status = absent(name, err);
    else if (number == 0 || number > c.count)
        status = fail(err, IMJIN_NOT_FOUND, "the list \"%s\" has no version %u; it has 1 to %u", name, number, c.count);
    else
        status = open_numbered(ret, &c, number, directory, name, err);
    chain_done(&c);
    return status;
}

enum imjin_status list_open(struct list **ret, const char *directory, const char *name, struct error *err) {
    return list_open_as_of(ret, directory, name, INT32_MAX, err);
}

enum imjin_status list_open_as_of(struct list **ret, const char *directory, const char *name, int32_t day, struct error *err) {
    struct chain_of_versions c;
    char first[LIST_DAY_PRINT_MAX];
    enum imjin_status status;
    uint32_t number = 0;
    TRY(chain_read(&c, directory, name, err));
    while (number < c.count && c.versions[number].in_force <= day)
        number++;
    if (number) {
        status = open_numbered(ret, &c, number, directory, name, err);
    } else if (c.count == 0) {
        status = absent(name, err);
    } else {
        list_day_print(c.versions[0].in_force, first);
        status = fail(err, IMJIN_NOT_FOUND, "no version of \"%s\" was in force then; the first one here is of %s", name, first);
    }
    chain_done(&c);
    return status;
}

enum imjin_status list_history(struct list_version **ret, uint32_t *ret_count, const char *directory, const char *name,
                               struct error *err) {
    struct chain_of_versions c;
    TRY(chain_read(&c, directory, name, err));
    if (c.count == 0) {
        chain_done(&c);
        return absent(name, err);
    }
    *ret = c.versions;
    *ret_count = c.count;
    c.versions = NULL;
    chain_done(&c);
    return IMJIN_OK;
}

static bool has_chain(const char *directory, const char *name) {
    char base[PATH_BYTES_MAX], path[PATH_BYTES_MAX];
    return check_list_name(name, NULL) == IMJIN_OK && path_join(base, NULL, directory, name) == IMJIN_OK &&
           path_join(path, NULL, base, CHAIN_FILE) == IMJIN_OK && file_exists(path);
}

enum imjin_status list_names(const char *directory, char ***ret_names, size_t *ret_count, struct error *err) {
    char **names;
    size_t count, kept = 0;
    if (!directory_exists(directory)) {
        names = memory_new(1, sizeof *names);
        if (names == NULL)
            return fail_memory(err, "names of lists");
        *ret_names = names, *ret_count = 0;
        return IMJIN_OK;
    }
    TRY(directory_list(directory, &names, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (has_chain(directory, names[i]))
            names[kept++] = names[i];
        else
            memory_free(names[i]);
    }
    *ret_names = names, *ret_count = kept;
    return IMJIN_OK;
}
