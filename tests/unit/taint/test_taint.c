/* taint: hand-made transactions, and random chains against a simulation that keeps a label for every single unit. */
#include "../unit.h"

#include "fake_utxo.h"
#include "taint/bits.h"
#include "taint/taint.h"

static struct utxo chain;

static struct taint_result run(struct taint_request request) {
    struct taint_result result;
    struct error err = {0};
    if (request.height_until == 0)
        request.height_until = UINT32_MAX;
    if (taint_run(&chain, &request, NULL, &result, &err) != IMJIN_OK)
        fail_msg("%s", err.text);
    return result;
}

static struct taint_result back(struct taint_request request) {
    struct taint_result result;
    struct error err = {0};
    if (taint_back(&chain, &request, NULL, &result, &err) != IMJIN_OK)
        fail_msg("%s", err.text);
    return result;
}

static void assert_rest(const struct taint_rest *r, uint64_t output, uint64_t at, uint64_t count, enum taint_end end) {
    assert_int_equal(r->output, output);
    assert_int_equal(r->at, at);
    assert_int_equal(r->count, count);
    assert_int_equal(r->end, end);
}

/* A coinbase that pays `value` in a block of its own. */
static uint64_t mint(uint64_t value) {
    fake_block(&chain);
    fake_tx(&chain);
    return fake_output(&chain, value, 1);
}

/* Two inputs of 10 (the first stolen) and 6 into outputs of 4, 9 and a fee of 3. */
struct example {
    uint64_t stolen, clean, first, second;
};
static struct example example(void) {
    struct example e;
    fake_begin(&chain);
    e.stolen = mint(10);
    e.clean = mint(6);
    fake_block(&chain);
    fake_tx(&chain); /* the coinbase: 50 and the fee */
    fake_output(&chain, 53, 9);
    fake_tx(&chain);
    fake_input(&chain, e.stolen);
    fake_input(&chain, e.clean);
    e.first = fake_output(&chain, 4, 2);
    e.second = fake_output(&chain, 9, 3);
    return e;
}

static void policies_on_one_transaction(void **state) {
    (void)state;
    struct example e = example();
    struct taint_source source = {.output = e.stolen};
    struct taint_request q = {.sources = &source, .source_count = 1, .theft_count = 1};
    struct taint_result r = run(q); /* FIFO: units 0..10 of the line */
    assert_int_equal(r.rest_count, 2);
    assert_rest(&r.rests[0], e.first, 0, 4, TAINT_HELD);
    assert_rest(&r.rests[1], e.second, 0, 6, TAINT_HELD);
    assert_int_equal(r.thefts[0].held, 10);
    taint_result_done(&r);
    q.policy = TAINT_LIFO; /* the clean 6 come first: units 6..16 */
    r = run(q);
    assert_int_equal(r.rest_count, 1);
    assert_rest(&r.rests[0], e.second, 2, 7, TAINT_HELD);
    assert_int_equal(r.thefts[0].fees, 3);
    taint_result_done(&r);
    q.policy = TAINT_TIHO; /* 9 into the higher output, 1 into the other */
    r = run(q);
    assert_int_equal(r.rest_count, 2);
    assert_rest(&r.rests[0], e.first, 0, 1, TAINT_HELD);
    assert_rest(&r.rests[1], e.second, 0, 9, TAINT_HELD);
    taint_result_done(&r);
    q.policy = TAINT_HAIRCUT; /* 10 of 16: 2.5, 5.625, 1.875: two are left over, for the largest remainders .875 and .625 */
    r = run(q);
    assert_int_equal(r.rest_count, 2);
    assert_rest(&r.rests[0], e.first, 0, 2, TAINT_HELD);
    assert_rest(&r.rests[1], e.second, 0, 6, TAINT_HELD);
    assert_int_equal(r.thefts[0].fees, 2);
    taint_result_done(&r);
    q.policy = TAINT_POISON;
    r = run(q);
    assert_int_equal(r.rest_count, 2);
    assert_rest(&r.rests[0], e.first, 0, 4, TAINT_HELD);
    assert_rest(&r.rests[1], e.second, 0, 9, TAINT_HELD);
    assert_int_equal(r.thefts[0].stolen, 0);
    taint_result_done(&r);
}

