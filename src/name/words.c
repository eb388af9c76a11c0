#include "name/inside.h"

static int compare_word(const struct name_word *row, const char *words, unsigned count) {
    const char *text = name_word_text + row->at;
    int order = strncmp(text, words, count);
    return order ? order : text[count] != 0;
}

const struct name_word *word_find(const char *words, unsigned count, enum word_class class) {
    uint32_t low = 0, high = name_words_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (compare_word(&name_words[middle], words, count) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < name_words_count && compare_word(&name_words[low], words, count) == 0; low++)
        if (name_words[low].class == class)
            return &name_words[low];
    return NULL;
}
