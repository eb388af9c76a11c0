/* label: taxonomy, TagPacks, ActorPacks, CSV, the store, bad input. */
#include "../unit.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "label/format.h"

static char directory[] = "/tmp/imjin-label-XXXXXX";
static unsigned stores;

static int make_directory(void **state) {
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int drop_directory(void **state) {
    (void)state;
    return directory_remove(directory, NULL) == IMJIN_OK ? 0 : -1;
}

static const char *inside(const char *name) {
    static char paths[8][PATH_BYTES_MAX];
    static unsigned next;
    char *path = paths[next++ % 8];
    assert_int_equal(path_join(path, NULL, directory, name), IMJIN_OK);
    return path;
}

/* A directory for a store of its own. */
static const char *new_store(void) {
    static char path[PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/store%u", directory, stores++);
    return path;
}

static const char *file_with(const char *text) {
    const char *path = inside("file");
    assert_int_equal(file_replace(path, text, strlen(text), NULL), IMJIN_OK);
    return path;
}

static struct label_import_result import_text(const char *store, const char *text, const char *chain) {
    struct label_import_result result;
    struct error err = {0};
    const char *path = file_with(text);
    if (label_import(store, &path, 1, chain, NULL, &result, &err) != IMJIN_OK) {
        char line[1024];
        error_print(&err, line, sizeof line);
        fail_msg("%s", line);
    }
    assert_int_equal(label_verify(store, &err), IMJIN_OK);
    return result;
}

static struct address evm(const char *text) {
    struct address a;
    struct chain any = {.native_decimals = DECIMALS_UNKNOWN};
    assert_int_equal(address_parse(&a, &any, span_of(text), NULL), IMJIN_OK);
    return a;
}

static struct label_store *opened(const char *store) {
    struct label_store *s = NULL;
    struct error err = {0};
    assert_int_equal(label_open(&s, store, &err), IMJIN_OK);
    return s;
}

static void assert_text(struct span text, const char *expected) {
    if (!span_is(text, expected))
        fail_msg("\"%.*s\" is not \"%s\"", (int)text.count, text.bytes, expected);
}

#define BINANCE_14  "0x28c6c06298d514db089934071355e5743bf21d60"
#define TORNADO_100 "0xa160cdab225685da1d56aa342ad8841c3b53f291"
#define RONIN_THIEF "0x098b716b8aaf21512996dc57eb0615e2383e2f96"

static void knows_the_taxonomy(void **state) {
    (void)state;
    unsigned count;
    const struct label_category *all = label_categories(&count);
    assert_true(count > 70);
    for (unsigned i = 0; i < count; i++) {
        assert_ptr_equal(label_category_find(span_of(all[i].name)), &all[i]);
        assert_true(strlen(all[i].name) < LABEL_CATEGORY_MAX && all[i].definition[0]);
        bool asks = all[i].role != LABEL_ROLE_NONE && all[i].role != LABEL_ROLE_BURN;
        assert_int_equal(asks, all[i].contact[0] != '\0');
    }
    assert_int_equal(label_category_find(span_of("exchange"))->role, LABEL_ROLE_SERVICE);
    assert_int_equal(label_category_find(span_of("Mixing Service"))->role, LABEL_ROLE_MIXER);
    assert_int_equal(label_category_find(span_of(" DEFI-BRIDGE "))->role, LABEL_ROLE_BRIDGE);
    assert_string_equal(label_category_find(span_of("dex"))->name, "defi_dex");
    assert_int_equal(label_category_find(span_of("burn"))->role, LABEL_ROLE_BURN);
    assert_int_equal(label_category_find(span_of("defi_token"))->role, LABEL_ROLE_TOKEN);
    assert_int_equal(label_category_find(span_of("perpetrator"))->role, LABEL_ROLE_NONE);
    assert_null(label_category_find(span_of("")));
    assert_null(label_category_find(span_of("exchanges")));
    assert_null(label_category_find(span_of("a category with a name longer than any there is")));
    uint8_t level = 0;
    assert_true(label_confidence_parse(span_of("authority_data"), &level) && level == 60);
    assert_true(label_confidence_parse(span_of("ownership"), &level) && level == 100);
    assert_true(label_confidence_parse(span_of("33"), &level) && level == 33);
    assert_false(label_confidence_parse(span_of("101"), &level));
    assert_false(label_confidence_parse(span_of("certain"), &level));
    assert_int_equal(level, 33);
}

static void an_empty_store_answers(void **state) {
    (void)state;
    struct label_store *s = opened(inside("nowhere"));
    struct address a = evm(BINANCE_14);
    uint64_t first, count = 7, cursor = 0;
    struct tag tag;
    struct actor actor;
    bool conflict;
    assert_int_equal(label_count(s), 0);
    label_find(s, "ethereum", &a, &first, &count);
    assert_int_equal(count, 0);
    assert_false(label_role_of(s, "ethereum", &a, &tag, &conflict));
    assert_false(label_conflicts(s, &cursor, &first, &count));
    assert_false(label_actor_find(s, span_of("binance"), &actor));
    label_close(s);
    assert_int_equal(label_verify(inside("nowhere"), NULL), IMJIN_OK);
}

static const char pack[] = "title: A pack\n"
                           "creator: me\n"
                           "tags:\n"
                           "- address: '0x28C6c06298d514Db089934071355E5743bf21d60'\n"
                           "  label: Binance 14\n"
                           "  actor: binance\n"
                           "  lastmod: 2021-05-06\n"
                           "- address: 1NDyJtNTjmwk5xPNhjgAMu4HDHigtobu1s\n"
                           "  currency: BTC\n"
                           "  label: Binance cold\n"
                           "  confidence: ownership\n"
                           "  category: ~\n"
                           "  is_cluster_definer: false\n"
                           "  context: {ignored: [1, 2]}\n"
                           "category: exchange\n" /* the header may stand behind the tags */
                           "confidence: web_crawl\n"
                           "source: https://example.org/labels\n"
                           "currency: ETH\n"
                           "is_cluster_definer: true\n"
                           "lastmod: 2020-01-02\n";

static void reads_a_tag_pack_with_inheritance(void **state) {
    (void)state;
    const char *store = new_store();
    struct label_import_result result = import_text(store, pack, NULL);
    assert_int_equal(result.tags_read, 2);
    assert_int_equal(result.tags_added, 2);
    struct label_store *s = opened(store);
    struct address a = evm(BINANCE_14), b = evm("1NDyJtNTjmwk5xPNhjgAMu4HDHigtobu1s");
    uint64_t first, count;
    label_find(s, "ethereum", &a, &first, &count);
    assert_int_equal(count, 1);
    struct tag tag = label_at(s, first);
    assert_true(address_equal(&tag.address, &a));
    assert_text(tag.chain, "ethereum");
    assert_text(tag.label, "Binance 14");
    assert_text(tag.actor, "binance");
    assert_text(tag.category_text, "exchange");
    assert_string_equal(tag.category->name, "exchange");
    assert_text(tag.source, "https://example.org/labels");
    assert_text(tag.pack, "A pack");
    assert_text(tag.last_changed, "2021-05-06");
    assert_int_equal(tag.confidence, 20);
    assert_true(tag.is_definer);
    label_find(s, "bsc", &a, &first, &count);
    assert_int_equal(count, 0);
    label_find(s, NULL, &b, &first, &count);
    assert_int_equal(count, 1);
    tag = label_at(s, first);
    assert_text(tag.chain, "bitcoin");
    assert_int_equal(tag.confidence, 100);
    assert_text(tag.last_changed, "2020-01-02");
    assert_false(tag.is_definer);
    assert_string_equal(tag.category->name, "exchange");
    label_close(s);
}

static void reads_concepts_and_actors(void **state) {
    (void)state;
    const char *store = new_store();
    import_text(store,
                "title: T\ntags:\n- {address: " BINANCE_14 ", label: x, concepts: [organization, exchange, market]}\n"
                "- {address: " TORNADO_100 ", label: y, actor: tornado}\n"
                "- {address: " RONIN_THIEF ", label: z, actor: tornado, abuse: service_hack}\n",
                NULL);
    struct label_import_result result =
        import_text(store,
                    "title: A\nactors:\n- id: tornado\n  label: Tornado Cash\n  uri: example.org\n"
                    "  jurisdictions: []\n  categories: [organization, mixing_service]\n  context: {a: [b]}\n"
                    "- {id: acme, label: Acme, uri: ~, jurisdictions: [US, KR], categories: exchange}\n",
                    NULL);
    assert_int_equal(result.actors_read, 2);
    assert_int_equal(result.tags_added, 0);
    struct label_store *s = opened(store);
    struct actor actor;
    assert_true(label_actor_find(s, span_of("acme"), &actor));
    assert_text(actor.label, "Acme");
    assert_text(actor.uri, "");
    assert_text(actor.jurisdictions, "US,KR");
    assert_text(actor.categories, "exchange");
    assert_false(label_actor_find(s, span_of("nobody"), &actor));
    struct address a = evm(BINANCE_14), b = evm(TORNADO_100), c = evm(RONIN_THIEF);
    struct tag tag;
    bool conflict;
    assert_true(label_role_of(s, "ethereum", &a, &tag, &conflict));
    assert_string_equal(tag.category->name, "exchange");
    assert_false(conflict);
    /* the tag has no category of its own: its actor's first that has a role */
    assert_true(label_role_of(s, "ethereum", &b, &tag, &conflict));
    assert_string_equal(tag.category->name, "mixing_service");
    assert_text(tag.category_text, "");
    /* a thief of that actor's money is not a mixer */
    assert_false(label_role_of(s, "ethereum", &c, &tag, &conflict));
    label_close(s);
}

static void reads_csv(void **state) {
    (void)state;
    const char *store = new_store();
    struct label_import_result result =
        import_text(store, "address,category\r\n" BINANCE_14 ",exchange\r\n\r\n" TORNADO_100 ",Mixer", NULL);
    assert_int_equal(result.tags_added, 2);
    result = import_text(store,
                         "\xef\xbb\xbfLabel,Chain,Address,Confidence,\"source\"\n\"Bin, \"\"14\"\"\nx\",ETH," BINANCE_14
                         ",authority_data,https://example.org\n",
                         "bsc");
    assert_int_equal(result.tags_added, 1);
    result = import_text(store, "address,category,actor\nalice,exchange,acme\n", "planted");
    struct label_store *s = opened(store);
    struct address a = evm(BINANCE_14), b = evm(TORNADO_100), c = evm("alice");
    uint64_t first, count;
    struct tag tag;
    bool conflict;
    label_find(s, "ethereum", &a, &first, &count);
    assert_int_equal(count, 2);
    tag = label_at(s, first); /* the highest confidence first */
    assert_text(tag.label, "Bin, \"14\"\nx");
    assert_text(tag.chain, "ethereum");
    assert_null(tag.category);
    tag = label_at(s, first + 1);
    assert_int_equal(tag.confidence, LABEL_CONFIDENCE_CSV);
    assert_true(label_role_of(s, "bsc", &a, &tag, &conflict));
    assert_string_equal(tag.category->name, "exchange");
    assert_true(label_role_of(s, "x", &b, &tag, &conflict));
    assert_text(tag.category_text, "mixing_service");
    label_find(s, "planted", &c, &first, &count);
    assert_int_equal(count, 1);
    label_find(s, "ethereum", &c, &first, &count);
    assert_int_equal(count, 0);
    label_close(s);
}

/* Tags of several chains and of any: each chain sees its own and those of any, by confidence. */
static void keeps_chains_apart(void **state) {
    (void)state;
    const char *store = new_store();
    import_text(store,
                "address,label,chain,confidence\n" BINANCE_14 ",any,,40\n" BINANCE_14 ",eth,ethereum,50\n" BINANCE_14
                ",bsc,bsc,30\n" BINANCE_14 ",eth low,ethereum,5\n" TORNADO_100 ",one,ethereum,5\n",
                NULL);
    struct label_store *s = opened(store);
    struct address a = evm(BINANCE_14), b = evm(TORNADO_100);
    static const struct {
        const char *chain;
        const char *labels[5];
    } rows[] = {{"ethereum", {"eth", "any", "eth low"}},
                {"bsc", {"any", "bsc"}},
                {"base", {"any"}},
                {NULL, {"eth", "any", "bsc", "eth low"}}};
    assert_int_equal(label_count(s), 5);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t first, count, n = 0;
        label_find(s, rows[i].chain, &a, &first, &count);
        while (rows[i].labels[n])
            n++;
        assert_int_equal(count, n);
        for (uint64_t k = 0; k < n; k++)
            assert_text(label_at(s, first + k).label, rows[i].labels[k]);
    }
    uint64_t first, count;
    label_find(s, "bsc", &b, &first, &count);
    assert_int_equal(count, 0);
    label_close(s);
}

static void counts_categories_outside_the_taxonomy(void **state) {
    (void)state;
    struct label_import_result result = import_text(new_store(),
                                                    "address,category,label\n"
                                                    "a,exchange,\nb,exchagne,\nc,,shop\nd,b\xc3\xb6rse,\ne,Mixing Service,\n",
                                                    NULL);
    assert_int_equal(result.tags_added, 5);
    assert_int_equal(result.outside_taxonomy, 2);
    assert_string_equal(result.outside_first, "exchagne");
}

static void shows_conflicts(void **state) {
    (void)state;
    const char *store = new_store();
    struct label_import_result result = import_text(store,
                                                    "address,category,actor,confidence,chain\n"
                                                    "a,exchange,acme,50,\na,exchange,zeta,50,\n"   /* two actors */
                                                    "b,exchange,,50,\nb,mixer,,50,\n"              /* two roles */
                                                    "c,exchange,,50,\nc,mixer,,40,\n"              /* decided by confidence */
                                                    "d,exchange,,50,\nd,market,,50,\n"             /* the same role */
                                                    "e,exchange,acme,50,x\ne,exchange,zeta,50,y\n" /* other chains */
                                                    "f,user,,50,\nf,exchange,,20,\n" /* a tag without a role decides nothing */
                                                    "g,exchange,acme,60,\ng,exchange,acme,40,\ng,mixer,zeta,40,\n",
                                                    NULL);
    assert_int_equal(result.conflicts, 3);
    struct label_store *s = opened(store);
    uint64_t cursor = 0, first, count;
    static const char *const expected[] = {"a", "b", "g"};
    for (unsigned i = 0; i < 3; i++) {
        assert_true(label_conflicts(s, &cursor, &first, &count));
        assert_text((struct span){label_at(s, first).address.text, label_at(s, first).address.count}, expected[i]);
        assert_int_equal(count, i == 2 ? 3 : 2);
    }
    assert_false(label_conflicts(s, &cursor, &first, &count));
    static const struct {
        const char *address, *category;
        bool conflict;
    } verdicts[] = {{"a", "exchange", true},
                    {"b", "exchange", true},
                    {"c", "exchange", false},
                    {"f", "exchange", false},
                    {"g", "exchange", false}};
    for (unsigned i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        struct address a = evm(verdicts[i].address);
        struct tag tag;
        bool conflict;
        assert_true(label_role_of(s, "any", &a, &tag, &conflict));
        assert_string_equal(tag.category->name, verdicts[i].category);
        assert_int_equal(conflict, verdicts[i].conflict);
    }
    label_close(s);
}

static void read_store(const char *store, char **ret_bytes, uint64_t *ret_count) {
    char path[PATH_BYTES_MAX];
    assert_int_equal(path_join(path, NULL, store, LABEL_FILE), IMJIN_OK);
    assert_int_equal(file_read(path, 1 << 24, ret_bytes, ret_count, NULL), IMJIN_OK);
}

static void order_and_repetition_change_no_byte(void **state) {
    (void)state;
    char one[PATH_BYTES_MAX], two[PATH_BYTES_MAX], *first, *second;
    uint64_t first_count, second_count;
    static const char csv[] = "address,category,chain\nzed,mixer,b\nzed,exchange,a\n" BINANCE_14 ",exchange,\n";
    snprintf(one, sizeof one, "%s", new_store());
    snprintf(two, sizeof two, "%s", new_store());
    import_text(one, pack, NULL);
    import_text(one, csv, NULL);
    import_text(two, csv, NULL);
    import_text(two, pack, NULL);
    assert_int_equal(import_text(two, pack, NULL).tags_added, 0);
    read_store(one, &first, &first_count);
    read_store(two, &second, &second_count);
    assert_int_equal(first_count, second_count);
    assert_memory_equal(first, second, first_count);
    struct label_store *s = opened(one);
    char hex[65];
    sha256_print(label_identity(s), hex);
    assert_string_not_equal(hex, "0000000000000000000000000000000000000000000000000000000000000000");
    label_close(s);
    memory_free(first);
    memory_free(second);
}

static void adds_one_by_hand(void **state) {
    (void)state;
    const char *store = new_store();
    struct tag tag = {
        .address = evm(RONIN_THIEF), .label = {"Ronin thief", 11}, .category_text = {"sanction", 8}, .confidence = 60};
    assert_int_equal(label_add(store, &tag, NULL), IMJIN_OK);
    assert_int_equal(label_add(store, &tag, NULL), IMJIN_OK);
    struct label_store *s = opened(store);
    assert_int_equal(label_count(s), 1);
    assert_string_equal(label_at(s, 0).category->name, "sanction");
    assert_text(label_at(s, 0).actor, "");
    label_close(s);
    tag.confidence = 101;
    assert_int_equal(label_add(store, &tag, NULL), IMJIN_USAGE);
}

static void assert_refused(const char *text, uint64_t line, const char *what) {
    char store[PATH_BYTES_MAX], shown[1024], *before, *after;
    uint64_t before_count, after_count;
    struct error err = {0};
    struct label_import_result result = {.tags_read = 77};
    snprintf(store, sizeof store, "%s", inside("refusing"));
    import_text(store, "address,category\n" BINANCE_14 ",exchange\n", NULL);
    read_store(store, &before, &before_count);
    const char *good = inside("good.csv"), *paths[] = {good, file_with(text)};
    assert_int_equal(file_replace(good, "address,category\nq,exchange\n", 28, NULL), IMJIN_OK);
    enum imjin_status status = label_import(store, paths, 2, NULL, NULL, &result, &err);
    error_print(&err, shown, sizeof shown);
    if (status != IMJIN_BAD_INPUT || err.line != line || strstr(shown, what) == NULL)
        fail_msg("status %d: %s", (int)status, shown);
    assert_int_equal(result.tags_read, 77);
    read_store(store, &after, &after_count);
    assert_int_equal(before_count, after_count);
    assert_memory_equal(before, after, before_count);
    memory_free(before);
    memory_free(after);
}

static void refuses_bad_csv(void **state) {
    (void)state;
    assert_refused("address,category\n0x098b716b8aaf21512996dc57eb0615e2383e2f9,exchange\n", 2, "39 hex digits");
    assert_refused("address,category\n0x098b716b8aaf21512996dc57eb0615e2383e2f960,exchange\n", 2, "41 hex digits");
    assert_refused("address,category\nx,exchange\n0x098B716b8aaf21512996dc57eb0615e2383e2f96,exchange\n", 3, "EIP-55");
    assert_refused("address,category\nx,exchange,more\n", 2, "3 columns, the heading 2");
    assert_refused("address,category\nx\n", 2, "1 columns, the heading 2");
    assert_refused("address,colour\nx,red\n", 1, "is no column of a label file");
    assert_refused("address,label,name\nx,a,b\n", 1, "second column");
    assert_refused("address,confidence\nx,5\n", 1, "\"category\" or \"label\" is missing");
    assert_refused("address,category\n,exchange\n", 2, "is empty");
    assert_refused("address,category\nx,\n", 2, "neither label nor category");
    assert_refused("address,category,confidence\nx,exchange,sure\n", 2, "confidence scale");
    assert_refused("address,category,chain\nx,exchange,Main Net\n", 2, "not a chain name");
    assert_refused("address,category,is_cluster_definer\nx,exchange,maybe\n", 2, "neither true nor false");
    assert_refused("address,category\nx,\"exchange\n\n\n", 2, "never closed");
    assert_refused("address,category\nx,\"exchange\"y\n", 2, "a quote stands inside a field");
    assert_refused("address,category\nx,ex\"chan\"ge\n", 2, "a quote stands inside a field");
    assert_refused("address,category\n\"a,b\",exchange\n", 2, "is not an address");
    assert_refused("address,category\nx,\xff\n", 2, "UTF-8");
    struct text wide = {0};
    text_add_string(&wide, "address,category\nx,");
    for (unsigned i = 0; i <= LABEL_TEXT_MAX; i++)
        text_add_string(&wide, "w");
    assert_refused(wide.bytes, 2, "longer than 400 bytes");
    text_done(&wide);
}

static void refuses_bad_packs(void **state) {
    (void)state;
    assert_refused("", 0, "is no TagPack");
    assert_refused("hello\n", 1, "is no TagPack");
    assert_refused("- a\n- b\n", 1, "is no TagPack");
    assert_refused("title: x\n", 0, "neither \"tags\" nor \"actors\"");
    assert_refused("tags: x\n", 1, "a list is due");
    assert_refused("tags:\n- x\n", 2, "a tag must be a map");
    assert_refused("tags: []\ntags: []\n", 2, "stands twice");
    assert_refused("tags:\n- {address: x, label: a, label: b}\n", 2, "stands twice");
    assert_refused("tags:\n- {address: x, label: [a]}\n", 2, "label must be text");
    assert_refused("tags:\n- {address: x, label: a, concepts: [[b]]}\n", 2, "list of words");
    assert_refused("tags:\n- {label: a}\n", 2, "\"address\" is empty");
    assert_refused("tags:\n- {address: x}\n", 2, "neither label nor category");
    assert_refused("tags:\n- {address: x, label: a, confidence: sure}\n", 2, "confidence scale");
    assert_refused("currency: ETH\ntags:\n- {address: x, label: a}\n", 3, "as ethereum needs");
    assert_refused("tags:\n- {address: x, label: a}\n---\ntags: []\n", 3, "second document");
    assert_refused("actors:\n- {label: a}\n", 2, "no id");
    assert_refused("actors:\n- {id: {}}\n", 2, "list of texts");
    assert_refused("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\ntags: [*b]\n", 1, "anchors");
    assert_refused("tags:\n- &t {address: x, label: a}\n- *t\n", 2, "anchors");
    assert_refused("title: !!binary aGVsbG8=\ntags: []\n", 1, "tags (!name)");
}

static void refuses_nul_and_large_files(void **state) {
    (void)state;
    const char *store = new_store(), *path = inside("nul");
    struct label_import_result result;
    struct error err = {0};
    assert_int_equal(file_replace(path, "address,category\nx,a\0b\n", 23, NULL), IMJIN_OK);
    assert_int_equal(label_import(store, &path, 1, NULL, NULL, &result, &err), IMJIN_BAD_INPUT);
    assert_int_equal(err.line, 2);
    assert_int_equal(truncate(path, (off_t)LABEL_FILE_BYTES_MAX + 1), 0);
    assert_int_equal(label_import(store, &path, 1, NULL, NULL, &result, &err), IMJIN_BAD_INPUT);
    path = inside("absent");
    assert_int_equal(label_import(store, &path, 1, NULL, NULL, &result, &err), IMJIN_NOT_FOUND);
    assert_false(file_exists(inside("store/labels.imjin")));
}

static void count_skip(void *context, const struct error *why) {
    assert_string_not_equal(why->file, "");
    assert_true(why->line > 0);
    ++*(unsigned *)context;
}

static void skips_when_told_to(void **state) {
    (void)state;
    const char *store = new_store(), *path = file_with("address,category\na,exchange\n0x12,exchange\nb,\nc,mixer\n");
    struct label_import_result result;
    unsigned told = 0;
    assert_int_equal(label_import_skipping(store, &path, 1, NULL, NULL, count_skip, &told, &result, NULL), IMJIN_OK);
    assert_int_equal(result.tags_read, 2);
    assert_int_equal(result.tags_added, 2);
    assert_int_equal(result.skipped, 2);
    assert_int_equal(told, 2);
}

/* Cut and flipped at every offset: refused with a message, never a crash; nothing is read from it. */
static void refuses_a_damaged_store(void **state) {
    (void)state;
    char store[PATH_BYTES_MAX], path[PATH_BYTES_MAX], *bytes;
    uint64_t count;
    snprintf(store, sizeof store, "%s", new_store());
    import_text(store, pack, NULL);
    import_text(store, "address,category,chain\nzed,mixer,b\nzed,exchange,a\n", NULL);
    read_store(store, &bytes, &count);
    assert_int_equal(path_join(path, NULL, store, LABEL_FILE), IMJIN_OK);
    for (uint64_t i = 0; i < count; i++) {
        struct label_store *s;
        struct error err = {0};
        assert_int_equal(file_replace(path, bytes, i, NULL), IMJIN_OK);
        assert_int_equal(label_open(&s, store, &err), IMJIN_BAD_INPUT);
        bytes[i] ^= 0x10;
        assert_int_equal(file_replace(path, bytes, count, NULL), IMJIN_OK);
        assert_int_equal(label_open(&s, store, &err), IMJIN_BAD_INPUT);
        assert_non_null(strstr(err.file, LABEL_FILE));
        bytes[i] ^= 0x10;
    }
    memory_free(bytes);
}

/* A file whose checksum is right and whose contents are not: reading is safe, verifying says so. */
static void survives_a_forged_store(void **state) {
    (void)state;
    char store[PATH_BYTES_MAX], path[PATH_BYTES_MAX], *bytes;
    uint64_t count;
    snprintf(store, sizeof store, "%s", new_store());
    import_text(store, pack, NULL);
    import_text(store, "address,category,chain\nzed,mixer,b\nzed,exchange,a\n", NULL);
    read_store(store, &bytes, &count);
    assert_int_equal(path_join(path, NULL, store, LABEL_FILE), IMJIN_OK);
    struct address a = evm(BINANCE_14), z = evm("zed");
    for (uint64_t i = sizeof(struct label_header); i < count; i++) {
        char *copy = memory_text(bytes, count);
        struct label_header h;
        struct label_store *s;
        struct tag tag;
        uint64_t first, found;
        bool conflict;
        assert_non_null(copy);
        copy[i] = (char)(copy[i] ^ 0xff);
        uint64_t checksum = hash_bytes(copy + LABEL_CHECKED_FROM, count - LABEL_CHECKED_FROM, 0);
        memcpy(&h, copy, sizeof h);
        h.checksum = checksum;
        memcpy(copy, &h, sizeof h);
        assert_int_equal(file_replace(path, copy, count, NULL), IMJIN_OK);
        memory_free(copy);
        assert_int_equal(label_open(&s, store, NULL), IMJIN_OK);
        for (uint64_t k = 0; k < label_count(s); k++) {
            tag = label_at(s, k);
            label_find(s, "a", &tag.address, &first, &found);
            for (uint64_t j = 0; j < found; j++)
                (void)label_at(s, first + j);
        }
        (void)label_role_of(s, "a", &z, &tag, &conflict);
        (void)label_role_of(s, "ethereum", &a, &tag, &conflict);
        label_close(s);
        assert_int_equal(label_verify(store, NULL), IMJIN_BAD_INPUT);
    }
    memory_free(bytes);
}

static void one_writer_at_a_time(void **state) {
    (void)state;
    char store[PATH_BYTES_MAX], lock_path[PATH_BYTES_MAX];
    snprintf(store, sizeof store, "%s", new_store());
    assert_int_equal(directory_make(store, NULL), IMJIN_OK);
    assert_int_equal(path_join(lock_path, NULL, store, LABEL_LOCK), IMJIN_OK);
    int ready[2], done[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    pid_t child = fork();
    if (child == 0) { /* another process holds the lock until it is told */
        struct file_lock lock;
        char byte = file_lock_take(&lock, lock_path, NULL) == IMJIN_OK ? 'y' : 'n';
        if (write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) != 1)
            _exit(1);
        _exit(0);
    }
    char byte = 0;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    const char *path = file_with("address,category\nx,exchange\n");
    struct label_import_result result;
    struct error err = {0};
    assert_int_equal(label_import(store, &path, 1, NULL, NULL, &result, &err), IMJIN_MACHINE);
    assert_non_null(strstr(err.text, "another process"));
    assert_int_equal(write(done[1], "x", 1), 1);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(label_import(store, &path, 1, NULL, NULL, &result, &err), IMJIN_OK);
    for (unsigned i = 0; i < 2; i++) {
        close(ready[i]);
        close(done[i]);
    }
}

/* The labels that come with the project: read strictly, checksums of the official lists included. */
static void bundled_labels_are_sound(void **state) {
    (void)state;
    static const char *const names[] = {"labels/contracts.csv",    "labels/exchanges.csv", "labels/fbi-harmony.csv",
                                        "labels/ofac-lazarus.csv", "labels/tornado.csv",   "cases/ronin-2022/labels.csv"};
    enum { NAMES = sizeof names / sizeof names[0] };
    char root[PATH_BYTES_MAX], paths[NAMES][PATH_BYTES_MAX];
    const char *given[NAMES], *store = new_store();
    struct label_import_result result;
    struct error err = {0};
    assert_int_equal(path_join(root, NULL, getenv("SOURCE_ROOT"), "data"), IMJIN_OK);
    for (unsigned i = 0; i < NAMES; i++) {
        assert_int_equal(path_join(paths[i], NULL, root, names[i]), IMJIN_OK);
        given[i] = paths[i];
    }
    if (label_import(store, given, NAMES, NULL, NULL, &result, &err) != IMJIN_OK)
        fail_msg("%s:%d: %s: %s", err.file, (int)err.line, err.text, err.value);
    assert_int_equal(result.tags_read, 347);
    assert_int_equal(result.tags_added, 347);
    assert_int_equal(result.conflicts, 0);
    static const struct {
        const char *address;
        enum label_role role;
    } known[] = {{BINANCE_14, LABEL_ROLE_SERVICE},
                 {TORNADO_100, LABEL_ROLE_MIXER},
                 {"0x1a2a1c938ce3ec39b6d47113c7955baa9dd454f2", LABEL_ROLE_BRIDGE},
                 {"0x7a250d5630b4cf539739df2c5dacb4c659f2488d", LABEL_ROLE_DEFI},
                 {"0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2", LABEL_ROLE_TOKEN},
                 {"0x000000000000000000000000000000000000dead", LABEL_ROLE_BURN},
                 {"0x17a96cd2aff8bece22b54a83955fbab5c92a98ca", LABEL_ROLE_SERVICE}};
    struct label_store *s = opened(store);
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct address a = evm(known[i].address);
        struct tag tag;
        bool conflict;
        assert_true(label_role_of(s, "ethereum", &a, &tag, &conflict));
        assert_int_equal(tag.category->role, known[i].role);
    }
    struct address thief = evm(RONIN_THIEF);
    struct tag tag;
    bool conflict;
    assert_false(label_role_of(s, "ethereum", &thief, &tag, &conflict));
    label_close(s);
}

