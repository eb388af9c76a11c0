#include <stdlib.h>

#include "screen/finder.h"

enum { FINDER_NAMES_BYTES_MAX = 256 << 20 /* parsed names a thread keeps: a hundred times what the published lists need */ };

enum imjin_status screen_finder_new(struct screen_finder **ret, const struct screen_set *s, struct error *err) {
    struct screen_finder *f = memory_new(1, sizeof *f);
    if (f == NULL)
        return fail_memory(err, "a search");
    uint32_t names = screen_set_names(s);
    f->set = s;
    f->names.budget_bytes = FINDER_NAMES_BYTES_MAX;
    f->hits = (struct buffer){.item_bytes = sizeof(struct screen_hit), .items_max = UINT32_MAX, .what = "matches"};
    f->touched = (struct buffer){.item_bytes = sizeof(uint32_t), .items_max = UINT32_MAX, .what = "candidates"};
    f->candidates = (struct buffer){.item_bytes = sizeof(uint32_t), .items_max = UINT32_MAX, .what = "candidates"};
    f->places = (struct buffer){.item_bytes = sizeof(uint32_t), .items_max = UINT32_MAX, .what = "words"};
    f->likes = (struct buffer){.item_bytes = sizeof(struct likeness), .items_max = UINT32_MAX, .what = "words"};
    f->marked = (struct buffer){.item_bytes = sizeof(uint32_t), .items_max = UINT32_MAX, .what = "words"};
    f->marks = memory_new(s->header.counts[PREPARED_TOKENS] + 1, sizeof *f->marks);
    f->composed = memory_new(1, sizeof *f->composed + UINT8_MAX * sizeof f->composed->tokens[0]);
    f->parsed = memory_new(names + 1, sizeof *f->parsed);
    f->tallies = memory_new(names + 1, sizeof *f->tallies);
    f->memory = memory_new(REMEMBERED, sizeof *f->memory);
    if (f->parsed == NULL || f->tallies == NULL || f->memory == NULL || f->marks == NULL || f->composed == NULL) {
        screen_finder_free(f);
        return fail_memory(err, "a search");
    }
    *ret = f;
    return IMJIN_OK;
}

void screen_finder_free(struct screen_finder *f) {
    if (f == NULL)
        return;
    for (unsigned i = 0; f->memory && i < REMEMBERED; i++)
        memory_free(f->memory[i].items);
    memory_free(f->memory);
    memory_free(f->parsed);
    memory_free(f->tallies);
    memory_free(f->marks);
    memory_free(f->composed);
    buffer_done(&f->marked);
    buffer_done(&f->hits);
    buffer_done(&f->touched);
    buffer_done(&f->candidates);
    buffer_done(&f->places);
    buffer_done(&f->likes);
    arena_done(&f->names);
    arena_done(&f->scratch);
    memory_free(f);
}

void screen_name_at(const struct screen_set *s, uint32_t name, uint32_t *ret_entity, struct list_value *ret_value) {
    struct prepared_name row = s->names[name];
    *ret_entity = row.entity < screen_set_entities(s) ? row.entity : 0;
    *ret_value = set_value(s, row.entity, row.value);
}

static enum imjin_status parse(struct screen_finder *f, uint32_t number, struct arena *a, const struct name **ret,
                               struct error *err) {
    uint32_t entity;
    struct list_value v;
    screen_name_at(f->set, number, &entity, &v);
    enum name_kind kind = set_name_kind(set_entity(f->set, entity).schema);
    enum imjin_status status = name_parse(ret, v.text, kind, a, err);
    return status == IMJIN_BAD_INPUT ? name_parse(ret, (struct span){"", 0}, kind, a, err) : status;
}

enum imjin_status finder_name(struct screen_finder *f, uint32_t number, const struct name **ret, struct error *err) {
    if (f->parsed[number] == NULL) {
        enum imjin_status status = parse(f, number, &f->names, &f->parsed[number], err);
        if (status != IMJIN_OK && f->names.used_bytes < FINDER_NAMES_BYTES_MAX / 2)
            return status;
        if (status != IMJIN_OK)
            return parse(f, number, &f->scratch, ret, err);
    }
    *ret = f->parsed[number];
    return IMJIN_OK;
}

