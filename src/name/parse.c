#include "name/inside.h"

/* What a word counts for beside an ordinary one. */
enum {
    WEIGHT_ORDINARY = 100,
    WEIGHT_COMMON = 80,
    WEIGHT_THREE = 90,
    WEIGHT_TWO = 75,
    WEIGHT_INITIAL = 40,
    WEIGHT_SYMBOL = 60,
    WEIGHT_NUMBER = 60,
    WEIGHT_FILIATION = 25,
    WEIGHT_LEGAL = 15,
    WEIGHT_PARTICLE = 10,
    WEIGHT_TITLE = 4,
};
enum { TOKENS_MAX = 2 * NAME_WORDS_MAX + 3 * NAME_JOINED_WORDS_MAX };
_Static_assert(TOKENS_MAX < 256, "tokens are counted in a byte");

/* A name while it is made. */
struct draft {
    struct name head;
    struct name_token tokens[TOKENS_MAX];
    const struct script_word *korean[NAME_WORDS_MAX]; /* words of the form that may be Korean */
    unsigned korean_count;
};

/* ---- which words belong together ---- */

static bool is_east_asian(enum script s) { return s == SCRIPT_HAN || s == SCRIPT_HANGUL || s == SCRIPT_KANA; }

/* What stands in brackets in another script, or in East Asian letters beside others, is the name once more. */
static bool is_other_form(const struct script_word *w, const struct script_word *first) {
    if (w->script == first->script || (is_east_asian(w->script) && is_east_asian(first->script)))
        return false;
    return w->bracketed || is_east_asian(w->script) != is_east_asian(first->script);
}

static unsigned sort_forms(const struct script_text *t, uint8_t ret_form[NAME_WORDS_MAX]) {
    unsigned forms = t->word_count > 0;
    uint32_t second = 0;
    for (uint32_t i = 0; i < t->word_count; i++) {
        const struct script_word *w = &t->words[i];
        bool other = is_other_form(w, &t->words[0]) && !(w->letters[0] >= '0' && w->letters[0] <= '9');
        if (other && forms == 1) {
            forms = 2;
            second = i;
        }
        bool third = other && second != i && is_other_form(w, &t->words[second]);
        ret_form[i] = third ? 2 : other;
        forms = third ? 3 : forms;
    }
    return forms;
}

/* ---- words to tokens ---- */

static bool classes_of(enum name_kind kind, enum word_class c, bool first) {
    bool person = kind == NAME_PERSON, organisation = kind == NAME_ORGANISATION || kind == NAME_VESSEL;
    switch (c) {
    case WORD_LEGAL:
        return !person;
    case WORD_SYMBOL:
        return organisation;
    case WORD_TITLE:
        return !organisation;
    case WORD_GIVEN:
    case WORD_COMMON:
    case WORD_FILIATION:
        return !organisation;
    case WORD_NUMBER:
        return !person;
    case WORD_ROMAN:
        return !first && !person;
    default:
        return true;
    }
}

static uint8_t weight_of(const struct name_token *t) {
    switch (t->class) {
    case WORD_TITLE:
        return WEIGHT_TITLE;
    case WORD_LEGAL:
        return WEIGHT_LEGAL;
    case WORD_SYMBOL:
        return WEIGHT_SYMBOL;
    case WORD_PARTICLE:
        return WEIGHT_PARTICLE;
    case WORD_FILIATION:
        return WEIGHT_FILIATION;
    default:
        break;
    }
    if (t->flags & NAME_TOKEN_NUMBER)
        return WEIGHT_NUMBER;
    if (t->flags & NAME_TOKEN_INITIAL)
        return WEIGHT_INITIAL;
    return t->flags & NAME_TOKEN_COMMON ? WEIGHT_COMMON
           : t->count == 2              ? WEIGHT_TWO
           : t->count == 3              ? WEIGHT_THREE
                                        : WEIGHT_ORDINARY;
}

/* "007" and "7th" are the number 7. */
static bool read_number(const struct script_word *w, uint32_t *ret) {
    uint64_t value = 0;
    unsigned i = 0;
    for (; i < w->count && w->letters[i] >= '0' && w->letters[i] <= '9' && i < 9; i++)
        value = 10 * value + (uint64_t)(w->letters[i] - '0');
    bool ordinal = i + 2 == w->count && (memcmp(w->letters + i, "st", 2) == 0 || memcmp(w->letters + i, "nd", 2) == 0 ||
                                         memcmp(w->letters + i, "rd", 2) == 0 || memcmp(w->letters + i, "th", 2) == 0);
    if (i == 0 || (i != w->count && !ordinal))
        return false;
    *ret = (uint32_t)value;
    return true;
}

