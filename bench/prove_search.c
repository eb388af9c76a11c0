/* Holds the search to comparing with every name: usage: prove_search LISTS_DIRECTORY [QUERIES [SEED [THRESHOLD]]]
 * Changes records of all lists of a workspace's directory in the ways of `imjin mutate` (10,000 changed names, seed 1,
 * threshold NAME_THRESHOLD_DEFAULT), in turn, and asks for each the search and the comparison with every name. Prints "name
 * value" a line and each query whose names or scores are not the same; exit status 1 when there is one. */
#include <stdio.h>
#include <stdlib.h>

#include "screen/screen.h"

enum { QUERIES_DEFAULT = 10000, QUERIES_MAX = 100000000, SEED_DEFAULT = 1, TRIES_MAX = 10000 };

struct proof {
    struct screen_source sources[SCREEN_LISTS_MAX];
    struct list *lists[SCREEN_LISTS_MAX];
    char versions[SCREEN_LISTS_MAX][65], **names;
    size_t list_count;
    struct screen_set *set;
    struct screen_finder *finder;
    struct buffer hits; /* of the comparison with every name */
    struct text texts;
    struct arena arena;
    uint64_t seed, queries, found, different;
    uint16_t threshold;
};

static void check(enum imjin_status status, const struct error *err) {
    if (status == IMJIN_OK)
        return;
    fprintf(stderr, "prove_search: %s\n", err->text);
    exit(2);
}

static uint64_t number_from(const char *text, uint64_t most) {
    char *end;
    unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || number > most) {
        fprintf(stderr, "prove_search: %s is no number up to %llu\n", text, (unsigned long long)most);
        exit(2);
    }
    return number;
}

static void open_lists(struct proof *p, const char *directory) {
    struct error err = {0};
    check(list_names(directory, &p->names, &p->list_count, &err), &err);
    if (p->list_count == 0 || p->list_count > SCREEN_LISTS_MAX) {
        fprintf(stderr, "prove_search: %s holds %zu lists\n", directory, p->list_count);
        exit(2);
    }
    for (size_t i = 0; i < p->list_count; i++) {
        check(list_open(&p->lists[i], directory, p->names[i], &err), &err);
        sha256_print(&list_version(p->lists[i])->content, p->versions[i]);
        p->sources[i] = (struct screen_source){span_of(p->names[i]), span_of(p->versions[i]), {"", 0}, p->lists[i]};
    }
    check(screen_set_open(&p->set, p->sources, (unsigned)p->list_count, NULL, 0, NULL, NULL, &err), &err);
    check(screen_finder_new(&p->finder, p->set, &err), &err);
}

static bool same_hits(const struct buffer *all, const struct screen_hit *hits, uint32_t count) {
    const struct screen_hit *wanted = (const struct screen_hit *)all->items;
    if (all->count != count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (wanted[i].name != hits[i].name || wanted[i].score != hits[i].score)
            return false;
    return true;
}

static void ask(struct proof *p, const struct screen_mutant *mutant) {
    struct error err = {0};
    const struct screen_hit *hits;
    const struct name *query;
    uint32_t count;
    check(name_parse(&query, mutant->name, NAME_ANY, &p->arena, &err), &err);
    check(screen_search_exhaustive(p->finder, query, p->threshold, NULL, &hits, &count, &err), &err);
    p->hits.count = 0;
    for (uint32_t i = 0; i < count; i++)
        check(buffer_push(&p->hits, &hits[i], NULL, &err), &err);
    check(screen_search(p->finder, query, p->threshold, NULL, &hits, &count, &err), &err);
    p->queries++;
    p->found += count;
    if (!same_hits(&p->hits, hits, count)) {
        p->different++;
        printf("different %.*s: %u names, of %zu\n", (int)mutant->name.count, mutant->name.bytes, count, (size_t)p->hits.count);
    }
    arena_done(&p->arena);
}

/* The nth changed name: the mutations in turn, of records drawn from the seed. False when no record can be changed so. */
static bool change(struct proof *p, uint64_t nth, struct screen_mutant *ret) {
    struct error err = {0};
    unsigned mutation = (unsigned)(nth % screen_mutation_count());
    bool made = false;
    for (uint64_t attempt = 0; attempt < TRIES_MAX && !made; attempt++) {
        const uint64_t drawn[] = {p->seed, nth, attempt};
        uint32_t entity = (uint32_t)(hash_bytes(drawn, sizeof drawn, 1) % screen_set_entities(p->set));
        check(screen_mutate(p->set, entity, mutation, p->seed + nth, ret, &made, &p->texts, &err), &err);
        made &= made && ret->name.count > 0;
    }
    return made;
}

int main(int argc, char **argv) {
    static struct proof p = {.hits = {.item_bytes = sizeof(struct screen_hit), .items_max = UINT32_MAX, .what = "names found"}};
    if (argc < 2 || argc > 5) {
        fprintf(stderr, "usage: prove_search LISTS_DIRECTORY [QUERIES [SEED [THRESHOLD]]]\n");
        return 2;
    }
    uint64_t wanted = argc > 2 ? number_from(argv[2], QUERIES_MAX) : QUERIES_DEFAULT;
    p.seed = argc > 3 ? number_from(argv[3], UINT64_MAX) : SEED_DEFAULT;
    p.threshold = argc > 4 ? (uint16_t)number_from(argv[4], SCREEN_SCORE_MAX) : NAME_THRESHOLD_DEFAULT;
    open_lists(&p, argv[1]);
    bool unused[256] = {false}; /* mutations that change no name */
    for (uint64_t nth = 0, idle = 0; p.queries < wanted && idle < screen_mutation_count(); nth++) {
        struct screen_mutant mutant;
        unsigned mutation = (unsigned)(nth % screen_mutation_count());
        if (!unused[mutation] && change(&p, nth, &mutant)) {
            ask(&p, &mutant);
            idle = 0;
        } else {
            unused[mutation] = true;
            idle++;
        }
    }
    printf("lists %zu\nentities %u\nnames %u\nthreshold %u\nseed %llu\nqueries %llu\nfound %llu\ndifferent %llu\n",
           p.list_count, screen_set_entities(p.set), screen_set_names(p.set), p.threshold, (unsigned long long)p.seed,
           (unsigned long long)p.queries, (unsigned long long)p.found, (unsigned long long)p.different);
    return p.different || p.queries < wanted ? 1 : 0;
}
