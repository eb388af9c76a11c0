#include "settle/holdings.h"

/* ---- writing ---- */

static enum imjin_status open_common(struct table *ret, const char *directory, const struct compiled_manifest *m,
                                     enum common_file f, struct error *err) {
    char path[PATH_BYTES_MAX];
    TRY(settle_common_path(path, directory, m->common_number, f, err));
    return settle_table_open(ret, path, err);
}

static bool is_wide(const struct holding_state *h) {
    return h->received >= UINT64_MAX || h->spent >= UINT64_MAX || h->unknown >= UINT64_MAX;
}

static enum imjin_status write_wide(const struct holdings *h, const char *directory, struct compiled_manifest *m,
                                    struct error *err) {
    struct table w;
    TRY(open_common(&w, directory, m, FILE_WIDE, err));
    for (uint32_t i = 0; i < h->count && m->wide; i++) {
        struct wide_record r = {.holding = i};
        if (!is_wide(&h->states[i]))
            continue;
        u128_put(r.received, h->states[i].received);
        u128_put(r.spent, h->states[i].spent);
        u128_put(r.unknown, h->states[i].unknown);
        table_put(&w, &r, sizeof r);
    }
    return settle_table_close(&w, &m->checksums[FILE_WIDE], err);
}

static enum imjin_status write_numbers(const uint32_t *numbers, uint64_t count, const char *directory,
                                       struct compiled_manifest *m, enum common_file f, struct error *err) {
    struct table w;
    TRY(open_common(&w, directory, m, f, err));
    if (count)
        settle_table_write(&w, numbers, count * sizeof *numbers);
    return settle_table_close(&w, &m->checksums[f], err);
}

/* Account and asset of each holding, apart from its lines: passes over them stay in the cache. */
struct owner_row {
    uint32_t account, asset;
};

/* Sorts the holdings of one account by asset. */
static enum imjin_status sort_account(const struct owner_row *owners, uint32_t *ids, uint32_t count, struct buffer *keys,
                                      struct error *err) {
    keys->count = 0;
    TRY(buffer_reserve(keys, count, err));
    u128 *sorted = keys->items;
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = (u128)owners[ids[i]].asset << 32 | ids[i];
    settle_sort_keys(sorted, count);
    for (uint32_t i = 0; i < count; i++)
        ids[i] = (uint32_t)sorted[i];
    return IMJIN_OK;
}

/* Holdings grouped by account: ids[starts[a]] to ids[starts[a + 1]]. */
static enum imjin_status group_by_account(const struct owner_row *owners, uint32_t *starts, uint32_t *ids, struct buffer *keys,
                                          uint32_t count, uint32_t accounts, struct error *err) {
    for (uint32_t i = 0; i < count; i++)
        starts[owners[i].account + 1]++;
    for (uint32_t a = 0; a < accounts; a++)
        starts[a + 1] += starts[a];
    for (uint32_t i = 0; i < count; i++)
        ids[starts[owners[i].account]++] = i;
    for (uint32_t a = accounts; a > 0; a--) /* every start has become the next one's */
        starts[a] = starts[a - 1];
    starts[0] = 0;
    for (uint32_t a = 0; a < accounts; a++)
        if (starts[a + 1] - starts[a] > 1)
            TRY(sort_account(owners, ids + starts[a], starts[a + 1] - starts[a], keys, err));
    return IMJIN_OK;
}

static enum imjin_status write_accounts(const struct owner_row *owners, const char *directory, struct compiled_manifest *m,
                                        struct error *err) {
    size_t starts_count = (size_t)m->accounts + 1;
    uint32_t *starts = memory_new(starts_count, sizeof *starts), *ids = memory_new(m->holdings, sizeof *ids);
    struct buffer keys = {.item_bytes = sizeof(u128), .items_max = UINT32_MAX, .what = "holdings of an account"};
    enum imjin_status status = starts && ids ? group_by_account(owners, starts, ids, &keys, m->holdings, m->accounts, err)
                                             : fail_memory(err, "the index of accounts");
    if (status == IMJIN_OK)
        status = write_numbers(starts, starts_count, directory, m, FILE_ACCOUNT_STARTS, err);
    if (status == IMJIN_OK)
        status = write_numbers(ids, m->holdings, directory, m, FILE_ACCOUNT_HOLDINGS, err);
    buffer_done(&keys);
    memory_free(starts);
    memory_free(ids);
    return status;
}

