#include "list/read.h"

#include <stdio.h>
#include <stdlib.h>

/* OFAC's SDN_ADVANCED.XML and CONS_ADVANCED.XML: tables tied together by numbers. Words, places and documents come before the
 * parties that they belong to, relations and listings after them:
 * https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML.xsd */

struct word { /* what a number of a table stands for */
    uint64_t key;
    uint32_t text, country;
};
struct waiting { /* a document before its party */
    uint64_t identity;
    uint32_t type, number, country, note;
};
struct advanced {
    struct build *b;
    struct buffer words, documents;
    bool words_sorted, documents_sorted;
    struct text t, name;
};

static uint64_t key_of(const char *table, struct span id) {
    return hash_bytes(id.bytes, id.count, hash_bytes(table, strlen(table), 0));
}

static int by_key(const void *a, const void *b) {
    const struct word *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

static int by_identity(const void *a, const void *b) {
    const struct waiting *x = a, *y = b;
    if (x->identity != y->identity)
        return x->identity < y->identity ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static const struct word *find(struct advanced *a, const char *table, struct span id) {
    struct word wanted = {.key = key_of(table, id)};
    if (!a->words_sorted && a->words.count)
        qsort(a->words.items, a->words.count, sizeof wanted, by_key);
    a->words_sorted = true;
    return a->words.count && id.count ? bsearch(&wanted, a->words.items, a->words.count, sizeof wanted, by_key) : NULL;
}

/* A copy, since a text in the builder moves when others come. */
static struct span word(struct advanced *a, struct text *t, const char *table, struct span id) {
    const struct word *w = find(a, table, id);
    text_clear(t);
    if (w) {
        struct span s = build_string(a->b, w->text);
        text_add(t, s.bytes, s.count);
    }
    return (struct span){t->bytes, t->count};
}

static uint32_t keep(struct advanced *a, struct span text) {
    text_clear(&a->t);
    text_add(&a->t, text.bytes, text.count);
    return a->t.bytes ? build_text(a->b, a->t.bytes) : 0;
}

static enum xml_take advanced_open(void *context, struct xml_node *e) {
    (void)context;
    bool date = e->depth == 1 && span_is(e->name, "DateOfIssue");
    bool sets = e->depth == 2 && e->parent && span_is(e->parent->name, "ReferenceValueSets");
    return (e->depth < 2 && !date) || sets ? XML_ENTER : XML_TREE;
}

/* ---- before the parties ---- */

static enum imjin_status reference(struct advanced *a, struct xml_node *r, struct error *err) {
    char table[64];
    uint64_t count = r->name.count < 63 ? r->name.count : 63;
    memcpy(table, r->name.bytes, count);
    table[count] = 0;
    struct word w = {.key = key_of(table, xml_attribute(r, "ID")), .text = keep(a, xml_text(r, NULL))};
    struct span kind = xml_attribute(r, "PartyTypeID");
    if (kind.count)
        w.country = keep(a, kind); /* of a sub-type: which type it is of */
    a->words_sorted = false;
    return buffer_push(&a->words, &w, NULL, err);
}

static enum imjin_status location(struct advanced *a, struct xml_node *r, struct error *err) {
    struct text whole = {0}, one = {0};
    struct word w = {.key = key_of("Location", xml_attribute(r, "ID"))};
    for (struct xml_node *p = xml_child(r, "LocationPart"); p; p = xml_next(p))
        for (struct xml_node *v = xml_child(p, "LocationPartValue"); v; v = xml_next(v))
            read_join_part(&whole, xml_text(v, "Value"), ", ");
    struct xml_node *country = xml_child(r, "LocationCountry"), *area = xml_child(r, "LocationAreaCode");
    struct span name = word(a, &one, "Country", xml_attribute(country, "CountryID"));
    if (name.count == 0)
        name = word(a, &one, "AreaCode", xml_attribute(area, "AreaCodeID"));
    read_join_part(&whole, name, ", ");
    w.text = keep(a, (struct span){whole.bytes, whole.count});
    w.country = keep(a, name);
    text_done(&one);
    text_done(&whole);
    a->words_sorted = false;
    return buffer_push(&a->words, &w, NULL, err);
}

static enum imjin_status document(struct advanced *a, struct xml_node *r, struct error *err) {
    struct text one = {0};
    struct waiting d = {.identity = key_of("Identity", xml_attribute(r, "IdentityID"))};
    d.type = keep(a, word(a, &one, "IDRegDocType", xml_attribute(r, "IDRegDocTypeID")));
    d.country = keep(a, word(a, &one, "Country", xml_attribute(r, "IssuedBy-CountryID")));
    d.number = keep(a, xml_text(r, "IDRegistrationNo"));
    d.note = keep(a, xml_text(r, "Comment"));
    text_done(&one);
    a->documents_sorted = false;
    return buffer_push(&a->documents, &d, NULL, err);
}

/* ---- parties ---- */

/* A value whose texts are numbers of the builder's strings. */
static void add_document(struct advanced *a, uint32_t e, const struct waiting *d) {
    struct text type = {0}, number = {0}, country = {0};
    struct span s = build_string(a->b, d->type);
    text_add(&type, s.bytes, s.count);
    s = build_string(a->b, d->number);
    text_add(&number, s.bytes, s.count);
    s = build_string(a->b, d->country);
    text_add(&country, s.bytes, s.count);
    build_identifier(a->b, e, (struct span){type.bytes, type.count}, (struct span){number.bytes, number.count},
                     (struct span){country.bytes, country.count});
    text_done(&type);
    text_done(&number);
    text_done(&country);
}

static void documents_of(struct advanced *a, uint32_t e, struct span identity) {
    uint64_t key = key_of("Identity", identity);
    const struct waiting *d = a->documents.items;
    size_t low = 0, high = a->documents.count;
    if (!a->documents_sorted && a->documents.count)
        qsort(a->documents.items, a->documents.count, sizeof *d, by_identity);
    a->documents_sorted = true;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d[middle].identity < key)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < a->documents.count && d[low].identity == key; low++)
        add_document(a, e, &d[low]);
}

