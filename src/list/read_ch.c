#include "list/read.h"

/* Switzerland: SECO's swiss-sanctions-list. Delisted targets stay in the file, with a modification that says when: a target is
 * delisted when its newest end date is not before its newest listing date. */

struct swiss {
    struct build *b;
    struct buffer sets; /* of struct sanctions_set */
    struct text t;
};
struct sanctions_set {
    uint32_t id, program, basis; /* strings */
};

static enum xml_take ch_open(void *context, struct xml_node *e) {
    struct swiss *s = context;
    int32_t to;
    if (e->depth == 0 && !list_day_parse(xml_attribute(e, "date"), &s->b->published, &to))
        s->b->published = LIST_DAY_NONE;
    return e->depth == 0 ? XML_ENTER : XML_TREE;
}

/* The child in English, else the first. */
static struct span in_english(struct xml_node *n, const char *name) {
    struct span text = xml_text(n, name);
    for (struct xml_node *c = xml_child(n, name); c; c = xml_next(c))
        if (text_same(xml_attribute(c, "lang"), "eng"))
            text = xml_text(c, NULL);
    return text;
}

static uint32_t keep(struct swiss *s, struct span text) {
    text_clear(&s->t);
    text_add(&s->t, text.bytes, text.count);
    return s->t.bytes ? build_text(s->b, s->t.bytes) : 0;
}

static enum imjin_status program(struct swiss *s, struct xml_node *p, struct error *err) {
    struct sanctions_set set = {.program = keep(s, in_english(p, "program-key")),
                                .basis = keep(s, in_english(p, "program-name"))};
    for (struct xml_node *n = xml_child(p, "sanctions-set"); n; n = xml_next(n)) {
        set.id = keep(s, xml_attribute(n, "ssid"));
        TRY(buffer_push(&s->sets, &set, NULL, err));
    }
    return build_status(s->b, err);
}

static void sets(struct swiss *s, uint32_t e, struct xml_node *r) {
    const struct sanctions_set *rows = s->sets.items;
    (void)xml_attribute(r, "sanctions-set-id");
    for (struct xml_node *n = xml_child(r, "sanctions-set-id"); n; n = xml_next(n)) {
        bool found = false;
        for (size_t i = 0; i < s->sets.count; i++)
            if (span_equal(build_string(s->b, rows[i].id), xml_text(n, NULL))) {
                struct list_value v = value_of(LIST_PROGRAM, build_string(s->b, rows[i].program));
                uint32_t basis = rows[i].basis;
                found = true;
                text_clear(&s->t); /* what is interned may move while another text is */
                text_add(&s->t, v.text.bytes, v.text.count);
                build_put(s->b, e, LIST_PROGRAM, (struct span){s->t.bytes, s->t.count}, NULL);
                text_clear(&s->t);
                v.text = build_string(s->b, basis);
                text_add(&s->t, v.text.bytes, v.text.count);
                build_put(s->b, e, LIST_LEGAL_BASIS, (struct span){s->t.bytes, s->t.count}, NULL);
                break;
            }
        if (!found)
            build_note(s->b, LIST_NOTE_ODD, "sanctions sets that no programme describes");
    }
}

/* One name from its parts, with `changed` (may be null) in the place of its parent's value. */
static struct span name_with(struct swiss *s, struct xml_node *name, const struct xml_node *changed) {
    text_clear(&s->t);
    for (struct xml_node *p = xml_child(name, "name-part"); p; p = xml_next(p))
        read_join_part(&s->t, changed && changed->parent == p ? changed->text : xml_text(p, "value"), " ");
    return (struct span){s->t.bytes, s->t.count};
}

/* One name from the variants of its parts in one script; parts without one are left out. */
static struct span name_in_script(struct swiss *s, struct xml_node *name, struct span script) {
    text_clear(&s->t);
    for (struct xml_node *p = xml_child(name, "name-part"); p; p = xml_next(p))
        for (struct xml_node *v = xml_child(p, "spelling-variant"); v; v = xml_next(v))
            if (span_equal(xml_attribute(v, "script"), script)) {
                read_join_part(&s->t, xml_text(v, NULL), " ");
                break;
            }
    return (struct span){s->t.bytes, s->t.count};
}

