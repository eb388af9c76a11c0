#include "list/read.h"

/* The four tables of OFAC's SDN and consolidated lists: https://ofac.treasury.gov/sdn-list-data-formats-data-schemas. They have
 * no header and are told apart by their width. A remark longer than a cell goes on in the table of comments, so remarks are
 * gathered first and read when all files are. */

enum { MAIN_COLUMNS = 12, ALIAS_COLUMNS = 5, ADDRESS_COLUMNS = 6, COMMENT_COLUMNS = 2, REMARK_CELL_MAX = 1000 };

static enum list_schema schema_of(struct span type) {
    if (text_same(type, "individual"))
        return LIST_PERSON;
    if (text_same(type, "vessel"))
        return LIST_VESSEL;
    return text_same(type, "aircraft") ? LIST_AIRPLANE : LIST_ORGANIZATION;
}

/* "SDGT] [IFSR" are two programmes. */
static void programs(struct build *b, uint32_t e, struct span rest) {
    struct span program;
    while (text_split(&rest, "] [", &program))
        build_put(b, e, LIST_PROGRAM, program, NULL);
}

static void main_row(struct build *b, const struct table *t) {
    static const struct {
        unsigned column;
        enum list_property property;
        const char *kind;
    } cells[] = {{4, LIST_TITLE, NULL},
                 {5, LIST_CALL_SIGN, NULL},
                 {6, LIST_OTHER, "Vessel Type"},
                 {7, LIST_OTHER, "Tonnage"},
                 {8, LIST_OTHER, "Gross Registered Tonnage"},
                 {9, LIST_COUNTRY, "Vessel Flag"},
                 {10, LIST_OTHER, "Vessel Owner"}};
    uint32_t e = build_record(b, build_id(b, "ofac", table_field(t, 0)), t->row->line);
    build_schema(b, e, schema_of(table_field(t, 2)));
    build_name(b, e, table_field(t, 1), LIST_STRONG, true, "primary");
    programs(b, e, table_field(t, 3));
    for (unsigned i = 0; i < sizeof cells / sizeof *cells; i++)
        build_put(b, e, cells[i].property, table_field(t, cells[i].column), cells[i].kind);
    build_remark(b, e, table_field(t, 11), true);
}

static void alias_row(struct build *b, const struct table *t) {
    uint32_t e = build_entity(b, build_id(b, "ofac", table_field(t, 0)));
    struct span type = table_field(t, 2);
    enum list_strength strength = text_same(type, "fka") ? LIST_FORMER : LIST_STRONG;
    build_name(b, e, table_field(t, 3), strength, false,
               text_same(type, "fka")   ? "fka"
               : text_same(type, "nka") ? "nka"
                                        : "aka");
    build_put(b, e, LIST_NOTES, table_field(t, 4), "alias");
}

static void address_row(struct build *b, const struct table *t) {
    struct text whole = {0};
    uint32_t e = build_entity(b, build_id(b, "ofac", table_field(t, 0)));
    for (unsigned i = 2; i < 5; i++)
        read_join_part(&whole, table_field(t, i), ", ");
    read_with_country(b, e, LIST_ADDRESS, (struct span){whole.bytes, whole.count}, table_field(t, 4), NULL);
    build_put(b, e, LIST_NOTES, table_field(t, 5), "address");
    text_done(&whole);
}

static enum imjin_status row(void *context, struct table *t, struct error *err) {
    struct build *b = context;
    switch (t->row->count) {
    case MAIN_COLUMNS:
        main_row(b, t);
        break;
    case ALIAS_COLUMNS:
        alias_row(b, t);
        break;
    case ADDRESS_COLUMNS:
        address_row(b, t);
        break;
    case COMMENT_COLUMNS: {
        uint32_t e = build_entity(b, build_id(b, "ofac", table_field(t, 0)));
        build_remark(b, e, t->row->fields[1], false);
        break;
    }
    default:
        return fail_value(err, b->file, t->row->line, NULL, NULL, 0,
                          "a row has %u columns; OFAC's tables have 12 (names), 5 (aliases), 6 (addresses) or 2 (comments)",
                          t->row->count);
    }
    return build_status(b, err);
}

enum imjin_status read_ofac_csv(struct build *b, struct input *in, struct error *err) {
    return table_read(b, in, ',', row, b, err);
}