/* The type of a name part, by way of the identity's groups. */
static struct span part_type(struct advanced *a, struct text *t, struct xml_node *identity, struct span group) {
    struct xml_node *groups = xml_child(identity, "NamePartGroups");
    for (struct xml_node *m = xml_child(groups, "MasterNamePartGroup"); m; m = xml_next(m))
        for (struct xml_node *g = xml_child(m, "NamePartGroup"); g; g = xml_next(g))
            if (span_equal(xml_attribute(g, "ID"), group))
                return word(a, t, "NamePartType", xml_attribute(g, "NamePartTypeID"));
    return (struct span){NULL, 0};
}

/* "LAST, First Middle", as the other formats have it. */
static void documented_name(struct advanced *a, struct xml_node *identity, struct xml_node *d, struct list_value *v,
                            struct text *kind) {
    struct text last = {0}, rest = {0}, type = {0};
    for (struct xml_node *p = xml_child(d, "DocumentedNamePart"); p; p = xml_next(p)) {
        struct xml_node *value = xml_child(p, "NamePartValue");
        struct span group = part_type(a, &type, identity, xml_attribute(value, "NamePartGroupID"));
        bool family = text_same(group, "Last Name");
        read_join_part(family ? &last : &rest, xml_text(value, NULL), " ");
        v->language = word(a, kind, "Script", xml_attribute(value, "ScriptID"));
    }
    text_clear(&a->name);
    read_join_part(&a->name, (struct span){last.bytes, last.count}, ", ");
    read_join_part(&a->name, (struct span){rest.bytes, rest.count}, ", ");
    v->text = (struct span){a->name.bytes, a->name.count};
    text_done(&last);
    text_done(&rest);
    text_done(&type);
}

static void alias(struct advanced *a, uint32_t e, struct xml_node *identity, struct xml_node *n) {
    struct text type = {0}, script = {0};
    struct list_value v = value_of(LIST_NAME, (struct span){NULL, 0});
    bool primary = text_same(xml_attribute(n, "Primary"), "true");
    v.kind = word(a, &type, "AliasType", xml_attribute(n, "AliasTypeID"));
    v.strength = text_same(xml_attribute(n, "LowQuality"), "true") ? LIST_WEAK
                 : text_begins(v.kind, "F.K.A")                    ? LIST_FORMER
                                                                   : LIST_STRONG;
    for (struct xml_node *d = xml_child(n, "DocumentedName"); d; d = xml_next(d)) {
        v.primary = primary;
        documented_name(a, identity, d, &v, &script);
        build_add(a->b, e, &v);
        primary = false;
    }
    text_done(&type);
    text_done(&script);
}

static int number_of(struct xml_node *n, const char *name) {
    uint64_t value;
    struct span text = xml_text(n, name);
    return u64_parse(text.bytes, text.count, &value) && value < 10000 ? (int)value : 0;
}

static int32_t day_in(struct xml_node *point) {
    return point ? day_of(number_of(point, "Year"), number_of(point, "Month"), number_of(point, "Day")) : LIST_DAY_NONE;
}

/* From the first day that the beginning may be to the last that the end may be. */
static void period(struct xml_node *p, struct list_value *v) {
    struct xml_node *start = xml_child(p, "Start"), *end = xml_child(p, "End");
    int32_t from = day_in(xml_child(start, "From")), to = day_in(xml_child(end, "To"));
    if (from != LIST_DAY_NONE && to != LIST_DAY_NONE && from <= to)
        v->day_from = from, v->day_to = to;
}

