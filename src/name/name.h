/* name: names of people, organisations and ships in any script: normal forms, transliteration, Korean syllables, comparison.
 * Knows nothing of lists. All scores are integers from 0 to NAME_SCORE_MAX. Pure functions; a parsed name is immutable and safe
 * on any thread. docs/names.md says by which rules. */
#ifndef IMJIN_NAME_NAME_H
#define IMJIN_NAME_NAME_H

#include "codec/codec.h"
#include "name/limits.h"

enum { NAME_SCORE_MAX = 1000 };
/* The one threshold for all kinds of names; chosen from the curves in docs/accuracy.md. */
enum { NAME_THRESHOLD_DEFAULT = 700 };

enum name_kind { NAME_ANY = 0, NAME_PERSON, NAME_ORGANISATION, NAME_VESSEL };

/* ---- a parsed name: one block of bytes without pointers, which may be copied, written and mapped as it is ---- */

enum { NAME_TOKEN_LETTERS = 32 };
enum name_token_flag {
    NAME_TOKEN_INITIAL = 1,    /* one letter that stands for a name */
    NAME_TOKEN_NUMBER = 2,     /* `number` holds */
    NAME_TOKEN_ABJAD = 4,      /* from a script that leaves vowels out */
    NAME_TOKEN_COMMON = 8,     /* very many bear it */
    NAME_TOKEN_FOREIGN = 16,   /* `original` holds: letters of another script */
    NAME_TOKEN_CUT = 32,       /* longer than NAME_TOKEN_LETTERS: `hash` is of all letters */
    NAME_TOKEN_SYLLABLES = 64, /* pinyin of Chinese characters: a letter more or less is another word */
};
/* A word in Latin letters, or two or three neighbours joined. 64 bytes. */
struct name_token {
    char letters[NAME_TOKEN_LETTERS]; /* a-z and 0-9, no NUL behind */
    uint64_t profile;                 /* for the bound of name_token_bound() */
    uint32_t hash, original;
    uint32_t number;
    uint16_t text_at, text_count; /* in name_text() */
    uint16_t group;               /* words of the same class and group are forms of one word; 0: none */
    uint8_t count, class, flags;  /* class: 0 or enum word_class of name/tables.h */
    uint8_t form, first, span;    /* covers words [first, first + span) of the form */
    uint8_t weight, consonants;   /* consonants: letters but vowels, w, y, h, j */
    uint8_t cheap, spare[1];      /* cheap: letters that are lost for little: doubled ones and h */
};
_Static_assert(sizeof(struct name_token) == 72, "records are mapped");

/* A run of tokens that is a whole name: words first, then joined records. */
struct name_form {
    uint8_t first_token, words, tokens, script;
};
/* One way to read a form as a Korean name: readings of each syllable as a set (name/tables.h); bit 63: a row of the pinyin
 * table. Family syllables first. */
struct name_korean {
    uint64_t syllables[4];
    uint8_t count, family, form, spare[5];
};
struct name {
    uint32_t bytes; /* of the whole block */
    uint8_t kind, form_count, korean_count, token_count;
    struct name_form forms[NAME_FORMS_MAX];
    uint16_t text_count, spare[3];
    struct name_korean korean[NAME_KOREAN_MAX];
    struct name_token tokens[]; /* behind them the text: NFKC, UTF-8 */
};

/* Text as published or typed: UTF-8 (invalid bytes are taken as separators), any script, "LAST, First" understood. A name that
 * normalises to nothing is a name without parts and matches nothing. IMJIN_MACHINE when memory is gone, IMJIN_BAD_INPUT above
 * the limits of name/limits.h. */
enum imjin_status name_parse(const struct name **ret, struct span text, enum name_kind kind, struct arena *a,
                             struct error *err);
bool name_is_empty(const struct name *n);
struct span name_text(const struct name *n);

/* ---- comparison ---- */

/* One line of the calculation. Spans point into the two names. */
struct name_part {
    struct span query, candidate; /* the parts compared; empty where one side has no partner */
    uint16_t score;               /* 0..NAME_SCORE_MAX of this part */
    uint16_t weight;              /* its share of the whole, all weights sum to NAME_SCORE_MAX */
    const char *rule;             /* "equal", "korean reading", "initial", "nickname", "spelling", "missing", ... (constant) */
};
enum { NAME_PARTS_MAX = 48 };
struct name_score {
    uint16_t score;
    uint16_t part_count;
    struct name_part parts[NAME_PARTS_MAX];
};
/* Order-free assignment of parts; deterministic; ret_parts may be null when only the score is wanted. No heap, no locks. */
uint16_t name_compare(const struct name *query, const struct name *candidate, struct name_score *ret_parts);

/* ---- for an index that loses nothing ----
 * If name_compare(q, c) >= NAME_THRESHOLD_MIN, then q and c share a key of name_keys(), or some token of q and some token of c
 * (words or joined records) have name_token_compare() >= NAME_TOKEN_FLOOR. */
enum { NAME_THRESHOLD_MIN = 600, NAME_TOKEN_FLOOR = 750 };
/* Sorted, without duplicates, at most NAME_KEYS_MAX. Returns the count. */
enum { NAME_KEYS_MAX = 1024 };
unsigned name_keys(const struct name *n, uint64_t ret_keys[NAME_KEYS_MAX]);
/* 0..NAME_SCORE_MAX; symmetric; 0 below NAME_TOKEN_FLOOR. Depends on the two records alone, not on their names. */
uint16_t name_token_compare(const struct name_token *a, const struct name_token *b);
/* Never below name_token_compare(); a few instructions. */
uint16_t name_token_bound(const struct name_token *a, const struct name_token *b);

/* ---- the public rules of other tools, for users who move over: score 0..NAME_SCORE_MAX ---- */

enum name_mode { NAME_MODE_IMJIN = 0, NAME_MODE_OFAC, NAME_MODE_JARO_WINKLER, NAME_MODE_JARO_WINKLER_JOINED };
/* OFAC: names in small Latin letters without punctuation. JARO_WINKLER: the words as they stand, case and all, as its
 * publisher's tests have it; name_prepare() gives what that tool makes of a name first; JOINED: its other function, which also
 * reads short words as part of their neighbours. IMJIN_BAD_INPUT above 64 words or 512
 * bytes a word.
 */
enum imjin_status name_compare_mode(enum name_mode mode, struct span query, struct span candidate, uint16_t *ret_score,
                                    struct error *err);
/* Replaces `ret` by the words in small Latin letters with a space between. */
enum imjin_status name_prepare(struct text *ret, struct span text, struct error *err);

#endif
