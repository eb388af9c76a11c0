/* Inside the room: the prepared set. */
#ifndef IMJIN_SCREEN_SET_H
#define IMJIN_SCREEN_SET_H

#include <stdatomic.h>

#include "screen/format.h"

struct screen_set {
    struct screen_source sources[SCREEN_LISTS_MAX];
    uint32_t bases[SCREEN_LISTS_MAX + 1]; /* number of the first entity of each list; the last is how many there are */
    unsigned source_count;
    struct mapping file; /* either the file */
    uint8_t *block;      /* or what was prepared just now */
    uint64_t block_bytes;
    struct prepared_header header;
    const struct prepared_name *names;
    const uint32_t *name_first, *cluster, *members, *id_slots, *postings;
    const struct prepared_link *links;
    const struct prepared_id *ids;
    const struct prepared_token *tokens;
    const uint64_t *traces;
    const uint8_t *letters;
    const uint8_t (*counts)[NAME_COUNTS];
    const uint32_t *groups, *numbers;
    const struct prepared_part *parts;
    const struct name_korean *korean;
    const struct prepared_key *keys;
    /* Where the tokens of an area with so many letters, of which at least so many are cheap, begin; and their letters. */
    uint32_t token_first[AREAS][NAME_TOKEN_LETTERS + 2][NAME_TOKEN_LETTERS + 2];
    uint64_t letters_first[AREAS][NAME_TOKEN_LETTERS + 1];
};

/* What grows while a set is prepared. Zero-initialise `set` sources and bases first. */
struct preparing {
    const struct screen_set *set;
    const struct screen_ruling *rulings;
    uint32_t ruling_count;
    struct buffer sections[PREPARED_SECTIONS];
    const struct progress *progress;
};
uint32_t prepared_item_bytes(enum prepared_section section);
/* Fills the sections; the file is laid out by set.c. */
enum imjin_status screen_prepare(struct preparing *p, struct error *err);
/* Sections CLUSTER, MEMBERS, LINKS from NAMES and IDS. */
enum imjin_status screen_merge(struct preparing *p, struct error *err);
/* Sections TOKENS to POSTINGS from NAMES. */
enum imjin_status screen_index_prepare(struct preparing *p, struct error *err);

/* Finds where the tokens of each length are. False when they are not in their order. */
[[nodiscard]] bool screen_index_open(struct screen_set *s);

/* Entity numbers of the set in terms of its lists. `entity` must be below header.entities. */
unsigned set_list_of(const struct screen_set *s, uint32_t entity);
struct list_entity set_entity(const struct screen_set *s, uint32_t entity);
/* The nth value of an entity; an empty value where there is none such (a damaged file). */
struct list_value set_value(const struct screen_set *s, uint32_t entity, uint32_t value);
enum name_kind set_name_kind(enum list_schema schema);

/* Identifiers and wallets in the form in which they are compared. */
struct id_key {
    char bytes[ADDRESS_TEXT_MAX + 8];
    uint64_t count;
};
[[nodiscard]] bool id_key_of_identifier(struct span text, struct id_key *ret);
/* `ret_what` (may be null) says what is odd about an address that is looked up all the same, or why it is none. */
[[nodiscard]] bool id_key_of_wallet(struct span text, struct id_key *ret, const char **ret_what);
[[nodiscard]] bool id_key_of_value(const struct list_value *v, struct id_key *ret);
static inline uint64_t id_key_hash(const struct id_key *k) { return hash_bytes(k->bytes, k->count, 1); }

#endif