static enum list_property property_of_feature(struct span type) {
    static const struct {
        const char *words;
        enum list_property property;
    } rows[] = {{"Birthdate", LIST_BIRTH_DATE},
                {"Place of Birth", LIST_BIRTH_PLACE},
                {"Location", LIST_ADDRESS},
                {"Organization Established Date", LIST_INCORPORATION_DATE},
                {"Title", LIST_TITLE},
                {"Vessel Flag", LIST_COUNTRY},
                {"Vessel Call Sign", LIST_CALL_SIGN},
                {"Nationality of Registration", LIST_COUNTRY}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (text_same(type, rows[i].words))
            return rows[i].property;
    return property_of_type(type);
}

static void feature_value(struct advanced *a, uint32_t e, struct xml_node *x, struct span type) {
    struct text detail = {0}, place = {0};
    struct xml_node *d = xml_child(x, "VersionDetail"), *l = xml_child(x, "VersionLocation"), *p = xml_child(x, "DatePeriod");
    struct list_value v = value_of(property_of_feature(type), xml_text(d, NULL));
    char from[LIST_DAY_PRINT_MAX], to[LIST_DAY_PRINT_MAX], both[40];
    if (v.text.count == 0 && d)
        v.text = word(a, &detail, "DetailReference", xml_attribute(d, "DetailReferenceID"));
    const struct word *w = l ? find(a, "Location", xml_attribute(l, "LocationID")) : NULL;
    if (w) {
        struct span country = build_string(a->b, w->country);
        text_add(&place, country.bytes, country.count);
        v.country = country_code((struct span){place.bytes, place.count});
        v.text = v.text.count ? v.text : word(a, &detail, "Location", xml_attribute(l, "LocationID"));
    }
    if (p) {
        period(p, &v);
        list_day_print(v.day_from, from);
        list_day_print(v.day_to, to);
        snprintf(both, sizeof both, "%s%s%s", from, v.day_from == v.day_to ? "" : " to ", v.day_from == v.day_to ? "" : to);
        v.text = v.text.count ? v.text : span_of(both);
    }
    v.kind = type;
    if (v.property == LIST_WALLET || v.property == LIST_IMO_NUMBER)
        build_identifier(a->b, e, type, v.text, (struct span){NULL, 0});
    else
        build_add(a->b, e, &v);
    build_put(a->b, e, LIST_NOTES, xml_text(x, "Comment"), "feature");
    text_done(&detail);
    text_done(&place);
}

static enum list_schema schema_of(struct advanced *a, struct span sub_type) {
    struct text t = {0};
    struct span text = word(a, &t, "PartySubType", sub_type);
    const struct word *w = find(a, "PartySubType", sub_type);
    struct span type = w ? build_string(a->b, w->country) : (struct span){NULL, 0};
    enum list_schema schema = text_same(text, "Vessel")     ? LIST_VESSEL
                              : text_same(text, "Aircraft") ? LIST_AIRPLANE
                              : span_is(type, "1")          ? LIST_PERSON
                              : span_is(type, "2")          ? LIST_ORGANIZATION
                                                            : LIST_LEGAL_ENTITY;
    text_done(&t);
    return schema;
}

static void profile(struct advanced *a, struct xml_node *p) {
    struct text type = {0};
    uint32_t e = build_record(a->b, build_id(a->b, "ofac", xml_attribute(p, "ID")), p->line);
    build_schema(a->b, e, schema_of(a, xml_attribute(p, "PartySubTypeID")));
    for (struct xml_node *i = xml_child(p, "Identity"); i; i = xml_next(i)) {
        for (struct xml_node *n = xml_child(i, "Alias"); n; n = xml_next(n))
            alias(a, e, i, n);
        documents_of(a, e, xml_attribute(i, "ID"));
    }
    for (struct xml_node *f = xml_child(p, "Feature"); f; f = xml_next(f)) {
        struct span kind = word(a, &type, "FeatureType", xml_attribute(f, "FeatureTypeID"));
        for (struct xml_node *v = xml_child(f, "FeatureVersion"); v; v = xml_next(v))
            feature_value(a, e, v, kind);
    }
    text_done(&type);
}

/* ---- behind the parties ---- */

static void relation(struct advanced *a, struct xml_node *r) {
    struct text type = {0};
    uint32_t e = build_entity(a->b, build_id(a->b, "ofac", xml_attribute(r, "From-ProfileID")));
    struct span kind = word(a, &type, "RelationType", xml_attribute(r, "RelationTypeID"));
    struct list_value v = value_of(relation_of_type(kind), build_id(a->b, "ofac", xml_attribute(r, "To-ProfileID")));
    v.kind = kind;
    build_add(a->b, e, &v);
    build_put(a->b, e, LIST_NOTES, xml_text(r, "Comment"), "relationship");
    text_done(&type);
}

static void listing(struct advanced *a, struct xml_node *s) {
    struct text t = {0}, list = {0};
    uint32_t e = build_entity(a->b, build_id(a->b, "ofac", xml_attribute(s, "ProfileID")));
    struct span name = word(a, &list, "List", xml_attribute(s, "ListID"));
    for (struct xml_node *n = xml_child(s, "EntryEvent"); n; n = xml_next(n)) {
        struct list_value v = value_of(LIST_LISTING_DATE, (struct span){NULL, 0});
        v.day_from = v.day_to = day_in(xml_child(n, "Date"));
        v.kind = name;
        build_add(a->b, e, &v);
        build_put(a->b, e, LIST_LEGAL_BASIS, word(a, &t, "LegalBasis", xml_attribute(n, "LegalBasisID")), NULL);
        build_put(a->b, e, LIST_NOTES, xml_text(n, "Comment"), "listing");
    }
    for (struct xml_node *m = xml_child(s, "SanctionsMeasure"); m; m = xml_next(m)) {
        struct span type = word(a, &t, "SanctionsType", xml_attribute(m, "SanctionsTypeID"));
        struct span comment = xml_text(m, "Comment");
        build_put(a->b, e, comment.count ? LIST_PROGRAM : LIST_OTHER, comment.count ? comment : type,
                  comment.count ? NULL : "sanctions type");
    }
    text_done(&t);
    text_done(&list);
}

static void ignore_numbers(struct xml_node *r) {
    static const char *const names[] = {"ID",
                                        "FixedRef",
                                        "ReliabilityID",
                                        "DetailTypeID",
                                        "CalendarTypeID",
                                        "DocNameStatusID",
                                        "NamePartGroupID",
                                        "ScriptStatusID",
                                        "Acronym",
                                        "False",
                                        "NamePartGroups",
                                        "Primary",
                                        "EntryEventTypeID",
                                        "Approximate",
                                        "YearFixed",
                                        "MonthFixed",
                                        "DayFixed",
                                        "DeltaAction",
                                        "IdentityFeatureLinkTypeID",
                                        "LocPartTypeID",
                                        "LocPartValueTypeID",
                                        "LocPartValueStatusID",
                                        "ValidityID",
                                        "RelationQualityID",
                                        "Former",
                                        "SanctionsEntryID",
                                        "ProfileID",
                                        "IdentityID",
                                        "FeatureVersionID",
                                        "IDRegDocID"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        xml_ignore_named(r, names[i]);
}

static enum imjin_status advanced_tree(void *context, struct xml_node *r, struct error *err) {
    struct advanced *a = context;
    enum imjin_status status = IMJIN_OK;
    const char *where = "/DistinctParty";
    if (r->depth == 3) /* under ReferenceValueSets */
        return reference(a, r, err);
    if (span_is(r->name, "DateOfIssue"))
        a->b->published = day_in(r);
    else if (span_is(r->name, "Location"))
        status = location(a, r, err), where = "/Location";
    else if (span_is(r->name, "IDRegDocument"))
        status = document(a, r, err), where = "/IDRegDocument";
    else if (span_is(r->name, "DistinctParty"))
        for (struct xml_node *p = xml_child(r, "Profile"); p; p = xml_next(p))
            profile(a, p);
    else if (span_is(r->name, "ProfileRelationship"))
        relation(a, r), where = "/ProfileRelationship";
    else if (span_is(r->name, "SanctionsEntry"))
        listing(a, r), where = "/SanctionsEntry";
    else
        build_note_span(a->b, LIST_NOTE_UNKNOWN, "/", r->name);
    TRY(status);
    ignore_numbers(r);
    build_note_unseen(a->b, r, where);
    TRY(text_status(&a->name, err));
    return build_status(a->b, err);
}

enum imjin_status read_ofac_advanced(struct build *b, struct input *in, struct error *err) {
    struct advanced a = {
        .b = b,
        .words = {.item_bytes = sizeof(struct word), .items_max = 1 << 22, .what = "words of a list"},
        .documents = {.item_bytes = sizeof(struct waiting), .items_max = 1 << 22, .what = "documents of a list"}};
    struct xml_handler handler = {&a, advanced_open, advanced_tree};
    enum imjin_status status = xml_read(in, &handler, err);
    buffer_done(&a.words);
    buffer_done(&a.documents);
    text_done(&a.t);
    text_done(&a.name);
    return status;
}
