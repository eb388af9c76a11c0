/* Address poisoning: accounts whose addresses begin and end like those of an account's real counterparties, and that showed
 * themselves to it by transfers of nothing, of next to nothing, or of made-up tokens. */
#include <stdlib.h>

#include "pattern/history.h"

enum { NIBBLES = 40 };

/* What passed between the account and one counterparty. */
struct neighbour {
    uint32_t account;
    uint32_t key;                 /* the digits at both ends that must be equal at least */
    uint32_t first, last;         /* movements */
    uint32_t first_money;         /* ID_NONE: none */
    uint32_t money_in, money_out; /* how often */
    uint32_t zero, fake, dust;
    uint32_t first_tx, last_tx;
    uint8_t evm[20];
};

static unsigned nibble(const uint8_t evm[20], unsigned at) { return at % 2 ? evm[at / 2] & 15 : evm[at / 2] >> 4; }

static uint32_t key_of(const uint8_t evm[20]) {
    uint32_t key = 0;
    for (unsigned i = 0; i < LOOK_ALIKE_PREFIX_MIN; i++)
        key = key << 4 | nibble(evm, i);
    for (unsigned i = NIBBLES - LOOK_ALIKE_SUFFIX_MIN; i < NIBBLES; i++)
        key = key << 4 | nibble(evm, i);
    return key;
}

static unsigned same_prefix(const uint8_t a[20], const uint8_t b[20]) {
    unsigned count = 0;
    while (count < NIBBLES && nibble(a, count) == nibble(b, count))
        count++;
    return count;
}

static unsigned same_suffix(const uint8_t a[20], const uint8_t b[20]) {
    unsigned count = 0;
    while (count < NIBBLES && nibble(a, NIBBLES - 1 - count) == nibble(b, NIBBLES - 1 - count))
        count++;
    return count;
}

static int compare_others(const void *a, const void *b) {
    const struct step *const *x = a, *const *y = b;
    if ((*x)->other != (*y)->other)
        return (*x)->other < (*y)->other ? -1 : 1;
    return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

static int compare_keys(const void *a, const void *b) {
    const struct neighbour *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static void count_step(struct neighbour *n, const struct step *s) {
    if (s->worth == STEP_MONEY && n->first_money == ID_NONE)
        n->first_money = s->number;
    n->money_out += s->worth == STEP_MONEY && s->out;
    n->money_in += s->worth == STEP_MONEY && !s->out;
    n->zero += s->worth == STEP_ZERO;
    n->fake += s->worth == STEP_FAKE;
    n->dust += s->worth == STEP_DUST;
    n->last = s->number;
    n->last_tx = s->tx;
}

/* The counterparties with an address of 20 bytes, by key. */
static enum imjin_status list_neighbours(struct neighbour *all, uint64_t *ret_count, const struct step **order,
                                         const struct ledger *l, const struct history *h, struct error *err) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < h->count; i++)
        order[i] = &h->steps[i];
    qsort(order, h->count, sizeof *order, compare_others);
    for (uint64_t first = 0, end; first < h->count; first = end) {
        struct address address;
        struct neighbour n = {.account = order[first]->other, .first = order[first]->number, .first_money = ID_NONE};
        for (end = first; end < h->count && order[end]->other == n.account; end++)
            count_step(&n, order[end]);
        TRY(ledger_address(l, (struct account_id){n.account}, &address, err));
        if (address.form != ADDRESS_EVM)
            continue;
        n.first_tx = order[first]->tx;
        memcpy(n.evm, address.evm, sizeof n.evm);
        n.key = key_of(n.evm);
        all[count++] = n;
    }
    qsort(all, count, sizeof *all, compare_keys);
    *ret_count = count;
    return IMJIN_OK;
}

/* An account that only ever showed itself: what it sent is no money. */
static bool shows_itself(const struct neighbour *n) { return n->money_in == 0 && n->zero + n->fake + n->dust > 0; }

/* The chance that, of `real` addresses, none begins and ends like this one by accident, in millionths. */
static uint32_t confidence_of(unsigned digits, uint64_t real) {
    uint64_t ways = digits >= 12 ? (uint64_t)1 << 48 : (uint64_t)1 << (4 * digits);
    uint64_t accident = real >= ways ? 1000000 : (uint64_t)((u128)real * 1000000 / ways) + 1;
    return accident >= 1000000 ? 0 : (uint32_t)(1000000 - accident);
}

/* The real counterparty, known before, that it looks most like; of those alike the earliest. */
static const struct neighbour *imitated(const struct neighbour *n, const struct neighbour *const *real, unsigned count,
                                        unsigned *ret_prefix, unsigned *ret_suffix) {
    const struct neighbour *best = NULL;
    unsigned best_digits = LOOK_ALIKE_DIGITS_MIN - 1;
    for (unsigned i = 0; i < count; i++) {
        unsigned prefix = same_prefix(n->evm, real[i]->evm), suffix = same_suffix(n->evm, real[i]->evm);
        if (real[i]->account == n->account || real[i]->first_money >= n->first || prefix + suffix <= best_digits)
            continue;
        best = real[i];
        best_digits = prefix + suffix;
        *ret_prefix = prefix;
        *ret_suffix = suffix;
    }
    return best;
}

