/* Measures compiling and reading edges on a made-up ledger in memory: accounts of power-law activity, numbered by first
 * appearance, one movement a transaction, and swaps when asked for.
 * usage: bench_settle DIRECTORY [MOVEMENTS] [SWAPS, in percent of transactions] [ROUNDS]   prints one "name value unit" a line
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "settle/settle.h"

enum { THEFTS = 2000, PIECES_MAX = 100000, PIECES_A_THEFT = 2000, ASSETS = 2 };

/* ---- the ledger: answers what settling asks, from memory ---- */

struct ledger {
    struct movement *movements;
    uint32_t *tx_first;
    struct ledger_counts counts;
    struct sha256 identity;
};

const struct movement *ledger_movements(const struct ledger *l) { return l->movements; }
const struct ledger_counts *ledger_counts(const struct ledger *l) { return &l->counts; }
const struct sha256 *ledger_identity(const struct ledger *l) { return &l->identity; }
uint64_t ledger_generation(const struct ledger *l) { return l->counts.movements != 0; }
bool ledger_movement_check(const struct ledger *l, const struct movement *m) {
    const struct ledger_counts *c = &l->counts;
    return m->tx < c->txs && m->from < c->accounts && m->to < c->accounts && m->asset < c->assets &&
           movement_kind(m) < MOVEMENT_KINDS && !movement_wide(m);
}
enum imjin_status ledger_tx(const struct ledger *l, struct tx_id id, struct ledger_tx *ret, struct error *err) {
    if (id.n >= l->counts.txs)
        return fail(err, IMJIN_BAD_INPUT, "no transaction %u", id.n);
    *ret = (struct ledger_tx){.id = id, .first = l->tx_first[id.n], .count = l->tx_first[id.n + 1] - l->tx_first[id.n]};
    return IMJIN_OK;
}
enum imjin_status ledger_asset(const struct ledger *l, struct asset_id id, struct ledger_asset *ret, struct error *err) {
    (void)l;
    (void)err;
    *ret = (struct ledger_asset){.key = {.form = id.n ? ASSET_NAMED : ASSET_NATIVE}, .issuer = {ID_NONE}};
    return IMJIN_OK;
}

/* ---- making it ---- */

