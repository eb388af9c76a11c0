#include <stdlib.h>

#include "screen/index.h"

/* Makes the sections that a search reads. Words are told apart without their place in a name; each name keeps which words it
 * has, so that a search can put it together again without reading its text. */

struct key_row {
    uint64_t key;
    uint32_t name;
};
struct indexing {
    struct preparing *p;
    struct buffer keys;   /* struct key_row */
    struct buffer tokens; /* struct name_token, in order of first appearance */
    uint32_t *slots;      /* of the token + 1, by hash; a power of two */
    size_t slot_count;
    struct arena arena;
};

/* What a comparison may depend on: where the word stood in its name is no part of it. */
struct name_token index_bare(const struct name_token *t) {
    struct name_token b = *t;
    b.text_at = b.text_count = 0;
    b.form = b.first = 0;
    memset(b.spare, 0, sizeof b.spare);
    return b;
}

unsigned index_area(const struct name_token *t) {
    return t->span > 1 ? AREA_JOINED : t->flags & NAME_TOKEN_ABJAD ? AREA_VOWELLESS : AREA_WORDS;
}

/* ---- what a bound of a name's score rests on ---- */

/* Words that stand twice count once: the second has no partner and is not missed. */
static unsigned different_weight(const struct name *n, const struct name_form *form) {
    const struct name_token *words = n->tokens + form->first_token;
    unsigned weight = 0;
    for (unsigned i = 0; i < form->words; i++) {
        bool again = false;
        for (unsigned j = 0; j < i; j++)
            again |= words[j].hash == words[i].hash;
        weight += again ? 0 : words[i].weight;
    }
    return weight;
}

static uint32_t letter_bit(const struct name_token *t) { return (uint32_t)1 << (t->count ? t->letters[0] & 31 : 0); }

void index_describe(struct prepared_name *ret, const struct name *n) {
    ret->weight = UINT16_MAX;
    ret->words_least = UINT8_MAX;
    ret->forms = n->form_count;
    ret->kind = n->kind;
    ret->parts = n->token_count;
    ret->korean_count = n->korean_count;
    for (unsigned i = 0; i < n->form_count; i++) {
        unsigned weight = different_weight(n, &n->forms[i]), words = n->forms[i].words;
        ret->weight = (uint16_t)(weight < ret->weight ? weight : ret->weight);
        ret->words_least = (uint8_t)(words < ret->words_least ? words : ret->words_least);
        ret->words_most = (uint8_t)(words > ret->words_most ? words : ret->words_most);
    }
    for (unsigned i = 0; i < n->token_count; i++) {
        const struct name_token *t = &n->tokens[i];
        if (t->span > 1)
            continue;
        ret->firsts |= letter_bit(t);
        ret->has_short |= t->count <= NAME_SHORT_LETTERS;
        if (!(t->flags & NAME_TOKEN_INITIAL))
            continue;
        ret->initials |= letter_bit(t);
        ret->initial_weight = (uint16_t)(ret->initial_weight + t->weight);
        ret->initial_count++;
    }
}

/* ---- words of names ---- */

static enum imjin_status grow_slots(struct indexing *x, struct error *err) {
    size_t count = x->slot_count ? 2 * x->slot_count : 1 << 12;
    uint32_t *slots = memory_new(count, sizeof *slots);
    const struct name_token *tokens = x->tokens.items;
    if (slots == NULL)
        return fail_memory(err, "the words of the lists");
    for (size_t i = 0; i < x->tokens.count; i++) {
        size_t slot = hash_bytes(&tokens[i], sizeof tokens[i], 3) & (count - 1);
        while (slots[slot])
            slot = (slot + 1) & (count - 1);
        slots[slot] = (uint32_t)i + 1;
    }
    memory_free(x->slots);
    x->slots = slots;
    x->slot_count = count;
    return IMJIN_OK;
}

static enum imjin_status number_of(struct indexing *x, const struct name_token *t, uint32_t *ret, struct error *err) {
    if (2 * (x->tokens.count + 1) > x->slot_count)
        TRY(grow_slots(x, err));
    const struct name_token *tokens = x->tokens.items;
    size_t slot = hash_bytes(t, sizeof *t, 3) & (x->slot_count - 1);
    for (; x->slots[slot]; slot = (slot + 1) & (x->slot_count - 1)) {
        *ret = x->slots[slot] - 1;
        if (memcmp(&tokens[*ret], t, sizeof *t) == 0)
            return IMJIN_OK;
    }
    *ret = (uint32_t)x->tokens.count;
    TRY(buffer_push(&x->tokens, t, NULL, err));
    x->slots[slot] = *ret + 1;
    return IMJIN_OK;
}

