/* The mapped file of one version, byte by byte; docs/lists.md says the same in words. */
#ifndef IMJIN_LIST_FORMAT_H
#define IMJIN_LIST_FORMAT_H

#include "list/build.h"

enum { FILE_FILLS = 64, FILE_SCHEMAS = 16, FILE_VERSION = 1 };
#define FILE_MAGIC "IMJLIST\n"

/* Little-endian, no padding. Behind it: notes, entities, values, string ends, string bytes. */
struct file_header {
    char magic[8];
    uint32_t version, header_bytes;
    uint64_t file_bytes;
    uint64_t checksum; /* XXH3, seed 0, of everything behind this field */
    uint32_t note_count, entity_count, value_count, string_count;
    uint64_t string_bytes;
    uint32_t format, publisher; /* strings */
    int32_t published;
    uint32_t parser;
    uint32_t filled[FILE_FILLS];
    uint32_t of_schema[FILE_SCHEMAS];
    uint8_t unused[120];
};
_Static_assert(sizeof(struct file_header) == 512, "the header is 512 bytes");
_Static_assert((int)LIST_PROPERTIES <= (int)FILE_FILLS && (int)LIST_SCHEMAS <= (int)FILE_SCHEMAS,
               "the header has room for both");

struct file_note {
    uint32_t kind, text;
    uint64_t count;
};
struct file_entity {
    uint32_t id, value_first, value_count;
    uint8_t schema, unused[3];
};
struct file_value {
    uint32_t text, kind, language, country;
    int32_t day_from, day_to;
    uint16_t share;
    uint8_t property, flags;
};
_Static_assert(sizeof(struct file_note) == 16 && sizeof(struct file_entity) == 16 && sizeof(struct file_value) == 28,
               "rows have no padding");

#endif
