#include "fake_case.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WORKED(call) INVARIANT((call) == IMJIN_OK)

enum { GWEI = 1000000000 };
static const int64_t theft_time = 1648042149; /* 2022-03-23 13:29:09Z */

static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

struct fake_case *fake_new(void) {
    struct fake_case *f = calloc(1, sizeof *f);
    INVARIANT(f != NULL);
    const char *root = getenv("TMPDIR");
    snprintf(f->directory, sizeof f->directory, "%s/fake-XXXXXX", root && strlen(root) < 40 ? root : "/tmp");
    INVARIANT(mkdtemp(f->directory) != NULL);
    f->source = fake_account(f, "098b716b8aaf21512996dc57eb0615e2383e2f96");
    return f;
}

void fake_free(struct fake_case *f) {
    ledger_close(f->ledger);
    label_close(f->labels);
    WORKED(directory_remove(f->directory, NULL));
    free(f->result.thefts);
    free(f->result.edges);
    free(f->result.rests);
    free(f->result.accounts);
    free(f);
}

uint32_t fake_account(struct fake_case *f, const char *hex) {
    uint32_t n = f->account_count++;
    INVARIANT(n < FAKE_ACCOUNTS_MAX);
    struct address *a = f->address + n;
    *a = (struct address){.form = ADDRESS_EVM, .count = 20};
    for (unsigned i = 0; i < 20; i++) {
        unsigned byte = (unsigned)(mix(n * 20 + i + 1) & 0xff);
        if (hex)
            INVARIANT(sscanf(hex + 2 * i, "%2x", &byte) == 1);
        a->evm[i] = (uint8_t)byte;
    }
    return n;
}

void fake_label(struct fake_case *f, uint32_t account, const char *label, const char *actor, const char *category) {
    char path[128];
    snprintf(path, sizeof path, "%s/labels", f->directory);
    struct tag tag = {.address = f->address[account],
                      .chain = span_of("ethereum"),
                      .label = span_of(label),
                      .actor = span_of(actor),
                      .category = label_category_find(span_of(category)),
                      .category_text = span_of(category),
                      .source = span_of("https://example.org/labels"),
                      .pack = span_of("test"),
                      .last_changed = span_of("2022-04-14"),
                      .confidence = 90};
    WORKED(label_add(path, &tag, NULL));
}

void fake_pay(struct fake_case *f, uint32_t from, uint32_t to, uint64_t units, int64_t time) {
    INVARIANT(f->payment_count < FAKE_PAYMENTS_MAX);
    f->payments[f->payment_count++] = (struct fake_payment){from, to, units, time, to == f->source};
}

static void write_ledger(struct fake_case *f, const char *path) {
    struct chain chain;
    struct ledger_writer *w;
    struct ledger_commit commit;
    struct sha256 fingerprint = {{1}};
    uint64_t offset, line;
    WORKED(chain_find(&chain, "ethereum", NULL));
    WORKED(ledger_writer_open(&w, path, &chain, (struct ledger_writer_options){.memory_bytes = 64 << 20, .threads = 1}, NULL,
                              NULL));
    WORKED(ledger_writer_source(w, "fake", &fingerprint, &offset, &line, NULL));
    for (uint32_t i = 0; i < f->payment_count; i++) {
        const struct fake_payment *p = f->payments + i;
        struct ledger_row row = {.block = 14440000 + i,
                                 .tx_index = 0,
                                 .position = 0,
                                 .kind = MOVEMENT_NATIVE,
                                 .tx_form = TX_HASH,
                                 .time = p->time,
                                 .from = f->address[p->from],
                                 .to = f->address[p->to],
                                 .asset = {.form = ASSET_NATIVE},
                                 .units = u256_from_u128((u128)p->units * GWEI),
                                 .line = i + 1};
        for (unsigned b = 0; b < 32; b++)
            row.tx_hash[b] = (uint8_t)mix((uint64_t)i * 32 + b + 7);
        WORKED(ledger_writer_add(w, &row, 1, i + 1, i + 1, NULL));
    }
    WORKED(ledger_writer_source_end(w, NULL));
    WORKED(ledger_writer_commit(w, &commit, NULL));
}

static struct account_id id_of(const struct fake_case *f, uint32_t account) {
    struct account_id id;
    WORKED(ledger_account_find(f->ledger, f->address + account, &id, NULL));
    return id;
}

/* sorting by address needs the case: set for the time of one qsort */
static const struct fake_case *sorted_case;
static int by_address(const void *a, const void *b) {
    return address_compare(sorted_case->address + *(const uint32_t *)a, sorted_case->address + *(const uint32_t *)b);
}

