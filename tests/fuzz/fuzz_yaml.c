/* Any bytes as YAML: every event is well nested, every failure has a place. */
#include "codec/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct yaml_reader *r;
    struct yaml_event e = {.kind = YAML_SCALAR};
    struct error err = {0};
    uint32_t depth = 0;
    if (yaml_reader_open(&r, "fuzz", (struct span){(const char *)data, size}, &err) != IMJIN_OK)
        return 0;
    while (e.kind != YAML_END) {
        if (yaml_next(r, &e, &err) != IMJIN_OK) {
            INVARIANT(err.status == IMJIN_BAD_INPUT && err.line > 0 && err.text[0]);
            break;
        }
        depth -= e.kind == YAML_MAP_END || e.kind == YAML_LIST_END;
        INVARIANT(e.depth == depth && depth <= YAML_DEPTH_MAX);
        depth += e.kind == YAML_MAP_BEGIN || e.kind == YAML_LIST_BEGIN;
    }
    yaml_reader_close(r);
    return 0;
}
