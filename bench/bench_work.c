/* Measures what happens inside the process on one ledger: expanding a frontier, compiling, tracing thefts, replaying.
 * usage: bench_work LEDGER COMPILED SOURCES.csv LABELS.csv THEFTS   prints one "name value unit" a line
 * SOURCES and LABELS are what `generate` writes; the labels are imported into the directory COMPILED.labels. */
#include <stdio.h>
#include <time.h>

#include "base/base.h"
#include "trace/trace.h"

enum { THEFTS_MAX = 20000, LINE_MAX_BYTES = 512, ROUNDS = 5, FRONTIER = 1000, TOGETHER = 64 };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}
static void sort(double *values, uint64_t count) { /* shell sort: no callback, no allocation */
    for (uint64_t gap = count / 2; gap > 0; gap /= 2)
        for (uint64_t i = gap; i < count; i++)
            for (uint64_t j = i; j >= gap && values[j] < values[j - gap]; j -= gap) {
                double t = values[j];
                values[j] = values[j - gap];
                values[j - gap] = t;
            }
}
static double median(double *values, uint64_t count) {
    sort(values, count);
    return values[count / 2];
}
static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct work {
    struct ledger *ledger;
    struct compiled *compiled;
    struct label_store *labels;
    struct trace_memory *memory; /* as the program has it for many thefts */
    struct trace_source *sources;
    uint32_t source_count;
};

static enum imjin_status read_source(struct trace_source *ret, const struct work *w, const char *line, struct error *err) {
    struct span fields[4];
    for (unsigned i = 0; i < 4; i++) {
        const char *end = line + strcspn(line, ",\n");
        fields[i] = (struct span){line, (uint64_t)(end - line)};
        line = *end ? end + 1 : end;
    }
    struct address address, contract;
    struct u256 units;
    *ret = (struct trace_source){.has_units = true, .has_asset = true, .has_time = true};
    TRY(address_parse(&address, ledger_chain(w->ledger), fields[0], err));
    TRY(ledger_account_find(w->ledger, &address, &ret->account, err));
    TRY(amount_parse(&units, fields[1], err));
    TRY(address_parse(&contract, ledger_chain(w->ledger), fields[2], err));
    TRY(ledger_asset_find(w->ledger, &(struct asset_key){.form = ASSET_TOKEN, .contract = contract}, &ret->asset, err));
    TRY(time_parse(&ret->time_from, fields[3], err));
    return u256_to_u128(units, &ret->units) ? IMJIN_OK : fail(err, IMJIN_BAD_INPUT, "an amount is too large");
}

static enum imjin_status read_sources(struct work *w, const char *path, uint32_t most, struct error *err) {
    FILE *in = fopen(path, "rb");
    if (!in)
        return fail(err, IMJIN_MACHINE, "cannot read %s", path);
    char line[LINE_MAX_BYTES];
    enum imjin_status status = fgets(line, sizeof line, in) ? IMJIN_OK : fail(err, IMJIN_BAD_INPUT, "%s is empty", path);
    while (status == IMJIN_OK && w->source_count < most && fgets(line, sizeof line, in))
        status = read_source(&w->sources[w->source_count++], w, line, err);
    fclose(in);
    return status;
}

struct reached {
    uint64_t count, sum;
};
static enum imjin_status reach(void *context, uint64_t frontier_index, uint64_t number, const struct movement *m) {
    struct reached *r = context;
    r->count++;
    r->sum += frontier_index + number + m->to;
    return IMJIN_OK;
}

/* Expands 1,000 accounts spread over the ledger, at most 64 movements each, from the middle of the ledger on. */
static enum imjin_status bench_frontier(const struct work *w, struct error *err) {
    const struct movement *all = ledger_movements(w->ledger);
    uint64_t movements = ledger_counts(w->ledger)->movements;
    static struct frontier_item frontier[FRONTIER];
    for (unsigned i = 0; i < FRONTIER; i++)
        frontier[i] = (struct frontier_item){{all[mix(i) % movements].to}, movements / 2};
    double times[ROUNDS];
    struct reached r = {0};
    for (unsigned round = 0; round < ROUNDS; round++) {
        double start = seconds();
        r = (struct reached){0};
        TRY(ledger_expand(w->ledger, DIRECTION_OUT, frontier, FRONTIER, 64, reach, &r, err));
        times[round] = (seconds() - start) * 1e3;
    }
    printf("expand_1000 %.3f ms\n", median(times, ROUNDS));
    printf("expand_1000_movements %llu rows\n", (unsigned long long)r.count + (r.sum == 1));
    return IMJIN_OK;
}

static enum imjin_status bench_compile(struct work *w, const char *directory, struct error *err) {
    double start = seconds();
    TRY(compiled_update(directory, w->ledger, SETTLE_RULES_ALL, (uint64_t)4 << 30, NULL, err));
    double rate = (double)ledger_counts(w->ledger)->movements / (seconds() - start) / 1e6;
    printf("compile %.2f M/s\n", rate);
    return compiled_open(&w->compiled, directory, w->ledger, SETTLE_RULES_ALL, err);
}

