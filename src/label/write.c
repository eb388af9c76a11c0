#include "label/set.h"

#include <stdlib.h>

/* A store while it is put together: rows that name texts by their offsets in the file, and what is derived from them. */
struct writing {
    struct label_set *set;
    uint32_t *sorted;  /* numbers of the texts that are used, by bytes */
    uint32_t *offsets; /* by number in the pool; UNUSED: used by no row */
    uint64_t sorted_count, string_bytes, slot_count;
    struct buffer categories, groups, views;
    uint32_t *slots;
};
enum { UNUSED = UINT32_MAX, CATEGORIES_MAX = 1 << 20 };
#define VIEWS_MAX ((size_t)1 << 28)

static struct label_row *rows(const struct writing *w) { return w->set->tags.items; }

/* ---- texts ---- */

static void mark_used(struct writing *w) {
    const struct label_actor_row *actors = w->set->actors.items;
    memset(w->offsets, 0xff, w->set->strings.count * sizeof *w->offsets);
    w->offsets[0] = 0;
    for (uint64_t i = 0; i < w->set->tags.count; i++)
        for (unsigned k = 0; k < ROW_REFS; k++)
            w->offsets[rows(w)[i].refs[k]] = 0;
    for (uint64_t i = 0; i < w->set->actors.count; i++)
        for (unsigned k = 0; k < ACTOR_REFS; k++)
            w->offsets[actors[i].refs[k]] = 0;
}

static int compare_texts(const void *a, const void *b, void *set) {
    return span_compare(label_set_text(set, *(const uint32_t *)a), label_set_text(set, *(const uint32_t *)b));
}

static enum imjin_status place_texts(struct writing *w, struct error *err) {
    uint64_t count = w->set->strings.count;
    w->offsets = memory_new(count, sizeof *w->offsets);
    w->sorted = memory_new(count, sizeof *w->sorted);
    if (w->offsets == NULL || w->sorted == NULL)
        return fail_memory(err, "label texts");
    mark_used(w);
    for (uint32_t i = 0; i < count; i++)
        if (w->offsets[i] != UNUSED)
            w->sorted[w->sorted_count++] = i;
    qsort_r(w->sorted, w->sorted_count, sizeof *w->sorted, compare_texts, w->set);
    for (uint64_t i = 0; i < w->sorted_count; i++) {
        w->offsets[w->sorted[i]] = (uint32_t)w->string_bytes;
        w->string_bytes += sizeof(uint16_t) + label_set_text(w->set, w->sorted[i]).count + 1;
        if (w->string_bytes > LABEL_STRINGS_BYTES_MAX)
            return fail(err, IMJIN_BAD_INPUT, "the labels hold more than %llu bytes of text",
                        (unsigned long long)LABEL_STRINGS_BYTES_MAX);
    }
    return IMJIN_OK;
}

/* ---- rows ---- */

static int compare_u32(uint32_t a, uint32_t b) { return (a > b) - (a < b); }

static int compare_refs(const uint32_t *a, const uint32_t *b, unsigned from, unsigned to) {
    while (from < to && a[from] == b[from])
        from++;
    return from < to ? compare_u32(a[from], b[from]) : 0;
}

static int compare_rows(const void *left, const void *right) {
    const struct label_row *a = left, *b = right;
    int order = a->form - b->form;
    if (order == 0)
        order = memcmp(a->evm, b->evm, sizeof a->evm);
    if (order == 0)
        order = compare_refs(a->refs, b->refs, ROW_ADDRESS, ROW_ADDRESS + 1);
    if (order == 0)
        order = b->confidence - a->confidence;
    if (order == 0)
        order = compare_refs(a->refs, b->refs, ROW_ADDRESS + 1, ROW_REFS);
    return order ? order : a->is_definer - b->is_definer;
}

static int compare_actors(const void *left, const void *right) {
    const struct label_actor_row *a = left, *b = right;
    return compare_refs(a->refs, b->refs, 0, ACTOR_REFS);
}

static void sort_unique(struct buffer *b, int (*compare)(const void *, const void *)) {
    char *items = b->items;
    size_t kept = 0, bytes = b->item_bytes;
    if (b->count > 1)
        qsort(items, b->count, bytes, compare);
    for (size_t i = 0; i < b->count; i++) {
        if (kept > 0 && compare(items + (kept - 1) * bytes, items + i * bytes) == 0)
            continue;
        if (kept != i)
            memcpy(items + kept * bytes, items + i * bytes, bytes);
        kept++;
    }
    b->count = kept;
}

