#include "list/read.h"

/* FollowTheMoney: a JSON object a line, or an array of them. {"id", "schema", "properties": {"name": ["..."]}}. Relations and
 * sanctions are objects of their own there; they become values of the entities that they tie together. */

enum { FTM_DOCUMENT_MAX = 1 << 28, FTM_KEY_MAX = 64 };

static const struct {
    const char *name;
    enum list_property property;
    enum list_strength strength;
} properties[] = {
    {"name", LIST_NAME, LIST_STRONG},
    {"alias", LIST_NAME, LIST_STRONG},
    {"weakAlias", LIST_NAME, LIST_WEAK},
    {"previousName", LIST_NAME, LIST_FORMER},
    {"birthDate", LIST_BIRTH_DATE, 0},
    {"deathDate", LIST_DEATH_DATE, 0},
    {"incorporationDate", LIST_INCORPORATION_DATE, 0},
    {"birthPlace", LIST_BIRTH_PLACE, 0},
    {"nationality", LIST_NATIONALITY, 0},
    {"citizenship", LIST_NATIONALITY, 0},
    {"country", LIST_COUNTRY, 0},
    {"jurisdiction", LIST_COUNTRY, 0},
    {"mainCountry", LIST_COUNTRY, 0},
    {"flag", LIST_COUNTRY, 0},
    {"gender", LIST_GENDER, 0},
    {"passportNumber", LIST_PASSPORT, 0},
    {"idNumber", LIST_ID_NUMBER, 0},
    {"socialSecurityNumber", LIST_ID_NUMBER, 0},
    {"taxNumber", LIST_TAX_NUMBER, 0},
    {"innCode", LIST_TAX_NUMBER, 0},
    {"vatCode", LIST_TAX_NUMBER, 0},
    {"registrationNumber", LIST_REGISTRATION_NUMBER, 0},
    {"ogrnCode", LIST_REGISTRATION_NUMBER, 0},
    {"leiCode", LIST_REGISTRATION_NUMBER, 0},
    {"imoNumber", LIST_IMO_NUMBER, 0},
    {"mmsi", LIST_MMSI, 0},
    {"callSign", LIST_CALL_SIGN, 0},
    {"swiftBic", LIST_SWIFT_BIC, 0},
    {"publicKey", LIST_WALLET, 0},
    {"email", LIST_EMAIL, 0},
    {"phone", LIST_PHONE, 0},
    {"website", LIST_WEBSITE, 0},
    {"address", LIST_ADDRESS, 0},
    {"full", LIST_ADDRESS, 0},
    {"position", LIST_POSITION, 0},
    {"title", LIST_TITLE, 0},
    {"program", LIST_PROGRAM, 0},
    {"programId", LIST_PROGRAM, 0},
    {"authority", LIST_LEGAL_BASIS, 0},
    {"legalBasis", LIST_LEGAL_BASIS, 0},
    {"listingDate", LIST_LISTING_DATE, 0},
    {"startDate", LIST_LISTING_DATE, 0},
    {"endDate", LIST_END_DATE, 0},
    {"notes", LIST_NOTES, 0},
    {"summary", LIST_NOTES, 0},
    {"description", LIST_NOTES, 0},
    {"reason", LIST_NOTES, 0},
};

/* Objects that say something about others: which members name those, and what is then said. */
static const struct {
    const char *schema, *from, *to;
    enum list_property of_from, of_to; /* LIST_OTHER: nothing on that side */
} edges[] = {
    {"Ownership", "asset", "owner", LIST_OWNER, LIST_OWNED},
    {"Family", "person", "relative", LIST_FAMILY, LIST_FAMILY},
    {"Associate", "person", "associate", LIST_ASSOCIATE, LIST_ASSOCIATE},
    {"UnknownLink", "subject", "object", LIST_ASSOCIATE, LIST_ASSOCIATE},
    {"Directorship", "director", "organization", LIST_ACTS_FOR, LIST_ASSOCIATE},
    {"Employment", "employee", "employer", LIST_ACTS_FOR, LIST_ASSOCIATE},
    {"Membership", "member", "organization", LIST_ASSOCIATE, LIST_ASSOCIATE},
    {"Representation", "agent", "client", LIST_ACTS_FOR, LIST_ASSOCIATE},
};
/* Objects whose properties belong to the entity that one member names. */
static const char *const holders[][2] = {
    {"Sanction", "entity"},     {"Passport", "holder"},  {"Identification", "holder"},
    {"CryptoWallet", "holder"}, {"Occupancy", "holder"},
};

