#include "codec/xml.h"

#include <expat.h>
#include <stdio.h>

enum { XML_CHUNK_BYTES = 1 << 16, XML_PATH_MAX = 240 };

struct reading {
    const struct xml_handler *handler;
    struct input *in;
    XML_Parser parser;
    struct xml_node *open[XML_DEPTH_MAX];
    struct text texts[XML_DEPTH_MAX];   /* of the open elements */
    struct arena arenas[XML_DEPTH_MAX]; /* of entered elements; arenas[tree_depth] holds the whole tree */
    uint32_t depth, tree_depth;
    bool in_tree;
    uint64_t quiet_bytes; /* given since expat last called */
    enum imjin_status status;
    struct error *err, ignored;
};

static void *take(size_t bytes) { return memory_new(1, bytes); }
static void *take_more(void *block, size_t bytes) { return memory_resize(block, 1, bytes); }
static void give_back(void *block) { memory_free(block); }
static const XML_Memory_Handling_Suite memory_suite = {take, take_more, give_back};

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static struct span trim(struct span s) {
    while (s.count && is_space(s.bytes[0]))
        s.bytes++, s.count--;
    while (s.count && is_space(s.bytes[s.count - 1]))
        s.count--;
    return s;
}

/* Ends the reading. The first reason stays. */
static void stop(struct reading *r, enum imjin_status status) {
    if (r->status != IMJIN_OK)
        return;
    r->status = status;
    XML_StopParser(r->parser, XML_FALSE);
}

static void refuse(struct reading *r, const char *why) {
    if (r->status != IMJIN_OK)
        return;
    struct error *err = r->err ? r->err : &r->ignored;
    stop(r, fail(err, IMJIN_BAD_INPUT, "%s (column %llu)", why, (unsigned long long)XML_GetCurrentColumnNumber(r->parser) + 1));
    error_at(err, input_name(r->in), XML_GetCurrentLineNumber(r->parser));
}

