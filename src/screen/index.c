#include <stdlib.h>

#include "screen/finder.h"

/* The index rests on what name.h promises: a name that scores NAME_THRESHOLD_MIN against a query shares one of its keys, or has
 * a token that is like one of the query's. Keys and tokens are told apart by the class of their row. */

struct key_row {
    uint64_t key;
    uint32_t name;
};
struct token_row {
    struct name_token token;
    uint32_t name;
};
struct indexing {
    struct preparing *p;
    struct buffer keys, tokens;
    struct arena arena;
};

/* What a comparison may depend on: where the word stood in its name is no part of it. */
static struct name_token bare(const struct name_token *t) {
    struct name_token b = *t;
    b.text_at = b.text_count = 0;
    b.form = b.first = b.span = 0;
    memset(b.spare, 0, sizeof b.spare);
    return b;
}

static int by_token(const void *a, const void *b) {
    const struct token_row *x = a, *y = b;
    int order = (x->token.count > y->token.count) - (x->token.count < y->token.count);
    if (order == 0)
        order = memcmp(&x->token, &y->token, sizeof x->token);
    return order ? order : (x->name > y->name) - (x->name < y->name);
}

static int by_key(const void *a, const void *b) {
    const struct key_row *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->name > y->name) - (x->name < y->name);
}

static enum imjin_status add_name(struct indexing *x, uint32_t number, struct error *err) {
    const struct prepared_name *row = (const struct prepared_name *)x->p->sections[PREPARED_NAMES].items + number;
    uint64_t keys[NAME_KEYS_MAX];
    const struct name *n;
    enum name_kind kind = set_name_kind(set_entity(x->p->set, row->entity).schema);
    enum imjin_status status = name_parse(&n, set_value(x->p->set, row->entity, row->value).text, kind, &x->arena, err);
    if (status == IMJIN_BAD_INPUT)
        return IMJIN_OK; /* as search.c takes it: a name without parts */
    TRY(status);
    unsigned count = name_keys(n, keys);
    for (unsigned i = 0; i < count; i++) {
        struct key_row key = {keys[i], number};
        TRY(buffer_push(&x->keys, &key, NULL, err));
    }
    for (unsigned i = 0; i < n->token_count; i++) {
        struct token_row token = {bare(&n->tokens[i]), number};
        TRY(buffer_push(&x->tokens, &token, NULL, err));
    }
    arena_done(&x->arena);
    return IMJIN_OK;
}

static enum imjin_status post(struct preparing *p, uint32_t name, uint32_t first, uint32_t *count, struct error *err) {
    const uint32_t *rows = p->sections[PREPARED_POSTINGS].items;
    if (*count && rows[first + *count - 1] == name)
        return IMJIN_OK; /* a word that a name has twice */
    ++*count;
    return buffer_push(&p->sections[PREPARED_POSTINGS], &name, NULL, err);
}

static enum imjin_status write_tokens(struct indexing *x, struct error *err) {
    const struct token_row *rows = x->tokens.items;
    for (size_t i = 0; i < x->tokens.count;) {
        struct prepared_token t = {.token = rows[i].token, .posting_first = (uint32_t)x->p->sections[PREPARED_POSTINGS].count};
        for (size_t first = i; i < x->tokens.count && memcmp(&rows[i].token, &rows[first].token, sizeof t.token) == 0; i++)
            TRY(post(x->p, rows[i].name, t.posting_first, &t.postings, err));
        TRY(buffer_push(&x->p->sections[PREPARED_TOKENS], &t, NULL, err));
    }
    return IMJIN_OK;
}

static enum imjin_status write_keys(struct indexing *x, struct error *err) {
    const struct key_row *rows = x->keys.items;
    for (size_t i = 0; i < x->keys.count;) {
        struct prepared_key k = {.key = rows[i].key, .posting_first = (uint32_t)x->p->sections[PREPARED_POSTINGS].count};
        for (; i < x->keys.count && rows[i].key == k.key; i++)
            TRY(post(x->p, rows[i].name, k.posting_first, &k.postings, err));
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
    if (x->tokens.count)
        qsort(x->tokens.items, x->tokens.count, sizeof(struct token_row), by_token);
    if (x->keys.count)
        qsort(x->keys.items, x->keys.count, sizeof(struct key_row), by_key);
    TRY(write_tokens(x, err));
    return write_keys(x, err);
}

enum imjin_status screen_index_prepare(struct preparing *p, struct error *err) {
    struct indexing x = {.p = p};
    x.keys = (struct buffer){.item_bytes = sizeof(struct key_row), .items_max = UINT32_MAX, .what = "keys of names"};
    x.tokens = (struct buffer){.item_bytes = sizeof(struct token_row), .items_max = UINT32_MAX, .what = "tokens of names"};
    enum imjin_status status = index_names(&x, err);
    buffer_done(&x.keys);
    buffer_done(&x.tokens);
    arena_done(&x.arena);
    return status;
}

/* ---- looking up ---- */

static enum imjin_status add_postings(struct screen_finder *f, uint32_t first, uint32_t count, struct error *err) {
    uint64_t total = f->set->header.counts[PREPARED_POSTINGS];
    uint32_t names = screen_set_names(f->set);
    if (first > total || count > total - first)
        return IMJIN_OK; /* a damaged file that passed its checksum: nothing is read outside it */
    TRY(buffer_reserve(&f->candidates, count, err));
    uint32_t *out = f->candidates.items;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t name = f->set->postings[first + i];
        if (name >= names || f->seen[name] == f->round)
            continue;
        f->seen[name] = f->round;
        out[f->candidates.count++] = name;
    }
    return IMJIN_OK;
}

static enum imjin_status add_key(struct screen_finder *f, uint64_t key, struct error *err) {
    uint64_t low = 0, high = f->set->header.counts[PREPARED_KEYS];
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (f->set->keys[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == f->set->header.counts[PREPARED_KEYS] || f->set->keys[low].key != key)
        return IMJIN_OK;
    return add_postings(f, f->set->keys[low].posting_first, f->set->keys[low].postings, err);
}

static enum imjin_status add_token(struct screen_finder *f, const struct name_token *t, struct error *err) {
    uint64_t count = f->set->header.counts[PREPARED_TOKENS];
    for (uint64_t i = 0; i < count; i++) {
        const struct prepared_token *row = &f->set->tokens[i];
        if (row->token.count > NAME_TOKEN_LETTERS || name_token_bound(t, &row->token) < NAME_TOKEN_FLOOR)
            continue;
        if (name_token_compare(t, &row->token) >= NAME_TOKEN_FLOOR)
            TRY(add_postings(f, row->posting_first, row->postings, err));
    }
    return IMJIN_OK;
}

enum imjin_status finder_candidates(struct screen_finder *f, const struct name *query, uint16_t threshold, struct error *err) {
    uint64_t keys[NAME_KEYS_MAX];
    (void)threshold;
    if (++f->round == 0) {
        memset(f->seen, 0, screen_set_names(f->set) * sizeof *f->seen);
        f->round = 1;
    }
    unsigned count = name_keys(query, keys);
    for (unsigned i = 0; i < count; i++)
        TRY(add_key(f, keys[i], err));
    for (unsigned i = 0; i < query->token_count; i++)
        TRY(add_token(f, &query->tokens[i], err));
    return IMJIN_OK;
}
