#include "list/read.h"

/* Canada: the Consolidated Canadian Autonomous Sanctions List (SEMA, JVCFOA). Since August 2026 the tags are bilingual,
 * "LastName-NomDeFamille"; before, they were the part in front of the hyphen. Records carry no id: country, schedule and item
 * name them. */

static enum xml_take ca_open(void *context, struct xml_node *e) {
    (void)context;
    return e->depth == 0 ? XML_ENTER : XML_TREE;
}

static struct span field(struct xml_node *r, const char *name) {
    uint64_t length = strlen(name);
    for (struct xml_node *c = r->first; c; c = c->next)
        if (text_begins(c->name, name) && (c->name.count == length || c->name.bytes[length] == '-')) {
            c->seen = c->text_seen = true;
            return c->text;
        }
    return (struct span){NULL, 0};
}

/* "Belarus / Bélarus" in English. */
static struct span english(struct span s) {
    struct span first = s;
    return text_split(&s, " / ", &first) ? first : s;
}

static void names(struct build *b, uint32_t e, struct xml_node *r, struct text *t) {
    struct span entity = field(r, "EntityOrShip"), rest = field(r, "Aliases"), alias;
    text_clear(t);
    read_join_part(t, field(r, "GivenName"), " ");
    read_join_part(t, field(r, "LastName"), " ");
    build_schema(b, e, t->count ? LIST_PERSON : field(r, "ShipIMONumber").count ? LIST_VESSEL : LIST_ORGANIZATION);
    build_name(b, e, t->count ? (struct span){t->bytes, t->count} : english(entity), LIST_STRONG, true, "primary");
    if (entity.count && english(entity).count != entity.count)
        build_name(b, e, text_after(entity, english(entity).count + 3), LIST_STRONG, false, "French");
    while (rest.count && text_split(&rest, ";", &alias))
        build_name(b, e, alias, LIST_STRONG, false, "alias");
}

static enum imjin_status ca_tree(void *context, struct xml_node *r, struct error *err) {
    struct build *b = context;
    struct text t = {0};
    if (!span_is(r->name, "record")) {
        build_note_span(b, LIST_NOTE_UNKNOWN, "/", r->name);
        return build_status(b, err);
    }
    struct span country = english(field(r, "Country")), schedule = field(r, "Schedule"), item = field(r, "Item");
    if (country.count + schedule.count + item.count) {
        read_join_part(&t, country, "/");
        read_join_part(&t, schedule, "/");
        read_join_part(&t, item, "/");
    }
    uint32_t e = build_numbered(b, build_id(b, "ca", (struct span){t.bytes, t.count}));
    names(b, e, r, &t);
    build_put(b, e, LIST_PROGRAM, country, NULL);
    build_put(b, e, LIST_LEGAL_BASIS, schedule, "schedule");
    build_put(b, e, LIST_OTHER, item, "item");
    build_put(b, e, LIST_TITLE, field(r, "TitleOrShip"), NULL);
    build_put(b, e, LIST_TITLE, field(r, "Title"), NULL);
    build_put(b, e, LIST_IMO_NUMBER, field(r, "ShipIMONumber"), NULL);
    build_date(b, e, text_same(field(r, "EntityOrShip"), "") ? LIST_BIRTH_DATE : LIST_OTHER,
               field(r, "DateOfBirthOrShipBuildDate"), NULL);
    build_date(b, e, LIST_BIRTH_DATE, field(r, "DateOfBirth"), NULL);
    build_date(b, e, LIST_LISTING_DATE, field(r, "DateOfListing"), NULL);
    build_note_unseen(b, r, "/record");
    return read_done(b, &t, err);
}

enum imjin_status read_ca_xml(struct build *b, struct input *in, struct error *err) {
    struct xml_handler handler = {b, ca_open, ca_tree};
    return xml_read(in, &handler, err);
}
