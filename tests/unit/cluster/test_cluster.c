#include <unistd.h>

#include "../unit.h"

#include "cluster/cluster.h"
#include "fake_utxo.h"

#define P2PKH SCRIPT_PUBKEY_HASH
static struct error err;

/* Three spends: {0,1} in block 1, {2,3} in block 2, {1,3} in block 3; address 4 never joins. */
static struct utxo *chain_of_three(void) {
    struct utxo *u = fake_new(64);
    uint64_t o[6];
    fake_block(u);
    fake_tx(u, 0);
    for (uint32_t i = 0; i < 5; i++)
        o[i] = fake_out(u, 1000 + i, i, P2PKH);
    uint64_t more1 = fake_out(u, 500, 1, P2PKH), more3 = fake_out(u, 501, 3, P2PKH);
    fake_block(u);
    fake_tx(u, 0);
    fake_in(u, o[0]);
    fake_in(u, o[1]);
    fake_out(u, 1900, 5, P2PKH);
    fake_block(u);
    fake_tx(u, 0);
    fake_in(u, o[2]);
    fake_in(u, o[3]);
    fake_out(u, 1900, 6, P2PKH);
    fake_block(u);
    fake_tx(u, 0);
    fake_in(u, more1);
    fake_in(u, more3);
    fake_out(u, 900, 4, P2PKH);
    return u;
}

static struct clusters *build(const struct utxo *u, const struct clusters *old, struct cluster_options options) {
    struct clusters *c = NULL;
    assert_int_equal(cluster_build(&c, u, old, options, NULL, &err), IMJIN_OK);
    return c;
}

static uint32_t id_of(const struct clusters *c, uint32_t script) {
    struct script_id id = {77};
    assert_int_equal(cluster_of(c, (struct script_id){script}, &id, &err), IMJIN_OK);
    return id.n;
}

static uint32_t size_of(const struct clusters *c, uint32_t script) {
    uint32_t size = 0;
    assert_int_equal(cluster_size(c, (struct script_id){script}, &size, &err), IMJIN_OK);
    return size;
}

static void joins_and_ids(void **state) {
    (void)state;
    struct utxo *u = chain_of_three();
    struct clusters *c = build(u, NULL, (struct cluster_options){0});
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(id_of(c, i), 0);
        assert_int_equal(size_of(c, i), 4);
    }
    assert_int_equal(id_of(c, 4), 4);
    assert_int_equal(size_of(c, 4), 1);
    assert_int_equal(cluster_counts(c)->clusters, 1);
    assert_int_equal(cluster_counts(c)->links, 3);
    assert_int_equal(cluster_of(c, (struct script_id){7}, &(struct script_id){0}, &err), IMJIN_NOT_FOUND);
    struct script_id largest[3];
    uint64_t count;
    assert_int_equal(cluster_largest(c, largest, 3, &count, &err), IMJIN_OK);
    assert_int_equal(count, 1);
    assert_int_equal(largest[0].n, 0);
    cluster_close(c);
    fake_free(u);
}

static void why(void **state) {
    (void)state;
    struct utxo *u = chain_of_three();
    struct clusters *c = build(u, NULL, (struct cluster_options){0});
    struct cluster_path path;
    assert_int_equal(cluster_why(c, (struct script_id){0}, (struct script_id){2}, UINT32_MAX, &path, &err), IMJIN_OK);
    assert_int_equal(path.count, 3);
    static const uint32_t ends[] = {0, 1, 3, 2}, txs[] = {1, 3, 2};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(path.steps[i].from.n, ends[i]);
        assert_int_equal(path.steps[i].to.n, ends[i + 1]);
        assert_int_equal(path.steps[i].tx.n, txs[i]);
        assert_int_equal(path.steps[i].rule, 0);
    }
    cluster_path_done(&path);
    assert_int_equal(cluster_why(c, (struct script_id){2}, (struct script_id){2}, UINT32_MAX, &path, &err), IMJIN_OK);
    assert_int_equal(path.count, 0);
    cluster_path_done(&path);
    assert_int_equal(cluster_why(c, (struct script_id){0}, (struct script_id){4}, UINT32_MAX, &path, &err), IMJIN_NOT_FOUND);
    assert_int_equal(cluster_why(c, (struct script_id){0}, (struct script_id){2}, 3, &path, &err), IMJIN_NOT_FOUND);
    cluster_close(c);
    fake_free(u);
}

