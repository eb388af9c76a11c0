#include "label/set.h"

struct label_store {
    struct mapping file;
    struct label_header header; /* zero for an empty store */
    const struct label_row *rows;
    const struct label_actor_row *actors;
    const uint32_t *category_texts, *slots, *views;
    const struct label_group *groups;
    const char *strings;
    const struct label_category **categories; /* by number, null: not in the taxonomy */
};

/* ---- opening ---- */

/* Takes a section off the front of what is left of the file. */
static bool take(const uint8_t **at, uint64_t *left, uint64_t count, uint64_t item_bytes, const void *ret_section) {
    uint64_t bytes;
    if (count > *left || !mul_u64(count, item_bytes, &bytes) || label_section(bytes, 1) > *left)
        return false;
    memcpy((void *)ret_section, at, sizeof *at);
    *at += label_section(bytes, 1);
    *left -= label_section(bytes, 1);
    return true;
}

static bool divide(struct label_store *s) {
    const struct label_header *h = &s->header;
    const uint8_t *at = s->file.bytes + sizeof *h;
    uint64_t left = s->file.count - sizeof *h;
    bool whole = take(&at, &left, h->tags, sizeof *s->rows, &s->rows) &&
                 take(&at, &left, h->actors, sizeof *s->actors, &s->actors) &&
                 take(&at, &left, h->categories, 4, &s->category_texts) && take(&at, &left, h->slots, 4, &s->slots) &&
                 take(&at, &left, h->groups, sizeof *s->groups, &s->groups) && take(&at, &left, h->views, 4, &s->views) &&
                 take(&at, &left, h->string_bytes, 1, &s->strings);
    return whole && left == 0 && h->slots > 0 && (h->slots & (h->slots - 1)) == 0 && h->tags <= LABEL_TAGS_MAX;
}

static enum imjin_status check_file(struct label_store *s, const char *path, struct error *err) {
    if (s->file.count < sizeof s->header)
        return fail_value(err, path, 0, NULL, NULL, 0, "is too short for a label store; import the labels again");
    memcpy(&s->header, s->file.bytes, sizeof s->header);
    if (memcmp(s->header.magic, LABEL_MAGIC, sizeof s->header.magic) != 0)
        return fail_value(err, path, 0, NULL, NULL, 0, "is not a label store");
    if (s->header.version != LABEL_VERSION || s->header.tag_bytes != sizeof(struct label_row))
        return fail_value(err, path, 0, NULL, NULL, 0, "is of version %u, this program knows %d", s->header.version,
                          LABEL_VERSION);
    if (hash_bytes(s->file.bytes + LABEL_CHECKED_FROM, s->file.count - LABEL_CHECKED_FROM, 0) != s->header.checksum ||
        !divide(s))
        return fail_value(err, path, 0, NULL, NULL, 0, "is damaged (wrong checksum or sizes); import the labels again");
    return IMJIN_OK;
}

/* A reference that leads out of the texts reads as the empty one. */
static struct span string_at(const struct label_store *s, uint32_t offset) {
    uint16_t count;
    if (s->header.string_bytes < sizeof count + 1 || offset > s->header.string_bytes - sizeof count - 1)
        return (struct span){"", 0};
    memcpy(&count, s->strings + offset, sizeof count);
    if (count > s->header.string_bytes - offset - sizeof count - 1)
        return (struct span){"", 0};
    return (struct span){s->strings + offset + sizeof count, count};
}

static enum imjin_status resolve_categories(struct label_store *s, struct error *err) {
    s->categories = memory_new(s->header.categories + 1, sizeof(struct label_category *));
    if (s->categories == NULL)
        return fail_memory(err, "label categories");
    for (uint64_t i = 0; i < s->header.categories; i++)
        s->categories[i] = label_category_find(string_at(s, s->category_texts[i]));
    return IMJIN_OK;
}

static enum imjin_status read_file(struct label_store *s, const char *path, struct error *err) {
    TRY(mapping_open(&s->file, path, err));
    TRY(check_file(s, path, err));
    return resolve_categories(s, err);
}

enum imjin_status label_store_open(struct label_store **ret, const char *path, struct error *err) {
    struct label_store *s = memory_new(1, sizeof *s);
    if (s == NULL)
        return fail_memory(err, "labels");
    enum imjin_status status = path ? read_file(s, path, err) : IMJIN_OK;
    if (status != IMJIN_OK)
        label_close(s);
    else
        *ret = s;
    return status;
}

enum imjin_status label_open(struct label_store **ret, const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(path_join(path, err, directory, LABEL_FILE));
    return label_store_open(ret, file_exists(path) ? path : NULL, err);
}

