#include "settle/edges.h"
#include "settle/limits.h"

struct compile {
    const char *directory;
    const struct ledger *ledger;
    const struct progress *progress;
    struct asset_facts facts;
    struct edge_maker maker;
    struct compiled_manifest manifest; /* in the making */
    uint64_t edge_bytes_max;
    bool anew;      /* what was compiled before is not looked at */
    bool continued; /* it was looked at, and added to */
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
    char path[PATH_BYTES_MAX];
    struct mapping m = {0};
    TRY(settle_common_path(path, c->directory, c->manifest.common_number, f, err));
    TRY(settle_open_whole(&m, path, settle_common_file_bytes(&c->manifest, f), err));
    if (settle_checksum(m.bytes, m.count) != c->manifest.checksums[f]) {
        mapping_close(&m);
        return settle_damaged(err, "%s", path);
    }
    *ret = m;
    return IMJIN_OK;
}

/* Whether the compiled part is one of this ledger's beginnings, under the same rules. */
static enum imjin_status continues(const struct compile *c, uint32_t rules, bool *ret, struct error *err) {
    const struct compiled_manifest *m = &c->manifest;
    const struct ledger_counts *counts = ledger_counts(c->ledger);
    struct sha256 now = {0};
    *ret = false;
    if (m->generation != ledger_generation(c->ledger) || m->rules != rules || m->movements > counts->movements ||
        m->accounts > counts->accounts || m->assets > counts->assets)
        return IMJIN_OK;
    TRY(sample(c->ledger, m->movements, &now, err));
    *ret = memcmp(&now, &m->sample, sizeof now) == 0;
    return IMJIN_OK;
}

/* Adds the new movements to what is known of assets. *ret_same: no asset that was traced has become untraceable. */
static enum imjin_status continue_facts(struct compile *c, bool *ret_same, struct error *err) {
    const struct compiled_manifest *m = &c->manifest;
    struct mapping records = {0};
    TRY(open_common(&records, c, FILE_ASSETS, err));
    const struct asset_record *known = (const struct asset_record *)records.bytes;
    for (uint32_t i = 0; i < m->assets; i++) {
        u128 units = u128_of(known[i].units);
        if (units == UNITS_UNTRACEABLE)
            c->facts.flags[i] |= FACT_UNTRACEABLE;
        else
            c->facts.sums[i] = units;
    }
    enum imjin_status status = settle_asset_facts_add(&c->facts, c->ledger, m->movements, c->progress, err);
    *ret_same = true;
    for (uint32_t i = 0; status == IMJIN_OK && i < m->assets; i++)
        if (c->facts.flags[i] & FACT_UNTRACEABLE && u128_of(known[i].units) != UNITS_UNTRACEABLE)
            *ret_same = false;
    mapping_close(&records);
    return status;
}

static enum imjin_status load_holdings(struct compile *c, struct error *err) {
    struct mapping records = {0}, wide = {0};
    enum imjin_status status = open_common(&records, c, FILE_HOLDINGS, err);
    if (status == IMJIN_OK)
        status = open_common(&wide, c, FILE_WIDE, err);
    if (status == IMJIN_OK)
        status = settle_holdings_load(&c->maker.holdings, (const struct holding_record *)records.bytes,
                                      (const struct wide_record *)wide.bytes, &c->manifest, err);
    if (status == IMJIN_OK && c->maker.holdings.count)
        status = settle_run_grow(&c->maker.run, c->maker.holdings.count - 1, err);
    mapping_close(&records);
    mapping_close(&wide);
    return status;
}

static void start_anew(struct compile *c, uint32_t rules) {
    uint64_t next = c->manifest.next_number;
    c->manifest =
        (struct compiled_manifest){.magic = COMPILED_MAGIC, .version = COMPILED_VERSION, .rules = rules, .next_number = next};
}

/* Whether everything is there already, in files of the right lengths. */
static enum imjin_status is_complete(const struct compile *c, uint32_t rules, bool *ret, struct error *err) {
    struct compiled *whole = NULL;
    enum imjin_status status = compiled_open(&whole, c->directory, c->ledger, rules, err);
    compiled_close(whole);
    *ret = status == IMJIN_OK;
    return status == IMJIN_NOT_FOUND ? IMJIN_OK : status;
}