static void name(struct swiss *s, uint32_t e, struct xml_node *n) {
    struct span type = xml_attribute(n, "name-type");
    struct list_value v = value_of(LIST_NAME, name_with(s, n, NULL));
    v.kind = type;
    v.primary = text_same(type, "primary-name");
    v.strength = text_contains(type, "former")                   ? LIST_FORMER
                 : text_same(xml_attribute(n, "quality"), "low") ? LIST_WEAK
                                                                 : LIST_STRONG;
    v.language = xml_attribute(n, "lang");
    build_add(s->b, e, &v);
    v.primary = false;
    for (struct xml_node *p = xml_child(n, "name-part"); p; p = xml_next(p)) {
        (void)xml_attribute(p, "order");
        (void)xml_attribute(p, "name-part-type");
        for (struct xml_node *x = xml_child(p, "spelling-variant"); x; x = xml_next(x)) {
            struct span script = xml_attribute(x, "script"), language = xml_attribute(x, "lang");
            v.language = language.count ? language : script;
            (void)xml_text(x, NULL);
            v.text = script.count == 0 || text_same(script, "LATN") ? name_with(s, n, x) : name_in_script(s, n, script);
            build_add(s->b, e, &v);
        }
    }
}

static void date(struct swiss *s, uint32_t e, struct xml_node *d, enum list_property property) {
    struct span year = xml_attribute(d, "year"), month = xml_attribute(d, "month"), day = xml_attribute(d, "day");
    text_clear(&s->t);
    if (day.count && month.count)
        text_add_format(&s->t, "%.*s/", (int)day.count, day.bytes);
    if (month.count)
        text_add_format(&s->t, "%.*s/", (int)month.count, month.bytes);
    text_add(&s->t, year.bytes, year.count);
    build_date(s->b, e, property, (struct span){s->t.bytes, s->t.count}, NULL);
    (void)xml_attribute(d, "quality");
    (void)xml_attribute(d, "calendar");
}

static void place(struct swiss *s, uint32_t e, struct xml_node *p, enum list_property property) {
    static const char *const parts[] = {"address-details", "p-o-box", "zip-code", "location", "area", "country"};
    read_with_country(s->b, e, property, read_join(&s->t, p, parts, 6, ", "),
                      xml_attribute(xml_child(p, "country"), "iso-code"), NULL);
    build_put(s->b, e, LIST_NOTES, xml_text(p, "remark"), "place");
    (void)xml_attribute(p, "main");
}

static void document(struct swiss *s, uint32_t e, struct xml_node *d) {
    struct span country = xml_attribute(xml_child(d, "issuer"), "code");
    (void)xml_text(d, "issuer");
    build_identifier(s->b, e, xml_attribute(d, "document-type"), xml_text(d, "number"), country);
    build_put(s->b, e, LIST_NOTES, xml_text(d, "remark"), "document");
    build_put(s->b, e, LIST_NOTES, xml_text(d, "date-of-issue"), "date of issue");
    build_put(s->b, e, LIST_NOTES, xml_text(d, "expiry-date"), "date of expiry");
}

static void identity(struct swiss *s, uint32_t e, struct xml_node *i) {
    (void)xml_attribute(i, "main");
    for (struct xml_node *n = xml_child(i, "name"); n; n = xml_next(n))
        name(s, e, n);
    for (struct xml_node *n = xml_child(i, "day-month-year"); n; n = xml_next(n))
        date(s, e, n, LIST_BIRTH_DATE);
    for (struct xml_node *n = xml_child(i, "place-of-birth"); n; n = xml_next(n))
        place(s, e, n, LIST_BIRTH_PLACE);
    for (struct xml_node *n = xml_child(i, "address"); n; n = xml_next(n))
        place(s, e, n, LIST_ADDRESS);
    for (struct xml_node *n = xml_child(i, "nationality"); n; n = xml_next(n))
        read_with_country(s->b, e, LIST_NATIONALITY, xml_text(n, "country"), xml_attribute(xml_child(n, "country"), "iso-code"),
                          NULL);
    for (struct xml_node *n = xml_child(i, "identification-document"); n; n = xml_next(n))
        document(s, e, n);
}

