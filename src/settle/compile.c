#include "settle/edges.h"
#include "settle/limits.h"

struct compile {
    const char *directory;
    const struct ledger *ledger;
    const struct progress *progress;
    struct asset_facts facts;
    struct edge_maker maker;
    struct manifest manifest; /* in the making */
    uint64_t edge_bytes_max;
};

/* ---- what there is already ---- */

enum { SAMPLE_ROWS = 4096 };

/* SHA-256 of rows at both ends of the first `count` movements and of the last transaction's hash. */
static enum imjin_status sample(const struct ledger *l, uint64_t count, struct sha256 *ret, struct error *err) {
    const struct movement *m = ledger_movements(l);
    uint64_t rows = count < SAMPLE_ROWS ? count : SAMPLE_ROWS;
    struct sha256_stream *stream;
    TRY(sha256_new(&stream, err));
    enum imjin_status status = IMJIN_OK;
    if (count) {
        struct ledger_tx tx = {0};
        status = ledger_tx(l, (struct tx_id){m[count - 1].tx}, &tx, err);
        if (status == IMJIN_OK)
            status = sha256_add(stream, tx.hash, sizeof tx.hash, err);
        if (status == IMJIN_OK)
            status = sha256_add(stream, m, rows * sizeof *m, err);
        if (status == IMJIN_OK)
            status = sha256_add(stream, m + count - rows, rows * sizeof *m, err);
    }
    if (status != IMJIN_OK) {
        sha256_free(stream);
        return status;
    }
    return sha256_end(stream, ret, err);
}

static enum imjin_status open_common(struct mapping *ret, const struct compile *c, enum common_file f, struct error *err) {
    char name[COMPILED_FILE_NAME_MAX], path[PATH_BYTES_MAX];
    struct sha256 hash;
    settle_common_file_name(name, c->manifest.common_number, f);
    TRY(path_join(path, err, c->directory, name));
    TRY(mapping_open_prefix(ret, path, settle_common_file_bytes(&c->manifest, f), err));
    enum imjin_status status = sha256_of(ret->bytes, ret->count, &hash, err);
    if (status == IMJIN_OK && memcmp(&hash, &c->manifest.hashes[f], sizeof hash) != 0)
        status = fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged: %s", path);
    if (status != IMJIN_OK)
        mapping_close(ret);
    return status;
}

/* Whether the compiled part is one of this ledger's beginnings, under the same rules and with the same assets left out. */
static enum imjin_status continues(const struct compile *c, uint32_t rules, bool *ret, struct error *err) {
    const struct manifest *m = &c->manifest;
    const struct ledger_counts *counts = ledger_counts(c->ledger);
    struct sha256 now;
    struct mapping flags;
    *ret = false;
    if (m->generation != ledger_generation(c->ledger) || m->rules != rules || m->movements > counts->movements ||
        m->accounts > counts->accounts || m->assets > counts->assets)
        return IMJIN_OK;
    TRY(sample(c->ledger, m->movements, &now, err));
    if (memcmp(&now, &m->sample, sizeof now) != 0)
        return IMJIN_OK;
    TRY(open_common(&flags, c, FILE_ASSET_FLAGS, err));
    *ret = m->assets == 0 || memcmp(flags.bytes, c->facts.flags, m->assets) == 0;
    mapping_close(&flags);
    return IMJIN_OK;
}

static enum imjin_status check_holdings(const struct holding_record *records, const struct manifest *m, struct error *err) {
    for (uint32_t i = 0; i < m->holdings; i++)
        if (records[i].account >= m->accounts || records[i].asset >= m->assets ||
            u128_of(records[i].spent) > u128_of(records[i].received) || u128_of(records[i].received) >> 127)
            return fail(err, IMJIN_BAD_INPUT, "the compiled ledger is damaged: holding %u", i);
    return IMJIN_OK;
}

static enum imjin_status load_holdings(struct compile *c, struct error *err) {
    struct mapping file;
    TRY(open_common(&file, c, FILE_HOLDINGS, err));
    const struct holding_record *records = (const struct holding_record *)file.bytes;
    enum imjin_status status = check_holdings(records, &c->manifest, err);
    if (status == IMJIN_OK)
        status = settle_holdings_load(&c->maker.holdings, records, c->manifest.holdings, err);
    mapping_close(&file);
    return status;
}

static void start_anew(struct compile *c, uint32_t rules) {
    uint64_t next = c->manifest.next_number;
    c->manifest = (struct manifest){.magic = COMPILED_MAGIC, .version = COMPILED_VERSION, .rules = rules, .next_number = next};
}

