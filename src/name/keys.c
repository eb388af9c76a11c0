#include <stdlib.h>

#include "name/inside.h"

static int compare_keys(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

struct keys {
    uint64_t *items;
    unsigned count;
};

static void add_readings(struct keys *k, uint64_t place, uint64_t readings) {
    for (unsigned i = 0; i < 19; i++)
        for (unsigned m = 0; readings >> i & 1 && m < 21; m++)
            for (unsigned f = 0; readings >> (19 + m) & 1 && f < 8; f++)
                if (readings >> (40 + f) & 1 && k->count < NAME_KEYS_MAX)
                    k->items[k->count++] = place << 32 | i << 16 | m << 8 | f;
}

/* Names that are the same as Korean names share a given syllable at the same place: at most one syllable may differ, and only
 * in names of three or more. */
unsigned name_keys(const struct name *n, uint64_t ret_keys[NAME_KEYS_MAX]) {
    struct keys k = {ret_keys, 0};
    for (unsigned i = 0; i < n->korean_count; i++) {
        const struct name_korean *r = &n->korean[i];
        for (unsigned s = r->family; s < r->count; s++) {
            uint64_t place = (uint64_t)r->count << 16 | r->family << 8 | s, readings = r->syllables[s];
            const struct korean_pinyin *row = &korean_pinyin_table[readings & 0xffff];
            if (!(readings & KOREAN_PINYIN))
                add_readings(&k, place, readings);
            for (unsigned p = 0; readings & KOREAN_PINYIN && p < row->count; p++)
                add_readings(&k, place, korean_pinyin_readings[row->first + p]);
        }
    }
    qsort(ret_keys, k.count, sizeof *ret_keys, compare_keys);
    unsigned kept = 0;
    for (unsigned i = 0; i < k.count; i++)
        if (kept == 0 || ret_keys[kept - 1] != ret_keys[i])
            ret_keys[kept++] = ret_keys[i];
    return kept;
}

bool name_may_be_lone(const struct name *n) {
    for (unsigned i = 0; i < n->form_count; i++) {
        const struct name_token *words = n->tokens + n->forms[i].first_token;
        unsigned count = 0;
        for (unsigned k = 0; k < n->forms[i].words; k++)
            count += words[k].class != WORD_TITLE && words[k].class != WORD_LEGAL;
        if (count == 1)
            return true;
    }
    return false;
}

bool name_korean_is_sound(const struct name_korean *k) {
    if (k->count > sizeof k->syllables / sizeof *k->syllables || k->family > k->count)
        return false;
    for (unsigned i = 0; i < k->count; i++)
        if (k->syllables[i] & KOREAN_PINYIN && (k->syllables[i] & 0xffff) >= korean_pinyin_table_count)
            return false;
    return true;
}
