/* The versions of one list on disk: <directory>/<name>/chain, one line a version, and <name>/v000001/ with the mapped file and
 * what was read. A version directory that the chain does not name is what a killed process left. */
#ifndef IMJIN_LIST_STORE_H
#define IMJIN_LIST_STORE_H

#include "list/build.h"

enum { RAW_NAME_MAX = 120 };
#define LIST_FILE  "list.bin"
#define CHAIN_FILE "chain"

struct raw_file {
    uint32_t version; /* its number */
    char name[RAW_NAME_MAX + 1];
    struct sha256 hash;
    uint64_t bytes;
};
struct chain_of_versions {
    struct list_version *versions;
    uint32_t count;
    struct buffer raws; /* of struct raw_file, by version */
    struct text text;   /* the file as it stands */
};
/* An absent chain is one without versions. IMJIN_BAD_INPUT when a link is wrong. */
enum imjin_status chain_read(struct chain_of_versions *ret, const char *directory, const char *name, struct error *err);
void chain_done(struct chain_of_versions *c);
/* Fills in number, previous, in_force and link, and appends the line to c->text; `raws` are those of this version. */
enum imjin_status chain_append(struct chain_of_versions *c, struct list_version *v, const struct raw_file *raws,
                               uint32_t raw_count, struct error *err);
/* <directory>/<name>/v000001 or a file in it (null: the directory). */
enum imjin_status version_path(char *ret_path, const char *directory, const char *name, uint32_t number, const char *file,
                               struct error *err);
/* "raw-01.zst" */
void raw_file_name(char ret_name[16], uint32_t index);
enum imjin_status check_list_name(const char *name, struct error *err);

void list_set_version(struct list *l, const struct list_version *v);

/* IMJIN_BAD_INPUT when `fresh` should not take the place of `last` (null: there is none); docs/lists.md has the rules. */
enum imjin_status floors_check(const struct list *fresh, const struct list *last, const char *name, const char *accept_shrink,
                               struct error *err);

#endif
