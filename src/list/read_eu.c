#include "list/read.h"

/* The European Union's Financial Sanctions Files 1.1: http://eu.europa.ec/fpi/fsd/export, XML and the table made from it. */

static enum xml_take eu_open(void *context, struct xml_node *e) {
    struct build *b = context;
    int32_t to;
    if (e->depth == 0 && !list_day_parse(xml_attribute(e, "generationDate"), &b->published, &to))
        b->published = LIST_DAY_NONE;
    return e->depth == 0 ? XML_ENTER : XML_TREE;
}

/* "00" stands for a country that is not known. */
static struct span country_of(struct xml_node *n) {
    struct span code = xml_attribute(n, "countryIso2Code"), name = xml_attribute(n, "countryDescription");
    if (code.count == 2 && !span_is(code, "00"))
        return code;
    return text_same(name, "UNKNOWN") ? (struct span){NULL, 0} : name;
}

static struct span join_attributes(struct text *t, struct xml_node *n, const char *const *names, unsigned count,
                                   const char *between) {
    text_clear(t);
    for (unsigned i = 0; i < count; i++)
        read_join_part(t, xml_attribute(n, names[i]), between);
    return (struct span){t->bytes, t->count};
}

static void remarks(struct build *b, uint32_t e, struct xml_node *n, const char *kind) {
    for (struct xml_node *r = xml_child(n, "remark"); r; r = xml_next(r))
        build_put(b, e, LIST_NOTES, xml_text(r, NULL), kind);
}

static void legal_basis(struct build *b, uint32_t e, struct xml_node *n, const char *name) {
    for (struct xml_node *r = xml_child(n, name); r; r = xml_next(r)) {
        struct list_value v = value_of(LIST_LEGAL_BASIS, xml_attribute(r, "numberTitle"));
        v.kind = xml_attribute(r, "regulationType");
        (void)list_day_parse(xml_attribute(r, "publicationDate"), &v.day_from, &v.day_to);
        build_add(b, e, &v);
        build_put(b, e, LIST_PROGRAM, xml_attribute(r, "programme"), NULL);
        build_put(b, e, LIST_WEBSITE, xml_text(r, "publicationUrl"), "legal basis");
        remarks(b, e, r, "legal basis");
        static const char *const known[] = {"organisationType", "entryIntoForceDate", "regulationLanguage", "logicalId"};
        for (unsigned i = 0; i < 4; i++)
            (void)xml_attribute(r, known[i]);
    }
}

static void name(struct build *b, uint32_t e, struct xml_node *n, bool primary, struct text *t) {
    static const char *const parts[] = {"firstName", "middleName", "lastName"};
    struct span whole = xml_attribute(n, "wholeName"), joined = join_attributes(t, n, parts, 3, " ");
    struct list_value v = value_of(LIST_NAME, whole.count ? whole : joined);
    v.strength = text_same(xml_attribute(n, "strong"), "false") ? LIST_WEAK : LIST_STRONG;
    v.primary = primary;
    v.language = xml_attribute(n, "nameLanguage");
    build_add(b, e, &v);
    struct span gender = xml_attribute(n, "gender");
    build_put(b, e, LIST_GENDER,
              text_same(gender, "M")   ? span_of("male")
              : text_same(gender, "F") ? span_of("female")
                                       : gender,
              NULL);
    build_put(b, e, LIST_TITLE, xml_attribute(n, "title"), NULL);
    build_put(b, e, LIST_POSITION, xml_attribute(n, "function"), NULL);
    remarks(b, e, n, "name");
    legal_basis(b, e, n, "regulationSummary");
}

