/* Any bytes as the lock of an output and as an address, on each chain: what is printed reads back as the same script, and one
 * that is read prints in one way. The first byte chooses the chain. */
#include "chain/chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print_and_read(const struct script *s, const struct output_chain *chain) {
    char text[SCRIPT_PRINT_MAX], again[SCRIPT_PRINT_MAX];
    struct script read = {0};
    unsigned count = script_print(s, chain, text);
    INVARIANT(count > 0 && count < SCRIPT_PRINT_MAX && strlen(text) == count);
    INVARIANT(script_parse(&read, chain, span_of(text), NULL) == IMJIN_OK);
    INVARIANT(read.kind == s->kind && read.count == s->count && memcmp(read.payload, s->payload, s->count) == 0);
    script_print(&read, chain, again);
    INVARIANT(strcmp(text, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned count, needed, keys;
    const struct output_chain *chains = output_chains(&count);
    struct script s;
    if (size == 0)
        return 0;
    const struct output_chain *chain = &chains[data[0] % count];
    struct span bytes = {(const char *)data + 1, size - 1};
    INVARIANT(script_of(&s, chain, bytes, NULL) == IMJIN_OK && s.kind < SCRIPT_KINDS && s.count <= SCRIPT_PAYLOAD_MAX);
    if (s.kind != SCRIPT_DATA)
        print_and_read(&s, chain);
    (void)script_multisig(bytes, &needed, &keys);
    if (script_parse(&s, chain, bytes, NULL) == IMJIN_OK && s.kind != SCRIPT_DATA)
        print_and_read(&s, chain);
    return 0;
}