/* One object: what was read of it, in order; texts lie in `bytes`. */
struct member {
    char key[FTM_KEY_MAX];
    uint64_t first, count;
};
struct object {
    struct text bytes, id, schema;
    struct buffer members;
};

static struct span text_of(const struct object *o, const struct member *m) {
    return (struct span){o->bytes.bytes + m->first, m->count};
}

static struct span member_of(const struct object *o, const char *key) {
    const struct member *m = o->members.items;
    for (size_t i = 0; i < o->members.count; i++)
        if (strcmp(m[i].key, key) == 0)
            return text_of(o, &m[i]);
    return (struct span){NULL, 0};
}

static enum imjin_status keep(struct object *o, const char *key, struct span text, struct error *err) {
    struct member m = {.first = o->bytes.count, .count = text.count};
    uint64_t length = strlen(key);
    memcpy(m.key, key, length < FTM_KEY_MAX - 1 ? length : FTM_KEY_MAX - 1);
    text_add(&o->bytes, text.bytes, text.count);
    TRY(text_status(&o->bytes, err));
    return buffer_push(&o->members, &m, NULL, err);
}

/* A string, a number, or an array of them; an object inside is noted and passed over. */
static enum imjin_status read_values(struct build *b, struct json_reader *r, struct object *o, const char *key,
                                     struct error *err) {
    struct json_event e;
    uint32_t depth = 0;
    do {
        TRY(json_next(r, &e, err));
        if (e.kind == JSON_ARRAY_BEGIN || e.kind == JSON_OBJECT_BEGIN) {
            depth++;
            if (e.kind == JSON_OBJECT_BEGIN)
                build_note_span(b, LIST_NOTE_UNKNOWN, "object inside ", span_of(key));
        } else if (e.kind == JSON_ARRAY_END || e.kind == JSON_OBJECT_END) {
            depth--;
        } else if (e.kind == JSON_STRING || e.kind == JSON_NUMBER) {
            TRY(keep(o, key, e.text, err));
        }
    } while (depth);
    return IMJIN_OK;
}

static void copy_key(char ret[FTM_KEY_MAX], struct span key) {
    uint64_t count = key.count < FTM_KEY_MAX - 1 ? key.count : FTM_KEY_MAX - 1;
    memcpy(ret, key.bytes, count);
    ret[count] = 0;
}

static enum imjin_status read_properties(struct build *b, struct json_reader *r, struct object *o, struct error *err) {
    struct json_event e;
    char key[FTM_KEY_MAX];
    TRY(json_next(r, &e, err));
    if (e.kind != JSON_OBJECT_BEGIN)
        return json_fail(r, e.offset, err, "\"properties\" is no object");
    for (;;) {
        TRY(json_next(r, &e, err));
        if (e.kind == JSON_OBJECT_END)
            return IMJIN_OK;
        copy_key(key, e.text);
        TRY(read_values(b, r, o, key, err));
    }
}

static enum imjin_status read_text(struct json_reader *r, struct text *t, struct error *err) {
    struct json_event e;
    TRY(json_next(r, &e, err));
    if (e.kind != JSON_STRING)
        return json_fail(r, e.offset, err, "a text belongs here");
    text_add(t, e.text.bytes, e.text.count);
    return text_status(t, err);
}

static bool is_known_frame(struct span key) {
    static const char *const keys[] = {"caption",   "datasets",    "referents", "origin",     "target",    "first_seen",
                                       "last_seen", "last_change", "topics",    "statements", "key_prefix"};
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
        if (span_is(key, keys[i]))
            return true;
    return false;
}

static enum imjin_status read_object(struct build *b, struct json_reader *r, struct object *o, struct error *err) {
    struct json_event e;
    for (;;) {
        TRY(json_next(r, &e, err));
        if (e.kind == JSON_OBJECT_END)
            return IMJIN_OK;
        if (span_is(e.text, "id"))
            TRY(read_text(r, &o->id, err));
        else if (span_is(e.text, "schema"))
            TRY(read_text(r, &o->schema, err));
        else if (span_is(e.text, "properties"))
            TRY(read_properties(b, r, o, err));
        else if (span_is(e.text, "referents"))
            TRY(read_values(b, r, o, "referents", err));
        else {
            if (!is_known_frame(e.text))
                build_note_span(b, LIST_NOTE_UNKNOWN, "member ", e.text);
            TRY(json_skip(r, err));
        }
    }
}

/* ---- what an object says ---- */

static bool is_date(enum list_property p) {
    return p == LIST_BIRTH_DATE || p == LIST_DEATH_DATE || p == LIST_INCORPORATION_DATE || p == LIST_LISTING_DATE ||
           p == LIST_END_DATE;
}