/* Reads what was compiled before and is of use. */
static enum imjin_status take_over(struct compile *c, uint32_t rules, bool *ret_done, struct error *err) {
    bool usable = false;
    TRY(settle_manifest_read(&c->manifest, c->directory, err));
    TRY(is_complete(c, rules, ret_done, err));
    if (*ret_done)
        return IMJIN_OK;
    TRY(continues(c, rules, &usable, err));
    if (usable)
        TRY(continue_facts(c, &usable, err));
    if (usable)
        TRY(load_holdings(c, err));
    c->continued = usable;
    return IMJIN_OK;
}

/* What cannot be continued, damaged or not, is made anew. */
static enum imjin_status resume(struct compile *c, uint32_t rules, bool *ret_done, struct error *err) {
    *ret_done = false;
    enum imjin_status status =
        c->anew ? settle_manifest_read(&c->manifest, c->directory, NULL) : take_over(c, rules, ret_done, err);
    if (status == IMJIN_MACHINE || *ret_done || c->continued)
        return status;
    start_anew(c, rules);
    settle_holdings_done(&c->maker.holdings);
    TRY(settle_holdings_init(&c->maker.holdings, ledger_counts(c->ledger)->accounts, err));
    settle_asset_facts_done(&c->facts);
    TRY(settle_asset_facts_init(&c->facts, c->ledger, err));
    return settle_asset_facts_add(&c->facts, c->ledger, 0, c->progress, err);
}

/* ---- the pass ---- */

static enum imjin_status merge_from(struct compile *c, uint32_t from, struct error *err) {
    struct compiled_manifest *m = &c->manifest;
    struct manifest_segment merged;
    if (m->segment_count - from < 2)
        return IMJIN_OK;
    TRY(settle_segment_merge(&merged, &m->segments[from], m->segment_count - from, m->next_number++, m->holdings,
                             ledger_movements(c->ledger), c->directory, err));
    m->segments[from] = merged;
    m->segment_count = from + 1;
    return IMJIN_OK;
}

static uint64_t segment_size(const struct manifest_segment *s) { return s->movement_to - s->movement_from; }

/* Newer segments are merged into an older one as soon as together they are half its size: few segments, and every edge is
 * rewritten a logarithmic number of times. */
static enum imjin_status merge_newest(struct compile *c, struct error *err) {
    const struct compiled_manifest *m = &c->manifest;
    uint32_t from = m->segment_count;
    uint64_t together = 0;
    for (uint32_t i = m->segment_count; i-- > 0; together += segment_size(&m->segments[i]))
        if (from == i + 1 && (i + 1 == m->segment_count || segment_size(&m->segments[i]) <= 2 * together))
            from = i;
    return merge_from(c, from, err);
}

static enum imjin_status end_run(struct compile *c, uint64_t at, struct error *err) {
    struct compiled_manifest *m = &c->manifest;
    m->holdings = c->maker.holdings.count;
    TRY(settle_run_end(&c->maker.run, at, m->holdings, &m->segments[m->segment_count], err));
    m->segment_count++;
    m->movements = at;
    return IMJIN_OK;
}

static enum imjin_status begin_run(struct compile *c, struct error *err) {
    struct compiled_manifest *m = &c->manifest;
    if (m->segment_count == COMPILED_SEGMENTS_MAX)
        TRY(merge_from(c, 0, err));
    for (uint32_t i = 0; i < c->maker.holdings.count; i++)
        memset(c->maker.holdings.states[i].entries, 0, sizeof c->maker.holdings.states[i].entries);
    return settle_run_begin(&c->maker.run, m->next_number++, m->movements, err);
}

enum { STEP_MOVEMENTS = 1 << 16, STEP_BYTES_A_MOVEMENT = 64 }; /* memory is looked at after every step */

static enum imjin_status pass(struct compile *c, struct error *err) {
    uint64_t count = ledger_counts(c->ledger)->movements, at = c->manifest.movements;
    if (at == count)
        return IMJIN_OK;
    TRY(begin_run(c, err));
    uint64_t step = c->edge_bytes_max / STEP_BYTES_A_MOVEMENT;
    step = step < STEP_MOVEMENTS ? step : STEP_MOVEMENTS;
    while (at < count) {
        uint64_t until = count - at > step ? at + step : count;
        TRY(progress_step(c->progress, "compiling", "movements", at, count, err));
        TRY(settle_edges_make(&c->maker, at, until, &at, err));
        if (settle_run_bytes(&c->maker.run) >= c->edge_bytes_max && at < count) {
            TRY(end_run(c, at, err));
            TRY(begin_run(c, err));
        }
    }
    return end_run(c, at, err);
}

/* ---- commit ---- */

