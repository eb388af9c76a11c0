/* list: sanctions lists: formats, versions, deltas. A list version is parsed once into entities, kept by its SHA-256 in a chain
 * of versions, and mapped read-only afterwards. Entities and properties carry FollowTheMoney's names.
 * Formats and publishers: see list_formats(). An open version is immutable and safe on any thread. */
#ifndef IMJIN_LIST_LIST_H
#define IMJIN_LIST_LIST_H

#include "chain/chain.h"

/* FollowTheMoney schemas. */
enum list_schema {
    LIST_LEGAL_ENTITY = 0, /* person or organisation, not said which */
    LIST_PERSON,
    LIST_ORGANIZATION,
    LIST_COMPANY,
    LIST_VESSEL,
    LIST_AIRPLANE,
    LIST_CRYPTO_WALLET,
    LIST_SECURITY,
    LIST_SCHEMAS,
};
const char *list_schema_name(enum list_schema schema); /* "Person" */

/* What a value is. The names printed are FollowTheMoney's where it has one. */
enum list_property {
    LIST_NAME = 0,   /* name, alias, weakAlias, previousName are told apart by `strength` and `kind` */
    LIST_BIRTH_DATE, /* dates carry from, to */
    LIST_DEATH_DATE,
    LIST_INCORPORATION_DATE,
    LIST_BIRTH_PLACE,
    LIST_NATIONALITY, /* country code where known, else text */
    LIST_COUNTRY,
    LIST_GENDER,
    LIST_PASSPORT, /* every identifier: text normalised, `kind` as published, `country` of issue */
    LIST_ID_NUMBER,
    LIST_TAX_NUMBER,
    LIST_REGISTRATION_NUMBER,
    LIST_IMO_NUMBER,
    LIST_MMSI,
    LIST_CALL_SIGN,
    LIST_SWIFT_BIC,
    LIST_WALLET, /* a crypto address; `kind` the currency label as published */
    LIST_EMAIL,
    LIST_PHONE,
    LIST_WEBSITE,
    LIST_ADDRESS,
    LIST_POSITION,
    LIST_TITLE,
    LIST_PROGRAM,
    LIST_LEGAL_BASIS,
    LIST_LISTING_DATE,
    LIST_END_DATE, /* delisted */
    LIST_NOTES,
    LIST_OWNER, /* relations: text = the other entity's id in the same list; `kind` as published; `share` in 1/10,000 */
    LIST_OWNED,
    LIST_FAMILY,
    LIST_ASSOCIATE,
    LIST_ACTS_FOR,
    LIST_OTHER, /* kept under its published name in `kind` */
    LIST_PROPERTIES,
};
const char *list_property_name(enum list_property property);

/* What the checksum of a crypto address says. */
enum list_checksum { LIST_CHECKSUM_NONE = 0 /* no wallet, or a form without one */, LIST_CHECKSUM_GOOD, LIST_CHECKSUM_BAD };

/* How much a name is worth, as its publisher says. */
enum list_strength { LIST_STRONG = 0, LIST_WEAK = 1, LIST_FORMER = 2 };

enum { LIST_SHARE_UNKNOWN = 0xffff };

/* One statement about an entity. Spans point into the version's file. Days count from 1970-01-01; an interval for "circa 1965"
 * or a year alone; both LIST_DAY_NONE when there is none. */
#define LIST_DAY_NONE INT32_MIN
struct list_value {
    enum list_property property;
    enum list_strength strength;
    bool primary;     /* the name that the publisher lists first */
    uint8_t checksum; /* enum list_checksum; a bad one is kept and said, never dropped */
    uint16_t share;   /* of a relation, in 1/10,000; LIST_SHARE_UNKNOWN for "owned or controlled" */
    int32_t day_from, day_to;
    struct span text, kind, language, country;
};

struct list_entity {
    struct span id; /* stable: "ofac:12211", "un:KPi.006", "eu:EU.123.45", "uk:DPR0001", "seco:4711", own lists: their id */
    enum list_schema schema;
    uint32_t value_first, value_count; /* for list_value_at */
};

