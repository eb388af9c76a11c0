#include "list/read.h"

#include <stdio.h>

/* Tables with headings: the United States' Consolidated Screening List (CSV), the Denied Persons List (tabs), and own lists.
 * What a column is, is looked up by its heading. */

enum what {
    WHAT_ID,     /* the record's id */
    WHAT_PREFIX, /* which list of several it is of */
    WHAT_SCHEMA,
    WHAT_NAME,
    WHAT_ALIAS, /* several */
    WHAT_WEAK,
    WHAT_FORMER,
    WHAT_ADDRESS, /* one part of the only address */
    WHAT_ADDRESSES,
    WHAT_COUNTRIES,
    WHAT_DATES,
    WHAT_US_DATE, /* month first */
    WHAT_IDS,     /* "Passport, X1, TR" or "TR, X1, Passport" */
    WHAT_REMARKS, /* as OFAC writes them */
    WHAT_VALUES,  /* several, a semicolon between */
    WHAT_VALUE,   /* one, whatever stands in it */
    WHAT_KIND,    /* the currency of the wallets */
};
struct column {
    const char *heading;
    enum what what;
    enum list_property property;
    const char *kind;
};

static const struct column csl_columns[] = {
    {"_id", WHAT_ID, LIST_OTHER, NULL},
    {"source", WHAT_PREFIX, LIST_PROGRAM, "source"},
    {"entity_number", WHAT_ID, LIST_OTHER, NULL},
    {"type", WHAT_SCHEMA, LIST_OTHER, NULL},
    {"programs", WHAT_VALUES, LIST_PROGRAM, NULL},
    {"name", WHAT_NAME, LIST_NAME, NULL},
    {"title", WHAT_VALUE, LIST_TITLE, NULL},
    {"addresses", WHAT_ADDRESSES, LIST_ADDRESS, NULL},
    {"federal_register_notice", WHAT_VALUE, LIST_LEGAL_BASIS, "federal register notice"},
    {"start_date", WHAT_DATES, LIST_LISTING_DATE, NULL},
    {"end_date", WHAT_DATES, LIST_END_DATE, NULL},
    {"standard_order", WHAT_VALUE, LIST_OTHER, "standard order"},
    {"license_requirement", WHAT_VALUE, LIST_LEGAL_BASIS, "license requirement"},
    {"license_policy", WHAT_VALUE, LIST_LEGAL_BASIS, "license policy"},
    {"call_sign", WHAT_VALUE, LIST_CALL_SIGN, NULL},
    {"vessel_type", WHAT_VALUE, LIST_OTHER, "Vessel Type"},
    {"gross_tonnage", WHAT_VALUE, LIST_OTHER, "Tonnage"},
    {"gross_registered_tonnage", WHAT_VALUE, LIST_OTHER, "Gross Registered Tonnage"},
    {"vessel_flag", WHAT_COUNTRIES, LIST_COUNTRY, "Vessel Flag"},
    {"vessel_owner", WHAT_VALUE, LIST_OWNER, "Vessel Owner"},
    {"remarks", WHAT_REMARKS, LIST_NOTES, NULL},
    {"source_list_url", WHAT_VALUE, LIST_OTHER, "source list"},
    {"alt_names", WHAT_ALIAS, LIST_NAME, NULL},
    {"citizenships", WHAT_COUNTRIES, LIST_NATIONALITY, "citizen"},
    {"dates_of_birth", WHAT_DATES, LIST_BIRTH_DATE, NULL},
    {"nationalities", WHAT_COUNTRIES, LIST_NATIONALITY, NULL},
    {"places_of_birth", WHAT_VALUES, LIST_BIRTH_PLACE, NULL},
    {"source_information_url", WHAT_VALUE, LIST_OTHER, "source information"},
    {"ids", WHAT_IDS, LIST_ID_NUMBER, NULL},
};
static const struct column dpl_columns[] = {
    {"Name", WHAT_NAME, LIST_NAME, NULL},
    {"Street_Address", WHAT_ADDRESS, LIST_ADDRESS, NULL},
    {"City", WHAT_ADDRESS, LIST_ADDRESS, NULL},
    {"State", WHAT_ADDRESS, LIST_ADDRESS, NULL},
    {"Postal_Code", WHAT_ADDRESS, LIST_ADDRESS, NULL},
    {"Country", WHAT_ADDRESS, LIST_ADDRESS, "country"},
    {"Effective_Date", WHAT_US_DATE, LIST_LISTING_DATE, NULL},
    {"Expiration_Date", WHAT_US_DATE, LIST_END_DATE, NULL},
    {"Standard_Order", WHAT_VALUE, LIST_OTHER, "standard order"},
    {"Last_Update", WHAT_VALUE, LIST_OTHER, "last updated"},
    {"Action", WHAT_VALUE, LIST_NOTES, "action"},
    {"FR_Citation", WHAT_VALUE, LIST_LEGAL_BASIS, "federal register notice"},
};
static const struct column own_columns[] = {
    {"id", WHAT_ID, LIST_OTHER, NULL},
    {"schema", WHAT_SCHEMA, LIST_OTHER, NULL},
    {"type", WHAT_SCHEMA, LIST_OTHER, NULL},
    {"name", WHAT_NAME, LIST_NAME, NULL},
    {"alias", WHAT_ALIAS, LIST_NAME, NULL},
    {"aliases", WHAT_ALIAS, LIST_NAME, NULL},
    {"weak_alias", WHAT_WEAK, LIST_NAME, NULL},
    {"previous_name", WHAT_FORMER, LIST_NAME, NULL},
    {"birth_date", WHAT_DATES, LIST_BIRTH_DATE, NULL},
    {"dob", WHAT_DATES, LIST_BIRTH_DATE, NULL},
    {"death_date", WHAT_DATES, LIST_DEATH_DATE, NULL},
    {"incorporation_date", WHAT_DATES, LIST_INCORPORATION_DATE, NULL},
    {"birth_place", WHAT_VALUES, LIST_BIRTH_PLACE, NULL},
    {"country", WHAT_COUNTRIES, LIST_COUNTRY, NULL},
    {"countries", WHAT_COUNTRIES, LIST_COUNTRY, NULL},
    {"nationality", WHAT_COUNTRIES, LIST_NATIONALITY, NULL},
    {"gender", WHAT_VALUE, LIST_GENDER, NULL},
    {"passport", WHAT_VALUES, LIST_PASSPORT, NULL},
    {"passport_number", WHAT_VALUES, LIST_PASSPORT, NULL},
    {"id_number", WHAT_VALUES, LIST_ID_NUMBER, NULL},
    {"identifiers", WHAT_VALUES, LIST_ID_NUMBER, NULL},
    {"tax_number", WHAT_VALUES, LIST_TAX_NUMBER, NULL},
    {"registration_number", WHAT_VALUES, LIST_REGISTRATION_NUMBER, NULL},
    {"imo_number", WHAT_VALUES, LIST_IMO_NUMBER, NULL},
    {"imo", WHAT_VALUES, LIST_IMO_NUMBER, NULL},
    {"mmsi", WHAT_VALUES, LIST_MMSI, NULL},
    {"call_sign", WHAT_VALUES, LIST_CALL_SIGN, NULL},
    {"swift_bic", WHAT_VALUES, LIST_SWIFT_BIC, NULL},
    {"wallet", WHAT_VALUES, LIST_WALLET, NULL},
    {"public_key", WHAT_VALUES, LIST_WALLET, NULL},
    {"currency", WHAT_KIND, LIST_WALLET, NULL},
    {"address", WHAT_ADDRESSES, LIST_ADDRESS, NULL},
    {"addresses", WHAT_ADDRESSES, LIST_ADDRESS, NULL},
    {"email", WHAT_VALUES, LIST_EMAIL, NULL},
    {"emails", WHAT_VALUES, LIST_EMAIL, NULL},
    {"phone", WHAT_VALUES, LIST_PHONE, NULL},
    {"phones", WHAT_VALUES, LIST_PHONE, NULL},
    {"website", WHAT_VALUES, LIST_WEBSITE, NULL},
    {"position", WHAT_VALUES, LIST_POSITION, NULL},
    {"title", WHAT_VALUES, LIST_TITLE, NULL},
    {"program", WHAT_VALUES, LIST_PROGRAM, NULL},
    {"program_ids", WHAT_VALUES, LIST_PROGRAM, NULL},
    {"sanctions", WHAT_VALUE, LIST_LEGAL_BASIS, NULL},
    {"legal_basis", WHAT_VALUES, LIST_LEGAL_BASIS, NULL},
    {"listing_date", WHAT_DATES, LIST_LISTING_DATE, NULL},
    {"end_date", WHAT_DATES, LIST_END_DATE, NULL},
    {"notes", WHAT_VALUE, LIST_NOTES, NULL},
    {"dataset", WHAT_VALUE, LIST_OTHER, "dataset"},
    {"first_seen", WHAT_VALUE, LIST_OTHER, "first seen"},
    {"last_seen", WHAT_VALUE, LIST_OTHER, "last seen"},
    {"last_change", WHAT_VALUE, LIST_OTHER, "last change"},
};