static enum imjin_status add_name(struct indexing *x, uint32_t number, struct error *err) {
    struct prepared_name *row = (struct prepared_name *)x->p->sections[PREPARED_NAMES].items + number;
    struct buffer *parts = &x->p->sections[PREPARED_PARTS];
    uint64_t keys[NAME_KEYS_MAX];
    const struct name *n;
    enum name_kind kind = set_name_kind(set_entity(x->p->set, row->entity).schema);
    enum imjin_status status = name_parse(&n, set_value(x->p->set, row->entity, row->value).text, kind, &x->arena, err);
    if (status == IMJIN_BAD_INPUT)
        return IMJIN_OK; /* as search.c takes it: a name without parts */
    TRY(status);
    index_describe(row, n);
    row->part_first = (uint32_t)parts->count;
    row->korean_first = (uint32_t)x->p->sections[PREPARED_KOREAN].count;
    for (unsigned i = 0; i < n->korean_count; i++)
        TRY(buffer_push(&x->p->sections[PREPARED_KOREAN], &n->korean[i], NULL, err));
    unsigned count = name_keys(n, keys);
    for (unsigned i = 0; i < count; i++) {
        struct key_row key = {keys[i], number};
        TRY(buffer_push(&x->keys, &key, NULL, err));
    }
    for (unsigned i = 0; i < n->token_count; i++) {
        const struct name_token *t = &n->tokens[i];
        struct name_token bare = index_bare(t);
        struct prepared_part part = {.form = t->form, .first = t->first, .span = t->span};
        TRY(number_of(x, &bare, &part.token, err));
        TRY(buffer_push(parts, &part, NULL, err));
    }
    arena_done(&x->arena);
    return IMJIN_OK;
}

/* ---- the vocabulary in its order ---- */

static int compare_tokens(const struct name_token *a, const struct name_token *b) {
    unsigned area_a = index_area(a), area_b = index_area(b);
    if (area_a != area_b)
        return area_a < area_b ? -1 : 1;
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    if (a->cheap != b->cheap)
        return a->cheap < b->cheap ? -1 : 1;
    return memcmp(a, b, sizeof *a);
}

static int by_token(const void *a, const void *b) { return compare_tokens(a, b); }

static int by_group(const void *a, const void *b) {
    const struct index_pick *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->token > y->token) - (x->token < y->token);
}

/* The tokens that have something besides their letters by which they are looked up. */
static enum imjin_status write_picks(struct indexing *x, bool groups, struct error *err) {
    const struct name_token *tokens = x->tokens.items;
    struct buffer picks = {.item_bytes = sizeof(struct index_pick), .items_max = UINT32_MAX, .what = "words of the lists"};
    enum imjin_status status = IMJIN_OK;
    for (size_t i = 0; i < x->tokens.count && status == IMJIN_OK; i++) {
        struct index_pick pick = {groups ? tokens[i].group : tokens[i].number, (uint32_t)i};
        if (groups ? tokens[i].group != 0 : tokens[i].flags & NAME_TOKEN_NUMBER)
            status = buffer_push(&picks, &pick, NULL, err);
    }
    if (picks.count)
        qsort(picks.items, picks.count, sizeof(struct index_pick), by_group);
    for (size_t i = 0; i < picks.count && status == IMJIN_OK; i++)
        status = buffer_push(&x->p->sections[groups ? PREPARED_GROUPS : PREPARED_NUMBERS],
                             &((const struct index_pick *)picks.items)[i].token, NULL, err);
    buffer_done(&picks);
    return status;
}

/* Sorts the tokens and tells the parts their new numbers. The slots find each again. */
static enum imjin_status sort_tokens(struct indexing *x, struct error *err) {
    struct buffer *parts = &x->p->sections[PREPARED_PARTS];
    struct name_token *tokens = x->tokens.items;
    size_t count = x->tokens.count;
    struct name_token *before = memory_new(count + 1, sizeof *before);
    uint32_t *now = memory_new(count + 1, sizeof *now);
    if (before == NULL || now == NULL) {
        memory_free(before);
        memory_free(now);
        return fail_memory(err, "the words of the lists");
    }
    if (count) {
        memcpy(before, tokens, count * sizeof *tokens);
        qsort(tokens, count, sizeof *tokens, by_token);
    }
    for (size_t i = 0; i < count; i++) {
        const struct name_token *place = bsearch(&before[i], tokens, count, sizeof *tokens, by_token);
        now[i] = (uint32_t)(place - tokens);
    }
    for (size_t i = 0; i < parts->count; i++) {
        struct prepared_part *part = (struct prepared_part *)parts->items + i;
        part->token = now[part->token];
    }
    memory_free(before);
    memory_free(now);
    return IMJIN_OK;
}

