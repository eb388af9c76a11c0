/* Measures the ledger: import of given rows up to the commit, interning, opening and asking, expanding a frontier.
 * usage: bench_ledger DIRECTORY [MOVEMENTS [USERS]]   prints one "name value unit" a line; DIRECTORY must not exist. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "economy.h"
#include "ledger/intern.h"
#include "ledger/ledger.h"

enum { BATCH = 4096, ROUNDS = 5, FRONTIER = 1000, INTERN_DISTINCT = 10000000, INTERN_ROUNDS = 4 };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double median(double *values, int count) {
    for (int i = 1; i < count; i++)
        for (int k = i; k > 0 && values[k - 1] > values[k]; k--) {
            double swap = values[k];
            values[k] = values[k - 1];
            values[k - 1] = swap;
        }
    return values[count / 2];
}

static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static void fill_row(const struct economy *e, const struct economy_row *r, struct ledger_row *ret) {
    *ret = (struct ledger_row){.block = r->block,
                               .tx_index = ID_NONE,
                               .position = r->position,
                               .kind = MOVEMENT_TOKEN,
                               .tx_form = TX_HASH,
                               .time = r->time,
                               .from = {.form = ADDRESS_EVM, .count = 20},
                               .to = {.form = ADDRESS_EVM, .count = 20},
                               .asset = {.form = ASSET_TOKEN, .contract = {.form = ADDRESS_EVM, .count = 20}},
                               .units = {{r->units}}};
    economy_address(e, r->from, ret->from.evm);
    economy_address(e, r->to, ret->to.evm);
    economy_contract(e, r->asset, ret->asset.contract.evm);
    economy_tx_hash(e, r->tx, ret->tx_hash);
}

static unsigned fill_batch(struct economy *e, struct ledger_row rows[BATCH]) {
    struct economy_row made[ECONOMY_TX_ROWS_MAX];
    unsigned count = 0;
    while (count + ECONOMY_TX_ROWS_MAX <= BATCH) {
        unsigned some = economy_next(e, made);
        if (some == 0)
            break;
        for (unsigned i = 0; i < some; i++)
            fill_row(e, &made[i], &rows[count++]);
    }
    return count;
}

/* The rows are made outside the time that is measured. */
static enum imjin_status import(const char *directory, struct economy_options options, struct error *err) {
    static struct ledger_row rows[BATCH];
    struct ledger_writer *w;
    struct economy *e;
    struct chain chain;
    struct ledger_commit commit;
    struct sha256 print = {{1}};
    uint64_t offset, line, total = 0;
    double adding = 0, start, committing;
    TRY(chain_find(&chain, "bench", err));
    TRY(economy_new(&e, options, err));
    TRY(ledger_writer_open(&w, directory, &chain, (struct ledger_writer_options){.threads = 1}, NULL, err));
    TRY(ledger_writer_source(w, "economy", &print, &offset, &line, err));
    for (unsigned count; (count = fill_batch(e, rows)) != 0; total += count) {
        start = seconds();
        TRY(ledger_writer_add(w, rows, count, total + count, total + count, err));
        adding += seconds() - start;
    }
    start = seconds();
    TRY(ledger_writer_source_end(w, err));
    TRY(ledger_writer_commit(w, &commit, err));
    committing = seconds() - start;
    printf("import_add %.2f M rows/s\n", (double)total / adding / 1e6);
    printf("import_commit %.2f s\n", committing);
    printf("import_all %.2f M rows/s (%lu rows, %lu accounts)\n", (double)total / (adding + committing) / 1e6,
           (unsigned long)total, (unsigned long)commit.accounts_added);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("import_memory_peak %ld MB\n", usage.ru_maxrss / 1024);
    economy_free(e);
    return IMJIN_OK;
}

static enum imjin_status nothing(void *context, uint64_t frontier_index, uint64_t number, const struct movement *m) {
    *(uint64_t *)context += number + frontier_index + m->tx;
    return IMJIN_OK;
}

static enum imjin_status ask(const char *directory, struct error *err) {
    double opening[ROUNDS], expanding[ROUNDS];
    static struct frontier_item frontier[FRONTIER];
    uint64_t sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct ledger *l;
        struct address a;
        struct account_id id;
        struct movement_list lists[LEDGER_SEGMENTS_MAX];
        unsigned count;
        double start = seconds();
        TRY(ledger_open(&l, directory, err));
        TRY(ledger_address(l, (struct account_id){(uint32_t)(ledger_counts(l)->accounts / 2)}, &a, err));
        TRY(ledger_account_find(l, &a, &id, err));
        TRY(ledger_account_movements(l, id, DIRECTION_IN, lists, &count, err));
        opening[round] = (seconds() - start) * 1e3;
        for (int i = 0; i < FRONTIER; i++)
            frontier[i] = (struct frontier_item){{(uint32_t)(mix((uint64_t)i + 1) % ledger_counts(l)->accounts)}, 0};
        for (int warm = 0; warm < 2; warm++) {
            start = seconds();
            TRY(ledger_expand(l, DIRECTION_OUT, frontier, FRONTIER, 16, nothing, &sum, err));
            expanding[round] = (seconds() - start) * 1e3;
        }
        ledger_close(l);
    }
    printf("open_and_account %.3f ms\n", median(opening, ROUNDS));
    printf("expand_1000_warm %.3f ms (%lu)\n", median(expanding, ROUNDS), (unsigned long)sum % 10);
    return IMJIN_OK;
}

static enum imjin_status intern(struct error *err) {
    struct interner t;
    static struct address addresses[INTERN_BATCH];
    const struct address *pointers[INTERN_BATCH];
    uint32_t numbers[INTERN_BATCH];
    double rounds[INTERN_ROUNDS];
    TRY(interner_init(&t, (uint64_t)1 << 32, err));
    for (int i = 0; i < INTERN_BATCH; i++)
        pointers[i] = &addresses[i];
    for (int round = 0; round < INTERN_ROUNDS; round++) {
        double spent = 0;
        for (uint64_t at = 0; at < INTERN_DISTINCT; at += INTERN_BATCH) {
            for (uint64_t i = 0; i < INTERN_BATCH; i++) {
                uint64_t n = mix((round ? mix(at + i + (uint64_t)round * INTERN_DISTINCT) : at + i) % INTERN_DISTINCT);
                addresses[i] = (struct address){.form = ADDRESS_EVM, .count = 20};
                memcpy(addresses[i].evm, &n, sizeof n);
            }
            double start = seconds();
            TRY(intern_addresses(&t, pointers, INTERN_BATCH, numbers, err));
            spent += seconds() - start;
        }
        rounds[round] = (double)INTERN_DISTINCT / spent / 1e6;
    }
    printf("intern_new %.1f M/s\n", rounds[0]);
    printf("intern_known %.1f M/s (10 M distinct)\n", median(rounds + 1, INTERN_ROUNDS - 1));
    interner_done(&t);
    return IMJIN_OK;
}

int main(int argc, char **argv) {
    struct error err = {0};
    char text[1024];
    struct economy_options options = {.seed = 1, .movements = argc > 2 ? strtoull(argv[2], NULL, 10) : 20000000};
    options.users = argc > 3 ? strtoull(argv[3], NULL, 10) : options.movements / 5;
    if (argc < 2) {
        fprintf(stderr, "usage: bench_ledger DIRECTORY [MOVEMENTS [USERS]]\n");
        return 2;
    }
    if (import(argv[1], options, &err) == IMJIN_OK && ask(argv[1], &err) == IMJIN_OK && intern(&err) == IMJIN_OK)
        return 0;
    error_print(&err, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    return 1;
}
