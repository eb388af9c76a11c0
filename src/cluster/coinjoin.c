#include <stdlib.h>

#include "cluster/cluster.h"

/* Confidences: of what a rule names on the sets of docs/clusters.md, rounded down; Stonewall and the bare shape by their
 * nature. */
static const struct coinjoin_rule rules[COINJOIN_KINDS] = {
    [COINJOIN_NONE] = {"none", "", false, 0},
    [COINJOIN_WHIRLPOOL_TX0] = {"whirlpool-tx0", "Samourai Whirlpool: pools and Tx0 as its client made them", false, 99},
    [COINJOIN_STONEWALL] = {"stonewall", "Samourai Stonewall and StonewallX2: two equal outputs, two changes", true, 50},
    [COINJOIN_WHIRLPOOL] = {"whirlpool", "Samourai Whirlpool: five to ten equal notes of a pool in and out", true, 99},
    [COINJOIN_WASABI_1] = {"wasabi-1", "ZeroLink as zkSNACKs ran it: rounds of 0.1 BTC, 2018 to 2022", true, 99},
    [COINJOIN_WASABI_2] = {"wasabi-2", "WabiSabi: standard amounts, inputs and outputs in falling order", true, 99},
    [COINJOIN_JOINMARKET] = {"joinmarket", "JoinMarket: n equal outputs, n or n - 1 changes, one kind of script", true, 70},
    [COINJOIN_EQUAL_OUTPUTS] = {"equal-outputs", "Goldfeder et al. 2018: equal outputs, as many spenders, their changes", true,
                                50},
};
static const char *const veto_texts[COINJOIN_VETOES] = {
    [COINJOIN_VETO_NONE] = "",
    [COINJOIN_VETO_FEW_SPENDERS] = "fewer addresses spend than there are equal outputs",
    [COINJOIN_VETO_DUST] = "the equal outputs are too small to be money",
    [COINJOIN_VETO_DATA] = "it carries data, as token protocols do",
    [COINJOIN_VETO_GATHERING] = "many inputs for each equal output, as when a service gathers deposits",
    [COINJOIN_VETO_SAME_PAYEE] = "equal outputs go to one address",
    [COINJOIN_VETO_BATCH] = "too few or too many other outputs to be the changes of as many participants",
};

const struct coinjoin_rule *coinjoin_rule(enum coinjoin_kind kind) { return &rules[kind < COINJOIN_KINDS ? kind : 0]; }
const char *coinjoin_veto_text(enum coinjoin_veto veto) { return veto_texts[veto < COINJOIN_VETOES ? veto : 0]; }

/* What the rules ask about a transaction. */
struct shape {
    const struct coin_tx *tx;
    uint64_t payments, data;            /* outputs with and without a lock that can be opened */
    uint64_t value, count;              /* the largest group of equal outputs; the higher value of two as large */
    uint64_t amounts, groups;           /* different amounts; those that occur twice and more */
    uint64_t spenders, payees;          /* different scripts of the inputs; of the outputs in the largest group */
    uint32_t input_kinds, output_kinds; /* a bit each */
    bool inputs_fall, outputs_fall;     /* in falling order of value */
};

