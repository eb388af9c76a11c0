/* What was stolen, as people say it: SPEC texts, lists of sources, case files. */
#ifndef IMJIN_API_SPEC_H
#define IMJIN_API_SPEC_H

#include "trace/trace.h"

/* Thefts in the order they were named. */
struct spec_list {
    struct buffer sources; /* struct trace_source */
    uint64_t missing;      /* sources that the ledger does not know; they stand in the list as such */
    struct arena texts;    /* what the missing ones were called */
};
void spec_list_begin(struct spec_list *s);
void spec_list_done(struct spec_list *s);

/* ADDRESS[,AMOUNT[,ASSET[,TIME]]], or the id of a transaction. IMJIN_NOT_FOUND when the ledger knows neither; IMJIN_USAGE or
 * IMJIN_BAD_INPUT when it cannot be read. */
enum imjin_status spec_add(struct spec_list *s, const struct ledger *l, struct span text, struct error *err);
/* A source that the ledger does not know: a trace notes it and follows the others. */
enum imjin_status spec_add_missing(struct spec_list *s, struct span text, struct error *err);
/* A CSV file with the header address[,amount[,asset[,time]]], plain, gzip or zstd; "-" is standard input. An address that the
 * ledger does not know is missing. */
enum imjin_status spec_add_file(struct spec_list *s, const struct ledger *l, const char *path, struct error *err);

/* An address as people write it, found in the ledger; IMJIN_NOT_FOUND names it. */
enum imjin_status account_by_text(struct account_id *ret, const struct ledger *l, struct span text, struct error *err);

#endif
