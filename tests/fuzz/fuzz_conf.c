/* Any bytes as key = value lines: entries are well formed, failures have a place. */
#include "codec/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct conf c;
    struct error err = {0};
    if (conf_parse(&c, "fuzz", (struct span){(const char *)data, size}, &err) != IMJIN_OK) {
        INVARIANT(err.status == IMJIN_BAD_INPUT && err.text[0]);
        return 0;
    }
    for (uint64_t i = 0; i < c.count; i++) {
        const struct conf_entry *e = &c.entries[i];
        INVARIANT(e->line > 0 && strlen(e->key.bytes) == e->key.count && strlen(e->value.bytes) == e->value.count);
        INVARIANT(e->key.count > 0 && conf_find(&c, e->key.bytes, NULL) <= e);
    }
    conf_done(&c);
    return 0;
}
