/* The accounts and assets of staged columns, found on disk: what keeps an import within its memory when its addresses do not
 * fit. They get an index of their own, which goes with the import, and the interner begins anew; an address that comes again is
 * then looked up once, as those of the last commit are. */
#include <inttypes.h>
#include <stdio.h>

#include "ledger/import.h"

/* Memory of one interned address: its row, up to three slots while the table grows, its final id. */
enum { ADDRESS_BYTES = 64, FORGET_ROWS = 1 << 18 };

uint64_t known_addresses_max(uint64_t memory_bytes) { return memory_bytes / 4 * 3 / ADDRESS_BYTES; }

bool known_due(const struct ledger_writer *w) {
    const struct interner *t = &w->interner;
    return t->accounts.count + t->assets.count > w->options.addresses_max ||
           stash_bytes(&t->texts) > w->options.memory_bytes / 8;
}

static unsigned base_segments(const struct ledger_writer *w) { return w->base ? w->base->manifest.segment_count : 0; }

/* What the new segment covers: everything behind the segments that stay. One that is not over twice as large is taken in. */
static void plan(const struct ledger_writer *w, struct manifest *m, struct index_job *job) {
    *job = (struct index_job){.first_movement = m->counts.movements,
                              .first_tx = m->counts.txs,
                              .memory_bytes = w->options.memory_bytes,
                              .threads = 1};
    for (;; m->segment_count--) {
        const struct ledger *l = m->segment_count > base_segments(w) ? w->known : w->base;
        const struct index_header *h = m->segment_count ? l->segments[m->segment_count - 1].header : NULL;
        job->first_account = h ? h->first_account + h->account_count : 0;
        job->first_asset = h ? h->first_asset + h->asset_count : 0;
        job->account_count = m->counts.accounts - job->first_account;
        job->asset_count = m->counts.assets - job->first_asset;
        if (m->segment_count == base_segments(w) ||
            (m->segment_count < LEDGER_SEGMENTS_MAX && h->account_count > 2 * job->account_count))
            return;
    }
}

static enum imjin_status add_segment(struct ledger_writer *w, struct manifest *m, struct error *err) {
    struct manifest_file f = {0};
    struct index_job job;
    struct ledger *columns;
    struct buffer hashes = {0};
    char path[PATH_BYTES_MAX];
    plan(w, m, &job);
    snprintf(f.path, sizeof f.path, "import/known.%06" PRIu64, ++w->known_files);
    TRY(path_join(path, err, w->directory, "import"));
    TRY(directory_make(path, err));
    TRY(path_join(path, err, w->directory, f.path));
    TRY(commit_map(w, m, &columns, err));
    enum imjin_status status = index_write(columns, &job, path, &f.bytes, &hashes, err);
    ledger_close(columns);
    TRY(status);
    buffer_done(&hashes);
    m->segments[m->segment_count++] = f;
    return IMJIN_OK;
}

/* Takes over `m`. The segments that it names no more are only of use until now. */
static enum imjin_status open_known(struct ledger_writer *w, struct manifest *m, struct error *err) {
    struct ledger *known, *before = w->known;
    char path[PATH_BYTES_MAX];
    unsigned kept = m->segment_count - 1;
    m->files[FILE_NOTES].bytes = 0;
    TRY(ledger_open_manifest(&known, w->directory, m, err));
    w->known = known;
    w->sink.base = known;
    enum imjin_status status = IMJIN_OK;
    for (unsigned i = kept; before && i < before->manifest.segment_count && status == IMJIN_OK; i++) {
        status = path_join(path, err, w->directory, before->manifest.segments[i].path);
        if (status == IMJIN_OK)
            status = file_remove(path, err);
    }
    ledger_close(before);
    return status;
}

static enum imjin_status begin_anew(struct ledger_writer *w, struct error *err) {
    struct interner fresh;
    TRY(interner_init(&fresh, w->options.memory_bytes, err));
    interner_done(&w->interner);
    w->interner = fresh;
    w->last_tx_text = 0;
    memset(w->recent, 0, sizeof w->recent);
    sink_forget_ids(&w->sink);
    w->interned_anew++;
    return IMJIN_OK;
}

enum imjin_status known_move(struct ledger_writer *w, struct error *err) {
    struct manifest m;
    INVARIANT(w->mode == IMPORT_FAST && w->rows.count == 0 && w->sink.open);
    if (base_segments(w) == LEDGER_SEGMENTS_MAX)
        return IMJIN_OK;
    TRY(commit_start(w, staged_generation(w), &m, err));
    enum imjin_status status = sink_checkpoint(&w->sink, &m, err);
    if (status == IMJIN_OK && w->known) {
        memcpy(m.segments, w->known->manifest.segments, sizeof m.segments);
        m.segment_count = w->known->manifest.segment_count;
    }
    if (status == IMJIN_OK)
        status = add_segment(w, &m, err);
    if (status != IMJIN_OK) {
        manifest_done(&m);
        return status;
    }
    TRY(open_known(w, &m, err));
    return begin_anew(w, err);
}

void known_forget_pages(struct ledger_writer *w) {
    if (w->sink.base == NULL || w->rows_read < w->forget_at)
        return;
    ledger_forget_pages(w->sink.base);
    w->forget_at = w->rows_read + FORGET_ROWS;
}
