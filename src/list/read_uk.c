#include "list/read.h"

/* The UK Sanctions List, XML and CSV: the same fields under nearly the same names. */

enum { NAME_PARTS = 6 };

static enum xml_take uk_open(void *context, struct xml_node *e) {
    (void)context;
    return e->depth == 0 ? XML_ENTER : XML_TREE;
}

static enum list_strength strength_of(struct span type, struct span strength) {
    if (text_contains(type, "previous") || text_contains(type, "former"))
        return LIST_FORMER;
    return text_contains(strength, "low") || text_contains(strength, "weak") ? LIST_WEAK : LIST_STRONG;
}

/* "dd/mm/1945" and full dates; several stand in one cell of the table, a bar between. */
static void dates(struct build *b, uint32_t e, enum list_property property, struct span rest) {
    struct span date;
    while (rest.count && text_split(&rest, "|", &date))
        build_date(b, e, property, date, NULL);
}

static void bars(struct build *b, uint32_t e, enum list_property property, struct span rest, const char *kind) {
    struct span part;
    while (rest.count && text_split(&rest, "|", &part)) {
        if (property == LIST_NATIONALITY || property == LIST_COUNTRY)
            read_country(b, e, property, part, kind);
        else
            build_put(b, e, property, part, kind);
    }
}

static enum list_schema schema_of(struct span type) {
    if (text_same(type, "Individual"))
        return LIST_PERSON;
    return text_same(type, "Ship") ? LIST_VESSEL : LIST_ORGANIZATION;
}

/* First names stand in Name1 to Name5, the family or whole name in Name6. */
static void name(struct build *b, uint32_t e, struct span whole, struct span type, struct span strength) {
    struct list_value v = value_of(LIST_NAME, whole);
    v.kind = type;
    v.primary = text_begins(type, "primary name") && !text_contains(type, "variation");
    v.strength = strength_of(type, strength);
    build_add(b, e, &v);
}

static void original_script(struct build *b, uint32_t e, struct span text, struct span script, struct span language) {
    struct list_value v = value_of(LIST_NAME, text);
    v.kind = script.count ? script : span_of("original script");
    v.language = language;
    build_add(b, e, &v);
}

/* ---- XML ---- */

static void names(struct build *b, uint32_t e, struct xml_node *r, struct text *t) {
    static const char *const parts[] = {"Name1", "Name2", "Name3", "Name4", "Name5", "Name6"};
    struct xml_node *list = xml_child(r, "Names");
    for (struct xml_node *n = xml_child(list, "Name"); n; n = xml_next(n))
        name(b, e, read_join(t, n, parts, NAME_PARTS, " "), xml_text(n, "NameType"), xml_text(n, "AliasStrength"));
    list = xml_child(r, "NonLatinNames");
    for (struct xml_node *n = xml_child(list, "NonLatinName"); n; n = xml_next(n))
        original_script(b, e, xml_text(n, "NameNonLatinScript"), xml_text(n, "NonLatinScriptType"),
                        xml_text(n, "NonLatinScriptLanguage"));
    struct xml_node *titles = xml_child(r, "Titles");
    for (struct xml_node *n = xml_child(titles, "Title"); n; n = xml_next(n))
        build_put(b, e, LIST_TITLE, xml_text(n, NULL), NULL);
}

static void addresses(struct build *b, uint32_t e, struct xml_node *r, struct text *t) {
    static const char *const parts[] = {"AddressLine1", "AddressLine2", "AddressLine3",      "AddressLine4",
                                        "AddressLine5", "AddressLine6", "AddressPostalCode", "AddressCountry"};
    struct xml_node *list = xml_child(r, "Addresses");
    for (struct xml_node *n = xml_child(list, "Address"); n; n = xml_next(n))
        read_with_country(b, e, LIST_ADDRESS, read_join(t, n, parts, 8, ", "), xml_text(n, "AddressCountry"), NULL);
}

