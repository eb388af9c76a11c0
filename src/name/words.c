#include "name/inside.h"

static int compare_word(const struct name_word *row, const char *words, unsigned count) {
    const char *text = name_word_text + row->at;
    int order = strncmp(text, words, count);
    return order ? order : text[count] != 0;
}

static uint32_t first_row(const char *words, unsigned count) {
    uint32_t low = 0, high = name_words_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (compare_word(&name_words[middle], words, count) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct word_rows word_rows_of(const char *words, unsigned count) {
    struct word_rows ret = {0};
    uint32_t row = first_row(words, count);
    for (; row < name_words_count && compare_word(&name_words[row], words, count) == 0; row++)
        if (ret.rows[name_words[row].class] == NULL)
            ret.rows[name_words[row].class] = &name_words[row];
    if (row < name_words_count) {
        const char *text = name_word_text + name_words[row].at;
        ret.begins_longer = strncmp(text, words, count) == 0 && text[count] == ' ';
    }
    return ret;
}
