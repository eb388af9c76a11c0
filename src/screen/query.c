#include "screen/query.h"

static const struct {
    const char *name;
    enum screen_field field;
} field_names[] = {
    /* the header of a query file; the first of each field is its name */
    {"name", SCREEN_NAME},
    {"dob", SCREEN_DOB},
    {"country", SCREEN_COUNTRY},
    {"id", SCREEN_ID},
    {"type", SCREEN_TYPE},
    {"address", SCREEN_ADDRESS},
    {"gender", SCREEN_GENDER},
    {"ref", SCREEN_REFERENCE},
    {"reference", SCREEN_REFERENCE},
    {"alias", SCREEN_NAME},
    {"birth_date", SCREEN_DOB},
    {"nationality", SCREEN_COUNTRY},
    {"schema", SCREEN_TYPE},
    {"wallet", SCREEN_ADDRESS},
    /* FollowTheMoney */
    {"weakAlias", SCREEN_NAME},
    {"previousName", SCREEN_NAME},
    {"abbreviation", SCREEN_NAME},
    {"birthDate", SCREEN_DOB},
    {"incorporationDate", SCREEN_DOB},
    {"citizenship", SCREEN_COUNTRY},
    {"jurisdiction", SCREEN_COUNTRY},
    {"flag", SCREEN_COUNTRY},
    {"passportNumber", SCREEN_ID},
    {"idNumber", SCREEN_ID},
    {"taxNumber", SCREEN_ID},
    {"vatCode", SCREEN_ID},
    {"innCode", SCREEN_ID},
    {"ogrnCode", SCREEN_ID},
    {"okpoCode", SCREEN_ID},
    {"leiCode", SCREEN_ID},
    {"dunsCode", SCREEN_ID},
    {"uniqueEntityId", SCREEN_ID},
    {"swiftBic", SCREEN_ID},
    {"socialSecurityNumber", SCREEN_ID},
    {"registrationNumber", SCREEN_ID},
    {"imoNumber", SCREEN_ID},
    {"mmsi", SCREEN_ID},
    {"callSign", SCREEN_ID},
    {"email", SCREEN_ID},
    {"publicKey", SCREEN_ADDRESS},
    {"full", SCREEN_ADDRESS},
};

const char *screen_field_name(enum screen_field field) {
    for (size_t i = 0; i < sizeof field_names / sizeof *field_names; i++)
        if (field_names[i].field == field)
            return field_names[i].name;
    return "";
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == ' ' || c == '-' ? '_' : c; }

static bool same_word(struct span text, const char *word) {
    uint64_t i = 0;
    while (i < text.count && word[i] && lower(text.bytes[i]) == lower(word[i]))
        i++;
    return i == text.count && word[i] == '\0';
}

enum screen_field screen_field_named(struct span name) {
    for (size_t i = 0; i < sizeof field_names / sizeof *field_names; i++)
        if (same_word(span_trim(name), field_names[i].name))
            return field_names[i].field;
    return SCREEN_FIELDS;
}

static enum list_schema schema_named(struct span text) {
    static const struct {
        const char *word;
        enum list_schema schema;
    } words[] = {
        {"individual", LIST_PERSON},
        {"natural_person", LIST_PERSON},
        {"entity", LIST_LEGAL_ENTITY},
        {"business", LIST_ORGANIZATION},
        {"org", LIST_ORGANIZATION},
        {"organisation", LIST_ORGANIZATION},
        {"ship", LIST_VESSEL},
        {"aircraft", LIST_AIRPLANE},
        {"wallet", LIST_CRYPTO_WALLET},
        {"public_body", LIST_ORGANIZATION},
        {"publicbody", LIST_ORGANIZATION},
    };
    for (unsigned i = 0; i < LIST_SCHEMAS; i++)
        if (same_word(text, list_schema_name((enum list_schema)i)))
            return (enum list_schema)i;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (same_word(text, words[i].word))
            return words[i].schema;
    return LIST_SCHEMAS;
}

void screen_draft_begin(struct screen_draft *d, struct arena *a) {
    d->arena = a;
    d->value_count = d->note_count = 0;
    d->schema = LIST_SCHEMAS;
    d->reference = (struct span){"", 0};
    d->too_many = false;
}

static void add_note(struct screen_draft *d, enum screen_field field, struct span text, const char *what) {
    if (d->note_count < SCREEN_NOTES_MAX)
        d->notes[d->note_count++] = (struct screen_note){field, text, what};
}

static struct span trim_all(struct span s) {
    while (s.count && (unsigned char)s.bytes[0] <= ' ') {
        s.bytes++;
        s.count--;
    }
    while (s.count && (unsigned char)s.bytes[s.count - 1] <= ' ')
        s.count--;
    return s;
}

enum imjin_status screen_draft_add(struct screen_draft *d, enum screen_field field, struct span text, struct error *err) {
    struct screen_value value = {field, {"", 0}, LIST_DAY_NONE, LIST_DAY_NONE};
    const char *what;
    text = trim_all(text);
    if (text.count == 0)
        return IMJIN_OK;
    value.text = (struct span){arena_text(d->arena, text.bytes, text.count), text.count};
    if (value.text.bytes == NULL)
        return fail_memory(err, "a query");
    if (field == SCREEN_REFERENCE) {
        d->reference = value.text;
        return IMJIN_OK;
    }
    if (field == SCREEN_TYPE) {
        d->schema = schema_named(text);
        if (d->schema == LIST_SCHEMAS)
            add_note(d, field, value.text, "no type of entity that is known; every type is searched");
        return IMJIN_OK;
    }
    if (field == SCREEN_DOB && !screen_date_parse(text, &value.day_from, &value.day_to, &what)) {
        add_note(d, field, value.text, what);
        return IMJIN_OK;
    }
    if (d->value_count == SCREEN_VALUES_MAX)
        d->too_many = true;
    else
        d->values[d->value_count++] = value;
    return IMJIN_OK;
}

static enum imjin_status copy_to(struct arena *a, const void *items, uint32_t count, size_t size, const void **ret,
                                 struct error *err) {
    void *copy = arena_new(a, count + 1, size);
    if (copy == NULL)
        return fail_memory(err, "a query");
    if (count)
        memcpy(copy, items, count * size);
    *ret = copy;
    return IMJIN_OK;
}

enum imjin_status screen_draft_end(const struct screen_draft *d, struct screen_query *ret, struct error *err) {
    struct screen_query q = {.reference = d->reference,
                             .schema = d->schema,
                             .value_count = d->value_count,
                             .note_count = d->note_count,
                             .fault = {"", 0}};
    const void *values, *notes;
    TRY(copy_to(d->arena, d->values, d->value_count, sizeof *d->values, &values, err));
    TRY(copy_to(d->arena, d->notes, d->note_count, sizeof *d->notes, &notes, err));
    q.values = values;
    q.notes = notes;
    if (d->too_many)
        q.fault = span_of("more than 512 values in one query");
    *ret = q;
    return IMJIN_OK;
}

enum imjin_status screen_query_make(struct screen_query *ret, const char *const texts[SCREEN_FIELDS], struct arena *a,
                                    struct error *err) {
    struct screen_draft *d = arena_new(a, 1, sizeof *d);
    if (d == NULL)
        return fail_memory(err, "a query");
    screen_draft_begin(d, a);
    for (unsigned field = 0; field < SCREEN_FIELDS; field++)
        if (texts[field])
            TRY(screen_draft_add(d, (enum screen_field)field, span_of(texts[field]), err));
    return screen_draft_end(d, ret, err);
}