enum { HEADINGS_MAX = 128 };
struct headed {
    const struct column *columns;
    unsigned column_count;
    const char *prefix;          /* of ids; null: ids are as they stand */
    uint8_t known[HEADINGS_MAX]; /* row of `columns` + 1 of each column of the file */
    uint32_t count;
    struct text t;
};

/* Any case; a space, a hyphen and a change to upper case ("birthDate") are an underscore. */
static bool same_heading(struct span a, const char *heading) {
    uint64_t i = 0, h = 0;
    for (; i < a.count && heading[h]; i++, h++) {
        char c = a.bytes[i], wanted = heading[h] >= 'A' && heading[h] <= 'Z' ? (char)(heading[h] + 32) : heading[h];
        bool upper = c >= 'A' && c <= 'Z';
        c = upper ? (char)(c + 32) : c == ' ' || c == '-' ? '_' : c;
        if (upper && wanted == '_' && i && a.bytes[i - 1] != '_')
            wanted = (char)(heading[++h] | 32);
        if (c != wanted)
            return false;
    }
    return i == a.count && heading[h] == 0;
}

static enum imjin_status read_headings(struct headed *h, struct table *t, struct error *err) {
    uint64_t seen[2] = {0};
    if (t->row->count > HEADINGS_MAX)
        return fail_value(err, t->b->file, t->row->line, NULL, NULL, 0, "has more than %d columns", HEADINGS_MAX);
    for (unsigned i = 0; i < t->row->count; i++) {
        struct span heading = table_field(t, i);
        for (unsigned k = 0; k < h->column_count; k++)
            if (same_heading(heading, h->columns[k].heading))
                h->known[i] = (uint8_t)(k + 1);
        unsigned bit = h->known[i];
        if (bit == 0) {
            build_note_span(t->b, LIST_NOTE_UNKNOWN, "column ", heading);
            continue;
        }
        if (seen[bit / 64] >> bit % 64 & 1)
            return fail_value(err, t->b->file, t->row->line, NULL, heading.bytes, heading.count,
                              "is a column that was there already");
        seen[bit / 64] |= (uint64_t)1 << bit % 64;
    }
    h->count = t->row->count;
    return build_status(t->b, err);
}

