#include "list/build.h"

static const char sources[] =
#include "list/list_sources.inc"
    ;

bool list_source_at(unsigned index, struct list_source *ret) {
    struct span rest = {sources, sizeof sources - 1}, line, cells[4];
    for (unsigned i = 0; text_split(&rest, "\n", &line); i++) {
        if (i != index + 1 || line.count == 0)
            continue; /* the first is the heading */
        for (unsigned c = 0; c < 4; c++)
            if (!text_split(&line, ",", &cells[c]))
                return false;
        *ret = (struct list_source){cells[0], cells[1], cells[2], cells[3]};
        return true;
    }
    return false;
}
