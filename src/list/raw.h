/* The files that a version was read from: hashed, kept compressed, checked again. */
#ifndef IMJIN_LIST_RAW_H
#define IMJIN_LIST_RAW_H

#include "list/store.h"

/* Name, hash and size of each. An empty or absent file is IMJIN_BAD_INPUT. */
enum imjin_status raw_describe(struct raw_file *ret, const char *const *paths, uint32_t count, struct error *err);
/* Of one file its own SHA-256; of several that of the sorted lines "hash  name". */
enum imjin_status raw_content_hash(struct sha256 *ret, const struct raw_file *raws, uint32_t count, struct error *err);
/* Writes raw-01.zst and so on. Fails when a file is not what it was when it was described. */
enum imjin_status raw_keep(const char *directory, const char *const *paths, const struct raw_file *raws, uint32_t count,
                           struct error *err);
enum imjin_status raw_check(const char *path, const struct raw_file *raw, struct error *err);

#endif
