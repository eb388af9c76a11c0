#include "list/read.h"

#include <stdlib.h>

/* OFAC's remarks are statements joined by "; " and ended by a full stop. What is not known as a statement is a note. */

struct statement {
    const char *words; /* it begins so */
    enum list_property property;
    bool is_date;
    const char *kind; /* null: none */
};
static const struct statement statements[] = {
    {"DOB ", LIST_BIRTH_DATE, true, NULL},
    {"POB ", LIST_BIRTH_PLACE, false, NULL},
    {"nationality of registration ", LIST_COUNTRY, false, "Nationality of Registration"},
    {"nationality ", LIST_NATIONALITY, false, NULL},
    {"citizen ", LIST_NATIONALITY, false, "citizen"},
    {"Gender ", LIST_GENDER, false, NULL},
    {"Website ", LIST_WEBSITE, false, NULL},
    {"Email Address ", LIST_EMAIL, false, NULL},
    {"Email:", LIST_EMAIL, false, NULL},
    {"Phone Number ", LIST_PHONE, false, NULL},
    {"Telephone No. ", LIST_PHONE, false, NULL},
    {"Telephone:", LIST_PHONE, false, NULL},
    {"Telephone ", LIST_PHONE, false, NULL},
    {"Fax No. ", LIST_PHONE, false, "Fax"},
    {"Fax:", LIST_PHONE, false, "Fax"},
    {"SWIFT/BIC ", LIST_SWIFT_BIC, false, NULL},
    {"Linked To:", LIST_ASSOCIATE, false, "Linked To"},
    {"Organization Established Date ", LIST_INCORPORATION_DATE, true, NULL},
    {"Vessel Registration Identification IMO ", LIST_IMO_NUMBER, false, NULL},
    {"Identification Number IMO ", LIST_IMO_NUMBER, false, NULL},
    {"Company Number IMO ", LIST_REGISTRATION_NUMBER, false, "Company Number IMO"},
    {"MMSI ", LIST_MMSI, false, NULL},
    {"Former Vessel Flag ", LIST_OTHER, false, "Former Vessel Flag"},
    {"Vessel Flag ", LIST_COUNTRY, false, "Vessel Flag"},
    {"Vessel Type ", LIST_OTHER, false, "Vessel Type"},
    {"Vessel Year of Build ", LIST_OTHER, false, "Vessel Year of Build"},
    {"Aircraft Manufacture Date ", LIST_OTHER, true, "Aircraft Manufacture Date"},
    {"Aircraft Model ", LIST_OTHER, false, "Aircraft Model"},
    {"Aircraft Operator ", LIST_OTHER, false, "Aircraft Operator"},
    {"Aircraft Construction Number ", LIST_ID_NUMBER, false, "Aircraft Construction Number"},
    {"Aircraft Manufacturer's Serial Number (MSN) ", LIST_ID_NUMBER, false, "Aircraft Manufacturer's Serial Number (MSN)"},
    {"Aircraft Mode S Transponder Code ", LIST_ID_NUMBER, false, "Aircraft Mode S Transponder Code"},
    {"Aircraft Tail Number ", LIST_REGISTRATION_NUMBER, false, "Aircraft Tail Number"},
    {"Previous Aircraft Tail Number ", LIST_REGISTRATION_NUMBER, false, "Previous Aircraft Tail Number"},
    {"Secondary sanctions risk:", LIST_OTHER, false, "Secondary sanctions risk"},
    {"Additional Sanctions Information -", LIST_OTHER, false, "Additional Sanctions Information"},
    {"Executive Order 13662 Directive Determination -", LIST_LEGAL_BASIS, false,
     "Executive Order 13662 Directive Determination"},
    {"Executive Order 14024 Directive Information", LIST_LEGAL_BASIS, false, "Executive Order 14024 Directive Information"},
    {"CAATSA Section 235 Information:", LIST_LEGAL_BASIS, false, "CAATSA Section 235 Information"},
    {"Target Type ", LIST_OTHER, false, "Target Type"},
    {"Organization Type:", LIST_OTHER, false, "Organization Type"},
};