static void as_of(void **state) {
    (void)state;
    struct utxo *u = chain_of_three();
    struct clusters *c = build(u, NULL, (struct cluster_options){0});
    static const uint64_t sizes[] = {1, 1, 2, 4}; /* of address 2 */
    for (uint32_t height = 0; height < 4; height++) {
        struct cluster_members m;
        uint32_t txs = cluster_txs_as_of(u, height);
        assert_int_equal(txs, height + 1);
        assert_int_equal(cluster_list(c, (struct script_id){2}, txs, &m, &err), IMJIN_OK);
        assert_int_equal(m.count, sizes[height]);
        assert_int_equal(m.scripts[0].n, height == 3 ? 0 : 2);
        cluster_members_done(&m);
    }
    cluster_close(c);
    fake_free(u);
}

/* A 3-party CoinJoin of addresses 0, 1, 2. */
static struct utxo *chain_with_coinjoin(void) {
    struct utxo *u = fake_new(64);
    fake_block(u);
    fake_tx(u, 0);
    for (uint32_t i = 0; i < 3; i++)
        fake_out(u, 300000 + i, i, P2PKH);
    fake_block(u);
    fake_tx(u, 0);
    for (uint32_t i = 0; i < 3; i++)
        fake_in(u, i);
    for (uint32_t i = 0; i < 3; i++)
        fake_out(u, 200000, 3 + i, P2PKH);
    for (uint32_t i = 0; i < 3; i++)
        fake_out(u, 90000 + i, 6 + i, P2PKH);
    return u;
}

static void coinjoins_join_nothing(void **state) {
    (void)state;
    struct utxo *u = chain_with_coinjoin();
    struct clusters *c = build(u, NULL, (struct cluster_options){0});
    assert_int_equal(cluster_counts(c)->links, 0);
    assert_int_equal(cluster_counts(c)->coinjoins[COINJOIN_JOINMARKET], 1);
    cluster_close(c);
    c = build(u, NULL, (struct cluster_options){.ignore_coinjoins = true});
    assert_int_equal(size_of(c, 2), 3);
    cluster_close(c);
    fake_free(u);
}

/* Locks that anybody can open show no common hand. */
static void impersonal_locks(void **state) {
    (void)state;
    struct utxo *u = fake_new(16);
    fake_block(u);
    fake_tx(u, 0);
    fake_out(u, 10, 0, P2PKH);
    fake_out(u, 10, 1, SCRIPT_WITNESS_OTHER);
    fake_out(u, 10, 2, P2PKH);
    fake_tx(u, 0);
    fake_in(u, 0);
    fake_in(u, 1);
    fake_in(u, UTXO_OUTPUT_NONE);
    fake_in(u, 2);
    struct clusters *c = build(u, NULL, (struct cluster_options){0});
    assert_int_equal(size_of(c, 1), 1);
    assert_int_equal(id_of(c, 2), 0);
    cluster_close(c);
    fake_free(u);
}

/* Two clusters of ten each, and then a spend from both. */
static struct utxo *chain_of_two_tens(void) {
    struct utxo *u = fake_new(128);
    fake_block(u);
    fake_tx(u, 0);
    for (uint32_t i = 0; i < 20; i++)
        fake_out(u, 1000 + i, i, P2PKH);
    uint64_t a = fake_out(u, 5, 0, P2PKH), b = fake_out(u, 6, 10, P2PKH);
    for (uint32_t half = 0; half < 2; half++) {
        fake_block(u);
        fake_tx(u, 0);
        for (uint32_t i = 0; i < 10; i++)
            fake_in(u, half * 10 + i);
        fake_out(u, 10000, 20 + half, P2PKH);
    }
    fake_block(u);
    fake_tx(u, 0);
    fake_in(u, a);
    fake_in(u, b);
    fake_out(u, 10, 22, P2PKH);
    return u;
}

