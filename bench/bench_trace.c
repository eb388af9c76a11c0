/* Measures tracing inside the process with what is remembered between traces: each policy theft by theft, with the stopping
 * rules and without, and replay once its holdings are numbered. usage: bench_trace LEDGER COMPILED SOURCES.csv LABELS THEFTS
 * prints one "name value unit" a line SOURCES is what `generate` writes; LABELS a directory with its labels imported; COMPILED
 * is made when it is not there. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/base.h"
#include "trace/trace.h"

enum { THEFTS_MAX = 20000, LINE_MAX_BYTES = 512, TOGETHER = 64, ROUNDS = 3 };

struct bench {
    struct trace_input in;
    struct trace_source *sources;
    uint32_t source_count;
    double *times;
};

static double seconds(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static enum imjin_status read_source(const struct bench *b, const char *line, struct trace_source *ret, struct error *err) {
    struct span fields[4];
    for (unsigned i = 0; i < 4; i++) {
        uint64_t count = strcspn(line, ",\n");
        fields[i] = (struct span){line, count};
        line += count + (line[count] != '\0');
    }
    struct address address, contract;
    struct u256 units;
    *ret = (struct trace_source){.has_units = true, .has_asset = true, .has_time = true};
    TRY(address_parse(&address, ledger_chain(b->in.ledger), fields[0], err));
    TRY(ledger_account_find(b->in.ledger, &address, &ret->account, err));
    TRY(amount_parse(&units, fields[1], err));
    TRY(address_parse(&contract, ledger_chain(b->in.ledger), fields[2], err));
    TRY(ledger_asset_find(b->in.ledger, &(struct asset_key){.form = ASSET_TOKEN, .contract = contract}, &ret->asset, err));
    TRY(time_parse(&ret->time_from, fields[3], err));
    return u256_to_u128(units, &ret->units) ? IMJIN_OK : fail(err, IMJIN_BAD_INPUT, "an amount is too large");
}

static enum imjin_status read_sources(struct bench *b, const char *path, uint64_t most, struct error *err) {
    char line[LINE_MAX_BYTES];
    FILE *in = fopen(path, "rb");
    if (in == NULL || fgets(line, sizeof line, in) == NULL)
        return fail(err, IMJIN_MACHINE, "cannot read %s", path);
    enum imjin_status status = IMJIN_OK;
    while (status == IMJIN_OK && b->source_count < most && fgets(line, sizeof line, in))
        status = read_source(b, line, &b->sources[b->source_count++], err);
    fclose(in);
    return status;
}

static enum imjin_status trace(const struct bench *b, struct trace_request *request, uint32_t first, uint32_t count,
                               uint64_t *pieces, struct error *err) {
    struct trace_result *result;
    request->sources = b->sources + first;
    request->source_count = count;
    TRY(trace_run(&b->in, request, NULL, &result, err));
    *pieces += result->pieces;
    trace_result_free(result);
    return IMJIN_OK;
}

/* The second round is told: what the first one learnt of accounts is remembered. */
static enum imjin_status bench_policy(const struct bench *b, enum trace_policy policy, bool stops, struct error *err) {
    struct trace_request request = trace_defaults();
    uint64_t pieces = 0;
    double all = 0;
    request.policy = policy;
    request.stop_at_deposits = request.stop_at_hubs = stops;
    for (int round = 0; round < 2; round++) {
        pieces = 0;
        double start = seconds(CLOCK_MONOTONIC);
        for (uint32_t i = 0; i < b->source_count; i++) {
            double before = seconds(CLOCK_MONOTONIC);
            TRY(trace(b, &request, i, 1, &pieces, err));
            b->times[i] = (seconds(CLOCK_MONOTONIC) - before) * 1e6;
        }
        all = seconds(CLOCK_MONOTONIC) - start;
    }
    qsort(b->times, b->source_count, sizeof *b->times, by_value);
    const char *name = trace_policy_name(policy), *kind = stops ? "" : "_labels_only";
    printf("%s%s_median %.1f us\n%s%s_p99 %.1f us\n", name, kind, b->times[b->source_count / 2], name, kind,
           b->times[(uint64_t)b->source_count * 99 / 100]);
    printf("%s%s_all %.3f s\n%s%s_piece %.0f ns\n", name, kind, all, name, kind, all * 1e9 / (double)(pieces + 1));
    return IMJIN_OK;
}