static const char *local_name(const char *name) {
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static bool copy(struct arena *a, struct span *ret, const char *bytes, uint64_t count) {
    *ret = (struct span){arena_text(a, bytes, count), count};
    return ret->bytes != NULL;
}

static bool copy_attributes(struct arena *a, struct xml_node *n, const char **attributes) {
    uint32_t count = n->attribute_count;
    n->attributes = arena_new(a, count ? count : 1, sizeof *n->attributes);
    if (n->attributes == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const char *name = attributes[(size_t)2 * i], *value = attributes[(size_t)2 * i + 1];
        bool of_xml = strncmp(name, "xmlns", 5) == 0 || strncmp(name, "xsi:", 4) == 0 || strncmp(name, "xml:", 4) == 0;
        if (!copy(a, &n->attributes[i].name, of_xml ? name : local_name(name), strlen(of_xml ? name : local_name(name))) ||
            !copy(a, &n->attributes[i].value, value, strlen(value)))
            return false;
        n->attributes[i].seen = of_xml;
    }
    return true;
}

static struct xml_node *make_node(struct reading *r, struct arena *a, const char *name, const char **attributes) {
    struct xml_node *n = arena_new(a, 1, sizeof *n);
    if (n == NULL || !copy(a, &n->name, local_name(name), strlen(local_name(name))))
        return NULL;
    while (n->attribute_count <= XML_ATTRIBUTES_MAX && attributes[(size_t)2 * n->attribute_count])
        n->attribute_count++;
    if (n->attribute_count > XML_ATTRIBUTES_MAX) {
        refuse(r, "an element has more than 256 attributes");
        return NULL;
    }
    n->depth = r->depth;
    n->line = XML_GetCurrentLineNumber(r->parser);
    n->parent = r->depth ? r->open[r->depth - 1] : NULL;
    return copy_attributes(a, n, attributes) ? n : NULL;
}

static void link_child(struct xml_node *n) {
    if (n->parent->last)
        n->parent->last->next = n;
    else
        n->parent->first = n;
    n->parent->last = n;
}

static void out_of_room(struct reading *r) {
    if (r->status != IMJIN_OK)
        return;
    if (r->in_tree && r->arenas[r->tree_depth].used_bytes > XML_TREE_BYTES_MAX / 2)
        refuse(r, "one record is larger than 64 MB");
    else
        stop(r, fail_memory(r->err, "an XML document"));
}

static void on_start(void *context, const char *name, const char **attributes) {
    struct reading *r = context;
    r->quiet_bytes = 0;
    if (r->status != IMJIN_OK)
        return;
    if (r->depth == XML_DEPTH_MAX) {
        refuse(r, "elements nest deeper than 64");
        return;
    }
    struct arena *a = &r->arenas[r->in_tree ? r->tree_depth : r->depth];
    a->budget_bytes = XML_TREE_BYTES_MAX;
    struct xml_node *n = make_node(r, a, name, attributes);
    if (n == NULL) {
        out_of_room(r);
        return;
    }
    if (r->in_tree)
        link_child(n);
    else if (r->handler->open(r->handler->context, n) == XML_TREE) {
        r->in_tree = true;
        r->tree_depth = r->depth;
    }
    text_clear(&r->texts[r->depth]);
    r->texts[r->depth].bytes_max = XML_TREE_BYTES_MAX / 4;
    r->open[r->depth++] = n;
}

static void on_text(void *context, const char *bytes, int count) {
    struct reading *r = context;
    r->quiet_bytes = 0;
    if (r->status == IMJIN_OK && r->depth)
        text_add(&r->texts[r->depth - 1], bytes, (uint64_t)count);
}

static void hand_over(struct reading *r, struct xml_node *n) {
    uint64_t line = n->line;
    struct error *err = r->err ? r->err : &r->ignored;
    enum imjin_status status = r->handler->tree(r->handler->context, n, err);
    if (status == IMJIN_BAD_INPUT)
        error_at(err, input_name(r->in), line);
    if (status != IMJIN_OK)
        stop(r, status);
    r->in_tree = false;
}

static void on_end(void *context, const char *name) {
    struct reading *r = context;
    (void)name;
    r->quiet_bytes = 0;
    if (r->status != IMJIN_OK)
        return;
    uint32_t depth = --r->depth;
    struct xml_node *n = r->open[depth];
    struct text *t = &r->texts[depth];
    struct span text = trim((struct span){t->bytes, t->count});
    struct arena *a = &r->arenas[r->in_tree ? r->tree_depth : depth];
    if (t->status != IMJIN_OK)
        refuse(r, "the text of one element is larger than 16 MB, or memory is gone");
    else if (!r->in_tree && text.count)
        refuse(r, "text stands where only elements belong");
    else if (text.count && !copy(a, &n->text, text.bytes, text.count))
        out_of_room(r);
    else if (r->in_tree && depth == r->tree_depth)
        hand_over(r, n);
    if (!r->in_tree || r->status != IMJIN_OK)
        arena_done(&r->arenas[depth]);
}

static void on_doctype(void *context, const char *name, const char *system, const char *public, int internal) {
    (void)name, (void)system, (void)public, (void)internal;
    refuse(context, "a DOCTYPE is not read: lists have none, and it can make a small file endless");
}

static enum imjin_status parse_failed(struct reading *r) {
    char why[200];
    enum XML_Error code = XML_GetErrorCode(r->parser);
    if (r->status != IMJIN_OK)
        return r->status;
    if (code == XML_ERROR_NO_MEMORY)
        return fail_memory(r->err, "an XML document");
    const char *said = XML_ErrorString(code);
    if (code == XML_ERROR_UNKNOWN_ENCODING)
        said = "its encoding is not read; UTF-8, UTF-16, ISO-8859-1 and US-ASCII are";
    snprintf(why, sizeof why, "not well-formed XML: %s", said ? said : "unknown reason");
    struct error *err = r->err ? r->err : &r->ignored;
    uint64_t column = XML_GetCurrentColumnNumber(r->parser) + 1;
    enum imjin_status status = fail(err, IMJIN_BAD_INPUT, "%s (column %llu)", why, (unsigned long long)column);
    error_at(err, input_name(r->in), XML_GetCurrentLineNumber(r->parser));
    return status;
}

/* While a tag is not complete, expat calls nobody and keeps all of it. */
static enum imjin_status feed(struct reading *r, uint64_t count) {
    r->quiet_bytes += count;
    if (XML_ParseBuffer(r->parser, (int)count, count == 0) != XML_STATUS_OK || r->status != IMJIN_OK)
        return parse_failed(r);
    if (r->quiet_bytes > XML_TOKEN_BYTES_MAX)
        refuse(r, "one tag or attribute is larger than 4 MB");
    return r->status;
}

static enum imjin_status read_all(struct reading *r) {
    uint64_t count = 1;
    while (count) {
        void *room = XML_GetBuffer(r->parser, XML_CHUNK_BYTES);
        if (room == NULL)
            return fail_memory(r->err, "an XML document");
        TRY(input_read(r->in, room, XML_CHUNK_BYTES, &count, r->err));
        TRY(feed(r, count));
    }
    return IMJIN_OK;
}

enum imjin_status xml_read(struct input *in, const struct xml_handler *handler, struct error *err) {
    struct reading *r = memory_new(1, sizeof *r);
    if (r == NULL)
        return fail_memory(err, "an XML document");
    r->handler = handler, r->in = in, r->err = err;
    r->parser = XML_ParserCreate_MM(NULL, &memory_suite, NULL);
    enum imjin_status status = IMJIN_OK;
    if (r->parser == NULL) {
        status = fail_memory(err, "an XML document");
    } else {
        XML_SetUserData(r->parser, r);
        XML_SetElementHandler(r->parser, on_start, on_end);
        XML_SetCharacterDataHandler(r->parser, on_text);
        XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
        status = read_all(r);
        XML_ParserFree(r->parser);
    }
    for (uint32_t i = 0; i < XML_DEPTH_MAX; i++) {
        text_done(&r->texts[i]);
        arena_done(&r->arenas[i]);
    }
    memory_free(r);
    return status;
}

struct xml_node *xml_child(struct xml_node *n, const char *name) {
    struct span wanted = span_of(name);
    for (struct xml_node *c = n ? n->first : NULL; c; c = c->next)
        if (span_equal(c->name, wanted)) {
            c->seen = true;
            return c;
        }
    return NULL;
}

struct xml_node *xml_next(struct xml_node *n) {
    for (struct xml_node *c = n->next; c; c = c->next)
        if (span_equal(c->name, n->name)) {
            c->seen = true;
            return c;
        }
    return NULL;
}

struct span xml_text(struct xml_node *n, const char *name) {
    if (name)
        n = xml_child(n, name);
    if (n == NULL)
        return (struct span){NULL, 0};
    n->seen = n->text_seen = true;
    return n->text;
}

struct span xml_attribute(struct xml_node *n, const char *name) {
    struct span wanted = span_of(name);
    for (uint32_t i = 0; n && i < n->attribute_count; i++)
        if (span_equal(n->attributes[i].name, wanted)) {
            n->attributes[i].seen = true;
            return n->attributes[i].value;
        }
    return (struct span){NULL, 0};
}

/* The element that follows `n` in document order inside `tree`; `inside`: its children are to be visited too. */
static struct xml_node *follow(const struct xml_node *tree, struct xml_node *n, bool inside) {
    if (inside && n->first)
        return n->first;
    while (n != tree && n->next == NULL)
        n = n->parent;
    return n == tree ? NULL : n->next;
}

void xml_ignore(struct xml_node *n) {
    for (struct xml_node *c = n; c; c = follow(n, c, true)) {
        c->seen = c->text_seen = true;
        for (uint32_t i = 0; i < c->attribute_count; i++)
            c->attributes[i].seen = true;
    }
}

void xml_ignore_named(struct xml_node *n, const char *name) {
    struct span wanted = span_of(name);
    for (struct xml_node *c = n; c; c = follow(n, c, true)) {
        if (span_equal(c->name, wanted))
            c->seen = c->text_seen = true;
        (void)xml_attribute(c, name);
    }
}

static void print_path(char *ret_path, const struct xml_node *tree, const struct xml_node *n) {
    const struct xml_node *way[XML_DEPTH_MAX];
    unsigned count = 0;
    uint64_t at = 0;
    for (; n != tree; n = n->parent)
        way[count++] = n;
    ret_path[0] = 0;
    while (count && at + 2 < XML_PATH_MAX) {
        const struct span *name = &way[--count]->name;
        int added =
            snprintf(ret_path + at, XML_PATH_MAX - at, "/%.*s", (int)(name->count > 60 ? 60 : name->count), name->bytes);
        at += (uint64_t)added;
    }
}

static void tell_attributes(const struct xml_node *tree, const struct xml_node *n, void (*told)(void *, const char *),
                            void *context) {
    char path[XML_PATH_MAX], whole[XML_PATH_MAX + 64];
    for (uint32_t i = 0; i < n->attribute_count; i++) {
        struct span name = n->attributes[i].name;
        if (n->attributes[i].seen)
            continue;
        print_path(path, tree, n);
        snprintf(whole, sizeof whole, "%s@%.*s", path, (int)(name.count > 60 ? 60 : name.count), name.bytes);
        told(context, whole);
    }
}

void xml_unseen(struct xml_node *tree, void (*told)(void *context, const char *path), void *context) {
    char path[XML_PATH_MAX];
    for (struct xml_node *n = tree; n; n = follow(tree, n, n == tree || n->seen)) {
        bool unseen = n != tree && (!n->seen || (n->text.count && !n->text_seen));
        if (unseen) {
            print_path(path, tree, n);
            told(context, path);
        }
        if (n == tree || n->seen)
            tell_attributes(tree, n, told, context);
    }
}