/* Traces `count` thefts from `first` on in one request. */
static enum imjin_status trace_some(const struct work *w, enum trace_policy policy, enum trace_engine engine, uint32_t first,
                                    uint32_t count, uint64_t *ret_pieces, struct error *err) {
    struct trace_request request = trace_defaults();
    request.policy = policy;
    request.engine = engine;
    request.sources = w->sources + first;
    request.source_count = count;
    request.threads = 1;
    struct trace_input in = {w->ledger, w->compiled, w->labels, w->memory};
    struct trace_result *result;
    TRY(trace_run(&in, &request, NULL, &result, err));
    *ret_pieces = result->pieces;
    trace_result_free(result);
    return IMJIN_OK;
}

/* Every theft on its own: the first time (cold: other thefts' pages lie between), and again at once (warm). */
static enum imjin_status bench_thefts(const struct work *w, enum trace_policy policy, const char *name, struct error *err) {
    static double cold[THEFTS_MAX], warm[THEFTS_MAX];
    uint64_t pieces = 0, all = 0;
    double total = 0;
    for (uint32_t i = 0; i < w->source_count; i++) {
        double start = seconds();
        TRY(trace_some(w, policy, ENGINE_FOLLOW, i, 1, &pieces, err));
        double middle = seconds();
        TRY(trace_some(w, policy, ENGINE_FOLLOW, i, 1, &pieces, err));
        cold[i] = (middle - start) * 1e6;
        warm[i] = (seconds() - middle) * 1e6;
        total += middle - start;
        all += pieces;
    }
    printf("%s_theft_cold %.1f us\n", name, median(cold, w->source_count));
    printf("%s_theft_warm %.1f us\n", name, median(warm, w->source_count));
    printf("%s_thefts_all %.3f s\n", name, total);
    printf("%s_thefts_pieces %llu pieces\n", name, (unsigned long long)all);
    return IMJIN_OK;
}

/* The first replay of a ledger numbers its holdings; the others find them remembered. */
static enum imjin_status bench_numbering(const struct work *w, struct error *err) {
    uint64_t pieces;
    double start = seconds();
    TRY(trace_some(w, POLICY_FIFO, ENGINE_REPLAY, 0, 1, &pieces, err));
    printf("replay_first %.2f M/s\n", (double)ledger_counts(w->ledger)->movements / (seconds() - start) / 1e6);
    return IMJIN_OK;
}

static enum imjin_status bench_replay(const struct work *w, enum trace_policy policy, uint32_t count, const char *name,
                                      struct error *err) {
    double rates[ROUNDS];
    uint64_t pieces;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double start = seconds();
        TRY(trace_some(w, policy, ENGINE_REPLAY, 0, count, &pieces, err));
        rates[round] = (double)ledger_counts(w->ledger)->movements / (seconds() - start) / 1e6;
    }
    printf("%s %.2f M/s\n", name, median(rates, ROUNDS));
    return IMJIN_OK;
}

static enum imjin_status measure(struct work *w, char **argv, uint32_t most, struct error *err) {
    TRY(ledger_open(&w->ledger, argv[1], err));
    char labels[PATH_BYTES_MAX];
    struct label_import_result imported;
    snprintf(labels, sizeof labels, "%s.labels", argv[2]);
    TRY(label_import(labels, (const char *const *)&argv[4], 1, NULL, NULL, &imported, err));
    TRY(label_open(&w->labels, labels, err));
    printf("movements %llu rows\n", (unsigned long long)ledger_counts(w->ledger)->movements);
    printf("accounts %llu rows\n", (unsigned long long)ledger_counts(w->ledger)->accounts);
    TRY(read_sources(w, argv[3], most, err));
    TRY(bench_frontier(w, err));
    TRY(bench_compile(w, argv[2], err));
    TRY(bench_thefts(w, POLICY_FIFO, "fifo_forgetful", err)); /* each theft asks anew which accounts are stops */
    TRY(trace_memory_new(&w->memory, err));
    TRY(bench_thefts(w, POLICY_FIFO, "fifo", err));
    TRY(bench_thefts(w, POLICY_HAIRCUT, "haircut", err));
    TRY(bench_numbering(w, err));
    uint32_t together = w->source_count < TOGETHER ? w->source_count : TOGETHER;
    TRY(bench_replay(w, POLICY_HAIRCUT, 1, "replay_haircut", err));
    TRY(bench_replay(w, POLICY_FIFO, 1, "replay_fifo", err));
    return bench_replay(w, POLICY_FIFO, together, "replay_fifo_64", err);
}

int main(int argc, char **argv) {
    struct error err = {0};
    uint64_t most = THEFTS_MAX;
    struct work w = {0};
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc != 6 || !u64_parse(argv[5], strlen(argv[5]), &most) || most > THEFTS_MAX ||
        !(w.sources = memory_new(THEFTS_MAX, sizeof *w.sources))) {
        fputs("usage: bench_work LEDGER COMPILED SOURCES.csv LABELS.csv THEFTS\n", stderr);
        return 2;
    }
    enum imjin_status status = measure(&w, argv, (uint32_t)most, &err);
    if (status != IMJIN_OK)
        fprintf(stderr, "bench_work: %s\n", err.text);
    trace_memory_free(w.memory);
    compiled_close(w.compiled);
    label_close(w.labels);
    ledger_close(w.ledger);
    memory_free(w.sources);
    return (int)status;
}
