/* Imports blocks into a new store and passes over it.
 * usage: bench_utxo STORE FILE_OR_DIRECTORY [CHAIN]
 * Prints one line of JSON. The store is left for other benchmarks. */
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include "utxo/utxo.h"

enum { LOOKUPS = 20000, PASSES = 5, OPENS = 20 };

static double now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *state >> 20;
}

/* Every input and output once: the value that moved. */
static uint64_t scan(const struct utxo *u) {
    const struct utxo_counts *c = utxo_counts(u);
    const struct utxo_output *outputs = utxo_outputs(u);
    const uint64_t *inputs = utxo_inputs(u);
    uint64_t sum = 0, spent = 0, last = 0;
    for (uint64_t i = 0; i < c->outputs; i++) {
        sum += outputs[i].value;
        spent += utxo_is_spent(c, &outputs[i]);
    }
    for (uint64_t i = 0; i < c->inputs; i++)
        last += utxo_word_output(inputs[i]);
    return sum ^ spent ^ last;
}

static double seconds_a_lookup(const struct utxo *u, uint64_t *kept) {
    uint64_t random = 7;
    double begin = now(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < LOOKUPS; i++) {
        struct utxo_tx tx;
        struct tx_id id = {(uint32_t)(next_random(&random) % utxo_counts(u)->txs)};
        char text[65];
        INVARIANT(utxo_tx(u, id, &tx, NULL) == IMJIN_OK);
        utxo_hash_print(tx.hash, text);
        INVARIANT(utxo_tx_find(u, span_of(text), &id, NULL) == IMJIN_OK);
        *kept += id.n;
    }
    return (now(CLOCK_MONOTONIC) - begin) / LOOKUPS;
}

static double seconds_an_account(const struct utxo *u, uint64_t *kept) {
    uint64_t random = 9;
    double begin = now(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < LOOKUPS; i++) {
        struct script_id id = {(uint32_t)(next_random(&random) % utxo_counts(u)->scripts)};
        struct utxo_list lists[UTXO_SEGMENTS_MAX];
        char text[SCRIPT_PRINT_MAX];
        unsigned count = 0;
        INVARIANT(utxo_script_print(u, id, text, NULL) == IMJIN_OK);
        struct address a = {.form = ADDRESS_OPAQUE, .count = (uint8_t)strlen(text), .text = text};
        if (utxo_script_find(u, &a, &id, NULL) != IMJIN_OK)
            continue; /* OP_RETURN has no address */
        INVARIANT(utxo_script_outputs(u, id, lists, &count, NULL) == IMJIN_OK);
        for (unsigned l = 0; l < count; l++)
            for (uint64_t n = 0; n < lists[l].count; n++)
                *kept += utxo_outputs(u)[lists[l].base + lists[l].numbers[n]].value;
    }
    return (now(CLOCK_MONOTONIC) - begin) / LOOKUPS;
}

static double seconds_an_open(const char *directory) {
    double begin = now(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < OPENS; i++) {
        struct utxo *u;
        INVARIANT(utxo_open(&u, directory, NULL) == IMJIN_OK);
        utxo_close(u);
    }
    return (now(CLOCK_MONOTONIC) - begin) / OPENS;
}

static void report(const struct utxo *u, const char *directory, const struct utxo_import_result *r, double wall, double busy) {
    struct rusage use;
    double scanned = 1e9;
    uint64_t kept = 0;
    getrusage(RUSAGE_SELF, &use);
    for (unsigned i = 0; i < PASSES; i++) {
        double begin = now(CLOCK_MONOTONIC);
        kept += scan(u);
        double took = now(CLOCK_MONOTONIC) - begin;
        scanned = took < scanned ? took : scanned;
    }
    double rows = (double)(utxo_counts(u)->inputs + utxo_counts(u)->outputs);
    printf("{\"transactions\": %llu, \"bytes\": %llu, \"seconds\": %.3f, \"cpu_seconds\": %.3f, \"tx_per_second\": %.0f, "
           "\"mb_per_second\": %.1f, \"peak_mb\": %ld, \"scan_per_second\": %.0f, \"tx_us\": %.2f, \"account_us\": %.2f, "
           "\"open_ms\": %.3f, \"kept\": %llu}\n",
           (unsigned long long)r->txs_added, (unsigned long long)r->bytes_read, wall, busy, (double)r->txs_added / wall,
           1e-6 * (double)r->bytes_read / wall, use.ru_maxrss / 1024, rows / scanned, 1e6 * seconds_a_lookup(u, &kept),
           1e6 * seconds_an_account(u, &kept), 1e3 * seconds_an_open(directory), (unsigned long long)kept);
}

int main(int count, char **arguments) {
    struct error err = {0};
    struct chain chain;
    struct utxo_import_result r = {0};
    struct utxo *u;
    if (count < 3) {
        fputs("usage: bench_utxo STORE FILE_OR_DIRECTORY [CHAIN]\n", stderr);
        return 2;
    }
    const char *paths[] = {arguments[2]};
    double begin = now(CLOCK_MONOTONIC), busy = now(CLOCK_PROCESS_CPUTIME_ID);
    if (chain_find(&chain, count > 3 ? arguments[3] : "bitcoin-regtest", &err) != IMJIN_OK ||
        utxo_import(arguments[1], &chain, paths, 1, (struct utxo_import_options){0}, NULL, &r, &err) != IMJIN_OK ||
        utxo_open(&u, arguments[1], &err) != IMJIN_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    report(u, arguments[1], &r, now(CLOCK_MONOTONIC) - begin, now(CLOCK_PROCESS_CPUTIME_ID) - busy);
    utxo_close(u);
    return 0;
}
