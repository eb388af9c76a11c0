#include "codec/json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "codec/utf8.h"

enum state { WANT_VALUE, WANT_FIRST_ELEMENT, WANT_FIRST_KEY, WANT_KEY, AFTER_VALUE };

/* A key of an object that is open, on a stack; `next` chains those of one hash bucket, newest first. */
struct member {
    uint64_t hash, offset;
    uint32_t next;
};
enum { HEADS_FIRST = 64, NO_MEMBER = UINT32_MAX };

void json_start(struct json_reader *r, const char *name, struct span document, uint64_t first_line) {
    r->name = name;
    r->document = document;
    r->first_line = first_line;
    r->at = 0;
    r->depth = 0;
    r->state = WANT_VALUE;
    if (r->members.count > 0 && r->heads)
        memset(r->heads, 0xff, r->heads_count * sizeof *r->heads);
    r->members.count = 0;
    r->members.item_bytes = sizeof(struct member);
    r->members.items_max = JSON_MEMBERS_MAX;
    r->members.what = "open JSON keys";
}

void json_reader_done(struct json_reader *r) {
    text_done(&r->decoded);
    text_done(&r->other);
    buffer_done(&r->members);
    memory_free(r->heads);
    *r = (struct json_reader){0};
}

static enum imjin_status fail_at(const struct json_reader *r, uint64_t offset, struct error *err, const char *what) {
    uint64_t line = r->first_line, begin = 0;
    for (uint64_t i = 0; i < offset && i < r->document.count; i++) {
        if (r->document.bytes[i] == '\n') {
            line++;
            begin = i + 1;
        }
    }
    uint64_t left = offset < r->document.count ? r->document.count - offset : 0;
    return fail_value(err, r->name, line, NULL, left ? r->document.bytes + offset : NULL, left < 24 ? left : 24,
                      "JSON, column %" PRIu64 ": %s", offset - begin + 1, what);
}

enum imjin_status json_fail(const struct json_reader *r, uint64_t offset, struct error *err, const char *format, ...) {
    char what[ERROR_TEXT_MAX - 64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return fail_at(r, offset, err, what);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool at_end(const struct json_reader *r) { return r->at == r->document.count; }
/* The next byte, or NUL at the end; NUL is allowed nowhere outside, so that the two need no telling apart. */
static char peek(const struct json_reader *r) { return at_end(r) ? '\0' : r->document.bytes[r->at]; }

static void skip_space(struct json_reader *r) {
    for (char c = peek(r); c == ' ' || c == '\n' || c == '\r' || c == '\t'; c = peek(r))
        r->at++;
}

static enum imjin_status emit(struct json_event *ret, enum json_kind kind, const struct json_reader *r, uint64_t offset,
                              struct span text) {
    *ret = (struct json_event){.kind = (uint8_t)kind, .depth = r->depth, .offset = offset, .text = text};
    return IMJIN_OK;
}

/* ---- strings ---- */

/* From the opening quote to behind the closing one; ret_raw lies between them. */
static enum imjin_status find_string(struct json_reader *r, struct span *ret_raw, bool *ret_escaped, struct error *err) {
    uint64_t begin = r->at + 1, i = begin, bad;
    bool escaped = false;
    for (; i < r->document.count && r->document.bytes[i] != '"'; i++) {
        char c = r->document.bytes[i];
        if ((unsigned char)c < 0x20)
            return fail_at(r, i, err, "a control character in a string must be escaped");
        if (c == '\\') {
            escaped = true;
            i++;
        }
    }
    if (i >= r->document.count)
        return fail_at(r, r->at, err, "the string is never closed");
    struct span raw = {r->document.bytes + begin, i - begin};
    if (!utf8_check(raw, &bad))
        return fail_at(r, begin + bad, err, "not UTF-8");
    r->at = i + 1;
    *ret_raw = raw;
    *ret_escaped = escaped;
    return IMJIN_OK;
}

static bool hex4(const char *bytes, const char *end, uint32_t *ret) {
    uint32_t v = 0;
    if (end - bytes < 4)
        return false;
    for (unsigned i = 0; i < 4; i++) {
        char c = bytes[i];
        unsigned digit = is_digit(c)            ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit == 16)
            return false;
        v = v << 4 | digit;
    }
    *ret = v;
    return true;
}

/* Decodes what follows `\u`; returns the count of bytes used, 0 when it is no character. */
static unsigned decode_unicode(const char *bytes, const char *end, uint32_t *ret) {
    uint32_t high, low;
    if (!hex4(bytes, end, &high) || (high >= 0xdc00 && high <= 0xdfff))
        return 0;
    if (high < 0xd800 || high > 0xdbff) {
        *ret = high;
        return 4;
    }
    if (end - bytes < 10 || bytes[4] != '\\' || bytes[5] != 'u' || !hex4(bytes + 6, end, &low) || low < 0xdc00 || low > 0xdfff)
        return 0;
    *ret = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    return 10;
}

static enum imjin_status decode_escape(const struct json_reader *r, const char **at, const char *end, struct text *out,
                                       struct error *err) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *escape = *at, *named = escape[1] ? strchr(names, escape[1]) : NULL;
    uint32_t code_point;
    char encoded[4];
    if (named) {
        text_add(out, values + (named - names), 1);
        *at += 2;
        return IMJIN_OK;
    }
    unsigned used = escape[1] == 'u' ? decode_unicode(escape + 2, end, &code_point) : 0;
    if (used == 0)
        return fail_at(r, (uint64_t)(escape - r->document.bytes), err, "not an escape of JSON");
    text_add(out, encoded, utf8_encode(code_point, encoded));
    *at += 2 + used;
    return IMJIN_OK;
}