static struct name_token token_of(const struct script_word *w, unsigned form, unsigned first) {
    struct name_token t = {
        .text_at = w->text_at, .text_count = w->text_count, .form = (uint8_t)form, .first = (uint8_t)first, .span = 1};
    token_set_letters(&t, w->letters, w->count, w->hash);
    if (w->script == SCRIPT_ARABIC || w->script == SCRIPT_HEBREW)
        t.flags |= NAME_TOKEN_ABJAD;
    if (w->script == SCRIPT_HAN || (w->script == SCRIPT_HANGUL && w->code_count <= 2))
        t.flags |= NAME_TOKEN_SYLLABLES;
    if (w->script != SCRIPT_LATIN) {
        t.flags |= NAME_TOKEN_FOREIGN;
        t.original = w->original;
    }
    if (w->count == 1 && w->script <= SCRIPT_GREEK && w->letters[0] > '9')
        t.flags |= NAME_TOKEN_INITIAL;
    if (read_number(w, &t.number))
        t.flags |= NAME_TOKEN_NUMBER;
    return t;
}

static void tag(struct name_token *t, const struct name_word *row) {
    if (row->class == WORD_COMMON) {
        t->flags |= NAME_TOKEN_COMMON;
        return;
    }
    if (row->class == WORD_NUMBER || row->class == WORD_ROMAN) {
        t->flags |= NAME_TOKEN_NUMBER;
        t->flags &= (uint8_t)~NAME_TOKEN_INITIAL;
        t->number = row->group;
        return;
    }
    t->class = row->class;
    t->group = row->group;
}

/* Legal forms that are no names: people are listed with them by mistake. */
static bool is_company_suffix(const char *text, unsigned count) {
    static const char *const words[] = {"llc", "ltd", "inc", "gmbh", "sa", "plc", "limited", "corp", "jsc", "ooo"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == count && memcmp(words[i], text, count) == 0)
            return true;
    return false;
}

/* "Ben" is a son in the middle of a name, and Benjamin where given names stand. */
static bool is_ben_first(const struct script_word *const *words, unsigned at) {
    const struct script_word *w = words[at];
    return w->count == 3 && memcmp(w->letters, "ben", 3) == 0 && (at == 0 || w->before == ',');
}

static const struct name_word *row_of_phrase(const struct word_rows *r, const struct script_word *const *words, unsigned count,
                                             unsigned at, enum name_kind kind, struct span phrase, unsigned n) {
    static const enum word_class order[] = {WORD_LEGAL, WORD_TITLE, WORD_SYMBOL, WORD_FILIATION, WORD_PARTICLE};
    for (unsigned c = 0; c < sizeof order / sizeof *order; c++) {
        bool suffix =
            order[c] == WORD_LEGAL && at > 1 && at + n == count && is_company_suffix(phrase.bytes, (unsigned)phrase.count);
        if ((!suffix && !classes_of(kind, order[c], at == 0)) || (order[c] == WORD_FILIATION && is_ben_first(words, at)))
            continue;
        if (r->rows[order[c]])
            return r->rows[order[c]];
    }
    return NULL;
}

/* The longest phrase that begins at words[at]: how many words, and its row. `ret_single` is what the first word alone is. */
static unsigned find_phrase(const struct script_word *const *words, unsigned count, unsigned at, enum name_kind kind,
                            const struct name_word **ret, struct word_rows *ret_single) {
    char text[NAME_PHRASE_WORDS_MAX * (SCRIPT_LETTERS_MAX + 1)];
    unsigned length = 0, found = 0;
    for (unsigned n = 1; n <= NAME_PHRASE_WORDS_MAX && at + n <= count; n++) {
        const struct script_word *w = words[at + n - 1];
        if (n > 1)
            text[length++] = ' ';
        memcpy(text + length, w->letters, w->count);
        length += w->count;
        struct word_rows rows = word_rows_of(text, length);
        const struct name_word *row = row_of_phrase(&rows, words, count, at, kind, (struct span){text, length}, n);
        if (n == 1)
            *ret_single = rows;
        if (row) {
            *ret = row;
            found = n;
        }
        if (!rows.begins_longer)
            break;
    }
    return found;
}

/* Letters with full stops between them are one word of an organisation: "L.X.C." */
static unsigned find_letters(const struct script_word *const *words, unsigned count, unsigned at, enum name_kind kind) {
    unsigned n = 0;
    while (at + n < count && words[at + n]->count == 1 &&
           (n == 0 || words[at + n]->before == '.' || words[at + n]->before == ' ') && words[at + n]->letters[0] > '9' &&
           (words[at + n]->dotted || n))
        n++;
    return n >= 2 && kind != NAME_PERSON ? n : 0;
}

