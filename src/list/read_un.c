#include "list/read.h"

/* The United Nations Security Council Consolidated List, https://www.un.org/sc/resources/sc-sanctions.xsd */

static enum xml_take un_open(void *context, struct xml_node *e) {
    struct build *b = context;
    int32_t to;
    if (e->depth == 0 && !list_day_parse(xml_attribute(e, "dateGenerated"), &b->published, &to))
        b->published = LIST_DAY_NONE;
    return e->depth < 2 ? XML_ENTER : XML_TREE;
}

static void main_name(struct build *b, uint32_t e, struct xml_node *r, struct text *t) {
    static const char *const parts[] = {"FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"};
    struct span rest = read_join(t, r, parts, 4, " "), name;
    for (bool first = true; text_split(&rest, " ; ", &name); first = false)
        build_name(b, e, name, LIST_STRONG, first, first ? "primary" : "a.k.a.");
    for (struct xml_node *n = xml_child(r, "NAME_ORIGINAL_SCRIPT"); n; n = xml_next(n))
        build_name(b, e, xml_text(n, NULL), LIST_STRONG, false, "original script");
}

/* "A; B; C" are three names; a semicolon never is part of one. */
static void alias(struct build *b, uint32_t e, struct xml_node *a) {
    struct span quality = xml_text(a, "QUALITY"), rest = xml_text(a, "ALIAS_NAME"), name;
    enum list_strength strength = text_same(quality, "Low")       ? LIST_WEAK
                                  : text_begins(quality, "f.k.a") ? LIST_FORMER
                                                                  : LIST_STRONG;
    const char *kind = strength == LIST_WEAK ? "low quality a.k.a." : strength == LIST_FORMER ? "f.k.a." : "a.k.a.";
    while (text_split(&rest, ";", &name))
        build_name(b, e, name, strength, false, kind);
    build_date(b, e, LIST_BIRTH_DATE, xml_text(a, "DATE_OF_BIRTH"), "of an alias");
    build_put(b, e, LIST_BIRTH_PLACE, xml_text(a, "CITY_OF_BIRTH"), "of an alias");
    build_put(b, e, LIST_BIRTH_PLACE, xml_text(a, "COUNTRY_OF_BIRTH"), "of an alias");
    build_put(b, e, LIST_NOTES, xml_text(a, "NOTE"), "alias");
}

static void birth_date(struct build *b, uint32_t e, struct xml_node *d, struct text *t) {
    struct span type = xml_text(d, "TYPE_OF_DATE"), date = xml_text(d, "DATE"), year = xml_text(d, "YEAR");
    struct span from = xml_text(d, "FROM_YEAR"), to = xml_text(d, "TO_YEAR");
    text_clear(t);
    if (text_same(type, "APPROXIMATELY"))
        text_add_string(t, "circa ");
    text_add(t, date.count ? date.bytes : year.bytes, date.count ? date.count : year.count);
    if (date.count || year.count)
        build_date(b, e, LIST_BIRTH_DATE, (struct span){t->bytes, t->count}, NULL);
    text_clear(t);
    text_add(t, from.bytes, from.count);
    if (from.count && to.count)
        text_add_string(t, " to ");
    text_add(t, to.bytes, to.count);
    if (t->count)
        build_date(b, e, LIST_BIRTH_DATE, (struct span){t->bytes, t->count}, NULL);
    build_put(b, e, LIST_NOTES, xml_text(d, "NOTE"), "date of birth");
}

static void place(struct build *b, uint32_t e, struct xml_node *a, enum list_property property, struct text *t) {
    static const char *const parts[] = {"STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY"};
    read_with_country(b, e, property, read_join(t, a, parts, 5, ", "), xml_text(a, "COUNTRY"), NULL);
    build_put(b, e, LIST_NOTES, xml_text(a, "NOTE"), property == LIST_ADDRESS ? "address" : "place of birth");
}

static void document(struct build *b, uint32_t e, struct xml_node *d) {
    struct span type = xml_text(d, "TYPE_OF_DOCUMENT"), second = xml_text(d, "TYPE_OF_DOCUMENT2");
    struct span country = xml_text(d, "ISSUING_COUNTRY"), of_issue = xml_text(d, "COUNTRY_OF_ISSUE");
    build_identifier(b, e, type.count ? type : second, xml_text(d, "NUMBER"), country.count ? country : of_issue);
    if (type.count)
        build_put(b, e, LIST_NOTES, second, "document");
    build_put(b, e, LIST_NOTES, xml_text(d, "NOTE"), "document");
    build_put(b, e, LIST_NOTES, xml_text(d, "DATE_OF_ISSUE"), "date of issue");
    build_put(b, e, LIST_NOTES, xml_text(d, "CITY_OF_ISSUE"), "city of issue");
}

