/* Small ledgers with labels for the tests of trace: rows are added one by one, transaction n stands in block n. */
#ifndef TRACE_FIXTURE_H
#define TRACE_FIXTURE_H

#include "../unit.h"

#include "trace/limits.h"
#include "trace/trace.h"

#define GOOD(call) good((call), __LINE__)
static struct error problem;
static inline void good(enum imjin_status status, int line) {
    if (status == IMJIN_OK)
        return;
    char text[1024];
    error_print(&problem, text, sizeof text);
    fail_msg("line %d: status %d: %s\n", line, status, text);
}

struct world {
    char directory[PATH_BYTES_MAX];
    struct buffer rows; /* struct ledger_row */
    struct text labels;
    uint32_t last_tx, last_position;
    struct ledger *ledger;
    struct compiled *compiled;
    struct label_store *label_store;
    struct trace_input in;
    const char *chain; /* null: a chain whose coin has no decimals */
};

static inline void world_begin(struct world *w) {
    const char *base = getenv("TMPDIR");
    memset(w, 0, sizeof *w);
    snprintf(w->directory, sizeof w->directory, "%s/imjin-trace-XXXXXX", base && *base ? base : "/tmp");
    assert_non_null(mkdtemp(w->directory));
    w->rows = (struct buffer){.item_bytes = sizeof(struct ledger_row), .items_max = 1 << 26, .what = "rows"};
    text_add_string(&w->labels, "address,category,actor\n");
}

/* An account by number: letters for the first 26, so that tests read well with A, B, C. */
enum { A = 1, B, C, D, E, F, G, H, M, N, P, Q, R, S, T, U, V, X };
static inline struct address who(uint32_t n) {
    struct address a = {.form = ADDRESS_EVM, .count = 20};
    if (n == 0)
        return (struct address){.form = ADDRESS_VOID};
    a.evm[0] = 0xaa;
    for (int i = 0; i < 4; i++)
        a.evm[16 + i] = (uint8_t)(n >> (24 - 8 * i));
    return a;
}
/* Asset 0 is the native coin, asset n the token whose contract is account n. */
static inline struct asset_key what(uint32_t n) {
    return n ? (struct asset_key){.form = ASSET_TOKEN, .contract = who(n)} : (struct asset_key){.form = ASSET_NATIVE};
}

static inline void add_wide(struct world *w, uint32_t tx, uint32_t from, uint32_t to, uint32_t asset, u128 units,
                            enum movement_kind kind) {
    w->last_position = tx == w->last_tx ? w->last_position + 1 : 0;
    w->last_tx = tx;
    struct ledger_row r = {.block = tx,
                           .tx_index = 0,
                           .position = w->last_position,
                           .kind = (uint8_t)kind,
                           .tx_form = TX_HASH,
                           .time = 1000 + (int64_t)tx * 10,
                           .from = who(from),
                           .to = who(to),
                           .asset = what(asset),
                           .units = u256_from_u128(units),
                           .line = 1};
    if (kind == MOVEMENT_FEE)
        r.to = (struct address){.form = ADDRESS_FEES};
    memcpy(r.tx_hash, &tx, sizeof tx);
    r.tx_hash[31] = 1;
    GOOD(buffer_push(&w->rows, &r, NULL, &problem));
}
static inline void add(struct world *w, uint32_t tx, uint32_t from, uint32_t to, uint32_t asset, uint64_t units) {
    enum movement_kind kind = from == 0 ? MOVEMENT_MINT : to == 0 ? MOVEMENT_BURN : asset ? MOVEMENT_TOKEN : MOVEMENT_NATIVE;
    add_wide(w, tx, from, to, asset, units, kind);
}
static inline void pay(struct world *w, uint32_t tx, uint32_t from, uint32_t to, uint64_t units) {
    add(w, tx, from, to, 0, units);
}
static inline void fee(struct world *w, uint32_t tx, uint32_t from, uint64_t units) {
    add_wide(w, tx, from, 0, 0, units, MOVEMENT_FEE);
}
static inline void tag(struct world *w, uint32_t account, const char *category, const char *actor) {
    struct address a = who(account);
    char text[ADDRESS_PRINT_MAX];
    address_print(&a, text);
    text_add_format(&w->labels, "%s,%s,%s\n", text, category, actor);
}