/* Lists of one text: <Nationalities><Nationality>..</Nationality></Nationalities> and so on. */
static const struct {
    const char *list, *item;
    enum list_property property;
    const char *kind;
} simple[] = {
    {"Nationalities", "Nationality", LIST_NATIONALITY, NULL},
    {"Positions", "Position", LIST_POSITION, NULL},
    {"Genders", "Gender", LIST_GENDER, NULL},
    {"PhoneNumbers", "PhoneNumber", LIST_PHONE, NULL},
    {"Websites", "Website", LIST_WEBSITE, NULL},
    {"EmailAddresses", "EmailAddress", LIST_EMAIL, NULL},
    {"BusinessRegistrationNumbers", "BusinessRegistrationNumber", LIST_REGISTRATION_NUMBER, NULL},
    {"TypeOfEntities", "TypeOfEntity", LIST_OTHER, "type of entity"},
    {"Subsidiaries", "Subsidiary", LIST_OWNED, "Subsidiaries"},
    {"ParentCompanies", "ParentCompany", LIST_OWNER, "Parent company"},
    {"IMONumbers", "IMONumber", LIST_IMO_NUMBER, NULL},
    {"CurrentOwnerOperators", "CurrentOwnerOperator", LIST_OWNER, "Current owner/operator"},
    {"PreviousOwnerOperators", "PreviousOwnerOperator", LIST_OTHER, "Previous owner/operator"},
    {"CurrentBelievedFlagOfShips", "CurrentBelievedFlagOfShip", LIST_COUNTRY, "flag"},
    {"PreviousFlags", "PreviousFlag", LIST_OTHER, "previous flag"},
    {"TypeOfShipDetails", "TypeOfShip", LIST_OTHER, "type of ship"},
    {"TonnageOfShipDetails", "TonnageOfShip", LIST_OTHER, "tonnage"},
    {"LengthOfShipDetails", "LengthOfShip", LIST_OTHER, "length"},
    {"YearBuiltDetails", "YearBuilt", LIST_OTHER, "year built"},
    {"HullIdentificationNumbers", "HullIdentificationNumber", LIST_ID_NUMBER, "hull identification number"},
};

static void simple_lists(struct build *b, uint32_t e, struct xml_node *r) {
    for (unsigned i = 0; i < sizeof simple / sizeof *simple; i++) {
        struct xml_node *list = xml_child(r, simple[i].list);
        for (struct xml_node *n = xml_child(list, simple[i].item); n; n = xml_next(n))
            bars(b, e, simple[i].property, xml_text(n, NULL), simple[i].kind);
        for (struct xml_node *n = xml_child(r, simple[i].item); n; n = xml_next(n))
            bars(b, e, simple[i].property, xml_text(n, NULL), simple[i].kind);
    }
}

static void numbered(struct build *b, uint32_t e, struct xml_node *r, const char *list, const char *item, const char *number,
                     const char *more, const char *type) {
    struct xml_node *l = xml_child(r, list);
    for (struct xml_node *n = xml_child(l, item); n; n = xml_next(n)) {
        build_identifier(b, e, span_of(type), xml_text(n, number), (struct span){NULL, 0});
        build_put(b, e, LIST_NOTES, xml_text(n, more), type);
    }
}

static void details(struct build *b, uint32_t e, struct xml_node *r, struct text *t) {
    static const char *const place[] = {"TownOfBirth", "CountryOfBirth"};
    struct xml_node *list = xml_child(r, "DOBs");
    simple_lists(b, e, r);
    for (struct xml_node *n = xml_child(list, "DOB"); n; n = xml_next(n))
        dates(b, e, LIST_BIRTH_DATE, xml_text(n, NULL));
    list = xml_child(r, "BirthDetails");
    for (struct xml_node *n = xml_child(list, "Location"); n; n = xml_next(n))
        read_with_country(b, e, LIST_BIRTH_PLACE, read_join(t, n, place, 2, ", "), xml_text(n, "CountryOfBirth"), NULL);
    numbered(b, e, r, "PassportDetails", "Passport", "PassportNumber", "PassportAdditionalInformation", "Passport");
    numbered(b, e, r, "NationalIdentifierDetails", "NationalIdentifier", "NationalIdentifierNumber",
             "NationalIdentifierAdditionalInformation", "National Identifier");
}

/* <IndividualDetails><Individual>, and the same for entities and ships. */
static void all_details(struct build *b, uint32_t e, struct xml_node *r, struct text *t) {
    static const char *const groups[][2] = {
        {"IndividualDetails", "Individual"}, {"EntityDetails", "Entity"}, {"ShipDetails", "Ship"}};
    details(b, e, r, t);
    for (unsigned i = 0; i < 3; i++) {
        struct xml_node *group = xml_child(r, groups[i][0]);
        for (struct xml_node *n = xml_child(group, groups[i][1]); n; n = xml_next(n))
            details(b, e, n, t);
    }
}

