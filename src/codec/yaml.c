#include "codec/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

struct frame {
    bool map, value_next; /* in a map: the next node is a value */
};
struct yaml_reader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool event_held, begun, ended;
    const char *name;
    uint32_t depth;
    struct frame frames[YAML_DEPTH_MAX];
};

enum imjin_status yaml_reader_open(struct yaml_reader **ret, const char *name, struct span document, struct error *err) {
    if (document.count > YAML_BYTES_MAX)
        return fail_value(err, name, 0, NULL, NULL, 0, "YAML of more than %d bytes", YAML_BYTES_MAX);
    struct yaml_reader *r = memory_new(1, sizeof *r);
    if (r == NULL || !yaml_parser_initialize(&r->parser)) {
        memory_free(r);
        return fail_memory(err, "YAML reader");
    }
    r->name = name;
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)(document.bytes ? document.bytes : ""), document.count);
    *ret = r;
    return IMJIN_OK;
}

static void drop_event(struct yaml_reader *r) {
    if (r->event_held)
        yaml_event_delete(&r->event);
    r->event_held = false;
}

void yaml_reader_close(struct yaml_reader *r) {
    if (r == NULL)
        return;
    drop_event(r);
    yaml_parser_delete(&r->parser);
    memory_free(r);
}

static enum imjin_status fail_place(const struct yaml_reader *r, uint64_t line, uint64_t column, struct span seen,
                                    struct error *err, const char *what) {
    return fail_value(err, r->name, line, NULL, seen.bytes, seen.count, "YAML, column %llu: %s", (unsigned long long)column,
                      what);
}

enum imjin_status yaml_fail(const struct yaml_reader *r, const struct yaml_event *at, struct error *err, const char *format,
                            ...) {
    char what[ERROR_TEXT_MAX - 64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    struct span seen = at->kind == YAML_SCALAR ? at->text : (struct span){0};
    return fail_place(r, at->line, at->column, seen, err, what);
}

static enum imjin_status fail_syntax(const struct yaml_reader *r, struct error *err) {
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return fail_memory(err, "YAML");
    /* reader errors (bad UTF-8) come with an offset instead of a mark */
    return fail_place(r, p->problem_mark.line + 1, p->problem_mark.column + 1, (struct span){0}, err,
                      p->problem ? p->problem : "not YAML");
}

static enum imjin_status refuse(const struct yaml_reader *r, struct error *err, const char *what) {
    return fail_place(r, r->event.start_mark.line + 1, r->event.start_mark.column + 1, (struct span){0}, err, what);
}

static enum imjin_status check_properties(const struct yaml_reader *r, const yaml_char_t *anchor, const yaml_char_t *tag,
                                          struct error *err) {
    if (anchor)
        return refuse(r, err, "anchors (&name) are not read");
    return tag ? refuse(r, err, "tags (!name) are not read") : IMJIN_OK;
}

/* Takes the node's place in the map around it. */
static enum imjin_status place_node(struct yaml_reader *r, bool scalar, bool *ret_is_key, struct error *err) {
    struct frame *around = r->depth ? &r->frames[r->depth - 1] : NULL;
    bool is_key = around && around->map && !around->value_next;
    if (is_key && !scalar)
        return refuse(r, err, "a key must be a scalar");
    if (around && around->map)
        around->value_next = is_key;
    *ret_is_key = is_key;
    return IMJIN_OK;
}

static enum imjin_status open_frame(struct yaml_reader *r, bool map, struct yaml_event *ret, struct error *err) {
    TRY(place_node(r, false, &ret->is_key, err));
    if (r->depth == YAML_DEPTH_MAX)
        return refuse(r, err, "nested too deeply");
    r->frames[r->depth++] = (struct frame){.map = map};
    ret->kind = map ? YAML_MAP_BEGIN : YAML_LIST_BEGIN;
    return IMJIN_OK;
}

static enum imjin_status read_scalar(struct yaml_reader *r, struct yaml_event *ret, struct error *err) {
    TRY(check_properties(r, r->event.data.scalar.anchor, r->event.data.scalar.tag, err));
    if (r->event.data.scalar.length > YAML_SCALAR_BYTES_MAX)
        return refuse(r, err, "the text is too long");
    ret->kind = YAML_SCALAR;
    ret->text = (struct span){(const char *)r->event.data.scalar.value, r->event.data.scalar.length};
    ret->plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return place_node(r, true, &ret->is_key, err);
}

static enum imjin_status translate(struct yaml_reader *r, struct yaml_event *ret, struct error *err) {
    switch (r->event.type) {
    case YAML_ALIAS_EVENT:
        return refuse(r, err, "aliases (*name) are not read");
    case YAML_MAPPING_START_EVENT:
        TRY(check_properties(r, r->event.data.mapping_start.anchor, r->event.data.mapping_start.tag, err));
        return open_frame(r, true, ret, err);
    case YAML_SEQUENCE_START_EVENT:
        TRY(check_properties(r, r->event.data.sequence_start.anchor, r->event.data.sequence_start.tag, err));
        return open_frame(r, false, ret, err);
    case YAML_SCALAR_EVENT:
        return read_scalar(r, ret, err);
    default: /* the end of a map or list: libyaml pairs them */
        ret->kind = r->event.type == YAML_MAPPING_END_EVENT ? YAML_MAP_END : YAML_LIST_END;
        ret->depth = --r->depth;
        return IMJIN_OK;
    }
}

static enum imjin_status pull(struct yaml_reader *r, struct error *err) {
    drop_event(r);
    if (!yaml_parser_parse(&r->parser, &r->event))
        return fail_syntax(r, err);
    r->event_held = true;
    return IMJIN_OK;
}

enum imjin_status yaml_next(struct yaml_reader *r, struct yaml_event *ret, struct error *err) {
    struct yaml_event event = {.kind = YAML_END};
    while (!r->ended) {
        TRY(pull(r, err));
        yaml_event_type_t type = r->event.type;
        if (type == YAML_DOCUMENT_START_EVENT) {
            if (r->begun)
                return refuse(r, err, "a second document in the file");
            r->begun = true;
        } else if (type == YAML_STREAM_END_EVENT || type == YAML_NO_EVENT)
            r->ended = true;
        else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_END_EVENT) {
            event.line = r->event.start_mark.line + 1;
            event.column = r->event.start_mark.column + 1;
            event.depth = r->depth;
            TRY(translate(r, &event, err));
            break;
        }
    }
    *ret = event;
    return IMJIN_OK;
}

enum imjin_status yaml_skip(struct yaml_reader *r, const struct yaml_event *begin, struct error *err) {
    struct yaml_event event = *begin;
    if (begin->kind != YAML_MAP_BEGIN && begin->kind != YAML_LIST_BEGIN)
        return IMJIN_OK;
    while (r->depth > begin->depth)
        TRY(yaml_next(r, &event, err));
    return IMJIN_OK;
}