static struct name_token run_of(const struct script_word *const *words, unsigned count, unsigned form, unsigned first) {
    char letters[NAME_WORDS_MAX * SCRIPT_LETTERS_MAX];
    unsigned length = 0;
    struct name_token t = token_of(words[0], form, first);
    for (unsigned i = 0; i < count; i++) {
        memcpy(letters + length, words[i]->letters, words[i]->count);
        length += words[i]->count;
    }
    const struct script_word *last = words[count - 1];
    t.text_count = (uint16_t)(last->text_at + last->text_count - t.text_at);
    if (count > 1) {
        t.flags &= (uint8_t) ~(NAME_TOKEN_INITIAL | NAME_TOKEN_NUMBER | NAME_TOKEN_CUT);
        uint32_t hash = 0x811c9dc5u;
        for (unsigned i = 0; i < length; i++)
            hash = (hash ^ (uint8_t)letters[i]) * 0x01000193u;
        token_set_letters(&t, letters, length, hash);
    }
    return t;
}

static void tag_single(struct name_token *t, const struct word_rows *rows, enum name_kind kind, bool first) {
    static const enum word_class order[] = {WORD_GIVEN, WORD_COMMON, WORD_NUMBER, WORD_ROMAN};
    for (unsigned c = 0; c < sizeof order / sizeof *order; c++) {
        const struct name_word *row = classes_of(kind, order[c], first) ? rows->rows[order[c]] : NULL;
        if (row)
            tag(t, row);
    }
}

/* Tens and units are one number: "forty-four". */
static void join_numbers(struct name_token *tokens, unsigned *count) {
    for (unsigned i = 0; i + 1 < *count; i++) {
        struct name_token *a = &tokens[i], *b = a + 1;
        bool words = a->flags & b->flags & NAME_TOKEN_NUMBER && a->letters[0] > '9';
        if (!words || a->number < 20 || a->number > 90 || a->number % 10 || b->number < 1 || b->number > 9)
            continue;
        a->number += b->number;
        a->text_count = (uint16_t)(b->text_at + b->text_count - a->text_at);
        memmove(b, b + 1, (*count - i - 2) * sizeof *b);
        (*count)--;
    }
}

static void add_words(struct draft *d, unsigned form, const struct script_word *const *words, unsigned count,
                      enum name_kind kind) {
    struct name_token *tokens = d->tokens + d->head.token_count;
    unsigned made = 0;
    d->korean_count = 0;
    for (unsigned i = 0; i < count;) {
        const struct name_word *row = NULL;
        struct word_rows single;
        unsigned letters = find_letters(words, count, i, kind), n = find_phrase(words, count, i, kind, &row, &single);
        if (letters > n) {
            tokens[made] = run_of(words + i, letters, form, made);
            made++;
            i += letters;
            continue;
        }
        tokens[made] = run_of(words + i, n ? n : 1, form, made);
        if (n)
            tag(&tokens[made], row);
        else
            tag_single(&tokens[made], &single, kind, i == 0);
        if (tokens[made].class != WORD_TITLE || count <= 3)
            for (unsigned k = 0; k < (n ? n : 1); k++)
                d->korean[d->korean_count++] = words[i + k];
        made++;
        i += n ? n : 1;
    }
    join_numbers(tokens, &made);
    d->head.token_count = (uint8_t)(d->head.token_count + made);
    d->head.forms[form].words = (uint8_t)made;
}

/* Words that only accompany others count fully where nothing else stands. */
static void weigh(struct name_token *tokens, unsigned count) {
    bool ordinary = false;
    for (unsigned i = 0; i < count; i++) {
        tokens[i].weight = weight_of(&tokens[i]);
        tokens[i].first = (uint8_t)i;
        ordinary |= tokens[i].weight > WEIGHT_FILIATION;
    }
    for (unsigned i = 0; i < count && !ordinary; i++)
        tokens[i].weight = WEIGHT_ORDINARY;
}

