/* The prepared set on disk, for the room's own files alone. Little-endian; a header, then the sections in their order, each
 * beginning at a multiple of 8 bytes. It holds numbers only: every text is read from the list's own version, which the key
 * names. Whoever reads a number from it checks it, since the file may come from a stranger or a bad disk. */
#ifndef IMJIN_SCREEN_FORMAT_H
#define IMJIN_SCREEN_FORMAT_H

#include "screen/screen.h"

#define PREPARED_MAGIC "imjscreen"
enum { PREPARED_VERSION = 5, PREPARED_CHECKED_FROM = 24 /* the checksum covers all bytes behind itself */ };

enum prepared_section {
    PREPARED_NAMES,      /* struct prepared_name, by entity */
    PREPARED_NAME_FIRST, /* uint32 by entity, one more at the end: where its names begin */
    PREPARED_CLUSTER,    /* uint32 by entity: the lowest entity that is the same one */
    PREPARED_MEMBERS,    /* uint32: entities by cluster, then number; only of clusters with two or more */
    PREPARED_LINKS,      /* struct prepared_link, by a, b */
    PREPARED_IDS,        /* struct prepared_id, by hash, entity, value */
    PREPARED_ID_SLOTS,   /* uint32: open-addressed table from hash to the first of its rows + 1; a power of two */
    PREPARED_TOKENS,     /* struct prepared_token: every different word of the names, by area, letters, cheap ones, bytes */
    PREPARED_TRACES,     /* uint64 by token: name_token_trace() */
    PREPARED_LETTERS,    /* bytes: name_token_codes() of each token, one after the other */
    PREPARED_COUNTS,     /* NAME_COUNTS bytes by token: name_token_counts() */
    PREPARED_GROUPS,     /* uint32: tokens that have a group, by group */
    PREPARED_NUMBERS,    /* uint32: tokens that are numbers, by number */
    PREPARED_PARTS,      /* struct prepared_part: the tokens of each name in their order */
    PREPARED_KOREAN,     /* struct name_korean: the readings of each name */
    PREPARED_KEYS,       /* struct prepared_key, by key */
    PREPARED_POSTINGS,   /* uint32: numbers of names, by token, then by key; as often as a name has the token */
    PREPARED_SECTIONS,
};

struct prepared_header {
    char magic[16];
    uint64_t checksum;
    uint32_t version, lists;
    struct sha256 key; /* of the versions of the lists, of what people decided about them, and of the program's format */
    uint64_t entities;
    uint64_t counts[PREPARED_SECTIONS];
};
_Static_assert(sizeof(struct prepared_header) == 72 + 8 * PREPARED_SECTIONS, "as written");

/* Entities of all lists have one number: lists in their order, each by its own order. */
struct prepared_name {
    uint32_t entity, value; /* value: which of the entity's */
    uint32_t part_first, korean_first;
    uint32_t firsts;         /* first letters of its words, a bit each */
    uint32_t initials;       /* its initials, a bit each */
    uint16_t weight;         /* of its different words, in the form that weighs least */
    uint16_t initial_weight; /* of its initials */
    uint8_t parts, forms, kind;
    uint8_t words_least, words_most; /* of its forms */
    uint8_t initial_count;
    uint8_t korean_count; /* ways to read it as a Korean name */
    bool has_short;
};
_Static_assert(sizeof(struct prepared_name) == 36, "as written");

/* Where a word of the vocabulary stands in a name. */
struct prepared_part {
    uint32_t token;
    uint8_t form, first, span, spare;
};

/* Why two entities are taken for one. */
enum link_kind { LINK_IDENTIFIER = 0, LINK_NAME_AND_BIRTH, LINK_DECIDED };
struct prepared_link {
    uint32_t a, b, value_a, value_b; /* the values that agree: identifiers, or names; 0 for a decision */
    uint32_t kind;
};

struct prepared_id {
    uint64_t hash;
    uint32_t entity, value;
};

/* Words alone, joined ones, and words of scripts without vowels, which have rules of their own. */
enum prepared_area { AREA_WORDS, AREA_JOINED, AREA_VOWELLESS, AREAS };
/* A word without its place in a name, and the names that have it. */
struct prepared_token {
    struct name_token token;
    uint32_t posting_first, postings;
};
struct prepared_key {
    uint64_t key;
    uint32_t posting_first, postings;
};

static inline uint64_t prepared_section_bytes(uint64_t count, uint64_t item) { return (count * item + 7) & ~(uint64_t)7; }

#endif
