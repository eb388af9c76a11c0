#include "codec/json.h"

#include <inttypes.h>
#include <stdio.h>

#include "codec/utf8.h"

static void new_line(struct json_writer *w) {
    if (!w->pretty)
        return;
    text_add(w->out, "\n", 1);
    for (uint32_t i = 0; i < w->depth; i++)
        text_add(w->out, "  ", 2);
}

/* What stands before a value or a key: the comma behind the one before, and the line. */
static void separate(struct json_writer *w) {
    if (w->depth == 0)
        return;
    if (w->frames[w->depth - 1].filled)
        text_add(w->out, ",", 1);
    w->frames[w->depth - 1].filled = true;
    new_line(w);
}

static void before_value(struct json_writer *w) {
    bool in_object = w->depth > 0 && w->frames[w->depth - 1].object;
    INVARIANT(in_object == w->key_given);
    if (!in_object)
        separate(w);
    w->key_given = false;
}

static void begin(struct json_writer *w, bool object) {
    before_value(w);
    INVARIANT(w->depth < JSON_DEPTH_MAX);
    text_add(w->out, object ? "{" : "[", 1);
    w->frames[w->depth].object = object;
    w->frames[w->depth++].filled = false;
}

static void end(struct json_writer *w, bool object) {
    INVARIANT(w->depth > 0 && w->frames[w->depth - 1].object == object && !w->key_given);
    bool filled = w->frames[--w->depth].filled;
    if (filled)
        new_line(w);
    text_add(w->out, object ? "}" : "]", 1);
    if (w->depth == 0 && w->pretty)
        text_add(w->out, "\n", 1);
}

void json_object_begin(struct json_writer *w) { begin(w, true); }
void json_object_end(struct json_writer *w) { end(w, true); }
void json_array_begin(struct json_writer *w) { begin(w, false); }
void json_array_end(struct json_writer *w) { end(w, false); }

/* The escape of the character at `bytes`, or false when it stands for itself. */
static bool escape_of(const struct json_writer *w, const char *bytes, unsigned length, char ret_escape[8]) {
    static const char named[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    unsigned char c = (unsigned char)bytes[0];
    const char *at = c && length == 1 ? strchr(named, c) : NULL;
    if (length == 0)
        memcpy(ret_escape, "\\ufffd", 7);
    else if (at)
        snprintf(ret_escape, 8, "\\%c", names[at - named]);
    else if (length == 1 && (c < 0x20 || c == 0x7f || (w->html_safe && (c == '<' || c == '>' || c == '&'))))
        snprintf(ret_escape, 8, "\\u%04x", (unsigned)c);
    else if (w->html_safe && length == 3 && memcmp(bytes, "\xe2\x80", 2) == 0 && (bytes[2] == '\xa8' || bytes[2] == '\xa9'))
        snprintf(ret_escape, 8, "\\u%s", bytes[2] == '\xa8' ? "2028" : "2029");
    else
        return false;
    return true;
}

static void quote(struct json_writer *w, struct span s) {
    uint64_t plain = 0, i = 0; /* [plain, i) stands for itself and is not written yet */
    text_add(w->out, "\"", 1);
    while (i < s.count) {
        char escape[8];
        unsigned length = utf8_length(s.bytes + i, s.count - i);
        if (escape_of(w, s.bytes + i, length, escape)) {
            text_add(w->out, s.bytes + plain, i - plain);
            text_add_string(w->out, escape);
            plain = i + (length ? length : 1);
        }
        i += length ? length : 1;
    }
    if (s.count > plain)
        text_add(w->out, s.bytes + plain, s.count - plain);
    text_add(w->out, "\"", 1);
}

void json_put_key_span(struct json_writer *w, struct span key) {
    INVARIANT(w->depth > 0 && w->frames[w->depth - 1].object && !w->key_given);
    separate(w);
    quote(w, key);
    text_add_string(w->out, w->pretty ? ": " : ":");
    w->key_given = true;
}

void json_put_key(struct json_writer *w, const char *key) { json_put_key_span(w, span_of(key)); }

/* A value that is written as it stands; alone in a pretty document it ends its line. */
static void plain_value(struct json_writer *w, const char *value) {
    before_value(w);
    text_add_string(w->out, value);
    if (w->depth == 0 && w->pretty)
        text_add(w->out, "\n", 1);
}

void json_put_string(struct json_writer *w, struct span value) {
    before_value(w);
    quote(w, value);
    if (w->depth == 0 && w->pretty)
        text_add(w->out, "\n", 1);
}

void json_put_text(struct json_writer *w, const char *value) {
    if (value)
        json_put_string(w, span_of(value));
    else
        json_put_null(w);
}

void json_put_unsigned(struct json_writer *w, uint64_t value) {
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, value);
    plain_value(w, digits);
}

void json_put_thousandths(struct json_writer *w, uint64_t value) {
    char digits[32];
    snprintf(digits, sizeof digits, "%" PRIu64 ".%03u", value / 1000, (unsigned)(value % 1000));
    plain_value(w, digits);
}

void json_put_signed(struct json_writer *w, int64_t value) {
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    plain_value(w, digits);
}

void json_put_amount(struct json_writer *w, struct u256 value) {
    char digits[U256_DIGITS_MAX];
    unsigned count = u256_print(value, digits);
    json_put_string(w, (struct span){digits, count});
}

void json_put_bool(struct json_writer *w, bool value) { plain_value(w, value ? "true" : "false"); }
void json_put_null(struct json_writer *w) { plain_value(w, "null"); }