struct list; /* one open version of one list */
uint64_t list_entities(const struct list *l);
uint64_t list_values(const struct list *l);
struct list_entity list_entity_at(const struct list *l, uint64_t index); /* in order of id */
struct list_value list_value_at(const struct list *l, uint64_t index);
/* By id; false when the version has none. */
[[nodiscard]] bool list_find(const struct list *l, struct span id, uint64_t *ret_index);

/* ---- what a version says of itself ---- */

enum list_note_kind {
    LIST_NOTE_UNKNOWN = 0, /* elements, attributes or columns that are not read: `text` is where, `count` how often */
    LIST_NOTE_ODD,         /* what could not be read as it should be (a date, a reference): kept as text and counted */
    LIST_NOTE_KINDS,
};
struct list_note {
    enum list_note_kind kind;
    struct span text;
    uint64_t count;
};
struct list_info {
    struct span format, publisher; /* "un-xml", "un" */
    int32_t published;             /* the day that the file itself gives; LIST_DAY_NONE when it gives none */
    uint32_t parser;               /* LIST_PARSER_VERSION of the program that made it */
    uint32_t notes;
    uint32_t filled[LIST_PROPERTIES]; /* entities with at least one such value */
    uint32_t of_schema[LIST_SCHEMAS]; /* entities of each schema */
};
enum { LIST_PARSER_VERSION = 1 };
const struct list_info *list_info(const struct list *l);
struct list_note list_note_at(const struct list *l, uint32_t index);

/* ---- opening ---- */

/* `directory` is the workspace's directory of lists; it may not exist yet. The version that serves: the newest of the chain.
 * Maps the file, checks its checksum and every offset and count. IMJIN_NOT_FOUND when there is no such list, IMJIN_BAD_INPUT
 * when a file is damaged. */
enum imjin_status list_open(struct list **ret, const char *directory, const char *name, struct error *err);
/* The version in force on a day: the newest whose date of force is not after it. IMJIN_NOT_FOUND when the chain begins later.
 */
enum imjin_status list_open_as_of(struct list **ret, const char *directory, const char *name, int32_t day, struct error *err);
/* A version by its number, from 1. */
enum imjin_status list_open_version(struct list **ret, const char *directory, const char *name, uint32_t number,
                                    struct error *err);
/* The mapped file alone, outside a store. */
enum imjin_status list_open_file(struct list **ret, const char *path, struct error *err);
void list_close(struct list *l); /* null is fine */
/* Of the version it was opened as; null for list_open_file(). Lives as long as the list. */
const struct list_version *list_version(const struct list *l);
/* Names of the lists that have a version, sorted. Free the array and each name with memory_free. */
enum imjin_status list_names(const char *directory, char ***ret_names, size_t *ret_count, struct error *err);

/* ---- versions ---- */

enum { LIST_NAME_MAX = 64, LIST_SOURCE_MAX = 512, LIST_REASON_MAX = 240 };
/* One line of the chain. A version is told by the SHA-256 of what was read. */
struct list_version {
    uint32_t number;                       /* from 1 */
    struct sha256 content, link, previous; /* of the files read; of this line; of the line before (zeros for the first) */
    struct sha256 file;                    /* of the mapped file */
    char format[24], publisher[24];
    char source[LIST_SOURCE_MAX + 1]; /* URL, or the files' names */
    char etag[129];
    char accepted[LIST_REASON_MAX + 1]; /* why it was taken although a floor spoke against it; "" */
    int64_t fetched_at;                 /* seconds since 1970 */
    int32_t published, in_force;        /* days; in_force never falls along the chain */
    uint64_t raw_bytes, entities, values;
};
/* All versions, oldest first, of a chain whose links are right. Free with memory_free. */
enum imjin_status list_history(struct list_version **ret, uint32_t *ret_count, const char *directory, const char *name,
                               struct error *err);
/* Recomputes every hash, link and reference of one list, and unpacks what was read. */
enum imjin_status list_verify(const char *directory, const char *name, const struct progress *p, struct error *err);