static void fees_reach_the_coinbase(void **state) {
    (void)state;
    struct example e = example();
    struct taint_source source = {.output = e.clean}; /* FIFO: units 10..16: 3 to the second output, 3 fees */
    struct taint_request q = {.sources = &source, .source_count = 1, .theft_count = 1, .fees = TAINT_FEES_FIRST};
    uint64_t coinbase = e.first - 1;
    struct taint_result r = run(q);
    assert_int_equal(r.rest_count, 2);
    assert_rest(&r.rests[0], coinbase, 0, 3, TAINT_HELD);
    assert_rest(&r.rests[1], e.second, 6, 3, TAINT_HELD);
    taint_result_done(&r);
    q.fees = TAINT_FEES_SUBSIDY_FIRST;
    r = run(q);
    assert_rest(&r.rests[0], coinbase, 50, 3, TAINT_HELD);
    taint_result_done(&r);
    chain.outputs[coinbase].value = 1; /* a miner who leaves fees lying: two are burnt */
    r = run(q);
    assert_rest(&r.rests[0], coinbase, 0, 1, TAINT_HELD);
    assert_int_equal(r.thefts[0].burnt, 2);
    assert_int_equal(r.thefts[0].held, 4);
    taint_result_done(&r);
}

static void no_unit_is_stolen_twice(void **state) {
    (void)state;
    struct example e = example();
    struct taint_source sources[] = {
        {.output = e.second, .theft = 1}, {.output = e.stolen, .theft = 0}, {.output = e.stolen, .at = 5, .theft = 1}};
    struct taint_request q = {.sources = sources, .source_count = 3, .theft_count = 2};
    struct taint_result r = run(q);
    assert_int_equal(r.thefts[0].stolen, 10);
    assert_int_equal(r.thefts[1].stolen, 3); /* units 6..9 of the second output */
    assert_int_equal(r.thefts[1].overlap, 5 + 6);
    assert_int_equal(r.rest_count, 3);
    assert_rest(&r.rests[2], e.second, 6, 3, TAINT_HELD);
    assert_int_equal(r.rests[2].theft, 1);
    taint_result_done(&r);
    q.policy = TAINT_HAIRCUT;
    r = run(q);
    assert_int_equal(r.thefts[0].stolen, 10);
    assert_int_equal(r.thefts[1].stolen, 9 - 6);
    taint_result_done(&r);
}

static bool stops_at_three(void *context, uint32_t script) {
    (void)context;
    return script == 3;
}
static bool everything_mixes(void *context, uint32_t tx) {
    (void)context;
    return tx == 3;
}

static void following_stops(void **state) {
    (void)state;
    struct example e = example();
    struct taint_source source = {.output = e.stolen};
    struct taint_request q = {.sources = &source, .source_count = 1, .theft_count = 1, .stops = stops_at_three};
    struct taint_result r = run(q);
    assert_int_equal(r.thefts[0].stopped, 6);
    assert_int_equal(r.thefts[0].held, 4);
    taint_result_done(&r);
    q.mixes = everything_mixes;
    r = run(q);
    assert_int_equal(r.rest_count, 1);
    assert_rest(&r.rests[0], e.stolen, 0, 10, TAINT_MIXED);
    assert_int_equal(r.rests[0].tx, 3);
    taint_result_done(&r);
    q.mixes = NULL;
    q.height_until = 1;
    r = run(q);
    assert_int_equal(r.thefts[0].cut_off, 10);
    taint_result_done(&r);
    chain.outputs[e.first].script = FAKE_DATA_SCRIPT;
    q.height_until = 0;
    r = run(q);
    assert_int_equal(r.thefts[0].burnt, 4);
    taint_result_done(&r);
}