static void say(struct build *b, uint32_t e, const struct object *o, const struct member *m, bool first_name) {
    struct span text = text_of(o, m), currency = member_of(o, "currency");
    for (unsigned i = 0; i < sizeof properties / sizeof *properties; i++) {
        if (strcmp(properties[i].name, m->key) != 0)
            continue;
        struct list_value v = value_of(properties[i].property, text);
        v.strength = properties[i].strength;
        v.primary = first_name;
        v.kind = v.property == LIST_WALLET ? currency : span_of(m->key);
        if (v.property == LIST_NATIONALITY || v.property == LIST_COUNTRY)
            v.country = country_code(text);
        if (v.property == LIST_PASSPORT || v.property == LIST_ID_NUMBER)
            v.country = country_code(member_of(o, "country"));
        if (is_date(v.property))
            build_date(b, e, v.property, text, m->key);
        else
            build_add(b, e, &v);
        return;
    }
    build_put(b, e, LIST_OTHER, text, m->key);
}

static void say_all(struct build *b, uint32_t e, const struct object *o, const char *but) {
    const struct member *m = o->members.items;
    bool named = false;
    for (size_t i = 0; i < o->members.count; i++) {
        bool name = strcmp(m[i].key, "name") == 0;
        if (but == NULL || strcmp(m[i].key, but) != 0)
            say(b, e, o, &m[i], name && !named);
        named = named || name;
    }
}

/* "51", "51.5 %" in 1/10,000. */
static uint16_t share_of(struct span text) {
    uint32_t share = 0, digits = 0, decimals = 0;
    bool point = false;
    for (uint64_t i = 0; i < text.count; i++) {
        char c = text.bytes[i];
        if (c >= '0' && c <= '9' && digits < 3 && decimals < 2) {
            share = share * 10 + (uint32_t)(c - '0');
            digits += !point;
            decimals += point;
        } else if ((c == '.' || c == ',') && !point) {
            point = true;
        } else if (c != ' ' && c != '%' && !(c >= '0' && c <= '9' && point)) {
            return LIST_SHARE_UNKNOWN;
        }
    }
    for (; decimals < 2; decimals++)
        share *= 10;
    return digits && share <= 10000 ? (uint16_t)share : LIST_SHARE_UNKNOWN;
}

static void relate(struct build *b, struct span of, struct span to, enum list_property property, const struct object *o) {
    struct list_value v = value_of(property, to);
    v.kind = member_of(o, "relationship");
    if (v.kind.count == 0)
        v.kind = member_of(o, "role");
    v.share = share_of(member_of(o, "percentage"));
    if (of.count && to.count)
        build_add(b, build_entity(b, of), &v);
}

static bool edge(struct build *b, const struct object *o, struct span schema) {
    for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++)
        if (span_is(schema, edges[i].schema)) {
            struct span from = member_of(o, edges[i].from), to = member_of(o, edges[i].to);
            relate(b, from, to, edges[i].of_from, o);
            relate(b, to, from, edges[i].of_to, o);
            return true;
        }
    return false;
}

static void holder(struct build *b, const struct object *o, struct span schema) {
    static const struct {
        const char *schema;
        enum list_property property;
    } numbers[] = {{"Passport", LIST_PASSPORT}, {"Identification", LIST_ID_NUMBER}};
    for (unsigned i = 0; i < sizeof holders / sizeof *holders; i++) {
        struct span id = member_of(o, holders[i][1]), number = member_of(o, "number");
        if (!span_is(schema, holders[i][0]) || id.count == 0)
            continue;
        uint32_t e = build_entity(b, id);
        for (unsigned n = 0; n < 2; n++)
            if (span_is(schema, numbers[n].schema)) {
                struct list_value v = value_of(numbers[n].property, number);
                v.kind = member_of(o, "type");
                v.country = country_code(member_of(o, "country"));
                build_add(b, e, &v);
                return;
            }
        say_all(b, e, o, holders[i][1]);
    }
}

static enum list_schema schema_of(struct span schema) {
    for (unsigned i = 0; i < LIST_SCHEMAS; i++)
        if (span_is(schema, list_schema_name((enum list_schema)i)))
            return (enum list_schema)i;
    return span_is(schema, "PublicBody") ? LIST_ORGANIZATION : LIST_LEGAL_ENTITY;
}

