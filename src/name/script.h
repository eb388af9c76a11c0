/* Bytes of a name to words in Latin letters. Inside the room only. */
#ifndef IMJIN_NAME_SCRIPT_H
#define IMJIN_NAME_SCRIPT_H

#include "name/name.h"

enum script {
    SCRIPT_LATIN = 0,
    SCRIPT_CYRILLIC,
    SCRIPT_GREEK,
    SCRIPT_ARABIC,
    SCRIPT_HEBREW,
    SCRIPT_HAN,
    SCRIPT_HANGUL,
    SCRIPT_KANA,
    SCRIPT_OTHER,
};

enum { SCRIPT_LETTERS_MAX = 96 };
/* A word as the text has it. */
struct script_word {
    uint32_t code_first, code_count; /* in script_text.codes */
    uint16_t text_at, text_count;
    uint8_t script;
    char before;    /* what divides it from the word before: ' ', '-', '.', ',', '(' */
    bool bracketed; /* between brackets */
    bool dotted;    /* a full stop follows */
    uint8_t count;  /* of letters; what goes beyond SCRIPT_LETTERS_MAX is only hashed */
    bool cut;
    uint32_t hash, original;
    char letters[SCRIPT_LETTERS_MAX];
};
struct script_text {
    uint32_t codes[NAME_BYTES_MAX];
    uint16_t at[NAME_BYTES_MAX + 1]; /* of each code in `text` */
    uint32_t count;
    char text[NAME_BYTES_MAX];
    uint32_t text_count;
    struct script_word words[NAME_WORDS_MAX];
    uint32_t word_count;
    bool comma; /* "LAST, First" */
};

/* `person`: a lone word of two to four Chinese characters or Hangul is a family name of one and a given name.
 * IMJIN_BAD_INPUT above the limits, IMJIN_MACHINE when memory or ICU's data is gone. */
enum imjin_status script_read(struct script_text *ret, struct span text, bool person, struct error *err);
uint32_t script_hash(const char *bytes, uint64_t count);

#endif