static void birth(struct build *b, uint32_t e, struct xml_node *n, struct text *t) {
    static const char *const place[] = {"place", "city", "region", "zipCode", "countryDescription"};
    struct span date = xml_attribute(n, "birthdate"), year = xml_attribute(n, "year"), month = xml_attribute(n, "monthOfYear");
    struct span from = xml_attribute(n, "yearRangeFrom"), to = xml_attribute(n, "yearRangeTo"),
                day = xml_attribute(n, "dayOfMonth");
    text_clear(t);
    if (text_same(xml_attribute(n, "circa"), "true"))
        text_add_string(t, "circa ");
    if (date.count)
        text_add(t, date.bytes, date.count);
    else if (from.count && to.count)
        text_add_format(t, "%.*s to %.*s", (int)from.count, from.bytes, (int)to.count, to.bytes);
    else if (year.count && month.count && !day.count)
        text_add_format(t, "%.*s/%.*s", (int)month.count, month.bytes, (int)year.count, year.bytes);
    else
        text_add(t, year.bytes, year.count);
    if (date.count || year.count || from.count)
        build_date(b, e, LIST_BIRTH_DATE, (struct span){t->bytes, t->count}, NULL);
    (void)xml_attribute(n, "calendarType");
    struct span country = country_of(n);
    struct span where = join_attributes(t, n, place, country.count ? 5 : 4, ", ");
    if (where.count)
        read_with_country(b, e, LIST_BIRTH_PLACE, where, country, NULL);
    remarks(b, e, n, "birth");
}

static void identification(struct build *b, uint32_t e, struct xml_node *n) {
    struct span type = xml_attribute(n, "identificationTypeDescription"), code = xml_attribute(n, "identificationTypeCode");
    struct span number = xml_attribute(n, "number"), latin = xml_attribute(n, "latinNumber");
    struct list_value v = value_of(property_of_type(type.count ? type : code), number.count ? number : latin);
    if (v.property == LIST_OTHER)
        v.property = text_same(code, "regnumber")    ? LIST_REGISTRATION_NUMBER
                     : text_same(code, "fiscalcode") ? LIST_TAX_NUMBER
                                                     : LIST_ID_NUMBER;
    v.kind = type.count ? type : code;
    v.country = country_code(country_of(n));
    build_add(b, e, &v);
    build_put(b, e, LIST_NOTES, xml_attribute(n, "issuedBy"), "issued by");
    build_put(b, e, LIST_NOTES, xml_attribute(n, "issuedDate"), "date of issue");
    build_put(b, e, LIST_NOTES, xml_attribute(n, "nameOnDocument"), "name on document");
    static const char *const flags[] = {"knownExpired", "knownFalse", "reportedLost", "revokedByIssuer", "diplomatic"};
    for (unsigned i = 0; i < 5; i++)
        if (text_same(xml_attribute(n, flags[i]), "true"))
            build_put(b, e, LIST_NOTES, span_of(flags[i]), "document");
    remarks(b, e, n, "document");
}

static void address(struct build *b, uint32_t e, struct xml_node *n, struct text *t) {
    static const char *const parts[] = {"street", "poBox", "zipCode", "city", "region", "place", "countryDescription"};
    struct span country = country_of(n);
    if (country.count || xml_attribute(n, "city").count || xml_attribute(n, "street").count || xml_attribute(n, "place").count)
        read_with_country(b, e, LIST_ADDRESS, join_attributes(t, n, parts, country.count ? 7 : 6, ", "), country, NULL);
    (void)xml_attribute(n, "asAtListingTime");
    for (struct xml_node *c = xml_child(n, "contactInfo"); c; c = xml_next(c))
        build_identifier(b, e, xml_attribute(c, "key"), xml_attribute(c, "value"), (struct span){NULL, 0});
    remarks(b, e, n, "address");
}

static enum list_schema schema_of(struct span code) {
    return text_same(code, "person") || text_same(code, "P") ? LIST_PERSON : LIST_ORGANIZATION;
}