static void add_joined(struct draft *d, unsigned form) {
    struct name_form *f = &d->head.forms[form];
    const struct name_token *words = d->tokens + f->first_token;
    for (unsigned span = 2; span <= 3 && f->words <= NAME_JOINED_WORDS_MAX; span++) {
        for (unsigned i = 0; i + span <= f->words; i++) {
            char letters[3 * NAME_TOKEN_LETTERS];
            struct name_token t = words[i];
            unsigned length = 0, weight = 0;
            uint32_t hash = 0x811c9dc5u;
            bool cut = false;
            for (unsigned k = i; k < i + span; k++) {
                memcpy(letters + length, words[k].letters, words[k].count);
                length += words[k].count;
                weight += words[k].weight;
                cut |= words[k].flags & NAME_TOKEN_CUT;
            }
            if (cut)
                continue; /* its letters are not all there */
            for (unsigned k = 0; k < length; k++)
                hash = (hash ^ (uint8_t)letters[k]) * 0x01000193u;
            t.flags &= NAME_TOKEN_SYLLABLES;
            t.class = 0;
            t.group = 0;
            t.span = (uint8_t)span;
            t.weight = (uint8_t)(weight > 255 ? 255 : weight);
            t.text_count = (uint16_t)(words[i + span - 1].text_at + words[i + span - 1].text_count - t.text_at);
            token_set_letters(&t, letters, length, hash);
            d->tokens[d->head.token_count++] = t;
        }
    }
}

static void add_form(struct draft *d, unsigned form, const struct script_text *t, const uint8_t *forms, enum name_kind kind) {
    const struct script_word *words[NAME_WORDS_MAX];
    unsigned count = 0;
    for (uint32_t i = 0; i < t->word_count; i++)
        if (forms[i] == form)
            words[count++] = &t->words[i];
    if (count == 0)
        return;
    struct name_form *f = &d->head.forms[form];
    f->first_token = d->head.token_count;
    f->script = words[0]->script;
    add_words(d, form, words, count, kind);
    weigh(d->tokens + f->first_token, f->words);
    add_joined(d, form);
    f->tokens = (uint8_t)(d->head.token_count - f->first_token);
    if (kind == NAME_PERSON || kind == NAME_ANY)
        korean_read(&d->head, form, t, d->korean, d->korean_count, t->comma);
}

static enum imjin_status finish(const struct name **ret, const struct draft *d, const struct script_text *t, struct arena *a,
                                struct error *err) {
    size_t tokens = d->head.token_count * sizeof *d->tokens;
    size_t bytes = sizeof(struct name) + tokens + t->text_count;
    struct name *n = arena_new(a, 1, bytes);
    if (n == NULL)
        return fail_memory(err, "a name");
    *n = d->head;
    n->bytes = (uint32_t)bytes;
    n->text_count = (uint16_t)t->text_count;
    memcpy(n->tokens, d->tokens, tokens);
    memcpy((char *)n->tokens + tokens, t->text, t->text_count);
    *ret = n;
    return IMJIN_OK;
}

/* A digit for the letter that it looks like, in a word of a person's name that begins with a letter: "R1". */
static void read_digits(struct script_word *w) {
    static const char letters[10] = {'o', 'i', 0, 'e', 'a', 's', 0, 't', 'b', 0};
    unsigned digits = 0;
    for (unsigned i = 0; i < w->count; i++)
        digits += w->letters[i] <= '9';
    if (w->letters[0] <= '9' || digits != 1 || w->cut)
        return;
    w->hash = 0x811c9dc5u;
    for (unsigned i = 0; i < w->count; i++) {
        if (w->letters[i] <= '9' && letters[w->letters[i] - '0'])
            w->letters[i] = letters[w->letters[i] - '0'];
        w->hash = (w->hash ^ (uint8_t)w->letters[i]) * 0x01000193u;
    }
}

enum imjin_status name_parse(const struct name **ret, struct span text, enum name_kind kind, struct arena *a,
                             struct error *err) {
    struct script_text t;
    struct draft d;
    uint8_t forms[NAME_WORDS_MAX];
    d.head = (struct name){.kind = (uint8_t)kind};
    if (text.count > NAME_BYTES_MAX)
        return fail(err, IMJIN_BAD_INPUT, "a name has at most %d bytes, this one %llu; shorten it", NAME_BYTES_MAX,
                    (unsigned long long)text.count);
    TRY(script_read(&t, text, kind != NAME_ORGANISATION && kind != NAME_VESSEL, err));
    for (uint32_t i = 0; i < t.word_count && kind == NAME_PERSON; i++)
        read_digits(&t.words[i]);
    d.head.form_count = (uint8_t)sort_forms(&t, forms);
    for (unsigned f = 0; f < d.head.form_count; f++)
        add_form(&d, f, &t, forms, kind);
    return finish(ret, &d, &t, a, err);
}

bool name_is_empty(const struct name *n) { return n->token_count == 0; }

struct span name_text(const struct name *n) {
    return (struct span){(const char *)(n->tokens + n->token_count), n->text_count};
}
