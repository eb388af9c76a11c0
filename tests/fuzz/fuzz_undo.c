/* Any bytes as the undo data of a block. */
#include "utxo/undo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct wire_cursor c = {data, data + size};
    struct undo_output o;
    uint64_t txs, inputs;
    unsigned steps = 0;
    if (undo_tx_count(&c, &txs, NULL) != IMJIN_OK)
        return 0;
    for (; txs > 0 && undo_input_count(&c, &inputs, NULL) == IMJIN_OK && steps < STEPS_MAX; txs--)
        for (; inputs > 0 && undo_output_parse(&c, &o, NULL) == IMJIN_OK && steps < STEPS_MAX; inputs--, steps++) {
            const uint8_t *script = (const uint8_t *)o.script.bytes;
            bool in_room = script >= o.room && script + o.script.count <= o.room + sizeof o.room;
            INVARIANT(o.script.count == 0 || in_room || (script >= data && script + o.script.count <= data + size));
        }
    INVARIANT(c.at >= data && c.at <= data + size);
    return 0;
}
