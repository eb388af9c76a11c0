/* Writes a made-up ledger: ethereum-etl token_transfers CSV, movements CSV, or straight through the ledger's writer.
 * usage: generate FORMAT OUT MOVEMENTS [USERS [THEFTS [SEED [SOURCES.csv [LABELS.csv]]]]]
 * FORMAT: etl, movements, ledger */
#include <stdio.h>

#include "base/base.h"
#include "economy.h"
#include "ledger/ledger.h"

enum { ROW_TEXT_MAX = 512, BATCH_ROWS = 4096 };

static char *put_hex(char *at, const uint8_t *bytes, unsigned count) {
    static const char digits[] = "0123456789abcdef";
    *at++ = '0';
    *at++ = 'x';
    for (unsigned i = 0; i < count; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}
static char *put_number(char *at, uint64_t n) {
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    while (count)
        *at++ = digits[--count];
    return at;
}
static char *put_account(char *at, const struct economy *e, uint32_t account) {
    uint8_t bytes[20];
    economy_address(e, account, bytes);
    return put_hex(at, bytes, 20);
}
static char *put_asset(char *at, const struct economy *e, uint32_t asset) {
    uint8_t bytes[20];
    economy_contract(e, asset, bytes);
    return put_hex(at, bytes, 20);
}
static char *put_tx(char *at, const struct economy *e, uint64_t tx) {
    uint8_t bytes[32];
    economy_tx_hash(e, tx, bytes);
    return put_hex(at, bytes, 32);
}
static char *put_comma(char *at) {
    *at = ',';
    return at + 1;
}

static char *put_etl(char *at, const struct economy *e, const struct economy_row *r) {
    at = put_comma(put_asset(at, e, r->asset));
    at = put_comma(put_account(at, e, r->from));
    at = put_comma(put_account(at, e, r->to));
    at = put_comma(put_number(at, r->units));
    at = put_comma(put_tx(at, e, r->tx));
    at = put_comma(put_number(at, r->position));
    return put_number(at, r->block);
}
static char *put_movement(char *at, const struct economy *e, const struct economy_row *r) {
    at = put_comma(put_number(at, (uint64_t)r->time));
    at = put_comma(put_number(at, r->block));
    at = put_comma(put_tx(at, e, r->tx));
    at = put_comma(put_account(at, e, r->from));
    at = put_comma(put_account(at, e, r->to));
    at = put_comma(put_asset(at, e, r->asset));
    return put_number(at, r->units);
}

static enum imjin_status write_csv(struct economy *e, const char *path, bool etl, struct error *err) {
    FILE *out = path[0] == '-' && !path[1] ? stdout : fopen(path, "wb");
    if (!out)
        return fail(err, IMJIN_MACHINE, "cannot write %s", path);
    fputs(etl ? "token_address,from_address,to_address,value,transaction_hash,log_index,block_number\n"
              : "time,block,tx,from,to,asset,amount\n",
          out);
    struct economy_row rows[ECONOMY_TX_ROWS_MAX];
    char text[ROW_TEXT_MAX];
    for (unsigned n; (n = economy_next(e, rows)) > 0;)
        for (unsigned i = 0; i < n; i++) {
            char *end = etl ? put_etl(text, e, &rows[i]) : put_movement(text, e, &rows[i]);
            *end++ = '\n';
            fwrite(text, 1, (size_t)(end - text), out);
        }
    bool bad = ferror(out) != 0;
    return fclose(out) != 0 || bad ? fail(err, IMJIN_MACHINE, "cannot write %s", path) : IMJIN_OK;
}

static void fill_row(struct ledger_row *ret, const struct economy *e, const struct economy_row *r) {
    *ret = (struct ledger_row){.block = r->block,
                               .tx_index = ID_NONE,
                               .position = r->position,
                               .kind = MOVEMENT_TOKEN,
                               .tx_form = TX_HASH,
                               .time = r->time,
                               .from = {.form = ADDRESS_EVM, .count = 20},
                               .to = {.form = ADDRESS_EVM, .count = 20},
                               .asset = {.form = ASSET_TOKEN, .contract = {.form = ADDRESS_EVM, .count = 20}},
                               .units = u256_from_u128(r->units),
                               .line = r->tx};
    economy_tx_hash(e, r->tx, ret->tx_hash);
    economy_address(e, r->from, ret->from.evm);
    economy_address(e, r->to, ret->to.evm);
    economy_contract(e, r->asset, ret->asset.contract.evm);
}

static enum imjin_status add_rows(struct ledger_writer *w, struct economy *e, struct error *err) {
    static struct ledger_row batch[BATCH_ROWS + ECONOMY_TX_ROWS_MAX];
    struct economy_row rows[ECONOMY_TX_ROWS_MAX];
    uint64_t count = 0, line = 0;
    for (unsigned n = 1; n > 0;) {
        n = economy_next(e, rows);
        for (unsigned i = 0; i < n; i++)
            fill_row(&batch[count++], e, &rows[i]);
        if (count < BATCH_ROWS && n > 0)
            continue;
        line += count;
        TRY(ledger_writer_add(w, batch, count, line, line, err));
        count = 0;
    }
    return IMJIN_OK;
}

static enum imjin_status write_ledger(struct economy *e, const char *directory, struct error *err) {
    struct chain chain;
    TRY(chain_find(&chain, "ethereum", err));
    struct ledger_writer *w = NULL;
    struct ledger_writer_options options = {.memory_bytes = (uint64_t)2 << 30, .threads = threads_online()};
    TRY(ledger_writer_open(&w, directory, &chain, options, NULL, err));
    struct sha256 fingerprint = {0};
    uint64_t offset, line;
    enum imjin_status status = ledger_writer_source(w, "generated", &fingerprint, &offset, &line, err);
    if (status == IMJIN_OK)
        status = add_rows(w, e, err);
    if (status == IMJIN_OK)
        status = ledger_writer_source_end(w, err);
    if (status != IMJIN_OK) {
        ledger_writer_abandon(w, false);
        return status;
    }
    struct ledger_commit commit;
    return ledger_writer_commit(w, &commit, err);
}

/* address,amount,asset,time: the time of the theft's own payment, so that what the thief had before is not part of it. */
static enum imjin_status write_sources(const struct economy *e, const char *path, struct error *err) {
    FILE *out = fopen(path, "wb");
    if (!out)
        return fail(err, IMJIN_MACHINE, "cannot write %s", path);
    uint64_t count;
    const struct economy_theft *thefts = economy_thefts(e, &count);
    fputs("address,amount,asset,time\n", out);
    for (uint64_t i = 0; i < count; i++) {
        char text[ROW_TEXT_MAX], *at = put_comma(put_account(text, e, thefts[i].account));
        at = put_comma(put_number(at, thefts[i].units));
        at = put_comma(put_asset(at, e, thefts[i].asset));
        at = put_number(at, (uint64_t)thefts[i].time);
        *at++ = '\n';
        fwrite(text, 1, (size_t)(at - text), out);
    }
    return fclose(out) != 0 ? fail(err, IMJIN_MACHINE, "cannot write %s", path) : IMJIN_OK;
}

/* The services, as exchanges. */
static enum imjin_status write_labels(const struct economy *e, const char *path, struct error *err) {
    FILE *out = fopen(path, "wb");
    if (!out)
        return fail(err, IMJIN_MACHINE, "cannot write %s", path);
    fputs("address,category\n", out);
    for (uint32_t account = 0; economy_is_service(account); account++) {
        char text[ROW_TEXT_MAX], *at = put_account(text, e, account);
        fwrite(text, 1, (size_t)(at - text), out);
        fputs(",exchange\n", out);
    }
    return fclose(out) != 0 ? fail(err, IMJIN_MACHINE, "cannot write %s", path) : IMJIN_OK;
}

static bool number_argument(int argc, char **argv, int i, uint64_t *ret) {
    return i >= argc || u64_parse(argv[i], strlen(argv[i]), ret);
}

static enum imjin_status generate(int argc, char **argv, struct error *err) {
    struct economy_options options = {.seed = 1, .thefts = 100};
    bool good = argc >= 4 && number_argument(argc, argv, 3, &options.movements);
    options.users = options.movements / 8 < 1000 ? 1000 : options.movements / 8;
    good = good && number_argument(argc, argv, 4, &options.users) && number_argument(argc, argv, 5, &options.thefts) &&
           number_argument(argc, argv, 6, &options.seed);
    if (!good)
        return fail(err, IMJIN_USAGE,
                    "usage: generate etl|movements|ledger OUT MOVEMENTS [USERS [THEFTS [SEED [SOURCES.csv "
                    "[LABELS.csv]]]]]");
    struct economy *e = NULL;
    TRY(economy_new(&e, options, err));
    enum imjin_status status = strcmp(argv[1], "ledger") == 0 ? write_ledger(e, argv[2], err)
                                                              : write_csv(e, argv[2], strcmp(argv[1], "etl") == 0, err);
    if (status == IMJIN_OK && argc > 7)
        status = write_sources(e, argv[7], err);
    if (status == IMJIN_OK && argc > 8)
        status = write_labels(e, argv[8], err);
    economy_free(e);
    return status;
}

int main(int argc, char **argv) {
    struct error err = {0};
    enum imjin_status status = generate(argc, argv, &err);
    if (status != IMJIN_OK)
        fprintf(stderr, "generate: %s\n", err.text);
    return status == IMJIN_OK ? 0 : 2;
}
