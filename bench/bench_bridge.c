/* Matches 100,000 deposits against 1,000,000 withdrawals: by identifier, by named destination, by amount and time alone.
 * usage: bench_bridge [DEPOSITS WITHDRAWALS]. Prints milliseconds and what was matched. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "pattern/pattern.h"

enum { ID, TARGET, AMOUNT, KINDS };
static const char *const kinds[KINDS] = {"shared identifier", "named destination", "amount and time"};

static uint64_t state = 88172645463325252u;
static uint64_t draw(void) { /* xorshift64: the same numbers on every machine */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void check(enum imjin_status status, const struct error *err) {
    if (status != IMJIN_OK) {
        fprintf(stderr, "bench_bridge: %s\n", err->text);
        exit(1);
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

struct cells {
    char tx[72], time[24], id[24], who[48], amount[24];
};

/* One of the two sides of transfer `n`: the withdrawal gets the deposit's amount less 1 in 1,000, up to an hour later. */
static void add(struct bridge_store *s, unsigned kind, bool in, uint64_t n, uint64_t amount, uint64_t time, struct error *err) {
    struct cells c;
    struct bridge_row row = {0};
    snprintf(c.tx, sizeof c.tx, "0x%c%063llx", in ? '1' : '2', (unsigned long long)n);
    snprintf(c.time, sizeof c.time, "%llu", (unsigned long long)time);
    snprintf(c.id, sizeof c.id, "%llu", (unsigned long long)n);
    snprintf(c.who, sizeof c.who, "0x%040llx", (unsigned long long)n + 1);
    snprintf(c.amount, sizeof c.amount, "%llu", (unsigned long long)(in ? amount : amount - amount / 1000));
    row.fields[BRIDGE_SIDE] = span_of(in ? "deposit" : "withdrawal");
    row.fields[BRIDGE_PROTOCOL] = span_of("celer");
    row.fields[BRIDGE_CHAIN] = span_of(in ? "ethereum" : "arbitrum");
    row.fields[BRIDGE_OTHER_CHAIN] = span_of(in ? "arbitrum" : "ethereum");
    row.fields[BRIDGE_ASSET] = span_of("native");
    row.fields[BRIDGE_TX] = span_of(c.tx);
    row.fields[BRIDGE_TIME] = span_of(c.time);
    row.fields[BRIDGE_AMOUNT] = span_of(c.amount);
    if (kind == ID)
        row.fields[BRIDGE_ID] = span_of(c.id);
    if (kind != AMOUNT || !in)
        row.fields[BRIDGE_RECIPIENT] = span_of(c.who);
    check(bridge_store_add(s, &row, err), err);
}

static void measure(unsigned kind, uint64_t deposits, uint64_t withdrawals) {
    struct error err = {0};
    struct bridge_store *s = NULL;
    struct bridge_result *r = NULL;
    double begin = now();
    check(bridge_store_new(&s, &err), &err);
    for (uint64_t n = 0; n < withdrawals; n++) {
        uint64_t amount = 1000000000000000u + draw() % 1000000000000000000u, time = 1600000000 + draw() % 31536000;
        if (n < deposits)
            add(s, kind, true, n, amount, time, &err);
        add(s, kind, false, n, amount, time + draw() % 3600, &err);
    }
    bridge_store_sort(s);
    double filled = now();
    check(bridge_match(s, BRIDGE_RUNG_AMOUNT, NULL, &r, &err), &err);
    printf("%-18s %llu deposits, %llu withdrawals: %.0f ms to match (%.0f ms to read), %llu matched\n", kinds[kind],
           (unsigned long long)deposits, (unsigned long long)withdrawals, now() - filled, filled - begin,
           (unsigned long long)(r->chosen[1] + r->chosen[2] + r->chosen[3] + r->chosen[4]));
    bridge_result_free(r);
    bridge_store_free(s);
}

int main(int argc, char **argv) {
    uint64_t deposits = 100000, withdrawals = 1000000;
    if (argc == 3 && (!u64_parse(argv[1], strlen(argv[1]), &deposits) || !u64_parse(argv[2], strlen(argv[2]), &withdrawals)))
        return 2;
    for (unsigned kind = 0; kind < KINDS; kind++)
        measure(kind, deposits, withdrawals);
    return 0;
}
