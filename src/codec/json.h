/* JSON as RFC 8259 has it and nothing more: a pull reader and a writer. Numbers stay text, since an amount in wei does not
 * fit 64 bits. A reader or writer belongs to one thread at a time. */
#ifndef IMJIN_CODEC_JSON_H
#define IMJIN_CODEC_JSON_H

#include "base/base.h"
#include "codec/limits.h"

/* ---- reading ---- */

enum json_kind {
    JSON_END, /* the document is complete; further calls return this again */
    JSON_OBJECT_BEGIN,
    JSON_OBJECT_END,
    JSON_ARRAY_BEGIN,
    JSON_ARRAY_END,
    JSON_KEY, /* always followed by its value */
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
};
struct json_event {
    uint8_t kind;     /* enum json_kind */
    bool integer;     /* NUMBER: neither fraction nor exponent */
    uint32_t depth;   /* open objects and arrays around it */
    uint64_t offset;  /* of its first byte in the document */
    struct span text; /* KEY, STRING: decoded, may hold NUL; NUMBER: as written. Valid until the next call. */
};

struct json_frame {
    bool object;
    uint32_t first_member;
};
/* Zero-initialise. One reader may read many documents one after the other and keeps its memory between them. */
struct json_reader {
    const char *name;
    struct span document;
    uint64_t first_line, at;
    uint32_t depth, heads_count;
    uint8_t state;
    struct json_frame frames[JSON_DEPTH_MAX];
    struct text decoded, other;
    struct buffer members;
    uint32_t *heads;
};

/* Begins a document that is wholly in memory and stays there. `name` (kept, may be null) and `first_line` (of the document
 * in its file, 1 for a whole file) are for messages. */
void json_start(struct json_reader *r, const char *name, struct span document, uint64_t first_line);
/* The next event. IMJIN_BAD_INPUT with file, line, column and what is wrong: grammar, a byte order mark, bytes that are not
 * UTF-8, unpaired surrogates, a key that an object has twice, nesting deeper than JSON_DEPTH_MAX, a number longer than
 * JSON_NUMBER_BYTES_MAX. After a failure the reader may only be started anew or freed. Constant stack, linear time. */
enum imjin_status json_next(struct json_reader *r, struct json_event *ret, struct error *err);
/* Reads over the next value, whatever it holds. Call where a value is due (behind JSON_KEY, or inside an array). */
enum imjin_status json_skip(struct json_reader *r, struct error *err);
/* IMJIN_BAD_INPUT at the place of an event, for a document that is JSON but not what its format asks for. */
enum imjin_status json_fail(const struct json_reader *r, uint64_t offset, struct error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void json_reader_done(struct json_reader *r);

/* ---- writing ---- */

/* Zero-initialise, set `out`; failures stick to out->status, so that one text_status() at the end is enough. The text may be
 * taken away and cleared between calls. Output depends on the calls alone. A call that would not give JSON (a key in an
 * array, a value without its key) is a bug and aborts. */
struct json_writer {
    struct text *out;
    bool pretty;    /* a line a value, two spaces a level; otherwise no white space at all */
    bool html_safe; /* also escapes < > & U+2028 U+2029, for a document inside <script> */
    bool key_given;
    uint32_t depth;
    struct {
        bool object, filled;
    } frames[JSON_DEPTH_MAX];
};
void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_put_key(struct json_writer *w, const char *key);
void json_put_key_span(struct json_writer *w, struct span key);
void json_put_string(struct json_writer *w, struct span value); /* a byte that is not UTF-8 becomes U+FFFD */
void json_put_text(struct json_writer *w, const char *value);   /* as json_put_string; null gives null */
void json_put_unsigned(struct json_writer *w, uint64_t value);
void json_put_thousandths(struct json_writer *w, uint64_t value); /* 873 as 0.873 */
void json_put_signed(struct json_writer *w, int64_t value);
/* As a string of digits: readers of JSON commonly take numbers for doubles, which hold 53 bits. */
void json_put_amount(struct json_writer *w, struct u256 value);
void json_put_bool(struct json_writer *w, bool value);
void json_put_null(struct json_writer *w);

#endif