static void modification(struct swiss *s, uint32_t e, struct xml_node *m) {
    struct span type = xml_attribute(m, "modification-type"), day = xml_attribute(m, "effective-date");
    if (day.count == 0)
        day = xml_attribute(m, "publication-date");
    if (text_same(type, "listed"))
        build_date(s->b, e, LIST_LISTING_DATE, day, NULL);
    else if (text_same(type, "de-listed"))
        build_date(s->b, e, LIST_END_DATE, day, NULL);
    else
        build_put(s->b, e, LIST_OTHER, day, "amended");
    xml_ignore(m); /* what was added or removed stands in the target as it is now */
}

static void subject(struct swiss *s, uint32_t e, struct xml_node *n) {
    build_put(s->b, e, LIST_GENDER, xml_attribute(n, "sex"), NULL);
    for (struct xml_node *i = xml_child(n, "identity"); i; i = xml_next(i))
        identity(s, e, i);
    for (struct xml_node *i = xml_child(n, "justification"); i; i = xml_next(i))
        build_put(s->b, e, LIST_NOTES, xml_text(i, NULL), "justification");
    for (struct xml_node *i = xml_child(n, "other-information"); i; i = xml_next(i))
        build_put(s->b, e, LIST_NOTES, xml_text(i, NULL), NULL);
    for (struct xml_node *i = xml_child(n, "relation"); i; i = xml_next(i)) {
        struct span id = xml_attribute(i, "target-id"), type = xml_attribute(i, "relation-type");
        struct list_value v = value_of(text_contains(type, "owned")    ? LIST_OWNER
                                       : text_contains(type, "family") ? LIST_FAMILY
                                                                       : LIST_ASSOCIATE,
                                       build_id(s->b, "ch", id));
        v.kind = type;
        build_add(s->b, e, &v);
        build_put(s->b, e, LIST_NOTES, xml_text(i, "remark"), "relation");
    }
}

static enum imjin_status target(struct swiss *s, struct xml_node *r, struct error *err) {
    static const struct {
        const char *name;
        enum list_schema schema;
    } kinds[] = {{"individual", LIST_PERSON}, {"entity", LIST_ORGANIZATION}, {"object", LIST_VESSEL}};
    uint32_t e = build_record(s->b, build_id(s->b, "ch", xml_attribute(r, "ssid")), r->line);
    sets(s, e, r);
    for (unsigned i = 0; i < 3; i++)
        for (struct xml_node *n = xml_child(r, kinds[i].name); n; n = xml_next(n)) {
            struct span type = xml_attribute(n, "object-type");
            build_schema(s->b, e, i == 2 && text_contains(type, "aircraft") ? LIST_AIRPLANE : kinds[i].schema);
            subject(s, e, n);
        }
    for (struct xml_node *n = xml_child(r, "foreign-identifier"); n; n = xml_next(n))
        build_put(s->b, e, LIST_OTHER, xml_text(n, NULL), "foreign identifier");
    for (struct xml_node *n = xml_child(r, "modification"); n; n = xml_next(n))
        modification(s, e, n);
    xml_ignore_named(r, "ssid");
    build_note_unseen(s->b, r, "/target");
    TRY(text_status(&s->t, err));
    return build_status(s->b, err);
}

static enum imjin_status ch_tree(void *context, struct xml_node *r, struct error *err) {
    struct swiss *s = context;
    if (span_is(r->name, "sanctions-program"))
        return program(s, r, err);
    if (span_is(r->name, "target"))
        return target(s, r, err);
    build_note_span(s->b, LIST_NOTE_UNKNOWN, "/", r->name);
    return build_status(s->b, err);
}

enum imjin_status read_ch_xml(struct build *b, struct input *in, struct error *err) {
    struct swiss s = {.b = b,
                      .sets = {.item_bytes = sizeof(struct sanctions_set), .items_max = 1 << 16, .what = "sanctions sets"}};
    struct xml_handler handler = {&s, ch_open, ch_tree};
    enum imjin_status status = xml_read(in, &handler, err);
    buffer_done(&s.sets);
    text_done(&s.t);
    return status;
}
