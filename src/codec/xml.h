/* XML 1.0 as the publishers of lists write it, record by record in bounded memory (expat). A DOCTYPE is refused, and with it
 * every entity but the five of XML itself. Encodings: UTF-8, UTF-16, ISO-8859-1 and ASCII; whatever is read comes out as UTF-8.
 * Namespaces are dropped: names are local names. A reading belongs to one thread. */
#ifndef IMJIN_CODEC_XML_H
#define IMJIN_CODEC_XML_H

#include "codec/input.h"

struct xml_attribute {
    struct span name, value;
    bool seen;
};
/* One element. `text` is the character data directly inside it, trimmed of white space. */
struct xml_node {
    struct span name, text;
    struct xml_node *parent, *first, *last, *next;
    struct xml_attribute *attributes;
    uint32_t attribute_count, depth; /* the root has depth 0 */
    uint64_t line;
    bool seen, text_seen; /* set by the calls below: what nobody asked for can be reported */
};

enum xml_take {
    XML_ENTER, /* look at its children one by one */
    XML_TREE,  /* collect all of it and hand it over */
};
struct xml_handler {
    void *context;
    /* An element opens whose parents are all being entered. Its children are not there yet, its attributes are. */
    enum xml_take (*open)(void *context, struct xml_node *element);
    /* A collected element, with its parents' names and attributes. It and all its text live until the call returns. */
    enum imjin_status (*tree)(void *context, struct xml_node *tree, struct error *err);
};

/* Reads one document to its end. IMJIN_BAD_INPUT with file, line and column: not well-formed, bytes that are not of the
 * encoding, an encoding that is not read, a DOCTYPE, text in an element that is entered, and the limits XML_... of
 * codec/limits.h. What handler->tree returns ends the reading when it is not IMJIN_OK, with file and line added. */
enum imjin_status xml_read(struct input *in, const struct xml_handler *handler, struct error *err);

/* First child of that name, the next one of the same name behind `n`, and null when there is none. Both mark it as seen. */
struct xml_node *xml_child(struct xml_node *n, const char *name);
struct xml_node *xml_next(struct xml_node *n);
/* The text of the first child of that name, or of `n` itself for null; empty when there is none. */
struct span xml_text(struct xml_node *n, const char *name);
struct span xml_attribute(struct xml_node *n, const char *name);
/* Marks all of it as seen: known, and without worth. */
void xml_ignore(struct xml_node *n);
/* Marks every element and attribute of that name inside as seen: numbers that only tie a publisher's own tables together. */
void xml_ignore_named(struct xml_node *n, const char *name);
/* Calls `told` with the path below `tree` ("/Names/Name" or "/Name@kind") of each element, text or attribute that nobody asked
 * for; children of an unseen element are told with it. Attributes of XML itself (xmlns, xsi, xml) are passed over. */
void xml_unseen(struct xml_node *tree, void (*told)(void *context, const char *path), void *context);

#endif
