#include "economy.h"

#include "base/base.h"

enum { STEPS_MAX = 1 << 16, MULES_MAX = 3, PEEL_DEPTH_MAX = 5, MULES_A_THEFT = 64, BYSTANDERS_ONE_IN = 64 };
static const uint32_t block_first = 15000000;
static const int64_t time_first = 1656000000;

/* A thief's move that is due when `row` rows have been made. */
struct step {
    uint64_t row, units;
    uint32_t from, to, asset, depth;
};

struct economy {
    struct economy_options options;
    uint64_t state, rows, txs;
    uint64_t *balances; /* [account * ECONOMY_ASSETS + asset] */
    uint32_t accounts, users_first, deposits_first, mules_first, mules_used;
    struct step steps[STEPS_MAX]; /* a heap by row */
    uint32_t step_count;
    struct economy_theft *thefts;
    uint64_t theft_count;
    struct economy_row *out;
    unsigned out_count;
};

static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}
static uint64_t next(struct economy *e) { return mix(e->state += 0x9e3779b97f4a7c15u); }
static uint64_t below(struct economy *e, uint64_t n) { return (uint64_t)((u128)next(e) * n >> 64); }

/* A number below n; number i is picked with a weight of about 1 / (i + 1). */
static uint64_t power_law(struct economy *e, uint64_t n) {
    unsigned bits = 64 - (unsigned)__builtin_clzll(n | 1);
    uint64_t low = (uint64_t)1 << below(e, bits);
    uint64_t i = low - 1 + below(e, low);
    return i < n ? i : below(e, n);
}

static void fill(uint8_t *bytes, unsigned count, uint64_t a, uint64_t b) {
    for (unsigned i = 0; i < count; i += 8) {
        uint64_t word = mix(mix(a) + mix(b + 1) * 3 + i);
        memcpy(bytes + i, &word, count - i < 8 ? count - i : 8);
    }
}
void economy_address(const struct economy *e, uint32_t account, uint8_t ret_bytes[20]) {
    fill(ret_bytes, 20, e->options.seed + 1, account);
}
void economy_contract(const struct economy *e, uint32_t asset, uint8_t ret_bytes[20]) {
    fill(ret_bytes, 20, e->options.seed + 2, asset);
}
void economy_tx_hash(const struct economy *e, uint64_t tx, uint8_t ret_bytes[32]) {
    fill(ret_bytes, 32, e->options.seed + 3, tx);
}
bool economy_is_service(uint32_t account) { return account < ECONOMY_SERVICES; }

const struct economy_theft *economy_thefts(const struct economy *e, uint64_t *ret_count) {
    *ret_count = e->theft_count;
    return e->thefts;
}

void economy_free(struct economy *e) {
    if (!e)
        return;
    memory_free_pages(e->balances, (size_t)e->accounts * ECONOMY_ASSETS * sizeof *e->balances);
    memory_free(e->thefts);
    memory_free(e);
}

enum imjin_status economy_new(struct economy **ret, struct economy_options options, struct error *err) {
    if (options.users < 1000 || options.users > 1u << 30 || options.thefts > 1u << 22)
        return fail(err, IMJIN_USAGE, "users must be 1,000 to 2^30, thefts at most 2^22");
    struct economy *e = memory_new(1, sizeof *e);
    if (!e)
        return fail_memory(err, "an economy");
    e->options = options;
    e->state = mix(options.seed + 77);
    e->users_first = ECONOMY_SERVICES + ECONOMY_POOLS;
    e->deposits_first = e->users_first + (uint32_t)options.users;
    e->mules_first = e->deposits_first + (uint32_t)options.users / 4;
    e->accounts = e->mules_first + (uint32_t)options.thefts * MULES_A_THEFT + 1;
    e->balances = memory_new_pages((size_t)e->accounts * ECONOMY_ASSETS * sizeof *e->balances);
    e->thefts = memory_new(options.thefts, sizeof *e->thefts);
    if (!e->balances || !e->thefts) {
        economy_free(e);
        return fail_memory(err, "the balances of an economy");
    }
    *ret = e;
    return IMJIN_OK;
}