static int compare_values(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static enum imjin_status begin_values(struct buffer *b, uint64_t count, struct error *err) {
    b->item_bytes = sizeof(uint64_t);
    b->items_max = CLUSTER_COINS_MAX;
    b->what = "the coins of one transaction";
    b->count = 0;
    return buffer_reserve(b, count, err);
}

static void push_value(struct buffer *b, uint64_t value) { ((uint64_t *)b->items)[b->count++] = value; }

static uint64_t count_different(struct buffer *b) {
    uint64_t *v = b->items, different = 0;
    if (b->count)
        qsort(v, b->count, sizeof *v, compare_values);
    for (uint64_t i = 0; i < b->count; i++)
        different += i == 0 || v[i] != v[i - 1];
    return different;
}

static enum imjin_status measure_outputs(struct shape *s, struct buffer *values, struct error *err) {
    const struct coin_tx *tx = s->tx;
    uint64_t last = UINT64_MAX;
    s->outputs_fall = true;
    TRY(begin_values(values, tx->output_count, err));
    for (uint64_t i = 0; i < tx->output_count; i++) {
        const struct coin *o = &tx->outputs[i];
        if (o->kind == SCRIPT_DATA) {
            s->data++;
            continue;
        }
        s->payments++;
        s->output_kinds |= 1u << o->kind;
        s->outputs_fall &= o->value <= last;
        last = o->value;
        push_value(values, o->value);
    }
    s->amounts = count_different(values);
    const uint64_t *v = values->items;
    for (uint64_t i = 0, end; i < values->count; i = end) {
        for (end = i + 1; end < values->count && v[end] == v[i];)
            end++;
        s->groups += end - i > 1;
        if (end - i >= s->count) {
            s->count = end - i;
            s->value = v[i];
        }
    }
    return IMJIN_OK;
}

static enum imjin_status measure_inputs(struct shape *s, struct buffer *scripts, struct error *err) {
    const struct coin_tx *tx = s->tx;
    s->inputs_fall = true;
    TRY(begin_values(scripts, tx->input_count, err));
    for (uint64_t i = 0; i < tx->input_count; i++) {
        const struct coin *in = &tx->inputs[i];
        s->inputs_fall &= i == 0 || in->value <= tx->inputs[i - 1].value;
        s->input_kinds |= 1u << in->kind;
        push_value(scripts, in->script == CLUSTER_NONE ? UINT64_MAX - i : in->script);
    }
    s->spenders = count_different(scripts);
    return IMJIN_OK;
}

static enum imjin_status measure_payees(struct shape *s, struct buffer *scripts, struct error *err) {
    TRY(begin_values(scripts, s->count, err));
    for (uint64_t i = 0; i < s->tx->output_count; i++)
        if (s->tx->outputs[i].value == s->value && s->tx->outputs[i].kind != SCRIPT_DATA)
            push_value(scripts, s->tx->outputs[i].script);
    s->payees = count_different(scripts);
    return IMJIN_OK;
}

#define KIND(k) (1u << SCRIPT_##k)

/* Whirlpool's pools in satoshi, each with the coordinator's fee for entering it (Samourai's published table; the pool of 0.001
 * BTC came in 2023). A coupon lowers the fee. */
static const struct {
    uint64_t note, fee;
} pools[] = {{100000, 5000}, {1000000, 50000}, {5000000, 175000}, {50000000, 1750000}};
enum {
    POOLS = sizeof pools / sizeof *pools,
    /* An entering note carries the miner's fee of its mix on top; the client never let it exceed this. */
    WHIRLPOOL_EXTRA_MAX = 110000,
    WHIRLPOOL_SIDES_MIN = 5,
    WHIRLPOOL_SIDES_MAX = 10, /* five at first, up to ten in the "surge cycles" of 2022 and later */
};

static uint64_t pool_extra_max(unsigned pool) {
    return pools[pool].note < WHIRLPOOL_EXTRA_MAX ? pools[pool].note / 2 : WHIRLPOOL_EXTRA_MAX;
}

static bool is_whirlpool(const struct shape *s) {
    const struct coin_tx *tx = s->tx;
    unsigned pool = 0;
    if (tx->input_count < WHIRLPOOL_SIDES_MIN || tx->input_count > WHIRLPOOL_SIDES_MAX || s->data || s->amounts != 1 ||
        s->payments != tx->input_count || s->spenders != tx->input_count || s->payees != s->payments)
        return false;
    while (pool < POOLS && pools[pool].note != s->value)
        pool++;
    if (pool == POOLS)
        return false;
    for (uint64_t i = 0; i < tx->input_count; i++)
        if (tx->inputs[i].value < s->value || tx->inputs[i].value - s->value > pool_extra_max(pool))
            return false;
    return true;
}

/* Notes a little above a pool's, the fee to the coordinator, and at most three changes. Among several notes any smaller output
 * may be the fee (coupons lower it); with one note it must be exact. */
static bool is_tx0_of(const struct shape *s, unsigned pool) {
    uint64_t note = pools[pool].note, value = s->count > 1 ? s->value : 0, notes = 0;
    bool has_fee = false;
    for (uint64_t i = 0; i < s->tx->output_count && s->count <= 1; i++)
        if (s->tx->outputs[i].value > value && s->tx->outputs[i].value <= note + pool_extra_max(pool))
            value = s->tx->outputs[i].value;
    if (value <= note || value - note > pool_extra_max(pool))
        return false;
    for (uint64_t i = 0; i < s->tx->output_count; i++) {
        const struct coin *o = &s->tx->outputs[i];
        notes += o->kind != SCRIPT_DATA && o->value == value;
        has_fee |= o->kind != SCRIPT_DATA &&
                   (o->value == pools[pool].fee || o->value == note / 20 || (s->count > 1 && o->value < pools[pool].fee));
    }
    return has_fee && notes + 4 >= s->payments;
}

static bool is_whirlpool_tx0(const struct shape *s) {
    if (s->data != 1 || s->payments < 2)
        return false;
    for (unsigned pool = 0; pool < POOLS; pool++)
        if (is_tx0_of(s, pool))
            return true;
    return false;
}

/* WabiSabi's amounts: 5,000 satoshi to 1,343.75 BTC in powers of 2 and 3, twice those of 3, and 1, 2, 5 times those of 10. */
static bool is_wabisabi_amount(uint64_t value) {
    static const struct { uint64_t first, base; } series[] = {{1, 2}, {1, 3}, {2, 3}, {1, 10}, {2, 10}, {5, 10}};
    const uint64_t least = 5000, most = 134375000000;
    if (value < least || value > most)
        return false;
    for (unsigned i = 0; i < sizeof series / sizeof *series; i++) {
        uint64_t v = series[i].first;
        while (v < value)
            v *= series[i].base;
        if (v == value)
            return true;
    }
    return value == least || value == most;
}

enum {
    /* The smallest rounds seen have 13 inputs and 26 outputs; a batch by chance has neither the amounts nor the order. */
    WASABI_2_SIDES_MIN = 10,
    WASABI_2_AMOUNTS_PERCENT = 75, /* 82 at least were seen; the rest are changes and fees */
    WASABI_2_GROUPS_MIN = 4,       /* 5 at least were seen; one or two are what a consolidation by one owner has */
};

static bool is_wasabi_2(const struct shape *s) {
    const struct coin_tx *tx = s->tx;
    uint64_t standard = 0;
    const uint32_t kinds = KIND(WITNESS_PUBKEY_HASH) | KIND(TAPROOT);
    if (tx->input_count < WASABI_2_SIDES_MIN || s->payments < WASABI_2_SIDES_MIN || s->data || !s->inputs_fall ||
        !s->outputs_fall || s->groups < WASABI_2_GROUPS_MIN || (s->input_kinds | s->output_kinds) & ~kinds ||
        s->spenders * 10 < tx->input_count * 9)
        return false;
    for (uint64_t i = 0; i < tx->output_count; i++)
        standard += is_wabisabi_amount(tx->outputs[i].value);
    return standard * 100 >= s->payments * WASABI_2_AMOUNTS_PERCENT;
}

enum {
    /* Rounds were planned for 100, later fewer; the first ones of July 2018 had seven. */
    WASABI_1_EQUAL_MIN = 7,
};

/* The base denomination was 0.1 BTC and drifted by fees paid in it; 0.05 in autumn 2018. */
static bool is_wasabi_1_amount(uint64_t value) {
    return (value >= 8000000 && value <= 12000000) || (value >= 4900000 && value <= 5300000);
}

static bool is_wasabi_1(const struct shape *s) {
    return s->count >= WASABI_1_EQUAL_MIN && is_wasabi_1_amount(s->value) && s->data == 0 &&
           (s->input_kinds | s->output_kinds) == KIND(WITNESS_PUBKEY_HASH) && s->spenders >= s->count &&
           s->spenders * 10 >= s->tx->input_count * 9 && s->payees * 10 >= s->count * 9 && s->amounts >= 3;
}

enum {
    /* No program mixes so little; colored coins, inscriptions and runes carry it. */
    DUST_MAX = 1000,
    /* JoinMarket's makers give one to three coins; a service that pays gathers what it finds. */
    INPUTS_PER_PARTICIPANT_MAX = 5,
    /* From so many equal outputs on, changes need not be one each: rounds with a coordinator have some without and some with
     * several. Of what is not vetoed at least half have one. */
    LOOSE_EQUAL_MIN = 5,
};

/* Whether there are as many other outputs as n participants leave behind. */
static bool has_changes(const struct shape *s) {
    uint64_t changes = s->payments - s->count;
    if (s->count >= LOOSE_EQUAL_MIN)
        return changes * 2 >= s->count && changes <= s->count * 2;
    return changes <= s->count && changes + 1 >= s->count;
}

/* Also what Omni and Counterparty send along, from when less than this was not relayed; Goldfeder et al. 2018 pass it over,
 * too. */
static bool is_dust(uint64_t value) { return value <= DUST_MAX || value == 2730 || value == 5430 || value == 5460; }

static enum coinjoin_veto find_veto(const struct shape *s) {
    if (s->spenders < s->count)
        return COINJOIN_VETO_FEW_SPENDERS;
    if (is_dust(s->value))
        return COINJOIN_VETO_DUST;
    if (s->data)
        return COINJOIN_VETO_DATA;
    if (s->payees < s->count)
        return COINJOIN_VETO_SAME_PAYEE;
    if (!has_changes(s))
        return COINJOIN_VETO_BATCH;
    if (s->tx->input_count > s->count * INPUTS_PER_PARTICIPANT_MAX)
        return COINJOIN_VETO_GATHERING;
    return COINJOIN_VETO_NONE;
}

static bool is_one_kind(uint32_t kinds) { return (kinds & (kinds - 1)) == 0; }

/* The shape alone: n equal outputs and a change for each spender, or for all but the one who empties his wallet. */
static enum coinjoin_kind kind_of_equal(const struct shape *s, enum coinjoin_veto *ret_veto) {
    if (s->count < 2)
        return COINJOIN_NONE;
    *ret_veto = find_veto(s);
    if (*ret_veto != COINJOIN_VETO_NONE)
        return COINJOIN_NONE;
    if (s->count == 2)
        return s->payments == 4 && s->amounts == 3 ? COINJOIN_STONEWALL : COINJOIN_NONE;
    uint64_t changes = s->payments - s->count;
    bool joinmarket =
        is_one_kind(s->input_kinds | s->output_kinds) && s->groups == 1 && changes <= s->count && changes + 1 >= s->count;
    return joinmarket ? COINJOIN_JOINMARKET : COINJOIN_EQUAL_OUTPUTS;
}

static enum coinjoin_kind kind_of(const struct shape *s, enum coinjoin_veto *ret_veto) {
    if (is_whirlpool(s))
        return COINJOIN_WHIRLPOOL;
    if (is_whirlpool_tx0(s))
        return COINJOIN_WHIRLPOOL_TX0;
    if (is_wasabi_2(s))
        return COINJOIN_WASABI_2;
    if (is_wasabi_1(s))
        return COINJOIN_WASABI_1;
    return kind_of_equal(s, ret_veto);
}

static uint32_t count_participants(const struct shape *s, enum coinjoin_kind kind) {
    if (kind == COINJOIN_NONE || kind == COINJOIN_WHIRLPOOL_TX0 || kind == COINJOIN_STONEWALL)
        return 1;
    return kind == COINJOIN_WASABI_2 ? 2 : (uint32_t)s->count; /* there one owner may have several outputs of one amount */
}

enum imjin_status coinjoin_of(struct coinjoin *ret, struct coinjoin_scratch *scratch, const struct coin_tx *tx,
                              struct error *err) {
    struct shape s = {.tx = tx};
    struct coinjoin found = {0};
    TRY(measure_outputs(&s, &scratch->values, err));
    TRY(measure_inputs(&s, &scratch->scripts, err));
    TRY(measure_payees(&s, &scratch->scripts, err));
    if (tx->input_count >= 1)
        found.kind = kind_of(&s, &found.veto);
    found.value = s.value;
    found.equal_count = (uint32_t)s.count;
    found.participants_min = count_participants(&s, found.kind);
    *ret = found;
    return IMJIN_OK;
}

void coinjoin_scratch_done(struct coinjoin_scratch *s) {
    buffer_done(&s->values);
    buffer_done(&s->scripts);
}