static struct span cell(const struct headed *h, const struct table *t, enum what what) {
    for (unsigned i = 0; i < h->count; i++)
        if (h->known[i] && h->columns[h->known[i] - 1].what == what && table_field(t, i).count)
            return table_field(t, i);
    return (struct span){NULL, 0};
}

static enum list_schema schema_of(struct span type) {
    for (unsigned i = 0; i < LIST_SCHEMAS; i++)
        if (text_same(type, list_schema_name((enum list_schema)i)))
            return (enum list_schema)i;
    if (text_same(type, "individual"))
        return LIST_PERSON;
    if (text_same(type, "entity") || text_same(type, "organisation"))
        return LIST_ORGANIZATION;
    return text_same(type, "aircraft") ? LIST_AIRPLANE : LIST_LEGAL_ENTITY;
}

/* A type stands first or last, a country of two letters anywhere. */
static void identifier(struct build *b, uint32_t e, struct span text) {
    struct span parts[4], rest = text, country = {NULL, 0}, none = {NULL, 0};
    unsigned count = 0;
    while (count < 4 && text_split(&rest, ", ", &parts[count]))
        count++;
    unsigned type = 0;
    if (count > 1 && property_of_type(parts[0]) == LIST_OTHER && property_of_type(parts[count - 1]) != LIST_OTHER)
        type = count - 1;
    unsigned number = type == 0 ? 1 : count - 2;
    for (unsigned i = 0; i < count; i++)
        if (i != type && i != number && parts[i].count == 2)
            country = parts[i];
    if (count < 2 || rest.bytes || property_of_type(parts[type]) == LIST_OTHER)
        build_put(b, e, LIST_OTHER, text, "ids");
    else
        build_identifier(b, e, parts[type], parts[number], country.count ? country : none);
}

