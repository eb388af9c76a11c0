/* label: who is behind an address: tags, actors, categories, confidence. Facts with a source each; several may disagree, and
 * then all are kept and shown. Formats: GraphSense TagPack and ActorPack YAML, CSV.
 * Source of the words: INTERPOL's dark-web and virtual-assets taxonomy as TagPack uses it; confidence scale as TagPack.
 * An open store is immutable and safe on any thread. */
#ifndef IMJIN_LABEL_LABEL_H
#define IMJIN_LABEL_LABEL_H

#include "chain/chain.h"

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
enum { LABEL_CATEGORY_MAX = 40, LABEL_TEXT_MAX = 200, LABEL_TAGS_MAX = 1 << 26 };

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

/* One tag. Spans point into the store. */
struct tag {
    struct address address;
    struct span chain;      /* "" : any chain of this address form */
    struct span label;      /* "Binance 14" */
    struct span actor;      /* "binance"; may be empty */
    const struct label_category *category; /* null: none given or not in the taxonomy (then category_text) */
    struct span category_text, abuse, source, pack, last_changed; /* last_changed: YYYY-MM-DD or empty */
    uint8_t confidence;     /* 0..100, TagPack's scale */
    bool is_definer;        /* TagPack is_cluster_definer */
};

struct label_store;
/* Opens `directory` (the workspace's labels/). A workspace without labels opens as an empty store. */
enum imjin_status label_open(struct label_store **ret, const char *directory, struct error *err);
void label_close(struct label_store *s);
uint64_t label_count(const struct label_store *s);
struct tag label_at(const struct label_store *s, uint64_t index); /* sorted by address, then confidence down, then bytes */
/* The tags of an address that apply to `chain`: indexes [*ret_first, *ret_first + *ret_count); count 0 when none. */
void label_find(const struct label_store *s, const char *chain, const struct address *a, uint64_t *ret_first,
                uint64_t *ret_count);
/* The verdict for tracing: the tag of the highest confidence that has a role; ret_conflict when tags of equal rank name
 * different roles or actors. False when no tag of the address has a role. */
[[nodiscard]] bool label_role_of(const struct label_store *s, const char *chain, const struct address *a, struct tag *ret_tag,
                                 bool *ret_conflict);

/* Imports files (format by content). All or nothing: on failure the store is as it was. `chain` may be null. Adding what is
 * there already adds nothing. */
struct label_import_result {
    uint64_t tags_read, tags_added, actors_read, conflicts, skipped;
};
enum imjin_status label_import(const char *directory, const char *const *paths, unsigned path_count, const char *chain,
                               const struct progress *p, struct label_import_result *ret, struct error *err);
/* One tag by hand. */
enum imjin_status label_add(const char *directory, const struct tag *tag, struct error *err);

struct actor {
    struct span id, label, uri, jurisdictions, categories;
};
[[nodiscard]] bool label_actor_find(const struct label_store *s, struct span id, struct actor *ret);

#endif