static void missing_history_is_filled(void **state) {
    (void)state;
    fake_begin(&chain);
    uint64_t stolen = mint(10), out;
    fake_block(&chain);
    fake_tx(&chain);
    fake_output(&chain, 50, 1);
    fake_tx(&chain);
    fake_input_unknown(&chain, UINT64_MAX); /* must have brought 5 */
    fake_input(&chain, stolen);
    fake_input_unknown(&chain, 7); /* known from undo data */
    out = fake_output(&chain, 22, 1);
    struct taint_source source = {.output = stolen};
    struct taint_result r = run((struct taint_request){.sources = &source, .source_count = 1, .theft_count = 1});
    assert_int_equal(r.rest_count, 1);
    assert_rest(&r.rests[0], out, 5, 10, TAINT_HELD);
    assert_int_equal(r.inputs_unknown, 1);
    taint_result_done(&r);
    source = (struct taint_source){.output = out, .at = 4, .count = 12};
    r = back((struct taint_request){.sources = &source, .source_count = 1, .theft_count = 1});
    assert_int_equal(r.rest_count, 3);
    assert_rest(&r.rests[0], stolen, 0, 10, TAINT_HELD);
    assert_int_equal(r.thefts[0].burnt, 2); /* one unit each of what came from before the history */
    taint_result_done(&r);
}

static void bits_give_numbers_in_order(void **state) {
    (void)state;
    struct bits b;
    uint64_t got, numbers[] = {0, 63, 64, 4095, 4096, 262144, 999999};
    assert_int_equal(bits_init(&b, 1000000, NULL), IMJIN_OK);
    assert_false(bits_take_first(&b, &got));
    for (int i = 6; i >= 0; i--) {
        bits_add(&b, numbers[i]);
        bits_add(&b, numbers[i]);
    }
    assert_true(bits_take_last(&b, &got));
    assert_int_equal(got, 999999);
    for (int i = 0; i < 6; i++) {
        assert_true(bits_take_first(&b, &got));
        assert_int_equal(got, numbers[i]);
    }
    assert_false(bits_take_last(&b, &got));
    bits_done(&b);
}

/* ---- random chains: every unit of every output has a label of its own in the simulation ---- */

enum { UNITS_MAX = 64, CLEAN = 255 };
static uint8_t labels[FAKE_ROWS_MAX][UNITS_MAX];
static uint64_t random_state;

static uint64_t pick(uint64_t below) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % below;
}

/* Spends a few unspent outputs of earlier transactions; leaves some of it as fee. */
static uint64_t random_tx(void) {
    uint64_t total = 0, fee, first_output = chain.counts.outputs;
    fake_tx(&chain);
    for (uint64_t tries = 1 + pick(4); tries > 0; tries--) {
        uint64_t output = pick(first_output);
        if (chain.outputs[output].spender != UTXO_UNSPENT || chain.outputs[output].script == FAKE_DATA_SCRIPT ||
            total + chain.outputs[output].value > UNITS_MAX)
            continue;
        uint64_t block_first = chain.blocks[chain.counts.blocks - 1].txs;
        if (output >= chain.txs[block_first].output_first && output < utxo_tx_outputs_end(&chain, (uint32_t)block_first))
            continue; /* a coinbase is not spent in its own block */
        fake_input(&chain, output);
        total += chain.outputs[output].value;
    }
    fee = pick(total / 4 + 1);
    for (uint64_t left = total - fee; left > 0;) {
        uint64_t value = 1 + pick(left);
        fake_output(&chain, value, pick(20) == 0 ? FAKE_DATA_SCRIPT : 1 + (uint32_t)pick(5));
        left -= value;
    }
    return fee;
}

static void random_chain(void) {
    fake_begin(&chain);
    for (unsigned block = 0; block < 60; block++) {
        uint64_t fees = 0;
        fake_block(&chain);
        fake_tx(&chain);
        uint64_t coinbase = fake_output(&chain, 30, 1);
        for (uint64_t txs = block < 3 ? 0 : pick(6); txs > 0; txs--)
            fees += random_tx();
        chain.outputs[coinbase].value += fees < UNITS_MAX - 30 ? fees : UNITS_MAX - 30; /* the rest is left lying */
    }
}

static void simulate_sources(const struct taint_source *sources, uint64_t count, uint64_t output) {
    for (unsigned theft = 0; theft < 3; theft++)
        for (uint64_t s = 0; s < count; s++)
            for (uint64_t unit = 0;
                 sources[s].output == output && sources[s].theft == theft && unit < chain.outputs[output].value; unit++)
                if (unit >= sources[s].at && (sources[s].count == 0 || unit < sources[s].at + sources[s].count) &&
                    labels[output][unit] == CLEAN)
                    labels[output][unit] = (uint8_t)theft;
}

