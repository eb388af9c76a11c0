/* Spans of bytes, growing text, little-endian loads and stores. */
#ifndef IMJIN_BASE_BYTES_H
#define IMJIN_BASE_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files are little-endian and mapped as they are");

/* Text that is somebody else's: not NUL-ended, valid as long as its owner says. */
struct span {
    const char *bytes;
    uint64_t count;
};

static inline struct span span_of(const char *text) { return (struct span){text, text ? strlen(text) : 0}; }
static inline bool span_equal(struct span a, struct span b) {
    return a.count == b.count && (a.count == 0 || memcmp(a.bytes, b.bytes, a.count) == 0);
}
static inline bool span_is(struct span a, const char *text) { return span_equal(a, span_of(text)); }
/* By bytes, then by length; for sorting. */
int span_compare(struct span a, struct span b);
struct span span_trim(struct span s); /* without spaces and tabs at both ends */

/* Growing text with a NUL behind it and a stated maximum. Zero-initialise; bytes_max 0 means 1 GiB. Errors stick: after
 * one, nothing more is added and text_status() says so, so that writers need one check at the end. */
struct text {
    char *bytes;
    uint64_t count, room, bytes_max;
    enum imjin_status status;
};
void text_add(struct text *t, const char *bytes, uint64_t count);
void text_add_string(struct text *t, const char *string);
void text_add_format(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_clear(struct text *t); /* keeps the memory */
enum imjin_status text_status(const struct text *t, struct error *err);
void text_done(struct text *t);

#endif
