/* Any bytes as a block of each kind of chain: its parts lie inside it, and reading it twice gives the same. The first byte
 * chooses the chain. */
#include <stdlib.h>

#include "utxo/block.h"
#include "utxo/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(const void *part, uint64_t count, const uint8_t *data, size_t size) {
    const uint8_t *p = part;
    return p >= data && p <= data + size && count <= (uint64_t)(data + size - p);
}

static void walk(const struct wire_tx *tx, const uint8_t *data, size_t size) {
    const uint8_t *at = tx->inputs;
    struct wire_input in;
    struct wire_output out;
    struct span item;
    for (uint64_t i = 0; i < tx->input_count; i++) {
        wire_input_next(&at, &in);
        INVARIANT(inside(in.script.bytes, in.script.count, data, size));
    }
    at = tx->outputs;
    for (uint64_t i = 0; i < tx->output_count; i++) {
        wire_output_next(&at, &out);
        INVARIANT(inside(out.script.bytes, out.script.count, data, size));
    }
    at = tx->witnesses;
    for (uint64_t i = 0; at && i < tx->input_count; i++)
        for (uint64_t n = wire_witness_count(&at); n > 0; n--) {
            wire_witness_next(&at, &item);
            INVARIANT(inside(item.bytes, item.count, data, size));
        }
}

static void walk_all(const struct output_chain *chain, const uint8_t *data, size_t size) {
    struct wire_cursor c = {data, data + size};
    struct wire_tx tx;
    while (wire_tx_parse(&c, chain->wire, &tx, NULL) == IMJIN_OK) {
        INVARIANT(c.at > data && c.at <= data + size);
        walk(&tx, data, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned count;
    const struct output_chain *chains = output_chains(&count);
    struct block b = {0};
    struct block_head head;
    uint32_t height;
    if (size == 0)
        return 0;
    const struct output_chain *chain = &chains[data[0] % count];
    struct span bytes = {(const char *)data + 1, size - 1};
    walk_all(chain, data + 1, size - 1);
    if (block_parse(&b, chain, bytes, NULL) == IMJIN_OK) {
        INVARIANT(block_is_whole(chain, bytes) && b.tx_count > 0);
        (void)block_height(&b, &height);
        for (uint64_t i = 0; i < b.tx_count; i++) {
            uint8_t id[32];
            INVARIANT(wire_tx_id(&b.txs[i], id, NULL) == IMJIN_OK && memcmp(id, b.ids[i], 32) == 0);
        }
    }
    (void)!block_head_parse(&head, chain, bytes, NULL);
    block_done(&b);
    return 0;
}
