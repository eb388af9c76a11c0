#include "list/read.h"

/* OFAC's ENHANCED.XML and the delta files in the same words:
 * https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ENHANCED_XML.xsd */

static enum xml_take enhanced_open(void *context, struct xml_node *e) {
    (void)context;
    bool table = e->depth == 1 &&
                 (span_is(e->name, "entities") || span_is(e->name, "referenceValues") || span_is(e->name, "featureTypes"));
    return e->depth == 0 || table ? XML_ENTER : XML_TREE;
}

/* In a delta, an element with action="remove" takes its value away. */
static void set_action(struct build *b, struct xml_node *n) {
    struct span action = xml_attribute(n, "action");
    b->removing = text_same(action, "remove") || text_same(action, "delete");
}

static void texts(struct build *b, uint32_t e, struct xml_node *r, const char *list, const char *item,
                  enum list_property property, const char *kind) {
    struct xml_node *l = xml_child(r, list);
    for (struct xml_node *n = xml_child(l, item); n; n = xml_next(n)) {
        set_action(b, n);
        build_put(b, e, property, xml_text(n, NULL), kind);
        b->removing = false;
    }
}

static void lists(struct build *b, uint32_t e, struct xml_node *r) {
    struct xml_node *l = xml_child(r, "sanctionsLists");
    for (struct xml_node *n = xml_child(l, "sanctionsList"); n; n = xml_next(n)) {
        struct list_value v = value_of(LIST_LISTING_DATE, xml_attribute(n, "datePublished"));
        v.kind = xml_text(n, NULL);
        if (!list_day_parse(v.text, &v.day_from, &v.day_to) && v.text.count)
            build_note(b, LIST_NOTE_ODD, "listingDate that is no date");
        set_action(b, n);
        if (v.text.count)
            build_add(b, e, &v);
        else
            build_put(b, e, LIST_OTHER, v.kind, "list");
        b->removing = false;
    }
}

static void name(struct build *b, uint32_t e, struct xml_node *n, struct text *t) {
    static const char *const parts[] = {"formattedFirstName", "formattedLastName"};
    struct span type = xml_text(n, "aliasType");
    bool primary = text_same(xml_text(n, "isPrimary"), "true"), weak = text_same(xml_text(n, "isLowQuality"), "true");
    struct xml_node *translations = xml_child(n, "translations");
    for (struct xml_node *x = xml_child(translations, "translation"); x; x = xml_next(x)) {
        struct span full = xml_text(x, "formattedFullName"), joined = read_join(t, x, parts, 2, " ");
        struct list_value v = value_of(LIST_NAME, full.count ? full : joined);
        v.strength = weak ? LIST_WEAK : text_begins(type, "F.K.A") ? LIST_FORMER : LIST_STRONG;
        v.primary = text_same(xml_text(x, "isPrimary"), "true") && primary;
        v.kind = type.count ? type : span_of("primary");
        v.language = xml_text(x, "script");
        xml_ignore(xml_child(x, "nameParts")); /* the full name in pieces */
        build_add(b, e, &v);
    }
}

static void address(struct build *b, uint32_t e, struct xml_node *a, struct text *t) {
    struct span country = xml_text(a, "country");
    struct xml_node *translations = xml_child(a, "translations");
    bool any = false;
    for (struct xml_node *x = xml_child(translations, "translation"); x; x = xml_next(x)) {
        struct xml_node *parts = xml_child(x, "addressParts");
        text_clear(t);
        for (struct xml_node *p = xml_child(parts, "addressPart"); p; p = xml_next(p)) {
            (void)xml_text(p, "type");
            read_join_part(t, xml_text(p, "value"), ", ");
        }
        read_join_part(t, country, ", ");
        struct list_value v = value_of(LIST_ADDRESS, (struct span){t->bytes, t->count});
        v.country = country_code(country);
        v.language = xml_text(x, "script");
        (void)xml_text(x, "isPrimary");
        build_add(b, e, &v);
        any = true;
    }
    if (!any)
        read_with_country(b, e, LIST_ADDRESS, country, country, NULL);
}