static void designation(struct build *b, struct xml_node *r, struct text *t) {
    uint32_t e = build_record(b, build_id(b, "uk", xml_text(r, "UniqueID")), r->line);
    build_schema(b, e, schema_of(xml_text(r, "IndividualEntityShip")));
    names(b, e, r, t);
    addresses(b, e, r, t);
    all_details(b, e, r, t);
    build_put(b, e, LIST_OTHER, xml_text(r, "OFSIGroupID"), "OFSI group id");
    build_put(b, e, LIST_OTHER, xml_text(r, "UNReferenceNumber"), "United Nations id");
    build_put(b, e, LIST_OTHER, xml_text(r, "LastUpdated"), "last updated");
    build_put(b, e, LIST_PROGRAM, xml_text(r, "RegimeName"), NULL);
    build_put(b, e, LIST_LEGAL_BASIS, xml_text(r, "DesignationSource"), "designation source");
    bars(b, e, LIST_OTHER, xml_text(r, "SanctionsImposed"), "sanctions imposed");
    xml_ignore(xml_child(r, "SanctionsImposedIndicators")); /* the same as yes and no */
    build_put(b, e, LIST_NOTES, xml_text(r, "OtherInformation"), NULL);
    build_put(b, e, LIST_NOTES, xml_text(r, "UKStatementofReasons"), "statement of reasons");
    build_date(b, e, LIST_LISTING_DATE, xml_text(r, "DateDesignated"), NULL);
    build_note_unseen(b, r, "/Designation");
}

static enum imjin_status uk_tree(void *context, struct xml_node *r, struct error *err) {
    struct build *b = context;
    struct text t = {0};
    int32_t to;
    if (span_is(r->name, "DateGenerated")) {
        if (!list_day_parse(xml_text(r, NULL), &b->published, &to))
            b->published = LIST_DAY_NONE;
    } else if (span_is(r->name, "Designation")) {
        designation(b, r, &t);
    } else {
        build_note_span(b, LIST_NOTE_UNKNOWN, "/", r->name);
    }
    return read_done(b, &t, err);
}

enum imjin_status read_uk_xml(struct build *b, struct input *in, struct error *err) {
    struct xml_handler handler = {b, uk_open, uk_tree};
    return xml_read(in, &handler, err);
}

/* ---- CSV: a row of "Report Date: ..." before the headings; one row a name ---- */

