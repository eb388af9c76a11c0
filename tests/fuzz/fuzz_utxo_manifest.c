/* Any bytes as the manifest of a store of blocks, and as blocks in JSON. */
#include "utxo/format.h"
#include "utxo/source_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct utxo_manifest m;
    struct buffer bytes = {.item_bytes = 1, .items_max = 1 << 24, .what = "bytes"};
    struct buffer blocks = {.item_bytes = sizeof(struct json_block), .items_max = 1 << 16, .what = "blocks"};
    if (utxo_manifest_parse(&m, (const char *)data, size, NULL) == IMJIN_OK)
        utxo_manifest_done(&m);
    if (json_blocks("blocks.json", (struct span){(const char *)data, size}, &bytes, &blocks, NULL) == IMJIN_OK)
        for (uint64_t i = 0; i < blocks.count; i++) {
            const struct json_block *b = (const struct json_block *)blocks.items + i;
            INVARIANT(b->offset + b->bytes <= bytes.count);
        }
    buffer_done(&bytes);
    buffer_done(&blocks);
    return 0;
}