static enum imjin_status write_assets(struct compile *c, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct table table;
    TRY(settle_common_path(path, c->directory, c->manifest.common_number, FILE_ASSETS, err));
    TRY(settle_table_open(&table, path, err));
    for (uint32_t i = 0; i < c->manifest.assets; i++) {
        struct asset_record r;
        u128_put(r.units, c->facts.flags[i] & FACT_UNTRACEABLE ? UNITS_UNTRACEABLE : c->facts.sums[i]);
        table_put(&table, &r, sizeof r);
    }
    return settle_table_close(&table, &c->manifest.checksums[FILE_ASSETS], err);
}

static enum imjin_status commit(struct compile *c, struct error *err) {
    struct compiled_manifest *m = &c->manifest;
    const struct ledger_counts *counts = ledger_counts(c->ledger);
    m->ledger = *ledger_identity(c->ledger);
    m->generation = ledger_generation(c->ledger);
    m->accounts = (uint32_t)counts->accounts;
    m->assets = (uint32_t)counts->assets;
    m->common_number = m->next_number++;
    TRY(sample(c->ledger, m->movements, &m->sample, err));
    TRY(settle_holdings_write(&c->maker.holdings, c->directory, m, err));
    TRY(write_assets(c, err));
    TRY(directory_sync(c->directory, err));
    TRY(settle_manifest_write(m, c->directory, err));
    return settle_remove_strays(m, c->directory, err);
}

/* Files of a killed or failed run are no part of any commit. */
static enum imjin_status tidy(const char *directory, struct error *err) {
    struct compiled_manifest *m = memory_new(1, sizeof *m);
    if (m == NULL)
        return fail_memory(err, "the compiled ledger");
    enum imjin_status status = settle_manifest_read(m, directory, NULL);
    status = status == IMJIN_MACHINE ? IMJIN_OK : settle_remove_strays(status == IMJIN_OK ? m : NULL, directory, err);
    memory_free(m);
    return status;
}

static enum imjin_status update(struct compile *c, uint32_t rules, struct error *err) {
    bool done = false;
    if (ledger_counts(c->ledger)->movements > COMPILED_MOVEMENTS_MAX)
        return fail(err, IMJIN_USAGE, "the ledger has more than %u movements: too many to compile", COMPILED_MOVEMENTS_MAX);
    TRY(settle_asset_facts_init(&c->facts, c->ledger, err));
    TRY(settle_edge_maker_init(&c->maker, c->ledger, &c->facts, rules, c->directory, err));
    TRY(resume(c, rules, &done, err));
    if (done)
        return IMJIN_OK;
    TRY(pass(c, err));
    TRY(merge_newest(c, err));
    return commit(c, err);
}

static void compile_done(struct compile *c) {
    settle_edge_maker_done(&c->maker);
    settle_asset_facts_done(&c->facts);
}

/* What is found damaged on the way, such as a segment that is merged, is made anew with all the rest. */
static enum imjin_status update_or_renew(struct compile *c, uint32_t rules, struct error *err) {
    const struct compile start = *c;
    enum imjin_status status = update(c, rules, err);
    bool again = status == IMJIN_BAD_INPUT && c->continued;
    compile_done(c);
    if (!again)
        return status;
    TRY(tidy(c->directory, err));
    *c = start;
    c->anew = true;
    status = update(c, rules, err);
    compile_done(c);
    return status;
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
    if (c && status == IMJIN_OK) {
        uint64_t memory = memory_bytes ? memory_bytes : COMPILE_MEMORY_DEFAULT;
        *c = (struct compile){.directory = directory, .ledger = l, .progress = p};
        c->edge_bytes_max = memory > COMPILE_MEMORY_MIN ? memory : COMPILE_MEMORY_MIN;
        status = update_or_renew(c, rules & SETTLE_RULES_ALL, err);
        if (status != IMJIN_OK && tidy(directory, NULL) != IMJIN_OK) {
            /* the next update tries again */
        }
    }
    memory_free(c);
    file_lock_release(&lock);
    return status;
}

enum imjin_status compiled_remove(const char *directory, struct error *err) {
    char path[PATH_BYTES_MAX];
    struct file_lock lock;
    if (!directory_exists(directory))
        return IMJIN_OK;
    TRY(path_join(path, err, directory, "lock"));
    TRY(file_lock_take(&lock, path, err));
    enum imjin_status status = path_join(path, err, directory, "manifest");
    if (status == IMJIN_OK)
        status = file_remove(path, err);
    if (status == IMJIN_OK)
        status = settle_remove_strays(NULL, directory, err);
    file_lock_release(&lock);
    return status;
}
