#include "trace/inside.h"

enum { VERDICTS_FIRST = 256, MIX = 0x9E3779B1 };
enum { STATE_EMPTY = 0, STATE_LABEL = 1, STATE_FULL = 2 };

void verdicts_init(struct verdicts *v, const struct trace_input *in, const struct trace_request *request) {
    *v = (struct verdicts){
        .in = in,
        .request = request,
        .seen = {.item_bytes = sizeof(uint32_t), .items_max = TRACE_ITEMS_MAX, .what = "counterparties of an account"},
    };
}

void verdicts_done(struct verdicts *v) {
    memory_free(v->slots);
    v->slots = NULL;
    v->room = v->count = 0;
    buffer_done(&v->seen);
}

static struct verdict *slot_of(struct verdict *slots, uint64_t room, uint32_t account) {
    uint64_t i = (account * (uint64_t)MIX >> 7) & (room - 1);
    while (slots[i].state != STATE_EMPTY && slots[i].account != account)
        i = (i + 1) & (room - 1);
    return &slots[i];
}

static enum imjin_status verdicts_grow(struct verdicts *v, struct error *err) {
    uint64_t room = v->room ? v->room * 2 : VERDICTS_FIRST;
    struct verdict *slots = memory_new(room, sizeof *slots);
    if (slots == NULL)
        return fail_memory(err, "what is known of accounts");
    for (uint64_t i = 0; i < v->room; i++)
        if (v->slots[i].state != STATE_EMPTY)
            *slot_of(slots, room, v->slots[i].account) = v->slots[i];
    memory_free(v->slots);
    v->slots = slots;
    v->room = room;
    return IMJIN_OK;
}

static enum stop_reason stop_of_role(enum label_role role) {
    static const uint8_t stops[LABEL_ROLES] = {
        [LABEL_ROLE_SERVICE] = STOP_SERVICE,
        [LABEL_ROLE_MIXER] = STOP_MIXER,
        [LABEL_ROLE_BRIDGE] = STOP_BRIDGE,
        [LABEL_ROLE_BURN] = STOP_BURN,
    };
    return (unsigned)role < LABEL_ROLES ? stops[role] : STOP_NONE;
}

/* The store gives the deciding tag by value; its index is found by where its text lies. */
static uint64_t tag_index(const struct label_store *s, const struct tag *tag, uint64_t first, uint64_t count) {
    for (uint64_t i = first; i < first + count; i++) {
        struct tag other = label_at(s, i);
        if (other.label.bytes == tag->label.bytes && other.category == tag->category)
            return i;
    }
    return first;
}

static enum imjin_status label_tag(struct verdicts *v, struct account_id a, struct verdict *ret, struct tag *ret_tag,
                                   struct error *err) {
    struct address address;
    uint64_t first, count;
    *ret = (struct verdict){.account = a.n, .state = STATE_LABEL, .service = ID_NONE, .tag = UINT64_MAX};
    if (v->in->labels == NULL || a.n < ACCOUNTS_RESERVED)
        return IMJIN_OK;
    TRY(ledger_address(v->in->ledger, a, &address, err));
    const char *chain = ledger_chain(v->in->ledger)->name;
    label_find(v->in->labels, chain, &address, &first, &count);
    if (count == 0)
        return IMJIN_OK;
    ret->tag = first;
    if (label_role_of(v->in->labels, chain, &address, ret_tag, &ret->conflict)) {
        ret->role = (uint8_t)ret_tag->category->role;
        ret->tag = tag_index(v->in->labels, ret_tag, first, count);
    }
    return IMJIN_OK;
}

enum imjin_status verdict_label(struct verdicts *v, struct account_id a, struct verdict *ret, struct error *err) {
    struct tag tag;
    if (v->count * 2 >= v->room)
        TRY(verdicts_grow(v, err));
    struct verdict *slot = slot_of(v->slots, v->room, a.n);
    if (slot->state == STATE_EMPTY) {
        struct verdict made;
        TRY(label_tag(v, a, &made, &tag, err));
        *slot = made;
        v->count++;
    }
    *ret = *slot;
    return IMJIN_OK;
}