static void put_line(uint32_t tx, const uint8_t *line, const struct taint_source *sources, uint64_t count) {
    for (uint64_t output = chain.txs[tx].output_first; output < utxo_tx_outputs_end(&chain, tx); output++) {
        memcpy(labels[output], line, chain.outputs[output].value);
        line += chain.outputs[output].value;
        simulate_sources(sources, count, output);
    }
}

static void simulate_tiho(uint32_t tx, const uint8_t *line, uint64_t total, uint8_t *ret_fee_line, uint64_t fee) {
    uint8_t tainted[UNITS_MAX];
    uint64_t count = 0, used = 0, first = chain.txs[tx].output_first, end = utxo_tx_outputs_end(&chain, tx);
    bool full[64] = {false};
    for (uint64_t i = 0; i < total; i++)
        if (line[i] != CLEAN)
            tainted[count++] = line[i];
    for (uint64_t output = first; output < end; output++)
        memset(labels[output], CLEAN, UNITS_MAX);
    for (uint64_t round = first; round < end; round++) {
        uint64_t best = UINT64_MAX;
        for (uint64_t output = first; output < end; output++)
            if (!full[output - first] && (best == UINT64_MAX || chain.outputs[output].value > chain.outputs[best].value))
                best = output;
        full[best - first] = true;
        for (uint64_t unit = 0; unit < chain.outputs[best].value && used < count; unit++)
            labels[best][unit] = tainted[used++];
    }
    memset(ret_fee_line, CLEAN, fee);
    for (uint64_t i = 0; i < fee && used < count; i++)
        ret_fee_line[i] = tainted[used++];
}

static void simulate(enum taint_policy policy, enum taint_fees fees, const struct taint_source *sources,
                     uint64_t source_count) {
    static uint8_t fee_line[UNITS_MAX * 64];
    for (uint64_t block = 0; block < chain.counts.blocks; block++) {
        uint64_t first = chain.blocks[block].txs,
                 end = block + 1 < chain.counts.blocks ? chain.blocks[block + 1].txs : chain.counts.txs, fee_count = 0;
        for (uint64_t tx = first + 1; tx < end; tx++) {
            uint8_t line[UNITS_MAX], turned[UNITS_MAX];
            uint64_t total = 0, out = 0;
            for (uint64_t i = chain.txs[tx].input_first; i < utxo_tx_inputs_end(&chain, (uint32_t)tx); i++) {
                memcpy(line + total, labels[chain.inputs[i]], chain.outputs[chain.inputs[i]].value);
                total += chain.outputs[chain.inputs[i]].value;
            }
            for (uint64_t o = chain.txs[tx].output_first; o < utxo_tx_outputs_end(&chain, (uint32_t)tx); o++)
                out += chain.outputs[o].value;
            for (uint64_t i = 0; i < total; i++)
                turned[i] = policy == TAINT_LIFO ? line[total - 1 - i] : line[i];
            if (policy == TAINT_TIHO) {
                simulate_tiho((uint32_t)tx, line, total, fee_line + fee_count, total - out);
                for (uint64_t o = chain.txs[tx].output_first; o < utxo_tx_outputs_end(&chain, (uint32_t)tx); o++)
                    simulate_sources(sources, source_count, o);
            } else {
                memcpy(fee_line + fee_count, turned + out, total - out);
                put_line((uint32_t)tx, turned, sources, source_count);
            }
            fee_count += total - out;
        }
        uint8_t coinbase[UNITS_MAX * 64 + UNITS_MAX];
        uint64_t value = chain.outputs[chain.txs[first].output_first].value,
                 subsidy = value > fee_count ? value - fee_count : 0;
        memset(coinbase, CLEAN, sizeof coinbase);
        if (fees != TAINT_FEES_STOP)
            memcpy(coinbase + (fees == TAINT_FEES_SUBSIDY_FIRST ? subsidy : 0), fee_line, fee_count);
        if (policy == TAINT_TIHO) {
            uint8_t lost[UNITS_MAX * 64];
            simulate_tiho((uint32_t)first, coinbase, fee_count + subsidy, lost, fee_count + subsidy - value);
            simulate_sources(sources, source_count, chain.txs[first].output_first);
        } else {
            put_line((uint32_t)first, coinbase, sources, source_count);
        }
    }
}

