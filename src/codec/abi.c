#include "codec/abi.h"

#include <string.h>

#include "codec/abi_table.inc"

static const char *const meaning_names[ABI_MEANINGS] = {
    [ABI_NOTHING] = "nothing",
    [ABI_TRANSFER] = "transfer",
    [ABI_TRANSFER_SINGLE] = "transfer-single",
    [ABI_TRANSFER_BATCH] = "transfer-batch",
    [ABI_APPROVE] = "approve",
    [ABI_BATCH] = "batch",
    [ABI_WRAP] = "wrap",
    [ABI_UNWRAP] = "unwrap",
    [ABI_WRAP_SHARE] = "wrap-share",
    [ABI_UNWRAP_SHARE] = "unwrap-share",
    [ABI_MINT] = "mint",
    [ABI_SWAP] = "swap",
    [ABI_ADD_LIQUIDITY] = "add-liquidity",
    [ABI_REMOVE_LIQUIDITY] = "remove-liquidity",
    [ABI_LIQUIDITY_CHANGE] = "liquidity-change",
    [ABI_VAULT_DEPOSIT] = "vault-deposit",
    [ABI_VAULT_WITHDRAWAL] = "vault-withdrawal",
    [ABI_LEND] = "lend",
    [ABI_WITHDRAW] = "withdraw",
    [ABI_BORROW] = "borrow",
    [ABI_REPAY] = "repay",
    [ABI_STAKE] = "stake",
    [ABI_UNSTAKE] = "unstake",
    [ABI_CLAIM] = "claim",
    [ABI_NFT_TRADE] = "nft-trade",
    [ABI_FLASH_LOAN] = "flash-loan",
    [ABI_AIRDROP] = "airdrop",
    [ABI_PAYOUT] = "payout",
    [ABI_SETTLEMENT] = "settlement",
    [ABI_BRIDGE_DEPOSIT] = "bridge-deposit",
    [ABI_BRIDGE_WITHDRAWAL] = "bridge-withdrawal",
    [ABI_MIXER_DEPOSIT] = "mixer-deposit",
    [ABI_MIXER_WITHDRAWAL] = "mixer-withdrawal",
};

const char *abi_meaning_name(enum abi_meaning m) { return (unsigned)m < ABI_MEANINGS ? meaning_names[m] : "nothing"; }

enum { EVENTS = sizeof event_table / sizeof *event_table, FUNCTIONS = sizeof function_table / sizeof *function_table };

const struct abi_signature *abi_events(unsigned *ret_count) {
    *ret_count = EVENTS;
    return event_table;
}

const struct abi_signature *abi_functions(unsigned *ret_count) {
    *ret_count = FUNCTIONS;
    return function_table;
}

