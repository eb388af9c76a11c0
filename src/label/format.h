/* The file of a label store, for label's own files alone. Little-endian; every section begins at a multiple of 8 bytes, filled
 * up with zeros, in the order of the counts in the header. A string is {uint16 length, bytes, NUL} at its offset in the last
 * section; offset 0 is the empty string; strings are unique and sorted by bytes, so that offsets sort as their texts do. */
#ifndef IMJIN_LABEL_FORMAT_H
#define IMJIN_LABEL_FORMAT_H

#include "label/label.h"

#define LABEL_FILE  "labels.imjin"
#define LABEL_LOCK  "lock"
#define LABEL_MAGIC "imjlabel"
enum { LABEL_VERSION = 1, LABEL_CHECKED_FROM = 16 /* the checksum covers all bytes behind itself */ };

struct label_header {
    char magic[8];
    uint64_t checksum;
    uint32_t version, tag_bytes;
    uint64_t tags, actors, categories, slots, groups, views, string_bytes;
    struct sha256 identity; /* of all bytes behind the header */
};
_Static_assert(sizeof(struct label_header) == 112, "as written");

/* What a row refers to: strings by offset; the category by its number in the section of categories. */
enum row_ref {
    ROW_ADDRESS, /* an opaque address; else 0 */
    ROW_CHAIN,
    ROW_LABEL,
    ROW_ACTOR,
    ROW_CATEGORY,
    ROW_ABUSE,
    ROW_SOURCE,
    ROW_PACK,
    ROW_CHANGED,
    ROW_REFS,
};
/* Sorted by address, confidence down, then by refs in their order. */
struct label_row {
    uint8_t form, confidence, is_definer, zero;
    uint8_t evm[20];
    uint32_t refs[ROW_REFS];
};
_Static_assert(sizeof(struct label_row) == 60, "as written");

/* Sorted by bytes of id, then of the others. Lists are joined by commas. */
enum actor_ref { ACTOR_ID, ACTOR_LABEL, ACTOR_URI, ACTOR_JURISDICTIONS, ACTOR_CATEGORIES, ACTOR_REFS };
struct label_actor_row {
    uint32_t refs[ACTOR_REFS];
};

/* The tags that apply to one chain, of an address that has tags of several: a stretch of the views, which are row numbers.
 * Chain offset 0: any other chain. Sorted by first_row, chain. */
struct label_group {
    uint32_t first_row, chain, first_view, count;
};

/* Slots are an open-addressed hash table from address to its first row + 1; 0 is empty. A power of two, at most half full. */
static inline uint64_t label_address_hash(const struct address *a) {
    uint64_t seed = a->form;
    if (a->form == ADDRESS_OPAQUE)
        return hash_bytes(a->text, a->count, seed);
    return hash_bytes(a->evm, a->form == ADDRESS_EVM ? sizeof a->evm : 0, seed);
}

static inline uint64_t label_section(uint64_t count, uint64_t item_bytes) { return (count * item_bytes + 7) & ~(uint64_t)7; }

/* An address as its row has it; `text` is the string its offset names. */
static inline struct address label_row_address(const struct label_row *row, struct span text) {
    struct address a = {.form = row->form};
    if (row->form == ADDRESS_EVM) {
        a.count = sizeof a.evm;
        memcpy(a.evm, row->evm, sizeof a.evm);
    } else if (row->form == ADDRESS_OPAQUE) {
        a.count = (uint8_t)(text.count <= ADDRESS_TEXT_MAX ? text.count : ADDRESS_TEXT_MAX);
        a.text = text.bytes;
    }
    return a;
}

/* Whether two rows are of one address; offsets stand for texts, because strings are unique. */
static inline bool label_same_address(const struct label_row *a, const struct label_row *b) {
    return a->form == b->form && a->refs[ROW_ADDRESS] == b->refs[ROW_ADDRESS] && memcmp(a->evm, b->evm, sizeof a->evm) == 0;
}

#endif