/* ---- the two rules that read the account's movements ---- */

enum { WALK_AHEAD = 16 };

struct walk {
    struct movement_list lists[LEDGER_SEGMENTS_MAX];
    unsigned list_count, list;
    uint64_t at, total;
};

static enum imjin_status walk_open(struct walk *w, const struct verdicts *v, struct account_id a, enum direction d,
                                   struct error *err) {
    *w = (struct walk){0};
    TRY(ledger_account_movements(v->in->ledger, a, d, w->lists, &w->list_count, err));
    for (unsigned i = 0; i < w->list_count; i++)
        w->total += w->lists[i].count;
    return IMJIN_OK;
}

/* Number UINT64_MAX at the end. */
static enum imjin_status walk_next(struct walk *w, const struct verdicts *v, uint64_t *ret_number, struct movement *ret,
                                   struct error *err) {
    while (w->list < w->list_count && w->at >= w->lists[w->list].count) {
        w->list++;
        w->at = 0;
    }
    *ret_number = UINT64_MAX;
    if (w->list >= w->list_count)
        return IMJIN_OK;
    const struct movement_list *list = &w->lists[w->list];
    uint64_t number = list->numbers[w->at++];
    if (w->at + WALK_AHEAD < list->count && list->numbers[w->at + WALK_AHEAD] < ledger_counts(v->in->ledger)->movements)
        __builtin_prefetch(ledger_movements(v->in->ledger) + list->numbers[w->at + WALK_AHEAD]);
    TRY(ledger_movement(v->in->ledger, number, ret, err));
    *ret_number = number;
    return IMJIN_OK;
}

static bool is_payment(const struct movement *m) {
    return movement_kind(m) != MOVEMENT_FEE && m->from != m->to && m->from >= ACCOUNTS_RESERVED && m->to >= ACCOUNTS_RESERVED &&
           (movement_wide(m) || movement_units(m) != 0);
}

/* A set of account numbers + 1 in scratch memory; ret_new tells whether it was not there. */
static enum imjin_status seen_add(struct verdicts *v, uint32_t account, bool *ret_new, struct error *err) {
    uint32_t *slots = v->seen.items;
    uint64_t room = v->seen.count, i = (account * (uint64_t)MIX >> 5) & (room - 1);
    (void)err;
    while (slots[i] != 0 && slots[i] != account + 1)
        i = (i + 1) & (room - 1);
    *ret_new = slots[i] == 0;
    slots[i] = account + 1;
    return IMJIN_OK;
}

static enum imjin_status seen_clear(struct verdicts *v, uint64_t members_max, struct error *err) {
    uint64_t room = 64;
    while (room < 2 * members_max + 2)
        room *= 2;
    v->seen.count = 0;
    TRY(buffer_reserve(&v->seen, room, err));
    memset(v->seen.items, 0, room * sizeof(uint32_t));
    v->seen.count = room;
    return IMJIN_OK;
}

static enum imjin_status many_counterparties(struct verdicts *v, struct account_id a, enum direction d, bool *ret,
                                             struct error *err) {
    struct walk w;
    uint64_t distinct = 0, number, limit = v->request->hub_counterparties;
    TRY(walk_open(&w, v, a, d, err));
    *ret = false;
    TRY(seen_clear(v, limit + 1, err));
    for (uint64_t reads = 0; reads < TRACE_HUB_READS_MAX; reads++) {
        struct movement m;
        bool fresh;
        TRY(walk_next(&w, v, &number, &m, err));
        if (number == UINT64_MAX)
            break;
        if (!is_payment(&m))
            continue;
        TRY(seen_add(v, d == DIRECTION_OUT ? m.to : m.from, &fresh, err));
        if (fresh && ++distinct > limit) {
            *ret = true;
            break;
        }
    }
    return IMJIN_OK;
}

