/* Measures taint on one chain of blocks, inside the process.
 * usage: bench_taint STORE   prints one "name value unit" a line
 * Thefts are coinbases of the chain's first half, evenly spread. Rates count every transaction of the chain, reached or not. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "taint/taint.h"

enum { ROUNDS = 5, TOGETHER = 10, ALONE = 200, COLD_BYTES = 64 << 20 };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) {
    const double *p = a, *q = b;
    return (*p > *q) - (*p < *q);
}

static double median(double *values, uint64_t count) {
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

static struct taint_source theft(const struct utxo *u, uint64_t number, uint64_t of) {
    const struct utxo_counts *c = utxo_counts(u);
    uint64_t block = 1 + number * (c->blocks / 2) / of;
    return (struct taint_source){.output = utxo_txs(u)[utxo_blocks(u)[block].txs].output_first};
}

static double once(const struct utxo *u, enum taint_policy policy, const struct taint_source *sources, uint32_t count,
                   uint64_t *ret_txs) {
    struct taint_request q = {
        .policy = policy, .sources = sources, .source_count = count, .theft_count = count, .height_until = UINT32_MAX};
    struct taint_result r;
    struct error err = {0};
    double start = seconds();
    if (taint_run(u, &q, NULL, &r, &err) != IMJIN_OK) {
        fprintf(stderr, "bench_taint: %s\n", err.text);
        exit(4);
    }
    double took = seconds() - start;
    *ret_txs = r.txs;
    taint_result_done(&r);
    return took;
}

static void evict(uint8_t *memory) {
    static uint8_t round;
    memset(memory, ++round, COLD_BYTES);
}

static void together(const struct utxo *u, enum taint_policy policy) {
    struct taint_source sources[TOGETHER];
    double took[ROUNDS];
    uint64_t txs = 0;
    for (uint32_t i = 0; i < TOGETHER; i++) {
        sources[i] = theft(u, i, TOGETHER);
        sources[i].theft = i;
    }
    for (unsigned round = 0; round < ROUNDS; round++)
        took[round] = once(u, policy, sources, TOGETHER, &txs);
    double middle = median(took, ROUNDS);
    printf("taint_%s_%d_thefts %.1f Mtx/s\n", taint_policy_name(policy), TOGETHER, (double)utxo_counts(u)->txs / middle / 1e6);
    printf("taint_%s_reached %.2f Mtx\n", taint_policy_name(policy), (double)txs / 1e6);
    printf("taint_%s_reached_rate %.2f Mtx/s\n", taint_policy_name(policy), (double)txs / middle / 1e6);
}

static void alone(const struct utxo *u, enum taint_policy policy, uint8_t *memory) {
    static double warm[ALONE], cold[ALONE];
    for (uint64_t i = 0; i < ALONE; i++) {
        struct taint_source source = theft(u, i, ALONE);
        uint64_t txs;
        evict(memory);
        cold[i] = once(u, policy, &source, 1, &txs);
        warm[i] = once(u, policy, &source, 1, &txs);
    }
    printf("taint_%s_theft_warm %.1f us\n", taint_policy_name(policy), median(warm, ALONE) * 1e6);
    printf("taint_%s_theft_cold %.1f us\n", taint_policy_name(policy), median(cold, ALONE) * 1e6);
}

static void scan(const struct utxo *u) {
    const struct utxo_counts *c = utxo_counts(u);
    double took[ROUNDS];
    uint64_t sum = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double start = seconds();
        for (uint64_t i = 0; i < c->inputs; i++)
            sum += utxo_inputs(u)[i];
        for (uint64_t i = 0; i < c->outputs; i++)
            sum += utxo_outputs(u)[i].value;
        took[round] = seconds() - start;
    }
    if (sum == 1) /* so that the sums are made */
        printf("odd\n");
    printf("scan_inputs_and_outputs %.0f M/s\n", (double)(c->inputs + c->outputs) / median(took, ROUNDS) / 1e6);
}

int main(int argc, char **argv) {
    struct utxo *u;
    struct error err = {0};
    if (argc != 2) {
        fprintf(stderr, "usage: bench_taint STORE\n");
        return 2;
    }
    uint8_t *memory = malloc(COLD_BYTES);
    if (memory == NULL || utxo_open(&u, argv[1], &err) != IMJIN_OK || utxo_counts(u)->blocks < 4) {
        fprintf(stderr, "bench_taint: %s\n", err.text[0] ? err.text : "the chain is too short");
        return 4;
    }
    scan(u);
    together(u, TAINT_FIFO);
    together(u, TAINT_HAIRCUT);
    alone(u, TAINT_FIFO, memory);
    alone(u, TAINT_HAIRCUT, memory);
    utxo_close(u);
    free(memory);
    return 0;
}
