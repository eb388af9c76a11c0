/* Any bytes as a file of bridge records: refused with a place, or records within their limits that can be matched. */
#include "pattern/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void match(const struct bridge_store *s) {
    struct bridge_result *r;
    struct error err = {0};
    if (bridge_match(s, BRIDGE_RUNG_AMOUNT, NULL, &r, &err) != IMJIN_OK)
        return;
    uint64_t count = bridge_store_count(s);
    INVARIANT(r->deposits + r->withdrawals == count);
    for (uint64_t i = 0; i < r->match_count; i++) {
        const struct bridge_match *m = &r->matches[i];
        INVARIANT(m->deposit < count && m->withdrawal < count && m->rung >= 1 && m->rung <= 4);
        INVARIANT(bridge_store_at(s, m->deposit)->side == BRIDGE_DEPOSIT &&
                  bridge_store_at(s, m->withdrawal)->side != BRIDGE_DEPOSIT);
        INVARIANT(!bridge_store_at(s, m->deposit)->no_such_chain && !bridge_store_at(s, m->withdrawal)->no_such_chain);
        INVARIANT(m->loss_ppm <= 1000000 && m->confidence < 1000000);
    }
    bridge_result_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bridge_store *s;
    struct error err = {0};
    if (bridge_store_new(&s, &err) != IMJIN_OK)
        return 0;
    if (bridge_store_parse(s, "fuzz", (struct span){(const char *)data, size}, &err) != IMJIN_OK)
        INVARIANT(err.text[0]);
    bridge_store_sort(s);
    match(s);
    bridge_store_free(s);
    return 0;
}