static void every_failed_allocation_is_reported(void **state) {
    (void)state;
    char store[PATH_BYTES_MAX];
    snprintf(store, sizeof store, "%s", new_store());
    import_text(store, "address,category,chain\nzed,mixer,b\nzed,exchange,a\n", NULL);
    char *before, *after;
    uint64_t before_count, after_count;
    read_store(store, &before, &before_count);
    const char *paths[] = {inside("memory.yaml"), inside("memory.csv")};
    assert_int_equal(file_replace(paths[0], pack, sizeof pack - 1, NULL), IMJIN_OK);
    assert_int_equal(file_replace(paths[1], "address,category\nx,exchange\n", 28, NULL), IMJIN_OK);
    for (uint64_t nth = 1;; nth++) {
        struct label_import_result result;
        uint64_t allocations = memory_allocations();
        memory_fail_at(nth, false);
        enum imjin_status status = label_import(store, paths, 2, NULL, NULL, &result, NULL);
        bool reached = memory_allocations() - allocations >= nth;
        memory_fail_at(0, false);
        read_store(store, &after, &after_count);
        bool written = after_count != before_count;
        memory_free(after);
        if (!reached) {
            assert_int_equal(status, IMJIN_OK);
            assert_true(written);
            break;
        }
        if (status != IMJIN_MACHINE || written)
            fail_msg("allocation %d: status %d, %s", (int)nth, (int)status, written ? "written" : "not written");
    }
    memory_free(before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_taxonomy),
        cmocka_unit_test(an_empty_store_answers),
        cmocka_unit_test(reads_a_tag_pack_with_inheritance),
        cmocka_unit_test(reads_concepts_and_actors),
        cmocka_unit_test(reads_csv),
        cmocka_unit_test(keeps_chains_apart),
        cmocka_unit_test(counts_categories_outside_the_taxonomy),
        cmocka_unit_test(shows_conflicts),
        cmocka_unit_test(order_and_repetition_change_no_byte),
        cmocka_unit_test(adds_one_by_hand),
        cmocka_unit_test(refuses_bad_csv),
        cmocka_unit_test(refuses_bad_packs),
        cmocka_unit_test(refuses_nul_and_large_files),
        cmocka_unit_test(skips_when_told_to),
        cmocka_unit_test(refuses_a_damaged_store),
        cmocka_unit_test(survives_a_forged_store),
        cmocka_unit_test(one_writer_at_a_time),
        cmocka_unit_test(bundled_labels_are_sound),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, make_directory, drop_directory);
}
