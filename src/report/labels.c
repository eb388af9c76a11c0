/* Tags as they stand in the label store. */
#include <inttypes.h>

#include "report/jsonify.h"
#include "report/terminal.h"

/* Walks the tags a query asks for. */
struct tag_walk {
    const struct report_input *in;
    const struct report_labels_query *query;
    void (*visit)(void *context, const struct tag *tag);
    void *context;
    uint64_t seen, shown;
};

static bool of_chain(const struct tag_walk *w, const struct tag *tag) {
    return w->query->chain == NULL || tag->chain.count == 0 || span_is(tag->chain, w->query->chain);
}

static void walk_range(struct tag_walk *w, uint64_t first, uint64_t count) {
    for (uint64_t i = first; i < first + count; i++) {
        struct tag tag = label_at(w->in->labels, i);
        if (!of_chain(w, &tag))
            continue;
        w->seen++;
        if (w->query->rows_max && w->shown == w->query->rows_max)
            continue;
        w->shown++;
        w->visit(w->context, &tag);
    }
}

static void walk(struct tag_walk *w) {
    uint64_t first, count, cursor = 0;
    switch (w->query->kind) {
    case REPORT_LABELS_LIST:
        walk_range(w, 0, label_count(w->in->labels));
        return;
    case REPORT_LABELS_SHOW:
        label_find(w->in->labels, w->query->chain, w->query->address, &first, &count);
        walk_range(w, first, count);
        return;
    case REPORT_LABELS_CONFLICTS:
        while (label_conflicts(w->in->labels, &cursor, &first, &count))
            walk_range(w, first, count);
        return;
    }
}

static void add_tag_line(void *context, const struct tag *tag) {
    struct text *t = context;
    char address[ADDRESS_PRINT_MAX];
    struct cell where = {0}, label = {0}, category = {0};
    address_print(&tag->address, address);
    text_add_string(&where.text, address);
    cell_end(t, &where, 42);
    report_add_outside(&label.text, tag->label);
    cell_end(t, &label, 32);
    add_category(&category.text, tag);
    cell_end(t, &category, 20);
    text_add_format(t, "%3u  ", tag->confidence);
    report_add_outside(t, tag->source);
    end_line(t);
}

static void add_verdict(struct text *t, const struct report_input *in, const struct report_labels_query *query) {
    struct tag tag;
    bool conflict;
    if (!label_role_of(in->labels, query->chain ? query->chain : "", query->address, &tag, &conflict)) {
        text_add_string(t, "No label says what the address means for following money.\n");
        return;
    }
    text_add_string(t, "For following money this counts: ");
    report_add_outside(t, tag.label);
    text_add_format(t, " (%s), confidence %u", label_role_name(tag.category ? tag.category->role : LABEL_ROLE_NONE),
                    tag.confidence);
    text_add_string(t, conflict ? "; labels of equal rank contradict it\n" : "\n");
}

enum imjin_status report_labels_text(struct text *t, const struct report_input *in, const struct report_labels_query *query,
                                     struct error *err) {
    struct tag_walk w = {.in = in, .query = query, .visit = add_tag_line, .context = t};
    walk(&w);
    if (w.seen > w.shown)
        text_add_format(t, "... and %" PRIu64 " more\n", w.seen - w.shown);
    if (w.seen == 0)
        text_add_string(t, query->kind == REPORT_LABELS_CONFLICTS ? "No labels contradict each other.\n" : "No labels.\n");
    if (query->kind == REPORT_LABELS_SHOW)
        add_verdict(t, in, query);
    return text_status(t, err);
}

struct label_document {
    struct json_writer w;
    struct file_writer *file;
};

static void json_tag_row(void *context, const struct tag *tag) {
    struct label_document *d = context;
    json_tag(&d->w, tag);
    drain(d->w.out, d->file);
}

static void json_verdict(struct json_writer *w, const struct report_input *in, const struct report_labels_query *query) {
    struct tag tag;
    bool conflict = false;
    json_put_key(w, "verdict");
    if (!label_role_of(in->labels, query->chain ? query->chain : "", query->address, &tag, &conflict)) {
        json_put_null(w);
        return;
    }
    json_object_begin(w);
    json_key_span_value(w, "label", tag.label);
    json_key_text(w, "role", label_role_name(tag.category ? tag.category->role : LABEL_ROLE_NONE));
    json_key_unsigned(w, "confidence", tag.confidence);
    json_key_bool(w, "label_conflict", conflict);
    json_object_end(w);
}

enum imjin_status report_labels_json(struct text *t, struct file_writer *file, const struct report_input *in,
                                     const struct report_labels_query *query, struct error *err) {
    static const char *const kinds[] = {"list", "show", "conflicts"};
    struct label_document d = {.w = {.out = t}, .file = file};
    struct tag_walk w = {.in = in, .query = query, .visit = json_tag_row, .context = &d};
    json_head(&d.w, in, "imjin.labels/1");
    json_key_text(&d.w, "kind", kinds[query->kind]);
    json_put_key(&d.w, "tags");
    json_array_begin(&d.w);
    walk(&w);
    json_array_end(&d.w);
    json_key_unsigned(&d.w, "tag_count", w.seen);
    if (query->kind == REPORT_LABELS_SHOW)
        json_verdict(&d.w, in, query);
    return json_foot(&d.w, file, err);
}
