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

/* What name_compare() makes of the likenesses of words, as far as an index relies on it. Of two forms, some words have a
 * partner on the other side (a pair counts the weights of both) and some stand open. A pair of words that are alike is worth at
 * most name_pair_worth() of its score; one of an initial NAME_INITIAL_WORTH and one of two short words (up to
 * NAME_SHORT_LETTERS letters each, at most one such pair) NAME_SHORT_WORTH. The score of the words is at most the sum of weight
 * times worth over the pairs, divided by the weight of the pairs and the weight of the open words times NAME_OPEN_TENTHS / 10,
 * or NAME_CONFLICT_TENTHS / 10 where on both sides words of more than NAME_CONFLICT_WEIGHT are open. Open words of which an
 * equal one has a partner have no weight. Above that stand one word of several, which needs an equal word of at least
 * NAME_LONE_LETTERS letters in a form of the query that has no other word but titles and legal forms, and Korean names, which
 * share a key. A name of a person keeps at most NAME_OTHER_KIND_TENTHS of its score of words against one of another kind. */
enum {
    NAME_OPEN_TENTHS = 9,
    NAME_CONFLICT_TENTHS = 25,
    NAME_CONFLICT_WEIGHT = 20,
    NAME_INITIAL_WORTH = 700,
    NAME_SHORT_WORTH = 475,
    NAME_SHORT_LETTERS = 4,
    NAME_LONE_LETTERS = 5,
    NAME_OTHER_KIND_TENTHS = 8,
    NAME_WORD_WEIGHT_MAX = 100,
    NAME_JOINED_FLOOR = 900, /* of a pair in which one is a joined word and neither has more letters than these */
    NAME_JOINED_LETTERS = 7,
};
/* A slip of the spelling costs the whole name one and a half times what it costs the word. */
static inline unsigned name_pair_worth(unsigned score) {
    unsigned lost = (unsigned)(NAME_SCORE_MAX - score) * 15 / 10;
    return lost > NAME_SCORE_MAX ? 0 : NAME_SCORE_MAX - lost;
}

/* Whether a reading that came from a file may be compared. */
[[nodiscard]] bool name_korean_is_sound(const struct name_korean *k);
/* Whether a form of a query has but one word that is no title and no legal form. */
[[nodiscard]] bool name_may_be_lone(const struct name *n);

/* One word against many of one length at once. */
enum { NAME_LANES = 32, NAME_LETTER_CODES = 48, NAME_COUNTS = 16 };
struct name_costs {
    uint8_t change[NAME_TOKEN_LETTERS][NAME_LETTER_CODES]; /* of each letter of the word for that one */
    uint8_t lost[NAME_TOKEN_LETTERS];                      /* of leaving out one of the word's own */
    /* or one of the other's: alone, beside an equal one, before an h */
    uint8_t loss[NAME_LETTER_CODES], loss_doubled[NAME_LETTER_CODES], loss_before_h[NAME_LETTER_CODES];
    uint8_t swap;       /* of neighbours; 255: none */
    uint8_t silent;     /* a letter that costs nothing at the end of the other word; 255: none */
    bool doubled_ahead; /* a letter is doubled by the one behind it, too */
};
struct name_probe {
    struct name_token token;
    uint8_t codes[NAME_TOKEN_LETTERS], counts[NAME_COUNTS];
    struct name_costs spelling, vowelless;
};
struct name_lanes {
    uint8_t letters[NAME_TOKEN_LETTERS][NAME_LANES]; /* by place, then lane */
    uint8_t count, used;
};
void name_probe_make(struct name_probe *ret, const struct name_token *t);
/* The letters of a word as lanes take them. */
void name_token_codes(uint8_t *ret, const struct name_token *t);
/* Words of `count` letters, whose codes stand one after the other: those at `places`, at most NAME_LANES. */
void name_lanes_fill(struct name_lanes *l, const uint8_t *codes, unsigned count, const uint32_t *places, unsigned lanes);
/* A word's profile for name_probe_scan(); no word is near a number or pinyin by its spelling. */
uint64_t name_token_trace(const struct name_token *t);
/* Words of `count` letters that reach `floor` by spelling have at least so many letters counted in `cheap`; more than
 * NAME_TOKEN_LETTERS: none does. */
unsigned name_probe_cheap(const struct name_probe *p, unsigned count, unsigned floor);
/* Appends the places in [from, to) of words of `count` letters that may reach `floor`; `ret` has room for all of them. */
uint32_t name_probe_scan(uint32_t *ret, const struct name_probe *p, const uint64_t *traces, uint32_t from, uint32_t to,
                         unsigned count, unsigned floor);
/* How often a word has letters of each class; the last byte is its cheap ones. Leaves out of `places` those whose counts say
 * that the word cannot reach `floor`; returns how many are left. */
void name_token_counts(uint8_t ret[NAME_COUNTS], const struct name_token *t);
uint32_t name_probe_narrow(uint32_t *places, uint32_t place_count, const struct name_probe *p,
                           const uint8_t (*counts)[NAME_COUNTS], unsigned count, unsigned floor);
/* The same by the rules of scripts without vowels, for words of which one is of such a script and the other is not. */
uint32_t name_probe_scan_vowelless(uint32_t *ret, const struct name_probe *p, const uint64_t *traces, uint32_t from,
                                   uint32_t to);
/* Of the lanes a bit for each that reaches `floor`, and for those in `ret` what name_token_compare() gives by spelling alone,
 * or by the rules of scripts without vowels alone (`vowelless`), or more. `portable` keeps from the machine's own instructions,
 * for tests. */
uint32_t name_lanes_compare(uint16_t ret[NAME_LANES], const struct name_probe *p, const struct name_lanes *l, unsigned floor,
                            bool vowelless, bool portable);

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
