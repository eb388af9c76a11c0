/* The ladder, rung by rung, and what it leaves. */
#include "pattern/bridge_inside.h"

#include <stdlib.h>

const char *bridge_evidence_name(unsigned bit) {
    static const char *const names[BRIDGE_EVIDENCES] = {
        "same_identifier", "names_the_deposit", "named_recipient", "same_address",
        "same_asset",      "same_amount",       "same_chains",     "in_time"};
    INVARIANT(bit < BRIDGE_EVIDENCES);
    return names[bit];
}

const char *bridge_doubt_name(enum bridge_doubt d) {
    static const char *const names[BRIDGE_DOUBTS] = {"sound",      "not_covered", "no_identifier",
                                                     "no_deposit", "paid_before", "wrong_target",
                                                     "pays_more",  "too_early",   "no_such_chain"};
    INVARIANT(d < BRIDGE_DOUBTS);
    return names[d];
}

static int compare_matches(const void *a, const void *b) {
    const struct bridge_match *x = a, *y = b;
    if (x->deposit != y->deposit)
        return x->deposit < y->deposit ? -1 : 1;
    if (x->chosen != y->chosen)
        return x->chosen ? -1 : 1;
    uint64_t p = ((uint64_t)x->loss_ppm + 1) * (uint64_t)(x->delay + 60 + BRIDGE_CLOCK_SKEW);
    uint64_t q = ((uint64_t)y->loss_ppm + 1) * (uint64_t)(y->delay + 60 + BRIDGE_CLOCK_SKEW);
    if (p != q)
        return p < q ? -1 : 1;
    return (x->withdrawal > y->withdrawal) - (x->withdrawal < y->withdrawal);
}

/* Keeps the first few of the leads that no deposit was given to; the rest are counted as rivals. */
static void order_matches(struct buffer *b) {
    struct bridge_match *m = b->items;
    uint64_t kept = 0;
    unsigned of_deposit = 0;
    if (b->count)
        qsort(m, b->count, sizeof *m, compare_matches);
    for (uint64_t i = 0; i < b->count; i++) {
        of_deposit = i > 0 && m[i - 1].deposit == m[i].deposit ? of_deposit + 1 : 0;
        if (m[i].chosen || of_deposit < BRIDGE_LEADS_MAX)
            m[kept++] = m[i];
    }
    b->count = kept;
}

static enum imjin_status finish(struct bridge_matching *m, struct bridge_result *r, struct error *err) {
    struct buffer findings = {
        .item_bytes = sizeof(struct bridge_finding), .items_max = BRIDGE_RECORDS_MAX, .what = "withdrawals in doubt"};
    enum imjin_status status = IMJIN_OK;
    order_matches(&m->matches);
    r->matches = m->matches.items;
    r->match_count = m->matches.count;
    m->matches.items = NULL;
    for (uint64_t i = 0; i < r->match_count; i++)
        r->chosen[r->matches[i].rung] += r->matches[i].chosen;
    for (uint32_t i = 0; status == IMJIN_OK && i < bridge_store_count(m->store); i++) {
        bool deposit = bridge_record_of(m, i)->side == BRIDGE_DEPOSIT;
        r->deposits += deposit;
        r->withdrawals += !deposit;
        if (deposit)
            continue;
        r->doubts[m->doubts[i]]++;
        if (m->doubts[i] != BRIDGE_SOUND)
            status = buffer_push(&findings, &(struct bridge_finding){i, m->doubts[i]}, NULL, err);
    }
    r->findings = findings.items;
    r->finding_count = findings.count;
    return status;
}

static enum imjin_status climb_all(struct bridge_matching *m, struct bridge_result *r, struct error *err) {
    uint64_t count = bridge_store_count(m->store);
    m->measures = memory_new(count, sizeof *m->measures);
    m->protocol_of = memory_new(count, sizeof *m->protocol_of);
    m->protocols = memory_new(BRIDGE_PROTOCOLS_MAX, sizeof *m->protocols);
    m->used = memory_new(count, 1);
    m->doubts = memory_new(count, 1);
    if (!m->measures || !m->protocol_of || !m->protocols || !m->used || !m->doubts)
        return fail_memory(err, "records of bridges");
    TRY(bridge_measure_all(m, err));
    TRY(bridge_match_ids(m, err));
    for (unsigned rung = BRIDGE_RUNG_NAMED; rung <= m->rung_max; rung++)
        TRY(bridge_match_rest(m, rung, err));
    return finish(m, r, err);
}

enum imjin_status bridge_match(const struct bridge_store *s, unsigned rung_max, const struct progress *p,
                               struct bridge_result **ret, struct error *err) {
    struct bridge_matching m = {.store = s, .progress = p, .rung_max = rung_max};
    INVARIANT(rung_max >= BRIDGE_RUNG_IDENTIFIER && rung_max <= BRIDGE_RUNG_AMOUNT);
    m.matches =
        (struct buffer){.item_bytes = sizeof(struct bridge_match), .items_max = BRIDGE_PAIRS_MAX, .what = "matches of bridges"};
    struct bridge_result *r = memory_new(1, sizeof *r);
    if (r == NULL)
        return fail_memory(err, "matches of bridges");
    enum imjin_status status = climb_all(&m, r, err);
    buffer_done(&m.matches);
    memory_free(m.measures);
    memory_free(m.protocol_of);
    memory_free(m.protocols);
    memory_free(m.used);
    memory_free(m.doubts);
    if (status == IMJIN_OK)
        *ret = r;
    else
        bridge_result_free(r);
    return status;
}

void bridge_result_free(struct bridge_result *r) {
    if (r == NULL)
        return;
    memory_free(r->matches);
    memory_free(r->findings);
    memory_free(r);
}
