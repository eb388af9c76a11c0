/* label: who is behind an address: tags, actors, categories, confidence. Facts with a source each; several may disagree, and
 * then all are kept and shown. Formats: GraphSense TagPack and ActorPack YAML, CSV.
 * Source of the words: INTERPOL's dark-web and virtual-assets taxonomy as TagPack uses it; confidence scale as TagPack.
 * An open store is immutable and safe on any thread. */
#ifndef IMJIN_LABEL_LABEL_H
#define IMJIN_LABEL_LABEL_H

#include "chain/chain.h"
#include "label/limits.h"

/* What a category means for following money. */
enum label_role {
    LABEL_ROLE_NONE = 0, /* says nothing about following (a person, a hack, a donation) */
    LABEL_ROLE_SERVICE,  /* holds other people's money: exchange, custodian, payment, gambling, mining pool, ... : stop */
    LABEL_ROLE_MIXER,    /* stop; handed to the mixer linker */
    LABEL_ROLE_BRIDGE,   /* stop; handed to the bridge matcher */
    LABEL_ROLE_BURN,     /* nobody can spend from it: stop */
    LABEL_ROLE_DEFI,     /* pool, DEX, lending: settled, never a stop for a swap; a plain payment to it stops */
    LABEL_ROLE_TOKEN,    /* a token contract */
    LABEL_ROLES,
};

/* The categories: identifier as in the taxonomy ("exchange", "mixing_service"), its role, whom to ask ("contact"). A table. */
struct label_category {
    const char *name;
    enum label_role role;
    const char *contact; /* for reports: "exchange compliance desk", or "" */
    const char *definition;
};
const struct label_category *label_categories(unsigned *ret_count);
/* By name, case folded, '-' and ' ' as '_', common synonyms accepted; null when unknown. */
const struct label_category *label_category_find(struct span name);

/* The confidence scale: identifier as in TagPack ("authority_data"), its level. A table, highest first. */
struct label_confidence {
    const char *name;
    uint8_t level;
};
const struct label_confidence *label_confidences(unsigned *ret_count);
/* An identifier of the scale, or a number 0..100; false when it is neither. */
[[nodiscard]] bool label_confidence_parse(struct span text, uint8_t *ret_level);
/* What a tag has that names none: in a TagPack ("unknown"), and in a CSV file or by hand ("trusted_provider"). */
enum { LABEL_CONFIDENCE_PACK = 5, LABEL_CONFIDENCE_CSV = 50 };

/* One tag. Spans point into the store. */
struct tag {
    struct address address;
    struct span chain;                     /* "" : any chain of this address form */
    struct span label;                     /* "Binance 14" */
    struct span actor;                     /* "binance"; may be empty */
    const struct label_category *category; /* null: none given or not in the taxonomy (then category_text) */
    struct span category_text, abuse, source, pack, last_changed; /* last_changed: YYYY-MM-DD or empty */
    uint8_t confidence;                                           /* 0..100, TagPack's scale */
    bool is_definer;                                              /* TagPack is_cluster_definer */
};

struct label_store;
/* Opens `directory` (the workspace's labels/). A workspace without labels opens as an empty store. The file may come from a
 * stranger: its checksum and sizes are checked here, each reference when it is used (a bad one reads as empty text). */
enum imjin_status label_open(struct label_store **ret, const char *directory, struct error *err);
void label_close(struct label_store *s);
uint64_t label_count(const struct label_store *s);
struct tag label_at(const struct label_store *s, uint64_t index); /* sorted by address, then confidence down, then bytes */
/* The tags of an address that apply to `chain` (those of that chain and those of any; null or "": all): indexes for label_at,
 * [*ret_first, *ret_first + *ret_count), highest confidence first; count 0 when none. The indexes may lie behind label_count,
 * where an address has tags of several chains. One probe of a hash table: well under a microsecond. */
void label_find(const struct label_store *s, const char *chain, const struct address *a, uint64_t *ret_first,
                uint64_t *ret_count);
/* The verdict for tracing: the tag of the highest confidence that has a role; ret_conflict when tags of equal rank name
 * different roles or actors. False when no tag of the address has a role. A tag that names an actor but neither category nor
 * abuse has the first category of its actor that has a role; ret_tag->category then says so and category_text is empty. */
[[nodiscard]] bool label_role_of(const struct label_store *s, const char *chain, const struct address *a, struct tag *ret_tag,
                                 bool *ret_conflict);
/* Visits the addresses that have tags in conflict: two of equal confidence that apply to one chain and name different roles or
 * different actors. Begin with *cursor 0; the tags of each are [*ret_first, *ret_first + *ret_count). False at the end. */
[[nodiscard]] bool label_conflicts(const struct label_store *s, uint64_t *cursor, uint64_t *ret_first, uint64_t *ret_count);
/* SHA-256 of the tags and actors: equal for equal sets, whatever the order of imports. Zero for an empty store. */
const struct sha256 *label_identity(const struct label_store *s);
/* Recomputes hash, order and every reference of the file. IMJIN_BAD_INPUT names the first fault. */
enum imjin_status label_verify(const char *directory, struct error *err);

/* Imports files: TagPack, ActorPack or CSV, told apart by content. All or nothing: on failure the store is as it was. Adding
 * what is there already adds nothing, and the order of files and imports changes no byte of the store. `chain` (may be null) is
 * for tags that name none. One writer at a time. IMJIN_BAD_INPUT with file, line, column and value. */
struct label_import_result {
    uint64_t tags_read, tags_added, actors_read, conflicts, skipped; /* conflicts: addresses in conflict afterwards */
    uint64_t outside_taxonomy;                                       /* tags whose category is none: kept, but without a role */
    char outside_first[64];                                          /* the first of these categories: printable ASCII, cut */
};
enum imjin_status label_import(const char *directory, const char *const *paths, unsigned path_count, const char *chain,
                               const struct progress *p, struct label_import_result *ret, struct error *err);
/* The same, but a tag or row that cannot be used is counted as skipped and told to `skip` instead of ending the import. A file
 * that is not of its format still ends it. */
enum imjin_status label_import_skipping(const char *directory, const char *const *paths, unsigned path_count, const char *chain,
                                        const struct progress *p, void (*skip)(void *context, const struct error *why),
                                        void *context, struct label_import_result *ret, struct error *err);
/* One tag by hand. */
enum imjin_status label_add(const char *directory, const struct tag *tag, struct error *err);

struct actor {
    struct span id, label, uri, jurisdictions, categories;
};
[[nodiscard]] bool label_actor_find(const struct label_store *s, struct span id, struct actor *ret);

#endif
