/* What the files of the room share. */
#ifndef IMJIN_NAME_INSIDE_H
#define IMJIN_NAME_INSIDE_H

#include "name/name.h"
#include "name/script.h"
#include "name/tables.h"

/* ---- words.c ---- */

/* The rows for a word or phrase, by class; null where there is none. `begins_longer`: it begins a phrase of more words. */
struct word_rows {
    const struct name_word *rows[WORD_COMMON + 1];
    bool begins_longer;
};
struct word_rows word_rows_of(const char *words, unsigned count);

/* ---- token.c ---- */

enum token_rule { TOKEN_DIFFERENT = 0, TOKEN_EQUAL, TOKEN_SAME_WORD, TOKEN_SPELLING, TOKEN_VOWELS, TOKEN_INITIAL };
/* Fills profile, hash, cut and count for letters. */
void token_set_letters(struct name_token *t, const char *letters, unsigned count, uint32_t hash);
uint16_t token_compare(const struct name_token *a, const struct name_token *b, enum token_rule *ret_rule);

/* Words of up to four letters, of which one at least has three, that differ in one letter. */
bool token_one_letter(const struct name_token *a, const struct name_token *b);

/* What many.c must know. Costs are in tenths of a letter; the letters before and behind `c` are 0 at the ends of a word. */
unsigned token_cost_of_change(char a, char b);
unsigned token_cost_of_loss(char c, char before, char behind);
unsigned token_cost_of_swap(void);
/* The least that losing a letter costs, of those counted in `cheap` and of others. */
unsigned token_cost_of_cheap(void);
unsigned token_cost_of_other(void);
/* Between a word of a script without vowels (`foreign`) and another; the more consonants of the two. */
unsigned token_vowelless_change(char foreign, char other);
unsigned token_vowelless_loss(char c, char before, bool foreign);
unsigned token_vowelless_score(unsigned cost, unsigned consonants);
/* The class of a letter, or of the one that a digit looks like: vowels are 1, h is 0; letters of different classes differ by a
 * whole edit. */
unsigned token_class(char c);
bool token_is_consonant(char c);
bool token_is_vowel(char c);
/* Bits of a profile from here on are classes of letters; the last ones are never set. */
enum { TOKEN_CLASS_SHIFT = 36, TOKEN_PROFILE_BITS = 59, TOKEN_CLASS_W = 6 };

/* ---- korean.c ---- */

#define KOREAN_PINYIN ((uint64_t)1 << 63)
/* Reads the words of a form, titles left out, as Korean names; appends to n->korean. `family_first`: a comma said so. */
void korean_read(struct name *n, unsigned form, const struct script_text *t, const struct script_word *const *words,
                 unsigned count, bool family_first);
/* Best over all readings of both: false when one of them is no Korean name. `ret_different`: both are, with as many syllables,
 * and a syllable differs. */
bool korean_compare(const struct name *a, unsigned form_a, const struct name *b, unsigned form_b, uint16_t *ret_score,
                    bool *ret_different);

#endif