/* The rests, unit by unit, are what the simulation has on outputs that are not spent. */
static void compare_with_simulation(const struct taint_result *r) {
    static uint8_t found[FAKE_ROWS_MAX][UNITS_MAX];
    memset(found, CLEAN, sizeof found);
    for (uint64_t i = 0; i < r->rest_count; i++)
        for (uint64_t unit = r->rests[i].at; unit < r->rests[i].at + r->rests[i].count; unit++) {
            assert_int_equal(found[r->rests[i].output][unit], CLEAN);
            found[r->rests[i].output][unit] = (uint8_t)r->rests[i].theft;
        }
    for (uint64_t o = 0; o < chain.counts.outputs; o++)
        for (uint64_t unit = 0; unit < chain.outputs[o].value && chain.outputs[o].spender == UTXO_UNSPENT; unit++)
            if (found[o][unit] != labels[o][unit])
                fail_msg("output %llu unit %llu: %u, not %u", (unsigned long long)o, (unsigned long long)unit, found[o][unit],
                         labels[o][unit]);
}

static void random_sources(struct taint_source *sources, uint64_t count) {
    for (uint64_t i = 0; i < count; i++)
        sources[i] = (struct taint_source){
            .output = pick(chain.counts.outputs), .at = pick(5), .count = pick(12), .theft = (uint32_t)pick(3)};
}

static void units_agree_with_the_simulation(void **state) {
    (void)state;
    static const enum taint_policy policies[] = {TAINT_FIFO, TAINT_LIFO, TAINT_TIHO};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct taint_source sources[6];
        random_state = seed;
        random_chain();
        random_sources(sources, 6);
        for (unsigned p = 0; p < 3; p++)
            for (enum taint_fees fees = TAINT_FEES_STOP; fees <= TAINT_FEES_SUBSIDY_FIRST; fees++) {
                struct taint_result r = run((struct taint_request){
                    .policy = policies[p], .fees = fees, .sources = sources, .source_count = 6, .theft_count = 3});
                simulate(policies[p], fees, sources, 6);
                compare_with_simulation(&r);
                for (unsigned t = 0; t < 3; t++) {
                    const struct taint_theft *h = &r.thefts[t];
                    assert_int_equal(h->held + h->burnt + h->fees, h->stolen); /* law 1 */
                }
                taint_result_done(&r);
            }
    }
}

/* Claims of haircut are kept to the unit, and reach no further than poison does. */
static void shares_keep_the_laws(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct taint_source sources[6];
        random_state = seed;
        random_chain();
        random_sources(sources, 6);
        for (enum taint_fees fees = TAINT_FEES_STOP; fees <= TAINT_FEES_SUBSIDY_FIRST; fees++) {
            struct taint_request q = {
                .policy = TAINT_HAIRCUT, .fees = fees, .sources = sources, .source_count = 6, .theft_count = 3};
            struct taint_result r = run(q);
            for (unsigned t = 0; t < 3; t++) {
                const struct taint_theft *h = &r.thefts[t];
                assert_int_equal(h->held + h->burnt + h->fees, h->stolen);
            }
            if (fees == TAINT_FEES_STOP) {
                q.policy = TAINT_POISON;
                struct taint_result wide = run(q);
                for (unsigned t = 0; t < 3; t++)
                    assert_true(r.thefts[t].outputs <= wide.thefts[t].outputs);
                taint_result_done(&wide);
            }
            taint_result_done(&r);
        }
    }
}

/* What FIFO finds at an unspent output comes, backwards, from the source: the same units (law 5). */
static void backwards_agrees_with_forwards(void **state) {
    (void)state;
    uint64_t checked = 0;
    for (uint64_t seed = 1; seed <= 40; seed++)
        for (unsigned policy = TAINT_FIFO; policy <= TAINT_LIFO; policy++) {
            random_state = seed;
            random_chain();
            struct taint_source source = {.output = chain.txs[chain.blocks[pick(10)].txs].output_first}; /* a coinbase */
            struct taint_request q = {.policy = policy, .sources = &source, .source_count = 1, .theft_count = 1};
            struct taint_result r = run(q);
            for (uint64_t i = 0; i < r.rest_count; i++, checked++) {
                struct taint_source asked = {.output = r.rests[i].output, .at = r.rests[i].at, .count = r.rests[i].count};
                struct taint_result o =
                    back((struct taint_request){.policy = policy, .sources = &asked, .source_count = 1, .theft_count = 1});
                assert_int_equal(o.thefts[0].held, r.rests[i].count);
                for (uint64_t k = 0; k < o.rest_count; k++)
                    assert_int_equal(o.rests[k].output, source.output);
                taint_result_done(&o);
            }
            taint_result_done(&r);
        }
    assert_true(checked > 100);
}