static enum imjin_status bench_replay(const struct bench *b, enum trace_policy policy, uint32_t thefts, struct error *err) {
    struct trace_request request = trace_defaults();
    double wall[ROUNDS], cpu[ROUNDS];
    uint64_t pieces = 0;
    request.policy = policy;
    request.engine = ENGINE_REPLAY;
    for (int round = -1; round < ROUNDS; round++) { /* the first numbers the holdings */
        double start = seconds(CLOCK_MONOTONIC), busy = seconds(CLOCK_PROCESS_CPUTIME_ID);
        TRY(trace(b, &request, 0, thefts, &pieces, err));
        if (round >= 0) {
            wall[round] = seconds(CLOCK_MONOTONIC) - start;
            cpu[round] = seconds(CLOCK_PROCESS_CPUTIME_ID) - busy;
        }
    }
    double millions = (double)ledger_counts(b->in.ledger)->movements / 1e6;
    qsort(wall, ROUNDS, sizeof *wall, by_value);
    qsort(cpu, ROUNDS, sizeof *cpu, by_value);
    printf("replay_%s_%u %.2f M/s\n", trace_policy_name(policy), thefts, millions / wall[ROUNDS / 2]);
    printf("replay_%s_%u_cpu %.2f M/s\n", trace_policy_name(policy), thefts, millions / cpu[ROUNDS / 2]);
    return IMJIN_OK;
}

static enum imjin_status measure(struct bench *b, char **argv, uint64_t most, struct ledger **ledger,
                                 struct compiled **compiled, struct label_store **labels, struct error *err) {
    TRY(ledger_open(ledger, argv[1], err));
    TRY(compiled_update(argv[2], *ledger, SETTLE_RULES_ALL, (uint64_t)1 << 30, NULL, err));
    TRY(compiled_open(compiled, argv[2], *ledger, SETTLE_RULES_ALL, err));
    TRY(label_open(labels, argv[4], err));
    b->in.ledger = *ledger;
    b->in.compiled = *compiled;
    b->in.labels = *labels;
    TRY(trace_memory_new(&b->in.memory, err));
    TRY(read_sources(b, argv[3], most, err));
    for (int p = POLICY_FIFO; p <= POLICY_HAIRCUT; p++)
        TRY(bench_policy(b, (enum trace_policy)p, true, err));
    TRY(bench_policy(b, POLICY_FIFO, false, err));
    TRY(bench_replay(b, POLICY_HAIRCUT, 1, err));
    TRY(bench_replay(b, POLICY_FIFO, 1, err));
    return bench_replay(b, POLICY_FIFO, b->source_count < TOGETHER ? b->source_count : TOGETHER, err);
}

int main(int argc, char **argv) {
    struct error err = {0};
    struct bench b = {.sources = memory_new(THEFTS_MAX, sizeof *b.sources), .times = memory_new(THEFTS_MAX, sizeof *b.times)};
    struct ledger *ledger = NULL;
    struct compiled *compiled = NULL;
    struct label_store *labels = NULL;
    uint64_t most = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc != 6 || !u64_parse(argv[5], strlen(argv[5]), &most) || most > THEFTS_MAX || !b.sources || !b.times) {
        fputs("usage: bench_trace LEDGER COMPILED SOURCES.csv LABELS THEFTS\n", stderr);
        return 2;
    }
    enum imjin_status status = measure(&b, argv, most, &ledger, &compiled, &labels, &err);
    if (status != IMJIN_OK)
        fprintf(stderr, "bench_trace: %s\n", err.text);
    trace_memory_free(b.in.memory);
    compiled_close(compiled);
    label_close(labels);
    ledger_close(ledger);
    memory_free(b.sources);
    memory_free(b.times);
    return (int)status;
}
