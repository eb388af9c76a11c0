/* A list while it is read: entities, values, and what could not be read. Failures stick, as in struct text: after one nothing
 * more is added and build_status() says so. One builder belongs to one thread. */
#ifndef IMJIN_LIST_BUILD_H
#define IMJIN_LIST_BUILD_H

#include "codec/codec.h"
#include "list/limits.h"
#include "list/list.h"

struct build_value { /* as in the file; texts are numbers of strings, 0 the empty one */
    uint32_t text, kind, language, country;
    int32_t day_from, day_to;
    uint16_t share;
    uint8_t property, flags; /* flags: strength, primary << 2, checksum << 3 */
};
struct build_entity {
    uint32_t id;
    uint32_t value_first, value_count;
    uint8_t schema;
    bool described; /* some record is about it; otherwise it was only named */
    bool gone;      /* taken out by a delta */
    uint8_t unused;
};
struct build_note {
    uint32_t kind, text;
    uint64_t count;
};
struct build_set { /* numbers of rows by hash; 0: empty place, else number + 1 */
    uint32_t *places;
    uint32_t room, count;
};
struct build {
    struct buffer entities, values, value_entities, notes;
    struct buffer string_bytes, string_ends; /* string n ends at ends[n] and begins where the one before ends */
    struct build_set strings, ids, rows, note_set;
    struct text scratch;
    struct buffer remarks; /* pieces of OFAC's remarks, put together when all tables are read */
    struct text remark_text;
    const char *format, *publisher; /* set by the reader that was chosen */
    const char *file;               /* being read, for messages */
    int32_t published;
    bool removing; /* a delta takes values away: build_add() removes instead */
    enum imjin_status status;
    struct error err;
};

enum imjin_status build_begin(struct build *b, struct error *err);
void build_done(struct build *b);
enum imjin_status build_status(const struct build *b, struct error *err);

/* The entity of an id, made when it is new. */
uint32_t build_entity(struct build *b, struct span id);
/* The same for the record that is about it: IMJIN_BAD_INPUT when there was one already. */
uint32_t build_record(struct build *b, struct span id, uint64_t line);
/* The same for publishers that give no ids of their own: a second record with the same one gets "#2", and so on. */
uint32_t build_numbered(struct build *b, struct span id);
/* Takes the entity and its values out again. */
void build_remove(struct build *b, uint32_t entity);
void build_schema(struct build *b, uint32_t entity, enum list_schema schema);
/* "prefix:text"; the text belongs to the builder until the next call. Empty when `text` is. */
struct span build_id(struct build *b, const char *prefix, struct span text);

/* Adds one statement, its texts with white space trimmed and runs of it made one space. One that is there already, and one
 * without text and days, is not added. A wallet gets its checksum here. */
void build_add(struct build *b, uint32_t entity, const struct list_value *v);
/* A text as a value of one property. */
void build_put(struct build *b, uint32_t entity, enum list_property property, struct span text, const char *kind);
/* A date in any of the forms of list_day_parse(); one that cannot be read is kept as text and noted. */
void build_date(struct build *b, uint32_t entity, enum list_property property, struct span text, const char *kind);
void build_name(struct build *b, uint32_t entity, struct span text, enum list_strength strength, bool primary,
                const char *kind);
/* An identifier under its published type: which property that is, is looked up. */
void build_identifier(struct build *b, uint32_t entity, struct span type, struct span number, struct span country);

/* A remark, or (not `main`) what goes on behind it; read by build_read_remarks() when everything is there. */
void build_remark(struct build *b, uint32_t entity, struct span text, bool main);
void build_read_remarks(struct build *b);

void build_note(struct build *b, enum list_note_kind kind, const char *text);
void build_note_span(struct build *b, enum list_note_kind kind, const char *before, struct span text);
/* Notes what nobody asked for in an XML record, under `where`. */
void build_note_unseen(struct build *b, struct xml_node *record, const char *where);

uint32_t build_text(struct build *b, const char *text); /* the number of a string */
struct span build_string(const struct build *b, uint32_t number);
/* Sorts by id and writes the file (docs/lists.md). IMJIN_BAD_INPUT without an entity. */
enum imjin_status build_write(struct build *b, const char *path, struct sha256 *ret_hash, struct error *err);

/* Puts all of a version in, for a delta to change. */
void build_load(struct build *b, const struct list *l);
/* Call when all files are read, before build_write(). */
void build_finish(struct build *b);

/* ---- small words ---- */

bool text_same(struct span a, const char *word);     /* ASCII letters of any case */
bool text_contains(struct span a, const char *word); /* the same, anywhere inside */
bool text_begins(struct span a, const char *word);
struct span text_after(struct span a, uint64_t count);
/* Takes the part before the next `separator` off *rest; false when *rest is used up. The part is trimmed and may be empty. */
bool text_split(struct span *rest, const char *separator, struct span *ret_part);
/* What a published type of identifier or feature is. */
enum list_property property_of_type(struct span type);
int32_t day_of(int year, int month, int day); /* LIST_DAY_NONE when there is no such day */

#endif