/* ---- postings ---- */

static enum imjin_status write_tokens(struct indexing *x, struct error *err) {
    const struct name_token *tokens = x->tokens.items;
    const struct buffer *parts = &x->p->sections[PREPARED_PARTS];
    struct buffer *rows = &x->p->sections[PREPARED_TOKENS];
    for (size_t i = 0; i < x->tokens.count; i++) {
        struct prepared_token row = {.token = tokens[i]};
        uint64_t trace = name_token_trace(&tokens[i]);
        uint8_t counts[NAME_COUNTS];
        struct buffer *letters = &x->p->sections[PREPARED_LETTERS];
        TRY(buffer_push(rows, &row, NULL, err));
        TRY(buffer_push(&x->p->sections[PREPARED_TRACES], &trace, NULL, err));
        name_token_counts(counts, &tokens[i]);
        TRY(buffer_push(&x->p->sections[PREPARED_COUNTS], counts, NULL, err));
        TRY(buffer_reserve(letters, NAME_TOKEN_LETTERS, err));
        name_token_codes((uint8_t *)letters->items + letters->count, &tokens[i]);
        letters->count += tokens[i].count;
    }
    struct prepared_token *t = rows->items;
    for (size_t i = 0; i < parts->count; i++)
        t[((const struct prepared_part *)parts->items)[i].token].postings++;
    for (size_t i = 1; i < rows->count; i++)
        t[i].posting_first = t[i - 1].posting_first + t[i - 1].postings;
    return IMJIN_OK;
}

static enum imjin_status write_postings(struct indexing *x, struct error *err) {
    struct buffer *postings = &x->p->sections[PREPARED_POSTINGS];
    const struct prepared_name *names = x->p->sections[PREPARED_NAMES].items;
    const struct prepared_part *parts = x->p->sections[PREPARED_PARTS].items;
    struct prepared_token *tokens = x->p->sections[PREPARED_TOKENS].items;
    TRY(buffer_reserve(postings, x->p->sections[PREPARED_PARTS].count, err));
    postings->count = x->p->sections[PREPARED_PARTS].count;
    for (size_t i = 0; i < x->p->sections[PREPARED_TOKENS].count; i++)
        tokens[i].postings = 0;
    for (uint32_t n = 0; n < x->p->sections[PREPARED_NAMES].count; n++)
        for (unsigned k = 0; k < names[n].parts; k++) {
            struct prepared_token *t = &tokens[parts[names[n].part_first + k].token];
            ((uint32_t *)postings->items)[t->posting_first + t->postings++] = n;
        }
    return IMJIN_OK;
}

static int by_key(const void *a, const void *b) {
    const struct key_row *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->name > y->name) - (x->name < y->name);
}

static enum imjin_status write_keys(struct indexing *x, struct error *err) {
    const struct key_row *rows = x->keys.items;
    struct buffer *postings = &x->p->sections[PREPARED_POSTINGS];
    if (x->keys.count)
        qsort(x->keys.items, x->keys.count, sizeof(struct key_row), by_key);
    for (size_t i = 0; i < x->keys.count;) {
        struct prepared_key k = {.key = rows[i].key, .posting_first = (uint32_t)postings->count};
        for (; i < x->keys.count && rows[i].key == k.key; i++, k.postings++)
            TRY(buffer_push(postings, &rows[i].name, NULL, err));
        TRY(buffer_push(&x->p->sections[PREPARED_KEYS], &k, NULL, err));
    }
    return IMJIN_OK;
}

static enum imjin_status index_names(struct indexing *x, struct error *err) {
    uint32_t names = (uint32_t)x->p->sections[PREPARED_NAMES].count;
    for (uint32_t i = 0; i < names; i++) {
        TRY(add_name(x, i, err));
        if (i % 1024 == 0)
            TRY(progress_step(x->p->progress, "indexing the lists", "names", i, names, err));
    }
    TRY(sort_tokens(x, err));
    TRY(write_tokens(x, err));
    TRY(write_picks(x, true, err));
    TRY(write_picks(x, false, err));
    TRY(write_postings(x, err));
    return write_keys(x, err);
}

enum imjin_status screen_index_prepare(struct preparing *p, struct error *err) {
    struct indexing x = {.p = p};
    x.keys = (struct buffer){.item_bytes = sizeof(struct key_row), .items_max = UINT32_MAX, .what = "keys of names"};
    x.tokens = (struct buffer){.item_bytes = sizeof(struct name_token), .items_max = UINT32_MAX - 1, .what = "words of names"};
    enum imjin_status status = index_names(&x, err);
    buffer_done(&x.keys);
    buffer_done(&x.tokens);
    memory_free(x.slots);
    arena_done(&x.arena);
    return status;
}