static enum imjin_status decode(const struct json_reader *r, struct span raw, struct text *out, struct error *err) {
    const char *at = raw.bytes, *end = raw.bytes + raw.count;
    text_clear(out);
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        text_add(out, at, (uint64_t)((escape ? escape : end) - at));
        if (escape == NULL)
            break;
        at = escape;
        TRY(decode_escape(r, &at, end, out, err));
    }
    return text_status(out, err);
}

static enum imjin_status read_string(struct json_reader *r, struct span *ret, struct error *err) {
    struct span raw = {0};
    bool escaped = false;
    TRY(find_string(r, &raw, &escaped, err));
    if (escaped) {
        TRY(decode(r, raw, &r->decoded, err));
        raw = (struct span){r->decoded.bytes, r->decoded.count};
    }
    *ret = raw;
    return IMJIN_OK;
}

/* ---- duplicate keys ---- */

static struct member *member_at(const struct json_reader *r, uint32_t i) { return (struct member *)r->members.items + i; }
static uint32_t *bucket(const struct json_reader *r, uint64_t hash) { return &r->heads[hash & (r->heads_count - 1)]; }

static enum imjin_status grow_heads(struct json_reader *r, struct error *err) {
    if (r->members.count < r->heads_count)
        return IMJIN_OK;
    uint32_t count = r->heads_count ? r->heads_count * 2 : HEADS_FIRST;
    uint32_t *heads = memory_new(count, sizeof *heads);
    if (heads == NULL)
        return fail_memory(err, "JSON keys");
    memset(heads, 0xff, count * sizeof *heads);
    memory_free(r->heads);
    r->heads = heads;
    r->heads_count = count;
    for (uint32_t i = 0; i < r->members.count; i++) {
        uint32_t *head = bucket(r, member_at(r, i)->hash);
        member_at(r, i)->next = *head;
        *head = i;
    }
    return IMJIN_OK;
}

static enum imjin_status same_key(struct json_reader *r, const struct member *m, struct span key, bool *ret,
                                  struct error *err) {
    struct json_reader place = {.document = r->document, .at = m->offset};
    struct span raw = {0};
    bool escaped = false;
    TRY(find_string(&place, &raw, &escaped, err));
    if (escaped) {
        TRY(decode(r, raw, &r->other, err));
        raw = (struct span){r->other.bytes, r->other.count};
    }
    *ret = span_equal(raw, key);
    return IMJIN_OK;
}

static enum imjin_status add_member(struct json_reader *r, struct span key, uint64_t offset, struct error *err) {
    uint32_t first = r->frames[r->depth - 1].first_member;
    struct member m = {.hash = hash_bytes(key.bytes, key.count, 0), .offset = offset};
    TRY(grow_heads(r, err));
    uint32_t *head = bucket(r, m.hash);
    for (uint32_t i = *head; i != NO_MEMBER && i >= first; i = member_at(r, i)->next) {
        bool same = false;
        if (member_at(r, i)->hash == m.hash)
            TRY(same_key(r, member_at(r, i), key, &same, err));
        if (same)
            return fail_at(r, offset, err, "the object has this key twice");
    }
    m.next = *head;
    TRY(buffer_push(&r->members, &m, NULL, err));
    *head = (uint32_t)r->members.count - 1;
    return IMJIN_OK;
}

/* Newest first, each member is the head of its bucket when its turn comes. */
static void drop_members(struct json_reader *r, uint32_t first) {
    while (r->members.count > first) {
        const struct member *m = member_at(r, (uint32_t)--r->members.count);
        *bucket(r, m->hash) = m->next;
    }
}

/* ---- values ---- */

static void skip_digits(struct json_reader *r) {
    while (is_digit(peek(r)))
        r->at++;
}

static enum imjin_status read_number(struct json_reader *r, struct json_event *ret, struct error *err) {
    uint64_t begin = r->at;
    bool integer = true;
    if (peek(r) == '-')
        r->at++;
    if (!is_digit(peek(r)))
        return fail_at(r, r->at, err, "a number needs a digit here");
    if (peek(r) == '0')
        r->at++;
    else
        skip_digits(r);
    if (is_digit(peek(r)))
        return fail_at(r, begin, err, "a number may not begin with a zero");
    if (peek(r) == '.') {
        integer = false;
        r->at++;
        if (!is_digit(peek(r)))
            return fail_at(r, r->at, err, "a number needs a digit here");
        skip_digits(r);
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        integer = false;
        r->at++;
        if (peek(r) == '+' || peek(r) == '-')
            r->at++;
        if (!is_digit(peek(r)))
            return fail_at(r, r->at, err, "a number needs a digit here");
        skip_digits(r);
    }
    if (r->at - begin > JSON_NUMBER_BYTES_MAX)
        return fail_at(r, begin, err, "the number is too long");
    TRY(emit(ret, JSON_NUMBER, r, begin, (struct span){r->document.bytes + begin, r->at - begin}));
    ret->integer = integer;
    return IMJIN_OK;
}