static void bad_requests_and_stores_are_refused(void **state) {
    (void)state;
    struct example e = example();
    struct taint_source source = {.output = e.stolen};
    struct taint_request q = {.sources = &source, .source_count = 1, .theft_count = 1, .height_until = UINT32_MAX};
    struct taint_result r = {.txs = 77};
    struct error err;
    source.output = chain.counts.outputs;
    assert_int_equal(taint_run(&chain, &q, NULL, &r, &err), IMJIN_USAGE);
    source = (struct taint_source){.output = e.stolen, .theft = 1};
    assert_int_equal(taint_run(&chain, &q, NULL, &r, &err), IMJIN_USAGE);
    source.theft = 0;
    q.theft_count = TAINT_THEFTS_MAX + 1;
    assert_int_equal(taint_run(&chain, &q, NULL, &r, &err), IMJIN_USAGE);
    q.theft_count = 1;
    chain.outputs[e.stolen].spender = 0; /* before it is made */
    assert_int_equal(taint_run(&chain, &q, NULL, &r, &err), IMJIN_BAD_INPUT);
    chain.outputs[e.stolen].spender = 3;
    chain.inputs[0] = chain.counts.outputs;
    assert_int_equal(taint_run(&chain, &q, NULL, &r, &err), IMJIN_BAD_INPUT);
    chain.inputs[0] = e.stolen;
    chain.outputs[e.second].script = FAKE_SCRIPTS;
    assert_int_equal(taint_run(&chain, &q, NULL, &r, &err), IMJIN_BAD_INPUT);
    q.policy = TAINT_TIHO;
    assert_int_equal(taint_back(&chain, &q, NULL, &r, &err), IMJIN_USAGE);
    assert_int_equal(r.txs, 77);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    struct example e = example();
    struct taint_source source = {.output = e.stolen}, asked = {.output = e.second};
    for (int backwards = 0; backwards < 2; backwards++)
        for (uint64_t nth = 1;; nth++) {
            struct taint_request q = {.policy = TAINT_HAIRCUT,
                                      .fees = TAINT_FEES_FIRST,
                                      .sources = backwards ? &asked : &source,
                                      .source_count = 1,
                                      .theft_count = 1,
                                      .height_until = UINT32_MAX};
            struct taint_result r;
            struct error err = {0};
            memory_fail_at(nth, false);
            enum imjin_status status =
                backwards ? taint_back(&chain, &q, NULL, &r, &err) : taint_run(&chain, &q, NULL, &r, &err);
            memory_fail_at(0, false);
            if (status == IMJIN_OK) {
                taint_result_done(&r);
                break;
            }
            assert_int_equal(status, IMJIN_MACHINE);
        }
}

static void the_work_limit_cuts_off(void **state) {
    (void)state;
    random_state = 5;
    random_chain();
    struct taint_source source = {.output = 0};
    struct taint_request q = {.sources = &source, .source_count = 1, .theft_count = 1, .pieces_max = 2};
    struct taint_result r = run(q);
    assert_true(r.thefts[0].cut_off > 0);
    assert_int_equal(r.thefts[0].held + r.thefts[0].burnt + r.thefts[0].fees + r.thefts[0].cut_off, r.thefts[0].stolen);
    taint_result_done(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_on_one_transaction),     cmocka_unit_test(fees_reach_the_coinbase),
        cmocka_unit_test(no_unit_is_stolen_twice),         cmocka_unit_test(following_stops),
        cmocka_unit_test(missing_history_is_filled),       cmocka_unit_test(bits_give_numbers_in_order),
        cmocka_unit_test(units_agree_with_the_simulation), cmocka_unit_test(shares_keep_the_laws),
        cmocka_unit_test(backwards_agrees_with_forwards),  cmocka_unit_test(bad_requests_and_stores_are_refused),
        cmocka_unit_test(every_allocation_may_fail),       cmocka_unit_test(the_work_limit_cuts_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