static void us_date(struct build *b, uint32_t e, enum list_property property, struct span text) {
    struct list_value v = value_of(property, text);
    char turned[16];
    if (text.count == 10 && text.bytes[2] == '/' && text.bytes[5] == '/') {
        snprintf(turned, sizeof turned, "%.4s-%.2s-%.2s", text.bytes + 6, text.bytes, text.bytes + 3);
        if (!list_day_parse(span_of(turned), &v.day_from, &v.day_to))
            build_note(b, LIST_NOTE_ODD, "dates that are none");
    } else if (text.count && !list_day_parse(text, &v.day_from, &v.day_to)) {
        build_note(b, LIST_NOTE_ODD, "dates that are none");
    }
    build_add(b, e, &v);
}

/* "..., Dubai, AE" and "AE" end in a country's code. */
static struct span last_code(struct span address) {
    uint64_t n = address.count;
    bool alone = n == 2 || (n > 4 && address.bytes[n - 3] == ' ' && address.bytes[n - 4] == ',');
    return alone ? text_after(address, n - 2) : (struct span){NULL, 0};
}

static void several(struct build *b, uint32_t e, const struct column *c, struct span rest, struct span currency) {
    struct span part;
    while (rest.count && text_split(&rest, ";", &part)) {
        if (c->what == WHAT_COUNTRIES)
            read_country(b, e, c->property, part, c->kind);
        else if (c->what == WHAT_DATES)
            build_date(b, e, c->property, part, c->kind);
        else if (c->what == WHAT_IDS)
            identifier(b, e, part);
        else if (c->what == WHAT_ALIAS || c->what == WHAT_WEAK || c->what == WHAT_FORMER)
            build_name(b, e, part,
                       c->what == WHAT_WEAK     ? LIST_WEAK
                       : c->what == WHAT_FORMER ? LIST_FORMER
                                                : LIST_STRONG,
                       false, "alias");
        else if (c->what == WHAT_ADDRESSES)
            read_with_country(b, e, LIST_ADDRESS, part, last_code(part), NULL);
        else {
            struct list_value v = value_of(c->property, part);
            v.kind = c->property == LIST_WALLET ? currency : span_of(c->kind);
            build_add(b, e, &v);
        }
    }
}

static void read_cell(struct headed *h, struct build *b, uint32_t e, const struct column *c, struct span field,
                      struct span currency) {
    switch (c->what) {
    case WHAT_ID:
    case WHAT_KIND:
        break;
    case WHAT_PREFIX:
    case WHAT_VALUE:
        build_put(b, e, c->property, field, c->kind);
        break;
    case WHAT_SCHEMA:
        build_schema(b, e, schema_of(field));
        break;
    case WHAT_NAME:
        build_name(b, e, field, LIST_STRONG, true, "primary");
        break;
    case WHAT_ADDRESS:
        read_join_part(&h->t, field, ", ");
        break;
    case WHAT_US_DATE:
        us_date(b, e, c->property, field);
        break;
    case WHAT_REMARKS:
        read_remarks(b, e, field);
        break;
    default:
        several(b, e, c, field, currency);
        break;
    }
}

/* "Denied Persons List (DPL) - Bureau ..." gives "DPL". */
static struct span abbreviation(struct span source) {
    struct span s = source;
    while (s.count && s.bytes[0] != '(')
        s = text_after(s, 1);
    struct span inside = text_after(s, 1);
    for (uint64_t i = 0; i < inside.count; i++)
        if (inside.bytes[i] == ')')
            return (struct span){inside.bytes, i};
    return source;
}

/* Without an id of its own, a record is told by a hash of all its fields. */
static void make_id(struct headed *h, const struct table *t) {
    struct span id = cell(h, t, WHAT_ID), source = abbreviation(cell(h, t, WHAT_PREFIX));
    struct sha256 hash;
    char hex[65];
    text_clear(&h->t);
    if (id.count == 0) {
        for (unsigned i = 0; i < t->row->count; i++) {
            text_add(&h->t, t->row->fields[i].bytes, t->row->fields[i].count);
            text_add(&h->t, "\t", 1);
        }
        if (h->t.count == 0 || sha256_of(h->t.bytes, h->t.count, &hash, NULL) != IMJIN_OK)
            return;
        sha256_print(&hash, hex);
        id = (struct span){hex, 16};
        text_clear(&h->t);
    }
    read_join_part(&h->t, source, "-");
    read_join_part(&h->t, id, "-");
}