static void guard(void **state) {
    (void)state;
    struct utxo *u = chain_of_two_tens();
    struct clusters *c = build(u, NULL, (struct cluster_options){.guard = 10});
    uint64_t count;
    const struct cluster_refused *refused = cluster_refused(c, &count);
    assert_int_equal(count, 1);
    assert_int_equal(refused[0].link.tx, 3);
    assert_int_equal(refused[0].link.a, 0);
    assert_int_equal(refused[0].link.b, 10);
    assert_int_equal(refused[0].size_a, 10);
    assert_int_equal(refused[0].size_b, 10);
    assert_int_equal(cluster_counts(c)->clusters, 2);
    assert_int_equal(id_of(c, 15), 10);
    cluster_close(c);
    c = build(u, NULL, (struct cluster_options){.guard = 11});
    assert_int_equal(size_of(c, 15), 20);
    assert_int_equal(cluster_counts(c)->refused, 0);
    cluster_close(c);
    fake_free(u);
}

static void path_of(char *ret, const char *name) {
    static char directory[200];
    if (directory[0] == 0) {
        const char *base = getenv("TMPDIR");
        snprintf(directory, sizeof directory, "%s/clusters-XXXXXX", base ? base : "/tmp");
        assert_non_null(mkdtemp(directory));
    }
    snprintf(ret, 300, "%s/%s", directory, name);
}

static void read_whole(const char *path, char **ret, uint64_t *ret_count) {
    assert_int_equal(file_read(path, 1 << 26, ret, ret_count, &err), IMJIN_OK);
}

static void assert_same_file(const char *a, const char *b) {
    char *x, *y;
    uint64_t n, m;
    read_whole(a, &x, &n);
    read_whole(b, &y, &m);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
    memory_free(x);
    memory_free(y);
}

static uint32_t next_random(uint32_t *seed) { return (*seed = *seed * 1664525 + 1013904223) >> 8; }

/* Some hundred spends of random outputs; outputs to old and new addresses. */
static struct utxo *random_chain(uint32_t seed, unsigned blocks) {
    struct utxo *u = fake_new(20000);
    for (unsigned b = 0; b < blocks; b++) {
        fake_block(u);
        fake_tx(u, 0);
        for (unsigned i = 0; i < 6; i++)
            fake_out(u, 100000 + next_random(&seed) % 1000, (uint32_t)utxo_counts(u)->scripts, P2PKH);
        for (unsigned t = 0; t < 3 && b; t++) {
            fake_tx(u, 0);
            for (unsigned i = 0; i < 1 + next_random(&seed) % 3; i++) {
                uint64_t o = next_random(&seed) % utxo_counts(u)->outputs;
                if (fake_outputs(u)[o].spender == UTXO_UNSPENT)
                    fake_in(u, o);
            }
            for (unsigned i = 0; i < 2; i++)
                fake_out(u, 1 + next_random(&seed) % 100000, next_random(&seed) % (uint32_t)(utxo_counts(u)->scripts + 1),
                         P2PKH);
        }
    }
    return u;
}

/* What a slow and simple way says: labels that are replaced until nothing changes. */
static void slow(const struct utxo *u, uint32_t *labels) {
    const struct utxo_counts *n = utxo_counts(u);
    for (uint32_t i = 0; i < n->scripts; i++)
        labels[i] = i;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t tx = 0; tx < n->txs; tx++) {
            uint64_t from = utxo_txs(u)[tx].input_first, to = utxo_tx_inputs_end(u, tx);
            uint32_t least = UINT32_MAX;
            for (uint64_t i = from; i < to; i++) {
                uint32_t label = labels[utxo_outputs(u)[utxo_inputs(u)[i]].script];
                least = label < least ? label : least;
            }
            for (uint64_t i = from; i < to; i++) {
                uint32_t *label = &labels[utxo_outputs(u)[utxo_inputs(u)[i]].script];
                changed |= *label != least;
                *label = least;
            }
        }
    }
}