static inline void world_labels(struct world *w) {
    char path[PATH_BYTES_MAX], store[PATH_BYTES_MAX];
    struct label_import_result result;
    const char *paths[] = {path};
    GOOD(path_join(path, &problem, w->directory, "labels.csv"));
    GOOD(path_join(store, &problem, w->directory, "labels"));
    GOOD(directory_make(store, &problem));
    GOOD(file_replace(path, w->labels.bytes, w->labels.count, &problem));
    if (w->labels.count > strlen("address,category,actor\n"))
        GOOD(label_import(store, paths, 1, NULL, NULL, &result, &problem));
    GOOD(label_open(&w->label_store, store, &problem));
}

static inline void world_open(struct world *w, uint32_t rules) {
    char ledger[PATH_BYTES_MAX], compiled[PATH_BYTES_MAX];
    struct ledger_writer *writer;
    struct ledger_commit commit;
    struct chain chain;
    struct sha256 print = {{7}};
    uint64_t offset, line;
    GOOD(path_join(ledger, &problem, w->directory, "ledger"));
    GOOD(path_join(compiled, &problem, w->directory, "compiled"));
    GOOD(chain_find(&chain, w->chain ? w->chain : "testchain", &problem));
    GOOD(ledger_writer_open(&writer, ledger, &chain, (struct ledger_writer_options){0}, NULL, &problem));
    GOOD(ledger_writer_source(writer, "rows", &print, &offset, &line, &problem));
    GOOD(ledger_writer_add(writer, w->rows.items, w->rows.count, w->rows.count, w->rows.count, &problem));
    GOOD(ledger_writer_source_end(writer, &problem));
    GOOD(ledger_writer_commit(writer, &commit, &problem));
    GOOD(ledger_open(&w->ledger, ledger, &problem));
    GOOD(compiled_update(compiled, w->ledger, rules, 64 << 20, NULL, &problem));
    GOOD(compiled_open(&w->compiled, compiled, w->ledger, rules, &problem));
    world_labels(w);
    w->in = (struct trace_input){.ledger = w->ledger, .compiled = w->compiled, .labels = w->label_store};
}

static inline void world_end(struct world *w) {
    label_close(w->label_store);
    compiled_close(w->compiled);
    ledger_close(w->ledger);
    buffer_done(&w->rows);
    text_done(&w->labels);
    GOOD(directory_remove(w->directory, &problem));
}

static inline struct account_id account(const struct world *w, uint32_t n) {
    struct address a = who(n);
    struct account_id id;
    GOOD(ledger_account_find(w->ledger, &a, &id, &problem));
    return id;
}
static inline struct asset_id asset(const struct world *w, uint32_t n) {
    struct asset_key key = what(n);
    struct asset_id id;
    GOOD(ledger_asset_find(w->ledger, &key, &id, &problem));
    return id;
}
/* The source: what account n got of the native coin, or of everything. */
static inline struct trace_source source(const struct world *w, uint32_t n) {
    return (struct trace_source){.account = account(w, n)};
}
static inline struct trace_source source_units(const struct world *w, uint32_t n, uint32_t of, uint64_t units) {
    return (struct trace_source){
        .account = account(w, n), .has_units = true, .units = units, .has_asset = true, .asset = asset(w, of)};
}

static inline struct trace_result *run(const struct world *w, const struct trace_request *request) {
    struct trace_result *r = NULL;
    GOOD(trace_run(&w->in, request, NULL, &r, &problem));
    return r;
}

static inline uint64_t held(const struct world *w, const struct trace_result *r, uint32_t n, uint32_t of) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < r->rest_count; i++)
        if (r->rests[i].account.n == account(w, n).n && r->rests[i].asset.n == asset(w, of).n && r->rests[i].stop == STOP_NONE)
            sum += (uint64_t)r->rests[i].claim;
    return sum;
}
static inline uint64_t stopped(const struct world *w, const struct trace_result *r, uint32_t n, enum stop_reason why) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < r->rest_count; i++)
        if (r->rests[i].account.n == account(w, n).n && r->rests[i].stop == why)
            sum += (uint64_t)r->rests[i].claim;
    return sum;
}
static inline const struct trace_account *reached(const struct world *w, const struct trace_result *r, uint32_t n) {
    for (uint64_t i = 0; i < r->account_count; i++)
        if (r->accounts[i].account.n == account(w, n).n)
            return &r->accounts[i];
    return NULL;
}
static inline void check_conserved(const struct trace_result *r) {
    if (r->policy == POLICY_POISON)
        return;
    for (uint64_t i = 0; i < r->theft_count; i++) {
        const struct trace_theft *t = &r->thefts[i];
        u128 reasons = 0;
        assert_true(t->held + t->stopped + t->fees + t->cut_off == t->stolen);
        for (int k = 0; k < STOP_REASONS; k++)
            reasons += t->stopped_by[k];
        assert_true(reasons == t->stopped + t->cut_off);
    }
}

