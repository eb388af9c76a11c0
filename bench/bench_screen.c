/* Times screening: usage: bench_screen LISTS_DIRECTORY SCREEN_DIRECTORY QUERIES [exhaustive]
 * QUERIES is a file that screen_reader_open() reads. Prints "name value unit" a line; times are medians and tails over the
 * queries, in processor time of one thread; the first round meets every word for the first time. Names of three words are
 * counted apart. Wallets of the lists are looked up once each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "screen/screen.h"

enum { LISTS_MAX = SCREEN_LISTS_MAX, ROUNDS = 2, WALLETS_MAX = 2000000, STRIDE = 7368787 /* a prime */ };

static double read_clock(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
static double now(void) { return read_clock(CLOCK_MONOTONIC); }
/* Of this thread alone, so that other work on the machine does not stand in the tail. */
static double spent(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

static int by_time(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void check(enum imjin_status status, const struct error *err) {
    if (status == IMJIN_OK)
        return;
    fprintf(stderr, "bench_screen: %s\n", err->text);
    exit(1);
}

static unsigned words_of(const struct screen_query *q) {
    unsigned words = 0;
    for (uint32_t i = 0; i < q->value_count; i++)
        if (q->values[i].field == SCREEN_NAME)
            for (uint64_t k = 0; k < q->values[i].text.count; k++)
                words += q->values[i].text.bytes[k] != ' ' && (k == 0 || q->values[i].text.bytes[k - 1] == ' ');
    return words;
}

static void tell(const char *name, double *times, size_t count) {
    if (count == 0)
        return;
    qsort(times, count, sizeof *times, by_time);
    printf("%s_p50 %.4f ms\n%s_p99 %.4f ms\n%s_max %.4f ms\n", name, times[count / 2] * 1e3, name,
           times[count * 99 / 100] * 1e3, name, times[count - 1] * 1e3);
}

/* Looks up wallets of the set, in an order in which no two that follow each other lie together. */
static void tell_wallets(const struct screen_set *set) {
    struct error err = {0};
    struct buffer wallets = {.item_bytes = sizeof(struct span), .items_max = WALLETS_MAX, .what = "wallets"};
    uint64_t found = 0;
    for (uint32_t e = 0; e < screen_set_entities(set); e++)
        for (uint32_t i = 0; i < screen_entity_at(set, e).record.value_count && wallets.count < WALLETS_MAX; i++) {
            struct list_value v = screen_entity_value(set, e, i);
            if (v.property == LIST_WALLET)
                check(buffer_push(&wallets, &v.text, NULL, &err), &err);
        }
    double from = spent();
    for (uint64_t i = 0; i < wallets.count; i++) {
        uint64_t cursor = 0;
        struct screen_id_hit hit;
        found += screen_find_id(set, ((const struct span *)wallets.items)[i * STRIDE % wallets.count], true, &cursor, &hit);
    }
    if (wallets.count)
        printf("wallets %zu\nwallets_found %llu\nwallet_lookup %.4f us\n", wallets.count, (unsigned long long)found,
               (spent() - from) * 1e6 / (double)wallets.count);
    buffer_done(&wallets);
}

int main(int argc, char **argv) {
    struct error err = {0};
    struct screen_source sources[LISTS_MAX];
    char versions[LISTS_MAX][65], **names;
    size_t list_count;
    struct screen_set *set;
    struct screen_finder *finder;
    struct screen_reader *reader;
    struct arena queries_arena = {0}, arena = {0};
    struct buffer queries = {.item_bytes = sizeof(struct screen_query), .items_max = UINT32_MAX, .what = "queries"};
    struct list *lists[LISTS_MAX];
    struct rusage usage;
    uint64_t matches = 0;
    if (argc < 4)
        return 2;
    double begun = now();
    check(list_names(argv[1], &names, &list_count, &err), &err);
    for (size_t i = 0; i < list_count && i < LISTS_MAX; i++) {
        check(list_open(&lists[i], argv[1], names[i], &err), &err);
        sha256_print(&list_version(lists[i])->content, versions[i]);
        sources[i] = (struct screen_source){span_of(names[i]), span_of(versions[i]), {"", 0}, lists[i]};
    }
    double opened = now();
    check(screen_set_open(&set, sources, (unsigned)list_count, NULL, 0, argv[2], NULL, &err), &err);
    double ready = now();
    printf("lists_open %.2f ms\nset_open %.2f ms\nentities %u\nnames %u\n", (opened - begun) * 1e3, (ready - opened) * 1e3,
           screen_set_entities(set), screen_set_names(set));
    tell_wallets(set);
    check(screen_reader_open(&reader, argv[3], &err), &err);
    for (bool end = false;;) {
        struct screen_query q;
        check(screen_reader_next(reader, &queries_arena, &q, &end, &err), &err);
        if (end)
            break;
        check(buffer_push(&queries, &q, NULL, &err), &err);
    }
    check(screen_finder_new(&finder, set, &err), &err);
    double *times = calloc(queries.count + 1, sizeof *times), *three = calloc(queries.count + 1, sizeof *three);
    struct screen_options options = {.threshold = NAME_THRESHOLD_DEFAULT, .exhaustive = argc > 4};
    for (int round = 0; round < (argc > 4 ? 1 : ROUNDS); round++) {
        size_t three_count = 0;
        double total = spent();
        matches = 0;
        for (size_t i = 0; i < queries.count; i++) {
            const struct screen_query *q = (const struct screen_query *)queries.items + i;
            const struct screen_match *found;
            uint32_t count = 0;
            bool nothing;
            double from = spent();
            if (screen_answer(finder, q, &options, &arena, &found, &count, &nothing, NULL) == IMJIN_OK)
                matches += count > 0;
            times[i] = spent() - from;
            if (words_of(q) == 3)
                three[three_count++] = times[i];
            arena_done(&arena);
        }
        total = spent() - total;
        printf("round %d\nqueries %zu\nwith_matches %llu\nper_second %.0f screens/s\n", round, queries.count,
               (unsigned long long)matches, (double)queries.count / total);
        tell("all", times, queries.count);
        tell("three_parts", three, three_count);
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("peak %.1f MiB\n", (double)usage.ru_maxrss / 1024);
    screen_finder_free(finder);
    screen_set_close(set);
    screen_reader_close(reader);
    arena_done(&queries_arena);
    buffer_done(&queries);
    free(times);
    free(three);
    for (size_t i = 0; i < list_count; i++) {
        list_close(lists[i]);
        memory_free(names[i]);
    }
    memory_free(names);
    return 0;
}