/* Reads what was compiled before; what cannot be continued, damaged or not, is made anew. */
static enum imjin_status resume(struct compile *c, uint32_t rules, bool *ret_done, struct error *err) {
    bool usable = false;
    *ret_done = false;
    enum imjin_status status = compiled_manifest_read(&c->manifest, c->directory, err);
    if (status == IMJIN_OK)
        status = continues(c, rules, &usable, err);
    if (status == IMJIN_OK && usable && c->manifest.movements == ledger_counts(c->ledger)->movements &&
        memcmp(&c->manifest.ledger, ledger_identity(c->ledger), sizeof c->manifest.ledger) == 0)
        *ret_done = true;
    else if (status == IMJIN_OK && usable)
        status = load_holdings(c, err);
    if (status == IMJIN_MACHINE)
        return status;
    if (status != IMJIN_OK || !usable)
        start_anew(c, rules);
    return IMJIN_OK;
}

/* ---- the pass ---- */

static enum imjin_status merge_from(struct compile *c, uint32_t from, struct error *err) {
    struct manifest *m = &c->manifest;
    struct manifest_segment merged;
    if (m->segment_count - from < 2)
        return IMJIN_OK;
    TRY(settle_segment_merge(&merged, &m->segments[from], m->segment_count - from, m->next_number++, m->holdings, c->directory,
                             err));
    m->segments[from] = merged;
    m->segment_count = from + 1;
    return IMJIN_OK;
}

static uint64_t segment_size(const struct manifest_segment *s) { return s->records[0] + s->records[1]; }

/* Newer segments are merged into an older one as soon as together they are half its size: few segments, and every edge is
 * rewritten a logarithmic number of times. */
static enum imjin_status merge_newest(struct compile *c, struct error *err) {
    const struct manifest *m = &c->manifest;
    uint32_t from = m->segment_count;
    uint64_t together = 0;
    for (uint32_t i = m->segment_count; i-- > 0; together += segment_size(&m->segments[i]))
        if (from == i + 1 && (i + 1 == m->segment_count || segment_size(&m->segments[i]) <= 2 * together))
            from = i;
    return merge_from(c, from, err);
}

static enum imjin_status end_run(struct compile *c, struct error *err) {
    struct manifest *m = &c->manifest;
    struct run *r = &c->maker.run;
    if (r->movement_from == r->movement_to)
        return IMJIN_OK;
    m->holdings = (uint32_t)c->maker.holdings.records.count;
    if (m->segment_count == COMPILED_SEGMENTS_MAX)
        TRY(merge_from(c, 0, err));
    TRY(settle_segment_write(&m->segments[m->segment_count], r, m->next_number++, m->holdings, c->directory, err));
    m->segment_count++;
    m->movements = r->movement_to;
    settle_run_empty(r);
    return IMJIN_OK;
}

static enum imjin_status one_tx(struct compile *c, uint64_t first, uint64_t *ret_end, struct error *err) {
    const struct movement *m = ledger_movements(c->ledger);
    uint64_t count = ledger_counts(c->ledger)->movements, end = first;
    for (; end < count && m[end].tx == m[first].tx; end++)
        if (!ledger_movement_check(c->ledger, &m[end]))
            return fail(err, IMJIN_BAD_INPUT, "the ledger is damaged: movement %llu", (unsigned long long)end);
    if (first && m[first - 1].tx >= m[first].tx)
        return fail(err, IMJIN_BAD_INPUT, "the ledger is damaged: movement %llu is out of order", (unsigned long long)first);
    *ret_end = end;
    return settle_edges_make(&c->maker, first, (uint32_t)(end - first), err);
}

static enum imjin_status pass(struct compile *c, struct error *err) {
    uint64_t count = ledger_counts(c->ledger)->movements, at = c->manifest.movements, said = 0;
    c->maker.run.movement_from = c->maker.run.movement_to = at;
    while (at < count) {
        TRY(one_tx(c, at, &at, err));
        if (at - said >= 1 << 16) {
            TRY(progress_step(c->progress, "compiling", "movements", at, count, err));
            said = at;
        }
        if (settle_run_bytes(&c->maker.run) >= c->edge_bytes_max)
            TRY(end_run(c, err));
    }
    return end_run(c, err);
}

/* ---- commit ---- */

static enum imjin_status write_common(struct compile *c, enum common_file f, const void *bytes, struct error *err) {
    char name[COMPILED_FILE_NAME_MAX], path[PATH_BYTES_MAX];
    struct file_writer *w;
    settle_common_file_name(name, c->manifest.common_number, f);
    TRY(path_join(path, err, c->directory, name));
    TRY(file_writer_open(&w, path, FILE_CREATE, 0, true, err));
    if (settle_common_file_bytes(&c->manifest, f))
        file_write(w, bytes, settle_common_file_bytes(&c->manifest, f));
    return file_writer_close(w, &c->manifest.hashes[f], err);
}

