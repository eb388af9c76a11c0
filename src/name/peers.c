#include "name/inside.h"

enum imjin_status name_compare_mode(enum name_mode mode, struct span query, struct span candidate, uint16_t *ret_score,
                                    struct error *err) {
    const struct name *q, *c;
    struct arena a = {0};
    (void)mode;
    enum imjin_status status = name_parse(&q, query, NAME_ANY, &a, err);
    if (status == IMJIN_OK)
        status = name_parse(&c, candidate, NAME_ANY, &a, err);
    if (status == IMJIN_OK)
        *ret_score = name_compare(q, c, NULL);
    arena_done(&a);
    return status;
}