/* Adds the words of a name in their order. False where a damaged file says nonsense. */
static bool add_parts(struct screen_finder *f, const struct prepared_name *row) {
    const struct screen_set *s = f->set;
    struct name *n = f->composed;
    uint64_t total = s->header.counts[PREPARED_PARTS];
    if (row->part_first > total || row->parts > total - row->part_first || row->forms > NAME_FORMS_MAX)
        return false;
    for (unsigned i = 0; i < row->parts; i++) {
        struct prepared_part part = s->parts[row->part_first + i];
        struct name_token *t = &n->tokens[i];
        if (part.token >= s->header.counts[PREPARED_TOKENS] || part.form >= row->forms || part.span < 1 ||
            part.first + part.span > NAME_WORDS_MAX || (i && (part.form < t[-1].form || part.form > t[-1].form + 1)))
            return false;
        *t = s->tokens[part.token].token;
        t->form = part.form;
        t->first = part.first;
        t->span = part.span;
        struct name_form *form = &n->forms[part.form];
        if (t->count > NAME_TOKEN_LETTERS || (part.span == 1 && (form->words != form->tokens || part.first != form->words)))
            return false;
        if (form->tokens++ == 0)
            form->first_token = (uint8_t)i;
        form->words = (uint8_t)(form->words + (part.span == 1));
    }
    return true;
}

static bool add_korean(struct screen_finder *f, const struct prepared_name *row) {
    uint64_t total = f->set->header.counts[PREPARED_KOREAN];
    if (row->korean_first > total || row->korean_count > total - row->korean_first || row->korean_count > NAME_KOREAN_MAX)
        return false;
    for (unsigned i = 0; i < row->korean_count; i++) {
        f->composed->korean[i] = f->set->korean[row->korean_first + i];
        if (!name_korean_is_sound(&f->composed->korean[i]))
            return false;
    }
    return true;
}

const struct name *finder_compose(struct screen_finder *f, uint32_t number) {
    const struct prepared_name *row = &f->set->names[number];
    struct name *n = f->composed;
    *n = (struct name){
        .kind = row->kind, .form_count = row->forms, .token_count = row->parts, .korean_count = row->korean_count};
    if (!add_parts(f, row) || !add_korean(f, row))
        *n = (struct name){.kind = row->kind};
    return n;
}

void finder_forget(struct screen_finder *f) {
    if (f->scratch.used_bytes)
        arena_done(&f->scratch);
}

static bool is_wanted(const struct screen_finder *f, uint32_t name, const uint64_t *only) {
    uint32_t entity = f->set->names[name].entity;
    return entity < screen_set_entities(f->set) && (only == NULL || (only[entity / 64] >> entity % 64 & 1));
}

static enum imjin_status try_name(struct screen_finder *f, const struct name *query, uint32_t number, uint16_t threshold,
                                  bool whole, struct error *err) {
    const struct name *candidate = whole ? NULL : finder_compose(f, number);
    if (whole)
        TRY(finder_name(f, number, &candidate, err));
    struct screen_hit hit = {number, name_compare(query, candidate, NULL)};
    return hit.score >= threshold && hit.score > 0 ? buffer_push(&f->hits, &hit, NULL, err) : IMJIN_OK;
}

enum imjin_status screen_search_exhaustive(struct screen_finder *f, const struct name *query, uint16_t threshold,
                                           const uint64_t *only, const struct screen_hit **ret, uint32_t *ret_count,
                                           struct error *err) {
    finder_forget(f);
    f->hits.count = 0;
    for (uint32_t i = 0; i < screen_set_names(f->set) && !name_is_empty(query); i++)
        if (is_wanted(f, i, only))
            TRY(try_name(f, query, i, threshold, true, err));
    *ret = f->hits.items;
    *ret_count = (uint32_t)f->hits.count;
    return IMJIN_OK;
}

static int by_name(const void *a, const void *b) {
    const struct screen_hit *x = a, *y = b;
    return (x->name > y->name) - (x->name < y->name);
}

enum imjin_status screen_search(struct screen_finder *f, const struct name *query, uint16_t threshold, const uint64_t *only,
                                const struct screen_hit **ret, uint32_t *ret_count, struct error *err) {
    if (threshold < NAME_THRESHOLD_MIN)
        return screen_search_exhaustive(f, query, threshold, only, ret, ret_count, err);
    finder_forget(f);
    f->hits.count = f->candidates.count = 0;
    if (!name_is_empty(query))
        TRY(finder_candidates(f, query, threshold, err));
    for (size_t i = 0; i < f->candidates.count; i++) {
        uint32_t number = ((const uint32_t *)f->candidates.items)[i];
        if (is_wanted(f, number, only))
            TRY(try_name(f, query, number, threshold, false, err));
    }
    if (f->hits.count)
        qsort(f->hits.items, f->hits.count, sizeof(struct screen_hit), by_name);
    *ret = f->hits.items;
    *ret_count = (uint32_t)f->hits.count;
    return IMJIN_OK;
}