static enum imjin_status is_hub(struct verdicts *v, struct account_id a, bool *ret, struct error *err) {
    struct walk out, in;
    bool paid = false, got = false;
    *ret = false;
    TRY(walk_open(&out, v, a, DIRECTION_OUT, err));
    TRY(walk_open(&in, v, a, DIRECTION_IN, err));
    if (out.total <= v->request->hub_counterparties || in.total <= v->request->hub_counterparties)
        return IMJIN_OK;
    TRY(many_counterparties(v, a, DIRECTION_OUT, &paid, err));
    if (paid)
        TRY(many_counterparties(v, a, DIRECTION_IN, &got, err));
    *ret = paid && got;
    return IMJIN_OK;
}

/* Who stands behind a service: its actor, without one its address. */
static enum imjin_status same_service(struct verdicts *v, uint32_t a, uint32_t b, bool *ret, struct error *err) {
    struct verdict one, two;
    *ret = a == b;
    if (a == b)
        return IMJIN_OK;
    TRY(verdict_label(v, (struct account_id){a}, &one, err));
    TRY(verdict_label(v, (struct account_id){b}, &two, err));
    struct tag first = label_at(v->in->labels, one.tag), second = label_at(v->in->labels, two.tag);
    *ret = first.actor.count != 0 && span_equal(first.actor, second.actor);
    return IMJIN_OK;
}

static enum imjin_status block_of(const struct verdicts *v, uint32_t tx, uint32_t *ret, struct error *err) {
    struct ledger_tx t;
    TRY(ledger_tx(v->in->ledger, (struct tx_id){tx}, &t, err));
    *ret = t.block;
    return IMJIN_OK;
}

/* Of one asset that the account paid on: every payment soon after an arrival, and little kept. */
static enum imjin_status forwards(struct verdicts *v, struct account_id a, uint32_t asset, bool *ret, struct error *err) {
    struct walk in, out;
    struct movement got = {0}, gave = {0};
    uint64_t got_number, gave_number;
    uint32_t last_tx = ID_NONE;
    u128 sum_in = 0, sum_out = 0, kept_max = 0;
    *ret = false;
    TRY(walk_open(&in, v, a, DIRECTION_IN, err));
    TRY(walk_open(&out, v, a, DIRECTION_OUT, err));
    TRY(walk_next(&in, v, &got_number, &got, err));
    TRY(walk_next(&out, v, &gave_number, &gave, err));
    while (got_number != UINT64_MAX || gave_number != UINT64_MAX) {
        bool arrival = gave_number == UINT64_MAX || (got_number != UINT64_MAX && got.tx <= gave.tx);
        struct movement m = arrival ? got : gave;
        if (m.asset == asset && movement_wide(&m))
            return IMJIN_OK;
        if (m.asset == asset && arrival) {
            sum_in += movement_units(&m);
            last_tx = is_payment(&m) ? m.tx : last_tx;
        } else if (m.asset == asset) {
            uint32_t paid_block, got_block;
            sum_out += movement_units(&m);
            if (is_payment(&m)) {
                if (last_tx == ID_NONE)
                    return IMJIN_OK;
                TRY(block_of(v, m.tx, &paid_block, err));
                TRY(block_of(v, last_tx, &got_block, err));
                if (paid_block - got_block > TRACE_DEPOSIT_BLOCKS_MAX)
                    return IMJIN_OK;
            }
        }
        TRY(arrival ? walk_next(&in, v, &got_number, &got, err) : walk_next(&out, v, &gave_number, &gave, err));
    }
    if (asset == ASSET_NATIVE_ID) {
        unsigned decimals = ledger_chain(v->in->ledger)->native_decimals;
        if (decimals != DECIMALS_UNKNOWN && decimals >= TRACE_DEPOSIT_KEPT_DECIMALS)
            for (kept_max = 1; decimals > TRACE_DEPOSIT_KEPT_DECIMALS; decimals--)
                kept_max *= 10;
    }
    *ret = sum_in <= sum_out || sum_in - sum_out <= kept_max;
    return IMJIN_OK;
}

