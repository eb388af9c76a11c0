/* screen: queries against sanctions lists: reading queries, the prepared set of lists, search, score, explanation, decisions,
 * subjects screened again, and the supervisor's test file.
 * A set is immutable and safe on any thread; answers depend on the lists, the query and the threshold alone. */
#ifndef IMJIN_SCREEN_SCREEN_H
#define IMJIN_SCREEN_SCREEN_H

#include "label/label.h"
#include "list/list.h"
#include "name/name.h"
#include "screen/evidence.h"
#include "screen/limits.h"

/* ---- queries ---- */

enum screen_field {
    SCREEN_NAME = 0,
    SCREEN_DOB,
    SCREEN_COUNTRY,
    SCREEN_ID,      /* passport, tax, registration, IMO number, e-mail ...: any identifier */
    SCREEN_TYPE,    /* person, company, vessel, ... */
    SCREEN_ADDRESS, /* a wallet; a postal address is kept and printed, and does not score */
    SCREEN_GENDER,
    SCREEN_REFERENCE, /* the caller's own key, given back */
    SCREEN_FIELDS,
};
const char *screen_field_name(enum screen_field field);

/* One value of a query. Days are those of struct list_value and set for SCREEN_DOB alone. */
struct screen_value {
    enum screen_field field;
    struct span text;
    int32_t day_from, day_to;
};

/* A value that was given and is not used, and why ("no such day"). */
struct screen_note {
    enum screen_field field;
    struct span text;
    const char *what;
};

/* What is screened. Everything lives in the arena it was read into. */
struct screen_query {
    uint64_t row, line; /* from 1; row counts queries, line is where it begins in the file; 0 on the command line */
    struct span reference;
    enum list_schema schema; /* LIST_SCHEMAS: any */
    const struct screen_value *values;
    const struct screen_note *notes;
    uint32_t value_count, note_count;
    struct span fault; /* not empty: the row could not be read, for this reason, and is not screened */
};

/* Day intervals of "1965-04-16", "16/04/1965", "16 Apr 1965", "1965-04", "Apr 1965", "1965", "circa 1965" (two years each way)
 * and "1963-1967". False, with what is wrong, for anything else: no such day or month, a year outside 1800..2199. */
[[nodiscard]] bool screen_date_parse(struct span text, int32_t *ret_from, int32_t *ret_to, const char **ret_what);
/* "1965-04-16", "1965-04", "1965", or "1963-01-01/1967-12-31"; empty for LIST_DAY_NONE. */
enum { SCREEN_DATE_PRINT_MAX = 72 };
void screen_date_print(int32_t from, int32_t to, char ret_text[SCREEN_DATE_PRINT_MAX]);

/* What is to be said of a value that was taken as it is ("its checksum is wrong ...", "no identifier ..."); null: nothing. */
const char *screen_value_note(const struct screen_value *v);

/* One query from single values; `texts` by field, null or empty where not given. */
enum imjin_status screen_query_make(struct screen_query *ret, const char *const texts[SCREEN_FIELDS], struct arena *a,
                                    struct error *err);

/* Reads queries from a file ("-": standard input; gzip and zstd are unpacked): CSV with a header of name, dob, country, id,
 * type, address, gender, ref (any order, each once, name or id or address at least), JSON lines with the same members (a value
 * or a list of them), or FollowTheMoney entities (JSON lines with `schema` and `properties`). Told apart by content. */
struct screen_reader;
enum imjin_status screen_reader_open(struct screen_reader **ret, const char *path, struct error *err);
/* The next query; *ret_end at the end. A row that cannot be read is a query with a fault; IMJIN_BAD_INPUT with file and line
 * only where nothing behind it can be read either. */
enum imjin_status screen_reader_next(struct screen_reader *r, struct arena *a, struct screen_query *ret, bool *ret_end,
                                     struct error *err);
/* Bytes as stored, for progress. */
void screen_reader_place(const struct screen_reader *r, uint64_t *ret_done, uint64_t *ret_total);
/* SHA-256 that tells the file again (input_fingerprint); for continuing. Only before the first query is read. */
enum imjin_status screen_reader_fingerprint(struct screen_reader *r, struct sha256 *ret, struct error *err);
void screen_reader_close(struct screen_reader *r); /* null is fine */

/* ---- the set: all lists at once ---- */