/* Types of identifiers that neither "No." nor "Number" ends. */
static const char *const identifiers[] = {
    "Passport ",
    "Diplomatic Passport ",
    "Stateless Person Passport ",
    "SSN ",
    "C.U.R.P. ",
    "C.U.I.P. ",
    "R.F.C. ",
    "RFC ",
    "D.N.I. ",
    "I.F.E. ",
    "NIT # ",
    "RUC # ",
    "RTN ",
    "V.A.T. ",
    "Registration ID ",
    "BIK (RU) ",
    "Italian Fiscal Code ",
    "Personal ID Card ",
    "Credencial electoral ",
    "Chinese Commercial Code ",
    "Numero de Identidad ",
    "Tax ID ",
    "Unified Social Credit Code (USCC) ",
    "License ",
    "Cartilla de Servicio Militar Nacional ",
    "Turkish Identificiation Number ",
    "National ID ",
    "Residency Number ",
    "VAT Number ",
    "Cedula ",
    "Folio Mercantil ",
    "UK Company Number ",
};

/* The last "(...)" of a number is the country that issued it, when it names one. */
static struct span take_country(struct span *number) {
    struct span s = span_trim(*number);
    uint64_t open = s.count;
    if (s.count == 0 || s.bytes[s.count - 1] != ')')
        return (struct span){NULL, 0};
    while (open && s.bytes[open - 1] != '(')
        open--;
    if (open < 2)
        return (struct span){NULL, 0};
    struct span inside = {s.bytes + open, s.count - open - 1};
    number->bytes = s.bytes;
    number->count = open - 1;
    return inside;
}

static bool has_digit(struct span s) {
    bool found = false;
    for (uint64_t i = 0; i < s.count; i++)
        found = found || (s.bytes[i] >= '0' && s.bytes[i] <= '9');
    return found;
}

/* Length of a "No." or its like at the beginning. */
static uint64_t number_word(struct span s) {
    static const char *const words[] = {"No. ", "Number ", "Number: ", "ID # ", "# "};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (text_begins(s, words[i]))
            return strlen(words[i]);
    return text_begins(s, "No ") && s.count > 3 && s.bytes[3] >= '0' && s.bytes[3] <= '9' ? 3 : 0;
}

/* Where the type of an identifier ends: behind one of the words above, "No." or "Number"; 0 when it is no identifier. */
static uint64_t type_end(struct span s) {
    for (unsigned i = 0; i < sizeof identifiers / sizeof *identifiers; i++)
        if (text_begins(s, identifiers[i])) {
            uint64_t end = strlen(identifiers[i]);
            return end + number_word(text_after(s, end));
        }
    for (uint64_t i = 0; i < s.count && i < 60; i++)
        if (number_word(text_after(s, i)))
            return i + number_word(text_after(s, i));
    return 0;
}

static bool wallet(struct build *b, uint32_t e, struct span s) {
    static const char words[] = "Digital Currency Address - ";
    struct span rest = text_after(s, sizeof words - 1), currency;
    if (!text_begins(s, words) || !text_split(&rest, " ", &currency))
        return false;
    build_identifier(b, e, (struct span){s.bytes, (uint64_t)(currency.bytes + currency.count - s.bytes)}, rest,
                     (struct span){NULL, 0});
    return true;
}

static bool alias(struct build *b, uint32_t e, struct span s) {
    bool former = text_begins(s, "f.k.a. ");
    if (!former && !text_begins(s, "a.k.a. ") && !text_begins(s, "n.k.a. "))
        return false;
    struct span name = span_trim(text_after(s, 7));
    bool quoted = name.count > 2 && name.bytes[0] == '\'' && name.bytes[name.count - 1] == '\'';
    if (quoted)
        name = (struct span){name.bytes + 1, name.count - 2};
    build_name(b, e, name, former ? LIST_FORMER : quoted ? LIST_WEAK : LIST_STRONG, false, former ? "f.k.a." : "a.k.a.");
    return true;
}

static bool identifier(struct build *b, uint32_t e, struct span s) {
    uint64_t end = type_end(s);
    struct span number = text_after(s, end), type = span_trim((struct span){s.bytes, end});
    if (end == 0 || !has_digit(number))
        return false;
    struct span country = take_country(&number);
    if (property_of_type(type) == LIST_OTHER)
        return false;
    build_identifier(b, e, type, number, country);
    return true;
}

