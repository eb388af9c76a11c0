/* Multi-input clustering with the CoinJoin filter, end to end: from the mapped store to finished clusters, and saved to a file.
 * usage: bench_cluster STORE_DIRECTORY [ROUNDS]
 * Prints millions of transactions a second, by the clock and by the processor's time (on a machine that others use, too). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cluster/cluster.h"

enum { ROUNDS_MAX = 99 };

static double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, unsigned count) {
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static enum imjin_status run(const struct utxo *u, unsigned rounds, struct error *err) {
    double wall[ROUNDS_MAX], cpu[ROUNDS_MAX], saved[ROUNDS_MAX], txs = (double)utxo_counts(u)->txs / 1e6;
    for (unsigned i = 0; i < rounds; i++) {
        struct clusters *c;
        double wall_start = seconds(CLOCK_MONOTONIC), cpu_start = seconds(CLOCK_PROCESS_CPUTIME_ID);
        TRY(cluster_build(&c, u, NULL, (struct cluster_options){0}, NULL, err));
        wall[i] = txs / (seconds(CLOCK_MONOTONIC) - wall_start);
        cpu[i] = txs / (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start);
        enum imjin_status status = cluster_save(c, "/tmp/bench-clusters", err);
        saved[i] = txs / (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_start);
        cluster_close(c);
        TRY(status);
    }
    printf("cluster %.1f M transactions/s; by processor time %.1f, saved to a file %.1f\n", median(wall, rounds),
           median(cpu, rounds), median(saved, rounds));
    return file_remove("/tmp/bench-clusters", err);
}

int main(int count, char **words) {
    struct utxo *u = NULL;
    struct error err = {0};
    unsigned rounds = count > 2 ? (unsigned)strtoul(words[2], NULL, 10) : 9;
    if (count < 2 || rounds == 0 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: bench_cluster STORE_DIRECTORY [ROUNDS]\n");
        return 2;
    }
    enum imjin_status status = utxo_open(&u, words[1], &err);
    if (status == IMJIN_OK)
        status = run(u, rounds, &err);
    utxo_close(u);
    if (status != IMJIN_OK)
        fprintf(stderr, "%s\n", err.text);
    return status == IMJIN_OK ? 0 : 1;
}