static void statements(struct build *b, uint32_t e, struct xml_node *r, struct text *t) {
    bool first = true;
    for (struct xml_node *n = xml_child(r, "nameAlias"); n; n = xml_next(n), first = false)
        name(b, e, n, first, t);
    for (struct xml_node *n = xml_child(r, "birthdate"); n; n = xml_next(n))
        birth(b, e, n, t);
    for (struct xml_node *n = xml_child(r, "citizenship"); n; n = xml_next(n)) {
        (void)xml_attribute(n, "region");
        struct span text = xml_attribute(n, "countryDescription");
        read_with_country(b, e, LIST_NATIONALITY, text.count && country_of(n).count ? text : country_of(n), country_of(n),
                          NULL);
        remarks(b, e, n, "citizenship");
    }
    for (struct xml_node *n = xml_child(r, "identification"); n; n = xml_next(n))
        identification(b, e, n);
    for (struct xml_node *n = xml_child(r, "address"); n; n = xml_next(n))
        address(b, e, n, t);
    legal_basis(b, e, r, "regulation");
    remarks(b, e, r, NULL);
}

static void ignore_numbers(struct xml_node *r) {
    static const char *const names[] = {"logicalId", "regulationLanguage", "countryIso2Code", "countryDescription",
                                        "entryIntoForceDate"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        xml_ignore_named(r, names[i]);
    for (struct xml_node *c = r->first; c; c = c->next) {
        xml_ignore(span_is(c->name, "regulationSummary") ? c : NULL);
        for (struct xml_node *s = xml_child(c, "regulationSummary"); s; s = xml_next(s))
            xml_ignore(s);
    }
}

static enum imjin_status eu_tree(void *context, struct xml_node *r, struct error *err) {
    struct build *b = context;
    struct text t = {0};
    if (!span_is(r->name, "sanctionEntity")) {
        build_note_span(b, LIST_NOTE_UNKNOWN, "/", r->name);
        return build_status(b, err);
    }
    struct span number = xml_attribute(r, "logicalId"), reference = xml_attribute(r, "euReferenceNumber");
    uint32_t e = build_record(b, build_id(b, "eu", reference.count ? reference : number), r->line);
    struct xml_node *type = xml_child(r, "subjectType");
    build_schema(b, e, schema_of(xml_attribute(type, "code")));
    (void)xml_attribute(type, "classificationCode");
    build_put(b, e, LIST_OTHER, number, "logical id");
    build_put(b, e, LIST_OTHER, xml_attribute(r, "unitedNationId"), "United Nations id");
    build_date(b, e, LIST_LISTING_DATE, xml_attribute(r, "designationDate"), NULL);
    build_put(b, e, LIST_NOTES, xml_attribute(r, "designationDetails"), "designation");
    statements(b, e, r, &t);
    ignore_numbers(r);
    build_note_unseen(b, r, "/sanctionEntity");
    return read_done(b, &t, err);
}

enum imjin_status read_eu_xml(struct build *b, struct input *in, struct error *err) {
    struct xml_handler handler = {b, eu_open, eu_tree};
    return xml_read(in, &handler, err);
}

/* ---- the table: one row a name, birth, address, identification, ... of an entity, told by Entity_logical_id ---- */

enum eu_cell {
    CELL_PUBLISHED,
    CELL_ID,
    CELL_REFERENCE,
    CELL_UN,
    CELL_LISTED,
    CELL_REMARK,
    CELL_TYPE,
    CELL_NAME,
    CELL_GENDER,
    CELL_TITLE,
    CELL_FUNCTION,
    CELL_STREET,
    CELL_CITY,
    CELL_ADDRESS_COUNTRY,
    CELL_BIRTH,
    CELL_BIRTH_PLACE,
    CELL_BIRTH_COUNTRY,
    CELL_NUMBER,
    CELL_NUMBER_TYPE,
    CELL_NUMBER_COUNTRY,
    CELL_CITIZEN,
    CELL_PROGRAMME,
    CELL_LEGAL,
    CELL_LANGUAGE,
    CELL_STRONG,
    EU_CELLS,
};
/* Both spellings of a heading: of the table of 2017 and of the one after it; letters alone are compared. */
static const char *const eu_headings[EU_CELLS][3] = {
    [CELL_PUBLISHED] = {"filegenerationdate", "dategenerated", NULL},
    [CELL_ID] = {"entitylogicalid", "leba", NULL},
    [CELL_REFERENCE] = {"entityeureferencenumber", "eurefnum", NULL},
    [CELL_UN] = {"entityunitednationid", "unid", NULL},
    [CELL_LISTED] = {"entitydesignationdate", "entitydatelisted", NULL},
    [CELL_REMARK] = {"entityremark", NULL, NULL},
    [CELL_TYPE] = {"entitysubjecttypecode", "entitysubjecttype", "subjecttype"},
    [CELL_NAME] = {"namealiaswholename", "naalwholename", NULL},
    [CELL_GENDER] = {"namealiasgender", "naalgender", NULL},
    [CELL_TITLE] = {"namealiastitle", "naaltitle", NULL},
    [CELL_FUNCTION] = {"namealiasfunction", "naalfunction", NULL},
    [CELL_STREET] = {"addressstreet", "addrstreet", NULL},
    [CELL_CITY] = {"addresscity", "addrcity", NULL},
    [CELL_ADDRESS_COUNTRY] = {"addresscountryisocode", "addrcountry", "addresscountrydescription"},
    [CELL_BIRTH] = {"birthdatebirthdate", "birtdate", NULL},
    [CELL_BIRTH_PLACE] = {"birthdatecity", "birtplace", NULL},
    [CELL_BIRTH_COUNTRY] = {"birthdatecountryisocode", "birtcountry", NULL},
    [CELL_NUMBER] = {"identificationnumber", "idennumber", NULL},
    [CELL_NUMBER_TYPE] = {"identificationtypedescription", "identypedescription", "identificationtypecode"},
    [CELL_NUMBER_COUNTRY] = {"identificationcountryisocode", "idencountry", NULL},
    [CELL_CITIZEN] = {"citizenshipcountryisocode", "citicountry", NULL},
    [CELL_PROGRAMME] = {"entityregulationprogramme", "programme", NULL},
    [CELL_LEGAL] = {"entityregulationnumbertitle", "leganumber", NULL},
    [CELL_LANGUAGE] = {"namealiasnamelanguage", "naallanguage", NULL},
    [CELL_STRONG] = {"namealiasstrong", "naalstrong", NULL},
};

struct eu_table {
    unsigned columns[EU_CELLS]; /* number + 1; 0: not there */
    uint32_t heading_count;
};

static void letters(struct span heading, char ret[64]) {
    unsigned count = 0;
    for (uint64_t i = 0; i < heading.count && count < 63; i++) {
        char c = (char)(heading.bytes[i] | 32);
        if (c >= 'a' && c <= 'z')
            ret[count++] = c;
    }
    ret[count] = 0;
}

static enum imjin_status eu_heading(struct eu_table *x, struct table *t, struct error *err) {
    char text[64];
    for (unsigned i = 0; i < t->row->count; i++) {
        bool known = false;
        letters(t->row->fields[i], text);
        for (unsigned c = 0; c < EU_CELLS && !known; c++)
            for (unsigned s = 0; s < 3 && eu_headings[c][s] && !known; s++)
                if (strcmp(text, eu_headings[c][s]) == 0 && x->columns[c] == 0) {
                    x->columns[c] = i + 1;
                    known = true;
                }
        if (!known)
            build_note_span(t->b, LIST_NOTE_UNKNOWN, "column ", t->row->fields[i]);
    }
    x->heading_count = t->row->count;
    if (!x->columns[CELL_ID] || !x->columns[CELL_NAME])
        return fail_value(err, t->b->file, t->row->line, NULL, NULL, 0,
                          "a column for the entity's logical id or the whole name is missing");
    return IMJIN_OK;
}

static struct span eu_cell(const struct eu_table *x, const struct table *t, enum eu_cell cell) {
    return x->columns[cell] ? table_field(t, x->columns[cell] - 1) : (struct span){"", 0};
}

static enum imjin_status eu_row(void *context, struct table *t, struct error *err) {
    struct eu_table *x = context;
    struct build *b = t->b;
    struct text joined = {0};
    int32_t to;
    if (x->heading_count == 0)
        return eu_heading(x, t, err);
    struct span reference = eu_cell(x, t, CELL_REFERENCE), number = eu_cell(x, t, CELL_ID);
    if (b->published == LIST_DAY_NONE && !list_day_parse(eu_cell(x, t, CELL_PUBLISHED), &b->published, &to))
        b->published = LIST_DAY_NONE;
    uint32_t entities = (uint32_t)b->entities.count;
    uint32_t e = build_entity(b, build_id(b, "eu", reference.count ? reference : number));
    if (b->status == IMJIN_OK)
        ((struct build_entity *)b->entities.items)[e].described = true;
    if (eu_cell(x, t, CELL_TYPE).count)
        build_schema(b, e, schema_of(eu_cell(x, t, CELL_TYPE)));
    struct list_value name_value = value_of(LIST_NAME, eu_cell(x, t, CELL_NAME));
    name_value.primary = e >= entities;
    name_value.language = eu_cell(x, t, CELL_LANGUAGE);
    name_value.strength = text_same(eu_cell(x, t, CELL_STRONG), "false") ? LIST_WEAK : LIST_STRONG;
    build_add(b, e, &name_value);
    static const struct {
        enum eu_cell cell;
        enum list_property property;
        const char *kind;
    } plain[] = {{CELL_ID, LIST_OTHER, "logical id"},  {CELL_UN, LIST_OTHER, "United Nations id"},
                 {CELL_REMARK, LIST_NOTES, NULL},      {CELL_GENDER, LIST_GENDER, NULL},
                 {CELL_TITLE, LIST_TITLE, NULL},       {CELL_FUNCTION, LIST_POSITION, NULL},
                 {CELL_PROGRAMME, LIST_PROGRAM, NULL}, {CELL_LEGAL, LIST_LEGAL_BASIS, NULL}};
    for (unsigned i = 0; i < sizeof plain / sizeof *plain; i++)
        build_put(b, e, plain[i].property, eu_cell(x, t, plain[i].cell), plain[i].kind);
    build_date(b, e, LIST_LISTING_DATE, eu_cell(x, t, CELL_LISTED), NULL);
    build_date(b, e, LIST_BIRTH_DATE, eu_cell(x, t, CELL_BIRTH), NULL);
    read_with_country(b, e, LIST_BIRTH_PLACE, eu_cell(x, t, CELL_BIRTH_PLACE), eu_cell(x, t, CELL_BIRTH_COUNTRY), NULL);
    read_country(b, e, LIST_NATIONALITY, eu_cell(x, t, CELL_CITIZEN), NULL);
    build_identifier(b, e, eu_cell(x, t, CELL_NUMBER_TYPE), eu_cell(x, t, CELL_NUMBER), eu_cell(x, t, CELL_NUMBER_COUNTRY));
    read_join_part(&joined, eu_cell(x, t, CELL_STREET), ", ");
    read_join_part(&joined, eu_cell(x, t, CELL_CITY), ", ");
    read_join_part(&joined, eu_cell(x, t, CELL_ADDRESS_COUNTRY), ", ");
    read_with_country(b, e, LIST_ADDRESS, (struct span){joined.bytes, joined.count}, eu_cell(x, t, CELL_ADDRESS_COUNTRY), NULL);
    return read_done(b, &joined, err);
}

enum imjin_status read_eu_csv(struct build *b, struct input *in, struct error *err) {
    struct eu_table x = {0};
    return table_read(b, in, ';', eu_row, &x, err);
}
