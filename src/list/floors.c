#include "list/store.h"

#include <stdio.h>

static bool below(uint64_t fresh, uint64_t last) {
    return last >= LIST_FLOOR_SMALL && fresh * 100 < last * (uint64_t)LIST_FLOOR_PERCENT;
}

static bool has_letter_or_digit(struct span name) {
    bool found = false;
    for (uint64_t i = 0; i < name.count; i++) {
        unsigned char c = (unsigned char)name.bytes[i];
        found = found || c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
    }
    return found;
}

/* Nothing could ever match such a name. */
static enum imjin_status check_names(const struct list *l, struct error *err) {
    for (uint64_t i = 0; i < list_entities(l); i++) {
        struct list_entity e = list_entity_at(l, i);
        for (uint64_t v = e.value_first; v < e.value_first + e.value_count; v++) {
            struct list_value value = list_value_at(l, v);
            if (value.property == LIST_NAME && !has_letter_or_digit(value.text))
                return fail_value(err, NULL, 0, "name", value.text.bytes, value.text.count,
                                  "a name of %.*s holds neither a letter nor a digit: nothing could ever match it",
                                  (int)(e.id.count > 80 ? 80 : e.id.count), e.id.bytes);
        }
    }
    return IMJIN_OK;
}

static uint64_t ids_met_again(const struct list *fresh, const struct list *last) {
    uint64_t met = 0, index;
    for (uint64_t i = 0; i < list_entities(last); i++)
        met += list_find(fresh, list_entity_at(last, i).id, &index);
    return met;
}

static enum imjin_status refuse(struct error *err, const char *what, uint64_t fresh, uint64_t last) {
    return fail(err, IMJIN_BAD_INPUT,
                "%s: %llu, the version that serves has %llu; if the publisher means it, say --accept-shrink REASON", what,
                (unsigned long long)fresh, (unsigned long long)last);
}

static enum imjin_status check_counts(const struct list *fresh, const struct list *last, struct error *err) {
    char what[120];
    uint64_t met = ids_met_again(fresh, last);
    if (below(list_entities(fresh), list_entities(last)))
        return refuse(err, "far fewer records", list_entities(fresh), list_entities(last));
    if (list_entities(last) >= LIST_FLOOR_SMALL && met * 100 < list_entities(last) * (uint64_t)LIST_FLOOR_IDS_PERCENT)
        return refuse(err, "another list: of the records that serve, few are in it", met, list_entities(last));
    const struct list_info *f = list_info(fresh), *l = list_info(last);
    bool same_format = span_equal(f->format, l->format); /* another format of the same list says less or more */
    for (unsigned p = 0; p < LIST_PROPERTIES; p++)
        if (same_format && below(f->filled[p], l->filled[p])) {
            snprintf(what, sizeof what, "far fewer records with a value of \"%s\"", list_property_name((enum list_property)p));
            return refuse(err, what, f->filled[p], l->filled[p]);
        }
    return IMJIN_OK;
}

/* The names of the known sources are those of their publishers from the first version on. */
static enum imjin_status check_known_name(const struct list_info *f, const char *name, struct error *err) {
    struct list_source source;
    for (unsigned i = 0; list_source_at(i, &source); i++)
        if (span_is(source.name, name) && !span_equal(source.publisher, f->publisher))
            return fail(err, IMJIN_BAD_INPUT,
                        "\"%s\" is the name of the list of \"%.*s\", this file is of \"%.*s\": use another name", name,
                        (int)source.publisher.count, source.publisher.bytes, (int)f->publisher.count, f->publisher.bytes);
    return IMJIN_OK;
}

enum imjin_status floors_check(const struct list *fresh, const struct list *last, const char *name, const char *accept_shrink,
                               struct error *err) {
    const struct list_info *f = list_info(fresh);
    if (f->filled[LIST_NAME] == 0 && f->filled[LIST_WALLET] == 0)
        return fail(err, IMJIN_BAD_INPUT, "none of %llu records has a name or a wallet",
                    (unsigned long long)list_entities(fresh));
    TRY(check_names(fresh, err));
    if (last == NULL)
        return check_known_name(f, name, err);
    const struct list_info *l = list_info(last);
    if (!span_equal(f->publisher, l->publisher))
        return fail(err, IMJIN_BAD_INPUT, "the list \"%s\" is of \"%.*s\", this file is of \"%.*s\": add it under another name",
                    name, (int)l->publisher.count, l->publisher.bytes, (int)f->publisher.count, f->publisher.bytes);
    return accept_shrink ? IMJIN_OK : check_counts(fresh, last, err);
}