static uint64_t *balance(struct economy *e, uint32_t account, uint32_t asset) {
    return &e->balances[(uint64_t)account * ECONOMY_ASSETS + asset];
}

/* Adds a row to the transaction being made. Services and pools are as rich as they need to be. */
static void move(struct economy *e, uint32_t from, uint32_t to, uint32_t asset, uint64_t units) {
    if (units == 0 || from == to || e->out_count == ECONOMY_TX_ROWS_MAX)
        return;
    if (from >= e->users_first) {
        uint64_t *have = balance(e, from, asset);
        *have -= units < *have ? units : *have;
    }
    *balance(e, to, asset) += units;
    e->out[e->out_count] = (struct economy_row){.tx = e->txs,
                                                .units = units,
                                                .time = time_first + (int64_t)(e->txs / 150) * 12,
                                                .block = block_first + (uint32_t)(e->txs / 150),
                                                .position = (uint32_t)(e->txs % 150) * ECONOMY_TX_ROWS_MAX + e->out_count,
                                                .from = from,
                                                .to = to,
                                                .asset = asset};
    e->out_count++;
}

/* Users are born in order as time goes on; a third of the activity is of the recent ones, the rest follows a power law. */
static uint32_t user(struct economy *e) {
    uint64_t born = 1000 + (e->options.users - 1000) * (e->rows < e->options.movements ? e->rows : e->options.movements) /
                               (e->options.movements | 1);
    uint64_t n = below(e, 3) == 0 ? born - 1 - power_law(e, born) : power_law(e, born);
    return e->users_first + (uint32_t)n;
}
static uint32_t service(struct economy *e) { return (uint32_t)power_law(e, ECONOMY_SERVICES); }
static uint32_t pool(struct economy *e) { return ECONOMY_SERVICES + (uint32_t)power_law(e, ECONOMY_POOLS); }
static uint64_t some_units(struct economy *e) { return next(e) >> (16 + below(e, 32)); }

/* What a user may spend of an asset; 0 when it has nothing worth it. */
static uint64_t spendable(struct economy *e, uint32_t who, uint32_t asset) {
    uint64_t have = *balance(e, who, asset);
    return below(e, 4) == 0 ? have : have >> (1 + below(e, 6));
}
static uint32_t asset_of(struct economy *e) { return (uint32_t)power_law(e, ECONOMY_ASSETS); }

static void make_withdrawal(struct economy *e) { move(e, service(e), user(e), asset_of(e), some_units(e) | 1); }

static void make_payment(struct economy *e) {
    uint32_t from = user(e), asset = asset_of(e);
    uint64_t units = spendable(e, from, asset);
    if (units)
        move(e, from, user(e), asset, units);
    else
        make_withdrawal(e);
}

static void make_swap(struct economy *e) {
    uint32_t who = user(e), asset = asset_of(e), other = (asset + 1 + (uint32_t)below(e, ECONOMY_ASSETS - 1)) % ECONOMY_ASSETS;
    uint64_t units = spendable(e, who, asset);
    if (!units) {
        make_withdrawal(e);
        return;
    }
    uint32_t with = pool(e);
    move(e, who, with, asset, units);
    move(e, with, who, other, units - units / 300 + 1);
}

static void make_batch(struct economy *e) {
    uint32_t from = service(e), asset = asset_of(e);
    for (uint64_t n = 2 + below(e, ECONOMY_TX_ROWS_MAX - 2); n > 0; n--)
        move(e, from, user(e), asset, some_units(e) | 1);
}

static void step_push(struct economy *e, struct step s) {
    if (e->step_count == STEPS_MAX)
        return;
    uint32_t i = e->step_count++;
    for (; i > 0 && e->steps[(i - 1) / 2].row > s.row; i = (i - 1) / 2)
        e->steps[i] = e->steps[(i - 1) / 2];
    e->steps[i] = s;
}
static struct step step_pop(struct economy *e) {
    struct step top = e->steps[0], s = e->steps[--e->step_count];
    uint32_t i = 0;
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child + 1 < e->step_count && e->steps[child + 1].row < e->steps[child].row)
            child++;
        if (child >= e->step_count || e->steps[child].row >= s.row)
            break;
        e->steps[i] = e->steps[child];
        i = child;
    }
    e->steps[i] = s;
    return top;
}