static enum imjin_status read_word(struct json_reader *r, struct json_event *ret, struct error *err) {
    static const struct {
        const char *word;
        enum json_kind kind;
    } words[] = {{"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        uint64_t count = strlen(words[i].word), begin = r->at;
        if (r->document.count - begin >= count && memcmp(r->document.bytes + begin, words[i].word, count) == 0) {
            r->at += count;
            return emit(ret, words[i].kind, r, begin, (struct span){r->document.bytes + begin, count});
        }
    }
    return fail_at(r, r->at, err, at_end(r) ? "the text ends where a value is due" : "not a value");
}

static enum imjin_status open_frame(struct json_reader *r, bool object, struct json_event *ret, struct error *err) {
    if (r->depth == JSON_DEPTH_MAX)
        return fail_at(r, r->at, err, "nested too deeply");
    TRY(emit(ret, object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN, r, r->at++, (struct span){0}));
    r->frames[r->depth++] = (struct json_frame){object, (uint32_t)r->members.count};
    r->state = object ? WANT_FIRST_KEY : WANT_FIRST_ELEMENT;
    return IMJIN_OK;
}

static enum imjin_status close_frame(struct json_reader *r, struct json_event *ret) {
    const struct json_frame *frame = &r->frames[--r->depth];
    drop_members(r, frame->first_member);
    r->state = AFTER_VALUE;
    return emit(ret, frame->object ? JSON_OBJECT_END : JSON_ARRAY_END, r, r->at++, (struct span){0});
}

static enum imjin_status read_value(struct json_reader *r, struct json_event *ret, struct error *err) {
    char c = peek(r);
    uint64_t begin = r->at;
    struct span text = {0};
    if (c == '{' || c == '[')
        return open_frame(r, c == '{', ret, err);
    r->state = AFTER_VALUE;
    if (c == '-' || is_digit(c))
        return read_number(r, ret, err);
    if (c != '"')
        return read_word(r, ret, err);
    TRY(read_string(r, &text, err));
    return emit(ret, JSON_STRING, r, begin, text);
}

static enum imjin_status read_key(struct json_reader *r, struct json_event *ret, struct error *err) {
    uint64_t begin = r->at;
    struct span key = {0};
    if (peek(r) != '"')
        return fail_at(r, r->at, err, "a key in quotes is due here");
    TRY(read_string(r, &key, err));
    TRY(add_member(r, key, begin, err));
    skip_space(r);
    if (peek(r) != ':')
        return fail_at(r, r->at, err, "a colon is due here");
    r->at++;
    r->state = WANT_VALUE;
    return emit(ret, JSON_KEY, r, begin, key);
}

static enum imjin_status read_after_value(struct json_reader *r, struct json_event *ret, struct error *err) {
    if (r->depth == 0)
        return at_end(r) ? emit(ret, JSON_END, r, r->at, (struct span){0})
                         : fail_at(r, r->at, err, "text behind the end of the document");
    bool object = r->frames[r->depth - 1].object;
    if (peek(r) == (object ? '}' : ']'))
        return close_frame(r, ret);
    if (peek(r) != ',')
        return fail_at(r, r->at, err, object ? "a comma or } is due here" : "a comma or ] is due here");
    r->at++;
    skip_space(r);
    r->state = object ? WANT_KEY : WANT_VALUE;
    return object ? read_key(r, ret, err) : read_value(r, ret, err);
}

enum imjin_status json_next(struct json_reader *r, struct json_event *ret, struct error *err) {
    if (r->at == 0 && r->document.count >= 3 && memcmp(r->document.bytes, "\xef\xbb\xbf", 3) == 0)
        return fail_at(r, 0, err, "a byte order mark; save the file as UTF-8 without one");
    skip_space(r);
    switch ((enum state)r->state) {
    case WANT_FIRST_ELEMENT:
        return peek(r) == ']' ? close_frame(r, ret) : read_value(r, ret, err);
    case WANT_FIRST_KEY:
        return peek(r) == '}' ? close_frame(r, ret) : read_key(r, ret, err);
    case WANT_KEY:
        return read_key(r, ret, err);
    case AFTER_VALUE:
        return read_after_value(r, ret, err);
    case WANT_VALUE:
        break;
    }
    return read_value(r, ret, err);
}

enum imjin_status json_skip(struct json_reader *r, struct error *err) {
    uint32_t depth = r->depth;
    struct json_event event;
    do
        TRY(json_next(r, &event, err));
    while (r->depth > depth);
    return IMJIN_OK;
}
