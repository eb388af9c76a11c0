/* How fast tables are read: scan alone, csv_spans, and token transfers into the ledger's rows, from memory, on one core.
 * usage: bench_csv [ROWS] (default 1,000,000; the text is made here, the same in every run). Medians of seven runs, of
 * this thread's processor time: others may share the machine. "name value unit" a line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ingest/reader.h"

enum { RUNS = 7, ACCOUNTS = 100000, TOKENS = 50 };

static uint64_t random_state = 0x9e3779b97f4a7c15;
static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* 20 bytes that a number stands for. */
static void add_account(struct text *t, uint64_t n) {
    uint64_t a = n * 0x9e3779b97f4a7c15, b = a ^ a >> 29;
    text_add_format(t, "0x%016" PRIx64 "%016" PRIx64 "%08" PRIx64 ",", a, b * 0xbf58476d1ce4e5b9, n & 0xffffffff);
}

static struct text make_table(uint64_t rows) {
    struct text t = {.bytes_max = (uint64_t)1 << 34};
    text_add_string(&t, "token_address,from_address,to_address,value,transaction_hash,log_index,block_number\n");
    for (uint64_t i = 0; i < rows; i++) {
        add_account(&t, ACCOUNTS + next_random() % TOKENS);
        add_account(&t, next_random() % ACCOUNTS);
        add_account(&t, next_random() % ACCOUNTS);
        text_add_format(&t, "%" PRIu64 "000000000,0x%016" PRIx64 "%048" PRIx64 ",%" PRIu64 ",%" PRIu64 "\n",
                        next_random() >> 20, i * 0x9e3779b97f4a7c15, i, i % 300, 14000000 + i / 200);
    }
    return t;
}

static enum imjin_status scan_only(const struct text *t, struct error *err) {
    static uint32_t places[1 << 14];
    struct scan s = {.separator = ','};
    uint64_t found = 0;
    for (uint64_t at = 0; at < t->count; at += 1 << 14)
        found += scan_table(places, &s, t->bytes + at, t->count - at < 1 << 14 ? t->count - at : 1 << 14, 0);
    return found ? IMJIN_OK : fail(err, IMJIN_BAD_INPUT, "nothing found");
}

static enum imjin_status rows_only(const struct text *t, struct error *err) {
    struct input *in;
    struct window w;
    struct csv_reader *r;
    const struct csv_row *row;
    TRY(input_open_memory(&in, "table", t->bytes, t->count, 1, err));
    TRY(window_init(&w, in, CSV_ROW_BYTES_MAX, err));
    TRY(csv_new(&r, &w, ',', err));
    do
        TRY(csv_next(r, &row, err));
    while (row);
    csv_free(r);
    input_close(in);
    return IMJIN_OK;
}

static enum imjin_status into_rows(const struct text *t, struct error *err) {
    static struct ingest_file file;
    struct ingest_options o = {.decimals = DECIMALS_UNKNOWN, .threads = 1};
    struct chain chain;
    struct input *in;
    memset(&file, 0, sizeof file);
    TRY(chain_find(&chain, "ethereum", err));
    TRY(input_open_memory(&in, "table", t->bytes, t->count, 1, err));
    TRY(ingest_input(NULL, &file, &chain, in, &o, NULL, err));
    input_close(in);
    return IMJIN_OK;
}

static enum imjin_status copy_only(const struct text *t, struct error *err) {
    static char bytes[1 << 18];
    uint64_t sum = 0;
    for (uint64_t at = 0; at < t->count; at += sizeof bytes) {
        uint64_t some = t->count - at < sizeof bytes ? t->count - at : sizeof bytes;
        memcpy(bytes, t->bytes + at, some);
        sum += (uint8_t)bytes[some / 2];
    }
    return sum ? IMJIN_OK : fail(err, IMJIN_BAD_INPUT, "nothing copied");
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure(const char *what, enum imjin_status (*work)(const struct text *, struct error *), const struct text *t,
                   uint64_t rows) {
    double took[RUNS];
    struct error err = {0};
    for (int i = 0; i < RUNS; i++) {
        double begin = seconds();
        if (work(t, &err) != IMJIN_OK) {
            fprintf(stderr, "%s: %s\n", what, err.text);
            return 1;
        }
        took[i] = seconds() - begin;
    }
    qsort(took, RUNS, sizeof *took, by_size);
    printf("%s_gb %.2f GB/s\n", what, (double)t->count / took[RUNS / 2] * 1e-9);
    printf("%s_rows %.2f M rows/s\n", what, (double)rows / took[RUNS / 2] * 1e-6);
    return 0;
}

int main(int argc, char **argv) {
    uint64_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    struct text t = make_table(rows);
    if (rows == 0 || text_status(&t, NULL) != IMJIN_OK)
        return 2;
    printf("row_bytes %.1f bytes\n", (double)t.count / (double)rows);
    int failed = measure("csv_copy", copy_only, &t, rows) || measure("csv_scan", scan_only, &t, rows) ||
                 measure("csv_spans", rows_only, &t, rows) || measure("csv_transfers", into_rows, &t, rows);
    text_done(&t);
    return failed;
}