enum { UK_COLUMNS_MAX = 80 };
enum uk_what {
    WHAT_NONE,
    WHAT_ID,
    WHAT_NAME,
    WHAT_NAME_TYPE,
    WHAT_STRENGTH,
    WHAT_SCRIPT_NAME,
    WHAT_SCRIPT,
    WHAT_LANGUAGE,
    WHAT_SCHEMA,
    WHAT_ADDRESS,
    WHAT_COUNTRY,
    WHAT_LISTED,
    WHAT_BIRTH,
    WHAT_TOWN,
    WHAT_BIRTH_COUNTRY,
    WHAT_VALUE
};
static const struct {
    const char *heading;
    enum uk_what what;
    enum list_property property;
    const char *kind;
} uk_columns[] = {
    {"Last Updated", WHAT_VALUE, LIST_OTHER, "last updated"},
    {"Unique ID", WHAT_ID, LIST_OTHER, NULL},
    {"OFSI Group ID", WHAT_VALUE, LIST_OTHER, "OFSI group id"},
    {"UN Reference Number", WHAT_VALUE, LIST_OTHER, "United Nations id"},
    {"Name 6", WHAT_NAME, LIST_NAME, "6"},
    {"Name 1", WHAT_NAME, LIST_NAME, "1"},
    {"Name 2", WHAT_NAME, LIST_NAME, "2"},
    {"Name 3", WHAT_NAME, LIST_NAME, "3"},
    {"Name 4", WHAT_NAME, LIST_NAME, "4"},
    {"Name 5", WHAT_NAME, LIST_NAME, "5"},
    {"Name type", WHAT_NAME_TYPE, LIST_NAME, NULL},
    {"Alias strength", WHAT_STRENGTH, LIST_NAME, NULL},
    {"Title", WHAT_VALUE, LIST_TITLE, NULL},
    {"Name non-latin script", WHAT_SCRIPT_NAME, LIST_NAME, NULL},
    {"Non-latin script type", WHAT_SCRIPT, LIST_NAME, NULL},
    {"Non-latin script language", WHAT_LANGUAGE, LIST_NAME, NULL},
    {"Regime Name", WHAT_VALUE, LIST_PROGRAM, NULL},
    {"Designation Type", WHAT_SCHEMA, LIST_OTHER, NULL},
    {"Designation source", WHAT_VALUE, LIST_LEGAL_BASIS, "designation source"},
    {"Sanctions Imposed", WHAT_VALUE, LIST_OTHER, "sanctions imposed"},
    {"Other Information", WHAT_VALUE, LIST_NOTES, NULL},
    {"UK Statement of Reasons", WHAT_VALUE, LIST_NOTES, "statement of reasons"},
    {"Address Line 1", WHAT_ADDRESS, LIST_ADDRESS, NULL},
    {"Address Line 2", WHAT_ADDRESS, LIST_ADDRESS, NULL},
    {"Address Line 3", WHAT_ADDRESS, LIST_ADDRESS, NULL},
    {"Address Line 4", WHAT_ADDRESS, LIST_ADDRESS, NULL},
    {"Address Line 5", WHAT_ADDRESS, LIST_ADDRESS, NULL},
    {"Address Line 6", WHAT_ADDRESS, LIST_ADDRESS, NULL},
    {"Address Postal Code", WHAT_ADDRESS, LIST_ADDRESS, NULL},
    {"Address Country", WHAT_COUNTRY, LIST_ADDRESS, NULL},
    {"Phone number", WHAT_VALUE, LIST_PHONE, NULL},
    {"Website", WHAT_VALUE, LIST_WEBSITE, NULL},
    {"Email address", WHAT_VALUE, LIST_EMAIL, NULL},
    {"Date Designated", WHAT_LISTED, LIST_LISTING_DATE, NULL},
    {"D.O.B", WHAT_BIRTH, LIST_BIRTH_DATE, NULL},
    {"Nationality(/ies)", WHAT_VALUE, LIST_NATIONALITY, NULL},
    {"National Identifier number", WHAT_VALUE, LIST_ID_NUMBER, "National Identifier"},
    {"National Identifier additional information", WHAT_VALUE, LIST_NOTES, "National Identifier"},
    {"Passport number", WHAT_VALUE, LIST_PASSPORT, "Passport"},
    {"Passport additional information", WHAT_VALUE, LIST_NOTES, "Passport"},
    {"Position", WHAT_VALUE, LIST_POSITION, NULL},
    {"Gender", WHAT_VALUE, LIST_GENDER, NULL},
    {"Town of birth", WHAT_TOWN, LIST_BIRTH_PLACE, NULL},
    {"Country of birth", WHAT_BIRTH_COUNTRY, LIST_BIRTH_PLACE, NULL},
    {"Type of entity", WHAT_VALUE, LIST_OTHER, "type of entity"},
    {"Subsidiaries", WHAT_VALUE, LIST_OWNED, "Subsidiaries"},
    {"Parent company", WHAT_VALUE, LIST_OWNER, "Parent company"},
    {"Business registration number (s)", WHAT_VALUE, LIST_REGISTRATION_NUMBER, NULL},
    {"IMO number", WHAT_VALUE, LIST_IMO_NUMBER, NULL},
    {"Current owner/operator (s)", WHAT_VALUE, LIST_OWNER, "Current owner/operator"},
    {"Previous owner/operator (s)", WHAT_VALUE, LIST_OTHER, "Previous owner/operator"},
    {"Current believed flag of ship", WHAT_VALUE, LIST_COUNTRY, "flag"},
    {"Previous flags", WHAT_VALUE, LIST_OTHER, "previous flag"},
    {"Type of ship", WHAT_VALUE, LIST_OTHER, "type of ship"},
    {"Tonnage of ship", WHAT_VALUE, LIST_OTHER, "tonnage"},
    {"Length of ship", WHAT_VALUE, LIST_OTHER, "length"},
    {"Year Built", WHAT_VALUE, LIST_OTHER, "year built"},
    {"Hull identification number (HIN)", WHAT_VALUE, LIST_ID_NUMBER, "hull identification number"},
};
enum { UK_KNOWN = sizeof uk_columns / sizeof *uk_columns };

struct uk_table {
    uint8_t known[UK_COLUMNS_MAX]; /* row of uk_columns + 1 of each column */
    unsigned of_name[NAME_PARTS + 1];
    uint32_t count;
};

static enum imjin_status uk_heading(struct uk_table *x, struct table *t, struct error *err) {
    bool id = false;
    for (unsigned i = 0; i < t->row->count && i < UK_COLUMNS_MAX; i++) {
        struct span heading = table_field(t, i);
        for (unsigned k = 0; k < UK_KNOWN; k++)
            if (heading.count == strlen(uk_columns[k].heading) && text_begins(heading, uk_columns[k].heading)) {
                x->known[i] = (uint8_t)(k + 1);
                id = id || uk_columns[k].what == WHAT_ID;
                if (uk_columns[k].what == WHAT_NAME)
                    x->of_name[uk_columns[k].kind[0] - '0'] = i + 1;
            }
        if (x->known[i] == 0 && id)
            build_note_span(t->b, LIST_NOTE_UNKNOWN, "column ", heading);
    }
    x->count = id ? t->row->count : 0;
    if (t->row->count > UK_COLUMNS_MAX)
        return fail_value(err, t->b->file, t->row->line, NULL, NULL, 0, "has more than %d columns", UK_COLUMNS_MAX);
    return IMJIN_OK;
}

