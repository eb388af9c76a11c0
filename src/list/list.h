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

/* How much a name is worth, as its publisher says. */
enum list_strength { LIST_STRONG = 0, LIST_WEAK = 1, LIST_FORMER = 2 };

enum { LIST_SHARE_UNKNOWN = 0xffff };

/* One statement about an entity. Spans point into the version's file. Days count from 1970-01-01; an interval for "circa 1965"
 * or a year alone; both LIST_DAY_NONE when there is none. */
#define LIST_DAY_NONE INT32_MIN
struct list_value {
    enum list_property property;
    enum list_strength strength;
    bool primary; /* the name that the publisher lists first */
    uint16_t share;
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
struct list_entity list_entity_at(const struct list *l, uint64_t index); /* in order of id */
struct list_value list_value_at(const struct list *l, uint64_t index);
/* By id; false when the version has none. */
[[nodiscard]] bool list_find(const struct list *l, struct span id, uint64_t *ret_index);

#endif