static const struct {
    const char *type;
    enum list_property property;
} features[] = {
    {"Birthdate", LIST_BIRTH_DATE},
    {"Place of Birth", LIST_BIRTH_PLACE},
    {"Organization Established Date", LIST_INCORPORATION_DATE},
    {"Nationality of Registration", LIST_COUNTRY},
    {"Nationality Country", LIST_NATIONALITY},
    {"Citizenship Country", LIST_NATIONALITY},
    {"Gender", LIST_GENDER},
    {"Title", LIST_TITLE},
    {"Vessel Flag", LIST_COUNTRY},
    {"Vessel Call Sign", LIST_CALL_SIGN},
    {"Location", LIST_ADDRESS},
};

/* The days of valueDate, whatever the text says: the publisher has worked them out. */
static void feature_days(struct list_value *v, struct xml_node *d) {
    int32_t ignored, from, to;
    (void)xml_text(d, "fromDateEnd");
    (void)xml_text(d, "toDateBegin");
    (void)xml_text(d, "isApproximate");
    (void)xml_text(d, "isDateRange");
    if (list_day_parse(xml_text(d, "fromDateBegin"), &from, &ignored) &&
        list_day_parse(xml_text(d, "toDateEnd"), &ignored, &to) && from <= to)
        v->day_from = from, v->day_to = to;
}

static void feature(struct build *b, uint32_t e, struct xml_node *f) {
    struct span type = xml_text(f, "type"), value = xml_text(f, "value");
    struct xml_node *date = xml_child(f, "valueDate");
    (void)xml_text(f, "isPrimary");
    build_put(b, e, LIST_NOTES, xml_text(f, "comments"), "feature");
    for (unsigned i = 0; i < sizeof features / sizeof *features; i++) {
        if (!text_same(type, features[i].type))
            continue;
        struct list_value v = value_of(features[i].property, value);
        v.kind = type;
        (void)list_day_parse(value, &v.day_from, &v.day_to);
        if (v.property != LIST_BIRTH_DATE && v.property != LIST_INCORPORATION_DATE)
            v.day_from = v.day_to = LIST_DAY_NONE;
        if (date)
            feature_days(&v, date);
        if (v.property == LIST_NATIONALITY || v.property == LIST_COUNTRY)
            v.country = country_code(value);
        build_add(b, e, &v);
        return;
    }
    xml_ignore(date);
    build_identifier(b, e, type, value, (struct span){NULL, 0});
}

static void document(struct build *b, uint32_t e, struct xml_node *d) {
    struct span country = xml_text(d, "issuingCountry"), place = xml_text(d, "issuingLocation");
    build_identifier(b, e, xml_text(d, "type"), xml_text(d, "documentNumber"), country.count ? country : place);
    build_put(b, e, LIST_NOTES, xml_text(d, "issuingAuthority"), "issuing authority");
    build_put(b, e, LIST_NOTES, xml_text(d, "issueDate"), "date of issue");
    build_put(b, e, LIST_NOTES, xml_text(d, "expirationDate"), "date of expiry");
    build_put(b, e, LIST_NOTES, xml_text(d, "comments"), "document");
    if (text_same(xml_text(d, "isValid"), "false"))
        build_put(b, e, LIST_NOTES, xml_text(d, "documentNumber"), "document that is not valid");
    (void)xml_text(d, "name");
}

