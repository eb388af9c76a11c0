#include "list/build.h"

#include <stdio.h>

/* What can be said when all records are there. */
void build_finish(struct build *b) {
    const struct build_entity *entities = b->entities.items;
    for (size_t i = 0; i < b->entities.count && b->status == IMJIN_OK; i++)
        if (!entities[i].described)
            build_note(b, LIST_NOTE_ODD, "ids without a main record in the files given");
}