struct list_adding {
    const char *name; /* of the list: [a-z0-9-] */
    const char *const *paths;
    uint32_t path_count;
    const char *format;        /* null: told by the content */
    const char *source;        /* URL, when the files were fetched; null: the files' names are the source */
    const char *etag;          /* may be null */
    const char *accept_shrink; /* why a floor may be passed under; null: it may not */
    int32_t published;         /* the day to take when the file gives none; LIST_DAY_NONE */
    int64_t now;               /* seconds since 1970: when it was fetched */
    bool allow_older;          /* take a file that was published before the last one */
    const struct progress *progress;
};
/* Reads files into the next version of a list and makes it the one that serves. All or nothing: on any failure, a kill
 * included, the version before goes on serving and nothing has changed. *ret_same is true, and no version is made, when the
 * newest version already holds the same bytes.
 * IMJIN_BAD_INPUT with the reason when the files cannot be read or when a floor speaks against them: no record, fewer than
 * LIST_FLOOR of the last version's records or ids, a property filled in far fewer of them, a name without a letter or digit,
 * another publisher, an earlier publication. IMJIN_MACHINE when another process is writing. */
enum imjin_status list_add(struct list_version *ret, bool *ret_same, const char *directory, const struct list_adding *adding,
                           struct error *err);

/* ---- fetching ---- */

struct list_source {
    struct span name, publisher, url, format;
};
/* The sources that the program knows (data/lists/sources.csv); false behind the last. */
[[nodiscard]] bool list_source_at(unsigned index, struct list_source *ret);

struct list_fetched {
    bool unchanged; /* the server says that nothing changed since `etag`: there is no file */
    char etag[129];
    uint64_t bytes;
};
/* Fetches `url` into the file `path`, which is not there or replaced. https, http to this machine alone, or file. `etag` null
 * or
 * "": fetch whatever is there. IMJIN_USAGE for another kind of URL, IMJIN_MACHINE when it cannot be fetched (with the server's
 * answer), IMJIN_BAD_INPUT above LIST_FETCH_BYTES_MAX. On failure there is no file. */
enum imjin_status list_fetch(struct list_fetched *ret, const char *url, const char *etag, const char *path,
                             const struct progress *p, struct error *err);

/* ---- differences ---- */

enum list_change_kind { LIST_ADDED = 0, LIST_REMOVED, LIST_CHANGED };
struct list_change {
    enum list_change_kind kind;
    struct span id;
    uint64_t before, after; /* indexes of the entity; the one that is not there is UINT64_MAX */
};
/* Calls `told` for each entity that is not the same in both, in order of id. What `told` returns ends it when not IMJIN_OK. */
enum imjin_status list_diff(const struct list *before, const struct list *after,
                            enum imjin_status (*told)(void *context, const struct list_change *change, struct error *err),
                            void *context, struct error *err);
/* The values that one has and the other has not, those taken away first; each in the order of its list. */
enum imjin_status
list_diff_values(const struct list *before, uint64_t before_index, const struct list *after, uint64_t after_index,
                 enum imjin_status (*told)(void *context, bool added, const struct list_value *value, struct error *err),
                 void *context, struct error *err);

/* ---- wallets ---- */

enum { LIST_WALLET_MAX = 128 };
/* The form in which two texts for one address are equal: without spaces, Ethereum-type hex and bech32 in lower case, CashAddr
 * without its prefix; any other text as it is. Returns its length, 0 when `text` is no address; ret_key ends in NUL. */
unsigned list_wallet_key(struct span text, char ret_key[LIST_WALLET_MAX + 1]);
enum list_checksum list_wallet_checksum(struct span text);

/* ---- formats ---- */

struct list_format {
    const char *name, *publisher, *what; /* "un-xml", "un", one line for people */
};
const struct list_format *list_format_at(unsigned index); /* null behind the last */

/* ---- countries ---- */

/* "kp" (the code of ISO 3166-1 in lower case) for "Korea, North", "KP", "Democratic People's Republic of Korea"; the text
 * itself, without the blanks around it, when it is not known. */
struct span country_code(struct span name);

/* ---- days ---- */

/* "28 Jul 1963", "1963-07-28", "07/1963", "1963", "circa 1963", "1960 to 1963": the days it may mean. False when it is none, or
 * no day of the calendar (31 February, year 0). */
[[nodiscard]] bool list_day_parse(struct span text, int32_t *ret_from, int32_t *ret_to);
enum { LIST_DAY_PRINT_MAX = 16 };
/* "1963-07-28"; "" for LIST_DAY_NONE. */
unsigned list_day_print(int32_t day, char ret_text[LIST_DAY_PRINT_MAX]);

#endif
