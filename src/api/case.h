/* Case files (docs/cases.md): what was stolen, how to follow it, and what a report's head says. */
#ifndef IMJIN_API_CASE_H
#define IMJIN_API_CASE_H

#include "api/spec.h"
#include "report/report.h"
#include "workspace/workspace.h"

enum { CASE_NAME_MAX = 64 };

struct case_file {
    struct conf conf;
    char directory[PATH_BYTES_MAX]; /* of the file: names inside are meant from here */
    char name[CASE_NAME_MAX];       /* of the directory, or of the file without .conf; names the report's directory */
    struct report_case head;        /* points into conf and `facts`, `notes` */
    struct report_fact *facts;
    const char **notes;
};

/* Whether `text` names a case: a directory with case.conf, or a file that ends in .conf. */
[[nodiscard]] bool case_is(const char *text);
/* IMJIN_BAD_INPUT with file and line for keys that no case has, and for values that cannot be read. */
enum imjin_status case_open(struct case_file *ret, const char *path, struct error *err);
/* The last part of a path as a name for a directory, `.conf` cut off a file: bytes other than A-Z a-z 0-9 . _ - become '-'. */
void case_name_from_path(char ret[CASE_NAME_MAX], const char *path, bool is_file);
void case_done(struct case_file *c);
/* Null when the case names no chain. */
const char *case_chain(const struct case_file *c);
/* Adds what the case says was stolen. */
enum imjin_status case_add_sources(const struct case_file *c, struct spec_list *s, const struct ledger *l, struct error *err);
/* Sets what the case says of how to follow; what it does not say stays. */
enum imjin_status case_set_request(const struct case_file *c, struct trace_request *request, struct error *err);

#endif
