/* Events and calls from strangers. The first byte: how many topics (0 to 7), with the top bit a row of the table whose hash
 * takes the place of the first topic or selector, named by the second byte. Then topics of 32 bytes, the rest is the data. */
#include <stdlib.h>

#include "codec/abi.h"
#include "codec/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static void look(const struct abi_match *m, struct span data) {
    for (unsigned i = 0; i < m->signature->field_count; i++) {
        struct span b = m->values[i].bytes;
        if (b.count && (b.bytes < data.bytes || b.bytes + b.count > data.bytes + data.count))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    uint8_t topics[ABI_TOPICS_MAX][ABI_WORD] = {0};
    struct abi_match m;
    unsigned rows;
    if (count < 2)
        return 0;
    unsigned topic_count = bytes[0] & 7, at = 2;
    bool chosen = bytes[0] & 0x80, call = bytes[0] & 0x40;
    if (call) {
        char text[4096];
        const struct abi_signature *table = abi_functions(&rows);
        uint64_t size = count - 2 < sizeof text ? count - 2 : sizeof text;
        memcpy(text, bytes + 2, size);
        if (chosen && size >= ABI_SELECTOR)
            memcpy(text, table[bytes[1] % rows].hash, ABI_SELECTOR);
        if (abi_match_call((struct span){text, size}, &m))
            look(&m, (struct span){text, size});
        return 0;
    }
    for (unsigned i = 0; i < topic_count && i < ABI_TOPICS_MAX && at + ABI_WORD <= count; i++, at += ABI_WORD)
        memcpy(topics[i], bytes + at, ABI_WORD);
    const struct abi_signature *table = abi_events(&rows);
    if (chosen)
        memcpy(topics[0], table[bytes[1] % rows].hash, ABI_WORD);
    struct abi_event e = {(const uint8_t(*)[ABI_WORD])topics, topic_count, {(const char *)bytes + at, count - at}};
    if (abi_match_event(&e, &m))
        look(&m, e.data);
    return 0;
}
