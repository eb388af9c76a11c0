#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

#include "ledger/store.h"

enum { OPEN_ATTEMPTS = 16 };

const char *movement_kind_name(enum movement_kind kind) {
    static const char *const names[MOVEMENT_KINDS] = {"native", "internal", "token", "fee", "mint", "burn"};
    return (unsigned)kind < MOVEMENT_KINDS ? names[kind] : "unknown";
}

enum imjin_status ledger_damaged(struct error *err, const char *what, uint64_t number) {
    return fail(err, IMJIN_BAD_INPUT, "the ledger is damaged: %s %" PRIu64 "; see imjin verify", what, number);
}

/* ---- opening ---- */

static void set_columns(struct ledger *l) {
    const struct mapping *f = l->files;
    l->movements = (const void *)f[FILE_MOVEMENTS].bytes;
    l->positions = (const void *)f[FILE_POSITIONS].bytes;
    l->txs = (const void *)f[FILE_TXS].bytes;
    l->tx_ids = (const void *)f[FILE_TX_IDS].bytes;
    l->tx_texts = (const void *)f[FILE_TX_TEXTS].bytes;
    l->blocks = (const void *)f[FILE_BLOCKS].bytes;
    l->accounts = (const void *)f[FILE_ACCOUNTS].bytes;
    l->assets = (const void *)f[FILE_ASSETS].bytes;
    l->wide = (const void *)f[FILE_WIDE].bytes;
    l->text = (const void *)f[FILE_TEXT].bytes;
    l->notes = (const void *)f[FILE_NOTES].bytes;
    l->tx_text_count = f[FILE_TX_TEXTS].count / sizeof *l->tx_texts;
    l->block_row_count = f[FILE_BLOCKS].count / sizeof *l->blocks;
    l->text_bytes = f[FILE_TEXT].count;
    l->note_count = f[FILE_NOTES].count / sizeof *l->notes;
}

static enum imjin_status map_files(struct ledger *l, const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX];
    for (unsigned i = 0; i < DATA_FILES; i++) {
        if (l->manifest.files[i].bytes == 0)
            continue;
        TRY(path_join(path, err, directory, l->manifest.files[i].path));
        TRY(mapping_open_prefix(&l->files[i], path, l->manifest.files[i].bytes, err));
    }
    set_columns(l);
    for (unsigned i = 0; i < l->manifest.segment_count; i++) {
        TRY(path_join(path, err, directory, l->manifest.segments[i].path));
        TRY(segment_open(&l->segments[i], path, l->manifest.segments[i].bytes, &l->manifest.counts, err));
        l->segment_count = i + 1;
    }
    return IMJIN_OK;
}

/* Segments must follow each other without a gap and end where the ledger ends. */
static enum imjin_status check_coverage(const struct ledger *l, struct error *err) {
    uint64_t movement = 0, tx = 0, account = 0, asset = 0;
    const struct ledger_counts *c = &l->manifest.counts;
    for (unsigned i = 0; i < l->segment_count; i++) {
        const struct index_header *h = l->segments[i].header;
        if (h->first_movement != movement || h->first_tx != tx || h->first_account != account || h->first_asset != asset)
            return ledger_damaged(err, "index segment", i);
        movement += h->movement_count;
        tx += h->tx_count;
        account += h->account_count;
        asset += h->asset_count;
    }
    if (l->segment_count && (movement != c->movements || tx != c->txs || account != c->accounts || asset != c->assets))
        return ledger_damaged(err, "index, segments", l->segment_count);
    return IMJIN_OK;
}

enum imjin_status ledger_open_manifest(struct ledger **ret, const char *directory, struct manifest *m, struct error *err) {
    struct ledger *l = memory_new(1, sizeof *l);
    if (l == NULL) {
        manifest_done(m);
        return fail_memory(err, "a ledger");
    }
    l->manifest = *m;
    enum imjin_status status = map_files(l, directory, err);
    if (status != IMJIN_OK) {
        ledger_close(l);
        return status;
    }
    *ret = l;
    return IMJIN_OK;
}

