/* Any bytes as JSON; what is accepted is written out and must read back to the same events. */
#include "codec/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_event(struct json_writer *w, const struct json_event *e) {
    switch ((enum json_kind)e->kind) {
    case JSON_OBJECT_BEGIN:
        json_object_begin(w);
        break;
    case JSON_OBJECT_END:
        json_object_end(w);
        break;
    case JSON_ARRAY_BEGIN:
        json_array_begin(w);
        break;
    case JSON_ARRAY_END:
        json_array_end(w);
        break;
    case JSON_KEY:
        json_put_key_span(w, e->text);
        break;
    case JSON_NULL:
        json_put_null(w);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        json_put_bool(w, e->kind == JSON_TRUE);
        break;
    default: /* a number becomes a string, which the second pass leaves as it is */
        json_put_string(w, e->text);
    }
}

static bool rewrite(struct span document, bool pretty, struct text *out) {
    struct json_reader r = {0};
    struct json_writer w = {.out = out, .pretty = pretty};
    struct json_event e = {.kind = JSON_NULL};
    bool good = true;
    json_start(&r, "fuzz", document, 1);
    while (good && e.kind != JSON_END) {
        struct error err = {0};
        good = json_next(&r, &e, &err) == IMJIN_OK;
        INVARIANT(good || (err.status == IMJIN_BAD_INPUT && err.line > 0 && err.text[0]));
        if (good && e.kind != JSON_END)
            write_event(&w, &e);
    }
    json_reader_done(&r);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct text first = {0}, second = {0};
    if (rewrite((struct span){(const char *)data, size}, true, &first)) {
        INVARIANT(rewrite((struct span){first.bytes, first.count}, true, &second));
        INVARIANT(first.count == second.count && memcmp(first.bytes, second.bytes, first.count) == 0);
    }
    text_done(&first);
    text_done(&second);
    return 0;
}