void label_close(struct label_store *s) {
    if (s == NULL)
        return;
    mapping_close(&s->file);
    memory_free(s->categories);
    memory_free(s);
}

/* ---- reading ---- */

uint64_t label_count(const struct label_store *s) { return s->header.tags; }
const struct sha256 *label_identity(const struct label_store *s) { return &s->header.identity; }
uint64_t label_store_actor_count(const struct label_store *s) { return s->header.actors; }

/* The row behind an index for label_at: itself, or through the views. */
static const struct label_row *row_at(const struct label_store *s, uint64_t index) {
    if (index >= s->header.tags) {
        INVARIANT(index - s->header.tags < s->header.views);
        index = s->views[index - s->header.tags];
        if (index >= s->header.tags)
            index = 0; /* a damaged view; there is a row, since there is a view of one */
    }
    return &s->rows[index];
}

static struct address address_of(const struct label_store *s, const struct label_row *row) {
    struct address a =
        label_row_address(row, row->form == ADDRESS_OPAQUE ? string_at(s, row->refs[ROW_ADDRESS]) : (struct span){0});
    if (a.form != ADDRESS_EVM && a.form != ADDRESS_OPAQUE)
        a.form = ADDRESS_VOID;
    return a;
}

static const struct label_category *category_of(const struct label_store *s, const struct label_row *row) {
    return row->refs[ROW_CATEGORY] < s->header.categories ? s->categories[row->refs[ROW_CATEGORY]] : NULL;
}

static struct span category_text_of(const struct label_store *s, const struct label_row *row) {
    uint32_t number = row->refs[ROW_CATEGORY];
    return string_at(s, number < s->header.categories ? s->category_texts[number] : 0);
}

struct tag label_at(const struct label_store *s, uint64_t index) {
    const struct label_row *row = row_at(s, index);
    return (struct tag){
        .address = address_of(s, row),
        .chain = string_at(s, row->refs[ROW_CHAIN]),
        .label = string_at(s, row->refs[ROW_LABEL]),
        .actor = string_at(s, row->refs[ROW_ACTOR]),
        .category = category_of(s, row),
        .category_text = category_text_of(s, row),
        .abuse = string_at(s, row->refs[ROW_ABUSE]),
        .source = string_at(s, row->refs[ROW_SOURCE]),
        .pack = string_at(s, row->refs[ROW_PACK]),
        .last_changed = string_at(s, row->refs[ROW_CHANGED]),
        .confidence = row->confidence,
        .is_definer = row->is_definer == 1,
    };
}

/* ---- finding ---- */

static uint64_t run_end(const struct label_store *s, uint64_t first) {
    uint64_t end = first + 1;
    while (end < s->header.tags && label_same_address(&s->rows[first], &s->rows[end]))
        end++;
    return end;
}

/* All rows of an address. */
static bool find_run(const struct label_store *s, const struct address *a, uint64_t *ret_first, uint64_t *ret_end) {
    if (s->header.tags == 0)
        return false;
    uint64_t slot = label_address_hash(a) & (s->header.slots - 1);
    for (uint64_t tried = 0; tried < s->header.slots && s->slots[slot] != 0;
         tried++, slot = (slot + 1) & (s->header.slots - 1)) {
        uint64_t row = s->slots[slot] - 1;
        struct address found;
        if (row >= s->header.tags)
            continue;
        found = address_of(s, &s->rows[row]);
        if (address_equal(&found, a)) {
            *ret_first = row;
            *ret_end = run_end(s, row);
            return true;
        }
    }
    return false;
}