enum imjin_status ledger_open(struct ledger **ret, const char *directory, struct error *err) {
    enum imjin_status status = IMJIN_OK;
    struct ledger *l = NULL;
    uint64_t commit_before = UINT64_MAX;
    for (int i = 0; i < OPEN_ATTEMPTS; i++) {
        struct manifest m;
        status = manifest_read(&m, directory, err);
        if (status == IMJIN_NOT_FOUND)
            return fail(err, IMJIN_NOT_FOUND, "no ledger in %s; import something first", directory);
        TRY(status);
        if (m.segment_count == 0) {
            manifest_done(&m);
            return fail(err, IMJIN_BAD_INPUT, "the ledger's manifest is damaged: no index");
        }
        /* a file that is gone belongs to a generation that a writer has replaced meanwhile: look again */
        bool same = m.commit == commit_before;
        commit_before = m.commit;
        status = ledger_open_manifest(&l, directory, &m, err);
        if (status != IMJIN_NOT_FOUND || same)
            break;
    }
    if (status == IMJIN_OK) {
        status = check_coverage(l, err);
        if (status != IMJIN_OK)
            ledger_close(l);
        else
            *ret = l;
    }
    if (status == IMJIN_NOT_FOUND && err)
        status = err->status = IMJIN_BAD_INPUT;
    return status == IMJIN_NOT_FOUND ? IMJIN_BAD_INPUT : status;
}

void ledger_forget_pages(const struct ledger *l) {
    for (unsigned i = 0; i < DATA_FILES + l->segment_count; i++) {
        const struct mapping *m = i < DATA_FILES ? &l->files[i] : &l->segments[i - DATA_FILES].map;
        if (m->bytes && madvise((void *)m->bytes, m->count, MADV_DONTNEED) != 0)
            return; /* only a matter of memory */
    }
}

void ledger_close(struct ledger *l) {
    if (l == NULL)
        return;
    for (unsigned i = 0; i < DATA_FILES; i++)
        mapping_close(&l->files[i]);
    for (unsigned i = 0; i < LEDGER_SEGMENTS_MAX; i++)
        mapping_close(&l->segments[i].map);
    manifest_done(&l->manifest);
    memory_free(l);
}

const struct chain *ledger_chain(const struct ledger *l) { return &l->manifest.chain; }
const struct ledger_counts *ledger_counts(const struct ledger *l) { return &l->manifest.counts; }
const struct sha256 *ledger_identity(const struct ledger *l) { return &l->manifest.identity; }
void ledger_time_span(const struct ledger *l, int64_t *ret_first, int64_t *ret_last) {
    *ret_first = *ret_last = TIME_UNKNOWN;
    for (uint64_t i = 0; i < l->block_row_count && *ret_first == TIME_UNKNOWN; i++)
        *ret_first = l->blocks[i].time;
    for (uint64_t i = l->block_row_count; i > 0 && *ret_last == TIME_UNKNOWN; i--)
        *ret_last = l->blocks[i - 1].time;
}
uint64_t ledger_generation(const struct ledger *l) { return l->manifest.generation; }
const struct movement *ledger_movements(const struct ledger *l) { return l->movements; }

/* ---- movements ---- */

bool ledger_movement_check(const struct ledger *l, const struct movement *m) {
    const struct ledger_counts *c = &l->manifest.counts;
    return m->tx < c->txs && m->from < c->accounts && m->to < c->accounts && m->asset < c->assets &&
           movement_kind(m) < MOVEMENT_KINDS && (!movement_wide(m) || movement_units(m) < c->wide);
}

