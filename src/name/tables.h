/* The tables of data/names, compiled in; see docs/names.md for the source of each. Sorted, read-only. */
#ifndef IMJIN_NAME_TABLES_H
#define IMJIN_NAME_TABLES_H

#include <stdint.h>

/* A letter of another alphabet in Latin letters. By code. */
struct name_letter {
    uint32_t code;
    char latin[5];
    uint8_t count;
};
extern const struct name_letter name_letters[];
extern const uint32_t name_letters_count;

enum word_class {
    WORD_TITLE = 1,
    WORD_LEGAL,     /* legal form; group: forms of the same kind (LLC, OOO, GmbH) */
    WORD_SYMBOL,    /* a common word of organisations; group: the same in other languages */
    WORD_GIVEN,     /* given name; group: its other forms */
    WORD_PARTICLE,  /* "al", "de", "the" */
    WORD_FILIATION, /* "bin", "abu"; group: spellings of the same */
    WORD_NUMBER,    /* group: the number */
    WORD_ROMAN,     /* as WORD_NUMBER, where it does not come first */
    WORD_COMMON,    /* a name that very many bear */
};
/* One word, or several with a space between. By text (`at` in name_word_text, ends in NUL), then by class. */
struct name_word {
    uint32_t at;
    uint16_t group;
    uint8_t class;
};
extern const char name_word_text[];
extern const struct name_word name_words[];
extern const uint32_t name_words_count;

/* Sets of Korean readings as bits: 19 initials, 21 medials from bit 19, 8 finals from bit 40 (none k n t l m p ng), in the
 * order of Unicode's Hangul syllables. */
struct korean_letters {
    char letters[6];
    uint8_t count;
    uint64_t readings;
};
/* How syllables are written: in Latin letters, in Cyrillic ones (as bytes, see korean.c), and in Kana (as those are written in
 * Latin letters). Each table by letters. */
struct korean_scheme {
    const struct korean_letters *initials;
    uint32_t initial_count;
    const struct korean_letters *medials;
    uint32_t medial_count;
    const struct korean_letters *finals;
    uint32_t final_count;
    const struct korean_letters *wholes;
    uint32_t whole_count;
};
enum { KOREAN_LATIN, KOREAN_CYRILLIC, KOREAN_KANA };
extern const struct korean_scheme korean_schemes[];

struct korean_hanja {
    uint32_t code;
    uint64_t readings;
};
extern const struct korean_hanja korean_hanja_table[];
extern const uint32_t korean_hanja_table_count;

/* A pinyin syllable and the Korean readings of the characters that it may stand for. By text. */
struct korean_pinyin {
    char letters[8];
    uint16_t first, count; /* in korean_pinyin_readings */
};
extern const struct korean_pinyin korean_pinyin_table[];
extern const uint32_t korean_pinyin_table_count;
extern const uint64_t korean_pinyin_readings[];

/* Bits of finals, by initial * 21 + medial: the syllables that stand in names. */
extern const uint8_t korean_legal[19 * 21];

struct korean_family {
    uint64_t syllables[2];
    uint8_t count;
};
extern const struct korean_family korean_families[];
extern const uint32_t korean_families_count;

#endif