static void make_edges(struct fake_case *f, uint16_t *hops, u128 *in, u128 *held) {
    struct trace_result *r = &f->result;
    for (uint32_t i = 0; i < f->account_count; i++)
        hops[i] = i == f->source ? 0 : UINT16_MAX;
    for (uint32_t i = 0; i < f->payment_count; i++) {
        const struct fake_payment *p = f->payments + i;
        u128 claim = (u128)p->units * GWEI;
        if (!p->theft && hops[p->from] == UINT16_MAX) /* not stolen: only there to put an account into the ledger */
            continue;
        in[p->to] += claim;
        held[p->to] += claim;
        if (p->theft)
            continue;
        INVARIANT(held[p->from] >= claim);
        held[p->from] -= claim;
        if (hops[p->from] + 1 < hops[p->to])
            hops[p->to] = (uint16_t)(hops[p->from] + 1);
        r->edges[r->edge_count++] = (struct trace_edge){.tx = {i},
                                                        .movement = i,
                                                        .from = id_of(f, p->from),
                                                        .to = id_of(f, p->to),
                                                        .units_out = claim,
                                                        .units_in = claim,
                                                        .claim = claim,
                                                        .hops = hops[p->to],
                                                        .rule = RULE_TRANSFER};
    }
}

static void make_rests(struct fake_case *f, uint32_t account, u128 held) {
    struct trace_result *r = &f->result;
    struct trace_theft *theft = r->thefts;
    uint32_t last = 0;
    for (uint32_t i = 0; i < f->payment_count; i++) {
        if (f->payments[i].to != account)
            continue;
        last = i;
        u128 claim = (u128)f->payments[i].units * GWEI;
        if (f->stop[account])
            r->rests[r->rest_count++] = (struct trace_rest){
                .account = id_of(f, account), .tx = {i}, .units = claim, .claim = claim, .stop = f->stop[account]};
    }
    if (f->stop[account] && f->stop[account] < STOP_HORIZON)
        theft->stopped += held;
    else if (f->stop[account])
        theft->cut_off += held;
    else
        theft->held += held;
    theft->stopped_by[f->stop[account]] += f->stop[account] ? held : 0;
    if (!f->stop[account] && held)
        r->rests[r->rest_count++] =
            (struct trace_rest){.account = id_of(f, account), .tx = {last}, .units = held, .claim = held};
}

static void make_account(struct fake_case *f, uint32_t account, uint16_t hops, u128 in, u128 held) {
    struct trace_account *a = f->result.accounts + f->result.account_count++;
    *a = (struct trace_account){.account = id_of(f, account),
                                .claim_peak = in,
                                .claim_in = in,
                                .claim_held = f->stop[account] ? 0 : held,
                                .hops = hops,
                                .stop = f->stop[account],
                                .is_source = account == f->source,
                                .tag = UINT64_MAX};
    if (f->stop[account] == STOP_DEPOSIT)
        a->service = id_of(f, f->service[account]);
    bool seen = false;
    for (uint32_t i = 0; i < f->payment_count; i++) {
        if (f->payments[i].to != account && f->payments[i].from != account)
            continue;
        if (!seen)
            a->first_tx.n = i;
        seen = true;
        a->last_tx.n = i;
    }
}

static void make_result(struct fake_case *f) {
    struct trace_result *r = &f->result;
    r->thefts = calloc(1, sizeof *r->thefts);
    r->edges = calloc(f->payment_count + 1, sizeof *r->edges);
    r->rests = calloc(f->payment_count + f->account_count + 1, sizeof *r->rests);
    r->accounts = calloc(f->account_count + 1, sizeof *r->accounts);
    uint16_t *hops = calloc(f->account_count, sizeof *hops);
    u128 *in = calloc(f->account_count, sizeof *in), *held = calloc(f->account_count, sizeof *held);
    uint32_t *order = calloc(f->account_count, sizeof *order);
    INVARIANT(r->thefts && r->edges && r->rests && r->accounts && hops && in && held && order);
    make_edges(f, hops, in, held);
    for (uint32_t i = 0; i < f->account_count; i++)
        order[i] = i;
    sorted_case = f;
    qsort(order, f->account_count, sizeof *order, by_address);
    r->theft_count = 1;
    r->thefts[0] = (struct trace_theft){.source = id_of(f, f->source), .stolen = in[f->source]};
    for (uint32_t i = 0; i < f->account_count; i++) {
        uint32_t account = order[i];
        if (hops[account] == UINT16_MAX)
            continue;
        make_rests(f, account, held[account]);
        make_account(f, account, hops[account], in[account], held[account]);
    }
    r->pieces = r->edge_count;
    free(hops);
    free(in);
    free(held);
    free(order);
}

void fake_finish(struct fake_case *f) {
    char path[128];
    snprintf(path, sizeof path, "%s/ledger", f->directory);
    write_ledger(f, path);
    WORKED(ledger_open(&f->ledger, path, NULL));
    snprintf(path, sizeof path, "%s/labels", f->directory);
    WORKED(label_open(&f->labels, path, NULL));
    make_result(f);
    f->request = trace_defaults();
    f->asked = (struct trace_source){.account = id_of(f, f->source)};
    f->request.sources = &f->asked;
    f->request.source_count = 1;
    f->input = (struct report_input){
        .ledger = f->ledger, .labels = f->labels, .request = &f->request, .result = &f->result, .program_version = "0.1.0"};
}

