/* Small parts of the results that the program writes itself. */
#ifndef IMJIN_CLI_RESULT_H
#define IMJIN_CLI_RESULT_H

#include "codec/codec.h"

void result_number(struct json_writer *w, const char *key, uint64_t value);
void result_word(struct json_writer *w, const char *key, const char *value);
/* "1 row", "1,234 rows". */
void result_counted(struct text *t, uint64_t count, const char *one, const char *many);
/* Rows and tags that were left out: the first `count` of `total`. */
void result_skipped_text(struct text *t, const struct error *errors, unsigned count, uint64_t total);
/* The member `key`: a list of file, line, column, value, reason. */
void result_skipped_json(struct json_writer *w, const char *key, const struct error *errors, unsigned count);

#endif