static void as_slow_way(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        struct utxo *u = random_chain(seed, 30);
        uint32_t *labels = calloc(utxo_counts(u)->scripts, sizeof *labels);
        struct clusters *c = build(u, NULL, (struct cluster_options){.ignore_coinjoins = true});
        assert_non_null(labels);
        slow(u, labels);
        for (uint32_t i = 0; i < utxo_counts(u)->scripts; i++) {
            struct cluster_path path;
            assert_int_equal(id_of(c, i), labels[i]);
            assert_int_equal(cluster_why(c, (struct script_id){i}, (struct script_id){labels[i]}, UINT32_MAX, &path, &err),
                             IMJIN_OK);
            assert_true(path.count > 0 || i == labels[i]);
            for (uint64_t k = 0; k < path.count; k++)
                assert_int_equal(path.steps[k].from.n, k ? path.steps[k - 1].to.n : i);
            if (path.count)
                assert_int_equal(path.steps[path.count - 1].to.n, labels[i]);
            cluster_path_done(&path);
        }
        cluster_close(c);
        free(labels);
        fake_free(u);
    }
}

static void continued_is_the_same(void **state) {
    (void)state;
    char whole[300], part[300];
    path_of(whole, "whole");
    path_of(part, "part");
    for (uint32_t seed = 1; seed <= 10; seed++) {
        struct utxo *u = random_chain(seed, 30);
        struct cluster_options options = {.guard = seed % 2 ? 6 : 0, .change_rules = seed % 3 ? 0 : 1u << CHANGE_ONE_TIME};
        struct clusters *c;
        assert_int_equal(file_remove(part, &err), IMJIN_OK);
        for (uint64_t shown = 1; shown <= 30; shown += 1 + seed % 4) {
            fake_show(u, shown);
            assert_int_equal(cluster_refresh(&c, u, part, options, NULL, &err), IMJIN_OK);
            assert_true(cluster_is_current(c, u));
            cluster_close(c);
        }
        fake_show(u, 30);
        assert_int_equal(cluster_refresh(&c, u, part, options, NULL, &err), IMJIN_OK);
        cluster_close(c);
        c = build(u, NULL, options);
        assert_int_equal(cluster_save(c, whole, &err), IMJIN_OK);
        cluster_close(c);
        assert_same_file(whole, part);
        assert_int_equal(cluster_verify(part, u, NULL, &err), IMJIN_OK);
        fake_free(u);
    }
}

/* Other options, or another chain, are not continued from. */
static void strangers_are_not_continued(void **state) {
    (void)state;
    char path[300];
    path_of(path, "strange");
    struct utxo *u = random_chain(3, 20), *other = chain_of_three();
    struct clusters *c;
    assert_int_equal(cluster_refresh(&c, u, path, (struct cluster_options){0}, NULL, &err), IMJIN_OK);
    assert_false(cluster_is_current(c, other));
    cluster_close(c);
    assert_int_equal(cluster_refresh(&c, other, path, (struct cluster_options){0}, NULL, &err), IMJIN_OK);
    assert_int_equal(cluster_counts(c)->links, 3);
    cluster_close(c);
    assert_int_equal(cluster_refresh(&c, other, path, (struct cluster_options){.guard = 2}, NULL, &err), IMJIN_OK);
    assert_int_equal(cluster_counts(c)->links, 2);
    cluster_close(c);
    assert_int_equal(cluster_verify(path, u, NULL, &err), IMJIN_BAD_INPUT);
    fake_free(u);
    fake_free(other);
}

/* Asks everything of a file that may be damaged: nothing may crash, and refusal is no surprise. */
static void ask_everything(const struct clusters *c) {
    struct script_id largest[4];
    uint64_t count;
    (void)!cluster_largest(c, largest, 4, &count, &err);
    (void)cluster_refused(c, &count);
    for (uint32_t i = 0; i < 7; i++) {
        struct cluster_members m;
        struct cluster_path path;
        uint32_t size;
        (void)!cluster_size(c, (struct script_id){i}, &size, &err);
        if (cluster_list(c, (struct script_id){i}, UINT32_MAX, &m, &err) == IMJIN_OK)
            cluster_members_done(&m);
        if (cluster_why(c, (struct script_id){i}, (struct script_id){0}, UINT32_MAX, &path, &err) == IMJIN_OK)
            cluster_path_done(&path);
    }
}

