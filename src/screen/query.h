/* Inside the room: how a query is put together. */
#ifndef IMJIN_SCREEN_QUERY_H
#define IMJIN_SCREEN_QUERY_H

#include "screen/screen.h"

/* A query that grows value by value. Texts are copied to the arena. */
struct screen_draft {
    struct arena *arena;
    struct screen_value values[SCREEN_VALUES_MAX];
    struct screen_note notes[SCREEN_NOTES_MAX];
    uint32_t value_count, note_count;
    enum list_schema schema;
    struct span reference;
    bool too_many;
};
void screen_draft_begin(struct screen_draft *d, struct arena *a);
/* An empty text adds nothing. A value that cannot be understood adds a note and nothing else. */
enum imjin_status screen_draft_add(struct screen_draft *d, enum screen_field field, struct span text, struct error *err);
enum imjin_status screen_draft_end(const struct screen_draft *d, struct screen_query *ret, struct error *err);

/* The field of a column or member name ("dob", "birthDate", "passportNumber"); SCREEN_FIELDS when it is none. */
enum screen_field screen_field_named(struct span name);

#endif
