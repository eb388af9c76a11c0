/* YAML 1.1 as a stream of events (libyaml), cut down to what data files need: one document of maps, lists and scalars in
 * UTF-8. Aliases, anchors, tags and directives' tags are refused, so that no document can be larger than it looks or name a
 * type. A reader belongs to one thread. */
#ifndef IMJIN_CODEC_YAML_H
#define IMJIN_CODEC_YAML_H

#include "base/base.h"
#include "codec/limits.h"

enum yaml_kind { YAML_END, YAML_MAP_BEGIN, YAML_MAP_END, YAML_LIST_BEGIN, YAML_LIST_END, YAML_SCALAR };
struct yaml_event {
    uint8_t kind;          /* enum yaml_kind */
    bool is_key;           /* a key of the map around it, not a value */
    bool plain;            /* SCALAR: written without quotes, so that null, true and numbers may be meant */
    uint32_t depth;        /* open maps and lists around it */
    uint64_t line, column; /* from 1 */
    struct span text;      /* SCALAR: decoded; valid until the next call */
};

struct yaml_reader;
/* `document` stays where it is while the reader lives; `name` is kept for messages. IMJIN_BAD_INPUT above YAML_BYTES_MAX. */
enum imjin_status yaml_reader_open(struct yaml_reader **ret, const char *name, struct span document, struct error *err);
/* The next event; YAML_END at the end of the document (and again after it). IMJIN_BAD_INPUT with file, line and column: bad
 * syntax, alias, anchor, tag, a second document, a key that is no scalar, nesting deeper than YAML_DEPTH_MAX, a scalar longer
 * than YAML_SCALAR_BYTES_MAX. An empty document gives YAML_END at once. */
enum imjin_status yaml_next(struct yaml_reader *r, struct yaml_event *ret, struct error *err);
/* Reads over the rest of the value that `begin` (just returned) opened; nothing for a scalar. */
enum imjin_status yaml_skip(struct yaml_reader *r, const struct yaml_event *begin, struct error *err);
/* IMJIN_BAD_INPUT at the place of an event. */
enum imjin_status yaml_fail(const struct yaml_reader *r, const struct yaml_event *at, struct error *err, const char *format,
                            ...) __attribute__((format(printf, 4, 5)));
void yaml_reader_close(struct yaml_reader *r); /* null is fine */

#endif
