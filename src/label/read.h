/* Readers of label files, for label's own files alone: each adds what a file holds to a set. */
#ifndef IMJIN_LABEL_READ_H
#define IMJIN_LABEL_READ_H

#include "label/set.h"

struct label_reading {
    struct label_set *set;
    const char *path;
    const char *chain;                                    /* of tags that name none; "" */
    void (*skip)(void *context, const struct error *why); /* null: the first bad tag ends the import */
    void *context;
    struct label_import_result result;
};

enum imjin_status label_read_pack(struct label_reading *r, struct span document, struct error *err); /* TagPack, ActorPack */
enum imjin_status label_read_csv(struct label_reading *r, struct span document, struct error *err);

/* The fields of a tag as text, before they are understood. */
enum tag_field {
    FIELD_ADDRESS,
    FIELD_LABEL,
    FIELD_CATEGORY,
    FIELD_CONFIDENCE,
    FIELD_SOURCE,
    FIELD_CHAIN,
    FIELD_CURRENCY,
    FIELD_ACTOR,
    FIELD_ABUSE,
    FIELD_DATE,
    FIELD_DEFINER,
    FIELD_CONCEPT,
    FIELD_PACK,
    TAG_FIELDS,
};
/* Understands the fields and adds the tag. A failure goes to r->skip when there is one and the status is then IMJIN_OK; memory
 * failures always come back. `line` is where the tag stands. */
enum imjin_status label_add_fields(struct label_reading *r, const struct span fields[TAG_FIELDS], uint8_t confidence,
                                   uint64_t line, struct error *err);

#endif