/* All payments to one service; ret_service ID_NONE when not. Fills v->seen with the assets paid on. */
static enum imjin_status pays_one_service(struct verdicts *v, struct account_id a, uint32_t *ret_service, struct error *err) {
    struct walk in, out;
    uint64_t number;
    uint32_t service = ID_NONE;
    *ret_service = ID_NONE;
    TRY(walk_open(&out, v, a, DIRECTION_OUT, err));
    if (out.total == 0 || out.total > TRACE_DEPOSIT_READS_MAX)
        return IMJIN_OK;
    for (uint64_t payments = 0;;) {
        struct movement m;
        struct verdict to;
        bool same = true;
        TRY(walk_next(&out, v, &number, &m, err));
        if (number == UINT64_MAX)
            break;
        if (!is_payment(&m))
            continue;
        TRY(verdict_label(v, (struct account_id){m.to}, &to, err));
        if (service != ID_NONE && to.role == LABEL_ROLE_SERVICE)
            TRY(same_service(v, service, m.to, &same, err));
        if (to.role != LABEL_ROLE_SERVICE || !same || ++payments > TRACE_DEPOSIT_PAYMENTS_MAX)
            return IMJIN_OK;
        service = service == ID_NONE ? m.to : service;
    }
    TRY(walk_open(&in, v, a, DIRECTION_IN, err));
    if (in.total > TRACE_DEPOSIT_READS_MAX)
        return IMJIN_OK;
    for (uint64_t arrivals = 0;;) {
        struct movement m;
        TRY(walk_next(&in, v, &number, &m, err));
        if (number == UINT64_MAX)
            break;
        if (is_payment(&m) && ++arrivals > TRACE_DEPOSIT_ARRIVALS_MAX)
            return IMJIN_OK;
    }
    *ret_service = service;
    return IMJIN_OK;
}

static enum imjin_status deposit_of(struct verdicts *v, struct account_id a, uint32_t *ret_service, struct error *err) {
    struct walk out;
    uint64_t number;
    uint32_t service;
    TRY(pays_one_service(v, a, &service, err));
    *ret_service = ID_NONE;
    if (service == ID_NONE)
        return IMJIN_OK;
    TRY(walk_open(&out, v, a, DIRECTION_OUT, err));
    TRY(seen_clear(v, TRACE_DEPOSIT_PAYMENTS_MAX, err));
    for (;;) {
        struct movement m;
        bool fresh, good = true;
        TRY(walk_next(&out, v, &number, &m, err));
        if (number == UINT64_MAX)
            break;
        if (!is_payment(&m))
            continue;
        TRY(seen_add(v, m.asset, &fresh, err));
        if (fresh)
            TRY(forwards(v, a, m.asset, &good, err));
        if (!good)
            return IMJIN_OK;
    }
    *ret_service = service;
    return IMJIN_OK;
}

static enum imjin_status judge(struct verdicts *v, struct verdict *known, struct error *err) {
    struct account_id a = {known->account};
    if (a.n < ACCOUNTS_RESERVED)
        return IMJIN_OK;
    if (known->role != LABEL_ROLE_NONE) {
        known->stop = v->request->stop_at_labels ? (uint8_t)stop_of_role(known->role) : STOP_NONE;
        return IMJIN_OK;
    }
    if (v->request->stop_at_deposits && v->in->labels) {
        TRY(deposit_of(v, a, &known->service, err));
        if (known->service != ID_NONE) {
            known->stop = STOP_DEPOSIT;
            return IMJIN_OK;
        }
    }
    bool hub = false;
    if (v->request->stop_at_hubs)
        TRY(is_hub(v, a, &hub, err));
    known->stop = hub ? STOP_HUB : STOP_NONE;
    return IMJIN_OK;
}

enum imjin_status verdict_full(struct verdicts *v, struct account_id a, struct verdict *ret, struct error *err) {
    struct verdict known;
    TRY(verdict_label(v, a, &known, err));
    if (known.state != STATE_FULL) {
        TRY(judge(v, &known, err));
        known.state = STATE_FULL;
        *slot_of(v->slots, v->room, a.n) = known; /* judging others may have moved the table */
    }
    *ret = known;
    return IMJIN_OK;
}
