#include "cli/result.h"

#include "report/report.h"

void result_number(struct json_writer *w, const char *key, uint64_t value) {
    json_put_key(w, key);
    json_put_unsigned(w, value);
}

void result_word(struct json_writer *w, const char *key, const char *value) {
    json_put_key(w, key);
    json_put_text(w, value);
}

void result_counted(struct text *t, uint64_t count, const char *one, const char *many) {
    report_add_amount(t, u256_from_u128(count), 0, count == 1 ? one : many, 0);
}

void result_skipped_text(struct text *t, const struct error *errors, unsigned count, uint64_t total) {
    for (unsigned i = 0; i < count; i++) {
        char line[sizeof(struct error)];
        error_print(&errors[i], line, sizeof line);
        text_add_string(t, "  skipped: ");
        report_add_outside(t, span_of(line));
        text_add_string(t, "\n");
    }
    if (total > count)
        text_add_format(t, "  skipped: and %llu more\n", (unsigned long long)(total - count));
}

void result_skipped_json(struct json_writer *w, const char *key, const struct error *errors, unsigned count) {
    json_put_key(w, key);
    json_array_begin(w);
    for (unsigned i = 0; i < count; i++) {
        json_object_begin(w);
        result_word(w, "file", errors[i].file);
        result_number(w, "line", errors[i].line);
        result_word(w, "column", errors[i].column);
        result_word(w, "value", errors[i].value);
        result_word(w, "reason", errors[i].text);
        json_object_end(w);
    }
    json_array_end(w);
}