/* An open version of a list. Texts and list stay the caller's and outlive the set. */
struct screen_source {
    struct span name;      /* "un" */
    struct span version;   /* SHA-256 of the file it was read from, in hex */
    struct span published; /* date inside the file, YYYY-MM-DD, or empty */
    const struct list *list;
};

/* What a person decided about two entities, by id ("un:KPi.006", "ofac:12211"): the same one, or two. */
struct screen_ruling {
    struct span a, b;
    bool same;
};

/* Prepares the set of all `sources` (sorted by name here), or maps what was prepared before: `directory` (null: keep nothing)
 * holds one file for each choice of versions, rulings and program format; it is made again when it is missing or damaged, and a
 * directory that cannot be written is no failure. Entities of different lists are one when they share an identifier and no
 * birth date speaks against it, or have a name that scores SCREEN_SAME_NAME_MIN and the same day of birth; rulings come first.
 */
enum { SCREEN_SAME_NAME_MIN = 900 };
struct screen_set;
enum imjin_status screen_set_open(struct screen_set **ret, const struct screen_source *sources, unsigned source_count,
                                  const struct screen_ruling *rulings, uint32_t ruling_count, const char *directory,
                                  const struct progress *p, struct error *err);
void screen_set_close(struct screen_set *s); /* null is fine */

uint32_t screen_set_entities(const struct screen_set *s);
uint32_t screen_set_names(const struct screen_set *s);
/* SHA-256 over the versions of the lists and the rulings: equal for equal answers. */
const struct sha256 *screen_set_identity(const struct screen_set *s);
unsigned screen_set_sources(const struct screen_set *s, const struct screen_source **ret);

/* One record of one list. */
struct screen_entity {
    struct span id, list_name;
    enum list_schema schema;
    unsigned source;
    struct list_entity record; /* for list_value_at of the source's list */
};
struct screen_entity screen_entity_at(const struct screen_set *s, uint32_t entity);
[[nodiscard]] bool screen_entity_find(const struct screen_set *s, struct span id, uint32_t *ret);
struct list_value screen_entity_value(const struct screen_set *s, uint32_t entity, uint32_t nth);
/* The name that stands for it: the publisher's first, else the first strong one, else the first. */
struct span screen_entity_name(const struct screen_set *s, uint32_t entity);
/* The first value of a property; empty when there is none. */
struct list_value screen_entity_property(const struct screen_set *s, uint32_t entity, enum list_property property);
/* SHA-256 of everything the record says, so that a change of it can be told. */
enum imjin_status screen_entity_hash(const struct screen_set *s, uint32_t entity, struct sha256 *ret, struct error *err);

/* What changed in a list of the set since an earlier version of it (null: there was none). Sets the bits of the records that
 * were added or modified in `only`, which has one for each entity of the set. */
struct screen_change {
    uint64_t added, modified, deleted;
};
enum imjin_status screen_changed(const struct screen_set *s, unsigned source, const struct list *before, uint64_t *only,
                                 struct screen_change *ret, struct error *err);

/* The records that are the same entity, itself included, by number; the id that stands for them is that of the first list of
 * un, ofac, uk, eu, then any other by name. */
void screen_same(const struct screen_set *s, uint32_t entity, const uint32_t **ret_members, uint32_t *ret_count);
uint32_t screen_same_first(const struct screen_set *s, uint32_t entity);
/* Why: the nth piece of evidence that joins `entity` to another; false when there are no more. Texts point into the lists. */
struct screen_evidence {
    uint32_t other;
    const char *rule; /* "identifier", "name and birth date", "decided" */
    struct span mine, theirs;
};
[[nodiscard]] bool screen_same_why(const struct screen_set *s, uint32_t entity, uint32_t nth, struct screen_evidence *ret);

/* The 50 % rule: what listed persons own of an entity, added up over its records on all lists. Relations are read at the record
 * that is owned and resolved within its list. An owner on several lists counts once, with the largest share that is known; one
 * that was delisted by `today` (LIST_DAY_NONE: ever), or that has no record of its own, does not count. */
enum screen_ownership_rule {
    SCREEN_NOT_OWNED = 0,
    SCREEN_OWNED_LESS,          /* every share is known, and they come to less than half */
    SCREEN_OWNED_OR_CONTROLLED, /* known shares come to less than half, and of some owner no share is known */
    SCREEN_OWNED_HALF,
};
enum { SCREEN_HALF = 5000 };
struct screen_owner {
    uint32_t entity, first; /* the record that is named; screen_same_first() of it */
    uint16_t share;         /* in 1/10,000; LIST_SHARE_UNKNOWN */
};
struct screen_ownership {
    enum screen_ownership_rule rule;
    uint64_t sum;                /* of the shares that are known, in 1/10,000 */
    struct screen_owner *owners; /* by number, in the arena */
    uint32_t count;
};
enum imjin_status screen_ownership_of(struct screen_ownership *ret, const struct screen_set *s, uint32_t entity, int32_t today,
                                      struct arena *a, struct error *err);