static uint64_t random_state = 1;
static uint64_t random_next(void) {
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

struct maker {
    struct ledger *ledger;
    uint32_t *numbers;  /* by rank: account, 0: not seen yet */
    uint64_t *balances; /* by account, of asset 0 */
    uint64_t ranks;
};

/* Rank r is about as likely as 1 / (r + 1): few hot wallets, most accounts appear a few times. */
static uint32_t pick_account(struct maker *m) {
    unsigned bits = 64 - (unsigned)__builtin_clzll(m->ranks);
    uint64_t low = (uint64_t)1 << (random_next() % bits), rank = low - 1 + random_next() % low;
    if (random_next() & 1) /* half of all activity is the long tail's */
        rank = random_next();
    rank %= m->ranks;
    if (m->numbers[rank] == 0)
        m->numbers[rank] = (uint32_t)m->ledger->counts.accounts++;
    return m->numbers[rank];
}

/* Mostly a part of what the giver has, so that missing history is as rare as where a ledger's beginning is known. */
static void add_movement(struct maker *m, uint32_t from, uint32_t to, uint32_t asset) {
    struct ledger *l = m->ledger;
    uint64_t units = (random_next() >> 8 >> random_next() % 24) + 1, *balance = &m->balances[from];
    if (asset == 0) {
        if (*balance)
            units = *balance >> random_next() % 4 | 1;
        *balance -= units < *balance ? units : *balance;
        m->balances[to] += units;
    }
    l->movements[l->counts.movements++] =
        (struct movement){(uint32_t)l->counts.txs, from, to, asset, units, (uint64_t)MOVEMENT_NATIVE << 56};
}

static void make_ledger(struct ledger *l, uint64_t movements, unsigned swap_percent) {
    uint64_t ranks = movements / 5 + 16;
    struct maker m = {l, memory_new_pages(ranks * sizeof(uint32_t)), memory_new_pages((ranks + 2) * sizeof(uint64_t)), ranks};
    l->movements = memory_new_pages(movements * sizeof *l->movements);
    l->tx_first = memory_new_pages((movements + 1) * sizeof *l->tx_first);
    if (m.numbers == NULL || m.balances == NULL || l->movements == NULL || l->tx_first == NULL)
        abort();
    l->counts.accounts = ACCOUNTS_RESERVED;
    l->counts.assets = ASSETS;
    while (l->counts.movements + 1 < movements) {
        uint32_t from = pick_account(&m), to = pick_account(&m);
        for (int i = 0; i < 6 && m.balances[from] == 0; i++)
            from = pick_account(&m);
        l->tx_first[l->counts.txs] = (uint32_t)l->counts.movements;
        if (random_next() % 100 < swap_percent) {
            to = ACCOUNTS_RESERVED + to % 64;
            add_movement(&m, from, to, 0);
            add_movement(&m, to, from, 1);
        } else {
            add_movement(&m, from, to, 0);
        }
        l->tx_first[++l->counts.txs] = (uint32_t)l->counts.movements;
    }
    memcpy(l->identity.bytes, &movements, sizeof movements);
    memory_free_pages(m.numbers, m.ranks * sizeof(uint32_t));
    memory_free_pages(m.balances, (m.ranks + 2) * sizeof(uint64_t));
}

/* ---- measuring ---- */

static double clock_seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double seconds(void) { return clock_seconds(CLOCK_MONOTONIC); }
static double cpu_seconds(void) { return clock_seconds(CLOCK_PROCESS_CPUTIME_ID); } /* for a machine that others use too */

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}
static double median(double *values, uint64_t count) {
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

struct stretch {
    struct holding_id holding;
    u128 from, units;
};

/* Follows one arrival through the edges, breadth first, a bounded number of stretches. */
static enum imjin_status follow(const struct compiled *c, struct stretch theft, uint64_t *ret_pieces, struct error *err) {
    static struct stretch queue[PIECES_A_THEFT];
    uint32_t first = 0, last = 1;
    queue[0] = theft;
    for (; first < last; first++) {
        struct stretch s = queue[first];
        struct edge_cursor cursor;
        struct flow_edge e;
        bool more;
        TRY(edges_at(c, s.holding, DIRECTION_OUT, s.from, &cursor, err));
        for (;;) {
            TRY(edges_next(&cursor, &e, &more, err));
            if (!more || e.out_from >= s.from + s.units)
                break;
            ++*ret_pieces;
            u128 from = e.out_from > s.from ? e.out_from : s.from;
            u128 end = e.out_from + e.out_units < s.from + s.units ? e.out_from + e.out_units : s.from + s.units;
            if (last < PIECES_A_THEFT)
                queue[last++] = e.out_units == e.in_units ? (struct stretch){e.to, e.in_from + (from - e.out_from), end - from}
                                                          : (struct stretch){e.to, e.in_from, e.in_units};
        }
    }
    return IMJIN_OK;
}

static enum imjin_status bench_follow(const struct compiled *c, struct error *err) {
    static double cold[THEFTS], warm[THEFTS];
    uint64_t pieces = 0;
    double all = 0;
    for (uint32_t i = 0; i < THEFTS; i++) {
        struct holding h;
        struct holding_id id = {(uint32_t)(random_next() % compiled_holding_count(c))};
        TRY(compiled_holding(c, id, &h, err));
        if (h.spent < 2) {
            i--;
            continue;
        }
        struct stretch theft = {id, h.spent / 2, h.spent / 16 + 1};
        double start = seconds();
        TRY(follow(c, theft, &pieces, err));
        double middle = seconds();
        uint64_t again = 0;
        TRY(follow(c, theft, &again, err));
        cold[i] = (middle - start) * 1e6;
        warm[i] = (seconds() - middle) * 1e6;
        all += middle - start;
    }
    printf("follow_first %.1f us\nfollow_again %.1f us\n", median(cold, THEFTS), median(warm, THEFTS));
    printf("follow_piece %.0f ns\nfollow_pieces %llu pieces\n", all / (double)pieces * 1e9, (unsigned long long)pieces);
    return IMJIN_OK;
}

static enum imjin_status bench_settle(const struct ledger *l, struct error *err) {
    struct settler *s;
    TRY(settler_new(&s, l, SETTLE_RULES_ALL, err));
    uint32_t txs = l->counts.txs < 5000000 ? (uint32_t)l->counts.txs : 5000000;
    uint64_t links = 0;
    double start = seconds();
    enum imjin_status status = IMJIN_OK;
    for (uint32_t t = 0; t < txs && status == IMJIN_OK; t++) {
        struct settled settled;
        status = settle_tx(s, l->tx_first[t], l->tx_first[t + 1] - l->tx_first[t], &settled, err);
        links += status == IMJIN_OK ? settled.link_count : 0;
    }
    double took = seconds() - start;
    settler_free(s);
    printf("settle_tx %.2f M/s\nsettle_links %llu links\n", l->tx_first[txs] / took / 1e6, (unsigned long long)links);
    return status;
}

/* What the machine allows: one line of memory touched for each side of a movement, fetched ahead, and nothing else. */
static void bench_touch(const struct ledger *l) {
    struct line {
        _Alignas(64) uint64_t sum;
    } *lines = memory_new_pages(l->counts.accounts * sizeof *lines);
    if (lines == NULL)
        return;
    memset(lines, 1, l->counts.accounts * sizeof *lines);
    double start = cpu_seconds();
    for (uint64_t i = 0; i + 32 < l->counts.movements; i++) {
        __builtin_prefetch(&lines[l->movements[i + 32].from], 1);
        __builtin_prefetch(&lines[l->movements[i + 32].to], 1);
        lines[l->movements[i].from].sum -= l->movements[i].units_low;
        lines[l->movements[i].to].sum += l->movements[i].units_low;
    }
    printf("touch_limit %.2f M/s\n", (double)l->counts.movements / (cpu_seconds() - start) / 1e6);
    memory_free_pages(lines, l->counts.accounts * sizeof *lines);
}

static enum imjin_status bench(const char *directory, const struct ledger *l, unsigned rounds, struct error *err) {
    double rates[16], cpu_rates[16];
    struct compiled *c;
    rounds = rounds < 16 ? rounds : 16;
    bench_touch(l);
    for (unsigned r = 0; r < rounds; r++) {
        TRY(directory_remove(directory, err));
        double start = seconds(), cpu_start = cpu_seconds();
        TRY(compiled_update(directory, l, SETTLE_RULES_ALL, (uint64_t)4 << 30, NULL, err));
        rates[r] = (double)l->counts.movements / (seconds() - start) / 1e6;
        cpu_rates[r] = (double)l->counts.movements / (cpu_seconds() - cpu_start) / 1e6;
        printf("compile_round %.2f M/s wall, %.2f M/s of processor time\n", rates[r], cpu_rates[r]);
    }
    printf("compile %.2f M/s\ncompile_cpu %.2f M/s\n", median(rates, rounds), median(cpu_rates, rounds));
    TRY(compiled_open(&c, directory, l, SETTLE_RULES_ALL, err));
    enum imjin_status status = bench_follow(c, err);
    compiled_close(c);
    return status == IMJIN_OK ? bench_settle(l, err) : status;
}

int main(int argc, char **argv) {
    static struct ledger ledger;
    struct error err = {0};
    if (argc < 2) {
        fprintf(stderr, "usage: bench_settle DIRECTORY [MOVEMENTS] [SWAP_PERCENT] [ROUNDS]\n");
        return IMJIN_USAGE;
    }
    uint64_t movements = argc > 2 ? strtoull(argv[2], NULL, 10) : 20000000;
    double start = seconds();
    make_ledger(&ledger, movements, argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0);
    printf("generate %.2f s\nmovements %llu rows\naccounts %llu rows\n", seconds() - start,
           (unsigned long long)ledger.counts.movements, (unsigned long long)ledger.counts.accounts);
    enum imjin_status status = bench(argv[1], &ledger, argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 3, &err);
    if (status != IMJIN_OK)
        fprintf(stderr, "bench_settle: %s\n", err.text);
    return status;
}