static enum imjin_status headed_row(void *context, struct table *t, struct error *err) {
    struct headed *h = context;
    struct build *b = t->b;
    if (h->count == 0)
        return read_headings(h, t, err);
    if (t->row->count != h->count)
        return fail_value(err, b->file, t->row->line, NULL, NULL, 0, "the row has %u columns, the heading %u", t->row->count,
                          h->count);
    make_id(h, t);
    struct span id = {h->t.bytes, h->t.count}, currency = cell(h, t, WHAT_KIND), country = {NULL, 0};
    uint32_t e = h->prefix ? build_numbered(b, build_id(b, h->prefix, id)) : build_record(b, id, t->row->line);
    text_clear(&h->t);
    for (unsigned i = 0; i < h->count; i++) {
        if (h->known[i] == 0)
            continue;
        const struct column *c = &h->columns[h->known[i] - 1];
        if (c->what == WHAT_ADDRESS && c->kind)
            country = table_field(t, i);
        read_cell(h, b, e, c, table_field(t, i), currency);
    }
    read_with_country(b, e, LIST_ADDRESS, (struct span){h->t.bytes, h->t.count}, country, NULL);
    TRY(text_status(&h->t, err));
    return build_status(b, err);
}

static enum imjin_status read_headed(struct headed *h, struct build *b, struct input *in, char separator, struct error *err) {
    enum imjin_status status = table_read(b, in, separator, headed_row, h, err);
    text_done(&h->t);
    return status;
}

enum imjin_status read_csl_csv(struct build *b, struct input *in, struct error *err) {
    struct headed h = {.columns = csl_columns, .column_count = sizeof csl_columns / sizeof *csl_columns, .prefix = "csl"};
    return read_headed(&h, b, in, ',', err);
}

enum imjin_status read_dpl(struct build *b, struct input *in, struct error *err) {
    struct headed h = {.columns = dpl_columns, .column_count = sizeof dpl_columns / sizeof *dpl_columns, .prefix = "dpl"};
    return read_headed(&h, b, in, '\t', err);
}

enum imjin_status read_csv(struct build *b, struct input *in, struct error *err) {
    struct headed h = {.columns = own_columns, .column_count = sizeof own_columns / sizeof *own_columns};
    return read_headed(&h, b, in, ',', err);
}

/* ---- wallets: one address a line ---- */

/* "sanctioned_addresses_XBT.txt" holds addresses of XBT. */
static void currency_of_file(const char *path, char ret[16]) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *from = strrchr(name, '_');
    uint64_t count = 0;
    ret[0] = 0;
    for (from = from ? from + 1 : name; *from && *from != '.'; from++) {
        bool capital = (*from >= 'A' && *from <= 'Z') || (*from >= '0' && *from <= '9');
        if (!capital || count == 15) {
            ret[0] = 0;
            return;
        }
        ret[count++] = *from;
        ret[count] = 0;
    }
}

static enum imjin_status wallet_line(struct build *b, const struct text_line *line, const char *currency, struct error *err) {
    char key[LIST_WALLET_MAX + 1];
    struct span text = span_trim(line->text);
    if (text.count == 0 || text.bytes[0] == '#')
        return IMJIN_OK;
    if (!utf8_check(text, NULL) || list_wallet_key(text, key) == 0)
        return fail_value(err, b->file, line->line, NULL, text.bytes, text.count, "is no address");
    uint32_t e = build_entity(b, build_id(b, "wallet", span_of(key)));
    if (b->status == IMJIN_OK)
        ((struct build_entity *)b->entities.items)[e].described = true;
    build_schema(b, e, LIST_CRYPTO_WALLET);
    build_put(b, e, LIST_WALLET, text, currency[0] ? currency : NULL);
    return build_status(b, err);
}

static enum imjin_status wallet_lines(struct build *b, struct line_reader *r, const char *currency, struct error *err) {
    struct text_line line;
    for (;;) {
        TRY(line_next(r, &line, err));
        if (line.text.bytes == NULL)
            return IMJIN_OK;
        TRY(wallet_line(b, &line, currency, err));
    }
}

enum imjin_status read_wallets(struct build *b, struct input *in, struct error *err) {
    struct window window;
    struct line_reader lines;
    char currency[16];
    currency_of_file(b->file, currency);
    TRY(window_init(&window, in, CSV_ROW_BYTES_MAX, err));
    enum imjin_status status = line_reader_init(&lines, &window, err);
    if (status != IMJIN_OK) {
        window_done(&window);
        return status;
    }
    status = wallet_lines(b, &lines, currency, err);
    line_reader_done(&lines);
    return status;
}
