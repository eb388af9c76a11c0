#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"

int span_compare(struct span a, struct span b) {
    uint64_t shared = a.count < b.count ? a.count : b.count;
    int order = shared ? memcmp(a.bytes, b.bytes, shared) : 0;
    return order ? order : (a.count > b.count) - (a.count < b.count);
}

struct span span_trim(struct span s) {
    while (s.count && (s.bytes[0] == ' ' || s.bytes[0] == '\t')) {
        s.bytes++;
        s.count--;
    }
    while (s.count && (s.bytes[s.count - 1] == ' ' || s.bytes[s.count - 1] == '\t'))
        s.count--;
    return s;
}

static bool text_room(struct text *t, uint64_t more) {
    uint64_t maximum = t->bytes_max ? t->bytes_max : (uint64_t)1 << 30;
    if (t->status != IMJIN_OK)
        return false;
    if (more >= maximum || t->count > maximum - more - 1) {
        t->status = IMJIN_BAD_INPUT;
        return false;
    }
    if (t->count + more + 1 <= t->room)
        return true;
    uint64_t room = t->room * 2 + 64;
    if (room < t->count + more + 1)
        room = t->count + more + 1;
    char *bytes = memory_resize(t->bytes, room, 1);
    if (bytes == NULL) {
        t->status = IMJIN_MACHINE;
        return false;
    }
    t->bytes = bytes;
    t->room = room;
    return true;
}

void text_add(struct text *t, const char *bytes, uint64_t count) {
    if (!text_room(t, count))
        return;
    if (count)
        memcpy(t->bytes + t->count, bytes, count);
    t->count += count;
    t->bytes[t->count] = '\0';
}

void text_add_string(struct text *t, const char *string) { text_add(t, string, strlen(string)); }

void text_add_format(struct text *t, const char *format, ...) {
    va_list arguments;
    char small[256];
    va_start(arguments, format);
    int count = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    INVARIANT(count >= 0);
    if ((size_t)count < sizeof small) {
        text_add(t, small, (uint64_t)count);
        return;
    }
    if (!text_room(t, (uint64_t)count))
        return;
    va_start(arguments, format);
    vsnprintf(t->bytes + t->count, (size_t)count + 1, format, arguments);
    va_end(arguments);
    t->count += (uint64_t)count;
}

void text_clear(struct text *t) {
    t->count = 0;
    t->status = IMJIN_OK;
    if (t->bytes)
        t->bytes[0] = '\0';
}

enum imjin_status text_status(const struct text *t, struct error *err) {
    if (t->status == IMJIN_BAD_INPUT)
        return fail(err, t->status, "text longer than its limit");
    if (t->status != IMJIN_OK)
        return fail_memory(err, "text");
    return IMJIN_OK;
}

void text_done(struct text *t) {
    memory_free(t->bytes);
    *t = (struct text){.bytes_max = t->bytes_max};
}