static int compare_plain(const void *a, const void *b) { return compare_u32(*(const uint32_t *)a, *(const uint32_t *)b); }

/* The distinct categories by offset, and each row's category as a number among them. */
static enum imjin_status number_categories(struct writing *w, struct error *err) {
    uint32_t last = UNUSED;
    for (uint64_t i = 0; i < w->set->tags.count; i++) {
        if (rows(w)[i].refs[ROW_CATEGORY] != last)
            TRY(buffer_push(&w->categories, &rows(w)[i].refs[ROW_CATEGORY], NULL, err));
        last = rows(w)[i].refs[ROW_CATEGORY];
        /* repetitions that are not neighbours are dropped when there are many */
        if (w->categories.count > CATEGORIES_MAX / 2)
            sort_unique(&w->categories, compare_plain);
    }
    sort_unique(&w->categories, compare_plain);
    for (uint64_t i = 0; i < w->set->tags.count; i++) {
        uint32_t *found =
            bsearch(&rows(w)[i].refs[ROW_CATEGORY], w->categories.items, w->categories.count, sizeof(uint32_t), compare_plain);
        rows(w)[i].refs[ROW_CATEGORY] = (uint32_t)(found - (uint32_t *)w->categories.items);
    }
    return IMJIN_OK;
}

static enum imjin_status place_rows(struct writing *w, struct error *err) {
    struct label_actor_row *actors = w->set->actors.items;
    for (uint64_t i = 0; i < w->set->tags.count; i++)
        for (unsigned k = 0; k < ROW_REFS; k++)
            rows(w)[i].refs[k] = w->offsets[rows(w)[i].refs[k]];
    for (uint64_t i = 0; i < w->set->actors.count; i++)
        for (unsigned k = 0; k < ACTOR_REFS; k++)
            actors[i].refs[k] = w->offsets[actors[i].refs[k]];
    TRY(number_categories(w, err));
    sort_unique(&w->set->tags, compare_rows);
    sort_unique(&w->set->actors, compare_actors);
    return IMJIN_OK;
}

/* ---- what finds rows ---- */

static uint64_t run_end(const struct writing *w, uint64_t first) {
    uint64_t end = first + 1;
    while (end < w->set->tags.count && label_same_address(&rows(w)[first], &rows(w)[end]))
        end++;
    return end;
}

