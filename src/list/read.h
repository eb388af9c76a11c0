/* The readers of formats. Each reads one whole file into a builder; what it does not know it notes. */
#ifndef IMJIN_LIST_READ_H
#define IMJIN_LIST_READ_H

#include "list/build.h"

enum read_format {
    READ_UN_XML = 0,
    READ_OFAC_ENHANCED,
    READ_OFAC_DELTA,
    READ_OFAC_SDN,
    READ_OFAC_ADVANCED,
    READ_OFAC_CSV,
    READ_EU_XML,
    READ_EU_CSV,
    READ_UK_XML,
    READ_UK_CSV,
    READ_CH_XML,
    READ_CA_XML,
    READ_CSL_CSV,
    READ_DPL,
    READ_FTM,
    READ_CSV,
    READ_WALLETS,
    READ_FORMATS,
};
struct format_reader {
    struct list_format format;
    enum imjin_status (*read)(struct build *b, struct input *in, struct error *err);
    bool delta; /* changes to the version before */
};
const struct format_reader *format_reader_at(enum read_format format);
/* READ_FORMATS when no format has that name. */
enum read_format format_find(const char *name);
/* Tells the format by the beginning of a file. IMJIN_BAD_INPUT says what it looks like when it is no list. */
enum imjin_status format_detect(enum read_format *ret, const char *path, struct error *err);

typedef enum imjin_status list_reader(struct build *b, struct input *in, struct error *err);
list_reader read_un_xml, read_ofac_enhanced, read_ofac_delta, read_ofac_sdn, read_ofac_advanced, read_ofac_csv, read_eu_xml,
    read_eu_csv, read_uk_xml, read_uk_csv, read_ch_xml, read_ca_xml, read_csl_csv, read_dpl, read_ftm, read_csv, read_wallets;

/* Statements of OFAC's remarks: "DOB 28 Jul 1963; POB Belize; Passport P1 (Belize); Linked To: X." */
void read_remarks(struct build *b, uint32_t entity, struct span text);

/* Which relation OFAC calls so; LIST_ASSOCIATE when it is none of those known. */
enum list_property relation_of_type(struct span type);

/* A value of one property without anything else. */
static inline struct list_value value_of(enum list_property property, struct span text) {
    return (struct list_value){
        .property = property, .share = LIST_SHARE_UNKNOWN, .day_from = LIST_DAY_NONE, .day_to = LIST_DAY_NONE, .text = text};
}
/* With a country, or as one: its code where the name is known. */
void read_with_country(struct build *b, uint32_t e, enum list_property property, struct span text, struct span country,
                       const char *kind);
void read_country(struct build *b, uint32_t e, enum list_property property, struct span name, const char *kind);
/* The texts of children joined: what is empty leaves no gap. The text belongs to `t`. */
struct span read_join(struct text *t, struct xml_node *n, const char *const *names, unsigned count, const char *between);
void read_join_part(struct text *t, struct span part, const char *between);
/* Reads the root's children: those that a reader wants whole are the records. Ends what the builder has gathered. */
enum imjin_status read_done(struct build *b, struct text *t, struct error *err);

/* ---- tables ---- */

struct table {
    struct build *b;
    struct csv_reader *csv;
    const struct csv_row *row; /* the one being read */
    char separator;
};
/* Reads the rows of a table one by one. Every field must be UTF-8. A row of nothing but DOS's end-of-file byte is passed over.
 */
enum imjin_status table_read(struct build *b, struct input *in, char separator,
                             enum imjin_status (*row)(void *context, struct table *t, struct error *err), void *context,
                             struct error *err);
/* A field trimmed, OFAC's "-0-" as empty; empty when the row is shorter. */
struct span table_field(const struct table *t, unsigned column);

#endif