/* What comes before the headings: "Report Date: 02-Sep-2026". */
static void uk_date(struct table *t) {
    int32_t from, to;
    for (unsigned i = 0; i < t->row->count; i++) {
        struct span field = table_field(t, i);
        struct span after = text_contains(field, "date") && field.count > 5 ? field : (struct span){NULL, 0};
        while (after.count && after.bytes[0] != ':')
            after = text_after(after, 1);
        if (list_day_parse(after.count ? text_after(after, 1) : field, &from, &to) && from == to)
            t->b->published = from;
    }
}

struct uk_row {
    struct text name, address, town;
    struct span type, strength, script_name, script, language, country, birth_country;
};

static void uk_cell(struct uk_row *r, struct build *b, uint32_t e, unsigned known, struct span field) {
    switch (uk_columns[known].what) {
    case WHAT_NAME_TYPE:
        r->type = field;
        break;
    case WHAT_STRENGTH:
        r->strength = field;
        break;
    case WHAT_SCRIPT_NAME:
        r->script_name = field;
        break;
    case WHAT_SCRIPT:
        r->script = field;
        break;
    case WHAT_LANGUAGE:
        r->language = field;
        break;
    case WHAT_SCHEMA:
        build_schema(b, e, schema_of(field));
        break;
    case WHAT_ADDRESS:
        read_join_part(&r->address, field, ", ");
        break;
    case WHAT_COUNTRY:
        read_join_part(&r->address, field, ", ");
        r->country = field;
        break;
    case WHAT_LISTED:
        build_date(b, e, LIST_LISTING_DATE, field, NULL);
        break;
    case WHAT_BIRTH:
        dates(b, e, LIST_BIRTH_DATE, field);
        break;
    case WHAT_TOWN:
        read_join_part(&r->town, field, ", ");
        break;
    case WHAT_BIRTH_COUNTRY:
        read_join_part(&r->town, field, ", ");
        r->birth_country = field;
        break;
    case WHAT_VALUE:
        bars(b, e, uk_columns[known].property, field, uk_columns[known].kind);
        break;
    default:
        break;
    }
}

static void uk_finish_row(struct build *b, uint32_t e, struct uk_row *r) {
    name(b, e, (struct span){r->name.bytes, r->name.count}, r->type, r->strength);
    original_script(b, e, r->script_name, r->script, r->language);
    read_with_country(b, e, LIST_ADDRESS, (struct span){r->address.bytes, r->address.count}, r->country, NULL);
    read_with_country(b, e, LIST_BIRTH_PLACE, (struct span){r->town.bytes, r->town.count}, r->birth_country, NULL);
}

static enum imjin_status uk_row(void *context, struct table *t, struct error *err) {
    struct uk_table *x = context;
    struct uk_row r = {0};
    struct span id = {NULL, 0};
    if (x->count == 0) {
        TRY(uk_heading(x, t, err));
        if (x->count == 0)
            uk_date(t);
        return IMJIN_OK;
    }
    for (unsigned i = 0; i < x->count; i++)
        if (x->known[i] && uk_columns[x->known[i] - 1].what == WHAT_ID)
            id = table_field(t, i);
    uint32_t e = build_entity(t->b, build_id(t->b, "uk", id));
    if (t->b->status == IMJIN_OK)
        ((struct build_entity *)t->b->entities.items)[e].described = true;
    for (unsigned i = 1; i <= NAME_PARTS; i++)
        if (x->of_name[i])
            read_join_part(&r.name, table_field(t, x->of_name[i] - 1), " ");
    for (unsigned i = 0; i < x->count; i++)
        if (x->known[i])
            uk_cell(&r, t->b, e, x->known[i] - 1U, table_field(t, i));
    uk_finish_row(t->b, e, &r);
    text_done(&r.address);
    text_done(&r.town);
    return read_done(t->b, &r.name, err);
}

enum imjin_status read_uk_csv(struct build *b, struct input *in, struct error *err) {
    struct uk_table x = {0};
    TRY(table_read(b, in, ',', uk_row, &x, err));
    return x.count ? IMJIN_OK : fail(err, IMJIN_BAD_INPUT, "the row of headings with \"Unique ID\" is missing");
}
