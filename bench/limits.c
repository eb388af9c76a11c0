/* What this machine allows: the limits that the other figures are held against. Prints one "name value unit" a line. */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

enum { ROUNDS = 5 };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}
static double median(double *values) {
    for (unsigned i = 0; i < ROUNDS; i++)
        for (unsigned j = i + 1; j < ROUNDS; j++)
            if (values[j] < values[i]) {
                double t = values[i];
                values[i] = values[j];
                values[j] = t;
            }
    return values[ROUNDS / 2];
}
static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static double copy_rate(uint8_t *table, uint64_t bytes) {
    double rates[ROUNDS];
    for (unsigned r = 0; r < ROUNDS; r++) {
        double start = seconds();
        memcpy(table, table + bytes / 2, bytes / 2);
        rates[r] = (double)(bytes / 2) / (seconds() - start) / 1e9;
    }
    return median(rates);
}

/* Reads and writes one 16-byte record in each of many places, with prefetch some way ahead: a replay's limit. */
static double touch_rate(uint8_t *table, uint64_t bytes, uint64_t ahead) {
    uint64_t slots = bytes / 16, touches = 20000000;
    double rates[ROUNDS];
    for (unsigned r = 0; r < ROUNDS; r++) {
        double start = seconds();
        for (uint64_t i = 0; i < touches; i++) {
            if (ahead)
                __builtin_prefetch(table + (uint64_t)((u128)mix(i + ahead + r) * slots >> 64) * 16, 1);
            uint64_t *slot = (uint64_t *)(table + (uint64_t)((u128)mix(i + r) * slots >> 64) * 16);
            slot[0] += slot[1] + i;
        }
        rates[r] = (double)touches / (seconds() - start) / 1e6;
    }
    return median(rates);
}

/* One miss after another: each place says where the next is. */
static double chase_nanoseconds(uint64_t *table, uint64_t count) {
    for (uint64_t i = 0; i < count; i++)
        table[i] = i;
    for (uint64_t i = count - 1; i > 0; i--) { /* one cycle through all (Sattolo) */
        uint64_t j = mix(i) % i, t = table[i];
        table[i] = table[j];
        table[j] = t;
    }
    double times[ROUNDS];
    uint64_t at = 0;
    for (unsigned r = 0; r < ROUNDS; r++) {
        double start = seconds();
        for (unsigned i = 0; i < 1000000; i++)
            at = table[at];
        times[r] = (seconds() - start) * 1e3;
    }
    return median(times) + (double)(at == UINT64_MAX);
}

static double write_rate(const uint8_t *table, uint64_t bytes, const char *path) {
    double rates[ROUNDS];
    for (unsigned r = 0; r < ROUNDS; r++) {
        int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
        double start = seconds();
        uint64_t done = 0;
        while (file >= 0 && done < bytes) {
            ssize_t n = write(file, table + done, bytes - done < 1 << 20 ? bytes - done : 1 << 20);
            if (n <= 0)
                break;
            done += (uint64_t)n;
        }
        if (file < 0 || fsync(file) != 0 || close(file) != 0)
            return 0;
        rates[r] = (double)done / (seconds() - start) / 1e9;
    }
    unlink(path);
    return median(rates);
}

static double sha256_rate(const uint8_t *table, uint64_t bytes) {
    double rates[ROUNDS];
    for (unsigned r = 0; r < ROUNDS; r++) {
        struct sha256 hash;
        double start = seconds();
        if (sha256_of(table, bytes, &hash, NULL) != IMJIN_OK)
            return 0;
        rates[r] = (double)bytes / (seconds() - start) / 1e9;
    }
    return median(rates);
}

int main(int argc, char **argv) {
    uint64_t bytes = (uint64_t)1 << 30;
    uint8_t *table = memory_new_pages(bytes);
    if (!table || argc != 2) {
        fputs("usage: limits SCRATCH-FILE (and 1 GiB of memory)\n", stderr);
        return 2;
    }
    memset(table, 1, bytes); /* first touch is not what is measured */
    printf("memory_copy %.2f GB/s\n", copy_rate(table, bytes));
    printf("random_access %.1f M/s\n", touch_rate(table, (uint64_t)256 << 20, 0));
    printf("random_access_prefetched %.1f M/s\n", touch_rate(table, (uint64_t)256 << 20, 24));
    printf("sha256 %.2f GB/s\n", sha256_rate(table, (uint64_t)256 << 20));
    printf("sequential_write %.2f GB/s\n", write_rate(table, (uint64_t)256 << 20, argv[1]));
    printf("dependent_miss %.0f ns\n", chase_nanoseconds((uint64_t *)table, bytes / 8));
    memory_free_pages(table, bytes);
    return 0;
}
