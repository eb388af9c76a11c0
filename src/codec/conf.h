/* Files of lines `key = value`: settings and cases. '#' at the beginning of a line makes a comment; keys are of a-z, 0-9, '-'
 * and '_'; a value is what stands behind the first '=' without the spaces around it, may be empty and may hold '=' and '#'.
 * UTF-8, LF or CRLF. A key may come again: whoever reads says whether that is allowed. */
#ifndef IMJIN_CODEC_CONF_H
#define IMJIN_CODEC_CONF_H

#include "base/base.h"
#include "codec/limits.h"

/* Key and value also end in NUL, and neither holds one. */
struct conf_entry {
    struct span key, value;
    uint64_t line;
};
struct conf {
    char *name, *bytes;
    struct conf_entry *entries; /* in the order of the file */
    uint64_t count;
};

/* Reads a whole file. IMJIN_BAD_INPUT with file and line; IMJIN_NOT_FOUND when there is no file. Free with conf_done. */
enum imjin_status conf_read(struct conf *ret, const char *path, struct error *err);
/* The same for text in memory (copied). */
enum imjin_status conf_parse(struct conf *ret, const char *name, struct span text, struct error *err);
/* The first entry of that key behind `after` (null: from the beginning); null when there is none. */
const struct conf_entry *conf_find(const struct conf *c, const char *key, const struct conf_entry *after);
/* IMJIN_BAD_INPUT with file and line of the entry, key as column, its value, and the text. */
enum imjin_status conf_fail(const struct conf *c, const struct conf_entry *entry, struct error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Fails on the first entry whose key is not in `keys`, or comes again though `repeatable[i]` is false (null: none is). */
enum imjin_status conf_check_keys(const struct conf *c, const char *const *keys, const bool *repeatable, unsigned key_count,
                                  struct error *err);
void conf_done(struct conf *c);

#endif
