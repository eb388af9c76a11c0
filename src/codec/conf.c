#include "codec/conf.h"

#include <stdarg.h>
#include <stdio.h>

#include "codec/utf8.h"

static bool key_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

static bool well_formed_key(struct span key) {
    for (uint64_t i = 0; i < key.count; i++)
        if (!key_character(key.bytes[i]))
            return false;
    return key.count > 0;
}

static bool has_control(struct span line) {
    for (uint64_t i = 0; i < line.count; i++)
        if (((unsigned char)line.bytes[i] < 0x20 && line.bytes[i] != '\t') || line.bytes[i] == 0x7f)
            return true;
    return false;
}

/* Ends the span in NUL: there is always a byte behind it, a line's end at the latest. */
static void end_span(struct span s) { ((char *)s.bytes)[s.count] = '\0'; }

static enum imjin_status parse_line(struct span line, const char *name, uint64_t number, struct buffer *entries,
                                    struct error *err) {
    struct span trimmed = span_trim(line);
    if (trimmed.count == 0 || trimmed.bytes[0] == '#')
        return IMJIN_OK;
    if (!utf8_check(line, NULL) || has_control(line))
        return fail_value(err, name, number, NULL, line.bytes, line.count, "not plain UTF-8 text");
    const char *equals = memchr(trimmed.bytes, '=', trimmed.count);
    if (equals == NULL)
        return fail_value(err, name, number, NULL, trimmed.bytes, trimmed.count, "a line is key = value");
    uint64_t before = (uint64_t)(equals - trimmed.bytes);
    struct conf_entry entry = {.line = number,
                               .key = span_trim((struct span){trimmed.bytes, before}),
                               .value = span_trim((struct span){equals + 1, trimmed.count - before - 1})};
    if (!well_formed_key(entry.key))
        return fail_value(err, name, number, NULL, entry.key.bytes, entry.key.count, "not a key (a-z, 0-9, '-', '_')");
    TRY(buffer_push(entries, &entry, NULL, err));
    end_span(entry.value);
    end_span(entry.key);
    return IMJIN_OK;
}

static enum imjin_status parse_lines(const char *name, char *bytes, uint64_t count, struct buffer *entries, struct error *err) {
    uint64_t number = 1;
    for (uint64_t at = 0; at < count; number++) {
        char *end = memchr(bytes + at, '\n', count - at);
        uint64_t next = end ? (uint64_t)(end - bytes) + 1 : count, stop = end ? next - 1 : count;
        if (stop > at && bytes[stop - 1] == '\r')
            stop--;
        enum imjin_status status = parse_line((struct span){bytes + at, stop - at}, name, number, entries, err);
        if (status != IMJIN_OK) {
            error_at(err, name, number);
            return status;
        }
        at = next;
    }
    return IMJIN_OK;
}

/* Takes `bytes` (with a NUL behind them) over, also on failure. */
static enum imjin_status parse_owned(struct conf *ret, const char *name, char *bytes, uint64_t count, struct error *err) {
    struct buffer entries = {.item_bytes = sizeof(struct conf_entry), .items_max = CONF_ENTRIES_MAX, .what = "settings"};
    struct conf c = {.name = memory_text(name, strlen(name)), .bytes = bytes};
    enum imjin_status status = c.name ? parse_lines(name, bytes, count, &entries, err) : fail_memory(err, name);
    c.entries = entries.items;
    c.count = entries.count;
    if (status != IMJIN_OK)
        conf_done(&c);
    else
        *ret = c;
    return status;
}

enum imjin_status conf_parse(struct conf *ret, const char *name, struct span text, struct error *err) {
    if (text.count > CONF_BYTES_MAX)
        return fail_value(err, name, 0, NULL, NULL, 0, "more than %d bytes", CONF_BYTES_MAX);
    char *bytes = memory_text(text.bytes, text.count);
    return bytes ? parse_owned(ret, name, bytes, text.count, err) : fail_memory(err, name);
}

enum imjin_status conf_read(struct conf *ret, const char *path, struct error *err) {
    char *bytes;
    uint64_t count;
    TRY(file_read(path, CONF_BYTES_MAX, &bytes, &count, err));
    return parse_owned(ret, path, bytes, count, err);
}

const struct conf_entry *conf_find(const struct conf *c, const char *key, const struct conf_entry *after) {
    for (uint64_t i = after ? (uint64_t)(after - c->entries) + 1 : 0; i < c->count; i++)
        if (span_is(c->entries[i].key, key))
            return &c->entries[i];
    return NULL;
}

enum imjin_status conf_fail(const struct conf *c, const struct conf_entry *entry, struct error *err, const char *format, ...) {
    char text[ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return fail_value(err, c->name, entry->line, entry->key.bytes, entry->value.bytes, entry->value.count, "%s", text);
}

enum imjin_status conf_check_keys(const struct conf *c, const char *const *keys, const bool *repeatable, unsigned key_count,
                                  struct error *err) {
    for (uint64_t i = 0; i < c->count; i++) {
        unsigned k = 0;
        while (k < key_count && !span_is(c->entries[i].key, keys[k]))
            k++;
        if (k == key_count)
            return conf_fail(c, &c->entries[i], err, "is not a known setting");
        if ((repeatable == NULL || !repeatable[k]) && conf_find(c, keys[k], NULL) != &c->entries[i])
            return conf_fail(c, &c->entries[i], err, "is given twice");
    }
    return IMJIN_OK;
}

void conf_done(struct conf *c) {
    memory_free(c->name);
    memory_free(c->bytes);
    memory_free(c->entries);
    *c = (struct conf){0};
}