enum imjin_status ledger_movement(const struct ledger *l, uint64_t number, struct movement *ret, struct error *err) {
    if (number >= l->manifest.counts.movements || !ledger_movement_check(l, &l->movements[number]))
        return ledger_damaged(err, "movement", number);
    *ret = l->movements[number];
    return IMJIN_OK;
}

enum imjin_status ledger_units(const struct ledger *l, const struct movement *m, struct u256 *ret, struct error *err) {
    u128 units = movement_units(m);
    if (!movement_wide(m)) {
        *ret = u256_from_u128(units);
        return IMJIN_OK;
    }
    if (units >= l->manifest.counts.wide)
        return ledger_damaged(err, "wide amount", (uint64_t)units);
    *ret = l->wide[(uint64_t)units];
    return IMJIN_OK;
}

/* ---- transactions ---- */

/* First block row whose first transaction is behind `tx`. */
static uint64_t block_rows_until(const struct ledger *l, uint32_t tx) {
    uint64_t low = 0, high = l->block_row_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (l->blocks[middle].first_tx <= tx)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool ledger_block_of(const struct ledger *l, uint32_t tx, uint64_t *ret_block_row) {
    uint64_t behind = block_rows_until(l, tx);
    if (behind == 0)
        return false;
    *ret_block_row = behind - 1;
    return true;
}

uint64_t ledger_tx_end(const struct ledger *l, uint32_t tx) {
    return tx + (uint64_t)1 < l->manifest.counts.txs ? l->txs[tx + 1].first_movement : l->manifest.counts.movements;
}

enum imjin_status ledger_tx(const struct ledger *l, struct tx_id id, struct ledger_tx *ret, struct error *err) {
    uint64_t row;
    if (id.n >= l->manifest.counts.txs || !ledger_block_of(l, id.n, &row))
        return ledger_damaged(err, "transaction", id.n);
    const struct tx_row *t = &l->txs[id.n];
    uint64_t end = ledger_tx_end(l, id.n);
    if (t->first_movement >= end || end > l->manifest.counts.movements)
        return ledger_damaged(err, "transaction", id.n);
    uint32_t index = t->index_flags & TX_INDEX_MASK;
    struct ledger_tx tx = {.id = id,
                           .block = l->blocks[row].number,
                           .index = index == TX_INDEX_MASK ? (uint32_t)ID_NONE : index,
                           .time = l->blocks[row].time,
                           .first = t->first_movement,
                           .count = (uint32_t)(end - t->first_movement),
                           .named = (t->index_flags >> TX_FORM_SHIFT & TX_FORM_MASK) != TX_NONE};
    memcpy(tx.hash, l->tx_ids[id.n], sizeof tx.hash);
    *ret = tx;
    return IMJIN_OK;
}

enum imjin_status ledger_find_tx(const struct ledger *l, const uint8_t id[32], struct tx_id *ret, struct error *err) {
    uint64_t hash = hash_tx(id);
    for (unsigned i = 0; i < l->segment_count; i++) {
        const struct segment *s = &l->segments[i];
        const uint32_t *ids;
        uint32_t count;
        if (!segment_bucket(s, &s->header->txs, s->header->tx_count, hash, &ids, &count))
            return ledger_damaged(err, "index segment", i);
        for (uint32_t k = 0; k < count; k++) {
            if (ids[k] < l->manifest.counts.txs && memcmp(l->tx_ids[ids[k]], id, 32) == 0) {
                ret->n = ids[k];
                return IMJIN_OK;
            }
        }
    }
    return fail(err, IMJIN_NOT_FOUND, "no such transaction in the ledger");
}

/* 64 hex digits of either case. */
static bool parse_hash(struct span text, uint8_t ret[32]) {
    char lower[64];
    struct sha256 hash;
    if (text.count != 64)
        return false;
    for (int i = 0; i < 64; i++) {
        char c = text.bytes[i];
        lower[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    }
    if (!sha256_parse(lower, &hash))
        return false;
    memcpy(ret, hash.bytes, 32);
    return true;
}

enum imjin_status ledger_tx_find(const struct ledger *l, struct span id_text, struct tx_id *ret, struct error *err) {
    uint8_t id[32];
    struct sha256 hash;
    struct span rest = id_text;
    if (id_text.count > 2 && id_text.bytes[0] == '0' && (id_text.bytes[1] | 0x20) == 'x')
        rest = (struct span){id_text.bytes + 2, id_text.count - 2};
    else if (id_text.count > 4 && memcmp(id_text.bytes, "row:", 4) == 0)
        rest = (struct span){id_text.bytes + 4, id_text.count - 4};
    if (parse_hash(rest, id) && ledger_find_tx(l, id, ret, NULL) == IMJIN_OK)
        return IMJIN_OK;
    TRY(sha256_of(id_text.bytes ? id_text.bytes : "", id_text.count, &hash, err));
    return ledger_find_tx(l, hash.bytes, ret, err);
}

/* Text that may be printed: anything else means damage, or somebody who means harm. */
static bool printable(struct span s) {
    for (uint64_t i = 0; i < s.count; i++) {
        if (s.bytes[i] < 0x20 || s.bytes[i] > 0x7e)
            return false;
    }
    return true;
}

static bool text_at(const struct ledger *l, uint64_t offset, uint64_t count, struct span *ret) {
    if (count > l->text_bytes || offset > l->text_bytes - count)
        return false;
    struct span s = {l->text + offset, count};
    if (!printable(s))
        return false;
    *ret = s;
    return true;
}

enum imjin_status ledger_tx_text(const struct ledger *l, uint32_t tx, struct span *ret, struct error *err) {
    uint64_t low = 0, high = l->tx_text_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (l->tx_texts[middle].tx < tx)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == l->tx_text_count || l->tx_texts[low].tx != tx || l->tx_texts[low].count > LEDGER_TX_TEXT_MAX ||
        !text_at(l, l->tx_texts[low].offset, l->tx_texts[low].count, ret))
        return ledger_damaged(err, "id text of transaction", tx);
    return IMJIN_OK;
}

enum imjin_status ledger_tx_print(const struct ledger *l, struct tx_id id, char ret_text[TX_PRINT_MAX], struct error *err) {
    struct span text = {"", 0};
    char hex[65];
    if (id.n >= l->manifest.counts.txs)
        return ledger_damaged(err, "transaction", id.n);
    unsigned form = l->txs[id.n].index_flags >> TX_FORM_SHIFT & TX_FORM_MASK;
    if (form == TX_TEXT) {
        TRY(ledger_tx_text(l, id.n, &text, err));
        memcpy(ret_text, text.bytes, text.count);
        ret_text[text.count] = '\0';
        return IMJIN_OK;
    }
    sha256_print((const struct sha256 *)l->tx_ids[id.n], hex);
    snprintf(ret_text, TX_PRINT_MAX, "%s%s", form == TX_NONE ? "row:" : "0x", hex);
    return IMJIN_OK;
}

/* ---- addresses ---- */

enum imjin_status ledger_address(const struct ledger *l, struct account_id id, struct address *ret, struct error *err) {
    if (id.n >= l->manifest.counts.accounts)
        return ledger_damaged(err, "account", id.n);
    const struct account_row *row = &l->accounts[id.n];
    struct address a = {.form = row->form, .count = row->count};
    struct span text;
    uint64_t offset;
    memcpy(&offset, row->bytes, sizeof offset);
    if (row->form == ADDRESS_EVM && row->count == sizeof a.evm) {
        memcpy(a.evm, row->bytes, sizeof a.evm);
    } else if (row->form == ADDRESS_OPAQUE && row->count && row->count <= ADDRESS_TEXT_MAX &&
               text_at(l, offset, row->count, &text)) {
        a.text = text.bytes;
    } else if (!(row->form <= ADDRESS_FEES && row->form == id.n && row->count == 0)) {
        return ledger_damaged(err, "account", id.n);
    }
    *ret = a;
    return IMJIN_OK;
}

static bool account_is(const struct ledger *l, uint32_t id, const struct address *a) {
    if (id >= l->manifest.counts.accounts)
        return false;
    const struct account_row *row = &l->accounts[id];
    struct address stored;
    if (row->form != a->form)
        return false;
    if (a->form == ADDRESS_EVM)
        return memcmp(row->bytes, a->evm, sizeof a->evm) == 0;
    return ledger_address(l, (struct account_id){id}, &stored, NULL) == IMJIN_OK && address_equal(&stored, a);
}

enum imjin_status ledger_account_find(const struct ledger *l, const struct address *a, struct account_id *ret,
                                      struct error *err) {
    bool evm = a->form == ADDRESS_EVM;
    uint64_t hash = hash_account(a->form, evm ? (const void *)a->evm : (const void *)a->text,
                                 evm                         ? sizeof a->evm
                                 : a->form == ADDRESS_OPAQUE ? a->count
                                                             : 0);
    for (unsigned i = 0; i < l->segment_count; i++) {
        const struct segment *s = &l->segments[i];
        const uint32_t *ids;
        uint32_t count;
        if (!segment_bucket(s, &s->header->accounts, s->header->account_count, hash, &ids, &count))
            return ledger_damaged(err, "index segment", i);
        for (uint32_t k = 0; k < count; k++) {
            if (account_is(l, ids[k], a)) {
                ret->n = ids[k];
                return IMJIN_OK;
            }
        }
    }
    return fail(err, IMJIN_NOT_FOUND, "no such account in the ledger");
}

/* ---- assets ---- */

void asset_item_bytes(const struct asset_key *key, uint8_t ret[32]) {
    memset(ret, 0, 32);
    if (key->form == ASSET_ITEM)
        u256_to_be(key->item, ret);
}

void note_key(const struct asset_key *key, struct note_row *ret) {
    memset(ret, 0, sizeof *ret);
    ret->form = key->form;
    asset_item_bytes(key, ret->item);
    if (key->form == ASSET_NATIVE)
        return;
    ret->contract_form = key->contract.form;
    ret->contract_count = key->contract.count;
    if (key->contract.form == ADDRESS_EVM) {
        ret->contract_count = sizeof key->contract.evm;
        memcpy(ret->contract, key->contract.evm, sizeof key->contract.evm);
    } else if (key->contract.count) {
        memcpy(ret->contract, key->contract.text, key->contract.count);
    }
}

int note_compare(const struct note_row *a, const struct note_row *b) {
    if (a->form != b->form)
        return a->form < b->form ? -1 : 1;
    if (a->contract_form != b->contract_form)
        return a->contract_form < b->contract_form ? -1 : 1;
    /* unused bytes are zero and no address holds a zero byte past its first kind, so whole fields compare as texts do */
    int order = memcmp(a->contract, b->contract, sizeof a->contract);
    return order ? order : memcmp(a->item, b->item, sizeof a->item);
}

static const struct note_row *find_note(const struct ledger *l, const struct asset_key *key) {
    struct note_row wanted;
    uint64_t low = 0, high = l->note_count;
    note_key(key, &wanted);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (note_compare(&l->notes[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < l->note_count && note_compare(&l->notes[low], &wanted) == 0 ? &l->notes[low] : NULL;
}

static enum imjin_status set_note(const struct ledger *l, struct ledger_asset *asset, struct asset_id id, struct error *err) {
    const struct chain *chain = &l->manifest.chain;
    if (asset->key.form == ASSET_NATIVE && chain->native_symbol[0]) {
        snprintf(asset->symbol, sizeof asset->symbol, "%s", chain->native_symbol);
        asset->decimals = chain->native_decimals;
        return IMJIN_OK;
    }
    const struct note_row *note = find_note(l, &asset->key);
    if (note == NULL)
        return IMJIN_OK;
    if (note->symbol_count >= ASSET_SYMBOL_MAX || !printable((struct span){note->symbol, note->symbol_count}) ||
        (note->decimals > DECIMALS_MAX && note->decimals != DECIMALS_UNKNOWN))
        return ledger_damaged(err, "note on asset", id.n);
    memcpy(asset->symbol, note->symbol, note->symbol_count);
    asset->decimals = note->decimals;
    asset->conflicting = note->conflicting;
    return IMJIN_OK;
}

static enum imjin_status read_key(const struct ledger *l, struct asset_id id, struct ledger_asset *asset, struct error *err) {
    if (id.n >= l->manifest.counts.assets || l->assets[id.n].form > ASSET_NAMED ||
        (l->assets[id.n].form == ASSET_NATIVE) != (id.n == ASSET_NATIVE_ID))
        return ledger_damaged(err, "asset", id.n);
    const struct asset_row *row = &l->assets[id.n];
    struct span name;
    asset->key.form = row->form;
    if (row->form == ASSET_NAMED) {
        if (row->name_count == 0 || row->name_count > ADDRESS_TEXT_MAX || !text_at(l, row->name_offset, row->name_count, &name))
            return ledger_damaged(err, "asset", id.n);
        asset->key.contract = (struct address){.form = ADDRESS_OPAQUE, .count = row->name_count, .text = name.bytes};
    } else if (row->form != ASSET_NATIVE) {
        asset->issuer.n = row->contract;
        TRY(ledger_address(l, asset->issuer, &asset->key.contract, err));
        if (row->form == ASSET_ITEM)
            asset->key.item = u256_from_be(row->item);
    }
    return IMJIN_OK;
}

enum imjin_status ledger_asset(const struct ledger *l, struct asset_id id, struct ledger_asset *ret, struct error *err) {
    struct ledger_asset asset = {.issuer = {ID_NONE}, .decimals = DECIMALS_UNKNOWN};
    TRY(read_key(l, id, &asset, err));
    TRY(set_note(l, &asset, id, err));
    *ret = asset;
    return IMJIN_OK;
}

static bool asset_is(const struct ledger *l, uint32_t id, uint8_t form, uint32_t contract, struct span name,
                     const uint8_t item[32]) {
    struct span stored;
    if (id >= l->manifest.counts.assets || l->assets[id].form != form)
        return false;
    const struct asset_row *row = &l->assets[id];
    if (form == ASSET_NAMED)
        return text_at(l, row->name_offset, row->name_count, &stored) && span_equal(stored, name);
    return row->contract == contract && memcmp(row->item, item, 32) == 0;
}

enum imjin_status ledger_find_asset(const struct ledger *l, uint8_t form, uint32_t contract, struct span name,
                                    const uint8_t item[32], struct asset_id *ret, struct error *err) {
    uint64_t who = form == ASSET_NAMED ? hash_name(name.bytes, name.count) : contract;
    uint64_t hash = hash_asset(form, who, item);
    for (unsigned i = 0; i < l->segment_count; i++) {
        const struct segment *s = &l->segments[i];
        const uint32_t *ids;
        uint32_t count;
        if (!segment_bucket(s, &s->header->assets, s->header->asset_count, hash, &ids, &count))
            return ledger_damaged(err, "index segment", i);
        for (uint32_t k = 0; k < count; k++) {
            if (asset_is(l, ids[k], form, contract, name, item)) {
                ret->n = ids[k];
                return IMJIN_OK;
            }
        }
    }
    return fail(err, IMJIN_NOT_FOUND, "no such asset in the ledger");
}

enum imjin_status ledger_asset_find(const struct ledger *l, const struct asset_key *key, struct asset_id *ret,
                                    struct error *err) {
    uint8_t item[32];
    struct account_id contract = {0};
    struct span name = {0};
    if (key->form == ASSET_NATIVE) {
        ret->n = ASSET_NATIVE_ID;
        return IMJIN_OK;
    }
    if (key->form == ASSET_NAMED)
        name = (struct span){key->contract.text, key->contract.count};
    else if (ledger_account_find(l, &key->contract, &contract, NULL) != IMJIN_OK)
        return fail(err, IMJIN_NOT_FOUND, "no such asset in the ledger");
    asset_item_bytes(key, item);
    return ledger_find_asset(l, key->form, contract.n, name, item, ret, err);
}

enum imjin_status ledger_asset_print(const struct ledger *l, struct asset_id id, char ret_text[ASSET_PRINT_MAX],
                                     struct error *err) {
    struct ledger_asset asset;
    char contract[ADDRESS_PRINT_MAX], item[U256_DIGITS_MAX];
    TRY(ledger_asset(l, id, &asset, err));
    if (asset.key.form == ASSET_NATIVE) {
        snprintf(ret_text, ASSET_PRINT_MAX, "%s", asset.symbol[0] ? asset.symbol : "native");
        return IMJIN_OK;
    }
    address_print(&asset.key.contract, contract);
    if (asset.key.form == ASSET_ITEM) {
        u256_print(asset.key.item, item);
        snprintf(ret_text, ASSET_PRINT_MAX, "%s #%s", contract, item);
    } else if (asset.key.form == ASSET_TOKEN && asset.symbol[0]) {
        snprintf(ret_text, ASSET_PRINT_MAX, "%s %s", asset.symbol, contract);
    } else {
        snprintf(ret_text, ASSET_PRINT_MAX, "%s", contract);
    }
    return IMJIN_OK;
}

/* ---- lists and expansion ---- */

enum imjin_status ledger_account_movements(const struct ledger *l, struct account_id id, enum direction direction,
                                           struct movement_list ret_lists[LEDGER_SEGMENTS_MAX], unsigned *ret_count,
                                           struct error *err) {
    unsigned count = 0;
    struct movement_list lists[LEDGER_SEGMENTS_MAX];
    if (id.n >= l->manifest.counts.accounts)
        return ledger_damaged(err, "account", id.n);
    for (unsigned i = 0; i < l->segment_count; i++) {
        if (!segment_list(&l->segments[i], direction, id.n, &lists[count]))
            return ledger_damaged(err, "index segment", i);
        count += lists[count].count != 0;
    }
    memcpy(ret_lists, lists, count * sizeof *lists);
    *ret_count = count;
    return IMJIN_OK;
}

/* First entry of the list at or behind `number`. */
static uint64_t list_from(const struct movement_list *list, uint64_t number) {
    uint64_t low = 0, high = list->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (list->numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Frontier items are worked in groups, each step for the whole group, so that their cache misses overlap. */
enum { GROUP = 16 };
struct group_list {
    struct movement_list lists[LEDGER_SEGMENTS_MAX];
    unsigned count;
};

static void prefetch_movements(const struct ledger *l, const struct movement_list *list, uint64_t at, uint64_t end) {
    for (uint64_t i = at; i < end; i++) {
        if (list->numbers[i] < l->manifest.counts.movements)
            __builtin_prefetch(&l->movements[list->numbers[i]]);
    }
}

typedef enum imjin_status visit_fn(void *context, uint64_t frontier_index, uint64_t number, const struct movement *m);

static enum imjin_status visit_list(const struct ledger *l, const struct movement_list *list, enum direction d,
                                    struct account_id account, uint64_t frontier_index, uint64_t count, visit_fn *visit,
                                    void *context, struct error *err) {
    for (uint64_t i = 0; i < count; i++) {
        struct movement m = {0};
        if (i % GROUP == 0)
            prefetch_movements(l, list, i, count < i + GROUP ? count : i + GROUP);
        TRY(ledger_movement(l, list->numbers[i], &m, err));
        if ((d == DIRECTION_OUT ? m.from : m.to) != account.n)
            return ledger_damaged(err, "index entry of movement", list->numbers[i]);
        TRY(visit(context, frontier_index, list->numbers[i], &m));
    }
    return IMJIN_OK;
}

static enum imjin_status visit_item(const struct ledger *l, const struct group_list *g, enum direction d,
                                    struct account_id account, uint64_t frontier_index, uint64_t cap, visit_fn *visit,
                                    void *context, struct error *err) {
    for (unsigned i = 0; i < g->count && cap; i++) {
        uint64_t count = g->lists[i].count < cap ? g->lists[i].count : cap;
        TRY(visit_list(l, &g->lists[i], d, account, frontier_index, count, visit, context, err));
        cap -= count;
    }
    return IMJIN_OK;
}

static enum imjin_status prepare_group(const struct ledger *l, enum direction d, const struct frontier_item *items,
                                       uint64_t count, uint64_t cap, struct group_list groups[GROUP], struct error *err) {
    for (uint64_t i = 0; i < count; i++) {
        groups[i].count = 0;
        TRY(ledger_account_movements(l, items[i].account, d, groups[i].lists, &groups[i].count, err));
    }
    for (uint64_t i = 0; i < count; i++) {
        unsigned kept = 0;
        uint64_t wanted = cap;
        for (unsigned k = 0; k < groups[i].count; k++) {
            struct movement_list list = groups[i].lists[k];
            uint64_t skip = list_from(&list, items[i].from_number);
            list = (struct movement_list){list.numbers + skip, list.count - skip};
            if (list.count == 0)
                continue;
            uint64_t ahead = list.count < wanted ? list.count : wanted;
            prefetch_movements(l, &list, 0, ahead < GROUP ? ahead : GROUP);
            wanted -= ahead;
            groups[i].lists[kept++] = list;
        }
        groups[i].count = kept;
    }
    return IMJIN_OK;
}

enum imjin_status ledger_expand(const struct ledger *l, enum direction direction, const struct frontier_item *frontier,
                                uint64_t frontier_count, uint64_t cap,
                                enum imjin_status (*visit)(void *context, uint64_t frontier_index, uint64_t number,
                                                           const struct movement *m),
                                void *context, struct error *err) {
    struct group_list groups[GROUP];
    for (uint64_t at = 0; at < frontier_count; at += GROUP) {
        uint64_t count = frontier_count - at < GROUP ? frontier_count - at : GROUP;
        TRY(prepare_group(l, direction, frontier + at, count, cap, groups, err));
        for (uint64_t i = 0; i < count; i++)
            TRY(visit_item(l, &groups[i], direction, frontier[at + i].account, at + i, cap, visit, context, err));
    }
    return IMJIN_OK;
}

/* ---- by block and time ---- */

static uint64_t first_movement_of(const struct ledger *l, uint64_t row) {
    if (row >= l->block_row_count || l->blocks[row].first_tx >= l->manifest.counts.txs)
        return l->manifest.counts.movements;
    uint64_t first = l->txs[l->blocks[row].first_tx].first_movement;
    return first < l->manifest.counts.movements ? first : l->manifest.counts.movements;
}

uint64_t ledger_from_block(const struct ledger *l, uint32_t block) {
    uint64_t low = 0, high = l->block_row_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (l->blocks[middle].number < block)
            low = middle + 1;
        else
            high = middle;
    }
    return first_movement_of(l, low);
}

uint64_t ledger_from_time(const struct ledger *l, int64_t time) {
    uint64_t low = 0, high = l->block_row_count;
    while (l->manifest.ascending && low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (l->blocks[middle].time < time)
            low = middle + 1;
        else
            high = middle;
    }
    while (!l->manifest.ascending && low < high && l->blocks[low].time < time)
        low++;
    return first_movement_of(l, low);
}