static enum imjin_status write_records(const struct holdings *h, struct owner_row *owners, const char *directory,
                                       struct compiled_manifest *m, struct error *err) {
    struct table w;
    TRY(open_common(&w, directory, m, FILE_HOLDINGS, err));
    for (uint32_t i = 0; i < h->count; i++) {
        const struct holding_state *state = &h->states[i];
        bool wide = is_wide(state);
        struct holding_record r = {.account = state->account,
                                   .asset = state->asset,
                                   .received = wide ? UINT64_MAX : (uint64_t)state->received,
                                   .spent = wide ? UINT64_MAX : (uint64_t)state->spent,
                                   .unknown = wide ? UINT64_MAX : (uint64_t)state->unknown};
        table_put(&w, &r, sizeof r);
        owners[i] = (struct owner_row){r.account, r.asset};
        m->wide += wide;
    }
    return settle_table_close(&w, &m->checksums[FILE_HOLDINGS], err);
}

enum imjin_status settle_holdings_write(const struct holdings *h, const char *directory, struct compiled_manifest *m,
                                        struct error *err) {
    struct owner_row *owners = memory_new(h->count, sizeof *owners);
    if (owners == NULL)
        return fail_memory(err, "the index of accounts");
    m->holdings = h->count;
    m->wide = 0;
    enum imjin_status status = write_records(h, owners, directory, m, err);
    if (status == IMJIN_OK)
        status = write_wide(h, directory, m, err);
    if (status == IMJIN_OK)
        status = write_accounts(owners, directory, m, err);
    memory_free(owners);
    return status;
}

/* ---- reading ---- */

static enum imjin_status damaged(uint32_t number, struct error *err) { return settle_damaged(err, "holding %u", number); }

enum imjin_status settle_holding_read(const struct holding_record *records, const struct wide_record *wide,
                                      const struct compiled_manifest *m, uint32_t number, struct holding *ret,
                                      struct error *err) {
    const struct holding_record *r = &records[number];
    struct holding h = {{r->account}, {r->asset}, r->received, r->spent, r->unknown};
    if (r->received == UINT64_MAX || r->spent == UINT64_MAX || r->unknown == UINT64_MAX) {
        uint32_t low = 0, high = m->wide;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (wide[middle].holding < number)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == m->wide || wide[low].holding != number)
            return damaged(number, err);
        h.received = u128_of(wide[low].received);
        h.spent = u128_of(wide[low].spent);
        h.unknown = u128_of(wide[low].unknown);
    }
    if (h.account.n >= m->accounts || h.asset.n >= m->assets || h.spent > h.received || h.unknown > h.received ||
        h.received >> 127)
        return damaged(number, err);
    *ret = h;
    return IMJIN_OK;
}

enum imjin_status settle_holdings_load(struct holdings *h, const struct holding_record *records, const struct wide_record *wide,
                                       const struct compiled_manifest *m, struct error *err) {
    for (uint32_t i = 0; i < m->holdings; i++) {
        struct holding holding = {0};
        uint32_t number = 0;
        TRY(settle_holding_read(records, wide, m, i, &holding, err));
        TRY(settle_holdings_number(h, holding.account.n, holding.asset.n, &number, err));
        if (number != i)
            return damaged(i, err);
        h->states[i].received = holding.received;
        h->states[i].spent = holding.spent;
        h->states[i].unknown = holding.unknown;
    }
    return IMJIN_OK;
}