/* The first row of a hash; the rows stand by hash. */
static unsigned first_of(const struct abi_signature *table, unsigned count, const uint8_t *hash, unsigned size) {
    unsigned low = 0, high = count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (memcmp(table[middle].hash, hash, size) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- values ---- */

/* What is read, and how far the parts read so far reach, so that nothing is left over unnoticed. */
struct reader {
    struct span data;
    uint64_t reach;
};

static uint64_t padded(uint64_t count) { return (count + ABI_WORD - 1) / ABI_WORD * ABI_WORD; }

static struct u256 word_at(struct span data, uint64_t at) {
    uint8_t bytes[ABI_WORD];
    memcpy(bytes, data.bytes + at, sizeof bytes);
    return u256_from_be(bytes);
}

static bool word_count(struct span data, uint64_t at, uint64_t *ret) {
    struct u256 w = word_at(data, at);
    u128 value;
    if (!u256_to_u128(w, &value) || value > data.count)
        return false;
    *ret = (uint64_t)value;
    return true;
}

/* Unused bits of a word must be zero, of a signed one copies of the sign. */
static bool in_range(const uint8_t word[ABI_WORD], const struct abi_field *f) {
    unsigned used = (f->bits + 7u) / 8;
    uint8_t fill = f->kind == ABI_INT && used && (word[ABI_WORD - used] & 0x80) ? 0xff : 0;
    if (f->kind == ABI_BOOL && word[ABI_WORD - 1] > 1)
        return false;
    for (unsigned i = 0; i < ABI_WORD - used; i++)
        if (word[f->kind == ABI_FIXED ? ABI_WORD - 1 - i : i] != fill)
            return false;
    return true;
}

static bool read_behind(struct reader *r, uint64_t at, const struct abi_field *f, struct abi_value *v) {
    uint64_t offset, count;
    if (!word_count(r->data, at, &offset) || offset % ABI_WORD || offset + ABI_WORD > r->data.count)
        return false;
    if (f->kind == ABI_OTHER_DYNAMIC) {
        r->reach = r->data.count; /* what stands there is not read */
        return true;
    }
    if (!word_count(r->data, offset, &count))
        return false;
    uint64_t start = offset + ABI_WORD, size = count * f->element;
    if (size > r->data.count - start)
        return false;
    v->bytes = (struct span){r->data.bytes + start, size};
    v->count = count;
    /* the last bytes may come without the zeros that fill their word */
    uint64_t end = start + padded(size) <= r->data.count ? start + padded(size) : r->data.count;
    r->reach = end > r->reach ? end : r->reach;
    return true;
}

static bool read_field(struct reader *r, uint64_t at, const struct abi_field *f, struct abi_value *v) {
    v->word = word_at(r->data, at);
    if (f->kind == ABI_WORDS) {
        v->bytes = (struct span){r->data.bytes + at, (uint64_t)f->words * ABI_WORD};
        return true;
    }
    if (f->kind >= ABI_BYTES)
        return read_behind(r, at, f, v);
    return in_range((const uint8_t *)r->data.bytes + at, f);
}

/* Reads the fields that are not indexed out of `r->data`. */
static bool read_fields(struct reader *r, const struct abi_signature *s, struct abi_match *m) {
    uint64_t at = 0, head = 0;
    for (unsigned i = 0; i < s->field_count; i++)
        head += s->fields[i].indexed ? 0 : (uint64_t)s->fields[i].words * ABI_WORD;
    if (r->data.count < head)
        return false;
    r->reach = head;
    for (unsigned i = 0; i < s->field_count; i++) {
        if (s->fields[i].indexed)
            continue;
        if (!read_field(r, at, s->fields + i, m->values + i))
            return false;
        at += (uint64_t)s->fields[i].words * ABI_WORD;
    }
    return true;
}

static bool read_topics(const struct abi_event *e, const struct abi_signature *s, struct abi_match *m) {
    unsigned topic = 1;
    for (unsigned i = 0; i < s->field_count; i++) {
        const struct abi_field *f = s->fields + i;
        if (!f->indexed)
            continue;
        m->values[i].word = u256_from_be(e->topics[topic]);
        if (f->kind < ABI_WORDS && !in_range(e->topics[topic], f))
            return false;
        topic++;
    }
    return true;
}

bool abi_match_event(const struct abi_event *e, struct abi_match *ret) {
    if (e->topic_count == 0 || e->topic_count > ABI_TOPICS_MAX)
        return false;
    for (unsigned i = first_of(event_table, EVENTS, e->topics[0], ABI_WORD);
         i < EVENTS && memcmp(event_table[i].hash, e->topics[0], ABI_WORD) == 0; i++) {
        struct abi_match m = {.signature = event_table + i};
        struct reader r = {.data = e->data};
        if (m.signature->indexed_count + 1u != e->topic_count || !read_topics(e, m.signature, &m) ||
            !read_fields(&r, m.signature, &m) || r.reach != e->data.count)
            continue;
        *ret = m;
        return true;
    }
    return false;
}

bool abi_match_call(struct span calldata, struct abi_match *ret) {
    if (calldata.count < ABI_SELECTOR)
        return false;
    const uint8_t *selector = (const uint8_t *)calldata.bytes;
    for (unsigned i = first_of(function_table, FUNCTIONS, selector, ABI_SELECTOR);
         i < FUNCTIONS && memcmp(function_table[i].hash, selector, ABI_SELECTOR) == 0; i++) {
        struct abi_match m = {.signature = function_table + i};
        struct reader r = {.data = {calldata.bytes + ABI_SELECTOR, calldata.count - ABI_SELECTOR}};
        if (!read_fields(&r, m.signature, &m))
            continue;
        m.surplus = r.reach != r.data.count;
        *ret = m;
        return true;
    }
    return false;
}

const struct abi_signature *abi_event_find(const uint8_t topic[ABI_WORD]) {
    unsigned i = first_of(event_table, EVENTS, topic, ABI_WORD);
    return i < EVENTS && memcmp(event_table[i].hash, topic, ABI_WORD) == 0 ? event_table + i : NULL;
}

const struct abi_signature *abi_function_find(const uint8_t selector[ABI_SELECTOR]) {
    unsigned i = first_of(function_table, FUNCTIONS, selector, ABI_SELECTOR);
    return i < FUNCTIONS && memcmp(function_table[i].hash, selector, ABI_SELECTOR) == 0 ? function_table + i : NULL;
}

const struct abi_value *abi_value_of(const struct abi_match *m, const char *name) {
    for (unsigned i = 0; i < m->signature->field_count; i++)
        if (strcmp(m->signature->fields[i].name, name) == 0)
            return m->values + i;
    return NULL;
}

const bool *abi_wrapper_find(const uint8_t contract[20]) {
    for (unsigned i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
        if (memcmp(wrappers[i].contract, contract, sizeof wrappers[i].contract) == 0)
            return &wrappers[i].silent;
    return NULL;
}