static void nationality(struct build *b, uint32_t e, struct xml_node *n) {
    for (struct xml_node *v = xml_child(n, "VALUE"); v; v = xml_next(v))
        read_country(b, e, LIST_NATIONALITY, xml_text(v, NULL), NULL);
}

static void values(struct build *b, uint32_t e, struct xml_node *n, enum list_property property, const char *kind) {
    for (struct xml_node *v = xml_child(n, "VALUE"); v; v = xml_next(v))
        build_put(b, e, property, xml_text(v, NULL), kind);
}

static void aliases_and_places(struct build *b, uint32_t e, struct xml_node *r, struct text *t) {
    static const char *const alias_names[] = {"INDIVIDUAL_ALIAS", "ENTITY_ALIAS"};
    static const char *const address_names[] = {"INDIVIDUAL_ADDRESS", "ENTITY_ADDRESS"};
    for (unsigned i = 0; i < 2; i++) {
        for (struct xml_node *n = xml_child(r, alias_names[i]); n; n = xml_next(n))
            alias(b, e, n);
        for (struct xml_node *n = xml_child(r, address_names[i]); n; n = xml_next(n))
            place(b, e, n, LIST_ADDRESS, t);
    }
    for (struct xml_node *n = xml_child(r, "INDIVIDUAL_PLACE_OF_BIRTH"); n; n = xml_next(n))
        place(b, e, n, LIST_BIRTH_PLACE, t);
    for (struct xml_node *n = xml_child(r, "INDIVIDUAL_DATE_OF_BIRTH"); n; n = xml_next(n))
        birth_date(b, e, n, t);
    for (struct xml_node *n = xml_child(r, "INDIVIDUAL_DOCUMENT"); n; n = xml_next(n))
        document(b, e, n);
}

static void listing(struct build *b, uint32_t e, struct xml_node *r) {
    for (struct xml_node *n = xml_child(r, "NATIONALITY"); n; n = xml_next(n))
        nationality(b, e, n);
    for (struct xml_node *n = xml_child(r, "NATIONALITY2"); n; n = xml_next(n))
        read_country(b, e, LIST_NATIONALITY, xml_text(n, NULL), NULL);
    for (struct xml_node *n = xml_child(r, "TITLE"); n; n = xml_next(n))
        values(b, e, n, LIST_TITLE, NULL);
    for (struct xml_node *n = xml_child(r, "DESIGNATION"); n; n = xml_next(n))
        values(b, e, n, LIST_POSITION, NULL);
    for (struct xml_node *n = xml_child(r, "LAST_DAY_UPDATED"); n; n = xml_next(n))
        values(b, e, n, LIST_OTHER, "last updated");
    build_put(b, e, LIST_GENDER, xml_text(r, "GENDER"), NULL);
    build_put(b, e, LIST_PROGRAM, xml_text(r, "UN_LIST_TYPE"), NULL);
    build_put(b, e, LIST_LEGAL_BASIS, xml_text(r, "SUBMITTED_BY"), "submitted by");
    build_date(b, e, LIST_LISTING_DATE, xml_text(r, "LISTED_ON"), NULL);
    build_put(b, e, LIST_NOTES, xml_text(r, "COMMENTS1"), NULL);
    build_put(b, e, LIST_OTHER, xml_text(r, "DATAID"), "data id");
    xml_ignore(xml_child(r, "VERSIONNUM"));
    xml_ignore(xml_child(r, "SORT_KEY"));
    xml_ignore(xml_child(r, "SORT_KEY_LAST_MOD"));
    for (struct xml_node *n = xml_child(r, "LIST_TYPE"); n; n = xml_next(n))
        xml_ignore(n);
}

static enum imjin_status un_record(void *context, struct xml_node *r, struct error *err) {
    struct build *b = context;
    struct text t = {0};
    bool person = span_is(r->name, "INDIVIDUAL");
    if (!person && !span_is(r->name, "ENTITY")) {
        build_note_span(b, LIST_NOTE_UNKNOWN, "/", r->name);
        return build_status(b, err);
    }
    uint32_t e = build_record(b, build_id(b, "un", xml_text(r, "REFERENCE_NUMBER")), r->line);
    build_schema(b, e, person ? LIST_PERSON : LIST_ORGANIZATION);
    main_name(b, e, r, &t);
    aliases_and_places(b, e, r, &t);
    listing(b, e, r);
    build_note_unseen(b, r, person ? "/INDIVIDUAL" : "/ENTITY");
    return read_done(b, &t, err);
}

enum imjin_status read_un_xml(struct build *b, struct input *in, struct error *err) {
    struct xml_handler handler = {b, un_open, un_record};
    return xml_read(in, &handler, err);
}