static void add_object(struct build *b, const struct object *o, uint64_t line) {
    struct span schema = {o->schema.bytes, o->schema.count}, id = {o->id.bytes, o->id.count};
    static const char *const apart[] = {"Sanction", "Passport", "Identification", "Occupancy", "Address", "Position"};
    if (edge(b, o, schema))
        return;
    holder(b, o, schema);
    for (unsigned i = 0; i < sizeof apart / sizeof *apart; i++)
        if (span_is(schema, apart[i]))
            return;
    uint32_t e = build_record(b, id, line);
    build_schema(b, e, schema_of(schema));
    say_all(b, e, o, NULL);
}

/* ---- documents ---- */

struct ftm {
    struct build *b;
    struct json_reader reader;
    struct object object;
};

static enum imjin_status one_object(struct ftm *f, uint64_t line, struct error *err) {
    struct object *o = &f->object;
    text_clear(&o->bytes);
    text_clear(&o->id);
    text_clear(&o->schema);
    o->members.count = 0;
    TRY(read_object(f->b, &f->reader, o, err));
    add_object(f->b, o, line);
    return build_status(f->b, err);
}

static enum imjin_status document(struct ftm *f, struct span text, uint64_t line, struct error *err) {
    struct json_event e;
    bool array = false;
    json_start(&f->reader, f->b->file, text, line);
    for (;;) {
        TRY(json_next(&f->reader, &e, err));
        if (e.kind == JSON_END)
            return IMJIN_OK;
        if (e.kind == JSON_ARRAY_BEGIN && !array)
            array = true;
        else if (e.kind == JSON_OBJECT_BEGIN)
            TRY(one_object(f, line, err));
        else if (e.kind != JSON_ARRAY_END)
            return json_fail(&f->reader, e.offset, err, "an entity, {\"id\": ..., \"schema\": ...}, belongs here");
    }
}

static enum imjin_status whole(struct ftm *f, struct input *in, struct text *t, struct error *err) {
    char room[4096];
    uint64_t count = 1;
    t->bytes_max = FTM_DOCUMENT_MAX;
    while (count) {
        TRY(input_read(in, room, sizeof room, &count, err));
        text_add(t, room, count);
        TRY(text_status(t, err));
    }
    return document(f, (struct span){t->bytes, t->count}, 1, err);
}

static enum imjin_status lines(struct ftm *f, struct line_reader *r, struct error *err) {
    struct text_line line;
    for (;;) {
        TRY(line_next(r, &line, err));
        if (line.text.bytes == NULL)
            return IMJIN_OK;
        TRY(document(f, line.text, line.line, err));
    }
}

static enum imjin_status read_lines(struct ftm *f, struct window *w, struct error *err) {
    struct line_reader r;
    enum imjin_status status = line_reader_init(&r, w, err);
    if (status != IMJIN_OK) {
        window_done(w);
        return status;
    }
    status = lines(f, &r, err);
    line_reader_done(&r);
    return status;
}

/* An array, or an object over several lines, is one document: its first line does not end an object. */
static bool is_one_document(const struct window *w) {
    struct span s = {w->bytes, w->count};
    s = span_trim(s);
    uint64_t end = 0;
    while (end < s.count && s.bytes[end] != '\n' && s.bytes[end] != '\r')
        end++;
    return s.count && (s.bytes[0] == '[' || end == 0 || s.bytes[end - 1] != '}');
}

static enum imjin_status read_either(struct ftm *f, struct input *in, struct error *err) {
    struct window w;
    struct text t = {0};
    bool full;
    TRY(window_init(&w, in, CSV_ROW_BYTES_MAX, err));
    enum imjin_status status = window_more(&w, 0, &full, err);
    if (status == IMJIN_OK && !is_one_document(&w))
        return read_lines(f, &w, err);
    t.bytes_max = FTM_DOCUMENT_MAX;
    text_add(&t, w.bytes, w.count);
    window_done(&w);
    if (status == IMJIN_OK)
        status = whole(f, in, &t, err);
    text_done(&t);
    return status;
}

enum imjin_status read_ftm(struct build *b, struct input *in, struct error *err) {
    struct ftm *f = memory_new(1, sizeof *f);
    if (f == NULL)
        return fail_memory(err, "reading JSON");
    f->b = b;
    f->object.members =
        (struct buffer){.item_bytes = sizeof(struct member), .items_max = 1 << 20, .what = "values of an entity"};
    enum imjin_status status = read_either(f, in, err);
    json_reader_done(&f->reader);
    text_done(&f->object.bytes);
    text_done(&f->object.id);
    text_done(&f->object.schema);
    buffer_done(&f->object.members);
    memory_free(f);
    return status;
}