static struct span text_at(const struct writing *w, uint32_t offset) {
    for (uint64_t low = 0, high = w->sorted_count; low < high;) {
        uint64_t middle = (low + high) / 2;
        uint32_t number = w->sorted[middle];
        if (w->offsets[number] == offset)
            return label_set_text(w->set, number);
        if (w->offsets[number] < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return (struct span){"", 0};
}

static enum imjin_status fill_slots(struct writing *w, struct error *err) {
    uint64_t addresses = 0;
    for (uint64_t i = 0; i < w->set->tags.count; i = run_end(w, i))
        addresses++;
    w->slot_count = 1;
    while (w->slot_count < 2 * addresses)
        w->slot_count *= 2;
    w->slots = memory_new(w->slot_count, sizeof *w->slots);
    if (w->slots == NULL)
        return fail_memory(err, "label index");
    for (uint64_t i = 0; i < w->set->tags.count; i = run_end(w, i)) {
        struct address a = label_row_address(&rows(w)[i], text_at(w, rows(w)[i].refs[ROW_ADDRESS]));
        uint64_t slot = label_address_hash(&a) & (w->slot_count - 1);
        while (w->slots[slot] != 0)
            slot = (slot + 1) & (w->slot_count - 1);
        w->slots[slot] = (uint32_t)i + 1;
    }
    return IMJIN_OK;
}

/* The rows of [first, end) that apply to `chain`: its own, and those of any. */
static enum imjin_status add_group(struct writing *w, uint64_t first, uint64_t end, uint32_t chain, struct error *err) {
    struct label_group group = {.first_row = (uint32_t)first, .chain = chain, .first_view = (uint32_t)w->views.count};
    for (uint64_t i = first; i < end; i++) {
        uint32_t row = (uint32_t)i;
        if (rows(w)[i].refs[ROW_CHAIN] == 0 || rows(w)[i].refs[ROW_CHAIN] == chain)
            TRY(buffer_push(&w->views, &row, NULL, err));
    }
    group.count = (uint32_t)(w->views.count - group.first_view);
    return buffer_push(&w->groups, &group, NULL, err);
}

/* The smallest chain above `after` among the rows of [first, end); UNUSED when there is none. */
static uint32_t next_chain(const struct writing *w, uint64_t first, uint64_t end, uint32_t after) {
    uint32_t next = UNUSED;
    for (uint64_t i = first; i < end; i++)
        if (rows(w)[i].refs[ROW_CHAIN] > after && rows(w)[i].refs[ROW_CHAIN] < next)
            next = rows(w)[i].refs[ROW_CHAIN];
    return next;
}

static enum imjin_status add_groups(struct writing *w, struct error *err) {
    for (uint64_t first = 0, end; first < w->set->tags.count; first = end) {
        bool mixed = false;
        end = run_end(w, first);
        for (uint64_t i = first + 1; i < end; i++)
            mixed |= rows(w)[i].refs[ROW_CHAIN] != rows(w)[first].refs[ROW_CHAIN];
        for (uint32_t chain = 0; mixed && chain != UNUSED; chain = next_chain(w, first, end, chain))
            TRY(add_group(w, first, end, chain, err));
    }
    return IMJIN_OK;
}

/* ---- the file ---- */

static char *put(char *at, const void *items, uint64_t count, uint64_t item_bytes) {
    if (count)
        memcpy(at, items, count * item_bytes);
    return at + label_section(count, item_bytes);
}

static void put_texts(const struct writing *w, char *at) {
    for (uint64_t i = 0; i < w->sorted_count; i++) {
        struct span text = label_set_text(w->set, w->sorted[i]);
        uint16_t count = (uint16_t)text.count;
        memcpy(at, &count, sizeof count);
        memcpy(at + sizeof count, text.bytes, text.count);
        at += sizeof count + text.count + 1;
    }
}

static struct label_header header_of(const struct writing *w) {
    return (struct label_header){.magic = LABEL_MAGIC,
                                 .version = LABEL_VERSION,
                                 .tag_bytes = sizeof(struct label_row),
                                 .tags = w->set->tags.count,
                                 .actors = w->set->actors.count,
                                 .categories = w->categories.count,
                                 .slots = w->slot_count,
                                 .groups = w->groups.count,
                                 .views = w->views.count,
                                 .string_bytes = w->string_bytes};
}

static enum imjin_status write_file(const struct writing *w, const char *path, struct error *err) {
    struct label_header h = header_of(w);
    uint64_t total = sizeof h + label_section(h.tags, sizeof(struct label_row)) +
                     label_section(h.actors, sizeof(struct label_actor_row)) + label_section(h.categories, 4) +
                     label_section(h.slots, 4) + label_section(h.groups, sizeof(struct label_group)) +
                     label_section(h.views, 4) + label_section(h.string_bytes, 1);
    char *bytes = memory_new(total, 1);
    if (bytes == NULL)
        return fail_memory(err, "labels");
    char *at = bytes + sizeof h;
    at = put(at, w->set->tags.items, h.tags, sizeof(struct label_row));
    at = put(at, w->set->actors.items, h.actors, sizeof(struct label_actor_row));
    at = put(at, w->categories.items, h.categories, 4);
    at = put(at, w->slots, h.slots, 4);
    at = put(at, w->groups.items, h.groups, sizeof(struct label_group));
    at = put(at, w->views.items, h.views, 4);
    put_texts(w, at);
    enum imjin_status status = sha256_of(bytes + sizeof h, total - sizeof h, &h.identity, err);
    memcpy(bytes, &h, sizeof h);
    h.checksum = hash_bytes(bytes + LABEL_CHECKED_FROM, total - LABEL_CHECKED_FROM, 0);
    memcpy(bytes, &h, sizeof h);
    if (status == IMJIN_OK)
        status = file_replace(path, bytes, total, err);
    memory_free(bytes);
    return status;
}

static enum imjin_status arrange_and_write(struct writing *w, const char *path, struct error *err) {
    TRY(place_texts(w, err));
    TRY(place_rows(w, err));
    TRY(fill_slots(w, err));
    TRY(add_groups(w, err));
    return write_file(w, path, err);
}

enum imjin_status label_set_write(struct label_set *s, const char *path, struct error *err) {
    struct writing w = {
        .set = s,
        .categories = {.item_bytes = 4, .items_max = CATEGORIES_MAX, .what = "categories"},
        .groups = {.item_bytes = sizeof(struct label_group), .items_max = VIEWS_MAX, .what = "chains of labels"},
        .views = {.item_bytes = 4, .items_max = VIEWS_MAX, .what = "chains of labels"},
    };
    enum imjin_status status = arrange_and_write(&w, path, err);
    memory_free(w.sorted);
    memory_free(w.offsets);
    memory_free(w.slots);
    buffer_done(&w.categories);
    buffer_done(&w.groups);
    buffer_done(&w.views);
    return status;
}