static void write_bytes(const char *path, const char *bytes, uint64_t count) {
    assert_int_equal(file_replace(path, bytes, count, &err), IMJIN_OK);
}

static void damaged_files(void **state) {
    (void)state;
    char path[300], *bytes;
    uint64_t count;
    path_of(path, "damaged");
    struct utxo *u = chain_of_three();
    struct clusters *c = build(u, NULL, (struct cluster_options){0});
    assert_int_equal(cluster_save(c, path, &err), IMJIN_OK);
    cluster_close(c);
    read_whole(path, &bytes, &count);
    for (uint64_t cut = 0; cut < count; cut++) {
        write_bytes(path, bytes, cut);
        assert_int_equal(cluster_open(&c, path, &err), IMJIN_BAD_INPUT);
    }
    for (uint64_t bit = 0; bit < count * 8; bit += bit < 1600 ? 11 : 1) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        write_bytes(path, bytes, count);
        assert_int_equal(cluster_verify(path, u, NULL, &err), IMJIN_BAD_INPUT);
        if (cluster_open(&c, path, &err) == IMJIN_OK) {
            struct clusters *next;
            ask_everything(c);
            if (cluster_build(&next, u, c, (struct cluster_options){0}, NULL, &err) == IMJIN_OK)
                cluster_close(next);
            cluster_close(c);
        }
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
    }
    memory_free(bytes);
    assert_int_equal(cluster_open(&c, "/nonexistent/clusters", &err), IMJIN_NOT_FOUND);
    fake_free(u);
}

static void no_memory(void **state) {
    (void)state;
    char path[300];
    path_of(path, "memory");
    struct utxo *u = chain_of_two_tens();
    enum imjin_status status = IMJIN_MACHINE;
    for (uint64_t nth = 1; status != IMJIN_OK; nth++) {
        struct clusters *c = NULL;
        struct cluster_path why = {0};
        memory_fail_at(nth, false);
        status = cluster_refresh(&c, u, path, (struct cluster_options){.change_rules = 1}, NULL, &err);
        if (status == IMJIN_OK)
            status = cluster_why(c, (struct script_id){3}, (struct script_id){12}, UINT32_MAX, &why, &err);
        memory_fail_at(0, false);
        assert_true(status == IMJIN_OK || status == IMJIN_MACHINE);
        cluster_path_done(&why);
        cluster_close(c);
        assert_true(nth < 100);
        if (status != IMJIN_OK)
            assert_int_equal(file_remove(path, &err), IMJIN_OK);
    }
    fake_free(u);
}

/* One transaction of 20,000 inputs, and a cluster of all of them. */
static void many_inputs(void **state) {
    (void)state;
    enum { MANY = 20000 };
    struct utxo *u = fake_new(MANY + 10);
    fake_block(u);
    fake_tx(u, 0);
    for (uint32_t i = 0; i < MANY; i++)
        fake_out(u, 600 + i, i, P2PKH);
    fake_tx(u, 0);
    for (uint32_t i = 0; i < MANY; i++)
        fake_in(u, MANY - 1 - i);
    fake_out(u, 1, 0, P2PKH);
    struct clusters *c = build(u, NULL, (struct cluster_options){.guard = 1 << 30});
    struct cluster_path path;
    assert_int_equal(size_of(c, 777), MANY);
    assert_int_equal(id_of(c, MANY - 1), 0);
    assert_int_equal(cluster_why(c, (struct script_id){5}, (struct script_id){9}, UINT32_MAX, &path, &err), IMJIN_OK);
    assert_int_equal(path.count, 1); /* both ends in one transaction */
    cluster_path_done(&path);
    cluster_close(c);
    fake_free(u);
}

