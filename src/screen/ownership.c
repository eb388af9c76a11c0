#include <stdlib.h>

#include "screen/set.h"

static int by_entity_then_share(const void *a, const void *b) {
    const struct screen_owner *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    bool x_known = x->share != LIST_SHARE_UNKNOWN, y_known = y->share != LIST_SHARE_UNKNOWN;
    if (x_known != y_known)
        return x_known ? -1 : 1;
    if (x->share != y->share)
        return x->share > y->share ? -1 : 1;
    return x->entity < y->entity ? -1 : x->entity > y->entity;
}

/* A record that only relations speak of has no name and is nobody who is listed. */
static bool is_listed(const struct screen_set *s, uint32_t entity, int32_t today) {
    struct list_value end = screen_entity_property(s, entity, LIST_END_DATE);
    bool ended = end.text.count && end.day_from != LIST_DAY_NONE && (today == LIST_DAY_NONE || end.day_to <= today);
    return !ended && screen_entity_name(s, entity).count > 0;
}

static enum imjin_status add_owners(struct buffer *owners, const struct screen_set *s, uint32_t entity, int32_t today,
                                    struct error *err) {
    struct screen_entity e = screen_entity_at(s, entity);
    for (uint32_t i = 0; i < e.record.value_count; i++) {
        struct list_value v = set_value(s, entity, i);
        uint64_t index;
        if (v.property != LIST_OWNER || !list_find(s->sources[e.source].list, v.text, &index))
            continue;
        struct screen_owner o = {.entity = s->bases[e.source] + (uint32_t)index, .share = v.share};
        o.first = screen_same_first(s, o.entity);
        if (o.first != screen_same_first(s, entity) && is_listed(s, o.entity, today))
            TRY(buffer_push(owners, &o, NULL, err));
    }
    return IMJIN_OK;
}

/* Of several statements about one owner the first in order stands: the largest share that is known. */
static void add_up(struct screen_ownership *ret, struct screen_owner *owners, size_t count) {
    bool unknown = false;
    for (size_t i = 0; i < count; i++) {
        if (i && owners[i].first == owners[i - 1].first)
            continue;
        unknown |= owners[i].share == LIST_SHARE_UNKNOWN;
        ret->sum += owners[i].share == LIST_SHARE_UNKNOWN ? 0 : owners[i].share;
        ret->owners[ret->count++] = owners[i];
    }
    ret->rule = ret->sum >= SCREEN_HALF ? SCREEN_OWNED_HALF
                : unknown               ? SCREEN_OWNED_OR_CONTROLLED
                : ret->count            ? SCREEN_OWNED_LESS
                                        : SCREEN_NOT_OWNED;
}

enum imjin_status screen_ownership_of(struct screen_ownership *ret, const struct screen_set *s, uint32_t entity, int32_t today,
                                      struct arena *a, struct error *err) {
    struct buffer owners = {.item_bytes = sizeof(struct screen_owner), .items_max = UINT32_MAX, .what = "owners"};
    struct screen_ownership result = {.rule = SCREEN_NOT_OWNED};
    enum imjin_status status = IMJIN_OK;
    const uint32_t *members;
    uint32_t count;
    screen_same(s, entity, &members, &count);
    if (count == 0) { /* an entity that stands alone is in no group */
        members = &entity;
        count = 1;
    }
    for (uint32_t i = 0; i < count && status == IMJIN_OK; i++)
        status = add_owners(&owners, s, members[i], today, err);
    if (status == IMJIN_OK && owners.count) {
        qsort(owners.items, owners.count, owners.item_bytes, by_entity_then_share);
        result.owners = arena_new(a, owners.count, sizeof *result.owners);
        status = result.owners ? IMJIN_OK : fail_memory(err, "owners");
    }
    if (status == IMJIN_OK && owners.count)
        add_up(&result, owners.items, owners.count);
    buffer_done(&owners);
    if (status == IMJIN_OK)
        *ret = result;
    return status;
}

const char *screen_ownership_name(enum screen_ownership_rule rule) {
    static const char *const names[] = {"not owned", "less than half", "owned or controlled", "half or more"};
    return names[rule];
}
