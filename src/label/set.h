/* A set of tags and actors in memory, on its way to a store. For label's own files alone. One thread. */
#ifndef IMJIN_LABEL_SET_H
#define IMJIN_LABEL_SET_H

#include "label/format.h"

/* Rows as in the file, but strings are numbers in the set's pool, and `category` is such a string, too. */
struct label_set {
    struct text pool;
    struct buffer strings; /* struct set_string */
    uint32_t *table;       /* open-addressed: string number + 1 */
    uint64_t table_count;
    struct buffer tags;   /* struct label_row */
    struct buffer actors; /* struct label_actor_row */
};

/* Zero-initialise, then call label_set_begin. */
enum imjin_status label_set_begin(struct label_set *s, struct error *err);
void label_set_done(struct label_set *s);
/* The number of a text in the pool. IMJIN_BAD_INPUT when the text is longer than LABEL_TEXT_MAX. */
enum imjin_status label_set_intern(struct label_set *s, struct span text, uint32_t *ret, struct error *err);
struct span label_set_text(const struct label_set *s, uint32_t number); /* until the next label_set_intern */
/* Adds a tag whose spans are anywhere. `category_text` is made the taxonomy's own word when it is one of its synonyms. */
enum imjin_status label_set_add(struct label_set *s, const struct tag *tag, struct error *err);
enum imjin_status label_set_add_actor(struct label_set *s, const struct actor *actor, struct error *err);
/* Adds all that a store holds. */
enum imjin_status label_set_add_store(struct label_set *s, const struct label_store *store, struct error *err);
/* Writes the set, sorted and without repetitions, as a store at `path`. The set is used up by it. */
enum imjin_status label_set_write(struct label_set *s, const char *path, struct error *err);

/* A store by the path of its file (null: an empty one), and its actors by number. */
enum imjin_status label_store_open(struct label_store **ret, const char *path, struct error *err);
uint64_t label_store_actor_count(const struct label_store *s);
struct actor label_store_actor(const struct label_store *s, uint64_t number);

#endif