const char *screen_ownership_name(enum screen_ownership_rule rule); /* "half or more" */

/* Exact look-up of an identifier or wallet in its normal form: entities and values, by entity. Begin with *cursor 0. One probe
 * of a hash table. */
struct screen_id_hit {
    uint32_t entity;
    struct list_value value;
};
[[nodiscard]] bool screen_find_id(const struct screen_set *s, struct span text, bool wallet, uint64_t *cursor,
                                  struct screen_id_hit *ret);

/* ---- search ---- */

/* The working memory of one thread over a set; keeps what it learnt for the next query. Answers never depend on it. */
struct screen_finder;
enum imjin_status screen_finder_new(struct screen_finder **ret, const struct screen_set *s, struct error *err);
void screen_finder_free(struct screen_finder *f); /* null is fine */

/* One name of the set that scores at least the threshold. */
struct screen_hit {
    uint32_t name;
    uint16_t score;
};
/* Every name of the set for which name_compare() gives `threshold` or more, by number; no other. `only` (null: all) is a bit
 * for each entity that is looked at. The hits live until the next call. */
enum imjin_status screen_search(struct screen_finder *f, const struct name *query, uint16_t threshold, const uint64_t *only,
                                const struct screen_hit **ret, uint32_t *ret_count, struct error *err);
/* The same by comparing with every name: what the search is tested against. */
enum imjin_status screen_search_exhaustive(struct screen_finder *f, const struct name *query, uint16_t threshold,
                                           const uint64_t *only, const struct screen_hit **ret, uint32_t *ret_count,
                                           struct error *err);
/* Whose a name is, and which of its values. */
void screen_name_at(const struct screen_set *s, uint32_t name, uint32_t *ret_entity, struct list_value *ret_value);

/* ---- answers ---- */

enum screen_basis { SCREEN_BY_NAME = 0, SCREEN_BY_IDENTIFIER, SCREEN_BY_WALLET };
/* A weak alias counts this much less than its name scores: publishers say of weak aliases that they match many people. */
enum { SCREEN_WEAK_LESS = 50 };

/* A record that may be who is asked for. Its score is that of its best name with the points of the evidence (evidence.h); an
 * equal identifier or wallet is SCREEN_SCORE_MAX by itself. */
enum { SCREEN_SCORE_MAX = 1000 };
struct screen_match {
    uint32_t entity;
    uint16_t score, name_score; /* name_score: of the name that matched; 0 when it was no name */
    enum screen_basis basis;
    bool weak;                       /* the name that matched is a weak alias */
    struct span query_text;          /* the name, identifier or address asked for that matched */
    struct list_value matched;       /* the record's value that it matched */
    const struct evidence *evidence; /* of a match by name; in the arena of the answer */
};
struct screen_options {
    uint16_t threshold;   /* NAME_THRESHOLD_DEFAULT */
    const uint64_t *only; /* null: every entity */
    bool exhaustive;      /* compare with every name */
};
/* Matches of a query by falling score, then by number of the entity. *ret_nothing says that the query holds nothing to look
 * for. The array lives in the arena. A name above the limits of the room name is IMJIN_BAD_INPUT. */
enum imjin_status screen_answer(struct screen_finder *f, const struct screen_query *q, const struct screen_options *o,
                                struct arena *a, const struct screen_match **ret, uint32_t *ret_count, bool *ret_nothing,
                                struct error *err);
/* Whether a record of this schema may be what a query of that one asks for (LIST_SCHEMAS: anything). */
[[nodiscard]] bool screen_schema_fits(enum list_schema query, enum list_schema record);

/* ---- decisions and saved subjects ---- */

/* What tells a query again: SHA-256 over its values in their normal form, whatever their order; its reference is no part. */
enum imjin_status screen_subject_key(const struct screen_query *q, struct sha256 *ret, struct error *err);

/* The workspace's book of what people decided: one SQLite file (write-ahead log, every commit synced, strict tables). Nothing
 * is ever deleted from it: of several decisions about one subject and entity the last stands. One process writes at a time; a
 * book belongs to one thread at a time. */
