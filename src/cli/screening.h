/* Screening in a workspace: opens its lists, prepares their set, and the book of decisions. */
#ifndef IMJIN_CLI_SCREENING_H
#define IMJIN_CLI_SCREENING_H

#include "cli/session.h"
#include "screen/screen.h"

struct screening {
    struct list *lists[SCREEN_LISTS_MAX];
    struct screen_source sources[SCREEN_LISTS_MAX];
    char versions[SCREEN_LISTS_MAX][65], published[SCREEN_LISTS_MAX][LIST_DAY_PRINT_MAX];
    char **names;
    size_t name_count;
    unsigned count;
    struct screen_book *book;
    struct screen_set *set;
    struct arena arena;
    int32_t today; /* the day asked for, else the newest publication among the lists; LIST_DAY_NONE when none is known */
};

struct screening_choice {
    const char *lists;       /* names with commas; null: all */
    int32_t as_of;           /* LIST_DAY_NONE: the versions that serve */
    const uint32_t *numbers; /* null, or the versions to open, in the order of `lists` */
    bool write;              /* the book is made when missing */
};
/* IMJIN_USAGE when the workspace has no list, IMJIN_NOT_FOUND when one of those named is not there. */
enum imjin_status screening_open(struct screening **ret, struct desk *d, const struct screening_choice *choice,
                                 struct error *err);
/* The versions that are open, for a saved batch; `ret` has room for SCREEN_LISTS_MAX. */
void screening_saved_lists(const struct screening *s, struct screen_saved_list *ret);
void screening_close(struct screening *s); /* null is fine */
enum imjin_status screening_book_path(struct desk *d, char *ret_path, struct error *err);

/* What --lists and --as-of ask for. */
struct screening_choice screening_choice_from(const struct session *s, bool write);

/* The query that --dob, --country, --id, --type, --address, --gender and the name make. */
enum imjin_status query_from_arguments(const struct session *s, struct screen_query *ret, const char *name, struct arena *a,
                                       struct error *err);
bool query_is_given(const struct arguments *a);
/* The day of an option whose value arguments_parse() has checked. */
int32_t day_from_arguments(const struct arguments *a, enum option_id id);

/* For people. */
enum imjin_status screening_text(struct text *t, const struct screen_writing *w, const struct screen_query *q,
                                 const struct screen_match *matches, uint32_t count, bool nothing, struct error *err);
enum imjin_status screening_explanation_text(struct text *t, const struct screen_writing *w, uint32_t entity,
                                             uint16_t threshold, const struct screen_explanation *e, struct error *err);
void screening_decision_text(struct text *t, const struct screen_decision *d, enum screen_standing standing);

#endif