static const struct label_group *first_group(const struct label_store *s, uint64_t row) {
    uint64_t low = 0, high = s->header.groups;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (s->groups[middle].first_row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return s->groups + low;
}

/* Of an address with tags of several chains: the group of that chain, else that of any other. */
static const struct label_group *group_of(const struct label_store *s, uint64_t row, struct span chain) {
    const struct label_group *any = NULL, *end = s->groups + s->header.groups;
    for (const struct label_group *g = first_group(s, row); g < end && g->first_row == row; g++) {
        if (g->chain == 0)
            any = g;
        else if (span_equal(string_at(s, g->chain), chain))
            return g;
    }
    return any;
}

void label_find(const struct label_store *s, const char *chain, const struct address *a, uint64_t *ret_first,
                uint64_t *ret_count) {
    uint64_t first, end;
    *ret_first = *ret_count = 0;
    if (!find_run(s, a, &first, &end))
        return;
    const struct label_group *group = chain && chain[0] ? group_of(s, first, span_of(chain)) : NULL;
    if (group) {
        if (group->first_view > s->header.views || group->count > s->header.views - group->first_view)
            return;
        *ret_first = s->header.tags + group->first_view;
        *ret_count = group->count;
        return;
    }
    /* all tags of the address are of one chain, or of any */
    struct span own = string_at(s, s->rows[first].refs[ROW_CHAIN]);
    if (chain && chain[0] && own.count > 0 && !span_is(own, chain))
        return;
    *ret_first = first;
    *ret_count = end - first;
}

static enum label_role role_of_row(const struct label_store *s, const struct label_row *row,
                                   const struct label_category **ret_category);

static bool rows_conflict(const struct label_store *s, const struct label_row *a, const struct label_row *b) {
    const struct label_category *unused;
    if (a->confidence != b->confidence ||
        (a->refs[ROW_CHAIN] != b->refs[ROW_CHAIN] && a->refs[ROW_CHAIN] != 0 && b->refs[ROW_CHAIN] != 0))
        return false;
    if (string_at(s, a->refs[ROW_ACTOR]).count > 0 && string_at(s, b->refs[ROW_ACTOR]).count > 0 &&
        a->refs[ROW_ACTOR] != b->refs[ROW_ACTOR])
        return true;
    enum label_role first = role_of_row(s, a, &unused), second = role_of_row(s, b, &unused);
    return first != LABEL_ROLE_NONE && second != LABEL_ROLE_NONE && first != second;
}

bool label_role_of(const struct label_store *s, const char *chain, const struct address *a, struct tag *ret_tag,
                   bool *ret_conflict) {
    uint64_t first, count, best = UINT64_MAX;
    const struct label_category *category = NULL, *each;
    bool conflict = false;
    label_find(s, chain, a, &first, &count);
    for (uint64_t i = first; i < first + count; i++) {
        const struct label_row *row = row_at(s, i);
        if (role_of_row(s, row, &each) == LABEL_ROLE_NONE)
            continue;
        if (best == UINT64_MAX) {
            best = i;
            category = each;
        } else
            conflict |= rows_conflict(s, row_at(s, best), row);
    }
    if (best == UINT64_MAX)
        return false;
    *ret_tag = label_at(s, best);
    ret_tag->category = category;
    *ret_conflict = conflict;
    return true;
}

bool label_conflicts(const struct label_store *s, uint64_t *cursor, uint64_t *ret_first, uint64_t *ret_count) {
    for (uint64_t first = *cursor, end; first < s->header.tags; first = end) {
        bool conflict = false;
        end = run_end(s, first);
        /* rows of an address are sorted by confidence, so only neighbours of equal confidence need comparing */
        for (uint64_t i = first; i < end && !conflict; i++)
            for (uint64_t k = i + 1; k < end && s->rows[k].confidence == s->rows[i].confidence && !conflict; k++)
                conflict = rows_conflict(s, &s->rows[i], &s->rows[k]);
        if (conflict) {
            *cursor = end;
            *ret_first = first;
            *ret_count = end - first;
            return true;
        }
    }
    *cursor = s->header.tags;
    return false;
}

/* ---- actors ---- */

struct actor label_store_actor(const struct label_store *s, uint64_t number) {
    const uint32_t *refs = s->actors[number].refs;
    return (struct actor){.id = string_at(s, refs[ACTOR_ID]),
                          .label = string_at(s, refs[ACTOR_LABEL]),
                          .uri = string_at(s, refs[ACTOR_URI]),
                          .jurisdictions = string_at(s, refs[ACTOR_JURISDICTIONS]),
                          .categories = string_at(s, refs[ACTOR_CATEGORIES])};
}

bool label_actor_find(const struct label_store *s, struct span id, struct actor *ret) {
    uint64_t low = 0, high = s->header.actors;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (span_compare(string_at(s, s->actors[middle].refs[ACTOR_ID]), id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == s->header.actors || !span_equal(string_at(s, s->actors[low].refs[ACTOR_ID]), id))
        return false;
    *ret = label_store_actor(s, low);
    return true;
}

/* The first of an actor's categories that has a role. */
static const struct label_category *actor_category(const struct label_store *s, struct span id) {
    struct actor actor;
    if (id.count == 0 || !label_actor_find(s, id, &actor))
        return NULL;
    for (struct span left = actor.categories; left.count > 0;) {
        const char *comma = memchr(left.bytes, ',', left.count);
        uint64_t count = comma ? (uint64_t)(comma - left.bytes) : left.count;
        const struct label_category *category = label_category_find((struct span){left.bytes, count});
        if (category && category->role != LABEL_ROLE_NONE)
            return category;
        count += comma != NULL;
        left = (struct span){left.bytes + count, left.count - count};
    }
    return NULL;
}

static enum label_role role_of_row(const struct label_store *s, const struct label_row *row,
                                   const struct label_category **ret_category) {
    bool named = category_text_of(s, row).count > 0;
    *ret_category = category_of(s, row);
    if (!named && string_at(s, row->refs[ROW_ABUSE]).count == 0)
        *ret_category = actor_category(s, string_at(s, row->refs[ROW_ACTOR]));
    return *ret_category ? (*ret_category)->role : LABEL_ROLE_NONE;
}

/* ---- verifying ---- */

static bool sound_text(const struct label_store *s, uint32_t offset) {
    struct span text = string_at(s, offset);
    return offset == 0 || (text.count > 0 && text.count <= LABEL_TEXT_MAX && text.bytes[text.count] == '\0');
}

static bool sound_row(const struct label_store *s, const struct label_row *row) {
    for (unsigned i = 0; i < ROW_REFS; i++)
        if (i != ROW_CATEGORY && !sound_text(s, row->refs[i]))
            return false;
    return row->confidence <= 100 && row->is_definer <= 1 && row->zero == 0 && row->refs[ROW_CATEGORY] < s->header.categories &&
           (row->form == ADDRESS_VOID || row->form == ADDRESS_EVM ||
            (row->form == ADDRESS_OPAQUE && row->refs[ROW_ADDRESS] != 0));
}

static bool sound_actor(const struct label_store *s, const struct label_actor_row *row) {
    for (unsigned i = 0; i < ACTOR_REFS; i++)
        if (!sound_text(s, row->refs[i]))
            return false;
    return true;
}

static enum imjin_status verify_rows(const struct label_store *s, const char *path, struct error *err) {
    for (uint64_t i = 0; i < s->header.tags; i++) {
        struct address address = address_of(s, &s->rows[i]);
        uint64_t first, end;
        if (!sound_row(s, &s->rows[i]))
            return fail_value(err, path, 0, NULL, NULL, 0, "tag %llu is damaged", (unsigned long long)i);
        if (!find_run(s, &address, &first, &end) || i < first || i >= end)
            return fail_value(err, path, 0, NULL, NULL, 0, "tag %llu is not in the index", (unsigned long long)i);
        if (i > 0 && i != first && s->rows[i - 1].confidence < s->rows[i].confidence)
            return fail_value(err, path, 0, NULL, NULL, 0, "tag %llu is out of order", (unsigned long long)i);
    }
    return IMJIN_OK;
}

static enum imjin_status verify_views(const struct label_store *s, const char *path, struct error *err) {
    for (uint64_t i = 0; i < s->header.views; i++)
        if (s->views[i] >= s->header.tags)
            return fail_value(err, path, 0, NULL, NULL, 0, "view %llu is damaged", (unsigned long long)i);
    for (uint64_t i = 0; i < s->header.groups; i++) {
        const struct label_group *g = &s->groups[i];
        if (g->first_row >= s->header.tags || !sound_text(s, g->chain) || g->first_view > s->header.views ||
            g->count > s->header.views - g->first_view)
            return fail_value(err, path, 0, NULL, NULL, 0, "group %llu is damaged", (unsigned long long)i);
    }
    return IMJIN_OK;
}

static enum imjin_status verify_store(const struct label_store *s, const char *path, struct error *err) {
    struct sha256 identity;
    if (s->file.bytes == NULL)
        return IMJIN_OK;
    TRY(sha256_of(s->file.bytes + sizeof s->header, s->file.count - sizeof s->header, &identity, err));
    if (memcmp(&identity, &s->header.identity, sizeof identity) != 0)
        return fail_value(err, path, 0, NULL, NULL, 0, "has another SHA-256 than its header says");
    for (uint64_t i = 0; i < s->header.actors; i++)
        if (!sound_actor(s, &s->actors[i]))
            return fail_value(err, path, 0, NULL, NULL, 0, "actor %llu is damaged", (unsigned long long)i);
    TRY(verify_rows(s, path, err));
    return verify_views(s, path, err);
}

enum imjin_status label_verify(const char *directory, struct error *err) {
    struct label_store *s = NULL;
    char path[PATH_BYTES_MAX];
    TRY(path_join(path, err, directory, LABEL_FILE));
    enum imjin_status status = label_open(&s, directory, err);
    if (s)
        status = verify_store(s, path, err);
    label_close(s);
    return status;
}