/* ---- the cases ---- */

static const uint64_t eth = 1000000000; /* payments count in 1e-9 */
enum { HOUR = 3600, DAY = 86400 };

static void pay_depositor(struct fake_case *f, uint32_t from, uint32_t pool, unsigned notes, uint64_t left, int64_t time) {
    uint32_t depositor = fake_account(f, NULL);
    fake_pay(f, from, depositor, notes * 100 * eth + left, time);
    for (unsigned i = 0; i < notes; i++)
        fake_pay(f, depositor, pool, 100 * eth, time + HOUR + i * 600);
}

struct fake_case *fake_ronin(void) {
    struct fake_case *f = fake_new();
    uint32_t bridge = fake_account(f, "1a2a1c938ce3ec39b6d47113c7955baa9dd454f2");
    uint32_t pool = fake_account(f, "a160cdab225685da1d56aa342ad8841c3b53f291");
    f->stop[pool] = STOP_MIXER;
    uint32_t hot = fake_account(f, NULL);
    fake_label(f, f->source, "Ronin Bridge Exploiter", "lazarus", "hack");
    fake_label(f, bridge, "Ronin: Bridge", "ronin", "bridge");
    fake_label(f, pool, "Tornado Cash: 100 ETH", "tornado_cash", "mixing_service");
    fake_label(f, hot, "Huobi 10", "huobi", "exchange");
    fake_pay(f, bridge, f->source, 173600 * eth, theft_time);
    fake_pay(f, hot, fake_account(f, NULL), 1 * eth, theft_time + 60); /* so that the service stands in the ledger */
    for (unsigned i = 0; i < 5; i++) {                                 /* exchange deposits of the first days */
        uint32_t deposit = fake_account(f, NULL);
        f->stop[deposit] = i == 4 ? STOP_SERVICE : STOP_DEPOSIT;
        f->service[deposit] = hot;
        if (i == 4)
            fake_label(f, deposit, "FTX Deposit", "ftx", "exchange");
        fake_pay(f, f->source, deposit, (1000 + 250 * i) * eth + 500000000, theft_time + 5 * DAY + i * HOUR);
    }
    for (unsigned i = 0; i < 6; i++) { /* intermediaries, each feeding depositors */
        uint32_t middle = fake_account(f, NULL), second = fake_account(f, NULL);
        int64_t time = theft_time + (12 + 6 * i) * DAY;
        fake_pay(f, f->source, middle, (12000 + 3000 * i) * eth + 123456789, time);
        fake_pay(f, middle, second, 4500 * eth, time + 2 * HOUR);
        for (unsigned k = 0; k < 2; k++)
            pay_depositor(f, k ? second : middle, pool, 20 + 4 * i + k, 270000000, time + DAY + k * 4 * HOUR);
    }
    fake_finish(f);
    return f;
}

struct fake_case *fake_large(uint32_t accounts) {
    struct fake_case *f = fake_new();
    static const uint8_t stops[] = {STOP_SERVICE, STOP_MIXER, STOP_BRIDGE,  STOP_HUB,
                                    STOP_DEPOSIT, STOP_DEFI,  STOP_HORIZON, STOP_DUST};
    uint64_t *have = calloc(accounts + 8, sizeof *have), throws = 0;
    INVARIANT(have != NULL);
    uint32_t bridge = fake_account(f, NULL);
    fake_pay(f, bridge, f->source, 400000 * eth, theft_time);
    have[f->source] = 400000 * eth;
    while (f->account_count + 1 < accounts) {
        uint64_t dice = mix(++throws * 31);
        uint32_t from = (uint32_t)(dice % f->account_count);
        if (from == bridge || f->stop[from] || have[from] < 1000)
            continue;
        uint32_t to = dice >> 32 & 7 ? fake_account(f, NULL) : (uint32_t)(mix(dice) % f->account_count);
        if (to == bridge || to == from || to == f->source) {
            fake_account(f, NULL);
            continue;
        }
        uint64_t units = have[from] / (2 + (dice >> 40) % 5);
        fake_pay(f, from, to, units, theft_time + (int64_t)f->payment_count * 900);
        have[from] -= units;
        have[to] += units;
        if (to == f->account_count - 1 && (dice >> 50) % 4 == 0)
            f->stop[to] = stops[(dice >> 55) % sizeof stops];
        if (f->stop[to] == STOP_DEPOSIT)
            f->service[to] = bridge;
    }
    free(have);
    fake_finish(f);
    return f;
}

struct fake_case *fake_empty(void) {
    struct fake_case *f = fake_new();
    uint32_t bridge = fake_account(f, NULL);
    fake_pay(f, bridge, f->source, 10 * eth, theft_time);
    fake_finish(f);
    return f;
}
