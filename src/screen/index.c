#include "screen/index.h"

/* Finds the words of the vocabulary that a word is like. Words are like each other when their letters are the same, when they
 * are forms of one word (a group), the same number, or near in spelling; what can be near is left by the bounds of the room
 * name, which knows why. */

/* ---- where words are ---- */

static uint32_t first_at(const struct screen_set *s, uint32_t low, uint32_t high, unsigned area, unsigned letters,
                         unsigned cheap) {
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct name_token *t = &s->tokens[middle].token;
        unsigned its = index_area(t);
        bool less = its != area ? its < area : t->count != letters ? t->count < letters : t->cheap < cheap;
        if (less)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool screen_index_open(struct screen_set *s) {
    uint32_t total = (uint32_t)s->header.counts[PREPARED_TOKENS], from = 0;
    uint64_t letters = 0;
    for (unsigned area = 0; area < AREAS; area++) {
        for (unsigned count = 0; count <= NAME_TOKEN_LETTERS; count++) {
            uint32_t end = first_at(s, from, total, area, count + 1, 0);
            s->letters_first[area][count] = letters;
            letters += (uint64_t)(end - from) * count;
            for (unsigned cheap = 0; cheap <= NAME_TOKEN_LETTERS + 1; cheap++)
                s->token_first[area][count][cheap] = from == end ? end : (from = first_at(s, from, end, area, count, cheap));
            from = end;
        }
        for (unsigned cheap = 0; cheap <= NAME_TOKEN_LETTERS + 1; cheap++)
            s->token_first[area][NAME_TOKEN_LETTERS + 1][cheap] = from;
    }
    return from == total && letters == s->header.counts[PREPARED_LETTERS];
}

const uint32_t *index_postings(const struct screen_set *s, uint32_t first, uint32_t count) {
    uint64_t total = s->header.counts[PREPARED_POSTINGS];
    return first > total || count > total - first ? NULL : s->postings + first;
}

static bool is_sound(const struct screen_set *s, uint32_t token) {
    return token < s->header.counts[PREPARED_TOKENS] && s->tokens[token].token.count <= NAME_TOKEN_LETTERS;
}

/* ---- each way of being alike ---- */

static enum imjin_status add_like(struct screen_finder *f, uint32_t token, uint16_t score, struct error *err) {
    struct likeness like = {token, score};
    return buffer_push(&f->likes, &like, NULL, err);
}

/* Joined words are compared with words alone. */
static bool may_meet(const struct name_token *t, unsigned area) { return t->span == 1 || area != AREA_JOINED; }

static enum imjin_status compare_with(struct screen_finder *f, const struct name_token *t, uint32_t token, struct error *err) {
    if (!is_sound(f->set, token) || !may_meet(t, index_area(&f->set->tokens[token].token)))
        return IMJIN_OK;
    uint16_t score = name_token_compare(t, &f->set->tokens[token].token);
    return score >= NAME_TOKEN_FLOOR ? add_like(f, token, score, err) : IMJIN_OK;
}

/* Words of one area, length and number of cheap letters are sorted by their letters. */
static enum imjin_status find_equal(struct screen_finder *f, const struct name_token *t, unsigned area, struct error *err) {
    uint32_t low = f->set->token_first[area][t->count][t->cheap], end = f->set->token_first[area][t->count][t->cheap + 1];
    for (uint32_t high = end; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (memcmp(f->set->tokens[middle].token.letters, t->letters, t->count) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < end && memcmp(f->set->tokens[low].token.letters, t->letters, t->count) == 0; low++)
        TRY(compare_with(f, t, low, err));
    return IMJIN_OK;
}

static uint32_t picked_by(const struct screen_set *s, uint32_t token, bool groups) {
    if (!is_sound(s, token))
        return 0;
    return groups ? s->tokens[token].token.group : s->tokens[token].token.number;
}

static enum imjin_status find_picked(struct screen_finder *f, const struct name_token *t, bool groups, struct error *err) {
    const uint32_t *picks = groups ? f->set->groups : f->set->numbers;
    uint32_t low = 0, count = (uint32_t)f->set->header.counts[groups ? PREPARED_GROUPS : PREPARED_NUMBERS];
    uint32_t wanted = groups ? t->group : t->number;
    for (uint32_t high = count; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        if (picked_by(f->set, picks[middle], groups) < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && picked_by(f->set, picks[low], groups) == wanted; low++)
        TRY(compare_with(f, t, picks[low], err));
    return IMJIN_OK;
}

/* Words of `letters` letters that passed the scan, at f->places. */
static enum imjin_status compare_spellings(struct screen_finder *f, unsigned area, unsigned letters, uint32_t count,
                                           unsigned floor, bool vowelless, struct error *err) {
    const struct screen_set *s = f->set;
    uint32_t *places = f->places.items;
    const uint8_t *codes = s->letters + s->letters_first[area][letters];
    uint16_t limits[NAME_LANES];
    for (uint32_t i = 0; i < count; i++)
        places[i] -= s->token_first[area][letters][0];
    for (uint32_t i = 0; i < count; i += NAME_LANES) {
        for (uint32_t k = i + NAME_LANES; k < count && k < i + 2 * NAME_LANES; k++)
            __builtin_prefetch(codes + (uint64_t)places[k] * letters);
        name_lanes_fill(&f->lanes, codes, letters, places + i, count - i < NAME_LANES ? count - i : NAME_LANES);
        uint32_t reached = name_lanes_compare(limits, &f->probe, &f->lanes, floor, vowelless, false);
        for (; reached; reached &= reached - 1) {
            unsigned k = (unsigned)__builtin_ctz(reached);
            TRY(add_like(f, s->token_first[area][letters][0] + places[i + k], limits[k], err));
        }
    }
    return IMJIN_OK;
}

static unsigned floor_of(const struct name_token *t, unsigned area, unsigned letters) {
    bool joined = t->span > 1 || area == AREA_JOINED;
    return joined && t->count <= NAME_JOINED_LETTERS && letters <= NAME_JOINED_LETTERS ? NAME_JOINED_FLOOR : NAME_TOKEN_FLOOR;
}

static enum imjin_status find_spellings(struct screen_finder *f, const struct name_token *t, unsigned area, struct error *err) {
    for (unsigned letters = 1; letters <= NAME_TOKEN_LETTERS; letters++) {
        unsigned floor = floor_of(t, area, letters), cheap = name_probe_cheap(&f->probe, letters, floor);
        uint32_t to = f->set->token_first[area][letters + 1][0];
        uint32_t from = cheap > NAME_TOKEN_LETTERS ? to : f->set->token_first[area][letters][cheap];
        if (from == to)
            continue;
        TRY(buffer_reserve(&f->places, to - from + 1, err));
        uint32_t count = name_probe_scan(f->places.items, &f->probe, f->set->traces, from, to, letters, floor);
        count = name_probe_narrow(f->places.items, count, &f->probe, f->set->counts, letters, floor);
        TRY(compare_spellings(f, area, letters, count, floor, false, err));
    }
    return IMJIN_OK;
}

/* One of the two is of a script without vowels, and the other is not. */
static enum imjin_status find_vowelless(struct screen_finder *f, unsigned area, struct error *err) {
    for (unsigned letters = 1; letters <= NAME_TOKEN_LETTERS; letters++) {
        uint32_t from = f->set->token_first[area][letters][0], to = f->set->token_first[area][letters + 1][0];
        TRY(buffer_reserve(&f->places, to - from + 1, err));
        uint32_t count = name_probe_scan_vowelless(f->places.items, &f->probe, f->set->traces, from, to);
        TRY(compare_spellings(f, area, letters, count, NAME_TOKEN_FLOOR, true, err));
    }
    return IMJIN_OK;
}

static enum imjin_status find_likes(struct screen_finder *f, const struct name_token *t, struct error *err) {
    bool spelt = !(t->flags & (NAME_TOKEN_NUMBER | NAME_TOKEN_SYLLABLES));
    f->likes.count = 0;
    if (t->flags & NAME_TOKEN_NUMBER)
        TRY(find_picked(f, t, false, err));
    if (t->group)
        TRY(find_picked(f, t, true, err));
    if (spelt)
        name_probe_make(&f->probe, t);
    for (unsigned area = 0; area < AREAS; area++) {
        if (!may_meet(t, area))
            continue;
        TRY(find_equal(f, t, area, err));
        if (spelt)
            TRY(find_spellings(f, t, area, err));
        if (spelt && (area == AREA_VOWELLESS) != ((t->flags & NAME_TOKEN_ABJAD) != 0))
            TRY(find_vowelless(f, area, err));
    }
    return IMJIN_OK;
}

enum imjin_status index_likes(struct screen_finder *f, const struct name_token *t, const struct likeness **ret,
                              uint32_t *ret_count, struct error *err) {
    struct name_token key = index_bare(t);
    struct remembered *r = &f->memory[hash_bytes(&key, sizeof key, 2) % REMEMBERED];
    if (!r->used || memcmp(&r->token, &key, sizeof key) != 0) {
        TRY(find_likes(f, &key, err));
        if (f->likes.count > REMEMBERED_LIKES_MAX) {
            *ret = f->likes.items;
            *ret_count = (uint32_t)f->likes.count;
            return IMJIN_OK;
        }
        struct likeness *items = memory_new(f->likes.count + 1, sizeof *items);
        if (items == NULL)
            return fail_memory(err, "a search");
        if (f->likes.count)
            memcpy(items, f->likes.items, f->likes.count * sizeof *items);
        memory_free(r->items);
        *r = (struct remembered){key, items, (uint32_t)f->likes.count, true};
    }
    *ret = r->items;
    *ret_count = r->count;
    return IMJIN_OK;
}