enum list_property relation_of_type(struct span type) {
    static const struct {
        const char *words;
        enum list_property property;
    } rows[] = {
        {"owned or controlled by", LIST_OWNER},
        {"owned by", LIST_OWNER},
        {"owns", LIST_OWNED},
        {"property in the interest", LIST_OWNER},
        {"family", LIST_FAMILY},
        {"acting for", LIST_ACTS_FOR},
        {"leader or official of", LIST_ACTS_FOR},
        {"principal executive", LIST_ACTS_FOR},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (text_begins(type, rows[i].words))
            return rows[i].property;
    return LIST_ASSOCIATE;
}

static void relation(struct build *b, uint32_t e, struct xml_node *r) {
    struct xml_node *related = xml_child(r, "relatedEntity");
    struct span type = xml_text(r, "type"), id = xml_attribute(related, "entityId"), other = xml_text(related, NULL);
    struct list_value v = value_of(relation_of_type(type), id.count ? build_id(b, "ofac", id) : other);
    v.kind = type;
    v.language = id.count ? other : (struct span){NULL, 0};
    build_add(b, e, &v);
    build_put(b, e, LIST_NOTES, xml_text(r, "comments"), "relationship");
}

static void each(struct build *b, uint32_t e, struct xml_node *r, const char *list, const char *item,
                 void (*read)(struct build *, uint32_t, struct xml_node *)) {
    struct xml_node *l = xml_child(r, list);
    for (struct xml_node *n = xml_child(l, item); n; n = xml_next(n)) {
        set_action(b, n);
        read(b, e, n);
        b->removing = false;
    }
}

static void each_text(struct build *b, uint32_t e, struct xml_node *r, const char *list, const char *item, struct text *t,
                      void (*read)(struct build *, uint32_t, struct xml_node *, struct text *)) {
    struct xml_node *l = xml_child(r, list);
    for (struct xml_node *n = xml_child(l, item); n; n = xml_next(n)) {
        set_action(b, n);
        read(b, e, n, t);
        b->removing = false;
    }
}

static void general(struct build *b, uint32_t e, struct xml_node *r) {
    struct xml_node *g = xml_child(r, "generalInfo");
    struct span type = xml_text(g, "entityType"), remarks = xml_text(g, "remarks");
    if (g == NULL)
        return;
    build_schema(b, e,
                 text_same(type, "Individual") ? LIST_PERSON
                 : text_same(type, "Vessel")   ? LIST_VESSEL
                 : text_same(type, "Aircraft") ? LIST_AIRPLANE
                                               : LIST_ORGANIZATION);
    build_put(b, e, LIST_TITLE, xml_text(g, "title"), NULL);
    build_put(b, e, LIST_NOTES, remarks, NULL);
}

static void ignore_numbers(struct xml_node *r) {
    static const char *const names[] = {"id",       "refId",      "featureTypeId", "nameId",     "nameTranslationId",
                                        "entityId", "identityId", "versionId",     "valueRefId", "reliability",
                                        "quality"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        xml_ignore_named(r, names[i]);
}

static void entity(struct build *b, uint32_t e, struct xml_node *r, struct text *t) {
    general(b, e, r);
    lists(b, e, r);
    texts(b, e, r, "sanctionsPrograms", "sanctionsProgram", LIST_PROGRAM, NULL);
    texts(b, e, r, "sanctionsTypes", "sanctionsType", LIST_OTHER, "sanctions type");
    texts(b, e, r, "legalAuthorities", "legalAuthority", LIST_LEGAL_BASIS, NULL);
    each_text(b, e, r, "names", "name", t, name);
    each_text(b, e, r, "addresses", "address", t, address);
    each(b, e, r, "features", "feature", feature);
    each(b, e, r, "identityDocuments", "identityDocument", document);
    each(b, e, r, "relationships", "relationship", relation);
}

static void publication(struct build *b, struct xml_node *p) {
    int32_t to;
    struct span day = xml_text(p, "dataAsOf");
    if (day.count == 0)
        day = xml_text(p, "datePublished");
    if (!list_day_parse(day, &b->published, &to))
        b->published = LIST_DAY_NONE;
}

static enum imjin_status tree(struct build *b, struct xml_node *r, bool delta, struct error *err) {
    struct text t = {0};
    if (span_is(r->name, "publicationInfo"))
        publication(b, r);
    if (!span_is(r->name, "entity"))
        return build_status(b, err);
    struct span action = xml_attribute(r, "action"), id = build_id(b, "ofac", xml_attribute(r, "id"));
    uint32_t e = delta && !text_same(action, "add") ? build_entity(b, id) : build_record(b, id, r->line);
    if (delta && (text_same(action, "remove") || text_same(action, "delete"))) {
        build_remove(b, e);
        return build_status(b, err);
    }
    ignore_numbers(r);
    entity(b, e, r, &t);
    build_note_unseen(b, r, "/entity");
    return read_done(b, &t, err);
}

static enum imjin_status enhanced_tree(void *context, struct xml_node *r, struct error *err) {
    return tree(context, r, false, err);
}
static enum imjin_status delta_tree(void *context, struct xml_node *r, struct error *err) {
    return tree(context, r, true, err);
}

enum imjin_status read_ofac_enhanced(struct build *b, struct input *in, struct error *err) {
    struct xml_handler handler = {b, enhanced_open, enhanced_tree};
    return xml_read(in, &handler, err);
}

enum imjin_status read_ofac_delta(struct build *b, struct input *in, struct error *err) {
    struct xml_handler handler = {b, enhanced_open, delta_tree};
    return xml_read(in, &handler, err);
}
