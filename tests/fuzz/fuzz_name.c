/* Two names divided by a line end: any bytes parse or are refused, and what is parsed compares within bounds. */
#include "name/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t first = end ? (size_t)(end - data) : size;
    struct span texts[2] = {{(const char *)data, first}, {(const char *)data + first, size - first}};
    const struct name *names[2];
    struct arena a = {0};
    struct name_score score;
    static uint64_t keys[NAME_KEYS_MAX];
    bool good = true;
    for (unsigned i = 0; i < 2 && good; i++) {
        struct error err = {0};
        good = name_parse(&names[i], texts[i], (enum name_kind)(size % 4), &a, &err) == IMJIN_OK;
        INVARIANT(good || err.status == IMJIN_BAD_INPUT);
    }
    if (good) {
        uint16_t explained = name_compare(names[0], names[1], &score);
        INVARIANT(explained <= NAME_SCORE_MAX && explained == name_compare(names[0], names[1], NULL));
        INVARIANT(name_is_empty(names[0]) || name_compare(names[0], names[0], NULL) >= 900);
        INVARIANT(name_keys(names[0], keys) <= NAME_KEYS_MAX);
    }
    arena_done(&a);
    return 0;
}