/* A million merges in a row, the newest address always first: nothing may recurse, and the explanation has a million steps. */
static void long_chain(void **state) {
    (void)state;
    enum { LONG = 1000000 };
    struct utxo *u = fake_new(2 * LONG + 10);
    fake_block(u);
    fake_tx(u, 0);
    for (uint32_t i = 0; i < LONG; i++) {
        fake_out(u, 600, i, P2PKH);
        fake_out(u, 600, i, P2PKH);
    }
    for (uint64_t i = LONG - 1; i > 0; i--) {
        fake_tx(u, 0);
        fake_in(u, 2 * i);
        fake_in(u, 2 * i - 1);
    }
    struct clusters *c = build(u, NULL, (struct cluster_options){.guard = 1 << 30});
    struct cluster_path path;
    assert_int_equal(size_of(c, LONG / 2), LONG);
    assert_int_equal(id_of(c, LONG - 1), 0);
    assert_int_equal(cluster_why(c, (struct script_id){0}, (struct script_id){LONG - 1}, UINT32_MAX, &path, &err), IMJIN_OK);
    assert_int_equal(path.count, LONG - 1);
    cluster_path_done(&path);
    cluster_close(c);
    fake_free(u);
}

/* More refusals than are kept: the rest are counted. */
static void many_refused(void **state) {
    (void)state;
    enum { PAIRS = CLUSTER_REFUSED_MAX + 5 };
    struct utxo *u = fake_new(2 * PAIRS + 10);
    fake_block(u);
    fake_tx(u, 0);
    for (uint32_t i = 0; i < PAIRS; i++) {
        fake_out(u, 600, i ? 0 : 0, P2PKH);
        fake_out(u, 600, 1, P2PKH);
    }
    for (uint64_t i = 0; i < PAIRS; i++) {
        fake_tx(u, 0);
        fake_in(u, 2 * i);
        fake_in(u, 2 * i + 1);
    }
    struct clusters *c = build(u, NULL, (struct cluster_options){.guard = 1});
    uint64_t count;
    (void)cluster_refused(c, &count);
    assert_int_equal(count, CLUSTER_REFUSED_MAX);
    assert_int_equal(cluster_counts(c)->refused, PAIRS);
    cluster_close(c);
    fake_free(u);
}

static void limits(void **state) {
    (void)state;
    struct utxo *u = fake_new(4);
    ((struct utxo_counts *)(uintptr_t)utxo_counts(u))->scripts = (uint64_t)CLUSTER_SCRIPTS_MAX + 1;
    struct clusters *c;
    assert_int_equal(cluster_build(&c, u, NULL, (struct cluster_options){0}, NULL, &err), IMJIN_BAD_INPUT);
    ((struct utxo_counts *)(uintptr_t)utxo_counts(u))->scripts = 0;
    c = build(u, NULL, (struct cluster_options){0}); /* an empty chain has no clusters */
    assert_int_equal(cluster_counts(c)->links, 0);
    cluster_close(c);
    fake_free(u);
}

/* A cluster that is too large to list, or says so: its size stands in the root's row, behind the head of 200 bytes. */
static void members_limit(void **state) {
    (void)state;
    char path[300], *bytes;
    uint64_t count;
    uint32_t many = CLUSTER_MEMBERS_MAX + 1;
    struct cluster_members m;
    path_of(path, "members");
    struct utxo *u = chain_of_three();
    struct clusters *c = build(u, NULL, (struct cluster_options){0});
    assert_int_equal(cluster_save(c, path, &err), IMJIN_OK);
    cluster_close(c);
    read_whole(path, &bytes, &count);
    memcpy(bytes + 200 + 8, &many, sizeof many);
    write_bytes(path, bytes, count);
    memory_free(bytes);
    assert_int_equal(cluster_open(&c, path, &err), IMJIN_OK);
    assert_int_equal(cluster_list(c, (struct script_id){2}, UINT32_MAX, &m, &err), IMJIN_USAGE);
    cluster_close(c);
    fake_free(u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_and_ids),
        cmocka_unit_test(why),
        cmocka_unit_test(as_of),
        cmocka_unit_test(coinjoins_join_nothing),
        cmocka_unit_test(impersonal_locks),
        cmocka_unit_test(guard),
        cmocka_unit_test(as_slow_way),
        cmocka_unit_test(continued_is_the_same),
        cmocka_unit_test(strangers_are_not_continued),
        cmocka_unit_test(damaged_files),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(many_inputs),
        cmocka_unit_test(long_chain),
        cmocka_unit_test(many_refused),
        cmocka_unit_test(limits),
        cmocka_unit_test(members_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