struct screen_book;
/* `write` makes the file when it is missing; without it a missing file is an empty book, and nothing on disk changes. A damaged
 * file or one of another program is IMJIN_BAD_INPUT. */
enum imjin_status screen_book_open(struct screen_book **ret, const char *path, bool write, struct error *err);
void screen_book_close(struct screen_book *b); /* null is fine */

enum screen_verdict { SCREEN_MATCH = 0, SCREEN_DISMISSED };
struct screen_decision {
    struct sha256 subject;
    struct span subject_text, entity; /* for people; the record's id */
    enum screen_verdict verdict;
    struct span reason, author, decided_on; /* YYYY-MM-DD */
    int32_t expires;                        /* day from which on it is void; LIST_DAY_NONE: never */
    struct span list_name, version;         /* the version it was made on */
    struct sha256 record;                   /* what the record said then: screen_entity_hash() */
};
/* IMJIN_USAGE when the reason or author is missing or too long. */
enum imjin_status screen_decide(struct screen_book *b, const struct screen_decision *d, struct error *err);
/* The last decision about a subject and an entity; *ret_found false when there is none. Texts live until the next call. */
enum imjin_status screen_decided(struct screen_book *b, const struct sha256 *subject, struct span entity,
                                 struct screen_decision *ret, bool *ret_found, struct error *err);
/* All decisions, oldest first; superseded ones too. Texts live during the call of `each`. */
enum imjin_status screen_decisions(struct screen_book *b,
                                   enum imjin_status (*each)(void *context, const struct screen_decision *d, struct error *err),
                                   void *context, struct error *err);

/* What a decision is worth for a record as it is now, on a day (LIST_DAY_NONE: not known, nothing expires). */
enum screen_standing { SCREEN_STANDS = 0, SCREEN_EXPIRED, SCREEN_REOPENED /* the record changed since */ };
enum screen_standing screen_standing_of(const struct screen_decision *d, const struct sha256 *record_now, int32_t today);

/* Two records are one entity, or two. */
enum imjin_status screen_rule(struct screen_book *b, const struct screen_ruling *r, struct span reason, struct span author,
                              struct span decided_on, struct error *err);
/* The rulings that stand, sorted by ids, a < b; texts in the arena. */
enum imjin_status screen_rulings(struct screen_book *b, struct screen_ruling **ret, uint32_t *ret_count, struct arena *a,
                                 struct error *err);

/* A saved batch: its subjects, the versions of the lists that they were last screened against, the matches found then. */
struct screen_saved_list {
    struct span name;
    uint32_t number; /* of the version, see list_open_version() */
};
struct screen_saved_match {
    uint64_t row;
    struct span entity;
    uint16_t score;
};
/* Replaces the batch of that name as a whole: begin, then rows and matches, then end, which commits; screen_book_close()
 * without an end leaves the batch as it was. */
enum imjin_status screen_save_begin(struct screen_book *b, const char *name, uint16_t threshold,
                                    const struct screen_saved_list *lists, unsigned list_count, struct error *err);
enum imjin_status screen_save_subject(struct screen_book *b, const struct screen_query *q, struct error *err);
enum imjin_status screen_save_match(struct screen_book *b, const struct screen_saved_match *m, struct error *err);
enum imjin_status screen_save_end(struct screen_book *b, struct error *err);
/* IMJIN_NOT_FOUND when there is no such batch. Texts in the arena. */
enum imjin_status screen_saved(struct screen_book *b, const char *name, uint16_t *ret_threshold,
                               struct screen_saved_list *ret_lists, unsigned *ret_list_count, struct arena *a,
                               struct error *err);
/* Subjects by row; matches by row, then entity. Both read from `after` (0: the first) at most `room`. */
enum imjin_status screen_saved_subjects(struct screen_book *b, const char *name, uint64_t after, struct screen_query *ret,
                                        uint32_t room, uint32_t *ret_count, struct arena *a, struct error *err);
enum imjin_status screen_saved_matches(struct screen_book *b, const char *name, struct screen_saved_match **ret,
                                       uint64_t *ret_count, struct arena *a, struct error *err);
/* Names of the batches, sorted, in the arena. */
enum imjin_status screen_saved_names(struct screen_book *b, const char ***ret, uint32_t *ret_count, struct arena *a,
                                     struct error *err);

/* ---- the supervisor's test file ---- */