/* Every field of both results but the work done. */
static inline void check_same(const struct trace_result *a, const struct trace_result *b) {
    assert_int_equal(a->theft_count, b->theft_count);
    assert_int_equal(a->edge_count, b->edge_count);
    assert_int_equal(a->rest_count, b->rest_count);
    assert_int_equal(a->account_count, b->account_count);
    assert_int_equal(a->overlap_count, b->overlap_count);
    assert_int_equal(a->overlap_rows, b->overlap_rows);
    assert_int_equal(a->note_count, b->note_count);
    for (uint64_t i = 0; i < a->overlap_rows; i++) {
        const struct trace_overlap *x = &a->overlaps[i], *y = &b->overlaps[i];
        assert_true(x->theft == y->theft && x->inside == y->inside && x->count == y->count && x->units == y->units);
    }
    for (uint64_t i = 0; i < a->note_count; i++) {
        const struct trace_note *x = &a->notes[i], *y = &b->notes[i];
        assert_true(x->source == y->source && x->kind == y->kind && x->account.n == y->account.n);
        assert_true(x->asset.n == y->asset.n && x->units == y->units && span_equal(x->said, y->said));
    }
    for (uint64_t i = 0; i < a->theft_count; i++) {
        const struct trace_theft *x = &a->thefts[i], *y = &b->thefts[i];
        assert_true(x->source.n == y->source.n && x->asset.n == y->asset.n && x->first_tx.n == y->first_tx.n);
        assert_true(x->stolen == y->stolen && x->held == y->held && x->stopped == y->stopped && x->fees == y->fees &&
                    x->cut_off == y->cut_off && x->suspected == y->suspected);
        assert_memory_equal(x->stopped_by, y->stopped_by, sizeof x->stopped_by);
    }
    for (uint64_t i = 0; i < a->edge_count; i++) {
        const struct trace_edge *x = &a->edges[i], *y = &b->edges[i];
        assert_true(x->theft == y->theft && x->tx.n == y->tx.n && x->movement == y->movement && x->from.n == y->from.n &&
                    x->to.n == y->to.n && x->asset_out.n == y->asset_out.n && x->asset_in.n == y->asset_in.n);
        assert_true(x->units_out == y->units_out && x->units_in == y->units_in);
        assert_true(x->claim == y->claim && x->rule == y->rule && x->weighed_equally == y->weighed_equally);
        assert_int_equal(x->hops, y->hops);
    }
    for (uint64_t i = 0; i < a->rest_count; i++) {
        const struct trace_rest *x = &a->rests[i], *y = &b->rests[i];
        assert_true(x->theft == y->theft && x->account.n == y->account.n && x->asset.n == y->asset.n && x->tx.n == y->tx.n);
        assert_true(x->units == y->units && x->claim == y->claim && x->stop == y->stop);
    }
    for (uint64_t i = 0; i < a->account_count; i++) {
        const struct trace_account *x = &a->accounts[i], *y = &b->accounts[i];
        assert_true(x->account.n == y->account.n && x->claim_peak == y->claim_peak && x->claim_in == y->claim_in &&
                    x->claim_held == y->claim_held && x->first_tx.n == y->first_tx.n && x->last_tx.n == y->last_tx.n);
        assert_true(x->hops == y->hops && x->stop == y->stop && x->is_source == y->is_source &&
                    x->incomplete == y->incomplete && x->suspected == y->suspected && x->unknown_spent == y->unknown_spent);
        assert_true(x->tag == y->tag && x->label_conflict == y->label_conflict && x->service.n == y->service.n);
    }
}

/* xorshift, so that a seed gives the same rows everywhere */
static inline uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
