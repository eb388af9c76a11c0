#include "list/read.h"

void read_with_country(struct build *b, uint32_t e, enum list_property property, struct span text, struct span country,
                       const char *kind) {
    struct list_value v = value_of(property, text);
    v.country = country_code(country);
    v.kind = span_of(kind);
    build_add(b, e, &v);
}

void read_country(struct build *b, uint32_t e, enum list_property property, struct span name, const char *kind) {
    read_with_country(b, e, property, name, name, kind);
}

void read_join_part(struct text *t, struct span part, const char *between) {
    part = span_trim(part);
    if (part.count == 0)
        return;
    if (t->count)
        text_add_string(t, between);
    text_add(t, part.bytes, part.count);
}

struct span read_join(struct text *t, struct xml_node *n, const char *const *names, unsigned count, const char *between) {
    text_clear(t);
    for (unsigned i = 0; i < count; i++)
        read_join_part(t, xml_text(n, names[i]), between);
    return (struct span){t->bytes, t->count};
}

enum imjin_status read_done(struct build *b, struct text *t, struct error *err) {
    enum imjin_status status = text_status(t, err);
    text_done(t);
    return status == IMJIN_OK ? build_status(b, err) : status;
}