/* One way in which a listed name, date or wallet is changed before it is looked for. A table. */
struct screen_mutation {
    const char *name; /* "token_swap" */
    const char *what; /* one line for people */
};
unsigned screen_mutation_count(void);
const struct screen_mutation *screen_mutation_at(unsigned mutation);

/* A changed record of a list: what is looked for, and what must be found. Texts live as long as `texts` says. */
struct screen_mutant {
    uint32_t entity, mutation;
    struct span name, dob, address;
};
/* Changes the record `entity` by a mutation; deterministic from `seed`, the record's id and the mutation. *ret_made false when
 * the record has nothing to change in that way. `texts` is cleared first and holds the texts. */
enum imjin_status screen_mutate(const struct screen_set *s, uint32_t entity, unsigned mutation, uint64_t seed,
                                struct screen_mutant *ret, bool *ret_made, struct text *texts, struct error *err);
/* The order in which records are taken for a mutation: by this number, then by entity. */
uint64_t screen_mutation_rank(const struct screen_set *s, uint32_t entity, unsigned mutation, uint64_t seed);

/* ---- documents ---- */

/* What an answer is written with. */
struct screen_writing {
    const struct screen_set *set;
    struct screen_book *book; /* null: no decisions */
    int32_t today;            /* for the expiry of decisions; LIST_DAY_NONE: nothing expires */
    uint64_t matches_max;     /* 0: all */
};
/* One line of JSON (schema imjin.screen-line/1, docs/json.md) with a line end: the query as read, its matches, what was not
 * used. A null `matches` is for a query with a fault. */
enum imjin_status screen_write_line(struct text *t, const struct screen_writing *w, const struct screen_query *q,
                                    const struct screen_match *matches, uint32_t count, bool nothing, struct error *err);
/* The members of a match, into an open object. */
enum imjin_status screen_write_match(struct json_writer *j, const struct screen_writing *w, const struct screen_query *q,
                                     const struct sha256 *subject, const struct screen_match *m, struct error *err);
/* How one record fares against a query, whatever the score. */
struct screen_compared_name {
    struct list_value value; /* the record's name */
    struct span query_text;
    uint16_t score; /* of name_compare() */
};
struct screen_explanation {
    bool any;                                 /* something of the record is like something of the query: `match` holds */
    struct screen_match match;                /* as an answer has it, also below a threshold */
    struct name_score parts;                  /* of the name that matched */
    const struct screen_compared_name *names; /* every name of the record with the best of the query's, by falling score */
    uint32_t name_count;
    struct screen_decision decision;
    enum screen_standing standing;
    bool decided;
};
/* Everything lives in the arena, decisions until the book is asked again. */
enum imjin_status screen_explain(struct screen_explanation *ret, const struct screen_writing *w, const struct screen_query *q,
                                 uint32_t entity, struct arena *a, struct error *err);
/* A document of the schema imjin.explain/1. */
enum imjin_status screen_explain_json(struct text *t, const struct screen_writing *w, const struct screen_query *q,
                                      uint32_t entity, uint16_t threshold, const struct screen_explanation *e,
                                      struct error *err);
/* The decision about a query and a record, and what it is worth now. */
enum imjin_status screen_find_decision(const struct screen_writing *w, const struct sha256 *subject, uint32_t entity,
                                       struct screen_decision *ret, enum screen_standing *ret_standing, bool *ret_found,
                                       struct error *err);

/* ---- many queries ---- */

struct screen_batch {
    const struct screen_set *set;
    struct screen_book *book;
    const char *input;
    struct screen_options options;
    struct screen_writing writing;
    unsigned threads;
    uint64_t rows_done; /* rows at the beginning of the input that were answered before */
    const struct progress *progress;
    /* Gets the lines in order of the input; `rows` have been answered then. */
    enum imjin_status (*sink)(void *context, struct span lines, uint64_t rows, struct error *err);
    void *context;
    /* May be null: each query with its matches, in order; for saving. */
    enum imjin_status (*each)(void *context, const struct screen_query *q, const struct screen_match *matches, uint32_t count,
                              struct error *err);
};
struct screen_batch_result {
    uint64_t rows, with_matches, matches, faults, empty; /* empty: queries with nothing to look for */
};
/* Answers a file of queries, a line each in its order, in bounded memory; the bytes do not depend on the threads. */
enum imjin_status screen_batch_run(const struct screen_batch *b, struct screen_batch_result *ret, struct error *err);

#endif
