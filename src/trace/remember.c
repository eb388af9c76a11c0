#include "trace/remember.h"

#include <stdatomic.h>

/* What verdicts depend on. */
struct verdict_rules {
    const struct ledger *ledger;
    const struct label_store *labels;
    uint32_t hub_counterparties;
    bool labels_stop, deposits_stop, hubs_stop;
};

/* Verdicts of one rule set, and the last ledger's holdings, wait here between traces. */
struct trace_memory {
    atomic_flag taken;
    struct verdict_rules rules;
    struct replay_index index;
    struct verdict *slots[THREADS_MAX];
    uint64_t room[THREADS_MAX], count[THREADS_MAX];
};

enum imjin_status trace_memory_new(struct trace_memory **ret, struct error *err) {
    struct trace_memory *m = memory_new(1, sizeof *m);
    if (m == NULL)
        return fail_memory(err, "a trace");
    atomic_flag_clear(&m->taken);
    *ret = m;
    return IMJIN_OK;
}

static void memory_forget(struct trace_memory *m) {
    for (unsigned i = 0; i < THREADS_MAX; i++) {
        memory_free(m->slots[i]);
        m->slots[i] = NULL;
        m->room[i] = m->count[i] = 0;
    }
}

void trace_memory_forget(struct trace_memory *m) {
    memory_forget(m);
    replay_index_done(&m->index);
    m->rules = (struct verdict_rules){0};
}

void trace_memory_free(struct trace_memory *m) {
    if (m == NULL)
        return;
    trace_memory_forget(m);
    memory_free(m);
}

static bool same_rules(const struct verdict_rules *a, const struct verdict_rules *b) {
    return a->ledger == b->ledger && a->labels == b->labels && a->hub_counterparties == b->hub_counterparties &&
           a->labels_stop == b->labels_stop && a->deposits_stop == b->deposits_stop && a->hubs_stop == b->hubs_stop;
}

bool memory_take(struct trace_memory *m, const struct trace_input *in, const struct trace_request *r) {
    struct verdict_rules rules = {in->ledger,        in->labels,          r->hub_counterparties,
                                  r->stop_at_labels, r->stop_at_deposits, r->stop_at_hubs};
    if (m == NULL || atomic_flag_test_and_set(&m->taken))
        return false;
    if (!same_rules(&m->rules, &rules))
        memory_forget(m);
    m->rules = rules;
    return true;
}

void memory_release(struct trace_memory *m) { atomic_flag_clear(&m->taken); }

void memory_swap_verdicts(struct trace_memory *m, struct verdicts *v, unsigned worker) {
    struct verdict *slots = v->slots;
    uint64_t room = v->room, count = v->count;
    v->slots = m->slots[worker];
    v->room = m->room[worker];
    v->count = m->count[worker];
    m->slots[worker] = slots;
    m->room[worker] = room;
    m->count[worker] = count;
}

struct replay_index *memory_index(struct trace_memory *m) {
    return &m->index;
}
