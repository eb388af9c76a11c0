#include "list/read.h"

#include <stdio.h>

/* OFAC's SDN.XML and CONSOLIDATED.XML. */

static enum xml_take sdn_open(void *context, struct xml_node *e) {
    (void)context;
    return e->depth == 0 ? XML_ENTER : XML_TREE;
}

/* "LAST, First", as the other formats have it. */
static struct span whole_name(struct text *t, struct xml_node *n) {
    static const char *const parts[] = {"lastName", "firstName"};
    return read_join(t, n, parts, 2, ", ");
}

static void aliases(struct build *b, uint32_t e, struct xml_node *r, struct text *t) {
    struct xml_node *l = xml_child(r, "akaList");
    for (struct xml_node *n = xml_child(l, "aka"); n; n = xml_next(n)) {
        struct list_value v = value_of(LIST_NAME, whole_name(t, n));
        v.kind = xml_text(n, "type");
        v.strength = text_same(xml_text(n, "category"), "weak") ? LIST_WEAK
                     : text_begins(v.kind, "f.k.a")             ? LIST_FORMER
                                                                : LIST_STRONG;
        build_add(b, e, &v);
    }
}

static void identifiers(struct build *b, uint32_t e, struct xml_node *r) {
    struct xml_node *l = xml_child(r, "idList");
    for (struct xml_node *n = xml_child(l, "id"); n; n = xml_next(n)) {
        build_identifier(b, e, xml_text(n, "idType"), xml_text(n, "idNumber"), xml_text(n, "idCountry"));
        build_put(b, e, LIST_NOTES, xml_text(n, "issueDate"), "date of issue");
        build_put(b, e, LIST_NOTES, xml_text(n, "expirationDate"), "date of expiry");
    }
}

static void addresses(struct build *b, uint32_t e, struct xml_node *r, struct text *t) {
    static const char *const parts[] = {"address1", "address2", "address3", "city", "stateOrProvince", "postalCode", "country"};
    struct xml_node *l = xml_child(r, "addressList");
    for (struct xml_node *n = xml_child(l, "address"); n; n = xml_next(n))
        read_with_country(b, e, LIST_ADDRESS, read_join(t, n, parts, 7, ", "), xml_text(n, "country"), NULL);
}

static void births(struct build *b, uint32_t e, struct xml_node *r) {
    struct xml_node *l = xml_child(r, "dateOfBirthList");
    for (struct xml_node *n = xml_child(l, "dateOfBirthItem"); n; n = xml_next(n))
        build_date(b, e, LIST_BIRTH_DATE, xml_text(n, "dateOfBirth"), NULL);
    l = xml_child(r, "placeOfBirthList");
    for (struct xml_node *n = xml_child(l, "placeOfBirthItem"); n; n = xml_next(n))
        build_put(b, e, LIST_BIRTH_PLACE, xml_text(n, "placeOfBirth"), NULL);
    l = xml_child(r, "nationalityList");
    for (struct xml_node *n = xml_child(l, "nationality"); n; n = xml_next(n))
        read_country(b, e, LIST_NATIONALITY, xml_text(n, "country"), NULL);
    l = xml_child(r, "citizenshipList");
    for (struct xml_node *n = xml_child(l, "citizenship"); n; n = xml_next(n))
        read_country(b, e, LIST_NATIONALITY, xml_text(n, "country"), "citizen");
}

static void vessel(struct build *b, uint32_t e, struct xml_node *v) {
    build_put(b, e, LIST_CALL_SIGN, xml_text(v, "callSign"), NULL);
    build_put(b, e, LIST_OTHER, xml_text(v, "vesselType"), "Vessel Type");
    read_country(b, e, LIST_COUNTRY, xml_text(v, "vesselFlag"), "Vessel Flag");
    build_put(b, e, LIST_OTHER, xml_text(v, "vesselOwner"), "Vessel Owner");
    build_put(b, e, LIST_OTHER, xml_text(v, "tonnage"), "Tonnage");
    build_put(b, e, LIST_OTHER, xml_text(v, "grossRegisteredTonnage"), "Gross Registered Tonnage");
}

static void entry(struct build *b, struct xml_node *r, struct text *t) {
    struct span type = xml_text(r, "sdnType");
    uint32_t e = build_record(b, build_id(b, "ofac", xml_text(r, "uid")), r->line);
    build_schema(b, e,
                 text_same(type, "Individual") ? LIST_PERSON
                 : text_same(type, "Vessel")   ? LIST_VESSEL
                 : text_same(type, "Aircraft") ? LIST_AIRPLANE
                                               : LIST_ORGANIZATION);
    build_name(b, e, whole_name(t, r), LIST_STRONG, true, "primary");
    build_put(b, e, LIST_TITLE, xml_text(r, "title"), NULL);
    struct xml_node *programs = xml_child(r, "programList");
    for (struct xml_node *n = xml_child(programs, "program"); n; n = xml_next(n))
        build_put(b, e, LIST_PROGRAM, xml_text(n, NULL), NULL);
    identifiers(b, e, r);
    aliases(b, e, r, t);
    addresses(b, e, r, t);
    births(b, e, r);
    struct xml_node *v = xml_child(r, "vesselInfo");
    if (v)
        vessel(b, e, v);
    read_remarks(b, e, xml_text(r, "remarks"));
    xml_ignore_named(r, "uid");
    xml_ignore_named(r, "mainEntry");
    build_note_unseen(b, r, "/sdnEntry");
}

static enum imjin_status sdn_tree(void *context, struct xml_node *r, struct error *err) {
    struct build *b = context;
    struct text t = {0};
    int32_t day, last;
    struct span date = xml_text(r, "Publish_Date");
    if (span_is(r->name, "publshInformation") && date.count == 10) { /* month first */
        char turned[11];
        snprintf(turned, sizeof turned, "%.4s-%.2s-%.2s", date.bytes + 6, date.bytes, date.bytes + 3);
        if (list_day_parse(span_of(turned), &day, &last))
            b->published = day;
    } else if (span_is(r->name, "sdnEntry")) {
        entry(b, r, &t);
    } else {
        build_note_span(b, LIST_NOTE_UNKNOWN, "/", r->name);
    }
    return read_done(b, &t, err);
}

enum imjin_status read_ofac_sdn(struct build *b, struct input *in, struct error *err) {
    struct xml_handler handler = {b, sdn_open, sdn_tree};
    return xml_read(in, &handler, err);
}