/* Holdings grouped by account, by asset inside: starts[a]..starts[a + 1] of ids. */
static enum imjin_status group_by_account(struct compile *c, uint32_t *starts, u128 *keys, struct error *err) {
    uint32_t count = c->manifest.holdings, accounts = c->manifest.accounts;
    for (uint32_t i = 0; i < count; i++)
        starts[holding_at(&c->maker.holdings, i)->account + 1]++;
    for (uint32_t a = 0; a < accounts; a++)
        starts[a + 1] += starts[a];
    TRY(write_common(c, FILE_ACCOUNT_STARTS, starts, err));
    for (uint32_t i = 0; i < count; i++) {
        const struct holding_record *h = holding_at(&c->maker.holdings, i);
        keys[starts[h->account]++] = (u128)h->asset << 32 | i;
    }
    for (uint32_t a = 0, from = 0; a < accounts; from = starts[a++])
        settle_sort_keys(keys + from, starts[a] - from);
    uint32_t *ids = (uint32_t *)keys; /* in place: an id never stands behind its key */
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = (uint32_t)keys[i];
        memcpy(&ids[i], &id, sizeof id);
    }
    return write_common(c, FILE_ACCOUNT_HOLDINGS, ids, err);
}

static enum imjin_status write_accounts(struct compile *c, struct error *err) {
    uint32_t *starts = memory_new((size_t)c->manifest.accounts + 1, sizeof *starts);
    u128 *keys = memory_new(c->manifest.holdings, sizeof *keys);
    enum imjin_status status =
        starts && keys ? group_by_account(c, starts, keys, err) : fail_memory(err, "the index of accounts");
    memory_free(starts);
    memory_free(keys);
    return status;
}

static enum imjin_status commit(struct compile *c, struct error *err) {
    struct manifest *m = &c->manifest;
    const struct ledger_counts *counts = ledger_counts(c->ledger);
    m->ledger = *ledger_identity(c->ledger);
    m->generation = ledger_generation(c->ledger);
    m->accounts = (uint32_t)counts->accounts;
    m->assets = (uint32_t)counts->assets;
    m->holdings = (uint32_t)c->maker.holdings.records.count;
    m->common_number = m->next_number++;
    TRY(sample(c->ledger, m->movements, &m->sample, err));
    TRY(write_common(c, FILE_HOLDINGS, c->maker.holdings.records.items, err));
    TRY(write_accounts(c, err));
    TRY(write_common(c, FILE_ASSET_FLAGS, c->facts.flags, err));
    TRY(directory_sync(c->directory, err));
    TRY(compiled_manifest_write(m, c->directory, err));
    return settle_remove_strays(m, c->directory, err);
}

/* Files of a killed or failed run are no part of any commit. */
static enum imjin_status tidy(const char *directory, struct error *err) {
    struct manifest *m = memory_new(1, sizeof *m);
    if (m == NULL)
        return fail_memory(err, "the compiled ledger");
    enum imjin_status status = compiled_manifest_read(m, directory, NULL);
    status = status == IMJIN_MACHINE ? IMJIN_OK : settle_remove_strays(status == IMJIN_OK ? m : NULL, directory, err);
    memory_free(m);
    return status;
}

static enum imjin_status update(struct compile *c, uint32_t rules, struct error *err) {
    bool done;
    TRY(settle_asset_facts_read(&c->facts, c->ledger, c->progress, err));
    TRY(settle_edge_maker_init(&c->maker, ledger_movements(c->ledger), &c->facts, rules, err));
    TRY(resume(c, rules, &done, err));
    if (done)
        return IMJIN_OK;
    TRY(pass(c, err));
    TRY(merge_newest(c, err));
    return commit(c, err);
}

enum imjin_status compiled_update(const char *directory, const struct ledger *l, uint32_t rules, uint64_t memory_bytes,
                                  const struct progress *p, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct file_lock lock;
    TRY(directory_make(directory, err));
    TRY(path_join(path, err, directory, "lock"));
    TRY(file_lock_take(&lock, path, err));
    struct compile *c = memory_new(1, sizeof *c);
    enum imjin_status status = c ? tidy(directory, err) : fail_memory(err, "compiling");
    if (status == IMJIN_OK) {
        uint64_t memory = memory_bytes ? memory_bytes : COMPILE_MEMORY_DEFAULT;
        *c = (struct compile){.directory = directory, .ledger = l, .progress = p};
        c->edge_bytes_max = memory > COMPILE_MEMORY_MIN ? memory : COMPILE_MEMORY_MIN;
        status = update(c, rules & SETTLE_RULES_ALL, err);
        settle_edge_maker_done(&c->maker);
        settle_asset_facts_done(&c->facts);
        if (status != IMJIN_OK && tidy(directory, NULL) != IMJIN_OK) {
            /* the next update tries again */
        }
    }
    memory_free(c);
    file_lock_release(&lock);
    return status;
}