static bool known_statement(struct build *b, uint32_t e, struct span s) {
    for (unsigned i = 0; i < sizeof statements / sizeof *statements; i++) {
        const struct statement *k = &statements[i];
        if (!text_begins(s, k->words))
            continue;
        struct span value = text_after(s, strlen(k->words));
        struct list_value v = {.property = k->property,
                               .share = LIST_SHARE_UNKNOWN,
                               .day_from = LIST_DAY_NONE,
                               .day_to = LIST_DAY_NONE,
                               .text = value,
                               .kind = span_of(k->kind)};
        if (k->property == LIST_NATIONALITY || k->property == LIST_COUNTRY)
            v.country = country_code(value);
        if (k->is_date)
            build_date(b, e, k->property, value, k->kind);
        else
            build_add(b, e, &v);
        return true;
    }
    return false;
}

static void read_statement(struct build *b, uint32_t e, struct span s) {
    s = span_trim(s);
    if (s.count > 1 && s.bytes[0] == '(' && s.bytes[s.count - 1] == ')' && text_begins(text_after(s, 1), "Linked To:"))
        s = (struct span){s.bytes + 1, s.count - 2};
    if (text_begins(s, "alt. "))
        s = span_trim(text_after(s, 5));
    if (s.count == 0 || wallet(b, e, s) || alias(b, e, s) || known_statement(b, e, s) || identifier(b, e, s))
        return;
    build_put(b, e, LIST_NOTES, s, NULL);
}

/* The full stop that ends a remark is no part of its last statement, but for "LTD." and its like. */
static struct span without_stop(struct span s) {
    s = span_trim(s);
    if (s.count > 1 && s.bytes[s.count - 1] == '.')
        s.count--;
    return s;
}

void read_remarks(struct build *b, uint32_t entity, struct span text) {
    struct span rest = without_stop(text), part;
    while (rest.count && text_split(&rest, "; ", &part))
        read_statement(b, entity, part);
}

/* ---- remarks that go on in another table ---- */

struct piece {
    uint32_t entity, number;
    uint64_t first, count;
    bool main;
};

void build_remark(struct build *b, uint32_t entity, struct span text, bool main) {
    struct piece p = {entity, (uint32_t)b->remarks.count, b->remark_text.count, text.count, main};
    if (b->status != IMJIN_OK || text.count == 0)
        return;
    if (b->remarks.item_bytes == 0) {
        b->remarks.item_bytes = sizeof p;
        b->remarks.items_max = LIST_ENTITIES_MAX;
        b->remarks.what = "remarks of a list";
    }
    text_add(&b->remark_text, text.bytes, text.count);
    b->status = text_status(&b->remark_text, &b->err);
    if (b->status == IMJIN_OK)
        b->status = buffer_push(&b->remarks, &p, NULL, &b->err);
}

static int by_entity(const void *a, const void *b) {
    const struct piece *x = a, *y = b;
    if (x->entity != y->entity)
        return x->entity < y->entity ? -1 : 1;
    if (x->main != y->main)
        return x->main ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

void build_read_remarks(struct build *b) {
    struct piece *pieces = b->remarks.items;
    struct text whole = {0};
    if (b->remarks.count)
        qsort(pieces, b->remarks.count, sizeof *pieces, by_entity);
    for (size_t i = 0; i < b->remarks.count && b->status == IMJIN_OK;) {
        uint32_t entity = pieces[i].entity;
        text_clear(&whole);
        for (; i < b->remarks.count && pieces[i].entity == entity; i++)
            text_add(&whole, b->remark_text.bytes + pieces[i].first, pieces[i].count);
        b->status = text_status(&whole, &b->err);
        if (b->status == IMJIN_OK)
            read_remarks(b, entity, (struct span){whole.bytes, whole.count});
    }
    text_done(&whole);
    buffer_done(&b->remarks);
    text_done(&b->remark_text);
    b->remarks = (struct buffer){0};
    b->remark_text = (struct text){0};
}
