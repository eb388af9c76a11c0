/* Any bytes as a file of batches: refused with a place, or batches within their limits. */
#include "pattern/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct mixer_pool pools[] = {{"1", {ID_NONE}, 1}, {"100", {ID_NONE}, 1}};
    struct mixer_batches b;
    struct error err = {0};
    if (mixer_batches_parse(&b, "fuzz", (struct span){(const char *)data, size}, pools, 2, &err) != IMJIN_OK) {
        INVARIANT(err.text[0]);
        return 0;
    }
    INVARIANT(b.count > 0 && b.count <= MIXER_BATCHES_MAX);
    for (uint64_t i = 0; i < b.count; i++) {
        const struct mixer_batch *x = &b.items[i];
        INVARIANT(x->pool < 2 && x->notes > 0 && x->notes <= MIXER_NOTES_MAX && x->first <= x->last && x->name[0]);
        INVARIANT(strnlen(x->name, sizeof x->name) < sizeof x->name);
    }
    mixer_batches_done(&b);
    return 0;
}