/* A user pays into its deposit address, which forwards to the service some rows later. */
static void make_deposit(struct economy *e) {
    uint32_t who = user(e), asset = asset_of(e);
    uint64_t units = spendable(e, who, asset);
    if (!units) {
        make_withdrawal(e);
        return;
    }
    uint32_t address = e->deposits_first + (who - e->users_first) / 4;
    if (address >= e->mules_first)
        address = e->mules_first - 1;
    move(e, who, address, asset, units);
    uint32_t to = (uint32_t)(mix(address) % ECONOMY_SERVICES);
    step_push(e, (struct step){e->rows + 100 + below(e, 5000), units, address, to, asset, PEEL_DEPTH_MAX});
}

/* Thieves use fresh accounts; now and then some user is one of them, or is paid for something. */
static uint32_t mule(struct economy *e) {
    if (below(e, BYSTANDERS_ONE_IN) == 0)
        return user(e);
    uint32_t fresh = e->mules_used++ % (uint32_t)(e->options.thefts * MULES_A_THEFT);
    return e->mules_first + fresh;
}

static void peel(struct economy *e, uint32_t from, uint32_t asset, uint64_t units, uint32_t depth) {
    uint64_t mules = 1 + below(e, MULES_MAX);
    for (uint64_t i = 0; i < mules; i++)
        step_push(e, (struct step){e->rows + 10 + below(e, e->options.movements / 64 + 1), units / mules, from, user(e), asset,
                                   depth});
}

static void make_theft(struct economy *e) {
    uint32_t thief = mule(e), asset = asset_of(e);
    uint64_t units = (next(e) >> 20) | 1;
    move(e, service(e), thief, asset, units);
    e->thefts[e->theft_count++] = (struct economy_theft){thief, asset, units, e->out[0].time};
    peel(e, thief, asset, units, 0);
}

/* A due step: pays, swaps at times, and goes on until it is cashed out. */
static void make_step(struct economy *e) {
    struct step s = step_pop(e);
    bool last = s.depth >= PEEL_DEPTH_MAX || below(e, 5) == 0;
    if (s.depth < PEEL_DEPTH_MAX && last)
        s.to = service(e);
    move(e, s.from, s.to, s.asset, s.units);
    if (last || s.units < 16)
        return;
    if (below(e, 4) == 0) {
        uint32_t other = (s.asset + 1) % ECONOMY_ASSETS, with = pool(e);
        move(e, s.to, with, s.asset, s.units);
        move(e, with, s.to, other, s.units - s.units / 300);
        s.asset = other;
        s.units -= s.units / 300;
    }
    peel(e, s.to, s.asset, s.units, s.depth + 1);
}

static void make_any(struct economy *e) {
    uint64_t due = (e->options.thefts * e->rows) / (e->options.movements | 1);
    uint64_t kind = below(e, 100);
    if (e->theft_count < due && e->theft_count < e->options.thefts)
        make_theft(e);
    else if (e->step_count && e->steps[0].row <= e->rows)
        make_step(e);
    else if (kind < 50)
        make_payment(e);
    else if (kind < 65)
        make_swap(e);
    else if (kind < 80)
        make_deposit(e);
    else if (kind < 98)
        make_withdrawal(e);
    else
        make_batch(e);
}

unsigned economy_next(struct economy *e, struct economy_row ret_rows[ECONOMY_TX_ROWS_MAX]) {
    if (e->rows >= e->options.movements)
        return 0;
    e->out = ret_rows;
    e->out_count = 0;
    while (e->out_count == 0)
        make_any(e);
    e->rows += e->out_count;
    e->txs++;
    return e->out_count;
}