static enum imjin_status compare_bucket(struct buffer *found, const struct history *h, const struct neighbour *all,
                                        uint64_t first, uint64_t end, uint64_t real_count, struct error *err) {
    const struct neighbour *real[LOOK_ALIKE_REAL_MAX];
    unsigned count = 0;
    for (uint64_t i = first; i < end && count < LOOK_ALIKE_REAL_MAX; i++)
        if (all[i].first_money != ID_NONE && !shows_itself(&all[i]))
            real[count++] = &all[i];
    for (uint64_t i = first; count && i < end; i++) {
        const struct neighbour *n = &all[i];
        unsigned prefix = 0, suffix = 0;
        const struct neighbour *r = shows_itself(n) ? imitated(n, real, count, &prefix, &suffix) : NULL;
        if (r == NULL)
            continue;
        struct look_alike l = {.victim = h->account,
                               .account = {n->account},
                               .imitated = {r->account},
                               .prefix = (uint8_t)prefix,
                               .suffix = (uint8_t)suffix,
                               .zero = n->zero,
                               .fake = n->fake,
                               .dust = n->dust,
                               .paid = n->money_out,
                               .first = {n->first_tx},
                               .last = {n->last_tx},
                               .confidence = confidence_of(prefix + suffix, real_count)};
        TRY(buffer_push(found, &l, NULL, err));
    }
    return IMJIN_OK;
}

static enum imjin_status compare_all(struct buffer *found, const struct history *h, const struct neighbour *all, uint64_t count,
                                     struct error *err) {
    uint64_t real = 0;
    for (uint64_t i = 0; i < count; i++)
        real += all[i].first_money != ID_NONE;
    for (uint64_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && all[end].key == all[first].key; end++)
            ;
        if (end - first > 1)
            TRY(compare_bucket(found, h, all, first, end, real, err));
    }
    return IMJIN_OK;
}

enum imjin_status look_alikes_add(struct buffer *found, const struct ledger *l, const struct history *h, struct error *err) {
    uint64_t count = 0;
    const struct step **order = memory_new(h->count, sizeof *order);
    struct neighbour *all = memory_new(h->count, sizeof *all);
    enum imjin_status status = order && all ? IMJIN_OK : fail_memory(err, "counterparties of an account");
    if (status == IMJIN_OK)
        status = list_neighbours(all, &count, order, l, h, err);
    if (status == IMJIN_OK)
        status = compare_all(found, h, all, count, err);
    memory_free(order);
    memory_free(all);
    return status;
}

static int compare_found(const void *a, const void *b) {
    const struct look_alike *x = a, *y = b;
    if (x->victim.n != y->victim.n)
        return x->victim.n < y->victim.n ? -1 : 1;
    return (x->account.n > y->account.n) - (x->account.n < y->account.n);
}

static uint64_t movements_of(const struct ledger *l, struct account_id account) {
    struct movement_list lists[LEDGER_SEGMENTS_MAX];
    unsigned count;
    uint64_t all = 0;
    for (unsigned d = DIRECTION_OUT; d <= DIRECTION_IN; d++) {
        if (ledger_account_movements(l, account, d, lists, &count, NULL) != IMJIN_OK)
            return UINT64_MAX; /* reading it will say why */
        for (unsigned i = 0; i < count; i++)
            all += lists[i].count;
    }
    return all;
}

static enum imjin_status look_at(struct look_alikes *r, struct buffer *found, const struct ledger *l,
                                 const struct pattern_doubt *doubt, struct account_id account, struct error *err) {
    struct history h;
    enum imjin_status status = history_read(&h, l, doubt, account, false, err);
    if (status == IMJIN_NOT_FOUND) {
        r->passed_over++;
        return IMJIN_OK;
    }
    TRY(status);
    status = look_alikes_add(found, l, &h, err);
    history_done(&h);
    r->looked_at++;
    return status;
}

enum imjin_status look_alikes_find(struct look_alikes *ret, const struct ledger *l, const struct pattern_doubt *doubt,
                                   const struct account_id *accounts, uint64_t account_count, struct error *err) {
    struct look_alikes r = {0};
    struct buffer found = {
        .item_bytes = sizeof(struct look_alike), .items_max = LOOK_ALIKES_MAX, .what = "look-alike addresses"};
    uint64_t work = 0;
    enum imjin_status status = IMJIN_OK;
    for (uint64_t i = 0; i < account_count && status == IMJIN_OK; i++) {
        uint64_t more = movements_of(l, accounts[i]);
        if (more != UINT64_MAX && (more > PATTERN_STEPS_MAX || work + more > PATTERN_WORK_MAX)) {
            r.passed_over++;
            continue;
        }
        work += more == UINT64_MAX ? 0 : more;
        status = look_at(&r, &found, l, doubt, accounts[i], err);
    }
    if (status != IMJIN_OK) {
        buffer_done(&found);
        return status;
    }
    if (found.count)
        qsort(found.items, found.count, sizeof(struct look_alike), compare_found);
    r.items = found.items;
    r.count = found.count;
    *ret = r;
    return IMJIN_OK;
}

bool look_alikes_has(const struct look_alikes *r, struct account_id victim, struct account_id account) {
    struct look_alike wanted = {.victim = victim, .account = account};
    return r->count && bsearch(&wanted, r->items, r->count, sizeof *r->items, compare_found);
}

void look_alikes_done(struct look_alikes *r) {
    memory_free(r->items);
    *r = (struct look_alikes){0};
}
