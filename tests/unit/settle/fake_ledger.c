#include "fake_ledger.h"

#include <stdlib.h>

static void must(bool holds) {
    if (!holds)
        abort();
}

static const struct fake_ledger *fake_of(const struct ledger *l) { return (const struct fake_ledger *)l; }

struct fake_ledger *fake_new(void) {
    struct fake_ledger *f = calloc(1, sizeof *f);
    must(f != NULL);
    f->movements = (struct buffer){.item_bytes = sizeof(struct movement), .items_max = 1u << 30, .what = "movements"};
    f->tx_first = (struct buffer){.item_bytes = sizeof(uint64_t), .items_max = 1u << 30, .what = "transactions"};
    f->generation = 1;
    f->counts.accounts = 28;
    f->counts.assets = FAKE_ASSETS;
    return f;
}

void fake_free(struct fake_ledger *f) {
    buffer_done(&f->movements);
    buffer_done(&f->tx_first);
    free(f);
}

uint32_t fake_account(char letter) {
    return letter == '0' ? ACCOUNT_VOID.n : letter == '$' ? ACCOUNT_FEES.n : (uint32_t)(letter - 'A') + FAKE_ACCOUNTS_FIRST;
}

char fake_account_letter(uint32_t account) {
    return account == ACCOUNT_VOID.n ? '0' : account == ACCOUNT_FEES.n ? '$' : (char)('A' + account - FAKE_ACCOUNTS_FIRST);
}

/* e is number 0, a to d come after it. */
uint32_t fake_asset(char letter) {
    return letter == 'e' ? 0 : letter < 'e' ? (uint32_t)(letter - 'a') + 1 : (uint32_t)(letter - 'a');
}

char fake_asset_letter(uint32_t asset) { return asset == 0 ? 'e' : asset <= 4 ? (char)('a' + asset - 1) : (char)('a' + asset); }

void fake_tx_begin(struct fake_ledger *f) {
    uint64_t first = f->movements.count;
    must(buffer_push(&f->tx_first, &first, NULL, NULL) == IMJIN_OK);
}

void fake_movement(struct fake_ledger *f, uint32_t from, uint32_t to, uint32_t asset, u128 units) {
    unsigned kind = to == ACCOUNT_FEES.n ? MOVEMENT_FEE : asset == 0 ? MOVEMENT_NATIVE : MOVEMENT_TOKEN;
    if (units >> 120)
        kind |= MOVEMENT_WIDE;
    struct movement m = {(uint32_t)f->tx_first.count - 1,
                         from,
                         to,
                         asset,
                         (uint64_t)units,
                         ((uint64_t)(units >> 64) & (((uint64_t)1 << 56) - 1)) | (uint64_t)kind << 56};
    must(buffer_push(&f->movements, &m, NULL, NULL) == IMJIN_OK);
}

static const char *read_units(const char *text, u128 *ret) {
    bool power = *text == '^';
    *ret = 0;
    for (text += power; *text >= '0' && *text <= '9'; text++)
        *ret = *ret * 10 + (unsigned)(*text - '0');
    if (power)
        *ret = (u128)1 << *ret;
    return text;
}

void fake_tx(struct fake_ledger *f, const char *text) {
    fake_tx_begin(f);
    while (*text) {
        u128 units;
        must(text[1] == '>' && text[3] == ' ');
        const char *asset = read_units(text + 4, &units);
        fake_movement(f, fake_account(text[0]), fake_account(text[2]), fake_asset(*asset), units);
        text = asset + 1;
        while (*text == ',' || *text == ' ')
            text++;
    }
}

const struct ledger *fake_seal(struct fake_ledger *f) {
    f->counts.movements = f->movements.count;
    f->counts.txs = f->tx_first.count;
    must(sha256_of(f->movements.items, f->movements.count * sizeof(struct movement), &f->identity, NULL) == IMJIN_OK);
    return (const struct ledger *)f;
}

void fake_facts(struct asset_facts *ret) {
    *ret = (struct asset_facts){calloc(FAKE_ASSETS, sizeof(uint32_t)), calloc(FAKE_ASSETS, 1), FAKE_ASSETS, NULL};
    must(ret->issuers && ret->flags);
    for (uint32_t i = 0; i < FAKE_ASSETS; i++) {
        struct ledger_asset asset;
        must(ledger_asset(NULL, (struct asset_id){i}, &asset, NULL) == IMJIN_OK);
        ret->issuers[i] = asset.issuer.n;
        ret->flags[i] = i == 0 ? FACT_NATIVE : 0;
    }
}

/* ---- what settling asks ---- */

const struct movement *ledger_movements(const struct ledger *l) { return fake_of(l)->movements.items; }
const struct ledger_counts *ledger_counts(const struct ledger *l) { return &fake_of(l)->counts; }
const struct sha256 *ledger_identity(const struct ledger *l) { return &fake_of(l)->identity; }
uint64_t ledger_generation(const struct ledger *l) { return fake_of(l)->generation; }

bool ledger_movement_check(const struct ledger *l, const struct movement *m) {
    const struct ledger_counts *c = ledger_counts(l);
    return m->tx < c->txs && m->from < c->accounts && m->to < c->accounts && m->asset < c->assets;
}

enum imjin_status ledger_tx(const struct ledger *l, struct tx_id id, struct ledger_tx *ret, struct error *err) {
    const struct fake_ledger *f = fake_of(l);
    const uint64_t *first = f->tx_first.items;
    if (id.n >= f->counts.txs)
        return fail(err, IMJIN_BAD_INPUT, "no transaction %u", id.n);
    uint64_t end = id.n + 1 < f->tx_first.count ? first[id.n + 1] : f->movements.count;
    *ret = (struct ledger_tx){.id = id, .block = id.n, .first = first[id.n], .count = (uint32_t)(end - first[id.n])};
    memcpy(ret->hash, &id.n, sizeof id.n);
    return IMJIN_OK;
}

enum imjin_status ledger_asset(const struct ledger *l, struct asset_id id, struct ledger_asset *ret, struct error *err) {
    (void)l;
    (void)err;
    char letter = fake_asset_letter(id.n);
    bool token = letter != 'e' && letter != 'n';
    *ret = (struct ledger_asset){.key = {.form = letter == 'e'   ? ASSET_NATIVE
                                                 : letter == 'n' ? ASSET_NAMED
                                                                 : ASSET_TOKEN},
                                 .issuer = {token ? fake_account((char)(letter - 'a' + 'A')) : ID_NONE}};
    return IMJIN_OK;
}
